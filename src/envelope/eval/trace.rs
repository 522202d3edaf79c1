//! How a line comes about: its tree walked once more, with every operation written down.
//!
//! A step is one operation on values and units, so that each can be done in the head and checked. It goes on with the
//! result of the step before where it can (`× 1.2 KB/post`). Intermediate results keep the times that they were
//! given in, for `posts/user/day` times `users` is `posts/day`; only the end result goes per second, as a step
//! of its own, because that factor of 86,400 is the one that is forgotten.

use std::cell::RefCell;
use std::ops::Range;

use super::super::fault::Fault;
use super::super::format;
use super::super::input::Inputs;
use super::super::parse::{Expr, Form, Node, Operator, Scope, Target};
use super::super::quantity::{Atom, Quantity, Style, Units};
use super::super::spread::{brief, in_steps};
use super::super::unit::{Kind, Series};
use super::super::{Answer, Step, StepKind};
use super::lift::literal;
use super::{Evaluator, Values, range};

/// The most steps that are shown.
const MOST_STEPS: usize = 40;
/// The longest text of a step, in characters.
const LONGEST: usize = 90;

/// The steps to the value of a tree, whose text is `code` and whose value is shown as `answer`.
pub(in crate::envelope) fn steps(
    (expr, code): (&Expr, &str),
    answer: &Answer,
    scope: &Scope,
    values: &Values,
    inputs: &RefCell<Inputs>,
) -> Option<Vec<Step>> {
    let evaluator = Evaluator { scope, values, inputs, at_medians: false };
    let mut tracer = Tracer { evaluator, code, steps: Vec::new() };
    let value = tracer.walk(expr).ok()?;
    tracer.end(&value, answer);
    let path = tracer.unit_path(expr, answer);
    let mut steps = tracer.steps;
    if steps.len() > MOST_STEPS {
        let more = steps.len() - MOST_STEPS;
        steps.truncate(MOST_STEPS);
        let text = format!("… and {more} more");
        steps.push(Step { kind: StepKind::Operation, text, result: answer.text.clone() });
    }
    steps.extend(path);
    Some(steps)
}

/// A value on the way.
struct Value {
    quantity: Quantity,
    /// As it stands in the text of a step.
    text: String,
    /// It is the result of step number so much, counted from 1; 0 where no step led to it.
    step: usize,
}

struct Tracer<'a> {
    evaluator: Evaluator<'a>,
    code: &'a str,
    steps: Vec<Step>,
}

