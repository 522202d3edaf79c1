//! The application: what is on the screens and what a key does to it, without a terminal and without a
//! database.
//!
//! [`update`] takes an [`Action`] and changes the [`Model`]; what it wants from the outside world it
//! returns as [`Effect`]s, which `term` runs and whose results come back as actions. So every flow is
//! tested without a terminal: keys in, model and effects out.

pub mod aims;
pub mod asking;
mod blocks;
pub mod catalogue;
mod clicks;
pub mod command;
mod context;
pub mod desk;
pub mod drill;
pub mod envelope;
mod field;
pub mod first;
pub mod form;
mod here;
mod input;
pub mod kept;
pub mod keymap;
mod keys;
mod lab;
pub mod layout;
pub mod learned;
mod library;
mod links;
pub mod list;
pub mod live;
mod marks;
mod message;
pub mod new_card;
mod pages;
pub mod palette;
mod places;
pub mod plan;
pub mod player;
pub mod progress;
pub mod reader;
pub mod search;
pub mod sheet;
pub mod shelf;
pub mod study;
mod sync;
pub mod today;
pub mod walk;

use std::sync::Arc;

pub use drill::{DrillScreen, Running};
pub use envelope::{EnvelopeScreen, FIRST_SHEET};
pub use field::Field;
pub use input::{Pointer, Target, target_at};
pub use lab::{LabScreen, NOTES_WIDTH};
pub use library::LibraryScreen;
pub use message::{Action, Bookmark, ChosenCards, Effect, Mark, Notice, QuizCards, Saved, Start};
pub use pages::Stand;
pub use progress::{Figures, Fitting, ProgressScreen};
pub use sheet::SheetEditor;

use crate::config::key::Key;
use crate::config::settings::Settings;
use crate::config::theme::{Background, Choice};
use crate::drill::Schedulers;
use crate::library::Library;
use crate::memory::Moment;
use crate::sim::Nanos;
use keymap::KeyMap;
use learned::Learned;
use palette::Palette;

/// The main screens, in the order of their tabs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tab {
    /// What to do now.
    #[default]
    Today,
    /// Pages and cheat sheets.
    Library,
    /// Live demos.
    Lab,
    /// Spaced repetition.
    Drill,
    /// The calculator.
    Envelope,
    /// What is known.
    Progress,
}

impl Tab {
    /// All tabs in their order.
    pub const ALL: [Tab; 6] = [Tab::Today, Tab::Library, Tab::Lab, Tab::Drill, Tab::Envelope, Tab::Progress];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Tab::Today => "Today",
            Tab::Library => "Library",
            Tab::Lab => "Lab",
            Tab::Drill => "Drill",
            Tab::Envelope => "Envelope",
            Tab::Progress => "Progress",
        }
    }
}

/// Everything that the screens show.
pub struct Model {
    /// The tab that is shown.
    pub tab: Tab,
    /// The size of the window.
    pub size: (u16, u16),
    /// The time.
    pub now: Moment,
    /// The settings.
    pub settings: Settings,
    /// Which keys do what.
    pub keys: KeyMap,
    /// All there is to study.
    pub library: Arc<Library>,
    /// What the learner has done.
    pub learned: Learned,
    /// How cards are scheduled.
    pub schedulers: Schedulers,
    /// The terminal's background, as set or as it told.
    pub background: Background,
    /// The colours: as set, or as chosen since.
    pub theme: Choice,
    /// The Library screen.
    pub reader: LibraryScreen,
    /// The Lab screen.
    pub lab: LabScreen,
    /// The Drill screen.
    pub drill: DrillScreen,
    /// The questions of the first start, while they are asked.
    pub first: Option<first::First>,
    /// The plan up to the date, once it was looked at, and its screen.
    pub plan: plan::Planning,
    /// What there is to do today, as it was last made.
    pub(crate) today: kept::Kept<today::Today>,
    /// The timed study session that goes on.
    pub study: Option<study::Study>,
    /// The Envelope screen.
    pub envelope: EnvelopeScreen,
    /// The Progress screen.
    pub progress: ProgressScreen,
    /// Whether a sync goes on.
    pub syncing: bool,
    /// What lies over the screen.
    pub overlay: Option<Overlay>,
    /// What search keeps while the program runs.
    pub search: search::Searching,
    /// A sentence about what just happened, until the next key.
    pub notice: Option<Notice>,
    /// The keys of a chord that is not complete.
    pub pending: Vec<Key>,
    /// Where questions that nobody gave a seed get theirs from.
    pub seed: u64,
    before_top: Option<usize>,
}

