//! Replicas side by side: what each type holds where, what it costs, and the states on their way.

use super::replica::Replica;
use super::{CUT_FROM, Crdt, ITEMS, NAMES, REPLICAS, SPEC, Sample, item_name};
use crate::lab::scene::{Chart, Curve, Fact, Lane, Lanes, Series, Station, Table, Timeline, Tone};
use crate::lab::{Scene, Unit};
use crate::sim::Nanos;
use crate::systems::crdt::{Footprint, Join, LwwRegister};

/// The kinds of set, as rows.
const SETS: [&str; 6] =
    ["last write wins", "grow only", "two-phase", "add wins, tombstones", "add wins, without", "remove wins"];
/// Letters of a text on one row, and rows of a replica.
const LETTERS: usize = 56;
const ROWS: usize = 3;
/// How many states are seen on their way between two replicas.
const DOTS: usize = 40;

impl Crdt {
    /// The sets, which is what there is to see first.
    pub(super) fn set_scene(&self, now: Nanos) -> Scene {
        Scene::Column(vec![
            Scene::Table(self.set_table()),
            Scene::Facts(self.set_facts(now)),
            Scene::Lanes(self.lanes(now)),
            Scene::Row(vec![Scene::Chart(self.byte_chart(now)), Scene::Chart(self.lost_chart(now))]),
        ])
    }

    fn set_table(&self) -> Table {
        let sets: [[u16; 6]; REPLICAS] = std::array::from_fn(|id| self.replicas[id].sets());
        let items = self.knobs.items;
        let cell = |held: u16| -> String {
            // Items beyond the present number may be in from before.
            let most = items.max(ITEMS - (held.leading_zeros() as usize).saturating_sub(16 - ITEMS));
            (0..most).map(|item| if held >> item & 1 == 1 { item_name(item) } else { '.' }).collect()
        };
        let rows = SETS.iter().enumerate().map(|(row, name)| {
            let held: [u16; REPLICAS] = std::array::from_fn(|id| sets[id][row]);
            let same = held.iter().all(|set| *set == held[0]);
            let mut cells = vec![(*name).to_string()];
            cells.extend(held.iter().map(|&set| cell(set)));
            cells.push(if same { "same" } else { "differ" }.to_string());
            cells.push(Unit::Count.show(metadata(&self.replicas[0], row) as f64));
            cells
        });
        Table {
            head: ["set of", "a", "b", "c", "", "metadata, B"].map(Into::into).to_vec(),
            rows: rows.collect(),
            right: vec![false, false, false, false, false, true],
            ..Table::default()
        }
    }

    fn set_facts(&self, now: Nanos) -> Vec<Fact> {
        let made = self.truth.made();
        let (all, lost) = self.lost(0..made);
        let share = Unit::Share.show(lost as f64 / all as f64);
        let lost = Fact::new("last write wins lost", format!("{lost} of {all} edits"))
            .note(share)
            .tone(if lost > 0 { Tone::Bad } else { Tone::Good });
        let conflict = match self.truth.last_conflict {
            Some(conflict) => {
                let item = item_name(conflict.item);
                let text =
                    format!("{} added {item}, {} removed it", NAMES[conflict.adder], NAMES[conflict.remover]);
                Fact::new("last conflict", text).note("add wins: in, remove wins: out")
            }
            None => Fact::new("last conflict", "none yet"),
        };
        vec![self.link_fact(now), lost, conflict]
    }

    fn link_fact(&self, now: Nanos) -> Fact {
        let apart = self.apart_for(now).as_secs_f64();
        let state = if apart > 0.0 {
            format!("they differ for {apart:.1} s")
        } else {
            "they hold the same".to_string()
        };
        match self.cut {
            Some((who, _)) => {
                Fact::new("replicas", state).note(format!("{} is cut off", NAMES[who])).tone(Tone::Bad)
            }
            None if apart > 0.0 => Fact::new("replicas", state).tone(Tone::Warn),
            None => Fact::new("replicas", state).tone(Tone::Good),
        }
    }

