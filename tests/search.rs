//! Search as one uses it: keys in, the very line on the screen; and the verb that does the same without one.

#[path = "support/model.rs"]
mod model;
#[path = "support/program.rs"]
mod program;

use std::sync::Arc;

use model::{act, draw, press, text};
use program::Home;
use serde_json::Value;
use sysdrill::app::reader::Origin;
use sysdrill::app::search::{Row, Search};
use sysdrill::app::{Action, Effect, Model, Overlay, Pointer, Tab, Target};
use sysdrill::config::theme::Colours;
use sysdrill::library::Library;
use sysdrill::library::search::{Hit, Index, Kind, Place};

/// Opens search and waits for the index, as the loop does it.
fn open(model: &mut Model, keys: &str) {
    let effects = press(model, keys);
    if effects.contains(&Effect::Index) {
        let index = Index::of_everything(&model.library);
        act(model, Action::Indexed(Arc::new(index)));
    }
}

fn search(model: &Model) -> &Search {
    match &model.overlay {
        Some(Overlay::Search(search)) => search,
        _ => panic!("search is not open:\n{}", text(model)),
    }
}

fn typed(model: &mut Model, words: &str) {
    act(model, Action::Paste(words.to_string()));
}

/// The hits that are shown, from the top.
fn shown(model: &Model) -> Vec<(Kind, Hit)> {
    let search = search(model);
    let hit = |row: &Row| match row {
        Row::Hit(group, hit) => {
            Some((search.found.groups[*group].kind, search.found.groups[*group].hits[*hit].clone()))
        }
        _ => None,
    };
    search.rows.iter().filter_map(hit).collect()
}

#[test]
fn names_are_found_at_once_and_everything_when_the_index_is_there() {
    let mut model = model::model(80, 24);
    assert_eq!(press(&mut model, "/"), [Effect::Index]);
    // A word that no name has.
    typed(&mut model, "doorman");
    assert!(shown(&model).is_empty() && text(&model).contains("being read"), "{}", text(&model));
    press(&mut model, "ctrl-u");
    typed(&mut model, "rate");
    assert_eq!(shown(&model)[0].0, Kind::Topic);
    // The row that is chosen stays chosen when more is found around it.
    press(&mut model, "down");
    let chosen = |model: &Model| {
        let search = search(model);
        match search.rows[search.chosen().expect("a row")] {
            Row::Hit(group, hit) => search.found.groups[group].hits[hit].place.clone(),
            _ => panic!("a hit is chosen"),
        }
    };
    let before = chosen(&model);
    let index = Arc::new(Index::of_everything(&model.library));
    act(&mut model, Action::Indexed(Arc::clone(&index)));
    assert_eq!(chosen(&model), before);
    assert!(shown(&model).iter().any(|(kind, _)| *kind == Kind::Text));
    press(&mut model, "esc");
    assert!(model.overlay.is_none());
    assert_eq!(press(&mut model, "/"), [], "it is made once");
    press(&mut model, "esc");

    // After the library was read again there is another one, and one of the old library is not taken.
    let library = Arc::new(Library::load(&[]));
    assert_eq!(act(&mut model, Action::Reloaded(Arc::clone(&library))), [Effect::Index]);
    act(&mut model, Action::Indexed(index));
    act(&mut model, Action::Indexed(Arc::new(Index::of_everything(&library))));
    press(&mut model, "/");
    typed(&mut model, "gcra");
    assert!(!shown(&model).is_empty());
}

