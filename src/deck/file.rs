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
    let topic = fields.required(&mut reader, "topic");
    let slug = |topic: &Placed<String>| !topic.value.contains(|c: char| c.is_whitespace() || c == '.');
    if let Some(topic) = topic.as_ref().filter(|topic| !slug(topic)) {
        reader.problem_with_help(
            topic.span.start,
            "a topic is named by its slug, which has neither spaces nor dots",
            "topic = \"rate-limiting\"",
        );
    }
    // Cards of no topic have no names.
    let named = topic.as_ref().is_some_and(slug);
    let topic = topic.map_or_else(String::new, |topic| topic.value);
    let title = fields.text(&mut reader, "title").map_or_else(|| topic.clone(), |title| title.value);
    let mut cards: Vec<Card> = Vec::new();
    let mut ids = HashSet::new();
    for card in fields.tables(&mut reader, "card") {
        let (id_at, known) = (card.place("id"), reader.problems.len());
        let card = read_card(card, &topic, &mut reader);
        if let Some(card) = card {
            if !ids.insert(card.id.clone()) {
                reader.problem(id_at, format!("the id '{}' is used twice in this deck", card.id));
            } else if named && reader.problems.len() == known {
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

const NAMES: [(&str, KindName); 10] = [
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
    let name = fields.one_of(reader, "kind", &NAMES)?;
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
        check(
            "id = \"c\"\nkind = \"choice\"\nquestion = \"Q\"\noptions = [{ text = \"x\", right = true }, { text = \"x\", why = \"n\" }]",
            "19:51 this text stands here twice: nobody could tell one from the other",
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
    fn cards_of_no_topic_are_left_out() {
        let check = |topic: &str, expected: &str| {
            let (deck, problems) = parse("t.toml", &GOOD.replace("topic = \"t\"", topic));
            let said: Vec<String> =
                problems.iter().map(|p| format!("{}:{} {}", p.line, p.column, p.message)).collect();
            assert_eq!((deck.cards.len(), said), (0, vec![expected.to_string()]), "{topic}");
        };
        check("", "1:1 'topic' is missing");
        check("topic = 5", "2:9 'topic' must be a text in quotes");
        for topic in ["a b", "a.b", " ", "a\\tb"] {
            let topic = format!("topic = \"{topic}\"");
            let (deck, problems) = parse("t.toml", &GOOD.replace("topic = \"t\"", &topic));
            assert!(deck.cards.is_empty() && problems.len() == 1, "{topic} {problems:?}");
        }
        // A misspelled field is told beside the fields that there are, each once.
        let (_, problems) = parse("t.toml", &GOOD.replace("answer = \"A.\"", "answer = \"A.\"\nzzzzzz = 1"));
        let help = problems[0].help.as_deref().unwrap_or_default();
        assert_eq!(help.matches("kind").count(), 1, "{help}");
    }

    /// A card of each new kind. All of them are good.
    const KINDS_TEXT: &str = r#"
topic = "t"
[[card]]
id = "typed"
kind = "basic"
question = "Q?"
answer = "A."
accept = ["a", "an a"]
hints = ["It is a letter.", "The first one."]
[[card]]
id = "cloze"
kind = "cloze"
typed = true
question = "Adding a node moves {{1/(n+1)|one in n+1::what share}} of the {{keys}}"
[[card]]
id = "order"
kind = "order"
question = "Q?"
items = ["a", "b", "c"]
[[card]]
id = "match"
kind = "match"
question = "Q?"
pairs = [["l1", "r1"], ["l2", "r2"]]
extra = ["r3"]
[[card]]
id = "sort"
kind = "sort"
question = "Q?"
classes = ["trap", "strong signal"]
items = [{ text = "x", class = "strong signal", why = "w" }, { text = "y", class = "trap" }, { text = "z", class = "trap" }]
[[card]]
id = "spot"
kind = "spot"
question = "Q?"
lang = "rust"
exhibit = """
fn main() {
    wrong();
}
"""
flaws = [{ at = "wrong", why = "w" }]
[[card]]
id = "estimate"
kind = "estimate"
question = "{users} users?"
draw = { users = ["10 million", "50 million"] }
sheet = """
users = {users} users
users * 5 reads/user / 1 day
"""
within = "2x"
[[card]]
id = "rubric"
kind = "rubric"
question = "Q?"
points = [{ text = "p", core = true }, { text = "q" }]
answer = "model"
"#;

    #[test]
    fn reads_every_kind() {
        use super::super::{Draw, Flaw, Gap, Point, Sorted, Within};
        let (deck, problems) = parse("t.toml", KINDS_TEXT);
        assert_eq!(problems, []);
        let text = |text: &str| text.to_string();
        let gap = |answers: &[&str], hint: Option<&str>| Gap {
            answers: answers.iter().map(|answer| text(answer)).collect(),
            hint: hint.map(text),
        };
        let sorted = |name: &str, class, why: &str| Sorted { text: text(name), class, why: text(why) };
        let expected = [
            Kind::Basic { answer: text("A."), accept: vec![text("a"), text("an a")] },
            Kind::Cloze {
                gaps: vec![gap(&["1/(n+1)", "one in n+1"], Some("what share")), gap(&["keys"], None)],
                typed: true,
            },
            Kind::Order { items: vec![text("a"), text("b"), text("c")] },
            Kind::Match {
                pairs: vec![(text("l1"), text("r1")), (text("l2"), text("r2"))],
                extra: vec![text("r3")],
            },
            Kind::Sort {
                classes: vec![text("trap"), text("strong signal")],
                items: vec![sorted("x", 1, "w"), sorted("y", 0, ""), sorted("z", 0, "")],
            },
            Kind::Spot {
                exhibit: text("fn main() {\n    wrong();\n}"),
                lang: text("rust"),
                flaws: vec![Flaw { line: 1, why: text("w") }],
            },
            Kind::Estimate {
                draw: vec![Draw {
                    control: text("users"),
                    values: vec![text("10 million"), text("50 million")],
                }],
                sheet: text("users = {users} users\nusers * 5 reads/user / 1 day\n"),
                within: Within::Double,
            },
            Kind::Rubric {
                points: vec![Point { text: text("p"), core: true }, Point { text: text("q"), core: false }],
                answer: text("model"),
            },
        ];
        let kinds: Vec<&Kind> = deck.cards.iter().map(|card| &card.kind).collect();
        assert_eq!(kinds, expected.iter().collect::<Vec<_>>());
        assert_eq!(deck.cards[0].hints.len(), 2);
        assert!(deck.cards[1].question.contains("{{keys}}"), "a cloze keeps its raw text");
    }

    #[test]
    fn every_mistake_has_its_place() {
        let check = |kind: &str, body: &str, expected: &str| {
            let text = format!("topic = \"t\"\n[[card]]\nid = \"c\"\nkind = \"{kind}\"\n{body}\n");
            let (deck, problems) = parse("t.toml", &text);
            assert!(deck.cards.is_empty(), "{body}");
            let said: Vec<String> =
                problems.iter().map(|p| format!("{}:{} {}", p.line, p.column, p.message)).collect();
            assert_eq!(said, [expected], "{body}");
        };
        let q = "question = \"Q?\"";
        check("cloze", q, "5:12 the question of a cloze card has no gap");
        check("cloze", "question = \"one {{two\"", "5:17 this gap is not closed: a gap ends with '}}'");
        check(
            "cloze",
            "question = \"\"\"\na {{b}}\nand {{}}\"\"\"",
            "7:5 this gap is empty: what belongs into it stands between the braces, as in {{answer::hint}}",
        );
        check(
            "order",
            &format!("{q}\nitems = [\"a\", \"b\"]"),
            "6:9 an order has 3 to 9 items, this one has 2",
        );
        check(
            "order",
            &format!("{q}\nitems = [\"a\", \"b\", \"a\"]"),
            "6:20 this text stands here twice: nobody could tell one from the other",
        );
        check("order", q, "2:1 an order has 3 to 9 items, this one has 0");
        check(
            "match",
            &format!("{q}\npairs = [[\"a\", \"b\"]]"),
            "6:9 a match has 2 to 8 pairs, this one has 1",
        );
        check(
            "match",
            &format!("{q}\npairs = [[\"a\", \"b\"], [\"c\", \"d\"], [\"e\"]]"),
            "6:34 a pair is a list of two texts",
        );
        check(
            "match",
            &format!("{q}\npairs = [[\"a\", \"b\"], [\"c\", \"d\"]]\nextra = [\"d\"]"),
            "7:10 an extra text belongs to no left side, and this one does",
        );
        let items = "items = [{ text = \"x\", class = \"trp\" }, { text = \"y\", class = \"a\" }, { text = \"z\", class = \"a\" }]";
        check("sort", &format!("{q}\nclasses = [\"trap\", \"a\"]\n{items}"), "7:32 there is no class 'trp'");
        let exhibit = "exhibit = \"\"\"\none\ntwo\none\n\"\"\"";
        check(
            "spot",
            &format!("{q}\n{exhibit}\nflaws = [{{ at = \"one\", why = \"w\" }}]"),
            "11:17 'one' stands in 2 lines of the exhibit, from line 1 to line 3",
        );
        check(
            "spot",
            &format!("{q}\n{exhibit}\nflaws = [{{ at = \"three\", why = \"w\" }}]"),
            "11:17 'three' stands in no line of the exhibit",
        );
        check("spot", &format!("{q}\n{exhibit}"), "2:1 an exhibit has a flaw");
        check(
            "estimate",
            &format!("{q}\nsheet = \"5 users\""),
            "2:1 'within' is missing: how close must an estimate be?",
        );
        check(
            "estimate",
            &format!("{q}\nwithin = \"3x\"\nsheet = \"5 users\""),
            "6:10 'within' cannot be '3x'",
        );
        check(
            "estimate",
            &format!("{q}\nwithin = \"2x\"\nsheet = \"5 users * {{n}}\""),
            "7:20 the sheet names '{n}', which is not drawn",
        );
        check(
            "estimate",
            &format!("{q}\nwithin = \"2x\"\nsheet = \"\"\"\n5 users\n3 GB + 5 s\n\"\"\""),
            "9:8 cannot add s to GB",
        );
        check(
            "estimate",
            &format!("{q}\nwithin = \"2x\"\ndraw = {{ n = [\"5 GB\", \"5 s\"] }}\nsheet = \"{{n}} + 1 GB\""),
            "8:10 cannot add GB to s (with n = 5 s)",
        );
        check(
            "estimate",
            &format!("{q}\nwithin = \"2x\"\ndraw = {{ n = [\"5\"] }}\nsheet = \"1 GB\""),
            "7:10 'n' is drawn and stands nowhere in the sheet",
        );
        check(
            "estimate",
            &format!("{q}\nwithin = \"2x\"\nsheet = \"1 - 1\""),
            "7:9 the answer is 0: how far one is off is judged by factors, and zero has none",
        );
        check(
            "rubric",
            &format!("{q}\npoints = [{{ text = \"p\" }}]"),
            "6:10 a rubric has 2 to 12 points, this one has 1",
        );
        check("basic", &format!("{q}\nanswer = \"A\"\naccept = [\"\"]"), "7:11 a text in 'accept' is empty");
    }

    #[test]
    fn the_examples_of_the_documentation_are_sound() {
        let documentation = include_str!("../../docs/formats.md");
        let section = documentation.split("## Decks: ").nth(1).and_then(|rest| rest.split("\n## ").next());
        let section = section.expect("there is a section on decks");
        let examples: Vec<&str> =
            section.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
        assert!(examples.len() >= 6, "{}", examples.len());
        for example in examples {
            let topic = if example.starts_with("topic") { "" } else { "topic = \"t\"\n" };
            let (deck, problems) = parse("formats.md", &format!("{topic}{example}"));
            assert_eq!(problems, [], "{example}");
            assert_eq!(deck.cards.len(), 1);
        }
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
