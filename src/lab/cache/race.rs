//! All caches on the same requests, what each of them hits, and the rules that they keep.

use super::load::Key;
use crate::lab::Settings;
use crate::sim::{Nanos, Rng, Seed};
use crate::systems::cache::{AnyPolicy, Cache, Hindsight, Kind, Sifting, StackDistances};

/// How many caches race: every policy that can be run.
pub(super) const RACERS: usize = Kind::ALL.len();
/// The clairvoyant's place behind them.
pub(super) const CLAIRVOYANT: usize = RACERS;

/// What a cache keeps with a key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    /// When its value was fetched.
    fetched: Nanos,
    /// The number of the request that brought it in.
    came: u64,
}

/// What became of a request in one cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// It was there and good.
    Fresh,
    /// It was there and too old: fetched anew.
    Old,
    /// It was not there.
    Missing,
}

/// What is broken on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bug {
    None,
    /// LRU looks without touching.
    NoTouch,
    /// SIEVE's hand starts at the back each time.
    HandRestarts,
    /// Room is made when there is one too many, not when the next would be.
    OneTooMany,
}

/// The names of the bugs, for the control.
pub(super) const BUGS: &[&str] = &["none", "lru-no-touch", "sieve-hand-restarts", "one-too-many"];

pub(super) fn bug(settings: &Settings) -> Bug {
    match settings.count("bug") {
        0 => Bug::None,
        1 => Bug::NoTouch,
        2 => Bug::HandRestarts,
        _ => Bug::OneTooMany,
    }
}

/// What a cache has done since it started empty.
#[derive(Clone, Copy, Debug, Default)]
struct Account {
    found: u64,
    came: u64,
    went: u64,
}

/// The caches, all of one size.
#[derive(Clone, Debug)]
pub(super) struct Race {
    pub(super) capacity: usize,
    pub(super) caches: Vec<Cache<AnyPolicy, Key, Held>>,
    accounts: [Account; RACERS + 1],
    hindsight: Hindsight<Key>,
    /// LRU at many sizes, by another algorithm than LRU's own.
    pub(super) stack: StackDistances<Key>,
    /// Requests since the caches started empty.
    pub(super) requests: u64,
    /// The smallest size of the stack that had the last key.
    pub(super) smallest: usize,
    lru_as_stack: bool,
    /// SIEVE's hand: when the last one that it took had come, and how often it has gone round.
    sieve_took: u64,
    sieve_rounds: u64,
    bug: Bug,
}

/// The sizes of which the stack tells the hit ratio: steps of 1, 2, 5 up to five times the capacity, and the capacity.
pub(super) fn sizes(capacity: usize) -> Vec<usize> {
    let steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000];
    let mut sizes: Vec<usize> = steps.into_iter().filter(|&size| size <= capacity * 5).collect();
    sizes.push(capacity);
    sizes
}

fn place(kind: Kind) -> usize {
    Kind::ALL.iter().position(|&other| other == kind).unwrap_or(0)
}

impl Race {
    /// Empty caches, as set.
    pub(super) fn new(seed: Seed, settings: &Settings) -> Race {
        let capacity = settings.count("capacity").max(1);
        let bug = bug(settings);
        let room = capacity + usize::from(bug == Bug::OneTooMany);
        let cache = |kind: &Kind| {
            let policy = match kind {
                Kind::Sieve if bug == Bug::HandRestarts => AnyPolicy::Sieve(Sifting::restarting()),
                kind => kind.policy(room, Rng::stream(seed, "eviction")),
            };
            Cache::new(room, policy)
        };
        Race {
            capacity,
            caches: Kind::ALL.iter().map(cache).collect(),
            accounts: Default::default(),
            hindsight: Hindsight::new(capacity),
            stack: StackDistances::new(&sizes(capacity)),
            requests: 0,
            smallest: 0,
            lru_as_stack: true,
            sieve_took: 0,
            sieve_rounds: 0,
            bug,
        }
    }

