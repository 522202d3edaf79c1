//! The Drill: the list of decks, the cards that were set aside, and a session.
//!
//! An answer is handed out as an effect as soon as it is graded. The loop saves it before it draws again, so
//! the next card is never seen before the last answer is on disk; where saving fails the answer is taken
//! back here and the card is on the table again.

mod aside;
mod forms;
mod placing;
mod question;
mod running;
mod start;

pub use aside::{Aside, Row as AsideRow, rows as aside_rows};
pub use placing::{Placing, outcome};
pub use running::{About, Running, card_has_page};
pub use start::{Due, backlog, backlog_of, chosen, due, due_of};

pub(super) use start::backlog_over;

pub(super) use forms::{
    go as go_form, open_backlog, open_estimates, open_minutes, open_quiz, says as form_says,
};
pub(super) use placing::start_placement;
pub(super) use question::{clicked, paste, released, typed, wheel};
pub(super) use running::{edited, marked, not_saved, reread, undone};
pub(super) use start::{
    start_card, start_chosen, start_deck, start_due, start_due_until, start_named, start_quiz,
};

use super::command::{Context, Do};
use super::list::ListState;
use super::{Effect, Mark, Model};
use crate::memory::Grade;

/// No summary is longer, in lines.
const LONGEST: usize = 400;

/// The Drill screen.
#[derive(Default)]
pub struct DrillScreen {
    /// The list: all that is due, then the decks.
    pub list: ListState,
    /// The list of cards that were set aside, while it is shown.
    pub aside: Option<Aside>,
    /// The session that runs.
    pub session: Option<Box<Running>>,
}

impl DrillScreen {
    pub(super) fn contexts(&self) -> Vec<Context> {
        match &self.session {
            None if self.aside.is_some() => vec![Context::Aside, Context::List],
            None => vec![Context::Decks, Context::List],
            Some(running) => match (&running.summary, &running.asking) {
                (Some(_), _) | (None, None) => vec![Context::Summary, Context::List],
                // Where text is typed the commands of a question act by their Alt keys, and nothing scrolls by letters.
                (None, Some(asking)) if asking.is_typed() => asking.contexts(),
                (None, Some(asking)) => asking.contexts().into_iter().chain([Context::List]).collect(),
            },
        }
    }

    /// How far the session is, for the upper right corner.
    #[must_use]
    pub fn place(&self, now: crate::memory::Moment) -> String {
        let Some(running) = &self.session else { return String::new() };
        let done = running.session.answered();
        let all = done + running.session.remaining();
        if running.summary.is_some() {
            return running.title.clone();
        }
        match &running.about {
            // How many come is not known: it depends on the answers.
            About::Placement(placing) => {
                format!("{} of up to {}", placing.answered_count() + 1, crate::drill::QUESTIONS)
            }
            _ => {
                let minutes = match running.session.until() {
                    Some(until) => (until.millis_since(now) as f64 / 60_000.0).ceil(),
                    None => running.session.minutes_left().ceil().max(1.0),
                };
                format!("{} of {all}, {minutes:.0} min", (done + 1).min(all))
            }
        }
    }

    /// Whether something was saved in this session that can be taken back.
    #[must_use]
    pub fn can_undo(&self) -> bool {
        self.session.as_ref().is_some_and(|running| running.can_undo())
    }

    /// The grade that Enter gives.
    #[must_use]
    pub fn proposed(&self) -> Option<Grade> {
        self.session.as_ref()?.asking.as_ref()?.proposed()
    }
}

/// The rows of the list: what is due first, then the decks.
#[must_use]
pub fn rows(model: &Model) -> usize {
    1 + model.library.decks.len()
}

/// A command on this screen; nothing where it is none of its.
pub(super) fn run(model: &mut Model, does: Do) -> Option<Vec<Effect>> {
    let Some(running) = &model.drill.session else {
        return if model.drill.aside.is_some() { aside::run(model, does) } else { run_list(model, does) };
    };
    let over = running.summary.is_some();
    match does {
        Do::Back | Do::Leave => Some(running::stop(model)),
        Do::Undo => Some(running::undo(model)),
        Do::Enter if over => Some(running::read_missed(model)),
        Do::Down | Do::Up if over => Some(choose_missed(model, does)),
        Do::CardPage => Some(running::card_page(model)),
        Do::CardDemo => Some(question::card_demo(model)),
        Do::Flag => Some(running::flag(model)),
        Do::Bury => Some(running::set_aside(model, Mark::Bury)),
        Do::SuspendCard => Some(running::set_aside(model, Mark::Suspend)),
        Do::Edit => Some(running::edit(model)),
        _ if question::worked(model, |asking| asking.work(does)) => Some(Vec::new()),
        Do::Reveal | Do::Enter | Do::GradeProposed | Do::Grade(_) => Some(running::answer(model, does)),
        _ => question::scrolled(model, does).then(Vec::new),
    }
}

/// Takes back the last thing of the log; where a session waits that has saved something, its last step.
pub(super) fn undo_last(model: &mut Model) -> Vec<Effect> {
    if model.drill.can_undo() { running::undo(model) } else { vec![Effect::UndoLast] }
}

/// Moves among the missed cards of the summary; where none was missed it scrolls.
fn choose_missed(model: &mut Model, does: Do) -> Vec<Effect> {
    let missed =
        model.drill.session.as_ref().and_then(|running| Some(running.summary.as_ref()?.missed.len()));
    match (&mut model.drill.session, missed) {
        (Some(running), Some(missed)) if missed > 0 => {
            let next = if does == Do::Down { running.chosen + 1 } else { running.chosen.saturating_sub(1) };
            running.chosen = next.min(missed - 1);
        }
        _ => {
            question::scrolled(model, does);
        }
    }
    Vec::new()
}

fn run_list(model: &mut Model, does: Do) -> Option<Vec<Effect>> {
    let height = usize::from(model.frame().body.height).saturating_sub(4);
    match does {
        Do::Enter => match model.drill.list.chosen.checked_sub(1) {
            None => Some(start_due(model)),
            Some(deck) => {
                let topic = model.library.decks.get(deck)?.topic.clone();
                Some(start_deck(model, &topic))
            }
        },
        Do::Choose => Some(forms::open_chosen(model)),
        Do::Quiz => Some(open_quiz(model)),
        Do::Minutes => Some(open_minutes(model)),
        Do::Undo => Some(undo_last(model)),
        Do::AsideList => {
            model.drill.aside = Some(Aside::default());
            Some(Vec::new())
        }
        _ => {
            let rows = rows(model);
            model.drill.list.act(does, rows, height).then(Vec::new)
        }
    }
}
