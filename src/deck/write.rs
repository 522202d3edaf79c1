//! A deck as the text of a deck file, such that [`super::parse`] reads the same cards back.
//!
//! What a program writes a person will read and change, so the text is laid out as one would by hand: texts of
//! several lines stand as several lines, backslashes stay single where TOML has a form for that, what is the
//! default is left out. A card becomes fields first ([`fields`]) and text after that ([`toml`]): other formats
//! with the same fields, such as JSON, go the same way and are read by the one reader of decks.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::{Card, Choice, Deck, Draw, Flaw, Kind, Point, Sorted, Tolerance, Weight, Within};

/// The fields of a card by name, as in a deck file, in the order in which they are written there. The id stands
/// without its topic.
#[must_use]
pub fn fields(card: &Card) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| fields.insert(name.to_string(), value);
    let topic = format!("{}.", card.topic);
    put("id", json!(card.id.0.strip_prefix(&topic).unwrap_or(&card.id.0)));
    put("kind", json!(card.kind.name()));
    if card.weight != Weight::default() {
        put("weight", json!(card.weight.name()));
    }
    put("question", json!(card.question));
    for (name, value) in kind_fields(&card.kind) {
        put(name, value);
    }
    if !card.hints.is_empty() {
        put("hints", json!(card.hints));
    }
    if !card.why.is_empty() {
        put("why", json!(card.why));
    }
    if let Some(see) = &card.see {
        put("see", json!(see));
    }
    fields
}

/// The text of a deck file.
#[must_use]
pub fn write(deck: &Deck) -> String {
    let cards: Vec<Map<String, Value>> = deck.cards.iter().map(fields).collect();
    toml(&deck.topic, &deck.title, &cards)
}

/// The text of a deck file whose cards have these fields. What is no field of a card is written as it is, for the
/// reader to complain of.
#[must_use]
pub fn toml(topic: &str, title: &str, cards: &[Map<String, Value>]) -> String {
    let mut out = format!("topic = {}\n", text(topic));
    if title != topic {
        let _ = writeln!(out, "title = {}", text(title));
    }
    for card in cards {
        out.push_str("\n[[card]]\n");
        for (name, value) in card {
            let _ = writeln!(out, "{} = {}", key(name), written(value, 0));
        }
    }
    out
}

/// What a kind of card has beyond the others.
fn kind_fields(kind: &Kind) -> Vec<(&'static str, Value)> {
    match kind {
        Kind::Basic { answer, accept } => {
            let mut fields = vec![("answer", json!(answer))];
            fields.extend((!accept.is_empty()).then(|| ("accept", json!(accept))));
            fields
        }
        // The gaps stand in the question.
        Kind::Cloze { typed, .. } => typed.then(|| ("typed", json!(true))).into_iter().collect(),
        Kind::Choice { options } => vec![("options", options.iter().map(option).collect())],
        Kind::Order { items } => vec![("items", json!(items))],
        Kind::Match { pairs, extra } => {
            let mut fields = vec![("pairs", json!(pairs))];
            fields.extend((!extra.is_empty()).then(|| ("extra", json!(extra))));
            fields
        }
        Kind::Sort { classes, items } => {
            let item = |item: &Sorted| {
                let class = classes.get(item.class).map_or("", String::as_str);
                table([("text", json!(item.text)), ("class", json!(class)), ("why", said(&item.why))])
            };
            vec![("classes", json!(classes)), ("items", items.iter().map(item).collect())]
        }
        Kind::Spot { exhibit, lang, flaws } => {
            let flaw =
                |flaw: &Flaw| table([("at", json!(line(exhibit, flaw.line))), ("why", json!(flaw.why))]);
            let mut fields = vec![("exhibit", json!(exhibit))];
            fields.extend((!lang.is_empty()).then(|| ("lang", json!(lang))));
            fields.push(("flaws", flaws.iter().map(flaw).collect()));
            fields
        }
        Kind::Estimate { draw, sheet, within } => {
            let mut fields = drawn(draw);
            let within = match within {
                Within::Exact => "exact",
                Within::Tenth => "10%",
                Within::Double => "2x",
                Within::Ten => "10x",
            };
            fields.extend([("sheet", json!(sheet)), ("within", json!(within))]);
            fields
        }
        Kind::Predict { demo, set, draw, seconds, reading, tolerance } => {
            let mut fields = vec![("demo", json!(demo))];
            if !set.is_empty() {
                fields.push(("set", set.iter().map(|(name, value)| (name.clone(), json!(value))).collect()));
            }
            fields.extend(drawn(draw));
            fields.extend(seconds.map(|seconds| ("for", json!(seconds))));
            fields.push(("reading", json!(reading)));
            fields.push(match tolerance {
                Tolerance::Within(within) => ("within", json!(within)),
                Tolerance::Factor(factor) => ("factor", json!(factor)),
            });
            fields
        }
        Kind::Rubric { points, answer } => {
            let point = |point: &Point| {
                table([
                    ("text", json!(point.text)),
                    ("core", if point.core { json!(true) } else { Value::Null }),
                ])
            };
            let mut fields = vec![("points", points.iter().map(point).collect())];
            fields.extend((!answer.is_empty()).then(|| ("answer", json!(answer))));
            fields
        }
    }
}

