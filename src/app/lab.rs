//! The Lab: the list of demos, and one of them full screen.

use std::sync::Arc;

use super::command::{Context, Do};
use super::field::Field;
use super::list::ListState;
use super::live::LiveBlock;
use super::player::{Panel, Player};
use super::reader::Origin;
use super::{Effect, Model, Tab, catalogue, drill, pages};
use crate::config::key::Key;
use crate::lab::{self, Settings, Spec, Spread, demos};
use crate::sim::Seed;

/// How wide notes about a demo are at most.
pub const NOTES_WIDTH: usize = 84;

/// The Lab screen.
#[derive(Debug, Default)]
pub struct LabScreen {
    /// The list of demos.
    pub list: ListState,
    /// What the list is filtered by, and whether that is being typed.
    pub filter: Field,
    /// Whether the filter has the keys.
    pub filtering: bool,
    /// Whether the demos stand by topic, as a catalogue.
    pub by_topic: bool,
    /// The list by topic.
    pub catalogue: ListState,
    /// The demo that is open.
    pub open: Option<Box<Player>>,
    /// The page and its live block that the demo came from.
    pub from_page: Option<(Origin, usize)>,
    /// The page from which one came to its topic's demos.
    pub back: Option<Origin>,
}

impl LabScreen {
    pub(super) fn contexts(&self) -> Vec<Context> {
        match &self.open {
            Some(player) => player.contexts(),
            None if self.filtering => vec![Context::DemoFilter],
            None => vec![Context::DemoList, Context::List],
        }
    }

    /// The list that has the keys.
    pub(super) fn list_with_keys(&mut self) -> &mut ListState {
        if self.by_topic { &mut self.catalogue } else { &mut self.list }
    }

    /// The demos that the list shows: those that have every word of the filter in their name, title, question, part or
    /// topics.
    #[must_use]
    pub fn shown(&self) -> Vec<&'static Spec> {
        let words: Vec<String> = self.filter.text().split_whitespace().map(str::to_lowercase).collect();
        let text = |spec: &Spec| {
            format!("{} {} {} {} {}", spec.name, spec.title, spec.hook, spec.part, spec.topics.join(" "))
                .to_lowercase()
        };
        let fits = |spec: &&&'static Spec| words.iter().all(|word| text(spec).contains(word.as_str()));
        demos().iter().filter(fits).copied().collect()
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
    if let Some(row) = demos().iter().position(|spec| spec.name == player.spec().name) {
        // What is filtered out could not be chosen.
        model.lab.filter = Field::line();
        model.lab.filtering = false;
        model.lab.list.chosen = row;
    }
    model.lab.open = Some(Box::new(player));
    model.lab.from_page = None;
    model.lab.back = None;
}

/// A command on this screen; nothing where it is none of its.
pub(super) fn run(model: &mut Model, does: Do) -> Option<Vec<Effect>> {
    let height = usize::from(model.frame().body.height);
    if model.lab.open.is_none() {
        return in_list(model, does, height);
    }
    match does {
        Do::Back | Do::Leave | Do::FullScreen => Some(close(model)),
        Do::TopicPage => {
            let slug = catalogue::slug(model)?;
            Some(to_page(model, &slug))
        }
        Do::Bet => {
            let bet = model.lab.open.as_ref()?.spec().bet;
            if bet.is_empty() {
                // A composition of the learner's own.
                model.say("This demo has no bet.");
                return Some(Vec::new());
            }
            let seed = model.fresh_seed();
            Some(drill::start_card(model, bet, seed))
        }
        _ => act(model, does),
    }
}

/// A command for the list.
fn in_list(model: &mut Model, does: Do, height: usize) -> Option<Vec<Effect>> {
    if let Some(effects) = beside_list(model, does, height) {
        return Some(effects);
    }
    let lab = &mut model.lab;
    let shown = lab.shown();
    match does {
        Do::Enter => {
            let spec = shown.get(lab.list.chosen)?;
            lab.filtering = false;
            Some(open(model, spec.name))
        }
        Do::Filter => {
            lab.filtering = true;
            Some(Vec::new())
        }
        Do::Leave if lab.filtering || !lab.filter.text().is_empty() => {
            let chosen = shown.get(lab.list.chosen).map(|spec| spec.name);
            lab.filtering = false;
            lab.filter = Field::line();
            lab.list.chosen = demos().iter().position(|spec| Some(spec.name) == chosen).unwrap_or(0);
            Some(Vec::new())
        }
        _ => lab.list.act(does, shown.len(), height.saturating_sub(2) / 3).then(Vec::new),
    }
}

/// A command that concerns the list by topic, or leads from a list to another place.
fn beside_list(model: &mut Model, does: Do, height: usize) -> Option<Vec<Effect>> {
    if model.lab.filtering {
        return None;
    }
    match does {
        Do::Catalogue => {
            model.lab.by_topic = !model.lab.by_topic;
            model.lab.filter = Field::line();
            Some(Vec::new())
        }
        Do::TopicPage => {
            let slug = catalogue::slug(model)?;
            Some(to_page(model, &slug))
        }
        Do::Back | Do::Leave if returns(model) => Some(Vec::new()),
        Do::Leave if model.lab.by_topic => {
            model.lab.by_topic = false;
            Some(Vec::new())
        }
        Do::Enter if model.lab.by_topic => {
            let (_, spec) = catalogue::chosen(model)?;
            let back = model.lab.back.take();
            let effects = open(model, spec.name);
            model.lab.back = back;
            Some(effects)
        }
        // The filter is for the list by demo.
        Do::Filter => {
            model.lab.by_topic = false;
            None
        }
        _ if model.lab.by_topic => {
            let rows = catalogue::len(model);
            model.lab.catalogue.act(does, rows, height).then(Vec::new)
        }
        _ => None,
    }
}

/// From a demo to the page of its topic.
fn to_page(model: &mut Model, slug: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    if model.library.topic(slug).is_some_and(|topic| topic.page.is_some()) {
        effects.extend(model.lab.open.as_mut().and_then(|player| player.leave()));
        model.tab = Tab::Library;
    }
    effects.extend(pages::open_topic(model, slug, None, false));
    effects
}

/// Goes back to the page from which one came to its demos, where that page is still open. Returns whether it did.
fn returns(model: &mut Model) -> bool {
    let Some(origin) = model.lab.back.take() else { return false };
    let open = model.reader.open.as_ref().is_some_and(|reading| reading.origin.is_same(&origin));
    if open {
        model.tab = Tab::Library;
        model.lab.by_topic = false;
        pages::fit(model);
    }
    open
}

/// A key that is text for the filter.
pub(super) fn typed(model: &mut Model, key: Key) -> Vec<Effect> {
    if model.lab.filter.key(key) {
        model.lab.list = ListState::default();
    }
    Vec::new()
}

/// A paste for the filter.
pub(super) fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    model.lab.filter.insert(text);
    model.lab.list = ListState::default();
    Vec::new()
}

/// A command for the player that has the keys.
pub(super) fn act(model: &mut Model, does: Do) -> Option<Vec<Effect>> {
    let body = model.frame().body;
    let size = (NOTES_WIDTH.min(usize::from(body.width)), usize::from(body.height));
    let ticket = model.fresh_seed();
    let player = player(model)?;
    if player.move_in_panel(does, size) {
        return Some(Vec::new());
    }
    if does == Do::Sweep {
        return Some(player.ask_for_spreads(ticket));
    }
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
    // One demo of several: the others are still to be seen.
    if !model.lab.by_topic {
        returns(model);
    }
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
