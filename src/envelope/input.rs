//! The inputs of a sheet: what is known only as a range, and the distribution that stands for it.
//!
//! A range is a 90% interval: one value in twenty lies below its low end and one in twenty above its high end.
//! Without a word it is log-normal where both ends are above zero, for what one estimates (users, sizes, rates) is
//! known to a factor; then the median is the geometric mean of the ends. It is normal where an end is zero or
//! below, and behind `±`. A word before the range chooses: `normal 80 to 120 ms`, `lognormal 5 ± 2 ms`,
//! `uniform 2 to 5`. The ends of `uniform` are its ends: nothing lies outside of them.
//!
//! An input is drawn once and shared by all that use its name, so `x - x` is 0 and `reads / writes` of the same
//! users is exact. What was written twice is two inputs.

use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use super::samples::{self, COUNT, Samples, rank, scores};

/// The most ranges in a sheet.
pub(super) const MOST_INPUTS: usize = 256;
/// The most work on samples in a sheet, in passes over all samples. A sheet of 200 ranged lines takes a tenth of it.
const MOST_WORK: u64 = 50_000;

/// How the values of a range are distributed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// The logarithm is normal; the ends are the 5th and 95th percentile.
    LogNormal,
    /// Normal; the ends are the 5th and 95th percentile.
    Normal,
    /// All values between the ends alike.
    Uniform,
}

impl Shape {
    /// The words that choose a distribution, with what they choose.
    pub const WORDS: [(&str, Shape); 3] =
        [("lognormal", Shape::LogNormal), ("normal", Shape::Normal), ("uniform", Shape::Uniform)];

    /// What it is called: `log-normal`.
    pub fn name(self) -> &'static str {
        match self {
            Shape::LogNormal => "log-normal",
            Shape::Normal => "normal",
            Shape::Uniform => "uniform",
        }
    }

    /// The quantiles 1/5000 ... 4999/5000 for a range from `low` to `high`, and the median.
    fn quantiles(self, low: f64, high: f64) -> (Vec<f64>, f64) {
        let z = scores()[rank(950)];
        let (values, median): (Vec<f64>, f64) = match self {
            Shape::LogNormal => {
                let (from, to) = (low.ln(), high.ln());
                let (middle, deviation) = ((from + to) / 2.0, (to - from) / 2.0 / z);
                let median = if (low * high).is_normal() { (low * high).sqrt() } else { middle.exp() };
                (by_factor(median, deviation), median)
            }
            Shape::Normal => {
                let (middle, deviation) = (low / 2.0 + high / 2.0, (high / 2.0 - low / 2.0) / z);
                (scores().iter().map(|score| middle + deviation * score).collect(), middle)
            }
            Shape::Uniform => (
                samples::shares().map(|share| low * (1.0 - share) + high * share).collect(),
                low / 2.0 + high / 2.0,
            ),
        };
        let mut values = values;
        values[rank(500)] = median;
        if self != Shape::Uniform {
            // Rounding in between must not show: what was written comes out.
            (values[rank(50)], values[rank(950)]) = (low, high);
        }
        (values, median)
    }
}

/// The quantiles of a log-normal distribution. They lie by one factor above and below the median, so half of them
/// need no exponential function.
fn by_factor(median: f64, deviation: f64) -> Vec<f64> {
    let mut values = vec![median; COUNT];
    for (above, score) in scores().iter().enumerate().skip(rank(500) + 1) {
        let factor = (deviation * score).exp();
        values[above] = median * factor;
        values[COUNT - 1 - above] = median / factor;
    }
    values
}

/// One input.
#[derive(Debug)]
pub(super) struct Input {
    /// The name of its line, where the line is nothing but the range, else its text.
    pub name: String,
    /// The number of its line.
    pub line: usize,
    /// For each sample the rank of this input in it: 0 where it is lowest.
    pub order: Rc<[u16]>,
}

/// All inputs of a sheet, and what has been computed with them so far.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    list: Vec<Input>,
    /// Which input stands at which line and byte, so that one evaluated again is the same.
    places: BTreeMap<(usize, usize), usize>,
    /// How often a seed was taken by lines without a name.
    seeds: BTreeMap<u64, u64>,
    line: usize,
    name: Option<String>,
    text: String,
    in_line: u64,
    spent: u64,
}

/// Why an input cannot be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// There are [`MOST_INPUTS`] of them.
    TooMany,
    /// Its tails are out of the range of an `f64`.
    TooWide,
}

impl Inputs {
    /// Begins a line, whose text is the code without comments.
    pub fn begin(&mut self, line: usize, name: Option<&str>, text: &str) {
        self.line = line;
        self.name = name.map(str::to_string);
        self.text.clear();
        self.text.push_str(text);
        self.in_line = 0;
    }

    /// The input number `index`.
    pub fn get(&self, index: usize) -> Option<&Input> {
        self.list.get(index)
    }

    /// Counts work, in passes over all samples; false where the sheet has used up what it may.
    pub fn spend(&mut self, passes: u64) -> bool {
        self.spent = self.spent.saturating_add(passes);
        self.spent <= MOST_WORK
    }

    /// Draws the range that stands at `span` in the current line.
    /// `whole`: the line is nothing else. Gives the median and the samples.
    pub fn draw(
        &mut self,
        shape: Shape,
        (low, high): (f64, f64),
        span: &Range<usize>,
        whole: bool,
    ) -> Result<(f64, Samples), Refusal> {
        let known = self.places.get(&(self.line, span.start)).copied();
        if known.is_none() && self.list.len() == MOST_INPUTS {
            return Err(Refusal::TooMany);
        }
        let (quantiles, median) = shape.quantiles(low, high);
        let (least, most) = (quantiles[0], quantiles[COUNT - 1]);
        if !least.is_finite() || !most.is_finite() || (shape == Shape::LogNormal && least == 0.0) {
            return Err(Refusal::TooWide);
        }
        let index = known.unwrap_or(self.list.len());
        if known.is_none() {
            let order = samples::order(self.seed()).into();
            let written = self.text.get(span.clone()).unwrap_or_default().to_string();
            let name = self.name.clone().filter(|_| whole).unwrap_or(written);
            self.places.insert((self.line, span.start), index);
            self.list.push(Input { name, line: self.line, order });
        }
        Ok((median, Samples::input(index, median, &quantiles, &self.list[index].order)))
    }

    /// The seed of the next input: from the name of its line, and which range of the line it is. A line without
    /// a name is known by its text, but for the digits, so that the samples stay when a number is changed.
    fn seed(&mut self) -> u64 {
        let nth = self.in_line;
        self.in_line += 1;
        if let Some(name) = &self.name {
            return samples::seed(name.bytes().chain(nth.to_le_bytes()));
        }
        let text = self.text.bytes().filter(|byte| !byte.is_ascii_digit());
        let seed = samples::seed(text.chain(nth.to_le_bytes()));
        let times = self.seeds.entry(seed).or_default();
        *times += 1;
        samples::seed(seed.to_le_bytes().into_iter().chain(times.to_le_bytes()))
    }
}
