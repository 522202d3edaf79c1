//! What is in a package: the collection, and the names of the media.
//!
//! A package is a zip that was made on another machine. Of its entries only those with the known names are opened, and
//! by their place in the archive: nothing is ever written to a path that it names. Everything is counted while it
//! is unpacked, so an archive that unpacks to a thousand times its size ends at the bound and not of memory.

use std::io::{Read, Seek, SeekFrom};

use super::proto::{self, Field};
use crate::exchange::{ExchangeError, Note};

/// The largest list of media.
const LARGEST_LIST: u64 = 64 << 20;

/// A package, unpacked.
pub(super) struct Package {
    /// The SQLite database.
    pub collection: Vec<u8>,
    /// The media that the package carries, by their names in fields.
    pub media: Vec<String>,
    /// What was odd.
    pub notes: Vec<Note>,
}

/// Unpacks a package, of the collection at most so many bytes; a bare SQLite file is taken as the collection itself.
pub(super) fn open<S: Read + Seek>(mut source: S, most: u64) -> Result<Package, ExchangeError> {
    let mut start = [0; 4];
    let length = source.read(&mut start)?;
    source.seek(SeekFrom::Start(0))?;
    if start[..length] == *b"SQLi" {
        let collection = bounded(source, most, "the collection")?;
        return Ok(Package { collection, media: Vec::new(), notes: Vec::new() });
    }
    let mut archive = zip::ZipArchive::new(source)
        .map_err(|error| ExchangeError::NoPackage(format!("the archive cannot be read ({error})")))?;
    let meta = entry(&mut archive, "meta", LARGEST_LIST)?;
    let version = meta.as_deref().and_then(|meta| proto::number(meta, 1));
    if let Some(version @ 4..) = version {
        return Err(ExchangeError::NewerPackage(version));
    }
    let mut notes = Vec::new();
    let collection = collection(&mut archive, version, most)?;
    let media = match entry(&mut archive, "media", LARGEST_LIST) {
        Ok(list) => media_names(&list.unwrap_or_default()),
        Err(error) => {
            notes.push(Note::new("media", format!("the list of media is left out: {error}")));
            Vec::new()
        }
    };
    Ok(Package { collection, media, notes })
}

/// The collection: the newest of the three, since beside it stands an older one that only says so.
fn collection<S: Read + Seek>(
    archive: &mut zip::ZipArchive<S>,
    version: Option<u64>,
    most: u64,
) -> Result<Vec<u8>, ExchangeError> {
    if let Some(packed) = entry(archive, "collection.anki21b", most)? {
        let damaged = |error: &dyn std::fmt::Display| ExchangeError::Damaged(format!("zstd: {error}"));
        let decoder =
            ruzstd::decoding::StreamingDecoder::new(packed.as_slice()).map_err(|error| damaged(&error))?;
        return bounded(decoder, most, "the collection").map_err(|error| match error {
            ExchangeError::Unreadable(error) => damaged(&error),
            other => other,
        });
    }
    if let Some(collection) = entry(archive, "collection.anki21", most)? {
        return Ok(collection);
    }
    // Versions 2 and 3 keep their collection elsewhere, and this one has a note that says so.
    if version.is_some_and(|version| version >= 2) {
        return Err(ExchangeError::Placeholder);
    }
    entry(archive, "collection.anki2", most)?
        .ok_or_else(|| ExchangeError::NoPackage("there is no collection in the archive".to_string()))
}

/// What an entry of this name holds; nothing where there is none.
fn entry<S: Read + Seek>(
    archive: &mut zip::ZipArchive<S>,
    name: &str,
    most: u64,
) -> Result<Option<Vec<u8>>, ExchangeError> {
    let Some(index) = archive.index_for_name(name) else { return Ok(None) };
    let entry =
        archive.by_index(index).map_err(|error| ExchangeError::Damaged(format!("{name}: {error}")))?;
    match bounded(entry, most, name) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(ExchangeError::Unreadable(error)) => Err(ExchangeError::Damaged(format!("{name}: {error}"))),
        Err(other) => Err(other),
    }
}

/// Reads to the end, and no further than the bound. What an archive says of its sizes is not believed.
fn bounded(source: impl Read, most: u64, what: &str) -> Result<Vec<u8>, ExchangeError> {
    let mut bytes = Vec::new();
    source.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(ExchangeError::TooLarge { what: format!("{what}, unpacked,"), megabytes: most >> 20 });
    }
    Ok(bytes)
}

/// The names in a list of media: JSON in old packages, a compressed message in new ones.
fn media_names(list: &[u8]) -> Vec<String> {
    if let Ok(serde_json::Value::Object(names)) = serde_json::from_slice(list) {
        return names.values().filter_map(|name| name.as_str().map(str::to_string)).collect();
    }
    let Ok(decoder) = ruzstd::decoding::StreamingDecoder::new(list) else { return Vec::new() };
    let Ok(message) = bounded(decoder, LARGEST_LIST, "media") else { return Vec::new() };
    proto::fields(&message)
        .filter_map(|(number, field)| match field {
            Field::Bytes(entry) if number == 1 => Some(proto::text(entry, 1)),
            _ => None,
        })
        .collect()
}
