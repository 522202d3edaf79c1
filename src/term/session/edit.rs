//! The editor: which one, on which file, at which line.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Session;
use crate::library;

impl Session {
    /// Opens a file in the editor: a page's or one beside the library where there is a path; else one of ours, which is
    /// copied under its name into the data directory first, where it is laid over ours.
    pub(super) fn edit(&mut self, path: Option<PathBuf>, name: &str, slug: &str) -> anyhow::Result<()> {
        let Some(editor) = self.editor() else {
            return self.tell("No editor is known: set EDITOR, or 'editor' in the settings.".into(), true);
        };
        let path = match path {
            Some(path) => path,
            None => {
                let copy = self.data.join(name);
                if let Err(error) = self.copy_ours(&copy, name, slug) {
                    return self.tell(format!("Not copied to {}: {error}", copy.display()), true);
                }
                copy
            }
        };
        let line = self.model.reader.open.as_ref().filter(|reading| reading.slug == slug);
        let line = line.map_or(1, |reading| reading.place().source);
        self.run_editor(command(&editor, &path, line))?;
        self.edited(&path)
    }

    /// Runs the editor with the terminal in its hands. Says whether it ended well; what went wrong is told.
    pub(super) fn run_editor(&mut self, words: Vec<OsString>) -> anyhow::Result<bool> {
        let mut words = words.into_iter();
        let Some(program) = words.next() else { return Ok(false) };
        let status = self.terminal.away(|| Command::new(&program).args(words).status())?;
        self.fit()?;
        let program = program.display();
        match status {
            Ok(status) if status.success() => return Ok(true),
            Ok(status) => self.tell(format!("{program} ended with {status}."), true)?,
            Err(error) => self.tell(format!("{program} did not start: {error}"), true)?,
        }
        Ok(false)
    }

    pub(super) fn editor(&self) -> Option<String> {
        let from = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
        self.model.settings.editor.clone().or_else(|| from("VISUAL")).or_else(|| from("EDITOR"))
    }

    /// A copy that is there already is the learner's and stays.
    fn copy_ours(&self, copy: &Path, name: &str, slug: &str) -> io::Result<()> {
        if copy.exists() {
            return Ok(());
        }
        let page = self.model.library.topic(slug).and_then(|topic| topic.page.as_ref());
        // A topic's name says where its page is laid, and not where ours lies.
        let page = page.filter(|_| name.starts_with("topics/")).map(|page| page.text.clone());
        match page.or_else(|| library::ours(name).map(Into::into)) {
            Some(text) => write_file(copy, &text),
            None => copy.parent().map_or(Ok(()), std::fs::create_dir_all),
        }
    }
}

/// The command that opens a file at a line, as far as the editor is known to take one: `+N` before it, or `:N` behind it.
/// Nothing where no editor is named.
#[must_use]
pub fn command(editor: &str, path: &Path, line: usize) -> Vec<OsString> {
    let mut words: Vec<OsString> = editor.split_whitespace().map(OsString::from).collect();
    let Some(program) = words.first() else { return words };
    let name = Path::new(program).file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let placed = || {
        let mut placed = path.as_os_str().to_os_string();
        placed.push(format!(":{line}"));
        placed
    };
    match name.as_str() {
        // At the top there is nothing to say.
        _ if line <= 1 => words.push(path.into()),
        "vi" | "vim" | "nvim" | "view" | "nano" | "emacs" | "emacsclient" | "kak" | "micro" => {
            words.extend([format!("+{line}").into(), path.into()]);
        }
        "hx" | "helix" | "subl" | "zed" => words.push(placed()),
        "code" | "codium" | "cursor" => words.extend(["-g".into(), placed()]),
        _ => words.push(path.into()),
    }
    words
}

/// Writes a file beside its place and moves it there, so that it is the old one or the new one and never half.
pub(super) fn write_file(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let beside = path.with_extension("new");
    std::fs::write(&beside, text)?;
    std::fs::rename(&beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_editor_that_is_known_opens_at_the_line() {
        let check = |editor: &str, line: usize, expected: &[&str]| {
            assert_eq!(command(editor, Path::new("/a b.md"), line), expected, "{editor}");
        };
        check("vi", 12, &["vi", "+12", "/a b.md"]);
        check("/usr/bin/nvim -R", 12, &["/usr/bin/nvim", "-R", "+12", "/a b.md"]);
        check("nano", 3, &["nano", "+3", "/a b.md"]);
        check("emacs -nw", 3, &["emacs", "-nw", "+3", "/a b.md"]);
        check("hx", 3, &["hx", "/a b.md:3"]);
        check("code --wait", 3, &["code", "--wait", "-g", "/a b.md:3"]);
        check("code.cmd --wait", 3, &["code.cmd", "--wait", "-g", "/a b.md:3"]);
        // Nothing is guessed of others, and at the top nothing has to be said.
        check("ed", 3, &["ed", "/a b.md"]);
        check("vi", 1, &["vi", "/a b.md"]);
        check("code -w", 0, &["code", "-w", "/a b.md"]);
        check("  ", 3, &[]);
    }
}
