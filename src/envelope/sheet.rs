//! The lines of a sheet: what each defines, which one uses which, and what a line asserts of the one above it.

use std::cell::RefCell;

use super::eval::{self, Values};
use super::fault::{Fault, quoted};
use super::input::Inputs;
use super::lex::{Token, TokenKind, tokens};
use super::notes::Notes;
use super::parse::{self, Expr, Node, Scope, is_reserved};
use super::quantity::Quantity;
use super::uses::{self, Split, defined_name, split};
use super::{Answer, Outcome, Sheet, SheetLine, Step, assertion, spread};

/// The longest line, in bytes.
const LONGEST_LINE: usize = 2_000;
/// The longest name, in bytes.
const LONGEST_NAME: usize = 64;

/// Evaluates a text line by line. A broken line does not stop the others; what uses it says so. Costs time linear
/// in the text but for looking up names, a few microseconds a line.
#[must_use]
pub fn evaluate(text: &str) -> Sheet {
    let lines: Vec<&str> = text.lines().collect();
    let mut engine = Engine::new(&lines);
    Sheet { lines: lines.iter().map(|line| engine.line(line)).collect() }
}

/// The value of an expression, or the last value of several lines, which may also be parted by `;`.
///
/// # Errors
/// The first fault; its span counts in the whole `expression`.
pub fn calculate(expression: &str) -> Result<Answer, Fault> {
    let pieces = pieces(expression);
    let lines: Vec<&str> = pieces.iter().map(|(_, line)| *line).collect();
    let mut engine = Engine::new(&lines);
    let mut last = None;
    for (start, line) in pieces {
        match engine.line(line).outcome {
            Outcome::Value(answer) => last = Some(answer),
            Outcome::Fault(mut fault) => {
                fault.span = start + fault.span.start..start + fault.span.end;
                return Err(fault);
            }
            Outcome::Blank | Outcome::Comment => {}
        }
    }
    last.ok_or_else(|| {
        Fault::new(0..0, "there is nothing to calculate")
            .help("write an expression, as in 500 million users / 1 day")
    })
}

/// How the value of a line comes about: what its names stand for, every operation with what it comes to so far,
/// conversions, and at last what becomes of the units. Nothing where the line has no value or nothing is calculated.
/// `line` counts from 1. Works out the line and the lines that it uses, and no other.
#[must_use]
pub fn steps(text: &str, line: usize) -> Vec<Step> {
    let lines: Vec<&str> = text.lines().take(line).collect();
    let Some((last, above)) = lines.split_last().filter(|_| lines.len() == line) else { return Vec::new() };
    let used = uses::needed(&lines);
    let mut engine = Engine::new(&lines);
    for (text, used) in above.iter().zip(used) {
        if used {
            engine.line(text);
        } else {
            engine.skip(text);
        }
    }
    engine.traced(last).unwrap_or_default()
}

/// The samples of each line that has a range in it or above it, in the unit of its answer; the same place in two lists
/// is the same draw. At most `most` of them, and no more than the 4,999 that a value is computed with; they stand in
/// no order, so the first few are as good as any. Costs an evaluation of the text.
#[must_use]
pub fn samples(text: &str, most: usize) -> Vec<Option<Vec<f64>>> {
    let lines: Vec<&str> = text.lines().collect();
    let mut engine = Engine::new(&lines);
    let drawn = |line: &&str| {
        let Outcome::Value(answer) = engine.line(line).outcome else { return None };
        let Before::Value(quantity, _) = &engine.before else { return None };
        let samples = quantity.samples.as_ref()?;
        let unit =
            tokens(&format!("1 {}", answer.unit)).and_then(|one| parse::parse(&one, &Scope::default()));
        let units = match unit.map(|parsed| parsed.expr.node) {
            Ok(Node::Literal(one)) => one.quantity.units,
            _ => quantity.units.clone(),
        };
        let factor = quantity.units.factor_to(&units);
        Some(samples.drawn().iter().take(most).map(|&value| factor.of(value)).collect())
    };
    lines.iter().map(drawn).collect()
}

/// The lines of an expression with the byte where each begins: cut at line ends, and at `;` outside of comments.
fn pieces(text: &str) -> Vec<(usize, &str)> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for line in text.split('\n') {
        let comment = line.find('#').unwrap_or(line.len());
        let mut piece = 0;
        while let Some(length) = line[piece..comment].find(';') {
            pieces.push((start + piece, &line[piece..piece + length]));
            piece += length + 1;
        }
        pieces.push((start + piece, line[piece..].trim_end_matches('\r')));
        start += line.len() + 1;
    }
    pieces
}

/// What the line before an assertion came to.
enum Before {
    /// No line, or none with a value.
    Nothing,
    /// A broken line.
    Broken,
    /// A value, and how it is shown.
    Value(Quantity, Answer),
}

