//! What theory expects of both engines, from the controls and the amount of data alone, and the readings beside it.

use super::engine::{btree, lsm};
use super::measures::Recent;
use super::side::Side;
use super::{BTREE, KEY_BYTES, LSM, Storage, VALUE_BYTES};
use crate::lab::Settings;
use crate::sim::Nanos;
use crate::systems::blocks::PAGE;
use crate::systems::btree::BTree;
use crate::systems::lsm::{Compaction, Options};
use crate::systems::sketch::expected_false_positives;
use crate::systems::slotted::{CAPACITY, ROW};

/// Bytes of a row.
const BYTES: f64 = (KEY_BYTES + VALUE_BYTES) as f64;
/// Bytes that a write changes on average: one in twenty is a removal, which is a key.
const A_WRITE: f64 = 0.95 * BYTES + 0.05 * KEY_BYTES as f64;

/// Bytes of a page over those of the rows that fit into it: 38 rows of 107 bytes, their heads and tags included.
fn page_over_rows() -> f64 {
    let rows = CAPACITY / (ROW + KEY_BYTES + VALUE_BYTES + 1);
    PAGE as f64 / (rows as f64 * BYTES)
}

/// Bytes in each level from 1 on, where there are `data` bytes in all: each is full but the last one.
fn levels(options: &Options, data: f64) -> Vec<f64> {
    let (mut levels, mut rest) = (Vec::new(), data);
    while rest > options.target(levels.len() + 1) as f64 && levels.len() < 12 {
        levels.push(options.target(levels.len() + 1) as f64);
        rest -= levels[levels.len() - 1];
    }
    levels.push(rest);
    levels
}

/// Bytes written to tables for a byte, in a steady state.
///
/// Leveled: once to level 0. Its 4 runs are merged with all of level 1. From there a table goes down when its turn has come; what
/// is next has waited a whole round, so its rows lie twice as close as on average, and it meets half as many tables as
/// the next level is larger: T/2, and itself. Tiered: once for each level that the `written` bytes have reached.
pub(super) fn lsm_write_amp(options: &Options, data: f64, written: f64) -> f64 {
    let sizes = levels(options, data);
    let times = match options.compaction {
        Compaction::Leveled => {
            let first = 2.0 + sizes[0] / (options.level0 * options.memtable) as f64;
            first + sizes.windows(2).map(|pair| 1.0 + pair[1] / pair[0] / 2.0).sum::<f64>()
        }
        Compaction::Tiered => {
            let runs = (written / options.memtable as f64).max(1.0);
            1.0 + (libm::log(runs) / libm::log(options.fanout.max(2) as f64)).floor()
        }
    };
    times * page_over_rows()
}

/// Bytes in tables for a byte that is there, at most: what is above the last level may all be old versions there; a tier may hold
/// each row as often as it has runs.
pub(super) fn lsm_space_amp(options: &Options, data: f64) -> f64 {
    match options.compaction {
        Compaction::Leveled => {
            let sizes = levels(options, data);
            let upper: f64 = sizes[..sizes.len() - 1].iter().sum();
            1.0 + (upper + ((options.level0 + 1) * options.memtable) as f64) / data
        }
        Compaction::Tiered => options.fanout as f64,
    }
}

/// The share of filters that say of a key which is not there that it may be: all of them where there are none.
pub(super) fn wrong(options: &Options) -> f64 {
    let bits = options.bloom_bits;
    if bits == 0.0 {
        return 1.0;
    }
    let hashes = (bits * std::f64::consts::LN_2).round().max(1.0) as u32;
    expected_false_positives(1.0, bits, hashes)
}

/// Bytes written to pages of the B-tree for a byte, with random keys: `leaves` pages of which `cached` are in memory, a
/// share `writes` of the operations changes one.
///
/// An operation misses with probability 1 - h, h = cached/leaves, and a page gives way each time. It was changed while it
/// was in memory, for 1/(1 - h) operations on average, with probability w / (1 - h (1 - w)). A checkpoint every `every`
/// writes writes the changed pages of the cache, and spares those a write when they give way that do not change again
/// before: a share h of them do.
pub(super) fn btree_write_amp(leaves: f64, cached: f64, writes: f64, every: f64) -> f64 {
    let hit = (cached / leaves).clamp(0.0, 1.0);
    let evicted = (1.0 - hit) / (1.0 - hit * (1.0 - writes)).max(1e-9);
    let changed = cached.min(leaves) * -libm::expm1(-every / leaves);
    (evicted + hit * changed / every) * PAGE as f64 / A_WRITE
}

/// After how many writes half of the log is in use: each writes a record, and the first of each page the page as a whole.
pub(super) fn checkpoint_every(leaves: f64, half: f64) -> f64 {
    let record = BYTES + 19.0;
    let image = CAPACITY as f64 * std::f64::consts::LN_2;
    let used = |writes: f64| writes * record - leaves * image * libm::expm1(-writes / leaves);
    let (mut low, mut high) = (1.0, half / record + 1.0);
    for _ in 0..40 {
        let middle = f64::midpoint(low, high);
        if used(middle) < half { low = middle } else { high = middle }
    }
    low
}

