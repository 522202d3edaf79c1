//! One cache before one database, and everybody who is on the way between them.
//!
//! A read or a write is a sequence of acts (`systems/cache_pattern.rs`), each an event of its own at one place. What
//! happens between two of them is what the demo is about.

use std::collections::BTreeMap;

use super::measures::{Counts, Seen};
use super::policy::Policy;
use super::story::Story;
use super::{Event, KEYS};
use crate::lab::scenario::Sim;
use crate::sim::{Nanos, Rng, Seed};
use crate::systems::cache_pattern::{self as patterns, Act, Pattern, Place};
use crate::systems::cache_store::{CacheStore, Got, Lease};
use crate::systems::write_behind::WriteBehind;

/// For how long a lease is not given to another reader.
const LEASE: Nanos = Nanos::from_secs(10);
/// One-way messages of an operation that have a delay of their own.
const LEGS: usize = 6;

/// An operation as it comes, the same for both sides: its key, and how slow each of its messages is, 1 on average.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    pub(super) id: u64,
    pub(super) key: usize,
    pub(super) reads: bool,
    pub(super) slowness: [f64; LEGS],
}

impl Wish {
    /// As many draws, whatever the settings: half of each delay is fixed, half exponential.
    pub(super) fn slowness(rng: &mut Rng) -> [f64; LEGS] {
        std::array::from_fn(|_| 0.5 + 0.5 * rng.exponential(Nanos::from_secs(1)).as_secs_f64())
    }
}

/// An operation on its way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Op {
    pub(super) wish: Wish,
    acts: &'static [Act],
    /// How many of them are done, and how many messages are sent.
    done: usize,
    sent: usize,
    policy: Policy,
    epoch: u64,
    began: Nanos,
    /// What was read or written; 0 before.
    version: u64,
    lease: Option<Lease>,
    /// Where it was and will be, and when: two or three places.
    pub(super) way: [(Place, Nanos); 3],
}

/// What came of an act, for the name of the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Came {
    Hit,
    StaleHit,
    Miss,
    Loaded,
    Filled,
    Refused,
    Committed,
    Deleted,
    Set,
    Buffered,
    Answered,
}

/// A cache, a database, a buffer.
#[derive(Clone)]
pub(super) struct Side {
    side: usize,
    pub(super) policy: Policy,
    pub(super) cache: CacheStore<usize, u64>,
    pub(super) database: [u64; KEYS],
    pub(super) buffer: WriteBehind<usize, u64>,
    /// The last version of each key that was written, wherever it is.
    pub(super) truth: [u64; KEYS],
    /// The last version of each key whose write was acknowledged and is not known to be lost.
    pub(super) acked: [u64; KEYS],
    /// Writes of each key that are committed and have yet to tell the cache.
    pub(super) telling: [u32; KEYS],
    pub(super) ops: BTreeMap<(u64, u8), Op>,
    /// Counts what came before: a crash, another pattern. Operations of an earlier epoch promise nothing.
    epoch: u64,
    crashed: u64,
    old: usize,
    flushes: u64,
    delays: Rng,
    pub(super) counts: Counts,
    pub(super) seen: Seen,
    pub(super) story: Story,
}

impl Side {
    pub(super) fn new(side: usize, seed: Seed, policy: Policy) -> Side {
        Side {
            side,
            policy,
            cache: CacheStore::new(LEASE),
            database: [1; KEYS],
            buffer: WriteBehind::new(),
            truth: [1; KEYS],
            acked: [1; KEYS],
            telling: [0; KEYS],
            ops: BTreeMap::new(),
            epoch: 0,
            crashed: 0,
            old: 0,
            flushes: 0,
            delays: Rng::stream(seed, "flush"),
            counts: Counts::default(),
            seen: Seen::new(),
            story: Story::default(),
        }
    }

    /// The value of a key that a reader would be given without the database.
    pub(super) fn visible(&self, now: Nanos, key: usize) -> Option<u64> {
        self.buffer.get(key).or_else(|| self.cache.peek(now, key))
    }

    /// Whether what is cached of a key is stale and nobody is on the way to say so.
    pub(super) fn left_stale(&self, now: Nanos, key: usize) -> bool {
        self.telling[key] == 0 && self.visible(now, key).is_some_and(|version| version < self.truth[key])
    }

    /// An operation comes.
    pub(super) fn begin(&mut self, sim: &mut Sim<Event>, wish: Wish) {
        let policy = self.policy;
        let acts = if wish.reads { patterns::read_miss() } else { policy.acts() };
        self.counts.begun += 1;
        self.enter(sim, wish, acts, 0);
        if !wish.reads && policy.early {
            // The flaw: the delete is sent beside the write, and does not wait for it.
            self.counts.begun += 1;
            self.enter(sim, wish, &[Act::Delete], 1);
        }
    }

    fn enter(&mut self, sim: &mut Sim<Event>, wish: Wish, acts: &'static [Act], part: u8) {
        let here = (Place::Application, sim.now());
        let op = Op {
            wish,
            acts,
            done: 0,
            sent: 0,
            policy: self.policy,
            epoch: self.epoch,
            began: sim.now(),
            version: 0,
            lease: None,
            way: [here; 3],
        };
        self.send(sim, op, part);
    }

