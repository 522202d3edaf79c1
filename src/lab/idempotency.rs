//! Payments over a network that loses messages, to servers that crash: who is charged twice, and what a key does about it.
//!
//! Four servers get the same payments from the same clients: one without a key, one that looks the key up and writes it down
//! at the end, one that lets a unique row decide, and one with the whole state machine. What befalls the k-th request of a
//! payment (lost, slow, the server crashes, the answer lost) hangs on the seed, the payment and k alone, so all four meet the same
//! accidents. Charges are counted where they happen; no server is asked.

mod books;
mod fate;
mod hands;
mod knobs;
mod memory;
mod picture;
mod side;
#[cfg(test)]
mod tests;
mod theory;

use fate::Payment;
use knobs::{Bug, Knobs};
use memory::Way;
use side::Side;

use super::measure::{Bins, Trail};
use super::scenario::{Scenario, Sim, start};
use super::workload::{Arrivals, Pattern};
use super::{Act, Scene, Spec, Thing, Unit, choice, number, reading};
use crate::sim::{Nanos, Rng, Seed};
use crate::systems::idempotency::Ticket;

const BUGS: &[&str] = &["none", "no-fence", "any-request", "answer-first", "no-lease"];

/// What the demo says of itself.
pub static SPEC: Spec = Spec {
    name: "idempotency",
    title: "Idempotency keys",
    part: "reliability",
    topics: &["idempotency", "delivery-semantics"],
    hook: "A client retries payments that it got no answer to. How many customers are charged twice?",
    look_for: &[
        "Without a key, 5% loss in each direction charges 5% of the customers twice: the request got through, the answer did not, and the client asks again.",
        "Check-then-set looks right and is not: a double click sends two requests 20 to 200 ms apart, both find no key, both charge.",
        "The unique row never doubles. But where a server crashes after the insert, all retries hear 409 until the row expires: the customer is told that it failed, and nobody charges him. Or he was charged already.",
        "The full machine takes over after 0.5 s, gives the first answer again, and refuses another body under a known key. Nobody is charged twice, nobody is stuck.",
        "Set expiry to 5 s with retries 10 and time_out 3000: a retry comes after the key is forgotten, and even the full machine charges again. A key has to outlive the last retry.",
        "Break it with no-fence and processing 1000: a slow server loses its lease, another one takes over, and both charge.",
    ],
    controls: &[
        number("loss", "messages lost in each direction", (0.0, 50.0), 1.0, 5.0, "%"),
        number("crash", "requests in which the server crashes", (0.0, 50.0), 1.0, 2.0, "%"),
        number("clicks", "payments that are clicked twice", (0.0, 50.0), 1.0, 5.0, "%"),
        number("reuse", "payments sent with the key of the one before", (0.0, 50.0), 1.0, 1.0, "%"),
        number("retries", "how often a client asks again", (0.0, 10.0), 1.0, 4.0, ""),
        number("time_out", "how long it waits for an answer", (200.0, 5_000.0), 0.0, 1_000.0, "ms"),
        number("processing", "mean time of a charge", (10.0, 2_000.0), 0.0, 200.0, "ms"),
        number("latency", "one way through the network", (1.0, 500.0), 0.0, 50.0, "ms"),
        number("expiry", "how long a key is remembered", (1.0, 100.0), 0.0, 100.0, "s"),
        choice("bug", "break it on purpose", BUGS, 0.0),
    ],
    readings: &[
        reading("payments", Unit::Count, "payments that came to their end"),
        reading("doubled_none", Unit::Share, "charged twice or more, without a key"),
        reading("doubled_theory", Unit::Share, "the same expected, where nobody clicks twice"),
        reading("doubled_check", Unit::Share, "charged twice or more, with check-then-set"),
        reading(
            "overlap_theory",
            Unit::Share,
            "charged twice by check-then-set for clicks that overlap, expected",
        ),
        reading("doubled_unique", Unit::Share, "charged twice or more, with a unique row"),
        reading("doubled_full", Unit::Share, "charged twice or more, with the full machine"),
        reading("extra_none", Unit::Count, "charges too many without a key"),
        reading("stuck_unique", Unit::Count, "payments that nobody may charge any more, with a unique row"),
        reading("stuck_full", Unit::Count, "the same with the full machine"),
        reading(
            "unknown_none",
            Unit::Count,
            "charged, but the client was told that it failed, without a key",
        ),
        reading("unknown_unique", Unit::Count, "the same with a unique row"),
        reading("unknown_full", Unit::Count, "the same with the full machine"),
        reading(
            "wrong_check",
            Unit::Count,
            "told paid by the answer to another payment, with check-then-set",
        ),
        reading("wrong_unique", Unit::Count, "the same with a unique row"),
        reading("wrong_full", Unit::Count, "the same with the full machine"),
        reading(
            "refused_full",
            Unit::Count,
            "refused by the full machine: another payment under a known key",
        ),
        reading("replayed_full", Unit::Count, "answers that the full machine gave again"),
        reading("taken_over", Unit::Count, "runs that it took over after their lease"),
        reading("keys_full", Unit::Count, "keys that it remembers, now"),
    ],
    bet: "idempotency.bet-doubled",
    goals: &[
        "charge one customer in four twice, without a key",
        "check-then-set: 5 doubles, with no loss and no crash",
        "unique row: 5 payments that nobody may charge any more",
        "charge a customer twice even with the full machine, unbroken",
    ],
    invariants: &[
        "unique, full: charged at most once while the key is known",
        "full: told paid only who was charged for this very payment",
        "full: after the lease nobody is sent away as in flight",
        "every server: payments in = payments ended + open",
    ],
    acts: &[
        Act { name: "crash", meaning: "the server dies while it works on this request, before the charge" },
        Act { name: "lose", meaning: "the message is lost on its way" },
        Act { name: "click", meaning: "the customer clicks again: the same request once more" },
    ],
    views: &["payments", "story"],
    bugs: &[
        "no-fence: a run that lost its lease may charge all the same: both do",
        "any-request: the fingerprint of the request is not compared: another payment gets this one's answer",
        "answer-first: the answer is saved before the charge: a crash between says paid to who was not charged",
        "no-lease: a run keeps its key for ever: a crash leaves it in flight for all retries",
    ],
    theory: &[("doubled_none", "doubled_theory"), ("doubled_check", "overlap_theory")],
    length: Nanos::from_secs(40),
    speed: 1.0,
    sources: &[
        source!("idempotency/mod.rs", "pub fn begin"),
        source!("idempotency/naive.rs", "pub struct CheckThenSet"),
    ],
    start: &|seed, settings| start(&SPEC, settings, |sim| Idempotency::new(seed, sim)),
};

