//! Blocks of HTML as the blocks that Markdown would have made of them.
//!
//! A page written in HTML inside Markdown (a title in the middle, a row of badges, a table of pictures, parts
//! that fold) should read as if it were Markdown. So tags open and close the same containers and texts as
//! Markdown does, and Markdown between two blocks of HTML stands in what the first one opened. White space is
//! what it is in HTML: a space.

use super::super::block::Kind;
use super::super::html::{self, Tag, Token};
use super::{Builder, Leaf, What};

/// The text of a block of HTML, and where its parts stand in the source.
#[derive(Default)]
pub(super) struct Html {
    text: String,
    /// Offsets in the text, each with that in the source.
    parts: Vec<(usize, usize)>,
}

impl Html {
    /// Adds text that stands at an offset of the source.
    pub fn add(&mut self, text: &str, source: usize) {
        self.parts.push((self.text.len(), source));
        self.text.push_str(text);
    }

    /// Where a byte of the text stands in the source.
    pub fn source_of(&self, at: usize) -> usize {
        let part = self.parts.partition_point(|(start, _)| *start <= at).checked_sub(1);
        part.map_or(0, |part| self.parts[part].1 + at - self.parts[part].0)
    }
}

/// The pieces of a block, and how far they are read.
pub(super) struct Pieces<'t> {
    pub html: &'t Html,
    tokens: Vec<(usize, Token<'t>)>,
    next: usize,
}

impl<'t> Pieces<'t> {
    pub fn next(&mut self) -> Option<(usize, Token<'t>)> {
        let piece = self.tokens.get(self.next).copied();
        self.next += 1;
        piece
    }

    /// How many pieces there are until a tag is closed, if it is in this block and not opened again before.
    pub fn until_closed(&self, name: &str) -> Option<usize> {
        let rest = self.tokens.get(self.next..)?;
        let same = |token: &Token| matches!(token, Token::Tag(tag) if tag.name == name);
        let at = rest.iter().position(|(_, token)| same(token))?;
        matches!(rest[at].1, Token::Tag(tag) if tag.closing).then_some(at)
    }

    /// Reads up to where a tag is closed, that too; all that is left where it never is. Gives the text
    /// without tags, decoded.
    fn skip_to(&mut self, name: &str) -> String {
        let mut text = String::new();
        while let Some((_, token)) = self.next() {
            match token {
                Token::Tag(tag) if tag.closing && tag.name == name => break,
                Token::Tag(tag) if tag.name == "br" => text.push('\n'),
                Token::Text(piece) => text.push_str(&html::decode(piece)),
                Token::Raw(piece) | Token::Unknown(piece) => text.push_str(piece),
                Token::Tag(_) | Token::Hidden => {}
            }
        }
        text
    }
}

