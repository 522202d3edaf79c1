//! The controls of the demo, as its parts need them, and what theory expects of them.

use crate::lab::Settings;
use crate::sim::Nanos;

/// How far a client is from a replica that is near.
pub(super) const NEAR: Nanos = Nanos::from_millis(5);
/// How often a server says that it lives.
pub(super) const ALIVE: Nanos = Nanos::from_millis(250);
/// The mean of the pause before a session posts again.
pub(super) const PAUSE: Nanos = Nanos::from_millis(500);

/// By what a session is kept from contradictions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guard {
    None,
    Sticky,
    Leader,
    Window,
    Wait,
    Redirect,
    Bounded,
}

/// What is broken on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bug {
    None,
    TokenLost,
    WritesOnly,
    NoDependencies,
    ArrivalTime,
}

/// The controls, as the scenario needs them.
#[derive(Clone, Debug)]
pub(super) struct Knobs {
    pub(super) guard: Guard,
    /// Whether every server takes writes, or the leader alone, which is server 0.
    pub(super) anywhere: bool,
    pub(super) lag: Nanos,
    pub(super) refresh: Nanos,
    pub(super) sessions: usize,
    /// The leader and its replicas.
    pub(super) servers: usize,
    pub(super) far: Nanos,
    pub(super) window: Nanos,
    pub(super) bound: Nanos,
    pub(super) bug: Bug,
}

impl Knobs {
    pub(super) fn of(settings: &Settings) -> Knobs {
        let of = |name: &str| settings.get(name);
        let ms = |name: &str| Nanos::from_secs_f64(of(name) / 1e3);
        Knobs {
            guard: match of("guard") as usize {
                0 => Guard::None,
                1 => Guard::Sticky,
                2 => Guard::Leader,
                3 => Guard::Window,
                4 => Guard::Wait,
                5 => Guard::Redirect,
                _ => Guard::Bounded,
            },
            anywhere: of("writes") != 0.0,
            lag: ms("lag"),
            refresh: ms("refresh"),
            sessions: of("sessions") as usize,
            servers: of("replicas") as usize + 1,
            far: ms("far"),
            window: ms("window"),
            bound: ms("bound"),
            bug: match of("bug") as usize {
                0 => Bug::None,
                1 => Bug::TokenLost,
                2 => Bug::WritesOnly,
                3 => Bug::NoDependencies,
                _ => Bug::ArrivalTime,
            },
        }
    }

    /// Whether sessions carry tokens.
    pub(super) fn tokens(&self) -> bool {
        matches!(self.guard, Guard::Wait | Guard::Redirect)
    }

    /// How far a client is from a server, one way.
    pub(super) fn way(&self, server: usize) -> Nanos {
        if server == 0 { self.far } else { NEAR }
    }

    /// The share of first reads after a post that do not see it, where the leader takes all writes and any replica may be asked: its
    /// message is still under way after the time that passes from the leader's write to the replica's read. Links keep their order, so
    /// a message also waits for those before it: with exponential lags of mean m and other writes at rate r, all of them have come by t
    /// with probability (1 - e^(-t/m)) exp(-r m e^(-t/m)).
    pub(super) fn unread(&self) -> f64 {
        if self.guard != Guard::None || self.anywhere {
            return f64::NAN;
        }
        let t = (self.far + self.refresh + NEAR).as_secs_f64();
        let (mean, left) = (self.lag.as_secs_f64(), libm::exp(-t / self.lag.as_secs_f64()));
        // A session writes twice in each round of two writes, four reads, four waits and a pause.
        let round = (self.far * 4 + NEAR * 8 + self.refresh * 4 + PAUSE).as_secs_f64();
        let rate = 2.0 * self.sessions as f64 / round;
        1.0 - (1.0 - left) * libm::exp(-rate * mean * left)
    }

    /// The mean time that a read takes where no guard sends it elsewhere, in milliseconds.
    pub(super) fn read_ms(&self) -> f64 {
        match self.guard {
            Guard::None | Guard::Sticky => NEAR.as_millis_f64() * 2.0,
            Guard::Leader => self.far.as_millis_f64() * 2.0,
            _ => f64::NAN,
        }
    }
}
