//! Axes: ticks at round numbers (1, 2, 2.5 or 5 times a power of ten), and how they are written.

/// The ticks of a y axis from 0 up, so that each falls exactly on a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    /// The value at the top row.
    pub top: f64,
    /// The distance between ticks.
    pub step: f64,
    /// How many rows lie between ticks.
    pub every: u16,
    /// How many rows are used, from the bottom: ticks times `every`, and one for 0.
    pub used: u16,
}

/// The y axis for values up to `largest` on `rows` rows (at least 2): the one among one to five ticks that wastes least room.
/// Where `fixed` gives the top, it stays.
pub fn rows(largest: f64, fixed: Option<f64>, rows: u16) -> Rows {
    let usable = |value: f64| value.is_finite() && value > 0.0 && value < 1e300;
    let fixed = fixed.filter(|&top| usable(top));
    let largest = fixed.unwrap_or(if usable(largest) { largest.max(1e-300) } else { 1.0 });
    let gaps = rows.saturating_sub(1).max(1);
    let candidates = (1..=5u16).filter(|&ticks| ticks <= gaps && (ticks == 1 || gaps / ticks >= 2));
    let axis = |ticks: u16| {
        let every = gaps / ticks;
        let exact = largest / f64::from(ticks);
        let step = if fixed.is_some() { exact } else { round_up(exact) };
        Rows { top: step * f64::from(ticks), step, every, used: every * ticks + 1 }
    };
    let cost = |axis: &Rows| {
        let ticks = (axis.top / axis.step).round();
        let height = f64::from(axis.used) / f64::from(gaps + 1) * largest / axis.top;
        let odd = if (round_up(axis.step * 0.999_999) / axis.step - 1.0).abs() > 1e-6 { 0.3 } else { 0.0 };
        // The curve's height counts most; then a tick every three or four rows.
        (1.0 - height) + odd + 0.12 * (ticks - (f64::from(gaps) / 3.5).clamp(1.0, 5.0)).abs()
    };
    candidates.map(axis).min_by(|a, b| cost(a).total_cmp(&cost(b))).unwrap_or(Rows {
        top: largest,
        step: largest,
        every: gaps,
        used: gaps + 1,
    })
}

/// The ticks of an x axis over a span on `cells` cells, at least `apart` cells from each other: round values, in order.
pub fn ticks((low, high): (f64, f64), cells: u16, apart: u16) -> Vec<f64> {
    let span = high - low;
    if !(span.is_finite() && span > 0.0) || cells == 0 {
        return Vec::new();
    }
    let step = round_up(span * f64::from(apart) / f64::from(cells));
    if !(step > 0.0 && step.is_finite()) {
        return Vec::new();
    }
    let first = (low / step - 1e-9).ceil();
    let count = ((high / step + 1e-9).floor() - first).clamp(-1.0, f64::from(cells)) as i32;
    (0..=count).map(|index| (first + f64::from(index)) * step).collect()
}

/// An x axis: where a value stands between its ends, by distance or by factor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Across {
    low: f64,
    high: f64,
    log: bool,
}

impl Across {
    /// An axis over a span. By factors only where both ends are positive; nothing where the span is none.
    pub fn new((low, high): (f64, f64), log: bool) -> Option<Across> {
        let span = high - low;
        (span.is_finite() && span > 0.0).then_some(Across { low, high, log: log && low > 0.0 })
    }

    /// Where a value stands: 0 at the low end, 1 at the high end. No number where it has no place.
    pub fn share(&self, value: f64) -> f64 {
        match self.log {
            false => (value - self.low) / (self.high - self.low),
            true if value > 0.0 => (value / self.low).ln() / (self.high / self.low).ln(),
            true => f64::NAN,
        }
    }

