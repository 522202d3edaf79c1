//! The gaps of a question, shown in the question itself: what is typed into them, and behind the answer what belongs
//! there.
//!
//! A gap is laid out as a word of private-use characters as wide as what it holds, so that Markdown around it stays what
//! it is and nothing typed is taken for Markdown; then the cells are put in its place.

use crate::deck::{self, Kind};
use crate::doc::{Ink, Span, Style, text_width};
use crate::drill::Asked;
use unicode_segmentation::UnicodeSegmentation;

use super::line::{CardLine, markdown};

/// The character that stands for the first gap. 256 gaps are more than a card has.
const FIRST: u32 = 0xe000;
const MOST: usize = 256;

/// The question with each gap replaced by some spans; nothing where its gaps cannot be found in its text. The line of a
/// span in reverse is kept in sight, and a click on a gap means its place.
pub(super) fn replaced(asked: &Asked, gaps: &[Vec<Span>], width: usize) -> Option<Vec<CardLine>> {
    let question = &asked.card.question;
    if deck::gaps(question).0.len() != gaps.len() || gaps.is_empty() || gaps.len() > MOST {
        return None;
    }
    let source = deck::replaced(question, |number, _, _| {
        let stand_in = gaps.get(number).zip(stand_in(number));
        stand_in.map_or_else(String::new, |(gap, c)| c.to_string().repeat(super::line::cells(gap)))
    });
    let mut lines = Vec::new();
    markdown(&source, width, &mut lines);
    let mut cells: Vec<_> = gaps.iter().map(|gap| cells(gap)).collect();
    for line in &mut lines {
        put_in(line, &mut cells);
    }
    Some(lines)
}

/// The question with its gaps filled in; nothing where it has none.
pub(super) fn filled(asked: &Asked, width: usize) -> Option<Vec<CardLine>> {
    let Kind::Cloze { gaps, .. } = &asked.card.kind else { return None };
    let best = |gap: &deck::Gap| {
        let style = Style { bold: true, underline: true, ..Style::ink(Ink::Good) };
        vec![Span { text: gap.answers.first().cloned().unwrap_or_default(), style }]
    };
    replaced(asked, &gaps.iter().map(best).collect::<Vec<_>>(), width)
}

fn stand_in(gap: usize) -> Option<char> {
    char::from_u32(FIRST + u32::try_from(gap).ok()?)
}

fn gap_of(c: char, count: usize) -> Option<usize> {
    let gap = u32::from(c).checked_sub(FIRST)? as usize;
    (gap < count).then_some(gap)
}

/// The cells of spans from the first on: graphemes with their style and width.
fn cells(spans: &[Span]) -> std::collections::VecDeque<(String, Style, usize)> {
    let graphemes = |span: &Span| {
        let style = span.style;
        let of = span.text.graphemes(true).map(move |g| (g.to_string(), style, text_width(g)));
        of.collect::<Vec<_>>()
    };
    spans.iter().flat_map(graphemes).collect()
}

/// Puts the cells of the gaps in the place of their characters.
fn put_in(line: &mut CardLine, gaps: &mut [std::collections::VecDeque<(String, Style, usize)>]) {
    let mut spans: Vec<Span> = Vec::new();
    let mut column = 0;
    for span in std::mem::take(&mut line.line.spans) {
        // Cells of a wide character that were filled with its first.
        let mut owed = 0_usize;
        for c in span.text.chars() {
            let Some(gap) = gap_of(c, gaps.len()) else {
                let plain = c.to_string();
                column += text_width(&plain);
                push(&mut spans, &plain, span.style);
                continue;
            };
            line.spots.push(super::way::spot(column, 1, gap));
            column += 1;
            if owed > 0 {
                owed -= 1;
                continue;
            }
            // What has no width of its own goes with what stands before it.
            while let Some((text, style, width)) = gaps[gap].pop_front() {
                line.kept |= style.reverse;
                push(&mut spans, &text, style);
                if width > 0 {
                    owed = width - 1;
                    break;
                }
            }
        }
    }
    line.line.spans = spans;
}

fn push(spans: &mut Vec<Span>, text: &str, style: Style) {
    match spans.last_mut() {
        Some(last) if last.style == style => last.text.push_str(text),
        _ if text.is_empty() => {}
        _ => spans.push(Span { text: text.to_string(), style }),
    }
}
