//! Gaps in a text, as Anki writes them: `{{c1::answer::hint}}`, also inside one another, and `{{c1,2::..}}`.
//!
//! The text around them is HTML that has yet to become Markdown, and a gap may begin in bold and end outside of it. So
//! the gaps of the card in question are marked with characters that no font has and no text uses (Unicode's private
//! use area), the whole is turned into Markdown, and the marks are replaced there.

use pulldown_cmark::{Event, Options, Parser, Tag};

use crate::deck::Kind;
use crate::exchange::decks::{self, around_gaps, gap_text};
use crate::exchange::html;

const OPEN: char = '\u{e000}';
const CLOSE: char = '\u{e001}';

/// The numbers of the gaps in a field, in order, each once.
pub(super) fn numbers(source: &str) -> Vec<u32> {
    fn collect(parts: &[Part<'_>], found: &mut Vec<u32>) {
        for part in parts {
            if let Part::Gap(gap) = part {
                found.extend(&gap.numbers);
                collect(&gap.parts, found);
            }
        }
    }
    let mut found = Vec::new();
    collect(&parse(source), &mut found);
    found.sort_unstable();
    found.dedup();
    found
}

/// A text with its gaps marked, and what is said in place of each.
#[derive(Debug, PartialEq)]
pub(super) struct Marked {
    /// HTML, or Markdown made of it.
    pub text: String,
    pub hints: Vec<Option<String>>,
}

/// Marks the gaps of one number; those of others are filled in. Nothing where there are none of it.
pub(super) fn marked(source: &str, number: u32) -> Option<Marked> {
    let mut marked = Marked { text: String::new(), hints: Vec::new() };
    write(&parse(&without_marks(source)), number, false, &mut marked);
    (!marked.hints.is_empty()).then_some(marked)
}

/// The text without the characters that marks are made of.
fn without_marks(source: &str) -> String {
    source.replace([OPEN, CLOSE], "")
}

impl Marked {
    /// The parts of the Markdown: texts, and the answers of gaps with their hints.
    pub fn parts(&self) -> Vec<Result<&str, (&str, Option<&str>)>> {
        let mut found = Vec::new();
        let mut hints = self.hints.iter();
        let mut rest = self.text.as_str();
        while let Some((before, after)) = rest.split_once(OPEN) {
            let (answer, after) = after.split_once(CLOSE).unwrap_or((after, ""));
            found.push(Ok(before));
            found.push(Err((answer, hints.next().and_then(Option::as_deref))));
            rest = after;
        }
        found.push(Ok(rest));
        found
    }

    /// Whether a gap is a shape over a picture (Anki's *Image Occlusion*) and no text.
    pub fn hides_picture(&self) -> bool {
        self.parts()
            .into_iter()
            .any(|part| part.is_err_and(|(answer, _)| answer.starts_with("image-occlusion:")))
    }

    /// The text with dots or hints for gaps, and with the answers in bold: for a card that has a front and a back.
    pub fn front_and_back(&self) -> (String, String) {
        let (mut front, mut back) = (String::new(), String::new());
        for part in self.parts() {
            match part {
                Ok(text) => {
                    front.push_str(text);
                    back.push_str(text);
                }
                Err((answer, hint)) => {
                    front.push_str(&format!("\\[{}\\]", hint.unwrap_or("...")));
                    back.push_str(answer);
                }
            }
        }
        (front, back)
    }

    /// The question and how it is answered: with gaps where the deck format can say them, else with a front and a back.
    pub fn card(&self) -> (String, Kind) {
        let mut question = String::new();
        let mut answers = Vec::new();
        for part in self.parts() {
            match part {
                Ok(text) => question.push_str(&around_gaps(text)),
                Err((answer, hint)) => {
                    answers.push(answer);
                    question.push_str(&gap_text(answer, hint));
                }
            }
        }
        let asked = self.can_be_said().then(|| decks::cloze(question, &answers)).flatten();
        match asked {
            Some(asked) => (asked.question, asked.kind),
            None => {
                let (front, answer) = self.front_and_back();
                (front, Kind::Basic { answer, accept: Vec::new() })
            }
        }
    }

    /// Whether each gap stands on one line, outside of code and formulas.
    fn can_be_said(&self) -> bool {
        let lines = self.parts().into_iter().all(|part| match part {
            Ok(_) => true,
            Err((answer, hint)) => !answer.contains('\n') && hint.is_none_or(|hint| !hint.contains('\n')),
        });
        let verbatim = Parser::new_ext(&self.text, Options::ENABLE_MATH).any(|event| match event {
            Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                text.contains([OPEN, CLOSE])
            }
            Event::Start(Tag::CodeBlock(_) | Tag::Image { .. }) => true,
            Event::Start(Tag::Link { dest_url, .. }) => dest_url.contains([OPEN, CLOSE]),
            _ => false,
        });
        lines && !verbatim
    }
}

enum Part<'a> {
    Text(&'a str),
    Gap(Hole<'a>),
}

struct Hole<'a> {
    numbers: Vec<u32>,
    parts: Vec<Part<'a>>,
    hint: Option<&'a str>,
}

