//! The figures of Progress: a snapshot of what the log and the cards come to, as of one moment.
//!
//! The past comes from sums that the store keeps ([`Tally`]); what is known now comes from one look at every card. Both
//! are read when the screen is opened and not for every frame.

use std::collections::HashMap;

use crate::deck::Weight;
use crate::library::Library;
use crate::memory::tally::Tally;
use crate::memory::{Due, Moment, Phase, Scheduler, StudyDay};
use crate::store::{Standing, Store, StoreError};

/// How many days the forecast looks ahead.
pub const AHEAD: usize = 90;

/// Seconds that a card takes where nothing is known of the learner, and the bounds of what is believed.
const SECONDS: (f64, f64, f64) = (20.0, 2.0, 300.0);

/// A snapshot of what was done and what is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// The study day that they are of.
    pub today: StudyDay,
    /// The sums over all answers.
    pub tally: Tally,
    /// How many cards fall due on each of [`AHEAD`] days from today on; those that were due before stand on today.
    pub due: Vec<u32>,
    /// How many of today's were due before today.
    pub overdue: u32,
    /// The median time that an answer takes, in seconds.
    pub seconds_a_card: f64,
    /// The topics in the order of the path; what lies beside it comes last.
    pub topics: Vec<TopicFigures>,
    /// The names of the phases of the path.
    pub phases: Vec<String>,
}

/// What is known of a topic.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TopicFigures {
    /// Its slug.
    pub slug: String,
    /// Its title.
    pub title: String,
    /// The phase of the path, from 1; 0 beside the path.
    pub phase: usize,
    /// Whether it has a page.
    pub written: bool,
    /// The topics that it builds on, as places in [`Figures::topics`].
    pub builds_on: Vec<usize>,
    /// The topics that build on it.
    pub leads_to: Vec<usize>,
    /// How many cards it has, without those that are suspended.
    pub cards: u32,
    /// How many of them are core.
    pub core: u32,
    /// How many have left the learning steps.
    pub learned: u32,
    /// How many are in the steps.
    pub steps: u32,
    /// How many are due by the end of today.
    pub due: u32,
    /// The weights of all cards, and the same times the chance of recall. See [`TopicFigures::mastery`].
    pub weights: (f64, f64),
}

impl TopicFigures {
    /// Cards that were never answered.
    #[must_use]
    pub fn new_cards(&self) -> u32 {
        self.cards - self.learned - self.steps
    }

    /// How well it is known: the chance to recall each of its cards today, 0 to 1, as a mean in which a core card weighs 4, a
    /// standard one 2 and a deep one 1. A card that has not left the learning steps counts as 0. Nothing without cards.
    #[must_use]
    pub fn mastery(&self) -> Option<f64> {
        mastery(self.weights)
    }
}

/// The quotient of weights.
#[must_use]
pub fn mastery((all, known): (f64, f64)) -> Option<f64> {
    (all > 0.0).then(|| (known / all).clamp(0.0, 1.0))
}

/// How much a card counts for its topic's mastery.
#[must_use]
pub fn weight(weight: Weight) -> f64 {
    match weight {
        Weight::Core => 4.0,
        Weight::Standard => 2.0,
        Weight::Deep => 1.0,
    }
}

