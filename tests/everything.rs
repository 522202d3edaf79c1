//! A page that holds everything (`tests/data/everything.md`), as it is drawn from its first line to its last in windows
//! of 40, 80 and 120 columns, all folds open, with styles. The window is made as high as the page, so that the
//! snapshots show all of it; colours are the sixteen with names, so that they can be read.
//!
//! After a change on purpose: `INSTA_UPDATE=always cargo test --test everything`, and read the difference. A line of the
//! page is followed by a line for its styles, where it has any: from which cell to which, and what.

#[path = "support/model.rs"]
mod model;

use std::fmt::Write as _;
use std::sync::Arc;

use model::{act, draw, press};
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use sysdrill::app::{Action, Effect, Model};
use sysdrill::config::theme::Colours;
use sysdrill::doc::Syntaxes;
use sysdrill::library::File;

/// The page.
const EVERYTHING: &str = include_str!("data/everything.md");

#[test]
fn the_whole_page_at_three_widths() {
    for width in [40, 80, 120] {
        let mut model = model::model(width, 24);
        open(&mut model, EVERYTHING);
        let shown = described(&draw(&model, Colours::Sixteen));
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("everything-{width}"), shown);
        });
    }
}

/// What the snapshots are worth: words that every part of the file has must be seen at every width.
#[test]
fn nothing_of_it_is_left_out() {
    for width in [40, 80, 120] {
        let mut model = model::model(width, 24);
        open(&mut model, EVERYTHING);
        let text: String = model::text(&model).split_whitespace().collect();
        for words in [
            "title: How a request travels",
            "each heading says which",
            "pictures/way.png",
            "A second paragraph belongs to the same item",
            "somebody has tried it",
            "It finds the connection open",
            "Its text is seen at once",
            "A language that nobody knows stays",
            "no card is called",
            "no demo is called",
            "no decision tree is called",
            "The time to live of the record",
            "Of level 6",
            "The answer has arrived.",
        ] {
            let wanted: String = words.split_whitespace().collect();
            assert!(text.contains(&wanted), "{words:?} is not seen at {width} columns");
        }
        for hidden in ["Acommentisnotshown", "Acommentofseverallines", "<details>", "<kbd>"] {
            assert!(!text.contains(hidden), "{hidden:?} is seen at {width} columns");
        }
    }
}

/// Opens a text as a file of its own, opens its folds, gives its code colours, and makes the window as high as it.
fn open(model: &mut Model, text: &str) {
    let file = File { name: "everything.md".into(), text: text.to_string().into(), path: None };
    let mut effects = act(model, Action::FileRead(Box::new(file), None));
    // The outline beside the page is not part of it.
    press(model, "o o");
    for fold in 0.. {
        let reading = model.reader.open.as_mut().expect("the page is open");
        reading.act(sysdrill::app::command::Do::Bottom);
        let closed = reading.page.folds.iter().position(|fold| !fold.open);
        let Some(closed) = closed else { break };
        assert!(fold < 20, "fold {closed} does not open");
        reading.focus = Some(sysdrill::app::reader::Focus::Fold(reading.page.folds[closed].fold));
        effects.extend(press(model, "enter"));
    }
    let syntaxes = Syntaxes::load();
    for effect in effects {
        let Effect::Colour(page, blocks) = effect else { continue };
        for (block, language, text) in blocks {
            if let Some(colouring) = syntaxes.colour(&language, &text) {
                act(model, Action::Coloured(page.clone(), block, Arc::new(colouring)));
            }
        }
    }
    let width = model.size.0;
    act(model, Action::Resize(width, 60));
    press(model, "G");
    let reading = model.reader.open.as_mut().expect("the page is open");
    reading.focus = None;
    let lines = u16::try_from(reading.page.lines.len()).expect("some hundred lines");
    act(model, Action::Resize(width, lines + 4));
    press(model, "g");
}

/// A window in words: each row, and beneath it its styles.
fn described(buffer: &Buffer) -> String {
    let mut all = String::new();
    let mut empty = 0;
    for y in 0..buffer.area.height {
        let cells: Vec<&Cell> = (0..buffer.area.width).filter_map(|x| buffer.cell((x, y))).collect();
        let text = text_of(&cells);
        if text.trim().is_empty() {
            empty += 1;
            continue;
        }
        all.push_str(&"\n".repeat(empty));
        empty = 0;
        let _ = writeln!(all, "{}", text.trim_end());
        let styles = styles_of(&cells);
        if !styles.is_empty() {
            let _ = writeln!(all, "    ~{styles}");
        }
    }
    all
}

/// The text of a row; what a wide character covers beside its first cell is not written.
fn text_of(cells: &[&Cell]) -> String {
    let (mut text, mut covered) = (String::new(), 0);
    for cell in cells {
        if covered > 0 {
            covered -= 1;
            continue;
        }
        text.push_str(cell.symbol());
        covered = unicode_width::UnicodeWidthStr::width(cell.symbol()).saturating_sub(1);
    }
    text
}

/// The stretches of a row that do not look like plain text.
fn styles_of(cells: &[&Cell]) -> String {
    let look = |cell: &Cell| (cell.fg, cell.bg, cell.modifier);
    let (mut said, mut start) = (String::new(), 0);
    for stretch in cells.chunk_by(|a, b| look(a) == look(b)) {
        let end = start + stretch.len();
        let (fg, bg, modifier) = look(stretch[0]);
        let blank = stretch.iter().all(|cell| cell.symbol() == " ");
        let plain = matches!(fg, Color::Reset) && bg == Color::Reset && modifier.is_empty();
        let bare =
            blank && bg == Color::Reset && !modifier.intersects(Modifier::REVERSED | Modifier::UNDERLINED);
        if !plain && !bare {
            let _ = write!(said, " {start}-{end}");
            if fg != Color::Reset {
                let _ = write!(said, " {fg}");
            }
            if bg != Color::Reset {
                let _ = write!(said, " on {bg}");
            }
            for (name, _) in modifier.iter_names() {
                let _ = write!(said, " {}", name.to_lowercase());
            }
            said.push(',');
        }
        start = end;
    }
    said.trim_end_matches(',').to_string()
}
