//! A table with secondary indexes: which query can use which index, and what it then reads.
//!
//! Rows stand in a tree in the order of their primary key. An index is another tree, whose keys are the values of some
//! columns one behind the other and then the primary key, so it is sorted by its first column, within equal ones by its second,
//! and so on. From that all rules follow:
//!
//! * **leftmost prefix**: an index over (a, b, c) finds a = 1, and a = 1 and b = 2; for b = 2 alone it is of no use, as a
//!   telephone book is of none for a first name;
//! * **a range ends the prefix**: for a = 1 and b > 5 and c = 3 it goes to (1, 5) and reads on as long as a = 1: among the rows
//!   with b > 5 it is not sorted by c. The value of c is looked at in each entry, and keeps it from fetching the row;
//! * **covering**: where the index has all columns that the query wants, the rows need not be fetched. A look-up of a row
//!   costs the height of the tree and is random; that is what most of the time goes into.
//!
//! Values are numbers; eight bytes, the highest first, sort as numbers do.

use super::blocks::Fault;
use super::key_value::KeyValue;

/// A row: a value for each column.
pub type Row = Vec<u64>;

/// What is asked: rows with those values, in that range, and which columns of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Columns and the value that they have.
    pub equal: Vec<(usize, u64)>,
    /// A column and the values that it may have, the last one not among them.
    pub range: Option<(usize, u64, u64)>,
    /// The columns that are wanted.
    pub columns: Vec<usize>,
}

impl Query {
    fn value_of(&self, column: usize) -> Option<u64> {
        self.equal.iter().find(|(of, _)| *of == column).map(|(_, value)| *value)
    }

    fn matches(&self, value: impl Fn(usize) -> Option<u64>) -> bool {
        let fits = |column, test: &dyn Fn(u64) -> bool| value(column).is_none_or(test);
        self.equal.iter().all(|&(column, wanted)| fits(column, &|value| value == wanted))
            && self.range.is_none_or(|(column, from, to)| fits(column, &|value| (from..to).contains(&value)))
    }
}

/// How an index helps a query.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Use {
    /// How many of its first columns have a value given: they lead to one stretch of the index.
    pub prefix: usize,
    /// Whether a range of the column behind them bounds the stretch further.
    pub range: bool,
    /// How many more of the query's conditions can be looked at in the index, entry by entry.
    pub filtered: usize,
    /// Whether all columns that the query needs stand in the index.
    pub covering: bool,
}

impl Use {
    /// Whether the index bounds what must be read. Without that it would have to be read as a whole.
    #[must_use]
    pub fn seeks(&self) -> bool {
        self.prefix > 0 || self.range
    }
}

/// What a query read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The wanted columns of each row that was found, in the order in which they were found.
    pub rows: Vec<Row>,
    /// Entries of the index, or rows of the table where none was used, that were read.
    pub read: u64,
    /// Rows that were fetched by their primary key.
    pub fetched: u64,
    /// Pages that were looked at, in memory or not.
    pub pages: u64,
}

/// A secondary index.
#[derive(Clone, Debug)]
pub struct Index<S> {
    /// Its columns, in order.
    columns: Vec<usize>,
    /// Columns that are kept in it and do not sort it.
    includes: Vec<usize>,
    tree: S,
}

/// A table and its indexes, each on a tree of its own.
#[derive(Clone, Debug)]
pub struct Table<S> {
    rows: S,
    width: usize,
    indexes: Vec<Index<S>>,
}

impl<S: KeyValue> Index<S> {
    /// An index over `columns` in that order, which also keeps the columns `includes`, on an empty tree.
    #[must_use]
    pub fn new(columns: &[usize], includes: &[usize], tree: S) -> Index<S> {
        Index { columns: columns.to_vec(), includes: includes.to_vec(), tree }
    }

    /// How it helps a query. O(columns x conditions).
    #[must_use]
    pub fn helps(&self, query: &Query) -> Use {
        let prefix = self.columns.iter().take_while(|column| query.value_of(**column).is_some()).count();
        let next = self.columns.get(prefix).copied();
        let range = query.range.is_some_and(|(column, ..)| Some(column) == next);
        let has = |column: &usize| self.columns.contains(column) || self.includes.contains(column);
        let conditions =
            query.equal.iter().map(|(column, _)| column).chain(query.range.iter().map(|(column, ..)| column));
        let known = conditions.clone().filter(|column| has(column)).count();
        Use {
            prefix,
            range,
            filtered: known - prefix - usize::from(range),
            covering: conditions.chain(&query.columns).all(has),
        }
    }

    fn entry(&self, row: &[u64], id: u64) -> (Vec<u8>, Vec<u8>) {
        let bytes =
            |columns: &[usize]| columns.iter().flat_map(|column| row[*column].to_be_bytes()).collect();
        let mut key: Vec<u8> = bytes(&self.columns);
        key.extend_from_slice(&id.to_be_bytes());
        (key, bytes(&self.includes))
    }
}

/// The number that stands at a place of eight bytes.
fn number(bytes: &[u8], place: usize) -> u64 {
    bytes.get(8 * place..8 * place + 8).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_be_bytes)
}

