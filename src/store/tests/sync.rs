//! Merging through folders: any order, any repetition, clocks that differ, files that came in part.

use std::collections::BTreeMap;

use super::*;

/// All that merging has to make equal: the log without rules, where cards stand, and what stands beside the log.
#[derive(Debug, PartialEq)]
struct Known {
    log: Vec<Entry>,
    states: BTreeMap<String, Standing>,
    read: Vec<ReadMark>,
    bookmarks: Vec<Bookmark>,
    positions: Vec<Position>,
    demos: Vec<DemoMark>,
    aims: Vec<(String, String)>,
}

fn known(store: &Store) -> Known {
    let mut log = store.log(None).expect("the log");
    log.retain(|entry| !matches!(entry.event, Event::Rules(_)));
    Known {
        log,
        states: store.states().expect("states").into_iter().collect(),
        read: store.read_marks().expect("marks"),
        bookmarks: store.bookmarks().expect("bookmarks"),
        positions: store.positions().expect("positions"),
        demos: store.demo_marks().expect("marks"),
        aims: store.notes(SHARED).expect("notes"),
    }
}

/// A store whose writes do not wait for the disk.
fn quick(directory: &TempDir) -> Store {
    let store = open(directory);
    store.connection.pragma_update(None, "synchronous", "OFF").expect("set");
    store
}

#[track_caller]
fn sync(store: &mut Store, folder: &TempDir) -> Synced {
    let done = store.sync(folder.path()).expect("merged");
    assert_eq!((&done.left, done.unknown, done.differing), (&Vec::new(), 0, 0));
    done
}

/// The path of a machine's file.
fn path(folder: &TempDir, store: &mut Store, name: &str) -> PathBuf {
    folder.path().join("sysdrill").join(store.machine().expect("a name")).join(name)
}

#[test]
fn two_machines_come_to_agree() {
    let (here, there, folder) = (directory(), directory(), directory());
    let (mut one, mut two) = (open(&here), open(&there));
    let mut maker = Maker::default();
    let first = maker.save(&mut one, "a", Grade::Good, start());
    one.set_bookmark("a", "why", start()).expect("set");
    assert_eq!(sync(&mut one, &folder).sent, 1);
    let done = sync(&mut two, &folder);
    assert_eq!((done.others, done.received, done.cards, done.sent, done.marks), (1, 1, 1, 0, 1));
    assert_eq!(two.state("a").expect("a state").state, first.after);

    // Both answer the same card, neither knows of the other; the second one's clock is an hour behind.
    let later = maker.review("a", first.after, Grade::Good, start().plus_minutes(1_500));
    one.save_review(&later).expect("saved");
    let earlier = maker.review("a", first.after, Grade::Hard, start().plus_minutes(1_440));
    two.save_review(&earlier).expect("saved");
    sync(&mut one, &folder);
    sync(&mut two, &folder);
    sync(&mut one, &folder);
    assert_eq!(known(&one), known(&two));
    let between = maker.scheduler.answer(&first.after, Grade::Hard, earlier.at, earlier.seed);
    let expected = maker.scheduler.answer(&between, Grade::Good, later.at, later.seed);
    assert_eq!(one.state("a").expect("a state").state, expected, "one answer after the other, by time");

    // What was done here is taken back here, and both hear of it.
    assert_eq!(
        two.undo_last(start()).expect("undone").map(|undone| undone.event),
        Some(Event::Review(Box::new(earlier)))
    );
    assert_eq!(two.undo_last(start()).expect("asked"), None, "what the other did is not taken back here");
    two.remove_bookmark("a", "why", start()).expect("removed");
    sync(&mut two, &folder);
    sync(&mut one, &folder);
    assert_eq!(known(&one), known(&two));
    assert_eq!(one.state("a").expect("a state").state, later.after);
    assert_eq!(one.bookmarks().expect("bookmarks"), [], "a mark that was taken away stays away");
    // Nothing new: nothing is done, and no file changes.
    let before = fs::read_dir(folder.path().join("sysdrill")).expect("listed").count();
    for store in [&mut one, &mut two] {
        let done = sync(store, &folder);
        assert_eq!((done.received, done.sent, done.marks, done.cards, done.renamed), (0, 0, 0, 0, false));
    }
    assert_eq!(before, 2);
    assert_eq!(one.verify().expect("verified"), Vec::<String>::new());
}

