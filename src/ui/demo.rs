//! A demo on the screen: the clock, the controls, the picture, the bet beside the run and theory, the goals
//! and the invariants. Full screen in the Lab and inside a page alike.

use crate::app::Target;
use crate::app::layout::Area;
use crate::app::player::{Panel, Player};
use crate::config::theme::Role;
use crate::doc;
use crate::lab::scene::Tone;
use crate::lab::{self, Control, ControlKind};

use super::{Canvas, rect, stage};

/// Draws a demo. `keys` tells whether it takes the keys; `hook` whether its question stands above it.
pub fn draw(player: &Player, area: Area, keys: bool, hook: bool, canvas: &mut Canvas<'_>) {
    let mut rest = area;
    if hook {
        head(player, &mut rest, canvas);
    } else {
        clock(player, row(&mut rest, 1), &last_event(player), Role::Dim, canvas);
    }
    let controls = control_rows(player, area.width, canvas);
    let controls_height = u16::try_from(controls.len()).unwrap_or(0);
    if rest.height > 14 {
        row(&mut rest, 1);
    }
    if rest.height >= controls_height + 5 {
        draw_controls(player, &controls, row(&mut rest, controls_height), keys, canvas);
    }
    if rest.height > 16 {
        row(&mut rest, 1);
    }
    // The picture comes first: what stands below it is told in full, in two rows or not at all.
    let foot_height = match rest.height {
        _ if player.panel != Panel::Scene => 0,
        34.. => full_foot(player, area.width),
        11.. => short_foot(player),
        _ => 0,
    };
    let picture = rest.height - foot_height;
    let picture = row(&mut rest, picture);
    match player.panel {
        Panel::Scene => {
            let theme = canvas.pen.theme;
            let gap = u16::from(foot_height > 0 && picture.height > 12);
            let area = Area { height: picture.height - gap, ..picture };
            stage::draw(&player.run.scene(), rect(area), canvas.pen.buffer(), theme);
        }
        Panel::LookFor => look_for(player, picture, canvas),
        Panel::Source { file, top } => source(player, file, top, picture, canvas),
    }
    match rest.height {
        0 => {}
        height if height == short_foot(player) => draw_short_foot(player, rest, canvas),
        _ => draw_full_foot(player, rest, canvas),
    }
}

/// Takes rows from the top of an area.
fn row(area: &mut Area, height: u16) -> Area {
    let height = height.min(area.height);
    let taken = Area { height, ..*area };
    area.y += height;
    area.height -= height;
    taken
}

/// The question, and the clock beside it or, where that is too long, beneath it.
fn head(player: &Player, rest: &mut Area, canvas: &mut Canvas<'_>) {
    let hook = player.spec().hook;
    let beside = canvas.pen.width(hook) + canvas.pen.width(&clock_text(player, canvas)) + 3 <= rest.width;
    if beside || rest.height < 12 {
        clock(player, row(rest, 1), hook, Role::Strong, canvas);
        return;
    }
    for line in doc::wrap_text(hook, usize::from(rest.width.max(1))) {
        let area = row(rest, 1);
        canvas.pen.text(area.x, area.y, area.width, &line, canvas.pen.style(Role::Strong));
    }
    clock(player, row(rest, 1), &last_event(player), Role::Dim, canvas);
}

fn clock_text(player: &Player, canvas: &Canvas<'_>) -> String {
    let run = &player.run;
    let mark = match (player.playing, run.ended()) {
        (true, _) => canvas.pen.glyphs().right,
        (false, true) => "end",
        (false, false) => "paused",
    };
    let speed = if player.playing && player.reached < player.speed.0 * 0.9 {
        format!("{}x (reaches {:.1}x)", player.speed.0, player.reached)
    } else {
        format!("{}x", player.speed.0)
    };
    let now = format!("{:.2}", run.now().as_secs_f64());
    let length = run.spec().length.as_secs_f64();
    format!("{mark} {now} of {length:.0} s   {speed}   seed {}", run.seed().0)
}

/// The clock at the right end of a row, and a text at its left.
fn clock(player: &Player, area: Area, left: &str, role: Role, canvas: &mut Canvas<'_>) {
    if area.height == 0 {
        return;
    }
    let text = clock_text(player, canvas);
    let width = canvas.pen.width(&text);
    let clock_role = if player.playing { Role::Accent } else { Role::Dim };
    canvas.pen.text_right(area.x, area.y, area.width, &text, canvas.pen.style(clock_role));
    let room = area.width.saturating_sub(width + 3);
    canvas.pen.text(area.x, area.y, room, left, canvas.pen.style(role));
}

