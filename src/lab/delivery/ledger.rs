//! The books: what became of each message, counted from what happens.
//!
//! A message is done with when it is acknowledged or dead and nobody works on it. Shares are taken over the messages from
//! the first one up to the first that is not done with: those that come back take longest, and a share of whatever is done
//! first would leave them out.

use std::collections::VecDeque;

use super::{GROUPS, Nanos};
use crate::lab::measure::Histogram;

/// How many moments of a message's life are kept.
const MOMENTS: usize = 24;

/// Something in the life of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    Sent,
    Visible,
    /// By the consumer of this number, for the n-th time.
    Taken(usize, u32),
    Effect(u32),
    Failed,
    Skipped,
    CrashBefore,
    CrashAfter,
    AckLost,
    Acknowledged,
    Late,
    Again,
    Dead,
}

/// What is known of a message that is not done with.
#[derive(Clone, Debug)]
struct Fate {
    sent: Nanos,
    group: usize,
    urgent: bool,
    effects: u32,
    receives: u32,
    first_taken: Option<Nanos>,
    last_effect: Nanos,
    acknowledged: bool,
    dead: bool,
    /// How many consumers work on it.
    working: u32,
    log: Vec<(Nanos, Life)>,
}

impl Fate {
    fn done_with(&self) -> bool {
        (self.acknowledged || self.dead) && self.working == 0
    }
}

/// How many messages ended how; those that have not ended are `open`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) lost: u64,
    pub(super) once: u64,
    pub(super) duplicated: u64,
    /// Dead without an effect.
    pub(super) dead: u64,
    pub(super) open: u64,
}

impl Counts {
    fn add(&mut self, fate: &Fate) {
        let slot = match fate.effects {
            0 if fate.acknowledged && fate.working == 0 => &mut self.lost,
            0 if fate.dead && fate.working == 0 => &mut self.dead,
            0 => &mut self.open,
            1 => &mut self.once,
            _ => &mut self.duplicated,
        };
        *slot += 1;
    }

    fn sum(&self) -> u64 {
        self.lost + self.once + self.duplicated + self.dead + self.open
    }
}

/// What a FIFO group promises, seen from the first queue.
#[derive(Clone, Copy, Debug, Default)]
struct Watch {
    in_flight: u32,
    last: Option<u64>,
}

/// The books of all messages. A message is known by its number.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger {
    /// The number of the first of `fates`.
    first: u64,
    fates: VecDeque<Fate>,
    /// Of those before.
    ended: Counts,
    received: u64,
    groups: [Watch; GROUPS],
    acknowledged: u64,
    deaths: (u64, f64),
    /// The life of the message that is told.
    story: (u64, Vec<(Nanos, Life)>),
    pub(super) effects: u64,
    pub(super) redelivered: u64,
    pub(super) dead_lettered: u64,
    /// Crashes and lost acknowledgements.
    pub(super) accidents: u64,
    /// Messages that were received more than once under a promise of one effect, and had one.
    pub(super) again_and_once: u64,
    /// From sending to the first effect, of all and of the urgent ones.
    pub(super) delays: Histogram,
    pub(super) urgent_delays: Histogram,
}

impl Ledger {
    /// The number of the next message.
    pub(super) fn next(&self) -> u64 {
        self.first + self.fates.len() as u64
    }

    /// How many messages are kept: those since the first that is not done with.
    pub(super) fn open(&self) -> usize {
        self.fates.len()
    }

    /// How many left the queues: acknowledged or dead.
    pub(super) fn gone(&self) -> u64 {
        self.acknowledged + self.dead_lettered
    }

    pub(super) fn sent(&mut self, now: Nanos, group: usize, urgent: bool) {
        self.fates.push_back(Fate {
            sent: now,
            group: group % GROUPS,
            urgent,
            effects: 0,
            receives: 0,
            first_taken: None,
            last_effect: Nanos::ZERO,
            acknowledged: false,
            dead: false,
            working: 0,
            log: vec![(now, Life::Sent)],
        });
    }

    fn fate(&mut self, unit: u64) -> Option<&mut Fate> {
        self.fates.get_mut(usize::try_from(unit.checked_sub(self.first)?).ok()?)
    }

    /// Something happened to a message.
    pub(super) fn note(&mut self, now: Nanos, unit: u64, life: Life) {
        if unit == self.story.0 && unit < self.first && self.story.1.len() < MOMENTS {
            self.story.1.push((now, life));
        } else if let Some(fate) = self.fate(unit)
            && fate.log.len() < MOMENTS
        {
            fate.log.push((now, life));
        }
    }

    /// A consumer takes a message for the n-th time. Says whether a FIFO queue was allowed to give it: no other of its group
    /// is in flight, and none sent later was given before.
    pub(super) fn taken(&mut self, now: Nanos, unit: u64, queue: usize, by: (usize, u32)) -> bool {
        self.note(now, unit, Life::Taken(by.0, by.1));
        let told = self.story.0;
        let told_is_over = told < self.first;
        let Some(fate) = self.fate(unit) else { return false };
        fate.working += 1;
        fate.receives += 1;
        fate.first_taken.get_or_insert(now);
        let (group, again) = (fate.group, fate.receives == 2);
        self.redelivered += u64::from(again);
        if again && told_is_over {
            self.story = (unit, Vec::new());
        }
        if queue > 0 {
            return true;
        }
        let watch = &mut self.groups[group];
        let ordered = watch.in_flight == 0 && watch.last.is_none_or(|last| last <= unit);
        watch.in_flight += 1;
        watch.last = Some(unit);
        ordered
    }

