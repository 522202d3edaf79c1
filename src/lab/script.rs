//! A run as text: the arguments of a live block, and a script that repeats a run to the last event.
//!
//! ```text
//! demo ring
//! seed 7
//! set nodes=10
//! at 2000000000 after 412 nodes=11
//! at 2500000000 after 513 crash 3
//! end 10000000000
//! ```
//! `at` is the moment in nanoseconds and `after` the number of events that had happened: the two together
//! order an input among events of the same nanosecond.

use super::{BadSetting, Hand, Run, Settings, Spec, demos, find};
use crate::config::problem::suggest;
use crate::sim::{Nanos, Seed};

/// How a demo is opened, by a page or on the command line.
#[derive(Debug)]
pub struct Opening {
    /// The demo.
    pub spec: &'static Spec,
    /// The seed of the run.
    pub seed: Seed,
    /// Its controls.
    pub settings: Settings,
    /// The way it is looked at first, by its place in [`Spec::views`].
    pub view: usize,
}

impl Opening {
    /// As it opens where nothing is said.
    #[must_use]
    pub fn new(spec: &'static Spec) -> Opening {
        Opening { spec, seed: Seed(7), settings: Settings::defaults(spec), view: 0 }
    }
}

/// Reads `NAME CONTROL=VALUE ...`, as in live blocks; `seed=N` sets the seed, which is 7 otherwise, and `view=NAME` the
/// way the demo is looked at, which is its first otherwise.
///
/// # Errors
/// A sentence on what is wrong, with what is near it.
pub fn parse_argument(argument: &str) -> Result<Opening, String> {
    let mut words = argument.split_whitespace();
    let spec = named(words.next().ok_or("the demo's name is missing")?)?;
    let mut opening = Opening::new(spec);
    for word in words {
        let (control, value) = split(word)?;
        match control {
            "seed" => opening.seed = Seed(number(value, "the seed")?),
            "view" => opening.view = view(spec, value)?,
            _ => opening.settings.set(spec, control, value).map_err(|why| explain(spec, &why))?,
        }
    }
    Ok(opening)
}

/// The way to look at a demo that has that name, by its place in [`Spec::views`].
///
/// # Errors
/// A sentence on what is wrong, with what is near it.
pub fn view(spec: &Spec, name: &str) -> Result<usize, String> {
    spec.views.iter().position(|view| *view == name).ok_or_else(|| {
        if spec.views.is_empty() {
            format!("the demo '{}' is looked at in one way only", spec.name)
        } else {
            format!("the demo '{}' has no view '{name}'; {}", spec.name, suggest(name, spec.views))
        }
    })
}

/// The demo of that name, or a sentence with what is near it.
///
/// # Errors
/// Where no demo has that name.
pub fn named(name: &str) -> Result<&'static Spec, String> {
    find(name).ok_or_else(|| {
        let known: Vec<&str> = demos().iter().map(|spec| spec.name).collect();
        format!("no demo is called '{name}'; {}", suggest(name, &known))
    })
}

/// Why a setting was not accepted, with what is near it.
#[must_use]
pub fn explain(spec: &Spec, why: &BadSetting) -> String {
    match why {
        BadSetting::NoControl(name) => {
            let known: Vec<&str> = spec.controls.iter().map(|control| control.name).collect();
            format!("the demo '{}' has no control '{name}'; {}", spec.name, suggest(name, &known))
        }
        BadSetting::BadValue { .. } => why.to_string(),
    }
}

/// The run as a script.
#[must_use]
pub fn write(run: &Run) -> String {
    let spec = run.spec();
    let mut text = format!("demo {}\nseed {}\n", spec.name, run.seed().0);
    for control in spec.controls {
        let value = run.start_settings().get(control.name);
        text.push_str(&format!("set {}={}\n", control.name, control.show(value)));
    }
    for input in run.inputs() {
        let what = match input.hand {
            Hand::Set(name, value) => {
                let shown =
                    spec.control(name).map_or_else(|| value.to_string(), |control| control.show(value));
                format!("{name}={shown}")
            }
            Hand::Act(act, thing) => format!("{act} {thing}"),
        };
        text.push_str(&format!("at {} after {} {what}\n", input.at.0, input.after));
    }
    text.push_str(&format!("end {}\n", run.now().0));
    text
}

