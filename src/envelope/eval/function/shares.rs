//! Availabilities and chances: shares of a whole.

use super::super::super::formula;
use super::super::super::quantity::{Atom, Quantity, Units};
use super::super::super::unit::{self, Kind};
use super::{Call, Fault};

pub(super) fn nines(call: &Call<'_>) -> Result<Quantity, Fault> {
    let count = call.plain(0);
    if count.units.is_none() && !call.arguments[0].1.is_percent() && (2.0..10.0).contains(&count.value) {
        let nines = "9".repeat(count.value as usize);
        let (whole, rest) = nines.split_at(2);
        let point = if rest.is_empty() { "" } else { "." };
        return Err(Fault::new(call.span(0), "nines counts the nines of an availability")
            .help(format!("{} nines are {whole}{point}{rest}%", count.value.floor())));
    }
    let share = call.share(0, "an availability")?;
    call.formula(&[share], formula::nines)
}

pub(super) fn downtime(call: &Call<'_>) -> Result<Quantity, Fault> {
    let up = call.share(0, "an availability")?;
    let period = call.plain(1);
    if !is_time(&period.units) {
        return Err(call.wrong(1, format!("a period is a time, not {}", call.unit(1))));
    }
    let down = call.checked(Quantity::number(1.0).add(up, -1.0))?;
    call.checked(down.multiply(period, 1))
}

pub(super) fn series(call: &Call<'_>) -> Result<Quantity, Fault> {
    call.checked(call.formula(&parts(call)?, formula::series)?.in_percent())
}

pub(super) fn parallel(call: &Call<'_>) -> Result<Quantity, Fault> {
    call.checked(call.formula(&parts(call)?, formula::parallel)?.in_percent())
}

fn parts(call: &Call<'_>) -> Result<Vec<Quantity>, Fault> {
    let part = |at: usize| {
        let count = call.plain(at);
        // `series(99.9%, 30)`: thirty of the same.
        if at > 0 && count.units.is_none() && count.value > 1.0 && count.value.fract() == 0.0 {
            let one = call.plain(0).value * 100.0;
            let many = match call.function.name {
                "series" => format!("{one}%^{}", count.value),
                _ => format!("1 - (1 - {one}%)^{}", count.value),
            };
            return Err(Fault::new(call.span(at), "every value here is the availability of one part")
                .help(format!("for {} equal parts write {many}", count.value)));
        }
        call.share(at, "an availability")
    };
    (0..call.arguments.len()).map(part).collect()
}

pub(super) fn birthday(call: &Call<'_>) -> Result<Quantity, Fault> {
    let mut n = call.plain(0);
    if n.units.0.iter().any(|(atom, power)| !matches!(atom.kind(), Kind::Count(_)) || *power != 1) {
        return Err(call
            .wrong(0, format!("the first value says how many are drawn, and this is in {}", call.unit(0))));
    }
    n.units = Units::none();
    let mut bits = call.plain(1);
    if let ([(atom, 1)], Some(bit)) = (bits.units.0.as_slice(), unit::known("bit"))
        && atom.kind() == Kind::Data
    {
        let one_bit = Quantity::computed(1.0, Units(vec![(Atom::Known(bit), 1)]));
        bits = call.checked(bits.multiply(one_bit, -1))?;
    }
    if !bits.units.is_none() {
        return Err(call.wrong(1, format!("the second value is a length in bits, not {}", call.unit(1))));
    }
    call.checked(call.formula(&[n, bits], formula::birthday)?.in_percent())
}

/// Whether these units are a time and nothing else.
pub(super) fn is_time(units: &Units) -> bool {
    matches!(units.0.as_slice(), [(atom, 1)] if atom.kind() == Kind::Time)
}
