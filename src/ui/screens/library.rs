//! The Library: all topics along the path, and one page with its outline and live blocks.

use ratatui::style::Modifier;

use crate::app::layout::Area;
use crate::app::learned::Standing;
use crate::app::live::{Calc, LiveBlock};
use crate::app::reader::{Focus, Reading};
use crate::app::{Model, Target};
use crate::config::theme::Role;
use crate::doc::{Reach, Slot};
use crate::envelope::Outcome;

use super::super::{Canvas, card, demo, prose, shell, walk};

/// Draws the Library.
pub fn draw(model: &Model, area: Area, canvas: &mut Canvas<'_>) {
    match &model.reader.open {
        Some(reading) => page(model, reading, area, canvas),
        None => list(model, area, canvas),
    }
}

/// A row of the list.
enum Row {
    /// A phase of the path.
    Phase(String),
    /// A written topic, by its place among the written ones.
    Topic(usize),
    /// A decision tree, by its place among the trees.
    Tree(usize),
    /// What is planned in the phase.
    Planned(String),
    Gap,
}

fn list(model: &Model, area: Area, canvas: &mut Canvas<'_>) {
    let width = area.width.saturating_sub(2).min(110);
    let x = area.x + (area.width - width) / 2;
    let rows = rows(model);
    let chosen = model.reader.list.chosen;
    let topics = model.library.written().count();
    let is_chosen = |row: &Row| match row {
        Row::Topic(index) => *index == chosen,
        Row::Tree(index) => topics + index == chosen,
        _ => false,
    };
    let at = rows.iter().position(is_chosen).unwrap_or(0);
    let height = usize::from(area.height);
    let top = at.saturating_sub(height / 2).min(rows.len().saturating_sub(height));
    for (line, row) in rows.iter().skip(top).take(height).enumerate() {
        let y = area.y + u16::try_from(line).unwrap_or(0);
        match row {
            Row::Gap => {}
            Row::Phase(title) => {
                canvas.pen.text(x, y, width, title, canvas.pen.style(Role::Strong));
            }
            Row::Planned(titles) => {
                canvas.pen.text(x + 4, y, width.saturating_sub(4), titles, canvas.pen.style(Role::Dim));
            }
            Row::Topic(index) => {
                topic_row(model, *index, *index == chosen, Area { x, y, width, height: 1 }, canvas);
            }
            Row::Tree(index) => {
                let row = topics + index;
                tree_row(model, *index, row, row == chosen, Area { x, y, width, height: 1 }, canvas);
            }
        }
    }
    canvas.more = (top > 0, top + height < rows.len());
}

fn rows(model: &Model) -> Vec<Row> {
    let library = &model.library;
    let mut phases: Vec<usize> = library.topics.iter().map(|topic| topic.phase).collect();
    // What lies beside the path comes last.
    phases.sort_by_key(|phase| if *phase == 0 { usize::MAX } else { *phase });
    phases.dedup();
    let mut rows = Vec::new();
    for phase in phases {
        if !rows.is_empty() {
            rows.push(Row::Gap);
        }
        let named = phase.checked_sub(1).and_then(|at| library.phases.get(at));
        rows.push(Row::Phase(match named {
            Some(phase) if phase.weeks.starts_with(|c: char| c.is_ascii_digit()) => {
                format!("{}   weeks {}", phase.name, phase.weeks)
            }
            Some(phase) => phase.name.clone(),
            None => "Beside the path".to_string(),
        }));
        let written = library.written().enumerate().filter(|(_, topic)| topic.phase == phase);
        rows.extend(written.map(|(index, _)| Row::Topic(index)));
        let planned = library.topics.iter().filter(|topic| topic.phase == phase && topic.page.is_none());
        let titles: Vec<&str> = planned.map(|topic| topic.title.as_str()).collect();
        if !titles.is_empty() {
            rows.push(Row::Planned(format!("{} planned: {}", titles.len(), titles.join(", "))));
        }
    }
    if !library.trees.is_empty() {
        rows.push(Row::Gap);
        rows.push(Row::Phase("Decisions".to_string()));
        rows.extend((0..library.trees.len()).map(Row::Tree));
    }
    rows
}

