//! What the ground of the demos costs: events, traces, random numbers, messages.
//!
//! The goal is ten million events a second on one core for a queue with one server (M/M/1), the smallest model that
//! is one: Poisson arrivals, exponential service, one draw an event. A bench's counter is events, so divan's second
//! column of figures is events per second. Beside it the same with a trace of every event, with a time-out that is
//! taken back for each customer, and with 10,000 events waiting (the hold model: one comes out, one goes in).
//! `docs/performance.md` has the figures; run it with `cargo bench --bench sim`.

use std::collections::VecDeque;

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use sysdrill::sim::{EventQueue, Link, Nanos, Network, Node, Rng, Seed, Token, Trace, Zipf};

const EVENTS: u64 = 1_000_000;

fn main() {
    divan::main();
}

#[derive(Clone, Copy)]
enum Event {
    Arrival,
    Departure,
    TimeOut,
}

/// A queue with one server at 80% load.
struct Mm1 {
    queue: EventQueue<Event>,
    arrivals: Rng,
    service: Rng,
    waiting: VecDeque<Nanos>,
    waited: Nanos,
    served: u64,
}

impl Mm1 {
    const BETWEEN: Nanos = Nanos::from_micros(100);
    const SERVICE: Nanos = Nanos::from_micros(80);

    fn new() -> Mm1 {
        let mut mm1 = Mm1 {
            queue: EventQueue::new(),
            arrivals: Rng::stream(Seed(1), "arrivals"),
            service: Rng::stream(Seed(1), "service"),
            waiting: VecDeque::new(),
            waited: Nanos::ZERO,
            served: 0,
        };
        mm1.queue.push(Nanos::ZERO, Event::Arrival);
        mm1
    }

    fn step(&mut self) -> Option<(Nanos, Event)> {
        let (now, event) = self.queue.pop()?;
        match event {
            Event::Arrival => {
                self.queue.push(now + self.arrivals.exponential(Self::BETWEEN), Event::Arrival);
                self.waiting.push_back(now);
                if self.waiting.len() == 1 {
                    self.serve(now);
                }
            }
            Event::Departure => {
                let came = self.waiting.pop_front()?;
                self.waited += now - came;
                self.served += 1;
                if !self.waiting.is_empty() {
                    self.serve(now);
                }
            }
            Event::TimeOut => {}
        }
        Some((now, event))
    }

    fn serve(&mut self, now: Nanos) {
        self.queue.push(now + self.service.exponential(Self::SERVICE), Event::Departure);
    }
}

/// The bare model. Its mean time in the system is checked: a queue that is fast and wrong is no queue.
#[divan::bench]
fn mm1(bencher: Bencher<'_, '_>) {
    bencher.counter(ItemsCount::new(EVENTS)).bench(|| {
        let mut mm1 = Mm1::new();
        for _ in 0..EVENTS {
            black_box(mm1.step());
        }
        // 80 us / (1 - 0.8), and a tenth of it for chance.
        let mean = mm1.waited.as_secs_f64() / mm1.served as f64;
        assert!((mean - 400e-6).abs() < 40e-6, "{mean}");
        mm1.waited
    });
}

#[divan::bench]
fn mm1_traced(bencher: Bencher<'_, '_>) {
    bencher.counter(ItemsCount::new(EVENTS)).bench(|| {
        let (mut mm1, mut trace) = (Mm1::new(), Trace::default());
        for _ in 0..EVENTS {
            if let Some((now, event)) = mm1.step() {
                let what = match event {
                    Event::Arrival => "request arrives",
                    Event::Departure => "request is served",
                    Event::TimeOut => "request times out",
                };
                trace.record(now, what, mm1.served);
            }
        }
        trace.hash()
    });
}

/// With each arrival a time-out is scheduled that the departure takes back; arrivals and departures count.
#[divan::bench]
fn mm1_with_time_outs_taken_back(bencher: Bencher<'_, '_>) {
    bencher.counter(ItemsCount::new(EVENTS)).bench(|| {
        let mut mm1 = Mm1::new();
        let mut timers: VecDeque<Token> = VecDeque::new();
        for _ in 0..EVENTS {
            match mm1.step() {
                Some((now, Event::Arrival)) => {
                    timers.push_back(mm1.queue.push(now + Nanos::from_secs(30), Event::TimeOut));
                }
                Some((_, Event::Departure)) => {
                    timers.pop_front().map(|timer| mm1.queue.cancel(timer));
                }
                _ => {}
            }
        }
        mm1.waited
    });
}

