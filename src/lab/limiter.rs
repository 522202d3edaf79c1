//! Eight rate limiters on one stream of arrivals, two of them side by side on the screen.
//!
//! Every arrival is put to all, so whatever differs comes from the limiters. What is measured is what
//! the service behind them feels: the most requests that go on within *any* span of one window's length.
//! A bucket bounds that by `burst + rate * t`, a number one chooses; the fixed window lets through twice
//! its limit once a client finds the boundary (the pattern `boundary` is such a client), and servers that
//! count by themselves let through what they do not know of each other.
//!
//! Each limiter is held to its own promise, both ways: it admits no more, and refuses nobody whom the promise would
//! let in. The bugs are limiters that people write (`broken.rs`), put in the place of the right one.

mod algorithms;
mod arrivals;
mod broken;
mod measures;
mod picture;

use algorithms::{ALL, Algorithm, BUCKET, COUNTER, FIXED, LOCAL, LOG, QUEUE};
use arrivals::Arrivals;
use measures::{Books, Side};

use super::measure::Trail;
use super::scenario::{Scenario, Sim, start};
use super::{Scene, Settings, Spec, Unit, choice, number, reading};
use crate::sim::{Nanos, Rng, Seed, Token};

/// What the demo says of itself.
pub static SPEC: Spec = Spec {
    name: "limiter",
    title: "Rate limiters",
    part: "reliability",
    topics: &["rate-limiting"],
    hook: "Both allow 10 requests a second. How many can a client push through in one second?",
    look_for: &[
        "Set the pattern to boundary: the fixed window admits its limit just before the edge and again just after it, 20 in a second where 10 are allowed.",
        "The bucket's worst window stays at or below burst + rate·t, whatever the client does. With burst 10 that is twice the limit too, but by your choice.",
        "Choose the leaky queue: the same requests get in as with the token bucket, but they leave 100 ms apart, and the last of a burst of 5 waits 400 ms.",
        "Set the pattern to late: the sliding counter takes the quiet window's late burst as spread evenly, and admits 19 within a second.",
        "Choose local counts with load 200: 4 servers admit 40 where 10 are allowed, until a sync tells them of each other. Shorten the sync.",
        "The table: only the sliding log keeps 10 in any window, and it pays 8 bytes for each of them.",
    ],
    controls: &[
        choice("pattern", "how they arrive", arrivals::PATTERNS, 1.0),
        choice("algorithm", "the limiter to look at", algorithms::OPTIONS, BUCKET as f64),
        choice("rival", "the one beside it", algorithms::OPTIONS, FIXED as f64),
        number("rate", "allowed a second, by all", (1.0, 1_000.0), 0.0, 10.0, "/s"),
        number("burst", "what a bucket holds", (1.0, 1_000.0), 0.0, 5.0, ""),
        number("window", "length of a window", (100.0, 5_000.0), 0.0, 1_000.0, "ms"),
        number("load", "arrivals a second, on average", (1.0, 5_000.0), 0.0, 15.0, "/s"),
        number("servers", "servers with local counts", (1.0, 20.0), 1.0, 4.0, ""),
        number("sync", "time between syncs of local counts", (10.0, 5_000.0), 0.0, 500.0, "ms"),
        choice("bug", "break it on purpose", algorithms::BUGS, 0.0),
    ],
    readings: &[
        reading("arrivals", Unit::Count, "requests that arrived"),
        reading("admitted_bucket", Unit::Count, "admitted by the token bucket"),
        reading("admitted_fixed", Unit::Count, "admitted by the fixed window"),
        reading("admitted_counter", Unit::Count, "admitted by the sliding counter"),
        reading("admitted_log", Unit::Count, "admitted by the sliding log"),
        reading("admitted_local", Unit::Count, "admitted by the local counts"),
        reading("refused_bucket", Unit::Count, "refused by the token bucket"),
        reading("refused_fixed", Unit::Count, "refused by the fixed window"),
        reading(
            "worst_window_bucket",
            Unit::Count,
            "most admitted by the bucket in any span of a window's length",
        ),
        reading("worst_window_queue", Unit::Count, "most that left the leaky queue in any such span"),
        reading("worst_window_fixed", Unit::Count, "most admitted by the fixed window in any such span"),
        reading("worst_window_counter", Unit::Count, "most admitted by the sliding counter in any such span"),
        reading("worst_window_log", Unit::Count, "most admitted by the sliding log in any such span"),
        reading("limit", Unit::Count, "what a window may admit: rate times window"),
        reading(
            "bound_bucket",
            Unit::Count,
            "most the bucket may admit in such a span: burst + rate times window",
        ),
        reading(
            "bound_fixed",
            Unit::Count,
            "most the fixed window may admit in such a span: twice the limit",
        ),
        reading("overshoot_bucket", Unit::Ratio, "the bucket's worst window over the limit"),
        reading("overshoot_fixed", Unit::Ratio, "the fixed window's worst window over the limit"),
        reading("window_local", Unit::Count, "most admitted by the local counts in one of their windows"),
        reading("bound_local", Unit::Count, "most they may admit in one: servers times limit"),
        reading("wait_queue", Unit::Millis, "mean wait of what the leaky queue admits"),
        reading("wait_queue_max", Unit::Millis, "longest wait in the leaky queue"),
        reading("wait_bound", Unit::Millis, "longest wait that is possible: (burst - 1) / rate"),
        reading("bytes_bucket", Unit::Count, "bytes that the token bucket keeps for the client"),
        reading("bytes_log", Unit::Count, "most bytes that the sliding log kept for the client"),
        reading(
            "differing",
            Unit::Count,
            "requests on which GCRA or a leaky bucket differs from the token bucket",
        ),
    ],
    bet: "rate-limiting.bet-boundary",
    goals: &[
        "make the fixed window admit twice its limit",
        "for 5 s use 90% of the bucket's rate, no window above 1.1 × limit",
        "make the sliding counter admit 1.8 times its limit",
        "make local counts on 3 servers or more admit servers × limit",
    ],
    invariants: &[
        "buckets: any t seconds admit at most burst + rate·t, a queue 1 + rate·t",
        "windows admit at most the limit, the sliding counter below twice it",
        "no bucket, fixed window or log refuses without need",
        "local counts: a window admits at most servers × limit",
    ],
    acts: &[],
    views: &[],
    bugs: &[
        "the fixed window's servers read the count, compare, and write it back 20 ms later: requests in between are not counted",
        "the token bucket adds whole tokens each time it is asked and loses the fraction: a busy client gets hardly any",
        "every request sets the fixed window's expiry anew: a busy client's window never ends, and it is locked out",
    ],
    theory: &[
        ("worst_window_bucket", "bound_bucket"),
        ("worst_window_fixed", "bound_fixed"),
        ("window_local", "bound_local"),
        ("wait_queue_max", "wait_bound"),
    ],
    length: Nanos::from_secs(12),
    speed: 1.0,
    sources: &[
        source!("limiter/token_bucket.rs", "pub fn admit_n"),
        source!("limiter/fixed_window.rs", "pub fn admit_n"),
        source!("limiter/gcra.rs", "fn admit"),
        source!("limiter/leaky_queue.rs", "fn admit"),
        source!("limiter/sliding_counter.rs", "fn admit"),
        source!("limiter/sliding_log.rs", "fn admit"),
        source!("limiter/local_counts.rs", "pub fn admit_at"),
    ],
    start: &|seed, settings| start(&SPEC, settings, |sim| Limiter::new(seed, sim)),
};

