//! A card edited in the middle of a session, by the real program and a real editor.
#![cfg(unix)]

#[path = "support/program.rs"]
mod program;
mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use program::{Home, PROGRAM};
use support::{Exit, Pty};

const AT: [&str; 2] = ["--at", "2026-01-05T10:00:00Z"];

/// An editor that does what the file `edit.sed` says.
fn editor(home: &Home) -> String {
    let script = home.path("edit.sed").display().to_string();
    let path = home.write(
        "editor",
        format!("#!/bin/sh\nsed -f '{script}' \"$1\" > \"$1.sed\" && mv \"$1.sed\" \"$1\"\n"),
    );
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it can be made a program");
    path.display().to_string()
}

fn start(home: &Home, arguments: &[&str]) -> Pty {
    let editor = editor(home);
    let own = home.environment();
    let mut environment: Vec<(&str, &str)> =
        own.iter().map(|(name, value)| (*name, value.as_str())).collect();
    environment.push(("EDITOR", &editor));
    Pty::spawn(PROGRAM, &[arguments, &AT].concat(), &environment, 100, 30)
}

#[test]
fn a_card_is_edited_in_a_session_and_the_edit_taken_back() {
    let home = Home::with_settings("[drill]\nfuzz = false\nsteps = []\n");
    home.write("edit.sed", "s/^question = \"/question = \"EDITED /\n");
    let mut pty = start(&home, &["drill", "--topic", "consistent-hashing"]);
    pty.wait_for_text("An eleventh joins");
    let own = home.path("data/decks/consistent-hashing.toml");

    // One of ours: it is laid into the learner's own deck, and asked anew.
    pty.keys("alt-e");
    pty.wait_for_text("EDITED");
    pty.wait_for_text("The card is changed");
    let text = fs::read_to_string(&own).expect("it was laid there");
    assert!(text.starts_with("topic = \"consistent-hashing\"") && text.contains("EDITED"), "{text}");
    assert_eq!(text.matches("[[card]]").count(), 1, "only this card");

    // Answered and taken back, then the edit too.
    pty.keys("9 enter");
    pty.wait_for_text("Good");
    pty.keys("3");
    pty.wait_for_text("2 of");
    pty.keys("alt-u");
    pty.wait_for_text("EDITED");
    pty.keys("alt-u");
    pty.wait_for_text("reads as before");
    pty.wait_for_no_text("EDITED");
    assert!(!fs::read_to_string(&own).expect("it is there").contains("EDITED"));

    // A card that cannot be used is said with its place, and the session keeps the old one.
    home.write("edit.sed", "s/^kind = .*/kind = \"nonsense\"/\n");
    pty.keys("alt-e");
    pty.wait_for_text("nonsense");
    pty.keys_and_frame("esc");
    pty.wait_for_text("An eleventh joins");
    home.write("edit.sed", "s/^kind = .*/kind = \"predict\"/\n");
    pty.keys("alt-e");
    pty.wait_for_text("reads as it did before");

    // An edit is taken back after a restart as well.
    home.write("edit.sed", "s/^question = \"/question = \"LATER /\n");
    pty.keys("alt-e");
    pty.wait_for_text("LATER");
    pty.keys_and_frame("esc");
    pty.keys("ctrl-c");
    assert_eq!(pty.exit(), Exit::Code(0));
    let mut pty = start(&home, &[]);
    pty.wait_for_text("q quit");
    pty.keys_and_frame("esc");
    pty.keys("u");
    pty.wait_for_text("Taken back: the edit");
    assert!(!fs::read_to_string(&own).expect("it is there").contains("LATER"));
    pty.keys("ctrl-c");
    assert_eq!(pty.exit(), Exit::Code(0));

    // And without a screen; but not where the text was changed since.
    let edited = |mark: &str| {
        home.write("edit.sed", format!("s/^question = \"/question = \"{mark} /\n"));
        let mut pty = start(&home, &["drill", "--topic", "consistent-hashing"]);
        pty.wait_for_text("An eleventh joins");
        pty.keys("alt-e");
        pty.wait_for_text(mark);
        pty.keys_and_frame("esc");
        pty.keys("ctrl-c");
        assert_eq!(pty.exit(), Exit::Code(0));
        fs::read_to_string(&own).expect("it is there")
    };
    let before = fs::read_to_string(&own).expect("it is there");
    assert!(edited("AGAIN").contains("AGAIN"));
    assert!(home.good("undo").starts_with("taken back: edit of consistent-hashing."));
    assert_eq!(fs::read_to_string(&own).expect("it is there"), before);
    let changed = edited("MORE").replace("MORE", "MORE AND MORE");
    fs::write(&own, &changed).expect("written");
    let done = home.run("undo");
    assert!(
        done.code == 0 && done.err.contains("was changed since: the text stays as it is"),
        "{}",
        done.err
    );
    assert_eq!(fs::read_to_string(&own).expect("it is there"), changed);
}

