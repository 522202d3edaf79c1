//! Search on the screen: what is typed, the hits in groups, and the chosen one in its context.
//!
//! A hit is one line: its name or text at the left with what matched marked, where it stands at the right. So the eye
//! goes down one column.

use ratatui::style::{Modifier, Style};

use crate::app::Target;
use crate::app::layout::Area;
use crate::app::search::{Preview, Row, Search, frame};
use crate::config::theme::Role;
use crate::library::search::{Excerpt, Hit, Kind};

use super::{Canvas, prose, shell};

/// The narrowest list in which it is said where a hit stands.
const WITH_PLACE: u16 = 50;

/// Draws the search over the body.
pub fn draw(search: &Search, area: Area, canvas: &mut Canvas<'_>) {
    for y in area.y..area.y + area.height {
        canvas.pen.clear(area.x, y, area.width);
    }
    let parts = frame(area);
    if parts.field.height > 0 {
        shell::field_line(
            parts.field,
            search.field.text(),
            search.field.cursor(),
            "search everything",
            canvas,
        );
    }
    if parts.kinds.height > 0 {
        kinds(search, parts.kinds, canvas);
    }
    let height = usize::from(parts.list.height);
    let choices: Vec<usize> = search.choices().collect();
    let chosen = search.chosen();
    for (at, row) in search.rows.iter().enumerate().skip(search.list.top).take(height) {
        let y = parts.list.y + u16::try_from(at - search.list.top).unwrap_or(0);
        // A sentence may go on where no hit is shown in its context.
        let says = matches!(row, Row::Says(_)) && search.preview.is_none();
        let width = if says { parts.field.width } else { parts.list.width };
        let line = Area { y, height: 1, width, ..parts.list };
        self::row(search, row, chosen == Some(at), line, canvas);
        if let Some(choice) = choices.iter().position(|choice| *choice == at) {
            canvas.target(line, Target::Row(choice));
        }
    }
    canvas.more = (search.list.top > 0, search.list.top + height < search.rows.len());
    if let Some(preview) = &search.preview
        && parts.preview.width > 0
    {
        let (glyph, style) = (canvas.pen.glyphs().vertical, canvas.pen.style(Role::Rule));
        for y in parts.preview.y..parts.preview.y + parts.preview.height {
            canvas.pen.put(parts.preview.x - 2, y, glyph, style);
        }
        self::preview(preview, parts.preview, canvas);
    }
}

/// The kinds that there are hits of, each with how many, and which is shown.
fn kinds(search: &Search, area: Area, canvas: &mut Canvas<'_>) {
    if search.found.groups.is_empty() {
        return;
    }
    let mut x = area.x + 2;
    let mut put = |kind: Option<Kind>, label: &str, count: String| {
        let chosen = search.only == kind;
        let width = canvas.pen.width(label) + canvas.pen.width(&count);
        if x + width + 2 > area.x + area.width {
            return;
        }
        let style = canvas.pen.style(if chosen { Role::Selected } else { Role::Text });
        let dim = canvas.pen.style(if chosen { Role::Selected } else { Role::Dim });
        if chosen {
            canvas.pen.fill(x - 1, area.y, width + 2, " ", style);
        }
        canvas.pen.spans(x, area.y, width, &[(label, style), (&count, dim)]);
        canvas.target(Area { x: x - 1, y: area.y, width: width + 2, height: 1 }, Target::Only(kind));
        x += width + 3;
    };
    put(None, "All", String::new());
    for group in &search.found.groups {
        put(Some(group.kind), group.kind.name(), format!(" {}", group.total));
    }
}

fn row(search: &Search, row: &Row, chosen: bool, line: Area, canvas: &mut Canvas<'_>) {
    let dim = canvas.pen.style(Role::Dim);
    if chosen {
        canvas.pen.fill(line.x, line.y, line.width, " ", canvas.pen.style(Role::Selected));
    }
    let inner = Area { x: line.x + 2, width: line.width.saturating_sub(3), ..line };
    match row {
        Row::Gap => {}
        Row::Says(text) => {
            canvas.pen.text(inner.x, line.y, inner.width, text, dim);
        }
        Row::Title(group) => {
            let name = search.found.groups.get(*group).map_or("", |group| group.kind.name());
            canvas.pen.text(inner.x, line.y, inner.width, name, canvas.pen.style(Role::Strong));
        }
        Row::More(_, left) => {
            let style = if chosen { canvas.pen.style(Role::Selected) } else { dim };
            canvas.pen.text(
                inner.x + 2,
                line.y,
                inner.width.saturating_sub(2),
                &format!("and {left} more"),
                style,
            );
        }
        Row::Words(words) => {
            let style = canvas.pen.style(if chosen { Role::Selected } else { Role::Text });
            canvas.pen.text(inner.x + 2, line.y, inner.width.saturating_sub(2), words, style);
        }
        Row::Hit(group, at) => {
            let group = search.found.groups.get(*group);
            let hit = group.and_then(|group| Some((group.kind, group.hits.get(*at)?)));
            if let Some((kind, hit)) = hit {
                let inner = Area { x: inner.x + 2, width: inner.width.saturating_sub(2), ..inner };
                self::hit(kind, hit, chosen, inner, canvas);
            }
        }
    }
}

