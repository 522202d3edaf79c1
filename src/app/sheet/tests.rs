//! The buffer against a naive model, and what one sees while typing.

use proptest::prelude::*;
use proptest::sample::select;
use unicode_segmentation::UnicodeSegmentation;

use super::*;

fn press(editor: &mut SheetEditor, keys: &str) {
    for key in keys.split_whitespace() {
        editor.typed(key.parse().expect("a key"));
    }
}

/// The text with the selection in brackets and the cursor as a bar.
fn seen(buffer: &TextBuffer) -> String {
    let selection = buffer.selection();
    let mut text = String::new();
    for (at, c) in buffer.text().char_indices().chain([(buffer.text().len(), '\0')]) {
        if !selection.is_empty() && at == selection.start {
            text.push('[');
        }
        if !selection.is_empty() && at == selection.end {
            text.push(']');
        }
        if at == buffer.cursor() {
            text.push('|');
        }
        if c != '\0' {
            text.push(c);
        }
    }
    text
}

#[test]
fn edits_as_every_editor_does() {
    let check = |keys: &str, expected: &str| {
        let mut editor = SheetEditor::default();
        press(&mut editor, keys);
        assert_eq!(seen(&editor.buffer), expected, "{keys}");
    };
    check("a b c", "abc|");
    check("a b c left backspace", "a|c");
    check("a b c home delete", "|bc");
    check("a space b c ctrl-w d", "a d|");
    check("a space b c alt-backspace", "a |");
    check("a space b c home alt-d", "| bc");
    check("a b ctrl-u", "|");
    check("a b home ctrl-k", "|");
    check("a enter b up ctrl-e ctrl-k", "a|b");
    check("a b enter c", "ab\nc|");
    check("ä 日 left backspace", "|日");
    check("a b enter x y z up", "ab|\nxyz");
    check("a b c enter d enter e f g up up", "abc|\nd\nefg");
    check("a b enter c d up home", "|ab\ncd");
    check("a b enter c d up up", "|ab\ncd");
    check("a b enter c d home down", "ab\ncd|");
    check("a b c shift-left shift-left", "a[|bc]");
    check("a b c shift-left shift-left x", "ax|");
    check("a b c shift-left shift-left left", "a|bc");
    check("a b c shift-left shift-left right", "abc|");
    check("a b c shift-home backspace", "|");
    check("a b space c d ctrl-shift-left", "ab [|cd]");
    check("a enter b shift-up", "a[|\nb]");
    check("a enter b ctrl-home shift-down", "[a\n]|b");
    check("a enter b ctrl-home", "|a\nb");
}

#[test]
fn moves_up_and_down_keep_their_column() {
    let mut buffer = TextBuffer::new("日本語x\na\nabcdefgh");
    buffer.go(Move::End, false);
    buffer.go_to_line(1, false);
    assert_eq!(buffer.place(), (1, 1));
    buffer.go_to_line(0, false);
    // Three wide characters and a narrow one are seven cells.
    assert_eq!(buffer.place(), (0, 10));
    buffer.go_to_line(2, false);
    assert_eq!(buffer.place(), (2, 8));
    buffer.go_to_column(0, 3, false);
    assert_eq!(buffer.place(), (0, 3), "a click on the right half of a wide character is before it");
}

#[test]
fn what_is_typed_is_taken_back_by_words() {
    let mut editor = SheetEditor::default();
    press(&mut editor, "d a u space = space 5 0 0 space M enter x");
    let mut seen = Vec::new();
    while editor.buffer.undo() {
        seen.push(editor.text().to_string());
    }
    assert_eq!(seen, ["dau = 500 M\n", "dau = 500 M", "dau = 500 ", "dau = ", ""]);
    let mut again = 0;
    while editor.buffer.redo() {
        again += 1;
    }
    assert_eq!((again, editor.text()), (5, "dau = 500 M\nx"));
    // A pause parts what was typed; a move does.
    let mut buffer = TextBuffer::new("");
    for (time, letter) in [(0, "a"), (100, "b"), (9_000, "c")] {
        buffer.at_time(time);
        buffer.insert(letter);
    }
    buffer.undo();
    assert_eq!(buffer.text(), "ab");
    buffer.insert("x");
    buffer.go(Move::Left, false);
    buffer.go(Move::Right, false);
    buffer.insert("y");
    buffer.undo();
    assert_eq!(buffer.text(), "abx");
    // What was taken back cannot be done again once something else is typed.
    buffer.insert("z");
    assert!(!buffer.redo());
}

