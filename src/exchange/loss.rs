//! What of a note type could not be taken over as it is: counted, since a collection may have thousands of them.

use std::collections::BTreeMap;
use std::fmt;

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

/// Cards of one note type that share a fate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// The note type, by its name in Anki.
    pub notetype: String,
    /// What became of the cards, and why.
    pub fate: Fate,
    /// How many notes they belong to.
    pub notes: usize,
    /// How many cards there are.
    pub cards: usize,
}

/// What becomes of cards that cannot be taken over as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// Left out: each hides a part of a picture.
    HidesPicture,
    /// Left out: nothing is on the front.
    EmptyFront,
    /// Taken, though a picture or a sound is all that is on the front.
    OnlyMedia,
    /// Taken without style and scripts.
    AsItLooks,
    /// Taken by their first two fields, since a text has no templates.
    TwoFields,
}

impl Fate {
    /// Whether the cards did not come in.
    #[must_use]
    pub fn is_left_out(self) -> bool {
        matches!(self, Fate::HidesPicture | Fate::EmptyFront)
    }

    /// What is said of it, behind "3 cards of 2 notes".
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Fate::HidesPicture => {
                "left out: what is asked is a part of a picture that is hidden, and a terminal shows no pictures"
            }
            Fate::EmptyFront => "left out: nothing is on the front, or only what a script would draw",
            Fate::OnlyMedia => {
                "taken, but the question is a picture or a sound, of which only the name is shown: rewrite or suspend them"
            }
            Fate::AsItLooks => "taken as they look, without style and scripts",
            Fate::TwoFields => "the first two fields are taken as question and answer",
        }
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counted =
            |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        let (cards, notes) = (counted(self.cards, "card"), counted(self.notes, "note"));
        write!(f, "note type '{}': {cards} of {notes}: {}", self.notetype, self.fate.words())
    }
}

/// The losses of an import while it goes on.
#[derive(Default)]
pub(super) struct Losses(BTreeMap<(String, Fate), Counts>);

#[derive(Default)]
struct Counts {
    notes: usize,
    cards: usize,
    /// The note that was counted last: the cards of a note come one after the other.
    last: Option<i64>,
}

impl Losses {
    /// Counts a card. `note` is any number that other notes do not have.
    pub fn add(&mut self, notetype: &str, fate: Fate, note: i64) {
        let counts = self.0.entry((notetype.to_string(), fate)).or_default();
        counts.cards += 1;
        counts.notes += usize::from(counts.last != Some(note));
        counts.last = Some(note);
    }

    /// All of them, by note type.
    pub fn finish(self) -> Vec<Loss> {
        let loss = |((notetype, fate), Counts { notes, cards, .. })| Loss { notetype, fate, notes, cards };
        self.0.into_iter().map(loss).collect()
    }
}

/// Whether a question, in Markdown, says nothing but the names of pictures and sounds.
pub(super) fn is_only_media(question: &str) -> bool {
    if !question.contains("![") && !question.contains("(sound: ") {
        return false;
    }
    let mut text = String::new();
    let mut pictures = 0;
    for event in Parser::new(question) {
        match event {
            Event::Start(Tag::Image { .. }) => pictures += 1,
            Event::End(TagEnd::Image) => pictures -= 1,
            Event::Text(piece) | Event::Code(piece) if pictures == 0 => text.push_str(&piece),
            _ => {}
        }
    }
    let mut rest = text.as_str();
    let mut said = String::new();
    while let Some((before, after)) = rest.split_once("(sound: ") {
        said.push_str(before);
        rest = after.split_once(')').map_or("", |(_, after)| after);
    }
    !said.chars().chain(rest.chars()).any(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_of_nothing_but_media() {
        let check =
            |question: &str, expected: bool| assert_eq!(is_only_media(question), expected, "{question}");
        check("![net.png](net.png)", true);
        check("![a](a)\\\n(sound: b.mp3) ...", true);
        check("(sound: b.mp3)", true);
        check("What is this? ![a](a)", false);
        check("(sound: b.mp3) Which word?", false);
        check("![a](a) `x`", false);
        check("plain", false);
        check("", false);
    }

    #[test]
    fn cards_are_counted_by_note_type_and_fate() {
        let mut losses = Losses::default();
        for (notetype, note) in [("B", 1), ("A", 2), ("A", 2), ("A", 3)] {
            losses.add(notetype, Fate::HidesPicture, note);
        }
        losses.add("A", Fate::AsItLooks, 3);
        let said: Vec<String> = losses.finish().iter().map(ToString::to_string).collect();
        assert_eq!(said.len(), 3);
        assert!(said[0].starts_with("note type 'A': 3 cards of 2 notes: left out: "), "{said:?}");
        assert_eq!(said[1], "note type 'A': 1 card of 1 note: taken as they look, without style and scripts");
        assert!(said[2].starts_with("note type 'B': 1 card of 1 note: left out"), "{said:?}");
    }
}
