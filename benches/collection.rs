//! A large collection: 100,000 cards and 1,000,000 reviews. What it costs to open it and have its queue, to answer and
//! go on, to send all of it to another machine and to take it over there.
//!
//! ```text
//! cargo bench --bench collection                      the table
//! cargo bench --bench collection -- --cards 10000     smaller
//! cargo bench --bench collection -- --keep DIR        leaves the database in DIR: for benches/peers/large_collection.py; where
//!                                                     one is there already it is taken
//! ```
//!
//! Each round opens the file anew in a connection of its own, with the system's page cache warm, as on the second
//! start of a day. Answers wait for the disk, as they do in use. `docs/performance.md` has the figures.

#[path = "../tests/support/collection.rs"]
mod collection;
mod shared;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use shared::{act, key, press};
use sysdrill::app::keymap::KeyMap;
use sysdrill::app::learned::Learned;
use sysdrill::app::{self, Action, Effect, Model, Start};
use sysdrill::config::settings::Settings;
use sysdrill::config::theme::Colours;
use sysdrill::library::Library;
use sysdrill::memory::{self, CardState, EventId, Grade, Review, ReviewKind, Scheduler, StudyDay};
use sysdrill::store::Store;
use sysdrill::ui;

const ROUNDS: usize = 15;
const ANSWERS: usize = 1_000;
/// Answers to a card of the collection.
const EACH: u32 = 10;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let value = |name: &str| {
        arguments.iter().position(|argument| argument == name).and_then(|at| arguments.get(at + 1)).cloned()
    };
    let cards = value("--cards").and_then(|text| text.parse().ok()).unwrap_or(100_000);
    let place = tempfile::tempdir().expect("the system has a directory for temporary files");
    let root = value("--keep").map_or_else(|| place.path().to_path_buf(), PathBuf::from);
    std::fs::create_dir_all(&root).expect("it can be made");
    let data = root.join("data");

    if data.join("sysdrill.db").exists() {
        println!("the collection of {} as it is", data.display());
    } else {
        make(&data, cards);
    }
    opening(&data);
    using(&data, cards);
    answering(&data);
    merging(&root, &data);
}

fn make(data: &Path, cards: u32) {
    let reviews = collection::reviews(cards, EACH, 20_261_121);
    {
        let mut store = Store::open(data).expect("a store can be made there");
        once("import, with all states derived", || store.import(&reviews).expect("it can be written"));
        // As the first start after it does, beside the loop.
        once("sums settled", || store.settle_if_behind().expect("it can be written"));
    }
    println!("{cards} cards, {} reviews, {} MB", reviews.len(), megabytes(&data.join("sysdrill.db")));
}

fn opening(data: &Path) {
    let now = collection::now();
    let today = now.study_day();
    rounds("open, and the queue of what is due", || {
        let store = Store::open(data).expect("it opens");
        let due = store.due(today).expect("it can be read");
        let states: Vec<CardState> = due.iter().map(|(_, standing)| standing.state).collect();
        memory::queue(&states, now, 0, 7).len()
    });
    let store = Store::open(data).expect("it opens");
    rounds("what is due in the next 30 days", || store.load(today, 30).expect("it can be read").len());
    rounds("topics that were begun", || store.topics().expect("it can be read").len());
    rounds("one topic", || store.of_topic("topic-0042").expect("it can be read").len());
    rounds("where every card stands", || store.states().expect("it can be read").len());
    rounds("counts of the last 30 days", || store.days_since(today - 30).expect("it can be read").len());
    rounds("counts of all days", || store.days_since(StudyDay(i32::MIN)).expect("it can be read").len());
}

/// The application over the collection: its start, its screens, a session.
fn using(data: &Path, cards: u32) {
    let now = collection::now();
    collection::decks(data, cards);
    once("own decks read for the first time", || {
        Library::load_in(data, &[data.to_path_buf()]).heads().count()
    });
    let mut libraries = Vec::new();
    rounds("own decks read again, and what is known of each card", || {
        libraries.push(Library::load_in(data, &[data.to_path_buf()]));
        libraries.last().map_or(0, |read| read.heads().count())
    });
    let library = Arc::new(libraries.pop().expect("it was read"));
    drop(libraries);
    let store = Store::open(data).expect("it opens");
    rounds("a glance at what is known of the learner", || {
        let mut learned = Learned::glance(&store, now).expect("it can be read");
        learned.look_at(&store, library.owners(), now.study_day()).expect("it can be read");
        learned.states.len()
    });
    rounds("what is known of the learner", || {
        Learned::read(&store, now).expect("it can be read").states.len()
    });
    let model = || {
        let (keys, _) = KeyMap::new(&[], "");
        let learned = Learned::read(&store, now).expect("it can be read");
        let mut model =
            Model::new(Settings::default(), keys, Arc::clone(&library), learned, Scheduler::default(), now);
        act(&mut model, Action::Resize(120, 40));
        model
    };
    let mut glances: Vec<Model> = (0..ROUNDS)
        .map(|_| {
            let mut learned = Learned::glance(&store, now).expect("it can be read");
            learned.look_at(&store, library.owners(), now.study_day()).expect("it can be read");
            let mut model = model();
            act(&mut model, Action::Learned(Box::new(learned)));
            model
        })
        .collect();
    rounds("Today, its first frame", || {
        let mut model = glances.pop().expect("one a round");
        app::start(&mut model, Start::Today);
        draw(&model)
    });
    let mut model = model();
    app::start(&mut model, Start::Today);
    rounds("Today, another frame", || draw(&model));
    rounds("Today, a key and its frame", || {
        press(&mut model, "j");
        draw(&model)
    });
    let mut taken = Vec::new();
    press(&mut model, "alt-4");
    rounds("the decks, a key and its frame", || {
        press(&mut model, "j");
        draw(&model)
    });
    press(&mut model, "g g");
    rounds("a session of all that is due begins", || {
        model.drill.session = None;
        press(&mut model, "enter");
        draw(&model)
    });
    for _ in 0..ANSWERS {
        press(&mut model, "space");
        draw(&model);
        let start = Instant::now();
        for effect in act(&mut model, Action::Key(key("3"))) {
            if let Effect::Save(review) = effect {
                model.learned.answered(&review, review.after);
            }
        }
        draw(&model);
        taken.push(start.elapsed());
    }
    show("a grade and the next card's frame, without the disk", taken);
}

