//! What a word that is begun could become: the names above, units, functions, constants.

use std::collections::HashSet;

use crate::envelope::{self, Outcome, Sheet};

/// The most that is offered.
const MOST: usize = 60;

/// A word that the typed beginning could become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The word.
    pub word: String,
    /// What it is: its value, or what kind of word.
    pub about: String,
}

/// Completions that are offered: Tab goes from one to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completing {
    /// The byte of the text where the word begins.
    pub start: usize,
    /// What was typed of it.
    pub typed: String,
    /// What it could become; never empty.
    pub candidates: Vec<Candidate>,
    /// Which of them stands in the text.
    pub chosen: usize,
}

/// The byte where the word before the cursor begins; nothing where there is none that could be completed.
#[must_use]
pub fn begun(text: &str, cursor: usize) -> Option<usize> {
    let before = &text[..cursor];
    let inner = |c: char| !(c.is_alphanumeric() || c == '_');
    let start =
        before.rfind(inner).map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    // A unit may be glued to its number.
    let word = &before[start..];
    let start = start + word.len() - word.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let comment = before[before.rfind('\n').map_or(0, |at| at + 1)..].contains('#');
    (start < cursor && !comment).then_some(start)
}

/// What a word that begins so on a line could become: names of lines above first, nearest first.
#[must_use]
pub fn candidates(sheet: &Sheet, line: usize, typed: &str) -> Vec<Candidate> {
    let wanted = typed.to_lowercase();
    let own = sheet.lines.iter().take(line).rev().filter_map(|above| {
        let name = above.name.as_ref().filter(|name| name.to_lowercase().starts_with(&wanted))?;
        let about = match &above.outcome {
            Outcome::Value(answer) => answer.text.clone(),
            _ => "has no value".to_string(),
        };
        Some(Candidate { word: name.clone(), about })
    });
    let known = envelope::names(typed).into_iter().map(known);
    let mut seen = HashSet::new();
    let new = |candidate: &Candidate| candidate.word != typed && seen.insert(candidate.word.clone());
    own.chain(known).filter(new).take(MOST).collect()
}

/// A word of the language, with what it is. A function comes with its bracket.
fn known(word: &str) -> Candidate {
    let candidate = |word: &str, about: String| Candidate { word: word.to_string(), about };
    if let Some(function) = envelope::functions().find(|function| function.name == word) {
        let takes = function.form.strip_prefix(word).unwrap_or(function.form);
        return candidate(&format!("{word}("), format!("{takes}: {}", function.what));
    }
    if let Some(constant) = envelope::constants().find(|constant| constant.name == word) {
        return candidate(word, format!("{}, {} ({})", constant.value, constant.what, constant.year));
    }
    if let Some(unit) = envelope::units().find(|unit| unit.words.contains(&word)) {
        return candidate(word, unit.what);
    }
    let about = match envelope::calculate(&format!("1 {word}")) {
        Ok(one) => one.text,
        Err(_) => "a word of the language".to_string(),
    };
    candidate(word, about)
}
