//! What is counted in the waiting lines: the laws from the events alone, the means since the last change, and theory.

use super::super::measure::{Bins, Histogram, Trail};
use super::knobs::{Bug, Knobs, Route};
use super::{Event, POOLED, Queueing, ROOM, SEPARATE, SERVERS};
use crate::lab::scenario::Sim;
use crate::lab::workload::{Pattern, Shape};
use crate::sim::Nanos;
use crate::systems::queueing;

/// How long a request is seen on its way.
pub(super) const SEEN: Nanos = Nanos::from_millis(300);
/// The width of a bin of the chart over time.
const BIN: Nanos = Nanos::from_millis(500);
/// How many are kept: a run of the default length.
const BINS: usize = 120;
/// A measurement says something when so many requests were served in it.
const SETTLED: u64 = 2_000;

/// The laws, from the events since the start: whole numbers, so that they hold exactly or not at all.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger {
    arrived: u64,
    served: u64,
    refused: u64,
    /// For each line: its servers, who waits, who is served, and the last one to be served.
    servers: [u32; SERVERS],
    waiting: [u32; SERVERS],
    serving: [u32; SERVERS],
    last: [u64; SERVERS],
    overtaken: bool,
    /// Requests in the system times nanoseconds, until `since`.
    area: u128,
    since: Nanos,
    /// The times in the system as they were reported, of those that have gone.
    times: u128,
    /// The sum of the moments at which those inside came.
    came: u128,
}

impl Ledger {
    /// How many are in the system.
    pub(super) fn inside(&self) -> u64 {
        self.arrived - self.refused - self.served
    }

    fn advance(&mut self, now: Nanos) {
        self.area += u128::from(self.inside()) * u128::from(now.since(self.since).0);
        self.since = now;
    }

    pub(super) fn servers(&mut self, line: usize, servers: u32) {
        self.servers[line] = servers;
    }

    pub(super) fn refuse(&mut self) {
        self.arrived += 1;
        self.refused += 1;
    }

    pub(super) fn join(&mut self, now: Nanos, line: usize) {
        self.advance(now);
        self.arrived += 1;
        self.came += u128::from(now.0);
        self.waiting[line] += 1;
    }

    /// Whoever is served later came later: requests are numbered as they come.
    pub(super) fn start(&mut self, line: usize, id: u64) {
        self.waiting[line] = self.waiting[line].saturating_sub(1);
        self.serving[line] += 1;
        self.overtaken |= id < self.last[line];
        self.last[line] = id;
    }

    pub(super) fn leave(&mut self, now: Nanos, line: usize, came: Nanos, reported: Nanos) {
        self.advance(now);
        self.serving[line] = self.serving[line].saturating_sub(1);
        self.served += 1;
        self.came -= u128::from(came.0);
        self.times += u128::from(reported.0);
    }

    pub(super) fn waiting(&self) -> usize {
        self.waiting.iter().sum::<u32>() as usize
    }

    /// Whether who came is served, refused, in service, or one of those `in_line`.
    pub(super) fn adds_up(&self, in_line: usize) -> bool {
        let serving: u32 = self.serving.iter().sum();
        self.arrived == self.served + self.refused + u64::from(serving) + in_line as u64
    }

    /// Whether the area is the sum of the times, with those inside counted until `now`.
    pub(super) fn little(&self, now: Nanos) -> bool {
        let inside = u128::from(self.inside());
        let area = self.area + inside * u128::from(now.since(self.since).0);
        area + self.came == self.times + inside * u128::from(now.0)
    }

    /// Whether a server is idle while somebody waits in its line.
    pub(super) fn idles(&self) -> bool {
        let lines = self.servers.iter().zip(&self.serving).zip(&self.waiting);
        lines.into_iter().any(|((servers, serving), waiting)| serving < servers && *waiting > 0)
    }

    pub(super) fn in_order(&self) -> bool {
        !self.overtaken
    }

    pub(super) fn served(&self) -> u64 {
        self.served
    }

    pub(super) fn refused(&self) -> u64 {
        self.refused
    }

    fn in_service(&self) -> u64 {
        self.serving.iter().map(|&serving| u64::from(serving)).sum()
    }
}

