//! The Lab as a learner uses it: the list and its filter, play and rewind, forks, 200 seeds, a demo that fails.

#[path = "support/model.rs"]
mod model;

use model::{act, frames, press, text};
use std::collections::BTreeSet;

use sysdrill::app::catalogue::{self, Row};
use sysdrill::app::live::LiveBlock;
use sysdrill::app::player::{Panel, Player};
use sysdrill::app::reader::Focus;
use sysdrill::app::{self, Action, Effect, Model, Tab};
use sysdrill::lab::{
    Act, Control, ControlKind, Hand, Reading, Scene, Settings, Spec, Step, Sweep, Thing, Unit, World, demos,
};
use sysdrill::sim::{Nanos, Seed};

fn player(model: &Model) -> &Player {
    model.lab.open.as_deref().expect("a demo is open")
}

/// The Lab with the demo `name` open, paused at time zero.
fn open(name: &str) -> Model {
    let mut model = model::model(120, 40);
    press(&mut model, "alt-3");
    let row = demos().iter().position(|spec| spec.name == name).expect("a demo of that name");
    for _ in 0..row {
        press(&mut model, "j");
    }
    press(&mut model, "enter space");
    assert_eq!(player(&model).spec().name, name);
    assert!(!player(&model).playing);
    model
}

fn shows(model: &Model, what: &str) -> bool {
    text(model).contains(what)
}

#[test]
fn the_filter_narrows_the_list_and_leaves_it_whole() {
    let mut model = model::model(100, 40);
    press(&mut model, "alt-3 f");
    press(&mut model, "H a s h space R I N G");
    let names: Vec<&str> = model.lab.shown().iter().map(|spec| spec.name).collect();
    assert_eq!(names, ["ring"]);
    // A letter is text here, also one that is a key elsewhere.
    press(&mut model, "q q q");
    assert!(model.lab.shown().is_empty() && shows(&model, "No demo matches"));
    press(&mut model, "backspace backspace backspace enter");
    assert_eq!(player(&model).spec().name, "ring");
    press(&mut model, "q");
    assert_eq!(model.lab.shown().len(), demos().len());
    // What was chosen in the filtered list stays chosen.
    let last = demos()[demos().len() - 1].title;
    press(&mut model, "f");
    act(&mut model, Action::Paste(last.to_string()));
    press(&mut model, "esc");
    assert_eq!(model.lab.list.chosen, demos().len() - 1);
}

#[test]
fn the_list_tells_what_was_done() {
    let mut model = model::model_with_progress(100, 60);
    press(&mut model, "alt-3 f");
    act(&mut model, Action::Paste("consistent-hashing".to_string()));
    let ring = demos().iter().find(|spec| spec.name == "ring").expect("the ring");
    let shown = text(&model);
    let line = shown.lines().find(|line| line.contains(ring.title)).expect("its row");
    assert!(line.contains("✓ run") && line.contains(&format!("2 of {} goals", ring.goals.len())), "{line}");
}

#[test]
fn a_rewound_run_goes_the_same_way_and_another_where_something_is_set() {
    let mut model = open("limiter");
    press(&mut model, "] ] ] l ] ] ]");
    let (trace, now) = (player(&model).run.trace(), player(&model).run.now());
    let inputs = player(&model).run.inputs().to_vec();
    assert_eq!(inputs.len(), 1);
    press(&mut model, "[ [ [ [ [");
    assert!(player(&model).run.inputs().is_empty() && player(&model).run.ahead().len() == 1);
    press(&mut model, "] ] ] ] ]");
    assert_eq!((player(&model).run.trace(), player(&model).run.now()), (trace, now));
    // Another future, and the way back to the first one.
    press(&mut model, "[ [ [ [ [ h ] ] ] ] ]");
    assert_ne!(player(&model).run.trace(), trace);
    press(&mut model, "u");
    press(&mut model, "] ] ] ] ]");
    assert_eq!(player(&model).run.trace(), trace);
}

