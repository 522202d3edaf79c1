//! What holds for every kind of card, every seed and any answer.

use proptest::prelude::*;

use super::ask::ask_in;
use super::testing::{card, choice, find, kind, predict};
use super::{Answer, Asked, Variant, judge};
use crate::deck::{Card, Kind};
use crate::memory::Grade;

fn all() -> Vec<Card> {
    let names = ["typed", "cloze", "cloze-typed", "order", "match", "sort", "spot", "estimate", "rubric"];
    let mut cards: Vec<Card> = names.map(kind).to_vec();
    cards.extend([
        card("basic"),
        choice(&[true, false, true, false]),
        choice(&[false, true]),
        predict("count", 2.0),
    ]);
    cards
}

/// The right answer of a card, found from the card alone.
fn right(asked: &Asked) -> Answer {
    let at =
        |order: &[usize], item: usize| order.iter().position(|&place| place == item).expect("it is shown");
    match (&asked.variant, &asked.card.kind) {
        (Variant::Recall, _) => Answer::Shown,
        (Variant::Type { .. }, Kind::Basic { accept, .. }) => Answer::Typed(vec![accept[0].clone()]),
        (Variant::Type { .. }, Kind::Cloze { gaps, .. }) => {
            Answer::Typed(gaps.iter().map(|gap| gap.answers[0].clone()).collect())
        }
        (Variant::Pick { order, .. }, Kind::Choice { options }) => {
            Answer::Picked((0..order.len()).filter(|&place| options[order[place]].right).collect())
        }
        (Variant::Arrange { order }, _) => {
            Answer::Arranged((0..order.len()).map(|item| at(order, item)).collect())
        }
        (Variant::Pair { lefts, rights }, _) => {
            Answer::Paired(lefts.iter().map(|&left| Some(at(rights, left))).collect())
        }
        (Variant::Class { order }, Kind::Sort { items, .. }) => {
            Answer::Classed(order.iter().map(|&item| Some(items[item].class)).collect())
        }
        (Variant::Point { .. }, Kind::Spot { flaws, .. }) => {
            Answer::Pointed(flaws.iter().map(|flaw| flaw.line).collect())
        }
        (Variant::Estimate(estimate), _) => Answer::Estimated(estimate.truth),
        (Variant::Bet(bet), _) => Answer::Bet(bet.truth()),
        (Variant::Open { points }, _) => Answer::Open { text: String::new(), ticked: (0..*points).collect() },
        other => panic!("{other:?}"),
    }
}

fn any_answer() -> impl Strategy<Value = Answer> {
    let places = || prop::collection::vec(0_usize..12, 0..12);
    let maybe = || prop::collection::vec(prop::option::of(0_usize..12), 0..12);
    let number = prop_oneof![any::<f64>(), Just(0.0), Just(-1.0), Just(f64::NAN), Just(f64::INFINITY)];
    prop_oneof![
        Just(Answer::Shown),
        prop::collection::vec("\\PC{0,12}", 0..5).prop_map(Answer::Typed),
        places().prop_map(Answer::Picked),
        places().prop_map(Answer::Arranged),
        maybe().prop_map(Answer::Paired),
        maybe().prop_map(Answer::Classed),
        places().prop_map(Answer::Pointed),
        number.clone().prop_map(Answer::Estimated),
        number.prop_map(Answer::Bet),
        ("\\PC{0,20}", places()).prop_map(|(text, ticked)| Answer::Open { text, ticked }),
    ]
}

