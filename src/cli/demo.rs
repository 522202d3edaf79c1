//! `sysdrill demo`: a run on the screen, or its readings without one.

use std::io::IsTerminal;

use serde_json::{Map, Value, json};

use super::args::Demo;
use super::place::Place;
use super::{Failure, print, print_json, screen, usage};
use crate::config::settings::minutes;
use crate::lab::{self, Control, ControlKind, DEMOS, Run, Settings, Spec};
use crate::sim::{Nanos, Seed};
use crate::ui::stage;

/// The longest run that is made without a screen, in seconds of simulated time.
const LONGEST: f64 = 86_400.0;

/// Lists the demos, runs one, or shows it.
pub(super) fn run(place: &Place, verb: &Demo) -> Result<(), Failure> {
    if let Some(file) = &verb.script {
        let name = file.display();
        let text = std::fs::read_to_string(file).map_err(|error| anyhow::anyhow!("{name}: {error}"))?;
        let run = match lab::replay(&text) {
            Ok(run) => run,
            Err((line, why)) => return usage(format!("{name}:{line}: {why}")),
        };
        return show(&run, verb, place.settings.screen.ascii);
    }
    let Some(name) = &verb.name else {
        return if verb.json {
            print_json(&Value::Array(DEMOS.iter().map(|spec| listed(spec)).collect()))
        } else {
            list()
        };
    };
    let spec = lab::named(name).map_err(Failure::Usage)?;
    let mut settings = Settings::defaults(spec);
    for setting in &verb.set {
        let Some((control, value)) = setting.split_once('=') else {
            return usage(format!("--set takes KEY=VALUE, not '{setting}'"));
        };
        settings
            .set(spec, control.trim(), value.trim())
            .map_err(|why| Failure::Usage(lab::explain(spec, &why)))?;
    }
    let length = match &verb.length {
        Some(text) => duration(text)?,
        None => spec.length,
    };
    let seed = Seed(verb.seed.unwrap_or(7));
    if !verb.json && !verb.text {
        if std::io::stdout().is_terminal() && std::io::stdin().is_terminal() {
            return screen::demo(place, spec, seed, settings);
        }
        return usage(
            "there is no terminal to show the demo on: add --json for its readings or --text for its picture",
        );
    }
    let mut run = Run::new(spec, seed, settings);
    run.advance_to(length, || true);
    show(&run, verb, place.settings.screen.ascii)
}

fn show(run: &Run, verb: &Demo, ascii: bool) -> Result<(), Failure> {
    if verb.json {
        return print_json(&result(run));
    }
    print(&format!("{}   {} of simulated time, seed {}\n", run.spec().hook, run.now(), run.seed().0))?;
    print(&stage::text(&run.scene(), 100, 40, ascii))?;
    let width = run.spec().readings.iter().map(|reading| reading.name.len()).max().unwrap_or(0);
    print("")?;
    for (reading, value) in run.spec().readings.iter().zip(run.readings()) {
        print(&format!("{:width$}  {:>10}  {}", reading.name, reading.unit.show(value), reading.meaning))?;
    }
    Ok(())
}

/// The result of a run: stable, see docs/json.md.
fn result(run: &Run) -> Value {
    let spec = run.spec();
    let settings: Map<String, Value> = run
        .start_settings()
        .iter()
        .filter_map(|(name, value)| Some((name.to_string(), setting(spec.control(name)?, value))))
        .collect();
    let readings: Map<String, Value> = spec
        .readings
        .iter()
        .zip(run.readings())
        .map(|(reading, value)| (reading.name.to_string(), number(value)))
        .collect();
    let goals: Map<String, Value> = spec
        .goals
        .iter()
        .zip(run.goals())
        .map(|(goal, reached)| ((*goal).to_string(), Value::Bool(reached)))
        .collect();
    let broken: Map<String, Value> = spec
        .invariants
        .iter()
        .zip(run.broken())
        .map(|(invariant, broken)| {
            let event = broken.map(|step| json!({ "at": step.at.as_secs_f64(), "event": step.to_string() }));
            ((*invariant).to_string(), event.unwrap_or(Value::Null))
        })
        .collect();
    json!({
        "demo": spec.name,
        "seed": run.seed().0,
        "settings": settings,
        "time": run.now().as_secs_f64(),
        "events": run.events(),
        "trace": format!("{:016x}", run.trace()),
        "readings": readings,
        "goals": goals,
        "broken": broken,
    })
}

fn setting(control: &Control, value: f64) -> Value {
    match control.kind {
        ControlKind::Number { .. } => number(value),
        ControlKind::Choice(_) => Value::String(control.show(value)),
        ControlKind::Switch => Value::Bool(value != 0.0),
    }
}

/// A number, whole where it is whole, null where there is none.
fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 9e15 { json!(value as i64) } else { json!(value) }
}

fn list() -> Result<(), Failure> {
    for spec in DEMOS {
        print(&format!("{:10} {}", spec.name, spec.hook))?;
        let controls: Vec<String> = spec
            .controls
            .iter()
            .map(|control| format!("{}={}", control.name, control.show(control.default)))
            .collect();
        print(&format!("{:10} {}", "", controls.join(" ")))?;
    }
    Ok(())
}

fn listed(spec: &Spec) -> Value {
    let controls: Vec<Value> = spec
        .controls
        .iter()
        .map(|control| {
            let mut entry = json!({
                "name": control.name,
                "label": control.label,
                "unit": control.unit,
                "default": setting(control, control.default),
            });
            match &control.kind {
                ControlKind::Number { min, max, .. } => {
                    entry["min"] = number(*min);
                    entry["max"] = number(*max);
                }
                ControlKind::Choice(options) => entry["options"] = json!(options),
                ControlKind::Switch => entry["options"] = json!([false, true]),
            }
            entry
        })
        .collect();
    let readings: Vec<Value> = spec
        .readings
        .iter()
        .map(|reading| json!({ "name": reading.name, "unit": reading.unit.name(), "meaning": reading.meaning }))
        .collect();
    json!({
        "name": spec.name,
        "title": spec.title,
        "part": spec.part,
        "topics": spec.topics,
        "hook": spec.hook,
        "bet": spec.bet,
        "length": spec.length.as_secs_f64(),
        "controls": controls,
        "readings": readings,
        "goals": spec.goals,
        "invariants": spec.invariants,
    })
}

/// `5s`, `200ms`, `2m` or a number of seconds.
fn duration(text: &str) -> Result<Nanos, Failure> {
    let text = text.trim();
    let seconds = if let Some(minutes) = minutes(text) {
        Some(f64::from(minutes) * 60.0)
    } else {
        let (number, scale) = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
            (Some(number), _) => (number, 1e-3),
            (None, Some(number)) => (number, 1.0),
            (None, None) => (text, 1.0),
        };
        number.trim().parse::<f64>().ok().map(|number| number * scale)
    };
    match seconds.filter(|seconds| *seconds > 0.0 && *seconds <= LONGEST) {
        Some(seconds) => Ok(Nanos::from_secs_f64(seconds)),
        None => usage(format!("--for takes a span such as 5s, 200ms or 2m, up to {LONGEST} s, not '{text}'")),
    }
}
