//! One block by itself, as wide as it wants to be.
//!
//! A page is as wide as one likes to read, and a table or a program may not fit. Zoomed, it has the whole
//! window, and where that is not enough, lines go on beyond its edge: the screen shows a window of them (see
//! [`super::Line::window`]) and moves it. What wraps well is still wrapped at the window.

use super::block::{Block, Document, Kind};
use super::extend::{Until, begin_wide};
use super::layout::Layout;
use super::page::Page;

/// Which block is zoomed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zoomed {
    /// A block of code, by [`super::Code::index`].
    Code(usize),
    /// A table, by [`super::Table::index`].
    Table(usize),
    /// The block at the top level that holds this line of the source, from 1, or is the last before it.
    Block(usize),
}

/// A document of that block only, without the footnotes that it refers to; nothing where there is no such
/// block. Its code and tables keep their numbers. Cost: O(blocks), and a copy of the block and of the document's
/// list of links.
#[must_use]
pub fn zoom(document: &Document, zoomed: Zoomed) -> Option<Document> {
    let is_it = |block: &&Block| match (&block.kind, zoomed) {
        (Kind::Code(code), Zoomed::Code(index)) => code.index == index,
        (Kind::Table(table), Zoomed::Table(index)) => table.index == index,
        _ => false,
    };
    let block = match zoomed {
        Zoomed::Block(line) => {
            let above = document.blocks.partition_point(|block| block.line <= line);
            document.blocks.get(above.checked_sub(1)?)?
        }
        Zoomed::Code(_) | Zoomed::Table(_) => document.all_blocks().into_iter().find(is_it)?,
    };
    let targets = if matches!(block.kind, Kind::Code(_)) { Vec::new() } else { document.targets.clone() };
    let mut part = Document { blocks: vec![block.clone()], targets, ..Document::default() };
    part.collect_headings();
    Some(part)
}

/// Lays a document out for a window of [`Layout::width`] cells, and wider where it has to be: a table takes its
/// natural width, though its columns wrap at 60 cells, and code the width of its longest line. A table takes the
/// window's width at least, where it has use for it. All else is as in [`super::layout()`].
#[must_use]
pub fn zoom_layout(document: &Document, options: &Layout) -> Page {
    let mut page = begin_wide(document);
    page.extend(document, options, Until::End);
    page
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::laws::{config, noise};
    use super::super::{Line, layout, parse};
    use super::*;

    const PAGE: &str = "# Title\n\ntext [a](u)\nmore\n\n- item\n\n  ```rust\n  fn main() { println!(\"hello\"); }\n  ```\n\n  \
        | key | a header of words |\n  |-----|--:|\n  | one | [two](v) three four five |\n\n## Two\n\n> last\n";

    fn lines(zoomed: Zoomed, width: u16) -> Option<Vec<String>> {
        let part = zoom(&parse(PAGE), zoomed)?;
        Some(zoom_layout(&part, &Layout::new(width)).lines.iter().map(Line::text).collect())
    }

    #[test]
    fn a_block_by_itself() {
        let code = "  fn main() { println!(\"hello\"); }";
        assert_eq!(lines(Zoomed::Code(0), 20).as_deref(), Some(&[code.to_owned()][..]), "not cut");
        assert_eq!(lines(Zoomed::Code(1), 20), None);
        assert_eq!(
            lines(Zoomed::Table(0), 10).as_deref(),
            Some(
                &["key    a header of words", "────────────────────────", "one  two three four five"]
                    .map(str::to_owned)[..]
            ),
            "neither wrapped nor records"
        );
        assert_eq!(lines(Zoomed::Table(1), 20), None);
        assert_eq!(lines(Zoomed::Block(3), 80), Some(vec!["text a more".into()]));
        assert_eq!(lines(Zoomed::Block(4), 80), lines(Zoomed::Block(3), 80), "its second line");
        assert_eq!(lines(Zoomed::Block(99), 80), Some(vec!["▌ last".into()]));
        assert_eq!(lines(Zoomed::Block(0), 80), None);
    }

    #[test]
    fn columns_wrap_at_sixty_cells_unless_there_is_room() {
        let text = format!("| a | b |\n|---|---|\n| {} | x |\n", "words ".repeat(40));
        let document = parse(&text);
        // A column of 40 words is 239 cells wide; with the other one and what is between, the table 242.
        for (width, expected) in [(10, 60 + 2 + 1), (80, 80), (120, 120), (300, 242)] {
            let page = zoom_layout(&document, &Layout::new(width));
            assert!(page.lines.iter().all(|line| line.width() <= expected), "at {width}");
            assert_eq!(page.lines[1].width(), expected, "the rule at {width}");
            assert!(page.tables[0].grid);
        }
        assert_eq!(zoom_layout(&document, &Layout::new(300)), layout(&document, &Layout::new(300)));
    }

    #[test]
    fn thousands_of_columns_take_time_in_proportion() {
        let row = |cell: &str| format!("|{}\n", format!("{cell}|").repeat(5000));
        let document = parse(&(row("head") + &row("-") + &row("a cell").repeat(3)));
        let page = zoom_layout(&document, &Layout::new(80));
        // 5000 columns of 6 cells and what is between them.
        assert_eq!((page.lines.len(), page.lines[1].width()), (5, 5000 * 8 - 2));
        assert_eq!(layout(&document, &Layout::new(80)).lines.len(), 3 * 5000 + 2, "records");
    }

    proptest! {
        #![proptest_config(config(64))]

        /// Zoomed, nothing is cut; and windows beside each other show the line, each at most as wide as it is.
        #[test]
        fn zoomed_code_is_whole_and_windows_show_all(text in noise(), width in 0..40u16, each in 1..20usize) {
            let document = parse(&text);
            let page = zoom_layout(&document, &Layout::new(width));
            for code in &page.code {
                let lines = &page.lines[code.line..code.line + code.height];
                prop_assert!(lines.iter().all(|line| !line.text().contains('›')), "cut");
            }
            prop_assert_eq!(page.code.len(), document.code().count());
            prop_assert!(page.tables.iter().all(|table| table.grid));
            for line in &page.lines {
                // One cell more, since characters without width may stand at the end.
                prop_assert_eq!(&line.window(0, line.width() + 1), line);
                let windows: Vec<Line> = (0..=line.width() / each).map(|at| line.window(at * each, each)).collect();
                prop_assert!(windows.iter().all(|window| window.width() <= each));
                // A cut wide character shows as spaces; of one cell each, all else is there.
                let narrow = line.text().chars().filter(|c| c.is_ascii_alphanumeric()).count();
                let seen = windows.iter().flat_map(|window| &window.spans).flat_map(|span| span.text.chars());
                prop_assert_eq!(seen.filter(char::is_ascii_alphanumeric).count(), narrow);
            }
        }
    }
}
