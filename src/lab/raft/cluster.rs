//! The servers with their disks, the messages under way between them, and the books on both.

use std::collections::{BTreeMap, VecDeque};

use super::knobs::Knobs;
use super::measures::Measures;
use super::moments::Noted;
use super::{Event, FIRST_MESSAGE};
use crate::lab::scenario::Sim;
use crate::lab::scene::Tone;
use crate::sim::{Delivery, Loss, Nanos, Network, Rng, Seed, Token};
use crate::systems::raft::safety::Safety;
use crate::systems::raft::{Body, Disk, Id, Index, Message, Node, Payload, Role, Term};

/// What the application is: how many commands it has applied.
pub(super) type State = u64;
pub(super) type Server = Node<u64, State>;
pub(super) type Mail = Message<u64, State>;

/// So many applied entries give way to a snapshot.
const SNAPSHOT_EVERY: u64 = 40;
/// So many entries before the last one that is applied are kept: followers need them soon, and the picture shows them.
const TRAIL: usize = 10;
/// A leader that is deposed so soon after a server came back was deposed by that.
const RETURNED: Nanos = Nanos::from_secs(2);
/// What a message, an entry of it, a command and a snapshot take on the wire, in bytes.
const BYTES: [u64; 3] = [48, 116, 4_096];

/// A server: a node while it is up, and its disk.
#[derive(Clone)]
pub(super) struct Machine {
    pub(super) id: Id,
    pub(super) node: Option<Server>,
    disk: Disk<u64, State>,
    state: State,
    /// The last entries that were applied, and the state after each.
    trail: VecDeque<(Index, State)>,
    rng: Rng,
    timer: Option<(Nanos, Token)>,
    /// Whether it is cut off from all others.
    pub(super) isolated: bool,
    /// When it comes back by itself.
    pub(super) back: Option<Token>,
}

/// A message under way.
#[derive(Clone)]
pub(super) struct Flight {
    pub(super) mail: Mail,
    pub(super) sent: Nanos,
    pub(super) arrives: Nanos,
    token: Token,
}

#[derive(Clone)]
pub(super) struct Cluster {
    pub(super) machines: Vec<Machine>,
    pub(super) network: Network,
    luck: Rng,
    pub(super) flights: BTreeMap<u64, Flight>,
    next_flight: u64,
    pub(super) safety: Safety,
    pub(super) moments: VecDeque<Noted>,
    /// The leader who could last do its work, and whether it has crashed or been cut off since.
    last_leader: Option<(Id, Term)>,
    /// When a server could last be reached again, and whether a healthy leader was deposed soon after.
    rejoined: Option<Nanos>,
    pub(super) deposed_by_return: bool,
    /// A proposal was committed while so many servers were down.
    pub(super) committed_with_down: usize,
}