/// Payments a second.
const RATE: f64 = 10.0;
/// How long a run of the full machine has its key for itself.
const LEASE: Nanos = Nanos::from_millis(500);
/// How long a message is seen that has arrived, or was lost.
const SEEN: Nanos = Nanos::from_millis(500);

/// The number of a request of a payment: 0 the first, then the retries; clicks have numbers of their own.
type Nth = u32;
/// The first number of a click.
const CLICK: Nth = 1_000;

/// What a server says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reply {
    /// That payment is paid.
    Paid(u64),
    /// 409: it is being done.
    Busy,
    /// 422: the key stands for another request.
    Refused,
}

/// How the work on a request ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Sound,
    CrashBefore,
    CrashAfter,
}

/// What happens to a server's payment.
#[derive(Clone, Copy, Debug)]
enum What {
    Request(Nth),
    Done(Nth, Ticket, End),
    Answer(Nth, Reply),
    TimeOut,
    Click,
}

/// What happens.
#[derive(Clone, Copy, Debug)]
enum Event {
    Payment,
    At(Way, u64, What),
}

#[derive(Clone)]
struct Idempotency {
    knobs: Knobs,
    arrivals: Arrivals,
    draws: Rng,
    last_key: u64,
    payments: u64,
    sides: [Side; 4],
    shares: Bins<Option<(f64, f64)>>,
}

impl Idempotency {
    fn new(seed: Seed, sim: &mut Sim<Event>) -> Idempotency {
        let knobs = Knobs::of(sim.settings());
        let mut arrivals = Arrivals::new(Rng::stream(seed, "payments"), Pattern::Poisson, RATE);
        sim.at(arrivals.next(Nanos::ZERO), Event::Payment);
        Idempotency {
            arrivals,
            draws: Rng::stream(seed, "fates"),
            last_key: 0,
            payments: 0,
            sides: Way::ALL.map(|way| Side::new(way, &knobs)),
            shares: Bins::new(Nanos::from_millis(500), 240),
            knobs,
        }
    }

