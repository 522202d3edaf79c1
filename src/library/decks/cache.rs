//! What is known of the learner's long decks, kept in a file beside the database: their heads, for as long as their files
//! are as long and as old as when they were read.
//!
//! A line for each file and each card, fields parted by tabs. What cannot be read is no cache; what cannot be written
//! is none either, and nobody needs to know.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};

use super::{Deck, Entry, LONG, Source};
use crate::deck::{CardId, Head, KINDS, Weight};

/// The first line. A program that reads decks in another way has another version.
const TITLE: &str = concat!("sysdrill decks 1 ", env!("CARGO_PKG_VERSION"));

/// A file that was changed less than this before it was remembered, in nanoseconds, may have changed again within the
/// same tick of the file system's clock. It is read once more.
const SETTLED: i64 = 2_000_000_000;

/// The long decks that are known.
#[derive(Debug, Default)]
pub(in crate::library) struct Cache {
    /// Where it is kept.
    file: Option<PathBuf>,
    /// What was read, by path and stamp; the text of one deck.
    known: BTreeMap<String, (Stamp, String)>,
    /// When that was written.
    written: i64,
    /// Whether it is to be written again though it says the same.
    renew: bool,
    /// What is to be kept.
    kept: BTreeMap<String, (Stamp, String)>,
}

/// The length and age by which a file is told from what it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    length: u64,
    nanos: i64,
}

impl Cache {
    /// The cache that is kept in a directory.
    pub(in crate::library) fn open(folder: Option<&Path>) -> Cache {
        let file = folder.map(|folder| folder.join("decks"));
        let text = file.as_ref().and_then(|file| fs::read_to_string(file).ok()).unwrap_or_default();
        let mut known = BTreeMap::new();
        if let Some(rest) = text.strip_prefix(TITLE).and_then(|rest| rest.strip_prefix('\n')) {
            for part in rest.split("\n\n").filter(|part| !part.is_empty()) {
                let (head, cards) = part.split_once('\n').unwrap_or((part, ""));
                if let Some((path, stamp)) = file_line(head) {
                    known.insert(path.to_string(), (stamp, format!("{head}\n{cards}")));
                }
            }
        }
        let written = file.as_ref().and_then(|file| stamp_of(file)).map_or(0, |stamp| stamp.nanos);
        Cache { file, known, written, renew: false, kept: BTreeMap::new() }
    }

    /// The deck in a file, without reading the file, where it is known and has not changed.
    pub(in crate::library) fn find(&mut self, path: &Path, name: &str) -> Option<Deck> {
        let key = path.to_str()?;
        let (stamp, text) = self.known.get(key)?;
        if stamp_of(path)? != *stamp {
            return None;
        }
        if stamp.nanos.saturating_add(SETTLED) > self.written {
            self.renew = true;
            return None;
        }
        let deck = read(text, path, name)?;
        self.kept.insert(key.to_string(), (*stamp, text.clone()));
        Some(deck)
    }

    /// Remembers a deck that was read without a problem, where it is a long one.
    pub(in crate::library) fn keep(&mut self, path: &Path, deck: &Deck) {
        let Some(stamp) = stamp_of(path) else { return };
        let whole = deck.sources.len() == 1 && deck.sources[0].text.is_none();
        if let Some(key) = path.to_str().filter(|_| whole && stamp.length >= LONG as u64)
            && let Some(text) = write(key, stamp, deck)
        {
            self.kept.insert(key.to_string(), (stamp, text));
        }
    }

    /// Writes what is to be kept, where that is something else than was there.
    pub(in crate::library) fn close(self) {
        let Some(file) = self.file.filter(|_| self.renew || self.kept != self.known) else { return };
        let parts: Vec<&str> = self.kept.values().map(|(_, text)| text.trim_end()).collect();
        let text = format!("{TITLE}\n{}\n", parts.join("\n\n"));
        let Some(folder) = file.parent() else { return };
        let new = file.with_extension(format!("{}.new", std::process::id()));
        // Without it the next start reads the decks again.
        let written = fs::create_dir_all(folder)
            .and_then(|()| fs::write(&new, text))
            .and_then(|()| fs::rename(&new, &file));
        if written.is_err() {
            let _ = fs::remove_file(&new);
        }
    }
}

fn stamp_of(path: &Path) -> Option<Stamp> {
    let metadata = fs::metadata(path).ok()?;
    let nanos = DateTime::<Utc>::from(metadata.modified().ok()?).timestamp_nanos_opt()?;
    Some(Stamp { length: metadata.len(), nanos })
}

