//! How the world of the demo changes: who should be there, what that moves, and by which tables keys are found.

use std::sync::Arc;

use super::change::Change;
use super::placement::{Cluster, Scheme, Table};
use super::population::Population;
use super::{CHOSEN, Node, RIVAL, RingWorld};
use crate::lab::Settings;
use crate::sim::Nanos;

impl RingWorld {
    /// Brings the members to those that should be there, and counts what that moved.
    pub(super) fn change_members(&mut self, now: Nanos, settings: &Settings, title: Option<String>) {
        let wanted: Vec<Node> = (Node::from(self.down)..self.nodes + Node::from(self.joined)).collect();
        let before = self.cluster.members.clone();
        if wanted == before {
            return;
        }
        let title = title.unwrap_or_else(|| format!("{} to {} nodes", before.len(), wanted.len()));
        let one_joined = wanted.len() == before.len() + 1;
        let mut cluster = (*self.cluster).clone();
        cluster.members = wanted;
        let refilled = cluster.renumber();
        self.place(now, settings, cluster, &title, &refilled);
        for change in [CHOSEN, RIVAL].into_iter().zip([&self.changes[CHOSEN], &self.changes[RIVAL]]) {
            if let (slot, Some(change)) = change
                && matches!(self.tables[slot].scheme, Scheme::Ring | Scheme::Rendezvous | Scheme::Jump)
            {
                self.strayed |= change.needless_keys > change.allowed;
            }
        }
        if let Some(change) = self.changes[CHOSEN].as_ref().filter(|_| one_joined) {
            self.joined_cheaply |= change.moved < 0.05;
            let even = self.cluster.members.len() >= 10 && self.keys_ratio(CHOSEN) <= 1.06;
            self.joined_evenly |= even && change.moved < 0.15;
        }
    }

    /// Places all keys anew and notes what that moved.
    pub(super) fn place(
        &mut self,
        now: Nanos,
        settings: &Settings,
        cluster: Cluster,
        title: &str,
        refilled: &[Node],
    ) {
        let tables = tables(schemes(settings), &cluster, &self.population);
        for (slot, table) in tables.iter().enumerate() {
            let before = &self.tables[slot];
            let same = before.scheme == table.scheme && before.cluster == table.cluster;
            if !same {
                self.changes[slot] = Some(Change::new(now, title.to_string(), before, table, refilled));
            }
        }
        self.tables = tables;
        self.cluster = Arc::new(cluster);
        self.load = Default::default();
    }

    /// Node A is down, or there again, as the control says.
    pub(super) fn turn(&mut self, now: Nanos, settings: &Settings) {
        self.down = settings.on("crash");
        let title = if self.down { "A crashed" } else { "A came back" };
        self.change_members(now, settings, Some(title.to_string()));
    }

    /// The fullest node's keys over its fair part.
    pub(super) fn keys_ratio(&self, slot: usize) -> f64 {
        let table = &self.tables[slot];
        let all = self.population.points.len() as f64;
        let ratio = |(&node, &keys): (&Node, &usize)| keys as f64 / (all * self.cluster.fair(node));
        self.cluster.members.iter().zip(&table.keys).map(ratio).fold(0.0, f64::max)
    }
}

/// The chosen placement, hash mod n, and the rival.
pub(super) fn schemes(settings: &Settings) -> [Scheme; 3] {
    [Scheme::of_placement(settings.get("placement")), Scheme::Modulo, Scheme::of_rival(settings.get("rival"))]
}

/// The tables of the chosen placement, of hash mod n and of the rival; what is asked for twice is made once.
pub(super) fn tables(schemes: [Scheme; 3], cluster: &Cluster, population: &Population) -> [Arc<Table>; 3] {
    let make = |scheme| Arc::new(Table::new(scheme, cluster.clone(), population));
    let chosen = make(schemes[CHOSEN]);
    let modulo = if schemes[CHOSEN] == Scheme::Modulo { Arc::clone(&chosen) } else { make(Scheme::Modulo) };
    let rival = match schemes[RIVAL] {
        Scheme::Modulo => Arc::clone(&modulo),
        scheme if scheme == schemes[CHOSEN] => Arc::clone(&chosen),
        scheme => make(scheme),
    };
    [chosen, modulo, rival]
}
