//! How fast gossip spreads.
//!
//! Everybody who knows a rumour tells it to one other at random in each round. It doubles at first; near the end nearly
//! everybody who is told knows already, and the last ones wait. That takes log2 n + ln n rounds (Pittel 1987) and a few more or less.
//! With many members and small steps the share that knows follows the logistic curve (Bailey 1975, as in the SWIM paper, section 3.2).

use crate::sim::Rng;

/// The rounds that a rumour takes until all `n` know it, where each who knows tells one other a round: log2 n + ln n, up to a constant that
/// stays below about 2.
#[must_use]
pub fn push_rounds(n: f64) -> f64 {
    if n <= 1.0 { 0.0 } else { libm::log2(n) + libm::log(n) }
}

/// How many of `n` know it after a time in which each pair that could pass it on met at `rate` / n: n / (1 + (n - 1) e^(-rate t)).
/// One knows it at time 0.
#[must_use]
pub fn logistic(n: f64, rate: f64, t: f64) -> f64 {
    n / (1.0 + (n - 1.0) * libm::exp(-rate * t))
}

/// Spreads a rumour among `n` from the first on, each who knows it telling `fanout` others a round, picked at random. Returns
/// how many know it after each round, from 1 at the begin until all do; nothing for nobody. O(n fanout rounds).
#[must_use]
pub fn spread(n: usize, fanout: usize, rng: &mut Rng) -> Vec<usize> {
    let mut knows = vec![false; n];
    let Some(first) = knows.first_mut() else { return Vec::new() };
    *first = true;
    let (mut count, mut rounds) = (1, vec![1]);
    while count < n && fanout > 0 {
        let tellers: Vec<usize> = (0..n).filter(|&member| knows[member]).collect();
        for teller in tellers {
            for _ in 0..fanout {
                // Anybody but oneself.
                let pick = rng.below(n as u64 - 1) as usize;
                let told = if pick >= teller { pick + 1 } else { pick };
                count += usize::from(!knows[told]);
                knows[told] = true;
            }
        }
        rounds.push(count);
    }
    rounds
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::Seed;

    #[test]
    fn a_rumour_takes_the_rounds_of_pittel() {
        // log2 n + ln n + O(1): for n = 64, 256, 1024 the mean lies within 2 rounds of it, and the constant is the same to
        // half a round (the mean of 40 runs has a standard error of about 0.15).
        let mut rng = Rng::stream(Seed(1), "rumour");
        let surplus: Vec<f64> = [64_usize, 256, 1024]
            .into_iter()
            .map(|n| {
                let rounds: usize = (0..40).map(|_| spread(n, 1, &mut rng).len() - 1).sum();
                rounds as f64 / 40.0 - push_rounds(n as f64)
            })
            .collect();
        assert!(surplus.iter().all(|surplus| surplus.abs() < 2.0), "{surplus:?}");
        assert!((surplus[0] - surplus[2]).abs() < 1.0, "{surplus:?}");
    }

    #[test]
    fn it_at_most_doubles_and_nobody_forgets() {
        let mut rng = Rng::stream(Seed(2), "rumour");
        let rounds = spread(500, 1, &mut rng);
        assert!(rounds.windows(2).all(|pair| pair[0] <= pair[1] && pair[1] <= 2 * pair[0]));
        assert_eq!((rounds[0], rounds.last()), (1, Some(&500)));
        assert_eq!(spread(1, 1, &mut rng), [1]);
        assert!(spread(0, 1, &mut rng).is_empty());
        // More are told a round: fewer rounds.
        assert!(spread(500, 4, &mut rng).len() < rounds.len());
    }

    #[test]
    fn the_logistic_curve_has_its_landmarks() {
        // Half know it at ln(n - 1) / rate.
        let half = logistic(100.0, 2.0, libm::log(99.0) / 2.0);
        assert!((half - 50.0).abs() < 1e-9 && (logistic(100.0, 2.0, 0.0) - 1.0).abs() < 1e-9);
        assert!((push_rounds(1024.0) - 16.931).abs() < 1e-3);
    }
}
