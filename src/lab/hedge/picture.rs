//! The fan-out as pictures: one request with all its leaves on each side, the curve of slow requests, the latencies.

use super::side::{Leaf, Strategy};
use super::{Fan, OTHER, STRATEGIES, YOURS};
use crate::lab::measure::Histogram;
use crate::lab::scene::{Chart, Curve, CurveKind, Fact, Lane, Lanes, Series, Station, Tone};
use crate::lab::{Scene, Settings, Unit};
use crate::sim::Nanos;
use crate::systems::hedge::slow_share;

/// The scale of time on a lane: from 10 ms to 5 s, by factors.
const FROM_MS: f64 = 10.0;
const TO_MS: f64 = 5_000.0;
/// The series of what both sides share.
const LEAVES: Series = Series(2);
/// How many steps of the histogram are a factor of ten, and how many there are.
const DECADE: f64 = 8.0;
const STEPS: i32 = 22;

impl Fan {
    /// All there is to see at `now`.
    pub(super) fn pictures(&self, settings: &Settings, now: Nanos) -> Scene {
        let names = names(settings);
        Scene::Column(vec![
            Scene::Lanes(self.lanes(&names, now)),
            Scene::Row(vec![
                Scene::Chart(self.slow_chart(&names, settings)),
                Scene::Chart(self.latency_chart(&names)),
            ]),
            Scene::Facts(vec![self.fact(&names, YOURS), self.fact(&names, OTHER)]),
        ])
    }

    /// The watched request on both sides: each leaf at its time.
    fn lanes(&self, names: &[String; 2], now: Nanos) -> Lanes {
        let watch = &self.watch;
        let passed = now.since(watch.sent);
        let lane = |index: usize| {
            let side = &self.sides[index];
            let open = side.requests.get(&watch.request);
            let ended = watch.ended[index].as_ref();
            let leaves = match (open, ended) {
                (Some(request), _) => request.leaves.as_slice(),
                (None, Some((_, leaves))) => leaves.as_slice(),
                (None, None) => &[],
            };
            let missing = leaves.iter().filter(|leaf| leaf.took.is_none()).count();
            let last = missing > 0 && missing * 20 <= leaves.len().max(20);
            let label = match ended {
                Some((took, _)) => Unit::Millis.show(took.as_millis_f64().round()),
                None if leaves.is_empty() => String::new(),
                None => format!("{missing} missing"),
            };
            Lane {
                name: names[index].clone(),
                stations: scale(),
                dots: leaves.iter().map(|leaf| dot(leaf, passed, last)).collect(),
                lines: Vec::new(),
                label,
            }
        };
        Lanes {
            lanes: vec![lane(YOURS), lane(OTHER)],
            legend: vec![
                (Tone::Good, "leaf answered".into()),
                (Tone::Plain, "leaf missing".into()),
                (Tone::Warn, "second copy sent".into()),
                (Tone::Bad, "all wait for it".into()),
            ],
        }
    }

    /// The share of slow requests against the fan-out: the curve, and where the run stands.
    fn slow_chart(&self, names: &[String; 2], settings: &Settings) -> Chart {
        let p = settings.get("late") / 100.0;
        let curve = |p: f64| -> Vec<(f64, f64)> {
            let steps = 46;
            (0..=steps)
                .map(|step| libm::pow(200.0, f64::from(step) / f64::from(steps)))
                .map(|n| (n, slow_share(p, n) * 100.0))
                .collect()
        };
        let point = |index: usize| {
            let share = self.sides[index].since.slow_share();
            let points =
                if share.is_nan() { Vec::new() } else { vec![(settings.get("fanout"), share * 100.0)] };
            Curve::new(CurveKind::Points, names[index].as_str(), Series(index as u8), points)
        };
        let mut curves = vec![
            point(YOURS),
            point(OTHER),
            Curve::new(CurveKind::Theory, "1-(1-p)^n", Series(OTHER as u8), curve(p)),
        ];
        if self.sides.iter().any(|side| side.rules.strategy == Strategy::Hedged) {
            curves.push(Curve::new(CurveKind::Theory, "with p^2", Series(YOURS as u8), curve(p * p)));
        }
        Chart {
            y: "slow requests, %".into(),
            x: "fan-out n".into(),
            x_span: (1.0, 200.0),
            log_x: true,
            y_top: Some(100.0),
            of: Some("slow_share_other"),
            curves,
            ..Chart::default()
        }
    }

