//! SWIM: members that watch each other at a load that does not grow with their number (Das, Gupta and Motivala 2002).
//!
//! Where everybody sends heartbeats to everybody, n members send n² messages a period. In SWIM each asks one other a period. Where no answer
//! comes in time, it has `helpers` others ask, so that one bad link is not taken for a crash. Where they get no answer either,
//! the member is *suspected*, not yet dead: it has time to object. What is known goes out on the back of these messages, a few rumours on
//! each, so that all know after a time that grows with the logarithm of their number.
//!
//! Who is suspected and lives says so with a higher *incarnation*, a number that only the member itself raises. Of two rumours about a member the
//! one with the higher incarnation holds; of equal ones dead beats suspected beats alive. So rumours may come in any order and as
//! often as they like, and an old one changes nothing. (The paper has a dead member never come back; here it does with a higher
//! incarnation, as in HashiCorp's memberlist.)
//!
//! A node does no input or output: the caller hands it time and messages, and sends what it puts into [`Out`].

mod gossip;
#[cfg(test)]
mod tests;

use gossip::Gossip;

use crate::sim::{Nanos, Rng};

/// A member, by its number from 0.
pub type Member = usize;

/// What is thought of a member. In the order in which one overrides the other at the same incarnation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// It answers, or nobody has found that it does not.
    #[default]
    Alive,
    /// It did not answer somebody.
    Suspect,
    /// It was suspected for too long.
    Dead,
}

/// What is said of a member. Ordered so that the larger one holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Belief {
    /// The member's own count of its objections.
    pub incarnation: u32,
    /// What it is thought to be.
    pub status: Status,
}

/// A belief that goes round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rumour {
    /// Who it is about.
    pub about: Member,
    /// What is said.
    pub belief: Belief,
}

/// What a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// Are you there?
    Ping {
        /// Comes back with the answer.
        number: u32,
    },
    /// Ask somebody for me.
    PingReq {
        /// Comes back with the answer.
        number: u32,
        /// Whom.
        target: Member,
    },
    /// Yes; or: the one you asked about is.
    Ack {
        /// The number of the question.
        number: u32,
    },
}

/// A message, with rumours on its back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What it is for.
    pub body: Body,
    /// What else it tells.
    pub rumours: Vec<Rumour>,
}

/// A node has changed its mind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// About whom.
    pub about: Member,
    /// What it thought before.
    pub before: Belief,
    /// What it thinks now.
    pub now: Belief,
    /// Whether it found so itself, and did not hear it.
    pub first_hand: bool,
}

/// What comes of something that happened to a node.
#[derive(Clone, Debug, Default)]
pub struct Out {
    /// Messages to send.
    pub messages: Vec<(Member, Message)>,
    /// What it has changed its mind about.
    pub changes: Vec<Change>,
}

/// How members are asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// One at random a period: what the analysis in the paper is about.
    Random,
    /// All in turn, each turn in a new order: every crash is found within 2n - 1 periods, and on average as soon.
    #[default]
    RoundRobin,
}

/// Flaws, to show what they do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flaw {
    /// None.
    #[default]
    None,
    /// Takes every rumour for news, whatever its incarnation.
    NoIncarnation,
    /// Takes who does not answer for dead, without a time to object.
    NoSuspicion,
}

/// The rules of a group, the same for all its members.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// How many members there are; they know each other.
    pub members: usize,
    /// How many others are asked for help.
    pub helpers: usize,
    /// For how long a suspect may object.
    pub suspicion: Nanos,
    /// A rumour is passed on this many times log2 of the number of members.
    pub repeats: f64,
    /// Rumours on a message, at most.
    pub rumours: usize,
    /// How members are asked.
    pub order: Order,
    /// A flaw.
    pub flaw: Flaw,
}

/// What a node knows of another one.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    belief: Belief,
    /// When it has come to that belief.
    since: Nanos,
}

/// A question under way.
#[derive(Clone, Copy, Debug)]
struct Probe {
    target: Member,
    number: u32,
    answered: bool,
}

/// A question that is asked for somebody else.
#[derive(Clone, Copy, Debug)]
struct Errand {
    number: u32,
    asker: Member,
    asked: u32,
}

/// How many errands a node remembers.
const ERRANDS: usize = 64;

/// A member of the group.
#[derive(Clone, Debug)]
pub struct Node {
    me: Member,
    config: Config,
    incarnation: u32,
    entries: Vec<Entry>,
    suspects: usize,
    probe: Option<Probe>,
    next_number: u32,
    errands: Vec<Errand>,
    /// The members still to be asked in this turn, the next one last.
    turn: Vec<Member>,
    gossip: Gossip,
}

impl Node {
    /// A member that has just started, and believes that all are alive.
    #[must_use]
    pub fn new(me: Member, config: Config) -> Node {
        Node {
            me,
            config,
            incarnation: 0,
            entries: vec![Entry::default(); config.members],
            suspects: 0,
            probe: None,
            next_number: 0,
            errands: Vec::new(),
            turn: Vec::new(),
            gossip: Gossip::default(),
        }
    }

    /// Other rules from now on. The number of members stays.
    pub fn configure(&mut self, config: Config) {
        self.config = Config { members: self.config.members, ..config };
    }

    /// What it believes of a member; of itself that it is alive. `None` for a number that is no member's.
    #[must_use]
    pub fn belief(&self, member: Member) -> Option<Belief> {
        if member == self.me {
            return Some(Belief { incarnation: self.incarnation, status: Status::Alive });
        }
        self.entries.get(member).map(|entry| entry.belief)
    }

