//! A circle of hashes: a band in the colours of the nodes, the keys inside it, the names around it.
//!
//! The band is drawn in block characters, in each cell the one that covers the circle best, so that it is round.
//! With few arcs each is a segment with its name outside. With many every cell of the band takes the colour
//! of the node that owns its angle; without colour nobody could tell a thousand arcs apart, so
//! the band is then one pattern and a line says how many there are. What has moved stands out from the band and in
//! bold. Below about eight lines the circle is cut open at the top and laid out as a strip.

use std::f64::consts::TAU;

use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::band;
use super::circle::{Circle, middle, owner, span};
use super::layout::{Growth, Need};
use crate::config::theme::{Colours, Role};
use crate::lab::scene::{Arc, Ring, Series};
use crate::ui::pen::Pen;

/// The smallest radius, in lines, at which a circle looks like one.
const RADIUS_MIN: f64 = 2.9;
/// Names around the circle take at most this many cells.
const NAME_MAX: u16 = 10;
/// Without so many lines the names stay away.
const NAMES_FROM: u16 = 12;

/// The width beyond which a ring of a height has no use for more.
pub fn useful_width(height: u16) -> u16 {
    height.saturating_mul(2).saturating_add(2 * NAME_MAX)
}

/// About half as high as wide.
pub fn need(_ring: &Ring, width: u16) -> Need {
    let round = (width / 2).max(3);
    Need { least: 3, likes: round.min(16), most: round.saturating_add(2), growth: Growth::Rows }
}

/// Draws a ring.
pub fn draw(ring: &Ring, area: Rect, pen: &mut Pen) {
    let names = Names::of(ring, area, pen);
    let place = Place::of(ring, area, &names, pen);
    let circle = &place.circle;
    if circle.radius < RADIUS_MIN {
        return draw_strip(ring, area, pen);
    }
    band::draw(ring, circle, pen);
    draw_keys(ring, circle, pen);
    if names.shown {
        draw_names(ring, circle, area, pen);
    }
    draw_centre(ring, &place, area, pen);
}

/// Room for the names of the nodes around the circle.
struct Names {
    shown: bool,
    width: u16,
}

impl Names {
    fn of(ring: &Ring, area: Rect, pen: &Pen) -> Names {
        let shown = band::few(ring) && !ring.arcs.is_empty() && area.height >= NAMES_FROM && area.width >= 30;
        let width =
            if shown { pen.widest(ring.arcs.iter().map(|arc| arc.node.as_str())).min(NAME_MAX) } else { 0 };
        Names { shown, width }
    }
}

/// A circle and the room around it.
struct Place {
    circle: Circle,
    /// Where the text stands that does not fit into the circle.
    beside: Option<Rect>,
}

impl Place {
    fn of(ring: &Ring, area: Rect, names: &Names, pen: &Pen) -> Place {
        let (margin_x, margin_y) = if names.shown { (f64::from(names.width) + 1.0, 1.0) } else { (0.0, 0.0) };
        let (width, height) = (f64::from(area.width), f64::from(area.height));
        let half = ((height - 2.0 * margin_y) / 2.0).min((width - 2.0 * margin_x) / 4.0);
        // Room is kept for arcs that stand out, whether there are any or not: the circle must not jump.
        let radius = half - band::STAND_OUT;
        let thickness = (radius * 0.16).clamp(0.75, 2.5);
        let (x, y) = (f64::from(area.x) + width / 2.0, f64::from(area.y) + height / 2.0);
        let mut circle = Circle { x, y, radius, inner: radius - thickness };
        let mut beside = None;
        if radius >= RADIUS_MIN && centre_top(ring, &circle, pen).is_none() {
            let taken = (half * 4.0 + 2.0 * margin_x).ceil() as u16 + 2;
            let free = area.width.saturating_sub(taken);
            if free >= 8 {
                circle.x = f64::from(area.x) + half * 2.0 + margin_x;
                beside = Some(Rect::new(area.x + taken, area.y, free, area.height));
            }
        }
        Place { circle, beside }
    }
}