#[test]
fn a_file_that_came_in_part_is_left_for_the_next_time() {
    let (here, there, folder) = (directory(), directory(), directory());
    let (mut one, mut two) = (open(&here), open(&there));
    let mut maker = Maker::default();
    for card in ["a", "b", "c"] {
        maker.save(&mut one, card, Grade::Good, start());
    }
    sync(&mut one, &folder);
    let file = path(&folder, &mut one, "00001.jsonl");
    let whole = fs::read(&file).expect("read");
    let lines: Vec<usize> =
        whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1).collect();
    assert_eq!(lines.len(), 5, "a header, the rules, three reviews");
    let mut damaged = whole.clone();
    damaged[lines[2] + 60] ^= 1;
    for part in [&whole[..0], &whole[..10], &whole[..lines[3]], &whole[..whole.len() - 1], &damaged] {
        fs::write(&file, part).expect("written");
        let done = two.sync(folder.path()).expect("merged");
        assert_eq!((done.received, done.left.len()), (0, 1), "{} bytes", part.len());
        assert_eq!(done.left[0].0, file);
        assert!(two.states().expect("states").is_empty());
    }
    // Who wrote it sees that it is not what it wrote.
    fs::write(&file, &whole[..lines[3]]).expect("written");
    assert!(!sync(&mut one, &folder).renamed);
    assert_eq!(fs::read(&file).expect("read"), whole);
    assert_eq!(sync(&mut two, &folder).received, 3);
    assert_eq!(known(&one), known(&two));
    // A file that a killed sync left behind is nobody's, and goes; one that is being written now stays.
    let (old, young) = (path(&folder, &mut one, "2.jsonl.7.part"), path(&folder, &mut one, "2.jsonl.8.part"));
    for part in [&old, &young] {
        fs::write(part, "half").expect("written");
    }
    let day = Duration::from_secs(86_400);
    let written = fs::metadata(&old).and_then(|found| found.modified()).expect("a time");
    fs::File::options()
        .write(true)
        .open(&old)
        .and_then(|file| file.set_modified(written - day))
        .expect("set");
    sync(&mut two, &folder);
    sync(&mut one, &folder);
    assert!(!old.exists() && young.exists());
}

#[test]
fn what_a_newer_program_wrote_is_kept_for_it() {
    let (here, there, folder) = (directory(), directory(), directory());
    let (mut one, mut two) = (open(&here), open(&there));
    Maker::default().save(&mut one, "a", Grade::Good, start());
    // An event of a kind that does not exist yet, as a newer program's log would hold it.
    let id = EventId::new(start(), 77);
    let sql =
        "INSERT INTO event (id, kind, card, at, offset, day, stamp) VALUES (?, 'dream', 'a', 0, 0, 0, 1)";
    sync(&mut one, &folder);
    one.connection.execute(sql, [&id.0]).expect("logged");
    let mut body = line::Body::default();
    body.push(&serde_json::json!({ "id": id.0, "kind": "dream", "card": "a", "at": 0, "offset": 0, "of": "sheep" }))
        .and_then(|()| body.push(&serde_json::json!({ "id": "s", "kind": "suspend", "card": "a", "at": 9, "offset": 0, "stamp": 1i64 << 47 })))
        .expect("it is JSON");
    let (_, file) = body.finish("log", &one.machine().expect("a name"), None).expect("it is JSON");
    fs::write(path(&folder, &mut one, "00002.jsonl"), file).expect("written");
    for received in [2, 0, 0] {
        let done = two.sync(folder.path()).expect("merged");
        assert_eq!((done.received, done.unknown, done.left.len()), (received, 1, 0));
        assert!(two.state("a").expect("a state").suspended, "what is known is taken");
    }
    // A file in a format to come is left, and said.
    let mut third = line::Body::default();
    third.push(&serde_json::json!({})).expect("it is JSON");
    let (_, text) = third.finish("log", &one.machine().expect("a name"), None).expect("it is JSON");
    let payload = text.lines().next().expect("a line")[20..]
        .trim_end_matches(']')
        .replace("\"version\":1", "\"version\":2");
    let mut header = line::Body::default();
    header
        .push(&serde_json::from_str::<serde_json::Value>(&payload).expect("it is JSON"))
        .expect("it is JSON");
    let (_, framed) = header.finish("log", "m", None).expect("it is JSON");
    let first = framed.lines().nth(1).expect("a line");
    fs::write(path(&folder, &mut one, "00003.jsonl"), format!("{first}\n")).expect("written");
    let done = two.sync(folder.path()).expect("merged");
    assert!(done.left.iter().any(|(_, why)| why.contains("newer sysdrill")), "{:?}", done.left);
}

