//! A question being answered: what was done with it so far, and what came of it. The Drill screen and the card blocks
//! of pages use the same.
//!
//! Each way of answering is a file here with its state, its keys and its lines ([`way`](self) is their index); this file
//! is what all questions share: hints, the verdict, the grade.

mod arranging;
mod classing;
mod coloured;
mod entry;
mod gaps;
mod line;
mod number;
mod open;
mod pairing;
mod picking;
mod pointing;
mod typing;
mod verdict;
mod way;

pub use line::{CardLine, Spot, pinned, top_of};
pub use number::{unit_name, unit_sign};

pub(super) use line::{blank, markdown, text};

use crate::config::key::Key;
use crate::deck::Card;
use crate::doc::{Ink, Style};
use crate::drill::{self, Answer, Asked, Given, Variant, Verdict};
use crate::memory::{EventId, Grade, Interval, Moment, Review, ReviewKind};

use super::command::{Context, Do};
use super::desk::Desk;
use super::player::{PlacedBet, Player};
use coloured::{Colours, markdown_in};
use way::{Step, Way};

/// The longest time that an answer counts, in milliseconds: who takes longer went away.
pub const LONGEST: u64 = 10 * 60_000;

/// A question being answered.
#[derive(Clone, Debug)]
pub struct Asking {
    /// The question.
    pub asked: Asked,
    /// What the learner answered.
    pub answer: Answer,
    /// What came of it.
    pub verdict: Option<Verdict>,
    /// Why what was typed is no answer, or what is missing in it.
    pub error: Option<String>,
    /// How many hints are uncovered.
    pub hints: usize,
    /// Whether a bet may be passed over, as where one is to find out what is known.
    pub may_pass: bool,
    /// Whether the learner scrolled to look elsewhere than at what has the keys.
    pub looking: bool,
    /// In a page: that the grades stand below the answer, with the intervals they give where they change the schedule.
    pub offered: Option<Option<[Interval; 4]>>,
    /// The grade it got, in a page, and the answer that was saved for it.
    pub graded: Option<(Grade, EventId)>,
    way: Way,
    colours: Colours,
    /// Whether it was said that something is missing: then it may stay so.
    warned: bool,
    started: Option<Moment>,
}

/// What a command did to a question.
#[derive(Debug)]
pub enum Outcome {
    /// Nothing: it is none of a question's.
    Nothing,
    /// Something, and the question goes on.
    Changed,
    /// It was answered.
    Answered,
    /// It was graded: to be saved.
    Graded(Box<Review>),
}

impl Asking {
    /// The question that `seed` makes of a card.
    #[must_use]
    pub fn new(card: &Card, seed: u64) -> Asking {
        Asking::of(drill::ask(card, seed))
    }

    /// A question, unanswered.
    #[must_use]
    pub fn of(asked: Asked) -> Asking {
        Asking {
            way: Way::new(&asked),
            colours: Colours::default(),
            asked,
            answer: Answer::Shown,
            verdict: None,
            error: None,
            hints: 0,
            may_pass: false,
            looking: false,
            offered: None,
            graded: None,
            warned: false,
            started: None,
        }
    }

    /// Starts the clock of this question, if it does not run.
    pub fn start(&mut self, now: Moment) {
        self.started.get_or_insert(now);
    }

    /// From the question to now in milliseconds, ten minutes at most.
    #[must_use]
    pub fn took(&self, now: Moment) -> u64 {
        self.started.map_or(0, |started| now.millis_since(started)).min(LONGEST)
    }

    /// Whether it asks for a number before a demo runs.
    #[must_use]
    pub fn is_bet(&self) -> bool {
        matches!(self.asked.variant, Variant::Bet(_))
    }

    /// Whether text is typed into it now: then letters are text.
    #[must_use]
    pub fn is_typed(&self) -> bool {
        self.verdict.is_none()
            && match &self.way {
                Way::Typing(_) | Way::Number(_) => true,
                Way::Open(open) => open.is_written(),
                _ => false,
            }
    }

    /// Where its keys work, innermost first.
    #[must_use]
    pub fn contexts(&self) -> Vec<Context> {
        match (&self.verdict, &self.way) {
            (Some(_), Way::Open(_)) if self.graded.is_none() => vec![Context::Tick, Context::Verdict],
            (Some(_), _) => vec![Context::Verdict],
            (None, way) => way.context().into_iter().chain([Context::Question]).collect(),
        }
    }

    /// Whether a letter or digit is this question's, whatever command has it: it names an option.
    #[must_use]
    pub fn takes(&self, key: Key) -> bool {
        self.is_worked_on() && self.way.takes(key)
    }

    /// Whether something can still be done to the answer.
    fn is_worked_on(&self) -> bool {
        match self.verdict {
            None => true,
            Some(_) => matches!(self.way, Way::Open(_)) && self.graded.is_none(),
        }
    }

