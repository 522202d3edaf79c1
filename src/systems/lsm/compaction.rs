//! The work that nobody waits for: a full memtable becomes a run, and runs are merged.
//!
//! Both are machines that do about a page's worth in a step, so that reads and writes go on between two steps. A full memtable
//! comes first, also in the midst of a merge, since writers wait for it.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::Arc;

use super::merge::RunCursor;
use super::table::{Builder, Table};
use super::{Compaction, Flaw, Lsm, Run};
use crate::systems::blocks::{Blocks, Fault, Page, PageId};
use crate::systems::slotted;

/// Pages read and written in a step.
const STEP: u64 = 2;

/// A full memtable on its way to the device.
#[derive(Clone, Debug)]
pub(super) struct Flush {
    builder: Builder,
    /// The last key that was written.
    done: Option<Vec<u8>>,
}

/// A merge under way.
#[derive(Clone, Debug)]
pub(super) struct Job {
    /// From which level, and into which.
    pub(super) from: usize,
    pub(super) to: usize,
    /// Whether what comes out joins the run that is there, all of whose tables that it overlaps were merged; else it becomes
    /// a run of its own.
    joins: bool,
    /// The tables that it replaces.
    inputs: BTreeSet<u64>,
    /// The same as runs, the newest first.
    cursors: Vec<RunCursor>,
    /// Tables that are older than what comes out: a tombstone stays where one of them may have its key.
    older: Run,
    builder: Builder,
    output: Run,
    settled: bool,
}

impl Job {
    fn new((from, to, joins): (usize, usize, bool), inputs: Vec<Run>, levels: &[Vec<Run>]) -> Job {
        let ids: BTreeSet<u64> = inputs.iter().flatten().map(|table| table.id).collect();
        let deeper = levels.iter().skip(to).flatten().flatten();
        Job {
            from,
            to,
            joins,
            older: deeper.filter(|table| !ids.contains(&table.id)).cloned().collect(),
            inputs: ids,
            cursors: inputs.into_iter().map(|run| RunCursor::from(run, &[])).collect(),
            builder: Builder::new(),
            output: Vec::new(),
            settled: false,
        }
    }
}

/// What should be merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All runs of a level become one.
    Collapse(usize),
    /// The runs of a level become a run of the next one.
    Tier(usize),
    /// Level 0 goes into level 1.
    First,
    /// A table of a level goes into the next one.
    Next(usize),
}

/// A page as it is on the device, past the cache: a merge would push everything else out of it.
fn read(device: &mut Blocks, id: PageId) -> Result<Arc<Page>, Fault> {
    let page = device.read(id)?.ok_or(Fault::Corrupt(id))?;
    slotted::verify(&page, id)?;
    Ok(page)
}

impl Lsm {
    /// What should be merged next, by how much it is due.
    pub(super) fn wanted(&self) -> Option<Wanted> {
        let runs = |level: usize| self.levels.get(level).map_or(0, Vec::len);
        let trigger = self.options.trigger();
        if self.options.compaction == Compaction::Tiered {
            // The deepest first: a level that is full keeps what is above it from going down.
            return (0..self.levels.len()).rev().find(|&level| runs(level) >= trigger).map(Wanted::Tier);
        }
        if let Some(level) = (1..self.levels.len()).find(|&level| runs(level) > 1) {
            return Some(Wanted::Collapse(level));
        }
        let first = (runs(0) as f64 / trigger as f64, Wanted::First);
        let others = (1..self.levels.len()).map(|level| {
            (self.level_bytes(level) as f64 / self.options.target(level) as f64, Wanted::Next(level))
        });
        // Level 0 stops writers, so it goes first where both are due as much.
        let due = others
            .filter(|(score, _)| *score > 1.0)
            .fold(first, |most, next| if next.0 > most.0 { next } else { most });
        (due.0 >= 1.0).then_some(due.1)
    }

    pub(super) fn level_bytes(&self, level: usize) -> u64 {
        self.levels.get(level).map_or(0, |runs| runs.iter().flatten().map(|table| table.bytes).sum())
    }

