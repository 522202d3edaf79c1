//! A timed study session: what to do with the minutes that are left.
//!
//! Cards that are due come first, since they are lost soonest; but where there is something to read they get only a
//! part of the time, so that a large backlog does not keep one from ever learning anything new. Then comes the next
//! section of a page, then its demo, then cards again. Nothing is begun that would not fit.

/// A part of a study session.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Leg {
    /// Cards, for at most so many minutes.
    Cards {
        /// The minutes.
        minutes: f64,
    },
    /// A section of a page.
    Read,
    /// The demo of the page that was read.
    Demo,
}

/// What there is to do.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Offer {
    /// How many cards wait, with the new ones that the day allows.
    pub cards: usize,
    /// Seconds that a card usually takes.
    pub seconds_a_card: f64,
    /// Minutes of the next section to read, where there is one.
    pub section: Option<f64>,
    /// Whether the page that was read last has a demo that was not run in this session.
    pub demo: bool,
}

/// The share of the time that is for cards where there is also something to read.
const CARDS: f64 = 0.6;

/// Minutes that a demo wants: a bet, a run, one change of a control.
const DEMO: f64 = 3.0;

/// What comes next, with `left` minutes to go and `before` done; nothing where nothing fits any more.
#[must_use]
pub fn next_leg(left: f64, before: &[Leg], offer: &Offer) -> Option<Leg> {
    let wanted = offer.cards as f64 * offer.seconds_a_card.max(1.0) / 60.0;
    let one = offer.seconds_a_card.max(1.0) / 60.0;
    let section = offer.section.filter(|minutes| *minutes <= left);
    let cards = (offer.cards > 0 && left >= one).then_some(());
    if offer.demo && matches!(before.last(), Some(Leg::Read)) && left >= DEMO {
        return Some(Leg::Demo);
    }
    let after_cards = matches!(before.last(), Some(Leg::Cards { .. }));
    match (cards, section) {
        (Some(()), Some(minutes)) if !after_cards => {
            // What is read must still fit behind the cards.
            let share = (left * CARDS).min(left - minutes);
            if share >= one { Some(Leg::Cards { minutes: wanted.min(share) }) } else { Some(Leg::Read) }
        }
        (_, Some(_)) => Some(Leg::Read),
        (Some(()), None) => Some(Leg::Cards { minutes: left }),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn offer(cards: usize, section: Option<f64>, demo: bool) -> Offer {
        Offer { cards, seconds_a_card: 20.0, section, demo }
    }

    #[test]
    fn cards_then_a_section_then_its_demo_then_cards() {
        let check = |left, before: &[Leg], offer: Offer, expected| {
            assert_eq!(next_leg(left, before, &offer), expected, "{left} {before:?} {offer:?}");
        };
        let cards = |minutes| Some(Leg::Cards { minutes });
        // 30 cards of 20 s are 10 minutes, less than three fifths of 25.
        check(25.0, &[], offer(30, Some(5.0), true), cards(10.0));
        check(25.0, &[], offer(300, Some(5.0), true), cards(15.0));
        check(15.0, &[Leg::Cards { minutes: 10.0 }], offer(0, Some(5.0), true), Some(Leg::Read));
        check(10.0, &[Leg::Read], offer(9, Some(5.0), true), Some(Leg::Demo));
        check(7.0, &[Leg::Read, Leg::Demo], offer(9, None, false), cards(7.0));
        // What does not fit is not begun.
        check(4.0, &[], offer(0, Some(5.0), true), None);
        check(4.0, &[], offer(9, Some(5.0), true), cards(4.0));
        check(2.0, &[Leg::Read], offer(0, None, true), None);
        check(0.3, &[], offer(9, None, false), None);
        check(0.0, &[], offer(0, None, false), None);
        // A long section leaves the cards what it does not need.
        check(10.0, &[], offer(90, Some(8.0), true), cards(2.0));
        check(8.1, &[], offer(90, Some(8.0), true), Some(Leg::Read));
    }

    proptest! {
        #[test]
        fn a_session_ends_in_time(left in 0.0..200.0_f64, cards in 0..500_usize, section in 1.0..30.0_f64) {
            let (mut left, mut before, mut cards) = (left, Vec::new(), cards);
            for _ in 0..2_000 {
                let offer = Offer { cards, seconds_a_card: 20.0, section: Some(section), demo: true };
                let Some(leg) = next_leg(left, &before, &offer) else { break };
                let took = match leg {
                    Leg::Cards { minutes } => {
                        cards -= ((minutes * 3.0) as usize).clamp(1, cards);
                        minutes
                    }
                    Leg::Read => section,
                    Leg::Demo => DEMO,
                };
                prop_assert!(took <= left + 1e-9, "{leg:?} in {left}");
                left -= took;
                before.push(leg);
            }
            let end = next_leg(left, &before, &Offer { section: Some(section), ..offer(cards, None, true) });
            prop_assert_eq!(end, None);
        }
    }
}