#[test]
fn a_folder_that_was_lost_is_filled_again_by_who_is_left() {
    let (a, b, c) = (directory(), directory(), directory());
    let (mut one, mut two, mut three) = (open(&a), open(&b), open(&c));
    let mut maker = Maker::default();
    maker.save(&mut one, "a", Grade::Good, start());
    one.record_demo("ring", 1, start()).expect("kept");
    one.mark_read("a", "why", start()).expect("kept");
    let folder = directory();
    sync(&mut one, &folder);
    maker.save(&mut two, "b", Grade::Good, start());
    two.record_demo("ring", 2, start()).expect("kept");
    sync(&mut two, &folder);
    // The first machine and the folder are gone.
    drop((one, folder));
    let folder = directory();
    assert_eq!(sync(&mut two, &folder).sent, 2);
    // The folder has no files of the first machine, so whoever knows of it tells.
    let done = sync(&mut three, &folder);
    assert_eq!((done.received, done.sent), (2, 1));
    assert_eq!(known(&two), known(&three));
    assert_eq!(three.demo_marks().expect("marks")[0].runs, 2);
    assert_eq!(three.states().expect("states").len(), 2);
    assert_eq!(sync(&mut three, &folder).sent, 0);
    assert_eq!(sync(&mut two, &folder).received, 0);
}

#[test]
fn a_copy_and_a_backup_take_a_name_of_their_own() {
    let (here, there, folder) = (directory(), directory(), directory());
    let mut one = open(&here);
    let mut maker = Maker::default();
    maker.save(&mut one, "a", Grade::Good, start());
    one.record_demo("ring", 1, start()).expect("kept");
    let name = sync(&mut one, &folder).machine;
    // A copy of the whole data directory goes to another machine; both go on.
    one.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").expect("written");
    fs::copy(file(&here), file(&there)).expect("copied");
    let mut two = open(&there);
    maker.save(&mut one, "b", Grade::Good, start().plus_minutes(1));
    sync(&mut one, &folder);
    maker.save(&mut two, "c", Grade::Hard, start().plus_minutes(2));
    let done = sync(&mut two, &folder);
    assert!(done.renamed && done.machine != name);
    assert_eq!(done.received, 1, "what happened on the other since the copy");
    sync(&mut one, &folder);
    assert_eq!(known(&one), known(&two));
    assert_eq!(one.demo_marks().expect("marks")[0].runs, 1, "the run is counted once");
    assert_eq!(one.states().expect("states").len(), 3);
    assert!(!sync(&mut two, &folder).renamed && !sync(&mut one, &folder).renamed);
    // The first one loses its database and gets the copy of long ago: the folder gives back what it did since.
    drop(one);
    for name in ["sysdrill.db", "sysdrill.db-wal", "sysdrill.db-shm"] {
        fs::remove_file(here.path().join(name)).ok();
    }
    two.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").expect("written");
    let old = directory();
    let mut past = open(&old);
    past.set_note("machine", &name).expect("kept");
    let done = sync(&mut past, &folder);
    assert!(done.renamed);
    assert_eq!(known(&past), known(&two));
}

/// A file that is gone, and that this version would not write in the same bytes any more.
#[test]
fn what_cannot_be_written_again_is_written_under_another_name() {
    let (here, there, folder) = (directory(), directory(), directory());
    let (mut one, mut two) = (open(&here), open(&there));
    Maker::default().save(&mut one, "a", Grade::Good, start());
    let name = sync(&mut one, &folder).machine;
    fs::remove_file(path(&folder, &mut one, "00001.jsonl")).expect("removed");
    one.connection
        .execute("UPDATE segment SET header = replace(header, 'lines', 'rows')", [])
        .expect("changed");
    let done = sync(&mut one, &folder);
    assert!(done.renamed && done.machine != name && done.sent == 1);
    assert_eq!(sync(&mut two, &folder).received, 1);
    assert_eq!(known(&one), known(&two));
}

