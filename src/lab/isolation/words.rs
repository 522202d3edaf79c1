//! What is said of transactions in few words: statements with what came of them, cycles, versions.

use std::collections::BTreeMap;

use super::scripts::filter_said;
use crate::lab::scene::{Fact, Tone};
use crate::systems::mvcc::graph::{Anomaly, Edge};
use crate::systems::mvcc::hermitage::{Outcome, Play};
use crate::systems::mvcc::{Abort, Act, Entry, Store};

/// So many row versions are shown.
const ROWS: usize = 60;

/// How a transaction of a script stands.
pub(super) fn standing_of(play: &Play, slot: usize) -> String {
    let ended = play.told().iter().find_map(|told| match &told.outcome {
        Outcome::Committed if told.slot == slot => Some("committed".to_string()),
        Outcome::Aborted(why) if told.slot == slot => {
            Some(why.map_or("aborted".into(), |why| why_said(why).into()))
        }
        _ => None,
    });
    ended.unwrap_or_else(|| if play.waits(slot) { "waits".into() } else { "runs".into() })
}

fn why_said(why: Abort) -> &'static str {
    match why {
        Abort::Deadlock => "deadlock",
        Abort::Conflict => "conflict",
        Abort::Dangerous => "dangerous",
        Abort::Stale => "stale",
        Abort::Unknown => "gone",
    }
}

pub(super) fn brief(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Rows(rows) if rows.is_empty() => "nothing".into(),
        Outcome::Rows(rows) => {
            rows.iter().map(|row| format!("{}={}", row.key, row.value)).collect::<Vec<_>>().join(" ")
        }
        Outcome::Waits(_) => "waits".into(),
        Outcome::Committed => "committed".into(),
        Outcome::Aborted(None) => "aborted".into(),
        Outcome::Aborted(Some(why)) => why_said(*why).into(),
        Outcome::Gone => "\u{2013}".into(),
    }
}

/// A move and what came of it.
pub(super) fn outcome_said(play: &Play, what: &str, outcome: &Outcome) -> (String, Tone) {
    match outcome {
        Outcome::Rows(_) if what.starts_with("read") => (format!("{what}: {}", brief(outcome)), Tone::Plain),
        Outcome::Rows(_) => (what.to_string(), Tone::Plain),
        Outcome::Waits(others) => {
            let names: Vec<String> =
                others.iter().filter_map(|id| play.slot(*id)).map(|slot| format!("T{}", slot + 1)).collect();
            (format!("{what}: waits for {}", names.join(", ")), Tone::Warn)
        }
        Outcome::Committed => (what.to_string(), Tone::Good),
        Outcome::Aborted(None) => ("abort".into(), Tone::Bad),
        Outcome::Aborted(Some(why)) => (format!("{what}: aborted, {}", why_said(*why)), Tone::Bad),
        Outcome::Gone => (format!("{what}: was aborted"), Tone::Dim),
    }
}

/// What the journal says of an act.
pub(super) fn entry_said(entry: &Entry) -> (String, Tone) {
    match &entry.act {
        Act::Read(filter, saw) => {
            let rows: Vec<String> = (saw.iter())
                .filter(|(key, _, value)| filter.holds(*key, *value))
                .map(|(key, _, value)| format!("{key}={}", value.unwrap_or_default()))
                .collect();
            let rows = if rows.is_empty() { "nothing".into() } else { rows.join(" ") };
            (format!("read {}: {rows}", filter_said(filter)), Tone::Plain)
        }
        Act::Write(key, _, Some(value)) => (format!("write {key} = {value}"), Tone::Warn),
        Act::Write(key, _, None) => (format!("delete {key}"), Tone::Warn),
        Act::Commit => ("commit".into(), Tone::Good),
        Act::Abort => ("abort".into(), Tone::Bad),
    }
}

pub(super) fn cycle_fact(anomaly: Anomaly, edges: &[Edge]) -> Fact {
    let way = edges.iter().map(|edge| format!("{} {}\u{2192} ", edge.from, edge.kind)).collect::<String>();
    let end = edges.first().map_or(0, |edge| edge.from);
    let title = match anomaly {
        Anomaly::DirtyWrite => "dirty write",
        Anomaly::AbortedRead => "aborted read",
        Anomaly::IntermediateRead => "intermediate read",
        Anomaly::CircularFlow => "circular flow",
        Anomaly::LostUpdate => "lost update",
        Anomaly::ReadSkew => "read skew",
        Anomaly::WriteSkew | Anomaly::PhantomSkew => "write skew",
    };
    Fact::new(format!("{title}, {}", anomaly.name()), format!("{way}{end}")).tone(Tone::Bad)
}

pub(super) fn version_rows(store: &Store, who: &dyn Fn(u64) -> String) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for (key, versions) in store.versions() {
        let holders: BTreeMap<u64, bool> = store.locked(key).collect();
        let locks: Vec<String> = holders
            .iter()
            .map(|(tx, alone)| format!("{}{}", who(*tx), if *alone { "" } else { " (shared)" }))
            .collect();
        for (index, version) in versions.iter().enumerate() {
            let next = versions.get(index + 1);
            let last = next.is_none();
            let state = match (version.committed, version.value) {
                (None, _) => "not committed".into(),
                (Some(0), Some(_)) => "committed".into(),
                (Some(at), Some(_)) => format!("commit {at}"),
                (Some(at), None) => format!("deleted, commit {at}"),
            };
            rows.push(vec![
                key.to_string(),
                version.value.map_or("-".into(), |value| value.to_string()),
                who(version.writer),
                next.map_or(String::new(), |next| who(next.writer)),
                state,
                if last { locks.join(", ") } else { String::new() },
            ]);
        }
    }
    rows.truncate(ROWS);
    rows
}
