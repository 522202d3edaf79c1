//! The question "how many different ones?": a HyperLogLog of the whole stream, two of its halves as two servers would keep
//! them, and some of other precisions beside them.

use crate::lab::sketch::stream::Stream;
use crate::systems::sketch::HyperLogLog;

/// The precisions of the sketches beside the chosen one.
pub(super) const PRECISIONS: [u32; 6] = [4, 6, 8, 10, 12, 14];

#[derive(Clone, Debug)]
pub(super) struct Distinct {
    pub(super) whole: HyperLogLog,
    pub(super) halves: [HyperLogLog; 2],
    pub(super) precisions: [HyperLogLog; PRECISIONS.len()],
    /// Whether the servers' estimates are added up, in place of merging their sketches: the bug.
    pub(super) adds_up: bool,
    /// Whether a register of the merged sketch was found to differ from that of the whole.
    pub(super) differs: bool,
}

impl Distinct {
    /// Sketches of the keys that ever came. The halves get them in turn, as if one server had seen the even ones.
    pub(super) fn new(stream: &Stream, precision: u32, adds_up: bool) -> Distinct {
        let sketch = || HyperLogLog::new(precision);
        let mut distinct = Distinct {
            whole: sketch(),
            halves: [sketch(), sketch()],
            precisions: PRECISIONS.map(HyperLogLog::new),
            adds_up,
            differs: false,
        };
        for key in stream.ever() {
            distinct.add(stream.hash(key), key & 1);
        }
        distinct
    }

    /// A key came to one of the two servers. Returns whether the sketch of the whole changed.
    pub(super) fn add(&mut self, hash: u64, server: usize) -> bool {
        let changed = self.whole.add(hash);
        self.halves[server & 1].add(hash);
        for sketch in &mut self.precisions {
            sketch.add(hash);
        }
        // Merging takes the larger register, and only the one that was touched can have changed.
        let register = self.whole.register_of(hash);
        let larger = self.halves[0].registers()[register].max(self.halves[1].registers()[register]);
        self.differs |= larger != self.whole.registers()[register];
        changed
    }

    /// What the two servers say together: how many different keys came.
    pub(super) fn estimate(&self) -> f64 {
        if self.adds_up {
            self.halves.iter().map(HyperLogLog::estimate).sum()
        } else {
            // Register by register the same as the merged sketch of the two: that is a law of its own.
            self.whole.estimate()
        }
    }

    /// Whether the estimate lies within eight standard errors and six keys of the truth. Up to three of the eight are bias,
    /// where the two estimators meet; five are left to chance, which takes more once in a million times. Where there are
    /// few keys the estimate is off by whole ones.
    pub(super) fn as_theory_says(&self, truth: usize) -> bool {
        let truth = truth as f64;
        (self.estimate() - truth).abs() <= 8.0 * self.whole.relative_error() * truth + 6.0
    }

    pub(super) fn bytes(&self) -> usize {
        3 * self.whole.bytes() + self.precisions.iter().map(HyperLogLog::bytes).sum::<usize>()
    }
}
