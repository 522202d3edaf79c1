//! Every verb without a terminal: exit codes, messages, and the shape of what is printed.
//!
//! 0 is done, 1 is that the thing failed, 2 is wrong use. What was asked for goes to standard output, everything
//! else to standard error. JSON is read by other programs, so its keys and their order are held here.

#[path = "support/program.rs"]
mod program;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use program::{Done, Home};
use serde_json::Value;
use sysdrill::lab;
use sysdrill::sim::{Nanos, Seed};
use sysdrill::store::Store;
use unicode_width::UnicodeWidthStr;

const CARD: &str = "consistent-hashing.owner-rule";
/// A moment to begin at, by a clock an hour ahead of UTC.
const AT: &str = "2026-01-05T10:00:00+01:00";
/// Intervals that follow from the answers alone.
const EXACT: &str = "[drill]\nfuzz = false\nsteps = []\n";

/// The names of an object, in their order.
fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("a number, not {value}"))
}

/// Fails as said: with this exit code, nothing printed, and each of the words on standard error.
#[track_caller]
fn fails(done: &Done, code: i32, words: &[&str]) {
    assert_eq!((done.code, done.out.as_str()), (code, ""), "{}", done.err);
    for word in words {
        assert!(done.err.contains(word), "{word:?} is missing in {:?}", done.err);
    }
}

#[test]
fn a_name_that_does_not_exist_is_wrong_use_and_what_is_near_it_is_named() {
    let home = Home::new();
    let check = |arguments: &str, words: &[&str]| fails(&home.run(arguments), 2, words);
    check("read consistant-hashing", &["'consistant-hashing'", "'consistent-hashing'"]);
    check("read consistant-hashing --plain", &["'consistant-hashing'", "'consistent-hashing'"]);
    check("read zebra", &["'zebra'", "sysdrill read"]);
    check("demo rng --json", &["'rng'", "'ring'"]);
    check("demo zebra --json", &["'zebra'", "ring"]);
    check("demo ring --set vnode=10 --json", &["'vnode'", "'vnodes'"]);
    check("demo ring --set zebra=10 --json", &["'zebra'", "nodes", "vnodes"]);
    check("demo ring --set vnodes=0 --json", &["vnodes", "1 to 1000", "'0'"]);
    check("demo ring --set vnodes=1001 --json", &["vnodes", "1 to 1000", "'1001'"]);
    check("demo ring --set vnodes=many --json", &["vnodes", "1 to 1000", "'many'"]);
    check("demo ring --set vnodes=NaN --json", &["vnodes", "1 to 1000", "'NaN'"]);
    check("demo ring --set crash=maybe --json", &["crash", "on or off", "'maybe'"]);
    check("demo ring --set vnodes --json", &["KEY=VALUE", "'vnodes'"]);
    check("demo ring --for never --json", &["--for", "'never'"]);
    check("demo ring --for 0s --json", &["--for", "'0s'"]);
    check("demo ring --for=-1s --json", &["--for", "'-1s'"]);
    check("demo ring --seed seven --json", &["seven"]);
    check("demo ring --seeds 1 --json", &["--seeds", "2"]);
    check("demo ring --seeds 9 --bet 3 --json", &["--bet", "--seeds"]);
    check("demo ring --against vnode=3 --json", &["'vnode'", "'vnodes'"]);
    check("demo ring --against vnodes --json", &["--against", "KEY=VALUE", "'vnodes'"]);
    check("demo ring --bet nine --json", &["--bet", "moved_share", "share", "nine"]);
    check("grade consistent-hashing.owner-rul good", &["owner-rul'", "'consistent-hashing.owner-rule'"]);
    check("grade consistent-hashing.owner-rule fine", &["'fine'", "again, hard, good or easy"]);
    check("drill --plain --topic ratelimiting", &["'ratelimiting'", "'rate-limiting'"]);
    check("decide rate-limitr", &["'rate-limitr'", "'rate-limiter'"]);
    check("decide zebra", &["'zebra'", "sysdrill decide"]);
    check("decide rate-limiter --answers a,z", &["'z'", "contract", "a to d"]);
    check("decide rate-limiter --answers b,a", &["ends at a leaf"]);
    check("decide rate-limiter --answers a;b", &["--answers", "';'"]);
    check("decide --answers a", &["SLUG"]);
    check("deck show ratelimiting", &["'ratelimiting'", "'rate-limiting'"]);
    check("due --at yesterday", &["'yesterday'", "2026-11-21T18:30:00+01:00"]);
    check("due --jsn", &["--jsn", "--json"]);
    check("du", &["du", "due"]);
    check("read --width 0 rate-limiting", &["0", "width"]);
    check("demo ring --json --text", &["--json", "--text"]);
    check("check no-such-folder", &["no-such-folder"]);
    check("due --library no-such-folder", &["no-such-folder"]);
    assert!(!home.data().exists(), "wrong use makes no data directory");
}

#[test]
fn without_a_terminal_the_screens_say_what_to_do_instead() {
    let home = Home::new();
    let check = |arguments: &str, words: &[&str]| {
        let done = home.run(arguments);
        fails(&done, 2, words);
        assert_eq!(done.err.lines().count(), 1, "{}", done.err);
    };
    check("", &["terminal", "sysdrill --help"]);
    check("drill", &["terminal", "--plain"]);
    check("demo ring", &["terminal", "--json", "--text"]);
    assert!(!home.data().exists());
    // A page has a form for pipes.
    assert!(home.good("read rate-limiting").starts_with("Rate limiting\n"));
}

#[test]
fn version_and_help_are_no_errors() {
    let home = Home::new();
    assert_eq!(home.good("--version"), format!("sysdrill {}\n", env!("CARGO_PKG_VERSION")));
    let help = home.good("--help");
    for verb in [
        "read", "demo", "drill", "due", "grade", "undo", "calc", "deck", "stats", "check", "doctor", "sync",
        "backup", "restore",
    ] {
        assert!(help.lines().any(|line| line.trim_start().starts_with(verb)), "{verb} is missing in\n{help}");
        assert!(home.good(&format!("{verb} --help")).contains("Usage: sysdrill"), "{verb}");
    }
}

