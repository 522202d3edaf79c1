//! A file beside the library, from whatever bytes it holds to text; and standard input in its place.
//!
//! Any name may be given and any bytes may come, so nothing is trusted: only regular files are opened, since a pipe
//! or a device may never end or never begin; no more than [`LARGEST`] bytes are read, whatever the size is said to be;
//! what is no text is shown as U+FFFD and said once.

use std::fs::{self, File as Open, Metadata};
use std::io::{self, ErrorKind, Read};
use std::path::Path;
use std::time::SystemTime;

use crate::library::{File, decode};

/// The most bytes that are read of a file or of standard input: 64 MB.
pub const LARGEST: u64 = 64 << 20;

/// A file that was read.
#[derive(Debug)]
pub struct Text {
    /// Its name as the learner would say it, its text, and its canonical path; standard input has no path.
    pub file: File,
    /// What is to be said of its bytes: how many are no text.
    pub flaw: Option<String>,
    /// Which state of the file this is.
    pub(super) stamp: Stamp,
}

/// Tells two states of a file apart without reading it: its length, the time of its last change, and which file it is,
/// since an editor may put a new one in its place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Stamp(u64, Option<SystemTime>, u64);

impl Stamp {
    pub(super) fn of(metadata: &Metadata) -> Stamp {
        // Which file it is of those on its disk, where the system says so.
        #[cfg(unix)]
        let number = std::os::unix::fs::MetadataExt::ino(metadata);
        #[cfg(not(unix))]
        let number = 0;
        Stamp(metadata.len(), metadata.modified().ok(), number)
    }
}

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// There is none.
    #[error("{0}: there is no such file")]
    Missing(String),
    /// It is a folder; perhaps with a file in it that can be read.
    #[error("{0} is a folder. Name a file in it{example}", example = .1.as_ref().map_or(".".to_string(), |file| format!(", such as {file}")))]
    Folder(String, Option<String>),
    /// This user may not read it.
    #[error("{0}: permission denied. `ls -l` says who may read it.")]
    Denied(String),
    /// It is a pipe, a device or a socket.
    #[error(
        "{0} is {1} and no regular file: it may never end. To read from it all the same: sysdrill read - < {0}"
    )]
    Endless(String, &'static str),
    /// It has more bytes than are read.
    #[error("{0} has more than {limit} MB, the most that is read. To read a part: head -c {limit}M FILE | sysdrill read -", limit = LARGEST >> 20)]
    TooLarge(String),
    /// Anything else that the system says.
    #[error("{0} cannot be read: {1}")]
    Other(String, io::Error),
}

impl FileError {
    fn of(name: &str, error: io::Error) -> FileError {
        let name = name.to_string();
        match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => FileError::Missing(name),
            ErrorKind::PermissionDenied => FileError::Denied(name),
            _ => FileError::Other(name, error),
        }
    }
}

/// Reads a regular file, at most [`LARGEST`] bytes. It is named as `path` says it.
///
/// # Errors
/// Where it is none, is larger, or cannot be read. Nothing here waits for another program.
pub fn read_file(path: &Path) -> Result<Text, FileError> {
    let name = path.display().to_string();
    let cannot = |error| FileError::of(&name, error);
    let metadata = fs::metadata(path).map_err(cannot)?;
    if metadata.is_dir() {
        return Err(FileError::Folder(name, example(path)));
    }
    if !metadata.is_file() {
        return Err(FileError::Endless(name, kind(&metadata)));
    }
    if metadata.len() > LARGEST {
        return Err(FileError::TooLarge(name));
    }
    let open = Open::open(path).map_err(cannot)?;
    // Of the open file, before it is read: whatever is written from now on makes another stamp.
    let stamp = Stamp::of(&open.metadata().map_err(cannot)?);
    let bytes = read_some(open, &name, metadata.len())?;
    let (text, flaw) = decode(bytes);
    let path = fs::canonicalize(path).map_err(cannot)?;
    Ok(Text { file: File { name, text: text.into(), path: Some(path) }, flaw, stamp })
}

/// Reads standard input to its end, at most [`LARGEST`] bytes.
///
/// # Errors
/// Where there is more, or it cannot be read.
pub fn read_input() -> Result<Text, FileError> {
    let name = "standard input";
    let (text, flaw) = decode(read_some(io::stdin().lock(), name, 0)?);
    Ok(Text {
        file: File { name: name.into(), text: text.into(), path: None },
        flaw,
        stamp: Stamp::default(),
    })
}

