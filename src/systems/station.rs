//! A station: servers, and one line of those who wait for them.
//!
//! The smallest system that has a queue, and a part of nearly every other: threads and their run queue, a pool of
//! connections, a shard and its requests. Whoever comes is served at once where a server is free, else waits. When a
//! server has finished, the next one starts there. A server never idles while somebody waits.
//!
//! A station does not know how long service takes: its user calls [`Station::finish`] when a service ends. So it runs
//! under a virtual clock and under a real one.

use std::collections::VecDeque;

use crate::sim::Nanos;

/// Who of those who wait is served next. The mean wait does not depend on it, as long as the choice does not look at
/// how long a service will take; how the waits are spread does, and first come first served spreads them least
/// (Kingman 1962).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Who has waited longest.
    #[default]
    FirstCome,
    /// Who has come last.
    LastCome,
}

/// Somebody who waited no longer: what was handed in, and when it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start<T> {
    /// What was handed in.
    pub job: T,
    /// When it came; its wait is the time since then.
    pub came: Nanos,
}

/// Servers with one line. Each call is O(1); memory is what waits.
#[derive(Clone, Debug)]
pub struct Station<T> {
    servers: u32,
    busy: u32,
    order: Order,
    line: VecDeque<Start<T>>,
}

impl<T> Station<T> {
    /// Idle servers. With none of them, everybody waits until there are some.
    #[must_use]
    pub fn new(servers: u32, order: Order) -> Station<T> {
        Station { servers, busy: 0, order, line: VecDeque::new() }
    }

    /// `job` comes at the moment `now`. Where a server is free its service starts, and it is handed back; else it waits.
    pub fn arrive(&mut self, now: Nanos, job: T) -> Option<Start<T>> {
        let come = Start { job, came: now };
        if self.busy < self.servers {
            self.busy += 1;
            return Some(come);
        }
        self.line.push_back(come);
        None
    }

    /// A service has ended. Whoever is next starts on that server.
    pub fn finish(&mut self) -> Option<Start<T>> {
        self.busy = self.busy.saturating_sub(1);
        self.start()
    }

    /// Whoever is next starts where a server is free: to be called until nobody does after there are more servers.
    pub fn start(&mut self) -> Option<Start<T>> {
        if self.busy >= self.servers {
            return None;
        }
        let next = match self.order {
            Order::FirstCome => self.line.pop_front(),
            Order::LastCome => self.line.pop_back(),
        }?;
        self.busy += 1;
        Some(next)
    }

    /// Another number of servers. Where there are fewer, those that are too many finish what they serve; where there
    /// are more, [`Station::start`] says who starts.
    pub fn set_servers(&mut self, servers: u32) {
        self.servers = servers;
    }

    /// Another order from now on.
    pub fn set_order(&mut self, order: Order) {
        self.order = order;
    }

    /// How many servers there are.
    #[must_use]
    pub fn servers(&self) -> u32 {
        self.servers
    }

    /// How many are busy; more than there are while some that were taken away have not finished.
    #[must_use]
    pub fn busy(&self) -> u32 {
        self.busy
    }

