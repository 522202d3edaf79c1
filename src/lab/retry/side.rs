//! One of the two sides: callers with their rules for retries, and the server that they call.
//!
//! The server has one queue and works on one try at a time. It cannot see that a caller has given up: a try
//! whose caller is gone keeps its place, takes its time like any other, and its answer goes nowhere.

use std::collections::{BTreeMap, VecDeque};

use super::{Event, SERVICE};
use crate::lab::measure::Trail;
use crate::lab::scenario::Sim;
use crate::sim::{Nanos, Rng, Token};
use crate::systems::retry::{Backoff, RetryBudget};

/// The rules of the callers of a side.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    /// How many tries a call has in all.
    pub(super) tries: u32,
    pub(super) backoff: Backoff,
    pub(super) timeout: Nanos,
    /// How many tries the server lets wait.
    pub(super) room: usize,
    /// The bug: an answer that nobody waits for is counted all the same.
    pub(super) counts_late: bool,
}

/// A call that has not ended.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// How many tries were sent: also the number of the present one.
    sent: u32,
    /// How many it has, from when it was made.
    limit: u32,
    last_wait: Nanos,
    pub(super) state: State,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum State {
    /// A try is at the server; the token is that of its time-out.
    Waiting(Token),
    /// The next try is due at that moment.
    Pausing(Nanos),
}

/// A try at the server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Job {
    call: u64,
    number: u32,
}

/// What the server does.
#[derive(Clone, Copy, Debug)]
enum Work {
    Idle,
    /// The try, when it will be done, and the event of that.
    Busy(Job, Nanos, Token),
    /// The server stands still: the try it was at, and what is left to do of it.
    Halted(Option<(Job, Nanos)>),
}

/// How a try ended, for show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Answered,
    ForNobody,
    Refused,
}

/// What is counted from the start.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) calls: u64,
    pub(super) answered: u64,
    pub(super) failed: u64,
    /// Tries that reached the server.
    pub(super) sent: u64,
    /// Retries that were decided on.
    pub(super) retries: u64,
    pub(super) refused: u64,
    /// Tries that the server has done.
    pub(super) done: u64,
    /// Those of them whose caller was gone.
    pub(super) for_nobody: u64,
    /// The most tries of one call.
    pub(super) most_tries: u32,
}

#[derive(Clone)]
pub(super) struct Side {
    /// Which one: 0 is the learner's.
    side: usize,
    pub(super) rules: Rules,
    pub(super) budget: Option<RetryBudget>,
    jitter: Rng,
    pub(super) calls: BTreeMap<u64, Call>,
    pub(super) queue: VecDeque<Job>,
    work: Work,
    /// How many in the queue wait for a caller that is gone.
    pub(super) dead: usize,
    pub(super) counts: Counts,
    pub(super) ends: Trail<End>,
    /// When the server last finished work for nobody, and since when it has done nothing else.
    pub(super) last_dead: Option<Nanos>,
}

impl Side {
    pub(super) fn new(side: usize, rules: Rules, budget: Option<RetryBudget>, jitter: Rng) -> Side {
        Side {
            side,
            rules,
            budget,
            jitter,
            calls: BTreeMap::new(),
            queue: VecDeque::new(),
            work: Work::Idle,
            dead: 0,
            counts: Counts::default(),
            ends: Trail::new(super::SEEN),
            last_dead: None,
        }
    }

    /// A client makes a call.
    pub(super) fn call(&mut self, sim: &mut Sim<Event>, id: u64) {
        self.counts.calls += 1;
        if let Some(budget) = &mut self.budget {
            budget.call();
        }
        let call = Call {
            sent: 0,
            limit: self.rules.tries,
            last_wait: Nanos::ZERO,
            state: State::Pausing(sim.now()),
        };
        self.calls.insert(id, call);
        self.send(sim, id);
    }

    /// The call sends its next try. Returns what came of it.
    pub(super) fn send(&mut self, sim: &mut Sim<Event>, id: u64) -> Sent {
        let Some(call) = self.calls.get_mut(&id) else { return Sent::Queued };
        call.sent += 1;
        self.counts.sent += 1;
        self.counts.most_tries = self.counts.most_tries.max(call.sent);
        let job = Job { call: id, number: call.sent };
        if !matches!(self.work, Work::Idle) && self.queue.len() >= self.rules.room {
            self.counts.refused += 1;
            self.ends.push(sim.now(), self.counts.sent, End::Refused);
            return if self.failed(sim, id) { Sent::RefusedRetries } else { Sent::RefusedForGood };
        }
        let timer = sim.after(self.rules.timeout, Event::TimedOut { side: self.side, call: id });
        call.state = State::Waiting(timer);
        self.queue.push_back(job);
        if matches!(self.work, Work::Idle) {
            self.next(sim);
        }
        Sent::Queued
    }

