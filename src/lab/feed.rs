//! A news feed: posts are put into timelines when they are written, gathered when they are read, or both, by popularity.
//!
//! The three strategies stand side by side and get the same posts, reads and changes of who follows whom. Deliveries are work
//! for a pool of workers that each strategy has for itself, in one line: what one author with many followers posts, all wait for.
//! What a reader should have seen is told by the demo's own log of all posts; the timelines are never asked.

mod people;
mod picture;
mod side;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use people::{Knobs, people};
use side::{CHUNK, Side, Way};

use super::measure::Bins;
use super::scenario::{Scenario, Sim, start};
use super::workload::{Arrivals, Pattern};
use super::{Act, Scene, Spec, Thing, Unit, choice, number, reading};
use crate::sim::{Nanos, Rng, Seed};
use crate::systems::fanout::{Graph, Post, User, break_even};

const STRATEGIES: &[&str] = &["write", "read", "hybrid"];
const BUGS: &[&str] = &["none", "append", "stale-followers", "lost-ties"];
/// The one whom many follow.
const CELEBRITY: User = 0;
/// How many posts are remembered: more than any timeline reaches back.
const LOG: usize = 1_000;
/// The number of the first worker among the things, and of a follower who can be told to leave.
const WORKERS: u64 = 1;
const FAN: u64 = 100;

/// What the demo says of itself.
pub static SPEC: Spec = Spec {
    name: "feed",
    title: "News feed",
    part: "caching",
    topics: &["hot-keys", "design-problems", "read-write-patterns"],
    hook: "One author has 900 of 1,000 users as followers and writes one post in ten. What do the posts of all the others wait for?",
    look_for: &[
        "The table: on write a post is about 100 deliveries and a read one list; on read a post is nothing and a read about 11 lists. The hybrid pays a few of each.",
        "The lanes: each post of the celebrity puts 900 deliveries of 2 ms in line, 1.8 s of work. Everyone who posts behind it waits, though he has 10 followers himself.",
        "The chart: delays on write rise in teeth up to several seconds. The hybrid leaves the celebrity's posts to the readers, and hardly anybody waits more than a tenth of a second.",
        "Set workers to 1: 8 posts a second bring 1.6 s of work each second. The line never ends, and the delay grows as long as the run lasts.",
        "The view cost: on write and on read cost the same at about 10 reads for each post. Below it timelines are filled for nobody.",
        "Break it with append: a worker that crashes after its deliveries does them again, and posts stand in timelines twice.",
    ],
    controls: &[
        choice("strategy", "strategy whose line is shown", STRATEGIES, 0.0),
        number("followers", "followers of the celebrity", (10.0, 999.0), 1.0, 900.0, ""),
        number("posts", "posts, one in ten by the celebrity", (1.0, 50.0), 0.0, 8.0, "/s"),
        number("reads", "timelines read", (1.0, 200.0), 0.0, 40.0, "/s"),
        number("threshold", "followers that the hybrid still delivers to", (0.0, 1_000.0), 1.0, 150.0, ""),
        number("workers", "workers that deliver, 2 ms each", (1.0, 16.0), 1.0, 2.0, ""),
        number("length", "posts of a timeline", (5.0, 50.0), 1.0, 20.0, ""),
        number("crash", "chance that a worker forgets what it did", (0.0, 20.0), 0.0, 2.0, "%"),
        choice("bug", "break it on purpose", BUGS, 0.0),
    ],
    readings: &[
        reading("posts", Unit::Count, "posts written"),
        reading("reads", Unit::Count, "timelines read"),
        reading("writes_per_post", Unit::Ratio, "deliveries for a post, fan-out on write"),
        reading("writes_theory", Unit::Ratio, "the same expected: the mean followers of who posts"),
        reading("lists_per_read", Unit::Ratio, "lists merged for a read, fan-out on read"),
        reading("lists_theory", Unit::Ratio, "the same expected: the mean number of people one follows"),
        reading("cost_write", Unit::PerSecond, "deliveries and lists together, on write"),
        reading("cost_read", Unit::PerSecond, "the same on read"),
        reading("cost_hybrid", Unit::PerSecond, "the same of the hybrid"),
        reading("break_even", Unit::Ratio, "reads for each post at which write and read cost the same"),
        reading("load", Unit::Ratio, "work that comes for each unit that the workers can do, on write"),
        reading("waiting_write", Unit::Count, "deliveries in line now, on write"),
        reading("waiting_hybrid", Unit::Count, "deliveries in line now, hybrid"),
        reading("p50_write", Unit::Millis, "delay from the post to a follower's timeline, median, on write"),
        reading("p99_write", Unit::Millis, "the same, 99th percentile, on write"),
        reading("p99_hybrid", Unit::Millis, "the same, 99th percentile, of what the hybrid delivers"),
        reading("stored_write", Unit::Count, "entries in timelines, on write"),
        reading("stored_hybrid", Unit::Count, "entries in timelines, hybrid"),
        reading("missing_write", Unit::Share, "reads on write that lack a post still under way"),
        reading("missing_hybrid", Unit::Share, "reads of the hybrid that lack one"),
        reading("again", Unit::Count, "deliveries made again after a crash, on write"),
    ],
    bet: "hot-keys.bet-deliveries",
    goals: &[
        "10,000 deliveries in line on write",
        "write a third cheaper than read, after 1,000 reads",
        "the hybrid dearer than write, after 1,000 reads",
        "p99 on write below 100 ms with 500 followers or more, after 100 posts",
    ],
    invariants: &[
        "a timeline is newest first, each post once",
        "nothing from anybody who is not followed",
        "no post that was delivered is missing among the newest",
    ],
    acts: &[
        Act { name: "post", meaning: "the celebrity posts now" },
        Act { name: "crash", meaning: "the worker loses what it is at: others do it again" },
        Act { name: "unfollow", meaning: "the user stops following the celebrity" },
        Act { name: "follow", meaning: "the user follows the celebrity again" },
    ],
    views: &["line", "timeline", "cost"],
    bugs: &[
        "append: a delivery goes on top without a look: made again it stands twice, and a late one above newer ones",
        "stale-followers: the list of followers of the moment of the post is used: who left meanwhile gets it",
        "lost-ties: merging takes two posts of one tenth of a second for one",
    ],
    theory: &[("writes_per_post", "writes_theory"), ("lists_per_read", "lists_theory")],
    length: Nanos::from_secs(30),
    speed: 1.0,
    sources: &[source!("fanout.rs", "pub fn deliver")],
    start: &|seed, settings| start(&SPEC, settings, |sim| Feed::new(seed, sim)),
};