impl Figures {
    /// The figures as of `now`, by the store. Recall is predicted by `scheduler`. O(cards + days), and the answers since the
    /// store has last settled its sums.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn read(
        store: &Store,
        library: &Library,
        scheduler: &Scheduler,
        now: Moment,
    ) -> Result<Figures, StoreError> {
        let (usual, least, most) = SECONDS;
        let seconds =
            store.median_took_millis()?.map_or(usual, |millis| (millis as f64 / 1000.0).clamp(least, most));
        let mut looking = Looking::new(library, scheduler, now);
        store.visit_cards(|card, standing| looking.look(card, standing))?;
        Ok(looking.figures(store.tally()?, seconds))
    }

    /// The figures of cards that stand as is said, and of sums over answers.
    #[must_use]
    pub fn of<'a>(
        tally: Tally,
        cards: impl Iterator<Item = (&'a str, &'a Standing)>,
        library: &Library,
        scheduler: &Scheduler,
        now: Moment,
    ) -> Figures {
        let mut looking = Looking::new(library, scheduler, now);
        cards.for_each(|(card, standing)| looking.look(card, standing));
        looking.figures(tally, SECONDS.0)
    }

    /// The topics of a phase, with their places; phase 0 is what lies beside the path.
    pub fn phase(&self, phase: usize) -> impl Iterator<Item = (usize, &TopicFigures)> {
        self.topics.iter().enumerate().filter(move |(_, topic)| topic.phase == phase)
    }

    /// The title of a topic that answers were given to; its slug where the library has no such topic any more.
    #[must_use]
    pub fn title<'f>(&'f self, slug: &'f str) -> &'f str {
        self.topics.iter().find(|topic| topic.slug == slug).map_or(slug, |topic| topic.title.as_str())
    }

    /// Cards in the library that are not suspended, those of them that were answered, and those that were learned.
    #[must_use]
    pub fn cards(&self) -> (u32, u32, u32) {
        self.topics.iter().fold((0, 0, 0), |(all, seen, learned), topic| {
            (all + topic.cards, seen + topic.learned + topic.steps, learned + topic.learned)
        })
    }
}

/// A look at every card.
struct Looking<'a> {
    library: &'a Library,
    scheduler: &'a Scheduler,
    now: Moment,
    topics: Vec<TopicFigures>,
    by_slug: HashMap<&'a str, usize>,
    /// The topic of the last card.
    last: usize,
    due: Vec<u32>,
    overdue: u32,
}

