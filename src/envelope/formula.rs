//! The formulas behind the functions of an estimator, over plain numbers.
//!
//! A formula knows nothing of units: shares are from 0 to 1, times in one unit and rates per that unit. The
//! functions of the language (`eval/function`) check the units, bring them here and give the result its unit. Kept
//! apart, a formula can be run on one set of values as well as on thousands of samples, and its tests compare it
//! with published numbers and nothing else.

/// Why a formula has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Undefined {
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// What to do.
    pub help: String,
    /// Which argument of the function it is about, where it is one.
    pub argument: Option<usize>,
}

impl Undefined {
    fn new(message: impl Into<String>, help: impl Into<String>) -> Undefined {
        Undefined { message: message.into(), help: help.into(), argument: None }
    }

    fn of_argument(self, argument: usize) -> Undefined {
        Undefined { argument: Some(argument), ..self }
    }
}

/// The longest value that [`birthday`] takes, in bits.
const LONGEST_VALUE: f64 = 4_096.0;
/// The most servers that [`mmc_wait`] takes: it walks over them.
const MOST_SERVERS: f64 = 1_000.0;

/// How many nines an availability has: 3 for 99.9%, 3.3 for 99.95%. `values`: the availability, below 1.
pub(super) fn nines(values: &[f64]) -> Result<f64, Undefined> {
    let &[availability] = values else { return Err(arity()) };
    if availability >= 1.0 {
        return Err(Undefined::new(
            "100% has no number of nines",
            "nothing is always there; write what is promised, as in 99.99%",
        ));
    }
    // Adding zero takes the sign from the zero that no nine at all comes to.
    Ok(-(1.0 - availability).log10() + 0.0)
}

/// The availability of parts that all have to work: their product, as long as they fail independently.
pub(super) fn series(values: &[f64]) -> Result<f64, Undefined> {
    Ok(values.iter().product())
}

/// The availability of parts of which one has to work, as long as they fail independently.
pub(super) fn parallel(values: &[f64]) -> Result<f64, Undefined> {
    Ok(1.0 - values.iter().map(|part| 1.0 - part).product::<f64>())
}

/// The chance that at least two of `n` values of so many bits, drawn uniformly, are the same:
/// 1 - (1 - 1/m)(1 - 2/m)...(1 - (n-1)/m) with m = 2^bits. `values`: n, bits. Exact to about ten figures.
pub(super) fn birthday(values: &[f64]) -> Result<f64, Undefined> {
    let &[n, bits] = values else { return Err(arity()) };
    if !(0.0..=LONGEST_VALUE).contains(&bits) {
        return Err(Undefined::new(
            "this is no length in bits, which is from 0 to 4096",
            "the second value is the length of what is drawn: 32 for one of 2^32",
        )
        .of_argument(1));
    }
    if n < 0.0 {
        let fault = Undefined::new("there are fewer than no values", "write how many are drawn");
        return Err(fault.of_argument(0));
    }
    // In logarithms, for 2^bits need not be a number that an f64 holds.
    let share = n.log2() - bits;
    if n <= 1.0 {
        return Ok(0.0);
    }
    if share > 0.0 {
        return Ok(1.0);
    }
    if n <= 64.0 {
        let all_differ: f64 = (1..n.ceil() as u32).map(|i| (-f64::from(i) * (-bits).exp2()).ln_1p()).sum();
        return Ok(-all_differ.exp_m1());
    }
    // The sum of ln(1 - i/m) over i below n, by Euler and Maclaurin: with x = n/m it is
    // -m((1-x)ln(1-x) + x) - ln(1-x)/2 and two terms that are smaller by 1/n and 1/n^3. The first is expanded in x.
    let x = share.exp2();
    if x > 0.5 {
        // At n > 64 and x > 1/2 the chance that all differ is below 1e-10.
        return Ok(1.0);
    }
    let mut series = 0.5;
    let mut power = 1.0;
    for k in 3..60_i32 {
        power *= x;
        series += power / f64::from(k * (k - 1));
    }
    let slope = x / (12.0 * n) * (1.0 - 1.0 / (1.0 - x));
    let all_differ = -n * x * series - (-x).ln_1p() / 2.0 + slope;
    Ok(-all_differ.exp_m1())
}

