//! The functions that an estimator needs, and what they take.
//!
//! All of them stand in one table, from which the calls, the completion, the help and the list in the manual come. A
//! function looks at the units of its arguments before it computes: where a number can be taken for a share, a time
//! for a rate, or a value for its length in bits, it refuses and says what to write.

mod arithmetic;
mod queues;
mod shares;
mod sizing;

use std::ops::Range;

use super::super::fault::{Fault, quoted};
use super::super::format;
use super::super::formula::Undefined;
use super::super::parse::{Expr, Operator, Scope};
use super::super::quantity::{Quantity, Trouble};
use super::super::samples::{COUNT, Samples};
use super::range::share_of_samples;
use super::{Evaluator, blame, trouble};

/// A function of the language.
#[derive(Debug)]
pub struct Function {
    /// Its name, as it is written before the bracket.
    pub name: &'static str,
    /// Its name with what it takes: `downtime(availability, period)`.
    pub form: &'static str,
    /// What it gives, in one line.
    pub what: &'static str,
    /// A call that has a value.
    pub example: &'static str,
    /// How many arguments it takes.
    takes: Takes,
    /// Whether it computes with the samples of ranges itself. The others are called for each sample.
    lifts: bool,
    compute: fn(&Call<'_>) -> Result<Quantity, Fault>,
}

/// The least and the largest number of arguments.
type Takes = (usize, usize);

/// What a formula costs over all samples, in passes over them.
const FORMULA_COST: u64 = 20;

const ANY: usize = usize::MAX;

const fn function(
    form: &'static str,
    takes: Takes,
    compute: fn(&Call<'_>) -> Result<Quantity, Fault>,
    example: &'static str,
    what: &'static str,
) -> Function {
    let bytes = form.as_bytes();
    let mut end = 0;
    while bytes[end] != b'(' {
        end += 1;
    }
    let name = form.split_at(end).0;
    Function { name, form, what, example, takes, lifts: false, compute }
}

/// The same for a function that computes with samples.
const fn lifted(
    form: &'static str,
    takes: Takes,
    compute: fn(&Call<'_>) -> Result<Quantity, Fault>,
    example: &'static str,
    what: &'static str,
) -> Function {
    Function { lifts: true, ..function(form, takes, compute, example, what) }
}

/// Every function. Those of school first, then shares, queues and sizes.
static FUNCTIONS: [Function; 22] = [
    function(
        "round(x)",
        (1, 1),
        arithmetic::round,
        "round(2.6 disks)",
        "the nearest whole number of the unit",
    ),
    function("floor(x)", (1, 1), arithmetic::floor, "floor(2.6 disks)", "the whole number below"),
    function(
        "ceil(x)",
        (1, 1),
        arithmetic::ceil,
        "ceil(62.5 machines)",
        "the whole number above: what one has to buy",
    ),
    function("max(a, b, ...)", (1, ANY), arithmetic::max, "max(12 shards, 15 shards)", "the largest"),
    function("min(a, b, ...)", (1, ANY), arithmetic::min, "min(5 GB/s, 10 Gbps)", "the smallest"),
    function("abs(x)", (1, 1), arithmetic::abs, "abs(3 s - 5 s)", "without its sign"),
    function("sqrt(x)", (1, 1), arithmetic::square_root, "sqrt(2 * 2^32 * ln(2))", "the square root"),
    function(
        "log2(x)",
        (1, 1),
        arithmetic::log2,
        "log2(1 billion)",
        "the logarithm to base 2: the bits that tell so many things apart",
    ),
    function("log10(x)", (1, 1), arithmetic::log10, "log10(1 billion)", "the logarithm to base 10"),
    function("ln(x)", (1, 1), arithmetic::ln, "ln(2)", "the natural logarithm"),
    function("exp(x)", (1, 1), arithmetic::exp, "1 - exp(-1)", "e to the power x"),
    lifted(
        "nines(availability)",
        (1, 1),
        shares::nines,
        "nines(99.95%)",
        "how many nines an availability has",
    ),
    lifted(
        "downtime(availability, period)",
        (2, 2),
        shares::downtime,
        "downtime(99.9%, month)",
        "the time that an availability leaves for being down",
    ),
    lifted(
        "series(a, b, ...)",
        (1, ANY),
        shares::series,
        "series(99.9%, 99.95%)",
        "the availability of parts that all have to work, failing independently",
    ),
    lifted(
        "parallel(a, b, ...)",
        (1, ANY),
        shares::parallel,
        "parallel(99%, 99%)",
        "the availability of parts of which one has to work, failing independently",
    ),
    lifted(
        "birthday(n, bits)",
        (2, 2),
        shares::birthday,
        "birthday(1 billion keys, 64)",
        "the chance that two of n random values of so many bits are the same",
    ),
    lifted(
        "littles(x, y)",
        (2, 2),
        queues::littles,
        "littles(2k req/s, 5 ms)",
        "Little's law, L = rate * time: of a rate, a time and a number in the system, the one that is not given",
    ),
    lifted(
        "mm1_wait(arrivals, service)",
        (2, 2),
        queues::mm1_wait,
        "mm1_wait(900 req/s, 1 ms)",
        "the mean time in line before one server (M/M/1); service is a time or a rate, arrivals a rate or a utilization",
    ),
    lifted(
        "mmc_wait(arrivals, service, servers)",
        (3, 3),
        queues::mmc_wait,
        "mmc_wait(900 req/s, 4 ms, 4)",
        "the mean time in line before several servers (M/M/c)",
    ),
    lifted(
        "peak(average, factor)",
        (2, 3),
        sizing::peak,
        "peak(28.9k reads/s, 3)",
        "the average times a factor; peak(average, 80%, 4 h): where 80% of a day come in 4 hours",
    ),
    lifted(
        "replicas(load, each, utilization)",
        (2, 3),
        sizing::replicas,
        "replicas(100k reads/s, 4k reads/s, 70%)",
        "how many that take so much each are needed for a load, none busier than the utilization (100% where it is left out)",
    ),
    lifted(
        "percentile(share, x, ...)",
        (2, ANY),
        sizing::percentile,
        "percentile(50%, 3 ms, 5 ms, 80 ms)",
        "the value that this share of the values, or of a range, stays below",
    ),
];

/// Every function.
pub fn functions() -> impl Iterator<Item = &'static Function> {
    FUNCTIONS.iter()
}

/// The function of that name.
fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name == name)
}

