//! Two services change the form of their messages while both run: who reads what wrongly, in four encodings.
//!
//! Producers and consumers are ten instances each and get the new version one after the other, in an order that can be chosen,
//! while messages wait in a queue between them. Each message is really written and read in all four encodings, and what the
//! reader got is compared with what the writer meant. An old service between them passes the tagged messages on.

mod knobs;
mod picture;
mod plan;
mod queue;
#[cfg(test)]
mod tests;
mod translate;
mod versions;

use std::collections::VecDeque;

use knobs::{Bug, Knobs};
use plan::{Party, Plan};
use translate::{Format, Outcomes};
use versions::{Outcome, Version, versions};

use super::measure::{Bins, Trail};
use super::scenario::{Scenario, Sim, start};
use super::workload::{Arrivals, Pattern};
use super::{Act, Scene, Spec, Thing, Unit, choice, number, reading, switch};
use crate::sim::{Nanos, Rng, Seed};

/// What changes between the two versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    ReuseTag,
    AddOptional,
    AddRequired,
    Remove,
    Rename,
    Widen,
    IntToText,
    NewEnum,
    NewDefault,
}

impl Change {
    const ALL: [Change; 9] = [
        Change::ReuseTag,
        Change::AddOptional,
        Change::AddRequired,
        Change::Remove,
        Change::Rename,
        Change::Widen,
        Change::IntToText,
        Change::NewEnum,
        Change::NewDefault,
    ];
}

const CHANGES: &[&str] = &[
    "reuse-tag",
    "add-optional",
    "add-required",
    "remove",
    "rename",
    "widen",
    "int-to-text",
    "new-enum",
    "new-default",
];
const ORDERS: &[&str] = &["readers-first", "writers-first", "together"];
const BUGS: &[&str] = &["none", "drop-unknown", "hasty", "wrong-schema"];

