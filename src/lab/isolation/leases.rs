//! Counters behind leases instead of transactions: get the lease, read, work, write. Some work longer than the lease lasts.
//!
//! The same clients come to two storages. The first takes every write, the second has a fence.

use std::collections::{BTreeMap, VecDeque};

use super::Event;
use super::jobs::Draw;
use super::knobs::Knobs;
use crate::lab::measure::Bins;
use crate::lab::scenario::Sim;
use crate::sim::{Nanos, Token as Due};
use crate::systems::lease::{Fence, Lease, Token};

/// So many wait for a lease; who comes then is turned away.
const LINE: usize = 12;
/// So often a client tries.
const TRIES: u32 = 10;
/// So much of what happened to the first counter is kept.
const TOLD: usize = 24;

/// A counter, its lease and what stands before it.
#[derive(Clone, Debug, Default)]
pub(super) struct Guarded {
    pub(super) lease: Lease,
    fence: Fence,
    pub(super) value: u64,
    pub(super) line: VecDeque<u64>,
    /// When the lease ends.
    over: Option<Due>,
}

/// A client.
#[derive(Clone, Debug)]
pub(super) struct Client {
    pub(super) row: usize,
    work: f64,
    tries: u32,
    pub(super) token: Option<Token>,
    seen: u64,
    pub(super) since: Nanos,
    pub(super) until: Nanos,
    due: Option<Due>,
}

/// Something that happened at the first counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Granted(u64),
    Over,
    Read(u64),
    Refused,
    Wrote { value: u64, late: bool },
}

/// Clients, leases and a storage.
#[derive(Clone, Debug)]
pub(super) struct Leases {
    index: usize,
    fenced: bool,
    pub(super) rows: Vec<Guarded>,
    pub(super) clients: BTreeMap<u64, Client>,
    pub(super) taken: u64,
    pub(super) refused: u64,
    /// Writes tried, and those of them by owners whose lease was over.
    pub(super) writes: u64,
    pub(super) late: u64,
    pub(super) gave_up: u64,
    pub(super) turned_away: u64,
    pub(super) seen: Bins<(u64, u64)>,
    pub(super) told: VecDeque<(Nanos, u64, Told)>,
}

impl Leases {
    pub(super) fn new(index: usize, knobs: &Knobs, bin: Nanos) -> Leases {
        Leases {
            index,
            fenced: index == 1,
            rows: vec![Guarded::default(); knobs.rows as usize],
            clients: BTreeMap::new(),
            taken: 0,
            refused: 0,
            writes: 0,
            late: 0,
            gave_up: 0,
            turned_away: 0,
            seen: Bins::new(bin, 240),
            told: VecDeque::new(),
        }
    }

    /// Increments that were taken and are not there.
    pub(super) fn lost(&self) -> u64 {
        self.taken.saturating_sub(self.rows.iter().map(|row| row.value).sum())
    }

    /// A client comes.
    pub(super) fn arrive(&mut self, sim: &mut Sim<Event>, knobs: &Knobs, id: u64, (row, draw): (u64, &Draw)) {
        let row = (row as usize).min(self.rows.len() - 1);
        if self.rows[row].line.len() >= LINE {
            self.turned_away += 1;
            return;
        }
        let now = sim.now();
        let client = Client {
            row,
            work: draw.work,
            tries: 0,
            token: None,
            seen: 0,
            since: now,
            until: now,
            due: None,
        };
        self.clients.insert(id, client);
        self.rows[row].line.push_back(id);
        self.grant(sim, knobs, row);
    }

