//! What theory expects of a detector: how soon it finds a crash, and how often it is wrong.
//!
//! The measures are those of Chen, Toueg and Aguilera (2002): the mean detection time, and the rate of mistakes about a node that
//! lives. Where heartbeats are lost and delayed independently of each other both follow exactly, also where a heartbeat
//! overtakes another one; what is left is an integral, done by the midpoint rule.

use crate::sim::{Link, Nanos};

/// How many slices an integral has.
const SLICES: usize = 48;
/// How many heartbeats back matter: with half of them lost, one in 10^12 times an older one does.
const BEATS: i32 = 40;

/// P(jitter <= y), the jitter exponential with this mean; all at 0 where it is 0.
fn jitter_below(y: f64, mean: f64) -> f64 {
    if y < 0.0 {
        0.0
    } else if mean <= 0.0 {
        1.0
    } else {
        1.0 - libm::exp(-y / mean)
    }
}

/// Mistakes a second about a node that lives, by a fixed time-out: a mistake begins when after a heartbeat none arrives for as
/// long as the time-out. Heartbeats are sent every `period` over `link`, of which delay, jitter and loss count.
#[must_use]
pub fn mistakes_per_second(timeout: Nanos, period: Nanos, link: Link) -> f64 {
    let (timeout, period) = (timeout.as_secs_f64(), period.as_secs_f64());
    let (jitter, arrives) = (link.jitter.as_secs_f64(), 1.0 - link.loss);
    let mut sum = 0.0;
    for slice in 0..SLICES {
        // The heartbeat after which the silence is: its jitter, by equal parts of the probability.
        let late = -libm::log(1.0 - (slice as f64 + 0.5) / SLICES as f64) * jitter;
        let mut silent = 1.0;
        for other in (-BEATS..=BEATS * 4).filter(|other| *other != 0) {
            let from = late - f64::from(other) * period;
            if from + timeout < 0.0 {
                break;
            }
            silent *= 1.0 - arrives * (jitter_below(from + timeout, jitter) - jitter_below(from, jitter));
        }
        sum += silent;
    }
    sum / SLICES as f64 * arrives / period
}

/// The mean time in seconds from a crash, at any moment between two heartbeats, until a fixed time-out suspects for good; 0 where
/// it suspected already.
#[must_use]
pub fn detection_seconds(timeout: Nanos, period: Nanos, link: Link) -> f64 {
    let (timeout, period) = (timeout.as_secs_f64(), period.as_secs_f64());
    let (jitter, delay) = (link.jitter.as_secs_f64(), link.delay.as_secs_f64());
    // The last heartbeat to arrive does so at most this long after the crash.
    let top = timeout + delay + 12.0 * jitter;
    let mut sum = 0.0;
    for slice in 0..SLICES {
        let age = (slice as f64 + 0.5) / SLICES as f64 * period;
        for height in 0..SLICES * 2 {
            let y = (height as f64 + 0.5) / (SLICES * 2) as f64 * top;
            // No heartbeat that was sent arrives later than the time-out before y.
            let mut none = 1.0;
            for beat in 0..BEATS {
                let below = jitter_below(y - timeout - delay + age + f64::from(beat) * period, jitter);
                none *= link.loss + (1.0 - link.loss) * below;
                if below > 1.0 - 1e-9 || none < 1e-9 {
                    break;
                }
            }
            // Where every heartbeat since was lost there is an older one; `none` is then the chance of that.
            sum += 1.0 - none;
        }
    }
    sum / (SLICES * SLICES * 2) as f64 * top
}

/// SWIM: the mean number of whole periods from the begin of the one after a crash to the end of that in which somebody first asks the
/// crashed one, of `n` members that each ask one other at random: e / (e - 1) = 1.58 for many (Das, Gupta and Motivala 2002, section 3.1).
#[must_use]
pub fn swim_periods(n: f64) -> f64 {
    if n < 2.0 {
        return f64::NAN;
    }
    let missed = libm::pow(1.0 - 1.0 / (n - 1.0), n - 1.0);
    1.0 / (1.0 - missed)
}

/// SWIM: the chance that asking a live member fails: the question or its answer is lost, and with each of `helpers` one of four
/// messages.
#[must_use]
pub fn swim_probe_fails(loss: f64, helpers: u32) -> f64 {
    let arrives = 1.0 - loss;
    let (direct, through) = (arrives * arrives, arrives * arrives * arrives * arrives);
    (1.0 - direct) * libm::pow(1.0 - through, f64::from(helpers))
}