/// Whether there is a function of that name.
pub(in crate::envelope) fn is_function(name: &str) -> bool {
    find(name).is_some()
}

/// Whether that function takes one argument and no more.
pub(in crate::envelope) fn takes_one(name: &str) -> bool {
    find(name).is_some_and(|function| function.takes == (1, 1))
}

/// Whether that function computes with the samples of ranges itself.
pub(super) fn lifts(name: &str) -> bool {
    find(name).is_some_and(|function| function.lifts)
}

/// Whether a lone unit of time, such as `month`, may stand for one of it among the arguments.
pub(in crate::envelope) fn takes_period(name: &str) -> bool {
    name == "downtime"
}

/// A call with the values of its arguments.
struct Call<'a> {
    function: &'static Function,
    arguments: Vec<(&'a Expr, Quantity)>,
    whole: &'a Range<usize>,
    scope: &'a Scope,
}

impl Evaluator<'_> {
    /// The value of `name(arguments)`.
    pub(super) fn call(
        &self,
        name: &str,
        span: Range<usize>,
        arguments: &[Expr],
        whole: &Range<usize>,
    ) -> Result<Quantity, Fault> {
        let Some(function) = find(name) else {
            return Err(blame::unknown_function(name, span));
        };
        let (least, most) = function.takes;
        let count = arguments.len();
        if !(least..=most).contains(&count) {
            let wanted = match function.takes {
                (1, 1) => "one value".to_string(),
                (least, ANY) => format!("{} or more", values(least)),
                (least, most) if least == most => values(least),
                (least, most) => format!("{least} or {}", values(most)),
            };
            return Err(Fault::new(whole.clone(), format!("{name} takes {wanted}, not {count}"))
                .help(format!("write {}, as in {}", function.form, function.example)));
        }
        let arguments: Result<Vec<_>, Fault> =
            arguments.iter().map(|argument| Ok((argument, self.value(argument)?))).collect();
        let arguments = arguments?;
        if arguments.iter().any(|(_, value)| value.samples.is_some()) {
            self.spend_passes(FORMULA_COST, whole)?;
        }
        (function.compute)(&Call { function, arguments, whole, scope: self.scope })
    }
}

fn values(count: usize) -> String {
    if count == 1 { "one value".to_string() } else { format!("{count} values") }
}

