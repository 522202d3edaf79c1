//! Registers: one value that is written as a whole.
//!
//! Of two values written at the same time one can win, or both can stay. The last-write-wins register takes the later time
//! stamp; whose clock is ahead wins, and what loses is gone without a word. The multi-value register keeps
//! all that were written without knowledge of each other (Dynamo's siblings) and leaves it to who reads and writes next.

use super::{DOT, Dotted, Footprint, Join, Replica};

/// The value with the largest time stamp wins; of equal ones that of the replica with the larger number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LwwRegister<T> {
    stamp: u64,
    replica: Replica,
    value: T,
}

impl<T: Clone + PartialEq> LwwRegister<T> {
    /// Writes a value with the time stamp of the writer's clock. Returns the delta, or nothing where the register holds a
    /// later write already: then this one is lost at once.
    pub fn write(&mut self, stamp: u64, replica: Replica, value: T) -> Option<LwwRegister<T>> {
        if (stamp, replica) <= (self.stamp, self.replica) {
            return None;
        }
        *self = LwwRegister { stamp, replica, value };
        Some(self.clone())
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> &T {
        &self.value
    }

    /// The time stamp of the value and who wrote it; of equal writes by one replica there is only one.
    #[must_use]
    pub fn stamp(&self) -> (u64, Replica) {
        (self.stamp, self.replica)
    }

    /// A flaw, to show what it does: compares the stamps alone. Of two equal ones each replica keeps its own, for ever.
    pub fn join_without_tie_break(&mut self, other: &LwwRegister<T>) {
        if other.stamp > self.stamp {
            *self = other.clone();
        }
    }
}

impl<T: Clone + PartialEq> Join for LwwRegister<T> {
    fn join(&mut self, other: &LwwRegister<T>) {
        if other.stamp() > self.stamp() {
            *self = other.clone();
        }
    }

    fn footprint(&self) -> Footprint {
        Footprint { payload: size_of::<T>(), metadata: DOT }
    }
}

/// All values that were written without knowledge of each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MvRegister<T> {
    values: Dotted<T>,
}

impl<T> Default for MvRegister<T> {
    fn default() -> Self {
        MvRegister { values: Dotted::default() }
    }
}

impl<T: Ord + Clone> MvRegister<T> {
    /// Writes a value in the place of all that are seen here. Returns the delta.
    pub fn write(&mut self, replica: Replica, value: T) -> MvRegister<T> {
        let old: Vec<T> = self.values.keys().cloned().collect();
        MvRegister { values: self.values.put(replica, value, &old) }
    }

    /// The values, in order: none before the first write, more than one after writes at the same time.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.values.keys()
    }
}

impl<T: Ord + Clone> Join for MvRegister<T> {
    fn join(&mut self, other: &MvRegister<T>) {
        self.values.join(&other.values);
    }

    fn footprint(&self) -> Footprint {
        self.values.footprint()
    }
}
