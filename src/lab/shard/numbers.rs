//! Numbers of four kinds for the same records, and a B-tree for each kind.
//!
//! The node's clock runs a little fast and is set back by 100 ms every 5 s, as a clock is that is corrected by steps.

use std::collections::VecDeque;

use crate::sim::{Nanos, Rng, Seed};
use crate::systems::blocks::{Blocks, Speed};
use crate::systems::btree::{BTree, Options};
use crate::systems::ids::{Block, Snowflake, Tickets, Trust, Uuid7, uuid4};
use crate::systems::key_value::KeyValue;

/// The kinds, by their places.
pub(super) const KINDS: [&str; 4] = ["snowflake", "uuid4", "uuid7", "ticket"];
/// What the clock of the node says at the start: records are as old as that.
const START: Nanos = Nanos::from_secs(20);
/// How many records there are at the start, and how far from each other in time.
const BEFORE: u64 = 1_000;
const APART: Nanos = Nanos::from_millis(10);
/// By how much the clock is set back, and how often.
pub(super) const BACK: Nanos = Nanos::from_millis(100);
pub(super) const EVERY: Nanos = Nanos::from_secs(5);
/// The rows that a tree takes at most, pages that it keeps in memory, and the rest of a row.
const ROWS: u64 = 6_000;
const CACHE: usize = 16;
const REST: [u8; 60] = [0; 60];
/// How many numbers of a block are asked for at a time.
const TICKETS: u64 = 100;
/// How many of the last numbers are remembered.
const LAST: usize = 200;

/// The numbers of one record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    /// In the order of [`KINDS`]; none where the node refused.
    pub(super) ids: [Option<u128>; 4],
}

impl Record {
    /// The number as a key of 64 bits, in the same order.
    pub(super) fn key(&self, kind: usize) -> Option<u64> {
        self.ids[kind].map(|id| match kind {
            0 => (id as u64) << 1,
            1 | 2 => (id >> 64) as u64,
            _ => id as u64,
        })
    }
}

#[derive(Clone)]
pub(super) struct Numbers {
    snowflake: Snowflake,
    uuid7: Uuid7,
    tickets: Tickets,
    block: Block,
    rng: Rng,
    /// By how much the clock was set back in all.
    back: Nanos,
    pub(super) last: VecDeque<Record>,
    /// A tree for each kind; none where it could not be opened.
    pub(super) trees: [Option<BTree>; 4],
    pub(super) refused: u64,
    /// Snowflakes that were given before.
    pub(super) doubled: u64,
    pub(super) given: u64,
}

impl Numbers {
    /// The generators, and the records that there are at the start.
    pub(super) fn new(seed: Seed) -> (Numbers, Vec<Record>) {
        let options = Options { cache: CACHE, log_pages: 64, ..Options::default() };
        let tree = || BTree::open(Blocks::new(Speed::NVME), options).ok();
        let mut numbers = Numbers {
            snowflake: Snowflake::new(1, Trust::Never),
            uuid7: Uuid7::default(),
            tickets: Tickets::starting_at(1),
            block: Block::default(),
            rng: Rng::stream(seed, "ids"),
            back: Nanos::ZERO,
            last: VecDeque::new(),
            trees: [tree(), tree(), tree(), tree()],
            refused: 0,
            doubled: 0,
            given: 0,
        };
        let records = (0..BEFORE).map(|record| numbers.draw(APART * record)).collect();
        (numbers, records)
    }

    pub(super) fn trust(&mut self, blindly: bool) {
        self.snowflake.set_trust(if blindly { Trust::Blindly } else { Trust::Never });
    }

    /// The clock of the node is set back.
    pub(super) fn set_back(&mut self) {
        self.back += BACK;
    }

    fn draw(&mut self, clock: Nanos) -> Record {
        let four = uuid4(&mut self.rng);
        let seven = self.uuid7.next(clock, &mut self.rng);
        let ticket = u128::from(self.block.next(&mut self.tickets, TICKETS));
        let snowflake = self.snowflake.next(clock).ok().map(u128::from);
        Record { ids: [snowflake, Some(four), Some(seven), Some(ticket)] }
    }

    /// The numbers of a new record, which goes into the trees.
    pub(super) fn next(&mut self, now: Nanos) -> Record {
        let record = self.draw((START + now).since(self.back));
        self.given += 1;
        self.refused += u64::from(record.ids[0].is_none());
        let known = |other: &Record| other.ids[0].is_some() && other.ids[0] == record.ids[0];
        self.doubled += u64::from(self.last.iter().any(known));
        for (kind, tree) in self.trees.iter_mut().enumerate() {
            let Some(open) = tree.as_mut().filter(|open| open.rows() < ROWS) else { continue };
            let Some(id) = record.ids[kind] else { continue };
            if open.put(&id.to_be_bytes(), &REST).is_err() {
                *tree = None;
            }
        }
        self.last.push_front(record);
        self.last.truncate(LAST);
        record
    }

    /// How full the leaves are of the tree of a kind, and how many pages had to be fetched for a row.
    pub(super) fn tree(&self, kind: usize) -> (f64, f64) {
        self.trees[kind].as_ref().map_or((f64::NAN, f64::NAN), |tree| {
            let rows = tree.rows() as f64;
            let full = if tree.rows() == 0 { f64::NAN } else { tree.occupancy() };
            (full, tree.uses().missed as f64 / rows)
        })
    }

    pub(super) fn bytes(&self) -> usize {
        self.trees.iter().flatten().map(BTree::bytes).sum::<usize>() + LAST * size_of::<Record>()
    }
}
