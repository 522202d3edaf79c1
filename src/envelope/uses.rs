//! What can be told of a line from its text alone: its parts, the name that it defines, which lines it uses.
//!
//! A name that a line uses is a word of the line, so the words of all lines say which lines matter for another, and
//! where a value is used for the last time. A word may be a unit and no name; then a value is kept for nothing.

use std::collections::{BTreeMap, BTreeSet};

/// The two parts of a line: the code, and what stands behind `#=` with its place.
pub(super) struct Split<'a> {
    /// The code.
    pub code: &'a str,
    /// The byte behind `#=`, and what follows.
    pub assertion: Option<(usize, &'a str)>,
}

/// Parts a line at its comment.
pub(super) fn split(line: &str) -> Split<'_> {
    let Some(at) = line.find('#') else { return Split { code: line, assertion: None } };
    let assertion = line[at..].strip_prefix("#=").map(|text| (at + 2, text));
    Split { code: &line[..at], assertion }
}

/// The name that a line defines, told from its text alone, so that a broken line has its name too.
pub(super) fn defined_name(line: &str) -> Option<&str> {
    let (left, right) = split(line).code.split_once('=')?;
    let name = left.trim();
    let begins = name.starts_with(|first: char| first.is_alphabetic() || first == '_');
    let word = name.chars().all(|part| part.is_alphabetic() || part.is_ascii_digit() || part == '_');
    if begins && word && !right.starts_with('=') { Some(name) } else { None }
}

/// The words in the code of a line.
fn words(line: &str) -> impl Iterator<Item = &str> {
    let word = |part: char| part.is_alphanumeric() || part == '_';
    split(line).code.split(move |part| !word(part)).filter(|word| !word.is_empty())
}

/// Which lines are needed to work out the last one. A line without a name may share the seed of its ranges with another
/// one, so where the last has no name no such line is left out.
pub(super) fn needed(lines: &[&str]) -> Vec<bool> {
    let mut wanted: BTreeSet<&str> = BTreeSet::new();
    let unnamed = lines.last().is_some_and(|last| defined_name(last).is_none());
    let mut needed = vec![false; lines.len()];
    for (index, line) in lines.iter().enumerate().rev() {
        let name = defined_name(line);
        needed[index] = index + 1 == lines.len() || name.map_or(unnamed, |name| wanted.contains(name));
        if needed[index] {
            wanted.extend(words(line));
        }
    }
    needed
}

/// For each line the names whose last use it is; the line that defines a name uses it.
pub(super) fn last(lines: &[&str]) -> Vec<Vec<String>> {
    let mut last: BTreeMap<&str, usize> =
        lines.iter().filter_map(|line| Some((defined_name(line)?, 0))).collect();
    for (index, line) in lines.iter().enumerate() {
        for word in words(line) {
            if let Some(held) = last.get_mut(word) {
                *held = index;
            }
        }
    }
    let mut done = vec![Vec::new(); lines.len()];
    for (name, index) in last {
        done[index].push(name.to_string());
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_done_with_at_its_last_use() {
        let lines = ["a = 1", "b = a * 2", "# a", "c = b + b_2 #= a", "5 a/s", "d_1 = max(c,b)"];
        let done = last(&lines);
        assert_eq!(done, [vec![], vec![], vec![], vec![], vec!["a"], vec!["b", "c", "d_1"]]);
        assert_eq!(needed(&lines), [true, true, false, true, false, true]);
        assert_eq!(needed(&lines[..5]), [true, false, true, false, true]);
    }
}
