//! One server with its clients, and the books about who was charged how often.

use std::collections::BTreeMap;

use super::books::Books;
use super::fate::Payment;
use super::knobs::Knobs;
use super::memory::{Memory, Way};
use super::{CLICK, End, Event, LEASE, Nth, Reply, SEEN, Seen, What};
use crate::lab::measure::Trail;
use crate::lab::scenario::Sim;
use crate::sim::{Nanos, Token};
use crate::systems::idempotency::{Begin, Ticket};

/// What a client was told in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Paid(u64),
    Refused,
    /// It got no answer that it could use, and gave up.
    Nothing,
}

/// A moment in the life of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Note {
    Sent(Nth, bool),
    Runs(bool),
    Said(Reply, bool),
    Charged(u32),
    NotCharged,
    Crash,
    TimeOut,
    GaveUp,
}

/// A message under way, or work that goes on.
#[derive(Clone, Copy)]
pub(super) struct Going {
    pub(super) token: Token,
    pub(super) what: What,
    pub(super) since: Nanos,
    pub(super) until: Nanos,
}

/// A payment that has not come to its end.
#[derive(Clone)]
pub(super) struct Open {
    pub(super) payment: Payment,
    sent: Nth,
    pub(super) clicks: Nth,
    timer: Option<Token>,
    /// Messages under way and runs, with what will happen: so that a hand can take one out.
    pub(super) going: Vec<Going>,
    told: Option<Told>,
    pub(super) charges: u32,
    /// Since when its key is known, and the shortest time that keys were remembered since.
    known: Option<Nanos>,
    /// How often its key was forgotten; in which of these times each run began, and in which it was charged.
    forgotten: u32,
    begun: Vec<(Nth, u32)>,
    charged_in: Vec<u32>,
    remembered: Nanos,
    leased: Nanos,
    last: Option<Reply>,
    life: Vec<(Nanos, Note)>,
}

/// How many moments of a life are kept.
const MOMENTS: usize = 24;

/// A server with its clients.
#[derive(Clone)]
pub(super) struct Side {
    pub(super) way: Way,
    memory: Memory,
    pub(super) open: BTreeMap<u64, Open>,
    pub(super) books: Books,
    pub(super) seen: Seen,
    /// The last payment with which something went wrong, else the last one that took more than one request.
    pub(super) story: (bool, u64, Vec<(Nanos, Note)>),
}

impl Side {
    pub(super) fn new(way: Way, knobs: &Knobs) -> Side {
        Side {
            way,
            memory: Memory::new(way, knobs),
            open: BTreeMap::new(),
            books: Books::default(),
            seen: Trail::new(SEEN),
            story: (false, 0, Vec::new()),
        }
    }

    pub(super) fn configure(&mut self, knobs: &Knobs) {
        self.memory.configure(knobs);
        for open in self.open.values_mut() {
            open.remembered = open.remembered.min(knobs.expiry);
        }
    }

    /// How many payments have not come to their end.
    pub(super) fn opened(&self) -> u64 {
        self.open.len() as u64
    }

    /// How many keys the full machine knows.
    pub(super) fn known(&self) -> usize {
        self.memory.known()
    }

    pub(super) fn bytes(&self) -> usize {
        self.open.len() * 900 + self.known() * 160 + 10_000
    }

    /// A payment is made.
    pub(super) fn open(&mut self, sim: &mut Sim<Event>, payment: Payment, knobs: &Knobs) {
        let id = payment.id;
        let open = Open {
            payment,
            sent: 0,
            clicks: 0,
            timer: None,
            going: Vec::new(),
            told: None,
            charges: 0,
            known: None,
            forgotten: 0,
            begun: Vec::new(),
            charged_in: Vec::new(),
            remembered: knobs.expiry,
            leased: Nanos::MAX,
            last: None,
            life: Vec::new(),
        };
        self.open.insert(id, open);
        self.send(sim, id, 0, knobs);
        if let Some(later) = payment.click {
            let at = sim.now() + later;
            self.schedule(sim, id, at, What::Click);
        }
        // What is too old is of no use: the simple memories are tidied now and then.
        if id.is_multiple_of(64) {
            self.memory.tidy(sim.now());
        }
    }

    pub(super) fn note(&mut self, id: u64, now: Nanos, note: Note) {
        if let Some(open) = self.open.get_mut(&id)
            && open.life.len() < MOMENTS
        {
            open.life.push((now, note));
        }
    }

    fn schedule(&mut self, sim: &mut Sim<Event>, id: u64, at: Nanos, what: What) {
        let token = sim.at(at, Event::At(self.way, id, what));
        if let Some(open) = self.open.get_mut(&id) {
            open.going.push(Going { token, what, since: sim.now(), until: at });
        }
    }

