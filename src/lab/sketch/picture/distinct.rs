//! "How many different ones?" as pictures: two servers and what they say together, error against size, truth and estimate over time.

use super::super::distinct::PRECISIONS;
use super::super::{End, SPEC, Seen, Sketches};
use super::{Fate, count, percent, size};
use crate::lab::Scene;
use crate::lab::scene::{Chart, Curve, CurveKind, Fact, Lanes, Series, Tone, x_of};
use crate::sim::Nanos;

impl Sketches {
    pub(super) fn distinct_picture(&self, now: Nanos) -> Scene {
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
            let label = format!("{} keys", count(self.distinct.halves[server].estimate()));
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
            Fact::new("keys", count(truth)).note("different ones"),
            Fact::new("estimate", count(estimate))
                .note(if error.is_finite() {
                    format!("off by {:+.1}%", error * 100.0)
                } else {
                    String::new()
                })
                .tone(if error.abs() > 3.0 * expected { Tone::Bad } else { Tone::Good }),
            Fact::new("theory", percent(expected))
                .note(format!("standard error, {} registers", count(registers.len() as f64))),
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
}
