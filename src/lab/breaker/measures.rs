//! What is measured: what each caller lived through, when the breaker turned, and what theory expects.

use super::calls::End;
use super::dependency::{BACKOFF, Phase};
use super::{SEEN, Settings, State, WITH, Window, config, inside};
use crate::lab::measure::{Bins, Level, Trail};
use crate::sim::Nanos;
use crate::systems::circuit_breaker::Counts;

/// How wide the bins of the charts are, and how many are kept.
const BIN: Nanos = Nanos::from_millis(100);
const BINS: usize = 150;
const WIDE: Nanos = Nanos::from_millis(500);
const WIDE_BINS: usize = 30;

/// What one caller has lived through.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) served: u64,
    pub(super) failed: u64,
    pub(super) rejected: u64,
    pub(super) in_flight: Level,
    /// How many calls and retries went to the dependency.
    pub(super) reached: u64,
    /// The time that all ended calls took, in nanoseconds.
    waited: u128,
    /// The last ends, for show.
    pub(super) ends: Trail<End>,
}

impl Caller {
    pub(super) fn new() -> Caller {
        Caller {
            served: 0,
            failed: 0,
            rejected: 0,
            in_flight: Level::default(),
            reached: 0,
            waited: 0,
            ends: Trail::new(SEEN),
        }
    }

    /// A call ends for this caller, who has waited for it since `began`.
    pub(super) fn end(&mut self, now: Nanos, id: u64, began: Nanos, end: End) {
        match end {
            End::Served => self.served += 1,
            End::Failed => self.failed += 1,
            End::Rejected => self.rejected += 1,
        }
        self.in_flight.down(now);
        self.waited += u128::from((now - began).0);
        self.ends.push(now, id, end);
    }

    pub(super) fn ended(&self) -> u64 {
        self.served + self.failed + self.rejected
    }

    /// Mean time until a caller knew how its call ended, in ms; a rejection takes none.
    pub(super) fn mean_latency(&self) -> f64 {
        self.waited as f64 / 1e6 / self.ended() as f64
    }
}

/// When things turned, and the course of time in bins.
#[derive(Clone, Debug)]
pub(super) struct Timing {
    pub(super) opened: u64,
    open_since: Option<Nanos>,
    open_for: Nanos,
    /// Since when there is trouble, and since when it is over.
    down_at: Option<Nanos>,
    back_at: Option<Nanos>,
    /// How long it took to open after the one, and to close after the other.
    pub(super) detect: Option<Nanos>,
    pub(super) recover: Option<Nanos>,
    pub(super) called_in_trouble: u64,
    pub(super) spared: u64,
    pub(super) rejected_healthy: u64,
    pub(super) probes_peak: usize,
    /// Calls that reach the dependency, with the breaker and without.
    pub(super) reached: Bins<[u64; 2]>,
    /// The worse share of the recorded calls at the end of each bin, in percent; and the bin that was reached.
    pub(super) share: Bins<f64>,
    bin: u64,
    last_share: f64,
}

impl Timing {
    pub(super) fn new() -> Timing {
        Timing {
            opened: 0,
            open_since: None,
            open_for: Nanos::ZERO,
            down_at: None,
            back_at: None,
            detect: None,
            recover: None,
            called_in_trouble: 0,
            spared: 0,
            rejected_healthy: 0,
            probes_peak: 0,
            reached: Bins::new(WIDE, WIDE_BINS),
            share: Bins::new(BIN, BINS),
            bin: 0,
            last_share: 0.0,
        }
    }

    /// The trouble has turned to another phase.
    pub(super) fn trouble_turns(&mut self, now: Nanos, phase: Phase, state: State) {
        match phase {
            Phase::During if self.down_at.is_none() => {
                self.down_at = Some(now);
                if state != State::Closed {
                    self.detect = Some(Nanos::ZERO);
                }
            }
            Phase::Over => self.back_at = self.back_at.or(Some(now)),
            Phase::Before | Phase::During => {}
        }
    }

