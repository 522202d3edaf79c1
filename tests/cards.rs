//! Every kind of card as a person answers it: keys and clicks in, the screen out, in the Drill and in a page. The cards
//! are those of `tests/data/decks/kinds.toml`.
//!
//! After a change on purpose: `INSTA_UPDATE=always cargo test --test cards`, and read the difference.

#[path = "support/model.rs"]
mod model;

use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use model::{draw, press, text};
use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use sysdrill::app::asking::Asking;
use sysdrill::app::keymap::KeyMap;
use sysdrill::app::learned::Learned;
use sysdrill::app::{self, Action, Effect, Model, Pointer, Start, Target};
use sysdrill::config::key::{Key, KeyCode};
use sysdrill::config::settings::Settings;
use sysdrill::config::theme::Colours;
use sysdrill::deck::{self, Kind};
use sysdrill::drill::{Answer, Variant};
use sysdrill::library::Library;
use sysdrill::memory::{Grade, Review};
use sysdrill::ui;

const DECK: &str = include_str!("data/decks/kinds.toml");

/// The cards by their names, in the order of the file.
const CARDS: [&str; 14] = [
    "recall",
    "typed-word",
    "gaps",
    "gaps-recalled",
    "choice",
    "choices",
    "in-order",
    "pairs",
    "signals",
    "flaw",
    "flaws",
    "estimate",
    "bet",
    "open",
];

/// A folder with a deck of one card, and a page with that card in its flow, for each card.
struct Shelves {
    _folder: tempfile::TempDir,
    libraries: Vec<Arc<Library>>,
}

static SHELVES: LazyLock<Shelves> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder");
    let (head, cards) = DECK.split_once("[[card]]\n").expect("cards");
    let libraries = cards.split("[[card]]\n").zip(CARDS).map(|(card, name)| {
        assert!(card.contains(&format!("id = \"{name}\"\n")), "{name} stands in its place");
        let at: PathBuf = folder.path().join(name);
        let page = format!(
            "+++\ntitle = \"Kinds of cards\"\npart = \"distributed\"\nsummary = \"All of them.\"\n+++\n\n\
             ## The problem\n\nA question in the flow of a page.\n\n```card kinds.{name}\n```\n\n\
             ## Virtual nodes\n\nAnd on it goes.\n"
        );
        for (path, text) in
            [("decks/kinds.toml", format!("{head}[[card]]\n{card}")), ("topics/own/kinds.md", page)]
        {
            let path = at.join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        }
        let library = Library::load(&[at]);
        assert_eq!(library.problems, [], "{name}");
        Arc::new(library)
    });
    let libraries = libraries.collect();
    Shelves { _folder: folder, libraries }
});

/// The application with one card of the deck and nothing asked yet.
fn app_with(name: &str, width: u16, height: u16) -> Model {
    let place = CARDS.iter().position(|card| *card == name).expect("a card of the deck");
    let (keys, problems) = KeyMap::new(&[], "config.toml");
    assert_eq!(problems, []);
    let learned = Learned { seconds_a_card: 20.0, ..Learned::default() };
    let library = Arc::clone(&SHELVES.libraries[place]);
    let scheduler = model::scheduler();
    let mut model = Model::new(Settings::default(), keys, library, learned, scheduler, model::noon());
    model.seed = 7;
    model::act(&mut model, Action::Resize(width, height));
    model
}

/// The Drill with a card on the table.
fn drill(name: &str, width: u16, height: u16) -> Model {
    let mut model = app_with(name, width, height);
    let start = Start::Drill { topics: vec!["kinds".into()], limit: None, cram: false };
    app::start(&mut model, start);
    assert!(model.drill.asking().is_some(), "{name} is asked:\n{}", text(&model));
    model
}

