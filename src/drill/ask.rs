//! Making a question of a card.
//!
//! The same card and seed make the same question on every machine: the seed is in the log, so a question can
//! be shown again as it was asked. Options, items, each drawn value and the run have random streams of their own; a card
//! that gets another option keeps its drawn values.
//!
//! What is to be put in order is never shown in order: whoever does nothing must not be right. Everything else is
//! shuffled so that each order is as likely.

use std::sync::Arc;

use super::estimate::worked;
use super::{Bet, Variant};
use crate::deck::{Card, Draw, Kind, filled, filled_sheet, with_blanks};
use crate::lab::{self, BadSetting, Settings, Spec};
use crate::sim::{Nanos, Rng, Seed};

/// A card as it is asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The card.
    pub card: Card,
    /// What the question was made from.
    pub seed: u64,
    /// The question in Markdown, with the drawn values filled in.
    pub question: String,
    /// How it is to be answered.
    pub variant: Variant,
}

/// The question that `seed` makes of `card`.
#[must_use]
pub fn ask(card: &Card, seed: u64) -> Asked {
    ask_in(card, seed, lab::find)
}

/// As [`ask`], with another list of demos.
pub(super) fn ask_in(card: &Card, seed: u64, find: impl Fn(&str) -> Option<&'static Spec>) -> Asked {
    let stream = |label: &str| Rng::stream(Seed(seed), label);
    let mut question = card.question.clone();
    let variant = match &card.kind {
        Kind::Basic { accept, .. } if accept.is_empty() => Variant::Recall,
        Kind::Basic { .. } => Variant::Type { gaps: 1 },
        Kind::Cloze { gaps, typed } => {
            question = with_blanks(&question);
            if *typed { Variant::Type { gaps: gaps.len() } } else { Variant::Recall }
        }
        Kind::Choice { options } => Variant::Pick {
            order: shuffled(options.len(), stream("options")),
            many: options.iter().filter(|option| option.right).count() > 1,
        },
        Kind::Order { items } => Variant::Arrange { order: disordered(items.len(), stream("items")) },
        Kind::Match { pairs, extra } => Variant::Pair {
            lefts: shuffled(pairs.len(), stream("lefts")),
            rights: shuffled(pairs.len() + extra.len(), stream("rights")),
        },
        Kind::Sort { items, .. } => Variant::Class { order: shuffled(items.len(), stream("items")) },
        Kind::Spot { exhibit, flaws, .. } => {
            Variant::Point { lines: exhibit.lines().count(), flaws: flaws.len() }
        }
        Kind::Estimate { draw, sheet, .. } => {
            match drawn(draw, seed)
                .and_then(|drawn| worked(drawn.clone(), filled_sheet(sheet, value_among(&drawn))))
            {
                Ok(estimate) => {
                    question = filled(&question, value_among(&estimate.drawn));
                    Variant::Estimate(estimate)
                }
                Err(why) => Variant::Broken { why },
            }
        }
        Kind::Predict { .. } => match bet(&card.kind, seed, find) {
            Ok(bet) => {
                question = filled(&question, |name| value_of(name, &bet));
                Variant::Bet(bet)
            }
            Err(why) => Variant::Broken { why },
        },
        Kind::Rubric { points, .. } => Variant::Open { points: points.len() },
    };
    Asked { card: card.clone(), seed, question, variant }
}

/// A value for each name, each from a stream of its own.
fn drawn(draw: &[Draw], seed: u64) -> Result<Vec<(String, String)>, String> {
    let one = |draw: &Draw| {
        let mut stream = Rng::stream(Seed(seed), &format!("draw {}", draw.control));
        let place = stream.below(draw.values.len() as u64) as usize;
        let value = draw.values.get(place);
        let value = value.ok_or_else(|| format!("there is nothing to draw '{}' from", draw.control))?;
        Ok((draw.control.clone(), value.clone()))
    };
    draw.iter().map(one).collect()
}

fn value_among(drawn: &[(String, String)]) -> impl Fn(&str) -> Option<String> {
    |name| drawn.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
}

fn bet(kind: &Kind, seed: u64, find: impl Fn(&str) -> Option<&'static Spec>) -> Result<Bet, String> {
    let Kind::Predict { demo, set, draw, seconds, reading, .. } = kind else {
        return Err("this card has no bet".to_string());
    };
    let spec = find(demo).ok_or_else(|| format!("there is no demo '{demo}'"))?;
    let (place, found) =
        spec.reading(reading).ok_or_else(|| format!("the demo '{demo}' has no reading '{reading}'"))?;
    let mut settings = Settings::defaults(spec);
    let mut put = |control: &str, value: &str| {
        settings.set(spec, control, value).map_err(|error: BadSetting| format!("the demo '{demo}': {error}"))
    };
    for (control, value) in set {
        put(control, value)?;
    }
    let drawn = drawn(draw, seed)?;
    for (control, value) in &drawn {
        put(control, value)?;
    }
    Ok(Bet {
        spec,
        settings,
        drawn,
        seed: Seed(Rng::stream(Seed(seed), "run").below(10_000)),
        length: seconds.map_or(spec.length, Nanos::from_secs_f64),
        reading: place,
        unit: found.unit,
        known: Arc::default(),
    })
}

