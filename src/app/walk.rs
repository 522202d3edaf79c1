//! A decision tree in a page: the walk, the whole tree, and a scenario to be quizzed with.
//!
//! The block shows one of three things. Step by step is the usual one: a question with its answers, and at the end of the
//! walk the recommendation. The whole tree shows the same walk among all others. A scenario is a card like any
//! other, made by the library from the tree, and its answer is a review like any other.

mod lines;

use std::sync::Arc;

use crate::config::key::Key;
use crate::decide::{Node, Tree, Walk, letters};
use crate::library::Library;
use crate::memory::EventId;

use super::asking::{Asking, CardLine, Outcome};
use super::command::{Context, Do};
use super::desk::Desk;
use super::learned::Learned;
use super::list::scroll;
use super::live::LiveBlock;
use super::reader::{Focus, Reading};
use super::{Effect, Model, pages};

pub use lines::{tree_lines, walk_lines};

/// A decision tree that is walked.
#[derive(Debug)]
pub struct Walking {
    /// The tree.
    pub tree: Arc<Tree>,
    /// The answers so far.
    pub walk: Walk,
    /// The chosen row: an answer, or at a leaf a page.
    pub chosen: usize,
    /// What the block shows.
    pub shows: Shows,
    /// The pages of each leaf.
    pub pages: Vec<Vec<PageLink>>,
    /// How many scenarios were asked here.
    asked: usize,
}

/// What the block of a decision shows.
#[derive(Debug)]
pub enum Shows {
    /// The walk, step by step.
    Step,
    /// The whole tree, from a line on.
    Whole {
        /// The first line shown.
        top: usize,
    },
    /// A scenario.
    Scenario(Box<Asking>),
}

/// A page behind a leaf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageLink {
    /// What it is called: the topic, and the heading where one is named.
    pub title: String,
    /// The topic, by slug.
    pub topic: String,
    /// The id of the heading.
    pub heading: Option<String>,
    /// Whether it is written.
    pub written: bool,
}

impl Walking {
    /// A walk at its first question.
    #[must_use]
    pub fn new(library: &Library, tree: &Arc<Tree>) -> Walking {
        let pages = tree.leaves.iter().map(|leaf| page_links(library, leaf)).collect();
        let (walk, shows) = (Walk::new(), Shows::Step);
        Walking { tree: Arc::clone(tree), walk, chosen: 0, shows, pages, asked: 0 }
    }

    /// How many rows can be chosen: the answers, or at a leaf its pages.
    #[must_use]
    pub fn rows(&self) -> usize {
        match self.walk.at() {
            Node::Question(question) => self.tree.questions[question].answers.len(),
            Node::Leaf(leaf) => self.pages[leaf].len(),
        }
    }

    /// The lines of what is shown, all of them. A row that can be chosen has its place in `option`.
    #[must_use]
    pub fn lines(&self, width: usize, ascii: bool) -> Vec<CardLine> {
        match &self.shows {
            Shows::Step => walk_lines(&self.tree, &self.walk, &self.pages, width, ascii),
            Shows::Whole { .. } => tree_lines(&self.tree, Some(&self.walk), width, ascii),
            Shows::Scenario(asking) => asking.lines(width),
        }
    }

    /// How many lines the block takes, with its frame, in a body of that height. Only the whole tree scrolls in its
    /// block; all else is as high as it is.
    pub(super) fn height(&self, width: u16, body: u16) -> u16 {
        let inner = usize::from(width.saturating_sub(4).max(1));
        let lines = u16::try_from(self.lines(inner, false).len() + 2).unwrap_or(u16::MAX);
        match self.shows {
            Shows::Whole { .. } => lines.min(body.max(5)),
            Shows::Step | Shows::Scenario(_) => lines,
        }
    }

    /// Where its keys work.
    pub(super) fn contexts(&self) -> Vec<Context> {
        match &self.shows {
            Shows::Step => vec![Context::Walk],
            Shows::Whole { .. } => vec![Context::Walk, Context::List],
            Shows::Scenario(asking) if asking.graded.is_some() => vec![Context::Walk, Context::List],
            // With its reasons an answer can be longer than the screen: then one scrolls through it.
            Shows::Scenario(asking) if asking.verdict.is_some() => vec![Context::Verdict, Context::List],
            Shows::Scenario(asking) => asking.contexts().into_iter().chain([Context::List]).collect(),
        }
    }

