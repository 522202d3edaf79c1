//! The sheet of the Envelope, which is saved as one types, and how files are written so that none is ever half there.

use std::io;
use std::path::{Path, PathBuf};

/// Where the sheet is kept.
pub(super) fn sheet_path(data: &Path) -> PathBuf {
    data.join("sheets").join("scratch.sheet")
}

/// The sheet that was saved last; nothing where there is none.
///
/// # Errors
/// Where it is there and cannot be read: it is not to be overwritten then.
pub fn read_sheet(data: &Path) -> io::Result<Option<String>> {
    match std::fs::read(sheet_path(data)) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes a file beside its place and moves it there, so that it is the old one or the new one and never half.
pub(super) fn write_file(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let beside = path.with_extension("new");
    std::fs::write(&beside, text)?;
    std::fs::rename(&beside, path)
}