#[test]
fn a_demo_gives_the_same_bytes_for_the_same_seed() {
    let home = Home::new();
    let arguments = "demo ring --seed 7 --set nodes=10 --set vnodes=150 --json";
    let first = home.good(arguments);
    assert_eq!(first, home.good(arguments));
    assert_eq!(first, home.good("demo ring nodes=10 vnodes=150 --seed 7 --json"), "as a page writes it");
    assert_eq!(
        home.good("demo raft nodes=3 seed=8 view=logs --for 3s --text"),
        home.good("demo raft --set nodes=3 --seed 8 --view logs --for 3s --text")
    );
    let wrong = home.run("demo ring nodes --json");
    assert_eq!(
        (wrong.code, wrong.err.contains("'nodes' should be CONTROL=VALUE")),
        (2, true),
        "{}",
        wrong.err
    );
    let result: Value = serde_json::from_str(&first).expect("JSON");
    let expected = ["demo", "seed", "settings", "time", "events", "trace", "readings", "goals", "broken"];
    assert_eq!(keys(&result), expected);
    assert_eq!((&result["demo"], &result["seed"]), (&"ring".into(), &7.into()));
    assert_eq!((&result["settings"]["nodes"], &result["settings"]["vnodes"]), (&10.into(), &150.into()));

    let share = |name: &str| number(&result["readings"][name]);
    let samples = number(&result["settings"]["keys"]);
    let (fair, sampling) = (1.0 / 11.0, |p: f64| (p * (1.0 - p) / samples).sqrt());
    // The newcomer owns 150 of the 1650 pieces into which uniform points break the circle, so its share has the
    // Beta(150, 1500) distribution: mean 1/11, variance ab / ((a + b)^2 (a + b + 1)). To that comes the sampling of
    // the keys. Four standard deviations, about 0.031; the seed is fixed, so this passes always or never.
    let (own, others) = (150.0_f64, 1500.0_f64);
    let spread = (own * others / ((own + others).powi(2) * (own + others + 1.0))).sqrt();
    let tolerance = 4.0 * spread.hypot(sampling(fair));
    assert!((share("moved_share") - fair).abs() < tolerance, "{}", share("moved_share"));
    // A key stays where its hash has the same remainder by 10 and by 11: 1 in 11 of uniform hashes. Only the keys
    // are a sample. Four standard deviations, about 0.0115.
    let modulo = share("moved_share_modulo");
    assert!((modulo - 10.0 * fair).abs() < 4.0 * sampling(fair), "{modulo}");

    let other = home.json("demo ring --seed 8 --set nodes=10 --set vnodes=150 --json");
    assert_ne!(other["trace"], result["trace"], "another seed is another run");
}

#[test]
fn a_bet_a_rival_and_many_seeds_come_with_the_run() {
    let home = Home::new();
    let plain = home.json("demo ring --json");
    let both = home.json("demo ring --against vnodes=1 --bet 1/11 --json");
    for field in keys(&plain) {
        assert_eq!(plain[&field], both[&field], "{field}: a rival changes nothing");
    }
    assert_eq!(both["against"], home.json("demo ring --set vnodes=1 --json"));
    let bet = &both["bet"];
    assert_eq!(keys(bet), ["card", "reading", "yours", "truth", "grade", "off_by"]);
    assert_eq!((&bet["reading"], &bet["grade"]), (&"moved_share".into(), &"good".into()));
    assert_eq!(bet["truth"], plain["readings"]["moved_share"]);
    assert!((number(&bet["yours"]) - 1.0 / 11.0).abs() < 1e-12);
    assert_eq!(home.json("demo ring --bet 50% --json")["bet"]["grade"], "again");

    let swept = home.json("demo ring --seeds 5 --set nodes=4 --json");
    assert_eq!(keys(&swept), ["demo", "seeds", "settings", "time", "readings"]);
    let shares: Vec<f64> = (1..=5)
        .map(|seed| {
            let run = home.json(&format!("demo ring --seed {seed} --set nodes=4 --json"));
            number(&run["readings"]["moved_share"])
        })
        .collect();
    let spread = &swept["readings"]["moved_share"];
    assert_eq!(keys(spread), ["seeds", "mean", "error", "deviation", "min", "p5", "p50", "p95", "max"]);
    let is = |name: &str, value: f64| assert!((number(&spread[name]) - value).abs() < 1e-12, "{name}");
    is("seeds", 5.0);
    is("mean", shares.iter().sum::<f64>() / 5.0);
    is("min", shares.iter().copied().fold(f64::INFINITY, f64::min));
    is("max", shares.iter().copied().fold(0.0, f64::max));
    assert!(home.good("demo ring --seeds 3").contains("median"));
}

#[test]
fn demos_are_listed_with_all_that_a_script_needs() {
    let home = Home::new();
    let list = home.json("demo --json");
    let list = list.as_array().expect("a list");
    assert_eq!(list.len(), lab::demos().len());
    for demo in list {
        let expected = [
            "name",
            "title",
            "part",
            "topics",
            "hook",
            "bet",
            "length",
            "controls",
            "readings",
            "goals",
            "invariants",
            "bugs",
            "acts",
            "views",
            "look_for",
            "theory",
            "sources",
        ];
        assert_eq!(keys(demo), expected);
        for source in demo["sources"].as_array().expect("a list") {
            assert_eq!(keys(source), ["path", "line"]);
            let path = source["path"].as_str().expect("a text");
            let lines = fs::read_to_string(path).expect("a file of the repository").lines().count();
            assert!((1.0..=lines as f64).contains(&number(&source["line"])), "{path}");
        }
        for control in demo["controls"].as_array().expect("a list") {
            let names = keys(control);
            assert_eq!(names[..4], ["name", "label", "unit", "default"]);
            assert!(names[4..] == ["min", "max"] || names[4..] == ["options"], "{names:?}");
        }
        for reading in demo["readings"].as_array().expect("a list") {
            assert_eq!(keys(reading), ["name", "unit", "meaning"]);
        }
        let name = demo["name"].as_str().expect("a text");
        // Its readings are the ones of a run, in the same order.
        let run = home.json(&format!("demo {name} --for 100ms --json"));
        let listed: Vec<&str> = demo["readings"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|reading| reading["name"].as_str())
            .collect();
        assert_eq!(keys(&run["readings"]), listed);
        let text = home.good(&format!("demo {name} --for 100ms --text"));
        assert!(text.starts_with(demo["hook"].as_str().expect("a text")), "{text}");
    }
    let text = home.good("demo");
    assert!(lab::demos().iter().all(|spec| text.contains(spec.name) && text.contains(spec.hook)), "{text}");
}

#[test]
fn a_script_repeats_a_run_to_the_last_event() {
    let home = Home::new();
    for spec in lab::demos() {
        let mut run = lab::Run::new(spec, Seed(11), lab::Settings::defaults(spec));
        for (index, control) in spec.controls.iter().enumerate() {
            let target = Nanos(spec.length.0 / 20 * (index as u64 + 1));
            run.advance_to(target, || true);
            run.set(control.name, control.moved(run.settings().get(control.name), true));
        }
        run.advance_to(spec.length, || true);
        let script = home.write("run.script", lab::write_script(&run));
        let again = home.json(&format!("demo --script {} --json", script.display()));
        assert_eq!(again["trace"], format!("{:016x}", run.trace()), "{}", spec.name);
        assert_eq!(again["events"], run.events(), "{}", spec.name);
    }
    let broken = home.write("broken.script", "demo ring\nseed 7\nset vnode=3\nend 1\n");
    fails(
        &home.run(&format!("demo --script {} --json", broken.display())),
        2,
        &["broken.script:3:", "'vnode'"],
    );
    fails(&home.run("demo --script no-such-file --json"), 1, &["no-such-file"]);
}

/// The intervals of FSRS-6 with its published parameters at a retention of 0.9, each answered on the day it is due.
#[test]
fn six_good_answers_at_their_due_dates() {
    let home = Home::with_settings(EXACT);
    let mut at = AT.to_string();
    for expected in [2, 11, 46, 163, 497, 1346] {
        let answer = home.json(&format!("grade {CARD} good --at {at} --json"));
        assert_eq!(keys(&answer), ["card", "grade", "due", "interval_days", "stability", "difficulty"]);
        assert_eq!((&answer["card"], &answer["grade"]), (&CARD.into(), &"good".into()));
        assert_eq!(answer["interval_days"], expected, "at {at}");
        assert!(number(&answer["stability"]) > 0.0 && (1.0..=10.0).contains(&number(&answer["difficulty"])));
        at = answer["due"].as_str().expect("a moment").to_string();
        assert!(at.ends_with("+01:00"), "by the clock that was given: {at}");
    }
    let done = home.good(&format!("grade {CARD} again --at {at}"));
    assert!(done.starts_with(&format!("{CARD}: Again, due again in ")), "{done}");
    assert_eq!(
        home.json("stats --json")["grades"],
        serde_json::json!({"again": 1, "hard": 0, "good": 6, "easy": 0})
    );
    assert!(home.good("doctor").contains("all well"));
}