    /// The scenario that is asked.
    #[must_use]
    pub fn asking(&self) -> Option<&Asking> {
        match &self.shows {
            Shows::Scenario(asking) if asking.graded.is_none() => Some(asking),
            _ => None,
        }
    }

    /// The same, to be answered.
    pub(super) fn asking_mut(&mut self) -> Option<&mut Asking> {
        match &mut self.shows {
            Shows::Scenario(asking) if asking.graded.is_none() => Some(asking),
            _ => None,
        }
    }

    /// Does what concerns the walk alone. Returns whether it did.
    fn act(&mut self, does: Do, height: usize, lines: usize) -> bool {
        let rows = self.rows();
        match (&mut self.shows, does) {
            (Shows::Whole { top }, _) if scroll(does, *top, lines, height).is_some() => {
                *top = scroll(does, *top, lines, height).unwrap_or(*top);
            }
            (Shows::Step, Do::Down) if self.chosen + 1 < rows => self.chosen += 1,
            (Shows::Step, Do::Up) if self.chosen > 0 => self.chosen -= 1,
            (Shows::Step | Shows::Whole { .. }, Do::StepBack) => {
                // The answer that is taken back stays chosen, so that one sees which it was.
                let last = self.walk.steps().last().map_or(0, |step| step.answer);
                self.walk.back(1);
                self.chosen = last;
            }
            (Shows::Step | Shows::Whole { .. }, Do::Reset) => {
                self.walk.restart();
                self.chosen = 0;
            }
            (Shows::Whole { .. }, Do::WholeTree | Do::Enter | Do::Leave | Do::Back) => {
                self.shows = Shows::Step;
            }
            (Shows::Step | Shows::Scenario(_), Do::WholeTree) => self.shows = Shows::Whole { top: 0 },
            (Shows::Scenario(_), Do::Leave | Do::Back) => self.shows = Shows::Step,
            (Shows::Scenario(asking), Do::Enter | Do::StepBack | Do::Reset) if asking.graded.is_some() => {
                self.shows = Shows::Step;
            }
            _ => return false,
        }
        true
    }

    /// Asks a scenario: one that is due or new, those first that were not asked here yet.
    fn quiz(&mut self, library: &Library, learned: &Learned, now: crate::memory::Moment, seed: u64) -> bool {
        let count = self.tree.scenarios.len();
        let ids = (0..count).map(|turn| {
            let scenario = &self.tree.scenarios[(self.asked + turn) % count];
            format!("{}.{}", self.tree.slug, scenario.id)
        });
        let cards: Vec<_> = ids.filter_map(|id| library.card(&id)).collect();
        let waits =
            |card: &&&crate::deck::Card| learned.state(&card.id.0).due().is_none_or(|due| due.is_due(now));
        let Some(card) = cards.iter().find(waits).or(cards.first()) else { return false };
        let at = self.tree.scenarios.iter().position(|s| card.id.0.ends_with(&format!(".{}", s.id)));
        self.asked = at.map_or(self.asked, |at| at) + 1;
        let mut asking = Asking::new(card, seed);
        asking.start(now);
        self.shows = Shows::Scenario(Box::new(asking));
        true
    }
}

fn page_links(library: &Library, leaf: &crate::decide::Leaf) -> Vec<PageLink> {
    let link = |page: &crate::decide::Reference| {
        let topic = library.topic(&page.topic);
        let title = topic.map_or(page.topic.as_str(), |topic| topic.title.as_str());
        let heading = page.heading.as_ref().map(|heading| format!(" › {}", heading.replace('-', " ")));
        PageLink {
            title: format!("{title}{}", heading.unwrap_or_default()),
            topic: page.topic.clone(),
            heading: page.heading.clone(),
            written: topic.is_some_and(|topic| topic.page.is_some()),
        }
    };
    leaf.pages.iter().map(link).collect()
}

