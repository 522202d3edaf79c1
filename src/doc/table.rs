//! Tables that fit.
//!
//! A table takes its natural width if there is room. Else only its widest columns shrink, wrapping in
//! their cells, first down to their longest words, then by breaking those. Where a column would become
//! too narrow to read or a row too high, the table is shown as records, one `header: value` a line: on
//! a narrow screen that reads better than any table. How wide the columns are is decided once, over all
//! cells; the rows are then laid out some at a time.

use super::block::{Align, Cell, Marks, Row, Run, Table, text_of};
use super::clean::text_width;
use super::extend::{Frame, Node, Work};
use super::flow::Flow;
use super::page::{Ink, PlacedTable, Style};
use super::pen::Piece;
use super::wrap::{Count, Out, Styled, Target};

/// The cells between two columns.
const GAP: usize = 2;
/// No column is made narrower than this by breaking its words.
const NARROWEST: usize = 8;
/// Rows of more lines than this, once columns shrink, make a table into records.
const HIGHEST: usize = 6;
/// Labels up to so many cells have their values beneath each other.
const SHORT: usize = 22;
/// How much of a header is repeated in each record after the first, in characters.
const LABEL: usize = 40;
/// No column is wider than this where a table may be as wide as it wants to be.
const WIDEST: usize = 60;
/// After how many cells of rows a step ends.
const STEP: usize = 256;

/// What is known of a table between two rows.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rows {
    /// Where in the page's `tables` it is.
    placed: usize,
    /// How wide its columns are; nothing where rows are records.
    widths: Option<Vec<usize>>,
    /// Whether rules keep its rows apart.
    ruled: bool,
    /// Whether a row stands above the next.
    above: bool,
}

/// Lays out a table.
pub(super) fn lay<'a>(flow: &mut Flow<'a>, line: usize, table: &'a Table) {
    flow.begin(line);
    let placed = flow.page.tables.len();
    let first = flow.page.lines.len();
    let (widths, ruled) = plan(flow, table).map_or((None, false), |plan| (Some(plan.widths), plan.ruled));
    let grid = widths.is_some();
    flow.page.tables.push(PlacedTable { table: table.index, line: first, height: 0, head: 0, grid });
    let rows = Rows { placed, widths, ruled, above: false };
    flow.open(Node::Table(table, line), flow.depth(), Work::Rows(rows));
}

/// Lays out the next rows; the head is row 0.
pub(super) fn next_rows<'a>(flow: &mut Flow<'a>, table: &'a Table, line: usize) {
    let Some(Frame { next, work, .. }) = flow.frame() else { return };
    // Taken out while the flow writes, and put back where there is more.
    let (mut row, Work::Rows(mut rows)) = (*next, std::mem::replace(work, Work::List)) else { return };
    let widths = rows.widths.take();
    let end = match &widths {
        Some(widths) => grid(flow, table, line, widths, &mut rows, &mut row),
        None => records(flow, table, &mut row),
    };
    rows.widths = widths;
    let lines = flow.page.lines.len();
    if let Some(placed) = flow.page.tables.get_mut(rows.placed) {
        placed.height = lines - placed.line;
    }
    if let Some(frame) = flow.frame() {
        (frame.next, frame.work) = (row, Work::Rows(rows));
    }
    if end {
        flow.close();
    }
}

/// How a table is to stand in columns.
struct Plan {
    widths: Vec<usize>,
    ruled: bool,
}

/// How the table fits; nothing where it does not.
fn plan(flow: &Flow, table: &Table) -> Option<Plan> {
    let columns = table.alignments.len();
    let gaps = GAP * columns.checked_sub(1)?;
    if flow.state.wide {
        let measured = measure(table, columns);
        let widths = widened(&measured.natural, flow.room().saturating_sub(gaps));
        let ruled = highest(table, &widths, &measured, usize::MAX).is_some_and(|highest| highest > 1);
        return Some(Plan { widths, ruled });
    }
    // Every column takes a cell at least; a table of thousands of columns need not be measured.
    let available = flow.room().checked_sub(gaps).filter(|&available| columns <= available)?;
    let measured = measure(table, columns);
    let fits = measured.natural.iter().sum::<usize>() <= available;
    let widths = if fits {
        measured.natural.clone()
    } else {
        shrink(&measured.natural, &measured.longest, available)?
    };
    let highest = highest(table, &widths, &measured, if fits { usize::MAX } else { HIGHEST })?;
    Some(Plan { widths, ruled: highest > 1 })
}

