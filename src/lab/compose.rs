//! Pieces put behind one another: a limiter, a retry, a cache, a database, and whatever happens to them.
//!
//! Each piece by itself does what its own demo shows. Real failures are what they do to each other: a time-out makes a
//! retry, retries make a queue, the queue makes time-outs. So here a chain of pieces is read from a small file
//! (`docs/compose.md`), and what runs in it are the implementations of `systems`, the same as everywhere.
//!
//! **The model.** A request of a client goes down the chain from piece to piece. At each it is a *call*, which ends exactly
//! once, with an answer or without, and then the call above hears of it:
//!
//! * `clients`, `retry` and `timeout` call the piece below and wait for so long. A try that ends without an answer is
//!   made again after a pause, as often as is set and as the budget pays. Each call of a `retry` is a call of its own to what
//!   is below: layers multiply.
//! * **Who gives up tells nobody.** What he has called goes on, holds what it holds, and its answer is for nobody. Only
//!   where requests carry a deadline does a thread put a call aside that it should begin after that, and a
//!   caller makes no more tries.
//! * `limiter` and `breaker` let a call through or refuse it. A breaker counts everything but an answer as a failure.
//! * `bulkhead` and `queue` let so many calls go on at a time. Others wait in line, or are refused.
//! * `cache` answers what it knows. An answer from below is kept even if nobody waits for it any more; one that never comes,
//!   or that a time-out below the cache has cut off, is not.
//! * `service` and `database` have threads. A thread works on a call, then asks the piece below, and **is held until
//!   that answers**. The last piece answers by itself.
//!
//! Nothing takes time but work, pauses and waiting: a message arrives at once. Work that has begun under one
//! condition ends as it began; only a server that hangs holds up what is under way.
//!
//! A composition becomes a `Spec` like any other demo. It is leaked, once each time a file is read anew: a demo lives as long as the
//! program.

mod call;
mod caller;
mod chain;
mod hands;
mod kinds;
mod measures;
mod parse;
mod part;
mod picture;
mod plan;
mod server;
mod spec;
mod stage;
#[cfg(test)]
mod tests;
mod trouble;
mod values;
mod words;

pub use spec::compose;

use call::Event;
use chain::{Chain, Load};
use kinds::Kind;
use measures::{Measure, Theory};
use part::Part;
use plan::{Condition, Plan};
use stage::{BIN, Stage};
use trouble::Trouble;
use words::Words;

use super::scenario::{Scenario, Sim};
use super::workload::{Arrivals, Pattern};
use super::{Scene, Settings, Source, Thing};
use crate::sim::{Nanos, Rng, Seed, Zipf};

/// The compositions that come with the program, by the names of their files: four incidents, and what pages put together.
pub(super) const COMPOSED: [(&str, &str); 5] = [
    ("retry-storm.toml", include_str!("../../content/compositions/retry-storm.toml")),
    ("cold-cache.toml", include_str!("../../content/compositions/cold-cache.toml")),
    ("metastable.toml", include_str!("../../content/compositions/metastable.toml")),
    ("slow-dependency.toml", include_str!("../../content/compositions/slow-dependency.toml")),
    ("two-caches.toml", include_str!("../../content/compositions/two-caches.toml")),
];

/// The implementations behind a composition, those of its first pieces first.
fn sources(plan: &Plan) -> Vec<Source> {
    let mut sources: Vec<Source> = Vec::new();
    for piece in &plan.pieces {
        let source = match piece.kind {
            Kind::Clients | Kind::Retry => source!("retry.rs", "pub fn spend"),
            Kind::Timeout => source!("deadline.rs", "pub fn pass_down"),
            Kind::Limiter => source!("limiter/token_bucket.rs", "pub fn admit_n"),
            Kind::Breaker => source!("circuit_breaker.rs", "pub fn permit"),
            Kind::Bulkhead => source!("bulkhead.rs", "pub fn enter"),
            Kind::Queue => source!("bounded_buffer.rs", "pub fn offer"),
            Kind::Cache => source!("stampede/flight.rs", "pub fn join"),
            Kind::Service | Kind::Database => source!("station.rs", "pub fn arrive"),
        };
        if sources.iter().all(|known| known.path != source.path) {
            sources.push(source);
        }
    }
    sources
}

