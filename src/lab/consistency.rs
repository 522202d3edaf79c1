//! What clients saw, and which consistency models allow it: a checker that says why, over histories that one can edit.
//!
//! Rounds of a dozen calls go to a small store that keeps one of four promises, and every round is judged: with the order that proves
//! it, or the calls that refute it. So one sees what a promise leaves open, and how often that shows. In place of the store
//! a classic history can be taken, and any history can be edited by hand: each call moved, stretched, given another
//! value, removed. The verdicts follow at once.

mod bench;
mod knobs;
mod measures;
mod oracle;
mod picture;
mod rounds;
mod store;

use bench::Bench;
use knobs::Knobs;
use measures::Tally;
use rounds::{Event, Round};
use store::{CLIENTS, Wish};

use super::scenario::{Scenario, Sim, start};
use super::verdicts::Verdicts;
use super::{Act, Scene, Spec, Thing, Unit, choice, number, reading};
use crate::sim::{Nanos, Rng, Seed};
use crate::systems::history::{CLASSICS, Call, History, Op, Verdict, key_name};

const STORES: &[&str] = &["linearizable", "sequential", "causal", "eventual"];
/// Where the history comes from: the store, or the classics in their order.
const HISTORIES: &[&str] = &[
    "store",
    "stale-read",
    "new-old-inversion",
    "split-view",
    "write-order",
    "causal-reply",
    "store-buffer",
    "lost-update",
    "lost-answer",
    "never-settles",
];
const BUGS: &[&str] = &["none", "no-clock", "never-happened", "any-site"];
/// The most calls of a client in a round, before its last reads.
const CALLS: usize = 5;
/// Between the last answer of a round and the first call of the next.
const PAUSE: Nanos = Nanos::from_millis(900);
/// A classic history is played so many times slower.
const SLOWLY: u64 = 3;
/// The numbers of things: the history, the clients, then calls.
const HISTORY: u64 = 9;
const FIRST_CALL: u64 = 100;

/// What can be done to a call.
const CALL_ACTS: &[&str] = &["later", "earlier", "longer", "shorter", "value", "key", "remove"];

