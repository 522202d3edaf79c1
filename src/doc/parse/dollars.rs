//! Which dollar signs are formulas and which are money.
//!
//! The parser takes `$`…`$` as a formula wherever no space stands inside the signs. So `$5-$10` and
//! `$HOME:$PATH` would be formulas, though nobody means them so. Pandoc (manual, `tex_math_dollars`) asks that
//! no digit follows the closing sign. Here it may be no letter, digit or opening bracket either, and none of
//! letters and digits may stand before the opening one; GitHub too wants a formula set apart. A sign that by
//! these rules is no formula must not reach the parser as one: it would pair it with another and take what is
//! between for TeX, emphasis and all. So it is replaced, byte for byte (all places stay what they are), by a
//! control character that the text does not have, and put back in what the parser reports.

use std::borrow::Cow;

use pulldown_cmark::{CodeBlockKind, CowStr, Event, Tag};

/// A text in which only the dollar signs of formulas are left.
pub(super) struct Masked<'a> {
    /// The text, as long as it was.
    pub text: Cow<'a, str>,
    /// What stands for the other dollar signs, where there are any.
    pub stand_in: Option<char>,
    /// Whether there may be formulas.
    pub math: bool,
}

/// Masks the dollar signs that are money. Cost: O(n).
pub(super) fn mask(text: &str) -> Masked<'_> {
    let plain = |math| Masked { text: Cow::Borrowed(text), stand_in: None, math };
    if !text.contains('$') {
        return plain(false);
    }
    let Some(stand_in) = (1..=8u8).find(|byte| !text.as_bytes().contains(byte)) else { return plain(false) };
    let mut bytes = text.as_bytes().to_vec();
    let mut changed = false;
    for_each_paragraph(text, |runs| {
        for at in money(text, runs) {
            bytes[at] = stand_in;
            changed = true;
        }
    });
    match String::from_utf8(bytes) {
        Ok(masked) if changed => {
            Masked { text: Cow::Owned(masked), stand_in: Some(char::from(stand_in)), math: true }
        }
        _ => plain(true),
    }
}

/// Dollar signs side by side: where, and how many.
type Run = (usize, usize);

/// Calls with the dollar signs of each paragraph, without those behind a backslash.
fn for_each_paragraph(text: &str, mut f: impl FnMut(&[Run])) {
    let mut runs: Vec<Run> = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_matches([' ', '\t', '\r', '\n', '>']).is_empty() {
            f(&runs);
            runs.clear();
        }
        let mut escaped = false;
        for (offset, byte) in line.bytes().enumerate() {
            let at = start + offset;
            match (byte, runs.last_mut()) {
                (b'$', _) if escaped => {}
                (b'$', Some((first, count))) if *first + *count == at => *count += 1,
                (b'$', _) => runs.push((at, 1)),
                _ => {}
            }
            escaped = byte == b'\\' && !escaped;
        }
        start += line.len();
    }
    f(&runs);
}

/// Which of a paragraph's dollar signs are no formula's.
fn money(text: &str, runs: &[Run]) -> Vec<usize> {
    let mut found = Vec::new();
    // One alone is never a formula, and may count as punctuation where the stand-in would not.
    if let [_] | [] = runs {
        return found;
    }
    let mut index = 0;
    // Where the last pair of signs is, so that many single pairs are not each searched for.
    let last_double = runs.iter().rposition(|(_, count)| *count == 2).unwrap_or(0);
    while let Some(&(at, count)) = runs.get(index) {
        index += 1;
        match count {
            1 if opens(text, at)
                && runs.get(index).is_some_and(|next| next.1 == 1 && closes(text, next.0)) =>
            {
                index += 1;
            }
            1 if is_in_address(text, at) => {}
            1 => found.push(at),
            2 if index <= last_double => {
                index += runs[index..].iter().position(|(_, count)| *count == 2).map_or(0, |more| more + 1);
            }
            2 => found.extend([at, at + 1]),
            _ => {}
        }
    }
    found
}

fn opens(text: &str, at: usize) -> bool {
    let before = text[..at].chars().next_back();
    let after = text[at + 1..].chars().next();
    before.is_none_or(|c| !c.is_alphanumeric()) && after.is_some_and(|c| !c.is_whitespace())
}

/// Whether a sign is that of an amount behind a country: `US$ 3`.
fn is_currency(text: &str, at: usize) -> bool {
    let mut before = text[..at].bytes().rev();
    let country = before.by_ref().take(2).filter(u8::is_ascii_uppercase).count() == 2;
    let word = before.next().is_none_or(|byte| byte.is_ascii_whitespace() || byte == b'(');
    country && word && text[at + 1..].trim_start_matches(' ').starts_with(|c: char| c.is_ascii_digit())
}

