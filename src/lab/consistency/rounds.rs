//! A round: three clients make their calls, all messages arrive, each reads all keys once more, and the history is judged.

use super::Consistency;
use super::knobs::Knobs;
use super::store::{CLIENTS, LOCAL, Promise, Store, Wish, delay};
use crate::lab::scenario::Sim;
use crate::lab::scene::{Moment, Passage, Tone};
use crate::sim::{Nanos, Token};
use crate::systems::history::{CallId, History, Op, key_name};
use crate::systems::shared_register::Update;

/// The column of the one copy or the sequencer.
pub(super) const HOME: usize = CLIENTS;
/// How many moments are kept for the picture.
const MOMENTS: usize = 60;

/// What happens.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    /// The next round begins.
    Round { epoch: u64 },
    /// Something happens in a classic history.
    Moment { epoch: u64 },
    /// A client makes its next call.
    Call { epoch: u64, client: usize },
    /// A call is carried out at the client's own site.
    Local { epoch: u64, client: usize, call: CallId },
    /// A call reaches the one copy or the sequencer.
    Home { epoch: u64, client: usize, call: CallId },
    /// A write reaches a site.
    Site { epoch: u64, site: usize, update: Update },
    /// An answer reaches its client.
    Answer { epoch: u64, client: usize, call: CallId, seen: u64 },
    /// A client stops waiting.
    GiveUp { epoch: u64, client: usize },
}

impl Event {
    pub(super) fn epoch(self) -> u64 {
        match self {
            Event::Round { epoch }
            | Event::Moment { epoch }
            | Event::Call { epoch, .. }
            | Event::Local { epoch, .. }
            | Event::Home { epoch, .. }
            | Event::Site { epoch, .. }
            | Event::Answer { epoch, .. }
            | Event::GiveUp { epoch, .. } => epoch,
        }
    }
}

/// A client's part in the round.
#[derive(Clone, Debug, Default)]
struct Part {
    plan: Vec<Wish>,
    /// How many calls were made.
    made: usize,
    /// The call that it waits for, and the place of its write in the one order once it has one.
    waits: Option<CallId>,
    place: Option<u64>,
    /// When it stops waiting.
    patience: Option<Token>,
}

/// The calls of one round and the store that they go to.
#[derive(Clone)]
pub(super) struct Round {
    number: u64,
    began: Nanos,
    pub(super) promise: Promise,
    store: Store,
    pub(super) history: History,
    parts: Vec<Part>,
    /// Messages on their way.
    flying: usize,
    values: u64,
    /// How many keys there are.
    keys: usize,
    /// Whether the last reads have begun.
    last: bool,
    over: bool,
    pub(super) moments: Vec<Moment>,
}

impl Round {
    pub(super) fn new(number: u64, knobs: &Knobs, began: Nanos, plans: Vec<Vec<Wish>>) -> Round {
        let parts = plans.into_iter().map(|plan| Part { plan, ..Part::default() }).collect();
        Round {
            number,
            began,
            promise: knobs.promise,
            store: Store::new(knobs.promise),
            history: History::new(),
            parts,
            flying: 0,
            values: 0,
            keys: knobs.keys,
            last: false,
            over: false,
            moments: Vec::new(),
        }
    }

    /// The numbers of its calls.
    pub(super) fn ids(&self) -> Vec<u64> {
        let first = 1_000 + self.number * 100;
        (first..).take(self.history.calls().len()).collect()
    }

    /// From its beginning to now, at least a second.
    pub(super) fn axis(&self, now: Nanos) -> (Nanos, Nanos) {
        let last = self.history.calls().iter().map(|call| call.end.unwrap_or(call.start)).max();
        let end = if self.over { last.unwrap_or(now) } else { now };
        (self.began, end.max(self.began + Nanos::from_secs(1)))
    }

    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// The client's next call is after its pause.
    pub(super) fn schedule(&self, sim: &mut Sim<Event>, epoch: u64, client: usize) {
        if let Some(wish) = self.parts.get(client).and_then(|part| part.plan.get(part.made)) {
            sim.after(wish.gap, Event::Call { epoch, client });
        }
    }

    fn quiet(&self) -> bool {
        self.flying == 0 && self.parts.iter().all(|part| part.waits.is_none() && part.made == part.plan.len())
    }

    fn tell(&mut self, at: Nanos, from: usize, to: usize, text: String, tone: Tone) {
        if self.moments.len() >= MOMENTS {
            self.moments.remove(0);
        }
        let passage = if from == to { Passage::Direct } else { Passage::Late };
        self.moments.push(Moment { at, from, to, text, passage, tone });
    }

