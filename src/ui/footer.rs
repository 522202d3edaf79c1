//! The last row of every screen: the keys that do something at this moment, or what just happened.

use crate::app::asking::Asking;
use crate::app::command::{COMMANDS, Command, Context, Do};
use crate::app::drill::{About, aside_rows, card_has_page, outcome};
use crate::app::layout::Area;
use crate::app::progress::Section;
use crate::app::reader::Focus;
use crate::app::reader::pick::{Meant, Purpose};
use crate::app::{Model, Overlay, Tab, Target, catalogue, today};
use crate::config::theme::Role;
use crate::drill::Variant;

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
    let mut entries: Vec<(String, &str, Do)> = Vec::new();
    let own = model.asking().map_or_else(Vec::new, Asking::own_keys);
    for command in contexts.iter().flat_map(|context| in_context(*context)) {
        let Some(label) = command.footer else { continue };
        let taken = |key| model.takes(key);
        let Some(key) = model.keys.first_free(command, &taken, &contexts) else { continue };
        let key = if matches!(command.does, Do::Grade(_)) { "1-4".to_string() } else { key };
        if !entries.iter().any(|(known, ..)| *known == key) {
            entries.push((key, label, command.does));
        }
    }
    // The way to all the others stands last and is never cut.
    let last: Vec<_> = entries
        .extract_if(.., |(_, _, does)| matches!(does, Do::Help | Do::Back | Do::Leave | Do::LeaveText))
        .collect();
    let here = model.tab == Tab::Progress && model.overlay.is_none();
    let renamed: fn(&Model, Do, &str) -> String = if here { in_progress } else { renamed };
    let labels = |list: &[(String, &str, Do)]| -> Vec<(String, String, Do)> {
        let all = list.iter().map(|(key, label, does)| (key.clone(), renamed(model, *does, label), *does));
        all.filter(|(_, label, _)| !label.is_empty()).collect()
    };
    let (entries, last) = (labels(&entries), labels(&last));
    // Letters that name options are no commands: a click on them says what they are.
    let own = own.into_iter().map(|(key, label)| (key, label.to_string(), Do::Help));
    let mut entries = entries.into_iter();
    let mut own = own.peekable();
    // What chooses, what ends, then the rest.
    let first: Vec<_> = own.next().into_iter().chain(entries.next()).collect();
    // A hint is offered where one would think of it, so it is never cut off by more ways to do the same.
    let (hint, entries): (Vec<_>, Vec<_>) = entries.partition(|(_, _, does)| *does == Do::Hint);
    let entries: Vec<_> = first.into_iter().chain(hint).chain(own).chain(entries).collect();
    let width_of = |(key, label, _): &Entry| canvas.pen.width(key) + 1 + canvas.pen.width(label);
    let wanted = entries.len().min(2);
    let widths: Vec<u16> = entries.iter().map(width_of).collect();
    // In a narrow window what chooses and what ends the question have to be there: then the others move closer.
    let fits = |gap: u16, last: &[Entry]| {
        let kept: u16 = 1 + last.iter().map(|entry| width_of(entry) + gap).sum::<u16>();
        let used = widths.iter().scan(kept, |used, width| {
            *used += width + gap;
            Some(*used - gap)
        });
        // They stand in the order of their weight: where one has no room, those behind it have none either.
        used.take_while(|used| *used <= area.width).count()
    };
    let short: Vec<Entry> = last.iter().map(shortened).collect();
    let ways = [(GAP, &last), (GAP - 1, &last), (GAP - 1, &short)];
    // The first that shows most of them.
    let most = |way: &&(u16, &Vec<Entry>)| fits(way.0, way.1).min(wanted);
    let (gap, last) = ways.iter().rev().max_by_key(most).copied().unwrap_or(ways[0]);
    let shown = fits(gap, last);
    for (key, label, does) in entries[..shown].iter().chain(last) {
        let start = x;
        x += canvas.pen.text(x, area.y, area.width.saturating_sub(x), key, canvas.pen.style(Role::Accent));
        if !label.is_empty() {
            x += 1;
            x += canvas.pen.text(x, area.y, area.width.saturating_sub(x), label, canvas.pen.style(Role::Dim));
        }
        canvas.target(Area { x: start, y: area.y, width: x - start, height: 1 }, Target::Command(*does));
        x += gap;
    }
}

/// A key, what it does, and the command.
type Entry = (String, String, Do);

/// The cells between two keys.
const GAP: u16 = 3;

/// The key to the help says enough by itself.
fn shortened((key, label, does): &Entry) -> Entry {
    let label = if *does == Do::Help { String::new() } else { label.clone() };
    (key.clone(), label, *does)
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
    if let Some(label) = in_question(model, does).or_else(|| in_lists(model, does)) {
        return label;
    }
    match does {
        Do::Back if model.overlay.is_some() => "close".to_string(),
        Do::Back if model.tab == Tab::Today && model.plan.shown.is_none() => "quit".to_string(),
        Do::Back if model.tab == Tab::Drill => match &model.drill.session {
            Some(running) if running.summary.is_none() => "stop".to_string(),
            Some(_) => "close".to_string(),
            None => label,
        },
        Do::Help | Do::Palette if matches!(model.overlay, Some(Overlay::Palette(_) | Overlay::Search(_))) => {
            nothing
        }
        Do::SearchAll if model.overlay.is_some() => nothing,
        Do::Catalogue | Do::TopicPage | Do::Hands | Do::View => in_lab(model, does, label),
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
        Do::Enter if in_summary(model) => missed_label(model),
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
        _ => label,
    }
}