/// What the cells of each column want.
struct Measured {
    /// The width where nothing wraps, at least 1.
    natural: Vec<usize>,
    /// That of the longest word, at least 1.
    longest: Vec<usize>,
    /// Whether a cell has a hard break.
    breaks: Vec<bool>,
}

fn measure(table: &Table, columns: usize) -> Measured {
    let mut all =
        Measured { natural: vec![1; columns], longest: vec![1; columns], breaks: vec![false; columns] };
    let mut styled = Styled::default();
    let rows = std::iter::once(&table.head).chain(table.rows.iter().map(|row| &row.cells));
    for cells in rows {
        for (column, cell) in cells.iter().enumerate().take(columns) {
            // No text takes more cells than bytes.
            let bytes: usize = cell.iter().map(|run| run.text.len()).sum();
            if bytes <= all.longest[column] && !all.breaks[column] && !has_breaks(cell) {
                continue;
            }
            styled.set(cell, Style::default());
            let (width, word) = styled.extent();
            all.natural[column] = all.natural[column].max(width);
            all.longest[column] = all.longest[column].max(word);
            all.breaks[column] |= has_breaks(cell);
        }
    }
    all
}

fn has_breaks(cell: &Cell) -> bool {
    cell.iter().any(|run| run.text.contains('\n'))
}

/// How many lines the highest row below the head takes, where none takes more than `most`, nor the head. Only
/// cells that wrap are looked at.
fn highest(table: &Table, widths: &[usize], measured: &Measured, most: usize) -> Option<usize> {
    let wraps: Vec<usize> = (0..widths.len())
        .filter(|&column| measured.natural[column] > widths[column] || measured.breaks[column])
        .collect();
    let mut highest = 1;
    if wraps.is_empty() {
        return Some(highest);
    }
    let mut styled = Styled::default();
    let rows = std::iter::once(&table.head).chain(table.rows.iter().map(|row| &row.cells));
    for (row, cells) in rows.enumerate() {
        for &column in &wraps {
            let (Some(cell), width) = (cells.get(column), widths[column]) else { continue };
            let bytes: usize = cell.iter().map(|run| run.text.len()).sum();
            if bytes <= width && !has_breaks(cell) {
                continue;
            }
            styled.set(cell, Style::default());
            let mut count = Count::default();
            styled.wrap(width, false, &mut count);
            if count.0 > most {
                return None;
            }
            if row > 0 {
                highest = highest.max(count.0);
            }
        }
    }
    Some(highest)
}

/// Widths where the table may be wider than the page: natural, though no column is wider than [`WIDEST`]
/// unless the page has room for it.
fn widened(natural: &[usize], available: usize) -> Vec<usize> {
    let least: Vec<usize> = natural.iter().map(|&width| width.min(WIDEST)).collect();
    if least.iter().sum::<usize>() >= available { least } else { level(natural, &least, available) }
}

/// Widths that fit: words whole if that is possible, else broken, but no column under [`NARROWEST`] by it.
fn shrink(natural: &[usize], longest: &[usize], available: usize) -> Option<Vec<usize>> {
    if longest.iter().sum::<usize>() <= available {
        return Some(level(natural, longest, available));
    }
    let least: Vec<usize> = longest.iter().map(|&word| word.min(NARROWEST)).collect();
    (least.iter().sum::<usize>() <= available).then(|| level(longest, &least, available))
}

/// Cuts the widest columns to one height, like water that finds its level: none above what it wants, none
/// below its least, and all cells given out. The least widths must fit.
fn level(wanted: &[usize], least: &[usize], available: usize) -> Vec<usize> {
    let at = |cap: usize| wanted.iter().zip(least).map(move |(&want, &least)| want.min(cap).max(least));
    let (mut low, mut high) = (0, wanted.iter().copied().max().unwrap_or(0));
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        if at(middle).sum::<usize>() <= available { low = middle } else { high = middle - 1 }
    }
    let mut widths: Vec<usize> = at(low).collect();
    let mut left = available - widths.iter().sum::<usize>();
    for (width, &want) in widths.iter_mut().zip(wanted) {
        if left > 0 && *width == low && *width < want {
            *width += 1;
            left -= 1;
        }
    }
    widths
}

/// The lines of a cell. It is filled again and again.
#[derive(Default)]
struct Lines {
    text: String,
    /// Where each piece ends in the text, its cells, and how it looks.
    pieces: Vec<(usize, usize, Style, Option<Target>)>,
    /// Where each line ends in the pieces, and its cells.
    lines: Vec<(usize, usize)>,
    cells: usize,
}

impl Out for Lines {
    fn put(&mut self, text: &str, cells: usize, style: Style, target: Option<Target>) {
        self.text.push_str(text);
        self.cells += cells;
        self.pieces.push((self.text.len(), cells, style, target));
    }

