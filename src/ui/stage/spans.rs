//! What lasted from when to when: a lane for each who did something, a bar for each thing, one axis of time below.
//!
//! A bar runs from its start to its end, `├──────┤`; one that has not ended runs on, broken, to whatever comes next. With two
//! rows a lane what it was stands above the bar, and its number on it (`├──3───┤`); with one row, on it. The words that
//! fit are taken: a lane with little room says less and cuts no number. Where there are more lanes than rows, the last
//! row says how many are left out.

use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::clock::Clock;
use super::layout::{Growth, Need};
use crate::config::theme::Role;
use crate::lab::scene::{Span, SpanLane, Spans, Tone};
use crate::sim::Nanos;
use crate::ui::pen::Pen;

/// Empty cells between the names and the bars.
const GUTTER: u16 = 2;
/// Between two times on the axis.
const TICK: u16 = 14;

/// Two rows a lane and the axis; a third one keeps lanes apart.
pub fn need(spans: &Spans) -> Need {
    let lanes = Need::lines(spans.lanes.len()).likes;
    let rows = |each: u16| lanes.saturating_mul(each).saturating_add(1);
    Need { least: lanes, likes: rows(2), most: rows(3), growth: Growth::Rows }
}

/// Draws the lanes with as many rows each as there are.
pub fn draw(spans: &Spans, area: Rect, pen: &mut Pen) {
    let count = u16::try_from(spans.lanes.len()).unwrap_or(u16::MAX);
    if count == 0 || area.is_empty() {
        return;
    }
    let each = [3, 2]
        .into_iter()
        .find(|&each| area.height >= count.saturating_mul(each) + u16::from(each > 2))
        .unwrap_or(1);
    let names = pen.widest(spans.lanes.iter().map(|lane| lane.name.as_str())).min(area.width / 4);
    let left = if names == 0 { 0 } else { names + GUTTER };
    let line = Rect { x: area.x + left, width: area.width - left, ..area };
    let axis = Axis { line, from: spans.axis.0, to: spans.axis.1 };
    let fit = if count > area.height { area.height - 1 } else { count };
    let (strong, dim) = (pen.style(Role::Strong), pen.style(Role::Dim));
    for (lane, row) in spans.lanes.iter().zip(0..fit) {
        let y = area.y + row * each;
        let bars = y + u16::from(each > 1);
        pen.text(area.x, bars, names, &lane.name, strong);
        draw_lane(lane, &axis, (y, bars), pen);
    }
    if fit < count {
        let more = format!("{} {} more", pen.glyphs().ellipsis, count - fit);
        pen.text(area.x, area.bottom() - 1, area.width, &more, dim);
    } else if area.height > count * each {
        draw_axis(&axis, area.y + count * each, pen);
    }
}

/// Where a time stands.
struct Axis {
    line: Rect,
    from: Nanos,
    to: Nanos,
}

impl Axis {
    fn place(&self, at: Nanos) -> u16 {
        let (all, part) = (self.to.since(self.from).0.max(1), at.since(self.from).0);
        let last = u128::from(self.line.width.saturating_sub(1));
        let cells = (u128::from(part.min(all)) * last * 2 + u128::from(all)) / (u128::from(all) * 2);
        self.line.x + cells as u16
    }
}

/// The bars of a lane on the row `bars`, what they were on the row `texts`, which may be the same one.
fn draw_lane(lane: &SpanLane, axis: &Axis, (texts, bars): (u16, u16), pen: &mut Pen) {
    let end = axis.line.right();
    let mut free = axis.line.x;
    for (place, span) in lane.spans.iter().enumerate() {
        let first = axis.place(span.start);
        let next = lane.spans.get(place + 1).map_or(end, |next| axis.place(next.start).max(first));
        // One cell beyond the last of the bar.
        let after =
            span.end.map_or(next, |at| (axis.place(at) + 1).max(first + 2)).min(next.max(first + 1)).min(end);
        let bar = Rect::new(first, bars, after.saturating_sub(first), 1);
        draw_bar(span, bar, pen);
        if texts == bars {
            draw_inside(span, bar, next, pen);
            continue;
        }
        draw_number(span, bar, axis, pen);
        let (text, style) = words(span, None, next.saturating_sub(first.max(free) + 1).max(bar.width), pen);
        let width = pen.width(&text);
        // Near the right end it begins earlier, behind what stands before it.
        let x = first.min(end.saturating_sub(width)).max(free);
        free = x + pen.text(x, texts, end.saturating_sub(x), &text, style) + 1;
    }
}

