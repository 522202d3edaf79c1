//! The course of a release in each of the four ways.

use super::side::{Phase, Way};
use super::{BOOT, CALM, CYCLE, Deploy, Event};
use crate::lab::scenario::Sim;
use crate::sim::Nanos;

impl Deploy {
    /// All go back to the old version, and the next release is planned.
    pub(super) fn restore(&mut self, sim: &mut Sim<Event>, calm: Nanos) {
        self.release += 1;
        self.released = None;
        self.batch_planned = false;
        for side in &mut self.sides {
            side.restore(self.release, &self.knobs);
        }
        sim.after(calm, Event::Release(self.release));
    }

    pub(super) fn release(&mut self, sim: &mut Sim<Event>) {
        let now = sim.now();
        let release = self.release;
        self.released = Some(now);
        sim.after(CYCLE - CALM, Event::Restore(release));
        self.plan_batch(sim);
        for side in &mut self.sides {
            side.phase = Phase::Starting;
            match side.way {
                Way::Rolling => {
                    side.roll(now);
                }
                // New instances start beside the old ones; the flag's code is there already.
                Way::BlueGreen | Way::Canary => {
                    sim.after(BOOT, Event::Ready(release, side.way));
                }
                Way::Flag => {
                    side.begin(now, &self.knobs);
                    sim.after(self.knobs.bake + self.knobs.delay, Event::Baked(release, side.way));
                }
            }
        }
    }

    /// The rolling update goes on, and so does taking it back, as soon as an instance has started.
    pub(super) fn plan_batch(&mut self, sim: &mut Sim<Event>) {
        if !self.batch_planned && !matches!(self.sides[0].phase, Phase::TakenBack | Phase::Kept) {
            self.batch_planned = true;
            sim.after(BOOT, Event::Batch(self.release));
        }
    }

    /// What happens to one side, of the release that is out.
    pub(super) fn at_side(&mut self, sim: &mut Sim<Event>, event: Event) -> &'static str {
        let (now, knobs) = (sim.now(), &self.knobs);
        match event {
            Event::Ready(release, way) => {
                let side = &mut self.sides[way as usize];
                if side.phase != Phase::Starting {
                    return "new instances are ready, for nothing";
                }
                side.begin(now, knobs);
                sim.after(knobs.bake + knobs.delay, Event::Baked(release, way));
                if way == Way::Canary { "the canary of release # serves" } else { "release #: all to green" }
            }
            Event::Baked(_, way) => {
                let side = &mut self.sides[way as usize];
                side.baked = true;
                if side.may_go(knobs) {
                    side.promote(now, knobs);
                    return "release # is good: everybody gets it";
                }
                "release # was watched long enough"
            }
            Event::Alarm(_, way) => {
                let side = &mut self.sides[way as usize];
                side.seen_after = side.began.map(|began| now.since(began));
                if matches!(side.phase, Phase::Watching | Phase::Kept) {
                    side.take_back(now, knobs);
                    self.plan_batch(sim);
                    return "the alarm is heard: release # is taken back";
                }
                "an alarm comes late"
            }
            Event::Batch(_) => {
                self.batch_planned = false;
                let before = self.sides[0].phase;
                if self.sides[0].roll(now) {
                    self.plan_batch(sim);
                }
                match before {
                    _ if self.sides[0].paused => "rolling of release # is paused",
                    Phase::Returning => "rolling: the next instance goes back from release #",
                    Phase::Starting | Phase::Watching => "rolling: the next instance gets release #",
                    _ => "rolling of release # is over",
                }
            }
            _ => "nothing",
        }
    }
}