    /// What a call is, in few words.
    fn words(&self, call: CallId) -> String {
        let call = &self.history.calls()[call];
        match call.op {
            Op::Write(value) => format!("write {}={value}", key_name(call.key)),
            Op::Read => format!("read {}", key_name(call.key)),
        }
    }
}

/// Carries out an event of a round.
pub(super) fn happen(demo: &mut Consistency, sim: &mut Sim<Event>, event: Event) -> (&'static str, u64) {
    let told = match event {
        Event::Call { client, .. } => call(demo, sim, client),
        Event::Local { client, call, .. } => local(demo, sim, client, call),
        Event::Home { client, call, .. } => home(demo, sim, client, call),
        Event::Site { site: at, update, .. } => site(demo, sim, at, update),
        Event::Answer { client, call, seen, .. } => {
            demo.round.flying -= 1;
            answer(demo, sim, client, call, seen)
        }
        Event::GiveUp { client, .. } => give_up(demo, sim, client),
        Event::Round { .. } | Event::Moment { .. } => ("nothing", 0),
    };
    if demo.round.quiet() && !demo.round.over {
        last_reads(demo, sim);
    }
    told
}

/// All is quiet: each client reads each key once more, or, where that is done, the round is over.
fn last_reads(demo: &mut Consistency, sim: &mut Sim<Event>) {
    let round = &mut demo.round;
    if round.last {
        round.over = true;
        return;
    }
    round.last = true;
    for client in 0..CLIENTS {
        let first = Nanos::from_millis(100 + 25 * client as u64);
        let reads = (0..round.keys).map(|key| Wish {
            gap: if key == 0 { first } else { LOCAL * 10 },
            write: false,
            key,
        });
        round.parts[client].plan.extend(reads);
        round.schedule(sim, demo.epoch, client);
    }
}

fn call(demo: &mut Consistency, sim: &mut Sim<Event>, client: usize) -> (&'static str, u64) {
    let (now, epoch) = (sim.now(), demo.epoch);
    let round = &mut demo.round;
    let part = &mut round.parts[client];
    let Some(&wish) = part.plan.get(part.made) else { return ("nothing", 0) };
    part.made += 1;
    let op = if wish.write {
        round.values += 1;
        Op::Write(round.values)
    } else {
        Op::Read
    };
    let call = round.history.call(client as u32, wish.key as u32, op, now);
    let part = &mut round.parts[client];
    (part.waits, part.place) = (Some(call), None);
    let told = if wish.write { "client # writes" } else { "client # reads" };
    let remote = match round.promise {
        Promise::Linearizable => true,
        Promise::Sequential => wish.write,
        Promise::Causal | Promise::Eventual => false,
    };
    if remote {
        round.flying += 1;
        sim.after(delay(&mut demo.delays, demo.knobs.lag), Event::Home { epoch, client, call });
    } else {
        sim.after(LOCAL, Event::Local { epoch, client, call });
    }
    // Long after nearly every answer.
    let patience = demo.knobs.lag * 6 + Nanos::from_millis(100);
    round.parts[client].patience = Some(sim.after(patience, Event::GiveUp { epoch, client }));
    (told, client as u64 + 1)
}

/// A call at the client's own site: read, or write and tell the others.
fn local(demo: &mut Consistency, sim: &mut Sim<Event>, client: usize, call: CallId) -> (&'static str, u64) {
    let (now, epoch) = (sim.now(), demo.epoch);
    let round = &mut demo.round;
    let asked = round.history.calls()[call];
    let key = asked.key as usize;
    if let Op::Write(value) = asked.op {
        let update = round.store.sites[client].write(key, value);
        for site in (0..CLIENTS).filter(|&site| site != client) {
            round.flying += 1;
            sim.after(delay(&mut demo.delays, demo.knobs.lag), Event::Site { epoch, site, update });
        }
    }
    // A client that is not bound to its site is sent to another one for its reads.
    let asked_of = if demo.knobs.unbound { (client + 1) % CLIENTS } else { client };
    let seen = round.store.sites[asked_of].read(key);
    let text = match asked.op {
        Op::Write(_) => round.words(call),
        Op::Read => format!("{} = {seen}", round.words(call)),
    };
    round.tell(now, client, client, text, Tone::Plain);
    // The last reads are there to see what all came to.
    if demo.losses.chance(demo.knobs.lost) && !round.last {
        return ("a call of client # takes effect, the answer is lost", client as u64 + 1);
    }
    answer(demo, sim, client, call, seen)
}

