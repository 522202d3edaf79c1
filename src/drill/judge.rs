//! Comparing an answer with the truth.
//!
//! The grade that comes out is a suggestion; the learner has the last word. It is never Easy: whether an
//! answer came at once, only the learner knows. A choice is right (Good) or not (Again). A bet within
//! the card's tolerance is Good, within twice the tolerance Hard (for a factor: within its square, which is
//! twice as far on the scale on which factors add), else Again. An estimate within its width is Good, within
//! the next wider one Hard (`exact`, `10%`, `2x`, `10x`, and a hundred times behind these). What is made of parts is
//! judged in `parts.rs`. A recalled answer is Good until the learner says otherwise.

use super::estimate::{judge_estimate, steps};
use super::off::Off;
use super::{Answer, Asked, Mark, Variant, Verdict, parts};
use crate::deck::{Kind, Tolerance};
use crate::lab::Unit;
use crate::memory::Grade;

/// Judges an answer. For a bet the run is made, and takes as long as it does.
///
/// An answer of another kind than the question counts as shown.
#[must_use]
pub fn judge(asked: &Asked, answer: &Answer) -> Verdict {
    if let Some(parts) = parts::judge(asked, answer) {
        let right = parts.grade.map(|grade| grade == Grade::Good);
        return Verdict {
            placed: parts.placed,
            forgiven: parts.forgiven,
            ..verdict(right, parts.grade.unwrap_or(Grade::Good))
        };
    }
    match (&asked.variant, &asked.card.kind, answer) {
        (Variant::Pick { order, .. }, Kind::Choice { options }, Answer::Picked(picked)) => {
            let mark = |(place, &option): (usize, &usize)| {
                let of = options.get(option)?;
                Some(Mark { option, picked: picked.contains(&place), right: of.right, why: of.why.clone() })
            };
            let marks: Vec<Mark> = order.iter().enumerate().filter_map(mark).collect();
            let right = marks.iter().all(|mark| mark.picked == mark.right)
                && picked.iter().all(|&place| place < marks.len());
            Verdict { marks, ..verdict(Some(right), if right { Grade::Good } else { Grade::Again }) }
        }
        (Variant::Estimate(estimate), Kind::Estimate { within, .. }, Answer::Estimated(value))
            if value.is_finite() =>
        {
            let (right, suggested, off_by) = judge_estimate(*value, *within, estimate);
            Verdict { right: Some(right), suggested, off_by: Some(off_by), ..uncovered(asked) }
        }
        (Variant::Bet(bet), Kind::Predict { tolerance, .. }, Answer::Bet(number)) => {
            judge_bet(*number, bet.truth(), bet.unit, *tolerance)
        }
        _ => uncovered(asked),
    }
}

/// The verdict where nothing was answered: what is right, and nothing about the learner.
fn uncovered(asked: &Asked) -> Verdict {
    let mut plain = verdict(None, Grade::Good);
    match (&asked.variant, &asked.card.kind) {
        (Variant::Pick { order, .. }, Kind::Choice { options }) => {
            let mark = |&option: &usize| {
                let of = options.get(option)?;
                Some(Mark { option, picked: false, right: of.right, why: of.why.clone() })
            };
            plain.marks = order.iter().filter_map(mark).collect();
        }
        (Variant::Estimate(estimate), _) => {
            plain.truth = Some(estimate.truth);
            plain.shown = Some(estimate.shown.clone());
            plain.steps = steps(&estimate.sheet);
        }
        (Variant::Bet(bet), _) => {
            let truth = bet.truth();
            plain.truth = Some(truth);
            plain.shown = Some(bet.unit.show(truth));
        }
        _ => {}
    }
    plain
}

fn verdict(right: Option<bool>, suggested: Grade) -> Verdict {
    Verdict {
        right,
        suggested,
        truth: None,
        shown: None,
        off_by: None,
        marks: Vec::new(),
        placed: Vec::new(),
        forgiven: Vec::new(),
        steps: Vec::new(),
    }
}

