//! Who did what when: a sequence diagram. An actor is a column with its name above and a line of life downwards,
//! a moment is a row, the time stands at the left.
//!
//! A message is an arrow with its text on it, or beside it where the arrow is too short. One that was sent earlier
//! and arrives now is broken, one that is lost ends midway. An act is a sign on its actor's line with the text behind
//! it. Where not all moments fit, the last ones are shown: the first row says how many came before. Columns
//! depend on the actors and the width only, so nothing jumps about while moments are added. Too small for columns, it
//! is a list.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::clock::Clock;
use super::lane::sign;
use super::layout::{Growth, Need};
use crate::config::theme::Role;
use crate::lab::scene::{Moment, Passage, Timeline, Tone};
use crate::ui::pen::Pen;

/// Below this size it is a list.
const WIDTH_MIN: u16 = 30;
const HEIGHT_MIN: u16 = 4;
/// Lines of life stand at least so far apart, and at most.
const APART_MIN: u16 = 5;
const APART_MAX: u16 = 44;
/// What it takes on a page: the names and a dozen moments.
const LIKES: u16 = 14;
/// Cells for the time.
const TIME: u16 = 7;
/// Names that are too long for one row stand in two where there are so many rows.
const TWO_ROWS: u16 = 8;
/// Empty cells behind the time.
const GUTTER: u16 = 2;

/// The names and as many moments as there is room for.
pub fn need(timeline: &Timeline) -> Need {
    let all = Need::lines(timeline.moments.len() + 1).likes;
    Need { least: all.min(5), likes: LIKES, most: all.max(LIKES), growth: Growth::Rows }
}

/// Draws the last moments that fit.
pub fn draw(timeline: &Timeline, area: Rect, pen: &mut Pen) {
    if let Some(columns) = Columns::of(timeline, area, pen).filter(|_| area.height >= HEIGHT_MIN) {
        columns.draw(timeline, area, pen);
    } else {
        draw_list(timeline, area, pen);
    }
}

/// The moments that fit on so many rows: how many are left out, and the rest. One row says so.
fn last(moments: &[Moment], rows: u16) -> (usize, &[Moment]) {
    let rows = usize::from(rows);
    if moments.len() <= rows {
        return (0, moments);
    }
    let left_out = moments.len() - rows.saturating_sub(1).max(rows.min(1));
    (left_out, &moments[left_out..])
}

/// Where the lines of life stand.
struct Columns {
    /// The line of each actor.
    lines: Vec<u16>,
    /// From one line to the next.
    apart: u16,
}

impl Columns {
    /// Nothing where they have no room.
    fn of(timeline: &Timeline, area: Rect, pen: &Pen) -> Option<Columns> {
        let count = u16::try_from(timeline.actors.len()).ok().filter(|&count| count > 0)?;
        let room = area.width.checked_sub(TIME + GUTTER).filter(|_| area.width >= WIDTH_MIN)?;
        let name = pen.width(timeline.actors.first()?).min(room / (count + 1));
        let before = (name / 2).max(1);
        // Half a column more at the right end, for what the last actor does.
        let apart =
            (u32::from(room - before) * 2 / (2 * u32::from(count) - 1)).min(u32::from(APART_MAX)) as u16;
        let line = |actor: u16| area.x + TIME + GUTTER + before + actor * apart;
        (apart >= APART_MIN).then(|| Columns { lines: (0..count).map(line).collect(), apart })
    }

    fn draw(&self, timeline: &Timeline, area: Rect, pen: &mut Pen) {
        let (dim, rule) = (pen.style(Role::Dim), pen.style(Role::Rule));
        let names = self.name_rows(timeline, area, pen);
        let (left_out, moments) = last(&timeline.moments, area.height - names);
        let clock = Clock::of(moments.iter().map(|moment| moment.at));
        pen.text_right(area.x, area.y, TIME, clock.unit, dim);
        for &x in &self.lines {
            for y in area.y + 1..area.bottom() {
                pen.put(x, y, pen.glyphs().vertical, rule);
            }
        }
        self.draw_names(timeline, Rect { height: names, ..area }, pen);
        let mut y = area.y + names;
        if left_out > 0 {
            let before = format!("{} {left_out} before ", pen.glyphs().ellipsis);
            pen.text(area.x, y, area.width, &before, dim);
            y += 1;
        }
        for (moment, y) in moments.iter().zip(y..area.bottom()) {
            pen.text_right(area.x, y, TIME, &clock.show(moment.at), dim);
            let row = Rect::new(area.x + TIME + 1, y, area.width - TIME - 1, 1);
            match (self.lines.get(moment.from), self.lines.get(moment.to)) {
                (Some(&x), Some(_)) if moment.from == moment.to => draw_act(moment, x, row, pen),
                (Some(&from), Some(&to)) => draw_message(moment, from, to, row, pen),
                // Somebody who has no column.
                _ => {
                    let style = pen.tone(moment.tone);
                    Text::of(moment, pen).put(row, style, pen);
                }
            }
        }
    }
}

