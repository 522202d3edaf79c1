//! A page: its text with links, folds, hits and live blocks, its outline, and a block of it by itself.

use ratatui::style::Modifier;

use crate::app::layout::{self, Area};
use crate::app::reader::zoom::Zoom;
use crate::app::reader::{Focus, Reading};
use crate::app::{Model, Target};
use crate::config::theme::Role;
use crate::doc::{self, Document, Line, Reach};

use super::super::{Canvas, block, outline, prose, shell};

/// Draws the open page.
pub fn draw(model: &Model, reading: &Reading, area: Area, canvas: &mut Canvas<'_>) {
    if let Some(zoom) = &reading.zoom {
        return zoomed(zoom, area, canvas);
    }
    let frame = reading.frame(area);
    let text = frame.text;
    let height = usize::from(text.height);
    for (row, line) in reading.page.lines.iter().skip(reading.top).take(height).enumerate() {
        let y = text.y + u16::try_from(row).unwrap_or(0);
        prose::line(&mut canvas.pen, text.x, y, text.width, line);
    }
    table_heads(reading, text, canvas);
    mark_links(model, reading, text, canvas);
    mark_notes_and_folds(reading, text, canvas);
    mark_hits(reading, text, canvas);
    let first = reading.page.live.partition_point(|slot| slot.line + usize::from(slot.height) <= reading.top);
    for slot in reading.page.live.iter().skip(first).take_while(|slot| slot.line < reading.top + height) {
        block::live(reading, *slot, text, canvas);
    }
    let more = !reading.page.is_complete() || reading.top + height < reading.page.lines.len();
    canvas.more = (reading.top > 0, more);
    peek(model, reading, text, canvas);
    letters(reading, text, canvas);
    find_line(reading, text, canvas);
    if frame.outline.width > 0 {
        outline::draw(model, reading, frame.outline, canvas);
    } else if reading.cursor.is_some() {
        outline::over(model, reading, area, canvas);
    }
}

/// The head of a table stays in sight while its rows scroll; and a table that is shown as records says how to see it
/// as one.
fn table_heads(reading: &Reading, text: Area, canvas: &mut Canvas<'_>) {
    let (top, height) = (reading.top, usize::from(text.height));
    // A head lies over the first rows in sight: not over what was looked for.
    let pinned = reading.find.wanted.is_empty() && reading.focus.is_none();
    let first = reading.page.tables.partition_point(|table| table.line + table.height <= top);
    let in_sight = reading.page.tables.iter().skip(first).take_while(|table| table.line < top + height);
    for table in in_sight {
        let rows = table.line + table.head + 1..(table.line + table.height).saturating_sub(2 * table.head);
        // A screen down leaves two lines in sight, so a head of two lines hides nothing from who reads on.
        let tall = table.grid && (1..=2).contains(&table.head) && table.height > height;
        if pinned && tall && rows.contains(&top) {
            for (row, line) in reading.page.lines.iter().skip(table.line).take(table.head).enumerate() {
                let y = text.y + u16::try_from(row).unwrap_or(0);
                canvas.pen.clear(text.x, y, text.width);
                prose::line(&mut canvas.pen, text.x, y, text.width, line);
            }
        }
        let in_sight = table.line.checked_sub(top).filter(|row| *row < height);
        if let (false, Some(row)) = (table.grid, in_sight) {
            let used = reading.page.lines.get(table.line).map_or(0, Line::width);
            let hint = "z as a table";
            if used + hint.len() + 2 < usize::from(text.width) {
                let y = text.y + u16::try_from(row).unwrap_or(0);
                canvas.pen.text_right(text.x, y, text.width, hint, canvas.pen.style(Role::Dim));
            }
        }
    }
}

/// What is typed to be found, and afterwards what was found.
fn find_line(reading: &Reading, text: Area, canvas: &mut Canvas<'_>) {
    let y = text.y + text.height.saturating_sub(1);
    let find = &reading.find;
    let count = find.hits.len();
    let at = if count == 0 { 0 } else { find.at + 1 };
    if let Some(field) = &find.field {
        let line = Area { y, height: 1, ..text };
        canvas.pen.clear(line.x, y, line.width);
        let said = if find.wanted.is_empty() { String::new() } else { format!("{at} of {count}") };
        let room = canvas.pen.width(&said) + 1;
        let narrow = Area { width: line.width.saturating_sub(room), ..line };
        shell::field_line(
            narrow,
            field.text(),
            field.cursor(),
            "find in this page; Tab searches everything",
            canvas,
        );
        canvas.pen.text_right(line.x, y, line.width, &said, canvas.pen.style(Role::Dim));
    } else if !find.wanted.is_empty() {
        let said = format!(" '{}' {at} of {count} ", find.wanted);
        canvas.pen.text_right(text.x, y, text.width, &said, canvas.pen.style(Role::Hit));
    }
}

