//! A session's round: its requests, where they go, and what it makes of the answers.

use super::knobs::{Bug, Guard, NEAR, PAUSE};
use super::visit::{Kind, REPLIES, Request, Step};
use super::{Event, Sessions};
use crate::lab::scenario::Sim;
use crate::sim::Nanos;
use crate::systems::replica::session::Guarantees;
use crate::systems::replica::{Key, NodeId, Stamp, Value, VersionVector};

impl Sessions {
    /// A session asks for the next thing of its round. The same draws for each, whatever guards it.
    pub(super) fn go(&mut self, sim: &mut Sim<Event>, session: usize) -> (&'static str, u64) {
        let (now, knobs) = (sim.now(), self.knobs.clone());
        let visitor = &mut self.visitors[session];
        let (any, some, other) = (
            visitor.rng.below(knobs.servers as u64) as NodeId,
            1 + visitor.rng.below(knobs.servers as u64 - 1) as NodeId,
            visitor.rng.below(knobs.sessions as u64 - 1) as usize,
        );
        if visitor.step == Step::Browse {
            visitor.other = (session + 1 + other) % knobs.sessions;
        }
        let own = 1 + session % (knobs.servers - 1);
        let writes = visitor.step.writes();
        let young = visitor.wrote.is_some() && now.since(visitor.wrote_at) < knobs.window;
        let server = match knobs.guard {
            Guard::Leader => 0,
            _ if writes && !knobs.anywhere => 0,
            Guard::Sticky => own,
            _ if writes => any,
            Guard::Window if young => 0,
            _ => some,
        };
        let key = match visitor.step {
            Step::Post | Step::Refresh | Step::RefreshAgain => session as Key,
            Step::Browse | Step::BrowseAgain => visitor.other as Key,
            Step::Reply => REPLIES + session as Key,
        };
        let floor = self.floor(session, writes);
        let value = if writes { self.measures.issue(session, now) } else { 0 };
        let call = self.measures.call(session, key, value, now);
        let way = knobs.way(server);
        let request = Request { server, key, value, sent: now, floor, redirected: false, waits: false, call };
        self.visitors[session].request = Some(request);
        sim.after(way, Event::Ask { era: self.era, session });
        let what = match self.visitors[session].step {
            Step::Post => "session # posts",
            Step::Refresh => "session # looks for its post",
            Step::RefreshAgain => "session # looks for its post again",
            Step::Browse => "session # looks at another post",
            Step::BrowseAgain => "session # looks at that post again",
            Step::Reply => "session # replies to it",
        };
        (what, session as u64 + 1)
    }

    /// What a server must have seen to serve the session's next request.
    pub(super) fn floor(&self, session: usize, writes: bool) -> VersionVector {
        let knobs = &self.knobs;
        let visitor = &self.visitors[session];
        let lost = knobs.bug == Bug::TokenLost && visitor.step == Step::RefreshAgain;
        if !knobs.tokens() || lost || knobs.bug == Bug::TokenLost && visitor.step == Step::BrowseAgain {
            return VersionVector::new();
        }
        let asked = if knobs.bug == Bug::WritesOnly {
            Guarantees { read_your_writes: true, monotonic_writes: true, ..Guarantees::default() }
        } else {
            Guarantees::ALL
        };
        if writes { visitor.token.for_write(asked) } else { visitor.token.for_read(asked) }
    }

    /// A request is at a server: it is served, sent on to the leader, or waits.
    pub(super) fn ask(&mut self, sim: &mut Sim<Event>, session: usize) -> (&'static str, u64) {
        let (now, era, knobs) = (sim.now(), self.era, &self.knobs);
        let number = session as u64 + 1;
        let Some(request) = &mut self.visitors[session].request else { return ("# asks nothing", number) };
        let server = &self.servers[request.server];
        let covers = server.seen().includes(&request.floor);
        let old = request.value == 0
            && knobs.guard == Guard::Bounded
            && request.server != 0
            && now.since(self.measures.believed(request.server, server, knobs.bug)) > knobs.bound;
        if covers && (request.redirected || !old) {
            return self.serve(sim, session);
        }
        if !request.redirected && request.server != 0 && (old || knobs.guard == Guard::Redirect) {
            (request.redirected, request.server) = (true, 0);
            sim.after(NEAR + knobs.far, Event::Ask { era, session });
            return ("that replica is too far behind for session #: to the leader", number);
        }
        request.waits = true;
        ("session # waits until the replica has caught up", number)
    }

