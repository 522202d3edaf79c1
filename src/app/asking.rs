//! A question being answered: what was typed or picked so far, and what came of it. The Drill screen and
//! the card blocks of pages use the same.

use std::sync::Arc;

use crate::config::key::Key;
use crate::deck::{self, Card, Kind};
use crate::doc::{self, Ink, Layout, Line, Span, Style};
use crate::drill::{self, Answer, Asked, Given, Variant, Verdict};
use crate::lab::Unit;
use crate::memory::{EventId, Grade, Interval, Moment, Review, ReviewKind, Scheduler};

use super::command::{Context, Do};
use super::field::Field;
use super::learned::Learned;
use super::player::{PlacedBet, Player};

/// A question being answered.
#[derive(Clone, Debug)]
pub struct Asking {
    /// The question.
    pub asked: Asked,
    /// The bet as typed.
    pub field: Field,
    /// The options picked, as places in the order shown.
    pub picked: Vec<usize>,
    /// What the learner answered.
    pub answer: Answer,
    /// What came of it.
    pub verdict: Option<Verdict>,
    /// Why what was typed is no answer.
    pub error: Option<String>,
    /// The grade it got, in a page, and the answer that was saved for it.
    pub graded: Option<(Grade, EventId)>,
    started: Option<Moment>,
}

/// What a command did to a question.
#[derive(Debug)]
pub enum Outcome {
    /// Nothing that others need to know.
    Nothing,
    /// It was answered.
    Answered,
    /// It was graded: to be saved.
    Graded(Box<Review>),
}

