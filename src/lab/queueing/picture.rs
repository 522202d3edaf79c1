//! Waiting lines as pictures: who waits where, the wait against the utilisation, the wait over time.

use super::measures::SEEN;
use super::{POOLED, Queueing, SEPARATE, SPEC};
use crate::lab::scene::{Chart, Curve, CurveKind, Lane, Lanes, Series, Station as Place, Tone, Waiting};
use crate::lab::{Scene, Unit};
use crate::sim::Nanos;

/// Where the first server stands on a lane, and how far the others stand apart.
const SERVER: f64 = 0.62;
const APART: f64 = 0.03;
/// How many requests are seen on their way to the lines, and behind the servers of a lane.
const COMING: usize = 16;
const GONE: usize = 16;
/// How many of the lines of their own are shown.
const LINES: usize = 3;
/// How many of those who wait are drawn one by one.
const IN_LINE: usize = 100;
/// The series of points of earlier settings.
const EARLIER: Series = Series(2);

impl Queueing {
    /// All there is to see at `now`.
    pub(super) fn pictures(&self, now: Nanos) -> Scene {
        Scene::Column(vec![
            Scene::Lanes(self.lanes(now)),
            Scene::Row(vec![Scene::Chart(self.against_load(now)), Scene::Chart(self.inside(now))]),
        ])
    }

    fn lanes(&self, now: Nanos) -> Lanes {
        let servers = self.knobs.servers;
        let mut lanes = vec![self.lane(now, POOLED, 0)];
        lanes[0].dots.extend(self.coming(now));
        lanes[0].name = if servers == 1 { "requests".into() } else { "one line".into() };
        let mean = |layout: usize| {
            let wait = self.layouts[layout].period.mean_wait(self.knobs.time);
            format!("mean wait {}", Unit::Ratio.show(wait))
        };
        lanes[0].label = mean(POOLED);
        if servers > 1 {
            lanes.extend((0..servers.min(LINES)).map(|line| self.lane(now, SEPARATE, line)));
            lanes[1].label = mean(SEPARATE);
        }
        // With many lanes their rows are worth more than the names.
        if servers <= 2 {
            lanes[0].stations[0].name = if servers == 1 { "server".into() } else { "servers".into() };
            lanes[0].stations.extend([Place::new(0.0, "come"), Place::new(1.0, "served")]);
        }
        let mut legend = Vec::new();
        if (0..2).any(|layout| self.full(layout)) {
            legend.push((Tone::Bad, "refused: 8,000 wait already".into()));
        }
        Lanes { lanes, legend }
    }

    fn lane(&self, now: Nanos, layout: usize, line: usize) -> Lane {
        let seen = &self.layouts[layout];
        let station = &seen.lines[line];
        let busy = station.busy();
        let place = |server: u32| SERVER + APART * f64::from(server);
        let tone = |server: u32| if server < busy { Tone::Good } else { Tone::Dim };
        let stations = (0..station.servers()).map(|server| Place::new(place(server), "").tone(tone(server)));
        let end = place(station.servers().saturating_sub(1));
        let mut dots = Vec::new();
        let gone = seen.seen.gone.seen(now, GONE * seen.lines.len());
        dots.extend(
            gone.filter(|(.., from)| **from == line).map(|(way, ..)| (end + (1.0 - end) * way, Tone::Good)),
        );
        let refused = seen.seen.refused.seen(now, GONE);
        dots.extend(refused.filter(|(.., to)| **to == line).map(|(way, ..)| (0.1 - 0.1 * way, Tone::Bad)));
        let waiting = station.waiting();
        let name = match line {
            _ if line + 1 == LINES && self.knobs.servers > LINES => {
                format!("line {LINES} of {}", self.knobs.servers)
            }
            _ => format!("line {}", line + 1),
        };
        Lane {
            name,
            stations: stations.collect(),
            dots,
            lines: vec![Waiting {
                at: SERVER,
                tones: vec![Tone::Warn; waiting.min(IN_LINE)],
                count: waiting,
                room: None,
            }],
            label: String::new(),
        }
    }

