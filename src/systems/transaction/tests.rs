//! A crash before every step of every node, and scripts of crashes, lost, doubled and late messages by chance: afterwards
//! everything is all or nothing, done or compensated, neither lost nor invented.

use super::*;
use crate::sim::torture::{breaks, survives};
use crate::sim::{Rng, Seed};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Protocol {
    TwoPhase,
    Orchestrated,
    Danced,
    Published(Publish, bool),
}

const PROTOCOLS: [Protocol; 5] = [
    Protocol::TwoPhase,
    Protocol::Orchestrated,
    Protocol::Danced,
    Protocol::Published(Publish::Outbox, true),
    Protocol::Published(Publish::Capture, true),
];
const PARTS: usize = 3;

enum Any {
    Coordinator(Coordinator),
    Participant(Participant),
    Orchestrator(Orchestrator),
    Service(Service),
    Dancer(Dancer),
    Producer(Producer),
    Broker(Broker),
    Consumer(Consumer),
}

impl Any {
    fn node(&mut self) -> &mut dyn Node {
        match self {
            Any::Coordinator(node) => node,
            Any::Participant(node) => node,
            Any::Orchestrator(node) => node,
            Any::Service(node) => node,
            Any::Dancer(node) => node,
            Any::Producer(node) => node,
            Any::Broker(node) => node,
            Any::Consumer(node) => node,
        }
    }
}

struct World {
    protocol: Protocol,
    nodes: Vec<Any>,
    down: Vec<bool>,
    wire: Vec<Message>,
    begun: TxId,
    steps: usize,
}

impl World {
    fn new(protocol: Protocol, flaw: Flaw) -> World {
        let parts = 1..=PARTS;
        let nodes: Vec<Any> = match protocol {
            Protocol::TwoPhase => std::iter::once(Any::Coordinator(Coordinator::new(PARTS, flaw)))
                .chain(parts.map(|id| Any::Participant(Participant::new(id, 2))))
                .collect(),
            Protocol::Orchestrated => std::iter::once(Any::Orchestrator(Orchestrator::new(PARTS)))
                .chain(parts.map(|id| Any::Service(Service::new(id, flaw))))
                .collect(),
            Protocol::Danced => (0..=PARTS).map(|id| Any::Dancer(Dancer::new(id, PARTS, flaw))).collect(),
            Protocol::Published(publish, dedup) => vec![
                Any::Producer(Producer::new(publish)),
                Any::Broker(Broker::default()),
                Any::Consumer(Consumer::new(dedup)),
            ],
        };
        World { protocol, down: vec![false; nodes.len()], nodes, wire: Vec::new(), begun: 0, steps: 0 }
    }

    fn begin(&mut self, refuses: NodeId) {
        self.begun += 1;
        if !self.down[0] {
            self.nodes[0].node().begin(self.begun, refuses);
        }
    }

    /// A node does one step; a message goes onto the wire.
    fn step(&mut self, node: NodeId) -> bool {
        if self.down[node] {
            return false;
        }
        let step = self.nodes[node].node().step();
        if let Some(Step::Sent(message)) = step {
            self.wire.push(message);
        }
        self.steps += usize::from(step.is_some());
        step.is_some()
    }

    fn deliver(&mut self, place: usize) {
        if !self.wire.is_empty() {
            let message = self.wire.remove(place % self.wire.len());
            if !self.down[message.to] {
                self.nodes[message.to].node().receive(message);
            }
        }
    }

    fn crash(&mut self, node: NodeId) {
        self.down[node] = true;
        self.nodes[node].node().crash();
    }

    fn restart(&mut self, node: NodeId) {
        if std::mem::take(&mut self.down[node]) {
            self.nodes[node].node().restart();
        }
    }

