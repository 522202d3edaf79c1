//! Who gets how much room.
//!
//! A picture says how many rows it needs at least, likes, and can use at most. A column gives in order:
//! first everyone their least (pictures of fixed height all they like), so that where height is short the
//! last ones give way; then empty lines between them; then what is left to the pictures that can grow. A row puts its
//! children side by side where each gets the width it needs, else as many as fit, in several lines.
//! Widths depend on the kinds of pictures and on the area only, never on values, so nothing jumps about while a demo runs.

use ratatui::layout::Rect;

use super::{bars, chart, facts, gauge, lanes, ring, spans, states, table, timeline};
use crate::config::theme::Role;
use crate::lab::scene::Scene;
use crate::ui::pen::Pen;

/// Empty cells between pictures side by side.
const GUTTER: u16 = 3;
/// From this width on the content of a part stands one cell to the right of its heading.
const INDENT_FROM: u16 = 20;

/// How many rows a picture needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Need {
    /// With fewer it is left out.
    pub least: u16,
    /// What it takes on a page.
    pub likes: u16,
    /// More would stay empty.
    pub most: u16,
    /// How it uses more or less.
    pub growth: Growth,
}

/// How a picture in a column uses rows between what it needs and the most it can use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Growth {
    /// It takes what it likes before others grow.
    #[default]
    Fixed,
    /// It starts from the least, and every further row is of use.
    Rows,
    /// It takes what it likes; beyond that only the most is of use.
    Whole,
}

impl Need {
    /// A picture that is a number of lines, and drops its last ones where it gets fewer.
    pub fn lines(count: usize) -> Need {
        let count = u16::try_from(count).unwrap_or(u16::MAX);
        Need { least: count.min(1), likes: count, most: count, growth: Growth::Fixed }
    }

    fn grows(self) -> bool {
        self.growth == Growth::Rows
    }

    fn plus(self, rows: u16) -> Need {
        let add = |value: u16| value.saturating_add(rows);
        Need { least: add(self.least), likes: add(self.likes), most: add(self.most), ..self }
    }

    /// One above the other, with `gaps` empty lines between them.
    fn stacked(needs: &[Need], gaps: u16) -> Need {
        let sum = |rows: fn(&Need) -> u16| needs.iter().map(rows).fold(gaps, u16::saturating_add);
        let least = needs.iter().map(|need| need.least).find(|&least| least > 0).unwrap_or(0);
        let rows = needs.iter().any(|need| need.growth == Growth::Rows);
        let whole = needs.iter().any(|need| need.growth == Growth::Whole);
        let growth = if rows || (whole && needs.len() > 1) {
            Growth::Rows
        } else if whole {
            Growth::Whole
        } else {
            Growth::Fixed
        };
        Need { least, likes: sum(|need| need.likes), most: sum(|need| need.most), growth }
    }

    /// Side by side.
    fn beside(self, other: Need) -> Need {
        let growth = match (self.growth, other.growth) {
            (one, Growth::Fixed) | (Growth::Fixed, one) => one,
            _ => Growth::Rows,
        };
        Need {
            least: self.least.max(other.least),
            likes: self.likes.max(other.likes),
            most: self.most.max(other.most),
            growth,
        }
    }
}

/// What a scene needs at a width.
pub fn need(scene: &Scene, width: u16) -> Need {
    match scene {
        Scene::Column(children) => {
            let needs: Vec<Need> = children.iter().map(|child| need(child, width)).collect();
            Need::stacked(&needs, gaps(children).iter().sum())
        }
        Scene::Row(children) => {
            let lines = row_needs(&row_lines(children, width), width);
            let gaps = lines.len().saturating_sub(1) as u16;
            Need::stacked(&lines, gaps)
        }
        Scene::Part(_, child) => need(child, width.saturating_sub(indent(width))).plus(1),
        Scene::Facts(facts) => facts::need(facts),
        Scene::Ring(ring) => ring::need(ring, width),
        Scene::Bars(bars) => bars::need(bars, width),
        Scene::Gauge(_) => Need::lines(1),
        Scene::States(states) => states::need(states, width),
        Scene::Lanes(lanes) => lanes::need(lanes, width),
        Scene::Chart(chart) => chart::need(chart, width),
        Scene::Timeline(timeline) => timeline::need(timeline),
        Scene::Spans(spans) => spans::need(spans),
        Scene::Table(table) => table::need(table),
    }
}

