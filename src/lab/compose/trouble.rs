//! The events of a composition: what happens to its pieces, and when.
//!
//! Several may be on at a time; what a piece suffers is always worked out anew from all that are on, so their order
//! does not matter and one that ends takes away only its own part.

use super::call::Event;
use super::chain::Chain;
use super::kinds::What;
use super::part::{Condition, Part};
use crate::lab::scenario::Sim;
use crate::sim::{Nanos, Token};

/// Where an event stands.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stand {
    /// It is to come.
    Pending(Token),
    /// It is on since then; what ends it.
    On(Nanos, Token),
    /// It is over, or never comes.
    Over,
}

/// All events of a run.
#[derive(Clone, Debug)]
pub(super) struct Trouble {
    pub stands: Vec<Stand>,
    /// When the first one began.
    pub began: Option<Nanos>,
    /// When the last one ended.
    pub ended: Option<Nanos>,
    /// The spans that are over, with the event: for the chart.
    pub past: Vec<(usize, Nanos, Nanos)>,
}

/// How many spans the chart remembers.
const PAST: usize = 20;

impl Trouble {
    /// Schedules all events.
    pub(super) fn new(chain: &Chain, controls: &[f64], sim: &mut Sim<Event>) -> Trouble {
        let mut trouble = Trouble {
            stands: vec![Stand::Over; chain.plan.events.len()],
            began: None,
            ended: None,
            past: Vec::new(),
        };
        for event in 0..chain.plan.events.len() {
            trouble.schedule(chain, controls, sim, event);
        }
        trouble
    }

    fn schedule(&mut self, chain: &Chain, controls: &[f64], sim: &mut Sim<Event>, event: usize) {
        let planned = &chain.plan.events[event];
        let at = Nanos::from_secs_f64(planned.get("at", controls));
        let never = planned.what != What::Empty
            && planned.get("for", controls) <= 0.0
            && planned.what != What::Restart;
        self.stands[event] =
            if never { Stand::Over } else { Stand::Pending(sim.at(at, Event::Begins { event })) };
    }

    /// How long an event lasts.
    fn lasts(chain: &Chain, controls: &[f64], event: usize) -> Nanos {
        Nanos::from_secs_f64(chain.plan.events[event].get("for", controls))
    }

    /// Controls were set: what is to come, and the end of what is on, move with them. What is over stays so.
    pub(super) fn changed(&mut self, chain: &mut Chain, controls: &[f64], sim: &mut Sim<Event>) {
        for event in 0..self.stands.len() {
            match self.stands[event] {
                Stand::Pending(token) => {
                    sim.cancel(token);
                    self.schedule(chain, controls, sim, event);
                }
                Stand::On(since, token) => {
                    sim.cancel(token);
                    let end = since + Trouble::lasts(chain, controls, event);
                    self.stands[event] = Stand::On(since, sim.at(end, Event::Ends { event }));
                }
                // One that was set never to come may be to come again.
                Stand::Over => {
                    let at = Nanos::from_secs_f64(chain.plan.events[event].get("at", controls));
                    if at > sim.now() {
                        self.schedule(chain, controls, sim, event);
                    }
                }
            }
        }
        self.apply(chain, controls, sim);
    }

    /// An event begins.
    pub(super) fn begins(&mut self, chain: &mut Chain, controls: &[f64], sim: &mut Sim<Event>, event: usize) {
        let (now, planned) = (sim.now(), &chain.plan.events[event]);
        self.began.get_or_insert(now);
        self.ended = None;
        if planned.what == What::Empty {
            if let Part::Cache(store) = &mut chain.stages[planned.piece].part {
                store.clear();
            }
            self.is_over(now, now, event);
            return;
        }
        let end = now + Trouble::lasts(chain, controls, event);
        self.stands[event] = Stand::On(now, sim.at(end, Event::Ends { event }));
        if planned.what == What::Restart {
            chain.kill(planned.piece);
        }
        self.apply(chain, controls, sim);
    }

    /// An event is over.
    pub(super) fn ends(&mut self, chain: &mut Chain, controls: &[f64], sim: &mut Sim<Event>, event: usize) {
        let (now, planned) = (sim.now(), &chain.plan.events[event]);
        let Stand::On(since, _) = self.stands[event] else { return };
        if planned.what == What::Restart
            && let Part::Server(server) = &mut chain.stages[planned.piece].part
        {
            let warm = Nanos::from_secs_f64(planned.get("warm", controls));
            server.trouble.cold = Some((now, warm, planned.get("times", controls)));
        }
        self.is_over(since, now, event);
        self.apply(chain, controls, sim);
    }

    fn is_over(&mut self, since: Nanos, now: Nanos, event: usize) {
        self.stands[event] = Stand::Over;
        if self.past.len() < PAST {
            self.past.push((event, since, now));
        }
        if self.stands.iter().all(|stand| matches!(stand, Stand::Over)) {
            self.ended = Some(now);
        }
    }

    /// Which events are on.
    pub(super) fn on(&self) -> impl Iterator<Item = (usize, Nanos)> + '_ {
        self.stands.iter().enumerate().filter_map(|(event, stand)| match stand {
            Stand::On(since, _) => Some((event, *since)),
            _ => None,
        })
    }

    /// So many times the usual load.
    pub(super) fn load(&self, chain: &Chain, controls: &[f64]) -> f64 {
        let on = self.on().map(|(event, _)| &chain.plan.events[event]);
        on.filter(|planned| planned.what == What::Load)
            .map(|planned| planned.get("times", controls))
            .product()
    }

    /// Has every server suffer what is on.
    fn apply(&self, chain: &mut Chain, controls: &[f64], sim: &mut Sim<Event>) {
        for place in 0..chain.stages.len() {
            let Part::Server(server) = &mut chain.stages[place].part else { continue };
            let before = server.trouble;
            let mut next = Condition { cold: before.cold, ..Condition::WELL };
            let here = self.on().map(|(event, _)| &chain.plan.events[event]);
            for planned in here.filter(|planned| planned.piece == place) {
                match planned.what {
                    What::Slow => next.slow *= planned.get("times", controls),
                    What::Hang => next.hangs = true,
                    What::Down | What::Restart => next.down = true,
                    What::Empty | What::Load => {}
                }
            }
            server.trouble = next;
            if next.hangs && !before.hangs {
                chain.freeze(sim, place);
            } else if before.hangs && !next.hangs {
                chain.thaw(sim, place);
            }
        }
    }
}
