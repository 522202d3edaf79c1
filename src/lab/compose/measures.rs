//! What is read of a composition: the same readings of every one, and some of each of its pieces.

use super::call::Outcome;
use super::kinds::Kind;
use super::part::Part;
use super::plan::Plan;
use super::words::keep;
use super::{Composed, stage::BIN};
use crate::lab::{Reading, Unit};
use crate::sim::Nanos;
use crate::systems::bulkhead::{lasts, permits_in_use};
use crate::systems::cache::che::Popularity;

/// The windows of readings, in seconds.
pub(super) const SHORT: f64 = 5.0;
pub(super) const LONG: f64 = 10.0;

/// What is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Measure {
    Requests,
    Answered,
    Failed,
    UnderWay,
    Good,
    Offered,
    Goodput,
    Bottom,
    BottomWorst,
    Amplification,
    AmplificationWorst,
    Vulnerable,
    Wasted,
    Median,
    Tail,
    Trigger,
    After,
    Bad,
    Exhausted,
    ExhaustedTheory,
    ThreadsNeeded,
    HitShare,
    HitTheory,
    MissFactor,
    MissFactorTheory,
    Busy(usize),
    Waiting(usize),
    Refused(usize),
    Retried(usize),
}

/// A reading with its name, unit and meaning.
type Told = (Measure, &'static str, Unit, &'static str);

/// What is read of every composition.
const ALWAYS: &[Told] = &[
    (Measure::Requests, "requests", Unit::Count, "requests of the clients"),
    (Measure::Answered, "answered", Unit::Count, "requests answered"),
    (Measure::Failed, "failed", Unit::Count, "requests that failed for good"),
    (Measure::UnderWay, "under_way", Unit::Count, "requests under way"),
    (Measure::Good, "good_share", Unit::Share, "requests ended in the last 10 s that were answered"),
    (Measure::Offered, "offered_per_s", Unit::PerSecond, "requests, over the last 5 s"),
    (Measure::Goodput, "goodput_per_s", Unit::PerSecond, "requests answered, over the last 5 s"),
    (Measure::Bottom, "bottom_per_s", Unit::PerSecond, "calls to the last piece, over the last 5 s"),
    (Measure::BottomWorst, "bottom_worst", Unit::PerSecond, "the same where every try fails"),
    (
        Measure::Amplification,
        "amplification",
        Unit::Ratio,
        "calls to the last piece for a request, over the last 5 s",
    ),
    (
        Measure::AmplificationWorst,
        "amplification_worst",
        Unit::Ratio,
        "the same where every try fails: the tries of all layers, multiplied",
    ),
    (
        Measure::Vulnerable,
        "vulnerable_above",
        Unit::PerSecond,
        "load from which a collapse can keep itself alive",
    ),
    (
        Measure::Wasted,
        "wasted_share",
        Unit::Share,
        "work of the last piece in the last 10 s that was for nobody",
    ),
    (Measure::Median, "latency_p50", Unit::Millis, "half of the answers took at most"),
    (Measure::Tail, "latency_p99", Unit::Millis, "99 of 100 answers took at most"),
    (Measure::Trigger, "trigger_s", Unit::Seconds, "since the first event began"),
    (Measure::After, "after_s", Unit::Seconds, "since the last event was over"),
    (Measure::Bad, "bad_s", Unit::Seconds, "seconds since then with less than 95% answered, in all"),
];

/// What is read where there are threads above the last piece.
const THREADS: &[Told] = &[
    (
        Measure::Exhausted,
        "exhausted_s",
        Unit::Seconds,
        "from the first event until all threads of the first service were busy",
    ),
    (
        Measure::ExhaustedTheory,
        "exhausted_theory",
        Unit::Seconds,
        "the same expected where nothing comes back",
    ),
    (
        Measure::ThreadsNeeded,
        "threads_needed",
        Unit::Count,
        "threads that the first service needs now, by Little's law",
    ),
];

/// What is read where there is a cache.
const CACHED: &[Told] = &[
    (Measure::HitShare, "hit_share", Unit::Share, "answers of the cache, over the last 5 s"),
    (Measure::HitTheory, "hit_theory", Unit::Share, "the same expected of a full cache (LRU)"),
    (
        Measure::MissFactor,
        "miss_factor",
        Unit::Ratio,
        "misses over the last 5 s, beside those before the first event",
    ),
    (
        Measure::MissFactorTheory,
        "miss_factor_theory",
        Unit::Ratio,
        "the same expected of an empty cache: 1/(1 - h)",
    ),
];

