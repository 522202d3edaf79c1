//! Front matter: what a page says about itself before it begins.
//!
//! It stands between two lines `+++` (TOML, as our own pages have it) or `---` (YAML, as most others have it)
//! at the very start of the file. It is split off here, by line, so that whoever reads it can name the line
//! of the file when something in it is wrong.

/// How front matter is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Between lines `+++`.
    Toml,
    /// Between lines `---`; the last may be `...`.
    Yaml,
}

impl Format {
    /// As a fence of code names it: `toml`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Format::Toml => "toml",
            Format::Yaml => "yaml",
        }
    }
}

/// A file in its two parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split<'a> {
    /// The text between the two lines, without them; nothing where the file does not start with one.
    pub front: Option<&'a str>,
    /// How it is written, where there is one.
    pub format: Option<Format>,
    /// The line of the file where the front matter starts, from 1.
    pub front_line: usize,
    /// The text after it; the whole file where there is none.
    pub body: &'a str,
    /// The line of the file where the body starts, from 1: what [`super::parse_from`] takes.
    pub body_line: usize,
    /// Whether the file starts with `+++` and has no second one. All of it is then the body.
    pub unclosed: bool,
}

/// Splits front matter from the body. A byte order mark at the start is skipped; the lines may end in white
/// space. A line `---` is a rule in Markdown too, so YAML is taken for front matter only if it ends and its
/// first line is a `key:`, a comment or an item of a list. Cost: O(n).
#[must_use]
pub fn front_matter(text: &str) -> Split<'_> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let whole = Split { front: None, format: None, front_line: 1, body: text, body_line: 1, unclosed: false };
    let mut lines = text.split_inclusive('\n');
    let opening = lines.next().unwrap_or_default();
    let format = match opening.trim_end() {
        "+++" => Format::Toml,
        "---" if lines.clone().next().is_some_and(is_yaml) => Format::Yaml,
        _ => return whole,
    };
    let start = opening.len();
    let mut end = start;
    for (count, line) in lines.enumerate() {
        if ends(format, line) {
            let body = &text[end + line.len()..];
            return Split {
                front: Some(&text[start..end]),
                format: Some(format),
                front_line: 2,
                body,
                body_line: count + 3,
                unclosed: false,
            };
        }
        end += line.len();
    }
    Split { unclosed: format == Format::Toml, ..whole }
}

fn ends(format: Format, line: &str) -> bool {
    match format {
        Format::Toml => line.trim_end() == "+++",
        Format::Yaml => matches!(line.trim_end(), "---" | "..."),
    }
}

/// Whether a line can be the first one of YAML that says something about a page.
fn is_yaml(line: &str) -> bool {
    let line = line.trim_end();
    let key = line.split_once(':').map(|(key, rest)| (key.trim_matches(['"', '\'']), rest));
    let is_key = key.is_some_and(|(key, rest)| {
        !key.is_empty()
            && key.chars().all(|c| c.is_alphanumeric() || "_-. ".contains(c))
            && !key.starts_with(' ')
            && (rest.is_empty() || rest.starts_with([' ', '\t']))
    });
    line == "---" || line.starts_with('#') || line.starts_with("- ") || is_key
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
        check("---\ntitle: x\n---\nbody\n", Some("title: x\n"), "body\n", 4, false);
        check("---\n# note\n\ntags:\n- a\n...\r\nbody", Some("# note\n\ntags:\n- a\n"), "body", 7, false);
        check("---\n\"a b\": 1\n---", Some("\"a b\": 1\n"), "", 4, false);
        check("---\n---\nx", Some(""), "x", 3, false);
        check("---\ntitle: x\n", None, "---\ntitle: x\n", 1, false);
        check("---\n\ntext\n\n---\n", None, "---\n\ntext\n\n---\n", 1, false);
        check("---\nJust text.\n---\n", None, "---\nJust text.\n---\n", 1, false);
        check("---\nhttp://a.b\n---\n", None, "---\nhttp://a.b\n---\n", 1, false);
        check("++++\n+++\n", None, "++++\n+++\n", 1, false);
        check(" +++\n+++\n", None, " +++\n+++\n", 1, false);
    }
}