/// A page with the card in its flow, which has the keys.
fn page(name: &str, width: u16, height: u16) -> Model {
    let mut model = app_with(name, width, height);
    app::start(&mut model, Start::Topic("kinds".into()));
    press(&mut model, "tab");
    assert!(model.asking().is_some(), "{name} has the keys:\n{}", text(&model));
    model
}

/// The keys that answer the card on the table rightly, by what it is.
fn right_keys(model: &Model) -> String {
    let asked = &model.asking().expect("a question").asked;
    let word = |text: &str| -> String {
        let keys = text.chars().map(|c| if c == ' ' { "space".into() } else { c.to_string() });
        keys.collect::<Vec<_>>().join(" ")
    };
    let letter = |place: usize| char::from(b'a' + u8::try_from(place).expect("few"));
    match (&asked.variant, &asked.card.kind) {
        (Variant::Recall, _) => "space".into(),
        (Variant::Type { .. }, Kind::Basic { accept, .. }) => format!("{} enter", word(&accept[0])),
        (Variant::Type { .. }, Kind::Cloze { gaps, .. }) => {
            gaps.iter().map(|gap| format!("{} enter ", word(&gap.answers[0]))).collect()
        }
        (Variant::Pick { order, many }, Kind::Choice { options }) => {
            let right = order.iter().enumerate().filter(|(_, option)| options[**option].right);
            let keys: Vec<String> = right.map(|(place, _)| letter(place).to_string()).collect();
            format!("{}{}", keys.join(" "), if *many { " enter" } else { "" })
        }
        (Variant::Arrange { order }, _) => {
            // The last first, each to the top.
            let mut keys = String::new();
            for item in (0..order.len()).rev() {
                let place = order.iter().position(|of| *of == item).expect("every item is shown");
                keys.push_str(&format!("{} 1 ", letter(place)));
            }
            keys + "enter"
        }
        (Variant::Pair { lefts, rights }, _) => {
            let digit = |left: &usize| rights.iter().position(|right| right == left).expect("a partner") + 1;
            let keys: Vec<String> = lefts.iter().map(|left| digit(left).to_string()).collect();
            format!("{} enter", keys.join(" "))
        }
        (Variant::Class { order }, Kind::Sort { items, .. }) => {
            let keys: Vec<String> = order.iter().map(|&item| (items[item].class + 1).to_string()).collect();
            format!("{} enter", keys.join(" "))
        }
        (Variant::Point { flaws: 1, .. }, Kind::Spot { flaws, .. }) => {
            format!("{}enter", "j ".repeat(flaws[0].line))
        }
        (Variant::Point { .. }, Kind::Spot { flaws, .. }) => {
            let keys = flaws.iter().map(|flaw| format!("g {}space ", "j ".repeat(flaw.line)));
            format!("{}enter", keys.collect::<String>())
        }
        (Variant::Estimate(estimate), _) => format!("{} enter", word(&estimate.shown)),
        (Variant::Bet(bet), _) => {
            format!("{} enter", word(bet.unit.show(bet.truth()).trim_end_matches('%')))
        }
        (Variant::Open { points }, _) => {
            let ticks: Vec<String> = (0..*points).map(|place| letter(place).to_string()).collect();
            format!("tab {}", ticks.join(" "))
        }
        other => panic!("{other:?}"),
    }
}

/// The review that was to be saved.
fn review(effects: &[Effect]) -> Review {
    let saved = effects.iter().find_map(|effect| match effect {
        Effect::Save(review) => Some((**review).clone()),
        _ => None,
    });
    saved.expect("an answer is saved")
}

