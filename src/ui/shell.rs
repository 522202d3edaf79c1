//! What surrounds every screen: the tabs, and what lies over a screen: help, palette and problems.

use crate::app::layout::Area;
use crate::app::palette::{Chosen, Palette};
use crate::app::{Model, Tab, Target, shelf};
use crate::config::theme::Role;

use super::{Canvas, footer};

/// The row of tabs, with where one is at its right end.
pub fn tabs(model: &Model, area: Area, canvas: &mut Canvas<'_>) {
    if area.height == 0 {
        return;
    }
    let mut x = area.x + 1;
    // In narrow windows only the chosen tab has room for its name.
    let all: u16 = Tab::ALL.iter().map(|tab| canvas.pen.width(tab.name()) + 2).sum();
    let name = area.width >= all + 12;
    if name {
        x += canvas.pen.text(x, area.y, area.width, "sysdrill", canvas.pen.style(Role::Dim)) + 3;
    }
    let wide = x + all <= area.width;
    for tab in Tab::ALL {
        let chosen = tab == model.tab;
        let label = if wide || chosen { tab.name() } else { &tab.name()[..2] };
        let width = canvas.pen.width(label);
        if x + width > area.width {
            break;
        }
        let style = if chosen { canvas.pen.style(Role::Selected) } else { canvas.pen.style(Role::Text) };
        if chosen && x > 0 {
            canvas.pen.text(x - 1, area.y, width + 2, &format!(" {label} "), style);
        } else {
            canvas.pen.text(x, area.y, width, label, style);
        }
        canvas.target(
            Area { x: x.saturating_sub(1), y: area.y, width: width + 2, height: 1 },
            Target::Tab(tab),
        );
        x += width + 2;
    }
    let room = area.width.saturating_sub(x + 2);
    if room >= 8 {
        let (mut text, behind) = place(model);
        if canvas.pen.width(&text) > room && model.tab == Tab::Drill {
            // How far the session is goes before how long it takes.
            text.truncate(text.find(", ").unwrap_or(text.len()));
        }
        let kept = canvas.pen.width(&behind);
        let style = canvas.pen.style(Role::Dim);
        let used = canvas.pen.width(&text).min(room.saturating_sub(kept));
        let start = area.width.saturating_sub(1 + used + kept);
        canvas.pen.text(start, area.y, used, &text, style);
        canvas.pen.text(start + used, area.y, kept, &behind, style);
    }
}

/// Where one is: the page, the demo, how far the session is, the date; and what of it is never cut.
fn place(model: &Model) -> (String, String) {
    let whole = |text: String| (text, String::new());
    if let Some(study) = &model.study {
        let left = study.minutes_left(model.now);
        return (String::new(), format!("{left} min left"));
    }
    match model.tab {
        Tab::Library => model.reader.open.as_ref().map_or_else(Default::default, |reading| {
            let share = (reading.share() * 100.0).round();
            (shelf::trail(&model.library, reading), format!(" · {share:.0}%"))
        }),
        Tab::Lab => {
            let open = model.lab.open.as_ref();
            whole(open.map(|player| format!("Lab › {}", player.spec().title)).unwrap_or_default())
        }
        Tab::Drill => whole(model.drill.place(model.now)),
        Tab::Envelope => {
            let unsaved = model.envelope.unsaved.is_some();
            let behind = if unsaved { ".sheet, not saved" } else { ".sheet" };
            (model.envelope.name.clone(), behind.to_string())
        }
        Tab::Today | Tab::Progress => {
            let date = model.now.study_day().date();
            whole(date.map(|date| date.format("%a %-d %b").to_string()).unwrap_or_default())
        }
    }
}

/// A rule across the window.
pub fn rule(area: Area, canvas: &mut Canvas<'_>) {
    if area.height > 0 {
        let (glyph, style) = (canvas.pen.glyphs().rule, canvas.pen.style(Role::Rule));
        canvas.pen.fill(area.x, area.y, area.width, glyph, style);
    }
}

/// Marks in the rules that something lies above or below what is shown.
pub fn more(top: Area, bottom: Area, canvas: &mut Canvas<'_>) {
    let (glyphs, style) = (canvas.pen.glyphs(), canvas.pen.style(Role::Accent));
    for (area, shown, glyph) in [(top, canvas.more.0, glyphs.up), (bottom, canvas.more.1, glyphs.down)] {
        if shown && area.height > 0 && area.width > 6 {
            canvas.pen.text(area.x + area.width - 4, area.y, 3, &format!(" {glyph} "), style);
        }
    }
}

