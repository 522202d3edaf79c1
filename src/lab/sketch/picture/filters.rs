//! "Is it in the set?" as pictures: strangers and keys at the filter, the filters side by side, error against size and time.

use super::super::filters::{BLOCKED, COUNTING, NAMES, PLAIN, SIZES};
use super::super::{End, SPEC, Seen, Sketches};
use super::{Fate, SHOWN, count, percent, size};
use crate::lab::Scene;
use crate::lab::scene::{Bar, Bars, Chart, Curve, CurveKind, Fact, Gauge, Lanes, Series, Tone};
use crate::sim::Nanos;
use crate::systems::sketch::expected_false_positives;

impl Sketches {
    pub(super) fn filters_picture(&self, now: Nanos) -> Scene {
        let fate = |seen: &Seen, stranger: bool| -> Option<Fate> {
            match seen.end {
                End::Refused if stranger => Some((Tone::Dim, false)),
                End::Passed if stranger => Some((Tone::Bad, true)),
                End::New | End::Again if !stranger => Some((Tone::Good, true)),
                End::Gone if !stranger => Some((Tone::Warn, true)),
                End::Denied if !stranger => Some((Tone::Bad, false)),
                _ => None,
            }
        };
        let asked = self.filters.lately(now);
        let passed: u64 = asked.passed[PLAIN];
        let lane = |name: &str, stranger: bool, label: String| {
            self.lane(name, now, ["filter", "the data"], label, |seen| fate(seen, stranger))
        };
        let lanes = Lanes {
            lanes: vec![
                lane(
                    "strangers",
                    true,
                    format!("{} of {} pass", count(passed as f64), count(asked.strangers as f64)),
                ),
                lane("keys", false, format!("{} there", count(self.stream.present() as f64))),
            ],
            legend: vec![
                (Tone::Dim, "refused".into()),
                (Tone::Good, "found".into()),
                (Tone::Warn, "deleted".into()),
                (Tone::Bad, "wrong".into()),
            ],
        };
        Scene::Column(vec![
            Scene::Lanes(lanes),
            Scene::Row(vec![
                Scene::Column(vec![
                    self.filter_bars(now),
                    Scene::Gauge(self.fill()),
                    Scene::Facts(self.bits()),
                ]),
                Scene::Chart(self.size_chart(now)),
            ]),
            Scene::Chart(self.fill_chart(now)),
        ])
    }

    /// What each filter lets pass, and what it takes.
    fn filter_bars(&self, now: Nanos) -> Scene {
        let asked = self.filters.lately(now);
        let bytes = self.filters.filter_bytes();
        let strangers = asked.strangers as f64;
        let bar = |filter: usize| {
            let share = asked.passed[filter] as f64 / strangers;
            let expected = asked.expected[filter] / strangers;
            Bar {
                name: NAMES[filter].to_string(),
                value: if share.is_finite() { share * 100.0 } else { 0.0 },
                label: format!("{}  {}", percent(share), size(bytes[filter] as f64)),
                series: Series(filter as u8),
                tone: if share > 2.0 * expected + 0.002 { Tone::Bad } else { Tone::Plain },
            }
        };
        let theory = 100.0 * asked.expected[PLAIN] / strangers;
        let marks = if theory.is_finite() {
            vec![(theory, format!("theory, bloom {theory:.2}"))]
        } else {
            Vec::new()
        };
        Scene::Bars(Bars {
            title: "strangers pass, %".into(),
            bars: [PLAIN, COUNTING, BLOCKED].map(bar).into(),
            full: None,
            marks,
            of: Some("false_positive_share"),
        })
    }

    /// The share of the strangers that pass against bits a key: theory's curves, and the filters of all sizes.
    fn size_chart(&self, now: Nanos) -> Chart {
        let asked = self.filters.lately(now);
        let hashes = self.filters.shape.hashes;
        let keys = self.filters.held[PLAIN] as f64;
        // Per key that is in the filter, not per key that it was made for.
        let a_key = self.stream.items() as f64 / keys;
        let x_span = (2.0, 20.0);
        let xs = || (0..=36).map(|step| x_span.0 + f64::from(step) * 0.5);
        let at = |bits: f64, k: u32| 100.0 * expected_false_positives(1.0, bits * a_key, k);
        let theory = xs().map(|bits| (bits, at(bits, hashes))).collect();
        let best = |bits: f64| (1..=24).map(|k| at(bits, k)).fold(f64::INFINITY, f64::min);
        let mut points: Vec<(f64, f64)> = SIZES
            .iter()
            .zip(asked.passed_sizes)
            .map(|(&bits, passed)| (bits as f64, 100.0 * passed as f64 / asked.strangers as f64))
            .collect();
        let chosen = self.filters.shape.bits as f64;
        points.push((chosen.clamp(2.0, 20.0), 100.0 * asked.passed[PLAIN] as f64 / asked.strangers as f64));
        points.retain(|point| point.1.is_finite());
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        Chart {
            y: "strangers that pass, %".into(),
            of: Some("false_positive_share"),
            x: "bits a key".into(),
            x_span,
            log_y: true,
            curves: vec![
                Curve::new(CurveKind::Points, "run", Series(0), points),
                Curve::new(CurveKind::Theory, format!("{hashes} hashes"), Series(0), theory),
                Curve::new(
                    CurveKind::Theory,
                    "best",
                    Series(1),
                    xs().map(|bits| (bits, best(bits))).collect(),
                ),
            ],
            ..Chart::default()
        }
    }

    /// The share of the strangers that pass while keys come, by seconds.
    fn fill_chart(&self, now: Nanos) -> Chart {
        let curve = |name: &str, filter: usize| {
            self.filters.seconds.curve(name, Series(filter as u8), now, |asked| {
                100.0 * asked.passed[filter] as f64 / asked.strangers as f64
            })
        };
        let mut theory = self.filters.seconds.curve("theory", Series(PLAIN as u8), now, |asked| {
            100.0 * asked.expected[PLAIN] / asked.strangers as f64
        });
        theory.kind = CurveKind::Theory;
        Chart {
            y: "strangers that pass, %".into(),
            of: Some("false_positive_share"),
            x: "time, s".into(),
            x_span: self.filters.seconds.x_span(now, SPEC.length),
            curves: vec![curve("bloom", PLAIN), curve("blocked", BLOCKED), theory],
            ..Chart::default()
        }
    }

    fn fill(&self) -> Gauge {
        let fill = self.filters.plain.fill();
        Gauge {
            name: "bits set".into(),
            value: fill * 100.0,
            full: 100.0,
            label: format!("{}, best at 50%", percent(fill)),
            series: Series(PLAIN as u8),
            tone: if fill > 0.6 { Tone::Warn } else { Tone::Plain },
        }
    }

    fn bits(&self) -> Vec<Fact> {
        let plain = &self.filters.plain;
        let bits: String =
            (0..SHOWN.min(plain.bits())).map(|place| if plain.bit(place) { '1' } else { '0' }).collect();
        let known = |filter: usize| {
            percent(self.filters.deleted.known[filter] as f64 / self.filters.deleted.keys as f64)
        };
        vec![
            Fact::new("first bits", bits),
            Fact::new("exact set", size((self.stream.present() * 8) as f64)).note("64-bit hashes, at least"),
            Fact::new("deleted", format!("bloom knows {}", known(PLAIN)))
                .note(format!("counting {}", known(COUNTING)))
                .tone(if self.filters.deleted.keys > 0 { Tone::Warn } else { Tone::Plain }),
        ]
    }
}
