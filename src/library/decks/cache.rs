//! What is known of the learner's long decks, kept in a file beside the database: their heads, for as long as their files
//! are as long and as old as when they were read.
//!
//! A line for each file and each card, fields parted by tabs. A start reads the lines of the files; those of the cards
//! wait until a deck's cards are wanted. What cannot be read is no cache; what cannot be written
//! is none either, and nobody needs to know.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};

use super::{Deck, Entry, LONG, Source};
use crate::deck::{CardId, Head, KINDS, Weight};

/// The first line. A program that reads decks in another way has another version.
const TITLE: &str = concat!("sysdrill decks 2 ", env!("CARGO_PKG_VERSION"));

/// A file that was changed less than this before it was remembered, in nanoseconds, may have changed again within the
/// same tick of the file system's clock. It is read once more.
const SETTLED: i64 = 2_000_000_000;

/// The long decks that are known.
#[derive(Debug, Default)]
pub(in crate::library) struct Cache {
    /// Where it is kept.
    file: Option<PathBuf>,
    /// What it says.
    text: Arc<str>,
    /// What was read, by path.
    known: HashMap<String, Part>,
    /// When that was written.
    written: i64,
    /// Whether it is to be written again though it says the same.
    renew: bool,
    /// What is to be kept: by path the part of the text, or a new one.
    kept: Vec<Result<Range<usize>, String>>,
}

/// What is known of one deck.
#[derive(Debug)]
struct Part {
    stamp: Stamp,
    /// The line of the file and those of its cards.
    lines: Range<usize>,
}

/// The length and age by which a file is told from what it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    length: u64,
    nanos: i64,
}

/// The cards of a deck as they are known, to be read when they are wanted.
#[derive(Clone, Debug)]
pub(super) struct Known {
    text: Arc<str>,
    lines: Range<usize>,
    /// How many they are.
    pub(super) count: usize,
}

impl Cache {
    /// The cache that is kept in a directory.
    pub(in crate::library) fn open(folder: Option<&Path>) -> Cache {
        let file = folder.map(|folder| folder.join("decks"));
        let text = file.as_ref().and_then(|file| fs::read_to_string(file).ok()).unwrap_or_default();
        let mut known = HashMap::new();
        if text.strip_prefix(TITLE).is_some_and(|rest| rest.starts_with('\n')) {
            let mut from = TITLE.len() + 1;
            for part in text[from..].split_inclusive("\n\n") {
                let first = part.lines().next().unwrap_or_default();
                if let Some((path, stamp)) = file_line(first) {
                    let lines = from..from + part.trim_end().len();
                    known.insert(path.to_string(), Part { stamp, lines });
                }
                from += part.len();
            }
        }
        let written = file.as_ref().and_then(|file| stamp_of(file)).map_or(0, |stamp| stamp.nanos);
        Cache { file, text: text.into(), known, written, renew: false, kept: Vec::new() }
    }

    /// The deck in a file, without reading the file, where it is known and has not changed.
    pub(in crate::library) fn find(&mut self, path: &Path, name: &str) -> Option<Deck> {
        let Part { stamp, lines } = self.known.get(path.to_str()?)?;
        if stamp_of(path)? != *stamp {
            return None;
        }
        if stamp.nanos.saturating_add(SETTLED) > self.written {
            self.renew = true;
            return None;
        }
        let first = self.text[lines.clone()].lines().next()?;
        let mut fields = first.split('\t').skip(3);
        let (topic, title) = (fields.next()?.to_string(), fields.next()?.to_string());
        let count = fields.next()?.parse().ok()?;
        let cards = (lines.start + first.len() + 1).min(lines.end)..lines.end;
        let known = Known { text: Arc::clone(&self.text), lines: cards, count };
        self.kept.push(Ok(lines.clone()));
        let source = Source { file: name.to_string(), path: Some(path.to_path_buf()), ..Source::default() };
        Some(Deck {
            topic,
            title,
            file: name.to_string(),
            known: Some(known),
            sources: vec![source],
            ..Deck::default()
        })
    }

    /// Remembers a deck that was read without a problem, where it is a long one.
    pub(in crate::library) fn keep(&mut self, path: &Path, deck: &Deck) {
        let Some(stamp) = stamp_of(path) else { return };
        let whole = deck.sources.len() == 1 && deck.sources[0].text.is_none();
        if let Some(key) = path.to_str().filter(|_| whole && stamp.length >= LONG as u64)
            && let Some(text) = write(key, stamp, deck)
        {
            self.kept.push(Err(text));
        }
    }

    /// Writes what is to be kept, where that is something else than was there.
    pub(in crate::library) fn close(self) {
        let same = !self.renew && self.kept.len() == self.known.len() && self.kept.iter().all(Result::is_ok);
        let Some(file) = self.file.filter(|_| !same) else { return };
        let part = |part: &Result<Range<usize>, String>| match part {
            Ok(lines) => self.text[lines.clone()].to_string(),
            Err(new) => new.trim_end().to_string(),
        };
        let parts: Vec<String> = self.kept.iter().map(part).collect();
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

impl Known {
    /// The entries of a deck; nothing where they cannot be read.
    pub(super) fn entries(&self, topic: &str) -> Option<Vec<Entry>> {
        let shared: Arc<str> = Arc::from(topic);
        let mut entries = Vec::with_capacity(self.count);
        for line in self.text.get(self.lines.clone())?.lines() {
            let mut fields = line.split('\t');
            let name = fields.next()?;
            let mut id = String::with_capacity(topic.len() + 1 + name.len());
            id.push_str(topic);
            id.push('.');
            id.push_str(name);
            let weight = match fields.next()? {
                "core" => Weight::Core,
                "standard" => Weight::Standard,
                "deep" => Weight::Deep,
                _ => return None,
            };
            let kind = fields.next().and_then(|kind| KINDS.into_iter().find(|known| *known == kind))?;
            let mut number = || fields.next()?.parse::<usize>().ok();
            let (line, start, end) = (number()?, number()?, number()?);
            let head =
                Head { id: CardId(id), topic: Arc::clone(&shared), weight, kind, line, bytes: start..end };
            entries.push(Entry { head, source: 0, card: OnceLock::new() });
        }
        (entries.len() == self.count).then_some(entries)
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
    let mut text = format!(
        "{path}\t{}\t{}\t{}\t{}\t{}\n",
        stamp.length,
        stamp.nanos,
        deck.topic,
        deck.title,
        deck.len()
    );
    for Entry { head, .. } in deck.entries() {
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
        assert_eq!(
            (known.title.as_str(), known.len(), known.entries.get().is_some()),
            ("Long", 2_000, false)
        );
        assert!(known.heads().eq(deck.heads()));
        assert_eq!(known.card(1_999), deck.card(1_999));
        // Where its cards cannot be read there, they are read from the file.
        let kept = folder.path().join("cache/decks");
        let cached = fs::read_to_string(&kept).expect("it was written");
        fs::write(&kept, cached.replacen("c77\t", "c77\tx", 1)).expect("written");
        let mut cache = Cache::open(Some(&folder.path().join("cache")));
        let damaged = cache.find(&path, "long.toml").expect("it is known");
        assert!(damaged.heads().eq(deck.heads()));
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
