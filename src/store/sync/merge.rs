//! Reading what others have written, and merging it: one transaction for all of it, so that events and what follows
//! from them are never seen apart.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rusqlite::{OptionalExtension, Transaction, params};

use super::line::{Held, NotNow};
use super::{Synced, files, line, marks};
use crate::store::incoming::Incoming;
use crate::store::rows::RuleBook;
use crate::store::{Store, StoreError};

/// A file of another machine that was not read to its end yet.
struct Waiting {
    machine: String,
    name: String,
    path: PathBuf,
    size: u64,
}

impl Store {
    /// Merges what is new in the files of other machines.
    pub(super) fn receive(
        &mut self,
        root: &Path,
        others: &[String],
        done: &mut Synced,
    ) -> Result<(), StoreError> {
        let mut waiting = Vec::new();
        for machine in others {
            let folder = root.join(machine);
            let mut paths: Vec<PathBuf> =
                files::segments(&folder)?.into_iter().map(|segment| segment.path).collect();
            paths.push(folder.join(files::MARKS));
            for path in paths {
                let name =
                    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                if let Some(size) = self.is_news(machine, &name, &path, done)? {
                    waiting.push(Waiting { machine: machine.clone(), name, path, size });
                }
            }
        }
        if waiting.is_empty() {
            return Ok(());
        }
        let mut found = done.clone();
        // A line takes some 350 bytes.
        let expected = waiting.iter().map(|file| file.size).sum::<u64>() / 350;
        self.write_much(|transaction| {
            let mut incoming = Incoming::new(transaction, expected)?;
            std::thread::scope(|scope| {
                // Reading and parsing goes on while the file before is written; not further ahead, for the memory.
                let (sender, receiver) = std::sync::mpsc::sync_channel(1);
                let waiting = &waiting;
                scope.spawn(move || waiting.iter().all(|file| sender.send((file, load(file))).is_ok()));
                for (file, loaded) in receiver {
                    take(transaction, file, loaded, &mut incoming, &mut found)?;
                }
                Ok::<(), rusqlite::Error>(())
            })?;
            found.cards = incoming.settle()?;
            (found.received, found.differing) = (incoming.new, incoming.differing);
            Ok(())
        })?;
        *done = found;
        Ok(())
    }

    /// The size of a file that has to be read: it was not yet, or it is another one since.
    fn is_news(
        &self,
        machine: &str,
        name: &str,
        path: &Path,
        done: &mut Synced,
    ) -> Result<Option<u64>, StoreError> {
        let looked = path.metadata().and_then(|found| Ok((found.len(), files::first_line(path)?)));
        let (size, header) = match looked {
            Ok(found) => found,
            // A machine that has not written its marks yet.
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                done.left.push((path.to_path_buf(), error.to_string()));
                return Ok(None);
            }
        };
        let known: Option<(String, i64)> = self.read(|connection| {
            connection
                .prepare_cached("SELECT header, size FROM taken WHERE machine = ? AND name = ?")?
                .query_row([machine, name], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()
        })?;
        let is_same = known.is_some_and(|(known, length)| known == header && length.cast_unsigned() == size);
        Ok((!is_same).then_some(size))
    }
}

/// A file that is whole.
struct Loaded {
    first: String,
    size: usize,
    of: String,
    held: Lines,
}

enum Lines {
    /// What each line holds; nothing where it says what cannot be.
    Events(Vec<Option<Held>>),
    Marks(Vec<String>),
    /// So many lines of something that only a newer program knows.
    Unknown(u64),
}

/// Reads a file. Where it cannot be taken now: why.
fn load(file: &Waiting) -> Result<Loaded, String> {
    let bytes = files::read(&file.path).map_err(|error| error.to_string())?;
    let said = |not_now: NotNow| match not_now {
        NotNow::NotWhole(why) => format!("it is not whole yet: {why}"),
        NotNow::Newer(version) => {
            format!("a newer sysdrill wrote it (version {version}): use that one here too")
        }
    };
    let split = std::str::from_utf8(&bytes).ok().and_then(|text| text.split_once('\n'));
    let (first, rest) =
        split.ok_or_else(|| said(NotNow::NotWhole("it is no text, or has no whole line".to_string())))?;
    let header = line::header(first).map_err(said)?;
    let payloads = line::payloads(&header, rest).map_err(said)?;
    let of = header.origin.as_deref().unwrap_or(&file.machine).to_string();
    if header.machine != file.machine || !files::is_machine(&of) {
        return Err("it belongs to another machine's folder".to_string());
    }
    let held = match &*header.sysdrill {
        "log" => {
            let mut book = RuleBook::new();
            Lines::Events(payloads.iter().map(|payload| line::read(payload, &mut book)).collect())
        }
        "marks" => Lines::Marks(payloads.into_iter().map(str::to_string).collect()),
        _ => Lines::Unknown(payloads.len() as u64),
    };
    Ok(Loaded { first: first.to_string(), size: bytes.len(), of, held })
}

/// Merges one file.
fn take(
    transaction: &Transaction<'_>,
    file: &Waiting,
    loaded: Result<Loaded, String>,
    incoming: &mut Incoming<'_>,
    done: &mut Synced,
) -> rusqlite::Result<()> {
    let Loaded { first, size, of, held } = match loaded {
        Ok(loaded) => loaded,
        Err(why) => {
            done.left.push((file.path.clone(), why));
            return Ok(());
        }
    };
    let taken = match held {
        Lines::Events(held) => events(transaction, held, &of, incoming),
        Lines::Marks(payloads) => marks::take(transaction, &payloads, &mut done.marks),
        Lines::Unknown(unknown) => Ok(Taken { unknown, wrong: None }),
    }?;
    if let Some(line) = taken.wrong {
        done.left
            .push((file.path.clone(), format!("line {line} says what cannot be; all others were taken")));
    }
    done.unknown += taken.unknown;
    // What is not known now is read again when a newer program looks.
    if taken.unknown == 0 {
        transaction
            .prepare_cached("INSERT OR REPLACE INTO taken (machine, name, header, size) VALUES (?, ?, ?, ?)")?
            .execute(params![file.machine, file.name, first, size as i64])?;
    }
    Ok(())
}

/// What came of the lines of a file.
#[derive(Default)]
pub(super) struct Taken {
    /// Lines that only a newer program knows.
    pub unknown: u64,
    /// The first line, if any, whose checksum is right and which no program can have meant.
    pub wrong: Option<usize>,
}

fn events(
    transaction: &Transaction<'_>,
    lines: Vec<Option<Held>>,
    of: &str,
    incoming: &mut Incoming<'_>,
) -> rusqlite::Result<Taken> {
    transaction.prepare_cached("INSERT OR IGNORE INTO machine (id) VALUES (?)")?.execute([of])?;
    let origin: i64 = transaction
        .prepare_cached("SELECT number FROM machine WHERE id = ?")?
        .query_row([of], |row| row.get(0))?;
    let mut taken = Taken::default();
    for (number, held) in lines.into_iter().enumerate() {
        match held {
            Some(Held::Event(entry, stamp)) => incoming.take(&entry, stamp, Some(origin))?,
            Some(Held::Unknown) => taken.unknown += 1,
            None => taken.wrong = taken.wrong.or(Some(number + 2)),
        }
    }
    Ok(taken)
}
