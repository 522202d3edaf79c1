//! Fan-out: one message into several queues, a copy for each.

use super::{Config, Message, Queue};
use crate::sim::Nanos;

/// A topic with its subscribers' queues. Each gets every message and goes through them at its own pace: a slow or dead
/// subscriber holds up nobody but itself. (Amazon SNS in front of SQS; a fanout exchange of RabbitMQ.)
#[derive(Clone, Debug)]
pub struct Topic<T> {
    queues: Vec<Queue<T>>,
}

impl<T: Clone> Topic<T> {
    /// A topic with `subscribers` empty queues.
    #[must_use]
    pub fn new(subscribers: usize, config: &Config) -> Topic<T> {
        Topic { queues: (0..subscribers).map(|_| Queue::new(config.clone())).collect() }
    }

    /// Sends a copy to the first `to` queues. Returns how many took it: those that did not know it as a duplicate.
    pub fn publish(&mut self, now: Nanos, message: &Message<T>, to: usize) -> usize {
        self.queues.iter_mut().take(to).filter_map(|queue| queue.send(now, message.clone())).count()
    }

    /// The queues of the subscribers.
    #[must_use]
    pub fn queues(&self) -> &[Queue<T>] {
        &self.queues
    }

    /// The queue of one subscriber.
    pub fn queue(&mut self, subscriber: usize) -> Option<&mut Queue<T>> {
        self.queues.get_mut(subscriber)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_subscriber_has_every_message_and_its_own_pace() {
        let mut topic = Topic::new(3, &Config::default());
        for body in 0..4 {
            assert_eq!(topic.publish(Nanos(body), &Message::new(body), 3), 3);
        }
        let queue = topic.queue(1).expect("three queues");
        while let Some(receipt) = queue.receive(Nanos(9)).map(|got| got.receipt) {
            assert!(queue.acknowledge(receipt).is_ok());
        }
        assert_eq!(topic.queues().iter().map(Queue::len).collect::<Vec<_>>(), [4, 0, 4]);
        assert!(topic.queue(3).is_none());
    }

    #[test]
    fn a_duplicate_is_dropped_where_it_is_known() {
        let config = Config { dedup_window: Nanos(100), ..Config::default() };
        let mut topic = Topic::new(2, &config);
        let message = Message { dedup: Some(1), ..Message::new(()) };
        assert_eq!(topic.publish(Nanos(0), &message, 1), 1);
        assert_eq!(topic.publish(Nanos(50), &message, 2), 1, "only the second queue does not know it");
    }
}