#[test]
fn reset_and_other_arrivals_can_be_undone() {
    let mut model = open("limiter");
    press(&mut model, "] ] l ]");
    let trace = player(&model).run.trace();
    press(&mut model, "R");
    assert_eq!(player(&model).run.now(), Nanos::ZERO);
    press(&mut model, "a ]");
    assert_eq!(player(&model).run.seed(), Seed(8));
    press(&mut model, "u u");
    assert_eq!((player(&model).run.trace(), player(&model).run.seed()), (trace, Seed(7)));
    press(&mut model, "u");
    assert_eq!(player(&model).run.trace(), trace, "nothing is left to undo");
}

#[test]
fn a_fork_plays_two_runs_on_the_same_arrivals() {
    let mut model = open("limiter");
    press(&mut model, "] ] F");
    assert!(shows(&model, "no reading differs yet"));
    press(&mut model, "l space");
    frames(&mut model, 40);
    let shown = player(&model);
    let other = &shown.fork.as_ref().expect("two runs").run;
    assert_eq!(shown.run.now(), other.now());
    assert_eq!(shown.run.reading("arrivals"), other.reading("arrivals"));
    assert_ne!(shown.run.settings(), other.settings());
    assert!(shows(&model, "as it was") && shows(&model, "fork at"));
    let (mine, theirs) = (shown.run.trace(), other.trace());
    // The keys go to the other run, and only it is set.
    press(&mut model, "space x");
    assert_eq!(player(&model).run.trace(), theirs);
    press(&mut model, "F");
    assert!(player(&model).fork.is_none() && player(&model).run.trace() == theirs);
    assert_ne!(mine, theirs);
}

/// What the thread would tell of a sweep that an effect asks for, after so many runs.
fn sweep_of(effects: Vec<Effect>) -> (u64, Sweep) {
    effects
        .into_iter()
        .find_map(|effect| match effect {
            Effect::Sweep(ticket, sweep) => Some((ticket, *sweep)),
            _ => None,
        })
        .expect("a sweep")
}

#[test]
fn two_hundred_seeds_come_with_a_bar_and_esc_stops_them() {
    let mut model = open("ring");
    let effects = press(&mut model, "D");
    let (ticket, mut sweep) = sweep_of(effects);
    assert!(shows(&model, "0 of 200   Esc stops"));
    for _ in 0..3 {
        assert!(sweep.next(&mut || true));
    }
    let spreads = || Ok(std::sync::Arc::new(sweep.spreads()));
    act(&mut model, Action::Swept(ticket, 3, false, spreads()));
    assert!(shows(&model, "3 of 200   Esc stops") && shows(&model, "median"));
    // What another sweep tells is not for this one.
    act(&mut model, Action::Swept(ticket + 1, 9, false, spreads()));
    assert!(shows(&model, "3 of 200"));
    assert_eq!(press(&mut model, "esc"), [Effect::StopSweep]);
    assert!(shows(&model, "3 of 200, stopped"));
    // What was still under way comes too late.
    act(&mut model, Action::Swept(ticket, 4, false, spreads()));
    assert!(shows(&model, "3 of 200, stopped"));
    press(&mut model, "j G");
    assert_eq!(player(&model).panel, Panel::Spread { reading: player(&model).spec().readings.len() - 1 });
    assert_eq!(press(&mut model, "esc"), []);
    assert_eq!(player(&model).panel, Panel::Scene);
    // Leaving the demo while a sweep goes on stops it too.
    let effects = press(&mut model, "D");
    assert_ne!(sweep_of(effects).0, ticket);
    assert_eq!(press(&mut model, "q"), [Effect::StopSweep]);
}