/// The line on which the text in the middle begins; nothing where a line of it does not fit between the keys.
fn centre_top(ring: &Ring, circle: &Circle, pen: &Pen) -> Option<u16> {
    let top = (circle.y - ring.centre.len() as f64 / 2.0).round();
    let keys = if ring.keys.is_empty() { 0.0 } else { KEYS_OFF + keys_depth(circle) };
    let room = (circle.inner - keys - 0.5).max(0.0);
    for (index, line) in ring.centre.iter().enumerate() {
        let off = (top + index as f64 + 0.5 - circle.y).abs() + 0.5;
        let half = (room * room - off * off).max(0.0).sqrt() * 2.0;
        if f64::from(pen.width(line)) > half * 2.0 {
            return None;
        }
    }
    Some(top.max(0.0) as u16)
}

/// So many lines inside the band the keys begin.
const KEYS_OFF: f64 = 0.6;

/// So many lines further in they end.
fn keys_depth(circle: &Circle) -> f64 {
    (circle.inner * 0.2).min(1.6)
}

/// The keys, scattered just inside the band so that they hide each other less; the dot is larger where several share a
/// cell. A key that has moved is marked.
fn draw_keys(ring: &Ring, circle: &Circle, pen: &mut Pen) {
    let outermost = circle.inner - KEYS_OFF;
    if outermost < 1.0 {
        return;
    }
    let depth = keys_depth(circle);
    let mut cells: Vec<((u16, u16), bool, Series)> = Vec::with_capacity(ring.keys.len());
    for (index, key) in ring.keys.iter().enumerate().filter(|(_, key)| key.at.is_finite()) {
        // The golden ratio spreads any run of numbers evenly (Knuth, TAOCP 3, 6.4).
        let scatter = (index as f64 * 0.618_033_988_749_895).fract();
        let (x, y) = circle.point(key.at.rem_euclid(1.0), outermost - depth * scatter);
        cells.push(((x as u16, y as u16), key.moved, key.series));
    }
    cells.sort_unstable_by_key(|&(cell, moved, series)| (cell, !moved, series.0));
    for cell in cells.chunk_by(|a, b| a.0 == b.0) {
        let ((x, y), moved, series) = cell[0];
        let style = pen.series(series);
        let style = if moved { style.add_modifier(Modifier::BOLD) } else { style };
        pen.put(x, y, key_glyph(cell.len(), moved, pen.theme.ascii), style);
    }
}

/// The sign of the keys in a cell.
fn key_glyph(count: usize, moved: bool, ascii: bool) -> &'static str {
    match (moved, count, ascii) {
        (true, _, false) => "◆",
        (true, _, true) => "*",
        (false, 1, false) => "·",
        (false, 2 | 3, false) => "•",
        (false, _, false) => "●",
        (false, 1, true) => ".",
        (false, _, true) => ":",
    }
}

/// The name of each node outside the middle of its longest arcs; a name that would touch another is left out.
fn draw_names(ring: &Ring, circle: &Circle, area: Rect, pen: &mut Pen) {
    let mut order: Vec<usize> = (0..ring.arcs.len()).collect();
    order.sort_by(|&a, &b| {
        let key = |index: usize| (ring.arcs[index].moved, span(&ring.arcs[index]));
        let ((moved_a, span_a), (moved_b, span_b)) = (key(a), key(b));
        moved_b.cmp(&moved_a).then(span_b.total_cmp(&span_a))
    });
    let letters = band::letters(ring);
    let mut taken: Vec<Rect> = Vec::new();
    for index in order {
        let arc = &ring.arcs[index];
        let turn = middle(arc);
        if !turn.is_finite() || arc.node.is_empty() {
            continue;
        }
        let name = caption(arc, letters[index], pen);
        let width = pen.width(&name).min(NAME_MAX);
        let (x, y) = circle.point(turn, circle.radius + 1.1);
        let side = (turn * TAU).sin();
        let left = if side > 0.25 {
            x.floor()
        } else if side < -0.25 {
            x.ceil() - f64::from(width)
        } else {
            (x - f64::from(width) / 2.0).round()
        };
        let (left, top) =
            (left.max(f64::from(area.x)), y.floor().clamp(f64::from(area.y), f64::from(area.bottom() - 1)));
        let left = left.min(f64::from(area.right().saturating_sub(width)));
        let place = Rect::new(left as u16, top as u16, width, 1);
        let around = Rect::new(place.x.saturating_sub(1), place.y, place.width + 2, 1);
        if width == 0 || taken.iter().any(|other| other.intersects(around)) || crosses_band(circle, place) {
            continue;
        }
        taken.push(place);
        pen.text(place.x, place.y, width, &name, band::style(ring, Some(index), pen));
    }
}