fn closes(text: &str, at: usize) -> bool {
    let before = text[..at].chars().next_back();
    let after = text[at + 1..].chars().next();
    before.is_some_and(|c| !c.is_whitespace())
        && !is_currency(text, at)
        && after.is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '(' | '[' | '{'))
}

/// Whether a sign stands in the address of a link, where no control character may be.
fn is_in_address(text: &str, at: usize) -> bool {
    const FAR: usize = 500;
    let word = text[..at].bytes().rev().take(FAR).take_while(|byte| !byte.is_ascii_whitespace()).count();
    let word = text.as_bytes().get(at - word..at).unwrap_or_default();
    word.windows(2).any(|pair| pair == b"](" || pair == b":/")
}

/// Puts the dollar signs back into what the parser reports.
pub(super) fn unmask(event: Event<'_>, stand_in: char) -> Event<'_> {
    fn put_back(text: CowStr<'_>, stand_in: char) -> CowStr<'_> {
        if text.contains(stand_in) { text.replace(stand_in, "$").into() } else { text }
    }
    let back = |text| put_back(text, stand_in);
    match event {
        Event::Text(text) => Event::Text(back(text)),
        Event::Code(text) => Event::Code(back(text)),
        Event::Html(text) => Event::Html(back(text)),
        Event::InlineHtml(text) => Event::InlineHtml(back(text)),
        Event::InlineMath(text) => Event::InlineMath(back(text)),
        Event::DisplayMath(text) => Event::DisplayMath(back(text)),
        Event::FootnoteReference(label) => Event::FootnoteReference(back(label)),
        Event::Start(Tag::FootnoteDefinition(label)) => Event::Start(Tag::FootnoteDefinition(back(label))),
        Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(back(info))))
        }
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            Event::Start(Tag::Link { link_type, dest_url: back(dest_url), title, id })
        }
        Event::Start(Tag::Image { link_type, dest_url, title, id }) => {
            Event::Start(Tag::Image { link_type, dest_url: back(dest_url), title, id })
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_no_formula() {
        // `¤` stands for a masked sign.
        for (text, expected) in [
            ("$x$ and $y$", "$x$ and $y$"),
            ("$5 and $10", "¤5 and ¤10"),
            ("$5-$10 or $x$", "¤5-¤10 or $x$"),
            ("US$ 3 and US$4-US$5", "US¤ 3 and US¤4-US¤5"),
            ("$5-$10 or US$ 3.", "¤5-¤10 or US¤ 3."),
            ("$US$ 3 $a X$ 3", "$US$ 3 $a X$ 3"),
            ("**$5**/**$6**", "**¤5**/**¤6**"),
            ("$HOME/bin:$PATH", "¤HOME/bin:¤PATH"),
            ("${a}${b} $(c)$(d)", "¤{a}¤{b} ¤(c)¤(d)"),
            ("a $x\n+ y$ b", "a $x\n+ y$ b"),
            ("$x $5\n\ny$ 5$", "¤x ¤5\n\ny¤ 5¤"),
            ("> $x $5\n>\n> y$ $5", "> ¤x ¤5\n>\n> y¤ ¤5"),
            ("\\$5 $x$ \\\\$y$", "\\$5 $x$ \\\\$y$"),
            ("$$x$$ $$ a $b$ c $$", "$$x$$ $$ a $b$ c $$"),
            ("$$ alone", "$$ alone"),
            ("*$*5", "*$*5"),
            ("$$ alone $$ $$", "$$ alone $$ ¤¤"),
            ("$1$ ($x$) $\\alpha$, $n$-th", "$1$ ($x$) $\\alpha$, $n$-th"),
            ("$x$y $5 [a](/b?$c) http://a/$d", "¤x¤y ¤5 [a](/b?$c) http://a/$d"),
        ] {
            let masked = mask(text);
            let shown = masked.stand_in.map(|c| masked.text.replace(c, "¤"));
            assert_eq!(shown.as_deref().unwrap_or(&masked.text), expected, "{text}");
            assert_eq!(masked.text.len(), text.len());
        }
        assert!(!mask("no sign").math);
        let all = "\u{1}\u{2}\u{3}\u{4}\u{5}\u{6}\u{7}\u{8}$5 $6";
        assert!(!mask(all).math, "nothing is left to stand in");
    }
}
