//! The balancers as pictures: a table of both, the servers with their queues, latency and draw over time.

use super::side::End;
use super::{Balancers, CHOSEN, Event, FAULT, Fault, Fleet, POLICIES, POLICY, RIVAL, SECOND, SLOW, SPEC};
use crate::lab::scenario::Sim;
use crate::lab::scene::{Chart, Curve, CurveKind, Lane, Lanes, Series, Station, Table, Tone, Waiting, x_of};
use crate::lab::{Scene, Unit};
use crate::sim::Nanos;

/// Where the workers of a server begin on its lane, and where they end.
const WORKERS: f64 = 0.55;
const DONE: f64 = 0.9;
/// How many servers have a lane, how many dots it shows of each kind, and how many of those who wait.
const LANES: usize = 10;
const DOTS: usize = 12;
const WAITING: usize = 60;

impl Balancers {
    /// All there is to see at `now`.
    pub(super) fn pictures(&self, sim: &Sim<Event>, now: Nanos) -> Scene {
        let fleet = Fleet::of(sim.settings());
        let charts =
            vec![Scene::Chart(self.latency_chart(&fleet, now)), Scene::Chart(self.draw_chart(&fleet, now))];
        let fleets = [CHOSEN, RIVAL].map(|side| {
            let lanes = Scene::Lanes(self.lanes(side, now));
            let role = if side == CHOSEN { "chosen" } else { "rival" };
            Scene::Part(format!("{role}: {}", self.name(side)), Box::new(lanes))
        });
        Scene::Column(vec![Scene::Table(self.table(now)), Scene::Row(fleets.into()), Scene::Row(charts)])
    }

