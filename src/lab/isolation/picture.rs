//! The demo as pictures: wards with transactions on their way, the levels beside each other, a script as a sequence of
//! statements, row versions, and the last cycle of dependencies.

use super::jobs::{Wish, standing};
use super::knobs::{LEVELS, Story};
use super::leases::Told as LeaseTold;
use super::scripts::said;
use super::side::{End, Job, Side};
use super::words::{outcome_said, standing_of};
use super::{Isolation, SPEC};
use crate::lab::scene::{
    Chart, Curve, Fact, Lane, Lanes, Moment, Passage, Series, Station, Table, Timeline, Tone,
};
use crate::lab::{Scene, Unit};
use crate::sim::Nanos;
use crate::systems::mvcc::Level;

/// The levels where there is little room.
const SHORT: [&str; 4] = ["committed", "repeatable", "serializable", "two-phase"];
/// So many rows have a lane.
const LANES: u64 = 8;
/// Where a transaction that works is, where it writes, and where one that has ended goes.
const BEGIN: f64 = 0.03;
const WRITE: f64 = 0.72;
const END: f64 = 0.98;
const ENDS: usize = 60;

pub(super) fn text(words: &[&str]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

impl Isolation {
    /// What there is to see at first.
    pub(super) fn pictures(&self, now: Nanos) -> Scene {
        if let Some(stage) = &self.stage {
            return Scene::Column(vec![
                Scene::Timeline(self.statements()),
                Scene::Table(self.verdicts()),
                Scene::Facts(vec![
                    Fact::new(stage.script.name, stage.script.title).note(format!("round {}", stage.round)),
                ]),
            ]);
        }
        if self.knobs.story == Story::Lease {
            return Scene::Column(vec![
                Scene::Table(self.storages()),
                Scene::Timeline(self.lease_story()),
                Scene::Chart(self.harm_chart(now)),
            ]);
        }
        Scene::Column(vec![
            Scene::Lanes(self.lanes(now)),
            Scene::Table(self.levels(now)),
            Scene::Chart(self.harm_chart(now)),
        ])
    }

    fn lanes(&self, now: Nanos) -> Lanes {
        let Some(side) = self.shown() else { return Lanes::default() };
        let story = self.knobs.story;
        let rows = self.knobs.rows.min(LANES);
        let mut lanes: Vec<Lane> = (0..rows)
            .map(|row| {
                let (label, bad) = standing(story, &side.store, row);
                let tone = if bad { Tone::Bad } else { Tone::Plain };
                Lane {
                    name: format!("{} {}", story.row(), row + 1),
                    stations: vec![Station::new(WRITE, "").tone(tone)],
                    label,
                    ..Lane::default()
                }
            })
            .collect();
        if let Some(lane) = lanes.first_mut() {
            lane.stations[0].name = "write".into();
            lane.stations.insert(0, Station::new(BEGIN, "read"));
        }
        for job in side.jobs.values() {
            let Some(lane) = lanes.get_mut(job.wish.place() as usize) else { continue };
            let span = job.until.since(job.since).as_secs_f64();
            let part = (now.since(job.since).as_secs_f64() / span.max(1e-9)).clamp(0.0, 1.0);
            let (at, tone) = match (job.tx, job.waits) {
                (None, _) => (BEGIN * part, Tone::Dim),
                (_, Some(_)) => (if job.step == 0 { BEGIN } else { WRITE - 0.03 }, Tone::Warn),
                _ => (BEGIN + (WRITE - BEGIN) * part, Tone::Plain),
            };
            lane.dots.push((at, tone));
        }
        for (way, _, &(row, end)) in side.ends.seen(now, ENDS) {
            let Some(lane) = lanes.get_mut(row as usize) else { continue };
            match end {
                End::Committed => lane.dots.push((WRITE + (END - WRITE) * way, Tone::Good)),
                End::Harm => lane.dots.push((WRITE + (END - WRITE) * way, Tone::Bad)),
                // Back to the start.
                End::Aborted => lane.dots.push((WRITE - (WRITE - BEGIN) * way, Tone::Dim)),
            }
        }
        let legend = [
            (Tone::Plain, "at work"),
            (Tone::Warn, "waits"),
            (Tone::Good, "committed"),
            (
                Tone::Bad,
                match story {
                    Story::Doctors => "nobody on call",
                    _ => "did harm",
                },
            ),
            (Tone::Dim, "aborted"),
        ];
        Lanes { lanes, legend: legend.map(|(tone, word)| (tone, word.to_string())).to_vec() }
    }

    /// All levels beside each other, with the same jobs.
    pub(super) fn levels(&self, now: Nanos) -> Table {
        let span = now.since(self.began).as_secs_f64();
        let rows = self.sides.iter().zip(SHORT).map(|(side, name)| {
            let counts = &side.counts;
            let per = |value: f64, of: u64| value / of as f64;
            vec![
                name.to_string(),
                Unit::Count.show(side.harm.harm as f64),
                Unit::Share.show(per(side.harm.harm as f64, side.harm.cases)),
                Unit::Count.show(side.book.cycles() as f64),
                Unit::PerSecond.show(counts.committed as f64 / span),
                Unit::Share.show(per(counts.aborts() as f64, counts.attempts)),
                Unit::Millis.show(per(counts.waited * 1e3, counts.attempts)),
            ]
        });
        let mut rows: Vec<Vec<String>> = rows.collect();
        let harm = match self.knobs.story {
            Story::Doctors => "unstaffed",
            Story::Transfers => "money off",
            _ => "lost",
        };
        if self.knobs.story == Story::Transfers {
            rows.iter_mut().for_each(|row| row[2] = "-".into());
        }
        Table {
            head: text(&["level", harm, "of cases", "cycles", "commits", "aborted", "waits"]),
            rows,
            right: vec![false, true, true, true, true, true, true],
            chosen: Some(self.knobs.level),
        }
    }

    /// How much went wrong until when, at each level or in each storage, with what theory expects.
    fn harm_chart(&self, now: Nanos) -> Chart {
        let share =
            |cases: u64, harm: u64| if cases == 0 { f64::NAN } else { 100.0 * harm as f64 / cases as f64 };
        let mut curves = Vec::new();
        let mut x_span = (0.0, SPEC.length.as_secs_f64());
        let money = self.knobs.story == Story::Transfers;
        for (index, side) in self.sides.iter().enumerate() {
            x_span = side.seen.x_span(now, SPEC.length);
            let value = |harm: &super::jobs::Harm| {
                if money { harm.harm as f64 } else { share(harm.cases, harm.harm) }
            };
            let curve = side.seen.curve(LEVELS[index], Series(index as u8), now, |seen| {
                if seen.committed == 0 { f64::NAN } else { value(&seen.harm) }
            });
            curves.push(curve);
        }
        for (index, leases) in self.leases.iter().enumerate() {
            x_span = leases.seen.x_span(now, SPEC.length);
            let name = ["without a fence", "with a fence"][index.min(1)];
            curves.push(
                leases.seen.curve(name, Series(index as u8), now, |(taken, lost)| share(*taken, *lost)),
            );
        }
        let theory = self.harm_theory();
        if theory.is_finite() {
            let name = format!("theory {}", Unit::Share.show(theory));
            curves.push(Curve::level(name, Series(self.knobs.level as u8), x_span, theory * 100.0));
        }
        let y = match self.knobs.story {
            Story::Doctors => "left with nobody on call, %",
            Story::Transfers => "money made or lost",
            _ => "increments lost, %",
        };
        Chart {
            y: y.into(),
            x: "time, s".into(),
            x_span,
            of: (!money).then_some("harm_share"),
            curves,
            ..Chart::default()
        }
    }

    /// The script at the level that is shown.
    fn statements(&self) -> Timeline {
        let Some(stage) = &self.stage else { return Timeline::default() };
        let level = self.knobs.level;
        let (play, times) = (&stage.plays[level], &stage.times[level]);
        let moments = play.told().iter().zip(times).map(|(told, at)| {
            let what = said(stage.script.moves[told.index].1);
            let (text, tone) = outcome_said(play, &what, &told.outcome);
            Moment { at: *at, from: told.slot, to: told.slot, text, passage: Passage::Direct, tone }
        });
        Timeline {
            actors: (1..=stage.actors()).map(|slot| format!("T{slot}")).collect(),
            moments: moments.collect(),
        }
    }

    /// What came of the script at each level.
    pub(super) fn verdicts(&self) -> Table {
        let Some(stage) = &self.stage else { return Table::default() };
        let rows = stage.plays.iter().zip(&stage.found).zip(LEVELS.iter().zip(Level::ALL)).map(
            |((play, found), (name, level))| {
                let names: Vec<&str> = found.iter().map(|anomaly| anomaly.name()).collect();
                let verdict = if !names.is_empty() {
                    names.join(", ")
                } else if play.is_over() {
                    "none".into()
                } else {
                    "\u{2026}".into()
                };
                let slots = (0..stage.actors()).map(|slot| standing_of(play, slot));
                let permitted =
                    if stage.script.permitted.contains(&level) { "permitted" } else { "prevented" };
                [(*name).to_string(), verdict, permitted.into()].into_iter().chain(slots).collect()
            },
        );
        let mut head = text(&["level", "anomaly", "PostgreSQL"]);
        head.extend((1..=stage.actors()).map(|slot| format!("T{slot}")));
        let right = vec![false; head.len()];
        Table { rows: rows.collect(), head, right, chosen: Some(self.knobs.level) }
    }

    fn storages(&self) -> Table {
        let rows = self.leases.iter().zip(["without a fence", "with a fence"]).map(|(leases, name)| {
            let count = |value: u64| Unit::Count.show(value as f64);
            vec![
                name.to_string(),
                count(leases.taken),
                count(leases.lost()),
                Unit::Share.show(leases.late as f64 / leases.writes as f64),
                count(leases.refused),
                count(leases.gave_up + leases.turned_away),
            ]
        });
        Table {
            head: text(&["storage", "increments taken", "lost", "late owners", "refused", "gave up"]),
            rows: rows.collect(),
            right: vec![false, true, true, true, true, true],
            chosen: Some(usize::from(self.knobs.fencing)),
        }
    }

    /// What happened to the first counter.
    fn lease_story(&self) -> Timeline {
        let told = self.storage().into_iter().flat_map(|leases| &leases.told);
        let moments = told.map(|(at, id, told)| {
            let (from, to, text, passage, tone) = match told {
                LeaseTold::Granted(span) => {
                    (1, 0, format!("lease to {id}, {span} ms"), Passage::Direct, Tone::Plain)
                }
                LeaseTold::Over => (1, 1, format!("lease of {id} is over"), Passage::Direct, Tone::Warn),
                LeaseTold::Read(value) => (2, 0, format!("{id} reads {value}"), Passage::Direct, Tone::Plain),
                LeaseTold::Refused => (0, 2, format!("{id} refused: old token"), Passage::Lost, Tone::Warn),
                LeaseTold::Wrote { value, late: false } => {
                    (0, 2, format!("{id} writes {value}"), Passage::Direct, Tone::Good)
                }
                LeaseTold::Wrote { value, late: true } => {
                    (0, 2, format!("{id}, late, writes {value}"), Passage::Direct, Tone::Bad)
                }
            };
            Moment { at: *at, from, to, text, passage, tone }
        });
        Timeline { actors: text(&["clients", "lease", "storage"]), moments: moments.collect() }
    }
}

impl Side {
    /// A job in few words, for the list of things.
    pub(super) fn name_of(&self, id: u64, job: &Job, story: Story) -> String {
        let wish = match job.wish {
            Wish::Leave { who, .. } => format!("doctor {} leaves", who + 1),
            Wish::Return { who, .. } => format!("doctor {} comes back", who + 1),
            Wish::Count { .. } => "counts".into(),
            Wish::Move { to, amount, .. } => format!("{amount} to account {}", to + 1),
        };
        let how = match (job.tx, job.waits) {
            (None, _) => ", tries again",
            (_, Some(_)) => ", waits",
            _ => "",
        };
        format!("{id}, {} {}: {wish}{how}", story.row(), job.wish.place() + 1)
    }

    /// About how much the store's versions take.
    pub(super) fn store_bytes(&self) -> usize {
        self.store.versions().map(|(_, versions)| 64 + versions.len() * 48).sum()
    }
}
