//! Progress: the sections by name, and the one that is shown. A list scrolls by itself; a section of pictures takes the
//! room there is, and scrolls only where that is too little.

mod columns;
mod listing;
mod map;
mod retention;
mod year;

use crate::app::layout::Area;
use crate::app::progress::figures::AHEAD;
use crate::app::progress::{Figures, ROWS, Section, pictures};
use crate::app::{Model, Target};
use crate::config::theme::Role;
use crate::doc;
use crate::lab::scene::{Fact, Scene};

use super::super::{Canvas, rect, stage};

/// Draws the Progress screen.
pub fn draw(model: &Model, area: Area, canvas: &mut Canvas<'_>) {
    let screen = &model.progress;
    let listing = screen.listing();
    let frame = screen.frame(area, listing.is_some());
    bar(screen.section, frame.bar, canvas);
    let Some(figures) = screen.figures.as_deref() else {
        canvas.pen.text(
            frame.body.x,
            frame.body.y,
            frame.body.width,
            "Counting",
            canvas.pen.style(Role::Dim),
        );
        return;
    };
    if let Some(listing) = listing {
        if let Some(grid) = screen.grid(area) {
            return map::draw(screen, figures, (&listing, &grid), frame, canvas);
        }
        return listing::draw(screen, figures, &listing, frame, canvas);
    }
    let body = frame.body;
    if let Some(text) = empty(screen.section, figures) {
        says(text, body, canvas);
        return;
    }
    if body.height >= ROWS {
        return section(model, figures, body, canvas);
    }
    let top = screen.list.top.min(usize::from(ROWS - body.height)) as u16;
    let sheet = Area { height: ROWS, ..body };
    canvas.through(sheet, top, body.height, body.y, |canvas| {
        section(model, figures, Area { y: 0, ..sheet }, canvas);
    });
    canvas.more = (top > 0, top + body.height < ROWS);
}

/// The names of the sections, the chosen one reversed. In a narrow window the chosen one and what fits behind it.
fn bar(chosen: Section, area: Area, canvas: &mut Canvas<'_>) {
    if area.height == 0 {
        return;
    }
    let width = |section: &Section| canvas.pen.width(section.name()) + 2;
    let all: u16 = Section::ALL.iter().map(width).sum();
    let at = Section::ALL.iter().position(|section| *section == chosen).unwrap_or(0);
    let from = if all <= area.width + 1 { 0 } else { at };
    let mut x = area.x;
    for (place, section) in Section::ALL.iter().enumerate().skip(from) {
        let wide = canvas.pen.width(section.name());
        if x + wide > area.x + area.width {
            break;
        }
        let role = if *section == chosen { Role::Selected } else { Role::Accent };
        let style = canvas.pen.style(role);
        if *section == chosen && x > 0 && area.x > 0 {
            canvas.pen.text(x - 1, area.y, wide + 2, &format!(" {} ", section.name()), style);
        } else {
            canvas.pen.text(x, area.y, wide, section.name(), style);
        }
        canvas.target(
            Area { x: x.saturating_sub(1), y: area.y, width: wide + 2, height: 1 },
            Target::Section(place),
        );
        x += wide + 2;
    }
}

/// What will stand in a section in which nothing stands yet.
fn empty(section: Section, figures: &Figures) -> Option<&'static str> {
    let all = figures.tally.all();
    let (there, text) = match section {
        Section::Map => (true, ""),
        Section::Workload => (false, "Simulating a year under each desired retention."),
        Section::Retention => (
            all.recall().asked > 0,
            "How much you recall of what you had learned will stand here, beside how much was predicted. It begins with the \
             first card that comes back on a later day.",
        ),
        Section::Forecast => (
            figures.due.iter().any(|due| *due > 0),
            "How many cards fall due on each day will stand here, with the minutes they take. It begins with the first card \
             that is answered.",
        ),
        Section::Year => (
            !figures.tally.days.is_empty(),
            "A year of study will stand here, a day a cell, with the days in a row. It begins with the first answer.",
        ),
        Section::Time => (
            all.millis > 0,
            "The time that answers take will stand here: by day, by week, a card, by topic. It begins with the first answer in \
             a session.",
        ),
        Section::Bets => (
            all.bets.count > 0,
            "How far off your bets are will stand here, on a scale of factors: what share lies within 10%, within 2x and 10x, and \
             whether you guess too high or too low. B on Today takes a bet.",
        ),
        Section::Answers => (
            all.answers() > 0,
            "How often each grade is given will stand here, and at what hours. It begins with the first answer.",
        ),
    };
    (!there).then_some(text)
}

