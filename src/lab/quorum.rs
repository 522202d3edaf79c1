//! N, R and W: who holds what, who is asked, how often a read is stale, and what overlap does not give.
//!
//! The store is the one in `systems/replica/leaderless.rs`, with seven members. All four keys have the same homes, the first N
//! of them, so that a picture of the replicas is a picture of every key; the others can stand in. Clients talk to
//! three coordinators that store nothing, so that each replica is equally far from each of them, as in the
//! model of probabilistically bounded staleness (Bailis et al., 2012).
//!
//! Staleness is counted from what clients know: a read is stale that does not reflect the newest write which had been
//! acknowledged when the read began. With `enough` a write goes to W homes by chance and a read to R; without repair
//! nothing brings it further, and the share of stale reads is C(N-W, R) / C(N, R) exactly, but for writes that are under way.
//! With `all` a write comes to the rest by and by, and that share is where the curve begins.
//!
//! What is measured is measured anew when a control is set, and the promises are for operations that begin after that.

mod books;
mod knobs;
mod picture;
mod promises;
mod story;
#[cfg(test)]
mod tests;
mod theory;

use books::Books;
use knobs::{ASKS, BUGS, Bug, COORDINATORS, KEYS, Knobs, MEMBERS, NODES, REPAIRS, TROUBLES, Trouble};
use story::Story;

use super::replicas::{Replicas, Wire};
use super::scenario::{Scenario, Sim, start};
use super::workload::{Arrivals, Pattern};
use super::{Act, Scene, Spec, Thing, Unit, choice, number, reading, switch};
use crate::sim::{Nanos, Rng, Seed, Token};
use crate::systems::replica::leaderless::Request;
use crate::systems::replica::{Answer, Key, NodeId, OpId, Stamp, VersionVector};

