//! The functions that an estimator needs, and what they take.

use std::ops::Range;

use super::super::fault::{Fault, quoted};
use super::super::format;
use super::super::parse::Expr;
use super::super::quantity::{Quantity, Style, Trouble};
use super::{Evaluator, blame, trouble};
use crate::envelope::parse::Operator;

/// What a function does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Function {
    Round,
    Floor,
    Ceil,
    Max,
    Min,
    Log2,
    Log10,
    Ln,
    Sqrt,
    Abs,
}

const FUNCTIONS: [(&str, Function); 10] = [
    ("round", Function::Round),
    ("floor", Function::Floor),
    ("ceil", Function::Ceil),
    ("max", Function::Max),
    ("min", Function::Min),
    ("log2", Function::Log2),
    ("log10", Function::Log10),
    ("ln", Function::Ln),
    ("sqrt", Function::Sqrt),
    ("abs", Function::Abs),
];

/// The names of all functions.
pub(in crate::envelope) fn functions() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().map(|(name, _)| *name)
}

/// Whether there is a function of that name.
pub(in crate::envelope) fn is_function(name: &str) -> bool {
    functions().any(|known| known == name)
}

/// Whether that function takes one argument and no more.
pub(in crate::envelope) fn takes_one(name: &str) -> bool {
    is_function(name) && !matches!(name, "max" | "min")
}

impl Evaluator<'_> {
    /// The value of `name(arguments)`.
    pub(super) fn call(
        &self,
        name: &str,
        span: Range<usize>,
        arguments: &[Expr],
        whole: &Range<usize>,
    ) -> Result<Quantity, Fault> {
        let Some((_, function)) = FUNCTIONS.iter().find(|(known, _)| *known == name) else {
            return Err(blame::unknown_function(name, span));
        };
        if matches!(function, Function::Max | Function::Min) {
            return self.extreme(*function, arguments, whole);
        }
        let [argument] = arguments else {
            let count = arguments.len();
            return Err(Fault::new(whole.clone(), format!("{name} takes one value, not {count}"))
                .help(format!("write {name}(x)")));
        };
        let quantity = self.value(argument)?;
        match function {
            Function::Abs => Ok(Quantity { value: quantity.value.abs(), ..quantity }),
            Function::Sqrt => square_root(quantity, argument),
            Function::Log2 | Function::Log10 | Function::Ln => {
                logarithm(*function, &quantity.plain(), name, argument)
            }
            _ => whole_number(*function, quantity, name, argument),
        }
    }

    /// The largest or smallest argument, as it stands.
    fn extreme(
        &self,
        function: Function,
        arguments: &[Expr],
        whole: &Range<usize>,
    ) -> Result<Quantity, Fault> {
        let Some((first, others)) = arguments.split_first() else {
            return Err(Fault::new(whole.clone(), "there is nothing to compare").help("write max(a, b)"));
        };
        let mut best = self.value(first)?.plain();
        for argument in others {
            let quantity = self.value(argument)?.plain();
            if !quantity.units.same_dimension(&best.units) {
                return Err(blame::unlike(Operator::Of, (first, &best), (argument, &quantity), self.scope));
            }
            let value =
                quantity.value_in(&best.units).map_err(|kind| trouble(kind, argument.span.clone()))?;
            if (function == Function::Max) == (value > best.value) && value != best.value {
                best = quantity;
            }
        }
        Ok(Quantity { style: Style::Computed, ..best })
    }
}

fn square_root(quantity: Quantity, argument: &Expr) -> Result<Quantity, Fault> {
    let root = quantity.plain();
    if root.value < 0.0 {
        return Err(Fault::new(
            argument.span.clone(),
            "a negative number has no square root among the real numbers",
        ));
    }
    // `powf(0.5)` rounds the units' powers as wanted; the value comes from `sqrt`, which is exact.
    let value = root.value.sqrt();
    let units = root.power(0.5).map_err(|kind| trouble(kind, argument.span.clone()))?.units;
    Ok(Quantity::computed(value, units))
}

fn logarithm(
    function: Function,
    quantity: &Quantity,
    name: &str,
    argument: &Expr,
) -> Result<Quantity, Fault> {
    let span = argument.span.clone();
    if !quantity.units.is_none() {
        let unit = format::unit(&quantity.units, false);
        return Err(Fault::new(span, format!("{name} takes a plain number, not {unit}"))
            .help(format!("divide the unit away: {name}(x / 1 {})", format::unit(&quantity.units, true))));
    }
    if quantity.value <= 0.0 {
        return Err(Fault::new(span, format!("{name} takes a number above zero")));
    }
    Ok(Quantity::number(match function {
        Function::Log2 => quantity.value.log2(),
        Function::Log10 => quantity.value.log10(),
        _ => quantity.value.ln(),
    }))
}

/// `round`, `floor` and `ceil`. A value within 1e-12 of a whole number, relative, counts as that number: the
/// error of a dozen operations must not buy another machine (`ceil(1.1 * 10)` is 11).
fn whole_number(
    function: Function,
    quantity: Quantity,
    name: &str,
    argument: &Expr,
) -> Result<Quantity, Fault> {
    if matches!(quantity.style, Style::Computed | Style::Parts(_)) && !quantity.units.is_countable() {
        let unit = format::unit(&quantity.units, false);
        return Err(Fault::new(
            argument.span.clone(),
            format!("{name} to whole what? This is in {}", quoted(&unit)),
        )
        .help(format!("name the unit: {name}(x in {unit})")));
    }
    let nearest = quantity.value.round();
    let whole = if (quantity.value - nearest).abs() <= 1e-12 * quantity.value.abs() {
        nearest
    } else {
        match function {
            Function::Floor => quantity.value.floor(),
            Function::Ceil => quantity.value.ceil(),
            _ => nearest,
        }
    };
    if !whole.is_finite() {
        return Err(trouble(Trouble::TooLarge, argument.span.clone()));
    }
    Ok(Quantity { value: whole + 0.0, ..quantity })
}
