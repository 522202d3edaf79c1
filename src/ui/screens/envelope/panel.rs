//! What is known of the line under the cursor: its value in full, how it comes about, and how sure it is; or what is
//! wrong with it and what to write instead.

use crate::app::Model;
use crate::app::layout::Area;
use crate::app::sheet::Shown;
use crate::config::theme::Role;
use crate::doc;
use crate::envelope::{Answer, Fault, StepKind};

use super::{Canvas, range};

/// What is shown where there is nothing to say of a line: how to write one.
const EXAMPLES: [(&str, &str); 5] = [
    ("dau = 500 million users", "a name, a number, what it counts"),
    ("reads = dau * 5 reads/user/day", "calculates with names above"),
    ("reads in reads/s", "another unit"),
    ("size = 1.2 KB/post to 4 KB/post", "a range: 90% sure"),
    ("# a comment, or the heading of a paragraph", ""),
];

/// Draws the panel under its rule.
pub fn draw(model: &Model, area: Area, canvas: &mut Canvas<'_>) {
    if area.height == 0 {
        return;
    }
    let editor = &model.envelope.editor;
    let line = editor.buffer.place().0;
    let (glyph, style) = (canvas.pen.glyphs().rule, canvas.pen.style(Role::Rule));
    canvas.pen.fill(area.x, area.y, area.width, glyph, style);
    let inner = Area { y: area.y + 1, height: area.height - 1, ..area };
    let name = editor.sheet().lines.get(line).and_then(|line| line.name.clone()).unwrap_or_default();
    match editor.shown(line) {
        Shown::Value(answer) => value(model, &name, answer, inner, canvas),
        Shown::Waiting(before) => {
            let said = match before {
                Some(answer) => format!("{} was {}", if name.is_empty() { "It" } else { &name }, answer.text),
                None => String::new(),
            };
            text(&said, Role::Dim, inner, canvas);
            // The reason is there for whoever wonders, and does not shout.
            let fault = editor.sheet().lines.get(line).and_then(|line| line.fault().cloned());
            let below = Area { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner };
            if let Some(fault) = fault {
                wrong(&fault, Role::Dim, below, canvas);
            }
        }
        Shown::Fault(fault) => wrong(fault, Role::Bad, inner, canvas),
        Shown::Nothing => examples(inner, canvas),
    }
}

fn text(text: &str, role: Role, area: Area, canvas: &mut Canvas<'_>) -> u16 {
    let lines = doc::wrap_text(text, usize::from(area.width.max(1)));
    let lines = lines.into_iter().take(usize::from(area.height));
    (0..)
        .zip(lines)
        .map(|(row, line)| {
            canvas.pen.text(area.x, area.y + row, area.width, &line, canvas.pen.style(role));
        })
        .count() as u16
}

/// What is wrong, and what to write instead.
fn wrong(fault: &Fault, role: Role, area: Area, canvas: &mut Canvas<'_>) {
    let used = text(&fault.message, role, area, canvas);
    if let Some(help) = &fault.help {
        let below = Area { y: area.y + used, height: area.height.saturating_sub(used), ..area };
        text(help, Role::Dim, below, canvas);
    }
}

fn examples(area: Area, canvas: &mut Canvas<'_>) {
    let column = canvas.pen.widest(EXAMPLES.iter().take(4).map(|(example, _)| *example)) + 3;
    for (y, (example, about)) in (area.y..area.y + area.height).zip(EXAMPLES) {
        canvas.pen.text(area.x, y, area.width, example, canvas.pen.style(Role::Text));
        let room = area.width.saturating_sub(column);
        canvas.pen.text(area.x + column.min(area.width), y, room, about, canvas.pen.style(Role::Dim));
    }
}

