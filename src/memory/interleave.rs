//! Keeping cards of one topic apart.
//!
//! Two cards of one topic in a row make the second one easier than it will be when it counts: the first has
//! brought the topic to mind. Mixing topics (interleaving) is harder now and better remembered later. (Rohrer and
//! Taylor, "The shuffling of mathematics problems improves learning", Instructional Science 35, 2007.)

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

/// The same items in nearly the same order, with no two of one topic in a row where that can be avoided, and as few
/// as possible where it cannot. Within a topic the order stays. O(n log n).
///
/// Each place takes the earliest item whose topic is not that of the place before; but where one topic makes up more
/// than half of what is left, that topic goes first, because it would be left over otherwise.
#[must_use]
pub fn apart(items: &[usize], topic: impl Fn(usize) -> u32) -> Vec<usize> {
    let mut waiting = Waiting::of(items, topic);
    let mut order = Vec::with_capacity(items.len());
    let mut last = None;
    for left in (1..=items.len()).rev() {
        let Some(of) = waiting.pressing(left, last).or_else(|| waiting.earliest(last)) else { break };
        let Some(place) = waiting.take(of) else { break };
        order.push(items[place]);
        last = Some(of);
    }
    order
}

/// The items that are not placed yet, by topic. Topics are numbered as they first come.
struct Waiting {
    /// The places of each topic's items, the next one at the end.
    places: Vec<Vec<usize>>,
    /// Topics by how many items they have left, and by their next place. What is no longer so is dropped when it comes
    /// to the top.
    most: BinaryHeap<(usize, usize)>,
    next: BinaryHeap<Reverse<(usize, usize)>>,
}

impl Waiting {
    fn of(items: &[usize], topic: impl Fn(usize) -> u32) -> Waiting {
        let mut numbers = HashMap::new();
        let mut places: Vec<Vec<usize>> = Vec::new();
        for (place, &item) in items.iter().enumerate().rev() {
            let number = *numbers.entry(topic(item)).or_insert(places.len());
            if number == places.len() {
                places.push(Vec::new());
            }
            places[number].push(place);
        }
        let most = places.iter().enumerate().map(|(of, places)| (places.len(), of)).collect();
        let first = |(of, places): (usize, &Vec<usize>)| Some(Reverse((*places.last()?, of)));
        let next = places.iter().enumerate().filter_map(first).collect();
        Waiting { places, most, next }
    }

    /// The topic that makes up more than half of what is left.
    fn pressing(&mut self, left: usize, last: Option<usize>) -> Option<usize> {
        while let Some(&(count, of)) = self.most.peek() {
            if self.places[of].len() == count {
                return (2 * count > left && Some(of) != last).then_some(of);
            }
            self.most.pop();
        }
        None
    }

    /// The topic of the earliest item that is not of the last topic; that topic where there is no other.
    fn earliest(&mut self, last: Option<usize>) -> Option<usize> {
        let mut aside = None;
        let mut found = None;
        while let Some(&Reverse((place, of))) = self.next.peek() {
            if self.places[of].last() != Some(&place) {
                self.next.pop();
            } else if Some(of) == last && aside.is_none() {
                aside = self.next.pop();
            } else {
                found = Some(of);
                break;
            }
        }
        self.next.extend(aside);
        found.or(aside.map(|Reverse((_, of))| of))
    }

    /// Takes the next item of a topic: its place.
    fn take(&mut self, of: usize) -> Option<usize> {
        let places = &mut self.places[of];
        let place = places.pop()?;
        if let Some(&following) = places.last() {
            self.most.push((places.len(), of));
            self.next.push(Reverse((following, of)));
        }
        Some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn in_a_row(topics: &[u32]) -> usize {
        topics.windows(2).filter(|pair| pair[0] == pair[1]).count()
    }

    #[test]
    fn topics_are_kept_apart_and_the_order_nearly_kept() {
        let check = |topics: &[u32], expected: &[usize]| {
            let items: Vec<usize> = (0..topics.len()).collect();
            assert_eq!(apart(&items, |item| topics[item]), expected, "{topics:?}");
        };
        check(&[], &[]);
        check(&[1, 2, 3, 1], &[0, 1, 2, 3]);
        check(&[1, 1, 2, 3], &[0, 2, 1, 3]);
        check(&[1, 1, 1, 2, 2], &[0, 3, 1, 4, 2]);
        // Without looking ahead the last two would be left over.
        check(&[2, 3, 1, 1, 1], &[2, 0, 3, 1, 4]);
        check(&[1, 1, 1], &[0, 1, 2]);
    }

    proptest! {
        #[test]
        fn no_order_has_fewer_in_a_row(topics in prop::collection::vec(0..5_u32, 0..60)) {
            let items: Vec<usize> = (0..topics.len()).collect();
            let order = apart(&items, |item| topics[item]);
            let mut sorted = order.clone();
            sorted.sort_unstable();
            prop_assert_eq!(&sorted, &items, "it is a permutation");
            // The most frequent topic needs another item between any two of its own: the least that is possible.
            let most = (0..5).map(|of| topics.iter().filter(|topic| **topic == of).count()).max().unwrap_or(0);
            let least = (2 * most).saturating_sub(topics.len() + 1);
            let placed: Vec<u32> = order.iter().map(|&item| topics[item]).collect();
            prop_assert_eq!(in_a_row(&placed), least);
            for of in 0..5 {
                prop_assert!(order.iter().filter(|&&item| topics[item] == of).is_sorted());
            }
        }
    }
}