/// How wide a bin of the chart is, and how many are kept.
const BIN: Nanos = Nanos::from_millis(100);
const BINS: usize = 120;
/// How long a decided request is seen.
const SEEN: Nanos = Nanos::from_millis(600);
/// How long a goal must be held.
const HELD: Nanos = Nanos::from_secs(5);

// The places of the rules.
const BUCKETS_HOLD: usize = 0;
const WINDOWS_HOLD: usize = 1;
const NO_NEEDLESS_REFUSAL: usize = 2;
const LOCAL_HOLDS: usize = 3;

/// The limits, as whole numbers.
#[derive(Clone, Copy, Debug)]
struct Limits {
    rate: u32,
    burst: u32,
    window: Nanos,
    /// What a window may admit.
    limit: u64,
    servers: u64,
    sync: Nanos,
}

impl Limits {
    fn of(settings: &Settings) -> Limits {
        let millis = |name: &str| Nanos::from_millis((settings.get(name) as u64).max(1));
        let (rate, window) = (settings.get("rate") as u32, millis("window"));
        Limits {
            rate,
            burst: settings.get("burst") as u32,
            window,
            // A window that is too short for one request still admits one, or it would admit none ever.
            limit: (u64::from(rate) * window.0 / Nanos::from_secs(1).0).max(1),
            servers: (settings.get("servers") as u64).max(1),
            sync: millis("sync"),
        }
    }
}