/// The mean time in line before one server, in units of the service time: rho / (1 - rho), for arrivals at random
/// and service times that are distributed exponentially (M/M/1). `values`: the utilization.
pub(super) fn mm1_wait(values: &[f64]) -> Result<f64, Undefined> {
    let &[utilization] = values else { return Err(arity()) };
    stable(utilization)?;
    Ok(utilization / (1.0 - utilization))
}

/// The mean time in line before `c` servers that share one line, in units of the service time: C(c, a) / (c - a), where
/// a is the offered load and C Erlang's second formula (Erlang 1917). `values`: the offered load (arrivals
/// times service time), c. Costs O(c).
pub(super) fn mmc_wait(values: &[f64]) -> Result<f64, Undefined> {
    let &[load, servers] = values else { return Err(arity()) };
    if servers.fract() != 0.0 || !(1.0..=MOST_SERVERS).contains(&servers) {
        let fault = Undefined::new(
            "a number of servers is whole and from 1 to 1000",
            "for each of several numbers write a line of its own",
        );
        return Err(fault.of_argument(2));
    }
    stable(load / servers)?;
    // Erlang's first formula by its recursion, which never leaves the range 0 to 1; the second follows from it.
    let blocked =
        (1..=servers as u32).fold(1.0, |blocked, k| load * blocked / (f64::from(k) + load * blocked));
    let waits = blocked / (1.0 - load / servers * (1.0 - blocked));
    Ok(waits / (servers - load))
}

fn stable(utilization: f64) -> Result<(), Undefined> {
    if utilization < 0.0 {
        return Err(Undefined::new("the load is below zero", "rates and times count from zero"));
    }
    if utilization >= 1.0 {
        return Err(Undefined::new(
            format!("the line grows without end: the load is {:.4}% of what is served", utilization * 100.0)
                .replace(".0000%", "%"),
            "a queue has a mean wait only below 100%; serve faster or share the load among more",
        ));
    }
    Ok(())
}

/// The least whole number that is not below `x`. What lies within 1e-12 above a whole number, relative, counts as that
/// number: the error of a dozen operations must not buy another machine.
pub(super) fn ceil(x: f64) -> f64 {
    let nearest = x.round();
    if (x - nearest).abs() <= 1e-12 * x.abs() { nearest } else { x.ceil() }
}

/// The value below which a share of the values lies, by linear interpolation between the two nearest in order
/// (definition 7 of Hyndman and Fan 1996, as spreadsheets and numpy have it). `values`: the share, then the values.
pub(super) fn percentile(values: &[f64]) -> Result<f64, Undefined> {
    let Some((&share, list)) = values.split_first().filter(|(_, list)| !list.is_empty()) else {
        return Err(arity());
    };
    Ok(in_order(list, share * (list.len() - 1) as f64))
}

/// The value below which a share of the distribution lies that these samples are from: definition 6, with which the
/// k-th of n samples is the quantile k/(n+1), as they were drawn.
pub(super) fn quantile(share: f64, samples: &[f64]) -> f64 {
    in_order(samples, share * (samples.len() + 1) as f64 - 1.0)
}

/// The value at a place among the sorted values, counted from 0, between two of them in proportion.
fn in_order(values: &[f64], place: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1);
    let place = place.clamp(0.0, last as f64);
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    let (low, high) = (sorted[below.min(last)], sorted[above.min(last)]);
    low + (place - place.floor()) * (high - low)
}