fn option(option: &Choice) -> Value {
    let right = if option.right { json!(true) } else { Value::Null };
    table([("text", json!(option.text)), ("right", right), ("why", said(&option.why))])
}

/// The values that are drawn, if there are any.
fn drawn(draw: &[Draw]) -> Vec<(&'static str, Value)> {
    if draw.is_empty() {
        return Vec::new();
    }
    vec![("draw", draw.iter().map(|draw| (draw.control.clone(), json!(draw.values))).collect())]
}

/// What names a line of an exhibit: the line itself, without white space around it where that is in no other line.
fn line(exhibit: &str, place: usize) -> &str {
    let whole = exhibit.lines().nth(place).unwrap_or_default();
    let short = whole.trim();
    if exhibit.lines().filter(|line| line.contains(short)).count() == 1 { short } else { whole }
}

/// A text, or nothing where it is empty.
fn said(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { json!(text) }
}

/// A table of the fields that have a value.
fn table<const N: usize>(fields: [(&str, Value); N]) -> Value {
    fields
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.to_string(), value))
        .collect()
}

/// A value as TOML. TOML has no null: it becomes an empty text.
fn written(value: &Value, depth: usize) -> String {
    /// Lists up to this many characters stay on their line.
    const SHORT: usize = 90;
    match value {
        Value::Null => "\"\"".to_string(),
        Value::Bool(on) => on.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(content) => text(content),
        Value::Object(table) => {
            let entries: Vec<String> = table
                .iter()
                .map(|(name, value)| format!("{} = {}", key(name), written(value, depth + 1)))
                .collect();
            if entries.is_empty() { "{}".to_string() } else { format!("{{ {} }}", entries.join(", ")) }
        }
        Value::Array(items) => {
            let tables = items.iter().any(|item| item.is_object() || item.is_array());
            let items: Vec<String> = items.iter().map(|item| written(item, depth + 1)).collect();
            let length: usize = items.iter().map(|item| item.len() + 2).sum();
            let line = items.iter().all(|item| !item.contains('\n'));
            // A table in braces has to stay on its line (TOML 1.0), and so do the lists in it.
            if depth > 0 || (line && length <= SHORT && !tables) {
                return format!("[{}]", items.join(", "));
            }
            format!("[\n{}]", items.iter().map(|item| format!("    {item},\n")).collect::<String>())
        }
    }
}

fn key(name: &str) -> String {
    let bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if bare { name.to_string() } else { basic(name) }
}

/// A text in the form of TOML in which it is read most easily.
fn text(content: &str) -> String {
    let controls = |allowed: &[char]| {
        content.chars().any(|c| (c.is_control() || c == '\u{7f}') && !allowed.contains(&c))
    };
    if content.contains('\n') {
        // A literal text cannot hold three quotes or end with one.
        if !content.contains("'''") && !content.ends_with('\'') && !controls(&['\n', '\t']) {
            return format!("'''\n{content}'''");
        }
        return format!("\"\"\"\n{}\"\"\"", escaped(content, true));
    }
    let plain = !content.contains(['\\', '"']);
    // Three quotes within a line would look like the start of a text of several lines to who finds cards by lines.
    if !plain && !content.contains('\'') && !content.contains("\"\"\"") && !controls(&['\t']) {
        return format!("'{content}'");
    }
    basic(content)
}

fn basic(content: &str) -> String {
    format!("\"{}\"", escaped(content, false).replace("'''", "''\\u0027"))
}

