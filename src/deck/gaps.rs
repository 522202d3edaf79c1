//! The gaps of a cloze card: how they stand in its question, and the question with something else in their place.
//!
//! `Adding a node moves {{1/(n+1)::what share}} of the keys`: two braces, what belongs there, and behind `::` a
//! hint. `{{leader|primary}}` takes either. A backslash makes the next character one of the text: `{{std\::mem}}`,
//! `{{a \| b}}`; `\{{` is no gap at all. Braces inside a gap are counted, so that a formula may stand in one.

use std::ops::Range;

use super::Gap;

/// A gap with the bytes of the question at which it stands, braces and all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedGap {
    /// The gap.
    pub gap: Gap,
    /// Where it stands.
    pub span: Range<usize>,
}

/// What is wrong with a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadGap {
    /// It is not closed.
    #[error("this gap is not closed: a gap ends with '}}}}'")]
    Open,
    /// Nothing is to be filled in.
    #[error("this gap is empty: what belongs into it stands between the braces, as in {{{{answer::hint}}}}")]
    Empty,
    /// It has a gap in it.
    #[error("a gap stands inside another one")]
    Nested,
}

/// The gaps of a question in the order of the text, and the bytes at which something is wrong with one. Costs time
/// linear in the text.
#[must_use]
pub fn gaps(question: &str) -> (Vec<PlacedGap>, Vec<(usize, BadGap)>) {
    let (mut found, mut wrong) = (Vec::new(), Vec::new());
    let mut at = 0;
    while let Some(start) = opening(question, at) {
        let Some(end) = closing(question, start + 2) else {
            wrong.push((start, BadGap::Open));
            break;
        };
        let inside = &question[start + 2..end - 2];
        if opening(inside, 0).is_some() {
            wrong.push((start, BadGap::Nested));
        } else {
            match read(inside) {
                Some(gap) => found.push(PlacedGap { gap, span: start..end }),
                None => wrong.push((start, BadGap::Empty)),
            }
        }
        at = end;
    }
    (found, wrong)
}

/// The question with each gap replaced by what `put` says of it: its number from 0, the gap, and whether it stands in
/// code, where Markdown has no marks. A backslash that kept braces from being a gap is gone.
#[must_use]
pub fn replaced(question: &str, mut put: impl FnMut(usize, &Gap, bool) -> String) -> String {
    let mut text = String::with_capacity(question.len());
    let mut at = 0;
    for (number, placed) in gaps(question).0.iter().enumerate() {
        text.push_str(&question[at..placed.span.start].replace("\\{{", "{{"));
        let in_code = question[..placed.span.start].matches('`').count() % 2 == 1;
        let put = put(number, &placed.gap, in_code);
        // `[a](b)` would be a link.
        let link = question[placed.span.end..].starts_with(['(', '[', ':']) && put.ends_with(']') && !in_code;
        if link {
            text.push_str(&put[..put.len() - 1]);
            text.push_str("\\]");
        } else {
            text.push_str(&put);
        }
        at = placed.span.end;
    }
    text + &question[at..].replace("\\{{", "{{")
}

/// The question as it is asked: `[what share]`, `[…]`; numbered where there are several: `[1: what share]`, `[2 …]`.
#[must_use]
pub fn with_blanks(question: &str) -> String {
    let several = gaps(question).0.len() > 1;
    replaced(question, |number, gap, _| match (&gap.hint, several) {
        (Some(hint), false) => format!("[{hint}]"),
        (Some(hint), true) => format!("[{}: {hint}]", number + 1),
        (None, false) => "[…]".to_string(),
        (None, true) => format!("[{} …]", number + 1),
    })
}

/// The question with the best answer in each gap, in bold.
#[must_use]
pub fn with_answers(question: &str) -> String {
    replaced(question, |_, gap, in_code| {
        let answer = gap.answers.first().map_or("", String::as_str);
        if in_code { answer.to_string() } else { format!("**{answer}**") }
    })
}

/// The first `{{` from `at` on that no backslash stands before.
fn opening(text: &str, at: usize) -> Option<usize> {
    let mut found = text[at..].match_indices("{{").map(|(place, _)| at + place);
    found.find(|&place| !text[..place].ends_with('\\'))
}

