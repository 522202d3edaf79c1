//! Sequential consistency: as if all calls were made one after the other, each client's in the client's order
//! (Lamport 1979). Nothing is said of time: an order may have a read early that was made late, so old values are allowed
//! as long as nobody sees time run backwards. It is not local: two keys that are each sequentially consistent need not be so
//! together, so the search is over all of them.

use super::relation::{Set, program_order, telling};
use super::search::{Found, STATES, order};
use super::{Call, Model, Order, Verdict, refute};

pub(super) fn check(calls: &[Call]) -> Verdict {
    let before = program_order(calls);
    let part = telling(calls);
    let search = |part: Set| {
        let mut left = STATES;
        order(calls, part, &before, &mut left)
    };
    match search(part) {
        Found::Order(calls) => Verdict::Holds(vec![Order { client: None, calls }]),
        Found::Nothing => {
            let forbidden = |part| search(part) == Found::Nothing;
            Verdict::Fails(refute::smallest(calls, part, Model::Sequential, forbidden))
        }
        Found::TooLong => Verdict::TooLong,
    }
}
