//! How far a number is off, in words that are never wrong.
//!
//! A figure is rounded to be read, and a rounded figure can fall on the very limit that the number has passed: 2.003
//! times the truth is "a factor of 2", and still not within a factor of 2. So whoever was judged to be outside is never
//! told the limit itself: it is "just over".

/// How far a number is off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Off {
    /// Not at all, as far as it is shown.
    Exactly,
    /// By an amount, as shown: `8%`, `1.2 points`, `5 s`; and whether it is too high.
    By(String, bool),
    /// By a factor, as shown; and whether it is too high.
    Factor(String, bool),
}

impl Off {
    /// As a clause: `8% too high`. `limit` is what would be said of a number that is as far off as is allowed, where this
    /// one is further off.
    pub fn said(&self, limit: Option<&Off>) -> String {
        let over = if limit == Some(self) { "just over " } else { "" };
        let side = |high: bool| if high { "too high" } else { "too low" };
        match self {
            Off::Exactly => "exactly".to_string(),
            Off::By(amount, high) => format!("{over}{amount} {}", side(*high)),
            Off::Factor(factor, high) => format!("{} by a factor of {over}{factor}", side(*high)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_outside_is_never_told_the_limit_itself() {
        let two = Off::Factor("2".into(), true);
        assert_eq!(two.said(None), "too high by a factor of 2");
        assert_eq!(two.said(Some(&two)), "too high by a factor of just over 2");
        assert_eq!(two.said(Some(&Off::Factor("2".into(), false))), "too high by a factor of 2");
        let tenth = Off::By("10%".into(), false);
        assert_eq!(tenth.said(Some(&tenth)), "just over 10% too low");
        assert_eq!(Off::Exactly.said(None), "exactly");
    }
}