impl Call<'_> {
    /// The argument, with percents turned into plain numbers.
    fn plain(&self, at: usize) -> Quantity {
        self.arguments[at].1.clone().plain()
    }

    /// The bytes of an argument in its line.
    fn span(&self, at: usize) -> Range<usize> {
        self.arguments[at].0.span.clone()
    }

    /// An argument that does not fit, with an example of one that does.
    fn wrong(&self, at: usize, message: impl Into<String>) -> Fault {
        Fault::new(self.span(at), message)
            .help(format!("write {}, as in {}", self.function.form, self.function.example))
    }

    /// What an argument is, for messages: its unit, or that it has none.
    fn unit(&self, at: usize) -> String {
        blame::unit_or_number(&self.arguments[at].1)
    }

    /// An argument that has to be a plain number.
    fn number(&self, at: usize, what: &str) -> Result<Quantity, Fault> {
        let quantity = self.plain(at);
        if quantity.units.is_none() {
            return Ok(quantity);
        }
        Err(self.wrong(at, format!("{what} is a plain number, not {}", self.unit(at))))
    }

    /// An argument that has to be a share from 0 to 1.
    fn share(&self, at: usize, what: &str) -> Result<Quantity, Fault> {
        let quantity = self.plain(at);
        if !quantity.units.is_none() {
            return Err(self.wrong(at, format!("{what} is a share such as 99.9%, not {}", self.unit(at))));
        }
        if (0.0..=1.0).contains(&quantity.value) {
            let outside = quantity
                .samples
                .as_ref()
                .map_or(0.0, |samples| samples.share(|value| !(0.0..=1.0).contains(&value)));
            if outside == 0.0 {
                return Ok(quantity);
            }
            let message = format!(
                "{what} is a share from 0% to 100%, and this is not in {}",
                share_of_samples(outside)
            );
            return Err(
                Fault::new(self.span(at), message).help("write uniform before the range, or a narrower one")
            );
        }
        let value = quantity.value;
        if !self.arguments[at].1.is_percent() && (1.0..=100.0).contains(&value) {
            return Err(Fault::new(
                self.span(at),
                format!("{what} is a share, and {value} is more than the whole"),
            )
            .help(format!("write {value}%")));
        }
        Err(Fault::new(self.span(at), format!("{what} is a share from 0% to 100%"))
            .help(format!("write it as in {}", self.function.example)))
    }

    /// Runs a formula over plain numbers, and over their samples where there are some.
    fn formula(
        &self,
        inputs: &[Quantity],
        formula: fn(&[f64]) -> Result<f64, Undefined>,
    ) -> Result<Quantity, Fault> {
        let said = |Undefined { message, help, argument }: Undefined| {
            let span = argument.map_or_else(|| self.whole.clone(), |at| self.span(at));
            Fault::new(span, message).help(help)
        };
        let mut values: Vec<f64> = inputs.iter().map(|input| input.value).collect();
        let median = formula(&values).map_err(said)?;
        let sources: Vec<&Samples> = inputs.iter().filter_map(|input| input.samples.as_ref()).collect();
        let Some(length) = sources.iter().map(|samples| samples.cells().len()).max() else {
            return self.checked(finite(Quantity::number(median)));
        };
        let mut cells = Vec::with_capacity(length);
        let (mut refused, mut first) = (0, None);
        for cell in 0..length {
            for (value, input) in values.iter_mut().zip(inputs) {
                let samples = input.samples.as_ref();
                *value =
                    samples.and_then(|samples| samples.cells().get(cell)).copied().unwrap_or(input.value);
            }
            match formula(&values) {
                Ok(value) => cells.push(value),
                Err(fault) => {
                    refused += usize::from(cell < COUNT);
                    first = first.or(Some(fault));
                    cells.push(0.0);
                }
            }
        }
        if let Some(fault) = first {
            let fault = said(fault);
            let part = share_of_samples(refused as f64 / COUNT as f64);
            return Err(Fault { message: format!("{}, in {part}", fault.message), ..fault });
        }
        let samples = Samples::computed(cells, &sources);
        self.checked(finite(Quantity { samples: Some(samples), ..Quantity::number(median) }))
    }

    /// Names the place of a trouble in the arithmetic.
    fn checked(&self, result: Result<Quantity, Trouble>) -> Result<Quantity, Fault> {
        result.map_err(|kind| trouble(kind, self.whole.clone()))
    }

    /// Refuses arguments that are not of one kind.
    fn alike(&self, first: usize, second: usize) -> Result<(), Fault> {
        let (one, other) = (&self.arguments[first], &self.arguments[second]);
        if one.1.units.same_dimension(&other.1.units) {
            return Ok(());
        }
        Err(blame::unlike(Operator::Of, (one.0, &one.1), (other.0, &other.1), self.scope))
    }
}

/// The quantity, where it is a number, also in its samples.
fn finite(quantity: Quantity) -> Result<Quantity, Trouble> {
    match &quantity.samples {
        _ if !quantity.value.is_finite() => Err(Trouble::TooLarge),
        Some(samples) if !samples.is_finite() => Err(Trouble::LargeSamples),
        _ => Ok(quantity),
    }
}
