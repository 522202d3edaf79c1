//! What can be found, as units: a topic, a heading, a paragraph, an item, a row of a table, a line of code, a card.
//!
//! A unit is what one hit is. It has a name or a body or both, one under the other, and a place that it leads to.
//! A new kind of thing is a variant of [`Kind`] and a function here that adds its units.

use std::ops::Range;
use std::sync::Arc;

use super::fold::{fold, fold_into};
use super::{Kind, Place};
use crate::decide::Tree;
use crate::deck::{self, Card, Kind as CardKind, Weight};
use crate::doc::{self, Block, Kind as BlockKind, LiveKind, Run};
use crate::lab::{self, Spec};
use crate::library::{Library, Term, Topic};

/// What one hit is.
#[derive(Debug)]
pub(super) struct Unit {
    pub(super) kind: Kind,
    pub(super) weight: Weight,
    pub(super) place: Place,
    /// The topic it belongs to: slug and title.
    pub(super) topic: Option<(Arc<str>, Arc<str>)>,
    /// The heading it stands under.
    pub(super) heading: Option<Arc<str>>,
    /// Whether it is a line of code, which says less than a sentence.
    pub(super) code: bool,
    /// Its text in [`Units::text`]: parts parted by line breaks, the name first where it has one.
    text: Range<usize>,
    /// The same, folded, in [`Units::folded`].
    folded: Range<usize>,
    /// How many bytes of the folded text are the name and what else it is called.
    pub(super) head: usize,
}

/// All units, their texts one behind the other.
#[derive(Debug, Default)]
pub(super) struct Units {
    pub(super) all: Vec<Unit>,
    text: String,
    folded: String,
}

/// Where a unit stands.
#[derive(Clone)]
struct At {
    weight: Weight,
    topic: Option<(Arc<str>, Arc<str>)>,
    heading: Option<Arc<str>>,
    code: bool,
}

impl Units {
    /// Names only, of what is at hand without reading a page: written topics and demos.
    pub(super) fn names(library: &Library) -> Units {
        let mut units = Units::default();
        library.written().for_each(|topic| units.topic(topic));
        lab::demos().iter().for_each(|spec| units.demo(spec, library));
        library.trees().iter().for_each(|tree| units.tree(tree, library));
        units
    }

    /// Everything.
    pub(super) fn everything(library: &Library) -> Units {
        let mut units = Units::names(library);
        for topic in library.written() {
            units.page(topic);
        }
        for term in library.glossary().0 {
            units.term(&term, library);
        }
        for card in library.cards() {
            units.card(card, library);
        }
        units
    }

