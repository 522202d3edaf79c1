//! The question on the table of a session: keys and clicks for it, scrolling it, and the demo behind it.

use super::super::asking::{self, Asking, Outcome};
use super::super::command::{Context, Do};
use super::super::list::scroll;
use super::super::player::Player;
use super::super::{DrillScreen, Effect, Model, Tab, lab, layout};
use super::LONGEST;
use crate::config::key::Key;
use crate::deck::Card;
use crate::drill::Variant;
use crate::lab::{Settings, Spec, demos};
use crate::sim::{Nanos, Seed};

impl DrillScreen {
    /// The question on the table.
    #[must_use]
    pub fn asking(&self) -> Option<&Asking> {
        let running = self.session.as_ref().filter(|running| running.summary.is_none())?;
        running.asking.as_ref()
    }

    /// Whether a demo belongs to the card on the table.
    #[must_use]
    pub fn has_demo(&self) -> bool {
        self.asking().is_some_and(|asking| asking.is_bet() || demo_of(&asking.asked.card).is_some())
    }

    /// The contexts whose keys the help shows first: those that act now, then the others of this screen.
    pub(in crate::app) fn contexts_of_help(&self) -> Vec<Context> {
        use Context as C;
        let mut all = self.contexts();
        all.extend([C::Question, C::Verdict, C::Summary, C::Decks, C::Aside, C::List]);
        let mut here = Vec::new();
        for context in all {
            if !here.contains(&context) {
                here.push(context);
            }
        }
        here
    }

    /// How many options the question on the table has, while it can be picked from.
    #[must_use]
    pub fn options(&self) -> Option<usize> {
        let asking = self.session.as_ref()?.asking.as_ref().filter(|asking| asking.verdict.is_none())?;
        match &asking.asked.variant {
            Variant::Pick { order, .. } => Some(order.len()),
            _ => None,
        }
    }
}

/// Has something done with the question on the table. Says whether it did anything.
pub(super) fn worked(model: &mut Model, work: impl FnOnce(&mut Asking) -> Outcome) -> bool {
    let Some(running) = model.drill.session.as_mut().filter(|running| running.summary.is_none()) else {
        return false;
    };
    let Some(asking) = &mut running.asking else { return false };
    match work(asking) {
        Outcome::Nothing => return false,
        // What came of it is shown from its beginning.
        Outcome::Answered => running.top = 0,
        Outcome::Changed | Outcome::Graded(_) => {}
    }
    true
}

/// Scrolls the question or the summary. Says whether the command scrolls.
pub(super) fn scrolled(model: &mut Model, does: Do) -> bool {
    let body = model.frame().body;
    let Some(running) = &mut model.drill.session else { return false };
    let Some(asking) = running.asking.as_mut().filter(|_| running.summary.is_none()) else {
        // How far there is to go, the drawing knows; it shows the end where this is past it.
        let height = usize::from(body.height);
        let top = scroll(does, running.top, LONGEST + height, height);
        running.top = top.unwrap_or(running.top);
        return top.is_some();
    };
    let place = layout::question(body, asking.verdict.is_some());
    let lines = asking.lines(usize::from(place.text.width.max(1)));
    let pinned = asking::pinned(&lines, usize::from(place.text.height));
    let height = usize::from(place.text.height).saturating_sub(pinned + usize::from(pinned > 0));
    let lines = &lines[..lines.len() - pinned];
    let now = asking::top_of(lines, running.top, asking.looking, height);
    let Some(top) = scroll(does, now, lines.len(), height) else { return false };
    // What is all in sight does not move, and what has the keys keeps them.
    if top != now {
        (running.top, asking.looking) = (top, true);
    }
    true
}

/// The wheel over a question. Says whether there is one: it scrolls, and chooses nothing.
pub(in crate::app) fn wheel(model: &mut Model, does: Do) -> bool {
    model.drill.asking().is_some() && scrolled(model, does)
}

/// A click on a part of the question.
pub(in crate::app) fn clicked(model: &mut Model, part: usize) -> Vec<Effect> {
    worked(model, |asking| asking.click(part));
    Vec::new()
}

/// The mouse button was let go over a part of the question.
pub(in crate::app) fn released(model: &mut Model, part: usize) -> Vec<Effect> {
    if model.tab == Tab::Drill && model.overlay.is_none() {
        worked(model, |asking| asking.release(part));
    }
    Vec::new()
}

/// The demo of a card's topic.
fn demo_of(card: &Card) -> Option<&'static Spec> {
    demos().iter().copied().find(|spec| spec.topics.contains(&card.topic.as_str()))
}

/// The demo behind the card: the run of the bet, or the topic's demo.
pub(super) fn card_demo(model: &mut Model) -> Vec<Effect> {
    let Some(asking) = model.drill.session.as_ref().and_then(|running| running.asking.as_ref()) else {
        return Vec::new();
    };
    let player = asking.player().or_else(|| {
        let spec = demo_of(&asking.asked.card)?;
        Some(Player::new(spec, Seed(7), Settings::defaults(spec)))
    });
    match player {
        Some(mut player) => {
            player.playing = player.run.now() == Nanos::ZERO;
            lab::show(model, player);
        }
        None => model.say("No demo belongs to this card."),
    }
    Vec::new()
}

/// A key that is no command: text, or the letter of an option.
pub(in crate::app) fn typed(model: &mut Model, key: Key) -> Vec<Effect> {
    worked(model, |asking| asking.typed(key));
    Vec::new()
}

/// A paste: into a text and nowhere else.
pub(in crate::app) fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    if let Some(asking) = model.drill.session.as_mut().and_then(|running| running.asking.as_mut()) {
        asking.paste(text);
    }
    Vec::new()
}
