//! One call for all who ask within a process: coalescing, or single flight (Go's `golang.org/x/sync/singleflight`).
//!
//! The first one makes the call, those who come before it is back wait for its answer. It costs no round trip and no
//! lock that outlives anybody, but it knows only its own process: `n` servers make `n` calls.

/// A call that others may join. `W` is whatever is needed to answer one who waits.
#[derive(Clone, Debug)]
pub struct Flight<W> {
    waiting: Vec<W>,
    under_way: bool,
}

/// What the one who asks has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Make the call, and [`Flight::land`] when it is back or has failed.
    Leader,
    /// Wait.
    Follower,
}

impl<W> Default for Flight<W> {
    fn default() -> Flight<W> {
        Flight { waiting: Vec::new(), under_way: false }
    }
}

impl<W> Flight<W> {
    /// Somebody asks. The leader waits for the answer as well.
    pub fn join(&mut self, who: W) -> Role {
        self.waiting.push(who);
        if std::mem::replace(&mut self.under_way, true) { Role::Follower } else { Role::Leader }
    }

    /// The call is back, or has failed: all who wait for it, in the order in which they came. The next one to ask is a leader
    /// again.
    pub fn land(&mut self) -> Vec<W> {
        self.under_way = false;
        std::mem::take(&mut self.waiting)
    }

    /// How many wait besides the leader. One who has left without a word is still counted.
    #[must_use]
    pub fn followers(&self) -> usize {
        self.waiting.len().saturating_sub(1)
    }

    /// Whether a call is under way.
    #[must_use]
    pub fn under_way(&self) -> bool {
        self.under_way
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_flies_and_all_land() {
        let mut flight = Flight::default();
        assert_eq!(flight.join("a"), Role::Leader);
        assert_eq!([flight.join("b"), flight.join("c")], [Role::Follower; 2]);
        assert!(flight.under_way() && flight.followers() == 2);
        assert_eq!(flight.land(), ["a", "b", "c"]);
        assert!(!flight.under_way());
        assert_eq!(flight.join("d"), Role::Leader);
        assert_eq!(flight.land(), ["d"]);
        assert!(flight.land().is_empty());
    }
}
