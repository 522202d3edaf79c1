//! Today: what to do now, at a glance, with the key that does it beside it.

use crate::app::command::Do;
use crate::app::first::First;
use crate::app::layout::Area;
use crate::app::plan::{self, Line};
use crate::app::today::Today;
use crate::app::{Model, Target};
use crate::config::theme::Role;
use crate::doc;
use crate::memory::StudyDay;

use super::super::Canvas;

/// Draws Today.
pub fn draw(model: &Model, area: Area, canvas: &mut Canvas<'_>) {
    let today = Today::of(model);
    let margin = if area.width > 60 { 3 } else { 1 };
    let width = area.width.saturating_sub(2 * margin).min(94);
    let x = area.x + (area.width - width) / 2;
    let mut page = Rows { x, y: area.y, width, bottom: area.y + area.height, canvas };
    if area.height >= 14 {
        page.y += 1;
    }
    if model.plan.shown.is_some() {
        return plan(model, &mut page);
    }
    if let Some(first) = &model.first {
        questions(first, model.now.study_day(), &mut page);
        return;
    }
    headline(&today, &mut page);
    aims(&today, &mut page);
    page.y += 1;
    if !today.first && today.week.iter().any(|&due| due > 0) {
        week(&today, &mut page);
        page.y += 1;
    }
    offers(&today, &mut page);
    page.y += 1;
    parts(&today, &mut page);
}

struct Rows<'c, 'p> {
    x: u16,
    y: u16,
    width: u16,
    bottom: u16,
    canvas: &'c mut Canvas<'p>,
}

impl Rows<'_, '_> {
    /// Writes a text at a place of the current row; says how many cells it took.
    fn put(&mut self, at: u16, width: u16, text: &str, role: Role) -> u16 {
        if self.y >= self.bottom || at >= self.width {
            return 0;
        }
        let style = self.canvas.pen.style(role);
        self.canvas.pen.text(self.x + at, self.y, width.min(self.width - at), text, style)
    }

    /// The key at the right end of the row, and the whole row as what it does.
    fn key(&mut self, key: &str, does: Do) {
        if self.y >= self.bottom {
            return;
        }
        let style = self.canvas.pen.style(Role::Accent);
        self.canvas.pen.text_right(self.x, self.y, self.width, key, style);
        let area = Area { x: self.x, y: self.y, width: self.width, height: 1 };
        self.canvas.target(area, Target::Command(does));
    }

    fn wrapped(&mut self, text: &str, role: Role) {
        for line in doc::wrap_text(text, usize::from(self.width.saturating_sub(8).max(1))) {
            self.put(0, self.width, &line, role);
            self.y += 1;
        }
    }
}

fn headline(today: &Today, page: &mut Rows<'_, '_>) {
    if today.first {
        page.key("Enter", Do::Start);
        page.put(
            0,
            page.width.saturating_sub(8),
            "Welcome. This is a system-design textbook that runs.",
            Role::Strong,
        );
        page.y += 2;
        if let Some((_, title, minutes, _)) = &today.next {
            let text = format!(
                "Press Enter to read {title} ({minutes} minutes): bet on a number, run the demo behind it, and \
                 answer its cards with D. They come back here shortly before you would forget them."
            );
            page.wrapped(&text, Role::Text);
        }
        return;
    }
    if today.waiting == 0 {
        page.key("Enter", Do::Start);
        let text = match (&today.read_on, &today.next) {
            (Some(_), _) => "Nothing is due. Time to read on.",
            (None, Some(_)) => "Nothing is due. Time for the next topic.",
            (None, None) => "Nothing is due, and every page was read.",
        };
        page.put(0, page.width, text, Role::Strong);
    } else {
        // In a narrow window the headline has the room.
        let (key, room) = if page.width >= 50 { ("Enter  start", 14) } else { ("Enter", 7) };
        page.key(key, Do::Start);
        let cards = if today.waiting == 1 { "card waits" } else { "cards wait" };
        let minutes = if today.minutes == 1 { "minute" } else { "minutes" };
        let text = format!("{} {cards}, about {} {minutes}", today.waiting, today.minutes);
        let used = page.put(0, page.width.saturating_sub(room), &text, Role::Strong);
        if today.new > 0 {
            page.put(
                used + 3,
                page.width.saturating_sub(used + room + 3),
                &format!("{} of them new", today.new),
                Role::Dim,
            );
        }
    }
    page.y += 1;
}

