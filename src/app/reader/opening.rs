//! What a page is made of: a topic of the library, or a file beside it; opened, and opened again when it changes.

use std::collections::HashMap;
use std::sync::Arc;

use crate::doc::{self, Document, Live, Page, Place};
use crate::library::{File, Library, Topic};
use crate::store;

use super::super::live::LiveBlock;
use super::super::walk;
use super::find::Find;
use super::seen::{self, Seen};
use super::{Reading, Shape};

/// What a page is of.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// A topic, by its slug.
    Topic(String),
    /// A decision tree by itself, by its slug.
    Tree(String),
    /// A file beside the library.
    File(Arc<File>),
}

impl Reading {
    /// Opens a page; nothing where a topic has none.
    #[must_use]
    pub fn open(library: &Library, origin: &Origin, seed: u64) -> Option<Reading> {
        match origin {
            Origin::Topic(slug) => {
                let topic = library.topic(slug)?;
                let source = topic.page.as_ref()?;
                let first = source.body_line.saturating_sub(TITLE_LINES).max(1);
                let whole = doc::parse_from(&with_title(topic), first);
                let end = source.body_line + source.body.lines().count();
                Some(Reading::of(
                    library,
                    origin.clone(),
                    topic.slug.clone(),
                    topic.title.clone(),
                    whole,
                    end,
                    seed,
                ))
            }
            Origin::Tree(slug) => {
                let tree = library.tree(slug).ok()?;
                let source = walk::source(library, tree);
                let end = source.lines().count() + 1;
                let whole = doc::parse(&source);
                Some(Reading::of(
                    library,
                    origin.clone(),
                    String::new(),
                    tree.title.clone(),
                    whole,
                    end,
                    seed,
                ))
            }
            Origin::File(file) => {
                let whole = doc::parse_foreign(&file.text);
                let end = file.text.lines().count() + 1;
                let first = whole.headings.first().filter(|heading| heading.level == 1);
                let title = first.map_or_else(|| short_name(file), |heading| heading.text.clone());
                let key = file.path.as_deref().map_or_else(String::new, store::file_key);
                Some(Reading::of(library, origin.clone(), key, title, whole, end, seed))
            }
        }
    }

    fn of(
        library: &Library,
        origin: Origin,
        slug: String,
        title: String,
        whole: Document,
        end: usize,
        seed: u64,
    ) -> Reading {
        let live = whole.live().map(|block| (block.index, LiveBlock::new(library, block, seed))).collect();
        let is_planned = |url: &&str| {
            let slug = url.split('#').next().unwrap_or_default();
            library.topic(slug).is_some_and(|topic| topic.page.is_none())
        };
        let planned = whole.links().map(|link| link.url.as_str()).filter(is_planned).map(str::to_string);
        let planned = planned.collect();
        let whole = Arc::new(whole);
        Reading {
            origin,
            slug,
            title,
            cheat: false,
            document: Arc::clone(&whole),
            page: Page::default(),
            top: 0,
            focus: None,
            entered: false,
            live,
            outline_hidden: false,
            cursor: None,
            find: Find::default(),
            zoom: None,
            pick: None,
            seen: Seen::default(),
            sections: seen::sections(&whole, end),
            words: whole.words(),
            whole,
            shape: Shape::default(),
            folds: HashMap::new(),
            pans: HashMap::new(),
            colours: HashMap::new(),
            back_to: Place::default(),
            planned,
            end,
        }
    }

    /// Takes over from the page as it was before its file changed: what was answered and played, what was seen, what
    /// is open. A live block whose source changed begins anew.
    pub(in super::super) fn take_over(&mut self, mut before: Reading) {
        let same: Vec<usize> = {
            let old: HashMap<usize, &Live> = before.whole.live().map(|block| (block.index, block)).collect();
            let is_same = |new: &&Live| {
                old.get(&new.index).is_some_and(|old| {
                    (old.kind, &old.argument, &old.body) == (new.kind, &new.argument, &new.body)
                })
            };
            self.whole.live().filter(is_same).map(|block| block.index).collect()
        };
        for index in same {
            if let Some(block) = before.live.remove(&index)
                && !self.live.get(&index).is_some_and(|new| new.decides_otherwise(&block))
            {
                self.live.insert(index, block);
            }
        }
        (self.folds, self.seen, self.outline_hidden) = (before.folds, before.seen, before.outline_hidden);
        (self.find.wanted, self.find.at) = (before.find.wanted, before.find.at);
        if before.cheat {
            self.toggle_cheat_sheet();
        }
    }

    /// Lines of its source, as they stand in the file, as far as there are such lines.
    #[must_use]
    pub fn source_lines(&self, library: &Library, lines: std::ops::Range<usize>) -> Option<String> {
        let (body, first) = match &self.origin {
            Origin::Topic(slug) => {
                let page = library.topic(slug)?.page.as_ref()?;
                (page.body.as_ref(), page.body_line)
            }
            Origin::Tree(_) => return None,
            Origin::File(file) => (file.text.as_ref(), 1),
        };
        let numbered = body.lines().enumerate().map(|(index, line)| (first + index, line));
        let wanted: Vec<&str> =
            numbered.filter(|(number, _)| lines.contains(number)).map(|(_, line)| line).collect();
        (!wanted.is_empty()).then(|| wanted.join("\n"))
    }
}

/// How many lines stand before the body once the title is put there.
const TITLE_LINES: usize = 4;

/// The page's text with the title and the summary from its front matter, which is longer than what is put in its
/// place: so the lines of the body keep their numbers.
fn with_title(topic: &Topic) -> String {
    let Some(page) = &topic.page else { return String::new() };
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("# {}\n\n*{}*\n\n{}", one_line(&topic.title), one_line(&page.summary), page.body)
}

/// The name of a file without its folders.
#[must_use]
pub fn short_name(file: &File) -> String {
    let name = file.name.trim_end_matches(['/', '\\']);
    doc::clean(name.rsplit(['/', '\\']).next().unwrap_or(name)).into_owned()
}