/// What the demo says of itself.
pub static SPEC: Spec = Spec {
    name: "consistency",
    title: "Consistency checker",
    part: "distributed",
    topics: &["consistency-models"],
    hook: "A copy beside each client: how often can one tell it from a single copy?",
    look_for: &[
        "The store answers in 10 ms and tells the other sites later, causes first. Every round is causal, three in four are sequential, one in three is linearizable: what it does not promise it often keeps.",
        "The marked calls (\u{2717}) refute a model by themselves: mostly a write that was over, and a read that began later and saw the value before it. The numbers on the bars are the order that proves one.",
        "In three rounds of ten the sites stay different for ever: causal is not eventual. Newest-wins (eventual) always settles.",
        "The sequential store pays 160 ms for a write and nothing for a read, the linearizable one 160 ms for both: the price of the clock. Yet only one sequential round in fourteen shows that it is not linearizable.",
        "Take a classic (history), press t, and push a single call: later, longer. Where calls overlap the checker may order them as it likes, and a violation is gone.",
        "lost-update is linearizable. A register promises nothing about a read and a write together: that takes compare-and-set or a transaction.",
    ],
    controls: &[
        choice("store", "what the store promises", STORES, 2.0),
        choice("history", "the store's rounds, or a classic history", HISTORIES, 0.0),
        number("lag", "mean time of a message", (10.0, 400.0), 10.0, 80.0, "ms"),
        number("think", "mean pause of a client between calls", (20.0, 1000.0), 20.0, 120.0, "ms"),
        number(
            "calls",
            "calls of each client in a round, before it reads all keys once more",
            (2.0, CALLS as f64),
            1.0,
            3.0,
            "",
        ),
        number("keys", "keys", (1.0, 2.0), 1.0, 2.0, ""),
        number("lost", "answers that are lost, so the client gives up", (0.0, 50.0), 5.0, 5.0, "%"),
        choice("bug", "break it on purpose", BUGS, 0.0),
    ],
    readings: &[
        reading("rounds", Unit::Count, "rounds that are over"),
        reading("linearizable_share", Unit::Share, "rounds that are linearizable"),
        reading("sequential_share", Unit::Share, "rounds that are sequentially consistent"),
        reading("causal_share", Unit::Share, "rounds that are causally consistent"),
        reading("settled_share", Unit::Share, "rounds after which all last reads agree"),
        reading("read_ms", Unit::Millis, "mean time of a read of the store"),
        reading("read_theory", Unit::Millis, "the same expected: two messages, or 10 ms where it is local"),
        reading("write_ms", Unit::Millis, "mean time of a write of the store"),
        reading(
            "write_theory",
            Unit::Millis,
            "the same expected; sequential writes also wait for those before them",
        ),
        reading("unanswered", Unit::Count, "calls of the store that were given up"),
        reading("shown_calls", Unit::Count, "calls of the history that is shown"),
        reading("shown_models", Unit::Count, "models that allow the history that is shown, of four"),
    ],
    bet: "consistency-models.bet-causal-linearizable",
    goals: &[
        "by hand: move and stretch calls until it is linearizable",
        "by hand: sequential, not linearizable, of 4 calls",
        "by hand: causal, not sequential, of 4 calls",
        "a round of the sequential store: not linearizable",
    ],
    invariants: &[
        "each round keeps what its store promises",
        "linearizable and sequential are judged as by trying every order",
        "what is stronger allows less; proofs explain every read",
    ],
    acts: &[
        Act { name: "later", meaning: "the call comes 50 ms later" },
        Act { name: "earlier", meaning: "the call comes 50 ms earlier" },
        Act { name: "longer", meaning: "its answer comes 50 ms later" },
        Act { name: "shorter", meaning: "its answer comes 50 ms earlier" },
        Act { name: "value", meaning: "it reads the next of the values, or writes an unused one" },
        Act { name: "key", meaning: "it is about the other key" },
        Act { name: "remove", meaning: "it was never made" },
        Act { name: "read", meaning: "the client reads x at the end" },
        Act { name: "write", meaning: "the client writes x at the end" },
        Act { name: "restore", meaning: "the history is as it was before it was edited" },
        Act { name: "release", meaning: "back to the rounds of the store, or to the classic from its start" },
    ],
    views: &["history", "rounds", "messages"],
    bugs: &[
        "no-clock: the checker of linearizability keeps only each client's own order and forgets who was done before whom",
        "never-happened: the checkers take a write without an answer for one that never happened; it may have",
        "any-site: a client's reads are sent to another site than its writes, and may miss what it wrote itself",
    ],
    theory: &[("read_ms", "read_theory"), ("write_ms", "write_theory")],
    length: Nanos::from_secs(60),
    speed: 1.0,
    sources: &[
        source!("history/search.rs", "fn go"),
        source!("history/linearizable.rs", "pub(super) fn check"),
        source!("history/causal.rs", "fn search"),
        source!("history/refute.rs", "pub(super) fn smallest"),
        source!("shared_register.rs", "pub fn receive"),
    ],
    start: &|seed, settings| start(&SPEC, settings, |sim| Consistency::new(seed, sim)),
};

/// A classic that is being played: only what has happened is seen.
#[derive(Clone, Debug)]
struct Playing {
    /// The moments at which something happens, in the history's own time.
    moments: Vec<Nanos>,
    /// How many have passed.
    passed: usize,
}

/// What is on the screen.
#[derive(Clone)]
struct Shown {
    history: History,
    ids: Vec<u64>,
    axis: (Nanos, Nanos),
    verdicts: Verdicts,
}

#[derive(Clone)]
struct Consistency {
    knobs: Knobs,
    /// What each client does, whatever is set.
    wishes: [Rng; CLIENTS],
    delays: Rng,
    losses: Rng,
    /// Events of an earlier epoch have no meaning any more.
    epoch: u64,
    round: Round,
    bench: Option<Bench>,
    playing: Option<Playing>,
    shown: Shown,
    tally: Tally,
}

impl Consistency {
    fn new(seed: Seed, sim: &mut Sim<Event>) -> Consistency {
        let knobs = Knobs::of(sim.settings());
        let history = History::new();
        let verdicts = Verdicts::of(&history);
        let mut demo = Consistency {
            knobs,
            wishes: ["client 1", "client 2", "client 3"].map(|label| Rng::stream(seed, label)),
            delays: Rng::stream(seed, "delays"),
            losses: Rng::stream(seed, "losses"),
            epoch: 0,
            round: Round::new(0, &knobs, Nanos::ZERO, Vec::new()),
            bench: None,
            playing: None,
            shown: Shown { history, ids: Vec::new(), axis: (Nanos::ZERO, Nanos(1)), verdicts },
            tally: Tally::default(),
        };
        demo.begin(sim);
        demo
    }

