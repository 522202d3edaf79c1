//! The books about who was charged how often, and what he was told.

/// What became of the payments.
#[derive(Clone, Debug, Default)]
pub(super) struct Books {
    pub(super) ended: u64,
    pub(super) once: u64,
    pub(super) doubled: u64,
    /// Charges beyond the first.
    pub(super) extra: u64,
    /// Doubled while nothing was lost and nobody crashed.
    pub(super) calm_doubles: u64,
    /// Not charged, and told to wait at the last.
    pub(super) stuck: u64,
    /// Charged, and told nothing.
    pub(super) unknown: u64,
    /// Told paid by the answer to another payment.
    pub(super) wrong: u64,
    pub(super) refused: u64,
    pub(super) replayed: u64,
    pub(super) taken_over: u64,
    pub(super) doubled_while_known: bool,
    pub(super) paid_uncharged: u64,
    pub(super) busy_after_lease: bool,
}

impl Books {
    pub(super) fn doubled_share(&self) -> f64 {
        self.doubled as f64 / self.ended as f64
    }
}