    /// Does a step of what is most urgent. Returns whether there was anything.
    pub(super) fn step(&mut self) -> Result<bool, Fault> {
        if self.full.is_some() {
            self.flush_step()?;
            return Ok(true);
        }
        if self.job.is_none() {
            let Some(wanted) = self.wanted() else { return Ok(false) };
            self.begin(wanted)?;
            return Ok(true);
        }
        self.merge_step()?;
        Ok(true)
    }

    /// Everything that is in memory becomes a run, and all runs of all levels are merged into the deepest level. Runs to
    /// its end at once.
    ///
    /// # Errors
    /// Faults of the device.
    pub fn compact(&mut self) -> Result<(), Fault> {
        self.settle_down()?;
        self.rotate();
        while self.full.is_some() {
            self.step()?;
        }
        let Some(deepest) = self.levels.iter().rposition(|runs| !runs.is_empty()) else { return Ok(()) };
        self.begin_merge((0, deepest.max(1), false), self.levels.iter().flatten().cloned().collect());
        self.settle_down()
    }

    /// Does what is under way to its end.
    fn settle_down(&mut self) -> Result<(), Fault> {
        while self.full.is_some() || self.job.is_some() {
            self.step()?;
        }
        Ok(())
    }

    /// A step of a memtable that becomes a run.
    pub(super) fn flush_step(&mut self) -> Result<(), Fault> {
        let Some(full) = &self.full else { return Ok(()) };
        let flush = self.flush.get_or_insert_with(|| Flush { builder: Builder::new(), done: None });
        let until = self.disk.traffic.data + STEP;
        let from = flush.done.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        let mut tagged = Vec::new();
        let mut last = None;
        for (key, value) in full.rows.range::<[u8], _>((from, Bound::Unbounded)) {
            tag(&mut tagged, value.as_deref());
            flush.builder.add(&mut self.disk, key, &tagged)?;
            if self.disk.traffic.data >= until {
                last = Some(key.clone());
                break;
            }
        }
        if last.is_some() {
            flush.done = last;
            return Ok(());
        }
        let until = full.until;
        let table = flush.builder.finish(&mut self.disk, self.next, self.options.bloom_bits)?;
        self.next += 1;
        if self.levels.is_empty() {
            self.levels.push(Vec::new());
        }
        if let Some(table) = table {
            self.levels[0].insert(0, vec![table]);
        }
        self.log_start = until;
        self.write_manifest()?;
        self.log.forget(until);
        self.full = None;
        self.flush = None;
        self.flushes += 1;
        Ok(())
    }

    /// Begins a merge, or only moves tables where there is nothing to merge them with.
    fn begin(&mut self, wanted: Wanted) -> Result<(), Fault> {
        let (from, to, inputs) = match wanted {
            Wanted::Collapse(level) => (level, level, self.levels[level].clone()),
            Wanted::Tier(level) => {
                let runs = &self.levels[level];
                // The oldest ones: what is newer stays newer.
                let newer = runs.len() - self.options.trigger().min(runs.len());
                (level, level + 1, runs[newer..].to_vec())
            }
            Wanted::First => (0, 1, self.levels[0].clone()),
            Wanted::Next(level) => (level, level + 1, vec![vec![self.next_of(level)]]),
        };
        if matches!(wanted, Wanted::Collapse(_) | Wanted::Tier(_)) {
            self.begin_merge((from, to, false), inputs);
            return Ok(());
        }
        let overlap: Run = self
            .levels
            .get(to)
            .into_iter()
            .flatten()
            .flatten()
            .filter(|table| inputs.iter().flatten().any(|input| input.overlaps(&table.first, &table.last)))
            .cloned()
            .collect();
        let tables: Run = inputs.iter().flatten().cloned().collect();
        let apart = |one: &Arc<Table>| {
            tables.iter().all(|other| one.id == other.id || !one.overlaps(&other.first, &other.last))
        };
        if overlap.is_empty() && tables.iter().all(apart) {
            let ids = tables.iter().map(|table| table.id).collect();
            return self.replace(to, true, &ids, tables);
        }
        self.begin_merge((from, to, true), inputs.into_iter().chain([overlap]).collect());
        Ok(())
    }

