//! What is sent and heard: heartbeats and their deadlines, the questions of the group and its answers.

use super::knobs::Bug;
use super::watch::{FIXED, PHI};
use super::{Detection, Event, MOST_SEEN, STRIP};
use crate::lab::scenario::Sim;
use crate::sim::Nanos;
use crate::systems::detector::swim::{Member, Message};

impl Detection {
    /// Has the heartbeats begin of nodes that have none under way, spread over a period.
    pub(super) fn begin_beats(&mut self, sim: &mut Sim<Event>) {
        let most = self.states.len() as u64;
        for node in 1..self.knobs.nodes {
            if !std::mem::replace(&mut self.states[node].beats, true) {
                sim.after(Nanos(self.knobs.period.0 * node as u64 / most), Event::Beat(node));
            }
        }
    }

    /// Has the deadlines of a node happen when they are now.
    pub(super) fn arm(&mut self, sim: &mut Sim<Event>, node: usize) {
        for which in [FIXED, PHI] {
            let deadline = self.watcher.deadline(which, node).filter(|at| *at < Nanos::MAX);
            if let Some(armed) = self.watcher.armed(which, node) {
                if let Some(token) = armed.take() {
                    sim.cancel(token);
                }
                *armed = deadline.map(|at| sim.at(at, Event::Deadline(which, node)));
            }
        }
    }

    pub(super) fn arm_all(&mut self, sim: &mut Sim<Event>) {
        (1..self.knobs.nodes).for_each(|node| self.arm(sim, node));
    }

    pub(super) fn beat(&mut self, sim: &mut Sim<Event>, node: usize) -> (&'static str, u64) {
        let now = sim.now();
        if node >= self.knobs.nodes {
            self.states[node].beats = false;
            return ("node # is no more one of them", node as u64);
        }
        // Its rhythm goes on whatever happens to it, so that a pause shifts nothing.
        sim.after(self.knobs.period, Event::Beat(node));
        let delivery = self.network.send(now, node, 0, &mut self.beats[node]);
        if !self.runs(now, node) {
            return ("node # does not send its heartbeat", node as u64);
        }
        let oldest = now.since(self.strip() * 2);
        while self.flying.len() >= MOST_SEEN || self.flying.front().is_some_and(|(_, at, _)| *at < oldest) {
            self.flying.pop_front();
        }
        if delivery.lost().is_some() {
            self.flying.push_back((node, now, true));
            return ("the heartbeat of node # is lost", node as u64);
        }
        for due in delivery.arrivals() {
            self.flying.push_back((node, due, false));
            sim.at(due, Event::Heard(node));
        }
        ("node # sends a heartbeat", node as u64)
    }

    /// How far back heartbeats are seen.
    pub(super) fn strip(&self) -> Nanos {
        self.knobs.period * STRIP
    }

    pub(super) fn period(&mut self, sim: &mut Sim<Event>) -> (&'static str, u64) {
        let now = sim.now();
        self.periods += 1;
        for node in 0..self.knobs.nodes {
            if self.runs(now, node) {
                let messages = self.group.begin_period((now, self.knobs.period), node, &mut self.asks);
                self.post(sim, node, messages);
            }
        }
        if self.knobs.bug == Bug::OwnSend {
            (1..self.knobs.nodes).for_each(|node| self.watcher.sent_itself(now, node));
            self.arm_all(sim);
        }
        sim.after(self.knobs.answer_within(), Event::Timeouts);
        // At multiples of the period, also after it has changed.
        let period = self.knobs.period.0;
        sim.at(Nanos((now.0 / period + 1) * period), Event::Period);
        ("period # begins: every node asks another one", self.periods)
    }

    pub(super) fn timeouts(&mut self, sim: &mut Sim<Event>) -> (&'static str, u64) {
        let now = sim.now();
        for node in 0..self.knobs.nodes {
            if self.runs(now, node) {
                let asks = &mut self.asks;
                let messages =
                    self.group.at((now, self.knobs.period), node, |node, out| node.ping_timeout(asks, out));
                self.post(sim, node, messages);
            }
        }
        ("who has no answer in period # asks others for help", self.periods)
    }

    pub(super) fn post(&mut self, sim: &mut Sim<Event>, from: Member, messages: Vec<(Member, Message)>) {
        for (to, message) in messages {
            if let Some(at) = self.network.send(sim.now(), from, to, &mut self.gossip).arrivals().next() {
                sim.at(at, Event::Arrive(from, to, self.era, message));
            }
        }
    }

    pub(super) fn arrive(
        &mut self,
        sim: &mut Sim<Event>,
        (from, to): (Member, Member),
        message: Message,
    ) -> (&'static str, u64) {
        let now = sim.now();
        if !self.is_up(to) {
            return ("a message to node # finds nobody", to as u64);
        }
        if self.states[to].paused_until > now {
            sim.at(self.states[to].paused_until, Event::Arrive(from, to, self.era, message));
            return ("a message waits: node # is paused", to as u64);
        }
        let period = self.knobs.period;
        let messages = self.group.at((now, period), to, |node, out| node.receive(now, from, &message, out));
        self.post(sim, to, messages);
        ("node # gets a message of the group", to as u64)
    }
}
