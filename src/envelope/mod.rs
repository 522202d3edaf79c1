//! The Envelope: back-of-the-envelope calculation with units, one value a line.
//!
//! ```text
//! dau   = 500 million users
//! reads = dau * 5 reads/user/day
//! peak  = reads * 3 in reads/s
//! #= 86,806 reads/s
//! ```
//!
//! Most wrong estimates are wrong by a unit: a factor of 8 (bits for bytes), of 1,000 (a prefix), of 86,400
//! (a day for a second). So every number may carry its unit, also of things that nobody declared (`users`,
//! `reads`), and what does not fit is refused. Where a text can be read in two ways (`2B`, `100 + 5%`)
//! the calculator asks instead of guessing.
//!
//! One rule decides what a word is. Straight after a number, or after `in` or `->`, it is a unit, through the
//! whole of its `/` chain; anywhere else it is the name of a line above. So `reads = dau * 5 reads/user/day`
//! and `peak in reads/s` both mean what one thinks. Where a word of a chain is also a name and the spaces
//! leave it open, the line is refused with both ways to write it.
//!
//! What nobody knows is a range, `dau = 200M to 500M users`: nine values in ten lie between its ends. How they are
//! distributed may be said by a word before it (`normal`, `lognormal`, `uniform`); without one it is log-normal
//! where both ends are above zero (of shares below 100% the odds are) and normal elsewhere and for `100 ± 20 ms`. A range is drawn once, whoever uses its
//! name, so what cancels out cancels out exactly. Everything that depends on a range is a median with a range of
//! its own, and says which inputs drive it. See `input`, `samples`, `spread`, `drivers`.
//!
//! The way of a line: `lex` cuts it into tokens, `parse` makes a tree of them (units are recognised here, for
//! that needs to know the names), `eval` computes a `quantity` from the tree, `format` writes it for people,
//! and `sheet` holds the lines together. The tree is kept apart from its evaluation, so that it can be
//! walked once more, step by step, to say how a value comes about (`eval/trace.rs`).

mod assertion;
mod constant;
mod drivers;
mod eval;
mod fault;
mod figure;
mod format;
mod formula;
mod input;
mod lex;
mod notes;
mod noun;
mod parse;
mod quantity;
#[cfg(test)]
mod range_tests;
mod ranking;
mod samples;
mod sheet;
mod spread;
#[cfg(test)]
mod steps_tests;
#[cfg(test)]
mod tests;
mod unit;
mod uses;

pub use assertion::without_assertions;
pub use constant::{Constant, constants};
pub use eval::{Function, functions};
pub use fault::Fault;
pub use figure::Figure;
pub use sheet::{calculate, evaluate, samples, steps};
pub use unit::{Unit, units};

/// A text of several lines, evaluated: one [`SheetLine`] for each line of the text, in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    /// The lines, as [`str::lines`] cuts them.
    pub lines: Vec<SheetLine>,
}

impl Sheet {
    /// The faults, each with the number of its line, counted from 1.
    pub fn faults(&self) -> impl Iterator<Item = (usize, &Fault)> {
        self.lines.iter().enumerate().filter_map(|(index, line)| match &line.outcome {
            Outcome::Fault(fault) => Some((index + 1, fault)),
            _ => None,
        })
    }

    /// The value of the line that defines `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Answer> {
        self.lines.iter().find_map(|line| match &line.outcome {
            Outcome::Value(answer) if line.name.as_deref() == Some(name) => Some(answer),
            _ => None,
        })
    }
}

/// What came of one line.
#[derive(Clone, Debug, PartialEq)]
pub struct SheetLine {
    /// The name that the line defines, as `dau` in `dau = 500 M users`. A broken line keeps its name where
    /// it can be told.
    pub name: Option<String>,
    /// What it evaluates to.
    pub outcome: Outcome,
    /// What a reader has to know of it: that a month is 30 days, of what year a constant is. Each is said on the
    /// first line of a sheet that it is true of.
    pub notes: Vec<String>,
}

