//! Ranges: `10M to 50M users`, `100 ± 20 ms`, `uniform 2 to 5`.

use super::super::fault::{Fault, quoted};
use super::super::input::Shape;
use super::super::lex::TokenKind;
use super::super::unit;
use super::{Ends, Expr, Node, Operator, Parser};

impl Parser<'_> {
    /// A range, or a value alone.
    pub(super) fn range(&mut self) -> Result<Expr, Fault> {
        let start = self.span();
        let shape = self.shape();
        let first = self.at;
        let low = self.sum()?;
        let ends = match self.kind() {
            TokenKind::Word(word) if word == "to" => Ends::Both,
            TokenKind::Sign('±') => Ends::Around,
            _ if shape.is_some() => {
                return Err(Fault::new(
                    start,
                    "this word chooses how a range is distributed, and no range follows",
                )
                .help("write both ends, as in uniform 2 to 5"));
            }
            _ => return Ok(low),
        };
        if ends == Ends::Both {
            self.scale_of_both(first)?;
        }
        self.next();
        if let Some(word) = self.word(0).filter(|word| self.is_unit_here(word)) {
            return Err(Fault::new(self.span(), "'to' makes a range, as in 10M to 50M users")
                .help(format!("a conversion is written 'in': in {word}")));
        }
        let high = self.sum()?;
        for end in [&low, &high] {
            if end.is_open() {
                // `3 to 8 users * 2` could be a range times two, or a range up to a product.
                return Err(Fault::new(
                    end.span.clone(),
                    "is this a part of the range, or is the range a part of this?",
                )
                .help("put brackets around the range, as in (3 to 8 users) * 2, or around this end of it"));
            }
        }
        let span = start.start..high.span.end;
        Ok(Expr { node: Node::Range(shape, ends, Box::new(low), Box::new(high)), span })
    }

    /// The word that chooses a distribution. It stands before a value; before an operator it is a name.
    fn shape(&mut self) -> Option<Shape> {
        let word = self.word(0)?;
        let (_, shape) = Shape::WORDS.iter().find(|(known, _)| *known == word)?;
        let named = self.scope.names.contains_key(word);
        let value = match &self.token(1).kind {
            TokenKind::Number(_) | TokenKind::Sign('$' | '€' | '£' | '¥' | '₹') => true,
            TokenKind::Word(next) => !super::is_reserved(next),
            TokenKind::Sign('-' | '(') => !named,
            _ => false,
        };
        if value {
            self.next();
        }
        value.then_some(*shape)
    }

    /// `10 to 50M` can be from ten or from ten million: refused where a scale word stands at the high end alone.
    fn scale_of_both(&self, first: usize) -> Result<(), Fault> {
        let Some(before) = self.at.checked_sub(1).map(|at| &self.tokens[at]) else { return Ok(()) };
        let (high, word) = (self.token(1), self.token(2));
        let (TokenKind::Number(from), TokenKind::Number(to), TokenKind::Word(scale)) =
            (&before.kind, &high.kind, &word.kind)
        else {
            return Ok(());
        };
        let small = from.exponent == 0 && from.value(0).is_some_and(|value| value < 1_000.0);
        let signed = self.tokens[first].kind == TokenKind::Sign('-');
        if self.at != first + 1 + usize::from(signed) || !small || unit::scale(scale).is_none() {
            return Ok(());
        }
        let gap = if word.span.start == high.span.end { "" } else { " " };
        let (from, to) = (&from.digits, format!("{}{gap}{scale}", to.digits));
        let message = format!("{} stands behind the high end only", quoted(scale));
        Err(Fault::new(before.span.start..word.span.end, message)
            .help(format!("write {from}{gap}{scale} to {to}, or ({from}) to {to} if you mean that")))
    }
}

impl Expr {
    /// A number as written, a negative one, or a power of numbers: `10^6`, and `10^6 users`, which is a product of the
    /// power and its unit.
    pub(in crate::envelope) fn is_number(&self) -> bool {
        match &self.node {
            Node::Literal(_) => true,
            Node::Negative(inner) => inner.is_number(),
            Node::Binary(..) => self.is_power(),
            _ => false,
        }
    }

    /// A power of numbers, with the unit that it may have.
    pub(in crate::envelope) fn is_power(&self) -> bool {
        let literal = |expr: &Expr| matches!(expr.node, Node::Literal(_));
        match &self.node {
            Node::Binary(Operator::Power, base, exponent) => literal(base) && literal(exponent),
            Node::Binary(Operator::Multiply, power, unit) => match &unit.node {
                Node::Literal(literal) => literal.resolution == 0.0 && power.is_power(),
                _ => false,
            },
            _ => false,
        }
    }

    /// Operations without brackets around them.
    fn is_open(&self) -> bool {
        match &self.node {
            Node::Binary(_, left, right) => {
                !self.is_power() && self.span == (left.span.start..right.span.end)
            }
            _ => false,
        }
    }
}
