//! The reader as somebody uses it, without a terminal: keys in, what is shown and what is remembered out.

#[path = "support/model.rs"]
mod model;

use std::borrow::Cow;
use std::path::PathBuf;

use model::{act, model, press, text};
use proptest::prelude::*;
use sysdrill::app::reader::Reading;
use sysdrill::app::{self, Action, Bookmark, Effect, Model, Start, Tab};
use sysdrill::doc;
use sysdrill::library::File;

fn reading(model: &Model) -> &Reading {
    model.reader.open.as_deref().expect("a page is open")
}

/// The application with a file open, at its top.
fn with_file(source: &str, width: u16, height: u16) -> Model {
    let mut model = model(width, height);
    show_file(&mut model, "/notes/page.md", source);
    model
}

fn file(path: &str, source: &str) -> Box<File> {
    let text = Cow::Owned(source.to_string());
    Box::new(File { name: path.trim_start_matches('/').into(), text, path: Some(PathBuf::from(path)) })
}

fn show_file(model: &mut Model, path: &str, source: &str) {
    act(model, Action::FileRead(file(path, source), None));
}

/// The line at the top of the window.
fn top(model: &Model) -> String {
    let reading = reading(model);
    reading.page.lines.get(reading.top).map(doc::Line::text).unwrap_or_default()
}

/// A page of sections, each of so many paragraphs of two lines.
fn sections(count: usize, paragraphs: usize) -> String {
    let mut source = String::from("# Title\n\nintro\n");
    for section in 1..=count {
        source.push_str(&format!("\n## Section {section}\n"));
        for paragraph in 1..=paragraphs {
            source.push_str(&format!("\nParagraph {paragraph} of section {section}.\n"));
        }
    }
    source
}

#[test]
fn the_outline_takes_the_keys_and_leads() {
    let mut model = with_file(&sections(5, 20), 120, 40);
    assert_eq!(top(&model), "Title");
    press(&mut model, "o j j enter");
    assert_eq!(top(&model), "Section 3");
    // Back to where one was before the jump, and forward again.
    press(&mut model, "backspace");
    assert_eq!(top(&model), "Title");
    press(&mut model, "L");
    assert_eq!(top(&model), "Section 3");
    press(&mut model, "H");
    assert_eq!(top(&model), "Title");
    // Esc leaves it; a second o puts it away, a third brings it back.
    press(&mut model, "o esc j");
    assert_eq!(reading(&model).top, 1);
    assert!(text(&model).contains("Section 5"), "beside the page");
    press(&mut model, "o o");
    assert!(!text(&model).contains("Section 5"), "{}", text(&model));
    press(&mut model, "o");
    assert!(text(&model).contains("Section 5"));
    // In a narrow window it lies over the page.
    press(&mut model, "esc");
    act(&mut model, Action::Resize(60, 20));
    assert!(!text(&model).contains("Section 5"));
    press(&mut model, "o");
    assert!(text(&model).contains("Outline") && text(&model).contains("Section 5"));
    press(&mut model, "G enter");
    assert!(text(&model).contains("Section 5"), "{}", text(&model));
    assert!(!text(&model).contains("Outline"));
}

#[test]
fn topics_around_a_page_are_in_its_outline() {
    let mut model = model(120, 40);
    app::start(&mut model, Start::Topic("circuit-breaker".into()));
    let here = reading(&model).slug.clone();
    // From the last row up: those of topics that are not written yet lead nowhere.
    for up in 0..20 {
        press(&mut model, &format!("o G {} enter", "k ".repeat(up)));
        if reading(&model).slug != here {
            break;
        }
    }
    assert_ne!(reading(&model).slug, here);
    press(&mut model, "q");
    assert_eq!(reading(&model).slug, here);
}

#[test]
fn what_was_passed_over_is_not_read() {
    let effects_of = |keys: &str| -> Vec<(String, bool)> {
        let mut model = model(80, 24);
        let mut effects = press(&mut model, "alt-2 enter");
        effects.extend(press(&mut model, keys));
        let marks = effects.into_iter().filter_map(|effect| match effect {
            Effect::ReadMark(_, section, read) => Some((section, read)),
            _ => None,
        });
        marks.collect()
    };
    assert_eq!(
        effects_of("G"),
        [("cheat-sheet".to_string(), true)].as_slice()[..0],
        "a jump reads nothing whole"
    );
    let through = effects_of(&"space ".repeat(60));
    let mut all = model(80, 24);
    press(&mut all, "alt-2 enter");
    let sections: Vec<(String, bool)> =
        reading(&all).sections.iter().map(|section| (section.id.clone(), true)).collect();
    assert_eq!(through, sections, "read from the top to the end, each section once and in order");
    // By hand, and back.
    assert_eq!(effects_of("] x"), [("the-problem".to_string(), true)]);
    assert_eq!(effects_of("] x x").len(), 2);
}

