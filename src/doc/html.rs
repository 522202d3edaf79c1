//! HTML inside Markdown, as far as a terminal can show it.
//!
//! Tags that HTML knows are dropped and their text kept; those with a meaning that text can carry keep
//! it (`<br>`, `<b>`, `<sup>`). Comments are hidden. What only looks like a tag (`Vec<T>`) is what the
//! author wanted to show, so it stays.

use std::borrow::Cow;

/// What an inline tag does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    /// Nothing to show.
    Nothing,
    /// A line break.
    Break,
    /// Starts or ends a mark.
    Mark(Mark, bool),
    /// Text that stands for the tag: `^` for `<sup>`.
    Text(&'static str),
    /// An image.
    Image { alt: String, src: String },
    /// Not HTML: to be shown as it is.
    Unknown,
}

/// A mark that a tag can set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Strong,
    Emph,
    Strike,
    Code,
}

/// What a tag, comment or declaration in running text means.
pub(super) fn inline(tag: &str) -> Tag {
    if tag.starts_with("<!") || tag.starts_with("<?") {
        return Tag::Nothing;
    }
    let start = !tag.starts_with("</");
    let name = name_of(tag);
    match name.as_str() {
        "br" => Tag::Break,
        "b" | "strong" => Tag::Mark(Mark::Strong, start),
        "i" | "em" | "var" | "cite" | "dfn" => Tag::Mark(Mark::Emph, start),
        "s" | "del" | "strike" => Tag::Mark(Mark::Strike, start),
        "code" | "kbd" | "samp" | "tt" => Tag::Mark(Mark::Code, start),
        "sup" if start => Tag::Text("^"),
        "sub" if start => Tag::Text("_"),
        "img" => Tag::Image { alt: attribute(tag, "alt"), src: attribute(tag, "src") },
        name if is_known(name) => Tag::Nothing,
        _ => Tag::Unknown,
    }
}

/// The text of a block of HTML, line by line, without its tags and comments.
pub(super) fn text(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    // Where the last comment of the block ends, so that many unclosed ones are not each searched for.
    let last_end = html.rfind("-->").map_or(usize::MAX, |end| html.len() - end);
    while let Some(at) = rest.find('<') {
        out.push_str(&decode(&rest[..at]));
        rest = &rest[at..];
        let closes = !rest.starts_with("<!--") || rest.len() > last_end;
        let length = if closes { tag_length(rest) } else { None };
        match length.map(|length| inline(&rest[..length])) {
            None | Some(Tag::Unknown) => {
                let length = length.unwrap_or(1);
                out.push_str(&rest[..length]);
            }
            Some(Tag::Break) => out.push('\n'),
            Some(Tag::Text(text)) => out.push_str(text),
            Some(Tag::Image { alt, src }) => {
                out.push_str("image: ");
                out.push_str(if alt.is_empty() { &src } else { &alt });
            }
            Some(Tag::Nothing | Tag::Mark(..)) => {}
        }
        rest = &rest[length.unwrap_or(1)..];
    }
    out.push_str(&decode(rest));
    out
}

/// How long the tag or comment is that a text starts with, where it is one that ends.
fn tag_length(text: &str) -> Option<usize> {
    if text.starts_with("<!--") {
        return text.find("-->").map(|end| end + 3);
    }
    let second = text.as_bytes().get(1)?;
    if !second.is_ascii_alphabetic() && !matches!(second, b'/' | b'!' | b'?') {
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

fn name_of(tag: &str) -> String {
    let name = tag.trim_start_matches(['<', '/']);
    let end = name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
    name[..end].to_ascii_lowercase()
}

/// The value of an attribute, decoded; empty where the tag has none.
fn attribute(tag: &str, wanted: &str) -> String {
    let mut rest = tag.trim_start_matches('<').trim_start_matches(|c: char| c.is_ascii_alphanumeric());
    while let Some(equals) = rest.find('=') {
        let name = rest[..equals].trim_end().rsplit(char::is_whitespace).next().unwrap_or_default();
        let value = rest[equals + 1..].trim_start();
        let (value, after) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                let value = &value[1..];
                value.find(quote).map_or((value, ""), |end| (&value[..end], &value[end + 1..]))
            }
            _ => {
                let end = value.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(value.len());
                value.split_at(end)
            }
        };
        if name.eq_ignore_ascii_case(wanted) {
            return decode(value).into_owned();
        }
        rest = after;
    }
    String::new()
}

/// The text with the few character references decoded that people write by hand; the rest stays.
fn decode(text: &str) -> Cow<'_, str> {
    const NAMED: [(&str, &str); 6] = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&nbsp;", "\u{a0}"),
        ("&amp;", "&"),
    ];
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    // `&amp;` comes last, so that `&amp;lt;` ends as `&lt;`.
    Cow::Owned(NAMED.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value)))
}

/// Whether HTML has an element of this name (WHATWG HTML, section 4, and the obsolete ones still met).
fn is_known(name: &str) -> bool {
    const KNOWN: &str = " a abbr address area article aside audio b base bdi bdo blockquote body br button canvas caption \
        center cite code col colgroup data datalist dd del details dfn dialog div dl dt em embed fieldset figcaption \
        figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img input ins kbd \
        label legend li link main map mark menu meta meter nav noscript object ol optgroup option output p param \
        picture pre progress q rp rt ruby s samp script search section select slot small source span strike strong \
        style sub summary sup svg table tbody td template textarea tfoot th thead time title tr track tt u ul var \
        video wbr path g rect circle line text ";
    !name.is_empty() && KNOWN.split_ascii_whitespace().any(|known| known == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_tags() {
        for (tag, expected) in [
            ("<br>", Tag::Break),
            ("<br/>", Tag::Break),
            ("<BR />", Tag::Break),
            ("<!-- x -->", Tag::Nothing),
            ("<kbd>", Tag::Mark(Mark::Code, true)),
            ("</b>", Tag::Mark(Mark::Strong, false)),
            ("<sup>", Tag::Text("^")),
            ("</sup>", Tag::Nothing),
            ("<span class=\"x\">", Tag::Nothing),
            ("<T>", Tag::Unknown),
            ("<my-element>", Tag::Unknown),
            ("<img src='a.png' alt=\"A &amp; B\">", Tag::Image { alt: "A & B".into(), src: "a.png".into() }),
            ("<img src=a.png>", Tag::Image { alt: String::new(), src: "a.png".into() }),
        ] {
            assert_eq!(inline(tag), expected, "{tag}");
        }
    }

    #[test]
    fn block_text() {
        for (html, expected) in [
            ("<p align=\"center\">Hello <b>you</b></p>", "Hello you"),
            ("<!-- hidden\nlines -->shown", "shown"),
            ("<!-- never closed", "<!-- never closed"),
            ("one<br>two", "one\ntwo"),
            ("a < b and c <", "a < b and c <"),
            ("<div title=\"a > b\">x</div>", "x"),
            ("Map<K>", "Map<K>"),
            ("1 &lt; 2 &amp;lt;", "1 < 2 &lt;"),
            ("<a\n<b>x", "<a\nx"),
        ] {
            assert_eq!(text(html), expected, "{html}");
        }
    }
}
