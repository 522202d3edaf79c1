//! A state machine: boxes in a row with arrows between neighbours and the other changes on lines beneath; the
//! live state has the heavy frame and the reversed name, the last change is the only one that is not dim.
//!
//! Where the width or height is short it becomes a list, and on one line only the names.

use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::layout::{Growth, Need};
use crate::config::theme::Role;
use crate::lab::scene::{State, States};
use crate::ui::pen::{Pen, cells};

/// Rows of a box: two of frame, the name, the details.
const BOX: u16 = 4;
/// A box is at least so wide inside, and at most.
const INSIDE_MIN: u16 = 9;
const INSIDE_MAX: u16 = 22;
/// The details of most states fit into so many cells: boxes are so wide where the reasons leave the room.
const DETAIL: u16 = 14;
/// An arrow is at least so long.
const ARROW_MIN: u16 = 5;
/// So many changes between states that are no neighbours are drawn; the others are listed.
const LOOPS_MAX: usize = 3;

/// The boxes and the lines beneath them, or the list.
pub fn need(states: &States, width: u16) -> Need {
    if let Some(plan) = Plan::of(states, width) {
        return Need::lines(usize::from(BOX) + plan.loops.len() * 2 + plan.listed.len());
    }
    let all = Need::lines(states.states.len() + states.changes.len());
    Need { least: Need::lines(states.states.len()).likes.min(all.likes), growth: Growth::Rows, ..all }
}

/// Draws a state machine.
pub fn draw(states: &States, area: Rect, pen: &mut Pen) {
    match Plan::of(states, area.width) {
        Some(plan) if area.height >= BOX => plan.draw(states, area, pen),
        _ if usize::from(area.height) < states.states.len() => draw_line(states, area, pen),
        _ => draw_list(states, area, pen),
    }
}

/// Where everything stands when the boxes fit side by side.
struct Plan {
    /// The width of a box with its frame.
    width: u16,
    /// The cells between two boxes, for each neighbouring pair.
    gaps: Vec<u16>,
    /// Changes between states that are no neighbours, the shortest first.
    loops: Vec<usize>,
    /// Changes that are only listed.
    listed: Vec<usize>,
}

impl Plan {
    /// Nothing where the boxes do not fit. The details play no part: they change while the machine runs.
    fn of(states: &States, width: u16) -> Option<Plan> {
        let count = u16::try_from(states.states.len()).ok().filter(|&count| count > 0)?;
        let known = |index: &usize| *index < states.states.len();
        let mut loops = Vec::new();
        let mut listed = Vec::new();
        for (index, (from, to, _)) in states.changes.iter().enumerate() {
            if !known(from) || !known(to) || from == to {
                listed.push(index);
            } else if from.abs_diff(*to) > 1 {
                loops.push(index);
            }
        }
        loops.sort_by_key(|&index| states.changes[index].0.abs_diff(states.changes[index].1));
        if loops.len() > LOOPS_MAX {
            listed.extend(loops.split_off(LOOPS_MAX));
        }
        listed.retain(|&index| known(&states.changes[index].0) && known(&states.changes[index].1));
        let names = states.states.iter().map(|state| room(&state.name)).max()?;
        let least = names.saturating_add(2).clamp(INSIDE_MIN, INSIDE_MAX) + 2;
        let label = |left: usize, halved: bool| {
            let between =
                |(from, to, _): &&(usize, usize, String)| *from.min(to) == left && from.abs_diff(*to) == 1;
            let halved = halved && !both_ways(states, left);
            let cells = |change: &(usize, usize, String)| match split(&change.2) {
                Some((first, second)) if halved => room(first).max(room(second)),
                _ => room(&change.2),
            };
            states.changes.iter().filter(between).map(|change| cells(change).saturating_add(2)).max()
        };
        let likes = |halved: bool| -> Vec<u16> {
            let likes = |right: u16| label(usize::from(right - 1), halved).unwrap_or(0).max(ARROW_MIN);
            (1..count).map(likes).collect()
        };
        // Whole reasons on one line, else on two where only one arrow goes, else cut; then narrower boxes.
        let roomy = least.max(DETAIL + 2);
        let whole = Plan::boxes(width, roomy, &likes(false), false);
        let halved = || Plan::boxes(width, roomy, &likes(true), true);
        let (width, gaps) =
            whole.or_else(halved).or_else(|| Plan::boxes(width, least, &likes(true), true))?;
        Some(Plan { width, gaps, loops, listed })
    }

