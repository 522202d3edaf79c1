//! A table divided over shards by hash, by range and by a directory, side by side, under the same requests.
//!
//! Each scheme has shards of its own that answer so many questions a second. One of them is at work: what it refuses does not
//! happen, and when one shard more comes it is its rows that move. What each read should find is kept from the
//! acknowledged writes; the stores are never asked.

mod knobs;
mod numbers;
mod picture;
mod routes;
mod rows;
mod steps;
#[cfg(test)]
mod tests;

use knobs::{Key, Knobs, Scheme};
use numbers::Numbers;
use routes::{CUSTOMERS, Load, Routes};
use rows::Rows;

use super::measure::{Bins, Trail};
use super::scenario::{Scenario, Sim, start};
use super::workload::{Arrivals, Pattern};
use super::{Act, Scene, Spec, Thing, Unit, choice, number, reading};
use crate::sim::{Nanos, Rng, Seed, Token, Zipf};
use crate::systems::ids;
use crate::systems::sharding::{Phase, Plan, Shard};

const SCHEMES: &[&str] = &["hash", "range", "directory"];
const KEYS: &[&str] = &["customer", "snowflake", "uuid4", "uuid7", "ticket"];
const WORK: &[&str] = &["mixed", "reads", "writes", "scans"];
const ORDERS: &[&str] = &["dual-write-first", "copy-first", "read-first"];
const BUGS: &[&str] = &["none", "overwriting-copy", "no-marks", "trusting-clock"];
/// The number of the copying process among the things.
const COPY: u64 = 1_000;

