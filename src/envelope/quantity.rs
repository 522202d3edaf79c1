//! Numbers with units, and the arithmetic that keeps the units right.
//!
//! A quantity stays in the units it was written in until something asks for others, so `1 KB + 1 KB` is exactly
//! 2 KB. In a product the units of one kind are brought to one (`/day * years` leaves the factor 365), so a
//! product of units holds each kind at most once, and two quantities have the same dimension when they hold
//! the same kinds to the same powers.

use super::noun::Noun;
use super::samples::Samples;
use super::unit::{Kind, Known};

/// The largest power of a unit, up or down.
pub(super) const MOST_POWER: i32 = 12;

/// One unit: built in, or a counted thing.
#[derive(Clone, Debug)]
pub(super) enum Atom {
    /// From the table.
    Known(&'static Known),
    /// A thing that needs no declaration.
    Count(Noun),
}

impl Atom {
    /// What it measures.
    pub fn kind(&self) -> Kind<'_> {
        match self {
            Atom::Known(known) => known.kind,
            Atom::Count(noun) => Kind::Count(&noun.key),
        }
    }

    /// Its size in the base unit of its kind, as a fraction of whole numbers.
    fn ratio(&self) -> Ratio {
        match self {
            Atom::Known(known) => Ratio { num: known.num, den: known.den },
            Atom::Count(_) => Ratio::ONE,
        }
    }
}

/// A factor as a fraction, so that going from days to years divides by 365 instead of multiplying by a third
/// number that no `f64` is equal to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ratio {
    num: f64,
    den: f64,
}

impl Ratio {
    const ONE: Ratio = Ratio { num: 1.0, den: 1.0 };

    fn over(self, other: Ratio) -> Ratio {
        Ratio { num: self.num * other.den, den: self.den * other.num }
    }

    fn times(self, other: Ratio) -> Ratio {
        Ratio { num: self.num * other.num, den: self.den * other.den }.reduced()
    }

    fn power(self, power: i32) -> Ratio {
        let (num, den) = if power < 0 { (self.den, self.num) } else { (self.num, self.den) };
        let power = power.abs();
        Ratio { num: num.powi(power), den: den.powi(power) }.reduced()
    }

    /// Without the common factor, where one side divides the other.
    fn reduced(self) -> Ratio {
        if self.num % self.den == 0.0 {
            Ratio { num: self.num / self.den, den: 1.0 }
        } else if self.den % self.num == 0.0 {
            Ratio { num: 1.0, den: self.den / self.num }
        } else {
            self
        }
    }

    /// Whether it leaves a number as it is.
    fn is_one(self) -> bool {
        self.num == self.den
    }

    /// `value` times this factor; infinite or not a number where that is out of range.
    pub fn of(self, value: f64) -> f64 {
        if self.num == 1.0 {
            value / self.den
        } else if self.den == 1.0 {
            value * self.num
        } else {
            // The fraction alone may be out of range where the product is not, and the other way round.
            let first = value * self.num;
            if first.is_finite() { first / self.den } else { value / self.den * self.num }
        }
    }
}

/// A product of powers of units, each kind at most once.
#[derive(Clone, Debug, Default)]
pub(super) struct Units(pub Vec<(Atom, i32)>);

impl Units {
    /// No unit: a plain number.
    pub fn none() -> Units {
        Units(Vec::new())
    }

    /// Whether this is a plain number.
    pub fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    /// The power of a kind, 0 where it does not occur.
    pub fn power_of(&self, kind: Kind) -> i32 {
        self.0.iter().find(|(atom, _)| atom.kind() == kind).map_or(0, |(_, power)| *power)
    }

    /// Puts a unit to a power into the product, and says by what factor the number changes: for days among
    /// seconds by 86,400.
    pub fn put(&mut self, atom: Atom, power: i32) -> Ratio {
        let Some(at) = self.0.iter().position(|(held, _)| held.kind() == atom.kind()) else {
            if power != 0 {
                self.0.push((atom, power));
            }
            return Ratio::ONE;
        };
        let (held, held_power) = &mut self.0[at];
        let factor = atom.ratio().over(held.ratio()).reduced().power(power);
        *held_power += power;
        if *held_power == 0 {
            self.0.remove(at);
        }
        factor
    }

