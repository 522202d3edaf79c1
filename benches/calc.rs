//! One calculation as a whole process, beside the calculators with units that people use: fend, numbat and qalc.
//!
//! Each program is started with the same expression in its own words and waited for; the clock runs from before the
//! fork until its output has been read to the end and it has been waited for. They take turns, round by round, so that whatever else the machine does
//! meets them all alike, and each answer is checked. A calculator that is not installed is left out; `--peers DIR`
//! names a further folder to look in. `docs/performance.md` has the figures; run it with
//! `cargo bench --bench calc [-- --rounds N] [--peers DIR]`. Without `--bench`, as in
//! `cargo test --all-targets`, it makes one round and measures nothing.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};

const ROUNDS: usize = 50;
const WARM_UP: usize = 5;

/// A calculation in the words of one calculator. The answer is 2.7777... hours.
struct Calculation {
    name: &'static str,
    path: PathBuf,
    arguments: Vec<&'static str>,
}

const ANSWER: &str = "2.7";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let measures = arguments.iter().any(|argument| argument == "--bench");
    let option =
        |name| arguments.iter().position(|argument| argument == name).and_then(|at| arguments.get(at + 1));
    let rounds = match option("--rounds") {
        Some(count) => count.parse().context("--rounds takes a number")?,
        None => ROUNDS,
    };
    ensure!(rounds > 0, "--rounds takes at least 1");
    let calculations = calculations(option("--peers").map(Path::new));
    if !measures {
        return calculations.iter().try_for_each(|calculation| calculation.run().map(|_| ()));
    }
    let mut taken = vec![Vec::new(); calculations.len()];
    for round in 0..WARM_UP + rounds {
        // Each goes first in its turn: who follows a larger neighbour finds colder caches.
        for place in 0..calculations.len() {
            let at = (round + place) % calculations.len();
            let time = calculations[at].run()?;
            if round >= WARM_UP {
                taken[at].push(time);
            }
        }
    }
    println!("{:<22} {:>10} {:>10} {:>10}", "ms", "median", "p10", "p90");
    for (calculation, taken) in calculations.iter().zip(&mut taken) {
        taken.sort_by(f64::total_cmp);
        let at = |share: f64| taken[((taken.len() - 1) as f64 * share).round() as usize];
        println!("{:<22} {:>10.2} {:>10.2} {:>10.2}", calculation.name, at(0.5), at(0.1), at(0.9));
    }
    Ok(())
}

fn calculations(peers: Option<&Path>) -> Vec<Calculation> {
    let mut all = vec![
        Calculation {
            name: "sysdrill",
            path: env!("CARGO_BIN_EXE_sysdrill").into(),
            arguments: vec!["calc", "2 TB / 200 MB/s in h"],
        },
        Calculation {
            name: "sysdrill, a range",
            path: env!("CARGO_BIN_EXE_sysdrill").into(),
            arguments: vec!["calc", "x = 1.9 TB to 4.1 TB; x / 200 MB/s in h; 2 TB / 200 MB/s in h"],
        },
    ];
    let others: [(&str, Vec<&str>); 3] = [
        ("fend", vec!["(2 TB / (200 MB/s)) to hours"]),
        ("numbat", vec!["-e", "2 TB / (200 MB/s) -> hours"]),
        ("qalc", vec!["-t", "(2 TB / (200 MB/s)) to -h"]),
    ];
    for (name, arguments) in others {
        match find(name, peers) {
            Some(path) => all.push(Calculation { name, path, arguments }),
            None => println!("{name} is not installed and not measured"),
        }
    }
    all
}

fn find(name: &str, peers: Option<&Path>) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = peers.map(Path::to_path_buf).into_iter().chain(std::env::split_paths(&path));
    folders.map(|folder| folder.join(name)).find(|path| path.is_file())
}

impl Calculation {
    /// Milliseconds from before the fork to after the exit.
    fn run(&self) -> Result<f64> {
        let start = Instant::now();
        let output = Command::new(&self.path)
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .with_context(|| format!("{} cannot be started", self.name))?;
        let taken = start.elapsed().as_secs_f64() * 1000.0;
        let printed = String::from_utf8_lossy(&output.stdout);
        ensure!(output.status.success() && printed.contains(ANSWER), "{} answers {printed:?}", self.name);
        Ok(taken)
    }
}
