//! Faults about names and units: what does not fit, and what would make it fit.

use std::ops::Range;

use super::super::constant;
use super::super::fault::{Fault, quoted};
use super::super::format;
use super::super::noun;
use super::super::parse::{Expr, Node, Operator, Scope};
use super::super::quantity::{Quantity, Units};
use super::super::unit::{self, Kind};
use super::function::{functions, is_function};

/// `a + b` (or the arguments of `max`, by [`Operator::Of`]) where the two are not of one kind.
pub(super) fn unlike(
    operator: Operator,
    left: (&Expr, &Quantity),
    right: (&Expr, &Quantity),
    scope: &Scope,
) -> Fault {
    let (first, second) = (described(left), described(right));
    let message = match operator {
        Operator::Add => format!("cannot add {second} to {first}"),
        Operator::Subtract => format!("cannot subtract {second} from {first}"),
        _ => format!("cannot compare {second} with {first}"),
    };
    let (from, to) = (&right.1.units, &left.1.units);
    let meant = (operator == Operator::Subtract).then(|| meant_as_range(left, right)).flatten();
    let advice = meant.or_else(|| apart(from, to)).or_else(|| over_time(from, to));
    let mut advice = advice.unwrap_or_else(|| match operator {
        Operator::Of => "only like things compare".to_string(),
        _ => "only like things add up".to_string(),
    });
    let mut names = Vec::new();
    names_in(left.0, &mut names);
    names_in(right.0, &mut names);
    let places: Vec<String> = names
        .into_iter()
        .filter_map(|name| Some(format!("'{name}' is on line {}", scope.names.get(name)?)))
        .collect();
    if !places.is_empty() {
        advice = format!("{}; {advice}", places.join(", "));
    }
    Fault::new(right.0.span.clone(), message).help(advice)
}

/// `10M-50M users`: two written numbers of which only the second has a unit are the ends of a range.
fn meant_as_range(left: (&Expr, &Quantity), right: (&Expr, &Quantity)) -> Option<String> {
    let written = |expr: &Expr| matches!(expr.node, Node::Literal(_));
    let range = written(left.0) && written(right.0) && left.1.units.is_none() && left.1.value < right.1.value;
    range.then(|| format!("for a range write {} to {}", format::text(left.1), format::text(right.1)))
}

/// The names in an expression, each once, up to four.
fn names_in<'a>(expr: &'a Expr, names: &mut Vec<&'a str>) {
    match &expr.node {
        Node::Name(name) if names.len() < 4 && !names.contains(&name.as_str()) => names.push(name),
        Node::Negative(inner) | Node::Factorial(inner) | Node::Convert(inner, _) => names_in(inner, names),
        Node::Call(_, _, arguments) => arguments.iter().for_each(|argument| names_in(argument, names)),
        Node::Binary(..) => {
            // A long sum leans to the left as deep as it is long, so its left side is walked in a loop.
            let (mut left, mut rights) = (expr, Vec::new());
            while let Node::Binary(_, next, right) = &left.node {
                rights.push(right);
                left = next;
            }
            names_in(left, names);
            rights.iter().rev().for_each(|right| names_in(right, names));
        }
        _ => {}
    }
}

/// `x in unit` where the two are not of one kind.
pub(super) fn no_conversion(quantity: &Quantity, to: &Units, span: Range<usize>) -> Fault {
    let from = &quantity.units;
    let message = format!("{} cannot be shown in {}", unit_or_number(quantity), format::unit(to, false));
    let message =
        if to.is_none() { format!("{} is no plain number", unit_or_number(quantity)) } else { message };
    if let [(atom, 1)] = to.0.as_slice() {
        let many = format::atom(atom, true);
        if is_function(&many) {
            return Fault::new(span, message).help(format!("{many} is a function: {many}(...)"));
        }
    }
    Fault::new(span, message).help(if to.is_none() {
        format!("divide by 1 {}", format::unit(from, true))
    } else {
        apart(from, to).unwrap_or_else(|| left_over(from, to))
    })
}

/// `100 + 5%`, which can be 105 or 100.05.
pub(super) fn percent_of_what(operator: Operator, percent: f64, span: Range<usize>) -> Fault {
    let (sign, whole) = match operator {
        Operator::Add => ('+', 100.0 + percent),
        _ => ('-', 100.0 - percent),
    };
    Fault::new(span, format!("{percent}% of what?"))
        .help(format!("write x * {whole}% for that share of x itself, or x {sign} {percent}% of y"))
}

