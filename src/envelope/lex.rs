//! Cuts a line into numbers, words and signs.
//!
//! A number keeps its digits as they were written. So `2.5k` is read as `2.5e3`, which is exact, and not as
//! 2.5 times 1000, which need not be; and an assertion knows how many figures it shows.

use std::ops::Range;

use super::eval::takes_one;
use super::fault::{Fault, quoted};
use super::unit;

/// A piece of a line.
#[derive(Clone, Debug)]
pub(super) struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Its bytes in the line.
    pub span: Range<usize>,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum TokenKind {
    /// A number.
    Number(Decimal),
    /// A name, a unit, a function or one of `in of to per`.
    Word(String),
    /// One sign; `->`, `÷` and the like are already the sign they stand for.
    Sign(char),
    /// The end of the line.
    End,
}

/// A decimal number as written: `digits` times ten to the `exponent`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Decimal {
    /// Digits with at most one point.
    pub digits: String,
    /// The power of ten behind them.
    pub exponent: i32,
}

impl Decimal {
    /// The nearest `f64` to the number times ten to the `shift`; nothing where it is too large, or so small
    /// that it would become zero.
    pub fn value(&self, shift: i32) -> Option<f64> {
        let value: f64 = format!("{}e{}", self.digits, self.exponent.saturating_add(shift)).parse().ok()?;
        // Below the normal numbers an f64 loses digits.
        let lost =
            value < f64::MIN_POSITIVE && self.digits.contains(|digit: char| ('1'..='9').contains(&digit));
        if value.is_finite() && !lost { Some(value) } else { None }
    }

    /// What one in the last written digit is worth, times ten to the `shift`.
    pub fn resolution(&self, shift: i32) -> f64 {
        let decimals = self.digits.split_once('.').map_or(0, |(_, decimals)| decimals.len() as i32);
        10f64.powi(self.exponent.saturating_add(shift).saturating_sub(decimals))
    }
}

/// The sign of arrows `->` and `→`.
pub(super) const ARROW: char = '→';

/// Cuts `text`, which has no comment in it, into tokens; the last is [`TokenKind::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Fault> {
    let mut lexer = Lexer { text, at: 0, calls: Vec::new(), tokens: Vec::new() };
    while let Some(character) = lexer.peek() {
        lexer.token(character)?;
    }
    lexer.push(TokenKind::End, text.len());
    Ok(lexer.tokens)
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    /// For each open bracket whether commas may part arguments in it.
    calls: Vec<bool>,
    tokens: Vec<Token>,
}

