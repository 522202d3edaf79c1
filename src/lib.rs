//! sysdrill: a system-design textbook that runs, in the terminal.
pub mod config;
pub mod lab;
pub mod sim;