/// Reads a pipe that the shell has opened for this program, as in `sysdrill read <(COMMAND)`: it is a name for what
/// could be standard input. Anything else is read as a file.
///
/// # Errors
/// As [`read_file`] and [`read_input`].
pub fn read_named(path: &Path) -> Result<Text, FileError> {
    #[cfg(unix)]
    if path.starts_with("/dev/fd") || path.starts_with("/proc/self/fd") {
        use std::os::unix::fs::FileTypeExt;
        let name = path.display().to_string();
        let pipe = Open::open(path).map_err(|error| FileError::of(&name, error))?;
        if pipe.metadata().is_ok_and(|metadata| metadata.file_type().is_fifo()) {
            let (text, flaw) = decode(read_some(pipe, &name, 0)?);
            return Ok(Text {
                file: File { name, text: text.into(), path: None },
                flaw,
                stamp: Stamp::default(),
            });
        }
    }
    read_file(path)
}

fn read_some(from: impl Read, name: &str, expected: u64) -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::with_capacity(usize::try_from(expected).map_or(0, |expected| expected + 1));
    from.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| FileError::of(name, error))?;
    if bytes.len() as u64 > LARGEST { Err(FileError::TooLarge(name.to_string())) } else { Ok(bytes) }
}

/// A Markdown file in a folder: its README, or the first by name.
fn example(folder: &Path) -> Option<String> {
    let names =
        fs::read_dir(folder).ok()?.take(1000).filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let page = names.filter(|name| name.ends_with(".md"));
    let first = page.min_by_key(|name| (!name.to_lowercase().starts_with("readme"), name.clone()))?;
    Some(folder.join(first).display().to_string())
}

#[cfg(unix)]
fn kind(metadata: &Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    let kind = metadata.file_type();
    match () {
        () if kind.is_fifo() => "a pipe",
        () if kind.is_socket() => "a socket",
        () => "a device",
    }
}

#[cfg(not(unix))]
fn kind(_: &Metadata) -> &'static str {
    "a device"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn what_is_no_regular_file_is_refused_with_what_to_do() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        let check = |path: &Path, words: &[&str]| {
            let error = read_file(path).expect_err("refused").to_string();
            for word in words.iter().copied().chain([path.to_str().expect("text")]) {
                assert!(error.contains(word), "{word:?} is missing in {error:?}");
            }
        };
        check(&path("none.md"), &["no such file"]);
        fs::write(path("b.md"), "b").expect("written");
        check(&path("b.md/c.md"), &["no such file"]);
        check(folder.path(), &["is a folder", "/b.md"]);
        fs::write(path("readme.md"), "r").expect("written");
        check(folder.path(), &["is a folder", "/readme.md"]);
        check(Path::new("/dev/zero"), &["a device", "sysdrill read - <"]);
        let made = std::process::Command::new("mkfifo").arg(path("pipe")).status();
        assert!(made.is_ok_and(|status| status.success()), "a pipe that nobody writes to");
        check(&path("pipe"), &["a pipe", "sysdrill read - <"]);
        // As long as it says and empty on the disk.
        let large = Open::create(path("large.md")).expect("made");
        large.set_len(2 << 30).expect("two gigabytes");
        check(&path("large.md"), &["64 MB", "head -c 64M"]);
        std::os::unix::fs::symlink("loop.md", path("loop.md")).expect("a link to itself");
        check(&path("loop.md"), &["cannot be read"]);
    }

    #[test]
    fn a_file_without_end_is_read_to_the_limit() {
        let error = read_some(io::repeat(b'a'), "x", 0).expect_err("it does not end");
        assert!(matches!(error, FileError::TooLarge(_)), "{error}");
        let most = read_some(io::repeat(b'a').take(LARGEST), "x", 0).expect("it fits");
        assert_eq!(most.len() as u64, LARGEST);
    }

    #[test]
    fn two_states_of_a_file_have_two_stamps() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, beside) = (folder.path().join("a.md"), folder.path().join("b.md"));
        let stamp = |text: &str, path: &Path| {
            fs::write(path, text).expect("written");
            read_file(path).expect("read").stamp
        };
        let first = stamp("one", &path);
        assert_eq!(first, read_file(&path).expect("read").stamp, "reading changes nothing");
        assert_ne!(first, stamp("three", &path));
        // A new file of the same length in its place, as editors save.
        stamp("two", &beside);
        fs::rename(&beside, &path).expect("moved");
        assert_ne!(first, read_file(&path).expect("read").stamp);
        let text = read_file(&path).expect("read");
        assert_eq!((text.file.text.as_ref(), text.flaw), ("two", None));
        assert_eq!(text.file.path, fs::canonicalize(&path).ok());
    }
}
