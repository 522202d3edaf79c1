//! The question "is it in the set?": three filters of the chosen size, plain ones of other sizes beside them, and
//! strangers that ask for keys which never came.

use crate::lab::measure::Bins;
use crate::lab::sketch::stream::Stream;
use crate::sim::Nanos;
use crate::systems::sketch::{BlockedBloom, Bloom, CountingBloom, Probing, expected_false_positives};

/// The filters, in the order of everything that is kept for each.
pub(super) const PLAIN: usize = 0;
pub(super) const COUNTING: usize = 1;
pub(super) const BLOCKED: usize = 2;
/// Their names.
pub(super) const NAMES: [&str; 3] = ["bloom", "counting", "blocked"];
/// Bits a key of the plain filters beside the chosen one.
pub(super) const SIZES: [u64; 7] = [2, 4, 6, 8, 12, 16, 20];
/// False positives are measured over the strangers of so many seconds.
pub(super) const MEASURED: usize = 10;

/// What is chosen of the filters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shape {
    pub(super) bits: u64,
    pub(super) hashes: u32,
    pub(super) probing: Probing,
    /// Whether a deletion clears the bits of the key in the plain filter: the bug.
    pub(super) clears: bool,
}

/// Strangers that asked, how many of them passed each filter, and how many were expected to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Asked {
    pub(super) strangers: u64,
    pub(super) passed: [u64; 3],
    pub(super) expected: [f64; 3],
    pub(super) passed_sizes: [u64; SIZES.len()],
}

/// Deleted keys, and how many of them a filter went on to know.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Deleted {
    pub(super) keys: u64,
    pub(super) known: [u64; 3],
}

#[derive(Clone, Debug)]
pub(super) struct Filters {
    pub(super) shape: Shape,
    pub(super) plain: Bloom,
    pub(super) counting: CountingBloom,
    pub(super) blocked: BlockedBloom,
    pub(super) sizes: [Bloom; SIZES.len()],
    /// Different keys that each filter holds. The plain and the blocked one forget nothing.
    pub(super) held: [usize; 3],
    /// By key: whether it was ever added to these filters.
    added: Vec<bool>,
    pub(super) seconds: Bins<Asked>,
    pub(super) deleted: Deleted,
    /// Keys that were there and were denied.
    pub(super) denied: [u64; 3],
    /// What the law on false positives compares, since the filters were built: passed, and at most so many.
    judged: [(u64, f64); 3],
    /// The theory's shares, and for how many keys they were computed.
    theory: [(usize, f64); 3],
}

impl Filters {
    /// Filters of the keys that are there.
    pub(super) fn new(stream: &Stream, shape: Shape) -> Filters {
        let bits = stream.items() as u64 * shape.bits;
        let (hashes, probing) = (shape.hashes, shape.probing);
        let mut filters = Filters {
            shape,
            plain: Bloom::with_probing(bits, hashes, probing),
            counting: CountingBloom::with_probing(bits, hashes, probing),
            blocked: BlockedBloom::new(bits, hashes),
            sizes: SIZES.map(|size| Bloom::with_probing(stream.items() as u64 * size, hashes, probing)),
            held: [0; 3],
            added: vec![false; stream.items()],
            seconds: Bins::new(Nanos::from_secs(1), 60),
            deleted: Deleted::default(),
            denied: [0; 3],
            judged: Default::default(),
            theory: [(0, 0.0); 3],
        };
        for (key, _) in stream.there() {
            filters.add(key, stream.hash(key));
        }
        filters
    }

    /// A key that is not there is added. Returns whether the plain filter claimed to know it already.
    pub(super) fn add(&mut self, key: usize, hash: u64) -> bool {
        let known = !self.plain.insert(hash);
        // A key that was deleted is still in the filters that cannot forget: it is none more.
        let more = usize::from(!std::mem::replace(&mut self.added[key], true));
        for (held, more) in self.held.iter_mut().zip([more, 1, more]) {
            *held += more;
        }
        self.counting.insert(hash);
        self.blocked.insert(hash);
        for filter in &mut self.sizes {
            filter.insert(hash);
        }
        known
    }

    /// A key that is there came again: no filter may deny it. Returns whether all know it.
    pub(super) fn again(&mut self, hash: u64) -> bool {
        let knows = self.contains(hash);
        for (denied, knows) in self.denied.iter_mut().zip(knows) {
            *denied += u64::from(!knows);
        }
        knows.iter().all(|&knows| knows)
    }

