//! A composition as a file: TOML, with `[clients]`, `[[stage]]`, `[[event]]` and `[[goal]]`.
//!
//! Every mistake of a file is told, each with its place and what to do; a file with one gives no demo.

use super::Bug;
use super::kinds::{Kind, What};
use super::measures::{self, Measure, THEORY, underscored};
use super::plan::{Condition, Exposed, Goal, Is, Piece, Plan, Planned, Value};
use crate::config::fields::{Fields, Placed, Reader};
use crate::config::problem::{Problem, suggest};
use crate::lab::Reading;
use crate::sim::Nanos;

/// The most pieces below the clients, events, and goals.
const STAGES: usize = 9;
const EVENTS: usize = 12;
const GOALS: usize = 8;
/// How long a run may be, in seconds.
const LENGTHS: (f64, f64) = (5.0, 120.0);
/// The most calls that a run may make at its last piece, with every control at its far end: it has to stay playable.
const CALLS: f64 = 400_000.0;

/// What a file gives.
pub(super) struct Parsed {
    pub plan: Plan,
    pub measures: Vec<Measure>,
    pub readings: Vec<Reading>,
}

/// What a file gives where nothing is wrong with it, and what is.
pub(super) fn parse(file: &str, text: &str) -> (Option<Parsed>, Vec<Problem>) {
    let mut reader = Reader::new(file, text, 1);
    let table = reader.table();
    let mut fields = Fields::new(table.get_ref(), 0..0);
    let parsed = Parser { reader: &mut reader, exposed: Vec::new() }.file(&mut fields);
    fields.finish(&mut reader);
    reader.problems.sort_by_key(|problem| (problem.line, problem.column));
    (parsed.filter(|_| reader.problems.is_empty()), reader.problems)
}

/// A file being read.
pub(super) struct Parser<'r, 'a> {
    pub reader: &'r mut Reader<'a>,
    /// The controls so far.
    pub exposed: Vec<Exposed>,
}

/// What is in a name: small letters, digits and hyphens, a letter first.
fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(fits) && name.len() <= 30
}

