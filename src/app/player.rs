//! A demo being played: a run with its speed, the chosen control and what lies over the picture.
//! The Lab and the live blocks of pages use the same player.
//!
//! A fork is a second run beside it: both start as one, and what is set afterwards is set in the one that has
//! the keys. They see the same arrivals, so what differs comes from what was set. A demo that fails is shown
//! as failed, and everything else goes on ([`lab::guard`]).

mod hands;
mod notes;
mod seen;
mod spread;

pub use hands::Hands;
pub use notes::{Note, NoteLine, about};
pub use seen::{Other, Seen};
pub use spread::Spreads;

use crate::lab::{self, Control, Opening, Plan, Run, Settings, Spec, Speed};
use crate::sim::{Nanos, Seed};

use super::Effect;
use super::command::{Context, Do};
use super::list::ListState;

/// How many runs can be had back.
const UNDOS: usize = 20;

/// What is shown of a demo.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Panel {
    /// The picture.
    #[default]
    Scene,
    /// What to look for, what can be set, what to reach: from a line on.
    LookFor {
        /// The first line shown, from 0.
        top: usize,
    },
    /// The source of the implementation, from a line on.
    Source {
        /// Which of the demo's sources.
        file: usize,
        /// The first line shown, from 0.
        top: usize,
        /// How many cells are hidden at the left.
        left: usize,
    },
    /// The picture, and under it what can be laid hands on.
    Hands(Hands),
    /// How the readings are spread over many seeds, and which of them is chosen.
    Spread {
        /// The chosen reading, as an index into the spec's.
        reading: usize,
    },
}

/// A demo being played.
#[derive(Clone, Debug)]
pub struct Player {
    /// The run that has the keys.
    pub run: Run,
    /// The other run of a fork.
    pub fork: Option<Box<Fork>>,
    /// Whether it plays.
    pub playing: bool,
    /// How fast it should play.
    pub speed: Speed,
    /// How fast it does play: less where a frame's time does not suffice.
    pub reached: f64,
    /// The chosen control, as an index into the spec's.
    pub control: usize,
    /// Whether the learner was at the controls last, rather than stepping: then the chosen one is explained.
    pub at_controls: bool,
    /// The way it is looked at, as an index into the spec's views.
    pub view: usize,
    /// What is shown.
    pub panel: Panel,
    /// The learner's bet, with the reading it is about.
    pub bet: Option<PlacedBet>,
    /// The readings over many seeds, where that was asked for.
    pub spreads: Option<Spreads>,
    /// Why it failed, where it did.
    pub failed: Option<String>,
    /// The runs that were given up, the last one last.
    given_up: Vec<Plan>,
    /// The goals that were told to the store.
    told: Vec<bool>,
}

/// The other run of a fork.
#[derive(Clone, Debug)]
pub struct Fork {
    /// The run.
    pub run: Run,
    /// When the two parted.
    pub at: Nanos,
    /// Whether this one is the fork, and the one that has the keys is the first.
    pub is_fork: bool,
}

/// A number that the learner committed to.
#[derive(Clone, Debug, PartialEq)]
pub struct PlacedBet {
    /// The reading, as an index into the spec's.
    pub reading: usize,
    /// The bet, in the reading's unit.
    pub value: f64,
    /// What the run of the bet gave.
    pub truth: f64,
}

impl Player {
    /// A demo at time zero, paused.
    #[must_use]
    pub fn new(spec: &'static Spec, seed: Seed, settings: Settings) -> Player {
        Player {
            run: Run::new(spec, seed, settings),
            fork: None,
            playing: false,
            speed: Speed(spec.speed),
            reached: spec.speed,
            control: 0,
            at_controls: false,
            view: 0,
            panel: Panel::Scene,
            bet: None,
            spreads: None,
            failed: None,
            given_up: Vec::new(),
            told: vec![false; spec.goals.len()],
        }
    }

    /// The demo that a live block names: `ring nodes=4 vnodes=100`, `seed=N` among the settings.
    ///
    /// # Errors
    /// A sentence on what is wrong with the argument.
    pub fn from_argument(argument: &str) -> Result<Player, String> {
        lab::parse_argument(argument).map(Player::open)
    }

    /// A demo as it is to be opened.
    #[must_use]
    pub fn open(opening: Opening) -> Player {
        let mut player = Player::new(opening.spec, opening.seed, opening.settings);
        player.view = opening.view;
        player
    }