/// The hold model: `waiting` events; the next one comes out and goes in again an exponential span later.
#[divan::bench(args = [2, 100, 10_000, 1_000_000])]
fn waiting(bencher: Bencher<'_, '_>, waiting: u64) {
    let mut rng = Rng::stream(Seed(1), "hold");
    let mut queue = EventQueue::new();
    for id in 0..waiting {
        queue.push(rng.exponential(Nanos::from_secs(1)), id);
    }
    bencher.counter(ItemsCount::new(EVENTS)).bench_local(|| {
        for _ in 0..EVENTS {
            if let Some((now, id)) = queue.pop() {
                queue.push(now + rng.exponential(Nanos::from_secs(1)), id);
            }
        }
    });
}

#[divan::bench]
fn trace_record(bencher: Bencher<'_, '_>) {
    bencher.counter(ItemsCount::new(1000_u32)).bench(|| {
        let mut trace = Trace::default();
        for id in 0..1000 {
            trace.record(Nanos(black_box(id * 77)), black_box("request is served"), id);
        }
        trace.hash()
    });
}

/// A thousand messages between 1,000 nodes in two halves, with everything that a link can do.
#[divan::bench]
fn network_send(bencher: Bencher<'_, '_>) {
    let link = Link {
        delay: Nanos::from_millis(10),
        jitter: Nanos::from_millis(2),
        loss: 0.01,
        duplicate: 0.01,
        reorder: 0.01,
        reorder_by: Nanos::from_millis(5),
    };
    let mut network = Network::new(1_000, link);
    let half: Vec<Node> = (0..500).collect();
    network.partition(&[&half]);
    network.cut(3, 4);
    let mut rng = Rng::stream(Seed(1), "network");
    bencher.counter(ItemsCount::new(1000_u32)).bench_local(|| {
        for node in 0..1000 {
            black_box(network.send(Nanos::ZERO, node, (node + 7) % 1000, &mut rng));
        }
    });
}

/// A thousand numbers of each sampler.
mod samplers {
    use super::*;

    fn thousand<T>(bencher: Bencher<'_, '_>, mut sample: impl FnMut(&mut Rng) -> T) {
        let mut rng = Rng::stream(Seed(1), "bench");
        bencher.counter(ItemsCount::new(1000_u32)).bench_local(|| {
            for _ in 0..1000 {
                black_box(sample(&mut rng));
            }
        });
    }

    #[divan::bench]
    fn bits(bencher: Bencher<'_, '_>) {
        thousand(bencher, Rng::next_u64);
    }

    #[divan::bench]
    fn exponential(bencher: Bencher<'_, '_>) {
        thousand(bencher, |rng| rng.exponential(Nanos::from_millis(1)));
    }

    #[divan::bench]
    fn log_normal(bencher: Bencher<'_, '_>) {
        thousand(bencher, |rng| rng.log_normal(Nanos::from_millis(1), 0.5));
    }

    #[divan::bench]
    fn pareto(bencher: Bencher<'_, '_>) {
        thousand(bencher, |rng| rng.pareto(Nanos::from_millis(1), 1.5));
    }

    #[divan::bench]
    fn uniform(bencher: Bencher<'_, '_>) {
        thousand(bencher, |rng| rng.uniform(Nanos::ZERO, Nanos::from_millis(1)));
    }

    #[divan::bench(args = [0.0, 0.99, 1.0, 2.0])]
    fn zipf_of_a_million(bencher: Bencher<'_, '_>, s: f64) {
        let zipf = Zipf::new(1_000_000, s);
        thousand(bencher, |rng| zipf.sample(rng));
    }

    #[divan::bench]
    fn zipf_made_new() -> Zipf {
        Zipf::new(black_box(1_000_000), black_box(0.99))
    }
}