    /// The ticks on `cells` cells, at least `apart` cells from each other, with their texts.
    pub fn ticks(&self, cells: u16, apart: u16) -> Vec<(f64, String)> {
        if self.log {
            let found = self.log_ticks(cells, apart);
            if found.len() > 1 {
                return found.into_iter().map(|tick| (tick, magnitude(tick))).collect();
            }
        }
        let found = ticks((self.low, self.high), cells, apart);
        let step = if found.len() > 1 { found[1] - found[0] } else { self.high - self.low };
        let largest = self.low.abs().max(self.high.abs());
        found.into_iter().map(|tick| (tick, label(tick, step, largest))).collect()
    }

    /// Ticks at 1, 2 and 5 in each decade, or at each decade, or at each second one, and so on.
    fn log_ticks(&self, cells: u16, apart: u16) -> Vec<f64> {
        let (first, last) = (self.low.log10().floor() as i32, self.high.log10().ceil() as i32);
        let inside = |tick: &f64| (self.low * (1.0 - 1e-9)..=self.high * (1.0 + 1e-9)).contains(tick);
        let decade = f64::from(cells) * 10f64.ln() / (self.high / self.low).ln();
        let apart = f64::from(apart.max(1));
        if decade * 2f64.log10() >= apart {
            let all =
                (first..=last).flat_map(|exponent| [1.0, 2.0, 5.0].map(|tick| tick * 10f64.powi(exponent)));
            return all.filter(inside).collect();
        }
        let every = (apart / decade).ceil().clamp(1.0, 600.0) as i32;
        (first..=last).map(|exponent| 10f64.powi(exponent)).filter(inside).step_by(every as usize).collect()
    }
}

/// The smallest of 1, 2, 2.5, 5 times a power of ten that is at least `value` (positive and finite).
fn round_up(value: f64) -> f64 {
    let decade = 10f64.powf(value.log10().floor());
    let fits = |factor: &f64| factor * decade >= value * (1.0 - 1e-9);
    [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().find(fits).unwrap_or(10.0) * decade
}

const SIGNS: [(f64, &str); 4] = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];

/// A tick as text, with as many decimals as the step needs and in the unit that suits the largest value of its axis:
/// `0.25`, `15`, `5k` before `20k`, `1.5M`, `2e-6`.
pub fn label(value: f64, step: f64, largest: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return "0".to_string();
    }
    let size = value.abs();
    let largest = if largest.is_finite() { largest.abs().max(size) } else { size };
    if !(0.999_999e-3..1e15).contains(&largest) || size < largest * 1e-9 {
        return format!("{value:.1e}").replace(".0e", "e");
    }
    let (unit, sign) =
        SIGNS.into_iter().find(|(unit, _)| largest >= *unit && largest >= 1e4).unwrap_or((1.0, ""));
    let step = (step / unit).abs();
    // The fewest decimals with which the step is exact; an odd step gets two figures.
    let exact = |decimals: &i32| {
        let scaled = step * 10f64.powi(*decimals);
        scaled >= 0.999 && (scaled - scaled.round()).abs() < 1e-4
    };
    let decimals = (0..=6).find(exact).unwrap_or(if step >= 10.0 { 0 } else { 2 });
    let text = format!("{:.*}", decimals as usize, value / unit);
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text}{sign}")
}

