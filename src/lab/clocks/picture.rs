//! How the demo looks: who wrote what with which stamp and who heard of it; and the clocks themselves.

use super::Clocks;
use super::nodes::Happening;
use crate::lab::scene::{Bar, Bars, Fact, Moment, Passage, Scene, Series, Table, Timeline, Tone};
use crate::sim::Nanos;
use crate::systems::clocks::WallClock;

/// How many events are shown.
const SHOWN: usize = 40;

/// The last events with their stamps, and what each clock loses.
pub(super) fn events(demo: &Clocks) -> Scene {
    let actors = (1..=demo.knobs.nodes).map(|node| format!("n{node}")).collect();
    let first = demo.net.events.len().saturating_sub(SHOWN);
    let known = demo.net.events.iter().skip(first).filter(|event| event.node < demo.knobs.nodes);
    let moments = known.map(|event| moment(demo, event)).collect();
    Scene::Column(vec![
        Scene::Facts(facts(demo)),
        Scene::Timeline(Timeline { actors, moments }),
        Scene::Bars(losses(demo)),
    ])
}

fn moment(demo: &Clocks, event: &Happening) -> Moment {
    let from = event.of.and_then(|write| demo.net.event(write)).map_or(event.node, |write| write.node);
    let arrives = event.of.is_some() && from < demo.knobs.nodes;
    let stamp = stamp(demo, event);
    let (text, tone) = match (event.of, event.lost) {
        (Some(_), _) => (stamp, Tone::Plain),
        (None, (_, true)) if demo.knobs.stamp == 0 => {
            (format!("write {stamp}, lost: it had seen a later one"), Tone::Bad)
        }
        (None, (true, _)) if demo.knobs.stamp == 0 => {
            (format!("write {stamp}, lost to an earlier one"), Tone::Warn)
        }
        (None, _) => (format!("write {stamp}"), Tone::Good),
    };
    let from = if arrives { from } else { event.node };
    let passage = if arrives { Passage::Late } else { Passage::Direct };
    Moment { at: event.at, from, to: event.node, text, passage, tone }
}

/// The stamp of an event by the clock that is shown. A receipt shows what the write carried by the wall clock.
fn stamp(demo: &Clocks, event: &Happening) -> String {
    let carried = event.of.and_then(|write| demo.net.event(write)).unwrap_or(event);
    stamp_of(demo, event, carried, demo.knobs.stamp)
}

/// A stamp of an event by one of the clocks; by the wall clock that of `carried`.
fn stamp_of(demo: &Clocks, event: &Happening, carried: &Happening, kind: usize) -> String {
    // Seconds of a run, not of the epoch.
    let wall = |reading: u64| (reading as f64 - WallClock::truth(Nanos::ZERO) as f64) / 1e9;
    match kind {
        0 => format!("{:.2}", wall(carried.stamps.wall.0)),
        1 => event.stamps.lamport.0.to_string(),
        2 => {
            let counts: Vec<String> =
                event.vector.counts().iter().take(demo.knobs.nodes).map(u64::to_string).collect();
            format!("[{}]", counts.join(" "))
        }
        _ => format!("{:.2}+{}", wall(event.stamps.hybrid.0.l), event.stamps.hybrid.0.c),
    }
}

/// What is lost, in two lines.
fn facts(demo: &Clocks) -> Vec<Fact> {
    let percent =
        |share: f64| if share.is_nan() { "-".to_string() } else { format!("{:.1}%", share * 100.0) };
    let [(wall, seen), _, (hybrid, _)] = demo.tally.losses();
    let tone = if seen > 0.0 { Tone::Bad } else { Tone::Plain };
    vec![
        Fact::new("lost by wall clock", percent(wall))
            .note(format!(
                "theory {}; had seen the winner: {}",
                percent(demo.tally.lost_theory()),
                percent(seen)
            ))
            .tone(tone),
        Fact::new("lost by hybrid", percent(hybrid)).note("all concurrent with the winner"),
        Fact::new("concurrent", percent(demo.tally.concurrent_share()))
            .note("with the write before, by vectors"),
    ]
}

fn losses(demo: &Clocks) -> Bars {
    let [wall, lamport, hybrid] = demo.tally.losses();
    let bar = |(place, (name, value)): (usize, (&str, f64))| Bar {
        name: name.to_string(),
        value: if value.is_nan() { 0.0 } else { value * 100.0 },
        label: if value.is_nan() { "-".to_string() } else { format!("{:.1}%", value * 100.0) },
        series: Series(place as u8),
        tone: Tone::Plain,
    };
    let rows = [
        ("wall", wall.0),
        ("wall, had seen the winner", wall.1),
        ("Lamport", lamport.0),
        ("Lamport, had seen the winner", lamport.1),
        ("hybrid", hybrid.0),
        ("hybrid, had seen the winner", hybrid.1),
    ];
    let theory = demo.tally.lost_theory();
    Bars {
        title: "writes lost by the last writer to win, %".to_string(),
        bars: rows.into_iter().enumerate().map(bar).collect(),
        full: None,
        marks: if theory.is_nan() { Vec::new() } else { vec![(theory * 100.0, "theory".to_string())] },
        of: Some("lost_share"),
    }
}

/// How wrong each clock is, and how far its hybrid clock runs ahead of it.
pub(super) fn clocks(demo: &Clocks, now: Nanos) -> Scene {
    let nodes = || demo.net.nodes.iter().take(demo.knobs.nodes).enumerate();
    let least = nodes().map(|(_, node)| node.wall.error(now)).min().unwrap_or(0);
    let bar = |(place, error): (usize, i64)| Bar {
        name: format!("n{}", place + 1),
        value: error.saturating_sub(least) as f64 / 1e6,
        label: format!("{:+.0} ms", error as f64 / 1e6),
        series: Series(place as u8),
        tone: Tone::Plain,
    };
    let bars = nodes().map(|(place, node)| bar((place, node.wall.error(now)))).collect();
    let facts = vec![
        Fact::new("hybrid ahead by at most", format!("{:.0} ms", demo.tally.ahead as f64 / 1e6))
            .note("of its own wall clock"),
        Fact::new("set over the network", demo.tally.syncs.to_string()).note("times"),
    ];
    let title = "clocks, ahead of the slowest one, and of the truth, ms".to_string();
    let bars = Bars { title, bars, ..Bars::default() };
    Scene::Column(vec![Scene::Bars(bars), Scene::Table(stamps(demo)), Scene::Facts(facts)])
}

/// The stamps of each node's last event.
fn stamps(demo: &Clocks) -> Table {
    let row = |node: usize| {
        let last = demo.net.events.iter().rev().find(|event| event.node == node);
        let cells = last.map_or_else(
            || [(); 4].map(|()| "-".to_string()),
            |event| [0, 1, 2, 3].map(|kind| stamp_of(demo, event, event, kind)),
        );
        std::iter::once(format!("n{}", node + 1)).chain(cells).collect()
    };
    Table {
        head: ["last event", "wall, s", "Lamport", "vector", "hybrid, s"].map(String::from).to_vec(),
        rows: (0..demo.knobs.nodes).map(row).collect(),
        right: vec![false, true, true, true, true],
        ..Table::default()
    }
}
