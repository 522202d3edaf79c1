//! Three replicas, three users, no coordination: what becomes of changes made at the same time?
//!
//! The same edits go into every type at once: counters, registers, six kinds of set, a text. So what differs between two
//! rows is the type and nothing else. Replicas send each other their whole states; one of them is cut off for a while, and
//! messages are late, lost and doubled.
//!
//! What a replica should hold is worked out from the edits and from what each user had seen (`truth.rs`), without asking any of the types.
//! Beside them runs what many a store does by default: the set as one value, and the last write wins.

mod hands;
mod judge;
mod knobs;
mod picture;
mod replica;
#[cfg(test)]
mod tests;
mod truth;
mod wire;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use knobs::{Bug, Knobs, link};
use replica::{Replica, Wish};
use truth::{Edit, Truth};

use super::measure::Bins;
use super::scenario::{Scenario, Sim, start};
use super::scene::{Moment, Passage, Tone};
use super::{Act, Scene, Spec, Thing, Unit, choice, number, reading, switch};
use crate::sim::{Nanos, Network, Rng, Seed, Token};
use crate::systems::crdt::Join;

const BUGS: &[&str] = &["none", "join-adds", "no-tie-break", "remove-element", "as-arrived"];

/// What the demo says of itself.
pub static SPEC: Spec = Spec {
    name: "crdt",
    title: "CRDTs and last-write-wins",
    part: "distributed",
    topics: &["conflict-resolution", "replication"],
    hook: "Three replicas, edited at once: what does last-write-wins lose?",
    look_for: &[
        "Replica c is cut off from 5 s to 15 s. Everybody goes on editing, and when the cut is healed all CRDTs agree within a second. The merge needs nobody's decision.",
        "The set kept as one value agrees too, but one side of the cut has lost all it did: on average 4/9 of the edits made during the cut. Without a cut it still loses those that cross on the way.",
        "Set the clock of c 2 s ahead: c wins every conflict, and for 2 s after each of its writes nobody else's have any effect.",
        "One adds while another removes the same item: add-wins keeps it, remove-wins drops it, the two-phase set never takes it back. Every set is right by its own rule: choose the rule.",
        "The set with tombstones grows by 36 bytes with each add that is removed, for ever. The one without holds one number a replica and does exactly the same.",
        "Collect garbage: tombstones go once everybody has seen them. During the cut none can go, since c has not.",
        "View text: words typed at the same place at the same time stand beside each other and are not mixed.",
    ],
    controls: &[
        number("edits", "edits of all users together", (0.5, 20.0), 0.5, 3.0, "/s"),
        number("removes", "edits that remove or delete", (0.0, 90.0), 5.0, 40.0, "%"),
        number("cut", "c is cut off from 5 s for", (0.0, 30.0), 1.0, 10.0, "s"),
        number("skew", "clock of c is ahead by", (0.0, 10_000.0), 0.0, 0.0, "ms"),
        number("sync", "a replica sends its state every", (100.0, 5_000.0), 0.0, 200.0, "ms"),
        number("delay", "messages take; jitter as much again", (1.0, 2_000.0), 0.0, 50.0, "ms"),
        number("loss", "messages lost; a tenth comes twice", (0.0, 90.0), 5.0, 10.0, "%"),
        number("items", "different items", (1.0, 8.0), 1.0, 6.0, ""),
        switch("gc", "collect stable tombstones", false),
        choice("bug", "break it on purpose", BUGS, 0.0),
    ],
    readings: &[
        reading("edits", Unit::Count, "edits made"),
        reading("conflicts", Unit::Count, "edits that met an unseen opposite one of the same item"),
        reading("lww_lost", Unit::Count, "edits of the set that last-write-wins has lost"),
        reading("lww_lost_share", Unit::Share, "the same as a share of all edits of the set"),
        reading("cut_lost_share", Unit::Share, "the same of those made during the last cut"),
        reading("cut_lost_theory", Unit::Share, "the same expected, where only the cut makes edits cross"),
        reading("apart_s", Unit::Seconds, "time since the replicas last held the same"),
        reading("longest_apart_s", Unit::Seconds, "the longest that they did not"),
        reading("tombstones", Unit::Count, "tombstones in the add-wins set, at the replica with the most"),
        reading("payload_bytes", Unit::Count, "items in the add-wins set, in bytes, at a"),
        reading("orset_bytes", Unit::Count, "metadata of the add-wins set with tombstones, at a"),
        reading("addwins_bytes", Unit::Count, "metadata of the add-wins set without, at a"),
        reading("removewins_bytes", Unit::Count, "metadata of the remove-wins set, at a"),
        reading("text_letters", Unit::Count, "letters in the text at a"),
        reading("text_tombstones", Unit::Count, "deleted letters that the text at a keeps"),
        reading("text_overhead", Unit::Ratio, "bytes of metadata to a byte of text, at a"),
        reading("siblings", Unit::Count, "values in the multi-value register, at the replica with the most"),
        reading("counter", Unit::Ratio, "value of the up-down counter at a"),
    ],
    bet: "conflict-resolution.bet-lost",
    goals: &[
        "60 edits, and last-write-wins has lost two thirds",
        "40 edits, and last-write-wins has lost 2 at most",
        "20 s without agreement, then agreement",
        "100 edits, 40% removes or more: then 5 s below 10 tombstones",
    ],
    invariants: &[
        "who has seen the same edits holds the same",
        "the counter is the sum of the edits that were seen",
        "add-wins: in, unless removes have seen every add",
        "text: every letter once, unless deleted; the order stays",
    ],
    acts: &[
        Act { name: "add", meaning: "the user there adds an item" },
        Act { name: "remove", meaning: "the user there removes an item that is in" },
        Act { name: "insert", meaning: "the user there types a letter" },
        Act { name: "delete", meaning: "the user there deletes a letter" },
        Act { name: "cut", meaning: "nothing gets there or from there any more" },
        Act { name: "heal", meaning: "it is connected again" },
        Act { name: "drop", meaning: "the message never arrives" },
        Act { name: "double", meaning: "the message arrives a second time, a second later" },
    ],
    views: &["sets", "text", "values", "messages"],
    bugs: &[
        "join-adds: counters that arrive are added and not compared: a state that comes again is counted again",
        "no-tie-break: of two writes with the same time stamp each replica keeps its own",
        "remove-element: a remove that arrives takes the element away, also adds that the remover has not seen",
        "as-arrived: a letter is put beside its neighbour without comparing it with others that were put there",
    ],
    theory: &[("cut_lost_share", "cut_lost_theory")],
    length: Nanos::from_secs(40),
    speed: 1.0,
    sources: &[
        source!("crdt/mod.rs", "pub trait Join"),
        source!("crdt/dotted.rs", "fn join(&mut self, other: &Dotted"),
        source!("crdt/or_set.rs", "pub fn remove"),
        source!("crdt/set.rs", "pub struct AddWinsSet"),
        source!("crdt/register.rs", "pub fn write"),
        source!("crdt/counter.rs", "pub fn add"),
        source!("crdt/text.rs", "pub fn insert"),
    ],
    start: &|seed, settings| start(&SPEC, settings, |sim| Crdt::new(seed, sim)),
};

