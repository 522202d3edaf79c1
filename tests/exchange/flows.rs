//! `sysdrill deck import` and `deck export` as a learner uses them.

use std::fs;

use serde_json::Value;
use sysdrill::deck;

use super::program::{Done, Home};
use super::sample::data;

const AT: &str = "--at 2026-11-22T12:00:00+01:00";

fn import(home: &Home, file: &str) -> Value {
    let done = home.run(&format!("deck import {file} --json {AT}"));
    assert_eq!(done.code, 0, "{}", done.err);
    serde_json::from_str(&done.out).expect("JSON")
}

fn fixture(name: &str) -> String {
    data(name).display().to_string()
}

fn json(done: &Done) -> Value {
    assert_eq!(done.code, 0, "{}", done.err);
    serde_json::from_str(&done.out).expect("JSON")
}

#[test]
fn a_package_becomes_decks_and_history_and_twice_is_once() {
    let home = Home::new();
    let first = import(&home, &fixture("anki21b.apkg"));
    assert_eq!((&first["answers"], &first["new_answers"]), (&65.into(), &65.into()));
    let counts = |report: &Value, what: &str| {
        report["decks"]
            .as_array()
            .expect("decks")
            .iter()
            .map(|deck| deck[what].as_u64().expect("a number"))
            .sum::<u64>()
    };
    assert_eq!((counts(&first, "cards"), counts(&first, "new"), counts(&first, "changed")), (11, 11, 0));
    // Three cards are due on 2026-11-23 and none before: what Anki says of them.
    let due = |at: &str| {
        let topics = json(&home.run(&format!("due --json --at {at}")));
        let of = |topic: &Value| {
            if topic["topic"].as_str().is_some_and(|slug| slug.starts_with("design")) {
                topic["due"].as_u64()
            } else {
                None
            }
        };
        topics["topics"].as_array().expect("topics").iter().filter_map(of).sum::<u64>()
    };
    assert_eq!((due("2026-11-22T12:00:00+01:00"), due("2026-11-23T12:00:00+01:00")), (0, 3));
    for name in ["anki21b.apkg", "anki21.apkg"] {
        let again = import(&home, &fixture(name));
        assert_eq!((&again["answers"], &again["new_answers"]), (&65.into(), &0.into()));
        assert_eq!((counts(&again, "cards"), counts(&again, "new"), counts(&again, "changed")), (11, 0, 0));
    }
    // The log says the same as the states.
    assert_eq!(home.run("doctor").code, 0);
    assert_eq!(home.run(&format!("check {}", home.data().display())).code, 0);
}

#[test]
fn what_the_learner_changed_stays() {
    let home = Home::new();
    let csv =
        home.write("cards.csv", "id,question,answer,deck\n1,What?,That.,My deck\n2,Who?,She.,My deck\n");
    import(&home, &csv.display().to_string());
    let path = home.data().join("decks/imported/my-deck.toml");
    let text = fs::read_to_string(&path).expect("a deck");
    fs::write(
        &path,
        text.replacen("kind = \"basic\"", "kind = \"basic\"\nweight = \"core\"\nhints = [\"think\"]", 1),
    )
    .expect("written");
    home.write("cards.csv", "id,question,answer,deck\n1,What then?,That.,My deck\n3,When?,Now.,My deck\n");
    let report = import(&home, &csv.display().to_string());
    assert_eq!((&report["decks"][0]["new"], &report["decks"][0]["changed"]), (&1.into(), &1.into()));
    let (deck, problems) = deck::parse("f", &fs::read_to_string(&path).expect("a deck"));
    assert_eq!((problems, deck.title.as_str()), (vec![], "My deck"));
    let cards: Vec<_> = deck
        .cards
        .iter()
        .map(|card| (card.question.as_str(), card.weight.name(), card.hints.len()))
        .collect();
    assert_eq!(cards, [("What then?", "core", 1), ("Who?", "standard", 0), ("When?", "standard", 0)]);
    // A file with a mistake in it is not written over.
    let broken =
        fs::read_to_string(&path).expect("a deck").replacen("kind = \"basic\"", "kind = \"basc\"", 1);
    fs::write(&path, &broken).expect("written");
    let done = home.run(&format!("deck import {}", csv.display()));
    assert_eq!(done.code, 1);
    assert!(done.err.contains("'basc'") && done.err.contains("mend it"), "{}", done.err);
    assert_eq!(fs::read_to_string(&path).expect("a deck"), broken);
}

#[test]
fn history_goes_out_and_comes_back_to_the_same_cards() {
    let home = Home::new();
    let card = "consistent-hashing.owner-rule";
    assert_eq!(home.run(&format!("grade {card} good {AT}")).code, 0);
    let file = home.path("out.apkg");
    let done = home.run(&format!("deck export {} --topic consistent-hashing {AT}", file.display()));
    assert_eq!((done.code, done.out.as_str()), (0, ""), "{}", done.err);
    // Here the card and its answer are known.
    let report = import(&home, &file.display().to_string());
    assert_eq!((&report["answers"], &report["new_answers"]), (&1.into(), &0.into()));
    assert_eq!(report["decks"][0]["cards"], 0);
    assert!(!home.data().join("decks").exists(), "a card of the program is not made again");
    // Elsewhere the program has the card and not the answer.
    for name in ["out.apkg", "out.json"] {
        let out = home.path(name).display().to_string();
        assert_eq!(home.run(&format!("deck export {out} --topic consistent-hashing {AT}")).code, 0);
        let other = Home::new();
        let report = import(&other, &out);
        assert_eq!((&report["answers"], &report["new_answers"]), (&1.into(), &1.into()), "{name}");
        let log = json(&other.run(&format!("stats --json {AT}")));
        assert!(log.to_string().contains('1'), "{log}");
        assert!(!other.data().join("decks").exists());
        assert_eq!(import(&other, &out)["new_answers"], 0);
    }
}

