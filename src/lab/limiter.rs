//! Two rate limiters and one stream of arrivals: a token bucket beside a fixed window.
//!
//! Every arrival is put to both, so whatever differs comes from the limiters. What is measured is what
//! the service behind them feels: the most requests admitted within *any* span of one window's length.
//! The bucket bounds that by `burst + rate * t`, a number one chooses; the fixed window lets through twice
//! its limit once a client finds the boundary. The pattern `boundary` is such a client.

mod arrivals;
mod measures;
mod picture;

use std::collections::VecDeque;

use arrivals::Arrivals;
use measures::{Checks, Side};

use super::{Control, ControlKind, Scene, Settings, Spec, Step, Unit, World, number, reading};
use crate::sim::{Nanos, Rng, Seed};
use crate::systems::fixed_window::FixedWindow;
use crate::systems::token_bucket::TokenBucket;

/// What the demo says of itself.
pub static SPEC: Spec = Spec {
    name: "limiter",
    title: "Rate limiters",
    part: "reliability",
    topics: &["rate-limiting"],
    hook: "Both allow 10 requests a second. How many can a client push through in one second?",
    look_for: &[
        "Set the pattern to boundary: the fixed window admits its limit just before the edge and again just after it.",
        "The bucket's worst window stays at or below burst + rate·t, whatever the client does.",
        "Set the burst equal to the limit: the bucket's worst window may now be twice the limit too. With a bucket that is your choice; with a fixed window it is not.",
        "Under steady overload both admit the same rate. They differ only in which requests pass, and how close together.",
        "Shorten the window: its worst case shrinks with it, but it now refuses small bursts that the bucket lets through.",
    ],
    controls: &[
        number("rate", "allowed a second, by both", (1.0, 1_000.0), 0.0, 10.0, "/s"),
        number("burst", "tokens the bucket holds", (1.0, 1_000.0), 0.0, 5.0, ""),
        number("window", "length of the fixed window", (100.0, 5_000.0), 0.0, 1_000.0, "ms"),
        number("load", "arrivals a second, on average", (1.0, 5_000.0), 0.0, 15.0, "/s"),
        Control {
            name: "pattern",
            label: "how they arrive",
            kind: ControlKind::Choice(&["steady", "poisson", "bursts", "boundary"]),
            default: 1.0,
            unit: "",
        },
    ],
    readings: &[
        reading("arrivals", Unit::Count, "requests that arrived"),
        reading("admitted_bucket", Unit::Count, "admitted by the token bucket"),
        reading("admitted_fixed", Unit::Count, "admitted by the fixed window"),
        reading("refused_bucket", Unit::Count, "refused by the token bucket"),
        reading("refused_fixed", Unit::Count, "refused by the fixed window"),
        reading(
            "worst_window_bucket",
            Unit::Count,
            "most admitted by the bucket in any span of a window's length",
        ),
        reading("worst_window_fixed", Unit::Count, "most admitted by the fixed window in any such span"),
        reading("limit", Unit::Count, "what a window may admit: rate times window"),
        reading(
            "bound_bucket",
            Unit::Count,
            "most the bucket may admit in such a span: burst + rate times window",
        ),
        reading("overshoot_bucket", Unit::Ratio, "the bucket's worst window over the limit"),
        reading("overshoot_fixed", Unit::Ratio, "the fixed window's worst window over the limit"),
    ],
    bet: "rate-limiting.bet-boundary",
    goals: &[
        "make one window admit twice its limit",
        "refuse nobody for 5 s, at half the limit or more",
        "for 5 s let the bucket use 90% of its rate, with no window above 1.1 times the limit",
        "through 5 s, let the bucket admit twice what the fixed window admits",
    ],
    invariants: &[
        "bucket: any span of t seconds admits at most burst + rate·t",
        "fixed window: each aligned window admits at most its limit",
        "fixed window: any span of one window's length admits at most the limit",
    ],
    length: Nanos::from_secs(12),
    bugs: &[],
    theory: &[],
    speed: 1.0,
    sources: &[source!("token_bucket.rs", "pub fn admit")],
    start: |seed, settings| Box::new(Limiter::new(seed, settings)),
};

/// How wide a bin of the chart is, and how many are kept.
const BIN: Nanos = Nanos::from_millis(100);
const BINS: u64 = 120;
/// How long a request is seen on its way to the limiter, and behind it; and how many dots at most.
const AHEAD: Nanos = Nanos::from_millis(500);
const BEHIND: Nanos = Nanos::from_millis(600);
const DOTS: usize = 50;
/// How long a goal must be held.
const HELD: Nanos = Nanos::from_secs(5);

