//! What a page can be asked for besides reading it: a bookmark, a mark as read, a copy of a part, an editor.

use std::path::PathBuf;

use super::live::LiveBlock;
use super::message::Bookmark;
use super::reader::Origin;
use super::reader::pick::Thing;
use super::{Effect, Model};

/// Sets a bookmark at this section, or takes it away.
pub(super) fn bookmark(model: &mut Model) -> Vec<Effect> {
    let Some(reading) = &model.reader.open else { return Vec::new() };
    if reading.slug.is_empty() {
        model.say("A bookmark is for pages and files; this is neither.");
        return Vec::new();
    }
    let heading = reading.heading().and_then(|at| reading.document.headings.get(at));
    let heading = heading.filter(|heading| heading.level > 1);
    let mark = Bookmark {
        topic: reading.slug.clone(),
        section: heading.map_or_else(String::new, |heading| heading.id.clone()),
    };
    let place = heading.map_or_else(|| reading.title.clone(), |heading| heading.text.clone());
    let set = !model.learned.bookmarks.contains(&mark);
    model.say(if set {
        format!("Bookmark at '{place}': it stands on top of the Library's list.")
    } else {
        format!("Bookmark at '{place}' taken away.")
    });
    vec![Effect::Bookmark(mark, set)]
}

/// Marks this section as read, or takes the mark back.
pub(super) fn mark_read(model: &mut Model) -> Vec<Effect> {
    let Some(reading) = &model.reader.open else { return Vec::new() };
    let (Some(slug), Some(section)) = (reading.topic(), reading.section()) else {
        model.say("There is no section here to mark.");
        return Vec::new();
    };
    let read = model.learned.read.get(slug).is_some_and(|read| read.contains(&section.id));
    let effect = Effect::ReadMark(slug.to_string(), section.id.clone(), !read);
    model.say(if read { "Marked as not read." } else { "Marked as read." });
    vec![effect]
}

/// The text of a block, as it stands in the file.
pub(super) fn copy(model: &mut Model, thing: Thing) -> Vec<Effect> {
    let Some(reading) = &model.reader.open else { return Vec::new() };
    let (what, text) = match thing {
        Thing::Code(index) => {
            let code = reading.document.code().find(|code| code.index == index);
            ("code", code.map(|code| code.text.clone()))
        }
        Thing::Table(index) => {
            let lines = reading.document.table_lines(index);
            ("table", lines.and_then(|lines| reading.source_lines(&model.library, lines)))
        }
        Thing::Live(live) => match reading.live.get(&live) {
            Some(LiveBlock::Calc(calc)) => ("sheet", Some(calc.editor.text().to_string())),
            _ => ("block", None),
        },
    };
    let Some(text) = text else { return Vec::new() };
    let lines = text.lines().count();
    model.say(format!("Copied the {what}: {lines} {}.", if lines == 1 { "line" } else { "lines" }));
    vec![Effect::Copy(text)]
}

/// The section at the top of the screen, as Markdown.
pub(super) fn copy_section(model: &mut Model) -> Vec<Effect> {
    let Some(reading) = &model.reader.open else { return Vec::new() };
    // Under the title stands the page as a whole.
    let sections = reading.document.headings.iter().filter(|heading| heading.level > 1);
    let lines: Vec<usize> = sections.map(|heading| heading.line).collect();
    let here = reading.heading().and_then(|at| reading.document.headings.get(at)).map(|heading| heading.line);
    let at = lines.iter().position(|line| Some(*line) == here);
    let first = at.map_or(1, |at| lines[at]);
    let end = at.and_then(|at| lines.get(at + 1).copied()).unwrap_or(usize::MAX);
    let Some(text) = reading.source_lines(&model.library, first..end) else { return Vec::new() };
    model.say(format!("Copied the section: {} lines.", text.lines().count()));
    vec![Effect::Copy(text)]
}

pub(super) fn edit(model: &mut Model) -> Vec<Effect> {
    let Some(reading) = &model.reader.open else { return Vec::new() };
    match &reading.origin {
        Origin::Topic(slug) => {
            let Some(topic) = model.library.topic(slug) else { return Vec::new() };
            let Some(page) = &topic.page else { return Vec::new() };
            let name = format!("topics/{}/{}.md", topic.part, topic.slug);
            vec![Effect::Edit(page.path.clone(), name, topic.slug.clone())]
        }
        Origin::Tree(slug) => {
            let Ok(tree) = model.library.tree(slug) else { return Vec::new() };
            // One of ours lies in the program, one of the learner's where its name says.
            let own = (!tree.file.starts_with("content/")).then(|| PathBuf::from(&tree.file));
            vec![Effect::Edit(own, format!("decisions/{slug}.toml"), String::new())]
        }
        Origin::File(file) => match &file.path {
            Some(path) => vec![Effect::Edit(Some(path.clone()), String::new(), reading.slug.clone())],
            None => {
                model.say("What came from a pipe has no file to edit.");
                Vec::new()
            }
        },
    }
}
