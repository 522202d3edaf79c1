//! The Library: all topics with their pages, decks and the path through them.
//!
//! Ours are embedded in the program; the learner's own files are laid over them by slug. Reading the
//! library at the start parses front matter and decks only; a page is parsed when it is opened.

mod built;
mod check;
mod compositions;
mod coverage;
mod decisions;
mod decks;
mod files;
mod fresh;
pub mod search;
mod sheets;
mod text;
mod topic;

use std::collections::HashMap;
use std::collections::hash_map::Entry::{Occupied, Vacant};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

pub use check::{Checked, check};
pub use compositions::{composition, compositions};
pub use coverage::{Coverage, coverage};
pub use decks::Deck;
pub use files::{File, ours};
pub use sheets::check_own as check_own_sheets;
pub use text::decode;
pub use topic::{Page, Phase, Term, Topic, WORDS_A_MINUTE};

use crate::config::problem::{Problem, nearest};
use crate::decide::Tree;
use crate::deck::{Card, Head};
use crate::lab::Spec;
use decisions::TreeFile;
use decks::Cache;
use files::Role;

/// Everything there is to study.
#[derive(Debug, Default)]
pub struct Library {
    /// All topics in the order of the path; those beside the path come last.
    pub topics: Vec<Topic>,
    /// The phases of the path.
    pub phases: Vec<Phase>,
    /// The file that the path came from.
    pub path_file: String,
    /// The decks, in the order of their topics.
    pub decks: Vec<Deck>,
    /// The learner's own compositions, with the files they came from. They are among the demos of the Lab.
    pub compositions: Vec<(&'static Spec, String)>,
    /// What is wrong with the files. What is not mentioned here can be used.
    pub problems: Vec<Problem>,
    by_slug: HashMap<String, usize>,
    by_deck: HashMap<String, usize>,
    /// Cards that stand in no deck file, by id: the deck they are dealt to.
    dealt: HashMap<String, usize>,
    /// The decision files. The scenarios of their trees are cards of `decks`.
    tree_files: Vec<Arc<TreeFile>>,
    trees: OnceLock<Vec<Arc<Tree>>>,
    /// Read when it is wanted: no screen needs it at the start.
    glossary: Vec<File>,
    /// Templates for the Envelope, by slug.
    sheets: Vec<File>,
}

impl Library {
    /// Reads the embedded content and the folders laid over it, later ones over earlier ones.
    #[must_use]
    pub fn load(folders: &[PathBuf]) -> Library {
        Library::load_with(folders, None)
    }

    /// The same for a learner with a data directory, in which what is known of long decks may be kept.
    #[must_use]
    pub fn load_in(data: &Path, folders: &[PathBuf]) -> Library {
        Library::load_with(folders, Some(&data.join("cache")))
    }

    fn load_with(folders: &[PathBuf], cache: Option<&Path>) -> Library {
        let (mut files, mut problems) = files::collect(folders);
        let mut cache = Cache::open(cache.filter(|_| !folders.is_empty()));
        // Before the decks: their cards speak of demos.
        let compositions = compositions(folders, &mut problems);
        let mut path = topic::CoursePath::default();
        let mut pages: Vec<(String, Topic)> = Vec::new();
        let mut decks: Vec<Deck> = Vec::new();
        let mut deck_of: HashMap<String, usize> = HashMap::new();
        let mut trees: Vec<Arc<TreeFile>> = Vec::new();
        let mut path_file = String::new();
        let mut sheets: Vec<File> = Vec::new();
        for (role, file) in &mut files {
            match role {
                Role::Path => {
                    path = match file.path {
                        None => built::path(),
                        Some(_) => topic::read_path(file, &mut problems),
                    };
                    path_file.clone_from(&file.name);
                }
                Role::Sheet => {
                    sheets.retain(|known| known.stem() != file.stem());
                    sheets.push(file.clone());
                }
                Role::Glossary | Role::Composition => {}
                Role::Deck => {
                    let Some(deck) = read_deck(file, &mut cache, &mut problems) else { continue };
                    match deck_of.entry(deck.topic.clone()) {
                        Occupied(place) => decks[*place.get()].lay_over(deck),
                        Vacant(place) => {
                            place.insert(decks.len());
                            decks.push(deck);
                        }
                    }
                }
                Role::Decision => {
                    let tree = TreeFile::new(file.clone());
                    // The program's own are checked by the tests.
                    if file.path.is_some() {
                        tree.check(&mut problems);
                    }
                    trees.retain(|known| known.file.stem() != file.stem());
                    trees.push(Arc::new(tree));
                }
                Role::Page => {
                    let slug = file.stem();
                    let built = file.path.is_none().then(|| built::page(file)).flatten();
                    let read = built.unwrap_or_else(|| topic::read_page(file, &mut problems));
                    pages.retain(|(known, _)| known != slug);
                    pages.push((slug.to_string(), read));
                }
            }
        }
        cache.close();
        let mut library =
            Library { phases: path.phases, path_file, compositions, problems, ..Library::default() };
        library.glossary =
            files.into_iter().filter(|(role, _)| *role == Role::Glossary).map(|(_, file)| file).collect();
        sheets.sort_by(|one, other| one.stem().cmp(other.stem()));
        library.sheets = sheets;
        library.lay_out(path.topics, pages, decks, trees);
        library
    }