const BUCKET: usize = 0;
const FIXED: usize = 1;

/// The limits, as whole numbers.
#[derive(Clone, Copy, Debug)]
struct Limits {
    rate: u32,
    burst: u32,
    window: Nanos,
    /// What a window may admit.
    limit: u64,
}

impl Limits {
    fn of(settings: &Settings) -> Limits {
        let (rate, burst) = (settings.get("rate") as u32, settings.get("burst") as u32);
        let window = Nanos::from_millis((settings.get("window") as u64).max(1));
        // A window that is too short for one request still admits one, or it would admit none ever.
        let limit = (u64::from(rate) * window.0 / Nanos::from_secs(1).0).max(1);
        Limits { rate, burst, window, limit }
    }

    fn bound_bucket(&self) -> f64 {
        f64::from(self.burst) + (f64::from(self.rate) * self.window.as_secs_f64()).floor()
    }
}

#[derive(Clone)]
struct Limiter {
    settings: Settings,
    limits: Limits,
    bucket: TokenBucket,
    fixed: FixedWindow,
    arrivals: Arrivals,
    next: Nanos,
    /// How many have arrived; also the number of the last one.
    count: u64,
    sides: [Side; 2],
    /// The number of the bin that is being filled.
    bin: u64,
    /// The last decisions: when, and what each side said.
    recent: VecDeque<(Nanos, [bool; 2])>,
    checks: Checks,
    goals: [bool; 4],
    /// Since the last change of any control, and since the last refusal after it.
    held: Held,
    clean: Held,
}

/// A span and what happened in it.
#[derive(Clone, Copy, Debug, Default)]
struct Held {
    since: Nanos,
    arrived: u64,
    admitted: [u64; 2],
}

impl Limiter {
    fn new(seed: Seed, settings: &Settings) -> Limiter {
        let limits = Limits::of(settings);
        let mut arrivals = Arrivals::new(Rng::stream(seed, "arrivals"), settings, &limits);
        Limiter {
            settings: settings.clone(),
            bucket: TokenBucket::new(limits.rate, limits.burst),
            fixed: FixedWindow::new(limits.limit, limits.window),
            next: arrivals.next(Nanos::ZERO),
            limits,
            arrivals,
            count: 0,
            sides: [Side::default(), Side::default()],
            bin: 0,
            recent: VecDeque::new(),
            checks: Checks::default(),
            goals: [false; 4],
            held: Held::default(),
            clean: Held::default(),
        }
    }

    /// Closes the bins that end at or before `now`. What lies further back than the chart is skipped.
    fn close_bins(&mut self, now: Nanos) {
        let present = now.0 / BIN.0;
        if present - self.bin > BINS {
            self.bin = present - BINS;
        }
        while self.bin < present {
            self.bin += 1;
            for side in &mut self.sides {
                side.peaks.push_back(side.peak);
                side.peak = side.trailing(BIN * self.bin, self.limits.window);
                if side.peaks.len() as u64 > BINS {
                    side.peaks.pop_front();
                }
            }
        }
    }

    /// Every how many requests one is shown, so that the dots of the time shown fit.
    fn thinning(&self) -> u64 {
        let shown = self.settings.get("load") * BEHIND.as_secs_f64();
        ((shown / DOTS as f64).ceil() as u64).max(1)
    }

    fn note_goals(&mut self, now: Nanos) {
        let Limits { rate, limit, .. } = self.limits;
        let long = |held: &Held| now.since(held.since) >= HELD;
        let allowed = |held: &Held| f64::from(rate) * now.since(held.since).as_secs_f64();
        let worst = |side: usize| self.sides[side].worst as f64 / limit as f64;
        let arrived = |held: &Held| held.arrived as f64;
        let [bucket, fixed] = self.held.admitted;
        let reached = [
            worst(FIXED) >= 2.0,
            long(&self.clean) && arrived(&self.clean) >= 0.5 * allowed(&self.clean),
            long(&self.held) && bucket as f64 >= 0.9 * allowed(&self.held) && worst(BUCKET) <= 1.1,
            long(&self.held) && fixed > 0 && bucket >= 2 * fixed,
        ];
        for (goal, reached) in self.goals.iter_mut().zip(reached) {
            *goal |= reached;
        }
    }
}

