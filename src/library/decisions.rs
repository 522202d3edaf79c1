//! Decision trees among the rest of the content: the cards that their scenarios make, and whether what they refer
//! to is there.

use std::collections::HashMap;
use std::sync::Arc;

use super::decks::Deck;
use super::{File, Library, Topic};
use crate::config::problem::{Problem, nearest, suggest};
use crate::decide::{self, Parting, Scenario, Step, Tree};
use crate::deck::{Card, CardId, Choice, Kind, Weight};
use crate::doc::{self, Document};

/// The most leaves that a scenario offers.
const OPTIONS: usize = 5;

/// The trees that can be walked, by slug, and those that cannot, with the reason.
#[derive(Debug, Default)]
pub(super) struct Trees {
    pub(super) sound: Vec<Arc<Tree>>,
    pub(super) broken: Vec<(String, String)>,
}

impl Trees {
    /// Reads a file; it takes the place of one with the same slug.
    pub(super) fn read(&mut self, file: &File, problems: &mut Vec<Problem>) {
        let slug = file.stem();
        let (tree, wrong) = decide::parse(&file.name, slug, &file.text);
        self.sound.retain(|known| known.slug != slug);
        self.broken.retain(|(known, _)| known != slug);
        match tree {
            Some(tree) => self.sound.push(Arc::new(tree)),
            None => {
                let why = wrong.first().map_or_else(
                    || format!("{} cannot be read", file.name),
                    |p| format!("{}:{}:{}: {}", p.file, p.line, p.column, p.message),
                );
                self.broken.push((slug.to_string(), why));
            }
        }
        problems.extend(wrong);
    }
}

/// Puts the scenarios of all trees into the decks of their first topics, behind the cards that are there; a topic
/// without a deck gets one.
pub(super) fn deal(
    trees: &[Arc<Tree>],
    topics: &[Topic],
    decks: &mut Vec<Deck>,
    problems: &mut Vec<Problem>,
) {
    for tree in trees {
        let Some(slug) = tree.topics.first() else { continue };
        let topic = topics.iter().find(|topic| topic.slug == *slug);
        for scenario in &tree.scenarios {
            let card = card(tree, scenario, topic, slug);
            if decks.iter().any(|deck| deck.place_of(&card.id.0).is_some()) {
                let message = format!("the card '{}' exists already", card.id);
                let help = "rename the file or the scenario: a scenario's card is called FILE.SCENARIO";
                problems.push(super::check::bare(&tree.file, scenario.line, message).help(help));
                continue;
            }
            match decks.iter_mut().find(|deck| deck.topic == *slug) {
                Some(deck) => deck.push(card, &tree.file),
                None => {
                    let title = topic.map_or(slug.as_str(), |topic| topic.title.as_str());
                    let mut deck = Deck::empty(slug, title, &tree.file);
                    deck.push(card, &tree.file);
                    decks.push(deck);
                }
            }
        }
    }
}

/// The card of a scenario: where does this lead?
fn card(tree: &Tree, scenario: &Scenario, topic: Option<&Topic>, slug: &str) -> Card {
    let option = |(leaf, parting): (usize, Option<Parting>)| Choice {
        text: tree.leaves[leaf].recommend.clone(),
        right: parting.is_none(),
        why: parting.map_or_else(String::new, |parting| why_not(tree, &parting)),
    };
    let page = topic.filter(|topic| topic.page.is_some());
    let pages = tree.leaves[scenario.leaf].pages.iter();
    let see = pages.filter(|page| page.topic == slug).find_map(|page| page.heading.clone());
    Card {
        id: CardId(format!("{}.{}", tree.slug, scenario.id)),
        topic: slug.to_string(),
        weight: Weight::Standard,
        question: format!("{}\n\n**{}**", scenario.says.trim(), tree.title),
        kind: Kind::Choice { options: tree.options(scenario, OPTIONS).into_iter().map(option).collect() },
        why: scenario.why.clone(),
        hints: Vec::new(),
        see: see.filter(|_| page.is_some()),
        line: scenario.line,
    }
}

/// Why another leaf is not where a scenario leads: the question at which its way parts.
fn why_not(tree: &Tree, parting: &Parting) -> String {
    let says = |step: &Step| quoted(&tree.questions[step.question].answers[step.answer].says);
    let there = Step { question: parting.here.question, answer: parting.there };
    let then: String = parting.then.iter().map(|step| format!(", then {}", says(step))).collect();
    let ask = quoted(&tree.questions[there.question].ask);
    format!("You would be there if {ask} were answered {}{then}.", says(&there))
}

/// A text in quotation marks, without the stop at its end.
fn quoted(text: &str) -> String {
    format!("“{}”", text.trim().trim_end_matches('.'))
}

/// Whether the topics, pages and headings that a tree names exist. `documents` are the pages that are written.
pub(super) fn check(library: &Library, documents: &HashMap<&str, Document>, problems: &mut Vec<Problem>) {
    let topic_missing = |slug: &str| {
        let near = nearest(slug, library.topics.iter().map(|topic| topic.slug.as_str()));
        let help = near.map(|near| format!("did you mean '{near}'?"));
        library.topic(slug).is_none().then(|| (format!("no topic is called '{slug}'"), help))
    };
    let heading_missing = |slug: &str, heading: Option<&str>| {
        let (heading, document) = (heading?, documents.get(slug)?);
        let ids: Vec<&str> = document.headings.iter().map(|heading| heading.id.as_str()).collect();
        let message = format!("the page '{slug}' has no heading '#{heading}'");
        (!ids.contains(&heading)).then(|| (message, Some(suggest(heading, &ids))))
    };
    for tree in &library.trees {
        let mut told = |line: usize, missing: Option<(String, Option<String>)>| {
            let Some((message, help)) = missing else { return };
            problems.push(Problem { help, ..super::check::bare(&tree.file, line, message) });
        };
        for slug in &tree.topics {
            told(1, topic_missing(slug));
        }
        if tree.sources.is_empty() {
            told(1, Some(("the tree names no source".to_string(), None)));
        }
        for leaf in &tree.leaves {
            for page in &leaf.pages {
                let missing = topic_missing(&page.topic);
                told(page.line, missing.or_else(|| heading_missing(&page.topic, page.heading.as_deref())));
            }
            // Links in the texts of a leaf are followed as those of a page are.
            let texts = [Some(&leaf.why), Some(&leaf.cost), leaf.again.as_ref()];
            for text in texts.into_iter().flatten() {
                for link in doc::parse(text).links() {
                    let (slug, heading) =
                        link.url.split_once('#').map_or((link.url.as_str(), None), |(s, h)| (s, Some(h)));
                    if !link.url.contains("://") {
                        told(leaf.line, topic_missing(slug).or_else(|| heading_missing(slug, heading)));
                    }
                }
            }
        }
    }
}