/// What the demo says of itself.
pub static SPEC: Spec = Spec {
    name: "schema",
    title: "Changing a schema",
    part: "networking",
    topics: &["serialization-schema-evolution", "rest-vs-grpc", "api-versioning"],
    hook: "While a release goes out, two versions read each other's messages. Which values are wrong, and who notices?",
    look_for: &[
        "A removed field's number is used again, 50 messages a second. New readers take the old note for the gift: some 350 wrong values in tagged, and not one error.",
        "JSON and resolved (Avro) misread none of these: note and gift are two names. Positional reads what stands there, as wrong as tagged.",
        "Set change to rename: tagged does not notice, since names are not in its bytes. JSON and resolved refuse every message between the two versions.",
        "Set change to add-required: readers first refuses all that is old, writers first loses nothing. With widen it is the other way round: no order is right for every change.",
        "Set expand on: first all readers understand both, then all writers write both, and only when the old messages have left the queue and the log does the old form go. Nothing is misread, except where only positions count.",
        "The bytes: 31 in tagged against 99 in JSON, 3.2 times. Far from the ten times that are often told.",
    ],
    controls: &[
        choice("change", "what changes", CHANGES, 0.0),
        choice("order", "who gets the new version first", ORDERS, 0.0),
        switch("expand", "expand, migrate, contract", false),
        number("rollout", "time until all instances of a side have it", (0.0, 10.0), 1.0, 4.0, "s"),
        number("lag", "time that a message waits in the queue", (0.0, 10.0), 1.0, 2.0, "s"),
        number("retention", "how long messages are kept for replay", (0.0, 20.0), 1.0, 5.0, "s"),
        number("rollback", "when all go back; 0 is never", (0.0, 40.0), 1.0, 0.0, "s"),
        number("rate", "messages", (5.0, 100.0), 0.0, 50.0, "/s"),
        switch("big", "order numbers beyond 2^53", false),
        choice("bug", "break it on purpose", BUGS, 0.0),
    ],
    readings: &[
        reading("read", Unit::Count, "messages read"),
        reading("bad_tagged", Unit::Share, "lost, wrong or refused, tagged"),
        reading("bad_tagged_theory", Unit::Share, "the same expected from who runs what when"),
        reading("bad_json", Unit::Share, "lost, wrong or refused, JSON"),
        reading("bad_json_theory", Unit::Share, "the same expected"),
        reading("wrong_tagged", Unit::Count, "messages with a wrong value that nobody notices, tagged"),
        reading("wrong_json", Unit::Count, "the same, JSON"),
        reading("wrong_positional", Unit::Count, "the same, positional"),
        reading("wrong_resolved", Unit::Count, "the same, resolved"),
        reading("lost_tagged", Unit::Count, "messages with a default in place of what was written, tagged"),
        reading("lost_json", Unit::Count, "the same, JSON"),
        reading("failed_tagged", Unit::Count, "messages refused, tagged"),
        reading("failed_json", Unit::Count, "the same, JSON"),
        reading("failed_positional", Unit::Count, "the same, positional"),
        reading("failed_resolved", Unit::Count, "the same, resolved"),
        reading("size_tagged", Unit::Ratio, "bytes of a message, tagged"),
        reading("size_theory", Unit::Ratio, "the same expected, varint by varint"),
        reading("size_json", Unit::Ratio, "bytes of a message, JSON"),
        reading("size_positional", Unit::Ratio, "the same, positional"),
        reading("size_resolved", Unit::Ratio, "the same, resolved"),
        reading("size_ratio", Unit::Ratio, "bytes in JSON for each byte in tagged"),
        reading("kept", Unit::Share, "fields unknown to an old service that it passed on"),
        reading("replayed", Unit::Count, "messages read once more from the log"),
        reading("replay_bad", Unit::Count, "of these lost, wrong or refused in tagged"),
    ],
    bet: "serialization-schema-evolution.bet-size",
    goals: &[
        "contract a breaking change: none of 1,000 messages misread",
        "JSON: 9 of 10 messages read wrong, and none refused",
        "go back, and JSON refuses 50 messages",
        "all get a required field, and tagged refuses nothing (no expand)",
    ],
    invariants: &[
        "tagged: who does not know a field passes it on",
        "expand: tagged, resolved, json misread nothing (never back)",
        "resolved: no value is wrong unnoticed",
        "written = read + in the queue",
    ],
    acts: &[
        Act { name: "replay", meaning: "what the log still has is read once more, by today's readers" },
        Act { name: "back", meaning: "all instances go back to the old version, one after the other" },
    ],
    views: &["traffic", "bytes", "grid"],
    bugs: &[
        "drop-unknown: the old service between them writes only the fields that it knows",
        "hasty: the old form goes while old messages wait and old producers run",
        "wrong-schema: who needs the writer's schema takes his own for it",
    ],
    theory: &[
        ("bad_tagged", "bad_tagged_theory"),
        ("bad_json", "bad_json_theory"),
        ("size_tagged", "size_theory"),
    ],
    length: Nanos::from_secs(40),
    speed: 1.0,
    sources: &[
        source!("encoding/tagged.rs", "pub fn decode"),
        source!("encoding/json.rs", "pub fn decode"),
        source!("encoding/resolved.rs", "pub fn decode"),
        source!("encoding/positional.rs", "pub fn decode"),
    ],
    start: &|seed, settings| start(&SPEC, settings, |sim| Evolution::new(seed, sim)),
};

/// How long a message is seen after it was read.
const SEEN: Nanos = Nanos::from_millis(700);
/// From one message of a replay to the next.
const REPLAY: Nanos = Nanos::from_millis(10);

/// What happens. What belongs to a plan carries its number: a control that is set begins a new one.
#[derive(Clone, Copy, Debug)]
enum Event {
    Write,
    Read(u64),
    Replay(u64),
}

/// A message in the queue or in the log: its content follows from its number.
#[derive(Clone, Copy, Debug)]
struct Message {
    id: u64,
    /// Since the plan began.
    at: Nanos,
    writer: usize,
    /// Chooses who reads it.
    reader: f64,
}

/// What is counted of a plan.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    written: u64,
    read: u64,
    /// By encoding and outcome.
    outcomes: [[u64; 4]; 4],
    /// Bytes by encoding, and as theory has them for tagged.
    bytes: [u64; 4],
    bytes_theory: u64,
    strange_in: u64,
    strange_out: u64,
    replayed: u64,
    replay_bad: u64,
}

