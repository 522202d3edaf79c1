//! What the indexes answer, against a look at every card.

use super::*;
use crate::memory::{self, Memory};

fn standings() -> impl Strategy<Value = Vec<(String, Standing)>> {
    let today = start().study_day().0;
    let phase = prop_oneof![
        Just(Phase::New),
        (0..2_u32, 0..3_000_u32)
            .prop_map(|(step, minutes)| Phase::Learning { step, due: start().plus_minutes(minutes) }),
        (today - 5..today + 12).prop_map(|day| Phase::Review { due: StudyDay(day) }),
        (0..3_000_u32).prop_map(|minutes| Phase::Relearning { step: 0, due: start().plus_minutes(minutes) }),
    ];
    let names =
        prop::sample::select(vec!["a.x", "a.y", "a", "a-b.x", "a-b", "a/b.x", "ab.x", "b.x", "b.y.z", "é.x"]);
    let marks = (any::<bool>(), prop::option::of(today - 2..today + 3), any::<bool>());
    let standing = (phase, marks).prop_map(|(phase, (suspended, buried, flagged))| {
        let seen = phase != Phase::New;
        let state = CardState {
            phase,
            memory: seen.then_some(Memory { stability: 2.5, difficulty: 5.0 }),
            last_review: seen.then(start),
            reps: u32::from(seen),
            lapses: 0,
        };
        Standing { state, suspended, buried_until: buried.map(StudyDay), flagged }
    });
    prop::collection::btree_map(names.prop_map(str::to_string), standing, 0..10).prop_map(|cards| {
        cards.into_iter().filter(|(_, standing)| *standing != Standing::default()).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn indexes_answer_as_a_look_at_every_card_does(cards in standings()) {
        let mut store = in_memory();
        store.write(|transaction| {
            cards.iter().try_for_each(|(card, standing)| append::keep_standing(transaction, card, standing))
        }).expect("kept");
        let today = start().study_day();
        let chosen = |wanted: &dyn Fn(&str, &Standing) -> bool| -> Vec<(String, Standing)> {
            cards.iter().filter(|(card, standing)| wanted(card, standing)).cloned().collect()
        };
        let due = chosen(&|_, standing| {
            let comes = match standing.state.phase {
                Phase::New => false,
                Phase::Learning { .. } | Phase::Relearning { .. } => true,
                Phase::Review { due } => due <= today,
            };
            comes && standing.may_be_asked(today)
        });
        prop_assert_eq!(store.due(today).expect("asked"), due);
        let marked = chosen(&|_, one| one.suspended || one.flagged || one.buried_until.is_some());
        prop_assert_eq!(store.set_aside().expect("asked"), marked);
        for topic in ["a", "a-b", "a/b", "b", "é", "nothing"] {
            let of_topic = chosen(&|card, _| card.starts_with(&format!("{topic}.")));
            prop_assert_eq!(store.phases(topic).expect("asked").seen() as usize, of_topic.iter().filter(|(_, one)| !one.state.is_new()).count());
            prop_assert_eq!(store.of_topic(topic).expect("asked"), of_topic);
        }
        let mut topics: Vec<&str> = cards.iter().map(|(card, _)| card.split('.').next().unwrap_or(card)).collect();
        topics.sort_unstable();
        topics.dedup();
        prop_assert_eq!(store.topics().expect("asked"), topics);
        let asked = cards.iter().filter(|(_, standing)| !standing.suspended).map(|(_, standing)| &standing.state);
        // Steps of tomorrow count for today: they are in the queue until they are over.
        let mut expected = memory::load(asked.clone(), today, 30);
        let steps = asked.filter(|state| matches!(state.phase, Phase::Learning { .. } | Phase::Relearning { .. }));
        for state in steps {
            let day = state.due().expect("it is due").day().since(today) as usize;
            expected[day] -= 1;
            expected[0] += 1;
        }
        prop_assert_eq!(store.load(today, 30).expect("asked"), expected);
    }
}