    /// A lane for each pair of replicas, with the states on their way in both directions.
    fn lanes(&self, now: Nanos) -> Lanes {
        let lane = |(left, right): (usize, usize)| {
            let dots = self.messages.values().filter_map(|message| {
                let forth = (message.from, message.to) == (left, right);
                if !forth && (message.from, message.to) != (right, left) {
                    return None;
                }
                let whole = message.due.since(message.sent).as_secs_f64().max(1e-9);
                let way = (now.since(message.sent).as_secs_f64() / whole).clamp(0.0, 1.0);
                let own = self.replicas[message.to].seen();
                let new = message.state.seen().iter().zip(own).any(|(theirs, own)| theirs > own);
                let at = if forth { way } else { 1.0 - way };
                Some((0.02 + 0.96 * at, if new { Tone::Good } else { Tone::Dim }))
            });
            let off = self.cut.is_some_and(|(who, _)| who == left || who == right);
            let tone = if off { Tone::Bad } else { Tone::Plain };
            Lane {
                name: format!("{} - {}", NAMES[left], NAMES[right]),
                stations: vec![
                    Station::new(0.0, NAMES[left]),
                    Station::new(0.5, if off { "cut" } else { "" }).tone(tone),
                    Station::new(1.0, NAMES[right]),
                ]
                .into_iter()
                .filter(|station| !station.name.is_empty())
                .collect(),
                dots: dots.take(DOTS).collect(),
                ..Lane::default()
            }
        };
        Lanes {
            lanes: [(0, 1), (0, 2), (1, 2)].into_iter().map(lane).collect(),
            legend: vec![(Tone::Good, "a state with news".into()), (Tone::Dim, "one without".into())],
        }
    }

    fn byte_chart(&self, now: Nanos) -> Chart {
        let curve =
            |name: &str, series, of: fn(&Sample) -> f64| self.samples.curve(name, Series(series), now, of);
        Chart {
            y: "metadata, bytes".into(),
            x: "time, s".into(),
            x_span: self.samples.x_span(now, SPEC.length),
            curves: vec![
                curve("add wins, tombstones", 3, |sample| sample.orset),
                curve("remove wins", 2, |sample| sample.remove_wins),
                curve("add wins, without", 1, |sample| sample.add_wins),
                curve("payload", 0, |sample| sample.payload),
            ],
            ..Chart::default()
        }
    }

    fn lost_chart(&self, now: Nanos) -> Chart {
        let made = self.truth.made();
        let (_, lost) = self.lost(0..made);
        let x_span = self.samples.x_span(now, SPEC.length);
        let mut curves = vec![self.samples.curve("lost", Series(3), now, |sample| sample.lost)];
        // What the cut alone should take: from its begin, a share of the edits that are made meanwhile.
        let cut = self.last_cut.map(|(_, from, to)| (from, to, self.truth.within(from, to).len()));
        if let Some((from, to, edits)) = cut.filter(|(_, to, _)| *to > CUT_FROM) {
            let at = |time: Nanos| time.as_secs_f64().clamp(x_span.0, x_span.1);
            let before = self.samples.over(now).take_while(|(at, _)| *at < from.as_secs_f64()).last();
            let level = before.map_or(0.0, |(_, sample)| sample.lost) + edits as f64 * self.cut_lost_theory();
            let points = vec![(at(from), level), (at(to) + 0.1, level), (x_span.1, level)];
            curves.push(Curve::new(
                crate::lab::scene::CurveKind::Theory,
                "expected of the cut",
                Series(3),
                points,
            ));
        }
        Chart {
            y: format!("edits lost by last-write-wins, {lost} of {made}"),
            x: "time, s".into(),
            x_span,
            of: Some("lww_lost"),
            curves,
            ..Chart::default()
        }
    }

