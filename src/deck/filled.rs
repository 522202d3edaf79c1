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

#[cfg(test)]
mod tests {
    use super::*;

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
