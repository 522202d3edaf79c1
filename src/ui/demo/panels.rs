//! What can stand in place of a demo's picture: what to look for, the source, why it failed.

use super::row;
use crate::app::NOTES_WIDTH;
use crate::app::layout::Area;
use crate::app::player::{Note, Player, Seen};
use crate::config::theme::Role;
use crate::doc;
use crate::lab::Source;
use crate::lab::scene::Tone;
use crate::ui::Canvas;

/// A demo that failed: why, and what can be done.
pub(super) fn failure(player: &Player, why: &str, area: Area, canvas: &mut Canvas<'_>) {
    let run = &player.run;
    let settings: Vec<String> = player
        .spec()
        .controls
        .iter()
        .map(|control| format!("{}={}", control.name, control.show(run.settings().get(control.name))))
        .collect();
    let lines = [
        (Role::Bad, format!("The demo failed at {}: {why}", run.now())),
        (Role::Text, format!("seed {}   {}", run.seed().0, settings.join(" "))),
        (
            Role::Dim,
            "R starts it again, u brings back the run before, q leaves it. Nothing else is affected."
                .to_string(),
        ),
    ];
    let mut y = area.y + u16::from(area.height > 6);
    for (role, text) in lines {
        for line in doc::wrap_text(&text, usize::from(area.width.max(1))) {
            if y < area.y + area.height {
                canvas.pen.text(area.x, y, area.width, &line, canvas.pen.style(role));
            }
            y += 1;
        }
    }
}

/// What to look for, what can be set, what to reach, what must hold: from a line on.
pub(super) fn look_for(player: &Player, seen: &Seen, top: usize, area: Area, canvas: &mut Canvas<'_>) {
    let width = NOTES_WIDTH.min(usize::from(area.width));
    let notes = player.notes(seen, width);
    let (done, broke) = (canvas.pen.theme.tone_mark(Tone::Good), canvas.pen.theme.tone_mark(Tone::Bad));
    let open = canvas.pen.glyphs().open;
    let last = notes.len().saturating_sub(usize::from(area.height));
    for (line, y) in notes.iter().skip(top.min(last)).zip(area.y..area.y + area.height) {
        let (role, mark) = match line.note {
            Note::Head => (Role::Strong, ""),
            Note::Text => (Role::Text, ""),
            Note::Reached => (Role::Good, done),
            Note::Open => (Role::Dim, open),
            Note::Holds => (Role::Dim, done),
            Note::Broken => (Role::Bad, broke),
        };
        let style = canvas.pen.style(role);
        if line.first {
            canvas.pen.text(area.x, y, area.width, mark, style);
        }
        let indent = if line.note == Note::Head { 0 } else { 2 };
        canvas.pen.text(area.x + indent, y, area.width.saturating_sub(indent), &line.text, style);
    }
}

/// The source of an implementation, from a line on.
pub(super) fn source(
    player: &Player,
    file: usize,
    (top, left): (usize, usize),
    area: Area,
    canvas: &mut Canvas<'_>,
) {
    let Some(Source { path, text, .. }) = player.spec().sources.get(file) else { return };
    let mut rest = area;
    let title = row(&mut rest, 1);
    if title.height > 0 {
        let count = text.lines().count();
        let sources = player.spec().sources.len();
        let more = if sources > 1 {
            format!("   file {} of {sources}: s for the next", file + 1)
        } else {
            String::new()
        };
        let place = format!("{path}   line {} of {count}{more}", top + 1);
        canvas.pen.text(title.x, title.y, title.width, &place, canvas.pen.style(Role::Strong));
    }
    for (index, line) in text.lines().skip(top).take(usize::from(rest.height)).enumerate() {
        let y = rest.y + u16::try_from(index).unwrap_or(0);
        let comment = line.trim_start().starts_with("//");
        let role = if comment { Role::Dim } else { Role::Text };
        let number = format!("{:>5}  ", top + index + 1);
        let used = canvas.pen.text(rest.x, y, rest.width, &number, canvas.pen.style(Role::Dim));
        let line: String = line.replace('\t', "    ").chars().skip(left).collect();
        canvas.pen.text(rest.x + used, y, rest.width.saturating_sub(used), &line, canvas.pen.style(role));
    }
}
