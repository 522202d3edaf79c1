//! What the learner can lay hands on: the transactions of a script, jobs under way, owners of leases. A hand moves all levels.

use super::side::Cause;
use super::{ENCORE, Event, Isolation, PATIENCE};
use crate::lab::Thing;
use crate::lab::scenario::Sim;

impl Isolation {
    /// What there is at the level that is shown.
    pub(super) fn at_hand(&self) -> Vec<Thing> {
        const BOTH: &[&str] = &["next", "abort"];
        if let Some(stage) = &self.stage {
            return stage.things(self.knobs.level);
        }
        let jobs = self.shown().into_iter().flat_map(|side| {
            side.jobs.iter().map(|(id, job)| Thing {
                id: *id,
                name: side.name_of(*id, job, self.knobs.story),
                acts: BOTH,
            })
        });
        let owners = self.storage().into_iter().flat_map(|leases| &leases.clients);
        let owners = owners.filter(|(_, client)| client.token.is_some()).map(|(id, client)| Thing {
            id: *id,
            name: format!("client {id}, at work on counter {}", client.row + 1),
            acts: BOTH,
        });
        jobs.chain(owners).take(100).collect()
    }

    /// Does it at all levels.
    pub(super) fn by_hand(
        &mut self,
        sim: &mut Sim<Event>,
        act: &'static str,
        thing: u64,
    ) -> (&'static str, u64) {
        self.closed.clear();
        if let Some(stage) = &mut self.stage {
            let Some(slot) = usize::try_from(thing).ok().and_then(|thing| thing.checked_sub(1)) else {
                return ("there is no T#", thing);
            };
            if !stage.act(sim.now(), act, slot) {
                return ("T# has nothing left to do", thing);
            }
            self.closed.append(&mut stage.closed);
            let pause = if stage.is_over() { ENCORE } else { PATIENCE };
            if let Some(token) = stage.next.replace(sim.after(pause, Event::Script)) {
                sim.cancel(token);
            }
            return (
                if act == "next" { "T# does its next statement" } else { "T# is aborted by hand" },
                thing,
            );
        }
        let mut done = false;
        for index in 0..self.sides.len() {
            if self.sides[index].jobs.contains_key(&thing) {
                done = true;
                let waits = self.sides[index].jobs.get(&thing).is_some_and(|job| job.waits.is_some());
                match act {
                    // Who waits for a lock has no next statement.
                    "next" if waits => {}
                    "next" => {
                        self.go(sim, index, thing);
                    }
                    _ => {
                        self.abort(sim, index, thing, Cause::Hand);
                    }
                }
            }
        }
        for leases in &mut self.leases {
            match act {
                "next" => done |= leases.write(sim, &self.knobs, thing) != "client # is gone",
                _ => done |= leases.die(sim, thing),
            }
        }
        (
            if !done {
                "nothing of number # is under way"
            } else if act == "next" {
                "# goes on by hand"
            } else {
                "# is aborted by hand"
            },
            thing,
        )
    }
}
