//! Two machines: logs that are merged through a folder that something else carries.
//!
//! Each machine has a random name and writes only below `DIR/sysdrill/NAME/`: its events in files that never change
//! once they are written, and what stands beside the log in one file that is replaced. It reads what the others wrote.
//! Merging is a union of events by id, and where cards stand is derived from the union in the order of stamps; so any
//! order of merges, any number of times, ends in the same state.
//!
//! Nothing is trusted to have arrived whole. A file that is not is left for the next time. A file goes to disk under
//! another name and is then renamed. What a machine has written is known to its database, by checksum: a folder that
//! lacks it gets it again. If the folder holds files under our name that this database has not written, then the
//! database is a copy, or was put back from a backup, and takes a new name: the old name's files are then those of
//! another machine, from which it learns what it had lost.

mod files;
pub(super) mod line;
mod marks;
mod merge;
mod segments;

use std::path::{Path, PathBuf};

use rusqlite::{OptionalExtension, params};

use super::{Store, StoreError, random};

/// What a sync did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Synced {
    /// The name of this machine in the folder.
    pub machine: String,
    /// Whether it took this name just now, because the folder held files under its old one that it had not written.
    pub renamed: bool,
    /// How many other machines have files in the folder.
    pub others: u32,
    /// Events that were new here.
    pub received: u64,
    /// Cards whose state was derived anew.
    pub cards: u64,
    /// Events that were written to the folder.
    pub sent: u64,
    /// Reading positions, read sections, bookmarks and demos that changed here.
    pub marks: u64,
    /// Events of kinds that only a newer program knows. They stay in the folder and are read when it does.
    pub unknown: u64,
    /// Events that the log holds under the same name with other content; the log keeps its own.
    pub differing: u64,
    /// Files that were left for the next time, and why.
    pub left: Vec<(PathBuf, String)>,
}

impl Store {
    /// Merges this machine's log with those of others through the folder `dir`, which has to exist. Reads what is new
    /// from others first, then writes what they lack of ours. Nothing new on either side costs a look at each file's
    /// first line.
    ///
    /// # Errors
    /// Where the folder or the database cannot be used. What was merged until then is kept, and merged again is the same.
    pub fn sync(&mut self, dir: &Path) -> Result<Synced, StoreError> {
        if !dir.is_dir() {
            let why = "there is no such folder, and none is made: what carries it may not be there yet";
            return Err(StoreError::Folder { path: dir.to_path_buf(), why: why.to_string() });
        }
        let root = dir.join("sysdrill");
        let mut done = Synced { machine: self.machine()?, ..Synced::default() };
        if self.is_a_copy(&root.join(&done.machine))? {
            done.machine = self.take_new_name(&done.machine)?;
            done.renamed = true;
        }
        let others = files::others(&root, &done.machine)?;
        done.others = others.len() as u32;
        self.receive(&root, &others, &mut done)?;
        if !self.send(&own_folder(&root, &done.machine)?, &others, &mut done)? {
            // Under another name all of it is written anew; what is there under the old one stays as it is.
            done.machine = self.take_new_name(&done.machine)?;
            done.renamed = true;
            self.send(&own_folder(&root, &done.machine)?, &others, &mut done)?;
        }
        self.send_marks(&own_folder(&root, &done.machine)?, &done.machine)?;
        Ok(done)
    }

    /// The name of this machine: 16 hexadecimal digits, drawn when it is first asked for.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn machine(&mut self) -> Result<String, StoreError> {
        if let Some(name) = self.note(MACHINE)? {
            return Ok(name);
        }
        self.write(|transaction| {
            let name = format!("{:016x}", random(transaction)?);
            transaction.execute("INSERT OR IGNORE INTO meta (key, value) VALUES (?, ?)", [MACHINE, &name])?;
            transaction.query_row("SELECT value FROM meta WHERE key = ?", [MACHINE], |row| row.get(0))
        })
    }

    /// Whether the folder of our name holds files that this database did not write.
    fn is_a_copy(&self, own: &Path) -> Result<bool, StoreError> {
        for file in files::segments(own)? {
            let known: Option<String> = self.read(|connection| {
                connection
                    .prepare_cached("SELECT header FROM segment WHERE number = ?")?
                    .query_row([file.number], |row| row.get(0))
                    .optional()
            })?;
            // A file that is not whole may have lost its first line; that is not another one.
            let found = files::first_line(&file.path);
            if known.is_none_or(|known| {
                found.is_ok_and(|found| line::header(&found).is_ok() && known.trim_end() != found)
            }) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn take_new_name(&mut self, old: &str) -> Result<String, StoreError> {
        self.write(|transaction| {
            let name = format!("{:016x}", random(transaction)?);
            transaction.execute("UPDATE meta SET value = ? WHERE key = ?", [&name, MACHINE])?;
            transaction.execute("DELETE FROM segment", [])?;
            // Runs of demos are counted by machine: those until now are the old name's.
            transaction.execute(
                "INSERT OR REPLACE INTO demo_elsewhere (machine, name, runs, goals, at, offset) \
                 SELECT ?, name, runs, goals, at, offset FROM demo",
                params![old],
            )?;
            transaction.execute("DELETE FROM demo", [])?;
            Ok(name)
        })
    }
}

/// Our folder, made where it is not there, and without what an earlier sync has left half-written.
fn own_folder(root: &Path, machine: &str) -> Result<PathBuf, StoreError> {
    let own = root.join(machine);
    std::fs::create_dir_all(&own).map_err(|error| files::cannot(&own, &error))?;
    files::sweep(&own);
    Ok(own)
}

/// The key of the machine's name among the notes.
const MACHINE: &str = "machine";
