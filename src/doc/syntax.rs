//! What the pieces of a code block are: keywords, names, types, texts, numbers, comments.
//!
//! The grammars are those of Sublime Text in the collection that `bat` ships (`two-face`), run by `syntect`. Its
//! regular expressions are run by Oniguruma, not by the engine in Rust that it has as well: that one takes
//! three times as long to start and holds seven to twenty times the memory for each language (`docs/performance.md`
//! has the figures).
//!
//! A grammar names things in a few hundred ways; here they become the six kinds of [`Syntax`], by the innermost
//! scope that says something.
//!
//! A page is not ours, so the work is bounded as far as it can be. A line of more than [`LINE`] bytes is not read
//! and stays plain, and nothing is read after [`BLOCK`] bytes or when the caller has no more time. A search that
//! backtracks without an end is given up by Oniguruma after ten million steps, and `syntect` nests no deeper than
//! about a hundred scopes. What nothing can stop is a grammar that goes round in circles within a line, so the
//! languages are those of a closed list.

mod language;
mod scope;

use syntect::parsing::{ParseState, ScopeStack, SyntaxReference, SyntaxSet};

pub use language::language;

use super::page::{Colouring, Syntax};
use language::Reading;
use scope::Kinds;

/// The longest line that is read, in bytes. A grammar may take time that grows with its square, or worse.
const LINE: usize = 512;
/// How many bytes of a block are read.
const BLOCK: usize = 256 * 1024;

/// The grammars. Loading takes milliseconds and about 2 MB, the first block of a language some ten milliseconds
/// more, since its expressions are compiled then; so it is done on a thread of its own, once.
pub struct Syntaxes {
    set: SyntaxSet,
    kinds: Kinds,
}

impl Syntaxes {
    /// Loads the grammars.
    #[must_use]
    pub fn load() -> Syntaxes {
        Syntaxes { set: two_face::syntax::extra_newlines(), kinds: Kinds::new() }
    }

    /// The kinds of the pieces of a block, for what stands behind its fence (`rust,ignore`); nothing where the
    /// language is unknown. About a megabyte a second; at most 256 KiB of the block are looked at, and no line of
    /// more than 512 bytes.
    #[must_use]
    pub fn colour(&self, info: &str, text: &str) -> Option<Colouring> {
        self.colour_while(info, text, &|| true)
    }

    /// The same, asking before each line whether there is time; what is left then stays plain.
    #[must_use]
    pub fn colour_while(&self, info: &str, text: &str, more: &dyn Fn() -> bool) -> Option<Colouring> {
        let reading = language::reading(info)?;
        let (Reading::Grammar(name) | Reading::Session(name)) = reading;
        let grammar = self.set.find_syntax_by_name(name)?;
        let mut block = Block::new(self, grammar);
        let mut left = BLOCK;
        let mut lines = Vec::new();
        for line in text.split('\n') {
            let line = line.strip_suffix('\r').unwrap_or(line);
            // A line that is not read costs nothing.
            left = left.saturating_sub(if line.len() > LINE { 1 } else { line.len() + 1 });
            if left == 0 || block.lost || !more() {
                break;
            }
            lines.push(match reading {
                Reading::Grammar(_) => block.line(line),
                Reading::Session(_) => block.session_line(line),
            });
        }
        Some(lines)
    }
}

/// A block that is being read.
struct Block<'a> {
    syntaxes: &'a Syntaxes,
    grammar: &'a SyntaxReference,
    state: ParseState,
    scopes: ScopeStack,
    /// Whether the grammar cannot go on.
    lost: bool,
    buffer: String,
}

impl<'a> Block<'a> {
    fn new(syntaxes: &'a Syntaxes, grammar: &'a SyntaxReference) -> Block<'a> {
        let state = ParseState::new(grammar);
        Block { syntaxes, grammar, state, scopes: ScopeStack::new(), lost: false, buffer: String::new() }
    }

    /// The pieces of the next line.
    fn line(&mut self, line: &str) -> Vec<(usize, Option<Syntax>)> {
        let mut pieces = Pieces::default();
        if line.len() > LINE || language::leads_elsewhere(&self.grammar.name, line) {
            return pieces.done();
        }
        self.buffer.clear();
        self.buffer.push_str(line);
        // The grammars were written for lines with their ends.
        self.buffer.push('\n');
        let Ok(changes) = self.state.parse_line(&self.buffer, &self.syntaxes.set) else {
            self.lost = true;
            return pieces.done();
        };
        let mut from = 0;
        for (at, change) in &changes {
            let to = (*at).min(line.len());
            if to > from && line.is_char_boundary(to) {
                pieces.push(&line[from..to], self.kind(&line[from..to]));
                from = to;
            }
            self.lost |= self.scopes.apply(change).is_err();
            if self.lost {
                return pieces.done();
            }
        }
        pieces.push(&line[from..], self.kind(&line[from..]));
        pieces.done()
    }

    /// The pieces of a line of a session: after a prompt a command, else plain.
    fn session_line(&mut self, line: &str) -> Vec<(usize, Option<Syntax>)> {
        let Some(prompt) = ["$ ", "% ", "# ", "> "].into_iter().find(|prompt| line.starts_with(prompt))
        else {
            return Vec::new();
        };
        // A command that a prompt of continuation goes on with is read on.
        if prompt != "> " {
            self.state = ParseState::new(self.grammar);
            self.scopes = ScopeStack::new();
        }
        let command = self.line(&line[prompt.len()..]);
        if command.is_empty() {
            return command;
        }
        std::iter::once((prompt.len(), None)).chain(command).collect()
    }

    fn kind(&self, text: &str) -> Option<Syntax> {
        self.syntaxes.kinds.of(self.scopes.as_slice(), text)
    }
}

/// The pieces of a line: neighbours of one kind as one, and without the plain ones at its end.
#[derive(Default)]
struct Pieces(Vec<(usize, Option<Syntax>)>);

impl Pieces {
    fn push(&mut self, text: &str, kind: Option<Syntax>) {
        // Blanks have no colour, so they go with what stands before them, and a page has fewer pieces.
        let blank = text.bytes().all(|byte| byte == b' ' || byte == b'\t');
        match self.0.last_mut() {
            Some((length, last)) if blank || *last == kind => *length += text.len(),
            _ => self.0.push((text.len(), if blank { None } else { kind })),
        }
    }

    fn done(mut self) -> Vec<(usize, Option<Syntax>)> {
        while self.0.last().is_some_and(|(length, kind)| kind.is_none() || *length == 0) {
            self.0.pop();
        }
        self.0
    }
}

#[cfg(test)]
mod tests;
