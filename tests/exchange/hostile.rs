//! Files that are damaged, foreign, or made to do harm.

use std::io::{Cursor, Write};

use proptest::prelude::*;
use sysdrill::deck;
use sysdrill::exchange::{ExchangeError, Form, export, import};

use super::sample::{context, data, outgoing, read};

fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).expect("a zip in memory");
        archive.write_all(bytes).expect("a zip in memory");
    }
    archive.finish().expect("a zip in memory").into_inner()
}

fn error(name: &str, bytes: &[u8]) -> String {
    match import(name, Cursor::new(bytes), &context()) {
        Ok(imported) => panic!("{name} came in: {imported:?}"),
        Err(error) => error.to_string(),
    }
}

fn collection() -> Vec<u8> {
    let package = export(Form::Package, &outgoing()).expect("a package");
    let mut archive = zip::ZipArchive::new(Cursor::new(package)).expect("a zip");
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut archive.by_name("collection.anki21").expect("a collection"), &mut bytes)
        .expect("readable");
    bytes
}

#[test]
fn what_is_no_package_is_named() {
    let check = |entries: &[(&str, &[u8])], expected: &str| {
        let said = error("a.apkg", &zipped(entries));
        assert!(said.contains(expected), "{said}");
    };
    check(&[("readme.txt", b"hello")], "no collection");
    check(&[("meta", &[8, 9]), ("collection.anki21b", b"x")], "version 9");
    check(&[("meta", &[8, 3]), ("collection.anki2", &collection())], "tells old versions");
    check(&[("collection.anki21", b"no database at all")], "no SQLite");
    check(&[("collection.anki21b", b"no zstd")], "zstd");
    check(&[("collection.anki21", &[b"SQLite format 3\0".as_slice(), &[0; 4096]].concat())], "damaged");
    // Paths that climb out are names like others, and nobody opens them.
    check(&[("../../collection.anki21", &collection()), ("/etc/passwd", b"x")], "no collection");
    assert!(error("a.apkg", b"hello").contains("no Anki package"));
    assert!(error("a.bin", b"hello").contains("not known"));
    assert!(error("a.apkg", &zipped(&[("collection.anki21", &collection())])[..300]).contains("archive"));
}

#[test]
fn a_bomb_is_not_unpacked() {
    // The context of these tests allows 8 MB; this is 32 MB of zeros in less than 100 kB.
    let bomb = zipped(&[("collection.anki21", &vec![0; 32 << 20])]);
    assert!(bomb.len() < 100 << 10, "{}", bomb.len());
    let found = import("a.apkg", Cursor::new(bomb), &context());
    assert!(matches!(found, Err(ExchangeError::TooLarge { megabytes: 8, .. })), "{found:?}");
    // The same behind zstd: a frame (RFC 8878) of blocks that each repeat one byte 128 KiB times.
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58];
    for at in 0..256_u32 {
        let header = u32::from(at == 255) | 1 << 1 | (128 << 10) << 3;
        frame.extend([&header.to_le_bytes()[..3], &[0]].concat());
    }
    let found = import("a.apkg", Cursor::new(zipped(&[("collection.anki21b", &frame)])), &context());
    assert!(matches!(found, Err(ExchangeError::TooLarge { megabytes: 8, .. })), "{found:?}");
}

#[test]
fn a_view_that_never_ends_is_no_table() {
    let mut connection = rusqlite::Connection::open_in_memory().expect("a database");
    connection
        .execute_batch(
            "CREATE TABLE col (id, crt, ver, conf, models, decks); INSERT INTO col VALUES (1, 0, 11, '{}', '{}', '{}');
             CREATE VIEW notes AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT * FROM n;
             CREATE TABLE cards (id); CREATE TABLE revlog (id);",
        )
        .expect("sound SQL");
    let bytes = connection.serialize("main").expect("bytes").to_vec();
    assert!(error("a.apkg", &zipped(&[("collection.anki21", &bytes)])).contains("no table 'notes'"));
}

