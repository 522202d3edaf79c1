//! The traffic at one level: a store, the jobs that are under way, and what came of them.

use std::collections::BTreeMap;

use super::Event;
use super::book::Book;
use super::jobs::{Draw, Harm, Wish, is_on_call, rows};
use super::knobs::Knobs;
use crate::lab::measure::{Bins, Histogram, Trail};
use crate::lab::scenario::Sim;
use crate::sim::{Nanos, Rng, Token};
use crate::systems::mvcc::graph::Anomaly;
use crate::systems::mvcc::{Abort, Level, Row, Stop, Store, TxId};

/// So many connections there are: a job that finds none is turned away.
pub(super) const POOL: usize = 64;
/// So often a job is tried.
const TRIES: u32 = 10;
/// Every so many ends old versions are taken away.
const VACUUM: u64 = 16;
/// How long an end is seen.
const SEEN: Nanos = Nanos::from_millis(600);

/// Why an attempt came to nothing: by the store, or because it had waited too long or was aborted by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    Store(Abort),
    TimeOut,
    Hand,
}

/// A job on its way.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) wish: Wish,
    pub(super) tries: u32,
    pub(super) came: Nanos,
    /// Its present attempt; none while it pauses before the next one.
    pub(super) tx: Option<TxId>,
    pub(super) step: usize,
    seen: Vec<Row>,
    /// When it began to wait for a lock.
    pub(super) waits: Option<Nanos>,
    /// When it went on last and when it goes on next.
    pub(super) since: Nanos,
    pub(super) until: Nanos,
    token: Option<Token>,
}

/// What is counted at one level.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    pub(super) attempts: u64,
    pub(super) committed: u64,
    pub(super) retries: u64,
    pub(super) gave_up: u64,
    pub(super) turned_away: u64,
    pub(super) deadlocks: u64,
    pub(super) conflicts: u64,
    pub(super) dangerous: u64,
    pub(super) stale: u64,
    pub(super) timeouts: u64,
    /// Waits for locks, and how long they took in seconds.
    pub(super) waits: u64,
    pub(super) waited: f64,
}

impl Counts {
    pub(super) fn aborts(&self) -> u64 {
        self.deadlocks + self.conflicts + self.dangerous + self.stale + self.timeouts
    }

    fn aborted(&mut self, cause: Cause) {
        match cause {
            Cause::Store(Abort::Deadlock) => self.deadlocks += 1,
            Cause::Store(Abort::Conflict) => self.conflicts += 1,
            Cause::Store(Abort::Dangerous) => self.dangerous += 1,
            Cause::Store(Abort::Stale) => self.stale += 1,
            Cause::TimeOut => self.timeouts += 1,
            Cause::Store(Abort::Unknown) | Cause::Hand => {}
        }
    }
}

/// What is seen over time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    pub(super) committed: u64,
    /// Cases and harm so far.
    pub(super) harm: Harm,
}

/// The traffic at one level.
#[derive(Clone, Debug)]
pub(super) struct Side {
    index: usize,
    pub(super) level: Level,
    pub(super) store: Store,
    pub(super) jobs: BTreeMap<u64, Job>,
    rng: Rng,
    pub(super) book: Book,
    pub(super) harm: Harm,
    pub(super) counts: Counts,
    pub(super) latency: Histogram,
    pub(super) seen: Bins<Seen>,
    /// What ended a moment ago: where, and whether well, in vain, or with harm.
    pub(super) ends: Trail<(u64, End)>,
    /// The kinds of cycles that were closed by the last event.
    pub(super) closed: Vec<Anomaly>,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Committed,
    Aborted,
    Harm,
}

impl Side {
    pub(super) fn new(index: usize, knobs: &Knobs, rng: Rng, bin: Nanos) -> Side {
        let mut store = rows(knobs).noting();
        store.set_flaw(knobs.flaw);
        store.journal();
        Side {
            index,
            level: Level::ALL[index],
            store,
            jobs: BTreeMap::new(),
            rng,
            book: Book::default(),
            harm: Harm::default(),
            counts: Counts::default(),
            latency: Histogram::default(),
            seen: Bins::new(bin, 240),
            ends: Trail::new(SEEN),
            closed: Vec::new(),
        }
    }

    /// A job comes.
    pub(super) fn arrive(&mut self, sim: &mut Sim<Event>, knobs: &Knobs, id: u64, draw: &Draw) {
        self.closed.clear();
        if self.jobs.len() >= POOL {
            self.counts.turned_away += 1;
            return;
        }
        let now = sim.now();
        let job = Job {
            wish: Wish::of(knobs, draw),
            tries: 0,
            came: now,
            tx: None,
            step: 0,
            seen: Vec::new(),
            waits: None,
            since: now,
            until: now,
            token: None,
        };
        self.jobs.insert(id, job);
        self.go(sim, knobs, id);
    }