    /// Starts over with what is set: a classic from its first call, or a round of the store.
    fn begin(&mut self, sim: &mut Sim<Event>) {
        self.epoch += 1;
        (self.bench, self.playing) = (None, None);
        let Some(classic) = self.knobs.classic.and_then(|place| CLASSICS.get(place)) else {
            self.next_round(sim);
            return;
        };
        let history = classic.history();
        let ids: Vec<u64> = (FIRST_CALL..).take(history.calls().len()).collect();
        let axis = (Nanos::ZERO, Nanos::from_secs(1));
        let mut moments: Vec<Nanos> =
            history.calls().iter().flat_map(|call| [Some(call.start), call.end]).flatten().collect();
        moments.sort_unstable();
        moments.dedup();
        let began = sim.now();
        for moment in &moments {
            sim.at(began + *moment * SLOWLY, Event::Moment { epoch: self.epoch });
        }
        self.bench = Some(Bench::new(&history, &ids, axis));
        self.playing = Some(Playing { moments, passed: 0 });
        self.look(sim.now());
    }

    fn next_round(&mut self, sim: &mut Sim<Event>) {
        self.epoch += 1;
        let knobs = self.knobs;
        let wishes = |rng: &mut Rng| -> Vec<Wish> {
            // Always as many draws as the longest round needs.
            let mut wishes: Vec<Wish> =
                (0..CALLS).map(|_| Wish::draw(rng, knobs.think, knobs.keys)).collect();
            wishes.truncate(knobs.calls);
            wishes
        };
        let plans = self.wishes.iter_mut().map(wishes).collect();
        self.round = Round::new(self.tally.begun, &knobs, sim.now(), plans);
        self.tally.begun += 1;
        for client in 0..CLIENTS {
            self.round.schedule(sim, self.epoch, client);
        }
        self.look(sim.now());
    }

    /// The next moment of a classic that is played.
    fn moment(&mut self, now: Nanos) -> (&'static str, u64) {
        if let Some(playing) = &mut self.playing {
            playing.passed += 1;
            if playing.passed >= playing.moments.len() {
                self.playing = None;
            }
        }
        self.look(now);
        ("the history goes on: # calls so far", self.shown.history.calls().len() as u64)
    }

    /// Brings what is shown up to date, and judges it.
    fn look(&mut self, now: Nanos) {
        let (history, ids, axis) = match (&self.bench, &self.playing) {
            (Some(bench), Some(playing)) => {
                let until = playing.passed.checked_sub(1).and_then(|last| playing.moments.get(last));
                let (history, ids) = until.map_or_else(Default::default, |until| so_far(bench, *until));
                (history, ids, bench.axis)
            }
            (Some(bench), None) => (bench.history(), bench.ids(), bench.axis),
            (None, _) => (self.round.history.clone(), self.round.ids(), self.round.axis(now)),
        };
        let verdicts = oracle::judge(&history, self.knobs.flaw);
        self.shown = Shown { history, ids, axis, verdicts };
        if self.bench.is_some() && self.playing.is_none() {
            self.tally.hold_against(&self.shown);
        }
    }

    /// A round is over: it is judged and counted.
    fn judge(&mut self, sim: &mut Sim<Event>) {
        let history = self.round.history.clone();
        let (ids, axis) = (self.round.ids(), self.round.axis(sim.now()));
        let verdicts = oracle::judge(&history, self.knobs.flaw);
        let round = Shown { history, ids, axis, verdicts };
        self.tally.hold_against(&round);
        self.tally.count(&round, self.round.promise);
        if self.bench.is_none() {
            self.shown = round;
        }
        // What is still to come of it has no meaning any more.
        self.epoch += 1;
        sim.after(PAUSE, Event::Round { epoch: self.epoch });
    }

    /// What is shown goes on the bench, if it is not there yet.
    fn take(&mut self) -> &mut Bench {
        self.playing = None;
        let shown = &self.shown;
        self.bench.get_or_insert_with(|| Bench::new(&shown.history, &shown.ids, shown.axis))
    }

    /// Which of the by-hand goals are reached by the history on the bench.
    fn by_hand(&self) -> [bool; 3] {
        let Some(bench) = self.bench.as_ref().filter(|bench| bench.moved + bench.changed > 0) else {
            return [false; 3];
        };
        let was = bench.before();
        let is = self.shown.verdicts.all.each_ref().map(Verdict::holds);
        let enough = self.shown.history.calls().len() >= 4;
        let split = |of: [bool; 4], strong: usize| of[strong + 1] && !of[strong];
        [
            bench.changed == 0 && is[0] && !was[0],
            enough && split(is, 0) && !split(was, 0),
            enough && split(is, 1) && !split(was, 1),
        ]
    }
}

