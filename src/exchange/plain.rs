//! Cards in plain Markdown, as text tools of this kind have them: `Q:` and `A:`, and `C:` with the gaps in brackets.
//!
//! A card begins at the start of a line and goes on to the next card, a heading, or a line of hyphens. Each gap of a
//! `C:` is a card of its own, with the others filled. A bracket that is part of a link or a picture is no gap, and
//! neither is `\[`. Headings name decks, one inside another; where front matter gives the file a name, that is the deck.

use super::decks::{Asked, Decks, around_gaps, cloze, gap_text};
use super::names::id_of_text;
use super::{Imported, Note};

/// Reads a file. What is no card is left out.
pub(super) fn import(name: &str, text: &str) -> Imported {
    let mut imported = Imported::default();
    let mut decks = Decks::default();
    let (body, front, first_line) = without_front(text);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let mut headings: Vec<(usize, String)> = Vec::new();
    let mut open: Option<Block> = None;
    let mut fence: Option<String> = None;
    let mut close = |open: Option<Block>, headings: &[(usize, String)]| {
        let Some(block) = open else { return };
        let deck = match (&front, headings) {
            (Some(front), _) => front.clone(),
            (None, []) => stem.to_string(),
            (None, headings) => {
                headings.iter().map(|(_, title)| title.as_str()).collect::<Vec<_>>().join("::")
            }
        };
        let place = format!("{name}:{}", block.line);
        for problem in block.cards(&deck, &mut decks) {
            imported.notes.push(Note::new(&place, problem));
        }
    };
    for (at, line) in body.lines().enumerate() {
        let mark = line.trim_start();
        if let Some(sign) = &fence {
            if mark.trim_end() == sign.as_str() {
                fence = None;
            }
        } else if opened(mark).is_some() {
            fence = opened(mark);
        } else if let Some(heading) = heading(line) {
            close(open.take(), &headings);
            headings.retain(|(level, _)| *level < heading.0);
            headings.push(heading);
            continue;
        } else if line.trim_end() == "---" {
            close(open.take(), &headings);
            continue;
        } else if let Some((sign, rest)) = line.split_once(':').filter(|(sign, _)| ["Q", "C"].contains(sign))
        {
            close(open.take(), &headings);
            open = Some(Block { line: first_line + at, cloze: sign == "C", ..Block::default() });
            if let Some(block) = &mut open {
                block.push(rest.trim_start());
            }
            fence = opened(rest.trim_start());
            continue;
        } else if let (Some(rest), Some(block)) = (line.strip_prefix("A:"), &mut open)
            && block.answer.is_none()
            && !block.cloze
        {
            block.answer = Some(String::new());
            block.push(rest.trim_start());
            fence = opened(rest.trim_start());
            continue;
        }
        if let Some(block) = &mut open {
            block.push(line);
        }
    }
    close(open, &headings);
    imported.decks = decks.finish();
    imported
}

/// The text behind the front matter, the name that this gives, and the line at which the text begins. Tools write it as
/// YAML (`name: x`) or as TOML (`name = "x"`), between lines of hyphens or of plus signs.
fn without_front(text: &str) -> (&str, Option<String>, usize) {
    let text = text.trim_start_matches('\u{feff}');
    let mut lines = text.split_inclusive('\n');
    let sign = lines.next().map(str::trim_end).filter(|line| ["---", "+++"].contains(line));
    let Some(sign) = sign else { return (text, None, 1) };
    let mut name = None;
    let mut length = text.find('\n').map_or(text.len(), |end| end + 1);
    for (at, line) in lines.enumerate() {
        length += line.len();
        if line.trim_end() == sign {
            return (&text[length..], name, at + 3);
        }
        let Some((key, value)) = line.split_once(['=', ':']) else { break };
        if ["name", "deck", "title"].contains(&key.trim()) {
            let value = value.trim().trim_matches(['"', '\'']);
            name = Some(value.to_string()).filter(|value| !value.is_empty());
        }
    }
    (text, None, 1)
}

/// The sign that closes the code which a line opens.
fn opened(line: &str) -> Option<String> {
    let sign = line.chars().next().filter(|c| ['`', '~'].contains(c))?;
    let run: String = line.chars().take_while(|&c| c == sign).collect();
    (run.len() >= 3 && !line[run.len()..].contains(sign)).then_some(run)
}

fn heading(line: &str) -> Option<(usize, String)> {
    let level = line.bytes().take_while(|byte| *byte == b'#').count();
    let title = line.get(level..)?.strip_prefix(' ')?.trim().trim_end_matches('#').trim();
    ((1..=6).contains(&level) && !title.is_empty()).then(|| (level, title.to_string()))
}

/// A card while it is read.
#[derive(Default)]
struct Block {
    line: usize,
    cloze: bool,
    question: String,
    answer: Option<String>,
}

impl Block {
    fn push(&mut self, line: &str) {
        let text = self.answer.as_mut().unwrap_or(&mut self.question);
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(line);
    }

