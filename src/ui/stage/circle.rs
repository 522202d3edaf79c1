//! The geometry of a ring: a circle in cells that are twice as high as wide, and arcs on it.
//!
//! A place on the circle is a *turn*: 0.0 at the top, clockwise to 1.0. Distances are in lines, a line being as
//! high as two cells are wide.

use std::f64::consts::TAU;

use crate::lab::scene::Arc;

/// An arc shorter than this, in lines, has no gaps at its ends: they would leave nothing of it.
const MIN_LENGTH: f64 = 0.8;

/// Where a circle is.
#[derive(Clone, Copy, Debug)]
pub struct Circle {
    /// The middle, in cells from the left.
    pub x: f64,
    /// The middle, in cells from the top.
    pub y: f64,
    /// The outer edge of the band, in lines.
    pub radius: f64,
    /// The inner edge of the band, in lines.
    pub inner: f64,
}

impl Circle {
    /// The turn at which a point lies.
    pub fn turn(&self, x: f64, y: f64) -> f64 {
        (((x - self.x) / 2.0).atan2(self.y - y) / TAU).rem_euclid(1.0)
    }

    /// The distance of a point from the middle.
    pub fn distance(&self, x: f64, y: f64) -> f64 {
        let (dx, dy) = ((x - self.x) / 2.0, y - self.y);
        (dx * dx + dy * dy).sqrt()
    }

    /// The point at a turn and a distance from the middle.
    pub fn point(&self, turn: f64, distance: f64) -> (f64, f64) {
        let (sin, cos) = (turn * TAU).sin_cos();
        (self.x + 2.0 * distance * sin, self.y - distance * cos)
    }
}

/// Who owns a point of the circle: the last arc that starts before it, or the one that passes the top.
pub fn owner(arcs: &[Arc], turn: f64) -> Option<usize> {
    let next = arcs.partition_point(|arc| arc.start <= turn);
    let index = next.checked_sub(1).unwrap_or(arcs.len().checked_sub(1)?);
    holds(&arcs[index], turn).then_some(index)
}

/// Whether an arc holds a point; one that ends where it starts is the whole circle.
pub fn holds(arc: &Arc, turn: f64) -> bool {
    if arc.start < arc.end {
        arc.start <= turn && turn < arc.end
    } else {
        turn >= arc.start || turn < arc.end
    }
}

/// The part of the circle that an arc takes, 0 to 1.
pub fn span(arc: &Arc) -> f64 {
    let span = arc.end - arc.start;
    if span.is_nan() {
        0.0
    } else if span > 0.0 {
        span.min(1.0)
    } else {
        (span + 1.0).clamp(0.0, 1.0)
    }
}

/// The middle of an arc.
pub fn middle(arc: &Arc) -> f64 {
    (arc.start + span(arc) / 2.0).rem_euclid(1.0)
}

/// An end of an arc as a straight cut from the middle outward.
#[derive(Clone, Copy, Debug)]
pub struct Cut {
    sin: f64,
    cos: f64,
    /// 1 where the arc lies clockwise of the cut, else -1.
    side: f64,
}

impl Cut {
    /// How far a point near the cut lies inside the arc, in lines; negative outside.
    pub fn depth(&self, circle: &Circle, x: f64, y: f64) -> f64 {
        self.side * ((x - circle.x) / 2.0 * self.cos + (y - circle.y) * self.sin)
    }
}

/// The ends of an arc that lie within `reach` lines of a point at a turn and a distance from the middle. None where the arc
/// is the whole circle or too short for gaps.
pub fn cuts_near(arc: &Arc, turn: f64, distance: f64, reach: f64) -> [Option<Cut>; 2] {
    let around = TAU * distance;
    let length = span(arc);
    if length >= 1.0 || length * around <= MIN_LENGTH {
        return [None; 2];
    }
    [(arc.start, 1.0), (arc.end, -1.0)].map(|(end, side)| {
        let apart = (turn - end).rem_euclid(1.0).min((end - turn).rem_euclid(1.0)) * around;
        let (sin, cos) = (end * TAU).sin_cos();
        (apart < reach).then_some(Cut { sin, cos, side })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::scene::Series;

    const CIRCLE: Circle = Circle { x: 20.0, y: 10.0, radius: 8.0, inner: 7.0 };

    #[test]
    fn a_turn_begins_at_the_top_and_goes_clockwise() {
        let check = |turn: f64, x: f64, y: f64| {
            let point = CIRCLE.point(turn, 8.0);
            assert!((point.0 - x).abs() < 1e-9 && (point.1 - y).abs() < 1e-9, "{turn}: {point:?}");
            assert!((CIRCLE.turn(x, y) - turn).abs() < 1e-9, "{turn}");
            assert!((CIRCLE.distance(x, y) - 8.0).abs() < 1e-9, "{turn}");
        };
        check(0.0, 20.0, 2.0);
        check(0.25, 36.0, 10.0);
        check(0.5, 20.0, 18.0);
        check(0.75, 4.0, 10.0);
    }

    fn arc(start: f64, end: f64) -> Arc {
        Arc { start, end, node: String::new(), series: Series(0), moved: false }
    }

    #[test]
    fn a_point_belongs_to_the_arc_that_starts_before_it() {
        let arcs = [arc(0.1, 0.4), arc(0.4, 0.4), arc(0.4, 0.7), arc(0.8, 0.1)];
        let check = |turn, expected| assert_eq!(owner(&arcs, turn), expected, "{turn}");
        check(0.1, Some(0));
        check(0.39, Some(0));
        check(0.4, Some(2));
        check(0.75, None);
        check(0.8, Some(3));
        check(0.99, Some(3));
        check(0.0, Some(3));
        assert_eq!(owner(&[], 0.5), None);
        assert_eq!(owner(&[arc(0.3, 0.3)], 0.1), Some(0));
    }

    #[test]
    fn a_cut_knows_its_side() {
        let quarter = arc(0.0, 0.25);
        let depth = |index: usize, x, y| {
            let cuts = cuts_near(&quarter, CIRCLE.turn(x, y), CIRCLE.distance(x, y), 1.0);
            cuts[index].map(|cut| cut.depth(&CIRCLE, x, y))
        };
        // One cell, half a line, to the right of the top and to its left; half a line above and below the right end.
        assert_eq!(depth(0, 21.0, 2.0), Some(0.5));
        assert_eq!(depth(0, 19.0, 2.0), Some(-0.5));
        assert!(depth(1, 36.0, 9.5).is_some_and(|depth| (depth - 0.5).abs() < 1e-9));
        assert!(depth(1, 36.0, 10.5).is_some_and(|depth| (depth + 0.5).abs() < 1e-9));
        assert_eq!(depth(0, 30.0, 5.0), None);
    }

    #[test]
    fn the_spans_of_a_closed_ring_sum_to_one() {
        let arcs = [arc(0.1, 0.4), arc(0.4, 0.85), arc(0.85, 0.1)];
        let sum: f64 = arcs.iter().map(span).sum();
        assert!((sum - 1.0).abs() < 1e-12, "{sum}");
        assert!((middle(&arcs[2]) - 0.975).abs() < 1e-12);
        assert_eq!(span(&arc(f64::NAN, 0.5)), 0.0);
    }
}