/// What of a history has happened by a moment of its own time.
fn so_far(bench: &Bench, until: Nanos) -> (History, Vec<u64>) {
    let history = bench.history();
    let kept = history.calls().iter().zip(bench.ids()).filter(|(call, _)| call.start <= until);
    let cut = |call: &Call| {
        let end = call.end.filter(|end| *end <= until);
        Call { end, seen: call.seen.filter(|_| end.is_some()), ..*call }
    };
    let (calls, ids): (Vec<Call>, Vec<u64>) = kept.map(|(call, id)| (cut(call), id)).unzip();
    (History::from(calls), ids)
}

impl Scenario for Consistency {
    type Event = Event;

    fn happen(&mut self, sim: &mut Sim<Event>, event: Event) -> (&'static str, u64) {
        if event.epoch() != self.epoch {
            return ("nothing: it was for an earlier round", 0);
        }
        match event {
            Event::Round { .. } => {
                self.next_round(sim);
                ("round # begins", self.tally.begun)
            }
            Event::Moment { .. } => self.moment(sim.now()),
            _ => {
                let what = rounds::happen(self, sim, event);
                if self.round.is_over() {
                    self.judge(sim);
                } else if self.bench.is_none() {
                    self.look(sim.now());
                }
                what
            }
        }
    }

    fn changed(&mut self, sim: &mut Sim<Event>, control: &'static str) {
        let edited = self.bench.is_some();
        self.knobs = Knobs::of(sim.settings());
        match control {
            "history" | "store" => self.begin(sim),
            "bug" if !edited => self.begin(sim),
            // The others are taken over by the next round.
            _ => self.look(sim.now()),
        }
    }

    fn check(&self, sim: &mut Sim<Event>) {
        for (rule, holds) in self.tally.holds.iter().enumerate() {
            sim.rule(rule, *holds);
        }
        for (goal, reached) in self.by_hand().into_iter().enumerate() {
            sim.goal(goal, reached);
        }
        sim.goal(3, self.tally.untimely);
    }

    fn readings(&self, _sim: &Sim<Event>, _now: Nanos) -> Vec<f64> {
        self.tally.readings(&self.knobs, &self.shown)
    }

    fn scene(&self, _sim: &Sim<Event>, now: Nanos) -> Scene {
        picture::history(self, now)
    }

    fn view(&self, _sim: &Sim<Event>, _now: Nanos, view: usize) -> Scene {
        if view == 1 { picture::rounds(self) } else { picture::messages(self) }
    }

    fn things(&self, _sim: &Sim<Event>, _now: Nanos) -> Vec<Thing> {
        let calls = self.shown.history.calls();
        let from = self.shown.axis.0;
        let mut order: Vec<usize> = (0..calls.len()).collect();
        order.sort_by_key(|&place| (calls[place].start, place));
        let call = |place: usize| {
            let call = &calls[place];
            let what = match (call.op, call.seen) {
                (Op::Write(value), _) => format!("write {}={value}", key_name(call.key)),
                (Op::Read, Some(seen)) => format!("read {}={seen}", key_name(call.key)),
                (Op::Read, None) => format!("read {}", key_name(call.key)),
            };
            let millis = |at: Nanos| at.since(from).0 / 1_000_000;
            let end = call.end.map_or_else(|| "?".to_string(), |end| millis(end).to_string());
            let name = format!("c{} {what}, {} to {end} ms", call.client + 1, millis(call.start));
            Thing { id: self.shown.ids[place], name, acts: CALL_ACTS }
        };
        let client = |client: u64| Thing { id: client, name: format!("c{client}"), acts: &["read", "write"] };
        let history = Thing { id: HISTORY, name: "the history".to_string(), acts: &["restore", "release"] };
        order.into_iter().map(call).chain((1..=4).map(client)).chain([history]).collect()
    }

    fn act(&mut self, sim: &mut Sim<Event>, act: &'static str, thing: u64) -> (&'static str, u64) {
        let known = self.shown.ids.contains(&thing);
        let what = match (act, thing) {
            ("release", HISTORY) if self.knobs.classic.is_some() => {
                self.begin(sim);
                return ("the classic begins again", thing);
            }
            ("release", HISTORY) => {
                self.bench = None;
                "back to the rounds of the store"
            }
            ("restore", HISTORY) => {
                self.take().restore();
                "the history is as it was"
            }
            ("read" | "write", 1..=4) => match self.take().add(thing as u32 - 1, act == "write") {
                true => "client # makes one call more",
                false => "client # has no room for a call more",
            },
            (_, FIRST_CALL..) if known => match self.take().edit(act, thing) {
                true => "call # is edited",
                false => "call # cannot go further",
            },
            _ => return ("nothing to lay hands on", thing),
        };
        self.look(sim.now());
        (what, thing)
    }

    fn bytes(&self) -> usize {
        48 << 10
    }
}

#[cfg(test)]
mod tests;