impl Parser<'_, '_> {
    fn file(&mut self, fields: &mut Fields<'_, '_>) -> Option<Parsed> {
        let name = fields.required(self.reader, "name");
        if let Some(name) = &name {
            self.named(name);
        }
        let name = name.map_or_else(String::new, |name| name.value);
        let mut text = |reader: &mut Reader<'_>, field| fields.text(reader, field).map(|text| text.value);
        let title = text(self.reader, "title").unwrap_or_else(|| name.clone());
        let hook = text(self.reader, "hook").unwrap_or_else(|| format!("What becomes of {name}?"));
        let part = text(self.reader, "part").unwrap_or_else(|| "own".into());
        let bet = text(self.reader, "bet").unwrap_or_default();
        let mut list = |reader: &mut Reader<'_>, field| -> Vec<String> {
            fields.texts(reader, field).into_iter().map(|text| text.value).collect()
        };
        let topics = list(self.reader, "topics");
        let look_for = list(self.reader, "look_for");
        let theory = self.theory(fields);
        let length = self.length(fields);
        let bugs = self.bugs(fields);
        let mut pieces = vec![self.clients(fields)];
        self.stages(fields, &mut pieces);
        let events = self.events(fields, &pieces);
        let exposed = std::mem::take(&mut self.exposed);
        let mut plan = Plan {
            name,
            title,
            part,
            topics,
            hook,
            look_for,
            bet,
            theory,
            length,
            pieces,
            events,
            exposed,
            goals: Vec::new(),
            bugs,
        };
        if plan.pieces.len() < 2 {
            return None;
        }
        self.affordable(&plan, fields);
        let (measures, readings) = measures::readings(&plan);
        plan.goals = self.goals(fields, &plan, &readings);
        Some(Parsed { plan, measures, readings })
    }

    fn named(&mut self, name: &Placed<String>) {
        if !is_name(&name.value) {
            let help =
                "small letters, digits and hyphens, a letter first, at most 30: name = \"slow-database\"";
            self.reader.problem_with_help(name.span.start, format!("'{}' is no name", name.value), help);
        }
    }

    fn length(&mut self, fields: &mut Fields<'_, '_>) -> Nanos {
        let seconds = fields.number(self.reader, "length").map_or((30.0, 0), |n| (n.value, n.span.start));
        if !(LENGTHS.0..=LENGTHS.1).contains(&seconds.0) {
            let message = format!("a run lasts {} to {} s", LENGTHS.0, LENGTHS.1);
            self.reader.problem_with_help(seconds.1, message, "length = 30");
        }
        Nanos::from_secs_f64(seconds.0.clamp(LENGTHS.0, LENGTHS.1))
    }

    fn theory(&mut self, fields: &mut Fields<'_, '_>) -> Vec<String> {
        let mut named = Vec::new();
        for name in fields.texts(self.reader, "theory") {
            if THEORY.iter().any(|(of, _)| *of == name.value) {
                named.push(name.value);
            } else {
                let known: Vec<&str> = THEORY.iter().map(|(of, _)| *of).collect();
                let message = format!("there is no theory of '{}'", name.value);
                self.reader.problem_with_help(name.span.start, message, suggest(&name.value, &known));
            }
        }
        named
    }

    fn bugs(&mut self, fields: &mut Fields<'_, '_>) -> Vec<Bug> {
        let mut bugs = Vec::new();
        let said = fields.value("bugs").is_some();
        for name in fields.texts(self.reader, "bugs") {
            match Bug::ALL.iter().find(|(known, _)| *known == name.value) {
                Some((_, bug)) if !bugs.contains(bug) => bugs.push(*bug),
                Some(_) => {}
                None => {
                    let known: Vec<&str> = Bug::ALL.iter().map(|(known, _)| *known).collect();
                    let message = format!("no bug is called '{}'", name.value);
                    self.reader.problem_with_help(name.span.start, message, suggest(&name.value, &known));
                }
            }
        }
        if said { bugs } else { Bug::ALL.iter().map(|(_, bug)| *bug).collect() }
    }

    fn clients(&mut self, fields: &mut Fields<'_, '_>) -> Piece {
        let kind = Kind::Clients;
        let usual = || kind.parameters().iter().map(|parameter| Value::Fixed(parameter.default)).collect();
        let values = match fields.value("clients").map(|value| (value.span(), value.get_ref().as_table())) {
            Some((span, Some(table))) => {
                let mut own = Fields::new(table, span);
                let values = self.values(&mut own, kind.parameters(), "");
                own.finish(self.reader);
                values
            }
            Some((span, None)) => {
                self.reader.problem_with_help(span.start, "'clients' is a table", "[clients]\nrate = 50");
                usual()
            }
            None => {
                let help = "[clients]\n  rate = 50";
                self.reader.problem_with_help(0, "there are no [clients]: nobody sends requests", help);
                usual()
            }
        };
        Piece { kind, name: "clients".into(), values }
    }

    fn stages(&mut self, fields: &mut Fields<'_, '_>, pieces: &mut Vec<Piece>) {
        let start = fields.place("stage");
        let mut last = start;
        for mut own in fields.tables(self.reader, "stage") {
            last = own.start();
            if pieces.len() > STAGES {
                self.reader.problem(last, format!("a chain has at most {STAGES} stages"));
                break;
            }
            if let Some(piece) = self.stage(&mut own, pieces) {
                pieces.push(piece);
            }
            own.finish(self.reader);
        }
        match pieces.last() {
            Some(piece) if pieces.len() > 1 && piece.kind.works() => {}
            Some(_) if pieces.len() > 1 => {
                let help = "put a [[stage]] with kind = \"database\" (or \"service\") behind it";
                self.reader.problem_with_help(last, "the last stage does no work: nobody answers", help);
            }
            _ if self.reader.problems.is_empty() => {
                let help = "[[stage]]\n  kind = \"database\"";
                self.reader.problem_with_help(start, "the chain has no [[stage]]", help);
            }
            _ => {}
        }
    }

    fn stage(&mut self, own: &mut Fields<'_, '_>, pieces: &[Piece]) -> Option<Piece> {
        let name = own.text(self.reader, "name");
        let known = own.required(self.reader, "kind").is_some();
        let kind = if known { own.one_of(self.reader, "kind", &Kind::STAGES) } else { None };
        let kind = kind?;
        let at = name.as_ref().map_or(own.start(), |name| name.span.start);
        if let Some(name) = &name {
            self.named(name);
        }
        let name = name.map_or_else(|| kind.name().to_string(), |name| name.value);
        if pieces.iter().any(|piece| underscored(&piece.name) == underscored(&name)) {
            let help = format!("give this one a name of its own: name = \"{name}-2\"");
            self.reader.problem_with_help(at, format!("two stages are called '{name}'"), help);
        }
        let values = self.values(own, kind.parameters(), &format!("{}_", underscored(&name)));
        Some(Piece { kind, name, values })
    }

    fn events(&mut self, fields: &mut Fields<'_, '_>, pieces: &[Piece]) -> Vec<Planned> {
        let mut events = Vec::new();
        for mut own in fields.tables(self.reader, "event") {
            if events.len() >= EVENTS {
                self.reader.problem(own.start(), format!("there are at most {EVENTS} events"));
                break;
            }
            if let Some(event) = self.event(&mut own, pieces) {
                events.push(event);
            }
            own.finish(self.reader);
        }
        events
    }

    fn event(&mut self, own: &mut Fields<'_, '_>, pieces: &[Piece]) -> Option<Planned> {
        let stage = own.text(self.reader, "stage");
        own.required(self.reader, "what")?;
        let what = own.one_of(self.reader, "what", &What::ALL)?;
        let values_of = |parser: &mut Self, own: &mut Fields<'_, '_>, prefix: &str| {
            parser.values(own, what.parameters(), prefix)
        };
        let Some(stage) = stage else {
            let values = values_of(self, own, &format!("{}_", what.name()));
            if what == What::Load {
                return Some(Planned { what, piece: 0, values });
            }
            let help = "stage = \"database\"";
            self.reader.problem_with_help(own.start(), "it is not said which stage that happens to", help);
            return None;
        };
        let values = values_of(self, own, &format!("{}_{}_", underscored(&stage.value), what.name()));
        let Some(piece) = pieces.iter().position(|piece| piece.name == stage.value) else {
            let known: Vec<&str> = pieces.iter().map(|piece| piece.name.as_str()).collect();
            let message = format!("no stage is called '{}'", stage.value);
            self.reader.problem_with_help(stage.span.start, message, suggest(&stage.value, &known));
            return None;
        };
        let kind = pieces[piece].kind;
        if !what.befalls(kind) {
            let can: Vec<&str> =
                What::ALL.iter().filter(|(_, what)| what.befalls(kind)).map(|(name, _)| *name).collect();
            let message = format!("'{}' cannot happen to a {}", what.name(), kind.name());
            let help = match can.as_slice() {
                [] => "services, databases, caches and clients have events".to_string(),
                can => format!("what can: {}", can.join(", ")),
            };
            self.reader.problem_with_help(stage.span.start, message, help);
        }
        Some(Planned { what, piece, values })
    }

    /// A run has to stay playable, wherever the controls are set.
    fn affordable(&mut self, plan: &Plan, fields: &Fields<'_, '_>) {
        let most = |value: Option<Value>| value.map_or(0.0, |value| value.most(&plan.exposed));
        let rate = most(plan.clients().value("rate"));
        let times: f64 = plan.pieces.iter().map(|piece| piece.most_tries(&plan.exposed)).product();
        let load: f64 = plan
            .events
            .iter()
            .filter(|event| event.what == What::Load)
            .map(|event| most(event.values.last().copied()).max(1.0))
            .product();
        let calls = rate * times * load * plan.length.as_secs_f64();
        if calls > CALLS && self.reader.problems.is_empty() {
            let message = format!(
                "with every control at its far end a run makes {rate} x {times} x {load} calls a second, for {} s",
                plan.length.as_secs_f64()
            );
            let help = format!(
                "rate x tries of all layers x load x length is at most {CALLS}: lower a rate, a max of retries, or the length"
            );
            self.reader.problem_with_help(fields.place("clients"), message, help);
        }
    }

    fn goals(&mut self, fields: &mut Fields<'_, '_>, plan: &Plan, readings: &[Reading]) -> Vec<Goal> {
        let mut goals = Vec::new();
        for mut own in fields.tables(self.reader, "goal") {
            let at = own.start();
            let text = own.required(self.reader, "text");
            let when = own.texts(self.reader, "when");
            own.finish(self.reader);
            if when.is_empty() {
                let help = "when = [\"good_share >= 0.95\", \"after_s >= 10\"]";
                self.reader.problem_with_help(at, "it is not said when the goal is reached", help);
            }
            let when =
                when.iter().filter_map(|condition| self.condition(condition, plan, readings)).collect();
            goals.extend(text.map(|text| Goal { text: text.value, when }));
        }
        if goals.len() > GOALS {
            self.reader.problem(fields.place("goal"), format!("there are at most {GOALS} goals"));
        }
        if goals.is_empty() { usual_goals() } else { goals }
    }

    /// `good_share >= 0.95`: a reading or a control, how it compares, a number.
    fn condition(&mut self, text: &Placed<String>, plan: &Plan, readings: &[Reading]) -> Option<Condition> {
        let words: Vec<&str> = text.value.split_whitespace().collect();
        let (name, sign, number) = match words.as_slice() {
            [name, sign, number] => (*name, *sign, *number),
            _ => ("", "", ""),
        };
        let is = match sign {
            ">=" => Some(Is::AtLeast),
            "<=" => Some(Is::AtMost),
            ">" => Some(Is::Above),
            "<" => Some(Is::Below),
            "=" => Some(Is::Equal),
            _ => None,
        };
        let number = number.parse::<f64>().ok().filter(|number| number.is_finite());
        let (Some(is), Some(number)) = (is, number) else {
            let help = "a reading or a control, one of >= <= > < =, and a number: \"good_share >= 0.95\"";
            self.reader.problem_with_help(text.span.start, format!("'{}' is no condition", text.value), help);
            return None;
        };
        let known: Vec<&str> = (readings.iter().map(|reading| reading.name))
            .chain(plan.exposed.iter().map(|exposed| exposed.name.as_str()))
            .collect();
        if !known.contains(&name) {
            let message = format!("there is no reading and no control '{name}'");
            self.reader.problem_with_help(text.span.start, message, suggest(name, &known));
            return None;
        }
        Some(Condition { of: name.to_string(), is, number })
    }
}

/// The goals of a composition that says none.
fn usual_goals() -> Vec<Goal> {
    let goal = |text: &str, when: &[(&str, Is, f64)]| Goal {
        text: text.into(),
        when: when.iter().map(|&(of, is, number)| Condition { of: of.into(), is, number }).collect(),
    };
    vec![
        goal(
            "95% of the requests answered over 10 s, and that 10 s after the last event",
            &[("good_share", Is::AtLeast, 0.95), ("after_s", Is::AtLeast, 10.0)],
        ),
        goal(
            "half of the requests answered over 10 s while something is wrong",
            &[("good_share", Is::AtLeast, 0.5), ("trigger_s", Is::AtLeast, 5.0)],
        ),
        goal(
            "no work for nobody over 10 s, after 10 s of trouble",
            &[("wasted_share", Is::AtMost, 0.0), ("trigger_s", Is::AtLeast, 10.0)],
        ),
    ]
}
