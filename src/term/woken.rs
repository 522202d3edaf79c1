//! What other threads send to the loop of the application: one closed enum, a variant for each of them.

use std::sync::Arc;

use super::file::{FileError, Text};
use super::sweeping::Progress;
use super::watch::Changed;
use crate::app::{Figures, Fitting};
use crate::doc::Colouring;
use crate::library::search::Index;
use crate::memory::Workload;
use crate::store::Synced;

/// What woke the loop.
#[derive(Debug)]
pub enum Woken {
    /// Colours for a block of code: of which page, which block, and what its pieces are.
    Coloured(String, usize, Arc<Colouring>),
    /// The index of everything.
    Indexed(Arc<Index>),
    /// A sweep went on: which one, and how far it is.
    Swept(u64, Progress),
    /// The figures of Progress, or why they could not be counted.
    Figures(Result<Box<Figures>, String>),
    /// What the first look at a large collection left out was read.
    Learned,
    /// What desired retentions lead to.
    Workload(Vec<Workload>),
    /// A merge with other machines is over.
    Synced(Result<Box<Synced>, String>),
    /// How a fit of the parameters stands.
    Fitting(Fitting),
    /// Files have changed on disk.
    Changed(Changed),
    /// A file was read that was asked for: by which of the questions, and the heading to go to.
    FileRead(u64, Result<Box<Text>, FileError>, Option<String>),
    /// Something could not be done in the background: what is to be said.
    Failed(String),
}
