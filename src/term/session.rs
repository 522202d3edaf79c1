//! The loop: events in, actions through [`app::update`], effects out, one frame a batch.
//!
//! An effect is run before the next frame is drawn. So an answer is on disk before the next card is seen, and a
//! failure to save it is on the screen instead of it.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::colouring::Colourer;
use super::file::Text;
use super::sheets::Sheets;
use super::sweeping::Sweeper;
use super::watch::FoldersStamp;
use super::{ColourChoice, Event, MouseKind, Options, Signal, Terminal, Woken, colours};
use crate::app::layout::Area;
use crate::app::learned::Learned;
use crate::app::{self, Action, Effect, Mark, Model, Notice, Pointer, Saved, Start, Tab, Target};
use crate::config::settings::Screen;
use crate::config::theme::Colours;
use crate::library::search::Index;
use crate::memory::Moment;
use crate::sim::Nanos;
use crate::store::{Store, StoreError};
use crate::ui;

mod background;
mod card;
mod edit;
mod files;
mod learn;
mod sheet;

pub use card::put_back as put_back_edit;
pub use edit::command as editor_command;
pub(super) use sheet::write_file;

/// The time between two frames while something moves.
const FRAME: Duration = Duration::from_millis(33);
/// How long the simulation may take of it.
const BUDGET: Duration = Duration::from_millis(8);
/// The most events that are handled before a frame is drawn: a paste of keys must not keep the screen still.
const BATCH: usize = 64;

/// What the application starts with.
pub struct Setup {
    /// How the screen is set.
    pub screen: Screen,
    /// Makes the application, once the terminal is taken.
    pub model: Box<dyn FnOnce() -> anyhow::Result<Model>>,
    /// Where it begins.
    pub start: Start,
    /// A file beside the library to begin with, in place of `start`.
    pub open: Option<Text>,
    /// The learner's progress.
    pub store: Store,
    /// The data directory.
    pub data: PathBuf,
    /// The folders that are laid over the built-in content.
    pub folders: Vec<PathBuf>,
    /// Their state before the library was read.
    pub seen: FoldersStamp,
    /// Whether to use colour.
    pub colour: ColourChoice,
    /// The time.
    pub clock: Box<dyn Fn() -> Moment>,
}

/// How the application ended.
#[derive(Debug, Default)]
pub struct Ending {
    /// The signal it ended by.
    pub signal: Option<Signal>,
    /// What is to be said once the terminal is given back.
    pub message: Option<String>,
}

struct Session {
    model: Model,
    store: Store,
    data: PathBuf,
    folders: Vec<PathBuf>,
    clock: Box<dyn Fn() -> Moment>,
    terminal: Terminal<Woken>,
    files: files::Files,
    colourer: Colourer,
    sweeper: Sweeper,
    sheets: Sheets,
    colours: Colours,
    targets: Vec<(Area, Target)>,
    /// What the first look at a large collection left out, while it is read.
    reading: Option<std::thread::JoinHandle<Result<Learned, StoreError>>>,
    ending: Option<Ending>,
    size: (u16, u16),
}

/// Runs the application until it ends.
///
/// # Errors
/// Where the terminal cannot be taken, read or written. What was answered is saved all the same.
pub fn run(setup: Setup) -> anyhow::Result<Ending> {
    let Setup { screen, model, start, open, store, data, mut folders, seen, colour, clock } = setup;
    let options = Options { mouse: screen.mouse, ask_background: screen.background.is_none() };
    let terminal = Terminal::open(options)?;
    let model = model()?;
    let colours = colours(colour, |name| std::env::var(name).ok());
    // At the first start it was not there yet.
    if !folders.contains(&data) {
        folders.insert(0, data.clone());
    }
    let mut sheets = Sheets::new(&data);
    sheets.followed(&model.envelope.name);
    let files = files::Files::new(seen, &model.library.problems);
    let mut session = Session {
        model,
        store,
        data,
        folders,
        clock,
        terminal,
        files,
        colourer: Colourer::default(),
        sweeper: Sweeper::default(),
        sheets,
        colours,
        targets: Vec::new(),
        reading: None,
        ending: None,
        size: (0, 0),
    };
    session.fit()?;
    match open {
        Some(text) => session.start_with(text)?,
        None => {
            let effects = app::start(&mut session.model, start);
            session.carry_out(effects)?;
        }
    }
    session.draw()?;
    session.read_the_rest();
    session.watch();
    session.back_up();
    session.loop_until_end()
}