/// What can be broken on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bug {
    LeakedThreads,
    LateAnswers,
    ExtraTries,
    OneTooMany,
}

impl Bug {
    /// All of them, by name.
    const ALL: [(&'static str, Bug); 4] = [
        ("leaked-threads", Bug::LeakedThreads),
        ("late-answers", Bug::LateAnswers),
        ("extra-tries", Bug::ExtraTries),
        ("one-too-many", Bug::OneTooMany),
    ];

    fn name(self) -> &'static str {
        Bug::ALL.iter().find(|(_, bug)| *bug == self).map_or("", |(name, _)| name)
    }
}

/// Everything about a composition that does not change while it runs.
#[derive(Debug)]
struct Composition {
    plan: Plan,
    words: Words,
    measures: Vec<Measure>,
    /// The conditions of each goal: what they are of, and what they ask for.
    goals: Vec<Vec<(Of, Condition)>>,
}

/// What a condition is of.
#[derive(Clone, Copy, Debug)]
enum Of {
    Reading(Measure),
    Control(usize),
}

/// A composition that runs.
#[derive(Clone)]
struct Composed {
    about: &'static Composition,
    chain: Chain,
    load: Load,
    trouble: Trouble,
    theory: Theory,
    /// The values of the controls, in their order.
    controls: Vec<f64>,
    /// Requests a second without events.
    base_rate: f64,
    /// The second that goals were last judged at.
    judged: u64,
    /// Seconds after the last event in which too little was answered.
    bad_bins: u64,
    /// When all threads of the first service were busy, with somebody waiting, for the first time since the first event.
    exhausted_at: Option<Nanos>,
}

impl Composed {
    fn new(about: &'static Composition, seed: Seed, sim: &mut Sim<Event>) -> Composed {
        let plan = &about.plan;
        let controls = values(sim.settings());
        let clients = plan.clients();
        let keys = popularity(plan, &controls);
        let stages = (0..plan.pieces.len()).map(|place| Stage::new(plan, place, &controls, keys, seed));
        let mut chain = Chain::new(plan, &about.words, stages.collect());
        chain.carries = clients.on("deadlines", &controls);
        let base_rate = clients.get("rate", &controls);
        let pattern = Pattern::of(clients.get("pattern", &controls));
        let mut arrivals = Arrivals::new(Rng::stream(seed, "arrivals"), pattern, base_rate);
        let trouble = Trouble::new(&chain, &controls, sim);
        let next = arrivals.next(Nanos::ZERO);
        let load = Load {
            arrivals,
            keys,
            key_rng: Rng::stream(seed, "keys"),
            luck_rng: Rng::stream(seed, "ways"),
            next,
            token: sim.at(next, Event::Come),
        };
        let theory = Theory { worst: 1.0, capacity: f64::NAN, hits: f64::NAN };
        let mut composed = Composed {
            about,
            chain,
            load,
            trouble,
            theory,
            controls,
            base_rate,
            judged: 0,
            bad_bins: 0,
            exhausted_at: None,
        };
        composed.set_bug(sim.settings());
        composed.theory = Theory::new(&composed, &composed.controls);
        composed
    }

    fn set_bug(&mut self, settings: &Settings) {
        let chosen = settings.count("bug").checked_sub(1);
        self.chain.bug = chosen.and_then(|place| self.about.plan.bugs.get(place)).copied();
        let extra = u32::from(self.chain.bug == Some(Bug::OneTooMany));
        for (piece, stage) in self.about.plan.pieces.iter().zip(&mut self.chain.stages) {
            if let Part::Server(server) = &mut stage.part {
                server.station.set_servers(part::servers(piece, &self.controls) + extra);
            }
        }
    }

