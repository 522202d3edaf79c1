//! Keys, pastes and the mouse: from what the terminal says to what it means here.

use super::clicks::click;
use super::command::{Context, Do};
use super::envelope::Wish;
use super::keymap::Meaning;
use super::layout::Area;
use super::list::scroll;
use super::palette::{Chosen, Palette};
use super::{
    Effect, Model, Overlay, Tab, blocks, drill, envelope, first, lab, library, new_card, pages, plan,
    progress, search, study, sync, today, walk,
};
use crate::config::key::Key;
use crate::library::search::Kind;

/// What the mouse did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pointer {
    /// A click on something, or on nothing in particular.
    Click(Option<Target>),
    /// The button was let go over something: the end of a drag where that is not what was clicked.
    Release(Option<Target>),
    /// The wheel, down or up.
    Wheel {
        /// Whether down.
        down: bool,
    },
}

/// What can be clicked. The drawing says where each stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A tab.
    Tab(Tab),
    /// The hits of one kind only, or of all.
    Only(Option<Kind>),
    /// A row of the list on the screen, or of the palette.
    Row(usize),
    /// A link of the page.
    Link(usize),
    /// A live block of the page.
    Live(usize),
    /// A reference to a footnote.
    Note(usize),
    /// A part that folds.
    Fold(usize),
    /// A row of the outline.
    OutlineRow(usize),
    /// An option of a choice.
    Choice(usize),
    /// A row of a live block: which block, which row.
    Answer(usize, usize),
    /// A control of a demo.
    Control(usize),
    /// An act on a thing in a demo: the row of the thing, the place of the act.
    Hand(usize, usize),
    /// A way to look at a demo.
    View(usize),
    /// A section of Progress.
    Section(usize),
    /// A line of the sheet, at a column of its text.
    Text(usize, usize),
    /// The result of a line of the sheet.
    Result(usize),
    /// The mark of a section of the sheet that folds, by the line of its heading.
    FoldMark(usize),
    /// A key in the footer, or any other command.
    Command(Do),
}

/// How many rows the wheel moves.
const WHEEL: usize = 3;

/// A key was pressed.
pub(super) fn key(model: &mut Model, key: Key) -> Vec<Effect> {
    model.notice = None;
    let contexts = model.contexts();
    if model.types_text() {
        model.pending.clear();
        if key.typed().is_none()
            && let Meaning::Run { does, .. } = model.keys.meaning(&[], key, &contexts)
        {
            return run(model, does);
        }
        return typed(model, key);
    }
    if model.pending.is_empty() && model.takes(key) {
        return typed(model, key);
    }
    let before = std::mem::take(&mut model.pending);
    let mut meaning = model.keys.meaning(&before, key, &contexts);
    let chord = !before.is_empty() && meaning != Meaning::Nothing;
    if !chord {
        meaning = model.keys.meaning(&[], key, &contexts);
    }
    // The first key of a chord acted at once: `g` went to the top. As the chord means something else, that is taken back.
    if let Some(top) = model.before_top.take()
        && chord
    {
        library::restore_top(model, top);
    }
    match meaning {
        Meaning::Run { does, more } => {
            if more {
                model.pending = vec![key];
                model.before_top = (does == Do::Top).then(|| library::top(model)).flatten();
            }
            run(model, does)
        }
        Meaning::Begins => {
            model.pending = before.into_iter().filter(|_| chord).chain([key]).collect();
            Vec::new()
        }
        Meaning::Nothing => typed(model, key),
    }
}

/// A key that is no command: text for the field that has the keys, a letter for an option.
pub(super) fn typed(model: &mut Model, key: Key) -> Vec<Effect> {
    if let Some(Overlay::Palette(palette)) = &mut model.overlay {
        if palette.field.key(key) {
            palette.search();
        }
        return Vec::new();
    }
    if let Some(Overlay::Search(_)) = &model.overlay {
        search::typed(model, key);
        return Vec::new();
    }
    if let Some(Overlay::Form(form)) = &mut model.overlay {
        if form.typed(key) {
            drill::form_says(model);
        }
        return Vec::new();
    }
    if let Some(Overlay::Sheets(list)) = &mut model.overlay {
        list.typed(key);
        return Vec::new();
    }
    if model.overlay.is_some() {
        return Vec::new();
    }
    match model.tab {
        Tab::Today => first::typed(model, key).unwrap_or_default(),
        Tab::Library => library::typed(model, key),
        Tab::Drill => drill::typed(model, key),
        Tab::Lab => lab::typed(model, key),
        Tab::Envelope => envelope::typed(model, key),
        _ => Vec::new(),
    }
}

