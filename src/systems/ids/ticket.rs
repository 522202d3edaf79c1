//! Tickets: one counter for all (Flickr 2010), asked for a block of numbers at a time.
//!
//! The counter is a row in a database, so a number for each record would be a round trip for each record. A block of a
//! thousand is one for a thousand. The price: numbers of nodes with blocks of their own do not grow with time across
//! nodes, and what is left of a block is lost when its node crashes.

use std::ops::Range;

/// The counter that all nodes share.
#[derive(Clone, Debug, Default)]
pub struct Tickets {
    next: u64,
    /// How often it was asked.
    asked: u64,
}

impl Tickets {
    /// A counter that begins at `first`.
    #[must_use]
    pub fn starting_at(first: u64) -> Tickets {
        Tickets { next: first, asked: 0 }
    }

    /// The next `n` numbers (at least one).
    pub fn take(&mut self, n: u64) -> Range<u64> {
        let first = self.next;
        self.next += n.max(1);
        self.asked += 1;
        first..self.next
    }

    /// How often it was asked: each a round trip.
    #[must_use]
    pub fn asked(&self) -> u64 {
        self.asked
    }
}

/// The block of one node.
#[derive(Clone, Debug, Default)]
pub struct Block {
    left: Range<u64>,
}

impl Block {
    /// The next number, from a new block of `size` where this one is used up.
    pub fn next(&mut self, tickets: &mut Tickets, size: u64) -> u64 {
        if self.left.is_empty() {
            self.left = tickets.take(size);
        }
        let id = self.left.start;
        self.left.start += 1;
        id
    }

    /// The node crashes: what is left is never given. Returns how many those are.
    pub fn lose(&mut self) -> u64 {
        let lost = self.left.end - self.left.start;
        self.left = 0..0;
        lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_is_given_once_for_a_thousandth_of_the_questions() {
        let mut tickets = Tickets::starting_at(1);
        let mut nodes = [Block::default(), Block::default(), Block::default()];
        let mut given: Vec<u64> = (0..9_000).map(|turn| nodes[turn % 3].next(&mut tickets, 1_000)).collect();
        assert!(given.windows(2).any(|pair| pair[0] > pair[1]), "nodes are not in step");
        given.sort_unstable();
        assert_eq!(given, (1..=9_000).collect::<Vec<_>>());
        assert_eq!(tickets.asked(), 9);
        nodes[0].next(&mut tickets, 1_000);
        assert_eq!((nodes[0].lose(), nodes[0].next(&mut tickets, 10)), (999, 10_001));
    }
}
