//! The order on which all machines agree, and the events that change no schedule.

use super::*;

fn stamps(store: &Store) -> Vec<i64> {
    let mut statement = store.connection.prepare("SELECT stamp FROM event ORDER BY seq").expect("asked");
    let rows = statement.query_map([], |row| row.get(0)).expect("asked");
    rows.map(|stamp| stamp.expect("a stamp")).collect()
}

#[test]
fn a_clock_that_is_set_back_leaves_the_order() {
    let directory = directory();
    let mut store = open(&directory);
    let mut maker = Maker::default();
    let minutes = |count: i64| Moment { utc_millis: start().utc_millis + count * 60_000, ..start() };
    let mut expected = Vec::new();
    // Set back by a day, by ten years, before 1970, and forward to the end of all clocks and back again.
    let far = [0, -1_440, -1_440 * 3_650, -40_000_000, 1, i64::MAX / 120_000, 2];
    for (number, count) in far.into_iter().enumerate() {
        let grade = if number % 2 == 0 { Grade::Good } else { Grade::Again };
        expected.push(maker.save(&mut store, "a", grade, minutes(count)).id);
    }
    let found = stamps(&store);
    assert!(found.is_sorted_by(|a, b| a < b), "{found:?}");
    assert!(found.iter().all(|stamp| *stamp < append::LATEST + 100), "{found:?}");
    let ids: Vec<EventId> =
        store.log(Some("a")).expect("the log").into_iter().map(|entry| entry.id).collect();
    assert_eq!(ids, expected);
    assert_eq!(store.rebuild().expect("rebuilt"), []);
    // Undo takes back the last one that was written, not the one with the latest time.
    let undone = store.undo_last(minutes(-1)).expect("undone").expect("an event");
    assert_eq!((undone.card.as_str(), undone.standing.state.reps), ("a", 6));
    assert_eq!(store.rebuild().expect("rebuilt"), []);
}

/// The log of the second version had the order of writing. It keeps it, also where a clock was set back in between.
#[test]
fn the_order_of_an_old_log_stays() {
    let directory = directory();
    let newer = self::directory();
    let mut store = open(&newer);
    let mut maker = Maker::default();
    for minute in [500_i64, 0, 3_000, 2_999, 2_999] {
        let at = Moment { utc_millis: start().utc_millis + minute * 60_000, ..start() };
        maker.save(&mut store, "a", Grade::Good, at);
    }
    store.flag("b", true, start()).expect("flagged");
    store.set_bookmark("a", "why", start()).expect("kept");
    let (state, log) = (store.states().expect("states"), store.log(None).expect("the log"));
    drop(store);

    let old = Connection::open(file(&directory)).expect("a database");
    old.pragma_update(None, "journal_mode", "WAL").expect("set");
    schema::MIGRATIONS[..2].iter().for_each(|sql| old.execute_batch(sql).expect("a version"));
    old.pragma_update(None, "application_id", 0x7379_7364).expect("set");
    old.pragma_update(None, "user_version", 2).expect("set");
    old.execute("ATTACH ? AS newer", [file(&newer).display().to_string()]).expect("attached");
    for (table, columns) in [
        ("event", "seq, id, kind, card, at, offset, day, target, detail"),
        ("review", "*"),
        ("card", "*"),
        ("bookmark", "topic, section, at, offset"),
    ] {
        let sql = format!("INSERT INTO main.{table} SELECT {columns} FROM newer.{table} ORDER BY 1");
        old.execute_batch(&sql).expect("copied");
    }
    drop(old);

    let mut store = open(&directory);
    assert_eq!(store.log(None).expect("the log"), log);
    assert_eq!(store.states().expect("states"), state);
    assert_eq!(store.rebuild().expect("rebuilt"), []);
    assert_eq!(store.bookmarks().expect("bookmarks").len(), 1);
    let found = stamps(&store);
    assert!(found.is_sorted_by(|a, b| a < b), "{found:?}");
    // The log still only grows.
    assert!(store.connection.execute("UPDATE event SET stamp = 0", []).is_err());
    let review = maker.save(&mut store, "a", Grade::Good, start());
    assert_eq!(store.log(None).expect("the log").last().map(|entry| &entry.id), Some(&review.id));
}

