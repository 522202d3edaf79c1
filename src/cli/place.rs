//! Where a command runs: its settings, directories, clock and library.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use chrono::{Local, Offset, Utc};

use super::args::{Arguments, Color};
use super::{Failure, tell, usage};
use crate::app::Model;
use crate::app::keymap::KeyMap;
use crate::app::learned::Learned;
use crate::config::paths::Paths;
use crate::config::problem::{Problem, nearest};
use crate::config::settings::{self, Settings};
use crate::deck::Card;
use crate::drill::Schedulers;
use crate::library::Library;
use crate::memory::Moment;
use crate::store::{self, Store};
use crate::term::ColourChoice;

/// Where a command runs.
pub(super) struct Place {
    pub(super) paths: Paths,
    pub(super) settings: Settings,
    /// What is wrong with the settings.
    pub(super) problems: Vec<Problem>,
    pub(super) colour: ColourChoice,
    pub(super) clock: Clock,
    folders: Vec<PathBuf>,
}

/// The time: the system's, or one that was set and stands still until it is set going.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    set: Option<(Moment, Option<Instant>)>,
}

impl Clock {
    /// The same clock, going on from now where it was set: for what lasts.
    pub(super) fn running(&self) -> Clock {
        Clock { set: self.set.map(|(from, _)| (from, Some(Instant::now()))) }
    }

    /// The time now.
    pub(super) fn now(&self) -> Moment {
        match self.set {
            Some((from, None)) => from,
            Some((from, Some(since))) => {
                let passed = i64::try_from(since.elapsed().as_millis()).unwrap_or(i64::MAX);
                Moment { utc_millis: from.utc_millis.saturating_add(passed), ..from }
            }
            None => Moment {
                utc_millis: Utc::now().timestamp_millis(),
                offset_minutes: Local::now().offset().fix().local_minus_utc() / 60,
            },
        }
    }
}

