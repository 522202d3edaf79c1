//! The parameters of the model that were fitted to the learner's own log.
//!
//! They are kept as a note, with the name of the model that they belong to: those of another model are none. Each review's
//! rules are in the log with the parameters they were made by, so what was scheduled before stays as it was.

use super::{Store, StoreError};
use crate::memory::MODEL;

/// The note's key.
const NOTE: &str = "parameters";

impl Store {
    /// The parameters that were fitted, if there are any.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn own_parameters(&self) -> Result<Option<Vec<f32>>, StoreError> {
        Ok(self.note(NOTE)?.and_then(|note| read(&note)))
    }

    /// Keeps fitted parameters, or forgets them: then the usual ones count again.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn set_own_parameters(&mut self, parameters: Option<&[f32]>) -> Result<(), StoreError> {
        let numbers = parameters.unwrap_or_default().iter().map(|number| format!(" {number}"));
        self.set_note(NOTE, &format!("{MODEL}{}", numbers.collect::<String>()))
    }
}

fn read(note: &str) -> Option<Vec<f32>> {
    let numbers = note.strip_prefix(MODEL)?;
    let numbers: Option<Vec<f32>> = numbers.split_whitespace().map(|number| number.parse().ok()).collect();
    numbers.filter(|numbers| !numbers.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::Rules;

    #[test]
    fn parameters_come_back_to_the_last_bit_and_can_be_forgotten() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = Store::open(folder.path()).expect("a store");
        assert_eq!(store.own_parameters().ok(), Some(None));
        let own: Vec<f32> = Rules::default().parameters.iter().map(|number| number * 1.100_001).collect();
        store.set_own_parameters(Some(&own)).expect("kept");
        assert_eq!(store.own_parameters().ok(), Some(Some(own)));
        store.set_own_parameters(None).expect("kept");
        assert_eq!(store.own_parameters().ok(), Some(None));
        for other in ["", "fsrs-9 1 2 3", "fsrs-6 x"] {
            store.set_note(NOTE, other).expect("kept");
            assert_eq!(store.own_parameters().ok(), Some(None), "{other}");
        }
    }
}
