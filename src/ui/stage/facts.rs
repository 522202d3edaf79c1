//! Named values, one a line: names in one column, numbers to the right in the next, so that they align at
//! the unit. The remark stands behind the value, dim, after the mark of its tone.

use ratatui::layout::Rect;

use super::layout::Need;
use crate::config::theme::Role;
use crate::lab::scene::{Fact, Tone};
use crate::ui::pen::Pen;

/// Empty cells between facts that stand side by side.
const GUTTER: u16 = 3;

/// Less of a remark says nothing.
const NOTE_MIN: u16 = 10;

/// Below this width a name is worth more than the mark of a tone and than values that align.
const TIGHT: u16 = 24;

/// One line a fact.
pub fn need(facts: &[Fact]) -> Need {
    Need::lines(facts.len())
}

/// The width of the longest name.
pub fn names(facts: &[Fact], pen: &Pen) -> u16 {
    pen.widest(facts.iter().map(|fact| fact.name.as_str()))
}

/// Draws facts whose names take `names` cells. Where they are more than the lines and the width allows, in several columns.
pub fn draw(facts: &[Fact], area: Rect, names: u16, pen: &mut Pen) {
    if facts.is_empty() || area.is_empty() {
        return;
    }
    let columns = Columns::of(facts, area.width, names, pen);
    let line = columns.line.max(1);
    let fit = usize::from((area.width + GUTTER) / line.saturating_add(GUTTER).max(1)).max(1);
    let across = facts.len().div_ceil(usize::from(area.height)).min(fit);
    let width = if across == 1 { area.width } else { line };
    for (chunk, x) in
        facts.chunks(facts.len().div_ceil(across)).zip((area.x..).step_by(usize::from(width + GUTTER)))
    {
        for (fact, y) in chunk.iter().zip(area.y..area.bottom()) {
            draw_fact(fact, Rect::new(x, y, width, 1), &columns, pen);
        }
    }
}

/// Where the parts of a line stand.
struct Columns {
    name: u16,
    number: u16,
    line: u16,
}

impl Columns {
    fn of(facts: &[Fact], width: u16, names: u16, pen: &Pen) -> Columns {
        let number = pen.widest(facts.iter().map(|fact| number(&fact.value)));
        // A number is moved to the right by at most the width of the widest, and may carry a mark.
        let aligned = |fact: &Fact| pen.width(&fact.value).saturating_add(pad(fact, number, pen));
        let value = facts.iter().map(aligned).max().unwrap_or(0);
        let tight = width < TIGHT;
        let value = if tight { pen.widest(facts.iter().map(|fact| fact.value.as_str())) } else { value };
        let marked = !tight && facts.iter().any(|fact| !pen.theme.tone_mark(fact.tone).is_empty());
        let least = value.saturating_add(if marked { 4 } else { 2 });
        // The value matters more than the name; a name keeps a third of the line in any case.
        let name = names.min(width.saturating_sub(least).max(width / 3));
        let note =
            |fact: &Fact| if fact.note.is_empty() { 0 } else { pen.width(&fact.note).saturating_add(4) };
        let notes = facts.iter().map(note).max().unwrap_or(0);
        let line = name.saturating_add(4).saturating_add(value).saturating_add(notes);
        Columns { name, number, line }
    }
}

fn draw_fact(fact: &Fact, line: Rect, columns: &Columns, pen: &mut Pen) {
    let (dim, value) = (pen.style(Role::Dim), pen.tone(fact.tone));
    pen.text(line.x, line.y, columns.name.min(line.width), &fact.name, dim);
    let end = line.right();
    let after = line.x + columns.name + u16::from(columns.name > 0) * 2;
    // Whole before aligned.
    let whole = end.saturating_sub(pen.width(&fact.value));
    let mut x = (after + pad(fact, columns.number, pen)).min(whole.max(after));
    x += pen.text(x, line.y, end.saturating_sub(x), &fact.value, value);
    let mark = pen.theme.tone_mark(fact.tone);
    if !mark.is_empty() {
        x += 1 + pen.text(x + 1, line.y, end.saturating_sub(x + 1), mark, value);
    }
    if !fact.note.is_empty() && end.saturating_sub(x) > 4 {
        let style = if fact.tone == Tone::Plain { dim } else { value };
        x += if mark.is_empty() { 2 } else { 1 };
        // Half a number is a wrong number: a note that does not fit and has one stands there not at all.
        let room = end.saturating_sub(x);
        let fits = pen.width(&fact.note) <= room;
        if fits || (room >= NOTE_MIN && !fact.note.contains(|c: char| c.is_ascii_digit())) {
            let note = pen.words(&fact.note, room);
            pen.text(x, line.y, room, &note, style);
        }
    }
}

/// The cells before a value, so that its number ends where the widest does.
fn pad(fact: &Fact, widest: u16, pen: &Pen) -> u16 {
    match pen.width(number(&fact.value)) {
        0 => 0,
        digits => widest.saturating_sub(digits),
    }
}

/// The number at the start of a value: `1,204` of `1,204 requests`. Values align at its end.
fn number(value: &str) -> &str {
    let digits = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | '+');
    let end = value.find(|c| !digits(c)).unwrap_or(value.len());
    let number = &value[..end];
    if number.contains(|c: char| c.is_ascii_digit()) { number } else { "" }
}
