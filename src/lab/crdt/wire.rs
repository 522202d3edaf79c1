//! States on their way: sent, lost, late, doubled, taken in.

use std::sync::Arc;

use super::truth::Seen;
use super::{Crdt, Event, MOST_MESSAGES, Message, REPLICAS};
use crate::lab::scenario::Sim;
use crate::lab::scene::{Moment, Passage, Tone};
use crate::sim::Nanos;

impl Crdt {
    pub(super) fn sync(&mut self, sim: &mut Sim<Event>, from: usize) {
        let now = sim.now();
        if self.knobs.gc {
            Arc::make_mut(&mut self.replicas[from]).collect();
            self.collected = true;
        }
        for to in (0..REPLICAS).filter(|to| *to != from) {
            let delivery = self.network.send(now, from, to, &mut self.messages_rng);
            let news = self.replicas[from]
                .seen()
                .iter()
                .zip(self.replicas[to].seen())
                .any(|(own, theirs)| own > theirs);
            if delivery.lost().is_some() && news {
                let text = "state".to_string();
                self.tell(Moment { at: now, from, to, text, passage: Passage::Lost, tone: Tone::Dim });
            }
            let state = Arc::clone(&self.replicas[from]);
            for due in delivery.arrivals() {
                self.post(sim, Message { from, to, sent: now, due, state: Arc::clone(&state), token: None });
            }
        }
        sim.after(self.knobs.sync, Event::Sync(from));
    }

    pub(super) fn post(&mut self, sim: &mut Sim<Event>, mut message: Message) {
        if self.messages.len() < MOST_MESSAGES {
            let id = self.next_message;
            self.next_message += 1;
            message.token = Some(sim.at(message.due, Event::Arrive(id)));
            self.messages.insert(id, message);
        }
    }

    pub(super) fn arrive(&mut self, now: Nanos, id: u64) -> &'static str {
        let Some(Message { from, to, state, .. }) = self.messages.remove(&id) else {
            return "message # is gone";
        };
        let own = *self.replicas[to].seen();
        let new: u64 = state.seen().iter().zip(own).map(|(theirs, own)| theirs.saturating_sub(own)).sum();
        // What was forgotten must not come back: a state that says nothing new is not looked at.
        let stale = self.collected && new == 0;
        if !stale {
            let before: Vec<_> = self.replicas[to].text.ever().collect();
            Arc::make_mut(&mut self.replicas[to]).take(&state, self.knobs.bug);
            self.judge(to, Some(&before));
            let all: Seen = std::array::from_fn(|of| {
                self.replicas.iter().map(|replica| replica.seen()[of]).min().unwrap_or(0)
            });
            self.truth.settle(&all);
        }
        if new > 0 {
            let text = if new == 1 { "1 edit".to_string() } else { format!("{new} edits") };
            self.tell(Moment { at: now, from, to, text, passage: Passage::Late, tone: Tone::Good });
        }
        if new == 0 { "message # brings nothing new" } else { "message # brings edits" }
    }

    pub(super) fn cut_off(&mut self, now: Nanos, who: usize) {
        self.mend(now);
        self.network.partition(&[&[who]]);
        self.cut = Some((who, now));
    }

    pub(super) fn mend(&mut self, now: Nanos) {
        if let Some((who, since)) = self.cut.take() {
            self.network.heal();
            self.last_cut = Some((who, since, now));
        }
    }
}
