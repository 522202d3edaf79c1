//! The same nodes as a SWIM group, and what became of what they think of each other.

use std::collections::{BTreeMap, VecDeque};

use crate::sim::{Nanos, Rng};
use crate::systems::detector::swim::{Change, Config, Member, Message, Node, Out, Status};

/// How many changes of mind are told.
const TOLD: usize = 40;
/// So many incarnations back a rumour is of interest.
const OLD: u32 = 40;

/// How a rumour spread: when each had heard it.
#[derive(Clone, Debug, Default)]
pub(super) struct Spread {
    pub(super) about: Member,
    pub(super) incarnation: u32,
    /// When the first one knew, and in order when each other did.
    pub(super) heard: Vec<(Nanos, Member)>,
}

/// A change of mind worth telling.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    pub(super) at: Nanos,
    pub(super) by: Member,
    pub(super) change: Change,
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    /// Messages sent, and questions asked of a member that is up.
    pub(super) messages: u64,
    pub(super) periods: u64,
    /// Suspicions of members that were up, and how many of them were taken back.
    pub(super) false_suspicions: u64,
    pub(super) refuted: u64,
    /// Members that were up and were declared dead.
    pub(super) false_deaths: u64,
    /// Crashes found, in whole periods and in seconds until the first suspected, and in seconds until one declared it dead.
    pub(super) found: u64,
    pub(super) found_periods: f64,
    pub(super) found_s: f64,
    pub(super) dead: u64,
    pub(super) dead_s: f64,
    /// Rumours of a crash that reached everybody, and how many periods that took.
    pub(super) spread: u64,
    pub(super) spread_periods: f64,
}

/// A crash that is under way.
#[derive(Clone, Copy, Debug)]
struct Crash {
    at: Nanos,
    suspected: bool,
    dead: bool,
}

/// The group.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) nodes: Vec<Node>,
    pub(super) tally: Tally,
    crashes: BTreeMap<Member, Crash>,
    /// The highest incarnation that each member gave itself.
    raised: Vec<u32>,
    /// When a member under an incarnation was first suspected, and whether that was false and is not taken back yet.
    suspected: BTreeMap<(Member, u32), (Nanos, bool)>,
    /// Under which incarnation each was declared dead last.
    buried: BTreeMap<Member, u32>,
    pub(super) spread: Spread,
    pub(super) told: VecDeque<Told>,
    /// Whether the laws hold: nothing older counts, only a member raises its own, the dead had time to object.
    pub(super) holds: [bool; 3],
    /// How long a suspect has, and since when that holds for all.
    suspicion: Nanos,
}

impl Group {
    pub(super) fn new(config: Config) -> Group {
        Group {
            nodes: (0..config.members).map(|me| Node::new(me, config)).collect(),
            tally: Tally::default(),
            crashes: BTreeMap::new(),
            raised: vec![0; config.members],
            suspected: BTreeMap::new(),
            buried: BTreeMap::new(),
            spread: Spread::default(),
            told: VecDeque::new(),
            holds: [true; 3],
            suspicion: config.suspicion,
        }
    }

    /// Other rules. A suspicion that was begun under others may end by either.
    pub(super) fn configure(&mut self, config: Config) {
        self.nodes.iter_mut().for_each(|node| node.configure(config));
        self.suspicion = self.suspicion.min(config.suspicion);
    }

    pub(super) fn crash(&mut self, now: Nanos, member: Member) {
        self.crashes.insert(member, Crash { at: now, suspected: false, dead: false });
    }

    pub(super) fn restart(&mut self, member: Member, config: Config) {
        self.crashes.remove(&member);
        if let Some(node) = self.nodes.get_mut(member) {
            *node = Node::new(member, config);
        }
    }

    /// Lets a node do something, and returns what it sends.
    pub(super) fn at(
        &mut self,
        (now, period): (Nanos, Nanos),
        member: Member,
        act: impl FnOnce(&mut Node, &mut Out),
    ) -> Vec<(Member, Message)> {
        let Some(node) = self.nodes.get_mut(member) else { return Vec::new() };
        let mut out = Out::default();
        act(node, &mut out);
        let own = node.belief(member).unwrap_or_default().incarnation;
        self.raised[member] = self.raised[member].max(own);
        self.tally.messages += out.messages.len() as u64;
        for change in out.changes {
            self.follow((now, period), member, change);
        }
        out.messages
    }

    /// A period of all of them begins.
    pub(super) fn begin_period(
        &mut self,
        now: (Nanos, Nanos),
        member: Member,
        rng: &mut Rng,
    ) -> Vec<(Member, Message)> {
        self.tally.periods += 1;
        self.at(now, member, |node, out| node.begin_period(now.0, rng, out))
    }

