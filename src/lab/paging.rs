//! Reading a feed page by page while it grows, by offset, by keyset and with a snapshot: which rows come twice, which never,
//! and what a page costs.
//!
//! The three readers ask at the same moments for pages of the same size of the same list, so they meet the same changes.
//! What they should have seen is kept here, from the changes themselves: a row that stood in its place for a whole pass has
//! to be shown once. The table is never asked.

mod feed;
mod knobs;
mod picture;
mod reader;
#[cfg(test)]
mod tests;
mod theory;

use feed::Feed;
use knobs::{Knobs, Spot};
use reader::{Reader, Way};
use theory::Expected;

use super::measure::Bins;
use super::scenario::{Scenario, Sim, start};
use super::workload::{Arrivals, Pattern};
use super::{Act, Scene, Spec, Thing, Unit, choice, number, reading};
use crate::sim::{Nanos, Rng, Seed};

const SPOTS: &[&str] = &["top", "anywhere", "end"];
const BUGS: &[&str] = &["none", "no-tiebreak", "inclusive", "offset-in-cursor"];

/// What the demo says of itself.
pub static SPEC: Spec = Spec {
    name: "paging",
    title: "Paging through a list",
    part: "networking",
    topics: &["pagination", "indexing"],
    hook: "A feed of 2,000 posts is read 20 at a time while new ones come. How many are seen twice, and how many never?",
    look_for: &[
        "The borders of the pages: by offset, page 37 begins with rows that page 36 has shown. 20 posts a second and a page every 100 ms shift the list by 2 of 20 rows: 10% come twice.",
        "The cost: page 100 by offset touches 2,000 rows to show 20. By keyset each page touches 20. Over a whole pass it is 51 rows touched for each row shown, against 1.",
        "Set inserts to 0 and deletes to 20: nothing comes twice any more, but rows go missing. Each row deleted before the place hides one behind it.",
        "Set inserts to 200 with the page at 20: the list grows as fast as the reader reads, and the offset reader stands still for ever.",
        "The snapshot shows each row of the list as it was, once, and pays with dead rows that the store keeps, and with rows that are stale when they are shown.",
        "Break it with no-tiebreak: 5 posts share a second, and what did not fit on the page with its second is never seen.",
    ],
    controls: &[
        number("rows", "rows at the start", (100.0, 10_000.0), 0.0, 2_000.0, ""),
        number("size", "rows of a page", (5.0, 200.0), 0.0, 20.0, ""),
        number("pause", "time from page to page", (20.0, 1_000.0), 0.0, 100.0, "ms"),
        number("inserts", "rows that come", (0.0, 200.0), 0.0, 20.0, "/s"),
        number("deletes", "rows that go, anywhere", (0.0, 200.0), 0.0, 0.0, "/s"),
        number("moves", "rows that are bumped to the top", (0.0, 200.0), 0.0, 0.0, "/s"),
        choice("spot", "where new rows come in", SPOTS, 0.0),
        number("ties", "rows that share a sort key", (1.0, 100.0), 0.0, 5.0, ""),
        choice("bug", "break it on purpose", BUGS, 0.0),
    ],
    readings: &[
        reading("rows", Unit::Count, "rows of the list, now"),
        reading("pages", Unit::Count, "pages read by each reader"),
        reading("doubled_offset", Unit::Share, "rows shown by offset that its pass had shown before"),
        reading(
            "doubled_theory",
            Unit::Share,
            "the same expected: how far the list shifts between two pages",
        ),
        reading("lost_offset", Unit::Share, "rows that stood still for a whole pass and were never shown"),
        reading("lost_theory", Unit::Share, "the same expected"),
        reading("doubled_keyset", Unit::Share, "shown twice by keyset"),
        reading("lost_keyset", Unit::Share, "never shown by keyset"),
        reading("doubled_cursor", Unit::Share, "shown twice by the cursor with its snapshot"),
        reading("lost_cursor", Unit::Share, "never shown by the cursor with its snapshot"),
        reading("stale_cursor", Unit::Share, "rows shown by the cursor that were gone or moved by then"),
        reading("touched_offset", Unit::Count, "rows that the store touched for the last page by offset"),
        reading("touched_keyset", Unit::Count, "rows that it touched for the last page by keyset"),
        reading(
            "cost_offset",
            Unit::Ratio,
            "rows touched for each row shown, over the last whole pass by offset",
        ),
        reading("cost_theory", Unit::Ratio, "the same expected: half the number of pages"),
        reading(
            "cost_keyset",
            Unit::Ratio,
            "rows touched for each row shown, over the last whole pass by keyset",
        ),
        reading("dead_rows", Unit::Count, "dead rows that the store keeps for the cursor"),
        reading("passes_offset", Unit::Count, "whole passes by offset"),
        reading("passes_keyset", Unit::Count, "whole passes by keyset"),
    ],
    bet: "pagination.bet-cost",
    goals: &[
        "the list outruns the offset: 3 times its pages, and no end",
        "an offset pass with 50 changes, no row twice and none lost",
        "a page that touches 200 times the rows it asks for",
        "lose 2% of the rows by offset, though no row comes in",
    ],
    invariants: &[
        "keyset: what stays in its place is shown once",
        "cursor: each row of the list as it was, once",
        "every page is in order and no longer than asked for",
    ],
    acts: &[
        Act { name: "insert", meaning: "a row comes in at the top" },
        Act { name: "delete", meaning: "the row goes; by offset, what stands behind moves up by one" },
        Act { name: "bump", meaning: "the row moves to the top, as if it were changed now" },
    ],
    views: &["list", "cost"],
    bugs: &[
        "no-tiebreak: the next page begins after the last key, without the id: rows that share the key are lost",
        "inclusive: it begins at the last row, not after it: each border row is shown twice",
        "offset-in-cursor: the cursor is an offset in disguise, as in many an API: all its faults are back",
    ],
    theory: &[
        ("doubled_offset", "doubled_theory"),
        ("lost_offset", "lost_theory"),
        ("cost_offset", "cost_theory"),
    ],
    length: Nanos::from_secs(40),
    speed: 1.0,
    sources: &[
        source!("paging/mod.rs", "pub fn at_offset"),
        source!("paging/cursor.rs", "pub struct Cursor"),
    ],
    start: &|seed, settings| start(&SPEC, settings, |sim| Paging::new(seed, sim)),
};

