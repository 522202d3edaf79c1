//! Tables of HTML.
//!
//! A table whose cells hold text becomes a table. One whose cells hold Markdown (so that it spans several
//! blocks of HTML) or another table is there to place things side by side; its parts follow each other.

use super::super::block::{Align, Cell, Kind, Row, Table};
use super::super::html::{Tag, Token};
use super::Builder;
use super::html::Pieces;

/// More cells than this are not made of one that spans columns.
const WIDEST_SPAN: usize = 20;

/// A table in the making.
#[derive(Default)]
struct Grid {
    caption: Option<Cell>,
    head: Option<Row>,
    rows: Vec<Row>,
    alignments: Vec<Align>,
    /// The row that is open, and whether all its cells are headers.
    row: Option<(Row, bool)>,
    /// How many columns the open cell spans, and whether it is a header.
    cell: Option<(usize, bool)>,
}

impl Grid {
    fn end_row(&mut self) {
        let Some((row, headers)) = self.row.take().filter(|(row, _)| !row.cells.is_empty()) else { return };
        if headers && self.head.is_none() && self.rows.is_empty() {
            self.head = Some(row);
        } else {
            self.rows.push(row);
        }
    }

    fn end_cell(&mut self, text: Cell) {
        let Some((span, header)) = self.cell.take() else { return };
        let Some((row, headers)) = &mut self.row else { return };
        *headers &= header;
        row.cells.push(text);
        row.cells.extend(std::iter::repeat_n(Cell::new(), span - 1));
    }

    fn align(&mut self, tag: Tag) {
        let column = self.row.as_ref().map_or(0, |(row, _)| row.cells.len());
        let style = tag.value("style").replace(' ', "");
        let align = match tag.value("align").as_str() {
            "center" => Align::Center,
            "right" => Align::Right,
            _ if style.contains("text-align:center") => Align::Center,
            _ if style.contains("text-align:right") => Align::Right,
            _ => return,
        };
        if self.alignments.len() <= column {
            self.alignments.resize(column + 1, Align::Left);
        }
        self.alignments[column] = align;
    }
}

impl Builder<'_> {
    /// Reads a table up to its closing tag, that too.
    pub(super) fn html_table(&mut self, line: usize, length: usize, pieces: &mut Pieces) {
        let mut grid = Grid::default();
        for _ in 0..=length {
            let Some((at, token)) = pieces.next() else { break };
            let offset = pieces.html.source_of(at);
            match token {
                Token::Tag(tag) => self.table_tag(tag, offset, &mut grid),
                other => self.html_text(other, offset),
            }
        }
        self.end_table_text(&mut grid);
        grid.end_row();
        let Grid { caption, head, rows, mut alignments, .. } = grid;
        if let Some(caption) = caption {
            self.frames.push(line, Kind::Paragraph(caption));
        }
        let mut head = head.map(|row| row.cells).unwrap_or_default();
        let columns = rows.iter().map(|row| row.cells.len()).chain([head.len()]).max().unwrap_or(0);
        if columns == 0 {
            return;
        }
        head.resize(columns, Cell::new());
        alignments.resize(columns, Align::Left);
        let index = self.table_count;
        self.table_count += 1;
        self.frames.push(line, Kind::Table(Table { index, alignments, head, rows }));
    }

    fn table_tag(&mut self, tag: Tag, offset: usize, grid: &mut Grid) {
        match tag.name {
            "table" | "tbody" | "thead" | "tfoot" | "tr" => {
                self.end_table_text(grid);
                grid.end_row();
                if tag.name == "tr" && !tag.closing {
                    let line = self.source.line(offset);
                    grid.row = Some((Row { line, cells: Vec::new() }, true));
                }
            }
            "td" | "th" | "caption" => {
                self.end_table_text(grid);
                if !tag.closing && tag.name != "caption" {
                    let line = self.source.line(offset);
                    grid.row.get_or_insert_with(|| (Row { line, cells: Vec::new() }, true));
                    let span = tag.value("colspan").parse().unwrap_or(1).clamp(1, WIDEST_SPAN);
                    grid.cell = Some((span, tag.name == "th"));
                    grid.align(tag);
                }
            }
            _ => {
                let place = self.source.place(offset);
                self.text(offset, |inline| inline.tag(tag, place));
            }
        }
    }

    /// Ends the open cell. Text outside any cell goes above the table, where browsers put it too.
    fn end_table_text(&mut self, grid: &mut Grid) {
        self.leaf = None;
        let text = self.inline.take();
        if grid.cell.is_some() {
            grid.end_cell(text);
        } else if !text.is_empty() {
            grid.caption.get_or_insert_default().extend(text);
        }
    }
}
