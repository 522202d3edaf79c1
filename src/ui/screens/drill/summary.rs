//! What a session came to: how it went against what was foreseen, what was missed, why, and where to read.

use crate::app::drill::{About, outcome};
use crate::app::layout::Area;
use crate::app::{Model, Running, study};
use crate::config::theme::Role;
use crate::doc;
use crate::drill::Summary;
use crate::memory::Grade;

use super::super::super::Canvas;
use super::section;

/// Fewer answers than these say nothing about how well it was foreseen.
const JUDGED: usize = 10;

/// The lines of a summary, and where each missed card begins and ends.
struct Lines {
    lines: Vec<(String, Role)>,
    missed: Vec<(usize, usize)>,
    width: usize,
}

impl Lines {
    fn put(&mut self, text: &str, role: Role) {
        let wrapped = doc::wrap_text(text, self.width);
        self.lines.extend(wrapped.into_iter().map(|line| (line, role)));
    }

    fn indented(&mut self, first: &str, text: &str, role: Role) {
        let wrapped = doc::wrap_text(text, self.width.saturating_sub(2).max(1)).into_iter().enumerate();
        self.lines.extend(
            wrapped.map(|(at, line)| (format!("{}{line}", if at == 0 { first } else { "  " }), role)),
        );
    }

    fn blank(&mut self) {
        self.lines.push((String::new(), Role::Text));
    }
}

/// Draws the summary.
pub(super) fn draw(model: &Model, running: &Running, summary: &Summary, area: Area, canvas: &mut Canvas<'_>) {
    let width = area.width.saturating_sub(4).min(84);
    let x = area.x + (area.width - width) / 2;
    let bar = canvas.pen.glyphs().vertical;
    let Lines { lines, missed, .. } = lines(model, running, summary, usize::from(width.max(1)));
    let height = usize::from(area.height);
    let mut top = running.top.min(lines.len().saturating_sub(height));
    let chosen = missed.get(running.chosen).copied();
    if let Some((from, to)) = chosen.filter(|_| running.chosen > 0) {
        // The chosen card is in sight as far as it fits.
        top = top.max((to + 1).saturating_sub(height)).min(from);
    }
    for (row, (text, role)) in lines.iter().enumerate().skip(top).take(height) {
        let y = area.y + u16::try_from(row - top).unwrap_or(0);
        canvas.pen.text(x, y, width, text, canvas.pen.style(*role));
        if chosen.is_some_and(|(from, to)| (from..to).contains(&row)) && x > 1 {
            let style = canvas.pen.style(Role::Accent);
            canvas.pen.put(x - 2, y, bar, style);
        }
    }
    canvas.more = (top > 0, top + height < lines.len());
}

fn lines(model: &Model, running: &Running, summary: &Summary, width: usize) -> Lines {
    let mut lines = Lines { lines: Vec::new(), missed: Vec::new(), width };
    lines.blank();
    if let Some((topics, cards, days)) = outcome(model, running) {
        placement(&mut lines, summary, topics, cards, days);
        return lines;
    }
    let (asked, right) = running.score.total();
    match running.about {
        About::Quiz { .. } => {
            lines.put(&format!("{}: {right} of {asked}", running.title), Role::Strong);
            let not = running.session.not_begun();
            if not > 0 {
                lines.put(&format!("The time was up: {not} questions were not begun."), Role::Warn);
            }
        }
        _ => {
            let text = match summary.answered {
                0 => format!("{}: nothing was answered", running.title),
                1 => format!("{}: 1 answer, {} recalled", running.title, summary.right),
                answers => format!("{}: {answers} answers, {} recalled", running.title, summary.right),
            };
            lines.put(&text, Role::Strong);
        }
    }
    if summary.answered > 0 {
        numbers(&mut lines, model, running, summary);
    }
    left(&mut lines, running);
    if matches!(running.about, About::Study) || model.study.is_some() {
        lines.put(&format!("Next: {}. Alt-n goes on.", study::next_said(model)), Role::Accent);
    }
    topics(&mut lines, model, running);
    missed(&mut lines, model, summary);
    lines
}

fn placement(lines: &mut Lines, summary: &Summary, topics: usize, cards: usize, days: u32) {
    lines.put(&format!("Placement: {} of {} known", summary.right, summary.answered), Role::Strong);
    lines.blank();
    if cards == 0 {
        lines.put(
            "Nothing is marked as known: everything is new, and comes in the order of the path.",
            Role::Text,
        );
        lines.put("Enter closes.", Role::Dim);
        return;
    }
    let topics = if topics == 1 { "1 topic".to_string() } else { format!("{topics} topics") };
    lines.put(
        &format!(
            "You know {topics}: those that you answered, and what they build on. Enter marks their {cards} new cards as \
             known: each comes back once within {days} days, core cards first, and what you do not know after all is \
             learned then."
        ),
        Role::Text,
    );
    lines.put("Esc marks nothing. u takes the last answer back.", Role::Dim);
}

