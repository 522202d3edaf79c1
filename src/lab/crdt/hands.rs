//! What the learner does by hand: to a replica, to a state on its way.

use super::{AGAIN, Crdt, Event, MOST_EDITS, Message};
use crate::lab::scenario::Sim;

impl Crdt {
    /// Does an act to a message.
    pub(super) fn lay_hands_on(
        &mut self,
        sim: &mut Sim<Event>,
        act: &'static str,
        id: u64,
    ) -> (&'static str, u64) {
        if act == "double" {
            let Some(message) = self.messages.get(&id).cloned() else { return ("message # is gone", id) };
            let due = message.due + AGAIN;
            self.post(sim, Message { due, token: None, ..message });
            return ("message # will come twice", id);
        }
        let Some(message) = self.messages.remove(&id) else { return ("message # is gone", id) };
        if let Some(token) = message.token {
            sim.cancel(token);
        }
        ("message # is dropped", id)
    }

    /// Does an act to a replica.
    pub(super) fn by_hand(
        &mut self,
        sim: &mut Sim<Event>,
        act: &'static str,
        id: usize,
    ) -> (&'static str, u64) {
        let (now, name) = (sim.now(), id as u64 + 1);
        if matches!(act, "cut" | "heal") {
            if let Some(planned) = self.heal.take() {
                sim.cancel(planned);
            }
            if act == "heal" {
                self.mend(now);
                return ("replica # is connected again", name);
            }
            self.cut_off(now, id);
            return ("replica # is cut off", name);
        }
        // The same draws whatever is done.
        let (item, _, place) = Crdt::wish(&mut self.hands, &self.knobs);
        if self.truth.made() >= MOST_EDITS {
            return ("the user at replica # has stopped", name);
        }
        let there: Vec<u8> = self.replicas[id].add_wins.iter().copied().collect();
        let present = there.get((place * there.len() as f64) as usize).map_or(item, |&item| item.into());
        match act {
            "add" => self.edit(now, id, (item, true, place), (true, false)),
            "remove" => self.edit(now, id, (present, false, place), (true, false)),
            "insert" => self.edit(now, id, (item, true, place), (false, true)),
            "delete" => self.edit(now, id, (item, false, place), (false, true)),
            _ => return ("nothing to lay hands on", name),
        }
        ("an edit by hand at replica #", name)
    }
}
