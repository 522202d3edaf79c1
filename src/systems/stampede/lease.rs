//! A lock that ends by itself: what `SET key token NX PX timeout` is in Redis.
//!
//! Who gets it gets a token and a time. It ends when its owner gives it back or when the time is over: an owner may die, and
//! then nobody else may have to wait for ever. So an owner may also be late and no longer own it, and must not
//! take it from the next one: it is given back with the token, and a token that is not the present one does nothing.
//! Tokens grow, so whatever the owner writes to can refuse the writes of a late one (Kleppmann's fencing token, 2016).

use crate::sim::Nanos;

/// What the owner of a lease shows. Later ones are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Token(u64);

/// A lock with an owner and a time-out.
#[derive(Clone, Debug, Default)]
pub struct Lease {
    held: Option<(Token, Nanos)>,
    granted: u64,
}

impl Lease {
    /// Asks for it at `now`, for at most `timeout` ([`Nanos::MAX`]: for ever). Nothing where somebody has it.
    pub fn acquire(&mut self, now: Nanos, timeout: Nanos) -> Option<Token> {
        if self.owner(now).is_some() {
            return None;
        }
        self.granted += 1;
        let token = Token(self.granted);
        self.held = Some((token, now + timeout));
        Some(token)
    }

    /// Gives it back. False where it is not that owner's any more: then nothing happens.
    pub fn release(&mut self, now: Nanos, token: Token) -> bool {
        let own = self.owner(now) == Some(token);
        if own {
            self.held = None;
        }
        own
    }

    /// **Not for owners**: ends it whoever has it, as a plain `DEL` does.
    pub fn break_open(&mut self) {
        self.held = None;
    }

    /// Who has it at `now`.
    #[must_use]
    pub fn owner(&self, now: Nanos) -> Option<Token> {
        self.held.filter(|(_, until)| now < *until).map(|(token, _)| token)
    }

    /// When it ends by itself, where somebody has it at `now`.
    #[must_use]
    pub fn until(&self, now: Nanos) -> Option<Nanos> {
        self.held.map(|(_, until)| until).filter(|until| now < *until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_only_for_a_time() {
        let mut lease = Lease::default();
        let first = lease.acquire(Nanos(0), Nanos(100)).expect("it is free");
        assert_eq!(lease.acquire(Nanos(99), Nanos(100)), None);
        assert_eq!((lease.owner(Nanos(99)), lease.until(Nanos(99))), (Some(first), Some(Nanos(100))));
        let second = lease.acquire(Nanos(100), Nanos(100)).expect("its time is over");
        assert!(second > first);
        // The first one is late: it must not take the lease from the second.
        assert!(!lease.release(Nanos(120), first));
        assert_eq!(lease.owner(Nanos(120)), Some(second));
        assert!(lease.release(Nanos(120), second));
        assert!(!lease.release(Nanos(120), second));
        assert!(lease.acquire(Nanos(120), Nanos::MAX).is_some());
        assert_eq!(lease.acquire(Nanos::from_secs(1_000_000), Nanos(1)), None);
        lease.break_open();
        assert!(lease.acquire(Nanos(121), Nanos(1)).is_some());
    }
}
