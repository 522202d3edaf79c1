//! The decks of the library: heads of cards at once, each card when it is wanted.
//!
//! The heads of the program's own cards are made by the build. A deck of the learner is read whole once; what is known
//! of a long one is kept (`decks/cache.rs`) until its file changes. So a start costs the same with a hundred cards and
//! with a hundred thousand.
//!
//! Several files may hold cards of one topic: the learner's are laid over the program's by id, and new ones come behind.

mod cache;

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File as DiskFile;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::config::problem::Problem;
use crate::deck::{self, Card, CardId, Head, KINDS, Weight};

use super::decisions::TreeFile;
use super::files::File;
pub(super) use cache::Cache;
use cache::Known;

/// A deck that is part of the program, as the build knows it.
struct Built {
    file: &'static str,
    topic: &'static str,
    title: &'static str,
    cards: &'static [(&'static str, Weight, &'static str, usize, usize, usize)],
}

/// The decks of the program, by file.
static BUILT: &[Built] = include!(concat!(env!("OUT_DIR"), "/decks.rs"));

/// From how many bytes on a file is not kept in memory, and what is known of it is: some ten cards. To read what is known
/// costs a third of a microsecond a card, to read the cards fifteen.
const LONG: usize = 4 << 10;

/// The cards of one topic, from one file or several.
#[derive(Debug, Default)]
pub struct Deck {
    /// The topic, by slug.
    pub topic: String,
    /// Its title in lists.
    pub title: String,
    /// The first file that it came from, as the learner would name it.
    pub file: String,
    entries: OnceLock<Vec<Entry>>,
    /// Where the entries are read from when they are wanted first, and how many they are.
    known: Option<Known>,
    sources: Vec<Source>,
    places: OnceLock<HashMap<String, usize>>,
}

#[derive(Debug)]
struct Entry {
    head: Head,
    source: usize,
    card: OnceLock<Option<Box<Card>>>,
}

/// Where the cards of a deck stand.
#[derive(Clone, Debug, Default)]
struct Source {
    /// The file, as the learner would name it.
    file: String,
    /// Where it lies on disk, where it is not part of the program.
    path: Option<PathBuf>,
    /// Its text; nothing where it is read piece by piece.
    text: Option<Cow<'static, str>>,
    /// The tree whose scenarios they are, and whether their topic has a page.
    tree: Option<(Arc<TreeFile>, bool)>,
}

impl Deck {
    /// A deck of the program, if the build knows the file.
    pub(super) fn built(file: &File) -> Option<Deck> {
        let built = BUILT.iter().find(|built| built.file == file.name)?;
        let topic: Arc<str> = Arc::from(built.topic);
        let head = |&(id, weight, kind, line, start, end): &(_, _, _, _, _, _)| Head {
            id: CardId(format!("{topic}.{id}")),
            topic: Arc::clone(&topic),
            weight,
            kind: KINDS.into_iter().find(|known| *known == kind).unwrap_or(KINDS[0]),
            line,
            bytes: start..end,
        };
        let heads = built.cards.iter().map(head).collect();
        let source = Source { file: file.name.clone(), text: Some(file.text.clone()), ..Source::default() };
        Some(Deck::of(built.topic.to_string(), built.title.to_string(), heads, source))
    }

    /// A deck that was read whole from a file, and what is wrong with it. The good cards can be used all the same.
    pub(super) fn read(file: &File) -> (Deck, Vec<Problem>) {
        let (deck, problems) = deck::parse(&file.name, &file.text);
        let heads = deck::heads(&deck, &file.text);
        let path = file.path.clone();
        // A file whose bytes are its text can be read piece by piece.
        let long =
            file.text.len() >= LONG && path.as_ref().is_some_and(|path| is_as_long(path, file.text.len()));
        let text = (!long).then(|| file.text.clone());
        let source = Source { file: file.name.clone(), path, text, tree: None };
        let made = Deck::of(deck.topic, deck.title, heads, source);
        for (entry, card) in made.entries().iter().zip(deck.cards) {
            if entry.head.bytes.is_empty() {
                let _ = entry.card.set(Some(Box::new(card)));
            }
        }
        (made, problems)
    }

    fn of(topic: String, title: String, heads: Vec<Head>, source: Source) -> Deck {
        let entry = |head| Entry { head, source: 0, card: OnceLock::new() };
        Deck {
            topic,
            title,
            file: source.file.clone(),
            entries: OnceLock::from(heads.into_iter().map(entry).collect::<Vec<Entry>>()),
            known: None,
            sources: vec![source],
            places: OnceLock::new(),
        }
    }

    /// A deck without cards, for cards that are made from something else.
    pub(super) fn empty(topic: &str, title: &str, file: &str) -> Deck {
        Deck { topic: topic.to_string(), title: title.to_string(), file: file.to_string(), ..Deck::default() }
    }