/// What can happen.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// A request arrives.
    Arrive,
    /// The request of that number leaves the leaky queue; only told where the queue is looked at.
    Leave(u64),
    /// The servers share their counts; only told where local counts are looked at.
    Sync,
}

/// What each limiter said to a request: a bit a limiter.
type Said = u8;

#[derive(Clone)]
struct Limiter {
    limits: Limits,
    algorithms: [Algorithm; ALL],
    arrivals: Arrivals,
    /// Which server a request comes to.
    servers: Rng,
    /// When the next request comes.
    next: Nanos,
    arriving: Token,
    sync: Option<Token>,
    /// How many have arrived; also the number of the last one.
    count: u64,
    sides: [Side; ALL],
    books: [Books; ALL],
    /// On how many requests one of the buckets said otherwise than the token bucket.
    differing: u64,
    /// The two that are looked at.
    shown: [usize; 2],
    recent: Trail<Said>,
    /// Since when the same limits hold, and what the token bucket had admitted then.
    held: (Nanos, u64),
}

fn shown(settings: &Settings) -> [usize; 2] {
    ["algorithm", "rival"].map(|name| settings.count(name).min(ALL - 1))
}

impl Limiter {
    fn new(seed: Seed, sim: &mut Sim<Event>) -> Limiter {
        let limits = Limits::of(sim.settings());
        let mut arrivals = Arrivals::new(Rng::stream(seed, "arrivals"), sim.settings(), &limits);
        let next = arrivals.next(Nanos::ZERO);
        let mut limiter = Limiter {
            algorithms: std::array::from_fn(|place| Algorithm::new(place, &limits, sim.settings())),
            limits,
            arrivals,
            servers: Rng::stream(seed, "servers"),
            next,
            arriving: sim.at(next, Event::Arrive),
            sync: None,
            count: 0,
            sides: std::array::from_fn(|_| Side::default()),
            books: std::array::from_fn(|_| Books::default()),
            differing: 0,
            shown: shown(sim.settings()),
            recent: Trail::new(SEEN),
            held: (Nanos::ZERO, 0),
        };
        limiter.tell_syncs(sim);
        limiter
    }

    /// A request comes to one of the servers and is put to every limiter.
    fn arrive(&mut self, sim: &mut Sim<Event>) -> (&'static str, u64) {
        let now = sim.now();
        self.count += 1;
        let server = self.servers.below(self.limits.servers) as usize;
        let mut said: Said = 0;
        for place in 0..ALL {
            let decision = self.algorithms[place].admit(server, now);
            let side = &mut self.sides[place];
            side.note(now, decision, self.limits.window);
            side.bytes = side.bytes.max(self.algorithms[place].bytes());
            let trailing = side.trailing(now, self.limits.window);
            let broken = self.books[place].enter(place, now, decision, &self.limits, trailing);
            sim.rule(BUCKETS_HOLD, !broken.bucket);
            sim.rule(WINDOWS_HOLD, !broken.window);
            sim.rule(NO_NEEDLESS_REFUSAL, !broken.refusal);
            sim.rule(LOCAL_HOLDS, !broken.local);
            said |= Said::from(decision.admitted()) << place;
        }
        let buckets = said & 0b1111;
        self.differing += u64::from(buckets != 0 && buckets != 0b1111);
        if self.shown.contains(&QUEUE)
            && let Some(leaves) = self.sides[QUEUE].leaving(now).last()
            && admits(said, QUEUE)
        {
            sim.at(leaves, Event::Leave(self.count));
        }
        self.recent.push(now, self.count, said);
        self.next = self.arrivals.next(now);
        self.arriving = sim.at(self.next, Event::Arrive);
        let what = match self.shown.map(|place| admits(said, place)) {
            [true, true] => "request # admitted by both",
            [false, false] => "request # refused by both",
            [true, false] => algorithms::ONLY[self.shown[0]],
            [false, true] => algorithms::ONLY[self.shown[1]],
        };
        (what, self.count)
    }