/// Which reading is what theory expects of which.
pub(super) const THEORY: &[(&str, &str)] = &[
    ("bottom_per_s", "bottom_worst"),
    ("amplification", "amplification_worst"),
    ("exhausted_s", "exhausted_theory"),
    ("hit_share", "hit_theory"),
    ("miss_factor", "miss_factor_theory"),
];

/// The first piece with threads of its own.
pub(super) fn front(plan: &Plan) -> usize {
    plan.pieces.iter().position(|piece| piece.kind.works()).unwrap_or(plan.last())
}

/// The first cache.
pub(super) fn cache(plan: &Plan) -> Option<usize> {
    plan.pieces.iter().position(|piece| piece.kind == Kind::Cache)
}

/// A name as readings and controls have it: `api_gateway`.
pub(super) fn underscored(name: &str) -> String {
    name.replace('-', "_")
}

/// The readings of a composition.
pub(super) fn readings(plan: &Plan) -> (Vec<Measure>, Vec<Reading>) {
    let mut told: Vec<Told> = ALWAYS.to_vec();
    if front(plan) < plan.last() {
        told.extend(THREADS);
    }
    if cache(plan).is_some() {
        told.extend(CACHED);
    }
    for (place, piece) in plan.pieces.iter().enumerate() {
        let name = &piece.name;
        let mut tell = |measure, what: &str, meaning: String| {
            told.push((measure, keep(format!("{}_{what}", underscored(name))), Unit::Count, keep(meaning)));
        };
        if place == 0 || piece.kind == Kind::Retry {
            tell(Measure::Retried(place), "retries", format!("retries of {name}"));
        }
        if matches!(piece.kind, Kind::Bulkhead | Kind::Queue | Kind::Service | Kind::Database) {
            tell(Measure::Busy(place), "busy", format!("calls in service at {name}"));
            tell(Measure::Waiting(place), "waiting", format!("calls that wait at {name}"));
        }
        if place > 0 && !matches!(piece.kind, Kind::Retry | Kind::Timeout | Kind::Cache) {
            tell(Measure::Refused(place), "refused", format!("calls refused by {name}"));
        }
    }
    let reading = |&(_, name, unit, meaning): &Told| Reading { name, unit, meaning };
    (told.iter().map(|(measure, ..)| *measure).collect(), told.iter().map(reading).collect())
}

/// What theory says under the present settings, worked out when they change.
#[derive(Clone, Copy, Debug)]
pub(super) struct Theory {
    /// Tries at the last piece for a request, where every one fails.
    pub worst: f64,
    /// Calls that the last piece can do in a second when all is well.
    pub capacity: f64,
    /// The hit share of the first cache when it is full.
    pub hits: f64,
}

impl Theory {
    /// What theory says where the controls stand at `controls`.
    pub(super) fn new(composed: &Composed, controls: &[f64]) -> Theory {
        let (plan, stages) = (composed.chain.plan, &composed.chain.stages);
        let mut worst = 1.0;
        for stage in &stages[..plan.last()] {
            match &stage.part {
                Part::Caller(caller) => worst *= caller.tries(),
                Part::Server(server) => worst *= server.calls,
                _ => {}
            }
        }
        let capacity = match &stages[plan.last()].part {
            Part::Server(server) => server.capacity(),
            _ => f64::NAN,
        };
        Theory { worst, capacity, hits: hits(plan, controls) }
    }
}

/// The hit share that Che's approximation expects of the first cache; not a number where it is not LRU, or off.
fn hits(plan: &Plan, controls: &[f64]) -> f64 {
    let Some(piece) = cache(plan).map(|place| &plan.pieces[place]) else { return f64::NAN };
    if !piece.on("on", controls) || piece.get("policy", controls) != 1.0 {
        return f64::NAN;
    }
    let clients = plan.clients();
    let popularity = Popularity::zipf(clients.get("keys", controls) as usize, clients.get("skew", controls));
    let ttl = piece.get("ttl", controls) / 1e3 * clients.get("rate", controls);
    let size = piece.get("size", controls) as usize;
    if ttl > 0.0 { popularity.lru_with_ttl(size, ttl) } else { popularity.lru(size) }
}

