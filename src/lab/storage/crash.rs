//! A loss of power: what is cut off, how an engine comes back, and whether all is there that must be.

use super::KEYS;
use super::controls::Knobs;
use super::engine::Engine;
use super::side::{Doing, Side};
use super::truth::{Truth, version_of};
use crate::sim::Nanos;

impl Side {
    /// The power fails and comes back. Returns when the engine is open again; nothing where it cannot be opened.
    pub(super) fn crash(&mut self, now: Nanos, knobs: &Knobs) -> Option<Nanos> {
        let device = match std::mem::replace(&mut self.engine, Engine::Broken) {
            Engine::BTree(tree) => tree.crash(&mut self.rng),
            Engine::Lsm(tree) => tree.crash(&mut self.rng),
            Engine::Broken => return None,
        };
        self.counts.crashes += 1;
        self.cut_off();
        let spent = device.spent();
        self.engine = Engine::open(self.which, device, knobs).unwrap_or(Engine::Broken);
        let Some(found) = self.everything() else {
            self.lose_all();
            return None;
        };
        let damage = self.truth.recover(found);
        self.counts.broken += u64::from(!damage.sound);
        self.counts.lost += damage.lost;
        let store = self.engine.store()?;
        let took = store.device().spent().since(spent);
        // What a recovery reads and writes would hide everything else.
        self.measures.restart(store.traffic(), store.device().counts());
        self.recovery = Some(took);
        self.doing = Doing::Recovery;
        Some(now + took + Nanos(1))
    }

    /// What was under way and who waited is cut off.
    fn cut_off(&mut self) {
        let under_way = matches!(self.doing, Doing::Operation(op) if !op.what.writes());
        let waited = self.reads.len() + self.writes.len() + self.truth.pending() + usize::from(under_way);
        self.counts.cut += waited as u64;
        self.reads.clear();
        self.writes.clear();
        self.epoch += 1;
        (self.doing, self.window, self.due, self.forced) = (Doing::Nothing, false, false, false);
        self.stalled_since = None;
    }

    /// The engine cannot go on: what it had is lost.
    pub(super) fn fail(&mut self) {
        self.cut_off();
        self.lose_all();
    }

    /// What is on the device cannot be opened.
    fn lose_all(&mut self) {
        let before = self.truth.live();
        self.counts.broken += 1;
        self.counts.lost += before;
        self.truth = Truth::new();
        self.engine = Engine::Broken;
    }

    /// The version of each key, as a look from outside sees it: on a copy, so that nothing is counted.
    fn everything(&self) -> Option<Vec<u32>> {
        let mut copy = self.engine.clone();
        let mut found = vec![0; KEYS as usize];
        let store = copy.store_mut()?;
        let whole = store.scan(&[], None, &mut |key, value| {
            let key = key.try_into().map_or(u64::MAX, u64::from_be_bytes);
            if let Some(slot) = found.get_mut(key as usize) {
                *slot = version_of(value);
            }
            true
        });
        whole.ok().map(|()| found)
    }
}
