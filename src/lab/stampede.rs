//! A hot key expires, and everybody who asks for it finds nothing: two ways to deal with it, on the same requests.
//!
//! One key gets all the requests here; the rest of the traffic is there as other queries that the database has to answer
//! beside it. The database works on 20 queries at once and lets others wait, so a stampede is felt by those who never
//! asked for the hot key. Each strategy runs on a site of its own: the same arrivals, the same other queries, another cache
//! and another database. The cache is warm at the start and the value is refreshed first after two seconds.

mod picture;
mod site;

use site::{Ask, HIT, Site};

use super::measure::Trail;
use super::scenario::{Scenario, Sim, start};
use super::workload::{Arrivals, Pattern};
use super::{Scene, Settings, Spec, Unit, choice, number, reading};
use crate::sim::{Nanos, Rng, Seed};
use crate::systems::stampede::{Token, mean_early_computations, mean_lead};

/// The names of the strategies, for the controls.
const STRATEGIES: &[&str] = &["none", "lock", "early", "stale", "ahead", "coalesce"];
const BETAS: &[&str] = &["0.5", "1", "2", "4"];
const BUGS: &[&str] = &["none", "lock-without-owner", "lock-without-timeout"];

/// What the demo says of itself.
pub static SPEC: Spec = Spec {
    name: "stampede",
    title: "Cache stampede",
    part: "caching",
    topics: &["cache-stampede"],
    hook: "One hot key expires. How many identical queries does the database get before the value is back?",
    look_for: &[
        "Every 5 s the value is too old. Until the first of them has computed a new one, all who ask find nothing: 1,000/s for 0.2 s, so 200 identical queries.",
        "The database works on 20 at once. The value is back after 0.2 s, but 180 useless queries keep it busy for 2 s more, and who never asked for this key waits behind them.",
        "A lock lets one compute and the others wait 0.2 s. Coalescing does so within each server: 10 servers, 10 queries, no lock.",
        "Early: each request throws a die and may refresh before the end. The first does so about a second before it, 2.7 do so in all, whatever the rate.",
        "Stale: one computes, the others get the old value. Nobody waits, and for 0.2 s the answers are old.",
        "Let owners crash: a lock is stuck until its time-out, and all wait for it. Give out old values, and nobody notices.",
    ],
    controls: &[
        choice("strategy", "what is done about it", STRATEGIES, 0.0),
        choice("rival", "beside it", STRATEGIES, 1.0),
        number("rate", "requests for the key", (10.0, 5_000.0), 0.0, 1_000.0, "/s"),
        number("compute", "time to compute the value", (10.0, 2_000.0), 0.0, 200.0, "ms"),
        number("ttl", "time to live", (1.0, 20.0), 1.0, 5.0, "s"),
        number("servers", "servers", (1.0, 50.0), 0.0, 10.0, ""),
        choice("beta", "eagerness of early refresh", BETAS, 1.0),
        number("hold", "time-out of the lock", (50.0, 10_000.0), 0.0, 1_000.0, "ms"),
        number("crash", "computations whose process dies", (0.0, 50.0), 5.0, 0.0, "%"),
        choice("bug", "break it on purpose", BUGS, 0.0),
    ],
    readings: &[
        reading("queries", Unit::Count, "queries to the database for one refresh, on average"),
        reading("queries_theory", Unit::Count, "the same expected"),
        reading("rival_queries", Unit::Count, "the same with the other strategy"),
        reading("rival_queries_theory", Unit::Count, "the same expected"),
        reading("waiting_peak", Unit::Count, "most requests that waited at once"),
        reading("rival_waiting_peak", Unit::Count, "the same with the other strategy"),
        reading("p99", Unit::Millis, "time within which 99% of the requests were answered"),
        reading("rival_p99", Unit::Millis, "the same with the other strategy"),
        reading("failed", Unit::Count, "requests without an answer: refused, crashed, or after 2 s"),
        reading("rival_failed", Unit::Count, "the same with the other strategy"),
        reading("stale_share", Unit::Share, "requests that were answered with an old value"),
        reading("rival_stale_share", Unit::Share, "the same with the other strategy"),
        reading("others_p99", Unit::Millis, "time within which 99% of the other queries were done"),
        reading("rival_others_p99", Unit::Millis, "the same with the other strategy"),
        reading("lead", Unit::Seconds, "how long before the end an early refresh begins, on average"),
        reading("lead_theory", Unit::Seconds, "the same expected, by Gumbel's law"),
        reading("refreshes", Unit::Count, "how often the value was computed anew"),
        reading("requests", Unit::Count, "requests for the hot key"),
    ],
    bet: "cache-stampede.bet-queries",
    goals: &[
        "refresh the value three times without anybody waiting",
        "have one refresh cost a thousand queries",
        "let one computation in five crash, and fail nobody",
        "coalesce, and send the database 40 queries for one refresh all the same",
    ],
    invariants: &[
        "every request is answered, failed or waiting",
        "while somebody waits, somebody computes or a lock will run out",
        "a lock ends by its owner or by its time, and by nobody else",
        "no answer is older than its time to live, and 10 s more where old ones are given out",
    ],
    acts: &[],
    views: &[],
    bugs: &[
        "a lock that runs out after two thirds of a computation, and who is done deletes it, whoever has it by then",
        "a lock without a time-out, and the process of every third owner dies: nobody ever gives it back",
    ],
    theory: &[
        ("queries", "queries_theory"),
        ("rival_queries", "rival_queries_theory"),
        ("lead", "lead_theory"),
    ],
    length: Nanos::from_secs(30),
    speed: 1.0,
    sources: &[
        source!("stampede/mod.rs", "pub fn early"),
        source!("lease.rs", "pub fn release"),
        source!("stampede/flight.rs", "pub fn join"),
    ],
    start: &|seed, settings| start(&SPEC, settings, |sim| Stampede::new(seed, sim)),
};