#[test]
fn an_edit_and_a_farewell_are_logged_and_taken_back() {
    let directory = directory();
    let mut store = open(&directory);
    let mut maker = Maker::default();
    let reviewed = maker.save(&mut store, "a", Grade::Good, start());
    store.flag("a", true, start()).expect("flagged");
    let edit = Edit {
        file: "decks/a.toml".to_string(),
        before: "1".to_string(),
        after: "2".to_string(),
        source: Some("[[card]]\nid = \"a\"".to_string()),
    };
    store.record_edit("a", edit.clone(), start()).expect("logged");
    let unnamed = Edit { source: None, ..edit.clone() };
    store.record_edit("a", unnamed.clone(), start()).expect("logged");
    assert_eq!(store.state("a").expect("a state").state, reviewed.after, "an edit keeps progress");
    assert_eq!(store.forget("a", start()).expect("forgotten"), Standing::default());
    assert_eq!(store.known_cards().expect("cards"), Vec::<String>::new());
    // What is not known needs no farewell.
    store.forget("nothing", start()).expect("forgotten");
    assert_eq!(store.rebuild().expect("rebuilt"), []);
    assert_eq!(store.reviews_since(StudyDay(0)).expect("reviews").len(), 1, "its history stays");
    // It comes back with the deck, and is new.
    maker.save(&mut store, "a", Grade::Easy, start());
    assert_eq!(store.state("a").expect("a state").state.reps, 1);

    drop(store);
    let mut store = open(&directory);
    let undo = |store: &mut Store| store.undo_last(start()).expect("undone").expect("an event");
    assert_eq!(undo(&mut store).grade(), Some(Grade::Easy));
    let back = undo(&mut store);
    assert_eq!((back.event, back.standing.flagged), (Event::Forget, true));
    assert_eq!(back.standing.state, reviewed.after, "it stands where it stood");
    assert_eq!(undo(&mut store).event, Event::Edit(Box::new(unnamed)));
    assert_eq!(undo(&mut store).event, Event::Edit(Box::new(edit)));
    assert_eq!(undo(&mut store).event, Event::Flag);
    assert_eq!(undo(&mut store).grade(), Some(Grade::Good));
    assert_eq!(store.undo_last(start()).expect("asked"), None);
    assert_eq!(store.verify().expect("verified"), Vec::<String>::new());
}

#[test]
fn an_import_takes_its_place_in_the_history() {
    let directory = directory();
    let mut store = open(&directory);
    let mut maker = Maker::default();
    let here = maker.save(&mut store, "a", Grade::Good, start());
    // Elsewhere the card was answered a month before, and another one with it.
    let month_ago = Moment { utc_millis: start().utc_millis - 30 * 86_400_000, ..start() };
    let first = maker.review("a", CardState::default(), Grade::Easy, month_ago);
    let second = maker.review("a", first.after, Grade::Good, month_ago.plus_minutes(20_000));
    let other = maker.review("b", CardState::default(), Grade::Hard, month_ago);
    let reviews = [second.clone(), other.clone(), first.clone()];
    assert_eq!(store.import(&reviews).expect("imported"), 3);
    assert_eq!(store.import(&reviews).expect("imported"), 0);
    assert_eq!(store.state("b").expect("a state").state, other.after);
    let expected = maker.scheduler.answer(&second.after, Grade::Good, here.at, here.seed);
    assert_eq!(store.state("a").expect("a state").state, expected);
    assert_eq!(store.verify().expect("verified"), Vec::<String>::new());
    // What was done here is taken back first.
    assert_eq!(
        store.undo_last(start()).expect("undone").map(|undone| undone.standing.state),
        Some(second.after)
    );
}

/// A journey around the world against the sun: local days run backwards, and the hour at which the day turns passes
/// twice. Each answer stays on the day on which the learner gave it.
#[test]
fn a_journey_moves_no_answer_to_another_day() {
    let directory = directory();
    let mut store = open(&directory);
    let mut maker = Maker::default();
    let at = |text: &str| -> Moment { text.parse().expect("a time in a test") };
    let answers = [
        ("2026-11-21T03:30:00+09:00", "2026-11-20"), // Tokyo, before the turn
        ("2026-11-21T04:30:00+09:00", "2026-11-21"),
        ("2026-11-20T14:00:00-08:00", "2026-11-20"), // Los Angeles, three hours later: the day before
        ("2026-11-21T03:59:59-08:00", "2026-11-20"),
        ("2026-11-21T04:00:00-08:00", "2026-11-21"),
        ("2026-11-21T12:00:00+00:00", "2026-11-21"), // the same moment, by another clock
    ];
    for (time, _) in answers {
        let review = maker.save(&mut store, "a", Grade::Good, at(time));
        assert_eq!(review.after.last_review, Some(at(time)));
    }
    drop(store);
    let mut store = open(&directory);
    let reviews = store.reviews_since(StudyDay(0)).expect("reviews");
    let days: Vec<String> = reviews.iter().map(|review| review.at.study_day().to_string()).collect();
    assert_eq!(days, answers.map(|(_, day)| day));
    let counts = store.days_since(StudyDay(0)).expect("days");
    let counts: Vec<(String, u32)> = counts.iter().map(|day| (day.day.to_string(), day.reviews())).collect();
    assert_eq!(counts, [("2026-11-20".to_string(), 3), ("2026-11-21".to_string(), 3)]);
    assert_eq!(store.rebuild().expect("rebuilt"), []);
}