/// What is known between one line and the next.
struct Engine {
    number: usize,
    scope: Scope,
    values: Values,
    inputs: RefCell<Inputs>,
    before: Before,
    notes: Notes,
    /// For each line the names that no line below it uses.
    done: Vec<Vec<String>>,
}

impl Engine {
    fn new(lines: &[&str]) -> Engine {
        let mut scope = Scope::default();
        for (index, line) in lines.iter().enumerate().rev() {
            if let Some(name) = defined_name(line) {
                scope.below.insert(name.to_string(), index + 1);
            }
        }
        Engine {
            number: 0,
            scope,
            values: Values::new(),
            inputs: RefCell::default(),
            before: Before::Nothing,
            notes: Notes::default(),
            done: uses::last(lines),
        }
    }

    fn line(&mut self, line: &str) -> SheetLine {
        self.forget();
        self.number += 1;
        let name = defined_name(line).map(str::to_string);
        if line.len() > LONGEST_LINE {
            let end = (0..=LONGEST_LINE).rev().find(|&at| line.is_char_boundary(at)).unwrap_or(0);
            let fault = Fault::new(end..line.len(), format!("this line is longer than {LONGEST_LINE} bytes"))
                .help("give its parts lines and names of their own");
            return self.finish(name, Err(fault));
        }
        let Split { code, assertion } = split(line);
        if code.trim().is_empty() {
            let outcome = self.without_code(line, assertion);
            return SheetLine { name: None, outcome, notes: Vec::new() };
        }
        let mut notes = Vec::new();
        let result = self.code(code, name.as_deref()).and_then(|(quantity, expr)| {
            let (quantity, answer) = spread::finished(quantity, &self.inputs.borrow()).map_err(|_| {
                Fault::new(0..0, "the result is out of range").help("numbers go from about 1e-300 to 1e308")
            })?;
            if let Some((start, text)) = assertion {
                assertion::check((&quantity, &answer), &self.scope, start, text)?;
            }
            notes = self.notes.with(&expr, &answer, &self.scope, &self.values);
            Ok((quantity, answer))
        });
        SheetLine { notes, ..self.finish(name, result) }
    }

    /// Lets go of values that no line from here on uses: the samples of a long sheet would fill megabytes.
    fn forget(&mut self) {
        let names = self.number.checked_sub(1).and_then(|line| self.done.get_mut(line)).map(std::mem::take);
        for name in names.unwrap_or_default() {
            if let Some(value) = self.values.get_mut(&name) {
                *value = None;
            }
        }
    }

    /// Goes past a line without working it out; what it counts becomes known, its value does not.
    fn skip(&mut self, line: &str) {
        self.forget();
        self.number += 1;
        let name = defined_name(line).map(str::to_string);
        let code = split(line).code;
        if line.len() <= LONGEST_LINE && !code.trim().is_empty() {
            let skipped = self.tree(code, name.as_deref());
            let fault = Fault::new(0..0, "this line was left out");
            self.finish(name, Err(skipped.err().unwrap_or(fault)));
        }
    }

    /// The steps of the next line; none where it is broken.
    fn traced(&mut self, line: &str) -> Option<Vec<Step>> {
        let number = self.number + 1;
        let Outcome::Value(answer) = self.line(line).outcome else { return None };
        let (code, name) = (split(line).code, defined_name(line));
        // The name of the line itself has become known; on the line it was not.
        name.and_then(|name| self.scope.names.remove(name));
        let tokens = tokens(code).ok()?;
        let expression = if name.is_some() { tokens.get(2..)? } else { &tokens[..] };
        let parsed = parse::parse(expression, &self.scope).ok()?;
        self.inputs.borrow_mut().begin(number, name, code);
        eval::steps((&parsed.expr, code), &answer, &self.scope, &self.values, &self.inputs)
    }

    /// A blank line, a comment, or an assertion about the line above.
    fn without_code(&self, line: &str, assertion: Option<(usize, &str)>) -> Outcome {
        let Some((start, text)) = assertion else {
            return if line.trim().is_empty() { Outcome::Blank } else { Outcome::Comment };
        };
        let checked = match &self.before {
            Before::Value(quantity, answer) => assertion::check((quantity, answer), &self.scope, start, text),
            Before::Broken => Ok(()),
            Before::Nothing => Err(Fault::new(start - 2..start, "no line above has a value to assert")
                .help("'#=' checks the result of the line before it")),
        };
        checked.map_or_else(Outcome::Fault, |()| Outcome::Comment)
    }

