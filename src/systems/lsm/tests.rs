//! Against a map, with a crash at every write; against the figures of the papers.

use super::*;
use crate::sim::Seed;
use crate::sim::torture::{breaks, survives};
use crate::systems::sketch::expected_false_positives;

/// So small that a script of eighty acts fills several levels.
fn small(compaction: Compaction, flaw: Flaw) -> Options {
    Options {
        memtable: 1_500,
        fanout: 2,
        compaction,
        bloom_bits: 6.0,
        level0: 2,
        stop: 4,
        cache: 6,
        log_pages: 16,
        flaw,
    }
}

type Model = BTreeMap<Vec<u8>, Vec<u8>>;

/// What a script does to a tree.
#[derive(Clone, Copy, Debug)]
enum Act {
    Put(u64, u64),
    Delete(u64),
    Sync,
    Work(u64),
    Compact,
    /// The power fails at once, or at that write from now.
    Crash,
    Fuse(u64),
}

fn draw(rng: &mut Rng) -> Act {
    let key = rng.below(25);
    match rng.below(100) {
        0..45 => Act::Put(key, rng.below(600)),
        45..65 => Act::Delete(key),
        65..72 => Act::Sync,
        72..90 => Act::Work(1 + rng.below(6)),
        90..91 => Act::Compact,
        91..94 => Act::Crash,
        _ => Act::Fuse(1 + rng.below(14)),
    }
}

fn key_of(key: u64) -> Vec<u8> {
    format!("key-{key:03}").into_bytes()
}

fn all(tree: &mut Lsm) -> Model {
    let mut rows = Model::new();
    tree.scan(&[], None, &mut |key, value| {
        assert!(rows.insert(key.to_vec(), value.to_vec()).is_none(), "a key comes once");
        true
    })
    .expect("up");
    rows
}

struct Run {
    tree: Option<Lsm>,
    /// The states after each change since the last sync: after a crash the tree is one of them.
    states: Vec<Model>,
    options: Options,
    rng: Rng,
}

impl Run {
    fn now(&self) -> Model {
        self.states.last().cloned().unwrap_or_default()
    }

    /// Does something. Returns whether the power held; where not, the tree is opened again, as often as that takes.
    fn attempt(&mut self, act: impl FnOnce(&mut Lsm) -> Result<(), Fault>) -> Result<bool, String> {
        let Some(mut tree) = self.tree.take() else { return Err("there is no tree".into()) };
        match act(&mut tree) {
            Ok(()) => {
                self.tree = Some(tree);
                Ok(true)
            }
            Err(Fault::Down) => self.restart(tree).map(|()| false),
            Err(fault) => Err(fault.to_string()),
        }
    }

    fn restart(&mut self, tree: Lsm) -> Result<(), String> {
        let mut device = tree.crash(&mut self.rng);
        let mut tree = loop {
            // Once in four the power fails again during the recovery.
            if self.rng.chance(0.25) {
                device.blow_after(1 + self.rng.below(8));
            }
            match Lsm::open(device, self.options) {
                Ok(tree) => break tree,
                Err(Unopened { fault: Fault::Down, device: failed }) => {
                    device = *failed;
                    device.crash(&mut self.rng);
                }
                Err(Unopened { fault, .. }) => return Err(format!("recovery: {fault}")),
            }
        };
        tree.check()?;
        let found = all(&mut tree);
        let Some(place) = self.states.iter().rposition(|state| *state == found) else {
            return Err("after the crash it is in no state that it was in since the last sync".into());
        };
        self.states.drain(..place);
        self.states.truncate(1);
        self.tree = Some(tree);
        Ok(())
    }
}