    /// The parts of a unit as one reads them: its name, what else it is called, then its body.
    pub(super) fn parts(&self, unit: &Unit) -> std::str::Split<'_, char> {
        self.text[unit.text.clone()].split('\n')
    }

    /// A unit as it is compared.
    pub(super) fn folded(&self, unit: &Unit) -> &str {
        &self.folded[unit.folded.clone()]
    }

    /// Adds a unit: its name and what else it is called, then its body in parts. A unit without a name has none
    /// of the two.
    fn add<T: AsRef<str>>(
        &mut self,
        kind: Kind,
        place: Place,
        at: At,
        name: &[&str],
        body: impl IntoIterator<Item = T>,
    ) {
        let (text_from, folded_from) = (self.text.len(), self.folded.len());
        let mut put = |part: &str, first: bool| {
            if !first {
                self.text.push('\n');
            }
            let start = self.text.len();
            for (index, word) in part.split_whitespace().enumerate() {
                self.text.push_str(if index > 0 { " " } else { "" });
                self.text.push_str(&doc::clean(word));
            }
            if !first {
                self.folded.push('\n');
            }
            fold_into(&self.text[start..], &mut self.folded);
        };
        name.iter().enumerate().for_each(|(index, part)| put(part, index == 0));
        let mut first = name.is_empty();
        for part in body {
            put(part.as_ref(), std::mem::take(&mut first));
        }
        let folded = folded_from..self.folded.len();
        // The name's parts stand first, so the head ends at the line break behind them.
        let head = match name.len() {
            0 => 0,
            parts => {
                let ends = self.folded[folded.clone()].match_indices('\n').map(|(end, _)| end);
                ends.take(parts).nth(parts - 1).unwrap_or(folded.len())
            }
        };
        let (At { weight, topic, heading, code }, text) = (at, text_from..self.text.len());
        self.all.push(Unit { kind, weight, place, topic, heading, code, text, folded, head });
    }

    fn topic(&mut self, topic: &Topic) {
        let place = Place::Page { topic: topic.slug.as_str().into(), line: 1 };
        let at = At { weight: topic.weight, topic: named(topic), heading: None, code: false };
        let summary = topic.page.as_ref().map(|page| page.summary.as_str());
        self.add(Kind::Topic, place, at, &[&topic.title, &topic.slug], summary);
    }

    fn demo(&mut self, spec: &'static Spec, library: &Library) {
        let topic = spec.topics.first().and_then(|slug| library.topic(slug));
        let at = At {
            weight: topic.map_or_else(Weight::default, |topic| topic.weight),
            topic: topic.and_then(named),
            heading: None,
            code: false,
        };
        self.add(Kind::Demo, Place::Demo(spec.name), at, &[spec.title, spec.name], [spec.hook]);
    }

    fn tree(&mut self, tree: &Tree, library: &Library) {
        let topic = tree.topics.first().and_then(|slug| library.topic(slug));
        let at = At {
            weight: topic.map_or_else(Weight::default, |topic| topic.weight),
            topic: topic.and_then(named),
            heading: None,
            code: false,
        };
        let plain = |text: &str| doc::plain(&doc::parse(text), u16::MAX, false);
        let questions = tree.questions.iter().flat_map(|question| {
            let answers = question.answers.iter().map(|answer| plain(&answer.says));
            std::iter::once(plain(&question.ask)).chain(answers).collect::<Vec<_>>()
        });
        let leaves = tree
            .leaves
            .iter()
            .flat_map(|leaf| [&leaf.recommend, &leaf.why, &leaf.cost].map(|text| plain(text)));
        let body: Vec<String> =
            std::iter::once(tree.summary.clone()).chain(questions).chain(leaves).collect();
        let place = Place::Decision(tree.slug.as_str().into());
        self.add(Kind::Decision, place, at, &[&tree.title, &tree.slug], body);
    }

    fn page(&mut self, topic: &Topic) {
        let Some(page) = &topic.page else { return };
        let document = doc::parse_from(&page.body, page.body_line);
        let mut walk = Walk {
            slug: topic.slug.as_str().into(),
            at: At { weight: topic.weight, topic: named(topic), heading: None, code: false },
            units: self,
        };
        walk.blocks(&document.blocks);
        walk.at.heading = None;
        document.footnotes.iter().for_each(|note| walk.blocks(&note.blocks));
    }

    fn term(&mut self, term: &Term, library: &Library) {
        let owner = library.topic(&term.topic);
        // Where its topic first speaks of it.
        let wanted = fold(&term.name);
        let first = self.all.iter().find_map(|unit| match &unit.place {
            Place::Page { topic, line } if **topic == *term.topic && *line > 1 => {
                self.folded(unit).contains(&wanted).then_some((*line, unit.heading.clone()))
            }
            _ => None,
        });
        let (line, heading) = first.unwrap_or((1, None));
        let at = At {
            weight: owner.map_or_else(Weight::default, |topic| topic.weight),
            topic: owner.and_then(named),
            heading,
            code: false,
        };
        let place = Place::Page { topic: term.topic.as_str().into(), line };
        self.add(Kind::Term, place, at, &[&term.name], [&term.says]);
    }

    fn card(&mut self, card: &Card, library: &Library) {
        let topic = library.topic(&card.topic).and_then(named);
        let at = At { weight: card.weight, topic, heading: None, code: false };
        let mut body: Vec<String> = Vec::new();
        match &card.kind {
            CardKind::Basic { answer, .. } | CardKind::Rubric { answer, .. } => body.push(plain(answer)),
            CardKind::Order { items } => body.extend(items.iter().map(|item| plain(item))),
            CardKind::Match { pairs, .. } => {
                body.extend(pairs.iter().map(|(left, right)| plain(&format!("{left}: {right}"))));
            }
            CardKind::Sort { items, .. } => body.extend(items.iter().map(|item| plain(&item.text))),
            CardKind::Spot { exhibit, .. } => body.push(exhibit.clone()),
            CardKind::Choice { options } => {
                for option in options {
                    body.push(plain(&option.text));
                    body.push(plain(&option.why));
                }
            }
            CardKind::Cloze { .. } => body.push(plain(&deck::back(card))),
            CardKind::Estimate { .. } | CardKind::Predict { .. } => {}
        }
        body.push(plain(&card.why));
        body.retain(|part| !part.trim().is_empty());
        let place = Place::Card(card.id.0.as_str().into());
        self.add(Kind::Card, place, at, &[&plain(&deck::front(card))], &body);
    }
}