#[test]
fn every_kind_is_answered_by_keys() {
    for name in CARDS {
        let mut model = drill(name, 80, 24);
        let keys = right_keys(&model);
        press(&mut model, &keys);
        let asking = model.asking().expect("the card stays until it is graded");
        let verdict = asking.verdict.as_ref().unwrap_or_else(|| panic!("{name}:\n{}", text(&model)));
        let recalled = matches!(asking.asked.variant, Variant::Recall);
        assert_eq!(verdict.right, (!recalled).then_some(true), "{name}:\n{}", text(&model));
        assert_eq!(asking.proposed(), Some(Grade::Good), "{name}");
        let shown = text(&model);
        let says = recalled || name == "open" || shown.contains("✓ Right");
        assert!(says && shown.contains("3  Good") && shown.contains("Enter Good"), "{name}:\n{shown}");
        let effects = press(&mut model, "enter");
        assert_eq!(review(&effects).grade, Grade::Good, "{name}");
    }
}

#[test]
fn every_kind_is_answered_in_a_page() {
    for name in CARDS {
        let mut model = page(name, 100, 40);
        let keys = right_keys(&model);
        press(&mut model, &keys);
        let shown = text(&model);
        assert!(shown.contains("3  Good") && shown.contains("10 min"), "{name}:\n{shown}");
        let effects = press(&mut model, "enter");
        assert_eq!(review(&effects).grade, Grade::Good, "{name}");
        let shown = text(&model);
        assert!(shown.contains("saved: Good"), "{name}:\n{shown}");
    }
}

/// Where a text stands in the window.
fn cell_of(model: &Model, wanted: &str) -> (u16, u16) {
    let shown = text(model);
    for (row, line) in shown.lines().enumerate() {
        if let Some(at) = line.find(wanted) {
            let column = line[..at].chars().count();
            return (u16::try_from(column).expect("a cell"), u16::try_from(row).expect("a row"));
        }
    }
    panic!("no '{wanted}' in\n{shown}");
}

fn click(model: &mut Model, wanted: &str) {
    let (column, row) = cell_of(model, wanted);
    model::click(model, column, row);
}

/// What is under a cell.
fn under(model: &Model, column: u16, row: u16) -> Option<Target> {
    let mut buffer = Buffer::empty(Rect::new(0, 0, model.size.0, model.size.1));
    app::target_at(&ui::draw(model, Colours::None, &mut buffer), column, row)
}

#[test]
fn every_kind_is_answered_with_the_mouse() {
    for start in [drill, page] {
        let mut model = start("choice", 100, 40);
        click(&mut model, "61%");
        assert!(text(&model).contains("✓ Right"), "{}", text(&model));

        let mut model = start("choices", 100, 40);
        click(&mut model, "Consistent hashing");
        click(&mut model, "Rendezvous");
        press(&mut model, "enter");
        assert!(text(&model).contains("✓ Right"), "{}", text(&model));

        // Two clicks: what, and where to.
        let mut model = start("in-order", 100, 40);
        let items =
            ["The client hashes", "It looks for", "It asks the node", "The node misses", "The node keeps"];
        for (place, item) in items.into_iter().enumerate() {
            let row = cell_of(&model, &format!(" {}  ", place + 1)).1;
            let (column, from) = cell_of(&model, item);
            if from != row {
                model::click(&mut model, column, from);
                model::click(&mut model, column, row);
            }
        }
        press(&mut model, "enter");
        assert!(text(&model).contains("✓ Right"), "{}", text(&model));

        let mut model = start("pairs", 100, 40);
        for (left, right) in [
            ("Hash ring", "The owner is the next"),
            ("Directory", "The owner is looked up"),
            ("Jump hash", "Buckets are numbered"),
            ("Rendezvous", "The owner is the node"),
        ] {
            click(&mut model, left);
            click(&mut model, right);
        }
        press(&mut model, "enter");
        assert!(text(&model).contains("✓ Right"), "{}", text(&model));

        let mut model = start("signals", 100, 40);
        let column = |model: &Model, class: &str| cell_of(model, class).0;
        for (item, class) in
            [("perfectly", "1 trap"), ("With 150", "2 strong"), ("No key", "1 trap"), ("A hot", "2 strong")]
        {
            let (at, row) = (column(&model, class), cell_of(&model, item).1);
            model::click(&mut model, at, row);
        }
        press(&mut model, "enter");
        assert!(text(&model).contains("✓ Right"), "{}", text(&model));

        // The first click chooses, the second points.
        let mut model = start("flaw", 100, 40);
        click(&mut model, "next.map");
        assert!(model.asking().is_some_and(|asking| asking.verdict.is_none()));
        click(&mut model, "next.map");
        assert!(text(&model).contains("✓ Right"), "{}", text(&model));

        let mut model = start("flaws", 100, 40);
        click(&mut model, "half of the keys");
        click(&mut model, "hot keys too");
        press(&mut model, "enter");
        assert!(text(&model).contains("✓ Right"), "{}", text(&model));

        let mut model = start("gaps", 100, 40);
        click(&mut model, "…");
        press(&mut model, "n e w tab 1 / ( n + 1 ) enter enter");
        assert!(text(&model).contains("✓ Right"), "{}", text(&model));

        let mut model = start("open", 100, 40);
        press(&mut model, "tab");
        for point in ["Says what goes", "Names a ring", "Says what share", "Speaks of", "Names hot"] {
            click(&mut model, point);
        }
        let (column, row) = cell_of(&model, "Good");
        assert_eq!(review(&model::click(&mut model, column, row)).grade, Grade::Good);
    }
}