    /// Everybody is up, nothing is lost any more, and what is open is nudged until nothing is. After every step the laws hold.
    fn settle(&mut self) -> Result<(), String> {
        (0..self.nodes.len()).for_each(|node| self.restart(node));
        for _ in 0..200 {
            loop {
                let mut any = false;
                for node in 0..self.nodes.len() {
                    while self.step(node) {
                        any = true;
                        self.laws()?;
                    }
                }
                any |= !self.wire.is_empty();
                while !self.wire.is_empty() {
                    self.deliver(0);
                }
                if !any {
                    break;
                }
            }
            if !self.nodes.iter_mut().any(|node| node.node().is_open()) {
                return self.ends();
            }
            self.nodes.iter_mut().for_each(|node| node.node().nudge(TxId::MAX));
        }
        Err("it does not come to an end".into())
    }

    fn votes(&self, tx: TxId) -> Vec<Option<Vote>> {
        let of = |node: &Any| if let Any::Participant(node) = node { Some(node.vote(tx)) } else { None };
        self.nodes.iter().filter_map(of).collect()
    }

    fn effects(&self, tx: TxId) -> Vec<i64> {
        let of = |node: &Any| match node {
            Any::Service(node) => Some(node.effect(tx)),
            Any::Dancer(node) => Some(node.effect(tx)),
            _ => None,
        };
        self.nodes.iter().filter_map(of).collect()
    }

    /// What holds at every moment.
    fn laws(&self) -> Result<(), String> {
        for tx in 1..=self.begun {
            let votes = self.votes(tx);
            if votes.contains(&Some(Vote::Committed)) && votes.contains(&Some(Vote::Aborted)) {
                return Err(format!("{tx} is half committed: {votes:?}"));
            }
            let effects = self.effects(tx);
            if effects.iter().any(|effect| !(0..=1).contains(effect)) {
                return Err(format!("{tx} has the effects {effects:?}"));
            }
            if let [Any::Producer(producer), Any::Broker(broker), Any::Consumer(consumer)] = &self.nodes[..] {
                let (row, applied) = (producer.has_row(tx), consumer.applied(tx));
                if applied > 0 && !row {
                    return Err(format!("{tx} is invented"));
                }
                if row && applied == 0 && !producer.will_send(tx) && !broker.has(tx) {
                    return Err(format!("{tx} is lost"));
                }
                if applied > 1 && self.protocol == Protocol::Published(Publish::Outbox, true) {
                    return Err(format!("{tx} is doubled"));
                }
            }
        }
        Ok(())
    }

    /// What holds when all has come to rest.
    fn ends(&self) -> Result<(), String> {
        self.laws()?;
        for tx in 1..=self.begun {
            let votes = self.votes(tx);
            if votes.contains(&Some(Vote::Prepared)) {
                return Err(format!("{tx} is in doubt for ever: {votes:?}"));
            }
            let committed = votes.iter().filter(|vote| **vote == Some(Vote::Committed)).count();
            if ![0, votes.len()].contains(&committed) {
                return Err(format!("{tx} is half committed: {votes:?}"));
            }
            let effects = self.effects(tx);
            if effects.windows(2).any(|pair| pair[0] != pair[1]) {
                return Err(format!("{tx} is neither done nor compensated: {effects:?}"));
            }
        }
        Ok(())
    }

    /// One step or message after the other, `before` each of which the given thing happens.
    fn run(&mut self, mut before: impl FnMut(&mut World, usize, NodeId)) {
        let mut quiet = 0;
        while quiet < 2 {
            quiet += 1;
            for node in 0..self.nodes.len() {
                while !self.down[node] && self.nodes[node].node().is_busy() {
                    before(self, self.steps, node);
                    if self.step(node) {
                        quiet = 0;
                    }
                }
            }
            while !self.wire.is_empty() {
                self.deliver(0);
                quiet = 0;
            }
        }
    }
}