    /// The keys that depend on the question, with what they do, for the footer: `a-d` picks.
    #[must_use]
    pub fn own_keys(&self) -> Vec<(String, &'static str)> {
        if self.is_worked_on() { self.way.keys() } else { Vec::new() }
    }

    /// How many hints are still covered.
    #[must_use]
    pub fn hints_left(&self) -> usize {
        if self.verdict.is_some() { 0 } else { self.asked.card.hints.len().saturating_sub(self.hints) }
    }

    /// Types a key: text, or the letter of an option.
    pub fn typed(&mut self, key: Key) -> Outcome {
        if !self.is_worked_on() {
            return Outcome::Nothing;
        }
        let step = self.way.typed(key);
        self.after(step)
    }

    /// Pastes into a text.
    pub fn paste(&mut self, text: &str) {
        if self.is_typed() {
            self.way.paste(text);
            self.after(Step::Done);
        }
    }

    /// A click on a part of the question.
    pub fn click(&mut self, part: usize) -> Outcome {
        if !self.is_worked_on() {
            return Outcome::Nothing;
        }
        let step = self.way.click(part);
        self.after(step)
    }

    /// The mouse button was let go over a part: what is dragged stays there.
    pub fn release(&mut self, part: usize) -> Outcome {
        if !self.is_worked_on() {
            return Outcome::Nothing;
        }
        let step = self.way.release(part);
        self.after(step)
    }

    /// A command, as far as it is about the answer and not about the grade.
    pub fn work(&mut self, does: Do) -> Outcome {
        if does == Do::Hint && self.hints_left() > 0 {
            self.hints += 1;
            self.looking = false;
            return Outcome::Changed;
        }
        if !self.is_worked_on() {
            return Outcome::Nothing;
        }
        let step = self.way.act(does);
        self.after(step)
    }

    fn after(&mut self, step: Step) -> Outcome {
        match step {
            Step::Ignored => return Outcome::Nothing,
            Step::Done => {
                (self.error, self.warned, self.looking) = (None, false, false);
                return Outcome::Changed;
            }
            Step::Check => self.looking = false,
        }
        let anew = self.verdict.is_none();
        if self.reveal() && anew { Outcome::Answered } else { Outcome::Changed }
    }

    /// Shows what is right, if an answer is there. What is incomplete is said once; asked again, it counts as it is. A bet
    /// has to be a number.
    fn reveal(&mut self) -> bool {
        self.answer = match self.way.answer(&self.asked) {
            Ok(answer) => answer,
            Err(missing) => {
                let passed = (self.may_pass && self.way.is_untouched()).then_some(Answer::Shown);
                match missing.otherwise.or(passed) {
                    Some(answer) if self.warned => answer,
                    otherwise => {
                        self.warned = true;
                        let again = if otherwise.is_some() { " Enter again shows the answer." } else { "" };
                        self.error = Some(format!("{}{again}", missing.why));
                        return false;
                    }
                }
            }
        };
        let mut verdict = drill::judge(&self.asked, &self.answer);
        let gave_up =
            matches!(self.asked.variant, Variant::Pick { .. } | Variant::Estimate(_) | Variant::Bet(_));
        if gave_up && self.answer == Answer::Shown {
            // Who asks to see the truth without an answer did not know it.
            verdict.suggested = Grade::Again;
        }
        if self.hints > 0 {
            verdict.suggested = verdict.suggested.min(Grade::Hard);
        }
        (self.verdict, self.error) = (Some(verdict), None);
        true
    }

    /// The grade that Enter gives.
    #[must_use]
    pub fn proposed(&self) -> Option<Grade> {
        self.verdict.as_ref().map(|verdict| verdict.suggested)
    }

    /// Does what a command says to a question in a page. `fresh` is a number that no other review has.
    pub fn act(&mut self, does: Do, desk: &Desk<'_>, now: Moment, fresh: u64) -> Outcome {
        self.start(now);
        if self.graded.is_none() {
            let outcome = self.work(does);
            self.offer(desk, now);
            if !matches!(outcome, Outcome::Nothing) {
                return outcome;
            }
        }
        let grade = match (does, &self.verdict) {
            (Do::Grade(grade), Some(_)) => grade,
            (Do::GradeProposed | Do::Enter, Some(verdict)) => verdict.suggested,
            _ => return Outcome::Nothing,
        };
        if self.graded.is_some() {
            return Outcome::Nothing;
        }
        let card = &self.asked.card;
        let given = Given {
            grade,
            answer: self.answer.logged(&self.asked),
            at: now,
            took_millis: self.took(now),
            kind: if counts(desk, card, now) { ReviewKind::Scheduled } else { ReviewKind::Practice },
            seed: self.asked.seed,
            fresh,
        };
        let review = desk.review(card, given);
        self.graded = Some((grade, review.id.clone()));
        Outcome::Graded(Box::new(review))
    }

