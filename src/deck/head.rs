//! What lists, queues and plans need of a card, without its text.
//!
//! A collection may have a hundred thousand cards, and a start must not read them all. So a card is known by its head
//! until it is asked; the head says where in its file the card stands, and that piece alone is read then.

use std::ops::Range;
use std::sync::Arc;

use super::text::next_card;
use super::{Card, CardId, Deck, Weight};

/// The kinds of cards, as deck files name them.
pub const KINDS: [&str; 10] =
    ["basic", "cloze", "choice", "order", "match", "sort", "spot", "estimate", "predict", "rubric"];

/// A card as lists know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The stable id.
    pub id: CardId,
    /// The topic it belongs to, by slug. All cards of a topic share the text.
    pub topic: Arc<str>,
    /// How much it matters.
    pub weight: Weight,
    /// How it is answered: one of [`KINDS`].
    pub kind: &'static str,
    /// The line of the file where it starts, from 1.
    pub line: usize,
    /// Where in the file's text it stands, from its `[[card]]` to before the next; empty where it stands in no file.
    pub bytes: Range<usize>,
}

impl Head {
    /// The head of a card that stands in that place of its file.
    #[must_use]
    pub fn of(card: &Card, topic: &Arc<str>, bytes: Range<usize>) -> Head {
        Head {
            id: card.id.clone(),
            topic: Arc::clone(topic),
            weight: card.weight,
            kind: card.kind.name(),
            line: card.line,
            bytes,
        }
    }
}

/// The heads of a deck's cards; `text` is what the deck was read from. A card that does not begin with `[[card]]` (TOML
/// has other ways to write a list of tables) cannot be read by itself: its place is empty.
#[must_use]
pub fn heads(deck: &Deck, text: &str) -> Vec<Head> {
    let topic: Arc<str> = Arc::from(deck.topic.as_str());
    let mut lines = Lines { text, line: 1, byte: 0 };
    let starts: Vec<usize> = deck.cards.iter().map(|card| lines.start_of(card.line)).collect();
    let mut heads: Vec<Head> = Vec::with_capacity(deck.cards.len());
    for (card, &start) in deck.cards.iter().zip(&starts) {
        // To the next card of the file, also where that one is damaged and is no card of the deck.
        let begins = text[start..].trim_start_matches([' ', '\t']).starts_with("[[card]]");
        let end = if begins { next_card(text, start) } else { start };
        heads.push(Head::of(card, &topic, start..end));
    }
    heads
}

/// Finds lines from the top down.
struct Lines<'t> {
    text: &'t str,
    line: usize,
    byte: usize,
}

impl Lines<'_> {
    /// The byte where a line begins; lines are asked for in order.
    fn start_of(&mut self, line: usize) -> usize {
        while self.line < line {
            match self.text[self.byte..].find('\n') {
                Some(at) => self.byte += at + 1,
                None => return self.text.len(),
            }
            self.line += 1;
        }
        self.byte
    }
}

#[cfg(test)]
mod tests {
    use super::super::{parse, parse_card};
    use super::*;

    #[test]
    fn a_card_is_read_by_itself_as_it_is_in_its_deck() {
        let text = "topic = \"t\"\n# [[card]]\n[[card]]\nid = \"a\"\nkind = \"basic\"\nquestion = \"\"\"\n[[card]]\nid = \"no\"\n\"\"\"\nanswer = '''x'''\n\n  [[card]]\nid = \"b\"\nkind = \"choice\"\nquestion = \"?\"\n[[card.options]]\ntext = \"y\"\nright = true\n[[card.options]]\ntext = \"n\"\nwhy = \"w\"\n[[card]]\nid = \"broken\"\n[[card]]\nid = \"c\"\nkind = \"basic\"\nquestion = \"q\"\nanswer = \"a\"\n";
        let (deck, problems) = parse("t.toml", text);
        assert!(!problems.is_empty() && deck.cards.len() == 3, "{problems:?}");
        let heads = heads(&deck, text);
        for (head, card) in heads.iter().zip(&deck.cards) {
            assert_eq!(
                (&head.id, head.kind, head.weight, head.line),
                (&card.id, card.kind.name(), card.weight, card.line)
            );
            let (alone, problems) = parse_card("t.toml", &text[head.bytes.clone()], head.line, "t");
            assert_eq!(problems, []);
            assert_eq!(alone.as_ref(), Some(card));
        }
    }

    #[test]
    fn a_list_in_one_line_has_no_place_of_its_own() {
        let text =
            "topic = \"t\"\ncard = [{ id = \"a\", kind = \"basic\", question = \"q\", answer = \"x\" }]\n";
        let (deck, problems) = parse("t.toml", text);
        assert_eq!((problems, deck.cards.len()), (Vec::new(), 1));
        assert!(heads(&deck, text)[0].bytes.is_empty());
    }
}
