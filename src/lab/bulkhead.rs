//! One of three dependencies hangs, and what is left of the other two: one pool of permits for all beside a pool each.
//!
//! The same requests come to both layouts at the same moments and take the same work. The front needs a permit to call a
//! dependency, and holds it until the answer or the time-out. A dependency works a while and asks its store; one of
//! the stores stops answering for some seconds. So everything follows from three plain parts: permits, a line, and
//! time-outs. The second question is what becomes of the work when the user has gone: without a deadline nobody down the
//! chain knows, and works on.

mod knobs;
mod measures;
mod picture;
mod request;
mod side;

use knobs::{limits, millis, rules, saturated_theory};
use measures::{Bin, HANGING, HEALTHY};
use request::Wish;
use side::Side;

use super::measure::{Bins, Level};
use super::scenario::{Scenario, Sim, start};
use super::workload::{Arrivals, Pattern};
use super::{Scene, Settings, Spec, Unit, choice, number, reading, switch};
use crate::sim::{Nanos, Rng, Seed, Token};
use crate::systems::bulkhead::permits_in_use;

/// How many dependencies there are, their names, and the share of the requests that needs each.
const DEPENDENCIES: usize = 3;
const NAMES: &[&str] = &["search", "cart", "pay"];
const SHARES: [f64; DEPENDENCIES] = [0.5, 0.3, 0.2];

/// What the demo says of itself.
pub static SPEC: Spec = Spec {
    name: "bulkhead",
    title: "Bulkheads and deadlines",
    part: "reliability",
    topics: &["bulkhead", "timeouts-retries", "failure-modes"],
    hook: "One of three dependencies hangs. How long do the other two live?",
    look_for: &[
        "At 3 s the store behind search stops. 30 calls a second go there and none comes back: 24 free permits last 0.8 s. Then cart and pay, which are well, wait in line behind search.",
        "With a pool each, search fills its 10 permits in a quarter of a second and fails alone. Cart and pay answer 100%, and nothing had to be detected.",
        "In the one pool the front still works, for nobody (!): the line is 3 s long and users wait 2 s. Turn on the deadline: who waited has less time left to hang with, the line settles at 1.1 s, and nearly all of cart and pay is answered in time.",
        "Down the chain too: when the store comes back it first works off calls whose callers have gone. With deadlines it skips them: work for nobody falls to 0.",
        "Set the time-out to 500 ms: what hangs holds 30 x 0.5 = 15 permits, and the one pool survives. It is in danger when rate x time-out exceeds it.",
        "Size a pool by Little's law: rate x latency in use on average, and room for chance. Set 1 permit each and even healthy calls are lost.",
    ],
    controls: &[
        number("pool", "permits of the one pool", (5.0, 150.0), 5.0, 30.0, ""),
        number("each", "permits of each pool, with a pool each", (1.0, 50.0), 1.0, 10.0, ""),
        number("rate", "requests per second: 50% search, 30% cart, 20% pay", (10.0, 120.0), 10.0, 60.0, "/s"),
        choice("hangs", "whose store hangs", NAMES, 0.0),
        number("hang", "for how long, from 3 s on", (0.0, 15.0), 1.0, 8.0, "s"),
        number("timeout", "the user and each hop wait", (50.0, 10_000.0), 0.0, 2_000.0, "ms"),
        switch("deadline", "pass a deadline down", false),
        number("queue", "places in line for a permit, in each pool", (0.0, 300.0), 10.0, 100.0, ""),
        number("latency", "a call while all is well, on average", (10.0, 500.0), 0.0, 100.0, "ms"),
        choice(
            "bug",
            "break it on purpose",
            &["none", "leaked-permit", "returned-twice", "fresh-deadline"],
            0.0,
        ),
    ],
    readings: &[
        reading("requests", Unit::Count, "requests that came to each layout"),
        reading(
            "healthy_one",
            Unit::Share,
            "one pool: answered in time, of the requests during the hang for what is well",
        ),
        reading("healthy_each", Unit::Share, "a pool each: the same"),
        reading(
            "hanging_one",
            Unit::Share,
            "one pool: answered in time, of the requests during the hang for what hangs",
        ),
        reading("hanging_each", Unit::Share, "a pool each: the same"),
        reading("saturated_s", Unit::Seconds, "from the hang until the one pool had no free permit"),
        reading(
            "saturated_theory",
            Unit::Seconds,
            "the same expected: (pool - rate x latency) / rate of what hangs",
        ),
        reading("in_use", Unit::Count, "permits of the one pool in use before the hang, mean"),
        reading("in_use_theory", Unit::Count, "the same by Little's law: rate x latency"),
        reading("wasted_one", Unit::Share, "one pool: pieces of work begun for users who had gone"),
        reading("wasted_each", Unit::Share, "a pool each: the same"),
        reading("skipped_one", Unit::Count, "one pool: pieces of work that a deadline spared"),
        reading("refused_one", Unit::Count, "one pool: requests refused, the line was full"),
        reading("refused_each", Unit::Count, "a pool each: the same"),
        reading("taken_one", Unit::Count, "one pool: permits that are taken now"),
        reading("taken_each", Unit::Count, "a pool each: the same, of all three"),
    ],
    bet: "bulkhead.bet-lasts",
    goals: &[
        "the one pool answers 99% of what is well, through a hang of 5 s or more",
        "no work for nobody in either layout, with a hang of 5 s or more",
        "a pool each of 5 permits or fewer answers 99% of what is well, at 60/s and 100 ms or more",
        "a pool each loses 10% of what is well",
    ],
    invariants: &[
        "each request is answered, refused, timed out or waiting, and only one of them",
        "no more calls are under way than there are permits",
        "each permit that is taken is held by a call that is under way",
        "with a deadline no work begins after it",
    ],
    acts: &[],
    views: &[],
    bugs: &[
        "leaked-permit: the path of the time-out does not give its permit back, until the pool is empty",
        "returned-twice: an answer after the time-out gives the permit back once more, and the pool grows",
        "fresh-deadline: deadlines are passed down, but each hop begins with a full time-out of its own",
    ],
    theory: &[("saturated_s", "saturated_theory"), ("in_use", "in_use_theory")],
    length: Nanos::from_secs(20),
    speed: 1.0,
    sources: &[source!("bulkhead.rs", "pub fn enter"), source!("deadline.rs", "pub fn pass_down")],
    start: &|seed, settings| start(&SPEC, settings, |sim| Bulkheads::new(seed, sim)),
};

