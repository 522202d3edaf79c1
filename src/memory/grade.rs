//! The four grades.

use std::fmt;
use std::str::FromStr;

/// How well a card was recalled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grade {
    /// Not recalled.
    Again = 1,
    /// Recalled with trouble.
    Hard = 2,
    /// Recalled.
    Good = 3,
    /// Recalled at once.
    Easy = 4,
}

impl Grade {
    /// All four, from worst to best.
    pub const ALL: [Grade; 4] = [Grade::Again, Grade::Hard, Grade::Good, Grade::Easy];

    /// 1 to 4, as on the keys, in the log and in FSRS.
    #[must_use]
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The grade with that number, if it is 1 to 4.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Grade> {
        Grade::ALL.into_iter().find(|grade| i64::from(grade.number()) == number)
    }

    /// As typed on the command line: `good`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Grade::Again => "again",
            Grade::Hard => "hard",
            Grade::Good => "good",
            Grade::Easy => "easy",
        }
    }

    /// As shown on a button: `Good`.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Grade::Again => "Again",
            Grade::Hard => "Hard",
            Grade::Good => "Good",
            Grade::Easy => "Easy",
        }
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The text names no grade.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no grade '{0}': a grade is again, hard, good or easy")]
pub struct NotAGrade(pub String);

impl FromStr for Grade {
    type Err = NotAGrade;

    /// Reads a name in any case, or a number from 1 to 4.
    fn from_str(text: &str) -> Result<Grade, NotAGrade> {
        let word = text.trim().to_ascii_lowercase();
        Grade::ALL
            .into_iter()
            .find(|grade| word == grade.name() || word == grade.number().to_string())
            .ok_or_else(|| NotAGrade(text.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_names_and_numbers() {
        let check = |text: &str, expected| assert_eq!(text.parse::<Grade>().ok(), expected, "{text}");
        check("again", Some(Grade::Again));
        check(" Good ", Some(Grade::Good));
        check("2", Some(Grade::Hard));
        check("4", Some(Grade::Easy));
        check("5", None);
        check("", None);
        check("goods", None);
        for grade in Grade::ALL {
            assert_eq!(Grade::from_number(i64::from(grade.number())), Some(grade));
            assert_eq!(grade.to_string().parse(), Ok(grade));
        }
        assert_eq!(Grade::from_number(0), None);
        assert_eq!(
            "fine".parse::<Grade>().map_err(|error| error.to_string()),
            Err("no grade 'fine': a grade is again, hard, good or easy".to_string())
        );
    }
}
