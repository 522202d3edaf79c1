//! What there is to see: the circle with its keys, what the last change moved, and the share of every node.

use super::placement::{Scheme, Table};
use super::{CHOSEN, JUDGED_AT, Node, RIVAL, RingWorld};
use crate::lab::Unit;
use crate::lab::scene::{self, Bar, Bars, Fact, Scene, Series, Tone};

/// How many arcs the picture shows at most: twice as fine as a circle of dots on a large screen.
const SHOWN_ARCS: usize = 720;
/// How many where there is no ring, and each costs a lookup that may ask every node.
const LOOKED_UP: usize = 360;
/// How many bars the picture shows at most.
const SHOWN_BARS: usize = 16;
/// How many nodes the table of moves shows at most.
const SHOWN_MOVES: usize = 12;

impl RingWorld {
    /// What there is to see.
    pub(super) fn picture(&self) -> Scene {
        let [chosen, _, rival] = &self.tables;
        let full = chosen.parts.iter().chain(&rival.parts).copied().fold(0.0, f64::max);
        let bars = |table: &Table| {
            let some = if table.parts.len() > SHOWN_BARS {
                format!(", top and last {}", SHOWN_BARS / 2)
            } else {
                String::new()
            };
            let bars = bars(table, full);
            Scene::Part(format!("{}{some}", table.scheme.name()), Box::new(Scene::Bars(bars)))
        };
        Scene::Row(vec![
            Scene::Ring(self.circle()),
            Scene::Column(vec![
                Scene::Facts(self.facts()),
                Scene::Row(vec![bars(chosen), bars(rival)]),
                Scene::Table(self.moves()),
            ]),
        ])
    }

    fn facts(&self) -> Vec<Fact> {
        let [chosen, _, rival] = &self.tables;
        let moved = |slot: usize| {
            let name = format!("moved, {}", short(self.tables[slot].scheme));
            match &self.changes[slot] {
                None => Fact::new(name, "-"),
                Some(change) => {
                    // Good is what moves no key between two nodes that stay.
                    let tone = match change.needless {
                        needless if needless > 0.1 => Tone::Bad,
                        needless if needless > 0.0 => Tone::Warn,
                        _ => Tone::Good,
                    };
                    let theory = Unit::Share.show(change.theory);
                    let note =
                        if change.theory.is_finite() { format!("theory {theory}") } else { String::new() };
                    Fact::new(name, Unit::Share.show(change.moved)).note(note).tone(tone)
                }
            }
        };
        let last = match &self.changes[CHOSEN] {
            None => Fact::new("last change", "none yet").note("a node joins at 2 s"),
            Some(change) => Fact::new("last change", change.title.as_str()).note(format!("at {}", change.at)),
        };
        let nodes = self.cluster.members.len();
        let [busy, busy_rival] = [CHOSEN, RIVAL].map(|slot| Unit::Ratio.show(self.load[slot].ratio(nodes)));
        let load = &self.load[CHOSEN];
        let overloaded = load.all >= JUDGED_AT * nodes as u64 && load.ratio(nodes) > 2.0;
        let theory = Unit::Ratio.show(chosen.spread_theory);
        let other = short(rival.scheme);
        vec![
            last,
            moved(CHOSEN),
            moved(RIVAL),
            Fact::new("spread", Unit::Ratio.show(chosen.spread)).note(if chosen.spread_theory.is_finite() {
                format!("theory {theory}")
            } else {
                format!("{other} {}", Unit::Ratio.show(rival.spread))
            }),
            Fact::new("largest node", Unit::Share.show(chosen.largest))
                .note(format!("{} x fair share", Unit::Ratio.show(chosen.largest_ratio))),
            Fact::new("busiest / mean", busy).note(format!("{other} {busy_rival}")).tone(if overloaded {
                Tone::Warn
            } else {
                Tone::Plain
            }),
            Fact::new("a lookup", cost(chosen)).note(format!("{other} {}", cost(rival))),
            Fact::new("memory", bytes(chosen.bytes)).note(format!("{other} {}", bytes(rival.bytes))),
        ]
    }

    /// From whom keys moved and to whom, the largest losers first.
    fn moves(&self) -> scene::Table {
        let changes = [&self.changes[CHOSEN], &self.changes[RIVAL]];
        let members = changes[0].iter().flat_map(|change| {
            let before = change.before.as_ref().map_or(&[][..], |before| &before.cluster.members[..]);
            before.iter().chain(&self.cluster.members).copied()
        });
        let mut members: Vec<Node> = members.collect();
        members.sort_unstable();
        members.dedup();
        let number =
            |slot: usize, value: &dyn Fn(&super::Change) -> usize| changes[slot].as_ref().map_or(0, value);
        members.sort_by_key(|&node| {
            std::cmp::Reverse((number(0, &|change| change.gained(node).max(change.lost(node).0)), 255 - node))
        });
        let row = |&node: &Node| {
            let lost = |slot| number(slot, &|change| change.lost(node).0);
            let gained = |slot| number(slot, &|change| change.gained(node));
            let to = number(0, &|change| change.lost(node).1);
            vec![
                name(node),
                text(lost(0)),
                if to == 0 { String::new() } else { format!("to {to}") },
                text(gained(0)),
                text(lost(1)),
                text(gained(1)),
            ]
        };
        let other = short(self.tables[RIVAL].scheme);
        scene::Table {
            head: vec![
                "node".into(),
                "lost".into(),
                "nodes".into(),
                "gained".into(),
                format!("{other}: lost"),
                "gained".into(),
            ],
            rows: members.iter().take(SHOWN_MOVES).map(row).collect(),
            right: vec![false, true, false, true, true, true],
            ..scene::Table::default()
        }
    }

