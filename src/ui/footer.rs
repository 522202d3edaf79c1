//! The last row of every screen: the keys that do something at this moment, or what just happened.

use crate::app::command::{COMMANDS, Command, Context, Do};
use crate::app::layout::Area;
use crate::app::reader::Focus;
use crate::app::reader::pick::{Meant, Purpose};
use crate::app::{Model, Overlay, Tab, Target, catalogue, today};
use crate::config::theme::Role;

use super::Canvas;

/// The keys that do something now, or what just happened.
pub fn draw(model: &Model, area: Area, canvas: &mut Canvas<'_>) {
    if area.height == 0 {
        return;
    }
    let mut x = area.x + 1;
    if let Some(notice) = &model.notice {
        let role = if notice.bad { Role::Bad } else { Role::Strong };
        canvas.pen.text(x, area.y, area.width.saturating_sub(2), &notice.text, canvas.pen.style(role));
        return;
    }
    if let [pending] = model.pending.as_slice() {
        let text = format!("{pending} …   gt next tab   gT previous tab   g/ search everything");
        canvas.pen.text(x, area.y, area.width.saturating_sub(2), &text, canvas.pen.style(Role::Dim));
        return;
    }
    let contexts = model.contexts();
    let typing = model.types_text();
    let mut entries: Vec<(String, &str, Do)> = Vec::new();
    for command in contexts.iter().flat_map(|context| in_context(*context)) {
        let Some(label) = command.footer else { continue };
        let Some(key) = model.keys.first(command, typing, &contexts) else { continue };
        let key = if matches!(command.does, Do::Grade(_)) { "1-4".to_string() } else { key };
        if !entries.iter().any(|(known, ..)| *known == key) {
            entries.push((key, label, command.does));
        }
    }
    if let Some(options) =
        model.drill.options().filter(|_| model.tab == Tab::Drill && model.overlay.is_none())
    {
        let last = char::from(b'a' + u8::try_from(options.clamp(1, 26) - 1).unwrap_or(0));
        entries.insert(0, (format!("a-{last}"), "answer", Do::Reveal));
    }
    // The way to all the others stands last and is never cut.
    let last: Vec<_> =
        entries.extract_if(.., |(_, _, does)| matches!(does, Do::Help | Do::Back | Do::Leave)).collect();
    let here = model.tab == Tab::Progress && model.overlay.is_none();
    let renamed: fn(&Model, Do, &str) -> String = if here { in_progress } else { renamed };
    let labels = |list: &[(String, &str, Do)]| -> Vec<(String, String, Do)> {
        let all = list.iter().map(|(key, label, does)| (key.clone(), renamed(model, *does, label), *does));
        all.filter(|(_, label, _)| !label.is_empty()).collect()
    };
    let (entries, last) = (labels(&entries), labels(&last));
    let width_of = |(key, label, _): &(String, String, Do)| key_width(key, label, canvas);
    let kept: u16 = last.iter().map(width_of).sum();
    let mut shown = Vec::new();
    let mut used = kept + 1;
    for entry in entries {
        let width = width_of(&entry);
        // They stand in the order of their weight: where one has no room, those behind it have none either.
        if used + width > area.width {
            break;
        }
        used += width;
        shown.push(entry);
    }
    for (key, label, does) in shown.iter().chain(&last) {
        let start = x;
        x += canvas.pen.text(x, area.y, area.width.saturating_sub(x), key, canvas.pen.style(Role::Accent));
        x += 1;
        x += canvas.pen.text(x, area.y, area.width.saturating_sub(x), label, canvas.pen.style(Role::Dim));
        canvas.target(Area { x: start, y: area.y, width: x - start, height: 1 }, Target::Command(*does));
        x += 3;
    }
}

fn key_width(key: &str, label: &str, canvas: &Canvas<'_>) -> u16 {
    canvas.pen.width(key) + canvas.pen.width(label) + 4
}