#[test]
fn undo_leaves_everything_as_it_was() {
    let home = Home::with_settings(EXACT);
    let at = |arguments: &str, day: u32| format!("{arguments} --at 2026-01-{day:02}T10:00:00Z");
    let due = |day: u32| home.json(&at("due --json", day));
    assert_eq!(keys(&due(5)), ["at", "due", "new", "topics"]);
    let nothing = home.json("undo --json");
    assert_eq!(keys(&nothing), ["card", "undone", "grade"]);
    assert!(nothing["card"].is_null());
    assert!(!home.data().exists(), "looking makes no database");

    home.json(&at(&format!("grade {CARD} good --json"), 5));
    let (before, stats) = (due(7), home.json(&at("stats --json", 7)));
    assert_eq!(before["due"], 1, "two days later: {before}");
    let second = home.json(&at(&format!("grade {CARD} hard --json"), 7));
    assert_eq!(due(7)["due"], 0);
    assert_eq!(
        home.json(&at("undo --json", 7)),
        serde_json::json!({"card": CARD, "undone": "review", "grade": "hard"})
    );
    // The clock goes on from the moment that was set, so the moments of two runs differ.
    let same = |a: &Value, b: &Value| {
        assert_eq!((&a["due"], &a["new"], &a["topics"]), (&b["due"], &b["new"], &b["topics"]));
    };
    same(&due(7), &before);
    assert_eq!(home.json(&at("stats --json", 7)), stats);
    assert_eq!(
        home.json(&at(&format!("grade {CARD} hard --json"), 7)),
        second,
        "the same answer again does the same"
    );
    home.good("undo");
    home.good("undo");
    assert_eq!(home.good("undo"), "there is nothing to take back\n");
    assert_eq!(home.json(&at("due --json", 7))["due"], 0);
    let doctor = home.json("doctor --rebuild --json");
    assert_eq!(
        keys(&doctor),
        ["data", "settings", "database", "findings", "rebuilt_differences", "removed", "purged", "backups"]
    );
    assert_eq!((&doctor["findings"], &doctor["rebuilt_differences"]), (&serde_json::json!([]), &0.into()));
}

#[test]
fn stats_and_decks_have_their_keys() {
    let home = Home::new();
    let stats = home.json("stats --json");
    let first =
        ["cards", "seen", "learned", "answers", "grades", "streak_days", "topics", "longest_streak_days"];
    let then = ["retention", "calibration", "forecast", "days", "time", "map", "bets", "hours"];
    assert_eq!(keys(&stats), [first, then].concat());
    assert_eq!(keys(&stats["grades"]), ["again", "hard", "good", "easy"]);
    let decks = home.json("deck list --json");
    let decks = decks.as_array().expect("a list");
    let mut cards = 0;
    for deck in decks {
        assert_eq!(keys(deck), ["topic", "title", "cards", "file"]);
        let topic = deck["topic"].as_str().expect("a slug");
        let shown = home.json(&format!("deck show {topic} --json"));
        let shown = shown.as_array().expect("a list");
        assert_eq!(deck["cards"], shown.len(), "{topic}");
        // A topic that is not written yet has the scenarios of a decision tree, or the bets of a demo.
        let parts = fs::read_dir("content/topics").expect("the pages").flatten();
        let written = parts.map(|part| part.path().join(format!("{topic}.md"))).any(|page| page.exists());
        assert!(shown.len() >= if written { 12 } else { 1 }, "{topic} has {} cards", shown.len());
        assert!(shown.iter().all(|card| keys(card) == ["id", "kind", "weight", "question"]));
        let text = home.good(&format!("deck show {topic}"));
        assert!(shown.iter().all(|card| text.contains(card["id"].as_str().expect("an id"))));
        cards += shown.len();
    }
    assert_eq!(stats["cards"], cards);
}

#[test]
fn stats_tell_what_was_recalled_and_how_far_off_bets_were() {
    let home = Home::with_settings(EXACT);
    let at = |arguments: &str, day: u32| format!("{arguments} --at 2026-01-{day:02}T10:00:00Z");
    let stats = |day: u32| home.json(&at("stats --json", day));
    let nothing = stats(5);
    assert_eq!(
        keys(&nothing["retention"]["all"]),
        ["answers", "recalled", "low", "high", "predicted", "log_loss"]
    );
    assert!(nothing["retention"]["all"]["recalled"].is_null() && nothing["bets"]["all"]["bias"].is_null());
    // Without steps each is due after some days: first recalled, then twice on a day, then forgotten.
    for (day, grade) in [(5, "good"), (7, "good"), (7, "good"), (20, "again")] {
        home.json(&at(&format!("grade {CARD} {grade} --json"), day));
    }
    let stats_20 = stats(20);
    let all = &stats_20["retention"]["all"];
    assert_eq!((&all["answers"], &all["recalled"]), (&2.into(), &0.5.into()));
    let predicted = all["predicted"].as_f64().expect("a number");
    assert!((0.8..0.95).contains(&predicted), "due about when recall is 90%: {predicted}");
    assert_eq!(stats_20["retention"]["last_7_days"]["recalled"], 0.0);
    assert_eq!(stats_20["retention"]["topics"]["consistent-hashing"]["answers"], 2);
    assert_eq!(stats_20["answers"], 4);
    let bins = stats_20["calibration"]["bins"].as_array().expect("bins");
    assert_eq!(bins.iter().map(|bin| bin["answers"].as_i64().expect("a number")).sum::<i64>(), 2);
    let days = stats_20["days"].as_array().expect("days");
    let found: Vec<(&str, i64)> = days
        .iter()
        .map(|day| (day["date"].as_str().expect("a date"), day["answers"].as_i64().expect("a number")))
        .collect();
    assert_eq!(found, [("2026-01-05", 1), ("2026-01-07", 2), ("2026-01-20", 1)]);
    assert_eq!(stats_20["forecast"]["days"].as_array().expect("days").len(), 90);
    let hours = stats_20["hours"].as_array().expect("hours");
    assert_eq!((hours.len(), &hours[10]), (24, &4.into()));
    // What is taken back leaves the figures.
    home.good(&at("undo", 20));
    assert_eq!(stats(20)["retention"]["all"]["recalled"], 1.0);
    // A bet is logged with its truth: the first card of this deck is one.
    let home = Home::with_settings(EXACT);
    let stats = |day: u32| home.json(&at("stats --json", day));
    let done = home.run_with(&at("drill --plain --limit 1 --topic consistent-hashing", 21), "9\n4\n");
    assert_eq!((done.code, done.err.as_str()), (0, ""), "{}", done.out);
    let bets = stats(21)["bets"].clone();
    assert_eq!(keys(&bets), ["all", "last_90_days", "months", "topics", "distribution"]);
    assert_eq!((&bets["all"]["bets"], &bets["months"]["2026-01"]["bets"]), (&1.into(), &1.into()));
    let sides = number(&bets["all"]["too_high"]) + number(&bets["all"]["too_low"]);
    assert_eq!((sides, bets["all"]["within_10x"].as_f64()), (1.0, Some(1.0)), "{bets}");
    assert!(home.good(&at("stats", 21)).contains("1 bet: "));
}