    /// A job does what comes next, and those go on whom that sets free.
    pub(super) fn go(&mut self, sim: &mut Sim<Event>, knobs: &Knobs, id: u64) -> &'static str {
        self.closed.clear();
        let what = self.advance(sim, knobs, id);
        self.settle(sim, knobs);
        what
    }

    fn advance(&mut self, sim: &mut Sim<Event>, knobs: &Knobs, id: u64) -> &'static str {
        let now = sim.now();
        let Some(job) = self.jobs.get_mut(&id) else { return "transaction # is gone" };
        if let Some(token) = job.token.take() {
            sim.cancel(token);
        }
        if let Some(since) = job.waits.take() {
            self.counts.waited += now.since(since).as_secs_f64();
        }
        let began = job.tx.is_none();
        let tx = *job.tx.get_or_insert_with(|| self.store.begin(self.level));
        if began {
            (job.step, job.tries) = (0, job.tries + 1);
            job.seen.clear();
            self.counts.attempts += 1;
            self.book.begin(tx);
        }
        while let Some(statement) = job.wish.statement(knobs.guard, job.step, &job.seen) {
            match self.store.execute(tx, &statement) {
                Ok(rows) => {
                    job.seen.extend(rows);
                    let pause = job.wish.pause(job.step, knobs.work);
                    job.step += 1;
                    if pause > Nanos::ZERO {
                        (job.since, job.until) = (now, now + pause);
                        job.token = Some(sim.after(pause, Event::Go(self.index, id)));
                        return if job.step == 1 {
                            "transaction # has read"
                        } else {
                            "transaction # goes on"
                        };
                    }
                }
                Err(Stop::Wait) => {
                    self.counts.waits += 1;
                    (job.waits, job.since, job.until) = (Some(now), now, now + knobs.timeout);
                    job.token = Some(sim.after(knobs.timeout, Event::TimeOut(self.index, id)));
                    return "transaction # waits for a lock";
                }
                Err(Stop::Abort(why)) => return self.failed(sim, knobs, id, Cause::Store(why)),
            }
        }
        let wish = job.wish;
        let was = is_on_call(wish, &self.store);
        match self.store.commit(tx) {
            Err(why) => self.failed(sim, knobs, id, Cause::Store(why)),
            Ok(()) => {
                if let Some(job) = self.jobs.remove(&id) {
                    self.latency.record(now.since(job.came));
                }
                self.counts.committed += 1;
                let left = was && !is_on_call(wish, &self.store);
                let harm = self.harm.committed(wish, left, &self.store);
                self.ends.push(now, id, (wish.place(), if harm { End::Harm } else { End::Committed }));
                let seen = self.seen.at(now);
                seen.committed += 1;
                seen.harm = self.harm;
                if self.counts.committed.is_multiple_of(VACUUM) {
                    self.store.vacuum();
                }
                if harm { "transaction # commits and does harm" } else { "transaction # commits" }
            }
        }
    }

    /// An attempt came to nothing: another one after a pause, longer each time.
    fn failed(&mut self, sim: &mut Sim<Event>, knobs: &Knobs, id: u64, cause: Cause) -> &'static str {
        let now = sim.now();
        self.counts.aborted(cause);
        let Some(job) = self.jobs.get_mut(&id) else { return "transaction # is gone" };
        self.ends.push(now, id, (job.wish.place(), End::Aborted));
        job.tx = None;
        if job.tries >= TRIES || cause == Cause::Hand {
            self.jobs.remove(&id);
            self.counts.gave_up += 1;
            return "transaction # is aborted and given up";
        }
        self.counts.retries += 1;
        let most = knobs.work * (1 << job.tries.min(4));
        let pause = self.rng.uniform(Nanos::from_millis(1), most.max(Nanos::from_millis(2)));
        (job.since, job.until) = (now, now + pause);
        job.token = Some(sim.after(pause, Event::Go(self.index, id)));
        match cause {
            Cause::Store(Abort::Deadlock) => "transaction # is aborted: a deadlock",
            Cause::Store(Abort::Conflict) => "transaction # is aborted: the row was changed",
            Cause::Store(Abort::Dangerous) => "transaction # is aborted: a dangerous structure",
            Cause::Store(Abort::Stale) => "transaction # is aborted: another version",
            _ => "transaction # is aborted: it waited too long",
        }
    }

    /// A job has waited too long, or is aborted by hand.
    pub(super) fn abort(
        &mut self,
        sim: &mut Sim<Event>,
        knobs: &Knobs,
        id: u64,
        cause: Cause,
    ) -> &'static str {
        self.closed.clear();
        let Some(job) = self.jobs.get_mut(&id) else { return "transaction # is gone" };
        if let Some(token) = job.token.take() {
            sim.cancel(token);
        }
        if let Some(since) = job.waits.take() {
            self.counts.waited += sim.now().since(since).as_secs_f64();
        }
        if let Some(tx) = job.tx {
            self.store.abort(tx);
        }
        let what = self.failed(sim, knobs, id, cause);
        self.settle(sim, knobs);
        what
    }

    /// Whoever waited and is free goes on, and the books are kept.
    fn settle(&mut self, sim: &mut Sim<Event>, knobs: &Knobs) {
        loop {
            let journal = self.store.journal();
            let found = self.book.note(sim.now(), journal);
            self.closed.extend(found);
            let woken = self.store.woken();
            if woken.is_empty() {
                return;
            }
            for tx in woken {
                let id = self.jobs.iter().find(|(_, job)| job.tx == Some(tx) && job.waits.is_some());
                if let Some(id) = id.map(|(id, _)| *id) {
                    self.advance(sim, knobs, id);
                }
            }
        }
    }

    /// Everything that is under way is forgotten.
    pub(super) fn clear(&mut self, sim: &mut Sim<Event>) {
        for job in self.jobs.values_mut() {
            if let Some(token) = job.token.take() {
                sim.cancel(token);
            }
        }
        self.jobs.clear();
    }
}
