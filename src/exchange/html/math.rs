//! Formulas in a field: MathJax between `\(` and `\)` or `\[` and `\]`, and the older `[$]`, `[$$]` and `[latex]`.
//!
//! They are taken out before the HTML is read, since what stands in them is TeX: a `<br>` in it is a line break of
//! the editor's, an `&lt;` is a sign, and nothing in it is to be escaped.

use crate::doc::html::{self, Token};

/// A part of a field.
#[derive(Debug, PartialEq)]
pub(super) enum Piece<'a> {
    /// HTML.
    Html(&'a str),
    /// TeX, and whether it stands alone.
    Math(String, bool),
}

/// How formulas begin and end, and whether they stand alone.
const FORMS: [(&str, &str, bool); 6] = [
    ("\\(", "\\)", false),
    ("\\[", "\\]", true),
    ("[$]", "[/$]", false),
    ("[$$]", "[/$$]", true),
    ("[latex]", "[/latex]", false),
    ("<anki-mathjax>", "</anki-mathjax>", false),
];

/// The parts in their order. What begins and never ends is HTML. O(n).
pub(super) fn pieces(source: &str) -> Vec<Piece<'_>> {
    // Of a form that never ends again no beginning is looked at.
    let last = FORMS.map(|(_, end, _)| source.rfind(end).unwrap_or(0));
    let mut found = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(next) = source[at..].find(['\\', '[', '<']).map(|offset| at + offset) {
        let rest = &source[next..];
        let form = FORMS.iter().zip(last).find(|((begin, ..), last)| rest.starts_with(begin) && next < *last);
        let Some((begin, tex, end, display)) = form.and_then(|((begin, end, display), _)| {
            let length = rest[begin.len()..].find(end)?;
            Some((begin, &rest[begin.len()..begin.len() + length], end, *display))
        }) else {
            at = next + 1;
            continue;
        };
        if start < next {
            found.push(Piece::Html(&source[start..next]));
        }
        found.push(Piece::Math(text_of(tex), display));
        at = next + begin.len() + tex.len() + end.len();
        start = at;
    }
    if start < source.len() {
        found.push(Piece::Html(&source[start..]));
    }
    found
}

/// TeX without the editor's tags, on one line.
fn text_of(tex: &str) -> String {
    let mut text = String::new();
    for (_, token) in html::tokens(tex) {
        match token {
            Token::Text(piece) | Token::Unknown(piece) => text.push_str(&html::decode(piece)),
            Token::Raw(piece) => text.push_str(piece),
            Token::Tag(_) => text.push(' '),
            Token::Hidden => {}
        }
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let inner = text.strip_prefix("\\begin{math}").and_then(|text| text.strip_suffix("\\end{math}"));
    inner.unwrap_or(&text).trim_matches(|c: char| c == '$' || c.is_whitespace()).to_string()
}
