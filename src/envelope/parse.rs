//! From tokens to a tree, by recursive descent.
//!
//! ```text
//! line     = [ NAME "=" ] convert
//! convert  = range { ("in" | "->") target }
//! range    = [ "lognormal" | "normal" | "uniform" ] sum [ ("to" | "±") sum ]
//! sum      = product { ("+" | "-") product }
//! product  = share { ("*" | "/") share }
//! share    = sign { "of" sign }                      20% of x
//! sign     = ("-" | "+") sign | power
//! power    = postfix [ "^" sign ]                    2^10 users: the unit belongs to the power
//! postfix  = primary { "!" }
//! primary  = quantity | NAME | FUNCTION "(" convert { "," convert } ")" | "(" convert ")"
//! ```
//!
//! Quantities and units are read in `parse/units.rs`, for that needs to know which names there are.

mod range;
mod stray;
mod target;
mod units;
mod words;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::constant;
use super::fault::{Fault, quoted};
use super::input::Shape;
use super::lex::{ARROW, Token, TokenKind};
use super::noun::Noun;
use super::quantity::{Quantity, Units};
use super::unit::Known;

/// How deep brackets, signs and powers may stand in each other.
pub(super) const DEEPEST: usize = 64;

/// A part of a line, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Expr {
    /// What it is.
    pub node: Node,
    /// Its bytes in the line.
    pub span: Range<usize>,
}

/// What a part of a line is.
#[derive(Clone, Debug)]
pub(super) enum Node {
    /// A number as written, with its unit.
    Literal(Literal),
    /// The value of a line above.
    Name(String),
    /// `-x`.
    Negative(Box<Expr>),
    /// Two parts with an operator between.
    Binary(Operator, Box<Expr>, Box<Expr>),
    /// `n!`.
    Factorial(Box<Expr>),
    /// `round(x)`; the span is that of the function's name.
    Call(String, Range<usize>, Vec<Expr>),
    /// `x in reads/s`.
    Convert(Box<Expr>, Target),
    /// `10 to 50` or `30 ± 5`, with the distribution that was asked for.
    Range(Option<Shape>, Ends, Box<Expr>, Box<Expr>),
}

/// A number as written.
#[derive(Clone, Debug)]
pub(super) struct Literal {
    /// Its value, unit and style.
    pub quantity: Quantity,
    /// What one in its last digit is worth, in the unit of `quantity`.
    pub resolution: f64,
    /// What a unit amounts to that cancels out: 60 for `h/min`. 1 where there is no such unit.
    pub cancelled: f64,
}

/// How the ends of a range are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    /// `10 to 50`: both.
    Both,
    /// `30 ± 5`: the middle, and how far they are from it.
    Around,
}

/// What joins two parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Of,
}

/// What follows `in`.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// The unit.
    pub form: Form,
    /// Its bytes in the line.
    pub span: Range<usize>,
}

/// In what form a result is wanted.
#[derive(Clone, Debug)]
pub(super) enum Form {
    /// In this unit, under this scale word.
    Unit(Units, Option<&'static str>),
    /// In percent.
    Percent,
    /// In several units of time after another.
    Parts(Vec<&'static Known>),
}

/// What the lines above have made known.
#[derive(Debug, Default)]
pub(super) struct Scope {
    /// The names, with the number of the line that defines each.
    pub names: BTreeMap<String, usize>,
    /// The names that lines further down define, with the numbers of those lines.
    pub below: BTreeMap<String, usize>,
    /// The keys of the counted things that occurred.
    pub counted: BTreeSet<String>,
    /// What words for counted things have been read as, above a stroke or for several, and not.
    pub nouns: RefCell<BTreeMap<(String, bool), Noun>>,
}

impl Scope {
    /// [`Noun::written`], which is worked out once for each word: a sheet has few nouns and uses them on every line.
    fn noun(&self, word: &str, several: bool) -> Noun {
        let mut nouns = self.nouns.borrow_mut();
        nouns.entry((word.to_string(), several)).or_insert_with(|| Noun::written(word, several)).clone()
    }

    /// Whether a word is the name of a line above or of a constant.
    pub fn is_name(&self, word: &str) -> bool {
        self.names.contains_key(word) || constant::find(word).is_some()
    }
}

/// A line taken apart.
#[derive(Debug)]
pub(super) struct Parsed {
    /// What it evaluates.
    pub expr: Expr,
    /// The keys of the counted things in it.
    pub counted: Vec<String>,
}

/// Makes a tree of the tokens of one line, without the name and the `=`.
pub(super) fn parse(tokens: &[Token], scope: &Scope) -> Result<Parsed, Fault> {
    let mut parser = Parser {
        tokens,
        at: 0,
        depth: 0,
        calls: 0,
        divided: false,
        no_units: false,
        scope,
        counted: Vec::new(),
    };
    let expr = parser.convert()?;
    if parser.kind() != &TokenKind::End {
        return Err(parser.stray(&expr));
    }
    Ok(Parsed { expr, counted: parser.counted })
}

/// Words with a meaning of their own, which cannot be names or units.
pub(super) fn is_reserved(word: &str) -> bool {
    matches!(word, "in" | "of" | "to" | "per" | "percent" | "pct")
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    depth: usize,
    /// How many calls stand around this place.
    calls: usize,
    /// Whether the number that is being read stands behind a stroke.
    divided: bool,
    /// Inside an exponent a number takes no unit: in `10^6 users` it belongs to the power.
    no_units: bool,
    scope: &'a Scope,
    counted: Vec<String>,
}

impl<'a> Parser<'a> {
    fn token(&self, ahead: usize) -> &'a Token {
        // The last token is the end, and there always is one.
        &self.tokens[(self.at + ahead).min(self.tokens.len() - 1)]
    }

    fn kind(&self) -> &'a TokenKind {
        &self.token(0).kind
    }