#[test]
fn a_mark_on_a_read_section_counts_as_seen() {
    let mut model = model(80, 24);
    press(&mut model, "alt-2 enter ] ] x q");
    let before = model.learned.positions.values().next().map_or(0.0, |position| position.share);
    press(&mut model, "enter");
    assert!(reading(&model).seen_share() > before, "the whole section counts, not what was on the screen");
}

#[test]
fn bookmarks_stand_on_top_of_the_list() {
    let mut model = model(100, 30);
    press(&mut model, "alt-2 enter ] ] ] m");
    let heading = |model: &Model| {
        let reading = reading(model);
        reading.heading().map(|at| reading.document.headings[at].id.clone())
    };
    let here = heading(&model);
    let slug = reading(&model).slug.clone();
    let set = Bookmark { topic: slug.clone(), section: here.clone().unwrap_or_default() };
    assert_eq!(model.learned.bookmarks, std::slice::from_ref(&set));
    press(&mut model, "g g q");
    let list = text(&model);
    assert!(list.contains("Bookmarks"), "{list}");
    press(&mut model, "g enter");
    assert_eq!((&reading(&model).slug, heading(&model)), (&slug, here));
    // The same key takes it away, here or in the list.
    press(&mut model, "m");
    assert_eq!(model.learned.bookmarks, []);
    press(&mut model, "m q g m");
    assert_eq!(model.learned.bookmarks, []);
    // A bookmark in a file is opened by reading the file.
    model.learned.bookmarks.push(Bookmark { topic: "file:/notes/x.md".into(), section: "part-two".into() });
    assert!(text(&model).contains("x.md › part two"), "{}", text(&model));
    assert_eq!(
        press(&mut model, "g enter").last(),
        Some(&Effect::ReadFile("/notes/x.md".into(), Some("part-two".into())))
    );
}

#[test]
fn a_footnote_there_and_back() {
    let source = format!(
        "Text[^a] and[^b].\n{}\n[^a]: The first note.\n[^b]: The *second* note.\n",
        "\nmore\n".repeat(60)
    );
    let mut model = with_file(&source, 80, 24);
    press(&mut model, "tab");
    assert!(text(&model).contains("The first note."), "what it says is seen before one goes there");
    press(&mut model, "tab enter");
    assert!(text(&model).contains("[2] The second note."), "{}", text(&model));
    press(&mut model, "backspace");
    assert!(top(&model).starts_with("Text[1]"), "{}", text(&model));
}

#[test]
fn links_lead_to_headings_files_topics_and_out() {
    let source = "[down](#end) [other](sub/other.md#two) [dots](../a%20b.md) [topic](rate-limiting) \
        [out](https://example.org/x) [gone](#nowhere)\n\n"
        .to_string()
        + &"text\n\n".repeat(60)
        + "## End\n\nlast\n";
    let check = |tabs: usize| {
        let mut model = with_file(&source, 80, 24);
        let effects = press(&mut model, &("tab ".repeat(tabs) + "enter"));
        (model, effects)
    };
    let (model, _) = check(1);
    assert!(text(&model).contains("last"), "{}", text(&model));
    for (tabs, path, heading) in [(2, "/notes/sub/other.md", Some("two")), (3, "/notes/../a b.md", None)] {
        let (_, effects) = check(tabs);
        assert_eq!(effects, [Effect::ReadFile(path.into(), heading.map(str::to_string))]);
    }
    let (model, _) = check(4);
    assert_eq!(reading(&model).topic(), Some("rate-limiting"));
    let (model, effects) = check(5);
    assert_eq!(effects, [Effect::Copy("https://example.org/x".into())]);
    assert!(text(&model).contains("Copied"), "{}", text(&model));
    let (mut model, _) = check(6);
    assert!(text(&model).contains("no heading 'nowhere'"), "{}", text(&model));
    // Nothing was left, so there is nothing to go back to but the list.
    press(&mut model, "q");
    assert!(model.reader.open.is_none());
}