    /// Has the next sync told, where local counts are looked at.
    fn tell_syncs(&mut self, sim: &mut Sim<Event>) {
        if let Some(token) = self.sync.take() {
            sim.cancel(token);
        }
        if self.shown.contains(&LOCAL) {
            let rounds = sim.now().0 / self.limits.sync.0 + 1;
            self.sync = Some(sim.at(self.limits.sync * rounds, Event::Sync));
        }
    }

    /// The limiters start anew under the limits of now, and so does what is measured of them: it says nothing about
    /// others.
    fn renew(&mut self, settings: &Settings, places: std::ops::Range<usize>) {
        for place in places {
            self.algorithms[place] = Algorithm::new(place, &self.limits, settings);
            self.sides[place].forget();
            self.books[place] = Books::default();
        }
    }

    fn reached(&self, now: Nanos) -> [bool; 4] {
        let Limits { rate, limit, servers, .. } = self.limits;
        let worst = |place: usize| self.sides[place].worst as f64 / limit as f64;
        let sound = |place: usize| self.algorithms[place].sound();
        let (since, before) = self.held;
        let span = now.since(since);
        let used = (self.sides[BUCKET].admitted - before) as f64 / (f64::from(rate) * span.as_secs_f64());
        [
            worst(FIXED) >= 2.0 && sound(FIXED),
            span >= HELD && used >= 0.9 && worst(BUCKET) <= 1.1 && sound(BUCKET),
            worst(COUNTER) >= 1.8,
            servers >= 3 && self.books[LOCAL].most >= servers * limit,
        ]
    }
}

fn admits(said: Said, place: usize) -> bool {
    said >> place & 1 == 1
}

impl Scenario for Limiter {
    type Event = Event;

    fn happen(&mut self, sim: &mut Sim<Event>, event: Event) -> (&'static str, u64) {
        let now = sim.now();
        match event {
            Event::Arrive => self.arrive(sim),
            Event::Leave(id) => {
                self.sides[QUEUE].settle(now, self.limits.window);
                ("request # leaves the leaky queue", id)
            }
            Event::Sync => {
                self.sync = None;
                self.tell_syncs(sim);
                let Algorithm::Local(counts) = &self.algorithms[LOCAL] else { return ("a sync", 0) };
                ("the servers share their counts: # in this window", counts.total(now))
            }
        }
    }

    fn changed(&mut self, sim: &mut Sim<Event>, control: &'static str) {
        let now = sim.now();
        let settings = sim.settings().clone();
        self.limits = Limits::of(&settings);
        self.shown = shown(&settings);
        match control {
            "rate" | "burst" | "window" | "bug" => {
                self.renew(&settings, 0..ALL);
                self.held = (now, self.sides[BUCKET].admitted);
            }
            "servers" | "sync" => self.renew(&settings, LOCAL..ALL),
            _ => {}
        }
        self.tell_syncs(sim);
        // Only what shapes the stream disturbs it.
        let aims = self.arrivals.aims_at_the_edge() && matches!(control, "rate" | "window");
        if aims || matches!(control, "load" | "pattern") {
            self.arrivals.change(&settings, &self.limits);
            self.next = self.arrivals.next(now);
            sim.cancel(self.arriving);
            self.arriving = sim.at(self.next, Event::Arrive);
        }
    }

    fn check(&self, sim: &mut Sim<Event>) {
        for (goal, reached) in self.reached(sim.now()).into_iter().enumerate() {
            sim.goal(goal, reached);
        }
    }

