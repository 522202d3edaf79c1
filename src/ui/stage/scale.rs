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

/// The smallest of 1, 2, 2.5, 5 times a power of ten that is at least `value` (positive and finite).
fn round_up(value: f64) -> f64 {
    let decade = 10f64.powf(value.log10().floor());
    let fits = |factor: &f64| factor * decade >= value * (1.0 - 1e-9);
    [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().find(fits).unwrap_or(10.0) * decade
}

/// A tick as text, with as many decimals as the step needs: `0.25`, `15`, `20k`, `1.5M`, `2e-6`.
pub fn label(value: f64, step: f64) -> String {
    const SIGNS: [(f64, &str); 4] = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];
    if value == 0.0 || !value.is_finite() {
        return "0".to_string();
    }
    let size = value.abs();
    if !(1e-3..1e15).contains(&size) {
        return format!("{value:.1e}").replace(".0e", "e");
    }
    let (unit, sign) = SIGNS.into_iter().find(|(unit, _)| size >= *unit && size >= 1e4).unwrap_or((1.0, ""));
    let step = (step / unit).abs();
    // The fewest decimals with which the step is exact; an odd step gets two figures.
    let exact = |decimals: &i32| {
        let scaled = step * 10f64.powi(*decimals);
        scaled >= 0.999 && (scaled - scaled.round()).abs() < 1e-4
    };
    let decimals = (0..=4).find(exact).unwrap_or(if step >= 10.0 { 0 } else { 2 });
    let text = format!("{:.*}", decimals as usize, value / unit);
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text}{sign}")
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
        let check = |value, step, expected: &str| assert_eq!(label(value, step), expected);
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