/// An import is one transaction: where its last mark cannot be written, nothing of it is there.
#[test]
fn an_import_comes_whole_or_not_at_all() {
    let mut store = in_memory();
    let mut maker = Maker::default();
    let reviews: Vec<Review> = ["a", "b"]
        .map(|card| maker.review(card, CardState::default(), Grade::Good, start()))
        .into_iter()
        .collect();
    let day = start().study_day() + 1;
    let marks: Vec<(String, Event)> = [
        ("a", Event::Suspend),
        ("c", Event::Suspend),
        ("c", Event::Suspend),
        ("d", Event::Bury { until: day }),
        ("d", Event::Flag),
    ]
    .map(|(card, event)| (card.to_string(), event))
    .into_iter()
    .collect();
    let fault = "CREATE TEMP TRIGGER fault BEFORE INSERT ON event WHEN new.kind = 'flag' \
                 BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";
    store.connection.execute_batch(fault).expect("a trigger");
    assert!(store.import_with_marks(&reviews, &marks, start()).is_err());
    assert_eq!(store.log(None).expect("the log"), []);
    assert!(store.states().expect("states").is_empty());
    store.connection.execute_batch("DROP TRIGGER fault").expect("no trigger");
    assert_eq!(store.import_with_marks(&reviews, &marks, start()).expect("imported"), 2);
    let found = |card: &str| store.state(card).expect("a state");
    assert!(found("a").suspended && found("a").state.reps == 1);
    assert!(found("c").suspended && found("c").state.is_new() && !found("b").suspended);
    assert!(found("d").flagged && found("d").buried_until == Some(day));
    // Rules, two reviews, and each mark once.
    assert_eq!(store.log(None).expect("the log").len(), 1 + 2 + 4);
    assert_eq!(store.rebuild().expect("rebuilt"), []);
    // Again it changes nothing.
    assert_eq!(store.import_with_marks(&reviews, &marks, start()).expect("imported"), 0);
    assert_eq!(store.log(None).expect("the log").len(), 1 + 2 + 4);
}

/// Events of one moment are folded by their ids, also where all cards are derived at once.
#[test]
fn events_with_one_stamp_are_in_the_order_of_their_ids() {
    let mut store = in_memory();
    let scheduler = Scheduler::default();
    let rules = Arc::new(scheduler.rules().clone());
    let mut reviews = Vec::new();
    for number in 0..1_200_u128 {
        // Written in an order that is not that of the ids, three of each card at one moment.
        for place in [2_u128, 0, 1] {
            let grade = [Grade::Good, Grade::Again, Grade::Easy][place as usize];
            reviews.push(Review {
                id: EventId::new(start(), number << 8 | place),
                card: format!("t.{number}"),
                at: start(),
                grade,
                answer: None,
                seed: 0,
                took_millis: 0,
                kind: ReviewKind::Scheduled,
                before: CardState::default(),
                after: scheduler.answer(&CardState::default(), grade, start(), 0),
                rules: Arc::clone(&rules),
            });
        }
    }
    assert_eq!(store.import(&reviews).expect("imported"), 3_600);
    let states = store.states().expect("states");
    let expected = derive::derive(&store.connection, "t.7").expect("derived");
    assert_eq!((states.len(), expected.state.reps), (1_200, 3));
    assert!(states.values().all(|standing| *standing == expected), "{expected:?}");
}

/// What follows from an import at once is what follows from it when the log is read again, also where a file says of
/// the end of a step that it is in another time zone than the answer was.
#[test]
fn an_import_is_kept_as_it_is_read_back() {
    let mut store = in_memory();
    let mut maker = Maker::default();
    let mut first = maker.review("a", CardState::default(), Grade::Good, start());
    let mut second = maker.review("a", first.after, Grade::Good, start().plus_minutes(10));
    let Phase::Learning { due, .. } = &mut first.after.phase else { panic!("a step") };
    due.offset_minutes = -300;
    let Phase::Learning { due, .. } = &mut second.before.phase else { panic!("a step") };
    due.offset_minutes = 300;
    assert_eq!(store.import(&[first, second.clone()]).expect("imported"), 2);
    assert_eq!(store.state("a").expect("a state").state, second.after);
    assert_eq!(store.rebuild().expect("rebuilt"), []);
}
