//! Tells cargo to look at the folders whose files are embedded, so that a new page or deck is noticed.

fn main() {
    println!("cargo::rerun-if-changed=content");
    println!("cargo::rerun-if-changed=decks");
}
