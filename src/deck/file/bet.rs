//! Cards that bet on a demo.

use super::super::filled::places;
use super::super::{Kind, Tolerance};
use super::draw;
use crate::config::fields::{Fields, Placed, Reader, as_typed};
use crate::config::problem::suggest;
use crate::lab::{self, Spec};

/// The fields of a bet, checked against its demo.
pub(super) fn predict(
    fields: &mut Fields<'_, '_>,
    question: Option<&Placed<String>>,
    reader: &mut Reader<'_>,
) -> Option<Kind> {
    let set = read_set(fields, reader);
    let draw = draw::read(fields, reader);
    let seconds = fields.number(reader, "for");
    if let Some(seconds) = &seconds
        && !(0.001..=86_400.0).contains(&seconds.value)
    {
        reader.problem(seconds.span.start, "'for' is 0.001 to 86400 seconds of simulated time");
    }
    let tolerance = read_tolerance(fields, reader);
    let reading = fields.required(reader, "reading");
    let demo = fields.required(reader, "demo")?;
    let Some(spec) = lab::find(&demo.value) else {
        let known: Vec<&str> = lab::demos().iter().map(|spec| spec.name).collect();
        let message = format!("no demo is called '{}'", demo.value);
        reader.problem_with_help(demo.span.start, message, suggest(&demo.value, &known));
        return None;
    };
    let drawn = draw.iter().flat_map(|(name, values)| values.iter().map(move |value| (name, value)));
    for (name, value) in set.iter().map(|(name, value)| (name, value)).chain(drawn) {
        check_setting(spec, name, value, reader);
    }
    let reading = reading?;
    if spec.reading(&reading.value).is_none() {
        let known: Vec<&str> = spec.readings.iter().map(|reading| reading.name).collect();
        let message = format!("the demo '{}' has no reading '{}'", spec.name, reading.value);
        reader.problem_with_help(reading.span.start, message, suggest(&reading.value, &known));
    }
    if let Some(question) = question {
        check_places(question, spec, reader);
    }
    Some(Kind::Predict {
        demo: demo.value,
        set: set.into_iter().map(|(name, value)| (name.value, value.value)).collect(),
        draw: draw::plain(draw),
        seconds: seconds.map(|seconds| seconds.value),
        reading: reading.value,
        tolerance: tolerance?,
    })
}

fn read_set(fields: &mut Fields<'_, '_>, reader: &mut Reader<'_>) -> Vec<(Placed<String>, Placed<String>)> {
    let mut set = Vec::new();
    for (name, value) in fields.entries(reader, "set") {
        match as_typed(value.get_ref()) {
            Some(text) => set.push((name, Placed { value: text.into_owned(), span: value.span() })),
            None => {
                reader.problem(value.span().start, "a control is set to a text or a number");
            }
        }
    }
    set
}

fn read_tolerance(fields: &mut Fields<'_, '_>, reader: &mut Reader<'_>) -> Option<Tolerance> {
    let (within, factor) = (fields.number(reader, "within"), fields.number(reader, "factor"));
    match (within, factor) {
        (Some(within), None) if within.value > 0.0 => Some(Tolerance::Within(within.value)),
        (None, Some(factor)) if factor.value > 1.0 => Some(Tolerance::Factor(factor.value)),
        (None, Some(factor)) => {
            reader.problem(factor.span.start, "'factor' is more than 1: 1.25 accepts a quarter too much");
            None
        }
        (Some(within), None) => {
            reader.problem(within.span.start, "'within' is more than 0, in the reading's unit");
            None
        }
        _ => {
            let help = "within = 0.02 (in the reading's unit) or factor = 1.25";
            reader.problem_with_help(fields.start(), "how close must a bet be?", help);
            None
        }
    }
}

fn check_setting(spec: &Spec, name: &Placed<String>, value: &Placed<String>, reader: &mut Reader<'_>) {
    match spec.control(&name.value) {
        None => {
            let known: Vec<&str> = spec.controls.iter().map(|control| control.name).collect();
            let message = format!("the demo '{}' has no control '{}'", spec.name, name.value);
            reader.problem_with_help(name.span.start, message, suggest(&name.value, &known));
        }
        Some(control) => {
            if let Err(why) = control.parse(&value.value) {
                reader.problem(value.span.start, why.to_string());
            }
        }
    }
}

/// Every `{name}` in a predict card's question has to be a control.
fn check_places(question: &Placed<String>, spec: &Spec, reader: &mut Reader<'_>) {
    for (at, name) in places(&question.value) {
        if spec.control(name).is_none() {
            let known: Vec<&str> = spec.controls.iter().map(|control| control.name).collect();
            let message = format!("the question names '{{{name}}}', which is no control of '{}'", spec.name);
            let at = reader.inside(&question.span, &question.value, at);
            reader.problem_with_help(at, message, suggest(name, &known));
        }
    }
}
