//! One of the two sides: the leaves with their replicas and queues, and the requests that wait for them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::measures::Since;
use super::{Event, LEAVES, REPLICAS, WINDOW};
use crate::lab::measure::Histogram;
use crate::lab::scenario::Sim;
use crate::sim::{Nanos, Token};
use crate::systems::hedge::{Delay, Hedge, Pair};
use crate::systems::retry::RetryBudget;

/// What a side does against slow leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strategy {
    Single,
    Hedged,
    Tied,
}

/// The rules of a side.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub(super) strategy: Strategy,
    pub(super) delay: Delay,
    /// By how much a late answer is late.
    pub(super) slow: Nanos,
    /// The bugs.
    pub(super) counts_copies: bool,
    pub(super) late_timer: bool,
}

/// What chance has for one leaf call: for its first copy and for a second one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draw {
    /// Where the first copy goes; the second one goes to the other replica.
    pub(super) replica: usize,
    pub(super) work: [Nanos; 2],
    pub(super) late: [bool; 2],
}

/// A copy of a leaf call: 0 is the first one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Copy {
    pub(super) request: u64,
    leaf: usize,
    copy: u8,
}

/// A leaf as the request sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leaf {
    pair: Pair,
    /// Whether a second copy was sent after a delay.
    pub(super) hedged: bool,
    /// Which copies were worked on: counted here, not asked of the pair.
    worked: [bool; 2],
    /// When the answer that counts came, from when the request was sent.
    pub(super) took: Option<Nanos>,
}

/// A request that waits for leaves.
#[derive(Clone, Debug)]
pub(super) struct Request {
    sent: Nanos,
    draws: Arc<[Draw]>,
    pub(super) leaves: Vec<Leaf>,
    missing: usize,
    timer: Option<Token>,
}

/// A request that has ended, for show.
#[derive(Clone, Debug)]
pub(super) struct Ended {
    pub(super) request: u64,
    pub(super) took: Nanos,
    pub(super) leaves: Vec<Leaf>,
}

/// What came of a leaf's work.
#[derive(Clone, Debug, Default)]
pub(super) struct Done {
    pub(super) request: u64,
    pub(super) late: bool,
    pub(super) ended: Option<Ended>,
}

/// A replica of a leaf.
#[derive(Clone, Debug, Default)]
struct Server {
    queue: VecDeque<Copy>,
    /// The copy that it works on, and whether the answer will be late.
    work: Option<(Copy, bool)>,
}

/// What became of the copies.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) copies: u64,
    answered: u64,
    cancelled: u64,
    too_late: u64,
}

impl Counts {
    pub(super) fn ended(&self) -> u64 {
        self.answered + self.cancelled + self.too_late
    }
}

/// Promises that were broken.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Faults {
    pub(super) ended_early: bool,
    pub(super) answered_twice: bool,
    pub(super) both_worked: bool,
}

#[derive(Clone)]
pub(super) struct Side {
    side: usize,
    pub(super) rules: Rules,
    pub(super) hedge: Hedge,
    servers: Vec<Server>,
    pub(super) requests: BTreeMap<u64, Request>,
    /// Copies in line, being worked on, and on their late way back.
    waiting: u64,
    working: u64,
    returning: u64,
    pub(super) counts: Counts,
    /// Second copies sent after a delay since the budget was set.
    pub(super) hedges: u64,
    pub(super) faults: Faults,
    pub(super) since: Since,
    pub(super) requests_took: Histogram,
    pub(super) leaves_took: Histogram,
}

impl Side {
    pub(super) fn new(side: usize, rules: Rules, budget: RetryBudget) -> Side {
        Side {
            side,
            hedge: Hedge::new(rules.delay, WINDOW, budget),
            rules,
            servers: vec![Server::default(); LEAVES * REPLICAS],
            requests: BTreeMap::new(),
            waiting: 0,
            working: 0,
            returning: 0,
            counts: Counts::default(),
            hedges: 0,
            faults: Faults::default(),
            since: Since::default(),
            requests_took: Histogram::default(),
            leaves_took: Histogram::default(),
        }
    }

    /// Other rules from now on, and a new budget where one was set. What was counted before says nothing of them.
    pub(super) fn change(&mut self, rules: Rules, budget: Option<RetryBudget>) {
        if budget.is_some() {
            self.hedges = 0;
        }
        let budget = budget.unwrap_or_else(|| self.hedge.budget().clone());
        self.hedge.change(rules.delay, budget);
        self.rules = rules;
        self.since = Since::default();
        self.requests_took = Histogram::default();
        self.leaves_took = Histogram::default();
    }

