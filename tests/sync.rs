//! `sysdrill sync`: two machines and a folder, as a person uses them.

#[path = "support/collection.rs"]
mod collection;
#[path = "support/program.rs"]
mod program;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant, SystemTime};

use program::Home;
use sysdrill::store::{Entry, Event, Store};

/// The log and where the cards stand. Everything has to agree.
#[track_caller]
fn known(home: &Home) -> (Vec<Entry>, BTreeMap<String, String>) {
    let store = Store::open(&home.data()).expect("it opens");
    assert_eq!(store.verify().expect("it can be read"), Vec::<String>::new());
    let mut log = store.log(None).expect("it can be read");
    log.retain(|entry| !matches!(entry.event, Event::Rules(_)));
    let states = store.states().expect("it can be read");
    (log, states.into_iter().map(|(card, standing)| (card, format!("{standing:?}"))).collect())
}

/// Cards of the library, so that `grade` knows them.
fn cards(home: &Home) -> Vec<String> {
    let deck = home.json("deck show consistent-hashing --json");
    let cards = deck.as_array().expect("a deck has cards");
    cards.iter().map(|card| card["id"].as_str().expect("a card has an id").to_string()).collect()
}

/// All files below a folder with what they hold.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("it can be listed") {
        let path = entry.expect("it can be listed").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path.clone(), fs::read(&path).expect("it can be read"));
        }
    }
    found
}

#[test]
fn two_machines_and_a_folder() {
    let (here, there) = (Home::new(), Home::new());
    let folder = tempfile::tempdir().expect("a directory can be made");
    let sync = format!("sync {}", folder.path().display());
    let cards = cards(&here);
    here.good(&format!("grade {} good --at 2026-11-20T10:00:00+01:00", cards[0]));
    here.good(&format!("grade {} easy --at 2026-11-20T10:01:00+01:00", cards[1]));
    let said = here.good(&sync);
    assert!(said.contains("0 others in the folder") && said.contains("sent       2 events"), "{said}");
    there.good(&format!("grade {} again --at 2026-11-20T09:00:00Z", cards[0]));
    let said = there.good(&sync);
    assert!(said.contains("1 other in the folder") && said.contains("received   2 events"), "{said}");
    here.good(&sync);
    assert_eq!(known(&here), known(&there));
    let at = "--at 2026-11-29T10:00:00+01:00";
    assert_eq!(here.json(&format!("due --json {at}")), there.json(&format!("due --json {at}")));

    // A second time nothing changes, in the databases or in the folder.
    let before = files(folder.path());
    let json = here.json(&format!("{sync} --json"));
    let keys: Vec<&String> = json.as_object().expect("an object").keys().collect();
    assert_eq!(
        keys,
        [
            "machine",
            "renamed",
            "others",
            "received",
            "cards",
            "sent",
            "marks",
            "unknown",
            "differing",
            "left"
        ]
    );
    assert_eq!(
        (&json["received"], &json["sent"], &json["left"]),
        (&0.into(), &0.into(), &serde_json::json!([]))
    );
    assert_eq!(files(folder.path()), before);

    // Taken back there, it is taken back here.
    there.good("undo");
    there.good(&sync);
    here.good(&sync);
    assert_eq!(known(&here), known(&there));
    assert!(here.good("doctor").contains("all well"));

    // Half a file is named and no failure; when it is whole it is taken.
    there.good(&format!("grade {} good {at}", cards[2]));
    there.good(&sync);
    let (path, whole) = files(folder.path())
        .into_iter()
        .find(|(path, bytes)| {
            !before.contains_key(path) && String::from_utf8_lossy(bytes).contains(&cards[2])
        })
        .expect("a new file");
    fs::write(&path, &whole[..whole.len() - 7]).expect("it can be written");
    let done = here.run(&sync);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.err.contains(&path.display().to_string()), "{}", done.err);
    assert!(
        done.err.contains("not whole yet") && done.err.contains("left for the next time"),
        "{}",
        done.err
    );
    fs::write(&path, &whole).expect("it can be written");
    assert!(here.good(&sync).contains("received   1 event,"));
    assert_eq!(known(&here), known(&there));
}

