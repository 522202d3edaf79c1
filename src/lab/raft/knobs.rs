//! The controls as the demo uses them.

use super::stories::Story;
use crate::lab::Settings;
use crate::sim::{Link, Nanos};
use crate::systems::raft::{self, Flaw};

/// What the control `bug` builds in.
const FLAWS: [Flaw; 8] = [
    Flaw::None,
    Flaw::Overwrites,
    Flaw::AppliesEarly,
    Flaw::VotesForAnyone,
    Flaw::NoPrevCheck,
    Flaw::ForgetsVote,
    Flaw::CountsOldTerms,
    Flaw::StepsAtOnce,
];

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Knobs {
    pub(super) story: Story,
    pub(super) nodes: u64,
    pub(super) election: Nanos,
    pub(super) heartbeat: Nanos,
    /// One way, at least.
    pub(super) delay: Nanos,
    pub(super) loss: f64,
    /// Proposals a second.
    pub(super) load: f64,
    /// Between one trouble and the next; nothing for none.
    pub(super) every: Option<Nanos>,
    pub(super) pre_vote: bool,
    pub(super) flaw: Flaw,
}

impl Knobs {
    pub(super) fn of(settings: &Settings) -> Knobs {
        let millis = |name: &str| Nanos::from_secs_f64(settings.get(name) / 1e3);
        let every = Nanos::from_secs_f64(settings.get("every"));
        Knobs {
            story: Story::of(settings.count("story")),
            nodes: settings.count("nodes") as u64,
            election: millis("timeout"),
            heartbeat: millis("heartbeat"),
            delay: millis("delay"),
            loss: settings.get("loss") / 100.0,
            load: settings.get("load"),
            every: Some(every).filter(|every| *every > Nanos::ZERO),
            pre_vote: settings.get("prevote") > 0.0,
            flaw: FLAWS[settings.count("bug").min(FLAWS.len() - 1)],
        }
    }

    /// The mean of what is added to the delay, at random.
    pub(super) fn jitter(&self) -> Nanos {
        Nanos(self.delay.0 / 10)
    }

    pub(super) fn link(&self) -> Link {
        Link { delay: self.delay, jitter: self.jitter(), loss: self.loss, ..Link::default() }
    }

    /// The nodes' settings. While a story is told nobody stands by himself: the story says who does.
    pub(super) fn settings(&self, told: bool) -> raft::Settings {
        raft::Settings {
            election: if told { Nanos::MAX } else { self.election },
            heartbeat: self.heartbeat,
            batch: if told { 1 } else { 64 },
            window: 512,
            pre_vote: self.pre_vote && !told,
            check_quorum: self.pre_vote && !told,
            flaw: self.flaw,
        }
    }

    /// How many servers there are: one more than voters where members change.
    pub(super) fn servers(&self) -> u64 {
        match self.story {
            Story::Crashes | Story::Partitions => self.nodes,
            Story::Single | Story::Joint => self.nodes + 1,
            _ => 5,
        }
    }

    /// The first voters.
    pub(super) fn voters(&self) -> Vec<u64> {
        let count = match self.story {
            Story::OneStep => 4,
            Story::Figure8 | Story::TwoVotes => 5,
            _ => self.nodes,
        };
        (1..=count).collect()
    }
}