/// What the demo says of itself.
pub static SPEC: Spec = Spec {
    name: "quorum",
    title: "Quorums",
    part: "distributed",
    topics: &["quorums"],
    hook: "A write goes to 1 replica of 3, a read asks 2. How many reads are stale?",
    look_for: &[
        "N = 3, W = 1, R = 2, nothing repairs: C(2,2)/C(3,2) = 1 read in 3 is stale. Set R = 3 and none is: R + W > N.",
        "Set asks to all: every home gets the write in the end, and a read misses it only while it is under way. The curve falls with the age of the write.",
        "The R-th fastest of N answers decides: asking all 3 and waiting for 2 has a p99 of 230 ms, asking just 2 has 375 ms.",
        "trouble = overlap, W = R = 2: the write has reached s1 only. One read sees it, the next one, of s2 and s3, does not. R + W > N and no read is stale, yet the history is not linearizable. repair = write-back ends it.",
        "trouble = crash, W = 3: writes fail for 5 s. With sloppy a stand-in takes them with a hint, and hands them off when s1 is back.",
        "trouble = partition: c1 is alone with s1, and with W = 2 or R = 2 has no quorum. sloppy does not help it: there is nobody else that it can reach.",
    ],
    controls: &[
        number("n", "N: homes of a key", (1.0, 5.0), 1.0, 3.0, ""),
        number("w", "W: stored before a write is acknowledged", (1.0, 5.0), 1.0, 1.0, ""),
        number("r", "R: answers that a read waits for", (1.0, 5.0), 1.0, 2.0, ""),
        choice("asks", "asks all homes, or just enough", ASKS, 1.0),
        choice("repair", "what brings copies together", REPAIRS, 0.0),
        switch("sloppy", "others stand in for silent homes", false),
        choice("trouble", "5 s in every 10, or a story", TROUBLES, 0.0),
        number("latency", "mean of a way; storing takes twice that more", (1.0, 200.0), 0.0, 50.0, "ms"),
        number("load", "operations per second, 1 in 4 a write", (1.0, 200.0), 0.0, 20.0, "/s"),
        choice("bug", "break it on purpose", BUGS, 0.0),
    ],
    readings: &[
        reading(
            "stale_share",
            Unit::Share,
            "reads that miss the newest write acknowledged before they began",
        ),
        reading(
            "stale_theory",
            Unit::Share,
            "the same expected, where W homes get a write and no more: C(N-W, R) / C(N, R)",
        ),
        reading("reads", Unit::Count, "reads that were answered"),
        reading("stale", Unit::Count, "of these, the stale ones"),
        reading(
            "inversions",
            Unit::Count,
            "reads that saw an older value than a read which had ended before",
        ),
        reading("reads_served", Unit::Share, "reads that were answered, of those that are over"),
        reading("writes_served", Unit::Share, "writes that were acknowledged, of those that are over"),
        reading("read_p50", Unit::Millis, "time of a read, median"),
        reading("read_p50_theory", Unit::Millis, "the same expected: the last one waited for of those asked"),
        reading("read_p99", Unit::Millis, "time of a read, 99th percentile"),
        reading("read_p99_theory", Unit::Millis, "the same expected"),
        reading("write_p99", Unit::Millis, "time of a write, 99th percentile"),
        reading("write_p99_theory", Unit::Millis, "the same expected"),
        reading("behind", Unit::Count, "copies that miss the newest acknowledged write of their key, now"),
        reading("homeless", Unit::Count, "keys whose newest acknowledged write is at no home, now"),
        reading("hints", Unit::Count, "hints that wait to be handed off, now"),
        reading(
            "lost",
            Unit::Count,
            "writes acknowledged under a stamp below that of an earlier one: never read",
        ),
        reading("messages", Unit::Ratio, "messages sent for each operation"),
    ],
    bet: "quorums.bet-stale",
    goals: &[
        "200 reads, none stale, all answered",
        "answer all of 40 writes during trouble, with R + W > N",
        "R + W > N, no read stale, and yet new then old",
        "4 hints wait, and all are handed off",
    ],
    invariants: &[
        "acknowledged: W replicas hold it, homes where not sloppy",
        "R + W > N, not sloppy: no read is stale",
        "no replica goes back to an older version",
        "R + W > N, write-back: never new, then old",
        "a write that began after another ended has the greater stamp",
    ],
    acts: &[
        Act { name: "crash", meaning: "the replica stops; its disk survives" },
        Act { name: "restart", meaning: "it is up again, with what was on its disk" },
        Act { name: "drop", meaning: "the message never arrives" },
        Act { name: "delay", meaning: "it arrives 0.5 s later" },
    ],
    views: &["replicas", "messages", "history"],
    bugs: &[
        "counts-itself: the coordinator counts itself among the W that stored the write, and has stored nothing",
        "last-to-arrive: a replica keeps what arrives last and compares no stamps: a late message undoes a newer write",
        "slow-clock: the clock of coordinator c1 is 1 s behind: its writes are acknowledged and lose to older ones",
    ],
    theory: &[
        ("stale_share", "stale_theory"),
        ("read_p50", "read_p50_theory"),
        ("read_p99", "read_p99_theory"),
        ("write_p99", "write_p99_theory"),
    ],
    length: Nanos::from_secs(30),
    speed: 1.0,
    sources: &[
        source!("replica/leaderless.rs", "pub fn deliver"),
        source!("replica/leaderless/coordinate.rs", "fn begin_write"),
        source!("replica/leaderless/converge.rs", "fn hand_off"),
        source!("replica/version.rs", "pub fn join"),
        source!("replica/copy.rs", "pub fn hash"),
    ],
    start: &|seed, settings| start(&SPEC, settings, |sim| Quorum::new(seed, sim)),
};

/// The share of writes.
const WRITES: f64 = 0.25;

/// What can happen.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// A client wants something.
    Call,
    /// The next call of the story.
    Told,
    /// The trouble begins or ends.
    Trouble,
    /// Something in the store.
    Store(Wire),
}

impl From<Wire> for Event {
    fn from(wire: Wire) -> Event {
        Event::Store(wire)
    }
}

#[derive(Clone)]
struct Quorum {
    knobs: Knobs,
    replicas: Replicas,
    arrivals: Arrivals,
    choices: Rng,
    story: Story,
    books: Books,
    /// The next event of the trouble, and whether it is on.
    turning: Option<Token>,
    in_trouble: bool,
    calling: Option<Token>,
    ops: OpId,
    /// The greatest stamp that each member ever held of each key.
    held: [[Stamp; KEYS]; MEMBERS],
    /// Which rules are broken.
    broken: [bool; 5],
    /// The most hints that waited since there were none.
    hints_peak: usize,
    hints_done: bool,
    /// When no write newer than that was acknowledged: how often a read misses it, by its age, as theory has it.
    expected: Vec<(f64, f64)>,
}

