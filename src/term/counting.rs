//! Counting the figures of Progress. It takes some milliseconds, and is done at once; where a long log was never
//! counted (it came from another machine, or from an older program), it is done on a thread with the file opened
//! once more, and the screen waits for it alone.

use std::path::PathBuf;
use std::sync::Arc;

use crate::app::Figures;
use crate::library::Library;
use crate::memory::{Moment, Scheduler};
use crate::store::{Store, StoreError};

/// From how many events and cards on a thread counts.
const MANY: u64 = 20_000;

/// What figures are made of besides the store.
pub struct Wanted {
    /// The library.
    pub library: Arc<Library>,
    /// What predicts recall.
    pub scheduler: Scheduler,
    /// The moment as of which they are.
    pub now: Moment,
}

impl Wanted {
    /// The figures by a store. Sums that are far behind are written down first; where that cannot be, as while another
    /// program writes, it is left for another time.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn count(&self, store: &mut Store) -> Result<Figures, StoreError> {
        let _ = store.settle_if_behind();
        Figures::read(store, &self.library, &self.scheduler, self.now)
    }

    /// Whether counting takes long enough for a thread.
    pub fn takes_long(&self, store: &Store) -> bool {
        let cards: u64 = self.library.decks.iter().map(|deck| deck.len() as u64).sum();
        cards + store.unsettled().unwrap_or(0) >= MANY
    }

    /// Counts on a thread, which opens the store in `data` for itself, and hands over what it found or why it did not.
    ///
    /// # Errors
    /// Where no thread can be had.
    pub fn count_on_a_thread(
        self,
        data: PathBuf,
        tell: impl FnOnce(Result<Box<Figures>, String>) + Send + 'static,
    ) -> std::io::Result<()> {
        let count = move || {
            let found = Store::open(&data).and_then(|mut store| self.count(&mut store));
            tell(found.map(Box::new).map_err(|error| error.to_string()));
        };
        std::thread::Builder::new().name("counting".into()).spawn(count).map(|_| ())
    }
}
