//! What every picture writes with: text cut to its place, single glyphs, and a border that it cannot cross.
//!
//! A pen has a clip. Whatever a picture computes, nothing is written outside it, text is cleaned of
//! control characters, and a text that does not fit ends in an ellipsis.

use std::borrow::Cow;

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::config::theme::Role;
use crate::lab::scene::{Series, Tone};
use crate::ui::theme::{Glyphs, Theme};

/// Writes cells of a buffer, inside its clip only.
pub struct Pen<'a> {
    buf: &'a mut Buffer,
    clip: Rect,
    /// How roles look.
    pub theme: &'a Theme,
}

impl<'a> Pen<'a> {
    /// A pen for the part of `clip` that lies in the buffer.
    pub fn new(buf: &'a mut Buffer, clip: Rect, theme: &'a Theme) -> Pen<'a> {
        let clip = clip.intersection(buf.area);
        Pen { buf, clip, theme }
    }

    /// The same pen with a narrower clip.
    pub fn within(&mut self, area: Rect) -> Pen<'_> {
        Pen { clip: self.clip.intersection(area), buf: self.buf, theme: self.theme }
    }

    /// The characters to draw with.
    pub fn glyphs(&self) -> &'static Glyphs {
        self.theme.glyphs()
    }

    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }

    /// The style of a tone.
    pub fn tone(&self, tone: Tone) -> Style {
        self.theme.tone_style(tone)
    }

    /// The style of a series.
    pub fn series(&self, series: Series) -> Style {
        self.theme.series_style(series)
    }

    /// The width of a text in cells once it is clean.
    pub fn width(&self, text: &str) -> u16 {
        cells(&self.theme.clean(text))
    }

    /// As many whole words of a text as fit into `width` cells, with an ellipsis where some are left out; where not even
    /// the first fits, as much of it as does.
    pub fn words<'t>(&self, text: &'t str, width: u16) -> Cow<'t, str> {
        let clean = self.theme.clean(text);
        if cells(&clean) <= width {
            return clean;
        }
        let room = width.saturating_sub(1);
        let ends = clean.char_indices().filter(|(_, c)| *c == ' ').map(|(end, _)| clean[..end].trim_end());
        let kept = ends.take_while(|kept| cells(kept) <= room).last().filter(|kept| !kept.is_empty());
        match kept {
            Some(kept) if width > 1 => Cow::Owned(format!("{kept}{}", self.glyphs().ellipsis)),
            _ => Cow::Owned(cut(&clean, width, self.glyphs().ellipsis).into_owned()),
        }
    }

    /// The widest of some texts, 0 of none.
    pub fn widest<'t>(&self, texts: impl IntoIterator<Item = &'t str>) -> u16 {
        texts.into_iter().map(|text| self.width(text)).max().unwrap_or(0)
    }

    /// Writes one glyph that is a single cell wide.
    pub fn put(&mut self, x: u16, y: u16, glyph: &str, style: Style) {
        if self.clip.contains((x, y).into())
            && let Some(cell) = self.buf.cell_mut((x, y))
        {
            cell.set_symbol(glyph).set_style(whole(style));
        }
    }

    /// Writes a glyph `width` times.
    pub fn fill(&mut self, x: u16, y: u16, width: u16, glyph: &str, style: Style) {
        let end = x.saturating_add(width).min(self.clip.right());
        for x in x..end {
            self.put(x, y, glyph, style);
        }
    }

    /// Writes a text into at most `width` cells and says how many it took.
    pub fn text(&mut self, x: u16, y: u16, width: u16, text: &str, style: Style) -> u16 {
        if !self.clip.contains((x, y).into()) {
            return 0;
        }
        let width = width.min(self.clip.right() - x);
        let clean = self.theme.clean(text);
        let text = cut(&clean, width, self.glyphs().ellipsis);
        let (end, _) = self.buf.set_stringn(x, y, &text, usize::from(width), whole(style));
        end - x
    }

    /// Empties cells: what was drawn there before is gone, styles too.
    pub fn clear(&mut self, x: u16, y: u16, width: u16) {
        self.each(x, y, width, |cell| {
            cell.reset();
        });
    }

    /// Shows a cell in reverse, as a cursor.
    pub fn reverse(&mut self, x: u16, y: u16) {
        self.modify(x, y, 1, Modifier::REVERSED);
    }

    /// Adds to the style of cells that are drawn already.
    pub fn modify(&mut self, x: u16, y: u16, width: u16, modifier: Modifier) {
        self.each(x, y, width, |cell| {
            cell.set_style(Style::new().add_modifier(modifier));
        });
    }

    /// Gives cells that are drawn already the style of a role.
    pub fn restyle(&mut self, x: u16, y: u16, width: u16, role: Role) {
        let style = self.style(role);
        self.each(x, y, width, |cell| {
            cell.set_style(style);
        });
    }

    /// The cells themselves, for pictures that have a clip of their own.
    pub fn buffer(&mut self) -> &mut Buffer {
        self.buf
    }

    fn each(&mut self, x: u16, y: u16, width: u16, change: impl Fn(&mut Cell)) {
        for x in x..x.saturating_add(width).min(self.clip.right()) {
            if self.clip.contains((x, y).into())
                && let Some(cell) = self.buf.cell_mut((x, y))
            {
                change(cell);
            }
        }
    }

    /// Writes a text so that it ends at the right end of `width` cells from `x`.
    pub fn text_right(&mut self, x: u16, y: u16, width: u16, text: &str, style: Style) {
        let free = width.saturating_sub(self.width(text));
        self.text(x.saturating_add(free), y, width - free, text, style);
    }

    /// Writes a text into the middle of `width` cells from `x`.
    pub fn text_centred(&mut self, x: u16, y: u16, width: u16, text: &str, style: Style) {
        let free = width.saturating_sub(self.width(text)) / 2;
        self.text(x.saturating_add(free), y, width - free, text, style);
    }

    /// Writes several styled texts one behind the other into at most `width` cells and says how many they took.
    pub fn spans(&mut self, x: u16, y: u16, width: u16, spans: &[(&str, Style)]) -> u16 {
        let mut used = 0;
        for (text, style) in spans {
            used += self.text(x.saturating_add(used), y, width.saturating_sub(used), text, *style);
        }
        used
    }
}

