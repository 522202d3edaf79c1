//! What the learner does to a piece by hand.
//!
//! To restart what is overloaded is what people do at three in the morning, and it often helps, for a reason that the picture
//! shows: the queue is gone with all the work for nobody in it. A cache that is emptied does the opposite.

use super::chain::Chain;
use super::part::Part;
use crate::lab::{Act, Thing};

/// What can be done.
pub(super) const ACTS: &[Act] = &[
    Act { name: "restart", meaning: "whoever is there fails, and it is back at once with an empty queue" },
    Act { name: "empty", meaning: "the cache loses what it holds" },
];

impl Chain {
    /// The pieces that something can be done to, the last one first: that is where it is most often needed.
    pub(super) fn things(&self) -> Vec<Thing> {
        let pieces = self.plan.pieces.iter().zip(&self.stages).enumerate().rev();
        let thing = |(place, (piece, stage)): (usize, (&super::plan::Piece, &super::stage::Stage))| {
            let (name, acts): (_, &[&str]) = match &stage.part {
                Part::Server(_) => {
                    (format!("{} busy, {} wait", stage.held.count, stage.part.waiting()), &["restart"])
                }
                Part::Cache(store) => (format!("{} things in it", store.known.len()), &["empty"]),
                _ => return None,
            };
            Some(Thing { id: place as u64, name: format!("{}, {name}", piece.name), acts })
        };
        pieces.filter_map(thing).collect()
    }

    /// Does it, where there is such a piece, and says what it was.
    pub(super) fn by_hand(&mut self, act: &str, thing: u64) -> &'static str {
        let place = usize::try_from(thing).unwrap_or(usize::MAX);
        match (act, self.stages.get_mut(place).map(|stage| &mut stage.part)) {
            ("restart", Some(Part::Server(_))) => {
                self.kill(place);
                "piece # is restarted by hand"
            }
            ("empty", Some(Part::Cache(store))) => {
                store.clear();
                "piece # is emptied by hand"
            }
            _ => "piece # is none to do that to",
        }
    }
}
