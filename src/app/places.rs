//! Places in a text that a cursor goes to: the neighbouring characters as people count them, words, and ends of lines.
//! All are bytes where a character begins, or the end of the text.

use unicode_segmentation::UnicodeSegmentation;

/// The place one character before.
pub(super) fn before(text: &str, at: usize) -> usize {
    text[..at].grapheme_indices(true).next_back().map_or(0, |(before, _)| before)
}

/// The place one character behind.
pub(super) fn after(text: &str, at: usize) -> usize {
    at + text[at..].graphemes(true).next().map_or(0, str::len)
}

/// Where the word begins that stands before; the beginning where none does.
pub(super) fn word_before(text: &str, at: usize) -> usize {
    text[..at].unicode_word_indices().map(|(word, _)| word).rfind(|&word| word < at).unwrap_or(0)
}

/// Where the word ends that comes next; the end where none comes.
pub(super) fn word_after(text: &str, at: usize) -> usize {
    let next = text[at..].unicode_word_indices().next();
    next.map_or(text.len(), |(from, word)| at + from + word.len())
}

/// Where the line begins.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

/// Where the line ends, before its newline.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |newline| at + newline)
}

/// The line of a place and the byte within it, from 0.
pub(super) fn line_and_byte(text: &str, at: usize) -> (usize, usize) {
    (text[..at].matches('\n').count(), at - line_start(text, at))
}