/// What happens.
#[derive(Clone, Copy, Debug)]
enum Event {
    Insert,
    Delete,
    Bump,
    Read,
}

#[derive(Clone)]
struct Paging {
    knobs: Knobs,
    feed: Feed,
    inserts: Arrivals,
    deletes: Arrivals,
    bumps: Arrivals,
    choices: Rng,
    readers: [Reader; 3],
    pages: u64,
    doubled: Bins<Option<f64>>,
    expected: Expected,
    /// The rules that fell, until a rule is asked for.
    fell: [bool; 3],
    outrun: bool,
    whole: bool,
}

impl Paging {
    fn new(seed: Seed, sim: &mut Sim<Event>) -> Paging {
        let knobs = Knobs::of(sim.settings());
        let stream = |name, rate| Arrivals::new(Rng::stream(seed, name), Pattern::Poisson, rate);
        let mut paging = Paging {
            feed: Feed::new(&knobs),
            inserts: stream("inserts", knobs.inserts),
            deletes: stream("deletes", knobs.deletes),
            bumps: stream("bumps", knobs.bumps),
            choices: Rng::stream(seed, "choices"),
            readers: [Way::Offset, Way::Keyset, Way::Cursor].map(Reader::new),
            pages: 0,
            doubled: Bins::new(Nanos::from_millis(500), 240),
            expected: Expected::of(&knobs, knobs.rows),
            fell: [false; 3],
            outrun: false,
            whole: false,
            knobs,
        };
        for event in [Event::Insert, Event::Delete, Event::Bump] {
            paging.schedule(sim, event);
        }
        sim.after(paging.knobs.pause, Event::Read);
        paging
    }

    /// The next event of a stream that has any.
    fn schedule(&mut self, sim: &mut Sim<Event>, event: Event) {
        let (stream, rate) = match event {
            Event::Insert => (&mut self.inserts, self.knobs.inserts),
            Event::Delete => (&mut self.deletes, self.knobs.deletes),
            _ => (&mut self.bumps, self.knobs.bumps),
        };
        // A stream that stands still is asked again in a second: its rate may have been set.
        let at = if rate > 0.0 { stream.next(sim.now()) } else { sim.now() + Nanos::from_secs(1) };
        sim.at(at, event);
    }

    /// Each reader asks for its next page.
    fn read(&mut self, now: Nanos) {
        self.pages += 1;
        let (knobs, feed) = (&self.knobs, &mut self.feed);
        for reader in &mut self.readers {
            if !reader.begun() {
                reader.begin(&mut feed.table, &feed.rows, feed.changes);
            }
            let sound = reader.read(&feed.table, &feed.places, knobs);
            self.fell[2] |= !sound;
            if reader.at_end() {
                reader.close(&mut feed.table, &feed.rows, feed.changes);
            }
        }
        let [offset, keyset, cursor] = &self.readers;
        self.fell[0] |= keyset.doubled > 0 || keyset.lost > 0;
        self.fell[1] |= cursor.doubled > 0 || cursor.missed > 0;
        *self.doubled.at(now) = Some(offset.doubled_share());
        self.outrun |= offset.outrun(knobs.size);
        self.whole |= offset.last.is_some_and(|pass| pass.changes >= 50 && pass.faults == 0);
    }
}

