//! The application on the screen: from the place a command runs in to the first frame.

use std::io::{self, IsTerminal};
use std::sync::Arc;

use super::place::Place;
use super::{Failure, tell, usage};
use crate::app::command::KeyMap;
use crate::app::learned::Learned;
use crate::app::player::Player;
use crate::app::{EnvelopeScreen, Model, Start};
use crate::lab::{Settings, Spec};
use crate::sim::Seed;
use crate::term;

/// The application on Today.
pub(super) fn today(place: &Place) -> Result<(), Failure> {
    show(place, Start::Today)
}

/// The application on a topic's page.
pub(super) fn topic(place: &Place, slug: &str) -> Result<(), Failure> {
    show(place, Start::Topic(slug.to_string()))
}

/// The application on a demo.
pub(super) fn demo(
    place: &Place,
    spec: &'static Spec,
    seed: Seed,
    settings: Settings,
) -> Result<(), Failure> {
    show(place, Start::Demo(Box::new(Player::new(spec, seed, settings))))
}

/// The application in a session.
pub(super) fn drill(place: &Place, start: Start) -> Result<(), Failure> {
    show(place, start)
}

fn show(place: &Place, start: Start) -> Result<(), Failure> {
    for (name, there) in [("input", io::stdin().is_terminal()), ("output", io::stdout().is_terminal())] {
        if !there {
            return usage(format!(
                "standard {name} is not a terminal, and this needs one. Every verb works without: see sysdrill --help"
            ));
        }
    }
    term::install_panic_hook();
    let store = place.store()?;
    let now = place.clock.now();
    let learned = Learned::read(&store, now)?;
    let library = Arc::new(place.library());
    let name = place.paths.settings.display().to_string();
    let (keys, key_problems) = KeyMap::new(&place.settings.keys, &name);
    let scheduler = place.scheduler()?;
    let mut model = Model::new(place.settings.clone(), keys, Arc::clone(&library), learned, scheduler, now);
    model.seed = store.fresh_seed()?;
    if let Some(text) = term::read_sheet(&place.paths.data)? {
        model.envelope = EnvelopeScreen::with_text(&text);
    }
    let problems: Vec<_> = place.problems.iter().chain(&key_problems).chain(&library.problems).collect();
    model.report(problems.iter().map(ToString::to_string));
    let clock = place.clock.running();
    let ending = term::run(term::Setup {
        model,
        start,
        store,
        data: place.paths.data.clone(),
        folders: place.folders(),
        colour: place.colour,
        clock: Box::new(move || clock.now()),
    })?;
    if let Some(message) = ending.message {
        tell(&message);
    }
    if let Some(signal) = ending.signal {
        term::die_by(signal);
    }
    Ok(())
}
