//! The last calls of one key, as their clients saw them: what a checker of consistency is given.
//!
//! A checker is for small histories. So the last dozen calls are kept, and a history begins where none was under way, if there
//! was such a moment: what was written before it is one earlier write, as far as anybody still reads it.

use std::collections::VecDeque;

use crate::sim::Nanos;
use crate::systems::history::{History, Op};

/// Of how many calls a history is made at most.
const CALLS: usize = 12;

/// A call.
#[derive(Clone, Copy, Debug)]
struct Call {
    id: u64,
    /// Which of the clients that can call at the same time.
    line: u32,
    start: Nanos,
    writes: Option<u64>,
    end: Option<Nanos>,
    /// What was read.
    seen: Option<u64>,
    /// Its client was told that nobody knows: he is not waited for, and it may still take effect.
    given_up: bool,
}

/// The last calls of one key.
#[derive(Clone, Debug, Default)]
pub(in crate::lab) struct RecentCalls {
    calls: VecDeque<Call>,
}

impl RecentCalls {
    /// A client calls: the one of that line, who has no other call under way. What is written to a key is written once.
    pub(in crate::lab) fn begin(&mut self, now: Nanos, id: u64, line: u32, writes: Option<u64>) {
        if self.calls.len() == 2 * CALLS {
            self.calls.pop_front();
        }
        self.calls.push_back(Call { id, line, start: now, writes, end: None, seen: None, given_up: false });
    }

    /// A write was acknowledged.
    pub(in crate::lab) fn wrote(&mut self, now: Nanos, id: u64) {
        if let Some(call) = self.calls.iter_mut().find(|call| call.id == id) {
            call.end = Some(now);
        }
    }

    /// A read was answered; 0 is a key that was never written.
    pub(in crate::lab) fn read(&mut self, now: Nanos, id: u64, seen: u64) {
        if let Some(call) = self.calls.iter_mut().find(|call| call.id == id) {
            (call.end, call.seen) = (Some(now), Some(seen));
        }
    }

    /// A call was not made after all: it is no part of a history.
    pub(in crate::lab) fn refused(&mut self, id: u64) {
        self.calls.retain(|call| call.id != id);
    }

    /// A client was told that nobody knows. A write may take effect at any time; a read without an answer says nothing.
    pub(in crate::lab) fn unknown(&mut self, id: u64) {
        self.calls.retain(|call| call.id != id || call.writes.is_some());
        if let Some(call) = self.calls.iter_mut().find(|call| call.id == id) {
            call.given_up = true;
        }
    }

    /// The last calls, at most a dozen, from a moment on when none was under way where there was one,
    /// and the names of its clients. What was read and not written within it was written before. A client who was not
    /// told how his call ended goes on under another name.
    pub(in crate::lab) fn history(&self) -> (History, Vec<String>) {
        let calls: Vec<&Call> = self.calls.iter().collect();
        let quiet = |from: usize| {
            let start = calls[from].start;
            calls[..from].iter().all(|call| call.end.is_some_and(|end| end < start))
        };
        let least = calls.len().saturating_sub(CALLS);
        let from = (least..calls.len()).find(|from| quiet(*from)).unwrap_or(least);
        let shown = &calls[from..];
        let (mut history, mut names) = (History::new(), Names::default());
        let Some(first) = shown.first() else { return (history, names.names) };
        let written = |value: u64| shown.iter().any(|call| call.writes == Some(value));
        let mut before: Vec<u64> = shown
            .iter()
            .filter_map(|call| call.seen)
            .filter(|value| *value > 0 && !written(*value))
            .collect();
        before.sort_unstable();
        before.dedup();
        for (place, value) in (0..).zip(&before) {
            // One after the other, just before the first call.
            let at = first.start - Nanos::from_millis(10 * (before.len() as u64 - place));
            let call = history.call(names.of(None), 0, Op::Write(*value), at);
            history.wrote(call, at + Nanos::from_millis(5));
        }
        for call in shown {
            let op = call.writes.map_or(Op::Read, Op::Write);
            let id = history.call(names.of(Some(call.line)), 0, op, call.start);
            match (call.end, call.seen) {
                (Some(end), Some(seen)) => history.read(id, end, seen),
                (Some(end), None) => history.wrote(id, end),
                _ if call.given_up => names.leave(call.line),
                _ => {}
            }
        }
        (history, names.names)
    }
}

/// The clients of a history, numbered as they come.
#[derive(Default)]
struct Names {
    names: Vec<String>,
    /// The line that each of them has, until he is left.
    lines: Vec<Option<u32>>,
}

impl Names {
    /// The client of a line; none is whoever wrote before.
    fn of(&mut self, line: Option<u32>) -> u32 {
        let name = line.map_or("earlier".into(), |line| format!("client {}", line + 1));
        let known = |(known, of): (&String, &Option<u32>)| *known == name && (*of == line);
        let place = self.names.iter().zip(&self.lines).position(known);
        let place = place.unwrap_or_else(|| {
            self.names.push(name);
            self.lines.push(line);
            self.names.len() - 1
        });
        place as u32
    }

    /// Whoever has that line has it no longer.
    fn leave(&mut self, line: u32) {
        if let Some(held) = self.lines.iter_mut().find(|held| **held == Some(line)) {
            *held = Some(u32::MAX);
        }
    }
}
