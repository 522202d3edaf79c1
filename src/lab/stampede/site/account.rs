//! What is counted at a site.

/// What is counted.
#[derive(Clone, Debug, Default)]
pub(in crate::lab::stampede) struct Counts {
    pub(in crate::lab::stampede) came: u64,
    pub(in crate::lab::stampede) fresh: u64,
    pub(in crate::lab::stampede) stale: u64,
    pub(in crate::lab::stampede) answered: u64,
    pub(in crate::lab::stampede) failed: u64,
    /// Refreshes that are over: from the first query until none is under way.
    pub(in crate::lab::stampede) refreshes: u64,
    /// The queries of those, of the present one, and the most of any, the present one included.
    pub(in crate::lab::stampede) queries: u64,
    pub(in crate::lab::stampede) present: u64,
    pub(in crate::lab::stampede) most: u64,
    pub(in crate::lab::stampede) waiting_most: usize,
    pub(in crate::lab::stampede) died: u64,
    /// Refreshes that began before the end, and how long before in all, in seconds.
    pub(in crate::lab::stampede) early: u64,
    pub(in crate::lab::stampede) lead: f64,
}

/// The highest that was reached within a bin of time.
#[derive(Clone, Debug, Default)]
pub(in crate::lab::stampede) struct Peak {
    pub(in crate::lab::stampede) queries: usize,
    pub(in crate::lab::stampede) waiting: usize,
}
