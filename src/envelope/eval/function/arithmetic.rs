//! Rounding, comparing, roots and logarithms.

use super::super::super::formula;
use super::super::super::quantity::{Quantity, Style, Trouble};
use super::{Call, Fault, format, quoted, trouble};

pub(super) fn abs(call: &Call<'_>) -> Result<Quantity, Fault> {
    let (_, quantity) = &call.arguments[0];
    Ok(Quantity { value: quantity.value.abs(), ..quantity.clone() })
}

pub(super) fn max(call: &Call<'_>) -> Result<Quantity, Fault> {
    extreme(call, |value, best| value > best)
}

pub(super) fn min(call: &Call<'_>) -> Result<Quantity, Fault> {
    extreme(call, |value, best| value < best)
}

/// The argument that wins against all others, as it stands.
fn extreme(call: &Call<'_>, wins: fn(f64, f64) -> bool) -> Result<Quantity, Fault> {
    let mut best = call.plain(0);
    for at in 1..call.arguments.len() {
        call.alike(0, at)?;
        let quantity = call.plain(at);
        let value = quantity.value_in(&best.units).map_err(|kind| trouble(kind, call.span(at)))?;
        if wins(value, best.value) {
            best = quantity;
        }
    }
    Ok(Quantity { style: Style::Computed, ..best })
}

pub(super) fn square_root(call: &Call<'_>) -> Result<Quantity, Fault> {
    let root = call.plain(0);
    if root.value < 0.0 {
        return Err(Fault::new(call.span(0), "a negative number has no square root among the real numbers"));
    }
    // `powf(0.5)` rounds the units' powers as wanted; the value comes from `sqrt`, which is exact.
    let value = root.value.sqrt();
    let units = root.power(0.5).map_err(|kind| trouble(kind, call.span(0)))?.units;
    Ok(Quantity::computed(value, units))
}

pub(super) fn log2(call: &Call<'_>) -> Result<Quantity, Fault> {
    logarithm(call, f64::log2)
}

pub(super) fn log10(call: &Call<'_>) -> Result<Quantity, Fault> {
    logarithm(call, f64::log10)
}

pub(super) fn ln(call: &Call<'_>) -> Result<Quantity, Fault> {
    logarithm(call, f64::ln)
}

fn logarithm(call: &Call<'_>, logarithm: fn(f64) -> f64) -> Result<Quantity, Fault> {
    let quantity = without_unit(call)?;
    if quantity.value <= 0.0 {
        return Err(call.wrong(0, format!("{} takes a number above zero", call.function.name)));
    }
    Ok(Quantity::number(logarithm(quantity.value)))
}

pub(super) fn exp(call: &Call<'_>) -> Result<Quantity, Fault> {
    let value = without_unit(call)?.value.exp();
    match value {
        _ if !value.is_finite() => Err(trouble(Trouble::TooLarge, call.whole.clone())),
        0.0 => Err(trouble(Trouble::TooSmall, call.whole.clone())),
        _ => Ok(Quantity::number(value)),
    }
}

fn without_unit(call: &Call<'_>) -> Result<Quantity, Fault> {
    let quantity = call.plain(0);
    if quantity.units.is_none() {
        return Ok(quantity);
    }
    let (name, unit) = (call.function.name, format::unit(&quantity.units, false));
    Err(Fault::new(call.span(0), format!("{name} takes a plain number, not {unit}"))
        .help(format!("divide the unit away: {name}(x / 1 {})", format::unit(&quantity.units, true))))
}

pub(super) fn round(call: &Call<'_>) -> Result<Quantity, Fault> {
    whole_number(call, f64::round)
}

/// A value within 1e-12 of a whole number, relative, counts as that number: see [`formula::ceil`].
pub(super) fn floor(call: &Call<'_>) -> Result<Quantity, Fault> {
    whole_number(call, |value| -formula::ceil(-value))
}

pub(super) fn ceil(call: &Call<'_>) -> Result<Quantity, Fault> {
    whole_number(call, formula::ceil)
}

fn whole_number(call: &Call<'_>, whole: fn(f64) -> f64) -> Result<Quantity, Fault> {
    let (_, quantity) = &call.arguments[0];
    if matches!(quantity.style, Style::Computed | Style::Parts(_)) && !quantity.units.is_countable() {
        let (name, unit) = (call.function.name, format::unit(&quantity.units, false));
        return Err(Fault::new(call.span(0), format!("{name} to whole what? This is in {}", quoted(&unit)))
            .help(format!("name the unit: {name}(x in {unit})")));
    }
    let value = whole(quantity.value);
    if !value.is_finite() {
        return Err(trouble(Trouble::TooLarge, call.span(0)));
    }
    // Adding zero takes the sign from a zero.
    Ok(Quantity { value: value + 0.0, ..quantity.clone() })
}
