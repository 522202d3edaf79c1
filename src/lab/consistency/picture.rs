//! How the demo looks: the calls with the verdicts and the messages below them; or how often each model held.

use super::store::{CLIENTS, Promise};
use super::{Consistency, HISTORIES, STORES};
use crate::lab::measure::Histogram;
use crate::lab::scene::{Bar, Bars, Fact, Scene, Series, Timeline, Tone};
use crate::lab::verdicts::{SHOWN, scene_of};
use crate::sim::Nanos;
use crate::systems::history::CLASSICS;

/// The history that is shown, what the models say of it, and the messages behind it.
pub(super) fn history(demo: &Consistency, now: Nanos) -> Scene {
    let shown = &demo.shown;
    let clients = (0..).map(|client| format!("c{}", client + 1));
    let most = shown.history.calls().iter().map(|call| call.client as usize + 1).max().unwrap_or(0);
    let clients: Vec<String> = clients.take(most.max(CLIENTS)).collect();
    let axis =
        if demo.bench.is_some() { shown.axis } else { (shown.axis.0, shown.axis.1.max(end(demo, now))) };
    let mut parts = match scene_of(&shown.history, &clients, axis, &shown.verdicts) {
        Scene::Column(parts) => parts,
        other => vec![other],
    };
    parts.push(Scene::Facts(vec![what(demo)]));
    if demo.knobs.classic.is_none() {
        parts.push(messages(demo));
    }
    Scene::Column(parts)
}

/// How often each model held, and what calls took.
pub(super) fn rounds(demo: &Consistency) -> Scene {
    let Some(shares) = shares(demo) else {
        return Scene::Facts(vec![Fact::new("rounds", "0").note("none is over yet")]);
    };
    let (read, write) = demo.knobs.promise.times(demo.knobs.lag);
    let time = |name: &str, times: &Histogram, expected: Nanos| {
        let mean = if times.count() == 0 { "-".to_string() } else { format!("{:.0} ms", times.mean() / 1e6) };
        Fact::new(name, mean).note(format!("expected {:.0} ms", expected.as_millis_f64()))
    };
    let facts = vec![
        time("a read takes", &demo.tally.reads, read),
        time("a write takes", &demo.tally.writes, write),
        Fact::new("given up", demo.tally.unanswered.to_string()).note("calls: they may have taken effect"),
    ];
    Scene::Column(vec![Scene::Bars(shares), Scene::Facts(facts)])
}

/// While a round runs its axis grows with the time; between rounds it stands.
fn end(demo: &Consistency, now: Nanos) -> Nanos {
    if demo.round.is_over() { Nanos::ZERO } else { now }
}

/// What the history is.
fn what(demo: &Consistency) -> Fact {
    let edited = demo.bench.as_ref().map_or(0, |bench| bench.moved + bench.changed);
    let note = if edited > 0 { format!("edited {edited} times") } else { String::new() };
    match demo.knobs.classic.and_then(|place| Some((HISTORIES.get(place + 1)?, CLASSICS.get(place)?))) {
        Some((name, classic)) => Fact::new(*name, classic.meaning).note(note),
        None => {
            let store = STORES.get(demo.knobs.promise as usize).copied().unwrap_or_default();
            Fact::new("store", format!("promises: {store}")).note(note)
        }
    }
}

/// How many of the rounds each model allows.
fn shares(demo: &Consistency) -> Option<Bars> {
    let shares = demo.tally.shares()?;
    let bar = |(place, share): (usize, f64)| Bar {
        name: SHOWN[place].name().to_string(),
        value: share * 100.0,
        label: format!("{:.0}%", share * 100.0),
        series: Series(place as u8),
        tone: Tone::Plain,
    };
    Some(Bars {
        title: format!("of {} rounds so many are, %", demo.tally.rounds()),
        bars: shares.into_iter().enumerate().map(bar).collect(),
        full: Some(100.0),
        marks: Vec::new(),
        of: Some("linearizable_share"),
    })
}

/// The messages of the round.
pub(super) fn messages(demo: &Consistency) -> Scene {
    let home = if demo.round.promise == Promise::Linearizable { "the copy" } else { "sequencer" };
    let mut actors: Vec<String> = (1..=CLIENTS).map(|client| format!("c{client}")).collect();
    if matches!(demo.round.promise, Promise::Linearizable | Promise::Sequential) {
        actors.push(home.to_string());
    }
    if demo.knobs.classic.is_some() {
        return Scene::Facts(vec![Fact::new("messages", "none").note("a classic history has no store")]);
    }
    Scene::Timeline(Timeline { actors, moments: demo.round.moments.clone() })
}
