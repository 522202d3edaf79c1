//! sysdrill
fn main() {}