    /// Somebody changed his mind: what that means, and whether he may.
    fn follow(&mut self, (now, period): (Nanos, Nanos), by: Member, change: Change) {
        let Change { about, before, now: belief, first_hand } = change;
        self.holds[0] &= belief > before;
        self.holds[1] &= belief.incarnation <= self.raised[about];
        let key = (about, belief.incarnation);
        match belief.status {
            Status::Suspect => {
                let first = !self.suspected.contains_key(&key);
                if first {
                    // What is so old comes from nobody any more.
                    let old = (about, 0)..(about, belief.incarnation.saturating_sub(OLD));
                    let gone: Vec<_> = self.suspected.range(old).map(|(key, _)| *key).collect();
                    self.suspected.retain(|key, _| !gone.contains(key));
                    self.suspected.insert(key, (now, !self.crashes.contains_key(&about)));
                }
                self.follow_spread(now, by, change);
                self.suspect((now, period), about, first);
            }
            Status::Dead => {
                let since = self.suspected.get(&key).map(|(since, _)| *since);
                self.holds[2] &= since.is_some_and(|since| now >= since + self.suspicion);
                self.follow_spread(now, by, change);
                self.suspect((now, period), about, since.is_none());
                self.bury(now, about, belief.incarnation);
            }
            Status::Alive => {
                let doubt = self.suspected.get_mut(&(about, before.incarnation));
                if let Some((_, open)) = doubt.filter(|(_, open)| *open) {
                    *open = false;
                    self.tally.refuted += 1;
                }
            }
        }
        if first_hand || belief.status == Status::Alive && before.status != Status::Alive {
            if self.told.len() == TOLD {
                self.told.pop_front();
            }
            self.told.push_back(Told { at: now, by, change });
        }
    }

    /// A member is suspected by somebody, `first` where nobody did before under this incarnation.
    fn suspect(&mut self, (now, period): (Nanos, Nanos), about: Member, first: bool) {
        match self.crashes.get_mut(&about) {
            Some(crash) if !crash.suspected => {
                crash.suspected = true;
                self.tally.found += 1;
                self.tally.found_s += now.since(crash.at).as_secs_f64();
                // Whole periods from the begin of the first one after the crash: the periods begin at multiples.
                let begun = crash.at.0 / period.0 + 1;
                self.tally.found_periods += (now.0 / period.0).saturating_sub(begun) as f64;
            }
            Some(_) => {}
            None => self.tally.false_suspicions += u64::from(first),
        }
    }

    /// A member is declared dead; what was known before is passed over.
    fn bury(&mut self, now: Nanos, about: Member, incarnation: u32) {
        let known = self.buried.get(&about).is_some_and(|last| *last >= incarnation);
        if known {
            return;
        }
        self.buried.insert(about, incarnation);
        match self.crashes.get_mut(&about) {
            Some(crash) if !crash.dead => {
                crash.dead = true;
                self.tally.dead += 1;
                self.tally.dead_s += now.since(crash.at).as_secs_f64();
            }
            Some(_) => {}
            None => self.tally.false_deaths += 1,
        }
    }

    /// Follows how the word of a crash goes round, from the first that suspects it.
    fn follow_spread(&mut self, now: Nanos, by: Member, change: Change) {
        let (about, incarnation) = (change.about, change.now.incarnation);
        let Spread { heard, .. } = &self.spread;
        if self.spread.about == about && self.spread.incarnation == incarnation && !heard.is_empty() {
            if !heard.iter().any(|(_, member)| *member == by) {
                self.spread.heard.push((now, by));
            }
            return;
        }
        // One at a time, and from its begin: nobody who is up thinks ill of it yet.
        let first = self.crashes.get(&about).is_some_and(|crash| !crash.suspected);
        let news = || {
            let mut others = self.nodes.iter().enumerate().filter(|(member, _)| *member != by);
            !others.any(|(member, node)| {
                let ill = node.belief(about).is_some_and(|belief| belief.status != Status::Alive);
                ill && !self.crashes.contains_key(&member)
            })
        };
        if first && news() && (heard.is_empty() || self.everybody_heard() || self.stalled(now)) {
            self.spread = Spread { about, incarnation, heard: vec![(now, by)] };
        }
    }

    /// A rumour that somebody who is up did not hear for a long time is no more followed.
    fn stalled(&self, now: Nanos) -> bool {
        self.spread.heard.last().is_none_or(|(at, _)| now.since(*at) > Nanos::from_secs(3))
    }

    fn everybody_heard(&self) -> bool {
        self.spread.heard.len() + self.crashes.len() >= self.nodes.len()
    }

    /// Notes where the rumour that is followed has reached everybody who is up.
    pub(super) fn settle(&mut self, period: Nanos, was: usize) {
        let heard = &self.spread.heard;
        if let (Some((first, _)), Some((last, _)), true) =
            (heard.first(), heard.last(), heard.len() > was.max(1))
        {
            // Once, when the last one hears it.
            if self.everybody_heard() && was + self.crashes.len() < self.nodes.len() {
                self.tally.spread += 1;
                self.tally.spread_periods += last.since(*first).as_secs_f64() / period.as_secs_f64();
            }
        }
    }
}