    fn name(&self, side: usize) -> &'static str {
        let policy = self.sides[side].balancer.policy();
        POLICY.iter().position(|other| *other == policy).map_or("", |index| POLICIES[index])
    }

    fn table(&self, now: Nanos) -> Table {
        let head = ["", "p50", "p99", "errors", "busiest/mean", "to server 2", "in rotation"];
        let row = |side: usize| {
            let fleet = &self.sides[side];
            let seconds = |q: f64| Unit::Seconds.show(fleet.latency.percentile(q) / 1e9);
            let rotation = fleet.balancer.rotation().count();
            let mode = if fleet.balancer.fail_open() {
                "all: fails open".into()
            } else {
                format!("{rotation} of {}", self.servers)
            };
            let drawn = match self.fault {
                Fault::FailsFast if now >= FAULT.0 => fleet.attracted(),
                _ => f64::NAN,
            };
            vec![
                self.name(side).into(),
                seconds(0.5),
                seconds(0.99),
                Unit::Share.show(fleet.errors()),
                Unit::Ratio.show(fleet.busiest(now, self.servers)),
                Unit::Share.show(drawn),
                mode,
            ]
        };
        let right = (0..head.len()).map(|column| column > 0).collect();
        Table {
            head: head.map(String::from).to_vec(),
            rows: vec![row(CHOSEN), row(RIVAL)],
            right,
            chosen: Some(CHOSEN),
        }
    }

    fn lanes(&self, side: usize, now: Nanos) -> Lanes {
        let fleet = &self.sides[side];
        let shown = self.servers.min(LANES);
        let mut lanes: Vec<Lane> = (0..shown).map(|host| self.lane(side, host)).collect();
        for (lane, host) in lanes.iter_mut().zip(&fleet.hosts) {
            for active in host.active.iter().take(DOTS) {
                let whole = active.ends.since(active.started).as_secs_f64().max(1e-9);
                let done = (now.since(active.started).as_secs_f64() / whole).min(1.0);
                let tone = if active.fails { Tone::Bad } else { Tone::Plain };
                lane.dots.push((WORKERS + 0.03 + (DONE - WORKERS - 0.03) * done, tone));
            }
        }
        for (way, _, host) in fleet.sending.seen(now, DOTS * shown) {
            if let Some(lane) = lanes.get_mut(*host) {
                // Those who wait stand where this one is going, so it is seen on the first part of its way only.
                lane.dots.push((0.2 * way, Tone::Dim));
            }
        }
        for (way, _, (host, end)) in fleet.endings.seen(now, DOTS * shown) {
            if let Some(lane) = lanes.get_mut(*host) {
                let tone = if *end == End::Served { Tone::Good } else { Tone::Bad };
                lane.dots.push((DONE + 0.02 + (0.98 - DONE) * way, tone));
            }
        }
        Lanes {
            lanes,
            legend: vec![
                (Tone::Plain, "works".into()),
                (Tone::Good, "served".into()),
                (Tone::Bad, "failed".into()),
                (Tone::Dim, "sent".into()),
            ],
        }
    }

    fn lane(&self, side: usize, host: usize) -> Lane {
        let fleet = &self.sides[side];
        let there = &fleet.hosts[host];
        let mut tones = vec![Tone::Plain; there.queue.len().min(WAITING)];
        if there.queue.len() > self.workers * 4 {
            tones.fill(Tone::Warn);
        }
        let in_rotation = fleet.balancer.rotation().any(|other| other == host);
        let state = match host {
            SECOND if self.faulty && self.fault == Fault::Drains => " drains",
            _ if !in_rotation => " out",
            SECOND if self.faulty && self.fault == Fault::FailsFast => " fails",
            SLOW if self.slow > 1.0 => " slow",
            _ => "",
        };
        Lane {
            name: format!("{}{state}", host + 1),
            stations: vec![Station::new(0.0, "balancer"), Station::new(WORKERS, "workers")],
            dots: Vec::new(),
            lines: vec![Waiting { at: WORKERS, tones, count: there.queue.len(), room: None }],
            label: there.level.value().to_string(),
        }
    }

    fn latency_chart(&self, fleet: &Fleet, now: Nanos) -> Chart {
        let curve = |side: usize| {
            let mean = |bin: &super::side::Bin| bin.latency / bin.served as f64;
            self.sides[side].bins.curve(self.name(side), Series(side as u8), now, mean)
        };
        let x_span = self.sides[CHOSEN].bins.x_span(now, SPEC.length);
        let mut curves = vec![curve(CHOSEN), curve(RIVAL)];
        let theory = self.mean_theory(fleet);
        if theory.is_finite() {
            curves.push(Curve::level("theory", Series(0), x_span, theory));
        }
        let pooled = fleet.pooled();
        if pooled.is_finite() {
            curves.push(Curve::level("one queue for all", Series(2), x_span, pooled));
        }
        Chart {
            y: "mean latency of those served, s".into(),
            x: "time, s".into(),
            x_span,
            of: Some("mean_s"),
            curves,
            ..Chart::default()
        }
    }

    fn draw_chart(&self, fleet: &Fleet, now: Nanos) -> Chart {
        let curve = |side: usize| {
            let share = |bin: &super::side::Bin| 100.0 * bin.to_second as f64 / bin.sent as f64;
            self.sides[side].bins.curve(self.name(side), Series(side as u8), now, share)
        };
        let x_span = self.sides[CHOSEN].bins.x_span(now, SPEC.length);
        let mut curves = vec![curve(CHOSEN), curve(RIVAL)];
        let theory = self.attracted_theory(fleet) * 100.0;
        if theory.is_finite() {
            let points = vec![(x_of(FAULT.0), theory), (x_of(FAULT.1), theory)];
            curves.push(Curve::new(CurveKind::Theory, "theory, unnoticed", Series(0), points));
        }
        Chart {
            y: "share of the requests sent to server 2, %".into(),
            x: "time, s".into(),
            x_span,
            y_top: Some(100.0),
            of: Some("attracted"),
            curves,
            ..Chart::default()
        }
    }
}
