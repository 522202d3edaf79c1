//! The id of a new card: made of what it asks, and of no card that is there.

use super::Library;

/// Words that say nothing of what a question is about.
const IDLE: [&str; 34] = [
    "a", "an", "the", "is", "are", "was", "be", "of", "in", "on", "to", "for", "and", "or", "what", "which",
    "how", "why", "when", "where", "who", "does", "do", "did", "can", "it", "its", "with", "by", "at",
    "that", "this", "you", "many",
];

/// The longest id that is made of words, in bytes.
const LONGEST: usize = 40;

impl Library {
    /// An id of the first words of a question that say something, which no card of the topic has.
    #[must_use]
    pub fn fresh_id(&self, topic: &str, question: &str) -> String {
        let small = question.to_lowercase();
        let words = small.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        let telling: Vec<&str> = words.filter(|word| !IDLE.contains(word)).take(4).collect();
        let mut stem = telling.join("-");
        stem.truncate(LONGEST);
        let stem = if stem.is_empty() { "card".to_string() } else { stem.trim_end_matches('-').to_string() };
        let mut id = stem.clone();
        let mut number = 2;
        while self.has_card(topic, &id) {
            id = format!("{stem}-{number}");
            number += 1;
        }
        id
    }

    /// Whether the topic has a card of that id.
    #[must_use]
    pub fn has_card(&self, topic: &str, id: &str) -> bool {
        self.deck(topic).is_some_and(|deck| deck.place_of(&format!("{topic}.{id}")).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_made_of_the_words_that_say_something() {
        let library = Library::load(&[]);
        let check = |question: &str, expected: &str| assert_eq!(library.fresh_id("own", question), expected);
        check("What is the cost of a write-ahead log?", "cost-write-ahead-log");
        check("How many?", "card");
        check("", "card");
        let long = "Disproportionately longwinded multisyllabic nomenclature";
        check(long, "disproportionately-longwinded-multisylla");
        let deck = &library.decks[0];
        let taken = deck.heads().next().map(|head| head.id.0.clone()).expect("a card");
        let (topic, id) = taken.split_once('.').expect("an id has its topic");
        assert!(library.has_card(topic, id) && !library.has_card(topic, "no-such-card"));
    }
}