    /// The pieces take over the values of the controls.
    fn tune(&mut self, sim: &mut Sim<Event>) {
        let now = sim.now();
        let plan = self.chain.plan;
        let clients = plan.clients();
        for (place, piece) in plan.pieces.iter().enumerate() {
            let stage = &mut self.chain.stages[place];
            let had = matches!(&stage.part, Part::Caller(caller) if caller.budget.is_some());
            let earned = if let Part::Caller(caller) = &stage.part { caller.earned() } else { None };
            stage.part.tune(piece, &self.controls, now);
            if let Part::Caller(caller) = &stage.part
                && (!had || caller.earned() != earned)
            {
                stage.new_budget();
            }
            stage.passed = 0;
            stage.passed_since = now;
            if let Some(limit) = stage.part.limit() {
                stage.held.set_limit(limit);
            }
        }
        self.chain.carries = clients.on("deadlines", &self.controls);
        self.load.keys = popularity(plan, &self.controls);
        self.trouble.changed(&mut self.chain, &self.controls, sim);
        let rate = clients.get("rate", &self.controls);
        let pattern = Pattern::of(clients.get("pattern", &self.controls));
        let of_load = |value: Option<plan::Value>| matches!(value, Some(plan::Value::Control(_)));
        if of_load(clients.value("pattern")) {
            self.load.arrivals.set_pattern(pattern);
        }
        if rate != self.base_rate {
            self.base_rate = rate;
            self.reload(sim);
        }
        self.theory = Theory::new(self, &self.controls);
        self.set_bug(sim.settings());
    }

    fn come(&mut self, sim: &mut Sim<Event>) {
        let load = &mut self.load;
        let (key, luck) = (load.keys.sample(&mut load.key_rng), load.luck_rng.next_u64());
        self.chain.request(sim.now(), key, luck);
        self.chain.told.1 = Some("request # comes");
        self.next_request(sim);
    }

    fn next_request(&mut self, sim: &mut Sim<Event>) {
        let times = self.trouble.load(&self.chain, &self.controls);
        let load = &mut self.load;
        load.arrivals.set_rate(self.base_rate * times);
        load.next = load.arrivals.next(sim.now());
        load.token = sim.at(load.next, Event::Come);
    }

    /// An event has begun or ended. Where it is one of the load, the next request comes by the new one; nothing else that
    /// happens changes when requests come.
    fn load_changed(&mut self, sim: &mut Sim<Event>, event: usize) {
        if self.about.plan.events[event].what == kinds::What::Load {
            self.reload(sim);
        }
    }

    fn reload(&mut self, sim: &mut Sim<Event>) {
        sim.cancel(self.load.token);
        self.next_request(sim);
    }

    /// At the end of each second: what it was like, and whether a goal is reached.
    fn judge(&mut self, sim: &mut Sim<Event>) {
        let now = sim.now();
        let bin = now.0 / BIN.0;
        if bin == self.judged {
            return;
        }
        self.judged = bin;
        // A piece that nothing comes to has its seconds too.
        self.chain.stages.iter_mut().for_each(|stage| stage.look(now));
        let last = self.chain.stages[0].recent(now, BIN.as_secs_f64());
        let after = self.trouble.ended.is_some_and(|ended| now.since(ended) > BIN);
        self.bad_bins += u64::from(after && last.good() < 0.95);
        for (goal, conditions) in self.about.goals.iter().enumerate() {
            let holds = conditions.iter().all(|(of, condition)| {
                let value = match of {
                    Of::Reading(measure) => self.measure(*measure, now),
                    Of::Control(place) => self.controls[*place],
                };
                condition.is.holds(value, condition.number)
            });
            sim.goal(goal, holds);
        }
    }

    /// Looks at the pieces that an event may have filled.
    fn look(&mut self, now: Nanos) {
        let front = measures::front(self.chain.plan);
        for (place, stage) in self.chain.stages.iter_mut().enumerate() {
            if stage.part.limit().is_none() {
                continue;
            }
            stage.look(now);
            let full = place == front && stage.part.waiting() > 0 && self.trouble.began.is_some();
            if full && self.exhausted_at.is_none() {
                self.exhausted_at = Some(now);
            }
        }
    }
}

/// The values of the controls but the bug, in their order.
fn values(settings: &Settings) -> Vec<f64> {
    settings.iter().filter(|(name, _)| *name != "bug").map(|(_, value)| value).collect()
}

