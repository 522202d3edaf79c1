//! Playing a world: a playhead over virtual time, the inputs so far, and snapshots on the way.
//!
//! Rewinding to a moment restores the last snapshot before it and plays forward from there; what was
//! set later than that moment is forgotten, so from there on the past is a fork.

use super::{Scene, Settings, Spec, Step, World};
use crate::sim::{Nanos, Seed, Trace};

/// How far snapshots stand apart, in events.
const SNAPSHOT_EVERY: u64 = 2_000;

/// A control set to a value at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// When.
    pub at: Nanos,
    /// How many events had happened: it orders the input among events of the same nanosecond.
    pub after: u64,
    /// Which control.
    pub control: &'static str,
    /// To what.
    pub value: f64,
}

/// How many virtual seconds pass in one real second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Speed(pub f64);

impl Speed {
    const LADDER: [f64; 13] = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0];

    /// The next speed up.
    #[must_use]
    pub fn faster(self) -> Speed {
        Speed(Self::LADDER.iter().copied().find(|&rung| rung > self.0).unwrap_or(1000.0))
    }

    /// The next speed down.
    #[must_use]
    pub fn slower(self) -> Speed {
        Speed(Self::LADDER.iter().rev().copied().find(|&rung| rung < self.0).unwrap_or(0.1))
    }
}

/// A demo being played.
#[derive(Clone)]
pub struct Run {
    spec: &'static Spec,
    seed: Seed,
    start: Settings,
    inputs: Vec<Input>,
    moment: Moment,
    snapshots: Vec<Moment>,
}

/// Everything that the next event depends on.
#[derive(Clone)]
struct Moment {
    world: Box<dyn World>,
    settings: Settings,
    now: Nanos,
    events: u64,
    inputs: usize,
    trace: Trace,
    last: Option<Step>,
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Run({} seed {} at {})", self.spec.name, self.seed.0, self.moment.now)
    }
}

impl Run {
    /// A run of `spec` at time zero.
    #[must_use]
    pub fn new(spec: &'static Spec, seed: Seed, settings: Settings) -> Run {
        let moment = Moment {
            world: (spec.start)(seed, &settings),
            settings: settings.clone(),
            now: Nanos::ZERO,
            events: 0,
            inputs: 0,
            trace: Trace::default(),
            last: None,
        };
        Run { spec, seed, start: settings, inputs: Vec::new(), snapshots: vec![moment.clone()], moment }
    }

    /// The demo.
    #[must_use]
    pub fn spec(&self) -> &'static Spec {
        self.spec
    }

    /// The seed.
    #[must_use]
    pub fn seed(&self) -> Seed {
        self.seed
    }

    /// Where the playhead stands.
    #[must_use]
    pub fn now(&self) -> Nanos {
        self.moment.now
    }

    /// The controls as they stand now.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.moment.settings
    }

    /// The controls as they stood at time zero.
    #[must_use]
    pub fn start_settings(&self) -> &Settings {
        &self.start
    }

    /// What was set since time zero.
    #[must_use]
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// How many events have happened.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.moment.events
    }

    /// The event that happened last.
    #[must_use]
    pub fn last(&self) -> Option<Step> {
        self.moment.last
    }

    /// The hash of all events and inputs so far.
    #[must_use]
    pub fn trace(&self) -> u64 {
        self.moment.trace.hash()
    }

    /// Whether nothing is left to happen.
    #[must_use]
    pub fn ended(&self) -> bool {
        self.moment.world.next_at().is_none() || self.moment.now >= self.spec.length
    }

    /// The readings now, in the order of the spec.
    #[must_use]
    pub fn readings(&self) -> Vec<f64> {
        self.moment.world.readings(self.moment.now)
    }

    /// One reading by its name.
    #[must_use]
    pub fn reading(&self, name: &str) -> Option<f64> {
        let (index, _) = self.spec.reading(name)?;
        self.readings().get(index).copied()
    }

    /// What there is to see now.
    #[must_use]
    pub fn scene(&self) -> Scene {
        self.moment.world.scene(self.moment.now)
    }

    /// Which goals are reached.
    #[must_use]
    pub fn goals(&self) -> Vec<bool> {
        self.moment.world.goals()
    }

    /// For each invariant the event that broke it.
    #[must_use]
    pub fn broken(&self) -> Vec<Option<Step>> {
        self.moment.world.broken()
    }

    /// Plays to the moment `target` or until `more` says to stop (asked every 64 events; it keeps a
    /// frame within its budget). Returns whether the moment was reached.
    pub fn advance_to(&mut self, target: Nanos, mut more: impl FnMut() -> bool) -> bool {
        let mut since_asked = 0;
        while self.moment.world.next_at().is_some_and(|at| at <= target) {
            self.happen();
            since_asked += 1;
            if since_asked == 64 {
                since_asked = 0;
                if !more() {
                    return false;
                }
            }
        }
        self.moment.now = self.moment.now.max(target);
        true
    }

    /// Plays one event and moves the playhead to it.
    pub fn step(&mut self) -> Option<Step> {
        self.moment.world.next_at()?;
        self.happen();
        self.moment.last
    }

    /// Sets a control now.
    pub fn set(&mut self, control: &'static str, value: f64) {
        let input = Input { at: self.moment.now, after: self.moment.events, control, value };
        self.apply(&input);
        self.inputs.push(input);
    }

    /// Goes back to the moment `target`. What was set after it is forgotten.
    pub fn rewind_to(&mut self, target: Nanos) {
        let target = target.min(self.moment.now);
        self.inputs.retain(|input| input.at <= target);
        let kept = self.inputs.len();
        while self.snapshots.len() > 1
            && self.snapshots.last().is_some_and(|base| base.now > target || base.inputs > kept)
        {
            self.snapshots.pop();
        }
        let Some(base) = self.snapshots.last() else { return };
        self.moment = base.clone();
        for input in self.inputs.clone().iter().skip(self.moment.inputs) {
            while self.moment.events < input.after {
                self.happen();
            }
            self.moment.now = input.at;
            self.apply(input);
        }
        self.advance_to(target, || true);
    }

    /// Back to time zero with the controls as they stand now.
    pub fn reset(&mut self) {
        *self = Run::new(self.spec, self.seed, self.moment.settings.clone());
    }

    /// Back to time zero with another seed.
    pub fn reseed(&mut self, seed: Seed) {
        *self = Run::new(self.spec, seed, self.start.clone());
    }

    fn apply(&mut self, input: &Input) {
        let moment = &mut self.moment;
        moment.settings.put(input.control, input.value);
        moment.world.set(input.at, input.control, input.value);
        moment.trace.record(input.at, input.control, input.value.to_bits());
        moment.inputs += 1;
    }

    fn happen(&mut self) {
        let moment = &mut self.moment;
        let Some(step) = moment.world.step() else { return };
        moment.now = moment.now.max(step.at);
        moment.trace.record(step.at, step.what, step.id);
        moment.last = Some(step);
        moment.events += 1;
        let events = moment.events;
        let known = self.snapshots.last().map_or(0, |base| base.events);
        if events.is_multiple_of(SNAPSHOT_EVERY) && events > known {
            self.snapshots.push(self.moment.clone());
        }
    }
}