/// What the demo says of itself.
pub static SPEC: Spec = Spec {
    name: "shard",
    title: "Shards and keys",
    part: "databases",
    topics: &["sharding", "partition-keys"],
    hook: "8 shards have room for 400 questions a second and get 270. Why is one request in ten refused?",
    look_for: &[
        "The table: 1,000 customers by Zipf 1.2. The first one alone gets 23% of all questions, and no scheme divides one customer: his shard has some 30% instead of 12.5%.",
        "Set shards to 16: the fair share halves, and the hot shard keeps its customer and its refusals.",
        "Set salt to 8 with work on writes: the hot customer's writes spread. Back on mixed, a read asks up to 8 shards, and they are all busy.",
        "Scans: by hash 8 shards, by range 1 or 2. With 1% slow answers a scan of 8 is slow in 7.7% of all cases, one of 16 in 15%.",
        "At 6 s a ninth shard comes. By hash 8 of 9 rows move, by directory 1 of 9, by range half of one shard.",
        "Set key to snowflake and work to writes: by range the last shard gets everything, by hash nothing is wrong. View ids: the tree of random numbers has pages 70% full and fetches more of them.",
    ],
    controls: &[
        choice("scheme", "scheme at work", SCHEMES, 0.0),
        number("shards", "shards, 50 questions a second each", (2.0, 16.0), 1.0, 8.0, ""),
        number("skew", "exponent of Zipf's law", (0.0, 2.0), 0.1, 1.2, ""),
        choice("key", "what the rows are divided by", KEYS, 0.0),
        number("salt", "parts that a key is kept in", (1.0, 16.0), 1.0, 1.0, ""),
        choice("work", "what is asked", WORK, 0.0),
        number("rate", "requests", (10.0, 300.0), 0.0, 200.0, "/s"),
        number("reshard", "when one shard more comes, 0 for never", (0.0, 30.0), 0.0, 6.0, "s"),
        choice("order", "order of the steps when rows move", ORDERS, 0.0),
        choice("bug", "break it on purpose", BUGS, 0.0),
    ],
    readings: &[
        reading("requests", Unit::Count, "requests"),
        reading("hottest_hash", Unit::Share, "questions to the busiest shard, by hash (without scans)"),
        reading("hottest_theory", Unit::Share, "the same expected, where rows are divided by customer"),
        reading("hottest_range", Unit::Share, "questions to the busiest shard, by range"),
        reading("hottest_directory", Unit::Share, "questions to the busiest shard, by directory"),
        reading(
            "hottest_key",
            Unit::Share,
            "requests for the first customer: 1 / H, which no scheme divides",
        ),
        reading("throttled_hash", Unit::Share, "requests refused since a shard had no room, by hash"),
        reading("throttled_range", Unit::Share, "the same by range"),
        reading("throttled_directory", Unit::Share, "the same by directory"),
        reading("scan_hash", Unit::Ratio, "shards that a scan of 20 rows asks, by hash"),
        reading("scan_range", Unit::Ratio, "the same by range"),
        reading("slow_hash", Unit::Share, "scans by hash that met a slow shard"),
        reading("slow_theory", Unit::Share, "the same expected: 1 − (1 − 0.01)^n"),
        reading("slow_range", Unit::Share, "scans by range that met a slow shard"),
        reading("moved_hash", Unit::Share, "rows that one shard more moves, by hash"),
        reading("moved_theory", Unit::Share, "the same expected: k / (k + 1)"),
        reading("moved_range", Unit::Share, "the same by range"),
        reading("moved_directory", Unit::Share, "the same by directory"),
        reading("lost", Unit::Count, "reads that did not find a row that is there"),
        reading("stale", Unit::Count, "reads that found an older version"),
        reading("risen", Unit::Count, "reads that found a row that was deleted"),
        reading("copied", Unit::Count, "rows copied"),
        reading("splits", Unit::Count, "splits of busy ranges"),
        reading("slots_moved", Unit::Count, "busy slots moved by the directory"),
        reading("ids_refused", Unit::Count, "writes without a snowflake: the clock was set back"),
        reading("ids_doubled", Unit::Count, "snowflakes given twice"),
        reading("full_snowflake", Unit::Share, "how full the leaves of a B-tree are, by snowflake"),
        reading("full_uuid4", Unit::Share, "the same by random numbers (theory ln 2 = 69%)"),
        reading("fetched_snowflake", Unit::Ratio, "pages fetched for a row, 16 in memory, by snowflake"),
        reading("fetched_uuid4", Unit::Ratio, "the same by random numbers"),
    ],
    bet: "sharding.bet-moved",
    goals: &[
        "no request refused for 10 s, at 150 a second and skew 1.2",
        "90% of the questions on one shard, by range",
        "one scan in eight meets a slow shard, after 200 scans",
        "100 reads lost, stale or of deleted rows",
    ],
    invariants: &[
        "in the right order no read is lost or stale",
        "in the right order both stores agree in the end",
        "no number is given twice",
    ],
    acts: &[
        Act {
            name: "split",
            meaning: "the busiest range of the shard is split: half of it goes where there is room",
        },
        Act { name: "move", meaning: "the busiest range or slot of the shard moves to where there is room" },
        Act {
            name: "crash",
            meaning: "the copying process loses the batch that it holds, and begins there again",
        },
    ],
    views: &["shards", "reshard", "ids"],
    bugs: &[
        "overwriting-copy: the copy is written whatever is there: a write between reading and writing it is undone",
        "no-marks: a deletion leaves no mark in the new store: a late copy brings the row back (most with work on writes)",
        "trusting-clock: the node gives numbers of a time again that it has had, since its clock went back",
    ],
    theory: &[
        ("hottest_hash", "hottest_theory"),
        ("slow_hash", "slow_theory"),
        ("moved_hash", "moved_theory"),
    ],
    length: Nanos::from_secs(40),
    speed: 1.0,
    sources: &[
        source!("sharding/migration.rs", "pub fn read_batch"),
        source!("sharding/ranges.rs", "pub fn split"),
        source!("sharding/directory.rs", "pub fn balance"),
        source!("ids/snowflake.rs", "pub fn next"),
        source!("ids/uuid.rs", "pub fn next"),
    ],
    start: &|seed, settings| start(&SPEC, settings, |sim| Sharded::new(seed, sim)),
};

/// What happens.
#[derive(Clone, Copy, Debug)]
enum Event {
    Request,
    Second,
    SetBack,
    /// The change of the shards goes on.
    Move,
}

#[derive(Clone)]
struct Sharded {
    seed: Seed,
    knobs: Knobs,
    requests: Arrivals,
    kinds: Rng,
    ranks: Rng,
    law: Zipf,
    numbers: Numbers,
    rows: Rows,
    routes: Routes,
    loads: [Load; 3],
    token: Option<Token>,
    asked: u64,
    /// The share of the busiest shard by hash that theory expects.
    expected: f64,
    moved: Option<[f64; 3]>,
    /// Since when no request was refused by the scheme at work.
    calm: Nanos,
    seen: Trail<(Vec<Shard>, bool)>,
    refusals: Bins<[u64; 3]>,
    wrong: Bins<u64>,
}

