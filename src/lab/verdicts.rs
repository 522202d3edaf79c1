//! What a checker says of a history, as a picture: the calls of the clients as bars over time, and a line for each
//! consistency model with the order that proves it or the reason that refutes it.
//!
//! The numbers on the bars are the proof of the strongest model that one order of all calls proves. Where it is
//! linearizability they stand at a moment inside each call at which it can have taken effect. The calls that refute the weakest
//! of the failing models are marked: they refute the stronger ones as well.

use super::Scene;
use super::scene::{Fact, Span, SpanLane, Spans, Tone};
use crate::sim::Nanos;
use crate::systems::history::{Call, CallId, History, Model, Op, Order, Verdict, key_name};

/// The models that are shown, the strongest first.
pub(super) const SHOWN: [Model; 4] = [Model::Linearizable, Model::Sequential, Model::Causal, Model::Eventual];
/// Those of them of which each implies the next.
const CHAIN: usize = 3;
/// A sentence of so many characters fits beside a verdict at 76 cells.
const SENTENCE: usize = 56;

/// What each of [`SHOWN`] says of a history.
#[derive(Clone, Debug)]
pub(super) struct Verdicts {
    /// In the order of [`SHOWN`].
    pub(super) all: [Verdict; 4],
}

impl Verdicts {
    /// Asks every checker: some ten microseconds for a dozen calls.
    pub(super) fn of(history: &History) -> Verdicts {
        Verdicts { all: SHOWN.map(|model| model.check(history)) }
    }

    /// The strongest model of the chain that holds, by its place.
    fn strongest(&self) -> Option<usize> {
        self.all[..CHAIN].iter().position(Verdict::holds)
    }

    /// One order of all calls, where there is one, and whether it keeps to the clock.
    fn order(&self) -> Option<(&Order, bool)> {
        self.all[..2].iter().enumerate().find_map(|(place, verdict)| match verdict {
            Verdict::Holds(orders) => orders.first().map(|order| (order, place == 0)),
            _ => None,
        })
    }

    /// The calls that refute the weakest of the ordered models that fail.
    fn culprits(&self) -> &[CallId] {
        fn of(verdict: &Verdict) -> Option<&[CallId]> {
            match verdict {
                Verdict::Fails(refutation) => Some(&refutation.calls),
                _ => None,
            }
        }
        self.all[..CHAIN].iter().rev().chain(&self.all[CHAIN..]).find_map(of).unwrap_or_default()
    }
}

/// The history with what the checkers say of it. `clients` are the names of the clients by their numbers; `now` is where calls
/// without an answer end for the time being. For up to some sixteen calls: beyond that nothing can be read.
#[allow(dead_code, reason = "for the demos of replicated stores, which come one by one")]
pub(super) fn history_scene(history: &History, clients: &[String], now: Nanos) -> Scene {
    if history.calls().is_empty() {
        return Scene::Facts(vec![Fact::new("calls", "none yet")]);
    }
    scene_of(history, clients, axis(history, now), &Verdicts::of(history))
}

/// The same with verdicts that are known already, over an axis that is given.
pub(super) fn scene_of(
    history: &History,
    clients: &[String],
    axis: (Nanos, Nanos),
    verdicts: &Verdicts,
) -> Scene {
    let mut facts = lines(history, clients, verdicts);
    facts.extend(own_orders(history, clients, verdicts));
    Scene::Column(vec![Scene::Spans(spans(history, clients, axis, verdicts)), Scene::Facts(facts)])
}

/// From the first call to the last answer, or to now where one is missing.
#[allow(dead_code, reason = "for history_scene")]
fn axis(history: &History, now: Nanos) -> (Nanos, Nanos) {
    let calls = history.calls();
    let first = calls.iter().map(|call| call.start).min().unwrap_or_default();
    let last = calls.iter().map(|call| call.end.unwrap_or(now.max(call.start))).max().unwrap_or(now);
    (first, last.max(first + Nanos(1)))
}