impl Tracer<'_> {
    fn walk(&mut self, expr: &Expr) -> Result<Value, Fault> {
        match &expr.node {
            Node::Literal(literal) => Ok(plain(literal.quantity.clone())),
            Node::Name(name) => {
                let quantity = self.evaluator.named(name, expr.span.clone())?;
                // As its own line shows it: what follows goes on from there.
                let units =
                    format::shown(&quantity).map_or_else(|_| quantity.units.clone(), |best| best.units);
                let style = quantity.style.clone();
                Ok(plain(quantity.clone().converted(units, style).unwrap_or(quantity)))
            }
            Node::Negative(inner) => Ok(plain(self.walk(inner)?.quantity.negative())),
            Node::Binary(..) if is_constant(expr) => {
                let quantity = self.evaluator.value(expr)?;
                let text = shortened(self.written(&expr.span));
                Ok(Value { quantity, text, step: 0 })
            }
            Node::Binary(..) => self.chain(expr),
            Node::Factorial(inner) => {
                let value = self.walk(inner)?;
                let text = format!("{}!", value.text);
                let result = self.evaluator.lifted_factorial(&literal(value.quantity, inner))?;
                Ok(self.push(StepKind::Operation, text, result))
            }
            Node::Call(name, span, arguments) => self.call(name, span, arguments, &expr.span),
            Node::Convert(inner, target) => self.convert(inner, target),
            Node::Range(shape, ends, first, second) => {
                let quantity = self.evaluator.range(expr, false)?;
                if quantity.samples.is_none() {
                    return Ok(plain(quantity));
                }
                let low = self.evaluator.value(first)?.value;
                let shape = shape.unwrap_or(range::default_shape(*ends, low));
                let written = self.written(&(first.span.start..second.span.end));
                let text = format!("{written}, {}", shape.name());
                Ok(self.push(StepKind::Range, text, quantity))
            }
        }
    }

    /// A chain of operators, walked in a loop as it is evaluated.
    fn chain(&mut self, expr: &Expr) -> Result<Value, Fault> {
        let (first, rest) = unrolled(expr);
        let mut value = self.walk(first)?;
        for (operator, left, right) in rest {
            let other = self.walk(right)?;
            let goes_on = value.step > 0 && value.step == self.steps.len() && operator != Operator::Power;
            let shown = met(operator, &value.quantity, &other);
            let text = match operator {
                Operator::Power => format!("{}^{shown}", value.text),
                _ if goes_on => format!("{} {shown}", sign(operator)),
                _ => format!("{} {} {shown}", value.text, sign(operator)),
            };
            let result = self.evaluator.operate(operator, (left, value.quantity), (right, other.quantity))?;
            value = self.push(StepKind::Operation, text, result);
        }
        Ok(value)
    }

    fn call(
        &mut self,
        name: &str,
        span: &Range<usize>,
        arguments: &[Expr],
        whole: &Range<usize>,
    ) -> Result<Value, Fault> {
        let mut settled = Vec::with_capacity(arguments.len());
        let mut texts = Vec::with_capacity(arguments.len());
        for argument in arguments {
            let is_value = match &argument.node {
                Node::Name(name) => self.evaluator.values.contains_key(name),
                _ => true,
            };
            if is_value {
                let value = self.walk(argument)?;
                texts.push(value.text);
                let kept = matches!(argument.node, Node::Name(_) | Node::Literal(_));
                settled.push(if kept { argument.clone() } else { literal(value.quantity, argument) });
            } else {
                texts.push(self.written(&argument.span).to_string());
                settled.push(argument.clone());
            }
        }
        let text = format!("{name}({})", texts.join(", "));
        let result = self.evaluator.lifted_call(name, span.clone(), &settled, whole)?;
        Ok(self.push(StepKind::Operation, text, result))
    }

    fn convert(&mut self, inner: &Expr, target: &Target) -> Result<Value, Fault> {
        let value = self.walk(inner)?;
        let from = in_steps(&value.quantity);
        let result = self.evaluator.converted(value.quantity.clone(), inner, target)?;
        let unit = self.written(&target.span);
        let factor = match target.form {
            Form::Unit(..) => factor(&from, &result.units),
            Form::Percent => " × 100".to_string(),
            Form::Parts(_) => String::new(),
        };
        let goes_on = value.step > 0 && value.step == self.steps.len();
        let text = if goes_on {
            format!("in {unit}:{factor}")
        } else {
            format!("{} in {unit}:{factor}", value.text)
        };
        Ok(self.push(StepKind::Conversion, text.trim_end_matches(':').to_string(), result))
    }

    /// Writes a step down.
    fn push(&mut self, kind: StepKind, text: String, quantity: Quantity) -> Value {
        let result = brief(&quantity);
        self.steps.push(Step { kind, text: shortened(&text), result: result.clone() });
        Value { quantity, text: result, step: self.steps.len() }
    }

    /// Makes the last result that of the line, with a step for a factor that nobody sees otherwise.
    fn end(&mut self, value: &Value, answer: &Answer) {
        let Some(last) = self.steps.last_mut().filter(|_| value.step > 0) else { return };
        let from = in_steps(&value.quantity);
        let to = match value.quantity.style {
            Style::Computed => {
                format::shown(&value.quantity).map_or_else(|_| from.units.clone(), |best| best.units)
            }
            _ => from.units.clone(),
        };
        let power = from.units.factor_to(&to).of(1.0).log10();
        if (power - power.round()).abs() < 1e-9 {
            last.result.clone_from(&answer.text);
            return;
        }
        let text = format!("in {}:{}", format::unit(&to, false), factor(&from, &to));
        self.steps.push(Step { kind: StepKind::Conversion, text, result: answer.text.clone() });
    }

    /// What becomes of the units of a product.
    fn unit_path(&self, expr: &Expr, answer: &Answer) -> Option<Step> {
        let mut product = expr;
        while let Node::Convert(inner, _) = &product.node {
            product = inner;
        }
        let (first, rest) = unrolled(product);
        let multiplies = |operator| matches!(operator, Operator::Multiply | Operator::Divide | Operator::Of);
        if rest.is_empty() || !rest.iter().all(|(operator, ..)| multiplies(*operator)) {
            return None;
        }
        let mut quiet =
            Tracer { evaluator: Evaluator { ..self.evaluator }, code: self.code, steps: Vec::new() };
        let mut unit = |expr: &Expr| Some(quiet.walk(expr).ok()?.quantity.units);
        let mut text = format::unit(&unit(first)?, false);
        let mut count = usize::from(!text.is_empty());
        for (operator, _, right) in rest {
            let right = format::unit(&unit(right)?, false);
            if right.is_empty() {
                continue;
            }
            count += 1;
            let divides = operator == Operator::Divide;
            // `GB ÷ (MB/s)`: what is divided by a rate is not divided by its time.
            let right = if divides && right.contains(['/', '·']) { format!("({right})") } else { right };
            text = match (text.is_empty(), divides) {
                (true, false) => right,
                (true, true) => format!("1 ÷ {right}"),
                (false, _) => format!("{text} {} {right}", sign(operator)),
            };
        }
        let result = if answer.unit.is_empty() { "a plain number".to_string() } else { answer.unit.clone() };
        (count > 1).then(|| Step { kind: StepKind::Units, text: shortened(&text), result })
    }

    fn written(&self, span: &Range<usize>) -> &str {
        self.code.get(span.clone()).unwrap_or_default().trim()
    }
}