impl Columns {
    /// One row for the names, or two in turn where one is too short for them.
    fn name_rows(&self, timeline: &Timeline, area: Rect, pen: &Pen) -> u16 {
        let long = pen.widest(timeline.actors.iter().map(String::as_str)) >= self.apart;
        if long && self.lines.len() > 1 && area.height >= TWO_ROWS { 2 } else { 1 }
    }

    fn draw_names(&self, timeline: &Timeline, area: Rect, pen: &mut Pen) {
        let strong = pen.style(Role::Strong);
        for (index, (&x, name)) in (0..).zip(self.lines.iter().zip(&timeline.actors)) {
            let width = pen.width(name).min(self.apart * area.height - 1);
            let start = x.saturating_sub(width / 2).min(area.right().saturating_sub(width)).max(area.x);
            pen.text(start, area.y + index % area.height, width, name, strong);
        }
    }
}

/// A sign on the actor's line and the text behind it, or before it where that side has no room.
fn draw_act(moment: &Moment, x: u16, row: Rect, pen: &mut Pen) {
    let style = pen.tone(moment.tone);
    let glyph = sign(moment.tone, pen);
    pen.put(x, row.y, glyph, style);
    // The sign is the mark.
    let text = Text { mark: "", width: pen.width(&moment.text), text: &moment.text };
    text.put_beside((x, x), row, style, pen);
}

/// An arrow from one line of life to another.
fn draw_message(moment: &Moment, from: u16, to: u16, row: Rect, pen: &mut Pen) {
    let style = pen.tone(moment.tone);
    let line = if moment.tone == Tone::Plain { pen.style(Role::Dim) } else { style };
    let (left, right, rightwards) = (from.min(to), from.max(to), from < to);
    let glyphs = pen.glyphs();
    let (dash, tee) = match (moment.passage, pen.theme.ascii) {
        (Passage::Late, false) => ("┄", None),
        (Passage::Late, true) => (".", None),
        (_, false) => (glyphs.rule, Some(if rightwards { "├" } else { "┤" })),
        (_, true) => (glyphs.rule, Some("+")),
    };
    // The cells of the arrow with its head.
    let (mut first, mut end) = (left + 1, right);
    let mut head = (if rightwards { glyphs.right } else { glyphs.left }, style);
    if moment.passage == Passage::Lost {
        head = (pen.theme.tone_mark(Tone::Bad), pen.tone(Tone::Bad));
        let reach = ((end - first) * 3 / 5).max(2);
        if rightwards {
            end = first + reach;
        } else {
            first = end - reach;
        }
    }
    pen.fill(first, row.y, end - first, dash, line);
    if let Some(tee) = tee {
        pen.put(from, row.y, tee, line);
    }
    let at = if rightwards { end - 1 } else { first };
    pen.put(at, row.y, head.0, head.1);
    let text = Text::of(moment, pen);
    let shaft = if rightwards {
        Rect::new(first, row.y, end - first - 1, 1)
    } else {
        Rect::new(first + 1, row.y, end - first - 1, 1)
    };
    if text.width > 0 && text.width + 2 <= shaft.width {
        text.put_on(shaft, style, pen);
    } else if moment.passage == Passage::Lost && text.width + 2 <= right - left - 1 - (end - first) {
        // Behind the place where it was lost, before the line that it never reached.
        let free = if rightwards { end + 1 } else { left + 1 };
        let room = Rect::new(free, row.y, text.width, 1);
        text.put(room, style, pen);
    } else {
        let beside = text.room_beside((left, right), row).0;
        if text.width > beside && shaft.width > beside + 1 {
            text.put(
                Rect { width: shaft.width - 1, x: shaft.x + u16::from(rightwards), ..shaft },
                style,
                pen,
            );
        } else {
            text.put_beside((left, right), row, style, pen);
        }
    }
}