    fn lay_out(
        &mut self,
        planned: Vec<Topic>,
        pages: Vec<(String, Topic)>,
        mut decks: Vec<Deck>,
        trees: Vec<Arc<TreeFile>>,
    ) {
        self.topics = planned;
        for (slug, written) in pages {
            match self.topics.iter_mut().find(|topic| topic.slug == slug) {
                Some(topic) => topic.take_page(written),
                None => self.topics.push(written),
            }
        }
        self.by_slug = self.topics.iter().enumerate().map(|(i, topic)| (topic.slug.clone(), i)).collect();
        let place = |slug: Option<&str>| slug.and_then(|slug| self.by_slug.get(slug)).copied();
        decisions::deal(&trees, &self.topics, &mut decks, &mut self.problems);
        // A topic that is only planned may have a deck too, of scenarios alone: those come last.
        let written = |slug: &str| place(Some(slug)).is_some_and(|at| self.topics[at].page.is_some());
        decks.sort_by_key(|deck| (!written(&deck.topic), place(Some(&deck.topic)).unwrap_or(usize::MAX)));
        self.decks = decks;
        self.tree_files = trees;
        self.by_deck = self.decks.iter().enumerate().map(|(d, deck)| (deck.topic.clone(), d)).collect();
        for (place, deck) in self.decks.iter().enumerate() {
            for head in deck.dealt().filter(|head| !is_of(&head.id.0, &deck.topic)) {
                self.dealt.insert(head.id.0.clone(), place);
            }
        }
    }

    /// The glossary, later files over earlier ones, and what is wrong with it.
    #[must_use]
    pub fn glossary(&self) -> (Vec<Term>, Vec<Problem>) {
        let (mut terms, mut problems) = (Vec::new(), Vec::new());
        for file in &self.glossary {
            topic::read_glossary(file, &mut terms, &mut problems);
        }
        (terms, problems)
    }

    /// What ids of cards on the path begin with, before the dot: the topics, and the trees that deal scenarios.
    pub fn owners(&self) -> impl Iterator<Item = &str> {
        let topics = self.topics.iter().map(|topic| topic.slug.as_str());
        topics.chain(self.tree_files.iter().map(|tree| tree.file.stem()))
    }

    /// The topic with that slug.
    #[must_use]
    pub fn topic(&self, slug: &str) -> Option<&Topic> {
        self.by_slug.get(slug).map(|&index| &self.topics[index])
    }

    /// The place of a topic on the path, from 0.
    #[must_use]
    pub fn place(&self, slug: &str) -> Option<usize> {
        self.by_slug.get(slug).copied()
    }

    /// The card with that id.
    #[must_use]
    pub fn card(&self, id: &str) -> Option<&Card> {
        let (deck, place) = self.card_place(id)?;
        deck.card(place)
    }

    /// The deck and the place in it of the card with that id, without reading the card.
    #[must_use]
    pub fn card_place(&self, id: &str) -> Option<(&Deck, usize)> {
        let by_topic = || id.split_once('.').and_then(|(topic, _)| self.by_deck.get(topic));
        let found = |&deck: &usize| Some((&self.decks[deck], self.decks[deck].place_of(id)?));
        by_topic().and_then(found).or_else(|| self.dealt.get(id).and_then(found))
    }

    /// What is known of the card with that id without reading it.
    #[must_use]
    pub fn head(&self, id: &str) -> Option<&Head> {
        let (deck, place) = self.card_place(id)?;
        deck.heads().nth(place)
    }