#[test]
fn an_item_is_dragged_to_its_place() {
    for start in [drill, page] {
        let mut model = start("in-order", 100, 40);
        let (column, from) = cell_of(&model, "The client hashes");
        let to = cell_of(&model, " 3  ").1;
        let to = if to == from { cell_of(&model, " 1  ").1 } else { to };
        let target = under(&model, column, from);
        model::act(&mut model, Action::Pointer(Pointer::Click(target)));
        // Where the button went down it comes up again: a click, and the item stays in hand.
        model::act(&mut model, Action::Pointer(Pointer::Release(target)));
        assert_eq!(cell_of(&model, "The client hashes").1, from);
        let target = under(&model, column, to);
        model::act(&mut model, Action::Pointer(Pointer::Release(target)));
        assert_eq!(cell_of(&model, "The client hashes").1, to, "{}", text(&model));
        assert!(!text(&model).contains("In hand"), "{}", text(&model));
    }
}

#[test]
fn what_is_missing_is_said_once_and_then_counts() {
    for (name, keys, said) in [
        ("pairs", "1 2 enter", "2 have no partner yet."),
        ("signals", "1 enter", "3 are not sorted yet."),
        ("flaws", "space enter", "1 of 2 are marked"),
        ("gaps", "tab x enter", "One gap is empty."),
        ("typed-word", "enter", "Nothing is typed yet."),
        ("estimate", "enter", "Commit to a number first"),
    ] {
        for start in [drill, page] {
            let mut model = start(name, 80, 24);
            press(&mut model, keys);
            let shown = text(&model);
            assert!(shown.contains(said) && shown.contains("Enter again"), "{name}:\n{shown}");
            assert_eq!(model.asking().and_then(Asking::proposed), None, "{name}");
            press(&mut model, "enter");
            let proposed = model.asking().and_then(Asking::proposed);
            assert!(proposed <= Some(Grade::Hard) && proposed.is_some(), "{name}: {proposed:?}");
        }
    }
    // A bet is a bet: without a number nothing runs.
    let mut model = drill("bet", 80, 24);
    press(&mut model, "enter enter enter");
    assert!(text(&model).contains("Commit to a number first, in percent."));
    assert_eq!(model.asking().and_then(Asking::proposed), None);
}