/// A value that no step led to.
fn plain(quantity: Quantity) -> Value {
    Value { text: brief(&quantity), quantity, step: 0 }
}

/// A chain of operators that leans to the left: the first part, and each operator with what stands on its sides.
fn unrolled(expr: &Expr) -> (&Expr, Vec<(Operator, &Expr, &Expr)>) {
    let mut rest = Vec::new();
    let mut first = expr;
    while let Node::Binary(operator, left, right) = &first.node {
        if is_constant(first) {
            break;
        }
        rest.push((*operator, &**left, &**right));
        first = left;
    }
    rest.reverse();
    (first, rest)
}

/// `10^6`, and `10^6 users`, where the parser makes a product of the power and its unit: numbers, not operations.
fn is_constant(expr: &Expr) -> bool {
    let number = |expr: &Expr| matches!(expr.node, Node::Literal(_));
    match &expr.node {
        Node::Binary(Operator::Power, base, exponent) => number(base) && number(exponent),
        Node::Binary(Operator::Multiply, power, unit) => match &unit.node {
            Node::Literal(literal) => literal.resolution == 0.0 && is_constant(power),
            _ => false,
        },
        _ => false,
    }
}

fn sign(operator: Operator) -> &'static str {
    match operator {
        Operator::Add => "+",
        Operator::Subtract => "−",
        Operator::Multiply => "×",
        Operator::Divide => "÷",
        Operator::Power => "^",
        Operator::Of => "of",
    }
}

/// The right side of an operation. A time that meets one in another unit, and bits that meet bytes, are shown in
/// that unit too, for the factor is part of the calculation: `5 years (1,825 days)`, `10 Gbit/s (1.25 GB/s)`.
fn met(operator: Operator, left: &Quantity, right: &Value) -> String {
    let alone = right.text.clone();
    let direction = match operator {
        Operator::Multiply | Operator::Of => 1,
        Operator::Divide => -1,
        _ => return alone,
    };
    let mut units = right.quantity.units.clone();
    for (atom, power) in &mut units.0 {
        let held = left.units.0.iter().find(|(held, _)| held.kind() == atom.kind());
        let Some((held, _)) = held.filter(|(_, held)| held * *power * direction < 0) else { continue };
        let other = match atom.kind() {
            Kind::Time => right.quantity.units.0.len() == 1,
            Kind::Data => in_bits(atom) != in_bits(held),
            _ => false,
        };
        if other {
            *atom = held.clone();
        }
    }
    if format::unit(&units, true) == format::unit(&right.quantity.units, true) {
        return alone;
    }
    let style = if units.0.len() == 1 { Style::Asked(None) } else { Style::Computed };
    match right.quantity.clone().converted(units, style) {
        Ok(there) => format!("{alone} ({})", brief(&there)),
        Err(_) => alone,
    }
}

fn in_bits(atom: &Atom) -> bool {
    matches!(atom, Atom::Known(known) if matches!(known.series, Series::Bits | Series::BinaryBits))
}

/// What a conversion multiplies or divides by: ` ÷ 86,400`; empty where the number stays.
fn factor(from: &Quantity, to: &Units) -> String {
    let factor = from.units.factor_to(to).of(1.0);
    let back = to.factor_to(&from.units).of(1.0);
    let number = |value| format::text(&Quantity::new(value, Units::none(), Style::Written));
    if factor == 1.0 || !factor.is_normal() || !back.is_normal() {
        String::new()
    } else if factor > 1.0 {
        format!(" × {}", number(factor))
    } else {
        format!(" ÷ {}", number(back))
    }
}

/// A text that fits into a line of the screen.
fn shortened(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_string();
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}
