//! A call: somebody asks the piece below, and waits for an answer.

use crate::sim::{Nanos, Token};
use crate::systems::circuit_breaker::Permit;
use crate::systems::deadline::Deadline;

/// One call at one piece. A request is the call at the clients; what it needs is a call at each piece below.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// The piece that it is at.
    pub stage: usize,
    /// The call above that waits for the answer; nothing where nobody does any more, and for a request.
    pub parent: Option<u64>,
    /// The call below whose answer it waits for.
    pub child: Option<u64>,
    /// The number of the request that it belongs to.
    pub request: u64,
    /// What the request asks for.
    pub key: u64,
    /// The same number for all calls of a request, from which follows which way it goes.
    pub luck: u64,
    pub came: Nanos,
    /// By when an answer is wanted, where requests carry that.
    pub deadline: Deadline,
    pub phase: Phase,
    /// What will happen to it by itself: its work is done, its patience is over, its pause.
    pub timer: Option<Token>,
    /// Where it works: when that is done, or how much is left where it hangs.
    pub works: Nanos,
    /// Where it tries again: the tries so far, and the last pause.
    pub tries: u32,
    pub pause: Nanos,
    /// Where it passed a breaker.
    pub permit: Option<Permit>,
    /// Whether others wait for its answer too.
    pub leads: bool,
}

/// How far a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// It has come.
    Comes,
    /// It waits in line, or for the answer to somebody else's call.
    Waits,
    /// A thread works on it.
    Works,
    /// It waits for the piece below, and holds what it has taken.
    Calls,
    /// It pauses before it tries again.
    Pauses,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// With an answer.
    Ok,
    /// Turned away: over a limit, no room, an open breaker.
    Refused,
    /// What it was sent to is down.
    Failed,
    /// It took too long.
    TimedOut,
}

/// What is still to do within an event, in the order in which it came up.
#[derive(Clone, Copy, Debug)]
pub(super) enum Todo {
    /// The call enters its piece.
    Enter(u64),
    /// A thread is free for the call.
    Begin(u64),
    /// The call below has ended.
    Hears(u64, Outcome),
    /// The call ends.
    End(u64, Outcome),
}

/// What happens.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    /// The next request comes.
    Come,
    /// The work on a call is done.
    Worked {
        call: u64,
    },
    /// Whoever makes the call waits no longer for its present try.
    GivesUp {
        call: u64,
    },
    /// The pause is over: the call is tried again.
    Again {
        call: u64,
    },
    /// Somebody has waited for a permit as long as he may.
    WaitOver {
        stage: usize,
    },
    /// An event of the file begins, or is over.
    Begins {
        event: usize,
    },
    Ends {
        event: usize,
    },
}