impl World for Limiter {
    fn boxed_clone(&self) -> Box<dyn World> {
        Box::new(self.clone())
    }

    fn next_at(&self) -> Option<Nanos> {
        Some(self.next)
    }

    fn step(&mut self) -> Option<Step> {
        let now = self.next;
        self.close_bins(now);
        self.count += 1;
        let said = [self.bucket.admit(now).admitted(), self.fixed.admit(now).admitted()];
        let what = match said {
            [true, true] => "request # admitted by both",
            [true, false] => "request # admitted by the bucket, refused by the window",
            [false, true] => "request # refused by the bucket, admitted by the window",
            [false, false] => "request # refused by both",
        };
        let step = Step { at: now, what, id: self.count };
        for (side, admitted) in self.sides.iter_mut().zip(said) {
            if admitted {
                side.admit(now, self.limits.window);
            } else {
                side.refused += 1;
            }
        }
        if said[BUCKET] {
            self.checks.bucket_admits(step, &self.limits);
        }
        if said[FIXED] {
            let trailing = self.sides[FIXED].last.len();
            self.checks.fixed_admits(step, &self.limits, trailing);
        }
        if said != [true, true] {
            self.clean = Held { since: now, ..Held::default() };
        }
        for held in [&mut self.held, &mut self.clean] {
            held.arrived += 1;
            held.admitted[BUCKET] += u64::from(said[BUCKET]);
            held.admitted[FIXED] += u64::from(said[FIXED]);
        }
        self.note_goals(now);
        if self.count.is_multiple_of(self.thinning()) {
            self.recent.push_back((now, said));
        }
        while self.recent.front().is_some_and(|(at, _)| *at + BEHIND < now) || self.recent.len() > DOTS {
            self.recent.pop_front();
        }
        self.next = self.arrivals.next(now);
        Some(step)
    }

    fn set(&mut self, now: Nanos, control: &'static str, value: f64) {
        self.close_bins(now);
        self.settings.put(control, value);
        self.limits = Limits::of(&self.settings);
        let Limits { rate, burst, window, limit } = self.limits;
        self.bucket.change(now, rate, burst);
        if (limit, window) != (self.fixed.limit(), self.fixed.window()) {
            self.fixed = FixedWindow::new(limit, window);
        }
        // Other limits are another question: what was measured under the old ones says nothing.
        if matches!(control, "rate" | "burst" | "window") {
            self.sides.iter_mut().for_each(Side::forget);
            self.checks.forget();
        }
        self.held = Held { since: now, ..Held::default() };
        self.clean = self.held;
        // Only what shapes the stream disturbs it.
        let aims = self.arrivals.aims_at_the_edge() && matches!(control, "rate" | "window");
        if aims || matches!(control, "load" | "pattern") {
            self.arrivals = Arrivals::new(self.arrivals.rng.clone(), &self.settings, &self.limits);
            self.next = self.arrivals.next(now);
        }
    }

    fn readings(&self, _now: Nanos) -> Vec<f64> {
        let [bucket, fixed] = &self.sides;
        let limit = self.limits.limit as f64;
        let worst = |side: &Side| if side.worst == 0 { f64::NAN } else { side.worst as f64 };
        vec![
            self.count as f64,
            bucket.admitted as f64,
            fixed.admitted as f64,
            bucket.refused as f64,
            fixed.refused as f64,
            worst(bucket),
            worst(fixed),
            limit,
            self.limits.bound_bucket(),
            worst(bucket) / limit,
            worst(fixed) / limit,
        ]
    }

    fn scene(&self, now: Nanos) -> Scene {
        self.pictures(now)
    }

    fn goals(&self) -> Vec<bool> {
        self.goals.to_vec()
    }

