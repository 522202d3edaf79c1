//! Closed forms for waiting lines: how long one waits for servers that are busy most of the time.
//!
//! A queue is described as Kendall did (1953), arrivals/service/servers: M is memoryless (Poisson arrivals,
//! exponential times), D is constant, G is general. Of all that one could know, three numbers decide the mean
//! wait: the utilisation `rho` (the share of the time that a server is busy), the number of servers `c`, and the
//! variation of what is random. Variation is measured as the squared coefficient of variation, the variance
//! over the square of the mean: 0 for D, 1 for M.
//!
//! All waits are the time in the line, before service begins, in units of the mean service time; so the time in
//! the system is the wait and 1. At and beyond `rho` = 1 there is no mean to speak of: the line grows for ever, and
//! what would be a mean is infinity. Little's law (1961) turns times into numbers: as many are in the system as
//! arrive during one time in the system, L = lambda W, whatever the distributions, servers and order.
//!
//! Exact are: Erlang's formulas for M/M/c (1917), Pollaczek's and Khinchine's for M/G/1 (1930, 1932), and D/D/c,
//! where nobody waits. For everything else [`ggc_wait`] is an approximation and says so.

/// The probability that all of `servers` servers are busy where nobody may wait: Erlang's loss formula, also
/// the share of calls that are lost. `offered` is the load in erlangs, arrivals a second times mean service time, from 0 on.
/// With no server everything is lost. O(servers), by the recursion that never overflows.
#[must_use]
pub fn erlang_b(servers: u32, offered: f64) -> f64 {
    (1..=servers).fold(1.0, |lost, busy| offered * lost / (f64::from(busy) + offered * lost))
}

/// The probability that one has to wait where everybody may: Erlang's delay formula, for M/M/c. 1 where the
/// servers are offered as much as they can do, or more. O(servers).
#[must_use]
pub fn erlang_c(servers: u32, offered: f64) -> f64 {
    let rho = offered / f64::from(servers);
    if rho.is_nan() || rho >= 1.0 {
        return 1.0;
    }
    let lost = erlang_b(servers, offered);
    lost / (1.0 - rho * (1.0 - lost))
}

/// The mean wait in M/M/1 at utilisation `rho` (from 0 on), in service times: rho / (1 - rho).
#[must_use]
pub fn mm1_wait(rho: f64) -> f64 {
    mg1_wait(rho, 1.0)
}

/// The mean wait in M/M/c, in service times: the chance to wait at all, over the part of the servers that is to spare. O(servers).
#[must_use]
pub fn mmc_wait(servers: u32, rho: f64) -> f64 {
    if servers == 0 || rho >= 1.0 {
        return f64::INFINITY;
    }
    let c = f64::from(servers);
    erlang_c(servers, c * rho) / (c * (1.0 - rho))
}

/// The wait in M/M/c, first come first served, that a share `q` (0 to below 1) of all stays at or below, in service
/// times. 0 where so many need not wait at all. The wait of those who do is exponential. O(servers).
#[must_use]
pub fn mmc_wait_percentile(servers: u32, rho: f64, q: f64) -> f64 {
    if servers == 0 || rho >= 1.0 {
        return f64::INFINITY;
    }
    let c = f64::from(servers);
    let beyond = erlang_c(servers, c * rho) / (1.0 - q);
    if beyond <= 1.0 { 0.0 } else { libm::log(beyond) / (c * (1.0 - rho)) }
}

/// The mean wait in M/G/1, in service times, by Pollaczek and Khinchine: half of what it is in M/M/1 where all service
/// times are alike, and more the more they vary. `service_variation` is their squared coefficient of variation.
#[must_use]
pub fn mg1_wait(rho: f64, service_variation: f64) -> f64 {
    if rho >= 1.0 {
        return f64::INFINITY;
    }
    rho / (1.0 - rho) * (1.0 + service_variation) / 2.0
}

