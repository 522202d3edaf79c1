//! The results of a sheet in columns: numbers end where units begin, and ranges stand behind both.

use std::borrow::Cow;

use crate::app::EnvelopeScreen;
use crate::app::layout::Area;
use crate::app::sheet::Shown;
use crate::config::theme::Role;
use crate::envelope::{Answer, Spread};

use super::Canvas;

/// Below this width only numbers stand beside the text.
const NARROW: u16 = 60;
/// What the text of a sheet gets of a wide window in any case, so that the border rests while one types.
const COMFORTABLE: u16 = 84;
/// The border and the blanks around it.
const BORDER: u16 = 3;

/// How wide each column is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// The text of the sheet, with the blank behind it.
    pub left: u16,
    number: u16,
    unit: u16,
    range: u16,
}

/// What stands in the columns for an answer.
struct Cells<'a> {
    number: Cow<'a, str>,
    unit: &'a str,
    range: String,
}

/// A value in two parts, so that all numbers of a sheet end at the same column: `73.2 k` and `reads/s`.
fn parts(text: &str) -> (&str, &str) {
    // Of money the period is the unit.
    let priced = text.trim_start_matches('-').starts_with(|c: char| !c.is_alphanumeric());
    if let (true, Some(period)) = (priced, text.find('/')) {
        return text.split_at(period);
    }
    let mut end = 0;
    let mut at = 0;
    for word in text.split(' ') {
        if word.contains(|c: char| c.is_ascii_digit()) || (end > 0 && SCALES.contains(&word)) {
            end = at + word.len();
        } else if end > 0 {
            // What has a digit further on belongs together: `1 d 4 h`.
            let rest = &text[at + word.len()..];
            if !rest.trim_start().starts_with(|c: char| c.is_ascii_digit()) {
                break;
            }
        }
        at += word.len() + 1;
    }
    (&text[..end], text[end..].trim_start())
}

const SCALES: [&str; 6] = ["k", "M", "billion", "trillion", "million", "thousand"];

/// What stands in the columns for an answer.
fn cells<'a>(screen: &EnvelopeScreen, answer: &'a Answer) -> Cells<'a> {
    if let (true, Some(figure)) = (screen.powers, answer.figure()) {
        let cost = figure.cost.rsplit(": ").next().unwrap_or_default().to_string();
        return Cells { number: figure.text.into(), unit: &answer.unit, range: cost };
    }
    let (number, unit) = parts(&answer.text);
    let short = |spread: &Spread| without_unit(&spread.text, unit);
    Cells { number: number.into(), unit, range: answer.spread.as_ref().map(short).unwrap_or_default() }
}

/// A range without the unit that stands in its own column already: `200 … 500` behind `316 B/message`. Ends that have
/// units of their own keep them.
fn without_unit(range: &str, unit: &str) -> String {
    // Of money the period is the unit.
    if unit.starts_with('/') {
        return range.replace(unit, "");
    }
    let bare = range.strip_suffix(unit).and_then(|bare| bare.strip_suffix(' '));
    match (bare, range.split_once(" … ")) {
        (Some(bare), Some((low, _))) if parts(low).1.is_empty() => bare.to_string(),
        _ => range.to_string(),
    }
}

impl Columns {
    /// As wide as the results of the sheet need it. The border between text and results stands at three fifths, nearer in a wide window, and gives
    /// way where the results need more; so it rests while one types.
    pub fn new(screen: &EnvelopeScreen, lines: usize, width: u16, canvas: &Canvas<'_>) -> Columns {
        let mut columns = Columns::default();
        for index in 0..lines {
            let (Shown::Value(answer) | Shown::Waiting(Some(answer))) = screen.editor.shown(index) else {
                continue;
            };
            let cells = cells(screen, answer);
            columns.number = columns.number.max(canvas.pen.width(&cells.number));
            columns.unit = columns.unit.max(canvas.pen.width(cells.unit));
            columns.range = columns.range.max(canvas.pen.width(&cells.range));
        }
        if width < NARROW {
            // The unit and the range of the line that one is on stand below.
            (columns.unit, columns.range) = (0, 0);
            columns.number = columns.number.min((width * 2 / 5).saturating_sub(BORDER));
            columns.left = width - if columns.number < 2 { 0 } else { columns.number + BORDER };
            return columns;
        }
        let most = width / 2 - BORDER;
        columns.number = columns.number.min(most / 2);
        columns.unit = columns.unit.min(most - columns.number - 1);
        let room = most.saturating_sub(columns.number + columns.unit + 1 + 3);
        columns.range = if room < 8 { 0 } else { columns.range.min(room) };
        let wanted = wanted(screen.editor.text(), width, canvas);
        columns.left = wanted.min(width - columns.needed() - BORDER);
        if columns.range > 0 && hides_much(screen.editor.text(), columns.left - 1, canvas) {
            // What is typed comes first: the range of the line that one is on stands below.
            columns.range = 0;
            columns.left = wanted.min(width - columns.needed() - BORDER);
        }
        columns
    }

