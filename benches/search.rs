//! A keystroke in the search, over as much content as there is to be: 80 topics of 1,600 words and 1,300 cards.
//!
//! Words come from a vocabulary of 12,000 by Zipf's law, as in natural text, from a fixed seed. Queries of one to
//! three words, some of them misspelt, in quotes or mere initials, are typed key by key; each key is timed with the
//! frame that follows it. Beside it, for scale: a plain `contains` over every unit's text in small letters, without
//! ranking, groups or excerpts. `docs/performance.md` has the figures; run it with `cargo bench --bench search`. Without
//! `--bench` it makes one round and measures nothing.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use sysdrill::app::keymap::KeyMap;
use sysdrill::app::learned::Learned;
use sysdrill::app::{self, Action, Model, Overlay};
use sysdrill::config::key::{Key, KeyCode};
use sysdrill::config::settings::Settings;
use sysdrill::config::theme::Colours;
use sysdrill::library::Library;
use sysdrill::library::search::Index;
use sysdrill::memory::{Rules, Scheduler};
use sysdrill::sim::{Rng, Seed};
use sysdrill::ui;

const TOPICS: usize = 80;
const WORDS: usize = 1_600;
const CARDS: usize = 1_300;
const VOCABULARY: usize = 12_000;
const QUERIES: usize = 300;

fn main() {
    let measured = std::env::args().any(|argument| argument == "--bench");
    let mut chance = Chance(Rng::stream(Seed(7), "search"));
    let words = chance.vocabulary();
    let folder = tempfile::tempdir().expect("a place for files");
    chance.write_library(folder.path(), &words);
    let library = Arc::new(Library::load(&[folder.path().to_path_buf()]));
    assert!(library.problems.is_empty(), "{:?}", library.problems.first());
    let started = Instant::now();
    let index = Arc::new(Index::of_everything(&library));
    let built = started.elapsed();
    let started = Instant::now();
    let _names = Index::of_names(&library);
    let names = started.elapsed();
    let lines = naive_lines(&library);
    let bytes: usize = lines.iter().map(String::len).sum();
    println!("{} pages, {} cards, {bytes} bytes of text", library.written().count(), library.cards().count());
    println!("index of everything {built:.1?}, of names {names:.1?}");
    let queries: Vec<String> =
        (0..if measured { QUERIES } else { 2 }).map(|_| chance.query(&words)).collect();
    for size in [(80, 24), (120, 40), (200, 60)] {
        let times = keystrokes(&library, &index, &queries, size);
        println!("key and frame at {}x{}: {}", size.0, size.1, percentiles(times));
    }
    let searched = typed(&queries, |query| index.search(query, |groups| vec![20; groups.len()]).groups.len());
    println!("search alone, 20 hits a group: {}", percentiles(searched));
    let scanned = typed(&queries, |query| {
        let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
        lines.iter().filter(|line| words.iter().all(|word| line.contains(word.as_str()))).count()
    });
    println!("naive scan of all text: {}", percentiles(scanned));
}

/// Types all queries, each into an empty search, and times every key together with the frame after it.
fn keystrokes(
    library: &Arc<Library>,
    index: &Arc<Index>,
    queries: &[String],
    size: (u16, u16),
) -> Vec<Duration> {
    let scheduler = Scheduler::new(Rules::default()).expect("the default rules can be followed");
    let now = "2026-11-21T12:00:00Z".parse().expect("a time");
    let keys = KeyMap::new(&[], "").0;
    let mut model =
        Model::new(Settings::default(), keys, Arc::clone(library), Learned::default(), scheduler, now);
    let act = |model: &mut Model, action| drop(app::update(model, action, &|| true));
    act(&mut model, Action::Resize(size.0, size.1));
    let mut buffer = Buffer::empty(Rect::new(0, 0, size.0, size.1));
    let mut times = Vec::new();
    for query in queries {
        act(&mut model, Action::Key(Key::char('/')));
        act(&mut model, Action::Indexed(Arc::clone(index)));
        for c in query.chars() {
            let started = Instant::now();
            act(&mut model, Action::Key(Key::char(c)));
            buffer.reset();
            ui::draw(&model, Colours::True, &mut buffer);
            times.push(started.elapsed());
        }
        assert!(matches!(&model.overlay, Some(Overlay::Search(search)) if search.field.text() == query));
        act(&mut model, Action::Key(Key::plain(KeyCode::Esc)));
    }
    times
}

/// Times something for every beginning of every query.
fn typed(queries: &[String], mut f: impl FnMut(&str) -> usize) -> Vec<Duration> {
    let mut times = Vec::new();
    for query in queries {
        for (end, c) in query.char_indices() {
            let started = Instant::now();
            std::hint::black_box(f(std::hint::black_box(&query[..end + c.len_utf8()])));
            times.push(started.elapsed());
        }
    }
    times
}