    /// The first in line gets the lease, if it is free, reads and goes to work.
    fn grant(&mut self, sim: &mut Sim<Event>, knobs: &Knobs, row: usize) {
        let now = sim.now();
        let here = &mut self.rows[row];
        let Some(&id) = here.line.front() else { return };
        let (Some(token), Some(client)) = (here.lease.acquire(now, knobs.lease), self.clients.get_mut(&id))
        else {
            return;
        };
        here.line.pop_front();
        if let Some(over) = here.over.replace(sim.after(knobs.lease, Event::Over(self.index, row))) {
            sim.cancel(over);
        }
        // Its lease has just begun, so nobody later has been here.
        if self.fenced && knobs.fence_reads {
            here.fence.admit(token);
        }
        client.seen = here.value;
        client.token = Some(token);
        client.tries += 1;
        let work = Nanos::from_secs_f64(knobs.work.as_secs_f64() * client.work);
        (client.since, client.until) = (now, now + work);
        client.due = Some(sim.after(work, Event::Write(self.index, id)));
        let seen = client.seen;
        self.tell(now, row, id, Told::Granted(knobs.lease.0 / 1_000_000));
        self.tell(now, row, id, Told::Read(seen));
    }

    /// The lease of a counter is over.
    pub(super) fn over(&mut self, sim: &mut Sim<Event>, knobs: &Knobs, row: usize) {
        let Some(here) = self.rows.get_mut(row) else { return };
        here.over = None;
        let owner = self.clients.iter().find(|(_, client)| client.row == row && client.token.is_some());
        if let Some(id) = owner.map(|(id, _)| *id) {
            self.tell(sim.now(), row, id, Told::Over);
        }
        self.grant(sim, knobs, row);
    }

    /// A client has done its work and writes what it read, one greater. It does not know whether its lease is over.
    pub(super) fn write(&mut self, sim: &mut Sim<Event>, knobs: &Knobs, id: u64) -> &'static str {
        let now = sim.now();
        let Some(client) = self.clients.get_mut(&id) else { return "client # is gone" };
        if let Some(due) = client.due.take() {
            sim.cancel(due);
        }
        let (row, seen) = (client.row, client.seen);
        let Some(token) = client.token.take() else { return "client # has no lease" };
        let here = &mut self.rows[row];
        let late = here.lease.owner(now) != Some(token);
        self.writes += 1;
        self.late += u64::from(late);
        if self.fenced && !here.fence.admit(token) {
            self.refused += 1;
            if client.tries < TRIES && here.line.len() < LINE {
                here.line.push_back(id);
            } else {
                self.clients.remove(&id);
                self.gave_up += 1;
            }
            self.tell(now, row, id, Told::Refused);
            self.grant(sim, knobs, row);
            return "the write of client # is refused: its token is old";
        }
        here.value = seen + 1;
        self.taken += 1;
        self.clients.remove(&id);
        if here.lease.release(now, token)
            && let Some(over) = here.over.take()
        {
            sim.cancel(over);
        }
        self.tell(now, row, id, Told::Wrote { value: seen + 1, late });
        *self.seen.at(now) = (self.taken, self.lost());
        self.grant(sim, knobs, row);
        if late { "client # writes, though its lease is over" } else { "client # writes" }
    }

    /// A client dies: its lease runs out.
    pub(super) fn die(&mut self, sim: &mut Sim<Event>, id: u64) -> bool {
        let Some(client) = self.clients.remove(&id) else { return false };
        if let Some(due) = client.due {
            sim.cancel(due);
        }
        self.rows[client.row].line.retain(|other| *other != id);
        self.gave_up += 1;
        true
    }

    /// Everything that is under way is forgotten.
    pub(super) fn clear(&mut self, sim: &mut Sim<Event>) {
        let due = self.clients.values_mut().filter_map(|client| client.due.take());
        let over = self.rows.iter_mut().filter_map(|row| row.over.take());
        due.chain(over).for_each(|token| {
            sim.cancel(token);
        });
        self.clients.clear();
    }

    fn tell(&mut self, now: Nanos, row: usize, id: u64, told: Told) {
        if row == 0 {
            if self.told.len() == TOLD {
                self.told.pop_front();
            }
            self.told.push_back((now, id, told));
        }
    }
}
