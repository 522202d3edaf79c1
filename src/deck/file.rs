//! Deck files: TOML, one `[[card]]` after the other.
//!
//! A damaged card does not spoil the deck: it is left out and every error in it is reported with its
//! place. What a card says of demos (their names, controls and readings) is checked here too, and the sheet of an
//! estimate is worked out, since a card that cannot be asked is damaged. What the kinds have of their own is read by
//! files of their own.

use std::collections::HashSet;

use super::{Card, CardId, Kind, Weight};
use crate::config::fields::{Fields, Placed, Reader};
use crate::config::problem::Problem;

mod bet;
mod draw;
mod estimate;
mod exhibit;
mod lists;
mod words;

/// The cards of one topic.
#[derive(Clone, Debug, PartialEq)]
pub struct Deck {
    /// The topic, by slug.
    pub topic: String,
    /// Its title in lists.
    pub title: String,
    /// The cards in the file's order, which is the order of learning.
    pub cards: Vec<Card>,
    /// The file it came from, as the learner would name it.
    pub file: String,
}

/// Reads a deck. What is wrong with it comes beside it; the good cards can be used all the same.
#[must_use]
pub fn parse(file: &str, text: &str) -> (Deck, Vec<Problem>) {
    let mut reader = Reader::new(file, text, 1);
    let table = reader.table();
    let mut fields = Fields::new(table.get_ref(), 0..0);
    let topic = fields.required(&mut reader, "topic").map_or_else(String::new, |topic| topic.value);
    let title = fields.text(&mut reader, "title").map_or_else(|| topic.clone(), |title| title.value);
    let mut cards: Vec<Card> = Vec::new();
    let mut ids = HashSet::new();
    for card in fields.tables(&mut reader, "card") {
        let (id_at, known) = (card.place("id"), reader.problems.len());
        let card = read_card(card, &topic, &mut reader);
        if let Some(card) = card {
            if !ids.insert(card.id.clone()) {
                reader.problem(id_at, format!("the id '{}' is used twice in this deck", card.id));
            } else if reader.problems.len() == known {
                cards.push(card);
            }
        }
    }
    fields.finish(&mut reader);
    if cards.is_empty() && reader.problems.is_empty() {
        reader.problem(0, "the deck has no cards");
    }
    (Deck { topic, title, cards, file: file.to_string() }, reader.problems)
}

/// Reads one card from the piece of a deck's text in which it stands (see [`super::Head::bytes`]); `line` is the line of
/// the file where the piece begins.
#[must_use]
pub fn parse_card(file: &str, text: &str, line: usize, topic: &str) -> (Option<Card>, Vec<Problem>) {
    let mut reader = Reader::new(file, text, line);
    let table = reader.table();
    let mut fields = Fields::new(table.get_ref(), 0..0);
    let card = fields.tables(&mut reader, "card").into_iter().next();
    let card = card.and_then(|card| read_card(card, topic, &mut reader));
    (card.filter(|_| reader.problems.is_empty()), reader.problems)
}

#[derive(Clone, Copy)]
enum KindName {
    Basic,
    Cloze,
    Choice,
    Order,
    Match,
    Sort,
    Spot,
    Estimate,
    Predict,
    Rubric,
}

const KINDS: [(&str, KindName); 10] = [
    ("basic", KindName::Basic),
    ("cloze", KindName::Cloze),
    ("choice", KindName::Choice),
    ("order", KindName::Order),
    ("match", KindName::Match),
    ("sort", KindName::Sort),
    ("spot", KindName::Spot),
    ("estimate", KindName::Estimate),
    ("predict", KindName::Predict),
    ("rubric", KindName::Rubric),
];

fn read_card(mut fields: Fields<'_, '_>, topic: &str, reader: &mut Reader<'_>) -> Option<Card> {
    let line = reader.line(fields.start());
    let id = fields.required(reader, "id");
    if let Some(id) = &id
        && !id.value.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    {
        reader.problem(id.span.start, "an id is made of small letters, digits and hyphens");
    }
    let weights = [("core", Weight::Core), ("standard", Weight::Standard), ("deep", Weight::Deep)];
    let weight = fields.one_of(reader, "weight", &weights).unwrap_or_default();
    let question = fields.required(reader, "question");
    let why = fields.text(reader, "why").map_or_else(String::new, |why| why.value);
    let see = fields.text(reader, "see").map(|see| see.value);
    let hints = texts(&mut fields, reader, "hints");
    if fields.required(reader, "kind").is_none() {
        fields.finish(reader);
        return None;
    }
    let name = fields.one_of(reader, "kind", &KINDS)?;
    let kind = read_kind(name, &mut fields, question.as_ref(), reader);
    fields.finish(reader);
    Some(Card {
        id: CardId(format!("{topic}.{}", id?.value)),
        topic: topic.to_string(),
        weight,
        question: question?.value,
        kind: kind?,
        why,
        hints,
        see,
        line,
    })
}

