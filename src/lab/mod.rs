//! The Lab: live demos, each a real implementation from [`crate::systems`] in a small world of its own.
//!
//! A demo is a fold: `state = fold(seed, inputs)`, where an input is a control set to a value at a moment.
//! So every demo can pause, step, change speed, rewind, be repeated elsewhere from one line, run without
//! a screen, and run under a test. A demo describes itself in a [`Spec`] (what can be set, what can be
//! read, what to bet on) and lives in a [`World`]; a [`Run`] plays a world.
//!
//! Adding a demo: one file here, perhaps one in `systems`, one line in [`DEMOS`].

/// A file of `systems`, for [`Spec::sources`]: its name, and what stands in the line to open it at.
macro_rules! source {
    ($file:literal, $at:literal) => {
        $crate::lab::Source {
            path: concat!("src/systems/", $file),
            text: include_str!(concat!("../systems/", $file)),
            at: $at,
        }
    };
}

mod autoscaler;
mod balancer;
mod backpressure;
mod breaker;
mod bulkhead;
mod cache;
mod control;
mod guard;
mod hedge;
#[cfg(test)]
mod laws;
mod limiter;
mod measure;
mod queueing;
mod reading;
mod retry;
mod ring;
mod run;
mod scenario;
pub mod scene;
mod script;
mod sketch;
mod stampede;
mod sweep;
#[cfg(test)]
mod testing;
mod workload;

use std::fmt;

pub use control::{BadSetting, Control, ControlKind, Settings};
pub use guard::{failed_at, guard, guarding};
pub use reading::{Reading, Unit};
pub use run::{Input, Plan, Run, Speed};
pub use scene::Scene;
pub use script::{explain, named, parse_argument, replay, write as write_script};
pub use sweep::{SEEDS, Spread, Sweep};

use control::{choice, number, switch};
use reading::reading;

use crate::sim::{Nanos, Seed};

/// All demos, in the order in which the Lab lists them: those of a part together.
#[rustfmt::skip]
pub static DEMOS: &[&Spec] = &[
    &queueing::SPEC,
    &hedge::SPEC,
    &autoscaler::SPEC,
    &sketch::SPEC,
    &balancer::SPEC,
    &cache::SPEC,
    &stampede::SPEC,
    &backpressure::SPEC,
    &ring::SPEC,
    &retry::SPEC,
    &breaker::SPEC,
    &bulkhead::SPEC,
    &limiter::SPEC,
];

/// The demo of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Spec> {
    DEMOS.iter().copied().find(|spec| spec.name == name)
}

/// What a demo says of itself.
pub struct Spec {
    /// Its name on the command line and in pages: `ring`.
    pub name: &'static str,
    /// Its title in lists: `Hash ring`.
    pub title: &'static str,
    /// The part of the curriculum it is listed under: `distributed`.
    pub part: &'static str,
    /// The topics it belongs to, by slug; the first owns it.
    pub topics: &'static [&'static str],
    /// One question that makes one want to see the answer.
    pub hook: &'static str,
    /// What to look for, a sentence each.
    pub look_for: &'static [&'static str],
    /// What can be set, at the start and while it runs.
    pub controls: &'static [Control],
    /// What can be read.
    pub readings: &'static [Reading],
    /// The card that asks for a bet before the run.
    pub bet: &'static str,
    /// What to try to reach.
    pub goals: &'static [&'static str],
    /// What must hold after every event, whatever is set, as long as nothing is broken on purpose.
    pub invariants: &'static [&'static str],
    /// What each option of the control `bug` after the first one ("none") breaks, a sentence each. With each of
    /// them some invariant falls.
    pub bugs: &'static [&'static str],
    /// Which reading is what theory expects of another one: `("moved_share", "moved_theory")`.
    pub theory: &'static [(&'static str, &'static str)],
    /// How long a run is, where nobody says otherwise.
    pub length: Nanos,
    /// How many simulated seconds pass in a real one, where nobody says otherwise: 1, more for a demo of hours.
    pub speed: f64,
    /// The implementations behind it, the most important one first.
    pub sources: &'static [Source],
    /// A world at time zero.
    pub start: fn(Seed, &Settings) -> Box<dyn World>,
}

/// There is one of each name.
impl PartialEq for Spec {
    fn eq(&self, other: &Spec) -> bool {
        self.name == other.name
    }
}

impl fmt::Debug for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Spec({})", self.name)
    }
}