fn numbers(lines: &mut Lines, model: &Model, running: &Running, summary: &Summary) {
    let by_grade = Grade::ALL.iter().zip(summary.by_grade).filter(|(_, count)| *count > 0);
    let grades: Vec<String> = by_grade.map(|(grade, count)| format!("{count} {}", grade.label())).collect();
    let minutes = match summary.minutes.round() as u64 {
        0 => "under a minute".to_string(),
        1 => "a minute".to_string(),
        minutes => format!("{minutes} minutes"),
    };
    lines.put(&format!("{}; in {minutes}", grades.join(", ")), Role::Dim);
    if let Some((real, foreseen)) = running.score.retention() {
        let (count, recalled) = (running.score.reviewed, running.score.recalled);
        // Two standard errors of a share: what chance alone does.
        let spread = 2.0 * (foreseen * (1.0 - foreseen) / count as f64).sqrt();
        let verdict = if count < JUDGED {
            "too few to compare"
        } else if (real - foreseen).abs() <= spread {
            "as foreseen"
        } else if real > foreseen {
            "better than foreseen"
        } else {
            "less than foreseen"
        };
        let text = format!(
            "Of cards learned before: {recalled} of {count} recalled ({:.0}%), {:.0}% foreseen: {verdict}.",
            real * 100.0,
            foreseen * 100.0
        );
        lines.put(&text, Role::Dim);
    }
    if let Some(due) = summary.next_due {
        let text = match due.moment(model.now.offset_minutes).millis_since(model.now) / 60_000 {
            0 => "The next of these cards is due now.".to_string(),
            minutes @ 1..60 => format!("The next of these cards is due in {minutes} min."),
            minutes if due.day() == model.now.study_day() => {
                format!("The next of these cards is due in {} h.", minutes / 60)
            }
            _ => format!("The next of these cards is due on {}.", due.day()),
        };
        lines.put(&text, Role::Dim);
    }
}

/// What was not asked, where the session was stopped: nothing is lost.
fn left(lines: &mut Lines, running: &Running) {
    let left = running.session.remaining();
    // Where only steps wait that end later, nothing was stopped.
    let stopped = running.session.current().is_some() && running.session.counts();
    if !stopped || !matches!(running.about, About::Cards) {
        return;
    }
    let cards = if left == 1 { "1 card is".to_string() } else { format!("{left} cards are") };
    lines.put(&format!("Stopped early: {cards} left, and wait on Today."), Role::Dim);
}

/// The score by topic, the worst first: of a quiz.
fn topics(lines: &mut Lines, model: &Model, running: &Running) {
    if !matches!(running.about, About::Quiz { .. }) {
        return;
    }
    let mut topics: Vec<_> = running.score.topics.iter().collect();
    topics.sort_by(|a, b| (a.right * b.asked).cmp(&(b.right * a.asked)));
    lines.blank();
    for score in topics {
        let title = model.library.deck(&score.topic).map_or(score.topic.as_str(), |deck| deck.title.as_str());
        let role = if score.right == score.asked { Role::Good } else { Role::Text };
        lines.put(&format!("{} of {}  {title}", score.right, score.asked), role);
    }
}

fn missed(lines: &mut Lines, model: &Model, summary: &Summary) {
    if summary.missed.is_empty() {
        return;
    }
    lines.blank();
    lines.put("Missed, and where to read (j and k choose, Enter opens the page):", Role::Text);
    for missed in &summary.missed {
        lines.blank();
        let from = lines.lines.len();
        let times = if missed.times > 1 { format!(" ({} times)", missed.times) } else { String::new() };
        lines.indented("- ", &format!("{}{times}", doc::in_one_line(&missed.question)), Role::Text);
        let why = doc::in_one_line(&missed.why);
        if !why.is_empty() {
            lines.indented("  ", &why, Role::Dim);
        }
        let topic = model.library.topic(&missed.topic);
        let title = topic.map_or(missed.topic.as_str(), |topic| topic.title.as_str());
        if topic.is_some_and(|topic| topic.page.is_some()) {
            lines.indented("  ", &format!("{title}{}", section(missed.see.as_deref())), Role::Accent);
        } else {
            lines.indented("  ", &format!("{title} (no page yet)"), Role::Dim);
        }
        lines.missed.push((from, lines.lines.len()));
    }
}
