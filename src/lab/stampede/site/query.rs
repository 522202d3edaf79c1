//! What is asked at a site: requests for the hot key, and the queries that the database gets.

use crate::sim::Nanos;
use crate::systems::stampede::Token;

/// What somebody asks for, with all that is drawn for it.
#[derive(Clone, Copy, Debug)]
pub(in crate::lab::stampede) struct Ask {
    pub(in crate::lab::stampede) id: u64,
    pub(in crate::lab::stampede) server: usize,
    /// Uniform in (0, 1].
    pub(in crate::lab::stampede) u: f64,
}

/// A query at the database.
#[derive(Clone, Copy, Debug)]
pub(in crate::lab::stampede) struct Query {
    pub(in crate::lab::stampede) number: u64,
    /// When it was made.
    pub(in crate::lab::stampede) asked: Nanos,
    pub(in crate::lab::stampede) kind: Kind,
}

/// What a query is for.
#[derive(Clone, Copy, Debug)]
pub(in crate::lab::stampede) enum Kind {
    /// The value of the hot key, and whom it is computed for.
    Hot {
        who: Who,
        /// Another one computes it already.
        again: bool,
        /// The process that made the query dies before it can use the answer.
        dies: bool,
    },
    /// Something else, that takes so long.
    Other(Nanos),
}

/// Who waits for a computed value.
#[derive(Clone, Copy, Debug)]
pub(in crate::lab::stampede) enum Who {
    /// One request.
    One(u64),
    /// One request that has the lease.
    Owner(u64, Token),
    /// All who joined the call of a server.
    Server(usize),
    /// Nobody: it is done beside, with the lease or as somebody's task.
    Beside(Option<Token>),
}