fn last_event(player: &Player) -> String {
    player.run.last().map_or_else(String::new, |step| format!("{step}"))
}

/// The controls as they fit into rows: for each row the indexes, and where each starts.
fn control_rows(player: &Player, width: u16, canvas: &Canvas<'_>) -> Vec<Vec<(usize, u16)>> {
    let mut rows: Vec<Vec<(usize, u16)>> = vec![Vec::new()];
    let mut x = 0;
    for (index, control) in player.spec().controls.iter().enumerate() {
        let needed = canvas.pen.width(&shown(player, control)) + 3;
        if x > 0 && x + needed > width {
            rows.push(Vec::new());
            x = 0;
        }
        if let Some(last) = rows.last_mut() {
            last.push((index, x));
        }
        x += needed;
    }
    rows
}

fn shown(player: &Player, control: &Control) -> String {
    let value = control.show(player.run.settings().get(control.name));
    let unit = match (&control.kind, control.unit) {
        (ControlKind::Number { .. }, unit @ ("%" | "")) => unit.to_string(),
        (ControlKind::Number { .. }, unit) if unit.starts_with('/') => unit.to_string(),
        (ControlKind::Number { .. }, unit) => format!(" {unit}"),
        _ => String::new(),
    };
    format!("{} {value}{unit}", control.name.replace('_', " "))
}

fn draw_controls(
    player: &Player,
    rows: &[Vec<(usize, u16)>],
    area: Area,
    keys: bool,
    canvas: &mut Canvas<'_>,
) {
    for (line, row) in rows.iter().take(usize::from(area.height)).enumerate() {
        let y = area.y + u16::try_from(line).unwrap_or(0);
        for &(index, offset) in row {
            let control = &player.spec().controls[index];
            let text = shown(player, control);
            let (name, value) = text.split_at(control.name.len().min(text.len()));
            let x = area.x + offset;
            let chosen = keys && index == player.control;
            let (dim, strong) = match chosen {
                true => (canvas.pen.style(Role::Selected), canvas.pen.style(Role::Selected)),
                false => (canvas.pen.style(Role::Dim), canvas.pen.style(Role::Text)),
            };
            let room = area.width.saturating_sub(offset);
            let used = canvas.pen.text(x, y, room, name, dim);
            let used = used + canvas.pen.text(x + used, y, room.saturating_sub(used), value, strong);
            canvas.target(Area { x, y, width: used, height: 1 }, Target::Control(index));
        }
    }
}

/// The bet beside what became of it; nothing where none was placed.
fn bet_row(player: &Player) -> Option<String> {
    let bet = player.bet.as_ref()?;
    let reading = player.spec().readings.get(bet.reading)?;
    let now = player.run.readings().get(bet.reading).copied().unwrap_or(f64::NAN);
    let show = |value| reading.unit.show(value);
    let (yours, truth, now) = (show(bet.value), show(bet.truth), show(now));
    Some(format!("you bet {yours}   the run {truth}   here now {now}   {}", reading.meaning))
}

/// A goal or a rule as a row of text.
fn goal_rows(player: &Player, canvas: &Canvas<'_>) -> Vec<(Role, String)> {
    let (done, open) = (canvas.pen.theme.tone_mark(Tone::Good), canvas.pen.glyphs().open);
    let goals = player.spec().goals.iter().zip(player.run.goals());
    goals
        .map(|(goal, reached)| {
            if reached {
                (Role::Good, format!("{done} {goal}"))
            } else {
                (Role::Dim, format!("{open} {goal}"))
            }
        })
        .collect()
}

fn rule_rows(player: &Player, canvas: &Canvas<'_>) -> Vec<(Role, String)> {
    let (holds, broke) = (canvas.pen.theme.tone_mark(Tone::Good), canvas.pen.theme.tone_mark(Tone::Bad));
    let rules = player.spec().invariants.iter().zip(player.run.broken());
    rules
        .map(|(rule, broken)| match broken {
            Some(step) => (Role::Bad, format!("{broke} at {} {step} broke: {rule}", step.at)),
            None => (Role::Dim, format!("{holds} {rule}")),
        })
        .collect()
}

/// How wide a column of goals or rules is at least.
const FOOT_COLUMN: u16 = 56;

fn full_foot(player: &Player, width: u16) -> u16 {
    let (goals, rules) = (player.spec().goals.len(), player.spec().invariants.len());
    let rows = if width >= 2 * FOOT_COLUMN { goals.max(rules) } else { goals + rules };
    u16::try_from(rows).unwrap_or(0) + u16::from(player.bet.is_some())
}