/// Repeats a script: the run as it stood when the script was written.
///
/// # Errors
/// The line, from 1, and a sentence on what is wrong with it.
pub fn replay(text: &str) -> Result<Run, (usize, String)> {
    let mut spec = None;
    let mut seed = Seed(7);
    let mut settings: Option<Settings> = None;
    let mut run: Option<Run> = None;
    for (index, line) in text.lines().enumerate() {
        let fail = |why: String| (index + 1, why);
        let mut words = line.split_whitespace();
        let Some(word) = words.next().filter(|word| !word.starts_with('#')) else { continue };
        let rest: Vec<&str> = words.collect();
        match (word, rest.as_slice()) {
            ("demo", [name]) => {
                let found = named(name).map_err(fail)?;
                spec = Some(found);
                settings = Some(Settings::defaults(found));
            }
            ("seed", [value]) => seed = Seed(number(value, "the seed").map_err(fail)?),
            ("set", [setting]) => {
                let (Some(spec), Some(settings)) = (spec, settings.as_mut()) else {
                    return Err(fail("the first line names the demo: demo ring".into()));
                };
                let (control, value) = split(setting).map_err(fail)?;
                settings.set(spec, control, value).map_err(|why| fail(explain(spec, &why)))?;
            }
            ("at", [at, "after", after, what @ ..]) => {
                let run = started(&mut run, spec, seed, settings.as_ref()).map_err(fail)?;
                let hand = hand(run.spec(), what).map_err(fail)?;
                let at = Nanos(number(at, "the moment").map_err(fail)?);
                let after = number(after, "the number of events").map_err(fail)?;
                run.play_input(at, after, hand).map_err(fail)?;
            }
            ("end", [at]) => {
                let run = started(&mut run, spec, seed, settings.as_ref()).map_err(fail)?;
                run.advance_to(Nanos(number(at, "the moment").map_err(fail)?), || true);
            }
            _ => {
                return Err(fail(format!(
                    "a script has lines 'demo', 'seed', 'set', 'at .. after ..' and 'end', not '{line}'"
                )));
            }
        }
    }
    let last = text.lines().count();
    started(&mut run, spec, seed, settings.as_ref()).map_err(|why| (last.max(1), why))?;
    run.ok_or((1, "the script is empty".to_string()))
}

/// What was done: `nodes=11`, or `crash 3`.
fn hand(spec: &'static Spec, words: &[&str]) -> Result<Hand, String> {
    match words {
        [setting] => {
            let (name, value) = split(setting)?;
            let control =
                spec.control(name).ok_or_else(|| explain(spec, &BadSetting::NoControl(name.into())))?;
            Ok(Hand::Set(control.name, control.parse(value).map_err(|why| why.to_string())?))
        }
        [name, thing] => {
            let act = spec.act(name).ok_or_else(|| {
                let known: Vec<&str> = spec.acts.iter().map(|act| act.name).collect();
                if known.is_empty() {
                    format!("in the demo '{}' nothing can be done by hand", spec.name)
                } else {
                    format!("in the demo '{}' one cannot '{name}'; {}", spec.name, suggest(name, &known))
                }
            })?;
            Ok(Hand::Act(act.name, number(thing, "what it is done to")?))
        }
        _ => Err("after the moment stands CONTROL=VALUE or ACT NUMBER".into()),
    }
}

fn started<'r>(
    run: &'r mut Option<Run>,
    spec: Option<&'static Spec>,
    seed: Seed,
    settings: Option<&Settings>,
) -> Result<&'r mut Run, String> {
    let (Some(spec), Some(settings)) = (spec, settings) else {
        return Err("the first line names the demo: demo ring".into());
    };
    Ok(run.get_or_insert_with(|| Run::new(spec, seed, settings.clone())))
}

fn split(word: &str) -> Result<(&str, &str), String> {
    word.split_once('=').ok_or_else(|| format!("'{word}' should be CONTROL=VALUE"))
}

fn number(text: &str, what: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("{what} is a whole number, not '{text}'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_replays_to_the_same_hash() {
        for spec in demos() {
            let mut run = Run::new(spec, Seed(11), Settings::defaults(spec));
            let third = Nanos(spec.length.0 / 3);
            run.advance_to(third, || true);
            for control in spec.controls {
                let value = control.moved(run.settings().get(control.name), true);
                run.set(control.name, value);
                run.step();
            }
            run.advance_to(third * 2, || true);
            let again = replay(&write(&run)).expect("what was written can be read");
            assert_eq!(
                (again.trace(), again.events(), again.now()),
                (run.trace(), run.events(), run.now()),
                "{}",
                spec.name
            );
            assert_eq!(format!("{:?}", again.readings()), format!("{:?}", run.readings()), "{}", spec.name);
        }
    }

    #[test]
    fn a_wrong_script_is_named_by_its_line() {
        let check = |text: &str, line: usize, why: &str| match replay(text) {
            Err((at, said)) => assert!(at == line && said.contains(why), "{at}: {said}"),
            Ok(_) => panic!("{text} was accepted"),
        };
        check("", 1, "the first line names the demo");
        check("seed 3\nset a=1", 2, "the first line names the demo");
        check("demo rong", 1, "no demo is called 'rong'");
        check("hop 3", 1, "not 'hop 3'");
        check("seed x", 1, "the seed is a whole number");
    }
}
