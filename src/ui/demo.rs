//! A demo on the screen: the clock, the controls, the picture, the bet beside the run and theory, the goals
//! and the invariants. Full screen in the Lab and inside a page alike.

mod hands;
mod panels;
mod spread;

use crate::app::Target;
use crate::app::layout::Area;
use crate::app::player::{Panel, Player, Seen, about};
use crate::config::theme::Role;
use crate::doc;
use crate::lab::scene::{Scene, Tone};
use crate::lab::{Control, ControlKind};
use crate::sim::Nanos;

use super::{Canvas, rect, stage};

/// Draws a demo. `keys` tells whether it takes the keys; `hook` whether its question stands above it.
pub fn draw(player: &Player, area: Area, keys: bool, hook: bool, canvas: &mut Canvas<'_>) {
    let mut rest = area;
    let mut said = true;
    if hook {
        said = head(player, &mut rest, canvas);
    } else {
        clock(player, row(&mut rest, 1), &left_text(player), Role::Dim, canvas);
    }
    let seen = match player.seen() {
        Ok(seen) => seen,
        Err(why) => return panels::failure(player, &why, rest, canvas),
    };
    let controls = control_rows(player, area.width, canvas);
    let controls_height = u16::try_from(controls.len()).unwrap_or(0);
    if rest.height > 14 {
        // The empty row says what happened last, where no other does.
        let line = row(&mut rest, 1);
        if !said {
            canvas.pen.text(line.x, line.y, line.width, &left_text(player), canvas.pen.style(Role::Dim));
        }
    }
    // What is read needs the room, and is not about the controls.
    let reads = matches!(player.panel, Panel::LookFor { .. } | Panel::Source { .. });
    if rest.height >= controls_height + 5 && !reads {
        draw_controls(player, &controls, row(&mut rest, controls_height), keys, canvas);
    }
    if rest.height > 16 && !reads {
        row(&mut rest, 1);
    }
    match player.panel {
        Panel::Scene => {
            hands::views(player, &mut rest, canvas);
            picture(player, seen, rest, canvas);
        }
        Panel::Hands(chosen) => {
            hands::views(player, &mut rest, canvas);
            let things = player.things();
            let list = hands::room(things.len(), &mut rest);
            scene(player, seen, rest, canvas);
            hands::draw(player, chosen, &things, list, canvas);
        }
        Panel::LookFor { top } => panels::look_for(player, &seen, top, rest, canvas),
        Panel::Source { file, top, left } => panels::source(player, file, (top, left), rest, canvas),
        Panel::Spread { reading } => spread::draw(player, &seen, reading, rest, canvas),
    }
}

/// The picture, and below it how the bet, the goals and the rules stand.
fn picture(player: &Player, seen: Seen, area: Area, canvas: &mut Canvas<'_>) {
    let mut rest = area;
    // The picture comes first: what stands below it is told in full, in two rows or not at all.
    let said = foot_lines(player, &seen);
    let (full, short) = (full_foot(player, area.width), 2);
    let lines = u16::try_from(said.len()).unwrap_or(0);
    let (foot, whole) = match rest.height {
        34.. => (full + lines, true),
        11.. => (short + lines, false),
        _ => (0, false),
    };
    let picture = row(&mut rest, area.height - foot.min(area.height));
    let gap = u16::from(foot > 0 && picture.height > 12);
    let seen = scene(player, seen, Area { height: picture.height - gap, ..picture }, canvas);
    for line in said.iter().take(usize::from(rest.height)) {
        let line_area = row(&mut rest, 1);
        canvas.pen.text(line_area.x, line_area.y, line_area.width, line, canvas.pen.style(Role::Strong));
    }
    if rest.height > 0 && whole {
        draw_full_foot(player, &seen, rest, canvas);
    } else if rest.height > 0 {
        draw_short_foot(player, &seen, rest, canvas);
    }
}

/// The picture alone. What else was seen is given back.
fn scene(player: &Player, mut seen: Seen, area: Area, canvas: &mut Canvas<'_>) -> Seen {
    let scene = std::mem::replace(&mut seen.scene, Scene::Column(Vec::new()));
    let theme = canvas.pen.theme;
    stage::draw(&beside_fork(player, scene, &mut seen), rect(area), canvas.pen.buffer(), theme);
    seen
}

/// The picture, with that of the other run beside it where there is one: the first at the left.
fn beside_fork(player: &Player, scene: Scene, seen: &mut Seen) -> Scene {
    let Some(other) = &mut seen.other else { return scene };
    let other_scene = std::mem::replace(&mut other.scene, Scene::Column(Vec::new()));
    let (first, fork) = if other.is_fork { (scene, other_scene) } else { (other_scene, scene) };
    let keys = |has: bool| if has { " (keys)" } else { "" };
    let first_name = format!("as it was{}", keys(other.is_fork));
    let fork_name = format!("fork at {}{}", moment(other.at, player.spec().length), keys(!other.is_fork));
    Scene::Row(vec![Scene::Part(first_name, Box::new(first)), Scene::Part(fork_name, Box::new(fork))])
}

/// Takes rows from the top of an area.
fn row(area: &mut Area, height: u16) -> Area {
    let height = height.min(area.height);
    let taken = Area { height, ..*area };
    area.y += height;
    area.height -= height;
    taken
}

