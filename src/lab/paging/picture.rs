//! Paging as pictures: where each reader is, what stands at the border of two pages, what a page costs.

use super::reader::{Reader, Way};
use super::{Paging, SPEC};
use crate::lab::scene::{Chart, Curve, CurveKind, Fact, Lane, Lanes, Series, Station, Table, Tone};
use crate::lab::{Scene, Unit};
use crate::sim::Nanos;

/// How many changes are seen at a time.
const DOTS: usize = 60;

fn name(way: Way) -> &'static str {
    match way {
        Way::Offset => "offset",
        Way::Keyset => "keyset",
        Way::Cursor => "cursor",
    }
}

/// What is said of the border between two pages, and what it means.
fn verdict(reader: &Reader) -> (String, Tone) {
    let page = &reader.last_page;
    match (page.twice, page.past) {
        (0, 0) if page.before.is_empty() => ("first page".into(), Tone::Dim),
        (0, 0) => ("in order".into(), Tone::Good),
        (0, past) => (format!("{past} lost"), Tone::Bad),
        (twice, _) => (format!("{twice} twice"), Tone::Warn),
    }
}

/// Row numbers as they stand in a list.
fn ids(ids: &[u64]) -> String {
    ids.iter().map(u64::to_string).collect::<Vec<_>>().join(" ")
}

impl Paging {
    /// The list, and what stands at the borders.
    pub(super) fn list(&self, now: Nanos) -> Scene {
        Scene::Column(vec![
            Scene::Table(self.borders()),
            Scene::Lanes(self.lanes(now)),
            Scene::Chart(self.doubled_chart(now)),
        ])
    }

    fn lanes(&self, now: Nanos) -> Lanes {
        let rows = self.feed.rows.len();
        let changes = self.feed.seen.seen(now, DOTS);
        let dots = changes
            .map(|(_, _, change)| (change.at, if change.comes { Tone::Plain } else { Tone::Bad }))
            .collect();
        let list = Lane {
            name: "the list".into(),
            stations: vec![Station::new(0.0, "top"), Station::new(1.0, "end")],
            dots,
            label: format!("{} rows", Unit::Count.show(rows as f64)),
            ..Lane::default()
        };
        let readers = self.readers.iter().map(|reader| {
            let (_, tone) = verdict(reader);
            Lane {
                name: name(reader.way).into(),
                stations: vec![Station::new(reader.way_through(rows), "").tone(tone)],
                label: format!(
                    "{} twice  {} lost",
                    Unit::Share.show(reader.doubled_share()),
                    Unit::Share.show(reader.lost_share())
                ),
                ..Lane::default()
            }
        });
        Lanes {
            lanes: std::iter::once(list).chain(readers).collect(),
            legend: vec![
                (Tone::Plain, "row comes in".into()),
                (Tone::Bad, "row goes".into()),
                (Tone::Warn, "page shows rows twice".into()),
            ],
        }
    }

    /// What the last page ended with and this one begins with, for each reader.
    fn borders(&self) -> Table {
        let row = |reader: &Reader| {
            let page = &reader.last_page;
            vec![
                name(reader.way).to_string(),
                reader.pages_of_pass().to_string(),
                ids(&page.before[page.before.len().saturating_sub(4)..]),
                ids(&page.first[..page.first.len().min(4)]),
                verdict(reader).0,
                Unit::Count.show(page.touched as f64),
            ]
        };
        Table {
            head: ["", "page", "last one ended", "this one begins", "border", "rows touched"]
                .map(String::from)
                .to_vec(),
            rows: self.readers.iter().map(row).collect(),
            right: vec![false, true, false, false, false, true],
            chosen: None,
        }
    }

    fn doubled_chart(&self, now: Nanos) -> Chart {
        let x_span = self.doubled.x_span(now, SPEC.length);
        let theory = self.expected.doubled;
        let percent = |share: &Option<f64>| share.map_or(f64::NAN, |share| share * 100.0);
        Chart {
            y: "rows shown twice, %".into(),
            x: "time, s".into(),
            x_span,
            of: Some("doubled_offset"),
            curves: vec![
                self.doubled.curve("offset", Series(1), now, percent),
                Curve::level(
                    format!("theory {}", Unit::Share.show(theory)),
                    Series(1),
                    x_span,
                    theory * 100.0,
                ),
            ],
            ..Chart::default()
        }
    }

    /// What a page costs, by its number.
    pub(super) fn costs(&self) -> Scene {
        let [offset, keyset, _] = &self.readers;
        let points = |reader: &Reader| {
            let [last, going] = &reader.costs;
            if going.len() >= last.len() { going.clone() } else { last.clone() }
        };
        let (walked, sought) = (points(offset), points(keyset));
        let last = walked.last().or(sought.last()).map_or(1.0, |(page, _)| *page).max(2.0);
        let size = self.knobs.size as f64;
        let theory = vec![(1.0, size), (last, size * last)];
        let cost = |reader: &Reader| {
            reader.last.map_or_else(
                || "-".to_string(),
                |pass| format!("{} rows", Unit::Count.show(pass.touched as f64)),
            )
        };
        let chart = Chart {
            y: "rows touched by a page".into(),
            x: "page".into(),
            x_span: (1.0, last),
            curves: vec![
                Curve::new(CurveKind::Line, "offset", Series(1), walked),
                Curve::new(CurveKind::Line, "keyset", Series(2), sought),
                Curve::new(CurveKind::Theory, "page × size", Series(1), theory),
            ],
            ..Chart::default()
        };
        let facts = vec![
            Fact::new("a whole pass by offset", cost(offset))
                .note(format!("theory {} for each row shown", Unit::Ratio.show(self.expected.cost))),
            Fact::new("a whole pass by keyset", cost(keyset)),
            Fact::new("dead rows kept for the cursor", Unit::Count.show(self.feed.table.dead() as f64)),
        ];
        Scene::Column(vec![Scene::Chart(chart), Scene::Facts(facts)])
    }
}
