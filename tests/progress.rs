//! Progress as a person uses it: keys in, screen out; and a learner made up, for looking at it.

#[path = "support/learner.rs"]
mod learner;
#[path = "support/model.rs"]
mod model;

use std::path::{Path, PathBuf};

use learner::Plan;
use model::{act, click, press, text};
use sysdrill::app::progress::figures::TopicFigures;
use sysdrill::app::progress::workload::Wanted;
use sysdrill::app::progress::{Figures, Fitting, Section};
use sysdrill::app::{Action, Effect, Model, Tab};
use sysdrill::config::theme::Colours;
use sysdrill::deck::Kind;
use sysdrill::library::Library;
use sysdrill::memory::{self, Fit, Rules, Scheduler};
use sysdrill::store::Store;

/// A learner of the library's own cards, some of which are bets, over two hundred days.
fn plan() -> Plan {
    let library = Library::load(&[]);
    let bets = |kind: &Kind| matches!(kind, Kind::Predict { .. });
    let cards = library.cards().map(|card| (card.id.0.clone(), bets(&card.kind))).collect();
    Plan { cards, new_a_day: 2, days: 200, until: model::noon(), most: usize::MAX, seed: 7 }
}

/// A store to look at: `SYSDRILL_DATA=DIR cargo test --test progress -- --ignored a_store`, then
/// `sysdrill --data DIR --at 2026-11-21T12:00:00Z`.
#[test]
#[ignore = "it writes a store where SYSDRILL_DATA says"]
fn a_store_to_look_at() {
    let directory = PathBuf::from(std::env::var_os("SYSDRILL_DATA").expect("SYSDRILL_DATA says where"));
    println!("{} answers", learner::write(&directory, &plan()));
}

const TOPICS: [(&str, &str, usize, &[usize]); 7] = [
    ("latency", "Latency numbers to know", 1, &[]),
    ("caching", "Caching", 1, &[0]),
    ("queues", "Queues", 1, &[0]),
    ("hashing", "Consistent hashing", 2, &[1]),
    ("quorums", "Quorums", 2, &[3]),
    ("consensus", "Consensus", 2, &[4]),
    ("own-notes", "My own notes", 0, &[]),
];

/// Figures of a learner and topics made up: content that grows does not change them.
fn figures() -> Figures {
    let home = tempfile::tempdir().expect("a directory");
    let cards = |topic: &str| -> Vec<(String, bool)> {
        (0..12).map(|card| (format!("{topic}.{card}"), card % 3 == 0)).collect()
    };
    let begun = ["latency", "caching", "queues", "hashing", "own-notes"];
    let plan = Plan {
        cards: begun.into_iter().flat_map(cards).collect(),
        new_a_day: 1,
        days: 170,
        until: model::noon(),
        most: usize::MAX,
        seed: 3,
    };
    learner::write(home.path(), &plan);
    of_store(home.path())
}

fn of_store(home: &Path) -> Figures {
    let store = Store::open(home).expect("a store");
    let scheduler = Scheduler::new(Rules::default()).expect("the usual rules");
    let mut figures = Figures::read(&store, &Library::default(), &scheduler, model::noon()).expect("figures");
    figures.phases = vec!["Foundations".to_string(), "Distributed systems".to_string()];
    for (at, (slug, title, phase, builds_on)) in TOPICS.into_iter().enumerate() {
        let answered = figures.tally.topics.contains_key(slug);
        let known = f64::from(u32::from(answered)) * (8 - at) as f64 * 3.0;
        figures.topics.push(TopicFigures {
            slug: slug.to_string(),
            title: title.to_string(),
            phase,
            written: phase > 0 && at != 5,
            builds_on: builds_on.to_vec(),
            leads_to: (0..TOPICS.len()).filter(|other| TOPICS[*other].3.contains(&at)).collect(),
            cards: if at == 5 { 0 } else { 12 },
            core: if at == 5 { 0 } else { 4 },
            learned: if answered { 11 - at as u32 } else { 0 },
            steps: u32::from(answered),
            due: if answered { at as u32 } else { 0 },
            weights: if at == 5 { (0.0, 0.0) } else { (28.0, known) },
        });
    }
    // Of cards that stand in no library nothing is known: what falls due is made up too.
    figures.due = (0..90).map(|day| (day * 37 % 11) / (1 + day / 20)).collect();
    (figures.due[0], figures.overdue, figures.seconds_a_card) = (9, 3, 18.0);
    figures
}

/// On Progress with figures made up, after some keys.
fn on(width: u16, height: u16, keys: &str) -> Model {
    let mut model = model::model(width, height);
    // Before the library's own figures are asked for: they change with its content.
    act(&mut model, Action::Figures(Box::new(figures())));
    act(&mut model, Action::Key("alt-6".parse().expect("a key")));
    press(&mut model, keys);
    model
}

