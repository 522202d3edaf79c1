//! Keeping cards of one topic apart.
//!
//! Two cards of one topic in a row make the second one easier than it will be when it counts: the first has
//! brought the topic to mind. Mixing topics (interleaving) is harder now and better remembered later. (Rohrer and
//! Taylor, "The shuffling of mathematics problems improves learning", Instructional Science 35, 2007.)

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The same items in nearly the same order, with no two of one topic in a row where that can be avoided, and as few
/// as possible where it cannot. Within a topic the order stays. O(n log n).
///
/// Each place takes the earliest item whose topic is not that of the place before; but where one topic makes up more
/// than half of what is left, that topic goes first, because it would be left over otherwise.
#[must_use]
pub fn apart(items: &[usize], topic: impl Fn(usize) -> u32) -> Vec<usize> {
    // The places of each topic's items, and the topics by how many are left and by their next place.
    let mut waiting: BTreeMap<u32, VecDeque<usize>> = BTreeMap::new();
    for (place, &item) in items.iter().enumerate() {
        waiting.entry(topic(item)).or_default().push_back(place);
    }
    let mut most: BTreeSet<(usize, u32)> = waiting.iter().map(|(&of, places)| (places.len(), of)).collect();
    let mut next: BTreeSet<(usize, u32)> = waiting.iter().map(|(&of, places)| (places[0], of)).collect();
    let mut order = Vec::with_capacity(items.len());
    let mut last = None;
    for left in (1..=items.len()).rev() {
        let pressing = most.last().filter(|&&(count, of)| 2 * count > left && Some(of) != last);
        let other = || next.iter().take(2).find(|&&(_, of)| Some(of) != last).or(next.first());
        let Some(of) = pressing.map(|&(_, of)| of).or_else(|| other().map(|&(_, of)| of)) else { break };
        let Some(places) = waiting.get_mut(&of) else { break };
        let Some(place) = places.pop_front() else { break };
        most.remove(&(places.len() + 1, of));
        next.remove(&(place, of));
        if let Some(&following) = places.front() {
            most.insert((places.len(), of));
            next.insert((following, of));
        }
        order.push(items[place]);
        last = Some(of);
    }
    order
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