/// The most lines of a footnote that are shown ahead.
const PEEK: usize = 4;

/// Where the focused link leads, or what the footnote says, before one goes there: at the foot of the page.
fn peek(model: &Model, reading: &Reading, text: Area, canvas: &mut Canvas<'_>) {
    if text.height < 12 || reading.find.field.is_some() {
        return;
    }
    let width = usize::from(text.width);
    let lines = match reading.focus {
        Some(Focus::Link(link)) => {
            let Some(link) = reading.page.links.get(link) else { return };
            vec![leads_to(model, reading, &link.url)]
        }
        Some(Focus::Note(reference)) => {
            let number = reading.page.references.get(reference).map(|reference| reference.number);
            let Some(note) = reading.document.footnotes.iter().find(|note| Some(note.number) == number)
            else {
                return;
            };
            let note = Document { blocks: note.blocks.clone(), ..Document::default() };
            let said = doc::plain(&note, text.width, canvas.pen.theme.ascii);
            let mut lines: Vec<String> = said.lines().take(PEEK + 1).map(str::to_string).collect();
            if lines.len() > PEEK {
                lines.truncate(PEEK);
                lines[PEEK - 1].push_str(canvas.pen.glyphs().ellipsis);
            }
            lines
        }
        _ => return,
    };
    let height = u16::try_from(lines.len() + 1).unwrap_or(2);
    let top = text.y + text.height - height;
    let (glyph, rule) = (canvas.pen.glyphs().rule, canvas.pen.style(Role::Rule));
    canvas.pen.fill(text.x, top, text.width, glyph, rule);
    for (y, line) in (top + 1..).zip(&lines) {
        canvas.pen.clear(text.x, y, text.width);
        canvas.pen.text(
            text.x,
            y,
            u16::try_from(width).unwrap_or(u16::MAX),
            line,
            canvas.pen.style(Role::Dim),
        );
    }
}

/// What stands behind an address, in one line.
fn leads_to(model: &Model, reading: &Reading, url: &str) -> String {
    let (name, heading) = url.split_once('#').map_or((url, None), |(name, heading)| (name, Some(heading)));
    let shown = doc::clean(url).into_owned();
    if url.contains("://") || url.starts_with("mailto:") {
        return format!("{shown}   Enter copies the address");
    }
    let section = heading.map_or_else(String::new, |heading| format!(" › {}", heading.replace('-', " ")));
    match model.library.topic(name) {
        _ if name.is_empty() => format!("on this page{section}"),
        Some(topic) => {
            let summary = topic.page.as_ref().map_or("", |page| page.summary.as_str());
            format!("{}{section}, {} min: {summary}", topic.title, topic.minutes())
        }
        None if reading.topic().is_none() => format!("the file {shown}"),
        None => shown,
    }
}

fn visible(reach: Reach, top: usize, text: Area) -> Option<Area> {
    let row = reach.line.checked_sub(top).filter(|&row| row < usize::from(text.height))?;
    let x = text.x + u16::try_from(reach.start).unwrap_or(u16::MAX).min(text.width);
    let width = u16::try_from(reach.end - reach.start).unwrap_or(u16::MAX);
    Some(Area {
        x,
        y: text.y + u16::try_from(row).ok()?,
        width: width.min(text.x + text.width - x),
        height: 1,
    })
}

fn mark_links(model: &Model, reading: &Reading, text: Area, canvas: &mut Canvas<'_>) {
    let links = &reading.page.links;
    let bottom = reading.top + usize::from(text.height);
    // Links stand in the order of the page: those above are passed over at once.
    let first =
        links.partition_point(|link| link.places.last().is_some_and(|reach| reach.line < reading.top));
    let in_sight = links.iter().enumerate().skip(first);
    for (index, link) in in_sight.take_while(|(_, link)| link.places.first().is_some_and(|r| r.line < bottom))
    {
        let slug = link.url.split('#').next().unwrap_or_default();
        let planned = model.library.topic(slug).is_some_and(|topic| topic.page.is_none());
        let focused = reading.focus == Some(Focus::Link(index));
        for area in link.places.iter().filter_map(|reach| visible(*reach, reading.top, text)) {
            if planned {
                canvas.pen.restyle(area.x, area.y, area.width, Role::Dim);
            }
            if focused {
                canvas.pen.modify(area.x, area.y, area.width, Modifier::REVERSED);
            }
            canvas.target(area, Target::Link(index));
        }
    }
}

