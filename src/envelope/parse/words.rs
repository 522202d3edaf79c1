//! What a word in a chain of units means, and the questions where it may mean two things.

use std::ops::Range;

use super::super::fault::{Fault, quoted};
use super::super::lex::{Decimal, TokenKind};
use super::super::{noun, unit};
use super::Parser;

/// What a word in a chain of units turns out to be.
pub(super) enum Meaning {
    /// A unit.
    Unit,
    /// A name of a line above; the chain ends before it.
    Name,
}

impl Parser<'_> {
    /// The word straight behind a number: refuses what can be read in two ways, and what is a name.
    pub(super) fn first_word(&self, word: &str, number: &Range<usize>) -> Result<(), Fault> {
        let span = self.span();
        let glued = span.start == number.end;
        let both = number.start..span.end;
        let digits = self.shown(number);
        if let Some((first, second, help)) = self.two_readings(word, glued, &digits) {
            let gap = if glued { "" } else { " " };
            let message = format!("'{digits}{gap}{word}' can be {digits} {first} or {digits} {second}");
            return Err(Fault::new(both, message).help(help));
        }
        if self.scope.is_name(word) && !self.is_unit(word) {
            return Err(Fault::new(
                both,
                format!("{} is a name, and a number stands straight before it", quoted(word)),
            )
            .help(format!("to multiply write {digits} * {word}")));
        }
        if self.token(1).kind == TokenKind::Sign('(') && self.token(1).span.start == span.end {
            return Err(Fault::new(span, format!("an operator is missing before {}", quoted(word)))
                .help(format!("write {digits} * {word}(...)")));
        }
        self.question(word)?;
        if glued && !self.is_unit(word) {
            let exponent = matches!(word, "e" | "E");
            let hexadecimal = digits == "0" && word.starts_with(['x', 'X', 'b', 'o']);
            let product =
                word.strip_prefix(['x', 'X']).filter(|rest| rest.bytes().all(|digit| digit.is_ascii_digit()));
            let scaled = word.strip_prefix(['k', 'K', 'M']).filter(|rest| rest.len() > 1);
            let help = match () {
                () if self
                    .tokens
                    .iter()
                    .any(|token| token.span.start > number.start && token.span.end <= number.end) =>
                {
                    format!("put a space before a unit: ... {word}")
                }
                () if exponent => "digits follow the e of an exponent: 1e9".to_string(),
                () if !hexadecimal && product.is_some() => {
                    format!(
                        "to multiply write {digits} * {}",
                        product.filter(|rest| !rest.is_empty()).unwrap_or("3")
                    )
                }
                () if scaled.is_some_and(|rest| self.is_unit(rest)) => {
                    format!(
                        "put a space behind the scale: {digits}{} {}",
                        &word[..1],
                        scaled.unwrap_or_default()
                    )
                }
                () if hexadecimal => "numbers are decimal here; put a space before a unit".to_string(),
                () => format!("for {digits} of them put a space between: {digits} {word}"),
            };
            return Err(Fault::new(
                both,
                format!("{} is no unit that can be joined to a number", quoted(word)),
            )
            .help(help));
        }
        Ok(())
    }

    /// The two things that a letter behind a number may be, and how to write each.
    fn two_readings(
        &self,
        word: &str,
        glued: bool,
        digits: &str,
    ) -> Option<(&'static str, &'static str, String)> {
        let bare = glued && self.plain_number_before();
        let (first, second, one, other) = match word {
            "B" if bare => ("billion", "bytes", "billion", "B"),
            "b" if bare => ("billion", "bits", "billion", "bit"),
            "m" => ("million", "minutes", "M", "min"),
            "G" => ("billion", "gigabytes", "billion", "GB"),
            "T" => ("trillion", "terabytes", "trillion", "TB"),
            "P" => ("quadrillion", "petabytes", "quadrillion", "PB"),
            _ => return None,
        };
        Some((first, second, format!("write {digits} {one} or {digits} {other}")))
    }

    /// Whether the token before this one is a number, and no scale word.
    fn plain_number_before(&self) -> bool {
        self.at > 0 && matches!(self.tokens[self.at - 1].kind, TokenKind::Number(_))
    }

    /// The number before a unit, for messages.
    fn shown(&self, number: &Range<usize>) -> String {
        let digits = self.tokens.iter().find(|token| token.span.start == number.start);
        match digits.map(|token| &token.kind) {
            Some(TokenKind::Number(Decimal { digits, exponent: 0 })) => digits.clone(),
            Some(TokenKind::Number(Decimal { digits, exponent })) => format!("{digits}e{exponent}"),
            _ => "5".to_string(),
        }
    }

    /// Whether a word is known to be a unit: built in, or counted in this line or above.
    fn is_unit(&self, word: &str) -> bool {
        if unit::is_built_in(word) {
            return true;
        }
        let key = noun::key(word);
        self.scope.counted.contains(&key) || self.counted.contains(&key)
    }

    /// Whether a word that stands where a value should is known as a unit and is no name.
    pub(super) fn is_unit_here(&self, word: &str) -> bool {
        self.is_unit(word) && !self.scope.is_name(word)
    }

    /// What a word behind a stroke means.
    pub(super) fn meaning(
        &self,
        word: &str,
        bare: bool,
        spaced: bool,
        touching: bool,
    ) -> Result<Meaning, Fault> {
        let span = self.token(0).span.start..self.token(1).span.end;
        let (name, unit) = (self.scope.is_name(word), self.is_unit(word));
        let doubt = |advice: String| {
            Err(Fault::new(span.clone(), format!("{} is both a name and a unit here", quoted(word)))
                .help(advice))
        };
        match (name, unit) {
            (false, true) => Ok(Meaning::Unit),
            // `1 / shrads`: with spaces this reads like a division by a name, and there is no such name.
            (false, false) if bare && (spaced || self.is_near_name(word)) => Ok(Meaning::Name),
            (false, false) => Ok(Meaning::Unit),
            // A name that was never a unit, with spaces around the stroke: `10 TB / shard_size`.
            (true, false) if bare || spaced => Ok(Meaning::Name),
            // A constant is never a unit.
            (true, false) if !self.scope.names.contains_key(word) => Ok(Meaning::Name),
            (true, true) if bare && spaced => Ok(Meaning::Name),
            (true, true) if bare => doubt(format!(
                "for the name write / ({word}) or put spaces around the stroke; for the unit write per {word}"
            )),
            (true, true) if touching => Ok(Meaning::Unit),
            (true, _) => doubt(format!("for the name write / ({word}); for the unit write per {word}")),
        }
    }

    /// Whether a word is probably a slip for a name, and not its singular or plural.
    fn is_near_name(&self, word: &str) -> bool {
        let near =
            |name: &String| strsim::osa_distance(name, word) == 1 && noun::key(name) != noun::key(word);
        word.chars().count() >= 4 && self.scope.names.keys().any(near)
    }

    /// Refuses a word that is probably a slip for a built-in unit.
    pub(super) fn question(&self, word: &str) -> Result<(), Fault> {
        if self.is_unit(word) {
            return Ok(());
        }
        if unit::scale(word).is_some() {
            return Err(Fault::new(
                self.span(),
                format!("{} is no unit, it multiplies a number", quoted(word)),
            )
            .help("it stands once, straight after the number: 5 million users"));
        }
        match unit::suspect(word) {
            None => Ok(()),
            Some(meant) => Err(Fault::new(self.span(), format!("there is no unit {}", quoted(word)))
                .help(format!("did you mean {meant}?"))),
        }
    }
}