/// What happens.
#[derive(Clone, Copy, Debug)]
enum Event {
    Post,
    Read,
    Change,
    /// A worker of a side is done with what it was at.
    Done(Way, usize),
}

#[derive(Clone)]
struct Feed {
    seed: Seed,
    knobs: Knobs,
    graph: Graph,
    posts: Arrivals,
    reads: Arrivals,
    changes: Arrivals,
    authors: Rng,
    readers: Rng,
    fans: Rng,
    sides: [Side; 3],
    /// All posts, newest last; the oldest are forgotten.
    log: VecDeque<Post>,
    written: u64,
    read: u64,
    /// Deliveries and lists of each side, per quarter of a second.
    delays: Bins<[f64; 2]>,
    /// Who read last, and what each side showed.
    last: Option<(User, [Vec<Post>; 3])>,
    mean_followers: f64,
    mean_followees: f64,
    fell: [bool; 3],
}

impl Feed {
    fn new(seed: Seed, sim: &mut Sim<Event>) -> Feed {
        let knobs = Knobs::of(sim.settings());
        let stream = |name, rate| Arrivals::new(Rng::stream(seed, name), Pattern::Poisson, rate);
        let graph = people(seed, knobs.followers);
        let mut feed = Feed {
            seed,
            posts: stream("posts", knobs.posts),
            reads: stream("reads", knobs.reads),
            changes: stream("changes", 6.0),
            authors: Rng::stream(seed, "authors"),
            readers: Rng::stream(seed, "readers"),
            fans: Rng::stream(seed, "fans"),
            sides: [Way::Write, Way::Read, Way::Hybrid].map(|way| Side::new(way, seed, &knobs)),
            log: VecDeque::new(),
            written: 0,
            read: 0,
            delays: Bins::new(Nanos::from_millis(250), 240),
            last: None,
            mean_followers: 0.0,
            mean_followees: 0.0,
            fell: [false; 3],
            graph,
            knobs,
        };
        feed.means();
        sim.at(feed.posts.next(Nanos::ZERO), Event::Post);
        sim.at(feed.reads.next(Nanos::ZERO), Event::Read);
        sim.at(feed.changes.next(Nanos::ZERO), Event::Change);
        feed
    }

    /// What theory needs of the graph.
    fn means(&mut self) {
        let users = self.graph.users() as u32;
        let of = |users: &mut dyn Iterator<Item = User>| {
            users.map(|user| self.graph.followers(user).len()).sum::<usize>()
        };
        let others = of(&mut (1..users)) as f64 / f64::from(users - 1);
        let celebrity = self.graph.followers(CELEBRITY).len() as f64;
        self.mean_followees = of(&mut (0..users)) as f64 / f64::from(users);
        self.mean_followers = 0.1 * celebrity + 0.9 * others;
    }