/// The replicas a, b and c.
const REPLICAS: usize = 3;
const NAMES: [&str; REPLICAS] = ["a", "b", "c"];
/// The most items, by letters from A.
const ITEMS: usize = 8;
/// The share of removing edits that delete a letter.
const DELETES: f64 = 0.3;
/// When c is cut off.
const CUT_FROM: Nanos = Nanos::from_secs(5);
/// Clocks tick this slowly, so equal time stamps are common.
const TICK: Nanos = Nanos::from_millis(100);
/// Then the users stop: tombstones grow for ever, and memory must not.
const MOST_EDITS: usize = 1_000;
/// How many messages can be under way; a state that is sent beyond that is lost.
const MOST_MESSAGES: usize = 300;
/// How many moments are told.
const TOLD: usize = 60;
/// A message doubled by hand comes again after this.
const AGAIN: Nanos = Nanos::from_secs(1);
/// Things from this number on are messages.
const FIRST_MESSAGE: u64 = 100;

#[derive(Clone, Copy, Debug)]
enum Event {
    Edit,
    Sync(usize),
    Arrive(u64),
    Cut,
    Heal,
}

/// A state on its way.
#[derive(Clone)]
struct Message {
    from: usize,
    to: usize,
    sent: Nanos,
    due: Nanos,
    state: Arc<Replica>,
    token: Option<Token>,
}

/// What is drawn over time, in bytes and in edits lost.
#[derive(Clone, Copy, Default)]
struct Sample {
    payload: f64,
    orset: f64,
    add_wins: f64,
    remove_wins: f64,
    lost: f64,
}

#[derive(Clone)]
struct Crdt {
    knobs: Knobs,
    network: Network,
    who: Rng,
    what: Rng,
    hands: Rng,
    messages_rng: Rng,
    replicas: [Arc<Replica>; REPLICAS],
    truth: Truth,
    messages: BTreeMap<u64, Message>,
    next_message: u64,
    /// Which replica is cut off, and since when; the last cut that is over.
    cut: Option<(usize, Nanos)>,
    last_cut: Option<(usize, Nanos, Nanos)>,
    heal: Option<Token>,
    /// Whether a state from before may no longer be joined, since something was forgotten.
    collected: bool,
    /// Since when the replicas differ.
    apart: Option<Nanos>,
    longest_apart: Nanos,
    /// Since when there are few tombstones, in spite of many removes.
    few: Option<Nanos>,
    /// What broke a rule, for the check after the event.
    holds: [bool; 4],
    told: VecDeque<Moment>,
    samples: Bins<Sample>,
}

