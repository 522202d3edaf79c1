//! Who follows whom, and the controls as the demo uses them.

use super::CELEBRITY;
use super::side::Bug;
use crate::lab::Settings;
use crate::sim::{Rng, Seed, Zipf};
use crate::systems::fanout::{Graph, User};

/// How many users there are, the celebrity among them.
pub(super) const USERS: u64 = 1_000;
/// How many others each user follows besides the celebrity.
const FOLLOWED: usize = 10;
/// How unequal the others are: the most followed of them has about a seventh of all users.
const EXPONENT: f64 = 0.5;

#[derive(Clone, Debug)]
pub(super) struct Knobs {
    pub(super) followers: usize,
    pub(super) posts: f64,
    pub(super) reads: f64,
    pub(super) threshold: usize,
    pub(super) workers: usize,
    pub(super) length: usize,
    /// The chance, 0 to 1, that a worker forgets what it did.
    pub(super) crash: f64,
    pub(super) bug: Bug,
}

impl Knobs {
    pub(super) fn of(settings: &Settings) -> Knobs {
        Knobs {
            followers: settings.count("followers"),
            posts: settings.get("posts"),
            reads: settings.get("reads"),
            threshold: settings.count("threshold"),
            workers: settings.count("workers").max(1),
            length: settings.count("length").max(1),
            crash: settings.get("crash") / 100.0,
            bug: match settings.count("bug") {
                0 => Bug::None,
                1 => Bug::Append,
                2 => Bug::StaleFollowers,
                _ => Bug::LostTies,
            },
        }
    }
}

/// A graph in which `fans` users follow the celebrity, and each user ten others, popular ones more often.
pub(super) fn people(seed: Seed, fans: usize) -> Graph {
    let mut rng = Rng::stream(seed, "graph");
    let mut graph = Graph::new(USERS as usize);
    let popularity = Zipf::new(USERS - 1, EXPONENT);
    for user in 0..USERS as User {
        let mut followed = 0;
        while followed < FOLLOWED {
            let author = 1 + popularity.sample(&mut rng) as User;
            followed += usize::from(graph.set(user, author, true));
        }
    }
    let mut users: Vec<User> = (1..USERS as User).collect();
    rng.shuffle(&mut users);
    for user in users.into_iter().take(fans) {
        graph.set(user, CELEBRITY, true);
    }
    graph
}
