//! What the program asks of its own pages and decks beyond what holds for everybody's: that a topic is complete. A
//! learner's page may be three lines and a deck two cards.

use std::collections::{BTreeSet, HashMap};

use super::{Checked, DIAGRAM, bare, diagram};
use crate::deck::{Card, Kind, places};
use crate::doc::{self, Document};
use crate::library::{Deck, Library, Page, Term, Topic};

/// The sections that every page has; the others only where they say something.
const REQUIRED: [&str; 6] =
    ["The problem", "How it works", "Choosing", "How it fails", "In the interview", "Cheat sheet"];
/// How many cards a deck has, without the scenarios of decision trees.
const CARDS: (usize, usize) = (12, 20);
/// The deck of the estimation drill, which has more.
const DRILL: &str = "back-of-envelope";
/// Of how many kinds the cards of a deck are at least.
const KINDS: usize = 4;
/// How many cards of a deck compute their answer at least.
const COMPUTED: usize = 2;
/// The program's own glossary, as its terms name it.
const GLOSSARY: &str = "content/glossary.toml";

/// The right option may be three halves as long as the longest other one, and some cells.
const TELLING: (usize, usize, usize) = (3, 2, 8);

/// Holds the written topics of the program against its own standard.
pub(super) fn check(
    library: &Library,
    documents: &HashMap<&str, Document>,
    terms: &[Term],
    checked: &mut Checked,
) {
    for topic in library.written() {
        let Some(page) = topic.page.as_ref().filter(|page| page.path.is_none()) else { continue };
        let Some(document) = documents.get(topic.slug.as_str()) else { continue };
        let mut lacks: Vec<(usize, String)> = Vec::new();
        sections(document, &mut lacks);
        diagrams(document, &mut lacks);
        vocabulary(topic, page, terms, &mut lacks);
        let problems = lacks.into_iter().map(|(line, message)| bare(&page.file, line, message));
        checked.problems.extend(problems);
        deck(library, topic, checked);
    }
}

fn sections(document: &Document, lacks: &mut Vec<(usize, String)>) {
    let has = |section: &str| document.headings.iter().any(|heading| heading.text == section);
    for section in REQUIRED.iter().filter(|section| !has(section)) {
        lacks.push((1, format!("the page has no '## {section}'")));
    }
}

fn diagrams(document: &Document, lacks: &mut Vec<(usize, String)>) {
    for code in document.code().filter(|code| code.language == "text") {
        if let Some((line, message)) = diagram::open_end(&code.text) {
            lacks.push((code.text_line + line, format!("the diagram has slipped: {message}")));
        }
    }
}

/// Each topic has terms in the glossary, and explains them.
fn vocabulary(topic: &Topic, page: &Page, terms: &[Term], lacks: &mut Vec<(usize, String)>) {
    let text = page.text.to_lowercase();
    // A term may stand there in other forms, `keys that are hashed` for `hashed key`: its words are what counts.
    let explained = |term: &Term| {
        let name = term.name.to_lowercase();
        let mut words = name.split(|sign: char| !sign.is_alphanumeric()).filter(|word| word.len() > 2);
        words.all(|word| text.contains(&word[..stem(word)]))
    };
    // A learner may add a term to any topic.
    let ours = terms.iter().filter(|term| term.place.0 == GLOSSARY);
    let mut own = ours.filter(|term| term.topic == topic.slug).peekable();
    if own.peek().is_none() {
        lacks.push((1, "the glossary has no term of this topic".to_string()));
    }
    for term in own.filter(|term| !explained(term)) {
        lacks.push((1, format!("the glossary's term '{}' does not stand on the page", term.name)));
    }
}

/// Whether the only right option of a choice is much longer than every other one: learners learn to look for that.
fn tells_by_length(kind: &Kind) -> bool {
    let Kind::Choice { options } = kind else { return false };
    let width = |right: bool| {
        let of = options.iter().filter(move |option| option.right == right);
        of.map(|option| doc::text_width(&option.text)).max().unwrap_or(0)
    };
    let alone = options.iter().filter(|option| option.right).count() == 1;
    alone && width(true) > width(false) * TELLING.0 / TELLING.1 + TELLING.2
}

/// How many bytes of a word are its stem, roughly: without an ending of at most three letters.
fn stem(word: &str) -> usize {
    let ending = ["ing", "ed", "es", "s", "e", "y"].iter().find(|ending| word.ends_with(**ending));
    let stem = word.len() - ending.map_or(0, |ending| ending.len());
    if stem >= 3 { stem } else { word.len() }
}

fn deck(library: &Library, topic: &Topic, checked: &mut Checked) {
    let Some(deck) = library.deck(&topic.slug) else {
        let file = topic.page.as_ref().map_or("", |page| &page.file);
        checked.problems.push(bare(file, 1, format!("'{}' has no deck", topic.slug)));
        return;
    };
    let source = |place| deck.file_of(place);
    let laid_over = |place| source(place).is_some_and(|(_, path)| path.is_some());
    if (0..deck.len()).any(laid_over) {
        // A card that was changed by the learner stands in a deck of theirs, and ours is not whole any more.
        return;
    }
    let written = |place: &usize| source(*place).is_some_and(|(file, _)| file.starts_with("decks/"));
    let cards: Vec<&Card> = (0..deck.len()).filter(written).filter_map(|place| deck.card(place)).collect();
    amounts(deck, &cards, topic.slug == DRILL, checked);
    for card in cards {
        let faults = faults(card).into_iter();
        let problems = faults.map(|fault| bare(&deck.file, card.line, format!("{}: {fault}", card.id)));
        checked.problems.extend(problems);
    }
}

/// How many cards a deck has, of how many kinds, and how many of them compute.
fn amounts(deck: &Deck, cards: &[&Card], drill: bool, checked: &mut Checked) {
    let mut say = |message: String| checked.problems.push(bare(&deck.file, 1, message));
    let (least, most) = CARDS;
    if cards.len() < least || (cards.len() > most && !drill) {
        say(format!("the deck has {} cards; a topic has {least} to {most}", cards.len()));
    }
    let kinds: BTreeSet<&str> = cards.iter().map(|card| card.kind.name()).collect();
    if kinds.len() < KINDS {
        say(format!("the cards are of {} kinds; a deck has {KINDS} at least", kinds.len()));
    }
    let computed = cards.iter().filter(|card| computes(card)).count();
    if computed < COMPUTED {
        say(format!("{computed} cards compute their answer; a deck has {COMPUTED} at least"));
    }
}

/// Whether a card's answer is computed when it is asked.
fn computes(card: &Card) -> bool {
    matches!(card.kind, Kind::Estimate { .. } | Kind::Predict { .. })
}

/// What a card of ours must not be like.
fn faults(card: &Card) -> Vec<String> {
    let mut faults = Vec::new();
    if card.why.is_empty() && !matches!(card.kind, Kind::Rubric { .. }) {
        faults.push("the card does not say why".to_string());
    }
    // Values are filled in where the card asks, not where it explains: that text is the same for all of them.
    if let Some((_, name)) = places(&card.why).next().filter(|_| computes(card)) {
        faults.push(format!("'{{{name}}}' in its why would stay as it is"));
    }
    if tells_by_length(&card.kind) {
        faults.push("the right option is so long that it gives itself away".to_string());
    }
    if let Kind::Spot { exhibit, .. } = &card.kind
        && let Some(wide) = exhibit.lines().find(|line| doc::text_width(line) > DIAGRAM)
    {
        faults.push(format!("a line of the exhibit is wider than {DIAGRAM} cells: {wide}"));
    }
    faults
}
