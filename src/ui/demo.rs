//! A demo on the screen: the clock, the controls, the picture, the bet beside the run and theory, the goals
//! and the invariants. Full screen in the Lab and inside a page alike.

use crate::app::Target;
use crate::app::layout::Area;
use crate::app::player::{Panel, Player};
use crate::config::theme::Role;
use crate::doc;
use crate::lab::{Control, ControlKind};

use super::{Canvas, rect, stage};

/// Draws a demo. `keys` tells whether it takes the keys; `hook` whether its question stands above it.
pub fn draw(player: &Player, area: Area, keys: bool, hook: bool, canvas: &mut Canvas<'_>) {
    let mut rest = area;
    clock(player, row(&mut rest, 1), hook, canvas);
    let controls = control_rows(player, area.width, canvas);
    let controls_height = u16::try_from(controls.len()).unwrap_or(0);
    // The picture comes first: below it the rows give way from the last one up.
    let foot = foot_rows(player);
    let foot_height = u16::try_from(foot.len()).unwrap_or(0);
    if rest.height > 14 {
        row(&mut rest, 1);
    }
    if rest.height >= controls_height + 5 {
        draw_controls(player, &controls, row(&mut rest, controls_height), keys, canvas);
    }
    if rest.height > 16 {
        row(&mut rest, 1);
    }
    let foot_height = if rest.height >= foot_height + 8 { foot_height } else { 0 };
    let height = rest.height - foot_height;
    let picture = row(&mut rest, height);
    match player.panel {
        Panel::Scene => {
            let theme = canvas.pen.theme;
            let height = picture.height.saturating_sub(u16::from(foot_height > 0 && picture.height > 12));
            stage::draw(&player.run.scene(), rect(Area { height, ..picture }), canvas.pen.buffer(), theme);
        }
        Panel::LookFor => look_for(player, picture, canvas),
        Panel::Source { top } => source(player, top, picture, canvas),
    }
    if foot_height > 0 {
        for (index, (role, text)) in foot.iter().enumerate() {
            let y = rest.y + u16::try_from(index).unwrap_or(0);
            canvas.pen.text(rest.x, y, rest.width, text, canvas.pen.style(*role));
        }
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

fn clock(player: &Player, area: Area, hook: bool, canvas: &mut Canvas<'_>) {
    if area.height == 0 {
        return;
    }
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
    let text = format!("{mark} {now} of {length:.0} s   {speed}   seed {}", run.seed().0);
    let width = canvas.pen.width(&text);
    let role = if player.playing { Role::Accent } else { Role::Dim };
    canvas.pen.text_right(area.x, area.y, area.width, &text, canvas.pen.style(role));
    let room = area.width.saturating_sub(width + 3);
    let left = if hook { run.spec().hook.to_string() } else { last_event(player) };
    let style = canvas.pen.style(if hook { Role::Strong } else { Role::Dim });
    canvas.pen.text(area.x, area.y, room, &left, style);
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

fn draw_controls(player: &Player, rows: &[Vec<(usize, u16)>], area: Area, keys: bool, canvas: &mut Canvas<'_>) {
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

/// What stands below the picture: the bet, the goals, the invariants.
fn foot_rows(player: &Player) -> Vec<(Role, String)> {
    let (run, spec) = (&player.run, player.spec());
    let mut rows = Vec::new();
    if let Some(bet) = &player.bet
        && let Some(reading) = spec.readings.get(bet.reading)
    {
        let now = run.readings().get(bet.reading).copied().unwrap_or(f64::NAN);
        let show = |value| reading.unit.show(value);
        let text = format!(
            "bet {}   the bet's run {}   here now {}   ({})",
            show(bet.value),
            show(bet.truth),
            show(now),
            reading.meaning
        );
        rows.push((Role::Strong, text));
    }
    let goals: Vec<String> = spec
        .goals
        .iter()
        .zip(run.goals())
        .map(|(goal, reached)| format!("{} {goal}", if reached { "✓" } else { "○" }))
        .collect();
    rows.extend(goals.into_iter().map(|goal| (if goal.starts_with('✓') { Role::Good } else { Role::Dim }, goal)));
    for (invariant, broken) in spec.invariants.iter().zip(run.broken()) {
        rows.push(match broken {
            Some(step) => (Role::Bad, format!("✗ {invariant}: broken at {} by {step}", step.at)),
            None => (Role::Dim, format!("✓ {invariant}")),
        });
    }
    rows
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
}

fn source(player: &Player, top: usize, area: Area, canvas: &mut Canvas<'_>) {
    let (path, text) = player.spec().source;
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