/// What lies over the screen.
pub enum Overlay {
    /// All keys, from a line on.
    Help {
        /// The first line shown.
        top: usize,
    },
    /// The palette.
    Palette(Box<Palette>),
    /// Search across everything.
    Search(Box<search::Search>),
    /// A form.
    Form(Box<form::Form>),
    /// The list of sheets.
    Sheets(Box<envelope::SheetList>),
    /// Problems with settings or files, from a line on.
    Problems {
        /// The lines.
        lines: Vec<String>,
        /// The first line shown.
        top: usize,
    },
}

impl Model {
    /// The application at its start.
    #[must_use]
    pub fn new(
        settings: Settings,
        keys: KeyMap,
        library: Arc<Library>,
        learned: Learned,
        scheduler: impl Into<Schedulers>,
        now: Moment,
    ) -> Model {
        Model {
            tab: Tab::Today,
            size: (80, 24),
            now,
            background: settings.screen.background.unwrap_or_default(),
            theme: settings.screen.theme,
            settings,
            keys,
            library,
            learned,
            schedulers: scheduler.into(),
            reader: LibraryScreen::default(),
            lab: LabScreen::default(),
            drill: DrillScreen::default(),
            first: None,
            plan: plan::Planning::default(),
            today: kept::Kept::default(),
            study: None,
            envelope: EnvelopeScreen::new(SheetEditor::with_text(FIRST_SHEET), envelope::SCRATCH),
            progress: ProgressScreen::default(),
            syncing: false,
            overlay: None,
            search: search::Searching::default(),
            notice: None,
            pending: Vec::new(),
            seed: now.utc_millis as u64,
            before_top: None,
        }
    }

    /// The parts of the window.
    #[must_use]
    pub fn frame(&self) -> layout::Frame {
        layout::frame(self.size.0, self.size.1)
    }

    /// A seed that no other question has.
    fn fresh_seed(&mut self) -> u64 {
        // SplitMix64's step: consecutive seeds that share no pattern.
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        // 53 bits, so that the seed is the same number in JSON.
        self.seed >> 11
    }

    /// Shows a sentence until the next key.
    fn say(&mut self, text: impl Into<String>) {
        self.notice = Some(Notice { text: text.into(), bad: false });
    }

    /// Shows problems with settings and files over the screen, if there are any.
    pub fn report(&mut self, problems: impl Iterator<Item = String>) {
        let mut lines: Vec<String> = Vec::new();
        for problem in problems {
            lines.extend(problem.lines().map(str::to_string));
            lines.push(String::new());
        }
        if !lines.is_empty() {
            lines.push("Defaults stand in for wrong settings; good cards and pages are used.".into());
            self.overlay = Some(Overlay::Problems { lines, top: 0 });
        }
    }

    /// When something on the screen is another one because time went on: the minutes that are left.
    #[must_use]
    pub fn next_tick(&self) -> Option<Moment> {
        let ends = match (&self.study, &self.drill.session) {
            (Some(study), _) => study.ends,
            (None, Some(running)) if running.summary.is_none() && self.tab == Tab::Drill => {
                running.session.until()?
            }
            _ => return None,
        };
        study::next_minute(ends, self.now)
    }

    /// Whether something moves by itself and wants to be drawn again.
    #[must_use]
    pub fn plays(&self) -> bool {
        self.overlay.is_none()
            && match self.tab {
                Tab::Library => self.reader.open.as_ref().is_some_and(|reading| reading.plays()),
                Tab::Lab => self.lab.open.as_ref().is_some_and(|player| player.playing),
                _ => false,
            }
    }
}

/// Begins where it is said.
pub fn start(model: &mut Model, start: Start) -> Vec<Effect> {
    let mut effects = begin(model, start);
    effects.extend(blocks::colours_wanted(model));
    effects
}

