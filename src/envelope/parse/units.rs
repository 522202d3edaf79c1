//! Numbers with their units: where the rule of words is kept.
//!
//! A word is a unit straight after a number and through the whole of its `/` chain. Two places are open to doubt,
//! and there the spaces decide or the line is refused: a chain word that is also the name of a line above
//! (`10 TB / users`), and a stroke straight after a number (`1 / s`, `1 / shards`).

use std::ops::Range;

use super::super::eval::takes_period;
use super::super::fault::{Fault, quoted};
use super::super::lex::{Decimal, TokenKind};
use super::super::quantity::{Atom, MOST_POWER, Quantity, Style, Units};
use super::super::unit::{self, Kind, Known};
use super::words::Meaning;
use super::{Expr, Literal, Node, Operator, Parser, is_reserved};

/// A chain of units while it is read.
pub(super) struct Chain {
    pub units: Units,
    /// The factor from units of one kind that came together: `B/KB`.
    pub factor: f64,
    /// The byte behind it.
    pub end: usize,
}

impl Parser<'_> {
    /// A number with what belongs to it: a scale word, a unit, further parts (`1 d 4 h`).
    pub(super) fn quantity(&mut self) -> Result<Expr, Fault> {
        let start = self.span().start;
        let mut literal = self.single(None)?;
        let mut parts: Vec<&'static Known> = lone_time(&literal.quantity).into_iter().collect();
        while let (Some(last), TokenKind::Number(_)) = (parts.last(), self.kind()) {
            let at = self.span().start;
            let next = self.single(None)?;
            let span = at..self.token_end();
            let Some(unit) = lone_time(&next.quantity) else {
                return Err(Fault::new(span, "an operator is missing before this")
                    .help("after a time only a smaller time may follow, as in 1 d 4 h"));
            };
            if unit.size() >= last.size() {
                return Err(not_smaller(span, last, unit));
            }
            parts.push(unit);
            let ratio = next.quantity.units.factor_to(&literal.quantity.units);
            literal.quantity.value += ratio.of(next.quantity.value);
            literal.resolution = ratio.of(next.resolution);
        }
        if parts.len() > 1 {
            literal.quantity.style = Style::Parts(parts);
        }
        Ok(Expr { node: Node::Literal(literal), span: start..self.token_end() })
    }

    /// An amount with the sign of its currency before it: `$23,000/month`.
    pub(super) fn money(&mut self) -> Result<Expr, Fault> {
        let (currency, sign) = (self.currency(0), self.span());
        self.next();
        if !matches!(self.kind(), TokenKind::Number(_)) {
            let symbol = currency.map_or("", Known::one);
            return Err(Fault::new(sign, format!("a number is missing after '{symbol}'"))
                .help(format!("write {symbol}5 or 5 {symbol}")));
        }
        let literal = self.single(currency)?;
        Ok(Expr { node: Node::Literal(literal), span: sign.start..self.token_end() })
    }

    /// One of a lone unit of time among the arguments of a function that takes a period: `downtime(99.9%, month)`.
    pub(super) fn lone_period(&mut self, function: &str) -> Option<Expr> {
        let word = self.word(0).filter(|word| takes_period(function) && !self.scope.is_name(word))?;
        let known = unit::known(word).filter(|known| known.kind == Kind::Time)?;
        if !matches!(self.token(1).kind, TokenKind::Sign(',' | ')')) {
            return None;
        }
        let span = self.next().span.clone();
        let mut units = Units::none();
        units.put(Atom::Known(known), 1);
        let quantity = Quantity::new(1.0, units, Style::Written);
        Some(Expr { node: Node::Literal(Literal { quantity, resolution: 1.0, cancelled: 1.0 }), span })
    }

    /// Where the token before this one ends.
    pub(super) fn token_end(&self) -> usize {
        self.at.checked_sub(1).map_or(0, |at| self.tokens[at].span.end)
    }

    /// One number with its scale and its unit.
    fn single(&mut self, currency: Option<&'static Known>) -> Result<Literal, Fault> {
        self.divided = self.at > 0 && self.tokens[self.at - 1].kind == TokenKind::Sign('/');
        let token = self.next();
        let TokenKind::Number(number) = &token.kind else { return Err(self.missing(token.span.clone())) };
        let mut shift = 0;
        if let Some(exponent) = self.scale_here(currency.is_some()) {
            shift = exponent;
            self.next();
        }
        let span = token.span.start..self.token_end();
        let value = self.in_range(number, shift, span.clone())?;
        let literal = |value, units, style, shift| Literal {
            quantity: Quantity::new(value, units, style),
            resolution: number.resolution(shift),
            cancelled: 1.0,
        };
        if self.no_units {
            return Ok(literal(value, Units::none(), Style::Written, shift));
        }
        if shift == 0 && currency.is_none() && (self.is_sign('%') || self.is_percent_word()) {
            return self.percent(literal(value, Units::none(), Style::Percent, 0));
        }
        let several = value != 1.0;
        let chain = match currency {
            Some(currency) => {
                let mut units = Units::none();
                units.put(Atom::Known(currency), 1);
                let chain = Chain { units, factor: 1.0, end: self.token_end() };
                Some(self.rest_of_chain(chain, false)?)
            }
            None => self.chain_after_number(&span, several)?,
        };
        let Some(chain) = chain else { return Ok(literal(value, Units::none(), Style::Written, shift)) };
        let mut literal = literal(value * chain.factor, chain.units, Style::Written, shift);
        literal.resolution *= chain.factor;
        if literal.quantity.units.is_none() {
            literal.cancelled = chain.factor;
        }
        Ok(literal)
    }

    fn percent(&mut self, mut literal: Literal) -> Result<Literal, Fault> {
        self.next();
        let span = self.span();
        let digits = literal.quantity.value;
        // `10%/day`: a rate of growth.
        if self.is_sign('/') || self.is_word("per") {
            let start = Chain { units: Units::none(), factor: 0.01, end: self.token_end() };
            let chain = self.rest_of_chain(start, true)?;
            if !chain.units.is_none() {
                literal.quantity = Quantity::new(digits * chain.factor, chain.units, Style::Written);
                literal.resolution *= chain.factor;
            }
            return Ok(literal);
        }
        match self.kind() {
            TokenKind::Word(word) if self.calls > 0 && unit::is_time(word) => {
                Err(Fault::new(span, "a comma is missing before this")
                    .help(format!("the values of a function are parted by commas: {digits}%, {word}")))
            }
            TokenKind::Word(word)
                if !is_reserved(word) && !self.scope.is_name(word) && self.word(1).is_none() =>
            {
                Err(Fault::new(
                    span,
                    format!("{} stands behind a percentage, which has no unit", quoted(word)),
                )
                .help(format!("leave it out, or write {digits}% of something; a note begins with '#'")))
            }
            TokenKind::Number(_) | TokenKind::Sign('(') => {
                Err(Fault::new(span, "an operator is missing after '%'")
                    .help("'%' is percent, as in 20% of x; there is no remainder here"))
            }
            TokenKind::Word(word) if !is_reserved(word) => {
                Err(Fault::new(span, format!("an operator is missing before {}", quoted(word)))
                    .help(format!("a share is written {digits}% of {word}")))
            }
            _ => Ok(literal),
        }
    }

    /// Whether here stands 'percent', which nobody counts.
    pub(super) fn is_percent_word(&self) -> bool {
        matches!(self.word(0), Some("percent" | "pct"))
    }

    fn in_range(&self, number: &Decimal, shift: i32, span: Range<usize>) -> Result<f64, Fault> {
        number.value(shift).ok_or_else(|| {
            Fault::new(span, "this number is out of range").help("numbers go from about 1e-300 to 1e308")
        })
    }

    /// The currency whose sign stands `ahead`.
    pub(super) fn currency(&self, ahead: usize) -> Option<&'static Known> {
        match self.token(ahead).kind {
            TokenKind::Sign(sign) => unit::known(sign.encode_utf8(&mut [0; 4])),
            _ => None,
        }
    }

    /// The power of ten of a scale word that stands here.
    fn scale_here(&self, money: bool) -> Option<i32> {
        let word = self.word(0)?;
        // Money is not counted in bytes, so `$2B` can only mean one thing.
        if money && word == "B" { Some(9) } else { unit::scale(word) }
    }

    /// The units behind a number, if there are any.
    fn chain_after_number(&mut self, number: &Range<usize>, several: bool) -> Result<Option<Chain>, Fault> {
        let start = Chain { units: Units::none(), factor: 1.0, end: number.end };
        if let Some(currency) = self.currency(0) {
            let mut chain = start;
            self.next();
            self.put_word(&mut chain, currency.one(), 1, several)?;
            return self.rest_of_chain(chain, false).map(Some);
        }
        if let Some(word) = self.word(0).filter(|word| !is_reserved(word)) {
            let mut chain = start;
            self.first_word(word, number)?;
            self.next();
            self.put_word(&mut chain, word, 1, several)?;
            return self.rest_of_chain(chain, false).map(Some);
        }
        if self.is_sign('/') || self.is_word("per") {
            let chain = self.rest_of_chain(start, true)?;
            return Ok(if chain.units.is_none() { None } else { Some(chain) });
        }
        Ok(None)
    }

    /// A unit behind a power such as `2^10 users`.
    pub(super) fn with_unit(&mut self, power: Expr) -> Result<Expr, Fault> {
        if let Some(exponent) = self.word(0).and_then(unit::scale) {
            let fault = Fault::new(self.span(), "a scale word stands straight after a number");
            return Err(fault.help(format!("write * 1e{exponent}")));
        }
        match self.chain_after_number(&power.span.clone(), true)? {
            None => Ok(power),
            Some(chain) => {
                let span = power.span.start..self.token_end();
                let factor = Quantity::new(chain.factor, chain.units, Style::Written);
                let unit = Expr {
                    node: Node::Literal(Literal { quantity: factor, resolution: 0.0, cancelled: 1.0 }),
                    span: span.clone(),
                };
                Ok(Expr { node: Node::Binary(Operator::Multiply, Box::new(power), Box::new(unit)), span })
            }
        }
    }

    /// `/ word`, `per word`, `·word`, `-word` and `^2` after a unit, or straight after a number (`bare`).
    pub(super) fn rest_of_chain(&mut self, mut chain: Chain, mut bare: bool) -> Result<Chain, Fault> {
        // `$/GB-month` is per GB and month: what a dash or dot joins stays on its side of the stroke.
        let mut side = 1;
        loop {
            let (sign, before) = (self.token(0), chain.end);
            let per = self.is_word("per");
            let currency = self.currency(1);
            let dash = self.is_sign('-') && !bare && self.joins_units(before);
            let named = self.word(1).is_some_and(|word| self.scope.is_name(word));
            let dot = self.is_sign('·') && !bare && sign.span.start == before && !named;
            if !(self.is_sign('/') || per || dash || dot) {
                break;
            }
            side = if dash || dot { side } else { -1 };
            let power = side;
            if let (Some(known), false) = (currency, matches!(self.token(2).kind, TokenKind::Number(_))) {
                self.at += 2;
                self.put_word(&mut chain, known.one(), power, power > 0)?;
            } else {
                let Some(word) = self.word(1).filter(|word| !is_reserved(word)) else {
                    if per {
                        return Err(Fault::new(sign.span.clone(), "a unit is missing after 'per'")
                            .help("write a word, as in 5 reads per user"));
                    }
                    break;
                };
                if self.token(2).kind == TokenKind::Sign('(')
                    && self.token(2).span.start == self.token(1).span.end
                {
                    break;
                }
                let spaced = sign.span.start > before && self.token(1).span.start > sign.span.end;
                let touching = sign.span.start == before && self.token(1).span.start == sign.span.end;
                if !per && matches!(self.meaning(word, bare, spaced, touching)?, Meaning::Name) {
                    break;
                }
                // A constant is never a unit, nor is it behind 'per'.
                if per && !self.scope.names.contains_key(word) && self.scope.is_name(word) {
                    return Err(Fault::new(
                        self.token(1).span.clone(),
                        format!("{} is a number and no unit", quoted(word)),
                    )
                    .help(format!("to divide write / {word}")));
                }
                if spaced && !per && self.divided {
                    return Err(self.whose_stroke(word));
                }
                self.at += 1;
                self.question(word)?;
                self.next();
                self.put_word(&mut chain, word, power, power > 0)?;
            }
            bare = false;
        }
        Ok(chain)
    }

    /// `10 TB / 5 TB / shard`: behind a division a stroke with spaces may be the unit's or divide the whole.
    fn whose_stroke(&self, word: &str) -> Fault {
        let span = self.span().start..self.token(1).span.end;
        Fault::new(span, format!("'/ {word}' can belong to the number before it or divide the whole"))
            .help(format!("for the unit leave the spaces out: /{word}; to divide the whole write / 1 {word}"))
    }

    /// Whether the dash at this place joins two units, as in `GB-month`: without spaces, before a built-in unit
    /// that is no name.
    fn joins_units(&self, before: usize) -> bool {
        let touching =
            self.token(0).span.start == before && self.token(1).span.start == self.token(0).span.end;
        touching && self.word(1).is_some_and(|word| unit::is_built_in(word) && !self.scope.is_name(word))
    }

    /// Puts a word that is a unit into the chain, with the power that may follow it.
    pub(super) fn put_word(
        &mut self,
        chain: &mut Chain,
        word: &str,
        sign: i32,
        several: bool,
    ) -> Result<(), Fault> {
        let power = sign * self.unit_power(word)?;
        let counted = unit::per_second(word);
        if let Some(known) = unit::known(counted.unwrap_or(word)) {
            chain.factor *= chain.units.put(Atom::Known(known), power).of(1.0);
        } else {
            let noun = self.scope.noun(counted.unwrap_or(word), several || counted.is_some());
            self.counted.push(noun.key.to_string());
            chain.units.put(Atom::Count(noun), power);
        }
        if let (Some(_), Some(second)) = (counted, unit::known("s")) {
            chain.factor *= chain.units.put(Atom::Known(second), -power).of(1.0);
        }
        chain.end = self.token_end();
        let highest = chain.units.highest_power();
        if highest > MOST_POWER || !chain.factor.is_finite() || chain.factor == 0.0 {
            let span = self.token_end().saturating_sub(word.len())..self.token_end();
            return Err(Fault::new(span, format!("a unit goes up to the power {MOST_POWER}")));
        }
        Ok(())
    }

    /// The power behind a unit: 2 in `reads/s^2`.
    fn unit_power(&mut self, word: &str) -> Result<i32, Fault> {
        if !self.is_sign('^') {
            return Ok(1);
        }
        let start = self.next().span.start;
        let negative = self.take_sign('-');
        let value = match self.kind() {
            TokenKind::Number(number) => number.value(0),
            _ => None,
        };
        self.at += usize::from(value.is_some());
        match value {
            Some(value) if value.fract() == 0.0 && value >= 1.0 && value <= f64::from(MOST_POWER) => {
                Ok(if negative { -(value as i32) } else { value as i32 })
            }
            _ => Err(Fault::new(
                start..self.token_end(),
                format!("a unit takes a whole power from 1 to {MOST_POWER}"),
            )
            .help(format!("for a power of the whole write brackets: (5 {word})^2"))),
        }
    }
}

/// A time in parts has a part that does not follow the one before it.
pub(super) fn not_smaller(span: Range<usize>, last: &Known, unit: &Known) -> Fault {
    Fault::new(span, format!("{}s do not follow {}s", unit.name, last.name))
        .help("the parts of a time go from large to small, as in 1 d 4 h")
}

/// The unit of a quantity that is a plain time.
fn lone_time(quantity: &Quantity) -> Option<&'static Known> {
    match quantity.units.0.as_slice() {
        [(Atom::Known(known), 1)] if known.kind == Kind::Time => Some(known),
        _ => None,
    }
}