impl Lexer<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn push(&mut self, kind: TokenKind, start: usize) {
        self.tokens.push(Token { kind, span: start..self.at });
    }

    fn token(&mut self, character: char) -> Result<(), Fault> {
        let start = self.at;
        if character.is_whitespace() {
            self.at += character.len_utf8();
            return Ok(());
        }
        let point = character == '.' && self.rest()[1..].starts_with(|next: char| next.is_ascii_digit());
        if character.is_ascii_digit() || point {
            let number = self.number()?;
            self.push(TokenKind::Number(number), start);
        } else if character.is_alphabetic() || character == '_' {
            self.at += self.word_length();
            self.push(TokenKind::Word(self.text[start..self.at].to_string()), start);
        } else if superscript(character).is_some() {
            self.raised();
        } else {
            let sign = self.sign(character)?;
            self.push(TokenKind::Sign(sign), start);
        }
        Ok(())
    }

    /// The bytes of the word that begins here. A unit of time that is joined to a number ends where the next number
    /// begins: `1h30min` is `1 h 30 min`.
    fn word_length(&self) -> usize {
        let part = |next: char| next.is_alphabetic() || next.is_ascii_digit() || next == '_';
        let length = self.rest().find(|next| !part(next)).unwrap_or(self.rest().len());
        let glued = self
            .tokens
            .last()
            .is_some_and(|token| matches!(token.kind, TokenKind::Number(_)) && token.span.end == self.at);
        let letters = self.rest()[..length].find(|next: char| next.is_ascii_digit());
        match letters {
            Some(letters) if glued && unit::is_time(&self.rest()[..letters]) => letters,
            _ => length,
        }
    }

    /// Raised digits are a power: `10⁶` and `2³²` come from texts that were set.
    fn raised(&mut self) {
        let start = self.at;
        let rest = self.rest();
        let length = rest.find(|next| superscript(next).is_none()).unwrap_or(rest.len());
        let mut digits: String = rest[..length].chars().filter_map(superscript).collect();
        self.at += length;
        self.push(TokenKind::Sign('^'), start);
        if let Some(positive) = digits.strip_prefix('-') {
            digits = positive.to_string();
            self.push(TokenKind::Sign('-'), start);
        }
        if digits.bytes().all(|digit| digit.is_ascii_digit()) && !digits.is_empty() {
            self.push(TokenKind::Number(Decimal { digits, exponent: 0 }), start);
        }
    }

    fn sign(&mut self, character: char) -> Result<char, Fault> {
        let start = self.at;
        for (digraph, advice) in [
            ("**", "a power is written '^', as in 2^10"),
            (":=", "a line gets its name by one '=', as in peak = 3 * reads"),
            ("+=", "one name stands for one value; take another name, as in x2 = x + 5"),
            ("-=", "one name stands for one value; take another name, as in x2 = x - 5"),
            ("*=", "one name stands for one value; take another name, as in x2 = x * 5"),
            ("=>", "a conversion is written '->' or 'in', as in 5 GB in MB"),
            ("==", "one '=' gives a line its name; to assert a result write '#= 28,935 reads/s'"),
            ("/*", "a comment begins with '#' and goes to the end of the line"),
            ("//", "a comment begins with '#'; division is one '/'"),
        ] {
            if self.rest().starts_with(digraph) {
                let fault = Fault::new(start..start + 2, format!("'{digraph}' means nothing here"));
                return Err(fault.help(advice));
            }
        }
        let arrow = self.rest().starts_with("->");
        self.at += if arrow { 2 } else { character.len_utf8() };
        let sign = match character {
            '-' if arrow => ARROW,
            '×' => '*',
            '÷' => '/',
            '−' => '-',
            '+' | '-' | '*' | '/' | '^' | '!' | '%' | ',' | '=' | '·' | '±' | ARROW => character,
            '$' | '€' | '£' | '¥' | '₹' => character,
            '(' => {
                let parted = self.tokens.last().is_some_and(|token| match &token.kind {
                    TokenKind::Word(word) => token.span.end == start && !takes_one(word),
                    _ => false,
                });
                self.calls.push(parted);
                '('
            }
            ')' => {
                self.calls.pop();
                ')'
            }
            _ => return Err(self.unexpected(character, start)),
        };
        Ok(sign)
    }

    fn unexpected(&self, character: char, start: usize) -> Fault {
        let span = start..start + character.len_utf8();
        let fault =
            Fault::new(span, format!("the character {} has no meaning here", quoted(&character.to_string())));
        match character {
            ';' => fault.help("one line holds one value"),
            '\'' | '’' => fault.help("thousands are parted by a comma or an underscore: 1,000 or 1_000"),
            '?' => fault.help("leave it out: the result of a line stands beside it"),
            '"' | '“' | '”' | '`' => fault.help("a note begins with '#' and goes to the end of the line"),
            '@' | '&' | '|' | '\\' => fault.help("the operators are + - * / ^ ! and 'of'"),
            '¢' => fault.help("write it in the currency: $0.05"),
            '‰' => fault.help("write it in percent: 0.5%"),
            '[' | ']' | '{' | '}' => fault.help("group with round brackets: ( )"),
            '~' | '≈' => fault.help("leave it out: every result is rounded for show"),
            ':' if self.text[start + 1..].trim_start().starts_with(|next: char| next.is_ascii_digit())
                && matches!(self.tokens.last(), Some(Token { kind: TokenKind::Number(_), .. })) =>
            {
                fault.help("a ratio is a quotient: 10/1; a time is written 1 h 30 min")
            }
            ':' => fault.help("a line gets its name by '=', as in peak = 3 * reads"),
            '∞' => fault.help("numbers go up to about 1e308"),
            '<' | '>' => fault.help("nothing compares here; a conversion is written 'in' or '->'"),
            _ => fault,
        }
    }

    /// A number: digits in groups (`1_000`, `1,000`), a point, an exponent.
    fn number(&mut self) -> Result<Decimal, Fault> {
        let start = self.at;
        let mut digits = self.whole_part()?;
        if self.rest().starts_with('.') {
            self.at += 1;
            let decimals = self.digits();
            if decimals.is_empty() || self.rest().starts_with('.') {
                return Err(self.two_points(start));
            }
            digits = format!("{digits}.{decimals}");
        }
        let exponent = self.exponent(start)?;
        Ok(Decimal { digits, exponent })
    }

    /// A point that no digit follows, or a second one.
    fn two_points(&mut self, start: usize) -> Fault {
        let more =
            self.rest().find(|next: char| !next.is_ascii_digit() && next != '.').unwrap_or(self.rest().len());
        let whole = &self.text[start..self.at + more];
        let mut groups = whole.split('.');
        let first = groups.next().unwrap_or_default();
        let thousands = (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3);
        let fault = Fault::new(start..start + whole.len(), format!("{} is no number", quoted(whole)));
        if thousands && whole.matches('.').count() > 1 {
            return fault.help(format!("thousands are parted by a comma: {}", whole.replace('.', ",")));
        }
        fault.help("digits follow the point, and a number has one point")
    }

    /// Digits and underscores from here on, without the underscores.
    fn digits(&mut self) -> String {
        let length =
            self.rest().find(|next: char| !next.is_ascii_digit() && next != '_').unwrap_or(self.rest().len());
        let digits = self.rest()[..length].replace('_', "");
        self.at += length;
        digits
    }

    /// The digits before the point, with their commas taken out.
    fn whole_part(&mut self) -> Result<String, Fault> {
        let start = self.at;
        let mut digits = self.digits();
        let mut groups = 0;
        while self.rest().starts_with(',') {
            let group = self.rest()[1..].bytes().take_while(u8::is_ascii_digit).count();
            let in_call = self.calls.last() == Some(&true);
            if group == 0 || (in_call && group != 3) {
                break;
            }
            let end = self.at + 1 + group;
            let written = &self.text[start..end];
            // Nobody writes an argument with a zero before it, so `max(30,000, x)` leaves no doubt.
            if in_call && !self.rest().starts_with(",0") {
                let spaced = written.replace(',', ", ");
                let fault =
                    Fault::new(start..end, format!("'{written}' can be one number or several arguments"));
                return Err(fault.help(format!("write '{}' or '{spaced}'", written.replace(',', ""))));
            }
            if group != 3 || (groups == 0 && digits.len() > 3) {
                let fault =
                    Fault::new(start..end, format!("the comma in '{written}' does not part thousands"));
                let advice =
                    "a comma stands before every three digits (28,935), decimals follow a point (1.5)";
                return Err(fault.help(advice));
            }
            digits.push_str(&self.text[self.at + 1..end]);
            groups += 1;
            self.at = end;
        }
        Ok(digits)
    }

    /// The exponent, or 0. An `e` that no digit follows is left for the next token.
    fn exponent(&mut self, start: usize) -> Result<i32, Fault> {
        let Some(after) = self.rest().strip_prefix(['e', 'E']) else { return Ok(0) };
        let unsigned = after.strip_prefix(['+', '-']).unwrap_or(after);
        let length = unsigned.bytes().take_while(u8::is_ascii_digit).count();
        if length == 0 {
            return Ok(0);
        }
        let written = &after[..after.len() - unsigned.len() + length];
        let exponent = written.parse::<i32>();
        self.at += 1 + written.len();
        match exponent {
            Ok(exponent) if (-400..=400).contains(&exponent) => Ok(exponent),
            _ => Err(Fault::new(start..self.at, "the exponent is out of range")
                .help("numbers go from about 1e-300 to 1e308")),
        }
    }
}

