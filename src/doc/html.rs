//! HTML as it stands in Markdown: its pieces, the names and values of its tags, its character references.
//!
//! This is no parser of HTML documents. It finds tags as CommonMark does (section 6.6) and leaves everything
//! else as text, so that nothing an author wrote is lost: `a < b`, `Vec<T>`, a comment that never ends.
//! What a tag means for the page is decided by those who build it.

use std::borrow::Cow;

/// A piece of HTML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// Text, with its character references as they stand.
    Text(&'a str),
    /// A tag that HTML knows, from `<` to `>`.
    Tag(Tag<'a>),
    /// What looks like a tag and is none of HTML's: to be shown as it is.
    Unknown(&'a str),
    /// The text of a CDATA section.
    Raw(&'a str),
    /// A comment, a declaration or a processing instruction.
    Hidden,
}

/// A tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag<'a> {
    /// From `<` to `>`.
    pub source: &'a str,
    /// Its name in lower case, one of those that HTML has.
    pub name: &'static str,
    /// Whether it closes: `</b>`.
    pub closing: bool,
}

impl Tag<'_> {
    /// The value of an attribute, decoded; nothing where the tag does not have it.
    pub fn attribute(&self, wanted: &str) -> Option<String> {
        let inner = self.source.trim_start_matches('<').trim_end_matches('>');
        let mut rest = inner.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
            if rest.is_empty() {
                return None;
            }
            let end = rest.find(|c: char| c.is_whitespace() || c == '=' || c == '/').unwrap_or(rest.len());
            // A stray `=` or the like must not stop the search.
            let (name, after) = rest.split_at(end.max(rest.chars().next().map_or(1, char::len_utf8)));
            let (value, after) = match after.trim_start().strip_prefix('=') {
                Some(value) => value_of(value.trim_start()),
                None => ("", after),
            };
            if name.eq_ignore_ascii_case(wanted) {
                return Some(decode(value).into_owned());
            }
            rest = after;
        }
    }

    /// [`Tag::attribute`], empty where the tag does not have it.
    pub fn value(&self, wanted: &str) -> String {
        self.attribute(wanted).unwrap_or_default()
    }
}

fn value_of(text: &str) -> (&str, &str) {
    match text.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let text = &text[1..];
            text.find(quote).map_or((text, ""), |end| (&text[..end], &text[end + 1..]))
        }
        _ => text.split_at(text.find(char::is_whitespace).unwrap_or(text.len())),
    }
}

/// The pieces of a text, each with its offset. Cost: O(n).
pub fn tokens(html: &str) -> Vec<(usize, Token<'_>)> {
    let mut found = Vec::new();
    let (mut at, mut text) = (0, 0);
    let ends = Ends::of(html);
    while let Some(open) = html[at..].find('<').map(|offset| at + offset) {
        let Some((token, length)) = token_at(html, open, &ends) else {
            at = open + 1;
            continue;
        };
        if text < open {
            found.push((text, Token::Text(&html[text..open])));
        }
        found.push((open, token));
        at = open + length;
        text = at;
    }
    if text < html.len() {
        found.push((text, Token::Text(&html[text..])));
    }
    found
}

/// What one tag, comment or the like is.
pub(super) fn token(html: &str) -> Token<'_> {
    token_at(html, 0, &Ends::of(html)).map_or(Token::Text(html), |(token, _)| token)
}

/// Where the last end of each construct is, so that many which never end are not each searched for.
struct Ends {
    comment: usize,
    section: usize,
    instruction: usize,
}

impl Ends {
    fn of(html: &str) -> Ends {
        let last = |end: &str| html.rfind(end).unwrap_or(0);
        Ends { comment: last("-->"), section: last("]]>"), instruction: last("?>") }
    }
}

fn token_at<'a>(html: &'a str, at: usize, ends: &Ends) -> Option<(Token<'a>, usize)> {
    let text = &html[at..];
    let until = |start: &str, end: &str, last: usize| {
        let inner = text.strip_prefix(start).filter(|_| at < last)?;
        inner.find(end).map(|length| start.len() + length + end.len())
    };
    if text.starts_with("<!-->") {
        return Some((Token::Hidden, 5));
    }
    if text.starts_with("<!--->") {
        return Some((Token::Hidden, 6));
    }
    if text.starts_with("<!--") {
        return until("<!--", "-->", ends.comment).map(|length| (Token::Hidden, length));
    }
    if text.starts_with("<![CDATA[") {
        let length = until("<![CDATA[", "]]>", ends.section)?;
        return Some((Token::Raw(&text[9..length - 3]), length));
    }
    if text.starts_with("<?") {
        return until("<?", "?>", ends.instruction).map(|length| (Token::Hidden, length));
    }
    let length = tag_length(text)?;
    let source = &text[..length];
    if source.starts_with("<!") {
        return Some((Token::Hidden, length));
    }
    let closing = source.starts_with("</");
    let rest = source.trim_start_matches(['<', '/']);
    let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '/' | '>')).unwrap_or(rest.len());
    let token = match known(&rest[..end]) {
        Some(name) => Token::Tag(Tag { source, name, closing }),
        None => Token::Unknown(source),
    };
    Some((token, length))
}

