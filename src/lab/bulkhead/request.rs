//! A request on its way through three services, and the rules by which they call each other.

use super::MARGIN;
use crate::sim::{Nanos, Token};
use crate::systems::deadline::Deadline;

/// What is broken on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bug {
    None,
    /// The path of the time-out does not give the permit back.
    LeakedPermit,
    /// An answer that comes after the time-out gives the permit back once more.
    ReturnedTwice,
    /// Each hop gets a full time-out of its own as its deadline.
    FreshDeadline,
}

impl Bug {
    pub(super) fn of(value: f64) -> Bug {
        match value as usize {
            0 => Bug::None,
            1 => Bug::LeakedPermit,
            2 => Bug::ReturnedTwice,
            _ => Bug::FreshDeadline,
        }
    }
}

/// How calls are made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// How long the user waits, and each hop for the next one.
    pub(super) timeout: Nanos,
    /// Whether a deadline is passed down.
    pub(super) deadlines: bool,
    pub(super) bug: Bug,
}

/// A request as it comes, the same for both layouts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    pub(super) id: u64,
    pub(super) dependency: usize,
    /// The work of the dependency, and of its store.
    pub(super) work: [Nanos; 2],
    /// While something hung: whether it was for something else.
    pub(super) healthy: Option<bool>,
}

/// The front's call.
#[derive(Clone, Copy, Debug)]
pub(super) enum Call {
    InLine,
    /// With a permit, until its time-out.
    Made(Token),
    Over,
}

/// The request at the dependency, or at its store.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Job {
    NotThere,
    Waits,
    Works(Nanos, Token),
    /// The store does not answer; so much is left to do.
    Hangs(Nanos),
    /// The dependency waits for its store, until the time-out.
    Asks(Token),
    Over,
}

/// A request that is somewhere.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request {
    pub(super) wish: Wish,
    /// When its user gives up, and whether he has or was answered.
    pub(super) until: Nanos,
    pub(super) user: Option<Token>,
    pub(super) call: Call,
    pub(super) at_dependency: Job,
    pub(super) at_store: Job,
    /// Whether it carries a deadline, and what each hop knows of it.
    pub(super) carries: bool,
    pub(super) deadlines: [Deadline; 3],
}

impl Request {
    /// Whether its user still waits.
    pub(super) fn waited_for(&self) -> bool {
        self.user.is_some()
    }

    pub(super) fn over(&self) -> bool {
        let done = |job| matches!(job, Job::NotThere | Job::Over);
        self.user.is_none()
            && matches!(self.call, Call::Over)
            && done(self.at_dependency)
            && done(self.at_store)
    }
}

/// The deadline that the hop `from` passes down, and by which it gives up itself; none where there is no time left.
pub(super) fn passed_down(request: &Request, from: usize, now: Nanos, rules: Rules) -> Option<Deadline> {
    if !request.carries || rules.bug == Bug::FreshDeadline {
        return Some(Deadline::after(now, rules.timeout));
    }
    request.deadlines[from].pass_down(now, rules.timeout, MARGIN)
}
