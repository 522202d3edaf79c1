//! Who calls, waits so long, and calls again: clients, retries, time-outs. They are one thing with other numbers.

use super::Bug;
use super::call::{Event, Outcome, Phase};
use super::chain::Chain;
use super::part::Part;
use super::words::Said;
use crate::lab::scenario::Sim;
use crate::sim::Nanos;
use crate::systems::deadline::Deadline;
use crate::systems::retry::RetryBudget;

impl Chain {
    /// A call has come to a caller: it earns its part of a retry, and is tried.
    pub(super) fn first_try(&mut self, sim: &mut Sim<Event>, id: u64) {
        let Some(call) = self.calls.get(&id) else { return };
        let stage = &mut self.stages[call.stage];
        if let Part::Caller(caller) = &mut stage.part {
            if let Some(budget) = &mut caller.budget {
                budget.call();
            }
            stage.credit += caller.earned().map_or(0, u64::from);
        }
        self.try_it(sim, id);
    }

    /// The call is tried: whoever makes it waits until his time-out, or the deadline where requests carry one.
    pub(super) fn try_it(&mut self, sim: &mut Sim<Event>, id: u64) {
        let (now, carries) = (sim.now(), self.carries);
        let Some(call) = self.calls.get_mut(&id) else { return };
        let stage = &mut self.stages[call.stage];
        let Part::Caller(caller) = &stage.part else { return };
        let mut deadline = Deadline::NONE;
        if carries {
            match call.deadline.pass_down(now, caller.timeout, Nanos::ZERO) {
                Some(next) => deadline = next,
                None => return self.end(sim, id, Outcome::TimedOut),
            }
        }
        call.tries += 1;
        stage.tried_too_often |= call.tries > caller.retries + 1;
        let patience = deadline.left(now).unwrap_or(Nanos::MAX).min(caller.timeout);
        call.phase = Phase::Calls;
        call.timer = (patience < Nanos::MAX).then(|| sim.after(patience, Event::GivesUp { call: id }));
        self.ask(sim, id, deadline);
    }

    /// The answer to a try has come.
    pub(super) fn heard(&mut self, sim: &mut Sim<Event>, id: u64, outcome: Outcome) {
        if let Some(timer) = self.calls.get_mut(&id).and_then(|call| call.timer.take()) {
            sim.cancel(timer);
        }
        if outcome == Outcome::Ok {
            self.end(sim, id, outcome);
        } else {
            self.again(sim, id, outcome);
        }
    }

    /// The patience for a try is over. What is below is not told, and works on.
    pub(super) fn gives_up(&mut self, sim: &mut Sim<Event>, id: u64) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.timer = None;
        let (at, request) = (call.stage, call.request);
        if let Some(child) = call.child.take().and_then(|child| self.calls.get_mut(&child)) {
            child.parent = None;
        }
        self.told.0 = request;
        self.tell(at, request, Said::TimesOut);
        self.again(sim, id, Outcome::TimedOut);
    }

    /// A try has failed: there is another after a pause, or the call ends so.
    fn again(&mut self, sim: &mut Sim<Event>, id: u64, outcome: Outcome) {
        let now = sim.now();
        let extra = u32::from(self.bug == Some(Bug::ExtraTries));
        let Some(call) = self.calls.get_mut(&id) else { return };
        let stage = &mut self.stages[call.stage];
        let Part::Caller(caller) = &mut stage.part else { return };
        let in_time = !self.carries || call.deadline.left(now).is_some();
        let may = call.tries <= caller.retries + extra && in_time;
        let paid = may && caller.budget.as_mut().is_none_or(RetryBudget::spend);
        if !paid {
            return self.end(sim, id, outcome);
        }
        stage.spent += if caller.budget.is_some() { 1_000 } else { 0 };
        call.pause = caller.backoff.wait(call.tries, call.pause, &mut stage.rng);
        call.phase = Phase::Pauses;
        call.timer = Some(sim.after(call.pause, Event::Again { call: id }));
    }

    /// A pause is over. What is set may have changed meanwhile.
    pub(super) fn tries_again(&mut self, sim: &mut Sim<Event>, id: u64) {
        let extra = u32::from(self.bug == Some(Bug::ExtraTries));
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.timer = None;
        let (at, request, tries) = (call.stage, call.request, call.tries);
        self.told.0 = request;
        let stage = &mut self.stages[at];
        let Part::Caller(caller) = &stage.part else { return };
        if tries > caller.retries + extra {
            return self.end(sim, id, Outcome::TimedOut);
        }
        stage.count(sim.now(), |counts| counts.retried += 1);
        self.tell(at, request, Said::TriesAgain);
        self.try_it(sim, id);
    }
}