    /// Has the next act of an operation happen, after its messages have travelled.
    fn send(&mut self, sim: &mut Sim<Event>, mut op: Op, part: u8) {
        let to = op.acts[op.done].place();
        let (from, now) = (op.way[2].0, sim.now());
        let through = match patterns::conductor(op.policy.pattern, op.wish.reads) {
            _ if op.done == 0 && op.policy.pattern == Pattern::WriteThrough && !op.wish.reads => Place::Cache,
            _ if op.done == 0 => Place::Application,
            place => place,
        };
        let mut at = now;
        op.way[0] = (from, now);
        for (hop, (from, to)) in [(from, through), (through, to)].into_iter().enumerate() {
            at += leg(&mut op, from, to);
            if hop == 1 && op.acts[op.done] == Act::Commit {
                // The update, its answer, and then the commit: it counts when the second message arrives.
                at += leg(&mut op, from, to) + leg(&mut op, from, to);
            }
            op.way[hop + 1] = (to, at);
        }
        self.ops.insert((op.wish.id, part), op);
        sim.at(at, Event::Act { side: self.side, id: op.wish.id, part });
    }

    /// The next act of an operation happens.
    pub(super) fn act(&mut self, sim: &mut Sim<Event>, id: u64, part: u8) -> Came {
        let Some(mut op) = self.ops.remove(&(id, part)) else { return Came::Answered };
        let now = sim.now();
        let act = op.acts[op.done];
        let ttl = Nanos::from_secs_f64(sim.get("ttl"));
        let came = match act {
            Act::Get => self.get(now, &mut op),
            Act::Load => {
                op.version = self.database[op.wish.key];
                self.counts.reads += 1;
                Came::Loaded
            }
            Act::Fill => self.fill(now, &op, ttl),
            Act::Commit => self.commit(&mut op),
            Act::Delete => {
                self.cache.delete(op.wish.key);
                self.told(&op);
                Came::Deleted
            }
            Act::Set => self.set(now, &op, ttl),
            Act::Buffer => self.put(sim, &mut op, ttl),
            Act::Answer => self.answer(now, &op),
        };
        op.done += 1;
        self.story.note(now, &op.wish, act, op.version, came);
        let no_lease = op.policy.guard && !op.policy.unchecked && op.lease.is_none();
        let over = op.done == op.acts.len()
            || matches!(came, Came::Hit | Came::StaleHit)
            || (came == Came::Loaded && no_lease);
        if over {
            self.counts.ended += 1;
            self.seen.end(now, &op.wish, act.place(), came);
            self.forget(op.epoch);
        } else {
            op.way[2] = (act.place(), now);
            self.send(sim, op, part);
        }
        came
    }

    fn get(&mut self, now: Nanos, op: &mut Op) -> Came {
        let key = op.wish.key;
        let buffered = self.buffer.get(key);
        let got = buffered.map_or_else(|| self.cache.get(now, key), Got::Hit);
        match got {
            Got::Hit(version) => {
                op.version = version;
                let stale = version < self.acked[key];
                self.counts.hit(stale);
                if buffered.is_none() {
                    self.counts.outlived += u64::from(self.seen.outlived(now, key));
                }
                if stale { Came::StaleHit } else { Came::Hit }
            }
            Got::Miss(lease) => {
                op.lease = lease;
                Came::Miss
            }
        }
    }

    fn fill(&mut self, now: Nanos, op: &Op, ttl: Nanos) -> Came {
        let key = op.wish.key;
        if op.policy.guard && !op.policy.unchecked {
            let filled = op.lease.is_some_and(|lease| self.cache.fill(now, key, op.version, ttl, lease));
            if !filled {
                return Came::Refused;
            }
        } else {
            self.cache.set(now, key, op.version, ttl);
        }
        self.stored(now, op, ttl);
        Came::Filled
    }

    fn commit(&mut self, op: &mut Op) -> Came {
        let key = op.wish.key;
        op.version = self.truth[key] + 1;
        self.truth[key] = op.version;
        self.database[key] = op.version;
        self.counts.committed += 1;
        let tells = op.acts[op.done..].iter().any(|act| matches!(act, Act::Delete | Act::Set));
        // What an earlier epoch tells or not is not counted: nothing is promised before it is over.
        self.telling[key] += u32::from(tells && op.epoch == self.epoch);
        self.story.committed_by(key, op.wish);
        Came::Committed
    }

    /// A write that was committed has told the cache.
    fn told(&mut self, op: &Op) {
        if op.version > 0 && op.epoch == self.epoch {
            self.telling[op.wish.key] = self.telling[op.wish.key].saturating_sub(1);
        }
    }

    fn set(&mut self, now: Nanos, op: &Op, ttl: Nanos) -> Came {
        let key = op.wish.key;
        self.told(op);
        if !op.policy.guard {
            self.cache.set(now, key, op.version, ttl);
        } else if !self.cache.set_newer(now, key, op.version, op.version, ttl) {
            return Came::Refused;
        }
        self.stored(now, op, ttl);
        Came::Set
    }

