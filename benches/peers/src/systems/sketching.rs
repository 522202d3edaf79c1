//! Sketches: a Bloom filter of a million keys at 1%, and HyperLogLog with 2^14 registers.

use anyhow::{Result, ensure};
use fastbloom::BloomFilter;
use hyperloglogplus::{HyperLogLog as _, HyperLogLogPlus};
use sysdrill::systems::cache::FixedHash;
use sysdrill::systems::hash_ring::Place;
use sysdrill::systems::sketch::{Bloom, HyperLogLog};

use crate::turns::{Family, Peer};

const ITEMS: u64 = 1_000_000;
const ASKED: u64 = 100_000;

pub fn bloom_hit() -> Result<Family> {
    bloom("Bloom contains, hit", 0)
}

pub fn bloom_miss() -> Result<Family> {
    bloom("Bloom contains, miss", ITEMS)
}

/// Questions about the keys from `first` on. Each piece of work asks for other ones.
fn bloom(name: &'static str, first: u64) -> Result<Family> {
    let mut ours = Bloom::for_items(ITEMS, 0.01);
    let mut theirs = BloomFilter::with_num_bits(ours.bits() as usize).hasher(FixedHash).hashes(ours.hashes());
    for key in 0..ITEMS {
        ours.insert(key.point());
        theirs.insert(&key);
    }
    let mut asked = first..first + ITEMS;
    let found = asked.clone().filter(|key| ours.contains(key.point())).count();
    let found_by_them = asked.by_ref().filter(|key| theirs.contains(key)).count();
    if first == 0 {
        ensure!(found == ITEMS as usize && found_by_them == found, "nothing is lost");
    } else {
        // 1% of a million is 10,000 with a standard deviation of 100; five of them, and 1% for the fill.
        for found in [found, found_by_them] {
            ensure!(found.abs_diff(10_000) < 600, "{found} false positives, not 10,000");
        }
    }
    let piece = move |at: &mut u64| {
        let from = first + *at;
        *at = (*at + ASKED) % ITEMS;
        from..from + ASKED
    };
    let (mut our_place, mut their_place) = (0, 0);
    Ok(Family {
        name,
        operations: ASKED as usize,
        ours: Box::new(move || piece(&mut our_place).map(|key| u64::from(ours.contains(key.point()))).sum()),
        peers: vec![Peer {
            name: "fastbloom 0.17.0",
            work: Box::new(move || piece(&mut their_place).map(|key| u64::from(theirs.contains(&key))).sum()),
        }],
        remarks: vec![format!(
            "as many bits and 7 hashes each; of a million questions {found} are answered yes by ours, {found_by_them} by fastbloom"
        )],
    })
}

pub fn hyperloglog() -> Result<Family> {
    let mut ours = HyperLogLog::new(14);
    let mut theirs =
        HyperLogLogPlus::<u64, _>::new(14, FixedHash).map_err(|error| anyhow::anyhow!("{error}"))?;
    for key in 0..ITEMS {
        ours.add(key.point());
        theirs.insert(&key);
    }
    // Four standard errors of 1.04/sqrt(2^14) = 0.81%.
    let (estimate, other) = (ours.estimate(), theirs.count());
    for estimate in [estimate, other] {
        ensure!((estimate / ITEMS as f64 - 1.0).abs() < 4.0 * 0.0081, "{estimate} of {ITEMS}");
    }
    let (mut our_next, mut their_next) = (ITEMS, ITEMS);
    let piece = |next: &mut u64| {
        *next += ASKED;
        *next - ASKED..*next
    };
    Ok(Family {
        name: "HyperLogLog insert, p = 14",
        operations: ASKED as usize,
        ours: Box::new(move || piece(&mut our_next).map(|key| u64::from(ours.add(key.point()))).sum()),
        peers: vec![Peer {
            name: "hyperloglogplus 0.4.1",
            work: Box::new(move || {
                piece(&mut their_next).for_each(|key| theirs.insert(&key));
                std::hint::black_box(&theirs);
                their_next
            }),
        }],
        remarks: vec![format!(
            "after a million keys ours says {estimate:.0}, hyperloglogplus {other:.0}; it packs a register into 6 bits, begins sparse (not here any more) and corrects its bias by tables; ours takes 8 bits and keeps the sum that an estimate needs"
        )],
    })
}
