//! `sysdrill demo`: a run on the screen, or its readings without one.

use std::io::IsTerminal;

use serde_json::{Map, Value, json};

use super::args::Demo;
use super::place::Place;
use super::{Failure, complain, print, print_json, problem_json, screen, usage};
use crate::config::problem::Problem;
use crate::config::settings::minutes;
use crate::deck::Kind;
use crate::drill::{self, Verdict};
use crate::lab::{
    self, Control, ControlKind, Opening, Plan, Reading, Run, Settings, Spec, Spread, Sweep, demos,
};
use crate::library;
use crate::sim::{Nanos, Seed};
use crate::ui::stage;

/// The longest run that is made without a screen, in seconds of simulated time.
const LONGEST: f64 = 86_400.0;

/// Lists the demos, runs one, or shows it.
pub(super) fn run(place: &Place, verb: &Demo) -> Result<(), Failure> {
    let ascii = place.settings.screen.ascii;
    let composed = composed(place, verb)?;
    if verb.check {
        return checked(composed, verb);
    }
    if let Some(file) = &verb.script {
        let name = file.display();
        let text = std::fs::read_to_string(file).map_err(|error| anyhow::anyhow!("{name}: {error}"))?;
        let run = match lab::replay(&text) {
            Ok(run) => run,
            Err((line, why)) => return usage(format!("{name}:{line}: {why}")),
        };
        let view = view(run.spec(), verb, 0)?;
        return show(&run, verb.json, view, ascii);
    }
    let opening = match (composed, &verb.name) {
        (Some(spec), _) => Some(Opening::new(spec)),
        (None, Some(name)) => {
            let argument = format!("{name} {}", verb.controls.join(" "));
            Some(lab::parse_argument(&argument).map_err(Failure::Usage)?)
        }
        (None, None) if !verb.against.is_empty() => {
            return usage("--against needs a demo to run".to_string());
        }
        (None, None) => None,
    };
    let Some(opening) = opening else {
        return if verb.json {
            print_json(&Value::Array(demos().iter().map(|spec| listed(spec)).collect()))
        } else {
            list()
        };
    };
    let spec = opening.spec;
    let settings = with(spec, &opening.settings, "--set", &verb.set)?;
    let view = view(spec, verb, opening.view)?;
    let length = match &verb.length {
        Some(text) => duration(text)?,
        None => spec.length,
    };
    let seed = verb.seed.map_or(opening.seed, Seed);
    if let Some(seeds) = verb.seeds {
        let plan = Plan { seed, start: settings, inputs: Vec::new(), now: Nanos::ZERO };
        return sweep(Sweep::new(spec, &plan, length, seeds), verb.json);
    }
    if !verb.json && !verb.text {
        if std::io::stdout().is_terminal() && std::io::stdin().is_terminal() {
            return screen::demo(place, Opening { spec, seed, settings, view });
        }
        return usage(
            "there is no terminal to show the demo on: add --json for its readings or --text for its picture",
        );
    }
    let against = match verb.against.as_slice() {
        [] => None,
        sets => Some(play(spec, seed, with(spec, &settings, "--against", sets)?, length)?),
    };
    let run = play(spec, seed, settings, length)?;
    let bet = verb.bet.as_deref().map(|text| bet(place, &run, text)).transpose()?;
    if verb.json {
        let mut value = result(&run);
        if let Some(other) = &against {
            value["against"] = result(other);
        }
        if let Some(bet) = bet {
            value["bet"] = bet.json();
        }
        return print_json(&value);
    }
    show(&run, false, view, ascii)?;
    if let Some(other) = &against {
        print(&format!("\nagainst {}\n", verb.against.join(" ")))?;
        show(other, false, view, ascii)?;
    }
    bet.map_or(Ok(()), |bet| print(&format!("\n{}", bet.text())))
}

