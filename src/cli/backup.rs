//! `sysdrill backup` and `sysdrill restore`.

use serde_json::json;

use super::args::{Backup, Restore};
use super::place::Place;
use super::{Failure, print, print_json, usage};
use crate::store::Store;

/// Copies the database, and says where to.
pub(super) fn run(place: &Place, verb: &Backup) -> Result<(), Failure> {
    let path = Store::backup(&place.paths.data, verb.file.as_deref(), place.clock.now())?;
    if verb.json {
        return print_json(&json!({ "file": path.display().to_string() }));
    }
    print(&format!("backed up to {}", path.display()))
}

/// Puts a backup in the database's place.
pub(super) fn restore(place: &Place, verb: &Restore) -> Result<(), Failure> {
    let data = &place.paths.data;
    let file = match (&verb.file, verb.newest) {
        (Some(file), _) => file.clone(),
        (None, true) => match Store::newest_good_backup(data) {
            Some(file) => file,
            None => {
                let folder = data.join(crate::store::BACKUPS);
                return Err(anyhow::anyhow!("there is no good backup in {}", folder.display()).into());
            }
        },
        (None, false) => return usage("say which backup: a FILE, or --newest"),
    };
    let aside = Store::restore(data, &file, place.clock.now())?;
    if verb.json {
        let aside = aside.map(|path| path.display().to_string());
        return print_json(&json!({ "file": file.display().to_string(), "aside": aside }));
    }
    print(&format!("restored   {}", file.display()))?;
    match aside {
        Some(aside) => print(&format!("put aside  {}", aside.display())),
        None => Ok(()),
    }
}
