//! Which block is meant: the one that has the focus, the only one in sight, or the one whose letter is typed.

use crate::doc::Zoomed;

use super::super::live::LiveBlock;
use super::{Focus, Reading};

/// A block that can be enlarged or copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    /// Code or a diagram, by its index.
    Code(usize),
    /// A table, by its index.
    Table(usize),
    /// A live block, by its index.
    Live(usize),
}

impl Thing {
    /// The block as the layout knows it.
    #[must_use]
    pub fn zoomed(self) -> Option<Zoomed> {
        match self {
            Thing::Code(index) => Some(Zoomed::Code(index)),
            Thing::Table(index) => Some(Zoomed::Table(index)),
            Thing::Live(_) => None,
        }
    }
}

/// What is to be done with the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Show it by itself.
    Zoom,
    /// Copy its text.
    Copy,
}

/// A choice among the blocks in sight: each has a letter, from `a` on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pick {
    /// What for.
    pub purpose: Purpose,
    /// The line of the page at which each starts that is seen, and the block.
    pub blocks: Vec<(usize, Thing)>,
}

/// Which block is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meant {
    /// None is in sight.
    None,
    /// This one.
    One(Thing),
    /// One of these.
    Some(Pick),
}

impl Pick {
    /// The block with a letter.
    #[must_use]
    pub fn with_letter(&self, letter: char) -> Option<Thing> {
        let at = (letter.to_ascii_lowercase() as usize).checked_sub('a' as usize)?;
        self.blocks.get(at).map(|(_, thing)| *thing)
    }
}

impl Reading {
    /// The block that is meant for a purpose.
    #[must_use]
    pub fn meant(&self, purpose: Purpose) -> Meant {
        let (top, bottom) = (self.top, self.top + self.height());
        let seen = |line: usize, height: usize| line < bottom && line + height > top;
        let fits = |live: usize| {
            let block = self.live.get(&live);
            matches!(
                (block, purpose),
                (Some(LiveBlock::Demo(_)), Purpose::Zoom) | (Some(LiveBlock::Calc(_)), Purpose::Copy)
            )
        };
        if let Some(Focus::Live(live)) = self.focus
            && fits(live)
        {
            return Meant::One(Thing::Live(live));
        }
        let page = &self.page;
        let code = page.code.iter().map(|c| (c.line, c.height, Thing::Code(c.code)));
        let tables = page.tables.iter().map(|t| (t.line, t.height, Thing::Table(t.table)));
        let live = page.live.iter().filter(|slot| fits(slot.live));
        let live = live.map(|slot| (slot.line, usize::from(slot.height), Thing::Live(slot.live)));
        let all = code.chain(tables).chain(live).filter(|(line, height, _)| seen(*line, *height));
        let mut blocks: Vec<(usize, Thing)> = all.map(|(line, _, thing)| (line.max(top), thing)).collect();
        blocks.sort_by_key(|(line, _)| *line);
        blocks.truncate(26);
        match blocks.as_slice() {
            [] => Meant::None,
            [(_, thing)] => Meant::One(*thing),
            _ => Meant::Some(Pick { purpose, blocks }),
        }
    }
}
