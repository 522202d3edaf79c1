//! From a tree to a value: the arithmetic, and what to say where there is none.
//!
//! Everything that is wrong with units is found here, for only here both sides are known. A message names the
//! two units and, where they have names, the lines they come from; the help looks at what is left over
//! between the two and says what would take it away.

pub(super) mod blame;
mod function;
mod lift;
mod range;
mod trace;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;

pub use function::{Function, functions};
pub(super) use function::{is_function, takes_one, takes_period};
pub(super) use trace::steps;

use super::constant::{self, Constant};
use super::fault::{Fault, quoted};
use super::input::Inputs;
use super::parse::{self, Expr, Form, Node, Operator, Scope, Target};
use super::quantity::{MOST_POWER, Quantity, Style, Trouble};
use super::{format, lex};

/// What the names of a sheet stand for; nothing where the line that defines one is broken.
pub(super) type Values = BTreeMap<String, Option<Quantity>>;

/// The value of a tree.
pub(super) fn evaluate(
    expr: &Expr,
    scope: &Scope,
    values: &Values,
    inputs: &RefCell<Inputs>,
) -> Result<Quantity, Fault> {
    let evaluator = Evaluator { scope, values, inputs, at_medians: false };
    let value = match &expr.node {
        Node::Range(..) => evaluator.range(expr, true),
        Node::Convert(inner, target) if matches!(inner.node, Node::Range(..)) => {
            evaluator.converted(evaluator.range(inner, true)?, inner, target)
        }
        _ => evaluator.value(expr),
    }?;
    if let Some(samples) = &value.samples {
        // What it takes to show them: percentiles, and a share of the variance for each input.
        evaluator.spend_passes(10 + 2 * samples.inputs().len() as u64, &expr.span)?;
    }
    Ok(value)
}

struct Evaluator<'a> {
    scope: &'a Scope,
    values: &'a Values,
    inputs: &'a RefCell<Inputs>,
    /// Names stand for their medians alone, without samples.
    at_medians: bool,
}

