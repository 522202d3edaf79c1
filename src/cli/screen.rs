//! The application on the screen: from the place a command runs in to the first frame.

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::sync::Arc;

use super::place::Place;
use super::{Failure, tell, usage};
use crate::app::keymap::KeyMap;
use crate::app::learned::Learned;
use crate::app::player::Player;
use crate::app::{EnvelopeScreen, Model, Start};
use crate::lab::Opening;
use crate::library::Library;
use crate::store::{Store, StoreError};
use crate::term;
use crate::term::file::Text;
use crate::term::sheets::Sheets;
use crate::term::watch::{FoldersStamp, folders_stamp};

/// The application on Today.
pub(super) fn today(place: &Place) -> Result<(), Failure> {
    show(place, Start::Today)
}

/// The application on a topic's page, with the library as it was read, in that state of the learner's folders.
pub(super) fn topic(place: &Place, slug: &str, library: Library, seen: FoldersStamp) -> Result<(), Failure> {
    show_with(place, Start::Topic(slug.to_string()), None, move |_| (library, seen))
}

/// The application on a file beside the library.
pub(super) fn file(place: &Place, text: Text) -> Result<(), Failure> {
    show_with(place, Start::Today, Some(text), |folders| load(place, folders))
}

/// The application on a demo.
pub(super) fn demo(place: &Place, opening: Opening) -> Result<(), Failure> {
    show(place, Start::Demo(Box::new(Player::open(opening))))
}

/// The application in a session.
pub(super) fn drill(place: &Place, start: Start) -> Result<(), Failure> {
    show(place, start)
}

fn show(place: &Place, start: Start) -> Result<(), Failure> {
    show_with(place, start, None, |folders| load(place, folders))
}

fn load(place: &Place, folders: &[PathBuf]) -> (Library, FoldersStamp) {
    // Before it is read: what changes from then on is found.
    let seen = folders_stamp(folders);
    (Library::load_in(&place.paths.data, folders), seen)
}

fn show_with(
    place: &Place,
    start: Start,
    open: Option<Text>,
    load: impl FnOnce(&[PathBuf]) -> (Library, FoldersStamp),
) -> Result<(), Failure> {
    for (name, there) in [("input", io::stdin().is_terminal()), ("output", io::stdout().is_terminal())] {
        if !there {
            return usage(format!(
                "standard {name} is not a terminal, and this needs one. Every verb works without: see sysdrill --help"
            ));
        }
    }
    term::install_panic_hook();
    // The store is opened beside the library: the longer of the two is most of the time to the first frame. The
    // library stays on this thread, since the memory of another grows a page at a time.
    let now = place.clock.now();
    let data = place.paths.data.clone();
    // On Today a glance is enough; all else begins with cards.
    let read = if matches!(start, Start::Today) { Learned::glance } else { Learned::read };
    let opening = std::thread::spawn(move || -> Result<_, StoreError> {
        let store = Store::open(&data)?;
        let learned = read(&store, now)?;
        let seed = store.fresh_seed()?;
        Ok((store, learned, seed))
    });
    let folders = place.folders();
    let (library, seen) = load(&folders);
    let sheet = Sheets::new(&place.paths.data).last()?;
    let (store, mut learned, seed) =
        opening.join().map_err(|_| anyhow::anyhow!("the database could not be read"))??;
    learned.look_at(&store, library.owners(), now.study_day())?;
    let scheduler = place.schedulers_by(learned.own_parameters.as_deref())?;
    let clock = place.clock.running();
    let settings = place.settings.clone();
    let screen = settings.screen.clone();
    let name = place.paths.settings.display().to_string();
    let known = place.problems.clone();
    let model = move || {
        let (keys, wrong_keys) = KeyMap::new(&settings.keys, &name);
        let problems = known.iter().chain(&wrong_keys).chain(&library.problems).map(ToString::to_string);
        let problems: Vec<String> = problems.collect();
        let mut model = Model::new(settings, keys, Arc::new(library), learned, scheduler, now);
        model.seed = seed;
        if let Some((opened, one_liners)) = sheet {
            model.envelope = EnvelopeScreen::opened(&opened, one_liners);
        }
        model.report(problems.into_iter());
        Ok(model)
    };
    let ending = term::run(term::Setup {
        screen,
        model: Box::new(model),
        start,
        open,
        store,
        data: place.paths.data.clone(),
        folders,
        seen,
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