/// Means since the last change.
#[derive(Clone, Debug, Default)]
pub(super) struct Period {
    begun: Nanos,
    since: Nanos,
    came: u64,
    inside: u64,
    serving: u64,
    /// Requests times nanoseconds: in the system, in service.
    area: u128,
    busy: u128,
    waits: Histogram,
    /// Those that waited for at least 100 service times.
    long: u64,
    times: u128,
    most: usize,
}

impl Period {
    /// A measurement that begins with who is there.
    pub(super) fn from(now: Nanos, ledger: &Ledger) -> Period {
        Period {
            begun: now,
            since: now,
            inside: ledger.inside(),
            serving: ledger.in_service(),
            most: ledger.waiting(),
            ..Period::default()
        }
    }

    fn advance(&mut self, now: Nanos) {
        let passed = u128::from(now.since(self.since).0);
        self.area += u128::from(self.inside) * passed;
        self.busy += u128::from(self.serving) * passed;
        self.since = now;
    }

    pub(super) fn join(&mut self, now: Nanos, waiting: usize) {
        self.advance(now);
        self.came += 1;
        self.inside += 1;
        // The one that has just come may be served at once.
        self.most = self.most.max(waiting.saturating_sub(1));
    }

    pub(super) fn start(&mut self, now: Nanos) {
        self.advance(now);
        self.serving += 1;
    }

    /// One goes after a wait and a time in the system, with services of `service` on average.
    pub(super) fn leave(&mut self, now: Nanos, (wait, time): (Nanos, Nanos), service: Nanos) {
        self.advance(now);
        self.inside = self.inside.saturating_sub(1);
        self.serving = self.serving.saturating_sub(1);
        self.waits.record(wait);
        self.long += u64::from(wait >= service * 100);
        self.times += u128::from(time.0);
    }

    /// Whether it says something.
    pub(super) fn settled(&self) -> bool {
        self.waits.count() >= SETTLED
    }

    /// The mean wait in service times of `time`; not a number where nobody was served.
    pub(super) fn mean_wait(&self, time: Nanos) -> f64 {
        self.waits.mean() / time.0 as f64
    }

    pub(super) fn p99(&self, time: Nanos) -> f64 {
        self.waits.percentile(0.99) / time.0 as f64
    }

    fn seconds(&self, now: Nanos) -> f64 {
        now.since(self.begun).as_secs_f64()
    }

    /// The part of the servers' time that they were busy. Where servers were taken away, those still at work may be more
    /// than there are: no more than all of the time is told.
    pub(super) fn utilisation(&self, now: Nanos, servers: usize) -> f64 {
        let running = u128::from(self.serving) * u128::from(now.since(self.since).0);
        ((self.busy + running) as f64 / 1e9 / self.seconds(now) / servers as f64).clamp(0.0, 1.0)
    }

    /// The mean number in the system.
    fn in_system(&self, now: Nanos) -> f64 {
        let running = u128::from(self.inside) * u128::from(now.since(self.since).0);
        (self.area + running) as f64 / 1e9 / self.seconds(now)
    }

    /// The mean time in the system in seconds, of those that have gone.
    fn time_in_system(&self) -> f64 {
        self.times as f64 / 1e9 / self.waits.count() as f64
    }
}

/// What is shown of the past.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// Requests in the system times nanoseconds.
    pub(super) inside: Bins<u64>,
    since: Nanos,
    /// Who has just gone, from which line.
    pub(super) gone: Trail<usize>,
    pub(super) refused: Trail<usize>,
}

impl Seen {
    pub(super) fn new() -> Seen {
        let (gone, refused) = (Trail::new(SEEN), Trail::new(SEEN));
        Seen { inside: Bins::new(BIN, BINS), since: Nanos::ZERO, gone, refused }
    }

    /// So many were inside until `now`: each bin gets its part.
    pub(super) fn held(&mut self, now: Nanos, count: u64) {
        while self.since < now {
            let end = (BIN * (self.since.0 / BIN.0 + 1)).min(now);
            *self.inside.at(self.since) += count * (end - self.since).0;
            self.since = end;
        }
    }
}