#[test]
fn a_folder_that_is_not_there_is_not_made() {
    let (here, folder) = (directory(), directory());
    let mut store = open(&here);
    let missing = folder.path().join("stick");
    let error = store.sync(&missing).expect_err("there is none");
    assert!(error.to_string().contains("there is no such folder"), "{error}");
    assert!(!missing.exists());
    // Foreign things in the folder are left alone.
    let root = folder.path().join("sysdrill");
    fs::create_dir_all(root.join("photos")).expect("made");
    fs::create_dir_all(root.join("0123456789abcdef")).expect("made");
    fs::write(root.join("photos/00001.jsonl"), "not ours").expect("written");
    fs::write(root.join("0123456789abcdef/notes.txt"), "not ours").expect("written");
    fs::write(root.join("fedcba9876543210"), "a file").expect("written");
    assert_eq!(sync(&mut store, &folder).others, 1);
}

/// Lines whose checksum is right and which no program of ours can have written change nothing, and stop nothing.
#[test]
fn lines_that_cannot_be_are_passed_over() {
    let (here, folder) = (directory(), directory());
    let mut store = open(&here);
    let other = "0123456789abcdef";
    let own = folder.path().join("sysdrill").join(other);
    fs::create_dir_all(&own).expect("made");
    let mut body = line::Body::default();
    let good = serde_json::json!({ "id": "good", "kind": "flag", "card": "a", "at": 5, "offset": 0 });
    let mut push = |change: serde_json::Value| {
        let mut line = good.clone();
        for (key, value) in change.as_object().expect("an object") {
            line[key] = value.clone();
        }
        body.push(&line).expect("it is JSON");
    };
    push(serde_json::json!({ "id": "1", "offset": 5_000 }));
    push(serde_json::json!({ "id": "2", "stamp": i64::MAX }));
    push(serde_json::json!({ "id": "3", "stamp": -1 }));
    push(serde_json::json!({ "id": "4", "card": null }));
    push(serde_json::json!({ "id": "5", "kind": "bury", "detail": "soon" }));
    push(serde_json::json!({ "id": "6", "kind": "undo" }));
    push(serde_json::json!({ "id": "", "kind": "flag" }));
    push(serde_json::json!({ "id": "7", "kind": "review", "review": { "grade": 9 } }));
    push(serde_json::json!({ "id": "8", "at": "noon" }));
    push(serde_json::json!({}));
    let (_, file) = body.finish("log", other, None).expect("it is JSON");
    fs::write(own.join("00001.jsonl"), file).expect("written");
    let done = store.sync(folder.path()).expect("merged");
    assert_eq!((done.received, done.left.len()), (1, 1));
    assert!(done.left[0].1.contains("line 2"), "{:?}", done.left);
    assert!(store.state("a").expect("a state").flagged);
    assert_eq!(store.verify().expect("verified"), Vec::<String>::new());
    maker_goes_on(&mut store);
}

fn maker_goes_on(store: &mut Store) {
    Maker::default().save(store, "a", Grade::Good, start());
}

