//! The Lab: the demos by part, each with its question and what was done with it, and one of them full screen.

use crate::app::catalogue::named;
use crate::app::layout::Area;
use crate::app::{Model, Target};
use crate::config::theme::Role;
use crate::doc;
use crate::lab::Spec;
use crate::lab::scene::Tone;

use super::super::{Canvas, demo, shell};
use super::catalogue;

/// Draws the Lab.
pub fn draw(model: &Model, area: Area, canvas: &mut Canvas<'_>) {
    let margin = u16::from(area.width > 40);
    let inner = Area { x: area.x + margin, width: area.width - 2 * margin, ..area };
    match &model.lab.open {
        Some(player) => demo::draw(player, inner, true, true, canvas),
        None if model.lab.by_topic => catalogue::draw(model, inner, canvas),
        None => list(model, inner, canvas),
    }
}

/// A demo in the list: its heading where it begins a part, its title, its question.
struct Entry {
    spec: &'static Spec,
    heading: Option<String>,
    hook: Vec<String>,
}

impl Entry {
    fn height(&self) -> u16 {
        u16::try_from(self.hook.len()).unwrap_or(1) + 1 + 2 * u16::from(self.heading.is_some())
    }
}

fn entries(shown: &[&'static Spec], room: usize) -> Vec<Entry> {
    let mut part = "";
    let entry = |spec: &&'static Spec| {
        let begins = spec.part != part;
        part = spec.part;
        let heading = begins.then(|| named(spec.part));
        Entry { spec, heading, hook: doc::wrap_text(spec.hook, room) }
    };
    shown.iter().map(entry).collect()
}

fn list(model: &Model, area: Area, canvas: &mut Canvas<'_>) {
    let width = area.width.min(92);
    let x = area.x + (area.width - width) / 2;
    let area = filter(model, Area { x, width, ..area }, canvas);
    let shown = model.lab.shown();
    let entries = entries(&shown, usize::from(width.saturating_sub(4).max(1)));
    // As many rows before the chosen one as fit.
    let chosen = model.lab.list.chosen.min(entries.len().saturating_sub(1));
    let mut top = chosen;
    let mut used = entries.get(chosen).map_or(0, Entry::height);
    while top > 0 && used + entries[top - 1].height() <= area.height {
        top -= 1;
        used += entries[top].height();
    }
    let bottom = area.y + area.height;
    let mut y = area.y;
    for (row, entry) in entries.iter().enumerate().skip(top) {
        if y >= bottom {
            break;
        }
        if let Some(heading) = &entry.heading {
            y += u16::from(y > area.y);
            if y < bottom {
                canvas.pen.text(x, y, width, heading, canvas.pen.style(Role::Accent));
            }
            y += 1;
        }
        if y >= bottom {
            break;
        }
        let height = (u16::try_from(entry.hook.len()).unwrap_or(1) + 1).min(bottom - y);
        canvas.target(Area { x, y, width, height }, Target::Row(row));
        title(model, entry.spec, row == chosen, Area { x, y, width, height: 1 }, canvas);
        for (line, text) in (y + 1..bottom).zip(&entry.hook) {
            canvas.pen.text(x + 3, line, width.saturating_sub(3), text, canvas.pen.style(Role::Text));
        }
        y += height;
    }
    if entries.is_empty() {
        canvas.pen.text(x, y, width, "No demo matches. Esc shows all.", canvas.pen.style(Role::Dim));
    }
}

/// The filter, where there is one. Returns what is left for the list.
fn filter(model: &Model, area: Area, canvas: &mut Canvas<'_>) -> Area {
    let lab = &model.lab;
    if !lab.filtering && lab.filter.text().is_empty() {
        let gap = u16::from(area.height > 8);
        return Area { y: area.y + gap, height: area.height - gap, ..area };
    }
    let used = canvas.pen.text(area.x, area.y, area.width, "filter  ", canvas.pen.style(Role::Dim));
    let field = Area { x: area.x + used, width: area.width.saturating_sub(used), height: 1, ..area };
    if lab.filtering {
        shell::field_line(field, lab.filter.text(), lab.filter.cursor(), "name, question or topic", canvas);
    } else {
        canvas.pen.text(field.x, field.y, field.width, lab.filter.text(), canvas.pen.style(Role::Text));
    }
    let taken = 2.min(area.height);
    Area { y: area.y + taken, height: area.height - taken, ..area }
}

/// A demo's title, and at the right what was done with it.
fn title(model: &Model, spec: &Spec, chosen: bool, area: Area, canvas: &mut Canvas<'_>) {
    let role = if chosen { Role::Selected } else { Role::Strong };
    let used =
        canvas.pen.text(area.x + 2, area.y, area.width, &format!(" {} ", spec.title), canvas.pen.style(role));
    let (text, _) = done(model, spec, canvas);
    let room = area.width.saturating_sub(used + 4);
    if canvas.pen.width(&text) <= room {
        canvas.pen.text_right(area.x, area.y, area.width, &text, canvas.pen.style(Role::Dim));
    }
}

/// What was done with a demo: in words, and as marks in the same order.
pub(super) fn done(model: &Model, spec: &Spec, canvas: &Canvas<'_>) -> (String, String) {
    let (runs, goals) = model.learned.demos.get(spec.name).copied().unwrap_or((0, 0));
    let bet = model.learned.states.contains_key(spec.bet);
    let reached = (goals.count_ones() as usize).min(spec.goals.len());
    let (done, open) = (canvas.pen.theme.tone_mark(Tone::Good), canvas.pen.glyphs().open);
    let mark = |done_it: bool| if done_it { done } else { open };
    let of = spec.goals.len();
    let (run, bet, all) = (mark(runs > 0), mark(bet), mark(reached == of));
    let whole = format!("{run} run   {bet} bet   {all} {reached} of {of} goals");
    (whole, format!("{run} {bet} {all} {reached}/{of}"))
}
