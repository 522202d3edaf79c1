//! The text of one paragraph, heading or cell while it is read: marks that are on, links that are open,
//! runs so far.

use std::borrow::Cow;

use pulldown_cmark::TagEnd;

use super::super::block::{Link, Marks, Run};
use super::super::clean::clean;
use super::super::html::{self, Tag, Token};
use super::super::script::Script;

/// Runs in the making.
#[derive(Default)]
pub(super) struct Inline {
    /// All links of the document so far.
    pub targets: Vec<Link>,
    runs: Vec<Run>,
    /// Runs before this one take no more text.
    sealed: usize,
    /// How many marks of each kind are open; they nest.
    strong: usize,
    emph: usize,
    strike: usize,
    code: usize,
    key: usize,
    under: usize,
    /// The links and images that are open, outermost first.
    open: Vec<Open>,
    /// The raised and lowered texts that are open, and where they begin: the run, and the byte in it.
    scripts: Vec<(Script, usize, usize)>,
    /// How many bytes of text there are so far, and whether any of it is more than white space.
    length: usize,
    has_text: bool,
    /// Whether text that follows starts a new line.
    owes_break: bool,
    pictures: Pictures,
}

struct Open {
    target: usize,
    /// How long the text was when it was opened, to see whether it has any.
    length: usize,
    /// Whether it is an `<a>`.
    html: bool,
}

/// What is known of the images of a text, to tell a row of badges from a picture with a place.
#[derive(Default)]
struct Pictures {
    count: usize,
    /// Whether there is text beside them.
    text: bool,
    /// Whether nothing followed the last one yet.
    just: bool,
    /// The runs that are ours, labels and paths, and whether their image is from elsewhere.
    labels: Vec<(usize, bool)>,
}

impl Inline {
    /// The runs; nothing stays open. Runs that are white space only count as none. In a row of badges the
    /// labels are left out: "image" said eight times says nothing.
    pub fn take(&mut self) -> Vec<Run> {
        while let Some((script, run, byte)) = self.scripts.pop() {
            self.script(script, run, byte);
        }
        let rest = Inline { targets: std::mem::take(&mut self.targets), ..Inline::default() };
        let Inline { mut runs, pictures, .. } = std::mem::replace(self, rest);
        if pictures.count > 1 && !pictures.text {
            for (label, _) in pictures.labels.into_iter().filter(|(_, remote)| *remote) {
                runs[label].text.clear();
            }
            runs.retain(|run| !run.text.is_empty());
        }
        if let Some(last) = runs.last_mut().filter(|last| !last.marks.code) {
            last.text.truncate(last.text.trim_end_matches(' ').len());
        }
        if runs.iter().all(|run| run.text.trim().is_empty()) { Vec::new() } else { runs }
    }

    /// The text without images, if there is other text, else all of it: a logo is no name.
    pub fn name(&self) -> String {
        let is_image = |index: usize, run: &Run| {
            self.pictures.labels.binary_search_by_key(&index, |(label, _)| *label).is_ok()
                || run.link.is_some_and(|link| self.targets.get(link).is_some_and(|target| target.image))
        };
        let runs = || self.runs.iter().enumerate();
        let named: String =
            runs().filter(|(index, run)| !is_image(*index, run)).map(|(_, run)| run.text.as_str()).collect();
        if named.trim().is_empty() { runs().map(|(_, run)| run.text.as_str()).collect() } else { named }
    }

    /// Whether a link is open, in which no other can be.
    pub fn is_in_link(&self) -> bool {
        !self.open.is_empty()
    }

    /// Whether there is no text yet.
    pub fn is_empty(&self) -> bool {
        !self.has_text
    }

    /// Text of a line; white space in it is spaces.
    pub fn text(&mut self, text: &str) {
        self.add(text, self.marks());
    }

    /// A code span.
    pub fn code(&mut self, text: &str) {
        self.add(text, Marks { code: true, ..self.marks() });
    }

    /// A formula as text: `\n` in it is a hard break.
    pub fn formula(&mut self, text: &str) {
        for (index, line) in text.split('\n').enumerate() {
            if index > 0 {
                self.hard_break();
            }
            self.add(line, Marks { emph: true, ..self.marks() });
        }
    }

    /// Text that is not HTML or that is ours, of little weight.
    pub fn dim(&mut self, text: &str) {
        self.add(text, Marks { dim: true, ..self.marks() });
    }

    /// A hard line break.
    pub fn hard_break(&mut self) {
        self.owes_break = false;
        self.push("\n", self.marks());
    }

    /// Has text that follows start a new line, where there is text before it.
    pub fn new_line(&mut self) {
        self.owes_break |= !self.is_empty();
    }

