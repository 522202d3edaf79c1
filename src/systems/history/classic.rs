//! Small histories that everybody who speaks of consistency draws sooner or later: each tells two models apart.

use super::Op::{Read, Write};
use super::{Call, History, Op};
use crate::sim::Nanos;

/// A history with a name.
#[derive(Debug)]
pub struct Classic {
    /// Its name, without blanks: `stale-read`.
    pub name: &'static str,
    /// What happens in it, in a few words.
    pub meaning: &'static str,
    /// Which of [`super::Model::ALL`] allow it.
    pub allowed: [bool; 5],
    /// The calls.
    calls: &'static [Line],
}

/// Client, key, what it does, what it saw, start and end in milliseconds; an end of 0 is none.
type Line = (u32, u32, Op, u64, (u64, u64));

impl Classic {
    /// The history itself: up to four clients, two keys, and nothing after 1,000 ms.
    #[must_use]
    pub fn history(&self) -> History {
        let call = |&(client, key, op, seen, (start, end)): &Line| {
            let end = (end > 0).then_some(Nanos::from_millis(end));
            let seen = (op == Read && end.is_some()).then_some(seen);
            Call { client, key, op, start: Nanos::from_millis(start), end, seen }
        };
        History::from(self.calls.iter().map(call).collect::<Vec<_>>())
    }
}

/// The library. Their sources: Herlihy and Wing (1990), Lamport (1979), Ahamad et al. (1995), Kleppmann, Designing
/// Data-Intensive Applications, chapter 9 (2017), Bouajjani et al. (2017).
pub static CLASSICS: &[Classic] = &[
    Classic {
        name: "stale-read",
        meaning: "one reads the new value, then somebody else the old one",
        allowed: [false, true, true, true, true],
        calls: &[
            (0, 0, Write(1), 0, (100, 300)),
            (1, 0, Read, 1, (400, 500)),
            (2, 0, Read, 0, (600, 700)),
            (2, 0, Read, 1, (800, 900)),
        ],
    },
    Classic {
        name: "new-old-inversion",
        meaning: "the write still runs: one sees it, a later reader does not",
        allowed: [false, true, true, true, true],
        calls: &[
            (0, 0, Write(1), 0, (150, 850)),
            (1, 0, Read, 0, (50, 200)),
            (1, 0, Read, 1, (300, 450)),
            (2, 0, Read, 0, (500, 650)),
            (2, 0, Read, 1, (700, 950)),
        ],
    },
    Classic {
        name: "split-view",
        meaning: "two see two writes in opposite orders",
        allowed: [false, false, true, true, true],
        calls: &[
            (0, 0, Write(1), 0, (50, 250)),
            (1, 0, Write(2), 0, (100, 300)),
            (2, 0, Read, 1, (350, 450)),
            (3, 0, Read, 2, (380, 480)),
            (2, 0, Read, 2, (500, 600)),
            (3, 0, Read, 1, (530, 630)),
            (0, 0, Write(3), 0, (550, 750)),
            (2, 0, Read, 3, (800, 900)),
            (3, 0, Read, 3, (840, 940)),
        ],
    },
    Classic {
        name: "write-order",
        meaning: "one sees another's two writes the wrong way round",
        allowed: [false, false, false, false, true],
        calls: &[
            (0, 0, Write(1), 0, (50, 200)),
            (0, 0, Write(2), 0, (250, 400)),
            (1, 0, Read, 2, (450, 550)),
            (1, 0, Read, 1, (600, 700)),
            (1, 0, Read, 2, (800, 900)),
        ],
    },
    Classic {
        name: "causal-reply",
        meaning: "one sees the answer y without the question x",
        allowed: [false, false, false, true, true],
        calls: &[
            (0, 0, Write(1), 0, (50, 200)),
            (1, 0, Read, 1, (250, 350)),
            (1, 1, Write(1), 0, (400, 550)),
            (2, 1, Read, 1, (600, 700)),
            (2, 0, Read, 0, (730, 830)),
            (2, 0, Read, 1, (860, 960)),
        ],
    },
    Classic {
        name: "store-buffer",
        meaning: "each writes, then reads the other's key, and sees nothing",
        allowed: [false, false, true, true, true],
        calls: &[
            (0, 0, Write(1), 0, (50, 300)),
            (1, 1, Write(1), 0, (100, 350)),
            (0, 1, Read, 0, (450, 600)),
            (1, 0, Read, 0, (500, 650)),
            (0, 1, Read, 1, (700, 850)),
            (1, 0, Read, 1, (750, 900)),
        ],
    },
    Classic {
        name: "lost-update",
        meaning: "both read 0 and write what they computed: allowed everywhere",
        allowed: [true; 5],
        calls: &[
            (0, 0, Read, 0, (50, 200)),
            (1, 0, Read, 0, (100, 250)),
            (0, 0, Write(1), 0, (300, 500)),
            (1, 0, Write(2), 0, (550, 700)),
            (0, 0, Read, 2, (750, 850)),
            (1, 0, Read, 2, (800, 900)),
        ],
    },
    Classic {
        name: "lost-answer",
        meaning: "a write timed out; it takes effect all the same, later",
        allowed: [true; 5],
        calls: &[
            (0, 0, Write(1), 0, (50, 0)),
            (1, 0, Read, 0, (200, 350)),
            (2, 0, Read, 0, (450, 550)),
            (1, 0, Read, 1, (600, 750)),
            (2, 0, Read, 1, (800, 950)),
        ],
    },
    Classic {
        name: "never-settles",
        meaning: "two replicas keep what reached them last, for ever",
        allowed: [false, false, true, true, false],
        calls: &[
            (0, 0, Write(1), 0, (50, 250)),
            (1, 0, Write(2), 0, (100, 300)),
            (0, 0, Read, 2, (400, 500)),
            (1, 0, Read, 1, (450, 550)),
            (0, 0, Read, 2, (700, 800)),
            (1, 0, Read, 1, (750, 850)),
        ],
    },
];
