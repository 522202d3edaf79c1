//! Delivery as pictures: the queues with their consumers, what is unacknowledged, the dead; how often messages took effect; one
//! message's life.

use super::consumer::Doing;
use super::ledger::Life;
use super::{CONSUMERS, Delivery, GROUPS, Gone, Mode, QUEUES, SPEC, Semantics, theory};
use crate::lab::scene::{
    Bar, Bars, Chart, Curve, Fact, Lane, Lanes, Moment, Passage, Series, Station, Timeline, Tone, Waiting,
};
use crate::lab::{Scene, Unit};
use crate::sim::Nanos;

/// Where the first consumer stands on a lane, and how far the others stand apart.
const CONSUMER: f64 = 0.55;
const APART: f64 = 0.03;
/// How long a message is seen on its way to the queue.
const AHEAD: Nanos = Nanos::from_millis(400);
/// How many of those who wait are drawn one by one, and how many dots there are of each kind.
const IN_LINE: usize = 100;
const DOTS: usize = 60;
/// The names of the queues of a fan-out.
const NAMES: [&str; QUEUES] = ["billing", "mail", "search"];

impl Delivery {
    /// All there is to see at `now`.
    pub(super) fn pictures(&self, now: Nanos) -> Scene {
        let mut parts = vec![
            Scene::Lanes(self.lanes(now)),
            Scene::Row(vec![Scene::Bars(self.ends()), Scene::Chart(self.share_chart(now))]),
        ];
        if self.knobs.mode == Mode::Priority {
            parts.insert(1, Scene::Facts(self.urgency()));
        }
        parts.push(Scene::Timeline(self.story()));
        Scene::Column(parts)
    }

    fn lanes(&self, now: Nanos) -> Lanes {
        let queues = self.topic.queues();
        let fan_out = self.knobs.mode == Mode::FanOut || queues.iter().skip(1).any(|queue| !queue.is_empty());
        let shown = if fan_out { QUEUES } else { 1 };
        let mut lanes: Vec<Lane> = if self.knobs.mode == Mode::Fifo && !fan_out {
            self.group_lanes(now)
        } else {
            (0..shown).map(|queue| self.queue_lane(now, queue, fan_out)).collect()
        };
        lanes[0].stations.push(Station::new(0.0, "sent"));
        lanes[0].stations.push(Station::new(1.0, "acknowledged"));
        lanes.push(self.flying(now, shown));
        let dead = self.ledger.dead_lettered;
        lanes.push(Lane {
            name: "dead letters".into(),
            lines: vec![Waiting {
                at: CONSUMER,
                tones: vec![Tone::Bad; (dead as usize).min(IN_LINE)],
                count: dead as usize,
                room: None,
            }],
            label: Unit::Count.show(dead as f64),
            ..Lane::default()
        });
        let mut legend = vec![
            (Tone::Plain, "first time".into()),
            (Tone::Warn, "again, twice".into()),
            (Tone::Good, "done once".into()),
            (Tone::Bad, "lost or dead".into()),
        ];
        match self.knobs.mode {
            Mode::Delay => legend.insert(0, (Tone::Dim, "delayed".into())),
            Mode::Priority => {
                legend[0].1 = "urgent".into();
                legend.insert(1, (Tone::Dim, "not urgent".into()));
            }
            _ => {}
        }
        Lanes { lanes, legend }
    }

    fn queue_lane(&self, now: Nanos, queue: usize, fan_out: bool) -> Lane {
        let held = &self.topic.queues()[queue];
        let staff = &self.consumers[queue * CONSUMERS..(queue + 1) * CONSUMERS];
        let mut stations = Vec::new();
        for consumer in staff {
            let tone = match &consumer.doing {
                Doing::Gone => continue,
                Doing::Idle | Doing::Asking => Tone::Dim,
                Doing::Confirming(_) => Tone::Good,
                Doing::Working(work) if work.until <= now && self.knobs.semantics != Semantics::AtMost => {
                    Tone::Warn
                }
                Doing::Working(_) => Tone::Good,
                Doing::Down => Tone::Bad,
            };
            let name = if stations.is_empty() && queue == 0 { "consumers" } else { "" };
            stations.push(Station::new(CONSUMER + APART * stations.len() as f64, name).tone(tone));
        }
        let end = CONSUMER + APART * stations.len() as f64;
        let mut dots = self.leaving(now, end, |gone| gone.queue == queue);
        if queue < self.knobs.fan_out() {
            dots.extend(self.coming(now));
        }
        let tones = held.waiting().take(IN_LINE).map(|(body, receives, delayed)| match receives {
            _ if delayed => Tone::Dim,
            0 if self.knobs.mode == Mode::Priority && !body.urgent => Tone::Dim,
            0 => Tone::Plain,
            _ => Tone::Warn,
        });
        let count = held.len() - held.in_flight();
        Lane {
            name: if fan_out { NAMES[queue].into() } else { "queue".into() },
            stations,
            dots,
            lines: vec![Waiting { at: CONSUMER, tones: tones.collect(), count, room: None }],
            label: format!("{} waiting", Unit::Count.show(count as f64)),
        }
    }

