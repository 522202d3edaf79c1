//! A card's seat in a session: where it stands, and its text once it is asked.
//!
//! A session may be over ten thousand cards of which fifty are asked. Its order needs no texts, so each is read when
//! its turn comes.

use std::fmt;
use std::sync::Arc;

use crate::deck::{Card, CardId, Head};
use crate::memory::CardState;

/// A card in a session.
#[derive(Clone, Debug)]
pub struct Seat {
    /// The card's id.
    pub id: CardId,
    /// Its topic, by slug.
    pub topic: Arc<str>,
    /// Where it stands.
    pub state: CardState,
    card: Option<Box<Card>>,
    /// What it said before its file was read again last: an edit begins there.
    before: Option<Box<Card>>,
}

impl Seat {
    /// The seat of a card that is read when it is asked.
    #[must_use]
    pub fn of(head: &Head, state: CardState) -> Seat {
        Seat { id: head.id.clone(), topic: Arc::clone(&head.topic), state, card: None, before: None }
    }

    /// Another text for the same card.
    pub(super) fn put(&mut self, card: Card) {
        self.card = Some(Box::new(card));
    }

    /// Another text, which its file has now.
    pub(super) fn put_anew(&mut self, card: Card) {
        self.before = self.card.replace(Box::new(card));
    }

    /// What it said before the edit that is taken over now; nothing where that is not known.
    pub(super) fn before_edit(&mut self, from: &Reader) -> Option<Box<Card>> {
        self.before.take().or_else(|| self.read(from).cloned().map(Box::new))
    }

    /// The next edit begins at what it says now.
    pub(super) fn forget_before(&mut self) {
        self.before = None;
    }

    /// The card, where it was read.
    pub(super) fn card(&self) -> Option<&Card> {
        self.card.as_deref()
    }

    /// The card, which is read where it was not; nothing where it is not there any more.
    pub(super) fn read(&mut self, from: &Reader) -> Option<&Card> {
        if self.card.is_none() {
            self.card = from.0(&self.id).map(Box::new);
        }
        self.card()
    }
}

impl From<(Card, CardState)> for Seat {
    fn from((card, state): (Card, CardState)) -> Seat {
        let (id, topic) = (card.id.clone(), Arc::from(card.topic.as_str()));
        Seat { id, topic, state, card: Some(Box::new(card)), before: None }
    }
}

/// Where the texts of cards come from.
#[derive(Clone)]
pub struct Reader(Arc<Read>);

type Read = dyn Fn(&CardId) -> Option<Card> + Send + Sync;

impl Reader {
    /// Reads cards with a function; nothing from it is a card that is not there.
    pub fn new(read: impl Fn(&CardId) -> Option<Card> + Send + Sync + 'static) -> Reader {
        Reader(Arc::new(read))
    }

    /// Reads none: all seats have their cards.
    #[must_use]
    pub fn none() -> Reader {
        Reader::new(|_| None)
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reader")
    }
}