    pub(super) fn serve(&mut self, sim: &mut Sim<Event>, session: usize) -> (&'static str, u64) {
        let (now, era) = (sim.now(), self.era);
        let number = session as u64 + 1;
        let Some(request) = self.visitors[session].request.clone() else { return ("# asks nothing", number) };
        let mut stamp = None;
        if request.value > 0 {
            let after = if self.knobs.bug == Bug::NoDependencies {
                VersionVector::new()
            } else {
                request.floor.clone()
            };
            let mut out = Vec::new();
            let server = &mut self.servers[request.server];
            let written = server.write(now, (request.key, request.value), after, &mut out);
            stamp = Some(written);
            let visitor = &self.visitors[session];
            let what = (request.key, request.value, session);
            self.measures.taken(now, written, what, (visitor.wrote, visitor.saw));
            self.carry(sim, request.server, out);
            self.applied(sim, request.server);
        } else {
            self.measures.look(now, request.key, &self.servers[request.server], &self.knobs);
        }
        let server = &self.servers[request.server];
        let (value, seen) = (server.read(request.key), server.seen().clone());
        sim.after(self.knobs.way(request.server), Event::Answer { era, session, value, seen, stamp });
        (if request.value > 0 { "the write of session # is taken" } else { "session # is answered" }, number)
    }

    /// Looks at what a server has just applied, and serves those who have waited for it.
    pub(super) fn applied(&mut self, sim: &mut Sim<Event>, server: NodeId) {
        for stamp in self.servers[server].applied() {
            self.measures.arrived(sim.now(), server, stamp, &self.servers[server], &self.knobs);
        }
        for session in 0..self.visitors.len() {
            let ready = self.visitors[session].request.as_ref().is_some_and(|request| {
                request.waits
                    && request.server == server
                    && self.servers[server].seen().includes(&request.floor)
            });
            if ready {
                if let Some(request) = &mut self.visitors[session].request {
                    (request.waits, request.redirected) = (false, true);
                }
                self.serve(sim, session);
            }
        }
    }

    /// An answer arrives: the session remembers it, finds contradictions, and goes on with its round.
    pub(super) fn answer(
        &mut self,
        sim: &mut Sim<Event>,
        session: usize,
        (value, seen, stamp): (Value, &VersionVector, Option<Stamp>),
    ) -> (&'static str, u64) {
        let now = sim.now();
        let visitor = &mut self.visitors[session];
        let Some(request) = visitor.request.take() else { return ("# gets no answer", session as u64 + 1) };
        self.measures.answered(now, session, &request, value);
        let what = if let Some(stamp) = stamp {
            visitor.token.wrote(stamp);
            visitor.wrote = Some((request.value, stamp));
            visitor.wrote_at = now;
            if visitor.step == Step::Post {
                visitor.post = request.value;
            }
            "the write of session # is acknowledged"
        } else {
            visitor.token.read(seen);
            let whose = if visitor.step == Step::Refresh || visitor.step == Step::RefreshAgain {
                session
            } else {
                visitor.other
            };
            visitor.saw = if whose == session { visitor.saw } else { self.measures.stamp_of(value) };
            let (post, newest) = (visitor.post, visitor.newest[whose]);
            visitor.newest[whose] = newest.max(value);
            if visitor.step == Step::Refresh {
                self.measures.first_look(now, value < post);
            }
            if value < newest {
                let what = (session, newest, value, request.server);
                self.measures.violated(now, Kind::Backwards, what, &self.knobs);
            }
            if whose == session && value < post {
                self.measures.violated(
                    now,
                    Kind::OwnWrite,
                    (session, post, value, request.server),
                    &self.knobs,
                );
                "session # does not find its own post"
            } else if value < newest {
                "session # sees less than before"
            } else {
                "session # has its answer"
            }
        };
        visitor.step = visitor.step.next();
        let wait = match visitor.step {
            Step::Post => visitor.rng.exponential(PAUSE),
            Step::Reply => Nanos::ZERO,
            _ => self.knobs.refresh,
        };
        sim.after(wait, Event::Go { era: self.era, session });
        (what, session as u64 + 1)
    }
}
