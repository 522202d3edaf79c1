//! What every demo is built on: a scenario, and the clockwork that runs it.
//!
//! A [`Scenario`] is the part that differs: its systems, what happens on each of its events, what it shows.
//! Everything else is the same for all and stands here once: the event queue, the settings, the goals that
//! were reached, the rules that were broken and the event that broke them ([`Sim`]), and the [`World`]
//! that a run plays ([`start`]).
//!
//! ```text
//! start: &|seed, settings| start(&SPEC, settings, |sim| Retry::new(seed, sim)),
//! ```

use super::{Scene, Settings, Spec, Step, Thing, World};
use crate::sim::{EventQueue, Nanos, Token};

/// A demo's small world: its systems, its random streams, what it counts.
///
/// It changes only in [`Scenario::happen`] and [`Scenario::changed`], and depends on nothing but the seed, the
/// settings at the start, and what was set when.
pub(super) trait Scenario: Clone + Send + 'static {
    /// What can happen: a plain enum.
    type Event: Clone + Send + 'static;

    /// An event happens at `sim.now()`. Returns what it was: a few words with `#` where the number goes, and the number
    /// of the request, node or key that it concerns.
    fn happen(&mut self, sim: &mut Sim<Self::Event>, event: Self::Event) -> (&'static str, u64);

    /// A control was set; `sim` has its new value already. A scenario that keeps values of controls takes them over here.
    fn changed(&mut self, sim: &mut Sim<Self::Event>, control: &'static str);

    /// Called after every event and every change: whether each rule still holds, whether a goal is reached.
    fn check(&self, sim: &mut Sim<Self::Event>);

    /// The readings at `now`, in the order of [`Spec::readings`]; not a number where there is nothing to read yet.
    /// `now` is at or after the last event.
    fn readings(&self, sim: &Sim<Self::Event>, now: Nanos) -> Vec<f64>;

    /// What there is to see at `now`, at or after the last event.
    fn scene(&self, sim: &Sim<Self::Event>, now: Nanos) -> Scene;

    /// What there is to see at `now` in another way, by its place in [`Spec::views`]; the first is [`Scenario::scene`].
    fn view(&self, sim: &Sim<Self::Event>, now: Nanos, _view: usize) -> Scene {
        self.scene(sim, now)
    }

    /// What the learner can lay hands on at `now`: nodes, messages under way. At most a hundred, in an order that makes
    /// them easy to find, with ids that stay the same.
    fn things(&self, _sim: &Sim<Self::Event>, _now: Nanos) -> Vec<Thing> {
        Vec::new()
    }

    /// The learner does one of [`Spec::acts`] to a thing at `sim.now()`. Returns what it was, as [`Scenario::happen`]
    /// does. Where the thing is gone, or is not one to do that to, nothing happens: a script of another run may say so.
    fn act(&mut self, _sim: &mut Sim<Self::Event>, _act: &'static str, thing: u64) -> (&'static str, u64) {
        ("nothing to lay hands on", thing)
    }

    /// About how many bytes a copy of it takes: a run keeps fewer snapshots of a large scenario.
    fn bytes(&self) -> usize {
        64 << 10
    }
}

/// The clockwork of a scenario: time, what is to happen, the controls, and what was reached and broken.
#[derive(Clone)]
pub(super) struct Sim<E> {
    now: Nanos,
    queue: EventQueue<E>,
    settings: Settings,
    goals: Vec<bool>,
    broken: Vec<Option<Step>>,
    /// The rules that were found broken since the last event was named.
    breaks: Vec<usize>,
}

impl<E> Sim<E> {
    /// When the present event happens.
    pub(super) fn now(&self) -> Nanos {
        self.now
    }

    /// Has `event` happen at the moment `at`, or now where that is past. The token takes it back.
    pub(super) fn at(&mut self, at: Nanos, event: E) -> Token {
        self.queue.push(at.max(self.now), event)
    }

    /// Has `event` happen after `delay`. The token takes it back.
    pub(super) fn after(&mut self, delay: Nanos, event: E) -> Token {
        self.queue.push(self.now + delay, event)
    }

    /// Takes a scheduled event back and returns it: a time-out whose answer has come. One that has happened is left alone.
    pub(super) fn cancel(&mut self, token: Token) -> Option<E> {
        self.queue.cancel(token)
    }

    /// The controls. Looking one up compares names: what an event needs often is better kept in the scenario.
    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The value of a control.
    pub(super) fn get(&self, control: &str) -> f64 {
        self.settings.get(control)
    }

    /// Marks a goal as reached, by its place in [`Spec::goals`], where `reached` says so. It stays reached.
    pub(super) fn goal(&mut self, goal: usize, reached: bool) {
        if reached && let Some(mark) = self.goals.get_mut(goal) {
            *mark = true;
        }
    }

    /// Notes that the event which is happening breaks a rule, by its place in [`Spec::invariants`], unless `holds`.
    /// The first event that broke a rule is the one that is told.
    pub(super) fn rule(&mut self, rule: usize, holds: bool) {
        if !holds && self.broken.get(rule).is_some_and(Option::is_none) && !self.breaks.contains(&rule) {
            self.breaks.push(rule);
        }
    }

    /// The step becomes the culprit of what was found broken.
    fn blame(&mut self, step: Step) {
        for rule in self.breaks.drain(..) {
            if let Some(mark) = self.broken.get_mut(rule) {
                mark.get_or_insert(step);
            }
        }
    }
}

/// A scenario with its clockwork, as a world.
#[derive(Clone)]
struct Running<S: Scenario> {
    scenario: S,
    sim: Sim<S::Event>,
}

/// A world at time zero. `new` makes the scenario and schedules its first events.
pub(super) fn start<S: Scenario>(
    spec: &Spec,
    settings: &Settings,
    new: impl FnOnce(&mut Sim<S::Event>) -> S,
) -> Box<dyn World> {
    begin(settings, spec.goals.len(), spec.invariants.len(), new)
}

/// The same for a demo of so many goals and rules, where there is no [`Spec`] yet to count them by.
pub(super) fn begin<S: Scenario>(
    settings: &Settings,
    goals: usize,
    rules: usize,
    new: impl FnOnce(&mut Sim<S::Event>) -> S,
) -> Box<dyn World> {
    let mut sim = Sim {
        now: Nanos::ZERO,
        queue: EventQueue::new(),
        settings: settings.clone(),
        goals: vec![false; goals],
        broken: vec![None; rules],
        breaks: Vec::new(),
    };
    let scenario = new(&mut sim);
    Box::new(Running { scenario, sim })
}

impl<S: Scenario> World for Running<S> {
    fn boxed_clone(&self) -> Box<dyn World> {
        Box::new(self.clone())
    }

    fn next_at(&self) -> Option<Nanos> {
        self.sim.queue.next_at()
    }

    fn step(&mut self) -> Option<Step> {
        let (at, event) = self.sim.queue.pop()?;
        self.sim.now = at;
        let (what, id) = self.scenario.happen(&mut self.sim, event);
        let step = Step { at, what, id };
        self.scenario.check(&mut self.sim);
        self.sim.blame(step);
        Some(step)
    }

    fn set(&mut self, now: Nanos, control: &'static str, value: f64) {
        self.sim.now = now;
        self.sim.settings.put(control, value);
        self.scenario.changed(&mut self.sim, control);
        self.scenario.check(&mut self.sim);
        self.sim.blame(Step { at: now, what: "a control was set", id: 0 });
    }

    fn act(&mut self, now: Nanos, act: &'static str, thing: u64) -> Step {
        self.sim.now = now;
        let (what, id) = self.scenario.act(&mut self.sim, act, thing);
        let step = Step { at: now, what, id };
        self.scenario.check(&mut self.sim);
        self.sim.blame(step);
        step
    }

    fn things(&self, now: Nanos) -> Vec<Thing> {
        self.scenario.things(&self.sim, now)
    }

    fn view(&self, now: Nanos, view: usize) -> Scene {
        if view == 0 { self.scenario.scene(&self.sim, now) } else { self.scenario.view(&self.sim, now, view) }
    }

    fn readings(&self, now: Nanos) -> Vec<f64> {
        self.scenario.readings(&self.sim, now)
    }

    fn scene(&self, now: Nanos) -> Scene {
        self.scenario.scene(&self.sim, now)
    }

    fn goals(&self) -> Vec<bool> {
        self.sim.goals.clone()
    }

    fn broken(&self) -> Vec<Option<Step>> {
        self.sim.broken.clone()
    }

    fn bytes(&self) -> usize {
        self.scenario.bytes()
    }
}
