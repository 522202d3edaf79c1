//! Names in braces: `{users}` in the question of an estimate or a bet, and in an estimate's sheet.
//!
//! What is drawn when a card is asked stands in its texts by name. Braces around anything but a name stay as they are, so
//! code and formulas may have theirs.

/// The names in braces in a text, with the byte of each.
pub(crate) fn places(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices('{').filter_map(|(at, _)| {
        let (name, _) = text[at + 1..].split_once('}')?;
        (!name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'))
            .then_some((at, name))
    })
}

/// The text with a value wherever it names one for which `value` has one. Everything else stays as it is.
#[must_use]
pub fn filled(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut whole = String::with_capacity(text.len());
    let mut at = 0;
    for (start, name) in places(text) {
        if let Some(value) = value(name) {
            whole.push_str(&text[at..start]);
            whole.push_str(&value);
            at = start + name.len() + 2;
        }
    }
    whole + &text[at..]
}

/// A sheet with its values. In an argument of a function the comma of `1,500` would part two arguments: the sheet gets
/// 1500, and the question keeps what people read.
#[must_use]
pub fn filled_sheet(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let parts_thousands = |text: &str, at: usize| {
        let digit = |sign: Option<char>| sign.is_some_and(|sign| sign.is_ascii_digit());
        text[at..].starts_with(',')
            && digit(text[..at].chars().next_back())
            && digit(text[at + 1..].chars().next())
    };
    let plain = |value: String| -> String {
        value.char_indices().filter(|(at, _)| !parts_thousands(&value, *at)).map(|(_, sign)| sign).collect()
    };
    filled(text, |name| value(name).map(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_gets_numbers_without_commas() {
        let value = |name: &str| (name == "rate").then(|| "1,500".to_string());
        assert_eq!(filled_sheet("littles({rate} req/s, {it})", value), "littles(1500 req/s, {it})");
        assert_eq!(filled_sheet("{rate}", |_| Some("a, b,3 ,é".to_string())), "a, b,3 ,é");
    }

    #[test]
    fn fills_in_what_it_knows() {
        let check = |text: &str, expected: &str| {
            assert_eq!(filled(text, |name| (name == "users").then(|| "10 million".to_string())), expected);
        };
        check("{users} users", "10 million users");
        check("{users}{users}", "10 million10 million");
        check("{other} {Users} {} {users", "{other} {Users} {} {users");
        check("{{users}} ä{users}ö", "{10 million} ä10 millionö");
    }
}
