//! "How often did it come?" as pictures: the truth beside the estimates, and how far they are above it.

use super::super::counts::{WIDTHS, sample};
use super::super::{End, Seen, Sketches};
use super::{Fate, count, percent, size};
use crate::lab::scene::{Chart, Curve, CurveKind, Fact, Lanes, Series, Table, Tone};
use crate::lab::{Scene, Unit};
use crate::sim::Nanos;

impl Sketches {
    pub(super) fn counts_picture(&self, now: Nanos) -> Scene {
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
            y_top: Some((2.0 * self.counts.plain.error_bound()).max(1.0)),
            x_span: (1.0, most),
            log_x: true,
            curves: vec![
                Curve::new(CurveKind::Points, "conservative", Series(1), conservative),
                Curve::new(CurveKind::Points, "count-min", Series(0), plain),
                Curve::level("bound e N / w", Series(0), (1.0, most), self.counts.plain.error_bound()),
            ],
            ..Chart::default()
        }
    }
}