/// A word that stands as a name and is none.
pub(super) fn unknown_name(name: &str, span: Range<usize>, scope: &Scope) -> Fault {
    let quote = quoted(name);
    if let Some(line) = scope.below.get(name) {
        return Fault::new(span, format!("{quote} is defined further down, on line {line}"))
            .help("a line can use the lines above it; move that one up");
    }
    if is_function(name) {
        return Fault::new(span, format!("{quote} is a function")).help(format!("write {name}(...)"));
    }
    if unit::scale(name).is_some() {
        return Fault::new(span, format!("{quote} stands straight after a number"))
            .help(format!("write 1 {name}"));
    }
    let constants = constant::constants().map(|constant| constant.name);
    if let Some(digits) = in_digits(name) {
        return Fault::new(span, format!("there is no name {quote} here")).help(format!("write {digits}"));
    }
    let near = nearest(name, scope.names.keys().map(String::as_str).chain(constants));
    let counted = scope.counted.contains(&noun::key(name));
    if near.is_none() && (unit::is_built_in(name) || counted) {
        return Fault::new(span, format!("{quote} is a unit, but here stands a name"))
            .help(format!("a unit stands straight after a number: 1 {name}"));
    }
    let fault = Fault::new(span, format!("there is no name {quote} here"));
    match near {
        Some(near) => fault.help(format!("did you mean '{near}'?")),
        None => fault.help(format!(
            "define it on a line above, as in {} = 5; a unit needs a number: 1 {0}",
            short(name)
        )),
    }
}

/// What a word for a number is in digits.
pub(in crate::envelope) fn in_digits(word: &str) -> Option<&'static str> {
    let words: [(&[&str], &str); 18] = [
        (&["one"], "1"),
        (&["two"], "2"),
        (&["three"], "3"),
        (&["four"], "4"),
        (&["five"], "5"),
        (&["six"], "6"),
        (&["seven"], "7"),
        (&["eight"], "8"),
        (&["nine"], "9"),
        (&["ten"], "10"),
        (&["dozen"], "12"),
        (&["half"], "50%"),
        (&["third"], "1/3"),
        (&["quarter"], "25%"),
        (&["twice", "double"], "2 *"),
        (&["pi", "π"], "3.141592653589793"),
        (&["e"], "exp(1)"),
        (&["infinity", "inf"], "a number up to 1e308"),
    ];
    let small = word.to_lowercase();
    words.iter().find(|(names, _)| names.contains(&small.as_str())).map(|(_, digits)| *digits)
}

/// A call of what is no function.
pub(super) fn unknown_function(name: &str, span: Range<usize>) -> Fault {
    let fault = Fault::new(span, format!("there is no function {}", quoted(name)));
    let meant = match name.to_lowercase().as_str() {
        "log" => "say which: log2, log10 or ln",
        "average" | "mean" | "avg" | "sum" | "total" => "write it out: (a + b) / 2",
        "pow" | "power" => "a power is written '^', as in 2^10",
        "mod" | "rem" => "there is no remainder here; floor(x / y) is the whole part of a quotient",
        "ceiling" | "roundup" | "round_up" => "did you mean 'ceil'?",
        "rounddown" | "round_down" | "trunc" | "int" => "did you mean 'floor'?",
        "fact" | "factorial" => "a factorial is written '!', as in 5!",
        "convert" => "a conversion is written 'in', as in 5 GB in MB",
        "cbrt" => "a root is a power: x^(1/3)",
        "availability" => "in a row: series(99.9%, 99.95%); side by side: parallel(99%, 99%)",
        "p50" | "p90" | "p95" | "p99" | "quantile" => "write percentile(99%, x)",
        "servers" | "instances" | "machines" | "nodes" => "did you mean 'replicas'?",
        _ => "",
    };
    let names = || functions().map(|function| function.name);
    match nearest(name, names()) {
        _ if !meant.is_empty() => fault.help(meant),
        Some(near) => fault.help(format!("did you mean '{near}'?")),
        None if unit::is_built_in(name) || unit::scale(name).is_some() => fault
            .help(format!("to multiply write * before the bracket; a unit stands after a number: 5 {name}")),
        None => fault.help(format!(
            "there are {} functions, such as round, max, sqrt, nines and replicas; sysdrill calc --functions lists them",
            names().count()
        )),
    }
}

/// A name for an example.
fn short(name: &str) -> String {
    name.chars().take(24).collect()
}