/// A round value by itself, as on an axis of decades: `0.01`, `500`, `2k`, `1M`.
pub fn magnitude(value: f64) -> String {
    match SIGNS.into_iter().find(|(unit, _)| value >= *unit * (1.0 - 1e-9)) {
        Some((unit, sign)) if value < 1e15 => format!("{}{sign}", label(value / unit, value / unit, 1.0)),
        _ => label(value, value, value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_in_the_span() {
        let check = |span, cells, apart, expected: &[f64]| {
            let found = ticks(span, cells, apart);
            let near = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-9;
            assert!(
                found.len() == expected.len() && found.iter().zip(expected).all(near),
                "{span:?}: {found:?}"
            );
        };
        check((0.0, 10.0), 50, 10, &[0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        check((0.0, 1.0), 40, 8, &[0.0, 0.2, 0.4, 0.6, 0.8, 1.0]);
        check((3.0, 13.0), 30, 10, &[5.0, 10.0]);
        check((0.0, 0.0), 30, 10, &[]);
        check((0.0, f64::NAN), 30, 10, &[]);
        check((0.0, f64::INFINITY), 30, 10, &[]);
        check((5.0, 1.0), 30, 10, &[]);
    }

    #[test]
    fn labels_say_what_the_step_needs() {
        let check = |value, step, expected: &str| assert_eq!(label(value, step, value), expected);
        check(0.0, 5.0, "0");
        check(15.0, 5.0, "15");
        check(0.25, 0.25, "0.25");
        check(0.5, 0.25, "0.5");
        check(2_500.0, 2_500.0, "2500");
        check(20_000.0, 5_000.0, "20k");
        check(12_500.0, 2_500.0, "12.5k");
        check(1_500_000.0, 500_000.0, "1.5M");
        check(2e-6, 1e-6, "2e-6");
        check(100.0 / 3.0, 100.0 / 3.0, "33");
        check(0.001, 0.001, "0.001");
        // One unit an axis.
        let axis = |values: &[f64]| {
            let step = values[0];
            values
                .iter()
                .map(|&value| label(value, step, values[values.len() - 1]))
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(axis(&[5_000.0, 10_000.0, 15_000.0]), "5k 10k 15k");
        assert_eq!(axis(&[500_000.0, 1_000_000.0]), "0.5M 1M");
        assert_eq!(axis(&[0.0005, 0.001]), "0.0005 0.001");
        assert_eq!(axis(&[2.5e-4, 5e-4]), "2.5e-4 5e-4");
    }

    #[test]
    fn an_axis_of_factors_has_ticks_at_decades() {
        let check = |span, cells, apart, expected: &str| {
            let axis = Across::new(span, true).expect("a span");
            let found: Vec<String> = axis.ticks(cells, apart).into_iter().map(|(_, text)| text).collect();
            assert_eq!(found.join(" "), expected, "{span:?} on {cells}");
        };
        check((10.0, 100_000.0), 60, 8, "10 100 1k 10k 100k");
        check((10.0, 10_000.0), 90, 8, "10 20 50 100 200 500 1k 2k 5k 10k");
        check((1.0, 1e9), 60, 8, "1 100 10k 1M 100M");
        check((0.001, 1.0), 30, 8, "0.001 0.01 0.1 1");
        check((10.0, 100_000.0), 25, 8, "10 1k 100k");
        // Less than a decade, and one that cannot be.
        check((30.0, 60.0), 30, 10, "30 40 50 60");
        check((0.0, 10.0), 50, 10, "0 2 4 6 8 10");
        let axis = Across::new((10.0, 1_000.0), true).expect("a span");
        assert!((axis.share(100.0) - 0.5).abs() < 1e-12);
        assert!(axis.share(0.0).is_nan() && axis.share(-5.0).is_nan());
        assert_eq!(Across::new((0.0, 10.0), true).map(|axis| axis.share(5.0)), Some(0.5));
        assert_eq!(Across::new((f64::NAN, 10.0), false), None);
    }

    #[test]
    fn every_tick_falls_on_a_row_and_the_data_fits() {
        for count in 2..60u16 {
            for exponent in -30..60 {
                let largest = 1.37 * 1.6f64.powi(exponent);
                let axis = rows(largest, None, count);
                assert!(axis.used <= count && axis.used >= 2, "{axis:?} on {count}");
                assert!(axis.top >= largest * (1.0 - 1e-9), "{axis:?} for {largest}");
                assert_eq!((axis.used - 1) % axis.every, 0, "{axis:?}");
                let ticks = f64::from((axis.used - 1) / axis.every);
                assert!((ticks * axis.step - axis.top).abs() <= 1e-9 * axis.top, "{axis:?}");
            }
        }
        assert_eq!(rows(17.0, None, 9), Rows { top: 20.0, step: 10.0, every: 4, used: 9 });
        assert_eq!(rows(1.0, Some(100.0), 9).top, 100.0);
        for odd in [f64::NAN, f64::INFINITY, -1.0, 0.0] {
            assert!((rows(odd, Some(odd), 5).top - 1.0).abs() < 1e-9, "{odd}");
        }
    }
}