    /// The caller waits no longer for its try. Returns whether there will be another one.
    pub(super) fn timed_out(&mut self, sim: &mut Sim<Event>, id: u64) -> bool {
        let present = match &self.work {
            Work::Busy(job, ..) | Work::Halted(Some((job, _))) => Some(*job),
            Work::Idle | Work::Halted(None) => None,
        };
        let at_work = present.is_some_and(|job| self.waits(job) && job.call == id);
        self.dead += usize::from(!at_work);
        self.failed(sim, id)
    }

    /// A try failed: the next one is planned where there may be one, else the call has failed.
    fn failed(&mut self, sim: &mut Sim<Event>, id: u64) -> bool {
        let Some(call) = self.calls.get_mut(&id) else { return false };
        if call.sent < call.limit && self.budget.as_mut().is_none_or(RetryBudget::spend) {
            call.last_wait = self.rules.backoff.wait(call.sent, call.last_wait, &mut self.jitter);
            call.state = State::Pausing(sim.now() + call.last_wait);
            self.counts.retries += 1;
            sim.after(call.last_wait, Event::Retry { side: self.side, call: id });
            return true;
        }
        self.calls.remove(&id);
        self.counts.failed += 1;
        false
    }

    /// The server has done its try. Returns the call, and whether its caller still waited.
    pub(super) fn done(&mut self, sim: &mut Sim<Event>) -> (u64, bool) {
        let Work::Busy(job, ..) = self.work else { return (0, false) };
        self.counts.done += 1;
        let waited = self.waits(job);
        if waited {
            if let Some(Call { state: State::Waiting(timer), .. }) = self.calls.remove(&job.call) {
                sim.cancel(timer);
            }
            self.counts.answered += 1;
        } else {
            self.counts.for_nobody += 1;
            self.counts.answered += u64::from(self.rules.counts_late);
            self.last_dead = Some(sim.now());
        }
        let end = if waited { End::Answered } else { End::ForNobody };
        self.ends.push(sim.now(), self.counts.done, end);
        self.next(sim);
        (job.call, waited)
    }

    /// The server begins with the first in line, if there is one.
    fn next(&mut self, sim: &mut Sim<Event>) {
        self.work = match self.queue.pop_front() {
            Some(job) => {
                self.dead -= usize::from(!self.waits(job));
                self.work_on(sim, job, SERVICE)
            }
            None => Work::Idle,
        };
    }

    fn work_on(&self, sim: &mut Sim<Event>, job: Job, left: Nanos) -> Work {
        let token = sim.after(left, Event::Done { side: self.side });
        Work::Busy(job, sim.now() + left, token)
    }

    /// The server stands still.
    pub(super) fn halt(&mut self, sim: &mut Sim<Event>) {
        self.work = Work::Halted(match self.work {
            Work::Busy(job, until, token) => {
                sim.cancel(token);
                Some((job, until.since(sim.now())))
            }
            Work::Halted(job) => job,
            Work::Idle => None,
        });
    }

    /// The server goes on where it stopped.
    pub(super) fn resume(&mut self, sim: &mut Sim<Event>) {
        match self.work {
            Work::Halted(Some((job, left))) => self.work = self.work_on(sim, job, left),
            Work::Halted(None) => self.next(sim),
            Work::Idle | Work::Busy(..) => {}
        }
    }

    /// Whether a caller waits for this try.
    pub(super) fn waits(&self, job: Job) -> bool {
        let call = self.calls.get(&job.call);
        call.is_some_and(|call| call.sent == job.number && matches!(call.state, State::Waiting(_)))
    }

    /// Whether the server is at a try, and whether anybody waits for it.
    pub(super) fn at_work(&self) -> Option<bool> {
        match self.work {
            Work::Busy(job, ..) => Some(self.waits(job)),
            Work::Idle | Work::Halted(_) => None,
        }
    }

    /// The tries at the server: in line, and the one that it is at.
    pub(super) fn at_server(&self) -> u64 {
        let at_work = matches!(self.work, Work::Busy(..) | Work::Halted(Some(_)));
        self.queue.len() as u64 + u64::from(at_work)
    }
}

/// What came of a try at the door of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    Queued,
    RefusedRetries,
    RefusedForGood,
}