/// The bars.
fn spans(history: &History, clients: &[String], axis: (Nanos, Nanos), verdicts: &Verdicts) -> Spans {
    let calls = history.calls();
    let order = verdicts.order();
    let points = order.filter(|(_, clock)| *clock).map(|(order, _)| points(calls, &order.calls, axis.1));
    let place = |id: CallId| order.and_then(|(order, _)| order.calls.iter().position(|&call| call == id));
    let culprits = verdicts.culprits();
    let span = |id: CallId| {
        let number = place(id);
        Span {
            start: calls[id].start,
            end: calls[id].end,
            texts: texts(&calls[id]),
            tone: match culprits.contains(&id) {
                true => Tone::Bad,
                false if calls[id].end.is_none() => Tone::Dim,
                false => Tone::Plain,
            },
            number: number.map(|number| number + 1),
            point: number.and_then(|number| points.as_ref()?.get(number).copied()),
        }
    };
    let named = clients.len() as u32;
    let mut ids: Vec<u32> = (0..named).chain(calls.iter().map(|call| call.client)).collect();
    ids.sort_unstable();
    ids.dedup();
    let lane = |client: u32| {
        let mut own: Vec<CallId> = (0..calls.len()).filter(|&id| calls[id].client == client).collect();
        own.sort_by_key(|&id| (calls[id].start, id));
        SpanLane { name: name(clients, client), spans: own.into_iter().map(span).collect() }
    };
    Spans { lanes: ids.into_iter().map(lane).collect(), axis }
}

/// For each call of an order that keeps to the clock a moment within it, none before the last one's: the middle between the
/// earliest and the latest that leave room for the others.
fn points(calls: &[Call], order: &[CallId], last: Nanos) -> Vec<Nanos> {
    let early = order.iter().scan(Nanos::ZERO, |at, &id| {
        *at = calls[id].start.max(*at);
        Some(*at)
    });
    let mut late: Vec<Nanos> = order
        .iter()
        .rev()
        .scan(Nanos::MAX, |at, &id| {
            *at = calls[id].end.unwrap_or(last).min(*at);
            Some(*at)
        })
        .collect();
    late.reverse();
    early.zip(late).map(|(early, late)| early + Nanos(late.since(early).0 / 2)).collect()
}

/// What a call was, in more and in fewer words.
fn texts(call: &Call) -> Vec<String> {
    let key = key_name(call.key);
    match (call.op, call.seen) {
        (Op::Write(value), _) if call.end.is_none() => {
            vec![
                format!("write {key}={value}, no answer"),
                format!("write {key}={value}"),
                format!("w {key}={value}"),
            ]
        }
        (Op::Write(value), _) => vec![format!("write {key}={value}"), format!("w {key}={value}")],
        (Op::Read, Some(seen)) => vec![format!("read {key}={seen}"), format!("r {key}={seen}")],
        (Op::Read, None) => vec![format!("read {key}, no answer"), format!("read {key}"), format!("r {key}")],
    }
}

/// A line for each model.
fn lines(history: &History, clients: &[String], verdicts: &Verdicts) -> Vec<Fact> {
    let strongest = verdicts.strongest();
    let line = |(place, model): (usize, Model)| {
        let (value, tone, note) = match &verdicts.all[place] {
            Verdict::Holds(orders) => ("yes", Tone::Good, proof((place, model), strongest, orders)),
            Verdict::Fails(_) => ("no", Tone::Bad, reason(history, clients, place, verdicts)),
            Verdict::TooLong => ("?", Tone::Warn, "too long to say".to_string()),
        };
        Fact::new(model.name(), value).tone(tone).note(note)
    };
    SHOWN.into_iter().enumerate().map(line).collect()
}

/// What refutes a model. A sentence that is too long for a narrow screen gives way to that of the next weaker model, which
/// refutes this one as well.
fn reason(history: &History, clients: &[String], place: usize, verdicts: &Verdicts) -> String {
    let said = match &verdicts.all[place] {
        Verdict::Fails(refutation) => refutation.say(history, clients),
        _ => return String::new(),
    };
    let weaker = place + 1 < CHAIN && verdicts.all[place + 1].fails();
    if said.len() > SENTENCE && weaker { format!("not even {}", SHOWN[place + 1].name()) } else { said }
}