#[test]
fn a_folder_that_is_not_there_is_an_error() {
    let home = Home::new();
    let done = home.run("sync /nowhere/at/all");
    assert_eq!(done.code, 1);
    assert!(
        done.err.contains("/nowhere/at/all") && done.err.contains("there is no such folder"),
        "{}",
        done.err
    );
    assert_eq!(home.run("sync").code, 2);
}

/// Kills at random moments of syncs on both sides, each of which has something to say: in the end nothing is lost and
/// nothing doubled.
#[cfg(unix)]
#[test]
fn a_kill_in_the_middle_of_a_sync_loses_nothing() {
    const ROUNDS: u32 = 30;
    let homes = [Home::new(), Home::new()];
    let folder = tempfile::tempdir().expect("a directory can be made");
    let sync = format!("sync {}", folder.path().display());
    let all = collection::reviews(600, 10, 3);
    let mut chance = collection::Chance::new(11);
    let mut span = Duration::from_millis(60);
    let mut finished = 0;
    for (round, reviews) in all.chunks(all.len() / ROUNDS as usize).enumerate() {
        let home = &homes[round % 2];
        let mut store = Store::open(&home.data()).expect("it opens after a kill");
        store.import(reviews).expect("it can be written");
        drop(store);
        let start = Instant::now();
        let mut child = home
            .command(&sync)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let until = span.mul_f64(f64::from(chance.below(1_500)) / 1_000.0);
        while start.elapsed() < until {
            std::hint::spin_loop();
        }
        child.kill().expect("it can be killed, or has ended");
        finished += u32::from(child.wait().expect("it ends").success());
        if round == 3 {
            // How long one takes that is not killed.
            let start = Instant::now();
            home.good(&sync);
            span = start.elapsed();
        }
    }
    println!("{ROUNDS} kills, {finished} of them too late");
    for home in [&homes[0], &homes[1], &homes[0]] {
        let done = home.run(&sync);
        assert_eq!((done.code, done.err.as_str()), (0, ""));
    }
    let (one, two) = (known(&homes[0]), known(&homes[1]));
    assert_eq!(one.0.len(), all.len());
    assert_eq!(one, two);
    // What a kill left half-written has a name that no sync reads, and goes once it is too old to be another copy's work.
    let any = files(folder.path()).into_keys().next().expect("something was sent");
    fs::write(any.with_extension("jsonl.1.part"), "half").expect("it can be written");
    let half = |path: &PathBuf| path.extension().is_none_or(|end| end != "jsonl");
    for path in files(folder.path()).into_keys().filter(half) {
        assert_eq!(path.extension().and_then(|end| end.to_str()), Some("part"), "{}", path.display());
        let long_ago = SystemTime::now() - Duration::from_secs(7_200);
        fs::File::options()
            .write(true)
            .open(&path)
            .and_then(|file| file.set_modified(long_ago))
            .expect("aged");
    }
    for home in &homes {
        home.good(&sync);
    }
    assert!(!files(folder.path()).keys().any(half), "no halves");
}

/// Two copies of the program merge and answer at the same time.
#[test]
fn copies_that_run_at_once_lose_nothing() {
    let homes = [Home::new(), Home::new()];
    let folder = tempfile::tempdir().expect("a directory can be made");
    let sync = format!("sync {}", folder.path().display());
    let cards = cards(&homes[0]);
    let mut children = Vec::new();
    for number in 0..8 {
        for home in &homes {
            let grade = format!("grade {} good --at 2026-11-2{number}T10:00:00Z", cards[number % 3]);
            for words in [grade.as_str(), sync.as_str()] {
                let mut command = home.command(words);
                children
                    .push(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts"));
            }
        }
    }
    for child in children {
        let output = child.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
    }
    for home in [&homes[0], &homes[1], &homes[0]] {
        home.good(&sync);
    }
    assert_eq!(known(&homes[0]).0.len(), 16);
    assert_eq!(known(&homes[0]), known(&homes[1]));
}
