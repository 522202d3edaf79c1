//! Functions of ranges: what is written for one number is applied to every sample.
//!
//! A function is first called with every range at its median. That decides the unit and the style, and finds what is
//! wrong with the call itself. Then it is called for the samples. The common functions have a short form that
//! works on numbers alone; it is taken where it gives the same as the function itself at the medians.

use std::ops::Range;

use super::super::fault::Fault;
use super::super::parse::{Expr, Literal, Node};
use super::super::quantity::{Quantity, Style};
use super::super::samples::{COUNT, Samples};
use super::range::{named, share_of_samples};
use super::{Evaluator, function, trouble};

/// What a call of an arbitrary function for each sample costs, in passes over all samples.
const CALL_COST: u64 = 200;

/// An argument that is a range: which one, and its value.
type Ranged = (usize, Quantity);

impl Evaluator<'_> {
    /// `name(arguments)`, where the arguments may be ranges.
    pub(super) fn lifted_call(
        &self,
        name: &str,
        span: Range<usize>,
        arguments: &[Expr],
        whole: &Range<usize>,
    ) -> Result<Quantity, Fault> {
        if function::lifts(name) || !arguments.iter().any(|argument| self.is_ranged(argument)) {
            return self.call(name, span, arguments, whole);
        }
        let (arguments, ranged) = self.settled(arguments)?;
        let medians = Evaluator { at_medians: true, ..*self };
        let call = |arguments: &[Expr]| medians.call(name, span.clone(), arguments, whole);
        let point = call(&arguments)?;
        if ranged.is_empty() {
            return Ok(point);
        }
        self.spend_passes(1, whole)?;
        let samples = match medians.short(name, &arguments, &ranged, &point) {
            Some(samples) => samples,
            None => self.each(&arguments, &ranged, &point, whole, &call)?,
        };
        Ok(Quantity { samples: Some(samples), ..point })
    }

    /// `n!` of what may be a range.
    pub(super) fn lifted_factorial(&self, inner: &Expr) -> Result<Quantity, Fault> {
        let value = self.value(inner)?;
        let median = Quantity { samples: None, ..value.clone() };
        let point = Self::factorial(inner, median.clone())?;
        if value.samples.is_none() {
            return Ok(point);
        }
        let call = |arguments: &[Expr]| match &arguments[0].node {
            Node::Literal(literal) => Self::factorial(&arguments[0], literal.quantity.clone()),
            _ => Ok(point.clone()),
        };
        let arguments = [literal(median, inner)];
        let samples = self.each(&arguments, &[(0, value)], &point, &inner.span, &call)?;
        Ok(Quantity { samples: Some(samples), ..point })
    }

    /// Whether a part of a line may be a range: it holds one, or a name that stands for one.
    fn is_ranged(&self, expr: &Expr) -> bool {
        let mut pending = vec![expr];
        while let Some(expr) = pending.pop() {
            match &expr.node {
                Node::Range(..) => return true,
                Node::Name(name) => {
                    let value = self.values.get(name).and_then(Option::as_ref);
                    if value.is_some_and(|value| value.samples.is_some()) {
                        return true;
                    }
                }
                Node::Literal(literal) if literal.quantity.samples.is_some() => return true,
                Node::Literal(_) => {}
                Node::Negative(inner) | Node::Factorial(inner) | Node::Convert(inner, _) => {
                    pending.push(inner);
                }
                Node::Binary(_, left, right) => pending.extend([&**left, &**right]),
                Node::Call(_, _, arguments) => pending.extend(arguments),
            }
        }
        false
    }

    /// The arguments with everything worked out that is not a name or a number already, and the ranges among them.
    /// So nothing is worked out twice.
    fn settled(&self, arguments: &[Expr]) -> Result<(Vec<Expr>, Vec<Ranged>), Fault> {
        let mut settled = Vec::with_capacity(arguments.len());
        let mut ranged = Vec::new();
        for (index, argument) in arguments.iter().enumerate() {
            let known = matches!(argument.node, Node::Name(_) | Node::Literal(_));
            if known && !self.is_ranged(argument) {
                settled.push(argument.clone());
                continue;
            }
            let value = self.value(argument)?;
            let median = Quantity { samples: None, ..value.clone() };
            let named = matches!(argument.node, Node::Name(_));
            settled.push(if named { argument.clone() } else { literal(median, argument) });
            if value.samples.is_some() {
                ranged.push((index, value));
            }
        }
        Ok((settled, ranged))
    }

    /// The function called for each cell. The values come in the unit of `point`.
    fn each(
        &self,
        arguments: &[Expr],
        ranged: &[Ranged],
        point: &Quantity,
        whole: &Range<usize>,
        call: &dyn Fn(&[Expr]) -> Result<Quantity, Fault>,
    ) -> Result<Samples, Fault> {
        self.spend_passes(CALL_COST, whole)?;
        let sources: Vec<&Samples> = ranged.iter().filter_map(|(_, value)| value.samples.as_ref()).collect();
        let length = sources.iter().map(|samples| samples.cells().len()).max().unwrap_or(COUNT);
        let mut filled = arguments.to_vec();
        for (index, value) in ranged {
            filled[*index] = literal(Quantity { samples: None, ..value.clone() }, &arguments[*index]);
        }
        let mut cells = Vec::with_capacity(length);
        let (mut refused, mut first) = (0, None);
        for cell in 0..length {
            for ((index, value), samples) in ranged.iter().zip(&sources) {
                if let Node::Literal(literal) = &mut filled[*index].node {
                    literal.quantity.value = samples.cells().get(cell).copied().unwrap_or(value.value);
                }
            }
            match call(&filled) {
                Ok(result) => {
                    let result = if point.is_percent() { result } else { result.plain() };
                    let value = result.value_in(&point.units).map_err(|kind| trouble(kind, whole.clone()))?;
                    cells.push(value);
                }
                Err(fault) => {
                    refused += usize::from(cell < COUNT);
                    first = first.or(Some(fault));
                    cells.push(f64::NAN);
                }
            }
        }
        match first {
            None => Ok(Samples::computed(cells, &sources)),
            Some(fault) => Err(partly(fault, refused as f64 / COUNT as f64, ranged, arguments)),
        }
    }

    /// The samples of a common function by its short form; nothing where there is none or it does not apply.
    fn short(&self, name: &str, arguments: &[Expr], ranged: &[Ranged], point: &Quantity) -> Option<Samples> {
        let value = |index: usize| match ranged.iter().find(|(held, _)| *held == index) {
            Some((_, value)) => Some(value.clone()),
            None => self.value(&arguments[index]).ok(),
        };
        let samples = if arguments.len() == 1 {
            let argument = value(0)?;
            let argument = if point.is_percent() { argument } else { argument.plain() };
            let (at_medians, samples) = short_form(name, &argument)?;
            (at_medians == point.value).then_some(samples)?
        } else {
            if !matches!(name, "max" | "min") || point.is_percent() {
                return None;
            }
            let here = |index| value(index)?.plain().converted(point.units.clone(), Style::Computed).ok();
            let mut best = here(0)?;
            for index in 1..arguments.len() {
                let other = here(index)?;
                best = if name == "max" {
                    best.with(&other, |a, b| if b > a { b } else { a })
                } else {
                    best.with(&other, |a, b| if b < a { b } else { a })
                };
            }
            (best.value == point.value).then_some(best.samples)?
        };
        samples.filter(Samples::is_finite)
    }
}