/// The learner's own compositions are laid over the demos; and the one of `--compose`, where there is one, is added.
fn composed(place: &Place, verb: &Demo) -> Result<Option<&'static Spec>, Failure> {
    let mut problems = Vec::new();
    library::compositions(&place.folders(), &mut problems);
    problems.iter().for_each(|problem| complain(&problem.to_string()));
    let Some(file) = &verb.compose else { return Ok(None) };
    let name = file.display().to_string();
    let bytes = std::fs::read(file).map_err(|error| anyhow::anyhow!("{name}: {error}"))?;
    let (text, flaw) = library::decode(bytes);
    let mut problems: Vec<Problem> =
        flaw.into_iter().map(|flaw| Problem::at(&name, "", 1, 0, flaw)).collect();
    if let Some(spec) = library::composition(&name, &text, &mut problems) {
        lab::add(spec);
        return Ok(Some(spec));
    }
    if verb.check && verb.json {
        print_json(&json!({ "problems": problems.iter().map(problem_json).collect::<Vec<_>>() }))?;
    } else {
        problems.iter().for_each(|problem| complain(&problem.to_string()));
    }
    Err(Failure::Silent)
}

/// What `--check` says of a composition with which nothing is wrong.
fn checked(composed: Option<&'static Spec>, verb: &Demo) -> Result<(), Failure> {
    let Some(spec) = composed else { return Ok(()) };
    if verb.json {
        return print_json(&json!({ "demo": spec.name, "problems": [] }));
    }
    let (controls, goals) = (spec.controls.len(), spec.goals.len());
    print(&format!("{}: {controls} controls, {goals} goals, {} long: all well", spec.name, spec.length))
}

/// The way to look at it that `--view` names, or else the one given.
fn view(spec: &Spec, verb: &Demo, otherwise: usize) -> Result<usize, Failure> {
    verb.view.as_deref().map_or(Ok(otherwise), |name| lab::view(spec, name).or_else(usage))
}

/// The settings with some of them set as on the command line.
fn with(spec: &Spec, base: &Settings, flag: &str, sets: &[String]) -> Result<Settings, Failure> {
    let mut settings = base.clone();
    for setting in sets {
        let Some((control, value)) = setting.split_once('=') else {
            return usage(format!("{flag} takes KEY=VALUE, not '{setting}'"));
        };
        settings
            .set(spec, control.trim(), value.trim())
            .map_err(|why| Failure::Usage(lab::explain(spec, &why)))?;
    }
    Ok(settings)
}

/// A run to its end.
fn play(spec: &'static Spec, seed: Seed, settings: Settings, length: Nanos) -> Result<Run, Failure> {
    let run = lab::guard(|| {
        let mut run = Run::without_past(spec, seed, settings);
        run.advance_to(length, || true);
        run
    });
    run.map_err(|why| Failure::Failed(anyhow::anyhow!("the demo '{}' failed: {why}", spec.name)))
}

/// A bet on a run, and what became of it.
struct Scored {
    card: &'static str,
    reading: &'static Reading,
    yours: f64,
    verdict: Verdict,
}

/// Scores a bet on the reading of the demo's own bet, with the tolerance of its card.
fn bet(place: &Place, run: &Run, text: &str) -> Result<Scored, Failure> {
    let spec = run.spec();
    let library = place.library();
    let card = library.card(spec.bet).map(|card| &card.kind);
    let Some(Kind::Predict { reading, tolerance, .. }) = card else {
        return usage(format!("there is no card '{}' to score a bet on '{}' by", spec.bet, spec.name));
    };
    let Some((index, reading)) = spec.reading(reading) else {
        return usage(format!("the card '{}' bets on a reading that '{}' has not", spec.bet, spec.name));
    };
    let yours = drill::parse_bet(text, reading.unit).map_err(|why| {
        Failure::Usage(format!("--bet on {} ({}): {why}", reading.name, reading.unit.name()))
    })?;
    let truth = run.readings().get(index).copied().unwrap_or(f64::NAN);
    let verdict = drill::judge_bet(yours, truth, reading.unit, *tolerance);
    Ok(Scored { card: spec.bet, reading, yours, verdict })
}

impl Scored {
    fn json(&self) -> Value {
        json!({
            "card": self.card,
            "reading": self.reading.name,
            "yours": number(self.yours),
            "truth": number(self.verdict.truth.unwrap_or(f64::NAN)),
            "grade": self.verdict.right.map(|_| self.verdict.suggested.name()),
            "off_by": self.verdict.off_by,
        })
    }

    fn text(&self) -> String {
        let unit = self.reading.unit;
        let off = self.verdict.off_by.as_deref().unwrap_or("nothing to compare with");
        let truth = unit.show(self.verdict.truth.unwrap_or(f64::NAN));
        format!("you bet {}   the run {truth}   {off}   {}", unit.show(self.yours), self.reading.meaning)
    }
}