    fn end_line(&mut self) {
        self.lines.push((self.pieces.len(), std::mem::take(&mut self.cells)));
    }
}

impl Lines {
    fn set(&mut self, cell: &[Run], style: Style, width: usize, ascii: bool, styled: &mut Styled) {
        self.text.clear();
        self.pieces.clear();
        self.lines.clear();
        styled.set(cell, style);
        styled.wrap(width, ascii, self);
    }

    /// Puts a line of the cell, with blanks around it that fill the column.
    fn put_line(&self, line: usize, width: usize, align: Align, flow: &mut Flow) {
        let Some(&(end, cells)) = self.lines.get(line) else { return flow.blank(width) };
        let left_over = width.saturating_sub(cells);
        let before = match align {
            Align::Left => 0,
            Align::Center => left_over / 2,
            Align::Right => left_over,
        };
        flow.blank(before);
        let first = line.checked_sub(1).map_or(0, |above| self.lines[above].0);
        let mut start = first.checked_sub(1).map_or(0, |piece| self.pieces[piece].0);
        for &(end, cells, style, target) in &self.pieces[first..end] {
            flow.put(&self.text[start..end], cells, style, target);
            start = end;
        }
        flow.blank(left_over - before);
    }
}

/// Draws rows under a head; whether all are drawn. Where any row has several lines, rules keep rows apart.
fn grid(
    flow: &mut Flow,
    table: &Table,
    line: usize,
    widths: &[usize],
    rows: &mut Rows,
    next: &mut usize,
) -> bool {
    let total = widths.iter().sum::<usize>() + GAP * (widths.len() - 1);
    let (mut cells, mut styled, mut laid) = (Vec::<Lines>::new(), Styled::default(), 0);
    cells.resize_with(widths.len(), Lines::default);
    while laid < STEP {
        let index = *next;
        let bold = Style { bold: index == 0, ..Style::default() };
        let (row, line) = match index.checked_sub(1) {
            None => (&table.head, line),
            Some(index) => match table.rows.get(index) {
                Some(row) => (&row.cells, row.line),
                None => return true,
            },
        };
        *next += 1;
        laid += widths.len();
        for (column, (lines, &width)) in cells.iter_mut().zip(widths).enumerate() {
            let cell = row.get(column).map_or(&[][..], Vec::as_slice);
            lines.set(cell, bold, width, flow.options.ascii, &mut styled);
        }
        let height = cells.iter().map(|cell| cell.lines.len()).max().unwrap_or(0);
        if index == 0 && height == 0 {
            continue;
        }
        if rows.above && (index == 1 || rows.ruled) {
            flow.rule(total);
        }
        if index == 1 && rows.above {
            count_head(flow, rows.placed);
        }
        flow.begin(line);
        for part in 0..height.max(1) {
            for (column, (cell, &width)) in cells.iter().zip(widths).enumerate() {
                if column > 0 {
                    flow.blank(GAP);
                }
                cell.put_line(part, width, table.alignments[column], flow);
            }
            flow.end_line();
        }
        rows.above = true;
        if index == 0 {
            count_head(flow, rows.placed);
        }
    }
    false
}

/// Notes that what stands of a table is its head.
fn count_head(flow: &mut Flow, placed: usize) {
    let lines = flow.page.lines.len();
    if let Some(placed) = flow.page.tables.get_mut(placed) {
        placed.head = lines - placed.line;
    }
}

/// Shows the next rows as lines `header: value`, records apart by an empty line; whether all are shown.
fn records(flow: &mut Flow, table: &Table, next: &mut usize) -> bool {
    if table.rows.is_empty() {
        for cell in &table.head {
            flow.runs(cell, Style { bold: true, ..Style::default() });
        }
    }
    let ascii = flow.options.ascii;
    let labels = |most| -> Vec<Cell> { table.head.iter().map(|cell| label(cell, most, ascii)).collect() };
    // A long header times many rows has no bound, so it is whole in the first record only.
    let others = labels(LABEL);
    let values = value_column(&others, flow.room());
    let mut laid = 0;
    while laid < STEP {
        let index = *next;
        let Some(row) = table.rows.get(index) else { return true };
        *next += 1;
        laid += row.cells.len().max(1);
        if index > 0 {
            flow.owe_gap();
        }
        flow.begin(row.line);
        if index == 0 {
            record(flow, &labels(usize::MAX), row, true, values);
        } else {
            record(flow, &others, row, false, values);
        }
    }
    false
}