    /// A reference to a footnote.
    pub fn note(&mut self, number: usize) {
        self.settle();
        self.pictures.text = true;
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
    pub fn link(&mut self, url: &str, place: (usize, usize)) {
        self.separate();
        self.open(url, false, place);
    }

    /// Closes a link. One without text shows where it leads, since else nobody could follow it.
    pub fn end_link(&mut self) {
        self.close_tags();
        if self.open.last().is_some_and(|open| self.length == open.length) {
            self.show_url();
        }
        self.open.pop();
    }

    /// Opens an image, shown as its alternative text and its path; inside a link, which leads elsewhere, as
    /// its alternative text only.
    pub fn image(&mut self, url: &str, place: (usize, usize)) {
        self.separate();
        self.settle();
        if self.open.is_empty() {
            self.label("image: ", url);
        }
        self.open(url, true, place);
    }

    /// Closes an image.
    pub fn end_image(&mut self) {
        self.close_tags();
        let Some(open) = self.open.last() else { return };
        let empty = self.length == open.length;
        if empty {
            self.show_url();
        }
        let url = self.open.pop().map(|open| self.targets[open.target].url.clone()).unwrap_or_default();
        if !empty && self.open.is_empty() && !url.is_empty() {
            self.label(&format!(" ({url})"), &url);
        }
        self.pictures.count += 1;
        self.pictures.just = true;
    }

    /// A tag or comment in the text.
    pub fn html(&mut self, source: &str, place: (usize, usize)) {
        match html::token(source) {
            Token::Tag(tag) => self.tag(tag, place),
            Token::Raw(text) => self.text(text),
            Token::Unknown(source) | Token::Text(source) => self.dim(source),
            Token::Hidden => {}
        }
    }

    /// A tag in the text. One that would start a block starts a line.
    pub fn tag(&mut self, tag: Tag, place: (usize, usize)) {
        let start = !tag.closing;
        match tag.name {
            "br" => self.hard_break(),
            "b" | "strong" | "mark" => count(&mut self.strong, start),
            "i" | "em" | "var" | "cite" | "dfn" => count(&mut self.emph, start),
            "s" | "del" | "strike" => count(&mut self.strike, start),
            "code" | "samp" | "tt" => count(&mut self.code, start),
            "kbd" => count(&mut self.key, start),
            "u" | "ins" => count(&mut self.under, start),
            "sup" => self.moved(Script::Up, start),
            "sub" => self.moved(Script::Down, start),
            "a" => self.anchor(tag, place),
            "img" if start => {
                self.image(&tag.value("src"), place);
                self.text(&tag.value("alt"));
                self.end_image();
            }
            "input" if start && tag.value("type") == "checkbox" => {
                self.dim(if tag.attribute("checked").is_some() { "[x] " } else { "[ ] " });
            }
            "video" | "audio" | "iframe" | "embed" if start => self.media(tag, place),
            "li" => {
                self.new_line();
                if start {
                    self.dim("- ");
                }
            }
            "address" | "article" | "aside" | "blockquote" | "center" | "dd" | "details" | "div" | "dl"
            | "dt" | "figcaption" | "figure" | "footer" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6"
            | "header" | "hr" | "ol" | "p" | "pre" | "section" | "summary" | "table" | "tr" | "ul" => {
                self.new_line();
            }
            "td" | "th" => self.text(" "),
            _ => {}
        }
    }

    fn anchor(&mut self, tag: Tag, place: (usize, usize)) {
        if self.open.last().is_some_and(|open| open.html) {
            self.open.pop();
        }
        if let Some(url) = tag.attribute("href").filter(|_| !tag.closing) {
            self.separate();
            self.open(&url, true, place);
            if let (Some(open), Some(link)) = (self.open.last_mut(), self.targets.last_mut()) {
                open.html = true;
                link.image = false;
            }
        }
    }

    /// A film or the like: what it is, and where.
    fn media(&mut self, tag: Tag, place: (usize, usize)) {
        if let Some(url) = tag.attribute("src").filter(|_| self.open.is_empty()) {
            self.dim(&format!("{}: ", tag.name));
            self.link(&url, place);
            self.end_link();
        }
    }

    fn open(&mut self, url: &str, image: bool, (line, column): (usize, usize)) {
        self.targets.push(Link { url: url.to_owned(), image, line, column });
        self.open.push(Open { target: self.targets.len() - 1, length: self.length, html: false });
    }

    /// Closes the `<a>`s that were opened inside what is now closed.
    fn close_tags(&mut self) {
        while self.open.last().is_some_and(|open| open.html) {
            self.open.pop();
        }
    }

    fn show_url(&mut self) {
        if let Some(url) = self.open.last().map(|open| self.targets[open.target].url.clone()) {
            self.add(&url, self.marks());
        }
    }

    /// A piece of text of our own around an image.
    fn label(&mut self, text: &str, url: &str) {
        self.sealed = self.runs.len();
        self.push(&one_line(text), Marks { dim: true, ..Marks::default() });
        let remote = ["http://", "https://", "//"].iter().any(|scheme| url.starts_with(scheme));
        self.pictures.labels.push((self.runs.len() - 1, remote));
        self.sealed = self.runs.len();
    }

    /// Keeps an image from what follows it directly.
    fn separate(&mut self) {
        if std::mem::take(&mut self.pictures.just) {
            self.push(" ", Marks::default());
        }
    }

    fn moved(&mut self, script: Script, start: bool) {
        // Raised text in raised text has no form; more of it would only cost.
        const DEEPEST: usize = 2;
        if start && self.scripts.len() < DEEPEST {
            let byte = self.runs.last().map_or(0, |run| run.text.len());
            self.scripts.push((script, self.runs.len(), byte));
        } else if !start && let Some((_, run, byte)) = self.scripts.pop_if(|(open, ..)| *open == script) {
            self.script(script, run, byte);
        }
    }

    /// Raises or lowers the text from a place on.
    fn script(&mut self, script: Script, run: usize, byte: usize) {
        // The text may have gone on in the run that was the last one then.
        let first = run.saturating_sub(1);
        let start_in = |index: usize| if index + 1 == run { byte } else { 0 };
        let parts: Vec<(usize, &str)> = (first..self.runs.len())
            .map(|index| (index, &self.runs[index].text[start_in(index)..]))
            .filter(|(_, text)| !text.is_empty())
            .collect();
        let text: String = parts.iter().map(|(_, text)| *text).collect();
        if text.trim().is_empty() || parts.iter().any(|(index, _)| self.runs[*index].marks.note.is_some()) {
            return;
        }
        let indices: Vec<usize> = parts.iter().map(|(index, _)| *index).collect();
        if script.exact(&text).is_some() {
            for index in indices {
                let run = &mut self.runs[index].text;
                if let Some(moved) = script.exact(&run[start_in(index)..]) {
                    run.replace_range(start_in(index).., &moved);
                }
            }
        } else if let (Some(first), Some(last)) = (indices.first(), indices.last())
            && self.hangs(*first, start_in(*first))
        {
            let brackets = Script::needs_brackets(&text);
            if brackets {
                self.runs[*last].text.push(')');
            }
            let sign = format!("{}{}", script.sign(), if brackets { "(" } else { "" });
            self.runs[*first].text.insert_str(start_in(*first), &sign);
        }
    }

    /// Whether raised text at a place hangs on what stands before it, as in `x^(a, b)`. Else its author wanted small
    /// print, and no sign is due.
    fn hangs(&self, run: usize, byte: usize) -> bool {
        let before = self.runs[..run].iter().map(|run| run.text.as_str());
        let mut before = before.chain(std::iter::once(&self.runs[run].text[..byte]));
        let last = before.rfind(|text| !text.is_empty()).and_then(|text| text.chars().next_back());
        last.is_some_and(|last| !last.is_whitespace() && !".,;:!?'\"([{".contains(last))
    }

    fn marks(&self) -> Marks {
        Marks {
            strong: self.strong > 0,
            emph: self.emph > 0,
            strike: self.strike > 0,
            code: self.code > 0,
            key: self.key > 0,
            under: self.under > 0,
            ..Marks::default()
        }
    }

    /// Adds text of the author.
    fn add(&mut self, text: &str, marks: Marks) {
        if text.is_empty() {
            return;
        }
        if !text.trim().is_empty() {
            self.settle();
            self.pictures.text |= !self.open.last().is_some_and(|open| self.targets[open.target].image);
        }
        self.push(&one_line(text), marks);
    }

    /// Writes the line break that is owed.
    fn settle(&mut self) {
        if self.owes_break {
            self.hard_break();
        }
    }

    fn push(&mut self, text: &str, marks: Marks) {
        self.length += text.len();
        self.has_text |= !text.trim().is_empty();
        self.pictures.just = false;
        // An image inside a link leads where the link leads.
        let link = self.open.first().map(|open| open.target);
        let open = self.runs.len() > self.sealed;
        match self.runs.last_mut().filter(|_| open) {
            Some(last) if last.marks == marks && last.link == link => last.text.push_str(text),
            _ if text.is_empty() => {}
            _ => self.runs.push(Run { text: text.to_owned(), marks, link }),
        }
    }
}

/// Clean text in which white space is spaces.
fn one_line(text: &str) -> Cow<'_, str> {
    if text.contains(['\n', '\r', '\t']) {
        Cow::Owned(clean(&text.replace(['\n', '\r', '\t'], " ")).into_owned())
    } else {
        clean(text)
    }
}

fn count(open: &mut usize, start: bool) {
    *open = if start { *open + 1 } else { open.saturating_sub(1) };
}