/// What is said of a moment: the mark of its tone and its text.
struct Text<'a> {
    mark: &'static str,
    text: &'a str,
    /// The cells of both.
    width: u16,
}

impl<'a> Text<'a> {
    fn of(moment: &'a Moment, pen: &Pen) -> Text<'a> {
        let mark = pen.theme.tone_mark(moment.tone);
        let own = pen.width(&moment.text);
        let marked = own.saturating_add(if mark.is_empty() { 0 } else { 2 });
        Text { mark, text: &moment.text, width: if own == 0 { 0 } else { marked } }
    }

    fn whole(&self) -> String {
        if self.mark.is_empty() { self.text.to_string() } else { format!("{} {}", self.mark, self.text) }
    }

    /// From the left end of a place, cut between words where it is longer.
    fn put(&self, place: Rect, style: Style, pen: &mut Pen) {
        let whole = self.whole();
        let text = pen.words(&whole, place.width);
        pen.text(place.x, place.y, place.width, &text, style);
    }

    /// In the middle of an arrow's shaft, with blanks around it where there is room.
    fn put_on(&self, shaft: Rect, style: Style, pen: &mut Pen) {
        let text = self.whole();
        let text = if self.width + 4 <= shaft.width { format!(" {text} ") } else { text };
        pen.text_centred(shaft.x, shaft.y, shaft.width, &text, style);
    }

    /// The cells beside what stands between two cells of a row, and whether they are those to the right.
    fn room_beside(&self, (left, right): (u16, u16), row: Rect) -> (u16, bool) {
        let behind = row.right().saturating_sub(right + 2);
        let before = left.saturating_sub(row.x + 1);
        if self.width <= behind || behind >= before { (behind, true) } else { (before, false) }
    }

    /// To the right of what stands between two cells of a row, to its left where it fits only there, else cut on
    /// the side with more room. Lines of life give way to a text.
    fn put_beside(&self, (left, right): (u16, u16), row: Rect, style: Style, pen: &mut Pen) {
        let whole = self.whole();
        let (room, to_right) = self.room_beside((left, right), row);
        let text = pen.words(&whole, room);
        let width = pen.width(&text);
        if width > 0 {
            let x = if to_right { right + 2 } else { left - 1 - width };
            // No line touches the text.
            pen.fill(x - 1, row.y, (width + 2).min(row.right() - x + 1), " ", style);
            pen.text(x, row.y, width, &text, style);
        }
    }
}

/// A line a moment: when, who, to whom, what.
fn draw_list(timeline: &Timeline, area: Rect, pen: &mut Pen) {
    let (left_out, moments) = last(&timeline.moments, area.height);
    let clock = Clock::of(moments.iter().map(|moment| moment.at));
    let (dim, text) = (pen.style(Role::Dim), pen.style(Role::Text));
    let mut y = area.y;
    if left_out > 0 && area.height > 1 {
        let before = format!("{} {left_out} before", pen.glyphs().ellipsis);
        pen.text(area.x, y, area.width, &before, dim);
        y += 1;
    }
    let name = |actor: usize| timeline.actors.get(actor).map_or("?", String::as_str);
    for (moment, y) in moments.iter().zip(y..area.bottom()) {
        let time = format!("{} {}", clock.show(moment.at), clock.unit);
        let indent = (clock.width + 1).saturating_sub(pen.width(&clock.show(moment.at)) + 1);
        let x = area.x + indent.min(area.width);
        let mut who = name(moment.from).to_string();
        if moment.from != moment.to {
            let lost = pen.theme.tone_mark(Tone::Bad);
            let arrow = if moment.passage == Passage::Lost { lost } else { pen.glyphs().right };
            who = format!("{who} {arrow} {}", name(moment.to));
        }
        let said = Text::of(moment, pen).whole();
        let style = pen.tone(moment.tone);
        let spans = [(time.as_str(), dim), ("  ", dim), (&who, text), ("  ", text), (&said, style)];
        pen.spans(x, y, area.right().saturating_sub(x), &spans);
    }
}
