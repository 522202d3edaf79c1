//! The controls of the demo, as its parts need them.

use super::{CONSUMERS, DELAY, LINK, QUEUES};
use crate::lab::Settings;
use crate::sim::{Link, Nanos, Network};
use crate::systems::message_queue::Config;

/// The network's nodes: acknowledgements go from one to the other.
pub(super) const CONSUMER_NODE: usize = 0;
pub(super) const QUEUE_NODE: usize = 1;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Semantics {
    /// Acknowledge, then work.
    AtMost,
    /// Work, then acknowledge.
    AtLeast,
    /// As at least once, with the id recorded in the same transaction as the effect.
    Effectively,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Standard,
    Fifo,
    Priority,
    Delay,
    FanOut,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bug {
    None,
    AckFirst,
    RecordFirst,
    RecordAfter,
    NoDeadLetters,
}

/// The controls, as the scenario needs them.
#[derive(Clone, Debug)]
pub(super) struct Knobs {
    pub(super) semantics: Semantics,
    /// Shares, 0 to 1.
    pub(super) crash: f64,
    pub(super) ack_loss: f64,
    pub(super) poison: f64,
    pub(super) visibility: Nanos,
    pub(super) processing: Nanos,
    pub(super) max_receives: u32,
    pub(super) consumers: usize,
    pub(super) mode: Mode,
    pub(super) bug: Bug,
}

impl Knobs {
    pub(super) fn of(settings: &Settings) -> Knobs {
        let of = |name: &str| settings.get(name);
        Knobs {
            semantics: match of("semantics") as usize {
                0 => Semantics::AtMost,
                1 => Semantics::AtLeast,
                _ => Semantics::Effectively,
            },
            crash: of("crash") / 100.0,
            ack_loss: of("ack_loss") / 100.0,
            poison: of("poison") / 100.0,
            visibility: Nanos::from_secs_f64(of("visibility")),
            processing: Nanos::from_secs_f64(of("processing") / 1e3),
            max_receives: of("max_receives") as u32,
            consumers: (of("consumers") as usize).clamp(1, CONSUMERS),
            mode: match of("mode") as usize {
                0 => Mode::Standard,
                1 => Mode::Fifo,
                2 => Mode::Priority,
                3 => Mode::Delay,
                _ => Mode::FanOut,
            },
            bug: match of("bug") as usize {
                0 => Bug::None,
                1 => Bug::AckFirst,
                2 => Bug::RecordFirst,
                3 => Bug::RecordAfter,
                _ => Bug::NoDeadLetters,
            },
        }
    }

    pub(super) fn queue(&self) -> Config {
        Config {
            visibility: self.visibility,
            delay: if self.mode == Mode::Delay { DELAY } else { Nanos::ZERO },
            max_receives: if self.bug == Bug::NoDeadLetters { 0 } else { self.max_receives },
            fifo: self.mode == Mode::Fifo,
            dedup_window: Nanos::ZERO,
        }
    }

    pub(super) fn network(&self) -> Network {
        Network::new(2, Link { delay: LINK, loss: self.ack_loss, ..Link::default() })
    }

    /// Whether the consumer skips what it knows to be done.
    pub(super) fn dedups(&self) -> bool {
        let naive = matches!(self.bug, Bug::RecordFirst | Bug::RecordAfter);
        self.semantics == Semantics::Effectively || naive && self.semantics == Semantics::AtLeast
    }

    pub(super) fn fan_out(&self) -> usize {
        if self.mode == Mode::FanOut { QUEUES } else { 1 }
    }
}
