//! How a stale value came to stay: the acts of the two who did it, in the order in which they happened.

use std::collections::VecDeque;

use super::KEYS;
use super::side::{Came, Wish};
use crate::lab::scene::{Moment, Passage, Timeline, Tone};
use crate::sim::Nanos;
use crate::systems::cache_pattern::{Act, Place};

/// How many acts of a key are remembered.
const REMEMBERED: usize = 24;
/// A story stays for so long before another takes its place, so that it can be read.
const STAYS: Nanos = Nanos::from_secs(4);

/// An act that happened.
#[derive(Clone, Copy, Debug)]
struct Note {
    at: Nanos,
    id: u64,
    act: Act,
    version: u64,
    came: Came,
}

/// A story that was told.
#[derive(Clone, Debug)]
struct Told {
    at: Nanos,
    key: usize,
    writer: u64,
    /// The other one: who stored what is stale, and whether he reads.
    other: (u64, bool),
    notes: Vec<Note>,
    kept: u64,
    truth: u64,
}

/// What happened to each key of late, and the last story.
#[derive(Clone, Debug, Default)]
pub(super) struct Story {
    notes: [VecDeque<Note>; KEYS],
    committed: [Option<u64>; KEYS],
    stored: [Option<(u64, bool)>; KEYS],
    told: Option<Told>,
}

/// The actors of the picture.
const WRITER: usize = 0;
const CACHE: usize = 1;
const DATABASE: usize = 2;
const OTHER: usize = 3;

impl Story {
    pub(super) fn note(&mut self, at: Nanos, wish: &Wish, act: Act, version: u64, came: Came) {
        let notes = &mut self.notes[wish.key];
        if notes.len() == REMEMBERED {
            notes.pop_front();
        }
        notes.push_back(Note { at, id: wish.id, act, version, came });
    }

    pub(super) fn committed_by(&mut self, key: usize, wish: Wish) {
        self.committed[key] = Some(wish.id);
    }

    pub(super) fn stored_by(&mut self, key: usize, wish: Wish) {
        self.stored[key] = Some((wish.id, wish.reads));
    }

    /// A stale value was left: the cache keeps `kept`, the last one is `truth`.
    pub(super) fn tell(&mut self, at: Nanos, key: usize, kept: u64, truth: u64) {
        let recent = self.told.as_ref().is_some_and(|told| at < told.at + STAYS);
        let (Some(writer), Some(other), false) = (self.committed[key], self.stored[key], recent) else {
            return;
        };
        let theirs = |note: &&Note| note.id == writer || note.id == other.0;
        let notes = self.notes[key].iter().filter(theirs).filter(|note| note.act != Act::Answer);
        self.told = Some(Told { at, key, writer, other, notes: notes.copied().collect(), kept, truth });
    }

    /// The last story; nothing where nothing stale was left.
    pub(super) fn picture(&self) -> Option<Timeline> {
        let told = self.told.as_ref()?;
        let other = if told.other.1 { "reader" } else { "other writer" };
        let mut moments: Vec<Moment> = told.notes.iter().map(|note| told.moment(note)).collect();
        let end = format!("v{} stays", told.kept);
        match moments.last_mut().filter(|last| last.at == told.at) {
            Some(last) => {
                last.text = format!("{}: {end}", last.text);
                last.tone = Tone::Bad;
            }
            None => moments.push(Moment {
                at: told.at,
                from: CACHE,
                to: CACHE,
                text: end,
                passage: Passage::Direct,
                tone: Tone::Bad,
            }),
        }
        let cache = format!("cache, key {}", told.key + 1);
        let actors = ["writer", &cache, "database", other].map(str::to_string).to_vec();
        Some(Timeline { actors, moments })
    }
}

impl Told {
    fn moment(&self, note: &Note) -> Moment {
        let who = if note.id == self.writer { WRITER } else { OTHER };
        let place = match note.act.place() {
            Place::Application => who,
            Place::Cache => CACHE,
            Place::Database => DATABASE,
        };
        let version = note.version;
        let (text, tone) = match note.came {
            Came::Hit | Came::StaleHit => (format!("get: v{version}"), Tone::Plain),
            Came::Miss => ("get: miss".into(), Tone::Plain),
            Came::Loaded => (format!("read v{version}"), Tone::Plain),
            Came::Filled | Came::Set if version < self.truth => (format!("set v{version}"), Tone::Warn),
            Came::Filled | Came::Set => (format!("set v{version}"), Tone::Plain),
            Came::Refused => (format!("set v{version}: refused"), Tone::Good),
            Came::Committed => (format!("commit v{version}"), Tone::Plain),
            Came::Deleted => ("delete".into(), Tone::Plain),
            Came::Buffered => (format!("write v{version}"), Tone::Plain),
            Came::Answered => ("answer".into(), Tone::Dim),
        };
        // What is read comes back from the database.
        let (from, to) = if note.act == Act::Load { (place, who) } else { (who, place) };
        Moment { at: note.at, from, to, text, passage: Passage::Direct, tone }
    }
}