/// The question, and the clock beside it or, where that is too long, beneath it. Returns whether what happened last
/// stands there too.
fn head(player: &Player, rest: &mut Area, canvas: &mut Canvas<'_>) -> bool {
    let hook = player.spec().hook;
    let beside = canvas.pen.width(hook) + canvas.pen.width(&clock_text(player, canvas)) + 3 <= rest.width;
    if beside || rest.height < 12 {
        clock(player, row(rest, 1), hook, Role::Strong, canvas);
        return false;
    }
    for line in doc::wrap_text(hook, usize::from(rest.width.max(1))) {
        let area = row(rest, 1);
        canvas.pen.text(area.x, area.y, area.width, &line, canvas.pen.style(Role::Strong));
    }
    clock(player, row(rest, 1), &left_text(player), Role::Dim, canvas);
    true
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
    let length = run.spec().length;
    format!("{mark} {}   {speed}   seed {}", clock_time(run.now(), length), run.seed().0)
}

/// How far a run of `length` is: `2.50 of 12 s`, `1:05 of 3:00 h`.
fn clock_time(now: Nanos, length: Nanos) -> String {
    if length < LONG {
        return format!("{:.2} of {:.0} s", now.as_secs_f64(), length.as_secs_f64());
    }
    format!("{} of {} h", hours(now), hours(length))
}

/// A moment of a run of `length`: `2.5 s`, `1:05 h`.
fn moment(at: Nanos, length: Nanos) -> String {
    if length < LONG { format!("{:.2} s", at.as_secs_f64()) } else { format!("{} h", hours(at)) }
}

/// From this length on a run's time is told in hours and minutes.
const LONG: Nanos = Nanos::from_secs(600);

fn hours(at: Nanos) -> String {
    let minutes = at.0 / Nanos::from_secs(60).0;
    format!("{}:{:02}", minutes / 60, minutes % 60)
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

/// Beside the clock: what the control does that was chosen or moved just now, else what happened last.
fn left_text(player: &Player) -> String {
    match player.chosen().filter(|_| player.at_controls && !player.playing) {
        Some(control) => about(control),
        None => last_event(player),
    }
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
    // Where the other run has another value, both are told.
    let other = player.fork.as_ref().map(|fork| control.show(fork.run.settings().get(control.name)));
    let other =
        other.filter(|other| *other != value).map_or_else(String::new, |other| format!(" (other {other})"));
    format!("{} {value}{unit}{other}", control.name.replace('_', " "))
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

/// What is told of the bet, and of what the two runs of a fork differ in.
fn foot_lines(player: &Player, seen: &Seen) -> Vec<String> {
    bet_line(player, seen).into_iter().chain(fork_line(player, seen)).collect()
}

/// The bet beside what became of it and what theory says; nothing where none was placed.
fn bet_line(player: &Player, seen: &Seen) -> Option<String> {
    let bet = player.bet.as_ref()?;
    let spec = player.spec();
    let reading = spec.readings.get(bet.reading)?;
    let value = |index: usize| seen.readings.get(index).copied().unwrap_or(f64::NAN);
    let show = |value| reading.unit.show(value);
    let (yours, truth, now) = (show(bet.value), show(bet.truth), show(value(bet.reading)));
    let theory = spec.theory_of(bet.reading).map(value).filter(|value| value.is_finite());
    let theory = theory.map_or_else(String::new, |theory| format!("   theory {}", show(theory)));
    Some(format!("you bet {yours}   the run {truth}{theory}   here now {now}   {}", reading.meaning))
}

/// The first readings that differ between the two runs of a fork.
fn fork_line(player: &Player, seen: &Seen) -> Option<String> {
    let other = seen.other.as_ref()?;
    let pairs = player.spec().readings.iter().zip(seen.readings.iter().zip(&other.readings));
    let differ =
        pairs.filter(|(_, (one, two))| one.to_bits() != two.to_bits()).map(|(reading, (one, two))| {
            let (first, fork) = if other.is_fork { (one, two) } else { (two, one) };
            let name = reading.name.replace('_', " ");
            format!("{name} {} | {}", reading.unit.show(*first), reading.unit.show(*fork))
        });
    let said: Vec<String> = differ.take(4).collect();
    let none = "no reading differs yet: set a control".to_string();
    Some(if said.is_empty() { none } else { said.join("   ") })
}

/// A goal or a rule as a row of text.
fn goal_rows(player: &Player, seen: &Seen, canvas: &Canvas<'_>) -> Vec<(Role, String)> {
    let (done, open) = (canvas.pen.theme.tone_mark(Tone::Good), canvas.pen.glyphs().open);
    let goals = player.spec().goals.iter().zip(&seen.goals);
    goals
        .map(|(goal, reached)| {
            if *reached {
                (Role::Good, format!("{done} {goal}"))
            } else {
                (Role::Dim, format!("{open} {goal}"))
            }
        })
        .collect()
}

fn rule_rows(player: &Player, seen: &Seen, canvas: &Canvas<'_>) -> Vec<(Role, String)> {
    let (holds, broke) = (canvas.pen.theme.tone_mark(Tone::Good), canvas.pen.theme.tone_mark(Tone::Bad));
    let rules = player.spec().invariants.iter().zip(&seen.broken);
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
    u16::try_from(rows).unwrap_or(0)
}

fn draw_full_foot(player: &Player, seen: &Seen, rest: Area, canvas: &mut Canvas<'_>) {
    let area = rest;
    let (goals, rules) = (goal_rows(player, seen, canvas), rule_rows(player, seen, canvas));
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

/// Goals and rules as marks, with the next open goal and the first broken rule in words.
fn draw_short_foot(player: &Player, seen: &Seen, area: Area, canvas: &mut Canvas<'_>) {
    let mut rest = area;
    let (goals, rules) = (goal_rows(player, seen, canvas), rule_rows(player, seen, canvas));
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
