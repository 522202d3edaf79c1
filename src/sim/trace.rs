//! A run condensed to one number, so that two runs can be compared.

use super::Nanos;

/// A running 64-bit FNV-1a hash over the events of a run. Equal runs have equal hashes; that unequal
/// runs collide by chance has probability 2^-64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trace(u64);

impl Default for Trace {
    fn default() -> Self {
        Trace(0xcbf2_9ce4_8422_2325)
    }
}

impl Trace {
    /// Adds an event: when it happened, what it is called, and what or whom it concerns.
    pub fn record(&mut self, at: Nanos, what: &str, id: u64) {
        self.bytes(&at.0.to_le_bytes());
        self.bytes(what.as_bytes());
        self.bytes(&id.to_le_bytes());
    }

    /// The hash so far.
    #[must_use]
    pub fn hash(self) -> u64 {
        self.0
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_fnv_1a() {
        // Test vectors from the FNV reference (Noll): "" and "foobar".
        let mut trace = Trace::default();
        assert_eq!(trace.hash(), 0xcbf2_9ce4_8422_2325);
        trace.bytes(b"foobar");
        assert_eq!(trace.hash(), 0x8594_4171_f739_67e8);
    }
}
