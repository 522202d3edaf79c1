//! Where things stand on the screen: what the application has to know of it (how many lines scroll, how
//! wide a page is), computed once here so that the drawing and the scrolling agree.

/// A rectangle of cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Area {
    /// The first column.
    pub x: u16,
    /// The first row.
    pub y: u16,
    /// How many columns.
    pub width: u16,
    /// How many rows.
    pub height: u16,
}

impl Area {
    /// Whether a cell lies in it.
    #[must_use]
    pub fn holds(self, column: u16, row: u16) -> bool {
        (self.x..self.x + self.width).contains(&column) && (self.y..self.y + self.height).contains(&row)
    }
}

/// The parts of every screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// The row of tabs; no height in tiny windows.
    pub tabs: Area,
    /// The rule beneath it.
    pub top_rule: Area,
    /// What the screen is about.
    pub body: Area,
    /// The rule above the footer.
    pub bottom_rule: Area,
    /// The keys of the moment.
    pub footer: Area,
}

/// Divides the window. In low windows the rules go first, then the footer, then the tabs.
#[must_use]
pub fn frame(width: u16, height: u16) -> Frame {
    let row = |y: u16, rows: u16| Area { x: 0, y, width, height: rows };
    let tabs = u16::from(height >= 3);
    let rules = u16::from(height >= 10);
    let footer = u16::from(height >= 5);
    let body = height - tabs - footer - 2 * rules;
    Frame {
        tabs: row(0, tabs),
        top_rule: row(tabs, rules),
        body: row(tabs + rules, body),
        bottom_rule: row(tabs + rules + body, rules),
        footer: row(height - footer, footer),
    }
}

/// The widest text that is read with ease, in cells.
const MEASURE: u16 = 88;
/// The width of the outline beside a page, at most and at least.
const OUTLINE: (u16, u16) = (28, 20);
/// What the text keeps beside an outline: a diagram of 76 cells and its indent.
const BESIDE_OUTLINE: u16 = 78;

/// How a page is laid out in the body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PageFrame {
    /// The outline; no width where it is hidden or there is no room.
    pub outline: Area,
    /// The text.
    pub text: Area,
}

/// Divides the body for a page. `outline` is whether one is wanted beside the text; it stands there where the text
/// keeps its width.
#[must_use]
pub fn page(body: Area, outline: bool) -> PageFrame {
    let margin = u16::from(body.width >= 40);
    let room = body.width.saturating_sub(BESIDE_OUTLINE + 2 * margin);
    let shown = outline && room >= OUTLINE.1;
    let beside = if shown { room.clamp(OUTLINE.1, OUTLINE.0) } else { 0 };
    let room = body.width - beside - 2 * margin;
    let width = room.clamp(1, MEASURE);
    let spare = room.saturating_sub(width);
    // Outline and text stand together in the middle, so that the eye does not travel.
    let x = body.x + margin + spare / 2;
    let outline_area = Area { x, y: body.y, width: beside.saturating_sub(2), height: body.height };
    let text = Area { x: x + beside, y: body.y, width, height: body.height };
    PageFrame { outline: outline_area, text }
}

/// The widest question, in cells.
const QUESTION: u16 = 84;

/// How a question is laid out in the body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QuestionFrame {
    /// The question, its answer and the explanation, which scroll where they are higher.
    pub text: Area,
    /// How many rows are for the foot below the text: where to read on, and the grades. 0 before the answer.
    pub foot: u16,
}

/// Divides the body for a question. Behind the answer the grades are always in sight; in low windows the space around
/// them goes first, then the place to read on.
#[must_use]
pub fn question(body: Area, judged: bool) -> QuestionFrame {
    let margin = if body.width >= 50 { 2 } else { u16::from(body.width >= 20) };
    let width = body.width.saturating_sub(2 * margin).min(QUESTION);
    let foot = match (judged, body.height) {
        (false, _) | (true, 0..=1) => 0,
        (true, 2..=5) => 1,
        (true, 6..=11) => 2,
        (true, _) => 4,
    };
    let x = body.x + (body.width - width) / 2;
    QuestionFrame { text: Area { x, y: body.y, width, height: body.height - foot }, foot }
}

/// How the Envelope is laid out in the body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EnvelopeFrame {
    /// The sheet and its results.
    pub text: Area,
    /// What is known of the line under the cursor, below a rule of its own; no height in low windows.
    pub panel: Area,
}

/// Divides the body for a sheet: about a third of it is for the line under the cursor. It does not follow what stands
/// there, so that nothing jumps while one types.
#[must_use]
pub fn envelope(body: Area) -> EnvelopeFrame {
    let panel = match body.height {
        0..=5 => 0,
        6..=9 => 3,
        10..=15 => 4,
        16..=19 => 6,
        20..=23 => 8,
        24..=33 => 11,
        34..=44 => 14,
        _ => 17,
    };
    let margin = u16::from(body.width > 30);
    let area = Area { x: body.x + margin, width: body.width.saturating_sub(2 * margin), ..body };
    let text = Area { height: body.height - panel, ..area };
    EnvelopeFrame { text, panel: Area { y: body.y + text.height, height: panel, ..area } }
}

/// The cells for a block of a page that is shown by itself: below a line that says what it is.
#[must_use]
pub fn zoomed(body: Area) -> (u16, u16) {
    let margin = u16::from(body.width >= 40);
    (body.width.saturating_sub(2 * margin), body.height.saturating_sub(1))
}

/// How high a demo in a page is, in a body of that height.
#[must_use]
pub fn demo_height(body: u16) -> u16 {
    body.saturating_sub(3).clamp(6, 22)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_window_is_divided_without_gap_or_overlap() {
        for width in 0..260 {
            for height in 0..90 {
                let f = frame(width, height);
                let rows: u16 = [f.tabs, f.top_rule, f.body, f.bottom_rule, f.footer]
                    .iter()
                    .map(|area| area.height)
                    .sum();
                assert_eq!(rows, height, "{width}x{height}");
                for judged in [true, false] {
                    let q = question(f.body, judged);
                    assert_eq!(q.text.height + q.foot, f.body.height);
                    assert!(q.text.x + q.text.width <= width.max(1), "{width}x{height} {q:?}");
                }
                for wanted in [true, false] {
                    let p = page(f.body, wanted);
                    assert!(p.text.x + p.text.width <= width.max(1), "{width}x{height} {wanted:?} {p:?}");
                    assert!(p.outline.width == 0 || p.outline.x + p.outline.width <= p.text.x);
                }
            }
        }
    }
}