/// Goes through the blocks of a page.
struct Walk<'u> {
    slug: Arc<str>,
    at: At,
    units: &'u mut Units,
}

impl Walk<'_> {
    /// The parser bounds how deep blocks nest.
    fn blocks(&mut self, blocks: &[Block]) {
        for block in blocks {
            let line = block.line;
            match &block.kind {
                BlockKind::Heading(heading, runs) => {
                    // The heading itself stands under none.
                    self.at.heading = None;
                    let text = doc::text_of(runs);
                    self.put(Kind::Heading, heading.line, &[&text], "");
                    self.at.heading = Some(heading.text.as_str().into());
                }
                BlockKind::Paragraph(runs) => self.text(line, &doc::text_of(runs)),
                BlockKind::List(list) => list.items.iter().for_each(|item| self.blocks(&item.blocks)),
                BlockKind::Quote(inner) | BlockKind::Alert(_, inner) => self.blocks(inner),
                BlockKind::Details(details) => {
                    self.text(line, &doc::text_of(&details.summary));
                    self.blocks(&details.blocks);
                }
                BlockKind::Code(code) => self.lines(&code.text, code.text_line),
                BlockKind::Table(table) => {
                    self.text(line, &cells(&table.head));
                    table.rows.iter().for_each(|row| self.text(row.line, &cells(&row.cells)));
                }
                BlockKind::Definitions(entries) => {
                    for entry in entries {
                        self.text(entry.line, &doc::text_of(&entry.term));
                        entry.meanings.iter().for_each(|inner| self.blocks(inner));
                    }
                }
                BlockKind::Live(live) if live.kind == LiveKind::Calc => self.lines(&live.body, live.line + 1),
                BlockKind::Live(_) | BlockKind::Rule => {}
            }
        }
    }

    /// Lines that stand for themselves. What a sheet says of its own results (`#=`) is no line of the page.
    fn lines(&mut self, text: &str, first: usize) {
        self.at.code = true;
        for (index, line) in text.lines().enumerate() {
            if !line.trim_start().starts_with("#=") {
                self.text(first + index, line);
            }
        }
        self.at.code = false;
    }

    fn text(&mut self, line: usize, text: &str) {
        self.put(Kind::Text, line, &[], text);
    }

    fn put(&mut self, kind: Kind, line: usize, name: &[&str], body: &str) {
        // Frames of diagrams and the like hold nothing to look for.
        if name
            .iter()
            .copied()
            .chain([body])
            .any(|text| text.contains(|c: char| c.is_alphanumeric() || c.is_ascii_graphic()))
        {
            let place = Place::Page { topic: Arc::clone(&self.slug), line };
            let body = Some(body).filter(|body| !body.is_empty());
            self.units.add(kind, place, self.at.clone(), name, body);
        }
    }
}

fn named(topic: &Topic) -> Option<(Arc<str>, Arc<str>)> {
    Some((topic.slug.as_str().into(), topic.title.as_str().into()))
}

/// The cells of a row, parted as they are on the page.
fn cells(cells: &[Vec<Run>]) -> String {
    cells.iter().map(|cell| doc::text_of(cell)).collect::<Vec<_>>().join(" | ")
}

/// What one reads of a Markdown text: without its marks.
fn plain(markdown: &str) -> String {
    if !markdown.contains(['*', '_', '`', '[', '<', '\\', '&', '#', '|', '>', '~'])
        && !markdown.contains("\n\n")
    {
        return markdown.to_string();
    }
    let page = doc::layout(&doc::parse(markdown), &doc::Layout::new(1000));
    page.lines.iter().map(doc::Line::text).collect::<Vec<_>>().join(" ")
}