    /// Both have the same kinds to the same powers.
    pub fn same_dimension(&self, other: &Units) -> bool {
        self.0.len() == other.0.len()
            && self.0.iter().all(|(atom, power)| other.power_of(atom.kind()) == *power)
    }

    /// The factor of a number when these units become `other`, which have the same dimension.
    pub fn factor_to(&self, other: &Units) -> Ratio {
        self.0.iter().fold(Ratio::ONE, |factor, (atom, power)| {
            let target = other.0.iter().find(|(held, _)| held.kind() == atom.kind());
            let step = target.map_or(Ratio::ONE, |(target, _)| atom.ratio().over(target.ratio()).reduced());
            factor.times(step.power(*power))
        })
    }

    /// The largest power, up or down.
    pub fn highest_power(&self) -> i32 {
        self.0.iter().map(|(_, power)| power.abs()).max().unwrap_or(0)
    }

    /// Whether there are only counted things and money in it, which one counts in whole numbers.
    pub fn is_countable(&self) -> bool {
        self.0.iter().all(|(atom, _)| matches!(atom.kind(), Kind::Count(_) | Kind::Money(_)))
    }
}

/// How a quantity wants to be shown.
#[derive(Clone, Debug)]
pub(super) enum Style {
    /// As it was written.
    Written,
    /// In the unit that was asked for by `in`; the number is shown in steps of ten to this power, under the
    /// scale word that was asked for with it.
    Asked(Option<&'static str>),
    /// As a percentage. Only a plain number has this style, and its value then counts hundredths.
    Percent,
    /// In several units of time after another: `1 d 4 h`.
    Parts(Vec<&'static Known>),
    /// In whichever unit reads best.
    Computed,
}

/// A number with its units.
#[derive(Clone, Debug)]
pub(super) struct Quantity {
    /// The number, in `units`; in hundredths where the style is [`Style::Percent`]. Of a ranged value it is the
    /// one where all inputs are at their medians.
    pub value: f64,
    /// Its units.
    pub units: Units,
    /// How it wants to be shown.
    pub style: Style,
    /// The samples of a ranged value, in the same units as `value`.
    pub samples: Option<Samples>,
}

/// Why there is no result. The evaluation knows the place and makes a [`super::Fault`] of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Larger than 1.8e308.
    TooLarge,
    /// Not zero, but nearer to it than any `f64` (5e-324).
    TooSmall,
    /// Division by zero.
    ByZero,
    /// A unit to a power beyond [`MOST_POWER`].
    Power,
    /// A unit to a power that is not whole.
    PartOfUnit,
    /// A negative number to a power that is not whole.
    NegativeBase,
    /// Some samples are larger than 1.8e308.
    LargeSamples,
    /// Some samples have no value.
    UndefinedSamples,
}

impl Quantity {
    /// A number with units and a style.
    pub fn new(value: f64, units: Units, style: Style) -> Quantity {
        Quantity { value, units, style, samples: None }
    }

    /// A computed plain number.
    pub fn number(value: f64) -> Quantity {
        Quantity::computed(value, Units::none())
    }

    /// A computed quantity in these units.
    pub fn computed(value: f64, units: Units) -> Quantity {
        Quantity::new(value, units, Style::Computed)
    }

    /// The same with percents turned into a plain number, ready for arithmetic.
    pub fn plain(self) -> Quantity {
        if !self.is_percent() {
            return self;
        }
        let samples = self.map(|value| value / 100.0);
        Quantity { value: self.value / 100.0, style: Style::Computed, samples, ..self }
    }

    /// Whether it is shown in percent.
    pub fn is_percent(&self) -> bool {
        matches!(self.style, Style::Percent)
    }

    /// The negative.
    pub fn negative(self) -> Quantity {
        let samples = self.map(|value| 0.0 - value);
        Quantity { value: 0.0 - self.value, samples, ..self }
    }

    /// The number in `units`, which have the dimension of this quantity.
    pub fn value_in(&self, units: &Units) -> Result<f64, Trouble> {
        in_range(self.units.factor_to(units).of(self.value), self.value == 0.0)
    }

    /// The same in `units`, which have its dimension, to be shown as `style`.
    pub fn converted(self, units: Units, style: Style) -> Result<Quantity, Trouble> {
        let factor = self.units.factor_to(&units);
        let samples = finite(self.map(|value| factor.of(value)))?;
        Ok(Quantity { value: self.value_in(&units)?, units, style, samples })
    }

