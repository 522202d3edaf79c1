//! What happens: a request, the next step of moving rows, and what a hand does to a shard.

use super::knobs::{Key, Scheme};
use super::routes::{self, Load};
use super::rows::salted;
use super::{Event, Sharded};
use crate::lab::scenario::Sim;
use crate::sim::Nanos;
use crate::systems::sharding::{Phase, Shard};

/// How long a step of the change of shards takes that is not a copy.
const STEP: Nanos = Nanos::from_secs(1);
/// How long a batch lies between being read and being written, and until the next one is read.
const HELD: Nanos = Nanos::from_millis(400);
const PAUSE: Nanos = Nanos::from_millis(50);
/// In how many batches the rows are copied.
const BATCHES: usize = 20;

impl Sharded {
    pub(super) fn request(&mut self, now: Nanos) -> &'static str {
        self.asked += 1;
        let (kind, erase) = (self.kinds.unit(), self.kinds.chance(0.2));
        let rank = self.law.sample(&mut self.ranks);
        let (reads, scans) = self.knobs.work.shares();
        let (is_read, scan) = (kind < reads, kind >= reads && kind < reads + scans);
        let writes = !is_read && !scan;
        let (keys, newest) = if writes {
            self.written(now, rank, erase)
        } else {
            (self.rows.wanted(&self.knobs, rank), false)
        };
        let Some(&first) = keys.first() else { return "write # gets no number: the clock was set back" };
        let asked = if scan { vec![first, self.rows.scan_end(first)] } else { keys.clone() };
        let also = if writes { self.rows.also(first) } else { None };
        let mut served = false;
        for load in &mut self.loads {
            let at_work = load.scheme == self.knobs.scheme;
            let also = also.filter(|_| at_work);
            let (room, shards) = load.request(&mut self.routes, (now, self.asked), (&asked, scan), also);
            self.refusals.at(now)[load.scheme as usize] += u64::from(!room);
            if at_work {
                self.seen.push(now, self.asked, (shards, room));
                served = room;
            }
        }
        if !served {
            self.calm = now;
            return "request # is refused: its shard has no room";
        }
        if writes {
            self.rows.change(first, erase);
            if newest {
                self.rows.newest(first);
            }
            return if erase { "request # deletes a row" } else { "request # writes a row" };
        }
        let before = self.rows.wrong.all();
        keys.iter().for_each(|key| self.rows.read(*key));
        let wrong = self.rows.wrong.all() - before;
        *self.wrong.at(now) += wrong;
        match (scan, wrong) {
            (true, _) => "request # scans 20 rows",
            (_, 0) => "request # reads",
            _ => "request # reads what is not so",
        }
    }

    /// The row that is written or deleted, and whether it is new. No row where its number is refused.
    fn written(&mut self, now: Nanos, rank: u64, erase: bool) -> (Vec<u64>, bool) {
        let record = self.numbers.next(now);
        match self.knobs.key {
            Key::Customer => (vec![self.knobs.salt.part(routes::customer(rank), self.asked)], false),
            Key::Id(_) if erase => (self.rows.wanted(&self.knobs, rank), false),
            Key::Id(kind) => (record.key(kind).map(|id| salted(&self.knobs, id)).into_iter().collect(), true),
        }
    }

    /// The next thing that has to be done so that a shard more is there.
    pub(super) fn go_on(&mut self, sim: &mut Sim<Event>) -> (&'static str, u64) {
        let Some(moving) = &mut self.rows.moving else {
            let mut after = self.routes.clone();
            after.grow(&self.rows.keys());
            self.moved = Some(self.rows.moved(&self.routes, &after));
            self.rows.begin(&self.knobs, self.routes.clone(), after);
            self.token = Some(sim.after(STEP, Event::Move));
            return ("shard # comes: what moves to it is prepared", u64::from(self.routes.shards) + 1);
        };
        let (migration, batch) = (&mut moving.migration, moving.rows.div_ceil(BATCHES).max(1));
        if migration.phase() == Phase::Backfill {
            let (copied, _) = migration.progress();
            if migration.holds() > 0 {
                migration.write_batch();
                self.token = Some(sim.after(PAUSE, Event::Move));
                return ("the batch after row # is written", copied);
            }
            if migration.read_batch(batch) > 0 {
                self.token = Some(sim.after(HELD, Event::Move));
                return ("the batch after row # is read", copied);
            }
        }
        migration.advance();
        self.token = (!migration.is_over()).then(|| sim.after(STEP, Event::Move));
        let what = match migration.phase() {
            Phase::Verify => {
                moving.differences = Some(migration.differences());
                "both stores are compared: # rows differ"
            }
            Phase::CutOver => {
                self.routes = moving.after.clone();
                self.loads.iter_mut().for_each(Load::begin_anew);
                self.expect();
                "reads go to the new shard"
            }
            Phase::DualWrite => "writes go to both shards",
            Phase::Backfill => "the copy begins",
            Phase::Prepare | Phase::CleanUp => "the old rows are removed",
        };
        let differences = self.rows.moving.as_ref().and_then(|moving| moving.differences);
        (what, differences.unwrap_or(0) as u64)
    }

    /// Whether rows move now: nothing is split or balanced meanwhile.
    pub(super) fn moves(&self) -> bool {
        self.rows.moving.as_ref().is_some_and(|moving| !moving.migration.is_over())
    }

    pub(super) fn load(&self) -> &Load {
        &self.loads[self.knobs.scheme as usize]
    }

    /// The busiest range of a shard, by its place.
    fn busiest_range(&self, shard: Shard) -> Option<usize> {
        let ranges = self.routes.ranges.all();
        (0..ranges.len())
            .filter(|place| ranges[*place].shard == shard)
            .max_by_key(|place| ranges[*place].asked)
    }

    /// A shard's busiest range is split or moved by hand, or its busiest slot moved. Returns whether that could be done.
    pub(super) fn relieve(&mut self, shard: Shard, splits: bool) -> bool {
        if self.moves() || shard >= self.routes.shards {
            return false;
        }
        let to = routes::idlest(&self.load().last, self.routes.shards);
        match self.knobs.scheme {
            Scheme::Hash => false,
            Scheme::Range => self.busiest_range(shard).is_some_and(|place| {
                let ranges = &mut self.routes.ranges;
                if splits {
                    ranges.all().len() < 64
                        && ranges.all()[place].middle().is_some_and(|at| ranges.split(at, to))
                } else {
                    ranges.assign(place, to)
                }
            }),
            Scheme::Directory => {
                !splits
                    && self
                        .routes
                        .directory
                        .busiest(shard)
                        .is_some_and(|slot| self.routes.directory.assign(slot, to))
            }
        }
    }
}
