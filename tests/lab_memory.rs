//! No demo uses more than 256 MB, whatever its controls say: with all its snapshots, a fork beside it and its pictures.
//!
//! The highest memory of a whole process is what the system knows, so this test has a process to itself. It is the
//! only one in its file for that reason.

#![cfg(target_os = "linux")]

use sysdrill::lab::{Control, ControlKind, Run, Settings, Spec, demos};
use sysdrill::sim::{Nanos, Seed};

/// The promise, in kilobytes. The program itself and the test take 30,000 of them.
const MOST: u64 = 256 * 1024;
/// How many events a run is played: enough to fill every queue and window. What all snapshots together take is bounded by
/// the run itself, by what a world says of its size.
const EVENTS: u64 = 20_000;

/// The most memory this process ever had, in kilobytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells about a process");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("the peak is told");
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
}

fn end_of(control: &Control, high: bool) -> f64 {
    match control.kind {
        ControlKind::Number { min, max, .. } => {
            if high {
                max
            } else {
                min
            }
        }
        ControlKind::Choice(options) => {
            if high {
                (options.len() - 1) as f64
            } else {
                0.0
            }
        }
        ControlKind::Switch => f64::from(u8::from(high)),
    }
}

/// All controls at one end, and one of the choices at each of its options.
fn starts(spec: &'static Spec) -> Vec<Settings> {
    let mut ends = Vec::new();
    for high in [false, true] {
        let mut all = Settings::defaults(spec);
        for control in spec.controls {
            all.put(control.name, end_of(control, high));
        }
        ends.push(all);
    }
    let mut starts = ends.clone();
    for control in spec.controls {
        let ControlKind::Choice(options) = control.kind else { continue };
        for option in 0..options.len() {
            let mut all = ends[1].clone();
            all.put(control.name, option as f64);
            starts.push(all);
        }
    }
    starts
}

#[test]
fn no_demo_uses_more_than_a_quarter_of_a_gigabyte() {
    for spec in demos() {
        for start in starts(spec) {
            let mut run = Run::new(spec, Seed(1), start.clone());
            let mut fork = run.clone();
            for (run, events) in [(&mut run, EVENTS), (&mut fork, EVENTS / 10)] {
                let mut asked = 0;
                run.advance_to(spec.length, || {
                    asked += 1;
                    asked * 64 < events
                });
                run.rewind_to(Nanos(run.now().0 / 2));
                let _ = (run.scene(), run.readings());
            }
            assert!(peak() < MOST, "{}: {} KB with {start:?}", spec.name, peak());
        }
    }
}
