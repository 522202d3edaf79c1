//! The limiters as pictures: both side by side, the trailing count over time, the requests on their way.

use super::{AHEAD, BEHIND, BIN, BINS, BUCKET, DOTS, FIXED, Limiter, Limits, SPEC, Side};
use crate::lab::scene::{Chart, Curve, CurveKind, Fact, Gauge, Lane, Lanes, Series, Station, Tone, x_of};
use crate::lab::{Scene, Unit};
use crate::sim::Nanos;

/// Where the limiter stands on the lane.
const GATE: f64 = 0.45;

impl Limiter {
    /// All there is to see at `now`.
    pub(super) fn pictures(&self, now: Nanos) -> Scene {
        Scene::Column(vec![
            Scene::Row(vec![self.bucket_part(now), self.fixed_part(now)]),
            Scene::Chart(self.chart(now)),
            Scene::Lanes(self.lanes(now)),
        ])
    }

    fn bucket_part(&self, now: Nanos) -> Scene {
        let Limits { rate, burst, .. } = self.limits;
        let tokens = self.bucket.tokens(now);
        let gauge = Gauge {
            name: "tokens".into(),
            value: tokens,
            full: f64::from(burst),
            label: format!("{} of {burst}", tokens.floor()),
            series: Series(BUCKET as u8),
            tone: if tokens < 1.0 { Tone::Warn } else { Tone::Plain },
        };
        let bound = self.limits.bound_bucket();
        let worst = self.worst_fact(BUCKET).note(format!("at most {bound} = burst + rate·t"));
        self.part(format!("token bucket  {rate}/s, burst {burst}"), gauge, BUCKET, worst)
    }

    fn fixed_part(&self, now: Nanos) -> Scene {
        let Limits { window, limit, .. } = self.limits;
        let count = self.fixed.count(now);
        let gauge = Gauge {
            name: "count".into(),
            value: count as f64,
            full: limit as f64,
            label: format!("{count} of {limit}"),
            series: Series(FIXED as u8),
            tone: if count >= limit { Tone::Warn } else { Tone::Plain },
        };
        let worst = self.sides[FIXED].worst as u64;
        let mut fact = self.worst_fact(FIXED);
        if worst > limit {
            let times = match Unit::Ratio.show(worst as f64 / limit as f64).as_str() {
                "2" => "twice".to_string(),
                ratio => format!("{ratio} times"),
            };
            fact = fact.note(format!("{times} the limit")).tone(Tone::Bad);
        }
        self.part(format!("fixed window  {limit} per {}", span(window)), gauge, FIXED, fact)
    }

    fn part(&self, title: String, gauge: Gauge, side: usize, worst: Fact) -> Scene {
        let Side { admitted, refused, .. } = &self.sides[side];
        let facts = vec![
            Fact::new("admitted", Unit::Count.show(*admitted as f64)),
            Fact::new("refused", Unit::Count.show(*refused as f64)),
            worst,
        ];
        Scene::Part(title, Box::new(Scene::Column(vec![Scene::Gauge(gauge), Scene::Facts(facts)])))
    }

    fn worst_fact(&self, side: usize) -> Fact {
        let worst = Unit::Count.show(self.sides[side].worst as f64);
        Fact::new(format!("worst {}", span(self.limits.window)), worst)
    }

    fn chart(&self, now: Nanos) -> Chart {
        let length = x_of(SPEC.length);
        let end = x_of(now).max(length);
        let x_span = (end - length, end);
        let flat = |name: String, y: f64, series: usize| Curve::level(name, Series(series as u8), x_span, y);
        let window = self.limits.window;
        let curves = vec![
            self.curve("token bucket", BUCKET, now),
            self.curve("fixed window", FIXED, now),
            flat(
                format!("burst + rate·t = {}", self.limits.bound_bucket()),
                self.limits.bound_bucket(),
                BUCKET,
            ),
            flat(format!("limit = {}", self.limits.limit), self.limits.limit as f64, FIXED),
        ];
        Chart {
            y: format!("admitted in the last {}", span(window)),
            x: "time, s".into(),
            x_span,
            curves,
            ..Chart::default()
        }
    }

    fn curve(&self, name: &str, side: usize, now: Nanos) -> Curve {
        let side_seen = &self.sides[side];
        let x = |bin: u64| x_of(BIN * bin);
        let first = self.bin - side_seen.peaks.len() as u64;
        let mut points: Vec<(f64, f64)> =
            (first..).zip(&side_seen.peaks).map(|(bin, &peak)| (x(bin), peak as f64)).collect();
        points.push((x(self.bin), side_seen.peak as f64));
        // Since the last arrival nothing was admitted: the span only loses what it holds.
        let present = now.0 / BIN.0;
        for bin in (self.bin + 1).max(present.saturating_sub(BINS))..=present {
            points.push((x(bin), side_seen.trailing(BIN * bin, self.limits.window) as f64));
        }
        let start = x_of(now) - x_of(SPEC.length);
        points.retain(|&(at, _)| at >= start);
        Curve::new(CurveKind::Steps, name, Series(side as u8), points)
    }

    fn lanes(&self, now: Nanos) -> Lanes {
        let coming = self.coming(now);
        let lane = |name: &str, side: usize| {
            let mut dots = coming.clone();
            for (at, said) in &self.recent {
                let age = now.since(*at);
                match said[side] {
                    true if age <= BEHIND => {
                        let way = age.as_secs_f64() / BEHIND.as_secs_f64();
                        dots.push((GATE + (1.0 - GATE) * way, Tone::Good));
                    }
                    false if age + age <= BEHIND => {
                        // It bounces off, a little.
                        let way = age.as_secs_f64() / BEHIND.as_secs_f64();
                        dots.push((GATE - 0.2 * way, Tone::Bad));
                    }
                    _ => {}
                }
            }
            Lane {
                name: name.into(),
                stations: vec![
                    Station::new(0.0, "client"),
                    Station::new(GATE, "limiter"),
                    Station::new(1.0, "service"),
                ],
                lines: Vec::new(),
                dots,
                label: format!("admitted {}", Unit::Count.show(self.sides[side].admitted as f64)),
            }
        };
        Lanes {
            lanes: vec![lane("token bucket", BUCKET), lane("fixed window", FIXED)],
            legend: vec![
                (Tone::Plain, "on its way".into()),
                (Tone::Good, "admitted".into()),
                (Tone::Bad, "refused".into()),
            ],
        }
    }

    /// The requests that will arrive soon, as dots before the limiter: a copy of the stream runs ahead.
    fn coming(&self, now: Nanos) -> Vec<(f64, Tone)> {
        let mut arrivals = self.arrivals.clone();
        let (mut at, mut number) = (self.next, self.count + 1);
        let mut dots = Vec::new();
        while at <= now + AHEAD && dots.len() < DOTS {
            if number.is_multiple_of(self.thinning()) {
                let way = 1.0 - at.since(now).as_secs_f64() / AHEAD.as_secs_f64();
                dots.push((GATE * way, Tone::Plain));
            }
            number += 1;
            at = arrivals.next(at);
        }
        dots
    }
}

/// A window's length for people: `1 s`, `200 ms`.
fn span(window: Nanos) -> String {
    if window.0.is_multiple_of(Nanos::from_secs(1).0) {
        format!("{} s", window.0 / Nanos::from_secs(1).0)
    } else {
        format!("{} ms", window.as_millis_f64())
    }
}
