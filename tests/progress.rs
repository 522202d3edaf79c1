//! Progress as a person uses it: keys in, screen out; and a learner made up, for looking at it.

#[path = "support/learner.rs"]
mod learner;
#[path = "support/model.rs"]
mod model;

use std::path::PathBuf;

use learner::Plan;
use sysdrill::deck::Kind;
use sysdrill::library::Library;

/// A learner of the library's own cards, some of which are bets, over two hundred days.
fn plan() -> Plan {
    let library = Library::load(&[]);
    let cards =
        library.cards().map(|card| (card.id.0.clone(), matches!(card.kind, Kind::Predict { .. }))).collect();
    Plan { cards, new_a_day: 2, days: 200, until: model::noon(), most: usize::MAX, seed: 7 }
}

/// A store to look at: `SYSDRILL_DATA=DIR cargo test --test progress -- --ignored a_store`, then
/// `sysdrill --data DIR --at 2026-11-21T12:00:00Z`.
#[test]
#[ignore = "it writes a store where SYSDRILL_DATA says"]
fn a_store_to_look_at() {
    let directory = PathBuf::from(std::env::var_os("SYSDRILL_DATA").expect("SYSDRILL_DATA says where"));
    println!("{} answers", learner::write(&directory, &plan()));
}
