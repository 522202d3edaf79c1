//! The feed as pictures: what each strategy does and costs, the lines before the workers, one reader's timelines.

use super::side::{Side, Way};
use super::{CELEBRITY, Feed, SPEC, STRATEGIES};
use crate::lab::scene::{Chart, Curve, CurveKind, Fact, Lane, Lanes, Series, Station, Table, Tone, Waiting};
use crate::lab::{Scene, Unit};
use crate::sim::Nanos;
use crate::systems::fanout::Post;

/// Where the workers stand on a lane.
const POOL: f64 = 0.7;
/// How many chunks in line are seen at most.
const SEEN: usize = 100;
/// How many posts of a timeline are compared.
const ROWS: usize = 14;

fn tone(post: Post) -> Tone {
    if post.author == CELEBRITY { Tone::Warn } else { Tone::Plain }
}

impl Feed {
    /// What each strategy does, and the lines before its workers.
    pub(super) fn line(&self, now: Nanos, chosen: usize) -> Scene {
        Scene::Column(vec![
            Scene::Table(self.strategies(now, chosen)),
            Scene::Lanes(self.lanes(now)),
            Scene::Chart(self.delay_chart(now)),
        ])
    }

    fn strategies(&self, now: Nanos, chosen: usize) -> Table {
        let ratio = |a: u64, b: u64| Unit::Ratio.show(a as f64 / b as f64);
        let row = |side: &Side| {
            let p99 = side.fresh.percentile(0.99) / 1e6;
            vec![
                side.way.name().to_string(),
                ratio(side.ordered, self.written),
                ratio(side.lists, self.read),
                Unit::Count.show(self.cost(side, now)),
                Unit::Count.show(side.waiting() as f64),
                if side.way == Way::Read { "0 ms".into() } else { Unit::Millis.show(p99) },
                Unit::Count.show(side.feeds.stored() as f64),
            ]
        };
        let head = ["fan-out", "writes/post", "lists/read", "both, /s", "in line", "p99 delay", "stored"]
            .map(String::from);
        Table {
            head: head.to_vec(),
            rows: self.sides.iter().map(row).collect(),
            right: vec![false, true, true, true, true, true, true],
            chosen: Some(chosen),
        }
    }

    fn lanes(&self, now: Nanos) -> Lanes {
        let lane = |side: &Side| {
            let jobs: Vec<_> = side.workers.iter().flatten().collect();
            let way = |job: &&super::side::Job| {
                let span = job.until.since(job.since).as_secs_f64().max(1e-9);
                let part = now.since(job.since).as_secs_f64() / span;
                (POOL + 0.02 + (0.98 - POOL) * part.clamp(0.0, 1.0), tone(job.chunk.post))
            };
            let busy = if jobs.is_empty() { Tone::Dim } else { Tone::Good };
            let read = side.way == Way::Read;
            Lane {
                name: side.way.name().into(),
                stations: if read { Vec::new() } else { vec![Station::new(POOL, "").tone(busy)] },
                dots: jobs.iter().map(way).collect(),
                lines: if read {
                    Vec::new()
                } else {
                    vec![Waiting {
                        at: POOL,
                        tones: side.queue.iter().take(SEEN).map(|chunk| tone(chunk.post)).collect(),
                        count: side.queue.len(),
                        room: None,
                    }]
                },
                label: if read {
                    "nothing to deliver".into()
                } else {
                    format!("{} wait", Unit::Count.show(side.waiting() as f64))
                },
            }
        };
        let mut lanes: Vec<Lane> = self.sides.iter().map(lane).collect();
        if let Some(station) = lanes[0].stations.first_mut() {
            station.name = "workers".into();
        }
        Lanes {
            lanes,
            legend: vec![(Tone::Warn, "by the celebrity".into()), (Tone::Plain, "by others".into())],
        }
    }

    fn delay_chart(&self, now: Nanos) -> Chart {
        let x_span = self.delays.x_span(now, SPEC.length);
        Chart {
            y: "slowest delivery, s".into(),
            x: "time, s".into(),
            x_span,
            curves: vec![
                self.delays.curve("on write", Series(1), now, |slowest| slowest[0]),
                self.delays.curve("hybrid", Series(2), now, |slowest| slowest[1]),
            ],
            ..Chart::default()
        }
    }

