//! Reading the files of the library, on two threads: the first frame waits for it.
//!
//! Files know nothing of each other until all are read, so each can be read wherever there is time. Two threads halve
//! the wait; more would take longer to start than they save.

use super::files::{File, Role};
use super::topic::{self, CoursePath, Topic};
use crate::config::problem::Problem;
use crate::decide::{self, Tree};
use crate::deck::{self, Deck};

/// What a file holds.
pub(super) enum Read {
    Path(CoursePath),
    Page(Topic),
    Deck(Deck),
    /// Nothing where it cannot be walked.
    Tree(Option<Tree>),
    /// It is read when it is wanted.
    Nothing,
}

/// What all files hold, in their order, with what is wrong with each.
pub(super) fn all(files: &[(Role, File)]) -> Vec<(Read, Vec<Problem>)> {
    // Cut where both parts have about the same number of bytes.
    let half = files.iter().map(weight).sum::<usize>() / 2;
    let mut before = 0;
    let at = files.iter().position(|file| {
        before += weight(file);
        before > half
    });
    let (first, second) = files.split_at(at.unwrap_or(files.len()));
    let read = |files: &[(Role, File)]| files.iter().map(|(role, file)| one(*role, file)).collect::<Vec<_>>();
    std::thread::scope(|scope| {
        let Ok(other) = std::thread::Builder::new().spawn_scoped(scope, || read(second)) else {
            return read(files);
        };
        let mut all = read(first);
        // What panicked over there panics here.
        all.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        all
    })
}

/// How long a file takes to read, in bytes: of a page only the front matter is parsed.
fn weight((role, file): &(Role, File)) -> usize {
    match role {
        Role::Page => file.text.len() / 8,
        Role::Glossary => 0,
        Role::Path | Role::Deck | Role::Decision => file.text.len(),
    }
}

fn one(role: Role, file: &File) -> (Read, Vec<Problem>) {
    let mut problems = Vec::new();
    let read = match role {
        Role::Path => Read::Path(topic::read_path(file, &mut problems)),
        Role::Page => Read::Page(topic::read_page(file, &mut problems)),
        Role::Deck => {
            let (deck, wrong) = deck::parse(&file.name, &file.text);
            problems = wrong;
            Read::Deck(deck)
        }
        Role::Decision => {
            let (tree, wrong) = decide::parse(&file.name, file.stem(), &file.text);
            problems = wrong;
            Read::Tree(tree)
        }
        Role::Glossary => Read::Nothing,
    };
    (read, problems)
}
