//! The question on the table: keys, text and the mouse go to it, and what it has no use for scrolls.

use super::LONGEST;
use crate::app::asking::{self, Asking, Outcome};
use crate::app::command::Do;
use crate::app::list::scroll;
use crate::app::{Effect, Model, Tab, layout};
use crate::config::key::Key;

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
