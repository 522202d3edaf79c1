//! Code: never wrapped, since its shape is its meaning.
//!
//! On a screen a line that is too long is clipped, with a mark at the cut, and the block can be panned
//! sideways. In plain text, where nobody can pan, it goes on in the next line after a mark. Neither panning
//! nor colours change how many lines there are, so a block can be drawn again in its place.

use super::block::{Block, Code, Document, Kind, Live};
use super::clean::{clean, text_width};
use super::extend::{Frame, Node, Work};
use super::flow::Flow;
use super::layout::{Layout, LongCode};
use super::page::{Colouring, Ink, Line, Page, PlacedCode, Style, Syntax};
use super::pen::{Pen, Piece, blanks, cut};
use super::wrap::{Out, Styled, Target};

/// Where tabs lead: to the next multiple of this many cells, as CommonMark has it.
const TAB: usize = 4;
/// How many lines are laid out in one step, and after how many bytes a step ends before that.
const STEP: (usize, usize) = (128, 16 << 10);

/// Lays out a block of code.
pub(super) fn lay<'a>(flow: &mut Flow<'a>, line: usize, code: &'a Code) {
    flow.begin(line);
    let (indent, room) = (indent(flow), flow.room());
    let placed = PlacedCode {
        code: code.index,
        line: flow.page.lines.len(),
        height: 0,
        indent: flow.indent() + indent,
        width: room - indent,
        longest: 0,
    };
    flow.page.code.push(placed);
    let at = flow.page.code.len() - 1;
    flow.open(Node::Code(&code.text, code.text_line), flow.depth(), Work::Code(0, Some(at)));
}

/// Lays out a live block as its source, with the reason for it.
pub(super) fn lay_source<'a>(flow: &mut Flow<'a>, live: &'a Live) {
    let (indent, depth) = (indent(flow), flow.depth());
    flow.hang(Piece::margin(indent), Piece::margin(indent));
    flow.unclean(format!("{} {}", live.kind.name(), live.argument).trim_end(), Style::ink(Ink::Dim));
    if let Some(reason) = (flow.options.reason)(live) {
        if flow.room() > 10 {
            let mark = Piece::new("!", Style { bold: true, ..Style::ink(Ink::Bad) });
            flow.hang(mark.and_blank(), Piece::margin(2));
        }
        flow.unclean(&reason, Style::ink(Ink::Bad));
    }
    flow.set_out(depth);
    if !live.body.is_empty() {
        flow.open(Node::Code(&live.body, live.line + 1), depth, Work::Code(0, None));
    }
}

/// How far code is set in.
fn indent(flow: &Flow) -> usize {
    if flow.room() >= 10 { 2 } else { 0 }
}

/// Lays out the next lines of a text.
pub(super) fn next_lines<'a>(flow: &mut Flow<'a>, text: &'a str, first_line: usize) {
    let Some(Frame { next, work: Work::Code(number, placed), .. }) = flow.frame() else { return };
    let (mut offset, mut number, placed) = (*next, *number, *placed);
    let index = placed.and_then(|at| flow.page.code.get(at)).map(|placed| placed.code);
    let colouring = index.and_then(|index| (flow.options.colouring)(index));
    let pan = index.map_or(0, |index| usize::from((flow.options.pan)(index)));
    let indent = indent(flow);
    let width = if flow.state.wide { usize::MAX } else { flow.room() - indent };
    let mut writer = Writer::new(&flow.options, indent, width, pan);
    let (end, before) = ((number + STEP.0, offset + STEP.1), flow.page.lines.len());
    let mut longest = 0;
    let mut done = false;
    while !done && number < end.0 && offset < end.1 {
        let Some(rest) = text.get(offset..) else { break };
        let line = rest.split_once('\n').map(|(line, _)| line);
        done = line.is_none();
        let line = line.unwrap_or(rest);
        // A `<br>` in `<pre>` breaks a line where the file does not: no line lies beyond the file.
        let last = flow.document.last_line.max(first_line);
        let source = first_line + number;
        flow.begin(if flow.document.last_line == 0 { source } else { source.min(last) });
        longest = longest.max(writer.line(line, colours(colouring.as_deref(), number), flow));
        offset += line.len() + 1;
        number += 1;
    }
    let height = flow.page.lines.len() - before;
    let wide = flow.state.wide;
    if let Some(placed) = placed.and_then(|at| flow.page.code.get_mut(at)) {
        placed.height += height;
        placed.longest = placed.longest.max(longest);
        if wide {
            placed.width = placed.width.max(longest);
        }
    }
    if done || height == 0 {
        return flow.close();
    }
    if let Some(frame) = flow.frame() {
        (frame.next, frame.work) = (offset, Work::Code(number, placed));
    }
}

