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
