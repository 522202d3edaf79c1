//! The Envelope: one sheet, saved as it is typed.

use super::command::Do;
use super::sheet::Edited;
use super::{Effect, Model, Tab};
use crate::config::key::Key;

/// The first sheet that a learner sees: a worked estimate to change.
pub const FIRST_SHEET: &str = "\
# How many writes a second is 500 million posts a day?
posts  = 500 million posts/day
writes = posts in posts/s
peak   = writes * 3

# And how much disk in five years, three copies of each?
size    = 1.2 KB/post
storage = posts * size * 5 years * 3
";

/// A command on this screen; nothing where it is none of its.
pub(super) fn run(model: &mut Model, does: Do) -> Option<Vec<Effect>> {
    if does == Do::Leave {
        model.tab = Tab::Today;
        return Some(Vec::new());
    }
    let edited = model.envelope.act(does)?;
    Some(after(model, edited))
}

/// A key that is text, or moves in it.
pub(super) fn typed(model: &mut Model, key: Key) -> Vec<Effect> {
    let edited = model.envelope.typed(key);
    after(model, edited)
}

/// A paste into the sheet.
pub(super) fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    let edited = model.envelope.paste(text);
    after(model, edited)
}

/// Keeps the cursor in sight, and saves what has changed.
fn after(model: &mut Model, edited: Edited) -> Vec<Effect> {
    let height = usize::from(model.frame().body.height).saturating_sub(4);
    model.envelope.show_cursor(height);
    match edited {
        Edited::Changed => vec![Effect::SaveSheet(model.envelope.field.text().to_string())],
        Edited::Same => Vec::new(),
        Edited::NothingToComplete => {
            model.say("Nothing to complete here.");
            Vec::new()
        }
    }
}