/// Applies a function to a quantity's number and its samples; nothing where it has no short form.
fn short_form(name: &str, argument: &Quantity) -> Option<(f64, Option<Samples>)> {
    fn apply(argument: &Quantity, function: impl Fn(f64) -> f64) -> Option<(f64, Option<Samples>)> {
        Some((function(argument.value), argument.map(&function)))
    }
    // Outside of its domain nothing, so that the function itself is asked for its fault.
    fn above_zero(argument: &Quantity, function: impl Fn(f64) -> f64) -> Option<(f64, Option<Samples>)> {
        apply(argument, |value| if value > 0.0 { function(value) } else { f64::NAN })
    }
    match name {
        "abs" => apply(argument, f64::abs),
        "sqrt" => apply(argument, f64::sqrt),
        "round" => apply(argument, |value| whole(value, nearest)),
        "floor" => apply(argument, |value| whole(value, below)),
        "ceil" => apply(argument, |value| whole(value, |value| -below(-value))),
        "ln" => above_zero(argument, f64::ln),
        "log2" => above_zero(argument, f64::log2),
        "log10" => above_zero(argument, f64::log10),
        _ => None,
    }
}

/// As the functions themselves: what is within 1e-12 of a whole number is that number.
fn whole(value: f64, function: impl Fn(f64) -> f64) -> f64 {
    let even = nearest_even(value);
    let near = (value - even).abs() <= 1e-12 * value.abs();
    (if near { even } else { function(value) }) + 0.0
}

/// The nearest whole number, of two the even one. A number from 2^52 on is whole, and a sum with it is rounded so.
/// The functions of the standard library are calls, which are slow for thousands of samples.
fn nearest_even(value: f64) -> f64 {
    const WHOLE: f64 = 4_503_599_627_370_496.0;
    let size = value.abs();
    let rounded = if size < WHOLE { (size + WHOLE) - WHOLE } else { size };
    rounded.copysign(value)
}

/// The nearest whole number, of two the one farther from zero.
fn nearest(value: f64) -> f64 {
    let even = nearest_even(value);
    if (value - even).abs() == 0.5 { value + 0.5_f64.copysign(value) } else { even }
}

/// The largest whole number that is not larger.
fn below(value: f64) -> f64 {
    let even = nearest_even(value);
    if even > value { even - 1.0 } else { even }
}

/// A value in the place of an expression.
pub(super) fn literal(quantity: Quantity, expr: &Expr) -> Expr {
    Expr {
        node: Node::Literal(Literal { quantity, resolution: 0.0, cancelled: 1.0 }),
        span: expr.span.clone(),
    }
}

/// What a function said of some samples, with the share of them.
fn partly(fault: Fault, share: f64, ranged: &[Ranged], arguments: &[Expr]) -> Fault {
    let whose = match ranged {
        [(index, _)] => named(&arguments[*index]),
        _ => "this".to_string(),
    };
    let message = format!("{}, and {whose} breaks that in {}", fault.message, share_of_samples(share));
    Fault { message, ..fault }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_those_of_the_standard_library() {
        let mut values: Vec<f64> = (-40..=40).map(|quarter| f64::from(quarter) / 4.0).collect();
        values.extend([
            0.499_999_999_999_999_94,
            1e15 + 0.5,
            4_503_599_627_370_495.5,
            9e15,
            1e300,
            -1e16,
            1e-300,
        ]);
        for value in values {
            assert_eq!(nearest(value), value.round(), "round {value}");
            assert_eq!(below(value), value.floor(), "floor {value}");
            assert_eq!(-below(-value), value.ceil(), "ceil {value}");
        }
    }
}
