//! Names that stay: the slug of a deck, and the id of a card that came from elsewhere.
//!
//! Anki knows a note by its GUID, any text; an id of ours is made of small letters, digits and hyphens. So a GUID is
//! written in base 32, which can be read back: the card goes to Anki under the name that it has there. Cards of
//! ours go there under a GUID that says whose they are, and come back under their own ids.

/// What stands before the id of a card of ours in a GUID.
const OURS: &str = "sysdrill:";
/// What stands before a GUID in an id of ours.
const THEIRS: &str = "anki-";
/// RFC 4648, in small letters.
const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// A name as a slug: small letters and digits, hyphens between them. Where that loses letters (those of other
/// alphabets) a hash of the name follows, so that two names do not become one.
#[must_use]
pub fn slug(name: &str) -> String {
    let mut slug = String::new();
    let mut lost = false;
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else {
            lost |= c.is_alphanumeric();
            if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
        }
    }
    slug.truncate(60);
    let slug = slug.trim_matches('-');
    match (slug.is_empty(), lost || name.len() > 60) {
        (true, _) => format!("deck-{:08x}", hash(&[name]) as u32),
        (false, true) => format!("{slug}-{:08x}", hash(&[name]) as u32),
        (false, false) => slug.to_string(),
    }
}

/// The id, without its topic, of the card that Anki makes of a note by its template `ord` (of a cloze: its number less one).
#[must_use]
pub fn anki_id(guid: &str, ord: u32) -> String {
    /// Longer ones are nobody's: a hash stands for them, which cannot be read back.
    const LONGEST: usize = 60;
    if guid.len() > LONGEST || guid.is_empty() {
        return format!("{THEIRS}0-{:016x}-{ord}", hash(&[guid]));
    }
    let mut text = String::new();
    for group in guid.as_bytes().chunks(5) {
        let bits =
            group.iter().enumerate().fold(0_u64, |bits, (at, &byte)| bits | u64::from(byte) << (32 - 8 * at));
        let digits = (8 * group.len()).div_ceil(5);
        text.extend((0..digits).map(|digit| DIGITS[(bits >> (35 - 5 * digit)) as usize & 31] as char));
    }
    format!("{THEIRS}{text}-{ord}")
}

/// The GUID and template of which [`anki_id`] made the id; nothing for another id.
pub(super) fn guid_of(id: &str) -> Option<(String, u32)> {
    let (text, ord) = id.strip_prefix(THEIRS)?.rsplit_once('-')?;
    let mut bytes = Vec::new();
    for group in text.as_bytes().chunks(8) {
        let mut bits = 0_u64;
        for (at, byte) in group.iter().enumerate() {
            let digit = DIGITS.iter().position(|known| known == byte)? as u64;
            bits |= digit << (35 - 5 * at);
        }
        bytes.extend((0..group.len() * 5 / 8).map(|at| (bits >> (32 - 8 * at)) as u8));
    }
    let guid = String::from_utf8(bytes).ok()?;
    let ord = ord.parse().ok()?;
    (anki_id(&guid, ord) == id).then_some((guid, ord))
}

/// The GUID under which a card of ours goes to Anki.
pub(super) fn our_guid(card: &str) -> String {
    format!("{OURS}{card}")
}

/// The topic and id of the card that went to Anki under this GUID, where it is one of ours.
pub(super) fn ours(guid: &str) -> Option<(&str, &str)> {
    let (topic, id) = guid.strip_prefix(OURS)?.split_once('.')?;
    let sound = |name: &str| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    };
    (sound(topic) && sound(id)).then_some((topic, id))
}

/// The id, without its topic, of a card that has no name where it comes from: made of what it asks.
pub(super) fn id_of_text(prefix: &str, text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    format!("{prefix}-{:016x}", hash(&[&words.join(" ")]))
}

/// 64-bit FNV-1a over texts, each ended by a zero. The same on every machine.
pub(super) fn hash(texts: &[&str]) -> u64 {
    let bytes = texts.iter().flat_map(|text| text.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn slugs() {
        let check = |name: &str, expected: &str| assert_eq!(slug(name), expected);
        check("System design::Caching", "system-design-caching");
        check("  C++ (advanced) ", "c-advanced");
        assert!(slug("日本語").starts_with("deck-") && slug("日本語") != slug("日本"));
        assert!(slug("日本 basics").starts_with("basics-"));
        assert!(slug(&"x".repeat(500)).len() < 80 && slug("").starts_with("deck-"));
    }

    #[test]
    fn base_32_is_that_of_the_rfc() {
        // RFC 4648, section 10, in small letters and without padding.
        let vectors = [
            ("f", "my"),
            ("fo", "mzxq"),
            ("foo", "mzxw6"),
            ("foob", "mzxw6yq"),
            ("fooba", "mzxw6ytb"),
            ("foobar", "mzxw6ytboi"),
        ];
        for (text, expected) in vectors {
            assert_eq!(anki_id(text, 3), format!("anki-{expected}-3"));
        }
    }

    proptest! {
        #[test]
        fn guids_are_read_back(guid in "[ -~]{1,30}|.{1,10}", ord in 0..600_u32) {
            let id = anki_id(&guid, ord);
            prop_assert!(id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
            prop_assert_eq!(guid_of(&id), Some((guid, ord)));
        }

        #[test]
        fn any_id_can_be_asked(id in "anki-[a-z0-9-]{0,30}|.{0,20}") {
            if let Some((guid, ord)) = guid_of(&id) {
                prop_assert_eq!(anki_id(&guid, ord), id);
            }
        }
    }
}
