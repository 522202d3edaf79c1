//! The storm as pictures: both sides with their queues, what reaches the servers, what comes back to the clients.

use super::measures::{BIN, recent};
use super::rules::{earned, rules, tries_theory};
use super::side::{End, Side, State};
use super::{CAPACITY, OTHER, Retry, SPEC, STRATEGIES, YOURS};
use crate::lab::scene::{Chart, Curve, Fact, Lane, Lanes, Series, Station, Tone, Waiting};
use crate::lab::{Scene, Settings, Unit};
use crate::sim::Nanos;

/// Where the server stands on a lane.
const SERVER: f64 = 0.78;
/// How long a try is seen before it comes.
const AHEAD: Nanos = Nanos::from_millis(400);
/// How much of the lane the longest queue takes, and how many tries that are.
const LONGEST: (f64, f64) = (0.62, 40.0);
/// How many of a kind are seen on a lane at most.
const COMING: usize = 30;
const ENDED: usize = 12;
/// How many of a queue have their tones told.
const TOLD: usize = 100;

impl Retry {
    /// All there is to see at `now`.
    pub(super) fn pictures(&self, settings: &Settings, now: Nanos) -> Scene {
        let names = self.names(settings);
        Scene::Column(vec![
            Scene::Lanes(self.lanes(&names, settings, now)),
            Scene::Row(vec![
                Scene::Chart(self.tries_chart(&names, settings, now)),
                Scene::Chart(self.answered_chart(&names, settings, now)),
            ]),
            Scene::Facts(vec![self.work(&names, YOURS), self.work(&names, OTHER)]),
        ])
    }

    /// What the sides are called.
    fn names(&self, settings: &Settings) -> [String; 2] {
        let strategy = |control| STRATEGIES.get(settings.count(control)).copied().unwrap_or("?");
        let budget = if earned(settings).is_some() { " + budget" } else { "" };
        let yours = format!("{}{budget}", strategy("strategy"));
        let other = strategy("against");
        let other = if yours == other { format!("{other} too") } else { other.to_string() };
        [yours, other]
    }

    fn lanes(&self, names: &[String; 2], settings: &Settings, now: Nanos) -> Lanes {
        let coming = self.coming(now);
        let recent = recent(&self.bins, now);
        let lane = |index: usize| {
            let side = &self.sides[index];
            let tail = tail(side);
            let mut dots: Vec<(f64, Tone)> = coming.iter().map(|way| (tail * way, Tone::Plain)).collect();
            dots.extend(retries(side, now).map(|way| (tail * way, Tone::Warn)));
            dots.extend(side.ends.seen(now, ENDED).map(|(way, _, end)| match end {
                End::Answered => (SERVER + (1.0 - SERVER) * way, Tone::Good),
                // What dies drops out close by.
                End::ForNobody => (SERVER + 0.02 + 0.08 * way, Tone::Bad),
                End::Refused => (tail * (1.0 - 0.25 * way), Tone::Dim),
            }));
            let tones = side.queue.iter().take(TOLD);
            let tones = tones.map(|&job| if side.waits(job) { Tone::Plain } else { Tone::Bad }).collect();
            let line =
                Waiting { at: SERVER, tones, count: side.queue.len(), room: Some(settings.count("queue")) };
            let share = recent.answered_share(index);
            Lane {
                name: names[index].clone(),
                stations: vec![Station::new(0.0, "clients"), self.station(side)],
                dots,
                lines: vec![line],
                label: format!(
                    "{} answered",
                    if share.is_nan() { "-".into() } else { format!("{:.0}%", share * 100.0) }
                ),
            }
        };
        Lanes {
            lanes: vec![lane(YOURS), lane(OTHER)],
            legend: vec![
                (Tone::Plain, "waits for an answer".into()),
                (Tone::Warn, "retry".into()),
                (Tone::Good, "answered".into()),
                (Tone::Bad, "for nobody".into()),
                (Tone::Dim, "refused".into()),
            ],
        }
    }

    fn station(&self, side: &Side) -> Station {
        let tone = match side.at_work() {
            _ if self.paused => Tone::Bad,
            None => Tone::Dim,
            Some(true) => Tone::Good,
            Some(false) => Tone::Bad,
        };
        Station::new(SERVER, if self.paused { "server stands still" } else { "server" }).tone(tone)
    }

