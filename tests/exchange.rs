//! Decks in and out, held against Anki itself where it can be had, and against files that Anki made.
//!
//! `tests/anki/roundtrip.py` is the other side: the pip package `anki` is Anki's own backend. Where it cannot be imported
//! (SYSDRILL_PYTHON, else python3) those tests say so and hold nothing; the packages in `tests/data/anki`, which it
//! made, and what it said is in them hold the reading everywhere.

#[path = "exchange/anki.rs"]
mod anki;
#[path = "exchange/fixtures.rs"]
mod fixtures;
#[path = "exchange/flows.rs"]
mod flows;
#[path = "exchange/hostile.rs"]
mod hostile;
#[path = "support/program.rs"]
mod program;
#[path = "exchange/sample.rs"]
mod sample;
