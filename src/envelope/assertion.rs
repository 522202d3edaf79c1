//! What a line asserts of the one above it: `#= 28,935 reads/s`, `#= 316 M users, 200 M to 500 M`.
//!
//! An assertion repeats what is shown, so it holds to half of the last figure that it shows. A ranged value is shown
//! with fewer figures than it has digits (28,900), and there the last figure shown counts, not the last digit. What repeats
//! the shown text word by word holds, also where figures were rounded before they were brought into `h` and `min`.

use std::ops::Range;

use super::fault::Fault;
use super::lex::{TokenKind, tokens};
use super::parse::{self, Literal, Node, Scope};
use super::quantity::{Quantity, Style};
use super::{Answer, format, spread};

/// Checks the value of a line, which is shown as `answer`, against what stands behind `#=`. `start` is where
/// `text` begins in its line.
pub(super) fn check(
    (quantity, answer): (&Quantity, &Answer),
    scope: &Scope,
    start: usize,
    text: &str,
) -> Result<(), Fault> {
    let claim = Claim { answer, scope, start, text, whole: trimmed(text, 0..text.len(), start) };
    let [low, median, high] = spread::percentiles(quantity);
    let (value, ends) = claim.parts()?;
    let shown = claim.literal(value.clone())?;
    let [low_here, actual, high_here] = [&low, &median, &high].map(|part| claim.converted(part, &shown));
    let (low_here, actual, high_here) = (low_here?, actual?, high_here?);
    if claim.repeats(&value, ends.as_ref()) {
        return Ok(());
    }
    let mut worth = shown.resolution;
    if answer.spread.is_some() {
        let figures = spread::figures(low_here.value, actual.value, high_here.value);
        worth = worth.max(spread::worth(actual.value, figures));
    }
    if !near(actual.value, shown.quantity.value, worth) {
        let is = claim.rounded(&actual, worth);
        return Err(claim.wrong(&is, &text[value]).help(match &ends {
            Some(_) => format!("write #= {}", claim.suggested(&is)),
            None => format!("write #= {is}"),
        }));
    }
    match ends {
        Some(ends) => {
            claim.check_ends([&low, &high], quantity, (&shown, ends), &claim.rounded(&actual, worth))
        }
        None => Ok(()),
    }
}

/// A sheet without its assertions, for whoever will change its numbers: what was asserted of the old ones would be told as
/// wrong. A line that asserts and does nothing else goes; all other lines stay as they are.
#[must_use]
pub fn without_assertions(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    for line in text.lines() {
        let code = match line.find('#') {
            Some(at) if line[at..].starts_with("#=") => line[..at].trim_end(),
            _ => line,
        };
        if code.is_empty() && !line.is_empty() {
            continue;
        }
        kept.push_str(code);
        kept.push('\n');
    }
    kept
}

/// An assertion.
struct Claim<'a> {
    answer: &'a Answer,
    scope: &'a Scope,
    start: usize,
    text: &'a str,
    /// Its bytes in the line.
    whole: Range<usize>,
}

/// The bytes of the two ends of a range.
type Ends = [Range<usize>; 2];

