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

fn median(times: usize, mut work: impl FnMut()) -> Duration {
    let mut took: Vec<Duration> = (0..times)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .collect();
    took.sort_unstable();
    took[took.len() / 2]
}

fn main() {
    let home = tempfile::tempdir().expect("a directory");
    let decks = home.path().join("decks").join("own");
    std::fs::create_dir_all(&decks).expect("a directory");
    let mut cards = Vec::new();
    for topic in 0..TOPICS {
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
    let plan = Plan { new_a_day: 60, days: 2_000, until, most: ANSWERS, seed: 7, cards };
    let start = Instant::now();
    let answers = learner::write(home.path(), &plan);
    println!("{answers} answers to {} cards written in {:.1?}", TOPICS * CARDS, start.elapsed());
    let library = Library::load(&[home.path().to_path_buf()]);
    let scheduler = Scheduler::new(Rules::default()).expect("the usual rules");
    let read = || {
        let store = Store::open(home.path()).expect("a store");
        Figures::read(&store, &library, &scheduler, until).expect("figures")
    };
    let never = median(1, || drop(read()));
    println!("all figures, nothing counted before   {never:>10.1?}");
    let mut store = Store::open(home.path()).expect("a store");
    let settled = median(1, || store.settle_tally().expect("settled"));
    println!("counted from nothing and written down {settled:>10.1?}");
    println!(
        "sums alone                            {:>10.1?}",
        median(9, || drop(store.tally().expect("sums")))
    );
    let mut seen = 0;
    let cards = median(9, || store.visit_cards(|_, _| seen += 1).expect("cards"));
    println!("every card looked at                  {cards:>10.1?}");
    let all = median(9, || drop(read()));
    println!("all figures                           {all:>10.1?}");
    let figures = read();
    println!(
        "{} days, {} topics, {:?} cards",
        figures.tally.days.len(),
        figures.tally.topics.len(),
        figures.cards()
    );
}
