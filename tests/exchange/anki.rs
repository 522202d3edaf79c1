//! Anki itself as the other side.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;
use sysdrill::exchange::{Form, Known, export};
use sysdrill::memory::{Phase, StudyDay};

use super::fixtures::{expected, holds};
use super::sample::{data, histories, now, outgoing, read};

/// The Python in which Anki can be imported, if there is one.
fn python() -> Option<&'static Path> {
    static PYTHON: OnceLock<Option<PathBuf>> = OnceLock::new();
    let found = PYTHON.get_or_init(|| {
        let python = PathBuf::from(std::env::var_os("SYSDRILL_PYTHON").unwrap_or_else(|| "python3".into()));
        let done = Command::new(&python).arg(script()).arg("check").output();
        done.is_ok_and(|done| done.status.success()).then_some(python)
    });
    if found.is_none() {
        eprintln!("Anki cannot be imported (pip install anki; SYSDRILL_PYTHON): its side is not held here");
    }
    found.as_deref()
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/anki/roundtrip.py")
}

fn run(python: &Path, arguments: &[&str]) -> String {
    let done = Command::new(python).arg(script()).args(arguments).output().expect("Python runs");
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).expect("UTF-8")
}

fn dump(python: &Path, files: &[&Path]) -> Value {
    let names = files.iter().map(|file| file.to_str().expect("a name in UTF-8"));
    let arguments: Vec<&str> = std::iter::once("dump").chain(names).collect();
    let printed = run(python, &arguments);
    // Anki may print lines of its own before.
    let start = printed.find('{').expect("JSON");
    serde_json::from_str(&printed[start..]).expect("JSON")
}

fn rows<'v>(dump: &'v Value, list: &str) -> &'v [Value] {
    dump[list].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The day that Anki counts as the one on which a card is due.
fn day(due: StudyDay) -> Value {
    due.to_string().into()
}

#[test]
fn anki_takes_our_package_with_all_that_was_learned() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ours.apkg");
    let outgoing = outgoing();
    std::fs::write(&path, export(Form::Package, &outgoing).expect("a package")).expect("written");
    let once = dump(python, &[&path]);
    assert_eq!((rows(&once, "notes").len(), rows(&once, "cards").len()), (5, 5));
    assert_eq!(rows(&once, "answers").len(), outgoing.reviews.len());
    for row in rows(&once, "cards") {
        let name = row["guid"].as_str().and_then(|guid| guid.strip_prefix("sysdrill:")).expect("our name");
        assert_eq!(row["deck"], "sysdrill::Caching");
        let Some(state) = outgoing.states.get(name) else {
            assert_eq!((name, &row["type"]), ("caching.new", &0.into()));
            continue;
        };
        match state.phase {
            Phase::Review { due } => assert_eq!((&row["type"], &row["due"]), (&2.into(), &day(due)), "{row}"),
            Phase::Learning { due, .. } => {
                assert_eq!(
                    (&row["type"], &row["due"]),
                    (&1.into(), &(due.utc_millis / 1000).into()),
                    "{row}"
                );
            }
            Phase::Relearning { due, .. } => {
                assert_eq!(
                    (&row["type"], &row["due"]),
                    (&3.into(), &(due.utc_millis / 1000).into()),
                    "{row}"
                );
            }
            Phase::New => panic!("{row}"),
        }
        let memory = state.memory.expect("answered");
        let close = |ours: f32, theirs: &Value, step: f64| {
            assert!((f64::from(ours) - theirs.as_f64().expect("a number")).abs() <= step, "{ours} {row}");
        };
        close(memory.stability, &row["s"], 1e-4);
        close(memory.difficulty, &row["d"], 1e-3);
        assert_eq!((&row["reps"], &row["lapses"]), (&state.reps.into(), &state.lapses.into()));
        assert_eq!(row["lrt"].as_i64(), state.last_review.map(|last| last.utc_millis / 1000));
        let mark = outgoing.marks.get(name).cloned().unwrap_or_default();
        assert_eq!((row["queue"] == -1, row["flags"] != 0), (mark.suspended, mark.flagged), "{row}");
    }
    let mut ours: Vec<_> = outgoing.reviews.iter().collect();
    ours.sort_by_key(|review| review.at.utc_millis);
    for (review, answer) in ours.iter().zip(rows(&once, "answers")) {
        assert!(answer["id"].as_i64().is_some_and(|id| id - review.at.utc_millis < 50), "{answer}");
        assert_eq!(
            (&answer["ease"], &answer["time"]),
            (&review.grade.number().into(), &review.took_millis.into())
        );
        assert_eq!(answer["guid"], format!("sysdrill:{}", review.card));
    }
    // Taken in twice it is the same.
    assert_eq!(dump(python, &[&path, &path]), once);
}