/// Text was pasted: it goes where text is typed, and nowhere else.
pub(super) fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    model.notice = None;
    if let Some(Overlay::Palette(palette)) = &mut model.overlay {
        palette.field.insert(text);
        palette.search();
        return Vec::new();
    }
    if let Some(Overlay::Search(_)) = &model.overlay {
        search::paste(model, text);
        return Vec::new();
    }
    if let Some(Overlay::Sheets(list)) = &mut model.overlay {
        list.paste(text);
        return Vec::new();
    }
    if let Some(Overlay::Form(form)) = &mut model.overlay {
        form.paste(text);
        drill::form_says(model);
        return Vec::new();
    }
    if model.overlay.is_some() || !model.types_text() {
        return Vec::new();
    }
    match model.tab {
        Tab::Library => library::paste(model, text),
        Tab::Drill => drill::paste(model, text),
        Tab::Lab => lab::paste(model, text),
        Tab::Envelope => envelope::paste(model, text),
        _ => Vec::new(),
    }
}

/// Runs a command, whoever asked for it: a key, the palette or the mouse.
pub(super) fn run(model: &mut Model, does: Do) -> Vec<Effect> {
    if model.overlay.is_some()
        && let Some(effects) = in_overlay(model, does)
    {
        return effects;
    }
    match does {
        Do::Quit => return quit(model),
        Do::Suspend => return vec![Effect::Suspend],
        Do::Go(tab) => return go(model, tab),
        Do::NextTab => return go(model, neighbour(model.tab, 1)),
        Do::PreviousTab => return go(model, neighbour(model.tab, Tab::ALL.len() - 1)),
        Do::Help => {
            model.overlay = Some(Overlay::Help { top: 0 });
            return Vec::new();
        }
        Do::Palette => return open_palette(model),
        Do::SearchAll => return search::open(model, ""),
        Do::Aims => return first::open_aims(model),
        Do::Placement => return drill::start_placement(model),
        Do::Sync => return sync::ask(model),
        Do::SyncFolder => return sync::open(model),
        Do::NewCard => return new_card::open(model),
        Do::Estimates => return drill::open_estimates(model),
        Do::NextTheme => {
            model.theme = model.theme.next();
            let name = model.theme.name();
            model.say(format!("Theme: {name}. To keep it, set theme = \"{name}\" under [screen]."));
            return Vec::new();
        }
        _ => {}
    }
    if let Some(effects) = study::run(model, does) {
        return effects;
    }
    let effects = match model.tab {
        Tab::Today if model.plan.shown.is_some() => plan::run(model, does),
        Tab::Today if asks_first(model, does) => first::run(model, does),
        Tab::Today => match does {
            Do::Start | Do::Enter => Some(today::start(model)),
            Do::ReadOn => Some(today::read_on_now(model)),
            Do::NextTopic => Some(today::next_now(model)),
            Do::Bet => Some(today::bet_now(model)),
            Do::Plan => Some(plan::open(model)),
            Do::Minutes => Some(drill::open_minutes(model)),
            Do::Quiz => Some(drill::open_quiz(model)),
            Do::Ease | Do::LeaveBacklog => Some(today::ease(model, does == Do::Ease)),
            Do::Undo => Some(drill::undo_last(model)),
            _ => None,
        },
        Tab::Library => library::run(model, does),
        Tab::Lab => lab::run(model, does),
        Tab::Drill => drill::run(model, does),
        Tab::Envelope => envelope::run(model, does),
        Tab::Progress => progress::run(model, does),
    };
    match (effects, does) {
        (Some(effects), _) => effects,
        (None, Do::Back) if model.tab == Tab::Today => quit(model),
        (None, Do::Back | Do::Leave) if model.tab != Tab::Today => go(model, Tab::Today),
        (None, _) => Vec::new(),
    }
}

/// Whether a command answers the question of the first start.
fn asks_first(model: &Model, does: Do) -> bool {
    model.first.is_some() && matches!(does, Do::Enter | Do::Skip | Do::Down | Do::Up)
}

fn quit(model: &mut Model) -> Vec<Effect> {
    let mut effects = pages::leave(model);
    effects.extend(envelope::leave(model));
    if !envelope::keeps(model) {
        effects.push(Effect::Quit);
    }
    effects
}

fn neighbour(tab: Tab, by: usize) -> Tab {
    let at = Tab::ALL.iter().position(|other| *other == tab).unwrap_or(0);
    Tab::ALL[(at + by) % Tab::ALL.len()]
}

pub(super) fn go(model: &mut Model, tab: Tab) -> Vec<Effect> {
    let mut effects = if model.tab == Tab::Library { pages::leave(model) } else { Vec::new() };
    model.overlay = None;
    model.tab = tab;
    pages::fit(model);
    if tab == Tab::Progress {
        effects.push(Effect::Figures);
    }
    effects
}

fn open_palette(model: &mut Model) -> Vec<Effect> {
    let contexts: Vec<Context> =
        if model.overlay.is_some() { vec![Context::Everywhere] } else { model.contexts() };
    let palette = Palette::new(&model.library, &model.keys, &contexts, &model.envelope);
    model.overlay = Some(Overlay::Palette(Box::new(palette)));
    // What is not known yet comes before anybody has typed a name.
    if model.envelope.sheets.is_empty() { vec![Effect::Sheet(Wish::List)] } else { Vec::new() }
}

