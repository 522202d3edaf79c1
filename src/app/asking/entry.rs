//! A text being typed, as lines: wrapped where it is longer than the room, the cursor in reverse, and what cannot be
//! read underlined.

use std::ops::Range;

use crate::doc::{Ink, Span, Style, clean, text_width};
use unicode_segmentation::UnicodeSegmentation;

use super::super::field::Field;
use super::line::CardLine;

/// The lines of a field at a width. The line of the cursor is kept in sight.
pub(super) fn entry(
    field: &Field,
    cursor: bool,
    fault: Option<&Range<usize>>,
    width: usize,
) -> Vec<CardLine> {
    let mut lines = Wrapped { lines: vec![CardLine::default()], used: 0, width: width.max(1) };
    for (at, grapheme) in field.text().grapheme_indices(true) {
        let wrong = fault.is_some_and(|fault| fault.contains(&at));
        let ink = if wrong { Ink::Bad } else { Ink::Text };
        let here = cursor && at == field.cursor();
        let style = Style { bold: true, underline: wrong, reverse: here, ..Style::ink(ink) };
        if grapheme == "\n" {
            if here {
                lines.put(" ", style);
            }
            lines.turn();
        } else {
            lines.put(&clean(grapheme), style);
        }
    }
    if cursor && field.cursor() >= field.text().len() {
        lines.put(" ", Style { reverse: true, bold: true, ..Style::default() });
    }
    lines.lines
}

/// Lines that are being filled.
struct Wrapped {
    lines: Vec<CardLine>,
    used: usize,
    width: usize,
}

impl Wrapped {
    fn turn(&mut self) {
        self.lines.push(CardLine::default());
        self.used = 0;
    }

    fn put(&mut self, text: &str, style: Style) {
        let cells = text_width(text);
        if self.used > 0 && self.used + cells > self.width {
            self.turn();
        }
        self.used += cells;
        let Some(line) = self.lines.last_mut().filter(|_| !text.is_empty()) else { return };
        line.kept |= style.reverse;
        match line.line.spans.last_mut() {
            Some(last) if last.style == style => last.text.push_str(text),
            _ => line.line.spans.push(Span { text: text.to_string(), style }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::key::{Key, KeyCode};

    /// The cursor as `|` before what it stands on.
    #[test]
    fn texts_wrap_and_show_their_cursor() {
        let check = |text: &str, left: usize, width, expected: &[&str]| {
            let mut field = Field::lines(text);
            for _ in 0..left {
                field.key(Key::plain(KeyCode::Left));
            }
            let shown: Vec<String> = entry(&field, true, None, width)
                .iter()
                .map(|line| {
                    let span = |span: &Span| {
                        if span.style.reverse { format!("|{}", span.text) } else { span.text.clone() }
                    };
                    line.line.spans.iter().map(span).collect()
                })
                .collect();
            assert_eq!(shown, expected, "{text:?}");
        };
        check("", 0, 5, &["| "]);
        check("abc", 0, 5, &["abc| "]);
        check("abc", 2, 5, &["a|bc"]);
        check("abcde", 0, 5, &["abcde", "| "]);
        check("ab\ncd", 3, 5, &["ab| ", "cd"]);
        check("ab\n", 0, 5, &["ab", "| "]);
        check("日本語", 0, 4, &["日本", "語| "]);
        check("abcdef", 0, 0, &["a", "b", "c", "d", "e", "f", "| "]);
    }
}
