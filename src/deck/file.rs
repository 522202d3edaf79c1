//! Deck files: TOML, one `[[card]]` after the other.
//!
//! A damaged card does not spoil the deck: it is left out and every error in it is reported with its
//! place. What a card says of demos (their names, controls and readings) is checked here too, since a
//! card that cannot be asked is damaged.

use std::collections::HashSet;

use super::{Card, CardId, Choice, Draw, Kind, Tolerance, Weight};
use crate::config::fields::{Fields, Placed, Reader, as_typed};
use crate::config::problem::{Problem, suggest};
use crate::lab::{self, Spec};

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
    Choice,
    Predict,
}

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
    let names = [("basic", KindName::Basic), ("choice", KindName::Choice), ("predict", KindName::Predict)];
    if fields.required(reader, "kind").is_none() {
        fields.finish(reader);
        return None;
    }
    let kind = match fields.one_of(reader, "kind", &names)? {
        KindName::Basic => Some(Kind::Basic {
            answer: fields.required(reader, "answer")?.value,
            accept: texts(&mut fields, reader, "accept"),
        }),
        KindName::Choice => read_choice(&mut fields, reader),
        KindName::Predict => read_predict(&mut fields, question.as_ref(), reader),
    };
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

fn texts(fields: &mut Fields<'_, '_>, reader: &mut Reader<'_>, name: &'static str) -> Vec<String> {
    fields.texts(reader, name).into_iter().map(|text| text.value).collect()
}

fn read_choice(fields: &mut Fields<'_, '_>, reader: &mut Reader<'_>) -> Option<Kind> {
    let at = fields.place("options");
    let mut options = Vec::new();
    for mut option in fields.tables(reader, "options") {
        let start = option.start();
        let text = option.required(reader, "text");
        let right = option.switch(reader, "right").is_some_and(|right| right.value);
        let why = option.text(reader, "why").map_or_else(String::new, |why| why.value);
        option.finish(reader);
        if !right && why.trim().is_empty() {
            reader.problem(start, "a wrong option needs a 'why': what is wrong with it");
        }
        options.extend(text.map(|text| Choice { text: text.value, right, why }));
    }
    if options.len() < 2 || options.len() > 9 {
        reader.problem(at, "a choice has 2 to 9 options");
    } else if !options.iter().any(|option| option.right) {
        reader.problem(at, "no option is right: mark one with right = true");
    }
    Some(Kind::Choice { options })
}

fn read_predict(
    fields: &mut Fields<'_, '_>,
    question: Option<&Placed<String>>,
    reader: &mut Reader<'_>,
) -> Option<Kind> {
    let set = read_set(fields, reader);
    let draw = read_draw(fields, reader);
    let seconds = fields.number(reader, "for");
    if let Some(seconds) = &seconds
        && !(0.001..=86_400.0).contains(&seconds.value)
    {
        reader.problem(seconds.span.start, "'for' is 0.001 to 86400 seconds of simulated time");
    }
    let tolerance = read_tolerance(fields, reader);
    let reading = fields.required(reader, "reading");
    let demo = fields.required(reader, "demo")?;
    let Some(spec) = lab::find(&demo.value) else {
        let known: Vec<&str> = lab::demos().iter().map(|spec| spec.name).collect();
        let message = format!("no demo is called '{}'", demo.value);
        reader.problem_with_help(demo.span.start, message, suggest(&demo.value, &known));
        return None;
    };
    let drawn = draw.iter().flat_map(|(name, values)| values.iter().map(move |value| (name, value)));
    for (name, value) in set.iter().map(|(name, value)| (name, value)).chain(drawn) {
        check_setting(spec, name, value, reader);
    }
    let reading = reading?;
    if spec.reading(&reading.value).is_none() {
        let known: Vec<&str> = spec.readings.iter().map(|reading| reading.name).collect();
        let message = format!("the demo '{}' has no reading '{}'", spec.name, reading.value);
        reader.problem_with_help(reading.span.start, message, suggest(&reading.value, &known));
    }
    if let Some(question) = question {
        check_places(question, spec, reader);
    }
    Some(Kind::Predict {
        demo: demo.value,
        set: set.into_iter().map(|(name, value)| (name.value, value.value)).collect(),
        draw: draw
            .into_iter()
            .map(|(name, values)| Draw {
                control: name.value,
                values: values.into_iter().map(|v| v.value).collect(),
            })
            .collect(),
        seconds: seconds.map(|seconds| seconds.value),
        reading: reading.value,
        tolerance: tolerance?,
    })
}

