//! `sysdrill check`: does everything hold together?

use std::path::Path;

use anyhow::Context;
use serde_json::json;

use super::args::Check;
use super::place::{self, Place};
use super::{Failure, complain, print, print_json, problem_json};
use crate::library::{self, Library};

/// Checks the built-in content, the learner's own, and a folder.
pub(super) fn run(place: &Place, verb: &Check) -> Result<(), Failure> {
    let mut folders = place.folders();
    if let Some(folder) = &verb.folder {
        place::content_folder(folder)?;
        folders.push(folder.clone());
    }
    if let Some(list) = &verb.coverage {
        return coverage(&Library::load(&folders), list, verb.json);
    }
    let mut checked = library::check(&Library::load(&folders));
    library::check_own_sheets(&folders, &mut checked);
    if verb.json {
        let problems: Vec<_> = checked.problems.iter().map(problem_json).collect();
        print_json(&json!({
            "pages": checked.pages,
            "cards": checked.cards,
            "live_blocks": checked.live,
            "links": checked.links,
            "problems": problems,
            "notes": checked.notes,
            "decisions": checked.decisions,
            "sheets": checked.sheets,
        }))?;
    } else {
        for problem in &checked.problems {
            complain(&problem.to_string());
        }
        for note in &checked.notes {
            print(note)?;
        }
        print(&format!(
            "{} pages, {} cards, {} decisions, {} live blocks, {} sheets, {} links: {}",
            checked.pages,
            checked.cards,
            checked.decisions,
            checked.live,
            checked.sheets,
            checked.links,
            match checked.problems.len() {
                0 => "all well".to_string(),
                1 => "1 problem".to_string(),
                count => format!("{count} problems"),
            }
        ))?;
    }
    if checked.problems.is_empty() { Ok(()) } else { Err(Failure::Silent) }
}

/// Where each section of a list lives: the page on standard output, what is wrong on standard error.
fn coverage(library: &Library, list: &Path, json: bool) -> Result<(), Failure> {
    let text = std::fs::read(list).with_context(|| format!("cannot read {}", list.display()))?;
    let (text, _) = library::decode(text);
    let coverage = library::coverage(library, &list.display().to_string(), &text);
    if json {
        let problems: Vec<_> = coverage.problems.iter().map(problem_json).collect();
        print_json(&json!({ "sections": coverage.owned, "later": coverage.later, "problems": problems }))?;
    } else {
        print(coverage.report.trim_end())?;
        for problem in &coverage.problems {
            complain(&problem.to_string());
        }
    }
    if coverage.problems.is_empty() { Ok(()) } else { Err(Failure::Silent) }
}