/// The colours of a line.
fn colours(colouring: Option<&Colouring>, line: usize) -> &[(usize, Option<Syntax>)] {
    colouring.and_then(|colouring| colouring.get(line)).map_or(&[], Vec::as_slice)
}

impl Page {
    /// Lays out the lines of a block of code again, panned to the left by so many cells; nothing else on the
    /// page changes. The document and the options must be those that the page was begun with, and the options
    /// should pan the block as far from now on. Nothing happens where that block is not on the page. Cost:
    /// O(size of the block).
    pub fn pan(&mut self, document: &Document, options: &Layout, code: usize, by: u16) {
        self.redraw(document, options, code, usize::from(by));
    }

    /// Lays out the lines of a block of code again, in the colours that [`Layout::colouring`] has for it now;
    /// otherwise as [`Page::pan`].
    pub fn recolour(&mut self, document: &Document, options: &Layout, code: usize) {
        self.redraw(document, options, code, usize::from((options.pan)(code)));
    }

    fn redraw(&mut self, document: &Document, options: &Layout, code: usize, pan: usize) {
        // Not in the order of the numbers: code in footnotes stands at the end.
        let placed = self.code.iter().find(|placed| placed.code == code);
        let Some(&PlacedCode { line, height, indent, width, .. }) = placed else { return };
        let source = self.source.get(line).copied().unwrap_or(0);
        let Some(code) = find(document, code, source) else { return };
        let Some(lines) = self.lines.get_mut(line..line + height) else { return };
        let colouring = (options.colouring)(code.index);
        let mut writer = Writer::new(options, 0, width, pan);
        let mut redraw = Redraw { lines, at: 0, indent, pen: Pen::default(), open: false };
        for (number, line) in code.text.split('\n').enumerate() {
            if redraw.at == redraw.lines.len() {
                break;
            }
            writer.line(line, colours(colouring.as_deref(), number), &mut redraw);
        }
    }
}

/// Puts lines in the place of others, behind what stands before these.
struct Redraw<'a> {
    lines: &'a mut [Line],
    at: usize,
    /// How many cells of a line stay as they are.
    indent: usize,
    pen: Pen,
    open: bool,
}

impl Redraw<'_> {
    fn open(&mut self) {
        if std::mem::replace(&mut self.open, true) {
            return;
        }
        if let Some(line) = self.lines.get(self.at) {
            for span in line.window(0, self.indent).spans {
                self.pen.put(&span.text, text_width(&span.text), span.style);
            }
        }
        self.pen.blank(self.indent.saturating_sub(self.pen.column()));
    }
}

impl Out for Redraw<'_> {
    fn put(&mut self, text: &str, cells: usize, style: Style, _: Option<Target>) {
        self.open();
        self.pen.put(text, cells, style);
    }

    fn end_line(&mut self) {
        self.open();
        let new = self.pen.finish();
        if let Some(line) = self.lines.get_mut(self.at) {
            *line = new;
        }
        self.at += 1;
        self.open = false;
    }
}

