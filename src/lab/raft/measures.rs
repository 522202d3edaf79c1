//! What is measured of a cluster, and what theory says of it.

use std::collections::BTreeMap;

use super::knobs::Knobs;
use crate::lab::measure::{Bins, Histogram};
use crate::sim::Nanos;
use crate::systems::raft::{Id, Term};

/// Elections of which it is still known who stood.
const TERMS: usize = 16;
/// Proposals that wait to be committed, or never will be.
const TAKEN: usize = 2_000;
/// Points of the chart.
const POINTS: usize = 100;

/// Who stood in a term, and whether one of them won.
#[derive(Clone, Copy, Debug, Default)]
struct Election {
    stood: u32,
    won: bool,
}

/// The time that a cluster is without a leader who can do anything.
#[derive(Clone, Copy, Debug)]
struct Spell {
    since: Nanos,
    /// Whether it began with the leader's crash.
    crash: bool,
    /// The first term in which somebody stood.
    term: Option<Term>,
}

/// A proposal that a leader took.
#[derive(Clone, Copy, Debug)]
struct Taken {
    at: Nanos,
    by: Id,
}

#[derive(Clone, Debug)]
pub(super) struct Measures {
    terms: BTreeMap<Term, Election>,
    pub(super) elections: u64,
    /// Terms in which several stood and nobody won, and how many of them stand in a row.
    pub(super) splits: u64,
    pub(super) splits_in_row: u64,
    spell: Option<Spell>,
    leaderless: Nanos,
    /// After crashes of leaders: how often, how long altogether, how often more than one stood.
    spells: u64,
    spell_sum: Nanos,
    rivals: u64,
    /// When each of those ended and how long it was, in ms.
    pub(super) points: Vec<(f64, f64)>,
    /// Leaders that had to go although they could do their work.
    pub(super) deposed: u64,
    taken: BTreeMap<u64, Taken>,
    pub(super) proposed: u64,
    pub(super) refused: u64,
    pub(super) committed: u64,
    latency: Histogram,
    pub(super) messages: u64,
    pub(super) bytes: u64,
    /// Messages that carry entries, and the answers to them.
    pub(super) copying: u64,
    /// Commits, and the highest term.
    pub(super) over_time: Bins<(u64, Term)>,
}

impl Measures {
    pub(super) fn new() -> Measures {
        Measures {
            terms: BTreeMap::new(),
            elections: 0,
            splits: 0,
            splits_in_row: 0,
            spell: Some(Spell { since: Nanos::ZERO, crash: false, term: None }),
            leaderless: Nanos::ZERO,
            spells: 0,
            spell_sum: Nanos::ZERO,
            rivals: 0,
            points: Vec::new(),
            deposed: 0,
            taken: BTreeMap::new(),
            proposed: 0,
            refused: 0,
            committed: 0,
            latency: Histogram::default(),
            messages: 0,
            bytes: 0,
            copying: 0,
            over_time: Bins::new(Nanos::from_millis(500), 120),
        }
    }

    /// A node stands in a term.
    pub(super) fn stands(&mut self, term: Term) {
        let election = self.terms.entry(term).or_default();
        election.stood += 1;
        if election.stood == 1 {
            // The one before is over. Without a winner it was split, or nobody could hear.
            if let Some((_, before)) = self.terms.range(..term).next_back() {
                let split = before.stood > 1 && !before.won;
                self.splits += u64::from(split);
                self.splits_in_row = if split { self.splits_in_row + 1 } else { 0 };
            }
        }
        if let Some(spell) = &mut self.spell {
            spell.term.get_or_insert(term);
        }
        while self.terms.len() > TERMS {
            self.terms.pop_first();
        }
    }

    pub(super) fn wins(&mut self, term: Term) {
        self.elections += 1;
        self.terms.entry(term).or_default().won = true;
    }

    /// Whether there is a leader now who can reach a majority. Where there was one until now, whether it crashed, and whether another
    /// one deposed it.
    pub(super) fn leader(&mut self, now: Nanos, there: bool, (crash, deposed): (bool, bool)) {
        match self.spell {
            None if !there => {
                self.deposed += u64::from(deposed);
                self.spell = Some(Spell { since: now, crash, term: None });
            }
            Some(spell) if there => {
                self.spell = None;
                let span = now.since(spell.since);
                self.leaderless += span;
                if spell.crash {
                    self.spells += 1;
                    self.spell_sum += span;
                    let first = spell.term.and_then(|term| self.terms.get(&term));
                    self.rivals += u64::from(first.is_some_and(|election| election.stood > 1));
                    if self.points.len() == POINTS {
                        self.points.remove(0);
                    }
                    self.points.push((now.as_secs_f64(), span.as_millis_f64()));
                }
            }
            _ => {}
        }
    }

    /// Another cluster begins: what is under way is no part of it.
    pub(super) fn begin(&mut self, now: Nanos) {
        if self.spell.is_none() {
            self.spell = Some(Spell { since: now, crash: false, term: None });
        }
        self.terms.clear();
        self.taken.clear();
        self.splits_in_row = 0;
    }

