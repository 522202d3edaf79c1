//! A message queue whose consumers may die: what is taken comes back unless it is acknowledged.
//!
//! A message that a consumer receives stays in the queue, invisible, for the *visibility time-out*. Acknowledged in that
//! time, it is gone. If not, because the consumer crashed, was slow, or its acknowledgement got lost, it becomes visible
//! again and somebody receives it a second time. So each message is delivered at least once, and sometimes more often. A message
//! that nobody can process would come round for ever: after `max_receives` receives it goes to the dead-letter
//! queue instead.
//!
//! Names and rules are those of Amazon SQS (Developer Guide: visibility timeout, dead-letter queues, FIFO queues, delay
//! queues), with priorities as in RabbitMQ:
//!
//! * Each receive gives a new [`Receipt`]; only the last one counts, and only until its time-out. (A FIFO queue of SQS does
//!   so; a standard one also takes a late acknowledgement of a message that nobody has received since.)
//! * A message that comes back has its old place: the order is that of sending.
//! * In a FIFO queue one message of a group is in flight at a time, so the messages of a group are received in order, and
//!   one that fails holds up those behind it. Groups do not wait for each other: n groups keep up to n
//!   consumers busy. A delayed message holds up its group likewise.
//! * A message that is sent again with the same deduplication id within the window is dropped.
//!
//! Nothing happens by itself: the caller asks [`Queue::next_turn`] when the next time-out or delay ends, and has it
//! happen with [`Queue::turn`].

mod message;
mod topic;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

pub use message::{Id, Message, Receipt, Received, Stale, Turn};
pub use topic::Topic;

use super::dedup::Dedup;
use crate::sim::Nanos;

/// How a queue treats its messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// How long a received message is invisible. It counts for receives from now on.
    pub visibility: Nanos,
    /// How long a message is invisible after it was sent.
    pub delay: Nanos,
    /// After so many receives without an acknowledgement a message is dead; 0 for never.
    pub max_receives: u32,
    /// Whether the messages of a group are received one at a time, in the order of sending.
    pub fifo: bool,
    /// For how long a deduplication id is known after the first message with it; zero for not at all.
    pub dedup_window: Nanos,
}

