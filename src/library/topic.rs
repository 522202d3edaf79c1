//! A topic: its place on the path, and its page where it has one.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::OnceLock;

use super::files::File;
use crate::config::fields::{Fields, Reader};
use crate::config::problem::Problem;
use crate::config::source::{self, Source};
use crate::deck::Weight;
use crate::doc;

/// How many words are read in a minute: a rule of thumb for technical prose (Brysbaert 2019 finds 238 for
/// non-fiction).
pub const WORDS_A_MINUTE: usize = 200;

/// One concept of the curriculum.
#[derive(Clone, Debug, Default)]
pub struct Topic {
    /// Its short name in links and on the command line: `consistent-hashing`.
    pub slug: String,
    /// Its title.
    pub title: String,
    /// The part of the curriculum: `distributed`.
    pub part: String,
    /// The phase of the path, from 1; 0 beside the path.
    pub phase: usize,
    /// How much it matters.
    pub weight: Weight,
    /// The topics it builds on.
    pub prerequisites: Vec<String>,
    /// Whether the path says that its page is not written yet.
    pub planned: bool,
    /// Its page.
    pub page: Option<Page>,
}

/// A written page.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The file, as the learner would name it.
    pub file: String,
    /// Where it lies on disk, where it is not part of the program.
    pub path: Option<PathBuf>,
    /// The whole file, with its front matter.
    pub text: Cow<'static, str>,
    /// The Markdown below the front matter.
    pub body: Cow<'static, str>,
    /// The line of the file at which the body starts.
    pub body_line: usize,
    /// One sentence on what the page says.
    pub summary: String,
    /// Topics beside this one.
    pub related: Vec<String>,
    /// Where the facts come from, once that was asked.
    pub(super) sources: OnceLock<Vec<Source>>,
    /// How many words there are to read, once that was counted: lists ask in every frame.
    pub(super) words: OnceLock<usize>,
}

/// A phase of the path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phase {
    /// Its name.
    pub name: String,
    /// The suggested weeks, for people: `1 to 3`.
    pub weeks: String,
}

/// A term of the glossary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The term.
    pub name: String,
    /// The topic that explains it.
    pub topic: String,
    /// What it means, in one line.
    pub says: String,
    /// The file and the line where it stands.
    pub place: (String, usize),
}

/// The path through the topics.
#[derive(Debug, Default)]
pub(super) struct CoursePath {
    pub(super) phases: Vec<Phase>,
    pub(super) topics: Vec<Topic>,
}

const WEIGHTS: [(&str, Weight); 3] =
    [("core", Weight::Core), ("standard", Weight::Standard), ("deep", Weight::Deep)];

impl Topic {
    /// Takes over what the page says of itself; the path's own order and phase stay.
    pub(super) fn take_page(&mut self, written: Topic) {
        self.title = written.title;
        self.part = written.part;
        self.weight = written.weight;
        self.prerequisites = written.prerequisites;
        self.page = written.page;
    }

    /// Whether its page has a cheat sheet: a section of that name.
    #[must_use]
    pub fn has_cheat_sheet(&self) -> bool {
        let body = self.page.as_ref().map_or("", |page| &page.body);
        body.lines()
            .any(|line| line.starts_with("##") && line.trim_start_matches('#').trim() == "Cheat sheet")
    }

    /// How long the page takes to read, in minutes: see [`WORDS_A_MINUTE`]. Code and live blocks do not count. It is
    /// counted in the source, so that a list of pages needs no page parsed.
    #[must_use]
    pub fn minutes(&self) -> usize {
        let Some(page) = &self.page else { return 0 };
        page.words.get_or_init(|| words_of(&page.body)).div_ceil(WORDS_A_MINUTE)
    }
}

impl Page {
    /// Where the facts come from. Read from the front matter when it is asked first.
    #[must_use]
    pub fn sources(&self) -> &[Source] {
        self.sources.get_or_init(|| {
            let split = doc::front_matter(&self.text);
            let front = split.front.filter(|_| split.format == Some(doc::Format::Toml)).unwrap_or_default();
            let mut reader = Reader::new(&self.file, front, split.front_line);
            let table = reader.table();
            // What is wrong with them was told when the page was read.
            source::read(&mut Fields::new(table.get_ref(), 0..0), &mut reader)
        })
    }
}

fn words_of(body: &str) -> usize {
    let (mut words, mut fenced) = (0, false);
    for line in body.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            let is_word = |word: &&str| word.contains(char::is_alphanumeric);
            words += line.split_whitespace().filter(is_word).count();
        }
    }
    words
}