/// The plan up to the date and the backlog, a line each.
fn aims(today: &Today, page: &mut Rows<'_, '_>) {
    if today.first && today.plan.is_some() {
        page.y += 1;
    }
    let lines = [
        (&today.backlog, "o spread  O leave", Do::Ease),
        (&today.eased, "o take back", Do::Ease),
        (&today.plan, "p", Do::Plan),
    ];
    for (line, key, does) in lines {
        let Some(line) = line else { continue };
        page.key(key, does);
        let room = usize::from(page.width).saturating_sub(key.len() + 2).max(1);
        for line in doc::wrap_text(line, room) {
            page.put(0, page.width, &line, Role::Text);
            page.y += 1;
        }
    }
}

/// A question of the first start.
fn questions(first: &First, today: StudyDay, page: &mut Rows<'_, '_>) {
    // In a low window the answers come first.
    if page.bottom.saturating_sub(page.y) >= 16 {
        page.put(0, page.width, "Welcome. This is a system-design textbook that runs.", Role::Strong);
        page.y += 1;
        let text = match first.step.number() {
            Some(number) => format!(
                "Three questions help to plan, this is number {number}. Each can be skipped, and the palette (:) asks them \
                 again."
            ),
            None => "That was it. One offer before you begin:".to_string(),
        };
        page.wrapped(&text, Role::Dim);
        page.y += 1;
        page.wrapped(first.step.question(), Role::Text);
        page.y += 1;
    } else {
        page.wrapped(first.step.question(), Role::Strong);
    }
    let answers = first.step.answers();
    let column = 4 + page.canvas.pen.widest(answers.iter().map(String::as_str)) + 4;
    for (place, answer) in answers.iter().enumerate() {
        let letter = char::from(b'a' + u8::try_from(place).unwrap_or(25).min(25));
        page.put(1, 2, &letter.to_string(), Role::Accent);
        let role = if place == first.list.chosen { Role::Selected } else { Role::Text };
        page.put(4, page.width.saturating_sub(4), &format!(" {answer} "), role);
        let meaning = first.step.meaning(place, today);
        // It stands there whole or not at all.
        if usize::from(page.width.saturating_sub(column)) >= doc::text_width(&meaning) {
            page.put(column, page.width, &meaning, Role::Dim);
        }
        let area = Area { x: page.x, y: page.y, width: page.width, height: 1 };
        page.canvas.target(area, Target::Row(place));
        page.y += 1;
    }
}

/// The plan's screen.
fn plan(model: &Model, page: &mut Rows<'_, '_>) {
    let height = usize::from(page.bottom.saturating_sub(page.y));
    let width = usize::from(page.width.max(1));
    let mut lines: Vec<(Vec<(u16, String)>, Role)> = Vec::new();
    let wide = page.width >= 60;
    for line in plan::lines(model) {
        match line {
            Line::Text(text, heading) => {
                if heading && !lines.is_empty() {
                    lines.push((Vec::new(), Role::Text));
                }
                let role = if heading { Role::Strong } else { Role::Text };
                lines.extend(doc::wrap_text(&text, width).into_iter().map(|line| (vec![(0, line)], role)));
            }
            Line::Week(day, new, reviews, mean, most) => {
                let most = if wide { format!("at most {most:.0}") } else { String::new() };
                let columns = vec![
                    (2, format!("from {day}")),
                    (18, format!("{new:>4} new")),
                    (28, format!("{reviews:>4.0} reviews")),
                    (43, format!("{mean:>3.0} min a day")),
                    (58, most),
                ];
                lines.push((columns, Role::Text));
            }
            Line::Topic(title, now, then) => {
                let title: String = title.chars().take(40).collect();
                let share = format!("{:>3.0}% now {:>3.0}% then", now * 100.0, then * 100.0);
                lines.push((vec![(2, title), (43, share)], Role::Text));
            }
        }
    }
    let top = model.plan.shown.unwrap_or(0).min(lines.len().saturating_sub(height));
    page.canvas.more = (top > 0, top + height < lines.len());
    for (columns, role) in lines.iter().skip(top).take(height) {
        for (at, text) in columns {
            page.put(*at, page.width, text, *role);
        }
        page.y += 1;
    }
}