fn escaped(content: &str, lines: bool) -> String {
    let mut out = String::with_capacity(content.len());
    for c in content.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' if lines => out.push('\n'),
            '\n' => out.push_str("\\n"),
            '\t' => out.push('\t'),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deck::{CardId, Gap, heads, parse, parse_card};
    use proptest::prelude::*;

    fn card(name: &str, kind: Kind) -> Card {
        Card {
            id: CardId(format!("t.{name}")),
            topic: "t".to_string(),
            weight: Weight::Standard,
            question: "What?".to_string(),
            kind,
            why: String::new(),
            hints: Vec::new(),
            see: None,
            line: 0,
        }
    }

    /// What is read back of a deck with these cards.
    fn read_back(cards: Vec<Card>) -> Vec<Card> {
        let deck = Deck { topic: "t".into(), title: "A title".into(), cards, file: "f".into() };
        let written = write(&deck);
        let (mut read, problems) = parse("f", &written);
        assert_eq!(problems, [], "{written}");
        assert_eq!((&read.topic, &read.title), (&deck.topic, &deck.title));
        // Each card can be found and read by itself, as the library does it.
        for (head, card) in heads(&read, &written).iter().zip(&read.cards) {
            let (alone, problems) = parse_card("f", &written[head.bytes.clone()], head.line, "t");
            assert_eq!((alone.as_ref(), problems), (Some(card), vec![]), "{written}");
        }
        for card in &mut read.cards {
            card.line = 0;
        }
        read.cards
    }

    #[test]
    fn lines_stay_lines_and_backslashes_single() {
        let mut card =
            card("a", Kind::Basic { answer: "two\nlines of $\\lambda$".to_string(), accept: Vec::new() });
        card.weight = Weight::Core;
        card.why = "a \\ and a \"quote\"".to_string();
        let deck = Deck { topic: "t".into(), title: "t".into(), cards: vec![card], file: String::new() };
        let expected = "topic = \"t\"\n\n[[card]]\nid = \"a\"\nkind = \"basic\"\nweight = \"core\"\n\
            question = \"What?\"\nanswer = '''\ntwo\nlines of $\\lambda$'''\nwhy = 'a \\ and a \"quote\"'\n";
        assert_eq!(write(&deck), expected);
    }

    #[test]
    fn every_kind_is_read_back() {
        let choices = vec![
            Choice { text: "this\nthat".into(), right: true, why: String::new() },
            Choice { text: "{ }, [\"]".into(), right: false, why: "no'''\n".into() },
        ];
        let predict = Kind::Predict {
            demo: "ring".into(),
            set: vec![("vnodes".into(), "150".into())],
            draw: vec![Draw { control: "nodes".into(), values: vec!["4".into(), "9".into()] }],
            seconds: Some(2.5),
            reading: "moved_share".into(),
            tolerance: Tolerance::Factor(1.25),
        };
        let within = Kind::Predict {
            demo: "ring".into(),
            set: vec![],
            draw: vec![],
            seconds: None,
            reading: "moved_share".into(),
            tolerance: Tolerance::Within(1e-7),
        };
        let accept = vec!["a".into(), "it's \"b\"".into()];
        let gap = |answers: &[&str], hint: Option<&str>| Gap {
            answers: answers.iter().map(ToString::to_string).collect(),
            hint: hint.map(str::to_string),
        };
        let gaps = vec![gap(&["b | c", "d"], Some("h")), gap(&["e"], None)];
        let mut cloze = card("e", Kind::Cloze { gaps, typed: true });
        cloze.question = "a {{b \\| c|d::h}} and\n{{e}}".into();
        let texts = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
        let sorted = |text: &str, class, why: &str| Sorted { text: text.into(), class, why: why.into() };
        let items = vec![sorted("one", 1, "for\nthis"), sorted("two", 0, ""), sorted("three", 1, "")];
        let exhibit = "fn f() {\n    g();\n    g()\n}".to_string();
        let flaws = vec![Flaw { line: 1, why: "a \\ b".into() }, Flaw { line: 3, why: "c".into() }];
        let draw = vec![Draw { control: "users".into(), values: texts(&["10 million", "50 million"]) }];
        let sheet = "{users} * 2 reads\n".into();
        let mut estimate = card("f", Kind::Estimate { draw, sheet, within: Within::Double });
        estimate.question = "How many for {users} users?".into();
        let point = |text: &str, core| Point { text: text.into(), core };
        let points = vec![point("one", true), point("two\nlines", false)];
        let pairs = vec![("l".into(), "r".into()), ("m\nn".into(), "s".into())];
        let cards = vec![
            card("a", Kind::Basic { answer: "A".into(), accept }),
            cloze,
            estimate,
            card("g", Kind::Order { items: texts(&["one", "two\nlines", "'''"]) }),
            card("h", Kind::Match { pairs, extra: texts(&["t"]) }),
            card("i", Kind::Sort { classes: texts(&["trap", "strong signal"]), items }),
            card("j", Kind::Spot { exhibit, lang: "rust".into(), flaws }),
            card("k", Kind::Rubric { points, answer: "So.".into() }),
            card("b", Kind::Choice { options: choices }),
            card("c", predict),
            card("d", within),
        ];
        assert_eq!(read_back(cards.clone()), cards);
    }

    proptest! {
        #[test]
        fn any_text_is_read_back(
            texts in prop::collection::vec("(?s:.{0,40})|['\"#\n x]{0,20}|[\"'\\\\\n\r\t#\u{7f}\u{0}=\\[\\]{}a ]{0,20}", 5),
        ) {
            let filled = |text: &String| format!("x{text}");
            let mut first = card("a", Kind::Basic { answer: filled(&texts[0]), accept: Vec::new() });
            first.question = filled(&texts[1]);
            first.why = texts[2].clone();
            first.see = Some(texts[3].clone());
            first.hints = texts.iter().map(filled).collect();
            let options = vec![
                Choice { text: filled(&texts[4]), right: true, why: texts[0].clone() },
                // Another text than the first.
                Choice { text: format!("y{}", texts[2]), right: false, why: filled(&texts[3]) },
            ];
            let cards = vec![first, card("b", Kind::Choice { options })];
            prop_assert_eq!(read_back(cards.clone()), cards);
        }
    }
}
