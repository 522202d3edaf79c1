//! Judging answers that are made of parts: gaps, an order, pairs, classes, lines, points.
//!
//! | answer | Good | Hard | else |
//! |---|---|---|---|
//! | gaps, pairs, classes | all right | at most a quarter wrong | Again |
//! | order | the right one | two neighbours exchanged | Again |
//! | lines | all flaws and nothing else | one line too few or too many, and a flaw among them | Again |
//! | points | all core points and two thirds of all | all core points; or one core point missing and two thirds of all | Again |

use super::logged::{left_text, right_text};
use super::typing::{self, Typed};
use super::{Answer, Asked, Placed, Variant};
use crate::deck::{Card, Kind, Point};
use crate::memory::Grade;

/// What is to be said of an answer in parts.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// Each part in the order shown.
    pub placed: Vec<Placed>,
    /// What was forgiven.
    pub forgiven: Vec<String>,
    /// The grade to suggest; nothing where nothing was answered.
    pub grade: Option<Grade>,
}

/// How points become a grade, in a sentence for people.
pub const RUBRIC_RULE: &str = "Good: every core point and two thirds of all. Hard: every core point, or two thirds with one core point missing.";

/// Compares an answer with the parts of its card; nothing where the card has none. An answer of another shape than the
/// question counts as none.
pub(super) fn judge(asked: &Asked, answer: &Answer) -> Option<Parts> {
    let card = &asked.card;
    let parts = match (&asked.variant, &card.kind) {
        (Variant::Type { gaps }, _) => typed(card, *gaps, answer),
        (Variant::Arrange { order }, Kind::Order { .. }) => arranged(card, order, answer),
        (Variant::Pair { lefts, rights }, Kind::Match { .. }) => paired(card, lefts, rights, answer),
        (Variant::Class { order }, Kind::Sort { .. }) => classed(card, order, answer),
        (Variant::Point { .. }, Kind::Spot { .. }) => pointed(card, answer),
        (Variant::Open { .. }, Kind::Rubric { points, .. }) => ticked(points, answer),
        _ => return None,
    };
    Some(parts)
}

/// All right is Good, at most a quarter wrong Hard.
fn by_share(placed: &[Placed]) -> Grade {
    let wrong = placed.iter().filter(|part| !part.right).count();
    match wrong {
        0 => Grade::Good,
        _ if wrong * 4 <= placed.len() => Grade::Hard,
        _ => Grade::Again,
    }
}

fn typed(card: &Card, gaps: usize, answer: &Answer) -> Parts {
    let texts = match answer {
        Answer::Typed(texts) => Some(texts),
        _ => None,
    };
    let accepted: Vec<Vec<String>> = match &card.kind {
        Kind::Basic { answer, accept } => vec![accept.iter().chain([answer]).cloned().collect()],
        Kind::Cloze { gaps, .. } => gaps.iter().map(|gap| gap.answers.clone()).collect(),
        _ => Vec::new(),
    };
    let mut parts = Parts::default();
    for (gap, right) in accepted.iter().enumerate().take(gaps) {
        let given = texts.and_then(|texts| texts.get(gap)).map_or("", String::as_str);
        // What belongs into another gap, and what the question says, is no slip here.
        let others = accepted.iter().enumerate().filter(|(other, _)| *other != gap);
        let question = crate::deck::with_blanks(&card.question);
        let known: Vec<&str> =
            others.flat_map(|(_, texts)| texts).chain([&question, &card.why]).map(String::as_str).collect();
        let judged = typing::compare(given, right, &known);
        parts.placed.push(Placed {
            item: gap,
            given: given.trim().to_string(),
            wanted: wanted(&card.kind, right),
            right: judged != Typed::Wrong,
            why: String::new(),
        });
        if let Typed::Forgiven(why) = judged {
            parts.forgiven.push(why);
        }
    }
    parts.grade = texts.map(|_| by_share(&parts.placed));
    parts
}

/// The text that is shown as right: of a card with an answer the answer.
fn wanted(kind: &Kind, accepted: &[String]) -> String {
    match kind {
        Kind::Basic { answer, .. } => answer.clone(),
        _ => accepted.first().cloned().unwrap_or_default(),
    }
}

fn arranged(card: &Card, order: &[usize], answer: &Answer) -> Parts {
    let given: Option<Vec<usize>> = match answer {
        Answer::Arranged(places) => {
            Some(places.iter().filter_map(|&place| order.get(place).copied()).collect())
        }
        _ => None,
    };
    let position = |item: usize| given.as_ref().and_then(|given| given.iter().position(|&at| at == item));
    let placed = order.iter().map(|&item| Placed {
        item,
        given: position(item).map_or_else(String::new, |at| (at + 1).to_string()),
        wanted: (item + 1).to_string(),
        right: position(item) == Some(item),
        why: String::new(),
    });
    Parts {
        placed: placed.collect(),
        grade: given.map(|given| order_grade(&given, card)),
        ..Parts::default()
    }
}