/// A value: what it is, how sure it is, and how it comes about.
fn value(model: &Model, name: &str, answer: &Answer, area: Area, canvas: &mut Canvas<'_>) {
    if area.height == 0 {
        return;
    }
    let shown = if name.is_empty() { answer.text.clone() } else { format!("{name} = {}", answer.text) };
    let mut used = canvas.pen.text(area.x, area.y, area.width, &shown, canvas.pen.style(Role::Strong));
    if let Some(spread) = &answer.spread {
        let range = format!("   90% between {}", spread.text.replace('…', "and"));
        let room = area.width - used;
        used += canvas.pen.text(area.x + used, area.y, room, &range, canvas.pen.style(Role::Text));
    }
    let room = area.width.saturating_sub(used + 3);
    // All digits of a median of samples would be more than anybody knows.
    let full = if answer.spread.is_some() { String::new() } else { answer.full() + "   " };
    let full = [format!("{full}{}", answer.dimension), answer.dimension.clone()];
    if let Some(fits) = full.iter().find(|text| canvas.pen.width(text) <= room) {
        canvas.pen.text_right(area.x + used + 3, area.y, room, fits, canvas.pen.style(Role::Dim));
    }
    let mut rest = Area { y: area.y + 1, height: area.height - 1, ..area };
    if let (true, Some(figure)) = (model.envelope.powers, answer.figure()) {
        let used = text(&figure.cost, Role::Dim, rest, canvas);
        rest = Area { y: rest.y + used, height: rest.height.saturating_sub(used), ..rest };
    }
    match &answer.spread {
        Some(spread) if area.width >= BESIDE => {
            let right = (area.width * 3 / 7).min(RANGE_WIDTH);
            let left = area.width - right - 3;
            steps(model, Area { width: left.min(STEPS_WIDTH), ..rest }, canvas);
            range::draw(spread, Area { x: rest.x + left + 3, width: right, ..rest }, canvas);
        }
        Some(spread) => {
            let used = range::draw(spread, rest, canvas);
            let rest = Area { y: rest.y + used, height: rest.height.saturating_sub(used), ..rest };
            steps(model, rest, canvas);
        }
        None => steps(model, Area { width: rest.width.min(STEPS_WIDTH), ..rest }, canvas),
    }
}

/// From which width on the steps and the range stand beside each other.
const BESIDE: u16 = 76;
/// The widest range.
const RANGE_WIDTH: u16 = 64;
/// The widest steps: where a result stands further from its calculation the eye loses the row.
const STEPS_WIDTH: u16 = 84;

/// How the value of the line comes about: a step a row, or two where its result has no room beside it.
fn steps(model: &Model, area: Area, canvas: &mut Canvas<'_>) {
    let steps = model.envelope.editor.steps();
    let last = steps.iter().rposition(|step| matches!(step.kind, StepKind::Operation | StepKind::Conversion));
    let results: Vec<String> = steps
        .iter()
        .map(|step| if step.result.is_empty() { String::new() } else { format!("= {}", step.result) })
        .collect();
    let beside = |index: usize, canvas: &Canvas<'_>| {
        canvas.pen.width(&steps[index].text) + canvas.pen.width(&results[index]) + 2 <= area.width
    };
    let rows: usize = (0..steps.len()).map(|index| if beside(index, canvas) { 1 } else { 2 }).sum();
    let all = rows <= usize::from(area.height);
    // Where there is no room for all, those that lead to the result are shown.
    let over = steps.len().saturating_sub(usize::from(area.height));
    let first = if all { 0 } else { over.min(last.unwrap_or(0)) };
    let mut y = area.y;
    for (index, step) in steps.iter().enumerate().skip(first) {
        if y >= area.y + area.height {
            break;
        }
        let quiet = matches!(step.kind, StepKind::Range | StepKind::Units);
        let role = if quiet { Role::Dim } else { Role::Text };
        let kept = canvas.pen.width(&results[index]).min(area.width);
        let two = all && !beside(index, canvas);
        let room = if two { area.width } else { area.width.saturating_sub(kept + 2) };
        let text = canvas.pen.words(&step.text, room).into_owned();
        canvas.pen.text(area.x, y, room, &text, canvas.pen.style(role));
        y += u16::from(two);
        let role = if Some(index) == last { Role::Strong } else { role };
        canvas.pen.text(area.x + area.width - kept, y, kept, &results[index], canvas.pen.style(role));
        y += 1;
    }
}
