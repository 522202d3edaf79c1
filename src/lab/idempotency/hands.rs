//! What goes on at a server: to be seen, and to lay hands on.

use super::knobs::Knobs;
use super::side::{Going, Note, Side};
use super::{CLICK, Event, What};
use crate::lab::Thing;
use crate::lab::scenario::Sim;
use crate::sim::Nanos;

impl Side {
    /// The requests and answers under way and the runs that go on, with how far each is, 0 to 1.
    pub(super) fn under_way(&self, now: Nanos) -> impl Iterator<Item = (What, f64, u32)> {
        self.open.values().flat_map(move |open| {
            let share = move |going: &Going| {
                let whole = going.until.since(going.since).0.max(1) as f64;
                (going.what, (now.since(going.since).0 as f64 / whole).min(1.0), open.charges)
            };
            open.going.iter().map(share)
        })
    }

    /// What can be laid hands on: payments with something going on.
    pub(super) fn things(&self, _: Nanos) -> impl Iterator<Item = Thing> {
        let place = self.way as u64;
        self.open.values().filter_map(move |open| {
            let going = open.going.first()?;
            let (doing, acts): (&str, &'static [&'static str]) = match going.what {
                What::Request(_) => ("request under way", &["lose", "click"]),
                What::Answer(..) => ("answer under way", &["lose", "click"]),
                What::Done(..) => ("server at work", &["crash", "click"]),
                _ => return None,
            };
            let name = format!("payment {}, {}: {doing}", open.payment.id, self.way.name());
            Some(Thing { id: open.payment.id * 4 + place, name, acts })
        })
    }

    /// A hand is laid on what goes on first with a payment.
    pub(super) fn by_hand(
        &mut self,
        sim: &mut Sim<Event>,
        act: &str,
        id: u64,
        knobs: &Knobs,
    ) -> &'static str {
        let now = sim.now();
        let Some(open) = self.open.get_mut(&id) else { return "payment # is over" };
        let first = open.going.iter().position(|going| !matches!(going.what, What::Click));
        let first = first.map(|place| (place, open.going[place].token, open.going[place].what));
        let said = match (act, first) {
            ("click", _) => {
                open.clicks += 1;
                let nth = CLICK + open.clicks;
                self.send(sim, id, nth, knobs);
                "payment # is clicked again"
            }
            ("lose", Some((place, token, What::Request(_) | What::Answer(..)))) => {
                open.going.remove(place);
                sim.cancel(token);
                "a message of payment # is lost"
            }
            ("crash", Some((place, token, What::Done(..)))) => {
                open.going.remove(place);
                sim.cancel(token);
                self.note(id, now, Note::Crash);
                "the server crashes at payment #"
            }
            _ => "nothing of that kind goes on with payment #",
        };
        self.close(id);
        said
    }
}
