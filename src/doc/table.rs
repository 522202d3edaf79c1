//! Tables that fit.
//!
//! A table takes its natural width if there is room. Else only its widest columns shrink, wrapping in
//! their cells, first down to their longest words, then by breaking those. Where a column would become
//! too narrow to read or a row too high, the table is shown as records, one `header: value` a line: on
//! a narrow screen that reads better than any table.

use super::block::{Align, Cell, Marks, Row, Run, Table, text_of};
use super::layout::Flow;
use super::page::{PlacedTable, Style};
use super::wrap::{Piece, Styled, width_of};

/// The cells between two columns.
const GAP: usize = 2;
/// No column is made narrower than this by breaking its words.
const NARROWEST: usize = 8;
/// Rows of more lines than this, once columns shrink, make a table into records.
const HIGHEST: usize = 6;
/// How much of a header is repeated in each record after the first, in characters.
const LABEL: usize = 40;

/// Lays out a table.
pub(super) fn lay(flow: &mut Flow, line: usize, table: &Table) {
    flow.begin(line);
    let first = flow.page.lines.len();
    lay_rows(flow, line, table);
    let height = flow.page.lines.len() - first;
    flow.page.tables.push(PlacedTable { table: table.index, line: first, height, head: 0, grid: true });
}

fn lay_rows(flow: &mut Flow, line: usize, table: &Table) {
    let columns = table.alignments.len();
    let room = flow.room();
    let available = (columns > 0).then(|| room.checked_sub(GAP * (columns - 1))).flatten();
    // Every column takes a cell at least; a table of thousands of columns need not be measured.
    let Some(available) = available.filter(|&available| columns <= available) else {
        return records(flow, table);
    };
    let (natural, longest) = measure(table, columns);
    if natural.iter().sum::<usize>() <= available {
        return grid(flow, line, table, &wrapped(flow, table, &natural), &natural);
    }
    let Some(widths) = shrink(&natural, &longest, available) else { return records(flow, table) };
    let rows = wrapped(flow, table, &widths);
    if rows.iter().any(|row| height(row) > HIGHEST) {
        return records(flow, table);
    }
    grid(flow, line, table, &rows, &widths);
}

/// For each column its width where nothing wraps, and that of its longest word; at least 1.
fn measure(table: &Table, columns: usize) -> (Vec<usize>, Vec<usize>) {
    let (mut natural, mut longest) = (vec![1; columns], vec![1; columns]);
    let rows = std::iter::once(&table.head).chain(table.rows.iter().map(|row| &row.cells));
    for cells in rows {
        for (column, cell) in cells.iter().enumerate().take(columns) {
            let (width, word) = Styled::new(cell, Style::default()).extent();
            natural[column] = natural[column].max(width);
            longest[column] = longest[column].max(word);
        }
    }
    (natural, longest)
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

/// The lines of a cell, and the cells of a row.
type Lines = Vec<Vec<Piece>>;

/// All rows, the head first, with their cells wrapped.
fn wrapped(flow: &Flow, table: &Table, widths: &[usize]) -> Vec<Vec<Lines>> {
    let wrap = |cells: &[Cell], style: Style| -> Vec<Lines> {
        let cells = cells.iter().zip(widths);
        cells.map(|(cell, &width)| Styled::new(cell, style).wrap(width, flow.options.ascii)).collect()
    };
    let head = wrap(&table.head, Style { bold: true, ..Style::default() });
    std::iter::once(head).chain(table.rows.iter().map(|row| wrap(&row.cells, Style::default()))).collect()
}

fn height(row: &[Lines]) -> usize {
    row.iter().map(Vec::len).max().unwrap_or(0)
}

/// Draws rows under a head. Where any row has several lines, rules keep rows apart.
fn grid(flow: &mut Flow, line: usize, table: &Table, rows: &[Vec<Lines>], widths: &[usize]) {
    let total = widths.iter().sum::<usize>() + GAP * (widths.len() - 1);
    let ruled = rows.iter().skip(1).any(|row| height(row) > 1);
    let lines = std::iter::once(line).chain(table.rows.iter().map(|row| row.line));
    let mut above = false;
    for (index, (row, line)) in rows.iter().zip(lines).enumerate() {
        if index == 0 && height(row) == 0 {
            continue;
        }
        if above && (index == 1 || ruled) {
            let rule = flow.rule(total);
            flow.line(vec![rule]);
        }
        flow.begin(line);
        for part in 0..height(row).max(1) {
            let mut pieces = Vec::new();
            for (column, &width) in widths.iter().enumerate() {
                let cell = row.get(column).and_then(|lines| lines.get(part)).cloned().unwrap_or_default();
                if column > 0 {
                    pieces.push(Piece::blank(GAP));
                }
                pieces.extend(aligned(cell, width, table.alignments[column]));
            }
            flow.line(pieces);
        }
        above = true;
    }
}

fn aligned(cell: Vec<Piece>, width: usize, align: Align) -> Vec<Piece> {
    let left_over = width.saturating_sub(width_of(&cell));
    let before = match align {
        Align::Left => 0,
        Align::Center => left_over / 2,
        Align::Right => left_over,
    };
    let (before, after) = (Piece::blank(before), Piece::blank(left_over - before));
    std::iter::once(before).chain(cell).chain(std::iter::once(after)).collect()
}

/// Shows each row as lines `header: value`, records apart by an empty line.
fn records(flow: &mut Flow, table: &Table) {
    if table.rows.is_empty() {
        for cell in &table.head {
            flow.runs(cell, Style { bold: true, ..Style::default() });
        }
    }
    let labels =
        |most| -> Vec<Cell> { table.head.iter().map(|cell| label(cell, most, flow.options.ascii)).collect() };
    // A long header times many rows has no bound, so it is whole in the first record only.
    let (first, others) = (labels(usize::MAX), labels(LABEL));
    for (index, row) in table.rows.iter().enumerate() {
        if index > 0 {
            flow.owe_gap();
        }
        flow.begin(row.line);
        record(flow, if index == 0 { &first } else { &others }, row, index == 0);
    }
}

/// Shows a row. Empty cells say nothing; only the first record names all headers.
fn record(flow: &mut Flow, labels: &[Cell], row: &Row, first: bool) {
    let hang = if flow.room() >= 12 { 2 } else { 0 };
    let empty = Cell::new();
    for column in 0..labels.len().max(row.cells.len()) {
        let cell = row.cells.get(column).unwrap_or(&empty);
        let label = labels.get(column).unwrap_or(&empty);
        if cell.is_empty() && (label.is_empty() || !first) {
            continue;
        }
        let runs: Vec<Run> = label.iter().chain(cell).cloned().collect();
        let lines = Styled::new(&runs, Style::default()).wrap(flow.room() - hang, flow.options.ascii);
        for (number, line) in lines.into_iter().enumerate() {
            let indent = Piece::blank(if number == 0 { 0 } else { hang });
            flow.line(std::iter::once(indent).chain(line).collect());
        }
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
}