/// The block of code with this index whose text starts at a line of the source. It is looked for where that
/// line says, and only if it is not there, in the whole document.
fn find(document: &Document, index: usize, line: usize) -> Option<&Code> {
    fn inside(blocks: &[Block], index: usize, line: usize) -> Option<&Code> {
        let at = blocks.partition_point(|block| block.line <= line).checked_sub(1)?;
        match &blocks[at].kind {
            Kind::Code(code) if code.index == index => Some(code),
            Kind::Quote(inner) | Kind::Alert(_, inner) => inside(inner, index, line),
            Kind::Details(details) => inside(&details.blocks, index, line),
            Kind::List(list) => {
                let at = list.items.partition_point(|item| item.line <= line).checked_sub(1)?;
                inside(&list.items[at].blocks, index, line)
            }
            Kind::Definitions(entries) => {
                let at = entries.partition_point(|entry| entry.line <= line).checked_sub(1)?;
                entries[at].meanings.iter().find_map(|blocks| inside(blocks, index, line))
            }
            _ => None,
        }
    }
    inside(&document.blocks, index, line)
        .or_else(|| document.footnotes.iter().find_map(|note| inside(&note.blocks, index, line)))
        .or_else(|| document.code().find(|code| code.index == index))
}

/// Writes lines of code. Its buffers serve all lines of a block.
struct Writer {
    indent: usize,
    /// How many cells there are for a line.
    width: usize,
    pan: usize,
    ascii: bool,
    long: LongCode,
    shown: Shown,
    styled: Styled,
}

impl Writer {
    fn new(options: &Layout, indent: usize, width: usize, pan: usize) -> Writer {
        let (shown, styled) = (Shown::default(), Styled::default());
        Writer { indent, width, pan, ascii: options.ascii, long: options.long_code, shown, styled }
    }

    /// Writes a line; gives how many cells it takes in full.
    fn line(&mut self, line: &str, colours: &[(usize, Option<Syntax>)], out: &mut impl Out) -> usize {
        self.shown.set(line.strip_suffix('\r').unwrap_or(line), colours);
        let total = text_width(&self.shown.text);
        match self.long {
            LongCode::Clip => self.clip(total, out),
            LongCode::Break => self.split(total, out),
        }
        total
    }

    fn mark(&self, glyph: &str, ascii: &str, out: &mut impl Out) {
        out.put(if self.ascii { ascii } else { glyph }, 1, Style::ink(Ink::Marker), None);
    }

    /// What is seen of a line from a column on, with marks where there is more.
    fn clip(&self, total: usize, out: &mut impl Out) {
        let (pan, width) = (self.pan, self.width);
        let (left, right) = (pan > 0 && total > 0, total > pan.saturating_add(width));
        let (start, end) = (pan + usize::from(left), pan.saturating_add(width) - usize::from(right));
        blank(out, self.indent, Style::default());
        if left && (width > 1 || !right) {
            self.mark("‹", "<", out);
        }
        if start < end {
            self.shown.window(start, end, out);
        }
        if right {
            self.mark("›", ">", out);
        }
        out.end_line();
    }

    /// The line in pieces of at most the width, each but the last with a mark at its end.
    fn split(&mut self, total: usize, out: &mut impl Out) {
        if total <= self.width {
            blank(out, self.indent, Style::default());
            self.shown
                .pieces(0..self.shown.text.len(), |text, style| out.put(text, text_width(text), style, None));
            return out.end_line();
        }
        // In a very narrow place the mark would take more than it gives.
        let marked = self.width >= 4;
        self.styled.clear();
        self.shown.pieces(0..self.shown.text.len(), |text, style| self.styled.add_literal(text, style));
        let mark = marked.then_some(if self.ascii { "\\" } else { "›" });
        let mut broken = Broken { out, indent: self.indent, mark, ended: None };
        self.styled.chop(self.width - usize::from(marked), self.ascii, &mut broken);
        broken.out.end_line();
    }
}