    fn put(&mut self, sim: &mut Sim<Event>, op: &mut Op, ttl: Nanos) -> Came {
        let key = op.wish.key;
        op.version = self.truth[key] + 1;
        self.truth[key] = op.version;
        self.cache.set(sim.now(), key, op.version, ttl);
        self.buffer.put(key, op.version);
        self.stored(sim.now(), op, ttl);
        self.story.committed_by(key, op.wish);
        if self.policy.reorders {
            // The flaw: each write is sent on at once, whether or not the one before it has arrived.
            self.flush(sim);
        }
        Came::Buffered
    }

    fn stored(&mut self, now: Nanos, op: &Op, ttl: Nanos) {
        self.seen.stored(now, op.wish.key, ttl);
        self.story.stored_by(op.wish.key, op.wish);
    }

    fn answer(&mut self, now: Nanos, op: &Op) -> Came {
        let key = op.wish.key;
        self.counts.written(now.since(op.began));
        let lost = op.policy.pattern == Pattern::WriteBehind && op.epoch < self.crashed;
        if !lost {
            self.acked[key] = self.acked[key].max(op.version);
        }
        Came::Answered
    }

    /// The buffer goes to the database.
    pub(super) fn flush(&mut self, sim: &mut Sim<Event>) {
        let batch = if self.policy.reorders { self.buffer.flush_out_of_order() } else { self.buffer.flush() };
        let mean = sim.get("db") / 2e3;
        // As many draws whatever is in the buffer.
        let delays: [f64; KEYS] =
            std::array::from_fn(|_| 0.5 + 0.5 * self.delays.exponential(Nanos::from_secs(1)).as_secs_f64());
        for (key, version) in batch {
            let event = Event::Flushed { side: self.side, key, version, flush: self.flushes };
            sim.after(Nanos::from_secs_f64(mean * delays[key]), event);
        }
    }

    /// A value of the buffer has come to the database. False where the machine that sent it is gone.
    pub(super) fn flushed(&mut self, key: usize, version: u64, flush: u64) -> bool {
        if flush != self.flushes {
            return false;
        }
        self.database[key] = if self.policy.reorders { version } else { self.database[key].max(version) };
        self.buffer.confirm(key);
        self.counts.committed += 1;
        true
    }

    /// The cache's machine dies and comes back empty.
    pub(super) fn crash(&mut self) {
        self.counts.lost +=
            (0..KEYS).map(|key| self.truth[key].saturating_sub(self.database[key])).sum::<u64>();
        self.buffer.crash();
        self.cache.crash();
        self.flushes += 1;
        self.truth = self.database;
        for key in 0..KEYS {
            self.acked[key] = self.acked[key].min(self.database[key]);
        }
        self.next_epoch();
        self.crashed = self.epoch;
    }

    /// Another policy: what is in the buffer goes to the database, the cache begins anew.
    pub(super) fn set_policy(&mut self, policy: Policy) {
        self.policy = policy;
        self.begin_anew();
        self.next_epoch();
        self.counts.since_change();
    }

    fn next_epoch(&mut self) {
        self.epoch += 1;
        self.old = self.ops.len();
        self.telling = [0; KEYS];
    }

    /// What is in the buffer goes to the database; nothing is cached, and nothing older than that will be.
    fn begin_anew(&mut self) {
        for key in 0..KEYS {
            let buffered = self.buffer.get(key).unwrap_or(0);
            self.database[key] = self.database[key].max(buffered);
            self.cache.delete_with(key, self.database[key]);
        }
        self.buffer.crash();
        self.flushes += 1;
        self.truth = self.database;
    }

    /// An operation is over. With the last one of an earlier epoch the cache can promise something again.
    fn forget(&mut self, epoch: u64) {
        if epoch < self.epoch {
            self.old = self.old.saturating_sub(1);
            if self.old == 0 {
                self.begin_anew();
            }
        }
    }

    /// Whether each operation that came is over or on its way.
    pub(super) fn conserves(&self) -> bool {
        self.counts.begun == self.counts.ended + self.ops.len() as u64
    }

    /// Whether each acknowledged write is in the database or in the buffer.
    pub(super) fn keeps_what_it_acknowledged(&self) -> bool {
        (0..KEYS).all(|key| self.acked[key] <= self.database[key].max(self.buffer.get(key).unwrap_or(0)))
    }

    /// Whether nothing stale stays that nobody will remove, where that is promised.
    pub(super) fn keeps_its_promise(&self, now: Nanos) -> bool {
        !self.policy.promises() || self.old > 0 || (0..KEYS).all(|key| !self.left_stale(now, key))
    }
}

/// How long the next message of an operation takes between two places.
fn leg(op: &mut Op, from: Place, to: Place) -> Nanos {
    let mean = match (from, to) {
        _ if from == to => return Nanos::ZERO,
        (Place::Database, _) | (_, Place::Database) => op.policy.database,
        _ => op.policy.cache,
    };
    let slowness = op.wish.slowness.get(op.sent).copied().unwrap_or(1.0);
    op.sent += 1;
    Nanos((mean.0 as f64 * slowness) as u64)
}
