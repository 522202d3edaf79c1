//! Front matter: what a page says about itself before it begins.
//!
//! It stands between two lines `+++` at the very start of the file. It is split off here, by line, so
//! that whoever reads it can name the line of the file when something in it is wrong.

/// A file in its two parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split<'a> {
    /// The text between the `+++` lines, without them; nothing where the file does not start with one.
    pub front: Option<&'a str>,
    /// The line of the file where the front matter starts, from 1.
    pub front_line: usize,
    /// The text after it; the whole file where there is none.
    pub body: &'a str,
    /// The line of the file where the body starts, from 1: what [`super::parse_from`] takes.
    pub body_line: usize,
    /// Whether the file starts with `+++` and has no second one. All of it is then the body.
    pub unclosed: bool,
}

/// Splits front matter from the body. A byte order mark at the start is skipped; `+++` may be followed by
/// white space. Cost: O(n).
#[must_use]
pub fn front_matter(text: &str) -> Split<'_> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let whole = Split { front: None, front_line: 1, body: text, body_line: 1, unclosed: false };
    let mut lines = text.split_inclusive('\n');
    let Some(opening) = lines.next().filter(|line| is_fence(line)) else { return whole };
    let start = opening.len();
    let mut end = start;
    for (count, line) in lines.enumerate() {
        if is_fence(line) {
            let body = &text[end + line.len()..];
            return Split {
                front: Some(&text[start..end]),
                front_line: 2,
                body,
                body_line: count + 3,
                unclosed: false,
            };
        }
        end += line.len();
    }
    Split { unclosed: true, ..whole }
}

fn is_fence(line: &str) -> bool {
    line.trim_end() == "+++"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_by_line() {
        let check = |text: &str, front: Option<&str>, body: &str, body_line: usize, unclosed: bool| {
            let split = front_matter(text);
            let got = (split.front, split.body, split.body_line, split.unclosed);
            assert_eq!(got, (front, body, body_line, unclosed), "{text:?}");
            // The named lines are those of the file.
            if split.front.is_some_and(|front| !front.is_empty()) {
                assert_eq!(
                    text.split('\n').nth(split.front_line - 1),
                    split.front.and_then(|f| f.split('\n').next())
                );
            }
        };
        check("", None, "", 1, false);
        check("text\n+++\n", None, "text\n+++\n", 1, false);
        check("+++\na = 1\nb = 2\n+++\nbody\n", Some("a = 1\nb = 2\n"), "body\n", 5, false);
        check("+++\r\na = 1\r\n+++  \r\nbody", Some("a = 1\r\n"), "body", 4, false);
        check("+++\n+++", Some(""), "", 3, false);
        check("\u{feff}+++\n+++\nx", Some(""), "x", 3, false);
        check("+++\na = 1\n", None, "+++\na = 1\n", 1, true);
        check("+++", None, "+++", 1, true);
        check("++++\n+++\n", None, "++++\n+++\n", 1, false);
        check(" +++\n+++\n", None, " +++\n+++\n", 1, false);
    }
}
