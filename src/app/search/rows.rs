//! The rows of the list: what was found, in the rows that there are.

use super::{Row, Search};
use crate::library::search::Kind;

/// What stands there before anything was looked for.
const HINT: &str = "Words in any order, \"in quotes\" as they stand, or the initials of a name.";

impl Search {
    /// Makes the rows of what was found.
    pub(super) fn lay_out(&mut self, recent: &[String], complete: bool) {
        self.rows.clear();
        let groups = &self.found.groups;
        if self.field.text().trim().is_empty() {
            if recent.is_empty() {
                self.rows.push(Row::Says(HINT.to_string()));
            } else {
                self.rows.push(Row::Says("Looked for before:".to_string()));
                self.rows.extend(recent.iter().cloned().map(Row::Words));
            }
        } else if let Some(kind) = self.only {
            match groups.iter().position(|group| group.kind == kind) {
                Some(at) => {
                    self.rows.extend((0..groups[at].hits.len()).map(|hit| Row::Hit(at, hit)));
                    let left = groups[at].total - groups[at].hits.len();
                    self.rows.extend(
                        (left > 0)
                            .then(|| Row::Says(format!("and {left} more: another word narrows them down"))),
                    );
                }
                None => self.rows.push(Row::Says(format!("None in {}. Tab shows all kinds.", kind.name()))),
            }
        } else if groups.is_empty() {
            let typed = self.field.text().trim();
            self.rows.push(Row::Says(match (complete, typed.contains(char::is_whitespace)) {
                (false, _) => format!("Nothing is called '{typed}'. The pages are being read."),
                (true, true) => format!("Nothing holds all of '{typed}'."),
                (true, false) => format!("Nothing holds '{typed}'."),
            }));
            if !self.found.near.is_empty() {
                self.rows.extend([Row::Gap, Row::Says("Spelt like that:".to_string())]);
                self.rows.extend(self.found.near.iter().cloned().map(Row::Words));
            }
        } else {
            for (at, group) in groups.iter().enumerate() {
                let shown = group.hits.len();
                self.rows.extend((at > 0).then_some(Row::Gap));
                self.rows.push(Row::Title(at));
                self.rows.extend((0..shown).map(|hit| Row::Hit(at, hit)));
                let left = group.total - shown;
                self.rows.extend((left > 0).then_some(Row::More(at, left)));
            }
        }
    }
}

/// How many hits of each group are shown in so many rows: three of each where there are as many, more as there is
/// room, first to the first group.
pub(super) fn shares(groups: &[(Kind, usize)], height: usize) -> Vec<usize> {
    let mut shown: Vec<usize> = groups.iter().map(|(_, total)| (*total).min(3)).collect();
    let rows = |shown: &[usize]| -> usize {
        let of = |((_, total), shown): (&(Kind, usize), &usize)| shown + 2 + usize::from(total > shown);
        groups.iter().zip(shown).map(of).sum::<usize>().saturating_sub(1)
    };
    loop {
        let before = shown.clone();
        for at in 0..groups.len() {
            if shown[at] < groups[at].1 {
                shown[at] += 1;
                if rows(&shown) > height {
                    shown[at] -= 1;
                }
            }
        }
        if shown == before {
            return shown;
        }
    }
}
