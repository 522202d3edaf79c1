//! Addresses in running text that nobody marked as links.
//!
//! The rules are those of GitHub's specification, section "Autolinks (extension)", and, where that is silent,
//! of its implementation cmark-gfm: `http://localhost` needs no dot, a quotation mark at the end does not
//! belong to the address, `http://` may stand behind any sign that is no letter or digit.

use std::ops::Range;

/// An address in a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Where it stands, in bytes.
    pub range: Range<usize>,
    /// Where it leads.
    pub url: String,
}

/// The addresses in a text, in order. `before` is the character before the text, where there is one;
/// `decoded` says whether a byte came from a character reference, which at the end of an address does not
/// belong to it. Cost: O(n).
pub(super) fn find(text: &str, before: Option<char>, decoded: &dyn Fn(usize) -> bool) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        if at < from {
            continue;
        }
        let link = match byte {
            b':' => with_scheme(text, from, at, before, decoded),
            b'w' | b'W' => with_www(text, at, before, decoded),
            b'@' => mail(text, from, at),
            _ => None,
        };
        if let Some(link) = link {
            from = link.range.end;
            found.push(link);
        }
    }
    found
}

fn with_scheme(
    text: &str,
    from: usize,
    colon: usize,
    before: Option<char>,
    decoded: &dyn Fn(usize) -> bool,
) -> Option<Found> {
    const SCHEMES: [&str; 3] = ["https", "http", "ftp"];
    let rest = text[colon..].strip_prefix("://")?;
    let is = |scheme: &&str| {
        text.get(colon - scheme.len()..colon).is_some_and(|it| it.eq_ignore_ascii_case(scheme))
    };
    let scheme = SCHEMES.into_iter().filter(|scheme| scheme.len() <= colon - from).find(is)?;
    let start = colon - scheme.len();
    if text[..start].chars().next_back().or(before).is_some_and(char::is_alphanumeric) {
        return None;
    }
    domain(rest)?;
    let range = start..end_of(text, start, colon + 3, decoded)?;
    Some(Found { url: text[range.clone()].to_owned(), range })
}

fn with_www(text: &str, at: usize, before: Option<char>, decoded: &dyn Fn(usize) -> bool) -> Option<Found> {
    if !text.get(at..at + 4)?.eq_ignore_ascii_case("www.") {
        return None;
    }
    let before = text[..at].chars().next_back().or(before);
    if before.is_some_and(|c| !c.is_whitespace() && !matches!(c, '*' | '_' | '~' | '(')) {
        return None;
    }
    domain(&text[at + 4..])?;
    let range = at..end_of(text, at, at + 4, decoded)?;
    Some(Found { url: format!("http://{}", &text[range.clone()]), range })
}

/// Whether a text starts with the name of a host: letters, digits, `-` and `_` between dots, no `_` in the
/// last two parts.
fn domain(text: &str) -> Option<()> {
    // Above the 253 of RFC 1035; without a bound, `_www.a_www.a` and so on would be read anew each time.
    const LONGEST: usize = 300;
    let is_part = |c: char| {
        c.is_alphanumeric() || matches!(c, '-' | '_' | '.') || (!c.is_ascii() && !c.is_whitespace())
    };
    text.chars().next().filter(|&c| is_part(c) && !matches!(c, '-' | '_' | '.'))?;
    let end: usize = text.chars().take(LONGEST).take_while(|&c| is_part(c)).map(char::len_utf8).sum();
    let host = text[..end].trim_end_matches('.');
    (!host.rsplit('.').take(2).any(|part| part.contains('_'))).then_some(())
}

