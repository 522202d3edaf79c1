//! What every demo keeps, whatever it shows: settings that are accepted run, a run repeats, nothing grows
//! without bound, and what a demo says of itself is true.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::testing::{set_of, sets, value_of};
use super::{Control, ControlKind, Run, Scene, Settings, Spec, Sweep, Unit, demos, replay, write_script};
use crate::sim::{Nanos, Seed};

/// How many events a run of the default length may have, at the far end of every control: at a microsecond each
/// that is a second, and a rewind plays about a 64th of it.
const MOST_EVENTS: u64 = 1_200_000;
/// How many bytes a copy of a world may take, by its own word.
const MOST_BYTES: usize = 8 << 20;
/// How many requests a picture may hold, on all of its lanes: more cannot be told apart.
const MOST_DOTS: usize = 400;
/// How many points a chart may hold, on all of its curves.
const MOST_POINTS: usize = 4_000;
/// How many things can be laid hands on at a time: more cannot be chosen from.
const MOST_THINGS: usize = 100;

fn is_bug(control: &Control) -> bool {
    control.name == "bug"
}

fn settings(spec: &'static Spec, sets: &[(usize, f64)], bugs: bool) -> Settings {
    let mut settings = Settings::defaults(spec);
    for &set in sets {
        let (control, value) = set_of(spec, set);
        if bugs || !is_bug(control) {
            settings.put(control.name, value);
        }
    }
    settings
}

/// Plays to `until`, at most so many events: what is dear by design is bounded elsewhere.
fn play(run: &mut Run, until: Nanos, most: u64) {
    let before = run.events();
    let mut asked = 0;
    run.advance_to(until, || {
        asked += 1;
        asked * 64 < most
    });
    assert!(run.events() - before <= most + 64);
}

/// A picture holds what a screen can show, and what stands on a lane stands on it.
fn check_picture(spec: &Spec, scene: &Scene) {
    match scene {
        Scene::Column(parts) | Scene::Row(parts) => parts.iter().for_each(|part| check_picture(spec, part)),
        Scene::Part(_, part) => check_picture(spec, part),
        Scene::Lanes(lanes) => {
            let dots: Vec<_> = lanes.lanes.iter().flat_map(|lane| &lane.dots).collect();
            assert!(dots.len() <= MOST_DOTS, "{}: {} dots", spec.name, dots.len());
            assert!(dots.iter().all(|(at, _)| (0.0..=1.0).contains(at)), "{}: {dots:?}", spec.name);
            for line in lanes.lanes.iter().flat_map(|lane| &lane.lines) {
                assert!((0.0..=1.0).contains(&line.at), "{}: {line:?}", spec.name);
                assert!(line.tones.len() <= line.count.min(100), "{}: {line:?}", spec.name);
            }
        }
        Scene::Chart(chart) => {
            let points: usize = chart.curves.iter().map(|curve| curve.points.len()).sum();
            assert!(points <= MOST_POINTS, "{}: {points} points", spec.name);
        }
        _ => {}
    }
}

/// Does something by hand, chosen by the same two numbers as a setting; also to a thing that is not there.
fn by_hand(run: &mut Run, (place, share): (usize, f64)) {
    let things = run.things();
    let acts = run.spec().acts;
    let (Some(thing), true) = (things.get(place % things.len().max(1)), place % 5 > 0) else {
        if let Some(act) = acts.get(place % acts.len().max(1)) {
            run.act(act.name, 9_999_999 + place as u64);
        }
        return;
    };
    let act = thing.acts[((thing.acts.len() - 1) as f64 * share).round() as usize];
    run.act(act, thing.id);
}

/// What can be laid hands on can be told apart, and what is said to be possible is.
fn check_things(run: &Run) {
    let (spec, things) = (run.spec(), run.things());
    assert!(things.len() <= MOST_THINGS, "{}: {} things", spec.name, things.len());
    let ids: BTreeSet<u64> = things.iter().map(|thing| thing.id).collect();
    assert_eq!(ids.len(), things.len(), "{}: a number stands twice in {things:?}", spec.name);
    for thing in &things {
        assert!(!thing.acts.is_empty() && thing.acts.len() <= 9, "{}: {thing:?}", spec.name);
        assert!(thing.acts.iter().all(|act| spec.act(act).is_some()), "{}: {thing:?}", spec.name);
    }
}