/// The Markdown of a page that holds a decision, the topics that it belongs to, and its sources.
pub(super) fn source(library: &Library, tree: &Tree) -> String {
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut source = format!("# {}\n\n{}\n\n", one_line(&tree.title), one_line(&tree.summary));
    source.push_str(&format!("```decide {}\n```\n\n", tree.slug));
    let topics = tree.topics.iter().filter_map(|slug| library.topic(slug));
    let topics: Vec<String> = topics.map(|t| format!("[{}]({})", one_line(&t.title), t.slug)).collect();
    if !topics.is_empty() {
        source.push_str(&format!("Topics: {}\n\n", topics.join(", ")));
    }
    for of in &tree.sources {
        let by = [of.author.as_str(), of.year.as_str()].into_iter().filter(|part| !part.is_empty());
        let by = by.collect::<Vec<_>>().join(", ");
        source.push_str(&format!("- {by}: *{}*. {}\n", one_line(&of.title), one_line(&of.place)));
    }
    source
}

/// The decision that has the keys, with its place among the live blocks.
fn with_keys(reading: &mut Reading) -> Option<(usize, &mut Walking)> {
    let Some(Focus::Live(live)) = reading.focus.filter(|_| reading.entered) else { return None };
    match reading.live.get_mut(&live) {
        Some(LiveBlock::Decide(walking)) => Some((live, walking)),
        _ => None,
    }
}

/// How many lines of a block are seen, and how wide they are.
fn size(reading: &Reading, live: usize) -> (usize, usize) {
    let slot = reading.page.live.iter().find(|slot| slot.live == live);
    slot.map_or((1, 1), |slot| {
        (usize::from(slot.height.saturating_sub(2)).max(1), usize::from(slot.width.saturating_sub(4)).max(1))
    })
}

/// A command for the decision in the page that has the keys; nothing where it is none of its.
pub(super) fn run(model: &mut Model, does: Do) -> Option<Vec<Effect>> {
    let seed = model.fresh_seed();
    let reading = model.reader.open.as_mut()?;
    let Some(Focus::Live(live)) = reading.focus else { return None };
    let (height, width) = size(reading, live);
    let (_, walking) = with_keys(reading)?;
    if matches!(does, Do::NextLink | Do::PreviousLink) {
        reading.act(does);
        return Some(Vec::new());
    }
    let lines =
        if matches!(walking.shows, Shows::Whole { .. }) { walking.lines(width, false).len() } else { 0 };
    if walking.act(does, height, lines) {
        shown_anew(reading, live);
        if does == Do::WholeTree {
            show_place(reading, live);
        }
        if matches!(does, Do::Down | Do::Up) {
            show_chosen(reading, live);
        }
        return Some(Vec::new());
    }
    if does == Do::Scenario {
        let asked = walking.quiz(&model.library, &model.learned, model.now, seed);
        shown_anew(reading, live);
        if !asked {
            model.say("This decision has no scenario.");
        }
        return Some(Vec::new());
    }
    match (&mut walking.shows, does) {
        (Shows::Scenario(_), does) if scroll(does, 0, 0, 0).is_some() => {
            reading.act(does);
            Some(Vec::new())
        }
        (Shows::Scenario(asking), _) => {
            let desk =
                Desk { schedulers: &model.schedulers, learned: &model.learned, library: &model.library };
            let outcome = asking.act(does, &desk, model.now, seed);
            shown_anew(reading, live);
            let Outcome::Graded(review) = outcome else { return Some(Vec::new()) };
            Some(vec![Effect::Save(review)])
        }
        (_, Do::Leave | Do::Back) => {
            reading.entered = false;
            Some(Vec::new())
        }
        (Shows::Step, Do::Enter) => {
            let chosen = walking.chosen;
            Some(choose(model, chosen))
        }
        // At the first and last row the page goes on.
        (Shows::Step, Do::Down | Do::Up) => {
            reading.act(does);
            Some(Vec::new())
        }
        _ => None,
    }
}