    fn post(&mut self, sim: &mut Sim<Event>, author: User) {
        let now = sim.now();
        let post = Post { tick: (now.0 / 100_000_000) as u32, id: self.written as u32, author };
        self.written += 1;
        self.log.push_back(post);
        if self.log.len() > LOG {
            self.log.pop_front();
        }
        for side in &mut self.sides {
            side.post(sim, &self.graph, post, &self.knobs);
        }
    }

    fn reads(&mut self, user: User) {
        self.read += 1;
        // What the reader should see, from the log of all posts.
        let followed = self.log.iter().rev().filter(|post| self.graph.follows(user, post.author));
        let truth: Vec<Post> = followed.take(self.knobs.length).copied().collect();
        let graph = &self.graph;
        let seen = self.sides.each_mut().map(|side| {
            let (posts, lists) = side.feeds.read(graph, user);
            side.lists += lists as u64;
            posts
        });
        for (side, posts) in self.sides.iter_mut().zip(&seen) {
            let missing = |post: &&Post| !posts.contains(post);
            let (due, under_way): (Vec<&Post>, Vec<&Post>) =
                truth.iter().filter(missing).partition(|post| !side.open.contains_key(&post.id));
            self.fell[0] |= !posts.windows(2).all(|pair| pair[0] > pair[1]);
            self.fell[1] |= !posts.iter().all(|post| graph.follows(user, post.author));
            self.fell[2] |= !due.is_empty();
            side.missing += u64::from(!under_way.is_empty());
        }
        self.last = Some((user, seen));
    }

    /// A user follows the celebrity from now on, or no longer.
    fn set(&mut self, user: User, follows: bool) -> bool {
        let changed = self.graph.set(user, CELEBRITY, follows);
        if changed {
            for side in &mut self.sides {
                side.feeds.rebuild(&self.graph, user);
            }
        }
        changed
    }

    /// All anew, since who follows whom has changed altogether, or how long timelines are.
    fn renew(&mut self, sim: &mut Sim<Event>) {
        self.graph = people(self.seed, self.knobs.followers);
        self.means();
        self.log.clear();
        self.last = None;
        for side in &mut self.sides {
            side.renew(sim, &self.knobs);
        }
    }

    /// Deliveries and lists together, for each second so far.
    fn cost(&self, side: &Side, now: Nanos) -> f64 {
        (side.deliveries + side.lists) as f64 / now.as_secs_f64()
    }
}

impl Scenario for Feed {
    type Event = Event;

    fn happen(&mut self, sim: &mut Sim<Event>, event: Event) -> (&'static str, u64) {
        let now = sim.now();
        match event {
            Event::Post => {
                sim.at(self.posts.next(now), Event::Post);
                let (celebrity, other) = (self.authors.chance(0.1), self.authors.below(people::USERS - 1));
                let author = if celebrity { CELEBRITY } else { 1 + other as User };
                self.post(sim, author);
                (
                    if celebrity { "the celebrity writes post #" } else { "somebody writes post #" },
                    self.written - 1,
                )
            }
            Event::Read => {
                sim.at(self.reads.next(now), Event::Read);
                let user = self.readers.below(people::USERS) as User;
                self.reads(user);
                ("user # reads", u64::from(user))
            }
            Event::Change => {
                sim.at(self.changes.next(now), Event::Change);
                let user = 1 + self.fans.below(people::USERS - 1) as User;
                // As many come as go, on average: the count stays near what was set.
                let follows = self.graph.followers(CELEBRITY).len() < self.knobs.followers;
                let place = self.fans.below(people::USERS) as usize;
                let fan = self.graph.followers(CELEBRITY);
                let user = if follows { user } else { fan[place % fan.len().max(1)] };
                let changed = self.set(user, follows);
                let what = match (changed, follows) {
                    (false, _) => "user # follows the celebrity already",
                    (_, true) => "user # follows the celebrity",
                    (_, false) => "user # stops following the celebrity",
                };
                (what, u64::from(user))
            }
            Event::Done(way, worker) => {
                let side = &mut self.sides[way as usize];
                let (what, id, delay) = side.done(sim, &self.graph, worker, &self.knobs);
                if let Some(delay) = delay
                    && way != Way::Read
                {
                    let slowest = &mut self.delays.at(now)[usize::from(way == Way::Hybrid)];
                    *slowest = slowest.max(delay.as_secs_f64());
                }
                (what, id)
            }
        }
    }