/// Sets lines in, and puts a mark at the end of each that another one follows. The last is left open.
struct Broken<'a, O> {
    out: &'a mut O,
    indent: usize,
    mark: Option<&'static str>,
    /// Whether the line that was written last is ended; nothing before the first.
    ended: Option<bool>,
}

impl<O: Out> Out for Broken<'_, O> {
    fn put(&mut self, text: &str, cells: usize, style: Style, target: Option<Target>) {
        if self.ended == Some(true) {
            if let Some(mark) = self.mark {
                self.out.put(mark, 1, Style::ink(Ink::Marker), None);
            }
            self.out.end_line();
        }
        if self.ended != Some(false) {
            blank(self.out, self.indent, Style::default());
        }
        self.ended = Some(false);
        self.out.put(text, cells, style, target);
    }

    fn end_line(&mut self) {
        self.ended = Some(true);
    }
}

fn blank(out: &mut impl Out, cells: usize, style: Style) {
    blanks(cells, |blank| out.put(blank, blank.len(), style, None));
}

/// A line as it is shown: with tabs as spaces and control characters as symbols.
#[derive(Default)]
struct Shown {
    text: String,
    /// Where each piece of one colour ends, and how it looks.
    ends: Vec<(usize, Style)>,
}

impl Shown {
    fn set(&mut self, line: &str, colours: &[(usize, Option<Syntax>)]) {
        self.text.clear();
        self.ends.clear();
        // Where the text after the last tab starts, and its column.
        let mut tab = (0, 0);
        let (mut at, mut sum) = (0, 0_usize);
        for &(bytes, kind) in colours {
            sum = sum.saturating_add(bytes);
            // Colours come from elsewhere: they may pass the end of the line, or end inside a character.
            let end = (at..=sum.min(line.len())).rev().find(|&end| line.is_char_boundary(end)).unwrap_or(at);
            self.add(&line[at..end], Style::ink(kind.map_or(Ink::Block, Ink::Syntax)), &mut tab);
            at = end;
        }
        self.add(&line[at..], Style::ink(Ink::Block), &mut tab);
    }

    fn add(&mut self, text: &str, style: Style, tab: &mut (usize, usize)) {
        if text.is_empty() {
            return;
        }
        for (index, part) in text.split('\t').enumerate() {
            if index > 0 {
                let column = tab.1 + text_width(&self.text[tab.0..]);
                let spaces = TAB - column % TAB;
                blanks(spaces, |blank| self.text.push_str(blank));
                *tab = (self.text.len(), column + spaces);
            }
            self.text.push_str(&clean(part));
        }
        self.ends.push((self.text.len(), style));
    }

    /// Gives a stretch of the text in pieces of one style.
    fn pieces(&self, range: std::ops::Range<usize>, mut f: impl FnMut(&str, Style)) {
        let mut start = range.start;
        for &(end, style) in &self.ends[self.ends.partition_point(|&(end, _)| end <= start)..] {
            if start >= range.end {
                break;
            }
            let end = end.min(range.end);
            f(&self.text[start..end], style);
            start = end;
        }
    }

    /// Puts the cells from `start` to before `end`.
    fn window(&self, start: usize, end: usize, out: &mut impl Out) {
        let cut = cut(&self.text, start, end);
        let style = Style::ink(Ink::Block);
        blank(out, cut.before, style);
        self.pieces(cut.range, |text, style| out.put(text, text_width(text), style, None));
        blank(out, cut.after, style);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Layout, layout, parse, plain};
    use super::*;

    fn panned(markdown: &str, width: u16, pan: u16) -> Vec<String> {
        let page = layout(&parse(markdown), &Layout { pan: &|_| pan, ..Layout::new(width) });
        page.lines.iter().map(Line::text).collect()
    }