#[test]
fn a_decision_is_listed_shown_and_walked() {
    let home = Home::new();
    let listed = home.json("decide --json");
    for tree in listed.as_array().expect("a list") {
        let wanted = ["decision", "title", "summary", "topics", "questions", "leaves", "scenarios", "file"];
        assert_eq!(keys(tree), wanted);
        let slug = tree["decision"].as_str().expect("a slug");
        let whole = home.json(&format!("decide {slug} --json"));
        let wanted = [
            "decision",
            "title",
            "summary",
            "topics",
            "longest",
            "questions",
            "leaves",
            "scenarios",
            "sources",
            "file",
        ];
        assert_eq!(keys(&whole), wanted);
        let list = |name: &str| whole[name].as_array().expect("a list").clone();
        assert_eq!(list("questions").len(), tree["questions"]);
        assert_eq!(list("leaves").len(), tree["leaves"]);
        let text = home.good(&format!("decide {slug}"));
        assert!(text.lines().all(|line| line.width() <= 80), "{text}");
        for question in list("questions") {
            assert_eq!(keys(&question), ["id", "ask", "why", "answers"]);
        }
        for leaf in list("leaves") {
            assert_eq!(keys(&leaf), ["id", "recommend", "why", "cost", "again", "pages"]);
            let begins: Vec<&str> = leaf["recommend"].as_str().expect("a text").split(' ').take(3).collect();
            assert!(text.contains(&begins.join(" ")), "{begins:?} in {text}");
        }
        // A scenario's way leads where it says, and its card can be answered.
        for scenario in list("scenarios") {
            assert_eq!(keys(&scenario), ["card", "says", "leaf", "why", "path"]);
            let path = scenario["path"].as_array().expect("a list");
            let answers: Vec<&str> = path.iter().filter_map(|step| step["answer"].as_str()).collect();
            let walked = home.json(&format!("decide {slug} --answers {} --json", answers.join(",")));
            assert_eq!(keys(&walked), ["decision", "path", "question", "leaf"]);
            assert_eq!((&walked["leaf"]["id"], &walked["path"]), (&scenario["leaf"], &scenario["path"]));
            let topic = tree["topics"][0].as_str().expect("a slug");
            let deck = home.json(&format!("deck show {topic} --json"));
            let cards = deck.as_array().expect("a list");
            assert!(cards.iter().any(|card| card["id"] == scenario["card"] && card["kind"] == "choice"));
        }
    }
    let half = home.json("decide rate-limiter --answers a --json");
    assert_eq!((half["question"].as_str(), &half["leaf"]), (Some("promise"), &Value::Null));
    let text = home.good("decide rate-limiter --answers abb --ascii");
    for part in [
        "* A token bucket in a shared store",
        "Why ",
        "Cost ",
        "Look again  when",
        "rate-limiting#token-bucket",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(home.good("decide rate-limiter --ascii").contains("|- a  Clients"));
    let graded = home.json("grade rate-limiter.login-attempts good --json");
    assert_eq!(graded["card"], "rate-limiter.login-attempts");
}

#[test]
fn check_follows_what_a_decision_refers_to() {
    let home = Home::new();
    let tree = "title = 'Which?'\nsummary = 'S.'\ntopics = ['rate-limitng']\n\
                [[question]]\nid = 'q'\nask = 'Q?'\nanswers = [{ says = 'x', to = 'l' }, { says = 'y', to = 'm' }]\n\
                [[leaf]]\nid = 'l'\nrecommend = 'L'\nwhy = 'w'\ncost = 'c'\npages = ['rate-limiting#no-such']\n\
                [[leaf]]\nid = 'm'\nrecommend = 'M'\nwhy = '[p](nowhere)'\ncost = 'c'\n";
    home.write("own/decisions/mine.toml", tree);
    let own = home.path("own");
    let done = home.run(&format!("check {}", own.display()));
    assert_eq!(done.code, 1, "{}{}", done.out, done.err);
    for (line, word) in [(1, "'rate-limitng'"), (1, "no source"), (13, "'#no-such'"), (14, "'nowhere'")] {
        let place = format!("mine.toml:{line}:");
        let told = done.err.lines().any(|said| said.contains(&place) && said.contains(word));
        assert!(told, "{place} {word} in {}", done.err);
    }
    // A form that is wrong is told once, with its column.
    home.write("own/decisions/mine.toml", tree.replace("to = 'm'", "to = 'n'"));
    let done = home.run(&format!("check {}", own.display()));
    assert!(done.err.contains("mine.toml:7:57: no question and no leaf is called 'n'"), "{}", done.err);
}

#[test]
fn a_calculation_says_where_it_went_wrong() {
    let home = Home::new();
    let check = |expression: &str, expected: &str| {
        let done = Done::of(&home.command("calc").arg(expression).output().expect("the program starts"));
        assert_eq!(
            (done.code, done.out.as_str(), done.err.as_str()),
            (0, format!("{expected}\n").as_str(), ""),
            "{expression}"
        );
    };
    check("2 + 3 * 4", "14");
    check("1 GiB in MiB", "1,024 MiB");
    let fails_at = |expression: &str, caret: &str| {
        let done = Done::of(&home.command("calc").arg(expression).output().expect("the program starts"));
        fails(&done, 1, &[expression]);
        let lines: Vec<&str> = done.err.lines().collect();
        let at = lines.iter().position(|line| line.trim() == expression).expect("the line is shown");
        assert_eq!(lines[at + 1].trim_end(), caret, "{}", done.err);
    };
    fails_at("2 *", "     ^");
    fails_at("3 GB in seconds", "          ^^^^^^^");
    // A unit that does not exist, where only a unit can stand: its name and what is near it.
    let unknown =
        Done::of(&home.command("calc").arg("3 GB in megabites").output().expect("the program starts"));
    fails(&unknown, 1, &["'megabites'", "did you mean 'megabytes'?"]);
    // Of several lines the good ones are answered, and the bad one is told with its number.
    let sheet = home.write("load.sheet", "users = 500 million\nreads = users * \nusers / 2\n");
    let done = home.run(&format!("calc --file {}", sheet.display()));
    assert_eq!((done.code, done.out.lines().count()), (1, 2), "{}", done.out);
    assert!(done.err.contains("load.sheet:2"), "{}", done.err);
    let done = home.run_with("calc --json", "a = 1 KB\na in bits\n");
    let lines: Vec<Value> = done.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!((done.code, lines.len()), (0, 2), "{}", done.err);
    let fields =
        ["line", "name", "value", "unit", "dimension", "text", "power_of_ten", "range", "steps", "notes"];
    assert_eq!(keys(&lines[0]), fields);
    let done = home.run_with("calc --json", "1 +\n");
    let line: Value = serde_json::from_str(&done.out).expect("JSON");
    assert_eq!((done.code, keys(&line)), (1, vec!["line", "name", "error", "start", "end", "help"]));
    fails(&home.run("calc --file no-such-file"), 1, &["no-such-file"]);
}

#[test]
fn a_calculation_has_ranges_steps_and_lists() {
    let home = Home::new();
    let json = |done: &Done| -> Vec<Value> {
        done.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    };
    // A range and what depends on it; the samples of both are of the same draws.
    let sheet = "dau = 10M to 40M users\nreads = dau * 5 reads/user\n";
    let done = home.run_with("calc --json --samples 3", sheet);
    let lines = json(&done);
    assert_eq!((done.code, lines.len()), (0, 2), "{}", done.err);
    assert_eq!((&lines[0]["range"]["p5"], &lines[0]["range"]["p95"]), (&Value::from(1e7), &Value::from(4e7)));
    assert_eq!(lines[1]["range"]["drivers"][0]["name"], "dau");
    let draws = |line: &Value| -> Vec<f64> {
        line["samples"].as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
    };
    let (users, reads) = (draws(&lines[0]), draws(&lines[1]));
    assert_eq!((users.len(), reads.len()), (3, 3));
    assert!(users.iter().zip(&reads).all(|(users, reads)| (reads / users / 5.0 - 1.0).abs() < 1e-9));
    let done = home.run_with("calc --samples 2", sheet);
    assert_eq!((done.code, done.out.lines().count()), (0, 3), "{}", done.out);
    assert!(done.out.starts_with("dau users,reads reads\n"), "{}", done.out);
    fails(&home.run_with("calc --samples 2", "1 + 1\n"), 1, &["no line has a range"]);
    // Steps and notes.
    let done = home.run_with("calc --json", "5 reads/day * 1 year\n1 year in days\n");
    let lines = json(&done);
    assert!(lines[0]["steps"].as_array().is_some_and(|steps| !steps.is_empty()), "{}", done.out);
    assert_eq!(lines[0]["notes"][0], "a year is 365 days here");
    assert_eq!(lines[1]["notes"].as_array().map(Vec::len), Some(0), "it is said once");
    // A line in a pipe, a minus sign at the start, and nothing at all.
    let calc = |expression: &str| {
        Done::of(&home.command("calc").arg(expression).output().expect("the program starts"))
    };
    assert_eq!(calc("-5 + 3").out, "-2\n");
    assert_eq!(home.run_with("calc", "2 + 3\n").out, "5\n");
    fails(&calc(""), 2, &["what to calculate?"]);
    fails(&calc("# a note"), 2, &["what to calculate?"]);
    fails(&home.run("calc --no-such-option"), 2, &["--no-such-option"]);
    // What there is.
    for (list, word) in
        [("functions", "downtime(availability, period)"), ("constants", "2012"), ("units", "kibibyte")]
    {
        let done = home.run(&format!("calc --{list}"));
        assert!(done.code == 0 && done.out.contains(word), "{list}: {}", done.out);
        assert!(!json(&home.run(&format!("calc --{list} --json"))).is_empty());
    }
    // Nothing is written anywhere.
    assert!(
        !home.path("data").exists()
            || fs::read_dir(home.path("data")).is_ok_and(|mut all| all.next().is_none())
    );
}

/// A wrong result in a ` ```calc ` block of a page is found by `check`, with its place; a right one is not.
#[test]
fn check_finds_a_wrong_result_in_a_page() {
    let home = Home::new();
    let own = home.path("own");
    home.write(
        "own/topics/caching/mine.md",
        "+++\ntitle = \"Mine\"\npart = \"caching\"\nsummary = \"One.\"\n+++\n\n## The problem\n\n\
         ```calc\n500 million users * 5 reads/user/day\n#= 28,935 reads/s\n```\n\n\
         ```calc\n500 million users * 5 reads/user/day\n#= 28,936 reads/s\n```\n",
    );
    let done = home.run(&format!("check {}", own.display()));
    assert_eq!(done.code, 1, "{}", done.err);
    assert!(done.err.contains("mine.md:16:"), "{}", done.err);
    assert_eq!(done.err.matches("the result is").count(), 1, "{}", done.err);
    assert!(done.err.contains("the result is 28,935 reads/s, not 28,936 reads/s"), "{}", done.err);
}

#[test]
fn no_line_of_a_page_is_wider_than_asked() {
    let home = Home::new();
    for topic in ["consistent-hashing", "rate-limiting", "circuit-breaker"] {
        for width in [1, 2, 7, 20, 40, 72, 80, 133, 1000] {
            let text = home.good(&format!("read {topic} --plain --width {width}"));
            for line in text.lines() {
                let wide = line.width() > width;
                // A wide character does not fit into one cell: it is the only thing that may stand out.
                assert!(!wide || (width == 1 && line.chars().count() == 1), "{topic} at {width}: {line:?}");
            }
        }
    }
    // What the program draws itself is ASCII where it is asked to be; what a page says stays.
    let page = home.write(
        "drawn.md",
        "# A\n\n- b\n  - c\n\n> d\n\n---\n\n| e | f |\n|---|---|\n| g | h |\n\n```demo ring\n```\n",
    );
    let text = home.good(&format!("read {} --ascii", page.display()));
    assert!(
        text.is_ascii() && ["A", "b", "c", "d", "e", "f", "g", "h"].iter().all(|word| text.contains(word)),
        "{text}"
    );
    // Escape sequences of a file are text or nothing, never sent on.
    let page = home.write("page.md", "# A\x1b[31m page\n\nwith \x1b]0;title\x07 bytes \u{9b}2J\n");
    let text = home.good(&format!("read {}", page.display()));
    assert!(text.contains("page") && !text.contains(['\x1b', '\x07', '\u{9b}']), "{text:?}");
    let piped = home.run_with("read -", "# From a pipe\n");
    assert_eq!((piped.code, piped.out.trim()), (0, "From a pipe"));
    fails(&home.run("read no-such-page.md"), 1, &["no-such-page.md"]);
}

#[test]
fn check_is_content_with_what_is_built_in() {
    let home = Home::new();
    let text = home.good("check");
    assert!(text.ends_with(": all well\n"), "{text}");
    let json = home.json("check --json");
    assert_eq!(
        keys(&json),
        ["pages", "cards", "live_blocks", "links", "problems", "notes", "decisions", "sheets"]
    );
}

#[test]
fn coverage_is_a_page_and_fails_where_a_section_has_no_place() {
    let home = Home::new();
    home.write("list.csv", "section_id,title,topics\n9.99,New,quorums\n9.98,Later,data-privacy\n");
    let list = home.path("list.csv").display().to_string();
    let done = home.run(&format!("check --coverage {list}"));
    assert_eq!(done.code, 1);
    assert!(done.out.starts_with("# Coverage\n") && done.out.contains("| 9.99 | New |"), "{}", done.out);
    assert!(done.err.contains("section 9.99 (New) has no place in coverage.toml"), "{}", done.err);
    let json = home.run(&format!("check --coverage {list} --json"));
    let json: Value = serde_json::from_str(&json.out).expect("JSON");
    assert_eq!(keys(&json), ["sections", "later", "problems"]);
    assert_eq!((&json["sections"], &json["later"]), (&1.into(), &1.into()));
    fails(&home.run("check --coverage nowhere.csv"), 1, &["cannot read nowhere.csv"]);
}

#[test]
fn shells_and_man_are_told_of_every_verb() {
    let home = Home::new();
    let verbs = ["read", "search", "demo", "drill", "calc", "check", "completions", "man"];
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = home.good(&format!("completions {shell}"));
        assert!(verbs.iter().all(|verb| script.contains(verb)), "{shell}");
    }
    let page = home.good("man");
    assert!(page.contains(".TH sysdrill 1"), "{page}");
    for verb in verbs {
        assert!(page.contains(&format!(".SH \"sysdrill {verb}\"")), "{verb}");
    }
    assert!(page.contains("The data directory"), "{page}");
    fails(&home.run("completions tcsh"), 2, &["tcsh"]);
}