/// Where the values of records stand beneath each other: behind the widest label, where all labels are short and the
/// values keep most of the room.
fn value_column(labels: &[Cell], room: usize) -> Option<usize> {
    let widest = labels.iter().map(|label| text_width(&text_of(label))).max()?;
    (widest <= SHORT && widest * 3 <= room).then_some(widest)
}

/// Shows a row. Empty cells say nothing; only the first record names all headers.
fn record(flow: &mut Flow, labels: &[Cell], row: &Row, first: bool, values: Option<usize>) {
    let (hang, depth) = (if flow.room() >= 12 { 2 } else { 0 }, flow.depth());
    let empty = Cell::new();
    for column in 0..labels.len().max(row.cells.len()) {
        let cell = row.cells.get(column).unwrap_or(&empty);
        let label = labels.get(column).unwrap_or(&empty);
        if cell.is_empty() && (label.is_empty() || !first) {
            continue;
        }
        if let Some(at) = values.filter(|_| !text_of(cell).trim().is_empty()) {
            let label = text_of(label);
            let pad = Piece::blank(at.saturating_sub(text_width(&label)));
            flow.hang([Piece::new(label, Style::ink(Ink::Dim)), pad], Piece::margin(at));
            flow.styled(|styled| styled.set(cell, Style::default()));
            flow.set_out(depth);
            continue;
        }
        flow.hang(Piece::margin(0), Piece::margin(hang));
        flow.styled(|styled| {
            styled.set(label, Style::default());
            styled.add(cell, Style::default());
        });
        flow.set_out(depth);
    }
}

/// The header of a column as the label of a value, at most so many characters of it.
fn label(header: &Cell, most: usize, ascii: bool) -> Cell {
    let mut text = text_of(header).replace('\n', " ");
    if text.is_empty() {
        return Cell::new();
    }
    if let Some((end, _)) = text.char_indices().nth(most) {
        text.truncate(end);
        text.push_str(if ascii { "~" } else { "…" });
    }
    vec![Run { text: text + ": ", marks: Marks { dim: true, ..Marks::default() }, link: None }]
}

#[cfg(test)]
mod tests {
    use super::super::{Layout, layout, parse};
    use super::*;

    fn check(markdown: &str, width: u16, expected: &[&str]) {
        let page = layout(&parse(markdown), &Layout::new(width));
        let lines: Vec<String> = page.lines.iter().map(super::super::Line::text).collect();
        assert_eq!(lines, expected, "at width {width}");
    }

    #[test]
    fn columns_shrink_from_the_widest() {
        for (wanted, least, available, expected) in [
            (&[4, 30, 10][..], &[1, 1, 1][..], 44, &[4, 30, 10][..]),
            (&[4, 30, 10], &[1, 1, 1], 30, &[4, 16, 10]),
            (&[4, 30, 10], &[1, 1, 1], 20, &[4, 8, 8]),
            (&[4, 30, 10], &[1, 1, 1], 21, &[4, 9, 8]),
            (&[4, 30, 10], &[4, 12, 3], 20, &[4, 12, 4]),
        ] {
            assert_eq!(level(wanted, least, available), expected, "{wanted:?} {least:?} {available}");
        }
        // Words whole, then broken down to eight cells, then no table.
        assert_eq!(shrink(&[20, 20], &[9, 5], 16), Some(vec![9, 7]));
        assert_eq!(shrink(&[20, 20], &[12, 5], 16), Some(vec![11, 5]));
        assert_eq!(shrink(&[20, 20], &[30, 30], 16), Some(vec![8, 8]));
        assert_eq!(shrink(&[20, 20], &[30, 30], 15), None);
    }

    #[test]
    fn natural_width_and_alignment() {
        let table = "| a | bb | ccc |\n|---|:-:|--:|\n| one | x | 1 |\n| 日本 | yyyy | 1,000 |\n";
        check(
            table,
            40,
            &["a      bb     ccc", "─────────────────", "one    x        1", "日本  yyyy  1,000"],
        );
        // Without headers there is no rule either.
        check("| | |\n|---|---|\n| a | b |\n", 40, &["a  b"]);
        check("| a |\n|---|\n", 40, &["a"]);
    }

    #[test]
    fn cells_wrap_and_rows_are_ruled() {
        check(
            "| key | what it says |\n|--|--|\n| a | several words to wrap |\n| b | c |\n",
            17,
            &[
                "key  what it says",
                "─────────────────",
                "a    several",
                "     words to",
                "     wrap",
                "─────────────────",
                "b    c",
            ],
        );
        // Hard breaks stay, and are no reason to wrap anything.
        check("| a | b |\n|--|--|\n| x<br>y | z |\n", 20, &["a  b", "────", "x  z", "y"]);
    }