impl Storage {
    /// The readings, in the order of the list.
    pub(super) fn all_readings(&self, settings: &Settings, now: Nanos) -> Vec<f64> {
        let recent = [BTREE, LSM].map(|side| self.sides[side].measures.recent(now));
        let mut all = self.written(settings, &recent);
        all.extend(self.room(settings));
        all.extend(self.read(&recent));
        all.extend(self.fills(settings));
        let ms = |time: f64| time / 1e6;
        let lsm = &self.sides[LSM];
        all.extend([BTREE, LSM].map(|side| ms(self.sides[side].measures.write_times.percentile(0.99))));
        all.extend(recent.map(|recent| recent.done_per_s));
        all.extend([lsm.counts.stalls as f64, lsm.stalled(now).as_secs_f64()]);
        all.extend([BTREE, LSM].map(|side| self.sides[side].recovery.map_or(f64::NAN, Nanos::as_millis_f64)));
        all.push(self.sides.iter().map(|side| side.counts.lost as f64).sum());
        all
    }

    /// The write amplification of the B-tree that theory expects; not a number where keys are not random.
    pub(super) fn btree_theory(&self, settings: &Settings) -> f64 {
        let Some(tree) = btree(&self.sides[BTREE]).filter(|_| settings.count("keys") == 0) else {
            return f64::NAN;
        };
        let (leaves, branches) = tree.pages();
        let writes = [0.9, 0.5, 0.1, 0.4][settings.count("mix").min(3)];
        let half = f64::from(self.knobs.btree.log_pages - 1) * PAGE as f64 / 2.0;
        let every = checkpoint_every(leaves as f64, half);
        let cached = (settings.get("cache") - branches as f64).max(1.0);
        btree_write_amp(leaves as f64, cached, writes, every)
    }

    /// Bytes of the rows that a side holds.
    pub(super) fn data(side: &Side) -> f64 {
        side.truth.live() as f64 * BYTES
    }

    fn written(&self, settings: &Settings, recent: &[Recent; 2]) -> Vec<f64> {
        let data = Storage::data(&self.sides[LSM]);
        let total = self.sides[LSM].truth.writes() as f64 * A_WRITE;
        let steady = settings.count("keys") < 2 && data > 0.0;
        vec![
            recent[BTREE].data,
            self.btree_theory(settings),
            recent[LSM].data,
            if steady { lsm_write_amp(&self.knobs.lsm, data, total) } else { f64::NAN },
            recent[BTREE].log,
            recent[LSM].log,
        ]
    }

    /// Bytes on the device, or in memory, for each byte that is there.
    fn room(&self, settings: &Settings) -> [f64; 4] {
        let [btree_data, lsm_data] = [BTREE, LSM].map(|side| Storage::data(&self.sides[side]));
        let pages =
            btree(&self.sides[BTREE]).map_or(f64::NAN, |tree| (tree.pages().0 + tree.pages().1) as f64);
        let tables =
            lsm(&self.sides[LSM]).map_or(f64::NAN, |tree| tree.table_bytes() as f64 + tree.memory().0 as f64);
        let heads = (BYTES + ROW as f64) / BYTES * PAGE as f64 / CAPACITY as f64;
        let random = settings.count("keys") < 2;
        let when = |known: bool, value: f64| if known { value } else { f64::NAN };
        [
            when(btree_data > 0.0, pages * PAGE as f64 / btree_data),
            when(random, heads / std::f64::consts::LN_2),
            when(lsm_data > 0.0, tables / lsm_data),
            when(lsm_data > 0.0, lsm_space_amp(&self.knobs.lsm, lsm_data)),
        ]
    }

    /// Pages that a look-up looks at.
    fn read(&self, recent: &[Recent; 2]) -> [f64; 5] {
        let runs = lsm(&self.sides[LSM]).map_or(f64::NAN, |tree| tree.runs() as f64);
        let height = btree(&self.sides[BTREE]).map_or(f64::NAN, |tree| f64::from(tree.height()));
        let expected = 1.0 + (runs - 1.0).max(0.0) * wrong(&self.knobs.lsm);
        [recent[BTREE].looked, height, recent[LSM].looked, expected, runs]
    }

    fn fills(&self, settings: &Settings) -> [f64; 4] {
        let occupancy = btree(&self.sides[BTREE]).map_or(f64::NAN, BTree::occupancy);
        let ln2 = if settings.count("keys") < 2 { std::f64::consts::LN_2 } else { f64::NAN };
        let seen = lsm(&self.sides[LSM]).map_or(f64::NAN, |tree| {
            let filtered = tree.filtered();
            filtered.wrong as f64 / (filtered.asked + filtered.wrong - filtered.passed) as f64
        });
        [occupancy, ln2, seen, wrong(&self.knobs.lsm)]
    }
}
