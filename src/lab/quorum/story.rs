//! The story of two reads within one write, told over and over: c1 writes, and is near s1 alone; c2 reads, and is near
//! s1; when it has its answer c3 reads, and is far from s1.

use super::{Event, MEMBERS};
use crate::lab::scenario::Sim;
use crate::sim::{Nanos, Token};
use crate::systems::replica::NodeId;

/// How long it waits before the write and before each of the reads.
const PAUSES: [Nanos; 3] = [Nanos::from_millis(1_500), Nanos::from_millis(150), Nanos::from_millis(250)];

/// Where the story stands: how many calls were made.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Story {
    calls: usize,
}

impl Story {
    /// It begins with the next write.
    pub(super) fn begin(&mut self, sim: &mut Sim<Event>) -> Token {
        self.calls = 0;
        sim.after(Nanos::from_millis(300), Event::Told)
    }

    /// Who calls now, and whether he writes.
    pub(super) fn next(&mut self) -> (NodeId, bool) {
        let client = self.calls % 3;
        self.calls += 1;
        (MEMBERS + client, client == 0)
    }

    /// The next call is to come.
    pub(super) fn wait(&self, sim: &mut Sim<Event>) -> Token {
        sim.after(PAUSES[self.calls % 3], Event::Told)
    }
}
