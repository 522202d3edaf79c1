//! What a reader of a sheet has to know once: that a month has 30 days here and a year 365, and of what year a
//! constant is.
//!
//! A calendar is said where it is used: on the first line that brings months or years together with another unit of
//! time, by what is written in it, by what it takes from lines above, or by the unit that it is shown in. `$5/month`
//! alone needs no calendar.

use std::collections::BTreeSet;

use super::constant;
use super::parse::{Expr, Form, Node, Scope};
use super::quantity::{Atom, Units};
use super::unit::{self, Kind};
use super::{Answer, eval::Values};

/// The notes of a sheet that have been given.
#[derive(Debug, Default)]
pub(super) struct Notes {
    given: BTreeSet<&'static str>,
}

/// What a line mentions.
#[derive(Debug, Default)]
struct Mentioned {
    times: BTreeSet<&'static str>,
    constants: Vec<&'static constant::Constant>,
}

impl Notes {
    /// What is to be said with a line, each note once a sheet.
    pub fn with(&mut self, expr: &Expr, answer: &Answer, scope: &Scope, values: &Values) -> Vec<String> {
        let mut mentioned = Mentioned::default();
        mentioned.in_tree(expr, scope, values);
        for word in answer.unit.split(|letter: char| !letter.is_alphabetic()) {
            let known = unit::known(word).filter(|known| known.kind == Kind::Time);
            mentioned.times.extend(known.map(unit::Known::one));
        }
        let mut notes = Vec::new();
        for (period, said) in [("month", "a month is 30 days here"), ("year", "a year is 365 days here")] {
            if mentioned.times.contains(period) && mentioned.times.len() > 1 && self.given.insert(period) {
                notes.push(said.to_string());
            }
        }
        for constant in mentioned.constants {
            if self.given.insert(constant.name) {
                notes.push(constant.note());
            }
        }
        notes
    }
}

impl Mentioned {
    fn in_tree(&mut self, expr: &Expr, scope: &Scope, values: &Values) {
        let mut pending = vec![expr];
        while let Some(expr) = pending.pop() {
            match &expr.node {
                Node::Literal(literal) => self.units(&literal.quantity.units),
                Node::Name(name) => match values.get(name) {
                    Some(value) => value.iter().for_each(|value| self.units(&value.units)),
                    None if scope.names.contains_key(name) => {}
                    None => self.constants.extend(constant::find(name)),
                },
                Node::Negative(inner) | Node::Factorial(inner) => pending.push(inner),
                Node::Convert(inner, target) => {
                    match &target.form {
                        Form::Unit(units, _) => self.units(units),
                        Form::Parts(parts) => self.times.extend(parts.iter().map(|part| part.one())),
                        Form::Percent => {}
                    }
                    pending.push(inner);
                }
                Node::Binary(_, left, right) | Node::Range(_, _, left, right) => {
                    pending.extend([&**right, &**left]);
                }
                Node::Call(_, _, arguments) => pending.extend(arguments.iter().rev()),
            }
        }
    }

    fn units(&mut self, units: &Units) {
        self.times.extend(units.0.iter().filter_map(|(atom, _)| match atom {
            Atom::Known(known) if known.kind == Kind::Time => Some(known.one()),
            _ => None,
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::super::evaluate;

    #[test]
    fn a_calendar_is_said_once_where_it_is_used() {
        let check = |text: &str, expected: &[(usize, &str)]| {
            let sheet = evaluate(text);
            let said: Vec<(usize, &str)> = sheet
                .lines
                .iter()
                .enumerate()
                .flat_map(|(index, line)| line.notes.iter().map(move |note| (index + 1, note.as_str())))
                .collect();
            assert_eq!(said, expected, "{text}");
        };
        let (month, year) = ("a month is 30 days here", "a year is 365 days here");
        check("$5/month\n3 months", &[]);
        check("$5/month * 12 months", &[]);
        check("5 years in days\n2 years in days", &[(1, year)]);
        check("1 year / 1 month", &[(1, month), (1, year)]);
        check("cost = $5/month\ncost * 1 year", &[(2, month), (2, year)]);
        // The result is shown per second.
        check("250 billion reads/month", &[]);
        check("250 billion reads/month * 1", &[(1, month)]);
        check("downtime(99.9%, month)", &[(1, month)]);
        check("# 1 year in days\n1 GB/s * 1 day", &[]);
        check("1 yeer in days", &[]);
    }

    #[test]
    fn a_constant_says_its_year_once() {
        let sheet = evaluate("ram_read * 5\nram_read\nhdd_seek = 3 ms\nhdd_seek * 2");
        let notes: Vec<usize> = sheet.lines.iter().map(|line| line.notes.len()).collect();
        assert_eq!(notes, [1, 0, 0, 0]);
        assert!(sheet.lines[0].notes[0].starts_with("ram_read is 100 ns: a read from main memory (2012, "));
    }
}
