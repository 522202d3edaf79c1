//! The Lab: live demos, each a real implementation from [`crate::systems`] in a small world of its own.
//!
//! A demo is a fold: `state = fold(seed, inputs)`, where an input is a control set to a value at a moment.
//! So every demo can pause, step, change speed, rewind, be repeated elsewhere from one line, run without
//! a screen, and run under a test. A demo describes itself in a [`Spec`] (what can be set, what can be
//! read, what to bet on) and lives in a [`World`]; a [`Run`] plays a world.
//!
//! Adding a demo: one file here, perhaps one in `systems`, one line in `CODED`. A composition of pieces
//! needs no code: `compose.rs`.

/// A file of `systems`, for [`Spec::sources`]: its name, and what stands in the line to open it at.
macro_rules! source {
    ($file:literal, $at:literal) => {
        $crate::lab::Source {
            path: concat!("src/systems/", $file),
            text: include_str!(concat!("../systems/", $file)),
            at: $at,
        }
    };
}

mod autoscaler;
mod backpressure;
mod balancer;
mod breaker;
mod bulkhead;
mod cache;
mod cap;
mod clocks;
mod compose;
mod consistency;
mod control;
mod crdt;
mod delivery;
mod deploy;
mod detector;
mod feed;
mod guard;
mod hedge;
mod idempotency;
mod isolation;
#[cfg(test)]
mod laws;
mod limiter;
mod log;
mod measure;
mod paging;
mod queueing;
mod quorum;
mod raft;
mod reading;
mod recent;
mod registry;
mod replicas;
mod replication;
mod retry;
mod ring;
mod run;
mod scenario;
pub mod scene;
mod schema;
mod script;
mod session;
mod shard;
mod sketch;
mod stampede;
mod storage;
mod sweep;
#[cfg(test)]
mod testing;
mod transaction;
mod verdicts;
mod watched;
mod workload;
mod writes;

use std::fmt;

pub use compose::compose;
pub use control::{BadSetting, Control, ControlKind, Settings};
pub use guard::{failed_at, guard, guarding};
pub use reading::{Reading, Unit};
pub use registry::{add, demos, find, is_coded, lay_over};
pub use run::{Hand, Input, Plan, Run, Speed};
pub use scene::Scene;
pub use script::{Opening, explain, named, parse_argument, replay, view, write as write_script};
pub use sweep::{SEEDS, Spread, Sweep};

use control::{choice, number, switch};
use reading::reading;

use crate::sim::{Nanos, Seed};

/// The demos that are written in Rust, those of a part together; [`demos`] has the compositions too.
#[rustfmt::skip]
static CODED: &[&Spec] = &[
    &queueing::SPEC,
    &hedge::SPEC,
    &autoscaler::SPEC,
    &sketch::SPEC,
    &schema::SPEC,
    &paging::SPEC,
    &balancer::SPEC,
    &detector::SPEC,
    &cache::SPEC,
    &stampede::SPEC,
    &writes::SPEC,
    &feed::SPEC,
    &storage::SPEC,
    &isolation::SPEC,
    &shard::SPEC,
    &backpressure::SPEC,
    &delivery::SPEC,
    &log::SPEC,
    &ring::SPEC,
    &quorum::SPEC,
    &replication::SPEC,
    &session::SPEC,
    &consistency::SPEC,
    &cap::SPEC,
    &clocks::SPEC,
    &crdt::SPEC,
    &raft::SPEC,
    &transaction::SPEC,
    &retry::SPEC,
    &breaker::SPEC,
    &bulkhead::SPEC,
    &limiter::SPEC,
    &idempotency::SPEC,
    &deploy::SPEC,
];

/// What a demo says of itself.
pub struct Spec {
    /// Its name on the command line and in pages: `ring`.
    pub name: &'static str,
    /// Its title in lists: `Hash ring`.
    pub title: &'static str,
    /// The part of the curriculum it is listed under: `distributed`.
    pub part: &'static str,
    /// The topics it belongs to, by slug; the first owns it.
    pub topics: &'static [&'static str],
    /// One question that makes one want to see the answer.
    pub hook: &'static str,
    /// What to look for, a sentence each.
    pub look_for: &'static [&'static str],
    /// What can be set, at the start and while it runs.
    pub controls: &'static [Control],
    /// What can be read.
    pub readings: &'static [Reading],
    /// The card that asks for a bet before the run.
    pub bet: &'static str,
    /// What to try to reach.
    pub goals: &'static [&'static str],
    /// What must hold after every event, whatever is set, as long as nothing is broken on purpose.
    pub invariants: &'static [&'static str],
    /// What the learner can do to a thing in the world, by hand: crash a node, drop a message.
    pub acts: &'static [Act],
    /// The names of the ways to look at it, the usual one first; empty where there is just that one.
    pub views: &'static [&'static str],
    /// What each option of the control `bug` after the first one ("none") breaks, a sentence each. With each of
    /// them some invariant falls.
    pub bugs: &'static [&'static str],
    /// Which reading is what theory expects of another one: `("moved_share", "moved_theory")`.
    pub theory: &'static [(&'static str, &'static str)],
    /// How long a run is, where nobody says otherwise.
    pub length: Nanos,
    /// How many simulated seconds pass in a real one, where nobody says otherwise: 1, more for a demo of hours.
    pub speed: f64,
    /// The implementations behind it, the most important one first.
    pub sources: &'static [Source],
    /// A world at time zero.
    pub start: &'static (dyn Fn(Seed, &Settings) -> Box<dyn World> + Sync),
}

