//! Against a map, with a crash at every write; against the figures of the books.

use std::collections::BTreeMap;

use super::*;
use crate::sim::torture::{breaks, survives};
use crate::sim::{Rng, Seed};
use crate::systems::blocks::Speed;

const SMALL: Options = Options { cache: 6, log_pages: LOG_LEAST, flaw: Flaw::None };

fn tree(options: Options) -> BTree {
    BTree::open(Blocks::new(Speed::NVME), options).expect("an empty device")
}

fn all(tree: &mut BTree) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let mut rows = BTreeMap::new();
    tree.scan(&[], None, &mut |key, value| {
        assert!(rows.insert(key.to_vec(), value.to_vec()).is_none(), "a key comes once");
        true
    })
    .expect("up");
    rows
}

/// What a script does to a tree.
#[derive(Clone, Copy, Debug)]
enum Act {
    Put(u64, u64),
    Delete(u64),
    Sync,
    Work(u64),
    Checkpoint,
    /// The power fails at once, or at that write from now.
    Crash,
    Fuse(u64),
}

fn draw(rng: &mut Rng) -> Act {
    let key = rng.below(40);
    match rng.below(100) {
        0..50 => Act::Put(key, rng.below(900)),
        50..70 => Act::Delete(key),
        70..80 => Act::Sync,
        80..88 => Act::Work(1 + rng.below(4)),
        88..91 => Act::Checkpoint,
        91..94 => Act::Crash,
        _ => Act::Fuse(1 + rng.below(12)),
    }
}

type Model = BTreeMap<Vec<u8>, Vec<u8>>;

/// The states after each change since the last sync: after a crash the tree is one of them.
struct Run {
    tree: Option<BTree>,
    states: Vec<Model>,
    options: Options,
    rng: Rng,
}

impl Run {
    fn now(&self) -> Model {
        self.states.last().cloned().unwrap_or_default()
    }

    /// Does something; where the power fails in it, the tree is opened again, as often as that takes.
    fn attempt(&mut self, act: impl FnOnce(&mut BTree) -> Result<(), Fault>) -> Result<bool, String> {
        let Some(mut tree) = self.tree.take() else { return Err("there is no tree".into()) };
        let done = act(&mut tree);
        match done {
            Ok(()) => {
                self.tree = Some(tree);
                Ok(true)
            }
            Err(Fault::Down) => self.restart(tree).map(|()| false),
            Err(fault) => Err(fault.to_string()),
        }
    }

