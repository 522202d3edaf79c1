//! Where each section of a list lives in the library: `sysdrill check --coverage LIST.csv`.
//!
//! The list names the sections of some other material with the topics that own them. `coverage.toml` of the content says, for
//! each, where its matter stands here: a page, a heading of one, a card, a decision tree, a template of the Envelope, a
//! demo. That is a judgement, so a person writes it; held here is that no section of a written topic was
//! forgotten and that every place exists.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

use serde::Deserialize;

use super::files::ours;
use super::{Library, Topic};
use crate::config::problem::{Problem, nearest};
use crate::{doc, lab};

/// The name of the file with the places.
const PLACES: &str = "coverage.toml";
/// How many words of a section's title are shown.
const WORDS: usize = 6;

/// What of a list is covered.
#[derive(Debug, Default)]
pub struct Coverage {
    /// A page of Markdown that says where each section lives.
    pub report: String,
    /// What has no place, and places that are none.
    pub problems: Vec<Problem>,
    /// How many sections belong to written topics.
    pub owned: usize,
    /// How many wait for topics that are not written yet.
    pub later: usize,
}

/// A row of the list. Other columns are left alone.
#[derive(Debug, Deserialize)]
struct Row {
    section_id: String,
    title: String,
    /// Slugs, with semicolons between them.
    topics: String,
}

/// Holds a list of sections (CSV with the columns `section_id`, `title` and `topics`) against the library. `file` is the
/// list's name, for messages.
#[must_use]
pub fn coverage(library: &Library, file: &str, list: &str) -> Coverage {
    let mut coverage = Coverage::default();
    let places = places(&mut coverage.problems);
    let mut looking = Looking { library, headings: HashMap::new() };
    let mut by_topic: BTreeMap<usize, Vec<(Row, Vec<String>)>> = BTreeMap::new();
    let mut known: Vec<String> = Vec::new();
    let mut reader = csv::Reader::from_reader(list.as_bytes());
    for (index, row) in reader.deserialize::<Row>().enumerate() {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                let line = error.position().map_or(index + 2, |position| position.line() as usize);
                let help =
                    "the list is CSV with the columns section_id, title and topics (slugs parted by ;)";
                coverage
                    .problems
                    .push(bare(file, line, format!("this row cannot be read: {error}")).help(help));
                continue;
            }
        };
        known.push(row.section_id.clone());
        let owners = || row.topics.split(';').map(str::trim).filter_map(|slug| library.place(slug));
        let Some(owner) = owners().find(|place| library.topics[*place].page.is_some()) else {
            coverage.later += 1;
            continue;
        };
        coverage.owned += 1;
        let stands = places.get(&row.section_id).map_or(&[][..], Vec::as_slice);
        if stands.is_empty() {
            let message = format!("section {} ({}) has no place in {PLACES}", row.section_id, row.title);
            coverage.problems.push(bare(file, index + 2, message));
        }
        let mut shown = Vec::new();
        for place in stands {
            match looking.link(place) {
                Ok(link) => shown.push(link),
                Err(why) => coverage.problems.push(bare(PLACES, 1, format!("{}: {why}", row.section_id))),
            }
        }
        by_topic.entry(owner).or_default().push((row, shown));
    }
    for section in places.keys().filter(|section| !known.contains(*section)) {
        let help = nearest(section, known.iter().map(String::as_str));
        let mut problem = bare(PLACES, 1, format!("the list has no section '{section}'"));
        problem.help = help.map(|near| format!("did you mean '{near}'?"));
        coverage.problems.push(problem);
    }
    coverage.report = report(library, &by_topic, coverage.later);
    coverage
}

fn places(problems: &mut Vec<Problem>) -> BTreeMap<String, Vec<String>> {
    let text = ours(PLACES).unwrap_or_default();
    toml::from_str(text).unwrap_or_else(|error| {
        problems.push(bare(PLACES, 1, error.message().to_string()));
        BTreeMap::new()
    })
}

