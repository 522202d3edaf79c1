//! What the rules are judged by.

use super::{FALL, MOST, RISE};

/// It follows probes and requests itself, and asks no balancer.
#[derive(Clone, Debug, Default)]
pub(super) struct Watch {
    /// For each server how many probes in a row failed or succeeded, and whether it should be out.
    pub(super) failed: Vec<u32>,
    pub(super) passed: Vec<u32>,
    pub(super) out: Vec<bool>,
    /// Whether a request went astray or was refused without need, or a count was wrong, ever.
    pub(super) astray: bool,
    pub(super) refused: bool,
    pub(super) miscounted: bool,
}

impl Watch {
    pub(super) fn new() -> Watch {
        let (failed, passed, out) = (vec![0; MOST], vec![0; MOST], vec![false; MOST]);
        Watch { failed, passed, out, ..Watch::default() }
    }

    pub(super) fn probed(&mut self, host: usize, ok: bool) {
        if ok {
            (self.passed[host], self.failed[host]) = (self.passed[host] + 1, 0);
            self.out[host] &= self.passed[host] < RISE;
        } else {
            (self.passed[host], self.failed[host]) = (0, self.failed[host] + 1);
            self.out[host] |= self.failed[host] >= FALL;
        }
    }

    pub(super) fn forget(&mut self) {
        *self =
            Watch { astray: self.astray, refused: self.refused, miscounted: self.miscounted, ..Watch::new() };
    }
}