/// The nearest word, where one is near enough to be meant. Looks at the first 2,000.
fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    let most = if length <= 2 {
        0
    } else if length <= 5 {
        1
    } else {
        2
    };
    let distance = |other: &str| {
        if other.eq_ignore_ascii_case(word) {
            0
        } else {
            strsim::osa_distance(&other.to_lowercase(), &word.to_lowercase())
        }
    };
    let alike = known.take(2_000).filter(|other| other.chars().count().abs_diff(length) <= most);
    alike.map(|other| (distance(other), other)).filter(|(far, _)| *far <= most).min().map(|(_, other)| other)
}

/// A side of an operation: its name where it has one, and its unit.
fn described((expr, quantity): (&Expr, &Quantity)) -> String {
    let unit = unit_or_number(quantity);
    match &expr.node {
        Node::Name(name) => format!("'{name}' ({unit})"),
        _ => unit,
    }
}

/// The unit in which a value is shown, so that the message speaks of what stands on the screen.
pub(super) fn unit_or_number(quantity: &Quantity) -> String {
    if quantity.units.is_none() {
        return "a plain number".to_string();
    }
    format::shown_unit(quantity)
}

/// Advice where two units differ in a way that is known from experience.
fn apart(from: &Units, to: &Units) -> Option<String> {
    if from.is_none() || to.is_none() {
        return Some(give_unit(if from.is_none() { to } else { from }));
    }
    let counts = |units: &Units, other: &Units| -> Vec<(String, i32)> {
        let lone = units.0.iter().filter(|(atom, power)| other.power_of(atom.kind()) != *power);
        lone.filter_map(|(atom, power)| match atom.kind() {
            Kind::Count(key) => Some((key.to_string(), *power)),
            _ => None,
        })
        .collect()
    };
    for (one, power) in counts(from, to) {
        for (other, other_power) in counts(to, from) {
            if power == other_power && one.len() > 2 && strsim::osa_distance(&one, &other) <= 1 {
                return Some(format!("are '{one}' and '{other}' one thing? Then spell them alike"));
            }
        }
    }
    let money = |units: &Units| {
        units.0.iter().find_map(|(atom, _)| match atom.kind() {
            Kind::Money(code) => Some(code),
            _ => None,
        })
    };
    match (money(from), money(to)) {
        (Some(one), Some(other)) if one != other => Some(format!(
            "there are no exchange rates here; multiply by your own, such as * 1.1 {other}/{one}"
        )),
        _ => None,
    }
}

/// Advice where only the time is between the two: an amount and a rate of one thing.
fn over_time(from: &Units, to: &Units) -> Option<String> {
    let others = |units: &Units| {
        Units(units.0.iter().filter(|(atom, _)| atom.kind() != Kind::Time).cloned().collect())
    };
    match to.power_of(Kind::Time) - from.power_of(Kind::Time) {
        _ if !others(from).same_dimension(&others(to)) => None,
        1 => Some("one is a rate: multiply it by a time first, as in * 1 day".to_string()),
        -1 => Some("one is a rate: divide the other by a time first, as in / 1 day".to_string()),
        _ => None,
    }
}

fn give_unit(unit: &Units) -> String {
    format!("give the number its unit: 5 {}", format::unit(unit, false))
}

/// How to come from the one unit to the other, as advice.
fn left_over(from: &Units, to: &Units) -> String {
    let mut factor = Units::none();
    for (atom, power) in &to.0 {
        factor.put(atom.clone(), *power);
    }
    for (atom, power) in &from.0 {
        factor.put(atom.clone(), -power);
    }
    match factor.0.as_slice() {
        [(atom, -1)] if matches!(atom.kind(), Kind::Count(_)) => {
            let (one, many) = (format::atom(atom, false), format::atom(atom, true));
            format!(
                "the {many} are left over: give one factor per {one}, as in 10 KB/{one}, or divide by 1 {one}"
            )
        }
        [(atom, 1)] if atom.kind() == Kind::Time => "multiply by a time, as in * 1 day".to_string(),
        [(atom, -1)] if atom.kind() == Kind::Time => "divide by a time, as in / 1 day".to_string(),
        _ if factor.0.iter().all(|(_, power)| *power < 0) => {
            let unit = Units(factor.0.iter().map(|(atom, power)| (atom.clone(), -power)).collect());
            format!("divide by what is left over, as in / 1 {}", format::unit(&unit, true))
        }
        _ => format!("multiply by what leads there, as in * 5 {}", format::unit(&factor, false)),
    }
}