impl<S: KeyValue> Table<S> {
    /// A table of rows of `width` columns on an empty tree, with its indexes.
    #[must_use]
    pub fn new(width: usize, rows: S, indexes: Vec<Index<S>>) -> Table<S> {
        Table { rows, width, indexes }
    }

    /// Its indexes.
    #[must_use]
    pub fn indexes(&self) -> &[Index<S>] {
        &self.indexes
    }

    /// Adds a row, or gives that of the primary key `id` new values. Each index whose values change is written too: that is
    /// what an index costs.
    ///
    /// # Errors
    /// Faults of the trees.
    pub fn put(&mut self, id: u64, row: &[u64]) -> Result<(), Fault> {
        let mut old = Vec::new();
        let known = self.rows.get(&id.to_be_bytes(), &mut old)?;
        let before: Row = (0..self.width).map(|column| number(&old, column)).collect();
        let value: Vec<u8> = row.iter().flat_map(|value| value.to_be_bytes()).collect();
        self.rows.put(&id.to_be_bytes(), &value)?;
        for index in &mut self.indexes {
            let (key, includes) = index.entry(row, id);
            if known {
                let old = index.entry(&before, id);
                if old == (key.clone(), includes.clone()) {
                    continue;
                }
                if old.0 != key {
                    index.tree.delete(&old.0)?;
                }
            }
            index.tree.put(&key, &includes)?;
        }
        Ok(())
    }

    /// The index that helps a query most: by its prefix, then a range, then whether it covers; none where none helps.
    #[must_use]
    pub fn choose(&self, query: &Query) -> Option<usize> {
        let ranked = self.indexes.iter().map(|index| index.helps(query)).enumerate();
        ranked
            .filter(|(_, helps)| helps.seeks())
            .max_by_key(|(place, helps)| {
                (helps.prefix, helps.range, helps.covering, std::cmp::Reverse(*place))
            })
            .map(|(place, _)| place)
    }

    /// Answers a query by the index of that number, or by reading all rows.
    ///
    /// # Errors
    /// Faults of the trees.
    pub fn answer(&mut self, query: &Query, index: Option<usize>) -> Result<Answer, Fault> {
        let looked = |table: &Table<S>| {
            table.rows.looked() + table.indexes.iter().map(|index| index.tree.looked()).sum::<u64>()
        };
        let before = looked(self);
        let mut answer = match index.filter(|index| *index < self.indexes.len()) {
            Some(index) => self.by_index(query, index)?,
            None => self.by_rows(query)?,
        };
        answer.pages = looked(self) - before;
        Ok(answer)
    }

    fn by_rows(&mut self, query: &Query) -> Result<Answer, Fault> {
        let mut answer = Answer::default();
        self.rows.scan(&[], None, &mut |_, row| {
            answer.read += 1;
            if query.matches(|column| Some(number(row, column))) {
                answer.rows.push(query.columns.iter().map(|column| number(row, *column)).collect());
            }
            true
        })?;
        Ok(answer)
    }