fn read_set(fields: &mut Fields<'_, '_>, reader: &mut Reader<'_>) -> Vec<(Placed<String>, Placed<String>)> {
    let mut set = Vec::new();
    for (name, value) in fields.entries(reader, "set") {
        match as_typed(value.get_ref()) {
            Some(text) => set.push((name, Placed { value: text.into_owned(), span: value.span() })),
            None => {
                reader.problem(value.span().start, "a control is set to a text or a number");
            }
        }
    }
    set
}

fn read_draw(
    fields: &mut Fields<'_, '_>,
    reader: &mut Reader<'_>,
) -> Vec<(Placed<String>, Vec<Placed<String>>)> {
    let mut draw = Vec::new();
    for (name, value) in fields.entries(reader, "draw") {
        let list = value.get_ref().as_array().map(|list| {
            list.iter()
                .filter_map(|item| {
                    as_typed(item.get_ref())
                        .map(|text| Placed { value: text.into_owned(), span: item.span() })
                })
                .collect::<Vec<_>>()
        });
        match list {
            Some(values) if !values.is_empty() => draw.push((name, values)),
            _ => {
                reader
                    .problem(value.span().start, "a control is drawn from a list of values: [\"4\", \"9\"]");
            }
        }
    }
    draw
}

fn read_tolerance(fields: &mut Fields<'_, '_>, reader: &mut Reader<'_>) -> Option<Tolerance> {
    let (within, factor) = (fields.number(reader, "within"), fields.number(reader, "factor"));
    match (within, factor) {
        (Some(within), None) if within.value > 0.0 => Some(Tolerance::Within(within.value)),
        (None, Some(factor)) if factor.value > 1.0 => Some(Tolerance::Factor(factor.value)),
        (None, Some(factor)) => {
            reader.problem(factor.span.start, "'factor' is more than 1: 1.25 accepts a quarter too much");
            None
        }
        (Some(within), None) => {
            reader.problem(within.span.start, "'within' is more than 0, in the reading's unit");
            None
        }
        _ => {
            let help = "within = 0.02 (in the reading's unit) or factor = 1.25";
            reader.problem_with_help(fields.start(), "how close must a bet be?", help);
            None
        }
    }
}

fn check_setting(spec: &Spec, name: &Placed<String>, value: &Placed<String>, reader: &mut Reader<'_>) {
    match spec.control(&name.value) {
        None => {
            let known: Vec<&str> = spec.controls.iter().map(|control| control.name).collect();
            let message = format!("the demo '{}' has no control '{}'", spec.name, name.value);
            reader.problem_with_help(name.span.start, message, suggest(&name.value, &known));
        }
        Some(control) => {
            if let Err(why) = control.parse(&value.value) {
                reader.problem(value.span.start, why.to_string());
            }
        }
    }
}

/// Every `{name}` in a predict card's question has to be a control.
fn check_places(question: &Placed<String>, spec: &Spec, reader: &mut Reader<'_>) {
    for name in places(&question.value) {
        if spec.control(name).is_none() {
            let known: Vec<&str> = spec.controls.iter().map(|control| control.name).collect();
            let message = format!("the question names '{{{name}}}', which is no control of '{}'", spec.name);
            reader.problem_with_help(question.span.start, message, suggest(name, &known));
        }
    }
}

/// The names in braces in a text: `{nodes}`.
pub(crate) fn places(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|rest| {
        let (name, _) = rest.split_once('}')?;
        (!name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'))
            .then_some(name)
    })
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