#[derive(Clone)]
struct Evolution {
    seed: u64,
    knobs: Knobs,
    versions: [Version; 3],
    outcomes: Outcomes,
    plan: Plan,
    number: u64,
    since: Nanos,
    arrivals: Arrivals,
    draws: Rng,
    messages: u64,
    queue: VecDeque<Message>,
    log: VecDeque<Message>,
    replaying: VecDeque<Message>,
    counts: Counts,
    last: Option<(Message, usize)>,
    seen: Trail<[Outcome; 4]>,
    bad: Bins<Option<[u64; 4]>>,
    by_hand: bool,
    /// The rules that fell.
    fell: [bool; 3],
    went_back: bool,
}

impl Evolution {
    fn new(seed: Seed, sim: &mut Sim<Event>) -> Evolution {
        let knobs = Knobs::of(sim.settings());
        let mut arrivals = Arrivals::new(Rng::stream(seed, "messages"), Pattern::Poisson, knobs.rate);
        sim.at(arrivals.next(Nanos::ZERO), Event::Write);
        let contents = Rng::stream(seed, "contents").next_u64();
        let versions = versions(knobs.change, knobs.expand);
        let outcomes = Outcomes::of(&versions, contents, knobs.big, knobs.bug == Bug::WrongSchema);
        Evolution {
            seed: contents,
            plan: Plan::of(&knobs, &outcomes),
            versions,
            outcomes,
            number: 0,
            since: Nanos::ZERO,
            arrivals,
            draws: Rng::stream(seed, "instances"),
            messages: 0,
            queue: VecDeque::new(),
            log: VecDeque::new(),
            replaying: VecDeque::new(),
            counts: Counts::default(),
            last: None,
            seen: Trail::new(SEEN),
            bad: Bins::new(Nanos::from_millis(500), 160),
            by_hand: false,
            fell: [false; 3],
            went_back: false,
            knobs,
        }
    }

    /// A new plan: all run the old version, and nothing is under way.
    fn begin(&mut self, now: Nanos) {
        self.versions = versions(self.knobs.change, self.knobs.expand);
        let blind = self.knobs.bug == Bug::WrongSchema;
        self.outcomes = Outcomes::of(&self.versions, self.seed, self.knobs.big, blind);
        self.plan = Plan::of(&self.knobs, &self.outcomes);
        self.number += 1;
        self.since = now;
        self.queue.clear();
        self.log.clear();
        self.replaying.clear();
        self.counts = Counts::default();
        self.last = None;
        (self.by_hand, self.went_back) = (false, false);
    }

    fn refused(&self, format: Format) -> u64 {
        self.counts.outcomes[format as usize][Outcome::Failed as usize]
    }

    /// Whether every instance has come to the end of the plan, and some messages of the new version have been read.
    fn is_done(&self, now: Nanos) -> bool {
        let at = now.since(self.since).since(self.knobs.lag);
        self.plan.shares(Party::Producers, at)[2] > 0.99 && self.plan.shares(Party::Consumers, at)[2] > 0.99
    }
}

impl Scenario for Evolution {
    type Event = Event;

    fn happen(&mut self, sim: &mut Sim<Event>, event: Event) -> (&'static str, u64) {
        match event {
            Event::Write => self.write(sim),
            Event::Read(of) | Event::Replay(of) if of != self.number => ("a message of plan # is gone", of),
            Event::Read(_) => self.read(sim.now()),
            Event::Replay(_) => self.replay(sim),
        }
    }

    fn changed(&mut self, sim: &mut Sim<Event>, _: &'static str) {
        self.knobs = Knobs::of(sim.settings());
        self.arrivals.set_rate(self.knobs.rate);
        self.begin(sim.now());
    }

