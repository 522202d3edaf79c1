//! Any bytes as a sheet: it has values and faults and nothing worse, and every value is read again as itself.

#![no_main]

// The laws name the module as the tests do, which use the library.
extern crate self as sysdrill;

use libfuzzer_sys::fuzz_target;

#[path = "../../../src/envelope/mod.rs"]
pub mod envelope;
#[path = "../../envelope/laws.rs"]
mod laws;

fuzz_target!(|data: &[u8]| laws::hold(&String::from_utf8_lossy(data)));
