//! What theory says a cache hits, where requests are independent and popularity stands still.
//!
//! Che's approximation (Che, Tung and Wang, 2002): an LRU cache keeps a key for about the same time `t` after each
//! use, whichever key it is, so a key of popularity `p` is there with probability 1 - e^(-p t); and `t` is such that all
//! these add up to the capacity. Why it is so good for hundreds of entries and more: Fricker, Robert and Roberts (2012).
//!
//! FIFO and random replacement have one hit ratio (Gelenbe, 1973), and in the same manner a key is there
//! with probability p t / (1 + p t) (Martina, Garetto and Leonardi, 2014).
//!
//! Time is counted in requests. Keys of nearly the same rank are summed up, so a million keys cost a few hundred terms.

/// How popular keys are: groups of keys of nearly one probability.
#[derive(Clone, Debug, PartialEq)]
pub struct Popularity {
    /// For each group the probability of one of its keys, and how many keys it has.
    groups: Vec<(f64, f64)>,
    keys: usize,
}

/// Ranks up to this one stand alone; beyond, a group spans this part of its first rank.
const ALONE: usize = 64;

impl Popularity {
    /// Zipf: the key of rank r (from 1) is asked for with a probability proportional to 1 / r^exponent. For at
    /// least one key and an exponent of 0 (all alike) or more. O(keys) once.
    #[must_use]
    pub fn zipf(keys: usize, exponent: f64) -> Popularity {
        let keys = keys.max(1);
        let mut groups = Vec::new();
        let (mut first, mut total) = (1, 0.0);
        while first <= keys {
            let end = (first + (first / ALONE).max(1)).min(keys + 1);
            let weight: f64 = (first..end).map(|rank| libm::pow(rank as f64, -exponent)).sum();
            let count = (end - first) as f64;
            groups.push((weight / count, count));
            total += weight;
            first = end;
        }
        groups.iter_mut().for_each(|(p, _)| *p /= total);
        Popularity { groups, keys }
    }

    /// The sum over all keys of what `of` says for a key's probability.
    fn sum(&self, of: impl Fn(f64) -> f64) -> f64 {
        self.groups.iter().map(|&(p, count)| count * of(p)).sum()
    }

    /// The share of requests for the `count` most popular keys: what a cache would hit that holds just them. No policy does
    /// better on independent requests, unless it knows the future.
    #[must_use]
    pub fn top(&self, count: usize) -> f64 {
        let mut left = count as f64;
        let mut share = 0.0;
        for &(p, keys) in &self.groups {
            let taken = keys.min(left);
            share += taken * p;
            left -= taken;
        }
        share.min(1.0)
    }

    /// After how many requests a key that is not used again leaves an LRU cache of `capacity` entries; infinite where all
    /// keys fit.
    #[must_use]
    pub fn lru_time(&self, capacity: usize) -> f64 {
        self.time(capacity, |p, t| {
            let gone = libm::exp(-p * t);
            (1.0 - gone, p * gone)
        })
    }

    /// The hit ratio of LRU with `capacity` entries.
    #[must_use]
    pub fn lru(&self, capacity: usize) -> f64 {
        let t = self.lru_time(capacity);
        self.sum(|p| -p * libm::expm1(-p * t))
    }

    /// The hit ratio of FIFO and of random replacement with `capacity` entries.
    #[must_use]
    pub fn fifo(&self, capacity: usize) -> f64 {
        let held = |p: f64, t: f64| if t.is_finite() { p * t / (1.0 + p * t) } else { 1.0 };
        let t = self.time(capacity, |p, t| (held(p, t), p / ((1.0 + p * t) * (1.0 + p * t))));
        self.sum(|p| p * held(p, t))
    }

    /// The hit ratio of LRU with `capacity` entries, each of which is fetched anew when it is asked for `ttl` requests or more
    /// after it was fetched. Exact (as far as Che's approximation is) for a `ttl` up to the time that LRU keeps a key, and
    /// where it is infinite; between them the density of hits is taken to fall exponentially.
    #[must_use]
    pub fn lru_with_ttl(&self, capacity: usize, ttl: f64) -> f64 {
        let t = self.lru_time(capacity);
        self.sum(|p| {
            let hits = hits_a_fetch(p, t, ttl);
            p * if hits.is_finite() { hits / (1.0 + hits) } else { 1.0 }
        })
    }

