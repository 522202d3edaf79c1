//! Any bytes as a document: the laws of every page hold at a width that the bytes choose.

#![no_main]

// The laws name the module as the tests do, which use the library.
extern crate self as sysdrill;

use libfuzzer_sys::fuzz_target;

#[path = "../../../src/doc/mod.rs"]
pub mod doc;
#[path = "../../markdown/laws.rs"]
mod laws;

fuzz_target!(|data: &[u8]| {
    let document = doc::parse_foreign(&String::from_utf8_lossy(data));
    let chosen = data.iter().fold(0u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(*byte));
    laws::hold(&document, u16::from(chosen));
    laws::hold(&document, 40);
});
