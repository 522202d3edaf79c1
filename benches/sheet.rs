//! How long a sheet with ranges takes, which is worked out at every key: `cargo bench --bench sheet`.
//!
//! In both sheets nearly every line depends on ranges: inputs, products, sums of products, whole machines, a sum of all.
//! A key has to be answered within a frame, so forty lines are to take less than 2 ms and two hundred less
//! than 10 ms. `docs/performance.md` has the figures.

use std::fmt::Write;
use std::hint::black_box;
use std::time::{Duration, Instant};

use sysdrill::envelope::{self, Outcome};

fn main() {
    let times = if std::env::args().any(|argument| argument == "--bench") { 300 } else { 1 };
    let (forty, two_hundred) = (sheet(1), sheet(5));
    measure("40 lines", times, || drop(black_box(envelope::evaluate(&forty))));
    measure("40 lines, one input changed", times, || {
        let _ = black_box(envelope::evaluate(&forty.replacen("1M to 3M", "1M to 4M", 1)));
    });
    measure("40 lines, the steps of the last", times, || drop(black_box(envelope::steps(&forty, 40))));
    measure("200 lines", times, || drop(black_box(envelope::evaluate(&two_hundred))));
}

/// Blocks of forty lines, of which 39 have a value.
fn sheet(blocks: usize) -> String {
    let mut text = String::new();
    let mut line = |line: String| {
        let _ = writeln!(text, "{line}");
    };
    for block in 0..blocks {
        line("# a block".to_string());
        for at in 0..12 {
            line(format!("users_{at}_{block} = {}M to {}M users", at + 1, 3 * (at + 1)));
        }
        for at in 0..12 {
            line(format!("reads_{at}_{block} = users_{at}_{block} * {} reads/user/day", at + 2));
        }
        for at in 0..8 {
            let (one, two) = (format!("reads_{at}_{block}"), format!("reads_{}_{block}", at + 1));
            line(format!("kept_{at}_{block} = {one} * 1.2 KB/read * 5 years + {two} * 3 KB/read * 2 years"));
        }
        for at in 0..4 {
            line(format!("machines_{at}_{block} = ceil(kept_{at}_{block} / 4 TB/machine)"));
        }
        let all: Vec<String> = (0..8).map(|at| format!("kept_{at}_{block}")).collect();
        line(format!("all_{block} = {}", all.join(" + ")));
        line(format!("most_{block} = max(all_{block}, kept_1_{block}) * 3"));
        line(format!("peak_{block} = reads_1_{block} * (2 to 5)"));
    }
    let values = envelope::evaluate(&text);
    let ranged = |outcome: &Outcome| matches!(outcome, Outcome::Value(answer) if answer.spread.is_some());
    let count = values.lines.iter().filter(|line| ranged(&line.outcome)).count();
    assert_eq!((values.lines.len(), count), (40 * blocks, 39 * blocks), "{:?}", values.faults().next());
    text
}

/// The time that the processor worked for this thread, which on a busy machine is less than what passed; what
/// passed where the system does not tell.
fn worked(since: Instant) -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = told.and_then(|told| told.split(' ').next()?.parse().ok());
    nanos.map_or_else(|| since.elapsed(), Duration::from_nanos)
}

/// What some work takes on average: the work of the processor, which the system counts in steps of milliseconds,
/// and the least that passed for one.
fn measure(name: &str, times: u32, mut work: impl FnMut()) {
    let began = Instant::now();
    let before = worked(began);
    let mut least = Duration::MAX;
    for _ in 0..times {
        let start = Instant::now();
        work();
        least = least.min(start.elapsed());
    }
    println!("{name:38} {:>10.1?} of work, {least:>10.1?} passed at least", (worked(began) - before) / times);
}
