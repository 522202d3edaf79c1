//! What a storage engine is to its users: a sorted map from keys to values, both of them bytes, that survives a loss of power.
//!
//! A change is durable after the next [`KeyValue::sync`], not before. So whoever needs each write to be safe syncs after each,
//! and whoever can wait syncs for many at once. Changes become durable in their order: what is there after a crash is
//! what was there after some number of changes, and at least those before the last sync.
//!
//! An engine has work to do that nobody waits for (a checkpoint, a compaction). It does it in small steps when it is told to,
//! [`KeyValue::work`], so that the owner decides when; where nobody ever does, a write does what must be done first.

use super::blocks::{Blocks, Fault};

/// Pages that an engine wrote, and for what: what amplification is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Bytes of keys and values that users wrote.
    pub user: u64,
    /// Pages written for the data itself.
    pub data: u64,
    /// Pages written for the log.
    pub log: u64,
    /// Pages written for what leads to the data and says what is valid: superblocks and manifests, index and filter of a
    /// table.
    pub other: u64,
}

/// A sorted map on a device.
pub trait KeyValue {
    /// Sets the value of a key.
    ///
    /// # Errors
    /// `TooLong` where the row does not fit; faults of the device.
    fn put(&mut self, key: &[u8], value: &[u8]) -> Result<(), Fault>;

    /// Removes a key, if it is there.
    ///
    /// # Errors
    /// Faults of the device.
    fn delete(&mut self, key: &[u8]) -> Result<(), Fault>;

    /// Looks a key up: its value is appended to `into`. Returns whether it is there.
    ///
    /// # Errors
    /// Faults of the device.
    fn get(&mut self, key: &[u8], into: &mut Vec<u8>) -> Result<bool, Fault>;

    /// Gives the rows from the key `from` on, before the key `to` where there is one, in order to `each`, until that says
    /// `false`.
    ///
    /// # Errors
    /// Faults of the device.
    fn scan(
        &mut self,
        from: &[u8],
        to: Option<&[u8]>,
        each: &mut dyn FnMut(&[u8], &[u8]) -> bool,
    ) -> Result<(), Fault>;

    /// Makes durable what was changed until now.
    ///
    /// # Errors
    /// Faults of the device.
    fn sync(&mut self) -> Result<(), Fault>;

    /// Whether there is work that nobody waits for.
    fn has_work(&self) -> bool;

    /// Does a small step of that work, about a page's worth. Returns whether there was any.
    ///
    /// # Errors
    /// Faults of the device.
    fn work(&mut self) -> Result<bool, Fault>;

    /// Whether a write can be taken now, without the work that must come first.
    fn is_ready(&self) -> bool;

    /// How many pages were looked at, in memory or not.
    fn looked(&self) -> u64;

    /// What was written for what.
    fn traffic(&self) -> Traffic;

    /// The device.
    fn device(&self) -> &Blocks;
}
