//! What the learner sets: the controls of a demo, and the values they stand at.

use super::Spec;

/// Something that the learner sets. All values are numbers: a choice is the index of an option, a switch 0 or 1.
#[derive(Debug)]
pub struct Control {
    /// Its name on the command line: `vnodes`.
    pub name: &'static str,
    /// What it is, in a few words: `virtual nodes per node`.
    pub label: &'static str,
    /// What values it takes.
    pub kind: ControlKind,
    /// The value where nobody sets one.
    pub default: f64,
    /// Its unit, for show: `ms`, `%`, `/s`, or nothing.
    pub unit: &'static str,
}

/// What values a control takes.
#[derive(Debug)]
pub enum ControlKind {
    /// A number in a range (both ends included), moved by the keys in steps.
    Number {
        /// The smallest value.
        min: f64,
        /// The largest value.
        max: f64,
        /// What one key press adds, or 0 to walk 1, 2, 5, 10, 20, 50, ...
        step: f64,
    },
    /// One of several named options.
    Choice(&'static [&'static str]),
    /// On or off.
    Switch,
}

/// Why a value was not accepted.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BadSetting {
    /// There is no control of that name.
    #[error("no control '{0}'")]
    NoControl(String),
    /// The value does not fit.
    #[error("{control} takes {takes}, not '{value}'")]
    BadValue {
        /// The control's name.
        control: &'static str,
        /// What it takes, for people: `1 to 1000`, `on or off`.
        takes: String,
        /// What was given.
        value: String,
    },
}

impl Control {
    /// Reads a value as typed on the command line or in a page.
    ///
    /// # Errors
    /// `BadValue` where the text is not a value of this control, or out of range.
    pub fn parse(&self, text: &str) -> Result<f64, BadSetting> {
        let value = match &self.kind {
            ControlKind::Number { min, max, step } => {
                let number = text.trim().trim_end_matches(self.unit).trim().replace('_', "");
                // Where the steps are whole, so are the values.
                let whole = step.fract() == 0.0 && min.fract() == 0.0;
                let fits = |value: &f64| value >= min && value <= max && (!whole || value.fract() == 0.0);
                number.parse::<f64>().ok().filter(fits)
            }
            ControlKind::Choice(options) => {
                options.iter().position(|option| *option == text).map(|index| index as f64)
            }
            ControlKind::Switch => match text {
                "on" | "true" | "yes" | "1" => Some(1.0),
                "off" | "false" | "no" | "0" => Some(0.0),
                _ => None,
            },
        };
        value.ok_or_else(|| BadSetting::BadValue {
            control: self.name,
            takes: self.takes(),
            value: text.to_string(),
        })
    }

    /// What it takes, for people.
    #[must_use]
    pub fn takes(&self) -> String {
        match &self.kind {
            ControlKind::Number { min, max, .. } if self.unit.is_empty() => format!("{min} to {max}"),
            ControlKind::Number { min, max, .. } => format!("{min} to {max} {}", self.unit),
            ControlKind::Choice(options) => options.join(", "),
            ControlKind::Switch => "on or off".to_string(),
        }
    }

    /// The value as text, without the unit.
    #[must_use]
    pub fn show(&self, value: f64) -> String {
        match &self.kind {
            ControlKind::Number { .. } => format!("{value}"),
            ControlKind::Choice(options) => (*options.get(value as usize).unwrap_or(&"?")).to_string(),
            ControlKind::Switch => if value == 0.0 { "off" } else { "on" }.to_string(),
        }
    }