fn draw_full_foot(player: &Player, area: Area, canvas: &mut Canvas<'_>) {
    let mut rest = area;
    if let Some(text) = bet_row(player) {
        let line = row(&mut rest, 1);
        canvas.pen.text(line.x, line.y, line.width, &text, canvas.pen.style(Role::Strong));
    }
    let (goals, rules) = (goal_rows(player, canvas), rule_rows(player, canvas));
    let wide = area.width >= 2 * FOOT_COLUMN;
    let half = if wide { area.width / 2 } else { area.width };
    for (index, (role, text)) in goals.iter().enumerate() {
        let y = rest.y + u16::try_from(index).unwrap_or(0);
        canvas.pen.text(rest.x, y, half.saturating_sub(2), text, canvas.pen.style(*role));
    }
    let (x, y) = if wide {
        (rest.x + half, rest.y)
    } else {
        (rest.x, rest.y + u16::try_from(goals.len()).unwrap_or(0))
    };
    for (index, (role, text)) in rules.iter().enumerate() {
        let y = y + u16::try_from(index).unwrap_or(0);
        canvas.pen.text(x, y, half, text, canvas.pen.style(*role));
    }
}

fn short_foot(player: &Player) -> u16 {
    2 + u16::from(player.bet.is_some())
}

/// Goals and rules as marks, with the next open goal and the first broken rule in words.
fn draw_short_foot(player: &Player, area: Area, canvas: &mut Canvas<'_>) {
    let mut rest = area;
    if let Some(text) = bet_row(player) {
        let line = row(&mut rest, 1);
        canvas.pen.text(line.x, line.y, line.width, &text, canvas.pen.style(Role::Strong));
    }
    let (goals, rules) = (goal_rows(player, canvas), rule_rows(player, canvas));
    let next = goals.iter().find(|(role, _)| *role == Role::Dim);
    let said = next.map_or_else(|| "all reached".to_string(), |(_, goal)| goal.chars().skip(2).collect());
    marks_row("goals", &goals, &said, row(&mut rest, 1), canvas);
    let broken = rules.iter().find(|(role, _)| *role == Role::Bad);
    let said =
        broken.map_or_else(|| "every rule holds".to_string(), |(_, rule)| rule.chars().skip(2).collect());
    marks_row("rules", &rules, &said, row(&mut rest, 1), canvas);
}

fn marks_row(name: &str, marks: &[(Role, String)], said: &str, area: Area, canvas: &mut Canvas<'_>) {
    let mut x = area.x;
    let right = area.x + area.width;
    x += canvas.pen.text(x, area.y, area.width, name, canvas.pen.style(Role::Dim)) + 2;
    for (role, text) in marks {
        let mark: String = text.chars().take(1).collect();
        x += canvas.pen.text(x, area.y, right.saturating_sub(x), &mark, canvas.pen.style(*role));
    }
    x += 2;
    let role = if marks.iter().any(|(role, _)| *role == Role::Bad) { Role::Bad } else { Role::Dim };
    canvas.pen.text(x, area.y, right.saturating_sub(x), said, canvas.pen.style(role));
}

fn look_for(player: &Player, area: Area, canvas: &mut Canvas<'_>) {
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
    let (goals, rules) = (goal_rows(player, canvas), rule_rows(player, canvas));
    for (role, text) in goals.iter().chain(&rules) {
        put(text, *role, canvas);
    }
}

fn source(player: &Player, file: usize, top: usize, area: Area, canvas: &mut Canvas<'_>) {
    let Some(lab::Source { path, text, .. }) = player.spec().sources.get(file) else { return };
    let mut rest = area;
    let title = row(&mut rest, 1);
    if title.height > 0 {
        let count = text.lines().count();
        let place = format!("{path}   line {} of {count}", top + 1);
        canvas.pen.text(title.x, title.y, title.width, &place, canvas.pen.style(Role::Strong));
    }
    for (index, line) in text.lines().skip(top).take(usize::from(rest.height)).enumerate() {
        let y = rest.y + u16::try_from(index).unwrap_or(0);
        let comment = line.trim_start().starts_with("//");
        let role = if comment { Role::Dim } else { Role::Text };
        let number = format!("{:>5}  ", top + index + 1);
        let used = canvas.pen.text(rest.x, y, rest.width, &number, canvas.pen.style(Role::Dim));
        let line = line.replace('\t', "    ");
        canvas.pen.text(rest.x + used, y, rest.width.saturating_sub(used), &line, canvas.pen.style(role));
    }
}