/// Writes a text over as many rows as it takes, and says how many.
fn says(text: &str, area: Area, canvas: &mut Canvas<'_>) -> u16 {
    let lines = doc::wrap_text(text, usize::from(area.width.clamp(1, 96)));
    for (line, y) in lines.iter().zip(area.y..area.y + area.height) {
        canvas.pen.text(area.x, y, area.width, line, canvas.pen.style(Role::Dim));
    }
    u16::try_from(lines.len()).unwrap_or(u16::MAX).min(area.height)
}

/// A section without a list, in an area that is high enough.
fn section(model: &Model, figures: &Figures, area: Area, canvas: &mut Canvas<'_>) {
    let view = model.progress.view();
    match model.progress.section {
        Section::Map | Section::Workload => {}
        Section::Retention => retention::draw(figures, area, canvas),
        Section::Forecast => {
            let days = if view == 0 { 30 } else { AHEAD };
            let text = "Cards that fall due, as they stand now. New cards, and cards that come back sooner, are not in it.";
            let rest = head(text, &pictures::forecast_facts(figures, days), area, canvas);
            columns::draw(&pictures::forecast(figures, days), rest, canvas);
        }
        Section::Year => year::draw(figures, area, canvas),
        Section::Time => {
            let columns = if view == 0 {
                pictures::minutes_a_day(figures, 30)
            } else {
                pictures::minutes_a_week(figures, 26)
            };
            let text =
                "Time from question to grade, with that of practice; one answer counts ten minutes at most.";
            let rest = head(text, &pictures::time_facts(figures), area, canvas);
            columns::draw(&columns, rest, canvas);
        }
        Section::Bets => {
            let text = "How far off bets were: the bet by the truth. The middle column is within 12% of it, each other one a factor \
                        of 1.6 wide; what is further off stands at the ends.";
            let rest = head(text, &pictures::bet_facts(figures), area, canvas);
            columns::draw(&pictures::factors(figures), rest, canvas);
        }
        Section::Answers => {
            let [all, last] = pictures::grades(figures);
            let grades = Area { height: 5, ..area };
            scene(&Scene::Row(vec![Scene::Bars(all), Scene::Bars(last)]), grades, canvas);
            let rest = Area { y: area.y + 6, height: area.height.saturating_sub(6), ..area };
            columns::draw(&pictures::hours(figures), rest, canvas);
        }
    }
}

/// A sentence and facts above a picture: the room that is left. Side by side where there is room for both.
fn head(text: &str, facts: &[Fact], area: Area, canvas: &mut Canvas<'_>) -> Area {
    let used = says(text, area, canvas);
    // In two columns where there is room for them.
    let half = if area.width >= 70 { facts.len().div_ceil(2) } else { facts.len() };
    let rows = u16::try_from(half).unwrap_or(u16::MAX);
    let width = if half < facts.len() { (area.width / 2).min(56) } else { area.width };
    for (at, facts) in facts.chunks(half.max(1)).enumerate() {
        let (x, y) = (area.x + width * at as u16, area.y + used);
        let place = Area { x, y, width: width.saturating_sub(2), height: rows.min(area.height - used) };
        scene(&Scene::Facts(facts.to_vec()), place, canvas);
    }
    let taken = (used + rows + 1).min(area.height);
    Area { y: area.y + taken, height: area.height - taken, ..area }
}

fn scene(scene: &Scene, area: Area, canvas: &mut Canvas<'_>) {
    let theme = canvas.pen.theme;
    stage::draw(scene, rect(area), canvas.pen.buffer(), theme);
}