/// Judges a number that was bet on a reading of that unit: how far it is off, and the grade to suggest.
#[must_use]
pub fn judge_bet(bet: f64, truth: f64, unit: Unit, tolerance: Tolerance) -> Verdict {
    let (right, suggested) = match how_far(bet, truth, tolerance) {
        None => (None, Grade::Good),
        Some(far) if far <= 1.0 + EDGE => (Some(true), Grade::Good),
        Some(far) if far <= 2.0 + EDGE => (Some(false), Grade::Hard),
        Some(_) => (Some(false), Grade::Again),
    };
    Verdict {
        truth: Some(truth),
        shown: Some(unit.show(truth)),
        off_by: off_by(bet, truth, unit, tolerance),
        ..verdict(right, suggested)
    }
}

/// A bet that is exactly as far off as is allowed must not fail by the rounding of its last bit: 0.11 - 0.09 is
/// a little over 0.02 in binary.
const EDGE: f64 = 1e-9;

/// How far a bet is off, in tolerances; nothing where there is no truth to be off from.
fn how_far(bet: f64, truth: f64, tolerance: Tolerance) -> Option<f64> {
    if !truth.is_finite() || !bet.is_finite() {
        return None;
    }
    let (distance, allowed) = match tolerance {
        Tolerance::Within(allowed) => ((bet - truth).abs(), allowed),
        Tolerance::Factor(_) if bet == truth => (0.0, 1.0),
        Tolerance::Factor(_) if bet <= 0.0 || truth <= 0.0 => (f64::INFINITY, 1.0),
        Tolerance::Factor(allowed) => ((bet / truth).ln().abs(), allowed.ln()),
    };
    // Where nothing is allowed only the exact number is right.
    Some(if distance == 0.0 { 0.0 } else { distance / allowed.max(0.0) })
}

/// How far off a bet is, as a clause; nothing where there is no truth. A bet outside the tolerance is never told the
/// tolerance itself.
fn off_by(bet: f64, truth: f64, unit: Unit, tolerance: Tolerance) -> Option<String> {
    let outside = how_far(bet, truth, tolerance)? > 1.0 + EDGE;
    let high = bet > truth;
    let limit = match tolerance {
        Tolerance::Within(within) => within,
        Tolerance::Factor(factor) => truth.abs() * if high { factor - 1.0 } else { 1.0 - 1.0 / factor },
    };
    let limit = off(if high { truth + limit } else { truth - limit }, truth, unit);
    Some(off(bet, truth, unit).said(outside.then_some(&limit)))
}

/// How far off, for people. What looks the same is the same.
fn off(bet: f64, truth: f64, unit: Unit) -> Off {
    if unit.show(bet) == unit.show(truth) {
        return Off::Exactly;
    }
    let high = bet > truth;
    if unit == Unit::Share {
        let points = (bet - truth).abs() * 100.0;
        if points < 0.1 {
            return Off::By("under 0.1 points".to_string(), high);
        }
        let noun = if format!("{points:.1}") == "1.0" { "point" } else { "points" };
        return Off::By(format!("{points:.1} {noun}"), high);
    }
    if truth <= 0.0 || bet <= 0.0 {
        return Off::By(unit.show((bet - truth).abs()), high);
    }
    let factor = (bet / truth).max(truth / bet);
    if factor >= 2.0 - EDGE {
        return Off::Factor(Unit::Ratio.show(factor), high);
    }
    let percent = (bet / truth - 1.0).abs() * 100.0;
    let percent = if percent < 1.0 { "under 1".to_string() } else { format!("{percent:.0}") };
    Off::By(format!("{percent}%"), high)
}

#[cfg(test)]
mod tests {
    use super::super::ask::{ask, ask_in};
    use super::super::testing::{card, choice, find, predict};
    use super::*;

