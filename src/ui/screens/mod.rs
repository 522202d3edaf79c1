//! One file a screen.

mod catalogue;
pub mod drill;
pub mod envelope;
pub mod lab;
pub mod library;
mod page;
pub mod progress;
pub mod today;
