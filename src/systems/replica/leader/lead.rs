//! What a leader does: it ships its log, counts who has it, and tells clients.

use std::collections::VecDeque;

use super::super::shipped::{BARRIER, Entry};
use super::super::{Answer, Effect, NodeId, Stamp};
use super::{BATCH, Flaw, KEPT, Message, Node, Out, Peer, Role, Timer};
use crate::sim::Nanos;

impl Node {
    pub(super) fn others(&self) -> impl Iterator<Item = NodeId> + use<> {
        let own = self.id;
        (0..self.config.nodes).filter(move |&peer| peer != own)
    }

    pub(super) fn lead(&mut self, now: Nanos, epoch: u32, out: &mut Out) {
        self.life += 1;
        self.promised = self.promised.max(epoch);
        self.owed.clear();
        // What is not on disk may be another leader's; it is this leader's from now on.
        let sent = self.log.len();
        let peers = vec![Peer { held: 0, sent }; self.config.nodes];
        let barrier = self.log.push(Entry { epoch, key: BARRIER, value: 0, op: 0 });
        self.role = Role::Leader { epoch, peers, barrier, waiting: VecDeque::new() };
        self.force(now, out);
        self.beat(now, out);
    }

    pub(super) fn step_down(&mut self) {
        if matches!(self.role, Role::Leader { .. }) {
            self.role = Role::Follower;
        }
    }

    /// Says that it leads, and sends again what has not been confirmed.
    pub(super) fn beat(&mut self, now: Nanos, out: &mut Out) {
        let Role::Leader { epoch, peers, .. } = &mut self.role else { return };
        for peer in peers.iter_mut().filter(|peer| peer.held > 0) {
            peer.sent = peer.sent.min(peer.held);
        }
        let beat = Message::Beat { epoch: *epoch };
        out.push(Effect::Send { to: self.config.manager, message: beat });
        self.others().for_each(|peer| self.send(peer, out));
        out.push(Effect::Wake { at: now + self.config.heartbeat, timer: Timer::Beat { life: self.life } });
    }

    /// Sends a follower what it was not sent yet.
    pub(super) fn ship(&mut self, to: NodeId, out: &mut Out) {
        let Role::Leader { peers, .. } = &self.role else { return };
        if peers.get(to).is_some_and(|peer| peer.sent < self.synced) {
            self.send(to, out);
        }
    }

    pub(super) fn send(&mut self, to: NodeId, out: &mut Out) {
        let Role::Leader { epoch, peers, .. } = &mut self.role else { return };
        let (epoch, Some(peer)) = (*epoch, peers.get_mut(to)) else { return };
        let after = peer.sent.min(self.log.len());
        let room = usize::try_from(self.synced.saturating_sub(after)).unwrap_or(BATCH).min(BATCH);
        let message = match (self.log.since(after, room), self.log.epoch_at(after)) {
            (Some(entries), Some(before)) => {
                peer.sent = after + entries.len() as u64;
                Message::Append { epoch, after, before, entries, settled: self.settled }
            }
            _ => {
                peer.sent = self.log.folded();
                Message::Whole { epoch, log: Box::new(self.log.up_to(self.log.folded())) }
            }
        };
        out.push(Effect::Send { to, message });
    }

    /// Acknowledges what enough disks have.
    pub(super) fn settle(&mut self, out: &mut Out) {
        let Role::Leader { peers, barrier, waiting, .. } = &mut self.role else { return };
        let mut held: Vec<u64> =
            (0..).zip(peers.iter()).filter(|(peer, _)| *peer != self.id).map(|(_, peer)| peer.held).collect();
        held.sort_unstable_by(|one, other| other.cmp(one));
        let needed = self.config.acks.min(held.len());
        let own = if self.config.flaw == Flaw::AckBeforeDisk { self.log.len() } else { self.synced };
        let enough = if needed == 0 { own } else { held[needed - 1].min(own) };
        if enough < *barrier || enough <= self.settled {
            return;
        }
        self.settled = enough;
        while let Some((position, op)) = waiting.front().copied().filter(|(position, _)| *position <= enough)
        {
            waiting.pop_front();
            let stamp = Stamp { time: position, node: self.id };
            out.push(Effect::Tell { op, answer: Answer::Written(stamp) });
        }
        self.log.fold(self.settled.min(self.synced), KEPT);
    }
}