    /// The text of each replica.
    pub(super) fn text_scene(&self, now: Nanos) -> Scene {
        let mut rows = Vec::new();
        for (id, replica) in self.replicas.iter().enumerate() {
            let letters: Vec<char> = replica.text.letters().collect();
            let lines: Vec<String> = letters.chunks(LETTERS).map(|line| line.iter().collect()).collect();
            let more = lines.len().saturating_sub(ROWS);
            let (live, dead) = (letters.len(), replica.text.tombstones());
            for (row, line) in lines.iter().take(ROWS).enumerate() {
                let first = row == 0;
                let name = if first { NAMES[id] } else { "" };
                let end = if row + 1 == ROWS && more > 0 { " ..." } else { "" };
                let count = |n: usize| if first { Unit::Count.show(n as f64) } else { String::new() };
                rows.push(vec![name.to_string(), format!("{line}{end}"), count(live), count(dead)]);
            }
            if lines.is_empty() {
                rows.push(vec![
                    NAMES[id].to_string(),
                    String::new(),
                    "0".into(),
                    Unit::Count.show(dead as f64),
                ]);
            }
        }
        let text = self.replicas[0].text.footprint();
        let per = text.metadata as f64 / text.payload as f64;
        let facts = vec![
            Fact::new("at a", format!("{} bytes of text", text.payload)).note(format!(
                "{} of metadata: {} to 1",
                Unit::Count.show(text.metadata as f64),
                Unit::Ratio.show(per)
            )),
            Fact::new("users", "a types ant, b bee, c cat").note("words are not mixed"),
        ];
        Scene::Column(vec![
            Scene::Table(Table {
                head: ["", "text", "letters", "deleted"].map(Into::into).to_vec(),
                rows,
                right: vec![false, false, true, true],
                ..Table::default()
            }),
            Scene::Facts(facts),
            Scene::Lanes(self.lanes(now)),
        ])
    }

    /// Counters and registers.
    pub(super) fn value_scene(&self, now: Nanos) -> Scene {
        let row = |name: &str, of: &dyn Fn(&Replica) -> String, right: String| {
            let mut cells = vec![name.to_string()];
            cells.extend(self.replicas.iter().map(|replica| of(replica)));
            cells.push(right);
            cells
        };
        let edit = |number: u64| format!("edit {}", number + 1);
        let siblings = |replica: &Replica| {
            let all: Vec<String> = replica.notes.values().map(|number| edit(*number)).collect();
            if all.is_empty() { "-".into() } else { all.join(" | ") }
        };
        let note = |replica: &Replica| match replica.note.stamp() {
            (0, _) => "-".to_string(),
            _ => edit(*LwwRegister::value(&replica.note)),
        };
        let seen = |replica: &Replica| {
            let [a, b, c] = replica.seen();
            format!("{a} {b} {c}")
        };
        let sum = |replica: &Replica| self.truth.sum(replica.seen()).to_string();
        let rows = vec![
            row("edits seen of a b c", &seen, "version vector".into()),
            row("sum of those", &sum, "what must be".into()),
            row("up-down counter", &|replica| replica.count.value().to_string(), "sum of two".into()),
            row("grow-only counter", &|replica| replica.grown.value().to_string(), "largest of each".into()),
            row("last write wins", &note, "one stays".into()),
            row("multi-value", &siblings, "unseen ones stay".into()),
        ];
        Scene::Column(vec![
            Scene::Table(Table {
                head: ["", "a", "b", "c", "rule"].map(Into::into).to_vec(),
                rows,
                right: vec![false; 5],
                ..Table::default()
            }),
            Scene::Facts(vec![Fact::new("registers", "every edit writes its number")]),
            Scene::Lanes(self.lanes(now)),
            Scene::Chart(self.lost_chart(now)),
        ])
    }

    /// What the users did, and the states that arrived.
    pub(super) fn message_scene(&self, now: Nanos) -> Scene {
        Scene::Column(vec![
            Scene::Facts(vec![self.link_fact(now)]),
            Scene::Timeline(Timeline {
                actors: NAMES.map(Into::into).to_vec(),
                moments: self.told.iter().cloned().collect(),
            }),
        ])
    }
}

/// Bytes of metadata of a kind of set, by its row.
fn metadata(replica: &Replica, row: usize) -> usize {
    let footprint: Footprint = match row {
        // A stamp and a name.
        0 => Footprint { payload: 0, metadata: 12 },
        1 => replica.grow_only.footprint(),
        2 => replica.two_phase.footprint(),
        3 => replica.tombs.footprint(),
        4 => replica.add_wins.footprint(),
        _ => replica.remove_wins.footprint(),
    };
    footprint.metadata
}