#[test]
fn a_demo_in_a_page_has_its_seeds_too() {
    let mut model = model::model(100, 40);
    app::start(&mut model, app::Start::Topic("consistent-hashing".into()));
    // Through the links and blocks of the page until a demo has the focus.
    let on_a_demo = |model: &Model| {
        let page = model.reader.open.as_ref().expect("a page");
        let block = match page.focus {
            Some(Focus::Live(block)) => page.live.get(&block),
            _ => None,
        };
        matches!(block, Some(LiveBlock::Demo(_)))
    };
    for _ in 0..200 {
        press(&mut model, "tab");
        if on_a_demo(&model) {
            break;
        }
    }
    let effects = press(&mut model, "enter D");
    let (ticket, mut sweep) = sweep_of(effects);
    assert!(sweep.next(&mut || true));
    act(&mut model, Action::Swept(ticket, 1, false, Ok(std::sync::Arc::new(sweep.spreads()))));
    assert!(shows(&model, "1 of 200"));
    assert_eq!(press(&mut model, "esc"), [Effect::StopSweep]);
    press(&mut model, "esc esc");
    assert!(model.reader.open.is_some(), "the page is left as it was");
}

#[test]
fn the_catalogue_has_every_topic_once_and_opens_its_demos() {
    let mut model = model::model(120, 40);
    press(&mut model, "alt-3 c");
    let (mut with, mut without) = (BTreeSet::new(), Vec::new());
    for row in catalogue::rows(&model) {
        match row {
            Row::Demo(topic, spec, first) => {
                assert!(spec.topics.contains(&topic.slug.as_str()));
                assert_eq!(with.insert(topic.title.clone()), first, "a topic is named at its first demo");
            }
            Row::Without(text) => {
                let titles = text.trim_start_matches("no demo: ").split(" · ");
                without.extend(titles.map(str::to_string));
            }
            Row::Part(..) | Row::Gap => {}
        }
    }
    let mut all: Vec<String> = with.into_iter().chain(without).collect();
    let mut topics: Vec<String> = model.library.topics.iter().map(|topic| topic.title.clone()).collect();
    all.sort();
    topics.sort();
    assert_eq!(all, topics);
    let rows = catalogue::rows(&model);
    let last = rows.iter().rev().find_map(|row| match row {
        Row::Demo(_, spec, _) => Some(spec.name),
        _ => None,
    });
    press(&mut model, "G enter");
    assert_eq!(Some(player(&model).spec().name), last);
    press(&mut model, "q");
    assert!(model.lab.by_topic && model.lab.open.is_none());
    press(&mut model, "c");
    assert!(!model.lab.by_topic);
}

#[test]
fn a_page_leads_to_its_demos_and_a_demo_to_its_page() {
    let mut model = model::model(120, 40);
    act(&mut model, Action::Key("alt-3".parse().expect("a key")));
    // A page whose topic has one demo, and one whose topic has more or none, as they come.
    let written: Vec<String> = model.library.written().map(|topic| topic.slug.clone()).collect();
    for slug in written {
        press(&mut model, "alt-2");
        app::start(&mut model, app::Start::Topic(slug.clone()));
        press(&mut model, "r");
        let demos = catalogue::demos_of(&slug).count();
        match demos {
            0 => {
                assert!(shows(&model, "has no demo"));
                let open = model.reader.open.as_ref().and_then(|reading| reading.topic());
                assert_eq!((model.tab, open), (Tab::Library, Some(slug.as_str())));
                continue;
            }
            1 => assert!(player(&model).spec().topics.contains(&slug.as_str())),
            _ => {
                assert!(model.lab.by_topic);
                press(&mut model, "enter");
                assert!(player(&model).spec().topics.contains(&slug.as_str()));
                press(&mut model, "q");
                assert!(model.lab.open.is_none(), "the other demos are still to be seen");
            }
        }
        press(&mut model, "q");
        let back = model.reader.open.as_ref().and_then(|reading| reading.topic());
        assert_eq!((model.tab, back), (Tab::Library, Some(slug.as_str())));
    }
    let mut model = open("ring");
    press(&mut model, "p");
    let open = model.reader.open.as_ref().and_then(|reading| reading.topic());
    assert_eq!((model.tab, open), (Tab::Library, Some("consistent-hashing")));
}

