//! Any bytes as a document: the laws of every page hold at a width that the bytes choose.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sysdrill::doc;

#[path = "../../markdown/laws.rs"]
mod laws;

fuzz_target!(|data: &[u8]| {
    let document = doc::parse_foreign(&String::from_utf8_lossy(data));
    let chosen = data.iter().fold(0u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(*byte));
    laws::hold(&document, u16::from(chosen));
    laws::hold(&document, 40);
});