impl Evaluator<'_> {
    fn value(&self, expr: &Expr) -> Result<Quantity, Fault> {
        match &expr.node {
            Node::Literal(literal) => match literal.quantity.value {
                // `7e-307%` per something is a hundredth of what was written.
                value if value.is_subnormal() => Err(trouble(Trouble::TooSmall, expr.span.clone())),
                value if value.is_finite() => Ok(literal.quantity.clone()),
                _ => Err(trouble(Trouble::TooLarge, expr.span.clone())),
            },
            Node::Name(name) => self.named(name, expr.span.clone()),
            Node::Negative(inner) => Ok(self.value(inner)?.negative()),
            Node::Binary(..) => self.chain(expr),
            Node::Factorial(inner) => self.lifted_factorial(inner),
            Node::Call(name, span, arguments) => self.lifted_call(name, span.clone(), arguments, &expr.span),
            Node::Convert(inner, target) => self.converted(self.value(inner)?, inner, target),
            Node::Range(..) => self.range(expr, false),
        }
    }

    /// A chain of operators that leans to the left, walked in a loop: a line of a thousand terms is a thousand deep.
    fn chain(&self, expr: &Expr) -> Result<Quantity, Fault> {
        let mut pending = Vec::new();
        let mut first = expr;
        while let Node::Binary(operator, left, right) = &first.node {
            pending.push((*operator, left, right));
            first = left;
        }
        let mut result = self.value(first)?;
        for (operator, left, right) in pending.into_iter().rev() {
            let other = self.value(right)?;
            result = self.operate(operator, (left, result), (right, other))?;
        }
        Ok(result)
    }

    fn operate(
        &self,
        operator: Operator,
        (left_expr, left): (&Expr, Quantity),
        (right_expr, right): (&Expr, Quantity),
    ) -> Result<Quantity, Fault> {
        let whole = left_expr.span.start..right_expr.span.end;
        self.spend(&[&left, &right], 1, &whole)?;
        let result = match operator {
            Operator::Add | Operator::Subtract => {
                if right.is_percent()
                    && !left.is_percent()
                    && !(left.units.is_none() && left.value == 1.0 && left.samples.is_none())
                {
                    return Err(blame::percent_of_what(operator, right.value, right_expr.span.clone()));
                }
                if !left.units.same_dimension(&right.units) {
                    return Err(self.unlike(operator, (left_expr, &left), (right_expr, &right)));
                }
                left.add(&right, if operator == Operator::Add { 1.0 } else { -1.0 })
            }
            Operator::Multiply => left.multiply(right, 1),
            Operator::Of if !left.units.is_none() => {
                let unit = format::unit(&left.units, false);
                return Err(Fault::new(left_expr.span.clone(), format!("{unit} are no share of anything"))
                    .help("before 'of' stands a share, as in 20% of x; to multiply write '*'"));
            }
            Operator::Of => left.multiply(right, 1),
            Operator::Divide if right.value == 0.0 && right.samples.is_none() => {
                return Err(by_zero(right_expr.span.clone()));
            }
            Operator::Divide => {
                self.no_zero(&right, right_expr)?;
                left.multiply(right, -1)
            }
            Operator::Power if !right.units.is_none() => {
                let unit = format::unit(&right.units, false);
                return Err(Fault::new(
                    right_expr.span.clone(),
                    format!("an exponent is a plain number, not {unit}"),
                ));
            }
            Operator::Power => {
                let exponent = right.plain();
                self.has_power(&left, left_expr, &exponent)?;
                left.raised(&exponent)
            }
        };
        result.map_err(|kind| trouble(kind, whole))
    }

    fn named(&self, name: &str, span: Range<usize>) -> Result<Quantity, Fault> {
        match self.values.get(name) {
            Some(Some(quantity)) if self.at_medians => Ok(Quantity { samples: None, ..quantity.clone() }),
            Some(Some(quantity)) => Ok(quantity.clone()),
            Some(None) => {
                let line = self.scope.names.get(name).copied().unwrap_or_default();
                Err(Fault::new(span, format!("{} has no value: line {line} has an error", quoted(name)))
                    .help(format!("mend line {line} first")))
            }
            None if self.scope.below.contains_key(name) => Err(blame::unknown_name(name, span, self.scope)),
            None => match constant::find(name) {
                Some(constant) => self.constant(constant),
                None => Err(blame::unknown_name(name, span, self.scope)),
            },
        }
    }

    /// The value of a constant, read as it is written.
    fn constant(&self, constant: &Constant) -> Result<Quantity, Fault> {
        let tokens = lex::tokens(constant.value)?;
        self.value(&parse::parse(&tokens, &Scope::default())?.expr)
    }

    fn factorial(inner: &Expr, quantity: Quantity) -> Result<Quantity, Fault> {
        let quantity = quantity.plain();
        let n = quantity.value;
        if !quantity.units.is_none() || n.fract() != 0.0 || !(0.0..=170.0).contains(&n) {
            let fault = Fault::new(inner.span.clone(), "a factorial takes a whole number from 0 to 170");
            return Err(fault.help("170! is the largest that a floating-point number holds"));
        }
        Ok(Quantity::number((1..=n as u32).map(f64::from).product()))
    }

    fn converted(&self, quantity: Quantity, inner: &Expr, target: &Target) -> Result<Quantity, Fault> {
        let whole = inner.span.start..target.span.end;
        self.spend(&[&quantity], 1, &whole)?;
        let too_far = |kind| trouble(kind, whole);
        match &target.form {
            Form::Percent => {
                if !quantity.units.is_none() {
                    let unit = format::unit(&quantity.units, false);
                    return Err(Fault::new(
                        target.span.clone(),
                        format!("{unit} cannot be shown in percent"),
                    )
                    .help("percent is for plain numbers; divide by the whole first"));
                }
                quantity.in_percent().map_err(too_far)
            }
            Form::Unit(units, scale) => {
                let quantity = quantity.plain();
                if !quantity.units.same_dimension(units) {
                    return Err(blame::no_conversion(&quantity, units, target.span.clone()));
                }
                // The words of the question are the words of the answer.
                quantity.converted(units.clone(), Style::Asked(*scale)).map_err(too_far)
            }
            Form::Parts(parts) => {
                let units = format::units_of(parts[0]);
                if !quantity.units.same_dimension(&units) {
                    return Err(blame::no_conversion(&quantity, &units, target.span.clone()));
                }
                quantity.converted(units, Style::Parts(parts.clone())).map_err(too_far)
            }
        }
    }

    fn unlike(&self, operator: Operator, left: (&Expr, &Quantity), right: (&Expr, &Quantity)) -> Fault {
        blame::unlike(operator, left, right, self.scope)
    }
}

fn by_zero(span: Range<usize>) -> Fault {
    Fault::new(span, "this divides by zero").help("what stands below the stroke comes to 0")
}

/// What to say where arithmetic finds no number.
fn trouble(kind: Trouble, span: Range<usize>) -> Fault {
    match kind {
        Trouble::TooLarge => Fault::new(span, "the result is too large").help("numbers go up to about 1e308"),
        Trouble::TooSmall => {
            Fault::new(span, "the result is too near to zero").help("numbers go down to about 1e-300")
        }
        Trouble::ByZero => by_zero(span),
        Trouble::Power => Fault::new(span, format!("a unit comes out to a power beyond {MOST_POWER}"))
            .help("divide units away before, as in x / 1 GB"),
        Trouble::PartOfUnit => Fault::new(span, "this would leave a broken power of a unit")
            .help("take roots of plain numbers, or of squares such as s^2"),
        Trouble::NegativeBase => {
            Fault::new(span, "a negative number has no such power among the real numbers")
        }
        Trouble::LargeSamples => {
            Fault::new(span, "this becomes too large within the ranges that it depends on")
                .help("numbers go up to about 1e308; narrow the ranges")
        }
        Trouble::UndefinedSamples => {
            Fault::new(span, "this has no value in a part of the ranges that it depends on")
        }
    }
}
