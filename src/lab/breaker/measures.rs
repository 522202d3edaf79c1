//! What is measured: what each caller lived through, when the breaker turned, and whether it kept its promises.

use std::collections::{BTreeSet, VecDeque};

use super::{ENDS, End, Phase, SEEN, Settings, State, Step};
use crate::sim::Nanos;
use crate::systems::circuit_breaker::Counts;

/// How wide a bin of the charts is, and how many are kept.
pub(super) const BIN: Nanos = Nanos::from_millis(100);
pub(super) const BINS: u64 = 150;

/// What one caller has lived through.
#[derive(Clone, Debug, Default)]
pub(super) struct Caller {
    pub(super) served: u64,
    pub(super) failed: u64,
    pub(super) rejected: u64,
    pub(super) in_flight: u64,
    /// The most that were in flight at the same time.
    pub(super) peak: u64,
    /// The time that all ended calls took, in nanoseconds.
    waited: u128,
    /// The last ends, for show.
    pub(super) ends: VecDeque<(Nanos, End)>,
}

impl Caller {
    pub(super) fn send(&mut self) {
        self.in_flight += 1;
        self.peak = self.peak.max(self.in_flight);
    }

    pub(super) fn end(&mut self, at: Nanos, id: u64, took: Nanos, end: End, thinning: u64) {
        match end {
            End::Served => self.served += 1,
            End::Failed => self.failed += 1,
            End::Rejected => self.rejected += 1,
        }
        if end != End::Rejected {
            self.in_flight -= 1;
        }
        self.waited += u128::from(took.0);
        if id.is_multiple_of(thinning) {
            self.ends.push_back((at, end));
        }
        while self.ends.len() > ENDS || self.ends.front().is_some_and(|(old, _)| *old + SEEN < at) {
            self.ends.pop_front();
        }
    }

    fn ended(&self) -> u64 {
        self.served + self.failed + self.rejected
    }

    /// Mean time until a caller knew how its call ended, in ms; a rejection takes none.
    pub(super) fn mean_latency(&self) -> f64 {
        self.waited as f64 / 1e6 / self.ended() as f64
    }
}

/// A bin of the charts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bin {
    /// Calls that reached the dependency, with the breaker and without.
    pub(super) reached: [u64; 2],
    /// The failed share of the recorded calls at the bin's end, in percent.
    pub(super) failed: f64,
}

/// When things turned, and the course of time in bins.
#[derive(Clone, Debug, Default)]
pub(super) struct Timing {
    pub(super) opened: u64,
    open_since: Option<Nanos>,
    open_for: Nanos,
    /// Since when the dependency is down, and since when it is back.
    pub(super) down_at: Option<Nanos>,
    pub(super) back_at: Option<Nanos>,
    /// How long it took to open after the one, and to close after the other.
    pub(super) detect: Option<Nanos>,
    pub(super) recover: Option<Nanos>,
    pub(super) called_in_outage: u64,
    pub(super) spared: u64,
    pub(super) rejected_healthy: u64,
    /// The number of the bin that is being filled, and the ones before it.
    pub(super) bin: u64,
    pub(super) filling: Bin,
    pub(super) bins: VecDeque<Bin>,
}

impl Timing {
    pub(super) fn outage_turns(&mut self, at: Nanos, phase: Phase, state: State) {
        if phase == Phase::During {
            self.down_at = Some(at);
            if state != State::Closed {
                self.detect = Some(Nanos::ZERO);
            }
        } else {
            self.back_at = Some(at);
        }
    }

    pub(super) fn turns(&mut self, at: Nanos, state: State, phase: Phase) {
        if let Some(since) = self.open_since.take() {
            self.open_for += at - since;
        }
        match state {
            State::Open { .. } => {
                self.opened += 1;
                self.open_since = Some(at);
                if let (Some(down), None) = (self.down_at, self.detect) {
                    self.detect = Some(at - down);
                }
            }
            State::Closed if phase == Phase::Over && self.detect.is_some() && self.recover.is_none() => {
                self.recover = self.back_at.map(|back| at - back);
            }
            State::Closed | State::HalfOpen { .. } => {}
        }
    }