#[test]
fn text_forms_go_to_standard_output() {
    let home = Home::new();
    let text = home.good("deck export --format anki --topic rate-limiting");
    assert!(text.starts_with("#separator:Tab\n#html:true\n#notetype column:1\n"), "{text}");
    assert!(text.contains("\tsysdrill:rate-limiting."), "{text}");
    let csv = home.good("deck export --format csv --topic rate-limiting");
    assert!(csv.starts_with("id,deck,kind,question,answer,"), "{csv}");
    let all: Value = serde_json::from_str(&home.good("deck export --format json")).expect("JSON");
    assert!(all["decks"].as_array().is_some_and(|decks| decks.len() > 3));
    assert!(!home.data().exists(), "looking makes no data directory");
}

#[test]
fn wrong_use_and_bad_files_are_said() {
    let home = Home::new();
    let check = |arguments: &str, code: i32, words: &[&str]| {
        let done = home.run(arguments);
        assert_eq!((done.code, done.out.as_str()), (code, ""), "{arguments}: {}", done.err);
        for word in words {
            assert!(done.err.contains(word), "{word:?} is missing in {:?}", done.err);
        }
    };
    let bad = home.write("bad.apkg", "no package").display().to_string();
    let empty = home.write("empty.csv", "question,answer\n").display().to_string();
    check(&format!("deck import {bad}"), 1, &["bad.apkg", "no Anki package"]);
    check(&format!("deck import {empty}"), 1, &["empty.csv", "no cards"]);
    check("deck import nowhere.apkg", 1, &["nowhere.apkg", "cannot be opened"]);
    check(&format!("deck import {}", home.path("").display()), 1, &["no file"]);
    check("deck export", 2, &["--format"]);
    check("deck export --format apkg", 2, &["which file"]);
    check("deck export x.doc", 2, &[".apkg"]);
    check("deck export x.csv --topic ratelimiting", 2, &["'rate-limiting'"]);
    assert!(!home.data().exists());
    let dry = home.run(&format!("deck import {} --dry-run", fixture("anki21.apkg")));
    assert!(dry.code == 0 && dry.out.contains("nothing was written"), "{dry:?}");
    assert!(!home.data().exists());
}

/// Names of decks and media that climb out, or speak to the terminal.
#[test]
fn names_lead_nowhere_and_say_nothing_to_the_terminal() {
    let home = Home::new();
    let odd = "../../out\u{1b}[31m\u{9b}2J/\u{7}x";
    let text = format!(
        "#separator:tab\n#html:true\n#notetype column:1\n#deck column:2\n\
         {odd}\t{odd}\tWhat? <img src=\"../{odd}.png\" onerror=\"alert(1)\"><script>alert(2)</script>\t\
         <a href=\"javascript:alert(3)\">that</a><iframe src=\"http://example.org\"></iframe>\n"
    );
    let file = home.write("odd.txt", &text).display().to_string();
    let done = home.run(&format!("deck import {file} {AT}"));
    assert_eq!(done.code, 0, "{}", done.err);
    for shown in [&done.out, &done.err, &home.good("deck list")] {
        let control = |c: char| c.is_control() && c != '\n';
        assert!(!shown.contains(control), "{shown:?}");
    }
    assert!(done.err.contains("pictures and sounds are named and not copied: 1"), "{}", done.err);
    let made: Vec<String> = fs::read_dir(home.data().join("decks/imported"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(made.len(), 1, "{made:?}");
    assert!(made[0].starts_with("out-31m-2j-x") && made[0].ends_with(".toml"), "{made:?}");
    assert_eq!(fs::read_dir(home.data()).expect("a folder").count(), 1, "decks and nothing else");
    let deck = fs::read_to_string(home.data().join("decks/imported").join(&made[0])).expect("a deck");
    for word in ["alert", "<script", "onerror", "javascript", "iframe", "example.org"] {
        assert!(!deck.contains(word), "{word} in {deck}");
    }
}

#[test]
fn what_is_left_out_is_said_with_its_reason() {
    let home = Home::new();
    let report = import(&home, &fixture("occlusion.apkg"));
    let losses = report["losses"].as_array().expect("losses");
    let hidden = losses.iter().find(|loss| loss["note_type"] == "Image Occlusion").expect("a loss");
    assert_eq!(
        (&hidden["cards"], &hidden["notes"], &hidden["left_out"]),
        (&4.into(), &2.into(), &true.into())
    );
    let again = home.run(&format!("deck import {} {AT}", fixture("occlusion.apkg")));
    let expected = "note type 'Image Occlusion': 4 cards of 2 notes: left out: ";
    assert!(again.err.contains(expected), "{}", again.err);
}

/// An import that was cut short after the log was written is made whole by the next one.
#[test]
fn an_import_that_was_cut_short_is_made_whole() {
    let (cut, whole) = (Home::new(), Home::new());
    let states = |home: &Home| home.good(&format!("deck export --format csv {AT}"));
    import(&whole, &fixture("anki21b.apkg"));
    import(&cut, &fixture("anki21b.apkg"));
    fs::remove_dir_all(cut.data().join("decks")).expect("removed");
    import(&cut, &fixture("anki21b.apkg"));
    assert_eq!(states(&cut), states(&whole));
    assert!(states(&whole).lines().any(|line| line.contains("suspended?") && line.contains(",true,")));
}