impl Composed {
    /// A reading at `now`.
    pub(super) fn measure(&self, measure: Measure, now: Nanos) -> f64 {
        let (chain, plan) = (&self.chain, self.chain.plan);
        let top = |seconds| chain.stages[0].recent(now, seconds);
        let last = |seconds| chain.stages[plan.last()].recent(now, seconds);
        let per_second = |count: u32| f64::from(count) / SHORT.min(whole(now)).max(f64::MIN_POSITIVE);
        let over = |count: f64| if whole(now) > 0.0 { count } else { f64::NAN };
        let since = |at: Option<Nanos>| at.map_or(f64::NAN, |at| now.since(at).as_secs_f64());
        match measure {
            Measure::Requests => chain.requests as f64,
            Measure::Answered => chain.answered as f64,
            Measure::Failed => chain.failed as f64,
            Measure::UnderWay => chain.under_way as f64,
            Measure::Good => top(LONG).good(),
            Measure::Offered => over(per_second(top(SHORT).made)),
            Measure::Goodput => over(per_second(top(SHORT).ok)),
            Measure::Bottom => over(per_second(last(SHORT).made)),
            Measure::BottomWorst => self.rate() * self.theory.worst,
            Measure::Amplification => f64::from(last(SHORT).made) / f64::from(top(SHORT).made),
            Measure::AmplificationWorst => self.theory.worst,
            Measure::Vulnerable => self.theory.capacity / self.theory.worst.max(1e-9),
            Measure::Wasted => {
                let work = last(LONG);
                f64::from(work.for_nobody) / f64::from(work.done)
            }
            Measure::Median => chain.latency.percentile(0.5) / 1e6,
            Measure::Tail => chain.latency.percentile(0.99) / 1e6,
            Measure::Trigger => since(self.trouble.began),
            Measure::After => since(self.trouble.ended),
            Measure::Bad => self.trouble.ended.map_or(f64::NAN, |_| self.bad_bins as f64 * BIN.as_secs_f64()),
            Measure::Exhausted => match (self.trouble.began, self.exhausted_at) {
                (Some(began), Some(at)) => at.since(began).as_secs_f64(),
                _ => f64::NAN,
            },
            Measure::ExhaustedTheory => self.exhausted_theory(),
            Measure::ThreadsNeeded => self.threads_needed(now),
            Measure::HitShare => cache(plan).map_or(f64::NAN, |place| {
                let counts = chain.stages[place].recent(now, SHORT);
                f64::from(counts.hits) / f64::from(counts.made)
            }),
            Measure::HitTheory => self.theory.hits,
            Measure::MissFactor => self.miss_factor(now),
            Measure::MissFactorTheory => 1.0 / (1.0 - self.theory.hits),
            Measure::Busy(place) => f64::from(chain.stages[place].held.count),
            Measure::Waiting(place) => chain.stages[place].part.waiting() as f64,
            Measure::Refused(place) => f64::from(chain.stages[place].counts.refused_here),
            Measure::Retried(place) => f64::from(chain.stages[place].counts.retried),
        }
    }

    /// Requests a second, as the clients now send them.
    fn rate(&self) -> f64 {
        self.base_rate * self.trouble.load(&self.chain, &self.controls)
    }

    /// Misses of the first cache in the last seconds over those in the last seconds before the first event.
    fn miss_factor(&self, now: Nanos) -> f64 {
        let (Some(place), Some(began)) = (cache(self.chain.plan), self.trouble.began) else {
            return f64::NAN;
        };
        let stage = &self.chain.stages[place];
        let began = began.as_secs_f64();
        let before = stage.between(now, began - SHORT, began);
        let after = stage.recent(now, SHORT);
        f64::from(after.made - after.hits) / f64::from(before.made - before.hits)
    }

    /// How long the threads of the first service last where what it calls never comes back.
    fn exhausted_theory(&self) -> f64 {
        let plan = self.chain.plan;
        let Part::Server(server) = &self.chain.stages[front(plan)].part else { return f64::NAN };
        let rate = self.rate();
        let threads = f64::from(server.station.servers());
        let seconds = lasts(threads, rate * server.work.as_secs_f64(), rate * server.calls);
        if seconds.is_finite() { seconds } else { f64::NAN }
    }

    /// Little's law: the threads that the first service needs on average, as slow as things are now.
    fn threads_needed(&self, now: Nanos) -> f64 {
        let from = front(self.chain.plan);
        let (mut share, mut latency) = (1.0, 0.0);
        for stage in &self.chain.stages[from..] {
            let Part::Server(server) = &stage.part else { continue };
            if server.trouble.hangs {
                return f64::NAN;
            }
            latency += share * server.work.as_secs_f64() * server.trouble.factor(now);
            share *= server.calls;
        }
        permits_in_use(self.rate(), Nanos::from_secs_f64(latency))
    }
}

/// The seconds of a run that lie in whole seconds.
fn whole(now: Nanos) -> f64 {
    (now.0 / BIN.0 * BIN.0) as f64 / 1e9
}

/// How an outcome is told in tables.
pub(super) const OUTCOMES: [(Outcome, &str); 4] = [
    (Outcome::Ok, "answered"),
    (Outcome::Refused, "refused"),
    (Outcome::Failed, "failed"),
    (Outcome::TimedOut, "timed out"),
];
