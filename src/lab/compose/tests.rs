//! Tests of compositions: against queueing theory, against laws that hold in any chain, and each incident with its repairs.

use proptest::prelude::*;

use super::kinds::{Kind, What};
use super::spec::vocabulary;
use super::{COMPOSED, compose};
use crate::lab::testing::{broken, mean_of, reaches, reading, run, set_of, sets, value_of};
use crate::lab::{Control, ControlKind, Run, Settings, Spec, demos, find};
use crate::sim::{Nanos, Seed};
use crate::systems::queueing;

fn incident(name: &str) -> &'static Spec {
    find(name).unwrap_or_else(|| panic!("no incident {name}"))
}

/// A composition that has to be right.
fn composed(text: &str) -> &'static Spec {
    let (spec, problems) = compose("test.toml", text);
    let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
    spec.unwrap_or_else(|| panic!("{}\n{text}", said.join("\n")))
}

#[test]
fn the_incidents_are_among_the_demos_and_nothing_is_wrong_with_them() {
    for (file, text) in COMPOSED {
        let (spec, problems) = compose(file, text);
        assert_eq!(problems, []);
        let spec = spec.expect("a composition without a problem is a demo");
        assert_eq!(format!("{}.toml", spec.name), file);
        assert!(demos().contains(&spec), "{file}");
    }
}

#[test]
fn each_incident_collapses_and_stays_down_when_its_trigger_is_gone() {
    for (name, most) in
        [("retry-storm", 0.02), ("metastable", 0.02), ("cold-cache", 0.6), ("slow-dependency", 0.02)]
    {
        for seed in 0..3 {
            let run = run(incident(name), &[], seed, incident(name).length);
            let good = reading(&run, "good_share");
            assert!(good <= most, "{name}: {good} answered with seed {seed}");
            assert!(run.goals().iter().all(|reached| !reached), "{name}: {:?}", run.goals());
        }
    }
}

#[test]
fn each_incident_has_several_repairs() {
    let check = |name: &str, sets: &[(&str, &str)], goal: usize| {
        for seed in [1, 2] {
            assert!(reaches(incident(name), sets, seed, goal), "{name}: goal {goal} with {sets:?}");
        }
    };
    let never = |name: &str, sets: &[(&str, &str)], goal: usize| {
        assert!(!reaches(incident(name), sets, 1, goal), "{name}: goal {goal} is reached with {sets:?}");
    };
    check("retry-storm", &[("client_retries", "0"), ("gateway_retries", "0")], 0);
    check("retry-storm", &[("gateway_retries", "0"), ("orders_retries", "0")], 0);
    check("retry-storm", &[("budget", "10%")], 1);
    check("retry-storm", &[("database_queue", "20")], 1);
    check("retry-storm", &[("breaker_on", "on")], 1);
    check("retry-storm", &[("rate", "50"), ("database_queue", "20")], 2);
    check("retry-storm", &[("client_retries", "3"), ("gateway_retries", "3"), ("orders_retries", "3")], 3);
    never("retry-storm", &[("deadlines", "on")], 0);
    check("metastable", &[("retries", "0")], 0);
    check("metastable", &[("budget", "10%")], 0);
    check("metastable", &[("limiter_on", "on")], 1);
    check("metastable", &[("database_queue", "50")], 1);
    check("metastable", &[("database_order", "last-come")], 1);
    check("metastable", &[("timeout", "10000")], 2);
    check("metastable", &[("rate", "30"), ("retries", "5"), ("timeout", "100")], 3);
    never("metastable", &[("retries", "1"), ("rate", "90")], 0);
    check("cold-cache", &[("database_queue", "5")], 1);
    check("cold-cache", &[("database_order", "last-come")], 1);
    check("cold-cache", &[("limiter_on", "on")], 0);
    check("cold-cache", &[("patience", "20000")], 0);
    check("cold-cache", &[("rate", "400"), ("database_queue", "5")], 2);
    check("cold-cache", &[("database_queue", "5")], 3);
    never("cold-cache", &[("cache_coalesce", "on")], 0);
    check("slow-dependency", &[("patience", "200")], 0);
    check("slow-dependency", &[("bulkhead_on", "on")], 0);
    check("slow-dependency", &[("breaker_on", "on"), ("patience", "500")], 0);
    check("slow-dependency", &[("patience", "200"), ("shop_fallback", "on")], 1);
    check("slow-dependency", &[("patience", "200"), ("shop_fallback", "on"), ("shop_threads", "10")], 2);
    // A breaker hears nothing of calls that never end, and more threads only last longer.
    never("slow-dependency", &[("breaker_on", "on")], 0);
    never("slow-dependency", &[("shop_threads", "200")], 0);
}