impl Builder<'_> {
    /// Reads a block of HTML. No text stays open behind it; containers do.
    pub(super) fn html_block(&mut self, html: &Html) {
        let mut pieces = Pieces { html, tokens: html::tokens(&html.text), next: 0 };
        while let Some((at, token)) = pieces.next() {
            match token {
                Token::Tag(tag) => self.html_tag(tag, at, &mut pieces),
                other => self.html_text(other, html.source_of(at)),
            }
        }
        self.end_html();
        self.frames.end_summary();
    }

    /// Text in HTML.
    pub(super) fn html_text(&mut self, token: Token, offset: usize) {
        let blank = |text: &str| text.trim_matches([' ', '\t', '\r', '\n']).is_empty();
        match token {
            Token::Text(text) if self.inline.is_empty() => {
                if !blank(text) {
                    let text = text.trim_start_matches([' ', '\t', '\r', '\n']);
                    self.text(offset, |inline| inline.text(&html::decode(text)));
                }
            }
            Token::Text(text) => self.text(offset, |inline| inline.text(&html::decode(text))),
            Token::Raw(text) => self.text(offset, |inline| inline.text(text)),
            Token::Unknown(text) => self.text(offset, |inline| inline.dim(text)),
            Token::Tag(_) | Token::Hidden => {}
        }
    }

    fn html_tag(&mut self, tag: Tag, at: usize, pieces: &mut Pieces) {
        let offset = pieces.html.source_of(at);
        let line = self.source.line(offset);
        let start = !tag.closing;
        match tag.name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.end_html();
                if start {
                    let level = tag.name.bytes().next_back().map_or(1, |digit| digit - b'0');
                    self.leaf = Some((Leaf::Heading(level), line));
                }
            }
            "details" | "ul" | "ol" | "menu" | "li" | "blockquote" | "dl" | "dt" | "dd" => {
                self.end_html();
                self.html_container(tag, line);
            }
            "summary" => {
                self.end_html();
                self.frames.summary(start);
            }
            "hr" => {
                self.end_html();
                self.frames.push(line, Kind::Rule);
            }
            "pre" if start => self.html_code(tag, line, pieces),
            // One that never ends would hide the rest of the page.
            "script" | "style" if start && pieces.until_closed(tag.name).is_some() => {
                pieces.skip_to(tag.name);
                self.text(offset, |inline| inline.dim(tag.name));
            }
            "table" if start => {
                self.end_html();
                if let Some(length) = pieces.until_closed("table") {
                    self.html_table(line, length, pieces);
                }
            }
            "address" | "article" | "aside" | "body" | "caption" | "center" | "div" | "fieldset"
            | "figcaption" | "figure" | "footer" | "form" | "header" | "hgroup" | "html" | "legend"
            | "main" | "nav" | "p" | "pre" | "section" | "table" | "tbody" | "td" | "tfoot" | "th"
            | "thead" | "tr" => self.end_html(),
            _ => {
                let place = self.source.place(offset);
                self.text(offset, |inline| inline.tag(tag, place));
            }
        }
    }

    /// Opens or closes a container.
    fn html_container(&mut self, tag: Tag, line: usize) {
        let name = tag.name;
        let in_list =
            |builder: &Self| ["ul", "ol", "menu"].into_iter().any(|list| builder.frames.is_in(list));
        if tag.closing {
            return self.frames.close_tag(name);
        }
        match name {
            "details" => {
                let open = tag.attribute("open").is_some();
                let index = self.details_count;
                self.details_count += 1;
                let what = What::Details { index, open, summary: Vec::new(), titled: false };
                self.frames.open_tag(what, line, name);
            }
            "ul" | "ol" | "menu" => {
                let start = (name == "ol").then(|| tag.value("start").parse().unwrap_or(1));
                let what = What::List { start, loose: false, items: Vec::new() };
                self.frames.open_tag(what, line, name);
            }
            "li" => {
                // An item may leave its closing tag out.
                if self.frames.is_in("li") {
                    self.frames.close_tag("li");
                }
                if in_list(self) {
                    self.frames.open_tag(What::Item { task: None }, line, name);
                }
            }
            "blockquote" => self.frames.open_tag(What::Quote(None), line, name),
            "dl" => self.frames.open_tag(What::Definitions(Vec::new()), line, name),
            _ => {
                if self.frames.is_in("dd") {
                    self.frames.close_tag("dd");
                }
                if self.frames.is_in("dl") && name == "dt" {
                    self.leaf = Some((Leaf::Term, line));
                } else if self.frames.is_in("dl") {
                    self.frames.open_tag(What::Meaning, line, name);
                }
            }
        }
    }

    /// `<pre>`: code, in the language that a `<code class="language-x">` in it names.
    fn html_code(&mut self, tag: Tag, line: usize, pieces: &mut Pieces) {
        self.end_html();
        let mut language = tag.value("lang");
        if let Some((_, Token::Tag(code))) = pieces.tokens.get(pieces.next).filter(|_| language.is_empty()) {
            let class = code.value("class");
            let named = class.split_whitespace().find_map(|class| class.strip_prefix("language-"));
            language = named.unwrap_or_default().to_owned();
        }
        let text = pieces.skip_to("pre");
        // HTML drops a line break directly behind the tag.
        let inner = text.strip_prefix('\n').unwrap_or(&text);
        let text_line = line + usize::from(inner.len() < text.len());
        let inner = inner.trim_end_matches('\n').to_owned();
        if !inner.is_empty() {
            let code = self.next_code(&language, inner, text_line);
            self.frames.push(line, code);
        }
    }

    /// Ends the open text; a heading without any is none.
    pub(super) fn end_html(&mut self) {
        if self.inline.is_empty() && matches!(self.leaf, Some((Leaf::Heading(_), _))) {
            self.inline.take();
            self.leaf = None;
        }
        self.end_implicit();
    }
}