/// The defaults of an SQS queue: 30 s, no delay, no dead-letter queue, not FIFO.
impl Default for Config {
    fn default() -> Config {
        Config {
            visibility: Nanos::from_secs(30),
            delay: Nanos::ZERO,
            max_receives: 0,
            fifo: false,
            dedup_window: Nanos::ZERO,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Waiting,
    Delayed(Nanos),
    InFlight(Nanos),
}

#[derive(Clone, Debug)]
struct Held<T> {
    message: Message<T>,
    sent: Nanos,
    receives: u32,
    place: Place,
}

/// The messages of a FIFO group.
#[derive(Clone, Debug, Default)]
struct Group {
    /// Those that wait or are delayed.
    waiting: BTreeSet<Id>,
    in_flight: usize,
    /// The one that can be received, with its priority.
    offered: Option<(u8, Id)>,
}

/// A queue with n messages. Each operation is O(log n) where nothing else is said.
#[derive(Clone, Debug)]
pub struct Queue<T> {
    config: Config,
    held: BTreeMap<Id, Held<T>>,
    /// What can be received, in the order in which it will be.
    ready: BTreeSet<(u8, Id)>,
    /// When delays and time-outs end.
    turns: BTreeSet<(Nanos, Id)>,
    /// Of a FIFO queue only.
    groups: BTreeMap<u64, Group>,
    in_flight: usize,
    dead: VecDeque<(Id, Message<T>)>,
    sent: Id,
    known: Dedup<u64>,
}

impl<T> Queue<T> {
    /// An empty queue.
    #[must_use]
    pub fn new(config: Config) -> Queue<T> {
        Queue {
            known: Dedup::new(config.dedup_window),
            config,
            held: BTreeMap::new(),
            ready: BTreeSet::new(),
            turns: BTreeSet::new(),
            groups: BTreeMap::new(),
            in_flight: 0,
            dead: VecDeque::new(),
            sent: 0,
        }
    }

    /// How it treats its messages.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Treats its messages otherwise from now on. Those that wait and were received too often for the new limit go to the
    /// dead-letter queue; returns how many. O(n log n).
    pub fn configure(&mut self, now: Nanos, config: Config) -> usize {
        self.known.set_window(now, config.dedup_window);
        let regroup = config.fifo != self.config.fifo;
        self.config = config;
        let exhausted: Vec<Id> = self
            .held
            .iter()
            .filter(|(_, held)| held.place == Place::Waiting && self.exhausted(held.receives))
            .map(|(&id, _)| id)
            .collect();
        for &id in &exhausted {
            self.withdraw(id);
            let group = self.bury(id);
            self.offer_head(group);
        }
        if regroup {
            self.ready.clear();
            self.groups.clear();
            let all: Vec<(Id, Place)> = self.held.iter().map(|(&id, held)| (id, held.place)).collect();
            // First what locks a group, then who waits for it.
            let (flying, waiting): (Vec<_>, Vec<_>) =
                all.into_iter().partition(|(_, place)| matches!(place, Place::InFlight(_)));
            for (id, _) in flying {
                self.group_of(id, |group| group.in_flight += 1);
            }
            for (id, _) in waiting {
                self.offer(id);
            }
        }
        exhausted.len()
    }

    /// Sends a message. Returns its number, or nothing where it was dropped as a duplicate.
    pub fn send(&mut self, now: Nanos, message: Message<T>) -> Option<Id> {
        if message.dedup.is_some_and(|key| !self.known.first(now, key)) {
            return None;
        }
        let id = self.sent;
        self.sent += 1;
        let place = if self.config.delay > Nanos::ZERO {
            let until = now + self.config.delay;
            self.turns.insert((until, id));
            Place::Delayed(until)
        } else {
            Place::Waiting
        };
        self.held.insert(id, Held { message, sent: now, receives: 0, place });
        self.offer(id);
        Some(id)
    }

    /// Receives the first message that is visible: by priority, then by the order of sending.
    pub fn receive(&mut self, now: Nanos) -> Option<Received<'_, T>> {
        let &(_, id) = self.ready.first()?;
        self.withdraw(id);
        let until = now + self.config.visibility;
        self.turns.insert((until, id));
        self.in_flight += 1;
        self.group_of(id, |group| group.in_flight += 1);
        let held = self.held.get_mut(&id)?;
        held.place = Place::InFlight(until);
        held.receives += 1;
        let receipt = Receipt { id, receive: held.receives };
        Some(Received { receipt, receives: held.receives, sent: held.sent, until, body: &held.message.body })
    }

    /// Acknowledges a message: it is gone. Returns it.
    ///
    /// # Errors
    /// `Stale` where the message was acknowledged before or has become visible again: it will be, or was,
    /// received by another one.
    pub fn acknowledge(&mut self, receipt: Receipt) -> Result<Message<T>, Stale> {
        let until = self.until(receipt)?;
        self.turns.remove(&(until, receipt.id));
        let held = self.held.remove(&receipt.id).ok_or(Stale)?;
        self.in_flight -= 1;
        self.freed(held.message.group);
        Ok(held.message)
    }

    /// Has a received message become visible again `after` now, whatever it was to be before: a consumer that needs
    /// longer prolongs its time; one that gives up sets it to zero and [`Queue::turn`] brings the message back.
    ///
    /// # Errors
    /// `Stale` as for [`Queue::acknowledge`].
    pub fn extend(&mut self, now: Nanos, receipt: Receipt, after: Nanos) -> Result<(), Stale> {
        let until = self.until(receipt)?;
        self.turns.remove(&(until, receipt.id));
        self.turns.insert((now + after, receipt.id));
        if let Some(held) = self.held.get_mut(&receipt.id) {
            held.place = Place::InFlight(now + after);
        }
        Ok(())
    }

    /// When the next delay or time-out ends.
    #[must_use]
    pub fn next_turn(&self) -> Option<Nanos> {
        self.turns.first().map(|&(at, _)| at)
    }

    /// Lets one delay or time-out that ended at or before `now` happen, the earliest one: says which message it was and what
    /// became of it. Nothing where none has ended.
    pub fn turn(&mut self, now: Nanos) -> Option<Turn<&T>> {
        let &(at, id) = self.turns.first()?;
        if at > now {
            return None;
        }
        self.turns.remove(&(at, id));
        let held = self.held.get_mut(&id)?;
        let was = std::mem::replace(&mut held.place, Place::Waiting);
        let (receives, group) = (held.receives, held.message.group);
        if let Place::Delayed(_) = was {
            self.offer(id);
            return self.body(id).map(Turn::Visible);
        }
        self.in_flight -= 1;
        if self.exhausted(receives) {
            self.bury(id);
            self.freed(group);
            return self.dead.back().map(|(_, message)| Turn::Dead(&message.body));
        }
        if self.config.fifo {
            self.group_of(id, |group| group.waiting.insert(id));
        } else {
            self.offer(id);
        }
        self.freed(group);
        self.body(id).map(Turn::Again)
    }

    /// Takes the message that has been longest in the dead-letter queue out of it.
    pub fn take_dead(&mut self) -> Option<(Id, Message<T>)> {
        self.dead.pop_front()
    }

    /// How many messages are in the dead-letter queue.
    #[must_use]
    pub fn dead(&self) -> usize {
        self.dead.len()
    }

    /// How many messages can be received now: in a FIFO queue at most one a group.
    #[must_use]
    pub fn ready(&self) -> usize {
        self.ready.len()
    }

    /// How many are received and not acknowledged, within their time-out.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// How many are in the queue: waiting, delayed and in flight.
    #[must_use]
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// When the oldest message that is not in flight was sent. O(messages in flight).
    #[must_use]
    pub fn oldest(&self) -> Option<Nanos> {
        let waits = |held: &&Held<T>| !matches!(held.place, Place::InFlight(_));
        self.held.values().find(waits).map(|held| held.sent)
    }

    /// Those that wait or are delayed, in the order of sending: what they say, how often they were received, and whether they
    /// are delayed.
    pub fn waiting(&self) -> impl Iterator<Item = (&T, u32, bool)> {
        self.held.values().filter_map(|held| match held.place {
            Place::InFlight(_) => None,
            place => Some((&held.message.body, held.receives, place != Place::Waiting)),
        })
    }

    /// Those in flight, in the order of sending: what they say, and when they become visible again.
    pub fn flying(&self) -> impl Iterator<Item = (&T, Nanos)> {
        self.held.values().filter_map(|held| match held.place {
            Place::InFlight(until) => Some((&held.message.body, until)),
            _ => None,
        })
    }

    fn exhausted(&self, receives: u32) -> bool {
        self.config.max_receives > 0 && receives >= self.config.max_receives
    }

    fn body(&self, id: Id) -> Option<&T> {
        self.held.get(&id).map(|held| &held.message.body)
    }

    /// The end of the time-out that a receipt belongs to.
    fn until(&self, receipt: Receipt) -> Result<Nanos, Stale> {
        match self.held.get(&receipt.id) {
            Some(Held { receives, place: Place::InFlight(until), .. }) if *receives == receipt.receive => {
                Ok(*until)
            }
            _ => Err(Stale),
        }
    }

    /// Changes the group of a message, where there are groups.
    fn group_of<R>(&mut self, id: Id, change: impl FnOnce(&mut Group) -> R) {
        if self.config.fifo
            && let Some(held) = self.held.get(&id)
        {
            change(self.groups.entry(held.message.group).or_default());
        }
    }

    /// A message waits or is delayed: it can be received, or stands in line in its group.
    fn offer(&mut self, id: Id) {
        let Some(held) = self.held.get(&id) else { return };
        let (priority, group, place) = (held.message.priority, held.message.group, held.place);
        if self.config.fifo {
            self.groups.entry(group).or_default().waiting.insert(id);
            self.offer_head(group);
        } else if place == Place::Waiting {
            self.ready.insert((priority, id));
        }
    }

    /// Offers the head of a group, if none of the group is in flight and it is visible.
    fn offer_head(&mut self, group: u64) {
        let Some(state) = self.groups.get_mut(&group) else { return };
        if let Some(offered) = state.offered.take() {
            self.ready.remove(&offered);
        }
        let head = state.waiting.first().and_then(|id| self.held.get(id).map(|held| (*id, held)));
        match head {
            Some((id, held)) if state.in_flight == 0 && held.place == Place::Waiting => {
                state.offered = Some((held.message.priority, id));
                self.ready.insert((held.message.priority, id));
            }
            None if state.in_flight == 0 => {
                self.groups.remove(&group);
            }
            _ => {}
        }
    }

    /// A message that waits is no longer on offer.
    fn withdraw(&mut self, id: Id) {
        let Some(held) = self.held.get(&id) else { return };
        let (priority, group) = (held.message.priority, held.message.group);
        self.ready.remove(&(priority, id));
        if let Some(state) = self.groups.get_mut(&group) {
            state.waiting.remove(&id);
            state.offered = state.offered.filter(|&(_, offered)| offered != id);
        }
    }

    /// A message of a group is no longer in flight.
    fn freed(&mut self, group: u64) {
        if let Some(state) = self.groups.get_mut(&group) {
            state.in_flight = state.in_flight.saturating_sub(1);
            self.offer_head(group);
        }
    }

    /// Moves a message to the dead-letter queue; returns its group.
    fn bury(&mut self, id: Id) -> u64 {
        let Some(held) = self.held.remove(&id) else { return 0 };
        let group = held.message.group;
        self.dead.push_back((id, held.message));
        group
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Nanos = Nanos::from_secs(1);

    fn queue(fifo: bool, max_receives: u32) -> Queue<u32> {
        Queue::new(Config { visibility: SECOND * 30, fifo, max_receives, ..Config::default() })
    }

    fn take(queue: &mut Queue<u32>, now: Nanos) -> Option<(u32, u32, Receipt)> {
        queue.receive(now).map(|got| (*got.body, got.receives, got.receipt))
    }

    #[test]
    fn what_is_not_acknowledged_within_the_time_out_comes_back() {
        let mut queue = queue(false, 0);
        queue.send(Nanos::ZERO, Message::new(7));
        let (_, _, first) = take(&mut queue, SECOND).expect("it is there");
        assert_eq!(take(&mut queue, SECOND * 2), None, "invisible");
        assert_eq!((queue.next_turn(), queue.in_flight()), (Some(SECOND * 31), 1));
        assert_eq!(queue.turn(SECOND * 31 - Nanos(1)), None);
        assert_eq!(queue.turn(SECOND * 31), Some(Turn::Again(&7)));
        assert_eq!(queue.acknowledge(first), Err(Stale), "too late");
        let (body, receives, second) = take(&mut queue, SECOND * 31).expect("it is back");
        assert_eq!((body, receives), (7, 2));
        assert_eq!(queue.acknowledge(first), Err(Stale), "only the last receipt counts");
        assert!(queue.acknowledge(second).is_ok() && queue.is_empty());
        assert_eq!(queue.acknowledge(second), Err(Stale));
        assert_eq!(queue.next_turn(), None);
    }

    #[test]
    fn a_poison_message_is_dead_after_its_last_receive() {
        // maxReceiveCount 3: received three times, then moved.
        let mut queue = queue(false, 3);
        queue.send(Nanos::ZERO, Message::new(7));
        let mut now = Nanos::ZERO;
        for receive in 1..=3 {
            let (_, receives, _) = take(&mut queue, now).expect("it comes back");
            assert_eq!(receives, receive);
            now += SECOND * 30;
            let expected = if receive < 3 { Turn::Again(&7) } else { Turn::Dead(&7) };
            assert_eq!(queue.turn(now), Some(expected));
        }
        assert_eq!((take(&mut queue, now), queue.len(), queue.dead()), (None, 0, 1));
        assert_eq!(queue.take_dead().map(|(id, message)| (id, message.body)), Some((0, 7)));
    }

    #[test]
    fn a_group_has_one_message_in_flight_and_keeps_its_order() {
        let mut queue = queue(true, 2);
        for (body, group) in [(1, 0), (2, 0), (3, 1), (4, 1)] {
            queue.send(Nanos::ZERO, Message { group, ..Message::new(body) });
        }
        let (one, _, first) = take(&mut queue, SECOND).expect("head of group 0");
        let (three, _, _) = take(&mut queue, SECOND).expect("head of group 1");
        assert_eq!((one, three, take(&mut queue, SECOND)), (1, 3, None), "both groups are busy");
        assert!(queue.acknowledge(first).is_ok());
        assert_eq!(take(&mut queue, SECOND).map(|got| got.0), Some(2));
        // Message 3 comes back before 4, and once more; then it is dead and 4 has its turn.
        let mut seen = Vec::new();
        for now in [SECOND * 31, SECOND * 62, SECOND * 93] {
            while queue.turn(now).is_some() {}
            while let Some((body, ..)) = take(&mut queue, now) {
                seen.push(body);
            }
        }
        assert_eq!(seen, [2, 3, 4, 4]);
    }

    #[test]
    fn a_poison_message_without_a_dead_letter_queue_blocks_its_group_for_ever() {
        let mut queue = queue(true, 0);
        for body in 0..3 {
            queue.send(Nanos::ZERO, Message::new(body));
        }
        for round in 0..1_000 {
            let now = SECOND * (30 * round);
            while queue.turn(now).is_some() {}
            assert_eq!(take(&mut queue, now).map(|got| got.0), Some(0));
            assert_eq!(take(&mut queue, now), None);
        }
    }

    #[test]
    fn priorities_delays_and_duplicates() {
        let config = Config { delay: SECOND, dedup_window: SECOND * 300, ..Config::default() };
        let mut queue = Queue::new(config);
        for (body, priority) in [(1, 5), (2, 0), (3, 0)] {
            queue.send(Nanos::ZERO, Message { priority, ..Message::new(body) });
        }
        assert_eq!((take(&mut queue, Nanos::ZERO), queue.ready()), (None, 0));
        while queue.turn(SECOND).is_some() {}
        let order: Vec<u32> = std::iter::from_fn(|| take(&mut queue, SECOND)).map(|got| got.0).collect();
        assert_eq!(order, [2, 3, 1]);
        let again = |at| (at, Message { dedup: Some(9), ..Message::new(4) });
        let sent = [SECOND, SECOND * 300, SECOND * 301].map(|at| {
            let (now, message) = again(at);
            queue.send(now, message).is_some()
        });
        assert_eq!(sent, [true, false, true], "5 minutes from the first");
    }

    #[test]
    fn a_consumer_can_prolong_its_time_and_give_back() {
        let mut queue = queue(false, 0);
        queue.send(Nanos::ZERO, Message::new(7));
        let (_, _, receipt) = take(&mut queue, Nanos::ZERO).expect("it is there");
        assert_eq!(queue.extend(SECOND * 29, receipt, SECOND * 30), Ok(()));
        assert_eq!(queue.turn(SECOND * 58), None);
        assert_eq!(queue.extend(SECOND * 58, receipt, Nanos::ZERO), Ok(()));
        assert_eq!(queue.turn(SECOND * 58), Some(Turn::Again(&7)));
        assert_eq!(queue.extend(SECOND * 58, receipt, SECOND), Err(Stale));
    }

    /// What a queue does, told by a list that is searched from the front each time.
    #[derive(Default)]
    struct Model {
        /// Number, group, priority, receives, and until when it is invisible after a receive.
        held: Vec<(Id, u64, u8, u32, Option<Nanos>)>,
        dead: usize,
    }

    impl Model {
        fn receive(&mut self, now: Nanos, config: &Config) -> Option<Id> {
            let locked = |group| self.held.iter().any(|held| held.1 == group && held.4.is_some());
            let head = |group| self.held.iter().find(|held| held.1 == group).map(|held| held.0);
            let free = |held: &&(Id, u64, u8, u32, Option<Nanos>)| {
                held.4.is_none() && (!config.fifo || !locked(held.1) && head(held.1) == Some(held.0))
            };
            let id = self.held.iter().filter(free).min_by_key(|held| (held.2, held.0))?.0;
            let held = self.held.iter_mut().find(|held| held.0 == id)?;
            held.3 += 1;
            held.4 = Some(now + config.visibility);
            Some(id)
        }

        fn turn(&mut self, now: Nanos, config: &Config) {
            let mut dead = Vec::new();
            for held in self.held.iter_mut().filter(|held| held.4.is_some_and(|until| until <= now)) {
                held.4 = None;
                if config.max_receives > 0 && held.3 >= config.max_receives {
                    dead.push(held.0);
                }
            }
            self.bury(&dead);
        }

        fn bury(&mut self, dead: &[Id]) {
            self.dead += dead.len();
            self.held.retain(|held| !dead.contains(&held.0));
        }
    }

    proptest! {
        #[test]
        fn it_does_what_a_searched_list_does(
            acts in prop::collection::vec((0..5_u8, 0..3_u64, 0..3_u8, 0..40_u64), 1..300),
        ) {
            let mut config = Config { visibility: Nanos(50), max_receives: 3, ..Config::default() };
            let mut queue = Queue::new(config.clone());
            let mut model = Model::default();
            let (mut now, mut receipts) = (Nanos::ZERO, Vec::new());
            for (act, group, priority, gap) in acts {
                now += Nanos(gap / 4);
                while queue.turn(now).is_some() {}
                model.turn(now, &config);
                match act {
                    0 | 1 => {
                        let id = queue.send(now, Message { group, priority, ..Message::new(()) });
                        model.held.push((id.expect("no duplicates"), group, priority, 0, None));
                    }
                    2 => {
                        let got = queue.receive(now).map(|got| got.receipt);
                        prop_assert_eq!(got.map(Receipt::id), model.receive(now, &config));
                        receipts.extend(got);
                    }
                    3 if !receipts.is_empty() => {
                        let receipt: Receipt = receipts[gap as usize % receipts.len()];
                        let known = model.held.iter().position(|held| {
                            held.0 == receipt.id && held.3 == receipt.receive && held.4.is_some()
                        });
                        prop_assert_eq!(queue.acknowledge(receipt).is_ok(), known.is_some());
                        known.map(|index| model.held.remove(index));
                    }
                    _ if gap < 3 => {
                        config.fifo = !config.fifo;
                        config.max_receives = gap as u32 + 1;
                        queue.configure(now, config.clone());
                        let exhausted = model.held.iter().filter(|held| held.4.is_none() && held.3 >= config.max_receives);
                        let exhausted: Vec<Id> = exhausted.map(|held| held.0).collect();
                        model.bury(&exhausted);
                    }
                    _ => {}
                }
                prop_assert_eq!(queue.len(), model.held.len());
                prop_assert_eq!(queue.in_flight(), model.held.iter().filter(|held| held.4.is_some()).count());
                prop_assert_eq!(queue.dead(), model.dead);
                prop_assert_eq!(queue.next_turn(), model.held.iter().filter_map(|held| held.4).min());
            }
        }
    }
}