/// How long the tag or declaration is that a text starts with, where it is one that ends.
fn tag_length(text: &str) -> Option<usize> {
    let mut bytes = text.bytes().skip(1);
    let second = match bytes.next()? {
        b'/' | b'!' => bytes.next()?,
        second => second,
    };
    if !second.is_ascii_alphabetic() {
        return None;
    }
    // Long enough for an image inside the tag, and a bound for text with very many quotes.
    const LONGEST: usize = 1 << 16;
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate().take(LONGEST).skip(1) {
        match (quote, byte) {
            (None, b'>') => return Some(at + 1),
            (None, b'<') => return None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

/// The text with its character references decoded: numbers, and the names that people write by hand. Others
/// stay as they are.
pub fn decode(text: &str) -> Cow<'_, str> {
    const LONGEST: usize = 32;
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(LONGEST).position(|byte| byte == b';');
        let reference = end.and_then(|end| Some((character(&rest[1..end])?, end + 1)));
        let (value, length) = reference.unwrap_or(('&', 1));
        out.push(value);
        rest = &rest[length..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn character(reference: &str) -> Option<char> {
    const NAMED: &[(&str, char)] = &[
        ("amp", '&'),
        ("lt", '<'),
        ("gt", '>'),
        ("quot", '"'),
        ("apos", '\''),
        ("nbsp", '\u{a0}'),
        ("ensp", '\u{2002}'),
        ("emsp", '\u{2003}'),
        ("copy", '©'),
        ("reg", '®'),
        ("trade", '™'),
        ("hellip", '…'),
        ("mdash", '—'),
        ("ndash", '–'),
        ("lsquo", '‘'),
        ("rsquo", '’'),
        ("ldquo", '“'),
        ("rdquo", '”'),
        ("laquo", '«'),
        ("raquo", '»'),
        ("bull", '•'),
        ("middot", '·'),
        ("times", '×'),
        ("deg", '°'),
        ("plusmn", '±'),
        ("larr", '←'),
        ("rarr", '→'),
        ("uarr", '↑'),
        ("darr", '↓'),
        ("le", '≤'),
        ("ge", '≥'),
        ("ne", '≠'),
        ("infin", '∞'),
        ("check", '✓'),
        ("euro", '€'),
        ("pound", '£'),
        ("sect", '§'),
        ("para", '¶'),
        ("szlig", 'ß'),
        ("auml", 'ä'),
        ("ouml", 'ö'),
        ("uuml", 'ü'),
        ("eacute", 'é'),
    ];
    if let Some(number) = reference.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => number.parse(),
        };
        // Zero and what is no character become the replacement character, as in CommonMark.
        return code.ok().map(|code| char::from_u32(code).filter(|&c| c != '\0').unwrap_or('\u{fffd}'));
    }
    NAMED.iter().find(|(name, _)| *name == reference).map(|(_, value)| *value)
}

/// The name as HTML has it, in lower case (WHATWG HTML, section 4, and the obsolete ones still met).
fn known(name: &str) -> Option<&'static str> {
    const LONGEST: usize = 10;
    let lower = (name.len() <= LONGEST).then(|| name.to_ascii_lowercase())?;
    KNOWN.binary_search(&lower.as_str()).ok().map(|at| KNOWN[at])
}

/// The names of HTML's elements, in order.
const KNOWN: &[&str] = &[
    "a",
    "abbr",
    "address",
    "area",
    "article",
    "aside",
    "audio",
    "b",
    "base",
    "bdi",
    "bdo",
    "big",
    "blockquote",
    "body",
    "br",
    "button",
    "canvas",
    "caption",
    "center",
    "circle",
    "cite",
    "code",
    "col",
    "colgroup",
    "data",
    "datalist",
    "dd",
    "del",
    "details",
    "dfn",
    "dialog",
    "div",
    "dl",
    "dt",
    "em",
    "embed",
    "fieldset",
    "figcaption",
    "figure",
    "font",
    "footer",
    "form",
    "frame",
    "frameset",
    "g",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hgroup",
    "hr",
    "html",
    "i",
    "iframe",
    "img",
    "input",
    "ins",
    "kbd",
    "label",
    "legend",
    "li",
    "line",
    "link",
    "main",
    "map",
    "mark",
    "menu",
    "meta",
    "meter",
    "nav",
    "noscript",
    "object",
    "ol",
    "optgroup",
    "option",
    "output",
    "p",
    "param",
    "path",
    "picture",
    "pre",
    "progress",
    "q",
    "rect",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "script",
    "search",
    "section",
    "select",
    "slot",
    "small",
    "source",
    "span",
    "strike",
    "strong",
    "style",
    "sub",
    "summary",
    "sup",
    "svg",
    "table",
    "tbody",
    "td",
    "template",
    "text",
    "textarea",
    "tfoot",
    "th",
    "thead",
    "time",
    "title",
    "tr",
    "track",
    "tt",
    "u",
    "ul",
    "var",
    "video",
    "wbr",
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The tokens in a short form: `b+` opens, `b-` closes, `?` is unknown, `!` hidden, `=` raw.
    fn short(html: &str) -> Vec<String> {
        let form = |token| match token {
            Token::Text(text) => text.to_owned(),
            Token::Tag(tag) => format!("{}{}", tag.name, if tag.closing { '-' } else { '+' }),
            Token::Unknown(source) => format!("?{source}"),
            Token::Raw(text) => format!("={text}"),
            Token::Hidden => "!".to_owned(),
        };
        tokens(html).into_iter().map(|(_, token)| form(token)).collect()
    }

    #[test]
    fn pieces() {
        for (html, expected) in [
            ("", &[] as &[&str]),
            ("<p align=\"center\">Hello <B>you</b ></p>", &["p+", "Hello ", "b+", "you", "b-", "p-"]),
            ("<br/><BR />", &["br+", "br+"]),
            ("<!-- a\n> b -->x<!-->y<!--->z", &["!", "x", "!", "y", "!", "z"]),
            ("<!-- never closed <b>", &["<!-- never closed ", "b+"]),
            ("<!DOCTYPE html><?php echo '>'; ?>x", &["!", "!", "x"]),
            ("<![CDATA[a < b]]>", &["=a < b"]),
            ("a < b and c <", &["a < b and c <"]),
            ("<div title=\"a > b\">x", &["div+", "x"]),
            ("Map<K> <my-element> </T>", &["Map", "?<K>", " ", "?<my-element>", " ", "?</T>"]),
            ("<a\n<b>x", &["<a\n", "b+", "x"]),
            ("<3 </3 <!x", &["<3 </3 <!x"]),
        ] {
            assert_eq!(short(html), expected, "{html}");
            let all = tokens(html);
            assert!(all.windows(2).all(|pair| pair[0].0 < pair[1].0), "offsets grow: {html}");
        }
    }

    #[test]
    fn attributes() {
        let check = |source: &str, name: &str, expected: Option<&str>| {
            let Token::Tag(tag) = token(source) else { panic!("{source} is a tag") };
            assert_eq!(tag.attribute(name).as_deref(), expected, "{name} of {source}");
        };
        check("<img src='a.png' alt=\"A &amp; B\">", "alt", Some("A & B"));
        check("<img src='a.png' alt=\"A &amp; B\">", "src", Some("a.png"));
        check("<img src=a/b.png />", "src", Some("a/b.png"));
        check("<img alt=\"src=x\" SRC = y>", "src", Some("y"));
        check("<details open>", "open", Some(""));
        check("<details open><p>", "close", None);
        check("<a = href=x>", "href", Some("x"));
    }

    #[test]
    fn references() {
        for (text, expected) in [
            ("1 &lt; 2 &amp;lt;", "1 < 2 &lt;"),
            ("&#65;&#x42;&#0;&#xd800;", "AB\u{fffd}\u{fffd}"),
            ("AT&T; & &unknown; &", "AT&T; & &unknown; &"),
            ("&hellip;&nbsp;", "…\u{a0}"),
            ("&日本;", "&日本;"),
        ] {
            assert_eq!(decode(text), expected, "{text}");
        }
    }

    #[test]
    fn names_are_found() {
        for name in ["a", "wbr", "H1", "Summary", "g", "kbd"] {
            assert_eq!(known(name), Some(name.to_ascii_lowercase()).as_deref(), "{name}");
        }
        for name in ["", "t", "abbrx", "my-element", "ä"] {
            assert_eq!(known(name), None, "{name}");
        }
    }
}