    /// The width of boxes of at least `least` cells and the gaps between them, shorter than they like to be only where
    /// reasons may be `cut`. Nothing where they do not fit.
    fn boxes(width: u16, least: u16, likes: &[u16], cut: bool) -> Option<(u16, Vec<u16>)> {
        let count = likes.len() as u16 + 1;
        let room = width.checked_sub(least.checked_mul(count)?)?;
        let wanted = likes.iter().fold(0, |sum: u16, &gap| sum.saturating_add(gap));
        if wanted <= room {
            let spare = (room - wanted) / count;
            return Some((least + spare.min((INSIDE_MAX + 2).saturating_sub(least)), likes.to_vec()));
        }
        // Long labels are cut, all to the same length, but not below what still can be read.
        let mut cap = wanted;
        while likes.iter().map(|&gap| u32::from(gap.min(cap))).sum::<u32>() > u32::from(room) {
            cap = cap.checked_sub(1)?;
        }
        (cut && cap >= 12).then(|| (least, likes.iter().map(|&gap| gap.min(cap)).collect()))
    }

    /// Where a box begins.
    fn left(&self, index: usize) -> u16 {
        let gaps: u16 = self.gaps[..index].iter().sum();
        self.width * index as u16 + gaps
    }

    fn draw(&self, states: &States, area: Rect, pen: &mut Pen) {
        for (index, state) in states.states.iter().enumerate() {
            draw_box(state, Rect::new(area.x + self.left(index), area.y, self.width, BOX), pen);
        }
        for right in 1..states.states.len() {
            let x = area.x + self.left(right) - self.gaps[right - 1];
            let gap = Rect::new(x, area.y, self.gaps[right - 1], BOX);
            self.draw_arrow(states, (right - 1, right), gap, pen);
            self.draw_arrow(states, (right, right - 1), gap, pen);
        }
        let mut y = area.y + BOX;
        for (row, &index) in self.loops.iter().enumerate() {
            if y + 2 <= area.bottom() {
                self.draw_loop(states, index, row as u16, (area.x, area.y + BOX), pen);
                y += 2;
            }
        }
        for &index in &self.listed {
            if y < area.bottom() {
                draw_change(states, index, Rect::new(area.x, y, area.width, 1), pen);
                y += 1;
            }
        }
    }

    /// The arrow from one box to its neighbour: to the right on the second row with its reason above, to the left on
    /// the third with its reason below.
    fn draw_arrow(&self, states: &States, (from, to): (usize, usize), gap: Rect, pen: &mut Pen) {
        let mut all =
            states.changes.iter().enumerate().filter(|(_, change)| (change.0, change.1) == (from, to));
        let Some(first) = all.next() else { return };
        let last = states.last.and_then(|last| all.find(|(index, _)| *index == last));
        let (index, (_, _, why)) = last.unwrap_or(first);
        let (line, text, glyph) = change_style(states, index, pen);
        let (x, width) = (gap.x + 1, gap.width.saturating_sub(2));
        // Where no arrow comes back, a long reason stands on both sides of this one.
        let two = split(why).filter(|_| pen.width(why) > width && !both_ways(states, from.min(to)));
        if let Some((first, second)) = two {
            let above = if from < to { gap.y } else { gap.y + 1 };
            let glyphs = pen.glyphs();
            let (head, at) =
                if from < to { (glyphs.right, x + width.saturating_sub(1)) } else { (glyphs.left, x) };
            pen.text_centred(x, above, width, first, text);
            pen.fill(x, above + 1, width, glyph, line);
            pen.put(at, above + 1, head, line);
            pen.text_centred(x, above + 2, width, second, text);
        } else if from < to {
            let why = pen.words(why, width);
            pen.text_centred(x, gap.y, width, &why, text);
            pen.fill(x, gap.y + 1, width.saturating_sub(1), glyph, line);
            pen.put(x + width.saturating_sub(1), gap.y + 1, pen.glyphs().right, line);
        } else {
            pen.fill(x, gap.y + 2, width, glyph, line);
            pen.put(x, gap.y + 2, pen.glyphs().left, line);
            let why = pen.words(why, width);
            pen.text_centred(x, gap.y + 3, width, &why, text);
        }
    }