    /// A request asks its leaves.
    pub(super) fn request(&mut self, sim: &mut Sim<Event>, id: u64, draws: &Arc<[Draw]>) {
        let tied = self.rules.strategy == Strategy::Tied;
        let pair = if tied { Pair::tied() } else { Pair::hedged() };
        let leaf = Leaf { pair, hedged: false, worked: [false; 2], took: None };
        let due = Event::HedgeDue { side: self.side, request: id };
        let timer = self.hedge.delay().map(|delay| sim.after(delay, due));
        let request = Request {
            sent: sim.now(),
            draws: Arc::clone(draws),
            leaves: vec![leaf; draws.len()],
            missing: draws.len(),
            timer,
        };
        self.requests.insert(id, request);
        // The first few cannot be hedged, which says nothing of those that can.
        if !self.hedge.is_learning() {
            self.since.sent(sim.now(), id, self.rules.slow);
            self.since.calls += draws.len() as u64;
        }
        for leaf in 0..draws.len() {
            self.hedge.call();
            self.send(sim, Copy { request: id, leaf, copy: 0 });
            if tied {
                self.send(sim, Copy { request: id, leaf, copy: 1 });
            }
        }
    }

    fn send(&mut self, sim: &mut Sim<Event>, copy: Copy) {
        let Some(request) = self.requests.get(&copy.request) else { return };
        let replica = request.draws[copy.leaf].replica ^ usize::from(copy.copy);
        let server = copy.leaf * REPLICAS + replica;
        self.counts.copies += 1;
        self.waiting += 1;
        self.servers[server].queue.push_back(copy);
        if self.servers[server].work.is_none() {
            self.next(sim, server);
        }
    }

    /// A server begins with the first copy in line that is not cancelled.
    fn next(&mut self, sim: &mut Sim<Event>, server: usize) {
        while let Some(copy) = self.servers[server].queue.pop_front() {
            self.waiting -= 1;
            let index = usize::from(copy.copy);
            let request = self.requests.get_mut(&copy.request);
            let Some(request) = request.filter(|request| request.missing > 0) else {
                self.counts.cancelled += 1;
                continue;
            };
            let leaf = &mut request.leaves[copy.leaf];
            if !leaf.pair.start(copy.copy) {
                self.counts.cancelled += 1;
                continue;
            }
            leaf.worked[index] = true;
            self.faults.both_worked |= leaf.worked == [true; 2] && !leaf.hedged;
            if index == 1 && leaf.worked[0] {
                self.since.extra(copy.request);
            }
            let draw = request.draws[copy.leaf];
            self.servers[server].work = Some((copy, draw.late[index]));
            self.working += 1;
            sim.after(draw.work[index], Event::Done { side: self.side, server });
            return;
        }
    }

    /// The delay of a request is over: the leaves that are missing get a second copy as far as the budget goes.
    /// Returns how many do.
    pub(super) fn hedge_due(&mut self, sim: &mut Sim<Event>, id: u64) -> usize {
        let Some(request) = self.requests.get_mut(&id) else { return 0 };
        request.timer = None;
        let mut sent = 0;
        for leaf in 0..request.leaves.len() {
            let Some(request) = self.requests.get_mut(&id) else { break };
            let answered = request.leaves[leaf].took.is_some();
            if answered && !self.rules.late_timer {
                continue;
            }
            if !self.hedge.spend() {
                break;
            }
            self.faults.answered_twice |= answered;
            request.leaves[leaf].hedged = true;
            self.hedges += 1;
            sent += 1;
            self.send(sim, Copy { request: id, leaf, copy: 1 });
        }
        sent
    }

    /// A server is done with its copy: the answer comes at once, or late.
    pub(super) fn done(&mut self, sim: &mut Sim<Event>, server: usize) -> Done {
        let Some((copy, late)) = self.servers[server].work.take() else { return Done::default() };
        self.working -= 1;
        let ended = if late {
            self.returning += 1;
            sim.after(self.rules.slow, Event::Late { side: self.side, copy });
            None
        } else {
            self.answer(sim, copy)
        };
        self.next(sim, server);
        Done { request: copy.request, late, ended }
    }

    /// A late answer comes.
    pub(super) fn late(&mut self, sim: &mut Sim<Event>, copy: Copy) -> Option<Ended> {
        self.returning -= 1;
        self.answer(sim, copy)
    }

    /// An answer comes; the last one that a request waits for ends it.
    fn answer(&mut self, sim: &mut Sim<Event>, copy: Copy) -> Option<Ended> {
        let Some(request) = self.requests.get_mut(&copy.request) else {
            self.counts.too_late += 1;
            return None;
        };
        let leaf = &mut request.leaves[copy.leaf];
        let took = sim.now().since(request.sent);
        if leaf.pair.answer() {
            self.counts.answered += 1;
            leaf.took = Some(took);
            self.hedge.record(took);
            self.leaves_took.record(took);
        } else {
            self.counts.too_late += 1;
            if !self.rules.counts_copies {
                return None;
            }
            self.faults.answered_twice = true;
        }
        request.missing -= 1;
        if request.missing > 0 {
            return None;
        }
        let request = self.requests.remove(&copy.request)?;
        self.faults.ended_early |= request.leaves.iter().any(|leaf| leaf.took.is_none());
        if let Some(timer) = request.timer {
            sim.cancel(timer);
        }
        self.requests_took.record(took);
        if took < self.rules.slow {
            self.since.in_time(copy.request);
        }
        Some(Ended { request: copy.request, took, leaves: request.leaves })
    }

    /// The copies that have not ended.
    pub(super) fn under_way(&self) -> u64 {
        self.waiting + self.working + self.returning
    }
}
