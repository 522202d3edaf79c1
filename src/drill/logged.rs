//! What an answer leaves in the log: a short text that people can read and that means the same when the card was edited.
//!
//! So it is made of texts, not of places. Parts are separated by ` | `. A bet and an estimate carry the truth beside them
//! (`bet 0.12 truth 0.0909`, in the unit of the reading or of the sheet's answer), so that statistics need neither the
//! demo nor the deck. `docs/drill.md` lists the forms.

use super::{Answer, Asked, Variant};
use crate::deck::{Card, Kind};
use crate::memory::LoggedBet;

/// The longest part, in characters: an answer is kept to be recognized, not to be read.
const PART: usize = 60;
/// The longest open answer, in characters.
const OPEN: usize = 500;

impl Answer {
    /// As in the log; nothing where nothing was answered. For a bet it may take as long as its run, if nobody made it yet.
    #[must_use]
    pub fn logged(&self, asked: &Asked) -> Option<String> {
        let card = &asked.card;
        match (self, &asked.variant, &card.kind) {
            (Answer::Picked(picked), Variant::Pick { order, .. }, Kind::Choice { options }) => {
                let places = picked.iter().filter_map(|&place| order.get(place));
                let texts =
                    places.filter_map(|&option| options.get(option)).map(|option| option.text.clone());
                Some(texts.collect::<Vec<_>>().join(" | "))
            }
            (Answer::Bet(bet), Variant::Bet(of), _) => Some(number(*bet, of.truth())),
            (Answer::Estimated(value), Variant::Estimate(of), _) => Some(number(*value, of.truth)),
            (Answer::Typed(texts), ..) => Some(joined(texts.iter().map(|text| part(text)))),
            (Answer::Arranged(places), Variant::Arrange { order }, Kind::Order { items }) => {
                let item = |&place: &usize| Some(part(items.get(*order.get(place)?)?));
                Some(joined(places.iter().filter_map(item)))
            }
            (Answer::Paired(chosen), Variant::Pair { lefts, rights }, _) => {
                let pair = |(place, &left): (usize, &usize)| {
                    let given = chosen.get(place).copied().flatten().and_then(|place| rights.get(place));
                    let given =
                        given.and_then(|&right| right_text(card, right)).map_or("-".to_string(), part);
                    Some(format!("{}: {given}", part(left_text(card, left)?)))
                };
                Some(joined(lefts.iter().enumerate().filter_map(pair)))
            }
            (Answer::Classed(chosen), Variant::Class { order }, Kind::Sort { classes, items }) => {
                let item = |(place, &item): (usize, &usize)| {
                    let class = chosen.get(place).copied().flatten().and_then(|class| classes.get(class));
                    let class = class.map_or("-".to_string(), |class| part(class));
                    Some(format!("{}: {class}", part(&items.get(item)?.text)))
                };
                Some(joined(order.iter().enumerate().filter_map(item)))
            }
            (Answer::Pointed(lines), Variant::Point { .. }, Kind::Spot { exhibit, .. }) => {
                let line = |&line: &usize| Some(part(exhibit.lines().nth(line)?));
                Some(joined(lines.iter().filter_map(line)))
            }
            (Answer::Open { text, ticked }, Variant::Open { points }, _) => {
                let mut ticked: Vec<usize> = ticked.iter().copied().filter(|point| point < points).collect();
                ticked.sort_unstable();
                ticked.dedup();
                let text = shortened(text, OPEN);
                let colon = if text.is_empty() { "" } else { ": " };
                Some(format!("{} of {points}{colon}{text}", ticked.len()))
            }
            _ => None,
        }
    }
}

/// The text of a left side, by its place in the card's pairs.
pub(super) fn left_text(card: &Card, place: usize) -> Option<&str> {
    let Kind::Match { pairs, .. } = &card.kind else { return None };
    pairs.get(place).map(|(left, _)| left.as_str())
}

/// The text of a right side: a place in the card's pairs, and behind these in its extra texts.
pub(super) fn right_text(card: &Card, place: usize) -> Option<&str> {
    let Kind::Match { pairs, extra } = &card.kind else { return None };
    let paired = pairs.get(place).map(|(_, right)| right.as_str());
    paired.or_else(|| extra.get(place.checked_sub(pairs.len())?).map(String::as_str))
}

fn number(given: f64, truth: f64) -> String {
    if truth.is_finite() { LoggedBet { bet: given, truth }.to_string() } else { format!("bet {given}") }
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(" | ")
}

fn part(text: &str) -> String {
    shortened(text, PART)
}

/// On one line, and cut where it is long.
fn shortened(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{card, kind, predict};
    use super::super::{ask, ask::ask_in, testing::find};
    use super::*;

    #[test]
    fn every_answer_is_a_readable_text() {
        let check = |id: &str, answer: Answer, expected: &str| {
            let asked = ask(&kind(id), 0);
            assert_eq!(answer.logged(&asked).as_deref(), Some(expected), "{id} {:?}", asked.variant);
        };
        check("typed", Answer::Typed(vec![" Hash  ring\n".into()]), "Hash ring");
        check("cloze-typed", Answer::Typed(vec!["one".into(), String::new()]), "one | ");
        check("spot", Answer::Pointed(vec![1, 9]), "line two");
        check("estimate", Answer::Estimated(120.0), "bet 120 truth 100");
        check("rubric", Answer::Open { text: "a\nb".into(), ticked: vec![2, 0, 0, 9] }, "2 of 4: a b");
        check("rubric", Answer::Open { text: String::new(), ticked: vec![] }, "0 of 4");
        // What is shuffled is logged by its text.
        let asked = ask(&kind("order"), 0);
        let Variant::Arrange { order } = &asked.variant else { panic!("{:?}", asked.variant) };
        let first = ["zero", "one", "two", "three", "four"][order[3]];
        let logged = Answer::Arranged(vec![3, 99]).logged(&asked);
        assert_eq!(logged.as_deref(), Some(first));
        let long = Answer::Typed(vec!["x".repeat(300)]).logged(&asked).unwrap_or_default();
        assert_eq!(long.chars().count(), PART + 1);
    }

    #[test]
    fn a_bet_is_logged_with_its_truth() {
        let asked = ask_in(&predict("count", 2.0), 3, find);
        let Variant::Bet(bet) = &asked.variant else { panic!("{:?}", asked.variant) };
        let expected = format!("bet 12.5 truth {}", bet.truth());
        assert_eq!(Answer::Bet(12.5).logged(&asked), Some(expected));
        let nothing = ask_in(&predict("nothing", 2.0), 3, find);
        assert_eq!(Answer::Bet(12.5).logged(&nothing).as_deref(), Some("bet 12.5"));
        assert_eq!(Answer::Shown.logged(&asked), None);
        assert_eq!(Answer::Bet(1.0).logged(&ask(&card("basic"), 1)), None);
    }
}