fn mark_notes_and_folds(reading: &Reading, text: Area, canvas: &mut Canvas<'_>) {
    let notes = &reading.page.references;
    let first = notes.partition_point(|note| note.reach.line < reading.top);
    for (index, note) in notes.iter().enumerate().skip(first) {
        let Some(area) = visible(note.reach, reading.top, text) else { break };
        if reading.focus == Some(Focus::Note(index)) {
            canvas.pen.modify(area.x, area.y, area.width, Modifier::REVERSED);
        }
        canvas.target(area, Target::Note(index));
    }
    let folds = &reading.page.folds;
    let first = folds.partition_point(|fold| fold.line < reading.top);
    for fold in folds.iter().skip(first) {
        let width = reading.page.lines.get(fold.line).map_or(1, Line::width);
        let Some(area) = visible(Reach { line: fold.line, start: 0, end: width }, reading.top, text) else {
            break;
        };
        if reading.focus == Some(Focus::Fold(fold.fold)) {
            canvas.pen.modify(area.x, area.y, area.width, Modifier::REVERSED);
        }
        canvas.target(area, Target::Fold(fold.fold));
    }
}

fn mark_hits(reading: &Reading, text: Area, canvas: &mut Canvas<'_>) {
    for (hit, reach) in reading.find.between(reading.top, reading.top + usize::from(text.height)) {
        let Some(area) = visible(*reach, reading.top, text) else { continue };
        let here = hit == reading.find.at;
        canvas.pen.restyle(area.x, area.y, area.width, Role::Hit);
        let modifier = if here { Modifier::REVERSED } else { Modifier::UNDERLINED };
        canvas.pen.modify(area.x, area.y, area.width, modifier);
    }
}

/// The letters of the blocks among which one is to be chosen.
fn letters(reading: &Reading, text: Area, canvas: &mut Canvas<'_>) {
    let Some(pick) = &reading.pick else { return };
    for (index, (line, _)) in pick.blocks.iter().enumerate() {
        let Some(area) = visible(Reach { line: *line, start: 0, end: 3 }, reading.top, text) else {
            continue;
        };
        let letter = char::from(b'a' + u8::try_from(index).unwrap_or(25).min(25));
        let style = canvas.pen.style(Role::Accent).add_modifier(Modifier::REVERSED | Modifier::BOLD);
        let label = format!(" {letter} ");
        let x = (text.x + text.width).saturating_sub(3);
        canvas.pen.text(x, area.y, 3, &label, style);
        canvas.target(Area { x, width: 3, ..area }, Target::Choice(index));
    }
}

/// A block by itself, from where it is scrolled to, beneath a line that says what it is.
fn zoomed(zoom: &Zoom, area: Area, canvas: &mut Canvas<'_>) {
    let (width, height) = layout::zoomed(area);
    let x = area.x + (area.width - width) / 2;
    let lines = zoom.page.lines.len();
    let rows = usize::from(height);
    let last = (zoom.head + zoom.top + rows.saturating_sub(zoom.head)).min(lines);
    let title =
        format!("{}   lines {} to {last} of {lines}", zoom.title, (zoom.head + zoom.top + 1).min(lines));
    canvas.pen.text(x, area.y, width, &title, canvas.pen.style(Role::Strong));
    let (left, right) = zoom.more();
    let marks = [(left, canvas.pen.glyphs().left), (right, canvas.pen.glyphs().right)];
    let marks: Vec<&str> = marks.into_iter().filter(|(more, _)| *more).map(|(_, glyph)| glyph).collect();
    canvas.pen.text_right(x, area.y, width, &marks.join(" "), canvas.pen.style(Role::Accent));
    let head = zoom.page.lines.iter().take(zoom.head);
    let body = zoom.page.lines.iter().skip(zoom.head + zoom.top);
    for (row, line) in head.chain(body).take(rows).enumerate() {
        let y = area.y + 1 + u16::try_from(row).unwrap_or(0);
        prose::line(&mut canvas.pen, x, y, width, &line.window(zoom.left, usize::from(width)));
    }
    canvas.more = (zoom.top > 0, zoom.head + zoom.top + rows.saturating_sub(zoom.head) < lines);
}