    /// A plain number in percent.
    pub fn in_percent(self) -> Result<Quantity, Trouble> {
        let number = self.plain();
        let samples = finite(number.map(|value| value * 100.0))?;
        let value = in_range(number.value * 100.0, number.value == 0.0)?;
        Ok(Quantity { value, units: Units::none(), style: Style::Percent, samples })
    }

    /// The sum, or with `sign` -1 the difference, in the units of `self`. Both have one dimension.
    pub fn add(self, other: Quantity, sign: f64) -> Result<Quantity, Trouble> {
        if self.is_percent() || other.is_percent() {
            // In hundredths, so that 1 - 99.95% loses nothing by a division first.
            let hundredths = |part: &Quantity| if part.is_percent() { 1.0 } else { 100.0 };
            let (left, right) = (hundredths(&self), sign * hundredths(&other));
            return both(&self, &other, Units::none(), Style::Percent, true, |a, b| a * left + b * right);
        }
        let factor = other.units.factor_to(&self.units);
        let units = self.units.clone();
        if factor.is_one() {
            return both(&self, &other, units, Style::Computed, true, |a, b| a + sign * b);
        }
        both(&self, &other, units, Style::Computed, true, |a, b| a + sign * factor.of(b))
    }

    /// The product, or with `power` -1 the quotient.
    pub fn multiply(self, other: Quantity, power: i32) -> Result<Quantity, Trouble> {
        if self.is_percent() && other.is_percent() && power == 1 {
            let zero = self.value == 0.0 || other.value == 0.0;
            return both(&self, &other, Units::none(), Style::Percent, zero, |a, b| a * b / 100.0);
        }
        let (left, right) = (self.plain(), other.plain());
        if power < 0 && right.value == 0.0 {
            return Err(Trouble::ByZero);
        }
        let zero = left.value == 0.0 || (power > 0 && right.value == 0.0);
        let mut units = left.units.clone();
        let mut factor = Ratio::ONE;
        for (atom, atom_power) in &right.units.0 {
            factor = factor.times(units.put(atom.clone(), atom_power * power));
        }
        if units.highest_power() > MOST_POWER {
            return Err(Trouble::Power);
        }
        // Out of range before the factor, although in range behind it, is out of range.
        let product = if power < 0 { left.value / right.value } else { left.value * right.value };
        in_range(product, zero)?;
        match (power < 0, factor.is_one()) {
            (true, _) => both(&left, &right, units, Style::Computed, zero, |a, b| factor.of(a / b)),
            (false, false) => both(&left, &right, units, Style::Computed, zero, |a, b| factor.of(a * b)),
            (false, true) => both(&left, &right, units, Style::Computed, zero, |a, b| a * b),
        }
    }

    /// To a power; of a quantity with units only to a whole one, or to one that leaves whole powers.
    pub fn power(self, exponent: f64) -> Result<Quantity, Trouble> {
        self.raised(&Quantity::number(exponent))
    }

    /// To a power that is a plain number and may be a range, as [`Quantity::power`].
    pub fn raised(self, exponent: &Quantity) -> Result<Quantity, Trouble> {
        let base = self.plain();
        if base.value == 0.0 && exponent.value < 0.0 {
            return Err(Trouble::ByZero);
        }
        let mut units = Units::none();
        for (atom, power) in &base.units.0 {
            let raised = f64::from(*power) * exponent.value;
            if raised.fract() != 0.0 || exponent.samples.is_some() {
                return Err(Trouble::PartOfUnit);
            }
            if raised.abs() > f64::from(MOST_POWER) {
                return Err(Trouble::Power);
            }
            units.put(atom.clone(), raised as i32);
        }
        if base.value.powf(exponent.value).is_nan() {
            return Err(Trouble::NegativeBase);
        }
        both(&base, exponent, units, Style::Computed, base.value == 0.0, f64::powf)
    }

    /// A function of two numbers, of this and of another in the same units, which cannot go wrong.
    pub fn with(&self, other: &Quantity, function: impl Fn(f64, f64) -> f64) -> Quantity {
        Quantity {
            value: function(self.value, other.value),
            samples: join_samples(self, other, function),
            ..self.clone()
        }
    }

