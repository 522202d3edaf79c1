//! What goes into the application and what comes out of it: actions and effects, as data.

use std::path::PathBuf;
use std::sync::Arc;

use super::new_card::NewCard;
use crate::config::key::Key;
use crate::config::theme::Background;
use crate::doc::Colouring;
use crate::drill::Filter;
use crate::lab::{Spread, Sweep};
use crate::library::search::Index;
use crate::library::{File, Library};
use crate::memory::{EventId, Review, Workload};
use crate::sim::Nanos;
use crate::store::Synced;

use super::envelope::{News, Wish};
use super::input::Pointer;
use super::learned::{Learned, Position};
use super::player::Player;
use super::progress::{Figures, Fitting};

/// A sentence about what just happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The sentence.
    pub text: String,
    /// Whether something went wrong.
    pub bad: bool,
}

/// What happens to the application.
#[derive(Debug)]
pub enum Action {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted.
    Paste(String),
    /// The mouse did something.
    Pointer(Pointer),
    /// The window has another size.
    Resize(u16, u16),
    /// The terminal told its background.
    Background(Background),
    /// A frame is due, that much real time after the last one.
    Frame(Nanos),
    /// What the store holds has changed.
    Learned(Box<Learned>),
    /// A part of it was read again, in its place.
    Refreshed,
    /// What desired retentions lead to.
    Workload(Vec<Workload>),
    /// How a fit stands.
    Fitting(Fitting),
    /// Other parameters are kept.
    Parameters,
    /// The figures of Progress are counted.
    Figures(Box<Figures>),
    /// An answer was not saved: which one, and a sentence that says why.
    NotSaved(EventId, String),
    /// What was to be taken back is taken back.
    Undone,
    /// The card on the table is set aside or marked.
    Marked(Mark),
    /// A card was edited: the event in the log.
    Edited(String, EventId),
    /// Time went on: the minutes that are left are others.
    Tick,
    /// Something else went well or wrong.
    Told(Notice),
    /// What search needs of the library is there.
    Indexed(Arc<Index>),
    /// Files were changed: the library was read again.
    Reloaded(Arc<Library>),
    /// A file beside the library was read, because it was asked for or because it has changed. The line is where
    /// to go, or the heading; nothing leaves it to where reading stopped.
    FileRead(Box<File>, Option<String>),
    /// A sweep went on: which one, how many runs are made, whether it is at its end, and how the readings are spread so
    /// far, or why the demo failed.
    Swept(u64, u64, bool, Result<Arc<Vec<Spread>>, String>),
    /// Something came of a wish about sheets, or another program changed one.
    Sheet(News),
    /// A merge with other machines is over, or was not possible, and why.
    Synced(Result<Box<Synced>, String>),
    /// Colours for a block of code of the open page: of which page, which block, and what its pieces are.
    Coloured(String, usize, Arc<Colouring>),
}

