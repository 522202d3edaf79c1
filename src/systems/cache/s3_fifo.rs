//! S3-FIFO: three queues and nothing else (Yang, Zhang, Qiu, Yue, Rashmi: SOSP 2023).
//!
//! Most keys of most traces are asked for once. They should not pass through the whole cache on their way out. So new
//! keys come into a small queue, a tenth of the cache; who is used there more than once goes on to the main queue,
//! the others out, and their hashes into a queue of ghosts. A key that returns while it is a ghost goes to the main queue at
//! once. The main queue gives up to three more rounds to what is used.

use super::ghosts::Ghosts;
use super::shelf::List;
use super::{Cache, FixedHash, Nodes, Policy, Queue, Slot};
use std::hash::Hash;

/// The policy of [`super::S3Fifo`].
#[derive(Clone, Debug)]
pub struct ThreeQueues {
    small: List,
    main: List,
    ghosts: Ghosts,
    small_room: usize,
    main_room: usize,
    /// Whether the key that is coming in is to go to the main queue.
    returns: bool,
}

/// The part of a mark that counts uses, up to 3.
const USES: u32 = 3;
/// The part of a mark that says: in the main queue.
const MAIN: u32 = 4;

impl<K: Hash + Eq, V> Cache<ThreeQueues, K, V, FixedHash> {
    /// An empty cache of `capacity` entries that evicts as S3-FIFO does.
    #[must_use]
    pub fn s3_fifo(capacity: usize) -> Self {
        Cache::new(capacity, ThreeQueues::new(capacity))
    }
}

impl ThreeQueues {
    /// The policy of a cache of that capacity: a tenth of it for new keys, and as many ghosts as the rest.
    #[must_use]
    pub fn new(capacity: usize) -> ThreeQueues {
        let small_room = (capacity / 10).max(1);
        ThreeQueues {
            small: List::default(),
            main: List::default(),
            ghosts: Ghosts::default(),
            small_room,
            main_room: capacity.saturating_sub(small_room),
            returns: false,
        }
    }

    /// Looks through the small queue: whoever was used more than once moves on, the first other one goes.
    fn evict_small(&mut self, nodes: &mut Nodes) -> Option<Slot> {
        while let Some(slot) = self.small.pop_back(nodes) {
            if nodes[slot].mark & USES <= 1 {
                self.ghosts.push(nodes[slot].hash);
                while self.ghosts.len() > self.main_room {
                    self.ghosts.forget_oldest();
                }
                return Some(slot);
            }
            nodes[slot].mark = MAIN;
            self.main.push_front(nodes, slot);
            if self.main.len > self.main_room {
                return self.evict_main(nodes);
            }
        }
        None
    }

    /// Looks through the main queue: whoever was used has another round, the first other one goes.
    fn evict_main(&mut self, nodes: &mut Nodes) -> Option<Slot> {
        while let Some(slot) = self.main.pop_back(nodes) {
            if nodes[slot].mark & USES == 0 {
                return Some(slot);
            }
            nodes[slot].mark -= 1;
            self.main.push_front(nodes, slot);
        }
        None
    }
}

impl Policy for ThreeQueues {
    fn used(&mut self, nodes: &mut Nodes, slot: Slot) {
        let mark = &mut nodes[slot].mark;
        *mark += u32::from(*mark & USES < USES);
    }

    fn comes(&mut self, nodes: &mut Nodes, hash: u64, full: bool) -> Option<Slot> {
        let victim = match full {
            false => None,
            true if self.small.len >= self.small_room || self.main.len == 0 => {
                self.evict_small(nodes).or_else(|| self.evict_main(nodes))
            }
            true => self.evict_main(nodes),
        };
        self.returns = self.ghosts.take(hash);
        victim
    }

    fn added(&mut self, nodes: &mut Nodes, slot: Slot) {
        if std::mem::take(&mut self.returns) {
            nodes[slot].mark = MAIN;
            self.main.push_front(nodes, slot);
        } else {
            self.small.push_front(nodes, slot);
        }
    }

    fn removed(&mut self, nodes: &mut Nodes, slot: Slot) {
        let queue = if nodes[slot].mark & MAIN == 0 { &mut self.small } else { &mut self.main };
        queue.unlink(nodes, slot);
    }

    fn queues(&self, nodes: &Nodes) -> Vec<Queue<Slot>> {
        let queue = |name, list: List, earned: u32| Queue {
            name,
            entries: list.iter(nodes).map(|slot| (slot, nodes[slot].mark & USES >= earned)).collect(),
            hand: None,
        };
        vec![queue("main", self.main, 1), queue("small", self.small, 2)]
    }
}
