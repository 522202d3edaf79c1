//! What a new card looks like in its deck file: every field that it may have, with a word on each.
//!
//! The fields that a kind cannot be without hold examples, so that the file is sound before anything is written into it.

use toml::Value;

/// What is known of a new card.
#[derive(Clone, Copy, Debug)]
pub struct New<'a> {
    /// Its id within the topic.
    pub id: &'a str,
    /// The name of its kind.
    pub kind: &'a str,
    /// What it asks.
    pub question: &'a str,
    /// What it answers, where that is known and the kind has one answer.
    pub answer: Option<&'a str>,
}

/// The beginning of a deck file.
#[must_use]
pub fn deck(topic: &str, title: &str) -> String {
    format!(
        "# A deck of yours. `sysdrill deck check FILE` finds mistakes; docs/formats.md has all fields.\n\
         topic = {}\ntitle = {}\n",
        Value::from(topic),
        Value::from(title)
    )
}

/// A card, ready to be filled in.
#[must_use]
pub fn card(new: &New<'_>) -> String {
    let mut text = format!(
        "\n[[card]]\nid = {}   # carries the history: keep it when the text changes\nkind = {}\n\
         # weight = \"core\"   # or \"standard\", which is meant where nothing is said, or \"deep\"\nquestion = {}\n",
        Value::from(new.id),
        Value::from(new.kind),
        Value::from(new.question)
    );
    text.push_str(&fields(new));
    text.push_str(
        "# why = \"\"\"Why it is so, shown after the answer.\"\"\"\n\
         # hints = [\"A first hint.\", \"One that says more.\"]\n\
         # see = \"how-it-works\"   # a heading on the topic's page\n",
    );
    text
}

fn fields(new: &New<'_>) -> String {
    let answer = |example: &str| Value::from(new.answer.unwrap_or(example)).to_string();
    match new.kind {
        "basic" => format!(
            "answer = {}\n# Typed instead of recalled, and what counts as right:\n# accept = [\"another way to say it\"]\n",
            answer("the answer")
        ),
        "cloze" => "# The gaps stand in the question: {{answer}}, {{answer::hint}} or {{one|another}}.\n\
                    # typed = true   # they are typed, and compared\n"
            .to_string(),
        "choice" => format!(
            "# 2 to 9 options, shuffled; one or several are right, and every wrong one says why.\noptions = [\n  \
             {{ text = {}, right = true }},\n  {{ text = \"wrong\", why = \"what is wrong with it\" }},\n]\n",
            answer("right")
        ),
        "order" => "# 3 to 9 items in the right order; they are shown in another.\n\
                    items = [\n  \"first\",\n  \"second\",\n  \"third\",\n]\n"
            .to_string(),
        "match" => "# 2 to 8 pairs, and texts on the right that belong to nothing.\n\
                    pairs = [\n  [\"left\", \"right\"],\n  [\"another left\", \"another right\"],\n]\n# extra = [\"nobody's\"]\n"
            .to_string(),
        "sort" => "# 2 to 4 classes, 3 to 10 items.\nclasses = [\"trap\", \"strong signal\"]\nitems = [\n  \
                   { text = \"one\", class = \"trap\", why = \"why it is one\" },\n  \
                   { text = \"two\", class = \"strong signal\", why = \"why it is one\" },\n  \
                   { text = \"three\", class = \"trap\", why = \"why it is one\" },\n]\n"
            .to_string(),
        "spot" => "# A diagram, a sheet, a design or code, up to 60 lines. A flaw is named by a text of its line, and of\n\
                   # no other line.\n# lang = \"rust\"\nexhibit = \"\"\"\nfirst line\nsecond line\n\"\"\"\n\
                   flaws = [{ at = \"second\", why = \"what is wrong there\" }]\n"
            .to_string(),
        "estimate" => "# The sheet is Envelope; its last value is the answer. {users} stands for a drawn value, also in\n\
                       # the question. How close it has to be: \"exact\", \"10%\", \"2x\" or \"10x\".\n\
                       draw = { users = [\"10 million\", \"50 million\"] }\nsheet = \"\"\"\nusers = {users} users\n\
                       users * 5 reads/user / 1 day\n\"\"\"\nwithin = \"2x\"\n"
            .to_string(),
        "predict" => "# `sysdrill demo` lists demos with their controls and readings. {nodes} in the question stands for\n\
                      # the value of that control.\ndemo = \"ring\"\nset = { vnodes = \"150\" }\n\
                      draw = { nodes = [\"4\", \"9\"] }\nreading = \"moved_share\"\n\
                      within = 0.02   # in the reading's unit; or factor = 1.25\n"
            .to_string(),
        _ => format!(
            "# 2 to 12 points that a good answer has. They are ticked, and the grade follows from the ticks: a core\n\
             # point must not be missing.\npoints = [\n  {{ text = \"a point\", core = true }},\n  \
             {{ text = \"another point\" }},\n]\nanswer = {}\n",
            answer("A model answer.")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deck::{KINDS, parse};

    #[test]
    fn every_kind_begins_as_a_sound_card() {
        let mut text = deck("own", "My \"own\" cards");
        for kind in KINDS {
            let question = if kind == "cloze" { "A {{gap}}." } else { "Is it \"so\"?\nOr not?" };
            text.push_str(&card(&New { id: kind, kind, question, answer: Some("a \\ b") }));
        }
        let (deck, problems) = parse("own.toml", &text);
        assert_eq!(problems, []);
        assert_eq!(deck.title, "My \"own\" cards");
        let kinds: Vec<&str> = deck.cards.iter().map(|card| card.kind.name()).collect();
        assert_eq!(kinds, KINDS);
        assert!(
            deck.cards
                .iter()
                .all(|card| card.kind.name() == "cloze" || card.question.contains("\"so\"?\nOr"))
        );
    }
}
