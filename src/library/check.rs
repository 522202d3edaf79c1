//! What `sysdrill check` looks at: that every page, deck and reference holds together.
//!
//! Errors of form were found while loading; here things are held against each other: links against
//! topics, live blocks against demos and cards, calculations against their results, cards against pages.

mod corpus;
mod diagram;

use std::collections::HashMap;
use std::path::Path;

use super::{Library, Topic, decisions, sheets};
use crate::config::problem::{Problem, nearest, suggest};
use crate::deck::{Card, Kind as CardKind};
use crate::doc::{self, Document, Layout, Live, LiveKind};
use crate::envelope;
use crate::lab;

/// The sections that pages have, in their order.
pub const SECTIONS: [&str; 10] = [
    "The problem",
    "How it works",
    "Try it",
    "Choosing",
    "In the wild",
    "How it fails",
    "In the interview",
    "Levels",
    "Checklist",
    "Cheat sheet",
];

/// The widest line of a diagram or other code on a page, in cells.
const DIAGRAM: usize = 76;
/// What a cheat sheet has to fit into: columns and rows.
const SHEET: (u16, usize) = (80, 40);

/// The result of a check.
#[derive(Debug, Default)]
pub struct Checked {
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// What is worth knowing and not wrong: sections that a page leaves out.
    pub notes: Vec<String>,
    /// How many pages were read.
    pub pages: usize,
    /// How many cards.
    pub cards: usize,
    /// How many live blocks were started or evaluated.
    pub live: usize,
    /// How many links were followed.
    pub links: usize,
    /// How many decision trees can be walked.
    pub decisions: usize,
    /// How many sheets were worked out.
    pub sheets: usize,
}

/// What is wrong in the lines of a sheet.
pub(super) fn faults(file: &str, text: &str) -> Vec<Problem> {
    let sheet = envelope::evaluate(text);
    let problem = |(line, fault): (usize, &envelope::Fault)| {
        let source = text.lines().nth(line - 1).unwrap_or_default();
        let column = 1 + source.get(..fault.span.start).map_or(0, |before| before.chars().count());
        Problem {
            column,
            source: source.to_string(),
            help: fault.help.clone(),
            ..bare(file, line, fault.message.clone())
        }
    };
    sheet.faults().map(problem).collect()
}

/// Checks a library. Starts every demo that a page or card names and evaluates every sheet: some 10 ms a topic.
#[must_use]
pub fn check(library: &Library) -> Checked {
    let mut checked = Checked { problems: library.problems.clone(), ..Checked::default() };
    let documents: HashMap<&str, Document> = library
        .written()
        .filter_map(|topic| {
            let page = topic.page.as_ref()?;
            Some((topic.slug.as_str(), doc::parse_from(&page.body, page.body_line)))
        })
        .collect();
    for topic in library.written() {
        if let Some(document) = documents.get(topic.slug.as_str()) {
            PageCheck { library, topic, document, documents: &documents, checked: &mut checked }.run();
        }
    }
    check_path(library, &mut checked);
    for deck in &library.decks {
        checked.cards += deck.len();
        // A deck that was taken in from elsewhere is a topic of its own.
        let imported =
            Path::new(&deck.file).parent().is_some_and(|folder| folder.ends_with("decks/imported"));
        if library.topic(&deck.topic).is_none() && !imported {
            let known = library.topics.iter().map(|topic| topic.slug.as_str());
            let mut problem = bare(&deck.file, 1, format!("no topic is called '{}'", deck.topic));
            problem.help = nearest(&deck.topic, known).map(|near| format!("did you mean '{near}'?"));
            checked.problems.push(problem);
        }
        for (place, card) in (0..deck.len()).filter_map(|place| Some((place, deck.card(place)?))) {
            let file = deck.file_of(place).map_or(deck.file.as_str(), |(file, _)| file);
            check_card(file, card, documents.get(deck.topic.as_str()), &mut checked);
        }
    }
    check_demos(library, &mut checked);
    sheets::check(library, &mut checked);
    checked.decisions = library.trees().len();
    decisions::check(library, &documents, &mut checked.problems);
    let (terms, wrong) = library.glossary();
    checked.problems.extend(wrong);
    for term in &terms {
        if library.topic(&term.topic).is_none() {
            let message = format!("'{}' belongs to '{}', which is no topic", term.name, term.topic);
            checked.problems.push(bare(&term.place.0, term.place.1, message));
        }
    }
    corpus::check(library, &documents, &terms, &mut checked);
    checked
}

struct PageCheck<'a> {
    library: &'a Library,
    topic: &'a Topic,
    document: &'a Document,
    documents: &'a HashMap<&'a str, Document>,
    checked: &'a mut Checked,
}

