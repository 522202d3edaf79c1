//! How reads and writes pass a cache and a database: the patterns as sequences of acts, each at one place.
//!
//! What makes these patterns differ is only in which order which place is told, and who tells it. Each act is atomic where it
//! happens, and between two acts anything else may happen: every race between a reader and a writer is an
//! interleaving of two of these sequences.
//!
//! Names as in common use: in *cache-aside* the application fills and deletes; *read-through* and *write-through* leave that
//! to the cache; *write-behind* (write-back) acknowledges first and writes later; *write-around* does not tell the
//! cache at all.

/// Who keeps the cache and the database together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// The application reads and fills, writes and deletes.
    CacheAside,
    /// The cache reads the database on a miss. Writes as in cache-aside.
    ReadThrough,
    /// A write goes to the cache, which writes the database and then itself.
    WriteThrough,
    /// A write goes to the cache and is acknowledged; the database is written later.
    WriteBehind,
    /// A write goes to the database only.
    WriteAround,
}

/// What a writer who looks after the cache himself does to it, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Commit, then delete the cached value.
    DeleteAfter,
    /// Commit, then store the new value.
    UpdateAfter,
    /// Delete the cached value, then commit.
    DeleteBefore,
}

/// Something that happens in one moment at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// The cache is asked.
    Get,
    /// The database is read.
    Load,
    /// What was read is stored in the cache.
    Fill,
    /// The database is written.
    Commit,
    /// The cached value is deleted.
    Delete,
    /// The written value is stored in the cache.
    Set,
    /// The write is stored in the cache and in its buffer.
    Buffer,
    /// The application has its answer.
    Answer,
}

/// Where an act happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The application: the reader or the writer.
    Application,
    /// The cache.
    Cache,
    /// The database.
    Database,
}

impl Act {
    /// Where it happens.
    #[must_use]
    pub fn place(self) -> Place {
        match self {
            Act::Get | Act::Fill | Act::Delete | Act::Set | Act::Buffer => Place::Cache,
            Act::Load | Act::Commit => Place::Database,
            Act::Answer => Place::Application,
        }
    }
}

/// The acts of a write.
#[must_use]
pub fn write(pattern: Pattern, order: Order) -> &'static [Act] {
    match (pattern, order) {
        (Pattern::WriteThrough, _) => &[Act::Commit, Act::Set, Act::Answer],
        (Pattern::WriteBehind, _) => &[Act::Buffer, Act::Answer],
        (Pattern::WriteAround, _) => &[Act::Commit, Act::Answer],
        (_, Order::DeleteAfter) => &[Act::Commit, Act::Delete, Act::Answer],
        (_, Order::UpdateAfter) => &[Act::Commit, Act::Set, Act::Answer],
        (_, Order::DeleteBefore) => &[Act::Delete, Act::Commit, Act::Answer],
    }
}

/// The acts of a read that misses. One that hits answers after the first.
#[must_use]
pub fn read_miss() -> &'static [Act] {
    &[Act::Get, Act::Load, Act::Fill]
}

/// Who sends the acts out: the place that a message comes back to between two of them. The first act of an operation is
/// asked for by the application in any case.
#[must_use]
pub fn conductor(pattern: Pattern, reads: bool) -> Place {
    match pattern {
        Pattern::ReadThrough if reads => Place::Cache,
        Pattern::WriteThrough if !reads => Place::Cache,
        _ => Place::Application,
    }
}

/// Whether a write tells the cache after the database has it. Only then can leases and versions promise that nothing
/// stale stays.
#[must_use]
pub fn tells_after(pattern: Pattern, order: Order) -> bool {
    let acts = write(pattern, order);
    let commit = acts.iter().position(|act| *act == Act::Commit);
    let told = acts.iter().position(|act| matches!(act, Act::Delete | Act::Set | Act::Buffer));
    told.is_some() && told >= commit
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATTERNS: [Pattern; 5] = [
        Pattern::CacheAside,
        Pattern::ReadThrough,
        Pattern::WriteThrough,
        Pattern::WriteBehind,
        Pattern::WriteAround,
    ];

    #[test]
    fn every_write_reaches_the_database_or_the_buffer_once_and_is_answered_last() {
        for pattern in PATTERNS {
            for order in [Order::DeleteAfter, Order::UpdateAfter, Order::DeleteBefore] {
                let acts = write(pattern, order);
                let kept = acts.iter().filter(|act| matches!(act, Act::Commit | Act::Buffer)).count();
                assert_eq!((kept, acts.last()), (1, Some(&Act::Answer)), "{pattern:?} {order:?}");
            }
        }
    }

    #[test]
    fn who_promises_what() {
        // By the definitions: all but write-around and the delete before tell the cache when there is something to tell.
        let told = |pattern| {
            [Order::DeleteAfter, Order::UpdateAfter, Order::DeleteBefore]
                .map(|order| tells_after(pattern, order))
        };
        assert_eq!(
            PATTERNS.map(told),
            [[true, true, false], [true, true, false], [true; 3], [true; 3], [false; 3]]
        );
        assert_eq!(conductor(Pattern::ReadThrough, true), Place::Cache);
        assert_eq!(conductor(Pattern::ReadThrough, false), Place::Application);
        assert_eq!(conductor(Pattern::WriteThrough, false), Place::Cache);
        assert_eq!(read_miss().map_places(), [Place::Cache, Place::Database, Place::Cache]);
    }

    trait Places {
        fn map_places(&self) -> Vec<Place>;
    }

    impl Places for [Act] {
        fn map_places(&self) -> Vec<Place> {
            self.iter().map(|act| act.place()).collect()
        }
    }
}