fn hit(kind: Kind, hit: &Hit, chosen: bool, area: Area, canvas: &mut Canvas<'_>) {
    let dim = canvas.pen.style(if chosen { Role::Selected } else { Role::Dim });
    let text = canvas.pen.style(if chosen { Role::Selected } else { Role::Text });
    let title = if matches!(kind, Kind::Topic | Kind::Demo | Kind::Decision) {
        ""
    } else {
        hit.topic.as_ref().map_or("", |topic| &topic.1)
    };
    let place = match &hit.heading {
        Some(heading) if kind == Kind::Text => format!("{title} › {heading}"),
        _ => title.to_string(),
    };
    let mut room = area.width;
    if area.width >= WITH_PLACE {
        let most = (area.width * 3 / 10).clamp(16, 44);
        // Where topic and heading have no room the topic has.
        let fits = |place: &&str| canvas.pen.width(place) <= most;
        let place = [place.as_str(), title].into_iter().find(fits).unwrap_or(title);
        let width = canvas.pen.width(place).min(most);
        room -= if width > 0 { width + 2 } else { 0 };
        canvas.pen.text(area.x + room + 2, area.y, width, place, dim);
    }
    let mut used = 0;
    if !hit.name.text.is_empty() {
        // A question that does not hold the words leaves room for the answer that does.
        let both = !hit.body.text.is_empty() && !matches!(kind, Kind::Topic | Kind::Demo | Kind::Decision);
        let most = match (both, hit.name.marks.is_empty(), hit.body.marks.is_empty()) {
            (true, true, _) => room * 2 / 5,
            (true, false, false) => room / 2,
            _ => room,
        };
        used = excerpt(&hit.name, text, area.x, area.y, most, canvas) + 2;
    }
    if used + 8 < room {
        let style = if hit.name.text.is_empty() { text } else { dim };
        excerpt(&hit.body, style, area.x + used, area.y, room - used, canvas);
    }
}

/// Writes a text with its marks and says how many cells it took.
fn excerpt(whole: &Excerpt, style: Style, x: u16, y: u16, width: u16, canvas: &mut Canvas<'_>) -> u16 {
    let chosen = style.add_modifier.contains(Modifier::REVERSED);
    let mark = if chosen { style } else { canvas.pen.style(Role::Hit) };
    let mark = mark.add_modifier(Modifier::UNDERLINED);
    let excerpt = whole.within(usize::from(width));
    let mut pieces = Vec::new();
    let mut at = 0;
    for range in &excerpt.marks {
        pieces.push((&excerpt.text[at..range.start], style));
        pieces.push((&excerpt.text[range.clone()], mark));
        at = range.end;
    }
    pieces.push((&excerpt.text[at..], style));
    let mut used = 0;
    for (piece, style) in pieces {
        let left = width - used;
        used += canvas.pen.text(x + used, y, left, piece, style);
        // What was cut ends with a mark, and nothing comes behind that.
        if canvas.pen.width(piece) > left {
            break;
        }
    }
    used
}

fn preview(preview: &Preview, area: Area, canvas: &mut Canvas<'_>) {
    canvas.pen.text(area.x, area.y, area.width, &preview.title, canvas.pen.style(Role::Dim));
    let lines = Area { y: area.y + 2, height: area.height.saturating_sub(2), ..area };
    for row in 0..lines.height {
        let at = preview.top + usize::from(row);
        let Some(line) = preview.page.lines.get(at) else { break };
        prose::line(&mut canvas.pen, lines.x, lines.y + row, lines.width, line);
        for (_, start, end) in preview.marks.iter().filter(|(line, ..)| *line == at) {
            let x = lines.x + u16::try_from(*start).unwrap_or(u16::MAX).min(lines.width);
            let width = u16::try_from(end - start).unwrap_or(0).min(lines.x + lines.width - x);
            canvas.pen.restyle(x, lines.y + row, width, Role::Hit);
            canvas.pen.modify(x, lines.y + row, width, Modifier::UNDERLINED);
        }
    }
}