#[test]
fn a_collapse_can_be_repaired_while_it_lasts() {
    let spec = incident("metastable");
    for (control, value) in [("retries", "0"), ("database_order", "last-come"), ("limiter_on", "on")] {
        let mut run = run(spec, &[], 3, Nanos::from_secs(30));
        assert!(reading(&run, "good_share") < 0.05);
        let value = spec.control(control).and_then(|known| known.parse(value).ok()).expect("a value");
        run.set(control, value);
        run.advance_to(spec.length, || true);
        assert!(reading(&run, "good_share") > 0.95, "{control}");
    }
    // By hand: the queue with all the work for nobody is gone. The database is the first of the things.
    let mut run = run(spec, &[], 3, Nanos::from_secs(30));
    let things = run.things();
    assert_eq!((things[0].acts, things.len()), (&["restart"][..], 2));
    run.act("restart", things[0].id);
    assert_eq!((reading(&run, "database_busy"), reading(&run, "database_waiting")), (0.0, 0.0));
    run.advance_to(spec.length, || true);
    assert!(reading(&run, "good_share") > 0.95);
    assert!(run.broken().iter().all(Option::is_none));
}

#[test]
fn every_bug_breaks_the_rule_that_it_is_about() {
    let rule = |bug: &str| match bug {
        "late-answers" => 0,
        "one-too-many" => 1,
        "leaked-threads" => 2,
        "extra-tries" => 3,
        other => panic!("no rule for {other}"),
    };
    for (file, _) in COMPOSED {
        let spec = incident(file.trim_end_matches(".toml"));
        // One in which nothing is scarce has nothing to break.
        let Some(ControlKind::Choice(bugs)) = spec.control("bug").map(|control| &control.kind) else {
            assert_eq!(file, "two-caches.toml");
            continue;
        };
        for bug in &bugs[1..] {
            for seed in 0..2 {
                let found = broken(spec, &[("bug", bug)], seed);
                assert!(found.contains(&rule(bug)), "{}: {bug} broke {found:?}", spec.name);
            }
        }
        assert!(broken(spec, &[], 0).is_empty());
    }
}

#[test]
fn the_last_control_counts_also_where_nothing_can_be_broken() {
    // A policy that counts keeps other keys than the cache in front of it; the same policy keeps the same ones.
    let through = |policy: &str| {
        let run = run(incident("two-caches"), &[("inner_policy", policy)], 7, Nanos::from_secs(60));
        reading(&run, "amplification")
    };
    let (same, counting) = (through("lru"), through("tiny-lfu"));
    assert!(same > 0.45 && counting < same - 0.05, "{same} and {counting}");
}

/// Clients whose calls pass straight to one database.
fn station(rate: f64, servers: u32, work: f64, queue: u32) -> &'static Spec {
    composed(&format!(
        "name = \"station\"\nlength = 120\n[clients]\nrate = {rate}\ntimeout = 60000\n\
         [[stage]]\nkind = \"database\"\nservers = {servers}\nwork = {work}\nqueue = {queue}\n"
    ))
}