/// There is one of each name.
impl PartialEq for Spec {
    fn eq(&self, other: &Spec) -> bool {
        self.name == other.name
    }
}

impl fmt::Debug for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Spec({})", self.name)
    }
}

impl Spec {
    /// The control of that name.
    #[must_use]
    pub fn control(&self, name: &str) -> Option<&'static Control> {
        self.controls.iter().find(|control| control.name == name)
    }

    /// The reading of that name, with its place among the readings.
    #[must_use]
    pub fn reading(&self, name: &str) -> Option<(usize, &'static Reading)> {
        self.readings.iter().enumerate().find(|(_, reading)| reading.name == name)
    }

    /// The act of that name.
    #[must_use]
    pub fn act(&self, name: &str) -> Option<&'static Act> {
        self.acts.iter().find(|act| act.name == name)
    }

    /// The reading that says what theory expects of another one, by their places.
    #[must_use]
    pub fn theory_of(&self, reading: usize) -> Option<usize> {
        let name = self.readings.get(reading)?.name;
        let (_, theory) = self.theory.iter().find(|(of, _)| *of == name)?;
        self.reading(theory).map(|(index, _)| index)
    }
}

/// Something that the learner can do to a thing in a demo's world.
#[derive(Debug, PartialEq, Eq)]
pub struct Act {
    /// One word, as in scripts and footers: `drop`.
    pub name: &'static str,
    /// What comes of it: `the message never arrives`.
    pub meaning: &'static str,
}

/// Something in a demo's world that the learner can lay hands on: a node, a message under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thing {
    /// Its number, which stays the same as long as the thing exists.
    pub id: u64,
    /// What it is, in few words: `s1, leader of term 3`, `append s1 → s3, in 4 ms`.
    pub name: String,
    /// What can be done to it now: names of [`Spec::acts`], the most likely one first.
    pub acts: &'static [&'static str],
}

/// A file with an implementation.
#[derive(Debug)]
pub struct Source {
    /// Its path in the repository.
    pub path: &'static str,
    /// Its text.
    pub text: &'static str,
    /// What stands in the line that matters most, where the file is opened: `pub fn admit`.
    pub at: &'static str,
}

impl Source {
    /// The line that it is opened at, from 0: a little above what matters most, so that its comment is seen.
    #[must_use]
    pub fn line(&self) -> usize {
        let found = self.text.lines().position(|line| line.contains(self.at)).unwrap_or(0);
        let comment = self.text.lines().take(found).collect::<Vec<_>>();
        let above = comment.iter().rev().take_while(|line| line.trim_start().starts_with("//")).count();
        found - above
    }
}

/// A running demo: its systems, its clock, its random streams, and what was seen so far.
///
/// A world moves only by [`World::step`], [`World::set`] and [`World::act`], and its state depends on nothing but the
/// seed, the settings at the start, and what was set and done when.
pub trait World: Send {
    /// A copy in the same state, for snapshots and forks.
    fn boxed_clone(&self) -> Box<dyn World>;

    /// When the next event is due; nothing where there is none to come.
    fn next_at(&self) -> Option<Nanos>;

    /// Makes the next event happen and says what it was.
    fn step(&mut self) -> Option<Step>;

    /// A control was set to a value at the moment `now`, which is not before the last event nor after the next.
    fn set(&mut self, now: Nanos, control: &'static str, value: f64);

    /// The learner does one of [`Spec::acts`] to the thing of that number at the moment `now`, which is not before the last
    /// event nor after the next. Returns what it was. Where there is no such thing any more, nothing happens.
    fn act(&mut self, now: Nanos, act: &'static str, thing: u64) -> Step {
        let _ = act;
        Step { at: now, what: "nothing to lay hands on", id: thing }
    }

    /// What can be laid hands on at `now`.
    fn things(&self, now: Nanos) -> Vec<Thing> {
        let _ = now;
        Vec::new()
    }

    /// What there is to see at `now`, by its place in [`Spec::views`]; the first is [`World::scene`].
    fn view(&self, now: Nanos, view: usize) -> Scene {
        let _ = view;
        self.scene(now)
    }

    /// The readings at `now`, in the order of [`Spec::readings`]; not a number where there is nothing to read yet.
    fn readings(&self, now: Nanos) -> Vec<f64>;

    /// What there is to see at `now`.
    fn scene(&self, now: Nanos) -> Scene;

    /// Which goals are reached, in the order of [`Spec::goals`]. A goal once reached stays reached.
    fn goals(&self) -> Vec<bool>;

    /// For each of [`Spec::invariants`] the event that broke it first, if any did.
    fn broken(&self) -> Vec<Option<Step>>;

    /// About how many bytes a copy takes: a run keeps fewer snapshots of a large world.
    fn bytes(&self) -> usize {
        64 << 10
    }
}

impl Clone for Box<dyn World> {
    fn clone(&self) -> Self {
        self.boxed_clone()
    }
}

/// An event that happened: `request 17 refused`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: Nanos,
    /// What: a few words with `#` where the number goes, such as `request # refused`.
    pub what: &'static str,
    /// The number of the request, node or key that it concerns.
    pub id: u64,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what.replacen('#', &self.id.to_string(), 1))
    }
}
