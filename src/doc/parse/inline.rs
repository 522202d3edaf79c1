//! The text of one paragraph, heading or cell while it is read: marks that are on, links that are open,
//! runs so far.

use pulldown_cmark::TagEnd;

use super::super::block::{Link, Marks, Run};
use super::super::clean::clean;
use super::super::html::{self, Mark, Tag};

/// Runs in the making.
#[derive(Default)]
pub(super) struct Inline {
    /// All links of the document so far.
    pub targets: Vec<Link>,
    runs: Vec<Run>,
    /// How many marks of each kind are open; they nest.
    strong: usize,
    emph: usize,
    strike: usize,
    code: usize,
    /// The links and images that are open, outermost first.
    open: Vec<Open>,
    /// How many bytes of text there are so far.
    length: usize,
}

struct Open {
    target: usize,
    /// How long the text was when it was opened, to see whether it has any.
    length: usize,
    /// Whether an image stands inside another link, which then says where it leads.
    inside: bool,
}

impl Inline {
    /// The runs; nothing stays open. Runs that are white space only count as none.
    pub fn take(&mut self) -> Vec<Run> {
        (self.strong, self.emph, self.strike, self.code) = (0, 0, 0, 0);
        self.open.clear();
        let runs = std::mem::take(&mut self.runs);
        if runs.iter().all(|run| run.text.trim().is_empty()) { Vec::new() } else { runs }
    }

    /// Text of a line; white space in it is spaces.
    pub fn text(&mut self, text: &str) {
        self.add(text, self.marks());
    }

    /// A code span.
    pub fn code(&mut self, text: &str) {
        self.add(text, Marks { code: true, ..self.marks() });
    }

    /// A hard line break.
    pub fn hard_break(&mut self) {
        self.push("\n", self.marks());
    }

    /// A reference to a footnote.
    pub fn note(&mut self, number: usize) {
        self.push(&format!("[{number}]"), Marks { note: Some(number), ..self.marks() });
    }

    /// Starts or ends a mark.
    pub fn mark(&mut self, tag: &TagEnd, start: bool) {
        match tag {
            TagEnd::Emphasis => count(&mut self.emph, start),
            TagEnd::Strong => count(&mut self.strong, start),
            TagEnd::Strikethrough => count(&mut self.strike, start),
            _ => {}
        }
    }

    /// Opens a link at a line and column.
    pub fn link(&mut self, url: &str, (line, column): (usize, usize)) {
        self.open(url, false, (line, column));
    }

    /// Closes a link. One without text shows where it leads, since else nobody could follow it.
    pub fn end_link(&mut self) {
        if self.open.last().is_some_and(|open| self.length == open.length) {
            self.show_url();
        }
        self.open.pop();
    }

    /// Opens an image, shown as its alternative text and its path.
    pub fn image(&mut self, url: &str, place: (usize, usize)) {
        self.push("image: ", Marks { dim: true, ..Marks::default() });
        self.open(url, true, place);
    }

    /// Closes an image.
    pub fn end_image(&mut self) {
        let Some(open) = self.open.last() else { return };
        let empty = self.length == open.length;
        let inside = open.inside;
        if empty {
            self.show_url();
        }
        let url = self.open.pop().map(|open| self.targets[open.target].url.clone()).unwrap_or_default();
        if !empty && !inside && !url.is_empty() {
            self.add(&format!(" ({url})"), Marks { dim: true, ..Marks::default() });
        }
    }

    /// A tag in the text.
    pub fn html(&mut self, tag: &str, place: (usize, usize)) {
        match html::inline(tag) {
            Tag::Nothing => {}
            Tag::Break => self.hard_break(),
            Tag::Mark(Mark::Strong, start) => count(&mut self.strong, start),
            Tag::Mark(Mark::Emph, start) => count(&mut self.emph, start),
            Tag::Mark(Mark::Strike, start) => count(&mut self.strike, start),
            Tag::Mark(Mark::Code, start) => count(&mut self.code, start),
            Tag::Text(text) => self.text(text),
            Tag::Image { alt, src } => {
                self.image(&src, place);
                if !alt.is_empty() {
                    self.text(&alt);
                }
                self.end_image();
            }
            Tag::Unknown => self.add(tag, Marks { dim: true, ..self.marks() }),
        }
    }

    fn open(&mut self, url: &str, image: bool, (line, column): (usize, usize)) {
        self.targets.push(Link { url: url.to_owned(), image, line, column });
        self.open.push(Open {
            target: self.targets.len() - 1,
            length: self.length,
            inside: !self.open.is_empty(),
        });
    }

    fn show_url(&mut self) {
        if let Some(url) = self.open.last().map(|open| self.targets[open.target].url.clone()) {
            self.add(&url, self.marks());
        }
    }

    fn marks(&self) -> Marks {
        Marks {
            strong: self.strong > 0,
            emph: self.emph > 0,
            strike: self.strike > 0,
            code: self.code > 0,
            ..Marks::default()
        }
    }

    fn add(&mut self, text: &str, marks: Marks) {
        if text.contains(['\n', '\r', '\t']) {
            self.push(&clean(&text.replace(['\n', '\r', '\t'], " ")), marks);
        } else {
            self.push(&clean(text), marks);
        }
    }

    fn push(&mut self, text: &str, marks: Marks) {
        self.length += text.len();
        // An image inside a link leads where the link leads.
        let link = self.open.first().map(|open| open.target);
        match self.runs.last_mut() {
            Some(last) if last.marks == marks && last.link == link => last.text.push_str(text),
            _ if text.is_empty() => {}
            _ => self.runs.push(Run { text: text.to_owned(), marks, link }),
        }
    }
}

fn count(open: &mut usize, start: bool) {
    *open = if start { *open + 1 } else { open.saturating_sub(1) };
}
