//! Requests that wait for servers: the wait against the utilisation, one line for all beside a line for each.
//!
//! Every request comes to both layouts at the same moment with the same service time: one line before all servers,
//! and as many lines as servers, between which an arrival is distributed. What the waits differ by is the layout.
//! With one server there is nothing to distribute, and only the one line is there.
//!
//! The means of a queue at high utilisation need long to settle: at 90% the workload forgets where it stood within
//! some 400 service times, and the mean of 27,000 waits still deviates by 1.1 service times. So services are short, and
//! whatever is set begins a new measurement; the earlier ones stay in the chart as points.

mod knobs;
mod measures;
mod picture;

use knobs::{Bug, Knobs, Route};
use measures::{Ledger, Period, Seen};

use super::scenario::{Scenario, Sim, start};
use super::workload::{Arrivals, PATTERNS, SHAPES};
use super::{Scene, Spec, Unit, choice, number, reading};
use crate::sim::{Nanos, Rng, Seed};
use crate::systems::station::{Order, Start, Station};

/// The most servers that can be set.
const SERVERS: usize = 8;
/// How many can wait in one layout. It is never reached where there is a mean wait to measure, and bounds memory where
/// the lines grow for ever.
const ROOM: usize = 8_000;
/// How arrivals find a server.
const LAYOUTS: &[&str] = &["one-line", "random-lines", "lines-in-turn", "shortest-line"];
/// What can be broken on purpose.
const BUGS: &[&str] = &["none", "timed-from-start", "server-not-freed", "newest-first"];
/// Every how many requests the broken server is not freed.
const LEAK: u64 = 400;
/// How many measurements are kept as points.
const POINTS: usize = 12;

/// The layouts, as indices.
const POOLED: usize = 0;
const SEPARATE: usize = 1;

