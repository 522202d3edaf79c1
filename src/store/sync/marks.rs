//! What stands beside the log: where reading stopped, read sections, bookmarks, runs of demos, what the learner aims at.
//!
//! These are no events but rows, of which each machine writes all that it has. A row with a later stamp counts, also
//! where it says that a mark was taken away; of two that are as late, the larger. How far a page was read, the goals
//! of a demo and the count of each machine's runs only grow. So this too comes out the same in any order. Files beside
//! the library are left out: a path means something else on another machine.

use std::borrow::Cow;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};

use super::files;
use super::line::Body;
use super::merge::Taken;
use crate::store::append::LATEST;
use crate::store::batch::{SHARED, keep_shared_note, note_stamp};
use crate::store::{Store, StoreError};

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Row<'a> {
    Read(#[serde(borrow)] Mark<'a>),
    Bookmark(#[serde(borrow)] Mark<'a>),
    Position {
        #[serde(borrow)]
        topic: Cow<'a, str>,
        section: Cow<'a, str>,
        line: u32,
        /// A number as text, since readers of JSON may round one: two machines have to have the same.
        share: Cow<'a, str>,
        at: i64,
        offset: i32,
        stamp: i64,
    },
    Note {
        #[serde(borrow)]
        key: Cow<'a, str>,
        value: Cow<'a, str>,
        stamp: i64,
    },
    Demo {
        #[serde(borrow)]
        machine: Cow<'a, str>,
        name: Cow<'a, str>,
        runs: u32,
        goals: i64,
        at: i64,
        offset: i32,
    },
}

#[derive(Serialize, Deserialize)]
struct Mark<'a> {
    #[serde(borrow)]
    topic: Cow<'a, str>,
    section: Cow<'a, str>,
    at: i64,
    offset: i32,
    stamp: i64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    gone: bool,
}

impl Store {
    /// Writes the file of marks, where it says something else than the one that is there.
    pub(super) fn send_marks(&mut self, own: &Path, machine: &str) -> Result<(), StoreError> {
        let file = self.read(|connection| file(connection, machine))?;
        let path = own.join(files::MARKS);
        match files::read(&path) {
            Ok(there) if there == file.as_bytes() => Ok(()),
            _ => files::write(own, files::MARKS, &file),
        }
    }
}

fn file(connection: &Connection, machine: &str) -> rusqlite::Result<String> {
    let json = |error: serde_json::Error| rusqlite::Error::ToSqlConversionFailure(error.into());
    let mut body = Body::default();
    for table in ["read", "bookmark"] {
        let mut statement = connection.prepare_cached(&format!(
            "SELECT topic, section, at, offset, stamp, gone FROM {table} \
             WHERE NOT (topic >= 'file:' AND topic < 'file;') ORDER BY topic, section"
        ))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let mark = Mark {
                topic: row.get::<_, String>(0)?.into(),
                section: row.get::<_, String>(1)?.into(),
                at: row.get(2)?,
                offset: row.get(3)?,
                stamp: row.get(4)?,
                gone: row.get(5)?,
            };
            let row = if table == "read" { Row::Read(mark) } else { Row::Bookmark(mark) };
            body.push(&row).map_err(json)?;
        }
    }
    let mut statement = connection.prepare_cached(
        "SELECT topic, section, line, share, at, offset, stamp FROM position \
         WHERE NOT (topic >= 'file:' AND topic < 'file;') ORDER BY topic",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let position = Row::Position {
            topic: row.get::<_, String>(0)?.into(),
            section: row.get::<_, String>(1)?.into(),
            line: row.get(2)?,
            share: row.get::<_, f64>(3)?.to_string().into(),
            at: row.get(4)?,
            offset: row.get(5)?,
            stamp: row.get(6)?,
        };
        body.push(&position).map_err(json)?;
    }
    let mut statement = connection.prepare_cached(
        "SELECT n.key, n.value, CAST(s.value AS INTEGER) FROM meta s JOIN meta n ON 'stamp.' || n.key = s.key \
         WHERE s.key >= 'stamp.' AND s.key < 'stamp/' ORDER BY n.key",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let note = Row::Note {
            key: row.get::<_, String>(0)?.into(),
            value: row.get::<_, String>(1)?.into(),
            stamp: row.get(2)?,
        };
        body.push(&note).map_err(json)?;
    }
    let mut statement = connection.prepare_cached(
        "SELECT ?1, name, runs, goals, at, offset FROM demo \
         UNION ALL SELECT machine, name, runs, goals, at, offset FROM demo_elsewhere ORDER BY 1, 2",
    )?;
    let mut rows = statement.query([machine])?;
    while let Some(row) = rows.next()? {
        let demo = Row::Demo {
            machine: row.get::<_, String>(0)?.into(),
            name: row.get::<_, String>(1)?.into(),
            runs: row.get(2)?,
            goals: row.get(3)?,
            at: row.get(4)?,
            offset: row.get(5)?,
        };
        body.push(&demo).map_err(json)?;
    }
    Ok(body.finish("marks", machine, None).map_err(json)?.1)
}

