//! The token that a client gives back to have the next page.
//!
//! It says where the last page ended, and nothing that a client should build on: so it is written in hexadecimal with
//! a checksum, and what was changed or cut off is refused. (Where a client must not be able to make one up, the
//! checksum has to be a keyed one. This one finds mistakes, not attacks.)

use std::fmt;
use std::str::FromStr;

/// Where the next page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The version of the list that is read; the present one where none is named.
    pub version: Option<u64>,
    /// The sort key of the last row.
    pub key: u64,
    /// Its id.
    pub id: u64,
}

/// Why a token is no cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCursor {
    /// It has not the length of one, or other signs than hexadecimal digits.
    #[error("this is no cursor: begin with the first page")]
    Malformed,
    /// Its checksum is wrong.
    #[error("this cursor was changed: begin with the first page")]
    Changed,
}

/// The bytes of a cursor without its checksum: version, key and id. A version of `u64::MAX` stands for none.
const BYTES: usize = 24;

/// FNV-1a with 32 bits.
fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = [self.version.unwrap_or(u64::MAX), self.key, self.id];
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
        bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        write!(f, "{:08x}", checksum(&bytes))
    }
}

impl FromStr for Cursor {
    type Err = BadCursor;

    fn from_str(text: &str) -> Result<Cursor, BadCursor> {
        let digits = text.as_bytes();
        let lower = |digit: &u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
        if digits.len() != 2 * (BYTES + 4) || !digits.iter().all(lower) {
            return Err(BadCursor::Malformed);
        }
        let word = |from: usize, len: usize| {
            text.get(from..from + len).and_then(|part| u64::from_str_radix(part, 16).ok())
        };
        let (Some(version), Some(key), Some(id), Some(sum)) =
            (word(0, 16), word(16, 16), word(32, 16), word(48, 8))
        else {
            return Err(BadCursor::Malformed);
        };
        let bytes: Vec<u8> = [version, key, id].iter().flat_map(|word| word.to_be_bytes()).collect();
        if u64::from(checksum(&bytes)) != sum {
            return Err(BadCursor::Changed);
        }
        Ok(Cursor { version: (version != u64::MAX).then_some(version), key, id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_says_where_it_was_made() {
        for version in [None, Some(0), Some(77)] {
            let cursor = Cursor { version, key: u64::MAX - 3, id: 12 };
            let token = cursor.to_string();
            assert_eq!((token.parse(), token.len()), (Ok(cursor), 56));
        }
        // The published check value of FNV-1a for "foobar".
        assert_eq!(checksum(b"foobar"), 0xbf9c_f968);
    }

    #[test]
    fn what_was_changed_or_cut_is_refused() {
        let token = Cursor { version: Some(3), key: 9, id: 12 }.to_string();
        for place in 0..token.len() {
            let mut digits: Vec<char> = token.chars().collect();
            digits[place] = if digits[place] == 'a' { 'b' } else { 'a' };
            let changed: String = digits.iter().collect();
            assert_eq!(changed.parse::<Cursor>(), Err(BadCursor::Changed), "{place}");
            assert_eq!(token[..place].parse::<Cursor>(), Err(BadCursor::Malformed));
        }
        assert_eq!("ä".repeat(28).parse::<Cursor>(), Err(BadCursor::Malformed));
        assert_eq!(token.to_uppercase().parse::<Cursor>(), Err(BadCursor::Malformed));
    }
}