#[test]
fn check_names_file_line_and_column() {
    let home = Home::new();
    let deck = "topic = \"my-topic\"\ntitle = \"Mine\"\n\n[[card]]\nid = \"one\"\nkind = \"bsic\"\nquestion = \"?\"\nanswer = \"!\"\n";
    home.write("own/decks/my-part/my-topic.toml", deck);
    let page = "+++\ntitle = \"Mine\"\npart = \"my-part\"\nsummary = \"A page.\"\n\n[[sources]]\ntitle = \"T\"\nauthor = \"A\"\nyear = 2020\nwhere = \"W\"\n+++\n\n\
                ## The problem\n\nSee [that](rate-limitng).\n\n```demo rng\n```\n\n```calc\nx = 3 +\n```\n\n## Cheat sheet\n\nShort.\n";
    home.write("own/topics/my-part/my-topic.md", page);
    let line = |wanted: &str, text: &str| {
        1 + text.lines().position(|line| line.contains(wanted)).expect("it stands there")
    };
    let own = home.path("own");
    let done = home.run(&format!("check {}", own.display()));
    assert_eq!(done.code, 1, "{}{}", done.out, done.err);
    let named = |file: &str, line: usize, column: usize, words: &[&str]| {
        let place = format!("{}:{line}:{column}: ", own.join(file).display());
        let problem = done.err.find(&place).unwrap_or_else(|| panic!("{place} is missing in\n{}", done.err));
        for word in words {
            assert!(done.err[problem..].contains(word), "{word} in {}", done.err);
        }
    };
    let page_file = "topics/my-part/my-topic.md";
    named("decks/my-part/my-topic.toml", 6, 8, &["'bsic'", "'basic'"]);
    named(page_file, line("rate-limitng", page), 5, &["'rate-limitng'", "'rate-limiting'"]);
    named(page_file, line("```demo", page), 1, &["'rng'", "'ring'"]);
    named(page_file, line("x = 3", page), 8, &["missing"]);
    let json = home.run(&format!("check --json {}", own.display()));
    let report: Value = serde_json::from_str(&json.out).expect("JSON");
    assert_eq!(json.code, 1);
    let problems = report["problems"].as_array().expect("a list");
    assert_eq!(problems.len(), 4, "{problems:#?}");
    assert!(problems.iter().all(|problem| keys(problem) == ["file", "line", "column", "message", "help"]));
}