/// A frame in the middle of the body, cleared, with a title. Returns what is inside.
pub fn panel(area: Area, width: u16, height: u16, title: &str, canvas: &mut Canvas<'_>) -> Area {
    let (width, height) = (width.min(area.width), height.min(area.height));
    let outer =
        Area { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 4, width, height };
    frame(outer, title, Role::Rule, canvas);
    let inset = |size: u16| size.saturating_sub(2);
    let pad = u16::from(outer.width > 6);
    Area {
        x: outer.x + 1 + pad,
        y: outer.y + 1,
        width: inset(outer.width).saturating_sub(2 * pad),
        height: inset(outer.height),
    }
}

/// A cleared box with a title in its upper edge.
pub fn frame(area: Area, title: &str, role: Role, canvas: &mut Canvas<'_>) {
    let pen = &mut canvas.pen;
    let (glyphs, style) = (pen.glyphs(), pen.style(role));
    for y in area.y..area.y + area.height {
        pen.clear(area.x, y, area.width);
    }
    if area.width < 2 || area.height < 2 {
        return;
    }
    let (right, bottom) = (area.x + area.width - 1, area.y + area.height - 1);
    for y in [area.y, bottom] {
        pen.fill(area.x + 1, y, area.width - 2, glyphs.rule, style);
    }
    for y in area.y + 1..bottom {
        pen.put(area.x, y, glyphs.vertical, style);
        pen.put(right, y, glyphs.vertical, style);
    }
    for ((x, y), corner) in
        [(area.x, area.y), (right, area.y), (area.x, bottom), (right, bottom)].into_iter().zip(glyphs.corners)
    {
        pen.put(x, y, corner, style);
    }
    if !title.is_empty() && area.width > 6 {
        let title = format!(" {title} ");
        pen.text(area.x + 2, area.y, area.width - 4, &title, pen.style(Role::Strong));
    }
}

/// All keys, by where they work.
pub fn help(model: &Model, top: usize, area: Area, canvas: &mut Canvas<'_>) {
    let inner = panel(area, 108, area.height, "Keys", canvas);
    // Keys, what they do, and the name that settings know the command by; a heading has only the first.
    let mut lines: Vec<(String, &str, &str)> = Vec::new();
    for context in model.contexts_of_help() {
        if !lines.is_empty() {
            lines.push((String::new(), "", ""));
        }
        lines.push((context.title().to_string(), "", ""));
        for command in footer::in_context(context).filter(|command| command.contexts[0] == context) {
            let keys = model.keys.shown(command);
            if !keys.is_empty() {
                lines.push((keys, command.help, command.name));
            }
        }
    }
    let last = lines.len().saturating_sub(usize::from(inner.height));
    let top = top.min(last);
    let named = inner.width >= 96;
    for (row, (keys, help, name)) in lines.iter().skip(top).take(usize::from(inner.height)).enumerate() {
        let y = inner.y + u16::try_from(row).unwrap_or(0);
        if name.is_empty() {
            canvas.pen.text(inner.x, y, inner.width, keys, canvas.pen.style(Role::Strong));
            continue;
        }
        let column = 22.min(inner.width / 2);
        canvas.pen.text(inner.x, y, column, keys, canvas.pen.style(Role::Accent));
        let rest = inner.width.saturating_sub(column + 1);
        let used = canvas.pen.text(inner.x + column + 1, y, rest, help, canvas.pen.style(Role::Text));
        if named {
            let from = column + used + 3;
            let room = inner.width.saturating_sub(from);
            canvas.pen.text_right(inner.x + from, y, room, name, canvas.pen.style(Role::Dim));
        }
    }
    more_marks(inner, top > 0, top < last, canvas);
}

/// Marks at the right edge that something lies above or below.
pub fn more_marks(area: Area, above: bool, below: bool, canvas: &mut Canvas<'_>) {
    let (glyphs, style) = (canvas.pen.glyphs(), canvas.pen.style(Role::Dim));
    if area.width == 0 || area.height == 0 {
        return;
    }
    let x = area.x + area.width;
    if above {
        canvas.pen.put(x, area.y, glyphs.up, style);
    }
    if below {
        canvas.pen.put(x, area.y + area.height - 1, glyphs.down, style);
    }
}

