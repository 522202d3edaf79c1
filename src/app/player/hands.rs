//! Laying hands on single things in a demo: a node to crash, a message to drop.
//!
//! The list lies under the picture, so that what is done is seen at once. The chosen thing is remembered by its
//! number, the act by its name: while the run goes on, things come and go above the chosen one, and to drop three
//! messages in a row takes three times the same keys.

use super::{Panel, Player};
use crate::app::command::Do;
use crate::app::list::ListState;
use crate::lab::{self, Act, Thing};

/// What is chosen of what can be laid hands on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hands {
    /// The number of the chosen thing.
    thing: u64,
    /// Where it stood in the list: where it is gone, the one that stands there now is meant.
    row: usize,
    /// What is to be done; the first that can be done, where this one cannot.
    act: Option<&'static str>,
}

impl Hands {
    /// The row of the chosen thing.
    #[must_use]
    pub fn row(&self, things: &[Thing]) -> usize {
        let known = things.iter().position(|thing| thing.id == self.thing);
        known.unwrap_or(self.row).min(things.len().saturating_sub(1))
    }

    /// Which act of a thing is chosen.
    #[must_use]
    pub fn act(&self, thing: &Thing) -> usize {
        thing.acts.iter().position(|act| Some(*act) == self.act).unwrap_or(0)
    }
}

impl Player {
    /// What can be laid hands on now; nothing where the demo failed.
    #[must_use]
    pub fn things(&self) -> Vec<Thing> {
        if self.failed.is_some() { Vec::new() } else { lab::guard(|| self.run.things()).unwrap_or_default() }
    }

    /// The act that Enter does now, with the thing.
    #[must_use]
    pub fn act_at_hand(&self, things: &[Thing]) -> Option<(&'static Act, u64)> {
        let Panel::Hands(hands) = self.panel else { return None };
        let thing = things.get(hands.row(things))?;
        let act = self.spec().act(thing.acts.get(hands.act(thing))?)?;
        Some((act, thing.id))
    }

    /// Opens the list of things, or puts it away.
    pub(super) fn show_hands(&mut self) {
        if !self.spec().acts.is_empty() {
            self.toggle(Panel::Hands(Hands::default()));
        }
    }

    /// The next way to look at it.
    pub(super) fn next_view(&mut self) {
        self.show_view((self.view + 1) % self.spec().views.len().max(1));
    }

    /// Another way to look at it, by its place in the spec's.
    pub fn show_view(&mut self, view: usize) {
        self.view = view.min(self.spec().views.len().saturating_sub(1));
        if !matches!(self.panel, Panel::Hands(_)) {
            self.panel = Panel::Scene;
        }
    }

    /// A move in the list of things, or the act. Returns whether the command was one of these.
    pub(super) fn move_hands(&mut self, mut hands: Hands, does: Do, height: usize) -> bool {
        let things = self.things();
        let row = hands.row(&things);
        match does {
            Do::Enter => {
                self.lay_hand();
                return true;
            }
            Do::Left | Do::Right => {
                let Some(thing) = things.get(row) else { return true };
                let by = if does == Do::Left { thing.acts.len() - 1 } else { 1 };
                hands.act = thing.acts.get((hands.act(thing) + by) % thing.acts.len()).copied();
            }
            _ => {
                let mut list = ListState { chosen: row, top: 0 };
                if !list.act(does, things.len(), height) {
                    return false;
                }
                hands.row = list.chosen;
            }
        }
        if let Some(thing) = things.get(if matches!(does, Do::Left | Do::Right) { row } else { hands.row }) {
            hands.thing = thing.id;
        }
        self.panel = Panel::Hands(hands);
        true
    }

    /// Chooses a thing and an act by their places, or does it where both were chosen already.
    pub fn click_hand(&mut self, row: usize, act: usize) {
        let Panel::Hands(hands) = self.panel else { return };
        let things = self.things();
        let Some(thing) = things.get(row) else { return };
        if hands.row(&things) == row && hands.act(thing) == act {
            self.lay_hand();
            return;
        }
        self.panel = Panel::Hands(Hands { thing: thing.id, row, act: thing.acts.get(act).copied() });
    }

    /// Does what is chosen. The run as it was can be had back.
    fn lay_hand(&mut self) {
        let things = self.things();
        let Some((act, thing)) = self.act_at_hand(&things) else { return };
        // The thing may be gone after it, and the place in the list is what stays.
        if let Panel::Hands(hands) = &mut self.panel {
            (hands.row, hands.thing) = (hands.row(&things), thing);
        }
        self.give_up();
        self.guarded(|player| player.run.act(act.name, thing));
    }
}
