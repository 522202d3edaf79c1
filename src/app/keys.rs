//! What has the keys: the question that is being answered, and the keys that are its own.

use super::asking::Asking;
use super::live::LiveBlock;
use super::{Model, Tab};
use crate::config::key::Key;

impl Model {
    /// The question that has the keys, wherever it is asked.
    #[must_use]
    pub fn asking(&self) -> Option<&Asking> {
        if self.overlay.is_some() {
            return None;
        }
        match self.tab {
            Tab::Drill => self.drill.asking(),
            Tab::Library => match self.reader.open.as_ref()?.block_with_keys()? {
                LiveBlock::Card(asking) => Some(asking),
                LiveBlock::Decide(walking) => walking.asking(),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether a key is text or the letter of an option now, whatever command has it.
    #[must_use]
    pub fn takes(&self, key: Key) -> bool {
        if self.types_text() {
            return key.typed().is_some();
        }
        self.asking().is_some_and(|asking| asking.takes(key))
    }
}
