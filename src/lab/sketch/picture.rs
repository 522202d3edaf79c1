//! The three questions as pictures: what comes and what becomes of it, error against size, and the truth beside the estimate.

mod counts;
mod distinct;
mod filters;

use super::{Seen, Sketches};
use crate::lab::scene::{Lane, Station, Tone};
use crate::lab::{Scene, Settings, Unit};
use crate::sim::Nanos;

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