/// The same for what concerns figures.
fn in_progress(model: &Model, does: Do, label: &str) -> String {
    let (screen, label) = (&model.progress, label.to_string());
    match does {
        Do::View => screen.next_view().map(str::to_string).unwrap_or_default(),
        Do::Fit if screen.section != Section::Workload => String::new(),
        Do::UsualParameters
            if screen.section != Section::Workload || model.learned.own_parameters.is_none() =>
        {
            String::new()
        }
        Do::Down | Do::Up if screen.moves(model.frame().body) => label,
        Do::Down | Do::Up => String::new(),
        Do::Enter => {
            let row = screen.listing().and_then(|listing| listing.rows.into_iter().nth(screen.list.chosen));
            if row.is_some_and(|row| row.opens.is_some()) { label } else { String::new() }
        }
        _ => label,
    }
}

/// Whether the end of a session has the keys.
fn in_summary(model: &Model) -> bool {
    model.contexts().first() == Some(&Context::Summary)
}

/// What Enter does at the end of a session.
fn missed_label(model: &Model) -> String {
    let Some(running) = &model.drill.session else { return "close".to_string() };
    let missed = running.summary.as_ref().is_some_and(|summary| !summary.missed.is_empty());
    match (&running.about, missed) {
        (About::Placement(_), _) => {
            let marks = outcome(model, running).is_some_and(|(_, cards, _)| cards > 0);
            if marks { "mark them" } else { "close" }.to_string()
        }
        (_, true) if !missed_has_page(model) => String::new(),
        (_, true) => "read about it".to_string(),
        (_, false) => "done".to_string(),
    }
}

/// Whether the card that is chosen among those set aside can be brought back.
fn can_bring_back(model: &Model) -> bool {
    let chosen = model.drill.aside.as_ref().map_or(0, |aside| aside.list.chosen);
    let rows = aside_rows(model);
    rows.get(chosen.min(rows.len().saturating_sub(1))).is_some_and(|row| row.back.is_some())
}

/// Whether the missed card that is chosen in the summary has a page behind it.
fn missed_has_page(model: &Model) -> bool {
    let running = model.drill.session.as_ref();
    let missed = running.and_then(|running| running.summary.as_ref()?.missed.get(running.chosen));
    let topic = missed.and_then(|missed| model.library.topic(&missed.topic));
    topic.is_some_and(|topic| topic.page.is_some())
}

/// Whether a page has the keys.
fn in_page(model: &Model) -> bool {
    model.contexts().first() == Some(&Context::Page)
}

/// The same for what concerns questions and sessions; nothing where the command's own word stands.
fn in_question(model: &Model, does: Do) -> Option<String> {
    let nothing = || Some(String::new());
    let in_drill = model.tab == Tab::Drill && model.overlay.is_none();
    match does {
        Do::Undo if !in_drill || !model.drill.can_undo() => return nothing(),
        Do::CardPage | Do::Flag if !in_drill => return nothing(),
        Do::CardPage if !card_has_page(model) => return nothing(),
        Do::CardDemo if !in_drill || !model.drill.has_demo() => return nothing(),
        // Up says nothing beside Down.
        Do::Up if in_drill && model.drill.session.is_some() => return nothing(),
        Do::Down if in_drill && model.drill.session.is_some() => {
            let chooses = matches!(model.contexts().first(), Some(Context::Class | Context::Point));
            return if chooses { None } else { nothing() };
        }
        _ => {}
    }
    let asking = model.asking()?;
    match (does, &asking.asked.variant) {
        (Do::GradeProposed, _) => asking.proposed().map(|grade| grade.label().to_string()),
        (Do::Hint, _) => match asking.hints_left() {
            0 => nothing(),
            left => Some(format!("hint ({left} left)")),
        },
        (Do::Reveal, Variant::Pick { many: true, .. }) => Some("check".to_string()),
        (Do::Enter, Variant::Bet(_)) => Some("run it".to_string()),
        (Do::Enter, Variant::Type { gaps: ..2 } | Variant::Point { flaws: 2.., .. }) => {
            Some("check".to_string())
        }
        (Do::NextPart, Variant::Type { gaps: ..2 }) => nothing(),
        (Do::Hold, Variant::Point { flaws: ..2, .. }) => nothing(),
        _ => None,
    }
}

/// The same for what concerns Today and the lists of the Drill.
fn in_lists(model: &Model, does: Do) -> Option<String> {
    let on_today = model.tab == Tab::Today && model.overlay.is_none();
    let offered = match does {
        // While the first questions are asked, the other keys act and are not offered.
        Do::Start | Do::ReadOn | Do::NextTopic | Do::Bet | Do::Minutes | Do::Plan | Do::Quiz
            if model.first.is_some() && on_today =>
        {
            false
        }
        Do::NextTopic => today::has_next(model),
        Do::Bet if model.tab == Tab::Today => today::has_bet(model),
        Do::ReadOn => model.learned.read_on().is_some(),
        Do::Ease if model.learned.aims.eased(model.now.study_day()).is_some() => {
            return Some("take back".to_string());
        }
        Do::Ease => today::has_backlog(model),
        Do::Plan => model.learned.aims.date.is_some(),
        // A leech is asked like any other card.
        Do::BringBack => can_bring_back(model),
        _ => true,
    };
    (!offered).then(String::new)
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