    /// The requests that will come soon: a copy of the stream runs ahead. Where they are many, every second, fourth, ... one.
    fn coming(&self, now: Nanos) -> Vec<(f64, Tone)> {
        let expected = self.knobs.rate() * SEEN.as_secs_f64();
        let every = ((expected / COMING as f64).ceil().max(1.0) as u64).next_power_of_two();
        let mut arrivals = self.arrivals.clone();
        let (mut at, mut number) = (self.next, self.count + 1);
        let mut dots = Vec::new();
        while at <= now + SEEN && dots.len() < 2 * COMING {
            if number.is_multiple_of(every) {
                let way = 1.0 - at.since(now).as_secs_f64() / SEEN.as_secs_f64();
                dots.push((SERVER * way, Tone::Plain));
            }
            number += 1;
            at = arrivals.next(at);
        }
        dots
    }

    /// The names of the layouts that are there.
    fn shown(&self) -> &'static [(usize, &'static str)] {
        if self.knobs.servers == 1 {
            &[(POOLED, "run")]
        } else {
            &[(POOLED, "one line"), (SEPARATE, "a line each")]
        }
    }

    /// The wait against the utilisation: where the measurements stand, and the curve that theory says they lie on.
    fn against_load(&self, now: Nanos) -> Chart {
        let mut curves = Vec::new();
        let mut top: f64 = 12.0;
        for &(layout, name) in self.shown() {
            let series = Series(layout as u8);
            let period = &self.layouts[layout].period;
            let wait = period.mean_wait(self.knobs.time);
            let busy = (period.utilisation(now, self.knobs.servers) * 100.0).min(100.0);
            if wait.is_finite() && busy.is_finite() {
                top = top.max(wait * 1.2);
                let worst = period.p99(self.knobs.time);
                let name = format!("{name} {}, p99 {}", Unit::Ratio.show(wait), Unit::Ratio.show(worst));
                curves.push(Curve::new(CurveKind::Points, name, series, vec![(busy, wait)]));
            }
            let at = |percent: u32| (f64::from(percent), self.theory(layout, f64::from(percent) / 100.0));
            let points: Vec<(f64, f64)> = (0..100).map(at).filter(|point| point.1.is_finite()).collect();
            if !points.is_empty() {
                let asked = self.theory(layout, self.knobs.rho);
                let name = if asked.is_finite() {
                    top = top.max(asked * 1.3);
                    format!("theory {}", Unit::Ratio.show(asked))
                } else {
                    "theory".into()
                };
                curves.push(Curve::new(CurveKind::Theory, name, series, points));
            }
        }
        let earlier: Vec<(f64, f64)> = self.points.iter().map(|(busy, wait, _)| (*busy, *wait)).collect();
        if !earlier.is_empty() {
            curves.push(Curve::new(CurveKind::Points, "earlier", EARLIER, earlier));
        }
        Chart {
            y: "mean wait, service times".into(),
            x: "busy, %".into(),
            x_span: (0.0, 100.0),
            y_top: Some(round_up(top)),
            of: Some("wait"),
            curves,
            ..Chart::default()
        }
    }

    /// The number in the system over time, and Little's law in its title.
    fn inside(&self, now: Nanos) -> Chart {
        let numbers = self.numbers(now);
        let show = |name: &str| {
            SPEC.reading(name).map_or(String::new(), |(index, reading)| reading.unit.show(numbers[index]))
        };
        let (inside, rate, time) = (show("in_system"), show("arrival_rate"), show("time_in_system"));
        let x_span = self.layouts[POOLED].seen.inside.x_span(now, SPEC.length);
        let mut curves = Vec::new();
        for &(layout, name) in self.shown() {
            let series = Series(layout as u8);
            let name = if self.knobs.servers == 1 { "" } else { name };
            let held = &self.layouts[layout].seen.inside;
            curves.push(held.curve(name, series, now, |area| *area as f64 / held.width_s() / 1e9));
            let wait = self.theory(layout, self.knobs.rho);
            if wait.is_finite() {
                // Little's law again: as many as come during a wait and a service.
                let level = self.knobs.rho * self.knobs.servers as f64 * (wait + 1.0);
                curves.push(Curve::level("theory", series, x_span, level));
            }
        }
        Chart {
            y: format!("inside: L {inside} = \u{3bb} {rate} \u{d7} W {time}"),
            x: "time, s".into(),
            x_span,
            curves,
            ..Chart::default()
        }
    }
}

/// The next multiple of 5, 50, 500, ... that leaves at most a half of the axis empty.
fn round_up(top: f64) -> f64 {
    let mut step = 5.0;
    while step * 10.0 < top {
        step *= 10.0;
    }
    (top / step).ceil() * step
}