proptest! {
    #[test]
    fn the_right_answer_is_good(seed: u64) {
        for card in all() {
            let asked = ask_in(&card, seed, find);
            let answer = right(&asked);
            let verdict = judge(&asked, &answer);
            prop_assert_eq!(verdict.suggested, Grade::Good, "{:?} {:?}", card.id, answer);
            prop_assert!(verdict.right != Some(false) && verdict.forgiven.is_empty());
            prop_assert!(verdict.placed.iter().all(|part| part.right), "{:?}", verdict.placed);
            prop_assert_eq!(verdict.right.is_none(), matches!(asked.variant, Variant::Recall));
        }
    }

    #[test]
    fn no_answer_trips_the_judge(seed: u64, answer in any_answer()) {
        for card in all() {
            let asked = ask_in(&card, seed, find);
            let (verdict, again) = (judge(&asked, &answer), judge(&asked, &answer));
            prop_assert_eq!(format!("{verdict:?}"), format!("{again:?}"));
            // Easy is the learner's to say, and what is wrong is not Good.
            prop_assert!(verdict.suggested != Grade::Easy);
            prop_assert!(verdict.right != Some(false) || verdict.suggested != Grade::Good);
            prop_assert!(verdict.right != Some(true) || verdict.suggested == Grade::Good);
            if let Some(logged) = answer.logged(&asked) {
                prop_assert!(logged.chars().count() < 2_000);
                prop_assert!(!logged.contains('\n'));
            }
        }
    }

    #[test]
    fn a_question_follows_from_its_seed(seed: u64) {
        for card in all() {
            let (one, other) = (ask_in(&card, seed, find), ask_in(&card, seed, find));
            prop_assert_eq!(&one.question, &other.question);
            prop_assert_eq!(format!("{:?}", one.variant), format!("{:?}", other.variant));
            if let Variant::Arrange { order } = &one.variant {
                prop_assert!(!order.is_sorted(), "never in the right order");
            }
        }
    }
}

/// Each of the 5 orders of 3 items that are not the right one is as likely: 5,000 seeds, 1,000 each, standard
/// deviation sqrt(5000 * .2 * .8) = 28.3; five of them are 141.
#[test]
fn an_order_is_shown_in_any_other_order() {
    let mut card = kind("order");
    card.kind = Kind::Order { items: ["a", "b", "c"].map(str::to_string).to_vec() };
    let mut seen = std::collections::BTreeMap::new();
    for seed in 0..5_000 {
        let Variant::Arrange { order } = ask_in(&card, seed, find).variant else { panic!("it is an order") };
        *seen.entry(order).or_insert(0_u32) += 1;
    }
    assert_eq!(seen.len(), 5);
    assert!(seen.values().all(|count| count.abs_diff(1_000) < 141), "{seen:?}");
}

/// Both sides of a match are shuffled by themselves: of 4,800 seeds every left side stands first 1,200 times (standard
/// deviation 30), and meets the right side of its own in a sixth of them.
#[test]
fn both_sides_of_a_match_are_shuffled() {
    let card = kind("match");
    let (mut first, mut aligned) = ([0_u32; 4], 0_u32);
    for seed in 0..4_800 {
        let Variant::Pair { lefts, rights } = ask_in(&card, seed, find).variant else {
            panic!("it is a match")
        };
        first[lefts[0]] += 1;
        aligned += u32::from(lefts[0] == rights[0]);
    }
    assert!(first.iter().all(|count| count.abs_diff(1_200) < 150), "{first:?}");
    assert!(aligned.abs_diff(800) < 130, "{aligned}");
}

