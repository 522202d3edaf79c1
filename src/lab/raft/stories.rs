//! Stories: faults that come again and again, and three counter-examples told step by step.
//!
//! While one of those three is told no node stands by itself, so nothing comes in between; afterwards everything is mended and the cluster goes on by
//! itself. A step waits for a condition; where a sound Raft does not let it come true, the story goes on without.

use crate::systems::raft::Id;

/// The options of the control `story`.
pub(super) const STORIES: &[&str] =
    &["crashes", "partitions", "one-by-one", "joint", "figure-8", "two-votes", "one-step-bug"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Story {
    /// The leader crashes.
    Crashes,
    /// A follower is cut off, then a leader, in turn.
    Partitions,
    /// Members change by single steps.
    Single,
    /// Members change by joint consensus.
    Joint,
    /// Figure 8 of the paper.
    Figure8,
    /// A voter restarts between two requests.
    TwoVotes,
    /// The bug of single steps that was found in 2015.
    OneStep,
}

impl Story {
    pub(super) fn of(option: usize) -> Story {
        use Story::{Crashes, Figure8, Joint, OneStep, Partitions, Single, TwoVotes};
        [Crashes, Partitions, Single, Joint, Figure8, TwoVotes, OneStep][option.min(6)]
    }

    /// The steps of one that is told; none of one that comes again and again.
    pub(super) fn steps(self) -> &'static [Step] {
        match self {
            Story::Figure8 => FIGURE_8,
            Story::TwoVotes => TWO_VOTES,
            Story::OneStep => ONE_STEP,
            _ => &[],
        }
    }

    pub(super) fn is_told(self) -> bool {
        !self.steps().is_empty()
    }
}

/// What happens at a step.
#[derive(Clone, Copy, Debug)]
pub(super) enum Do {
    Stand(Id),
    Propose(Id),
    Crash(Id),
    Restart(Id),
    /// The network falls into these groups; what is under way between them is lost.
    Part(&'static [&'static [usize]]),
    /// Nothing gets from the first to the others any more.
    Mute(Id, &'static [Id]),
    Heal,
    /// The leader is asked to change the members in one step.
    Change(Id, &'static [Id]),
    /// Remembers where the log of that node ends.
    Mark(Id),
}

/// What a step waits for.
#[derive(Clone, Copy, Debug)]
pub(super) enum When {
    Always,
    Leads(Id),
    /// Its log reaches as far as was remembered.
    Reaches(Id),
}

/// A step of a story.
#[derive(Debug)]
pub(super) struct Step {
    /// At least so many milliseconds after the one before.
    pub(super) pause: u64,
    pub(super) when: When,
    pub(super) acts: &'static [Do],
    /// What the learner is told.
    pub(super) text: &'static str,
}

const fn step(pause: u64, when: When, acts: &'static [Do], text: &'static str) -> Step {
    Step { pause, when, acts, text }
}

/// How long a step waits for its condition, in milliseconds and in delays of the network.
pub(super) const PATIENCE: (u64, u64) = (1_500, 12);

static FIGURE_8: &[Step] = &[
    step(200, When::Always, &[Do::Stand(1)], "S1 stands and is elected in term 1"),
    step(
        900,
        When::Leads(1),
        &[Do::Part(&[&[0, 1], &[2, 3, 4]]), Do::Propose(1), Do::Mark(1)],
        "S1 takes b: it reaches S2 only",
    ),
    step(600, When::Reaches(2), &[Do::Crash(1)], "S1 crashes; b is on S1 and S2"),
    step(600, When::Always, &[Do::Stand(5)], "S5 is elected in term 2 by S3 and S4"),
    step(
        0,
        When::Leads(5),
        &[Do::Part(&[&[0, 1], &[2, 3], &[4]]), Do::Propose(5)],
        "S5 takes c: it reaches nobody",
    ),
    step(700, When::Always, &[Do::Crash(5), Do::Heal, Do::Restart(1)], "S5 crashes, S1 is back"),
    step(500, When::Always, &[Do::Stand(1)], "S1 stands in term 2: S3 and S4 have voted"),
    step(500, When::Always, &[Do::Stand(1)], "S1 stands in term 3 and is elected"),
    step(
        0,
        When::Reaches(3),
        &[Do::Mute(1, &[2, 3, 4, 5])],
        "b is on S1, S2, S3: a majority. Is it committed?",
    ),
    step(900, When::Always, &[Do::Crash(1), Do::Restart(5)], "S1 crashes, S5 is back with c of term 2"),
    step(500, When::Always, &[Do::Stand(5)], "S5 stands in term 3: they have voted"),
    step(500, When::Always, &[Do::Stand(5)], "S5 stands in term 4: c is later than b"),
    step(500, When::Leads(5), &[Do::Propose(5)], "S5 is elected and puts c where b was"),
    step(1_200, When::Always, &[Do::Heal, Do::Restart(1)], "all are back: b is gone"),
];

static TWO_VOTES: &[Step] = &[
    step(
        200,
        When::Always,
        &[Do::Part(&[&[0, 1, 2], &[3, 4]]), Do::Stand(1)],
        "S1 stands; S2 and S3 hear it",
    ),
    step(
        0,
        When::Leads(1),
        &[Do::Part(&[&[0], &[1], &[2, 3, 4]])],
        "S1 leads term 1 by their votes; then it is cut off",
    ),
    step(700, When::Always, &[Do::Crash(3)], "S3 crashes"),
    step(700, When::Always, &[Do::Restart(3)], "S3 is back. Does it know its vote?"),
    step(700, When::Always, &[Do::Stand(5)], "S5 stands, in term 1 too; S3 and S4 hear it"),
    step(900, When::Always, &[Do::Heal], "all can talk again"),
];

static ONE_STEP: &[Step] = &[
    step(200, When::Always, &[Do::Stand(1)], "S1 leads S1 to S4; S5 waits to be let in"),
    step(
        900,
        When::Leads(1),
        &[Do::Part(&[&[0, 4], &[1, 2, 3]]), Do::Change(1, &[1, 2, 3, 4, 5]), Do::Mark(1)],
        "S1 lets S5 in; the entry reaches only S5",
    ),
    step(600, When::Reaches(5), &[Do::Stand(2)], "S2 is elected in term 2 by S3 and S4"),
    step(
        0,
        When::Leads(2),
        &[Do::Part(&[&[0, 4], &[1, 2], &[3]]), Do::Change(2, &[2, 3, 4])],
        "S2, at once, puts S1 out; it reaches S3",
    ),
    step(
        900,
        When::Always,
        &[Do::Part(&[&[0, 3, 4], &[1, 2]])],
        "2 of 3 have it. Is it committed? S4 hears S1",
    ),
    step(700, When::Always, &[Do::Stand(1)], "S1 stands: S4 and S5 are 3 of 5 with it"),
    step(1_200, When::Always, &[Do::Heal], "all can talk again"),
];