impl Sharded {
    fn new(seed: Seed, sim: &mut Sim<Event>) -> Sharded {
        let knobs = Knobs::of(sim.settings());
        let (numbers, rows, routes) = begin(seed, &knobs);
        let mut sharded = Sharded {
            seed,
            requests: Arrivals::new(Rng::stream(seed, "requests"), Pattern::Poisson, knobs.rate),
            kinds: Rng::stream(seed, "kinds"),
            ranks: Rng::stream(seed, "ranks"),
            law: Zipf::new(CUSTOMERS, knobs.skew),
            loads: Scheme::ALL.map(|scheme| Load::new(scheme, knobs.shards)),
            numbers,
            rows,
            routes,
            token: None,
            asked: 0,
            expected: f64::NAN,
            moved: None,
            calm: Nanos::ZERO,
            seen: Trail::new(Nanos::from_millis(400)),
            refusals: Bins::new(Nanos::from_millis(500), 120),
            wrong: Bins::new(Nanos::from_millis(500), 120),
            knobs,
        };
        sharded.expect();
        sim.at(sharded.requests.next(Nanos::ZERO), Event::Request);
        sim.after(Nanos::from_secs(1), Event::Second);
        sim.after(numbers::EVERY, Event::SetBack);
        sharded.token = sharded.knobs.grow.map(|at| sim.at(at, Event::Move));
        sharded
    }

    /// What theory says of the busiest shard; nothing where rows are divided by their numbers.
    fn expect(&mut self) {
        let by_customer = self.knobs.key == Key::Customer && self.knobs.work.shares().1 < 1.0;
        self.expected = if by_customer { routes::hottest(&self.knobs, &self.routes) } else { f64::NAN };
    }

    /// All rows and shards anew: another table.
    fn renew(&mut self, sim: &mut Sim<Event>) {
        if let Some(token) = self.token.take() {
            sim.cancel(token);
        }
        (self.numbers, self.rows, self.routes) = begin(self.seed, &self.knobs);
        self.loads = Scheme::ALL.map(|scheme| Load::new(scheme, self.knobs.shards));
        self.moved = None;
        self.calm = sim.now();
        self.seen = Trail::new(Nanos::from_millis(400));
        self.token = self.knobs.grow.map(|at| sim.at(at, Event::Move));
    }
}

/// The generators, the rows and the shards at the start.
fn begin(seed: Seed, knobs: &Knobs) -> (Numbers, Rows, Routes) {
    let (mut numbers, records) = Numbers::new(seed);
    numbers.trust(knobs.trusting);
    let ids: Vec<u64> = match knobs.key {
        Key::Customer => Vec::new(),
        Key::Id(kind) => records.iter().filter_map(|record| record.key(kind)).collect(),
    };
    let rows = Rows::new(knobs, &ids);
    let routes = Routes::new(knobs.shards, &rows.keys());
    (numbers, rows, routes)
}

impl Scenario for Sharded {
    type Event = Event;

    fn happen(&mut self, sim: &mut Sim<Event>, event: Event) -> (&'static str, u64) {
        let now = sim.now();
        match event {
            Event::Request => {
                sim.at(self.requests.next(now), Event::Request);
                (self.request(now), self.asked)
            }
            Event::Second => {
                sim.after(Nanos::from_secs(1), Event::Second);
                let free = !self.moves();
                self.loads.iter_mut().for_each(|load| load.second(&mut self.routes, free));
                ("a second is over: # changes of ranges so far", self.loads[1].changes)
            }
            Event::SetBack => {
                sim.after(numbers::EVERY, Event::SetBack);
                self.numbers.set_back();
                ("the clock that numbers are made by is set back by # ms", numbers::BACK.0 / 1_000_000)
            }
            Event::Move => self.go_on(sim),
        }
    }

    fn changed(&mut self, sim: &mut Sim<Event>, control: &'static str) {
        self.knobs = Knobs::of(sim.settings());
        self.requests.set_rate(self.knobs.rate);
        self.law = Zipf::new(CUSTOMERS, self.knobs.skew);
        if matches!(control, "rate" | "skew" | "work") {
            self.loads.iter_mut().for_each(Load::begin_anew);
        } else {
            self.renew(sim);
        }
        self.expect();
    }

