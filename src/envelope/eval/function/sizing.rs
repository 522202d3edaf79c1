//! From averages to peaks, and from loads to machines.

use super::super::super::format::units_of;
use super::super::super::formula;
use super::super::super::quantity::{Quantity, Style, Units};
use super::super::super::unit::{self, Kind};
use super::shares::is_time;
use super::{Call, Fault, trouble};

/// A peak is an average times a factor; the factor may come from the share of a day's load that falls into a
/// part of the day.
pub(super) fn peak(call: &Call<'_>) -> Result<Quantity, Fault> {
    let average = call.plain(0);
    let factor = if call.arguments.len() == 3 { in_window(call)? } else { call.number(1, "the factor")? };
    if factor.value < 1.0 {
        let place =
            if call.arguments.len() == 3 { call.span(1).start..call.span(2).end } else { call.span(1) };
        return Err(Fault::new(place, "this peak is below the average").help(
            "the factor is 1 or more: peak(28.9k reads/s, 3); a share needs its hours: peak(x, 80%, 4 h)",
        ));
    }
    call.checked(average.multiply(factor, 1))
}

/// By how much the load of a day is above its average where a share of it comes within some hours.
fn in_window(call: &Call<'_>) -> Result<Quantity, Fault> {
    let (share, window) = (call.share(1, "the second value")?, call.plain(2));
    let Some(day) = unit::known("day").filter(|_| is_time(&window.units)) else {
        return Err(call.wrong(2, format!("the third value is a part of the day, not {}", call.unit(2))));
    };
    let hours = window.value_in(&units_of(day)).map_err(|kind| trouble(kind, call.span(2)))?;
    if hours <= 0.0 || hours > 1.0 {
        return Err(Fault::new(call.span(2), "this is no part of a day").help("write peak(x, 80%, 4 h)"));
    }
    let whole_day = Quantity::computed(1.0, units_of(day));
    call.checked(whole_day.multiply(window, -1).and_then(|days| days.multiply(share, 1)))
}

/// How many are needed for a load, as horizontal scaling counts: load over what one takes, rounded up.
pub(super) fn replicas(call: &Call<'_>) -> Result<Quantity, Fault> {
    let (load, each) = (call.plain(0), call.plain(1));
    if each.value <= 0.0 {
        return Err(Fault::new(call.span(1), "one of them takes nothing")
            .help(format!("write {}", call.function.example)));
    }
    let mut taken = call.checked(load.clone().multiply(each, -1))?;
    if call.arguments.len() == 3 {
        let busy = call.share(2, "a utilization")?;
        if busy.value == 0.0 {
            return Err(Fault::new(call.span(2), "at 0% nobody does anything")
                .help(format!("write {}", call.function.example)));
        }
        taken = call.checked(taken.multiply(busy, -1))?;
    }
    // What is left over is the thing that is bought: (reads/s) / (reads/s/server). It is no part of the load.
    let fits = match taken.units.0.as_slice() {
        [] => true,
        [(atom, 1)] => matches!(atom.kind(), Kind::Count(_)) && load.units.power_of(atom.kind()) == 0,
        _ => false,
    };
    if !fits {
        let message = format!("a load in {} is not taken by {}", call.unit(0), call.unit(1));
        return Err(call.wrong(1, message));
    }
    if taken.value < 0.0 {
        return Err(Fault::new(call.span(0), "the load is below zero"));
    }
    let samples = taken.map(formula::ceil);
    Ok(Quantity { value: formula::ceil(taken.value), style: Style::Computed, samples, ..taken })
}

/// A percentile of a range, or of several values.
pub(super) fn percentile(call: &Call<'_>) -> Result<Quantity, Fault> {
    let share = call.share(0, "the first value")?;
    if share.samples.is_some() {
        return Err(call.wrong(0, "the share is one number, and this is a range"));
    }
    let first = call.plain(1);
    let result = if call.arguments.len() > 2 {
        of_values(call, share, first.units)?
    } else if let Some(samples) = &first.samples {
        Quantity::computed(formula::quantile(share.value, samples.drawn()), first.units)
    } else {
        return Err(Fault::new(call.span(1), "one number has no percentiles")
            .help("give it several, as in percentile(50%, 3 ms, 5 ms, 80 ms), or a range"));
    };
    if call.arguments[1].1.is_percent() { call.checked(result.in_percent()) } else { Ok(result) }
}

/// A percentile of several values, in these units.
fn of_values(call: &Call<'_>, share: Quantity, units: Units) -> Result<Quantity, Fault> {
    let mut inputs = vec![share];
    for at in 1..call.arguments.len() {
        call.alike(1, at)?;
        let value = call.plain(at).converted(units.clone(), Style::Computed);
        let value = value.map_err(|kind| trouble(kind, call.span(at)))?;
        inputs.push(Quantity { units: Units::none(), ..value });
    }
    Ok(Quantity { units, ..call.formula(&inputs, formula::percentile)? })
}