#[test]
fn a_lone_server_answers_as_fast_as_theory_says() {
    // M/M/1: the time to an answer is exponential with the mean 1/(mu - lambda), here 1/(50 - 25) = 40 ms. The median is
    // ln 2 of it, the 99th percentile ln 100. A mean over 12 independent runs lies within 4.4 of its standard errors in 99.9% of the
    // cases (t, 11 degrees of freedom); the histogram may add 1/32.
    let spec = station(25.0, 1, 20.0, 2000);
    let runs: Vec<_> = (0..12).map(|seed| run(spec, &[], seed, spec.length)).collect();
    for (name, expected) in [("latency_p50", std::f64::consts::LN_2 * 40.0), ("latency_p99", 4.605_17 * 40.0)]
    {
        let (mean, error) = mean_of(runs.iter().map(|run| reading(run, name)));
        assert!(
            (mean - expected).abs() < 4.4 * error + expected / 32.0,
            "{name}: {mean} ± {error}, not {expected}"
        );
    }
}

#[test]
fn a_database_without_a_queue_refuses_what_erlang_says() {
    // M/M/c/c: 40/s of 100 ms on 5 servers are 4 Erlang, of which Erlang's formula B loses 19.9%.
    let spec = station(40.0, 5, 100.0, 0);
    let expected = queueing::erlang_b(5, 4.0);
    let shares = (0..8).map(|seed| {
        let run = run(spec, &[], seed, spec.length);
        reading(&run, "database_refused") / reading(&run, "requests")
    });
    let shares: Vec<f64> = shares.collect();
    let (mean, error) = mean_of(shares.iter().copied());
    // 5.4 standard errors: t with 7 degrees of freedom, 99.9%.
    assert!((mean - expected).abs() < 5.4 * error, "{mean} ± {error}, not {expected}");
}

#[test]
fn retries_of_layers_multiply() {
    // What is down fails at once, so every try of every layer is made: exactly (r + 1)^k for each request.
    for layers in 0..=3_u32 {
        for retries in 0..=3_u32 {
            let layer = format!(
                "[[stage]]\nkind = \"retry\"\nname = \"NAME\"\nretries = {retries}\nbackoff = \"none\"\n"
            );
            let chain: String = (0..layers).map(|at| layer.replace("NAME", &format!("layer-{at}"))).collect();
            let spec = composed(&format!(
                "name = \"layers\"\nlength = 10\n[clients]\nrate = 5\nretries = {retries}\nbackoff = \"none\"\n{chain}\
                 [[stage]]\nkind = \"database\"\n[[event]]\nwhat = \"down\"\nstage = \"database\"\nat = 0\n"
            ));
            let run = run(spec, &[], 1, spec.length);
            let expected = f64::from((retries + 1).pow(layers + 1));
            assert_eq!(reading(&run, "amplification"), expected, "{layers} layers, {retries} retries");
            assert_eq!(reading(&run, "amplification_worst"), expected);
        }
    }
}

#[test]
fn what_theory_says_of_the_incidents_is_what_they_do() {
    let check = |name: &str, sets: &[(&str, &str)], of: &str, theory: &str, until: u64, factor: f64| {
        let run = run(incident(name), sets, 1, Nanos::from_secs(until));
        let (seen, told) = (reading(&run, of), reading(&run, theory));
        let off = (seen / told).max(told / seen);
        assert!(off < factor, "{name}: {of} is {seen}, theory says {told}");
    };
    check("retry-storm", &[], "amplification", "amplification_worst", 50, 1.1);
    check("metastable", &[], "bottom_per_s", "bottom_worst", 50, 1.15);
    for threads in ["20", "50", "100", "200"] {
        check("slow-dependency", &[("shop_threads", threads)], "exhausted_s", "exhausted_theory", 40, 1.45);
    }
    check("cold-cache", &[("database_queue", "5")], "hit_share", "hit_theory", 60, 1.04);
    check("cold-cache", &[], "miss_factor", "miss_factor_theory", 60, 1.6);
}

