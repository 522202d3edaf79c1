//! The command line: everything that the screens do, without a screen. One file a verb.
//!
//! Exit codes: 0 done, 1 the thing failed, 2 wrong use (an unknown name, a value out of range). Results go to
//! standard output, everything else to standard error; a reader that closes the pipe early is no error.

mod about;
mod args;
mod backup;
mod calc;
mod check;
mod decide;
mod deck;
mod demo;
mod doctor;
mod drill;
mod due;
mod grade;
mod optimize;
mod place;
mod read;
mod screen;
mod search;
mod stats;
mod sync;

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write as _};

use clap::Parser;

use crate::config::problem::Problem;
use crate::doc;

use args::{Arguments, Verb};
use place::Place;

/// Why a command did not do what was asked.
#[derive(Debug)]
pub enum Failure {
    /// Wrong use: exit code 2.
    Usage(String),
    /// The thing failed: exit code 1.
    Failed(anyhow::Error),
    /// It failed and has said all there is to say: exit code 1.
    Silent,
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Failure {
        Failure::Failed(error.into())
    }
}

/// Wrong use, with a sentence on what to do.
pub(crate) fn usage<T>(message: impl Into<String>) -> Result<T, Failure> {
    Err(Failure::Usage(message.into()))
}

/// Runs the program and gives its exit code.
#[must_use]
pub fn main() -> u8 {
    // The plain start and a plain calculation need no parser, which takes a tenth of the time to the first frame.
    let result = match calc::plain(std::env::args_os().skip(1)) {
        Some(verb) => calc::run(&verb),
        None if std::env::args_os().len() <= 1 => run(Arguments::default()),
        None => run(Arguments::parse()),
    };
    match result {
        Ok(()) => 0,
        Err(Failure::Usage(message)) => {
            tell(&message);
            2
        }
        Err(Failure::Silent) => 1,
        Err(Failure::Failed(error)) if is_broken_pipe(&error) => 0,
        Err(Failure::Failed(error)) => {
            tell(&format!("{error:#}"));
            1
        }
    }
}

fn run(arguments: Arguments) -> Result<(), Failure> {
    // A calculation has no place: it reads neither settings nor data.
    if let Some(Verb::Calc(verb)) = &arguments.verb {
        return calc::run(verb);
    }
    let place = Place::find(&arguments)?;
    match arguments.verb {
        None => screen::today(&place),
        Some(Verb::Read(verb)) => read::run(&place, &verb),
        Some(Verb::Search(verb)) => search::run(&place, &verb),
        Some(Verb::Demo(verb)) => demo::run(&place, &verb),
        Some(Verb::Drill(verb)) => drill::run(&place, &verb),
        Some(Verb::Study(verb)) => drill::study(&place, &verb),
        Some(Verb::Due(verb)) => due::run(&place, &verb),
        Some(Verb::Grade(verb)) => grade::run(&place, &verb),
        Some(Verb::Undo(verb)) => grade::undo(&place, &verb),
        Some(Verb::Calc(verb)) => calc::run(&verb),
        Some(Verb::Completions(verb)) => about::completions(&verb),
        Some(Verb::Man) => about::man(),
        Some(Verb::Deck(verb)) => deck::run(&place, &verb),
        Some(Verb::Decide(verb)) => decide::run(&place, &verb),
        Some(Verb::Stats(verb)) => stats::run(&place, &verb),
        Some(Verb::Optimize(verb)) => optimize::run(&place, &verb),
        Some(Verb::Check(verb)) => check::run(&place, &verb),
        Some(Verb::Doctor(verb)) => doctor::run(&place, &verb),
        Some(Verb::Sync(verb)) => sync::run(&place, &verb),
        Some(Verb::Backup(verb)) => backup::run(&place, &verb),
        Some(Verb::Restore(verb)) => backup::restore(&place, &verb),
    }
}

/// Says something on standard error, under the program's name.
pub(crate) fn tell(message: &str) {
    complain(&format!("sysdrill: {message}"));
}

/// Says something on standard error that names its own place.
pub(crate) fn complain(message: &str) {
    // Where standard error is closed there is nobody to tell.
    let _ = writeln!(io::stderr(), "{}", shown(message));
}

/// Prints a text and a line break on standard output.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    print_styled(&shown(text))
}

/// The same for a text with colours of ours in it: what is not ours in it has to be clean already.
pub(crate) fn print_styled(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    writeln!(out, "{}", text.trim_end_matches('\n'))?;
    out.flush()?;
    Ok(())
}

/// Prints a value as one line of JSON.
pub(crate) fn print_json(value: &serde_json::Value) -> Result<(), Failure> {
    print(&escaped(&value.to_string()))
}

/// A problem of a file: stable, see docs/json.md.
pub(crate) fn problem_json(problem: &Problem) -> serde_json::Value {
    serde_json::json!({
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "message": problem.message,
        "help": problem.help,
    })
}

/// A text as a terminal may have it. Names of files, and what a message quotes of a file, may hold escape sequences:
/// these are shown, as on a page. Line breaks stay.
pub(crate) fn shown(text: &str) -> Cow<'_, str> {
    if !text.contains('\n') {
        return doc::clean(text);
    }
    let lines: Vec<Cow<'_, str>> = text.split('\n').map(doc::clean).collect();
    Cow::Owned(lines.join("\n"))
}

/// JSON of the same value without such characters: as `\u202e` they are data and act on nothing.
fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if let Cow::Borrowed(_) = doc::clean(c.encode_utf8(&mut [0; 4])) {
            text.push(c);
        } else {
            let _ = write!(text, "\\u{:04x}", u32::from(c));
        }
    }
    text
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_says_the_same_without_control_characters() {
        let wrong = "a\u{1b}]52;c;x\u{7}\u{9b}31m\u{7f}\u{202e}\u{2066}\u{ad}\u{2028}日本 \"é\"\n";
        let value = serde_json::json!({ wrong: [wrong, 1.5, null] });
        let text = escaped(&value.to_string());
        assert_eq!(doc::clean(&text), text, "nothing in it is left to be shown as a symbol");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).ok(), Some(value));
        assert!(text.contains("日本") && text.contains("\\u009b"), "{text}");
    }

    #[test]
    fn lines_stay_lines() {
        assert_eq!(shown("a\u{1b}[1m\nb\u{202e}\n"), "a␛[1m\nb\u{fffd}\n");
        assert_eq!(shown("plain\ntext"), "plain\ntext");
    }
}
