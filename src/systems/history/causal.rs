//! Causal consistency and PRAM: every client may see its own order of things, within limits.
//!
//! Causal memory (Ahamad et al. 1995): a call may have been caused by what its client did before and, if it is a read, by
//! the write that it saw; causes of causes are causes. For each client there must be an order of all writes and its own reads
//! that keeps causes before effects and explains these reads. PRAM (Lipton and Sandberg 1988) keeps only the order of each
//! client's calls. Both let clients see concurrent writes in different orders for ever: that they end up the same is
//! not part of them.
//!
//! Where a value was written twice it is not known whose write a read saw. The history is causal if it is so for one
//! of the possibilities.

use super::relation::{
    Before, Set, clients, closed, is_circular, is_write, members, program_order, set_of, sources, telling,
    writes,
};
use super::search::{Found, STATES, order};
use super::{Call, CallId, Model, Order, Verdict, refute};

/// How many ways of who read from whom are tried.
const WAYS: usize = 256;

/// What a client is told of what others did before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Knowledge {
    /// All that may have caused it.
    Causes,
    /// What the same client did before.
    Pipes,
}

pub(super) fn check(calls: &[Call], knowledge: Knowledge) -> Verdict {
    let part = telling(calls);
    match search(calls, part, knowledge) {
        Answer::Orders(orders) => Verdict::Holds(orders),
        Answer::Nothing => {
            let model = if knowledge == Knowledge::Causes { Model::Causal } else { Model::Pram };
            let forbidden = |part| matches!(search(calls, part, knowledge), Answer::Nothing);
            Verdict::Fails(refute::smallest(calls, part, model, forbidden))
        }
        Answer::TooLong => Verdict::TooLong,
    }
}

enum Answer {
    Orders(Vec<Order>),
    Nothing,
    TooLong,
}

fn search(calls: &[Call], part: Set, knowledge: Knowledge) -> Answer {
    let mut left = STATES;
    // What is left out of the part is not there: nobody learns through it.
    let own: Before = program_order(calls).iter().map(|set| set & part).collect();
    if knowledge == Knowledge::Pipes {
        return orders(calls, part, &own, &mut left);
    }
    let reads: Vec<CallId> = members(part).filter(|&id| !is_write(&calls[id])).collect();
    let choices: Vec<Vec<Option<CallId>>> = reads.iter().map(|&read| sources(calls, part, read)).collect();
    let ways = choices.iter().try_fold(1_usize, |ways, choice| ways.checked_mul(choice.len()));
    let Some(ways) = ways.filter(|&ways| ways <= WAYS) else { return Answer::TooLong };
    for way in 0..ways {
        let mut causes = own.clone();
        let mut rest = way;
        for (&read, choice) in reads.iter().zip(&choices) {
            if let Some(write) = choice[rest % choice.len()] {
                causes[read] |= 1 << write;
            }
            rest /= choice.len();
        }
        let causes = closed(causes);
        if is_circular(&causes) {
            continue;
        }
        match orders(calls, part, &causes, &mut left) {
            Answer::Nothing => {}
            found => return found,
        }
    }
    Answer::Nothing
}

/// An order for each client.
fn orders(calls: &[Call], part: Set, before: &Before, left: &mut u32) -> Answer {
    let mut found = Vec::new();
    for client in clients(calls) {
        let own = set_of(calls, |call| call.client == client || is_write(call));
        match order(calls, part & (own | writes(calls)), before, left) {
            Found::Order(calls) => found.push(Order { client: Some(client), calls }),
            Found::Nothing => return Answer::Nothing,
            Found::TooLong => return Answer::TooLong,
        }
    }
    Answer::Orders(found)
}