#[test]
fn knobs_do_not_change_what_the_clients_send() {
    let requests = |name: &str, sets: &[(&str, &str)]| {
        reading(&run(incident(name), sets, 5, Nanos::from_secs(12)), "requests")
    };
    for (name, sets) in [
        ("retry-storm", [("client_retries", "0"), ("breaker_on", "on")]),
        ("metastable", [("retries", "0"), ("database_order", "last-come")]),
        ("cold-cache", [("cache_coalesce", "on"), ("database_queue", "5")]),
        ("slow-dependency", [("patience", "200"), ("shop_fallback", "on")]),
    ] {
        assert_eq!(requests(name, &[]), requests(name, &sets), "{name}");
    }
}

#[test]
fn one_fetch_serves_all_who_miss_the_same_thing() {
    let fetches = |coalesce: bool| {
        let spec = composed(&format!(
            "name = \"one\"\nlength = 5\n[clients]\nrate = 50\ntimeout = 60000\nkeys = 1\n\
             [[stage]]\nkind = \"cache\"\nwarm = false\ncoalesce = {coalesce}\n\
             [[stage]]\nkind = \"database\"\nservers = 100\nwork = 1000\nshape = \"constant\"\n"
        ));
        let run = run(spec, &[], 2, Nanos::from_secs(4));
        (reading(&run, "amplification") * reading(&run, "requests"), reading(&run, "answered"))
    };
    let (one, answered) = fetches(true);
    assert!((one - 1.0).abs() < 0.2 && answered > 100.0, "{one} fetches, {answered} answered");
    // The first request comes after about 0.02 s, and its answer 1 s later: until then everybody fetches.
    assert!(fetches(false).0 > 30.0);
}

#[test]
fn who_carries_a_deadline_has_no_work_done_that_begins_too_late() {
    let text = |deadlines: bool| {
        format!(
            "name = \"late\"\nlength = 20\n[clients]\nrate = 60\ntimeout = 200\ndeadlines = {deadlines}\n\
             [[stage]]\nkind = \"database\"\nservers = 1\nwork = 20\nshape = \"constant\"\nqueue = 200\n"
        )
    };
    let wasted = |deadlines| {
        let spec = composed(&text(deadlines));
        reading(&run(spec, &[], 1, spec.length), "wasted_share")
    };
    // 60/s for a server that does 50: without deadlines the queue holds 4 s, and nobody waits 0.2 s for anything in it.
    // With them work begins in time, but some of it ends too late: only what begins in the last 20 ms of its 200 does.
    assert!(wasted(false) > 0.95 && wasted(true) < 0.6, "{} and {}", wasted(false), wasted(true));
}

#[test]
fn a_restart_fails_whoever_is_there_and_leaves_the_server_cold() {
    let spec = composed(
        "name = \"restart\"\nlength = 20\n[clients]\nrate = 100\ntimeout = 60000\n\
         [[stage]]\nkind = \"database\"\nservers = 2\nwork = 50\nqueue = 1000\n\
         [[event]]\nwhat = \"restart\"\nstage = \"database\"\nat = 5\nfor = 2\ntimes = 10\nwarm = 4\n",
    );
    let at = |millis| run(spec, &[], 1, Nanos::from_millis(millis));
    let before = at(4_999);
    let there = reading(&before, "under_way");
    assert!(there > 100.0, "100/s for a database that does 40: {there}");
    let after = at(5_000);
    assert_eq!((reading(&after, "under_way"), reading(&after, "database_busy")), (0.0, 0.0));
    assert!(reading(&after, "failed") >= there);
    // While it is down whoever comes fails at once, and it comes back with all its servers.
    assert_eq!(reading(&at(6_999), "under_way"), 0.0);
    let cold = reading(&at(9_000), "answered") - reading(&at(7_000), "answered");
    let warm = reading(&at(14_000), "answered") - reading(&at(12_000), "answered");
    assert!(cold > 0.0 && cold * 3.0 < warm, "{cold} cold, {warm} warm");
}

