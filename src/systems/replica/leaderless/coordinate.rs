//! The life of a request at the node that coordinates it: who is asked, whose answers count, what the client is told.
//!
//! A request outlives its answer: until all have answered or its time is out, silent homes get a stand-in, and
//! late answers to a read are compared and repaired.

use super::super::{Answer, Cell, Effect, Key, Merge, NodeId, OpId, Stamp, Value, Version, VersionVector};
use super::{Asks, Flaw, Message, Needs, Node, Out, Repair, Timer, send, tell};
use crate::sim::{Nanos, Rng};

/// Somebody to ask, and the home that he stands in for.
type Choice = (NodeId, Option<NodeId>);

/// A request that is coordinated here.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    key: Key,
    needs: Needs,
    /// Who was asked, in order.
    asked: Vec<Asked>,
    told: bool,
    doing: Doing,
}

/// Somebody who was asked.
#[derive(Clone, Debug)]
struct Asked {
    node: NodeId,
    /// What has come back: under a read what it holds, under a write the cell that it stored.
    answer: Option<Cell>,
    /// Another one was asked because this one is silent.
    replaced: bool,
}

/// What a request is at.
#[derive(Clone, Debug)]
enum Doing {
    /// Storing this on W nodes.
    Write { stamp: Stamp, cell: Cell, counted: usize },
    /// Asking R nodes. The cell is all that the answers say so far.
    Read { best: Cell, counted: usize },
    /// Storing what was read on W nodes before the client is told.
    WriteBack { best: Cell, holders: Vec<NodeId> },
}

impl Node {
    pub(super) fn begin_read(
        &mut self,
        now: Nanos,
        op: OpId,
        (key, needs): (Key, Needs),
        rng: &mut Rng,
        out: &mut Out,
    ) {
        let Some(asked) = self.choose(now, key, needs.r, rng) else {
            return tell(out, op, Answer::Refused);
        };
        asked.iter().for_each(|(node, _)| send(out, *node, Message::Fetch { op, key }));
        self.await_answers(
            now,
            op,
            (key, needs),
            &asked,
            Doing::Read { best: Cell::empty(), counted: 0 },
            out,
        );
    }

    pub(super) fn begin_write(
        &mut self,
        now: Nanos,
        op: OpId,
        (key, value, context, needs): (Key, Value, &VersionVector, Needs),
        rng: &mut Rng,
        out: &mut Out,
    ) {
        let chosen = self.choose(now, key, needs.w, rng);
        // Siblings and sums are kept by the node that stamps them: it must have a disk.
        let takes_it = self.config.merge == Merge::LastWrite || self.is_member();
        let Some(asked) = chosen.filter(|_| takes_it) else { return tell(out, op, Answer::Refused) };
        self.last_stamp = now.since(self.clock_behind).0.max(self.last_stamp + 1);
        let stamp = Stamp { time: self.last_stamp, node: self.id };
        let version = Version { stamp, value };
        let cell = match self.config.merge {
            Merge::LastWrite => Cell::of(version),
            Merge::Siblings | Merge::Sum => self.copy_mut(key).write(key, version, context),
        };
        for &(node, hint_for) in &asked {
            send(out, node, Message::Store { op, key, cell: cell.clone(), hint_for });
        }
        let counted = usize::from(self.config.flaw == Flaw::CountsItself);
        self.await_answers(now, op, (key, needs), &asked, Doing::Write { stamp, cell, counted }, out);
        self.tell_if_written(op, out);
    }

    /// Whom to ask first: homes in an order by chance, and for whom the stand-ins among them stand. Nothing where fewer than
    /// `needed` can be counted upon.
    fn choose(&self, now: Nanos, key: Key, needed: usize, rng: &mut Rng) -> Option<Vec<Choice>> {
        let mut homes: Vec<NodeId> = self.homes(key).collect();
        for last in (0..homes.len()).rev() {
            let other = rng.below(last as u64 + 1) as usize;
            homes.swap(last, other);
        }
        let up = |node: &NodeId| self.suspected.get(*node).is_none_or(|until| *until <= now);
        let (mut asked, silent): (Vec<NodeId>, Vec<NodeId>) = homes.into_iter().partition(up);
        let all = self.config.asks == Asks::All;
        if !all {
            asked.truncate(needed);
        }
        let mut asked: Vec<_> = asked.into_iter().map(|node| (node, None)).collect();
        if self.config.sloppy && (all || asked.len() < needed) {
            let mut spares = self.spares(key).filter(up);
            let stand_ins = silent.iter().map_while(|home| spares.next().map(|node| (node, Some(*home))));
            asked.extend(stand_ins);
        }
        if asked.len() < needed {
            return None;
        }
        if all && !self.config.sloppy {
            // Nobody stands in for them, so they are sent it all the same: they may be up again.
            asked.extend(silent.into_iter().map(|node| (node, None)));
        }
        Some(asked)
    }

