//! Playing a world: a playhead over virtual time, the inputs so far, and snapshots on the way.
//!
//! Going to a moment restores the last snapshot before it and plays forward from there. What was set later
//! stays known and happens again as the run comes to it, until something is set: then the past is a fork, and what
//! lay ahead is forgotten. The state at a moment is the one after everything that happened and was set at that
//! nanosecond. An input remembers how many events came before it, so that it falls between the same two events again.

use super::{Scene, Settings, Spec, Step, Thing, World};
use crate::sim::{Nanos, Seed, Trace};

/// How far snapshots stand apart at first, in events. One also follows each input, since an input may cost as
/// much as thousands of events (a hash ring that places every key anew).
const SNAPSHOT_EVERY: u64 = 2_000;
/// How many snapshots there are at most. Beyond it every second one goes and they stand twice as far apart from
/// then on: so the whole past is covered evenly, and a rewind plays at most about a 64th of the run's events.
const MOST_SNAPSHOTS: usize = 128;
/// How many bytes all snapshots of a run may take, by what the world says of itself.
const SNAPSHOT_BYTES: usize = 64 << 20;

/// What the learner did at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// When.
    pub at: Nanos,
    /// How many events had happened: it orders the input among events of the same nanosecond.
    pub after: u64,
    /// What.
    pub hand: Hand,
}

