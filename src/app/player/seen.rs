//! What is seen of a demo in one frame: made once, behind the guard, and drawn from there.

use super::Player;
use crate::lab::scene::{Curve, CurveKind, Scene};
use crate::lab::{self, Run, Step};
use crate::sim::Nanos;

/// A run as it stands.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Its pictures, with the bet in those that show what was bet on.
    pub scene: Scene,
    /// Its readings.
    pub readings: Vec<f64>,
    /// Which goals are reached.
    pub goals: Vec<bool>,
    /// The event that broke each rule.
    pub broken: Vec<Option<Step>>,
    /// The other run, where there is one.
    pub other: Option<Other>,
}

/// The other run of a fork as it stands.
#[derive(Clone, Debug)]
pub struct Other {
    /// Its pictures.
    pub scene: Scene,
    /// Its readings.
    pub readings: Vec<f64>,
    /// When the two parted.
    pub at: Nanos,
    /// Whether it is the fork, and the one that has the keys is the first.
    pub is_fork: bool,
}

impl Player {
    /// The demo as it stands.
    ///
    /// # Errors
    /// Why it failed.
    pub fn seen(&self) -> Result<Seen, String> {
        if let Some(why) = &self.failed {
            return Err(why.clone());
        }
        lab::guard(|| {
            let other = self.fork.as_ref().map(|fork| Other {
                scene: self.scene(&fork.run),
                readings: fork.run.readings(),
                at: fork.at,
                is_fork: fork.is_fork,
            });
            Seen {
                scene: self.scene(&self.run),
                readings: self.run.readings(),
                goals: self.run.goals(),
                broken: self.run.broken(),
                other,
            }
        })
    }

    /// The pictures of a run, with the bet.
    fn scene(&self, run: &Run) -> Scene {
        let mut scene = run.view(self.view);
        let reading =
            self.bet.as_ref().and_then(|bet| Some((bet.value, self.spec().readings.get(bet.reading)?)));
        if let Some((value, reading)) = reading {
            mark_bet(&mut scene, reading.name, reading.unit.shown(value));
        }
        scene
    }
}

/// Draws a bet into every picture of what was bet on.
fn mark_bet(scene: &mut Scene, reading: &str, value: f64) {
    match scene {
        Scene::Column(parts) | Scene::Row(parts) => {
            parts.iter_mut().for_each(|part| mark_bet(part, reading, value));
        }
        Scene::Part(_, part) => mark_bet(part, reading, value),
        Scene::Chart(chart) if chart.of == Some(reading) => {
            let level = Curve::level("your bet", Default::default(), chart.x_span, value);
            chart.curves.push(Curve { kind: CurveKind::Bet, ..level });
        }
        Scene::Bars(bars) if bars.of == Some(reading) => bars.marks.push((value, "your bet".to_string())),
        _ => {}
    }
}
