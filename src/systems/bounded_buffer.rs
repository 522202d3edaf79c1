//! A buffer between a producer and a consumer, and what it does when there is too much.
//!
//! A buffer takes up bursts: what is too much now and too little later. It cannot take up a load that stays above what the
//! consumer does; then it only decides who suffers. Without a bound it is memory, and everybody's latency. With a bound,
//! somebody has to be told: the newest is refused (the producer then waits, which is backpressure, or drops it),
//! or the oldest makes room. And on the way out the buffer can leave out what is no longer worth the work: what has waited
//! too long, what stands in a queue that never empties ([`CoDel`]), or it serves the newest first, who may still
//! be waiting for an answer (Facebook's adaptive LIFO: Maurer, "Fail at Scale", ACM Queue 2015).
//!
//! However it is cut: with room for `n` and a consumer that does `r` a second, what comes last waits n / r. A
//! buffer that is longer than r times the patience of the clients holds nothing but requests that nobody waits for.

use std::collections::VecDeque;

use super::codel::CoDel;
pub use super::codel::Held;
use crate::sim::Nanos;

/// What happens where there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    /// The newest is handed back: its producer waits with it, or drops it.
    Refuse,
    /// The oldest is dropped for it.
    DropOldest,
}

/// Who is taken out next, and who is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Take {
    /// First in, first out.
    Oldest,
    /// First in first out while at most so many wait, else last in first out.
    NewestAbove(usize),
    /// First in first out, but what has waited longer is dropped.
    Within(Nanos),
    /// First in first out, by controlled delay.
    Controlled(CoDel),
}

/// What became of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "what was refused or dropped has to go somewhere"]
pub enum Offer<T> {
    /// It is in the buffer.
    Taken,
    /// There is no room; here it is again.
    Refused(T),
    /// It is in the buffer, and the oldest is not any more.
    Evicted(Held<T>),
}

/// A buffer. Offering and taking are O(1), and O(dropped) where taking drops.
#[derive(Clone, Debug)]
pub struct Buffer<T> {
    room: usize,
    overflow: Overflow,
    take: Take,
    line: VecDeque<Held<T>>,
}

impl<T> Buffer<T> {
    /// An empty buffer for `room` items, at least 1; `usize::MAX` is no bound.
    #[must_use]
    pub fn new(room: usize, overflow: Overflow, take: Take) -> Buffer<T> {
        Buffer { room: room.max(1), overflow, take, line: VecDeque::new() }
    }

    /// Puts an item in at the moment `now`.
    pub fn offer(&mut self, now: Nanos, item: T) -> Offer<T> {
        let mut evicted = None;
        if self.line.len() >= self.room {
            match self.overflow {
                Overflow::Refuse => return Offer::Refused(item),
                Overflow::DropOldest => evicted = self.line.pop_front(),
            }
        }
        self.line.push_back(Held { item, since: now });
        evicted.map_or(Offer::Taken, Offer::Evicted)
    }

    /// Takes the next item out at the moment `now`. What is left out on the way goes to `dropped`.
    pub fn take(&mut self, now: Nanos, mut dropped: impl FnMut(Held<T>)) -> Option<Held<T>> {
        match &mut self.take {
            Take::Oldest => self.line.pop_front(),
            Take::NewestAbove(limit) if self.line.len() > *limit => self.line.pop_back(),
            Take::NewestAbove(_) => self.line.pop_front(),
            Take::Within(patience) => loop {
                let head = self.line.pop_front()?;
                if now.since(head.since) <= *patience {
                    return Some(head);
                }
                dropped(head);
            },
            Take::Controlled(codel) => codel.take(now, &mut self.line, &mut dropped),
        }
    }

    /// Works by other rules from now on. What is in the buffer stays, even where it is more than the new room.
    pub fn change(&mut self, room: usize, overflow: Overflow, take: Take) {
        self.room = room.max(1);
        self.overflow = overflow;
        self.take = take;
    }

