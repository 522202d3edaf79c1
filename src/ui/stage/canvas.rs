//! A surface on which box-drawing lines join: a cell collects the directions in which a line leaves it, and
//! becomes a glyph when all is drawn.
//!
//! Lines are box-drawing characters and not braille: many terminal fonts have no braille (DejaVu Sans Mono,
//! Consolas, the Linux console), and a joined line reads better at a few rows than a row of dots.

use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::ui::pen::Pen;

/// The directions in which a line leaves a cell, as bits.
pub const NORTH: u8 = 1;
/// To the right.
pub const EAST: u8 = 2;
/// Down.
pub const SOUTH: u8 = 4;
/// To the left.
pub const WEST: u8 = 8;

/// Glyphs by the bits of their directions.
const LIGHT: [&str; 16] = [" ", "╵", "╶", "╰", "╷", "│", "╭", "├", "╴", "╯", "─", "┴", "╮", "┤", "┬", "┼"];
const HEAVY: [&str; 16] = [" ", "╹", "╺", "┗", "╻", "┃", "┏", "┣", "╸", "┛", "━", "┻", "┓", "┫", "┳", "╋"];
const DOTTED: [&str; 16] = [" ", "┆", "┄", "╰", "┆", "┆", "╭", "┆", "┄", "╯", "┄", "┄", "╮", "┆", "┄", "┼"];
const ASCII: [&str; 16] = [" ", "|", "-", "'", "|", "|", ".", "+", "-", "'", "-", "+", ".", "+", "+", "+"];
const ASCII_HEAVY: [&str; 16] =
    [" ", "|", "=", "'", "|", "|", ".", "+", "=", "'", "=", "+", ".", "+", "+", "+"];
const ASCII_DOTTED: [&str; 16] =
    [" ", ":", ".", ":", ":", ":", ".", ":", ".", ":", ".", ".", ".", ":", ".", ":"];

const DASHED: [&str; 16] = [" ", "║", "═", "╚", "║", "║", "╔", "╠", "═", "╝", "═", "╩", "╗", "╣", "╦", "╬"];
const ASCII_DASHED: [&str; 16] =
    [" ", "!", "~", "~", "!", "!", "~", "!", "~", "~", "~", "~", "~", "!", "~", "~"];
/// A dashed line leaves out each third cell.
const DASH: u16 = 3;

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stroke {
    /// A thin line.
    Light,
    /// A thick line.
    Heavy,
    /// A line broken inside its cells.
    Dotted,
    /// A double line with empty cells in it.
    Dashed,
}

impl Stroke {
    /// The glyph of a line that leaves its cell in these directions.
    pub fn glyph(self, bits: u8, ascii: bool) -> &'static str {
        let set = match (self, ascii) {
            (Stroke::Light, false) => &LIGHT,
            (Stroke::Heavy, false) => &HEAVY,
            (Stroke::Dotted, false) => &DOTTED,
            (Stroke::Dashed, false) => &DASHED,
            (Stroke::Dashed, true) => &ASCII_DASHED,
            (Stroke::Light, true) => &ASCII,
            (Stroke::Heavy, true) => &ASCII_HEAVY,
            (Stroke::Dotted, true) => &ASCII_DOTTED,
        };
        set[usize::from(bits & 15)]
    }
}

/// What is in a cell.
#[derive(Clone, Copy)]
enum Ink {
    Nothing,
    Line { bits: u8, stroke: Stroke, layer: usize },
    Glyph(&'static str),
}

/// Cells that are not yet glyphs.
pub struct Canvas {
    /// Cells across.
    pub width: u16,
    /// Cells down.
    pub height: u16,
    cells: Vec<(Ink, Style)>,
}

impl Canvas {
    /// An empty canvas of so many cells.
    pub fn new(width: u16, height: u16) -> Canvas {
        let cells = vec![(Ink::Nothing, Style::new()); usize::from(width) * usize::from(height)];
        Canvas { width, height, cells }
    }

    fn cell(&mut self, x: u16, y: u16) -> Option<&mut (Ink, Style)> {
        let inside = x < self.width && y < self.height;
        let index = usize::from(y) * usize::from(self.width) + usize::from(x);
        inside.then(|| &mut self.cells[index])
    }

    /// Lets a line leave a cell in some directions. Lines of one layer join; a line of another takes the cell over.
    pub fn line(&mut self, (x, y): (u16, u16), bits: u8, stroke: Stroke, layer: usize, style: Style) {
        let gap = stroke == Stroke::Dashed && x % DASH == DASH - 1 && bits & (NORTH | SOUTH) == 0;
        if let Some(cell) = self.cell(x, y).filter(|_| !gap) {
            let joined = match cell.0 {
                Ink::Line { bits: old, layer: own, .. } if own == layer => old | bits,
                _ => bits,
            };
            *cell = (Ink::Line { bits: joined, stroke, layer }, style);
        }
    }

    /// Puts a glyph into a cell.
    pub fn glyph(&mut self, x: u16, y: u16, glyph: &'static str, style: Style) {
        if let Some(cell) = self.cell(x, y) {
            *cell = (Ink::Glyph(glyph), style);
        }
    }

    /// Draws the canvas with its top left at the top left of an area. Empty cells are left as they are.
    pub fn show(&self, area: Rect, pen: &mut Pen) {
        for (index, (ink, style)) in self.cells.iter().enumerate() {
            let (x, y) = (index % usize::from(self.width), index / usize::from(self.width));
            let glyph = match *ink {
                Ink::Nothing => continue,
                Ink::Line { bits, stroke, .. } => stroke.glyph(bits, pen.theme.ascii),
                Ink::Glyph(glyph) => glyph,
            };
            pen.put(area.x.saturating_add(x as u16), area.y.saturating_add(y as u16), glyph, *style);
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer;

    use super::*;
    use crate::ui::theme::Theme;

    fn shown(canvas: &Canvas, ascii: bool) -> Vec<String> {
        let area = Rect::new(0, 0, canvas.width, canvas.height);
        let mut buf = Buffer::empty(area);
        canvas.show(area, &mut Pen::new(&mut buf, area, &Theme::plain(ascii)));
        let symbol = |x, y| buf.cell((x, y)).map_or("", |cell| cell.symbol());
        (0..canvas.height).map(|y| (0..canvas.width).map(|x| symbol(x, y)).collect()).collect()
    }

    #[test]
    fn lines_join_into_corners() {
        let mut canvas = Canvas::new(3, 2);
        let style = Style::new();
        let mut light = |at, bits| canvas.line(at, bits, Stroke::Light, 0, style);
        light((0, 1), WEST | EAST);
        light((1, 1), WEST);
        light((1, 1), NORTH);
        light((1, 0), SOUTH);
        light((1, 0), EAST);
        light((2, 0), NORTH);
        canvas.line((2, 0), WEST | EAST, Stroke::Heavy, 1, style);
        canvas.line((2, 1), WEST | EAST, Stroke::Dotted, 2, style);
        canvas.line((9, 9), WEST | EAST, Stroke::Dotted, 2, style);
        assert_eq!(shown(&canvas, false), [" ╭━", "─╯┄"]);
        assert_eq!(shown(&canvas, true), [" .=", "-'."]);
        let mut canvas = Canvas::new(6, 1);
        for x in 0..6 {
            canvas.line((x, 0), WEST | EAST, Stroke::Dashed, 0, style);
        }
        assert_eq!(shown(&canvas, false), ["══ ══ "]);
        assert_eq!(shown(&canvas, true), ["~~ ~~ "]);
    }
}