/// Other queries that the database gets, a second, and how long each takes on average: two of its 20 places.
const OTHERS: f64 = 100.0;
const OTHER_TAKES: Nanos = Nanos::from_millis(20);
/// When the first refresh begins, about.
const FIRST: Nanos = Nanos::from_secs(2);
/// How long a request is seen.
const SEEN: Nanos = Nanos::from_millis(400);

#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    /// Somebody asks for the hot key, at both sites.
    Request,
    /// Somebody asks the database for something else, at both sites.
    Other,
    Done {
        side: u8,
        number: u64,
    },
    LeaseEnds {
        side: u8,
        token: Token,
    },
    GivesUp {
        side: u8,
        id: u64,
    },
    Ahead {
        side: u8,
    },
}

/// What is done about a stampede.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Remedy {
    /// Whoever finds nothing computes.
    None,
    /// One gets a lock that all servers share, the others wait.
    Lock,
    /// XFetch.
    Early,
    /// The old value is given out while one computes.
    Stale,
    /// Somebody computes it in time, asked or not.
    Ahead,
    /// One computes for all of its server.
    Coalesce,
}

impl Remedy {
    fn of(value: f64) -> Remedy {
        match value as usize {
            0 => Remedy::None,
            1 => Remedy::Lock,
            2 => Remedy::Early,
            3 => Remedy::Stale,
            4 => Remedy::Ahead,
            _ => Remedy::Coalesce,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Remedy::None => "none",
            Remedy::Lock => "lock",
            Remedy::Early => "early",
            Remedy::Stale => "stale",
            Remedy::Ahead => "ahead",
            Remedy::Coalesce => "coalesce",
        }
    }

    /// How long before the end a refresh begins on average.
    fn lead(self, knobs: &Knobs) -> Nanos {
        let lead = mean_lead(knobs.rate, knobs.compute.as_secs_f64(), knobs.beta);
        if self == Remedy::Early { Nanos::from_secs_f64(lead.min(60.0)) } else { Nanos::ZERO }
    }

    /// Whether a value lives longer than an early refresh takes, but for one in 1,000: Gumbel's law falls by e each beta took.
    fn fits(self, knobs: &Knobs) -> bool {
        let scale = Nanos::from_secs_f64(knobs.compute.as_secs_f64() * knobs.beta);
        knobs.ttl > self.lead(knobs) + scale * 6
    }

    /// How many queries one refresh makes on average where nobody dies and the database is not behind; not a number where
    /// there is no closed form.
    fn expected(self, knobs: &Knobs) -> f64 {
        let (rate, took) = (knobs.rate, knobs.compute.as_secs_f64());
        let servers = knobs.servers as f64;
        if knobs.crash > 0.0 {
            return f64::NAN;
        }
        match self {
            // The first one, and all who come until it is back.
            Remedy::None => 1.0 + rate * took,
            // The first, and the first of each other server that comes in that time.
            Remedy::Coalesce => 1.0 + (servers - 1.0) * -libm::expm1(-rate * took / servers),
            Remedy::Early if self.lead(knobs) > knobs.compute * 2 && self.fits(knobs) => {
                mean_early_computations(knobs.beta)
            }
            Remedy::Lock if knobs.hold > knobs.compute && knobs.bug == 0 => 1.0,
            Remedy::Stale if knobs.hold > knobs.compute => 1.0,
            Remedy::Ahead if knobs.ttl > knobs.compute * 2 => 1.0,
            _ => f64::NAN,
        }
    }
}