    /// The value one key press up (`true`) or down from `value`, within the range.
    #[must_use]
    pub fn moved(&self, value: f64, up: bool) -> f64 {
        match &self.kind {
            ControlKind::Number { min, max, step } => {
                let next = if *step > 0.0 {
                    // On the grid of steps, so that rounding never adds up.
                    let steps = ((value - min) / step).round() + if up { 1.0 } else { -1.0 };
                    min + steps * step
                } else {
                    one_two_five(value, up)
                };
                next.clamp(*min, *max)
            }
            ControlKind::Choice(options) => {
                let count = options.len().max(1);
                let index = value as usize;
                (if up { index + 1 } else { index + count - 1 } % count) as f64
            }
            ControlKind::Switch => 1.0 - value,
        }
    }
}

/// The next value up or down in 1, 2, 5, 10, 20, 50, ...; 0 lies below 1.
fn one_two_five(value: f64, up: bool) -> f64 {
    let mut ladder = vec![0.0];
    let mut decade = 1.0;
    while decade < 1e15 {
        ladder.extend([decade, 2.0 * decade, 5.0 * decade]);
        decade *= 10.0;
    }
    if up {
        ladder.iter().copied().find(|&rung| rung > value).unwrap_or(value)
    } else {
        ladder.iter().rev().copied().find(|&rung| rung < value).unwrap_or(value)
    }
}

/// The values of a demo's controls.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    values: Vec<(&'static str, f64)>,
}

impl Settings {
    /// Every control at its default.
    #[must_use]
    pub fn defaults(spec: &Spec) -> Settings {
        Settings { values: spec.controls.iter().map(|control| (control.name, control.default)).collect() }
    }

    /// Sets a control from text, as in `--set vnodes=150`.
    ///
    /// # Errors
    /// Where the control or the value does not exist.
    pub fn set(&mut self, spec: &Spec, name: &str, text: &str) -> Result<(), BadSetting> {
        let control = spec.control(name).ok_or_else(|| BadSetting::NoControl(name.to_string()))?;
        let value = control.parse(text)?;
        self.put(control.name, value);
        Ok(())
    }

    /// Sets a control to a value that is known to fit.
    pub fn put(&mut self, name: &str, value: f64) {
        if let Some(slot) = self.values.iter_mut().find(|(known, _)| *known == name) {
            slot.1 = value;
        }
    }

    /// The value of a control; 0 for a name that is none.
    #[must_use]
    pub fn get(&self, name: &str) -> f64 {
        self.values.iter().find(|(known, _)| *known == name).map_or(0.0, |(_, value)| *value)
    }

    /// The value of a control as a count.
    #[must_use]
    pub fn count(&self, name: &str) -> usize {
        self.get(name) as usize
    }

    /// Whether a switch is on.
    #[must_use]
    pub fn on(&self, name: &str) -> bool {
        self.get(name) != 0.0
    }

    /// All names with their values, in the order of the controls.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, f64)> + '_ {
        self.values.iter().copied()
    }
}

/// A control that is a number; a step of 0 walks 1, 2, 5, 10, ...
pub(super) const fn number(
    name: &'static str,
    label: &'static str,
    (min, max): (f64, f64),
    step: f64,
    default: f64,
    unit: &'static str,
) -> Control {
    Control { name, label, kind: ControlKind::Number { min, max, step }, default, unit }
}

/// A control that is one of several options, by the place of the one it starts with. What is typed has no blanks.
pub(super) const fn choice(
    name: &'static str,
    label: &'static str,
    options: &'static [&'static str],
    default: f64,
) -> Control {
    Control { name, label, kind: ControlKind::Choice(options), default, unit: "" }
}

/// A control that is on or off.
pub(super) const fn switch(name: &'static str, label: &'static str, on: bool) -> Control {
    Control { name, label, kind: ControlKind::Switch, default: if on { 1.0 } else { 0.0 }, unit: "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_two_five_walks_both_ways() {
        let check = |value, up, expected: f64| assert!((one_two_five(value, up) - expected).abs() < 1e-9);
        check(1.0, true, 2.0);
        check(150.0, true, 200.0);
        check(150.0, false, 100.0);
        check(1.0, false, 0.0);
        check(0.0, false, 0.0);
    }
}