    fn begin_merge(&mut self, levels: (usize, usize, bool), inputs: Vec<Run>) {
        self.job = Some(Box::new(Job::new(levels, inputs, &self.levels)));
    }

    /// The table that a level gives away next: they take turns by their keys.
    fn next_of(&mut self, level: usize) -> Arc<Table> {
        if self.turns.len() <= level {
            self.turns.resize(level + 1, Vec::new());
        }
        let run = &self.levels[level][0];
        let place = run.partition_point(|table| *table.first <= *self.turns[level]);
        let table = run.get(place).unwrap_or(&run[0]).clone();
        self.turns[level].clone_from(&table.first);
        table
    }

    /// A step of a merge.
    fn merge_step(&mut self) -> Result<(), Fault> {
        let Some(job) = &mut self.job else { return Ok(()) };
        let work = |disk: &super::table::Disk| disk.device.counts().reads + disk.device.counts().writes;
        let until = work(&self.disk) + STEP;
        if !job.settled {
            for cursor in &mut job.cursors {
                cursor.settle(&mut |id| read(&mut self.disk.device, id))?;
            }
            job.settled = true;
            return Ok(());
        }
        let mut key = Vec::new();
        while work(&self.disk) < until {
            let Some(smallest) = job.cursors.iter().filter_map(RunCursor::key).min() else {
                return self.finish_merge();
            };
            key.clear();
            key.extend_from_slice(smallest);
            let mut newest = true;
            for cursor in &mut job.cursors {
                if cursor.key() != Some(&key) {
                    continue;
                }
                let value = cursor.value();
                let gone = value.first() != Some(&1);
                let early = self.options.flaw == Flaw::TombstoneEarly;
                let hides = || job.older.iter().any(|table| table.overlaps(&key, &key));
                if newest && !(gone && (early || !hides())) {
                    job.builder.add(&mut self.disk, &key, value)?;
                }
                newest = false;
                cursor.advance(&mut |id| read(&mut self.disk.device, id))?;
            }
            if job.builder.bytes >= self.options.memtable as u64 {
                let table = job.builder.finish(&mut self.disk, self.next, self.options.bloom_bits)?;
                self.next += 1;
                job.output.extend(table);
            }
        }
        Ok(())
    }

    fn finish_merge(&mut self) -> Result<(), Fault> {
        let Some(mut job) = self.job.take() else { return Ok(()) };
        job.output.extend(job.builder.finish(&mut self.disk, self.next, self.options.bloom_bits)?);
        self.next += 1;
        self.compactions += 1;
        self.replace(job.to, job.joins, &job.inputs, job.output)
    }

    /// Tables give way to others in the level `to`, and the manifest says so. Those that are of no use any more give their
    /// pages back once that is durable.
    fn replace(&mut self, to: usize, joins: bool, inputs: &BTreeSet<u64>, output: Run) -> Result<(), Fault> {
        let before = self.levels.clone();
        for run in self.levels.iter_mut().flatten() {
            run.retain(|table| !inputs.contains(&table.id));
        }
        self.levels.iter_mut().for_each(|runs| runs.retain(|run| !run.is_empty()));
        while self.levels.len() <= to {
            self.levels.push(Vec::new());
        }
        let kept: BTreeSet<u64> = output.iter().map(|table| table.id).collect();
        let runs = &mut self.levels[to];
        if let (true, Some(run)) = (joins, runs.first_mut()) {
            run.extend(output);
            run.sort_by(|one, other| one.first.cmp(&other.first));
        } else if !output.is_empty() {
            let mut output = output;
            output.sort_by(|one, other| one.first.cmp(&other.first));
            runs.insert(0, output);
        }
        self.write_manifest()?;
        let gone = |table: &&Arc<Table>| inputs.contains(&table.id) && !kept.contains(&table.id);
        for table in before.iter().flatten().flatten().filter(gone) {
            for page in table.pages() {
                self.cache.forget(page);
                self.disk.give(page);
            }
        }
        Ok(())
    }
}

/// A value behind a byte that says whether there is one.
pub(super) fn tag(into: &mut Vec<u8>, value: Option<&[u8]>) {
    into.clear();
    into.push(u8::from(value.is_some()));
    into.extend_from_slice(value.unwrap_or_default());
}