    fn by_index(&mut self, query: &Query, place: usize) -> Result<Answer, Fault> {
        let index = &mut self.indexes[place];
        let helps = index.helps(query);
        let mut from: Vec<u8> = Vec::new();
        for column in &index.columns[..helps.prefix] {
            from.extend_from_slice(&query.value_of(*column).unwrap_or(0).to_be_bytes());
        }
        let mut to = from.clone();
        match query.range.filter(|_| helps.range) {
            Some((_, low, high)) => {
                from.extend_from_slice(&low.to_be_bytes());
                to.extend_from_slice(&high.to_be_bytes());
            }
            // All that begins with the prefix.
            None => to.extend_from_slice(&[0xff; 9]),
        }
        let mut answer = Answer::default();
        let mut found = Vec::new();
        let (columns, includes) = (&index.columns, &index.includes);
        index.tree.scan(&from, Some(&to), &mut |key, value| {
            answer.read += 1;
            let value_of = |column: usize| {
                let in_key = columns.iter().position(|of| *of == column).map(|place| number(key, place));
                let kept = || includes.iter().position(|of| *of == column);
                in_key.or_else(|| kept().map(|place| number(value, place)))
            };
            if query.matches(value_of) {
                let known = query.columns.iter().map(|column| value_of(*column).unwrap_or(0)).collect();
                found.push((number(key, columns.len()), known));
            }
            true
        })?;
        for (id, known) in found {
            if helps.covering {
                answer.rows.push(known);
                continue;
            }
            answer.fetched += 1;
            let mut row = Vec::new();
            if self.rows.get(&id.to_be_bytes(), &mut row)?
                && query.matches(|column| Some(number(&row, column)))
            {
                answer.rows.push(query.columns.iter().map(|column| number(&row, *column)).collect());
            }
        }
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::{Rng, Seed};
    use crate::systems::blocks::{Blocks, Speed};
    use crate::systems::btree::{self, BTree};
    use crate::systems::lsm::{self, Lsm};

    const A: usize = 0;
    const B: usize = 1;
    const C: usize = 2;
    const D: usize = 3;

    fn query(equal: &[usize], range: Option<usize>, columns: &[usize]) -> Query {
        Query {
            equal: equal.iter().map(|column| (*column, 3)).collect(),
            range: range.map(|column| (column, 2, 5)),
            columns: columns.to_vec(),
        }
    }

    fn filled<S: KeyValue>(tree: impl Fn() -> S) -> Table<S> {
        let indexes = vec![
            Index::new(&[A, B, C], &[], tree()),
            Index::new(&[B], &[D], tree()),
            Index::new(&[D, A], &[], tree()),
        ];
        let mut table = Table::new(4, tree(), indexes);
        let mut rng = Rng::stream(Seed(4), "rows");
        for _ in 0..1_500 {
            let row: Row = (0..4).map(|_| rng.below(7)).collect();
            // Some ids come twice: their rows change.
            table.put(rng.below(1_000), &row).expect("up");
        }
        table
    }

    fn btree() -> BTree {
        BTree::open(Blocks::new(Speed::NVME), btree::Options::default()).expect("empty")
    }

    fn lsm() -> Lsm {
        Lsm::open(Blocks::new(Speed::NVME), lsm::Options { memtable: 4_000, ..lsm::Options::default() })
            .expect("empty")
    }

    /// The rules as the manuals state them (MySQL 8, *Multiple-Column Indexes*; PostgreSQL, *Multicolumn Indexes*).
    #[test]
    fn the_leftmost_prefix_counts_and_a_range_ends_it() {
        let index = Index::new(&[A, B, C], &[], btree());
        let check = |equal: &[usize], range, prefix, ranged, filtered| {
            let helps = index.helps(&query(equal, range, &[D]));
            assert_eq!(
                helps,
                Use { prefix, range: ranged, filtered, covering: false },
                "{equal:?} {range:?}"
            );
        };
        check(&[A], None, 1, false, 0);
        check(&[A, B], None, 2, false, 0);
        check(&[B, A, C], None, 3, false, 0);
        check(&[A, C], None, 1, false, 1);
        check(&[B], None, 0, false, 1);
        check(&[B, C], None, 0, false, 2);
        check(&[A, C], Some(B), 1, true, 1);
        check(&[A], Some(C), 1, false, 1);
        check(&[], Some(A), 0, true, 0);
        check(&[B], Some(A), 0, true, 1);
        check(&[D], None, 0, false, 0);
        assert!(index.helps(&query(&[A], None, &[B, C])).covering);
        assert!(!index.helps(&query(&[A, D], None, &[B])).covering);
        assert!(Index::new(&[A], &[D], btree()).helps(&query(&[A, D], None, &[D])).covering);
    }

    fn every_way_gives_the_same_rows<S: KeyValue>(mut table: Table<S>) {
        let mut rng = Rng::stream(Seed(8), "queries");
        for _ in 0..150 {
            let mut columns = [A, B, C, D];
            rng.shuffle(&mut columns);
            let equal = columns[..rng.below(4) as usize].to_vec();
            let range = (rng.chance(0.5)).then_some(columns[3]);
            let query = query(&equal, range, &columns[..1 + rng.below(3) as usize]);
            let sorted = |answer: &Answer| {
                let mut rows = answer.rows.clone();
                rows.sort_unstable();
                rows
            };
            let whole = table.answer(&query, None).expect("up");
            for index in 0..table.indexes().len() {
                let helps = table.indexes()[index].helps(&query);
                let answer = table.answer(&query, Some(index)).expect("up");
                assert_eq!(sorted(&answer), sorted(&whole), "{query:?} by {index}");
                assert!(answer.fetched <= if helps.covering { 0 } else { answer.read });
                assert!(answer.read <= whole.read);
            }
            if let Some(best) = table.choose(&query) {
                let answer = table.answer(&query, Some(best)).expect("up");
                assert!(answer.read < whole.read, "{query:?}");
            }
        }
    }

    #[test]
    fn an_index_changes_what_is_read_and_not_what_is_found() {
        every_way_gives_the_same_rows(filled(btree));
        every_way_gives_the_same_rows(filled(lsm));
    }

    #[test]
    fn a_covering_index_reads_a_few_pages_and_another_one_the_height_more_for_each_row() {
        let mut table = filled(btree);
        let covered = table.answer(&query(&[A], None, &[B, C]), Some(0)).expect("up");
        let fetched = table.answer(&query(&[A], None, &[D]), Some(0)).expect("up");
        assert_eq!((covered.read, covered.fetched), (fetched.read, 0));
        assert_eq!(fetched.fetched, fetched.read);
        assert_eq!(fetched.pages, covered.pages + 2 * fetched.fetched);
        assert!(covered.pages < 8 && fetched.pages > 200, "{} {}", covered.pages, fetched.pages);
        // A condition on an indexed column behind a gap keeps rows from being fetched, and entries are read all the same.
        let gap = table.answer(&query(&[A, C], None, &[D]), Some(0)).expect("up");
        assert!(gap.read == fetched.read && gap.fetched * 4 < fetched.fetched, "{gap:?}");
    }
}