/// What the clients ask for.
fn popularity(plan: &Plan, controls: &[f64]) -> Zipf {
    let clients = plan.clients();
    Zipf::new(clients.get("keys", controls) as u64, clients.get("skew", controls))
}

impl Scenario for Composed {
    type Event = Event;

    fn happen(&mut self, sim: &mut Sim<Event>, event: Event) -> (&'static str, u64) {
        self.judge(sim);
        self.chain.told = (u64::MAX, None);
        let words = self.chain.words;
        match event {
            Event::Come => self.come(sim),
            Event::Worked { call } => self.chain.worked(sim, call),
            Event::GivesUp { call } => self.chain.gives_up(sim, call),
            Event::Again { call } => self.chain.tries_again(sim, call),
            Event::WaitOver { stage } => {
                self.chain.told = (0, Some("a wait for a permit is over"));
                self.chain.turns(sim, stage);
            }
            Event::Begins { event } => {
                self.trouble.begins(&mut self.chain, &self.controls, sim, event);
                self.load_changed(sim, event);
                self.chain.told = (event as u64, Some(words.event(event, true)));
            }
            Event::Ends { event } => {
                self.trouble.ends(&mut self.chain, &self.controls, sim, event);
                self.load_changed(sim, event);
                self.chain.told = (event as u64, Some(words.event(event, false)));
            }
        }
        let told = (self.chain.told, matches!(event, Event::Begins { .. } | Event::Ends { .. }));
        self.chain.settle(sim);
        self.look(sim.now());
        let (request, what) = if told.1 { told.0 } else { self.chain.told };
        (what.unwrap_or("nothing happens"), request)
    }

    fn changed(&mut self, sim: &mut Sim<Event>, control: &'static str) {
        self.controls = values(sim.settings());
        if control == "bug" {
            self.set_bug(sim.settings());
        } else {
            self.tune(sim);
        }
        (0..self.chain.stages.len()).for_each(|place| self.chain.turns(sim, place));
        self.chain.told = (u64::MAX, None);
        self.chain.settle(sim);
        self.look(sim.now());
    }

    fn check(&self, sim: &mut Sim<Event>) {
        let chain = &self.chain;
        let under_way = chain.under_way;
        sim.rule(0, chain.requests == chain.answered + chain.failed + under_way);
        let mut alive = 0;
        for stage in &chain.stages {
            let limited = stage.part.limit().is_some();
            sim.rule(1, !limited || stage.held.keeps());
            sim.rule(2, stage.part.busy().is_none_or(|busy| busy == stage.held.count));
            sim.rule(3, !stage.tried_too_often && stage.spent <= stage.credit);
            if let Part::Limiter { bucket, .. } = &stage.part {
                let seconds = sim.now().since(stage.passed_since).as_secs_f64();
                let promise = f64::from(bucket.burst()) + f64::from(bucket.rate()) * seconds;
                sim.rule(4, stage.passed as f64 <= promise + 1e-6);
            }
            alive += stage.counts.made - stage.counts.ended();
        }
        sim.rule(5, alive as usize == chain.calls.len());
    }

    fn readings(&self, _sim: &Sim<Event>, now: Nanos) -> Vec<f64> {
        self.about.measures.iter().map(|measure| self.measure(*measure, now)).collect()
    }

    fn scene(&self, _sim: &Sim<Event>, now: Nanos) -> Scene {
        self.chain_view(now)
    }

    fn view(&self, _sim: &Sim<Event>, now: Nanos, view: usize) -> Scene {
        match view {
            1 => self.stages_view(now),
            2 => self.time_view(now),
            _ => self.chain_view(now),
        }
    }

    fn things(&self, _sim: &Sim<Event>, _now: Nanos) -> Vec<Thing> {
        self.chain.things()
    }

    fn act(&mut self, sim: &mut Sim<Event>, act: &'static str, thing: u64) -> (&'static str, u64) {
        self.chain.told = (u64::MAX, None);
        let said = self.chain.by_hand(act, thing);
        self.chain.settle(sim);
        self.look(sim.now());
        (said, thing)
    }

    fn bytes(&self) -> usize {
        self.chain.bytes()
    }
}