#[test]
fn sliding_is_one_step() {
    let mut editor = SheetEditor::with_text("a = 500\nb = a * 2");
    for _ in 0..3 {
        editor.act(Do::SlideUp);
    }
    assert_eq!(editor.text(), "a = 530\nb = a * 2");
    assert_eq!(editor.sheet().get("b").map(|b| b.value), Some(1060.0), "what uses it follows");
    editor.act(Do::SlideFarDown);
    assert_eq!(editor.text(), "a = 430\nb = a * 2");
    editor.act(Do::Undo);
    assert_eq!(editor.text(), "a = 500\nb = a * 2");
}

#[test]
fn a_line_that_is_typed_is_no_mistake_yet() {
    let mut editor = SheetEditor::with_text("a = 5 users\nb = a * 2");
    editor.buffer.go(Move::LineEnd, false);
    press(&mut editor, "space *");
    let value = |shown: Shown<'_>| match shown {
        Shown::Value(answer) => format!("= {}", answer.text),
        Shown::Waiting(answer) => format!("~ {}", answer.map_or("", |answer| &answer.text)),
        Shown::Fault(_) => "fault".to_string(),
        Shown::Nothing => "nothing".to_string(),
    };
    assert_eq!([value(editor.shown(0)), value(editor.shown(1))], ["~ 5 users", "~ 10 users"]);
    press(&mut editor, "space 3");
    assert_eq!([value(editor.shown(0)), value(editor.shown(1))], ["= 15 users", "= 30 users"]);
    press(&mut editor, "space *");
    assert_eq!([value(editor.shown(0)), value(editor.shown(1))], ["~ 15 users", "~ 30 users"]);
    press(&mut editor, "down");
    assert_eq!([value(editor.shown(0)), value(editor.shown(1))], ["fault", "fault"]);
    // A line that begins has had no value.
    press(&mut editor, "end enter c space =");
    assert_eq!(value(editor.shown(2)), "~ ");
}

#[test]
fn completion_offers_what_stands_above_first_and_esc_brings_back_what_was_typed() {
    let mut editor = SheetEditor::with_text("dau = 5 users\nday_peak = dau * 2\nx = 3 da");
    editor.buffer.go(Move::End, false);
    assert_eq!(editor.act(Do::Complete), Some(Edited::Changed));
    let list = editor.completing.clone().expect("a list");
    let words: Vec<&str> = list.candidates.iter().map(|candidate| candidate.word.as_str()).collect();
    assert_eq!(words[..2], ["day_peak", "dau"]);
    assert!(words.contains(&"day") && list.candidates[0].about == "10 users", "{list:?}");
    let about = |word: &str| {
        let found = complete::candidates(&Sheet { lines: Vec::new() }, 0, word);
        found.into_iter().next().unwrap_or_else(|| panic!("nothing for {word}"))
    };
    let function = about("downti");
    assert!(function.word == "downtime(" && function.about.starts_with("(availability"), "{function:?}");
    assert!(about("ram_rea").about.contains("100 ns"), "{:?}", about("ram_rea"));
    assert!(editor.text().ends_with("x = 3 day_peak"));
    editor.act(Do::Complete);
    assert!(editor.text().ends_with("x = 3 dau"), "{}", editor.text());
    editor.act(Do::CompleteBack);
    editor.act(Do::TakeBackCompletion);
    assert!(editor.text().ends_with("x = 3 da") && editor.completing.is_none());
    press(&mut editor, "space");
    assert!(matches!(editor.act(Do::Complete), Some(Edited::Nothing(_))));
}

