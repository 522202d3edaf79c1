//! What a page is made of: a topic of the library, or a file beside it; opened, and opened again when it changes.

use std::collections::HashMap;
use std::sync::Arc;

use crate::doc::{self, Code, Document, Live, Page, Place};
use crate::library::{File, Library, Topic};
use crate::store;

use super::super::live::LiveBlock;
use super::super::walk;
use super::find::Find;
use super::seen::{self, Seen};
use super::{Focus, Reading, Shape};

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

impl Origin {
    /// Whether it is the same page, whatever stands in it now: a file may have changed meanwhile.
    #[must_use]
    pub fn is_same(&self, other: &Origin) -> bool {
        match (self, other) {
            (Origin::File(one), Origin::File(other)) if one.path.is_some() => one.path == other.path,
            (one, other) => one == other,
        }
    }
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
        // Found once: it takes a look into the source of every page, and the outline is drawn in every frame.
        let linked_from = match &origin {
            Origin::Topic(slug) => library.links_to(slug).map(|topic| topic.slug.clone()).collect(),
            Origin::Tree(_) | Origin::File(_) => Vec::new(),
        };
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
            linked_from,
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

    /// Whether it is made of the same text as another page, so that the other can stay as it is.
    pub(in super::super) fn is_made_as(&self, other: &Reading) -> bool {
        (&self.title, self.end) == (&other.title, other.end) && self.whole == other.whole
    }

    /// Stays as it is, with all that is open in it, though it was read again as `new`. Only what the page names and
    /// does not hold may be another: a decision, a card, which topics are written.
    pub(in super::super) fn stay(&mut self, new: Reading) {
        (self.origin, self.planned) = (new.origin, new.planned);
        let mut changed = false;
        for (index, block) in new.live {
            let stays = self.live.get(&index).is_some_and(|old| !block.is_other_than(old));
            if !stays {
                self.live.insert(index, block);
                changed = true;
            }
        }
        if changed {
            self.lay_out();
        }
    }

    /// Takes over from the page as it was before its file changed: what was answered and played, what was seen, what
    /// is open, what is being typed. A live block whose source changed begins anew. The page has no lines yet.
    pub(in super::super) fn take_over(&mut self, before: &mut Reading) {
        let same: Vec<usize> = {
            let old: HashMap<usize, &Live> = before.whole.live().map(|block| (block.index, block)).collect();
            let is_same = |new: &&Live| {
                old.get(&new.index).is_some_and(|old| {
                    (old.kind, &old.argument, &old.body) == (new.kind, &new.argument, &new.body)
                })
            };
            self.whole.live().filter(is_same).map(|block| block.index).collect()
        };
        let has_keys = before.focus.filter(|_| before.entered);
        for index in same {
            if let Some(block) = before.live.remove(&index)
                && !self.live.get(&index).is_some_and(|new| new.is_other_than(&block))
            {
                self.live.insert(index, block);
                if has_keys == Some(Focus::Live(index)) {
                    (self.focus, self.entered) = (has_keys, true);
                }
            }
        }
        let old: HashMap<usize, &Code> = before.whole.code().map(|code| (code.index, code)).collect();
        for code in self.whole.code() {
            if old
                .get(&code.index)
                .is_some_and(|old| (&old.language, &old.text) == (&code.language, &code.text))
            {
                self.colours.extend(before.colours.remove(&code.index).map(|colours| (code.index, colours)));
                self.pans.extend(before.pans.remove(&code.index).map(|pan| (code.index, pan)));
            }
        }
        (self.folds, self.seen) = (std::mem::take(&mut before.folds), std::mem::take(&mut before.seen));
        self.outline_hidden = before.outline_hidden;
        (self.find.wanted, self.find.at) = (std::mem::take(&mut before.find.wanted), before.find.at);
        if before.cheat {
            let focus = (self.focus, self.entered);
            self.toggle_cheat_sheet();
            (self.focus, self.entered) = focus;
            self.back_to = before.back_to;
        }
    }

    /// Goes on as the page before its file changed stood: at the same place, with the same things open. The page has
    /// lines now.
    pub(in super::super) fn go_on_from(
        &mut self,
        before: &mut Reading,
        leading: &dyn Fn(&Reading, usize) -> bool,
    ) {
        if let (Some(field), Some(from)) = (before.find.field.take(), before.find.from) {
            let from = before.exact_place(from);
            self.find.field = Some(field);
            self.go_to_place(from);
            self.find.from = Some(self.top);
        }
        self.go_to_place(before.exact_place(before.top));
        let cursor = before.cursor.filter(|_| !self.cheat);
        self.cursor = cursor.and_then(|cursor| (0..=cursor).rev().find(|&row| leading(self, row)));
        if let Some(zoom) = before.zoom.take() {
            self.zoom = zoom.of(&self.document);
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
