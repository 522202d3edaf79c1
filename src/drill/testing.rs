//! Cards and a demo for the tests of this module.

use crate::deck::{Card, CardId, Choice, Draw, Flaw, Kind, Point, Sorted, Tolerance, Weight, Within, gaps};
use crate::lab::{Control, ControlKind, Reading, Scene, Settings, Spec, Step, Unit, World};
use crate::sim::Nanos;

/// A card that is recalled.
pub fn card(id: &str) -> Card {
    Card {
        id: CardId(id.to_string()),
        topic: "topic".to_string(),
        weight: Weight::Core,
        question: format!("question {id}"),
        kind: Kind::Basic { answer: "answer".to_string(), accept: Vec::new() },
        why: format!("why {id}"),
        hints: Vec::new(),
        see: Some("heading".to_string()),
        line: 1,
    }
}

/// A card with options, each right or wrong.
pub fn choice(right: &[bool]) -> Card {
    let option = |(index, &right): (usize, &bool)| Choice {
        text: format!("option {index}"),
        right,
        why: format!("why {index}"),
    };
    Card { kind: Kind::Choice { options: right.iter().enumerate().map(option).collect() }, ..card("choice") }
}

/// A bet on a reading of the counter, whose rate is drawn.
pub fn predict(reading: &str, tolerance: f64) -> Card {
    Card {
        question: "{rate} a second from {start}, {nothing}: how many?".to_string(),
        kind: Kind::Predict {
            demo: "counter".to_string(),
            set: vec![("start".to_string(), "5".to_string())],
            draw: vec![Draw {
                control: "rate".to_string(),
                values: ["10", "20", "30"].map(str::to_string).to_vec(),
            }],
            seconds: Some(2.0),
            reading: reading.to_string(),
            tolerance: Tolerance::Within(tolerance),
        },
        ..card("predict")
    }
}

/// One card of each kind but the two above, by name.
pub fn kind(name: &str) -> Card {
    let text = |text: &str| text.to_string();
    let cloze = "{{one|uno::first}} and {{two}}";
    let kind = match name {
        "typed" => Kind::Basic { answer: text("the **hash** ring"), accept: vec![text("ring of hashes")] },
        "cloze" | "cloze-typed" => Kind::Cloze {
            gaps: gaps(cloze).0.into_iter().map(|placed| placed.gap).collect(),
            typed: name == "cloze-typed",
        },
        "order" => Kind::Order { items: ["zero", "one", "two", "three", "four"].map(text).to_vec() },
        "match" => Kind::Match {
            pairs: [("a", "A"), ("b", "B"), ("c", "B"), ("d", "D")].map(|(l, r)| (text(l), text(r))).to_vec(),
            extra: vec![text("E"), text("F")],
        },
        "sort" => Kind::Sort {
            classes: vec![text("odd"), text("even")],
            items: (1..=8)
                .map(|n| Sorted {
                    text: n.to_string(),
                    class: usize::from(n % 2 == 0),
                    why: format!("why {n}"),
                })
                .collect(),
        },
        "spot" => Kind::Spot {
            exhibit: text("line one\nline two\nline three\nline four"),
            lang: String::new(),
            flaws: [1, 3].map(|line| Flaw { line, why: format!("flaw {line}") }).to_vec(),
        },
        "estimate" => Kind::Estimate { draw: Vec::new(), sheet: text("100 users"), within: Within::Double },
        "rubric" => Kind::Rubric {
            points: [("p", true), ("q", true), ("r", false), ("s", false)]
                .map(|(name, core)| Point { text: text(name), core })
                .to_vec(),
            answer: text("model"),
        },
        other => panic!("no card for '{other}'"),
    };
    let question = if name.starts_with("cloze") { text(cloze) } else { format!("question {name}") };
    Card { question, kind, ..card(name) }
}

/// The list of demos: the counter.
pub fn find(name: &str) -> Option<&'static Spec> {
    (name == COUNTER.name).then_some(&COUNTER)
}

const fn number(name: &'static str) -> Control {
    Control {
        name,
        label: name,
        kind: ControlKind::Number { min: 0.0, max: 100.0, step: 1.0 },
        default: 1.0,
        unit: "",
    }
}

/// Counts `rate` a second, from `start`.
static COUNTER: Spec = Spec {
    name: "counter",
    title: "Counter",
    part: "test",
    topics: &[],
    hook: "",
    look_for: &[],
    controls: &[number("start"), number("rate")],
    readings: &[
        Reading { name: "count", unit: Unit::Count, meaning: "counted" },
        Reading { name: "nothing", unit: Unit::Count, meaning: "never read" },
    ],
    bet: "",
    goals: &[],
    invariants: &[],
    length: Nanos::from_secs(10),
    acts: &[],
    views: &[],
    bugs: &[],
    theory: &[],
    speed: 1.0,
    sources: &[],
    start: &|_, settings: &Settings| {
        Box::new(
            Counter {
                count: settings.get("start"),
                rate: settings.get("rate"),
                next: Nanos::ZERO,
                gap: Nanos::ZERO,
            }
            .gapped(),
        )
    },
};

#[derive(Clone)]
struct Counter {
    count: f64,
    rate: f64,
    next: Nanos,
    gap: Nanos,
}

impl Counter {
    fn gapped(mut self) -> Counter {
        self.gap = Nanos::from_secs_f64(1.0 / self.rate);
        self.next += self.gap;
        self
    }
}

impl World for Counter {
    fn boxed_clone(&self) -> Box<dyn World> {
        Box::new(self.clone())
    }

    fn next_at(&self) -> Option<Nanos> {
        Some(self.next)
    }

    fn step(&mut self) -> Option<Step> {
        let at = self.next;
        self.count += 1.0;
        self.next += self.gap;
        Some(Step { at, what: "counted #", id: self.count as u64 })
    }

    fn set(&mut self, _now: Nanos, _control: &'static str, _value: f64) {}

    fn readings(&self, _now: Nanos) -> Vec<f64> {
        vec![self.count, f64::NAN]
    }

    fn scene(&self, _now: Nanos) -> Scene {
        Scene::Column(Vec::new())
    }

    fn goals(&self) -> Vec<bool> {
        Vec::new()
    }

    fn broken(&self) -> Vec<Option<Step>> {
        Vec::new()
    }
}