/// The text and its gaps. One that is never closed is text. O(n).
fn parse(source: &str) -> Vec<Part<'_>> {
    /// Gaps deeper inside one another than this are text.
    const DEEPEST: usize = 8;
    let mut open: Vec<(usize, Hole<'_>)> = Vec::new();
    let mut top: Vec<Part<'_>> = Vec::new();
    let (mut text, mut at) = (0, 0);
    // What is never closed is not opened: as many closings as lie ahead can be open.
    while let Some(next) = source[at..].find(['{', '}']).map(|offset| at + offset) {
        let rest = &source[next..];
        let opened = if open.len() < DEEPEST { opening(rest) } else { None };
        let closes = rest.starts_with("}}") && !open.is_empty();
        if opened.is_none() && !closes {
            at = next + 1;
            continue;
        }
        let into = open.last_mut().map_or(&mut top, |(_, gap)| &mut gap.parts);
        if text < next {
            into.push(Part::Text(&source[text..next]));
        }
        if let Some((numbers, length)) = opened {
            open.push((next, Hole { numbers, parts: Vec::new(), hint: None }));
            at = next + length;
        } else if let Some((_, mut gap)) = open.pop() {
            gap.take_hint();
            open.last_mut().map_or(&mut top, |(_, gap)| &mut gap.parts).push(Part::Gap(gap));
            at = next + 2;
        }
        text = at;
    }
    // From the first that is still open on all is text, but for what was closed inside.
    let mut tail = Vec::new();
    for (start, gap) in open {
        let inner = gap.parts;
        let end = source[start..].find("::").map_or(source.len(), |offset| start + offset + 2);
        tail.push(Part::Text(&source[start..end]));
        tail.extend(inner);
    }
    top.extend(tail);
    if text < source.len() {
        top.push(Part::Text(&source[text..]));
    }
    top
}

/// The numbers of a gap that begins here, and how long its beginning is: `{{c1::`.
fn opening(rest: &str) -> Option<(Vec<u32>, usize)> {
    let inner = rest.strip_prefix("{{c")?;
    // A name of numbers is short: no long text is searched for its end.
    let window = inner.bytes().take(40).position(|byte| !(byte.is_ascii_digit() || byte == b','))?;
    let (list, after) = inner.split_at(window);
    if !after.starts_with("::") {
        return None;
    }
    let numbers = list.split(',').map(|number| number.parse().ok().filter(|n| (1..=500).contains(n)));
    Some((numbers.collect::<Option<Vec<u32>>>()?, 3 + list.len() + 2))
}

impl Hole<'_> {
    /// The hint stands behind the first pair of colons.
    fn take_hint(&mut self) {
        for at in 0..self.parts.len() {
            if let Part::Text(text) = self.parts[at]
                && let Some((answer, hint)) = text.split_once("::")
            {
                self.parts.truncate(at);
                self.parts.push(Part::Text(answer));
                self.hint = Some(hint);
                return;
            }
        }
    }
}

fn write(parts: &[Part<'_>], number: u32, inside: bool, into: &mut Marked) {
    for part in parts {
        match part {
            Part::Text(text) => into.text.push_str(text),
            Part::Gap(gap) => {
                let asked = !inside && gap.numbers.contains(&number);
                if asked {
                    into.text.push(OPEN);
                    let hint = gap.hint.map(|hint| html::markdown(hint, &mut Vec::new()));
                    into.hints.push(hint.filter(|hint| !hint.is_empty()));
                }
                write(&gap.parts, number, inside || asked, into);
                if asked {
                    into.text.push(CLOSE);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(source: &str, number: u32, front: &str, back: &str) {
        let mut marked = marked(source, number).unwrap_or_else(|| panic!("{source} has a gap {number}"));
        marked.text = html::markdown(&marked.text, &mut Vec::new());
        assert_eq!(marked.front_and_back(), (front.to_string(), back.to_string()), "{source}");
    }

    #[test]
    fn gaps_are_found() {
        let source = "Moves {{c1::1/(n+1)::what share}} of {{c2::keys}}";
        assert_eq!(numbers(source), [1, 2]);
        check(source, 1, "Moves \\[what share\\] of keys", "Moves 1/(n+1) of keys");
        check(source, 2, "Moves 1/(n+1) of \\[...\\]", "Moves 1/(n+1) of keys");
        check("{{c1::a {{c2::b}} c}} d", 1, "\\[...\\] d", "a b c d");
        check("{{c1::a {{c2::b::h}} c}} d", 2, "a \\[h\\] c d", "a b c d");
        check("<b>{{c1::x</b>y}}", 1, "**\\[...\\]", "**x**y");
        check("{{c1,2::x}} {{c2::y}}", 2, "\\[...\\] \\[...\\]", "x y");
        assert_eq!(numbers("{{c1,2::x}} {{c2::y}} {{c0::z}} {{cx::z}}"), [1, 2]);
    }

    #[test]
    fn what_is_never_closed_is_text() {
        assert_eq!(marked("{{c1::a", 1), None);
        assert_eq!(numbers("{{c1::a {{c2::b}}"), [2]);
        assert_eq!(marked("}} a {{b}}", 1), None);
    }

    proptest! {
        #[test]
        fn any_text_is_kept(parts in prop::collection::vec("[a-z ]{1,5}|\\{\\{c[123]::|\\}\\}|::|\\{|\\}", 0..30), number in 1..4_u32) {
            let source = parts.concat();
            if let Some(marked) = marked(&source, number) {
                let count = |text: &str, c: char| text.matches(c).count();
                prop_assert_eq!(count(&marked.text, OPEN), marked.hints.len());
                prop_assert_eq!(count(&marked.text, CLOSE), marked.hints.len());
            }
            prop_assert!(numbers(&source).iter().all(|&number| marked(&source, number).is_some()));
        }
    }
}
