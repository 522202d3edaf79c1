//! The breaker as pictures: its states, both callers side by side, the calls on their way, two charts.

use super::measures::{BIN, BINS, failed_percent};
use super::{Breaker, Caller, ENDS, End, SEEN, SPEC, WITH, WITHOUT, gap};
use crate::lab::scene::{
    Chart, Curve, CurveKind, Fact, Lane, Lanes, Series, State as Stand, States, Station, Tone, x_of,
};
use crate::lab::{Scene, Unit};
use crate::sim::Nanos;
use crate::systems::circuit_breaker::State;

/// The changes between states, as indices into the picture's list of them.
pub(super) const TRIPPED: usize = 0;
pub(super) const TRIED: usize = 1;
pub(super) const CLOSED: usize = 2;
pub(super) const REOPENED: usize = 3;

/// Where the breaker and the dependency stand on a lane.
const GATE: f64 = 0.35;
const SERVER: f64 = 0.8;
/// How long a call is seen on its way to the breaker.
const AHEAD: Nanos = Nanos::from_millis(300);
/// How many calls on their way to the breaker, and how many at the dependency, are seen on a lane.
const COMING: usize = 20;
const FLYING: usize = 50;
/// How many bins one value of the chart of calls sums up: half a second.
const SUMMED: u64 = 5;

impl Breaker {
    /// All there is to see at `now`.
    pub(super) fn pictures(&self, now: Nanos) -> Scene {
        Scene::Column(vec![
            Scene::States(self.states(now)),
            Scene::Row(vec![self.part("with the breaker", WITH), self.part("without", WITHOUT)]),
            Scene::Lanes(self.lanes(now)),
            Scene::Chart(self.failed_chart(now)),
            Scene::Chart(self.reached_chart(now)),
        ])
    }

    fn states(&self, now: Nanos) -> States {
        let state = self.breaker.state();
        let counts = self.breaker.counts();
        let config = self.breaker.config();
        let stand = |name: &str, live: bool, detail: String, tone: Tone| Stand {
            name: name.into(),
            detail: if live { detail } else { String::new() },
            live,
            tone,
        };
        let closed = format!("{} of {} failed", counts.failed, counts.recorded);
        let open = match state {
            State::Open { until } if until > now => {
                format!("{:.1} s left", (until - now).as_secs_f64())
            }
            _ => "next is a probe".into(),
        };
        let half_open = match state {
            State::HalfOpen { probes, back, .. } => format!("{back} of {probes} back"),
            _ => String::new(),
        };
        let worse = format!("{}% failed or {}% slow", config.failure_percent, config.slow_percent);
        States {
            states: vec![
                stand("closed", state == State::Closed, closed, Tone::Good),
                stand("open", matches!(state, State::Open { .. }), open, Tone::Bad),
                stand("half-open", matches!(state, State::HalfOpen { .. }), half_open, Tone::Warn),
            ],
            changes: vec![
                (0, 1, worse.clone()),
                (1, 2, format!("after {}", Unit::Seconds.show(config.wait.as_secs_f64()))),
                (2, 0, "probes good".into()),
                (2, 1, worse),
            ],
            last: self.last_change,
        }
    }

    fn part(&self, title: &str, side: usize) -> Scene {
        let caller = &self.callers[side];
        let count = |name: &str, value: u64| Fact::new(name, Unit::Count.show(value as f64));
        let mut facts = vec![count("served", caller.served), count("failed", caller.failed)];
        if side == WITH {
            let healthy = self.timing.rejected_healthy;
            let note = if healthy > 0 { format!("{healthy} would have been served") } else { String::new() };
            facts.push(count("rejected", caller.rejected).note(note));
        }
        let latency = Unit::Millis.show(caller.mean_latency());
        facts.push(Fact::new("mean time to an end", latency));
        facts.push(count("in flight", caller.in_flight).note(format!("at most {}", caller.peak)));
        Scene::Part(title.into(), Box::new(Scene::Facts(facts)))
    }

    fn lanes(&self, now: Nanos) -> Lanes {
        let coming = self.coming(now);
        let station = Station::new;
        let lane = |name: &str, side: usize| {
            let mut dots = coming.clone();
            dots.extend(self.flying(now, side));
            dots.extend(ended(&self.callers[side], now));
            let mut stations = vec![station(0.0, "client"), station(SERVER, "dependency")];
            if side == WITH {
                stations.insert(1, station(GATE, "breaker"));
            }
            let label = format!("served {}", Unit::Count.show(self.callers[side].served as f64));
            Lane { name: name.into(), stations, dots, lines: Vec::new(), label }
        };
        Lanes {
            lanes: vec![lane("with", WITH), lane("without", WITHOUT)],
            legend: vec![
                (Tone::Plain, "under way".into()),
                (Tone::Good, "served".into()),
                (Tone::Warn, "rejected".into()),
                (Tone::Bad, "failed".into()),
            ],
        }
    }

