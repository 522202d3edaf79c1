//! `sysdrill doctor`: is everything in its place and sound?

use serde_json::json;

use super::args::Doctor;
use super::place::Place;
use super::{Failure, print, print_json};

/// Looks through the data directory; `--rebuild` derives where all cards stand from the log again.
pub(super) fn run(place: &Place, verb: &Doctor) -> Result<(), Failure> {
    place.tell_problems();
    let store = place.store_if_any()?;
    let exists = store.is_some();
    let (mut found, mut rebuilt) = (Vec::new(), None);
    if let Some(mut store) = store {
        found = store.verify()?;
        if verb.rebuild {
            rebuilt = Some(store.rebuild()?.len());
            found = store.verify()?;
        }
    }
    if verb.json {
        print_json(&json!({
            "data": place.paths.data.display().to_string(),
            "settings": place.paths.settings.display().to_string(),
            "database": exists,
            "findings": found,
            "rebuilt_differences": rebuilt,
        }))?;
    } else {
        print(&format!("data       {}", place.paths.data.display()))?;
        print(&format!("settings   {}", place.paths.settings.display()))?;
        print(if exists {
            "database   there"
        } else {
            "database   none yet: it is made with the first answer"
        })?;
        if let Some(differences) = rebuilt {
            print(&format!("rebuilt    {differences} cards stood otherwise than the log says"))?;
        }
        for finding in &found {
            print(&format!("found      {finding}"))?;
        }
        match (found.is_empty(), place.problems.len()) {
            (true, 0) => print("all well")?,
            (true, count) => {
                print(&format!("the settings have {count} problems, named above; all else is well"))?;
            }
            (false, _) => {}
        }
    }
    if found.is_empty() && place.problems.is_empty() { Ok(()) } else { Err(Failure::Silent) }
}