/// What a learner can do to a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Hand {
    /// Sets a control to a value.
    Set(&'static str, f64),
    /// Does one of [`Spec::acts`] to the thing of that number.
    Act(&'static str, u64),
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
    /// By time; those behind the playhead were applied, those ahead will be.
    inputs: Vec<Input>,
    moment: Moment,
    /// By time; the first is the start. Each holds exactly the inputs up to its moment.
    snapshots: Vec<Moment>,
    most_snapshots: usize,
    /// How many events lie between two snapshots.
    apart: u64,
}

/// All that is needed to make a run again.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The seed.
    pub seed: Seed,
    /// The controls at time zero.
    pub start: Settings,
    /// What was set when, also what lies ahead of the playhead.
    pub inputs: Vec<Input>,
    /// Where the playhead stands.
    pub now: Nanos,
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
        Run {
            spec,
            seed,
            start: settings,
            inputs: Vec::new(),
            snapshots: vec![moment.clone()],
            most_snapshots: (SNAPSHOT_BYTES / moment.world.bytes().max(1)).clamp(4, MOST_SNAPSHOTS),
            moment,
            apart: SNAPSHOT_EVERY,
        }
    }

    /// A run that is only played forward: it takes no snapshots on its way, and a rewind plays it from time zero.
    #[must_use]
    pub fn without_past(spec: &'static Spec, seed: Seed, settings: Settings) -> Run {
        let mut run = Run::new(spec, seed, settings);
        run.most_snapshots = 0;
        run
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

    /// What was set from time zero until now.
    #[must_use]
    pub fn inputs(&self) -> &[Input] {
        &self.inputs[..self.moment.inputs]
    }

    /// What lies ahead because the run was rewound: it happens again, unless something else is set before.
    #[must_use]
    pub fn ahead(&self) -> &[Input] {
        &self.inputs[self.moment.inputs..]
    }

    /// The run as a plan that it can be made from again.
    #[must_use]
    pub fn plan(&self) -> Plan {
        Plan { seed: self.seed, start: self.start.clone(), inputs: self.inputs.clone(), now: self.moment.now }
    }

    /// The run of a plan. O(events): it is played from time zero.
    #[must_use]
    pub fn of_plan(spec: &'static Spec, plan: Plan) -> Run {
        let mut run = Run::new(spec, plan.seed, plan.start);
        run.inputs = plan.inputs;
        run.advance_to(plan.now, || true);
        run
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

    /// About how many bytes a copy of the world takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.moment.world.bytes()
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

    /// What there is to see now, by its place in [`Spec::views`].
    #[must_use]
    pub fn view(&self, view: usize) -> Scene {
        self.moment.world.view(self.moment.now, view)
    }

    /// What can be laid hands on now.
    #[must_use]
    pub fn things(&self) -> Vec<Thing> {
        self.moment.world.things(self.moment.now)
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
        loop {
            self.apply_due(target);
            if self.moment.world.next_at().is_none_or(|at| at > target) || !self.happen() {
                break;
            }
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
        self.apply_due(Nanos::MAX);
        self.moment.world.next_at()?;
        if self.happen() { self.moment.last } else { None }
    }

    /// Sets a control now. What was set and done later before a rewind is forgotten.
    pub fn set(&mut self, control: &'static str, value: f64) {
        self.lay_hand(Hand::Set(control, value));
    }

    /// Does something to a thing now. What was set and done later before a rewind is forgotten.
    pub fn act(&mut self, act: &'static str, thing: u64) {
        self.lay_hand(Hand::Act(act, thing));
    }

    /// Does what the learner does, now.
    pub fn lay_hand(&mut self, hand: Hand) {
        let (events, inputs) = (self.moment.events, self.moment.inputs);
        self.inputs.truncate(inputs);
        self.snapshots.retain(|base| base.events <= events && base.inputs <= inputs);
        self.inputs.push(Input { at: self.moment.now, after: events, hand });
        self.apply_next();
    }

    /// Repeats an input of another run: at the moment `at`, when `after` events have happened.
    ///
    /// # Errors
    /// Where the run is past that already, ends before it, or has another event between the two.
    pub fn play_input(&mut self, at: Nanos, after: u64, hand: Hand) -> Result<(), String> {
        while self.moment.events < after
            && self.moment.world.next_at().is_some_and(|next| next <= at)
            && self.happen()
        {}
        let early = self.moment.world.next_at().is_some_and(|next| next < at);
        if self.moment.events != after || self.moment.now > at || early {
            return Err(format!("the run has no moment {} ns with {after} events behind it", at.0));
        }
        self.moment.now = at;
        self.lay_hand(hand);
        Ok(())
    }

    /// Goes back to the moment `target`; never forward. What was set after it happens again as the run comes to it.
    pub fn rewind_to(&mut self, target: Nanos) {
        let target = target.min(self.moment.now);
        let base = self.snapshots.partition_point(|base| base.now <= target).saturating_sub(1);
        let Some(base) = self.snapshots.get(base) else { return };
        self.moment = base.clone();
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

    /// Applies what is set between the last event and the next one, up to the moment `target`.
    fn apply_due(&mut self, target: Nanos) {
        let events = self.moment.events;
        while self.ahead().first().is_some_and(|input| input.after == events && input.at <= target) {
            self.apply_next();
        }
    }

    /// Applies the input that comes next.
    fn apply_next(&mut self) {
        let moment = &mut self.moment;
        let Some(input) = self.inputs.get(moment.inputs) else { return };
        moment.now = input.at;
        match input.hand {
            Hand::Set(control, value) => {
                moment.settings.put(control, value);
                moment.world.set(input.at, control, value);
                moment.trace.record(input.at, control, value.to_bits());
            }
            Hand::Act(act, thing) => {
                moment.last = Some(moment.world.act(input.at, act, thing));
                moment.trace.record(input.at, act, thing);
            }
        }
        moment.inputs += 1;
        self.remember();
    }

    /// Makes one event happen; false where the world has none.
    fn happen(&mut self) -> bool {
        let moment = &mut self.moment;
        let Some(step) = moment.world.step() else { return false };
        moment.now = moment.now.max(step.at);
        moment.trace.record(step.at, step.what, step.id);
        moment.last = Some(step);
        moment.events += 1;
        self.remember();
        true
    }

    /// Takes a snapshot where the last one is far enough behind. After a rewind there may be some ahead.
    fn remember(&mut self) {
        let (events, inputs) = self.snapshots.last().map_or((0, 0), |base| (base.events, base.inputs));
        if self.moment.events < events + self.apart && self.moment.inputs <= inputs {
            return;
        }
        if self.most_snapshots == 0 {
            return;
        }
        if self.snapshots.len() >= self.most_snapshots {
            let mut index = 0;
            self.snapshots.retain(|_| {
                index += 1;
                index % 2 == 1
            });
            self.apart *= 2;
        }
        self.snapshots.push(self.moment.clone());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::lab::{Control, ControlKind, Reading, Unit, ring};
    use crate::sim::{EventQueue, Rng};

    /// A world for which every order matters: two components draw from streams of their own and fold what they
    /// draw into one number, several events share a nanosecond, and an input changes the number and causes an
    /// event at its own nanosecond.
    #[derive(Clone)]
    struct Clatter {
        queue: EventQueue<Tick>,
        streams: [Rng; 2],
        state: u64,
        gap: u64,
    }

    #[derive(Clone, Copy)]
    enum Tick {
        Component(usize),
        Echo,
    }

    static CLATTER: Spec = Spec {
        name: "clatter",
        title: "",
        part: "",
        topics: &[],
        hook: "",
        look_for: &[],
        controls: &[Control {
            name: "gap",
            label: "",
            kind: ControlKind::Number { min: 1.0, max: 9.0, step: 1.0 },
            default: 2.0,
            unit: "",
        }],
        readings: &[Reading { name: "state", unit: Unit::Count, meaning: "" }],
        bet: "",
        goals: &[],
        invariants: &[],
        length: Nanos::MAX,
        acts: &[],
        views: &[],
        bugs: &[],
        theory: &[],
        speed: 1.0,
        sources: &[],
        start: &|seed, settings| {
            let mut queue = EventQueue::new();
            queue.push(Nanos(1), Tick::Component(0));
            queue.push(Nanos(1), Tick::Component(1));
            let streams = [Rng::stream(seed, "a"), Rng::stream(seed, "b")];
            Box::new(Clatter { queue, streams, state: 0, gap: settings.get("gap") as u64 })
        },
    };

    impl Clatter {
        fn fold(&mut self, number: u64) {
            self.state = self.state.rotate_left(5).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ number;
        }
    }

    impl World for Clatter {
        fn boxed_clone(&self) -> Box<dyn World> {
            Box::new(self.clone())
        }

        fn next_at(&self) -> Option<Nanos> {
            self.queue.next_at()
        }

        fn step(&mut self) -> Option<Step> {
            let (at, tick) = self.queue.pop()?;
            match tick {
                Tick::Component(index) => {
                    let gap = self.streams[index].below(self.gap);
                    self.queue.push(at + Nanos(gap), tick);
                    self.fold(gap + index as u64);
                }
                Tick::Echo => self.fold(at.0),
            }
            Some(Step { at, what: "tick #", id: self.state })
        }

        fn set(&mut self, now: Nanos, _control: &str, value: f64) {
            // A gap of at least 2, or time would stand still.
            self.gap = (value as u64).max(2);
            self.fold(value as u64);
            self.queue.push(now, Tick::Echo);
        }

        fn act(&mut self, now: Nanos, _act: &'static str, thing: u64) -> Step {
            self.fold(!thing);
            self.queue.push(now, Tick::Echo);
            Step { at: now, what: "shoved by #", id: thing }
        }

        fn readings(&self, _now: Nanos) -> Vec<f64> {
            vec![(self.state >> 11) as f64]
        }

        fn scene(&self, _now: Nanos) -> Scene {
            Scene::Column(Vec::new())
        }

        fn goals(&self) -> Vec<bool> {
            Vec::new()
        }

        fn broken(&self) -> Vec<Option<Step>> {
            Vec::new()
        }
    }

    #[derive(Clone, Debug)]
    enum Move {
        Advance(u64),
        Step(u64),
        Set(f64),
        Shove(u64),
        Rewind(f64),
    }

    fn acts(longest: u64) -> impl Strategy<Value = Vec<Move>> {
        let act = prop_oneof![
            (0..longest).prop_map(Move::Advance),
            Just(Move::Advance(1)),
            (1_u64..20).prop_map(Move::Step),
            (2_u8..10).prop_map(|gap| Move::Set(f64::from(gap))),
            (2_u8..10).prop_map(|gap| Move::Set(f64::from(gap))),
            (0_u64..9).prop_map(Move::Shove),
            (0.0..=1.0).prop_map(Move::Rewind),
        ];
        proptest::collection::vec(act, 1..30)
    }

    /// Everything that can be seen of a run.
    fn seen(run: &Run) -> (u64, Vec<u64>, Settings, u64, Nanos, Option<Step>) {
        let readings = run.readings().iter().map(|value| value.to_bits()).collect();
        (run.trace(), readings, run.settings().clone(), run.events(), run.now(), run.last())
    }

    /// A run of its own, from time zero, without a snapshot: plays what was set up to the moment `target`.
    fn replay(of: &Run, target: Nanos) -> Run {
        let mut run = Run::new(of.spec(), of.seed(), of.start_settings().clone());
        for input in of.inputs.iter().filter(|input| input.at <= target) {
            run.play_input(input.at, input.after, input.hand).expect("an input of the same run");
        }
        run.advance_to(target, || true);
        run
    }

    /// Does what is said, and after every rewind compares the run with a replay and, where the moment had been
    /// passed before, with what was seen then.
    fn check(mut run: Run, control: &'static str, acts: &[Move]) {
        // Few, so that the past is thinned often and inputs have to be played again.
        run.most_snapshots = 4;
        let mut passed = BTreeMap::new();
        for act in acts {
            match *act {
                Move::Advance(span) => {
                    run.advance_to(run.now() + Nanos(span), || true);
                    passed.insert(run.now(), seen(&run));
                }
                Move::Step(count) => {
                    for _ in 0..count {
                        run.step();
                    }
                    passed.remove(&run.now());
                }
                Move::Set(value) => {
                    // Another future from here on.
                    passed.split_off(&run.now());
                    run.set(control, value);
                    assert_eq!(run.settings().get(control), value);
                    passed.remove(&run.now());
                }
                Move::Shove(thing) => {
                    passed.split_off(&run.now());
                    run.act("shove", thing);
                    passed.remove(&run.now());
                }
                Move::Rewind(part) => {
                    // Half of the time to a moment that was passed, so that there is something to compare with.
                    let anywhere = Nanos((run.now().0 as f64 * part) as u64);
                    let known = passed.range(anywhere..).next().map(|(&at, _)| at);
                    let target =
                        known.filter(|_| anywhere.0.is_multiple_of(2)).unwrap_or(anywhere).min(run.now());
                    let replayed = replay(&run, target);
                    run.rewind_to(target);
                    assert_eq!(seen(&run), seen(&replayed), "rewound to {target:?}");
                    if let Some(then) = passed.get(&target) {
                        assert_eq!(&seen(&run), then, "as seen at {target:?}");
                    }
                }
            }
        }
        let end = run.now() + Nanos(50);
        let replayed = replay(&run, end);
        run.advance_to(end, || true);
        assert_eq!(seen(&run), seen(&replayed), "the future, with what lay ahead");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn rewinding_is_replaying(seed: u64, acts in acts(3_000)) {
            check(Run::new(&CLATTER, Seed(seed), Settings::defaults(&CLATTER)), "gap", &acts);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]
        #[test]
        fn rewinding_the_ring_is_replaying(seed: u64, acts in acts(2_000_000_000)) {
            let mut settings = Settings::defaults(&ring::SPEC);
            settings.put("keys", 1_000.0);
            settings.put("vnodes", 5.0);
            check(Run::new(&ring::SPEC, Seed(seed), settings), "nodes", &acts);
        }
    }

    #[test]
    fn an_input_between_two_events_of_a_nanosecond_stays_there() {
        let start = || Run::new(&CLATTER, Seed(7), Settings::defaults(&CLATTER));
        let mut run = start();
        run.step();
        assert_eq!((run.now(), run.events()), (Nanos(1), 1), "the other event of this nanosecond is to come");
        run.set("gap", 9.0);
        run.advance_to(Nanos(1), || true);
        let then = seen(&run);
        run.advance_to(Nanos(5_000), || true);
        run.rewind_to(Nanos(1));
        assert_eq!(seen(&run), then);
        let mut late = start();
        late.advance_to(Nanos(1), || true);
        late.set("gap", 9.0);
        late.advance_to(Nanos(1), || true);
        assert_ne!(seen(&late), then, "the order matters in this world");
    }

    #[test]
    fn a_rewind_keeps_what_lies_ahead_until_something_is_set() {
        let mut run = Run::new(&CLATTER, Seed(7), Settings::defaults(&CLATTER));
        run.advance_to(Nanos(100), || true);
        let then = seen(&run);
        for value in [3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 3.0, 4.0, 5.0] {
            run.advance_to(run.now() + Nanos(7), || true);
            run.set("gap", value);
        }
        assert_eq!(run.settings().get("gap"), 5.0);
        run.advance_to(run.now() + Nanos(1), || true);
        let end = seen(&run);
        run.rewind_to(Nanos(100));
        assert_eq!(run.settings().get("gap"), 2.0);
        assert_eq!((seen(&run), run.inputs()), (then, [].as_slice()));
        run.rewind_to(Nanos(9_999));
        assert_eq!(run.now(), Nanos(100), "no rewind goes forward");
        assert_eq!(run.ahead().len(), 10);
        run.advance_to(end.4, || true);
        assert_eq!(seen(&run), end, "the same future");
        run.rewind_to(Nanos(120));
        run.set("gap", 9.0);
        assert_eq!((run.ahead(), run.inputs().len()), ([].as_slice(), 3));
        run.advance_to(end.4, || true);
        assert_ne!(seen(&run), end, "another future");
    }

    #[test]
    fn a_plan_makes_the_run_again() {
        let mut run = Run::new(&CLATTER, Seed(7), Settings::defaults(&CLATTER));
        for value in [3.0, 4.0, 5.0] {
            run.advance_to(run.now() + Nanos(70), || true);
            run.set("gap", value);
        }
        run.rewind_to(Nanos(150));
        let mut again = Run::of_plan(&CLATTER, run.plan());
        assert_eq!((seen(&again), again.ahead()), (seen(&run), run.ahead()));
        run.advance_to(Nanos(500), || true);
        again.advance_to(Nanos(500), || true);
        assert_eq!(seen(&again), seen(&run));
    }

    #[test]
    fn a_second_rewind_to_just_before_an_input_takes_it_back() {
        let mut run = Run::new(&ring::SPEC, Seed(7), Settings::defaults(&ring::SPEC));
        run.most_snapshots = 1;
        let first = Nanos::from_secs(1);
        for (at, nodes) in [(first, 3.0), (Nanos::from_secs(3), 5.0)] {
            run.advance_to(at, || true);
            run.set("nodes", nodes);
        }
        // The snapshot that followed the first input is gone, so that input is played again, and a new one follows it.
        run.rewind_to(Nanos::from_secs(2));
        assert_eq!((run.settings().get("nodes"), run.inputs().len()), (3.0, 1));
        run.rewind_to(first - Nanos(1));
        assert_eq!((run.settings().get("nodes"), run.inputs().len()), (10.0, 0));
        assert_eq!(run.reading("nodes"), Some(10.0));
    }

    #[test]
    fn snapshots_stand_close_and_are_bounded() {
        let mut run = Run::new(&CLATTER, Seed(7), Settings::defaults(&CLATTER));
        let mut most = 0;
        for round in 0..300_u32 {
            run.advance_to(run.now() + Nanos(if round == 20 { 20_000 } else { 5 }), || true);
            run.set("gap", f64::from(2 + round % 7));
            let last = run.snapshots.last().expect("the snapshot at time zero");
            assert_eq!((last.events, last.inputs), (run.events(), run.inputs().len()));
            if round == 20 {
                let gap = run.snapshots.windows(2).map(|pair| pair[1].events - pair[0].events).max();
                assert_eq!(gap, Some(SNAPSHOT_EVERY));
            }
            most = most.max(run.snapshots.len());
        }
        assert_eq!(most, MOST_SNAPSHOTS);
        assert_eq!(run.snapshots[0].events, 0, "the start is always among them");
        // The thinned past is played from as well as the full one was.
        for part in [0.9, 0.5, 0.1, 0.0] {
            let target = Nanos((run.now().0 as f64 * part) as u64);
            let replayed = replay(&run, target);
            run.rewind_to(target);
            assert_eq!(seen(&run), seen(&replayed));
        }
    }

    #[test]
    fn an_input_of_another_run_is_refused() {
        let check = |at, after, fits: bool| {
            let mut run = Run::new(&CLATTER, Seed(7), Settings::defaults(&CLATTER));
            run.advance_to(Nanos(10), || true);
            assert_eq!(
                run.play_input(Nanos(at), after, Hand::Set("gap", 3.0)).is_ok(),
                fits,
                "at {at} after {after}"
            );
        };
        let mut run = Run::new(&CLATTER, Seed(7), Settings::defaults(&CLATTER));
        run.advance_to(Nanos(10), || true);
        let known = run.events();
        run.advance_to(Nanos(100), || true);
        let later = run.events();
        check(10, known, true);
        check(100, later, true);
        check(9, known, false); // past
        check(10, known - 1, false);
        check(10, known + 1, false); // no such event by then
        check(100, known, false); // other events come first
        check(100, later - 20, false);
    }

    #[test]
    fn playing_stops_when_it_is_told_to() {
        let mut run = Run::new(&CLATTER, Seed(7), Settings::defaults(&CLATTER));
        let mut frames = 3;
        let reached = run.advance_to(Nanos(100_000), || {
            frames -= 1;
            frames > 0
        });
        assert_eq!((reached, run.events()), (false, 3 * 64));
        assert!(run.now() < Nanos(100_000));
    }
}
