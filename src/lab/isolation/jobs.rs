//! What the transactions of the traffic do: the statements of a job, and what its end means for the world.

use super::knobs::{Guard, Knobs, Story};
use crate::sim::{Nanos, Rng};
use crate::systems::mvcc::{Change, Cond, Filter, Key, Row, Statement, Store, Value};

/// What everybody has at first: an account its money.
const MONEY: Value = 100;

/// What was drawn for a job when it came: the same whatever the controls say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draw {
    first: f64,
    second: f64,
    coin: f64,
    amount: f64,
    /// How long an owner of a lease works, in means.
    pub(super) work: f64,
}

impl Draw {
    pub(super) fn new(rng: &mut Rng) -> Draw {
        let mut unit = || rng.unit();
        let (first, second, coin, amount) = (unit(), unit(), unit(), unit());
        Draw { first, second, coin, amount, work: -libm::log(1.0 - unit()) }
    }
}

/// What a job wants.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Wish {
    /// A doctor of a ward leaves, if another one stays.
    Leave { ward: u64, who: u64 },
    /// A doctor comes back.
    Return { ward: u64, who: u64 },
    /// A row grows by one.
    Count { row: Key },
    /// So much money goes from one row to another.
    Move { from: Key, to: Key, amount: Value },
}

impl Wish {
    pub(super) fn of(knobs: &Knobs, draw: &Draw) -> Wish {
        let row = ((draw.first * knobs.rows as f64) as u64).min(knobs.rows - 1);
        match knobs.story {
            Story::Doctors => {
                let who = u64::from(draw.second < 0.5);
                if draw.coin < 0.5 { Wish::Leave { ward: row, who } } else { Wish::Return { ward: row, who } }
            }
            Story::Transfers => {
                // Another account, where there is one.
                let step = 1 + (draw.second * (knobs.rows.max(2) - 1) as f64) as u64;
                let amount = 1 + (draw.amount * 10.0) as Value;
                Wish::Move { from: row, to: (row + step) % knobs.rows.max(2), amount }
            }
            _ => Wish::Count { row },
        }
    }

    /// The row that it is about, as one sees it.
    pub(super) fn place(self) -> u64 {
        match self {
            Wish::Leave { ward, .. } | Wish::Return { ward, .. } => ward,
            Wish::Count { row } => row,
            Wish::Move { from, .. } => from,
        }
    }

    /// The statement of that place, with what was read before; none where there is nothing (more) to do.
    pub(super) fn statement(self, guard: Guard, step: usize, seen: &[Row]) -> Option<Statement> {
        let read = |filter: Filter| match guard {
            Guard::ForUpdate => Statement::Change(filter, Change::Lock),
            _ => Statement::Read(filter),
        };
        let put = |key: Key, value: Value| {
            let row = seen.iter().rfind(|row| row.key == key);
            match row.filter(|_| guard == Guard::CompareAndSet) {
                Some(row) => Statement::PutIf(key, value, row.stamp),
                None => Statement::Put(key, value),
            }
        };
        let value = |key: Key| seen.iter().rfind(|row| row.key == key).map_or(0, |row| row.value);
        match (self, step) {
            (Wish::Leave { ward, .. } | Wish::Return { ward, .. }, 0) => Some(read(on_call(ward))),
            (Wish::Leave { ward, who }, 1) => {
                let here = seen.iter().any(|row| row.key == doctor(ward, who));
                (here && seen.len() >= 2).then(|| put(doctor(ward, who), 0))
            }
            (Wish::Return { ward, who }, 1) => {
                let here = seen.iter().any(|row| row.key == doctor(ward, who));
                (!here).then(|| put(doctor(ward, who), 1))
            }
            (Wish::Count { row }, 0) => Some(read(Filter::key(row))),
            (Wish::Count { row }, 1) => Some(put(row, value(row) + 1)),
            (Wish::Move { from, .. }, 0) => Some(read(Filter::key(from))),
            (Wish::Move { to, .. }, 1) => Some(read(Filter::key(to))),
            (Wish::Move { from, amount, .. }, 2) => Some(put(from, value(from) - amount)),
            (Wish::Move { to, amount, .. }, 3) => Some(put(to, value(to) + amount)),
            _ => None,
        }
    }

    /// What passes after that statement: the work stands between reading and writing, a part of it between two writes.
    pub(super) fn pause(self, step: usize, work: Nanos) -> Nanos {
        let part = |share: u64| Nanos(work.0 / 4 * share);
        match (self, step) {
            (Wish::Move { .. }, 1) => part(3),
            (Wish::Move { .. }, 2) => part(1),
            (Wish::Move { .. }, _) => Nanos::ZERO,
            (_, 0) => work,
            _ => Nanos::ZERO,
        }
    }
}

fn doctor(ward: u64, who: u64) -> Key {
    ward * 2 + who
}

/// Those of a ward who are on call.
fn on_call(ward: u64) -> Filter {
    Filter { from: doctor(ward, 0), to: doctor(ward, 1), cond: Cond::Is(1) }
}

/// The rows at first.
pub(super) fn rows(knobs: &Knobs) -> Store {
    let (count, value) = match knobs.story {
        Story::Doctors => (knobs.rows * 2, 1),
        Story::Transfers => (knobs.rows.max(2), MONEY),
        _ => (knobs.rows, 0),
    };
    Store::new((0..count).map(|key| (key, value)))
}

/// What has been going wrong in the rows themselves, counted from commits.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Harm {
    /// Cases in which it could go wrong: a doctor of a full ward left, a number was counted up, a transfer.
    pub(super) cases: u64,
    /// Those in which it did: nobody on call, a count that is gone, money that came or went.
    pub(super) harm: u64,
}

impl Harm {
    /// A job has committed; `left`: whether a doctor who had been on call is not any more. Returns whether it did harm.
    pub(super) fn committed(&mut self, wish: Wish, left: bool, store: &Store) -> bool {
        let before = self.harm;
        match wish {
            Wish::Leave { ward, .. } if left => {
                let here = (0..2).filter(|&who| store.value(doctor(ward, who)) == Some(1)).count() as u64;
                self.cases += u64::from(here == 1);
                self.harm += u64::from(here == 0);
            }
            Wish::Count { .. } => {
                self.cases += 1;
                self.harm = self.cases.saturating_sub(total(store).max(0) as u64);
            }
            Wish::Move { .. } => {
                self.cases += 1;
                let rows = store.versions().count() as Value;
                self.harm = (total(store) - rows * MONEY).unsigned_abs();
            }
            _ => {}
        }
        self.harm > before
    }
}

/// Whether the wish's doctor is on call, by what is committed.
pub(super) fn is_on_call(wish: Wish, store: &Store) -> bool {
    matches!(wish, Wish::Leave { ward, who } if store.value(doctor(ward, who)) == Some(1))
}

fn total(store: &Store) -> Value {
    store.versions().filter_map(|(key, _)| store.value(key)).sum()
}

/// How a row of the story stands: what its lane says, and whether that is bad.
pub(super) fn standing(story: Story, store: &Store, row: u64) -> (String, bool) {
    let value = |key: Key| store.value(key).unwrap_or_default();
    match story {
        Story::Doctors => match (0..2).filter(|&who| value(doctor(row, who)) == 1).count() {
            0 => ("nobody on call".into(), true),
            here => (format!("{here} on call"), false),
        },
        Story::Transfers => (format!("holds {}", value(row)), false),
        _ => (format!("counts {}", value(row)), false),
    }
}