impl Place {
    pub(super) fn find(arguments: &Arguments) -> Result<Place, Failure> {
        let data = arguments.data.as_ref().map(std::path::absolute).transpose()?;
        let Some(paths) = Paths::find(data, &|name| std::env::var_os(name)) else {
            return usage(
                "no home directory was found: say where to keep things with --data DIR or SYSDRILL_DATA",
            );
        };
        let set = match &arguments.at {
            Some(text) => match text.parse() {
                Ok(moment) => Some((moment, None)),
                Err(error) => return usage(format!("--at: {error}")),
            },
            None => None,
        };
        let name = paths.settings.display().to_string();
        let (mut settings, problems) = match std::fs::read_to_string(&paths.settings) {
            Ok(text) => settings::parse(&name, &text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Default::default(),
            Err(error) => {
                (Settings::default(), vec![Problem::at(&name, "", 1, 0, format!("cannot be read: {error}"))])
            }
        };
        settings.screen.ascii |= arguments.ascii;
        for folder in &arguments.library {
            content_folder(folder)?;
        }
        let colour = match arguments.color {
            Color::Auto => ColourChoice::Auto,
            Color::Always => ColourChoice::Always,
            Color::Never => ColourChoice::Never,
        };
        Ok(Place {
            paths,
            settings,
            problems,
            colour,
            clock: Clock { set },
            folders: arguments.library.clone(),
        })
    }

    /// The library, with the learner's own files and the folders of `--library` laid over it.
    pub(super) fn library(&self) -> Library {
        Library::load_in(&self.paths.data, &self.folders())
    }

    /// The folders that are laid over the built-in content.
    pub(super) fn folders(&self) -> Vec<PathBuf> {
        let own = Some(self.paths.data.clone()).filter(|folder| folder.is_dir());
        own.into_iter().chain(self.folders.iter().cloned()).collect()
    }

    /// The store, made where there is none: for commands that write. Before the first of them on a study day the day's
    /// backup is made.
    pub(super) fn store(&self) -> Result<Store, Failure> {
        let was_there = self.paths.data.join(store::FILE).is_file();
        let store = Store::open(&self.paths.data)?;
        if was_there && let Err(error) = Store::backup_if_due(&self.paths.data, self.clock.now()) {
            tell(&format!("no backup was made: {error}"));
        }
        Ok(store)
    }

    /// The store where there is one, for commands that change what is in it.
    pub(super) fn store_to_change(&self) -> Result<Option<Store>, Failure> {
        if self.paths.data.join(store::FILE).is_file() { self.store().map(Some) } else { self.store_if_any() }
    }

    /// The store where there is one: for commands that only look.
    pub(super) fn store_if_any(&self) -> Result<Option<Store>, Failure> {
        Ok(Store::open_existing(&self.paths.data)?)
    }

    /// What the learner has done; nothing where there is no store yet, and none is made.
    pub(super) fn learned(&self) -> Result<Learned, Failure> {
        match self.store_if_any()? {
            Some(store) => Ok(Learned::read(&store, self.clock.now())?),
            None => Ok(Learned::default()),
        }
    }

    /// The application as it would be on the screen, for what has to come out the same without one.
    pub(super) fn model(&self, library: Library, learned: Learned) -> Result<Model, Failure> {
        // Wrong keys are told where keys are used.
        let (keys, _) = KeyMap::new(&self.settings.keys, "");
        let schedulers = self.schedulers_by(learned.own_parameters.as_deref())?;
        let settings = self.settings.clone();
        Ok(Model::new(settings, keys, Arc::new(library), learned, schedulers, self.clock.now()))
    }

    /// How the cards of all decks are scheduled: by the settings, and by the parameters that the store has of the learner.
    /// What cannot be followed was told and replaced when the settings were read.
    pub(super) fn schedulers(&self, store: Option<&Store>) -> Result<Schedulers, Failure> {
        let own = store.map(Store::own_parameters).transpose()?.flatten();
        self.schedulers_by(own.as_deref())
    }

    /// The same by parameters that are known.
    pub(super) fn schedulers_by(&self, own: Option<&[f32]>) -> Result<Schedulers, Failure> {
        match Schedulers::by(&self.settings.drill, own) {
            // Parameters that were damaged are none.
            Err(_) if own.is_some() => Ok(Schedulers::by(&self.settings.drill, None)?),
            made => Ok(made?),
        }
    }

    /// Tells what is wrong with the settings, for commands without a screen.
    pub(super) fn tell_problems(&self) {
        for problem in &self.problems {
            tell(&format!("{problem}\n  The default is used."));
        }
    }
}

/// Whether a folder can hold content.
pub(super) fn content_folder(folder: &Path) -> Result<(), Failure> {
    if !folder.is_dir() {
        return usage(format!("{} is no directory", folder.display()));
    }
    let parts = ["topics", "decks", "decisions", "compositions", "path.toml", "glossary.toml"];
    if parts.iter().any(|part| folder.join(part).exists()) {
        return Ok(());
    }
    usage(format!("{} holds no content: none of {} is in it", folder.display(), parts.join(", ")))
}

/// The topic whose cards are meant. A deck may be of a topic that is not on the path.
pub(super) fn deck_topic(library: &Library, name: &str) -> Result<String, Failure> {
    if library.deck(name).is_some() {
        return Ok(name.to_string());
    }
    let decks = library.decks.iter().map(|deck| deck.topic.as_str());
    let known = library.topics.iter().map(|topic| topic.slug.as_str()).chain(decks);
    match library.topic(name) {
        Some(topic) => Ok(topic.slug.clone()),
        None => usage(unknown("topic", name, known, "deck list")),
    }
}

/// The card of that name, or what is near it.
pub(super) fn card<'l>(library: &'l Library, name: &str) -> Result<&'l Card, Failure> {
    match library.card(name) {
        Some(card) => Ok(card),
        None => {
            usage(unknown("card", name, library.heads().map(|head| head.id.0.as_str()), "deck show TOPIC"))
        }
    }
}

/// Up to three topics whose names are near this one, the nearest first; in words, with a space before them.
pub(super) fn near_topics(library: &Library, name: &str) -> String {
    let mut known: Vec<&str> = library.topics.iter().map(|topic| topic.slug.as_str()).collect();
    let mut near = Vec::new();
    while let Some(found) = nearest(name, known.iter().copied()).filter(|_| near.len() < 3) {
        known.retain(|slug| *slug != found);
        near.push(format!("'{found}'"));
    }
    match near.split_last() {
        None => String::new(),
        Some((only, [])) => format!(" Did you mean {only}?"),
        Some((last, others)) => format!(" Did you mean {} or {last}?", others.join(", ")),
    }
}

fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>, verb: &str) -> String {
    let near = nearest(name, known).map(|near| format!(" Did you mean '{near}'?")).unwrap_or_default();
    format!("no {what} is called '{name}'.{near} `sysdrill {verb}` lists what there is.")
}