    /// The client sends a request; it waits for the answer, unless it was a click.
    pub(super) fn send(&mut self, sim: &mut Sim<Event>, id: u64, nth: Nth, knobs: &Knobs) {
        let now = sim.now();
        let Some(open) = self.open.get_mut(&id) else { return };
        let fate = open.payment.fate(nth, knobs);
        if nth < CLICK {
            open.timer = Some(sim.after(knobs.time_out, Event::At(self.way, id, What::TimeOut)));
        }
        self.note(id, now, Note::Sent(nth, !fate.request_lost));
        if fate.request_lost {
            self.seen.push(now, id, (self.way, true, false));
        } else {
            self.schedule(sim, id, now + knobs.latency, What::Request(nth));
        }
    }

    /// Something happens to a payment; what, in words.
    pub(super) fn happen(
        &mut self,
        sim: &mut Sim<Event>,
        id: u64,
        what: What,
        knobs: &Knobs,
    ) -> &'static str {
        let now = sim.now();
        let Some(open) = self.open.get_mut(&id) else { return "payment # is over" };
        let same = |going: &What| std::mem::discriminant(going) == std::mem::discriminant(&what);
        if !matches!(what, What::TimeOut)
            && let Some(place) =
                open.going.iter().position(|going| same(&going.what) && nth(going.what) == nth(what))
        {
            open.going.remove(place);
        }
        let said = match what {
            What::Request(nth) => self.request(sim, id, nth, knobs),
            What::Done(nth, ticket, end) => self.done(sim, id, (nth, ticket, end), knobs),
            What::Answer(_, reply) => {
                self.seen.push(now, id, (self.way, false, true));
                self.hear(sim, id, reply)
            }
            What::TimeOut => self.time_out(sim, id, knobs),
            What::Click => {
                let clicks = self.open.get_mut(&id).map_or(0, |open| {
                    open.clicks += 1;
                    open.clicks
                });
                self.send(sim, id, CLICK + clicks, knobs);
                "payment # is clicked again"
            }
        };
        self.close(id);
        said
    }

    /// A request reaches the server.
    fn request(&mut self, sim: &mut Sim<Event>, id: u64, nth: Nth, knobs: &Knobs) -> &'static str {
        let now = sim.now();
        self.seen.push(now, id, (self.way, true, true));
        let Some(open) = self.open.get_mut(&id) else { return "payment # is over" };
        let key = format!("pay-{}", open.payment.key);
        let begin = self.memory.begin(now, &key, id);
        match begin {
            Begin::Run { ticket, takes_over } => {
                let fate = open.payment.fate(nth, knobs);
                open.known.get_or_insert(now);
                if now.since(open.known.unwrap_or(now)) >= open.remembered {
                    // The key was forgotten: this is the first of its kind again.
                    (open.known, open.remembered) = (Some(now), knobs.expiry);
                    open.forgotten += 1;
                }
                open.begun.push((nth, open.forgotten));
                open.leased = now + LEASE;
                self.books.taken_over += u64::from(takes_over);
                self.memory.begun(now, &key, (ticket, id), knobs);
                let half = Nanos(fate.processing.0 / 2);
                let after = if fate.end == End::CrashBefore { half } else { fate.processing };
                self.note(id, now, Note::Runs(takes_over));
                self.schedule(sim, id, now + after, What::Done(nth, ticket, fate.end));
                if takes_over { "the server takes payment # over" } else { "the server begins payment #" }
            }
            Begin::Replay(reply) => {
                self.books.replayed += 1;
                self.say(sim, id, nth, reply, knobs);
                "payment # is known: its answer is given again"
            }
            Begin::InFlight => {
                self.books.busy_after_lease |= now >= open.leased;
                self.say(sim, id, nth, Reply::Busy, knobs);
                "payment # is in flight: 409"
            }
            Begin::Mismatch => {
                self.say(sim, id, nth, Reply::Refused, knobs);
                "payment # has the key of another one: 422"
            }
        }
    }

    /// The work on a request ends.
    fn done(
        &mut self,
        sim: &mut Sim<Event>,
        id: u64,
        (nth, ticket, end): (Nth, Ticket, End),
        knobs: &Knobs,
    ) -> &'static str {
        let now = sim.now();
        if end == End::CrashBefore {
            self.note(id, now, Note::Crash);
            return "the server crashes before it charges payment #";
        }
        let Some(open) = self.open.get(&id) else { return "payment # is over" };
        let key = format!("pay-{}", open.payment.key);
        let sound = end == End::Sound;
        let charges = self.memory.finish(now, &key, (ticket, id), sound, knobs);
        if charges {
            self.charge(id, nth, now, knobs);
        } else {
            self.note(id, now, Note::NotCharged);
        }
        match (charges, sound) {
            (_, false) => {
                self.note(id, now, Note::Crash);
                "the server crashes after it charged payment #"
            }
            (true, true) => {
                self.say(sim, id, nth, Reply::Paid(id), knobs);
                "payment # is charged"
            }
            (false, true) => {
                self.say(sim, id, nth, Reply::Busy, knobs);
                "too late: another run has payment #"
            }
        }
    }

    fn charge(&mut self, id: u64, nth: Nth, now: Nanos, knobs: &Knobs) {
        let Some(open) = self.open.get_mut(&id) else { return };
        open.charges += 1;
        let charges = open.charges;
        // By a run of the same time: between two times the key was unknown.
        let begun = open.begun.iter().find(|(of, _)| *of == nth).map_or(0, |(_, time)| *time);
        let known = open.charged_in.contains(&begun);
        open.charged_in.push(begun);
        if charges > 1 {
            self.books.extra += 1;
            self.books.doubled_while_known |= known && matches!(self.way, Way::Unique | Way::Full);
            let calm = knobs.loss == 0.0 && knobs.crash == 0.0;
            self.books.calm_doubles += u64::from(calm && charges == 2);
        }
        self.note(id, now, Note::Charged(charges));
    }

    /// The server answers.
    fn say(&mut self, sim: &mut Sim<Event>, id: u64, nth: Nth, reply: Reply, knobs: &Knobs) {
        let now = sim.now();
        let Some(open) = self.open.get(&id) else { return };
        let lost = open.payment.fate(nth, knobs).answer_lost;
        self.note(id, now, Note::Said(reply, !lost));
        if lost {
            self.seen.push(now, id, (self.way, false, false));
        } else {
            self.schedule(sim, id, now + knobs.latency, What::Answer(nth, reply));
        }
    }

    /// The client hears an answer.
    fn hear(&mut self, sim: &mut Sim<Event>, id: u64, reply: Reply) -> &'static str {
        let Some(open) = self.open.get_mut(&id) else { return "payment # is over" };
        open.last = Some(reply);
        if open.told.is_some() {
            return "an answer for payment # comes too late";
        }
        let told = match reply {
            Reply::Paid(of) => Told::Paid(of),
            Reply::Refused => Told::Refused,
            // It is asked again when the time is over.
            Reply::Busy => return "the client hears that payment # is in flight",
        };
        if let Some(timer) = open.timer.take() {
            sim.cancel(timer);
        }
        open.told = Some(told);
        if told == Told::Paid(id) && open.charges == 0 {
            self.books.paid_uncharged += 1;
        }
        if told == Told::Refused {
            "the client hears that payment # is refused"
        } else {
            "the client hears that payment # is paid"
        }
    }

    fn time_out(&mut self, sim: &mut Sim<Event>, id: u64, knobs: &Knobs) -> &'static str {
        let now = sim.now();
        let Some(open) = self.open.get_mut(&id) else { return "payment # is over" };
        open.timer = None;
        if open.sent >= knobs.retries {
            open.told = Some(Told::Nothing);
            self.note(id, now, Note::GaveUp);
            return "the client gives payment # up";
        }
        open.sent += 1;
        let nth = open.sent;
        self.note(id, now, Note::TimeOut);
        self.send(sim, id, nth, knobs);
        "no answer: the client asks for payment # again"
    }

    /// Enters a payment into the books that is over: the client knows, and nothing is under way any more.
    pub(super) fn close(&mut self, id: u64) {
        let over = |open: &Open| open.told.is_some() && open.going.is_empty();
        if !self.open.get(&id).is_some_and(over) {
            return;
        }
        let Some(open) = self.open.remove(&id) else { return };
        let books = &mut self.books;
        books.ended += 1;
        books.once += u64::from(open.charges == 1);
        books.doubled += u64::from(open.charges > 1);
        let stuck = open.charges == 0 && open.told == Some(Told::Nothing) && open.last == Some(Reply::Busy);
        let wrong = matches!(open.told, Some(Told::Paid(of)) if of != id);
        books.stuck += u64::from(stuck);
        books.unknown += u64::from(open.charges > 0 && open.told == Some(Told::Nothing));
        books.wrong += u64::from(wrong);
        books.refused += u64::from(open.told == Some(Told::Refused));
        let telling = open.charges > 1 || stuck || wrong;
        if telling || (!self.story.0 && open.life.len() > 4) {
            self.story = (telling, id, open.life);
        }
    }
}

/// Which request of a payment something is about.
fn nth(what: What) -> Nth {
    match what {
        What::Request(nth) | What::Done(nth, ..) | What::Answer(nth, _) => nth,
        What::TimeOut | What::Click => 0,
    }
}