/// Draws a scene into an area that lies in the pen's clip.
pub fn draw(scene: &Scene, area: Rect, pen: &mut Pen) {
    if area.is_empty() {
        return;
    }
    let pen = &mut pen.within(area);
    match scene {
        Scene::Column(children) => draw_column(children, area, pen),
        Scene::Row(children) => draw_row(children, area, pen),
        Scene::Part(heading, child) => draw_part(heading, child, area, pen),
        Scene::Facts(facts) => facts::draw(facts, area, facts::names(facts, pen), pen),
        Scene::Ring(ring) => ring::draw(ring, area, pen),
        Scene::Bars(bars) => bars::draw(bars, area, pen),
        Scene::Gauge(gauge) => gauge::draw(gauge, area, pen.width(&gauge.name), pen),
        Scene::States(states) => states::draw(states, area, pen),
        Scene::Lanes(lanes) => lanes::draw(lanes, area, pen),
        Scene::Chart(chart) => chart::draw(chart, area, pen),
        Scene::Timeline(timeline) => timeline::draw(timeline, area, pen),
        Scene::Spans(spans) => spans::draw(spans, area, pen),
        Scene::Table(table) => table::draw(table, area, pen),
    }
}

fn draw_part(heading: &str, child: &Scene, area: Rect, pen: &mut Pen) {
    let style = pen.style(Role::Strong);
    pen.text(area.x, area.y, area.width, heading, style);
    let indent = indent(area.width);
    draw(child, Rect::new(area.x + indent, area.y + 1, area.width - indent, area.height - 1), pen);
}

fn indent(width: u16) -> u16 {
    u16::from(width >= INDENT_FROM)
}

fn draw_column(children: &[Scene], area: Rect, pen: &mut Pen) {
    let needs: Vec<Need> = children.iter().map(|child| need(child, area.width)).collect();
    let gaps = gaps(children);
    let names = name_columns(children, pen);
    let mut y = area.y;
    for (index, (gap, rows)) in column_rows(&needs, &gaps, area.height).into_iter().enumerate() {
        let place = Rect::new(area.x, y + gap, area.width, rows);
        y = place.bottom();
        match &children[index] {
            Scene::Facts(facts) if rows > 0 => {
                facts::draw(facts, place, names[index], &mut pen.within(place));
            }
            Scene::Gauge(gauge) if rows > 0 => {
                gauge::draw(gauge, place, names[index], &mut pen.within(place));
            }
            child => draw(child, place, pen),
        }
    }
}

/// For each child of a column that gets room: the empty lines before it and its rows.
fn column_rows(needs: &[Need], gaps: &[u16], height: u16) -> Vec<(u16, u16)> {
    let mut rows = Vec::new();
    let mut left = height;
    for need in needs {
        let wants = if need.grows() { need.least } else { need.likes };
        let first = rows.iter().all(|&given| given == 0);
        let given = if left >= wants {
            wants
        } else if left >= need.least || first {
            left
        } else {
            break;
        };
        rows.push(given);
        left -= given;
        if left == 0 {
            break;
        }
    }
    let growing = |index: usize| needs[index].grows();
    let wanted: u16 = gaps.iter().take(rows.len()).sum();
    // Half of what a growing picture likes is worth more to it than an empty line before it.
    let lacks = |index: usize| (needs[index].likes / 2).saturating_sub(rows[index]);
    let comfort = (0..rows.len()).filter(|&index| growing(index)).map(lacks).fold(0, u16::saturating_add);
    let gapped = left >= wanted.saturating_add(comfort);
    if gapped {
        left -= wanted;
    }
    while left > 0 {
        // The next row goes to the one that is furthest from what it likes.
        let next = (0..rows.len())
            .filter(|&index| growing(index) && rows[index] < needs[index].most)
            .min_by_key(|&index| u32::from(rows[index]) * 1_000 / u32::from(needs[index].likes.max(1)));
        let Some(index) = next else { break };
        rows[index] += 1;
        left -= 1;
    }
    for (given, need) in rows.iter_mut().zip(needs) {
        if need.growth == Growth::Whole && need.most > *given && need.most - *given <= left {
            left -= need.most - *given;
            *given = need.most;
        }
    }
    rows.into_iter().zip(gaps).map(|(rows, &gap)| (if gapped { gap } else { 0 }, rows)).collect()
}