/// The controls, as they are needed.
#[derive(Clone, Debug)]
struct Knobs {
    rate: f64,
    compute: Nanos,
    ttl: Nanos,
    servers: usize,
    beta: f64,
    hold: Nanos,
    crash: f64,
    bug: usize,
    seed: Seed,
}

impl Knobs {
    fn of(seed: Seed, settings: &Settings) -> Knobs {
        let millis = |name| Nanos::from_secs_f64(settings.get(name) / 1e3);
        let bug = settings.count("bug");
        let compute = millis("compute");
        Knobs {
            rate: settings.get("rate"),
            compute,
            ttl: Nanos::from_secs_f64(settings.get("ttl")),
            servers: settings.count("servers").max(1),
            beta: BETAS.get(settings.count("beta")).and_then(|text| text.parse().ok()).unwrap_or(1.0),
            hold: millis("hold"),
            crash: settings.get("crash") / 100.0,
            bug,
            seed,
        }
    }

    /// After which time a lock runs out at a site. What is broken on purpose is broken at the first one.
    fn hold(&self, side: u8) -> Nanos {
        match (side, self.bug) {
            (0, 1) => Nanos(self.compute.0 * 2 / 3),
            (0, 2) => Nanos::MAX,
            _ => self.hold,
        }
    }

    /// Whether a lock is deleted by whoever is done, owner or not.
    fn deletes(&self, side: u8) -> bool {
        side == 0 && self.bug == 1
    }

    /// Whether the process dies that makes the query for the hot key of that number. Drawn alike for both sites.
    fn dies(&self, side: u8, number: u64) -> bool {
        let mut rng = Rng::stream(Seed(self.seed.0 ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15)), "crash");
        rng.chance(self.crash) || (side == 0 && self.bug == 2 && number.is_multiple_of(3))
    }
}

/// What each site does: where a lock is broken on purpose, the first one has a lock.
fn strategies(settings: &Settings, knobs: &Knobs) -> [Remedy; 2] {
    let [first, second] = ["strategy", "rival"].map(|name| Remedy::of(settings.get(name)));
    [if knobs.bug > 0 { Remedy::Lock } else { first }, second]
}

#[derive(Clone)]
struct Stampede {
    knobs: Knobs,
    arrivals: Arrivals,
    asks: Rng,
    others: Rng,
    id: u64,
    sites: [Site; 2],
    /// The requests that were answered or had to wait a moment ago, by site.
    trail: Trail<[bool; 2]>,
}

impl Stampede {
    fn new(seed: Seed, sim: &mut Sim<Event>) -> Stampede {
        let knobs = Knobs::of(seed, sim.settings());
        let strategies = strategies(sim.settings(), &knobs);
        let mut arrivals = Arrivals::new(Rng::stream(seed, "arrivals"), Pattern::Poisson, knobs.rate);
        let mut others = Rng::stream(seed, "others");
        let first = arrivals.next(Nanos::ZERO);
        sim.at(first, Event::Request);
        sim.at(others.exponential(Nanos::from_secs_f64(1.0 / OTHERS)), Event::Other);
        let mut sites = [0, 1].map(|side| {
            let expires = FIRST + strategies[side].lead(&knobs);
            Site::new(side as u8, strategies[side], expires, &knobs)
        });
        sites.iter_mut().for_each(|site| site.send_refresher(sim));
        let asks = Rng::stream(seed, "asks");
        Stampede { knobs, arrivals, asks, others, id: 0, sites, trail: Trail::new(SEEN) }
    }

    fn request(&mut self, sim: &mut Sim<Event>) -> (&'static str, u64) {
        let next = self.arrivals.next(sim.now());
        sim.at(next, Event::Request);
        self.id += 1;
        let server = self.asks.unit();
        let u = 1.0 - self.asks.unit();
        let ask = Ask { id: self.id, server: (server * self.knobs.servers as f64) as usize, u };
        let what = self.sites[0].ask(sim, &self.knobs, ask);
        self.sites[1].ask(sim, &self.knobs, ask);
        let waits = [0, 1].map(|side| self.sites[side].waits(self.id));
        self.trail.push(sim.now(), self.id, waits);
        (what, self.id)
    }

    fn other(&mut self, sim: &mut Sim<Event>) -> (&'static str, u64) {
        let gap = self.others.exponential(Nanos::from_secs_f64(1.0 / OTHERS));
        let takes = self.others.exponential(OTHER_TAKES);
        sim.after(gap, Event::Other);
        let taken = self.sites[0].query_of_others(sim, &self.knobs, takes);
        self.sites[1].query_of_others(sim, &self.knobs, takes);
        (
            if taken {
                "somebody asks the database for something else"
            } else {
                "the database refuses a query"
            },
            0,
        )
    }
}

