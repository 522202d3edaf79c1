//! What a change of nodes moved, from whom and to whom.

use std::sync::Arc;

use super::Node;
use super::placement::{Scheme, Table};
use crate::sim::Nanos;

/// The last change of one placement and what it moved.
#[derive(Clone)]
pub(super) struct Change {
    pub(super) at: Nanos,
    pub(super) title: String,
    /// The share of the keys that moved, and what is expected.
    pub(super) moved: f64,
    pub(super) theory: f64,
    /// Of the moved keys, those that went from one staying node to another.
    pub(super) needless: f64,
    /// How many that were.
    pub(super) needless_keys: usize,
    /// How many keys may go from one staying node to another: with jump those of the node that fills a gap.
    pub(super) allowed: usize,
    /// Keys that moved, from one node to another, the largest numbers first.
    pub(super) flows: Vec<(Node, Node, usize)>,
    /// The table before, for the marks in the picture; nothing once the population is another.
    pub(super) before: Option<Arc<Table>>,
}

impl Change {
    /// What moved between two tables of the same keys. `refilled` are the nodes that filled a gap in jump's list. O(keys).
    pub(super) fn new(
        at: Nanos,
        title: String,
        before: &Arc<Table>,
        after: &Arc<Table>,
        refilled: &[Node],
    ) -> Change {
        let stays = |node: &Node| {
            [before, after].iter().all(|table| table.cluster.members.binary_search(node).is_ok())
        };
        let mut counts = vec![0_usize; 256 * 256];
        for (&was, &is) in before.owners.iter().zip(&after.owners).filter(|(was, is)| was != is) {
            counts[usize::from(was) << 8 | usize::from(is)] += 1;
        }
        let mut flows: Vec<(Node, Node, usize)> = (0..)
            .zip(counts)
            .filter(|(_, count)| *count > 0)
            .map(|(pair, count): (usize, usize)| ((pair >> 8) as Node, (pair & 0xff) as Node, count))
            .collect();
        flows.sort_by_key(|&(was, is, count)| (std::cmp::Reverse(count), was, is));
        let all: usize = flows.iter().map(|(_, _, count)| count).sum();
        let needless_keys: usize =
            flows.iter().filter(|(was, is, _)| stays(was) && stays(is)).map(|(_, _, count)| count).sum();
        let owned =
            |node: &Node| before.cluster.members.binary_search(node).map_or(0, |place| before.keys[place]);
        Change {
            at,
            title,
            moved: all as f64 / after.owners.len() as f64,
            theory: expected(before, after),
            needless: needless_keys as f64 / all as f64,
            needless_keys,
            allowed: if after.scheme == Scheme::Jump { refilled.iter().map(owned).sum() } else { 0 },
            flows,
            before: Some(Arc::clone(before)),
        }
    }

    /// Keys that went from a node, and to how many others.
    pub(super) fn lost(&self, node: Node) -> (usize, usize) {
        let mine = || self.flows.iter().filter(|(was, _, _)| *was == node);
        (mine().map(|(_, _, count)| count).sum(), mine().count())
    }

    /// Keys that came to a node.
    pub(super) fn gained(&self, node: Node) -> usize {
        self.flows.iter().filter(|(_, is, _)| *is == node).map(|(_, _, count)| count).sum()
    }
}

/// The share of the keys that is expected to move; not a number where there is no closed form for it.
fn expected(before: &Table, after: &Table) -> f64 {
    let (old, new) = (&before.cluster, &after.cluster);
    if before.scheme != after.scheme {
        return f64::NAN;
    }
    let subset = |a: &[Node], b: &[Node]| a.iter().all(|node| b.binary_search(node).is_ok());
    let nested = subset(&old.members, &new.members) || subset(&new.members, &old.members);
    let (least, most) = (old.total().min(new.total()), old.total().max(new.total()));
    let least_moves = 1.0 - f64::from(least) / f64::from(most);
    match after.scheme {
        Scheme::Modulo => modulo(&old.listed, &new.listed),
        Scheme::Ring if old.members == new.members && old.weight == new.weight => {
            // The ring with more virtual nodes holds those of the other. A key moves where the next one in the larger ring is among
            // the additional ones, and the next one in the smaller ring belongs to another node.
            let (few, many) = (old.vnodes.min(new.vnodes), old.vnodes.max(new.vnodes));
            let another = 1.0 - new.members.iter().map(|&node| new.fair(node) * new.fair(node)).sum::<f64>();
            (1.0 - f64::from(few) / f64::from(many)) * another
        }
        Scheme::Ring | Scheme::Rendezvous
            if nested && (old.weight == new.weight || old.members == new.members) =>
        {
            least_moves
        }
        Scheme::Jump if nested && is_beginning(&old.numbered, &new.numbered) => least_moves,
        Scheme::Jump if most == least + 1 && old.numbered.len() > new.numbered.len() && new.weight == 1 => {
            // The keys of the one that left, 1 in n, and those of the last one, of which 1 in n - 1 stay with it at its new number.
            let n = f64::from(most);
            1.0 / n + (n - 2.0) / (n * (n - 1.0))
        }
        _ => f64::NAN,
    }
}

fn is_beginning(a: &[Node], b: &[Node]) -> bool {
    a.starts_with(b) || b.starts_with(a)
}

/// Under hash mod n: over a whole period of both remainders, the share of the hashes whose owner differs. O(n m).
fn modulo(old: &[Node], new: &[Node]) -> f64 {
    let (n, m) = (old.len(), new.len());
    if n == 0 || m == 0 {
        return f64::NAN;
    }
    // Every pair of remainders that occurs at all occurs once in lcm(n, m) hashes, and n m is a multiple of it.
    let moved = (0..n * m).filter(|hash| old[hash % n] != new[hash % m]).count();
    moved as f64 / (n * m) as f64
}
