//! A lock that ends by itself: what `SET key token NX PX timeout` is in Redis.
//!
//! Who gets it gets a token and a time. It ends when its owner gives it back or when the time is over: an owner may die, and
//! then nobody else may have to wait for ever. So an owner may also be late and no longer own it, and must not
//! take it from the next one: it is given back with the token, and a token that is not the present one does nothing.
//!
//! That saves the lock, not what it protects: an owner that was paused (garbage collection, a slow disk, a late packet) does not know that its
//! time is over, and goes on writing. No time-out is long enough to exclude that. Tokens grow, so whatever the owner writes to can
//! refuse a late one: it remembers the greatest token that it has seen (Kleppmann, *How to do distributed
//! locking*, 2016). This is a [`Fence`]. It must see the reads too. Else the next owner reads, the late one still writes, since no
//! greater token has been shown yet, and the next owner overwrites what it never saw.

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

/// What stands before the storage and lets nobody pass whose lease has gone to somebody else, as far as it has been told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fence {
    greatest: Option<Token>,
}

impl Fence {
    /// Whether the owner of this token may act: false where a later owner has been here.
    pub fn admit(&mut self, token: Token) -> bool {
        let may = self.greatest.is_none_or(|greatest| token >= greatest);
        if may {
            self.greatest = Some(token);
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::torture::{breaks, survives};
    use crate::sim::{Rng, Seed};

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

    /// What one of four clients does: get the lease, read, add one and write, or nothing for a while.
    #[derive(Clone, Copy, Debug)]
    enum Doing {
        Acquire(usize),
        Read(usize),
        Write(usize),
        Wait(u64),
    }

    fn draw(rng: &mut Rng) -> Doing {
        let client = rng.below(4) as usize;
        match rng.below(4) {
            0 => Doing::Acquire(client),
            1 => Doing::Read(client),
            2 => Doing::Write(client),
            _ => Doing::Wait(rng.below(80)),
        }
    }

    /// Every write that was taken must still be in the value. `reads`, `writes`: whether they are fenced.
    fn loses_nothing(script: &[Doing], reads: bool, writes: bool) -> Result<(), String> {
        let (mut lease, mut fence, mut now) = (Lease::default(), Fence::default(), Nanos(0));
        let (mut value, mut taken) = (0, 0);
        let mut clients: [(Option<Token>, Option<u64>); 4] = Default::default();
        for &doing in script {
            match doing {
                Doing::Acquire(client) => {
                    if let Some(token) = lease.acquire(now, Nanos(100)) {
                        clients[client] = (Some(token), None);
                    }
                }
                Doing::Read(client) => {
                    if let (Some(token), seen) = &mut clients[client]
                        && (!reads || fence.admit(*token))
                    {
                        *seen = Some(value);
                    }
                }
                // A client does not look at its watch: it may have been asleep.
                Doing::Write(client) => {
                    if let (Some(token), Some(seen)) = std::mem::take(&mut clients[client])
                        && (!writes || fence.admit(token))
                    {
                        (value, taken) = (seen + 1, taken + 1);
                        lease.release(now, token);
                    }
                }
                Doing::Wait(span) => now += Nanos(span),
            }
        }
        if value == taken { Ok(()) } else { Err(format!("{taken} writes were taken and {value} are there")) }
    }

    #[test]
    fn a_fence_loses_no_update_and_half_a_fence_does() {
        survives(3_000, 40, draw, |_, script| loses_nothing(script, true, true));
        for (reads, writes) in [(false, false), (false, true)] {
            let play = |_: Seed, script: &[Doing]| loses_nothing(script, reads, writes);
            let failure = breaks(500, 40, draw, play).expect("a late owner");
            assert!(failure.script.len() <= 9, "{failure:#?}");
        }
    }

    #[test]
    fn a_fence_admits_the_latest_owner_only() {
        let (first, second) = (Token(33), Token(34));
        let mut fence = Fence::default();
        assert!(fence.admit(first) && fence.admit(first) && fence.admit(second));
        assert!(!fence.admit(first) && fence.admit(second));
    }
}