    /// Adds what the block says; gives what is wrong with it.
    fn cards(&self, deck: &str, decks: &mut Decks) -> Vec<String> {
        let question = self.question.trim();
        let same = || "the same card stands above: it is left out".to_string();
        if self.cloze {
            let cards = gap_cards(question);
            if cards.is_empty() {
                return vec!["there is no gap in it: put what is asked in [brackets]".to_string()];
            }
            let mut added =
                |(at, asked)| decks.named(deck).add(id_of_text("gap", &format!("{at} {question}")), asked);
            return cards
                .into_iter()
                .enumerate()
                .filter_map(|card| added(card).is_none().then(same))
                .collect();
        }
        let answer = self.answer.as_deref().unwrap_or_default().trim();
        if question.is_empty() {
            return vec!["the question is empty".to_string()];
        }
        if answer.is_empty() {
            return vec!["there is no answer: it stands on a line that begins with A:".to_string()];
        }
        let asked = Asked::basic(question.to_string(), answer.to_string());
        match decks.named(deck).add(id_of_text("md", question), asked) {
            Some(_) => Vec::new(),
            None => vec![same()],
        }
    }
}

/// A card for each gap of a text.
fn gap_cards(text: &str) -> Vec<Asked> {
    let spans = brackets(text);
    let card = |&(open, close): &(usize, usize)| {
        let answer = &text[open + 1..close];
        let around = |from: usize, to: usize| {
            let mut part = String::new();
            let mut at = from;
            for (open, close) in spans.iter().filter(|(open, close)| from <= *open && *close < to) {
                part.push_str(&text[at..*open]);
                part.push_str(&text[open + 1..*close]);
                at = close + 1;
            }
            part.push_str(&text[at..to]);
            part
        };
        let (before, after) = (around(0, open), around(close + 1, text.len()));
        let question = format!("{}{}{}", around_gaps(&before), gap_text(answer, None), around_gaps(&after));
        let asked = if answer.contains('\n') { None } else { cloze(question, &[answer]) };
        asked.unwrap_or_else(|| Asked::basic(format!("{before}\\[...\\]{after}"), answer.to_string()))
    };
    spans.iter().map(card).collect()
}

/// Where gaps begin and end: brackets that are no link, no picture, no footnote and not escaped.
fn brackets(text: &str) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut open: Option<usize> = None;
    let mut escaped = false;
    for (at, &byte) in bytes.iter().enumerate() {
        match byte {
            _ if escaped => {
                escaped = false;
                continue;
            }
            b'\\' => escaped = true,
            b'[' if at > 0 && bytes[at - 1] == b'!' => open = None,
            b'[' => open = Some(at),
            b']' => {
                let gap = open.take().filter(|start| at > start + 1 && bytes[start + 1] != b'^');
                found.extend(gap.filter(|_| bytes.get(at + 1) != Some(&b'(')).map(|start| (start, at)));
            }
            _ => {}
        }
    }
    found.retain(|(open, close)| !text[open + 1..*close].trim().is_empty());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decks as `title: question / answer` lines.
    fn read(text: &str) -> Vec<String> {
        let imported = import("file.md", text);
        let mut said: Vec<String> = Vec::new();
        for deck in &imported.decks {
            for card in &deck.cards {
                said.push(format!(
                    "{}: {} / {}",
                    deck.title,
                    card.question,
                    crate::deck::back(card).trim_end()
                ));
            }
        }
        said.extend(imported.notes.iter().map(|note| format!("{} {}", note.place, note.message)));
        said
    }

    #[test]
    fn blocks_are_cards() {
        assert_eq!(
            read("Q: What?\nA: That.\n\nQ: Who\nelse?\nA: Two\n\nlines.\n"),
            ["file: What? / That.", "file: Who\nelse? / Two\n\nlines.",]
        );
        assert_eq!(read("---\nname = \"Deck\"\n---\n# Part\nQ: a\nA: b"), ["Deck: a / b"]);
        assert_eq!(
            read("# One\n\ntext\n\nQ: a\nA: b\n## In\nQ: c\nA: d\n# Two\nQ: e\nA: f\n---\nmore"),
            ["One: a / b", "One::In: c / d", "Two: e / f",]
        );
        assert_eq!(
            read("Q: code?\nA: ```\n# no heading\nQ: no card\n```\n"),
            ["file: code? / ```\n# no heading\nQ: no card\n```",]
        );
        assert_eq!(
            read("Q: a\n\nQ: b\nA: c\nQ: b\nA: c"),
            [
                "file: b / c",
                "file.md:1 there is no answer: it stands on a line that begins with A:",
                "file.md:5 the same card stands above: it is left out",
            ]
        );
    }

    #[test]
    fn each_gap_is_a_card() {
        assert_eq!(
            read("C: The [capital] of France is [Paris].\n"),
            [
                "file: The {{capital}} of France is Paris. / The **capital** of France is Paris.",
                "file: The capital of France is {{Paris}}. / The capital of France is **Paris**.",
            ]
        );
        assert_eq!(
            read("C: See [a](b), ![c](d), \\[e\\] and [f|g].\n"),
            ["file: See [a](b), ![c](d), \\[e\\] and {{f\\|g}}. / See [a](b), ![c](d), \\[e\\] and **f|g**.",]
        );
        assert_eq!(read("C: none\n"), ["file.md:1 there is no gap in it: put what is asked in [brackets]"]);
    }
}