#[test]
fn parts_become_a_grade() {
    let check = |name: &str, change: &dyn Fn(&mut Answer), grade, right| {
        for seed in 0..30 {
            let asked = ask_in(&kind(name), seed, find);
            let mut answer = self::right(&asked);
            change(&mut answer);
            let verdict = judge(&asked, &answer);
            assert_eq!((verdict.suggested, verdict.right), (grade, Some(right)), "{name} {answer:?}");
        }
    };
    let arranged = |change: &'static dyn Fn(&mut Vec<usize>)| {
        move |answer: &mut Answer| {
            if let Answer::Arranged(places) = answer {
                change(places);
            }
        }
    };
    use Grade::{Again, Good, Hard};
    check("order", &arranged(&|_| ()), Good, true);
    check("order", &arranged(&|places| places.swap(1, 2)), Hard, false);
    check("order", &arranged(&|places| places.swap(0, 2)), Again, false);
    check("order", &arranged(&|places| places.rotate_left(1)), Again, false);
    check("order", &arranged(&|places| places.truncate(4)), Again, false);
    // One class of eight wrong, two (a quarter), three.
    for (wrong, grade) in [(1, Hard), (2, Hard), (3, Again)] {
        let change = move |answer: &mut Answer| {
            if let Answer::Classed(classes) = answer {
                classes[..wrong].iter_mut().for_each(|class| *class = class.map(|class| 1 - class));
            }
        };
        check("sort", &change, grade, false);
    }
    // One of four pairs left open is a quarter; two are not.
    for (open, grade) in [(1, Hard), (2, Again)] {
        let change = move |answer: &mut Answer| {
            if let Answer::Paired(chosen) = answer {
                chosen[..open].fill(None);
            }
        };
        check("match", &change, grade, false);
    }
    for (lines, grade, right) in [
        (vec![1, 3], Good, true),
        (vec![3, 1], Good, true),
        (vec![1], Hard, false),
        (vec![1, 3, 0], Hard, false),
        (vec![1, 0], Again, false),
        (vec![0], Again, false),
        (vec![], Again, false),
        (vec![1, 3, 9], Again, false),
    ] {
        let change = move |answer: &mut Answer| *answer = Answer::Pointed(lines.clone());
        check("spot", &change, grade, right);
    }
    for (ticked, grade, right) in [
        (vec![0, 1, 2], Good, true),
        (vec![0, 1], Hard, false),
        (vec![0, 2, 3], Hard, false),
        (vec![0, 2], Again, false),
        (vec![2, 3], Again, false),
        (vec![], Again, false),
    ] {
        let change =
            move |answer: &mut Answer| *answer = Answer::Open { text: String::new(), ticked: ticked.clone() };
        check("rubric", &change, grade, right);
    }
}

/// A third is more than a quarter.
#[test]
fn one_of_three_wrong_is_too_much() {
    let mut card = kind("match");
    if let Kind::Match { pairs, .. } = &mut card.kind {
        pairs.truncate(3);
    }
    for seed in 0..20 {
        let asked = ask_in(&card, seed, find);
        let Answer::Paired(mut chosen) = right(&asked) else { panic!("it is a match") };
        chosen[1] = None;
        assert_eq!(judge(&asked, &Answer::Paired(chosen)).suggested, Grade::Again);
    }
}

/// Each of 8 items stands first in 500 of 4,000 questions, standard deviation 21.
#[test]
fn items_to_sort_are_shuffled() {
    let card = kind("sort");
    let mut first = [0_u32; 8];
    for seed in 0..4_000 {
        let Variant::Class { order } = ask_in(&card, seed, find).variant else { panic!("it is a sort") };
        first[order[0]] += 1;
    }
    assert!(first.iter().all(|count| count.abs_diff(500) < 105), "{first:?}");
}

#[test]
fn what_belongs_into_another_gap_is_not_forgiven() {
    let asked = ask_in(&kind("cloze-typed"), 1, find);
    assert_eq!(asked.question, "[1: first] and [2 …]");
    let verdict = judge(&asked, &Answer::Typed(vec!["UNO".into(), "one".into()]));
    assert_eq!((verdict.right, verdict.suggested), (Some(false), Grade::Again));
    let parts: Vec<_> =
        verdict.placed.iter().map(|part| (part.given.as_str(), part.wanted.as_str(), part.right)).collect();
    assert_eq!(parts, [("UNO", "one", true), ("one", "two", false)]);
    let forgiven = judge(&ask_in(&kind("typed"), 1, find), &Answer::Typed(vec!["rings of hashes".into()]));
    assert_eq!(forgiven.right, Some(true));
    assert_eq!(forgiven.forgiven, ["\"rings of hashes\" was taken for \"ring of hashes\" (one or several)"]);
}

#[test]
fn an_estimate_is_judged_with_its_steps() {
    let asked = ask_in(&kind("estimate"), 1, find);
    let verdict = judge(&asked, &Answer::Estimated(210.0));
    assert_eq!((verdict.right, verdict.suggested), (Some(false), Grade::Hard));
    assert_eq!(verdict.off_by.as_deref(), Some("too high by a factor of 2.1"));
    assert_eq!((verdict.truth, verdict.shown.as_deref()), (Some(100.0), Some("100 users")));
    assert_eq!(verdict.steps, [("100 users".to_string(), "100 users".to_string())]);
    assert_eq!(judge(&asked, &Answer::Estimated(f64::NAN)).right, None);
}