/// When the store stops.
const HANG_AT: Nanos = Nanos::from_secs(3);
/// What a hop keeps of the time that is left, for the way of the answer.
const MARGIN: Nanos = Nanos::from_millis(10);
/// How long the end of a request is seen.
const SEEN: Nanos = Nanos::from_millis(400);

/// The layouts.
const ONE: usize = 0;
const EACH: usize = 1;

/// What happens.
#[derive(Clone, Copy, Debug)]
enum Event {
    Request,
    UserGone { side: usize, id: u64 },
    CallTimedOut { side: usize, id: u64 },
    Worked { side: usize, id: u64 },
    StoreTimedOut { side: usize, id: u64 },
    Stored { side: usize, id: u64 },
    Hang,
    Heal,
}

/// What comes: when, for what, and how much work it is. A copy runs ahead without disturbing it.
#[derive(Clone)]
struct Load {
    arrivals: Arrivals,
    kinds: Rng,
}

impl Load {
    /// What the next request is for. One draw.
    fn dependency(&mut self) -> usize {
        let drawn = self.kinds.unit();
        if drawn < SHARES[0] {
            0
        } else if drawn < SHARES[0] + SHARES[1] {
            1
        } else {
            2
        }
    }
}

#[derive(Clone)]
struct Bulkheads {
    load: Load,
    work: Rng,
    next: Nanos,
    next_token: Token,
    requests: u64,
    sides: [Side; 2],
    /// The event that stops the store, or the one that starts it again.
    turn: Option<Token>,
    hanging: Option<usize>,
    hung_at: Option<Nanos>,
    healed_at: Option<Nanos>,
    /// When the one pool was empty first, since the hang began.
    saturated_at: Option<Nanos>,
    /// The permits in use in the one pool, and their mean until the hang.
    in_use: Level,
    in_use_before: f64,
    bins: Bins<Bin>,
}

impl Bulkheads {
    fn new(seed: Seed, sim: &mut Sim<Event>) -> Bulkheads {
        let settings = sim.settings().clone();
        let stream = |label| Rng::stream(seed, label);
        let mut arrivals = Arrivals::new(stream("arrivals"), Pattern::Poisson, settings.get("rate"));
        let next = arrivals.next(Nanos::ZERO);
        let next_token = sim.at(next, Event::Request);
        let side = |side| Side::new(side, rules(&settings), &limits(&settings, side), SEEN);
        Bulkheads {
            load: Load { arrivals, kinds: stream("dependencies") },
            work: stream("work"),
            next,
            next_token,
            requests: 0,
            sides: [side(ONE), side(EACH)],
            turn: (settings.get("hang") > 0.0).then(|| sim.at(HANG_AT, Event::Hang)),
            hanging: None,
            hung_at: None,
            healed_at: None,
            saturated_at: None,
            in_use: Level::default(),
            in_use_before: f64::NAN,
            bins: Bins::new(measures::BIN, measures::BINS),
        }
    }