fn read_kind(
    name: KindName,
    fields: &mut Fields<'_, '_>,
    question: Option<&Placed<String>>,
    reader: &mut Reader<'_>,
) -> Option<Kind> {
    match name {
        KindName::Basic => words::basic(fields, reader),
        KindName::Cloze => words::cloze(fields, question, reader),
        KindName::Rubric => words::rubric(fields, reader),
        KindName::Choice => lists::choice(fields, reader),
        KindName::Order => lists::order(fields, reader),
        KindName::Match => lists::pairs(fields, reader),
        KindName::Sort => lists::sort(fields, reader),
        KindName::Spot => exhibit::spot(fields, reader),
        KindName::Estimate => estimate::estimate(fields, question, reader),
        KindName::Predict => bet::predict(fields, question, reader),
    }
}

/// A list of texts, none of them empty.
fn texts(fields: &mut Fields<'_, '_>, reader: &mut Reader<'_>, name: &'static str) -> Vec<String> {
    let texts = fields.texts(reader, name);
    for text in texts.iter().filter(|text| text.value.trim().is_empty()) {
        reader.problem(text.span.start, format!("a text in '{name}' is empty"));
    }
    texts.into_iter().map(|text| text.value).collect()
}

/// Complains of a text that stood in the list before.
fn tell_twice(seen: &[Placed<String>], text: &Placed<String>, reader: &mut Reader<'_>) {
    if seen.iter().any(|seen| seen.value.trim() == text.value.trim()) {
        reader.problem(text.span.start, "this text stands here twice: nobody could tell one from the other");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
topic = "t"
[[card]]
id = "a"
kind = "basic"
question = "Q?"
answer = "A."
[[card]]
id = "b"
kind = "choice"
weight = "core"
question = "Which?"
options = [ { text = "this", right = true }, { text = "that", why = "no" } ]
why = "because"
"#;

    #[test]
    fn reads_cards_in_order() {
        let (deck, problems) = parse("t.toml", GOOD);
        assert_eq!(problems, []);
        let ids: Vec<String> = deck.cards.iter().map(|card| card.id.to_string()).collect();
        assert_eq!(ids, ["t.a", "t.b"]);
        assert_eq!(deck.cards[1].weight, Weight::Core);
        assert_eq!(deck.cards[1].line, 8);
    }

    #[test]
    fn a_bad_card_is_named_and_the_good_ones_stay() {
        let check = |broken: &str, expected: &str| {
            let (deck, problems) = parse("t.toml", &format!("{GOOD}[[card]]\n{broken}\n"));
            assert_eq!(deck.cards.len(), 2, "{broken}");
            let said: Vec<String> =
                problems.iter().map(|p| format!("{}:{} {}", p.line, p.column, p.message)).collect();
            assert!(said.iter().any(|said| said == expected), "{broken}\n{said:#?}");
        };
        check("id = \"c\"\nkind = \"basc\"\nquestion = \"Q\"", "17:8 'kind' cannot be 'basc'");
        check(
            "id = \"a\"\nkind = \"basic\"\nquestion = \"Q\"\nanswer = \"A\"",
            "16:6 the id 't.a' is used twice in this deck",
        );
        check(
            "id = \"C d\"\nkind = \"basic\"\nquestion = \"Q\"\nanswer = \"A\"",
            "16:6 an id is made of small letters, digits and hyphens",
        );
        check(
            "id = \"c\"\nkind = \"choice\"\nquestion = \"Q\"\noptions = [{ text = \"x\", right = true }]",
            "19:11 a choice has 2 to 9 options",
        );
        check("id = \"c\"\nkind = \"basic\"\nquestion = \"Q\"", "15:1 'answer' is missing");
        check(
            "id = \"c\"\nkind = \"basic\"\nquestion = \"Q\"\nanswer = \"A\"\nwhay = \"x\"",
            "20:1 'whay' is not known here",
        );
        check(
            "id = \"c\"\nkind = \"predict\"\nquestion = \"Q\"\ndemo = \"rong\"\nreading = \"x\"\nwithin = 1",
            "19:8 no demo is called 'rong'",
        );
    }

    #[test]
    fn any_bytes_give_problems_not_panics() {
        for text in [
            "",
            "\u{0}",
            "[[card]]",
            "card = 3",
            "topic = [",
            "[[card]]\nid = 1\nkind = {}",
            "topic=\"x\"\ncard=[1]",
        ] {
            let (_, problems) = parse("x.toml", text);
            assert!(!problems.is_empty(), "{text:?}");
        }
    }
}