    fn readings(&self, _sim: &Sim<Event>, now: Nanos) -> Vec<f64> {
        let sides = &self.sides;
        let limit = self.limits.limit as f64;
        let some = |count: usize| if count == 0 { f64::NAN } else { count as f64 };
        let worst = |place: usize| some(sides[place].worst);
        let admitted = |place: usize| sides[place].admitted as f64;
        let promise = |place: usize| algorithms::promise(place, &self.limits) as f64;
        let mut queue = sides[QUEUE].clone();
        queue.settle(now, self.limits.window);
        vec![
            self.count as f64,
            admitted(BUCKET),
            admitted(FIXED),
            admitted(COUNTER),
            admitted(LOG),
            admitted(LOCAL),
            sides[BUCKET].refused as f64,
            sides[FIXED].refused as f64,
            worst(BUCKET),
            some(queue.worst),
            worst(FIXED),
            worst(COUNTER),
            worst(LOG),
            limit,
            promise(BUCKET),
            promise(FIXED),
            worst(BUCKET) / limit,
            worst(FIXED) / limit,
            some(self.books[LOCAL].most as usize),
            limit * self.limits.servers as f64,
            queue.mean_wait(),
            if queue.admitted == 0 { f64::NAN } else { queue.longest.as_millis_f64() },
            (f64::from(self.limits.burst) - 1.0) / f64::from(self.limits.rate) * 1e3,
            sides[BUCKET].bytes as f64,
            sides[LOG].bytes as f64,
            self.differing as f64,
        ]
    }

    fn scene(&self, _sim: &Sim<Event>, now: Nanos) -> Scene {
        self.pictures(now)
    }