    fn request(&mut self, sim: &mut Sim<Event>) -> (&'static str, u64) {
        self.next = self.load.arrivals.next(sim.now());
        self.next_token = sim.at(self.next, Event::Request);
        self.requests += 1;
        let dependency = self.load.dependency();
        let half = Nanos(millis(sim.settings(), "latency").0 / 2);
        let work = [self.work.exponential(half), self.work.exponential(half)];
        let healthy = self.hanging.map(|hanging| hanging != dependency);
        let wish = Wish { id: self.requests, dependency, work, healthy };
        for side in &mut self.sides {
            side.arrive(sim, wish);
        }
        let what = ["request # comes, for search", "request # comes, for cart", "request # comes, for pay"];
        (what[dependency], self.requests)
    }

    fn hang(&mut self, sim: &mut Sim<Event>) {
        self.turn = Some(sim.at(Self::heals_at(sim.settings()), Event::Heal));
        self.hung_at = Some(sim.now());
        self.in_use_before = self.in_use.mean(sim.now());
        self.hanging = Some(sim.settings().count("hangs"));
        self.spread(sim);
    }

    fn heal(&mut self, sim: &mut Sim<Event>) {
        self.turn = None;
        self.healed_at = Some(sim.now());
        self.hanging = None;
        self.spread(sim);
    }

    fn spread(&mut self, sim: &mut Sim<Event>) {
        let hanging = self.hanging;
        self.sides.iter_mut().for_each(|side| side.hang(sim, hanging));
    }

    fn heals_at(settings: &Settings) -> Nanos {
        HANG_AT + Nanos::from_secs_f64(settings.get("hang"))
    }

    /// The length of the hang was set.
    fn hang_changed(&mut self, sim: &mut Sim<Event>) {
        if sim.now() >= HANG_AT && self.hanging.is_none() {
            return;
        }
        if let Some(token) = self.turn.take() {
            sim.cancel(token);
        }
        let end = Self::heals_at(sim.settings());
        self.turn = if self.hanging.is_some() {
            Some(sim.at(end, Event::Heal))
        } else {
            (end > HANG_AT).then(|| sim.at(HANG_AT, Event::Hang))
        };
    }

    /// Puts what was counted since `before` into the bins, and looks at the permits of the one pool.
    fn measure(&mut self, now: Nanos, before: &[measures::Counts; 2]) {
        let bin = self.bins.at(now);
        for (index, side) in self.sides.iter().enumerate() {
            bin.add(index, &before[index], &side.counts);
        }
        let pool = &self.sides[ONE].pools[0];
        self.in_use.set(now, u64::from(pool.in_flight()));
        if self.hanging.is_some() && pool.in_flight() >= pool.limits().permits {
            self.saturated_at.get_or_insert(now);
        }
    }

    fn goals(&self, sim: &mut Sim<Event>) {
        let (Some(hung), Some(healed)) = (self.hung_at, self.healed_at) else { return };
        // Every user of the hang has been answered or has gone, and what was left over is done.
        let timeout = millis(sim.settings(), "timeout");
        let long = healed.since(hung) >= Nanos::from_secs(5);
        if !long || sim.now() < healed + timeout.max(Nanos::from_secs(2)) {
            return;
        }
        let [one, each] = [&self.sides[ONE].counts, &self.sides[EACH].counts];
        sim.goal(0, one.served_share(HEALTHY) >= 0.99);
        sim.goal(1, one.for_nobody + each.for_nobody == 0);
        let small = sim.get("each") <= 5.0 && sim.get("rate") >= 60.0 && sim.get("latency") >= 100.0;
        sim.goal(2, small && each.served_share(HEALTHY) >= 0.99);
        sim.goal(3, each.served_share(HEALTHY) <= 0.9);
    }
}

/// The name of a step in the one layout, or in the other.
fn of(side: usize, one: &'static str, each: &'static str) -> &'static str {
    if side == ONE { one } else { each }
}

/// The name of the step in which a piece of work ends.
fn stored(side: usize, waited_for: bool) -> &'static str {
    if waited_for {
        of(side, "request # is answered, one pool", "request # is answered, a pool each")
    } else {
        of(
            side,
            "the store is done with request #, for nobody, one pool",
            "the store is done with request #, for nobody, a pool each",
        )
    }
}