    /// How many items wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.line.len()
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.line.is_empty()
    }

    /// For how many there is room.
    #[must_use]
    pub fn room(&self) -> usize {
        self.room
    }

    /// The items that wait, the oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Held<T>> + ExactSizeIterator {
        self.line.iter()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MS: Nanos = Nanos::from_millis(1);

    /// Offers 0 to 5, one a millisecond, to room for 3; then takes all out at 10 ms: what was refused, evicted, dropped, taken.
    fn play(room: usize, overflow: Overflow, take: Take) -> [Vec<u64>; 4] {
        let mut buffer = Buffer::new(room, overflow, take);
        let [mut refused, mut evicted, mut dropped, mut taken] = [const { Vec::new() }; 4];
        for item in 0..6 {
            match buffer.offer(MS * item, item) {
                Offer::Taken => {}
                Offer::Refused(item) => refused.push(item),
                Offer::Evicted(held) => evicted.push(held.item),
            }
            assert!(buffer.len() <= room);
        }
        while let Some(held) = buffer.take(MS * 10, |held| dropped.push(held.item)) {
            assert_eq!(held.since, MS * held.item);
            taken.push(held.item);
        }
        [refused, evicted, dropped, taken]
    }

    #[test]
    fn who_suffers() {
        let check = |room, overflow, take: Take, expected: [&[u64]; 4]| {
            assert_eq!(play(room, overflow, take.clone()), expected.map(<[u64]>::to_vec), "{take:?}");
        };
        let none = usize::MAX;
        check(none, Overflow::Refuse, Take::Oldest, [&[], &[], &[], &[0, 1, 2, 3, 4, 5]]);
        check(3, Overflow::Refuse, Take::Oldest, [&[3, 4, 5], &[], &[], &[0, 1, 2]]);
        check(3, Overflow::DropOldest, Take::Oldest, [&[], &[0, 1, 2], &[], &[3, 4, 5]]);
        check(none, Overflow::Refuse, Take::NewestAbove(2), [&[], &[], &[], &[5, 4, 3, 2, 0, 1]]);
        // At 10 ms item 4 has waited for exactly 6 ms, which is within.
        check(none, Overflow::Refuse, Take::Within(MS * 6), [&[], &[], &[0, 1, 2, 3], &[4, 5]]);
        let codel = CoDel::new(MS * 50, MS * 500);
        check(none, Overflow::Refuse, Take::Controlled(codel), [&[], &[], &[], &[0, 1, 2, 3, 4, 5]]);
        // A room of none would hold up everything for ever.
        check(1, Overflow::Refuse, Take::Oldest, [&[1, 2, 3, 4, 5], &[], &[], &[0]]);
        assert_eq!(Buffer::<()>::new(0, Overflow::Refuse, Take::Oldest).room(), 1);
    }

    #[test]
    fn a_smaller_room_takes_nothing_away() {
        let mut buffer = Buffer::new(usize::MAX, Overflow::Refuse, Take::Oldest);
        for item in 0..5 {
            assert_eq!(buffer.offer(Nanos::ZERO, item), Offer::Taken);
        }
        buffer.change(2, Overflow::Refuse, Take::Oldest);
        assert_eq!(buffer.offer(MS, 9), Offer::Refused(9));
        assert_eq!(buffer.iter().map(|held| held.item).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
        assert!(buffer.take(MS, |_| {}).is_some() && !buffer.is_empty());
    }

    fn takes() -> impl Strategy<Value = Take> {
        prop_oneof![
            Just(Take::Oldest),
            (0..9_usize).prop_map(Take::NewestAbove),
            (0..9_u64).prop_map(|ms| Take::Within(MS * ms)),
            (0..9_u64).prop_map(|ms| Take::Controlled(CoDel::new(MS * ms, MS * ms * 10))),
        ]
    }

    proptest! {
        /// Whatever the rules: what was offered comes out exactly once, on one of the ways, and the room is kept.
        #[test]
        fn nothing_is_lost_or_doubled(
            room in 1..9_usize, oldest in any::<bool>(), take in takes(),
            steps in prop::collection::vec((any::<bool>(), 0..30_u64), 0..200)
        ) {
            let overflow = if oldest { Overflow::DropOldest } else { Overflow::Refuse };
            let mut buffer = Buffer::new(room, overflow, take);
            let (mut out, mut offered, mut now) = (Vec::new(), 0_u64, Nanos::ZERO);
            for (offer, gap) in steps {
                now += MS * gap;
                if offer {
                    match buffer.offer(now, offered) {
                        Offer::Taken => {}
                        Offer::Refused(item) => out.push(item),
                        Offer::Evicted(held) => out.push(held.item),
                    }
                    offered += 1;
                } else {
                    let held = buffer.take(now, |held| out.push(held.item));
                    prop_assert!(held.is_some() || buffer.is_empty());
                    out.extend(held.map(|held| held.item));
                }
                prop_assert!(buffer.len() <= room);
            }
            out.extend(buffer.iter().map(|held| held.item));
            out.sort_unstable();
            prop_assert_eq!(out, (0..offered).collect::<Vec<_>>());
        }
    }
}
