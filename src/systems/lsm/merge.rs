//! A place in a sorted run, which goes on row by row: what a scan and a compaction merge.

use std::sync::Arc;

use super::Run;
use crate::systems::blocks::{Fault, Page, PageId};
use crate::systems::slotted;

/// Where pages come from: the cache, or the device.
pub(super) type Read<'a> = dyn FnMut(PageId) -> Result<Arc<Page>, Fault> + 'a;

/// A row of a run. It holds one page.
#[derive(Clone, Debug)]
pub(super) struct RunCursor {
    tables: Run,
    table: usize,
    block: usize,
    row: usize,
    page: Option<Arc<Page>>,
    /// The first key that is wanted, until the first page is there.
    from: Option<Vec<u8>>,
}

impl RunCursor {
    /// Before the first row at or after `from`. It is nowhere until it is settled.
    pub(super) fn from(tables: Run, from: &[u8]) -> RunCursor {
        let table = tables.partition_point(|table| *table.last < *from);
        let block = tables
            .get(table)
            .map_or(0, |table| table.blocks.partition_point(|(_, first)| **first <= *from).saturating_sub(1));
        RunCursor { tables, table, block, row: 0, page: None, from: Some(from.to_vec()) }
    }

    /// Reads the page where it is, and goes to the next one where that is at its end.
    pub(super) fn settle(&mut self, read: &mut Read<'_>) -> Result<(), Fault> {
        loop {
            let Some(table) = self.tables.get(self.table) else {
                self.page = None;
                return Ok(());
            };
            let Some(&(id, _)) = table.blocks.get(self.block) else {
                (self.table, self.block, self.row) = (self.table + 1, 0, 0);
                continue;
            };
            let page = match self.page.take() {
                Some(page) => page,
                None => read(id)?,
            };
            if let Some(from) = self.from.take() {
                self.row = slotted::search(&page, &from).unwrap_or_else(|row| row);
            }
            if self.row < slotted::count(&page) {
                self.page = Some(page);
                return Ok(());
            }
            (self.block, self.row) = (self.block + 1, 0);
        }
    }

    /// The key of its row; none at the end.
    pub(super) fn key(&self) -> Option<&[u8]> {
        self.page.as_ref().map(|page| slotted::key(page, self.row))
    }

    /// The value of its row behind the byte that says whether there is one; nothing at the end.
    pub(super) fn value(&self) -> &[u8] {
        self.page.as_ref().map_or(&[], |page| slotted::value(page, self.row))
    }

    /// Goes to the next row.
    pub(super) fn advance(&mut self, read: &mut Read<'_>) -> Result<(), Fault> {
        self.row += 1;
        self.settle(read)
    }
}
