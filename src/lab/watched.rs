//! The calls on one key of a store that runs on and on, a dozen at a time: what a checker of histories can be asked about.
//!
//! A checker takes time that grows fast with the calls, and a history begins with keys that hold 0. So a history ends after a
//! dozen calls, and the next begins at a moment when nothing is under way, with the writes of which a read may still see something.

use std::collections::VecDeque;

use crate::sim::Nanos;
use crate::systems::history::{CallId, History, Op};

/// How many calls a history has.
const CALLS: usize = 12;
/// How many earlier writes the next history begins with.
const EARLIER: usize = 4;

/// Records the calls on one key.
#[derive(Clone, Debug)]
pub(super) struct Watched {
    /// The clients that call; one more stands for what was before.
    clients: u32,
    key: u32,
    present: History,
    /// The calls before, to be shown as long as the present ones are few.
    before: History,
    under_way: usize,
    /// A read that nothing has run beside so far; whether the last call was one.
    alone: Option<CallId>,
    clean: bool,
    /// The last writes that were acknowledged.
    recent: VecDeque<u64>,
}

impl Watched {
    /// Nothing was called yet. Clients are numbered from 0.
    pub(super) fn new(clients: u32, key: u32) -> Watched {
        Watched {
            clients,
            key,
            present: History::new(),
            before: History::new(),
            under_way: 0,
            alone: None,
            clean: false,
            recent: VecDeque::new(),
        }
    }

    /// A client calls. Nothing where there are enough calls: then a read is awaited that nothing runs beside.
    pub(super) fn call(&mut self, client: u32, op: Op, now: Nanos) -> Option<CallId> {
        if self.present.calls().len() >= CALLS {
            if self.clean {
                self.begin_anew(now);
            } else if self.under_way > 0 || op != Op::Read {
                return None;
            }
        }
        self.clean = false;
        self.under_way += 1;
        let call = self.present.call(client, self.key, op, now);
        self.alone = (self.under_way == 1 && op == Op::Read).then_some(call);
        Some(call)
    }

    /// The next history: it begins with what was written last, and with writes that may still take effect.
    fn begin_anew(&mut self, now: Nanos) {
        self.before = std::mem::take(&mut self.present);
        for &value in &self.recent {
            let call = self.present.call(self.clients, self.key, Op::Write(value), now);
            self.present.wrote(call, now);
        }
        let open = self.before.calls().iter().filter(|call| call.end.is_none() && call.op != Op::Read);
        for (client, call) in (self.clients + 1..).zip(open).take(2) {
            self.present.call(client, self.key, call.op, now);
        }
    }

    /// A write was acknowledged.
    pub(super) fn wrote(&mut self, call: CallId, now: Nanos) {
        self.under_way = self.under_way.saturating_sub(1);
        self.present.wrote(call, now);
        if let Some(Op::Write(value)) = self.present.calls().get(call).map(|call| call.op) {
            self.recent.push_back(value);
            if self.recent.len() > EARLIER {
                self.recent.pop_front();
            }
        }
    }

    /// A read was answered.
    pub(super) fn read(&mut self, call: CallId, now: Nanos, value: u64) {
        self.under_way = self.under_way.saturating_sub(1);
        self.present.read(call, now, value);
        self.clean |= self.alone == Some(call);
    }

    /// No answer came: it may have taken effect or not.
    pub(super) fn unknown(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }

    /// The calls to look at: the present ones, or those before while there are few.
    pub(super) fn shown(&self) -> &History {
        if self.present.calls().len() < CALLS && !self.before.calls().is_empty() {
            &self.before
        } else {
            &self.present
        }
    }

    /// The names of the clients, where `name` has those that call.
    pub(super) fn names(&self, name: impl Fn(u32) -> String) -> Vec<String> {
        let called = self.shown().calls().iter().map(|call| call.client + 1).max().unwrap_or(0);
        (0..called.max(self.clients))
            .map(|client| match client.checked_sub(self.clients) {
                None => name(client),
                Some(0) => "before".into(),
                Some(_) => "unknown".into(),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::history::Model;

    /// One client writes and reads a register that is one: every history is linearizable, though each begins in the middle.
    #[test]
    fn a_history_begins_with_what_was_before() {
        let (mut watched, mut value) = (Watched::new(1, 0), 0);
        let mut seen = 0;
        for step in 0..200 {
            let now = Nanos(step * 10);
            if step % 3 == 0 {
                if let Some(call) = watched.call(0, Op::Write(step + 1), now) {
                    value = step + 1;
                    watched.wrote(call, now + Nanos(5));
                }
            } else if let Some(call) = watched.call(0, Op::Read, now) {
                watched.read(call, now + Nanos(5), value);
            }
            seen += usize::from(watched.shown().calls().len() >= CALLS);
            assert!(watched.shown().calls().len() <= CALLS + EARLIER + 3);
            assert!(Model::Linearizable.check(watched.shown()).holds(), "{:?}", watched.shown());
        }
        assert!(seen > 100);
    }
}
