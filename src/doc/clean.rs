//! Text that is safe to put on a terminal, and how wide it is there.
//!
//! A file may hold escape sequences that move the cursor, set the window's title or worse, and
//! bidirectional overrides that make code read as something else than it is (CVE-2021-42574, "Trojan
//! Source"). None of them is text; each is replaced by one visible symbol, so that nothing is hidden
//! and nothing acts.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar as _;

use super::cluster::clusters;

/// The text with every control character shown as a symbol: C0 controls and DEL as their Control
/// Pictures (ESC is `␛`, a line feed `␊`, a tab `␉`), C1 controls, bidirectional controls, line and
/// paragraph separators, interlinear annotations and soft hyphens as `�`. Meant for one line of text:
/// split lines and expand tabs first. Cost: O(n), without a copy where nothing changes.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) || !text.chars().any(is_control) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|c| if is_control(c) { symbol(c) } else { c }).collect())
}

/// How many cells a clean text takes: the sum over its grapheme clusters, which is how terminals that
/// know clusters and the crate ratatui place them.
#[must_use]
pub fn text_width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { clusters(text).map(|cluster| cluster.width).sum() }
}

/// How many cells a character takes that stands alone.
pub(super) fn char_width(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// Whether a character acts on the terminal or on the order of the text instead of being text.
fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{206f}'
            | '\u{fff9}'..='\u{fffb}')
}

fn symbol(c: char) -> char {
    match u32::from(c) {
        code @ 0..0x20 => char::from_u32(0x2400 + code).unwrap_or('\u{fffd}'),
        0x7f => '\u{2421}',
        _ => '\u{fffd}',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_become_symbols() {
        for (input, expected) in [
            ("plain", "plain"),
            ("\u{1b}[31mred", "␛[31mred"),
            ("a\0b\x07c", "a␀b␇c"),
            ("\n\t\r", "␊␉␍"),
            ("\x7f", "␡"),
            ("\u{9b}31m", "�31m"),
            ("user\u{202e}txt\u{202c}", "user�txt�"),
            ("\u{2066}\u{2069}\u{200f}\u{61c}", "����"),
            ("\u{2028}\u{2029}\u{85}", "���"),
            ("日本 é 👩‍👩‍👧", "日本 é 👩‍👩‍👧"),
        ] {
            assert_eq!(clean(input), expected, "{input:?}");
        }
        assert!(matches!(clean("日本"), Cow::Borrowed(_)));
    }

    #[test]
    fn widths_are_those_of_unicode() {
        // UAX #11 (East Asian Width) and UTS #51 (emoji sequences are two cells).
        for (input, expected) in [
            ("", 0),
            ("abc", 3),
            ("日本", 4),
            ("e\u{301}", 1),
            ("👩‍👩‍👧", 2),
            ("🇩🇪", 2),
            ("␛", 1),
            ("�", 1),
            ("ｱ", 1),
            ("☎\u{fe0f}", 2),
        ] {
            assert_eq!(text_width(input), expected, "{input:?}");
        }
    }
}