    /// The breaker has turned to another state.
    pub(super) fn turns(&mut self, now: Nanos, state: State, phase: Phase) {
        self.no_longer_open(now);
        match state {
            State::Open { .. } => {
                self.opened += 1;
                self.open_since = Some(now);
                if let (Some(down), None) = (self.down_at, self.detect) {
                    self.detect = Some(now - down);
                }
            }
            State::Closed if phase == Phase::Over && self.detect.is_some() && self.recover.is_none() => {
                self.recover = self.back_at.map(|back| now - back);
            }
            State::Closed | State::HalfOpen { .. } => {}
        }
    }

    pub(super) fn no_longer_open(&mut self, now: Nanos) {
        if let Some(since) = self.open_since.take() {
            self.open_for += now - since;
        }
    }

    /// The part of the time until `now` that it was open.
    pub(super) fn open_share(&self, now: Nanos) -> f64 {
        let running = self.open_since.map_or(Nanos::ZERO, |since| now - since);
        (self.open_for + running).as_secs_f64() / now.as_secs_f64()
    }

    /// An attempt was made at the dependency, by these sides.
    pub(super) fn reach(&mut self, now: Nanos, sides: [bool; 2]) {
        for (count, side) in self.reached.at(now).iter_mut().zip(sides) {
            *count += u64::from(side);
        }
    }

    /// Remembers what is recorded after an event at `now`. Bins in which nothing happened have what was before.
    pub(super) fn record(&mut self, now: Nanos, counts: Counts) {
        let present = now.0 / BIN.0;
        let first = (self.bin + 1).max((present + 1).saturating_sub(BINS as u64));
        for bin in first..=present {
            *self.share.at(BIN * bin) = self.last_share;
        }
        self.bin = self.bin.max(present);
        self.last_share = worse_percent(counts);
        *self.share.at(now) = self.last_share;
    }
}

/// The larger of the failed and the slow share of what is recorded, in percent; 0 where nothing is.
pub(super) fn worse_percent(counts: Counts) -> f64 {
    f64::from(counts.failed.max(counts.slow)) * 100.0 / f64::from(counts.recorded.max(1))
}

/// How long a call takes to fail while nothing answers, as the breaker sees it, in seconds: with retries behind it, it is
/// told after the last of them.
fn failing(settings: &Settings) -> f64 {
    let timeout = settings.get("timeout") / 1e3;
    if inside(settings) { 3.0 * timeout + 2.0 * BACKOFF.as_secs_f64() } else { timeout }
}

/// Expected seconds from the moment at which nothing answers any more until the breaker opens. Nothing is known before the
/// first failure is. Then, in a window of calls, each failure pushes a success out until the share is reached; in a window of
/// time, those successes count that lie within it (of its oldest tenth a half, on average). Never before the minimum is there.
pub(super) fn detect_theory(settings: &Settings) -> f64 {
    if settings.count("trouble") != 0 {
        return f64::NAN;
    }
    let load = settings.get("load");
    let rules = config(settings);
    let share = settings.get("threshold") / 100.0;
    let blind = failing(settings);
    let fill = match rules.window {
        Window::Calls(calls) => (share * f64::from(calls)).ceil() / load,
        Window::Time(span) => {
            let remembered = (span.as_secs_f64() * 0.95 - blind).max(0.0);
            (share * remembered).max(settings.get("minimum") / load)
        }
    };
    blind + fill
}

/// Expected share of the calls in the trouble that never reach a dependency which answers none: all but those before the
/// breaker opens and those of the probe rounds. Not a number without a trouble, or where it is of another kind.
pub(super) fn spared_theory(settings: &Settings) -> f64 {
    let of = |name: &str| settings.get(name);
    let (outage, load, probes) = (of("outage"), of("load"), of("probes"));
    let mut at = detect_theory(settings);
    if at.is_nan() {
        return at;
    }
    let mut reached = load * at.min(outage);
    at += of("wait");
    while at < outage {
        // The round ends when its last probe has failed.
        reached += probes.min(load * (outage - at));
        at += probes / load + failing(settings) + of("wait");
    }
    1.0 - reached / (load * outage)
}

/// The callers' names of the two sides.
pub(super) fn side_name(side: usize) -> &'static str {
    if side == WITH { "with the breaker" } else { "without" }
}
