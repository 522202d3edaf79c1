//! Which lines of its source a block takes: for copying it as it was written.

use std::ops::Range;

use super::block::{Block, Document, Kind};

impl Document {
    /// The lines of the source that a table takes, by [`super::Table::index`]; nothing where there is none.
    #[must_use]
    pub fn table_lines(&self, index: usize) -> Option<Range<usize>> {
        let notes = self.footnotes.iter().map(|note| note.blocks.as_slice());
        std::iter::once(self.blocks.as_slice()).chain(notes).find_map(|blocks| find(blocks, index))
    }
}

fn find(blocks: &[Block], wanted: usize) -> Option<Range<usize>> {
    blocks.iter().find_map(|block| match &block.kind {
        Kind::Table(table) if table.index == wanted => {
            // A head and the row of dashes are two lines, whatever follows.
            let end = table.rows.last().map_or(block.line + 2, |row| row.line + 1);
            Some(block.line..end)
        }
        Kind::Quote(inner) | Kind::Alert(_, inner) => find(inner, wanted),
        Kind::Details(details) => find(&details.blocks, wanted),
        Kind::List(list) => list.items.iter().find_map(|item| find(&item.blocks, wanted)),
        Kind::Definitions(entries) => {
            entries.iter().flat_map(|entry| &entry.meanings).find_map(|inner| find(inner, wanted))
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    #[test]
    fn a_table_is_found_wherever_it_stands() {
        let text = "x\n\n| a |\n|---|\n| b |\n| c |\n\n- item\n\n  > | d |\n  > |---|\n\nend[^1]\n\n[^1]: note\n\n    | e |\n    |---|\n    | f |\n";
        let document = parse(text);
        let found: Vec<_> = (0..4).map(|index| document.table_lines(index)).collect();
        assert_eq!(found, [Some(3..7), Some(10..12), Some(17..20), None]);
    }
}
