//! Queues: Little's law and the mean wait in line.

use super::super::super::formula;
use super::super::super::quantity::{Quantity, Units};
use super::super::super::unit::Kind;
use super::{Call, Fault};

/// What an argument is to a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// Things per time.
    Rate,
    /// A time, or a time per thing.
    Time,
    /// How many there are.
    Number,
}

/// The role of a quantity; nothing for data, money, squares of time.
fn role(quantity: &Quantity) -> Option<Role> {
    let units = &quantity.units;
    let others = units.0.iter().filter(|(atom, _)| atom.kind() != Kind::Time);
    let counts: Vec<i32> =
        others.map(|(atom, power)| if matches!(atom.kind(), Kind::Count(_)) { *power } else { 2 }).collect();
    match (units.power_of(Kind::Time), counts.as_slice()) {
        (-1, [] | [1]) => Some(Role::Rate),
        (1, [] | [-1]) => Some(Role::Time),
        (0, [] | [1]) => Some(Role::Number),
        _ => None,
    }
}

/// L = rate * time (Little 1961), for whichever of the three is not given.
pub(super) fn littles(call: &Call<'_>) -> Result<Quantity, Fault> {
    let (x, y) = (call.plain(0), call.plain(1));
    let result = match (role(&x), role(&y)) {
        (Some(Role::Rate), Some(Role::Time)) | (Some(Role::Time), Some(Role::Rate)) => x.multiply(y, 1),
        (Some(Role::Number), Some(Role::Time)) => return quotient(call, x, y),
        (Some(Role::Time), Some(Role::Number)) => return quotient(call, y, x),
        (Some(Role::Number), Some(Role::Rate)) => return quotient(call, x, y),
        (Some(Role::Rate), Some(Role::Number)) => return quotient(call, y, x),
        (None, _) => return Err(call.wrong(0, odd(call, 0))),
        (_, None) => return Err(call.wrong(1, odd(call, 1))),
        (Some(role), _) => {
            let two = match role {
                Role::Rate => "rates",
                Role::Time => "times",
                Role::Number => "numbers",
            };
            return Err(Fault::new(call.whole.clone(), format!("these are two {two}"))
                .help("give two of the three: a rate (req/s), a time (ms), a number in the system (req)"));
        }
    };
    call.checked(result)
}

/// A number in the system over a time or a rate. Where the counted things do not cancel out, they are two kinds.
fn quotient(call: &Call<'_>, number: Quantity, below: Quantity) -> Result<Quantity, Fault> {
    let rate = role(&below) == Some(Role::Rate);
    let counted = !number.units.is_none();
    let result = call.checked(number.multiply(below, -1))?;
    if !rate {
        return Ok(result);
    }
    if counted && result.units.0.len() > 1 {
        return Err(Fault::new(call.whole.clone(), "the number and the rate count different things")
            .help("count what waits in the unit of the rate, as in littles(10 req, 2k req/s)"));
    }
    Ok(without_counts(result))
}

fn odd(call: &Call<'_>, at: usize) -> String {
    format!("Little's law speaks of a rate, a time and a number, not of {}", call.unit(at))
}

/// The same with the counted things taken off.
fn without_counts(quantity: Quantity) -> Quantity {
    let units = quantity.units.0.into_iter().filter(|(atom, _)| !matches!(atom.kind(), Kind::Count(_)));
    Quantity { units: Units(units.collect()), ..quantity }
}

pub(super) fn mm1_wait(call: &Call<'_>) -> Result<Quantity, Fault> {
    let (load, service) = load_and_service(call)?;
    let factor = call.formula(&[load], formula::mm1_wait)?;
    call.checked(factor.multiply(service, 1))
}

pub(super) fn mmc_wait(call: &Call<'_>) -> Result<Quantity, Fault> {
    let (load, service) = load_and_service(call)?;
    let mut servers = call.plain(2);
    if role(&servers) != Some(Role::Number) {
        return Err(call.wrong(2, format!("the third value is a number of servers, not {}", call.unit(2))));
    }
    servers.units = Units::none();
    // A utilization is that of each server.
    let load =
        if call.plain(0).units.is_none() { call.checked(load.multiply(servers.clone(), 1))? } else { load };
    let factor = call.formula(&[load, servers], formula::mmc_wait)?;
    call.checked(factor.multiply(service, 1))
}

/// The offered load as a plain number, and the service time.
fn load_and_service(call: &Call<'_>) -> Result<(Quantity, Quantity), Fault> {
    let (arrivals, service) = (call.plain(0), call.plain(1));
    let service = match role(&service) {
        Some(Role::Time) => service,
        Some(Role::Rate) if service.value == 0.0 => {
            return Err(Fault::new(call.span(1), "nothing is served at this rate"));
        }
        Some(Role::Rate) => call.checked(Quantity::number(1.0).multiply(service, -1))?,
        _ => {
            let message = format!("the service is a time or a rate, not {}", call.unit(1));
            return Err(call.wrong(1, message));
        }
    };
    if arrivals.units.is_none() {
        return Ok((call.share(0, "a utilization")?, without_counts(service)));
    }
    if role(&arrivals) != Some(Role::Rate) {
        return Err(call.wrong(0, format!("arrivals are a rate or a utilization, not {}", call.unit(0))));
    }
    let per_thing = service.units.0.len() > 1;
    let load = call.checked(arrivals.multiply(service.clone(), 1))?;
    if per_thing && !load.units.is_none() {
        return Err(Fault::new(
            call.span(1),
            format!("{} arrive, and something else is served", call.unit(0)),
        )
        .help("count both in one unit, as in mm1_wait(900 req/s, 1k req/s)"));
    }
    Ok((without_counts(load), without_counts(service)))
}