#[test]
fn whoever_crashes_before_whichever_step_all_is_well_in_the_end() {
    for protocol in PROTOCOLS {
        for refuses in 0..=PARTS {
            let mut plain = World::new(protocol, Flaw::None);
            plain.begin(refuses);
            plain.run(|_, _, _| {});
            let steps = plain.steps;
            assert_eq!(plain.ends(), Ok(()), "{protocol:?}");
            assert!(steps >= 5, "{protocol:?}: {steps}");
            let mut crashes = 0;
            for at in 0..=steps {
                for second in [None, Some(2), Some(5)] {
                    let mut world = World::new(protocol, Flaw::None);
                    world.begin(refuses);
                    let mut left = 1 + usize::from(second.is_some());
                    let mut next = at;
                    world.run(|world, step, node| {
                        if left > 0 && step == next {
                            left -= 1;
                            next = step + second.unwrap_or(0);
                            world.crash(node);
                            crashes += 1;
                            // Others go on while it is down; the second time it is up again at once.
                            if second.is_some() {
                                world.restart(node);
                            }
                        }
                    });
                    assert_eq!(
                        world.settle(),
                        Ok(()),
                        "{protocol:?}, refused by {refuses}, crash before step {at}, {second:?}"
                    );
                }
            }
            assert!(crashes > steps, "{protocol:?}: {crashes} crashes in {steps} steps");
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Doing {
    Begin(NodeId),
    Step(NodeId),
    Deliver(usize),
    Drop(usize),
    Double(usize),
    Crash(NodeId),
    Restart(NodeId),
    Nudge(NodeId),
}

fn draw(rng: &mut Rng) -> Doing {
    let node = rng.below(4) as usize;
    let place = rng.below(6) as usize;
    match rng.below(40) {
        0..2 => Doing::Begin(if rng.chance(0.5) { 0 } else { 1 + rng.below(3) as usize }),
        2..18 => Doing::Step(node),
        18..32 => Doing::Deliver(place),
        32 => Doing::Drop(place),
        33..35 => Doing::Double(place),
        35 => Doing::Crash(node),
        36..38 => Doing::Restart(node),
        _ => Doing::Nudge(node),
    }
}

fn play(protocol: Protocol, flaw: Flaw, script: &[Doing]) -> Result<(), String> {
    let mut world = World::new(protocol, flaw);
    world.begin(0);
    for &doing in script {
        let nodes = world.nodes.len();
        match doing {
            Doing::Begin(refuses) => world.begin(refuses),
            // One of those who have something to do.
            Doing::Step(place) => {
                let busy = (0..nodes).filter(|&node| !world.down[node] && world.nodes[node].node().is_busy());
                let busy: Vec<NodeId> = busy.collect();
                if let Some(&node) = busy.get(place % busy.len().max(1)) {
                    world.step(node);
                }
            }
            Doing::Deliver(place) => world.deliver(place),
            Doing::Drop(place) if !world.wire.is_empty() => {
                let place = place % world.wire.len();
                world.wire.remove(place);
            }
            Doing::Double(place) if !world.wire.is_empty() => {
                let message = world.wire[place % world.wire.len()];
                world.wire.push(message);
            }
            Doing::Drop(_) | Doing::Double(_) => {}
            Doing::Crash(node) => world.crash(node % nodes),
            Doing::Restart(node) => world.restart(node % nodes),
            Doing::Nudge(node) if !world.down[node % nodes] => {
                world.nodes[node % nodes].node().nudge(TxId::MAX);
            }
            Doing::Nudge(_) => {}
        }
        world.laws()?;
    }
    world.settle()
}

#[test]
fn two_phase_commit_survives_all_faults() {
    survives(3_000, 80, draw, |_, script| play(Protocol::TwoPhase, Flaw::None, script));
}

#[test]
fn sagas_survive_all_faults() {
    survives(2_000, 80, draw, |_, script| play(Protocol::Orchestrated, Flaw::None, script));
    survives(2_000, 80, draw, |_, script| play(Protocol::Danced, Flaw::None, script));
}

#[test]
fn outbox_and_capture_survive_all_faults() {
    survives(2_000, 80, draw, |_, script| {
        play(Protocol::Published(Publish::Outbox, true), Flaw::None, script)
    });
    survives(2_000, 80, draw, |_, script| {
        play(Protocol::Published(Publish::Capture, true), Flaw::None, script)
    });
}

#[test]
fn every_flaw_is_found_by_a_short_script() {
    let check = |protocol: Protocol, flaw: Flaw, most: usize| {
        let failure = breaks(3_000, 120, draw, |_: Seed, script: &[Doing]| play(protocol, flaw, script));
        let failure = failure.unwrap_or_else(|| panic!("{protocol:?} with {flaw:?} passes"));
        assert!(failure.script.len() <= most, "{protocol:?} with {flaw:?}: {failure:#?}");
    };
    check(Protocol::TwoPhase, Flaw::UnloggedDecision, 22);
    check(Protocol::Orchestrated, Flaw::RepeatedCompensation, 22);
    check(Protocol::Danced, Flaw::RepeatedCompensation, 22);
    // The row is written, the message is not sent.
    check(Protocol::Published(Publish::Dual, true), Flaw::None, 3);
}

#[test]
fn messages_and_writes_are_those_of_the_books() {
    let count = |protocol: Protocol, refuses: NodeId| {
        let mut world = World::new(protocol, Flaw::None);
        world.begin(refuses);
        let (mut messages, mut writes) = (0, 0);
        loop {
            let mut any = false;
            for node in 0..world.nodes.len() {
                while let Some(step) = world.nodes[node].node().step() {
                    any = true;
                    match step {
                        Step::Sent(message) => {
                            messages += 1;
                            world.wire.push(message);
                        }
                        Step::Wrote(..) => writes += 1,
                    }
                }
            }
            while !world.wire.is_empty() {
                world.deliver(0);
            }
            if !any {
                return (messages, writes);
            }
        }
    };
    // 4n messages; 2n + 1 forced writes and the lazy end.
    assert_eq!(count(Protocol::TwoPhase, 0), (4 * PARTS, 2 * PARTS + 2));
    // A command and an answer for each part; the log has a beginning and each part.
    assert_eq!(count(Protocol::Orchestrated, 0), (2 * PARTS, 2 * PARTS + 1));
    // The last one refuses: n parts asked, n - 1 compensated.
    assert_eq!(count(Protocol::Orchestrated, PARTS).0, 2 * (2 * PARTS - 1));
    assert_eq!(count(Protocol::Danced, 0).0, 2 * PARTS);
    assert_eq!(count(Protocol::Published(Publish::Outbox, true), 0).0, 4);
}

#[test]
fn without_an_inbox_an_event_can_be_applied_twice_and_never_less_than_once() {
    let mut world = World::new(Protocol::Published(Publish::Outbox, false), Flaw::None);
    world.begin(0);
    let mut crashed = false;
    world.run(|world, _, node| {
        // The consumer has applied it and dies before it says so.
        if node == 2
            && !crashed
            && matches!(&world.nodes[2], Any::Consumer(consumer) if consumer.applied(1) == 1)
        {
            crashed = true;
            world.crash(2);
        }
    });
    assert_eq!(world.settle(), Ok(()));
    assert!(crashed);
    let Any::Consumer(consumer) = &world.nodes[2] else { panic!("a consumer") };
    assert_eq!(consumer.applied(1), 2);
}

#[test]
fn a_compensation_that_is_asked_for_twice_is_carried_out_once() {
    for (flaw, expected) in [(Flaw::None, 0), (Flaw::RepeatedCompensation, -1)] {
        let mut service = Service::new(1, flaw);
        let ask = |what: What| Message { tx: 1, what, from: 0, to: 1, refuses: 2, copy: 0 };
        for what in [What::Do, What::Do, What::Undo, What::Undo] {
            service.receive(ask(what));
        }
        while service.step().is_some() {}
        assert_eq!(service.effect(1), expected);
    }
}
