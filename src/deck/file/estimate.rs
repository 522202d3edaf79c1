//! Cards that ask for a number which a sheet works out.

use super::super::filled::{filled_sheet, places};
use super::super::sheet::answer_of;
use super::super::{Kind, Within};
use super::draw::{self, Drawn};
use crate::config::fields::{Fields, Placed, Reader};
use crate::config::problem::suggest;
use crate::envelope::{self, Fault};

/// The most names that are drawn, and the most values of one.
const NAMES: usize = 8;
const VALUES: usize = 20;
/// The most combinations that are tried when a deck is read. Where there are more, each value is tried once.
const TRIALS: usize = 64;
/// The most lines and bytes of a sheet.
const LINES: usize = 40;
const BYTES: usize = 4096;

/// A sheet with drawn values, worked out for each of them.
pub(super) fn estimate(
    fields: &mut Fields<'_, '_>,
    question: Option<&Placed<String>>,
    reader: &mut Reader<'_>,
) -> Option<Kind> {
    let known = reader.problems.len();
    let widths =
        [("exact", Within::Exact), ("10%", Within::Tenth), ("2x", Within::Double), ("10x", Within::Ten)];
    let within = fields.one_of(reader, "within", &widths);
    if fields.value("within").is_none() {
        let help = "within = \"exact\", \"10%\", \"2x\" or \"10x\"";
        reader.problem_with_help(fields.start(), "'within' is missing: how close must an estimate be?", help);
    }
    let draw = draw::read(fields, reader);
    let sheet = fields.required(reader, "sheet")?;
    check_size(&draw, &sheet, reader);
    check_names(&draw, &sheet, question, reader);
    if reader.problems.len() == known {
        try_out(&draw, &sheet, within, reader);
    }
    Some(Kind::Estimate { draw: draw::plain(draw), sheet: sheet.value, within: within? })
}

fn check_size(draw: &[Drawn], sheet: &Placed<String>, reader: &mut Reader<'_>) {
    if sheet.value.len() > BYTES || sheet.value.lines().count() > LINES {
        let message = format!("the sheet of a card has at most {LINES} lines and {BYTES} bytes");
        reader.problem(sheet.span.start, message);
    }
    if let Some((name, _)) = draw.get(NAMES) {
        reader.problem(name.span.start, format!("at most {NAMES} names are drawn"));
    }
    for (_, values) in draw {
        if let Some(value) = values.get(VALUES) {
            reader.problem(value.span.start, format!("a name is drawn from at most {VALUES} values"));
        }
    }
}

/// Every name in braces is drawn, and every drawn name is in the sheet.
fn check_names(
    draw: &[Drawn],
    sheet: &Placed<String>,
    question: Option<&Placed<String>>,
    reader: &mut Reader<'_>,
) {
    let known: Vec<&str> = draw.iter().map(|(name, _)| name.value.as_str()).collect();
    for (what, text) in std::iter::once(("sheet", sheet)).chain(question.map(|text| ("question", text))) {
        for (at, name) in places(&text.value).filter(|(_, name)| !known.contains(name)) {
            let at = reader.inside(&text.span, &text.value, at);
            let help = if known.is_empty() {
                format!("draw = {{ {name} = [\"1 million\", \"5 million\"] }}")
            } else {
                suggest(name, &known)
            };
            reader.problem_with_help(at, format!("the {what} names '{{{name}}}', which is not drawn"), help);
        }
    }
    for (name, _) in draw {
        if !places(&sheet.value).any(|(_, used)| used == name.value) {
            let message = format!("'{}' is drawn and stands nowhere in the sheet", name.value);
            let help = format!(
                "write {{{}}} where its value goes; a name is made of small letters, digits and _",
                name.value
            );
            reader.problem_with_help(name.span.start, message, help);
        }
    }
}

/// Works the sheet out for the drawn values and tells the first thing that is wrong.
fn try_out(draw: &[Drawn], sheet: &Placed<String>, within: Option<Within>, reader: &mut Reader<'_>) {
    for chosen in trials(draw) {
        let value = |name: &str| {
            let at = draw.iter().position(|(known, _)| known.value == name)?;
            Some(draw[at].1.get(*chosen.get(at)?)?.value.clone())
        };
        let text = filled_sheet(&sheet.value, value);
        let worked = envelope::evaluate(&text);
        let with: Vec<String> = draw
            .iter()
            .zip(&chosen)
            .map(|((name, values), &at)| format!("{} = {}", name.value, values[at].value))
            .collect();
        let with = if with.is_empty() { String::new() } else { format!(" (with {})", with.join(", ")) };
        if let Some((line, fault)) = worked.faults().next() {
            let at = place_of(fault, line, sheet, reader);
            let message = format!("{fault}{with}");
            reader.problem(at, message).help.clone_from(&fault.help);
            return;
        }
        let wrong = match answer_of(&worked) {
            None => "the sheet has no line with a value, so there is no answer".to_string(),
            Some(answer) if answer.value <= 0.0 && within != Some(Within::Exact) => {
                format!(
                    "the answer is {}{with}: how far one is off is judged by factors, and zero has none",
                    answer.text
                )
            }
            Some(_) => continue,
        };
        reader.problem(sheet.span.start, wrong);
        return;
    }
}

/// Which values are tried, as places in the lists: all combinations, or each value once beside the first ones.
fn trials(draw: &[Drawn]) -> Vec<Vec<usize>> {
    let counts: Vec<usize> = draw.iter().map(|(_, values)| values.len().max(1)).collect();
    let all = counts.iter().try_fold(1_usize, |all, &count| all.checked_mul(count));
    match all {
        Some(all) if all <= TRIALS => (0..all)
            .map(|mut number| {
                let digit = |&count: &usize| {
                    let digit = number % count;
                    number /= count;
                    digit
                };
                counts.iter().map(digit).collect()
            })
            .collect(),
        _ => (0..counts.len())
            .flat_map(|name| {
                let first = vec![0; counts.len()];
                (0..counts[name]).map(move |value| {
                    let mut chosen = first.clone();
                    chosen[name] = value;
                    chosen
                })
            })
            .collect(),
    }
}

/// Where in the file a fault of the sheet stands. On a line with drawn values, where that line begins.
fn place_of(fault: &Fault, line: usize, sheet: &Placed<String>, reader: &Reader<'_>) -> usize {
    let mut start = 0;
    for (number, text) in sheet.value.split_inclusive('\n').enumerate() {
        if number + 1 == line {
            let column = if places(text).next().is_some() { 0 } else { fault.span.start.min(text.len()) };
            return reader.inside(&sheet.span, &sheet.value, start + column);
        }
        start += text.len();
    }
    sheet.span.start
}
