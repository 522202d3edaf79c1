//! `sysdrill sync DIR`: merges with other machines through a folder.

use serde_json::json;

use super::args::Sync;
use super::place::Place;
use super::{Failure, print, print_json, tell};

/// Merges, and says what came of it. A file that has not arrived whole is no failure: it is read the next time.
pub(super) fn run(place: &Place, verb: &Sync) -> Result<(), Failure> {
    place.tell_problems();
    let done = place.store()?.sync(&verb.folder)?;
    if verb.json {
        let left: Vec<_> = done
            .left
            .iter()
            .map(|(path, why)| json!({ "file": path.display().to_string(), "why": why }))
            .collect();
        return print_json(&json!({
            "machine": done.machine,
            "renamed": done.renamed,
            "others": done.others,
            "received": done.received,
            "cards": done.cards,
            "sent": done.sent,
            "marks": done.marks,
            "unknown": done.unknown,
            "differing": done.differing,
            "left": left,
        }));
    }
    for (path, why) in &done.left {
        tell(&format!("{}: {why}. It is left for the next time.", path.display()));
    }
    if done.unknown > 0 {
        tell(&format!(
            "{} were written by a newer sysdrill. They stay in the folder until this one is as new.",
            count(done.unknown, "event")
        ));
    }
    if done.differing > 0 {
        tell(&format!(
            "{} of the same name say something else there; this log keeps its own.",
            count(done.differing, "event")
        ));
    }
    if done.renamed {
        print(
            "name       this machine has a new one: its database is a copy, or was put back from a backup",
        )?;
    }
    print(&format!("machines   this one, and {} in the folder", count(u64::from(done.others), "other")))?;
    print(&format!("received   {}, {}", count(done.received, "event"), count(done.marks, "mark")))?;
    print(&format!("sent       {}", count(done.sent, "event")))?;
    if done.cards > 0 {
        print(&format!("cards      {} derived anew", done.cards))?;
    }
    Ok(())
}

fn count(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