impl<'a> Looking<'a> {
    fn new(library: &'a Library, scheduler: &'a Scheduler, now: Moment) -> Looking<'a> {
        let mut topics: Vec<TopicFigures> = library
            .topics
            .iter()
            .map(|topic| TopicFigures {
                slug: topic.slug.clone(),
                title: topic.title.clone(),
                phase: topic.phase,
                written: topic.page.is_some(),
                ..TopicFigures::default()
            })
            .collect();
        let mut by_slug: HashMap<&str, usize> =
            library.topics.iter().enumerate().map(|(at, topic)| (topic.slug.as_str(), at)).collect();
        for (at, topic) in library.topics.iter().enumerate() {
            let needed = topic.prerequisites.iter().filter_map(|slug| by_slug.get(slug.as_str()));
            topics[at].builds_on = needed.copied().collect();
            for needed in topics[at].builds_on.clone() {
                topics[needed].leads_to.push(at);
            }
        }
        // A deck may belong to no topic: an own one, or one that was imported.
        for deck in &library.decks {
            let at = *by_slug.entry(&deck.topic).or_insert_with(|| {
                let (slug, title) = (deck.topic.clone(), deck.title.clone());
                topics.push(TopicFigures { slug, title, ..TopicFigures::default() });
                topics.len() - 1
            });
            for card in deck.heads() {
                topics[at].cards += 1;
                topics[at].core += u32::from(card.weight == Weight::Core);
                topics[at].weights.0 += weight(card.weight);
            }
        }
        Looking { library, scheduler, now, topics, by_slug, last: 0, due: vec![0; AHEAD], overdue: 0 }
    }

    fn look(&mut self, id: &str, standing: &Standing) {
        let Some(card) = self.library.head(id) else { return };
        // Cards come sorted by topic: it is looked up once for all of its own.
        if self.topics.get(self.last).is_none_or(|last| *last.slug != *card.topic) {
            let Some(&at) = self.by_slug.get(&*card.topic) else { return };
            self.last = at;
        }
        let topic = &mut self.topics[self.last];
        let weight = weight(card.weight);
        if standing.suspended {
            topic.cards -= 1;
            topic.core -= u32::from(card.weight == Weight::Core);
            topic.weights.0 -= weight;
            return;
        }
        let state = &standing.state;
        match state.phase {
            Phase::New => return,
            Phase::Learning { .. } | Phase::Relearning { .. } => topic.steps += 1,
            Phase::Review { .. } => {
                topic.learned += 1;
                let days = f64::from(state.elapsed_days(self.now));
                let recall = state.memory.map_or(0.0, |memory| self.scheduler.recall(memory, days));
                topic.weights.1 += weight * if recall.is_finite() { recall } else { 0.0 };
            }
        }
        let today = self.now.study_day();
        let Some(due) = state.due().map(Due::day) else { return };
        let due = standing.buried_until.map_or(due, |until| due.max(until));
        let ahead = due.since(today) as usize;
        topic.due += u32::from(ahead == 0);
        self.overdue += u32::from(due < today);
        if let Some(day) = self.due.get_mut(ahead) {
            *day += 1;
        }
    }

    fn figures(self, tally: Tally, seconds_a_card: f64) -> Figures {
        Figures {
            today: self.now.study_day(),
            tally,
            due: self.due,
            overdue: self.overdue,
            seconds_a_card,
            topics: self.topics,
            phases: self.library.phases.iter().map(|phase| phase.name.clone()).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::{CardState, Memory, Rules};

    fn now() -> Moment {
        "2026-11-21T12:00:00Z".parse().expect("a time in a test")
    }

    /// A card that was learned so many days ago, with that stability, and is due in so many days.
    fn learned(ago: u32, stability: f32, due: i32) -> Standing {
        let today = now().study_day();
        let state = CardState {
            phase: Phase::Review { due: StudyDay(today.0 + due) },
            memory: Some(Memory { stability, difficulty: 5.0 }),
            last_review: Some(Moment { utc_millis: now().utc_millis - i64::from(ago) * 86_400_000, ..now() }),
            reps: 3,
            lapses: 0,
        };
        Standing { state, ..Standing::default() }
    }

    #[test]
    fn topics_are_known_as_well_as_their_cards() {
        let library = Library::load(&[]);
        let scheduler = Scheduler::new(Rules::default()).expect("the usual rules");
        let cards: Vec<_> = library.decks[0].heads().collect();
        let weights: f64 = cards.iter().map(|card| weight(card.weight)).sum();
        // Recall is 90% after as many days as the stability says: its definition.
        let mut standings = vec![learned(10, 10.0, 0), learned(10, 10.0, -3), learned(7, 7.0, 40)];
        standings.push(Standing { suspended: true, ..learned(1, 1.0, 1) });
        let step = Phase::Learning { step: 0, due: now() };
        standings.push(Standing {
            state: CardState { phase: step, ..learned(0, 1.0, 0).state },
            ..Standing::default()
        });
        standings.push(Standing { buried_until: Some(now().study_day() + 1), ..learned(10, 10.0, 0) });
        let named =
            cards.iter().map(|card| card.id.0.as_str()).zip(&standings).chain([("gone.x", &standings[0])]);
        let figures = Figures::of(Tally::default(), named, &library, &scheduler, now());
        let topic =
            figures.topics.iter().find(|topic| topic.slug == library.decks[0].topic).expect("it is there");
        assert_eq!(topic.cards as usize, cards.len() - 1);
        assert_eq!((topic.learned, topic.steps, topic.due), (4, 1, 3));
        assert_eq!(topic.new_cards() as usize, cards.len() - 6);
        let known = 0.9 * [0, 1, 2, 5].map(|at: usize| weight(cards[at].weight)).iter().sum::<f64>();
        let expected = known / (weights - weight(cards[3].weight));
        assert!((topic.mastery().expect("it has cards") - expected).abs() < 1e-4, "{topic:?} {expected}");
        assert_eq!((figures.due[0], figures.due[1], figures.due[40], figures.overdue), (3, 1, 1, 1));
        assert_eq!(figures.due.iter().sum::<u32>(), 5);
        let others = figures.topics.iter().filter(|other| other.slug != topic.slug);
        assert!(others.into_iter().all(|other| other.learned == 0 && other.mastery().unwrap_or(0.0) == 0.0));
    }

    #[test]
    fn the_map_has_both_ends_of_every_prerequisite() {
        let library = Library::load(&[]);
        let figures =
            Figures::of(Tally::default(), std::iter::empty(), &library, &Scheduler::default(), now());
        assert_eq!(figures.topics.len(), library.topics.len());
        for (at, topic) in figures.topics.iter().enumerate() {
            assert_eq!(topic.builds_on.len(), library.topics[at].prerequisites.len(), "{}", topic.slug);
            assert!(topic.builds_on.iter().all(|&needed| figures.topics[needed].leads_to.contains(&at)));
        }
        assert_eq!(figures.cards().0 as usize, library.cards().count());
    }
}