const SCREENS: [(&str, &str); 12] = [
    ("map", "j"),
    ("map-weakest", "v"),
    ("retention", "]"),
    ("retention-topics", "] v"),
    ("forecast", "] ]"),
    ("forecast-90", "] ] v"),
    ("year", "] ] ]"),
    ("time", "[ [ ["),
    ("time-topics", "[ [ [ v v"),
    ("bets", "[ ["),
    ("bets-months", "[ [ v"),
    ("answers", "["),
];

#[test]
fn every_section_at_two_sizes() {
    for (name, keys) in SCREENS {
        for (width, height) in [(80, 24), (120, 40)] {
            let shown = format!("{:?}", model::draw(&on(width, height, keys), Colours::True));
            insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
                insta::assert_snapshot!(format!("progress-{name}-{width}x{height}"), shown);
            });
        }
    }
}

#[test]
fn sections_say_what_will_stand_in_them() {
    let mut model = model::model(80, 24);
    press(&mut model, "alt-6");
    let check = |model: &Model, expected: &str| assert!(text(model).contains(expected), "{}", text(model));
    check(&model, "No card was answered yet: Enter opens a topic's page");
    for expected in [
        "How much you recall",
        "How many cards fall due",
        "A year of study",
        "The time that answers take",
        "How far off your bets are",
        "How often each grade",
        "Simulating a year",
    ] {
        press(&mut model, "]");
        check(&model, expected);
        // A list that has nothing in it says the same.
        for _ in 0..3 {
            press(&mut model, "v");
            check(&model, expected);
        }
    }
    press(&mut model, "]");
    assert_eq!(model.progress.section, Section::Map);
}

#[test]
fn figures_are_asked_for_when_the_screen_is_opened_or_something_has_changed() {
    let mut model = model::model(80, 24);
    assert_eq!(press(&mut model, "alt-6"), [Effect::Figures]);
    let learned = Box::new(model.learned.clone());
    assert_eq!(act(&mut model, Action::Learned(learned.clone())), [Effect::Figures]);
    press(&mut model, "alt-1");
    assert_eq!(act(&mut model, Action::Learned(learned)), []);
    assert!(press(&mut model, "g t g T").is_empty(), "other tabs have no figures");
}

#[test]
fn the_map_leads_to_pages() {
    let mut model = model::model_with_progress(80, 24);
    press(&mut model, "alt-6");
    let first = model.library.written().next().expect("a page").slug.clone();
    // A heading is never chosen, at either end.
    for key in ["g", "G", "k", "g", "k"] {
        press(&mut model, key);
        let listing = model.progress.listing().expect("the map");
        assert!(listing.rows[model.progress.list.chosen].strip.is_none(), "after {key}");
    }
    press(&mut model, "home");
    while model.progress.listing().expect("the map").rows[model.progress.list.chosen].opens.as_ref()
        != Some(&first)
    {
        press(&mut model, "j");
    }
    assert!(text(&model).contains("leads to") && text(&model).contains("Enter open"), "{}", text(&model));
    press(&mut model, "enter");
    assert_eq!(model.tab, Tab::Library);
    assert_eq!(model.reader.open.as_ref().map(|page| page.slug.as_str()), Some(first.as_str()));
}

#[test]
fn the_mouse_switches_sections_and_chooses_topics() {
    let mut model = on(80, 24, "");
    let find = |model: &Model, what: &str| {
        let rows = text(model);
        let (y, row) =
            rows.lines().enumerate().find(|(_, row)| row.contains(what)).expect("it is on the screen");
        (row[..row.find(what).expect("it is there")].chars().count() as u16, y as u16)
    };
    let (x, y) = find(&model, "Forecast");
    click(&mut model, x, y);
    assert_eq!(model.progress.section, Section::Forecast);
    let (x, y) = find(&model, "Map");
    click(&mut model, x, y);
    let (x, y) = find(&model, "Queues");
    click(&mut model, x, y);
    let chosen = &model.progress.listing().expect("the map").rows[model.progress.list.chosen];
    assert_eq!(chosen.name, "Queues");
}

#[test]
fn nothing_is_lost_without_colour_or_unicode() {
    for (_, keys) in SCREENS {
        let mut model = on(80, 24, keys);
        model.settings.screen.ascii = true;
        let shown = text(&model);
        assert!(shown.is_ascii(), "{shown}");
    }
    // A year reads by its shades: what they mean stands below it.
    let mut model = on(80, 24, "] ] ]");
    model.settings.screen.ascii = true;
    let shown = text(&model);
    assert!(shown.contains("- 1-") && shown.contains('#'), "{shown}");
}

