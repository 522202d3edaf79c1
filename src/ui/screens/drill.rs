//! The Drill: the decks, a question with its answer and grades, and what a session came to.

use crate::app::Running;
use crate::app::layout::Area;
use crate::app::{Model, Target, today};
use crate::config::theme::Role;
use crate::doc;
use crate::drill::Summary;
use crate::memory::{Grade, Phase};

use super::super::{Canvas, card, shell};

/// Draws the Drill.
pub fn draw(model: &Model, area: Area, canvas: &mut Canvas<'_>) {
    match &model.drill.session {
        None => list(model, area, canvas),
        Some(running) => match &running.summary {
            Some(summary) => end(model, running, summary, area, canvas),
            None => question(model, running, area, canvas),
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
        for card in &deck.cards {
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

fn question(model: &Model, running: &Running, area: Area, canvas: &mut Canvas<'_>) {
    let Some(asking) = &running.asking else { return };
    let width = area.width.saturating_sub(4).min(84);
    let x = area.x + (area.width - width) / 2;
    let lines = asking.lines(usize::from(width.max(1)));
    let judged = asking.verdict.is_some();
    let foot = if judged { 4 } else { 0 };
    let spare = area.height.saturating_sub(foot);
    let used = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    // In the upper third, where the eye rests, as far as it fits.
    let y = area.y + (spare.saturating_sub(used) / 3).min(4);
    let text = Area { x, y, width, height: (area.y + spare).saturating_sub(y) };
    let drawn = card::draw(asking, &lines, text, true, canvas);
    if usize::from(drawn) < lines.len() {
        shell::more_marks(text, false, true, canvas);
    }
    if !judged {
        return;
    }
    let topic = model.library.topic(&asking.asked.card.topic);
    let mut place = topic.map_or_else(String::new, |topic| topic.title.clone());
    if let Some(see) = &asking.asked.card.see {
        place = format!("{place} › {}", see.replace('-', " "));
    }
    let y = (text.y + drawn + 1).min(area.y + area.height.saturating_sub(3));
    let flagged = model.learned.flagged.contains(&asking.asked.card.id.0);
    let mark = if flagged { "marked   " } else { "" };
    canvas.pen.text_right(x, y, width, &format!("{mark}{place}   p"), canvas.pen.style(Role::Dim));
    let y = (y + 2).min(area.y + area.height.saturating_sub(1));
    let intervals = running.session.preview(model.now);
    card::grade_row(intervals, asking.proposed(), Area { x, y, width, height: 1 }, canvas);
    if intervals.is_none() && area.height > y - area.y + 1 {
        canvas.pen.text(x, y + 1, width, "practice: the schedule stays as it is", canvas.pen.style(Role::Dim));
    }
}

fn end(model: &Model, running: &Running, summary: &Summary, area: Area, canvas: &mut Canvas<'_>) {
    let width = area.width.saturating_sub(4).min(84);
    let x = area.x + (area.width - width) / 2;
    let bottom = area.y + area.height;
    let mut y = area.y + u16::from(area.height > 12);
    let mut put = |text: &str, role: Role, canvas: &mut Canvas<'_>| {
        for line in doc::wrap_text(text, usize::from(width.max(1))) {
            if y < bottom {
                canvas.pen.text(x, y, width, &line, canvas.pen.style(role));
            }
            y += 1;
        }
    };
    let cards = if summary.answered == 1 { "answer" } else { "answers" };
    put(&format!("{}: {} {cards}, {} recalled", running.title, summary.answered, summary.right), Role::Strong, canvas);
    let grades: Vec<String> = Grade::ALL
        .iter()
        .zip(summary.by_grade)
        .filter(|(_, count)| *count > 0)
        .map(|(grade, count)| format!("{count} {}", grade.label()))
        .collect();
    let minutes = if summary.minutes < 1.0 { "under a minute".to_string() } else { format!("{:.0} minutes", summary.minutes) };
    put(&format!("{}   in {minutes}", grades.join("   ")), Role::Dim, canvas);
    if let Some(due) = summary.next_due {
        let text = match due.moment(model.now.offset_minutes).millis_since(model.now) / 60_000 {
            0 => "The next of these cards is due now.".to_string(),
            minutes @ 1..60 => format!("The next of these cards is due in {minutes} min."),
            minutes @ 60..1440 if due.day() == model.now.study_day() => format!("The next of these cards is due in {} h.", minutes / 60),
            _ => format!("The next of these cards is due on {}.", due.day()),
        };
        put(&text, Role::Dim, canvas);
    }
    if !summary.missed.is_empty() {
        put("", Role::Text, canvas);
        put("Missed, and where to read:", Role::Text, canvas);
    }
    for missed in &summary.missed {
        put("", Role::Text, canvas);
        let times = if missed.times > 1 { format!(" ({} times)", missed.times) } else { String::new() };
        put(&format!("· {}{times}", plain(&missed.question)), Role::Text, canvas);
        let topic = model.library.topic(&missed.topic).map_or(missed.topic.as_str(), |topic| topic.title.as_str());
        let see = missed.see.as_ref().map_or_else(String::new, |see| format!(" › {}", see.replace('-', " ")));
        put(&format!("  {topic}{see}"), Role::Dim, canvas);
    }
}

/// A short Markdown text without its marks.
fn plain(markdown: &str) -> String {
    doc::plain(&doc::parse(markdown), 1000, false).trim().replace('\n', " ")
}
