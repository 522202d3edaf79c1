//! `sysdrill deck new`: a new card in a deck of one's own.
//!
//! It asks the few things that every card has, puts a card with all its fields behind those that are there, opens the
//! editor at it, and looks the file through when the editor is closed. Where nobody can be asked, what is needed comes as
//! options and no editor opens.

use std::io::{BufRead, IsTerminal, Write, stdin, stdout};
use std::path::Path;
use std::process::Command;

use super::check;
use crate::cli::args::NewCard;
use crate::cli::place::Place;
use crate::cli::{Failure, print, shown, tell, usage};
use crate::config::problem::suggest;
use crate::deck::KINDS;
use crate::deck::template::New;
use crate::term::{self, new_card};

/// Adds a card to the learner's deck of a topic.
pub(super) fn run(place: &Place, verb: &NewCard) -> Result<(), Failure> {
    let slug = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if verb.topic.is_empty() || !verb.topic.chars().all(slug) {
        return usage(format!(
            "'{}' is no topic's name: it is made of small letters, digits and hyphens",
            verb.topic
        ));
    }
    let asks = stdin().is_terminal() && stdout().is_terminal();
    let kind = match &verb.kind {
        Some(kind) => kind.clone(),
        None if asks => prompt(&format!("kind ({}; Enter is basic): ", KINDS.join(", ")))?,
        None => String::new(),
    };
    let kind = if kind.is_empty() { "basic" } else { kind.as_str() };
    if !KINDS.contains(&kind) {
        return usage(format!("no kind of card is called '{kind}': {}", suggest(kind, &KINDS)));
    }
    let question = match &verb.question {
        Some(question) => question.clone(),
        None if asks && kind == "cloze" => prompt("text, with {{gaps}} in it: ")?,
        None if asks => prompt("question: ")?,
        None => return usage("without a terminal the question comes with --question".to_string()),
    };
    let answer = match &verb.answer {
        None if asks && matches!(kind, "basic" | "choice") => {
            Some(prompt("answer: ")?).filter(|answer| !answer.is_empty())
        }
        answer => answer.clone(),
    };
    let library = place.library();
    let id = match &verb.id {
        Some(id) if !id.is_empty() && id.chars().all(slug) => id.clone(),
        Some(_) => return usage("an id is made of small letters, digits and hyphens".to_string()),
        None => library.fresh_id(&verb.topic, &question),
    };
    if library.has_card(&verb.topic, &id) {
        return usage(format!("'{}.{id}' is a card already: take another --id", verb.topic));
    }
    let path = place.paths.data.join("decks").join(format!("{}.toml", verb.topic));
    let new = New { id: &id, kind, question: &question, answer: answer.as_deref() };
    let line = new_card::add(&path, &library, &verb.topic, &new).map_err(anyhow::Error::from)?;
    print(&format!("{}.{id} is in {} at line {line}", verb.topic, shown(&path.display().to_string())))?;
    edit(place, &path, line, asks && !verb.no_edit)
}

/// Opens the editor, then says what is wrong, as often as the learner wants.
fn edit(place: &Place, path: &Path, mut line: usize, asks: bool) -> Result<(), Failure> {
    loop {
        if asks {
            open(place, path, line)?;
        }
        let looked = check::look(path)?;
        check::tell(&looked)?;
        let Some(first) = looked.problems.first() else { return Ok(()) };
        line = first.line;
        if !asks || prompt("Enter edits again, q leaves it as it is: ")? == "q" {
            return Err(Failure::Silent);
        }
    }
}

fn open(place: &Place, path: &Path, line: usize) -> Result<(), Failure> {
    let from = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    let editor = place.settings.editor.clone().or_else(|| from("VISUAL")).or_else(|| from("EDITOR"));
    let mut words = term::editor_command(&editor.unwrap_or_default(), path, line).into_iter();
    let Some(program) = words.next() else {
        tell("no editor is known: set EDITOR, or 'editor' in the settings");
        return Ok(());
    };
    match Command::new(&program).args(words).status() {
        Ok(status) if status.success() => {}
        Ok(status) => tell(&format!("{} ended with {status}", program.display())),
        Err(error) => tell(&format!("{} did not start: {error}", program.display())),
    }
    Ok(())
}

/// A line of the terminal; the end of the input is an answer of nothing.
fn prompt(text: &str) -> Result<String, Failure> {
    let mut out = stdout().lock();
    write!(out, "{text}")?;
    out.flush()?;
    let mut line = String::new();
    stdin().lock().read_line(&mut line)?;
    Ok(line.trim().to_string())
}