/// The functions of the language count the arguments, so nobody sees this.
fn arity() -> Undefined {
    Undefined::new("a value is missing", "see docs/envelope.md")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative error.
    fn near(value: Result<f64, Undefined>, expected: f64, error: f64, what: &str) {
        let value = value.unwrap_or_else(|fault| panic!("{what}: {fault:?}"));
        assert!((value - expected).abs() <= error * expected.abs(), "{what}: {value}, not {expected}");
    }

    #[test]
    fn nines_count_nines() {
        for (share, nines_of) in [(0.9, 1.0), (0.999, 3.0), (0.99999, 5.0), (0.5, 2_f64.log10())] {
            // 1 - 0.99999 loses five of sixteen digits.
            near(nines(&[share]), nines_of, 1e-11, "nines");
        }
        assert_eq!(nines(&[0.0]), Ok(0.0));
        assert!(nines(&[1.0]).is_err());
    }

    #[test]
    fn parts_in_a_row_and_side_by_side() {
        // The primer: two parts of 99.9% are 99.8001% in a row and 99.9999% side by side.
        near(series(&[0.999, 0.999]), 0.998_001, 1e-14, "series");
        near(parallel(&[0.999, 0.999]), 0.999_999, 1e-14, "parallel");
        near(series(&[0.9995; 30]), 0.985_108_24, 5e-9, "thirty in a row");
    }

    #[test]
    fn birthdays_collide_as_published() {
        // 23 people, 365 days: 50.7297% (Feller, volume 1). 77,163 values of 32 bits: one half.
        near(birthday(&[23.0, 365_f64.log2()]), 0.507_297_234, 1e-9, "people");
        near(birthday(&[77_163.0, 32.0]), 0.5, 1e-5, "32 bits");
        // Small chances follow n(n-1)/2m.
        near(birthday(&[1e9, 128.0]), 1e9 * (1e9 - 1.0) / 2.0 / 2_f64.powi(128), 1e-9, "128 bits");
        near(birthday(&[1e9, 2_000.0]).map(|chance| chance + 1.0), 1.0, 0.0, "2000 bits");
        assert_eq!(birthday(&[257.0, 8.0]), Ok(1.0), "more values than there are");
        assert_eq!(birthday(&[1.0, 0.0]), Ok(0.0));
        assert!(birthday(&[5.0, 2_f64.powi(32)]).is_err());
    }

    #[test]
    fn the_short_way_to_a_collision_agrees_with_the_long_one() {
        for (n, bits) in [(65_u32, 16.0), (300, 16.0), (1_000, 16.0), (100, 10.0), (70, 8.0), (120, 8.0)] {
            let all_differ: f64 = (1..n).map(|i| (-f64::from(i) / 2_f64.powf(bits)).ln_1p()).sum();
            near(birthday(&[f64::from(n), bits]), -all_differ.exp_m1(), 1e-9, "both ways");
        }
    }

    #[test]
    fn queues_wait_as_published() {
        // Mean waits in units of service time: M/M/1 at 0.9: 9; M/M/2 at 0.8: 1.778; M/M/4 at 0.9: 1.969 (tables of
        // queueing theory, to four figures).
        near(mm1_wait(&[0.9]), 9.0, 1e-12, "M/M/1");
        near(mmc_wait(&[1.6, 2.0]), 1.778, 5e-4, "M/M/2");
        near(mmc_wait(&[3.6, 4.0]), 1.969, 5e-4, "M/M/4");
        for load in [0.0, 0.3, 0.99] {
            let one = mm1_wait(&[load]);
            near(mmc_wait(&[load, 1.0]), one.unwrap_or(-1.0), 1e-12, "one server is M/M/1");
        }
        assert!(mm1_wait(&[1.0]).is_err() && mmc_wait(&[4.0, 4.0]).is_err());
        assert!(mmc_wait(&[1.0, 1.5]).is_err() && mmc_wait(&[1.0, 1e9]).is_err());
    }

    #[test]
    fn percentiles_are_those_of_spreadsheets() {
        // PERCENTILE.INC over 1, 2, 3, 4: 0.3 gives 1.9, 0.5 gives 2.5 (the example of its documentation).
        for (share, expected) in [(0.3, 1.9), (0.5, 2.5), (0.0, 1.0), (1.0, 4.0)] {
            near(percentile(&[share, 3.0, 1.0, 4.0, 2.0]), expected, 1e-12, "percentile");
        }
        assert!(percentile(&[0.5]).is_err());
    }

    #[test]
    fn a_machine_more_needs_a_reason() {
        assert_eq!((ceil(1.1 * 10.0), ceil(62.5), ceil(15.0)), (11.0, 63.0, 15.0));
    }
}
