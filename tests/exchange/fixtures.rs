//! The packages that Anki made, of all three forms, against what Anki says is in them.

use std::io::{Cursor, Read, Write};

use serde_json::Value;
use sysdrill::deck::{Kind, back};
use sysdrill::exchange::{Fate, Form, Imported, Outgoing, anki_id, export};
use sysdrill::memory::{Grade, Phase, ReviewKind};

use super::sample::{data, histories, now, read};

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(data(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

pub fn expected() -> Value {
    serde_json::from_slice(&bytes("expected.json")).expect("JSON")
}

/// The collection of a package, in a package as Anki 2.0 made them: the same tables under another name.
fn oldest(package: &[u8]) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(package)).expect("a zip");
    let mut collection = Vec::new();
    archive
        .by_name("collection.anki21")
        .expect("a collection")
        .read_to_end(&mut collection)
        .expect("readable");
    let mut old = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in [("collection.anki2", collection.as_slice()), ("media", b"{\"0\": \"a b.png\"}")] {
        old.start_file(name, zip::write::SimpleFileOptions::default()).expect("a zip in memory");
        old.write_all(bytes).expect("a zip in memory");
    }
    old.finish().expect("a zip in memory").into_inner()
}

/// Our name of the card that Anki's dump speaks of.
pub fn name_of(imported: &Imported, row: &Value) -> String {
    let (guid, ord) = (row["guid"].as_str().expect("a guid"), row["ord"].as_u64().expect("a number"));
    let id = format!(".{}", anki_id(guid, u32::try_from(ord).expect("small")));
    let cards = imported.decks.iter().flat_map(|deck| &deck.cards);
    let found: Vec<&str> = cards.map(|card| card.id.0.as_str()).filter(|name| name.ends_with(&id)).collect();
    assert_eq!(found.len(), 1, "{row}");
    found[0].to_string()
}

/// Holds an import against Anki's own dump: every card, its state, and every answer.
pub fn holds(imported: &Imported, dump: &Value) {
    let histories = histories(&imported.reviews);
    let cards = dump["cards"].as_array().expect("cards");
    assert_eq!(imported.decks.iter().map(|deck| deck.cards.len()).sum::<usize>(), cards.len());
    for row in cards {
        let name = name_of(imported, row);
        let history = histories.get(name.as_str()).map(Vec::as_slice).unwrap_or_default();
        let of_card = |answer: &&Value| answer["guid"] == row["guid"] && answer["ord"] == row["ord"];
        let answers: Vec<&Value> =
            dump["answers"].as_array().expect("answers").iter().filter(of_card).collect();
        assert_eq!(history.len(), answers.len(), "{row}");
        for (review, answer) in history.iter().zip(&answers) {
            assert_eq!(Some(review.at.utc_millis), answer["id"].as_i64());
            assert_eq!(Some(review.grade), Grade::from_number(answer["ease"].as_i64().expect("a number")));
            assert_eq!(Some(review.took_millis), answer["time"].as_u64());
            assert_eq!(review.kind, ReviewKind::Scheduled);
        }
        let Some(last) = history.last() else {
            assert_eq!(row["type"], 0, "{row}");
            continue;
        };
        let state = last.after;
        match state.phase {
            Phase::Review { due } => assert_eq!(
                (row["type"].as_i64(), row["due"].as_str()),
                (Some(2), Some(due.to_string().as_str()))
            ),
            Phase::Learning { due, .. } => assert_eq!(
                (row["type"].as_i64(), row["due"].as_i64()),
                (Some(1), Some(due.utc_millis / 1000))
            ),
            Phase::Relearning { due, .. } => assert_eq!(
                (row["type"].as_i64(), row["due"].as_i64()),
                (Some(3), Some(due.utc_millis / 1000))
            ),
            Phase::New => panic!("answered and new: {row}"),
        }
        let memory = state.memory.expect("answered");
        // Anki writes the stability with four decimals and the difficulty with three; f32 holds seven figures.
        let close = |ours: f32, theirs: &Value, step: f64| {
            let theirs = theirs.as_f64().expect("a number");
            assert!((f64::from(ours) - theirs).abs() <= step + 1e-6 * theirs, "{ours} {theirs} {row}");
        };
        close(memory.stability, &row["s"], 1e-4);
        close(memory.difficulty, &row["d"], 1e-3);
        assert_eq!(
            (u64::from(state.reps), u64::from(state.lapses)),
            (row["reps"].as_u64().expect("a number"), row["lapses"].as_u64().expect("a number"))
        );
        assert_eq!(state.last_review.map(|last| last.utc_millis / 1000), row["lrt"].as_i64(), "{row}");
        let mark = imported.marks.iter().find(|mark| mark.card == name).cloned().unwrap_or_default();
        assert_eq!(mark.suspended, row["queue"] == -1, "{row}");
        assert_eq!(mark.flagged, row["flags"] != 0, "{row}");
        assert_eq!(
            mark.buried_until,
            (row["queue"] == -2 || row["queue"] == -3).then(|| now().study_day() + 1)
        );
    }
}

