//! What is said of an answer, in lines that begin with what matters: right or wrong.

use super::answer::hanging;
use super::{letter, text};
use crate::cli::{Failure, print};
use crate::deck::{self, Kind};
use crate::drill::{Asked, Placed, RUBRIC_RULE, Variant, Verdict};

/// Says whether the answer was right, what is right, and why.
pub(super) fn tell(asked: &Asked, verdict: &Verdict) -> Result<(), Failure> {
    match (&asked.variant, &asked.card.kind) {
        (Variant::Estimate(_), _) => tell_estimate(verdict)?,
        (Variant::Open { .. }, Kind::Rubric { points, .. }) if verdict.right.is_some() => {
            let had = verdict.placed.iter().filter(|point| point.right).count();
            print(&format!("{had} of {} points. {RUBRIC_RULE}", points.len()))?;
        }
        (Variant::Bet(_), _) if verdict.shown.is_some() => {
            let off = verdict.off_by.as_ref().map_or_else(String::new, |off| format!(", {off}"));
            print(&format!("the run: {}{off}", verdict.shown.as_deref().unwrap_or("-")))?;
        }
        _ if verdict.right.is_none() => print(&text(&deck::back(&asked.card)))?,
        (_, Kind::Choice { options }) => {
            tell_side(verdict)?;
            for mark in &verdict.marks {
                let option = options.get(mark.option).map_or(String::new(), |option| text(&option.text));
                let sign = if mark.right { "right:" } else { "wrong:" };
                print(&format!("  {sign} {option}"))?;
                if !mark.right && !mark.why.is_empty() {
                    print(&inset(&mark.why))?;
                }
            }
        }
        (_, kind) => {
            tell_side(verdict)?;
            tell_parts(kind, &verdict.placed)?;
        }
    }
    for forgiven in &verdict.forgiven {
        print(&format!("forgiven: {forgiven}"))?;
    }
    if !asked.card.why.trim().is_empty() {
        print(&text(&asked.card.why))?;
    }
    Ok(())
}

/// The model answer and the points of an open question, before they are ticked.
pub(super) fn tell_points(asked: &Asked) -> Result<(), Failure> {
    let Kind::Rubric { points, answer } = &asked.card.kind else { return Ok(()) };
    if !answer.trim().is_empty() {
        print(&text(answer))?;
    }
    print("a good answer has:")?;
    for (place, point) in points.iter().enumerate() {
        let core = if point.core { " (core)" } else { "" };
        print(&format!("  {}  {}{core}", letter(place), hanging(&point.text)))?;
    }
    Ok(())
}

fn tell_side(verdict: &Verdict) -> Result<(), Failure> {
    print(if verdict.right == Some(true) { "right" } else { "wrong" })
}

fn tell_estimate(verdict: &Verdict) -> Result<(), Failure> {
    let shown = verdict.shown.as_deref().unwrap_or("-");
    match (verdict.right, &verdict.off_by) {
        (Some(right), Some(off)) => {
            print(&format!("{}: {off}; the answer is {shown}", if right { "right" } else { "wrong" }))?;
        }
        _ => print(&format!("the answer is {shown}"))?,
    }
    let width = verdict.steps.iter().map(|(code, _)| code.chars().count()).max().unwrap_or(0);
    for (code, value) in &verdict.steps {
        print(&format!("  {code:width$}  {value}"))?;
    }
    Ok(())
}

fn tell_parts(kind: &Kind, placed: &[Placed]) -> Result<(), Failure> {
    let mut placed: Vec<&Placed> = placed.iter().collect();
    if matches!(kind, Kind::Order { .. }) {
        placed.sort_by_key(|part| part.item);
    }
    for part in placed {
        let sign = if part.right { "right:" } else { "wrong:" };
        print(&format!("  {sign} {}", of_part(kind, part)))?;
        if !part.why.trim().is_empty() {
            print(&inset(&part.why))?;
        }
    }
    Ok(())
}

/// What is right of a part, and what was given where that is something else.
fn of_part(kind: &Kind, part: &Placed) -> String {
    let given = if part.given.is_empty() { "nothing".to_string() } else { text(&part.given) };
    let wanted = text(&part.wanted);
    let wanted = if part.right { wanted } else { format!("{wanted} (yours: {given})") };
    match kind {
        Kind::Order { items } => {
            let item = items.get(part.item).map_or(String::new(), |item| text(item));
            let yours = if part.right { String::new() } else { format!(" (yours: {given})") };
            format!("{}. {item}{yours}", part.wanted)
        }
        Kind::Match { pairs, .. } => {
            format!("{}: {wanted}", pairs.get(part.item).map_or(String::new(), |(left, _)| text(left)))
        }
        Kind::Sort { items, .. } => {
            format!("{}: {wanted}", items.get(part.item).map_or(String::new(), |item| text(&item.text)))
        }
        Kind::Spot { .. } if part.wanted.is_empty() => {
            format!("line {} has no flaw: {}", part.item + 1, part.given)
        }
        Kind::Spot { .. } => format!("line {}: {}", part.item + 1, part.wanted),
        _ => wanted,
    }
}

/// An explanation under what it belongs to.
fn inset(markdown: &str) -> String {
    let text = text(markdown);
    text.lines().map(|line| format!("         {line}")).collect::<Vec<_>>().join("\n")
}
