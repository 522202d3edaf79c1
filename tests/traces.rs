//! A run is the same run everywhere: the traces of fixed scripts are pinned, and hold in debug and release, on every
//! platform. `.ci/run` runs this file in both builds.
//!
//! After a demo was changed on purpose: `UPDATE_TRACES=1 cargo test --test traces`, and read the difference.

use std::fmt::Write as _;

use sysdrill::lab::{Run, Settings, Spec, demos, replay, write_script};
use sysdrill::sim::{Nanos, Seed};

const PINS: &str = "tests/data/traces.txt";

/// A script that moves every control once up and every second one back, over the whole run.
fn script(spec: &'static Spec) -> String {
    let mut run = Run::new(spec, Seed(11), Settings::defaults(spec));
    let leg = Nanos(spec.length.0 / (spec.controls.len() as u64 + 1));
    for (index, control) in spec.controls.iter().enumerate() {
        run.advance_to(leg * (index as u64 + 1), || true);
        let value = control.moved(run.settings().get(control.name), true);
        run.set(control.name, value);
        if index % 2 == 1 {
            run.step();
            run.set(control.name, control.moved(value, false));
        }
    }
    run.advance_to(spec.length, || true);
    write_script(&run)
}

#[test]
fn the_same_script_gives_the_same_trace_in_every_build() {
    let mut told = String::new();
    for spec in demos() {
        let script = script(spec);
        let run = replay(&script)
            .unwrap_or_else(|(line, why)| panic!("{} line {line}: {why}\n{script}", spec.name));
        // What is read at the end must be the same to the last bit too, also what no event tells.
        let readings = run.readings().iter().fold(0_u64, |hash, value| {
            let bits = if value.is_nan() { u64::MAX } else { value.to_bits() };
            (hash ^ bits).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
        });
        writeln!(
            told,
            "{:12} {:>8} events  trace {:016x}  readings {readings:016x}",
            spec.name,
            run.events(),
            run.trace()
        )
        .expect("a text can be written to");
    }
    if std::env::var_os("UPDATE_TRACES").is_some() {
        std::fs::write(PINS, &told).expect("the pins can be written");
    }
    let pinned = std::fs::read_to_string(PINS).unwrap_or_default();
    assert_eq!(told, pinned, "UPDATE_TRACES=1 pins them anew");
}