fn tree_row(model: &Model, index: usize, row: usize, chosen: bool, area: Area, canvas: &mut Canvas<'_>) {
    let Some(tree) = model.library.trees.get(index) else { return };
    let role = if chosen { Role::Selected } else { Role::Text };
    let room = area.width.saturating_sub(14);
    let used =
        canvas.pen.text(area.x + 3, area.y, room, &format!(" {} ", tree.title), canvas.pen.style(role));
    let from = used.max(44) + 4;
    if area.width > from + 30 {
        let room = area.width - from - 10;
        canvas.pen.text(area.x + from, area.y, room, &tree.summary, canvas.pen.style(Role::Dim));
    }
    let about = format!("{} leaves", tree.leaves.len());
    canvas.pen.text_right(area.x, area.y, area.width, &about, canvas.pen.style(Role::Dim));
    canvas.target(area, Target::Row(row));
}

fn topic_row(model: &Model, index: usize, chosen: bool, area: Area, canvas: &mut Canvas<'_>) {
    let Some(topic) = model.library.written().nth(index) else { return };
    let (mark, tone) = match model.learned.standing(&model.library, topic) {
        Standing::Known => (if canvas.pen.theme.ascii { "+" } else { "✓" }, Role::Good),
        Standing::Begun => (if canvas.pen.theme.ascii { "~" } else { "◐" }, Role::Accent),
        Standing::New => (canvas.pen.glyphs().hollow, Role::Dim),
    };
    canvas.pen.text(area.x + 1, area.y, 1, mark, canvas.pen.style(tone));
    let about = format!("{} min", topic.minutes());
    let room = area.width.saturating_sub(14);
    let role = if chosen { Role::Selected } else { Role::Text };
    let used =
        canvas.pen.text(area.x + 3, area.y, room, &format!(" {} ", topic.title), canvas.pen.style(role));
    let summary = topic.page.as_ref().map_or("", |page| page.summary.as_str());
    let from = used.max(44) + 4;
    if area.width > from + 30 {
        canvas.pen.text(area.x + from, area.y, area.width - from - 10, summary, canvas.pen.style(Role::Dim));
    }
    canvas.pen.text_right(area.x, area.y, area.width, &about, canvas.pen.style(Role::Dim));
    canvas.target(area, Target::Row(index));
}