    /// A key that is there is deleted, where the filter can.
    pub(super) fn delete(&mut self, hash: u64) {
        self.counting.remove(hash);
        self.held[COUNTING] = self.held[COUNTING].saturating_sub(1);
        if self.shape.clears {
            for place in self.plain.places(hash) {
                self.plain.clear_bit(place);
            }
        }
        self.deleted.keys += 1;
        let knows = self.contains(hash);
        for (known, knows) in self.deleted.known.iter_mut().zip(knows) {
            *known += u64::from(knows);
        }
    }

    /// A stranger asks. Returns whether the plain filter lets it pass.
    pub(super) fn ask(&mut self, now: Nanos, hash: u64) -> bool {
        self.refresh_theory();
        let passes = self.contains(hash);
        let sizes = std::array::from_fn::<bool, { SIZES.len() }, _>(|size| self.sizes[size].contains(hash));
        let asked = self.seconds.at(now);
        asked.strangers += 1;
        for (filter, passes) in passes.into_iter().enumerate() {
            let expected = self.theory[filter].1;
            asked.passed[filter] += u64::from(passes);
            asked.expected[filter] += expected;
            self.judged[filter].0 += u64::from(passes);
            self.judged[filter].1 +=
                (expected * slack(filter, self.held[filter], self.plain.bits(), self.shape)).min(1.0);
        }
        for (count, passes) in asked.passed_sizes.iter_mut().zip(sizes) {
            *count += u64::from(passes);
        }
        passes[PLAIN]
    }

    /// Whether no filter lets more strangers pass than theory allows. The number of those that pass is a sum of independent
    /// events with a mean of at most `most`: six standard deviations and a little more are exceeded with a probability below 1e-7.
    pub(super) fn as_theory_says(&self) -> bool {
        self.judged.iter().all(|&(passed, most)| passed as f64 <= most + 6.0 * most.sqrt() + 12.0)
    }

    /// What was asked within the last seconds up to `now`.
    pub(super) fn lately(&self, now: Nanos) -> Asked {
        let mut sum = Asked::default();
        // The present second is not over; it counts all the same.
        let all: Vec<&Asked> = self.seconds.over(now + Nanos::from_secs(1)).map(|(_, asked)| asked).collect();
        for asked in all.iter().rev().take(MEASURED) {
            sum.strangers += asked.strangers;
            for filter in 0..3 {
                sum.passed[filter] += asked.passed[filter];
                sum.expected[filter] += asked.expected[filter];
            }
            for (sum, passed) in sum.passed_sizes.iter_mut().zip(asked.passed_sizes) {
                *sum += passed;
            }
        }
        sum
    }

    pub(super) fn bytes(&self) -> usize {
        self.filter_bytes().iter().sum::<usize>()
            + self.sizes.iter().map(Bloom::bytes).sum::<usize>()
            + (60 << 7)
            + self.added.len()
    }

    pub(super) fn filter_bytes(&self) -> [usize; 3] {
        [self.plain.bytes(), self.counting.bytes(), self.blocked.bytes()]
    }

    fn contains(&self, hash: u64) -> [bool; 3] {
        [self.plain.contains(hash), self.counting.contains(hash), self.blocked.contains(hash)]
    }

    /// Computes the theory's shares anew where the number of keys has changed by more than a hundredth.
    fn refresh_theory(&mut self) {
        for filter in 0..3 {
            let held = self.held[filter];
            if held.abs_diff(self.theory[filter].0) * 100 <= held {
                continue;
            }
            let hashes = self.shape.hashes;
            let share = if filter == BLOCKED {
                BlockedBloom::expected_false_positives(held as f64, self.blocked.bits() as f64, hashes)
            } else {
                expected_false_positives(held as f64, self.plain.bits() as f64, hashes)
            };
            self.theory[filter] = (held, share);
        }
    }
}

/// How far the share of one filter may lie above the mean of all filters of its size. The fill of m bits has a standard deviation of
/// at most 1/(2 sqrt m), of which the share feels k times as much; the load of the blocks varies by 1/sqrt(n) in the mean over them. Six
/// of each, and a tenth for what the formula leaves out.
fn slack(filter: usize, held: usize, bits: u64, shape: Shape) -> f64 {
    let k = f64::from(shape.hashes);
    let blocks = if filter == BLOCKED { 1.0 / (held.max(1) as f64).sqrt() } else { 0.0 };
    1.1 + 6.0 * k * (0.5 / (bits as f64).sqrt() + blocks)
}
