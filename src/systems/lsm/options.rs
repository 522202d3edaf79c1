//! How a tree works: what is merged when, what is kept in memory, and what people get wrong.

/// How runs are merged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compaction {
    /// One run a level: few runs to read, much to write.
    #[default]
    Leveled,
    /// Several runs a level: less to write, more to read and to keep.
    Tiered,
}

/// Something that people get wrong. For showing what comes of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flaw {
    /// Nothing is wrong.
    #[default]
    None,
    /// A sync writes the log and does not wait for it to be durable.
    NoSync,
    /// A merge drops each tombstone, though older runs may still have the key.
    TombstoneEarly,
    /// The manifest names tables that are not durable yet.
    ManifestFirst,
}

/// How a tree works.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Bytes of rows in memory before they become a run; also the size of a table.
    pub memtable: usize,
    /// How many times larger each level is than the one above it, and how many runs a tier has; at least 2.
    pub fanout: usize,
    /// How runs are merged.
    pub compaction: Compaction,
    /// Bits of a Bloom filter for each row, 0 for no filter.
    pub bloom_bits: f64,
    /// Runs in level 0 from which they are merged, where it is leveled.
    pub level0: usize,
    /// Runs in level 0 at which writes stop, above `level0` (or the fan-out).
    pub stop: usize,
    /// Pages of tables that it keeps in memory, at least 4.
    pub cache: usize,
    /// Pages of its log. What is made cannot be changed.
    pub log_pages: u32,
    /// What is wrong.
    pub flaw: Flaw,
}

/// As LevelDB has it (4 runs to merge, 12 to stop, levels of 10), but for its size: a thousandth.
impl Default for Options {
    fn default() -> Options {
        Options {
            memtable: 16 << 10,
            fanout: 10,
            compaction: Compaction::Leveled,
            bloom_bits: 10.0,
            level0: 4,
            stop: 12,
            cache: 64,
            log_pages: 256,
            flaw: Flaw::None,
        }
    }
}

impl Options {
    /// Runs in level 0 from which they are merged.
    #[must_use]
    pub fn trigger(&self) -> usize {
        match self.compaction {
            Compaction::Leveled => self.level0.max(1),
            Compaction::Tiered => self.fanout.max(2),
        }
    }

    /// Runs in level 0 at which writes stop.
    #[must_use]
    pub fn stop(&self) -> usize {
        self.stop.max(self.trigger() + 1)
    }

    /// Bytes that a level (from 1) may have before it gives tables to the next one.
    #[must_use]
    pub fn target(&self, level: usize) -> u64 {
        (self.fanout.max(2) as u64).saturating_pow(level as u32).saturating_mul(self.memtable as u64)
    }
}
