//! What the build knows of the embedded content, so that a start parses none of it.

use super::topic::{CoursePath, Page, Phase, Topic};
use super::{File, topic};
use crate::deck::Weight;

/// A topic of the path.
struct BuiltTopic {
    slug: &'static str,
    title: &'static str,
    part: &'static str,
    phase: usize,
    weight: Weight,
    prerequisites: &'static [&'static str],
    planned: bool,
}

/// A page: its front matter but for the sources, and where its text begins.
struct BuiltPage {
    file: &'static str,
    title: &'static str,
    part: &'static str,
    summary: &'static str,
    weight: Weight,
    prerequisites: &'static [&'static str],
    related: &'static [&'static str],
    body: usize,
    body_line: usize,
}

/// A decision tree: its first topic, and its scenarios with their lines.
pub(super) struct BuiltTree {
    pub(super) file: &'static str,
    pub(super) topic: &'static str,
    pub(super) scenarios: &'static [(&'static str, usize)],
}

static PHASES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/phases.rs"));
static TOPICS: &[BuiltTopic] = include!(concat!(env!("OUT_DIR"), "/topics.rs"));
static PAGES: &[BuiltPage] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));
/// The decision trees of the program.
pub(super) static TREES: &[BuiltTree] = include!(concat!(env!("OUT_DIR"), "/trees.rs"));

/// The path of the program.
pub(super) fn path() -> CoursePath {
    let phase = |&(name, weeks): &(&str, &str)| Phase { name: name.to_string(), weeks: weeks.to_string() };
    let topic = |built: &BuiltTopic| Topic {
        slug: built.slug.to_string(),
        title: built.title.to_string(),
        part: built.part.to_string(),
        phase: built.phase,
        weight: built.weight,
        prerequisites: owned(built.prerequisites),
        planned: built.planned,
        page: None,
    };
    CoursePath { phases: PHASES.iter().map(phase).collect(), topics: TOPICS.iter().map(topic).collect() }
}

/// The topic that a page of the program is about, if the build knows the file.
pub(super) fn page(file: &File) -> Option<Topic> {
    let built = PAGES.iter().find(|built| built.file == file.name)?;
    let page = Page {
        file: file.name.clone(),
        text: file.text.clone(),
        body: topic::rest(&file.text, built.body),
        body_line: built.body_line,
        summary: built.summary.to_string(),
        related: owned(built.related),
        ..Page::default()
    };
    Some(Topic {
        slug: file.stem().to_string(),
        title: built.title.to_string(),
        part: built.part.to_string(),
        phase: 0,
        weight: built.weight,
        prerequisites: owned(built.prerequisites),
        planned: false,
        page: Some(page),
    })
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{files, topic};

    /// What the build knows is what the files say.
    #[test]
    fn nothing_is_known_wrongly() {
        let (files, mut problems) = files::collect(&[]);
        let mut pages = 0;
        for (role, file) in &files {
            match role {
                files::Role::Path => {
                    let read = topic::read_path(file, &mut problems);
                    assert_eq!(format!("{read:?}"), format!("{:?}", path()));
                    assert!(read.topics.len() > 70);
                }
                files::Role::Page => {
                    pages += 1;
                    let read = topic::read_page(file, &mut problems);
                    let known = page(file).expect("the build knows every page");
                    assert_eq!(known.page.as_ref().map(Page::sources), read.page.as_ref().map(Page::sources));
                    assert_eq!(format!("{read:?}"), format!("{known:?}"));
                }
                files::Role::Decision => {
                    let (tree, wrong) = crate::decide::parse(&file.name, file.stem(), &file.text);
                    problems.extend(wrong);
                    let tree = tree.expect("every tree can be walked");
                    let known = TREES.iter().find(|known| known.file == file.name).expect("it is known");
                    assert_eq!(Some(known.topic), tree.topics.first().map(String::as_str));
                    let scenarios: Vec<(&str, usize)> =
                        tree.scenarios.iter().map(|scenario| (scenario.id.as_str(), scenario.line)).collect();
                    assert_eq!(scenarios, known.scenarios);
                }
                _ => {}
            }
        }
        assert_eq!((problems.as_slice(), pages), ([].as_slice(), PAGES.len()));
    }
}
