//! What the controls say, as the store wants to hear it.

use crate::lab::Settings;
use crate::sim::{Link, Nanos, Network};
use crate::systems::replica::Merge;
use crate::systems::replica::leaderless::{Asks, Config, Flaw, Repair};

/// The nodes that store: the first N are the homes of every key, the others can stand in.
pub(super) const MEMBERS: usize = 7;
/// The nodes that clients talk to.
pub(super) const COORDINATORS: usize = 3;
/// All nodes.
pub(super) const NODES: usize = MEMBERS + COORDINATORS;
/// The keys.
pub(super) const KEYS: usize = 4;
/// How far the slow clock is behind.
pub(super) const CLOCK_BEHIND: Nanos = Nanos::from_secs(1);
/// What a message takes at least.
pub(super) const BASE: Nanos = Nanos::from_millis(2);
/// What a message takes in the story, and what the slow ones take.
const STORY: (Nanos, Nanos) = (Nanos::from_millis(20), Nanos::from_millis(700));

pub(super) const ASKS: &[&str] = &["all", "enough"];
pub(super) const REPAIRS: &[&str] = &["off", "read-repair", "write-back", "anti-entropy", "all"];
pub(super) const TROUBLES: &[&str] = &["none", "crash", "partition", "overlap"];
pub(super) const BUGS: &[&str] = &["none", "counts-itself", "last-to-arrive", "slow-clock"];

/// What brings copies together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mending {
    repair: Repair,
    anti_entropy: bool,
}

impl Mending {
    /// Whether anything does.
    pub(super) fn mends(self) -> bool {
        self.repair != Repair::Off || self.anti_entropy
    }

    pub(super) fn writes_back(self) -> bool {
        self.repair == Repair::WriteBack
    }
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    None,
    Crash,
    Partition,
    /// Nothing does: a story is told of two reads within one write.
    Overlap,
}

impl Trouble {
    /// When it begins or ends next: it is on from 3 s to 8 s of every 10.
    pub(super) fn next(self, now: Nanos) -> Option<Nanos> {
        let span = Nanos::from_secs(10);
        let round = span * (now.0 / span.0);
        let turns = [3, 8, 13].map(|at| round + Nanos::from_secs(at));
        let on = matches!(self, Trouble::Crash | Trouble::Partition);
        // A trouble that is chosen in the midst of its time waits for the next.
        turns.into_iter().find(|at| *at > now).filter(|_| on)
    }
}

/// What is wrong on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bug {
    None,
    CountsItself,
    LastToArrive,
    SlowClock,
}

/// The controls.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Knobs {
    pub(super) n: usize,
    pub(super) w: usize,
    pub(super) r: usize,
    pub(super) all: bool,
    pub(super) repair: Mending,
    pub(super) sloppy: bool,
    pub(super) trouble: Trouble,
    /// The mean of the random part of a way.
    pub(super) latency: Nanos,
    pub(super) load: f64,
    pub(super) bug: Bug,
}

impl Knobs {
    pub(super) fn of(settings: &Settings) -> Knobs {
        let n = settings.count("n");
        let trouble = match settings.count("trouble") {
            0 => Trouble::None,
            1 => Trouble::Crash,
            2 => Trouble::Partition,
            _ => Trouble::Overlap,
        };
        let (repair, anti_entropy) = match settings.count("repair") {
            0 => (Repair::Off, false),
            1 => (Repair::Background, false),
            2 => (Repair::WriteBack, false),
            3 => (Repair::Off, true),
            _ => (Repair::Background, true),
        };
        Knobs {
            n,
            // More than there are homes cannot be waited for.
            w: settings.count("w").min(n),
            r: settings.count("r").min(n),
            // The story is about who has answered, not about who was asked.
            all: settings.count("asks") == 0 || trouble == Trouble::Overlap,
            repair: Mending { repair, anti_entropy },
            sloppy: settings.on("sloppy"),
            trouble,
            latency: Nanos::from_secs_f64(settings.get("latency") / 1e3),
            load: settings.get("load"),
            bug: match settings.count("bug") {
                0 => Bug::None,
                1 => Bug::CountsItself,
                2 => Bug::LastToArrive,
                _ => Bug::SlowClock,
            },
        }
    }

    pub(super) fn config(&self) -> Config {
        // Long enough that with a whole network hardly an answer comes later.
        let patience = Nanos::from_millis(20) + self.latency * 8;
        Config {
            members: MEMBERS,
            n: self.n,
            w: self.w,
            r: self.r,
            asks: if self.all { Asks::All } else { Asks::Enough },
            repair: self.repair.repair,
            sloppy: self.sloppy,
            merge: Merge::LastWrite,
            patience,
            timeout: (patience * 2).max(Nanos::from_secs(1)),
            suspect_for: Nanos::from_millis(500),
            handoff_every: Nanos::from_millis(500),
            sync_every: self.repair.anti_entropy.then_some(Nanos::from_secs(1)),
            flaw: match self.bug {
                Bug::None | Bug::SlowClock => Flaw::None,
                Bug::CountsItself => Flaw::CountsItself,
                Bug::LastToArrive => Flaw::LastToArrive,
            },
        }
    }

    /// The usual link.
    pub(super) fn link(&self) -> Link {
        if self.trouble == Trouble::Overlap {
            return Link { delay: STORY.0, ..Link::default() };
        }
        Link { delay: BASE, jitter: self.latency, ..Link::default() }
    }

    /// The mean of what storing a write takes besides: twice as long as a way.
    pub(super) fn disk(&self) -> Nanos {
        if self.trouble == Trouble::Overlap { Nanos::ZERO } else { self.latency * 2 }
    }

    /// A whole network. In the story the writer is near s1 alone, the first reader is near the first R homes, the
    /// second one near the last R.
    pub(super) fn network(&self) -> Network {
        let mut network = Network::new(NODES, self.link());
        if self.trouble == Trouble::Overlap {
            let far = Link { delay: STORY.1, ..Link::default() };
            for home in 0..self.n {
                let near = [home == 0, home < self.r, home + self.r >= self.n];
                for (client, _) in near.into_iter().enumerate().filter(|(_, near)| !near) {
                    network.set_link(MEMBERS + client, home, far);
                }
            }
        }
        network
    }
}
