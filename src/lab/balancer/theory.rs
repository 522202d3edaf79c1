//! What queueing theory says of a balanced fleet, where it has a closed form.

use super::Settings;
use crate::lab::workload::Shape;

/// The load as theory sees it.
pub(super) struct Fleet {
    /// Servers.
    pub(super) servers: usize,
    /// Workers a server.
    pub(super) workers: usize,
    /// Arrivals a second, in all.
    pub(super) rate: f64,
    /// The mean service time in seconds on a server that is not slow.
    pub(super) service: f64,
    /// How many times as long the slow server takes.
    pub(super) slow: f64,
    /// How service times are spread.
    pub(super) shape: Shape,
}

impl Fleet {
    pub(super) fn of(settings: &Settings) -> Fleet {
        let (servers, workers) = (settings.count("servers"), settings.count("workers"));
        Fleet {
            servers,
            workers,
            rate: super::rate(settings),
            service: super::SERVICE.as_secs_f64(),
            slow: settings.get("slow"),
            shape: Shape::of(settings.get("shape")),
        }
    }

    /// The mean latency in seconds where each request goes to any server with the same probability: as many independent
    /// queues with Poisson arrivals. Not a number where one of them is overloaded, or has several workers and
    /// service times that are not exponential.
    pub(super) fn random(&self) -> f64 {
        let rate = self.rate / self.servers as f64;
        let one = |service: f64| match self.shape {
            _ if self.workers == 1 => pollaczek_khinchine(rate, service, self.shape.variation()),
            Shape::Exponential => erlang_wait(rate, service, self.workers) + service,
            _ => f64::NAN,
        };
        let others = (self.servers - 1) as f64;
        (one(self.service * self.slow) + others * one(self.service)) / self.servers as f64
    }

    /// The mean latency in seconds of two choices among very many servers with one worker each and exponential service:
    /// S times the sum of rho^(2^i - 2) (Mitzenmacher 2001, theorem 1).
    pub(super) fn two_choices(&self) -> f64 {
        let load = self.rate * self.service / self.servers as f64;
        if self.workers != 1 || self.slow > 1.0 || self.shape != Shape::Exponential || load >= 1.0 {
            return f64::NAN;
        }
        let terms = (1..60).map(|i| libm::pow(load, libm::exp2(f64::from(i)) - 2.0));
        self.service * terms.sum::<f64>()
    }

    /// The mean latency in seconds where all wait in one queue and take the next free worker: what no policy with a queue
    /// a server can beat where servers are alike and service times exponential; else not a number.
    pub(super) fn pooled(&self) -> f64 {
        if self.slow > 1.0 || self.shape != Shape::Exponential {
            return f64::NAN;
        }
        erlang_wait(self.rate, self.service, self.servers * self.workers) + self.service
    }

    /// The share of all requests that a server draws which fails at once, under least connections and unnoticed. It has
    /// always the fewest under way: none. So another server is only sent a request while it is idle too, and then all
    /// that are idle are drawn alike. Which of the others are busy is a reversible Markov chain: a set of k of them has
    /// the weight of the product of their loads over n (n-1) ... (n-k+1), and in it the share is 1/(n-k). As in other
    /// loss systems only the mean of the service time matters.
    pub(super) fn attracted(&self) -> f64 {
        let n = self.servers;
        let load = self.rate * self.service;
        // The sums over all sets of k of the products of their loads: the slow one first, then the other healthy ones.
        let mut sums = vec![0.0; n];
        sums[0] = 1.0;
        for other in 0..n - 1 {
            let load = if other == 0 { load * self.slow } else { load };
            for k in (1..n).rev() {
                sums[k] += sums[k - 1] * load;
            }
        }
        let (mut all, mut drawn, mut ways) = (0.0, 0.0, 1.0);
        for (busy, sum) in sums.iter().enumerate() {
            all += sum / ways;
            drawn += sum / ways / (n - busy) as f64;
            ways *= (n - busy) as f64;
        }
        drawn / all
    }
}

/// The mean latency of M/G/1; not a number where it is overloaded. `variation` is the variance of the service time over
/// the square of its mean.
fn pollaczek_khinchine(rate: f64, service: f64, variation: f64) -> f64 {
    let load = rate * service;
    if load >= 1.0 {
        return f64::NAN;
    }
    service * (1.0 + load * (1.0 + variation) / (2.0 * (1.0 - load)))
}

/// The mean wait of M/M/c (Erlang C, from the recursion of Erlang B); not a number where it is overloaded.
fn erlang_wait(rate: f64, service: f64, servers: usize) -> f64 {
    let offered = rate * service;
    let free = servers as f64 - offered;
    if free <= 0.0 {
        return f64::NAN;
    }
    let blocked = (1..=servers).fold(1.0, |blocked, c| offered * blocked / (c as f64 + offered * blocked));
    let waits = blocked * servers as f64 / (free + offered * blocked);
    waits * service / free
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_values() {
        let check = |value: f64, expected: f64| {
            assert!((value / expected - 1.0).abs() < 1e-3, "{value} for {expected}");
        };
        // Mean waits in units of the service time.
        check(erlang_wait(0.9, 1.0, 1), 9.0);
        check(erlang_wait(1.6, 1.0, 2), 1.7778);
        check(erlang_wait(3.6, 1.0, 4), 1.969);
        check(pollaczek_khinchine(0.9, 1.0, 1.0), 10.0);
        check(pollaczek_khinchine(0.9, 1.0, 0.0), 5.5);
        // Mitzenmacher 2001, table 2: two choices at 0.5, 0.9 and 0.99 take 1.2657, 2.6141 and 5.4413 (his simulations of
        // 100 servers: 1.2673, 2.6454, 5.9804).
        let fleet = |load: f64| Fleet {
            servers: 10,
            workers: 1,
            rate: 10.0 * load,
            service: 1.0,
            slow: 1.0,
            shape: Shape::Exponential,
        };
        check(fleet(0.5).two_choices(), 1.2657);
        check(fleet(0.9).two_choices(), 2.6141);
        check(fleet(0.99).two_choices(), 5.4320);
        // Two servers, one of which fails at once: the other is busy for a part p of the time. Idle, it draws half of
        // the arrivals: p = load (1 - p) / 2; the other draws 1 of the arrivals or a half of them.
        let two = Fleet { servers: 2, rate: 3.0, ..fleet(0.0) };
        let busy = 1.5 / 2.5;
        check(two.attracted(), busy + (1.0 - busy) / 2.0);
        // All draw alike where nobody is ever busy.
        check(Fleet { rate: 1e-9, ..fleet(0.0) }.attracted(), 0.1);
    }
}