/// The empty lines before each child of a column: none before the first, none between single lines.
fn gaps(children: &[Scene]) -> Vec<u16> {
    let single = |scene: &Scene| matches!(scene, Scene::Facts(_) | Scene::Gauge(_));
    let gap = |index: usize| index > 0 && !(single(&children[index]) && single(&children[index - 1]));
    (0..children.len()).map(|index| u16::from(gap(index))).collect()
}

/// How wide the names of facts and gauges are, so that those that stand below each other are aligned.
fn name_columns(children: &[Scene], pen: &Pen) -> Vec<u16> {
    let own = |scene: &Scene| match scene {
        Scene::Facts(facts) => Some(facts::names(facts, pen)),
        Scene::Gauge(gauge) => Some(pen.width(&gauge.name)),
        _ => None,
    };
    let mut names: Vec<Option<u16>> = children.iter().map(own).collect();
    for run in names.chunk_by_mut(|a, b| a.is_some() == b.is_some()) {
        let widest = run.iter().flatten().max().copied();
        run.fill(widest);
    }
    names.into_iter().map(Option::unwrap_or_default).collect()
}

fn draw_row(children: &[Scene], area: Rect, pen: &mut Pen) {
    let lines = row_lines(children, area.width);
    if lines.len() > 1 {
        let needs = row_needs(&lines, area.width);
        let gaps: Vec<u16> = (0..lines.len()).map(|index| u16::from(index > 0)).collect();
        let mut y = area.y;
        for (line, (gap, rows)) in lines.iter().zip(column_rows(&needs, &gaps, area.height)) {
            let place = Rect::new(area.x, y + gap, area.width, rows);
            y = place.bottom();
            side_by_side(line, place, pen);
        }
    } else {
        side_by_side(children, area, pen);
    }
}

fn side_by_side(children: &[Scene], area: Rect, pen: &mut Pen) {
    let mut x = area.x;
    for (child, width) in children.iter().zip(widths(children, area)) {
        draw(child, Rect::new(x, area.y, width, area.height), pen);
        x += width + GUTTER;
    }
}

/// Equal widths, but a ring takes no more than its height lets it use.
fn widths(children: &[Scene], area: Rect) -> Vec<u16> {
    let equal = share(area.width, children.len());
    let own = |child: &Scene| useful_width(child, area.height).filter(|&useful| useful < equal);
    let freed: u16 = children.iter().filter_map(own).map(|useful| equal - useful).sum();
    let others = children.iter().filter(|child| own(child).is_none()).count() as u16;
    let Some(extra) = freed.checked_div(others) else { return vec![equal; children.len()] };
    children.iter().map(|child| own(child).unwrap_or(equal + extra)).collect()
}

/// The width beyond which a picture of this height has no use for more.
fn useful_width(scene: &Scene, height: u16) -> Option<u16> {
    match scene {
        Scene::Ring(_) => Some(ring::useful_width(height)),
        Scene::Part(_, child) => useful_width(child, height.saturating_sub(1)).map(|width| width + 1),
        _ => None,
    }
}

/// The children of a row by lines: as many in a line as get the width they need.
fn row_lines(children: &[Scene], width: u16) -> Vec<&[Scene]> {
    let most = children.iter().map(least_width).max().unwrap_or(1);
    let fits = |count: &usize| share(width, *count) >= most;
    let in_line = (1..=children.len()).rev().find(fits).unwrap_or(1);
    let lines = children.len().div_ceil(in_line).max(1);
    children.chunks(children.len().div_ceil(lines).max(1)).collect()
}

/// What each line of a row needs.
fn row_needs(lines: &[&[Scene]], width: u16) -> Vec<Need> {
    let line = |line: &&[Scene]| {
        let width = share(width, line.len());
        line.iter().map(|child| need(child, width)).fold(Need::default(), Need::beside)
    };
    lines.iter().map(line).collect()
}

