//! What there is to see: the circle with its keys, what the last change moved, and the share of every node.

use super::{JUDGED_AT, Node, RingWorld};
use crate::lab::Unit;
use crate::lab::scene::{self, Bar, Bars, Fact, Scene, Series, Tone};
use crate::systems::hash_ring::{self, HashRing};

/// How many arcs the picture shows at most: twice as fine as a circle of dots on a large screen.
const SHOWN_ARCS: usize = 720;
/// How many bars the picture shows at most.
const SHOWN_BARS: usize = 16;

impl RingWorld {
    /// What there is to see.
    pub(super) fn picture(&self) -> Scene {
        let placement = &self.placement;
        let keys = self.population.points.len() as f64;
        let by_modulo: Vec<f64> = placement.modulo_keys.iter().map(|&count| count as f64 / keys).collect();
        let full = by_modulo.iter().copied().fold(placement.largest, f64::max);
        let bars = |heading: &str, measure: &str, shares: &[f64]| {
            let some = if shares.len() > SHOWN_BARS {
                format!(", top and last {}", SHOWN_BARS / 2)
            } else {
                String::new()
            };
            let bars = bars(measure, &placement.members, shares, full);
            Scene::Part(format!("{heading}{some}"), Box::new(Scene::Bars(bars)))
        };
        Scene::Row(vec![
            Scene::Ring(self.circle()),
            Scene::Column(vec![
                Scene::Facts(self.facts()),
                Scene::Row(vec![
                    bars("ring", "share of the circle, %", &placement.parts),
                    bars("hash mod n", "share of the keys, %", &by_modulo),
                ]),
            ]),
        ])
    }

    fn facts(&self) -> Vec<Fact> {
        let mut facts = match &self.change {
            None => vec![
                Fact::new("last change", "none yet").note("a node joins at 2 s"),
                Fact::new("moved, ring", "-"),
                Fact::new("moved, mod n", "-"),
            ],
            Some(change) => {
                let moved = |which: usize, name| {
                    // Good is what moves no key between two nodes that stay.
                    let tone = if change.needless[which] > 0.0 { Tone::Bad } else { Tone::Good };
                    Fact::new(name, Unit::Share.show(change.moved[which]))
                        .note(format!("theory {}", Unit::Share.show(change.theory[which])))
                        .tone(tone)
                };
                vec![
                    Fact::new("last change", change.title.as_str()).note(format!("at {}", change.at)),
                    moved(0, "moved, ring"),
                    moved(1, "moved, mod n"),
                ]
            }
        };
        let placement = &self.placement;
        let nodes = placement.members.len();
        let theory = hash_ring::expected_spread(nodes, self.vnodes);
        let [ring, modulo] = [0, 1].map(|which| Unit::Ratio.show(self.load[which].ratio(nodes)));
        let overloaded = self.load[0].all >= JUDGED_AT * nodes as u64 && self.load[0].ratio(nodes) > 2.0;
        facts.extend([
            Fact::new("spread", Unit::Ratio.show(placement.spread))
                .note(format!("theory {}", Unit::Ratio.show(theory))),
            Fact::new("largest node", Unit::Share.show(placement.largest))
                .note(format!("{} x fair share", Unit::Ratio.show(placement.largest / placement.fair()))),
            Fact::new("busiest / mean", ring).note(format!("mod n {modulo}")).tone(if overloaded {
                Tone::Warn
            } else {
                Tone::Plain
            }),
            Fact::new("requests", Unit::Count.show(self.lookups as f64)),
        ]);
        facts
    }

    fn circle(&self) -> scene::Ring {
        let placement = &self.placement;
        let before = self.change.as_ref().and_then(|change| change.before.as_deref());
        let keys = self.population.shown.iter().map(|&key| {
            let owner = placement.owners[0].get(key).copied();
            scene::RingKey {
                at: turn(self.population.points[key]),
                series: series(owner.unwrap_or(0)),
                moved: before.is_some_and(|before| before.owners[0].get(key).copied() != owner),
            }
        });
        let (nodes, vnodes) = (placement.members.len(), self.vnodes);
        scene::Ring {
            arcs: arcs(&placement.ring, before.map(|before| &before.ring)),
            keys: keys.collect(),
            centre: vec![
                format!("{nodes} node{}", if nodes == 1 { "" } else { "s" }),
                format!("{vnodes} vnode{} each", if vnodes == 1 { "" } else { "s" }),
                format!("{} keys", Unit::Count.show(self.population.points.len() as f64)),
            ],
        }
    }
}

/// Who owns which part of the circle, and which parts changed hands. Where there are more virtual nodes than
/// can be told apart, the circle is looked up at evenly spaced points; neighbours of one owner become one arc.
fn arcs(ring: &HashRing<Node>, before: Option<&HashRing<Node>>) -> Vec<scene::Arc> {
    let tokens = |ring: &HashRing<Node>| ring.len() * ring.vnodes() as usize;
    let mut ends: Vec<u64> = if tokens(ring) + before.map_or(0, tokens) <= SHOWN_ARCS {
        ring.arcs().chain(before.into_iter().flat_map(HashRing::arcs)).map(|arc| arc.end).collect()
    } else {
        let width = u64::MAX / SHOWN_ARCS as u64;
        (1..=SHOWN_ARCS as u64).map(|slot| slot * width).collect()
    };
    ends.sort_unstable();
    let mut arcs: Vec<(u64, u64, Node, bool)> = Vec::new();
    let mut start = ends.last().copied().unwrap_or(0);
    for &end in &ends {
        let Some(&node) = ring.owner_at(end) else { break };
        let moved = before.is_some_and(|before| before.owner_at(end) != Some(&node));
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
fn bars(measure: &str, members: &[Node], shares: &[f64], full: f64) -> Bars {
    let fair = 1.0 / members.len() as f64;
    let mut pairs: Vec<(Node, f64)> = members.iter().copied().zip(shares.iter().copied()).collect();
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
        tone: match share / fair {
            ratio if ratio > 2.0 => Tone::Bad,
            ratio if ratio > 1.5 => Tone::Warn,
            _ => Tone::Plain,
        },
    };
    Bars {
        title: measure.to_string(),
        bars: pairs.into_iter().map(bar).collect(),
        full: Some(full * 100.0),
        marks: vec![(fair * 100.0, "1/n".to_string())],
        of: None,
    }
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