    fn span(&self) -> Range<usize> {
        self.token(0).span.clone()
    }

    fn next(&mut self) -> &'a Token {
        let token = self.token(0);
        self.at += 1;
        token
    }

    fn is_sign(&self, sign: char) -> bool {
        self.kind() == &TokenKind::Sign(sign)
    }

    fn is_word(&self, word: &str) -> bool {
        self.word(0) == Some(word)
    }

    fn word(&self, ahead: usize) -> Option<&'a str> {
        match &self.token(ahead).kind {
            TokenKind::Word(word) => Some(word),
            _ => None,
        }
    }

    fn take_sign(&mut self, sign: char) -> bool {
        let found = self.is_sign(sign);
        self.at += usize::from(found);
        found
    }

    /// Goes one level deeper for the time of `inner`.
    fn deeper<T>(&mut self, inner: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        self.depth += 1;
        if self.depth > DEEPEST {
            let fault = Fault::new(self.span(), format!("this is nested more than {DEEPEST} deep"));
            return Err(fault.help("give the inner part a line and a name of its own"));
        }
        let result = inner(self);
        self.depth -= 1;
        result
    }

    fn convert(&mut self) -> Result<Expr, Fault> {
        let mut expr = self.range()?;
        let mut conversions = 0;
        while self.is_word("in") || self.is_sign(ARROW) {
            let word = self.next().span.clone();
            conversions += 1;
            if conversions > 8 {
                return Err(Fault::new(word, "this is converted too often").help("only the last unit counts"));
            }
            let target = self.target(word)?;
            let span = expr.span.start..target.span.end;
            expr = Expr { node: Node::Convert(Box::new(expr), target), span };
        }
        Ok(expr)
    }

    fn sum(&mut self) -> Result<Expr, Fault> {
        self.chain(Self::product, |parser| match parser.kind() {
            TokenKind::Sign('+') => Some(Operator::Add),
            TokenKind::Sign('-') => Some(Operator::Subtract),
            _ => None,
        })
    }

    fn product(&mut self) -> Result<Expr, Fault> {
        self.chain(Self::share, |parser| match parser.kind() {
            TokenKind::Sign('*' | '·') => Some(Operator::Multiply),
            TokenKind::Sign('/') => Some(Operator::Divide),
            _ => None,
        })
    }

    fn share(&mut self) -> Result<Expr, Fault> {
        let divided = self.at > 0 && self.tokens[self.at - 1].kind == TokenKind::Sign('/');
        let mut left = self.sign()?;
        let first = left.span.clone();
        while self.is_word("of") {
            self.next();
            let right = self.sign()?;
            left = join(Operator::Of, left, right);
        }
        // `1/10 of 500 users`, which is 50 to people, and by the order of operators 1 / (10 of 500 users).
        if divided && left.span != first {
            return Err(Fault::new(left.span, "the share before 'of' begins with a stroke")
                .help("put brackets around the share, as in (1/10) of x, or around what divides"));
        }
        Ok(left)
    }

    /// Parts of one level, joined from the left.
    fn chain(
        &mut self,
        part: fn(&mut Self) -> Result<Expr, Fault>,
        operator: fn(&Self) -> Option<Operator>,
    ) -> Result<Expr, Fault> {
        let mut left = part(self)?;
        while let Some(operator) = operator(self) {
            self.next();
            let right = part(self)?;
            left = join(operator, left, right);
        }
        Ok(left)
    }

    fn sign(&mut self) -> Result<Expr, Fault> {
        let start = self.span().start;
        if self.take_sign('-') {
            let inner = self.deeper(Self::sign)?;
            let span = start..inner.span.end;
            return Ok(Expr { node: Node::Negative(Box::new(inner)), span });
        }
        if self.take_sign('+') {
            return self.deeper(Self::sign);
        }
        self.power()
    }

    fn power(&mut self) -> Result<Expr, Fault> {
        let first = self.at;
        let base = self.postfix()?;
        if !self.take_sign('^') {
            return Ok(base);
        }
        let of_number = matches!(self.tokens[first].kind, TokenKind::Number(_)) && self.at == first + 2;
        let outside = self.no_units;
        self.no_units |= of_number;
        let exponent = self.deeper(Self::sign);
        self.no_units = outside;
        let power = join(Operator::Power, base, exponent?);
        if of_number && !self.no_units { self.with_unit(power) } else { Ok(power) }
    }

    fn postfix(&mut self) -> Result<Expr, Fault> {
        let mut expr = self.primary()?;
        let mut times = 0;
        while self.is_sign('!') {
            let span = expr.span.start..self.next().span.end;
            times += 1;
            if times > 8 {
                return Err(Fault::new(span, "this is a factorial of too many factorials"));
            }
            expr = Expr { node: Node::Factorial(Box::new(expr)), span };
        }
        Ok(expr)
    }

    fn primary(&mut self) -> Result<Expr, Fault> {
        let span = self.span();
        match self.kind() {
            TokenKind::Number(_) => self.quantity(),
            TokenKind::Sign('$' | '€' | '£' | '¥' | '₹') => self.money(),
            TokenKind::Sign('(') => {
                self.next();
                // A bracket begins afresh: `2^(3 users / 1 user)` may have units inside.
                let outside = std::mem::replace(&mut self.no_units, false);
                let inner = self.deeper(Self::convert)?;
                self.no_units = outside;
                let end = self.close(span.start)?;
                Ok(Expr { span: span.start..end, ..inner })
            }
            TokenKind::Word(word) if is_reserved(word) => Err(self.missing(span)),
            TokenKind::Word(word) => {
                self.next();
                if self.is_sign('(') {
                    return self.call(word, span);
                }
                Ok(Expr { node: Node::Name(word.clone()), span })
            }
            _ => Err(self.missing(span)),
        }
    }

    fn call(&mut self, name: &str, name_span: Range<usize>) -> Result<Expr, Fault> {
        if self.scope.names.contains_key(name) && !super::eval::is_function(name) {
            let fault = Fault::new(name_span, format!("{} is a number, not a function", quoted(name)));
            return Err(fault.help(format!("to multiply write {name} * (...)")));
        }
        let open = self.next().span.start;
        let outside = std::mem::replace(&mut self.no_units, false);
        let mut arguments = Vec::new();
        self.calls += 1;
        while !self.is_sign(')') {
            arguments.push(match self.lone_period(name) {
                Some(period) => period,
                None => self.deeper(Self::convert)?,
            });
            if !self.take_sign(',') {
                break;
            }
        }
        self.calls -= 1;
        self.no_units = outside;
        let end = self.close(open)?;
        let span = name_span.start..end;
        Ok(Expr { node: Node::Call(name.to_string(), name_span, arguments), span })
    }

    /// The closing bracket to the one at `open`; the byte behind it.
    fn close(&mut self, open: usize) -> Result<usize, Fault> {
        let span = self.span();
        match self.kind() {
            TokenKind::Sign(')') => Ok(self.next().span.end),
            TokenKind::End => {
                Err(Fault::new(open..open + 1, "this bracket is never closed")
                    .help("add a ')' where it ends"))
            }
            TokenKind::Sign(',') => Err(Fault::new(span, "a comma parts the arguments of a function only")
                .help("decimals follow a point: 1.5; thousands are parted without a space: 28,935")),
            _ => Err(Fault::new(span, "an operator or ')' is missing before this")),
        }
    }
}

/// Two parts made one.
fn join(operator: Operator, left: Expr, right: Expr) -> Expr {
    let span = left.span.start..right.span.end;
    Expr { node: Node::Binary(operator, Box::new(left), Box::new(right)), span }
}