/// What happened at the second site is told as such.
fn beside(side: u8, here: &'static str, there: &'static str) -> &'static str {
    if side == 0 { here } else { there }
}

impl Scenario for Stampede {
    type Event = Event;

    fn happen(&mut self, sim: &mut Sim<Event>, event: Event) -> (&'static str, u64) {
        let knobs = &self.knobs;
        match event {
            Event::Request => self.request(sim),
            Event::Other => self.other(sim),
            Event::Done { side, number } => {
                let what = self.sites[usize::from(side)].done(sim, knobs, number);
                (beside(side, what, "a query is done, beside"), number)
            }
            Event::LeaseEnds { side, token } => {
                self.sites[usize::from(side)].lease_ends(sim, knobs, token);
                (beside(side, "the lock runs out: nobody has given it back", "the lock runs out, beside"), 0)
            }
            Event::GivesUp { side, id } => {
                self.sites[usize::from(side)].give_up(sim, id);
                (beside(side, "request # gives up after 2 s", "request # gives up, beside"), id)
            }
            Event::Ahead { side } => {
                self.sites[usize::from(side)].ahead(sim, knobs);
                (beside(side, "the refresher computes the value in time", "the refresher comes, beside"), 0)
            }
        }
    }

    fn changed(&mut self, sim: &mut Sim<Event>, control: &'static str) {
        let seed = self.knobs.seed;
        self.knobs = Knobs::of(seed, sim.settings());
        let strategies = strategies(sim.settings(), &self.knobs);
        self.arrivals.set_rate(self.knobs.rate);
        for (site, strategy) in self.sites.iter_mut().zip(strategies) {
            site.set_servers(self.knobs.servers);
            if site.strategy != strategy {
                site.strategy = strategy;
                site.start_counting(sim.now());
                site.send_refresher(sim);
            }
            if control == "bug" {
                site.unlock(sim, &self.knobs);
            }
        }
    }

    fn check(&self, sim: &mut Sim<Event>) {
        let sites = &self.sites;
        sim.rule(0, sites.iter().all(Site::adds_up));
        sim.rule(1, sites.iter().all(Site::somebody_comes));
        sim.rule(2, sites.iter().all(|site| !site.foreign_release));
        sim.rule(3, sites.iter().all(|site| !site.too_old));
        let (site, counts) = (&sites[0], &sites[0].counts);
        sim.goal(0, counts.refreshes >= 3 && counts.waiting_most == 0);
        sim.goal(1, counts.most >= 1_000);
        sim.goal(
            2,
            self.knobs.crash >= 0.2 && counts.refreshes >= 5 && counts.died > 0 && counts.failed == 0,
        );
        sim.goal(3, site.strategy == Remedy::Coalesce && counts.most >= 40);
    }

    fn readings(&self, _sim: &Sim<Event>, _now: Nanos) -> Vec<f64> {
        let millis = |nanos: f64| nanos / 1e6;
        let pair = |of: &dyn Fn(&Site) -> f64| [of(&self.sites[0]), of(&self.sites[1])];
        let mut readings = Vec::new();
        for site in &self.sites {
            readings.extend([site.queries_each(), site.strategy.expected(&self.knobs)]);
        }
        readings.extend(pair(&|site| site.counts.waiting_most as f64));
        readings.extend(pair(&|site| millis(site.latency.percentile(0.99))));
        readings.extend(pair(&|site| site.counts.failed as f64));
        readings.extend(pair(&|site| site.counts.stale as f64 / site.counts.came as f64));
        readings.extend(pair(&|site| millis(site.others.percentile(0.99))));
        let early = self.sites.iter().find(|site| site.strategy == Remedy::Early);
        let lead = early.map_or(f64::NAN, |site| site.counts.lead / site.counts.early as f64);
        let expected = early.map_or(Nanos::ZERO, |site| site.strategy.lead(&self.knobs));
        let fits = early.is_some_and(|site| site.strategy.fits(&self.knobs));
        readings.extend([
            lead,
            if fits && expected > Nanos::ZERO { expected.as_secs_f64() } else { f64::NAN },
            self.sites[0].counts.refreshes as f64,
            self.sites[0].counts.came as f64,
        ]);
        readings
    }

    fn scene(&self, _sim: &Sim<Event>, now: Nanos) -> Scene {
        self.pictures(now)
    }

    fn bytes(&self) -> usize {
        // Who waits, at most as long as patience lasts, with the event that ends it; and full lines at both databases.
        let waiting = (self.knobs.rate * site::PATIENCE.as_secs_f64()) as usize;
        2 * (waiting * 160 + site::ROOM * size_of::<site::Query>()) + (64 << 10)
    }
}

#[cfg(test)]
mod tests;
