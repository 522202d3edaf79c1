//! Code: never wrapped, since its shape is its meaning.
//!
//! On a screen a line that is too long is clipped, with a mark at the cut, and the block can be panned
//! sideways. In plain text, where nobody can pan, it goes on in the next line after a mark.

use unicode_segmentation::UnicodeSegmentation as _;

use super::block::{Code, Live, Run};
use super::clean::{clean, grapheme_width, text_width};
use super::layout::{Flow, LongCode};
use super::page::{Ink, PlacedCode, Style};
use super::wrap::{Piece, Styled};

/// Where tabs lead: to the next multiple of this many cells, as CommonMark has it.
const TAB: usize = 4;

/// Lays out a block of code.
pub(super) fn lay(flow: &mut Flow, line: usize, code: &Code) {
    flow.begin(line);
    let first = flow.page.lines.len();
    let pan = usize::from((flow.options.pan)(code.index));
    let (width, longest) = lay_lines(flow, &code.text, code.text_line, pan);
    let height = flow.page.lines.len() - first;
    flow.page.code.push(PlacedCode {
        code: code.index,
        line: first,
        height,
        indent: indent(flow),
        width,
        longest,
    });
}

/// Lays out a live block as its source.
pub(super) fn lay_source(flow: &mut Flow, live: &Live) {
    let title = format!("{} {}", live.kind.name(), live.argument.replace(['\n', '\r', '\t'], " "));
    let indent = indent(flow);
    let style = Style::ink(Ink::Dim);
    let title = Run { text: clean(title.trim_end()).into_owned(), ..Run::default() };
    for line in Styled::new(&[title], style).wrap(flow.room() - indent, flow.options.ascii) {
        flow.line(std::iter::once(Piece::blank(indent)).chain(line).collect());
    }
    if !live.body.is_empty() {
        lay_lines(flow, &live.body, live.line + 1, 0);
    }
}

/// How far code is set in.
fn indent(flow: &Flow) -> usize {
    if flow.room() >= 10 { 2 } else { 0 }
}

/// Lays out lines of code; gives how many cells there are for one and how many the longest takes.
fn lay_lines(flow: &mut Flow, text: &str, first_line: usize, pan: usize) -> (usize, usize) {
    let indent = indent(flow);
    let width = flow.room() - indent;
    let mut longest = 0;
    for (number, line) in text.split('\n').enumerate() {
        let line = expand(line.strip_suffix('\r').unwrap_or(line));
        longest = longest.max(text_width(&line));
        flow.begin(first_line + number);
        let lines = match flow.options.long_code {
            LongCode::Clip => vec![clip(flow, &line, pan, width)],
            LongCode::Break => split(flow, line, width),
        };
        for pieces in lines {
            flow.line(std::iter::once(Piece::blank(indent)).chain(pieces).collect());
        }
    }
    (width, longest)
}

/// The line with tabs as spaces and control characters as symbols.
fn expand(line: &str) -> String {
    let mut out = String::new();
    let mut column = 0;
    for (index, part) in line.split('\t').enumerate() {
        if index > 0 {
            let spaces = TAB - column % TAB;
            out.extend(std::iter::repeat_n(' ', spaces));
            column += spaces;
        }
        let part = clean(part);
        column += text_width(&part);
        out.push_str(&part);
    }
    out
}

fn mark(flow: &Flow, glyph: &'static str, ascii: &'static str) -> Piece {
    Piece::new(flow.glyph(glyph, ascii), Style::ink(Ink::Marker))
}

/// What is seen of a line from a column on, with marks where there is more.
fn clip(flow: &Flow, line: &str, pan: usize, width: usize) -> Vec<Piece> {
    let total = text_width(line);
    let (left, right) = (pan > 0 && total > 0, total > pan + width);
    let (start, end) = (pan + usize::from(left), pan + width - usize::from(right));
    let mut pieces = Vec::new();
    if left && (width > 1 || !right) {
        pieces.push(mark(flow, "‹", "<"));
    }
    if start < end {
        pieces.push(Piece::new(window(line, start, end), Style::ink(Ink::Code)));
    }
    if right {
        pieces.push(mark(flow, "›", ">"));
    }
    pieces
}

