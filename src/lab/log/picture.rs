//! A log as pictures: a lane for each partition with what waits for either group, throughput and lag over time, the offsets,
//! and the last records in the order in which they were processed.

use super::consume::State;
use super::{Log, REPLAY_AT, SPEC};
use crate::lab::scene::{Chart, Curve, Fact, Lane, Lanes, Series, Station, Table, Tone, Waiting, x_of};
use crate::lab::{Scene, Unit};
use crate::sim::Nanos;
use crate::systems::log::partition_of;

/// Where the groups stand on a lane, and how far a record that was processed is seen.
const GROUP: f64 = 0.62;
const SECOND: f64 = 0.97;
const GONE: f64 = 0.78;
/// Up to where a record is seen on its way into the log, and for how long.
const HEAD: f64 = 0.2;
const AHEAD: Nanos = Nanos::from_millis(400);
/// How many of those that wait are drawn one by one, how many that come, and how many that were processed.
const IN_LINE: u64 = 100;
const COMING: usize = 40;
const DONE: usize = 80;

impl Log {
    /// All there is to see at `now`.
    pub(super) fn pictures(&self, now: Nanos) -> Scene {
        Scene::Column(vec![
            Scene::Lanes(self.lanes(now)),
            Scene::Row(vec![Scene::Chart(self.throughput_chart(now)), Scene::Chart(self.lag_chart(now))]),
            Scene::Row(vec![
                Scene::Facts(self.facts(now)),
                Scene::Table(self.offsets()),
                Scene::Table(self.last_processed()),
            ]),
        ])
    }

    fn lanes(&self, now: Nanos) -> Lanes {
        let mut lanes: Vec<Lane> = (0..self.partitions.len()).map(|index| self.lane(now, index)).collect();
        // The records that will come soon: copies of the streams run ahead.
        let (mut arrivals, mut keys) = (self.arrivals.clone(), self.keys.clone());
        let mut at = self.next;
        for _ in 0..COMING {
            if at > now + AHEAD {
                break;
            }
            let partition = partition_of(self.zipf.sample(&mut keys), self.active);
            let way = 1.0 - at.since(now).as_secs_f64() / AHEAD.as_secs_f64();
            lanes[partition].dots.push((HEAD * way, Tone::Plain));
            at = arrivals.next(at);
        }
        for (way, _, &(partition, again)) in self.done.seen(now, DONE) {
            let tone = if again { Tone::Warn } else { Tone::Good };
            lanes[partition].dots.push((GROUP + (GONE - GROUP) * way, tone));
        }
        lanes[0].stations.push(Station::new(0.0, "appended"));
        lanes[0].stations[0].name = "group".into();
        let mut legend = vec![
            (Tone::Plain, "waits".into()),
            (Tone::Good, "processed".into()),
            (Tone::Warn, "again".into()),
        ];
        if self.replay.begun {
            lanes[0].stations.push(Station::new(SECOND, "second group"));
            legend.push((Tone::Dim, "read by the first group only".into()));
        }
        Lanes { lanes, legend }
    }

    fn lane(&self, now: Nanos, index: usize) -> Lane {
        let log = &self.partitions[index];
        let owner = self.group.owner(index);
        let mine =
            owner.and_then(|owner| self.consumers[owner].owned.iter().find(|one| one.partition == index));
        let from = mine.map_or_else(|| self.group.committed(index), |owned| owned.position).max(log.start());
        let count = log.end().saturating_sub(from);
        let high = self.books.high(index);
        let tone_of = |offset: u64| if offset < high { Tone::Warn } else { Tone::Plain };
        let mut lines = vec![Waiting {
            at: GROUP,
            tones: (from..from + count.min(IN_LINE)).map(tone_of).collect(),
            count: count as usize,
            room: None,
        }];
        let mut stations =
            vec![Station::new(GROUP, "").tone(match owner.map(|owner| self.consumers[owner].state) {
                Some(State::Up) if mine.is_some() => Tone::Good,
                Some(State::Still) => Tone::Bad,
                _ => Tone::Dim,
            })];
        if self.replay.begun && now >= REPLAY_AT {
            let position = self.replay.positions[index].max(log.start());
            let behind = from.saturating_sub(position);
            stations.push(Station::new(SECOND, ""));
            lines.push(Waiting {
                at: SECOND,
                tones: vec![Tone::Dim; behind.min(IN_LINE) as usize],
                count: behind as usize,
                room: None,
            });
        }
        let who = owner.map_or_else(|| "nobody".into(), |owner| format!("consumer {}", owner + 1));
        Lane {
            name: format!("partition {}", index + 1),
            stations,
            dots: Vec::new(),
            lines,
            label: format!("{who} lag {count}"),
        }
    }