    /// The rule of the groups holds from now on.
    pub(super) fn watch_anew(&mut self) {
        self.groups.iter_mut().for_each(|watch| watch.last = None);
    }

    /// A message is no longer in flight.
    pub(super) fn landed(&mut self, unit: u64, queue: usize) {
        let Some(group) = self.fate(unit).map(|fate| fate.group) else { return };
        if queue == 0 {
            self.groups[group].in_flight = self.groups[group].in_flight.saturating_sub(1);
        }
    }

    /// A consumer no longer works on a message.
    pub(super) fn rests(&mut self, unit: u64) {
        if let Some(fate) = self.fate(unit) {
            fate.working = fate.working.saturating_sub(1);
        }
    }

    /// A message takes effect. Returns how often it has now, and how long after the time before.
    pub(super) fn effect(&mut self, now: Nanos, unit: u64) -> (u32, Option<Nanos>) {
        self.effects += 1;
        let Some(fate) = self.fate(unit) else { return (1, None) };
        fate.effects += 1;
        let effects = fate.effects;
        let since = (effects > 1).then(|| now.since(fate.last_effect));
        fate.last_effect = now;
        let (took, urgent) = (now.since(fate.sent), fate.urgent);
        if effects == 1 {
            self.delays.record(took);
            if urgent {
                self.urgent_delays.record(took);
            }
        }
        self.note(now, unit, Life::Effect(effects));
        (effects, since)
    }

    /// A message is acknowledged. Returns how many effects it has had.
    pub(super) fn acknowledged(&mut self, now: Nanos, unit: u64) -> u32 {
        self.acknowledged += 1;
        self.note(now, unit, Life::Acknowledged);
        self.fate(unit).map_or(0, |fate| {
            fate.acknowledged = true;
            fate.effects
        })
    }

    /// A message is dead. Returns how long after its first receive.
    pub(super) fn dead(&mut self, now: Nanos, unit: u64) -> Nanos {
        self.dead_lettered += 1;
        self.note(now, unit, Life::Dead);
        let Some(fate) = self.fate(unit) else { return Nanos::ZERO };
        fate.dead = true;
        let held = fate.first_taken.map_or(Nanos::ZERO, |first| now.since(first));
        self.deaths.0 += 1;
        self.deaths.1 += held.as_secs_f64();
        held
    }

    /// Closes the books of the oldest messages that are done with.
    pub(super) fn settle(&mut self, once_promised: bool) {
        while self.fates.front().is_some_and(Fate::done_with) {
            let Some(fate) = self.fates.pop_front() else { break };
            let once = fate.receives > 1 && fate.effects == 1 && fate.acknowledged;
            self.again_and_once += u64::from(once_promised && once);
            self.ended.add(&fate);
            self.received += u64::from(fate.receives);
            if self.story.0 == self.first {
                self.story.1 = fate.log;
            }
            self.first += 1;
        }
    }

    /// How all messages stand.
    pub(super) fn counts(&self) -> Counts {
        let mut counts = self.ended;
        self.fates.iter().for_each(|fate| counts.add(fate));
        counts
    }

    /// How many messages were lost so far.
    pub(super) fn lost(&self) -> u64 {
        self.ended.lost
    }

    /// How many are done with, up to the first that is not.
    pub(super) fn settled(&self) -> u64 {
        self.ended.sum()
    }

    /// The part of those that took effect more than once; not a number where there are none.
    pub(super) fn duplicate_share(&self) -> f64 {
        self.ended.duplicated as f64 / self.settled() as f64
    }

    /// The part of those that were lost.
    pub(super) fn lost_share(&self) -> f64 {
        self.ended.lost as f64 / self.settled() as f64
    }

    /// How often they were received on average.
    pub(super) fn deliveries(&self) -> f64 {
        self.received as f64 / self.settled() as f64
    }

    /// The mean time from the first receive of a message to its death, in seconds.
    pub(super) fn time_to_death(&self) -> f64 {
        self.deaths.1 / self.deaths.0 as f64
    }

    /// The message that is told of, and its life so far.
    pub(super) fn story(&self) -> (u64, &[(Nanos, Life)]) {
        let open = self.kept(self.story.0).map(|fate| fate.log.as_slice());
        (self.story.0, open.unwrap_or(&self.story.1))
    }

    /// Whether a consumer works on a message.
    pub(super) fn worked_on(&self, unit: u64) -> bool {
        self.kept(unit).is_some_and(|fate| fate.working > 0)
    }

    /// The group of a message that is not done with, and how often it had its effect.
    pub(super) fn stands(&self, unit: u64) -> (usize, u32) {
        self.kept(unit).map_or((0, 0), |fate| (fate.group, fate.effects))
    }

    fn kept(&self, unit: u64) -> Option<&Fate> {
        self.fates.get(usize::try_from(unit.checked_sub(self.first)?).ok()?)
    }
}
