//! What a click on something does.

use super::command::Do;
use super::input::{Target, go, run, typed};
use super::list::ListState;
use super::live::LiveBlock;
use super::reader::Focus;
use super::{Effect, Model, Overlay, Tab, blocks, drill, envelope, first, lab, library, progress, search};
use crate::config::key::{Key, KeyCode};

/// Does what a click on a target asks for.
pub(super) fn click(model: &mut Model, target: Target) -> Vec<Effect> {
    match target {
        Target::Tab(tab) => go(model, tab),
        Target::Command(does) => run(model, does),
        Target::Only(kind) => {
            search::only(model, kind);
            Vec::new()
        }
        Target::Row(row) => click_row(model, row),
        Target::Link(link) => follow(model, Focus::Link(link)),
        Target::Note(note) => follow(model, Focus::Note(note)),
        Target::Fold(fold) => follow(model, Focus::Fold(fold)),
        Target::Live(live) => {
            let Some(reading) = library::with_keys(model) else { return Vec::new() };
            let demo = matches!(reading.live.get(&live), Some(LiveBlock::Demo(_)));
            let had_keys = reading.entered && reading.focus == Some(Focus::Live(live));
            reading.enter(live);
            if demo && had_keys { run(model, Do::Play) } else { Vec::new() }
        }
        Target::OutlineRow(row) => {
            library::with_keys(model);
            library::go_to_row(model, row)
        }
        Target::Choice(option) if model.tab == Tab::Drill && model.drill.asking().is_some() => {
            drill::clicked(model, option)
        }
        Target::Choice(option) => {
            let letter = char::from(b'a' + u8::try_from(option).unwrap_or(25).min(25));
            typed(model, Key::plain(KeyCode::Char(letter)))
        }
        Target::Answer(live, row) => {
            let Some(reading) = library::with_keys(model) else { return Vec::new() };
            reading.enter(live);
            if !reading.entered {
                return Vec::new();
            }
            if model.asking().is_some() {
                blocks::clicked(model, row)
            } else {
                click(model, Target::Choice(row))
            }
        }
        Target::Hand(row, act) => {
            if let Some(player) = lab::player(model) {
                player.click_hand(row, act);
            }
            Vec::new()
        }
        Target::View(view) => {
            if let Some(player) = lab::player(model) {
                player.show_view(view);
            }
            Vec::new()
        }
        Target::Section(section) => progress::show(model, section),
        Target::Text(line, column) => on_sheet(model, |model| envelope::click(model, line, column)),
        Target::Result(line) => on_sheet(model, |model| envelope::click_result(model, line)),
        Target::FoldMark(line) => on_sheet(model, |model| envelope::click_fold(model, line)),
        Target::Control(control) => {
            if let Some(player) = lab::player(model) {
                player.control = control;
            }
            Vec::new()
        }
    }
}

/// A click on the sheet, where that is what is seen.
fn on_sheet(model: &mut Model, click: impl FnOnce(&mut Model) -> Vec<Effect>) -> Vec<Effect> {
    if model.tab == Tab::Envelope && model.overlay.is_none() { click(model) } else { Vec::new() }
}

/// A click on a row of the list that has the keys: the first chooses, the second opens.
fn click_row(model: &mut Model, row: usize) -> Vec<Effect> {
    if let Some(Overlay::Search(_)) = &model.overlay {
        return search::click(model, row);
    }
    if let Some(Overlay::Palette(palette)) = &mut model.overlay {
        palette.list.chosen = row;
        return run(model, Do::Enter);
    }
    if let Some(Overlay::Form(form)) = &mut model.overlay {
        // The first click chooses, the second changes.
        let again = form.list.chosen == row;
        form.list.chosen = row.min(form.rows.len().saturating_sub(1));
        return if again { run(model, Do::Right) } else { Vec::new() };
    }
    if let Some(Overlay::Sheets(list)) = &mut model.overlay {
        let again = list.list.chosen == row;
        list.choose(row);
        return if again && list.naming.is_none() { run(model, Do::Enter) } else { Vec::new() };
    }
    if model.tab == Tab::Today && model.first.is_some() {
        return first::answer(model, row);
    }
    let Some(list) = list_of(model) else { return Vec::new() };
    // The first click chooses, the second opens.
    let again = list.chosen == row;
    list.chosen = row;
    if again { run(model, Do::Enter) } else { Vec::new() }
}

/// A click on something in a page that leads somewhere.
fn follow(model: &mut Model, focus: Focus) -> Vec<Effect> {
    let Some(reading) = library::with_keys(model) else { return Vec::new() };
    if !reading.has(focus) {
        return Vec::new();
    }
    (reading.focus, reading.entered) = (Some(focus), false);
    run(model, Do::Enter)
}

fn list_of(model: &mut Model) -> Option<&mut ListState> {
    match model.tab {
        Tab::Library if model.reader.open.is_none() => Some(&mut model.reader.list),
        Tab::Lab if model.lab.open.is_none() => Some(model.lab.list_with_keys()),
        Tab::Drill if model.drill.aside.is_some() => model.drill.aside.as_mut().map(|aside| &mut aside.list),
        Tab::Drill => Some(&mut model.drill.list),
        Tab::Progress => Some(&mut model.progress.list),
        _ => None,
    }
}