/// A letter: an answer, a page, or an option of the scenario.
pub(super) fn typed(model: &mut Model, key: Key) -> Vec<Effect> {
    let Some(reading) = &mut model.reader.open else { return Vec::new() };
    let Some((live, walking)) = with_keys(reading) else { return Vec::new() };
    match &mut walking.shows {
        Shows::Scenario(asking) => {
            asking.typed(key);
            let desk =
                Desk { schedulers: &model.schedulers, learned: &model.learned, library: &model.library };
            asking.offer(&desk, model.now);
            shown_anew(reading, live);
            Vec::new()
        }
        Shows::Step => {
            let letter = key.typed().map(|c| c.to_string()).and_then(|text| letters(&text).ok());
            match letter.as_deref() {
                Some(&[row]) => choose(model, row),
                _ => Vec::new(),
            }
        }
        Shows::Whole { .. } => Vec::new(),
    }
}

/// Gives the answer of a row; at a leaf opens its page.
fn choose(model: &mut Model, row: usize) -> Vec<Effect> {
    let Some(reading) = &mut model.reader.open else { return Vec::new() };
    let Some((live, walking)) = with_keys(reading) else { return Vec::new() };
    if walking.walk.answer(&walking.tree, row) {
        walking.chosen = 0;
        shown_anew(reading, live);
        return Vec::new();
    }
    let page = walking.walk.leaf().and_then(|leaf| walking.pages[leaf].get(row)).cloned();
    let Some(page) = page else { return Vec::new() };
    walking.chosen = row;
    if reading.topic() == Some(page.topic.as_str()) {
        pages::before_jump(model);
        let Some(reading) = &mut model.reader.open else { return Vec::new() };
        (reading.focus, reading.entered) = (None, false);
        if let Some(heading) = &page.heading {
            reading.go_to_heading(heading);
        }
        return pages::looked(model);
    }
    pages::open_topic(model, &page.topic, page.heading.as_deref(), false)
}

/// The block has another height now: the page is laid out again, and as much of the block as there is room for is shown.
fn shown_anew(reading: &mut Reading, live: usize) {
    reading.lay_out();
    reading.enter(live);
}

/// Scrolls the whole tree to where the walk stands.
fn show_place(reading: &mut Reading, live: usize) {
    let (height, width) = size(reading, live);
    let Some((_, walking)) = with_keys(reading) else { return };
    let last = walking.lines(width, false).len().saturating_sub(height);
    let line = lines::line_of_walk(&walking.tree, &walking.walk, width);
    if let Shows::Whole { top } = &mut walking.shows {
        *top = line.saturating_sub(height / 2).min(last);
    }
}

/// Scrolls to the chosen row, where the block is higher than the window.
fn show_chosen(reading: &mut Reading, live: usize) {
    let (_, width) = size(reading, live);
    let Some((_, walking)) = with_keys(reading) else { return };
    let lines = walking.lines(width, false);
    let rows = lines.iter().enumerate().filter(|(_, line)| line.option == Some(walking.chosen));
    let rows: Vec<usize> = rows.map(|(row, _)| row).collect();
    let line = reading.page.live.iter().find(|slot| slot.live == live).map(|slot| slot.line + 1);
    if let (Some(&first), Some(line)) = (rows.first(), line) {
        reading.show(line + first, rows.len());
    }
}

/// The wheel over the whole tree scrolls it; everywhere else it scrolls the page. Returns whether it did.
pub(super) fn wheel(reading: &mut Reading, does: Do) -> bool {
    let Some(Focus::Live(live)) = reading.focus else { return false };
    let (height, width) = size(reading, live);
    let Some((_, walking)) = with_keys(reading) else { return false };
    let lines = walking.lines(width, false).len();
    match &mut walking.shows {
        Shows::Whole { top } => {
            let before = *top;
            *top = scroll(does, before, lines, height).unwrap_or(before);
            *top != before
        }
        Shows::Step | Shows::Scenario(_) => false,
    }
}

/// An answer was not saved: where it was given to a scenario, that waits for a grade again.
pub(super) fn not_saved(walking: &mut Walking, id: &EventId) {
    if let Shows::Scenario(asking) = &mut walking.shows
        && asking.graded.as_ref().is_some_and(|(_, saved)| saved == id)
    {
        asking.graded = None;
    }
}