fn draw(model: &Model) -> usize {
    let mut terminal = Terminal::new(TestBackend::new(120, 40)).expect("it needs nothing");
    terminal.draw(|frame| drop(ui::view(model, Colours::True, frame))).expect("it needs nothing");
    40
}

/// A grade, its state, the transaction on disk, and the next card with its four intervals.
fn answering(data: &Path) {
    let now = collection::now();
    let mut store = Store::open(data).expect("it opens");
    let scheduler = Scheduler::default();
    let rules = Arc::new(scheduler.rules().clone());
    let due = store.due(now.study_day()).expect("it can be read");
    // A collection that is kept may have such answers already.
    let fresh = store.fresh_seed().expect("SQLite answers") as u32;
    let mut taken = Vec::new();
    for (number, (card, standing)) in due.iter().cycle().take(ANSWERS).enumerate() {
        let start = Instant::now();
        let before = store.state(card).expect("it can be read").state;
        let at = now.plus_minutes(number as u32);
        let grade = if number % 8 == 0 { Grade::Again } else { Grade::Good };
        let review = Review {
            id: EventId::new(at, (1_u128 << 79) | (u128::from(fresh) << 16) | number as u128),
            card: card.clone(),
            at,
            grade,
            answer: None,
            seed: number as u64,
            took_millis: 5_000,
            kind: ReviewKind::Scheduled,
            before,
            after: scheduler.answer(&before, grade, at, number as u64),
            rules: Arc::clone(&rules),
        };
        store.save_review(&review).expect("it can be written");
        std::hint::black_box(scheduler.preview(&standing.state, at, 7));
        taken.push(start.elapsed());
    }
    show("answer, on disk, next card", taken);
}

/// All of it to a folder, from there to a machine that has nothing, and once more when nothing is new.
fn merging(root: &Path, data: &Path) {
    let folder = root.join("folder");
    std::fs::create_dir_all(&folder).expect("it can be made");
    let mut one = Store::open(data).expect("it opens");
    once("sync: all of it is sent", || one.sync(&folder).expect("it can be written"));
    let mut two = Store::open(&root.join("other")).expect("it opens");
    let done = once("sync: all of it is received", || two.sync(&folder).expect("it can be written"));
    println!("  {} events, {} cards derived", done.received, done.cards);
    once("sync: nothing is new", || two.sync(&folder).expect("it can be read"));
    once("rebuild", || two.rebuild().expect("it can be read").len());
    once("backup, looked through", || {
        Store::backup(data, Some(&root.join("copy.db")), collection::now()).expect("it can be written")
    });
}

fn rounds(name: &str, mut work: impl FnMut() -> usize) {
    let (mut taken, mut worked) = (Vec::new(), Vec::new());
    let mut count = 0;
    for _ in 0..ROUNDS {
        let (start, processor) = (Instant::now(), processor());
        count = std::hint::black_box(work());
        taken.push(start.elapsed());
        worked.push(self::processor().saturating_sub(processor));
    }
    show(&format!("{name} ({count})"), taken);
    worked.sort_unstable();
    println!("{:<52} median {:>8.2} ms of the processor", "", worked[ROUNDS / 2].as_secs_f64() * 1e3);
}

/// The time that this thread has had of a processor: the same on a busy machine as on an idle one. Zero where the system
/// does not tell.
fn processor() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(told.split_whitespace().next().and_then(|nanos| nanos.parse().ok()).unwrap_or(0))
}

fn show(name: &str, mut taken: Vec<Duration>) {
    taken.sort_unstable();
    let at = |share: f64| taken[((taken.len() - 1) as f64 * share).round() as usize].as_secs_f64() * 1e3;
    println!("{name:<52} median {:>8.2} ms  p99 {:>8.2} ms", at(0.5), at(0.99));
}

fn once<T>(name: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    println!("{name:<52} {:>8.2} s", start.elapsed().as_secs_f64());
    result
}

fn megabytes(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |found| found.len() / 1_000_000)
}