    #[test]
    fn long_lines_are_clipped_and_pan() {
        let code = "```\nabcdefghijklmno\nshort\n日本日本日本\n```\n";
        for (width, pan, expected) in [
            (20, 0, ["  abcdefghijklmno", "  short", "  日本日本日本"]),
            (12, 0, ["  abcdefghi›", "  short", "  日本日本 ›"]),
            (12, 3, ["  ‹efghijkl›", "  ‹t", "  ‹日本日本"]),
            (12, 5, ["  ‹ghijklmno", "  ‹", "  ‹本日本"]),
            (12, 99, ["  ‹", "  ‹", "  ‹"]),
            (4, 1, ["‹cd›", "‹ort", "‹本›"]),
            (2, 1, ["‹›", "‹›", "‹›"]),
            (1, 1, ["›", "›", "›"]),
        ] {
            assert_eq!(panned(code, width, pan), expected, "width {width}, pan {pan}");
        }
    }

    #[test]
    fn every_cell_can_be_panned_to() {
        let text: String = ('a'..='z').chain('A'..='Z').collect();
        let page = |pan| panned(&format!("```\n{text}\n```\n"), 12, pan).concat();
        let seen: std::collections::BTreeSet<char> =
            (0..52).flat_map(|pan| page(pan).chars().collect::<Vec<_>>()).collect();
        assert!(text.chars().all(|c| seen.contains(&c)));
    }

    #[test]
    fn its_place_says_how_far_it_pans() {
        let page = layout(&parse("text\n\n```rust\n1234567890123\n\n```\n"), &Layout::new(12));
        let placed = PlacedCode { code: 0, line: 2, height: 2, indent: 2, width: 10, longest: 13 };
        assert_eq!(page.code, [placed]);
        assert_eq!(page.source, [1, 1, 4, 5]);
    }

    #[test]
    fn tabs_and_controls() {
        for (line, expected) in
            [("a\tb\t\tc", "a   b       c"), ("日\tx", "日  x"), ("\u{1b}]0;title\u{7}", "␛]0;title␇")]
        {
            let mut shown = Shown::default();
            shown.set(line, &[]);
            assert_eq!(shown.text, expected);
        }
        assert_eq!(panned("```\r\na\r\n\r\nb\r\n```\r\n", 9, 0), ["a", "", "b"]);
    }

    #[test]
    fn plain_breaks_long_lines_with_a_mark() {
        let code = "```\nabcdef ghijklmno\n```\n";
        assert_eq!(plain(&parse(code), 10, false), "  abcdef ›\n  ghijklm›\n  no\n");
        assert_eq!(plain(&parse(code), 10, true), "  abcdef \\\n  ghijklm\\\n  no\n");
        assert_eq!(plain(&parse(code), 3, false), "abc\ndef\n gh\nijk\nlmn\no\n");
    }

    #[test]
    fn a_live_block_says_why_it_is_shown_as_its_source() {
        let document = parse("- ```demo rings nodes=4\n  a line\n  ```\n\n```calc\n1 +\n```\n");
        let reason = |live: &Live| (live.index == 0).then(|| "there is no demo\n`rings`\u{1b}".to_owned());
        let text = |width| -> Vec<String> {
            let page = layout(&document, &Layout { reason: &reason, ..Layout::new(width) });
            page.lines.iter().map(Line::text).collect()
        };
        let expected = [
            "•   demo rings nodes=4",
            "    ! there is no demo `rings`␛",
            "    a line",
            "",
            "  calc",
            "  1 +",
        ];
        assert_eq!(text(40), expected);
        assert_eq!(text(20)[1..4], ["    nodes=4", "    ! there is no", "      demo `rings`␛"]);
        let page = layout(&document, &Layout { reason: &reason, ..Layout::new(40) });
        assert_eq!(page.lines[1].spans[1].style.ink, Ink::Bad);
        assert_eq!(page.source, [1, 1, 2, 2, 5, 6]);
    }
}