/// The byte behind the `}}` that closes a gap whose text begins at `at`.
fn closing(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut place, mut depth) = (at, 0_usize);
    while let Some(byte) = bytes.get(place) {
        match byte {
            b'\\' => place += 1,
            b'{' => depth += 1,
            b'}' if depth > 0 => depth -= 1,
            b'}' if bytes.get(place + 1) == Some(&b'}') => return Some(place + 2),
            _ => {}
        }
        place += 1;
    }
    None
}

/// What stands between the braces; nothing where one of the answers is empty.
fn read(inside: &str) -> Option<Gap> {
    let (mut answers, mut hint) = (vec![String::new()], None);
    let mut rest = inside.chars().peekable();
    while let Some(mut c) = rest.next() {
        match c {
            '\\' => c = rest.next_if(|next| matches!(next, '|' | ':' | '{' | '}' | '\\')).unwrap_or(c),
            '|' if hint.is_none() => {
                answers.push(String::new());
                continue;
            }
            ':' if hint.is_none() && rest.next_if_eq(&':').is_some() => {
                hint = Some(String::new());
                continue;
            }
            _ => {}
        }
        hint.as_mut().or(answers.last_mut())?.push(c);
    }
    let answers: Vec<String> = answers.iter().map(|answer| answer.trim().to_string()).collect();
    let hint = hint.map(|hint: String| hint.trim().to_string()).filter(|hint| !hint.is_empty());
    answers.iter().all(|answer| !answer.is_empty()).then_some(Gap { answers, hint })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn gap(answers: &[&str], hint: Option<&str>) -> Gap {
        Gap {
            answers: answers.iter().map(|answer| (*answer).to_string()).collect(),
            hint: hint.map(str::to_string),
        }
    }

    #[test]
    fn reads_answers_and_hints() {
        let check = |text: &str, expected: &[Gap]| {
            let (found, wrong) = gaps(text);
            assert_eq!(wrong, [], "{text}");
            let found: Vec<Gap> = found.into_iter().map(|placed| placed.gap).collect();
            assert_eq!(found, expected, "{text}");
        };
        check("no gap { } here }}", &[]);
        check("a {{b}} c", &[gap(&["b"], None)]);
        check("{{ b :: what }}{{c|d}}", &[gap(&["b"], Some("what")), gap(&["c", "d"], None)]);
        check("{{a::b::c|d}}", &[gap(&["a"], Some("b::c|d"))]);
        check(
            "{{std\\::mem}} {{a \\| b}} \\{{not}} one}}",
            &[gap(&["std::mem"], None), gap(&["a | b"], None)],
        );
        check("{{$2^{2^{n}}$}}", &[gap(&["$2^{2^{n}}$"], None)]);
        check("{{a:b}} {{x::}}", &[gap(&["a:b"], None), gap(&["x"], None)]);
        check("{{\\d+}}", &[gap(&["\\d+"], None)]);
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        let check = |text: &str, expected: &[(usize, BadGap)]| assert_eq!(gaps(text).1, expected, "{text}");
        check("a {{b", &[(2, BadGap::Open)]);
        check("a {{b} c", &[(2, BadGap::Open)]);
        check("{{}} {{a|}} {{::h}}", &[(0, BadGap::Empty), (5, BadGap::Empty), (12, BadGap::Empty)]);
        check("{{a {{b}} c}} {{d", &[(0, BadGap::Nested), (14, BadGap::Open)]);
    }

    #[test]
    fn puts_blanks_and_answers_in_their_place() {
        let check = |text: &str, blanks: &str, answers: &str| {
            assert_eq!(with_blanks(text), blanks);
            assert_eq!(with_answers(text), answers);
        };
        check("moves {{1/(n+1)::what share}} of", "moves [what share] of", "moves **1/(n+1)** of");
        check("{{a}} and {{b::c}}", "[1 …] and [2: c]", "**a** and **b**");
        check("run `{{INCR}}(key)`, {{x}}(y)", "run `[1 …](key)`, [2 …\\](y)", "run `INCR(key)`, **x**(y)");
        check("\\{{x}} {{a}}", "{{x}} […]", "{{x}} **a**");
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "[{}|:\\\\a`ä]{0,24}") {
            let (found, _) = gaps(&text);
            for placed in &found {
                prop_assert!(text[placed.span.clone()].starts_with("{{") && text[placed.span.clone()].ends_with("}}"));
            }
            let mut seen = 0;
            let _ = replaced(&text, |number, _, _| { seen = number + 1; String::new() });
            prop_assert_eq!(seen, found.len());
        }
    }
}
