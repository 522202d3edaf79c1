//! The controls of the demo, as its parts need them.

use super::HELPERS;
use super::watch::Thresholds;
use crate::lab::Settings;
use crate::sim::{Link, Nanos};
use crate::systems::detector::swim::{Config, Flaw, Order};

pub(super) const DETECTORS: &[&str] = &["fixed", "phi", "swim"];
pub(super) const BUGS: &[&str] = &["none", "own-send", "no-incarnation", "no-suspicion"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bug {
    None,
    OwnSend,
    NoIncarnation,
    NoSuspicion,
}

/// The controls, as the scenario needs them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Knobs {
    /// Which detector is judged, by its place among the options.
    pub(super) judged: usize,
    pub(super) timeout: Nanos,
    pub(super) phi: f64,
    pub(super) period: Nanos,
    pub(super) loss: f64,
    jitter: Nanos,
    /// A node and minute.
    pub(super) pauses: f64,
    pub(super) nodes: usize,
    /// In periods.
    suspicion: u64,
    pub(super) bug: Bug,
}

impl Knobs {
    pub(super) fn of(settings: &Settings) -> Knobs {
        let millis = |name: &str| Nanos::from_secs_f64(settings.get(name) / 1e3);
        Knobs {
            judged: settings.count("detector").min(2),
            timeout: millis("timeout"),
            phi: settings.get("phi"),
            period: millis("period"),
            loss: settings.get("loss") / 100.0,
            jitter: millis("jitter"),
            pauses: settings.get("pauses"),
            nodes: settings.count("nodes").clamp(4, 50),
            suspicion: settings.count("suspicion") as u64,
            bug: match settings.count("bug") {
                1 => Bug::OwnSend,
                2 => Bug::NoIncarnation,
                3 => Bug::NoSuspicion,
                _ => Bug::None,
            },
        }
    }

    pub(super) fn thresholds(&self) -> Thresholds {
        Thresholds { timeout: self.timeout, phi: self.phi }
    }

    pub(super) fn link(&self) -> Link {
        Link { delay: Nanos::from_millis(20), jitter: self.jitter, loss: self.loss, ..Link::default() }
    }

    /// How long a SWIM node waits for an answer before it asks others for help.
    pub(super) fn answer_within(&self) -> Nanos {
        Nanos(self.period.0 * 2 / 5)
    }

    /// Messages that a SWIM node sends in a period, of members that are up: a question, an answer where the question came; and
    /// where no answer came in time, helpers: each is asked, asks, is answered and answers, as far as messages come.
    pub(super) fn swim_load(&self) -> f64 {
        let arrives = 1.0 - self.loss;
        // There and back take two delays and two jitters, of which the sum is Erlang distributed.
        let left = self.answer_within().since(self.link().delay * 2).as_secs_f64();
        let x = left / self.jitter.as_secs_f64().max(1e-9);
        let in_time = if left <= 0.0 { 0.0 } else { 1.0 - libm::exp(-x) * (1.0 + x) };
        let squared = arrives * arrives;
        let help = (1.0 - squared * in_time) * HELPERS.min(self.nodes - 2) as f64;
        1.0 + arrives + help * (1.0 + arrives + squared + squared * arrives)
    }

    pub(super) fn swim(&self) -> Config {
        Config {
            members: self.nodes,
            helpers: HELPERS,
            suspicion: self.period * self.suspicion,
            repeats: 3.0,
            rumours: 6,
            order: Order::RoundRobin,
            flaw: match self.bug {
                Bug::NoIncarnation => Flaw::NoIncarnation,
                Bug::NoSuspicion => Flaw::NoSuspicion,
                Bug::None | Bug::OwnSend => Flaw::None,
            },
        }
    }
}
