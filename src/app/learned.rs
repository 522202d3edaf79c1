//! What the learner has done so far, as the screens need it: a snapshot of the store.

mod read;

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::deck::{Head, Weight};
use crate::library::{Deck, Library, Topic};
use crate::memory::{CardState, Grade, Moment, Pace, Phase, Review, ReviewKind, StudyDay};
use crate::store;

use super::Bookmark;
use super::aims::Aims;
use super::kept::Stamp;

/// A snapshot of the store.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Learned {
    /// The state of every card that was ever answered.
    pub states: HashMap<String, CardState>,
    /// Cards that are not to be asked: suspended, or buried for today.
    pub hidden: HashSet<String>,
    /// Cards that are suspended.
    pub suspended: HashSet<String>,
    /// Cards that are buried for today.
    pub buried: HashSet<String>,
    /// Cards that were missed over the last days: see [`MISSED_DAYS`].
    pub missed: HashSet<String>,
    /// What the learner aims at.
    pub aims: Aims,
    /// Cards that were marked as worth a look.
    pub flagged: HashSet<String>,
    /// How far each opened page was read: by slug, or for a file beside the library by [`store::file_key`].
    pub positions: HashMap<String, Position>,
    /// The sections that are marked as read, by page as the positions are: the ids of their headings.
    pub read: HashMap<String, HashSet<String>>,
    /// The bookmarks, in the order in which they were set.
    pub bookmarks: Vec<Bookmark>,
    /// How many answers each study day saw, by grade from Again to Easy.
    pub days: BTreeMap<StudyDay, [u32; 4]>,
    /// For each demo that was run: how often, and which of its goals were reached, a bit each.
    pub demos: HashMap<String, (u32, u64)>,
    /// How many new cards were begun today; those that a placement marked as known are none.
    pub new_today: usize,
    /// How many answers today were to cards that were not new.
    pub reviews_today: usize,
    /// How many of these came before the card was due: last looks before a date.
    pub early_today: u32,
    /// How many minutes answers took today.
    pub minutes_today: f64,
    /// The parameters of the model that were fitted to this log, where that was done.
    pub own_parameters: Option<Vec<f32>>,
    /// The median time an answer takes, in seconds.
    pub seconds_a_card: f64,
    /// How fast answers come, and how well those to new cards go: what a plan reckons with.
    pub pace: Pace,
    /// What stands in for the states of the cards that were not read yet; nothing where all were.
    pub glance: Option<Glance>,
    /// Tells this state from those before it: renewed by all that changes what is due.
    pub stamp: Stamp,
}

/// What is known of a large collection before every card was looked at: enough for Today.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Glance {
    /// The topics all of whose states are known. Of the cards of others only those are that wait or were set aside.
    pub topics: HashSet<String>,
    /// The topics of the cards that are known beside those.
    pub waiting: HashSet<String>,
    /// How many cards fall due on each day from today on; the first counts also what is overdue.
    pub load: Vec<u32>,
}

/// How far a page was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Position {
    /// The line of the source at the top of the screen.
    pub source: usize,
    /// The heading it stands under.
    pub heading: String,
    /// How far the page was read at most, 0 to 1.
    pub share: f64,
    /// When it was open last.
    pub at: Moment,
}

/// For how many days a card counts as missed lately.
pub const MISSED_DAYS: u32 = 14;

/// From this share on a page counts as read: the last lines are a screen that nobody scrolls past.
pub const READ: f64 = 0.97;

/// How well a topic is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Never opened.
    New,
    /// Opened, or some of its cards answered.
    Begun,
    /// Every core card has left the learning steps.
    Known,
}

impl Learned {
    /// The state of a card; a new one where it was never answered.
    #[must_use]
    pub fn state(&self, card: &str) -> CardState {
        self.states.get(card).copied().unwrap_or_default()
    }

    /// Whether anything was done yet.
    #[must_use]
    pub fn is_first_start(&self) -> bool {
        self.states.is_empty() && self.positions.keys().all(|page| store::is_file(page))
    }

    /// How well a topic is known.
    #[must_use]
    pub fn standing(&self, library: &Library, topic: &Topic) -> Standing {
        let cards: Vec<&Head> =
            library.deck(&topic.slug).map(|deck| deck.heads().collect()).unwrap_or_default();
        let core = cards.iter().filter(|card| card.weight == Weight::Core);
        let learned = |card: &&&Head| matches!(self.state(&card.id.0).phase, Phase::Review { .. });
        let (count, known) = (core.clone().count(), core.filter(learned).count());
        if count > 0 && known == count {
            Standing::Known
        } else if self.begun(&topic.slug) || cards.iter().any(|card| self.states.contains_key(&card.id.0)) {
            Standing::Begun
        } else {
            Standing::New
        }
    }

    /// Whether a topic's page was opened.
    #[must_use]
    pub fn begun(&self, topic: &str) -> bool {
        self.positions.contains_key(topic)
    }