impl Quorum {
    fn new(seed: Seed, sim: &mut Sim<Event>) -> Quorum {
        let knobs = Knobs::of(sim.settings());
        let mut quorum = Quorum {
            replicas: Replicas::new(seed, &knobs.config(), NODES, knobs.link(), sim),
            arrivals: Arrivals::new(Rng::stream(seed, "arrivals"), Pattern::Poisson, knobs.load),
            choices: Rng::stream(seed, "choices"),
            story: Story::default(),
            books: Books::new(&knobs),
            turning: None,
            in_trouble: false,
            calling: None,
            ops: 0,
            held: [[Stamp::default(); KEYS]; MEMBERS],
            broken: [false; 5],
            hints_peak: 0,
            hints_done: false,
            expected: theory::visibility(&knobs),
            knobs,
        };
        quorum.arrange(sim);
        quorum
    }

    /// Has everything be as the knobs say: links, clocks, the next call, the next trouble.
    fn arrange(&mut self, sim: &mut Sim<Event>) {
        for token in [self.turning.take(), self.calling.take()].into_iter().flatten() {
            sim.cancel(token);
        }
        if self.in_trouble {
            self.end_trouble(sim);
        }
        self.replicas.network = self.knobs.network();
        self.replicas.disk = self.knobs.disk();
        let behind = if self.knobs.bug == Bug::SlowClock { knobs::CLOCK_BEHIND } else { Nanos::ZERO };
        self.replicas.nodes[MEMBERS].set_clock_behind(behind);
        if self.knobs.trouble == Trouble::Overlap {
            self.calling = Some(self.story.begin(sim));
        } else {
            let at = self.arrivals.next(sim.now());
            self.calling = Some(sim.at(at, Event::Call));
        }
        self.turning = self.knobs.trouble.next(sim.now()).map(|at| sim.at(at, Event::Trouble));
    }

    fn call(&mut self, sim: &mut Sim<Event>) -> (&'static str, u64) {
        let next = self.arrivals.next(sim.now());
        self.calling = Some(sim.at(next, Event::Call));
        let writes = self.choices.chance(WRITES);
        let key = self.choices.below(KEYS as u64) as usize;
        let at = MEMBERS + self.choices.below(COORDINATORS as u64) as usize;
        self.begin(sim, at, key, writes)
    }

    /// A client makes a request at a coordinator.
    fn begin(&mut self, sim: &mut Sim<Event>, at: NodeId, key: usize, writes: bool) -> (&'static str, u64) {
        self.ops += 1;
        let op = self.ops;
        let value = self.books.begin(sim.now(), op, (key, at), writes);
        let request = value.map_or(Request::Read, |value| Request::Write(value, VersionVector::new()));
        let told = self.replicas.request(sim, at, op, (key_of(key), request));
        self.told(sim.now(), told);
        (if writes { "request # writes" } else { "request # reads" }, op)
    }

    /// Clients are told how their requests ended.
    fn told(&mut self, now: Nanos, told: Vec<(OpId, Answer)>) {
        for (op, answer) in told {
            let Some(operation) = self.books.operation(op) else { continue };
            self.hold_to_promises(&operation, &answer);
            let holders = self.holders(operation.key, &answer);
            if let (Answer::Written(_), true) = (&answer, operation.era == self.books.era) {
                self.broken[0] |= holders < self.knobs.w;
            }
            let legs = self.replicas.legs(op).to_vec();
            self.books.end(now, op, (&answer, self.in_trouble), legs);
        }
    }

    fn end_trouble(&mut self, sim: &mut Sim<Event>) -> &'static str {
        self.in_trouble = false;
        self.replicas.network.heal();
        if self.knobs.trouble == Trouble::Partition {
            return "the partition heals";
        }
        self.replicas.restart(sim, 0);
        "s1 is up again"
    }

    fn trouble_turns(&mut self, sim: &mut Sim<Event>) -> (&'static str, u64) {
        let now = sim.now();
        let what = if self.in_trouble {
            self.end_trouble(sim)
        } else {
            self.in_trouble = true;
            match self.knobs.trouble {
                Trouble::Partition => {
                    self.replicas.network.partition(&[&[0, MEMBERS]]);
                    "s1 and the coordinator c1 are cut off from the rest"
                }
                _ => {
                    self.replicas.crash(sim, 0);
                    "s1 crashes"
                }
            }
        };
        self.turning = self.knobs.trouble.next(now).map(|at| sim.at(at, Event::Trouble));
        (what, 0)
    }
}

