//! Ranges as values: the ends of one, what refuses to be sampled, and what a range cannot go through.

use std::ops::Range;

use super::super::fault::{Fault, quoted};
use super::super::format;
use super::super::input::{MOST_INPUTS, Refusal, Shape};
use super::super::parse::{Ends, Expr, Node, Operator};
use super::super::quantity::{Quantity, Style, Units};
use super::super::samples::Samples;
use super::{Evaluator, trouble};

impl Evaluator<'_> {
    /// The range `10M to 50M users`. `whole`: the line is nothing else.
    pub(super) fn range(&self, expr: &Expr, whole: bool) -> Result<Quantity, Fault> {
        let Node::Range(shape, ends, first, second) = &expr.node else { return self.value(expr) };
        let (from, to) = (self.value(first)?, self.value(second)?);
        for (end, quantity) in [(first, &from), (second, &to)] {
            if quantity.samples.is_some() {
                return Err(Fault::new(
                    end.span.clone(),
                    "this is a range itself and cannot be the end of one",
                )
                .help("a range goes from one number to another, as in 10M to 50M users"));
            }
        }
        let (low, high) = match ends {
            Ends::Both => self.both_ends((first, from), (second, to))?,
            Ends::Around => self.ends_around((first, from), (second, to))?,
        };
        let shape = shape.unwrap_or(default_shape(*ends, &low, &high));
        let units = format::unit(&low.units, false);
        if low.value > high.value {
            let swapped = format!("{} to {}", format::full(high.value, ""), format::full(low.value, &units));
            return Err(Fault::new(expr.span.clone(), "the low end of this range is above its high end")
                .help(format!("write {swapped}")));
        }
        if low.value <= 0.0 && shape == Shape::LogNormal {
            return Err(Fault::new(expr.span.clone(), "a log-normal range lies above zero")
                .help("write normal or uniform before it, or a low end above zero"));
        }
        if low.value == high.value {
            return Ok(low);
        }
        self.spend_passes(20, &expr.span)?;
        // Without brackets that stand around it.
        let written = first.span.start..second.span.end;
        let drawn = self.inputs.borrow_mut().draw(shape, (low.value, high.value), &written, whole);
        let (value, samples) = drawn.map_err(|refusal| refused(refusal, expr.span.clone()))?;
        Ok(Quantity { value, samples: Some(samples), ..low })
    }

    /// The two ends of `from to to`, in one unit.
    fn both_ends(
        &self,
        (first, from): (&Expr, Quantity),
        (second, to): (&Expr, Quantity),
    ) -> Result<(Quantity, Quantity), Fault> {
        // `10M to 50M users`: a low end without a unit has that of the high end.
        let bare = from.units.is_none() && !from.is_percent() && first.is_number();
        if bare && (to.is_percent() || !to.units.is_none()) {
            let low = Quantity::new(from.value, to.units.clone(), to.style.clone());
            return Ok((low, to));
        }
        if let (true, Node::Literal(high)) = (bare, &second.node)
            && high.cancelled != 1.0
        {
            // `20 to 80 h/min`: also where nothing of the unit remains.
            return Ok((Quantity { value: from.value * high.cancelled, ..from }, to));
        }
        if from.is_percent() && to.is_percent() {
            return Ok((from, to));
        }
        let (mut from, to) = (from.plain(), to.plain());
        if first.is_number() {
            from.units = with_strokes_of(from.units, &to.units);
        }
        if !from.units.same_dimension(&to.units) {
            return Err(self.unlike_ends((first, &from), (second, &to)));
        }
        let style = common_style(&from, &to);
        let too_far = |kind| trouble(kind, first.span.clone());
        let low = from.converted(to.units.clone(), style.clone()).map_err(too_far)?;
        Ok((low, Quantity { style, ..to }))
    }

    /// The two ends of `middle ± distance`, in one unit. A distance in percent is a share of the middle.
    fn ends_around(
        &self,
        (first, middle): (&Expr, Quantity),
        (second, distance): (&Expr, Quantity),
    ) -> Result<(Quantity, Quantity), Fault> {
        if distance.value < 0.0 {
            return Err(Fault::new(
                second.span.clone(),
                "behind '±' stands a distance, which is not negative",
            )
            .help("write how far the ends are from the middle, as in 100 ± 20 ms"));
        }
        let style = common_style(&middle, &distance);
        let bare = middle.units.is_none() && !middle.is_percent() && first.is_number();
        let middle = match &second.node {
            // `50 ± 5 h/min`: also where nothing of the unit remains.
            Node::Literal(far) if bare && far.cancelled != 1.0 => {
                Quantity { value: middle.value * far.cancelled, ..middle }
            }
            _ => middle,
        };
        let (middle, far) = if distance.is_percent() && !middle.is_percent() {
            let far = middle.value.abs() * distance.value / 100.0;
            (middle, far)
        } else if bare && !distance.units.is_none() {
            // `100 ± 20 ms`
            let far = distance.value;
            (Quantity::new(middle.value, distance.units, distance.style), far)
        } else if middle.is_percent() && (distance.is_percent() || distance.units.is_none()) {
            let far = distance.value;
            (middle, far)
        } else {
            let (middle, distance) = (middle.plain(), distance.plain());
            if !middle.units.same_dimension(&distance.units) {
                return Err(self.unlike_ends((first, &middle), (second, &distance)));
            }
            let far = distance.value_in(&middle.units).map_err(|kind| trouble(kind, second.span.clone()))?;
            (Quantity { style, ..middle }, far)
        };
        let end = |value| Quantity::new(value, middle.units.clone(), middle.style.clone());
        let (low, high) = (middle.value - far, middle.value + far);
        if !low.is_finite() || !high.is_finite() {
            return Err(refused(Refusal::TooWide, first.span.start..second.span.end));
        }
        Ok((end(low), end(high)))
    }

    fn unlike_ends(&self, first: (&Expr, &Quantity), second: (&Expr, &Quantity)) -> Fault {
        let fault = self.unlike(Operator::Of, first, second);
        Fault { message: format!("the two sides of a range are unlike: {}", fault.message), ..fault }
    }

    /// Counts work on samples, and refuses it where the sheet has used up what it may.
    pub(super) fn spend(&self, with: &[&Quantity], passes: u64, span: &Range<usize>) -> Result<(), Fault> {
        if with.iter().any(|quantity| quantity.samples.is_some()) {
            self.spend_passes(passes, span)?;
        }
        Ok(())
    }

    pub(super) fn spend_passes(&self, passes: u64, span: &Range<usize>) -> Result<(), Fault> {
        if self.inputs.borrow_mut().spend(passes) {
            return Ok(());
        }
        Err(Fault::new(span.clone(), "there are too many calculations with ranges above and on this line")
            .help("put a part of the sheet into one of its own"))
    }
}