    #[test]
    fn a_choice_is_right_or_not() {
        let check = |right: &[bool], pick: &dyn Fn(bool) -> bool, expected| {
            for seed in 0..20 {
                let asked = ask(&choice(right), seed);
                let Variant::Pick { order, .. } = &asked.variant else { panic!("{:?}", asked.variant) };
                let picked = (0..order.len()).filter(|&place| pick(right[order[place]])).collect();
                let verdict = judge(&asked, &Answer::Picked(picked));
                assert_eq!((verdict.right, verdict.suggested), expected);
                for (mark, option) in verdict.marks.iter().zip(order) {
                    assert_eq!(
                        (mark.option, mark.right, mark.picked),
                        (*option, right[*option], pick(right[*option]))
                    );
                    assert_eq!(mark.why, format!("why {option}"));
                }
            }
        };
        let (good, again) = ((Some(true), Grade::Good), (Some(false), Grade::Again));
        check(&[true, false, false], &|right| right, good);
        check(&[true, true, false], &|right| right, good);
        check(&[true, false, false], &|right| !right, again);
        check(&[true, true, false], &|_| true, again);
        check(&[true, true, false], &|_| false, again);
        // Half of the right ones is not right, and a place that does not exist is not either.
        let asked = ask(&choice(&[true, true]), 0);
        assert_eq!(judge(&asked, &Answer::Picked(vec![0])).right, Some(false));
        assert_eq!(judge(&asked, &Answer::Picked(vec![0, 1, 9])).right, Some(false));
        assert_eq!(judge(&asked, &Answer::Picked(vec![1, 0, 1])).right, Some(true));
        assert_eq!(judge(&asked, &Answer::Shown).right, None);
    }

    #[test]
    fn a_bet_is_decided_by_the_run() {
        // The counter of the test demo counts `rate` a second from `start`: after 2 s at 10/s, 5 + 20.
        let asked = (0..99)
            .map(|seed| ask_in(&predict("count", 2.0), seed, find))
            .find(|asked| asked.question.starts_with("10 "))
            .expect("10 is drawn by some seed");
        let check = |bet, right, suggested, off_by: &str| {
            let verdict = judge(&asked, &Answer::Bet(bet));
            assert_eq!(verdict.truth, Some(25.0));
            assert_eq!(verdict.shown.as_deref(), Some("25"));
            assert_eq!(
                (verdict.right, verdict.suggested, verdict.off_by.as_deref()),
                (right, suggested, Some(off_by))
            );
        };
        // Before the run is made and after it: what is logged has the truth.
        assert_eq!(Answer::Bet(27.0).logged(&asked).as_deref(), Some("bet 27 truth 25"));
        check(25.0, Some(true), Grade::Good, "exactly");
        check(27.0, Some(true), Grade::Good, "8% too high");
        check(23.0, Some(true), Grade::Good, "8% too low");
        check(29.0, Some(false), Grade::Hard, "16% too high");
        check(29.1, Some(false), Grade::Again, "16% too high");
        check(0.0, Some(false), Grade::Again, "25 too low");
        check(250.0, Some(false), Grade::Again, "too high by a factor of 10");
        let shown = judge(&asked, &Answer::Shown);
        assert_eq!((shown.right, shown.truth, shown.suggested), (None, Some(25.0), Grade::Good));
    }

    #[test]
    fn a_reading_of_nothing_judges_nobody() {
        let asked = ask_in(&predict("nothing", 2.0), 7, find);
        let verdict = judge(&asked, &Answer::Bet(3.0));
        assert_eq!((verdict.right, verdict.suggested, verdict.off_by), (None, Grade::Good, None));
        assert_eq!(verdict.shown.as_deref(), Some("-"));
    }