    /// A moment of 8 bytes for each request that a span of a window's length can hold, a limiter, and the log's own; a ring
    /// buffer may be twice as large as what it holds.
    fn bytes(&self) -> usize {
        let held: u64 = (0..ALL).map(|place| algorithms::promise(place, &self.limits)).sum();
        let come = 5_000 * (self.limits.window.0 / 1_000_000) / 1_000 * ALL as u64;
        (32 << 10) + 2 * 8 * (held + self.limits.limit).min(come) as usize
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Run;
    use super::super::testing::{broken, mean, reading, run, set_of, sets, settings};
    use super::*;
    use crate::lab::Control;

    /// Readings that are counts or exact ratios of small counts.
    fn is(run: &Run, name: &str, expected: f64) {
        let value = reading(run, name);
        assert!((value - expected).abs() < 1e-9, "{name} is {value}, not {expected}");
    }

    fn limiter(sets: &[(&str, &str)], seed: u64, until: Nanos) -> Run {
        run(&SPEC, sets, seed, until)
    }

    #[test]
    fn the_boundary_client_gets_exactly_twice_the_limit() {
        for sets in [
            vec![],
            vec![("rate", "100"), ("load", "1000")],
            vec![("rate", "7"), ("window", "100")],
            vec![("rate", "50"), ("window", "500"), ("load", "10")],
        ] {
            let run = limiter(&[vec![("pattern", "boundary")], sets.clone()].concat(), 7, SPEC.length);
            is(&run, "overshoot_fixed", 2.0);
            is(&run, "worst_window_fixed", reading(&run, "bound_fixed"));
            is(&run, "worst_window_log", reading(&run, "limit"));
            assert!(reading(&run, "worst_window_bucket") <= reading(&run, "bound_bucket"), "{sets:?}");
            assert!(run.goals()[0]);
            assert_eq!(run.broken(), [None; 4], "twice the limit is what it promises");
        }
    }

    #[test]
    fn steady_overload_passes_at_the_rate() {
        // 100 arrivals a second, 10 ms apart, until 9.99 s. The bucket is full until the first one, so it
        // hands out 5 + 10/s * 9.98 s = 104.8 tokens; the ten windows admit ten each.
        let run = limiter(&[("pattern", "steady"), ("load", "100")], 1, Nanos::from_millis(9_990));
        is(&run, "arrivals", 999.0);
        is(&run, "admitted_bucket", 104.0);
        is(&run, "refused_bucket", 895.0);
        is(&run, "admitted_fixed", 100.0);
        is(&run, "refused_fixed", 899.0);
        is(&run, "bound_bucket", 15.0);
        is(&run, "limit", 10.0);
        // The first ten come from 10 ms on; the one at 1 s sharp is within a second of them all.
        is(&run, "worst_window_fixed", 11.0);
        // The log admits the first ten of each 1.01 s: from 10 ms on ten times, the last at 9.01 s.
        is(&run, "worst_window_log", 10.0);
        is(&run, "admitted_log", 100.0);
        is(&run, "bytes_log", 80.0);
        is(&run, "bytes_bucket", 16.0);
        // Ten leave a second, 100 ms apart; a span of 1 s, its end not included, holds ten of them.
        is(&run, "worst_window_queue", 10.0);
    }

    #[test]
    fn the_last_of_a_burst_waits_for_all_before_it() {
        // A burst fills the queue: (5 - 1) / 10 per s. What the reading says is a little less, since a burst takes time.
        let run = limiter(&[("pattern", "boundary"), ("load", "200")], 1, SPEC.length);
        is(&run, "wait_bound", 400.0);
        let longest = reading(&run, "wait_queue_max");
        assert!(longest <= 400.0 && longest > 399.0 - 50.0 / 10.0, "{longest}");
    }

    #[test]
    fn mean_waits_in_the_queue_are_those_of_a_queue_with_places() {
        // One place: no wait at all, and a share of 1 / (1 + load / rate) gets in (Erlang's loss formula holds for any
        // service time, here exactly 100 ms): 10 / 25 at load 15. A renewal every 100 ms + 1 / 15 s: in 12 s about 72
        // with variance 72 * (1/15)^2 / (1/6)^2 = 11.5; the mean of 60 runs deviates by 0.44 from it, and the start
        // and end of a run add less than one.
        let sets = [("burst", "1")];
        let (admitted, error) = mean(&SPEC, &sets, "admitted_bucket", 60);
        assert!((admitted - 72.0).abs() < 4.0 * error + 1.0, "{admitted} +- {error}");
        let (wait, _) = mean(&SPEC, &sets, "wait_queue", 5);
        assert!(wait.abs() < 1e-12, "{wait}");
    }

    #[test]
    fn the_worst_window_is_the_worst_of_all() {
        for (pattern, seed) in [("poisson", 3), ("bursts", 4), ("boundary", 5), ("late", 6)] {
            for (place, name) in [
                (BUCKET, "worst_window_bucket"),
                (FIXED, "worst_window_fixed"),
                (COUNTER, "worst_window_counter"),
                (LOG, "worst_window_log"),
            ] {
                // With the limiter on both sides each step tells whether it was admitted.
                let shown = algorithms::OPTIONS[place];
                let sets = [
                    ("pattern", pattern),
                    ("load", "40"),
                    ("window", "500"),
                    ("algorithm", shown),
                    ("rival", shown),
                ];
                let mut run = limiter(&sets, seed, Nanos::ZERO);
                let mut admitted = Vec::new();
                for _ in 0..400 {
                    let step = run.step().expect("arrivals never end");
                    if step.what == "request # admitted by both" {
                        admitted.push(step.at.0);
                    }
                }
                let spans = admitted.iter().map(|&start| {
                    admitted.iter().filter(|&&at| at >= start && at - start < 500_000_000).count()
                });
                is(&run, name, spans.max().expect("some were admitted") as f64);
            }
        }
    }

    #[test]
    fn local_counts_pass_servers_times_the_limit_and_not_more() {
        // A flood, and no sync within a window: each of the servers admits the limit.
        let flood = |servers, sync| {
            let sets = [("load", "2000"), ("pattern", "steady"), ("servers", servers), ("sync", sync)];
            limiter(&sets, 3, SPEC.length)
        };
        for servers in ["1", "4", "20"] {
            let run = flood(servers, "1000");
            is(&run, "window_local", reading(&run, "bound_local"));
        }
        // A sync each 10 ms: 20 requests come in between, so less than 10 + 20 pass.
        let run = flood("20", "10");
        let most = reading(&run, "window_local");
        assert!(most > 10.0 && most < 30.0, "{most}");
    }

    #[test]
    fn the_four_buckets_decide_alike() {
        for pattern in arrivals::PATTERNS {
            for rate in ["10", "7", "333"] {
                let run = limiter(&[("pattern", pattern), ("rate", rate), ("load", "500")], 2, SPEC.length);
                is(&run, "differing", 0.0);
            }
        }
        assert!(reading(&limiter(&[("bug", "rounded-refill")], 2, SPEC.length), "differing") > 10.0);
    }

    #[test]
    fn nothing_to_read_before_the_first_admission() {
        let run = limiter(&[], 1, Nanos::ZERO);
        for name in ["overshoot_fixed", "worst_window_bucket", "wait_queue", "wait_queue_max", "window_local"]
        {
            assert!(reading(&run, name).is_nan(), "{name}");
        }
        is(&run, "arrivals", 0.0);
    }

    #[test]
    fn goals_need_the_learner_and_can_be_reached() {
        for seed in 0..40 {
            let run = limiter(&[], seed, SPEC.length);
            assert_eq!(run.goals(), [false; 4], "seed {seed}");
        }
        let check = |sets: &[(&str, &str)], goal: usize| {
            assert!(limiter(sets, 7, SPEC.length).goals()[goal], "{}", SPEC.goals[goal]);
        };
        check(&[("pattern", "boundary")], 0);
        check(&[("burst", "1"), ("load", "200")], 1);
        check(&[("pattern", "late")], 2);
        check(&[("load", "200")], 3);
    }

    #[test]
    fn rules_hold_unless_something_is_broken_on_purpose() {
        for seed in 0..8 {
            assert!(broken(&SPEC, &[], seed).is_empty(), "seed {seed}");
            for (bug, rule) in [
                ("read-then-write", WINDOWS_HOLD),
                ("rounded-refill", NO_NEEDLESS_REFUSAL),
                ("expiry-renewed", NO_NEEDLESS_REFUSAL),
            ] {
                assert_eq!(broken(&SPEC, &[("bug", bug)], seed), [rule], "{bug}, seed {seed}");
            }
        }
        assert_eq!(SPEC.bugs.len() + 1, algorithms::BUGS.len());
    }

    #[test]
    fn the_event_that_broke_a_rule_is_named() {
        // Ten pass in 50 ms and ten more just after the edge; the store of the broken window learns of each 20 ms late.
        let run = limiter(&[("pattern", "boundary"), ("bug", "read-then-write")], 7, SPEC.length);
        let step = run.broken()[WINDOWS_HOLD].expect("the window admits more than its limit");
        assert_eq!(step.what, "request # admitted by the fixed window only");
        assert!(step.at < Nanos::from_secs(1) && step.id == 11, "{step} at {}", step.at);
    }

    #[test]
    fn other_limits_are_measured_anew() {
        let mut run = limiter(&[("pattern", "boundary")], 7, Nanos::from_secs(4));
        is(&run, "worst_window_fixed", 20.0);
        run.set("rate", 20.0);
        assert!(reading(&run, "worst_window_fixed").is_nan());
        run.advance_to(SPEC.length, || true);
        is(&run, "worst_window_fixed", 40.0);
        assert_eq!(run.broken(), [None; 4]);
    }

    #[test]
    fn a_limit_does_not_disturb_the_arrivals() {
        let times = |set: Option<(&'static str, f64)>| {
            let mut run = limiter(&[], 7, Nanos::from_secs(4));
            if let Some((control, value)) = set {
                run.set(control, value);
            }
            let arrival = |run: &mut Run| loop {
                let step = run.step().expect("arrivals never end");
                if step.what.starts_with("request # admitted") || step.what.starts_with("request # refused") {
                    return step.at;
                }
            };
            (0..50).map(|_| arrival(&mut run)).collect::<Vec<_>>()
        };
        for set in [
            ("rate", 500.0),
            ("burst", 50.0),
            ("window", 200.0),
            ("servers", 1.0),
            ("sync", 10.0),
            ("bug", 1.0),
            ("algorithm", 1.0),
            ("rival", 7.0),
        ] {
            assert_eq!(times(Some(set)), times(None), "{set:?}");
        }
        assert_ne!(times(Some(("load", 500.0))), times(None));
    }

    #[test]
    fn what_is_looked_at_changes_no_reading() {
        let readings = |shown: &str, rival: &str| {
            let sets = [("algorithm", shown), ("rival", rival), ("load", "60"), ("pattern", "bursts")];
            let readings = limiter(&sets, 5, SPEC.length).readings();
            readings.into_iter().map(f64::to_bits).collect::<Vec<_>>()
        };
        let plain = readings("token-bucket", "fixed-window");
        assert_eq!(readings("leaky-queue", "local-counts"), plain);
        assert_eq!(readings("local-counts", "sliding-log"), plain);
    }

    #[test]
    fn the_queue_and_the_syncs_are_told_where_they_are_looked_at() {
        let told = |shown: &str| {
            let mut run = limiter(&[("algorithm", shown), ("pattern", "boundary")], 7, Nanos::ZERO);
            std::iter::from_fn(|| run.step().filter(|step| step.at < Nanos::from_secs(3)))
                .filter(|step| !step.what.contains("by") && !step.what.contains("only"))
                .map(|step| (step.at, step.to_string()))
                .collect::<Vec<_>>()
        };
        assert_eq!(told("token-bucket"), []);
        // Requests 1 to 5 get in at 950 ms and after; the first goes on at once, the next ones 100 ms apart.
        let leave = |ms, id| (Nanos::from_millis(ms), format!("request {id} leaves the leaky queue"));
        assert_eq!(told("leaky-queue")[..3], [leave(1_050, 2), leave(1_150, 3), leave(1_250, 4)]);
        let share = |ms, count| {
            (Nanos::from_millis(ms), format!("the servers share their counts: {count} in this window"))
        };
        let syncs = told("local-counts");
        assert_eq!(syncs[0], share(500, 0));
        assert_eq!(syncs.len(), 5, "each half second until 3 s");
        // At the edge itself the new window has begun; of its 15 requests none has come yet.
        assert_eq!(syncs[1], share(1_000, 0));
    }

    #[test]
    fn the_seed_makes_the_run() {
        for pattern in ["poisson", "bursts"] {
            let trace = |seed| limiter(&[("pattern", pattern)], seed, SPEC.length).trace();
            assert_eq!(trace(7), trace(7));
            assert_ne!(trace(7), trace(8));
        }
    }

    #[test]
    fn memory_and_work_are_bounded_at_the_far_end() {
        let far = [
            ("rate", "1000"),
            ("burst", "1000"),
            ("window", "5000"),
            ("load", "5000"),
            ("servers", "20"),
            ("sync", "10"),
            ("algorithm", "leaky-queue"),
            ("rival", "local-counts"),
        ];
        for pattern in arrivals::PATTERNS {
            let run = limiter(&[&far[..], &[("pattern", pattern)]].concat(), 1, Nanos::from_secs(3));
            // 5,000 arrivals, at most 1,000 that leave and 100 syncs a second; nine deviations of the Poisson number.
            assert!(run.events() <= 3 * 6_100 + 9 * 123, "{pattern}: {}", run.events());
            let world = (SPEC.start)(Seed(1), &settings(&SPEC, &far));
            assert!(world.bytes() <= 8 << 20, "{}", world.bytes());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn whatever_is_set_the_four_buckets_agree_and_bounds_hold(
            start in sets(10), later in sets(10), seed in 0..9_u64
        ) {
            // Nothing is broken on purpose here.
            let sound = |(control, _): &(&Control, f64)| control.name != "bug";
            let picked = |sets: Vec<_>| sets.into_iter().map(|set| set_of(&SPEC, set)).filter(sound);
            let mut settings = Settings::defaults(&SPEC);
            picked(start).for_each(|(control, value)| settings.put(control.name, value));
            let mut run = Run::without_past(&SPEC, Seed(seed), settings);
            for (control, value) in picked(later) {
                run.advance_to(run.now() + Nanos::from_millis(250), || true);
                run.set(control.name, value);
            }
            run.advance_to(run.now() + Nanos::from_millis(250), || true);
            prop_assert!(reading(&run, "differing").abs() < 1e-12);
            for (name, most) in [
                ("worst_window_fixed", "bound_fixed"),
                ("worst_window_bucket", "bound_bucket"),
                ("worst_window_log", "limit"),
                ("window_local", "bound_local"),
                ("wait_queue_max", "wait_bound"),
            ] {
                let (seen, most) = (reading(&run, name), reading(&run, most));
                prop_assert!(seen.is_nan() || seen <= most + 1e-5, "{}: {} of {}", name, seen, most);
            }
        }
    }
}
