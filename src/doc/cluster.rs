//! Grapheme clusters: what a reader takes for one character, and what a terminal places as one.
//!
//! The rules for them (UAX #29) are long, and most text needs none of them: between two characters that
//! neither join nor combine there is always a border. So these are walked through without a look at the
//! tables, and the crate unicode-segmentation is asked where it gets interesting.

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

/// A cluster of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cluster<'a> {
    /// The byte of the text where it starts.
    pub at: usize,
    pub text: &'a str,
    /// How many cells it takes.
    pub width: usize,
}

/// The clusters of a text in their order.
pub(super) fn clusters(text: &str) -> Clusters<'_> {
    Clusters { text, at: 0 }
}

/// See [`clusters`].
pub(super) struct Clusters<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Iterator for Clusters<'a> {
    type Item = Cluster<'a>;

    fn next(&mut self) -> Option<Cluster<'a>> {
        let (at, rest) = (self.at, &self.text[self.at..]);
        let mut chars = rest.chars();
        let first = chars.next()?;
        let next = chars.clone().next();
        let simple = cells(first).filter(|_| next.is_none_or(|next| cells(next).is_some()));
        let (text, width) = match simple {
            Some(width) => (&rest[..first.len_utf8()], width),
            None => {
                let text = rest.graphemes(true).next().unwrap_or(rest);
                (text, text.width())
            }
        };
        self.at += text.len();
        Some(Cluster { at, text, width })
    }
}

/// How many cells a character takes that joins with nothing but what asks for it (its property
/// Grapheme_Cluster_Break is Other, and so is that of what it may follow); nothing for all others.
fn cells(c: char) -> Option<usize> {
    match c {
        ' '..='~' | '\u{c0}'..='\u{24f}' | '\u{2010}'..='\u{2027}' | '\u{2190}'..='\u{21ff}' => Some(1),
        '\u{2500}'..='\u{259f}' => Some(1),
        // Punctuation, Hiragana, Katakana, ideographs, full-width forms of ASCII.
        '\u{3001}'..='\u{3011}' | '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30ff}' => Some(2),
        '\u{4e00}'..='\u{9fff}' | '\u{ff01}'..='\u{ff60}' => Some(2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::laws::config;
    use super::*;

    /// What the two crates say.
    fn expected(text: &str) -> Vec<Cluster<'_>> {
        text.grapheme_indices(true).map(|(at, text)| Cluster { at, text, width: text.width() }).collect()
    }

    #[test]
    fn simple_characters_are_simple() {
        let simple: Vec<char> = ('\0'..=char::MAX).filter(|&c| cells(c).is_some()).collect();
        assert!(simple.len() > 20_000);
        let text: String = simple.iter().collect();
        assert_eq!(clusters(&text).collect::<Vec<_>>(), expected(&text));
        for c in simple {
            assert_eq!(cells(c), Some(c.to_string().width()), "{c:?}");
        }
    }

    proptest! {
        #![proptest_config(config(512))]

        #[test]
        fn clusters_are_those_of_unicode(
            parts in prop::collection::vec(
                prop_oneof![
                    4 => any::<char>().prop_map(String::from),
                    4 => "[ -~日本語。aé—→│]",
                    2 => prop::sample::select(&["\u{301}", "\u{200d}", "\u{fe0f}", "👩", "क्", "षि", "🇩", "🇪", "\r\n", "각", "ᄀ", "☎"][..])
                        .prop_map(str::to_owned),
                ],
                0..20,
            ),
        ) {
            let text = parts.concat();
            prop_assert_eq!(clusters(&text).collect::<Vec<_>>(), expected(&text));
        }
    }
}