/// What the demo says of itself.
pub static SPEC: Spec = Spec {
    name: "queueing",
    title: "Waiting lines",
    part: "foundations",
    topics: &["latency-throughput", "capacity-planning"],
    hook: "A server is busy 90% of the time. How many service times does one wait?",
    look_for: &[
        "At 90% one waits 9 service times, not 1 or 2: the wait is \u{3c1}/(1 - \u{3c1}). From 90% to 95% it doubles, although only a twentieth more comes.",
        "The line is never near its mean: it is empty, then 40 wait. At 90% even a minute with 27,000 requests misses the mean by 1.1, one standard deviation.",
        "Variation makes the wait, not load: constant service halves it, and where arrivals are steady too nobody waits at 100%.",
        "Four servers with one line wait 2 service times at 90%, with a line each 9: no server idles while somebody waits elsewhere. The shortest line is nearly as good.",
        "L = \u{3bb}W holds in every setting, however it is served: so many are in the system as come during one time in it.",
        "Beyond 100% there is no mean: theory's curve ends, and the line grows for as long as it lasts.",
    ],
    controls: &[
        number("load", "utilisation that the arrivals ask for", (5.0, 120.0), 5.0, 90.0, "%"),
        number("servers", "servers", (1.0, SERVERS as f64), 1.0, 1.0, ""),
        choice("layout", "how arrivals find a server", LAYOUTS, 0.0),
        choice("service", "how service times are spread", SHAPES, 1.0),
        choice("arrivals", "how requests come", PATTERNS, 1.0),
        number("time", "mean service time", (2.0, 100.0), 0.0, 2.0, "ms"),
        choice("bug", "break it on purpose", BUGS, 0.0),
    ],
    readings: &[
        reading("wait", Unit::Ratio, "mean wait in line since the last change, in service times"),
        reading("wait_theory", Unit::Ratio, "the same by theory; none from 100% on and for bursts"),
        reading("utilisation", Unit::Share, "part of the time that a server was busy"),
        reading("p99_wait", Unit::Ratio, "99 of 100 wait at most so long, in service times"),
        reading("p99_theory", Unit::Ratio, "the same by theory, where arrivals and services are memoryless"),
        reading("wait_pooled", Unit::Ratio, "mean wait with one line for all servers, in service times"),
        reading("pooled_theory", Unit::Ratio, "the same by theory"),
        reading("wait_separate", Unit::Ratio, "mean wait with a line for each server, in service times"),
        reading("separate_theory", Unit::Ratio, "the same by theory; none for the shortest line"),
        reading("arrival_rate", Unit::PerSecond, "\u{3bb}: requests that came in, a second"),
        reading("in_system", Unit::Ratio, "L: mean number of requests in line and in service"),
        reading("time_in_system", Unit::Millis, "W: mean time of a request from coming to going"),
        reading("little", Unit::Ratio, "L / (\u{3bb} W): 1, but for those that are still inside"),
        reading("queue_now", Unit::Count, "requests that wait now"),
        reading("queue_max", Unit::Count, "the most that waited"),
        reading("arrivals_count", Unit::Count, "requests that came, since the start"),
        reading("served", Unit::Count, "requests that were served, since the start"),
        reading("refused", Unit::Count, "requests that found 8,000 waiting, since the start"),
    ],
    bet: "latency-throughput.bet-wait-at-90",
    goals: &[
        "Poisson at 90%: a mean wait below 3 service times",
        "at 80% or less: 1 of 100 waits for 100 service times",
        "nobody waits, and no server is ever idle",
        "a line each waits 8 times as long as one line",
    ],
    invariants: &[
        "all that came is served, refused, in service or in line",
        "Little: the area under the number inside is the sum of times",
        "no server idles while a request waits in its line",
        "first come, first served, within a line",
    ],
    acts: &[],
    views: &[],
    bugs: &[
        "latency is measured from the start of service: the wait has disappeared from the report",
        "every 400th request leaves without freeing its server: a leak that ends in a standstill",
        "the newest request is served first: the mean stays, the unlucky wait without end",
    ],
    theory: &[
        ("wait", "wait_theory"),
        ("p99_wait", "p99_theory"),
        ("wait_pooled", "pooled_theory"),
        ("wait_separate", "separate_theory"),
    ],
    length: Nanos::from_secs(60),
    speed: 1.0,
    sources: &[source!("queueing.rs", "pub fn mmc_wait("), source!("station.rs", "pub fn finish")],
    start: &|seed, settings| start(&SPEC, settings, |sim| Queueing::new(seed, sim)),
};

/// A request.
#[derive(Clone, Copy, Debug)]
struct Job {
    id: u64,
    service: Nanos,
}

#[derive(Clone, Debug)]
enum Event {
    Arrival,
    /// A service ends in a layout, in the line of that number.
    Done {
        layout: usize,
        line: usize,
        job: Job,
        came: Nanos,
        started: Nanos,
    },
}

/// One way to put requests before servers, and what was seen of it.
#[derive(Clone)]
struct Layout {
    /// One station with all servers, or one with one server each. Those that were taken away stay until they are empty.
    lines: Vec<Station<Job>>,
    ledger: Ledger,
    period: Period,
    seen: Seen,
}

#[derive(Clone)]
struct Queueing {
    knobs: Knobs,
    arrivals: Arrivals,
    services: Rng,
    routes: Rng,
    /// When the next request comes.
    next: Nanos,
    /// How many came; also the number of the last one.
    count: u64,
    layouts: [Layout; 2],
    /// Earlier measurements: utilisation in percent, mean wait, layout.
    points: Vec<(f64, f64, usize)>,
}

impl Queueing {
    fn new(seed: Seed, sim: &mut Sim<Event>) -> Queueing {
        let knobs = Knobs::of(sim.settings());
        let mut arrivals = Arrivals::new(Rng::stream(seed, "arrivals"), knobs.pattern, knobs.rate());
        let next = arrivals.next(Nanos::ZERO);
        sim.at(next, Event::Arrival);
        let mut queueing = Queueing {
            knobs,
            arrivals,
            services: Rng::stream(seed, "service"),
            routes: Rng::stream(seed, "routes"),
            next,
            count: 0,
            layouts: [Layout::new(), Layout::new()],
            points: Vec::new(),
        };
        queueing.arrange(sim);
        queueing
    }