/// The cells of a line from `start` to before `end`; a wide character that is cut shows as spaces.
fn window(line: &str, start: usize, end: usize) -> String {
    if line.is_ascii() {
        return line[start.min(line.len())..end.min(line.len())].to_owned();
    }
    let mut out = String::new();
    let mut column = 0;
    for grapheme in line.graphemes(true) {
        let (from, to) = (column, column + grapheme_width(grapheme));
        column = to;
        if from >= end {
            break;
        }
        if from >= start && to <= end {
            out.push_str(grapheme);
        } else {
            out.extend(std::iter::repeat_n(' ', to.min(end).saturating_sub(from.max(start))));
        }
    }
    out
}

/// The line in pieces of at most the width, each but the last with a mark at its end.
fn split(flow: &Flow, line: String, width: usize) -> Vec<Vec<Piece>> {
    if text_width(&line) <= width {
        return vec![vec![Piece::new(line, Style::ink(Ink::Code))]];
    }
    // In a very narrow place the mark would take more than it gives.
    let marked = width >= 4;
    let styled = Styled::new(&[Run { text: line, ..Run::default() }], Style::ink(Ink::Code));
    let mut lines = styled.chop(width - usize::from(marked), flow.options.ascii);
    let last = lines.len().saturating_sub(1);
    if marked {
        lines.iter_mut().take(last).for_each(|line| line.push(mark(flow, "›", "\\")));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::super::{Layout, layout, parse, plain};
    use super::*;

    fn panned(markdown: &str, width: u16, pan: u16) -> Vec<String> {
        let page = layout(&parse(markdown), &Layout { pan: &|_| pan, ..Layout::new(width) });
        page.lines.iter().map(super::super::Line::text).collect()
    }

    #[test]
    fn long_lines_are_clipped_and_pan() {
        let code = "```\nabcdefghijklmno\nshort\n日本日本日本\n```\n";
        for (width, pan, expected) in [
            (20, 0, ["  abcdefghijklmno", "  short", "  日本日本日本"]),
            (12, 0, ["  abcdefghi›", "  short", "  日本日本 ›"]),
            (12, 3, ["  ‹efghijkl›", "  ‹t", "  ‹日本日本"]),
            (12, 5, ["  ‹ghijklmno", "  ‹", "  ‹本日本"]),
            (12, 99, ["  ‹", "  ‹", "  ‹"]),
            (4, 1, ["‹cd›", "‹ort", "‹本›"]),
            (2, 1, ["‹›", "‹›", "‹›"]),
            (1, 1, ["›", "›", "›"]),
        ] {
            assert_eq!(panned(code, width, pan), expected, "width {width}, pan {pan}");
        }
    }

    #[test]
    fn every_cell_can_be_panned_to() {
        let text: String = ('a'..='z').chain('A'..='Z').collect();
        let page = |pan| panned(&format!("```\n{text}\n```\n"), 12, pan).concat();
        let seen: std::collections::BTreeSet<char> =
            (0..52).flat_map(|pan| page(pan).chars().collect::<Vec<_>>()).collect();
        assert!(text.chars().all(|c| seen.contains(&c)));
    }

    #[test]
    fn its_place_says_how_far_it_pans() {
        let page = layout(&parse("text\n\n```rust\n1234567890123\n\n```\n"), &Layout::new(12));
        let placed = PlacedCode { code: 0, line: 2, height: 2, indent: 2, width: 10, longest: 13 };
        assert_eq!(page.code, [placed]);
        assert_eq!(page.source, [1, 1, 4, 5]);
    }

    #[test]
    fn tabs_and_controls() {
        assert_eq!(expand("a\tb\t\tc"), "a   b       c");
        assert_eq!(expand("日\tx"), "日  x");
        assert_eq!(expand("\u{1b}]0;title\u{7}"), "␛]0;title␇");
        assert_eq!(panned("```\r\na\r\n\r\nb\r\n```\r\n", 9, 0), ["a", "", "b"]);
    }

    #[test]
    fn plain_breaks_long_lines_with_a_mark() {
        let code = "```\nabcdef ghijklmno\n```\n";
        assert_eq!(plain(&parse(code), 10, false), "  abcdef ›\n  ghijklm›\n  no\n");
        assert_eq!(plain(&parse(code), 10, true), "  abcdef \\\n  ghijklm\\\n  no\n");
        assert_eq!(plain(&parse(code), 3, false), "abc\ndef\n gh\nijk\nlmn\no\n");
    }
}