fn play(options: Options, seed: Seed, script: &[Act]) -> Result<(), String> {
    let tree = Lsm::open(Blocks::new(Speed::NVME), options).map_err(|fault| fault.to_string())?;
    let rng = Rng::stream(seed, "crashes");
    let mut run = Run { tree: Some(tree), states: vec![Model::new()], options, rng };
    for (step, &act) in script.iter().enumerate() {
        let mut state = run.now();
        let up = match act {
            Act::Put(key, length) => {
                let (key, value) = (key_of(key), vec![step as u8; length as usize]);
                state.insert(key.clone(), value.clone());
                run.states.push(state);
                run.attempt(|tree| tree.put(&key, &value))?
            }
            Act::Delete(key) => {
                let key = key_of(key);
                state.remove(&key);
                run.states.push(state);
                run.attempt(|tree| tree.delete(&key))?
            }
            Act::Sync => {
                let up = run.attempt(Lsm::sync_log)?;
                if up {
                    run.states = vec![run.now()];
                }
                up
            }
            Act::Work(steps) => run.attempt(|tree| (0..steps).try_for_each(|_| tree.step().map(drop)))?,
            Act::Compact => run.attempt(Lsm::compact)?,
            Act::Crash => run.attempt(|_| Err(Fault::Down))?,
            Act::Fuse(writes) => run.attempt(|tree| {
                tree.blow_after(writes);
                Ok(())
            })?,
        };
        if let (true, Some(tree)) = (up, &mut run.tree) {
            tree.check()?;
            let state = run.states.last().cloned().unwrap_or_default();
            let key = key_of(step as u64 % 25);
            let mut value = Vec::new();
            let found = tree.get(&key, &mut value).map_err(|fault| fault.to_string())?;
            if found.then_some(&value) != state.get(&key) {
                return Err(format!("{} has another value", String::from_utf8_lossy(&key)));
            }
            if step % 8 == 0 && all(tree) != state {
                return Err("a scan gives other rows".into());
            }
        }
    }
    Ok(())
}

#[test]
fn leveled_is_a_map_that_survives_a_crash_at_any_write() {
    survives(1_000, 80, draw, |seed, script| play(small(Compaction::Leveled, Flaw::None), seed, script));
}

#[test]
fn a_merge_of_runs_with_a_gap_takes_in_what_lies_in_the_gap() {
    // Level 1 has a table of the keys 1 to 5 and one of 12 to 14. Then two runs come: one leaves little of the first
    // table, the other lies above them all, and what comes out would reach from one to the other.
    let mut tree = Lsm::open(Blocks::new(Speed::NVME), small(Compaction::Leveled, Flaw::None)).expect("new");
    let fill = |tree: &mut Lsm, keys: std::ops::Range<u64>| {
        for key in keys {
            tree.put(&key_of(key), &[7; 300]).expect("up");
        }
        tree.rotate();
        while tree.full.is_some() {
            tree.step().expect("up");
        }
    };
    fill(&mut tree, 1..6);
    fill(&mut tree, 12..15);
    tree.compact().expect("up");
    (2..6).for_each(|key| tree.delete(&key_of(key)).expect("up"));
    fill(&mut tree, 1..2);
    fill(&mut tree, 22..24);
    while tree.step().expect("up") {}
    assert_eq!((tree.check(), tree.level0()), (Ok(()), 0));
    assert_eq!(all(&mut tree).len(), 6);
}

#[test]
fn tiered_is_a_map_that_survives_a_crash_at_any_write() {
    survives(1_000, 80, draw, |seed, script| play(small(Compaction::Tiered, Flaw::None), seed, script));
}

#[test]
fn each_rule_left_out_is_found_out_by_a_short_script() {
    for flaw in [Flaw::NoSync, Flaw::ManifestFirst] {
        for compaction in [Compaction::Leveled, Compaction::Tiered] {
            let failure = breaks(600, 80, draw, |seed, script| play(small(compaction, flaw), seed, script));
            let failure = failure.unwrap_or_else(|| panic!("{flaw:?} is not found"));
            assert!(failure.script.len() <= 20, "{flaw:?}: {failure:?}");
        }
    }
}

/// Few keys and no crashes: what matters is that a key is written, goes down, is removed, and its tombstone follows it.
fn draw_few(rng: &mut Rng) -> Act {
    match rng.below(10) {
        0..5 => Act::Put(rng.below(12), 400 + rng.below(300)),
        5..7 => Act::Delete(rng.below(12)),
        _ => Act::Work(4 + rng.below(30)),
    }
}

#[test]
fn a_tombstone_that_is_dropped_too_early_brings_back_what_was_removed() {
    for compaction in [Compaction::Leveled, Compaction::Tiered] {
        let options = Options { memtable: 700, ..small(compaction, Flaw::TombstoneEarly) };
        let failure = breaks(600, 80, draw_few, |seed, script| play(options, seed, script));
        let failure = failure.unwrap_or_else(|| panic!("{compaction:?}: not found"));
        assert!(failure.script.len() <= 30, "{failure:?}");
    }
}