/// Names of files and lines of files are quoted in messages, and anybody may have chosen them.
#[test]
fn no_message_passes_an_escape_sequence_on() {
    const WRONG: &str = "\u{1b}]52;c;Zg==\u{7}\u{9b}2J\u{202e}";
    let home = Home::new();
    home.write(&format!("own/topics/my-part/{WRONG}.md"), format!("# {WRONG}\n\n[x](<{WRONG}>)\n"));
    home.write("own/decks/my-part/x.toml", format!("topic = \"{WRONG}\"\n[[card]]\nid = \"{WRONG}\"\n"));
    home.write("config/sysdrill/config.toml", format!("editor = 1 # {WRONG}\n\"{WRONG}\" = 2\n"));
    let own = home.path("own");
    let folder = own.join("topics/my-part");
    let missing = folder.join(format!("{WRONG}{WRONG}.md"));
    for arguments in [
        vec!["check", own.to_str().expect("text")],
        vec!["check", "--json", own.to_str().expect("text")],
        vec!["read", folder.to_str().expect("text")],
        vec!["read", missing.to_str().expect("text")],
        vec!["read", WRONG],
        vec!["search", WRONG],
        vec!["--library", own.to_str().expect("text"), "search", "52"],
        vec!["doctor"],
    ] {
        let output = home.command("").args(&arguments).output().expect("the program starts");
        let done = Done::of(&output);
        let said = format!("{}{}", done.out, done.err);
        assert!(said.contains("52;c;Zg==") || arguments == ["doctor"], "{arguments:?} quotes it: {said}");
        let acts = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!said.contains(acts), "{arguments:?}: {said:?}");
    }
}

#[test]
fn a_drill_through_a_pipe_saves_its_answers() {
    let home = Home::with_settings(EXACT);
    // The deck begins with a bet, another bet and an open question.
    let input = "9\n4\n80\n\nshow\nwrong\n2\nq\n";
    let done = home.run_with(&format!("drill --plain --topic consistent-hashing --at {AT}"), input);
    assert_eq!((done.code, done.err.as_str()), (0, ""), "{}", done.out);
    assert_eq!(done.out.lines().filter(|line| line.starts_with("saved: ")).count(), 3, "{}", done.out);
    assert!(done.out.contains("no grade 'wrong'"), "{}", done.out);
    assert!(
        done.out.trim_end().ends_with("3 answered, 3 recalled")
            || done.out.contains("3 answered, 2 recalled")
    );
    let stats = home.json(&format!("stats --json --at {AT}"));
    assert_eq!((&stats["answers"], &stats["seen"], &stats["streak_days"]), (&3.into(), &3.into(), &1.into()));
    assert_eq!((&stats["grades"]["easy"], &stats["grades"]["hard"]), (&1.into(), &1.into()));

    // An answer is taken back, also in the log; the end of the input is the end of the session.
    let done =
        home.run_with(&format!("drill --plain --topic rate-limiting --limit 2 --at {AT}"), "9\na\n1\nu\n");
    assert_eq!((done.code, done.err.as_str()), (0, ""), "{}", done.out);
    assert!(done.out.contains("taken back: rate-limiting."), "{}", done.out);
    assert_eq!(home.json(&format!("stats --json --at {AT}"))["answers"], 3);

    // Practice leaves the schedule as it is.
    let before = home.json(&format!("due --json --at {AT}"));
    let done = home.run_with(
        &format!("drill --plain --cram --limit 1 --topic consistent-hashing --at {AT}"),
        "9\na\n1\n",
    );
    assert_eq!((done.code, done.err.as_str()), (0, ""), "{}", done.out);
    let after = home.json(&format!("due --json --at {AT}"));
    assert_eq!((&before["due"], &before["new"]), (&after["due"], &after["new"]));
    let done = Home::new().run_with("drill --plain", "");
    assert_eq!((done.code, done.out.as_str()), (0, "nothing is due\n"));
    assert!(home.good("doctor").contains("all well"));
}

#[test]
fn a_drill_through_a_pipe_marks_and_takes_back() {
    let home = Home::with_settings(EXACT);
    let drill = |input: &str| {
        let done = home.run_with(&format!("drill --plain --topic rate-limiting --at {AT}"), input);
        assert_eq!((done.code, done.err.as_str()), (0, ""), "{}", done.out);
        done.out
    };
    let said = drill(":f\n:b\n:s\n:u\n:u\n:u\n:u\n:q\n");
    let wanted = ["saved: flagged", "saved: not today", "saved: suspended"];
    assert!(wanted.iter().all(|wanted| said.contains(wanted)), "{said}");
    assert_eq!(said.matches("taken back: rate-limiting.").count(), 3, "{said}");
    assert!(said.contains("there is nothing to take back"), "{said}");
    // All of it is as it was, and the log knows: nothing is left to take back.
    assert_eq!(home.good("undo"), "there is nothing to take back\n");
    // A card that is put off is not asked again that day.
    let first = drill(":b\n:q\n");
    let next = drill(":q\n");
    assert_ne!(first.lines().nth(1), next.lines().nth(1));
    // What was missed is said at the end, with where to read.
    let said = drill("9\na\n1\n:q\n");
    assert!(said.contains("missed: ") && said.contains("; read rate-limiting"), "{said}");
}

