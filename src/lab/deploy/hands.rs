//! What can be done to a release by hand.

use super::side::{Phase, Side};
use super::{Deploy, Event};
use crate::lab::Thing;
use crate::lab::scenario::Sim;
use crate::sim::Nanos;

impl Deploy {
    pub(super) fn at_hand(&self) -> Vec<Thing> {
        let side = |side: &Side| {
            let acts: &'static [&'static str] = match side.phase {
                Phase::Watching => &["back", "promote", "pause"],
                Phase::Starting | Phase::Kept => &["back"],
                _ => return None,
            };
            Some(Thing { id: side.way as u64, name: side.way.name().into(), acts })
        };
        let next = Thing { id: 9, name: "the next release".into(), acts: &["release"] };
        self.sides.iter().filter_map(side).chain(std::iter::once(next)).collect()
    }

    pub(super) fn by_hand(&mut self, sim: &mut Sim<Event>, act: &str, thing: u64) -> (&'static str, u64) {
        let now = sim.now();
        if act == "release" && thing == 9 {
            self.restore(sim, Nanos::from_secs(1));
            return ("release # is to come in a second", self.release);
        }
        let Some(side) = self.sides.get_mut(thing as usize) else { return ("there is no way #", thing) };
        let what = match (act, side.phase) {
            ("back", Phase::Starting | Phase::Watching | Phase::Kept) => {
                side.take_back(now, &self.knobs);
                self.plan_batch(sim);
                "release # is taken back by hand"
            }
            ("promote", Phase::Watching) => {
                side.promote(now, &self.knobs);
                "release # goes to everybody by hand"
            }
            ("pause", Phase::Watching) => {
                side.paused = !side.paused;
                if side.paused { "release # is paused" } else { "release # goes on" }
            }
            _ => "nothing of release # is under way there",
        };
        (what, self.release)
    }
}
