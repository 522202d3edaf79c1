//! One honest figure: a value as a power of ten, and how far off that is.
//!
//! Who knows an input to a factor of two knows the result to its power of ten. The nearest power is the
//! nearest by factor, so the border between 10^5 and 10^6 lies at 10^5.5 (316,228) and not in the middle of
//! the two; a value on the border goes up.

use super::Answer;

/// A value as a power of ten.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// The power of ten that is nearest by factor.
    pub exponent: i32,
    /// For people: `10^5`, with a minus sign for a negative value. It is in the unit of the answer.
    pub text: String,
    /// The value divided by the figure: 0.864 where 86,400 stands for 10^5. From 0.316 to 3.162.
    pub ratio: f64,
    /// What the shortcut costs, for people: how the value lies to its figure, as in `86,400 s ~ 10^5 s: 14% low`.
    pub cost: String,
}

impl Answer {
    /// The value as a power of ten; nothing for zero, which is none.
    #[must_use]
    pub fn figure(&self) -> Option<Figure> {
        let size = self.value.abs();
        if size == 0.0 {
            return None;
        }
        let exponent = nearest(size);
        // In two steps, for 10^-320 has no reciprocal.
        let ratio = size / 10f64.powi(exponent / 2) / 10f64.powi(exponent - exponent / 2);
        let sign = if self.value < 0.0 { "-" } else { "" };
        let text = format!("{sign}10^{exponent}");
        let unit = if self.unit.is_empty() || self.unit == "%" {
            self.unit.clone()
        } else {
            format!(" {}", self.unit)
        };
        let cost = format!("{} ~ {text}{unit}: {}", self.text, off(ratio));
        Some(Figure { exponent, text, ratio, cost })
    }
}

/// The exponent of the nearest power of ten.
fn nearest(size: f64) -> i32 {
    (size.log10() + 0.5).floor() as i32
}

/// How a value lies to its figure: `14% low`, `2.2 times as much`.
fn off(ratio: f64) -> String {
    let percent = ((ratio - 1.0) * 100.0).round();
    match percent {
        0.0 => "the same".to_string(),
        percent if percent < 0.0 => format!("{}% low", -percent),
        percent if percent < 100.0 => format!("{percent}% high"),
        _ => format!("{ratio:.1} times as high"),
    }
}

#[cfg(test)]
mod tests {
    use crate::envelope::calculate;

    #[test]
    fn the_nearest_power_is_nearest_by_factor() {
        let check = |text: &str, exponent: i32, cost: &str| {
            let figure = calculate(text).ok().and_then(|answer| answer.figure()).expect(text);
            assert_eq!((figure.exponent, figure.cost.as_str()), (exponent, cost), "{text}");
        };
        check("86,400 s", 5, "86,400 s ~ 10^5 s: 14% low");
        check("220k / 1 s", 5, "220 k /s ~ 10^5 /s: 2.2 times as high");
        // The square root of ten is 3.16227766.
        check("3.162277", 0, "3.162277 ~ 10^0: 3.2 times as high");
        check("3.162278", 1, "3.162278 ~ 10^1: 68% low");
        check("0.0316228", -1, "0.0316228 ~ 10^-1: 68% low");
        check("0.0316227", -2, "0.0316227 ~ 10^-2: 3.2 times as high");
        check("1000", 3, "1,000 ~ 10^3: the same");
        check("-5 users", 1, "-5 users ~ -10^1 users: 50% low");
        check("62^7", 13, "3,521,614,606,208 ~ 10^13: 65% low");
        assert_eq!(calculate("0").ok().and_then(|answer| answer.figure()), None);
    }
}
