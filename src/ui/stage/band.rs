//! The band of a ring: which cells the circle covers, whose they are, and what they are made of.
//!
//! Each cell on an edge of the band is sampled at 8 by 8 points and becomes the block that covers it best. With
//! few arcs there are gaps between them; with many every cell takes the colour of the node that owns its middle. Without
//! blocks or colours the cells are the letters of their nodes, or one pattern where the arcs are too many.

use ratatui::style::{Modifier, Style};

use super::blocks;
use super::circle::{Circle, cuts_near, owner};
use crate::config::theme::{Colours, Role};
use crate::lab::scene::{Arc, Ring};
use crate::ui::pen::Pen;

/// Up to so many arcs have names and gaps between them.
const FEW: usize = 24;

/// Whether the arcs of a ring are few enough to show each.
pub fn few(ring: &Ring) -> bool {
    ring.arcs.len() <= FEW
}

/// What the cells of the band are made of.
#[derive(Clone, Copy, PartialEq)]
enum Fill {
    /// Blocks that follow the edge of the circle.
    Blocks,
    /// The letter of the node.
    Letters,
    /// One pattern for all, another for what has moved.
    Pattern,
}

/// What is needed to draw any cell of the band.
struct Band<'a> {
    ring: &'a Ring,
    circle: &'a Circle,
    fill: Fill,
    /// A letter for each arc, where they are few.
    letters: Vec<&'static str>,
}

/// Draws the band of a ring.
pub fn draw(ring: &Ring, circle: &Circle, pen: &mut Pen) {
    let few = few(ring);
    let fill = match (pen.theme.ascii, pen.theme.colours == Colours::None, few) {
        (true, _, true) => Fill::Letters,
        (_, true, false) | (true, false, false) => Fill::Pattern,
        (false, _, _) => Fill::Blocks,
    };
    let band = Band { ring, circle, fill, letters: if few { letters(ring) } else { Vec::new() } };
    let (left, right) = (circle.x - 2.0 * circle.radius - 2.0, circle.x + 2.0 * circle.radius + 2.0);
    let (top, bottom) = (circle.y - circle.radius - 1.0, circle.y + circle.radius + 1.0);
    for y in top.max(0.0) as u16..=bottom as u16 {
        for x in left.max(0.0) as u16..=right as u16 {
            let distance = circle.distance(f64::from(x) + 0.5, f64::from(y) + 0.5);
            // No point of a cell is further than 0.56 lines from its middle.
            if distance > circle.inner - 0.6 && distance < circle.radius + STAND_OUT + 0.6 {
                band.draw_cell((x, y), pen);
            }
        }
    }
}

/// So many lines an arc that has moved stands out.
pub const STAND_OUT: f64 = 0.5;
/// Half the gap between two arcs, in lines.
const HALF_GAP: f64 = 0.2;

impl Band<'_> {
    fn draw_cell(&self, (x, y): (u16, u16), pen: &mut Pen) {
        let (ring, circle) = (self.ring, self.circle);
        let owner = owner(&ring.arcs, circle.turn(f64::from(x) + 0.5, f64::from(y) + 0.5));
        let mask = self.mask((x, y), owner);
        if mask == 0 {
            return;
        }
        let style = style(ring, owner, pen);
        let moved = owner.is_some_and(|owner| ring.arcs[owner].moved);
        let letter = owner.and_then(|owner| self.letters.get(owner).copied());
        let half = mask.count_ones() >= 28;
        match (self.fill, letter) {
            // Without colour the node's letter is cut into its arc.
            (Fill::Blocks, Some(letter))
                if mask.count_ones() >= 60
                    && pen.theme.colours == Colours::None
                    && (x + y).is_multiple_of(2) =>
            {
                pen.put(x, y, letter, style.add_modifier(Modifier::REVERSED));
            }
            (Fill::Blocks, _) => {
                let block = blocks::nearest(mask);
                let style = if block.reversed { style.add_modifier(Modifier::REVERSED) } else { style };
                pen.put(x, y, block.glyph, style);
            }
            (Fill::Letters, letter) if half => pen.put(x, y, letter.unwrap_or("."), style),
            (Fill::Pattern, _) if half => {
                let glyphs = if pen.theme.ascii { [":", "#"] } else { ["▒", "█"] };
                pen.put(x, y, glyphs[usize::from(moved)], style);
            }
            (Fill::Letters | Fill::Pattern, _) => {}
        }
    }

    /// Which of 8 by 8 points of a cell lie in the band and in the owner's arc.
    fn mask(&self, (x, y): (u16, u16), owner: Option<usize>) -> u64 {
        let circle = self.circle;
        let arc = owner.map(|owner| &self.ring.arcs[owner]);
        let outer = circle.radius + if arc.is_some_and(|arc| arc.moved) { STAND_OUT } else { 0.0 };
        let (middle_x, middle_y) = (f64::from(x) + 0.5, f64::from(y) + 0.5);
        let (turn, distance) = (circle.turn(middle_x, middle_y), circle.distance(middle_x, middle_y));
        // Only few arcs have gaps between them, and only cells near an end of their arc lie in one.
        let cuts = match arc.filter(|_| !self.letters.is_empty()) {
            Some(arc) => cuts_near(arc, turn, distance, 0.6 + HALF_GAP),
            None => [None; 2],
        };
        let whole = distance > circle.inner + 0.6 && distance < outer - 0.6;
        if whole && cuts.iter().all(Option::is_none) {
            return u64::MAX;
        }
        let mut mask = 0;
        for bit in 0..64 {
            let px = f64::from(x) + (f64::from(bit % 8) + 0.5) / 8.0;
            let py = f64::from(y) + (f64::from(bit / 8) + 0.5) / 8.0;
            let inside = (circle.inner..=outer).contains(&circle.distance(px, py));
            let gap = cuts.iter().flatten().any(|cut| cut.depth(circle, px, py) < HALF_GAP);
            mask |= u64::from(inside && !gap) << bit;
        }
        mask
    }
}

/// The style of an arc; that of a rule where nobody owns the place.
pub fn style(ring: &Ring, owner: Option<usize>, pen: &Pen) -> Style {
    match owner.map(|owner| &ring.arcs[owner]) {
        None => pen.style(Role::Rule),
        Some(arc) if arc.moved => pen.series(arc.series).add_modifier(Modifier::BOLD),
        Some(arc) => pen.series(arc.series),
    }
}

/// A letter for each arc: the last sign of its node's name where those differ, else the place of the node in the alphabet.
pub fn letters(ring: &Ring) -> Vec<&'static str> {
    const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut nodes: Vec<&str> = ring.arcs.iter().map(|arc| arc.node.as_str()).collect();
    // n2 before n10.
    let order = |name: &str| (name.len(), name.to_string());
    nodes.sort_unstable_by_key(|name| order(name));
    nodes.dedup();
    let mut last: Vec<Option<usize>> = nodes.iter().map(|name| LETTERS.find(name.chars().last()?)).collect();
    let mut distinct = last.clone();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() < last.len() || distinct.contains(&None) {
        last = (0..nodes.len()).map(Some).collect();
    }
    let letter = |arc: &Arc| {
        let node = nodes.binary_search_by_key(&order(&arc.node), |name| order(name)).unwrap_or_default();
        let place = last.get(node).copied().flatten().unwrap_or(node) % LETTERS.len();
        &LETTERS[place..=place]
    };
    ring.arcs.iter().map(letter).collect()
}