fn week(today: &Today, page: &mut Rows<'_, '_>) {
    let most = today.week.iter().copied().max().unwrap_or(0).max(1);
    let columns = page.canvas.pen.glyphs().columns;
    let bars: String = today
        .week
        .iter()
        .map(|&due| if due == 0 { " " } else { columns[((due * 8).div_ceil(most) as usize).clamp(1, 8) - 1] })
        .collect();
    let used = page.put(0, page.width, &format!("{bars}|"), Role::Accent);
    let counts: Vec<String> = today.week.iter().map(u32::to_string).collect();
    let counts = counts.join(" ");
    let long = format!("due in the next seven days: {counts}");
    let fits = doc::text_width(&long) <= usize::from(page.width.saturating_sub(used + 2));
    let text = if fits { long } else { format!("7 days: {counts}") };
    page.put(used + 2, page.width, &text, Role::Dim);
    page.y += 1;
}

fn offers(today: &Today, page: &mut Rows<'_, '_>) {
    let column = 11;
    if let Some((_, title, heading, minutes)) = &today.read_on {
        page.key("r", Do::ReadOn);
        page.put(0, column, "Read on", Role::Dim);
        let text = if heading.is_empty() { title.clone() } else { format!("{title} › {heading}") };
        let used = page.put(column, page.width.saturating_sub(column + 20), &text, Role::Text);
        page.put(column + used + 3, 16, &format!("{minutes} min left"), Role::Dim);
        page.y += 1;
    }
    if let Some((_, title, minutes, why)) = &today.next {
        page.key("n", Do::NextTopic);
        page.put(0, column, "Next", Role::Dim);
        let used = page.put(column, page.width.saturating_sub(column + 12), title, Role::Text);
        let used = used + page.put(column + used + 3, 10, &format!("{minutes} min"), Role::Dim);
        // The reason stands there whole or not at all.
        let room = page.width.saturating_sub(column + used + 10);
        if usize::from(room) >= doc::text_width(why) {
            page.put(column + used + 6, room, why, Role::Dim);
        }
        page.y += 1;
    }
    if let Some((_, question, _)) = &today.bet {
        page.key("B", Do::Bet);
        page.put(0, column, "Bet", Role::Dim);
        let room = usize::from(page.width.saturating_sub(column + 6).max(1));
        for line in doc::wrap_text(question, room) {
            page.put(column, page.width, &line, Role::Text);
            page.y += 1;
        }
    }
}

fn parts(today: &Today, page: &mut Rows<'_, '_>) {
    let (name_width, bar_width) = (17, if page.width < 48 { 4 } else { 12 });
    let cell = name_width + bar_width + 18;
    let columns = (page.width / cell).clamp(1, 2);
    for (index, (name, known, begun, count)) in today.parts.iter().enumerate() {
        let column = u16::try_from(index).unwrap_or(0) % columns;
        let at = column * (page.width / columns);
        let title: String = name
            .replace('-', " ")
            .chars()
            .enumerate()
            .map(|(i, c)| if i == 0 { c.to_ascii_uppercase() } else { c })
            .collect();
        page.put(at, name_width - 1, &title, Role::Text);
        let glyphs = page.canvas.pen.glyphs();
        let full = usize::from(bar_width) * known / count.max(&1);
        let half = (usize::from(bar_width) * (known + begun)).div_ceil(*count.max(&1)) - full;
        let used = page.put(at + name_width, bar_width, &glyphs.full.repeat(full), Role::Good);
        let used = used
            + page.put(at + name_width + used, bar_width - used, &glyphs.empty.repeat(half), Role::Accent);
        page.put(
            at + name_width + used,
            bar_width - used,
            &glyphs.rule.repeat(usize::from(bar_width - used)),
            Role::Rule,
        );
        let text = if *known == 0 && *begun > 0 {
            format!("{begun} of {count} begun")
        } else {
            format!("{known} of {count} known")
        };
        page.put(at + name_width + bar_width + 2, 16, &text, Role::Dim);
        if column + 1 == columns || index + 1 == today.parts.len() {
            page.y += 1;
        }
    }
    if today.planned > 0 || today.streak > 1 {
        page.y += 1;
        let mut text = String::new();
        if today.streak > 1 {
            text.push_str(&format!("{} days in a row.   ", today.streak));
        }
        if today.planned > 0 {
            text.push_str(&format!("{} more topics of the path are planned.", today.planned));
        }
        page.put(0, page.width, &text, Role::Dim);
    }
}
