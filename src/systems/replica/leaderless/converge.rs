//! How copies that have parted come together again without being asked for: hints are handed off, trees are compared.

use super::super::{Cell, Effect, Key, LEAVES, NodeId, ROOT};
use super::{Flaw, Message, Node, Out, Timer, send};
use crate::sim::Nanos;

/// How many hints are handed off at a time.
const HINTS_AT_A_TIME: usize = 32;

impl Node {
    /// Has it compare trees and hand off hints from now on. Members begin one after the other, not all at once.
    pub(super) fn start_timers(&mut self, now: Nanos, out: &mut Out) {
        if let Some(every) = self.config.sync_every.filter(|_| self.is_member()) {
            let first = Nanos(every.0 / self.config.members as u64) * (self.id as u64 + 1);
            out.push(Effect::Wake { at: now + first.max(Nanos(1)), timer: Timer::Sync(self.epoch) });
        }
        self.handing_off = false;
        self.start_hand_off(now, out);
    }

    /// Hints are handed off after a while, where there are any.
    pub(super) fn start_hand_off(&mut self, now: Nanos, out: &mut Out) {
        if !self.handing_off && !self.hints.is_empty() {
            self.handing_off = true;
            let at = now + self.config.handoff_every.max(Nanos(1));
            out.push(Effect::Wake { at, timer: Timer::HandOff(self.epoch) });
        }
    }

    /// Sends the homes what is kept for them. A hint goes when its home has said that it stored it.
    pub(super) fn hand_off(&mut self, now: Nanos, out: &mut Out) {
        self.handing_off = false;
        let due: Vec<(NodeId, Key)> = self.hints().take(HINTS_AT_A_TIME).collect();
        for (home, key) in due {
            let cell = self.holds(key).cloned().unwrap_or_default();
            send(out, home, Message::Hand { key, cell });
            if self.config.flaw == Flaw::ForgetsHints {
                self.hints.remove(&(home, key));
            }
        }
        self.start_hand_off(now, out);
    }

    /// Compares the root of one range of keys with one other home of it, each time with the next.
    pub(super) fn sync(&mut self, now: Nanos, out: &mut Out) {
        let Some(every) = self.config.sync_every else { return };
        out.push(Effect::Wake { at: now + every.max(Nanos(1)), timer: Timer::Sync(self.epoch) });
        // Where it holds nothing itself, the others begin.
        let held = (0..self.config.members).filter(|range| self.copies[*range].iter().next().is_some());
        let pairs: Vec<(usize, NodeId)> = held
            .flat_map(|range| self.homes(range as Key).map(move |peer| (range, peer)))
            .filter(|(_, peer)| *peer != self.id)
            .collect();
        let Some(&(range, peer)) = pairs.get(self.syncs % pairs.len().max(1)) else { return };
        self.syncs += 1;
        let hash = self.copies[range].hash(ROOT);
        send(out, peer, Message::Compare { range, place: ROOT, hash });
    }

    /// Another home's hash at a place of the tree: where ours differs we go on below it.
    pub(super) fn compare(&mut self, from: NodeId, (range, place, hash): (usize, usize, u64), out: &mut Out) {
        let Some(copy) = self.copies.get(range).filter(|copy| copy.hash(place) != hash) else { return };
        if place < LEAVES {
            for place in [2 * place, 2 * place + 1] {
                send(out, from, Message::Compare { range, place, hash: copy.hash(place) });
            }
        } else {
            let cells = copy.cells_of(place).map(|(key, cell)| (key, cell.clone())).collect();
            send(out, from, Message::Leaf { range, leaf: place, cells, answer: true });
        }
    }

    /// All that another home has in a leaf: it is taken in, and what the other one lacks goes back.
    pub(super) fn take_leaf(
        &mut self,
        from: NodeId,
        (range, leaf): (usize, usize),
        cells: &[(Key, Cell)],
        answer: bool,
        out: &mut Out,
    ) {
        let merge = self.config.merge;
        let Some(copy) = self.copies.get_mut(range) else { return };
        for (key, cell) in cells {
            copy.join(*key, cell);
        }
        if !answer {
            return;
        }
        let theirs = |key: Key| cells.iter().find(|(other, _)| *other == key).map(|(_, cell)| cell);
        let lacking: Vec<(Key, Cell)> = copy
            .cells_of(leaf)
            .filter(|(key, cell)| theirs(*key).is_none_or(|theirs| !theirs.includes(cell, merge)))
            .map(|(key, cell)| (key, cell.clone()))
            .collect();
        if !lacking.is_empty() {
            send(out, from, Message::Leaf { range, leaf, cells: lacking, answer: false });
        }
    }
}