fn page(model: &Model, reading: &Reading, area: Area, canvas: &mut Canvas<'_>) {
    let frame = reading.frame(area);
    if frame.outline.width > 0 {
        outline(model, reading, frame.outline, canvas);
    }
    let text = frame.text;
    let height = usize::from(text.height);
    for (row, line) in reading.page.lines.iter().skip(reading.top).take(height).enumerate() {
        let y = text.y + u16::try_from(row).unwrap_or(0);
        prose::line(&mut canvas.pen, text.x, y, text.width, line);
    }
    mark_links(model, reading, text, canvas);
    mark_hits(reading, text, canvas);
    for slot in &reading.page.live {
        live(reading, *slot, text, canvas);
    }
    let below = reading.top + height < reading.page.lines.len();
    canvas.more = (reading.top > 0, below);
    if let Some(field) = &reading.find.field {
        let y = text.y + text.height.saturating_sub(1);
        let line = Area { y, height: 1, ..text };
        canvas.pen.clear(line.x, y, line.width);
        shell::field_line(line, field.text(), field.cursor(), "find in this page", canvas);
    }
    if !reading.find.wanted.is_empty() && reading.find.field.is_none() {
        let count = reading.find.hits.len();
        let said = format!(
            " '{}' {} of {count} ",
            reading.find.wanted,
            if count == 0 { 0 } else { reading.find.at + 1 }
        );
        canvas.pen.text_right(
            text.x,
            text.y + text.height.saturating_sub(1),
            text.width,
            &said,
            canvas.pen.style(Role::Hit),
        );
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
    for (index, link) in reading.page.links.iter().enumerate() {
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

fn mark_hits(reading: &Reading, text: Area, canvas: &mut Canvas<'_>) {
    for (index, &(line, start, end)) in reading.find.hits.iter().enumerate() {
        if let Some(area) = visible(Reach { line, start, end }, reading.top, text) {
            let here = index == reading.find.at;
            canvas.pen.restyle(area.x, area.y, area.width, Role::Hit);
            canvas.pen.modify(
                area.x,
                area.y,
                area.width,
                if here { Modifier::REVERSED } else { Modifier::UNDERLINED },
            );
        }
    }
}

fn outline(model: &Model, reading: &Reading, area: Area, canvas: &mut Canvas<'_>) {
    let here = reading.heading();
    let bottom = area.y + area.height;
    let mut y = area.y;
    let headings: Vec<_> =
        reading.document.headings.iter().enumerate().filter(|(_, h)| (2..=3).contains(&h.level)).collect();
    // A long outline is shown around where one is, and leaves room for what stands below it.
    let room = usize::from(area.height.saturating_sub(9)).max(3);
    let at = headings.iter().position(|(index, _)| Some(*index) >= here).unwrap_or(0);
    let top = at.saturating_sub(room / 2).min(headings.len().saturating_sub(room));
    for (index, heading) in headings.iter().skip(top).take(room) {
        if y >= bottom {
            return;
        }
        let chosen = here == Some(*index);
        let indent = 2 + 2 * u16::from(heading.level.saturating_sub(2));
        if chosen {
            canvas.pen.text(area.x, y, 1, canvas.pen.glyphs().right, canvas.pen.style(Role::Accent));
        }
        let role = if chosen { Role::Strong } else { Role::Dim };
        let width = area.width.saturating_sub(indent);
        canvas.pen.text(area.x + indent, y, width, &heading.text, canvas.pen.style(role));
        canvas.target(Area { y, height: 1, ..area }, Target::Heading(*index));
        y += 1;
    }
    let Some(topic) = model.library.topic(&reading.slug) else { return };
    let mut put = |text: &str, role: Role, indent: u16| {
        if y < bottom {
            canvas.pen.text(
                area.x + indent,
                y,
                area.width.saturating_sub(indent),
                text,
                canvas.pen.style(role),
            );
        }
        y += 1;
    };
    put("", Role::Dim, 0);
    let share = (reading.share() * 100.0).round();
    put(&format!("{} min, {share:.0}% seen", topic.minutes()), Role::Dim, 2);
    let titles = |slugs: &[String]| -> Vec<String> {
        slugs
            .iter()
            .filter_map(|slug| model.library.topic(slug))
            .map(|topic| topic.title.clone())
            .take(3)
            .collect()
    };
    let builds_on = titles(&topic.prerequisites);
    if !builds_on.is_empty() {
        put("", Role::Dim, 0);
        put("builds on", Role::Dim, 2);
        builds_on.iter().for_each(|title| put(title, Role::Text, 4));
    }
    let leads_to: Vec<String> =
        model.library.leads_to(&topic.slug).map(|topic| topic.title.clone()).take(3).collect();
    if !leads_to.is_empty() {
        put("leads to", Role::Dim, 2);
        leads_to.iter().for_each(|title| put(title, Role::Text, 4));
    }
}

/// Draws a live block where the page left room for it. A block that is only partly in sight is drawn into a
/// buffer of its own and the part that is seen is copied.
fn live(reading: &Reading, slot: Slot, text: Area, canvas: &mut Canvas<'_>) {
    let Some(block) = reading.live.get(&slot.live) else { return };
    let (top, bottom) = (slot.line, slot.line + usize::from(slot.height));
    let (first, last) = (reading.top, reading.top + usize::from(text.height));
    if bottom <= first || top >= last {
        return;
    }
    let skipped = u16::try_from(first.saturating_sub(top)).unwrap_or(0);
    let y = text.y + u16::try_from(top.saturating_sub(first)).unwrap_or(0);
    let seen = (slot.height - skipped).min(text.y + text.height - y);
    let area = Area { x: text.x + slot.indent, y, width: slot.width.min(text.width), height: slot.height };
    let focused = reading.focus == Some(Focus::Live(slot.live));
    let keys = focused && reading.entered;
    let before = canvas.targets.len();
    if skipped == 0 && seen == slot.height {
        block_at(block, area, focused, keys, canvas);
    } else {
        let sheet = Area { y: 0, ..area };
        canvas.through(sheet, skipped, seen, y, |canvas| block_at(block, sheet, focused, keys, canvas));
    }
    // A row of a block can be clicked before the block has the keys.
    for (_, target) in &mut canvas.targets[before..] {
        if let Target::Choice(row) = *target {
            *target = Target::Answer(slot.live, row);
        }
    }
    canvas.targets.insert(0, (Area { height: seen, ..area }, Target::Live(slot.live)));
}

fn block_at(block: &LiveBlock, area: Area, focused: bool, keys: bool, canvas: &mut Canvas<'_>) {
    let role = if focused { Role::Accent } else { Role::Rule };
    let inner = Area {
        x: area.x + 2.min(area.width),
        y: area.y + 1,
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(2),
    };
    match block {
        LiveBlock::Demo(player) => {
            let hint = if keys {
                "f full screen, Esc leaves"
            } else if focused {
                "Enter takes the keys"
            } else {
                ""
            };
            shell::frame(area, player.spec().title, role, canvas);
            hint_at(area, hint, canvas);
            demo::draw(player, inner, keys, false, canvas);
        }
        LiveBlock::Card(asking) => {
            let title = if asking.is_bet() { "Bet" } else { "Question" };
            shell::frame(area, title, role, canvas);
            let hint = match (&asking.graded, &asking.verdict) {
                (Some((grade, _)), _) => format!("saved: {}", grade.label()),
                (None, Some(_)) => "1-4 grade, Enter as proposed".to_string(),
                (None, None) if keys && asking.is_bet() => "Enter runs it".to_string(),
                (None, None) if keys => "a letter answers".to_string(),
                (None, None) => "Tab to answer".to_string(),
            };
            hint_at(area, &hint, canvas);
            card::draw(asking, &asking.lines(usize::from(inner.width.max(1))), inner, keys, canvas);
        }
        LiveBlock::Calc(sheet) => calc(sheet, area, focused, canvas),
        LiveBlock::Decide(walking) => {
            shell::frame(area, &walking.tree.title, role, canvas);
            hint_at(area, &walk::hint(walking, focused, keys), canvas);
            walk::draw(walking, inner, keys, canvas);
        }
        LiveBlock::Broken(_) => {}
    }
}

fn hint_at(area: Area, hint: &str, canvas: &mut Canvas<'_>) {
    if !hint.is_empty() && area.height > 0 {
        let text = format!(" {hint} ");
        let y = area.y + area.height - 1;
        canvas.pen.text_right(
            area.x + 2,
            y,
            area.width.saturating_sub(4),
            &text,
            canvas.pen.style(Role::Dim),
        );
    }
}

/// The lines of a sheet with their results at the right.
fn calc(sheet: &Calc, area: Area, focused: bool, canvas: &mut Canvas<'_>) {
    let left = area.width * 3 / 5;
    for (row, (index, text)) in sheet.shown().enumerate().take(usize::from(area.height)) {
        let y = area.y + u16::try_from(row).unwrap_or(0);
        let Some(line) = sheet.sheet.lines.get(index) else { break };
        let bar = if focused { Role::Accent } else { Role::Rule };
        canvas.pen.text(area.x, y, 1, canvas.pen.glyphs().vertical, canvas.pen.style(bar));
        let role = if matches!(line.outcome, Outcome::Comment) { Role::Dim } else { Role::Code };
        canvas.pen.text(area.x + 2, y, left.saturating_sub(3), text, canvas.pen.style(role));
        let (result, role) = match &line.outcome {
            Outcome::Value(answer) => (answer.text.clone(), Role::Strong),
            Outcome::Fault(fault) => (fault.message.clone(), Role::Bad),
            _ => continue,
        };
        canvas.pen.text_right(area.x + left, y, area.width - left, &result, canvas.pen.style(role));
    }
}