/// A collection of schema 18 in which one table is something else.
fn changed(sql: &str) -> String {
    let mut connection = rusqlite::Connection::open_in_memory().expect("a database");
    connection
        .execute_batch(
            "CREATE TABLE col (id, crt, ver, conf); INSERT INTO col VALUES (1, 0, 18, '{}');
             CREATE TABLE notetypes (id INTEGER PRIMARY KEY, name, config); INSERT INTO notetypes VALUES (1, 'Basic', x'');
             CREATE TABLE fields (ntid, ord, name); CREATE TABLE templates (ntid, ord, config);
             CREATE TABLE decks (id, name); CREATE TABLE config (key, val);
             CREATE TABLE notes (id INTEGER PRIMARY KEY, guid, mid, tags, flds);
             CREATE TABLE cards (id INTEGER PRIMARY KEY, nid, did, ord, type, queue, due, ivl, factor, reps, lapses, left, odue, odid, flags, data);
             CREATE TABLE revlog (id INTEGER PRIMARY KEY, cid, ease, ivl, lastIvl, factor, time, type);",
        )
        .and_then(|()| connection.execute_batch(sql))
        .expect("sound SQL");
    let bytes = connection.serialize("main").expect("bytes").to_vec();
    error("a.apkg", &zipped(&[("collection.anki21", &bytes)]))
}

#[test]
fn a_schema_that_is_made_to_harm_is_refused() {
    let endless = |table: &str, columns: &str| {
        format!(
            "DROP TABLE {table}; CREATE VIEW {table} AS \
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT {columns} FROM n"
        )
    };
    assert!(changed("").contains("no cards"), "what is changed here is sound otherwise");
    for (table, columns) in [
        ("notetypes", "i AS id, 'x' AS name, x'' AS config"),
        ("fields", "i AS ntid, 0 AS ord, 'x' AS name"),
        ("templates", "i AS ntid, 0 AS ord, x'' AS config"),
        ("decks", "i AS id, 'x' AS name"),
        ("revlog", "i AS id, 1 AS cid, 1 AS ease, 0 AS ivl, 0 AS lastIvl, 0 AS factor, 0 AS time, 0 AS type"),
    ] {
        let said = changed(&endless(table, columns));
        assert!(said.contains("damaged") && (said.contains(table) || said.contains("note types")), "{said}");
    }
    // Settings that cannot be read are done without.
    assert!(changed(&endless("config", "'x' AS key, i AS val")).contains("no cards"));
    // A row that is small in the file and a gigabyte when it is read.
    let huge = "DROP TABLE notes; CREATE TABLE notes (id INTEGER PRIMARY KEY, guid, mid, tags, flds AS (zeroblob(999999999)));
                INSERT INTO notes (id) VALUES (1)";
    assert!(changed(huge).contains("no table 'notes'"));
    // The same row again and again, as from a page to which many others lead.
    let again = "DROP TABLE notes; CREATE TABLE notes (id, guid, mid, tags, flds);
                 INSERT INTO notes VALUES (7, 'a', 1, '', 'x'), (7, 'a', 1, '', 'x')";
    assert!(changed(again).contains("rows are not in order"));
}

#[test]
fn names_of_media_are_only_names() {
    let list = br#"{"0": "../../etc/passwd", "1": "C:\\x.png", "2": "a\u001b[2Jb\u0007.png", "3": "", "4": 5, "5": "\u202egnp.exe"}"#;
    let whole = zipped(&[("collection.anki21", &collection()), ("media", list), ("../0", b"x")]);
    let imported = read("a.apkg", &whole);
    let expected = ["", "../../etc/passwd", "C:\\x.png", "a\u{1b}[2Jb\u{7}.png", "\u{202e}gnp.exe"];
    assert_eq!(imported.media, expected, "as they are: who shows them makes them harmless");
    for list in [&b"[1, 2]"[..], b"", b"\x28\xb5\x2f\xfd\xff\xff", &[b'['; 100_000], b"null"] {
        let imported = read("a.apkg", zipped(&[("collection.anki21", &collection()), ("media", list)]));
        assert_eq!((imported.media.len(), imported.decks.len()), (0, 1));
    }
}