    fn circle(&self) -> scene::Ring {
        let table = &self.tables[CHOSEN];
        let before = self.changes[CHOSEN].as_ref().and_then(|change| change.before.as_deref());
        let keys = self.population.shown.iter().map(|&key| {
            let owner = table.owners.get(key).copied();
            scene::RingKey {
                at: turn(self.population.points[key]),
                series: series(owner.unwrap_or(0)),
                moved: before.is_some_and(|before| before.owners.get(key).copied() != owner),
            }
        });
        let (nodes, vnodes) = (self.cluster.members.len(), self.cluster.vnodes);
        let second = match table.scheme {
            Scheme::Ring | Scheme::Bounded => {
                format!("{vnodes} vnode{} each", if vnodes == 1 { "" } else { "s" })
            }
            scheme => scheme.name().to_string(),
        };
        scene::Ring {
            arcs: arcs(table, before),
            keys: keys.collect(),
            centre: vec![
                format!("{nodes} node{}", if nodes == 1 { "" } else { "s" }),
                second,
                format!("{} keys", Unit::Count.show(self.population.points.len() as f64)),
            ],
        }
    }
}

/// Who owns which part of the circle, and which parts changed hands. Where there is no ring, or more virtual nodes than
/// can be told apart, the circle is looked up at evenly spaced points; neighbours of one owner become one arc.
fn arcs(table: &Table, before: Option<&Table>) -> Vec<scene::Arc> {
    let rings = [Some(table), before].map(|table| table.and_then(Table::ring));
    let tokens: usize = rings.iter().flatten().map(|ring| ring.arcs().take(SHOWN_ARCS + 1).count()).sum();
    let all_rings = table.ring().is_some() && before.is_none_or(|before| before.ring().is_some());
    let mut ends: Vec<u64> = if all_rings && tokens <= SHOWN_ARCS {
        rings.iter().flatten().flat_map(|ring| ring.arcs()).map(|arc| arc.end).collect()
    } else {
        let count = if all_rings { SHOWN_ARCS } else { LOOKED_UP } as u64;
        let width = u64::MAX / count;
        (1..=count).map(|slot| slot * width).collect()
    };
    ends.sort_unstable();
    let mut arcs: Vec<(u64, u64, Node, bool)> = Vec::new();
    let mut start = ends.last().copied().unwrap_or(0);
    for &end in &ends {
        let Some(node) = table.owner_at(end) else { break };
        let moved = before.is_some_and(|before| before.owner_at(end) != Some(node));
        match arcs.last_mut() {
            Some(last) if (last.2, last.3) == (node, moved) => last.1 = end,
            _ => arcs.push((start, end, node, moved)),
        }
        start = end;
    }
    let arc = |(start, end, node, moved)| scene::Arc {
        start: turn(start),
        end: turn(end),
        node: name(node),
        series: series(node),
        moved,
    };
    arcs.into_iter().map(arc).collect()
}

/// The shares of the nodes as bars; where there are many nodes, those with the largest and the smallest shares.
fn bars(table: &Table, full: f64) -> Bars {
    let mut pairs: Vec<(Node, f64)> =
        table.cluster.members.iter().copied().zip(table.parts.iter().copied()).collect();
    if pairs.len() > SHOWN_BARS {
        pairs.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let half = SHOWN_BARS / 2;
        pairs.drain(half..pairs.len() - half);
    }
    let bar = |(node, share): (Node, f64)| Bar {
        name: name(node),
        value: share * 100.0,
        label: Unit::Share.show(share),
        series: series(node),
        tone: match share / table.cluster.fair(node) {
            ratio if ratio > 2.0 => Tone::Bad,
            ratio if ratio > 1.5 => Tone::Warn,
            _ => Tone::Plain,
        },
    };
    let circle = table.scheme == Scheme::Ring;
    Bars {
        title: if circle { "share of the circle, %" } else { "share of the keys, %" }.to_string(),
        bars: pairs.into_iter().map(bar).collect(),
        full: Some(full * 100.0),
        marks: vec![(100.0 / f64::from(table.cluster.total()), "1/n".to_string())],
        of: None,
    }
}

/// A lookup's cost with its unit.
fn cost(table: &Table) -> String {
    format!("{} {}", Unit::Ratio.show(table.cost), table.scheme.cost())
}

fn bytes(bytes: usize) -> String {
    match bytes {
        0 => "none".into(),
        bytes if bytes < 1_000 => format!("{bytes} B"),
        bytes => format!("{:.1} KB", bytes as f64 / 1e3),
    }
}

/// A name that fits beside a number.
fn short(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Modulo => "mod n",
        scheme => scheme.name(),
    }
}

fn text(count: usize) -> String {
    if count == 0 { String::new() } else { Unit::Count.show(count as f64) }
}

/// A point as a part of a turn, 0 to below 1.
fn turn(point: u64) -> f64 {
    (point >> 11) as f64 / (1_u64 << 53) as f64
}

fn series(node: Node) -> Series {
    Series(node % 6)
}

/// `A` to `Z`, then `N27`, `N28`, ...
pub(super) fn name(node: Node) -> String {
    match node {
        0..26 => char::from(b'A' + node).to_string(),
        _ => format!("N{}", node + 1),
    }
}