/// Anything by name.
pub fn palette(palette: &Palette, area: Area, canvas: &mut Canvas<'_>) {
    let rows = u16::try_from(palette.matches.len()).unwrap_or(u16::MAX);
    let height = rows.max(1).saturating_add(4).min(area.height).min(24);
    let inner = panel(area, 76, height, "Go to", canvas);
    if inner.height == 0 {
        return;
    }
    field_line(inner, palette.field.text(), palette.field.cursor(), "a topic, demo, deck or command", canvas);
    let list = Area { y: inner.y + 2, height: inner.height.saturating_sub(2), ..inner };
    if palette.matches.is_empty() && list.height > 0 {
        canvas.pen.text(
            list.x,
            list.y,
            list.width,
            "Nothing is called like that.",
            canvas.pen.style(Role::Dim),
        );
    }
    let shown = usize::from(list.height);
    let mut state = palette.list;
    state.show(shown);
    for (row, found) in palette.matches.iter().enumerate().skip(state.top).take(shown) {
        let Some(item) = palette.items.get(found.item) else { continue };
        let y = list.y + u16::try_from(row - state.top).unwrap_or(0);
        let chosen = row == state.chosen;
        if chosen {
            canvas.pen.fill(list.x, y, list.width, " ", canvas.pen.style(Role::Selected));
        }
        let style = canvas.pen.style(if chosen { Role::Selected } else { Role::Text });
        let dim = canvas.pen.style(if chosen { Role::Selected } else { Role::Dim });
        canvas.pen.text(list.x, y, 9, item.chosen.kind(), dim);
        let room = list.width.saturating_sub(10 + 12);
        let used = canvas.pen.text(list.x + 10, y, room, &item.name, style);
        if !chosen {
            mark_letters(&item.name, &found.letters, list.x + 10, y, room, canvas);
        }
        let about = if matches!(item.chosen, Chosen::Run(_)) { &item.key } else { &item.about };
        let from = used.max(room) + 11;
        canvas.pen.text_right(list.x + from, y, list.width.saturating_sub(from), about, dim);
        canvas.target(Area { y, height: 1, ..list }, Target::Row(row));
    }
    more_marks(list, state.top > 0, state.top + shown < palette.matches.len(), canvas);
}

fn mark_letters(name: &str, letters: &[usize], x: u16, y: u16, room: u16, canvas: &mut Canvas<'_>) {
    let style = canvas.pen.style(Role::Accent);
    for (index, letter) in name.chars().enumerate() {
        let before: String = name.chars().take(index).collect();
        let at = canvas.pen.width(&before);
        if letters.contains(&index) && at + 1 < room {
            canvas.pen.text(x + at, y, 2, letter.encode_utf8(&mut [0; 4]), style);
        }
    }
}

/// A line of text being typed, with its cursor, or a hint while it is empty.
pub fn field_line(area: Area, text: &str, cursor: usize, hint: &str, canvas: &mut Canvas<'_>) {
    let style = canvas.pen.style(Role::Accent);
    canvas.pen.text(area.x, area.y, 2, "> ", style);
    let x = area.x + 2;
    let width = area.width.saturating_sub(3);
    if text.is_empty() {
        canvas.pen.text(x + 1, area.y, width, hint, canvas.pen.style(Role::Dim));
    }
    typed(text, cursor, true, Area { x, width, ..area }, canvas);
}

/// A text that is typed, from where its cursor can be seen.
pub fn typed(text: &str, cursor: usize, focused: bool, area: Area, canvas: &mut Canvas<'_>) {
    let Area { x, width, .. } = area;
    let before = &text[..cursor];
    let mut start = 0;
    while focused && canvas.pen.width(&before[start..]) >= width.max(1) {
        start += before[start..].chars().next().map_or(1, char::len_utf8);
    }
    canvas.pen.text(x, area.y, width, &text[start..], canvas.pen.style(Role::Text));
    if focused {
        let at = x + canvas.pen.width(&before[start..]);
        canvas.pen.reverse(at, area.y);
    }
}

/// Problems with settings and files.
pub fn problems(lines: &[String], top: usize, area: Area, canvas: &mut Canvas<'_>) {
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2);
    let inner = panel(area, area.width, height, "Worth mending", canvas);
    let last = lines.len().saturating_sub(usize::from(inner.height));
    let top = top.min(last);
    for (row, line) in lines.iter().skip(top).take(usize::from(inner.height)).enumerate() {
        let y = inner.y + u16::try_from(row).unwrap_or(0);
        canvas.pen.text(inner.x, y, inner.width, line, canvas.pen.style(Role::Text));
    }
    more_marks(inner, top > 0, top < last, canvas);
}