    #[test]
    fn tolerances_end_where_they_say() {
        let check = |bet, truth, tolerance, expected| {
            assert_eq!(judge_bet(bet, truth, Unit::Share, tolerance).suggested, expected, "{bet} {truth}");
        };
        // 0.11 - 0.09 is more than 0.02 in binary, and still within.
        check(0.11, 0.09, Tolerance::Within(0.02), Grade::Good);
        check(0.1101, 0.09, Tolerance::Within(0.02), Grade::Hard);
        check(0.13, 0.09, Tolerance::Within(0.02), Grade::Hard);
        check(0.14, 0.09, Tolerance::Within(0.02), Grade::Again);
        check(0.1, 0.2, Tolerance::Factor(2.0), Grade::Good);
        check(0.2, 0.1, Tolerance::Factor(2.0), Grade::Good);
        check(0.4, 0.1, Tolerance::Factor(2.0), Grade::Hard);
        check(0.41, 0.1, Tolerance::Factor(2.0), Grade::Again);
        check(0.0, 0.1, Tolerance::Factor(2.0), Grade::Again);
        check(0.1, 0.0, Tolerance::Factor(2.0), Grade::Again);
        check(0.0, 0.0, Tolerance::Factor(2.0), Grade::Good);
        check(0.5, 0.5, Tolerance::Within(0.0), Grade::Good);
        check(0.51, 0.5, Tolerance::Within(0.0), Grade::Again);
        check(0.51, 0.5, Tolerance::Factor(1.0), Grade::Again);
    }

    #[test]
    fn says_how_far_off() {
        let check = |bet, truth, unit, expected: &str| {
            assert_eq!(off(bet, truth, unit).said(None), expected);
        };
        check(0.1, 1.0 / 11.0, Unit::Share, "0.9 points too high");
        check(0.08, 0.09, Unit::Share, "1.0 point too low");
        check(0.0906, 0.0904, Unit::Share, "under 0.1 points too high");
        check(0.0909, 1.0 / 11.0, Unit::Share, "exactly");
        check(3.0, 1.0, Unit::Ratio, "too high by a factor of 3");
        check(0.3, 1.0, Unit::Ratio, "too low by a factor of 3.33");
        check(150.0, 100.0, Unit::Millis, "50% too high");
        check(100.4, 100.0, Unit::PerSecond, "exactly");
        check(5.0, 0.0, Unit::Seconds, "5 s too high");
        assert_eq!(off_by(1.0, f64::NAN, Unit::Count, Tolerance::Factor(2.0)), None);
    }

    #[test]
    fn a_bet_outside_the_tolerance_is_not_told_the_tolerance() {
        let check = |bet, truth, unit, tolerance, expected: &str| {
            assert_eq!(off_by(bet, truth, unit, tolerance).as_deref(), Some(expected), "{bet} for {truth}");
        };
        let double = Tolerance::Factor(2.0);
        check(400.0, 200.0, Unit::Millis, double, "too high by a factor of 2");
        check(400.4, 200.0, Unit::Millis, double, "too high by a factor of just over 2");
        check(100.0, 200.0, Unit::Millis, double, "too low by a factor of 2");
        check(99.9, 200.0, Unit::Millis, double, "too low by a factor of just over 2");
        check(110.0, 100.0, Unit::Count, Tolerance::Factor(1.1), "10% too high");
        check(110.4, 100.0, Unit::Count, Tolerance::Factor(1.1), "just over 10% too high");
        check(111.0, 100.0, Unit::Count, Tolerance::Factor(1.1), "11% too high");
        check(0.12, 0.09, Unit::Share, Tolerance::Within(0.03), "3.0 points too high");
        check(0.0596, 0.09, Unit::Share, Tolerance::Within(0.03), "just over 3.0 points too low");
    }

    #[test]
    fn an_answer_is_logged_as_it_was_given() {
        let asked = ask(&choice(&[true, false]), 3);
        let Variant::Pick { order, .. } = &asked.variant else { panic!("{:?}", asked.variant) };
        let expected = format!("option {} | option {}", order[1], order[0]);
        assert_eq!(Answer::Picked(vec![1, 0, 7]).logged(&asked), Some(expected));
        let recalled = judge(&ask(&card("basic"), 1), &Answer::Shown);
        assert_eq!((recalled.right, recalled.suggested), (None, Grade::Good));
    }
}