    /// The time at which the keys that are held make up the capacity. `held` says for a key's probability and a time with which
    /// probability it is there, and how fast that grows.
    fn time(&self, capacity: usize, held: impl Fn(f64, f64) -> (f64, f64)) -> f64 {
        if capacity >= self.keys {
            return f64::INFINITY;
        }
        // What is held grows ever more slowly, so Newton's steps from the left never go too far. After `capacity` requests
        // at most so many keys are held: that is on the left.
        let mut t = capacity as f64;
        for _ in 0..100 {
            let (sum, slope) = self.groups.iter().fold((0.0, 0.0), |(sum, slope), &(p, count)| {
                let (there, grows) = held(p, t);
                (sum + count * there, slope + count * grows)
            });
            let step = (capacity as f64 - sum) / slope;
            // Where the rest of the keys is hardly ever asked for, no time is enough.
            if !step.is_finite() || t > 1e15 {
                return t;
            }
            t += step;
            if step <= t * 1e-9 {
                break;
            }
        }
        t
    }
}

/// How many hits follow a fetch on average, for a key of probability `p` that LRU keeps for `t` requests after a use and
/// that is good for `ttl` requests.
fn hits_a_fetch(p: f64, t: f64, ttl: f64) -> f64 {
    if ttl <= t {
        // Nothing is thrown out before it is too old.
        return p * ttl;
    }
    // Up to t each request is a hit. After that the density of hits falls from `density` on, at a rate that makes the total for
    // an endless ttl what it is without one: e^(p t) - 1.
    let endless = libm::expm1(p * t);
    let density = -p * libm::expm1(-p * t);
    let rate = density / (endless - p * t);
    if rate.is_finite() && rate > 0.0 {
        p * t - density / rate * libm::expm1(-rate * (ttl - t))
    } else {
        p * t + density * (ttl - t)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(value: f64, expected: f64, tolerance: f64) {
        assert!((value - expected).abs() <= tolerance, "{value}, not {expected}");
    }

    #[test]
    fn it_gives_the_published_figure() {
        let zipf = Popularity::zipf(100_000, 0.99);
        // The reference was measured as .4889 and computed as .4894.
        close(zipf.lru(1_000), 0.4894, 0.000_05);
    }

    #[test]
    fn groups_change_nothing_that_matters() {
        let whole: Vec<(f64, f64)> =
            (1..=20_000).map(|rank| (libm::pow(f64::from(rank), -0.8), 1.0)).collect();
        let total: f64 = whole.iter().map(|(weight, _)| weight).sum();
        let groups = whole.iter().map(|(weight, one)| (weight / total, *one)).collect();
        let (exact, grouped) = (Popularity { groups, keys: 20_000 }, Popularity::zipf(20_000, 0.8));
        for capacity in [1, 10, 500, 5_000, 19_999] {
            // A group spans 1/64 of its ranks: its keys differ by 0.6% from their mean, which counts squared.
            close(grouped.lru(capacity), exact.lru(capacity), 1e-4);
            close(grouped.fifo(capacity), exact.fifo(capacity), 1e-4);
            close(grouped.top(capacity), exact.top(capacity), 1e-3);
        }
        assert!(grouped.groups.len() < 600);
    }

    #[test]
    fn the_ends_are_what_they_must_be() {
        // All keys alike: a cache of a quarter of them hits a quarter, whatever the policy.
        let uniform = Popularity::zipf(1_000, 0.0);
        close(uniform.lru(250), 0.25, 1e-9);
        close(uniform.fifo(250), 0.25, 1e-9);
        close(uniform.top(250), 0.25, 1e-9);
        let zipf = Popularity::zipf(1_000, 1.0);
        for capacity in [1_000, 2_000] {
            close(zipf.lru(capacity), 1.0, 1e-9);
            close(zipf.fifo(capacity), 1.0, 1e-9);
            close(zipf.top(capacity), 1.0, 1e-9);
        }
        close(zipf.lru_with_ttl(100, f64::INFINITY), zipf.lru(100), 1e-6);
        close(zipf.lru_with_ttl(100, 0.0), 0.0, 1e-12);
        // Where all keys fit, only age counts: p ttl / (1 + p ttl) for each.
        let aged = zipf.sum(|p| p * 50.0 * p / (1.0 + 50.0 * p));
        close(zipf.lru_with_ttl(1_000, 50.0), aged, 1e-9);
    }

    #[test]
    fn the_order_is_that_of_theory() {
        let zipf = Popularity::zipf(10_000, 0.99);
        for capacity in [10, 100, 1_000] {
            assert!(zipf.fifo(capacity) < zipf.lru(capacity));
            assert!(zipf.lru(capacity) < zipf.top(capacity));
            let mut before = 0.0;
            for ttl in [1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6] {
                let ratio = zipf.lru_with_ttl(capacity, ttl);
                assert!(ratio >= before && ratio <= zipf.lru(capacity) + 1e-9, "{capacity} {ttl}: {ratio}");
                before = ratio;
            }
        }
    }
}
