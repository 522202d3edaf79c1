//! sysdrill: a system-design textbook that runs, in the terminal.
//!
//! The modules in reading order, from the ground up; `docs/architecture.md` walks through them. A module uses the
//! public items of modules on floors below its own, never of one beside or above it: `tests/tidy.rs` holds that.

// Floor 0: data and mathematics.
pub mod config;
pub mod doc;
pub mod envelope;
pub mod memory;
pub mod sim;

// Floor 1: the systems that the pages are about.
pub mod systems;

// Floor 2: the demos that run them.
pub mod lab;

// Floor 3: cards, and decision trees.
pub mod decide;
pub mod deck;

// Floor 4: what is studied, how, and what is kept of it.
pub mod drill;
pub mod exchange;
pub mod library;
pub mod store;

// Floor 5: what is on the screens and what a key does.
pub mod app;

// Floor 6: how it looks.
pub mod ui;

// Floor 7: the terminal.
pub mod term;

// Floor 8: the command line, which opens the terminal.
pub mod cli;
