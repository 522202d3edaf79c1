//! `sysdrill deck check`: is a deck file sound? Every mistake with its line, and a caret under its place.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::cli::{Failure, complain, print, print_json, problem_json};
use crate::config::problem::Problem;
use crate::deck;
use crate::term::file;

/// A deck file that was looked through.
pub(super) struct Looked {
    /// Its name as the learner would say it.
    pub(super) file: String,
    /// How many of its cards can be asked.
    pub(super) cards: usize,
    /// What is wrong with it.
    pub(super) problems: Vec<Problem>,
}

/// Looks through deck files and tells what is wrong.
pub(super) fn run(files: &[PathBuf], as_json: bool) -> Result<(), Failure> {
    let looked = files.iter().map(|file| look(file)).collect::<Result<Vec<_>, _>>()?;
    if as_json {
        let decks: Vec<_> = looked
            .iter()
            .map(|deck| {
                let problems: Vec<_> = deck.problems.iter().map(problem_json).collect();
                json!({ "file": deck.file, "cards": deck.cards, "problems": problems })
            })
            .collect();
        print_json(&json!(decks))?;
    } else {
        for deck in &looked {
            tell(deck)?;
        }
    }
    if looked.iter().all(|deck| deck.problems.is_empty()) { Ok(()) } else { Err(Failure::Silent) }
}

/// Reads a deck file.
pub(super) fn look(path: &Path) -> Result<Looked, Failure> {
    let text = file::read_named(path).map_err(anyhow::Error::from)?;
    let (deck, mut problems) = deck::parse(&text.file.name, &text.file.text);
    if let Some(flaw) = text.flaw {
        problems.insert(0, Problem::at(&text.file.name, "", 1, 0, flaw));
    }
    Ok(Looked { file: text.file.name, cards: deck.cards.len(), problems })
}

/// Tells what is wrong with a deck, and how much of it is sound.
pub(super) fn tell(deck: &Looked) -> Result<(), Failure> {
    for problem in &deck.problems {
        complain(&problem.to_string());
    }
    let cards = match deck.cards {
        1 => "1 card".to_string(),
        count => format!("{count} cards"),
    };
    print(&match deck.problems.len() {
        0 => format!("{}: {cards}, all well", deck.file),
        1 => format!("{}: 1 problem; {cards} can be asked", deck.file),
        count => format!("{}: {count} problems; {cards} can be asked", deck.file),
    })
}