fn begin(model: &mut Model, start: Start) -> Vec<Effect> {
    match start {
        Start::Today => {
            first::begin(model);
            Vec::new()
        }
        Start::Chosen(wanted) => drill::start_chosen(model, &wanted),
        Start::Quiz(wanted) => drill::start_quiz(model, &wanted),
        Start::Study(minutes) => study::begin(model, minutes),
        Start::Topic(slug) => pages::open_topic(model, &slug, None, false),
        Start::File(file) => pages::open_file(model, *file, None),
        Start::Demo(player) => {
            lab::show(model, *player);
            Vec::new()
        }
        Start::Drill { topics, limit, cram } => drill::start_named(model, &topics, limit, cram),
    }
}

/// What is to be remembered when the program is left, however it is left.
pub fn leave(model: &mut Model) -> Vec<Effect> {
    let mut effects = pages::leave(model);
    effects.extend(envelope::leave(model));
    effects
}

/// Changes the model as the action says. `more` tells whether there is time left in this frame for simulation.
pub fn update(model: &mut Model, action: Action, more: &dyn Fn() -> bool) -> Vec<Effect> {
    let mut effects = act(model, action, more);
    effects.extend(blocks::colours_wanted(model));
    effects
}

fn act(model: &mut Model, action: Action, more: &dyn Fn() -> bool) -> Vec<Effect> {
    match action {
        Action::Key(key) => input::key(model, key),
        Action::Paste(text) => input::paste(model, &text),
        Action::Pointer(pointer) => input::pointer(model, pointer),
        Action::Resize(width, height) => {
            model.size = (width, height);
            let effects = pages::fit(model);
            search::fit(model);
            effects
        }
        Action::Background(background) => {
            if model.settings.screen.background.is_none() {
                model.background = background;
            }
            Vec::new()
        }
        Action::Frame(elapsed) => frame(model, elapsed, more),
        Action::Learned(learned) => {
            // Another copy of the program may have fitted.
            let fitted = learned.own_parameters != model.learned.own_parameters;
            model.learned = *learned;
            let mut effects = if fitted { progress::told(model, Action::Parameters) } else { Vec::new() };
            effects.extend(progress::recount(model));
            effects
        }
        Action::Refreshed => progress::recount(model),
        Action::Figures(_) | Action::Workload(_) | Action::Fitting(_) | Action::Parameters => {
            progress::told(model, action)
        }
        Action::Synced(done) => sync::done(model, done),
        Action::NotSaved(id, why) => {
            drill::not_saved(model, &id);
            blocks::not_saved(model, &id);
            model.notice = Some(Notice { text: why, bad: true });
            Vec::new()
        }
        Action::Undone => {
            drill::undone(model);
            Vec::new()
        }
        Action::Marked(mark) => {
            drill::marked(model, mark);
            Vec::new()
        }
        Action::Edited(card, event) => {
            drill::edited(model, &card, event);
            Vec::new()
        }
        Action::Tick => {
            study::tick(model);
            Vec::new()
        }
        Action::Told(notice) => {
            model.notice = Some(notice);
            Vec::new()
        }
        Action::Sheet(news) => envelope::told(model, news),
        Action::Indexed(index) => {
            search::indexed(model, index);
            Vec::new()
        }
        Action::FileRead(file, heading) => pages::open_file(model, *file, heading.as_deref()),
        Action::Swept(ticket, made, ended, spreads) => {
            lab::swept(model, ticket, made, ended, spreads);
            Vec::new()
        }
        Action::Coloured(page, code, colouring) => {
            if let Some(reading) = &mut model.reader.open
                && reading.slug == page
            {
                reading.colour(code, colouring);
            } else {
                blocks::coloured(model, &page, code, &colouring);
            }
            Vec::new()
        }
        Action::Reloaded(library) => reloaded(model, library),
    }
}

/// The files were read again.
fn reloaded(model: &mut Model, library: Arc<Library>) -> Vec<Effect> {
    model.library = library;
    drill::reread(model);
    let mut effects = pages::reload(model);
    effects.extend(search::reloaded(model));
    effects.extend(progress::recount(model));
    effects
}

fn frame(model: &mut Model, elapsed: Nanos, more: &dyn Fn() -> bool) -> Vec<Effect> {
    let mut effects = Vec::new();
    match model.tab {
        Tab::Library => {
            if let Some(reading) = &mut model.reader.open {
                effects.extend(reading.frame_passed(elapsed, more));
            }
        }
        Tab::Lab => {
            if let Some(player) = &mut model.lab.open {
                effects.extend(player.frame(elapsed, more));
            }
        }
        _ => {}
    }
    effects
}
