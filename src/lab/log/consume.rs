//! The consumers of the group: what they work on, when they commit, how partitions change hands, and one that
//! stands still.

use super::{Bug, Entry, Event, LATE, Log, Nanos, PAUSE, SESSION, STALL_AT, Sim, Token};

/// How many of the last records are remembered.
const LAST: usize = 4;

/// A consumer as it sees itself: what it believes to own may be out of date.
#[derive(Clone, Debug, Default)]
pub(super) struct Consumer {
    pub(super) state: State,
    generation: u64,
    pub(super) owned: Vec<Owned>,
    /// Which of them it looks at next.
    turn: usize,
    work: Option<Work>,
}

/// How a consumer is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum State {
    /// It is not there: there are fewer consumers.
    #[default]
    Gone,
    Up,
    /// It stands still.
    Still,
}

/// A partition that a consumer reads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owned {
    pub(super) partition: usize,
    /// The offset that it reads next.
    pub(super) position: u64,
    /// Records since its last commit.
    since: u64,
}

/// A record under work.
#[derive(Clone, Debug)]
struct Work {
    partition: usize,
    from: u64,
    offset: u64,
    /// What was fetched: the log may drop the record meanwhile.
    key: u64,
    entry: Entry,
    token: Token,
}

impl Log {
    /// A consumer without work takes the next record of its partitions.
    pub(super) fn begin(&mut self, sim: &mut Sim<Event>, index: usize) {
        let consumer = &self.consumers[index];
        if consumer.state != State::Up || consumer.work.is_some() {
            return;
        }
        let count = consumer.owned.len();
        let found = (0..count).map(|step| (consumer.turn + step) % count).find_map(|slot| {
            let Owned { partition, position, .. } = consumer.owned[slot];
            let record = self.partitions[partition].read(position)?;
            Some((slot, partition, (position, record.offset), (record.key, record.value?)))
        });
        let Some((slot, partition, (from, offset), (key, entry))) = found else { return };
        let others = self.consumers.iter().enumerate().filter(|(other, _)| *other != index);
        let working = others.filter(|(_, other)| other.state == State::Up);
        let alone = working.flat_map(|(_, other)| &other.work).all(|work| work.partition != partition);
        sim.rule(1, alone);
        let token = sim.after(Nanos::from_secs_f64(1.0 / self.knobs.speed), Event::Done(index));
        let consumer = &mut self.consumers[index];
        consumer.turn = (slot + 1) % count;
        consumer.work = Some(Work { partition, from, offset, key, entry, token });
        if self.knobs.bug == Bug::CommitFirst && offset >= self.group.committed(partition) {
            // As much as it fetches at once.
            let fetched = (offset + self.knobs.commit_every).min(self.partitions[partition].end());
            self.commit(sim, index, partition, fetched);
        }
    }

    /// A consumer has processed a record.
    pub(super) fn finish(&mut self, sim: &mut Sim<Event>, index: usize) -> (&'static str, u64) {
        let Some(work) = self.consumers[index].work.take() else { return ("nobody is done", 0) };
        let Work { partition, from, offset, key, entry, .. } = work;
        let done = self.books.done(partition, (from, offset), key, entry);
        sim.rule(0, !(done.disordered || done.overtaken && self.knobs.bug == Bug::Grow));
        if !done.again {
            self.seen.at(sim.now()).processed += 1;
        }
        self.done.push(sim.now(), entry.number, (partition, done.again));
        self.last.push_back((sim.now(), partition, key, entry));
        if self.last.len() > LAST {
            self.last.pop_front();
        }
        let committed = self.pass(sim, index, partition, offset);
        let what = match (done.again, committed) {
            _ if done.overtaken => "record # processed, after a later one of its key",
            (false, false) => "record # processed",
            (false, true) => "record # processed, the offset committed",
            (true, false) => "record # processed again",
            (true, true) => "record # processed again, the offset committed",
        };
        (what, entry.number)
    }

    /// A consumer goes on behind a record, commits where it is time to, and takes the next one. Says whether it committed.
    fn pass(&mut self, sim: &mut Sim<Event>, index: usize, partition: usize, offset: u64) -> bool {
        let every = self.knobs.commit_every;
        let owned = self.consumers[index].owned.iter_mut().find(|owned| owned.partition == partition);
        let due = owned.is_some_and(|owned| {
            owned.position = offset + 1;
            owned.since += 1;
            let due = owned.since >= every;
            if due {
                owned.since = 0;
            }
            due
        });
        let commits = due && self.knobs.bug != Bug::CommitFirst;
        if commits {
            self.commit(sim, index, partition, offset + 1);
        }
        self.begin(sim, index);
        commits
    }

    fn commit(&mut self, sim: &mut Sim<Event>, index: usize, partition: usize, offset: u64) {
        let generation = self.consumers[index].generation;
        self.commit_as(sim, (index, generation), partition, offset);
    }

    /// A consumer commits, in the generation that it knows.
    fn commit_as(
        &mut self,
        sim: &mut Sim<Event>,
        (index, generation): (usize, u64),
        partition: usize,
        offset: u64,
    ) -> bool {
        let before = self.group.committed(partition);
        let refused = if self.knobs.bug == Bug::NoFencing {
            self.group.reset(partition, offset);
            false
        } else {
            self.group.commit(index, generation, partition, offset).is_err()
        };
        self.books.refused += u64::from(refused);
        let after = self.group.committed(partition);
        sim.rule(2, after >= before && after <= self.books.high(partition).max(before));
        !refused
    }