    /// The members that are no homes of a key, in the order in which they stand in for them.
    fn spares(&self, key: Key) -> impl Iterator<Item = NodeId> + use<> {
        let (first, members) = (key as usize, self.config.members);
        (self.config.n..members).map(move |step| (first % members + step) % members)
    }

    fn await_answers(
        &mut self,
        now: Nanos,
        op: OpId,
        (key, needs): (Key, Needs),
        asked: &[Choice],
        doing: Doing,
        out: &mut Out,
    ) {
        let asked = asked.iter().map(|&(node, _)| Asked { node, answer: None, replaced: false }).collect();
        self.pending.insert(op, Pending { key, needs, asked, told: false, doing });
        if self.config.sloppy || self.config.asks == Asks::Enough {
            out.push(Effect::Wake { at: now + self.config.patience, timer: Timer::Patience(op) });
        }
        out.push(Effect::Wake { at: now + self.config.timeout, timer: Timer::Timeout(op) });
    }

    /// Somebody has stored what he was sent for this request.
    pub(super) fn stored(&mut self, from: NodeId, op: OpId, out: &mut Out) {
        let twice = self.config.flaw == Flaw::CountsTwice;
        let Some(pending) = self.pending.get_mut(&op) else { return };
        match &mut pending.doing {
            Doing::Write { cell, counted, .. } => {
                let Some(asked) = pending.asked.iter_mut().find(|asked| asked.node == from) else { return };
                if asked.answer.is_none() || twice {
                    *counted += 1;
                    asked.answer = Some(cell.clone());
                }
            }
            Doing::WriteBack { holders, .. } => {
                if !holders.contains(&from) {
                    holders.push(from);
                }
            }
            Doing::Read { .. } => {}
        }
        self.tell_if_written(op, out);
        self.finish(op);
    }

    fn tell_if_written(&mut self, op: OpId, out: &mut Out) {
        let Some(pending) = self.pending.get_mut(&op).filter(|pending| !pending.told) else { return };
        let w = pending.needs.w;
        let answer = match &pending.doing {
            Doing::Write { stamp, counted, .. } if *counted >= w => Answer::Written(*stamp),
            Doing::WriteBack { best, holders } if holders.len() >= w => Answer::Read(best.clone()),
            _ => return,
        };
        pending.told = true;
        tell(out, op, answer);
    }

    /// Somebody says what he holds.
    pub(super) fn fetched(&mut self, from: NodeId, op: OpId, cell: Cell, out: &mut Out) {
        let (flaw, merge) = (self.config.flaw, self.config.merge);
        let Some(pending) = self.pending.get_mut(&op) else { return };
        let Some(asked) = pending.asked.iter_mut().find(|asked| asked.node == from) else { return };
        if asked.answer.is_some() && flaw != Flaw::CountsTwice {
            return;
        }
        if let Doing::Read { best, counted } = &mut pending.doing {
            if flaw != Flaw::FirstAnswer || *counted == 0 {
                best.join(&cell, merge);
            }
            *counted += 1;
            asked.answer = Some(cell);
            if pending.told {
                self.repair_behind(op, out);
            } else if *counted >= pending.needs.r {
                self.answer_read(op, out);
            }
        } else {
            // Too late to be read; it may be a holder of what is written back.
            asked.answer = Some(cell);
        }
        self.finish(op);
    }