fn bare(file: &str, line: usize, message: String) -> Problem {
    super::check::bare(file, line, message)
}

fn report(library: &Library, by_topic: &BTreeMap<usize, Vec<(Row, Vec<String>)>>, later: usize) -> String {
    let rows: usize = by_topic.values().map(Vec::len).sum();
    let mut report = format!(
        "# Coverage\n\nWhere each section of the list of material lives. Made by `sysdrill check --coverage LIST.csv`; the places are those of \
         `content/coverage.toml`.\n\n{rows} sections of {} written topics; {later} belong to topics that are not written yet.\n",
        by_topic.len()
    );
    for (place, rows) in by_topic {
        let Topic { title, .. } = &library.topics[*place];
        let _ = write!(report, "\n## {title}\n\n| section | what | where |\n|---|---|---|\n");
        for (row, stands) in rows {
            let what = shortened(&row.title).replace('|', "\\|");
            let _ = writeln!(report, "| {} | {what} | {} |", row.section_id, stands.join(", "));
        }
    }
    report
}

/// The first words of a title: enough to find the section by.
fn shortened(title: &str) -> String {
    let words: Vec<&str> = title.split_whitespace().collect();
    match words.get(..WORDS) {
        Some(first) if words.len() > WORDS => format!("{} …", first.join(" ")),
        _ => words.join(" "),
    }
}

/// Finds places in the library.
struct Looking<'a> {
    library: &'a Library,
    /// The headings of the pages that were asked for: ids and texts.
    headings: HashMap<String, Vec<(String, String)>>,
}

impl Looking<'_> {
    /// A link to a place, as seen from `docs/`: `slug`, `slug#heading`, `slug.card`, `decide:slug`, `sheet:slug`,
    /// `demo:name`.
    fn link(&mut self, place: &str) -> Result<String, String> {
        if let Some(slug) = place.strip_prefix("decide:") {
            let tree = self.library.tree(slug)?;
            return Ok(format!("[{}](../content/decisions/{slug}.toml)", tree.title));
        }
        if let Some(slug) = place.strip_prefix("sheet:") {
            let there = self.library.sheets().iter().any(|sheet| sheet.stem() == slug);
            let link = format!("[sheet {slug}](../content/sheets/{slug}.sheet)");
            return if there { Ok(link) } else { Err(format!("no sheet is called '{slug}'")) };
        }
        if let Some(name) = place.strip_prefix("demo:") {
            let there = lab::find(name).is_some();
            return if there {
                Ok(format!("demo `{name}`"))
            } else {
                Err(format!("no demo is called '{name}'"))
            };
        }
        if place.contains('.') {
            let (deck, at) =
                self.library.card_place(place).ok_or_else(|| format!("no card is called '{place}'"))?;
            let file = deck.file_of(at).map_or("", |(file, _)| file);
            return Ok(format!("[`{place}`](../{file})"));
        }
        let (slug, heading) = place.split_once('#').map_or((place, None), |(slug, id)| (slug, Some(id)));
        let written = self.library.topic(slug).and_then(|topic| Some((topic, topic.page.as_ref()?)));
        let (topic, page) = written.ok_or_else(|| format!("no page is called '{slug}'"))?;
        let Some(id) = heading else { return Ok(format!("[{}](../{})", topic.title, page.file)) };
        let headings = self.headings.entry(slug.to_string()).or_insert_with(|| {
            let document = doc::parse_from(&page.body, page.body_line);
            document.headings.iter().map(|heading| (heading.id.clone(), heading.text.clone())).collect()
        });
        let found = headings.iter().find(|(known, _)| known == id);
        let (_, text) = found.ok_or_else(|| format!("the page '{slug}' has no heading '#{id}'"))?;
        Ok(format!("[{}: {text}](../{}#{id})", topic.title, page.file))
    }
}