impl Scenario for Paging {
    type Event = Event;

    fn happen(&mut self, sim: &mut Sim<Event>, event: Event) -> (&'static str, u64) {
        let now = sim.now();
        if matches!(event, Event::Read) {
            self.read(now);
            sim.after(self.knobs.pause, Event::Read);
            return ("each reader has its page #", self.pages);
        }
        self.schedule(sim, event);
        let chance = self.choices.unit();
        let chosen = self.feed.any(chance);
        match (event, chosen) {
            (Event::Insert, _) if self.knobs.inserts > 0.0 => {
                ("row # comes in", self.feed.insert(now, self.knobs.spot, chance))
            }
            (Event::Delete, Some(id)) if self.knobs.deletes > 0.0 => {
                self.feed.delete(now, id);
                ("row # is deleted", id)
            }
            (Event::Bump, Some(id)) if self.knobs.bumps > 0.0 => {
                self.feed.bump(now, id);
                ("row # is bumped to the top", id)
            }
            _ => ("nobody writes", 0),
        }
    }

    fn changed(&mut self, sim: &mut Sim<Event>, control: &'static str) {
        let before = std::mem::replace(&mut self.knobs, Knobs::of(sim.settings()));
        self.inserts.set_rate(self.knobs.inserts);
        self.deletes.set_rate(self.knobs.deletes);
        self.bumps.set_rate(self.knobs.bumps);
        match control {
            "rows" | "ties" => {
                self.feed = Feed::new(&self.knobs);
                self.readers = [Way::Offset, Way::Keyset, Way::Cursor].map(Reader::new);
            }
            // A pass that began with a fault is judged by nobody.
            "bug" if before.bug != self.knobs.bug => {
                for reader in &mut self.readers {
                    reader.start_anew(&mut self.feed.table);
                }
            }
            _ => {}
        }
        self.expected = Expected::of(&self.knobs, self.feed.rows.len());
    }

    fn check(&self, sim: &mut Sim<Event>) {
        (0..3).for_each(|rule| sim.rule(rule, !self.fell[rule]));
        let offset = &self.readers[0];
        sim.goal(0, self.outrun);
        sim.goal(1, self.whole);
        sim.goal(2, offset.last_page.touched >= 200 * self.knobs.size as u64);
        sim.goal(3, self.knobs.inserts == 0.0 && self.knobs.bumps == 0.0 && offset.lost_share() >= 0.02);
    }

    fn readings(&self, _: &Sim<Event>, _: Nanos) -> Vec<f64> {
        let [offset, keyset, cursor] = &self.readers;
        let cost =
            |reader: &Reader| reader.last.map_or(f64::NAN, |pass| pass.touched as f64 / pass.shown as f64);
        vec![
            self.feed.rows.len() as f64,
            self.pages as f64,
            offset.doubled_share(),
            self.expected.doubled,
            offset.lost_share(),
            self.expected.lost,
            keyset.doubled_share(),
            keyset.lost_share(),
            cursor.doubled_share(),
            cursor.lost_share(),
            cursor.stale_share(),
            offset.last_page.touched as f64,
            keyset.last_page.touched as f64,
            cost(offset),
            self.expected.cost,
            cost(keyset),
            self.feed.table.dead() as f64,
            offset.passes as f64,
            keyset.passes as f64,
        ]
    }

    fn scene(&self, _: &Sim<Event>, now: Nanos) -> Scene {
        self.list(now)
    }

    fn view(&self, _: &Sim<Event>, _: Nanos, _: usize) -> Scene {
        self.costs()
    }

    fn things(&self, _: &Sim<Event>, _: Nanos) -> Vec<Thing> {
        let top = Thing { id: 0, name: "the top of the list".into(), acts: &["insert"] };
        let shown = self.readers[0].last_page.first.iter().filter(|id| self.feed.places.contains_key(id));
        let row = |id: &u64| Thing { id: *id, name: format!("row {id}"), acts: &["delete", "bump"] };
        std::iter::once(top).chain(shown.map(row)).collect()
    }

    fn act(&mut self, sim: &mut Sim<Event>, act: &'static str, thing: u64) -> (&'static str, u64) {
        let now = sim.now();
        match act {
            "insert" if thing == 0 => ("row # comes in at the top", self.feed.insert(now, Spot::Top, 0.0)),
            "delete" if self.feed.delete(now, thing) => ("row # is deleted", thing),
            "bump" if self.feed.bump(now, thing) => ("row # is bumped to the top", thing),
            _ => ("there is no row #", thing),
        }
    }

    fn bytes(&self) -> usize {
        (16 << 10) + self.feed.bytes() + self.feed.changes as usize
    }
}