fn write(path: &str, stamp: Stamp, deck: &Deck) -> Option<String> {
    let texts = [path, &deck.topic, &deck.title];
    if texts.iter().any(|text| text.contains(['\t', '\n', '\r'])) {
        return None;
    }
    let mut text = format!("{path}\t{}\t{}\t{}\t{}\n", stamp.length, stamp.nanos, deck.topic, deck.title);
    for Entry { head, .. } in &deck.entries {
        let name = head.id.0.strip_prefix(deck.topic.as_str())?.strip_prefix('.')?;
        if head.bytes.is_empty() {
            return None;
        }
        let (line, start, end) = (head.line, head.bytes.start, head.bytes.end);
        let _ = writeln!(text, "{name}\t{}\t{}\t{line}\t{start}\t{end}", head.weight.name(), head.kind);
    }
    Some(text)
}

fn file_line(line: &str) -> Option<(&str, Stamp)> {
    let mut fields = line.split('\t');
    let path = fields.next()?;
    let stamp = Stamp { length: fields.next()?.parse().ok()?, nanos: fields.next()?.parse().ok()? };
    Some((path, stamp))
}

fn read(text: &str, path: &Path, name: &str) -> Option<Deck> {
    let mut lines = text.lines();
    let mut first = lines.next()?.split('\t').skip(3);
    let (topic, title) = (first.next()?.to_string(), first.next()?.to_string());
    let shared: Arc<str> = Arc::from(topic.as_str());
    let mut entries = Vec::new();
    for line in lines {
        let mut fields = line.split('\t');
        let id = CardId(format!("{topic}.{}", fields.next()?));
        let weight = match fields.next()? {
            "core" => Weight::Core,
            "standard" => Weight::Standard,
            "deep" => Weight::Deep,
            _ => return None,
        };
        let kind = fields.next().and_then(|kind| KINDS.into_iter().find(|known| *known == kind))?;
        let mut number = || fields.next()?.parse::<usize>().ok();
        let (line, start, end) = (number()?, number()?, number()?);
        let head = Head { id, topic: Arc::clone(&shared), weight, kind, line, bytes: start..end };
        entries.push(Entry { head, source: 0, card: OnceLock::new() });
    }
    let source = Source { file: name.to_string(), path: Some(path.to_path_buf()), ..Source::default() };
    Some(Deck {
        topic,
        title,
        file: name.to_string(),
        entries,
        sources: vec![source],
        places: OnceLock::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::files::File;

    #[test]
    fn a_deck_is_known_until_its_file_changes() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("long.toml");
        let card = |n: usize| {
            format!(
                "[[card]]\nid = \"c{n}\"\nkind = \"basic\"\nweight = \"core\"\nquestion = \"{n}\"\nanswer = \"a\"\n"
            )
        };
        let text =
            format!("topic = \"long\"\ntitle = \"Long\"\n{}", (0..2_000).map(card).collect::<String>());
        fs::write(&path, &text).expect("written");
        let aged = |path: &Path| {
            let hour_ago = "2026-11-21T12:00:00Z".parse::<DateTime<Utc>>().expect("a time in a test");
            let file = fs::File::options().write(true).open(path).expect("it is there");
            file.set_modified(hour_ago.into()).expect("the time can be set");
        };
        aged(&path);
        let file = File { name: "long.toml".into(), text: text.clone().into(), path: Some(path.clone()) };
        let (deck, _) = Deck::read(&file);
        let mut cache = Cache::open(Some(&folder.path().join("cache")));
        assert!(cache.find(&path, "long.toml").is_none());
        cache.keep(&path, &deck);
        cache.close();
        let mut cache = Cache::open(Some(&folder.path().join("cache")));
        let known = cache.find(&path, "long.toml").expect("it is known");
        assert!(known.heads().eq(deck.heads()) && known.title == "Long");
        assert_eq!(known.card(1_999), deck.card(1_999));
        // Longer, or of another age: not known any more.
        fs::write(&path, format!("{text}\n")).expect("written");
        aged(&path);
        assert!(cache.find(&path, "long.toml").is_none());
        fs::write(&path, &text).expect("written");
        assert!(cache.find(&path, "long.toml").is_none());
        // One that was written just before it was remembered is read once more, and known from then on.
        for (known, round) in [(false, 1), (false, 2), (true, 3)] {
            let mut cache = Cache::open(Some(&folder.path().join("cache")));
            assert_eq!(cache.find(&path, "long.toml").is_some(), known, "{round}");
            if !known {
                cache.keep(&path, &Deck::read(&file).0);
                cache.close();
            }
            if round == 2 {
                aged(&path);
                let mut cache = Cache::open(Some(&folder.path().join("cache")));
                cache.keep(&path, &Deck::read(&file).0);
                cache.close();
            }
        }
        // What is no cache is none.
        for damaged in [
            "",
            "sysdrill decks 0\n",
            &format!("{TITLE}\nx\ty\n"),
            &format!("{TITLE}\n{}\t1\t2\tt\tT\nbad", path.display()),
        ] {
            fs::write(folder.path().join("cache/decks"), damaged).expect("written");
            assert!(Cache::open(Some(&folder.path().join("cache"))).find(&path, "x").is_none(), "{damaged}");
        }
    }
}