/// A style that leaves nothing of what a cell had, but its background: what is drawn over another glyph must not
/// inherit the other's colour.
fn whole(style: Style) -> Style {
    let added = style.add_modifier;
    let style = style.remove_modifier(Modifier::all()).add_modifier(added);
    if style.fg.is_none() { style.fg(Color::Reset) } else { style }
}

/// The width of a clean text in cells; a text longer than any screen counts as 65,535.
pub fn cells(text: &str) -> u16 {
    u16::try_from(text.width()).unwrap_or(u16::MAX)
}

/// As much of a text as fits into `width` cells, with an ellipsis where something is left out.
fn cut<'t>(text: &'t str, width: u16, ellipsis: &str) -> Cow<'t, str> {
    if text.len() <= usize::from(width) || cells(text) <= width {
        return Cow::Borrowed(text);
    }
    let Some(room) = width.checked_sub(1) else { return Cow::Borrowed("") };
    let mut used = 0;
    let mut kept = String::new();
    for grapheme in text.graphemes(true) {
        used += grapheme.width();
        if used > usize::from(room) {
            break;
        }
        kept.push_str(grapheme);
    }
    kept.truncate(kept.trim_end().len());
    kept.push_str(ellipsis);
    Cow::Owned(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_at_its_width() {
        let check =
            |text, width, expected: &str| assert_eq!(cut(text, width, "…"), expected, "{text} in {width}");
        check("closed", 6, "closed");
        check("closed", 5, "clos…");
        check("half open", 6, "half…");
        check("closed", 1, "…");
        check("closed", 0, "");
        check("漢字漢", 6, "漢字漢");
        check("漢字漢", 5, "漢字…");
        check("漢字漢", 4, "漢…");
    }

    #[test]
    fn a_text_is_cut_between_words() {
        let theme = Theme::plain(false);
        let mut buf = Buffer::empty(Rect::new(0, 0, 1, 1));
        let pen = Pen::new(&mut buf, Rect::new(0, 0, 1, 1), &theme);
        let check = |text, width, expected: &str| assert_eq!(pen.words(text, width), expected, "{width}");
        check("stale until it expires", 22, "stale until it expires");
        check("stale until it expires", 21, "stale until it…");
        check("stale until it expires", 12, "stale until…");
        check("stale until it expires", 11, "stale…");
        check("stale until it expires", 5, "stal…");
        check("stale", 1, "…");
        check("stale", 0, "");
        check("  x y", 2, "…");
    }

    #[test]
    fn nothing_is_written_outside_the_clip() {
        let theme = Theme::plain(false);
        let mut buf = Buffer::empty(Rect::new(2, 1, 8, 3));
        let mut pen = Pen::new(&mut buf, Rect::new(4, 2, 50, 50), &theme);
        let style = Style::new();
        for (x, y) in [(0, 0), (3, 2), (4, 1), (10, 2), (60, 60), (u16::MAX, u16::MAX)] {
            assert_eq!(pen.text(x, y, u16::MAX, "out", style), 0, "{x}, {y}");
            pen.put(x, y, "x", style);
        }
        assert_eq!(pen.text(4, 2, 20, "a long text", style), 6);
        pen.fill(8, 3, u16::MAX, "-", style);
        pen.text_right(4, 3, 2, "12", style);
        let mut expected = Buffer::with_lines(["        ", "  a lon…", "  12  --"]);
        expected.area = buf.area;
        assert_eq!(buf, expected);
    }

    #[test]
    fn what_is_drawn_over_a_glyph_takes_nothing_of_its_style() {
        let theme = Theme::plain(false);
        let area = Rect::new(0, 0, 2, 1);
        let mut buf = Buffer::empty(area);
        buf.set_style(area, Style::new().bg(Color::Blue));
        let mut pen = Pen::new(&mut buf, area, &theme);
        let loud = Style::new().fg(Color::Red).add_modifier(Modifier::BOLD | Modifier::REVERSED);
        pen.text(0, 0, 2, "ab", loud);
        pen.put(0, 0, "x", Style::new());
        pen.text(1, 0, 1, "y", Style::new().add_modifier(Modifier::DIM));
        let cell = |x| buf.cell((x, 0)).map(|cell| (cell.symbol(), cell.fg, cell.bg, cell.modifier));
        assert_eq!(cell(0), Some(("x", Color::Reset, Color::Blue, Modifier::empty())));
        assert_eq!(cell(1), Some(("y", Color::Reset, Color::Blue, Modifier::DIM)));
    }
}