/// The keys of the demo are such as have their homes from the first member on.
fn key_of(key: usize) -> Key {
    (key * MEMBERS) as Key
}

impl Scenario for Quorum {
    type Event = Event;

    fn happen(&mut self, sim: &mut Sim<Event>, event: Event) -> (&'static str, u64) {
        match event {
            Event::Call => self.call(sim),
            Event::Told => {
                let (at, writes) = self.story.next();
                self.calling = Some(self.story.wait(sim));
                self.begin(sim, at, 0, writes)
            }
            Event::Trouble => self.trouble_turns(sim),
            Event::Store(wire) => {
                let outcome = self.replicas.happen(sim, wire);
                self.look_at(outcome.node);
                self.told(sim.now(), outcome.told);
                self.books.drop_finished(&mut self.replicas);
                (outcome.what, outcome.id)
            }
        }
    }

    fn changed(&mut self, sim: &mut Sim<Event>, _control: &'static str) {
        // Trouble that is on ends as what it was.
        if self.in_trouble {
            self.end_trouble(sim);
        }
        self.knobs = Knobs::of(sim.settings());
        self.replicas.configure(sim, &self.knobs.config());
        self.arrivals.set_rate(self.knobs.load);
        self.books.begin_era(&self.knobs);
        self.held = [[Stamp::default(); KEYS]; MEMBERS];
        self.expected = theory::visibility(&self.knobs);
        self.arrange(sim);
    }

    fn check(&self, sim: &mut Sim<Event>) {
        for (rule, broken) in self.broken.iter().enumerate() {
            sim.rule(rule, !broken);
        }
        let (books, knobs) = (&self.books, &self.knobs);
        let overlap = knobs.r + knobs.w > knobs.n;
        sim.goal(0, books.reads >= 200 && books.stale == 0 && books.reads_failed == 0);
        let trouble = books.writes_in_trouble;
        sim.goal(1, overlap && trouble.0 >= 40 && trouble.1 == 0);
        sim.goal(2, overlap && !knobs.sloppy && books.inversions > 0 && books.stale == 0);
        sim.goal(3, self.hints_done);
    }

    fn readings(&self, _: &Sim<Event>, _: Nanos) -> Vec<f64> {
        let (books, knobs) = (&self.books, &self.knobs);
        let (behind, homeless) = self.behind();
        let share = |part: u64, rest: u64| part as f64 / (part + rest) as f64;
        let reads = if knobs.repair.writes_back() { f64::NAN } else { 1.0 };
        vec![
            books.stale_share(),
            theory::expected_stale(knobs),
            books.reads as f64,
            books.stale as f64,
            books.inversions as f64,
            share(books.reads, books.reads_failed),
            share(books.writes, books.writes_failed),
            books.read_times.percentile(0.5) / 1e6,
            theory::quantile(knobs, false, 0.5) * reads,
            books.read_times.percentile(0.99) / 1e6,
            theory::quantile(knobs, false, 0.99) * reads,
            books.write_times.percentile(0.99) / 1e6,
            theory::quantile(knobs, true, 0.99),
            behind as f64,
            homeless as f64,
            self.hints() as f64,
            books.lost as f64,
            (self.replicas.sent as f64) / self.ops as f64,
        ]
    }

    fn scene(&self, _: &Sim<Event>, now: Nanos) -> Scene {
        self.replicas_scene(now)
    }

    fn view(&self, _: &Sim<Event>, now: Nanos, view: usize) -> Scene {
        match view {
            1 => self.messages_scene(),
            2 => self.history_scene(now),
            _ => self.replicas_scene(now),
        }
    }

    fn things(&self, _: &Sim<Event>, now: Nanos) -> Vec<Thing> {
        let shown = (self.knobs.n + 2).min(MEMBERS);
        self.replicas.things(now, shown, |id| {
            if id < MEMBERS { format!("s{}", id + 1) } else { format!("c{}", id - MEMBERS + 1) }
        })
    }

    fn act(&mut self, sim: &mut Sim<Event>, act: &'static str, thing: u64) -> (&'static str, u64) {
        self.replicas.act(sim, act, thing)
    }

    fn bytes(&self) -> usize {
        (32 << 10) + self.replicas.bytes()
    }
}
