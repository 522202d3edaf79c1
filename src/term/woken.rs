//! What other threads send to the loop of the application: one closed enum, a variant for each of them.

use super::file::{FileError, Text};
use super::watch::Changed;

/// What woke the loop.
#[derive(Debug)]
pub enum Woken {
    /// Files have changed on disk.
    Changed(Changed),
    /// A file was read that was asked for: by which of the questions, and the heading to go to.
    FileRead(u64, Result<Box<Text>, FileError>, Option<String>),
}
