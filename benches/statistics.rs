//! How long the figures of Progress take over 100,000 cards and 1,000,000 answers: `cargo bench --bench statistics`.
//!
//! `counted from nothing` is what an old log, or one from another machine, costs once. `all figures` is what the screen and
//! `sysdrill stats` do each time: the file opened afresh, sums read, the answers since they were written down added, every
//! card looked at.

#[path = "../tests/support/learner.rs"]
mod learner;

use std::fmt::Write;
use std::time::{Duration, Instant};

use learner::Plan;
use sysdrill::app::Figures;
use sysdrill::library::Library;
use sysdrill::memory::{Moment, Rules, Scheduler};
use sysdrill::store::Store;

const TOPICS: usize = 1_000;
const CARDS: usize = 100;
const ANSWERS: usize = 1_000_000;

/// The time that the processor worked for this thread, which on a busy machine is less than what passed; what passed where the
/// system does not tell.
fn worked(since: Instant) -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = told.and_then(|told| told.split(' ').next()?.parse().ok());
    nanos.map_or_else(|| since.elapsed(), Duration::from_nanos)
}

/// The median of how long some work takes: what passed, and what the processor worked.
fn measure(name: &str, times: usize, mut work: impl FnMut()) {
    let began = Instant::now();
    let mut took: Vec<(Duration, Duration)> = (0..times)
        .map(|_| {
            let (start, before) = (Instant::now(), worked(began));
            work();
            (worked(began) - before, start.elapsed())
        })
        .collect();
    took.sort_unstable();
    let (worked, passed) = took[took.len() / 2];
    println!("{name:38} {worked:>10.1?} of work, {passed:>10.1?} passed");
}

fn main() {
    // Without --bench it makes one small round and measures nothing of use.
    let measured = std::env::args().any(|argument| argument == "--bench");
    let (topics, most) = if measured { (TOPICS, ANSWERS) } else { (10, 3_000) };
    let home = tempfile::tempdir().expect("a directory");
    let decks = home.path().join("decks").join("own");
    std::fs::create_dir_all(&decks).expect("a directory");
    let mut cards = Vec::new();
    for topic in 0..topics {
        let mut deck = format!("topic = \"topic-{topic}\"\n");
        for card in 0..CARDS {
            let _ = write!(
                deck,
                "[[card]]\nid = \"c-{card}\"\nkind = \"basic\"\nquestion = \"q\"\nanswer = \"a\"\n"
            );
            cards.push((format!("topic-{topic}.c-{card}"), card % 20 == 0));
        }
        std::fs::write(decks.join(format!("topic-{topic}.toml")), deck).expect("a deck");
    }
    // Begun from all topics in turn, as a path through them does.
    cards.sort_by_key(|(id, _)| id.rsplit_once('-').map(|(_, card)| card.parse::<u32>().unwrap_or(0)));
    let until: Moment = "2026-11-21T12:00:00Z".parse().expect("a time");
    let new_a_day = cards.len() / 150;
    let plan = Plan { cards, new_a_day, days: 200, until, most, seed: 7 };
    let start = Instant::now();
    let answers = learner::write(home.path(), &plan);
    println!("{answers} answers, written in {:.1?}", start.elapsed());
    let library = Library::load(&[home.path().to_path_buf()]);
    let scheduler = Scheduler::new(Rules::default()).expect("the usual rules");
    let read = || {
        let store = Store::open(home.path()).expect("a store");
        Figures::read(&store, &library, &scheduler, until).expect("figures")
    };
    measure("all figures, nothing counted before", 1, || drop(read()));
    let mut store = Store::open(home.path()).expect("a store");
    measure("counted from nothing and written down", 1, || store.settle_tally().expect("settled"));
    measure("sums alone", 9, || drop(store.tally().expect("sums")));
    measure("every card looked at", 9, || store.visit_cards(|_, _| ()).expect("cards"));
    measure("all figures", 9, || drop(read()));
    let figures = read();
    let (days, topics) = (figures.tally.days.len(), figures.tally.topics.len());
    println!("{days} days, {topics} topics, cards in all, seen, learned: {:?}", figures.cards());
}