#[test]
fn in_the_middle_of_an_answer_its_last_line_is_taken_back() {
    let home = Home::with_settings(EXACT);
    let page = "+++\ntitle = \"Mine\"\npart = \"mine\"\nsummary = \"A page.\"\n\n[[sources]]\ntitle = \"T\"\n\
                author = \"A\"\nyear = 2020\nwhere = \"W\"\n+++\n\n## The problem\n\nOne.\n\n## Cheat sheet\n\nShort.\n";
    home.write("data/topics/mine/mine.md", page);
    let deck = "topic = \"mine\"\n[[card]]\nid = \"colours\"\nkind = \"sort\"\nquestion = \"Which?\"\n\
                classes = [\"one\", \"two\"]\nitems = [\n\
                { text = \"a\", class = \"one\" },\n{ text = \"b\", class = \"two\" },\n\
                { text = \"c\", class = \"one\" },\n]\nwhy = \"So.\"\n";
    home.write("data/decks/mine/mine.toml", deck);
    let drill = |input: &str| {
        let done = home.run_with(&format!("drill --plain --cram --topic mine --at {AT}"), input);
        assert_eq!((done.code, done.err.as_str()), (0, ""), "{}", done.out);
        assert!(!done.out.contains("take back"), "{}", done.out);
        (done.out.matches("its number").count(), done.out.contains("1 answered"))
    };
    assert_eq!(drill("1\n2\n1\n3\n"), (3, true));
    assert_eq!(drill("1\n2\nu\n:u\n1\n2\n1\n3\n"), (4 + 3, true), "two lines are taken back");
    // An Enter too many is no answer, a dash is one.
    assert_eq!(drill("1\n\n-\n1\n3\n"), (3 + 1, true));
    // At its first line it is the answer before.
    let done = home.run_with(&format!("drill --plain --cram --topic mine --at {AT}"), "1\nu\nu\nq\n");
    assert!(done.out.contains("there is nothing to take back"), "{}", done.out);
}

#[test]
fn a_drill_takes_back_its_own_answers_and_not_those_of_another_copy() {
    let home = Home::with_settings(EXACT);
    let mut drill = home.command(&format!("drill --plain --topic rate-limiting --at {AT}"));
    let mut drill = drill.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
    let mut input = drill.stdin.take().expect("a pipe");
    let mut output = BufReader::new(drill.stdout.take().expect("a pipe"));
    input.write_all(b"9\na\n3\n").expect("written");
    let mut line = String::new();
    while !line.starts_with("saved: ") {
        line.clear();
        assert!(output.read_line(&mut line).expect("it speaks") > 0, "nothing was saved");
    }
    home.good(&format!("grade {CARD} good --at 2026-01-05T10:00:05Z"));
    input.write_all(b":u\n:q\n").expect("written");
    assert!(drill.wait().expect("it ends").success());
    // The other's answer stands.
    let stats = home.json(&format!("stats --json --at {AT}"));
    assert_eq!((&stats["answers"], &stats["topics"]["consistent-hashing"]), (&1.into(), &"begun".into()));
}

#[test]
fn the_first_that_is_written_on_a_day_makes_its_backup() {
    let home = Home::with_settings(EXACT);
    let backups = |day: u32| {
        home.good(&format!("grade {CARD} good --at 2026-01-{day:02}T10:00:00Z"));
        let doctor = home.json("doctor --json");
        doctor["backups"].as_array().map_or(0, Vec::len)
    };
    // Nothing was there before the first answer.
    assert_eq!([5, 5, 6, 6, 7].map(backups), [0, 1, 2, 2, 3]);
    // It is the state before what is written.
    let newest = home.json("doctor --json")["backups"][0].as_str().expect("a name").to_string();
    assert!(newest.ends_with("sysdrill-2026-01-07.db"), "{newest}");
    home.good(&format!("restore {newest} --at 2026-01-07T12:00:00Z"));
    assert_eq!(home.json("stats --json --at 2026-01-07T12:00:00Z")["answers"], 4);
}

#[test]
fn without_a_screen_the_date_and_the_limits_hold_too() {
    let home = Home::with_settings("[drill]\nfuzz = false\nsteps = []\nreviews_per_day = 2\n");
    let at = |day: u32| format!("--at 2026-01-{day:02}T10:00:00Z");
    let deck = home.json("deck show rate-limiting --json");
    let ids: Vec<&str> =
        deck.as_array().expect("cards").iter().filter_map(|card| card["id"].as_str()).take(6).collect();
    for id in &ids {
        home.good(&format!("grade {id} easy {}", at(5)));
    }
    // The day's limit, as on Today.
    let due = home.json(&format!("due --json {}", at(20)));
    assert_eq!(due["due"], 2, "{due}");
    let done = home.run_with(&format!("drill --plain {}", at(20)), &"9\na\n3\n".repeat(60));
    assert!(done.out.lines().filter(|line| line.starts_with("saved: ")).count() >= 2, "{}", done.out);
    assert_eq!(home.json(&format!("due --json {}", at(20)))["due"], 0);
    // A date: an interval that would jump over it is cut, whoever gives the grade. Good, Good, Good: 2, 11 and 46 days.
    let third = |id: &str| {
        home.good(&format!("grade {id} good {}", at(5)));
        home.good(&format!("grade {id} good {}", at(7)));
        home.json(&format!("grade {id} good --json {}", at(18)))["interval_days"].as_u64().expect("days")
    };
    assert_eq!(third(CARD), 46);
    let mut store = Store::open(&home.data()).expect("a store");
    store.set_note("aim.date", "2026-02-27").expect("kept");
    store.set_note("aim.since", "2026-01-01").expect("kept");
    drop(store);
    // In 40 days, on which 91% would be recalled: the last week begins in 33.
    let cut = third("consistent-hashing.join-arc");
    assert!((33..=39).contains(&cut), "{cut} days");
}

/// Everything in a directory, by name and bytes.
fn contents(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = fs::read_dir(directory)
        .expect("the directory is there")
        .filter_map(|entry| {
            let entry = entry.ok()?;
            Some((
                entry.file_name().to_string_lossy().into_owned(),
                fs::read(entry.path()).unwrap_or_default(),
            ))
        })
        .collect();
    files.sort();
    files
}

/// What opens the database. The last word says whether it writes.
const OPENING: [&str; 7] = [
    "due --json",
    "stats --json",
    "undo",
    "doctor",
    "doctor --rebuild",
    "grade consistent-hashing.owner-rule good --json",
    "drill --plain --topic consistent-hashing",
];

#[test]
fn a_database_that_cannot_be_used_is_left_as_it_is() {
    let check = |spoil: &dyn Fn(&Path), words: &[&str]| {
        let home = Home::new();
        home.good(&format!("grade {CARD} good"));
        spoil(&home.database());
        let before = contents(&home.data());
        for arguments in OPENING {
            fails(&home.run(arguments), 1, words);
            let after = contents(&home.data());
            let names =
                |files: &[(String, Vec<u8>)]| files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
            assert_eq!(names(&before), names(&after), "{arguments}");
            assert!(before == after, "{arguments} changed the file");
        }
    };
    check(
        &|file| fs::write(file, [0xa5; 5000]).expect("it can be spoilt"),
        &["sysdrill.db", "damaged", "Move it away"],
    );
    check(&|file| fs::write(file, "SQLite").expect("it can be spoilt"), &["sysdrill.db", "damaged"]);
    // The header is whole, all else is not.
    let all_but_header = |file: &Path| {
        let mut bytes = fs::read(file).expect("it can be read");
        bytes[100..].fill(0xa5);
        fs::write(file, bytes).expect("it can be spoilt");
    };
    check(&all_but_header, &["sysdrill.db", "damaged"]);
    let sql = |sql: &'static str| {
        move |file: &Path| {
            let database = rusqlite::Connection::open(file).expect("it opens");
            database.execute_batch(sql).expect("it takes that");
        }
    };
    check(&sql("PRAGMA user_version = 99"), &["sysdrill.db", "version 99", "newer sysdrill"]);
    check(&sql("PRAGMA application_id = 7"), &["sysdrill.db", "another program"]);
}

