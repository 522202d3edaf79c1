//! The event queue: what happens next, and what happens first among equals.
//!
//! A binary heap orders small keys (time, order of scheduling, slot); the events lie still in slots beside it, so a
//! large event costs no more to order than a small one, and a [`Token`] finds its event in one step. A cancelled
//! event leaves its slot at once. Its key stays where it is until it comes to the top, or until such keys are the
//! majority and all go together: so cancelling costs what pushing costs, and who never cancels pays one comparison.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::Nanos;

/// Events waiting for their time. Those due at the same nanosecond come out in the order in which
/// they were scheduled, so a run never depends on the heap's own order. Push and pop are O(log n).
#[derive(Clone, Debug)]
pub struct EventQueue<E> {
    /// The keys of all events that wait, and of some that were cancelled, but never one of those at the top.
    heap: BinaryHeap<Reverse<Key>>,
    slots: Vec<Slot<E>>,
    /// Slots that hold no event and have no key in the heap.
    free: Vec<u32>,
    scheduled: u64,
    /// How many keys in the heap belong to cancelled events.
    cancelled: usize,
}

/// A scheduled event, for taking it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    slot: u32,
    sequence: u64,
}

/// Ordered by time, then by the order of scheduling; both in one number, since a pop is made of comparisons: 12 ns
/// for one of two events and its successor, where two numbers beside each other took 18.
#[derive(Clone, Copy, Debug)]
struct Key {
    order: u128,
    slot: u32,
}

impl Key {
    fn new(at: Nanos, sequence: u64, slot: u32) -> Key {
        Key { order: u128::from(at.0) << 64 | u128::from(sequence), slot }
    }

    fn at(self) -> Nanos {
        Nanos((self.order >> 64) as u64)
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.order == other.order
    }
}

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order.cmp(&other.order)
    }
}

#[derive(Clone, Debug)]
struct Slot<E> {
    /// Whose turn in the slot it is: tells a token that is out of date.
    sequence: u64,
    event: Option<E>,
}

impl<E> Default for EventQueue<E> {
    fn default() -> Self {
        EventQueue {
            heap: BinaryHeap::new(),
            slots: Vec::new(),
            free: Vec::new(),
            scheduled: 0,
            cancelled: 0,
        }
    }
}

impl<E> EventQueue<E> {
    /// An empty queue.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Schedules `event` for the moment `at`. The token takes it back ([`EventQueue::cancel`]); who will not want
    /// that drops it. At most 2^32 events wait at a time.
    pub fn push(&mut self, at: Nanos, event: E) -> Token {
        let sequence = self.scheduled;
        self.scheduled += 1;
        let filled = Slot { sequence, event: Some(event) };
        let slot = if let Some(slot) = self.free.pop() {
            self.slots[slot as usize] = filled;
            slot
        } else {
            self.slots.push(filled);
            (self.slots.len() - 1) as u32
        };
        self.heap.push(Reverse(Key::new(at, sequence, slot)));
        Token { slot, sequence }
    }

    /// Takes an event back: it will not happen. Returns it, or nothing where it has happened or was cancelled
    /// before. O(log n) amortised.
    pub fn cancel(&mut self, token: Token) -> Option<E> {
        let slot = self.slots.get_mut(token.slot as usize).filter(|slot| slot.sequence == token.sequence)?;
        let event = slot.event.take()?;
        self.cancelled += 1;
        if self.cancelled * 2 > self.heap.len() {
            self.sweep();
        } else {
            self.clear_top();
        }
        Some(event)
    }

    /// The next event with its time, removed from the queue.
    pub fn pop(&mut self) -> Option<(Nanos, E)> {
        let Reverse(key) = self.heap.pop()?;
        let event = self.slots[key.slot as usize].event.take();
        self.free.push(key.slot);
        if self.cancelled > 0 {
            self.clear_top();
        }
        event.map(|event| (key.at(), event))
    }

    /// When the next event is due.
    #[must_use]
    pub fn next_at(&self) -> Option<Nanos> {
        self.heap.peek().map(|Reverse(key)| key.at())
    }

    /// How many events wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.heap.len() - self.cancelled
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Removes cancelled keys from the top, so that the top is the next event.
    fn clear_top(&mut self) {
        while let Some(&Reverse(key)) = self.heap.peek() {
            if self.slots[key.slot as usize].event.is_some() {
                return;
            }
            self.heap.pop();
            self.free.push(key.slot);
            self.cancelled -= 1;
        }
    }

