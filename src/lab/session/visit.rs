//! What a session does, one request after the other, and what it may hold against the store.

use crate::sim::{Nanos, Rng};
use crate::systems::history::CallId;
use crate::systems::replica::session::Token;
use crate::systems::replica::{Key, NodeId, Stamp, Value, VersionVector};

/// Replies are stored under keys of their own.
pub(super) const REPLIES: Key = 100;

/// Where in its round a session is: post, refresh, refresh again, read somebody's post, read it again, reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Post,
    Refresh,
    RefreshAgain,
    Browse,
    BrowseAgain,
    Reply,
}

impl Step {
    pub(super) fn next(self) -> Step {
        match self {
            Step::Post => Step::Refresh,
            Step::Refresh => Step::RefreshAgain,
            Step::RefreshAgain => Step::Browse,
            Step::Browse => Step::BrowseAgain,
            Step::BrowseAgain => Step::Reply,
            Step::Reply => Step::Post,
        }
    }

    pub(super) fn writes(self) -> bool {
        matches!(self, Step::Post | Step::Reply)
    }
}

/// What a session asks for, while it does.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) server: NodeId,
    pub(super) key: Key,
    /// What it writes; 0 for a read.
    pub(super) value: Value,
    pub(super) sent: Nanos,
    /// What the server must have seen.
    pub(super) floor: VersionVector,
    /// Whether it was sent on once, or waits at its server.
    pub(super) redirected: bool,
    pub(super) waits: bool,
    pub(super) call: Option<CallId>,
}

/// A session.
#[derive(Clone, Debug)]
pub(super) struct Visitor {
    pub(super) step: Step,
    pub(super) token: Token,
    pub(super) request: Option<Request>,
    /// Its last post, and its last write of any kind, with its stamp and when it was acknowledged.
    pub(super) post: Value,
    pub(super) wrote: Option<(Value, Stamp)>,
    pub(super) wrote_at: Nanos,
    /// The post that it looks at, and what it replies to: the post last read.
    pub(super) other: usize,
    pub(super) saw: Option<(Value, Stamp)>,
    /// The newest post of each session that it has read.
    pub(super) newest: Vec<Value>,
    pub(super) rng: Rng,
}

impl Visitor {
    pub(super) fn new(sessions: usize, rng: Rng) -> Visitor {
        Visitor {
            step: Step::Post,
            token: Token::default(),
            request: None,
            post: 0,
            wrote: None,
            wrote_at: Nanos::ZERO,
            other: 0,
            saw: None,
            newest: vec![0; sessions],
            rng,
        }
    }
}

/// Which guarantee was violated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    OwnWrite,
    Backwards,
    WriteOrder,
    ReplyFirst,
}

impl Kind {
    pub(super) const ALL: [Kind; 4] = [Kind::OwnWrite, Kind::Backwards, Kind::WriteOrder, Kind::ReplyFirst];

    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::OwnWrite => "read your writes",
            Kind::Backwards => "monotonic reads",
            Kind::WriteOrder => "monotonic writes",
            Kind::ReplyFirst => "writes follow reads",
        }
    }
}

/// A violation, with the two operations that contradict each other.
#[derive(Clone, Debug)]
pub(super) struct Violation {
    pub(super) at: Nanos,
    pub(super) kind: Kind,
    pub(super) what: String,
}