#[test]
fn every_hit_leads_to_its_very_line_with_the_word_marked() {
    let mut jumps = 0;
    for query in ["bucket", "half-open", "virtual nodes", "the breaker", "redis", "threshold", "1/n"] {
        let mut model = model::model(100, 30);
        open(&mut model, "/");
        typed(&mut model, query);
        let count = search(&model).choices().count();
        for at in 0..count {
            let Row::Hit(group, hit) =
                search(&model).rows[search(&model).choices().nth(at).expect("it is there")]
            else {
                continue;
            };
            let (kind, hit) = (
                search(&model).found.groups[group].kind,
                search(&model).found.groups[group].hits[hit].clone(),
            );
            act(&mut model, Action::Pointer(Pointer::Click(Some(Target::Row(at)))));
            match &hit.place {
                Place::Page { topic, line: 1 } => {
                    assert_eq!(
                        (model.tab, model.reader.open.as_ref().map(|r| r.slug.as_str())),
                        (Tab::Library, Some(&**topic))
                    );
                }
                Place::Page { topic, line } => {
                    let reading = model.reader.open.as_ref().expect("a page");
                    assert_eq!((model.tab, reading.slug.as_str()), (Tab::Library, &**topic));
                    let seen = reading.top..reading.top + reading.height();
                    let stands = reading.page.line_of(*line);
                    assert!(seen.contains(&stands), "'{query}' {topic}:{line} is not in sight");
                    // What a sheet shows is drawn by the sheet.
                    let in_sheet = reading
                        .page
                        .live
                        .iter()
                        .any(|slot| (slot.line..slot.line + usize::from(slot.height)).contains(&stands));
                    if kind == Kind::Text && !in_sheet {
                        let found = &reading.find.hits[reading.find.at];
                        assert_eq!(reading.page.source[found[0].line], *line, "'{query}' at {topic}");
                        assert!(
                            seen.contains(&found[0].line),
                            "'{query}' {topic}:{line}: the mark is not in sight"
                        );
                        jumps += 1;
                    }
                }
                Place::Card(id) => {
                    assert_eq!(model.tab, Tab::Drill, "{id}");
                    press(&mut model, "esc esc");
                }
                Place::Decision(slug) => {
                    let reading = model.reader.open.as_ref().expect("a page");
                    assert_eq!(reading.origin, Origin::Tree(slug.to_string()));
                }
                Place::Demo(name) => {
                    assert_eq!(model.lab.open.as_ref().map(|player| player.spec().name), Some(*name));
                }
            }
            open(&mut model, "g /");
            if model.overlay.is_none() {
                // In a question letters are text.
                model = model::model(100, 30);
                open(&mut model, "/");
            }
            typed(&mut model, query);
        }
    }
    assert!(jumps > 30, "{jumps}");
}

#[test]
fn in_a_page_the_slash_finds_there_and_tab_goes_on_to_everything() {
    let mut model = model::model(100, 30);
    press(&mut model, "enter / r i n g");
    assert!(model.overlay.is_none() && model.reader.open.as_ref().is_some_and(|r| !r.find.hits.is_empty()));
    open(&mut model, "tab");
    assert_eq!(search(&model).field.text(), "ring");
    assert!(!shown(&model).is_empty());
    press(&mut model, "esc");
    assert!(model.reader.open.as_ref().is_some_and(|r| r.find.field.is_none() && r.find.hits.is_empty()));
    press(&mut model, "g /");
    assert_eq!(search(&model).field.text(), "", "everywhere, with an empty field");
}

#[test]
fn what_was_looked_for_is_offered_again() {
    let mut model = model::model(80, 24);
    open(&mut model, "/");
    assert!(text(&model).contains("initials"), "{}", text(&model));
    typed(&mut model, "gcra");
    press(&mut model, "enter g /");
    assert_eq!(search(&model).rows[1..], [Row::Words("gcra".into())]);
    press(&mut model, "enter");
    assert_eq!(search(&model).field.text(), "gcra");
    // A word that is nowhere: the nearest one is a row.
    press(&mut model, "ctrl-u");
    typed(&mut model, "dependnecy treshold");
    assert!(text(&model).contains("Nothing holds all of"), "{}", text(&model));
    press(&mut model, "enter");
    assert_eq!(search(&model).field.text(), "dependency threshold");
    assert!(!shown(&model).is_empty());
}

#[test]
fn tab_shows_one_kind_after_the_other_and_the_last_row_of_a_group_the_rest() {
    let mut model = model::model(80, 24);
    open(&mut model, "/");
    typed(&mut model, "request");
    let kinds: Vec<Kind> = search(&model).found.groups.iter().map(|group| group.kind).collect();
    assert!(kinds.len() >= 3, "{kinds:?}");
    for kind in &kinds {
        press(&mut model, "tab");
        assert_eq!(search(&model).only, Some(*kind));
        assert!(!shown(&model).is_empty() && shown(&model).iter().all(|(other, _)| other == kind));
    }
    press(&mut model, "tab");
    assert_eq!(search(&model).only, None);
    press(&mut model, "backtab");
    assert_eq!(search(&model).only, kinds.last().copied());
    press(&mut model, "tab");
    let more = search(&model).choices().position(|row| matches!(search(&model).rows[row], Row::More(..)));
    let more = more.expect("there are more than fit");
    act(&mut model, Action::Pointer(Pointer::Click(Some(Target::Row(more)))));
    assert!(search(&model).only.is_some());
    // A word that has none of that kind says so.
    press(&mut model, "ctrl-u");
    typed(&mut model, "zzzz");
    assert!(text(&model).contains("Tab shows all kinds"), "{}", text(&model));
}