    fn check(&self, sim: &mut Sim<Event>) {
        (0..3).for_each(|rule| sim.rule(rule, !self.fell[rule]));
        sim.rule(3, self.counts.written == self.counts.read + self.queue.len() as u64);
        let [tagged, json, _, resolved] = &self.counts.outcomes;
        let bad = |counts: &[u64; 4]| counts[1..].iter().sum::<u64>();
        let all = self.counts.read >= 1_000 && self.is_done(sim.now());
        let breaking = !matches!(self.knobs.change, Change::AddOptional | Change::Widen | Change::NewEnum);
        sim.goal(0, all && self.knobs.expand && breaking && bad(tagged) + bad(json) + bad(resolved) == 0);
        let wrong = json[Outcome::Wrong as usize];
        sim.goal(
            1,
            self.counts.read >= 100 && wrong * 10 >= self.counts.read * 9 && self.refused(Format::Json) == 0,
        );
        sim.goal(2, self.went_back);
        let required = self.knobs.change == Change::AddRequired && !self.knobs.expand;
        sim.goal(3, required && self.is_done(sim.now()) && self.counts.read >= 500 && bad(tagged) == 0);
    }

    fn readings(&self, _: &Sim<Event>, now: Nanos) -> Vec<f64> {
        let counts = &self.counts;
        let read = counts.read as f64;
        let of = |format: Format, outcome: Outcome| counts.outcomes[format as usize][outcome as usize] as f64;
        let bad = |format: Format| counts.outcomes[format as usize][1..].iter().sum::<u64>() as f64 / read;
        let consumed = (counts.read + counts.replayed) as f64;
        let size = |format: Format| counts.bytes[format as usize] as f64 / consumed;
        let theory = |format: Format| {
            let expected = self.plan.bad_theory(format, self.knobs.lag, now.since(self.since));
            if self.by_hand { f64::NAN } else { expected }
        };
        let [tagged, json, positional, resolved] = Format::ALL;
        vec![
            read,
            bad(tagged),
            theory(tagged),
            bad(json),
            theory(json),
            of(tagged, Outcome::Wrong),
            of(json, Outcome::Wrong),
            of(positional, Outcome::Wrong),
            of(resolved, Outcome::Wrong),
            of(tagged, Outcome::Lost),
            of(json, Outcome::Lost),
            of(tagged, Outcome::Failed),
            of(json, Outcome::Failed),
            of(positional, Outcome::Failed),
            of(resolved, Outcome::Failed),
            size(tagged),
            counts.bytes_theory as f64 / consumed,
            size(json),
            size(positional),
            size(resolved),
            size(json) / size(tagged),
            counts.strange_out as f64 / counts.strange_in as f64,
            counts.replayed as f64,
            counts.replay_bad as f64,
        ]
    }

    fn scene(&self, _: &Sim<Event>, now: Nanos) -> Scene {
        self.traffic(now)
    }

    fn view(&self, _: &Sim<Event>, now: Nanos, view: usize) -> Scene {
        if view == 1 { self.bytes_of_last() } else { self.grid(now) }
    }

    fn things(&self, _: &Sim<Event>, now: Nanos) -> Vec<Thing> {
        let log = format!("the log: {} messages", self.log.len());
        let mut things = vec![Thing { id: 0, name: log, acts: &["replay"] }];
        if !self.plan.is_back(now.since(self.since)) {
            things.push(Thing { id: 1, name: "the release".into(), acts: &["back"] });
        }
        things
    }

    fn act(&mut self, sim: &mut Sim<Event>, act: &'static str, thing: u64) -> (&'static str, u64) {
        let at = sim.now().since(self.since);
        match (act, thing) {
            ("replay", 0) if self.replaying.is_empty() => {
                self.forget(sim.now());
                self.replaying = self.log.clone();
                sim.after(REPLAY, Event::Replay(self.number));
                ("# messages of the log are read once more", self.replaying.len() as u64)
            }
            ("back", 1) if !self.plan.is_back(at) => {
                self.plan.back = Some(at);
                self.by_hand = true;
                ("all go back to the old version", 0)
            }
            _ => ("nothing of that kind can be done to #", thing),
        }
    }

    fn bytes(&self) -> usize {
        let messages = self.log.capacity() + self.queue.capacity() + self.replaying.capacity();
        (80 << 10) + messages * size_of::<Message>()
    }
}