/// How a range is distributed that does not say it.
fn default_shape(ends: Ends, low: &Quantity, high: &Quantity) -> Shape {
    match ends {
        Ends::Both if low.value > 0.0 && high.is_percent() && high.value < 100.0 => Shape::Odds,
        Ends::Both if low.value > 0.0 => Shape::LogNormal,
        _ => Shape::Normal,
    }
}

/// `$5 to $20/month`: a low end that has what stands above the stroke has what stands below it as well.
fn with_strokes_of(mut low: Units, high: &Units) -> Units {
    let (above, below): (Vec<_>, Vec<_>) = high.0.iter().cloned().partition(|(_, power)| *power > 0);
    if low.same_dimension(&Units(above)) {
        low.0.extend(below);
    }
    low
}

/// How a range is shown: as it was written where both ends were written in one way, else in what reads best.
fn common_style(from: &Quantity, to: &Quantity) -> Style {
    let alike = format::unit(&from.units, false) == format::unit(&to.units, false);
    match (&from.style, &to.style) {
        (Style::Percent, Style::Percent) => Style::Percent,
        (Style::Written, Style::Written) if alike => Style::Written,
        _ => Style::Computed,
    }
}

fn refused(refusal: Refusal, span: Range<usize>) -> Fault {
    match refusal {
        Refusal::TooMany => Fault::new(span, format!("a sheet has at most {MOST_INPUTS} ranges"))
            .help("give a range a name and use it again"),
        Refusal::TooWide => Fault::new(span, "this range is too wide")
            .help("beyond its ends it must stay between 1e-300 and 1e308 too"),
    }
}

impl Evaluator<'_> {
    /// Refuses a divisor of which samples lie on both sides of zero, or at it.
    pub(super) fn no_zero(&self, divisor: &Quantity, expr: &Expr) -> Result<(), Fault> {
        let Some(samples) = &divisor.samples else { return Ok(()) };
        let (least, most) = samples.bounds();
        if least > 0.0 || most < 0.0 {
            return Ok(());
        }
        let above = divisor.value >= 0.0;
        let share = samples.share(|value| if above { value <= 0.0 } else { value >= 0.0 });
        let side = if above { "below" } else { "above" };
        let share = share_of_samples(share);
        let message = format!("this divides by zero: {} is zero or {side} in {share}", named(expr));
        Err(Fault::new(expr.span.clone(), message).help(self.way_out(samples, expr)))
    }

    /// Refuses a power that some samples do not have.
    pub(super) fn has_power(&self, base: &Quantity, expr: &Expr, exponent: &Quantity) -> Result<(), Fault> {
        let Some(samples) = &base.samples else { return Ok(()) };
        let whole = exponent.samples.is_none() && exponent.value.fract() == 0.0;
        if whole && exponent.value < 0.0 {
            return self.no_zero(base, expr);
        }
        let share = if whole { 0.0 } else { samples.share(|value| value < 0.0) };
        if share == 0.0 {
            return Ok(());
        }
        let (is, share) = (named(expr), share_of_samples(share));
        let message = format!("a negative number has no such power, and {is} is negative in {share}");
        Err(Fault::new(expr.span.clone(), message).help(self.way_out(samples, expr)))
    }

    /// How to keep a value on its side of zero, and which ranges decide it.
    fn way_out(&self, samples: &Samples, expr: &Expr) -> String {
        let word = match &expr.node {
            Node::Name(name) => name.as_str(),
            _ => "x",
        };
        let inputs = self.inputs.borrow();
        let listed = samples.inputs().iter().filter_map(|&index| inputs.get(index));
        let listed: Vec<String> =
            listed.take(3).map(|input| format!("{} (line {})", quoted(&input.name), input.line)).collect();
        format!(
            "it depends on {}; a lognormal range stays above zero, and so does max({word}, the least it can be)",
            listed.join(", ")
        )
    }
}

/// A part of a line in a message: its name, or "this".
pub(super) fn named(expr: &Expr) -> String {
    match &expr.node {
        Node::Name(name) => quoted(name),
        _ => "this".to_string(),
    }
}

/// `12% of its samples`.
pub(super) fn share_of_samples(share: f64) -> String {
    let percent = share * 100.0;
    let shown = match percent {
        percent if percent >= 99.95 => return "all of its samples".to_string(),
        percent if percent >= 9.95 => format!("{percent:.0}%"),
        percent if percent >= 0.1 => format!("{percent:.1}%"),
        _ => "less than 0.1%".to_string(),
    };
    format!("{shown} of its samples")
}
