//! What may stand behind `in` and `->`: a unit, a scale word before it, percent, or several units of time.

use std::ops::Range;

use super::super::fault::Fault;
use super::super::lex::TokenKind;
use super::super::quantity::{Atom, Units};
use super::super::unit::{self, Kind, Known};
use super::units::{Chain, not_smaller};
use super::{Form, Parser, Scope, Target, is_reserved};

impl Parser<'_> {
    /// What follows `in` or `->`, whose bytes are `word`.
    pub(super) fn target(&mut self, word: Range<usize>) -> Result<Target, Fault> {
        let start = self.span().start;
        let mut bare = false;
        let mut scale = None;
        let mut chain = Chain { units: Units::none(), factor: 1.0, end: self.token_end() };
        if self.is_percent_word() {
            self.next();
            return Ok(Target { form: Form::Percent, span: start..self.token_end() });
        }
        if self.take_sign('%') {
            return Ok(Target { form: Form::Percent, span: start..self.token_end() });
        }
        if let Some(found) = self.word(0).filter(|found| unit::scale(found).is_some()) {
            scale = unit::words()
                .find(|known| known.eq_ignore_ascii_case(found) && unit::scale(known) == unit::scale(found));
            self.next();
            chain.end = self.token_end();
            bare = true;
        }
        let one = matches!(self.kind(), TokenKind::Number(number) if number.value(0) == Some(1.0));
        if one && self.token(1).kind == TokenKind::Sign('/') {
            self.next();
            bare = true;
        }
        if let Some(currency) = self.currency(0) {
            self.next();
            self.put_word(&mut chain, currency.one(), 1, true)?;
        } else if let Some(found) = self.word(0).filter(|found| !is_reserved(found)) {
            self.question(found)?;
            self.next();
            self.put_word(&mut chain, found, 1, true)?;
            if let Some(parts) = self.parts(&chain)? {
                return Ok(Target { form: Form::Parts(parts), span: start..self.token_end() });
            }
        } else if !(bare || self.is_sign('/') || self.is_word("per")) {
            return Err(self.no_target(word));
        }
        chain.end = self.token_end();
        let chain = self.target_chain(chain)?;
        if chain.factor != 1.0 {
            return Err(Fault::new(start..self.token_end(), "these units cancel out")
                .help("ask for one of them, or for none"));
        }
        Ok(Target { form: Form::Unit(chain.units, scale), span: start..self.token_end() })
    }

    /// The chain behind `in`, where a word is always a unit.
    fn target_chain(&mut self, chain: Chain) -> Result<Chain, Fault> {
        let names = Scope::default();
        let mut inner = Parser { scope: &names, counted: Vec::new(), ..*self };
        inner.counted.extend(self.scope.counted.iter().cloned());
        let chain = inner.rest_of_chain(chain, false)?;
        self.at = inner.at;
        Ok(chain)
    }

    /// Further units of time behind the first: `in d h min`.
    fn parts(&mut self, chain: &Chain) -> Result<Option<Vec<&'static Known>>, Fault> {
        let [(Atom::Known(first), 1)] = chain.units.0.as_slice() else { return Ok(None) };
        let mut parts: Vec<&'static Known> = vec![first];
        while let Some(next) = self.next_part() {
            let last = parts[parts.len() - 1];
            if last.kind != Kind::Time || next.size() >= last.size() {
                return Err(not_smaller(self.span(), last, next));
            }
            parts.push(next);
            self.next();
        }
        Ok(if parts.len() > 1 { Some(parts) } else { None })
    }

    /// A further unit of time, behind `and` or, where commas part nothing else, a comma: `in d, h and min`.
    fn next_part(&mut self) -> Option<&'static Known> {
        let joined = self.is_word("and") || (self.calls == 0 && self.is_sign(','));
        let ahead = usize::from(joined);
        let next = self.word(ahead).and_then(unit::known).filter(|next| next.kind == Kind::Time)?;
        self.at += ahead;
        Some(next)
    }

    fn no_target(&self, word: Range<usize>) -> Fault {
        match self.kind() {
            TokenKind::End => Fault::new(word.end..word.end, "a unit is missing at the end").help("write one, as in 5 GB in MB"),
            TokenKind::Number(_) => Fault::new(self.span(), "a number stands where a unit belongs")
                .help("behind 'in' stands a unit alone, as in 5 GB in MB; to see how often one goes into the other, divide"),
            _ => Fault::new(self.span(), "this is no unit").help("behind 'in' stands a unit, as in reads/s"),
        }
    }
}
