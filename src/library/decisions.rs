//! Decision trees among the rest of the content: the cards that their scenarios make, and whether what they refer
//! to is there.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use super::built::TREES;
use super::decks::Deck;
use super::{File, Library, Topic};
use crate::config::problem::{Problem, nearest, suggest};
use crate::decide::{self, Parting, Scenario, Step, Tree};
use crate::deck::{Card, CardId, Choice, Kind, Weight};
use crate::doc::{self, Document};

/// The most leaves that a scenario offers.
const OPTIONS: usize = 5;

/// A decision file, whose tree is read when it is wanted.
#[derive(Debug)]
pub(super) struct TreeFile {
    pub(super) file: File,
    tree: OnceLock<Result<Arc<Tree>, String>>,
}

impl TreeFile {
    pub(super) fn new(file: File) -> TreeFile {
        TreeFile { file, tree: OnceLock::new() }
    }

    /// The tree, or why the file gives none.
    pub(super) fn tree(&self) -> Result<&Arc<Tree>, &str> {
        self.tree.get_or_init(|| self.read(&mut Vec::new())).as_ref().map_err(String::as_str)
    }

    /// Reads the file now and tells what is wrong with it.
    pub(super) fn check(&self, problems: &mut Vec<Problem>) {
        let read = self.read(problems);
        let _ = self.tree.set(read);
    }

    fn read(&self, problems: &mut Vec<Problem>) -> Result<Arc<Tree>, String> {
        let (tree, wrong) = decide::parse(&self.file.name, self.file.stem(), &self.file.text);
        let why = wrong.first().map_or_else(
            || format!("{} cannot be read", self.file.name),
            |p| format!("{}:{}:{}: {}", p.file, p.line, p.column, p.message),
        );
        problems.extend(wrong);
        tree.map(Arc::new).ok_or(why)
    }

    /// The topic whose deck its scenarios are dealt to, and the ids and lines of these. Those of the program's own
    /// trees are known without reading them.
    fn scenarios(&self) -> Option<(String, Vec<(String, usize)>)> {
        let built = TREES.iter().find(|built| self.file.path.is_none() && built.file == self.file.name);
        if let Some(built) = built {
            let scenarios = built.scenarios.iter().map(|&(id, line)| (id.to_string(), line));
            return Some((built.topic.to_string(), scenarios.collect()));
        }
        let tree = self.tree().ok()?;
        let scenarios = tree.scenarios.iter().map(|scenario| (scenario.id.clone(), scenario.line));
        Some((tree.topics.first()?.clone(), scenarios.collect()))
    }

    /// The card of a scenario. `has_page` says whether the topic of the card has a page to read on.
    pub(super) fn card(&self, scenario: &str, topic: &str, has_page: bool) -> Option<Card> {
        let tree = self.tree().ok()?;
        let scenario = tree.scenarios.iter().find(|known| known.id == scenario)?;
        Some(card(tree, scenario, has_page, topic))
    }
}

/// Puts the scenarios of all trees into the decks of their first topics, behind the cards that are there; a topic
/// without a deck gets one.
pub(super) fn deal(
    trees: &[Arc<TreeFile>],
    topics: &[Topic],
    decks: &mut Vec<Deck>,
    problems: &mut Vec<Problem>,
) {
    for tree in trees {
        let Some((slug, scenarios)) = tree.scenarios() else { continue };
        let topic = topics.iter().find(|topic| topic.slug == slug);
        let has_page = topic.is_some_and(|topic| topic.page.is_some());
        for (scenario, line) in scenarios {
            let id = format!("{}.{scenario}", tree.file.stem());
            if decks.iter().any(|deck| deck.place_of(&id).is_some()) {
                let message = format!("the card '{id}' exists already");
                let help = "rename the file or the scenario: a scenario's card is called FILE.SCENARIO";
                problems.push(super::check::bare(&tree.file.name, line, message).help(help));
                continue;
            }
            let place = decks.iter().position(|deck| deck.topic == slug).unwrap_or_else(|| {
                let title = topic.map_or(slug.as_str(), |topic| topic.title.as_str());
                decks.push(Deck::empty(&slug, title, &tree.file.name));
                decks.len() - 1
            });
            decks[place].push_scenario(id, line, tree, has_page);
        }
    }
}

/// The card of a scenario: where does this lead?
fn card(tree: &Tree, scenario: &Scenario, has_page: bool, slug: &str) -> Card {
    let option = |(leaf, parting): (usize, Option<Parting>)| Choice {
        text: tree.leaves[leaf].recommend.clone(),
        right: parting.is_none(),
        why: parting.map_or_else(String::new, |parting| why_not(tree, &parting)),
    };
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
        see: see.filter(|_| has_page),
        line: scenario.line,
    }
}

/// Why another leaf is not where a scenario leads: the question at which its way parts.
fn why_not(tree: &Tree, parting: &Parting) -> String {
    let says = |step: &Step| quoted(&tree.questions[step.question].answers[step.answer].says);
    let there = Step { question: parting.here.question, answer: parting.there };
    let then =
        |step: &Step| format!(", then {} to {}", says(step), quoted(&tree.questions[step.question].ask));
    let then: String = parting.then.iter().map(then).collect();
    let ask = quoted(&tree.questions[there.question].ask);
    format!("Here {ask} is answered {}. You would be there with {}{then}.", says(&parting.here), says(&there))
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
    for tree in library.trees() {
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
