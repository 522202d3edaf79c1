//! Between the HTML of fields and the Markdown of cards.
//!
//! One way, [`markdown`] reads HTML as browsers do and keeps what Markdown can say; nothing that would run comes
//! through. The other way, [`html`] writes only the tags of Markdown, so that what a card quotes of HTML is
//! shown in Anki and not obeyed.

mod block;
mod markdown;
mod math;
mod render;
mod tree;

use std::borrow::Cow;

use crate::doc::html::{Token, decode, tokens};

pub use markdown::escaped;
pub use render::html;

/// A field's HTML as Markdown. The names of pictures and sounds are added to `media`. O(n).
#[must_use]
pub fn markdown(source: &str, media: &mut Vec<String>) -> String {
    let source = without_pictures(source);
    let source = if source.contains("[sound:") { Cow::Owned(with_sounds(&source, media)) } else { source };
    markdown::markdown(&tree::blocks(&source, media))
}

/// Sounds by their names: `[sound:a.mp3]` is `(sound: a.mp3)`.
fn with_sounds(source: &str, media: &mut Vec<String>) -> String {
    let mut text = String::new();
    let mut rest = source;
    while let Some((before, after)) = rest.split_once("[sound:") {
        let Some((name, after)) = after.split_once(']') else { break };
        text.push_str(before);
        text.push_str("(sound: ");
        text.push_str(name);
        text.push(')');
        media.push(decode(name).into_owned());
        rest = after;
    }
    text + rest
}

/// What a field says, as one line of plain text. O(n).
#[must_use]
pub fn plain(source: &str) -> String {
    let mut text = String::new();
    for (_, token) in tokens(source) {
        match token {
            Token::Text(piece) | Token::Unknown(piece) => text.push_str(&decode(piece)),
            Token::Raw(piece) => text.push_str(piece),
            Token::Tag(_) => text.push(' '),
            Token::Hidden => {}
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Takes out what pictures are made of where it stands in the field itself (`data:image/png;base64,...`), which may be
/// megabytes.
fn without_pictures(source: &str) -> Cow<'_, str> {
    const SIGN: &str = ";base64,";
    if !source.contains(SIGN) {
        return Cow::Borrowed(source);
    }
    let mut out = String::new();
    let mut rest = source;
    while let Some(at) = rest.find(SIGN) {
        let (before, after) = rest.split_at(at + SIGN.len());
        out.push_str(before);
        rest = after.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '='));
    }
    out.push_str(rest);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests;
