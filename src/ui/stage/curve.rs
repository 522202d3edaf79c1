//! One curve, from its points to joined lines on a canvas.
//!
//! Column by column of cells: where the curve enters, how far it swings, where it leaves. So a thousand points
//! in one column cost no more cells than one, and no peak between two columns is lost.

use ratatui::style::Style;

use super::canvas::{Canvas, EAST, NORTH, SOUTH, Stroke, WEST};
use crate::lab::scene::{Curve, CurveKind};

/// Neighbouring series differ in weight, theory is broken.
pub fn stroke(curve: &Curve) -> Stroke {
    match (curve.kind, curve.series.0 % 2) {
        (CurveKind::Theory, _) => Stroke::Dotted,
        (_, 0) => Stroke::Light,
        (_, _) => Stroke::Heavy,
    }
}

/// How one curve reaches the canvas.
pub struct Plotter {
    /// The values at the left and right edge of the canvas.
    pub span: (f64, f64),
    /// The value of the top row; 0 is the bottom row.
    pub top: f64,
    /// The curve's place among the others.
    pub layer: usize,
    /// Its style.
    pub style: Style,
}

/// What a curve does in one column of cells, in rows from the top.
#[derive(Clone, Copy)]
struct Swing {
    upper: u16,
    lower: u16,
    /// Where it goes on to the right; nothing where it ends.
    leaves: Option<u16>,
}

impl Plotter {
    /// Draws a curve and returns for each column the row where it is level, if it is.
    pub fn draw(&self, curve: &Curve, canvas: &mut Canvas) -> Vec<Option<u16>> {
        let mut path = vec![None; usize::from(canvas.width)];
        for run in self.runs(curve, (canvas.width, canvas.height)) {
            self.trace(&run, stroke(curve), canvas);
            for (row, swing) in path.iter_mut().zip(run) {
                *row = row.or(swing.filter(|swing| swing.upper == swing.lower).map(|swing| swing.upper));
            }
        }
        path
    }

    /// For each column the highest row that a curve reaches on so many columns and rows, for lines of small columns.
    pub fn heights(&self, curve: &Curve, size: (u16, u16)) -> Vec<Option<u16>> {
        let mut heights = vec![None; usize::from(size.0)];
        for run in self.runs(curve, size) {
            for (height, swing) in heights.iter_mut().zip(run) {
                *height = (*height).into_iter().chain(swing.map(|swing| swing.upper)).min();
            }
        }
        heights
    }

    /// The unbroken pieces of a curve, each column by column. A point that is no number breaks it.
    fn runs(&self, curve: &Curve, size: (u16, u16)) -> Vec<Vec<Option<Swing>>> {
        let (low, high) = self.span;
        if !(high - low).is_finite() || high <= low || size.0 == 0 || size.1 == 0 {
            return Vec::new();
        }
        match curve.kind {
            CurveKind::Steps => vec![self.steps(&curve.points, size)],
            CurveKind::Line | CurveKind::Theory | CurveKind::Bet | CurveKind::Points | CurveKind::Band => {
                curve
                    .points
                    .split(|point| !point.0.is_finite() || !point.1.is_finite())
                    .filter(|points| !points.is_empty())
                    .map(|points| self.lines(points, size))
                    .collect()
            }
        }
    }

    /// The row of a value, 0 at the top; nothing where it is no number.
    fn row(&self, value: f64, height: u16) -> Option<u16> {
        let share = (value / self.top).clamp(0.0, 1.0);
        value.is_finite().then(|| ((1.0 - share) * f64::from(height - 1)).round() as u16)
    }

    /// Values that hold until the next point; the last point's ends with it.
    fn steps(&self, points: &[(f64, f64)], (width, height): (u16, u16)) -> Vec<Option<Swing>> {
        let (low, high) = self.span;
        let mut next = points.iter().take_while(|point| point.0 < low).count();
        let mut row = next.checked_sub(1).and_then(|index| self.row(points[index].1, height));
        let mut ended = next == points.len();
        let column = |column: u16| {
            if ended {
                return None;
            }
            let last = column + 1 == width;
            let right = low + (high - low) * f64::from(column + 1) / f64::from(width);
            let (mut upper, mut lower) = (row, row);
            while let Some(&(x, value)) =
                points.get(next).filter(|(x, _)| if last { *x <= high } else { *x < right })
            {
                next += 1;
                row = if x.is_finite() { self.row(value, height) } else { row };
                upper = upper.into_iter().chain(row).min();
                lower = lower.into_iter().chain(row).max();
            }
            ended = next == points.len();
            Some(Swing { upper: upper?, lower: lower?, leaves: row.filter(|_| !ended) })
        };
        (0..width).map(column).collect()
    }

    /// Straight lines from point to point, taken at the middle of each column; peaks between two columns are kept.
    fn lines(&self, points: &[(f64, f64)], (width, height): (u16, u16)) -> Vec<Option<Swing>> {
        let (low, high) = self.span;
        let mut next = 0;
        let column = |column: u16| {
            let cell = (high - low) / f64::from(width);
            let (left, right) = (low + cell * f64::from(column), low + cell * f64::from(column + 1));
            let middle = (left + right) / 2.0;
            let first = next;
            while next < points.len() && points[next].0 < right {
                next += 1;
            }
            let inside = points[first..next].iter().filter(|point| point.0 >= left).map(|point| point.1);
            let split = points.partition_point(|point| point.0 <= middle);
            let between = match (split.checked_sub(1).map(|index| points[index]), points.get(split)) {
                (Some(a), Some(b)) => {
                    Some(a.1 + (b.1 - a.1) * ((middle - a.0) / (b.0 - a.0)).clamp(0.0, 1.0))
                }
                (Some(a), None) => (a.0 >= left).then_some(a.1),
                (None, Some(b)) => (b.0 <= right).then_some(b.1),
                (None, None) => None,
            };
            let row = between.and_then(|value| self.row(value, height));
            // A point a row beside the line's course is rounding, not a peak.
            let peak = |at: &u16| row.is_none_or(|row| row.abs_diff(*at) > 1);
            let rows = inside.filter_map(|value| self.row(value, height)).filter(peak).chain(row);
            let (upper, lower) = (rows.clone().min()?, rows.max()?);
            Some(Swing { upper, lower, leaves: row.filter(|_| next < points.len() || middle > high - cell) })
        };
        (0..width).map(column).collect()
    }

    /// Joins the columns: each begins where the one before it went.
    fn trace(&self, swings: &[Option<Swing>], stroke: Stroke, canvas: &mut Canvas) {
        let mut enters: Option<u16> = None;
        for (x, swing) in (0..).zip(swings) {
            let Some(swing) = swing else {
                enters = None;
                continue;
            };
            let mut line = |y: u16, bits: u8| canvas.line((x, y), bits, stroke, self.layer, self.style);
            let upper = enters.map_or(swing.upper, |row| row.min(swing.upper));
            let lower = enters.map_or(swing.lower, |row| row.max(swing.lower));
            for y in upper..lower {
                line(y, SOUTH);
                line(y + 1, NORTH);
            }
            if let Some(row) = enters {
                line(row, WEST);
            }
            if let Some(row) = swing.leaves {
                // At the edge a curve comes from before the span.
                line(row, if x == 0 { EAST | WEST } else { EAST });
            }
            if upper == lower {
                line(upper, if enters.is_none() || swing.leaves.is_none() { EAST | WEST } else { 0 });
            }
            enters = swing.leaves;
        }
    }
}