    /// How far on their way the calls are that will come soon: a copy of the stream runs ahead.
    fn coming(&self, now: Nanos) -> Vec<f64> {
        let mut arrivals = self.arrivals.clone();
        let mut at = self.next_call;
        let mut ways = Vec::new();
        while at <= now + AHEAD && ways.len() < COMING {
            ways.push(way(at, now));
            at = arrivals.next(at);
        }
        ways
    }

    fn tries_chart(&self, names: &[String; 2], settings: &Settings, now: Nanos) -> Chart {
        let x_span = self.bins.x_span(now, SPEC.length);
        let curve = |side: usize| {
            self.bins.curve(names[side].as_str(), Series(side as u8), now, |bin| {
                f64::from(bin.sent[side]) / BIN.as_secs_f64()
            })
        };
        let storm = tries_theory(settings);
        let text = match earned(settings) {
            Some(earned) if f64::from(rules(settings, YOURS).tries) > 1.0 => {
                format!("load + {}%", earned / 10)
            }
            _ => format!("load x {}", rules(settings, YOURS).tries),
        };
        Chart {
            y: "tries at the server, 1/s".into(),
            x: "time, s".into(),
            x_span,
            of: Some("tries_per_s"),
            curves: vec![
                curve(YOURS),
                curve(OTHER),
                Curve::level("capacity", Series(2), x_span, CAPACITY),
                Curve::level(text, Series(YOURS as u8), x_span, storm),
            ],
            ..Chart::default()
        }
    }

    fn answered_chart(&self, names: &[String; 2], settings: &Settings, now: Nanos) -> Chart {
        let x_span = self.bins.x_span(now, SPEC.length);
        let curve = |side: usize| {
            self.bins.curve(names[side].as_str(), Series(side as u8), now, |bin| {
                f64::from(bin.answered[side]) / BIN.as_secs_f64()
            })
        };
        Chart {
            y: "calls answered, 1/s".into(),
            x: "time, s".into(),
            x_span,
            curves: vec![
                curve(YOURS),
                curve(OTHER),
                Curve::level("calls made", Series(2), x_span, settings.get("load")),
            ],
            ..Chart::default()
        }
    }

    /// What the work of a side's server was for, and what is left of its budget.
    fn work(&self, names: &[String; 2], index: usize) -> Fact {
        let side = &self.sides[index];
        let wasted = side.counts.for_nobody as f64 / side.counts.done as f64;
        let tone = if wasted > 0.2 { Tone::Bad } else { Tone::Plain };
        let note = match &side.budget {
            Some(budget) => format!("retry budget: {:.1} of {} left", budget.left(), budget.full()),
            None => format!("{} of {} in the queue too", side.dead, side.queue.len()),
        };
        let value = format!("{} of the work for nobody", Unit::Share.show(wasted));
        Fact::new(names[index].as_str(), value).note(note).tone(tone)
    }
}

/// Where the end of the line is.
fn tail(side: &Side) -> f64 {
    let (part, most) = LONGEST;
    SERVER - 0.02 - part * (side.queue.len() as f64 / most).min(1.0)
}

/// How far the way of a try is that comes at `at`, 0 to 1.
fn way(at: Nanos, now: Nanos) -> f64 {
    1.0 - at.since(now).as_secs_f64() / AHEAD.as_secs_f64()
}

/// The retries that will come soon; where they are many, every second, fourth, ... call's.
fn retries(side: &Side, now: Nanos) -> impl Iterator<Item = f64> {
    let due = move |state: &State| match state {
        State::Pausing(at) if *at <= now + AHEAD => Some(*at),
        State::Pausing(_) | State::Waiting(_) => None,
    };
    let count = side.calls.values().filter(|call| due(&call.state).is_some()).count();
    let every = (count.div_ceil(COMING).max(1) as u64).next_power_of_two();
    side.calls
        .iter()
        .filter(move |(id, _)| id.is_multiple_of(every))
        .filter_map(move |(_, call)| due(&call.state))
        .map(move |at| way(at, now))
}
