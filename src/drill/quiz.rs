//! The questions of an interview quiz: mixed over topics, and the same for the same seed.
//!
//! Who wants to compare two tries, or two people, needs the same questions. So the draw depends on the cards' ids and
//! the seed alone, not on what somebody has learned or in which order the cards were listed. Each topic is taken once
//! before any is taken twice.

use std::collections::{BTreeMap, HashMap};

use crate::sim::{Rng, Seed};

/// Draws `count` of the cards, given as their topic and id; as indexes in the order in which they are asked. Fewer
/// where there are fewer. O(n log n).
#[must_use]
pub fn draw_quiz(cards: &[(&str, &str)], count: usize, seed: u64) -> Vec<usize> {
    let rank = |what: &str, name: &str| Rng::stream(Seed(seed), &format!("quiz {what} {name}")).next_u64();
    let mut by_topic: BTreeMap<&str, Vec<(u64, &str, usize)>> = BTreeMap::new();
    for (index, (topic, id)) in cards.iter().enumerate() {
        by_topic.entry(topic).or_default().push((rank("card", id), id, index));
    }
    let topics: HashMap<&str, u64> = by_topic.keys().map(|topic| (*topic, rank("topic", topic))).collect();
    let mut drawn = Vec::new();
    for (topic, cards) in &mut by_topic {
        cards.sort_unstable();
        let place = topics.get(topic).copied().unwrap_or(0);
        drawn.extend(cards.iter().enumerate().map(|(round, (.., index))| (round, place, *index)));
    }
    drawn.sort_unstable();
    drawn.into_iter().take(count).map(|(.., index)| index).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARDS: [(&str, &str); 9] = [
        ("a", "a.1"),
        ("a", "a.2"),
        ("a", "a.3"),
        ("a", "a.4"),
        ("b", "b.1"),
        ("b", "b.2"),
        ("c", "c.1"),
        ("c", "c.2"),
        ("c", "c.3"),
    ];

    #[test]
    fn every_topic_comes_before_any_comes_twice() {
        for seed in 0..50 {
            let drawn = draw_quiz(&CARDS, 6, seed);
            for round in drawn.chunks(3) {
                let mut topics: Vec<&str> = round.iter().map(|&index| CARDS[index].0).collect();
                topics.sort_unstable();
                assert_eq!(topics, ["a", "b", "c"], "{seed}");
            }
            let all = draw_quiz(&CARDS, 99, seed);
            let mut sorted = all.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..9).collect::<Vec<_>>());
            assert_eq!(all[..6], drawn);
        }
        assert!(draw_quiz(&[], 5, 1).is_empty());
    }

    #[test]
    fn the_order_of_the_list_does_not_matter_and_the_seed_does() {
        let mut turned = CARDS;
        turned.reverse();
        let ids = |cards: &[(&str, &str)], seed| -> Vec<String> {
            draw_quiz(cards, 5, seed).into_iter().map(|index| cards[index].1.to_string()).collect()
        };
        assert_eq!(ids(&CARDS, 7), ids(&turned, 7));
        assert_ne!(ids(&CARDS, 7), ids(&CARDS, 8));
        // 600 draws of one card of `a`: each of its four comes first 150 times, standard deviation
        // sqrt(600 * 1/4 * 3/4) = 10.6; five of them are 53.
        let mut first = [0_u32; 4];
        for seed in 0..600 {
            let drawn = draw_quiz(&CARDS, 3, seed);
            first[drawn.into_iter().find(|&index| index < 4).expect("`a` is in the first round")] += 1;
        }
        assert!(first.iter().all(|count| count.abs_diff(150) < 53), "{first:?}");
    }
}