#[test]
fn low_windows_scroll() {
    let mut model = on(80, 14, "]");
    let above = text(&model);
    press(&mut model, "G");
    let below = text(&model);
    assert!(above.contains("Recalled of what") && !above.contains("off by"), "{above}");
    assert!(below.contains("off by") && !below.contains("Recalled of what"), "{below}");
    press(&mut model, "g k");
    assert_eq!(text(&model), above);
}

/// The section Workload asks for its simulation once, a fit that predicts better changes what comes, and the way back is a key.
#[test]
fn parameters_are_fitted_and_given_up_again() {
    let mut model = model::model(100, 30);
    act(&mut model, Action::Figures(Box::new(figures())));
    assert_eq!(press(&mut model, "alt-6"), [Effect::Figures]);
    assert_eq!(press(&mut model, "["), [Effect::Workload], "the last section comes before the first");
    assert_eq!(press(&mut model, "j v"), [], "once");
    assert_eq!(press(&mut model, "] ["), [], "also by whoever leaves and comes back while it is being made");
    // Where it failed, the next look asks again.
    act(&mut model, Action::Workload(Vec::new()));
    assert_eq!(press(&mut model, "v"), [Effect::Workload]);
    let wanted = Wanted { rules: Rules::default(), new_per_day: 10, now: model.now, days: 60 };
    let home = tempfile::tempdir().expect("a directory");
    let found =
        wanted.simulate(&Store::open(home.path()).expect("a store"), &model.library).expect("simulated");
    act(&mut model, Action::Workload(found));
    assert!(text(&model).contains("90%  set now"));
    assert_eq!(press(&mut model, "f"), [Effect::Fit]);
    let figures = |log_loss| memory::Figures { log_loss, rmse: 0.05 };
    let parameters: Vec<f32> = Rules::default().parameters.iter().map(|number| number * 1.01).collect();
    let fit = |fitted| {
        let (present, fitted) = (figures(0.34), figures(fitted));
        Fitting::Done(Box::new(Fit {
            parameters: parameters.clone(),
            reviews: 500,
            held_out: 100,
            present,
            fitted,
        }))
    };
    // What predicts no better is told and not used.
    assert_eq!(act(&mut model, Action::Fitting(fit(0.35))), []);
    assert!(text(&model).contains("predicts no better: log loss 0.3500 against 0.3400"));
    assert_eq!(act(&mut model, Action::Fitting(fit(0.33))), [Effect::Parameters(Some(parameters.clone()))]);
    model.learned.own_parameters = Some(parameters.clone());
    assert_eq!(act(&mut model, Action::Parameters), [Effect::Workload]);
    assert_eq!(model.schedulers.usual().rules().parameters, parameters);
    assert_eq!(press(&mut model, "F"), [Effect::Parameters(None)]);
    model.learned.own_parameters = None;
    act(&mut model, Action::Parameters);
    assert_eq!(model.schedulers.usual().rules().parameters, Rules::default().parameters);
}

/// In a wide window the map shows the phases side by side, and the arrows go from one to the other.
#[test]
fn the_map_is_drawn_in_wide_windows() {
    let mut model = model::model(160, 50);
    press(&mut model, "alt-6");
    act(&mut model, Action::Figures(Box::new(figures())));
    press(&mut model, "home");
    let shown = text(&model);
    let heads = shown.lines().find(|line| line.contains("Foundations")).expect("a row of headings");
    assert!(heads.contains("Distributed systems") && heads.contains("Beside the path"), "{shown}");
    // What the chosen topic leads to is marked where it stands.
    let marked = |shown: &str, title: &str| {
        let line = shown.lines().find(|line| line.contains(title)).expect("a topic");
        let before = &line[..line.find(title).expect("it is there")];
        before.trim_end().chars().last().filter(|mark| "▸▴▾".contains(*mark))
    };
    assert_eq!(marked(&shown, "Latency numbers"), Some('▸'));
    assert_eq!((marked(&shown, "Caching"), marked(&shown, "Quorums")), (Some('▾'), None));
    press(&mut model, "right");
    let shown = text(&model);
    assert_eq!((marked(&shown, "Consistent hashing"), marked(&shown, "Caching")), (Some('▸'), Some('▴')));
    press(&mut model, "right left left");
    assert_eq!(marked(&text(&model), "Latency numbers"), Some('▸'));
    // Sections have their own keys there; in a narrow window the arrows go to the next section.
    press(&mut model, "]");
    assert_eq!(model.progress.section, Section::Retention);
    press(&mut model, "[");
    act(&mut model, Action::Resize(100, 30));
    press(&mut model, "right");
    assert_eq!(model.progress.section, Section::Retention);
}
