//! The Library's list: what the learner marked, the topics along the path, or all cheat sheets.

use super::list::ListState;
use super::message::Bookmark;
use super::reader::{Origin, Reading, breadcrumbs};
use super::{Effect, Model, pages};
use crate::decide::Tree;
use crate::library::{Library, Topic};
use crate::store;

use super::command::Do;

/// A row of the list.
#[derive(Clone, Debug)]
pub enum Row<'a> {
    /// What the rows below have in common.
    Label(String),
    /// A written topic.
    Topic(&'a Topic),
    /// A place that the learner marked, and what it is called.
    Bookmark(&'a Bookmark, String),
    /// A decision tree.
    Tree(&'a Tree),
    /// What is planned in the phase.
    Planned(String),
    /// Nothing.
    Gap,
}

impl Row<'_> {
    /// Whether it can be opened.
    #[must_use]
    pub fn opens(&self) -> bool {
        matches!(self, Row::Topic(_) | Row::Tree(_) | Row::Bookmark(..))
    }
}

/// The rows of the list. O(topics), and O(text of the pages) for the cheat sheets.
#[must_use]
pub fn rows(model: &Model) -> Vec<Row<'_>> {
    let library = model.library.as_ref();
    let mut rows = Vec::new();
    if model.reader.sheets {
        rows.push(Row::Label("Cheat sheets".into()));
        rows.extend(library.written().filter(|topic| topic.has_cheat_sheet()).map(Row::Topic));
        return rows;
    }
    let marks = &model.learned.bookmarks;
    if !marks.is_empty() {
        rows.push(Row::Label("Bookmarks".into()));
        rows.extend(marks.iter().map(|mark| Row::Bookmark(mark, name_of(library, mark))));
    }
    let mut phases: Vec<usize> = library.topics.iter().map(|topic| topic.phase).collect();
    // What lies beside the path comes last.
    phases.sort_by_key(|phase| if *phase == 0 { usize::MAX } else { *phase });
    phases.dedup();
    for phase in phases {
        if !rows.is_empty() {
            rows.push(Row::Gap);
        }
        let named = phase.checked_sub(1).and_then(|at| library.phases.get(at));
        rows.push(Row::Label(match named {
            Some(phase) if phase.weeks.starts_with(|c: char| c.is_ascii_digit()) => {
                format!("{}   weeks {}", phase.name, phase.weeks)
            }
            Some(phase) => phase.name.clone(),
            None => "Beside the path".to_string(),
        }));
        rows.extend(library.written().filter(|topic| topic.phase == phase).map(Row::Topic));
        let planned = library.topics.iter().filter(|topic| topic.phase == phase && topic.page.is_none());
        let titles: Vec<&str> = planned.map(|topic| topic.title.as_str()).collect();
        if !titles.is_empty() {
            rows.push(Row::Planned(format!("{} planned: {}", titles.len(), titles.join(", "))));
        }
    }
    if !library.trees().is_empty() {
        rows.extend([Row::Gap, Row::Label("Decisions".into())]);
        rows.extend(library.trees().iter().map(|tree| Row::Tree(tree)));
    }
    rows
}

/// What a bookmark is called: the topic and the heading. The heading is looked up in the page's source; where it is
/// gone, its id has to do.
fn name_of(library: &Library, mark: &Bookmark) -> String {
    let Some(topic) = library.topic(&mark.topic) else {
        let path = store::path_of(&mark.topic).and_then(|path| path.file_name());
        let name = path.map_or_else(|| mark.topic.clone(), |name| name.to_string_lossy().into_owned());
        return if mark.section.is_empty() {
            name
        } else {
            format!("{name} › {}", mark.section.replace('-', " "))
        };
    };
    if mark.section.is_empty() {
        return topic.title.clone();
    }
    let words = mark.section.replace('-', " ");
    let body = topic.page.as_ref().map_or("", |page| &page.body);
    let headings =
        body.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let plain = |text: &str| {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>()
    };
    let wanted = plain(&words);
    let found = headings.into_iter().find(|heading| plain(heading) == wanted);
    format!("{} › {}", topic.title, found.unwrap_or(&words))
}

/// The rows that can be opened.
fn opening<'a>(rows: &'a [Row<'a>]) -> impl Iterator<Item = &'a Row<'a>> {
    rows.iter().filter(|row| row.opens())
}

/// Chooses a row.
pub(super) fn choose(model: &mut Model, wanted: &dyn Fn(&Row) -> bool) {
    let rows = rows(model);
    let row = opening(&rows).position(wanted);
    if let Some(row) = row {
        model.reader.list = ListState { chosen: row, ..model.reader.list };
    }
}

/// What a row opens, apart from the row: opening it changes the model that the rows are made of.
enum Opened {
    Topic(String),
    Tree(String),
    Bookmark(Bookmark),
}

/// A command in the list; nothing where it is none of its.
pub(super) fn run(model: &mut Model, does: Do) -> Option<Vec<Effect>> {
    let height = usize::from(model.frame().body.height);
    let rows = rows(model);
    match does {
        Do::Enter => {
            let opened = match opening(&rows).nth(model.reader.list.chosen)? {
                Row::Topic(topic) => Opened::Topic(topic.slug.clone()),
                Row::Tree(tree) => Opened::Tree(tree.slug.clone()),
                Row::Bookmark(mark, _) => Opened::Bookmark((*mark).clone()),
                _ => return None,
            };
            let sheet = model.reader.sheets;
            Some(match opened {
                Opened::Topic(slug) => pages::open_topic(model, &slug, None, sheet),
                Opened::Tree(slug) => pages::open_tree(model, &slug),
                Opened::Bookmark(mark) => pages::open_bookmark(model, &mark),
            })
        }
        Do::CheatSheet => {
            model.reader.sheets = !model.reader.sheets;
            model.reader.list = ListState::default();
            Some(Vec::new())
        }
        Do::Bookmark => {
            let Some(Row::Bookmark(mark, _)) = opening(&rows).nth(model.reader.list.chosen) else {
                return Some(Vec::new());
            };
            let mark = (*mark).clone();
            model.say("Bookmark taken away; m puts it back on its page.");
            Some(vec![Effect::Bookmark(mark, false)])
        }
        Do::Back | Do::Leave if model.reader.sheets => {
            model.reader.sheets = false;
            model.reader.list = ListState::default();
            Some(Vec::new())
        }
        _ => {
            let count = opening(&rows).count();
            model.reader.list.act(does, count, height.saturating_sub(3)).then(Vec::new)
        }
    }
}

/// What the head of the screen says of an open page.
#[must_use]
pub fn trail(library: &Library, reading: &Reading) -> String {
    match reading.topic().and_then(|slug| library.topic(slug)) {
        Some(topic) if reading.cheat => format!("{} › Cheat sheet", topic.title),
        Some(topic) => breadcrumbs(topic),
        None if matches!(reading.origin, Origin::Tree(_)) => format!("Decisions › {}", reading.title),
        None => format!("File › {}", reading.title),
    }
}