    /// A FIFO queue, a lane for each group: one of a group at a time is in flight, and those behind it wait.
    fn group_lanes(&self, now: Nanos) -> Vec<Lane> {
        let held = &self.topic.queues()[0];
        let mut lanes: Vec<Lane> = (0..GROUPS)
            .map(|group| Lane {
                name: format!("group {}", group + 1),
                stations: vec![
                    Station::new(CONSUMER, if group == 0 { "in flight" } else { "" }).tone(Tone::Dim),
                ],
                dots: self.leaving(now, CONSUMER + APART, |gone| gone.queue == 0 && gone.group == group),
                lines: vec![Waiting { at: CONSUMER, ..Waiting::default() }],
                label: String::new(),
            })
            .collect();
        for (body, receives, _) in held.waiting() {
            let line = &mut lanes[body.group % GROUPS].lines[0];
            line.count += 1;
            if line.tones.len() < IN_LINE {
                line.tones.push(if receives == 0 { Tone::Plain } else { Tone::Warn });
            }
        }
        for (body, _) in held.flying() {
            let worked_on = self.ledger.worked_on(body.first);
            lanes[body.group % GROUPS].stations[0].tone = if worked_on { Tone::Good } else { Tone::Warn };
        }
        for lane in &mut lanes {
            lane.label = format!("{} waiting", Unit::Count.show(lane.lines[0].count as f64));
        }
        let coming = self.coming(now);
        lanes[0].dots.extend(coming);
        lanes
    }

    /// What has just left, between `end` and the right end.
    fn leaving(&self, now: Nanos, end: f64, which: impl Fn(&Gone) -> bool) -> Vec<(f64, Tone)> {
        let gone = self.left.seen(now, DOTS).filter(|(.., gone)| which(gone));
        gone.map(|(way, _, gone)| (end + (1.0 - end) * way, tone_of(gone.effects))).collect()
    }

    /// The messages that will come soon: a copy of the stream runs ahead.
    fn coming(&self, now: Nanos) -> Vec<(f64, Tone)> {
        let mut arrivals = self.arrivals.clone();
        let mut at = self.next_send;
        let mut dots = Vec::new();
        while at <= now + AHEAD && dots.len() < DOTS {
            let way = 1.0 - at.since(now).as_secs_f64() / AHEAD.as_secs_f64();
            dots.push((0.3 * way, Tone::Plain));
            at = arrivals.next(at);
        }
        dots
    }

    /// What is in flight, by how much of its time-out is left: at the left end it comes back.
    fn flying(&self, now: Nanos, queues: usize) -> Lane {
        let whole = self.knobs.visibility.as_secs_f64();
        let mut dots = Vec::new();
        for (index, queue) in self.topic.queues().iter().enumerate().take(queues) {
            for (body, until) in queue.flying().take(DOTS) {
                let left = (until.since(now).as_secs_f64() / whole).min(1.0);
                let worked_on = self.ledger.worked_on(body.first + index as u64);
                dots.push((CONSUMER * left, if worked_on { Tone::Plain } else { Tone::Warn }));
            }
        }
        Lane {
            name: "unacknowledged".into(),
            stations: vec![Station::new(0.0, ""), Station::new(CONSUMER, "")],
            dots,
            label: format!("back after {}", Unit::Seconds.show(whole)),
            ..Lane::default()
        }
    }

    /// How messages ended, by the number of their effects.
    fn ends(&self) -> Bars {
        let counts = self.ledger.counts();
        let bar = |name: &str, value: u64, tone: Tone| Bar {
            name: name.into(),
            value: value as f64,
            label: Unit::Count.show(value as f64),
            series: Series(0),
            tone: if value == 0 { Tone::Dim } else { tone },
        };
        Bars {
            title: "messages by their effects".into(),
            bars: vec![
                bar("once", counts.once, Tone::Good),
                bar("twice or more", counts.duplicated, Tone::Warn),
                bar("lost, never", counts.lost, Tone::Bad),
                bar("dead, never", counts.dead, Tone::Bad),
            ],
            ..Bars::default()
        }
    }

