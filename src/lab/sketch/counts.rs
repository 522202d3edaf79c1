//! The question "how often did it come?": count-min of the chosen size, plain and with conservative update, and
//! plain ones of other widths beside them.

use crate::lab::sketch::stream::Stream;
use crate::systems::sketch::{CountMin, Update};

/// The widths of the sketches beside the chosen one.
pub(super) const WIDTHS: [u32; 6] = [10, 30, 100, 300, 1_000, 3_000];
/// Over how many keys errors are measured; evenly spaced, so that frequent and rare ones are there as in the stream.
const SAMPLE: usize = 100;

/// What is chosen of the sketches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shape {
    pub(super) width: u32,
    pub(super) depth: u32,
    /// Whether a deletion is taken out of the conservative sketch too: the bug.
    pub(super) subtracts: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Counts {
    pub(super) shape: Shape,
    pub(super) plain: CountMin,
    pub(super) conservative: CountMin,
    pub(super) widths: [CountMin; WIDTHS.len()],
    /// Whether an estimate was found that is too low.
    pub(super) too_low: bool,
}

/// The errors of the sampled keys.
pub(super) struct Errors {
    /// The mean surplus of the plain and of the conservative sketch, in arrivals.
    pub(super) mean: [f64; 2],
    /// The share of the keys whose surplus in the plain sketch is above the bound.
    pub(super) beyond: f64,
}

impl Counts {
    /// Sketches of what the stream counts at this moment.
    pub(super) fn new(stream: &Stream, shape: Shape) -> Counts {
        let sketch = |width, update| CountMin::new(width, shape.depth, update);
        let mut counts = Counts {
            shape,
            plain: sketch(shape.width, Update::Plain),
            conservative: sketch(shape.width, Update::Conservative),
            widths: WIDTHS.map(|width| sketch(width, Update::Plain)),
            too_low: false,
        };
        for (key, count) in stream.there() {
            counts.add(stream.hash(key), count);
        }
        counts
    }

    pub(super) fn add(&mut self, hash: u64, count: u32) {
        self.plain.add(hash, count);
        self.conservative.add(hash, count);
        for sketch in &mut self.widths {
            sketch.add(hash, count);
        }
    }

    /// All arrivals of a key are taken back, where the sketch can.
    pub(super) fn delete(&mut self, hash: u64, count: u32) {
        self.plain.subtract(hash, count);
        if self.shape.subtracts {
            self.conservative.subtract(hash, count);
        }
        for sketch in &mut self.widths {
            sketch.subtract(hash, count);
        }
    }

    /// Compares the estimates of a key that came with the truth. Returns by how much the plain one is too high.
    pub(super) fn judge(&mut self, hash: u64, truth: u32) -> u32 {
        let (plain, conservative) = (self.plain.estimate(hash), self.conservative.estimate(hash));
        self.too_low |= plain < truth || conservative < truth;
        plain.saturating_sub(truth)
    }

    /// The errors of the sampled keys. O(keys sampled x depth).
    pub(super) fn errors(&self, stream: &Stream) -> Errors {
        let bound = self.plain.error_bound();
        let (mut sums, mut beyond, mut keys) = ([0.0; 2], 0.0, 0.0);
        for key in sample(stream) {
            let (hash, truth) = (stream.hash(key), f64::from(stream.count(key)));
            let surplus =
                [&self.plain, &self.conservative].map(|sketch| f64::from(sketch.estimate(hash)) - truth);
            keys += 1.0;
            sums = [sums[0] + surplus[0], sums[1] + surplus[1]];
            beyond += f64::from(u8::from(surplus[0] > bound));
        }
        // Nothing over nothing is not a number, as it should be.
        Errors { mean: sums.map(|sum| sum / keys), beyond: beyond / keys }
    }

    /// The mean surplus of the sampled keys in one of the sketches beside.
    pub(super) fn mean_at(&self, stream: &Stream, sketch: &CountMin) -> f64 {
        let surplus = |key| f64::from(sketch.estimate(stream.hash(key))) - f64::from(stream.count(key));
        let (sum, keys) =
            sample(stream).fold((0.0, 0.0), |(sum, keys), key| (sum + surplus(key), keys + 1.0));
        sum / keys
    }

    pub(super) fn bytes(&self) -> usize {
        2 * self.plain.bytes() + self.widths.iter().map(CountMin::bytes).sum::<usize>()
    }
}

/// The sampled keys: those of the even sample that are there.
pub(super) fn sample(stream: &Stream) -> impl Iterator<Item = usize> {
    let items = stream.items();
    let count = SAMPLE.min(items);
    (0..count).map(move |index| index * items / count).filter(|&key| stream.count(key) > 0)
}
