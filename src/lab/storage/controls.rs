//! What the controls mean for the engines.

use crate::lab::Settings;
use crate::sim::Nanos;
use crate::systems::blocks::Speed;
use crate::systems::{btree, lsm};

/// The names of the devices.
pub(super) const DEVICES: &[&str] = &["cloud", "hdd", "ssd", "nvme"];
/// The names of the flaws.
pub(super) const BUGS: &[&str] = &["none", "no-fsync", "torn-pages", "early-tombstone"];

/// A volume in a cloud of 334 GB, which does 3 operations a second for each GB (Amazon EBS, gp2: *General Purpose SSD
/// volumes*): 1,000 a second. Operations on pages that follow each other are merged into one.
const CLOUD: Speed = Speed {
    read: Nanos::from_millis(1),
    write: Nanos::from_millis(1),
    next: Nanos::from_micros(30),
    sync: Nanos::from_millis(1),
};

/// How the engines work.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Knobs {
    pub(super) btree: btree::Options,
    pub(super) lsm: lsm::Options,
    pub(super) speed: Speed,
    /// Whether each write has a barrier of its own.
    pub(super) each: bool,
    bug: usize,
}

impl Knobs {
    pub(super) fn of(settings: &Settings) -> Knobs {
        let bug = settings.count("bug");
        let cache = settings.count("cache");
        Knobs {
            btree: btree::Options {
                cache,
                log_pages: 512,
                flaw: match bug {
                    1 => btree::Flaw::NoSync,
                    2 => btree::Flaw::NoImages,
                    _ => btree::Flaw::None,
                },
            },
            lsm: lsm::Options {
                memtable: settings.count("memtable") << 10,
                fanout: settings.count("fanout"),
                compaction: match settings.count("compaction") {
                    0 => lsm::Compaction::Leveled,
                    _ => lsm::Compaction::Tiered,
                },
                bloom_bits: settings.get("bloom"),
                level0: 4,
                stop: 12,
                cache,
                log_pages: 128,
                flaw: match bug {
                    1 => lsm::Flaw::NoSync,
                    3 => lsm::Flaw::TombstoneEarly,
                    _ => lsm::Flaw::None,
                },
            },
            speed: match settings.count("device") {
                0 => CLOUD,
                1 => Speed::HDD,
                2 => Speed::SSD,
                _ => Speed::NVME,
            },
            each: settings.count("fsync") == 1,
            bug,
        }
    }

    /// Whether nothing is broken on purpose.
    pub(super) fn is_sound(&self) -> bool {
        self.bug == 0
    }
}
