//! Which parts that fold hide something: a line of the source, or a text that is looked for.

use super::block::{Block, Details, Document, Kind, text_of};

impl Document {
    /// The parts that fold around a line of the source, by [`Details::index`], the outermost first. The line of a
    /// part itself, which is always seen, is not in it.
    #[must_use]
    pub fn folds_around(&self, line: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let mut blocks = self.blocks.as_slice();
        // Blocks stand in the order of their lines, so the last one that starts at or before the line holds it.
        while let Some(block) = blocks[..blocks.partition_point(|block| block.line <= line)].last() {
            blocks = match &block.kind {
                Kind::Details(details) => {
                    if line > block.line && details.blocks.first().is_some_and(|first| first.line <= line) {
                        found.push(details.index);
                    }
                    &details.blocks
                }
                Kind::Quote(inner) | Kind::Alert(_, inner) => inner,
                Kind::List(list) => {
                    let at = list.items.partition_point(|item| item.line <= line);
                    at.checked_sub(1).map_or(&[], |at| &list.items[at].blocks)
                }
                Kind::Definitions(entries) => {
                    let meanings = entries.iter().flat_map(|entry| &entry.meanings);
                    let mut before =
                        meanings.filter(|blocks| blocks.first().is_some_and(|block| block.line <= line));
                    before.next_back().map_or(&[], Vec::as_slice)
                }
                _ => &[],
            };
        }
        found
    }

    /// The parts that fold whose hidden text holds `wanted`, which is in lower case, by [`Details::index`].
    /// O(text inside them).
    #[must_use]
    pub fn folds_with(&self, wanted: &str) -> Vec<usize> {
        let mut found = Vec::new();
        for block in &self.blocks {
            within(block, wanted, &mut found);
        }
        found
    }
}

/// Adds the folds in a block that hold the text, and tells whether the block itself shows it.
fn within(block: &Block, wanted: &str, found: &mut Vec<usize>) -> bool {
    let holds = |text: &str| text.to_lowercase().contains(wanted);
    // Every block is looked into, also after the first that holds the text: hence no `any`.
    let mut any = |blocks: &[Block]| blocks.iter().filter(|block| within(block, wanted, found)).count() > 0;
    match &block.kind {
        Kind::Heading(_, runs) | Kind::Paragraph(runs) => holds(&text_of(runs)),
        Kind::Quote(inner) | Kind::Alert(_, inner) => any(inner),
        Kind::List(list) => list.items.iter().filter(|item| any(&item.blocks)).count() > 0,
        Kind::Definitions(entries) => entries.iter().fold(false, |had, entry| {
            let inside = entry.meanings.iter().filter(|blocks| any(blocks)).count() > 0;
            had || inside || holds(&text_of(&entry.term))
        }),
        Kind::Code(code) => holds(&code.text),
        Kind::Live(live) => holds(&live.body) || holds(&live.argument),
        Kind::Table(table) => {
            let rows = table.rows.iter().flat_map(|row| &row.cells);
            table.head.iter().chain(rows).any(|cell| holds(&text_of(cell)))
        }
        Kind::Rule => false,
        Kind::Details(details) => in_details(details, wanted, found),
    }
}

fn in_details(details: &Details, wanted: &str, found: &mut Vec<usize>) -> bool {
    let at = found.len();
    let inside = details.blocks.iter().filter(|block| within(block, wanted, found)).count() > 0;
    if inside {
        found.insert(at, details.index);
    }
    inside || text_of(&details.summary).to_lowercase().contains(wanted)
}

#[cfg(test)]
mod tests {
    use super::super::block::Run;
    use super::*;

    fn text(line: usize, text: &str) -> Block {
        Block { line, kind: Kind::Paragraph(vec![Run { text: text.into(), ..Run::default() }]) }
    }

    fn fold(line: usize, index: usize, blocks: Vec<Block>) -> Block {
        let summary = vec![Run { text: format!("Summary {index}"), ..Run::default() }];
        Block { line, kind: Kind::Details(Details { index, open: false, summary, blocks }) }
    }

    #[test]
    fn what_hides_a_line_or_a_text() {
        let inner = fold(5, 1, vec![text(6, "Deep")]);
        let document = Document {
            blocks: vec![
                text(1, "before"),
                fold(2, 0, vec![text(4, "one"), Block { line: 5, kind: Kind::Quote(vec![inner]) }]),
                text(9, "after"),
                fold(11, 2, vec![text(12, "two")]),
            ],
            ..Document::default()
        };
        for (line, expected) in [
            (1, vec![]),
            (2, vec![]),
            (4, vec![0]),
            (5, vec![0]),
            (6, vec![0, 1]),
            (9, vec![]),
            (12, vec![2]),
        ] {
            assert_eq!(document.folds_around(line), expected, "line {line}");
        }
        for (wanted, expected) in [
            ("deep", vec![0, 1]),
            ("one", vec![0]),
            ("two", vec![2]),
            ("summary 1", vec![0]),
            ("summary 0", vec![]),
            ("after", vec![]),
            ("nowhere", vec![]),
        ] {
            assert_eq!(document.folds_with(wanted), expected, "{wanted}");
        }
    }
}