    /// How many wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.line.len()
    }

    /// Who waits, in the order in which they came; for show.
    pub fn line(&self) -> impl Iterator<Item = &Start<T>> {
        self.line.iter()
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;
    use std::collections::BinaryHeap;

    use super::*;
    use crate::sim::{EventQueue, Rng, Seed};
    use crate::systems::queueing::{ggc_wait, mm1_wait, mmc_wait};

    #[test]
    fn who_starts_when() {
        let mut station = Station::new(2, Order::FirstCome);
        let at = Nanos::from_secs;
        assert_eq!(station.arrive(at(1), 'a'), Some(Start { job: 'a', came: at(1) }));
        assert!(station.arrive(at(2), 'b').is_some());
        assert!(station.arrive(at(3), 'c').is_none() && station.arrive(at(4), 'd').is_none());
        assert_eq!((station.busy(), station.waiting(), station.servers()), (2, 2, 2));
        assert_eq!(station.finish(), Some(Start { job: 'c', came: at(3) }));
        // One server fewer: the next to finish takes nobody.
        station.set_servers(1);
        assert_eq!(station.finish(), None);
        assert_eq!((station.busy(), station.waiting()), (1, 1));
        station.set_servers(3);
        assert_eq!(station.start().map(|start| start.job), Some('d'));
        assert_eq!(station.start(), None);
        for _ in 0..3 {
            assert_eq!(station.finish(), None);
        }
        assert_eq!(station.busy(), 0);
        let mut last = Station::new(1, Order::LastCome);
        assert!(last.arrive(at(0), 1).is_some() && last.arrive(at(0), 2).is_none());
        assert!(last.arrive(at(0), 3).is_none());
        assert_eq!(last.finish().map(|start| start.job), Some(3));
        last.set_order(Order::FirstCome);
        assert_eq!(last.finish().map(|start| start.job), Some(2));
    }

    /// Gaps and services in units of a mean service of 1 ms.
    fn load(seed: u64, n: usize, gap: f64) -> Vec<(Nanos, Nanos)> {
        let (mut gaps, mut services) =
            (Rng::stream(Seed(seed), "arrivals"), Rng::stream(Seed(seed), "service"));
        let mut now = Nanos::ZERO;
        let one = |_| {
            now += gaps.exponential(Nanos((gap * 1e6) as u64));
            (now, services.exponential(Nanos::from_millis(1)))
        };
        (0..n).map(one).collect()
    }

    /// The waits of `load` at a station, by its clock.
    fn waits(servers: u32, order: Order, load: &[(Nanos, Nanos)]) -> Vec<Nanos> {
        let mut station = Station::new(servers, order);
        let mut events = EventQueue::new();
        for (job, (came, _)) in load.iter().enumerate() {
            events.push(*came, Some(job));
        }
        let mut waits = vec![Nanos::ZERO; load.len()];
        while let Some((now, event)) = events.pop() {
            let start = match event {
                Some(job) => station.arrive(now, job),
                None => station.finish(),
            };
            if let Some(Start { job, came }) = start {
                waits[job] = now - came;
                events.push(now + load[job].1, None);
            }
        }
        waits
    }

    #[test]
    fn waits_are_those_of_the_recursion_of_kiefer_and_wolfowitz() {
        // First come first served needs no events: whoever is next takes the server that is free first.
        for servers in [1, 2, 5] {
            let load = load(3, 5_000, 1.0 / (0.95 * f64::from(servers)));
            let mut free: BinaryHeap<Reverse<Nanos>> = (0..servers).map(|_| Reverse(Nanos::ZERO)).collect();
            let expected: Vec<Nanos> = load
                .iter()
                .map(|&(came, service)| {
                    let Reverse(at) = free.pop().expect("servers");
                    let start = at.max(came);
                    free.push(Reverse(start + service));
                    start - came
                })
                .collect();
            assert_eq!(waits(servers, Order::FirstCome, &load), expected);
        }
    }

    #[test]
    fn the_order_moves_waits_about_and_not_their_sum() {
        // All services alike: then the same number waits at each moment, whoever it is.
        let load: Vec<_> =
            load(4, 20_000, 1.0 / 0.9).into_iter().map(|(came, _)| (came, Nanos::from_millis(1))).collect();
        let of = |order| waits(1, order, &load);
        let (first, last) = (of(Order::FirstCome), of(Order::LastCome));
        let sum = |waits: &[Nanos]| waits.iter().map(|wait| wait.0).sum::<u64>();
        assert_eq!(sum(&first), sum(&last));
        assert!(first.iter().max() < last.iter().max());
    }

    #[test]
    fn mean_waits_are_those_of_theory() {
        // Means over 16 seeds; 4 standard errors, so 1 in 900 a row by Student's t. From an empty start the mean over n customers
        // falls short: in M/M/1 by 1 / (1 - rho)^3 service times over n, from Poisson's equation of the workload, whose
        // solution is V^2 / (2 (1 - rho)); shared among c servers by less.
        for (servers, rho, expected) in
            [(1, 0.9, mm1_wait(0.9)), (2, 0.8, mmc_wait(2, 0.8)), (4, 0.9, ggc_wait(4, 0.9, 1.0, 1.0))]
        {
            let (seeds, n) = (16_u32, 20_000);
            let means: Vec<f64> = (0..u64::from(seeds))
                .map(|seed| {
                    let waits =
                        waits(servers, Order::FirstCome, &load(seed, n, 1.0 / (rho * f64::from(servers))));
                    waits.iter().map(|wait| wait.as_millis_f64()).sum::<f64>() / n as f64
                })
                .collect();
            let mean = means.iter().sum::<f64>() / f64::from(seeds);
            let variance = means.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / f64::from(seeds - 1);
            let error = (variance / f64::from(seeds)).sqrt();
            let idle = 1.0 - rho;
            let bias = 1.0 / (idle * idle * idle) / n as f64;
            assert!((mean - expected).abs() < 4.0 * error + bias, "{servers} {rho}: {mean} for {expected}");
        }
    }
}