#[test]
fn a_damaged_note_is_named_and_the_others_come_in() {
    let mut connection = rusqlite::Connection::open_in_memory().expect("a database");
    let bytes = collection();
    connection.deserialize_read_exact("main", bytes.as_slice(), bytes.len(), false).expect("a database");
    let notes: Vec<i64> = connection
        .prepare("SELECT id FROM notes ORDER BY id")
        .and_then(|mut all| all.query_map([], |row| row.get(0))?.collect())
        .expect("notes");
    connection
        .execute_batch(&format!(
            "UPDATE notes SET mid = 5 WHERE id = {};
             UPDATE notes SET flds = x'ff01fe' WHERE id = {};
             UPDATE cards SET ord = 700, due = 9223372036854775807, ivl = -9e300, data = '{{\"s\": -1e308, \"d\": []}}' WHERE nid = {};
             UPDATE revlog SET id = -id, ivl = 9223372036854775807, ease = 9;
             INSERT INTO cards SELECT id + 1000000, 42, did, ord, mod, usn, type, queue, due, ivl, factor, reps, lapses, left, odue, odid, flags, data FROM cards LIMIT 2;",
            notes[0], notes[1], notes[2]
        ))
        .expect("sound SQL");
    let bytes = connection.serialize("main").expect("bytes").to_vec();
    let imported = read("a.apkg", zipped(&[("collection.anki21", &bytes)]));
    let said: Vec<String> =
        imported.notes.iter().map(|note| format!("{}: {}", note.place, note.message)).collect();
    for (place, what) in [(notes[0], "note type 5 is missing"), (notes[1], "c1"), (notes[2], "card 701")] {
        assert!(
            said.iter().any(|said| said.starts_with(&format!("note {place}: ")) && said.contains(what)),
            "{what}: {said:?}"
        );
    }
    assert!(said.iter().any(|said| said.contains("2 cards have no note")), "{said:?}");
    assert_eq!(imported.decks.iter().map(|deck| deck.cards.len()).sum::<usize>(), 2, "{said:?}");
}

/// Whatever comes in can be written as a deck and read back.
fn is_sound(name: &str, bytes: &[u8]) {
    let Ok(imported) = import(name, Cursor::new(bytes), &context()) else { return };
    for imported in &imported.decks {
        let (read, problems) = deck::parse("f", &deck::write(imported));
        assert_eq!(problems, [], "{name}");
        assert_eq!(read.cards.len(), imported.cards.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn a_damaged_package_never_panics(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40),
        cut in any::<prop::sample::Index>(),
        whole: bool,
        fixture in 0..3_usize,
    ) {
        let mut bytes = match fixture {
            0 => std::fs::read(data("anki21b.apkg")).expect("a fixture"),
            // The database itself, where every byte counts and no checksum stands before it.
            _ => collection(),
        };
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if !whole {
            bytes.truncate(cut.index(bytes.len()));
        }
        let packed = if fixture == 1 { zipped(&[("collection.anki21", &bytes)]) } else { bytes };
        is_sound("a.apkg", &packed);
    }

    #[test]
    fn any_text_gives_an_error_or_sound_decks(
        name in prop::sample::select(vec!["a.txt", "a.csv", "a.md", "a.json", "a.tsv", "a"]),
        start in prop::sample::select(vec!["", "#separator:tab\n#html:true\n#deck column:2\n", "question,answer\n", "Q: ", "{\"format\":\"sysdrill\",\"version\":1,\"decks\":["]),
        text in "(?s:.{0,200})|([QAC]: |[a-c]{1,3}|\\[|\\]|\n|,|\"|\t|<b>|\\{\\{c1::|\\}\\}|---\n|# |```\n|\\\\){0,60}",
    ) {
        is_sound(name, format!("{start}{text}").as_bytes());
    }

    #[test]
    fn any_bytes_give_an_error_or_sound_decks(name in prop::sample::select(vec!["a.txt", "a.csv", "a.apkg"]), bytes: Vec<u8>) {
        is_sound(name, &bytes);
    }
}