/// What a key does just now, where that changes; empty where it does nothing.
fn renamed(model: &Model, does: Do, label: &str) -> String {
    let label = label.to_string();
    let nothing = String::new();
    if let Some(Overlay::Search(search)) = &model.overlay
        && match does {
            Do::Enter => search.choices().next().is_none(),
            Do::Down => search.choices().nth(1).is_none(),
            Do::NextKind => search.found.groups.is_empty(),
            _ => false,
        }
    {
        return nothing;
    }
    match does {
        Do::Back if model.overlay.is_some() => "close".to_string(),
        Do::Back if model.tab == Tab::Today => "quit".to_string(),
        Do::Back if model.tab == Tab::Drill => match &model.drill.session {
            Some(running) if running.summary.is_none() => "stop".to_string(),
            Some(_) => "close".to_string(),
            None => label,
        },
        Do::Down | Do::Up
            if model.tab == Tab::Drill && model.drill.session.is_some() && model.overlay.is_none() =>
        {
            nothing
        }
        Do::CardPage | Do::Flag if model.tab == Tab::Library => nothing,
        Do::Help | Do::Palette if matches!(model.overlay, Some(Overlay::Palette(_) | Overlay::Search(_))) => {
            nothing
        }
        Do::SearchAll if model.overlay.is_some() => nothing,
        Do::Catalogue | Do::TopicPage | Do::Hands | Do::View => in_lab(model, does, label),
        Do::NextTopic if !today::has_next(model) => nothing,
        Do::Bet if model.tab == Tab::Today && !today::has_bet(model) => nothing,
        Do::ReadOn if model.learned.read_on().is_none() => nothing,
        Do::NextHit | Do::PreviousHit
            if model.reader.open.as_ref().is_none_or(|r| r.find.hits.is_empty()) =>
        {
            nothing
        }
        Do::Bet | Do::CheatSheet | Do::TopicDemos | Do::DrillTopic | Do::Zoom | Do::Right
            if in_page(model) =>
        {
            let Some(reading) = &model.reader.open else { return label };
            let useful = match does {
                Do::Bet => reading.bet().is_some(),
                Do::CheatSheet => reading.has_cheat_sheet(),
                Do::TopicDemos => {
                    reading.topic().is_some_and(|slug| catalogue::demos_of(slug).next().is_some())
                }
                Do::DrillTopic => reading.topic().is_some_and(|slug| model.library.deck(slug).is_some()),
                Do::Zoom => reading.meant(Purpose::Zoom) != Meant::None,
                _ => reading.can_pan(),
            };
            if useful { label } else { nothing }
        }
        Do::Undo if !model.drill.can_undo() => nothing,
        Do::Play => {
            let playing = match model.tab {
                Tab::Lab => model.lab.open.as_deref().is_some_and(|player| player.playing),
                _ => model.plays(),
            };
            if playing { "pause" } else { "play" }.to_string()
        }
        Do::Enter if model.contexts().first() == Some(&Context::Zoom) => nothing,
        Do::Enter if in_page(model) => match model.reader.open.as_ref().and_then(|reading| reading.focus) {
            Some(Focus::Fold(_)) => "open or close".to_string(),
            Some(Focus::Note(_)) => "to the footnote".to_string(),
            Some(Focus::Live(_)) => "enter".to_string(),
            Some(Focus::Link(_)) => label,
            None => nothing,
        },
        Do::GradeProposed => match model.tab {
            Tab::Drill => model.drill.proposed().map_or(label, |grade| grade.label().to_string()),
            _ => label,
        },
        _ => label,
    }
}

/// The same for what concerns figures.
fn in_progress(model: &Model, does: Do, label: &str) -> String {
    let (screen, label) = (&model.progress, label.to_string());
    match does {
        Do::View => screen.next_view().map(str::to_string).unwrap_or_default(),
        Do::Down | Do::Up if screen.moves(model.frame().body) => label,
        Do::Down | Do::Up => String::new(),
        Do::Enter => {
            let row = screen.listing().and_then(|listing| listing.rows.into_iter().nth(screen.list.chosen));
            if row.is_some_and(|row| row.opens.is_some()) { label } else { String::new() }
        }
        _ => label,
    }
}

/// Whether a page has the keys.
fn in_page(model: &Model) -> bool {
    model.contexts().first() == Some(&Context::Page)
}

/// The same for what concerns demos.
fn in_lab(model: &Model, does: Do, label: String) -> String {
    match does {
        Do::Catalogue if model.lab.by_topic => "by demo".to_string(),
        Do::TopicPage if !catalogue::has_page(model) => String::new(),
        Do::Hands | Do::View if !model.offers(does) => String::new(),
        _ => label,
    }
}

/// The commands of a context.
pub(super) fn in_context(context: Context) -> impl Iterator<Item = &'static Command> {
    COMMANDS.iter().filter(move |command| command.contexts.contains(&context))
}
