//! Which query can use which index: a table of orders with two indexes, asked once on both engines.
//!
//! The answers do not depend on the run, so they are worked out when they are first looked at.

use std::sync::OnceLock;

use crate::lab::Scene;
use crate::lab::scene::Table as Picture;
use crate::sim::{Rng, Seed};
use crate::systems::blocks::{Blocks, Speed};
use crate::systems::btree::{self, BTree};
use crate::systems::index::{Answer, Index, Query, Table};
use crate::systems::key_value::KeyValue;
use crate::systems::lsm::{self, Lsm};

const CUSTOMER: usize = 0;
const DAY: usize = 1;
const STATUS: usize = 2;
const TOTAL: usize = 3;

/// Orders of 20 customers on 100 days, in one of 4 states.
const ORDERS: u64 = 1_000;

/// A question and how it is written.
struct Asked {
    text: &'static str,
    equal: &'static [(usize, u64)],
    range: Option<(usize, u64, u64)>,
    columns: &'static [usize],
}

/// The index is (customer, day) and keeps the total beside it.
const ASKED: &[Asked] = &[
    Asked { text: "cust=7: total", equal: &[(CUSTOMER, 7)], range: None, columns: &[TOTAL] },
    Asked { text: "cust=7: status", equal: &[(CUSTOMER, 7)], range: None, columns: &[STATUS] },
    Asked {
        text: "cust=7 day 10-20: total",
        equal: &[(CUSTOMER, 7)],
        range: Some((DAY, 10, 20)),
        columns: &[TOTAL],
    },
    Asked {
        text: "cust 5-9 day=15: total",
        equal: &[(DAY, 15)],
        range: Some((CUSTOMER, 5, 9)),
        columns: &[TOTAL],
    },
    Asked { text: "day=15: total", equal: &[(DAY, 15)], range: None, columns: &[TOTAL] },
    Asked { text: "status=2: total", equal: &[(STATUS, 2)], range: None, columns: &[TOTAL] },
];

impl Asked {
    fn query(&self) -> Query {
        Query { equal: self.equal.to_vec(), range: self.range, columns: self.columns.to_vec() }
    }
}

/// The answers of one engine to all questions, with how the index was used.
fn answers<S: KeyValue>(tree: impl Fn() -> Option<S>) -> Option<Vec<(String, Answer)>> {
    let index = Index::new(&[CUSTOMER, DAY], &[TOTAL], tree()?);
    let mut table = Table::new(4, tree()?, vec![index]);
    let mut rng = Rng::stream(Seed(1), "orders");
    for id in 0..ORDERS {
        let row = [rng.below(20), rng.below(100), rng.below(4), 1 + rng.below(500)];
        table.put(id, &row).ok()?;
    }
    let mut answers = Vec::new();
    for asked in ASKED {
        let query = asked.query();
        let chosen = table.choose(&query);
        let how = match chosen.map(|index| table.indexes()[index].helps(&query)) {
            None => "none: all rows".to_string(),
            Some(helps) => {
                let mut how = match (helps.prefix, helps.range) {
                    (0, _) => "range".to_string(),
                    (prefix, false) => prefix.to_string(),
                    (prefix, true) => format!("{prefix} + range"),
                };
                how.push_str(if helps.covering { ", covers" } else { "" });
                how
            }
        };
        answers.push((how, table.answer(&query, chosen).ok()?));
    }
    Some(answers)
}

fn both() -> Option<Vec<Vec<String>>> {
    let device = || Blocks::new(Speed::NVME);
    let options = lsm::Options { memtable: 4 << 10, ..lsm::Options::default() };
    let on_btree = answers(|| BTree::open(device(), btree::Options::default()).ok())?;
    let on_lsm = answers(|| Lsm::open(device(), options).ok())?;
    let rows = ASKED.iter().zip(on_btree).zip(on_lsm).map(|((asked, (how, answer)), (_, other))| {
        vec![
            asked.text.to_string(),
            how,
            answer.read.to_string(),
            answer.fetched.to_string(),
            format!("{} pg", answer.pages),
            format!("{} pg", other.pages),
        ]
    });
    Some(rows.collect())
}

/// The table of the questions.
pub(super) fn scene() -> Scene {
    static ROWS: OnceLock<Vec<Vec<String>>> = OnceLock::new();
    let rows = ROWS.get_or_init(|| both().unwrap_or_default());
    let head = ["(cust, day) + total", "prefix used", "entries", "fetched", "B-tree", "LSM"];
    Scene::Table(Picture {
        head: head.map(str::to_string).to_vec(),
        rows: rows.clone(),
        right: vec![false, false, true, true, true, true],
        ..Picture::default()
    })
}
