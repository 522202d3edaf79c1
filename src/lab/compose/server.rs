//! Threads that work on a call, and hold on to it while they wait for what is below.

use super::call::{Event, Outcome, Phase, Todo};
use super::chain::Chain;
use super::part::Part;
use super::words::Said;
use crate::lab::scenario::Sim;
use crate::sim::Nanos;

impl Chain {
    /// A call comes to a service: a thread takes it, or it waits, or it is turned away.
    pub(super) fn arrive(&mut self, sim: &mut Sim<Event>, id: u64) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let (at, request) = (call.stage, call.request);
        let Part::Server(server) = &mut self.stages[at].part else { return };
        if server.trouble.down {
            return self.end(sim, id, Outcome::Failed);
        }
        let station = &mut server.station;
        if station.busy() >= station.servers() && station.waiting() >= server.room {
            return self.end(sim, id, Outcome::Refused);
        }
        if station.arrive(sim.now(), id).is_some() {
            self.todo.push_back(Todo::Begin(id));
        } else {
            call.phase = Phase::Waits;
            self.tell(at, request, Said::Waits);
        }
    }

    /// A thread begins to work on a call. What can no longer be of use is put aside, where that is known.
    pub(super) fn begin(&mut self, sim: &mut Sim<Event>, id: u64) {
        let now = sim.now();
        let Some(call) = self.calls.get_mut(&id) else { return };
        let (at, request) = (call.stage, call.request);
        let stage = &mut self.stages[at];
        let Part::Server(server) = &stage.part else { return };
        call.phase = Phase::Works;
        stage.held.take();
        if call.deadline.left(now).is_none() {
            return self.end(sim, id, Outcome::TimedOut);
        }
        let drawn = server.shape.draw(&mut stage.rng, server.work);
        let takes = Nanos((drawn.0 as f64 * server.trouble.factor(now)) as u64);
        if server.trouble.hangs {
            call.works = takes;
        } else {
            call.works = now + takes;
            call.timer = Some(sim.at(call.works, Event::Worked { call: id }));
        }
        self.tell(at, request, Said::Works);
    }

    /// The work on a call is done: it goes on below, if its request is one of those that do, or it is answered.
    pub(super) fn worked(&mut self, sim: &mut Sim<Event>, id: u64) {
        let for_nobody = u32::from(!self.is_for_somebody(id));
        let last = self.plan.last();
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.timer = None;
        self.told.0 = call.request;
        let (at, luck) = (call.stage, call.luck);
        let stage = &mut self.stages[at];
        stage.count(sim.now(), |counts| {
            counts.done += 1;
            counts.for_nobody += for_nobody;
        });
        let Part::Server(server) = &stage.part else { return };
        if at < last && goes_on(luck, at, server.calls) {
            self.go_down(sim, id);
        } else {
            self.end(sim, id, Outcome::Ok);
        }
    }

    /// A server hangs: what is at work stands still, with what is left of it.
    pub(super) fn freeze(&mut self, sim: &mut Sim<Event>, at: usize) {
        let now = sim.now();
        for call in self.calls.values_mut().filter(|call| call.stage == at && call.phase == Phase::Works) {
            if let Some(timer) = call.timer.take() {
                sim.cancel(timer);
                call.works = call.works.since(now);
            }
        }
    }

    /// It goes on.
    pub(super) fn thaw(&mut self, sim: &mut Sim<Event>, at: usize) {
        let now = sim.now();
        let frozen = self.calls.iter_mut().filter(|(_, call)| call.stage == at && call.phase == Phase::Works);
        for (id, call) in frozen.filter(|(_, call)| call.timer.is_none()) {
            call.works = now + call.works;
            call.timer = Some(sim.at(call.works, Event::Worked { call: *id }));
        }
    }

    /// A server dies: whoever is there fails, in line and at work.
    pub(super) fn kill(&mut self, at: usize) {
        let there = self.calls.iter().filter(|(_, call)| call.stage == at).map(|(id, _)| *id);
        self.todo.extend(there.collect::<Vec<_>>().into_iter().map(|id| Todo::End(id, Outcome::Failed)));
        if let Part::Server(server) = &mut self.stages[at].part {
            // With servers enough all of the line comes to one, and none of it begins.
            let station = &mut server.station;
            let servers = station.servers();
            station.set_servers(u32::MAX);
            let line = std::iter::from_fn(|| station.start()).count();
            for _ in 0..line {
                let _ = station.finish();
            }
            station.set_servers(servers);
        }
    }
}

/// Whether the requests of that luck go on below the piece at `at`, where a share does: always the same ones.
fn goes_on(luck: u64, at: usize, share: f64) -> bool {
    let mixed = (luck ^ (at as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((mixed >> 11) as f64) < share * (1_u64 << 53) as f64
}