#[test]
fn a_lost_page_of_the_database_is_found() {
    let home = Home::new();
    home.good(&format!("grade {CARD} good"));
    let file = home.database();
    let mut bytes = fs::read(&file).expect("it can be read");
    let page = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
    let last = bytes.len() - page;
    for at in (page..=last).step_by(page) {
        bytes[at..at + page].fill(0xa5);
    }
    fs::write(&file, &bytes).expect("it can be spoilt");
    for arguments in ["doctor", "stats", "due"] {
        let done = home.run(arguments);
        assert_eq!(done.code, 1, "{arguments}: {}{}", done.out, done.err);
    }
    assert!(fs::read(&file).expect("it can be read") == bytes, "it was left as it is");
}

#[test]
fn a_locked_database_is_waited_for_and_then_told() {
    let home = Home::new();
    home.good(&format!("grade {CARD} good"));
    let other = rusqlite::Connection::open(home.database()).expect("it opens");
    other.busy_timeout(Duration::from_secs(5)).expect("it takes that");
    other.execute_batch("BEGIN IMMEDIATE").expect("the lock is free");
    // The file is not to be read here: closing it would give up the locks that this process has on it.
    fails(&home.run(&format!("grade {CARD} good")), 1, &["sysdrill.db", "locked by another program"]);
    // Who only looks does not wait for a writer. Nothing was written.
    assert_eq!(home.json("stats --json")["answers"], 1);
    other.execute_batch("COMMIT").expect("the lock is ours");
    home.good(&format!("grade {CARD} good"));
    assert_eq!(home.json("stats --json")["answers"], 2);
}

#[test]
fn a_data_directory_that_cannot_be_written_is_told() {
    let home = Home::new();
    let file = home.write("in-the-way", "mine");
    let grade = |data: &Path| home.run(&format!("grade {CARD} good --data {}", data.display()));
    fails(&grade(&file), 1, &["cannot write to", "in-the-way", "--data"]);
    fails(&grade(&file.join("below")), 1, &["cannot write to", "in-the-way", "--data"]);
    assert_eq!(fs::read(&file).expect("it is there"), b"mine");
    fs::create_dir_all(home.path("data/sysdrill.db")).expect("a directory in the file's place");
    fails(&grade(&home.data()), 1, &["sysdrill.db"]);
    #[cfg(target_os = "linux")]
    {
        let proc = Path::new("/proc/sysdrill");
        fails(&grade(proc), 1, &["cannot write to", "/proc/sysdrill", "--data"]);
        // There is nothing to read there either, which is no error.
        assert_eq!(home.good("due --data /proc/sysdrill"), "nothing is due\n");
    }
}

#[test]
fn a_wrong_setting_is_told_and_its_default_used() {
    let text =
        "[drill]\nretention = 0.2\nfuzz = \"no\"\nnew_per_dy = 3\n\n[keys]\n\"lab.play\" = \"ctrl-\"\n";
    let home = Home::with_settings(text);
    let done = home.run(&format!("grade {CARD} good --json"));
    assert_eq!(done.code, 0, "{}", done.err);
    let answer: Value = serde_json::from_str(&done.out).expect("JSON on standard output, problems elsewhere");
    assert_eq!(answer["card"], CARD);
    let at = |line: usize, words: &[&str]| {
        let place = format!("config.toml:{line}:");
        let problem = done.err.lines().find(|told| told.contains(&place));
        let problem = problem.unwrap_or_else(|| panic!("{place} is missing in\n{}", done.err));
        assert!(words.iter().all(|word| problem.contains(word)), "{words:?} in {problem}");
    };
    at(2, &["retention", "0.7"]);
    at(3, &["fuzz"]);
    at(4, &["new_per_dy"]);
    at(7, &["ctrl-"]);
    assert!(done.err.contains("The default is used."), "{}", done.err);
    assert_eq!(home.run("doctor").code, 1, "whoever asks hears that not all is well");
    // A file that is no TOML at all.
    let broken = Home::with_settings("[drill\n");
    let done = broken.run(&format!("grade {CARD} good"));
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.err.contains("config.toml:1:"), "{}", done.err);
}

/// `sysdrill deck list | head -1`: a reader that has seen enough is no error.
#[test]
fn a_closed_pipe_is_no_error() {
    let home = Home::new();
    let closed = || {
        let (reader, writer) = std::io::pipe().expect("the system has pipes");
        drop(reader);
        Stdio::from(writer)
    };
    let verbs = [
        "deck list",
        "deck list --json",
        "read rate-limiting --plain",
        "demo",
        "demo ring --text",
        "stats",
        "due",
        "check",
    ];
    for arguments in verbs {
        let done = Done::of(&home.command(arguments).stdout(closed()).output().expect("the program starts"));
        assert_eq!((done.code, done.err.as_str()), (0, ""), "{arguments}");
    }
    // Where nobody hears errors, the exit code still tells.
    let check = |arguments: &str, code: i32| {
        let status = home
            .command(arguments)
            .stdout(Stdio::null())
            .stderr(closed())
            .status()
            .expect("the program starts");
        assert_eq!(status.code(), Some(code), "{arguments}");
    };
    check("read zebra", 2);
    check("calc 1+", 1);
    let own = home.write("own/decks/bad.toml", "topic = 3\n");
    let folder = own.ancestors().nth(2).expect("a folder");
    check(&format!("check {}", folder.display()), 1);
    // A folder without content is wrong use.
    check(&format!("check {}/decks", folder.display()), 2);
    // Nor is a drill whose listener has gone.
    let mut drill = home.command("drill --plain --topic rate-limiting");
    let mut child = drill.stdin(Stdio::piped()).stdout(closed()).spawn().expect("the program starts");
    let _ = child.stdin.take().expect("it is a pipe").write_all(b"9\na\n1\n");
    assert_eq!(child.wait().expect("the program ends").code(), Some(0));
}

#[test]
fn a_short_log_is_not_fitted_and_says_what_a_retention_costs() {
    let home = Home::new();
    let failed = home.run("optimize");
    assert_eq!(failed.code, 1);
    assert!(failed.err.contains("at least 10 reviews on later days; the log has 0"), "{}", failed.err);
    assert_eq!(home.json("optimize --reset --json")["used"], "usual");
    let told = home.json("optimize --workload --days 60 --json");
    let choices = told["choices"].as_array().expect("a list");
    let minutes: Vec<f64> = choices.iter().filter_map(|of| of["minutes_a_day"].as_f64()).collect();
    assert!(minutes.len() >= 10 && minutes[0] < minutes[minutes.len() - 1], "{minutes:?}");
    assert_eq!(home.run("optimize --workload --reset").code, 2);
}