/// A command while something lies over the screen; nothing where it concerns the screen beneath all the same.
fn in_overlay(model: &mut Model, does: Do) -> Option<Vec<Effect>> {
    let height = usize::from(model.frame().body.height).saturating_sub(4).max(1);
    match (&mut model.overlay, does) {
        (_, Do::Quit | Do::Suspend | Do::Go(_) | Do::NextTab | Do::PreviousTab) => None,
        (Some(Overlay::Search(_)), _) => Some(search::run(model, does)),
        (Some(overlay), Do::Leave | Do::Back) if !matches!(overlay, Overlay::Sheets(_)) => {
            model.overlay = None;
            Some(Vec::new())
        }
        (Some(Overlay::Palette(palette)), Do::Enter) => {
            let chosen = palette.choice().map(|item| item.chosen.clone());
            model.overlay = None;
            Some(chosen.map_or_else(Vec::new, |chosen| choose(model, chosen)))
        }
        (Some(Overlay::Palette(palette)), _) => {
            let rows = palette.matches.len();
            palette.list.act(does, rows, height);
            Some(Vec::new())
        }
        (Some(overlay), Do::Help) if !matches!(overlay, Overlay::Sheets(_)) => {
            model.overlay = None;
            Some(Vec::new())
        }
        // What lies over everything else takes the list's place.
        (Some(Overlay::Sheets(_)), Do::Help | Do::Palette | Do::SearchAll) => None,
        (Some(Overlay::Sheets(_)), _) => Some(envelope::in_list(model, does)),
        (Some(Overlay::Form(form)), _) => {
            if does == Do::Enter {
                return Some(drill::go_form(model));
            }
            form.act(does);
            drill::form_says(model);
            Some(Vec::new())
        }
        (Some(Overlay::Help { top } | Overlay::Problems { top, .. }), Do::Palette) => {
            *top = 0;
            Some(open_palette(model))
        }
        (Some(Overlay::Help { top }), _) => {
            *top = scroll(does, *top, super::command::COMMANDS.len() + 30, height).unwrap_or(*top);
            Some(Vec::new())
        }
        (Some(Overlay::Problems { lines, top }), _) => {
            *top = scroll(does, *top, lines.len(), height).unwrap_or(*top);
            Some(Vec::new())
        }
        (None, _) => None,
    }
}

pub(super) fn choose(model: &mut Model, chosen: Chosen) -> Vec<Effect> {
    match chosen {
        Chosen::Run(does) => run(model, does),
        Chosen::Topic(slug) => pages::open_topic(model, &slug, None, false),
        Chosen::Decision(slug) => pages::open_tree(model, &slug),
        Chosen::Line(line) => envelope::put(model, &line),
        Chosen::Sheet(name) => envelope::open(model, &name),
        Chosen::Template(slug) => envelope::from_template(model, &slug),
        Chosen::Demo(name) => {
            let mut effects = go(model, Tab::Lab);
            effects.extend(lab::open(model, name));
            effects
        }
        Chosen::Deck(topic) => {
            let mut effects = go(model, Tab::Drill);
            effects.extend(drill::start_deck(model, &topic));
            effects
        }
    }
}

/// The mouse did something.
pub(super) fn pointer(model: &mut Model, pointer: Pointer) -> Vec<Effect> {
    model.pending.clear();
    match pointer {
        Pointer::Wheel { down } => {
            let does = if down { Do::Down } else { Do::Up };
            let mut effects = Vec::new();
            // In a page the wheel scrolls even while a block has the keys.
            if model.tab == Tab::Library
                && model.overlay.is_none()
                && let Some(reading) = &mut model.reader.open
            {
                for _ in 0..WHEEL {
                    match &mut reading.zoom {
                        Some(zoom) => zoom.act(does),
                        None => walk::wheel(reading, does) || reading.act(does),
                    };
                }
                return pages::looked(model);
            }
            if model.tab == Tab::Drill && model.overlay.is_none() && drill::wheel(model, does) {
                return effects;
            }
            let times = if model.overlay.is_some() || model.tab == Tab::Progress { WHEEL } else { 1 };
            for _ in 0..times {
                effects.extend(run(model, does));
            }
            effects
        }
        Pointer::Click(None) | Pointer::Release(None) => Vec::new(),
        // Only what is dragged cares where the button is let go.
        Pointer::Release(Some(Target::Text(line, column)))
            if model.tab == Tab::Envelope && model.overlay.is_none() =>
        {
            envelope::released(model, line, column)
        }
        Pointer::Release(Some(Target::Choice(part))) => drill::released(model, part),
        Pointer::Release(Some(Target::Answer(live, part))) => blocks::released(model, live, part),
        Pointer::Release(Some(_)) => Vec::new(),
        Pointer::Click(Some(target)) => {
            model.notice = None;
            click(model, target)
        }
    }
}

/// The target under a cell: the last one drawn there lies on top.
#[must_use]
pub fn target_at(targets: &[(Area, Target)], column: u16, row: u16) -> Option<Target> {
    let (area, target) = targets.iter().rev().find(|(area, _)| area.holds(column, row))?;
    Some(match *target {
        Target::Text(line, first) => Target::Text(line, first + usize::from(column - area.x)),
        target => target,
    })
}
