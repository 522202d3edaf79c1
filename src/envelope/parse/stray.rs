//! Faults of form: a value that is missing, something left over behind a whole expression.

use std::ops::Range;

use super::super::fault::{Fault, quoted};
use super::super::lex::{ARROW, Token, TokenKind};
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
            }
            (TokenKind::Number(_), _) => Fault::new(span, "a value is missing here"),
        }
    }

    /// Something stands behind a whole expression.
    pub(super) fn stray(&self, before: &Expr) -> Fault {
        let span = self.span();
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
            TokenKind::Number(_) => Fault::new(span, "an operator is missing before this")
                .help("write one of + - * / ^; thousands are parted by a comma or an underscore: 10,000"),
            _ => Fault::new(span, "an operator is missing before this").help("write one of + - * / ^"),
        }
    }

    fn stray_word(&self, word: &str, before: &Expr, span: Range<usize>) -> Fault {
        let fault = Fault::new(span, format!("an operator is missing before {}", quoted(word)));
        match &before.node {
            _ if self.scope.names.contains_key(word) => fault.help(format!("to multiply write * {word}")),
            Node::Name(name) => fault.help(format!(
                "a unit stands straight after a number only; write {name} * 1 {word}, or {name} in {word}"
            )),
            Node::Literal(_) => fault.help(format!(
                "a unit is one word with '/' between its parts; for more words write an underscore: _{word}"
            )),
            _ => fault.help(format!("a unit stands straight after a number only; write * 1 {word}")),
        }
    }
}
