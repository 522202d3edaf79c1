//! `sysdrill backup`, `sysdrill restore` and `sysdrill doctor --purge`, as a person uses them; kills and full disks.

#[path = "support/collection.rs"]
mod collection;
#[path = "support/program.rs"]
mod program;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use program::{Done, Home};
use sysdrill::store::Store;

const CARD: &str = "consistent-hashing.owner-rule";

fn backups(home: &Home) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(home.data().join("backups"))
        .map(|entries| entries.map(|entry| entry.expect("listed").path()).collect())
        .unwrap_or_default();
    found.sort();
    found
}

#[test]
fn what_was_lost_is_put_back() {
    let home = Home::new();
    assert_eq!(home.run("backup").code, 1, "there is nothing to copy");
    home.good(&format!("grade {CARD} good"));
    let at = "--at 2026-11-21T18:30:00+01:00";
    let said = home.good(&format!("backup {at}"));
    let backup = home.data().join("backups/sysdrill-2026-11-21-183000.db");
    assert_eq!(said, format!("backed up to {}\n", backup.display()));
    let elsewhere = home.path("copy.db");
    home.good(&format!("backup {}", elsewhere.display()));
    let again = home.run(&format!("backup {}", elsewhere.display()));
    assert!(again.code == 1 && again.err.contains("there is a file of that name already"), "{}", again.err);

    // The database is cut off. Whatever opens it says what to do.
    let bytes = fs::read(home.database()).expect("read");
    fs::write(home.database(), &bytes[..bytes.len() / 2]).expect("written");
    let done = home.run("due");
    assert_eq!(done.code, 1);
    assert!(
        done.err.contains("is damaged") && done.err.contains(&backup.display().to_string()),
        "{}",
        done.err
    );
    assert!(done.err.contains("sysdrill restore --newest"), "{}", done.err);
    let restored = home.json(&format!("restore --newest --json {at}"));
    assert_eq!(restored["file"], backup.display().to_string());
    let aside = restored["aside"].as_str().expect("it was put aside");
    assert!(aside.ends_with("sysdrill-aside-2026-11-21-183000.db"), "{aside}");
    assert_eq!(fs::metadata(aside).expect("there").len() as usize, bytes.len() / 2);
    let doctor = home.good("doctor");
    assert!(doctor.contains("all well") && doctor.contains("backups    1, the newest"), "{doctor}");
    assert!(home.good("undo").contains(CARD));
    assert!(home.good(&format!("restore {}", elsewhere.display())).contains("put aside"));
    assert!(home.good("undo").contains(CARD));

    assert_eq!(home.run("restore").code, 2, "say which");
    assert_eq!(home.run("restore /nowhere.db").code, 1);
    fs::remove_dir_all(home.data().join("backups")).expect("removed");
    assert!(home.run("restore --newest").err.contains("there is no good backup"));
}

/// The disk is full: said, nothing half-made is left, and what was there before stays.
#[cfg(unix)]
#[test]
fn a_full_disk_leaves_no_half_backup() {
    let home = Home::new();
    drop(collection::store(&home.data(), 500, 10));
    let run = |limit: u32, words: &str| -> Done {
        // No file may become longer than so many blocks of 512 bytes: what a full disk does, for one program.
        let script = format!("trap '' XFSZ; ulimit -f {limit}; exec \"$0\" {words}");
        let mut command = Command::new("sh");
        command.args(["-c", &script, program::PROGRAM]).envs(home.environment()).stdin(Stdio::null());
        Done::of(&command.output().expect("it starts"))
    };
    let before = fs::read(home.database()).expect("read");
    for limit in [0, 8, 200, 2_000] {
        let done = run(limit, "backup");
        assert_eq!(done.code, 1, "{limit}: {}", done.out);
        assert!(
            done.err.contains("cannot use") || done.err.contains("cannot write"),
            "{limit}: {}",
            done.err
        );
        assert_eq!(backups(&home), Vec::<PathBuf>::new(), "{limit}");
    }
    assert_eq!(fs::read(home.database()).expect("read"), before);
    home.good("backup");
    // Neither does a restore lose what is there.
    let newest = backups(&home).pop().expect("a backup");
    let done = run(200, "restore --newest");
    assert_eq!(done.code, 1, "{}", done.out);
    assert_eq!(fs::read(home.database()).expect("read"), before);
    assert!(fs::read(newest).expect("read").len() > 200 * 512);
    // An answer that cannot be saved is not shown as saved.
    let done = run(0, &format!("grade {CARD} good"));
    assert_eq!((done.code, done.out.as_str()), (1, ""), "{}", done.err);
    assert!(home.good("doctor").contains("all well"));
}

