//! The three questions as pictures: what comes and what becomes of it, error against size, and the truth beside the estimate.

use super::counts::{WIDTHS, sample};
use super::distinct::PRECISIONS;
use super::filters::{BLOCKED, COUNTING, NAMES, PLAIN, SIZES};
use super::{End, SPEC, Seen, Sketches};
use crate::lab::scene::{
    Bar, Bars, Chart, Curve, CurveKind, Fact, Gauge, Lane, Lanes, Series, Station, Table, Tone, x_of,
};
use crate::lab::{Scene, Settings, Unit};
use crate::sim::Nanos;
use crate::systems::sketch::expected_false_positives;

/// Where the sketch stands on a lane, and what lies behind it.
const SKETCH: f64 = 0.42;
const BEHIND: f64 = 0.86;
/// How many requests are seen at most, a lane.
const DOTS: usize = 40;
/// How many of the first bits are shown.
const SHOWN: u64 = 24;

/// The tones of the lane: how far a request is (0 to 1), and what it turned out to be.
type Fate = (Tone, bool);

impl Sketches {
    /// All there is to see at `now`.
    pub(super) fn picture(&self, settings: &Settings, now: Nanos) -> Scene {
        match settings.count("sketch") {
            0 => self.filters_picture(now),
            1 => self.counts_picture(now),
            _ => self.distinct_picture(now),
        }
    }

