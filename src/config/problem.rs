//! What is wrong with a file, where, and what to do: the same shape for settings, decks and pages.

use std::fmt;

/// One thing that is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, as the learner would name it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The text of that line.
    pub source: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Problem {
    /// A problem at a byte of `text`. `first_line` is the line of the file at which `text` starts (1 for a whole file).
    #[must_use]
    pub fn at(file: &str, text: &str, first_line: usize, byte: usize, message: impl Into<String>) -> Problem {
        let byte = floor_boundary(text, byte);
        let start = text[..byte].rfind('\n').map_or(0, |newline| newline + 1);
        let source = text[start..].lines().next().unwrap_or_default();
        Problem {
            file: file.to_string(),
            line: first_line + text[..start].matches('\n').count(),
            column: 1 + text[start..byte].chars().count(),
            source: source.to_string(),
            message: message.into(),
            help: None,
        }
    }

    /// The same problem with what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Problem {
        self.help = Some(help.into());
        self
    }
}

/// `file:line:column: message`, the line with a caret beneath, and the help.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)?;
        if !self.source.trim().is_empty() {
            let number = self.line.to_string();
            let source: String = self.source.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            let indent = " ".repeat(self.column.saturating_sub(1));
            write!(f, "\n  {number} | {source}\n  {:width$} | {indent}^", "", width = number.len())?;
        }
        match &self.help {
            Some(help) => write!(f, "\n  {help}"),
            None => Ok(()),
        }
    }
}

/// The text of a span's start, moved back to a character's border where it lies inside one.
fn floor_boundary(text: &str, byte: usize) -> usize {
    let mut byte = byte.min(text.len());
    while !text.is_char_boundary(byte) {
        byte -= 1;
    }
    byte
}

/// The known name that `name` was probably meant to be: at most a third of its letters differ
/// (Damerau-Levenshtein), or one is the beginning of the other.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = name.to_lowercase();
    let limit = (wanted.chars().count() / 3).max(1);
    known
        .into_iter()
        .filter_map(|candidate| {
            let lower = candidate.to_lowercase();
            let distance = strsim::damerau_levenshtein(&wanted, &lower);
            let contained = wanted.len() >= 3 && (lower.starts_with(&wanted) || lower.ends_with(&wanted));
            (distance <= limit || contained)
                .then_some((if contained { distance.min(limit) } else { distance }, candidate))
        })
        .min_by_key(|(distance, candidate)| (*distance, candidate.len()))
        .map(|(_, candidate)| candidate)
}

/// `did you mean 'vnodes'?`, or what there is: `known: keys, nodes, vnodes`.
#[must_use]
pub fn suggest(name: &str, known: &[&str]) -> String {
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean '{near}'?"),
        None => format!("known: {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_place() {
        let text = "a = 1\nkind = \"bäsc\" # x\n";
        let at = text.find("\"b").unwrap_or(0);
        let problem = Problem::at("decks/x.toml", text, 10, at, "no such kind").help("did you mean 'basic'?");
        let expected = "decks/x.toml:11:8: no such kind\n  11 | kind = \"bäsc\" # x\n     |        ^\n  did you mean 'basic'?";
        assert_eq!(problem.to_string(), expected);
        // Past the end and inside a character: the nearest place before it.
        assert_eq!(Problem::at("f", "ä", 1, 1, "m").column, 1);
        assert_eq!(Problem::at("f", "ab", 1, 99, "m").column, 3);
    }

    #[test]
    fn finds_what_was_meant() {
        let known = ["keys", "nodes", "vnodes", "consistent-hashing"];
        let check = |name, expected| assert_eq!(nearest(name, known), expected);
        check("node", Some("nodes"));
        check("vnode", Some("vnodes"));
        check("consistant-hashing", Some("consistent-hashing"));
        check("hashing", Some("consistent-hashing"));
        check("zebra", None);
    }
}
