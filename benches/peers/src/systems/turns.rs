//! Who takes part, and how it is timed.

use std::hint::black_box;
use std::time::Duration;

use anyhow::{Result, ensure};

/// What is timed: some thousands of operations. What it returns depends on all of them, so that none is left out.
pub type Work = Box<dyn FnMut() -> u64>;

/// One of our implementations and the peers that it is held against.
pub struct Family {
    pub name: &'static str,
    /// Operations in one piece of work.
    pub operations: usize,
    pub ours: Work,
    pub peers: Vec<Peer>,
    /// What makes the comparison fair or not, in a line each.
    pub remarks: Vec<String>,
}

/// A library that does the same.
pub struct Peer {
    /// With its version.
    pub name: &'static str,
    pub work: Work,
}

/// What a family is asked for by, and how it is made.
pub type Named = (&'static str, fn() -> Result<Family>);

/// Times the families whose name has `wanted` in it and prints a table and what is to be said about it.
pub fn measure(families: &[Named], rounds: usize, wanted: &str) -> Result<()> {
    ensure!(rounds > 0, "at least one round");
    let mut remarks = Vec::new();
    println!("| system | ours, ns | peer | its ns | ratio | quartiles |");
    println!("|---|---:|---|---:|---:|---|");
    for (_, make) in families.iter().filter(|(name, _)| name.contains(wanted)) {
        let mut family = make()?;
        let times = turns(&mut family, rounds);
        let ours = &times[0];
        for (peer, theirs) in family.peers.iter().zip(&times[1..]) {
            let mut ratios: Vec<f64> = theirs.iter().zip(ours).map(|(theirs, ours)| theirs / ours).collect();
            println!(
                "| {} | {:.1} | {} | {:.1} | **{:.2}** | {:.2} to {:.2} |",
                family.name,
                quantile(&mut ours.clone(), 0.5),
                peer.name,
                quantile(&mut theirs.clone(), 0.5),
                quantile(&mut ratios, 0.5),
                quantile(&mut ratios, 0.25),
                quantile(&mut ratios, 0.75),
            );
        }
        remarks.extend(family.remarks.into_iter().map(|remark| format!("* {}: {remark}", family.name)));
    }
    println!("\n{}", remarks.join("\n"));
    Ok(())
}

/// Nanoseconds per operation of each contender in each round, ours first. Two rounds before are to warm up.
fn turns(family: &mut Family, rounds: usize) -> Vec<Vec<f64>> {
    let contenders = 1 + family.peers.len();
    let mut times = vec![Vec::with_capacity(rounds); contenders];
    for round in 0..rounds + 2 {
        for turn in 0..contenders {
            let index = (turn + round) % contenders;
            let work = if index == 0 { &mut family.ours } else { &mut family.peers[index - 1].work };
            let time = timed(work);
            if round >= 2 {
                times[index].push(time.as_secs_f64() * 1e9 / family.operations as f64);
            }
        }
    }
    times
}

fn timed(work: &mut Work) -> Duration {
    let started = now();
    black_box(work());
    now().saturating_sub(started)
}

/// The processor time of this thread: while it waits for a processor the clock stands.
#[cfg(unix)]
fn now() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Elsewhere the time of day, and quiet is up to the machine.
#[cfg(not(unix))]
fn now() -> Duration {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed()
}

/// The value below which a share of the sample lies.
fn quantile(sample: &mut [f64], share: f64) -> f64 {
    sample.sort_by(f64::total_cmp);
    sample[((sample.len() - 1) as f64 * share).round() as usize]
}