    /// The demo.
    #[must_use]
    pub fn spec(&self) -> &'static Spec {
        self.run.spec()
    }

    /// The chosen control; none where the demo has none.
    #[must_use]
    pub fn chosen(&self) -> Option<&'static Control> {
        self.spec().controls.get(self.control)
    }

    /// Plays on by `elapsed` of real time, while `more` says that there is time left in this frame. A run that
    /// comes to its end is to be remembered.
    pub fn frame(&mut self, elapsed: Nanos, more: &dyn Fn() -> bool) -> Option<Effect> {
        if !self.playing {
            return None;
        }
        let from = self.run.now();
        let wanted = Nanos((elapsed.0 as f64 * self.speed.0) as u64);
        let target = (from + wanted).min(self.spec().length);
        self.guarded(|player| {
            player.run.advance_to(target, more);
            // The other one follows as far as this one came, so that both are seen at the same moment.
            let now = player.run.now();
            if let Some(fork) = &mut player.fork {
                fork.run.advance_to(now, || true);
            }
        });
        if elapsed.0 > 0 {
            let reached = (self.run.now() - from).0 as f64 / elapsed.0 as f64;
            // What was cut off by the end of the run is not slowness.
            self.reached = if self.run.now() >= target { self.speed.0 } else { reached };
        }
        if self.failed.is_some() || !self.run.ended() {
            return None;
        }
        self.playing = false;
        self.told = self.run.goals();
        Some(Effect::DemoRun(self.spec().name, self.told.clone()))
    }

    /// What is to be remembered when the demo is left in the middle: goals reached that were not told yet.
    pub(super) fn leave(&mut self) -> Option<Effect> {
        if self.failed.is_some() {
            return None;
        }
        let goals = self.run.goals();
        let fresh = goals.iter().zip(&self.told).any(|(reached, told)| *reached && !told);
        self.told.clone_from(&goals);
        fresh.then(|| Effect::DemoRun(self.spec().name, goals))
    }

    /// Does what a key of the Lab says. Returns whether the command was one of the player's.
    pub fn act(&mut self, does: Do) -> bool {
        if self.failed.is_some() && !matches!(does, Do::Reset | Do::Reseed | Do::Undo | Do::Source) {
            // What failed is not played on; the keys are still the player's.
            return matches!(does, Do::Play | Do::Step | Do::Rewind | Do::Forward | Do::More | Do::Less);
        }
        self.at_controls = matches!(does, Do::NextControl | Do::PreviousControl | Do::More | Do::Less);
        match does {
            Do::Play => {
                if self.run.ended() {
                    self.go_to(Nanos::ZERO);
                }
                self.playing = !self.playing;
                if !matches!(self.panel, Panel::Hands(_)) {
                    self.panel = Panel::Scene;
                }
            }
            Do::Step => {
                self.playing = false;
                self.guarded(|player| {
                    player.run.step();
                });
                self.go_to(self.run.now());
            }
            Do::Faster => self.speed = self.speed.faster(),
            Do::Slower => self.speed = self.speed.slower(),
            Do::Rewind => self.go_to(self.run.now() - self.leap()),
            Do::Forward => self.go_to((self.run.now() + self.leap()).min(self.spec().length)),
            Do::Reset => {
                let settings = self.run.settings().clone();
                self.begin(self.run.seed(), settings);
            }
            Do::Reseed => {
                let seed = Seed(self.run.seed().0.wrapping_add(1));
                self.begin(seed, self.run.start_settings().clone());
            }
            Do::Undo => self.undo(),
            Do::Fork => self.part(),
            Do::OtherRun => self.change_sides(),
            Do::NextControl => self.choose(true),
            Do::PreviousControl => self.choose(false),
            Do::More => self.move_control(true),
            Do::Less => self.move_control(false),
            Do::LookFor => self.toggle(Panel::LookFor { top: 0 }),
            Do::Source => self.next_source(),
            Do::Hands => self.show_hands(),
            Do::View => self.next_view(),
            _ => return false,
        }
        true
    }

    /// Where keys work, innermost first.
    pub(super) fn contexts(&self) -> Vec<Context> {
        match self.panel {
            Panel::Scene => vec![Context::Demo],
            Panel::Hands(_) => vec![Context::DemoHands, Context::Demo],
            Panel::LookFor { .. } | Panel::Source { .. } | Panel::Spread { .. } => {
                vec![Context::DemoPanel, Context::Demo]
            }
        }
    }

    /// Whether there is a run to have back.
    #[must_use]
    pub fn can_undo(&self) -> bool {
        !self.given_up.is_empty()
    }

    /// Does something with the runs; what fails there is kept as the failure of this demo.
    fn guarded(&mut self, act: impl FnOnce(&mut Player)) {
        if let Err(why) = lab::guard(|| act(self)) {
            self.playing = false;
            self.failed = Some(why);
        }
    }

    /// Moves both runs to a moment, back or forward.
    fn go_to(&mut self, target: Nanos) {
        self.guarded(|player| {
            let other = player.fork.as_mut().map(|fork| &mut fork.run);
            for run in std::iter::once(&mut player.run).chain(other) {
                run.rewind_to(target);
                run.advance_to(target, || true);
            }
        });
    }

    /// Keeps the run as it is planned, so that it can be had back.
    fn give_up(&mut self) {
        if self.given_up.len() == UNDOS {
            self.given_up.remove(0);
        }
        self.given_up.push(self.run.plan());
    }

    /// From time zero, with that seed and those settings.
    fn begin(&mut self, seed: Seed, settings: Settings) {
        self.give_up();
        self.fork = None;
        self.failed = None;
        self.guarded(|player| player.run = Run::new(player.spec(), seed, settings));
    }

    /// The run that was given up last.
    fn undo(&mut self) {
        let Some(plan) = self.given_up.pop() else { return };
        self.fork = None;
        self.failed = None;
        self.guarded(|player| player.run = Run::of_plan(player.spec(), plan));
    }

    /// From here on there are two runs; where there are, the one that has the keys goes on alone.
    fn part(&mut self) {
        if self.fork.take().is_none() {
            let at = self.run.now();
            self.fork = Some(Box::new(Fork { run: self.run.clone(), at, is_fork: false }));
        }
    }

    /// Gives the keys to the other run of a fork.
    fn change_sides(&mut self) {
        if let Some(fork) = &mut self.fork {
            std::mem::swap(&mut self.run, &mut fork.run);
            fork.is_fork = !fork.is_fork;
        }
    }

    /// Moves through what is shown in place of the picture, in a body of that width and height. Returns whether the command was a move.
    pub(super) fn move_in_panel(&mut self, does: Do, (width, height): (usize, usize)) -> bool {
        if let Panel::Hands(hands) = self.panel {
            return self.move_hands(hands, does, height);
        }
        let spec = self.spec();
        let seen = matches!(self.panel, Panel::LookFor { .. }).then(|| self.seen().ok()).flatten();
        let mut panel = self.panel;
        let (rows, at) = match &mut panel {
            Panel::Source { file, top, left } => {
                let by = match does {
                    Do::Left => -8,
                    Do::Right => 8,
                    _ => 0,
                };
                *left = left.saturating_add_signed(by).min(200);
                if by != 0 {
                    self.panel = panel;
                    return true;
                }
                (spec.sources.get(*file).map_or(0, |source| source.text.lines().count()), top)
            }
            Panel::Spread { reading } => (spec.readings.len(), reading),
            Panel::LookFor { top } => {
                let lines = seen.map_or(0, |seen| self.notes(&seen, width).len());
                // As far as the last line, not beyond it.
                (lines.saturating_sub(height.saturating_sub(8)).max(1), top)
            }
            Panel::Scene | Panel::Hands(_) => return false,
        };
        let mut list = ListState { chosen: *at, top: 0 };
        let moved = list.act(does, rows, height);
        *at = list.chosen;
        self.panel = panel;
        moved
    }

    /// The first source, the next one, and after the last the picture again.
    fn next_source(&mut self) {
        let file = match self.panel {
            Panel::Source { file, .. } => file + 1,
            _ => 0,
        };
        self.panel = match self.spec().sources.get(file) {
            Some(source) => Panel::Source { file, top: source.line(), left: 0 },
            None => Panel::Scene,
        };
    }

    fn toggle(&mut self, panel: Panel) {
        let same = std::mem::discriminant(&self.panel) == std::mem::discriminant(&panel);
        self.panel = if same { Panel::Scene } else { panel };
    }

    fn leap(&self) -> Nanos {
        Nanos(self.spec().length.0 / 20)
    }

    fn choose(&mut self, next: bool) {
        let count = self.spec().controls.len().max(1);
        self.control = (self.control + if next { 1 } else { count - 1 }) % count;
    }

    fn move_control(&mut self, up: bool) {
        let Some(control) = self.chosen() else { return };
        let value = self.run.settings().get(control.name);
        let moved = control.moved(value, up);
        if moved == value {
            return;
        }
        // Before anything has happened a control sets the start, so that theory and bets agree with it.
        let untouched = self.run.now() == Nanos::ZERO && self.run.events() == 0 && self.fork.is_none();
        if !self.run.ahead().is_empty() {
            self.give_up();
        }
        self.guarded(|player| {
            if untouched {
                let mut settings = player.run.start_settings().clone();
                settings.put(control.name, moved);
                player.run = Run::new(player.spec(), player.run.seed(), settings);
            } else {
                player.run.set(control.name, moved);
            }
        });
    }
}