    /// A function of all samples, where there are samples.
    pub fn map(&self, function: impl Fn(f64) -> f64) -> Option<Samples> {
        self.samples.as_ref().map(|samples| samples.map(function))
    }
}

/// A function of the numbers of two quantities, also of their samples. `zero`: it may rightly be zero.
fn both(
    left: &Quantity,
    right: &Quantity,
    units: Units,
    style: Style,
    zero: bool,
    function: impl Fn(f64, f64) -> f64,
) -> Result<Quantity, Trouble> {
    let value = in_range(function(left.value, right.value), zero)?;
    let samples = finite(join_samples(left, right, &function))?;
    Ok(Quantity { value, units, style, samples })
}

/// A function of the samples of two quantities, where one of them has samples.
fn join_samples(left: &Quantity, right: &Quantity, function: impl Fn(f64, f64) -> f64) -> Option<Samples> {
    match (&left.samples, &right.samples) {
        (None, None) => None,
        (Some(a), None) => Some(a.map(|a| function(a, right.value))),
        (None, Some(b)) => Some(b.map(|b| function(left.value, b))),
        (Some(a), Some(b)) => Some(Samples::zip((a, left.value), (b, right.value), function)),
    }
}

/// The samples, where all of them are numbers.
fn finite(samples: Option<Samples>) -> Result<Option<Samples>, Trouble> {
    match samples {
        Some(samples) if !samples.is_finite() => {
            // Of a negative number to a broken power there is no value, beyond the largest number an infinite one.
            let undefined = samples.cells().iter().any(|value| value.is_nan());
            Err(if undefined { Trouble::UndefinedSamples } else { Trouble::LargeSamples })
        }
        samples => Ok(samples),
    }
}

/// The value, where an `f64` can hold it. `zero`: it may rightly be zero.
fn in_range(value: f64, zero: bool) -> Result<f64, Trouble> {
    if !value.is_finite() {
        Err(Trouble::TooLarge)
    } else if value.abs() < f64::MIN_POSITIVE && !(zero && value == 0.0) {
        Err(Trouble::TooSmall)
    } else {
        // A negative zero would print a minus sign.
        Ok(value + 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::unit::known;
    use super::*;

    fn quantity(value: f64, words: &[(&str, i32)]) -> Quantity {
        let mut units = Units::none();
        for (word, power) in words {
            let atom = known(word).map_or_else(|| Atom::Count(Noun::written(word, true)), Atom::Known);
            units.put(atom, *power);
        }
        Quantity::computed(value, units)
    }

    #[test]
    fn a_product_brings_units_of_one_kind_together() {
        let rate = quantity(5.0, &[("reads", 1), ("users", -1), ("day", -1)]);
        let product = rate.multiply(quantity(2.0, &[("years", 1)]), 1).expect("in range");
        assert_eq!(product.value, 5.0 * 2.0 * 365.0);
        assert!(product.units.same_dimension(&quantity(1.0, &[("user", -1), ("read", 1)]).units));
    }

    #[test]
    fn conversions_are_exact_where_the_result_is() {
        for (value, from, to, expected) in [
            (0.3, "s", "ms", 300.0),
            (300.0, "ms", "s", 0.3),
            (5.0, "years", "days", 1825.0),
            (1.0, "days", "years", 1.0 / 365.0),
            (1.0, "KiB", "B", 1024.0),
            (10.0, "Gbit", "GB", 1.25),
        ] {
            let target = quantity(1.0, &[(to, 1)]).units;
            assert_eq!(
                quantity(value, &[(from, 1)]).value_in(&target),
                Ok(expected),
                "{value} {from} in {to}"
            );
        }
    }

    #[test]
    fn what_no_float_holds_is_trouble() {
        let huge = quantity(1e300, &[("B", 1)]);
        assert_eq!(huge.clone().multiply(huge, 1).err(), Some(Trouble::TooLarge));
        let tiny = Quantity::number(1e-300);
        assert_eq!(tiny.clone().multiply(tiny.clone(), 1).err(), Some(Trouble::TooSmall));
        assert_eq!(tiny.multiply(Quantity::number(0.0), -1).err(), Some(Trouble::ByZero));
        assert_eq!(Quantity::number(-8.0).power(0.5).err(), Some(Trouble::NegativeBase));
        assert_eq!(quantity(4.0, &[("s", 1)]).power(0.5).err(), Some(Trouble::PartOfUnit));
        assert_eq!(quantity(4.0, &[("s", 2)]).power(0.5).map(|root| root.value), Ok(2.0));
    }
}