/// The digit or the minus sign that a raised character stands for.
fn superscript(character: char) -> Option<char> {
    let digit = "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().position(|raised| raised == character);
    match digit {
        Some(digit) => char::from_digit(digit as u32, 10),
        None if character == '⁻' => Some('-'),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_number(text: &str) -> Result<f64, String> {
        match tokens(text).map_err(|fault| fault.message)?.first().map(|token| token.kind.clone()) {
            Some(TokenKind::Number(number)) => number.value(0).ok_or_else(|| "range".to_string()),
            other => Err(format!("{other:?}")),
        }
    }

    #[test]
    fn reads_numbers() {
        for (text, value) in [
            ("1_000", 1e3),
            ("1,000", 1e3),
            ("28,935.5", 28_935.5),
            ("1,234,567", 1_234_567.0),
            ("1e9", 1e9),
            ("2.5E-3", 2.5e-3),
            (".5", 0.5),
            ("1e+3", 1e3),
            ("0", 0.0),
        ] {
            assert_eq!(first_number(text), Ok(value), "{text}");
        }
        for text in ["1,5", "1,0000", "1234,567", "1.2.3", "5.", "1e400", "1e99999999999", "1,000,00"] {
            assert!(first_number(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_comma_in_a_call_is_never_guessed() {
        assert!(tokens("max(1,200)").is_err());
        assert_eq!(tokens("max(30,000, 5)").map(|tokens| tokens.len()).ok(), Some(7));
        assert_eq!(tokens("log2(1,024)").map(|tokens| tokens.len()).ok(), Some(5));
        assert_eq!(tokens("max(12,15)").map(|tokens| tokens.len()).ok(), Some(7));
        assert_eq!(tokens("max(1, 200)").map(|tokens| tokens.len()).ok(), Some(7));
        assert_eq!(tokens("max((1,200), 3)").map(|tokens| tokens.len()).ok(), Some(9));
    }

    #[test]
    fn the_last_written_digit_has_a_worth() {
        let check = |digits: &str, exponent, shift, expected: f64| {
            let number = Decimal { digits: digits.to_string(), exponent };
            assert!((number.resolution(shift) / expected - 1.0).abs() < 1e-12, "{digits}");
        };
        check("28935", 0, 0, 1.0);
        check("73.2", 0, 3, 100.0);
        check("1", 5, 0, 1e5);
    }
}
