//! The autoscalers as pictures: the size of both fleets, load against capacity over the last hour, what the spike lost.

use super::fleet::{Fleet, Minute};
use super::{CAPACITY, CHOSEN, Event, MEANS, Means, RIVAL, SPIKE, Scaling, theory};
use crate::lab::scenario::Sim;
use crate::lab::scene::{Chart, Curve, CurveKind, Gauge, Series, Tone};
use crate::lab::{Scene, Unit};
use crate::sim::Nanos;

impl Scaling {
    /// All there is to see at `now`.
    pub(super) fn pictures(&self, sim: &Sim<Event>, now: Nanos) -> Scene {
        Scene::Column(vec![
            Scene::Gauge(self.gauge(CHOSEN, now)),
            Scene::Gauge(self.gauge(RIVAL, now)),
            Scene::Row(vec![Scene::Chart(self.load_chart(now)), Scene::Chart(self.spike_chart(sim, now))]),
        ])
    }

    fn name(&self, side: usize) -> &'static str {
        MEANS[self.fleets[side].means as usize]
    }

    /// The instances that serve, of those that a fleet for the peak has, and what came of them.
    fn gauge(&self, side: usize, now: Nanos) -> Gauge {
        let fleet = &self.fleets[side];
        let busy = self.load.rate as f64 / fleet.capacity().max(1) as f64;
        let tone = match busy {
            _ if busy > 1.0 => Tone::Bad,
            _ if busy > self.rules.target * (1.0 + self.rules.tolerance) => Tone::Warn,
            _ => Tone::Good,
        };
        let lost = Unit::Share.show(fleet.lost_of_spike());
        let cost = self.cost_of_peak(side, now) * 100.0;
        Gauge {
            name: self.name(side).into(),
            value: f64::from(fleet.running),
            full: f64::from(self.plan.peak.max(1)),
            label: format!(
                "{:>3} run {:>+3} boot  lost {lost:>5}  cost {cost:>3.0}%  flaps {:>2}",
                fleet.running,
                fleet.booting.len(),
                fleet.flaps
            ),
            series: Series(side as u8),
            tone,
        }
    }

    fn load_chart(&self, now: Nanos) -> Chart {
        let per_second = |sum: u128, minute: &Minute| sum as f64 / minute.time.max(1) as f64;
        let x_span = x_span(now);
        let here = |fleet| minutes(fleet, now).filter(move |(at, _)| *at >= x_span.0);
        let load: Vec<(f64, f64)> = here(&self.fleets[CHOSEN])
            .map(|(at, minute)| (at + 0.5, per_second(minute.came, minute)))
            .collect();
        let steps = |name: &str, series: Series, value: &dyn Fn(&Minute) -> f64| {
            let mut points: Vec<(f64, f64)> =
                here(&self.fleets[CHOSEN]).map(|(at, minute)| (at, value(minute))).collect();
            points.extend(points.last().map(|(at, last)| (at + 1.0, *last)));
            Curve::new(CurveKind::Steps, name, series, points)
        };
        let lost: Vec<(f64, f64, f64)> = here(&self.fleets[CHOSEN])
            .map(|(at, minute)| {
                let (came, could) = (per_second(minute.came, minute), per_second(minute.could, minute));
                (at + 0.5, could.min(came), came)
            })
            .collect();
        Chart {
            y: "requests/s".into(),
            x: "time, min".into(),
            x_span,
            curves: vec![
                Curve::band("lost", Series(3), &lost),
                steps("ordered", Series(4), &|minute| (u64::from(minute.ordered) * CAPACITY) as f64),
                steps("capacity", Series(0), &|minute| per_second(minute.could, minute)),
                Curve::new(CurveKind::Line, "load", Series(2), load),
            ],
            ..Chart::default()
        }
    }

    fn spike_chart(&self, sim: &Sim<Event>, now: Nanos) -> Chart {
        let x_span = (SPIKE.0.as_secs_f64() / 60.0 - 1.0, SPIKE.1.as_secs_f64() / 60.0 + 4.0);
        let curve = |side: usize| {
            let points = minutes(&self.fleets[side], now)
                .filter(|(at, minute)| {
                    *at + 1.0 >= x_span.0 && *at < x_span.1 && minute.spike_lost.is_finite()
                })
                .map(|(at, minute)| (at + 1.0, minute.spike_lost * 100.0))
                .collect();
            Curve::new(CurveKind::Line, self.name(side), Series(side as u8), points)
        };
        let mut curves = vec![curve(CHOSEN), curve(RIVAL)];
        if self.fleets[CHOSEN].means == Means::Reactive {
            let theory = theory::lost_in_spike(sim.settings()) * 100.0;
            curves.push(Curve::level("theory", Series(CHOSEN as u8), x_span, theory));
        }
        Chart {
            y: "spike lost so far, %".into(),
            x: "time, min".into(),
            x_span,
            of: Some("spike_lost"),
            curves,
            ..Chart::default()
        }
    }
}

/// The minutes that are over, from when they began.
fn minutes(fleet: &Fleet, now: Nanos) -> impl Iterator<Item = (f64, &Minute)> {
    fleet.minutes.over(now).map(|(at, minute)| (at / 60.0, minute))
}

/// The last hour, moving on by quarters of an hour.
fn x_span(now: Nanos) -> (f64, f64) {
    let quarters = (now.as_secs_f64() / 900.0).ceil().max(4.0);
    (quarters * 15.0 - 60.0, quarters * 15.0)
}
