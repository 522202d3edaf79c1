//! The palette: anything by name. Commands, topics, demos and decks in one list, found fuzzily.

use fuzzy_matcher::FuzzyMatcher;
use fuzzy_matcher::skim::SkimMatcherV2;

use super::command::{COMMANDS, Context, Do};
use super::field::Field;
use super::keymap::KeyMap;
use super::list::ListState;
use crate::lab;
use crate::library::Library;

/// Something that can be chosen by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it is called.
    pub name: String,
    /// What it is, in a few words.
    pub about: String,
    /// The key that does the same, where there is one.
    pub key: String,
    /// What choosing it does.
    pub chosen: Chosen,
}

/// What choosing an item does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// Run a command.
    Run(Do),
    /// Open a topic.
    Topic(String),
    /// Open a demo.
    Demo(&'static str),
    /// Drill a topic's deck.
    Deck(String),
    /// Walk a decision tree.
    Decision(String),
}

impl Chosen {
    /// What kind of thing it is, for the list.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Chosen::Run(_) => "command",
            Chosen::Topic(_) => "topic",
            Chosen::Demo(_) => "demo",
            Chosen::Deck(_) => "deck",
            Chosen::Decision(_) => "decision",
        }
    }
}

/// An item that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Which item.
    pub item: usize,
    /// The characters of its name that matched.
    pub letters: Vec<usize>,
    score: i64,
}

/// The open palette.
pub struct Palette {
    /// What is typed.
    pub field: Field,
    /// Everything there is.
    pub items: Vec<Item>,
    /// What was found, best first.
    pub matches: Vec<Match>,
    /// The chosen row.
    pub list: ListState,
    matcher: SkimMatcherV2,
}

impl Palette {
    /// A palette of everything; the commands are those of the given contexts.
    #[must_use]
    pub fn new(library: &Library, keys: &KeyMap, contexts: &[Context]) -> Palette {
        let commands =
            COMMANDS.iter().filter(|c| c.contexts.iter().any(|context| contexts.contains(context))).filter(
                |c| !matches!(c.does, Do::Palette | Do::Search | Do::Enter | Do::Leave) && !is_move(c.does),
            );
        let commands = commands.map(|command| Item {
            name: command.help.to_string(),
            about: command.name.to_string(),
            key: keys.first(command, false, command.contexts).unwrap_or_default(),
            chosen: Chosen::Run(command.does),
        });
        let items: Vec<Item> = commands.chain(things(library)).collect();
        let mut palette = Palette {
            field: Field::line(),
            items,
            matches: Vec::new(),
            list: ListState::default(),
            matcher: SkimMatcherV2::default(),
        };
        palette.search();
        palette
    }

    /// Finds again after the text changed.
    pub fn search(&mut self) {
        let wanted = self.field.text().trim().to_string();
        self.list = ListState::default();
        if wanted.is_empty() {
            self.matches =
                (0..self.items.len()).map(|item| Match { item, letters: Vec::new(), score: 0 }).collect();
            return;
        }
        self.matches = self
            .items
            .iter()
            .enumerate()
            .filter_map(|(index, item)| {
                // A hit in the name counts for more than one in the words behind it.
                let name = self.matcher.fuzzy_indices(&item.name, &wanted);
                let about = self.matcher.fuzzy_match(&item.about, &wanted);
                match (name, about) {
                    (Some((score, letters)), other) => {
                        Some(Match { item: index, letters, score: score * 2 + other.unwrap_or(0) / 2 })
                    }
                    (None, Some(score)) => Some(Match { item: index, letters: Vec::new(), score }),
                    (None, None) => None,
                }
            })
            .collect();
        self.matches.sort_by_key(|found| (std::cmp::Reverse(found.score), found.item));
    }

    /// The chosen item.
    #[must_use]
    pub fn choice(&self) -> Option<&Item> {
        self.matches.get(self.list.chosen).map(|found| &self.items[found.item])
    }
}

fn things(library: &Library) -> Vec<Item> {
    let item = |name: &str, about: String, chosen| Item {
        name: name.to_string(),
        about,
        key: String::new(),
        chosen,
    };
    let mut items: Vec<Item> = library
        .written()
        .map(|topic| item(&topic.title, topic.slug.clone(), Chosen::Topic(topic.slug.clone())))
        .collect();
    items.extend(
        lab::demos().iter().map(|spec| item(spec.title, spec.name.to_string(), Chosen::Demo(spec.name))),
    );
    items.extend(
        library
            .decks
            .iter()
            .map(|deck| item(&deck.title, format!("{} cards", deck.len()), Chosen::Deck(deck.topic.clone()))),
    );
    items.extend(
        library
            .trees()
            .iter()
            .map(|tree| item(&tree.title, tree.slug.clone(), Chosen::Decision(tree.slug.clone()))),
    );
    items
}

/// Whether a command only moves: nobody looks for it by name.
fn is_move(does: Do) -> bool {
    use Do::{Bottom, Down, HalfDown, HalfUp, NextLink, PageDown, PageUp, PreviousLink, Top, Up};
    matches!(does, Down | Up | HalfDown | HalfUp | PageDown | PageUp | Top | Bottom | NextLink | PreviousLink)
}
