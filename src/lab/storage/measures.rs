//! What is measured of a side: traffic in bins, times of writes, and the numbers that all agree on.

use crate::lab::measure::{Bins, Histogram};
use crate::sim::Nanos;
use crate::systems::blocks::{Counts, PAGE};
use crate::systems::key_value::Traffic;

/// Values over time are in bins of half a second; the last 8 s are the present.
pub(super) const BIN: Nanos = Nanos::from_millis(500);
const PRESENT: f64 = 8.0;
const BINS: usize = 96;

/// What a bin holds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bin {
    pub(super) user: u64,
    pub(super) data: u64,
    pub(super) log: u64,
    pub(super) reads: u64,
    pub(super) writes: u64,
    pub(super) done: u64,
    /// Writes that were acknowledged.
    pub(super) written: u64,
    /// The longest time of a write, in nanoseconds.
    pub(super) slowest: u64,
    pub(super) level0: u64,
    /// Look-ups that found a row in pages, and the pages that they looked at.
    pub(super) lookups: u64,
    pub(super) looked: u64,
}

/// What is true of the last seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recent {
    /// Bytes written for data and for the log, for each byte of a user; not a number where nothing was written.
    pub(super) data: f64,
    pub(super) log: f64,
    /// Pages that a look-up looked at.
    pub(super) looked: f64,
    pub(super) done_per_s: f64,
    pub(super) writes_per_s: f64,
}

#[derive(Clone)]
pub(super) struct Measures {
    pub(super) bins: Bins<Bin>,
    pub(super) write_times: Histogram,
    traffic: Traffic,
    counts: Counts,
}

impl Measures {
    pub(super) fn new() -> Measures {
        Measures {
            bins: Bins::new(BIN, BINS),
            write_times: Histogram::default(),
            traffic: Traffic::default(),
            counts: Counts::default(),
        }
    }

    /// From now on an engine counts from other numbers: it was opened anew.
    pub(super) fn restart(&mut self, traffic: Traffic, counts: Counts) {
        (self.traffic, self.counts) = (traffic, counts);
    }

    /// Puts what an engine and its device have done since the last time into the bin of `now`.
    pub(super) fn note(&mut self, now: Nanos, traffic: Traffic, counts: Counts) -> &mut Bin {
        let bin = self.bins.at(now);
        bin.user += traffic.user - self.traffic.user;
        bin.data += traffic.data - self.traffic.data;
        bin.log += traffic.log - self.traffic.log;
        bin.reads += counts.reads - self.counts.reads;
        bin.writes += counts.writes - self.counts.writes;
        (self.traffic, self.counts) = (traffic, counts);
        bin
    }

    /// A write that came at `came` is acknowledged.
    pub(super) fn written(&mut self, now: Nanos, came: Nanos) {
        let took = now.since(came);
        self.write_times.record(took);
        let bin = self.bins.at(now);
        bin.written += 1;
        bin.slowest = bin.slowest.max(took.0);
    }

    /// The last seconds, as far as they are over.
    pub(super) fn recent(&self, now: Nanos) -> Recent {
        let from = now.as_secs_f64() - PRESENT;
        let (mut sum, mut bins) = (Bin::default(), 0.0);
        for (_, bin) in self.bins.over(now).filter(|(at, _)| *at >= from) {
            sum.user += bin.user;
            sum.data += bin.data;
            sum.log += bin.log;
            sum.done += bin.done;
            sum.lookups += bin.lookups;
            sum.looked += bin.looked;
            sum.written += bin.written;
            bins += 1.0;
        }
        let amplified = |pages: u64| (pages * PAGE as u64) as f64 / sum.user as f64;
        let span = bins * BIN.as_secs_f64();
        Recent {
            data: amplified(sum.data),
            log: amplified(sum.log),
            looked: sum.looked as f64 / sum.lookups as f64,
            done_per_s: sum.done as f64 / span,
            writes_per_s: sum.written as f64 / span,
        }
    }
}
