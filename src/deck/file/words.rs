//! Cards that are answered in words: recalled, typed, or freely.

use super::super::gaps::gaps;
use super::super::{Kind, Point};
use super::{tell_twice, texts};
use crate::config::fields::{Fields, Placed, Reader};

/// An answer that is recalled, or typed where `accept` lists what counts as right.
pub(super) fn basic(fields: &mut Fields<'_, '_>, reader: &mut Reader<'_>) -> Option<Kind> {
    let answer = fields.required(reader, "answer");
    let accept = texts(fields, reader, "accept");
    Some(Kind::Basic { answer: answer?.value, accept })
}

/// A text with gaps.
pub(super) fn cloze(
    fields: &mut Fields<'_, '_>,
    question: Option<&Placed<String>>,
    reader: &mut Reader<'_>,
) -> Option<Kind> {
    let typed = fields.switch(reader, "typed").is_some_and(|typed| typed.value);
    let question = question?;
    let (found, wrong) = gaps(&question.value);
    for (at, why) in &wrong {
        let at = reader.inside(&question.span, &question.value, *at);
        reader.problem(at, why.to_string());
    }
    if found.is_empty() && wrong.is_empty() {
        let help = "write what is to be filled in between braces: Redis keeps data in {{memory::where}}";
        reader.problem_with_help(question.span.start, "the question of a cloze card has no gap", help);
    }
    if found.len() > 20 {
        reader.problem(question.span.start, "a question has at most 20 gaps");
    }
    Some(Kind::Cloze { gaps: found.into_iter().map(|placed| placed.gap).collect(), typed })
}

/// An open answer and the points that a good one has.
pub(super) fn rubric(fields: &mut Fields<'_, '_>, reader: &mut Reader<'_>) -> Option<Kind> {
    let at = fields.place("points");
    let answer = fields.text(reader, "answer").map_or_else(String::new, |answer| answer.value);
    let (mut points, mut seen) = (Vec::new(), Vec::new());
    for mut point in fields.tables(reader, "points") {
        let text = point.required(reader, "text");
        let core = point.switch(reader, "core").is_some_and(|core| core.value);
        point.finish(reader);
        if let Some(text) = text {
            tell_twice(&seen, &text, reader);
            points.push(Point { text: text.value.clone(), core });
            seen.push(text);
        }
    }
    if points.len() < 2 || points.len() > 12 {
        reader.problem_with_help(
            at,
            format!("a rubric has 2 to 12 points, this one has {}", points.len()),
            "points = [{ text = \"..\", core = true }, { text = \"..\" }]",
        );
    }
    Some(Kind::Rubric { points, answer })
}