impl SheetLine {
    /// What is wrong with it.
    #[must_use]
    pub fn fault(&self) -> Option<&Fault> {
        match &self.outcome {
            Outcome::Fault(fault) => Some(fault),
            _ => None,
        }
    }
}

/// What a line evaluates to.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Nothing stands there.
    Blank,
    /// A comment, or an assertion (`#= 5 users`) that holds.
    Comment,
    /// A value.
    Value(Answer),
    /// An error, or an assertion that does not hold.
    Fault(Fault),
}

/// A value with its unit, ready to be shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The number, in `unit`: always finite, and as exact as an `f64` is. Of a ranged value the median.
    pub value: f64,
    /// The unit as the language writes it: `reads/s`, `TB`, `$/month`, `%`; empty for a plain number.
    pub unit: String,
    /// What is measured: `time`, `data/time`, `read/user/time`, `USD`, or `number`.
    pub dimension: String,
    /// For people: `73.2 k reads/s`, `28,935 reads/s`, `1 d 4 h`. Rounded to three or four figures; a unit
    /// that was asked for, and a number as it was written, keep all digits before the point. A ranged value has
    /// three figures, or two where its ends are a factor of ten apart, for its median is known no better.
    pub text: String,
    /// Where the value lies, if it depends on a range.
    pub spread: Option<Spread>,
}

/// Where a value lies that depends on ranges. All numbers are in the unit of the answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Spread {
    /// The 5th percentile: one value in twenty is below.
    pub p5: f64,
    /// The median.
    pub median: f64,
    /// The 95th percentile: one value in twenty is above.
    pub p95: f64,
    /// From the 5th to the 95th percentile, for people: `200 M … 500 M`, `88 … 219 TB`.
    pub text: String,
    /// How many samples lie in each of 20 equal steps from the 0.5th to the 99.5th percentile.
    pub histogram: Vec<u32>,
    /// What the value depends on, by share of the variance, the largest first.
    pub drivers: Vec<Driver>,
}

/// An input, and what it does to a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Driver {
    /// The name of the line where that line is nothing but a range; else the range as it is written.
    pub name: String,
    /// The number of that line, counted from 1.
    pub line: usize,
    /// Its share of the variance, from 0 to 1; the shares of all drivers add up to at most 1.
    pub share: f64,
    /// The value where this input is at its 5th percentile and all others are at their medians.
    pub low: f64,
    /// The value where this input is at its 95th percentile and all others are at their medians.
    pub high: f64,
}

impl Answer {
    /// The value with all its digits: `28935.185185185186 reads/s`. Read again it gives the same value and unit.
    #[must_use]
    pub fn full(&self) -> String {
        format::full(self.value, &self.unit)
    }
}

/// One step on the way to the value of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it does.
    pub kind: StepKind,
    /// The operation: `316 M users × 0.2 posts/user/day`, or `× 1.2 KB/post` where it goes on with the result before.
    pub text: String,
    /// What it comes to: `63.2 M posts/day`.
    pub result: String,
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// It says how a range is understood: `log-normal, 90% from 10 M to 50 M users`.
    Range,
    /// It calculates.
    Operation,
    /// It brings the result into another unit: `in reads/s: ÷ 86,400`.
    Conversion,
    /// It leaves the numbers out: `users × posts/user/day × KB/post`, and what remains of it.
    Units,
}

/// The units, scale words, functions and constants that begin with `prefix`, in alphabetical order, for completion.
/// Capital and small letters count as the same here.
#[must_use]
pub fn names(prefix: &str) -> Vec<&'static str> {
    let wanted = prefix.to_lowercase();
    let mut found: Vec<&'static str> = unit::words()
        .chain(functions().map(|function| function.name))
        .chain(constants().map(|constant| constant.name))
        .chain(input::Shape::WORDS.iter().map(|(word, _)| *word))
        .filter(|word| word.to_lowercase().starts_with(&wanted))
        .collect();
    found.sort_unstable_by_key(|word| (word.to_lowercase(), *word));
    found.dedup();
    found
}