#[test]
fn what_goes_to_anki_comes_back_as_it_was() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ours.apkg");
    let outgoing = outgoing();
    std::fs::write(&path, export(Form::Package, &outgoing).expect("a package")).expect("written");
    for form in ["legacy", "new"] {
        let back = folder.path().join(format!("{form}.apkg"));
        run(
            python,
            &[
                "convert",
                path.to_str().expect("a name in UTF-8"),
                back.to_str().expect("a name in UTF-8"),
                form,
            ],
        );
        let mut imported = read("back.apkg", std::fs::read(&back).expect("a package"));
        let [deck] = imported.decks.as_slice() else { panic!("{:?}", imported.decks) };
        let sent = &outgoing.decks[0];
        assert_eq!((&deck.topic, &deck.title), (&sent.topic, &sent.title));
        let ids = |deck: &sysdrill::deck::Deck| {
            let mut ids: Vec<String> = deck.cards.iter().map(|card| card.id.0.clone()).collect();
            ids.sort();
            ids
        };
        assert_eq!(ids(deck), ids(sent), "cards come back under their own names");
        let find = |id: &str| deck.cards.iter().find(|card| card.id.0 == id).expect("a card");
        assert_eq!(find("caching.lru").question, sent.cards[0].question);
        assert_eq!(find("caching.share").question, sent.cards[1].question);
        for card in &sent.cards {
            assert_eq!(find(&card.id.0).hints, card.hints, "{form} {}", card.id.0);
        }
        assert_eq!(find("caching.new").question, "\\<script>alert(1)\\</script> and \"quotes\" and a tab");
        for (card, history) in histories(&imported.reviews) {
            let (state, was) = (history.last().expect("answered").after, outgoing.states[card]);
            assert_eq!(state.due(), was.due(), "{card}");
            assert_eq!((state.reps, state.lapses), (was.reps, was.lapses), "{card}");
            assert_eq!(
                history.len(),
                outgoing.reviews.iter().filter(|review| review.card == card).count(),
                "{card}"
            );
        }
        // To a log that has them already they bring nothing.
        let known = |card: &str| Known {
            reviews: outgoing.reviews.iter().filter(|review| review.card == card).cloned().collect(),
            state: outgoing.states[card],
        };
        imported.join(&outgoing.states.keys().map(|card| (card.clone(), known(card))).collect());
        assert_eq!(imported.reviews, []);
    }
}

#[test]
fn notes_as_text_are_taken_once_and_updated_after_that() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let (path, changed) = (folder.path().join("ours.txt"), folder.path().join("changed.txt"));
    let mut outgoing = outgoing();
    std::fs::write(&path, export(Form::AnkiText, &outgoing).expect("a text")).expect("written");
    outgoing.decks[0].cards[0].question = "Changed?".to_string();
    std::fs::write(&changed, export(Form::AnkiText, &outgoing).expect("a text")).expect("written");
    let once = dump(python, &[&path]);
    assert_eq!((rows(&once, "notes").len(), rows(&once, "cards").len()), (5, 5));
    assert!(rows(&once, "cards").iter().all(|card| card["deck"] == "sysdrill::Caching"));
    let note = |dump: &Value, guid: &str| {
        rows(dump, "notes").iter().find(|note| note["guid"] == guid).cloned().expect("a note")
    };
    let share = note(&once, "sysdrill:caching.share");
    assert_eq!(
        (&share["type"], &share["fields"][0]),
        (
            &"Cloze".into(),
            &"Adding a node moves {{c1::1/(n+1)::what share}} of {{c1::the keys}}.<details><summary>Hint</summary>A share.</details>".into()
        )
    );
    assert_eq!(note(&once, "sysdrill:caching.lru")["tags"], serde_json::json!(["caching", "core"]));
    assert_eq!(dump(python, &[&path, &path]), once);
    let after = dump(python, &[&path, &changed]);
    assert_eq!(rows(&after, "notes").len(), 5);
    let front = note(&after, "sysdrill:caching.lru")["fields"][0].clone();
    assert!(front.as_str().is_some_and(|front| front.starts_with("Changed?<details>")), "{front}");
    // What Anki writes of it comes in under our names.
    let back = folder.path().join("back.txt");
    run(python, &["text", path.to_str().expect("a name in UTF-8"), back.to_str().expect("a name in UTF-8")]);
    let imported = read("back.txt", std::fs::read(&back).expect("a text"));
    assert_eq!((imported.decks[0].topic.as_str(), imported.decks[0].cards.len()), ("caching", 5));
    for (card, sent) in imported.decks[0].cards.iter().zip(&outgoing.decks[0].cards) {
        assert_eq!((&card.id, &card.hints), (&sent.id, &sent.hints));
    }
}

#[test]
fn a_collection_of_ankis_goes_through_us_unchanged() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("through.apkg");
    let imported = read("anki21b.apkg", std::fs::read(data("anki21b.apkg")).expect("a fixture"));
    let through = sysdrill::exchange::Outgoing {
        decks: imported.decks.clone(),
        states: histories(&imported.reviews)
            .iter()
            .map(|(card, all)| (card.to_string(), all[all.len() - 1].after))
            .collect(),
        marks: imported.marks.iter().map(|mark| (mark.card.clone(), mark.clone())).collect(),
        reviews: imported.reviews.clone(),
        now: now(),
        retention: 0.9,
    };
    std::fs::write(&path, export(Form::Package, &through).expect("a package")).expect("written");
    let (there, was) = (dump(python, &[&path]), expected());
    let guids =
        |dump: &Value| rows(dump, "notes").iter().map(|note| note["guid"].clone()).collect::<Vec<_>>();
    assert_eq!(guids(&there), guids(&was));
    assert_eq!(rows(&there, "cards").len(), rows(&was, "cards").len());
    for (now, was) in rows(&there, "cards").iter().zip(rows(&was, "cards")) {
        for field in ["guid", "ord", "deck", "type", "reps", "lapses", "s", "d", "lrt"] {
            assert_eq!(now[field], was[field], "{field}: {now} {was}");
        }
        if was["type"] == 2 {
            assert_eq!((&now["due"], &now["ivl"]), (&was["due"], &was["ivl"]), "{now} {was}");
        }
    }
    for (now, was) in rows(&there, "answers").iter().zip(rows(&was, "answers")) {
        for field in ["id", "guid", "ord", "ease", "ivl", "time", "type"] {
            assert_eq!(now[field], was[field], "{field}: {now} {was}");
        }
    }
    holds(&read("through.apkg", std::fs::read(&path).expect("a package")), &was);
}
