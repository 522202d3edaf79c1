//! Faults of form: a value that is missing, something left over behind a whole expression.

use std::ops::Range;

use super::super::eval::{blame, is_function};
use super::super::fault::{Fault, quoted};
use super::super::lex::{ARROW, Token, TokenKind};
use super::super::unit;
use super::{Expr, Node, Parser};

impl Parser<'_> {
    /// A value should stand here and does not.
    pub(super) fn missing(&self, span: Range<usize>) -> Fault {
        let before = self.at.checked_sub(1).map(|at| &self.tokens[at]);
        match (self.kind(), before) {
            (TokenKind::End, None) => Fault::new(span, "there is nothing to calculate"),
            (TokenKind::End, Some(before)) => {
                let at = before.span.end;
                Fault::new(at..at, "a value is missing at the end").help("write a number or a name")
            }
            (TokenKind::Sign(')'), Some(Token { kind: TokenKind::Sign('('), .. })) => {
                Fault::new(span, "the brackets are empty").help("write a number or a name between them")
            }
            (TokenKind::Sign('='), _) => Fault::new(span, "a name is missing before '='"),
            (TokenKind::Sign('%'), _) => Fault::new(span, "a number is missing before '%'")
                .help("'%' is percent, as in 20% of x; there is no remainder here"),
            (TokenKind::Word(word), _) if word == "in" => {
                Fault::new(span, "a value is missing before 'in'").help("write what to convert: 5 GB in MB")
            }
            (TokenKind::Word(word), _) => Fault::new(span, format!("a value is missing before '{word}'")),
            (TokenKind::Sign(sign), _) => {
                let sign = if *sign == ARROW { "->".to_string() } else { sign.to_string() };
                Fault::new(span, format!("a value is missing before '{sign}'"))
                    .help("write a number or a name there")
            }
            (TokenKind::Number(_), _) => Fault::new(span, "a value is missing here"),
        }
    }

    /// Something stands behind a whole expression.
    pub(super) fn stray(&self, before: &Expr) -> Fault {
        let span = self.span();
        if let (Some(fault), TokenKind::Word(_) | TokenKind::Number(_)) = (self.prose(before), self.kind()) {
            return fault;
        }
        match self.kind() {
            TokenKind::Sign('+' | '-' | '*' | '/' | '^' | '!' | '·')
                if matches!(before.node, Node::Convert(..)) =>
            {
                Fault::new(span, "a conversion comes last")
                    .help("to go on calculating put it in brackets: (x in MB) * 2")
            }
            TokenKind::Word(word) if word == "to" => Fault::new(span, "a range stands alone on its line")
                .help("give it a name of its own: dau = 10M to 50M users"),
            TokenKind::Sign(')') => {
                Fault::new(span, "this bracket was never opened").help("take it out, or add a '(' before it")
            }
            TokenKind::Sign(',') => Fault::new(span, "a comma parts the arguments of a function only")
                .help("decimals follow a point: 1.5; thousands are parted without a space: 28,935"),
            TokenKind::Sign('=') => {
                Fault::new(span, "'=' stands after a name at the start of a line and nowhere else")
                    .help("to assert a result write '#= 28,935 reads/s'")
            }
            TokenKind::Sign('%') => Fault::new(span, "'%' stands straight after a number")
                .help("write 20% of x for a share; there is no remainder here"),
            TokenKind::Word(word) => self.stray_word(word, before, span),
            TokenKind::Sign('$') if matches!(before.node, Node::Name(_)) => {
                Fault::new(before.span.start..span.end, "a currency is one sign or one word")
                    .help("write $5, or 5 CAD, 5 AUD for other dollars")
            }
            TokenKind::Number(_)
                if self.at > 0
                    && matches!(&self.tokens[self.at - 1].kind, TokenKind::Word(word) if matches!(word.as_str(), "x" | "X")) =>
            {
                let sign = self.tokens[self.at - 1].span.clone();
                Fault::new(sign, "this letter is no operator").help("to multiply write '*'")
            }
            TokenKind::Number(_) => Fault::new(span, "an operator is missing before this")
                .help("write one of + - * / ^; thousands are parted by a comma or an underscore: 10,000"),
            _ => Fault::new(span, "an operator is missing before this").help("write one of + - * / ^"),
        }
    }

    /// A line that begins with a word that is no name and then goes on without an operator: a function without its
    /// brackets, a unit without its number, or a sentence.
    fn prose(&self, before: &Expr) -> Option<Fault> {
        let mut first = before;
        while let Node::Binary(_, left, _) | Node::Convert(left, _) | Node::Range(_, _, left, _) = &first.node
        {
            first = left;
        }
        let Node::Name(word) = &first.node else { return None };
        if self.scope.is_name(word) {
            return None;
        }
        let span = first.span.clone();
        let fault = Fault::new(span.clone(), format!("there is no name {} here", quoted(word)));
        if is_function(word) {
            return Some(
                Fault::new(span, format!("{} is a function", quoted(word)))
                    .help(format!("what it takes stands in brackets: {word}(...)")),
            );
        }
        if self.is_unit_here(word) {
            return Some(
                Fault::new(span, format!("{} is a unit, but here stands a name", quoted(word)))
                    .help(format!("a unit stands straight after a number, as in 1 {word}, or after 'in'")),
            );
        }
        match blame::in_digits(word) {
            Some(digits) => Some(fault.help(format!("write it in digits: {digits}"))),
            None if self.is_sign('$') => None,
            None => Some(fault.help("a line is one calculation; a note begins with '#'")),
        }
    }

    fn stray_word(&self, word: &str, before: &Expr, span: Range<usize>) -> Fault {
        let next = self.word(1).unwrap_or("day");
        let fault = Fault::new(span, format!("an operator is missing before {}", quoted(word)));
        match &before.node {
            _ if matches!(word, "x" | "X" | "times") => fault.help("to multiply write '*'"),
            _ if matches!(word, "a" | "an" | "each" | "every") => {
                fault.help(format!("a rate is written with a stroke: 5 reads/{next}"))
            }
            _ if matches!(word, "plus" | "minus" | "over" | "by" | "divided" | "multiplied") => {
                fault.help("write one of + - * / ^")
            }
            _ if matches!(word, "and") => fault.help("one line holds one value; to add write '+'"),
            _ if matches!(word, "at" | "for" | "with" | "from" | "if" | "then") => {
                fault.help("a note begins with '#' and goes to the end of the line")
            }
            _ if matches!(word, "as" | "into") => {
                fault.help("a conversion is written 'in', as in 5 GB in MB")
            }
            _ if self.scope.is_name(word) => fault.help(format!("to multiply write * {word}")),
            Node::Name(name) => fault.help(format!(
                "a unit stands straight after a number only; write {name} * 1 {word}, or {name} in {word}"
            )),
            Node::Literal(_) => {
                let first = self.at.checked_sub(1).map(|at| &self.tokens[at].kind);
                match first {
                    _ if unit::is_built_in(word) && !before_is_plain(before) => {
                        fault.help(format!("the number has its unit already: leave {} out, or write /{word}", quoted(word)))
                    }
                    Some(TokenKind::Word(first)) if unit::is_built_in(first) => fault
                        .help(format!("leave {} out, or make it a note: # {word}", quoted(word))),
                    Some(TokenKind::Word(first)) => fault.help(format!(
                        "a unit is one word with '/' between its parts, so write {first}_{word}; a note begins with '#'"
                    )),
                    _ => fault.help("a note begins with '#'"),
                }
            }
            _ => fault.help(format!("a unit stands straight after a number only; write * 1 {word}")),
        }
    }
}

/// Whether a part is a number without a unit.
fn before_is_plain(before: &Expr) -> bool {
    matches!(&before.node, Node::Literal(literal) if literal.quantity.units.is_none())
}
