//! The folder: which files are there, and writing one so that nobody sees half of it.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::store::StoreError;

/// No file of ours comes near this; one that does is not read.
const MOST: u64 = 1 << 30;
/// The longest header.
const LONGEST_HEADER: u64 = 4_096;
/// The file of what stands beside the log.
pub(super) const MARKS: &str = "marks.jsonl";
const TEMPORARY: &str = ".part";

/// A file of events.
pub(super) struct Segment {
    /// Its place among the files of its machine.
    pub number: i64,
    /// Where it is.
    pub path: PathBuf,
}

/// The error for people about a path in the folder.
pub(super) fn cannot(path: &Path, error: &io::Error) -> StoreError {
    let why = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "the disk is full".to_string(),
        _ => error.to_string(),
    };
    StoreError::Folder { path: path.to_path_buf(), why }
}

/// The names of all machines in the folder but our own, in order.
pub(super) fn others(root: &Path, own: &str) -> Result<Vec<String>, StoreError> {
    let mut names: Vec<String> =
        list(root)?.into_iter().filter(|name| name != own && is_machine(name)).collect();
    names.retain(|name| root.join(name).is_dir());
    Ok(names)
}

/// Whether this is a machine's name: 16 hexadecimal digits.
pub(super) fn is_machine(name: &str) -> bool {
    name.len() == 16 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The files of events of a machine, in order. Other files are none of ours.
pub(super) fn segments(folder: &Path) -> Result<Vec<Segment>, StoreError> {
    let mut segments: Vec<Segment> = list(folder)?
        .into_iter()
        .filter_map(|name| {
            let digits = name.strip_suffix(".jsonl")?;
            let is_number = digits.len() >= 5 && digits.bytes().all(|byte| byte.is_ascii_digit());
            let number = digits.parse().ok().filter(|_| is_number)?;
            Some(Segment { number, path: folder.join(&name) })
        })
        .collect();
    segments.sort_by_key(|segment| segment.number);
    Ok(segments)
}

/// The name of a file of events.
pub(super) fn segment_name(number: i64) -> String {
    format!("{number:05}.jsonl")
}

/// The first line without its end. An error where it is not whole.
pub(super) fn first_line(path: &Path) -> io::Result<String> {
    let mut line = String::new();
    BufReader::new(File::open(path)?.take(LONGEST_HEADER)).read_line(&mut line)?;
    match line.strip_suffix('\n') {
        Some(line) => Ok(line.to_string()),
        None => Err(io::Error::new(ErrorKind::UnexpectedEof, "its first line is not whole")),
    }
}

/// All of a file.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST {
        return Err(io::Error::new(ErrorKind::FileTooLarge, "it is larger than 1 GiB"));
    }
    Ok(bytes)
}

/// Writes a file under another name, has it on the disk, and gives it its name.
pub(super) fn write(folder: &Path, name: &str, text: &str) -> Result<(), StoreError> {
    // A name of our own: another copy of the program may be merging too.
    let part = folder.join(format!("{name}.{}{TEMPORARY}", std::process::id()));
    let path = folder.join(name);
    let written = (|| {
        let mut file = File::create(&part)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        drop(file);
        fs::rename(&part, &path)
    })();
    if let Err(error) = written {
        // Half a file helps nobody. If it cannot be removed either, the next sync does.
        let _ = fs::remove_file(&part);
        return Err(cannot(&path, &error));
    }
    // The new name too; not every system can do that.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

/// Removes what a sync that was killed has left half-written in our own folder: what is older than the last change of
/// the folder by more than an hour. A younger one may be another copy of the program at work.
pub(super) fn sweep(own: &Path) {
    let Ok(changed) = own.metadata().and_then(|folder| folder.modified()) else { return };
    for name in list(own).unwrap_or_default() {
        let path = own.join(&name);
        let written = path.metadata().and_then(|part| part.modified()).ok();
        let age = written.and_then(|written| changed.duration_since(written).ok());
        if name.ends_with(TEMPORARY) && age.is_some_and(|age| age > Duration::from_secs(3_600)) {
            let _ = fs::remove_file(path);
        }
    }
}

/// The names in a folder, sorted; nothing where there is no such folder. Names that are no text are none of ours.
fn list(folder: &Path) -> Result<Vec<String>, StoreError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(cannot(folder, &error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| cannot(folder, &error))?;
        names.extend(entry.file_name().into_string().ok());
    }
    names.sort_unstable();
    Ok(names)
}