    /// Removes all cancelled keys: O(n), but after at least n/2 cancellations.
    fn sweep(&mut self) {
        let EventQueue { heap, slots, free, .. } = self;
        heap.retain(|Reverse(key)| {
            let waits = slots[key.slot as usize].event.is_some();
            if !waits {
                free.push(key.slot);
            }
            waits
        });
        self.cancelled = 0;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn time_first_then_the_order_of_scheduling() {
        let mut queue = EventQueue::new();
        for (at, name) in [(5, "c"), (1, "a"), (5, "d"), (3, "b"), (5, "e")] {
            queue.push(Nanos(at), name);
        }
        let order: Vec<_> = std::iter::from_fn(|| queue.pop()).map(|(at, name)| (at.0, name)).collect();
        assert_eq!(order, [(1, "a"), (3, "b"), (5, "c"), (5, "d"), (5, "e")]);
    }

    #[test]
    fn a_token_takes_back_its_own_event_and_no_later_one() {
        let mut queue = EventQueue::new();
        let first = queue.push(Nanos(1), "first");
        assert_eq!(queue.cancel(first), Some("first"));
        assert_eq!((queue.cancel(first), queue.len(), queue.next_at()), (None, 0, None));
        let second = queue.push(Nanos(1), "second");
        assert_eq!(first.slot, second.slot, "the slot is used again");
        assert_eq!((queue.cancel(first), queue.len()), (None, 1));
        assert_eq!(queue.pop(), Some((Nanos(1), "second")));
        assert_eq!((queue.cancel(second), queue.len()), (None, 0));
    }

    #[test]
    fn cancelled_timers_do_not_pile_up() {
        // A time-out an hour away for each of many calls, nearly all of which are answered. One event is due
        // before them, so none of them comes to the top.
        let mut queue = EventQueue::new();
        queue.push(Nanos(1), ());
        let mut timers = std::collections::VecDeque::new();
        for call in 0..100_000 {
            timers.push_back(queue.push(Nanos::from_secs(3600) + Nanos(call), ()));
            if timers.len() > 10 {
                timers.pop_front().map(|timer| queue.cancel(timer));
            }
        }
        assert_eq!(queue.len(), 11);
        // As many cancelled keys as events at most, and one push between two sweeps.
        assert!(queue.heap.len() <= 2 * 11 && queue.slots.len() <= 2 * 11 + 1, "{}", queue.slots.len());
    }

    /// What the queue does, done on a list that is searched from end to end.
    #[derive(Default)]
    struct Naive {
        waiting: Vec<(u64, u32)>,
        pushed: u32,
    }

    impl Naive {
        fn push(&mut self, at: u64) -> u32 {
            self.waiting.push((at, self.pushed));
            self.pushed += 1;
            self.pushed - 1
        }

        fn cancel(&mut self, id: u32) -> Option<u32> {
            let place = self.waiting.iter().position(|&(_, other)| other == id)?;
            Some(self.waiting.remove(place).1)
        }

        fn pop(&mut self) -> Option<(Nanos, u32)> {
            let &(at, id) = self.waiting.iter().min()?;
            self.waiting.retain(|&(_, other)| other != id);
            Some((Nanos(at), id))
        }

        fn next_at(&self) -> Option<Nanos> {
            self.waiting.iter().min().map(|&(at, _)| Nanos(at))
        }
    }

    #[derive(Clone, Debug)]
    enum Do {
        Push(u64),
        Pop,
        /// The n-th of all tokens ever given, also of events long gone.
        Cancel(usize),
        /// The n-th from the last.
        CancelRecent(usize),
    }

    fn what() -> impl Strategy<Value = Do> {
        prop_oneof![
            4 => (0_u64..40).prop_map(Do::Push),
            2 => Just(Do::Pop),
            1 => any::<usize>().prop_map(Do::Cancel),
            2 => (0_usize..8).prop_map(Do::CancelRecent),
        ]
    }

    proptest! {
        #[test]
        fn does_what_a_sorted_list_does(all in prop::collection::vec(what(), 0..300)) {
            let (mut queue, mut naive, mut tokens) = (EventQueue::new(), Naive::default(), Vec::new());
            for one in all {
                match one {
                    Do::Push(at) => {
                        let id = naive.push(at);
                        tokens.push((queue.push(Nanos(at), id), id));
                    }
                    Do::Pop => prop_assert_eq!(queue.pop(), naive.pop()),
                    Do::Cancel(_) | Do::CancelRecent(_) if tokens.is_empty() => {}
                    Do::Cancel(n) => {
                        let (token, id) = tokens[n % tokens.len()];
                        prop_assert_eq!(queue.cancel(token), naive.cancel(id));
                    }
                    Do::CancelRecent(n) => {
                        let (token, id) = tokens[tokens.len() - 1 - n.min(tokens.len() - 1)];
                        prop_assert_eq!(queue.cancel(token), naive.cancel(id));
                    }
                }
                prop_assert_eq!(queue.next_at(), naive.next_at());
                prop_assert_eq!(queue.len(), naive.waiting.len());
                prop_assert_eq!(queue.is_empty(), naive.waiting.is_empty());
                // Nothing leaks: a slot is in use or free.
                prop_assert_eq!(queue.slots.len(), queue.heap.len() + queue.free.len());
            }
        }
    }
}