    #[test]
    fn narrow_places_get_records() {
        check(
            "| name | definition |\n|--|--|\n| p99 | the slowest percent |\n| qps | queries |\n",
            13,
            &[
                "name: p99",
                "definition:",
                "  the slowest",
                "  percent",
                "",
                "name: qps",
                "definition:",
                "  queries",
            ],
        );
        check("| a | b |\n|--|--|\n| 1 | |\n| | 2 |\n", 3, &["a:", "1", "b:", "", "b:", "2"]);
        // A row of more than six lines.
        let high = format!("| a | b |\n|--|--|\n| {} | x |\n", "word ".repeat(9));
        check(&high, 8, &["a: word", "word", "word", "word", "word", "word", "word", "word", "word", "b: x"]);
        // A long header is repeated in part.
        let long = format!("| {} | b |\n|--|--|\n| 1 | |\n| 2 | |\n", "x".repeat(50));
        let page = layout(&parse(&long), &Layout::new(60));
        assert_eq!(page.lines.len(), 4, "fits");
        let page = layout(
            &parse(
                &long
                    .replace(
                        "| b |",
                        "| b | c | d | e | f | g | h | i | j | k | l | m | n | o | p | q | r | s | t |",
                    )
                    .replace("|--|--|", &("|--".repeat(20) + "|")),
            ),
            &Layout::new(56),
        );
        let text: Vec<String> = page.lines.iter().map(super::super::Line::text).collect();
        assert_eq!(text.first().map(String::as_str), Some(&*format!("{}: 1", "x".repeat(50))));
        assert_eq!(text.last().map(String::as_str), Some(&*format!("{}…: 2", "x".repeat(40))));
    }

    #[test]
    fn styles_and_links_stay_in_wrapped_cells() {
        let document = parse("| a | b |\n|--:|:-:|\n| **one two** | see [the page](u) and *x* |\n");
        let page = layout(&document, &Layout::new(14));
        let lines: Vec<String> = page.lines.iter().map(super::super::Line::text).collect();
        let rule = "─".repeat(14);
        // Both columns are cut to one width, 6 of the 12 cells.
        let expected =
            ["     a    b", &rule, "   one   see", "   two   the", "         page", "        and x"];
        assert_eq!(lines, expected);
        let spans = |at: usize| -> Vec<(&str, Style)> {
            page.lines[at].spans.iter().map(|span| (span.text.as_str(), span.style)).collect()
        };
        let (text, link) = (Style::default(), Style { underline: true, ..Style::ink(Ink::Link) });
        let bold = Style { bold: true, ..text };
        assert_eq!(spans(2), [("   ", text), ("one", bold), ("   see", text)]);
        assert_eq!(spans(3), [("   ", text), ("two", bold), ("   ", text), ("the", link)]);
        assert_eq!(spans(4), [("         ", text), ("page", link)]);
        assert_eq!(spans(5), [("        and ", text), ("x", Style { italic: true, ..text })]);
        let places: Vec<_> = page.links[0].places.iter().map(|at| (at.line, at.start, at.end)).collect();
        assert_eq!(places, [(3, 9, 12), (4, 9, 13)]);
    }

    #[test]
    fn a_table_knows_its_head() {
        let place = |text: &str, width: u16| layout(&parse(text), &Layout::new(width)).tables;
        let text = "x\n\n| a | two words |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n";
        let table = PlacedTable { table: 0, line: 2, height: 4, head: 2, grid: true };
        assert_eq!(place(text, 20), [table]);
        assert_eq!(place(text, 9), [PlacedTable { height: 5, head: 3, ..table }], "only the head wraps");
        assert_eq!(place(text, 3), [PlacedTable { height: 13, head: 0, grid: false, ..table }], "as records");
        assert_eq!(
            place("| | |\n|--|--|\n| 1 | 2 |\n", 20),
            [PlacedTable { line: 0, height: 1, head: 0, ..table }]
        );
        assert_eq!(place("| a |\n|--|\n", 20), [PlacedTable { line: 0, height: 1, head: 1, ..table }]);
    }

    #[test]
    fn ragged_rows_keep_what_they_have() {
        // GFM: a row may have fewer cells than the head, and what it has more is left out.
        let text = "| a | b | c |\n|---|--:|---|\n| 1 |\n| 1 | 2 | 3 | 4 |\n";
        check(text, 20, &["a  b  c", "───────", "1", "1  2  3"]);
        check(text, 3, &["a:", "1", "b:", "c:", "", "a:", "1", "b:", "2", "c:", "3"]);
    }
}