#[derive(Clone, Debug)]
enum Step {
    /// Something is done on a machine.
    Act(usize, Act),
    /// A machine's clock is set, in minutes from the start.
    Clock(usize, i64),
    /// A machine merges through one of two folders.
    Sync(usize, usize),
    /// Something beside the log.
    Mark(usize, u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let act = acts().prop_map(|acts| acts.into_iter().next().expect("at least one"));
    let step = prop_oneof![
        8 => (0..3_usize, act).prop_map(|(machine, act)| Step::Act(machine, act)),
        2 => (0..3_usize, -9_000..9_000_i64).prop_map(|(machine, minutes)| Step::Clock(machine, minutes)),
        3 => (0..3_usize, 0..2_usize).prop_map(|(machine, folder)| Step::Sync(machine, folder)),
        3 => (0..3_usize, any::<u8>()).prop_map(|(machine, which)| Step::Mark(machine, which)),
    ];
    prop::collection::vec(step, 1..60)
}

fn do_mark(store: &mut Store, which: u8, at: Moment) {
    let topic = ["a", "b"][usize::from(which & 1)];
    match which >> 5 {
        0 => store.mark_read(topic, "why", at),
        1 => store.unmark_read(topic, "why", at),
        2 => store.set_bookmark(topic, "why", at),
        3 => store.remove_bookmark(topic, "why", at),
        4 => store.set_shared_note(["aim.date", "aim.level"][usize::from(which & 1)], &which.to_string(), at),
        5 => store.record_demo(topic, u64::from(which & 7), at),
        _ => {
            let share = f64::from(which & 31) / 31.0;
            store.set_position(&Position {
                topic: topic.into(),
                section: "why".into(),
                line: u32::from(which),
                share,
                at,
            })
        }
    }
    .expect("kept");
}

fn do_act(store: &mut Store, maker: &mut Maker, act: &Act, at: Moment) {
    let name = |card: &usize| format!("card {card}");
    match act {
        Act::Review(card, grade, _) => {
            maker.save(store, &name(card), *grade, at);
        }
        Act::Practice(card) => {
            let state = store.state(&name(card)).expect("a state").state;
            store.save_review(&maker.practice(&name(card), state, Grade::Hard, at)).expect("saved");
        }
        Act::Undo => drop(store.undo_last(at).expect("undone")),
        Act::Suspend(card, true) => drop(store.suspend(&name(card), at).expect("marked")),
        Act::Suspend(card, false) => drop(store.unsuspend(&name(card), at).expect("marked")),
        Act::Bury(card) => drop(store.bury(&name(card), at.study_day() + 1, at).expect("marked")),
        Act::Flag(card, true) => drop(store.forget(&name(card), at).expect("forgotten")),
        Act::Flag(card, false) => {
            let edit = Edit { file: "f".into(), before: "1".into(), after: "2".into(), source: None };
            store.record_edit(&name(card), edit, at).expect("logged");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// Whatever three machines do, with clocks that run as they like, and however they merge through two folders: when
    /// each has heard of all, all know the same. Cards stand as a fold over the log says, at every step, and merging
    /// once more changes nothing.
    #[test]
    fn machines_that_heard_of_all_know_the_same(steps in steps(), last in 0..6_usize) {
        let places = [directory(), directory(), directory()];
        let mut stores: Vec<Store> = places.iter().map(quick).collect();
        let mut makers: Vec<Maker> = (0..3).map(|number| Maker { made: number << 32, ..Maker::default() }).collect();
        let folders = [directory(), directory()];
        let mut clocks = [0_i64; 3];
        for step in &steps {
            match step {
                Step::Act(machine, act) => {
                    if let Act::Review(_, _, minutes) = act {
                        clocks[*machine] += i64::from(*minutes);
                    }
                    let at = Moment { utc_millis: start().utc_millis + clocks[*machine] * 60_000, ..start() };
                    do_act(&mut stores[*machine], &mut makers[*machine], act, at);
                    prop_assert_eq!(stores[*machine].rebuild().expect("rebuilt"), []);
                }
                Step::Clock(machine, minutes) => clocks[*machine] = *minutes,
                Step::Sync(machine, folder) => {
                    sync(&mut stores[*machine], &folders[*folder]);
                    prop_assert_eq!(stores[*machine].rebuild().expect("rebuilt"), []);
                }
                Step::Mark(machine, which) => {
                    let at = Moment { utc_millis: start().utc_millis + clocks[*machine] * 60_000, ..start() };
                    do_mark(&mut stores[*machine], *which, at);
                }
            }
        }
        // In any order, through one folder, until all have seen all.
        let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        for machine in orders[last].iter().chain(&orders[last]) {
            sync(&mut stores[*machine], &folders[0]);
        }
        let expected = known(&stores[0]);
        prop_assert_eq!(&known(&stores[1]), &expected);
        prop_assert_eq!(&known(&stores[2]), &expected);
        for store in &mut stores {
            let done = sync(store, &folders[0]);
            prop_assert_eq!((done.received, done.sent, done.cards, done.marks), (0, 0, 0, 0));
            prop_assert_eq!(store.rebuild().expect("rebuilt"), []);
        }
        // Somebody who was never there learns the same from what lies in the folder.
        let place = directory();
        let mut stranger = quick(&place);
        sync(&mut stranger, &folders[0]);
        prop_assert_eq!(known(&stranger), expected);
    }
}