/// Runs of many seeds, and how their readings are spread.
fn sweep(mut sweep: Sweep, json: bool) -> Result<(), Failure> {
    let spec = sweep.spec();
    lab::guard(|| while sweep.next(&mut || true) {})
        .map_err(|why| Failure::Failed(anyhow::anyhow!("the demo '{}' failed: {why}", spec.name)))?;
    let spreads = sweep.spreads();
    if json {
        return print_json(&swept(&sweep, &spreads));
    }
    let (seeds, _) = sweep.progress();
    print(&format!("{}   {} of simulated time, {seeds} seeds\n", spec.hook, sweep.until()))?;
    let width = spec.readings.iter().map(|reading| reading.name.len()).max().unwrap_or(0);
    print(&format!("{:width$}  {:>10} {:>10} {:>10} {:>10} {:>10}", "", "mean", "±", "5%", "median", "95%"))?;
    for (reading, spread) in spec.readings.iter().zip(&spreads) {
        let columns = [
            spread.mean,
            2.0 * spread.error(),
            spread.percentile(0.05),
            spread.percentile(0.5),
            spread.percentile(0.95),
        ];
        let columns = columns.map(|value| format!("{:>10}", reading.unit.show(value))).join(" ");
        print(&format!("{:width$}  {columns}  {}", reading.name, reading.meaning))?;
    }
    Ok(())
}

/// A sweep: stable, see docs/json.md.
fn swept(sweep: &Sweep, spreads: &[Spread]) -> Value {
    let spec = sweep.spec();
    let spread = |spread: &Spread| {
        json!({
            "seeds": spread.values.len(),
            "mean": number(spread.mean),
            "error": number(spread.error()),
            "deviation": number(spread.deviation),
            "min": number(spread.percentile(0.0)),
            "p5": number(spread.percentile(0.05)),
            "p50": number(spread.percentile(0.5)),
            "p95": number(spread.percentile(0.95)),
            "max": number(spread.percentile(1.0)),
        })
    };
    let readings: Map<String, Value> = spec
        .readings
        .iter()
        .zip(spreads)
        .map(|(reading, values)| (reading.name.to_string(), spread(values)))
        .collect();
    json!({
        "demo": spec.name,
        "seeds": sweep.progress().0,
        "settings": shown(spec, sweep.start_settings()),
        "time": sweep.until().as_secs_f64(),
        "readings": readings,
    })
}

/// Settings by name.
fn shown(spec: &Spec, settings: &Settings) -> Map<String, Value> {
    settings
        .iter()
        .filter_map(|(name, value)| Some((name.to_string(), setting(spec.control(name)?, value))))
        .collect()
}

fn show(run: &Run, json: bool, view: usize, ascii: bool) -> Result<(), Failure> {
    if json {
        return print_json(&result(run));
    }
    print(&format!("{}   {} of simulated time, seed {}\n", run.spec().hook, run.now(), run.seed().0))?;
    print(&stage::text(&run.view(view), 100, 40, ascii))?;
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
        "settings": shown(spec, run.start_settings()),
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
    let width = demos().iter().map(|spec| spec.name.len()).max().unwrap_or(0);
    for spec in demos() {
        print(&format!("{:width$}  {}", spec.name, spec.hook))?;
        let controls: Vec<String> = spec
            .controls
            .iter()
            .map(|control| format!("{}={}", control.name, control.show(control.default)))
            .collect();
        print(&format!("{:width$}  {}", "", controls.join(" ")))?;
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
    let acts: Vec<Value> =
        spec.acts.iter().map(|act| json!({ "name": act.name, "meaning": act.meaning })).collect();
    let theory: Map<String, Value> =
        spec.theory.iter().map(|(reading, theory)| ((*reading).to_string(), json!(theory))).collect();
    let sources: Vec<Value> =
        spec.sources.iter().map(|source| json!({ "path": source.path, "line": source.line() + 1 })).collect();
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
        "bugs": spec.bugs,
        "acts": acts,
        "views": spec.views,
        "look_for": spec.look_for,
        "theory": theory,
        "sources": sources,
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