/// What proves a model, in a few words.
fn proof((place, model): (usize, Model), strongest: Option<usize>, orders: &[Order]) -> String {
    match model {
        Model::Eventual => match orders.first().map_or(0, |order| order.calls.len()) {
            0 => "nobody read after the last write".to_string(),
            1 => "one client read after the last write".to_string(),
            count => format!("{count} last reads agree"),
        },
        _ if strongest != Some(place) => {
            strongest.map_or_else(String::new, |strongest| format!("since {}", SHOWN[strongest].name()))
        }
        Model::Linearizable => "each call takes effect at its number".to_string(),
        Model::Sequential => "in the order of the numbers, not of the clock".to_string(),
        Model::Causal | Model::Pram => "each client has an order of its own".to_string(),
    }
}

/// Where no one order explains all, what each client that reads can have seen, in its order.
fn own_orders(history: &History, clients: &[String], verdicts: &Verdicts) -> Vec<Fact> {
    let Some(Verdict::Holds(orders)) = verdicts.strongest().map(|place| &verdicts.all[place]) else {
        return Vec::new();
    };
    let readers = orders.iter().filter(|order| order.client.is_some() && own_reads(history, order));
    readers.map(|order| one_order(history, clients, order)).collect()
}

/// Whether an order explains any read.
fn own_reads(history: &History, order: &Order) -> bool {
    order.calls.iter().any(|&id| history.calls()[id].op == Op::Read)
}

/// A client's order: `c3 sees  w x=1, r x=1, w x=2`.
fn one_order(history: &History, clients: &[String], order: &Order) -> Fact {
    let name = name(clients, order.client.unwrap_or_default());
    let short = |&id: &CallId| texts(&history.calls()[id]).pop().unwrap_or_default();
    let calls: Vec<String> = order.calls.iter().map(short).collect();
    Fact::new(format!("{name} sees"), calls.join(", "))
}

fn name(clients: &[String], client: u32) -> String {
    clients.get(client as usize).cloned().unwrap_or_else(|| format!("c{}", u64::from(client) + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::history::CLASSICS;

    fn names() -> Vec<String> {
        ["c1", "c2", "c3"].map(String::from).to_vec()
    }

    fn bars(history: &History) -> Vec<Span> {
        let verdicts = Verdicts::of(history);
        let spans = spans(history, &names(), axis(history, Nanos::from_secs(1)), &verdicts);
        spans.lanes.into_iter().flat_map(|lane| lane.spans).collect()
    }

    #[test]
    fn every_call_is_a_bar_and_every_model_a_line() {
        for classic in CLASSICS {
            let history = classic.history();
            assert_eq!(bars(&history).len(), history.calls().len(), "{}", classic.name);
            let lines = lines(&history, &names(), &Verdicts::of(&history));
            let said: Vec<bool> = lines.iter().map(|line| line.value == "yes").collect();
            let [linear, sequential, causal, _, eventual] = classic.allowed;
            assert_eq!(said, [linear, sequential, causal, eventual], "{}", classic.name);
            assert!(lines.iter().all(|line| !line.note.is_empty()), "{lines:?}");
        }
    }

    #[test]
    fn points_lie_within_their_calls_and_in_order() {
        for classic in CLASSICS.iter().filter(|classic| classic.allowed[0]) {
            let mut numbered: Vec<(usize, Nanos, Nanos, Nanos)> = bars(&classic.history())
                .into_iter()
                .filter_map(|bar| Some((bar.number?, bar.point?, bar.start, bar.end.unwrap_or(Nanos::MAX))))
                .collect();
            numbered.sort_unstable();
            assert!(numbered.len() > 3, "{}", classic.name);
            assert!(numbered.is_sorted_by_key(|&(_, point, ..)| point), "{}: {numbered:?}", classic.name);
            let within = numbered.iter().all(|&(_, point, start, end)| start <= point && point <= end);
            assert!(within, "{}: {numbered:?}", classic.name);
        }
    }

    #[test]
    fn what_refutes_is_marked() {
        let stale = CLASSICS[0].history();
        let marked: Vec<Option<usize>> =
            bars(&stale).iter().filter(|bar| bar.tone == Tone::Bad).map(|bar| bar.number).collect();
        // In the sequential order the stale read comes first, then the write.
        assert_eq!(marked, [Some(2), Some(1)]);
        let empty = history_scene(&History::new(), &names(), Nanos::ZERO);
        assert!(matches!(empty, Scene::Facts(_)));
    }
}
