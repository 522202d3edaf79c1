//! A demo being played: a run with its speed, the chosen control and what lies over the picture.
//! The Lab and the live blocks of pages use the same player.

use crate::lab::{self, Control, Run, Settings, Spec, Speed};
use crate::sim::{Nanos, Seed};

use super::Effect;
use super::command::Do;

/// What is shown of a demo.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Panel {
    /// The picture.
    #[default]
    Scene,
    /// What to look for.
    LookFor,
    /// The source of the implementation, from a line on.
    Source {
        /// Which of the demo's sources.
        file: usize,
        /// The first line shown, from 0.
        top: usize,
    },
}

/// A demo being played.
#[derive(Clone, Debug)]
pub struct Player {
    /// The run itself.
    pub run: Run,
    /// Whether it plays.
    pub playing: bool,
    /// How fast it should play.
    pub speed: Speed,
    /// How fast it does play: less where a frame's time does not suffice.
    pub reached: f64,
    /// The chosen control, as an index into the spec's.
    pub control: usize,
    /// What is shown.
    pub panel: Panel,
    /// The learner's bet, with the reading it is about.
    pub bet: Option<PlacedBet>,
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
            playing: false,
            speed: Speed(1.0),
            reached: 1.0,
            control: 0,
            panel: Panel::Scene,
            bet: None,
        }
    }

    /// The demo that a live block names: `ring nodes=4 vnodes=100`, `seed=N` among the settings.
    ///
    /// # Errors
    /// A sentence on what is wrong with the argument.
    pub fn from_argument(argument: &str) -> Result<Player, String> {
        let (spec, seed, settings) = lab::parse_argument(argument)?;
        Ok(Player::new(spec, seed, settings))
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
        self.run.advance_to(target, more);
        if elapsed.0 > 0 {
            let reached = (self.run.now() - from).0 as f64 / elapsed.0 as f64;
            // What was cut off by the end of the run is not slowness.
            self.reached = if self.run.now() >= target { self.speed.0 } else { reached };
        }
        if !self.run.ended() {
            return None;
        }
        self.playing = false;
        Some(Effect::DemoRun(self.spec().name, self.run.goals()))
    }

    /// Does what a key of the Lab says. Returns whether the command was one of the player's.
    pub fn act(&mut self, does: Do) -> bool {
        match does {
            Do::Play => {
                if self.run.ended() {
                    self.run.reset();
                }
                self.playing = !self.playing;
                self.panel = Panel::Scene;
            }
            Do::Step => {
                self.playing = false;
                self.run.step();
            }
            Do::Faster => self.speed = self.speed.faster(),
            Do::Slower => self.speed = self.speed.slower(),
            Do::Rewind => {
                let back = self.leap();
                self.run.rewind_to(self.run.now() - back);
            }
            Do::Forward => {
                let target = (self.run.now() + self.leap()).min(self.spec().length);
                self.run.advance_to(target, || true);
            }
            Do::Reset => self.run.reset(),
            Do::Reseed => self.run.reseed(Seed(self.run.seed().0.wrapping_add(1))),
            Do::NextControl => self.choose(true),
            Do::PreviousControl => self.choose(false),
            Do::More => self.move_control(true),
            Do::Less => self.move_control(false),
            Do::LookFor => self.toggle(Panel::LookFor),
            Do::Source => self.next_source(),
            _ => return false,
        }
        true
    }

    /// Moves through the source while it is shown. Returns whether it is.
    pub fn scroll_source(&mut self, by: isize) -> bool {
        let sources = self.spec().sources;
        match &mut self.panel {
            Panel::Source { file, top } => {
                let lines = sources.get(*file).map_or(0, |source| source.text.lines().count());
                *top = top.saturating_add_signed(by).min(lines.saturating_sub(1));
                true
            }
            _ => false,
        }
    }

    /// The first source, the next one, and after the last the picture again.
    fn next_source(&mut self) {
        let file = match self.panel {
            Panel::Source { file, .. } => file + 1,
            _ => 0,
        };
        self.panel = match self.spec().sources.get(file) {
            Some(source) => Panel::Source { file, top: source.line() },
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
        if moved != value {
            // Before anything has happened a control sets the start, so that theory and bets agree with it.
            if self.run.now() == Nanos::ZERO && self.run.events() == 0 {
                let mut settings = self.run.start_settings().clone();
                settings.put(control.name, moved);
                self.run = Run::new(self.spec(), self.run.seed(), settings);
            } else {
                self.run.set(control.name, moved);
            }
        }
    }
}