/// A demo that fails at its third event.
static FAILS: Spec = Spec {
    name: "fails",
    title: "Fails",
    part: "test",
    topics: &["consistent-hashing"],
    hook: "What happens when a demo fails?",
    look_for: &[],
    controls: &[Control {
        name: "event",
        label: "the event at which it fails",
        kind: ControlKind::Number { min: 1.0, max: 9.0, step: 1.0 },
        default: 3.0,
        unit: "",
    }],
    readings: &[Reading { name: "events", unit: Unit::Count, meaning: "events so far" }],
    bet: "",
    goals: &[],
    invariants: &[],
    acts: &[],
    views: &[],
    bugs: &[],
    theory: &[],
    length: Nanos::from_secs(10),
    speed: 1.0,
    sources: &[],
    start: &|_, settings: &Settings| Box::new(Fails { events: 0, at: settings.count("event") }),
};

#[derive(Clone)]
struct Fails {
    events: usize,
    at: usize,
}

impl World for Fails {
    fn boxed_clone(&self) -> Box<dyn World> {
        Box::new(self.clone())
    }

    fn next_at(&self) -> Option<Nanos> {
        Some(Nanos::from_millis(self.events as u64 * 100))
    }

    fn step(&mut self) -> Option<Step> {
        let at = self.next_at()?;
        self.events += 1;
        assert!(self.events < self.at, "event {} is one too many", self.events);
        Some(Step { at, what: "event #", id: self.events as u64 })
    }

    fn set(&mut self, _now: Nanos, _control: &'static str, value: f64) {
        self.at = value as usize;
    }

    fn readings(&self, _now: Nanos) -> Vec<f64> {
        vec![self.events as f64]
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

#[test]
fn a_demo_that_fails_says_so_in_its_own_frame() {
    // The panics are meant: their messages are not printed.
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| ()));
    let mut model = open("ring");
    model.lab.open = Some(Box::new(Player::new(&FAILS, Seed(1), Settings::defaults(&FAILS))));
    press(&mut model, "space");
    frames(&mut model, 30);
    assert!(shows(&model, "event 3 is one too many") && shows(&model, "R starts it again"));
    // No key brings it down, and everything else goes on.
    press(&mut model, "space . [ ] l h < > i i D esc F x s w");
    assert!(shows(&model, "event 3 is one too many"));
    press(&mut model, "R . .");
    assert!(!shows(&model, "one too many") && player(&model).run.events() == 2);
    press(&mut model, ".");
    assert!(shows(&model, "event 3 is one too many"));
    press(&mut model, "q alt-2");
    assert!(shows(&model, "Library"));
    std::panic::set_hook(before);
}

/// Three boxes that can be opened or emptied by hand. One that is emptied is gone.
static BOXES: Spec = Spec {
    name: "boxes",
    acts: &[
        Act { name: "open", meaning: "its lid goes up" },
        Act { name: "empty", meaning: "what is in it is gone, and so is the box" },
    ],
    views: &["front", "from-above"],
    start: &|_, _| Box::new(Boxes { opened: 0, there: vec![10, 20, 30] }),
    ..FAILS
};

#[derive(Clone)]
struct Boxes {
    opened: u64,
    there: Vec<u64>,
}

impl World for Boxes {
    fn boxed_clone(&self) -> Box<dyn World> {
        Box::new(self.clone())
    }

    fn next_at(&self) -> Option<Nanos> {
        Some(Nanos::MAX)
    }

    fn step(&mut self) -> Option<Step> {
        None
    }