    /// The line beneath the boxes from one box to another that is no neighbour, its reason in the middle.
    fn draw_loop(&self, states: &States, index: usize, row: u16, (x, y): (u16, u16), pen: &mut Pen) {
        let (from, to, why) = &states.changes[index];
        let (line, text, glyph) = change_style(states, index, pen);
        // Each further line leaves and reaches the boxes a little to the side, so that none hides another.
        let foot = |state: usize| x + self.left(state) + self.width / 2 + row * 2;
        let (left, right) = (foot(*from.min(to)), foot(*from.max(to)));
        let depth = y + 1 + row * 2;
        let glyphs = pen.glyphs();
        let (vertical, [_, _, corner_left, corner_right]) = if glyph == glyphs.rule {
            (glyphs.vertical, glyphs.corners)
        } else {
            (glyphs.heavy_vertical, glyphs.heavy_corners)
        };
        for y in y..depth {
            pen.put(left, y, vertical, line);
            pen.put(right, y, vertical, line);
        }
        pen.put(foot(*to), y, glyphs.up, line);
        pen.put(left, depth, corner_left, line);
        pen.fill(left + 1, depth, right - left - 1, glyph, line);
        pen.put(right, depth, corner_right, line);
        let why = format!(" {why} ");
        pen.text_centred(left + 2, depth, right.saturating_sub(left + 3), &why, text);
    }
}

/// Whether arrows go both ways between a state and the next one.
fn both_ways(states: &States, left: usize) -> bool {
    let has = |from, to| states.changes.iter().any(|change| (change.0, change.1) == (from, to));
    has(left, left + 1) && has(left + 1, left)
}

/// A text in two lines that are as equal as its words allow. Nothing where it has only one word.
fn split(text: &str) -> Option<(&str, &str)> {
    let at = |(place, _): (usize, &str)| (&text[..place], &text[place + 1..]);
    let halves = text.match_indices(' ').map(at).filter(|(a, b)| !a.is_empty() && !b.is_empty());
    halves.min_by_key(|(first, second)| room(first).max(room(second)))
}

/// The cells to keep for a text; one more for each sign that ASCII spells with two.
fn room(text: &str) -> u16 {
    let spelt = text.chars().filter(|c| !c.is_ascii()).count();
    cells(text).saturating_add(u16::try_from(spelt).unwrap_or(u16::MAX))
}

/// How a change looks: its line, its text, and what a horizontal line of it is made of.
fn change_style(states: &States, index: usize, pen: &Pen) -> (Style, Style, &'static str) {
    if states.last == Some(index) {
        (pen.style(Role::Strong), pen.style(Role::Strong), pen.glyphs().heavy_rule)
    } else {
        (pen.style(Role::Rule), pen.style(Role::Dim), pen.glyphs().rule)
    }
}

fn draw_box(state: &State, area: Rect, pen: &mut Pen) {
    let glyphs = pen.glyphs();
    let (frame, [a, b, c, d], rule, vertical) = if state.live {
        (pen.tone(state.tone), glyphs.heavy_corners, glyphs.heavy_rule, glyphs.heavy_vertical)
    } else {
        (pen.style(Role::Rule), glyphs.corners, glyphs.rule, glyphs.vertical)
    };
    let (right, bottom) = (area.right() - 1, area.bottom() - 1);
    for (y, left_corner, right_corner) in [(area.y, a, b), (bottom, c, d)] {
        pen.put(area.x, y, left_corner, frame);
        pen.fill(area.x + 1, y, area.width - 2, rule, frame);
        pen.put(right, y, right_corner, frame);
    }
    for y in area.y + 1..bottom {
        pen.put(area.x, y, vertical, frame);
        pen.put(right, y, vertical, frame);
    }
    let (x, width) = (area.x + 1, area.width - 2);
    let name = name(state, pen);
    pen.text_centred(x, area.y + 1, width, &name, name_style(state, pen));
    let detail = if state.live { pen.style(Role::Text) } else { pen.style(Role::Dim) };
    pen.text_centred(x, area.y + 2, width, &state.detail, detail);
}