impl Cluster {
    /// A cluster that begins at `now`. `run` is the how-manieth of the run: each has its own luck.
    pub(super) fn new(seed: Seed, run: u64, knobs: &Knobs, told: bool, sim: &mut Sim<Event>) -> Cluster {
        let voters = knobs.voters();
        let mut cluster = Cluster {
            machines: Vec::new(),
            network: Network::new(knobs.servers() as usize, knobs.link()),
            luck: Rng::stream(Seed(seed.0 ^ run << 32), "network"),
            flights: BTreeMap::new(),
            next_flight: FIRST_MESSAGE,
            safety: Safety::new(),
            moments: VecDeque::new(),
            last_leader: None,
            rejoined: None,
            deposed_by_return: false,
            committed_with_down: 0,
        };
        for id in 1..=knobs.servers() {
            let label = ["", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8"].get(id as usize).unwrap_or(&"s");
            let mut rng = Rng::stream(Seed(seed.0 ^ run << 32), label);
            let disk = Disk::new(if voters.contains(&id) { &voters } else { &[] });
            let node = Node::new(id, knobs.settings(told), &disk, sim.now(), &mut rng);
            cluster.safety.started(&node, |command| *command);
            cluster.machines.push(Machine {
                id,
                node: Some(node),
                disk,
                state: 0,
                trail: VecDeque::new(),
                rng,
                timer: None,
                isolated: false,
                back: None,
            });
            cluster.wind(sim, id);
        }
        cluster
    }

    /// Takes back all that it has scheduled.
    pub(super) fn stop(&mut self, sim: &mut Sim<Event>) {
        for machine in &mut self.machines {
            machine.timer.take().map(|(_, token)| sim.cancel(token));
            machine.back.take().map(|token| sim.cancel(token));
        }
        self.flights.values().for_each(|flight| {
            sim.cancel(flight.token);
        });
    }

    pub(super) fn machine(&mut self, id: Id) -> Option<&mut Machine> {
        self.machines.get_mut((id as usize).checked_sub(1)?)
    }

    pub(super) fn node(&self, id: Id) -> Option<&Server> {
        self.machines.get((id as usize).checked_sub(1)?)?.node.as_ref()
    }

    pub(super) fn nodes(&self) -> impl Iterator<Item = &Server> {
        self.machines.iter().filter_map(|machine| machine.node.as_ref())
    }

    /// The leader of the highest term that is up.
    pub(super) fn leader(&self) -> Option<&Server> {
        self.nodes().filter(|node| node.role() == Role::Leader).max_by_key(|node| node.term())
    }

    /// That leader, where it can reach a majority, there and back.
    pub(super) fn working_leader(&self) -> Option<Id> {
        self.leader().map(Node::id).filter(|id| self.reaches_majority(*id))
    }

    /// Whether it can reach a majority of its members, there and back.
    fn reaches_majority(&self, id: Id) -> bool {
        let reaches = |other: Id| {
            let (one, two) = (id as usize - 1, other as usize - 1);
            let there = self.network.reaches(one, two) && self.network.reaches(two, one);
            other == id || there && self.node(other).is_some()
        };
        self.node(id).is_some_and(|node| node.config().majority(reaches))
    }

    pub(super) fn down(&self) -> usize {
        self.machines.iter().filter(|machine| machine.node.is_none()).count()
    }

    /// Has something befall a node that is up, and carries out what it then wants done.
    pub(super) fn act_on<R: Default>(
        &mut self,
        sim: &mut Sim<Event>,
        seen: &mut Measures,
        id: Id,
        act: impl FnOnce(&mut Server, Nanos, &mut Rng) -> R,
    ) -> R {
        let now = sim.now();
        let Some(machine) = self.machines.get_mut(id as usize - 1) else { return R::default() };
        let Some(node) = &mut machine.node else { return R::default() };
        let before = (node.role(), node.term());
        let result = act(node, now, &mut machine.rng);
        let mut ready = node.ready(now);
        machine.disk.write(node, &ready);
        self.safety.observe(node, &ready, |command| *command);
        if ready.restore {
            machine.state = node.snapshot().state.unwrap_or(0);
            machine.trail.clear();
        }
        let mut applied = Vec::new();
        for index in ready.apply {
            if let Some(Payload::Command(command)) = node.entry(index).map(|entry| &entry.payload) {
                machine.state += 1;
                applied.push(*command);
            }
            machine.trail.push_back((index, machine.state));
        }
        let surplus = machine.trail.len().saturating_sub(TRAIL);
        machine.trail.drain(..surplus);
        if let Some(&(index, state)) = machine.trail.front()
            && index >= node.entries().base().index + SNAPSHOT_EVERY
            && index <= node.commit()
        {
            node.compact(index, state);
            let compacted = node.ready(now);
            machine.disk.write(node, &compacted);
            self.safety.observe(node, &compacted, |command| *command);
            ready.messages.extend(compacted.messages);
        }
        let after = (node.role(), node.term());
        let first = applied.into_iter().filter(|command| seen.applied(now, *command, id)).count();
        if first > 0 {
            self.committed_with_down = self.committed_with_down.max(self.down());
        }
        self.note_role(now, seen, id, before, after);
        for mail in ready.messages {
            self.send(sim, seen, mail);
        }
        self.wind(sim, id);
        result
    }

    /// Counts who stands, wins and resigns.
    fn note_role(
        &mut self,
        now: Nanos,
        seen: &mut Measures,
        id: Id,
        before: (Role, u64),
        after: (Role, u64),
    ) {
        if before == after {
            return;
        }
        let term = after.1;
        match after.0 {
            Role::Candidate => {
                seen.stands(term);
                self.note_act(now, id, format!("stands, term {term}"), Tone::Warn);
            }
            Role::Leader => {
                // Alone it stands and wins in one go.
                if before.0 != Role::Candidate {
                    seen.stands(term);
                }
                seen.wins(term);
                self.note_act(now, id, format!("leads term {term}"), Tone::Good);
            }
            Role::Follower if before.0 == Role::Leader => {
                self.note_act(now, id, format!("resigns, term {term}"), Tone::Bad);
            }
            _ => {}
        }
        seen.over_time.at(now).1 = self.nodes().map(Node::term).max().unwrap_or(0);
    }

    /// Whether there is a leader who can do its work, and why the last one went: it crashed, or another one's higher term deposed it
    /// although it reached a majority. It may also have been cut off, or resigned because it is no member any more.
    pub(super) fn look_for_leader(&mut self, now: Nanos, seen: &mut Measures) {
        let leader = self.working_leader();
        let gone = self.last_leader.filter(|_| leader.is_none());
        let crash = gone.is_some_and(|(id, _)| self.node(id).is_none());
        let deposed = gone.is_some_and(|(id, term)| {
            let resigned =
                self.node(id).is_some_and(|node| node.term() > term && node.role() != Role::Leader);
            resigned && self.reaches_majority(id)
        });
        if deposed {
            let soon = self.rejoined.is_some_and(|at| now.since(at) <= RETURNED);
            self.deposed_by_return |= soon;
        }
        seen.leader(now, leader.is_some(), (crash, deposed));
        self.last_leader = leader.and_then(|id| Some((id, self.node(id)?.term())));
    }

    fn send(&mut self, sim: &mut Sim<Event>, seen: &mut Measures, mail: Mail) {
        let (from, to) = (mail.from as usize - 1, mail.to as usize - 1);
        seen.messages += 1;
        let entries = match &mail.body {
            Body::Append { entries, .. } => entries.len() as u64,
            _ => 0,
        };
        seen.bytes += BYTES[0] + entries * BYTES[1];
        seen.copying += u64::from(entries > 0);
        if let Body::Install { .. } = mail.body {
            seen.bytes += BYTES[2];
        }
        let delivery = self.network.send(sim.now(), from, to, &mut self.luck);
        let lost = delivery.lost().map(|why| if why == Loss::Cut { "no way" } else { "lost" });
        self.note_mail(sim.now(), &mail, lost);
        if let Delivery::Once(at) | Delivery::Twice(at, _) = delivery {
            self.fly(sim, mail, at);
        }
    }

    pub(super) fn fly(&mut self, sim: &mut Sim<Event>, mail: Mail, arrives: Nanos) {
        let id = self.next_flight;
        self.next_flight += 1;
        let token = sim.at(arrives, Event::Arrive(id));
        self.flights.insert(id, Flight { mail, sent: sim.now(), arrives, token });
    }

    /// A message that arrives, taken from those under way.
    pub(super) fn take(&mut self, flight: u64) -> Option<Mail> {
        self.flights.remove(&flight).map(|flight| flight.mail)
    }

    /// It never arrives.
    pub(super) fn lose(&mut self, sim: &mut Sim<Event>, flight: u64) -> bool {
        let Some(gone) = self.flights.remove(&flight) else { return false };
        sim.cancel(gone.token);
        self.note_mail(sim.now(), &gone.mail, Some("lost"));
        true
    }

    /// It arrives at another time.
    pub(super) fn put_off(&mut self, sim: &mut Sim<Event>, flight: u64, by: Nanos) -> bool {
        let Some(held) = self.flights.get_mut(&flight) else { return false };
        sim.cancel(held.token);
        held.arrives += by;
        held.token = sim.at(held.arrives, Event::Arrive(flight));
        true
    }

    /// What is under way where there is no way any more is lost.
    pub(super) fn lose_cut(&mut self, sim: &mut Sim<Event>) {
        let gone = |flight: &Flight| {
            !self.network.reaches(flight.mail.from as usize - 1, flight.mail.to as usize - 1)
        };
        let lost: Vec<u64> =
            self.flights.iter().filter(|(_, flight)| gone(flight)).map(|(id, _)| *id).collect();
        for id in lost {
            self.lose(sim, id);
        }
    }

    /// Sets the node's timer to when it wants to be woken.
    pub(super) fn wind(&mut self, sim: &mut Sim<Event>, id: Id) {
        let Some(machine) = self.machine(id) else { return };
        let next = machine.node.as_ref().map(Node::next_at).filter(|at| *at < Nanos::MAX);
        if machine.timer.map(|(at, _)| at) != next {
            machine.timer.take().map(|(_, token)| sim.cancel(token));
            machine.timer = next.map(|at| (at, sim.at(at, Event::Tick(id))));
        }
    }

    /// The timer of a node has run out.
    pub(super) fn unwind(&mut self, id: Id) {
        if let Some(machine) = self.machine(id) {
            machine.timer = None;
        }
    }

    /// It loses everything that is not on its disk.
    pub(super) fn crash(&mut self, sim: &mut Sim<Event>, id: Id) -> bool {
        let Some(machine) = self.machine(id).filter(|machine| machine.node.is_some()) else { return false };
        machine.node = None;
        self.note_act(sim.now(), id, "crashes", Tone::Bad);
        self.wind(sim, id);
        true
    }

    /// It starts with what is on its disk.
    pub(super) fn restart(
        &mut self,
        sim: &mut Sim<Event>,
        seen: &mut Measures,
        knobs: &Knobs,
        told: bool,
        id: Id,
    ) -> bool {
        let now = sim.now();
        let Some(machine) = self.machine(id).filter(|machine| machine.node.is_none()) else { return false };
        machine.back.take().map(|token| sim.cancel(token));
        let node = Node::new(id, knobs.settings(told), &machine.disk, now, &mut machine.rng);
        machine.state = node.snapshot().state.unwrap_or(0);
        machine.trail.clear();
        machine.node = Some(node.clone());
        self.safety.started(&node, |command| *command);
        self.note_act(now, id, "is back", Tone::Good);
        self.act_on(sim, seen, id, |_, _, _| ());
        true
    }

    /// Nothing gets to it or from it, or everything does again.
    pub(super) fn isolate(&mut self, sim: &mut Sim<Event>, id: Id, isolated: bool) {
        let (now, count) = (sim.now(), self.machines.len());
        let Some(machine) = self.machine(id) else { return };
        if machine.isolated == isolated {
            return;
        }
        machine.isolated = isolated;
        if !isolated {
            self.rejoined = Some(now);
        }
        let place = id as usize - 1;
        for other in (0..count).filter(|&other| other != place) {
            for (from, to) in [(place, other), (other, place)] {
                if isolated {
                    self.network.cut(from, to);
                } else if !self.machines[other].isolated {
                    self.network.mend(from, to);
                }
            }
        }
        let (text, tone) =
            if isolated { ("is cut off", Tone::Bad) } else { ("is reached again", Tone::Good) };
        self.note_act(now, id, text, tone);
        self.lose_cut(sim);
    }

    /// All settings of the nodes and links anew.
    pub(super) fn configure(&mut self, sim: &mut Sim<Event>, knobs: &Knobs, told: bool) {
        self.network.set_usual(knobs.link());
        for id in 1..=self.machines.len() as u64 {
            let now = sim.now();
            if let Some(machine) = self.machine(id)
                && let Some(node) = &mut machine.node
            {
                node.configure(now, knobs.settings(told), &mut machine.rng);
            }
            self.wind(sim, id);
        }
    }

    /// The last index of any log.
    pub(super) fn last_index(&self) -> Index {
        self.nodes().map(|node| node.entries().last_index()).max().unwrap_or(0)
    }
}