#[test]
fn a_heading_begins_a_paragraph_and_folds_it() {
    let text = "# A feed\n# measured\na = 1\n\n# Disk\nb = 2\n#= 2\nc = 3";
    use LineKind::{Blank, Calculation as Line, Comment, Heading};
    assert_eq!(line_kinds(text), [Heading, Comment, Line, Blank, Heading, Line, Comment, Line]);
    let mut editor = SheetEditor::with_text(text);
    editor.buffer.go_to(5, 0);
    editor.act(Do::Fold);
    assert_eq!(
        (editor.rows(), editor.buffer.place()),
        (vec![(0, 0), (1, 0), (2, 0), (3, 0), (4, 3)], (4, 0))
    );
    assert_eq!(editor.last_value(4, 3), Some(7));
    press(&mut editor, "up down down");
    assert_eq!(editor.buffer.place().0, 4, "down stays where nothing is below");
    // What is typed into the hidden part opens it.
    press(&mut editor, "ctrl-end");
    assert_eq!(editor.rows().len(), 8);
    editor.act(Do::FoldAll);
    assert_eq!(editor.rows(), [(0, 2), (3, 0), (4, 3)], "what parts the sections stays");
    press(&mut editor, "up");
    assert_eq!((editor.buffer.place().0, editor.rows().len()), (3, 3), "a line that is shown opens nothing");
    editor.act(Do::FoldAll);
    assert_eq!(editor.rows().len(), 8);
}

#[test]
fn a_sheet_as_markdown() {
    let editor = SheetEditor::with_text(
        "# A feed\n# all | of it\ndau = 5 users # guess\n2 * 3\n\nbad = 1 users + 2 days",
    );
    let text = markdown(&editor);
    let expected = "## A feed\n\nall \\| of it\n\n| | calculation | result | 90% range |\n|---|---|---:|---|\n\
                    | **dau** | `5 users` | 5 users |  |\n|  | `2 * 3` | 6 |  |\n\n| | calculation |";
    assert!(text.starts_with(expected), "{text}");
    assert!(text.contains("| **bad** | `1 users + 2 days` | ? "), "{text}");
}

#[test]
fn changes_survive_a_restart_and_what_another_program_did_is_a_step() {
    let mut editor = SheetEditor::with_text("a = 1\n");
    editor.buffer.go(Move::End, false);
    press(&mut editor, "b space = space 2");
    let log = editor.buffer.log();
    let mut again = TextBuffer::with_log(editor.text(), &log);
    assert!(again.undo());
    assert_eq!(again.text(), "a = 1\nb = ");
    assert!(again.redo());
    assert_eq!(again.text(), "a = 1\nb = 2");
    let mut other = TextBuffer::with_log("a = 17\nb = 2", &log);
    assert_eq!(other.text(), "a = 17\nb = 2");
    other.undo();
    assert_eq!(other.text(), "a = 1\nb = 2");
    other.undo();
    assert_eq!(other.text(), "a = 1\nb = ");
    // A log that is none, or that speaks of another text, changes nothing.
    for log in ["", "{}", "nonsense", &log.replace("\"at\":10", "\"at\":600")] {
        let mut buffer = TextBuffer::with_log("a = 1\nb = 2", log);
        buffer.undo();
        assert_eq!(buffer.text(), "a = 1\nb = 2", "{log}");
    }
}

#[test]
fn a_text_that_is_too_long_is_refused_whole() {
    let mut editor = SheetEditor::with_text("a = 1");
    assert!(matches!(editor.paste(&"x".repeat(LONGEST_TEXT)), Edited::Nothing(_)));
    assert_eq!(editor.text(), "a = 1");
    assert_eq!(editor.paste("ok\r\n\tx\u{1b}[2J"), Edited::Changed);
    assert_eq!(editor.text(), "ok\n x[2Ja = 1");
}

/// What one does in an editor.
#[derive(Clone, Debug)]
enum Act {
    Insert(String),
    Erase(Move),
    Go(Move, bool),
    Line(usize, bool),
    Column(usize, usize, bool),
    Cut,
    All,
    Word,
    Change(String),
    Undo,
    Redo,
    Restart,
}