/// Merges the rows of another machine.
pub(super) fn take(
    transaction: &Transaction<'_>,
    payloads: &[String],
    changed: &mut u64,
) -> rusqlite::Result<Taken> {
    let own: String =
        transaction.query_row("SELECT value FROM meta WHERE key = ?", [super::MACHINE], |row| row.get(0))?;
    let mut taken = Taken::default();
    for payload in payloads {
        let Ok(row) = serde_json::from_str::<Row<'_>>(payload) else {
            taken.unknown += 1;
            continue;
        };
        *changed += merge(transaction, &row, &own)? as u64;
    }
    Ok(taken)
}

fn merge(transaction: &Transaction<'_>, row: &Row<'_>, own: &str) -> rusqlite::Result<usize> {
    let mark = |table: &str, mark: &Mark<'_>| {
        let sql = format!(
            "INSERT INTO {table} (topic, section, at, offset, stamp, gone) VALUES (?, ?, ?, ?, ?, ?) \
             ON CONFLICT (topic, section) DO UPDATE SET at = excluded.at, offset = excluded.offset, \
             stamp = excluded.stamp, gone = excluded.gone \
             WHERE (excluded.stamp, excluded.gone, excluded.at, excluded.offset) > (stamp, gone, at, offset)"
        );
        let Mark { topic, section, at, offset, stamp, gone } = mark;
        if !sound(*stamp, *offset, topic) {
            return Ok(0);
        }
        transaction.prepare_cached(&sql)?.execute(params![topic, section, at, offset, stamp, gone])
    };
    match row {
        Row::Read(one) => mark("read", one),
        Row::Bookmark(one) => mark("bookmark", one),
        Row::Position { topic, section, line, share, at, offset, stamp } => {
            let share = share.parse().ok().filter(|share| (0.0_f64..=1.0).contains(share));
            let Some(share) = share.filter(|_| sound(*stamp, *offset, topic)) else { return Ok(0) };
            let replaced = transaction
                .prepare_cached(
                    "INSERT INTO position (topic, section, line, share, at, offset, stamp) VALUES (?, ?, ?, ?, ?, ?, ?) \
                     ON CONFLICT (topic) DO UPDATE SET section = excluded.section, line = excluded.line, \
                     at = excluded.at, offset = excluded.offset, stamp = excluded.stamp \
                     WHERE (excluded.stamp, excluded.line, excluded.section, excluded.at, excluded.offset) \
                     > (stamp, line, section, at, offset)",
                )?
                .execute(params![topic, section, line, share, at, offset, stamp])?;
            let further = transaction
                .prepare_cached("UPDATE position SET share = ?2 WHERE topic = ?1 AND share < ?2")?
                .execute(params![topic, share])?;
            Ok(replaced.max(further))
        }
        Row::Note { key, value, stamp } => note(transaction, key, value, *stamp),
        Row::Demo { machine, name, runs, goals, at, offset } => {
            if machine == own || !files::is_machine(machine) {
                return Ok(0);
            }
            transaction
                .prepare_cached(
                    "INSERT INTO demo_elsewhere (machine, name, runs, goals, at, offset) VALUES (?, ?, ?, ?, ?, ?) \
                     ON CONFLICT (machine, name) DO UPDATE SET runs = max(runs, excluded.runs), \
                     goals = goals | excluded.goals, offset = iif(excluded.at > at, excluded.offset, offset), \
                     at = max(at, excluded.at) \
                     WHERE excluded.runs > runs OR (excluded.goals & ~goals) <> 0 OR excluded.at > at",
                )?
                .execute(params![machine, name, runs, goals, at, offset])
        }
    }
}

/// Merges a note of what is aimed at. The notes of a machine itself are nobody else's to say.
fn note(transaction: &Transaction<'_>, key: &str, value: &str, stamp: i64) -> rusqlite::Result<usize> {
    if !key.starts_with(SHARED) || !(0..=2 * LATEST).contains(&stamp) {
        return Ok(0);
    }
    let here: Option<String> = transaction
        .prepare_cached("SELECT value FROM meta WHERE key = ?")?
        .query_row([key], |row| row.get(0))
        .optional()?;
    let since = note_stamp(transaction, key)?.unwrap_or(0);
    if here.is_some_and(|here| (since, here.as_str()) >= (stamp, value)) {
        return Ok(0);
    }
    keep_shared_note(transaction, key, value, stamp)?;
    Ok(1)
}

fn sound(stamp: i64, offset: i32, topic: &str) -> bool {
    (0..=2 * LATEST).contains(&stamp) && (-1_440..=1_440).contains(&offset) && !crate::store::is_file(topic)
}
