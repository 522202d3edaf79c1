//! Syncing with other machines from the screen: the folder is set, or asked for once; the merge runs beside the loop, and
//! what came of it is one line. Nobody waits for it: answers go on being given and saved meanwhile.

use super::form::{Form, Purpose, Row};
use super::progress::words;
use super::{Effect, Model, Notice, Overlay, aims};
use crate::store::Synced;

/// The folder that is set: in the settings, else as it was named here.
fn folder(model: &Model) -> Option<String> {
    model.settings.sync.clone().or_else(|| model.learned.aims.sync.clone())
}

/// Syncs through the folder that is known; asks for one where none is.
pub(super) fn ask(model: &mut Model) -> Vec<Effect> {
    match folder(model) {
        Some(folder) => begin(model, folder),
        None => open(model),
    }
}

/// Asks for the folder.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    if let Some(folder) = &model.settings.sync {
        let text = format!("The settings name the folder: sync = \"{folder}\".");
        model.say(text);
        return Vec::new();
    }
    let known = folder(model).unwrap_or_default();
    let form = Form::new(Purpose::Sync, "Sync with other machines", vec![Row::text("Folder", &known)]);
    model.overlay = Some(Overlay::Form(Box::new(form)));
    says(model);
    Vec::new()
}

/// Says what the form comes to.
pub(super) fn says(model: &mut Model) {
    let Some(Overlay::Form(form)) = &mut model.overlay else { return };
    form.says = match form.text(0).trim() {
        "" => "A folder that something carries to your other machines: a synced folder, a git repository, a stick. It \
               is asked for once; nothing goes over the network by itself."
            .to_string(),
        _ => "It has to be there. Each machine writes only files of its own in it.".to_string(),
    };
}

/// Enter: keeps the folder and syncs.
pub(super) fn go(model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::Form(form)) = &model.overlay else { return Vec::new() };
    let folder = form.text(0).trim().to_string();
    if folder.is_empty() {
        return Vec::new();
    }
    model.overlay = None;
    let mut effects = vec![Effect::Note(aims::SYNC, folder.clone())];
    effects.extend(begin(model, folder));
    effects
}

fn begin(model: &mut Model, folder: String) -> Vec<Effect> {
    if std::mem::replace(&mut model.syncing, true) {
        model.say("It is syncing already.");
        return Vec::new();
    }
    model.say(format!("Syncing through {folder}."));
    vec![Effect::Sync(folder)]
}

/// What came of it, or why nothing did.
pub(super) fn done(model: &mut Model, done: Result<Box<Synced>, String>) -> Vec<Effect> {
    model.syncing = false;
    model.notice = Some(match done {
        Ok(synced) => Notice { text: said(&synced), bad: false },
        Err(why) => Notice { text: format!("Not synced: {why}"), bad: true },
    });
    Vec::new()
}

/// What came of it in a line: what is new first, then what waits.
fn said(synced: &Synced) -> String {
    let number = |count: u64| words::number(i64::try_from(count).unwrap_or(i64::MAX));
    let many =
        |count: u64, what: &str| format!("{} {what}{}", number(count), if count == 1 { "" } else { "s" });
    let others = match synced.others {
        0 => "no other machine yet".to_string(),
        others => many(u64::from(others), "other machine"),
    };
    let news = match (synced.received, synced.marks, synced.sent) {
        (0, 0, 0) => "nothing new".to_string(),
        (0, 0, sent) => format!("{} sent", many(sent, "event")),
        (received, 0, sent) => format!("{} received, {} sent", many(received, "event"), number(sent)),
        (received, marks, sent) => {
            let (received, marks) = (many(received, "event"), many(marks, "mark"));
            format!("{received} and {marks} received, {} sent", number(sent))
        }
    };
    let mut text = format!("Synced with {others}: {news}.");
    if synced.renamed {
        text.push_str(" This machine has a new name there: its database is a copy, or was put back.");
    }
    if !synced.left.is_empty() {
        let files = many(synced.left.len() as u64, "file");
        text.push_str(&format!(" {files} not whole yet: left for the next time."));
    }
    if synced.unknown > 0 {
        text.push_str(&format!(" {} of a newer sysdrill wait for it.", many(synced.unknown, "event")));
    }
    if synced.differing > 0 {
        text.push_str(&format!(" {} differ; this log keeps its own.", many(synced.differing, "event")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_of_it_is_one_line() {
        let check = |synced: Synced, expected: &str| assert_eq!(said(&synced), expected);
        check(Synced::default(), "Synced with no other machine yet: nothing new.");
        check(
            Synced { sent: 1_200, ..Synced::default() },
            "Synced with no other machine yet: 1,200 events sent.",
        );
        check(
            Synced { others: 2, received: 12, sent: 3, ..Synced::default() },
            "Synced with 2 other machines: 12 events received, 3 sent.",
        );
        let left = vec![("a".into(), "cut".to_string())];
        check(
            Synced { others: 1, marks: 1, left, unknown: 2, ..Synced::default() },
            "Synced with 1 other machine: 0 events and 1 mark received, 0 sent. 1 file not whole yet: left for the next \
             time. 2 events of a newer sysdrill wait for it.",
        );
    }
}
