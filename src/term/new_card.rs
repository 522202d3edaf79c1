//! A new card in a deck file of the learner's.

use std::io;
use std::path::Path;

use super::file::{self, FileError};
use crate::deck::template::{self, New};
use crate::library::Library;

/// Why a card was not added.
#[derive(Debug, thiserror::Error)]
pub enum NotAdded {
    /// The deck file is there and cannot be read.
    #[error(transparent)]
    Unread(#[from] FileError),
    /// It cannot be written.
    #[error("{0}")]
    Unwritten(#[from] io::Error),
}

/// Puts a card behind what is in the file, whole or not at all; makes the file where there is none. Returns the line
/// where the card begins.
///
/// # Errors
/// Where the file cannot be read or written: then it is as it was.
pub fn add(path: &Path, library: &Library, topic: &str, new: &New<'_>) -> Result<usize, NotAdded> {
    let mut text = if path.exists() {
        file::read_file(path)?.file.text.to_string()
    } else {
        let title = library.topic(topic).map_or(topic, |topic| topic.title.as_str());
        template::deck(topic, title)
    };
    if !text.ends_with('\n') {
        text.push('\n');
    }
    let line = text.lines().count() + 2;
    text.push_str(&template::card(new));
    super::session::write_file(path, &text)?;
    Ok(line)
}