    /// A consumer lets go of the partitions for which `which` says so, and commits how far it has come if it can.
    fn let_go(&mut self, sim: &mut Sim<Event>, index: usize, which: &[bool]) {
        let consumer = &mut self.consumers[index];
        let goes = |partition: usize| which.get(partition).copied().unwrap_or(false);
        let up = consumer.state == State::Up;
        if let Some(work) = consumer.work.take_if(|work| goes(work.partition)) {
            sim.cancel(work.token);
        }
        let gone: Vec<Owned> = consumer.owned.iter().copied().filter(|owned| goes(owned.partition)).collect();
        consumer.owned.retain(|owned| !goes(owned.partition));
        consumer.turn = 0;
        if up && self.knobs.bug != Bug::CommitFirst {
            for owned in gone.into_iter().filter(|owned| owned.since > 0) {
                self.commit(sim, index, owned.partition, owned.position);
            }
        }
        self.begin(sim, index);
    }

    /// A rebalance begins: what changes hands stands still until it is over; without cooperation, everything does.
    pub(super) fn rebalance(&mut self, sim: &mut Sim<Event>) {
        let plan = self.group.plan(self.knobs.assignor);
        let cooperative = self.knobs.cooperative;
        let stops: Vec<bool> =
            (0..plan.len()).map(|index| !cooperative || self.group.owner(index) != plan[index]).collect();
        for &member in &self.group.members().clone() {
            self.let_go(sim, member, &stops);
        }
        self.group.revoke(|partition, _| stops[partition]);
        if let Some(token) = self.assigning.take() {
            sim.cancel(token);
        }
        self.assigning = Some(sim.after(PAUSE, Event::Assigned));
    }

    /// A rebalance is over: the members hear what they own and read on where the group has come to.
    pub(super) fn assigned(&mut self, sim: &mut Sim<Event>) {
        self.assigning = None;
        self.books.moved += self.group.rebalance(self.knobs.assignor) as u64;
        self.books.rebalances = self.group.generation() - 1;
        for &member in &self.group.members().clone() {
            let consumer = &mut self.consumers[member];
            consumer.generation = self.group.generation();
            for partition in self.group.owned(member) {
                if !consumer.owned.iter().any(|owned| owned.partition == partition) {
                    let position = self.group.committed(partition);
                    consumer.owned.push(Owned { partition, position, since: 0 });
                }
            }
            self.begin(sim, member);
        }
    }

    /// Brings the consumers to their number.
    pub(super) fn staff(&mut self, sim: &mut Sim<Event>) {
        let mut changed = false;
        for index in 0..self.consumers.len() {
            let (there, wanted) = (self.consumers[index].state != State::Gone, index < self.knobs.consumers);
            if wanted && !there {
                self.consumers[index].state = State::Up;
                changed |= self.group.join(index);
            } else if !wanted && there {
                self.let_go(sim, index, &vec![true; self.partitions.len()]);
                self.consumers[index] = Consumer::default();
                changed |= self.group.leave(index);
            }
        }
        if changed {
            self.rebalance(sim);
        }
    }

    /// Consumer 1 stands still.
    pub(super) fn stall(&mut self, sim: &mut Sim<Event>) -> (&'static str, u64) {
        if self.knobs.stall == Nanos::ZERO {
            return ("consumer # goes on as before", 1);
        }
        let consumer = &mut self.consumers[0];
        consumer.state = State::Still;
        if let Some(work) = consumer.work.take() {
            sim.cancel(work.token);
        }
        self.session = Some(sim.after(SESSION, Event::Detect));
        self.waking = Some(sim.after(self.knobs.stall, Event::Wake));
        ("consumer # stands still, and nobody knows", 1)
    }

    /// The standstill is to end at another time.
    pub(super) fn stalls_until(&mut self, sim: &mut Sim<Event>) {
        if let Some(token) = self.waking.take() {
            sim.cancel(token);
            let at = (STALL_AT + self.knobs.stall).max(sim.now() + Nanos(1));
            self.waking = Some(sim.at(at, Event::Wake));
        }
    }

    /// The group takes consumer 1 for dead.
    pub(super) fn detect(&mut self, sim: &mut Sim<Event>) -> (&'static str, u64) {
        self.session = None;
        let consumer = &mut self.consumers[0];
        let owned = std::mem::take(&mut consumer.owned);
        let half = (self.knobs.commit_every - 1) as f64 / 2.0;
        self.books.expected_again = owned.len() as f64 * half;
        self.late =
            (consumer.generation, owned.iter().map(|owned| (owned.partition, owned.position)).collect());
        self.group.leave(0);
        self.rebalance(sim);
        ("consumer # was silent for 3 s: taken for dead, a rebalance begins", 1)
    }

    /// Consumer 1 goes on.
    pub(super) fn wake(&mut self, sim: &mut Sim<Event>) -> (&'static str, u64) {
        self.waking = None;
        self.woke = Some(sim.now());
        self.consumers[0].state = State::Up;
        if let Some(token) = self.session.take() {
            sim.cancel(token);
            self.begin(sim, 0);
            return ("consumer # goes on; nobody noticed", 1);
        }
        self.group.join(0);
        self.rebalance(sim);
        sim.after(LATE, Event::Late);
        ("consumer # is back and joins: a rebalance begins", 1)
    }

    /// The commit that consumer 1 had in its hand when it stood still.
    pub(super) fn commit_late(&mut self, sim: &mut Sim<Event>) -> (&'static str, u64) {
        let (generation, positions) = std::mem::take(&mut self.late);
        let mut taken = false;
        for (partition, position) in positions {
            taken |= self.commit_as(sim, (0, generation), partition, position);
        }
        let what = if taken {
            "consumer # commits from before its standstill, and the group is set back"
        } else {
            "consumer # commits from before its standstill: refused, its generation is over"
        };
        (what, 1)
    }
}
