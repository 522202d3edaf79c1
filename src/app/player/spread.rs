//! The readings of a demo over many seeds, as far as they are known.

use std::sync::Arc;

use super::{Panel, Player};
use crate::app::Effect;
use crate::lab::{SEEDS, Spread, Sweep};

/// The readings over many seeds.
#[derive(Clone, Debug)]
pub struct Spreads {
    /// Which sweep this is: what comes from another one is not for this player.
    pub ticket: u64,
    /// How many runs were made.
    pub made: u64,
    /// How many there will be.
    pub of: u64,
    /// Whether it still goes on.
    pub running: bool,
    /// For each reading how it is spread so far.
    pub spreads: Arc<Vec<Spread>>,
    /// Why it ended before its end, where the demo failed.
    pub failed: Option<String>,
}

impl Player {
    /// Shows the spread of the readings; where there is none yet, asks for it. Where it is shown it is put away, and
    /// what still goes on is stopped.
    pub(in crate::app) fn ask_for_spreads(&mut self, ticket: u64) -> Vec<Effect> {
        if let Panel::Spread { .. } = self.panel {
            self.panel = Panel::Scene;
            return self.stop_spreads();
        }
        self.playing = false;
        // What was bet on, or what theory has something to say about.
        let spec = self.spec();
        let told = (0..spec.readings.len()).find(|&reading| spec.theory_of(reading).is_some());
        let reading = self.bet.as_ref().map(|bet| bet.reading).or(told).unwrap_or(0);
        self.panel = Panel::Spread { reading };
        let sweep = Sweep::new(self.spec(), &self.run.plan(), self.spec().length, SEEDS);
        let spreads = Arc::new(sweep.spreads());
        self.spreads = Some(Spreads { ticket, made: 0, of: SEEDS, running: true, spreads, failed: None });
        vec![Effect::Sweep(ticket, Box::new(sweep))]
    }

    /// Stops what still goes on. What is known stays.
    pub(in crate::app) fn stop_spreads(&mut self) -> Vec<Effect> {
        match &mut self.spreads {
            Some(spreads) if spreads.running => {
                spreads.running = false;
                vec![Effect::StopSweep]
            }
            _ => Vec::new(),
        }
    }
}
