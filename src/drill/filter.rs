//! Which cards a session is to have: by topic, weight, kind, and by where they stand.
//!
//! A filter looks at facts about a card and not at the card itself, so a list of a hundred thousand cards can be
//! filtered without reading their texts.

use crate::deck::Weight;
use crate::memory::{CardState, Moment};

/// A card as a filter sees it.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Its topic, by slug.
    pub topic: &'a str,
    /// Its weight.
    pub weight: Weight,
    /// The name of its kind, as in deck files.
    pub kind: &'a str,
    /// Its state.
    pub state: &'a CardState,
    /// Whether it is marked as worth a look.
    pub flagged: bool,
    /// Whether it was missed lately.
    pub missed: bool,
    /// Whether it is missed again and again.
    pub leech: bool,
}

/// Which cards by where they stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Only {
    /// What is due and what is new, as in any session.
    #[default]
    Due,
    /// New ones.
    New,
    /// Those that were missed lately.
    Missed,
    /// Those that are marked as worth a look.
    Flagged,
    /// Those that are missed again and again.
    Leeches,
    /// All, due or not.
    All,
}

impl Only {
    /// All of them, in the order of a list to choose from.
    pub const ALL: [Only; 6] = [Only::Due, Only::New, Only::Missed, Only::Flagged, Only::Leeches, Only::All];

    /// As on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Only::Due => "due",
            Only::New => "new",
            Only::Missed => "missed",
            Only::Flagged => "flagged",
            Only::Leeches => "leeches",
            Only::All => "all",
        }
    }

    /// As in a form.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Only::Due => "due and new",
            Only::New => "new",
            Only::Missed => "missed lately",
            Only::Flagged => "flagged",
            Only::Leeches => "leeches",
            Only::All => "all, due or not",
        }
    }
}

/// Which cards a session is to have. Empty lists leave nothing out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only these topics, by slug.
    pub topics: Vec<String>,
    /// Only these weights.
    pub weights: Vec<Weight>,
    /// Only these kinds, by name.
    pub kinds: Vec<String>,
    /// Only where they stand so.
    pub only: Only,
}

impl Filter {
    /// Whether the card is among them.
    #[must_use]
    pub fn takes(&self, facts: &Facts<'_>, now: Moment) -> bool {
        let named =
            |names: &[String], name: &str| names.is_empty() || names.iter().any(|known| known == name);
        named(&self.topics, facts.topic)
            && named(&self.kinds, facts.kind)
            && (self.weights.is_empty() || self.weights.contains(&facts.weight))
            && match self.only {
                Only::Due => facts.state.due().is_none_or(|due| due.is_due(now)),
                Only::New => facts.state.is_new(),
                Only::Missed => facts.missed,
                Only::Flagged => facts.flagged,
                Only::Leeches => facts.leech,
                Only::All => true,
            }
    }

    /// Whether it also takes cards that are not due: then a session is practice, unless one wants it to count.
    #[must_use]
    pub fn goes_beyond_due(&self) -> bool {
        !matches!(self.only, Only::Due | Only::New)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::Phase;

    #[test]
    fn each_condition_leaves_out_what_it_says() {
        let now: Moment = "2026-11-21T12:00:00Z".parse().expect("a time in a test");
        let later = CardState { phase: Phase::Review { due: now.study_day() + 1 }, ..CardState::default() };
        let due = CardState { phase: Phase::Review { due: now.study_day() }, ..CardState::default() };
        let new = CardState::default();
        let facts = |state| Facts {
            topic: "raft",
            weight: Weight::Core,
            kind: "order",
            state,
            flagged: false,
            missed: false,
            leech: false,
        };
        let check = |filter: Filter, facts: Facts<'_>, expected: bool| {
            assert_eq!(filter.takes(&facts, now), expected, "{filter:?} {facts:?}");
        };
        let only = |only| Filter { only, ..Filter::default() };
        check(Filter::default(), facts(&new), true);
        check(Filter::default(), facts(&due), true);
        check(Filter::default(), facts(&later), false);
        check(only(Only::New), facts(&due), false);
        check(only(Only::New), facts(&new), true);
        check(only(Only::All), facts(&later), true);
        check(only(Only::Flagged), facts(&later), false);
        check(only(Only::Flagged), Facts { flagged: true, ..facts(&later) }, true);
        check(only(Only::Missed), Facts { missed: true, ..facts(&later) }, true);
        check(only(Only::Missed), facts(&due), false);
        check(only(Only::Leeches), Facts { leech: true, ..facts(&later) }, true);
        check(only(Only::Leeches), facts(&due), false);
        let topics = |topic: &str| Filter { topics: vec![topic.to_string()], ..Filter::default() };
        check(topics("raft"), facts(&new), true);
        check(topics("quorums"), facts(&new), false);
        let kinds = |kind: &str| Filter { kinds: vec![kind.to_string()], ..Filter::default() };
        check(kinds("order"), facts(&new), true);
        check(kinds("spot"), facts(&new), false);
        let weights = |weight| Filter { weights: vec![weight], ..Filter::default() };
        check(weights(Weight::Core), facts(&new), true);
        check(weights(Weight::Deep), facts(&new), false);
    }
}
