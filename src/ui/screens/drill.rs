//! The Drill: the decks, a question with its answer and grades, and what a session came to.

mod question;

use crate::app::Running;
use crate::app::layout::Area;
use crate::app::{Model, Target, today};
use crate::config::theme::Role;
use crate::doc;
use crate::drill::Summary;
use crate::memory::{Grade, Phase};

use super::super::Canvas;

/// Draws the Drill.
pub fn draw(model: &Model, area: Area, canvas: &mut Canvas<'_>) {
    match &model.drill.session {
        None => list(model, area, canvas),
        Some(running) => match &running.summary {
            Some(summary) => end(model, running, summary, area, canvas),
            None => question::draw(model, running, area, canvas),
        },
    }
}

fn list(model: &Model, area: Area, canvas: &mut Canvas<'_>) {
    let width = area.width.saturating_sub(2).min(92);
    let x = area.x + (area.width - width) / 2;
    let mut y = area.y + u16::from(area.height > 10);
    let due = today::due(model).len();
    let height = usize::from(area.height.saturating_sub(4)).max(1);
    let chosen = model.drill.list.chosen;
    let row = |y: u16, index: usize, name: &str, about: &str, canvas: &mut Canvas<'_>| {
        if y >= area.y + area.height {
            return;
        }
        let role = if index == chosen { Role::Selected } else { Role::Text };
        let room = width.saturating_sub(34);
        canvas.pen.text(x, y, room, &format!(" {name} "), canvas.pen.style(role));
        canvas.pen.text_right(x + room, y, width - room, about, canvas.pen.style(Role::Dim));
        canvas.target(Area { x, y, width, height: 1 }, Target::Row(index));
    };
    let about = if due == 0 { "nothing now".to_string() } else { format!("{due} cards") };
    row(y, 0, "All that is due", &about, canvas);
    y += 2;
    let mut state = model.drill.list;
    state.chosen = chosen.saturating_sub(1);
    state.show(height);
    for (index, deck) in model.library.decks.iter().enumerate().skip(state.top).take(height) {
        let (mut new, mut learning, mut known, mut due) = (0, 0, 0, 0);
        for card in deck.heads().filter(|card| !model.learned.hidden.contains(&card.id.0)) {
            let state = model.learned.state(&card.id.0);
            match state.phase {
                Phase::New => new += 1,
                Phase::Learning { .. } | Phase::Relearning { .. } => learning += 1,
                Phase::Review { .. } => known += 1,
            }
            due += usize::from(state.due().is_some_and(|due| due.is_due(model.now)));
        }
        let mut about = Vec::new();
        for (count, name) in [(due, "due"), (new, "new"), (learning, "learning"), (known, "learned")] {
            if count > 0 {
                about.push(format!("{count} {name}"));
            }
        }
        row(y, index + 1, &deck.title, &about.join("  "), canvas);
        y += 1;
    }
}

fn end(model: &Model, running: &Running, summary: &Summary, area: Area, canvas: &mut Canvas<'_>) {
    let width = area.width.saturating_sub(4).min(84);
    let x = area.x + (area.width - width) / 2;
    let lines = summary_lines(model, &running.title, summary, usize::from(width.max(1)));
    let height = usize::from(area.height);
    let top = running.top.min(lines.len().saturating_sub(height));
    for (row, (text, role)) in lines.iter().skip(top).take(height).enumerate() {
        let y = area.y + u16::try_from(row).unwrap_or(0);
        canvas.pen.text(x, y, width, text, canvas.pen.style(*role));
    }
    canvas.more = (top > 0, top + height < lines.len());
}

fn summary_lines(model: &Model, title: &str, summary: &Summary, width: usize) -> Vec<(String, Role)> {
    let mut lines = vec![(String::new(), Role::Text)];
    let mut put = |text: &str, role: Role| {
        lines.extend(doc::wrap_text(text, width).into_iter().map(|line| (line, role)));
    };
    let cards = if summary.answered == 1 { "answer" } else { "answers" };
    put(&format!("{title}: {} {cards}, {} recalled", summary.answered, summary.right), Role::Strong);
    let grades: Vec<String> = Grade::ALL
        .iter()
        .zip(summary.by_grade)
        .filter(|(_, count)| *count > 0)
        .map(|(grade, count)| format!("{count} {}", grade.label()))
        .collect();
    let minutes = match summary.minutes.round() as u64 {
        0 => "under a minute".to_string(),
        1 => "a minute".to_string(),
        minutes => format!("{minutes} minutes"),
    };
    put(&format!("{}; in {minutes}", grades.join(", ")), Role::Dim);
    if let Some(due) = summary.next_due {
        let text = match due.moment(model.now.offset_minutes).millis_since(model.now) / 60_000 {
            0 => "The next of these cards is due now.".to_string(),
            minutes @ 1..60 => format!("The next of these cards is due in {minutes} min."),
            minutes if due.day() == model.now.study_day() => {
                format!("The next of these cards is due in {} h.", minutes / 60)
            }
            _ => format!("The next of these cards is due on {}.", due.day()),
        };
        put(&text, Role::Dim);
    }
    if !summary.missed.is_empty() {
        lines.push((String::new(), Role::Text));
        lines.push(("Missed, and where to read:".to_string(), Role::Text));
    }
    for missed in &summary.missed {
        lines.push((String::new(), Role::Text));
        let mut put = |text: &str, role: Role| {
            let wrapped = doc::wrap_text(text, width.saturating_sub(2).max(1)).into_iter().enumerate();
            lines.extend(wrapped.map(|(at, line)| {
                (format!("{}{line}", if at == 0 && role == Role::Text { "- " } else { "  " }), role)
            }));
        };
        let times = if missed.times > 1 { format!(" ({} times)", missed.times) } else { String::new() };
        put(&format!("{}{times}", plain(&missed.question)), Role::Text);
        let topic =
            model.library.topic(&missed.topic).map_or(missed.topic.as_str(), |topic| topic.title.as_str());
        put(&format!("{topic}{}", section(missed.see.as_deref())), Role::Dim);
    }
    lines
}

/// The section that a card names, as its heading reads: `how-it-works` is "How it works".
fn section(see: Option<&str>) -> String {
    let Some(see) = see else { return String::new() };
    let mut words = see.replace('-', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    format!(" › {words}")
}

/// A short Markdown text without its marks.
fn plain(markdown: &str) -> String {
    doc::plain(&doc::parse(markdown), 1000, false).trim().replace('\n', " ")
}