fn an_act() -> impl Strategy<Value = Act> {
    use Move::{End, Left, LineEnd, LineStart, Right, Start, WordLeft, WordRight};
    let way = || select(vec![Left, Right, WordLeft, WordRight, LineStart, LineEnd, Start, End]);
    let text = || {
        select(vec![
            "a",
            "b",
            " ",
            "\n",
            "5",
            "é",
            "e\u{301}",
            "日",
            "👩‍👩‍👧‍👦",
            "x = 3\ny = x",
            "\u{301}",
            "🇪",
            "🇺",
        ])
    };
    prop_oneof![
        6 => text().prop_map(|text| Act::Insert(text.to_string())),
        3 => way().prop_map(Act::Erase),
        4 => (way(), any::<bool>()).prop_map(|(way, select)| Act::Go(way, select)),
        1 => (0..5usize, any::<bool>()).prop_map(|(line, select)| Act::Line(line, select)),
        1 => (0..5usize, 0..9usize, any::<bool>()).prop_map(|(line, column, select)| Act::Column(line, column, select)),
        1 => Just(Act::Cut),
        1 => Just(Act::All),
        1 => Just(Act::Word),
        1 => (text(), text()).prop_map(|(one, other)| Act::Change(format!("{one}{other}"))),
        2 => Just(Act::Undo),
        1 => Just(Act::Redo),
        1 => Just(Act::Restart),
    ]
}

proptest! {
    #[test]
    fn a_buffer_is_what_a_naive_model_says(acts in prop::collection::vec(an_act(), 1..60)) {
        let start = "a = 1\nb é\n";
        let mut buffer = TextBuffer::new(start);
        for act in acts {
            let (text, selection) = (buffer.text().to_string(), buffer.selection());
            let without = format!("{}{}", &text[..selection.start], &text[selection.end..]);
            match act {
                Act::Insert(new) => {
                    buffer.insert(&new);
                    let mut expected = without;
                    expected.insert_str(selection.start, &new);
                    prop_assert_eq!(buffer.text(), expected);
                }
                Act::Erase(way) => {
                    // To move there and to cut what lies between is the same.
                    let mut model = buffer.clone();
                    if selection.is_empty() && !(way == Move::LineEnd && text[buffer.cursor()..].starts_with('\n')) {
                        model.go(way, true);
                    } else if selection.is_empty() {
                        model.go(Move::Right, true);
                    }
                    let gone = model.selection();
                    buffer.erase(way);
                    prop_assert_eq!(buffer.text(), format!("{}{}", &text[..gone.start], &text[gone.end..]));
                }
                Act::Cut => {
                    let cut = buffer.cut();
                    if !selection.is_empty() {
                        prop_assert_eq!(&cut, &text[selection.clone()]);
                        prop_assert_eq!(buffer.text(), without);
                    }
                    prop_assert_eq!(buffer.text().len() + cut.len(), text.len());
                }
                Act::Go(way, select) => buffer.go(way, select),
                Act::Line(line, select) => buffer.go_to_line(line, select),
                Act::Column(line, column, select) => buffer.go_to_column(line, column, select),
                Act::All => buffer.select_all(),
                Act::Word => buffer.select_word(),
                Act::Change(to) => {
                    buffer.change_to(&to);
                    prop_assert_eq!(buffer.text(), to);
                }
                Act::Undo => {
                    if buffer.undo() {
                        prop_assert!(buffer.redo());
                        prop_assert_eq!(buffer.text(), text);
                        buffer.undo();
                    }
                }
                Act::Redo => drop(buffer.redo()),
                Act::Restart => buffer = TextBuffer::with_log(&text, &buffer.log()),
            }
            // The cursor and the selection never part what is one character.
            let line = buffer.line(buffer.place().0);
            let byte = buffer.place().1;
            prop_assert!(byte == line.len() || line.grapheme_indices(true).any(|(at, _)| at == byte), "{:?} {}", line, byte);
            prop_assert!(buffer.text().is_char_boundary(buffer.selection().start));
            prop_assert!(buffer.text().is_char_boundary(buffer.selection().end));
        }
        while buffer.undo() {}
        prop_assert_eq!(buffer.text(), start, "undoing all gives the start");
    }
}