    /// Brings the stations to what is set.
    fn arrange(&mut self, sim: &mut Sim<Event>) {
        let Knobs { servers, .. } = self.knobs;
        self.layouts[POOLED].arrange(1, servers as u32, self.knobs.order());
        let separate = if servers > 1 { servers } else { 0 };
        self.layouts[SEPARATE].arrange(separate, 1, self.knobs.order());
        while let Some(start) = self.layouts[POOLED].lines[0].start() {
            self.serve(sim, POOLED, 0, start);
        }
    }

    fn arrive(&mut self, sim: &mut Sim<Event>) -> (&'static str, u64) {
        let now = sim.now();
        self.next = self.arrivals.next(now);
        sim.at(self.next, Event::Arrival);
        self.count += 1;
        let job = Job { id: self.count, service: self.knobs.shape.draw(&mut self.services, self.knobs.time) };
        let drawn = self.routes.unit();
        let mut what = self.join(sim, POOLED, 0, job);
        if self.knobs.servers > 1 {
            let line = self.route(drawn);
            let other = self.join(sim, SEPARATE, line, job);
            if self.knobs.measured() == SEPARATE {
                what = other;
            }
        }
        (what, job.id)
    }

    /// The line of its own that an arrival goes to.
    fn route(&self, drawn: f64) -> usize {
        let count = self.knobs.servers;
        let random = ((drawn * count as f64) as usize).min(count - 1);
        match self.knobs.route {
            Route::Pooled | Route::Random => random,
            Route::InTurn => (self.count % count as u64) as usize,
            Route::Shortest => {
                let lines = &self.layouts[SEPARATE].lines;
                let inside = |line: usize| lines[line].waiting() + lines[line].busy() as usize;
                // Among equals from a random one on.
                (random..count).chain(0..random).min_by_key(|&line| inside(line)).unwrap_or(random)
            }
        }
    }

    fn join(&mut self, sim: &mut Sim<Event>, layout: usize, line: usize, job: Job) -> &'static str {
        let now = sim.now();
        let seen = &mut self.layouts[layout];
        if seen.ledger.waiting() >= ROOM {
            seen.ledger.refuse();
            seen.seen.refused.push(now, job.id, line);
            return "request # is refused: 8,000 wait already";
        }
        seen.seen.held(now, seen.ledger.inside());
        seen.ledger.join(now, line);
        seen.period.join(now, seen.ledger.waiting());
        match seen.lines[line].arrive(now, job) {
            Some(start) => {
                self.serve(sim, layout, line, start);
                "request # comes and is served at once"
            }
            None if self.knobs.servers == 1 => "request # waits: the server is busy",
            None if layout == POOLED => "request # waits: all servers are busy",
            None => "request # waits: the server of its line is busy",
        }
    }

    /// A service starts.
    fn serve(&mut self, sim: &mut Sim<Event>, layout: usize, line: usize, start: Start<Job>) {
        let now = sim.now();
        let Start { job, came } = start;
        let seen = &mut self.layouts[layout];
        seen.ledger.start(line, job.id);
        seen.period.start(now);
        sim.after(job.service, Event::Done { layout, line, job, came, started: now });
    }

    fn done(
        &mut self,
        sim: &mut Sim<Event>,
        (layout, line): (usize, usize),
        job: Job,
        (came, started): (Nanos, Nanos),
    ) -> &'static str {
        let now = sim.now();
        let seen = &mut self.layouts[layout];
        // What is reported as its latency began when it came, not when somebody had time for it.
        let clock = if self.knobs.bug == Bug::TimedFromStart { started } else { came };
        seen.seen.held(now, seen.ledger.inside());
        seen.ledger.leave(now, line, came, now - clock);
        let wait = (now - clock) - (now - started);
        seen.period.leave(now, (wait, now - clock), self.knobs.time);
        seen.seen.gone.push(now, job.id, line);
        if self.knobs.bug == Bug::NotFreed && job.id.is_multiple_of(LEAK) {
            return "request # is done, but its server is not freed";
        }
        let next = seen.lines[line].finish();
        let goes_on = next.is_some();
        if let Some(next) = next {
            self.serve(sim, layout, line, next);
        }
        match (self.knobs.servers == 1, layout, goes_on) {
            (true, _, true) => "request # is done, the next one starts",
            (true, _, false) => "request # is done, the server is idle",
            (false, POOLED, true) => "one line: request # is done, the next one starts",
            (false, POOLED, false) => "one line: request # is done, its server is idle",
            (false, _, true) => "a line each: request # is done, the next one starts",
            (false, _, false) => "a line each: request # is done, its server is idle",
        }
    }

    /// The mean wait in a layout by theory, in service times; not a number where there is none.
    fn theory(&self, layout: usize, rho: f64) -> f64 {
        measures::theory(&self.knobs, layout, rho)
    }
}