impl PageCheck<'_> {
    fn run(&mut self) {
        self.checked.pages += 1;
        self.front();
        self.sections();
        self.links();
        for live in self.document.live() {
            self.checked.live += 1;
            self.live(live);
        }
        for code in self.document.code() {
            for (index, line) in code.text.lines().enumerate() {
                let width = doc::text_width(line);
                if width > DIAGRAM {
                    let message =
                        format!("the line is {width} cells wide; code and diagrams fit in {DIAGRAM}");
                    self.problem(code.text_line + index, message);
                }
            }
        }
        if let Some(sheet) = self.document.section("cheat-sheet") {
            let rows = doc::layout(&sheet, &Layout::new(SHEET.0)).lines.len();
            if rows > SHEET.1 {
                let line = sheet.headings.first().map_or(1, |heading| heading.line);
                self.problem(
                    line,
                    format!(
                        "the cheat sheet takes {rows} rows of {} cells; {} are one screen",
                        SHEET.0, SHEET.1
                    ),
                );
            }
        }
    }

    fn front(&mut self) {
        let Some(page) = &self.topic.page else { return };
        if page.sources().is_empty() {
            self.problem(1, "the page names no source".to_string());
        }
        let named = self.topic.prerequisites.iter().chain(&page.related);
        for slug in named.filter(|slug| self.library.topic(slug).is_none()) {
            let problem = self.unknown_topic(1, slug);
            self.checked.problems.push(problem);
        }
    }

    fn sections(&mut self) {
        let mut last = 0;
        for heading in self.document.headings.iter().filter(|heading| heading.level == 2) {
            let Some(place) = SECTIONS.iter().position(|section| *section == heading.text) else { continue };
            if place < last {
                let message = format!(
                    "'{}' stands after '{}'; the order is: {}",
                    heading.text,
                    SECTIONS[last],
                    SECTIONS.join(", ")
                );
                self.problem(heading.line, message);
            }
            last = last.max(place);
        }
        let has = |section: &str| self.document.headings.iter().any(|heading| heading.text == section);
        let missing: Vec<&str> = SECTIONS.iter().copied().filter(|section| !has(section)).collect();
        if missing.contains(&"Cheat sheet") {
            self.problem(1, "the page has no '## Cheat sheet'".to_string());
        }
        if !missing.is_empty() {
            self.checked.notes.push(format!("{} leaves out: {}", self.topic.slug, missing.join(", ")));
        }
    }

    fn links(&mut self) {
        for link in self.document.links().filter(|link| !link.image) {
            self.checked.links += 1;
            let url = link.url.as_str();
            if url.contains("://") || url.starts_with("mailto:") {
                continue;
            }
            let (slug, heading) =
                url.split_once('#').map_or((url, None), |(slug, heading)| (slug, Some(heading)));
            let slug = if slug.is_empty() { self.topic.slug.as_str() } else { slug };
            let problem = if self.library.topic(slug).is_none() {
                let mut problem = self.unknown_topic(link.line, slug);
                problem.column = link.column;
                Some(problem)
            } else {
                self.missing_heading(slug, heading, link.line, link.column)
            };
            self.checked.problems.extend(problem);
        }
    }

    fn missing_heading(
        &self,
        slug: &str,
        heading: Option<&str>,
        line: usize,
        column: usize,
    ) -> Option<Problem> {
        let (heading, document) = (heading?, self.documents.get(slug)?);
        let ids: Vec<&str> = document.headings.iter().map(|heading| heading.id.as_str()).collect();
        (!ids.contains(&heading)).then(|| {
            let mut problem = self.at(line, format!("the page '{slug}' has no heading '#{heading}'"));
            problem.column = column;
            problem.help(suggest(heading, &ids))
        })
    }

    fn live(&mut self, live: &Live) {
        match live.kind {
            LiveKind::Demo => {
                if let Err(why) = lab::parse_argument(&live.argument) {
                    self.problem(live.line, why);
                }
            }
            LiveKind::Card => {
                let id = live.argument.trim();
                if self.library.card(id).is_none() {
                    let near = nearest(id, self.library.heads().map(|head| head.id.0.as_str()));
                    let mut problem = self.at(live.line, format!("no card is called '{id}'"));
                    problem.help = near.map(|near| format!("did you mean '{near}'?"));
                    self.checked.problems.push(problem);
                }
            }
            LiveKind::Calc => self.calc(live),
            LiveKind::Decide => {
                if let Err(why) = self.library.tree(live.argument.trim()) {
                    self.problem(live.line, why);
                }
            }
        }
    }

    fn calc(&mut self, live: &Live) {
        for problem in faults("", &live.body) {
            let place = self.at(live.line + problem.line, String::new());
            self.checked.problems.push(Problem { file: place.file, line: place.line, ..problem });
        }
    }

    fn unknown_topic(&self, line: usize, slug: &str) -> Problem {
        let near = nearest(slug, self.library.topics.iter().map(|topic| topic.slug.as_str()));
        let mut problem = self.at(line, format!("no topic is called '{slug}'"));
        problem.help = near.map(|near| format!("did you mean '{near}'?"));
        problem
    }

    fn problem(&mut self, line: usize, message: String) {
        let problem = self.at(line, message);
        self.checked.problems.push(problem);
    }

    fn at(&self, line: usize, message: String) -> Problem {
        let (file, body, first) = match &self.topic.page {
            Some(page) => (page.file.as_str(), page.body.as_ref(), page.body_line),
            None => ("", "", 1),
        };
        let source = line.checked_sub(first).and_then(|index| body.lines().nth(index)).unwrap_or_default();
        Problem { source: source.to_string(), ..bare(file, line, message) }
    }
}