pub(super) fn read_page(file: &File, problems: &mut Vec<Problem>) -> Topic {
    let split = doc::front_matter(&file.text);
    let front = split.front.filter(|_| split.format == Some(doc::Format::Toml));
    let mut reader = Reader::new(&file.name, front.unwrap_or_default(), split.front_line);
    if front.is_none() {
        let help = "a page starts with its title and sources in TOML between two lines of +++";
        reader.problem_with_help(0, "the front matter is missing", help);
    }
    let table = reader.table();
    let mut fields = Fields::new(table.get_ref(), 0..0);
    let slug = file.stem().to_string();
    let title = fields.required(&mut reader, "title").map_or_else(|| slug.clone(), |title| title.value);
    let part = fields.text(&mut reader, "part").map_or_else(|| file.folder().to_string(), |part| part.value);
    let summary = fields.required(&mut reader, "summary").map_or_else(String::new, |text| text.value);
    let weight = fields.one_of(&mut reader, "weight", &WEIGHTS).unwrap_or_default();
    let prerequisites = values(fields.texts(&mut reader, "prerequisites"));
    let related = values(fields.texts(&mut reader, "related"));
    let sources = source::read(&mut fields, &mut reader);
    fields.finish(&mut reader);
    problems.extend(reader.problems);
    let start = file.text.len() - split.body.len();
    let body = rest(&file.text, start);
    let page = Page {
        file: file.name.clone(),
        path: file.path.clone(),
        text: file.text.clone(),
        body,
        body_line: split.body_line,
        summary,
        related,
        sources: OnceLock::from(sources),
        words: OnceLock::new(),
    };
    Topic { slug, title, part, phase: 0, weight, prerequisites, planned: false, page: Some(page) }
}

/// What stands behind a byte of a text.
#[allow(clippy::ptr_arg, reason = "what is borrowed for ever stays borrowed")]
pub(super) fn rest(text: &Cow<'static, str>, start: usize) -> Cow<'static, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[start..]),
        Cow::Owned(text) => Cow::Owned(text[start..].to_string()),
    }
}

pub(super) fn read_path(file: &File, problems: &mut Vec<Problem>) -> CoursePath {
    let mut reader = Reader::new(&file.name, &file.text, 1);
    let table = reader.table();
    let mut fields = Fields::new(table.get_ref(), 0..0);
    let mut path = CoursePath::default();
    for mut phase in fields.tables(&mut reader, "phase") {
        let name = phase.required(&mut reader, "name");
        let weeks = phase.text(&mut reader, "weeks");
        phase.finish(&mut reader);
        path.phases.extend(
            name.map(|name| Phase { name: name.value, weeks: weeks.map_or_else(String::new, |w| w.value) }),
        );
    }
    let phases = path.phases.len();
    for mut topic in fields.tables(&mut reader, "topic") {
        let slug = topic.required(&mut reader, "slug");
        let title = topic.required(&mut reader, "title");
        let part = topic.required(&mut reader, "part");
        let phase = topic.number(&mut reader, "phase");
        if let Some(phase) = &phase
            && !(1.0..=phases as f64).contains(&phase.value)
        {
            reader.problem(phase.span.start, format!("there are {phases} phases"));
        }
        let prerequisites = values(topic.texts(&mut reader, "prerequisites"));
        let weight = topic.one_of(&mut reader, "weight", &WEIGHTS).unwrap_or_default();
        let planned = topic.switch(&mut reader, "planned").is_some_and(|planned| planned.value);
        topic.finish(&mut reader);
        let (Some(slug), Some(title), Some(part)) = (slug, title, part) else { continue };
        if path.topics.iter().any(|known| known.slug == slug.value) {
            reader.problem(slug.span.start, format!("'{}' is on the path twice", slug.value));
            continue;
        }
        path.topics.push(Topic {
            slug: slug.value,
            title: title.value,
            part: part.value,
            phase: phase.map_or(0, |phase| phase.value as usize),
            weight,
            prerequisites,
            planned,
            page: None,
        });
    }
    fields.finish(&mut reader);
    problems.extend(reader.problems);
    path
}

pub(super) fn read_glossary(file: &File, glossary: &mut Vec<Term>, problems: &mut Vec<Problem>) {
    let mut reader = Reader::new(&file.name, &file.text, 1);
    let table = reader.table();
    let mut fields = Fields::new(table.get_ref(), 0..0);
    for mut term in fields.tables(&mut reader, "term") {
        let line = reader.line(term.start());
        let name = term.required(&mut reader, "name");
        let topic = term.required(&mut reader, "topic");
        let says = term.required(&mut reader, "says");
        term.finish(&mut reader);
        let (Some(name), Some(topic), Some(says)) = (name, topic, says) else { continue };
        glossary.retain(|known| known.name != name.value);
        let place = (file.name.clone(), line);
        glossary.push(Term { name: name.value, topic: topic.value, says: says.value, place });
    }
    fields.finish(&mut reader);
    problems.extend(reader.problems);
}

fn values(texts: Vec<crate::config::fields::Placed<String>>) -> Vec<String> {
    texts.into_iter().map(|text| text.value).collect()
}