    /// A request for `key` at `now`; entries older than `ttl` are fetched anew. What became of it in each cache, the
    /// clairvoyant last.
    pub(super) fn ask(&mut self, now: Nanos, key: Key, ttl: Nanos) -> [Found; RACERS + 1] {
        self.requests += 1;
        let mut found = [Found::Missing; RACERS + 1];
        for (index, kind) in Kind::ALL.into_iter().enumerate() {
            found[index] = self.ask_one(index, kind, now, key, ttl);
            self.accounts[index].found += u64::from(found[index] != Found::Missing);
        }
        if self.hindsight.ask(key) {
            found[CLAIRVOYANT] = Found::Fresh;
            self.accounts[CLAIRVOYANT].found += 1;
        }
        self.smallest = self.stack.ask(key);
        let fits = self.stack.sizes().get(self.smallest).is_some_and(|&size| size <= self.capacity);
        self.lru_as_stack = fits == (found[place(Kind::Lru)] != Found::Missing);
        found
    }

    fn ask_one(&mut self, index: usize, kind: Kind, now: Nanos, key: Key, ttl: Nanos) -> Found {
        let cache = &mut self.caches[index];
        if self.bug == Bug::NoTouch && kind == Kind::Lru {
            if let Some(held) = cache.peek(&key) {
                return if now.since(held.fetched) < ttl { Found::Fresh } else { Found::Old };
            }
        } else if let Some(held) = cache.get_mut(&key) {
            if now.since(held.fetched) < ttl {
                return Found::Fresh;
            }
            held.fetched = now;
            return Found::Old;
        }
        let evicted = cache.insert(key, Held { fetched: now, came: self.requests });
        let account = &mut self.accounts[index];
        account.came += 1;
        if let Some((_, gone)) = evicted {
            account.went += 1;
            if kind == Kind::Sieve {
                self.sieve_rounds += u64::from(gone.came < self.sieve_took);
                self.sieve_took = gone.came;
            }
        }
        Found::Missing
    }

    /// Whether LRU is full.
    pub(super) fn full(&self) -> bool {
        self.caches[place(Kind::Lru)].len() >= self.capacity
    }

    /// No cache holds more than its capacity.
    pub(super) fn within_capacity(&self) -> bool {
        self.caches.iter().all(|cache| cache.len() <= self.capacity)
    }

    /// The last request was found in LRU if and only if its key is among the last `capacity` different ones.
    pub(super) fn lru_as_stack(&self) -> bool {
        self.lru_as_stack
    }

    /// No cache has found more than the clairvoyant. What is too old counts as found: age is not the policy's fault.
    pub(super) fn none_above_the_clairvoyant(&self) -> bool {
        let best = self.accounts[CLAIRVOYANT].found;
        self.accounts.iter().all(|account| account.found <= best)
    }

    /// SIEVE's hand has gone round no more often than it can have. On a whole round it looks at every entry. Those that it
    /// takes each stand for the request that made it take them, those that it passes for a request that hit them since it
    /// came by last: no request counts twice.
    pub(super) fn sieve_goes_on(&self) -> bool {
        self.sieve_rounds.saturating_sub(1) * (self.capacity as u64 - 1) <= self.requests
    }

    /// What came in and was not thrown out is in the cache.
    pub(super) fn nothing_is_lost(&self) -> bool {
        let adds_up =
            |(cache, account): (&Cache<_, _, _>, &Account)| account.came - account.went == cache.len() as u64;
        self.caches.iter().zip(&self.accounts).all(adds_up)
    }

    /// At most about how many bytes a copy takes, also when all is full.
    pub(super) fn bytes(&self) -> usize {
        // An entry with its share of the index is 96 bytes; ghosts and counters are as much again for a third of the caches.
        // The clairvoyant remembers keys of some 10 x capacity requests.
        self.capacity * 96 * (RACERS * 4 / 3 + 4 + 10) + (16 << 10)
    }

    /// What a copy takes now, as far as the caches can tell.
    #[cfg(test)]
    pub(super) fn measured_bytes(&self) -> usize {
        let caches = self.caches.iter().map(Cache::bytes).sum::<usize>();
        caches * 2 / 3 + self.hindsight.bytes() + self.stack.bytes()
    }
}