/// Whenever a kill comes, what has a backup's name is a good one.
#[cfg(unix)]
#[test]
fn a_kill_in_the_middle_of_a_backup_leaves_good_ones_only() {
    let home = Home::new();
    drop(collection::store(&home.data(), 2_000, 10));
    let start = Instant::now();
    home.good("backup --at 2026-11-20T00:00:00Z");
    let span = start.elapsed();
    let mut chance = collection::Chance::new(5);
    for second in 10..40 {
        let words = format!("backup --at 2026-11-21T00:00:{second}Z");
        let start = Instant::now();
        let mut child = home.command(&words).stdout(Stdio::null()).spawn().expect("it starts");
        let until = span.mul_f64(f64::from(chance.below(1_200)) / 1_000.0).max(Duration::from_millis(1));
        while start.elapsed() < until {
            std::hint::spin_loop();
        }
        child.kill().expect("it can be killed, or has ended");
        child.wait().expect("it ends");
    }
    let good: Vec<PathBuf> =
        backups(&home).into_iter().filter(|path| path.extension().is_some_and(|end| end == "db")).collect();
    println!("30 kills, {} of them too late", good.len() - 1);
    let expected = Store::open(&home.data()).expect("it opens").size().expect("counted");
    for path in good {
        let place = tempfile::tempdir().expect("a directory can be made");
        Store::restore(place.path(), &path, collection::now()).expect("it is whole");
        let store = Store::open(place.path()).expect("it opens");
        assert_eq!(store.size().expect("counted"), expected, "{}", path.display());
    }
    assert!(home.good("doctor").contains("all well"));
}

#[test]
fn cards_that_no_deck_has_are_listed_and_given_up() {
    let home = Home::new();
    let deck =
        "[[card]]\nid = \"first\"\nkind = \"basic\"\nquestion = \"?\"\nanswer = \"!\"\nwhy = \"So.\"\n";
    let file = home.write("data/decks/mine.toml", format!("topic = \"mine\"\n\n{deck}"));
    let decks = home.run("deck list");
    let graded = home.run("grade mine.first good");
    assert_eq!(graded.code, 0, "{}{}{}", graded.err, decks.out, decks.err);
    assert_eq!(home.json("doctor --json")["removed"], serde_json::json!([]));
    fs::remove_file(&file).expect("removed");
    let said = home.good("doctor");
    assert!(said.contains("1 cards that no deck has any more") && said.contains("mine.first"), "{said}");
    // A deck that cannot be read may be the reason.
    fs::write(&file, "topic = ").expect("written");
    let done = home.run("doctor --purge");
    assert!(done.code == 1 && done.err.contains("nothing was purged"), "{}{}", done.out, done.err);
    fs::remove_file(&file).expect("removed");
    assert!(home.good("doctor --purge").contains("purged     1 cards"));
    assert!(!home.good("doctor").contains("mine.first"));
    assert_eq!(home.json("doctor --purge --json")["purged"], 0);
    // Its answers stayed, and the farewell can be taken back.
    assert!(home.good("undo").contains("forget of mine.first"));
    assert_eq!(home.json("doctor --json")["removed"], serde_json::json!(["mine.first"]));
}