/// About the mean wait in G/G/c, in service times, from the squared coefficients of variation of gaps and of service times. O(servers).
///
/// The approximation of Allen and Cunneen (Allen, Probability, Statistics and Queueing Theory, 1978): M/M/c times the
/// mean of the two variations; where arrivals are steadier than Poisson's, with the factor of Krämer and
/// Langenbach-Belz (1976), which takes off what that overstates. It is exact for M/M/c, M/G/1 and D/D/c, within a few
/// percent at high utilisation where both variations are near 1 or below it, and worth little where gaps depend on
/// each other, as in bursts.
#[must_use]
pub fn ggc_wait(servers: u32, rho: f64, arrival_variation: f64, service_variation: f64) -> f64 {
    let both = arrival_variation + service_variation;
    // Without any variation nobody ever waits, not even at full load.
    if both <= 0.0 {
        return if rho > 1.0 { f64::INFINITY } else { 0.0 };
    }
    let steadier = (1.0 - arrival_variation).max(0.0);
    let factor = if rho > 0.0 && steadier > 0.0 {
        libm::exp(-2.0 * (1.0 - rho) * steadier * steadier / (3.0 * rho * both))
    } else {
        1.0
    };
    let wait = mmc_wait(servers, rho);
    if wait.is_finite() { wait * both / 2.0 * factor } else { wait }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_values() {
        let check = |seen: f64, expected: f64, digit: f64| {
            assert!((seen - expected).abs() <= digit / 2.0 + 1e-12, "{seen}, not {expected}");
        };
        // Erlang B from printed tables: 2 erlangs on 5 trunks lose 3.67%, 10 on 15 lose 3.65%, 100 on 117 lose 1%.
        check(erlang_b(5, 2.0), 0.0367, 1e-4);
        check(erlang_b(15, 10.0), 0.0365, 1e-4);
        check(erlang_b(117, 100.0), 0.01, 1e-3);
        check(erlang_b(0, 2.0), 1.0, 0.0);
        // With one server the chance to wait is the utilisation.
        check(erlang_c(1, 0.9), 0.9, 0.0);
        check(erlang_c(4, 4.0), 1.0, 0.0);
        check(mm1_wait(0.9), 9.0, 0.0);
        check(mmc_wait(2, 0.8), 1.778, 1e-3);
        check(mmc_wait(4, 0.9), 1.969, 1e-3);
        // Constant times halve the wait; nobody waits where nothing varies.
        check(mg1_wait(0.9, 0.0), 4.5, 0.0);
        check(ggc_wait(3, 1.0, 0.0, 0.0), 0.0, 0.0);
        for infinite in
            [mm1_wait(1.0), mmc_wait(3, 1.2), ggc_wait(2, 1.0, 1.0, 0.0), ggc_wait(2, 1.1, 0.0, 0.0)]
        {
            assert!(infinite.is_infinite() && infinite > 0.0, "{infinite}");
        }
    }

    /// The stationary distribution of M/M/c from the balance of its flows, state by state, without any formula.
    fn balance(servers: u32, rho: f64) -> Vec<f64> {
        let offered = f64::from(servers) * rho;
        let mut states = vec![1.0];
        for n in 1..4_000 {
            let rate = f64::from(servers.min(n));
            states.push(states[states.len() - 1] * offered / rate);
        }
        let sum: f64 = states.iter().sum();
        states.iter().map(|state| state / sum).collect()
    }

    #[test]
    fn mmc_is_what_the_balance_of_flows_gives() {
        for (servers, rho) in [(1, 0.5), (1, 0.95), (2, 0.8), (4, 0.9), (8, 0.3), (20, 0.97)] {
            let states = balance(servers, rho);
            let c = servers as usize;
            let waits: f64 = states[c..].iter().sum();
            assert!((waits - erlang_c(servers, f64::from(servers) * rho)).abs() < 1e-9, "{servers} {rho}");
            // By Little: the mean wait is the mean length of the line over the arrivals a service time.
            let line: f64 = (0..).zip(&states[c..]).map(|(n, p)| f64::from(n) * p).sum();
            let wait = line / (f64::from(servers) * rho);
            assert!((wait - mmc_wait(servers, rho)).abs() < 1e-9 * (1.0 + wait), "{servers} {rho}");
            // Among those who wait, the line found has a geometric length; the time until it is served, Erlang's.
            // Its tail at the 99th percentile is 1% again.
            let p99 = mmc_wait_percentile(servers, rho, 0.99);
            let mut beyond = 0.0;
            let mean = p99 * f64::from(servers);
            let (mut term, mut reached) = (libm::exp(-mean), 0.0);
            for (n, p) in (1_u32..).zip(&states[c..]) {
                // P(n services take longer than the percentile) = P(a Poisson count of that mean is below n).
                reached += term;
                term *= mean / f64::from(n);
                beyond += p * reached;
            }
            let expected = waits.min(0.01);
            assert!((beyond - expected).abs() < 1e-6, "{servers} {rho}: {beyond}");
        }
    }

    /// The mean wait in GI/M/1: sigma / (1 - sigma), where sigma = transform(1 - sigma) is the chance to find
    /// somebody, and `transform` the Laplace transform of the gaps in units of the service time.
    fn gim1_wait(transform: impl Fn(f64) -> f64) -> f64 {
        let mut sigma = 0.5;
        for _ in 0..100_000 {
            sigma = transform(1.0 - sigma);
        }
        sigma / (1.0 - sigma)
    }

    #[test]
    fn the_approximation_is_near_what_is_known_exactly() {
        for (rho, apart) in [(0.5, 0.08), (0.8, 0.03), (0.9, 0.02), (0.95, 0.01)] {
            // D/M/1, and Erlang-4 gaps: every fourth of a Poisson stream, as one of four servers taken in turn sees.
            let steady = gim1_wait(|s| libm::exp(-s / rho));
            let fourth = gim1_wait(|s| libm::pow(4.0 * rho / (4.0 * rho + s), 4.0));
            for (arrivals, exact) in [(0.0, steady), (0.25, fourth)] {
                let near = ggc_wait(1, rho, arrivals, 1.0);
                assert!((near / exact - 1.0).abs() < apart, "{rho} {arrivals}: {near} for {exact}");
            }
            for service in [0.0, 1.0, 2.5] {
                assert!((ggc_wait(1, rho, 1.0, service) - mg1_wait(rho, service)).abs() < 1e-12);
            }
            assert!((ggc_wait(5, rho, 1.0, 1.0) - mmc_wait(5, rho)).abs() < 1e-12);
        }
    }

    #[test]
    fn no_input_gives_what_is_not_a_number() {
        for servers in [0, 1, 7, 10_000] {
            for rho in [0.0, 1e-9, 0.5, 1.0, 3.0] {
                for variation in [0.0, 0.5, 40.0] {
                    let wait = ggc_wait(servers, rho, variation, variation);
                    assert!(wait >= 0.0, "{servers} {rho} {variation}: {wait}");
                    assert!((0.0..=1.0).contains(&erlang_c(servers, f64::from(servers) * rho)));
                }
            }
        }
    }
}
