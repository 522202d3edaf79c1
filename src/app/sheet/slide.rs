//! Numbers that are moved by keys: a little up or down, and everything that uses them follows.

use std::ops::Range;

/// The number in a line at a byte of it or, where there is none, the last one before it; else the first.
#[must_use]
pub fn number_at(line: &str, byte: usize) -> Option<Range<usize>> {
    // What stands in a comment is no number of the sheet.
    let code = &line[..line.find('#').unwrap_or(line.len())];
    let mut best: Option<Range<usize>> = None;
    let mut from = 0;
    while let Some(offset) = code[from..].find(|c: char| c.is_ascii_digit()) {
        let begin = from + offset;
        let rest = &code[begin..];
        let length =
            rest.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '_' | ','))).unwrap_or(rest.len());
        let end = begin + rest[..length].trim_end_matches(['.', ',', '_']).len();
        let named = code[..begin].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        if !named && (begin <= byte || best.is_none()) {
            best = Some(begin..end);
        }
        from = end.max(begin + 1);
    }
    best
}

/// The number as written, moved by so many steps. A step is one in its last decimal, or in the second figure of a number
/// without decimals: 99.95 goes to 99.96, 3 to 4, 500 to 510, 86,400 to 87,400. Down from a power of ten it is smaller, so
/// that up leads back: 100 goes to 99. It stops at 0. Nothing where the number stays as it is.
#[must_use]
pub fn slid(written: &str, up: bool, steps: u32) -> Option<String> {
    let separator = written.chars().find(|c| matches!(c, ',' | '_'));
    let plain = written.replace(['_', ','], "");
    let (whole, decimals) = plain.split_once('.').unwrap_or((&plain, ""));
    // In units of the last decimal a number is whole, and nothing is lost by moving it.
    let parsed: Option<i128> = format!("{whole}{decimals}").parse().ok();
    let mut value = parsed.filter(|value| *value < 10i128.pow(30))?;
    for _ in 0..steps {
        let above = if up { value } else { value - 1 };
        let second = above.checked_ilog10().unwrap_or(0).saturating_sub(1);
        let step = if decimals.is_empty() { 10i128.pow(second) } else { 1 };
        value = if up { value + step } else { (value - step).max(0) };
    }
    let digits = format!("{value:0>width$}", width = decimals.len() + 1);
    let (whole, decimals) = digits.split_at(digits.len() - decimals.len());
    let whole = separator.map_or_else(|| whole.to_string(), |separator| grouped(whole, separator));
    let text = if decimals.is_empty() { whole } else { format!("{whole}.{decimals}") };
    (text != written).then_some(text)
}

fn grouped(digits: &str, separator: char) -> String {
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_at_the_cursor_is_found() {
        // The cursor is the bar.
        let check = |shown: &str, expected: Option<&str>| {
            let byte = shown.find('|').expect("a cursor");
            let line = shown.replace('|', "");
            assert_eq!(number_at(&line, byte).map(|range| &line[range]), expected, "{shown}");
        };
        check("dau = |500 million users", Some("500"));
        check("dau = 5|00 million users", Some("500"));
        check("|dau = 500 million users", Some("500"));
        check("dau = 500 million users|", Some("500"));
        check("a = 10M t|o 50M users", Some("10"));
        check("a = 10M to |50M users", Some("50"));
        check("x2 = y3| * 7", Some("7"));
        check("size = 1_000.50, |", Some("1_000.50"));
        check("x = y| # 3", None);
        check("|", None);
        check("日 = 7|", Some("7"));
    }

    #[test]
    fn a_number_slides_by_its_figures() {
        let check = |from: &str, up: &str, down: &str| {
            assert_eq!(slid(from, true, 1).as_deref(), Some(up), "{from} up");
            assert_eq!(slid(from, false, 1).as_deref(), Some(down), "{from} down");
        };
        check("3", "4", "2");
        check("9", "10", "8");
        check("10", "11", "9");
        check("99", "100", "98");
        check("100", "110", "99");
        check("500", "510", "490");
        check("86,400", "87,400", "85,400");
        check("999_000", "1_009_000", "989_000");
        check("1.2", "1.3", "1.1");
        check("99.95", "99.96", "99.94");
        check("0.05", "0.06", "0.04");
        assert_eq!(slid("0", false, 1), None);
        assert_eq!(slid("2", false, 10).as_deref(), Some("0"));
        assert_eq!(slid("1.5", true, 10).as_deref(), Some("2.5"));
        assert_eq!(slid(&"9".repeat(60), true, 1), None);
    }

    #[test]
    fn down_leads_back_from_up() {
        for value in (1..3_000).chain((3_000..2_000_000).step_by(997)) {
            // From a number of two figures, which is where a step ends.
            let figures = (value as f64).log10().floor() as i32;
            let step = 10i64.pow(u32::try_from((figures - 1).max(0)).unwrap_or(0));
            let from = (value / step * step).to_string();
            let up = slid(&from, true, 1).expect("it moves");
            assert_eq!(slid(&up, false, 1), Some(from));
        }
    }
}