/// The mean wait in a layout at utilisation `rho`, in service times. Not a number where there is no such mean or no
/// formula: at full load, for bursts, and for the shortest line.
pub(super) fn theory(knobs: &Knobs, layout: usize, rho: f64) -> f64 {
    let arrivals = match knobs.pattern {
        Pattern::Steady => 0.0,
        Pattern::Poisson => 1.0,
        Pattern::Bursts => return f64::NAN,
    };
    let service = knobs.shape.variation();
    let servers = knobs.servers as f64;
    let wait = match (layout, knobs.route) {
        (POOLED, _) => queueing::ggc_wait(knobs.servers as u32, rho, arrivals, service),
        _ if knobs.servers == 1 => f64::NAN,
        // What is left of a stream where each arrival is taken with a chance of 1/c is nearer to Poisson's.
        (_, Route::Pooled | Route::Random) => {
            queueing::ggc_wait(1, rho, 1.0 + (arrivals - 1.0) / servers, service)
        }
        // Every c-th arrival: the gap is the sum of c gaps.
        (_, Route::InTurn) => queueing::ggc_wait(1, rho, arrivals / servers, service),
        (_, Route::Shortest) => f64::NAN,
    };
    if wait.is_finite() { wait } else { f64::NAN }
}

impl Queueing {
    /// The 99th percentile of the wait by theory, in service times.
    fn p99_theory(&self) -> f64 {
        let memoryless = self.knobs.pattern == Pattern::Poisson && self.knobs.shape == Shape::Exponential;
        let servers = match (self.knobs.measured(), self.knobs.route) {
            (POOLED, _) => self.knobs.servers as u32,
            (_, Route::Random) => 1,
            _ => return f64::NAN,
        };
        let wait = queueing::mmc_wait_percentile(servers, self.knobs.rho, 0.99);
        if memoryless && wait.is_finite() { wait } else { f64::NAN }
    }

    pub(super) fn numbers(&self, now: Nanos) -> Vec<f64> {
        let measured = self.knobs.measured();
        let theory = |layout| self.theory(layout, self.knobs.rho);
        let wait = |layout: usize| self.layouts[layout].period.mean_wait(self.knobs.time);
        let layout = &self.layouts[measured];
        let period = &layout.period;
        let rate = period.came as f64 / period.seconds(now);
        let (inside, time) = (period.in_system(now), period.time_in_system());
        vec![
            wait(measured),
            theory(measured),
            period.utilisation(now, self.knobs.servers),
            period.p99(self.knobs.time),
            self.p99_theory(),
            wait(POOLED),
            theory(POOLED),
            wait(SEPARATE),
            theory(SEPARATE),
            rate,
            inside,
            time * 1e3,
            inside / (rate * time),
            layout.ledger.waiting() as f64,
            period.most as f64,
            self.count as f64,
            layout.ledger.served() as f64,
            layout.ledger.refused() as f64,
        ]
    }

    /// Whether goals are reached.
    pub(super) fn judge(&self, sim: &mut Sim<Event>) {
        let knobs = &self.knobs;
        let [pooled, separate] = &self.layouts;
        let period = &self.layouts[knobs.measured()].period;
        if !period.settled() || knobs.bug != Bug::None {
            return;
        }
        let wait = |period: &Period| period.mean_wait(knobs.time);
        let busy = period.utilisation(sim.now(), knobs.servers);
        let independent = knobs.pattern == Pattern::Poisson;
        sim.goal(0, independent && knobs.rho >= 0.9 && busy >= 0.88 && wait(period) < 3.0);
        sim.goal(1, knobs.rho <= 0.8 && period.long * 100 >= period.waits.count());
        sim.goal(2, busy >= 0.999 && wait(period) < 0.001);
        let settled = knobs.servers > 1 && pooled.period.settled() && separate.period.settled();
        sim.goal(3, settled && wait(&separate.period) >= 8.0 * wait(&pooled.period));
    }

    /// Whether a layout is full.
    pub(super) fn full(&self, layout: usize) -> bool {
        self.layouts[layout].ledger.waiting() >= ROOM
    }
}