/// Where an address ends: at white space or `<`, without punctuation that belongs to the sentence.
fn end_of(text: &str, start: usize, least: usize, decoded: &dyn Fn(usize) -> bool) -> Option<usize> {
    let length = text[start..].find(|c: char| c.is_whitespace() || c.is_control() || c == '<');
    let mut end = length.map_or(text.len(), |length| start + length);
    let count = |c| text[start..end].bytes().filter(|&byte| byte == c).count();
    let (opened, mut closed) = (count(b'('), count(b')'));
    while end > least {
        match text.as_bytes()[end - 1] {
            _ if decoded(end - 1) => {
                end -= text[..end].chars().next_back().map_or(1, char::len_utf8);
            }
            b'?' | b'!' | b'.' | b',' | b':' | b'*' | b'_' | b'~' | b'\'' | b'"' => end -= 1,
            b')' if closed > opened => {
                closed -= 1;
                end -= 1;
            }
            b';' => {
                let name = text[..end - 1].bytes().rev().take_while(u8::is_ascii_alphanumeric).count();
                let ampersand = (end - 1 - name).checked_sub(1).filter(|&at| at >= least && name > 0);
                end = ampersand.filter(|&at| text.as_bytes()[at] == b'&').unwrap_or(end - 1);
            }
            _ => return Some(end),
        }
    }
    None
}

/// An address of mail around its `@`.
fn mail(text: &str, from: usize, at: usize) -> Option<Found> {
    let local = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'+');
    let mut start = at - text.as_bytes()[from..at].iter().rev().take_while(|byte| local(byte)).count();
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let mut end = at + 1 + text.as_bytes()[at + 1..].iter().take_while(|byte| part(byte)).count();
    if start == at || text.as_bytes().get(end) == Some(&b'@') {
        return None;
    }
    end = at + 1 + text[at + 1..end].trim_end_matches('.').len();
    let host = &text[at + 1..end];
    let whole =
        host.contains('.') && !host.starts_with('.') && !host.contains("..") && !host.ends_with(['-', '_']);
    // A `+` behind the `@` makes it no address at all.
    if !whole || text.as_bytes().get(end) == Some(&b'+') {
        return None;
    }
    let scheme = "mailto:";
    let mut url = format!("{scheme}{}", &text[start..end]);
    let before = start.checked_sub(scheme.len()).filter(|&before| before >= from);
    let is_scheme =
        |&before: &usize| text.get(before..start).is_some_and(|it| it.eq_ignore_ascii_case(scheme));
    if let Some(before) = before.filter(is_scheme) {
        start = before;
        text[start..end].clone_into(&mut url);
    }
    Some(Found { range: start..end, url })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urls(text: &str) -> Vec<String> {
        find(text, None, &|_| false).into_iter().map(|found| found.url).collect()
    }

    #[test]
    fn addresses() {
        // What the specification's own examples show is tested with them; this is what it says beside them.
        for (text, expected) in [
            ("no link: at all @ www", &[] as &[&str]),
            ("http:// http://_a http://. www. www._", &[]),
            ("http://localhost:8080/x", &["http://localhost:8080/x"]),
            ("xhttp://a.b 1http://a.b", &[]),
            ("\"https://a.b/c\", 'http://d'", &["https://a.b/c", "http://d"]),
            ("HTTPS://A.B", &["HTTPS://A.B"]),
            ("http://a_b.c.d http://a.b_c.d http://a.b.c_d", &["http://a_b.c.d"]),
            ("xwww.a.b (www.a.b) *www.a.b*", &["http://www.a.b", "http://www.a.b"]),
            ("https://a.b/@c/d@e.f", &["https://a.b/@c/d@e.f"]),
            ("http://a.b/((c)), http://a.b/)", &["http://a.b/((c))", "http://a.b/"]),
            ("http://日本.jp/語。", &["http://日本.jp/語。"]),
            ("http://a.b?x=1;y=2; http://a.b/&amp;", &["http://a.b?x=1;y=2", "http://a.b/"]),
            ("mailto:a@b.c a@b a@.c a@b..c a@b.c@d", &["mailto:a@b.c"]),
            ("@@@ a@@b.c", &[]),
            ("git@github.com:a/b", &["mailto:git@github.com"]),
        ] {
            assert_eq!(urls(text), expected, "{text}");
        }
        assert!(find("http://a.b", Some('x'), &|_| false).is_empty(), "it goes on a word");
        assert_eq!(find("http://a.b&", None, &|at| at == 10)[0].range, 0..10, "a reference at the end");
    }
}
