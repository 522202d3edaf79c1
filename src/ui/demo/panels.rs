//! What can stand in place of a demo's picture: what to look for, the source, why it failed.

use super::{goal_rows, row, rule_rows};
use crate::app::layout::Area;
use crate::app::player::{Player, Seen};
use crate::config::theme::Role;
use crate::doc;
use crate::lab::{ControlKind, Source};
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

/// What to look for, what to reach, what must hold, and what can be broken.
pub(super) fn look_for(player: &Player, seen: &Seen, area: Area, canvas: &mut Canvas<'_>) {
    let mut y = area.y;
    let width = area.width.min(84);
    let mut put = |text: &str, role: Role, canvas: &mut Canvas<'_>| {
        for line in doc::wrap_text(text, usize::from(width.saturating_sub(4))) {
            if y < area.y + area.height {
                canvas.pen.text(area.x + 2, y, width, &line, canvas.pen.style(role));
            }
            y += 1;
        }
        y += 1;
    };
    put("What to look for", Role::Strong, canvas);
    for sentence in player.spec().look_for {
        put(sentence, Role::Text, canvas);
    }
    put("What to reach, and what must hold", Role::Strong, canvas);
    let (goals, rules) = (goal_rows(player, seen, canvas), rule_rows(player, seen, canvas));
    for (role, text) in goals.iter().chain(&rules) {
        put(text, *role, canvas);
    }
    let bug = player.spec().control("bug").map(|control| &control.kind);
    if let Some(ControlKind::Choice(options)) = bug {
        put("Break it: set the control 'bug'", Role::Strong, canvas);
        for (option, does) in options.iter().skip(1).zip(player.spec().bugs) {
            put(&format!("{option}: {does}"), Role::Text, canvas);
        }
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