impl Claim<'_> {
    /// The bytes of the value, and of the ends where there are some, within the text. A comma with a space
    /// behind it parts them; one without parts thousands.
    fn parts(&self) -> Result<(Range<usize>, Option<Ends>), Fault> {
        let text = self.text;
        let parts_here = |at: &usize| text[at + 1..].starts_with(char::is_whitespace);
        let Some(comma) = text.match_indices(',').map(|(at, _)| at).find(parts_here) else {
            return Ok((0..text.len(), None));
        };
        let range = &text[comma + 1..];
        let join = [" to ", "…"].iter().find_map(|join| Some((range.find(join)?, join.len())));
        let Some((at, length)) = join else {
            let span = trimmed(text, comma + 1..text.len(), self.start);
            return Err(Fault::new(span, "behind the comma stands a range")
                .help("write both ends: #= 316 M users, 200 M to 500 M"));
        };
        if self.answer.spread.is_none() {
            let span = trimmed(text, comma + 1..text.len(), self.start);
            return Err(
                Fault::new(span, "this value has no range").help(format!("write #= {}", self.answer.text))
            );
        }
        let middle = comma + 1 + at;
        Ok((0..comma, Some([comma + 1..middle, middle + length..text.len()])))
    }

    /// Whether this is the shown text, word by word.
    fn repeats(&self, value: &Range<usize>, ends: Option<&Ends>) -> bool {
        let same = |at: &Range<usize>, shown: &str| self.text[at.clone()].trim() == shown.trim();
        let range = self.answer.spread.as_ref().and_then(|spread| spread.text.split_once('…'));
        same(value, &self.answer.text)
            && match (ends, range) {
                (None, _) => true,
                (Some([low, high]), Some(shown)) => same(low, shown.0) && same(high, shown.1),
                (Some(_), None) => false,
            }
    }

    /// The number that stands at these bytes of the text.
    fn literal(&self, at: Range<usize>) -> Result<Literal, Fault> {
        let text = &self.text[at.clone()];
        let start = self.start + at.start;
        let shift = |mut fault: Fault| {
            fault.span = start + fault.span.start..start + fault.span.end;
            fault
        };
        // Behind `#=` a word is always a unit, so the names are left out.
        let scope = Scope { counted: self.scope.counted.clone(), ..Scope::default() };
        let tokens = tokens(text).map_err(shift)?;
        let (negative, rest) = match tokens.first().map(|token| &token.kind) {
            Some(TokenKind::Sign('-')) => (true, &tokens[1..]),
            _ => (false, &tokens[..]),
        };
        let parsed = parse::parse(rest, &scope).map_err(shift)?;
        let Node::Literal(mut literal) = parsed.expr.node else {
            return Err(Fault::new(
                trimmed(self.text, at, self.start),
                "behind '#=' stands a result, not a calculation",
            )
            .help("write it as it is shown: #= 28,935 reads/s"));
        };
        if negative {
            literal.quantity = literal.quantity.negative();
        }
        Ok(literal)
    }

    /// A value in the unit and style of what is asserted.
    fn converted(&self, quantity: &Quantity, shown: &Literal) -> Result<Quantity, Fault> {
        let actual = in_style_of(&shown.quantity, quantity.clone());
        let units = &shown.quantity.units;
        if !actual.units.same_dimension(units) {
            let is = &self.answer.text;
            return Err(Fault::new(
                self.whole.clone(),
                format!("the result is {is}, which is of another kind"),
            )
            .help(format!("write #= {is}")));
        }
        let style = actual.style.clone();
        actual
            .converted(units.clone(), style)
            .map_err(|_| Fault::new(self.whole.clone(), "the result is out of range in this unit"))
    }

    fn check_ends(
        &self,
        actual: [&Quantity; 2],
        quantity: &Quantity,
        (value, ends): (&Literal, Ends),
        is: &str,
    ) -> Result<(), Fault> {
        let inputs = quantity.samples.as_ref().map_or(0, |samples| samples.inputs().len());
        let high = self.literal(ends[1].clone())?.in_unit_of(value);
        let low = self.literal(ends[0].clone())?.in_unit_of(&high);
        for (index, shown) in [low, high].iter().enumerate() {
            let [p5, p95] = actual.map(|end| self.converted(end, shown));
            let both = [p5?.value, p95?.value];
            // A range that was only written is shown as it was written.
            let as_written = matches!(actual[0].style, Style::Written);
            let step = if as_written { 0.0 } else { spread::ends_worth(both[0], both[1], inputs)[index] };
            if !near(both[index], shown.quantity.value, shown.resolution.max(step)) {
                let range = self.answer.spread.as_ref().map_or("", |spread| &spread.text);
                let at = &self.text[ends[0].start..];
                return Err(Fault::new(
                    trimmed(self.text, ends[index].clone(), self.start),
                    format!("the range is {range}, not {}", at.trim()),
                )
                .help(format!("write #= {}", self.suggested(is))));
            }
        }
        Ok(())
    }

    /// What could stand here, with the range.
    fn suggested(&self, is: &str) -> String {
        match &self.answer.spread {
            Some(spread) => format!("{is}, {}", spread.text.replace('…', "to")),
            None => is.to_string(),
        }
    }

    /// A value as it is shown where one in its last figure is worth so much.
    fn rounded(&self, actual: &Quantity, worth: f64) -> String {
        if matches!(actual.style, Style::Parts(_)) && actual.units.0.len() == 1 {
            return self.answer.text.clone();
        }
        let places = self.answer.spread.is_some() && worth > 0.0;
        let value = if places { (actual.value / worth).round() * worth } else { actual.value };
        format::text(&Quantity { value: spread::rounded(value, 15), ..actual.clone() })
    }

    fn wrong(&self, is: &str, not: &str) -> Fault {
        Fault::new(self.whole.clone(), format!("the result is {is}, not {}", not.trim()))
    }
}

