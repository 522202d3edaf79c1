//! The stage: it draws what a demo shows.
//!
//! A demo returns a [`Scene`], pure data. The stage draws it at any size, in colour or without, in
//! Unicode or in ASCII, into a ratatui buffer. One file a picture; `layout` shares out the space; all
//! of them write through a `Pen`, which cleans text and never leaves its area. Nothing here keeps state:
//! the same scene at the same size gives the same cells, so tests and the command line see what the screen shows.
//!
//! A picture that gets less room than it likes says less, but says it whole: a chart becomes a line of
//! small columns, a ring a strip, a list ends with how many are left out.

mod band;
mod bars;
mod blocks;
mod canvas;
mod chart;
mod circle;
mod clock;
mod curve;
mod decades;
mod facts;
mod gauge;
mod lane;
mod lanes;
mod layout;
mod legend;
mod ring;
mod scale;
mod spans;
mod states;
mod table;
mod timeline;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use crate::lab::scene::Scene;
use crate::ui::pen::Pen;
use crate::ui::theme::Theme;

/// The widest and the highest page of text that [`text`] draws.
const PAGE_MAX: u16 = 1_000;

/// Draws a scene into the part of `area` that lies in the buffer. It writes only there, and only the cells
/// that the pictures use: the caller clears the area. Well under 1 ms at 200x60.
pub fn draw(scene: &Scene, area: Rect, buf: &mut Buffer, theme: &Theme) {
    let area = area.intersection(buf.area);
    layout::draw(scene, area, &mut Pen::new(buf, area, theme));
}

/// The height in cells that a scene likes at a width, for a page that scrolls. At least 1.
#[must_use]
pub fn height(scene: &Scene, width: u16) -> u16 {
    layout::need(scene, width).likes.max(1)
}

/// The scene as text without colour, for the command line: at most `width` cells wide (at most 1,000) and `height`
/// lines high, no blanks at the end of a line, no empty lines at the end, no newline after the last.
#[must_use]
pub fn text(scene: &Scene, width: u16, height: u16, ascii: bool) -> String {
    let area = Rect::new(0, 0, width.min(PAGE_MAX), height.min(PAGE_MAX));
    let mut buf = Buffer::empty(area);
    draw(scene, area, &mut buf, &Theme::plain(ascii));
    let lines: Vec<String> = (0..area.height).map(|y| line(&buf, y)).collect();
    lines.join("\n").trim_end().to_string()
}

/// One line of a buffer, without blanks at its end.
fn line(buf: &Buffer, y: u16) -> String {
    let mut line = String::new();
    let mut x = buf.area.left();
    while x < buf.area.right() {
        let symbol = buf.cell((x, y)).map_or(" ", |cell| cell.symbol());
        line.push_str(symbol);
        // A wide character takes the cell behind it too.
        x += symbol.width().max(1) as u16;
    }
    line.trim_end().to_string()
}

#[cfg(test)]
mod tests;
