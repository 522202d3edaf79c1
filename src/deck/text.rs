//! Where cards stand in the text of a deck file: found line by line, without reading the TOML.
//!
//! The build uses this file too, to make the heads of the program's own decks, so it knows nothing but text.

/// The line with which a card begins.
pub const BEGINS: &str = "[[card]]";

/// Where the card that starts at `start` ends: before the next line that begins with `[[card]]` and is no part of a text
/// over several lines.
pub fn next_card(text: &str, start: usize) -> usize {
    let mut inside: Option<&str> = None;
    let mut at = start;
    for (index, line) in text[start..].split_inclusive('\n').enumerate() {
        if index > 0 && inside.is_none() && line.trim_start().starts_with(BEGINS) {
            return at;
        }
        inside = quotes(line, inside);
        at += line.len();
    }
    text.len()
}

/// Whether a text over several lines is open at the end of a line, and with which quotes.
pub fn quotes<'q>(line: &str, mut inside: Option<&'q str>) -> Option<&'q str> {
    let mut rest = line;
    loop {
        match inside {
            Some(mark) => match rest.find(mark) {
                Some(at) => {
                    rest = &rest[at + 3..];
                    inside = None;
                }
                None => return inside,
            },
            None => {
                let next =
                    [rest.find("\"\"\"").map(|at| (at, "\"\"\"")), rest.find("'''").map(|at| (at, "'''"))];
                let comment = rest.find('#').filter(|&at| rest[..at].trim().is_empty());
                match next.into_iter().flatten().min() {
                    Some((at, mark)) if comment.is_none_or(|comment| at < comment) => {
                        rest = &rest[at + 3..];
                        inside = Some(mark);
                    }
                    _ => return None,
                }
            }
        }
    }
}