#[test]
fn one_compaction_can_become_the_other_and_back() {
    for seed in 0..40 {
        let mut rng = Rng::stream(Seed(seed), "test");
        let mut tree =
            Lsm::open(Blocks::new(Speed::NVME), small(Compaction::Tiered, Flaw::None)).expect("empty");
        let mut model = Model::new();
        for step in 0..400 {
            let key = key_of(rng.below(60));
            if rng.chance(0.2) {
                tree.delete(&key).expect("up");
                model.remove(&key);
            } else {
                tree.put(&key, &[step as u8; 200]).expect("up");
                model.insert(key, vec![step as u8; 200]);
            }
            tree.work().expect("up");
            if rng.chance(0.02) {
                let compaction = if rng.chance(0.5) { Compaction::Leveled } else { Compaction::Tiered };
                tree.set_options(Options {
                    fanout: 2 + rng.below(4) as usize,
                    ..small(compaction, Flaw::None)
                });
            }
            tree.check().unwrap_or_else(|why| panic!("{seed}: {why}"));
        }
        assert_eq!(all(&mut tree), model, "{seed}");
        tree.compact().expect("up");
        assert_eq!(all(&mut tree), model, "{seed}");
        assert!(tree.runs() <= 1, "all in one run");
    }
}

fn scattered(n: u64) -> u64 {
    n.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23).wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

/// A tree into which `n` rows of 100 bytes were written, of `keys` different keys in no order; all work done as it comes.
fn filled(n: u64, keys: u64, options: Options) -> Lsm {
    let mut tree = Lsm::open(Blocks::new(Speed::NVME), options).expect("empty");
    for row in 0..n {
        let key = if keys < n { scattered(row) % keys } else { row };
        tree.put(&scattered(key).to_be_bytes(), &[7; 92]).expect("up");
        while tree.has_work() {
            tree.work().expect("up");
        }
    }
    tree
}

/// Bytes of blocks of tables for a byte that was written.
fn write_amplification(tree: &Lsm) -> f64 {
    (tree.traffic().data * PAGE as u64) as f64 / tree.traffic().user as f64
}

/// What the blocks of a table have more than its rows: 6 bytes and a tag for each of 100, and the end of each block (38 rows
/// of 107 in 4,068).
fn page_factor(tree: &Lsm) -> f64 {
    let blocks: usize = tree.levels.iter().flatten().flatten().map(|table| table.blocks.len()).sum();
    (blocks * PAGE) as f64 / tree.table_bytes() as f64
}

#[test]
fn leveled_writes_a_row_about_fan_out_times_a_level_and_tiered_once() {
    // 6,000 keys of 100 bytes and memtables of 4 KB, in a steady state: each was written twice before it is measured.
    for fanout in [4, 8] {
        let base = Options { memtable: 4_000, fanout, ..Options::default() };
        let mut seen = Vec::new();
        for compaction in [Compaction::Leveled, Compaction::Tiered] {
            let mut tree = filled(12_000, 6_000, Options { compaction, ..base });
            let (before, factor) = (tree.traffic(), page_factor(&tree));
            for row in 0..6_000 {
                tree.put(&scattered(scattered(row + 50_000) % 6_000).to_be_bytes(), &[7; 92]).expect("up");
                while tree.has_work() {
                    tree.work().expect("up");
                }
            }
            let after = tree.traffic();
            let written =
                ((after.data - before.data) * PAGE as u64) as f64 / (after.user - before.user) as f64;
            seen.push((written / factor, tree.levels()));
        }
        // Once to level 0; its 4 runs meet all of level 1. Then tables take turns: what lies just before the hand has waited
        // for a whole round, so rows stand there twice as close as on average, and a table spans half as many keys. It
        // meets half as many tables of the next level as that is larger.
        let (written, levels) = &seen[0];
        let bytes: Vec<f64> = levels.iter().map(|level| level.runs.iter().sum::<u64>() as f64).collect();
        let first = 2.0 + bytes[1] / 16_000.0;
        let expected = first + bytes[1..].windows(2).map(|pair| 1.0 + pair[1] / pair[0] / 2.0).sum::<f64>();
        println!("T = {fanout}: {written} of {expected}: {bytes:?}");
        assert!((written / expected - 1.0).abs() < 0.25, "T = {fanout}: {written} of {expected}");
        // Tiered: once for each level that a row has reached.
        let (tiered, levels) = &seen[1];
        let most = levels.len() as f64;
        assert!(*tiered <= most && *tiered > most - 2.0, "T = {fanout}: {tiered} at {most} levels");
        assert!(written > tiered, "{written} and {tiered}");
    }
}