    fn restart(&mut self, tree: BTree) -> Result<(), String> {
        let mut device = tree.crash(&mut self.rng);
        let mut tree = loop {
            // Once in four the power fails again during the recovery.
            if self.rng.chance(0.25) {
                device.blow_after(1 + self.rng.below(8));
            }
            match BTree::open(device, self.options) {
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
    let mut run = Run {
        tree: Some(tree(options)),
        states: vec![Model::new()],
        options,
        rng: Rng::stream(seed, "crashes"),
    };
    for (step, &act) in script.iter().enumerate() {
        let mut state = run.now();
        let survived = match act {
            Act::Put(key, length) => {
                let key = format!("key-{key:03}").into_bytes();
                let value = vec![step as u8; length as usize];
                state.insert(key.clone(), value.clone());
                run.states.push(state);
                run.attempt(|tree| tree.put(&key, &value))?
            }
            Act::Delete(key) => {
                let key = format!("key-{key:03}").into_bytes();
                state.remove(&key);
                run.states.push(state);
                run.attempt(|tree| tree.delete(&key))?
            }
            Act::Sync => {
                let up = run.attempt(BTree::sync_log)?;
                if up {
                    run.states = vec![run.now()];
                }
                up
            }
            Act::Work(steps) => run.attempt(|tree| (0..steps).try_for_each(|_| tree.checkpoint_step()))?,
            Act::Checkpoint => run.attempt(BTree::checkpoint)?,
            Act::Crash => run.attempt(|_| Err(Fault::Down))?,
            Act::Fuse(writes) => run.attempt(|tree| {
                tree.blow_after(writes);
                Ok(())
            })?,
        };
        if survived && let Some(tree) = &run.tree {
            tree.check()?;
            if step % 8 == 0 {
                let mut calm = tree.clone();
                calm.blow_after(u64::MAX);
                let found = all(&mut calm);
                if found != run.now() {
                    return Err(format!("{} rows where there should be {}", found.len(), run.now().len()));
                }
            }
        }
    }
    Ok(())
}

#[test]
fn it_is_a_map_that_survives_a_crash_at_any_write() {
    survives(2_000, 80, draw, |seed, script| play(SMALL, seed, script));
}

#[test]
fn each_rule_left_out_is_found_out_by_a_short_script() {
    for flaw in [Flaw::NoSync, Flaw::DataFirst, Flaw::NoImages] {
        let options = Options { flaw, ..SMALL };
        let failure = breaks(600, 80, draw, |seed, script| play(options, seed, script));
        let failure = failure.unwrap_or_else(|| panic!("{flaw:?} is not found"));
        assert!(failure.script.len() <= 20, "{flaw:?}: {failure:?}");
    }
}

/// The same script again and again, with a crash at its first write, its second, and so on through all of them.
#[test]
fn a_crash_at_every_single_write_of_a_script_leaves_a_state_that_was() {
    let mut rng = Rng::stream(Seed(5), "script");
    let script: Vec<Act> =
        (0..150).map(|_| draw(&mut rng)).filter(|act| !matches!(act, Act::Crash | Act::Fuse(_))).collect();
    let mut writes = 1;
    loop {
        let faulty: Vec<Act> = [Act::Fuse(writes)].into_iter().chain(script.iter().copied()).collect();
        if let Err(why) = play(SMALL, Seed(writes), &faulty) {
            panic!("{why}, at write {writes}");
        }
        let mut tree = tree(SMALL);
        tree.blow_after(writes);
        let blown = script.iter().any(|act| {
            let done = match *act {
                Act::Put(key, length) => {
                    tree.put(format!("key-{key:03}").as_bytes(), &vec![1; length as usize])
                }
                Act::Delete(key) => tree.delete(format!("key-{key:03}").as_bytes()),
                Act::Work(steps) => (0..steps).try_for_each(|_| tree.checkpoint_step()),
                Act::Checkpoint => tree.checkpoint(),
                _ => tree.sync(),
            };
            done.is_err()
        });
        if !blown {
            break;
        }
        writes += 1;
    }
    assert!(writes > 60, "the script writes {writes} times");
}

fn key(n: u64) -> Vec<u8> {
    n.to_be_bytes().to_vec()
}

/// A tree of `n` rows of 100 bytes, with the keys in the order that `order` gives.
fn filled(n: u64, order: impl Fn(u64) -> u64, options: Options) -> BTree {
    let mut tree = tree(options);
    for row in 0..n {
        tree.put(&key(order(row)), &[7; 92]).expect("up");
    }
    tree
}

/// A bijection of 64 bits: keys in no order, none twice.
fn scattered(n: u64) -> u64 {
    n.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23).wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

#[test]
fn pages_are_69_percent_full_after_random_insertions_and_full_after_ordered_ones() {
    let options = Options { cache: 4_000, log_pages: 1_024, flaw: Flaw::None };
    // Yao's ln 2 is the mean over sizes; with 38 rows a page and about 580 pages it swings by some percent with the size.
    // So the mean over a doubling is taken: from 10,000 to 20,000 rows.
    let mut tree = filled(10_000, scattered, options);
    let (mut sum, mut samples) = (0.0, 0.0);
    for row in 10_000..20_000 {
        tree.put(&key(scattered(row)), &[7; 92]).expect("up");
        if row % 100 == 0 {
            (sum, samples) = (sum + tree.occupancy(), samples + 1.0);
        }
    }
    let mean = sum / samples;
    assert!((mean - std::f64::consts::LN_2).abs() < 0.02, "{mean}");
    let ordered = filled(5_000, |row| row, options);
    assert!(ordered.occupancy() > 0.98, "{}", ordered.occupancy());
    tree.check().expect("sound");
    ordered.check().expect("sound");
}

#[test]
fn the_height_is_the_logarithm_of_the_leaves_to_the_base_of_the_fan_out() {
    let tree = filled(20_000, scattered, Options { cache: 4_000, log_pages: 1_024, flaw: Flaw::None });
    let (leaves, branches) = tree.pages();
    // A branch row: 6 bytes, the child's number 4, and a separator of 2 or 3 bytes instead of 8.
    let fanout = leaves as f64 / branches as f64;
    assert!(fanout > 150.0, "{fanout}");
    let expected = (libm::log(leaves as f64) / libm::log(fanout)).ceil() as u32 + 1;
    assert_eq!((tree.height(), expected), (3, 3), "{leaves} leaves, {branches} branches");
    // A look-up reads as many pages as the tree is high.
    let mut tree = tree;
    let before = tree.looked();
    for n in 0..100 {
        assert!(tree.get(&key(scattered(n)), &mut Vec::new()).expect("up"));
    }
    assert_eq!(tree.looked() - before, 100 * u64::from(tree.height()));
}

/// With a cache of a share h of all leaves a random update misses it with probability 1 - h, and each page that gives way
/// was changed: that many pages are written for a row.
#[test]
fn random_updates_write_a_page_each_that_is_not_in_memory() {
    let n = 8_000;
    let mut tree = filled(n, scattered, Options { cache: 60, log_pages: 2_048, flaw: Flaw::None });
    tree.checkpoint().expect("up");
    let (leaves, branches) = tree.pages();
    let mut rng = Rng::stream(Seed(3), "updates");
    let before = tree.traffic();
    let updates = 4_000;
    for _ in 0..updates {
        tree.put(&key(scattered(rng.below(n))), &[8; 92]).expect("up");
        // Nobody does the checkpoints: the log is long enough to make few.
    }
    let per_row = (tree.traffic().data - before.data) as f64 / f64::from(updates);
    let expected = 1.0 - (60.0 - branches as f64) / leaves as f64;
    assert!((per_row - expected).abs() < 0.05, "{per_row} for {expected}");
    let amplification = per_row * PAGE as f64 / 100.0;
    assert!((25.0..41.0).contains(&amplification), "{amplification}");
}

#[test]
fn a_row_that_is_too_long_is_refused_and_the_longest_ones_fit() {
    let mut tree = tree(SMALL);
    assert_eq!(tree.put(&[1; 61], &[0; 900]), Err(Fault::TooLong(961)));
    for n in 0..60 {
        tree.put(&[n as u8; 60], &[n as u8; 900]).expect("it fits");
        tree.check().expect("sound");
    }
    for n in 0..60 {
        tree.delete(&[n as u8; 60]).expect("up");
        tree.check().expect("sound");
    }
    assert_eq!((tree.rows(), tree.height(), tree.pages()), (0, 1, (1, 0)));
}

#[test]
fn a_scan_begins_and_ends_where_it_is_told() {
    let mut tree = filled(2_000, |row| row * 2, Options::default());
    let mut seen = Vec::new();
    tree.scan(&key(501), Some(&key(600)), &mut |key, _| {
        seen.push(u64::from_be_bytes(key.try_into().expect("eight bytes")));
        true
    })
    .expect("up");
    assert!(seen.iter().copied().eq((502..600).step_by(2)));
    let mut first = 0;
    tree.scan(&key(0), None, &mut |_, _| {
        first += 1;
        first < 7
    })
    .expect("up");
    assert_eq!(first, 7);
}