    fn throughput_chart(&self, now: Nanos) -> Chart {
        let x_span = self.seen.x_span(now, SPEC.length);
        let width = self.seen.width_s();
        let (theory, _) = self.expected(&self.loads());
        let name = format!("theory {}", Unit::PerSecond.show(theory));
        Chart {
            y: "records processed a second".into(),
            x: "time, s".into(),
            x_span,
            of: Some("throughput"),
            curves: vec![
                self.seen.curve("processed", Series(0), now, |seen| seen.processed as f64 / width),
                Curve::level(name, Series(0), x_span, theory),
            ],
            ..Chart::default()
        }
    }

    fn lag_chart(&self, now: Nanos) -> Chart {
        let x_span = self.seen.x_span(now, SPEC.length);
        let mut curves = vec![self.seen.curve("records that wait", Series(1), now, |seen| seen.lag as f64)];
        let (_, growth) = self.expected(&self.loads());
        if growth >= 0.5 {
            // What waits when the present rates go on, from now.
            let (from, lag) = (x_of(now), self.lag.value() as f64);
            let name = format!("theory +{}", Unit::PerSecond.show(growth));
            let to = (x_span.1, lag + growth * (x_span.1 - from));
            curves.push(Curve::new(
                crate::lab::scene::CurveKind::Theory,
                name,
                Series(1),
                vec![(from, lag), to],
            ));
        }
        Chart { y: "lag, records".into(), x: "time, s".into(), x_span, curves, ..Chart::default() }
    }

    fn facts(&self, now: Nanos) -> Vec<Fact> {
        let books = &self.books;
        let count = |name: &str, value: u64, tone: Tone| {
            Fact::new(name, Unit::Count.show(value as f64)).tone(if value == 0 { Tone::Plain } else { tone })
        };
        let unattended = self.unattended.area(now) / self.active as f64;
        vec![
            count("processed again", books.reprocessed, Tone::Warn),
            count("lost", books.lost(), Tone::Bad),
            count("out of order", books.out_of_order, Tone::Bad),
            count("deleted unread", books.gone(), Tone::Warn),
            count("late commits refused", books.refused, Tone::Plain),
            Fact::new("without an owner", Unit::Seconds.show(unattended)).note("each partition"),
        ]
    }

    /// Where everybody is in each partition.
    fn offsets(&self) -> Table {
        let rows = (0..self.partitions.len()).map(|index| {
            let log = &self.partitions[index];
            let second =
                if self.replay.begun { self.replay.positions[index].to_string() } else { "-".into() };
            vec![
                (index + 1).to_string(),
                second,
                self.group.committed(index).to_string(),
                log.end().to_string(),
                log.len().to_string(),
            ]
        });
        let head = ["#", "second", "committed", "end", "kept"];
        Table {
            head: head.map(String::from).to_vec(),
            rows: rows.collect(),
            right: vec![true; 5],
            ..Table::default()
        }
    }

    /// The last records in the order in which they were processed: each key in its order, all keys together not.
    fn last_processed(&self) -> Table {
        let rows = self.last.iter().rev().map(|(_, partition, key, entry)| {
            vec![
                entry.number.to_string(),
                (partition + 1).to_string(),
                key.to_string(),
                entry.nth.to_string(),
            ]
        });
        let head = ["last record", "in #", "key", "nth of it"];
        Table {
            head: head.map(String::from).to_vec(),
            rows: rows.collect(),
            right: vec![true; 4],
            ..Table::default()
        }
    }
}