#[test]
fn what_was_only_looked_at_leaves_nothing_behind() {
    let home = Home::new();
    home.write("edit.sed", "");
    let mut pty = start(&home, &["drill", "--topic", "consistent-hashing"]);
    pty.wait_for_text("An eleventh joins");
    pty.keys("alt-e");
    pty.wait_for_text("Nothing was changed");
    assert!(!home.path("data/decks/consistent-hashing.toml").exists());
    pty.keys("ctrl-c");
    assert_eq!(pty.exit(), Exit::Code(0));
}

#[test]
fn a_new_card_is_asked_for_and_opened_in_the_editor() {
    let home = Home::new();
    home.write("edit.sed", "s/^# why = .*/why = \"WRITTEN\"/\n");
    let mut pty = start(&home, &[]);
    pty.wait_for_text("q quit");
    pty.keys_and_frame("esc");
    pty.keys("alt-4");
    pty.wait_for_text("new card");
    pty.keys("n");
    pty.wait_for_text("small letters, digits");
    pty.paste("my-notes");
    pty.keys("tab tab");
    pty.paste("What does a bloom filter never say?");
    pty.keys("tab");
    pty.paste("That a key is missing which is there.");
    pty.wait_for_text("my-notes.bloom-filter-never-say, in a new deck");
    pty.keys("enter");
    pty.wait_for_text("my-notes.bloom-filter-never-say is in the deck");
    let text = fs::read_to_string(home.path("data/decks/my-notes.toml")).expect("the deck is there");
    assert!(text.contains("why = \"WRITTEN\"") && text.contains("That a key is missing"), "{text}");
    pty.keys("ctrl-c");
    assert_eq!(pty.exit(), Exit::Code(0));
}

#[test]
fn a_sync_asks_for_its_folder_once() {
    let home = Home::new();
    fs::create_dir_all(home.path("shared")).expect("a folder");
    let mut pty = start(&home, &[]);
    pty.wait_for_text("q quit");
    pty.keys_and_frame("esc");
    let sync = |pty: &mut Pty| {
        pty.keys(":");
        pty.wait_for_text("Go to");
        pty.paste("sync with your");
        pty.wait_for_text("through a folder");
        pty.keys("enter");
    };
    sync(&mut pty);
    pty.wait_for_text("Folder");
    pty.paste(&home.path("nowhere").display().to_string());
    pty.keys("enter");
    pty.wait_for_text("there is no such folder");
    // A folder that was not there may be named anew.
    pty.keys(":");
    pty.wait_for_text("Go to");
    pty.paste("through another folder");
    pty.keys("enter");
    pty.wait_for_text("nowhere");
    pty.keys("ctrl-u");
    pty.paste(&home.path("shared").display().to_string());
    pty.keys("enter");
    pty.wait_for_text("Synced with no other machine yet");
    assert!(home.path("shared/sysdrill").is_dir());
    // The next time it is known.
    sync(&mut pty);
    pty.wait_for_text("nothing new");
    pty.keys("ctrl-c");
    assert_eq!(pty.exit(), Exit::Code(0));
}