fn order_grade(given: &[usize], card: &Card) -> Grade {
    let Kind::Order { items } = &card.kind else { return Grade::Again };
    let wrong: Vec<usize> = (0..items.len()).filter(|&at| given.get(at) != Some(&at)).collect();
    match wrong.as_slice() {
        [] if given.len() == items.len() => Grade::Good,
        &[one, two]
            if two == one + 1 && given.len() == items.len() && given[one] == two && given[two] == one =>
        {
            Grade::Hard
        }
        _ => Grade::Again,
    }
}

fn paired(card: &Card, lefts: &[usize], rights: &[usize], answer: &Answer) -> Parts {
    let chosen = match answer {
        Answer::Paired(chosen) => Some(chosen),
        _ => None,
    };
    let one = |(place, &left): (usize, &usize)| {
        left_text(card, left)?;
        let given = chosen.and_then(|chosen| chosen.get(place).copied().flatten());
        let given = given.and_then(|place| rights.get(place)).and_then(|&right| right_text(card, right));
        let wanted = right_text(card, left)?;
        Some(Placed {
            item: left,
            given: given.unwrap_or_default().to_string(),
            wanted: wanted.to_string(),
            // Two on the right may say the same: either belongs.
            right: given.is_some_and(|given| given.trim() == wanted.trim()),
            why: String::new(),
        })
    };
    let placed: Vec<Placed> = lefts.iter().enumerate().filter_map(one).collect();
    Parts { grade: chosen.map(|_| by_share(&placed)), placed, ..Parts::default() }
}

fn classed(card: &Card, order: &[usize], answer: &Answer) -> Parts {
    let Kind::Sort { classes, items } = &card.kind else { return Parts::default() };
    let chosen = match answer {
        Answer::Classed(chosen) => Some(chosen),
        _ => None,
    };
    let one = |(place, &item): (usize, &usize)| {
        let of = items.get(item)?;
        let given = chosen.and_then(|chosen| chosen.get(place).copied().flatten());
        Some(Placed {
            item,
            given: given.and_then(|class| classes.get(class)).cloned().unwrap_or_default(),
            wanted: classes.get(of.class).cloned().unwrap_or_default(),
            right: given == Some(of.class),
            why: of.why.clone(),
        })
    };
    let placed: Vec<Placed> = order.iter().enumerate().filter_map(one).collect();
    Parts { grade: chosen.map(|_| by_share(&placed)), placed, ..Parts::default() }
}

fn pointed(card: &Card, answer: &Answer) -> Parts {
    let Kind::Spot { exhibit, flaws, .. } = &card.kind else { return Parts::default() };
    let pointed = match answer {
        Answer::Pointed(lines) => Some(lines),
        _ => None,
    };
    let mut placed = Vec::new();
    for (line, text) in exhibit.lines().enumerate() {
        let flaw = flaws.iter().find(|flaw| flaw.line == line);
        let given = pointed.is_some_and(|lines| lines.contains(&line));
        if flaw.is_none() && !given {
            continue;
        }
        let text = text.trim().to_string();
        placed.push(Placed {
            item: line,
            given: if given { text.clone() } else { String::new() },
            wanted: if flaw.is_some() { text } else { String::new() },
            right: given && flaw.is_some(),
            why: flaw.map_or_else(String::new, |flaw| flaw.why.clone()),
        });
    }
    let (wrong, found) =
        (placed.iter().filter(|part| !part.right).count(), placed.iter().any(|part| part.right));
    let outside = pointed.is_some_and(|lines| lines.iter().any(|&line| line >= exhibit.lines().count()));
    let grade = match wrong {
        _ if outside => Grade::Again,
        0 => Grade::Good,
        1 if found => Grade::Hard,
        _ => Grade::Again,
    };
    Parts { placed, grade: pointed.map(|_| grade), ..Parts::default() }
}

fn ticked(points: &[Point], answer: &Answer) -> Parts {
    let ticked = match answer {
        Answer::Open { ticked, .. } => Some(ticked),
        _ => None,
    };
    let one = |(item, point): (usize, &Point)| {
        let right = ticked.is_some_and(|ticked| ticked.contains(&item));
        Placed {
            item,
            given: if right { point.text.clone() } else { String::new() },
            wanted: point.text.clone(),
            right,
            why: String::new(),
        }
    };
    Parts {
        placed: points.iter().enumerate().map(one).collect(),
        grade: ticked.map(|ticked| rubric_grade(points, ticked)),
        ..Parts::default()
    }
}

/// The grade that follows from the ticked points (places in the list): [`RUBRIC_RULE`].
#[must_use]
pub fn rubric_grade(points: &[Point], ticked: &[usize]) -> Grade {
    let had = |at: usize| ticked.contains(&at);
    let count = (0..points.len()).filter(|&at| had(at)).count();
    let core_missing = points.iter().enumerate().filter(|(at, point)| point.core && !had(*at)).count();
    let has_core = points.iter().any(|point| point.core);
    let most = count * 3 >= points.len() * 2;
    match (core_missing, most) {
        (0, true) => Grade::Good,
        // Without core points a third of them is the least.
        (0, false) if has_core || count * 3 >= points.len() => Grade::Hard,
        (1, true) => Grade::Hard,
        _ => Grade::Again,
    }
}