fn percentiles(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    format!(
        "p50 {:.2} ms, p90 {:.2}, p99 {:.2}, most {:.2} ({} keys)",
        at(0.5),
        at(0.9),
        at(0.99),
        at(1.0),
        times.len()
    )
}

/// Every line of every page and card, in small letters.
fn naive_lines(library: &Library) -> Vec<String> {
    let pages = library.written().filter_map(|topic| topic.page.as_ref());
    let lines = pages.flat_map(|page| page.body.lines()).map(str::to_lowercase);
    let cards =
        library.cards().map(|card| format!("{} {:?} {}", card.question, card.kind, card.why).to_lowercase());
    lines.chain(cards).filter(|line| !line.trim().is_empty()).collect()
}

struct Chance(Rng);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.0.below(n as u64)).unwrap_or(0)
    }

    /// Words of one to four syllables, all different, short ones first: the commonest words are short.
    fn vocabulary(&mut self) -> Vec<String> {
        const STARTS: [&str; 16] =
            ["b", "c", "d", "f", "g", "h", "l", "m", "n", "p", "r", "s", "t", "st", "tr", "qu"];
        const ENDS: [&str; 12] = ["a", "e", "i", "o", "u", "er", "in", "on", "at", "es", "ing", "ed"];
        let mut words = std::collections::BTreeSet::new();
        while words.len() < VOCABULARY {
            let syllables = 1 + self.below(2) + self.below(3);
            let word: String = (0..syllables)
                .map(|_| format!("{}{}", STARTS[self.below(16)], ENDS[self.below(12)]))
                .collect();
            words.insert((word.len(), word));
        }
        words.into_iter().map(|(_, word)| word).collect()
    }

    /// A word by Zipf's law with exponent 1: the rank is the exponential of a uniform number.
    fn word<'w>(&mut self, words: &'w [String]) -> &'w str {
        let rank = libm::exp(self.0.unit() * libm::log(words.len() as f64));
        &words[(rank as usize - 1).min(words.len() - 1)]
    }

    fn words(&mut self, count: usize, words: &[String]) -> String {
        (0..count).map(|_| self.word(words)).collect::<Vec<_>>().join(" ")
    }

    fn write_library(&mut self, folder: &Path, words: &[String]) {
        let write = |name: String, text: &str| {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        };
        for topic in 0..TOPICS {
            let title = self.words(2, words);
            let mut page =
                format!("+++\ntitle = \"{title}\"\nsummary = \"{}\"\n+++\n", self.words(15, words));
            let mut written = 0;
            while written < WORDS {
                let heading = self.words(3, words);
                let _ = writeln!(page, "\n## {heading}\n");
                for _ in 0..3 {
                    let _ = writeln!(page, "{}.\n", self.words(40, words));
                }
                for _ in 0..4 {
                    let _ = writeln!(page, "- {}", self.words(9, words));
                }
                let _ = writeln!(page, "\n| a | b |\n|--|--|");
                for _ in 0..4 {
                    let _ = writeln!(page, "| {} | {} |", self.words(3, words), self.words(4, words));
                }
                written += 3 + 120 + 36 + 28;
            }
            write(format!("topics/made/topic-{topic}.md"), &page);
            let mut deck = format!("topic = \"topic-{topic}\"\ntitle = \"{title}\"\n");
            for card in 0..CARDS.div_ceil(TOPICS) {
                let (question, why) = (self.words(18, words), self.words(25, words));
                let _ = writeln!(
                    deck,
                    "[[card]]\nid = \"c{card}\"\nkind = \"choice\"\nquestion = \"{question}?\"\nwhy = \"{why}\""
                );
                let _ = writeln!(deck, "options = [{{ text = \"{}\", right = true }}", self.words(6, words));
                for _ in 0..3 {
                    let _ = writeln!(
                        deck,
                        ", {{ text = \"{}\", why = \"{}\" }}",
                        self.words(6, words),
                        self.words(9, words)
                    );
                }
                deck.push_str("]\n");
            }
            write(format!("decks/made/topic-{topic}.toml"), &deck);
        }
    }

    /// What somebody types.
    fn query(&mut self, words: &[String]) -> String {
        let count = 1 + self.below(3);
        let query = self.words(count, words);
        match self.below(10) {
            // A word that is nowhere, or nearly somewhere.
            0 => query.chars().rev().collect(),
            1 => format!("\"{query}\""),
            2 => query.split(' ').filter_map(|word| word.chars().next()).chain(['s']).collect(),
            _ => query,
        }
    }
}