#[test]
fn files_that_link_in_a_circle_are_walked_for_ever() {
    let mut model = with_file("# A\n\n[b](b.md)\n", 80, 24);
    for round in 0..300 {
        let (path, source) = if round % 2 == 0 {
            ("/notes/b.md", "# B\n\n[a](page.md)\n")
        } else {
            ("/notes/page.md", "# A\n\n[b](b.md)\n")
        };
        let asked = press(&mut model, "tab enter");
        assert!(matches!(asked.as_slice(), [.., Effect::ReadFile(..)]), "{asked:?}");
        show_file(&mut model, path, source);
    }
    assert!(model.reader.back.len() <= 200, "history has an end");
    press(&mut model, "backspace");
    assert_eq!(reading(&model).title, "B");
}

#[test]
fn a_fold_opens_by_hand_by_a_hit_and_by_a_jump() {
    let source = "# T\n\n<details>\n<summary>More</summary>\n\nhidden words\n\n## Inside\n\nend\n\n</details>\n\nafter\n";
    let mut model = with_file(source, 80, 24);
    assert!(!text(&model).contains("hidden words"), "{}", text(&model));
    press(&mut model, "tab enter");
    assert!(text(&model).contains("hidden words"), "{}", text(&model));
    press(&mut model, "enter");
    assert!(!text(&model).contains("hidden words"));
    press(&mut model, "/ h i d d e n");
    assert!(text(&model).contains("hidden words") && text(&model).contains("1 of 1"), "{}", text(&model));
    let mut model = with_file(source, 80, 24);
    act(&mut model, Action::FileRead(file("/notes/other.md", "[x](page.md#inside)"), None));
    act(&mut model, Action::FileRead(file("/notes/page.md", source), Some("inside".into())));
    assert!(text(&model).contains("hidden words") || top(&model).contains("Inside"), "{}", text(&model));
}

#[test]
fn a_phrase_is_found_across_the_end_of_a_line() {
    let mut model = with_file("alpha beta gamma delta\n\n> alpha beta gamma delta\n", 40, 24);
    act(&mut model, Action::Resize(14, 24));
    press(&mut model, "/ b e t a space g a m m a enter");
    let find = &reading(&model).find;
    assert_eq!(find.hits.len(), 2, "{}", text(&model));
    assert!(find.hits.iter().all(|hit| hit.len() == 2), "each on two lines: {:?}", find.hits);
    // The cells are those of the words.
    let lines = &reading(&model).page.lines;
    for reach in find.hits.iter().flatten() {
        let line = lines[reach.line].window(reach.start, reach.end - reach.start).text();
        assert!(["beta", "gamma"].contains(&line.as_str()), "{line:?}");
    }
}

#[test]
fn a_table_by_itself_pans_and_is_copied_as_it_was_written() {
    let columns = 30;
    let row = |cell: &dyn Fn(usize) -> String| -> String {
        (0..columns).fold("|".to_string(), |row, column| row + &cell(column) + "|")
    };
    let mut source = format!("before\n\n{}\n{}\n", row(&|c| format!("column {c}")), row(&|_| "---".into()));
    for line in 0..50 {
        source.push_str(&(row(&|c| format!("{line} times {c}")) + "\n"));
    }
    let mut model = with_file(&(source.clone() + "\nafter\n"), 80, 24);
    assert!(text(&model).contains("z as a table"), "{}", text(&model));
    press(&mut model, "z");
    assert!(text(&model).contains("column 0") && text(&model).contains("0 times 0"));
    assert!(!text(&model).contains("column 29"));
    press(&mut model, "$");
    assert!(text(&model).contains("column 29"), "{}", text(&model));
    // The head stays while the rows scroll.
    press(&mut model, "G");
    let shown = text(&model);
    assert!(shown.contains("49 times 29") && shown.contains("column 29"), "{shown}");
    let copied = press(&mut model, "y");
    assert_eq!(copied, [Effect::Copy(source["before\n\n".len()..].trim_end().to_string())]);
    press(&mut model, "z");
    assert!(text(&model).contains("before"));
}