    /// The share that the semantics puts at risk, over time, and what theory expects.
    fn share_chart(&self, now: Nanos) -> Chart {
        let x_span = self.shares.x_span(now, SPEC.length);
        let theory = theory::expected(&self.knobs);
        let most = self.knobs.semantics == Semantics::AtMost;
        let (of, y, name, level) = if most {
            ("lost_share", "messages lost, %", "lost", theory.lost)
        } else {
            ("duplicate_share", "messages with two effects or more, %", "duplicated", theory.duplicate)
        };
        let percent = move |shares: &(f64, f64)| if most { shares.1 * 100.0 } else { shares.0 * 100.0 };
        let name_of_level = format!("theory {}", Unit::Share.show(level));
        Chart {
            y: y.into(),
            x: "time, s".into(),
            x_span,
            of: Some(of),
            curves: vec![
                self.shares.curve(name, Series(1), now, percent),
                Curve::level(name_of_level, Series(1), x_span, level * 100.0),
            ],
            ..Chart::default()
        }
    }

    fn urgency(&self) -> Vec<Fact> {
        let p99 = |delays: &crate::lab::measure::Histogram| Unit::Seconds.show(delays.percentile(0.99) / 1e9);
        vec![
            Fact::new("p99 delay, urgent", p99(&self.ledger.urgent_delays)).tone(Tone::Good),
            Fact::new("p99 delay, all", p99(&self.ledger.delays)),
        ]
    }

    /// The life of a message, of the last one that came back where one did.
    fn story(&self) -> Timeline {
        let (unit, life) = self.ledger.story();
        let moments = life.iter().map(|&(at, what)| moment(at, what, unit));
        Timeline {
            actors: vec!["producer".into(), "queue".into(), "consumer".into(), "effect".into()],
            moments: moments.collect(),
        }
    }
}

/// What leaves: lost, done once, or more often.
fn tone_of(effects: u32) -> Tone {
    match effects {
        0 => Tone::Bad,
        1 => Tone::Good,
        _ => Tone::Warn,
    }
}

fn moment(at: Nanos, what: Life, unit: u64) -> Moment {
    const PRODUCER: usize = 0;
    const QUEUE: usize = 1;
    const CONSUMER: usize = 2;
    const EFFECT: usize = 3;
    let nth = |n: u32| match n {
        1 => "1st".to_string(),
        2 => "2nd".to_string(),
        3 => "3rd".to_string(),
        n => format!("{n}th"),
    };
    let (from, to, text, tone) = match what {
        Life::Sent => (PRODUCER, QUEUE, format!("message {unit}"), Tone::Plain),
        Life::Visible => (QUEUE, QUEUE, "visible".into(), Tone::Plain),
        Life::Taken(by, 1) => (QUEUE, CONSUMER, format!("to consumer {}", by + 1), Tone::Plain),
        Life::Taken(by, n) => (QUEUE, CONSUMER, format!("{} time, to {}", nth(n), by + 1), Tone::Warn),
        Life::Effect(1) => (CONSUMER, EFFECT, "effect".into(), Tone::Good),
        Life::Effect(n) => (CONSUMER, EFFECT, format!("{} effect", nth(n)), Tone::Bad),
        Life::Failed => (CONSUMER, CONSUMER, "fails".into(), Tone::Bad),
        Life::Skipped => (CONSUMER, CONSUMER, "known, skipped".into(), Tone::Good),
        Life::CrashBefore | Life::CrashAfter => (CONSUMER, CONSUMER, "crash".into(), Tone::Bad),
        Life::AckLost => (CONSUMER, QUEUE, "acknowledge".into(), Tone::Bad),
        Life::Acknowledged => (CONSUMER, QUEUE, "acknowledge".into(), Tone::Good),
        Life::Late => (CONSUMER, QUEUE, "too late".into(), Tone::Warn),
        Life::Again => (QUEUE, QUEUE, "time-out".into(), Tone::Warn),
        Life::Dead => (QUEUE, QUEUE, "dead".into(), Tone::Bad),
    };
    let passage = if what == Life::AckLost { Passage::Lost } else { Passage::Direct };
    Moment { at, from, to, text, passage, tone }
}