/// A node's name; before it the letter that stands for it in the band, where there is one and it is another sign.
fn caption(arc: &Arc, letter: &str, pen: &Pen) -> String {
    let lettered = pen.theme.ascii || pen.theme.colours == Colours::None;
    if lettered && !arc.node.ends_with(letter) { format!("{letter} {}", arc.node) } else { arc.node.clone() }
}

fn crosses_band(circle: &Circle, place: Rect) -> bool {
    (place.left()..place.right())
        .any(|x| circle.distance(f64::from(x) + 0.5, f64::from(place.y) + 0.5) < circle.radius + 0.2)
}

/// The lines in the middle, the first one strong; beside the circle where they do not fit.
fn draw_centre(ring: &Ring, place: &Place, area: Rect, pen: &mut Pen) {
    let circle = &place.circle;
    let note = pattern_note(ring, pen);
    let (strong, dim) = (pen.style(Role::Strong), pen.style(Role::Dim));
    let style = |index: usize| if index == 0 { strong } else { dim };
    if let Some(beside) = place.beside {
        let count = (ring.centre.len() as u16).min(beside.height);
        let top = beside.y + (beside.height - count) / 2;
        for (index, (line, y)) in ring.centre.iter().zip(top..beside.bottom()).enumerate() {
            pen.text(beside.x, y, beside.width, line, style(index));
        }
    } else if let Some(top) = centre_top(ring, circle, pen) {
        let reach = (circle.inner * 2.0) as u16;
        let left = (circle.x as u16).saturating_sub(reach);
        for (index, line) in ring.centre.iter().enumerate() {
            // Half a cell to the right where widths are odd, as the circle's middle lies between cells.
            pen.text_centred(left, top + index as u16, reach * 2, line, style(index));
        }
    } else if let Some(line) = ring.centre.first() {
        let reach = ((circle.inner - 0.5) * 2.0) as u16;
        pen.text_centred((circle.x as u16).saturating_sub(reach), circle.y as u16, reach * 2, line, strong);
    }
    if let Some(note) = note.filter(|_| circle.radius >= 7.0) {
        let end = ((circle.x + circle.radius * 2.0) as u16).clamp(area.x, area.right());
        pen.text_right(area.x, area.bottom() - 1, end - area.x, note, dim);
    }
}

/// Where the band is one pattern: what it stands for. Not how many: a demo may show a sample of its arcs.
fn pattern_note(ring: &Ring, pen: &Pen) -> Option<&'static str> {
    let pattern = !band::few(ring) && (pen.theme.ascii || pen.theme.colours == Colours::None);
    pattern.then_some("many small arcs")
}

/// The circle cut open at the top: a line of its owners, the keys beneath, then the lines of the middle.
fn draw_strip(ring: &Ring, area: Rect, pen: &mut Pen) {
    let few = band::few(ring);
    let letters = if few { band::letters(ring) } else { Vec::new() };
    let lettered = pen.theme.ascii || pen.theme.colours == Colours::None;
    let turn = |x: u16| (f64::from(x - area.x) + 0.5) / f64::from(area.width);
    for x in area.x..area.right() {
        let owner = owner(&ring.arcs, turn(x));
        let style = band::style(ring, owner, pen);
        let moved = owner.is_some_and(|owner| ring.arcs[owner].moved);
        let glyph = match owner.and_then(|owner| letters.get(owner)) {
            Some(letter) if lettered => letter,
            _ if owner.is_none() => pen.glyphs().rule,
            _ if lettered && pen.theme.ascii => {
                if moved {
                    "#"
                } else {
                    ":"
                }
            }
            _ if lettered && !moved => "▒",
            _ if moved => "█",
            _ => "▆",
        };
        pen.put(x, area.y, glyph, style);
    }
    let keys = u16::from(area.height > 1 && !ring.keys.is_empty());
    for key in ring.keys.iter().filter(|key| keys > 0 && key.at.is_finite()) {
        let x = area.x + (key.at.rem_euclid(1.0) * f64::from(area.width)) as u16;
        let style = pen.series(key.series);
        pen.put(x, area.y + 1, key_glyph(1, key.moved, pen.theme.ascii), style);
    }
    let (strong, dim) = (pen.style(Role::Strong), pen.style(Role::Dim));
    for (index, (line, y)) in ring.centre.iter().zip(area.y + 1 + keys..area.bottom()).enumerate() {
        pen.text(area.x, y, area.width, line, if index == 0 { strong } else { dim });
    }
}