impl Spec {
    /// The control of that name.
    #[must_use]
    pub fn control(&self, name: &str) -> Option<&'static Control> {
        self.controls.iter().find(|control| control.name == name)
    }

    /// The reading of that name, with its place among the readings.
    #[must_use]
    pub fn reading(&self, name: &str) -> Option<(usize, &'static Reading)> {
        self.readings.iter().enumerate().find(|(_, reading)| reading.name == name)
    }

    /// The reading that says what theory expects of another one, by their places.
    #[must_use]
    pub fn theory_of(&self, reading: usize) -> Option<usize> {
        let name = self.readings.get(reading)?.name;
        let (_, theory) = self.theory.iter().find(|(of, _)| *of == name)?;
        self.reading(theory).map(|(index, _)| index)
    }
}

/// A file with an implementation.
#[derive(Debug)]
pub struct Source {
    /// Its path in the repository.
    pub path: &'static str,
    /// Its text.
    pub text: &'static str,
    /// What stands in the line that matters most, where the file is opened: `pub fn admit`.
    pub at: &'static str,
}

impl Source {
    /// The line that it is opened at, from 0: a little above what matters most, so that its comment is seen.
    #[must_use]
    pub fn line(&self) -> usize {
        let found = self.text.lines().position(|line| line.contains(self.at)).unwrap_or(0);
        let comment = self.text.lines().take(found).collect::<Vec<_>>();
        let above = comment.iter().rev().take_while(|line| line.trim_start().starts_with("//")).count();
        found - above
    }
}

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
    /// The value as text, without the unit.
    pub fn show(&self, value: f64) -> String {
            ControlKind::Number { .. } => format!("{value}"),
            ControlKind::Choice(options) => (*options.get(value as usize).unwrap_or(&"?")).to_string(),
            ControlKind::Switch => if value == 0.0 { "off" } else { "on" }.to_string(),
    /// The value one key press up (`true`) or down from `value`, within the range.
    pub fn moved(&self, value: f64, up: bool) -> f64 {
                let next = if *step > 0.0 {
                    // On the grid of steps, so that rounding never adds up.
                    let steps = ((value - min) / step).round() + if up { 1.0 } else { -1.0 };
                    min + steps * step
                } else {
                    one_two_five(value, up)
                };
                next.clamp(*min, *max)
                let count = options.len().max(1);
                let index = value as usize;
                (if up { index + 1 } else { index + count - 1 } % count) as f64
            ControlKind::Switch => 1.0 - value,
/// The next value up or down in 1, 2, 5, 10, 20, 50, ...; 0 lies below 1.
fn one_two_five(value: f64, up: bool) -> f64 {
    let mut ladder = vec![0.0];
    let mut decade = 1.0;
    while decade < 1e15 {
        ladder.extend([decade, 2.0 * decade, 5.0 * decade]);
        decade *= 10.0;
    if up {
        ladder.iter().copied().find(|&rung| rung > value).unwrap_or(value)
    } else {
        ladder.iter().rev().copied().find(|&rung| rung < value).unwrap_or(value)
/// Something that a demo shows as a number: the same on screen, in JSON, in cards and in tests.
pub struct Reading {
    /// Its name in JSON and in cards: `moved_share`.
    /// Its unit.
    pub unit: Unit,
    /// What it says, in a few words.
    pub meaning: &'static str,
/// The unit of a reading, and how it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A part of a whole, 0 to 1 in JSON, shown as percent.
    Share,
    /// A number of things.
    Count,
    /// A ratio: shown with three figures.
    Ratio,
    /// A rate.
    PerSecond,
    /// A span, in seconds in JSON.
    Seconds,
    /// A span, in milliseconds in JSON.
    Millis,
impl Unit {
    /// The unit's short name, as in listings: `share`, `1/s`.
    pub fn name(self) -> &'static str {
        match self {
            Unit::Share => "share",
            Unit::Count => "count",
            Unit::Ratio => "ratio",
            Unit::PerSecond => "1/s",
            Unit::Seconds => "s",
            Unit::Millis => "ms",
    /// A value as the axis of a chart has it: a share in percent, everything else in its own unit.
    pub fn shown(self, value: f64) -> f64 {
        if self == Unit::Share { value * 100.0 } else { value }
    /// A value for people, with its unit: `9.1%`, `12.4 s`.
    pub fn show(self, value: f64) -> String {
            _ if !value.is_finite() => "-".to_string(),
            Unit::Share => format!("{:.1}%", value * 100.0),
            Unit::Count => grouped(value),
            Unit::Ratio => figures(value),
            Unit::PerSecond => format!("{}/s", figures(value)),
            Unit::Seconds => format!("{} s", figures(value)),
            Unit::Millis => format!("{} ms", figures(value)),
/// Three significant figures, at most three decimals, no trailing zeros.
fn figures(value: f64) -> String {
    let magnitude = value.abs();
    let decimals = if magnitude >= 100.0 {
        0
    } else if magnitude >= 10.0 {
        1
    } else if magnitude >= 1.0 {
        2
        3
    };
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_string()
        grouped(value)
/// A whole number with commas: `28,935`.
fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        text.push(digit);
    if value <= -0.5 { format!("-{text}") } else { text }
/// The values of a demo's controls.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    values: Vec<(&'static str, f64)>,
impl Settings {
    /// Every control at its default.
    pub fn defaults(spec: &Spec) -> Settings {
        Settings { values: spec.controls.iter().map(|control| (control.name, control.default)).collect() }
    /// Sets a control from text, as in `--set vnodes=150`.
    /// Where the control or the value does not exist.
    pub fn set(&mut self, spec: &Spec, name: &str, text: &str) -> Result<(), BadSetting> {
        let control = spec.control(name).ok_or_else(|| BadSetting::NoControl(name.to_string()))?;
        let value = control.parse(text)?;
        self.put(control.name, value);
        Ok(())
    /// Sets a control to a value that is known to fit.
    pub fn put(&mut self, name: &str, value: f64) {
        if let Some(slot) = self.values.iter_mut().find(|(known, _)| *known == name) {
            slot.1 = value;
    /// The value of a control; 0 for a name that is none.
    pub fn get(&self, name: &str) -> f64 {
        self.values.iter().find(|(known, _)| *known == name).map_or(0.0, |(_, value)| *value)
    /// The value of a control as a count.
    pub fn count(&self, name: &str) -> usize {
        self.get(name) as usize
    /// Whether a switch is on.
    pub fn on(&self, name: &str) -> bool {
        self.get(name) != 0.0
    /// All names with their values, in the order of the controls.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, f64)> + '_ {
        self.values.iter().copied()
/// A control that is a number; a step of 0 walks 1, 2, 5, 10, ...
const fn number(
    name: &'static str,
    label: &'static str,
    (min, max): (f64, f64),
    step: f64,
    default: f64,
    unit: &'static str,
) -> Control {
    Control { name, label, kind: ControlKind::Number { min, max, step }, default, unit }
/// A control that is one of several options.
const fn choice(
    options: &'static [&'static str],
    Control { name, label, kind: ControlKind::Choice(options), default, unit: "" }
/// A reading, for the tables of demos.
const fn reading(name: &'static str, unit: Unit, meaning: &'static str) -> Reading {
    Reading { name, unit, meaning }
/// A running demo: its systems, its clock, its random streams, and what was seen so far.
///
/// A world moves only by [`World::step`] and [`World::set`], and its state depends on nothing but the
/// seed, the settings at the start, and what was set when.
pub trait World: Send {
    /// A copy in the same state, for snapshots and forks.
    fn boxed_clone(&self) -> Box<dyn World>;

    /// When the next event is due; nothing where there is none to come.
    fn next_at(&self) -> Option<Nanos>;

    /// Makes the next event happen and says what it was.
    fn step(&mut self) -> Option<Step>;

    /// A control was set to a value at the moment `now`, which is not before the last event nor after the next.
    fn set(&mut self, now: Nanos, control: &'static str, value: f64);

    /// The readings at `now`, in the order of [`Spec::readings`]; not a number where there is nothing to read yet.
    fn readings(&self, now: Nanos) -> Vec<f64>;

    /// What there is to see at `now`.
    fn scene(&self, now: Nanos) -> Scene;

    /// Which goals are reached, in the order of [`Spec::goals`]. A goal once reached stays reached.
    fn goals(&self) -> Vec<bool>;

    /// For each of [`Spec::invariants`] the event that broke it first, if any did.
    fn broken(&self) -> Vec<Option<Step>>;

    /// About how many bytes a copy takes: a run keeps fewer snapshots of a large world.
    fn bytes(&self) -> usize {
        64 << 10
    }
}

impl Clone for Box<dyn World> {
    fn clone(&self) -> Self {
        self.boxed_clone()
    }
}

/// An event that happened: `request 17 refused`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: Nanos,
    /// What: a few words with `#` where the number goes, such as `request # refused`.
    pub what: &'static str,
    /// The number of the request, node or key that it concerns.
    pub id: u64,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what.replacen('#', &self.id.to_string(), 1))
    }
}
