//! A script of the suite on four stages at once, one for each level: the learner's hand moves all of them.

use crate::lab::Thing;
use crate::sim::{Nanos, Token};
use crate::systems::mvcc::graph::{Anomaly, Graph};
use crate::systems::mvcc::hermitage::{Move, Play, SCRIPTS, SLOTS, Script};
use crate::systems::mvcc::{Change, Cond, Entry, Filter, Flaw, Level, Statement};

/// A script, played at all levels.
#[derive(Clone, Debug)]
pub(super) struct Stage {
    pub(super) script: &'static Script,
    flaw: Flaw,
    pub(super) plays: Vec<Play>,
    /// When each thing was told, and what the stores noted.
    pub(super) times: Vec<Vec<Nanos>>,
    pub(super) journals: Vec<Vec<Entry>>,
    /// The place in the script, while nobody lays hands on it.
    cursor: usize,
    pub(super) round: u64,
    pub(super) next: Option<Token>,
    /// What the last move closed.
    pub(super) closed: Vec<(Level, Anomaly)>,
    /// What has been closed in this round, and in all rounds.
    pub(super) found: Vec<Vec<Anomaly>>,
    pub(super) counts: [[u64; Anomaly::ALL.len()]; Level::ALL.len()],
}

impl Stage {
    pub(super) fn new(script: &'static Script, flaw: Flaw) -> Stage {
        let mut stage = Stage {
            script,
            flaw,
            plays: Vec::new(),
            times: Vec::new(),
            journals: Vec::new(),
            cursor: 0,
            round: 0,
            next: None,
            closed: Vec::new(),
            found: Vec::new(),
            counts: Default::default(),
        };
        stage.begin();
        stage
    }

    fn begin(&mut self) {
        self.plays = Level::ALL.iter().map(|level| Play::new(self.script, *level, self.flaw)).collect();
        self.times = vec![Vec::new(); self.plays.len()];
        self.journals = vec![Vec::new(); self.plays.len()];
        self.found = vec![Vec::new(); self.plays.len()];
        self.cursor = 0;
        self.round += 1;
    }

    /// Whether it is played to its end at all levels.
    pub(super) fn is_over(&self) -> bool {
        self.plays.iter().all(Play::is_over)
    }

    /// The next move in the order of the script; nothing where it begins anew. Where hands were laid on it, what they left.
    pub(super) fn turn(&mut self, now: Nanos) -> Option<usize> {
        if self.is_over() {
            self.begin();
            return None;
        }
        let rest = self.script.moves[self.cursor.min(self.script.moves.len())..].iter();
        let order = rest.map(|(slot, _)| *slot).chain(0..SLOTS);
        for slot in order {
            self.cursor += 1;
            if self.step(now, slot) {
                return Some(slot);
            }
        }
        // All that is left waits for each other: a lock that nobody gives back.
        self.begin();
        None
    }

    /// A transaction's next move, at all levels.
    fn step(&mut self, now: Nanos, slot: usize) -> bool {
        let mut any = false;
        for play in &mut self.plays {
            any |= play.step(slot);
        }
        self.note(now);
        any
    }

    /// The learner's hand. False where there is nothing to do.
    pub(super) fn act(&mut self, now: Nanos, act: &str, slot: usize) -> bool {
        if act == "next" {
            return self.step(now, slot);
        }
        let mut any = false;
        for play in &mut self.plays {
            any |= play.abort(slot);
        }
        self.note(now);
        any
    }

    fn note(&mut self, now: Nanos) {
        for (index, play) in self.plays.iter_mut().enumerate() {
            self.times[index].resize(play.told().len(), now);
            let news = play.journal();
            if news.is_empty() {
                continue;
            }
            self.journals[index].extend(news);
            for anomaly in Graph::of(&self.journals[index]).anomalies() {
                if !self.found[index].contains(&anomaly) {
                    self.found[index].push(anomaly);
                    self.closed.push((Level::ALL[index], anomaly));
                    if let Some(place) = Anomaly::ALL.iter().position(|other| *other == anomaly) {
                        self.counts[index][place] += 1;
                    }
                }
            }
        }
    }

    /// The transactions, with what each does next at a level.
    pub(super) fn things(&self, level: usize) -> Vec<Thing> {
        let slots = (0..self.actors()).filter_map(|slot| {
            // One level may be ahead of another: there is something to do as long as it is so anywhere.
            let next = self.plays.iter().find_map(|play| play.next(slot));
            let here = self.plays.get(level)?;
            let name = match next {
                Some(index) if here.waits(slot) => {
                    format!("T{}, waits; then {}", slot + 1, said(self.script.moves[index].1))
                }
                Some(index) => format!("T{}: {}", slot + 1, said(self.script.moves[index].1)),
                None if self.plays.iter().any(|play| play.waits(slot)) => format!("T{}, waits", slot + 1),
                None => return None,
            };
            Some(Thing { id: slot as u64 + 1, name, acts: &["next", "abort"] })
        });
        slots.collect()
    }

    /// How many transactions the script has.
    pub(super) fn actors(&self) -> usize {
        self.script.moves.iter().map(|(slot, _)| slot + 1).max().unwrap_or(0)
    }
}

/// What becomes of each script at each level: whether its anomaly happens.
pub(super) fn suite(flaw: Flaw) -> Vec<[bool; Level::ALL.len()]> {
    let happens = |script: &'static Script, level: Level| {
        let mut play = Play::new(script, level, flaw);
        play.finish();
        (script.happened)(&play)
    };
    SCRIPTS.iter().map(|script| Level::ALL.map(|level| happens(script, level))).collect()
}

/// A move in few words.
pub(super) fn said(what: Move) -> String {
    match what {
        Move::Commit => "commit".into(),
        Move::Abort => "abort".into(),
        Move::Do(statement) => statement_said(&statement),
    }
}

fn statement_said(statement: &Statement) -> String {
    match *statement {
        Statement::Read(filter) => format!("read {}", filter_said(&filter)),
        Statement::Put(key, value) | Statement::PutIf(key, value, _) => format!("put {key} = {value}"),
        Statement::Change(filter, change) => {
            let of = filter_said(&filter);
            match change {
                Change::Set(value) => format!("set {of} = {value}"),
                Change::Add(more) => format!("add {more} to {of}"),
                Change::Delete => format!("delete {of}"),
                Change::Lock => format!("lock {of}"),
            }
        }
    }
}

/// A filter in few words.
pub(super) fn filter_said(filter: &Filter) -> String {
    let keys = match (filter.from, filter.to) {
        (0, u64::MAX) => String::new(),
        (from, to) if from == to => return format!("{from}"),
        (from, to) => format!("{from}..{to}"),
    };
    let cond = match filter.cond {
        Cond::Any => String::new(),
        Cond::Is(value) => format!("value {value}"),
        Cond::MultipleOf(n) => format!("value % {n} = 0"),
        Cond::AtLeast(least) => format!("value \u{2265} {least}"),
    };
    match (keys.is_empty(), cond.is_empty()) {
        (true, true) => "all".into(),
        (false, true) => keys,
        (true, false) => cond,
        (false, false) => format!("{keys} with {cond}"),
    }
}
