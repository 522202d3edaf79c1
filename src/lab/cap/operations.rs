//! What clients do: reads, and updates, which read first and then write. Each says how many replicas it waits for.

use super::knobs::{Bug, EAST, PAUSE, WEST};
use super::{Cap, Event, KEY};
use crate::lab::scenario::Sim;
use crate::sim::{Nanos, Rng, Seed};
use crate::systems::replica::leaderless::{Needs, Request};
use crate::systems::replica::{Answer, Cell, Merge, OpId};

/// An operation under way.
#[derive(Clone, Debug)]
pub(super) struct Operation {
    side: usize,
    strict: bool,
    start: Nanos,
    era: u64,
    doing: Doing,
    /// The newest update that was acknowledged before it began.
    newest: Option<usize>,
    line: u32,
}

/// What an operation is at.
#[derive(Clone, Debug)]
enum Doing {
    Read,
    /// An update reads what there is.
    Look,
    /// An update writes: its number.
    Write(usize),
}

impl Cap {
    /// How many an operation waits for, at this moment.
    fn needs(&self, side: usize, strict: bool) -> Needs {
        let both = |count| Needs { w: count, r: count };
        match self.knobs.bug {
            Bug::MajorityForAll => both(2),
            Bug::OwnMajority if strict && self.cut.is_some() && side == EAST => both(1),
            _ => both(if strict { 2 } else { 1 }),
        }
    }

    fn ask(&mut self, sim: &mut Sim<Event>, mut operation: Operation, request: Request) -> OpId {
        self.last_op += 1;
        let op = self.last_op;
        let (side, needs) = (operation.side, self.needs(operation.side, operation.strict));
        let writes = match operation.doing {
            Doing::Write(update) => Some(update as u64 + 1),
            Doing::Read | Doing::Look => None,
        };
        let busy = |line: u32| self.ops.values().any(|other| other.line == line);
        // A side's clients have every other line.
        let first = u32::from(side == EAST);
        operation.line = (0..).map(|step| 2 * step + first).find(|line| !busy(*line)).unwrap_or(0);
        self.calls.begin(sim.now(), op, operation.line, writes);
        self.ops.insert(op, operation);
        let at = if side == EAST { EAST } else { WEST };
        let told = self.replicas.request_needing(sim, at, op, (KEY, request, needs));
        self.told(sim, told);
        op
    }

    fn operation(&self, now: Nanos, (side, strict): (usize, bool), doing: Doing) -> Operation {
        Operation { side, strict, start: now, era: self.era, doing, newest: self.updates.newest(), line: 0 }
    }

    pub(super) fn read(&mut self, sim: &mut Sim<Event>) -> (&'static str, u64) {
        let next = self.arrivals.next(sim.now());
        sim.at(next, Event::Read);
        let side = if self.choices.chance(0.5) { EAST } else { WEST };
        let strict = self.insists.unit() * 100.0 < self.knobs.strict_reads;
        let operation = self.operation(sim.now(), (side, strict), Doing::Read);
        let op = self.ask(sim, operation, Request::Read);
        (
            if side == EAST {
                "a client in the east reads, request #"
            } else {
                "a client in the west reads, request #"
            },
            op,
        )
    }

    /// The next update begins: its client looks at what there is.
    pub(super) fn update(&mut self, sim: &mut Sim<Event>) -> (&'static str, u64) {
        self.updating = None;
        self.turns += 1;
        let side = if self.turns.is_multiple_of(2) { EAST } else { WEST };
        // Reads have a stream of their own: how many there are does not change who insists.
        let draw = Rng::stream(Seed(self.seed.0 ^ self.turns << 20), "update").unit();
        let strict = draw * 100.0 < self.knobs.strict_updates;
        let operation = self.operation(sim.now(), (side, strict), Doing::Look);
        let turn = self.turns;
        self.ask(sim, operation, Request::Read);
        (if side == EAST { "the east begins update #" } else { "the west begins update #" }, turn)
    }

    /// Clients are told how their requests ended.
    pub(super) fn told(&mut self, sim: &mut Sim<Event>, told: Vec<(OpId, Answer)>) {
        for (op, answer) in told {
            let Some(operation) = self.ops.remove(&op) else { continue };
            self.replicas.forget(op);
            match (&operation.doing, answer) {
                (Doing::Look, Answer::Read(cell)) => {
                    self.calls.read(sim.now(), op, value_of(&cell));
                    self.write(sim, &operation, &cell);
                }
                (Doing::Read, Answer::Read(cell)) => self.read_ends(sim.now(), op, &operation, &cell),
                (Doing::Write(update), Answer::Written(stamp)) => {
                    self.calls.wrote(sim.now(), op);
                    self.updates.acknowledge(*update, stamp, operation.era);
                    self.counts.ended += u64::from(operation.era == self.era);
                    self.pass_on(sim);
                }
                (doing, answer) => {
                    if matches!(doing, Doing::Look | Doing::Write(_)) {
                        self.pass_on(sim);
                    }
                    if answer == Answer::Refused {
                        self.calls.refused(op);
                    } else {
                        self.calls.unknown(op);
                    }
                    self.refuse(&operation);
                }
            }
        }
    }

    /// The next one may update after a while.
    pub(super) fn pass_on(&mut self, sim: &mut Sim<Event>) {
        self.updating = Some(sim.after(PAUSE, Event::Update));
    }

    fn refuse(&mut self, operation: &Operation) {
        if operation.era != self.era {
            return;
        }
        self.counts.ended += 1;
        self.counts.refused[usize::from(operation.side == EAST)] += 1;
        self.counts.refused_accepting += u64::from(!operation.strict);
        self.broken[0] |= !operation.strict;
    }

    /// A client writes what it makes of what it has read.
    fn write(&mut self, sim: &mut Sim<Event>, operation: &Operation, read: &Cell) {
        let rule = self.knobs.merge;
        let mut based_on = self.updates.behind(read);
        if self.knobs.bug == Bug::FirstSibling && rule == Merge::Siblings {
            based_on.truncate(1);
        }
        let update = self.updates.begin(based_on);
        let value = if rule == Merge::Sum { 1 } else { update as u64 + 1 };
        let request = Request::Write(value, read.seen().clone());
        let operation = Operation { doing: Doing::Write(update), ..operation.clone() };
        self.ask(sim, operation, request);
    }

    fn read_ends(&mut self, now: Nanos, op: OpId, operation: &Operation, cell: &Cell) {
        self.calls.read(now, op, value_of(cell));
        let stale = operation.newest.is_some_and(|newest| !self.updates.reflected(newest, cell));
        if operation.era != self.era {
            return;
        }
        let counts = &mut self.counts;
        counts.ended += 1;
        counts.reads += 1;
        counts.stale += u64::from(stale);
        counts.stale_strict += u64::from(stale && operation.strict);
        let times = if operation.strict { &mut counts.strict_times } else { &mut counts.local_times };
        times.record(now.since(operation.start));
        // Updates of before the settings were changed were promised nothing.
        let promised = operation.newest.is_some_and(|newest| self.updates.is_of(newest, self.era));
        self.broken[1] |= stale && promised && self.knobs.all_strict();
    }
}

/// A value for a history: of several the one with the greatest stamp.
fn value_of(cell: &Cell) -> u64 {
    cell.newest().map_or(0, |version| version.value)
}