    /// The topic's page that was open last and is not read to its end. Files beside the library are not what is studied.
    #[must_use]
    pub fn read_on(&self) -> Option<(&str, &Position)> {
        let topics = self.positions.iter().filter(|(page, _)| !store::is_file(page));
        let open = topics.filter(|(_, position)| position.share < READ);
        open.max_by_key(|(slug, position)| (position.at, *slug))
            .map(|(slug, position)| (slug.as_str(), position))
    }

    /// Whether the states of all cards of a topic were read: a card without one is new.
    #[must_use]
    pub fn knows(&self, topic: &str) -> bool {
        self.glance.as_ref().is_none_or(|glance| glance.topics.contains(topic))
    }

    /// Whether anything of a topic is known that a first look is interested in. A deck of a topic that is not on the path
    /// is asked for its cards only where some of them wait: most of a large collection does not.
    fn has_some_of(&self, topic: &str) -> bool {
        // What stands before the first dot of an id, as the store has topics.
        let begins = topic.split('.').next().unwrap_or(topic);
        self.glance
            .as_ref()
            .is_none_or(|glance| glance.topics.contains(topic) || glance.waiting.contains(begins))
    }

    /// The cards that can be asked, in the order of learning: those that were answered, and the new ones of topics
    /// that were begun.
    #[must_use]
    pub fn cards_in_play<'l>(&self, library: &'l Library) -> Vec<&'l Head> {
        let mut cards = Vec::new();
        for deck in library.decks.iter().filter(|deck| self.has_some_of(&deck.topic)) {
            let answered = || deck.heads().any(|c| self.states.contains_key(&c.id.0));
            let begun = self.knows(&deck.topic) && (self.begun(&deck.topic) || answered());
            let wanted = deck.heads().filter(|c| !self.hidden.contains(&c.id.0));
            cards.extend(wanted.filter(|c| begun || self.states.contains_key(&c.id.0)));
        }
        cards
    }

    /// The cards of a session: of some topics, or all that are in play where none is named. Those that were set aside
    /// are not among them.
    #[must_use]
    pub fn session_heads<'l>(&self, library: &'l Library, topics: &[String]) -> Vec<&'l Head> {
        if topics.is_empty() {
            return self.cards_in_play(library);
        }
        let decks = library.decks.iter().filter(|deck| topics.contains(&deck.topic));
        decks.flat_map(Deck::heads).filter(|card| !self.hidden.contains(&card.id.0)).collect()
    }

    /// How many new cards today still allows, of `per_day`.
    #[must_use]
    pub fn new_left(&self, per_day: usize) -> usize {
        per_day.saturating_sub(self.new_today)
    }

    /// How many reviews today still allows, of `per_day`. New cards are no reviews.
    #[must_use]
    pub fn reviews_left(&self, per_day: usize) -> usize {
        per_day.saturating_sub(self.reviews_today)
    }

    /// How many days in a row up to today or yesterday saw an answer.
    #[must_use]
    pub fn streak(&self, today: StudyDay) -> u32 {
        let from = if self.days.contains_key(&today) { today } else { today - 1 };
        (0..).take_while(|&back| self.days.contains_key(&(from - back))).count() as u32
    }
}

impl Learned {
    /// Takes over an answer that was saved, after which the card stands at `state`.
    pub fn answered(&mut self, review: &Review, state: CardState) {
        self.stamp.renew();
        let day = review.at.study_day();
        self.minutes_today += review.took_millis.min(600_000) as f64 / 60_000.0;
        if review.grade == Grade::Again {
            self.missed.insert(review.card.clone());
        }
        if review.kind == ReviewKind::Scheduled {
            self.days.entry(day).or_default()[usize::from(review.grade.number()) - 1] += 1;
            self.new_today += usize::from(review.before.is_new());
            self.reviews_today += usize::from(!review.before.is_new());
            let early = matches!(review.before.phase, Phase::Review { due } if due > day);
            self.early_today += u32::from(early);
            self.states.insert(review.card.clone(), state);
        }
    }

    /// Takes over parameters of the model that were fitted, or that there are none of its own any more.
    pub fn fitted(&mut self, parameters: Option<Vec<f32>>) {
        self.stamp.renew();
        self.own_parameters = parameters;
    }

    /// Takes over where reading of a page stopped.
    pub fn stopped(&mut self, page: String, position: Position) {
        self.stamp.renew();
        self.positions.insert(page, position);
    }

    /// Takes over that a section is marked as read, or is not any more.
    pub fn section_read(&mut self, page: String, section: String, read: bool) {
        if read {
            self.read.entry(page).or_default().insert(section);
        } else if let Some(sections) = self.read.get_mut(&page) {
            sections.remove(&section);
            if sections.is_empty() {
                self.read.remove(&page);
            }
        }
    }

    /// Takes over that a bookmark is set, or taken away.
    pub fn bookmarked(&mut self, bookmark: Bookmark, set: bool) {
        let known = self.bookmarks.contains(&bookmark);
        if set && !known {
            self.bookmarks.push(bookmark);
        } else if !set {
            self.bookmarks.retain(|other| *other != bookmark);
        }
    }
}