#[test]
fn hints_are_uncovered_one_by_one_and_cost_the_good() {
    for (name, key) in [("recall", "h"), ("in-order", "h"), ("gaps", "alt-h"), ("estimate", "alt-h")] {
        for start in [drill, page] {
            let mut model = start(name, 100, 30);
            let hints = model.asking().expect("a question").asked.card.hints.len();
            for left in (0..hints).rev() {
                let before = text(&model);
                assert!(before.contains(&format!("hint ({} left)", left + 1)), "{name}:\n{before}");
                press(&mut model, key);
                assert!(text(&model).contains(&format!("hint {}  ", hints - left)), "{}", text(&model));
            }
            let shown = text(&model);
            assert!(!shown.contains(" left)"), "{name}: no more are promised\n{shown}");
            let keys = right_keys(&model);
            press(&mut model, &keys);
            let asking = model.asking().expect("a question");
            assert_eq!(asking.proposed(), Some(Grade::Hard), "{name}");
            assert!(text(&model).contains("Hard at best"), "{name}:\n{}", text(&model));
        }
    }
}

/// Letters that name options are options, whatever command has them, and the command is still to be had.
#[test]
fn letters_of_options_come_before_commands() {
    // `b` and `d` scroll lists, `f` flags: as options they answer.
    for (key, place) in [("a", 0), ("b", 1), ("c", 2), ("d", 3)] {
        let mut model = drill("choice", 80, 24);
        press(&mut model, key);
        assert_eq!(model.asking().map(|asking| &asking.answer), Some(&Answer::Picked(vec![place])), "{key}");
    }
    let mut model = drill("open", 80, 24);
    press(&mut model, "tab e d");
    let ticked = Answer::Open { text: String::new(), ticked: vec![3, 4] };
    assert_eq!(model.asking().map(|asking| &asking.answer), Some(&ticked));
}

/// Keys whose names the footer shows do something now.
#[test]
fn the_footer_names_keys_that_act() {
    for name in CARDS {
        for start in [drill, page] {
            for size in [(80, 24), (200, 60)] {
                let mut model = start(name, size.0, size.1);
                for _ in 0..2 {
                    let shown = text(&model);
                    let footer = shown.lines().last().expect("a footer");
                    assert!(footer.contains("keys"), "{name}: a way to all keys\n{shown}");
                    let typed = model.types_text();
                    let letters = footer
                        .split("   ")
                        .filter_map(|entry| entry.split(' ').find(|word| !word.is_empty()));
                    for key in letters.filter(|_| typed) {
                        assert!(key.len() > 1, "{name}: '{key}' is text now\n{shown}");
                    }
                    let keys = right_keys(&model);
                    press(&mut model, &keys);
                }
            }
        }
    }
}

/// At any size what has the keys, what came of the answer and the grades are in sight.
#[test]
fn what_matters_is_in_sight_at_any_size() {
    let reversed = |model: &Model| {
        let buffer = draw(model, Colours::None);
        let body = 1..model.size.1.saturating_sub(1);
        let is = |x, y| {
            buffer.cell((x, y)).is_some_and(|cell| cell.modifier.contains(ratatui::style::Modifier::REVERSED))
        };
        body.clone().any(|y| (0..model.size.0).any(|x| is(x, y)))
    };
    for name in CARDS {
        for (width, height) in [(40, 12), (30, 10), (80, 24), (200, 60)] {
            let mut model = drill(name, width, height);
            let chooses = !matches!(
                model.asking().expect("a question").asked.variant,
                Variant::Recall | Variant::Pick { .. }
            );
            assert!(!chooses || reversed(&model), "{name} {width}x{height}:\n{}", text(&model));
            for key in ["j", "j", "j", "down", "down", "down", "down"] {
                press(&mut model, key);
                assert!(!chooses || reversed(&model), "{name} {width}x{height}:\n{}", text(&model));
            }
            let mut model = drill(name, width, height);
            let keys = right_keys(&model);
            press(&mut model, &keys);
            let shown = text(&model);
            let recalled = name == "open" || name == "recall" || name == "gaps-recalled";
            assert!(recalled || shown.contains("✓ Right"), "{name} {width}x{height}:\n{shown}");
            let grades = ["1  A", "2  H", "3  G", "4  E"].iter().all(|grade| shown.contains(grade));
            assert!(grades, "{name} {width}x{height}:\n{shown}");
        }
    }
}

