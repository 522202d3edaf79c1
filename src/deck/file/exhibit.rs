//! Cards with an exhibit in which something is wrong.

use super::super::{Flaw, Kind};
use crate::config::fields::{Fields, Placed, Reader};

/// The most lines of an exhibit: more is no longer looked through, but searched.
const LINES: usize = 60;

/// An exhibit and its flaws, each at the one line in which its text stands.
pub(super) fn spot(fields: &mut Fields<'_, '_>, reader: &mut Reader<'_>) -> Option<Kind> {
    let exhibit = fields.required(reader, "exhibit");
    let lang = fields.text(reader, "lang").map_or_else(String::new, |lang| lang.value);
    let at = fields.place("flaws");
    let mut found: Vec<(Placed<String>, String)> = Vec::new();
    for mut flaw in fields.tables(reader, "flaws") {
        let place = flaw.required(reader, "at");
        let why = flaw.required(reader, "why");
        flaw.finish(reader);
        found.extend(place.zip(why).map(|(place, why)| (place, why.value)));
    }
    if found.is_empty() {
        let help = "flaws = [{ at = \"text of the wrong line\", why = \"what is wrong with it\" }]";
        reader.problem_with_help(at, "an exhibit has a flaw", help);
    }
    let exhibit_at = exhibit.as_ref().map_or(at, |exhibit| exhibit.span.start);
    let exhibit = exhibit?.value.trim_end().to_string();
    let lines: Vec<&str> = exhibit.lines().collect();
    if lines.len() < 2 || lines.len() > LINES {
        let message = format!("an exhibit has 2 to {LINES} lines, this one has {}", lines.len());
        reader.problem(exhibit_at, message);
    }
    let mut flaws: Vec<Flaw> = Vec::new();
    for (place, why) in found {
        match only_line(&place.value, &lines) {
            Ok(line) if flaws.iter().any(|flaw| flaw.line == line) => {
                let message = format!("line {} of the exhibit has a flaw already", line + 1);
                reader.problem(place.span.start, message);
            }
            Ok(line) => flaws.push(Flaw { line, why }),
            Err(message) => {
                reader.problem_with_help(
                    place.span.start,
                    message,
                    "name a piece of the wrong line as it stands there",
                );
            }
        }
    }
    flaws.sort_by_key(|flaw| flaw.line);
    Some(Kind::Spot { exhibit, lang, flaws })
}

/// The one line in which a text stands.
fn only_line(text: &str, lines: &[&str]) -> Result<usize, String> {
    let found: Vec<usize> =
        (0..lines.len()).filter(|&line| lines[line].contains(text.trim_end_matches('\n'))).collect();
    match found.as_slice() {
        [line] => Ok(*line),
        [] => Err(format!("'{text}' stands in no line of the exhibit")),
        [first, .., last] => Err(format!(
            "'{text}' stands in {} lines of the exhibit, from line {} to line {}",
            found.len(),
            first + 1,
            last + 1
        )),
    }
}
