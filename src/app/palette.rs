//! The palette: anything by name. Commands, topics, demos and decks in one list, found fuzzily.

use fuzzy_matcher::FuzzyMatcher;
use fuzzy_matcher::skim::SkimMatcherV2;

use super::command::{COMMANDS, Context, Do};
use super::envelope::{EnvelopeScreen, title};
use super::field::Field;
use super::keymap::KeyMap;
use super::list::ListState;
use crate::envelope;
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
    /// Put a line into the scratch sheet.
    Line(String),
    /// Open a sheet.
    Sheet(String),
    /// Make a sheet of a template.
    Template(String),
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
            Chosen::Line(_) => "calc",
            Chosen::Sheet(_) => "sheet",
            Chosen::Template(_) => "template",
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
    /// How many of the items are always there: behind them stands what was calculated.
    fixed: usize,
    /// Lines that were calculated before, the last one last.
    one_liners: Vec<String>,
}

impl Palette {
    /// A palette of everything; the commands are those of the given contexts.
    #[must_use]
    pub fn new(library: &Library, keys: &KeyMap, contexts: &[Context], envelope: &EnvelopeScreen) -> Palette {
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
        let items: Vec<Item> = commands.chain(things(library)).chain(sheets(library, envelope)).collect();
        let mut palette = Palette {
            fixed: items.len(),
            one_liners: envelope.one_liners.clone(),
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
        self.items.truncate(self.fixed);
        if let Some(line) = wanted.strip_prefix('=') {
            self.items.extend(before(&self.one_liners, line.trim()));
            self.matches = (self.fixed..self.items.len()).map(exactly).collect();
            return;
        }
        if wanted.is_empty() {
            self.matches = (0..self.items.len()).map(exactly).collect();
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
        // What can be calculated is what was meant.
        if let Some(item) = calculated(&wanted) {
            self.matches.insert(0, exactly(self.items.len()));
            self.items.push(item);
        }
    }

    /// The chosen item.
    #[must_use]
    pub fn choice(&self) -> Option<&Item> {
        self.matches.get(self.list.chosen).map(|found| &self.items[found.item])
    }
}

/// An item whatever its name is.
fn exactly(item: usize) -> Match {
    Match { item, letters: Vec::new(), score: 0 }
}

/// A calculation with its value. A number alone is none.
fn calculated(line: &str) -> Option<Item> {
    if line.len() > LONGEST_CALCULATION || !line.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let answer = envelope::calculate(line).ok()?;
    let bare = |text: &str| text.replace([',', '_', ' '], "");
    (bare(&answer.text) != bare(line)).then(|| of_line(line, &answer.text))
}

/// The longest line that is calculated while it is typed, in bytes.
const LONGEST_CALCULATION: usize = 300;

fn of_line(line: &str, value: &str) -> Item {
    Item {
        name: format!("{line} = {value}"),
        about: "to scratch".to_string(),
        key: String::new(),
        chosen: Chosen::Line(line.to_string()),
    }
}

/// What is typed behind `=`, and what was calculated before and contains it: the last one first.
fn before(one_liners: &[String], wanted: &str) -> Vec<Item> {
    let earlier = one_liners.iter().rev().filter(|line| line.contains(wanted) && *line != wanted).take(50);
    let earlier = earlier.map(|line| {
        let value = envelope::calculate(line).map_or_else(|_| "?".to_string(), |answer| answer.text);
        of_line(line, &value)
    });
    let now = envelope::calculate(wanted).ok().map(|answer| of_line(wanted, &answer.text));
    now.into_iter().chain(earlier).collect()
}

/// The learner's sheets, and the templates that one can be made of.
fn sheets(library: &Library, screen: &EnvelopeScreen) -> Vec<Item> {
    let item = |name: &str, title: &str, chosen| Item {
        name: if title.is_empty() { name.to_string() } else { title.to_string() },
        about: name.to_string(),
        key: String::new(),
        chosen,
    };
    let own =
        screen.sheets.iter().map(|sheet| item(&sheet.name, &sheet.title, Chosen::Sheet(sheet.name.clone())));
    let templates = library
        .sheets()
        .iter()
        .map(|file| item(file.stem(), &title(&file.text), Chosen::Template(file.stem().to_string())));
    own.chain(templates).collect()
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