/// The width of each of `count` pictures side by side.
fn share(width: u16, count: usize) -> u16 {
    let count = u16::try_from(count).unwrap_or(u16::MAX).max(1);
    width.saturating_sub(GUTTER.saturating_mul(count - 1)) / count
}

/// The width below which a picture no longer stands beside another.
fn least_width(scene: &Scene) -> u16 {
    match scene {
        Scene::Column(children) => children.iter().map(least_width).max().unwrap_or(1),
        // A row inside may stack, so its children count one by one.
        Scene::Row(children) => children.iter().map(least_width).max().unwrap_or(1),
        Scene::Part(_, child) => least_width(child) + 1,
        Scene::Facts(_) | Scene::Gauge(_) => 24,
        Scene::Ring(_) | Scene::Bars(_) | Scene::Table(_) => 28,
        Scene::States(_) | Scene::Lanes(_) | Scene::Chart(_) | Scene::Timeline(_) | Scene::Spans(_) => 32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIXED: Need = Need { least: 1, likes: 3, most: 3, growth: Growth::Fixed };
    const GROWS: Need = Need { least: 2, likes: 10, most: 100, growth: Growth::Rows };
    const WHOLE: Need = Need { least: 2, likes: 4, most: 7, growth: Growth::Whole };

    #[test]
    fn a_column_serves_the_first_first() {
        let check = |needs: &[Need], gaps: &[u16], height, expected: &[(u16, u16)]| {
            assert_eq!(column_rows(needs, gaps, height), expected, "{needs:?} in {height}");
        };
        check(&[FIXED, GROWS], &[0, 1], 20, &[(0, 3), (1, 16)]);
        check(&[FIXED, GROWS], &[0, 1], 9, &[(0, 3), (1, 5)]);
        check(&[FIXED, GROWS], &[0, 1], 8, &[(0, 3), (0, 5)]);
        check(&[FIXED, GROWS], &[0, 1], 4, &[(0, 3)]);
        check(&[FIXED, GROWS], &[0, 1], 2, &[(0, 2)]);
        check(&[GROWS, FIXED], &[0, 1], 6, &[(0, 3), (0, 3)]);
        check(&[GROWS, FIXED], &[0, 1], 4, &[(0, 2), (0, 2)]);
        check(&[GROWS, FIXED], &[0, 1], 1, &[(0, 1)]);
        check(&[FIXED, FIXED], &[0, 0], 20, &[(0, 3), (0, 3)]);
        check(&[GROWS, GROWS], &[0, 1], 21, &[(0, 10), (1, 10)]);
        check(&[WHOLE, FIXED], &[0, 1], 11, &[(0, 7), (1, 3)]);
        check(&[WHOLE, FIXED], &[0, 1], 10, &[(0, 4), (1, 3)]);
        check(&[WHOLE, GROWS], &[0, 1], 50, &[(0, 4), (1, 45)]);
    }

    #[test]
    fn what_a_column_gives_never_exceeds_its_height() {
        for height in 0..60 {
            for needs in [[FIXED, GROWS, FIXED], [GROWS, GROWS, FIXED], [WHOLE, FIXED, GROWS]] {
                let rows = column_rows(&needs, &[0, 1, 1], height);
                let higher = column_rows(&needs, &[0, 1, 1], height + 1);
                assert!(higher.len() >= rows.len(), "a line more loses a picture: {rows:?}, {higher:?}");
                let total: u16 = rows.iter().map(|(gap, rows)| gap + rows).sum();
                assert!(total <= height, "{rows:?} in {height}");
            }
        }
    }

    #[test]
    fn a_row_stacks_where_the_width_is_short() {
        let facts = || Scene::Facts(Vec::new());
        let check = |count: usize, width, expected: &[usize]| {
            let children: Vec<Scene> = (0..count).map(|_| facts()).collect();
            let lines: Vec<usize> = row_lines(&children, width).iter().map(|line| line.len()).collect();
            assert_eq!(lines, expected, "{count} in {width}");
        };
        check(2, 80, &[2]);
        check(2, 51, &[2]);
        check(2, 50, &[1, 1]);
        check(4, 80, &[2, 2]);
        check(3, 80, &[3]);
        check(3, 70, &[2, 1]);
        check(0, 70, &[]);
        check(2, 0, &[1, 1]);
    }
}
