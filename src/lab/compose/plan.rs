//! A composition as data: what a file says, checked and ready to be run.

use super::kinds::{Kind, What};
use crate::sim::Nanos;

/// A composition.
#[derive(Debug)]
pub(super) struct Plan {
    /// Its name on the command line.
    pub name: String,
    pub title: String,
    pub part: String,
    pub topics: Vec<String>,
    pub hook: String,
    pub look_for: Vec<String>,
    pub bet: String,
    /// The readings beside which theory stands.
    pub theory: Vec<String>,
    pub length: Nanos,
    /// The pieces from the top to the bottom; the first are the clients.
    pub pieces: Vec<Piece>,
    pub events: Vec<Planned>,
    /// The parameters that the learner sets.
    pub exposed: Vec<Exposed>,
    pub goals: Vec<Goal>,
    /// What can be broken on purpose.
    pub bugs: Vec<super::Bug>,
}

/// The value of a parameter: as it stands in the file, or wherever its control stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value {
    /// It stands in the file, or is the usual one.
    Fixed(f64),
    /// A control, by its place.
    Control(usize),
}

/// A piece with the values of its parameters, in the order of its kind's.
#[derive(Debug)]
pub(super) struct Piece {
    pub kind: Kind,
    pub name: String,
    pub values: Vec<Value>,
}

/// Something that will happen, with the values of its parameters.
#[derive(Debug)]
pub(super) struct Planned {
    pub what: What,
    /// What it happens to, by its place among the pieces.
    pub piece: usize,
    pub values: Vec<Value>,
}

/// A parameter that is a control.
#[derive(Clone, Debug)]
pub(super) struct Exposed {
    pub name: String,
    pub label: String,
    pub kind: ExposedKind,
    pub default: f64,
    pub unit: &'static str,
}

/// What values it takes.
#[derive(Clone, Copy, Debug)]
pub(super) enum ExposedKind {
    Number { min: f64, max: f64, step: f64 },
    Choice(&'static [&'static str]),
    Switch,
}

/// What the learner can make happen: all conditions hold at the end of a second.
#[derive(Debug)]
pub(super) struct Goal {
    pub text: String,
    pub when: Vec<Condition>,
}

/// A condition on a reading or a control.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Condition {
    /// The name of the reading or of the control.
    pub of: String,
    pub is: Is,
    pub number: f64,
}

/// How it compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Is {
    AtLeast,
    AtMost,
    Above,
    Below,
    Equal,
}

impl Is {
    /// Whether `left` compares so with `right`; never where one is not a number.
    pub(super) fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Is::AtLeast => left >= right,
            Is::AtMost => left <= right,
            Is::Above => left > right,
            Is::Below => left < right,
            Is::Equal => (left - right).abs() < 1e-9,
        }
    }
}

impl Value {
    /// The value, where the controls stand at `controls`.
    pub(super) fn of(self, controls: &[f64]) -> f64 {
        match self {
            Value::Fixed(value) => value,
            Value::Control(place) => controls.get(place).copied().unwrap_or(0.0),
        }
    }

    /// The largest value that it can have.
    pub(super) fn most(self, exposed: &[Exposed]) -> f64 {
        match self {
            Value::Fixed(value) => value,
            Value::Control(place) => exposed.get(place).map_or(0.0, |control| match control.kind {
                ExposedKind::Number { max, .. } => max,
                ExposedKind::Choice(options) => options.len() as f64 - 1.0,
                ExposedKind::Switch => 1.0,
            }),
        }
    }
}

impl Piece {
    /// A parameter by its name; the controls stand at `controls`.
    pub(super) fn get(&self, name: &str, controls: &[f64]) -> f64 {
        self.value(name).map_or(0.0, |value| value.of(controls))
    }

    /// Whether a switch is on.
    pub(super) fn on(&self, name: &str, controls: &[f64]) -> bool {
        self.get(name, controls) != 0.0
    }

    /// A parameter in milliseconds as a span; 0 is for ever.
    pub(super) fn span(&self, name: &str, controls: &[f64]) -> Nanos {
        match self.get(name, controls) {
            millis if millis > 0.0 => Nanos::from_secs_f64(millis / 1e3),
            _ => Nanos::MAX,
        }
    }

    /// The value of a parameter, wherever it comes from.
    pub(super) fn value(&self, name: &str) -> Option<Value> {
        let place = self.kind.parameters().iter().position(|parameter| parameter.name == name)?;
        self.values.get(place).copied()
    }

    /// How often it tries a call at most, at the far end of its control: 1 for what does not try again.
    pub(super) fn most_tries(&self, exposed: &[Exposed]) -> f64 {
        self.value("retries").map_or(1.0, |retries| 1.0 + retries.most(exposed))
    }
}

impl Planned {
    /// A parameter by its name; the controls stand at `controls`.
    pub(super) fn get(&self, name: &str, controls: &[f64]) -> f64 {
        let place = self.what.parameters().iter().position(|parameter| parameter.name == name);
        place.and_then(|place| self.values.get(place)).map_or(0.0, |value| value.of(controls))
    }
}

impl Plan {
    /// The clients.
    pub(super) fn clients(&self) -> &Piece {
        &self.pieces[0]
    }

    /// The place of the last piece.
    pub(super) fn last(&self) -> usize {
        self.pieces.len() - 1
    }
}