impl Session {
    fn loop_until_end(mut self) -> anyhow::Result<Ending> {
        let mut last_frame = Instant::now();
        loop {
            let plays = self.model.plays();
            let deadline = plays.then(|| last_frame + FRAME).or_else(|| self.tick());
            if !plays {
                last_frame = Instant::now();
            }
            let mut next = self.terminal.next(deadline)?;
            if !plays {
                // Nothing moved while the program slept.
                last_frame = Instant::now();
            }
            let mut handled = 0;
            while let Some(event) = next {
                self.handle(event)?;
                handled += 1;
                if self.ending.is_some() || handled == BATCH {
                    break;
                }
                next = self.terminal.ready();
            }
            let passed = deadline.is_some_and(|deadline| Instant::now() >= deadline);
            if passed && !plays {
                self.act(Action::Tick)?;
            } else if passed {
                let elapsed = last_frame.elapsed().min(Duration::from_millis(250));
                last_frame = Instant::now();
                self.act(Action::Frame(Nanos(u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX))))?;
            }
            if let Some(ending) = self.ending.take() {
                return Ok(ending);
            }
            self.draw()?;
            self.follow();
        }
    }

    /// When the time that is left has to be shown anew, where some is shown. It changes once a minute.
    fn tick(&self) -> Option<Instant> {
        let now = (self.clock)();
        let at = self.model.next_tick()?;
        Some(Instant::now() + Duration::from_millis(at.millis_since(now)))
    }

    fn handle(&mut self, event: Event<Woken>) -> anyhow::Result<()> {
        if !matches!(event, Event::Resize(..) | Event::Background(_)) {
            self.know_the_rest()?;
        }
        match event {
            Event::Key(key) => {
                self.look_for_others()?;
                self.look_at_sheet()?;
                self.act(Action::Key(key))?;
                // Where the key has brought the sheet on the screen.
                self.look_at_sheet()
            }
            Event::Paste(text) => {
                self.look_at_sheet()?;
                self.act(Action::Paste(text))
            }
            Event::Mouse(mouse) => {
                if matches!(mouse.kind, MouseKind::Click) {
                    self.look_for_others()?;
                }
                let pointer = match mouse.kind {
                    MouseKind::Click => {
                        Pointer::Click(app::target_at(&self.targets, mouse.column, mouse.row))
                    }
                    MouseKind::Release => {
                        Pointer::Release(app::target_at(&self.targets, mouse.column, mouse.row))
                    }
                    MouseKind::ScrollDown => Pointer::Wheel { down: true },
                    MouseKind::ScrollUp => Pointer::Wheel { down: false },
                };
                self.act(Action::Pointer(pointer))
            }
            Event::Resize(width, height) => self.resize(width, height),
            Event::Background(background) => self.act(Action::Background(background)),
            Event::Focus => {
                self.look_for_others()?;
                self.look_at_sheet()
            }
            Event::Signal(Signal::Suspend) => self.suspend(),
            Event::Signal(Signal::Continue) => self.fit(),
            Event::Signal(signal) => {
                // What was read is remembered; everything else is saved already.
                let effects = app::leave(&mut self.model);
                self.carry_out(effects)?;
                self.ending = Some(Ending { signal: Some(signal), message: None });
                Ok(())
            }
            Event::Woken(woken) => self.woken(woken),
        }
    }

    fn act(&mut self, action: Action) -> anyhow::Result<()> {
        self.model.now = (self.clock)();
        let started = Instant::now();
        let effects = app::update(&mut self.model, action, &|| started.elapsed() < BUDGET);
        self.carry_out(effects)
    }

    fn carry_out(&mut self, effects: Vec<Effect>) -> anyhow::Result<()> {
        for effect in effects {
            self.effect(effect)?;
        }
        Ok(())
    }

    fn effect(&mut self, effect: Effect) -> anyhow::Result<()> {
        let now = self.model.now;
        match effect {
            Effect::Quit => self.ending = Some(Ending::default()),
            Effect::Suspend => return self.suspend(),
            Effect::Save(_)
            | Effect::Undo(_)
            | Effect::UndoLast
            | Effect::Mark(..)
            | Effect::Note(..)
            | Effect::Place(_) => return self.learn(effect),
            Effect::EditCard(card) => return self.edit_card(&card),
            Effect::NewCard(card) => return self.new_card(&card),
            Effect::Sync(folder) => self.sync(&folder),
            Effect::DemoRun(name, goals) => {
                let reached =
                    goals.iter().take(64).enumerate().fold(0, |bits, (i, on)| bits | (u64::from(*on) << i));
                if let Err(error) = self.store.record_demo(name, reached, now) {
                    return self.tell(format!("Not saved: {error}"), true);
                }
                let seen = self.model.learned.demos.entry(name.to_string()).or_default();
                seen.0 += 1;
                seen.1 |= reached;
            }
            Effect::Copy(text) => self.terminal.copy(&text)?,
            Effect::Sheet(wish) => return self.wish(wish),
            Effect::WriteFile(name, text) => {
                let path = self.data.join(&name);
                let said = match write_file(&path, &text) {
                    Ok(()) => (format!("Written: {}", path.display()), false),
                    Err(error) => (format!("Not written: {}: {error}", path.display()), true),
                };
                return self.tell(said.0, said.1);
            }
            Effect::Position(..) | Effect::ReadMark(..) | Effect::Bookmark(..) => {
                return self.keep_reading(effect);
            }
            Effect::ReadFile(path, heading) => return self.read_file(&path, heading),
            Effect::Sweep(ticket, sweep) => {
                let sender = self.terminal.sender();
                self.sweeper.begin(*sweep, move |progress| sender.send(Woken::Swept(ticket, progress)));
            }
            Effect::StopSweep => self.sweeper.stop(),
            Effect::Colour(page, blocks) => {
                let sender = self.terminal.sender();
                let tell = move |page, block, colouring| {
                    sender.send(Woken::Coloured(page, block, Arc::new(colouring)))
                };
                self.colourer.ask(page, blocks, tell);
            }
            Effect::Figures => return self.count(),
            Effect::Workload => self.foresee(),
            Effect::Fit => self.fit_parameters(),
            Effect::Parameters(parameters) => return self.keep_parameters(parameters.as_deref()),
            Effect::Index => self.index(),
            Effect::Edit(path, name, file) => return self.edit(path, &name, &file),
        }
        Ok(())
    }

    /// Indexes the library on a thread of its own. Where none can be had, names are found and nothing else.
    fn index(&self) {
        let (library, sender) = (Arc::clone(&self.model.library), self.terminal.sender());
        let index = move || sender.send(Woken::Indexed(Arc::new(Index::of_everything(&library))));
        let _ = std::thread::Builder::new().name("index".into()).spawn(index);
    }

    fn tell(&mut self, text: String, bad: bool) -> anyhow::Result<()> {
        self.act(Action::Told(Notice { text, bad }))
    }

    /// Another copy of the program may have written: then its answers are taken over.
    fn look_for_others(&mut self) -> anyhow::Result<()> {
        // Overnight the day turns: what was put off until tomorrow is due, and new cards are allowed again.
        let today = (self.clock)().study_day();
        if self.model.now.study_day() != today {
            self.model.now = (self.clock)();
            self.back_up();
            return self.reload();
        }
        match self.store.changed() {
            Ok(true) => self.reload(),
            Ok(false) => Ok(()),
            Err(error) => self.tell(error.to_string(), true),
        }
    }

    fn reload(&mut self) -> anyhow::Result<()> {
        match Learned::read(&self.store, self.model.now) {
            Ok(learned) => self.act(Action::Learned(Box::new(learned))),
            Err(error) => self.tell(error.to_string(), true),
        }
    }

    /// Reads again where some cards stand, and all that is counted over the cards.
    fn refresh(&mut self, cards: &[String]) -> anyhow::Result<()> {
        match self.model.learned.read_again(&self.store, cards, self.model.now) {
            Ok(()) => self.act(Action::Refreshed),
            Err(error) => self.tell(error.to_string(), true),
        }
    }

    /// Reads what the first look at a large collection left out, beside the first frame.
    fn read_the_rest(&mut self) {
        if self.model.learned.glance.is_none() {
            return;
        }
        let (data, now, sender) = (self.data.clone(), self.model.now, self.terminal.sender());
        let read = move || {
            let learned = Store::open(&data).and_then(|store| Learned::read(&store, now));
            sender.send(Woken::Learned);
            learned
        };
        self.reading = std::thread::Builder::new().name("reading".into()).spawn(read).ok();
    }

    /// Takes over what the first look left out. Nothing is done with cards before that: it is waited for.
    fn know_the_rest(&mut self) -> anyhow::Result<()> {
        if self.model.learned.glance.is_none() {
            return Ok(());
        }
        match self.reading.take().map(std::thread::JoinHandle::join) {
            Some(Ok(Ok(learned))) => self.act(Action::Learned(Box::new(learned))),
            Some(Ok(Err(error))) => self.tell(error.to_string(), true),
            // There was no thread for it.
            Some(Err(_)) | None => self.reload(),
        }
    }

    fn suspend(&mut self) -> anyhow::Result<()> {
        let effects = app::leave(&mut self.model);
        self.carry_out(effects)?;
        self.terminal.suspend()?;
        self.fit()?;
        self.look_for_others()
    }

    fn fit(&mut self) -> anyhow::Result<()> {
        let size = super::output::size()?;
        self.resize(size.width, size.height)
    }

    fn resize(&mut self, width: u16, height: u16) -> anyhow::Result<()> {
        if self.size == (width, height) {
            return Ok(());
        }
        self.size = (width, height);
        self.act(Action::Resize(width, height))
    }

    fn draw(&mut self) -> io::Result<()> {
        let (model, colours) = (&self.model, self.colours);
        let targets = &mut self.targets;
        self.terminal.draw(|frame| *targets = ui::view(model, colours, frame))
    }
}
