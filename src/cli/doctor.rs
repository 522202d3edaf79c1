//! `sysdrill doctor`: is everything in its place and sound?

use std::collections::HashSet;

use serde_json::json;

use super::args::Doctor;
use super::place::Place;
use super::{Failure, print, print_json};
use crate::store::{FOLLOWS_NOT, Store};

/// How many removed cards are listed by name.
const NAMED: usize = 20;

/// What was found.
#[derive(Default)]
struct Found {
    database: bool,
    findings: Vec<String>,
    rebuilt: Option<usize>,
    /// Cards that were answered or marked and that no deck has any more.
    removed: Vec<String>,
    purged: Option<usize>,
    backups: Vec<String>,
}

/// Looks through the data directory; `--rebuild` derives where all cards stand from the log again, `--purge` gives up
/// the cards that no deck has any more.
pub(super) fn run(place: &Place, verb: &Doctor) -> Result<(), Failure> {
    place.tell_problems();
    let mut found = Found::default();
    if let Some(mut store) = place.store_if_any()? {
        look(place, verb, &mut store, &mut found)?;
    }
    found.backups = Store::backups(&place.paths.data).iter().map(|path| path.display().to_string()).collect();
    if verb.json {
        print_json(&json!({
            "data": place.paths.data.display().to_string(),
            "settings": place.paths.settings.display().to_string(),
            "database": found.database,
            "findings": found.findings,
            "rebuilt_differences": found.rebuilt,
            "removed": found.removed,
            "purged": found.purged,
            "backups": found.backups,
        }))?;
    } else {
        show(place, &found)?;
    }
    if found.findings.is_empty() && place.problems.is_empty() { Ok(()) } else { Err(Failure::Silent) }
}

fn look(place: &Place, verb: &Doctor, store: &mut Store, found: &mut Found) -> Result<(), Failure> {
    found.database = true;
    found.findings = store.verify()?;
    if verb.rebuild {
        found.rebuilt = Some(store.rebuild()?.len());
        found.findings = store.verify()?;
    }
    let library = place.library();
    let there: HashSet<&str> = library.cards().map(|card| card.id.0.as_str()).collect();
    found.removed = store.known_cards()?;
    found.removed.retain(|card| !there.contains(card.as_str()));
    if verb.purge {
        // A card may be missing only because its file cannot be read.
        if let Some(problem) = library.problems.first() {
            let message = format!(
                "nothing was purged: {problem}\n  Mend that first, so that no card goes that is only hidden by it."
            );
            return Err(anyhow::anyhow!(message).into());
        }
        let now = place.clock.now();
        for card in &found.removed {
            store.forget(card, now)?;
        }
        found.purged = Some(found.removed.len());
    }
    Ok(())
}

/// What to do about what was found.
fn cure(found: &Found) -> Option<&'static str> {
    let first = found.findings.first()?;
    Some(if first.ends_with(FOLLOWS_NOT) {
        "`sysdrill doctor --rebuild` derives it from the log again"
    } else if found.backups.is_empty() {
        "there is no backup; `sysdrill deck export FILE.json` saves what can be read"
    } else {
        "`sysdrill restore --newest` puts the newest good backup in place, and keeps this one beside it"
    })
}

fn show(place: &Place, found: &Found) -> Result<(), Failure> {
    print(&format!("data       {}", place.paths.data.display()))?;
    print(&format!("settings   {}", place.paths.settings.display()))?;
    print(if found.database {
        "database   there"
    } else {
        "database   none yet: it is made with the first answer"
    })?;
    if let Some(newest) = found.backups.first() {
        print(&format!("backups    {}, the newest {newest}", found.backups.len()))?;
    }
    if let Some(differences) = found.rebuilt {
        print(&format!("rebuilt    {differences} cards stood otherwise than the log says"))?;
    }
    let count = found.removed.len();
    match found.purged {
        Some(_) => {
            print(&format!("purged     {count} cards that no deck has; their answers stay in the log"))?;
        }
        None if count > 0 => {
            print(&format!("removed    {count} cards that no deck has any more; --purge gives them up:"))?;
            for card in found.removed.iter().take(NAMED) {
                print(&format!("           {card}"))?;
            }
            if count > NAMED {
                print(&format!("           and {} more (all with --json)", count - NAMED))?;
            }
        }
        None => {}
    }
    for finding in &found.findings {
        print(&format!("found      {finding}"))?;
    }
    if let Some(cure) = cure(found) {
        print(&format!("to do      {cure}"))?;
    }
    match (found.findings.is_empty(), place.problems.len()) {
        (true, 0) => print("all well"),
        (true, count) => print(&format!("the settings have {count} problems, named above; all else is well")),
        (false, _) => Ok(()),
    }
}
