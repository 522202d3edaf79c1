//! The breaker as pictures: its states, the calls on their way, both callers side by side, two charts.

use super::calls::{End, Flight};
use super::dependency::Health;
use super::measures::{side_name, worse_percent};
use super::{Breaker, SPEC, WITH, WITHOUT};
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
/// How many calls are seen on a lane at most: on their way to the breaker, at the dependency, and at their end.
const COMING: usize = 20;
const FLYING: usize = 50;
const ENDS: usize = 30;

impl Breaker {
    /// All there is to see at `now`.
    pub(super) fn pictures(&self, now: Nanos) -> Scene {
        Scene::Column(vec![
            Scene::States(self.states(now)),
            Scene::Lanes(self.lanes(now)),
            Scene::Row(vec![self.part(WITH), self.part(WITHOUT)]),
            Scene::Chart(self.share_chart(now)),
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
        let bad = if counts.slow > counts.failed { "slow" } else { "failed" };
        let closed = match counts.recorded {
            0 => "no calls".into(),
            _ => format!("{bad} {:.0}%", worse_percent(counts)),
        };
        let open = match state {
            State::Open { until } if until > now => {
                format!("{:.1} s left", (until - now).as_secs_f64())
            }
            _ => "probe next".into(),
        };
        let half_open = match state {
            State::HalfOpen { probes, back, .. } => format!("{back}/{probes} back"),
            _ => String::new(),
        };
        let worse = format!("{}% bad", config.failure_percent);
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

    fn part(&self, side: usize) -> Scene {
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
        let peak = format!("at most {}", caller.in_flight.max());
        facts.push(count("in flight", caller.in_flight.value()).note(peak));
        facts.push(count("went to the dependency", caller.reached));
        Scene::Part(side_name(side).into(), Box::new(Scene::Facts(facts)))
    }

    fn lanes(&self, now: Nanos) -> Lanes {
        let coming = self.coming(now);
        let health = match self.trouble.health() {
            Health::Well => ("dependency", Tone::Plain),
            Health::Down => ("dependency: down", Tone::Bad),
            Health::Slow => ("dependency: slow", Tone::Warn),
            Health::Lossy => ("dependency: loses some", Tone::Warn),
        };
        let gate = match self.breaker.state() {
            State::Closed => ("breaker", Tone::Plain),
            State::Open { .. } => ("breaker: open", Tone::Bad),
            State::HalfOpen { .. } => ("breaker: half-open", Tone::Warn),
        };
        let lane = |name: &str, side: usize| {
            let mut dots = coming.clone();
            dots.extend(self.flying(now, side));
            dots.extend(self.ended(now, side));
            let mut stations =
                vec![Station::new(0.0, "client"), Station::new(SERVER, health.0).tone(health.1)];
            if side == WITH {
                stations.insert(1, Station::new(GATE, gate.0).tone(gate.1));
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
            at = arrivals.next(at);
        }
        dots
    }

    /// The calls in flight: how far is how much of their time has passed, so those that hang pile up. Those that will be
    /// tried again wait where they came from.
    fn flying(&self, now: Nanos, side: usize) -> Vec<(f64, Tone)> {
        let there = |flight: &Flight| side == WITHOUT || flight.with;
        let count = self.flights.values().filter(|flight| there(flight)).count();
        let every = count.div_ceil(FLYING).max(1) as u64;
        let shown = self
            .flights
            .iter()
            .filter(|(id, flight)| there(flight) && (count <= FLYING || id.is_multiple_of(every)));
        let place = |(_, flight): (&u64, &Flight)| {
            if flight.pausing {
                return (GATE, Tone::Warn);
            }
            let passed = now.since(flight.sent).as_secs_f64() / flight.fate.took.as_secs_f64().max(1e-9);
            (GATE + (SERVER - GATE) * passed.min(1.0), Tone::Plain)
        };
        shown.map(place).take(FLYING).collect()
    }

    /// The calls that have just ended.
    fn ended(&self, now: Nanos, side: usize) -> impl Iterator<Item = (f64, Tone)> {
        self.callers[side].ends.seen(now, ENDS).map(|(way, _, end)| match end {
            End::Served => (SERVER + (1.0 - SERVER) * way, Tone::Good),
            // What dies drops out close by.
            End::Failed => (SERVER + 0.06 * way, Tone::Bad),
            End::Rejected => (GATE - 0.12 * way, Tone::Warn),
        })
    }

    fn share_chart(&self, now: Nanos) -> Chart {
        let x_span = self.timing.share.x_span(now, SPEC.length);
        let mut seen = self.timing.share.curve("worse share", Series(WITH as u8), now, |percent| *percent);
        seen.points.push((x_of(now), worse_percent(self.breaker.counts())));
        seen.points.retain(|(x, _)| *x >= x_span.0);
        let threshold = f64::from(self.breaker.config().failure_percent);
        let theory = Curve::level(format!("opens at {threshold}%"), Series(WITH as u8), x_span, threshold);
        Chart {
            y: "failed or slow share of the recorded calls, %".into(),
            x: "time, s".into(),
            x_span,
            y_top: Some(100.0),
            curves: vec![seen, theory],
            ..Chart::default()
        }
    }

    fn reached_chart(&self, now: Nanos) -> Chart {
        let x_span = self.timing.reached.x_span(now, SPEC.length);
        let curve = |side: usize| {
            let width = self.timing.reached.width_s();
            let mut curve = self
                .timing
                .reached
                .curve(side_name(side), Series(side as u8), now, |reached| reached[side] as f64 / width);
            curve.kind = CurveKind::Steps;
            curve.points.retain(|(x, _)| *x >= x_span.0);
            curve
        };
        Chart {
            y: "calls and retries that reach the dependency, 1/s".into(),
            x: "time, s".into(),
            x_span,
            curves: vec![curve(WITH), curve(WITHOUT)],
            ..Chart::default()
        }
    }
}