    /// The newest posts of the last reader, and which of them each strategy showed.
    pub(super) fn timelines(&self) -> Scene {
        let Some((user, seen)) = &self.last else {
            return Scene::Facts(vec![Fact::new("timelines", "nobody has read yet")]);
        };
        // As they stand in the timelines: what is wrong with one of them is seen too.
        let mut posts: Vec<Post> = seen.iter().flatten().copied().collect();
        posts.sort_unstable_by(|a, b| b.cmp(a));
        posts.dedup();
        posts.truncate(ROWS);
        let cell = |place: usize, post: Post| {
            let side = &self.sides[place];
            let reach = seen[place].last().is_some_and(|oldest| *oldest > post);
            match seen[place].iter().filter(|other| **other == post).count() {
                0 if side.open.contains_key(&post.id) => "under way",
                0 if reach => "too old",
                0 => "missing",
                1 => "shown",
                _ => "twice",
            }
            .to_string()
        };
        let row = |post: &Post| {
            let author = match post.author {
                CELEBRITY => "celebrity".to_string(),
                author => format!("user {author}"),
            };
            let followed = if self.graph.follows(*user, post.author) { "" } else { ", not followed" };
            let mut row = vec![format!("post {}", post.id), format!("{author}{followed}")];
            row.extend((0..3).map(|place| cell(place, *post)));
            row
        };
        let head = ["newest first", "by", "on write", "on read", "hybrid"].map(String::from);
        let table = Table {
            head: head.to_vec(),
            rows: posts.iter().map(row).collect(),
            right: vec![false; 5],
            ..Table::default()
        };
        let lacking = |place: usize| {
            let side = &self.sides[place];
            Fact::new(
                format!("reads that lack a post under way, {}", STRATEGIES[place]),
                Unit::Share.show(side.missing as f64 / self.read as f64),
            )
            .tone(if side.missing == 0 { Tone::Good } else { Tone::Warn })
        };
        let title = format!("user {user} reads");
        Scene::Column(vec![
            Scene::Part(title, Box::new(Scene::Table(table))),
            Scene::Facts((0..3).map(lacking).collect()),
        ])
    }

    /// What the strategies cost by how often timelines are read.
    pub(super) fn costs(&self, now: Nanos) -> Scene {
        let (posts, reads) = (self.knobs.posts, self.knobs.reads);
        let even = crate::systems::fanout::break_even(self.mean_followers, self.mean_followees);
        let end = (even * 2.0).max(reads / posts * 1.2).min(300.0);
        let write = |x: f64| posts * (self.mean_followers + x);
        let read = |x: f64| posts * x * self.mean_followees;
        let line = |cost: &dyn Fn(f64) -> f64| vec![(0.0, cost(0.0)), (end, cost(end))];
        let seen_x = self.read as f64 / (self.written.max(1)) as f64;
        let seen = |side: &Side| vec![(seen_x.min(end), self.cost(side, now))];
        let mut curves = vec![
            Curve::new(CurveKind::Theory, "on write, theory", Series(1), line(&write)),
            Curve::new(CurveKind::Theory, "on read, theory", Series(3), line(&read)),
        ];
        if now > Nanos::ZERO {
            for (side, series) in self.sides.iter().zip([1, 3, 2]) {
                curves.push(Curve::new(CurveKind::Points, side.way.name(), Series(series), seen(side)));
            }
        }
        let chart = Chart {
            y: "deliveries and lists, /s".into(),
            x: "reads for each post".into(),
            x_span: (0.0, end),
            curves,
            ..Chart::default()
        };
        let facts = vec![
            Fact::new("reads for each post", Unit::Ratio.show(seen_x)),
            Fact::new("write and read cost the same at", Unit::Ratio.show(even))
                .note("followers / (followed − 1)"),
        ];
        Scene::Column(vec![Scene::Chart(chart), Scene::Facts(facts)])
    }
}