/// A line of a question, and what it can be clicked for.
#[derive(Clone, Debug, Default)]
pub struct CardLine {
    /// What it says.
    pub line: Line,
    /// The option it belongs to, as a place in the order shown.
    pub option: Option<usize>,
    /// Whether the bet is typed here, and from which cell on.
    pub field: Option<u16>,
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
            asked,
            field: Field::line(),
            picked: Vec::new(),
            answer: Answer::Shown,
            verdict: None,
            error: None,
            graded: None,
            started: None,
        }
    }

    /// Starts the clock of this question, if it does not run.
    pub fn start(&mut self, now: Moment) {
        self.started.get_or_insert(now);
    }

    /// From the question to now, in milliseconds.
    #[must_use]
    pub fn took(&self, now: Moment) -> u64 {
        self.started.map_or(0, |started| now.millis_since(started))
    }

    /// Whether it asks for a number before a demo runs.
    #[must_use]
    pub fn is_bet(&self) -> bool {
        matches!(self.asked.variant, Variant::Bet(_))
    }

    /// Where its keys work.
    #[must_use]
    pub fn contexts(&self) -> Vec<Context> {
        match (&self.verdict, self.is_bet()) {
            (Some(_), _) => vec![Context::Verdict],
            (None, true) => vec![Context::Field],
            (None, false) => vec![Context::Question],
        }
    }

    /// Types a key: a part of the bet, or the letter of an option.
    pub fn typed(&mut self, key: Key) {
        if self.verdict.is_some() {
            return;
        }
        self.error = None;
        match &self.asked.variant {
            Variant::Bet(_) => {
                self.field.key(key);
            }
            Variant::Pick { order, many } => {
                let (count, many) = (order.len(), *many);
                let letter = key.typed().map(|c| c.to_ascii_lowercase()).filter(char::is_ascii_lowercase);
                let Some(place) = letter.map(|c| usize::from(c as u8 - b'a')).filter(|&place| place < count)
                else {
                    return;
                };
                if !many {
                    self.picked = vec![place];
                    self.reveal();
                } else if let Some(at) = self.picked.iter().position(|&picked| picked == place) {
                    self.picked.remove(at);
                } else {
                    self.picked.push(place);
                }
            }
            _ => {}
        }
    }

    /// Pastes into the bet.
    pub fn paste(&mut self, text: &str) {
        if self.is_bet() && self.verdict.is_none() {
            self.field.insert(text.trim());
        }
    }

    /// Shows the answer. Returns whether it is shown: a bet has to be a number first.
    pub fn reveal(&mut self) -> bool {
        self.answer = match &self.asked.variant {
            Variant::Bet(bet) if self.field.text().trim().is_empty() => {
                self.error = Some(format!("Commit to a number first, in {}.", unit_name(bet.unit)));
                return false;
            }
            Variant::Bet(bet) => match drill::parse_bet(self.field.text(), bet.unit) {
                Ok(number) => Answer::Bet(number),
                Err(why) => {
                    self.error = Some(why.to_string());
                    return false;
                }
            },
            Variant::Pick { .. } if !self.picked.is_empty() => Answer::Picked(self.picked.clone()),
            _ => Answer::Shown,
        };
        let mut verdict = drill::judge(&self.asked, &self.answer);
        // Who asks to see the options' truth without picking did not know it.
        if matches!(self.asked.variant, Variant::Pick { .. }) && self.answer == Answer::Shown {
            verdict.suggested = Grade::Again;
        }
        self.verdict = Some(verdict);
        true
    }

    /// The grade that Enter gives.
    #[must_use]
    pub fn proposed(&self) -> Option<Grade> {
        self.verdict.as_ref().map(|verdict| verdict.suggested)
    }

    /// Does what a command says to a question in a page. `fresh` is a number that no other review has.
    pub fn act(
        &mut self,
        does: Do,
        scheduler: &Scheduler,
        learned: &Learned,
        now: Moment,
        fresh: u64,
    ) -> Outcome {
        self.start(now);
        let grade = match (does, &self.verdict) {
            (Do::Reveal | Do::Enter, None) => {
                return if self.reveal() { Outcome::Answered } else { Outcome::Nothing };
            }
            (Do::Grade(grade), Some(_)) => grade,
            (Do::GradeProposed | Do::Enter, Some(verdict)) => verdict.suggested,
            _ => return Outcome::Nothing,
        };
        if self.graded.is_some() {
            return Outcome::Nothing;
        }
        let id = &self.asked.card.id;
        let before = learned.state(&id.0);
        // A card that is not due yet is practice: its schedule stays as it is.
        let due = before.due().is_none_or(|due| due.is_due(now));
        let given = Given {
            grade,
            answer: self.answer.logged(&self.asked),
            at: now,
            took_millis: self.took(now),
            kind: if due { ReviewKind::Scheduled } else { ReviewKind::Practice },
            seed: self.asked.seed,
            fresh,
        };
        let rules = Arc::new(scheduler.rules().clone());
        let review = drill::review(id, &before, given, scheduler, &rules);
        self.graded = Some((grade, review.id.clone()));
        Outcome::Graded(Box::new(review))
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
        let mut lines = Vec::new();
        markdown(&self.asked.question, width, &mut lines);
        match &self.asked.variant {
            Variant::Pick { order, .. } => {
                blank(&mut lines);
                self.options(order, width, &mut lines);
            }
            Variant::Bet(bet) => {
                blank(&mut lines);
                self.bet(bet.unit, &mut lines);
            }
            Variant::Broken { why } => {
                blank(&mut lines);
                text(why, width, Style::ink(Ink::Warn), &mut lines);
            }
            _ => {
                if self.verdict.is_some() {
                    blank(&mut lines);
                    markdown(&deck::back(&self.asked.card), width, &mut lines);
                }
            }
        }
        if let Some(error) = &self.error {
            text(error, width, Style::ink(Ink::Warn), &mut lines);
        }
        if self.verdict.is_some() && !self.asked.card.why.trim().is_empty() {
            blank(&mut lines);
            markdown(&self.asked.card.why, width, &mut lines);
        }
        lines
    }

    fn options(&self, order: &[usize], width: usize, lines: &mut Vec<CardLine>) {
        let Kind::Choice { options } = &self.asked.card.kind else { return };
        for (place, &option) in order.iter().enumerate() {
            let Some(option) = options.get(option) else { continue };
            let picked = self.picked.contains(&place);
            let letter = char::from(b'a' + u8::try_from(place).unwrap_or(25).min(25));
            let judged = self.verdict.as_ref().map(|_| option.right);
            // The mark says whether it is right, the brackets whether it was picked.
            let (mark, ink) = match judged {
                Some(true) => ("✓", Ink::Good),
                Some(false) if picked => ("✗", Ink::Bad),
                Some(false) => (" ", Ink::Dim),
                None if picked => ("●", Ink::Link),
                None => (" ", Ink::Dim),
            };
            let mut block = Vec::new();
            markdown(&option.text, width.saturating_sub(6).max(1), &mut block);
            if judged == Some(false) && !option.why.is_empty() {
                let start = block.len();
                markdown(&option.why, width.saturating_sub(6).max(1), &mut block);
                for line in &mut block[start..] {
                    line.line.spans.iter_mut().for_each(|span| span.style.ink = Ink::Dim);
                }
            }
            for (index, mut line) in block.into_iter().enumerate() {
                let lead = if index == 0 {
                    let letter = if picked { format!("[{letter}]") } else { format!(" {letter} ") };
                    let bold = Style { bold: true, ..Style::ink(Ink::Link) };
                    vec![
                        Span { text: letter, style: bold },
                        Span { text: format!(" {mark} "), style: Style::ink(ink) },
                    ]
                } else {
                    vec![Span { text: "      ".to_string(), style: Style::default() }]
                };
                line.line.spans.splice(0..0, lead);
                line.option = Some(place);
                lines.push(line);
            }
        }
    }

    fn bet(&self, unit: Unit, lines: &mut Vec<CardLine>) {
        let label = "your bet  ";
        let Some(verdict) = &self.verdict else {
            let field = Some(u16::try_from(label.len()).unwrap_or(0));
            let span = |text: &str, ink| Span { text: text.to_string(), style: Style::ink(ink) };
            let line = Line { spans: vec![span(label, Ink::Dim)] };
            lines.push(CardLine { line, field, option: None });
            return;
        };
        let mut row = |name: &str, value: String, ink: Ink, note: &str| {
            let bold = Style { bold: true, ..Style::ink(ink) };
            let mut spans = vec![
                Span { text: format!("{name:<10}"), style: Style::ink(Ink::Dim) },
                Span { text: value, style: bold },
            ];
            if !note.is_empty() {
                spans.push(Span { text: format!("   {note}"), style: Style::ink(Ink::Dim) });
            }
            lines.push(CardLine { line: Line { spans }, ..CardLine::default() });
        };
        row("the run", verdict.shown.clone().unwrap_or_else(|| "-".into()), Ink::Text, "");
        if let Answer::Bet(number) = self.answer {
            let ink = match verdict.right {
                Some(true) => Ink::Good,
                Some(false) => Ink::Bad,
                None => Ink::Text,
            };
            row("you bet", unit.show(number), ink, verdict.off_by.as_deref().unwrap_or_default());
        }
    }
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