    /// Adds the card of a scenario, which its tree makes when it is wanted.
    pub(super) fn push_scenario(&mut self, id: String, line: usize, tree: &Arc<TreeFile>, has_page: bool) {
        let known = |source: &Source| source.tree.as_ref().is_some_and(|(known, _)| Arc::ptr_eq(known, tree));
        let source = self.sources.iter().position(known).unwrap_or_else(|| {
            self.sources.push(Source {
                file: tree.file.name.clone(),
                path: tree.file.path.clone(),
                tree: Some((Arc::clone(tree), has_page)),
                ..Source::default()
            });
            self.sources.len() - 1
        });
        let topic: Arc<str> = Arc::from(self.topic.as_str());
        let head =
            Head { id: CardId(id), topic, weight: Weight::Standard, kind: "choice", line, bytes: 0..0 };
        let mut entries = self.take_entries();
        entries.push(Entry { head, source, card: OnceLock::new() });
        self.entries = OnceLock::from(entries);
        self.places = OnceLock::new();
    }

    fn entries(&self) -> &[Entry] {
        self.entries.get_or_init(|| self.known_entries())
    }

    /// The entries, to be changed and put back.
    fn take_entries(&mut self) -> Vec<Entry> {
        self.entries();
        self.known = None;
        self.entries.take().unwrap_or_default()
    }

    /// What the cache says. Where that is damaged, what the file says.
    fn known_entries(&self) -> Vec<Entry> {
        let (Some(known), Some(source)) = (&self.known, self.sources.first()) else { return Vec::new() };
        known.entries(&self.topic).unwrap_or_else(|| {
            let read = source.path.as_ref().and_then(|path| super::files::read_deck(path, &mut Vec::new()));
            read.map_or_else(Vec::new, |file| Deck::read(&file).0.take_entries())
        })
    }

    /// Lays another file's cards of the same topic over these: a card with the same id takes its place, others come
    /// behind. A title that is no more than the slug gives way.
    pub(super) fn lay_over(&mut self, mut over: Deck) {
        let laid = over.take_entries();
        if over.title != over.topic {
            self.title = over.title;
        }
        let first = self.sources.len();
        self.sources.append(&mut over.sources);
        let places: Vec<Option<usize>> = laid.iter().map(|entry| self.place_of(&entry.head.id.0)).collect();
        let mut entries = self.take_entries();
        for (mut entry, place) in laid.into_iter().zip(places) {
            entry.source += first;
            match place {
                Some(place) => entries[place] = entry,
                None => entries.push(entry),
            }
        }
        self.entries = OnceLock::from(entries);
        self.places = OnceLock::new();
    }

    /// How many cards it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.known.as_ref().map_or_else(|| self.entries().len(), |known| known.count)
    }

    /// Whether it has no cards.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What is known of its cards without reading them, in the order of learning.
    pub fn heads(&self) -> impl ExactSizeIterator<Item = &Head> {
        self.entries().iter().map(|entry| &entry.head)
    }

    /// The heads of cards that trees deal, and maybe others beside them.
    pub(super) fn dealt(&self) -> impl Iterator<Item = &Head> {
        let from_tree = self.sources.iter().any(|source| source.tree.is_some());
        if from_tree { self.entries() } else { &[] }.iter().map(|entry| &entry.head)
    }

    /// Its cards in the order of learning. Those that were not wanted before are read now, some 10 µs each.
    pub fn cards(&self) -> impl Iterator<Item = &Card> {
        (0..self.entries().len()).filter_map(|place| self.card(place))
    }

    /// The card at a place. It is read when it is wanted first; nothing where its file has changed or gone since.
    #[must_use]
    pub fn card(&self, place: usize) -> Option<&Card> {
        let entry = self.entries().get(place)?;
        entry.card.get_or_init(|| self.read_card(entry).map(Box::new)).as_deref()
    }

    fn read_card(&self, entry: &Entry) -> Option<Card> {
        let source = self.sources.get(entry.source)?;
        if let Some((tree, has_page)) = &source.tree {
            let scenario = entry.head.id.0.split_once('.').map_or("", |(_, scenario)| scenario);
            return tree.card(scenario, &self.topic, *has_page);
        }
        let piece = source.piece(&entry.head.bytes)?;
        let (card, _) = deck::parse_card(&source.file, &piece, entry.head.line, &self.topic);
        // Another card may stand there now: the file was changed, and the library will soon be read again.
        card.filter(|card| card.id == entry.head.id)
    }

    /// The place of a card in the deck. The first question of a long deck takes a millisecond for 10,000 cards.
    #[must_use]
    pub fn place_of(&self, id: &str) -> Option<usize> {
        if self.entries().len() < 64 {
            return self.entries().iter().position(|entry| entry.head.id.0 == id);
        }
        let place = |(place, entry): (usize, &Entry)| (entry.head.id.0.clone(), place);
        self.places.get_or_init(|| self.entries().iter().enumerate().map(place).collect()).get(id).copied()
    }

    /// The file in which the card at a place stands, as the learner would name it, and where it lies on disk, if it is
    /// not part of the program.
    #[must_use]
    pub fn file_of(&self, place: usize) -> Option<(&str, Option<&Path>)> {
        let source = self.sources.get(self.entries().get(place)?.source)?;
        Some((source.file.as_str(), source.path.as_deref()))
    }
}

