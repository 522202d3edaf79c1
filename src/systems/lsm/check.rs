//! A look at the tree from outside: its levels, and whether its structure is as it should be. Nothing is counted.

use std::collections::BTreeSet;

use super::table::hash_of;
use super::{Compaction, Lsm};
use crate::systems::slotted;

/// A level of the tree, for pictures.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Level {
    /// Bytes of rows in each of its runs, the newest first.
    pub runs: Vec<u64>,
    /// How many tables there are in all runs.
    pub tables: usize,
    /// How many rows.
    pub rows: u64,
    /// Bytes that it may have, or runs where it counts those.
    pub room: u64,
    /// Whether a merge reads it now, or writes it.
    pub merging: bool,
}

impl Lsm {
    /// The levels from 0 down. O(tables).
    #[must_use]
    pub fn levels(&self) -> Vec<Level> {
        let job = self.job.as_ref().map(|job| (job.from, job.to));
        (0..self.levels.len())
            .map(|level| {
                let runs = &self.levels[level];
                let counted = level == 0 || self.options.compaction == Compaction::Tiered;
                Level {
                    runs: runs.iter().map(|run| run.iter().map(|table| table.bytes).sum()).collect(),
                    tables: runs.iter().map(Vec::len).sum(),
                    rows: runs.iter().flatten().map(|table| table.rows).sum(),
                    room: if counted { self.options.trigger() as u64 } else { self.options.target(level) },
                    merging: job.is_some_and(|(from, to)| level == from || level == to),
                }
            })
            .collect()
    }

    /// Runs in level 0.
    #[must_use]
    pub fn level0(&self) -> usize {
        self.levels.first().map_or(0, Vec::len)
    }

    /// Runs in all levels: so many places a read may have to look at.
    #[must_use]
    pub fn runs(&self) -> usize {
        self.levels.iter().map(Vec::len).sum()
    }

    /// Levels from 1 on that hold something.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.levels.iter().skip(1).filter(|runs| !runs.is_empty()).count()
    }

    /// Bytes of rows in all tables, old versions and tombstones included.
    #[must_use]
    pub fn table_bytes(&self) -> u64 {
        (0..self.levels.len()).map(|level| self.level_bytes(level)).sum()
    }

    /// Whether the structure is as it should be: tables in order and apart, rows in order and within what the index says, all
    /// of them known to the filter, and each page in use by one table or by what is being written.
    ///
    /// # Errors
    /// What is wrong, in a few words.
    pub fn check(&self) -> Result<(), String> {
        let mut pages = BTreeSet::new();
        for (level, runs) in self.levels.iter().enumerate() {
            for run in runs {
                if run.is_empty() || !run.windows(2).all(|pair| pair[0].last < pair[1].first) {
                    return Err(format!("a run of level {level} is empty or its tables overlap"));
                }
                for table in run {
                    if let Some(page) = table.pages().find(|page| !pages.insert(*page)) {
                        return Err(format!("page {page} is used twice"));
                    }
                    self.check_table(table)?;
                }
            }
        }
        let idle = self.job.is_none() && self.flush.is_none();
        if idle && self.disk.in_use() != pages.len() as u64 {
            return Err(format!("{} pages in use, {} known", self.disk.in_use(), pages.len()));
        }
        Ok(())
    }

    fn check_table(&self, table: &super::table::Table) -> Result<(), String> {
        let (mut last, mut rows) = (None, 0);
        for (id, first) in &table.blocks {
            let page = self.disk.device.peek(*id).ok_or_else(|| format!("block {id} is missing"))?;
            slotted::verify(&page, *id).map_err(|fault| fault.to_string())?;
            for row in 0..slotted::count(&page) {
                let key = slotted::key(&page, row).to_vec();
                if row == 0 && key != *first || last.as_ref().is_some_and(|last| *last >= key) {
                    return Err(format!("block {id} is not in order"));
                }
                if table.filter.as_ref().is_some_and(|filter| !filter.contains(hash_of(&key))) {
                    return Err(format!("the filter of table {} does not know a key", table.id));
                }
                rows += 1;
                last = Some(key);
            }
        }
        if last.as_ref() == Some(&table.last) && rows == table.rows {
            return Ok(());
        }
        Err(format!("table {} has {rows} rows of {}, or another end", table.id, table.rows))
    }
}
