//! The messages under way and what became of them; the bytes of the last one; who reads whom, as a table.

use super::knobs::Bug;
use super::plan::Party;
use super::translate::Format;
use super::versions::{Content, Outcome, judge};
use super::{Evolution, SPEC};
use crate::lab::scene::{Chart, Fact, Lane, Lanes, Series, State, States, Station, Table, Tone};
use crate::lab::{Scene, Unit};
use crate::sim::Nanos;
use crate::systems::encoding::{Kind, Value, tagged};

/// Where the consumers stand on a lane, and how many messages are seen before and behind them.
const CONSUMERS: f64 = 0.72;
const DOTS: usize = 40;

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

fn count(value: u64) -> String {
    Unit::Count.show(value as f64)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

fn shown(value: &Value, kind: Kind) -> String {
    match (value, kind) {
        (Value::Text(text), _) => format!("\"{text}\""),
        (Value::Int(place), Kind::Enum(names)) => {
            let name = usize::try_from(*place).ok().and_then(|place| names.get(place));
            name.map_or_else(|| format!("unknown {place}"), ToString::to_string)
        }
        (Value::Int(number), _) => number.to_string(),
    }
}

impl Evolution {
    pub(super) fn traffic(&self, now: Nanos) -> Scene {
        Scene::Column(vec![
            Scene::Table(self.outcomes_table()),
            Scene::Lanes(self.lanes(now)),
            Scene::Chart(self.bad_chart(now)),
        ])
    }

    /// What became of the messages, a row for each encoding.
    fn outcomes_table(&self) -> Table {
        let row = |format: Format| {
            let [right, lost, wrong, failed] = self.counts.outcomes[format as usize];
            let size =
                self.counts.bytes[format as usize] as f64 / (self.counts.read + self.counts.replayed) as f64;
            let size = if size.is_finite() { format!("{size:.1}") } else { "-".into() };
            vec![format.name().to_string(), count(right), count(lost), count(wrong), count(failed), size]
        };
        Table {
            head: texts(&["", "right", "default instead", "wrong, unnoticed", "refused", "bytes"]),
            rows: Format::ALL.map(row).to_vec(),
            right: vec![false, true, true, true, true, true],
            chosen: None,
        }
    }

    fn lanes(&self, now: Nanos) -> Lanes {
        let at = now.since(self.since);
        let lag = self.knobs.lag.as_secs_f64().max(1e-9);
        let every = self.queue.len().div_ceil(DOTS).max(1) as u64;
        let waiting: Vec<(f64, Tone)> = self
            .queue
            .iter()
            .filter(|message| message.id.is_multiple_of(every))
            .map(|message| {
                let way = (at.since(message.at).as_secs_f64() / lag).min(1.0) * CONSUMERS;
                (way, if message.writer == 0 { Tone::Dim } else { Tone::Plain })
            })
            .collect();
        let lane = |format: Format| {
            let read = self.seen.seen(now, DOTS).map(|(way, _, outcomes)| {
                let tone = match outcomes[format as usize] {
                    Outcome::Right => Tone::Good,
                    Outcome::Lost => Tone::Warn,
                    Outcome::Wrong | Outcome::Failed => Tone::Bad,
                };
                (CONSUMERS + way * (1.0 - CONSUMERS), tone)
            });
            let bad: u64 = self.counts.outcomes[format as usize][1..].iter().sum();
            Lane {
                name: format.name().into(),
                stations: vec![Station::new(0.0, ""), Station::new(CONSUMERS, "")],
                dots: waiting.iter().copied().chain(read).collect(),
                label: format!("{} misread", count(bad)),
                ..Lane::default()
            }
        };
        let mut lanes = Format::ALL.map(lane).to_vec();
        lanes[0].stations[0].name = format!("producers: {}", self.who(Party::Producers, at));
        lanes[0].stations[1].name = format!("consumers: {}", self.who(Party::Consumers, at));
        Lanes {
            lanes,
            legend: vec![
                (Tone::Dim, "old".into()),
                (Tone::Plain, "new message".into()),
                (Tone::Good, "right".into()),
                (Tone::Warn, "default".into()),
                (Tone::Bad, "wrong or refused".into()),
            ],
        }
    }

    /// What the instances of a side run: `60% new`.
    fn who(&self, party: Party, at: Nanos) -> String {
        let shares = self.plan.shares(party, at);
        let named = self.versions.iter().zip(shares).filter(|(_, share)| *share > 0.001);
        let parts = named.map(|(version, share)| format!("{:.0}% {}", share * 100.0, version.name));
        parts.collect::<Vec<_>>().join(", ")
    }

    fn bad_chart(&self, now: Nanos) -> Chart {
        let per_second = 1.0 / self.bad.width_s();
        let curve = |format: Format| {
            self.bad.curve(format.name(), Series(format as u8), now, |bad| {
                bad.map_or(f64::NAN, |bad| bad[format as usize] as f64 * per_second)
            })
        };
        Chart {
            y: "misread per second".into(),
            x: "time, s".into(),
            x_span: self.bad.x_span(now, SPEC.length),
            curves: Format::ALL.map(curve).to_vec(),
            ..Chart::default()
        }
    }

    /// The last message in bytes, field by field, and what its reader made of it.
    pub(super) fn bytes_of_last(&self) -> Scene {
        let Some((message, reader)) = self.last else {
            return Scene::Facts(vec![Fact::new("last message", "none yet")]);
        };
        let (from, to) = (&self.versions[message.writer], &self.versions[reader]);
        let content = Content::of(self.seed, message.id, self.knobs.big);
        let bytes = Format::Tagged.write(&content, from);
        let read = tagged::decode(&bytes, &to.schema);
        let (mut at, mut rows) = (0, Vec::new());
        while let Ok(part) = tagged::next_part(&bytes, &mut at) {
            let wire = if part.wire == 2 { "text" } else { "varint" };
            let find = |schema: &[crate::systems::encoding::Field]| {
                schema.iter().position(|field| field.tag == part.tag)
            };
            let meant = find(&from.schema).map_or_else(String::new, |place| {
                let field = &from.schema[place];
                format!("{} {}", field.name, shown(&content.values(from)[place], field.kind))
            });
            let got = match (find(&to.schema), &read) {
                (None, _) => "unknown, kept".to_string(),
                (Some(place), Ok(read)) => {
                    format!("{} {}", to.schema[place].name, shown(&read.values[place], to.schema[place].kind))
                }
                (Some(_), Err(_)) => "-".to_string(),
            };
            rows.push(vec![hex(&bytes[part.from..part.to]), format!("{} {wire}", part.tag), meant, got]);
        }
        let table = Table {
            head: vec![
                "bytes, tagged".into(),
                "field".into(),
                format!("{} writer", from.name),
                format!("{} reader", to.name),
            ],
            rows,
            right: vec![false; 4],
            chosen: None,
        };
        let blind = self.knobs.bug == Bug::WrongSchema;
        let fact = |format: Format| {
            let bytes = format.write(&content, from);
            let (verdict, tone) = match format.read(&bytes, from, to, blind) {
                Err(why) => (format!("refused, {why}"), Tone::Bad),
                Ok(read) => match judge(&content, from, to, &read) {
                    Outcome::Right => ("right".to_string(), Tone::Good),
                    Outcome::Lost => ("default instead".to_string(), Tone::Warn),
                    _ => ("wrong, unnoticed".to_string(), Tone::Bad),
                },
            };
            let name = format!("{} {} bytes", format.name(), bytes.len());
            Fact::new(name, verdict).tone(tone)
        };
        let facts = Format::ALL.map(fact).to_vec();
        let text = |format: Format| {
            let bytes = format.write(&content, from);
            let json = format == Format::Json;
            let text = if json { String::from_utf8_lossy(&bytes).into_owned() } else { hex(&bytes) };
            Fact::new(format.name(), text)
        };
        let others = [Format::Json, Format::Positional, Format::Resolved].map(text).to_vec();
        Scene::Column(vec![Scene::Table(table), Scene::Facts(facts), Scene::Facts(others)])
    }

    /// What becomes of a message of each version at a reader of each other, tried with real messages.
    pub(super) fn grid(&self, now: Nanos) -> Scene {
        let pairs: &[(usize, usize)] = if self.knobs.expand {
            &[(0, 1), (1, 0), (1, 2), (2, 1), (0, 2), (2, 0)]
        } else {
            &[(0, 2), (2, 0)]
        };
        let cell = |writer: usize, reader: usize, format: Format| {
            let shares = self.outcomes.shares(writer, reader, format);
            let names = ["right", "default", "wrong", "refused"];
            let worst = (0..4).rev().find(|outcome| shares[*outcome] > 1e-9).unwrap_or(0);
            let percent = shares[worst] * 100.0;
            if percent > 99.9 { names[worst].to_string() } else { format!("{} {percent:.0}%", names[worst]) }
        };
        let row = |(writer, reader): &(usize, usize)| {
            let name = format!("{} → {}", self.versions[*writer].name, self.versions[*reader].name);
            std::iter::once(name).chain(Format::ALL.map(|format| cell(*writer, *reader, format))).collect()
        };
        let table = Table {
            head: std::iter::once("writer → reader")
                .chain(Format::ALL.map(Format::name))
                .map(String::from)
                .collect(),
            rows: pairs.iter().map(row).collect(),
            right: vec![false; 5],
            chosen: None,
        };
        Scene::Column(vec![
            Scene::Table(table),
            Scene::States(self.steps(now)),
            Scene::Lanes(self.lanes(now)),
        ])
    }

    /// The steps of the plan, and the one it stands at.
    fn steps(&self, now: Nanos) -> States {
        let at = now.since(self.since);
        let back = self.plan.is_back(at);
        let live = if back { self.plan.stages.len() + 1 } else { self.plan.step(at) };
        let step = |stage: &super::plan::Stage| {
            let who = if stage.party == Party::Consumers { "readers" } else { "writers" };
            (
                format!("{who}: {}", self.versions[stage.to].name),
                format!("from {:.0} s", stage.start.as_secs_f64()),
            )
        };
        let first = std::iter::once(("all old".to_string(), String::new()));
        let mut names: Vec<_> = first.chain(self.plan.stages.iter().map(step)).collect();
        let mut changes: Vec<_> = (1..names.len()).map(|to| (to - 1, to, String::new())).collect();
        let last = (live > 0).then(|| live - 1);
        if self.plan.back.is_some() {
            changes.push((names.len() - 1, names.len(), String::new()));
            names.push(("back: old".to_string(), String::new()));
        }
        let state = |(place, (name, detail)): (usize, (String, String))| State {
            name,
            detail,
            live: place == live,
            tone: if place > 0 && place + 1 == live + 1 && back { Tone::Warn } else { Tone::Plain },
        };
        States {
            states: names.into_iter().enumerate().map(state).collect(),
            last: last.filter(|last| *last < changes.len()),
            changes,
        }
    }
}