/// The name of a state; the live one's with its mark.
fn name(state: &State, pen: &Pen) -> String {
    let mark = pen.theme.tone_mark(state.tone);
    match (state.live, mark.is_empty()) {
        (false, _) => state.name.clone(),
        (true, true) => format!(" {} ", state.name),
        (true, false) => format!(" {mark} {} ", state.name),
    }
}

fn name_style(state: &State, pen: &Pen) -> Style {
    if state.live {
        pen.tone(state.tone).add_modifier(Modifier::REVERSED | Modifier::BOLD)
    } else {
        pen.style(Role::Dim)
    }
}

/// One line a state, then one line a change.
fn draw_list(states: &States, area: Rect, pen: &mut Pen) {
    let names = states.states.iter().map(|state| pen.width(&state.name)).max().unwrap_or(0).saturating_add(4);
    let text = pen.style(Role::Text);
    let dim = pen.style(Role::Dim);
    let mut lines = area.y..area.bottom();
    for (state, y) in states.states.iter().zip(lines.by_ref()) {
        // Names of live and other states begin in the same column.
        let indent = if state.live { 0 } else { 3 };
        let label = if state.live && pen.theme.tone_mark(state.tone).is_empty() {
            format!("  {}", name(state, pen))
        } else {
            name(state, pen)
        };
        pen.text(
            area.x + indent.min(area.width - 1),
            y,
            area.width.saturating_sub(indent),
            &label,
            name_style(state, pen),
        );
        let x = names + 1;
        let style = if state.live { text } else { dim };
        pen.text(area.x.saturating_add(x), y, area.width.saturating_sub(x), &state.detail, style);
    }
    // What happened last is not among those that give way.
    let room = lines.len();
    let last = states.last.filter(|&last| last >= room && room > 0 && last < states.changes.len());
    let shown = last.into_iter().chain(0..states.changes.len());
    for (index, y) in shown.zip(lines) {
        draw_change(states, index, Rect::new(area.x, y, area.width, 1), pen);
    }
}

/// A change in words: from, to, why.
fn draw_change(states: &States, index: usize, line: Rect, pen: &mut Pen) {
    let Some((from, to, why)) = states.changes.get(index) else { return };
    let name = |index: &usize| states.states.get(*index).map_or("?", |state| state.name.as_str());
    let (_, text, _) = change_style(states, index, pen);
    let arrow = format!(" {} ", pen.glyphs().right);
    let (x, width) = (line.x.saturating_add(3), line.width.saturating_sub(3));
    pen.spans(
        x,
        line.y,
        width,
        &[(name(from), text), (&arrow, text), (name(to), text), ("  ", text), (why, text)],
    );
}

/// The names on the first line where they fit, else the live state alone.
fn draw_line(states: &States, area: Rect, pen: &mut Pen) {
    let spans: Vec<(String, Style)> =
        states.states.iter().map(|state| (name(state, pen), name_style(state, pen))).collect();
    let total = spans.iter().fold(0, |sum: u16, (name, _)| sum.saturating_add(pen.width(name) + 2));
    let all = total <= area.width.saturating_add(2);
    let mut x = area.x;
    for (state, (name, style)) in states.states.iter().zip(&spans).filter(|(state, _)| all || state.live) {
        x += pen.text(x, area.y, area.right().saturating_sub(x), name, *style) + 2;
        if !all {
            let text = pen.style(Role::Text);
            x += pen.text(x, area.y, area.right().saturating_sub(x), &state.detail, text) + 2;
        }
    }
}