    /// In a page: has the grades stand below the answer, with the intervals they give.
    pub fn offer(&mut self, desk: &Desk<'_>, now: Moment) {
        if self.verdict.is_some() && self.offered.is_none() {
            let card = &self.asked.card;
            let counts = counts(desk, card, now);
            self.offered = Some(counts.then(|| desk.preview(card, now, self.asked.seed)));
        }
    }

    /// The run behind a bet, at time zero, with the bet placed on it.
    #[must_use]
    pub fn player(&self) -> Option<Player> {
        let Variant::Bet(bet) = &self.asked.variant else { return None };
        let mut player = Player::new(bet.spec, bet.seed, bet.settings.clone());
        if let (Answer::Bet(value), Some(truth)) = (&self.answer, self.verdict.as_ref().and_then(|v| v.truth))
        {
            player.bet = Some(PlacedBet { reading: bet.reading, value: *value, truth });
        }
        Some(player)
    }

    /// The question and what came of it, laid out.
    #[must_use]
    pub fn lines(&self, width: usize) -> Vec<CardLine> {
        let verdict = self.verdict.as_ref();
        let mut lines = self.way.question(&self.asked, verdict, width).unwrap_or_else(|| {
            let mut lines = Vec::new();
            markdown_in(&self.asked.question, width, &self.colours, &mut lines);
            lines
        });
        self.hint_lines(width, &mut lines);
        let mut answered = verdict.map_or_else(Vec::new, |v| verdict::head(&self.asked, v, width));
        let parts = self.way.lines(&self.asked, verdict, &self.colours, width);
        if verdict.is_some() && self.way.has_parts() && !answered.is_empty() {
            blank(&mut answered);
        }
        answered.extend(parts);
        // Behind the answer as much as there is room for of what came of it is in sight; while points are ticked, the
        // one with the cursor.
        if verdict.is_some() && !matches!(self.way, Way::Open(_)) {
            line::keep(&mut answered);
        }
        if !answered.is_empty() {
            blank(&mut lines);
            lines.extend(answered);
        }
        self.hinted(width, &mut lines);
        if let Some(error) = &self.error {
            let from = lines.len();
            let pinned = lines.last().is_some_and(|line| line.pinned);
            text(error, width, Style::ink(Ink::Warn), &mut lines);
            for line in &mut lines[from..] {
                (line.kept, line.pinned) = (true, pinned);
            }
        }
        if verdict.is_some() && !self.asked.card.why.trim().is_empty() {
            blank(&mut lines);
            markdown_in(&self.asked.card.why, width, &self.colours, &mut lines);
        }
        if self.offered.is_some() && verdict.is_some() {
            blank(&mut lines);
            let kept = self.graded.is_none() && !matches!(self.way, Way::Open(_));
            lines.push(CardLine { grades: true, kept, ..CardLine::default() });
            if self.offered == Some(None) {
                let said = "not due: practice, the schedule stays as it is";
                text(said, width, Style::ink(Ink::Dim), &mut lines);
            }
        }
        lines
    }

    /// Behind the answer: what hints cost.
    fn hinted(&self, width: usize, lines: &mut Vec<CardLine>) {
        if self.hints > 0 && self.verdict.is_some() {
            let hints = if self.hints == 1 { "a hint".into() } else { format!("{} hints", self.hints) };
            blank(lines);
            text(&format!("With {hints}: Hard at best."), width, Style::ink(Ink::Dim), lines);
        }
    }

    /// The hints that are uncovered.
    fn hint_lines(&self, width: usize, lines: &mut Vec<CardLine>) {
        if self.verdict.is_some() {
            return;
        }
        for (index, hint) in self.asked.card.hints.iter().take(self.hints).enumerate() {
            blank(lines);
            let lead = vec![line::inked(format!("hint {}  ", index + 1), Ink::Note)];
            let mut block = line::hanging(lead, hint, width);
            if index + 1 == self.hints && !self.is_typed() {
                line::keep(&mut block);
            }
            lines.extend(block);
        }
    }
}

/// Whether a review of the card now counts: one that is not due yet is practice, its schedule stays as it is.
fn counts(desk: &Desk<'_>, card: &Card, now: Moment) -> bool {
    desk.state(card).due().is_none_or(|due| due.is_due(now))
}

/// The row of grades with the intervals they give.
#[must_use]
pub fn grades(intervals: Option<[Interval; 4]>, proposed: Option<Grade>) -> Vec<(Grade, String, bool)> {
    let with = |(index, grade): (usize, Grade)| {
        let interval = intervals.map_or_else(String::new, |all| all[index].to_string());
        (grade, interval, proposed == Some(grade))
    };
    Grade::ALL.into_iter().enumerate().map(with).collect()
}
