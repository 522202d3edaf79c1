//! What befalls the nodes: they crash, come back, stand still, become more or fewer.

use super::group::{Group, Tally};
use super::watch::{FIXED, PHI, Watcher};
use super::{Detection, Event, PAUSE, State};
use crate::lab::scenario::Sim;
use crate::sim::{Nanos, Token};

impl Detection {
    /// How many watched nodes are up, for mistakes a node and minute.
    pub(super) fn count_up(&mut self, now: Nanos) {
        let up = (1..self.knobs.nodes).filter(|node| self.is_up(*node)).count();
        self.up.set(now, up as u64);
    }

    pub(super) fn is_up(&self, node: usize) -> bool {
        node < self.knobs.nodes && self.states[node].down.is_none()
    }

    pub(super) fn runs(&self, now: Nanos, node: usize) -> bool {
        self.is_up(node) && self.states[node].paused_until <= now
    }

    pub(super) fn plan_pause(&mut self, sim: &mut Sim<Event>) {
        if let Some(token) = self.next_pause.take() {
            sim.cancel(token);
        }
        if self.knobs.pauses > 0.0 {
            let mean = 60.0 / self.knobs.pauses / self.knobs.nodes as f64;
            let gap = self.pauses.exponential(Nanos::from_secs_f64(mean));
            self.next_pause = Some(sim.after(gap, Event::Pause));
        }
    }

    pub(super) fn crash(&mut self, now: Nanos, node: usize, restart: Option<Token>) {
        self.states[node].down = Some(restart);
        self.states[node].paused_until = Nanos::ZERO;
        self.crashed += 1;
        self.watcher.crash(now, node);
        self.group.crash(now, node);
        self.count_up(now);
    }

    pub(super) fn restart(&mut self, sim: &mut Sim<Event>, node: usize) -> (&'static str, u64) {
        let now = sim.now();
        let Some(State { down: Some(planned), .. }) = self.states.get(node).copied() else {
            return ("node # is up already", node as u64);
        };
        if let Some(token) = planned {
            sim.cancel(token);
        }
        self.states[node].down = None;
        if node < self.knobs.nodes {
            self.watcher.restart(now, node);
            self.group.restart(node, self.knobs.swim());
            self.arm(sim, node);
            self.count_up(now);
        }
        ("node # is up again", node as u64)
    }

    pub(super) fn pause(&mut self, now: Nanos, node: usize) -> (&'static str, u64) {
        if !self.is_up(node) {
            return ("node # is down", node as u64);
        }
        self.states[node].paused_until = now + PAUSE;
        ("node # stands still", node as u64)
    }

    /// Counts anew: what was counted on another network says nothing about this one.
    pub(super) fn recount(&mut self, now: Nanos) {
        self.watcher.reset(self.knobs.period);
        self.group.tally = Tally::default();
        self.counted_from = self.up.area(now);
    }

    /// Another number of nodes: all begin anew.
    pub(super) fn rebuild(&mut self, sim: &mut Sim<Event>) {
        let now = sim.now();
        let fixed_ones: Vec<Token> = (1..50)
            .flat_map(|node| [FIXED, PHI].map(|which| (which, node)))
            .filter_map(|(which, node)| self.watcher.armed(which, node).and_then(Option::take))
            .chain(self.states.iter().filter_map(|state| state.down.flatten()))
            .collect();
        fixed_ones.into_iter().for_each(|token| drop(sim.cancel(token)));
        self.states.iter_mut().for_each(|state| *state = State { beats: state.beats, ..State::default() });
        self.watcher = Watcher::new(self.knobs.nodes, self.knobs.thresholds(), self.knobs.period, now);
        self.group = Group::new(self.knobs.swim());
        self.era += 1;
        self.flying.clear();
        self.count_up(now);
        self.begin_beats(sim);
        self.arm_all(sim);
    }
}
