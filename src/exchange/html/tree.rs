//! HTML as a tree of the few things that Markdown has.
//!
//! What is in a field is HTML as an editor left it, or somebody pasted it: lines are `<div>`s, lists are not closed,
//! spaces are `&nbsp;`. So this reads as a browser does, in which nothing is an error: a tag that closes what is not
//! open does nothing, what is still open at the end is closed. What would run (scripts, frames, handlers) is not taken
//! over at all, since only what is named here is.

use std::rc::Rc;

use super::block::{Block, Inline, Line, Marks, into_lines, is_blank};
use crate::doc::html::{self, Tag, Token};

/// How deep lists, quotes and tables may stand in one another; what is deeper is taken into its surroundings.
const DEEPEST: usize = 16;

/// The blocks of a field, and the names of the media in it. O(n).
pub(super) fn blocks(source: &str, media: &mut Vec<String>) -> Vec<Block> {
    let mut builder = Builder { levels: vec![Level::new(Holder::Root)], ..Builder::default() };
    for piece in super::math::pieces(source) {
        match piece {
            super::math::Piece::Html(text) => builder.read(text),
            super::math::Piece::Math(tex, display) => {
                if builder.hidden.is_none() {
                    builder.inline(Inline::Math(tex, display));
                }
            }
        }
    }
    let blocks = builder.finish();
    media.append(&mut builder.media);
    blocks
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Holder {
    Root,
    List(Option<u64>),
    Item,
    Quote,
    Table,
    Row,
    Cell,
}

/// A container that is open.
struct Level {
    holder: Holder,
    blocks: Vec<Block>,
    /// Of a list.
    items: Vec<Vec<Block>>,
    /// Of a table, and of a row in the last one of them.
    rows: Vec<Vec<Vec<Line>>>,
    lines: Vec<Line>,
    line: Line,
    heading: Option<u8>,
}

impl Level {
    fn new(holder: Holder) -> Level {
        let (blocks, items, rows, lines, line) = Default::default();
        Level { holder, blocks, items, rows, lines, line, heading: None }
    }
}

#[derive(Default)]
struct Builder {
    levels: Vec<Level>,
    /// Marks that are open, each by the name of its tag.
    marks: Vec<(&'static str, Marks)>,
    media: Vec<String>,
    /// The text of a `<pre>` that is open.
    code: Option<String>,
    /// The element that is left out, with all in it.
    hidden: Option<&'static str>,
}

impl Builder {
    fn read(&mut self, source: &str) {
        for (_, token) in html::tokens(source) {
            match token {
                Token::Tag(tag) => self.tag(&tag),
                Token::Text(text) | Token::Unknown(text) => self.text(&html::decode(text)),
                Token::Raw(text) => self.text(text),
                Token::Hidden => {}
            }
        }
    }

    fn text(&mut self, text: &str) {
        if self.hidden.is_some() {
            return;
        }
        if let Some(code) = &mut self.code {
            code.push_str(text);
            return;
        }
        let marks = self.marks.last().map(|(_, marks)| marks.clone()).unwrap_or_default();
        self.inline(Inline::Text(plain_spaces(text), marks));
    }

    fn inline(&mut self, inline: Inline) {
        if let (Some(code), Inline::Math(tex, _)) = (&mut self.code, &inline) {
            code.push_str(tex);
        } else {
            self.top().line.push(inline);
        }
    }

    fn top(&mut self) -> &mut Level {
        if self.levels.is_empty() {
            self.levels.push(Level::new(Holder::Root));
        }
        let last = self.levels.len() - 1;
        &mut self.levels[last]
    }

    fn tag(&mut self, tag: &Tag<'_>) {
        if let Some(hidden) = self.hidden {
            if tag.name == hidden && tag.closing {
                self.hidden = None;
            }
            return;
        }
        match tag.name {
            "script" | "style" | "template" | "noscript" | "iframe" | "object" | "textarea" | "select"
            | "title" | "audio" | "video" | "canvas" | "svg" | "math"
                if !tag.closing && !tag.source.ends_with("/>") =>
            {
                self.hidden = Some(tag.name);
            }
            "br" => self.line_break(),
            "img" => self.image(tag),
            "hr" => self.block(Block::Rule),
            "pre" | "xmp" => self.pre(tag.closing),
            "div" | "summary" | "dt" | "dd" | "figcaption" | "caption" | "address" | "option" => {
                self.end_line();
            }
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.flush();
                let level = tag.name.as_bytes().get(1).map_or(1, |digit| digit - b'0');
                self.top().heading = (!tag.closing).then_some(level);
            }
            "p" | "section" | "article" | "header" | "footer" | "main" | "nav" | "aside" | "figure"
            | "details" | "dl" | "center" | "form" | "fieldset" => self.flush(),
            "ul" | "ol" | "menu" | "li" | "blockquote" | "table" | "tr" | "td" | "th" => self.container(tag),
            _ => self.mark(tag),
        }
    }

    fn line_break(&mut self) {
        if let Some(code) = &mut self.code {
            code.push('\n');
            return;
        }
        let level = self.top();
        let line = std::mem::take(&mut level.line);
        level.lines.push(line);
    }

    /// Ends the line where something is in it.
    fn end_line(&mut self) {
        if let Some(code) = &mut self.code {
            if !code.is_empty() && !code.ends_with('\n') {
                code.push('\n');
            }
        } else if !is_blank(&self.top().line) {
            self.line_break();
        }
    }

    fn image(&mut self, tag: &Tag<'_>) {
        let source = tag.value("src");
        // A picture that is written out in the field has no name.
        if source.is_empty() || source.starts_with("data:") {
            return;
        }
        let name = unescaped_url(&source);
        if !self.media.contains(&name) {
            self.media.push(name.clone());
        }
        self.inline(Inline::Image(name));
    }

    fn pre(&mut self, closing: bool) {
        if !closing {
            self.flush();
            self.code.get_or_insert_default();
        } else if let Some(code) = self.code.take() {
            let code = code.strip_prefix('\n').unwrap_or(&code).trim_end().to_string();
            if !code.is_empty() {
                self.block(Block::Code(code));
            }
        }
    }

    /// Opens or closes what changes how text looks.
    fn mark(&mut self, tag: &Tag<'_>) {
        if tag.closing {
            if let Some(at) = self.marks.iter().rposition(|(name, _)| *name == tag.name) {
                self.marks.truncate(at);
            }
            return;
        }
        let mut marks = self.marks.last().map(|(_, marks)| marks.clone()).unwrap_or_default();
        match tag.name {
            "b" | "strong" => marks.bold = true,
            "i" | "em" | "cite" | "dfn" | "var" => marks.italic = true,
            "s" | "strike" | "del" => marks.struck = true,
            "code" | "tt" | "samp" | "kbd" => marks.code = true,
            "sub" => marks.sub = true,
            "sup" => marks.sup = true,
            "a" => marks.link = Some(tag.value("href")).filter(|url| may_lead_to(url)).map(Rc::from),
            "span" | "font" => {
                let style = tag.value("style").to_ascii_lowercase().replace(' ', "");
                marks.bold |= style.contains("font-weight:bold") || style.contains("font-weight:700");
                marks.italic |= style.contains("font-style:italic");
            }
            _ => return,
        }
        if self.marks.len() < 4 * DEEPEST {
            self.marks.push((tag.name, marks));
        }
    }

    fn container(&mut self, tag: &Tag<'_>) {
        let is = |name: &str, holder: Holder| match name {
            "ul" | "ol" | "menu" => matches!(holder, Holder::List(_)),
            "li" => holder == Holder::Item,
            "blockquote" => holder == Holder::Quote,
            "table" => holder == Holder::Table,
            "tr" => holder == Holder::Row,
            _ => holder == Holder::Cell,
        };
        if tag.closing {
            return self.close_to(|holder| is(tag.name, holder), |_| false);
        }
        match tag.name {
            "ul" | "menu" => self.open(Holder::List(None)),
            "ol" => self.open(Holder::List(Some(tag.value("start").parse().unwrap_or(1)))),
            "blockquote" => self.open(Holder::Quote),
            "table" => self.open(Holder::Table),
            "li" => {
                self.close_to(
                    |holder| holder == Holder::Item,
                    |holder| !matches!(holder, Holder::Quote | Holder::Item),
                );
                if !matches!(self.top().holder, Holder::List(_)) {
                    self.open(Holder::List(None));
                }
                self.open(Holder::Item);
            }
            "tr" => {
                self.close_to(|holder| holder == Holder::Row, |holder| holder == Holder::Table);
                if self.top().holder == Holder::Table {
                    self.open(Holder::Row);
                }
            }
            _ => {
                self.close_to(
                    |holder| holder == Holder::Cell,
                    |holder| matches!(holder, Holder::Table | Holder::Row),
                );
                if self.top().holder == Holder::Table {
                    self.open(Holder::Row);
                }
                if self.top().holder == Holder::Row {
                    self.open(Holder::Cell);
                }
            }
        }
    }

    fn open(&mut self, holder: Holder) {
        self.flush();
        if self.levels.len() < DEEPEST {
            self.levels.push(Level::new(holder));
        }
    }

    /// Closes the innermost level that is the one wanted, and all in it; nothing where one that bars the way comes first.
    fn close_to(&mut self, wanted: impl Fn(Holder) -> bool, bars: impl Fn(Holder) -> bool) {
        let at = self.levels.iter().rposition(|level| wanted(level.holder) || bars(level.holder));
        let Some(at) = at.filter(|&at| at > 0 && wanted(self.levels[at].holder)) else {
            return self.flush();
        };
        while self.levels.len() > at {
            self.close();
        }
    }

    fn close(&mut self) {
        self.flush();
        let Some(level) = self.levels.pop() else { return };
        match level.holder {
            Holder::Root => self.levels.push(level),
            Holder::List(start) => {
                let mut items = level.items;
                if !level.blocks.is_empty() {
                    items.push(level.blocks);
                }
                if !items.is_empty() {
                    self.top().blocks.push(Block::List(start, items));
                }
            }
            Holder::Item if matches!(self.top().holder, Holder::List(_)) => {
                self.top().items.push(level.blocks);
            }
            Holder::Quote if !level.blocks.is_empty() => self.top().blocks.push(Block::Quote(level.blocks)),
            Holder::Table => {
                let rows: Vec<_> = level.rows.into_iter().filter(|row| !row.is_empty()).collect();
                self.top().blocks.extend(level.blocks);
                if !rows.is_empty() {
                    self.top().blocks.push(Block::Table(rows));
                }
            }
            Holder::Row => {
                let cells = level.rows.into_iter().next().unwrap_or_default();
                self.top().rows.push(cells);
            }
            Holder::Cell => {
                let lines = level.blocks.into_iter().flat_map(into_lines).collect();
                let row = self.top();
                if row.rows.is_empty() {
                    row.rows.push(Vec::new());
                }
                row.rows[0].push(lines);
            }
            Holder::Item | Holder::Quote => self.top().blocks.extend(level.blocks),
        }
    }

    fn block(&mut self, block: Block) {
        self.flush();
        self.top().blocks.push(block);
    }

    /// Makes blocks of the lines that are open. Empty lines part paragraphs.
    fn flush(&mut self) {
        if self.code.is_some() {
            return;
        }
        let level = self.top();
        let mut lines = std::mem::take(&mut level.lines);
        lines.push(std::mem::take(&mut level.line));
        if let Some(rank) = level.heading.take() {
            let line: Line = lines.into_iter().flatten().collect();
            if !is_blank(&line) {
                level.blocks.push(Block::Heading(rank, line));
            }
            return;
        }
        for part in lines.split(is_blank).filter(|part| !part.is_empty()) {
            level.blocks.push(Block::Paragraph(part.to_vec()));
        }
    }

    fn finish(&mut self) -> Vec<Block> {
        self.pre(true);
        while self.levels.len() > 1 {
            self.close();
        }
        self.flush();
        std::mem::take(&mut self.top().blocks)
    }
}

/// A single no-break space is what editors leave for a space; several in a row indent something.
fn plain_spaces(text: &str) -> String {
    const HARD: char = '\u{a0}';
    if !text.contains(HARD) {
        return text.to_string();
    }
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    let mut out = String::with_capacity(text.len());
    while let Some(c) = rest.next() {
        let alone = before != HARD && rest.peek() != Some(&HARD);
        out.push(if c == HARD && alone { ' ' } else { c });
        before = c;
    }
    out
}

/// Addresses that a reader may follow. Others (`javascript:`, `data:`) are left out.
pub(super) fn may_lead_to(url: &str) -> bool {
    let lower = url.trim().to_ascii_lowercase();
    let schemes = ["http://", "https://", "mailto:", "ftp://"];
    schemes.iter().any(|scheme| lower.starts_with(scheme)) && !url.contains(|c: char| c.is_control())
}

/// The name in an address, its `%20` and the like decoded where that gives text.
fn unescaped_url(url: &str) -> String {
    let mut bytes = Vec::with_capacity(url.len());
    let mut rest = url.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match digits.filter(|_| first == b'%').and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| url.to_string())
}
