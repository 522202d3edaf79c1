//! Text as it is compared: in small letters, without accents, with plain hyphens and quotes.
//!
//! Whoever looks for `cafe` wants `Café` too, and nobody types a typographic apostrophe. Latin letters up to
//! U+017F lose their accents by a table, all others keep theirs unless they are written as marks of their own.

/// The folded form of a text.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    fold_into(text, &mut folded);
    folded
}

/// Appends the folded form of a text.
pub(super) fn fold_into(text: &str, folded: &mut String) {
    for c in text.chars() {
        each(c, |c| folded.push(c));
    }
}

/// The folded form, and for each of its bytes the character of the text that it came from, as bytes from and to.
pub(super) fn fold_with_places(text: &str) -> (String, Vec<(usize, usize)>) {
    let (mut folded, mut places) = (String::with_capacity(text.len()), Vec::with_capacity(text.len()));
    for (at, c) in text.char_indices() {
        each(c, |folded_c| {
            folded.push(folded_c);
            places.resize(folded.len(), (at, at + c.len_utf8()));
        });
    }
    (folded, places)
}

/// What a character is compared as: none, one or several characters.
fn each(c: char, mut push: impl FnMut(char)) {
    if c.is_ascii() {
        return push(c.to_ascii_lowercase());
    }
    for c in c.to_lowercase() {
        match c {
            // Accents that stand as characters of their own.
            '\u{300}'..='\u{36f}' => {}
            'ß' => {
                push('s');
                push('s');
            }
            'æ' => {
                push('a');
                push('e');
            }
            'œ' => {
                push('o');
                push('e');
            }
            _ => push(plain(c)),
        }
    }
}

fn plain(c: char) -> char {
    match c {
        'à'..='å' | 'ā' | 'ă' | 'ą' => 'a',
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => 'c',
        'ď' | 'đ' => 'd',
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => 'e',
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => 'g',
        'ĥ' | 'ħ' => 'h',
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => 'i',
        'ĵ' => 'j',
        'ķ' => 'k',
        'ĺ' | 'ļ' | 'ľ' | 'ŀ' | 'ł' => 'l',
        'ñ' | 'ń' | 'ņ' | 'ň' => 'n',
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' => 'o',
        'ŕ' | 'ŗ' | 'ř' => 'r',
        'ś' | 'ŝ' | 'ş' | 'š' => 's',
        'ţ' | 'ť' | 'ŧ' => 't',
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => 'u',
        'ŵ' => 'w',
        'ý' | 'ÿ' | 'ŷ' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        '‘' | '’' => '\'',
        '“' | '”' => '"',
        '‐'..='―' | '−' => '-',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_and_typography_do_not_count() {
        for (text, folded) in [
            ("Café CAFÉ cafe\u{301}", "cafe cafe cafe"),
            ("Straße, Łódź, Ørsted, naïve", "strasse, lodz, orsted, naive"),
            ("half‑open – it’s", "half-open - it's"),
            ("İstanbul", "istanbul"),
            ("漢字 ΣΑΣ", "漢字 σασ"),
        ] {
            assert_eq!(fold(text), folded, "{text}");
            let (with_places, places) = fold_with_places(text);
            assert_eq!((with_places.as_str(), places.len()), (folded, folded.len()));
            assert!(places.iter().all(|(from, to)| text.get(*from..*to).is_some_and(|c| !c.is_empty())));
            assert!(places.is_sorted());
        }
    }
}