    /// A period begins at `now`: judges the last question, lets suspicions run out, and asks the next member. O(members) where somebody is
    /// suspected or a turn begins, else O(1).
    pub fn begin_period(&mut self, now: Nanos, rng: &mut Rng, out: &mut Out) {
        if let Some(Probe { target, .. }) = self.probe.take().filter(|probe| !probe.answered) {
            let held = self.entries[target].belief;
            if held.status == Status::Alive {
                let flawed = self.config.flaw == Flaw::NoSuspicion;
                let status = if flawed { Status::Dead } else { Status::Suspect };
                self.believe(now, Rumour { about: target, belief: Belief { status, ..held } }, true, out);
            }
        }
        if self.suspects > 0 {
            for about in 0..self.entries.len() {
                let Entry { belief, since } = self.entries[about];
                if belief.status == Status::Suspect && now >= since + self.config.suspicion {
                    let belief = Belief { status: Status::Dead, ..belief };
                    self.believe(now, Rumour { about, belief }, true, out);
                }
            }
        }
        if let Some(target) = self.next_target(rng) {
            let number = self.number();
            self.probe = Some(Probe { target, number, answered: false });
            self.send(target, Body::Ping { number }, None, out);
        }
    }

    /// The time for an answer is over: where none came, others are asked for help. Always as many draws as there are helpers.
    pub fn ping_timeout(&mut self, rng: &mut Rng, out: &mut Out) {
        let Some(Probe { target, number, answered: false }) = self.probe else { return };
        let mut able: Vec<Member> =
            (0..self.entries.len()).filter(|member| *member != target && self.asks(*member)).collect();
        for _ in 0..self.config.helpers {
            let pick = rng.below(able.len() as u64) as usize;
            if pick < able.len() {
                let helper = able.swap_remove(pick);
                self.send(helper, Body::PingReq { number, target }, None, out);
            }
        }
    }

    /// A message has arrived.
    pub fn receive(&mut self, now: Nanos, from: Member, message: &Message, out: &mut Out) {
        for &rumour in &message.rumours {
            self.hear(now, rumour, out);
        }
        // Who is thought ill of should hear of it, to object.
        let ill =
            self.entries.get(from).map(|entry| entry.belief).filter(|held| held.status != Status::Alive);
        let ill = ill.map(|belief| Rumour { about: from, belief });
        match message.body {
            Body::Ping { number } => self.send(from, Body::Ack { number }, ill, out),
            Body::PingReq { number, target } if target < self.entries.len() => {
                let own = self.number();
                if self.errands.len() == ERRANDS {
                    self.errands.remove(0);
                }
                self.errands.push(Errand { number: own, asker: from, asked: number });
                self.send(target, Body::Ping { number: own }, None, out);
            }
            Body::PingReq { .. } => {}
            Body::Ack { number } => {
                if let Some(probe) = self.probe.as_mut().filter(|probe| probe.number == number) {
                    probe.answered = true;
                } else if let Some(place) = self.errands.iter().position(|errand| errand.number == number) {
                    let Errand { asker, asked, .. } = self.errands.remove(place);
                    self.send(asker, Body::Ack { number: asked }, None, out);
                }
            }
        }
    }

    fn hear(&mut self, now: Nanos, rumour: Rumour, out: &mut Out) {
        if rumour.about != self.me {
            return self.believe(now, rumour, false, out);
        }
        // An objection: nobody else may raise this number.
        if rumour.belief.status != Status::Alive && rumour.belief.incarnation >= self.incarnation {
            self.incarnation = rumour.belief.incarnation + 1;
            let belief = Belief { incarnation: self.incarnation, status: Status::Alive };
            self.gossip.add(Rumour { about: self.me, belief });
        }
    }

    /// Takes over a belief where it overrides the one that is held, and passes it on.
    fn believe(&mut self, now: Nanos, rumour: Rumour, first_hand: bool, out: &mut Out) {
        let Rumour { about, belief } = rumour;
        let Some(entry) = self.entries.get_mut(about) else { return };
        let flawed = self.config.flaw == Flaw::NoIncarnation && belief.status != entry.belief.status;
        if belief <= entry.belief && !flawed {
            return;
        }
        let before = std::mem::replace(entry, Entry { belief, since: now }).belief;
        self.suspects += usize::from(belief.status == Status::Suspect);
        self.suspects -= usize::from(before.status == Status::Suspect);
        self.gossip.add(rumour);
        out.changes.push(Change { about, before, now: belief, first_hand });
    }

    fn number(&mut self) -> u32 {
        self.next_number = self.next_number.wrapping_add(1);
        self.next_number
    }

    /// Whether it is worth to ask this one: another member that is not dead.
    fn asks(&self, member: Member) -> bool {
        member != self.me && self.entries[member].belief.status != Status::Dead
    }

    fn next_target(&mut self, rng: &mut Rng) -> Option<Member> {
        if self.config.order == Order::Random {
            let able: Vec<Member> = (0..self.entries.len()).filter(|member| self.asks(*member)).collect();
            return rng.pick(&able).copied();
        }
        while let Some(member) = self.turn.pop() {
            if self.asks(member) {
                return Some(member);
            }
        }
        self.turn = (0..self.entries.len()).filter(|member| self.asks(*member)).collect();
        rng.shuffle(&mut self.turn);
        self.turn.pop()
    }

    fn send(&mut self, to: Member, body: Body, besides: Option<Rumour>, out: &mut Out) {
        let limit = self.config.repeats * libm::log2(self.config.members.max(2) as f64);
        let mut rumours = self.gossip.take(self.config.rumours, libm::ceil(limit) as u32);
        rumours.extend(besides);
        out.messages.push((to, Message { body, rumours }));
    }
}
