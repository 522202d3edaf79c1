//! One strategy with its line of deliveries and its workers.
//!
//! A post's deliveries are cut into chunks, since no worker should be away for long. Chunks are done in the order in which they came,
//! by whoever is free. A worker that crashes may have done its chunk and not said so, and it is done again: a delivery is made
//! at least once.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::Event;
use super::people::{Knobs, USERS};
use crate::lab::measure::Histogram;
use crate::lab::scenario::Sim;
use crate::sim::{Nanos, Rng, Seed, Token};
use crate::systems::fanout::{Feeds, Flaw, Graph, Post, Strategy, User};

/// What one delivery takes.
pub(super) const DELIVERY: Nanos = Nanos::from_millis(2);
/// How many deliveries a worker takes at once.
pub(super) const CHUNK: usize = 50;

/// The strategies, by their place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Write,
    Read,
    Hybrid,
}

impl Way {
    pub(super) fn name(self) -> &'static str {
        ["on write", "on read", "hybrid"][self as usize]
    }
}

/// What is broken on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bug {
    None,
    Append,
    StaleFollowers,
    LostTies,
}

impl Bug {
    pub(super) fn flaw(self) -> Flaw {
        match self {
            Bug::None => Flaw::None,
            Bug::Append => Flaw::Append,
            Bug::StaleFollowers => Flaw::StaleFollowers,
            Bug::LostTies => Flaw::LostTies,
        }
    }
}

/// A part of the deliveries of a post.
#[derive(Clone, Debug)]
pub(super) struct Chunk {
    pub(super) post: Post,
    posted: Nanos,
    to: Arc<Vec<User>>,
    from: usize,
    until: usize,
    /// Whether it was done before.
    again: bool,
}

impl Chunk {
    fn len(&self) -> usize {
        self.until - self.from
    }
}

/// What a worker is at.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) chunk: Chunk,
    pub(super) since: Nanos,
    pub(super) until: Nanos,
    done: Token,
}

#[derive(Clone)]
pub(super) struct Side {
    pub(super) way: Way,
    pub(super) feeds: Feeds,
    pub(super) queue: VecDeque<Chunk>,
    pub(super) workers: Vec<Option<Job>>,
    /// The posts under way: in how many chunks.
    pub(super) open: BTreeMap<u32, usize>,
    crashes: Rng,
    waiting: usize,
    /// Deliveries that posts asked for, those that were made, and those made again.
    pub(super) ordered: u64,
    pub(super) deliveries: u64,
    pub(super) again: u64,
    /// Lists that reads merged.
    pub(super) lists: u64,
    /// Reads that lacked a post under way.
    pub(super) missing: u64,
    pub(super) fresh: Histogram,
}

impl Side {
    pub(super) fn new(way: Way, seed: Seed, knobs: &Knobs) -> Side {
        Side {
            way,
            feeds: feeds(way, knobs),
            queue: VecDeque::new(),
            workers: vec![None; knobs.workers],
            open: BTreeMap::new(),
            crashes: Rng::stream(seed, way.name()),
            waiting: 0,
            ordered: 0,
            deliveries: 0,
            again: 0,
            lists: 0,
            missing: 0,
            fresh: Histogram::default(),
        }
    }

    /// Empty timelines and an empty line; what was counted stays.
    pub(super) fn renew(&mut self, sim: &mut Sim<Event>, knobs: &Knobs) {
        for job in self.workers.iter_mut().filter_map(Option::take) {
            sim.cancel(job.done);
        }
        self.feeds = feeds(self.way, knobs);
        self.queue.clear();
        self.open.clear();
        self.waiting = 0;
    }

    /// Deliveries that wait, without those that workers are at.
    pub(super) fn waiting(&self) -> usize {
        self.waiting
    }

    /// The workers that are at something.
    pub(super) fn at_work(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.workers.len()).filter(|worker| self.workers[*worker].is_some())
    }

    pub(super) fn post(&mut self, sim: &mut Sim<Event>, graph: &Graph, post: Post, knobs: &Knobs) {
        let to = self.feeds.post(graph, post);
        self.ordered += to.len() as u64;
        for from in (0..to.len()).step_by(CHUNK) {
            let until = (from + CHUNK).min(to.len());
            let chunk = Chunk { post, posted: sim.now(), to: Arc::clone(&to), from, until, again: false };
            *self.open.entry(post.id).or_default() += 1;
            self.waiting += chunk.len();
            self.queue.push_back(chunk);
        }
        self.hire(sim, knobs);
    }

    /// Whoever is free takes the next chunk. Workers who are dismissed finish what they are at.
    pub(super) fn hire(&mut self, sim: &mut Sim<Event>, knobs: &Knobs) {
        while self.workers.len() > knobs.workers && self.workers.last().is_some_and(Option::is_none) {
            self.workers.pop();
        }
        self.workers.resize(self.workers.len().max(knobs.workers), None);
        for worker in 0..knobs.workers {
            if self.workers[worker].is_none()
                && let Some(chunk) = self.queue.pop_front()
            {
                self.waiting -= chunk.len();
                let until = sim.now() + DELIVERY * chunk.len() as u64;
                let done = sim.at(until, Event::Done(self.way, worker));
                self.workers[worker] = Some(Job { chunk, since: sim.now(), until, done });
            }
        }
    }

    /// A worker has made its deliveries. Returns what it was, of which post, and how long after it.
    pub(super) fn done(
        &mut self,
        sim: &mut Sim<Event>,
        graph: &Graph,
        worker: usize,
        knobs: &Knobs,
    ) -> (&'static str, u64, Option<Nanos>) {
        let Some(Job { chunk, .. }) = self.workers.get_mut(worker).and_then(Option::take) else {
            return ("worker # has nothing to do", worker as u64, None);
        };
        let delay = sim.now().since(chunk.posted);
        for user in &chunk.to[chunk.from..chunk.until] {
            self.feeds.deliver(graph, chunk.post, *user);
            if !chunk.again {
                self.fresh.record(delay);
            }
        }
        self.deliveries += chunk.len() as u64;
        self.again += if chunk.again { chunk.len() as u64 } else { 0 };
        let id = u64::from(chunk.post.id);
        let what = if self.crashes.chance(knobs.crash) {
            self.back(Chunk { again: true, ..chunk });
            "a worker crashes when it has delivered post #: it is delivered again"
        } else {
            if let Some(left) = self.open.get_mut(&chunk.post.id) {
                *left -= 1;
                if *left == 0 {
                    self.open.remove(&chunk.post.id);
                }
            }
            "a worker has delivered post # to up to 50 followers"
        };
        self.hire(sim, knobs);
        (what, id, Some(delay))
    }

    /// A chunk comes to the front of the line again.
    fn back(&mut self, chunk: Chunk) {
        self.waiting += chunk.len();
        self.queue.push_front(chunk);
    }

    /// A worker crashes before it has delivered anything. Returns whether it was at something.
    pub(super) fn crash(&mut self, sim: &mut Sim<Event>, worker: usize, knobs: &Knobs) -> bool {
        let Some(job) = self.workers.get_mut(worker).and_then(Option::take) else { return false };
        sim.cancel(job.done);
        self.back(job.chunk);
        self.hire(sim, knobs);
        true
    }
}

fn feeds(way: Way, knobs: &Knobs) -> Feeds {
    let strategy = match way {
        Way::Write => Strategy::Write,
        Way::Read => Strategy::Read,
        Way::Hybrid => Strategy::Hybrid { threshold: knobs.threshold },
    };
    Feeds::new(USERS as usize, strategy, knobs.length, knobs.bug.flaw())
}