#[test]
fn leveled_keeps_little_room_for_old_versions_and_tiered_much() {
    // Each of 4,000 keys is written five times on average: what is larger than them are old versions.
    let base = Options { memtable: 4_000, fanout: 10, ..Options::default() };
    let space = |compaction| {
        let mut tree = filled(20_000, 4_000, Options { compaction, ..base });
        let live: usize = all(&mut tree).iter().map(|(key, value)| key.len() + value.len()).sum();
        tree.table_bytes() as f64 / live as f64
    };
    let (leveled, tiered) = (space(Compaction::Leveled), space(Compaction::Tiered));
    // Levels 0 and 1 hold at most 4 + 10 memtables of 4 KB, level 2 all the rest of 400 KB: at most 1 + 56/400 and what is on
    // its way. With a full level 2 it would be 1 + 1/T + 1/T^2 + ... = 1.11.
    assert!(leveled > 1.0 && leveled < 1.2, "{leveled}");
    assert!(tiered > 1.5 && tiered < 10.0, "{tiered}");
}

#[test]
fn a_look_up_reads_a_page_and_one_for_each_filter_that_is_wrong() {
    for (bits, hashes) in [(4.0, 3), (10.0, 7)] {
        let options = Options { memtable: 4_000, bloom_bits: bits, fanout: 4, ..Options::default() };
        let mut tree = filled(8_000, u64::MAX, Options { compaction: Compaction::Tiered, ..options });
        let expected = expected_false_positives(1.0, bits, hashes);
        // Keys that are not there: every filter that passes one is wrong.
        let before = (tree.looked(), tree.filtered());
        let asked = 4_000;
        for n in 0..asked {
            assert!(!tree.get(&scattered(1_000_000 + n).to_be_bytes(), &mut Vec::new()).expect("up"));
        }
        let (looked, filtered) = (tree.looked() - before.0, tree.filtered());
        assert_eq!(looked, filtered.wrong);
        // Each is a trial of its own: four deviations. Tables of 40 rows are small filters, which are wrong a little more
        // often than the formula says (Bose et al. 2008): a quarter more at most.
        let trials = (filtered.asked - before.1.asked) as f64;
        let seen = filtered.wrong as f64 / trials;
        let error = 4.0 * (expected / trials).sqrt();
        assert!(seen > expected - error && seen < expected * 1.25 + error, "{bits}: {seen} for {expected}");
        // Keys that are there: one page, and the wrong ones before.
        let (before, wrong) = (tree.looked(), tree.filtered().wrong);
        for n in 0..2_000 {
            assert!(tree.get(&scattered(n).to_be_bytes(), &mut Vec::new()).expect("up"));
        }
        assert_eq!(tree.looked() - before, 2_000 + tree.filtered().wrong - wrong);
    }
}

#[test]
fn writes_stop_when_nobody_merges() {
    let options = Options { memtable: 4_000, ..Options::default() };
    let mut tree = Lsm::open(Blocks::new(Speed::NVME), options).expect("empty");
    let mut written = 0;
    while tree.is_ready() {
        tree.put(&scattered(written).to_be_bytes(), &[7; 92]).expect("up");
        written += 1;
        // Only the memtable is written, nothing is merged.
        while tree.full.is_some() {
            tree.flush_step().expect("up");
        }
    }
    assert_eq!(tree.level0(), options.stop());
    // The next write does what must be done first.
    tree.put(&scattered(written).to_be_bytes(), &[7; 92]).expect("up");
    assert!(tree.level0() < options.stop() && tree.done().1 > 0);
}

#[test]
fn keys_in_order_are_moved_down_and_not_merged() {
    let mut tree = Lsm::open(Blocks::new(Speed::NVME), Options { memtable: 4_000, ..Options::default() })
        .expect("empty");
    for row in 0..6_000_u64 {
        tree.put(&row.to_be_bytes(), &[7; 92]).expect("up");
        while tree.has_work() {
            tree.work().expect("up");
        }
    }
    assert_eq!(tree.done().1, 0, "no merge");
    let written = write_amplification(&tree) / page_factor(&tree);
    assert!((written - 1.0).abs() < 0.05, "{written}");
    tree.check().expect("sound");
}