#[test]
fn the_head_of_a_long_table_stays_in_sight() {
    let rows: String = (0..80).map(|row| format!("| {row} | value {row} |\n")).collect();
    let mut model = with_file(&format!("| number | what |\n|---|---|\n{rows}\nafter\n"), 80, 24);
    press(&mut model, "space");
    let shown = text(&model);
    assert!(shown.contains("number") && !shown.contains("value 10 "), "{shown}");
    // Nobody who reads on misses a row: what the head hides was the end of the screen before.
    let seen = |model: &Model| -> Vec<usize> {
        (0..80)
            .filter(|row| text(model).lines().any(|line| line.trim_end().ends_with(&format!("value {row}"))))
            .collect()
    };
    press(&mut model, "g");
    let mut all = seen(&model);
    for _ in 0..6 {
        press(&mut model, "space");
        all.extend(seen(&model));
    }
    all.sort_unstable();
    all.dedup();
    assert_eq!(all, (0..80).collect::<Vec<_>>());
    // What was looked for is never beneath it.
    press(&mut model, "home / v a l u e space 4 0 enter");
    assert!(seen(&model).contains(&40), "{}", text(&model));
}

#[test]
fn of_several_blocks_one_is_chosen_by_its_letter() {
    let mut model = with_file("```\nfirst\n```\n\n| a |\n|---|\n| b |\n\n```rust\nsecond\n```\n", 80, 24);
    assert_eq!(press(&mut model, "y"), []);
    let shown = text(&model);
    let lettered = |letter: &str| shown.lines().filter(|line| line.ends_with(letter)).count();
    assert_eq!([lettered("   a"), lettered("   b"), lettered("   c")], [1, 1, 1], "{shown}");
    assert_eq!(press(&mut model, "c"), [Effect::Copy("second".into())]);
    assert_eq!(press(&mut model, "y b"), [Effect::Copy("| a |\n|---|\n| b |".into())]);
    assert_eq!(press(&mut model, "y esc"), []);
    assert!(
        matches!(press(&mut model, "Y").as_slice(), [Effect::Copy(all)] if all.starts_with("```\nfirst"))
    );
}

#[test]
fn a_sheet_in_a_page_is_changed_in_place_and_stays_in_the_file() {
    let mut model =
        with_file("```calc\nreads = 6 reads/s\n#= 6 reads/s\nday = reads * 86_400 s\n```\n", 80, 24);
    assert!(text(&model).contains("518,400") || text(&model).contains("518 k"), "{}", text(&model));
    press(&mut model, "tab enter");
    assert!(model.types_text(), "letters are text now");
    press(&mut model, "up home right right right right right right right right delete 1 2");
    assert!(text(&model).contains("reads = 12 reads/s"), "{}", text(&model));
    assert!(text(&model).contains("1.04 M") || text(&model).contains("1,036,800"), "{}", text(&model));
    press(&mut model, "alt-r");
    assert!(text(&model).contains("reads = 6 reads/s"), "{}", text(&model));
    press(&mut model, "x esc q");
    assert!(model.reader.open.is_none());
}

#[test]
fn a_page_that_changes_on_disk_keeps_its_place_and_what_runs_in_it() {
    let source = sections(6, 20) + "\n```demo ring nodes=4\n```\n";
    let mut model = with_file(&source, 100, 30);
    press(&mut model, "o G enter");
    let place = top(&model);
    press(&mut model, "G tab enter . . .");
    let events = |model: &Model| {
        reading(model).live.values().find_map(|block| match block {
            app::live::LiveBlock::Demo(player) => Some(player.run.events()),
            _ => None,
        })
    };
    let before = events(&model);
    assert!(before > Some(0), "{before:?}");
    press(&mut model, "esc o G enter");
    assert_eq!(top(&model), place);
    let steps = model.reader.back.len();
    show_file(&mut model, "/notes/page.md", &source.replace("Paragraph 7 of section 6.", "Paragraph seven."));
    assert_eq!(top(&model), place);
    assert!(text(&model).contains("Paragraph seven."), "{}", text(&model));
    assert_eq!(events(&model), before, "the demo goes on where it was");
    assert_eq!(model.reader.back.len(), steps, "a reload is no step of the history");
}

#[test]
fn all_cheat_sheets_stand_in_one_list() {
    let mut model = model(100, 30);
    press(&mut model, "alt-2 c");
    assert!(text(&model).contains("Cheat sheets"), "{}", text(&model));
    press(&mut model, "enter");
    assert!(reading(&model).cheat);
    press(&mut model, "c");
    assert!(!reading(&model).cheat, "the page behind it");
    press(&mut model, "q");
    assert!(text(&model).contains("Cheat sheets"), "{}", text(&model));
    press(&mut model, "q");
    assert!(!text(&model).contains("Cheat sheets") && model.tab == Tab::Library, "{}", text(&model));
}

