//! `sysdrill read`: a page or any Markdown file, on the screen or printed.
//!
//! A name is a topic's before it is a file's, so that no file in the current folder hides a page; `./NAME` is always
//! the file. On a terminal the application opens; into a pipe, or with `--plain`, the same text is printed.

use std::io::{IsTerminal, stdin, stdout};
use std::path::Path;

use super::args::Read;
use super::place::{self, Place};
use super::{Failure, complain, print, screen, tell, usage};
use crate::doc::{self, Printed};
use crate::library::{Library, Topic};
use crate::term;
use crate::term::file::{self, FileError, Text};
use crate::term::watch::folders_stamp;

/// Shows or prints a topic or a Markdown file; lists the topics where none is named.
pub(super) fn run(place: &Place, verb: &Read) -> Result<(), Failure> {
    let on_screen = !verb.plain && stdout().is_terminal();
    if matches!(verb.what.as_deref(), Some("-" | "/dev/stdin")) {
        return input(place, verb, on_screen);
    }
    let on_screen = on_screen && stdin().is_terminal();
    // Before the library is read: what changes from then on is found.
    let seen = folders_stamp(&place.folders());
    let library = place.library();
    let Some(what) = &verb.what else {
        for topic in library.written() {
            print(&format!("{:24} {:3} min  {}", topic.slug, topic.minutes(), topic.title))?;
        }
        return Ok(());
    };
    let Some(topic) = library.topic(what) else {
        let text = match file::read_named(Path::new(what)) {
            Ok(text) => text,
            Err(error) => return refuse(&library, what, error),
        };
        return if on_screen { screen::file(place, text) } else { print_file(place, verb, &text) };
    };
    if topic.page.is_none() {
        return Err(anyhow::anyhow!("'{what}' is planned and not written yet").into());
    }
    if on_screen {
        return screen::topic(place, what, library, seen);
    }
    print_topic(place, verb, topic)
}

/// What came through a pipe, or was typed. On the screen the keys come from the terminal all the same.
fn input(place: &Place, verb: &Read, on_screen: bool) -> Result<(), Failure> {
    let typed = stdin().is_terminal();
    if typed {
        complain("Type or paste Markdown; Ctrl-D at the start of a line ends it.");
    }
    let text = file::read_input()?;
    if !on_screen {
        return print_file(place, verb, &text);
    }
    if !typed && let Err(error) = term::take_input() {
        return usage(format!(
            "standard input is read, and no keys can be: the terminal cannot be opened ({error}). \
             Print it instead with --plain, or read it from a file."
        ));
    }
    screen::file(place, text)
}

/// Neither a topic nor a file that can be read.
fn refuse(library: &Library, what: &str, error: FileError) -> Result<(), Failure> {
    if !matches!(error, FileError::Missing(_)) {
        return Err(error.into());
    }
    let near = place::near_topics(library, what);
    if what.contains(['/', '\\']) || what.ends_with(".md") {
        return Err(anyhow::anyhow!("{error}, and no topic is called so.{near}").into());
    }
    usage(format!("no topic and no file is called '{what}'.{near} `sysdrill read` lists the topics."))
}

fn print_file(place: &Place, verb: &Read, text: &Text) -> Result<(), Failure> {
    if let Some(flaw) = &text.flaw {
        tell(&format!("{}: {flaw}", text.file.name));
    }
    let document = doc::parse_foreign(&text.file.text);
    let printed = Printed { width: verb.width, ascii: place.settings.screen.ascii, links: true };
    print(&doc::plain_with(&document, printed))
}

fn print_topic(place: &Place, verb: &Read, topic: &Topic) -> Result<(), Failure> {
    let Some(page) = &topic.page else { return Ok(()) };
    let mut text = format!("# {}\n\n{}", topic.title, page.body);
    if !page.sources().is_empty() {
        text.push_str("\n\n## Sources\n\n");
        for source in page.sources() {
            let of =
                [source.author.as_str(), source.year.as_str()].into_iter().filter(|part| !part.is_empty());
            let of = of.collect::<Vec<_>>().join(", ");
            text.push_str(&format!("- {of}: *{}*. {}\n", source.title, source.place));
        }
    }
    let printed = Printed { width: verb.width, ascii: place.settings.screen.ascii, links: true };
    print(&doc::plain_with(&doc::parse(&text), printed))
}