    /// The part of the time until `now` that it was open.
    pub(super) fn open_share(&self, now: Nanos) -> f64 {
        let running = self.open_since.map_or(Nanos::ZERO, |since| now - since);
        (self.open_for + running).as_secs_f64() / now.as_secs_f64()
    }

    /// A call was made, and it reached the dependency through the breaker or not.
    pub(super) fn reach(&mut self, passed: bool) {
        self.filling.reached[super::WITH] += u64::from(passed);
        self.filling.reached[super::WITHOUT] += 1;
    }

    /// Closes the bins that end at or before `now`. What lies further back than the charts is skipped.
    pub(super) fn close_bins(&mut self, now: Nanos, counts: Counts) {
        let present = now.0 / BIN.0;
        if present - self.bin > BINS {
            self.bin = present - BINS;
            self.filling = Bin::default();
        }
        while self.bin < present {
            self.filling.failed = failed_percent(counts);
            self.bins.push_back(std::mem::take(&mut self.filling));
            self.bin += 1;
            if self.bins.len() as u64 > BINS {
                self.bins.pop_front();
            }
        }
    }
}

/// The failed share of what is recorded, in percent; 0 where nothing is.
pub(super) fn failed_percent(counts: Counts) -> f64 {
    f64::from(counts.failed) * 100.0 / f64::from(counts.recorded.max(1))
}

/// The invariants, from the calls alone: the breaker's own counts are not asked.
#[derive(Clone, Debug, Default)]
pub(super) struct Checks {
    /// The probes of the present half-open round that are in flight.
    probes: BTreeSet<u64>,
    /// Until when no call may pass.
    shut_until: Nanos,
    pub(super) broken: [Option<Step>; 3],
}

impl Checks {
    pub(super) fn opened(&mut self, until: Nanos) {
        self.shut_until = until;
    }

    pub(super) fn sent(&mut self, step: Step, probe: bool, first: bool, state: State) {
        if first {
            self.probes.clear();
        }
        if probe {
            self.probes.insert(step.id);
        }
        if let State::HalfOpen { probes, .. } = state
            && (!probe || self.probes.len() > probes as usize)
        {
            self.broken[0].get_or_insert(step);
        }
        if step.at < self.shut_until {
            self.broken[1].get_or_insert(step);
        }
    }

    pub(super) fn probe_back(&mut self, id: u64) {
        self.probes.remove(&id);
    }

    pub(super) fn ends_add_up(&mut self, step: Step, calls: u64, caller: &Caller) {
        if calls != caller.ended() + caller.in_flight {
            self.broken[2].get_or_insert(step);
        }
    }
}

/// Expected seconds from the start of an outage until the breaker opens, where only the outage makes
/// calls fail and the window is full: nothing is known before the first time-out, then each failure
/// pushes a success out until the share is reached.
pub(super) fn detect_theory(settings: &Settings) -> f64 {
    let needed = (settings.get("threshold") * settings.get("window") / 100.0).ceil();
    settings.get("timeout") / 1e3 + needed / settings.get("load")
}

/// Expected share of the outage's calls that never reach the dependency: all but those before the breaker
/// opens and those of the probe rounds. Not a number without an outage.
pub(super) fn spared_theory(settings: &Settings) -> f64 {
    let of = |name: &str| settings.get(name);
    let (outage, load, probes) = (of("outage"), of("load"), of("probes"));
    let mut at = detect_theory(settings);
    let mut reached = load * at.min(outage);
    at += of("wait");
    while at < outage {
        // The round ends a time-out after its last probe was sent.
        reached += probes.min(load * (outage - at));
        at += probes / load + of("timeout") / 1e3 + of("wait");
    }
    1.0 - reached / (load * outage)
}