#[test]
fn packages_of_all_forms_come_in_whole() {
    let anki21 = bytes("anki21.apkg");
    for (name, package) in
        [("anki21", anki21.clone()), ("anki21b", bytes("anki21b.apkg")), ("anki2", oldest(&anki21))]
    {
        let imported = read(&format!("{name}.apkg"), &package);
        holds(&imported, &expected());
        assert_eq!(imported.media, ["a b.png", "x.mp3"], "{name}");
        assert_eq!(imported.notes, []);
        let losses: Vec<String> = imported.losses.iter().map(ToString::to_string).collect();
        assert_eq!(
            losses,
            ["note type 'Country': 1 card of 1 note: taken as they look, without style and scripts"]
        );
        let decks: Vec<&str> = imported.decks.iter().map(|deck| deck.title.as_str()).collect();
        assert_eq!(decks, ["Design", "Design::Caching", "Geography"], "{name}");
        assert_eq!(read(&format!("{name}.apkg"), &package), imported, "the same each time");
    }
}

#[test]
fn what_cannot_be_shown_is_counted_by_note_type() {
    for name in ["occlusion.apkg", "occlusion.txt"] {
        let imported = read(name, bytes(name));
        let losses: Vec<_> = imported
            .losses
            .iter()
            .map(|loss| (loss.notetype.as_str(), loss.fate, loss.cards, loss.notes))
            .collect();
        // Three shapes over one picture and one over another: four cards in the package, two notes in the text.
        let hidden = if name == "occlusion.apkg" { 4 } else { 2 };
        let expected = [("Basic", Fate::OnlyMedia, 2, 2), ("Image Occlusion", Fate::HidesPicture, hidden, 2)];
        assert_eq!(losses, expected, "{name}");
        assert_eq!(imported.notes, [], "{name}");
        let questions: Vec<&str> =
            imported.decks.iter().flat_map(|deck| &deck.cards).map(|card| card.question.as_str()).collect();
        assert_eq!(
            questions,
            ["![map.png](map.png)", "(sound: bird.mp3)", "Which bird? (sound: bird.mp3)"],
            "{name}"
        );
        assert!(imported.media.contains(&"map.png".to_string()), "{name}: {:?}", imported.media);
    }
}

#[test]
fn fields_become_what_they_say() {
    let imported = read("anki21b.apkg", bytes("anki21b.apkg"));
    let cards: Vec<_> = imported.decks.iter().flat_map(|deck| &deck.cards).collect();
    let find = |question: &str| {
        let found = cards.iter().find(|card| card.question.contains(question));
        found.unwrap_or_else(|| panic!("no card asks {question}"))
    };
    assert_eq!(back(find("What is **LRU**?")), "Least recently used:\n\n- one\n- two");
    assert_eq!(find("What does").question, "What does $O(\\log n)$ say \\< nothing?");
    assert_eq!(back(find("What does")), "lines\\\nof *text*");
    assert_eq!(back(find("content delivery network")), "CDN");
    assert_eq!(back(find("The capital of Peru?")), "Lima");
    assert_eq!(find("A picture").question, "A picture ![a b.png](<a b.png>)");
    assert_eq!(back(find("A picture")), "(sound: x.mp3) 日本");
    let share = find("{{1/(n+1)::what share}}");
    assert_eq!(share.question, "Adding a node moves {{1/(n+1)::what share}} of the keys");
    assert!(matches!(share.kind, Kind::Cloze { .. }) && share.why == "with `n` nodes");
    assert!(matches!(&find("opposite of a hit").kind, Kind::Basic { accept, .. } if *accept == ["a miss"]));
}

#[test]
fn the_text_export_has_the_same_cards_under_the_same_names() {
    let (package, text) =
        (read("anki21b.apkg", bytes("anki21b.apkg")), read("notes.txt", bytes("notes.txt")));
    assert_eq!(
        text.decks.iter().map(|deck| &deck.topic).collect::<Vec<_>>(),
        package.decks.iter().map(|deck| &deck.topic).collect::<Vec<_>>()
    );
    for (ours, theirs) in text.decks.iter().zip(&package.decks) {
        for card in &theirs.cards {
            let same =
                ours.cards.iter().find(|other| other.id == card.id).unwrap_or_else(|| panic!("{}", card.id));
            // The text has fields and no templates: "The capital of Peru?" is "Peru" there.
            if theirs.title != "Geography" {
                assert_eq!((&same.question, &same.kind), (&card.question, &card.kind));
            }
        }
        assert_eq!(ours.cards.len(), theirs.cards.len());
    }
}

#[test]
fn what_came_in_and_goes_out_comes_in_again_the_same() {
    let imported = read("anki21.apkg", bytes("anki21.apkg"));
    let outgoing = Outgoing {
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
    for form in [Form::Package, Form::Json] {
        let name = if form == Form::Json { "a.json" } else { "a.apkg" };
        let again = read(name, export(form, &outgoing).expect("a file"));
        if form == Form::Package {
            holds(&again, &expected());
        }
        assert_eq!(again.decks, imported.decks, "{name}");
        let answers = |imported: &Imported| {
            let mut all: Vec<_> = imported
                .reviews
                .iter()
                .map(|review| (review.id.clone(), review.card.clone(), review.grade))
                .collect();
            all.sort();
            all
        };
        assert_eq!(answers(&again), answers(&imported), "{name}");
        if form == Form::Json {
            assert_eq!(again.reviews, imported.reviews);
        }
    }
}