#[test]
fn a_server_that_hangs_goes_on_where_it_was() {
    let spec = composed(
        "name = \"hang\"\nlength = 10\n[clients]\nrate = 10\npattern = \"steady\"\ntimeout = 60000\n\
         [[stage]]\nkind = \"database\"\nservers = 100\nwork = 50\nshape = \"constant\"\n\
         [[event]]\nwhat = \"hang\"\nstage = \"database\"\nat = 2\nfor = 3\n",
    );
    let answered = |millis| reading(&run(spec, &[], 1, Nanos::from_millis(millis)), "answered");
    // One every 100 ms that takes 50: the last one before 2 s is answered at 1.95 s.
    assert_eq!(answered(2_000), 19.0);
    assert_eq!(answered(5_000), 19.0);
    // All that came since are at work and are done 50 ms after it goes on.
    assert_eq!(answered(5_060), 50.0);
}

#[test]
fn what_is_wrong_with_a_file_is_told_with_its_place() {
    const GOOD: &str = "name = \"mine\"\n[clients]\nrate = 50\n[[stage]]\nkind = \"database\"\n";
    let check = |from: &str, to: &str, expected: &str| {
        let text = GOOD.replace(from, to);
        assert_ne!(text, GOOD);
        let (spec, problems) = compose("mine.toml", &text);
        let told: Vec<String> =
            problems.iter().map(|p| format!("{}:{} {}", p.line, p.column, p.message)).collect();
        assert!(spec.is_none() && told.iter().any(|told| told == expected), "{text}\n{told:#?}");
        let helped = problems.iter().filter(|problem| problem.help.is_some()).count();
        assert!(helped > 0 || problems[0].message.contains("must be"), "{told:#?}");
    };
    check("rate = 50", "rate = 0", "3:8 rate takes 1 to 2000 /s, not '0'");
    check("rate = 50", "rat = 50", "3:1 'rat' is not known here");
    check("rate = 50", "rate = [1]", "3:8 'rate' has no such value");
    check("rate = 50", "rate = { min = 1 }", "3:8 a control says where it begins");
    check(
        "rate = 50",
        "rate = { control = 50, max = 40 }",
        "3:20 the control begins at 50, outside of 1 to 40",
    );
    check("rate = 50", "rate = { control = 50, max = 9000 }", "3:30 'max' of rate cannot be 9000");
    check("rate = 50", "rate = { like = \"x\" }", "3:17 no control above is called 'x'");
    check("rate = 50", "rate = { control = 50, name = \"bug\" }", "3:31 'bug' is no name of a control");
    check(
        "rate = 50",
        "retries = { control = 9 }\nrate = { control = 99 }",
        "2:1 with every control at its far end a run makes 2000 x 10 x 1 calls a second, for 30 s",
    );
    check("name = \"mine\"", "name = \"Mine!\"", "1:8 'Mine!' is no name");
    check("name = \"mine\"", "name = \"mine\"\nlength = 1", "2:10 a run lasts 5 to 120 s");
    check("name = \"mine\"", "name = \"mine\"\ntheory = [\"x\"]", "2:11 there is no theory of 'x'");
    check("name = \"mine\"", "name = \"mine\"\nbugs = [\"x\"]", "2:9 no bug is called 'x'");
    check("[clients]\nrate = 50\n", "", "1:1 there are no [clients]: nobody sends requests");
    check("\"database\"", "\"cache\"", "4:1 the last stage does no work: nobody answers");
    check("\"database\"", "\"databas\"", "5:8 'kind' cannot be 'databas'");
    check("[[stage]]\nkind = \"database\"\n", "", "1:1 the chain has no [[stage]]");
    let twice = "[[stage]]\nkind = \"database\"\n[[stage]]\nkind = \"database\"\n";
    check("[[stage]]\nkind = \"database\"\n", twice, "6:1 two stages are called 'database'");
    let after = |more: &str, expected: &str| {
        check("kind = \"database\"\n", &format!("kind = \"database\"\n{more}"), expected);
    };
    after("[[event]]\nwhat = \"slow\"\nstage = \"x\"\n", "8:9 no stage is called 'x'");
    after("[[event]]\nwhat = \"slow\"\n", "6:1 it is not said which stage that happens to");
    after("[[event]]\nwhat = \"empty\"\nstage = \"database\"\n", "8:9 'empty' cannot happen to a database");
    after(
        "[[event]]\nwhat = \"slow\"\nstage = \"database\"\ntimes = 0\n",
        "9:9 times takes 1 to 1000, not '0'",
    );
    after("[[goal]]\ntext = \"x\"\n", "6:1 it is not said when the goal is reached");
    after("[[goal]]\ntext = \"x\"\nwhen = [\"a b\"]\n", "8:9 'a b' is no condition");
    after("[[goal]]\ntext = \"x\"\nwhen = [\"a < 1\"]\n", "8:9 there is no reading and no control 'a'");
    let (spec, problems) = compose("mine.toml", GOOD);
    assert_eq!((spec.map(|spec| spec.goals.len()), problems), (Some(3), Vec::new()));
}