    /// How long requests and leaf calls take.
    fn latency_chart(&self, names: &[String; 2]) -> Chart {
        let curve = |histogram: &Histogram, name: &str, series| {
            Curve::new(CurveKind::Steps, name, series, shares(histogram))
        };
        let [yours, other] = &self.sides;
        Chart {
            y: "how many took so long, %".into(),
            x: "latency, ms".into(),
            x_span: (FROM_MS, TO_MS),
            log_x: true,
            curves: vec![
                curve(&yours.requests_took, &names[YOURS], Series(YOURS as u8)),
                curve(&other.requests_took, &names[OTHER], Series(OTHER as u8)),
                curve(&other.leaves_took, "one leaf", LEAVES),
            ],
            ..Chart::default()
        }
    }

    fn fact(&self, names: &[String; 2], index: usize) -> Fact {
        let side = &self.sides[index];
        let ms = |q: f64| Unit::Millis.show((side.requests_took.percentile(q) / 1e6).round());
        let slow = side.since.slow_share();
        let value = format!("{} slow, p50 {}, p99 {}", Unit::Share.show(slow), ms(0.5), ms(0.99));
        let mut note = format!("{} more work", Unit::Share.show(side.since.extra_share()));
        if let Some(delay) = side.hedge.delay() {
            note.push_str(&format!(" after {}", Unit::Millis.show(delay.as_millis_f64().round())));
        }
        let tone = if slow > 0.2 { Tone::Bad } else { Tone::Plain };
        Fact::new(names[index].as_str(), value).note(note).tone(tone)
    }
}

/// What the sides are called.
fn names(settings: &Settings) -> [String; 2] {
    let name = |control| match STRATEGIES.get(settings.count(control)).copied() {
        Some("none") | None => "one copy".to_string(),
        Some(name) => name.to_string(),
    };
    let (yours, other) = (name("strategy"), name("against"));
    let other = if yours == other { format!("{other} too") } else { other };
    [yours, other]
}

/// The times that are marked on a lane; not where most answers come, since a mark hides what lies under it.
fn scale() -> Vec<Station> {
    [("10 ms", 10.0), ("100 ms", 100.0), ("500 ms", 500.0), ("2 s", 2_000.0)]
        .into_iter()
        .map(|(name, ms)| Station::new(place(ms), name).tone(Tone::Dim))
        .collect()
}

/// Where a time stands on a lane.
fn place(ms: f64) -> f64 {
    (libm::log(ms.max(FROM_MS) / FROM_MS) / libm::log(TO_MS / FROM_MS)).min(1.0)
}

/// A leaf on its lane: at the time of its answer, or where time stands while it is missing.
fn dot(leaf: &Leaf, passed: Nanos, last: bool) -> (f64, Tone) {
    let (at, tone) = match leaf.took {
        Some(took) if took <= passed => (took, Tone::Good),
        _ if leaf.hedged => (passed, Tone::Warn),
        _ if last => (passed, Tone::Bad),
        _ => (passed, Tone::Plain),
    };
    (place(at.as_millis_f64()), tone)
}

/// A histogram as the percent of all within each step of the scale, from its start in ms on.
fn shares(histogram: &Histogram) -> Vec<(f64, f64)> {
    let edges_ms: Vec<f64> =
        (0..STEPS).map(|step| FROM_MS * libm::pow(10.0, f64::from(step) / DECADE)).collect();
    let edges: Vec<Nanos> = edges_ms.iter().map(|ms| Nanos::from_secs_f64(ms / 1e3)).collect();
    let all = histogram.count() as f64;
    if all == 0.0 {
        return Vec::new();
    }
    let counts = histogram.between(&edges);
    edges_ms
        .into_iter()
        .zip(counts.into_iter().skip(1))
        .map(|(ms, count)| (ms, count as f64 * 100.0 / all))
        .collect()
}