    fn set(&mut self, _now: Nanos, _control: &'static str, _value: f64) {}

    fn act(&mut self, now: Nanos, act: &'static str, thing: u64) -> Step {
        match act {
            "open" => self.opened += thing,
            _ => self.there.retain(|id| *id != thing),
        }
        Step { at: now, what: "touched: #", id: thing }
    }

    fn things(&self, _now: Nanos) -> Vec<Thing> {
        let acts = |id| if id == 20 { &["open", "empty"][..] } else { &["empty"] };
        self.there.iter().map(|&id| Thing { id, name: format!("box {id}"), acts: acts(id) }).collect()
    }

    fn view(&self, _now: Nanos, view: usize) -> Scene {
        Scene::Facts(vec![sysdrill::lab::scene::Fact::new(["a front", "a lid"][view], "")])
    }

    fn readings(&self, _now: Nanos) -> Vec<f64> {
        vec![self.opened as f64]
    }

    fn scene(&self, now: Nanos) -> Scene {
        self.view(now, 0)
    }

    fn goals(&self) -> Vec<bool> {
        Vec::new()
    }

    fn broken(&self) -> Vec<Option<Step>> {
        Vec::new()
    }
}

fn boxes() -> Model {
    let mut model = open("ring");
    model.lab.open = Some(Box::new(Player::new(&BOXES, Seed(1), Settings::defaults(&BOXES))));
    model
}

fn hands(model: &Model) -> Vec<Hand> {
    player(model).run.inputs().iter().map(|input| input.hand).collect()
}

#[test]
fn hands_are_laid_on_the_chosen_thing_and_taken_off_again() {
    let mut model = boxes();
    assert!(shows(&model, "by hand") && !shows(&model, "box 20"));
    press(&mut model, "t j");
    assert!(shows(&model, "box 30") && shows(&model, "open: its lid goes up"));
    press(&mut model, "enter l enter");
    assert_eq!(hands(&model), [Hand::Act("open", 20), Hand::Act("empty", 20)]);
    // The box is gone: what stands in its place is chosen, and so is the act.
    assert!(!shows(&model, "box 20") && shows(&model, "empty: what is in it"));
    press(&mut model, "enter enter enter enter");
    assert_eq!(hands(&model)[2..], [Hand::Act("empty", 30), Hand::Act("empty", 10)]);
    assert!(shows(&model, "nothing to lay hands on"));
    press(&mut model, "u u u");
    assert_eq!(hands(&model), [Hand::Act("open", 20)]);
    assert!(shows(&model, "box 20"));
    press(&mut model, "esc");
    assert!(!shows(&model, "box 20"));
    assert_eq!(player(&model).panel, Panel::Scene);
}

#[test]
fn a_demo_without_things_or_views_has_no_keys_for_them() {
    let mut model = open("ring");
    assert!(!shows(&model, "by hand"));
    press(&mut model, "t v");
    assert_eq!((player(&model).panel, player(&model).view), (Panel::Scene, 0));
}

#[test]
fn the_views_of_a_demo_follow_each_other() {
    let mut model = boxes();
    assert!(shows(&model, "[front]") && shows(&model, "a front"));
    press(&mut model, "v");
    assert!(shows(&model, "[from above]") && shows(&model, "a lid"));
    press(&mut model, "v");
    assert!(shows(&model, "a front"));
}

#[test]
fn a_page_says_how_a_demo_is_looked_at_first() {
    let logs = Player::from_argument("raft nodes=3 view=logs").expect("a view of it");
    assert_eq!(logs.spec().views[logs.view], "logs");
    assert_eq!(Player::from_argument("raft").expect("a demo").view, 0);
    let wrong = |argument: &str| Player::from_argument(argument).map(drop).expect_err("no such view");
    assert_eq!(wrong("raft view=log"), "the demo 'raft' has no view 'log'; did you mean 'logs'?");
    assert_eq!(wrong("ring view=logs"), "the demo 'ring' is looked at in one way only");
    // Neither word can be a control.
    for spec in demos() {
        assert!(spec.control("view").is_none() && spec.control("seed").is_none(), "{}", spec.name);
    }
}

#[test]
fn a_click_chooses_and_the_next_one_acts() {
    let mut model = boxes();
    press(&mut model, "t");
    let at = |model: &Model, what: &str| {
        let shown = text(model);
        let row = shown.lines().position(|line| line.contains(what)).expect("a row of it");
        let line = shown.lines().nth(row).unwrap_or_default();
        let column = line.find("empty").map_or(0, |byte| line[..byte].chars().count());
        (u16::try_from(column).unwrap_or(0), u16::try_from(row).unwrap_or(0))
    };
    for click in 0..2 {
        let (column, row) = at(&model, "box 20");
        model::click(&mut model, column, row);
        assert_eq!(hands(&model).len(), click);
    }
    assert_eq!(hands(&model), [Hand::Act("empty", 20)]);
}
