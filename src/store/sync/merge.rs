//! Reading what others have written, and merging it: one transaction for all of it, so that events and what follows
//! from them are never seen apart.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rusqlite::{OptionalExtension, Transaction, params};

use super::line::{Held, NotNow};
use super::{Synced, files, line, marks};
use crate::store::append::Incoming;
use crate::store::rows::RuleBook;
use crate::store::{Store, StoreError};

/// A file of another machine that was not read to its end yet.
struct Waiting {
    machine: String,
    name: String,
    path: PathBuf,
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
                if self.is_news(machine, &name, &path, done)? {
                    waiting.push(Waiting { machine: machine.clone(), name, path });
                }
            }
        }
        if waiting.is_empty() {
            return Ok(());
        }
        let mut found = done.clone();
        self.write_much(|transaction| {
            let mut incoming = Incoming::default();
            for file in &waiting {
                take(transaction, file, &mut incoming, &mut found)?;
            }
            found.cards = incoming.settle(transaction)?;
            (found.received, found.differing) = (incoming.new, incoming.differing);
            Ok(())
        })?;
        *done = found;
        Ok(())
    }

    /// Whether a file has to be read: it was not yet, or it is another one since.
    fn is_news(&self, machine: &str, name: &str, path: &Path, done: &mut Synced) -> Result<bool, StoreError> {
        let looked = path.metadata().and_then(|found| Ok((found.len(), files::first_line(path)?)));
        let (size, header) = match looked {
            Ok(found) => found,
            // A machine that has not written its marks yet.
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            Err(error) => {
                done.left.push((path.to_path_buf(), error.to_string()));
                return Ok(false);
            }
        };
        let known: Option<(String, i64)> = self.read(|connection| {
            connection
                .prepare_cached("SELECT header, size FROM taken WHERE machine = ? AND name = ?")?
                .query_row([machine, name], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()
        })?;
        Ok(known.is_none_or(|(known, length)| known != header || length.cast_unsigned() != size))
    }
}

/// Merges one file, if it is whole.
fn take(
    transaction: &Transaction<'_>,
    file: &Waiting,
    incoming: &mut Incoming,
    done: &mut Synced,
) -> rusqlite::Result<()> {
    let mut leave = |why: String| done.left.push((file.path.clone(), why));
    let bytes = match files::read(&file.path) {
        Ok(bytes) => bytes,
        Err(error) => {
            leave(error.to_string());
            return Ok(());
        }
    };
    let whole = std::str::from_utf8(&bytes)
        .ok()
        .and_then(|text| text.split_once('\n'))
        .ok_or_else(|| NotNow::NotWhole("it is no text, or has no whole line".to_string()))
        .and_then(|(first, rest)| {
            let header = line::header(first)?;
            let payloads = line::payloads(&header, rest)?;
            Ok((first, header, payloads))
        });
    let (first, header, payloads) = match whole {
        Ok(whole) => whole,
        Err(NotNow::NotWhole(why)) => {
            leave(format!("it is not whole yet: {why}"));
            return Ok(());
        }
        Err(NotNow::Newer(version)) => {
            leave(format!("a newer sysdrill wrote it (version {version}): use that one here too"));
            return Ok(());
        }
    };
    let of = header.origin.as_deref().unwrap_or(&file.machine);
    if header.machine != file.machine || !files::is_machine(of) {
        leave("it belongs to another machine's folder".to_string());
        return Ok(());
    }
    let unknown = match &*header.sysdrill {
        "log" => events(transaction, &payloads, of, incoming),
        "marks" => marks::take(transaction, &payloads, &mut done.marks),
        _ => Ok(Taken { unknown: payloads.len() as u64, wrong: None }),
    }?;
    if let Some(line) = unknown.wrong {
        done.left
            .push((file.path.clone(), format!("line {line} says what cannot be; all others were taken")));
    }
    done.unknown += unknown.unknown;
    // What is not known now is read again when a newer program looks.
    if unknown.unknown == 0 {
        transaction
            .prepare_cached("INSERT OR REPLACE INTO taken (machine, name, header, size) VALUES (?, ?, ?, ?)")?
            .execute(params![file.machine, file.name, first, bytes.len() as i64])?;
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
    payloads: &[&str],
    of: &str,
    incoming: &mut Incoming,
) -> rusqlite::Result<Taken> {
    transaction.prepare_cached("INSERT OR IGNORE INTO machine (id) VALUES (?)")?.execute([of])?;
    let origin: i64 = transaction
        .prepare_cached("SELECT number FROM machine WHERE id = ?")?
        .query_row([of], |row| row.get(0))?;
    let mut book = RuleBook::new();
    let mut taken = Taken::default();
    for (number, payload) in payloads.iter().enumerate() {
        match line::read(payload, &mut book) {
            Some(Held::Event(entry, stamp)) => incoming.take(transaction, &entry, stamp, Some(origin))?,
            Some(Held::Unknown) => taken.unknown += 1,
            None => taken.wrong = taken.wrong.or(Some(number + 2)),
        }
    }
    Ok(taken)
}