#[test]
fn the_manual_names_everything_that_a_file_can_say() {
    let manual = include_str!("../../../docs/compose.md");
    for word in vocabulary() {
        assert!(manual.contains(&format!("`{word}`")), "docs/compose.md does not speak of `{word}`");
    }
    // Its example is one.
    let example = manual.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next());
    let spec = composed(example.expect("an example"));
    let run = run(spec, &[], 1, spec.length);
    assert!(run.broken().iter().all(Option::is_none));
}

/// A piece or an event by chance: which kind, and a share of the range of some of its parameters, each of which may be a control.
#[derive(Clone, Debug)]
struct Draft {
    kind: usize,
    values: Vec<(usize, f64, bool)>,
}

fn drafts(most: usize) -> impl Strategy<Value = Vec<Draft>> {
    let share = prop_oneof![Just(0.0), Just(1.0), 0.0..1.0_f64];
    let values = prop::collection::vec((0..32_usize, share, prop::bool::weighted(0.2)), 0..6);
    let draft = (0..64_usize, values).prop_map(|(kind, values)| Draft { kind, values });
    prop::collection::vec(draft, 0..most)
}

/// The parameters of a piece as they stand in a file.
fn write(text: &mut String, parameters: &[Control], draft: &Draft, controls: &mut usize) {
    let mut written: Vec<&str> = Vec::new();
    for (place, share, exposed) in &draft.values {
        let parameter = &parameters[place % parameters.len()];
        if written.contains(&parameter.name) {
            continue;
        }
        written.push(parameter.name);
        // What makes calls is kept small: a run has to stay playable.
        let range = match parameter.name {
            "rate" => Some((1.0, 40.0)),
            "retries" => Some((0.0, 2.0)),
            "times" => Some((1.0, 3.0)),
            "keys" => Some((1.0, 2_000.0)),
            _ => None,
        };
        let value = range
            .map_or_else(|| value_of(parameter, *share), |(min, max)| (min + (max - min) * share).round());
        let shown = match parameter.kind {
            ControlKind::Choice(_) => format!("\"{}\"", parameter.show(value)),
            ControlKind::Switch => (value != 0.0).to_string(),
            ControlKind::Number { .. } => parameter.show(value),
        };
        if *exposed && *controls < 9 {
            *controls += 1;
            let ends = range.map_or_else(String::new, |(min, max)| format!(", min = {min}, max = {max}"));
            text.push_str(&format!("{} = {{ control = {shown}{ends} }}\n", parameter.name));
        } else {
            text.push_str(&format!("{} = {shown}\n", parameter.name));
        }
    }
}