    fn filters_picture(&self, now: Nanos) -> Scene {
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

    fn counts_picture(&self, now: Nanos) -> Scene {
        let bound = self.counts.plain.error_bound();
        let fate = |seen: &Seen| -> Option<Fate> {
            match seen.end {
                End::Refused | End::Passed => None,
                End::Gone => Some((Tone::Dim, true)),
                _ if f64::from(seen.surplus) > bound => Some((Tone::Bad, true)),
                _ if seen.surplus > 0 => Some((Tone::Warn, true)),
                _ => Some((Tone::Good, true)),
            }
        };
        let label = format!("{} arrivals", count(self.came as f64));
        let lanes = Lanes {
            lanes: vec![self.lane("stream", now, ["count-min", "estimate"], label, fate)],
            legend: vec![
                (Tone::Good, "exact".into()),
                (Tone::Warn, "too high".into()),
                (Tone::Bad, "above the bound".into()),
                (Tone::Dim, "deleted".into()),
            ],
        };
        Scene::Column(vec![
            Scene::Lanes(lanes),
            Scene::Row(vec![
                Scene::Column(vec![self.count_table(), Scene::Facts(self.count_facts())]),
                Scene::Chart(self.surplus_chart()),
            ]),
            Scene::Chart(self.width_chart()),
        ])
    }

    /// The truth beside both estimates: the most frequent keys, then rarer and rarer ones.
    fn count_table(&self) -> Scene {
        let items = self.stream.items();
        let mut keys: Vec<usize> =
            [0, 1, 3, 9, 31, 99, 316, 999, 3_162, 9_999].into_iter().filter(|&key| key < items).collect();
        keys.truncate(8);
        let row = |key: usize| {
            let hash = self.stream.hash(key);
            vec![
                (key + 1).to_string(),
                count(f64::from(self.stream.count(key))),
                count(f64::from(self.counts.plain.estimate(hash))),
                count(f64::from(self.counts.conservative.estimate(hash))),
            ]
        };
        Scene::Table(Table {
            head: ["key", "came", "count-min", "conservative"].map(String::from).into(),
            rows: keys.into_iter().map(row).collect(),
            right: vec![true; 4],
            ..Table::default()
        })
    }

    fn count_facts(&self) -> Vec<Fact> {
        let errors = self.counts.errors(&self.stream);
        let depth = f64::from(self.counts.shape.depth);
        vec![
            Fact::new("mean surplus", Unit::Count.show(errors.mean[0]))
                .note(format!("conservative {}", Unit::Count.show(errors.mean[1]))),
            Fact::new("bound e N / w", Unit::Count.show(self.counts.plain.error_bound())).note(format!(
                "{} of the keys above it, theory at most {}",
                percent(errors.beyond),
                percent(libm::exp(-depth))
            )),
            Fact::new("memory", size(self.counts.plain.bytes() as f64))
                .note(format!("exact counts: {} and more", size((self.stream.present() * 12) as f64))),
        ]
    }

    /// The mean surplus against the width of a row: the bound, and the sketches of all widths.
    fn width_chart(&self) -> Chart {
        let total = self.counts.plain.total() as f64;
        let x_span = (10.0, 3_000.0);
        let xs = || (0..=32).map(|step| x_span.0 * libm::pow(x_span.1 / x_span.0, f64::from(step) / 32.0));
        let mut points: Vec<(f64, f64)> = WIDTHS
            .iter()
            .zip(&self.counts.widths)
            .map(|(&width, sketch)| (f64::from(width), self.counts.mean_at(&self.stream, sketch)))
            .collect();
        let chosen = f64::from(self.counts.shape.width).clamp(x_span.0, x_span.1);
        points.push((chosen, self.counts.errors(&self.stream).mean[0]));
        points.retain(|point| point.1.is_finite());
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let bound = |factor: f64| xs().map(|width| (width, factor * total / width)).collect();
        Chart {
            y: "mean surplus, arrivals".into(),
            x: "counters a row".into(),
            x_span,
            log_x: true,
            log_y: true,
            curves: vec![
                Curve::new(CurveKind::Points, "run", Series(0), points),
                Curve::new(CurveKind::Theory, "bound", Series(0), bound(std::f64::consts::E)),
                Curve::new(CurveKind::Theory, "one row", Series(1), bound(1.0)),
            ],
            ..Chart::default()
        }
    }

    /// The surplus of keys by how often they came: the same for all, whatever their count.
    fn surplus_chart(&self) -> Chart {
        let mut plain = Vec::new();
        let mut conservative = Vec::new();
        let frequent = 0..20.min(self.stream.items());
        for key in frequent.chain(sample(&self.stream)).filter(|&key| self.stream.count(key) > 0) {
            let (hash, truth) = (self.stream.hash(key), f64::from(self.stream.count(key)));
            plain.push((truth, f64::from(self.counts.plain.estimate(hash)) - truth));
            conservative.push((truth, f64::from(self.counts.conservative.estimate(hash)) - truth));
        }
        plain.sort_by(|a, b| a.0.total_cmp(&b.0));
        conservative.sort_by(|a, b| a.0.total_cmp(&b.0));
        let most = plain.last().map_or(10.0, |point| point.0.max(10.0));
        Chart {
            y: "surplus, arrivals".into(),
            x: "came so often".into(),
            x_span: (1.0, most),
            log_x: true,
            curves: vec![
                Curve::new(CurveKind::Points, "count-min", Series(0), plain),
                Curve::new(CurveKind::Points, "conservative", Series(1), conservative),
                Curve::level("bound e N / w", Series(0), (1.0, most), self.counts.plain.error_bound()),
            ],
            ..Chart::default()
        }
    }

    fn distinct_picture(&self, now: Nanos) -> Scene {
        let fate = |server: usize| {
            move |seen: &Seen| -> Option<Fate> {
                match seen.end {
                    End::New | End::Again | End::Denied if seen.server == server => {
                        Some((if seen.changed { Tone::Good } else { Tone::Dim }, true))
                    }
                    _ => None,
                }
            }
        };
        let lane = |name: &str, server: usize| {
            let label = count(self.distinct.halves[server].estimate());
            self.lane(name, now, ["sketch", "merged"], label, fate(server))
        };
        let lanes = Lanes {
            lanes: vec![lane("server 1", 0), lane("server 2", 1)],
            legend: vec![(Tone::Good, "raises a register".into()), (Tone::Dim, "changes nothing".into())],
        };
        Scene::Column(vec![
            Scene::Lanes(lanes),
            Scene::Row(vec![Scene::Facts(self.distinct_facts()), Scene::Chart(self.registers_chart())]),
            Scene::Chart(self.course_chart(now)),
        ])
    }

    fn distinct_facts(&self) -> Vec<Fact> {
        let (truth, estimate) = (self.stream.distinct() as f64, self.distinct.estimate());
        let error = estimate / truth - 1.0;
        let expected = self.distinct.whole.relative_error();
        let [one, two] = [0, 1].map(|server| self.distinct.halves[server].estimate());
        let registers = self.distinct.whole.registers();
        let first: Vec<String> = registers.iter().take(12).map(u8::to_string).collect();
        vec![
            Fact::new("different keys", count(truth)),
            Fact::new("estimate", count(estimate))
                .note(if error.is_finite() {
                    format!("off by {:+.1}%", error * 100.0)
                } else {
                    String::new()
                })
                .tone(if error.abs() > 3.0 * expected { Tone::Bad } else { Tone::Good }),
            Fact::new("standard error", percent(expected))
                .note(format!("{} registers", count(registers.len() as f64))),
            Fact::new("servers' sum", count(one + two)).note("counts many keys twice").tone(Tone::Warn),
            Fact::new("memory", size(self.distinct.whole.bytes() as f64))
                .note(format!("exact set: {} and more", size(truth * 8.0))),
            Fact::new("registers", first.join(" ")),
        ]
    }

    /// The relative error against the number of registers: theory's curve, and the sketches of all precisions.
    fn registers_chart(&self) -> Chart {
        let truth = self.stream.distinct() as f64;
        let x_span = (16.0, 16_384.0);
        let xs = || (0..=40).map(|step| x_span.0 * libm::exp2(f64::from(step) / 4.0));
        let error = |estimate: f64| 100.0 * (estimate / truth - 1.0).abs();
        let mut points: Vec<(f64, f64)> = PRECISIONS
            .iter()
            .zip(&self.distinct.precisions)
            .map(|(&precision, sketch)| (f64::from(1_u32 << precision), error(sketch.estimate())))
            .collect();
        let chosen = self.distinct.whole.registers().len() as f64;
        points.push((chosen.min(x_span.1), error(self.distinct.whole.estimate())));
        points.retain(|point| point.1.is_finite());
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let theory = xs().map(|registers| (registers, 104.0 / registers.sqrt())).collect();
        Chart {
            y: "error, %".into(),
            x: "registers".into(),
            x_span,
            log_x: true,
            log_y: true,
            curves: vec![
                Curve::new(CurveKind::Points, "run", Series(0), points),
                Curve::new(CurveKind::Theory, "1.04/sqrt(m)", Series(0), theory),
            ],
            ..Chart::default()
        }
    }

    /// How many different keys came, and what the sketch says, with two standard errors around the truth.
    fn course_chart(&self, now: Nanos) -> Chart {
        let span = 2.0 * self.distinct.whole.relative_error();
        let times = || self.course.iter().map(|(at, truth, estimate)| (x_of(*at), *truth, *estimate));
        let band: Vec<(f64, f64, f64)> =
            times().map(|(at, truth, _)| (at, truth * (1.0 - span).max(0.0), truth * (1.0 + span))).collect();
        Chart {
            y: "different keys".into(),
            x: "time, s".into(),
            x_span: (0.0, x_of(now.max(SPEC.length))),
            curves: vec![
                Curve::band("2 standard errors", Series(2), &band),
                Curve::new(
                    CurveKind::Line,
                    "estimate",
                    Series(0),
                    times().map(|(at, _, told)| (at, told)).collect(),
                ),
                Curve::new(
                    CurveKind::Line,
                    "truth",
                    Series(1),
                    times().map(|(at, truth, _)| (at, truth)).collect(),
                ),
            ],
            ..Chart::default()
        }
    }

    /// A lane: requests come to the sketch, and go on behind it or end there.
    fn lane(
        &self,
        name: &str,
        now: Nanos,
        [sketch, behind]: [&str; 2],
        label: String,
        fate: impl Fn(&Seen) -> Option<Fate>,
    ) -> Lane {
        let seen = self.seen.seen(now, 6 * DOTS);
        let dots = seen.filter_map(|(age, _, seen)| fate(seen).map(|fate| place(age, fate)));
        Lane {
            name: name.into(),
            stations: vec![Station::new(0.0, ""), Station::new(SKETCH, sketch), Station::new(BEHIND, behind)],
            dots: dots.take(DOTS).collect(),
            lines: Vec::new(),
            label,
        }
    }
}

/// Where a request is that happened a share of the time ago that it is seen: half of it on its way to the sketch, the rest
/// on its way behind it, or dropping out in front of it.
fn place(age: f64, (tone, passes): Fate) -> (f64, Tone) {
    match (age < 0.5, passes) {
        (true, _) => (SKETCH * age * 2.0, Tone::Plain),
        (false, true) => (SKETCH + (BEHIND - SKETCH) * (age - 0.5) * 2.0, tone),
        (false, false) => (SKETCH - 0.1 * (age - 0.5), tone),
    }
}

fn count(value: f64) -> String {
    Unit::Count.show(value)
}

/// A share for narrow columns, with as many figures as a small one needs.
fn percent(share: f64) -> String {
    match share {
        share if !share.is_finite() => "-".into(),
        share if share > 0.0 && share < 0.0995 => format!("{:.2}%", share * 100.0),
        share => format!("{:.1}%", share * 100.0),
    }
}

/// Bytes with their unit, in thousands.
fn size(bytes: f64) -> String {
    match bytes {
        bytes if bytes >= 999_500.0 => format!("{:.1} MB", bytes / 1e6),
        bytes if bytes >= 999.5 => format!("{:.1} KB", bytes / 1e3),
        bytes => format!("{bytes:.0} B"),
    }
}
