//! What is promised of the store, held against what the replicas hold and what clients could know.

use super::books::Operation;
use super::knobs::{KEYS, MEMBERS};
use super::{Quorum, key_of};
use crate::systems::replica::{Answer, NodeId, Stamp};

impl Quorum {
    /// How many replicas hold a write that is acknowledged: homes, or with a sloppy quorum any.
    pub(super) fn holders(&self, key: usize, answer: &Answer) -> usize {
        let Answer::Written(stamp) = answer else { return 0 };
        let most = if self.knobs.sloppy { MEMBERS } else { self.knobs.n };
        (0..most).filter(|member| self.holds(*member, key).is_some_and(|held| held >= *stamp)).count()
    }

    /// The stamp that a member holds of a key.
    pub(super) fn holds(&self, member: NodeId, key: usize) -> Option<Stamp> {
        let cell = self.replicas.nodes.get(member)?.holds(key_of(key))?;
        cell.newest().map(|version| version.stamp)
    }

    /// What the rules say of an answer, by what its client could know.
    pub(super) fn hold_to_promises(&mut self, operation: &Operation, answer: &Answer) {
        let knobs = &self.knobs;
        if operation.era != self.books.era {
            return;
        }
        let overlap = knobs.r + knobs.w > knobs.n && !knobs.sloppy;
        match answer {
            Answer::Read(cell) => {
                let seen = cell.newest().map(|version| version.stamp);
                self.broken[1] |= overlap && seen < operation.acked_before;
                self.broken[3] |= overlap && knobs.repair.writes_back() && seen < operation.read_before;
            }
            Answer::Written(stamp) => self.broken[4] |= Some(*stamp) < operation.acked_before,
            Answer::Refused | Answer::Unknown => {}
        }
    }

    /// A node may hold something else now.
    pub(super) fn look_at(&mut self, member: NodeId) {
        if member >= MEMBERS {
            return;
        }
        for key in 0..KEYS {
            if let Some(stamp) = self.holds(member, key) {
                self.broken[2] |= stamp < self.held[member][key];
                self.held[member][key] = stamp;
            }
        }
        let hints = self.hints();
        self.hints_done |= hints == 0 && self.hints_peak >= KEYS;
        self.hints_peak = if hints == 0 { 0 } else { self.hints_peak.max(hints) };
    }

    pub(super) fn hints(&self) -> usize {
        self.replicas.nodes[..MEMBERS].iter().map(|node| node.hints().count()).sum()
    }

    /// Copies that miss the newest acknowledged write of their key, and keys whose newest one is at no home.
    pub(super) fn behind(&self) -> (usize, usize) {
        let mut counts = (0, 0);
        for key in 0..KEYS {
            let newest = self.books.newest_acked(key);
            let behind = (0..self.knobs.n).filter(|home| self.holds(*home, key) < newest).count();
            counts.0 += behind;
            counts.1 += usize::from(behind == self.knobs.n);
        }
        counts
    }
}