    fn broken(&self) -> Vec<Option<Step>> {
        self.checks.broken.to_vec()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Run;
    use super::*;

    fn run(sets: &[(&str, &str)], seed: u64, until: Nanos) -> Run {
        let mut settings = Settings::defaults(&SPEC);
        for (name, text) in sets {
            settings.set(&SPEC, name, text).expect("a setting that fits");
        }
        let mut run = Run::new(&SPEC, Seed(seed), settings);
        run.advance_to(until, || true);
        run
    }

    fn reading(run: &Run, name: &str) -> f64 {
        run.reading(name).expect("a reading of that name")
    }

    /// Readings that are counts or exact ratios of small counts.
    fn is(run: &Run, name: &str, expected: f64) {
        let value = reading(run, name);
        assert!((value - expected).abs() < 1e-12, "{name} is {value}, not {expected}");
    }

    #[test]
    fn the_boundary_client_gets_exactly_twice_the_limit() {
        for sets in [
            vec![],
            vec![("rate", "100"), ("load", "1000")],
            vec![("rate", "7"), ("window", "100")],
            vec![("rate", "50"), ("window", "500"), ("load", "10")],
        ] {
            let run = run(&[vec![("pattern", "boundary")], sets.clone()].concat(), 7, SPEC.length);
            is(&run, "overshoot_fixed", 2.0);
            is(&run, "worst_window_fixed", 2.0 * reading(&run, "limit"));
            assert!(reading(&run, "worst_window_bucket") <= reading(&run, "bound_bucket"), "{sets:?}");
            assert!(run.goals()[0]);
            let [bucket, aligned, any] = run.broken()[..] else { panic!("three invariants") };
            assert_eq!((bucket, aligned), (None, None));
            // The limit came before the edge; the request at the edge itself is one too many.
            let broke = any.expect("the fixed window breaks its promise");
            assert!(broke.at.0.is_multiple_of(run.settings().get("window") as u64 * 1_000_000), "{broke}");
            assert!(broke.what.contains("admitted"), "{broke}");
        }
    }

    #[test]
    fn steady_overload_passes_at_the_rate() {
        // 100 arrivals a second, 10 ms apart, until 9.99 s. The bucket is full until the first one, so it
        // hands out 5 + 10/s * 9.98 s = 104.8 tokens; the ten windows admit ten each.
        let run = run(&[("pattern", "steady"), ("load", "100")], 1, Nanos::from_millis(9_990));
        is(&run, "arrivals", 999.0);
        is(&run, "admitted_bucket", 104.0);
        is(&run, "refused_bucket", 895.0);
        is(&run, "admitted_fixed", 100.0);
        is(&run, "refused_fixed", 899.0);
        is(&run, "bound_bucket", 15.0);
        is(&run, "limit", 10.0);
        // The first ten come from 10 ms on; the one at 1 s sharp is within a second of them all.
        is(&run, "worst_window_fixed", 11.0);
    }

    #[test]
    fn the_worst_window_is_the_worst_of_all() {
        for (pattern, seed) in [("poisson", 3), ("bursts", 4), ("boundary", 5)] {
            let mut run = run(&[("pattern", pattern), ("load", "40"), ("window", "500")], seed, Nanos::ZERO);
            let mut admitted = [Vec::new(), Vec::new()];
            for _ in 0..400 {
                let step = run.step().expect("arrivals never end");
                let both = step.what == "request # admitted by both";
                for (side, name) in [(BUCKET, "admitted by the bucket"), (FIXED, "admitted by the window")] {
                    if both || step.what.contains(name) {
                        admitted[side].push(step.at.0);
                    }
                }
            }
            for (side, name) in [(BUCKET, "worst_window_bucket"), (FIXED, "worst_window_fixed")] {
                let spans = admitted[side].iter().map(|&start| {
                    admitted[side].iter().filter(|&&at| at >= start && at - start < 500_000_000).count()
                });
                is(&run, name, spans.max().expect("some were admitted") as f64);
            }
        }
    }

    #[test]
    fn nothing_to_read_before_the_first_admission() {
        let run = run(&[], 1, Nanos::ZERO);
        assert!(reading(&run, "overshoot_fixed").is_nan() && reading(&run, "worst_window_bucket").is_nan());
        is(&run, "arrivals", 0.0);
    }

    #[test]
    fn goals_need_the_learner_and_can_be_reached() {
        for seed in 0..40 {
            let run = run(&[], seed, SPEC.length);
            assert_eq!(run.goals(), [false; 4], "seed {seed}");
        }
        let check = |sets: &[(&str, &str)], goal: usize| {
            assert!(run(sets, 7, SPEC.length).goals()[goal], "{}", SPEC.goals[goal]);
        };
        check(&[("pattern", "boundary")], 0);
        check(&[("pattern", "steady"), ("load", "8")], 1);
        check(&[("burst", "1"), ("load", "200")], 2);
        check(&[("pattern", "bursts"), ("window", "100"), ("load", "10")], 3);
    }

    #[test]
    fn other_limits_are_measured_anew() {
        let mut run = run(&[("pattern", "boundary")], 7, Nanos::from_secs(4));
        is(&run, "worst_window_fixed", 20.0);
        run.set("rate", 20.0);
        assert!(reading(&run, "worst_window_fixed").is_nan());
        run.advance_to(SPEC.length, || true);
        is(&run, "worst_window_fixed", 40.0);
        assert_eq!(run.broken()[..2], [None, None]);
    }

    #[test]
    fn a_limit_does_not_disturb_the_arrivals() {
        let times = |control: Option<&'static str>| {
            let mut run = run(&[], 7, Nanos::from_secs(4));
            if let Some(control) = control {
                run.set(control, 500.0);
            }
            (0..50).map(|_| run.step().expect("arrivals never end").at).collect::<Vec<_>>()
        };
        for control in ["rate", "burst", "window"] {
            assert_eq!(times(Some(control)), times(None), "{control}");
        }
        assert_ne!(times(Some("load")), times(None));
    }