impl Literal {
    /// An end without a unit has that of what stands beside it.
    fn in_unit_of(self, other: &Literal) -> Literal {
        let bare = self.quantity.units.is_none() && !self.quantity.is_percent();
        let (units, style) = (other.quantity.units.clone(), other.quantity.style.clone());
        if bare {
            Literal { quantity: Quantity::new(self.quantity.value, units, style), ..self }
        } else {
            self
        }
    }
}

/// Whether two numbers agree to half of the last figure. The last term forgives the rounding of the comparison
/// itself, a few parts in 2^53.
fn near(actual: f64, shown: f64, worth: f64) -> bool {
    (actual - shown).abs() <= worth / 2.0 + actual.abs() * 1e-12
}

/// The bytes of a part of a text without the blanks around it, counted from `start`.
fn trimmed(text: &str, part: Range<usize>, start: usize) -> Range<usize> {
    let end = start + part.start + text[part.clone()].trim_end().len();
    let begin = start + part.end - text[part].trim_start().len();
    begin.min(end)..end
}

/// The quantity with the style in which an assertion shows it: percent for percent, else as asked for.
fn in_style_of(shown: &Quantity, quantity: Quantity) -> Quantity {
    match &shown.style {
        Style::Percent if quantity.units.is_none() => {
            let fallback = quantity.clone();
            quantity.in_percent().unwrap_or(fallback)
        }
        Style::Parts(parts) => Quantity { style: Style::Parts(parts.clone()), ..quantity.plain() },
        _ => Quantity { style: Style::Asked(None), ..quantity.plain() },
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Outcome, evaluate};
    use super::*;

    #[test]
    fn only_assertions_are_taken_off() {
        let sheet =
            "# A title\n\na = 5 users #= 5 users\n#= 5 users\n  #= 5 users\nb = a * 2 # twice #= no\n";
        assert_eq!(without_assertions(sheet), "# A title\n\na = 5 users\nb = a * 2 # twice #= no\n");
        // What does not hold is no fault any more, and all values are the same.
        let changed = sheet.replace("5 users\n", "6 users\n");
        let values = |text: &str| -> Vec<String> {
            let value = |line: &super::super::SheetLine| match &line.outcome {
                Outcome::Value(answer) => Some(answer.text.clone()),
                _ => None,
            };
            evaluate(text).lines.iter().filter_map(value).collect()
        };
        assert!(evaluate(&changed).faults().count() > 0);
        let free = without_assertions(&changed);
        assert_eq!(
            (evaluate(&free).faults().count(), values(&free)),
            (0, values(&without_assertions(sheet)))
        );
    }
}