#[test]
fn tab_reaches_everything_on_a_page() {
    let mut model = model(80, 24);
    app::start(&mut model, Start::Topic("circuit-breaker".into()));
    let mut walked = std::collections::HashSet::new();
    for _ in 0..300 {
        press(&mut model, "tab");
        match reading(&model).focus {
            Some(focus) => assert!(walked.insert(format!("{focus:?}")), "{focus:?} twice before the end"),
            None => break,
        }
    }
    let shown = reading(&model);
    assert!(shown.page.is_complete());
    let live = shown.page.live.iter().filter(|slot| walked.contains(&format!("Live({})", slot.live))).count();
    assert_eq!(live, shown.page.live.len());
}

#[test]
fn of_a_long_file_only_what_is_needed_is_laid_out() {
    let source = sections(4000, 20);
    let mut model = with_file(&source, 100, 30);
    assert!(!reading(&model).page.is_complete());
    let laid_out = reading(&model).page.lines.len();
    assert!(laid_out < 1000, "{laid_out} lines for a window of 26");
    press(&mut model, "space space space");
    assert!(reading(&model).page.lines.len() < 2000);
    press(&mut model, "G");
    assert!(text(&model).contains("Paragraph 20 of section 4000."), "{}", text(&model));
    press(&mut model, "backspace");
    assert!(text(&model).contains("section 2"), "{}", text(&model));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// The hits of a page are those that a plain search of its text finds: paragraphs of words, at any width.
    #[test]
    fn hits_are_those_of_a_naive_search(
        paragraphs in prop::collection::vec(prop::collection::vec("[abÄß]{1,3}", 1..30), 1..6),
        wanted in prop::collection::vec("[abÄß]{1,3}", 1..3),
        width in 20u16..90,
    ) {
        let source = paragraphs.iter().map(|words| words.join(" ")).collect::<Vec<_>>().join("\n\n");
        let mut model = with_file(&source, width, 24);
        let wanted = wanted.join(" ");
        let keys: Vec<String> = wanted.chars().map(|c| if c == ' ' { "space".into() } else { c.to_string() }).collect();
        press(&mut model, &format!("/ {} enter", keys.join(" ")));
        let naive: usize = paragraphs
            .iter()
            .map(|words| words.join(" ").to_lowercase().matches(&wanted.to_lowercase()).count())
            .sum();
        prop_assert_eq!(reading(&model).find.hits.len(), naive);
    }
}

#[test]
fn a_link_to_a_heading_that_is_not_there_keeps_the_focus() {
    let mut model = with_file("# T\n\n[a](#nowhere) [b](other.md)\n", 80, 24);
    press(&mut model, "tab enter");
    assert!(text(&model).contains("This page has no heading 'nowhere'."), "{}", text(&model));
    // So the next one is b, and not a again.
    let effects = press(&mut model, "tab enter");
    assert!(
        matches!(&effects[..], [Effect::ReadFile(path, None)] if path.ends_with("other.md")),
        "{effects:?}"
    );
}

#[test]
fn finding_opens_only_what_hides_the_word() {
    let fold =
        |name: &str, text: &str| format!("<details>\n<summary>{name}</summary>\n\n{text}\n\n</details>\n\n");
    let source = format!("# T\n\n{}{}", fold("one", "alpha"), fold("two", "another"));
    let mut model = with_file(&source, 80, 24);
    let open = |model: &Model| reading(model).page.folds.iter().map(|fold| fold.open).collect::<Vec<_>>();
    assert_eq!(open(&model), [false, false]);
    // The letter a stands in both, and the word in one.
    press(&mut model, "/ a");
    assert_eq!(open(&model), [true, true]);
    press(&mut model, "n o");
    assert_eq!(open(&model), [false, true]);
    press(&mut model, "enter");
    assert_eq!(open(&model), [false, true]);
    // Given up, all is as it was; and what was opened by the last search stays open.
    press(&mut model, "/ a l esc");
    assert_eq!(open(&model), [false, true]);
    assert_eq!(reading(&model).find.hits.len(), 0);
}

#[test]
fn the_footer_names_no_key_that_does_nothing() {
    let mut model = with_file("# T\n\n```\ncode\n```\n", 100, 24);
    press(&mut model, "z");
    let footer = text(&model).lines().last().unwrap_or_default().to_string();
    assert!(footer.contains("z close") && !footer.contains("Enter"), "{footer}");
}