    fn check(&self, sim: &mut Sim<Event>) {
        let right = |moving: &rows::Move| moving.plan == Plan::DualFirst;
        let wrong = self.rows.wrong.all();
        let differ =
            self.rows.moving.as_ref().filter(|moving| right(moving)).and_then(|moving| moving.differences);
        sim.rule(0, wrong == 0 || !self.rows.moving.as_ref().is_some_and(right));
        sim.rule(1, differ.unwrap_or(0) == 0);
        sim.rule(2, self.numbers.doubled == 0);
        let heavy = self.knobs.rate >= 150.0 && self.knobs.skew >= 1.2;
        sim.goal(0, heavy && sim.now().since(self.calm) >= Nanos::from_secs(10));
        sim.goal(1, self.loads[1].questions() >= 100 && self.loads[1].hottest() >= 0.9);
        sim.goal(2, self.loads[0].scans >= 200 && self.loads[0].slow_scans().0 >= 0.125);
        sim.goal(3, wrong >= 100);
    }

    fn readings(&self, _: &Sim<Event>, _: Nanos) -> Vec<f64> {
        let [hash, range, directory] = &self.loads;
        let moved = self.moved.unwrap_or([f64::NAN; 3]);
        let (wrong, shards) = (self.rows.wrong, f64::from(self.knobs.shards));
        let copied = self.rows.moving.as_ref().map_or(0, |moving| moving.migration.progress().0);
        let (snowflake, uuid4) = (self.numbers.tree(0), self.numbers.tree(1));
        vec![
            self.asked as f64,
            hash.hottest(),
            self.expected,
            range.hottest(),
            directory.hottest(),
            self.law.probability(0),
            hash.throttled_share(),
            range.throttled_share(),
            directory.throttled_share(),
            hash.scan_fanout(),
            range.scan_fanout(),
            hash.slow_scans().0,
            hash.slow_scans().1,
            range.slow_scans().0,
            moved[0],
            shards / (shards + 1.0),
            moved[1],
            moved[2],
            wrong.lost as f64,
            wrong.stale as f64,
            wrong.risen as f64,
            copied as f64,
            range.changes as f64,
            directory.changes as f64,
            self.numbers.refused as f64,
            self.numbers.doubled as f64,
            snowflake.0,
            uuid4.0,
            snowflake.1,
            uuid4.1,
        ]
    }

    fn scene(&self, _: &Sim<Event>, now: Nanos) -> Scene {
        self.shards(now)
    }

    fn view(&self, _: &Sim<Event>, now: Nanos, view: usize) -> Scene {
        if view == 1 { self.reshard(now) } else { self.ids() }
    }

    fn things(&self, _: &Sim<Event>, _: Nanos) -> Vec<Thing> {
        let copies =
            self.rows.moving.as_ref().is_some_and(|moving| moving.migration.phase() == Phase::Backfill);
        let copy = copies.then(|| Thing { id: COPY, name: "the copying process".into(), acts: &["crash"] });
        let acts: &[_] = match self.knobs.scheme {
            Scheme::Hash => &[],
            Scheme::Range => &["split", "move"],
            Scheme::Directory => &["move"],
        };
        let count = if acts.is_empty() || self.moves() { 0 } else { self.routes.shards };
        let last = &self.load().last;
        let mut shards: Vec<Shard> = (0..count).collect();
        shards.sort_by_key(|shard| std::cmp::Reverse(last[*shard as usize]));
        let shards = shards.into_iter().map(|shard| Thing {
            id: u64::from(shard),
            name: format!("shard {}, {} questions/s", shard + 1, last[shard as usize]),
            acts,
        });
        copy.into_iter().chain(shards).collect()
    }

    fn act(&mut self, _: &mut Sim<Event>, act: &'static str, thing: u64) -> (&'static str, u64) {
        match (act, thing) {
            ("crash", COPY) => match self.rows.moving.as_mut().map(|moving| moving.migration.crash()) {
                Some(lost) => ("the copy crashes: # rows are read again", lost as u64),
                None => ("nothing is copied", 0),
            },
            ("split" | "move", 0..COPY) if self.relieve(thing as Shard, act == "split") => {
                let load = &mut self.loads[self.knobs.scheme as usize];
                load.changes += 1;
                load.begin_anew();
                ("shard # gives a part away", thing + 1)
            }
            _ => ("shard # has nothing that could be moved", thing + 1),
        }
    }

    fn bytes(&self) -> usize {
        (96 << 10) + self.rows.len() * 72 + self.numbers.bytes()
    }
}
