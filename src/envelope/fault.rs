//! An error as the user sees it: what is wrong, where, and what to write instead.
//!
//! Errors are half of what a calculator says, so they are made like answers: a sentence that names the
//! words of the line, a caret under the very characters, and a line that can be typed in its place.

use std::ops::Range;

/// The widest piece of a line that is shown under a message, in columns.
const WINDOW: usize = 100;

/// Why a line has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// The bytes it is about, within its line (for [`super::calculate`]: within the whole text). Both ends lie
    /// on character boundaries; an empty span points at the place where something is missing.
    pub span: Range<usize>,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// What to do, where there is something to say.
    pub help: Option<String>,
}

impl Fault {
    /// A fault without help.
    pub(super) fn new(span: Range<usize>, message: impl Into<String>) -> Fault {
        Fault { span, message: message.into(), help: None }
    }

    /// The same fault with advice.
    pub(super) fn help(mut self, help: impl Into<String>) -> Fault {
        self.help = Some(help.into());
        self
    }

    /// The message, the line with carets beneath, and the help, on lines of their own without a line end at
    /// the last. `line` is the text that the span counts in; `line_number` counts from 1; `name` is a file.
    /// Of a text with several lines the right one is shown, of a long line the part around the fault.
    /// Control characters are shown as `�`, so that a file cannot speak to the terminal.
    #[must_use]
    pub fn show(&self, line: &str, line_number: Option<usize>, name: Option<&str>) -> String {
        let start = floor_boundary(line, self.span.start);
        let end = floor_boundary(line, self.span.end.max(start));
        let line_start = line[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = line[start..].find('\n').map_or(line.len(), |at| start + at);
        let number = line_number.map(|number| number + line[..line_start].matches('\n').count());
        let column = line[line_start..start].chars().count() + 1;

        let place = match (name, number) {
            (Some(name), Some(number)) => format!("{}:{number}:{column}: ", clean(name)),
            (Some(name), None) => format!("{}: ", clean(name)),
            (None, Some(number)) => format!("line {number}, column {column}: "),
            (None, None) => String::new(),
        };
        let (shown, caret) =
            window(&line[line_start..line_end], start - line_start, end.min(line_end) - line_start);
        let mut text = format!("{place}{}\n  {shown}\n  {caret}", clean(&self.message));
        if let Some(help) = &self.help {
            text.push_str("\n  help: ");
            text.push_str(&clean(help));
        }
        text
    }
}

/// A quotation of the user's text, shortened where it is long.
pub(super) fn quoted(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("'{short}'")
}

/// `at`, or the next character boundary below it, or the end of the text.
fn floor_boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

/// The part of a line around the bytes `start..end`, and the line of carets beneath it.
fn window(line: &str, start: usize, end: usize) -> (String, String) {
    let cells: Vec<(usize, char, usize)> =
        line.char_indices().map(|(at, character)| (at, visible(character), columns(character))).collect();
    let total: usize = cells.iter().map(|cell| cell.2).sum();
    let before: usize = cells.iter().filter(|cell| cell.0 < start).map(|cell| cell.2).sum();
    let left = if total <= WINDOW { 0 } else { before.saturating_sub(WINDOW / 3) };

    let (mut shown, mut caret, mut column, mut width) = (String::new(), String::new(), 0, 0);
    if left > 0 {
        shown.push('…');
        caret.push(' ');
    }
    for (at, character, wide) in cells {
        column += wide;
        if column <= left {
            continue;
        }
        width += wide;
        if width > WINDOW {
            shown.push('…');
            break;
        }
        shown.push(character);
        let mark = if at < start {
            " "
        } else if at < end {
            "^"
        } else {
            ""
        };
        caret.push_str(&mark.repeat(wide));
    }
    if !caret.contains('^') {
        caret.push('^');
    }
    (shown, caret)
}

/// The text without anything that a terminal would act on.
fn clean(text: &str) -> String {
    text.chars().map(visible).collect()
}

/// The character, or a stand-in for one that is not shown or that turns the line around.
fn visible(character: char) -> char {
    match character {
        '\t' => ' ',
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => {
            '\u{fffd}'
        }
        _ if character.is_control() => '\u{fffd}',
        _ => character,
    }
}

/// About how many columns a terminal gives to a character. The module stands on `std` alone, so this knows
/// the large blocks of wide and of combining characters and no more; a miss moves a caret, nothing else.
fn columns(character: char) -> usize {
    match character {
        '\u{300}'..='\u{36f}' | '\u{fe00}'..='\u{fe0f}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(span: Range<usize>) -> Fault {
        Fault::new(span, "wrong").help("write it right")
    }

    #[test]
    fn shows_the_line_with_a_caret() {
        let check = |span, line: &str, number, name, expected: &str| {
            assert_eq!(fault(span).show(line, number, name), expected);
        };
        check(4..6, "1 + 2B", None, None, "wrong\n  1 + 2B\n      ^^\n  help: write it right");
        check(6..6, "1 + 2 ", None, None, "wrong\n  1 + 2 \n        ^\n  help: write it right");
        check(
            2..3,
            "€ x",
            Some(3),
            Some("a.sheet"),
            "a.sheet:3:1: wrong\n  € x\n  ^\n  help: write it right",
        );
        check(3..4, "a\nb c", Some(1), None, "line 2, column 2: wrong\n  b c\n   ^\n  help: write it right");
        // A wide character takes two columns, and the caret follows.
        check(3..4, "漢x", None, None, "wrong\n  漢x\n    ^\n  help: write it right");
    }

    #[test]
    fn a_fault_cannot_speak_to_the_terminal() {
        let shown = Fault::new(0..1, "bad \u{1b}[2J").show("\u{1b}]0;x\u{7}\u{202e}", None, Some("a\nb"));
        assert!(!shown.chars().any(|c| c != '\n' && (c.is_control() || c == '\u{202e}')), "{shown:?}");
        assert_eq!(shown.lines().count(), 3);
    }

    #[test]
    fn a_long_line_is_cut_around_the_fault() {
        let line = format!("{}!{}", "a".repeat(900), "b".repeat(900));
        let shown = fault(900..901).show(&line, None, None);
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines[1].chars().count() <= WINDOW + 4);
        let caret = lines[2].chars().position(|c| c == '^').expect("a caret");
        assert_eq!(lines[1].chars().nth(caret), Some('!'));
    }

    #[test]
    fn any_span_in_any_text_is_shown() {
        for (start, end) in [(0, 0), (1, 2), (2, 900), (900, 3), (usize::MAX, usize::MAX)] {
            for text in ["", "é", "a\n\nb", "\n", "漢字"] {
                assert!(Fault::new(start..end, "m").show(text, Some(1), None).contains('^'));
            }
        }
    }
}