    /// The decision tree with that slug.
    ///
    /// # Errors
    /// A sentence on why there is none, where there is none: what is wrong with its file, or what is near the name.
    pub fn tree(&self, slug: &str) -> Result<&Arc<Tree>, String> {
        if let Some(of) = self.tree_files.iter().find(|of| of.file.stem() == slug) {
            return of.tree().map_err(str::to_string);
        }
        let near = nearest(slug, self.tree_files.iter().map(|of| of.file.stem()));
        let near = near.map_or_else(String::new, |near| format!("; did you mean '{near}'?"));
        Err(format!("no decision tree is called '{slug}'{near}"))
    }

    /// The decision trees that can be walked, in the order of their topics. They are read when they are asked for first,
    /// about 0.3 ms each.
    #[must_use]
    pub fn trees(&self) -> &[Arc<Tree>] {
        self.trees.get_or_init(|| {
            let mut trees: Vec<Arc<Tree>> =
                self.tree_files.iter().filter_map(|of| of.tree().ok().cloned()).collect();
            let place = |tree: &Tree| tree.topics.first().and_then(|slug| self.place(slug));
            trees.sort_by_key(|tree| (place(tree).unwrap_or(usize::MAX), tree.slug.clone()));
            trees
        })
    }

    /// The templates for sheets of the Envelope, by their slugs.
    #[must_use]
    pub fn sheets(&self) -> &[File] {
        &self.sheets
    }

    /// The deck of a topic.
    #[must_use]
    pub fn deck(&self, topic: &str) -> Option<&Deck> {
        self.by_deck.get(topic).map(|&place| &self.decks[place])
    }

    /// All cards, in the order of learning. Each is read when it is wanted first: see [`Library::heads`].
    pub fn cards(&self) -> impl Iterator<Item = &Card> {
        self.decks.iter().flat_map(Deck::cards)
    }

    /// What is known of all cards without reading them, in the order of learning.
    pub fn heads(&self) -> impl Iterator<Item = &Head> {
        self.decks.iter().flat_map(Deck::heads)
    }

    /// The topics that have a page, in the order of the path.
    pub fn written(&self) -> impl Iterator<Item = &Topic> {
        self.topics.iter().filter(|topic| topic.page.is_some())
    }

    /// The topics whose pages link to `slug`. O(text of all pages): it looks for the address in their sources.
    pub fn links_to<'a>(&'a self, slug: &'a str) -> impl Iterator<Item = &'a Topic> {
        let (whole, part) = (format!("]({slug})"), format!("]({slug}#"));
        self.written().filter(move |topic| {
            let body = topic.page.as_ref().map_or("", |page| &page.body);
            topic.slug != slug && (body.contains(&whole) || body.contains(&part))
        })
    }

    /// The topics beside this one: those that its page names, then those whose pages name it. So a relation needs to be
    /// written once to be seen from both sides.
    #[must_use]
    pub fn related(&self, slug: &str) -> Vec<&Topic> {
        let page = self.topic(slug).and_then(|topic| topic.page.as_ref());
        let own = page.map(|page| page.related.as_slice()).unwrap_or_default();
        let mut related: Vec<&Topic> = own.iter().filter_map(|slug| self.topic(slug)).collect();
        let names_it = |topic: &&Topic| {
            topic.page.as_ref().is_some_and(|page| page.related.iter().any(|named| named == slug))
        };
        let back = self.written().filter(names_it).filter(|topic| !own.contains(&topic.slug));
        related.extend(back);
        related
    }

    /// The topics that build on `slug` and are written.
    pub fn leads_to<'a>(&'a self, slug: &'a str) -> impl Iterator<Item = &'a Topic> {
        self.topics.iter().filter(move |topic| topic.prerequisites.iter().any(|needed| needed == slug))
    }
}

/// Whether a card's id is one of those that a deck file of the topic gives.
fn is_of(id: &str, topic: &str) -> bool {
    id.strip_prefix(topic).is_some_and(|rest| rest.starts_with('.'))
}

/// The deck in a file: as the build or the cache knows it, else read.
fn read_deck(file: &mut File, cache: &mut Cache, problems: &mut Vec<Problem>) -> Option<Deck> {
    let Some(path) = file.path.clone() else {
        return Deck::built(file);
    };
    if let Some(known) = cache.find(&path, &file.name) {
        return Some(known);
    }
    *file = files::read_deck(&path, problems)?;
    let (deck, wrong) = Deck::read(file);
    if wrong.is_empty() {
        cache.keep(&path, &deck);
    }
    problems.extend(wrong);
    // The deck holds what it needs of the text.
    file.text = std::borrow::Cow::Borrowed("");
    Some(deck)
}
