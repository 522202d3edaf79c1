//! The log itself: what is appended, what is cleaned, and the second group that reads it from the start.

use super::{Entry, Event, Log, REPLAY};
use crate::lab::scenario::Sim;
use crate::sim::Nanos;
use crate::systems::log::{Partition, partition_of};

impl Log {
    /// From now on records go to so many partitions. There are never fewer of them, for the old ones hold records.
    pub(super) fn lay_out(&mut self, active: usize) {
        if self.active > 0 && active != self.active {
            self.layout += 1;
        }
        self.active = active;
        let count = self.partitions.len().max(active);
        self.partitions.resize_with(count, || Partition::new(&self.knobs.config()));
        self.replay.positions.resize(count, 0);
        self.books.grow(count);
        self.group.grow(count);
    }

    pub(super) fn produce(&mut self, sim: &mut Sim<Event>) -> (&'static str, u64) {
        let now = sim.now();
        self.next = self.arrivals.next(now);
        sim.at(self.next, Event::Produce);
        let key = self.zipf.sample(&mut self.keys);
        let index = partition_of(key, self.active);
        let (number, nth) = self.books.produced(key, index);
        let closed = self.partitions[index].closed();
        let entry = Entry { number, nth, layout: self.layout };
        let offset = self.partitions[index].append(now, key, Some(entry));
        self.books.appended(key, index, offset);
        if self.partitions[index].closed() > closed {
            sim.after(Nanos::ZERO, Event::Clean(index));
        }
        if let Some(owner) = self.group.owner(index) {
            self.begin(sim, owner);
        }
        if self.replay.begun && std::mem::take(&mut self.replay.idle) {
            sim.after(REPLAY, Event::Replay);
        }
        ("record # appended", number)
    }

    /// A segment was closed: old records go, as the rules say.
    pub(super) fn clean(&mut self, sim: &mut Sim<Event>, index: usize) -> (&'static str, u64) {
        let now = sim.now();
        let compacted = if self.knobs.compacts() { self.partitions[index].compact(now) } else { 0 };
        let deleted = self.partitions[index].retain(now);
        if deleted > 0 {
            self.books.deleted(index, self.partitions[index].start());
        }
        sim.rule(3, self.books.last_values_kept(index, &self.partitions[index]));
        let what = match (compacted, deleted) {
            (0, 0) => "partition # begins a segment",
            (_, 0) => "partition # begins a segment, the closed ones are compacted",
            _ => "partition # begins a segment, the oldest one is deleted",
        };
        (what, index as u64)
    }

    /// The second group reads a record.
    pub(super) fn read_again(&mut self, sim: &mut Sim<Event>) -> (&'static str, u64) {
        let begins = !std::mem::replace(&mut self.replay.begun, true);
        let count = self.partitions.len();
        for step in 0..count {
            let index = (self.replay.turn + step) % count;
            if let Some(record) = self.partitions[index].read(self.replay.positions[index]) {
                self.replay.positions[index] = record.offset + 1;
                self.replay.turn = index + 1;
                let number = record.value.map_or(0, |entry| entry.number);
                if self.replay_has_more() {
                    sim.after(REPLAY, Event::Replay);
                } else {
                    self.replay.idle = true;
                }
                let what = if begins {
                    "the second group begins at the oldest record, #"
                } else {
                    "the second group reads record #"
                };
                return (what, number);
            }
            // What was deleted before it came is passed over.
            self.replay.positions[index] = self.partitions[index].end();
        }
        self.replay.idle = true;
        ("the second group has read everything", 0)
    }

    /// Whether there is a record that the second group has not read.
    pub(super) fn replay_has_more(&self) -> bool {
        let mut places = self.partitions.iter().zip(&self.replay.positions);
        places.any(|(partition, position)| partition.read(*position).is_some())
    }
}