/// What the application wants from the outside world.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Leave.
    Quit,
    /// Stop as a shell job.
    Suspend,
    /// Save an answer.
    Save(Box<Review>),
    /// Take back what a session saved.
    Undo(Saved),
    /// Take back the last thing that was logged, and say what it was.
    UndoLast,
    /// Set a card aside or mark it.
    Mark(String, Mark),
    /// Keep a note under a key, for as long as nothing else is kept there.
    Note(&'static str, String),
    /// Save first reviews of many cards at once, all or none.
    Place(Vec<Review>),
    /// Open a card in the editor. It comes back as [`Action::Reloaded`] and, where it was changed, [`Action::Edited`].
    EditCard(String),
    /// Remember how far a page was read.
    Position(String, Position),
    /// Remember that a demo was run to its end, with the goals it reached.
    DemoRun(&'static str, Vec<bool>),
    /// Put a text on the clipboard.
    Copy(String),
    /// Do something with the learner's sheets; what comes of it comes back as [`Action::Sheet`].
    Sheet(Wish),
    /// Write a file into the data directory and say where.
    WriteFile(String, String),
    /// Read a Markdown file beside the library, and go to a heading in it.
    ReadFile(PathBuf, Option<String>),
    /// Make a sweep off this thread. How far it is comes back as [`Action::Swept`], with this number. One that still
    /// goes on is stopped.
    Sweep(u64, Box<Sweep>),
    /// Stop the sweep that goes on.
    StopSweep,
    /// Find the colours of blocks of code, off this thread: of which page, and for each block its number, its
    /// language and its text. They come back one by one.
    Colour(String, Vec<(usize, String, String)>),
    /// Simulate what desired retentions lead to; it comes back as [`Action::Workload`].
    Workload,
    /// Fit the parameters of the model to the log, off this thread; it comes back as [`Action::Fitting`].
    Fit,
    /// Keep parameters that were fitted, or go back to the usual ones. [`Action::Parameters`] says that it is done.
    Parameters(Option<Vec<f32>>),
    /// Put a new card into the learner's deck of its topic, and open the editor at it.
    NewCard(Box<NewCard>),
    /// Merge with other machines through a folder, off this thread; it comes back as [`Action::Synced`].
    Sync(String),
    /// Count the figures of Progress; they come back as [`Action::Figures`].
    Figures,
    /// Make an index of the whole library, off this thread; it comes back as [`Action::Indexed`].
    Index,
    /// Mark a section of a topic as read, or take the mark back.
    ReadMark(String, String, bool),
    /// Set a bookmark or take it away.
    Bookmark(Bookmark, bool),
    /// Open a page in the editor: the file on disk, or a copy of ours under this name; the last is the page's name
    /// (`Reading::slug`), whose place is the line at which the editor opens.
    Edit(Option<PathBuf>, String, String),
}

/// Something that a session saved and that can be taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saved {
    /// An answer.
    Review(EventId),
    /// That a card was set aside, by its id.
    SetAside(String),
    /// That a card's mark was set, or taken off.
    Flag(String, bool),
    /// An edit.
    Edit(EventId),
}

/// A place that the learner wants to find again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bookmark {
    /// The topic, by its slug.
    pub topic: String,
    /// The heading under which it stands, by its id; empty at the top of the page.
    pub section: String,
}

/// How a card is set aside or marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Mark it, or take the mark off.
    Flag(bool),
    /// Not today.
    Bury,
    /// Not any more.
    Suspend,
    /// Bring back what was suspended.
    Unsuspend,
    /// Bring back what was put off to another day.
    Unbury,
}

/// Where the application begins.
pub enum Start {
    /// On Today.
    Today,
    /// On a topic's page.
    Topic(String),
    /// On a file beside the library.
    File(Box<File>),
    /// On a demo.
    Demo(Box<Player>),
    /// In a session.
    Drill {
        /// Only these topics, where some are named.
        topics: Vec<String>,
        /// At most so many cards.
        limit: Option<usize>,
        /// Practice, which leaves the schedule as it is.
        cram: bool,
    },
    /// In a session of chosen cards.
    Chosen(Box<ChosenCards>),
    /// In an interview quiz.
    Quiz(Box<QuizCards>),
    /// In a timed study session of so many minutes.
    Study(u32),
}

/// A session of chosen cards.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChosenCards {
    /// Which cards.
    pub filter: Filter,
    /// At most so many.
    pub limit: Option<usize>,
    /// Whether the schedule stays as it is.
    pub cram: bool,
}

/// An interview quiz.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuizCards {
    /// Which cards it draws from; where they stand does not matter.
    pub filter: Filter,
    /// How many questions.
    pub count: usize,
    /// How many minutes there are; 0 for as many as it takes.
    pub minutes: u32,
    /// The seed; another one each time where nothing is said.
    pub seed: Option<u64>,
    /// Whether the answers count for the schedule.
    pub counts: bool,
}
