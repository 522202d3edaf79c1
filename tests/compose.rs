//! Compositions in files: on the command line, and in the learner's folder, where they are laid over those of the program.
//!
//! In a file of its own, since what is laid over the demos is laid over them for the whole process.

#[path = "support/program.rs"]
mod program;

use std::fs;

use program::Home;
use sysdrill::lab;
use sysdrill::library::Library;

const MINE: &str = r#"name = "mine"
hook = "Does it hold?"
length = 10
[clients]
rate = { control = 50, max = 100 }
retries = 2
[[stage]]
kind = "service"
[[stage]]
kind = "database"
[[event]]
what = "slow"
stage = "database"
at = 2
for = 3
"#;

#[test]
fn a_file_is_run_as_any_demo_is() {
    let home = Home::new();
    let file = home.write("mine.toml", MINE);
    let demo = format!("demo --compose {}", file.display());
    assert!(home.good(&format!("{demo} --check")).starts_with("mine: 2 controls, 3 goals"), "the check");
    assert_eq!(home.json(&format!("{demo} --check --json"))["problems"], serde_json::json!([]));
    let run = home.json(&format!("{demo} --set rate=60 --for 5s --json"));
    assert_eq!((run["demo"].as_str(), run["settings"]["rate"].as_f64()), (Some("mine"), Some(60.0)));
    assert!(run["readings"]["answered"].as_f64() > Some(200.0), "{run}");
    assert_eq!(home.json(&format!("{demo} --seeds 3 --for 2s --json"))["seeds"], 3);
    assert_eq!(home.json(&format!("{demo} --against rate=20 --for 2s --json"))["against"]["demo"], "mine");
    assert!(home.good(&format!("{demo} --for 3s --text")).starts_with("Does it hold?"), "the picture");
    let script = home.write("mine.script", "demo mine\nseed 7\nset rate=60\nend 5000000000\n");
    let again = home.json(&format!("{demo} --script {} --json", script.display()));
    assert_eq!(again["trace"], run["trace"]);
    let done = home.run("demo --against rate=20 --json");
    assert_eq!((done.code, done.out.as_str()), (2, ""), "{}", done.err);
}

#[test]
fn what_is_wrong_with_a_file_is_shown_where_it_stands() {
    let home = Home::new();
    let file = home.write("mine.toml", MINE.replace("retries = 2", "retires = 2"));
    for verb in ["--check", "--json", "--for 1s --text"] {
        let done = home.run(&format!("demo --compose {} {verb}", file.display()));
        assert_eq!((done.code, done.out.as_str()), (1, ""), "{verb}");
        let shown = "mine.toml:6:1: 'retires' is not known here\n  6 | retires = 2\n    | ^\n  did you mean 'retries'?";
        assert!(done.err.contains(shown), "{}", done.err);
    }
    let done = home.run(&format!("demo --compose {} --check --json", file.display()));
    let told: serde_json::Value = serde_json::from_str(&done.out).expect("JSON");
    assert_eq!((done.code, told["problems"][0]["line"].as_u64()), (1, Some(6)));
    let done = home.run("demo --compose nowhere.toml --json");
    assert_eq!((done.code, done.out.as_str()), (1, ""));
    assert!(done.err.contains("nowhere.toml"), "{}", done.err);
    let ring = home.write("ring.toml", MINE.replace("\"mine\"", "\"ring\""));
    let done = home.run(&format!("demo --compose {} --check", ring.display()));
    assert!(done.code == 1 && done.err.contains("'ring' is a demo of the program"), "{}", done.err);
}

#[test]
fn own_compositions_are_demos_by_name_and_are_checked() {
    let home = Home::new();
    fs::create_dir_all(home.data().join("compositions")).expect("a folder");
    let write = |name: &str, text: &str| {
        fs::write(home.data().join("compositions").join(name), text).expect("a file");
    };
    write("a.toml", MINE);
    assert!(home.good("demo").contains("Does it hold?"), "it is listed");
    assert_eq!(home.json("demo mine --for 1s --json")["demo"], "mine");
    write("b.toml", &MINE.replace("[[stage]]\nkind = \"database\"\n", ""));
    let done = home.run("check");
    assert!(
        done.code == 1 && done.err.contains("b.toml:11:9: no stage is called 'database'"),
        "{}",
        done.err
    );
}

#[test]
fn the_library_lays_them_over_those_of_the_program() {
    let folder = tempfile::tempdir().expect("a folder");
    let own = folder.path().join("compositions");
    fs::create_dir(&own).expect("a folder");
    // An incident with another question; its cards still fit.
    let storm = include_str!("../content/compositions/retry-storm.toml");
    let from = storm.find("hook = ").expect("it asks something");
    let to = from + storm[from..].find('\n').expect("the line ends");
    let storm = format!("{}hook = \"Does it hold?\"{}", &storm[..from], &storm[to..]);
    fs::write(own.join("a.toml"), MINE).expect("a file");
    fs::write(own.join("b.toml"), &storm).expect("a file");
    let folders = [folder.path().to_path_buf()];
    let ours = (lab::demos().len(), lab::find("retry-storm").map(|spec| spec.hook));

    let library = Library::load(&folders);
    assert_eq!(library.problems, []);
    let mine = lab::find("mine").expect("it is found");
    assert_eq!(lab::demos().len(), ours.0 + 1);
    assert_eq!(lab::demos().last().map(|spec| spec.name), Some("mine"), "a part of its own comes last");
    assert_eq!(lab::find("retry-storm").map(|spec| spec.hook), Some("Does it hold?"));

    // Read again it is the same demo, since nothing is made twice; a changed file is another one.
    let list = lab::demos();
    let _ = Library::load(&folders);
    assert!(std::ptr::eq(mine, lab::find("mine").expect("it is found")) && std::ptr::eq(list, lab::demos()));
    fs::write(own.join("a.toml"), MINE.replace("Does it hold?", "Does it still?")).expect("a file");
    let _ = Library::load(&folders);
    assert_eq!(lab::find("mine").map(|spec| spec.hook), Some("Does it still?"));

    let _ = Library::load(&[]);
    assert_eq!((lab::demos().len(), lab::find("retry-storm").map(|spec| spec.hook)), ours);
    assert!(lab::find("mine").is_none());
}