    /// R have answered.
    fn answer_read(&mut self, op: OpId, out: &mut Out) {
        let (merge, all) = (self.config.merge, self.config.asks == Asks::All);
        let homes: Vec<NodeId> =
            self.pending.get(&op).map_or(Vec::new(), |one| self.homes(one.key).collect());
        let Some(pending) = self.pending.get_mut(&op) else { return };
        let w = pending.needs.w;
        let Doing::Read { best, .. } = &pending.doing else { return };
        let holds = |asked: &Asked| asked.answer.as_ref().is_some_and(|cell| cell.includes(best, merge));
        let holders: Vec<NodeId> =
            pending.asked.iter().filter(|one| holds(one)).map(|one| one.node).collect();
        if self.config.repair != Repair::WriteBack || best.is_empty() || holders.len() >= w {
            let answer = Answer::Read(best.clone());
            pending.told = true;
            tell(out, op, answer);
            return self.repair_behind(op, out);
        }
        // To those that were asked, and to more only where they are too few.
        let behind = pending.asked.iter().map(|asked| asked.node);
        let more = homes.into_iter().filter(|home| pending.asked.iter().all(|asked| asked.node != *home));
        let missing = if all { usize::MAX } else { w.saturating_sub(holders.len()) };
        let (key, best) = (pending.key, best.clone());
        for node in behind.chain(more).filter(|node| !holders.contains(node)).take(missing) {
            send(out, node, Message::Store { op, key, cell: best.clone(), hint_for: None });
        }
        pending.doing = Doing::WriteBack { best, holders };
    }

    /// Those whose answers lack something get it.
    fn repair_behind(&mut self, op: OpId, out: &mut Out) {
        let (repair, merge) = (self.config.repair, self.config.merge);
        let Some(Pending { key, asked, doing: Doing::Read { best, .. }, .. }) = self.pending.get_mut(&op)
        else {
            return;
        };
        if repair == Repair::Off {
            return;
        }
        for one in asked {
            if let Some(cell) = one.answer.as_mut().filter(|cell| !cell.includes(best, merge)) {
                *cell = best.clone();
                send(out, one.node, Message::Repair { key: *key, cell: best.clone() });
            }
        }
    }

    /// Some are silent: others are asked instead, homes first, then, where quorums are sloppy, stand-ins with a hint.
    pub(super) fn lose_patience(&mut self, op: OpId, out: &mut Out) {
        let Some(key) = self.pending.get(&op).map(|pending| pending.key) else { return };
        let homes: Vec<NodeId> = self.homes(key).collect();
        let spares: Vec<NodeId> = if self.config.sloppy { self.spares(key).collect() } else { Vec::new() };
        let Some(pending) = self.pending.get_mut(&op) else { return };
        let unasked = |node: &NodeId, asked: &[Asked]| asked.iter().all(|one| one.node != *node);
        for place in 0..pending.asked.len() {
            let one = &pending.asked[place];
            if one.answer.is_some() || one.replaced || !homes.contains(&one.node) {
                continue;
            }
            let silent = one.node;
            let other = homes.iter().chain(&spares).find(|node| unasked(node, &pending.asked)).copied();
            let Some(other) = other else { break };
            pending.asked[place].replaced = true;
            pending.asked.push(Asked { node: other, answer: None, replaced: false });
            let hint_for = (!homes.contains(&other)).then_some(silent);
            match &pending.doing {
                Doing::Write { cell, .. } => {
                    send(out, other, Message::Store { op, key, cell: cell.clone(), hint_for });
                }
                Doing::Read { .. } => send(out, other, Message::Fetch { op, key }),
                Doing::WriteBack { best, .. } => {
                    send(out, other, Message::Store { op, key, cell: best.clone(), hint_for });
                }
            }
        }
    }

    /// The time is out: who has not been told is told that nobody knows, and who was silent is suspected.
    pub(super) fn time_out(&mut self, now: Nanos, op: OpId, out: &mut Out) {
        let Some(pending) = self.pending.remove(&op) else { return };
        if !pending.told {
            tell(out, op, Answer::Unknown);
        }
        for silent in pending.asked.iter().filter(|asked| asked.answer.is_none()) {
            if let Some(until) = self.suspected.get_mut(silent.node) {
                *until = now + self.config.suspect_for;
            }
        }
    }

    /// Forgets a request from which nothing more is to come.
    fn finish(&mut self, op: OpId) {
        let over = self.pending.get(&op).is_some_and(|pending| {
            pending.told && pending.asked.iter().all(|asked| asked.answer.is_some() || asked.replaced)
        });
        if over {
            self.pending.remove(&op);
        }
    }
}