#[test]
fn a_long_question_scrolls_and_its_field_stays() {
    let long = "A long story. ".repeat(60);
    let source = DECK.replace("A cache of {users} daily users", &format!("{long}{{users}} daily users"));
    let (deck, problems) = deck::parse("kinds.toml", &source);
    assert_eq!(problems, []);
    let card = deck.cards.iter().find(|card| card.id.0 == "kinds.estimate").expect("the card");
    let lines = Asking::new(card, 1).lines(36);
    let pinned = app::asking::pinned(&lines, 8);
    assert!(pinned >= 1 && lines[lines.len() - pinned].line.text().starts_with("your estimate"));
    assert_eq!(
        app::asking::top_of(&lines[..lines.len() - pinned], 0, false, 6),
        0,
        "its beginning is read first"
    );
}

#[test]
fn who_goes_away_counts_ten_minutes() {
    let mut model = drill("recall", 80, 24);
    model.now = model.now.plus_minutes(180);
    let effects = press(&mut model, "space enter");
    assert_eq!(review(&effects).took_millis, 10 * 60_000);
}

/// Esc leaves the text and not the session: nobody loses what they wrote to a habit.
#[test]
fn an_open_answer_is_left_and_gone_on_with() {
    for start in [drill, page] {
        let mut model = start("open", 100, 40);
        press(&mut model, "r i n esc");
        assert!(!model.types_text() && text(&model).contains("│ rin"), "{}", text(&model));
        assert!(text(&model).contains("i write on"), "{}", text(&model));
        press(&mut model, "i g tab b");
        let answer = Answer::Open { text: "ring".into(), ticked: vec![1] };
        assert_eq!(model.asking().map(|asking| asking.answer.clone()), Some(answer));
    }
}

#[test]
fn estimates_are_read_as_they_are_typed() {
    let mut model = drill("estimate", 100, 30);
    press(&mut model, "2 . 5 k");
    assert!(text(&model).contains("= 2,500 reads/s"), "{}", text(&model));
    press(&mut model, "ctrl-u 2 space G B enter");
    let shown = text(&model);
    assert!(model.asking().is_some_and(|asking| asking.verdict.is_none()), "{shown}");
    let mut model = drill("bet", 100, 30);
    press(&mut model, "1 / 1 1");
    assert!(text(&model).contains("= 9.1%"), "{}", text(&model));
}

fn a_key() -> impl Strategy<Value = Key> {
    let plain = prop::sample::select(vec![
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Tab,
        KeyCode::BackTab,
        KeyCode::Backspace,
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::PageUp,
        KeyCode::PageDown,
    ]);
    let letters: Vec<char> = "abcdefghijklmnoprstvwxyzJKGH1234567890 .%/µ漢".chars().collect();
    let code = prop_oneof![2 => plain, 3 => prop::sample::select(letters).prop_map(KeyCode::Char)];
    (code, prop::bool::weighted(0.1)).prop_map(|(code, alt)| Key { code, alt, ctrl: false, shift: false })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is pressed, at whatever size: nothing breaks, and Enter leads to a verdict, a bet's number apart.
    #[test]
    fn any_keys_come_to_a_verdict(
        card in prop::sample::select(CARDS.to_vec()),
        in_page in any::<bool>(),
        size in (1..140_u16, 1..50_u16),
        keys in prop::collection::vec(a_key(), 0..40),
    ) {
        let mut model = if in_page { page(card, 80, 24) } else { drill(card, 80, 24) };
        model::act(&mut model, Action::Resize(size.0, size.1));
        for key in keys {
            model::act(&mut model, Action::Key(key));
            draw(&model, Colours::True);
        }
        let Some(asking) = model.asking() else { return Ok(()) };
        // Leave the text that stands there, and give one that is read.
        let is_number = matches!(asking.asked.variant, Variant::Bet(_) | Variant::Estimate(_));
        let is_open = matches!(asking.asked.variant, Variant::Open { .. });
        let way_out = match (is_number, is_open) {
            (true, _) => ["end", "ctrl-u", "7", "enter", "enter", "enter"],
            (_, true) => ["tab", "enter", "tab", "enter", "tab", "enter"],
            _ => ["enter"; 6],
        };
        for key in way_out {
            if model.asking().is_some_and(|asking| asking.verdict.is_none()) {
                press(&mut model, key);
            }
        }
        if let Some(asking) = model.asking() {
            prop_assert!(asking.verdict.is_some(), "{card}:\n{}", text(&model));
        }
    }
}