#[cfg(test)]
mod tests {
    use super::super::{Detector, FixedTimeout};
    use super::*;
    use crate::sim::{Network, Rng, Seed};

    fn link(delay: u64, jitter: u64, loss: f64) -> Link {
        Link { delay: Nanos::from_millis(delay), jitter: Nanos::from_millis(jitter), loss, ..Link::default() }
    }

    #[test]
    fn without_jitter_it_is_a_row_of_losses() {
        // A time-out of 2.5 periods is wrong when two heartbeats in a row are lost after one that arrived.
        let (period, timeout) = (Nanos::from_secs(1), Nanos::from_millis(2_500));
        let seen = mistakes_per_second(timeout, period, link(10, 0, 0.1));
        assert!((seen - 0.9 * 0.01).abs() < 1e-9, "{seen}");
        assert!(mistakes_per_second(timeout, period, link(10, 0, 0.0)) < 1e-12);
        // Found after the time-out and the delay, less half a period and those that were lost: p / (1 - p) of them.
        let seen = detection_seconds(timeout, period, link(10, 0, 0.1));
        assert!((seen - (2.5 + 0.01 - 0.5 - 1.0 / 9.0)).abs() < 0.03, "{seen}");
    }

    #[test]
    fn a_simulation_agrees() {
        for (period, timeout, link) in [
            (500, 800, link(20, 100, 0.05)),
            (500, 1_200, link(20, 50, 0.2)),
            (200, 450, link(5, 150, 0.0)),
            (1_000, 900, link(20, 300, 0.1)),
        ] {
            let (period, timeout) = (Nanos::from_millis(period), Nanos::from_millis(timeout));
            let network = Network::new(2, link);
            let mut rng = Rng::stream(Seed(4), "beats");
            let (mut mistakes, mut found, mut lives) = (0.0_f64, Vec::new(), 0.0);
            for _ in 0..400 {
                // A life of 100 heartbeats and a part, then a crash.
                let crash = Nanos((period.0 as f64 * (100.0 + rng.unit())) as u64);
                let sent = (0..=100).map(|beat| period * beat);
                let mut arrivals: Vec<Nanos> =
                    sent.flat_map(|at| network.send(at, 0, 1, &mut rng).arrivals()).collect();
                arrivals.sort_unstable();
                let mut detector = FixedTimeout::new(timeout, arrivals[0]);
                // Between a third and the crash: what is wrong then begins with one of the heartbeats there.
                let from = period * 30;
                for at in arrivals {
                    if detector.suspects(at)
                        && detector.deadline() > from
                        && detector.deadline() < period * 95
                    {
                        mistakes += 1.0;
                    }
                    detector.heard(at);
                }
                lives += (period * 95).since(from).as_secs_f64();
                found.push(detector.deadline().since(crash).as_secs_f64());
            }
            let expected = mistakes_per_second(timeout, period, link) * lives;
            // Mistakes come nearly independently: the error of a count is its root. Four of them, 1 in 16,000.
            assert!((mistakes - expected).abs() < 4.0 * expected.sqrt() + 1.0, "{mistakes} for {expected}");
            let mean = found.iter().sum::<f64>() / found.len() as f64;
            let spread = found.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / found.len() as f64;
            let expected = detection_seconds(timeout, period, link);
            // And a hundredth of the time-out for the slices of the integral.
            let allowed = 4.0 * (spread / found.len() as f64).sqrt() + timeout.as_secs_f64() / 100.0;
            assert!((mean - expected).abs() < allowed, "{mean} for {expected}");
        }
    }

    #[test]
    fn swim_finds_a_crash_in_e_over_e_minus_one_periods() {
        let limit = std::f64::consts::E / (std::f64::consts::E - 1.0);
        assert!((swim_periods(1e6) - limit).abs() < 1e-5 && (swim_periods(2.0) - 1.0).abs() < 1e-9);
        assert!((swim_periods(16.0) - 1.551).abs() < 1e-3, "{}", swim_periods(16.0));
        // 10% loss, three helpers: 0.19 * (1 - 0.6561)^3.
        assert!((swim_probe_fails(0.1, 3) - 0.19 * 0.3439_f64.powi(3)).abs() < 1e-9);
    }
}