impl Crdt {
    fn new(seed: Seed, sim: &mut Sim<Event>) -> Crdt {
        let knobs = Knobs::of(sim.settings());
        let mut demo = Crdt {
            knobs,
            network: Network::new(REPLICAS, link(sim.settings())),
            who: Rng::stream(seed, "who"),
            what: Rng::stream(seed, "what"),
            hands: Rng::stream(seed, "hands"),
            messages_rng: Rng::stream(seed, "messages"),
            replicas: std::array::from_fn(|id| Arc::new(Replica::new(id))),
            truth: Truth::default(),
            messages: BTreeMap::new(),
            next_message: FIRST_MESSAGE,
            cut: None,
            last_cut: None,
            heal: None,
            collected: false,
            apart: None,
            longest_apart: Nanos::ZERO,
            few: None,
            holds: [true; 4],
            told: VecDeque::new(),
            samples: Bins::new(Nanos::from_millis(250), 240),
        };
        demo.plan_edit(sim);
        for id in 0..REPLICAS {
            sim.at(Nanos(knobs.sync.0 * (id as u64 + 1) / REPLICAS as u64), Event::Sync(id));
        }
        sim.at(CUT_FROM, Event::Cut);
        demo
    }

    fn plan_edit(&mut self, sim: &mut Sim<Event>) {
        let gap = self.who.exponential(Nanos::from_secs_f64(1.0 / self.knobs.edits));
        if self.truth.made() < MOST_EDITS {
            sim.after(gap, Event::Edit);
        }
    }

    /// A wish drawn from a stream: always three draws.
    fn wish(rng: &mut Rng, knobs: &Knobs) -> (usize, bool, f64) {
        let (item, removes, place) = (rng.unit(), rng.unit(), rng.unit());
        ((item * knobs.items as f64) as usize, removes >= knobs.removes, place)
    }

    fn edit(
        &mut self,
        now: Nanos,
        by: usize,
        (item, adds, place): (usize, bool, f64),
        (set, text): (bool, bool),
    ) {
        let skew = if by == 2 { self.knobs.skew } else { Nanos::ZERO };
        // From 1: nothing was written at 0.
        let stamp = (now + skew).0 / TICK.0 + 1;
        // Who removes an item deletes a letter too, but not each time: some words should live to be read.
        let deletes = !adds && (!set || place < DELETES);
        let place = if deletes && set { place / DELETES } else { place };
        let wish = Wish { item, adds, deletes, place, number: self.truth.made(), stamp, set, text };
        let replica = Arc::make_mut(&mut self.replicas[by]);
        let knew = *replica.seen();
        let letter = replica.edit(&wish);
        self.truth.note(Edit { at: now, by, count: knew[by] + 1, item, adds, set, letter, knew });
        let what = match (set, adds) {
            (true, true) => format!("add {}", item_name(item)),
            (true, false) => format!("remove {}", item_name(item)),
            (false, true) => "type a letter".to_string(),
            (false, false) => "delete a letter".to_string(),
        };
        self.tell(Moment {
            at: now,
            from: by,
            to: by,
            text: what,
            passage: Passage::Direct,
            tone: Tone::Plain,
        });
        self.judge(by, None);
    }

    fn tell(&mut self, moment: Moment) {
        if self.told.len() == TOLD {
            self.told.pop_front();
        }
        self.told.push_back(moment);
    }
}

/// The name of an item: A, B, ...
fn item_name(item: usize) -> char {
    char::from(b'A' + (item % ITEMS) as u8)
}

impl Scenario for Crdt {
    type Event = Event;

    fn happen(&mut self, sim: &mut Sim<Event>, event: Event) -> (&'static str, u64) {
        let now = sim.now();
        let step = match event {
            Event::Edit => {
                let by = self.who.below(REPLICAS as u64) as usize;
                let wish = Crdt::wish(&mut self.what, &self.knobs);
                self.edit(now, by, wish, (true, true));
                self.plan_edit(sim);
                let what = ["edit # at a", "edit # at b", "edit # at c"];
                (what[by], self.truth.made() as u64)
            }
            Event::Sync(from) => {
                self.sync(sim, from);
                (["a sends its state", "b sends its state", "c sends its state"][from], 0)
            }
            Event::Arrive(id) => (self.arrive(now, id), id),
            Event::Cut => {
                if self.knobs.cut > Nanos::ZERO && self.cut.is_none() {
                    self.cut_off(now, 2);
                    self.heal = Some(sim.after(self.knobs.cut, Event::Heal));
                    ("c is cut off", 0)
                } else {
                    ("no cut", 0)
                }
            }
            Event::Heal => {
                self.heal = None;
                self.mend(now);
                ("the cut is healed", 0)
            }
        };
        self.watch(now);
        step
    }