    /// The room for results, from two cells behind the border on.
    fn needed(&self) -> u16 {
        let behind = |width: u16, gap: u16| if width > 0 { width + gap } else { 0 };
        self.number + behind(self.unit, 1) + behind(self.range, 3)
    }

    /// Draws what a line comes to.
    pub fn draw(&self, screen: &EnvelopeScreen, line: usize, area: Area, canvas: &mut Canvas<'_>) {
        let (answer, role) = match screen.editor.shown(line) {
            Shown::Value(answer) => (answer, Role::Strong),
            Shown::Waiting(Some(answer)) => (answer, Role::Dim),
            Shown::Waiting(None) => {
                let ellipsis = canvas.pen.glyphs().ellipsis;
                canvas.pen.text_right(area.x, area.y, self.number, ellipsis, canvas.pen.style(Role::Dim));
                return;
            }
            Shown::Fault(fault) => {
                let said = canvas.pen.words(&fault.message, area.width).into_owned();
                canvas.pen.text(area.x, area.y, area.width, &said, canvas.pen.style(Role::Bad));
                return;
            }
            Shown::Nothing => return,
        };
        let cells = cells(screen, answer);
        canvas.pen.text_right(area.x, area.y, self.number, &cells.number, canvas.pen.style(role));
        let dim = canvas.pen.style(if role == Role::Dim { Role::Dim } else { Role::Text });
        canvas.pen.text(area.x + self.number + 1, area.y, self.unit, cells.unit, dim);
        // Half a range would be another one.
        if canvas.pen.width(&cells.range) <= self.range {
            let x = area.x + self.number + self.unit + 1 + 3;
            canvas.pen.text(x, area.y, self.range, &cells.range, canvas.pen.style(Role::Dim));
        }
    }
}

/// How much of a window the text gets where the results leave it: three fifths, but in a wide one no more than it needs, so that
/// a number stands near its line.
fn wanted(text: &str, width: u16, canvas: &Canvas<'_>) -> u16 {
    let longest = text.lines().map(|line| canvas.pen.width(line)).max().unwrap_or(0);
    (width * 3 / 5).min(longest.saturating_add(4).max(COMFORTABLE))
}

/// Whether of the calculations more than one in four is wider than its room.
fn hides_much(text: &str, room: u16, canvas: &Canvas<'_>) -> bool {
    let code = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim_end());
    let code: Vec<&str> = code.filter(|code| !code.is_empty()).collect();
    code.iter().filter(|code| canvas.pen.width(code) > room).count() * 4 > code.len()
}

#[cfg(test)]
mod tests {
    use super::{parts, without_unit};

    #[test]
    fn a_value_is_parted_before_its_unit() {
        let check = |text, expected: (&str, &str)| assert_eq!(parts(text), expected, "{text}");
        check("73.2 k reads/s", ("73.2 k", "reads/s"));
        check("28,935 reads/s", ("28,935", "reads/s"));
        check("316 M users", ("316 M", "users"));
        check("2.5 billion", ("2.5 billion", ""));
        check("20%", ("20%", ""));
        check("$1,200/month", ("$1,200", "/month"));
        check("-$2.5 M/year", ("-$2.5 M", "/year"));
        check("1 d 4 h", ("1 d 4", "h"));
        check("5 years", ("5", "years"));
        check("1e300", ("1e300", ""));
        check("-3.5 MB/s", ("-3.5", "MB/s"));
        check("", ("", ""));
    }

    #[test]
    fn a_range_leaves_out_the_unit_of_its_value() {
        let check = |range, unit, expected: &str| assert_eq!(without_unit(range, unit), expected, "{range}");
        check("200 … 500 B/message", "B/message", "200 … 500");
        check("200 M … 500 M", "users", "200 M … 500 M");
        check("$1,000 … $1,500/month", "/month", "$1,000 … $1,500");
        check("800 B … 3 KB", "KB", "800 B … 3 KB");
        check("16 min 48 s … 54 min 48 s", "s", "16 min 48 s … 54 min 48 s");
        check("1 … 9 bits", "s", "1 … 9 bits");
        check("20% … 30%", "", "20% … 30%");
    }
}