impl Source {
    fn piece(&self, bytes: &Range<usize>) -> Option<Cow<'_, str>> {
        if let Some(text) = &self.text {
            return text.get(bytes.clone()).map(Cow::Borrowed);
        }
        let mut file = DiskFile::open(self.path.as_ref()?).ok()?;
        file.seek(SeekFrom::Start(bytes.start as u64)).ok()?;
        let mut piece = vec![0; bytes.len()];
        file.read_exact(&mut piece).ok()?;
        String::from_utf8(piece).ok().map(Cow::Owned)
    }
}

fn is_as_long(path: &Path, length: usize) -> bool {
    std::fs::metadata(path).is_ok_and(|metadata| metadata.len() == length as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::Library;

    #[test]
    fn the_build_knows_what_the_decks_say() {
        let library = Library::load(&[]);
        let mut seen = 0;
        for built in BUILT {
            let text = crate::library::ours(built.file).expect("the deck is embedded");
            let (deck, problems) = deck::parse(built.file, text);
            assert_eq!(
                (problems, deck.topic.as_str(), deck.title.as_str()),
                (Vec::new(), built.topic, built.title)
            );
            let heads = deck::heads(&deck, text);
            assert_eq!(heads.len(), built.cards.len(), "{}", built.file);
            let of_library = library.deck(built.topic).expect("every deck is there");
            for (head, card) in heads.iter().zip(&deck.cards) {
                let place = of_library.place_of(&head.id.0).expect("every card is there");
                assert_eq!(of_library.heads().nth(place), Some(head));
                assert_eq!(of_library.card(place), Some(card));
                seen += 1;
            }
        }
        assert!(seen > 100);
    }

    fn file(name: &str, text: &str) -> File {
        File { name: name.to_string(), text: Cow::Owned(text.to_string()), path: None }
    }

    fn basic(id: &str, question: &str) -> String {
        format!("[[card]]\nid = \"{id}\"\nkind = \"basic\"\nquestion = \"{question}\"\nanswer = \"a\"\n")
    }

    #[test]
    fn own_cards_are_laid_over_by_id_and_come_behind() {
        let ours = format!("topic = \"t\"\ntitle = \"T\"\n{}{}", basic("a", "one"), basic("b", "two"));
        let own = format!("topic = \"t\"\n{}{}", basic("b", "mine"), basic("c", "new"));
        let (mut deck, _) = Deck::read(&file("ours.toml", &ours));
        deck.lay_over(Deck::read(&file("own.toml", &own)).0);
        let said: Vec<&str> = deck.cards().map(|card| card.question.as_str()).collect();
        assert_eq!((said, deck.title.as_str(), deck.len()), (vec!["one", "mine", "new"], "T", 3));
        let files: Vec<_> = (0..3).filter_map(|place| deck.file_of(place)).map(|(file, _)| file).collect();
        assert_eq!(files, ["ours.toml", "own.toml", "own.toml"]);
    }

    #[test]
    fn a_long_deck_is_read_piece_by_piece() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("long.toml");
        let cards: String = (0..2_000).map(|n| basic(&format!("c{n}"), &format!("question {n} ä"))).collect();
        let text = format!("topic = \"long\"\n{cards}");
        std::fs::write(&path, &text).expect("written");
        let file = File { path: Some(path.clone()), ..file("long.toml", &text) };
        let (deck, problems) = Deck::read(&file);
        assert_eq!((problems.len(), deck.len()), (0, 2_000));
        assert!(deck.sources[0].text.is_none(), "its text is not kept");
        let place = deck.place_of("long.c1234").expect("it is there");
        assert_eq!(deck.card(place).map(|card| card.question.as_str()), Some("question 1234 ä"));
        // Another text under the same heads: no wrong card is shown.
        std::fs::write(&path, text.replace("c77\"", "d77\"")).expect("written");
        assert_eq!(deck.card(77), None);
        assert_eq!(deck.cards().count(), 2_000 - 1);
    }
}