    fn payment(&mut self, sim: &mut Sim<Event>) -> (&'static str, u64) {
        sim.at(self.arrivals.next(sim.now()), Event::Payment);
        self.payments += 1;
        let payment = Payment::draw(self.payments, self.last_key, &mut self.draws, &self.knobs);
        self.last_key = payment.key;
        for side in &mut self.sides {
            side.open(sim, payment, &self.knobs);
        }
        if payment.key == payment.id {
            ("payment # is made", payment.id)
        } else {
            ("payment # is made, with the key of the one before", payment.id)
        }
    }
}

impl Scenario for Idempotency {
    type Event = Event;

    fn happen(&mut self, sim: &mut Sim<Event>, event: Event) -> (&'static str, u64) {
        let step = match event {
            Event::Payment => self.payment(sim),
            Event::At(way, payment, what) => {
                (self.sides[way as usize].happen(sim, payment, what, &self.knobs), payment)
            }
        };
        let share = |side: &Side| side.books.doubled_share();
        let shares = (share(&self.sides[0]), share(&self.sides[1]));
        *self.shares.at(sim.now()) = Some(shares);
        step
    }

    fn changed(&mut self, sim: &mut Sim<Event>, _: &'static str) {
        self.knobs = Knobs::of(sim.settings());
        for side in &mut self.sides {
            side.configure(&self.knobs);
        }
    }

    fn check(&self, sim: &mut Sim<Event>) {
        let [none, check, unique, full] = &self.sides;
        sim.rule(0, !unique.books.doubled_while_known && !full.books.doubled_while_known);
        sim.rule(1, full.books.wrong == 0 && full.books.paid_uncharged == 0);
        sim.rule(2, !full.books.busy_after_lease);
        sim.rule(3, self.sides.iter().all(|side| side.books.ended + side.opened() == self.payments));
        let calm = self.knobs.loss == 0.0 && self.knobs.crash == 0.0;
        sim.goal(0, none.books.ended >= 50 && none.books.doubled_share() >= 0.25);
        sim.goal(1, calm && check.books.calm_doubles >= 5);
        sim.goal(2, unique.books.stuck >= 5);
        sim.goal(3, self.knobs.bug == Bug::None && full.books.doubled > 0);
    }

    fn readings(&self, _: &Sim<Event>, _: Nanos) -> Vec<f64> {
        let [none, check, unique, full] = self.sides.each_ref().map(|side| &side.books);
        vec![
            none.ended.min(full.ended) as f64,
            none.doubled_share(),
            theory::doubled(&self.knobs),
            check.doubled_share(),
            theory::overlap(&self.knobs),
            unique.doubled_share(),
            full.doubled_share(),
            none.extra as f64,
            unique.stuck as f64,
            full.stuck as f64,
            none.unknown as f64,
            unique.unknown as f64,
            full.unknown as f64,
            check.wrong as f64,
            unique.wrong as f64,
            full.wrong as f64,
            full.refused as f64,
            full.replayed as f64,
            full.taken_over as f64,
            self.sides[3].known() as f64,
        ]
    }

    fn scene(&self, _: &Sim<Event>, now: Nanos) -> Scene {
        self.pictures(now)
    }

    fn view(&self, _: &Sim<Event>, _: Nanos, _: usize) -> Scene {
        self.story()
    }

    fn things(&self, _: &Sim<Event>, now: Nanos) -> Vec<Thing> {
        self.sides.iter().flat_map(|side| side.things(now)).take(100).collect()
    }

    fn act(&mut self, sim: &mut Sim<Event>, act: &'static str, thing: u64) -> (&'static str, u64) {
        let (side, payment) = ((thing % 4) as usize, thing / 4);
        (self.sides[side].by_hand(sim, act, payment, &self.knobs), payment)
    }

    fn bytes(&self) -> usize {
        (32 << 10) + self.sides.iter().map(Side::bytes).sum::<usize>()
    }
}

/// What was seen of a message: where it came from and how it ended.
type Seen = Trail<(Way, bool, bool)>;