/// Each kind before its answer and behind a wrong one, at three sizes.
#[test]
fn pictures() {
    for name in CARDS {
        let mut pictures = String::new();
        for (width, height) in [(40, 12), (80, 24), (100, 30)] {
            for (judged, keys) in [(false, ""), (true, wrong_keys(name))] {
                let mut model = drill(name, width, height);
                press(&mut model, keys);
                let asking = model.asking().expect("a question");
                assert_eq!(asking.verdict.is_some(), judged, "{name}:\n{}", text(&model));
                pictures.push_str(&format!("{width}x{height} {keys}\n{}\n\n", text(&model)));
            }
        }
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("card-{name}"), pictures);
        });
    }
}

/// Keys that answer a card, in part or not at all right.
fn wrong_keys(name: &str) -> &'static str {
    match name {
        "recall" | "gaps-recalled" => "space",
        "typed-word" => "v n o d s enter",
        "gaps" => "1 / n enter n e w enter",
        "choice" => "b",
        "choices" => "a b enter",
        "in-order" => "c 1 enter",
        "pairs" => "1 2 3 4 enter",
        "signals" => "1 1 2 2 enter",
        "flaw" => "j enter",
        "flaws" => "space j space enter",
        "estimate" => "7 0 0 enter",
        "bet" => "5 0 enter",
        "open" => "a space r i n g tab a c",
        _ => "enter",
    }
}

/// The key that checks or shows the answer stands in the footer of every window that has room for a word.
#[test]
fn the_key_that_goes_on_is_in_the_footer_of_narrow_windows() {
    let goes = |name: &str| match name {
        // A letter answers at once.
        "choice" => "a-d answer",
        "choices" | "in-order" | "pairs" | "signals" | "flaws" | "typed-word" | "estimate" => "Enter check",
        "gaps" => "Enter next",
        "flaw" => "Enter this line",
        "bet" => "Enter run it",
        "open" => "Tab show the points",
        _ => "Enter show the answer",
    };
    for name in CARDS {
        for width in [40, 60, 80, 120] {
            let shown = text(&drill(name, width, 12));
            let footer = shown.lines().last().unwrap_or_default();
            assert!(footer.contains(goes(name)), "{name} at {width}: {footer}");
        }
        let footer = text(&drill(name, 40, 12)).lines().last().unwrap_or_default().to_string();
        assert!(name != "flaws" || footer.contains("Space mark"), "{footer}");
    }
}

/// Where it is to be found out what is known, a bet can be left open: then it was not known. Elsewhere it cannot.
#[test]
fn a_bet_may_be_passed_over_in_a_quiz_only() {
    let enter = |asking: &mut Asking| asking.work(app::command::Do::Enter);
    for (may_pass, expected) in [(false, None), (true, Some(Grade::Again))] {
        let mut asking = drill("bet", 80, 24).asking().expect("a question").clone();
        asking.may_pass = may_pass;
        enter(&mut asking);
        assert!(asking.verdict.is_none() && asking.error.is_some(), "it is said once");
        enter(&mut asking);
        assert_eq!(asking.proposed(), expected);
    }
}