    /// The calls that will come soon: a copy of the stream runs ahead.
    fn coming(&self, now: Nanos) -> Vec<(f64, Tone)> {
        let mut arrivals = self.arrivals.clone();
        let mut at = self.next_call;
        let mut dots = Vec::new();
        while at <= now + AHEAD && dots.len() < COMING {
            let way = 1.0 - at.since(now).as_secs_f64() / AHEAD.as_secs_f64();
            dots.push((GATE * way, Tone::Plain));
            at += gap(&mut arrivals, &self.settings);
        }
        dots
    }

    /// The calls in flight: how far is how much of their time has passed, so those that hang pile up.
    fn flying(&self, now: Nanos, side: usize) -> impl Iterator<Item = (f64, Tone)> {
        let there = move |flight: &super::Flight| side == WITHOUT || flight.permit.is_some();
        let count = self.flights.values().filter(|flight| there(flight)).count();
        let every = count.div_ceil(FLYING).max(1) as u64;
        let shown = self
            .flights
            .iter()
            .filter(move |((_, id), flight)| there(flight) && (count <= FLYING || id.is_multiple_of(every)));
        let place = move |((_, _), flight): (&(Nanos, u64), &super::Flight)| {
            let passed = now.since(flight.sent).as_secs_f64() / flight.fate.took.as_secs_f64().max(1e-9);
            (GATE + (SERVER - GATE) * passed.min(1.0), Tone::Plain)
        };
        shown.map(place).take(FLYING)
    }

    fn failed_chart(&self, now: Nanos) -> Chart {
        let x_span = x_span(now);
        let mut points: Vec<(f64, f64)> = self
            .first_bin()
            .zip(&self.timing.bins)
            .map(|(bin, seen)| (x_of(BIN * (bin + 1)), seen.failed))
            .collect();
        points.push((x_of(now), failed_percent(self.breaker.counts())));
        points.retain(|(x, _)| *x >= x_span.0);
        let threshold = f64::from(self.breaker.config().failure_percent);
        let theory = Curve::level(format!("opens at {threshold}%"), Series(WITH as u8), x_span, threshold);
        let seen = Curve::new(CurveKind::Steps, "failed share", Series(WITH as u8), points);
        Chart {
            y: "failed share of the recorded calls, %".into(),
            x: "time, s".into(),
            x_span,
            y_top: Some(100.0),
            curves: vec![seen, theory],
            ..Chart::default()
        }
    }

    fn reached_chart(&self, now: Nanos) -> Chart {
        let x_span = x_span(now);
        let curve = |name: &str, side: usize| {
            let mut sums: Vec<(u64, u64)> = Vec::new();
            let filling = std::iter::once((self.timing.bin, &self.timing.filling));
            let bins = self.first_bin().zip(&self.timing.bins).chain(filling);
            // The oldest sum too may have lost some of its bins.
            for (bin, seen) in bins.skip_while(|(bin, _)| !bin.is_multiple_of(SUMMED)) {
                match sums.last_mut() {
                    Some((group, sum)) if *group == bin / SUMMED => *sum += seen.reached[side],
                    _ => sums.push((bin / SUMMED, seen.reached[side])),
                }
            }
            // The last sum is not yet full and would look like a fall.
            if sums.len() > 1 {
                sums.pop();
            }
            let width = BIN * SUMMED;
            let mut points: Vec<(f64, f64)> = sums
                .iter()
                .map(|(group, sum)| (x_of(width * *group), *sum as f64 / width.as_secs_f64()))
                .filter(|(x, _)| *x >= x_span.0)
                .collect();
            if let (Some((group, _)), Some((_, y))) = (sums.last(), points.last().copied()) {
                points.push((x_of(width * (*group + 1)).min(x_of(now).max(x_of(width * *group))), y));
            }
            Curve::new(CurveKind::Steps, name, Series(side as u8), points)
        };
        Chart {
            y: "calls that reach the dependency, 1/s".into(),
            x: "time, s".into(),
            x_span,
            curves: vec![curve("with the breaker", WITH), curve("without", WITHOUT)],
            ..Chart::default()
        }
    }

    /// The numbers of the bins that are kept, from the oldest on.
    fn first_bin(&self) -> std::ops::RangeFrom<u64> {
        self.timing.bin - self.timing.bins.len() as u64..
    }
}

fn x_span(now: Nanos) -> (f64, f64) {
    let length = x_of(SPEC.length).min(x_of(BIN * BINS));
    let end = x_of(now).max(length);
    (end - length, end)
}

/// The calls that have just ended.
fn ended(caller: &Caller, now: Nanos) -> impl Iterator<Item = (f64, Tone)> {
    caller.ends.iter().rev().take(ENDS).filter(move |(at, _)| now.since(*at) <= SEEN).map(move |(at, end)| {
        let way = now.since(*at).as_secs_f64() / SEEN.as_secs_f64();
        match end {
            End::Served => (SERVER + (1.0 - SERVER) * way, Tone::Good),
            // What dies drops out close by.
            End::Failed => (SERVER + 0.06 * way, Tone::Bad),
            End::Rejected => (GATE - 0.12 * way, Tone::Warn),
        }
    })
}