    #[test]
    fn the_seed_makes_the_run() {
        for pattern in ["poisson", "bursts"] {
            let trace = |seed| run(&[("pattern", pattern)], seed, SPEC.length).trace();
            assert_eq!(trace(7), trace(7));
            assert_ne!(trace(7), trace(8));
        }
    }

    #[test]
    fn memory_and_work_are_bounded_at_the_far_end() {
        let mut settings = Settings::defaults(&SPEC);
        for (name, value) in [("rate", 1e3), ("burst", 1e3), ("window", 5e3), ("load", 5e3), ("pattern", 3.0)]
        {
            settings.put(name, value);
        }
        let mut world = Limiter::new(Seed(1), &settings);
        let mut events = 0;
        while world.next_at().is_some_and(|at| at <= Nanos::from_secs(20)) {
            world.step();
            events += 1;
            let kept = world.sides.iter().map(|side| side.last.len()).max();
            assert!(kept <= Some(10_000), "two limits of 5 s at 1,000/s");
        }
        assert!(events <= 20 * 5_000, "{events}");
        assert!(world.recent.len() <= DOTS && world.sides[0].peaks.len() as u64 <= BINS);
    }

    /// Values at the ends of each control's range, and between them.
    fn sets() -> impl Strategy<Value = Vec<(usize, f64)>> {
        let value = prop_oneof![Just(0.0), Just(1.0), 0.0..1.0_f64];
        prop::collection::vec((0..SPEC.controls.len(), value), 0..8)
    }

    fn value_of(control: &Control, share: f64) -> f64 {
        match control.kind {
            ControlKind::Number { min, max, .. } => min + (max - min) * share,
            ControlKind::Choice(options) => ((options.len() - 1) as f64 * share).round(),
            ControlKind::Switch => share.round(),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn any_settings_run_and_keep_what_is_promised(start in sets(), later in sets(), seed in 0..9_u64) {
            let mut settings = Settings::defaults(&SPEC);
            for (index, share) in start {
                settings.put(SPEC.controls[index].name, value_of(&SPEC.controls[index], share));
            }
            let mut run = Run::new(&SPEC, Seed(seed), settings);
            for (index, share) in later {
                run.advance_to(run.now() + Nanos::from_millis(250), || true);
                run.set(SPEC.controls[index].name, value_of(&SPEC.controls[index], share));
                prop_assert_eq!(run.readings().len(), SPEC.readings.len());
                let Scene::Column(parts) = run.scene() else { panic!("a column") };
                for part in parts {
                    if let Scene::Lanes(lanes) = part {
                        let dots: Vec<_> = lanes.lanes.iter().flat_map(|lane| &lane.dots).collect();
                        prop_assert!(dots.len() <= 4 * DOTS);
                        prop_assert!(dots.iter().all(|(at, _)| (0.0..=1.0).contains(at)));
                    }
                }
            }
            run.advance_to(run.now() + Nanos::from_millis(250), || true);
            prop_assert_eq!(&run.broken()[..2], &[None, None]);
            let twice = 2.0 * reading(&run, "limit");
            let worst = reading(&run, "worst_window_fixed");
            prop_assert!(worst.is_nan() || worst <= twice, "{} of {}", worst, twice);
            let worst = reading(&run, "worst_window_bucket");
            prop_assert!(worst.is_nan() || worst <= reading(&run, "bound_bucket"));
        }
    }
}