    fn changed(&mut self, sim: &mut Sim<Event>, control: &'static str) {
        self.knobs = Knobs::of(sim.settings());
        self.network.set_usual(link(sim.settings()));
        if control == "cut"
            && let (Some(planned), Some((_, since))) = (self.heal.take(), self.cut)
        {
            sim.cancel(planned);
            self.heal = Some(sim.at(since + self.knobs.cut, Event::Heal));
        }
    }

    fn check(&self, sim: &mut Sim<Event>) {
        for (rule, holds) in self.holds.iter().enumerate() {
            sim.rule(rule, *holds);
        }
        let made = self.truth.made();
        if made >= 40 {
            let (all, lost) = self.lost(0..made);
            sim.goal(0, all >= 60 && lost * 3 >= all * 2);
            sim.goal(1, all >= 40 && lost <= 2);
        }
        sim.goal(2, self.apart.is_none() && self.longest_apart >= Nanos::from_secs(20));
        let few_for = self.few.map_or(Nanos::ZERO, |since| sim.now().since(since));
        sim.goal(3, few_for >= Nanos::from_secs(5));
    }

    fn readings(&self, _: &Sim<Event>, now: Nanos) -> Vec<f64> {
        let a = &self.replicas[0];
        let (all, lost) = self.lost(0..self.truth.made());
        let sets = (a.tombs.footprint(), a.add_wins.footprint(), a.remove_wins.footprint());
        let text = a.text.footprint();
        let siblings = self.replicas.iter().map(|replica| replica.notes.values().count()).max().unwrap_or(0);
        vec![
            self.truth.made() as f64,
            self.truth.conflicts as f64,
            lost as f64,
            lost as f64 / all as f64,
            self.cut_lost(),
            self.cut_lost_theory(),
            self.apart_for(now).as_secs_f64(),
            self.longest_apart.max(self.apart_for(now)).as_secs_f64(),
            self.tombstones() as f64,
            sets.1.payload as f64,
            sets.0.metadata as f64,
            sets.1.metadata as f64,
            sets.2.metadata as f64,
            a.text.len() as f64,
            a.text.tombstones() as f64,
            if text.payload == 0 { f64::NAN } else { text.metadata as f64 / text.payload as f64 },
            siblings as f64,
            a.count.value() as f64,
        ]
    }

    fn scene(&self, _: &Sim<Event>, now: Nanos) -> Scene {
        self.set_scene(now)
    }

    fn view(&self, _: &Sim<Event>, now: Nanos, view: usize) -> Scene {
        match view {
            1 => self.text_scene(now),
            2 => self.value_scene(now),
            3 => self.message_scene(now),
            _ => self.set_scene(now),
        }
    }

    fn things(&self, _: &Sim<Event>, now: Nanos) -> Vec<Thing> {
        let off = self.cut.map(|(who, _)| who);
        let replicas = (0..REPLICAS).map(|id| Thing {
            id: id as u64 + 1,
            name: format!("{}{}", NAMES[id], if off == Some(id) { ", cut off" } else { "" }),
            acts: if off == Some(id) {
                &["heal", "add", "remove", "insert", "delete"]
            } else {
                &["add", "remove", "insert", "delete", "cut"]
            },
        });
        let messages = self.messages.iter().take(90).map(|(&id, message)| Thing {
            id,
            name: format!(
                "state {} → {}, in {}",
                NAMES[message.from],
                NAMES[message.to],
                message.due.since(now)
            ),
            acts: &["drop", "double"],
        });
        replicas.chain(messages).collect()
    }

    fn act(&mut self, sim: &mut Sim<Event>, act: &'static str, thing: u64) -> (&'static str, u64) {
        let now = sim.now();
        let step = match (act, thing) {
            ("drop" | "double", FIRST_MESSAGE..) => self.lay_hands_on(sim, act, thing),
            (_, 1..=3) => self.by_hand(sim, act, thing as usize - 1),
            _ => ("nothing to lay hands on", thing),
        };
        self.watch(now);
        step
    }

    /// The replicas, and the states under way as far as they differ; a letter takes most.
    fn bytes(&self) -> usize {
        (64 << 10) + self.truth.made() * 1_500
    }
}