pub(super) fn bare(file: &str, line: usize, message: String) -> Problem {
    Problem { file: file.to_string(), line, column: 1, source: String::new(), message, help: None }
}

/// The prerequisites have to exist and to form a graph without cycles.
fn check_path(library: &Library, checked: &mut Checked) {
    let file = library.path_file.as_str();
    for topic in &library.topics {
        if topic.page.is_none() && !topic.planned {
            let message =
                format!("'{}' has no page: write topics/{}/{}.md", topic.slug, topic.part, topic.slug);
            checked.problems.push(bare(file, 1, message).help("or say planned = true"));
        }
        if topic.page.is_some() && topic.planned {
            checked.notes.push(format!("{} is written and still marked as planned in {file}", topic.slug));
        }
        for needed in topic.prerequisites.iter().filter(|needed| library.topic(needed).is_none()) {
            let message = format!("'{}' builds on '{needed}', which is no topic", topic.slug);
            checked.problems.push(bare(file, 1, message));
        }
    }
    // Topics whose prerequisites are all settled are settled; what stays over lies on a cycle or behind one.
    let mut settled: Vec<&str> = Vec::new();
    loop {
        let before = settled.len();
        for topic in &library.topics {
            let ready = topic
                .prerequisites
                .iter()
                .all(|n| settled.contains(&n.as_str()) || library.topic(n).is_none());
            if ready && !settled.contains(&topic.slug.as_str()) {
                settled.push(&topic.slug);
            }
        }
        if settled.len() == before {
            break;
        }
    }
    let left: Vec<&str> = library
        .topics
        .iter()
        .map(|topic| topic.slug.as_str())
        .filter(|slug| !settled.contains(slug))
        .collect();
    if !left.is_empty() {
        checked.problems.push(bare(
            file,
            1,
            format!("prerequisites go round in a circle: {}", left.join(", ")),
        ));
    }
}

fn check_card(file: &str, card: &Card, document: Option<&Document>, checked: &mut Checked) {
    if let (Some(see), Some(document)) = (&card.see, document) {
        let ids: Vec<&str> = document.headings.iter().map(|heading| heading.id.as_str()).collect();
        if !ids.contains(&see.as_str()) {
            let message = format!("{}: the page has no heading '#{see}'", card.id);
            checked.problems.push(bare(file, card.line, message).help(suggest(see, &ids)));
        }
    }
    if let CardKind::Predict { demo, set, draw, seconds, reading, .. } = &card.kind {
        let Some(spec) = lab::find(demo) else { return };
        let mut settings = lab::Settings::defaults(spec);
        let drawn = draw.iter().filter_map(|draw| Some((&draw.control, draw.values.first()?)));
        for (control, value) in set.iter().map(|(control, value)| (control, value)).chain(drawn) {
            // What is wrong with a setting was told when the deck was read.
            if settings.set(spec, control, value).is_err() {
                return;
            }
        }
        let mut run = lab::Run::new(spec, crate::sim::Seed(1), settings);
        run.advance_to(seconds.map_or(spec.length, crate::sim::Nanos::from_secs_f64), || true);
        if !run.reading(reading).is_some_and(f64::is_finite) {
            let message = format!("{}: '{reading}' has no value at the end of the run", card.id);
            checked.problems.push(bare(file, card.line, message).help("let the run be longer with 'for'"));
        }
    }
}

fn check_demos(library: &Library, checked: &mut Checked) {
    for spec in lab::demos() {
        let own = library.compositions.iter().find(|(own, _)| own == spec);
        let file = own
            .map_or_else(|| spec.sources.first().map_or("", |source| source.path), |(_, file)| file.as_str());
        // What a learner puts together needs no bet and no topic.
        if own.is_some() && spec.bet.is_empty() && spec.topics.is_empty() {
            continue;
        }
        for slug in spec.topics.iter().filter(|slug| library.topic(slug).is_none()) {
            let message = format!("the demo '{}' names no topic: '{slug}'", spec.name);
            checked.problems.push(bare(file, 1, message));
        }
        if own.is_some() && spec.bet.is_empty() {
            continue;
        }
        let bet = library.card(spec.bet);
        let fits =
            bet.is_some_and(|card| matches!(&card.kind, CardKind::Predict { demo, .. } if demo == spec.name));
        if !fits {
            let message = format!("the demo '{}' needs a predict card '{}'", spec.name, spec.bet);
            checked.problems.push(bare(file, 1, message));
        }
    }
}
