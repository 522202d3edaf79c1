//! Linearizability: every call seems to take effect at one moment between its start and its end.
//!
//! Equivalently: one order of all calls explains every read, and what ended before something else began comes first in it
//! (Herlihy and Wing 1990). It is local: a history is linearizable exactly if its part on each key is. So where it
//! fails it fails on one key, and the search there is the smaller one.

use super::relation::{Set, keys, real_time, set_of, telling};
use super::search::{Found, STATES, order};
use super::{Call, Model, Order, Verdict, refute};

pub(super) fn check(calls: &[Call]) -> Verdict {
    let before = real_time(calls);
    let part = telling(calls);
    let mut left = STATES;
    let forbidden = |part: Set| {
        let mut left = STATES;
        order(calls, part, &before, &mut left) == Found::Nothing
    };
    for key in keys(calls) {
        let of_key = part & set_of(calls, |call| call.key == key);
        match order(calls, of_key, &before, &mut left) {
            Found::Order(_) => {}
            Found::Nothing => {
                return Verdict::Fails(refute::smallest(calls, of_key, Model::Linearizable, forbidden));
            }
            Found::TooLong => return Verdict::TooLong,
        }
    }
    // Each key has an order, so all together have one. It is searched anew since the orders must be woven into one.
    match order(calls, part, &before, &mut left) {
        Found::Order(calls) => Verdict::Holds(vec![Order { client: None, calls }]),
        // Locality holds where no call of a client begins in the nanosecond in which its last one ended and others' did too.
        Found::Nothing => Verdict::Fails(refute::smallest(calls, part, Model::Linearizable, forbidden)),
        Found::TooLong => Verdict::TooLong,
    }
}