/// What a bet is typed in, for people.
#[must_use]
pub fn unit_name(unit: Unit) -> &'static str {
    match unit {
        Unit::Share => "percent",
        Unit::Count => "a count",
        Unit::Ratio => "a ratio",
        Unit::PerSecond => "per second",
        Unit::Seconds => "seconds",
        Unit::Millis => "milliseconds",
    }
}

/// The sign behind the field in which a bet is typed.
#[must_use]
pub fn unit_sign(unit: Unit) -> &'static str {
    match unit {
        Unit::Share => "%",
        Unit::Count | Unit::Ratio => "",
        Unit::PerSecond => "/s",
        Unit::Seconds => "s",
        Unit::Millis => "ms",
    }
}

/// Adds the lines of a text in Markdown.
pub(super) fn markdown(source: &str, width: usize, lines: &mut Vec<CardLine>) {
    let document = doc::parse(source);
    let page = doc::layout(&document, &Layout::new(u16::try_from(width).unwrap_or(u16::MAX)));
    lines.extend(page.lines.into_iter().map(|line| CardLine { line, ..CardLine::default() }));
}

/// Adds the lines of a plain text.
pub(super) fn text(source: &str, width: usize, style: Style, lines: &mut Vec<CardLine>) {
    for part in doc::wrap_text(source, width) {
        let line = Line { spans: vec![Span { text: part, style }] };
        lines.push(CardLine { line, ..CardLine::default() });
    }
}

/// Adds an empty line.
pub(super) fn blank(lines: &mut Vec<CardLine>) {
    lines.push(CardLine::default());
}