impl Scenario for Bulkheads {
    type Event = Event;

    fn happen(&mut self, sim: &mut Sim<Event>, event: Event) -> (&'static str, u64) {
        let before = [self.sides[ONE].counts, self.sides[EACH].counts];
        let step = match event {
            Event::Request => self.request(sim),
            Event::UserGone { side, id } => {
                self.sides[side].user_gone(sim, id);
                (
                    of(
                        side,
                        "the user of request # gives up, one pool",
                        "the user of request # gives up, a pool each",
                    ),
                    id,
                )
            }
            Event::CallTimedOut { side, id } => {
                self.sides[side].call_timed_out(sim, id);
                (of(side, "call # times out, one pool", "call # times out, a pool each"), id)
            }
            Event::Worked { side, id } => {
                self.sides[side].worked(sim, id);
                (
                    of(
                        side,
                        "the dependency asks its store for request #, one pool",
                        "the dependency asks its store for request #, a pool each",
                    ),
                    id,
                )
            }
            Event::StoreTimedOut { side, id } => {
                self.sides[side].store_timed_out(sim, id);
                (
                    of(
                        side,
                        "the dependency gives up its store for request #, one pool",
                        "the dependency gives up its store for request #, a pool each",
                    ),
                    id,
                )
            }
            Event::Stored { side, id } => {
                let waited_for = self.sides[side].stored(sim, id);
                (stored(side, waited_for), id)
            }
            Event::Hang => {
                self.hang(sim);
                ("a store hangs", 0)
            }
            Event::Heal => {
                self.heal(sim);
                ("the store goes on", 0)
            }
        };
        self.measure(sim.now(), &before);
        step
    }

    fn changed(&mut self, sim: &mut Sim<Event>, control: &'static str) {
        let settings = sim.settings().clone();
        match control {
            "rate" => {
                self.load.arrivals.set_rate(settings.get("rate"));
                sim.cancel(self.next_token);
                self.next = self.load.arrivals.next(sim.now());
                self.next_token = sim.at(self.next, Event::Request);
            }
            "hang" => self.hang_changed(sim),
            "hangs" if self.hanging.is_some() => {
                self.hanging = Some(settings.count("hangs"));
                self.spread(sim);
            }
            _ => {
                let before = [self.sides[ONE].counts, self.sides[EACH].counts];
                for index in [ONE, EACH] {
                    self.sides[index].rules = rules(&settings);
                    self.sides[index].set_limits(sim, &limits(&settings, index));
                }
                self.measure(sim.now(), &before);
            }
        }
    }

    fn check(&self, sim: &mut Sim<Event>) {
        for side in &self.sides {
            let ended: u64 = side.counts.of.iter().map(measures::Ends::ended).sum();
            sim.rule(0, ended <= self.requests && self.requests - ended == side.counts.waiting);
            for (pool, bulkhead) in side.pools.iter().enumerate() {
                sim.rule(1, side.under_way[pool] <= side.allowed[pool]);
                sim.rule(2, side.under_way[pool] == bulkhead.in_flight());
            }
            sim.rule(3, side.counts.too_late == 0);
        }
        self.goals(sim);
    }

    fn readings(&self, sim: &Sim<Event>, now: Nanos) -> Vec<f64> {
        let settings = sim.settings();
        let [one, each] = [&self.sides[ONE], &self.sides[EACH]];
        let saturated = self.saturated_at.zip(self.hung_at).map(|(at, hung)| at.since(hung).as_secs_f64());
        let before = if self.hung_at.is_some() { self.in_use_before } else { self.in_use.mean(now) };
        vec![
            self.requests as f64,
            one.counts.served_share(HEALTHY),
            each.counts.served_share(HEALTHY),
            one.counts.served_share(HANGING),
            each.counts.served_share(HANGING),
            saturated.unwrap_or(f64::NAN),
            saturated_theory(settings),
            before,
            permits_in_use(settings.get("rate"), millis(settings, "latency")),
            one.counts.wasted(),
            each.counts.wasted(),
            one.counts.skipped as f64,
            one.counts.refused() as f64,
            each.counts.refused() as f64,
            one.taken() as f64,
            each.taken() as f64,
        ]
    }

    fn scene(&self, sim: &Sim<Event>, now: Nanos) -> Scene {
        self.pictures(sim.settings(), now)
    }

    /// At the extremes some thousand requests that are somewhere, each with events.
    fn bytes(&self) -> usize {
        1 << 20
    }
}

#[cfg(test)]
mod tests;