    pub(super) fn takes(&mut self, now: Nanos, command: u64, by: Id) {
        if self.taken.len() == TAKEN {
            self.taken.pop_first();
        }
        self.taken.insert(command, Taken { at: now, by });
    }

    /// A node applies a command; whether it is the first to do so.
    pub(super) fn applied(&mut self, now: Nanos, command: u64, by: Id) -> bool {
        let Some(taken) = self.taken.remove(&command) else { return false };
        self.committed += 1;
        self.over_time.at(now).0 += 1;
        // The leader that took it tells the client; after its crash nobody does.
        if taken.by == by {
            self.latency.record(now.since(taken.at));
        }
        true
    }

    pub(super) fn waiting(&self) -> usize {
        self.taken.len()
    }

    pub(super) fn leaderless(&self, now: Nanos) -> Nanos {
        self.leaderless + self.spell.map_or(Nanos::ZERO, |spell| now.since(spell.since))
    }

    /// Since when there is no leader.
    pub(super) fn spell_since(&self) -> Option<Nanos> {
        self.spell.map(|spell| spell.since)
    }

    /// The mean time from a leader's crash to the next leader, in ms.
    pub(super) fn elect_ms(&self) -> f64 {
        self.spell_sum.as_millis_f64() / self.spells as f64
    }

    pub(super) fn rivals_share(&self) -> f64 {
        self.rivals as f64 / self.spells as f64
    }

    pub(super) fn commit_ms(&self) -> f64 {
        self.latency.mean() / 1e6
    }

    pub(super) fn copying_per_commit(&self) -> f64 {
        self.copying as f64 / self.committed as f64
    }
}

/// What theory says, for the controls as they stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Theory {
    pub(super) elect_ms: f64,
    pub(super) rivals: f64,
    pub(super) commit_ms: f64,
    pub(super) messages: f64,
}

impl Theory {
    /// O(1), some thousand operations.
    pub(super) fn new(knobs: &Knobs) -> Theory {
        let (n, patience) = (knobs.nodes as f64, knobs.election.as_millis_f64());
        let trip = knobs.delay.as_millis_f64() + knobs.jitter().as_millis_f64();
        // The n - 1 followers draw from T to 2T: the first of them comes T/n after T. They count from the leader's last word, which
        // was sent some time before its crash and took a trip to arrive. Then the vote goes there and back, and so does
        // the question before it.
        let trips = if knobs.pre_vote { 5.0 } else { 3.0 };
        // Where a heartbeat may come later than patience lasts, followers stand against a leader that lives: no theory.
        let steady = knobs.heartbeat.as_millis_f64() + trip < patience;
        let elect_ms = patience + patience / n - last_word_ms(knobs) + trips * trip;
        let elect_ms = if steady { elect_ms } else { f64::NAN };
        // A rival is one whose time comes within the trip of the first one's request.
        let near = (trip / patience).min(1.0);
        let rivals = 1.0 - power(1.0 - near, knobs.nodes - 1);
        Theory {
            elect_ms,
            rivals,
            commit_ms: 2.0 * knobs.delay.as_millis_f64() + kth_answer_ms(knobs),
            messages: 2.0 * (n - 1.0),
        }
    }
}

/// The mean age of a leader's last word at a random moment: heartbeats of one period, and proposals in between by chance.
fn last_word_ms(knobs: &Knobs) -> f64 {
    let (period, rate) = (knobs.heartbeat.as_millis_f64(), knobs.load / 1e3);
    let words = rate * period;
    if words < 1e-3 { period / 2.0 } else { (1.0 - (1.0 - libm::exp(-words)) / words) / rate }
}

/// The mean of what jitter adds until a majority has answered: of n - 1 answers, each late by two exponential times, the
/// one that makes the majority. The integral of the probability that it is not there yet, by the trapezium rule.
fn kth_answer_ms(knobs: &Knobs) -> f64 {
    let (others, needed) = (knobs.nodes - 1, knobs.nodes / 2);
    let mean = knobs.jitter().as_millis_f64();
    // In steps of 1/20 of the mean jitter, up to where hardly anything is left.
    let late = |step: u32| {
        let x = f64::from(step) / 20.0;
        let arrived = 1.0 - libm::exp(-x) * (1.0 + x);
        // Fewer than needed have arrived.
        (0..needed)
            .map(|k| choose(others, k) * power(arrived, k) * power(1.0 - arrived, others - k))
            .sum::<f64>()
    };
    let sum: f64 = (1..300).map(late).sum();
    (sum + 0.5) / 20.0 * mean
}

fn choose(n: u64, k: u64) -> f64 {
    (0..k).map(|i| (n - i) as f64 / (i + 1) as f64).product()
}

fn power(base: f64, times: u64) -> f64 {
    (0..times).map(|_| base).product()
}