    /// Writes down what a line came to.
    fn finish(&mut self, name: Option<String>, result: Result<(Quantity, Answer), Fault>) -> SheetLine {
        let free =
            name.as_ref().is_some_and(|name| !self.scope.names.contains_key(name) && may_be_named(name));
        if let (Some(name), true) = (&name, free) {
            self.scope.names.insert(name.clone(), self.number);
            self.scope.below.remove(name);
            self.values.insert(name.clone(), result.as_ref().ok().map(|(quantity, _)| quantity.clone()));
        }
        let outcome = match result {
            Ok((quantity, answer)) => {
                self.before = Before::Value(quantity, answer.clone());
                Outcome::Value(answer)
            }
            Err(fault) => {
                self.before = Before::Broken;
                Outcome::Fault(fault)
            }
        };
        SheetLine { name, outcome, notes: Vec::new() }
    }

    /// The value of a line without its comment.
    fn code(&mut self, code: &str, name: Option<&str>) -> Result<(Quantity, Expr), Fault> {
        let expr = self.tree(code, name)?;
        self.inputs.borrow_mut().begin(self.number, name, code);
        let quantity = eval::evaluate(&expr, &self.scope, &self.values, &self.inputs)?;
        Ok((quantity, expr))
    }

    /// A line without its comment as a tree.
    fn tree(&mut self, code: &str, name: Option<&str>) -> Result<Expr, Fault> {
        let tokens = tokens(code)?;
        let expression = match name {
            Some(name) => {
                self.check_name(name, &tokens)?;
                &tokens[2..]
            }
            None => {
                no_name(code, &tokens)?;
                &tokens[..]
            }
        };
        if let ([Token { kind: TokenKind::End, .. }], Some(_)) = (expression, name) {
            let at = code.trim_end().len();
            return Err(Fault::new(at..at, "a value is missing after '='")
                .help("write one, as in dau = 500 million users"));
        }
        let parsed = parse::parse(expression, &self.scope)?;
        self.scope.counted.extend(parsed.counted);
        Ok(parsed.expr)
    }

    fn check_name(&self, name: &str, tokens: &[Token]) -> Result<(), Fault> {
        let span = tokens[0].span.clone();
        let quote = quoted(name);
        if name.len() > LONGEST_NAME {
            return Err(Fault::new(span, format!("a name has at most {LONGEST_NAME} bytes")));
        }
        if let Some(line) = self.scope.names.get(name) {
            return Err(Fault::new(span, format!("{quote} is already defined on line {line}"))
                .help(format!("one name stands for one value; take another, such as {name}_2")));
        }
        if is_reserved(name) {
            return Err(Fault::new(span, format!("{quote} has a meaning of its own and cannot be a name"))
                .help(format!("take another, such as {name}_value")));
        }
        Ok(())
    }
}

fn may_be_named(name: &str) -> bool {
    name.len() <= LONGEST_NAME && !is_reserved(name)
}

/// A line with an `=` and no name before it: says what is wrong with the left side.
fn no_name(code: &str, tokens: &[Token]) -> Result<(), Fault> {
    let Some(at) = tokens.iter().position(|token| token.kind == TokenKind::Sign('=')) else { return Ok(()) };
    let left = &tokens[..at];
    let (Some(first), Some(last)) = (left.first(), left.last()) else {
        return Err(Fault::new(tokens[at].span.clone(), "a name is missing before '='")
            .help("write one, as in dau = 500 million users, or leave the '=' out"));
    };
    if matches!(tokens.get(at + 1), Some(Token { kind: TokenKind::End, .. })) {
        return Err(Fault::new(tokens[at].span.clone(), "there is nothing behind this '='")
            .help("leave it out: the result of a line stands beside it"));
    }
    let span = first.span.start..last.span.end;
    let words: Vec<&str> = left.iter().map(|token| &code[token.span.clone()]).collect();
    let simple = left
        .iter()
        .all(|token| matches!(token.kind, TokenKind::Word(_) | TokenKind::Number(_) | TokenKind::Sign('-')));
    let fault = Fault::new(span, format!("{} is no name", quoted(&code[first.span.start..last.span.end])));
    Err(match first.kind {
        TokenKind::Word(_)
            if simple && matches!(words[0], "let" | "var" | "const" | "set" | "def") && words.len() > 1 =>
        {
            fault.help(format!("leave '{}' out: {} = ...", words[0], words[1]))
        }
        TokenKind::Word(_) if simple => {
            let joined: Vec<&str> = words.into_iter().filter(|word| *word != "-").collect();
            fault.help(format!("a name is one word of letters, digits and underscores: {}", joined.join("_")))
        }
        TokenKind::Number(_)
            if simple && matches!(tokens.get(at + 1), Some(Token { kind: TokenKind::Word(_), .. })) =>
        {
            fault.help("a conversion is written 'in', as in 5 GB in MB; a name begins with a letter")
        }
        TokenKind::Number(_) if simple => fault.help("a name begins with a letter, as in peak2"),
        _ => fault.help("a name is one word of letters, digits and underscores, as in peak_reads"),
    })
}
