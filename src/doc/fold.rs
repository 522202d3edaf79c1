//! Parts that fold.
//!
//! A closed part is its summary, and what is in it costs next to nothing. But it is still in the document:
//! whoever looks for a heading or a reference that is in it is led to the line that can be opened.

use super::block::{Block, Details, Kind, Run};
use super::flow::Flow;
use super::page::{Ink, PlacedFold, Style};

/// What a part shows that has no summary, as browsers do.
const UNNAMED: &str = "Details";

/// Lays out the line of a part that is always seen, and opens what is in it if it is open.
pub(super) fn lay<'a>(flow: &mut Flow<'a>, line: usize, details: &'a Details) {
    flow.begin(line);
    let open = (flow.options.open)(details);
    let at = flow.page.lines.len();
    flow.page.folds.push(PlacedFold { fold: details.index, line: at, open });
    let depth = flow.depth();
    let glyph = if open { flow.glyph("▾", "v") } else { flow.glyph("▸", ">") };
    flow.mark(glyph);
    let start = flow.page.lines.len();
    flow.runs(&details.summary, Style { bold: true, ..Style::default() });
    if flow.page.lines.len() == start {
        flow.words(UNNAMED, Style::ink(Ink::Dim));
    }
    if open {
        if !details.blocks.is_empty() {
            flow.owe_gap();
        }
        flow.open_blocks(&details.blocks, depth, false, false);
    } else {
        hide(flow, at, &details.blocks);
        flow.set_out(depth);
    }
}

/// Puts the headings and references of blocks that are not seen at a line. Nesting is bounded by the parser.
fn hide(flow: &mut Flow, line: usize, blocks: &[Block]) {
    for block in blocks {
        match &block.kind {
            Kind::Heading(_, runs) => {
                flow.page.headings.push(line);
                refer(flow, line, runs);
            }
            Kind::Paragraph(runs) => refer(flow, line, runs),
            Kind::Quote(inner) | Kind::Alert(_, inner) => hide(flow, line, inner),
            Kind::Details(details) => {
                refer(flow, line, &details.summary);
                hide(flow, line, &details.blocks);
            }
            Kind::List(list) => list.items.iter().for_each(|item| hide(flow, line, &item.blocks)),
            Kind::Definitions(entries) => {
                for entry in entries {
                    refer(flow, line, &entry.term);
                    entry.meanings.iter().for_each(|meaning| hide(flow, line, meaning));
                }
            }
            Kind::Table(table) => {
                let rows = table.rows.iter().flat_map(|row| &row.cells);
                table.head.iter().chain(rows).for_each(|cell| refer(flow, line, cell));
            }
            Kind::Code(_) | Kind::Rule | Kind::Live(_) => {}
        }
    }
}

fn refer(flow: &mut Flow, line: usize, runs: &[Run]) {
    runs.iter().filter_map(|run| run.marks.note).for_each(|note| flow.refer(note, line));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::laws::{config, document};
    use super::super::{Document, Layout, Line, Page, layout, parse};
    use super::*;

    /// Makes every second quotation a part that folds.
    fn folded(text: &str) -> Document {
        fn fold(blocks: &mut [Block], count: &mut usize) {
            for block in blocks {
                match &mut block.kind {
                    Kind::Quote(inner) => {
                        let summary = vec![Run { text: format!("part {count}"), ..Run::default() }];
                        let mut blocks = std::mem::take(inner);
                        let index = *count;
                        *count += 1;
                        fold(&mut blocks, count);
                        block.kind = Kind::Details(Details { index, open: false, summary, blocks });
                    }
                    Kind::List(list) => list.items.iter_mut().for_each(|item| fold(&mut item.blocks, count)),
                    _ => {}
                }
            }
        }
        let mut document = parse(text);
        fold(&mut document.blocks, &mut 0);
        document
    }

    fn page(document: &Document, width: u16, open: &dyn Fn(&Details) -> bool) -> Page {
        layout(document, &Layout { open, ..Layout::new(width) })
    }

    fn lines(page: &Page) -> Vec<String> {
        page.lines.iter().map(Line::text).collect()
    }

    const PAGE: &str = "# One\n\n> ## Two\n>\n> text[^a]\n>\n> > ### Three\n> > ```\n> > code\n> > ```\n\n## Four\n\nmore[^a]\n\n[^a]: note\n";

    #[test]
    fn a_closed_part_is_one_line_that_stands_for_all_in_it() {
        let document = folded(PAGE);
        let closed = page(&document, 30, &|_| false);
        let expected =
            ["One", "", "▸ part 0", "", "Four", "────", "more[1]", "", "────────────────────", "[1] note"];
        assert_eq!(lines(&closed), expected);
        assert_eq!(closed.headings, [0, 2, 2, 4]);
        assert_eq!(closed.folds, [PlacedFold { fold: 0, line: 2, open: false }]);
        assert_eq!(closed.notes[0].reference, Some(2), "the reference in it");
        assert!(closed.code.is_empty());

        let half = page(&document, 30, &|details| details.index == 0);
        let expected =
            ["One", "", "▾ part 0", "", "  Two", "  ───", "  text[1]", "", "  ▸ part 1", "", "Four"];
        assert_eq!(lines(&half)[..11], expected);
        assert_eq!(half.headings, [0, 4, 8, 10]);
        let folds =
            [PlacedFold { fold: 0, line: 2, open: true }, PlacedFold { fold: 1, line: 8, open: false }];
        assert_eq!((&half.folds[..], half.notes[0].reference), (&folds[..], Some(6)));

        let open = page(&document, 30, &|_| true);
        assert_eq!(lines(&open)[8..13], ["  ▾ part 1", "", "    Three", "", "      code"]);
        let ascii = layout(&document, &Layout { ascii: true, open: &|_| false, ..Layout::new(30) });
        assert_eq!(lines(&ascii)[2], "> part 0");
        assert!(super::super::plain(&document, 30, false).contains("code"), "print shows all");
    }

    #[test]
    fn a_long_summary_wraps_and_an_empty_one_has_a_name() {
        let mut document = folded("> text\n");
        assert_eq!(lines(&page(&document, 7, &|_| false)), ["▸ part", "  0"]);
        if let Kind::Details(details) = &mut document.blocks[0].kind {
            details.summary.clear();
        }
        assert_eq!(lines(&page(&document, 20, &|_| false)), ["▸ Details"]);
    }

    proptest! {
        #![proptest_config(config(64))]

        /// Whatever is open: every heading has a line, lines fit, and all open shows most.
        #[test]
        fn any_parts_may_be_open(written in document(), width in 1..=80u16, open in any::<u64>()) {
            let document = folded(&written.lines.join("\n"));
            let some = page(&document, width, &|details| open >> (details.index % 64) & 1 == 1);
            prop_assert_eq!(some.headings.len(), document.headings.len());
            prop_assert!(some.headings.iter().all(|&line| line < some.lines.len()));
            prop_assert!(some.headings.is_sorted());
            prop_assert!(some.lines.iter().all(|line| line.width() <= usize::from(width)));
            prop_assert!(some.lines.len() <= page(&document, width, &|_| true).lines.len());
            prop_assert!(some.folds.iter().all(|fold| fold.open == (open >> (fold.fold % 64) & 1 == 1)));
        }
    }
}
