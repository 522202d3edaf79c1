//! One row of the table of commands.

use super::{Context, Do};

/// One thing that one can do.
#[derive(Debug)]
pub struct Command {
    /// Its name in settings: `lab.play`.
    pub name: &'static str,
    /// One line of help.
    pub help: &'static str,
    /// Its keys, where the settings say nothing else.
    pub keys: &'static [&'static str],
    /// Where it works; the help shows it under the first.
    pub contexts: &'static [Context],
    /// What it does.
    pub does: Do,
    /// Its short name in the footer; nothing where it does not stand there.
    pub footer: Option<&'static str>,
}

/// A row: where it works, its name, keys, act, word in the footer, and line of help.
pub(super) const fn command(
    contexts: &'static [Context],
    name: &'static str,
    keys: &'static [&'static str],
    does: Do,
    footer: Option<&'static str>,
    help: &'static str,
) -> Command {
    Command { name, help, keys, contexts, does, footer }
}
