//! The parameters of a composition's file: values as they stand there, and controls.
//!
//! `retries = 2` is a value. `retries = { control = 2, min = 0, max = 4 }` is a control that begins there, and
//! `{ like = "retries" }` follows one that stands above.

use std::ops::Range;

use toml::de::DeValue;

use super::parse::Parser;
use super::plan::{Exposed, ExposedKind, Value};
use crate::config::fields::{Fields, Placed, Reader, as_typed};
use crate::config::problem::suggest;
use crate::lab::{Control, ControlKind};

/// The most controls beside the bug.
const CONTROLS: usize = 9;

impl Parser<'_, '_> {
    /// The values of all parameters, in their order.
    pub(super) fn values(
        &mut self,
        own: &mut Fields<'_, '_>,
        parameters: &'static [Control],
        prefix: &str,
    ) -> Vec<Value> {
        parameters.iter().map(|parameter| self.value(own, parameter, prefix)).collect()
    }

    fn value(&mut self, own: &mut Fields<'_, '_>, parameter: &'static Control, prefix: &str) -> Value {
        let usual = Value::Fixed(parameter.default);
        let Some(raw) = own.value(parameter.name) else { return usual };
        let span = raw.span();
        if let Some(table) = raw.get_ref().as_table() {
            let mut fields = Fields::new(table, span.clone());
            let exposed = match fields.text(self.reader, "like") {
                Some(name) => self.like(&name, parameter),
                None => self.exposed(&mut fields, parameter, prefix),
            };
            fields.finish(self.reader);
            return exposed.unwrap_or(usual);
        }
        self.typed(raw.get_ref(), &span, parameter).map_or(usual, Value::Fixed)
    }

    /// A value as it stands in the file, where the parameter takes it.
    fn typed(&mut self, raw: &DeValue<'_>, span: &Range<usize>, parameter: &Control) -> Option<f64> {
        let Some(text) = as_typed(raw) else {
            let help =
                format!("a value, or a control: {} = {{ control = {} }}", parameter.name, example(parameter));
            self.reader.problem_with_help(
                span.start,
                format!("'{}' has no such value", parameter.name),
                help,
            );
            return None;
        };
        match parameter.parse(&text) {
            Ok(value) => Some(value),
            Err(why) => {
                let help = format!("{}: {} = {}", parameter.label, parameter.name, example(parameter));
                self.reader.problem_with_help(span.start, why.to_string(), help);
                None
            }
        }
    }

    /// `{ control = 3, min = 0, max = 10 }`: the learner sets it.
    fn exposed(
        &mut self,
        fields: &mut Fields<'_, '_>,
        parameter: &'static Control,
        prefix: &str,
    ) -> Option<Value> {
        let start = fields.start();
        let label =
            fields.text(self.reader, "label").map_or_else(|| parameter.label.into(), |text| text.value);
        let name_at = fields.place("name");
        let name = fields.text(self.reader, "name");
        let name = name.map_or_else(|| format!("{prefix}{}", parameter.name), |name| name.value);
        let Some(raw) = fields.value("control") else {
            let help = format!("{} = {{ control = {} }}", parameter.name, example(parameter));
            self.reader.problem_with_help(start, "a control says where it begins", help);
            return None;
        };
        let default = self.typed(raw.get_ref(), &raw.span(), parameter)?;
        let kind = match parameter.kind {
            ControlKind::Number { min, max, step } => {
                self.range(fields, parameter, (min, max, step), (default, raw.span().start))
            }
            ControlKind::Choice(options) => ExposedKind::Choice(options),
            ControlKind::Switch => ExposedKind::Switch,
        };
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(fits) || name == "bug" {
            let help = "small letters, digits and _, a letter first: name = \"patience\" ('bug' is taken)";
            self.reader.problem_with_help(name_at, format!("'{name}' is no name of a control"), help);
        } else if self.exposed.iter().any(|known| known.name == name) {
            let help = format!("give this one a name of its own: name = \"{name}_2\"");
            self.reader.problem_with_help(name_at, format!("two controls are called '{name}'"), help);
        } else if self.exposed.len() == CONTROLS {
            let help = format!("give it a value: {} = {}", parameter.name, example(parameter));
            let message = format!("there are more than {CONTROLS} controls");
            self.reader.problem_with_help(start, message, help);
        }
        self.exposed.push(Exposed { name, label, kind, default, unit: parameter.unit });
        Some(Value::Control(self.exposed.len() - 1))
    }

    /// `{ like = "retries" }`: it follows a control that another parameter has made.
    fn like(&mut self, name: &Placed<String>, parameter: &Control) -> Option<Value> {
        let Some(place) = self.exposed.iter().position(|known| known.name == name.value) else {
            let known: Vec<&str> = self.exposed.iter().map(|known| known.name.as_str()).collect();
            let message = format!("no control above is called '{}'", name.value);
            let help = if known.is_empty() { "there are none".into() } else { suggest(&name.value, &known) };
            self.reader.problem_with_help(name.span.start, message, help);
            return None;
        };
        let fits = match (self.exposed[place].kind, &parameter.kind) {
            (ExposedKind::Number { min, max, .. }, ControlKind::Number { min: least, max: most, .. }) => {
                min >= *least && max <= *most
            }
            (ExposedKind::Choice(options), ControlKind::Choice(known)) => options == *known,
            (ExposedKind::Switch, ControlKind::Switch) => true,
            _ => false,
        };
        if !fits {
            let message = format!("'{}' does not take what '{}' takes", parameter.name, name.value);
            let help = format!("it takes {}", parameter.takes());
            self.reader.problem_with_help(name.span.start, message, help);
        }
        fits.then_some(Value::Control(place))
    }

    /// The range of a control: within that of the parameter, and around the value it begins at.
    fn range(
        &mut self,
        fields: &mut Fields<'_, '_>,
        parameter: &Control,
        (min, max, step): (f64, f64, f64),
        (default, at): (f64, usize),
    ) -> ExposedKind {
        let mut end = |reader: &mut Reader<'_>, name, usual: f64| {
            let Some(number) = fields.number(reader, name) else { return usual };
            let whole = step.fract() == 0.0 && min.fract() == 0.0;
            if (min..=max).contains(&number.value) && (!whole || number.value.fract() == 0.0) {
                return number.value;
            }
            let message = format!("'{name}' of {} cannot be {}", parameter.name, number.value);
            let what = if whole { "whole numbers from" } else { "numbers from" };
            reader.problem_with_help(number.span.start, message, format!("{what} {min} to {max}"));
            usual
        };
        let (low, high) = (end(self.reader, "min", min), end(self.reader, "max", max));
        if !(low..=high).contains(&default) || low >= high {
            let message = format!("the control begins at {default}, outside of {low} to {high}");
            self.reader.problem_with_help(at, message, "control lies between min and max");
        }
        let step_at = fields.place("step");
        let step = fields.number(self.reader, "step").map_or(step, |number| number.value);
        if !(0.0..=high.max(0.0)).contains(&step) {
            self.reader.problem_with_help(
                step_at,
                "no such step",
                "step = 5, or 0 to walk 1, 2, 5, 10, 20, 50",
            );
        }
        ExposedKind::Number { min: low, max: high, step }
    }
}

/// A value that a parameter takes, as it is written.
fn example(parameter: &Control) -> String {
    let shown = parameter.show(parameter.default);
    match parameter.kind {
        ControlKind::Number { .. } => shown,
        ControlKind::Choice(_) => format!("\"{shown}\""),
        ControlKind::Switch => if shown == "on" { "true" } else { "false" }.into(),
    }
}
