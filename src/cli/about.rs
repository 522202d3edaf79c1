//! `sysdrill completions` and `sysdrill man`: what shells and `man` want to know, from the same list of arguments that
//! `--help` shows.

use std::io::Write;

use clap::CommandFactory;

use super::args::{Arguments, Completions};
use super::{Failure, print_styled};

/// Prints the script that completes commands and options in a shell.
pub(super) fn completions(verb: &Completions) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(verb.shell, &mut Arguments::command(), "sysdrill", &mut script);
    print_styled(&String::from_utf8_lossy(&script))
}

/// Prints the manual page, in troff. The verbs are part of it: `man` shows one page, and so does this.
pub(super) fn man() -> Result<(), Failure> {
    let mut command = Arguments::command().mut_args(|argument| argument.hide_short_help(false));
    command.build();
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set() && verb.get_name() != "help") {
        writeln!(page, ".SH \"sysdrill {}\"", verb.get_name())?;
        let of_verb = clap_mangen::Man::new(verb.clone());
        of_verb.render_description_section(&mut page)?;
        of_verb.render_options_section(&mut page)?;
    }
    print_styled(&String::from_utf8_lossy(&page))
}