/// What must be true at every moment: of the picture, and that a share is one and no count or time is below zero.
fn check_moment(run: &Run) {
    let spec = run.spec();
    check_picture(spec, &run.scene());
    (1..spec.views.len()).for_each(|view| check_picture(spec, &run.view(view)));
    check_things(run);
    assert_eq!(run.goals().len(), spec.goals.len());
    assert_eq!(run.broken().len(), spec.invariants.len());
    let readings = run.readings();
    assert_eq!(readings.len(), spec.readings.len());
    // How far a count is off may be below zero only where the rule that forbids it is broken.
    let is_broken = run.broken().iter().any(Option::is_some);
    for (reading, value) in spec.readings.iter().zip(readings) {
        let (least, most) = match reading.unit {
            Unit::Count if is_broken && reading.name.starts_with("count_error") => {
                (f64::NEG_INFINITY, f64::INFINITY)
            }
            Unit::Share => (0.0, 1.0),
            Unit::Count | Unit::Seconds | Unit::Millis => (0.0, f64::INFINITY),
            // What grows may shrink.
            Unit::Ratio | Unit::PerSecond => (f64::NEG_INFINITY, f64::INFINITY),
        };
        assert!(
            value.is_nan() || (least - 1e-9..=most + 1e-9).contains(&value),
            "{}: {} is {value} with {:?}",
            spec.name,
            reading.name,
            run.settings()
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    /// Each case is played by every demo, so that none is left out by chance.
    #[test]
    fn any_accepted_settings_run_and_every_rule_holds(
        start in sets(12),
        later in sets(8),
        bugs in prop::bool::weighted(0.25),
        seed in 0..5_u64,
    ) {
        for spec in demos() {
            let mut run = Run::new(spec, Seed(seed), settings(spec, &start, bugs));
            let leg = Nanos(spec.length.0 / 10);
            for &set in &later {
                let target = run.now() + leg;
                play(&mut run, target, 3_000);
                check_moment(&run);
                let (control, value) = set_of(spec, set);
                if bugs || !is_bug(control) {
                    run.set(control.name, value);
                    check_moment(&run);
                }
                by_hand(&mut run, set);
                check_moment(&run);
            }
            let target = run.now() + leg;
            play(&mut run, target, 3_000);
            check_moment(&run);
            for (rule, broken) in spec.invariants.iter().zip(run.broken()) {
                prop_assert!(
                    bugs || broken.is_none(),
                    "{}: {:?} broke: {} with {:?}", spec.name, broken, rule, run.settings()
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn rewinding_is_replaying_in_every_demo(
        demo in 0..demos().len(),
        start in sets(6),
        later in sets(5),
        part in 0.0..1.0_f64,
    ) {
        let spec = demos()[demo];
        let mut run = Run::new(spec, Seed(3), settings(spec, &start, true));
        for set in later {
            let target = run.now() + Nanos(spec.length.0 / 20);
            play(&mut run, target, 2_000);
            let (control, value) = set_of(spec, set);
            run.set(control.name, value);
            by_hand(&mut run, set);
        }
        // To the end of the nanosecond: a script ends there.
        let now = run.now();
        run.advance_to(now, || true);
        let seen = |run: &Run| (run.trace(), run.events(), format!("{:?}{:?}", run.readings(), run.scene()));
        // A script holds numbers as people write them, so what was set is compared by what came of it.
        let again = replay(&write_script(&run)).expect("what was written can be read");
        prop_assert_eq!(seen(&again), seen(&run));
        let end = seen(&run);
        run.rewind_to(Nanos((now.0 as f64 * part) as u64));
        run.advance_to(now, || true);
        prop_assert_eq!(seen(&run), end);
    }
}

#[test]
fn the_far_end_of_every_control_is_affordable() {
    for spec in demos() {
        let mut starts = vec![Settings::defaults(spec)];
        for share in [0.0, 1.0] {
            let mut all = Settings::defaults(spec);
            for control in spec.controls.iter().filter(|control| !is_bug(control)) {
                all.put(control.name, value_of(control, share));
                let mut one = Settings::defaults(spec);
                one.put(control.name, value_of(control, share));
                starts.push(one);
            }
            starts.push(all);
        }
        for start in starts {
            // A tenth of the run, at a tenth of the events: what is steady is steady from the start.
            let mut run = Run::new(spec, Seed(1), start.clone());
            play(&mut run, Nanos(spec.length.0 / 10), MOST_EVENTS / 5);
            let tenth = Nanos(spec.length.0 / 10);
            assert!(
                run.now() >= tenth,
                "{}: {} events by {} with {start:?}",
                spec.name,
                run.events(),
                run.now()
            );
            assert!(run.bytes() <= MOST_BYTES, "{}: {} bytes with {start:?}", spec.name, run.bytes());
        }
    }
}

#[test]
fn a_default_run_moves_within_its_first_seconds_and_reaches_no_goal_by_itself() {
    for spec in demos() {
        let mut run = Run::new(spec, Seed(7), Settings::defaults(spec));
        run.advance_to(Nanos(spec.length.0 / 5), || true);
        assert!(run.events() > 0, "{}: nothing happens", spec.name);
        run.advance_to(spec.length, || true);
        assert!(
            !run.goals().iter().all(|reached| *reached),
            "{}: every goal is reached by itself",
            spec.name
        );
        let finite = run.readings().iter().filter(|value| value.is_finite()).count();
        assert!(finite * 2 > spec.readings.len(), "{}: most readings have no value at the end", spec.name);
    }
}

#[test]
fn every_demo_can_be_broken_on_purpose() {
    for spec in demos() {
        let Some(control) = spec.control("bug") else {
            // Two caches before a database with room enough: nothing there can be taken twice or answered late.
            assert_eq!((spec.name, spec.bugs), ("two-caches", &[][..]), "{} has no control 'bug'", spec.name);
            continue;
        };
        let ControlKind::Choice(options) = control.kind else { panic!("{}: 'bug' is a choice", spec.name) };
        assert_eq!(options.first(), Some(&"none"), "{}", spec.name);
        assert_eq!(options.len(), spec.bugs.len() + 1, "{}: a sentence for each bug", spec.name);
        assert!(options.len() > 1 && control.default == 0.0, "{}", spec.name);
    }
}

#[test]
fn what_a_demo_says_of_itself_is_whole() {
    let mut names = BTreeSet::new();
    for spec in demos() {
        let name = spec.name;
        assert!(names.insert(name), "{name} stands twice");
        assert!(spec.hook.ends_with('?') && spec.hook.len() <= 120, "{name}: one question: {}", spec.hook);
        assert!((3..=7).contains(&spec.look_for.len()), "{name}: what to look for");
        assert!((3..=5).contains(&spec.goals.len()), "{name}: goals");
        assert!(!spec.invariants.is_empty() && spec.goals.len() <= 64, "{name}");
        assert!(!spec.topics.is_empty() && spec.bet.starts_with(spec.topics[0]), "{name}: {}", spec.bet);
        for list in [
            spec.controls.iter().map(|control| control.name).collect::<Vec<_>>(),
            spec.readings.iter().map(|reading| reading.name).collect(),
        ] {
            let unique: BTreeSet<_> = list.iter().collect();
            assert_eq!(unique.len(), list.len(), "{name}: a name stands twice in {list:?}");
        }
        for (of, theory) in spec.theory {
            assert!(spec.reading(of).is_some() && spec.reading(theory).is_some(), "{name}: {of}, {theory}");
        }
        for control in spec.controls {
            assert_eq!(
                control.parse(&control.show(control.default)).ok(),
                Some(control.default),
                "{name}: {}",
                control.name
            );
        }
        // What is typed on the command line and in a page has no blanks.
        let options = spec.controls.iter().flat_map(|control| match control.kind {
            ControlKind::Choice(options) => options,
            _ => &[],
        });
        let acts: Vec<_> = spec.acts.iter().map(|act| act.name).collect();
        for list in [&acts[..], spec.views] {
            let unique: BTreeSet<_> = list.iter().collect();
            assert_eq!(unique.len(), list.len(), "{name}: a name stands twice in {list:?}");
        }
        assert_ne!(spec.views.len(), 1, "{name}: one way to look at it needs no name");
        let hands = acts.iter().chain(spec.views);
        for typed in spec.controls.iter().map(|control| &control.name).chain(options).chain(hands) {
            assert!(!typed.contains(char::is_whitespace), "{name}: '{typed}'");
        }
        for source in spec.sources {
            assert!(source.text.contains(source.at), "{name}: {} has no '{}'", source.path, source.at);
        }
        assert!(!spec.sources.is_empty(), "{name}: its source");
    }
}

#[test]
fn demos_of_a_part_stand_together() {
    let mut parts: Vec<&str> = demos().iter().map(|spec| spec.part).collect();
    parts.dedup();
    let unique: BTreeSet<_> = parts.iter().collect();
    assert_eq!(unique.len(), parts.len(), "{parts:?}");
}

#[test]
fn a_sweep_of_every_demo_has_its_readings() {
    for spec in demos() {
        let plan = Run::new(spec, Seed(1), Settings::defaults(spec)).plan();
        let mut sweep = Sweep::new(spec, &plan, Nanos(spec.length.0 / 10), 2);
        while sweep.next(&mut || true) {}
        assert_eq!(sweep.spreads().len(), spec.readings.len());
    }
}