fn file(clients: &[Draft], stages: &[Draft], events: &[Draft]) -> String {
    let mut text = "name = \"any\"\nlength = 10\n[clients]\n".to_string();
    let mut controls = 0;
    if let Some(draft) = clients.first() {
        write(&mut text, Kind::Clients.parameters(), draft, &mut controls);
    }
    let mut names: Vec<(String, Kind)> = vec![("clients".into(), Kind::Clients)];
    let last = Draft { kind: 8, values: Vec::new() };
    for draft in stages.iter().chain([&last]) {
        let (name, kind) = Kind::STAGES[draft.kind % Kind::STAGES.len()];
        let own = format!("{name}-{}", names.len());
        text.push_str(&format!("[[stage]]\nkind = \"{name}\"\nname = \"{own}\"\n"));
        write(&mut text, kind.parameters(), draft, &mut controls);
        names.push((own, kind));
    }
    for (index, draft) in events.iter().enumerate() {
        let (what, kind) = What::ALL[draft.kind % What::ALL.len()];
        let Some((stage, _)) = names.iter().rev().find(|(_, of)| kind.befalls(*of)) else { continue };
        // Two events of a kind at a stage cannot both have the same controls.
        let plain =
            Draft { values: draft.values.iter().map(|&(p, s, _)| (p, s, false)).collect(), ..draft.clone() };
        text.push_str(&format!("[[event]]\nwhat = \"{what}\"\nstage = \"{stage}\"\n"));
        write(&mut text, kind.parameters(), if index == 0 { draft } else { &plain }, &mut controls);
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_composition_keeps_every_rule(
        clients in drafts(2),
        stages in drafts(7),
        events in drafts(4),
        start in sets(4),
        later in sets(6),
        seed in 0..9_u64,
    ) {
        let text = file(&clients, &stages, &events);
        let spec = composed(&text);
        let mut settings = Settings::defaults(spec);
        let set = |settings: &mut Settings, set| {
            let (control, value) = set_of(spec, set);
            if control.name != "bug" {
                settings.put(control.name, value);
            }
        };
        start.iter().for_each(|&pair| set(&mut settings, pair));
        let mut run = Run::without_past(spec, Seed(seed), settings);
        for &pair in &later {
            run.advance_to(run.now() + Nanos::from_millis(1_300), || true);
            let (control, value) = set_of(spec, pair);
            if control.name != "bug" {
                run.set(control.name, value);
            }
        }
        run.advance_to(spec.length, || true);
        for (rule, broken) in spec.invariants.iter().zip(run.broken()) {
            prop_assert!(broken.is_none(), "{rule}: {broken:?} in\n{text}");
        }
        let _ = (run.scene(), run.view(1), run.view(2));
        prop_assert!(run.events() < 400_000, "{} events in\n{text}", run.events());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    /// What a slip of the finger makes of a file: a line gone, doubled or moved, a sign too many or too few.
    #[test]
    fn no_file_is_too_broken_to_be_read(
        which in 0..COMPOSED.len(),
        cuts in prop::collection::vec((0.0..1.0_f64, 0..6_u8, "[\\PC\\n\"\\[\\]{}=,0-9]{0,6}"), 1..5),
    ) {
        let mut text = COMPOSED[which].1.to_string();
        for (part, how, with) in cuts {
            let mut at = (text.len() as f64 * part) as usize;
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            let end = text[at..].find('\n').map_or(text.len(), |end| at + end);
            match how {
                0 => text.replace_range(at..end, ""),
                1 => {
                    let line = text[at..end].to_string();
                    text.insert_str(at, &line);
                }
                2 => text.replace_range(at..end, &with),
                3 => text.truncate(at),
                _ => text.insert_str(at, &with),
            }
        }
        let (spec, problems) = compose("broken.toml", &text);
        prop_assert_eq!(spec.is_none(), !problems.is_empty());
        for problem in &problems {
            let _ = problem.to_string();
        }
        if let Some(spec) = spec {
            let mut run = Run::without_past(spec, Seed(1), Settings::defaults(spec));
            run.advance_to(Nanos::from_secs(1), || true);
            prop_assert!(run.broken().iter().all(Option::is_none), "{}", text);
        }
    }
}