/// A call reaches the one copy, or a write the sequencer.
fn home(demo: &mut Consistency, sim: &mut Sim<Event>, client: usize, call: CallId) -> (&'static str, u64) {
    let (now, epoch) = (sim.now(), demo.epoch);
    let round = &mut demo.round;
    round.flying -= 1;
    let asked = round.history.calls()[call];
    let key = asked.key as usize;
    let text = round.words(call);
    round.tell(now, client, HOME, text, Tone::Plain);
    if round.promise == Promise::Linearizable {
        if let Op::Write(value) = asked.op {
            round.store.home[key] = value;
        }
        let seen = round.store.home[key];
        let back = delay(&mut demo.delays, demo.knobs.lag);
        if !demo.losses.chance(demo.knobs.lost) || round.last {
            round.flying += 1;
            sim.after(back, Event::Answer { epoch, client, call, seen });
        }
        return ("a call of client # takes effect", client as u64 + 1);
    }
    let Op::Write(value) = asked.op else { return ("nothing", 0) };
    let update = round.store.sequencer.place(client, key, value);
    let lost = demo.losses.chance(demo.knobs.lost);
    if round.parts[client].waits == Some(call) && !lost {
        round.parts[client].place = Some(update.place());
    }
    for site in 0..CLIENTS {
        round.flying += 1;
        sim.after(delay(&mut demo.delays, demo.knobs.lag), Event::Site { epoch, site, update });
    }
    ("a write of client # gets its place", client as u64 + 1)
}

/// A write reaches a site. Where that applies what the site's own client waits for, it is answered.
fn site(demo: &mut Consistency, sim: &mut Sim<Event>, site: usize, update: Update) -> (&'static str, u64) {
    let now = sim.now();
    let round = &mut demo.round;
    round.flying -= 1;
    let applied = round.store.sites[site].receive(update);
    let from = if round.promise == Promise::Sequential { HOME } else { update.from };
    let text = format!("{}={}", key_name(update.key as u32), update.value);
    let (text, tone) = if applied == 0 { (format!("{text} waits"), Tone::Warn) } else { (text, Tone::Plain) };
    round.tell(now, from, site, text, tone);
    let part = &round.parts[site];
    let due = part.place.is_some_and(|place| place <= round.store.sites[site].last_place());
    if let Some(call) = part.waits.filter(|_| due) {
        answer(demo, sim, site, call, 0);
        return ("site # applies its client's write, which is answered", site as u64 + 1);
    }
    match applied {
        0 => ("site # holds a write back: another comes before it", site as u64 + 1),
        _ => ("site # applies a write", site as u64 + 1),
    }
}

fn answer(
    demo: &mut Consistency,
    sim: &mut Sim<Event>,
    client: usize,
    call: CallId,
    seen: u64,
) -> (&'static str, u64) {
    let now = sim.now();
    let round = &mut demo.round;
    if round.parts[client].waits != Some(call) {
        return ("an answer comes too late for client #", client as u64 + 1);
    }
    round.parts[client].waits = None;
    if let Some(token) = round.parts[client].patience.take() {
        sim.cancel(token);
    }
    let asked = round.history.calls()[call];
    let took = now.since(asked.start);
    let told = match asked.op {
        Op::Write(_) => {
            round.history.wrote(call, now);
            demo.tally.writes.record(took);
            "a write of client # is done"
        }
        Op::Read => {
            round.history.read(call, now, seen);
            demo.tally.reads.record(took);
            "a read of client # is done"
        }
    };
    if round.promise == Promise::Linearizable {
        round.tell(
            now,
            HOME,
            client,
            if asked.op == Op::Read { seen.to_string() } else { "done".into() },
            Tone::Good,
        );
    }
    round.schedule(sim, demo.epoch, client);
    (told, client as u64 + 1)
}

fn give_up(demo: &mut Consistency, sim: &mut Sim<Event>, client: usize) -> (&'static str, u64) {
    let round = &mut demo.round;
    (round.parts[client].waits, round.parts[client].patience) = (None, None);
    demo.tally.unanswered += 1;
    round.tell(sim.now(), client, client, "gives up".to_string(), Tone::Bad);
    round.schedule(sim, demo.epoch, client);
    ("client # gives up waiting", client as u64 + 1)
}
