//! Health checks with two thresholds, so that one lost probe takes nobody out and one lucky probe brings nobody back.
//!
//! The thresholds are HAProxy's `rise` and `fall` (its defaults: 2 and 3). A server that stops answering is
//! noticed after `fall` intervals; until then it gets its share of the traffic, or more than that.

/// What the probes of one server have shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HealthCheck {
    rise: u32,
    fall: u32,
    healthy: bool,
    /// How many probes in a row have said otherwise.
    against: u32,
}

impl HealthCheck {
    /// A server that is taken for healthy until `fall` probes in a row fail, and for healthy again after `rise`
    /// probes in a row that succeed; each at least 1.
    #[must_use]
    pub fn new(rise: u32, fall: u32) -> HealthCheck {
        HealthCheck { rise: rise.max(1), fall: fall.max(1), healthy: true, against: 0 }
    }

    /// Takes in how a probe ended. Returns what the server is taken for now, where that has changed.
    pub fn report(&mut self, ok: bool) -> Option<bool> {
        if ok == self.healthy {
            self.against = 0;
            return None;
        }
        self.against += 1;
        if self.against < if ok { self.rise } else { self.fall } {
            return None;
        }
        self.healthy = ok;
        self.against = 0;
        Some(ok)
    }

    /// What the server is taken for.
    #[must_use]
    pub fn healthy(&self) -> bool {
        self.healthy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_takes_fall_failures_in_a_row_to_leave_and_rise_successes_to_return() {
        let check = |rise, fall, probes: &str, expected: &str| {
            let mut health = HealthCheck::new(rise, fall);
            let seen: String = probes
                .chars()
                .map(|probe| {
                    let changed = health.report(probe == '+');
                    assert!(changed.is_none_or(|to| to == health.healthy()));
                    if health.healthy() { 'u' } else { 'd' }
                })
                .collect();
            assert_eq!(seen, expected, "rise {rise}, fall {fall}: {probes}");
        };
        check(2, 3, "---++", "uuddu");
        check(2, 3, "--+--+---", "uuuuuuuud");
        check(2, 3, "---+-+-++", "uuddddddu");
        check(1, 1, "-+-+", "dudu");
        check(0, 0, "-+", "du");
    }
}
