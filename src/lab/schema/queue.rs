//! Messages are written, wait, are read, and may be read once more from the log.

use super::knobs::Bug;
use super::plan::Party;
use super::translate::{Format, pass_on, size_theory};
use super::versions::{Content, Outcome};
use super::{Event, Evolution, Message, REPLAY};
use crate::lab::scenario::Sim;
use crate::sim::Nanos;

impl Evolution {
    pub(super) fn write(&mut self, sim: &mut Sim<Event>) -> (&'static str, u64) {
        sim.at(self.arrivals.next(sim.now()), Event::Write);
        self.messages += 1;
        let at = sim.now().since(self.since);
        let (writer, reader) = (self.draws.unit(), self.draws.unit());
        let writer = self.plan.chosen(Party::Producers, writer, at);
        self.queue.push_back(Message { id: self.messages, at, writer, reader });
        self.counts.written += 1;
        sim.after(self.knobs.lag, Event::Read(self.number));
        let what = match writer {
            0 => "message # is written by an old producer",
            1 => "message # is written by a producer that writes both",
            _ => "message # is written by a new producer",
        };
        (what, self.messages)
    }

    /// A message is read by whom it chose, in all encodings.
    fn consume(&mut self, now: Nanos, message: Message) -> [Outcome; 4] {
        let reader = self.plan.chosen(Party::Consumers, message.reader, now.since(self.since));
        let content = Content::of(self.seed, message.id, self.knobs.big);
        let (from, to) = (&self.versions[message.writer], &self.versions[reader]);
        let blind = self.knobs.bug == Bug::WrongSchema;
        let passed = Format::ALL.map(|format| format.pass(&content, from, to, blind));
        for (sum, (bytes, _)) in self.counts.bytes.iter_mut().zip(passed) {
            *sum += bytes as u64;
        }
        self.counts.bytes_theory += size_theory(&content, from) as u64;
        let bytes = Format::Tagged.write(&content, from);
        if let Some((before, after)) = pass_on(&bytes, &self.versions[0], self.knobs.bug == Bug::DropUnknown)
        {
            self.counts.strange_in += before as u64;
            self.counts.strange_out += after as u64;
            self.fell[0] |= after != before;
        }
        let outcomes = passed.map(|(_, outcome)| outcome);
        let [tagged, json, _, resolved] = outcomes;
        let expands = self.knobs.expand && !self.by_hand && self.knobs.rollback.is_none();
        let misread = tagged.max(resolved) > Outcome::Right || json > Outcome::Right && !self.knobs.big;
        self.fell[1] |= expands && misread;
        self.fell[2] |= resolved == Outcome::Wrong;
        self.last = Some((message, reader));
        outcomes
    }

    pub(super) fn read(&mut self, now: Nanos) -> (&'static str, u64) {
        let Some(message) = self.queue.pop_front() else { return ("the queue is empty", 0) };
        let outcomes = self.consume(now, message);
        self.counts.read += 1;
        let bins = self.bad.at(now).get_or_insert([0; 4]);
        for ((outcome, counts), bin) in outcomes.iter().zip(&mut self.counts.outcomes).zip(bins) {
            counts[*outcome as usize] += 1;
            *bin += u64::from(*outcome > Outcome::Right);
        }
        self.went_back |= self.plan.is_back(now.since(self.since)) && self.refused(Format::Json) >= 50;
        self.seen.push(now, message.id, outcomes);
        self.log.push_back(message);
        self.forget(now);
        (what_of(outcomes), message.id)
    }

    /// What is older than the log keeps is gone.
    pub(super) fn forget(&mut self, now: Nanos) {
        let now = now.since(self.since);
        while self.log.front().is_some_and(|message| message.at + self.knobs.retention < now) {
            self.log.pop_front();
        }
    }

    pub(super) fn replay(&mut self, sim: &mut Sim<Event>) -> (&'static str, u64) {
        let now = sim.now();
        let kept = now.since(self.since);
        while let Some(message) = self.replaying.pop_front() {
            if message.at + self.knobs.retention < kept {
                continue;
            }
            let outcomes = self.consume(now, message);
            self.counts.replayed += 1;
            self.counts.replay_bad += u64::from(outcomes[0] > Outcome::Right);
            self.seen.push(now, message.id, outcomes);
            sim.after(REPLAY, Event::Replay(self.number));
            return ("message # is read once more from the log", message.id);
        }
        ("the replay is over", self.counts.replayed)
    }
}

/// A step in words, by the worst that an encoding made of it.
fn what_of(outcomes: [Outcome; 4]) -> &'static str {
    match outcomes {
        [Outcome::Right, Outcome::Right, _, Outcome::Right] if outcomes[2] == Outcome::Right => {
            "message # is read"
        }
        [Outcome::Wrong, ..] => "message # is read wrong in tagged, and nobody notices",
        [_, Outcome::Wrong, ..] => "message # is read wrong in JSON, and nobody notices",
        [Outcome::Failed, ..] => "message # is refused in tagged",
        [_, Outcome::Failed, ..] => "message # is refused in JSON",
        [Outcome::Lost, ..] | [_, Outcome::Lost, ..] => "message # is read, and a field is lost",
        [.., Outcome::Failed] => "message # is refused in resolved",
        _ => "message # is misread by position",
    }
}