fn style_of(span: &Span, pen: &Pen) -> Style {
    if span.tone == Tone::Plain { pen.style(Role::Text) } else { pen.tone(span.tone) }
}

fn draw_bar(span: &Span, bar: Rect, pen: &mut Pen) {
    let style = style_of(span, pen);
    let ascii = pen.theme.ascii;
    let (start, stop) = if ascii { ("|", "|") } else { ("├", "┤") };
    let dash = match (span.end, ascii) {
        (Some(_), _) => pen.glyphs().rule,
        (None, false) => "┄",
        (None, true) => ".",
    };
    pen.fill(bar.x, bar.y, bar.width, dash, style);
    if span.end.is_some() && bar.width > 1 {
        pen.put(bar.right() - 1, bar.y, stop, style);
    }
    if bar.width > 0 {
        pen.put(bar.x, bar.y, start, style);
    }
}

/// The number at its moment, between the ends of the bar.
fn draw_number(span: &Span, bar: Rect, axis: &Axis, pen: &mut Pen) {
    let Some(number) = span.number else { return };
    let text = number.to_string();
    let width = pen.width(&text);
    let Some(room) = bar.width.checked_sub(width) else { return };
    let middle = bar.x + room / 2;
    let at = span.point.map_or(middle, |point| axis.place(point).saturating_sub(width / 2));
    let inset = u16::from(room >= 2);
    let x = at.clamp(bar.x + inset, bar.x + room - inset);
    let strong = pen.style(Role::Strong).add_modifier(Modifier::BOLD);
    let style = if span.point.is_some() { strong } else { pen.style(Role::Dim) };
    pen.text(x, bar.y, width, &text, style);
}

/// The words on the bar itself, where a row is all there is; behind it where it is too short and the next one, at `next`,
/// leaves more room.
fn draw_inside(span: &Span, bar: Rect, next: u16, pen: &mut Pen) {
    let least = span.texts.iter().map(|text| pen.width(text)).min().unwrap_or(0);
    let (inside, behind) = (bar.width.saturating_sub(2), next.saturating_sub(bar.right() + 1));
    if least > inside && behind > inside {
        let (text, style) = words(span, span.number, behind, pen);
        pen.text(bar.right(), bar.y, behind, &text, style);
    } else if inside > 0 {
        let (text, style) = words(span, span.number, inside, pen);
        pen.text_centred(bar.x + 1, bar.y, inside, &text, style);
    }
}

/// The words that fit into a width, behind the mark of the tone and, where it stands nowhere else, the number. What
/// cannot be said in fewer words loses its mark, then its number.
fn words(span: &Span, number: Option<usize>, width: u16, pen: &Pen) -> (String, Style) {
    let mark = pen.theme.tone_mark(span.tone);
    let number = number.map(|number| number.to_string()).unwrap_or_default();
    let heads = [[number.as_str(), mark], [number.as_str(), ""], ["", mark], ["", ""]];
    let with = |head: &[&str; 2], text: &String| {
        let parts = head.iter().copied().chain([text.as_str()]).filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join(" ")
    };
    let fits = |text: &String| pen.width(text) <= width;
    let found = heads.iter().find_map(|head| span.texts.iter().map(|text| with(head, text)).find(fits));
    let text = found.or_else(|| span.texts.last().map(|text| pen.words(text, width).into_owned()));
    (text.unwrap_or_default(), style_of(span, pen))
}

/// A rule with times on it, from one end to the other.
fn draw_axis(axis: &Axis, y: u16, pen: &mut Pen) {
    let dim = pen.style(Role::Dim);
    let parts = u64::from((axis.line.width / TICK).clamp(1, 5));
    let span = axis.to.since(axis.from).0;
    let at = |part: u64| axis.from + Nanos((u128::from(span) * u128::from(part) / u128::from(parts)) as u64);
    let clock = Clock::of((0..=parts).map(at));
    let mut free = axis.line.x;
    for part in 0..=parts {
        let mut text = clock.show(at(part));
        if part == parts {
            text = format!("{text} {}", clock.unit);
        }
        let width = pen.width(&text);
        let x = axis.place(at(part)).saturating_sub(if part == 0 { 0 } else { width / 2 });
        let x = x.min(axis.line.right().saturating_sub(width));
        if x >= free {
            free = x + pen.text(x, y, axis.line.right().saturating_sub(x), &text, dim) + 2;
        }
    }
}
