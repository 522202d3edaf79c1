//! The Lab: the list of demos, and one of them full screen.

use std::sync::Arc;

use super::command::{Context, Do};
use super::list::ListState;
use super::live::LiveBlock;
use super::player::{Panel, Player};
use super::reader::Origin;
use super::{Effect, Model, Tab, drill, pages};
use crate::lab::{self, DEMOS, Settings, Spread};
use crate::sim::Seed;

/// The Lab screen.
#[derive(Debug, Default)]
pub struct LabScreen {
    /// The list of demos.
    pub list: ListState,
    /// The demo that is open.
    pub open: Option<Box<Player>>,
    /// The page and its live block that the demo came from.
    pub from_page: Option<(Origin, usize)>,
}

impl LabScreen {
    pub(super) fn contexts(&self) -> Vec<Context> {
        match self.open {
            Some(_) => vec![Context::Demo],
            None => vec![Context::List],
        }
    }
}

/// The player that has the keys: the Lab's, or that of the entered block of a page.
pub(super) fn player(model: &mut Model) -> Option<&mut Player> {
    match model.tab {
        Tab::Lab => model.lab.open.as_deref_mut(),
        Tab::Library => match model.reader.open.as_mut()?.entered_block()? {
            LiveBlock::Demo(player) => Some(player),
            _ => None,
        },
        _ => None,
    }
}

/// Opens a demo full screen.
pub(super) fn open(model: &mut Model, name: &str) -> Vec<Effect> {
    if let Some(spec) = lab::find(name) {
        let mut player = Player::new(spec, Seed(7), Settings::defaults(spec));
        player.playing = true;
        show(model, player);
    }
    Vec::new()
}

/// Shows a player full screen.
pub(super) fn show(model: &mut Model, player: Player) {
    model.tab = Tab::Lab;
    if let Some(row) = DEMOS.iter().position(|spec| spec.name == player.spec().name) {
        model.lab.list.chosen = row;
    }
    model.lab.open = Some(Box::new(player));
    model.lab.from_page = None;
}

/// A command on this screen; nothing where it is none of its.
pub(super) fn run(model: &mut Model, does: Do) -> Option<Vec<Effect>> {
    let height = usize::from(model.frame().body.height);
    if model.lab.open.is_none() {
        return match does {
            Do::Enter => {
                let spec = DEMOS.get(model.lab.list.chosen)?;
                Some(open(model, spec.name))
            }
            _ => model.lab.list.act(does, DEMOS.len(), height.saturating_sub(2) / 3).then(Vec::new),
        };
    }
    match does {
        Do::Back | Do::Leave | Do::FullScreen => Some(close(model)),
        Do::Bet => {
            let bet = model.lab.open.as_ref()?.spec().bet;
            let seed = model.fresh_seed();
            Some(drill::start_card(model, bet, seed))
        }
        _ => act(model, does),
    }
}

/// A command for the player that has the keys.
pub(super) fn act(model: &mut Model, does: Do) -> Option<Vec<Effect>> {
    let height = isize::from(i16::try_from(model.frame().body.height).unwrap_or(20));
    let ticket = model.fresh_seed();
    let player = player(model)?;
    let by = match does {
        Do::NextControl | Do::Down => 1,
        Do::PreviousControl | Do::Up => -1,
        Do::Play => height / 2,
        _ => 0,
    };
    // While the source or the spreads are shown, the keys of movement go through them.
    if by != 0 && player.scroll(by) {
        return Some(Vec::new());
    }
    if does == Do::Sweep {
        return Some(player.ask_for_spreads(ticket));
    }
    let does = match does {
        Do::Down => Do::NextControl,
        Do::Up => Do::PreviousControl,
        other => other,
    };
    if does == Do::WriteScript && player.failed.is_none() {
        let name = format!("scripts/{}-{}.script", player.spec().name, player.run.seed().0);
        return Some(vec![Effect::WriteFile(name, lab::write_script(&player.run))]);
    }
    player.act(does).then(Vec::new)
}

/// Puts away what lies over the picture. Returns what that asks for; nothing where the picture is shown.
pub(super) fn leave_panel(player: &mut Player) -> Option<Vec<Effect>> {
    if player.panel == Panel::Scene {
        return None;
    }
    // The first Esc stops a sweep that goes on, the next one puts its result away.
    let stops = player.stop_spreads();
    if stops.is_empty() {
        player.panel = Panel::Scene;
    }
    Some(stops)
}

/// A sweep went on.
pub(super) fn swept(
    model: &mut Model,
    ticket: u64,
    made: u64,
    ended: bool,
    spreads: Result<Arc<Vec<Spread>>, String>,
) {
    let in_page = model.reader.open.iter_mut().flat_map(|reading| reading.live.values_mut());
    let in_page = in_page.filter_map(|block| match block {
        LiveBlock::Demo(player) => Some(player.as_mut()),
        _ => None,
    });
    let players = model.lab.open.as_deref_mut().into_iter().chain(in_page);
    let mut spreads_of = players.filter_map(|player| player.spreads.as_mut());
    let Some(shown) = spreads_of.find(|shown| shown.ticket == ticket && shown.running) else { return };
    shown.made = made;
    shown.running = !ended;
    match spreads {
        Ok(spreads) => shown.spreads = spreads,
        Err(why) => shown.failed = Some(why),
    }
}

/// Back to the list, or to the page that the demo came from: with the same state.
fn close(model: &mut Model) -> Vec<Effect> {
    let Some(mut player) = model.lab.open.take() else { return Vec::new() };
    if let Some(effects) = leave_panel(&mut player) {
        model.lab.open = Some(player);
        return effects;
    }
    let effects: Vec<Effect> = player.leave().into_iter().collect();
    let name = player.spec().name;
    // Meanwhile another page may have been opened, or this one changed.
    if let Some((origin, live)) = model.lab.from_page.take()
        && let Some(reading) = &mut model.reader.open
        && reading.origin.is_same(&origin)
        && matches!(reading.live.get(&live), Some(LiveBlock::Demo(shown)) if shown.spec().name == name)
    {
        reading.live.insert(live, LiveBlock::Demo(player));
        reading.enter(live);
        model.tab = Tab::Library;
        pages::fit(model);
    }
    effects
}
