//! Who runs which version when, and what theory expects of it.

use super::knobs::{Bug, Knobs, Order};
use super::translate::{Format, Outcomes};
use crate::sim::Nanos;

/// How many instances each side has; they change one after the other.
const INSTANCES: usize = 10;
/// When the first step begins, and the pause from one step to the next.
const FIRST: Nanos = Nanos::from_secs(3);
const PAUSE: Nanos = Nanos::from_secs(1);
/// How finely theory looks, and how far.
const GRAIN: Nanos = Nanos::from_millis(100);
const HORIZON: usize = 900;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Party {
    Producers,
    Consumers,
}

/// One side goes to a version, from `start` on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stage {
    pub(super) party: Party,
    pub(super) to: usize,
    pub(super) start: Nanos,
}

#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) stages: Vec<Stage>,
    rollout: Nanos,
    /// When all go back to the old version.
    pub(super) back: Option<Nanos>,
    /// How many messages each encoding should have read in another way than meant, by each grain of time, for one message a second.
    expected: Vec<[f64; 4]>,
}

impl Plan {
    /// The plan of these settings, from time zero on.
    pub(super) fn of(knobs: &Knobs, outcomes: &Outcomes) -> Plan {
        let next = |start: Nanos| start + knobs.rollout + PAUSE;
        let stage = |party, to, start| Stage { party, to, start };
        let (consumers, producers) = (Party::Consumers, Party::Producers);
        let stages = if knobs.expand {
            let hasty = knobs.bug == Bug::Hasty;
            let wait = if hasty { Nanos::ZERO } else { knobs.lag.max(knobs.retention) };
            let write = next(FIRST);
            // Hasty people do not even wait for the last producer.
            let contract = if hasty { write + Nanos(knobs.rollout.0 / 2) } else { next(write) + wait };
            vec![
                stage(consumers, 1, FIRST),
                stage(producers, 1, write),
                stage(consumers, 2, contract),
                stage(producers, 2, next(contract)),
            ]
        } else {
            let (first, second) = match knobs.order {
                Order::WritersFirst => (producers, consumers),
                _ => (consumers, producers),
            };
            let then = if knobs.order == Order::Together { FIRST } else { next(FIRST) };
            vec![stage(first, 2, FIRST), stage(second, 2, then)]
        };
        let mut plan = Plan { stages, rollout: knobs.rollout, back: knobs.rollback, expected: Vec::new() };
        plan.expect(knobs, outcomes);
        plan
    }

    /// The version of an instance: 0 the old, 1 the one between, 2 the new one.
    fn version(&self, party: Party, instance: usize, at: Nanos) -> usize {
        let turn = Nanos((self.rollout.0 as f64 * (instance as f64 + 0.5) / INSTANCES as f64) as u64);
        if self.back.is_some_and(|back| at >= back + turn) {
            return 0;
        }
        let mine = self.stages.iter().filter(|stage| stage.party == party);
        mine.rev().find(|stage| at >= stage.start + turn).map_or(0, |stage| stage.to)
    }

    /// The version of whom a number of [0, 1) chooses.
    pub(super) fn chosen(&self, party: Party, unit: f64, at: Nanos) -> usize {
        self.version(party, ((unit * INSTANCES as f64) as usize).min(INSTANCES - 1), at)
    }

    /// The share of the instances that run each version.
    pub(super) fn shares(&self, party: Party, at: Nanos) -> [f64; 3] {
        let mut shares = [0.0; 3];
        for instance in 0..INSTANCES {
            shares[self.version(party, instance, at)] += 1.0 / INSTANCES as f64;
        }
        shares
    }

    /// The chance of each pair of versions at each moment, times what becomes of such a message, added up over time.
    fn expect(&mut self, knobs: &Knobs, outcomes: &Outcomes) {
        let (mut sum, mut expected) = ([0.0; 4], Vec::with_capacity(HORIZON));
        for grain in 0..HORIZON as u64 {
            expected.push(sum);
            let read = GRAIN * grain + Nanos(GRAIN.0 / 2);
            if read < knobs.lag {
                continue;
            }
            let writers = self.shares(Party::Producers, read - knobs.lag);
            let readers = self.shares(Party::Consumers, read);
            for (writer, reader) in (0..9).map(|pair| (pair / 3, pair % 3)) {
                let chance = writers[writer] * readers[reader] * GRAIN.as_secs_f64();
                if chance > 0.0 {
                    for format in Format::ALL {
                        sum[format as usize] += chance * outcomes.bad(writer, reader, format);
                    }
                }
            }
        }
        self.expected = expected;
    }

    /// The share of the messages read until `at` that an encoding should not have read as meant.
    pub(super) fn bad_theory(&self, format: Format, lag: Nanos, at: Nanos) -> f64 {
        let place = (at.0 / GRAIN.0) as usize;
        let read = at.since(lag).as_secs_f64();
        match self.expected.get(place) {
            Some(sum) if read > 0.0 => (sum[format as usize] / read).min(1.0),
            _ => f64::NAN,
        }
    }

    /// The step that the plan is in at `at`: how many have begun.
    pub(super) fn step(&self, at: Nanos) -> usize {
        self.stages.iter().filter(|stage| at >= stage.start).count()
    }

    /// Whether some have begun to go back.
    pub(super) fn is_back(&self, at: Nanos) -> bool {
        self.back.is_some_and(|back| at >= back)
    }
}
