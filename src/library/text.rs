//! From bytes to text, whatever they are: of a page, a deck, or any file that is to be read.
//!
//! A file comes from any editor on any system. UTF-16 and a UTF-8 byte order mark are known by their first bytes, as
//! some of them write it. What is no text is shown as U+FFFD, one for each ill-formed sequence as the Unicode standard
//! recommends (section 3.9), and is said in words: a file that is cut or of another coding is not silently another.

/// Bytes as text, and what is to be said of those that are none. A byte order mark goes; one of UTF-16 says how the
/// rest is read. O(bytes); bytes that are UTF-8 are not copied.
#[must_use]
pub fn decode(mut bytes: Vec<u8>) -> (String, Option<String>) {
    match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => return decode_wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => return decode_wide(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, ..] => drop(bytes.drain(..3)),
        _ => {}
    }
    match String::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(error) => {
            let bytes = error.as_bytes();
            let (mut text, mut wrong) = (String::with_capacity(bytes.len()), 0);
            for chunk in bytes.utf8_chunks() {
                text.push_str(chunk.valid());
                if !chunk.invalid().is_empty() {
                    text.push(char::REPLACEMENT_CHARACTER);
                    wrong += chunk.invalid().len();
                }
            }
            (text, flaw(wrong, "UTF-8"))
        }
    }
}

fn decode_wide(bytes: &[u8], unit: impl Fn([u8; 2]) -> u16) -> (String, Option<String>) {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(bytes.len() / 2);
    let mut wrong = odd.len();
    for found in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        wrong += if found.is_err() { 2 } else { 0 };
        text.push(found.unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    text.extend(odd.iter().map(|_| char::REPLACEMENT_CHARACTER));
    (text, flaw(wrong, "UTF-16"))
}

fn flaw(count: usize, coding: &str) -> Option<String> {
    match count {
        0 => None,
        1 => Some(format!("1 byte is not {coding} and is shown as U+FFFD")),
        _ => Some(format!("{count} bytes are not {coding} and are shown as U+FFFD")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], text: &str, said: Option<&str>) {
        let (found, flaw) = decode(bytes.to_vec());
        assert_eq!((found.as_str(), flaw.as_deref()), (text, said));
    }

    /// The ill-formed sequences are those of the Unicode standard, section 3.9, tables 3-8 to 3-11: one U+FFFD for each
    /// maximal subpart.
    #[test]
    fn bytes_that_are_no_text_are_replaced_and_counted() {
        check(b"", "", None);
        check("plain ä 漢 😀".as_bytes(), "plain ä 漢 😀", None);
        check(b"\xef\xbb\xbf# A", "# A", None);
        check(b"a\xffb", "a\u{fffd}b", Some("1 byte is not UTF-8 and is shown as U+FFFD"));
        let said = "8 bytes are not UTF-8 and are shown as U+FFFD";
        check(b"\xc0\xaf\xe0\x80\xbf\xf0\x81\x82A", &format!("{}A", "\u{fffd}".repeat(8)), Some(said));
        let said = "8 bytes are not UTF-8 and are shown as U+FFFD";
        check(b"\xed\xa0\x80\xed\xbf\xbf\xed\xafA", &format!("{}A", "\u{fffd}".repeat(8)), Some(said));
        let said = "8 bytes are not UTF-8 and are shown as U+FFFD";
        check(b"\xe1\x80\xe2\xf0\x91\x92\xf1\xbfA", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}A", Some(said));
    }

    #[test]
    fn utf_16_is_known_by_its_mark() {
        // From Python: "# ä😀".encode("utf-16-le"), and "-be".
        check(b"\xff\xfe\x23\x00\x20\x00\xe4\x00\x3d\xd8\x00\xde", "# ä😀", None);
        check(b"\xfe\xff\x00\x23\x00\x20\x00\xe4\xd8\x3d\xde\x00", "# ä😀", None);
        // Half a surrogate pair, and half a unit at the end.
        let said = "3 bytes are not UTF-16 and are shown as U+FFFD";
        check(b"\xff\xfe\x3d\xd8\x41\x00\x42", "\u{fffd}A\u{fffd}", Some(said));
        check(b"\xff\xfe", "", None);
    }
}
