//! A y axis that grows by factors: the values are turned into decades above the bottom, drawn as any others, and the
//! ticks say what the decades stand for.

use super::scale::{self, Rows};
use crate::lab::scene::{Chart, Curve};

/// More decades than these tell nothing on a screen; what lies below is drawn at the bottom.
const MOST: i32 = 8;

/// A chart whose values are decades, and its axis.
pub struct Decades {
    /// The chart to draw.
    pub chart: Chart,
    /// Its axis, in decades.
    pub axis: Rows,
    /// The value at the bottom: a power of ten.
    bottom: f64,
}

impl Decades {
    /// The chart in decades on `rows` rows (at least 2); nothing where no value is above zero.
    pub fn of(chart: &Chart, rows: u16) -> Option<Decades> {
        let values = chart
            .curves
            .iter()
            .flat_map(|curve| curve.points.iter().map(|point| point.1).chain(curve.low.iter().copied()));
        let positive = values.filter(|value| value.is_finite() && *value > 0.0);
        let (low, high) = positive
            .fold((f64::INFINITY, 0.0), |(low, high): (f64, f64), value| (low.min(value), high.max(value)));
        let high = chart.y_top.filter(|top| top.is_finite() && *top > 0.0).unwrap_or(high);
        if high <= 0.0 || !low.is_finite() {
            return None;
        }
        let top = (high.log10() - 1e-9).ceil().clamp(-300.0, 300.0) as i32;
        let least = (low.log10() + 1e-9).floor().clamp(-300.0, 300.0) as i32;
        let first = least.clamp(top - MOST, top - 1);
        let bottom = 10f64.powi(first);
        let above = |value: f64| match value {
            value if value.is_nan() => value,
            value => (value / bottom).max(1.0).log10(),
        };
        let turned = |curve: &Curve| Curve {
            points: curve.points.iter().map(|&(x, y)| (x, above(y))).collect(),
            low: curve.low.iter().map(|&y| above(y)).collect(),
            ..curve.clone()
        };
        let chart = Chart {
            curves: chart.curves.iter().map(turned).collect(),
            y_top: Some(f64::from(top - first)),
            ..chart.clone()
        };
        Some(Decades { axis: axis((top - first) as u16, rows), chart, bottom })
    }

    /// What a tick stands for: `0.01`, `1k`.
    pub fn label(&self, tick: u16) -> String {
        scale::magnitude(self.bottom * 10f64.powf(f64::from(tick) * self.axis.step))
    }
}

/// A tick a decade, or every second or third one where rows are short.
fn axis(decades: u16, rows: u16) -> Rows {
    let gaps = rows.saturating_sub(1).max(1);
    let step = (1..=decades).find(|step| decades.div_ceil(*step) * 2 <= gaps).unwrap_or(decades);
    let ticks = decades.div_ceil(step);
    let every = (gaps / ticks).max(1);
    Rows { top: f64::from(ticks * step), step: f64::from(step), every, used: every * ticks + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::scene::{CurveKind, Series};

    fn chart(values: &[f64]) -> Chart {
        let points = values.iter().enumerate().map(|(x, &y)| (x as f64, y)).collect();
        Chart { curves: vec![Curve::new(CurveKind::Line, "", Series(0), points)], ..Chart::default() }
    }

    #[test]
    fn values_become_decades_and_ticks_say_which() {
        let shown = Decades::of(&chart(&[0.02, 0.5, 0.0, f64::NAN, 40.0]), 20).expect("values above zero");
        let labels: Vec<String> = (0..=4).map(|tick| shown.label(tick)).collect();
        assert_eq!(labels.join(" "), "0.01 0.1 1 10 100");
        assert_eq!((shown.axis.top, shown.axis.every, shown.axis.used), (4.0, 4, 17));
        let heights: Vec<f64> = shown.chart.curves[0].points.iter().map(|point| point.1).collect();
        let near = |one: f64, other: f64| (one - other).abs() < 1e-9;
        assert!(near(heights[0], 2f64.log10()) && near(heights[2], 0.0) && heights[3].is_nan());
        assert!(near(heights[4], 4000f64.log10()));
    }

    #[test]
    fn few_rows_have_few_ticks_and_nothing_is_no_axis() {
        let check = |decades, rows, step: f64, used| {
            let axis = axis(decades, rows);
            assert!((axis.step - step).abs() < 1e-9 && axis.used == used, "{decades} on {rows}: {axis:?}");
            assert!(axis.used <= rows.max(2), "{axis:?}");
        };
        check(4, 20, 1.0, 17);
        check(4, 6, 2.0, 5);
        check(8, 4, 8.0, 4);
        check(1, 2, 1.0, 2);
        assert!(Decades::of(&chart(&[0.0, -1.0, f64::NAN]), 9).is_none());
        // One value is one decade.
        assert_eq!(Decades::of(&chart(&[1.0]), 9).expect("a value").axis.top, 1.0);
        // At most eight.
        assert_eq!(Decades::of(&chart(&[1e-20, 1.0]), 40).expect("values").axis.top, 8.0);
    }
}