#[test]
fn the_chosen_row_is_in_sight_at_any_size() {
    for (width, height) in [(80, 24), (40, 10), (20, 6), (120, 40), (8, 4), (1, 1), (200, 60)] {
        let mut model = model::model(width, height);
        open(&mut model, "/");
        typed(&mut model, "request");
        for key in
            ["down", "down", "pagedown", "pagedown", "up", "tab", "pagedown", "pageup", "ctrl-n", "ctrl-p"]
        {
            press(&mut model, key);
            draw(&model, Colours::None);
            let search = search(&model);
            let rows = sysdrill::app::search::frame(model.frame().body).list.height;
            let chosen = search.chosen().expect("something is found");
            let seen = search.list.top..search.list.top + usize::from(rows);
            assert!(rows == 0 || seen.contains(&chosen), "{width}x{height} {key}: {chosen} in {seen:?}");
        }
    }
}

#[test]
fn looks() {
    let check = |name: &str, keys: &str, words: &str| {
        for (width, height) in [(80, 24), (120, 40)] {
            let mut model = model::model(width, height);
            open(&mut model, "/");
            typed(&mut model, words);
            press(&mut model, keys);
            let shown = format!("{:?}", draw(&model, Colours::True));
            insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
                insta::assert_snapshot!(format!("{name}-{width}x{height}"), shown);
            });
        }
    };
    check("search-empty", "", "");
    check("search", "", "token bucket");
    check("search-text", "tab tab tab down", "bucket");
    check("search-nothing", "", "dependnecy treshold");
}

#[test]
fn without_a_screen_it_prints_the_places() {
    let home = Home::new();
    let done = home.run("search token bucket --limit 2");
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    let line = done.out.lines().find(|line| line.contains("rate-limiting:")).expect("a hit in the page");
    assert!(line.to_lowercase().contains("bucket"), "{line}");
    assert!(done.out.contains("\n  and ") && done.out.lines().any(|line| line == "Text"), "{}", done.out);
    assert!(!done.out.contains('\u{1b}'), "no colours into a pipe");
    assert!(home.run("search token bucket --color always").out.contains("\u{1b}[1;31mtoken bucket\u{1b}[0m"));

    let nothing = home.run("search qqqqqq");
    assert_eq!((nothing.code, nothing.out.as_str()), (1, ""));
    assert!(nothing.err.contains("'qqqqqq'"), "{}", nothing.err);
    assert!(home.run("search dependnecy treshold").err.contains("'dependency threshold'"));
    for wrong in ["search", "search --limit many ring", "search --limit"] {
        assert_eq!(home.run(wrong).code, 2, "{wrong}");
    }
    assert!(!home.data().exists(), "looking makes no data directory");
}

#[test]
fn its_json_is_that_of_the_document() {
    let home = Home::new();
    let keys =
        |value: &Value| -> Vec<String> { value.as_object().expect("an object").keys().cloned().collect() };
    let found = home.json("search bucket --json --limit 1");
    assert_eq!(keys(&found), ["query", "groups", "near"]);
    assert_eq!((&found["query"], found["near"].as_array().map(Vec::len)), (&Value::from("bucket"), Some(0)));
    for group in found["groups"].as_array().expect("a list") {
        assert_eq!(keys(group), ["kind", "total", "hits"]);
        let hit = &group["hits"][0];
        assert_eq!(keys(hit), ["topic", "line", "heading", "card", "demo", "decision", "name", "body"]);
        for part in ["name", "body"] {
            let (text, marks) =
                (hit[part]["text"].as_str().expect("a text"), hit[part]["marks"].as_array().expect("marks"));
            for mark in marks {
                let at =
                    |end: usize| usize::try_from(mark[end].as_u64().expect("a number")).expect("it fits");
                assert_eq!(text[at(0)..at(1)].to_lowercase(), "bucket");
            }
        }
    }
    let nothing = home.run("search qqqqqq --json");
    assert_eq!((nothing.code, nothing.out.trim()), (1, r#"{"query":"qqqqqq","groups":[],"near":[]}"#));
}