/// The value of a control, for the question. A drawn value stands as the card writes it.
fn value_of(name: &str, bet: &Bet) -> Option<String> {
    let control = bet.spec.control(name)?;
    let drawn = bet.drawn.iter().find(|(drawn, _)| drawn == name);
    Some(drawn.map_or_else(|| control.show(bet.settings.get(name)), |(_, value)| value.clone()))
}

/// The places 0 to `count` - 1 in an order in which each of the `count`! is as likely (Fisher and Yates).
pub(super) fn shuffled(count: usize, mut stream: Rng) -> Vec<usize> {
    let mut places: Vec<usize> = (0..count).collect();
    shuffle(&mut places, &mut stream);
    places
}

/// The same, but never in their own order; each of the other orders is as likely.
fn disordered(count: usize, mut stream: Rng) -> Vec<usize> {
    let mut places: Vec<usize> = (0..count).collect();
    while count > 1 && places.is_sorted() {
        shuffle(&mut places, &mut stream);
    }
    places
}

fn shuffle(places: &mut [usize], stream: &mut Rng) {
    for last in (1..places.len()).rev() {
        places.swap(last, stream.below(last as u64 + 1) as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{card, choice, find, predict};
    use super::*;

    #[test]
    fn the_seed_makes_the_question() {
        let card = choice(&[true, false, false, false, false]);
        let order = |seed| match ask(&card, seed).variant {
            Variant::Pick { order, many } => (order, many),
            other => panic!("{other:?}"),
        };
        assert_eq!(order(1), order(1));
        assert!(!order(1).1);
        let mut sorted = order(1).0;
        sorted.sort_unstable();
        assert_eq!(sorted, [0, 1, 2, 3, 4]);
        // 3,000 shuffles of 5: each option comes first 600 times, standard deviation sqrt(3000 * .2 * .8) = 21.9.
        let mut first = [0_u32; 5];
        for seed in 0..3_000 {
            first[order(seed).0[0]] += 1;
        }
        assert!(first.iter().all(|&count| count.abs_diff(600) < 110), "{first:?}");
        let many = ask(&choice(&[true, true, false]), 1).variant;
        assert!(matches!(many, Variant::Pick { many: true, .. }));
    }

    #[test]
    fn values_are_drawn_and_filled_in() {
        let card = predict("count", 2.0);
        let asked: Vec<Asked> = (0..60).map(|seed| ask_in(&card, seed, find)).collect();
        for asked in &asked {
            let Variant::Bet(bet) = &asked.variant else { panic!("{:?}", asked.variant) };
            let [(control, value)] = bet.drawn.as_slice() else { panic!("{:?}", bet.drawn) };
            assert_eq!(control, "rate");
            assert_eq!(bet.settings.get("rate").to_string(), *value);
            assert_eq!(bet.settings.get("start"), 5.0);
            assert_eq!(asked.question, format!("{value} a second from 5, {{nothing}}: how many?"));
            assert!(bet.seed.0 < 10_000);
            assert_eq!(bet.length, Nanos::from_secs(2));
        }
        for value in ["10", "20", "30"] {
            assert!(asked.iter().any(|asked| asked.question.starts_with(value)), "{value} is drawn");
        }
    }

    #[test]
    fn a_card_that_names_what_does_not_exist_is_still_asked() {
        let check = |change: &dyn Fn(&mut Kind), expected: &str| {
            let mut card = predict("count", 2.0);
            change(&mut card.kind);
            match ask_in(&card, 7, find).variant {
                Variant::Broken { why } => assert_eq!(why, expected),
                other => panic!("{other:?}"),
            }
        };
        check(
            &|kind| {
                if let Kind::Predict { demo, .. } = kind {
                    *demo = "rnig".into();
                }
            },
            "there is no demo 'rnig'",
        );
        check(
            &|kind| {
                if let Kind::Predict { reading, .. } = kind {
                    *reading = "cuont".into();
                }
            },
            "the demo 'counter' has no reading 'cuont'",
        );
        check(
            &|kind| {
                if let Kind::Predict { set, .. } = kind {
                    set[0].1 = "1000".into();
                }
            },
            "the demo 'counter': start takes 0 to 100, not '1000'",
        );
        check(
            &|kind| {
                if let Kind::Predict { draw, .. } = kind {
                    draw[0].values.clear();
                }
            },
            "there is nothing to draw 'rate' from",
        );
        assert!(matches!(ask(&card("basic"), 7).variant, Variant::Recall));
    }
}