impl Layout {
    fn new() -> Layout {
        Layout { lines: Vec::new(), ledger: Ledger::default(), period: Period::default(), seen: Seen::new() }
    }

    /// `count` lines with `servers` servers each. Lines beyond that get no new requests.
    fn arrange(&mut self, count: usize, servers: u32, order: Order) {
        while self.lines.len() < count {
            self.lines.push(Station::new(servers, order));
        }
        for (index, line) in self.lines.iter_mut().enumerate() {
            line.set_servers(servers);
            line.set_order(order);
            self.ledger.servers(index, servers);
        }
    }

    /// Whether all that came is somewhere, with what stands in the lines themselves.
    fn adds_up(&self) -> bool {
        let waiting: usize = self.lines.iter().map(Station::waiting).sum();
        self.ledger.adds_up(waiting)
    }
}

impl Scenario for Queueing {
    type Event = Event;

    fn happen(&mut self, sim: &mut Sim<Event>, event: Event) -> (&'static str, u64) {
        match event {
            Event::Arrival => self.arrive(sim),
            Event::Done { layout, line, job, came, started } => {
                (self.done(sim, (layout, line), job, (came, started)), job.id)
            }
        }
    }

    fn changed(&mut self, sim: &mut Sim<Event>, control: &'static str) {
        let now = sim.now();
        for (index, layout) in self.layouts.iter_mut().enumerate() {
            let waited = layout.period.mean_wait(self.knobs.time);
            if layout.period.settled() && waited.is_finite() && control != "bug" {
                let busy = layout.period.utilisation(now, self.knobs.servers) * 100.0;
                self.points.push((busy, waited, index));
            }
            layout.period = Period::from(now, &layout.ledger);
        }
        let old = self.points.len().saturating_sub(POINTS);
        self.points.drain(..old);
        self.knobs = Knobs::of(sim.settings());
        self.arrivals.set_rate(self.knobs.rate());
        if control == "arrivals" {
            self.arrivals.set_pattern(self.knobs.pattern);
        }
        self.arrange(sim);
    }

    fn check(&self, sim: &mut Sim<Event>) {
        let now = sim.now();
        for layout in &self.layouts {
            sim.rule(0, layout.adds_up());
            sim.rule(1, layout.ledger.little(now));
            sim.rule(2, !layout.ledger.idles());
            sim.rule(3, layout.ledger.in_order());
        }
        self.judge(sim);
    }

    fn readings(&self, _: &Sim<Event>, now: Nanos) -> Vec<f64> {
        self.numbers(now)
    }

    fn scene(&self, _: &Sim<Event>, now: Nanos) -> Scene {
        self.pictures(now)
    }

    /// Two layouts with all their room taken.
    fn bytes(&self) -> usize {
        2 * ROOM * size_of::<Start<Job>>() + (64 << 10)
    }
}

#[cfg(test)]
mod tests;
