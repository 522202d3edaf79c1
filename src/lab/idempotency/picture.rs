//! Payments as pictures: requests and answers between clients and the four servers, what became of the payments, and the
//! life of one that went wrong.

use super::memory::Way;
use super::side::{Note, Side};
use super::{CLICK, Idempotency, Reply, SPEC, What, theory};
use crate::lab::scene::{Chart, Curve, Lane, Lanes, Moment, Passage, Series, Station, Table, Timeline, Tone};
use crate::lab::{Scene, Unit};
use crate::sim::Nanos;

/// Where the server stands on a lane.
const SERVER: f64 = 0.7;
/// How many dots there are on a lane at most.
const DOTS: usize = 60;

impl Idempotency {
    /// All there is to see at `now`.
    pub(super) fn pictures(&self, now: Nanos) -> Scene {
        Scene::Column(vec![
            Scene::Lanes(self.lanes(now)),
            Scene::Table(self.outcomes()),
            Scene::Chart(self.chart(now)),
        ])
    }

    fn lanes(&self, now: Nanos) -> Lanes {
        let mut lanes: Vec<Lane> = self.sides.iter().map(|side| lane(side, now)).collect();
        lanes[0].stations.insert(0, Station::new(0.0, "clients"));
        lanes[0].stations[1].name = "server".into();
        Lanes {
            lanes,
            legend: vec![
                (Tone::Plain, "request".into()),
                (Tone::Good, "answer".into()),
                (Tone::Warn, "again, after a charge".into()),
                (Tone::Bad, "lost".into()),
            ],
        }
    }

    /// What became of the payments, a row for each server.
    fn outcomes(&self) -> Table {
        let count = |value: u64| Unit::Count.show(value as f64);
        let row = |side: &Side| {
            let books = &side.books;
            vec![
                side.way.name().to_string(),
                count(books.once),
                count(books.doubled),
                Unit::Share.show(books.doubled_share()),
                count(books.unknown),
                count(books.stuck),
                count(books.wrong),
            ]
        };
        let head = ["", "charged once", "twice", "share", "told failed", "stuck", "wrong answer"];
        Table {
            head: head.map(String::from).to_vec(),
            rows: self.sides.iter().map(row).collect(),
            right: vec![false, true, true, true, true, true, true],
            chosen: None,
        }
    }

    fn chart(&self, now: Nanos) -> Chart {
        let x_span = self.shares.x_span(now, SPEC.length);
        let theory = theory::doubled(&self.knobs);
        let none = |shares: &Option<(f64, f64)>| shares.map_or(f64::NAN, |shares| shares.0 * 100.0);
        let check = |shares: &Option<(f64, f64)>| shares.map_or(f64::NAN, |shares| shares.1 * 100.0);
        let level = format!("no key, theory {}", Unit::Share.show(theory));
        Chart {
            y: "payments charged twice, %".into(),
            x: "time, s".into(),
            x_span,
            of: Some("doubled_none"),
            curves: vec![
                self.shares.curve("no key", Series(1), now, none),
                self.shares.curve("check-then-set", Series(2), now, check),
                Curve::level(level, Series(1), x_span, theory * 100.0),
            ],
            ..Chart::default()
        }
    }

    /// The last payment that went wrong without a key, and with the full machine.
    pub(super) fn story(&self) -> Scene {
        let of = |side: &Side| {
            let (_, payment, life) = &side.story;
            let title = match *payment {
                0 => format!("{}: none so far", side.way.name()),
                payment => format!("{}: payment {payment}", side.way.name()),
            };
            let timeline = Timeline {
                actors: vec!["client".into(), "server".into()],
                moments: life.iter().map(|&(at, note)| moment(at, note)).collect(),
            };
            Scene::Part(title, Box::new(Scene::Timeline(timeline)))
        };
        let [none, check, unique, full] = &self.sides;
        // The worse of the two simple ways is the one with more to tell.
        let simple = if unique.story.0 || !check.story.0 { unique } else { check };
        Scene::Row(vec![of(none), of(simple), of(full)])
    }
}

fn lane(side: &Side, now: Nanos) -> Lane {
    let mut dots = Vec::new();
    let mut busy = false;
    for (what, way, charges) in side.under_way(now) {
        match what {
            What::Request(nth) => {
                let again = nth > 0 && charges > 0;
                dots.push((SERVER * way, if again { Tone::Warn } else { Tone::Plain }));
            }
            What::Answer(_, reply) => {
                let tone = if matches!(reply, Reply::Paid(_)) { Tone::Good } else { Tone::Dim };
                dots.push((SERVER * (1.0 - way), tone));
            }
            What::Done(..) => busy = true,
            What::TimeOut | What::Click => {}
        }
    }
    dots.truncate(DOTS);
    // What was lost is seen where it died for a moment.
    for (_, _, (_, to_server, arrived)) in side.seen.seen(now, DOTS / 2) {
        if !arrived {
            dots.push((SERVER * if *to_server { 0.45 } else { 0.55 }, Tone::Bad));
        }
    }
    let books = &side.books;
    let trouble = match side.way {
        Way::None | Way::Check => format!("{} charged twice", books.doubled),
        Way::Unique => format!("{} twice, {} stuck", books.doubled, books.stuck),
        Way::Full => format!("{} twice, {} given again", books.doubled, books.replayed),
    };
    Lane {
        name: side.way.name().into(),
        stations: vec![Station::new(SERVER, "").tone(if busy { Tone::Good } else { Tone::Dim })],
        dots,
        lines: Vec::new(),
        label: trouble,
    }
}

fn moment(at: Nanos, note: Note) -> Moment {
    const CLIENT: usize = 0;
    const SERVER: usize = 1;
    let passage = |arrives: bool| if arrives { Passage::Direct } else { Passage::Lost };
    let (from, to, text, passage, tone) = match note {
        Note::Sent(0, arrives) => (CLIENT, SERVER, "pay".to_string(), passage(arrives), Tone::Plain),
        Note::Sent(nth, arrives) if nth >= CLICK => {
            (CLIENT, SERVER, "pay, clicked again".into(), passage(arrives), Tone::Warn)
        }
        Note::Sent(nth, arrives) => {
            (CLIENT, SERVER, format!("pay, again {nth}"), passage(arrives), Tone::Warn)
        }
        Note::Runs(false) => (SERVER, SERVER, "begins".into(), Passage::Direct, Tone::Plain),
        Note::Runs(true) => (SERVER, SERVER, "takes over".into(), Passage::Direct, Tone::Warn),
        Note::Said(reply, arrives) => {
            let (text, tone) = match reply {
                Reply::Paid(_) => ("200 paid", Tone::Good),
                Reply::Busy => ("409 in flight", Tone::Warn),
                Reply::Refused => ("422 refused", Tone::Bad),
            };
            (SERVER, CLIENT, text.into(), passage(arrives), tone)
        }
        Note::Charged(1) => (SERVER, SERVER, "charges".into(), Passage::Direct, Tone::Good),
        Note::Charged(n) => (SERVER, SERVER, format!("charge {n}"), Passage::Direct, Tone::Bad),
        Note::NotCharged => (SERVER, SERVER, "fenced off".into(), Passage::Direct, Tone::Good),
        Note::Crash => (SERVER, SERVER, "crash".into(), Passage::Direct, Tone::Bad),
        Note::TimeOut => (CLIENT, CLIENT, "time-out".into(), Passage::Direct, Tone::Warn),
        Note::GaveUp => (CLIENT, CLIENT, "gives up".into(), Passage::Direct, Tone::Bad),
    };
    Moment { at, from, to, text, passage, tone }
}