    fn changed(&mut self, sim: &mut Sim<Event>, control: &'static str) {
        self.knobs = Knobs::of(sim.settings());
        self.posts.set_rate(self.knobs.posts);
        self.reads.set_rate(self.knobs.reads);
        match control {
            "followers" | "length" => self.renew(sim),
            "bug" => {
                // What a fault left in the timelines is not the fault of who comes after it.
                self.renew(sim);
                self.sides.iter_mut().for_each(|side| side.feeds.set_flaw(self.knobs.bug.flaw()));
            }
            _ => {}
        }
        for side in &mut self.sides {
            side.feeds.set_threshold(self.knobs.threshold);
            side.hire(sim, &self.knobs);
        }
    }

    fn check(&self, sim: &mut Sim<Event>) {
        (0..3).for_each(|rule| sim.rule(rule, !self.fell[rule]));
        let [write, read, hybrid] = &self.sides;
        let [write_cost, read_cost, hybrid_cost] =
            [write, read, hybrid].map(|side| self.cost(side, sim.now()));
        sim.goal(0, write.waiting() >= 10_000);
        sim.goal(1, self.read >= 1_000 && write_cost * 1.5 < read_cost);
        sim.goal(2, self.read >= 1_000 && hybrid_cost > write_cost);
        let calm = self.written >= 100 && self.knobs.followers >= 500;
        sim.goal(3, calm && write.fresh.percentile(0.99) < 100e6);
    }

    fn readings(&self, _: &Sim<Event>, now: Nanos) -> Vec<f64> {
        let [write, read, hybrid] = &self.sides;
        let (posts, reads) = (self.written as f64, self.read as f64);
        let millis = |side: &Side, q: f64| side.fresh.percentile(q) / 1e6;
        let work = self.knobs.posts * self.mean_followers * side::DELIVERY.as_secs_f64();
        vec![
            posts,
            reads,
            write.ordered as f64 / posts,
            self.mean_followers,
            read.lists as f64 / reads,
            self.mean_followees,
            self.cost(write, now),
            self.cost(read, now),
            self.cost(hybrid, now),
            break_even(self.mean_followers, self.mean_followees),
            work / self.knobs.workers as f64,
            write.waiting() as f64,
            hybrid.waiting() as f64,
            millis(write, 0.5),
            millis(write, 0.99),
            millis(hybrid, 0.99),
            write.feeds.stored() as f64,
            hybrid.feeds.stored() as f64,
            write.missing as f64 / reads,
            hybrid.missing as f64 / reads,
            write.again as f64,
        ]
    }

    fn scene(&self, sim: &Sim<Event>, now: Nanos) -> Scene {
        self.line(now, sim.settings().count("strategy"))
    }

    fn view(&self, _: &Sim<Event>, now: Nanos, view: usize) -> Scene {
        if view == 1 { self.timelines() } else { self.costs(now) }
    }

    fn things(&self, _: &Sim<Event>, _: Nanos) -> Vec<Thing> {
        let celebrity = Thing { id: 0, name: "the celebrity".into(), acts: &["post"] };
        let workers = self.sides[0].at_work().map(|worker| Thing {
            id: WORKERS + worker as u64,
            name: format!("worker {}, on write", worker + 1),
            acts: &["crash"],
        });
        let follows = self.graph.follows(1, CELEBRITY);
        let acts: &[_] = if follows { &["unfollow"] } else { &["follow"] };
        let fan = Thing { id: FAN, name: "user 1".into(), acts };
        std::iter::once(celebrity).chain(workers).chain(std::iter::once(fan)).collect()
    }

    fn act(&mut self, sim: &mut Sim<Event>, act: &'static str, thing: u64) -> (&'static str, u64) {
        match (act, thing) {
            ("post", 0) => {
                self.post(sim, CELEBRITY);
                ("the celebrity writes post #", self.written - 1)
            }
            ("crash", WORKERS..FAN) if self.sides[0].crash(sim, (thing - WORKERS) as usize, &self.knobs) => {
                ("worker # crashes: what it was at is done again", thing)
            }
            ("unfollow", FAN) if self.set(1, false) => ("user # stops following the celebrity", 1),
            ("follow", FAN) if self.set(1, true) => ("user # follows the celebrity", 1),
            _ => ("nothing happens to #", thing),
        }
    }

    fn bytes(&self) -> usize {
        let timelines = people::USERS as usize * self.knobs.length * size_of::<Post>();
        let lines: usize = self.sides.iter().map(|side| side.waiting() / CHUNK * 48).sum();
        (300 << 10) + 3 * timelines + lines
    }
}
