//! Which form a file has.

use super::ExchangeError;

/// A form of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Anki's package: `.apkg`, `.colpkg`.
    Package,
    /// Anki's notes as text, with header lines: `.txt`.
    AnkiText,
    /// A table whose first line names the columns: `.csv`.
    Csv,
    /// Blocks of `Q:` and `A:`, and `C:` with brackets: `.md`.
    Markdown,
    /// All that there is, for another sysdrill or another program: `.json`.
    Json,
}

impl Form {
    /// The form with that name on the command line.
    #[must_use]
    pub fn named(name: &str) -> Option<Form> {
        Some(match name {
            "apkg" => Form::Package,
            "anki" | "txt" => Form::AnkiText,
            "csv" => Form::Csv,
            "json" => Form::Json,
            _ => return None,
        })
    }

    /// The form that a file of this name is written in.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Form> {
        Form::named(&ending(name)?)
    }
}

fn ending(name: &str) -> Option<String> {
    name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase())
}

/// The form of a file, by how it begins and what it is called.
pub(super) fn of(name: &str, start: &[u8]) -> Result<Form, ExchangeError> {
    if start.starts_with(b"PK\x03\x04")
        || start.starts_with(b"PK\x05\x06")
        || start.starts_with(b"SQLite format 3\0")
    {
        return Ok(Form::Package);
    }
    let text = String::from_utf8_lossy(start);
    let blocks = text.lines().any(|line| line.starts_with("Q:") || line.starts_with("C:"));
    let headers = text.trim_start_matches('\u{feff}').starts_with('#')
        && text.lines().any(|line| line.starts_with("#separator:") || line.starts_with("#html:"));
    match ending(name).as_deref() {
        Some("apkg" | "colpkg" | "zip" | "anki2" | "anki21") => {
            Err(ExchangeError::NoPackage("it does not begin as an archive does".to_string()))
        }
        Some("json") => Ok(Form::Json),
        Some("md" | "markdown") => Ok(Form::Markdown),
        _ if headers => Ok(Form::AnkiText),
        Some("csv" | "tsv") => Ok(Form::Csv),
        Some("txt") if blocks => Ok(Form::Markdown),
        Some("txt") if text.lines().any(|line| line.contains(['\t', ';'])) => Ok(Form::AnkiText),
        _ => Err(ExchangeError::UnknownForm(name.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_counts_before_the_name() {
        let check = |name: &str, start: &str, expected: Option<Form>| {
            assert_eq!(of(name, start.as_bytes()).ok(), expected, "{name}");
        };
        check("deck.apkg", "PK\u{3}\u{4}...", Some(Form::Package));
        check("deck.txt", "PK\u{3}\u{4}...", Some(Form::Package));
        check("collection.anki2", "SQLite format 3\0", Some(Form::Package));
        check("deck.apkg", "hello", None);
        check("a.txt", "#separator:tab\n#html:true\nQ: x", Some(Form::AnkiText));
        check("a.csv", "#separator:comma\n", Some(Form::AnkiText));
        check("a.csv", "question,answer\n", Some(Form::Csv));
        check("a.txt", "Q: What?\nA: That.", Some(Form::Markdown));
        check("a.txt", "front\tback", Some(Form::AnkiText));
        check("a.txt", "just text", None);
        check("a.md", "", Some(Form::Markdown));
        check("a.json", "{}", Some(Form::Json));
        check("a.exe", "MZ", None);
    }
}
