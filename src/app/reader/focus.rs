//! What has the focus on a page, and the walk from one to the next.

use std::collections::HashMap;

use super::super::live::LiveBlock;
use super::{Reading, Until};

/// What has the focus on a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// A link, as an index into [`crate::doc::Page::links`].
    Link(usize),
    /// A live block, by [`crate::doc::Live::index`].
    Live(usize),
    /// A part that folds, by [`crate::doc::Details::index`].
    Fold(usize),
    /// A reference to a footnote, as an index into [`crate::doc::Page::references`].
    Note(usize),
}

/// What has the focus, by a name that holds when the page is laid out again: there the places are counted anew.
pub(super) enum Named {
    /// A link, by its target.
    Link(usize),
    /// A reference: its number, the line of the source it stands in, and which one of those in it.
    Note(usize, usize, usize),
    /// What has such a name anyway.
    Same(Focus),
}

impl Reading {
    /// Whether what could have the focus is on the page, as far as that is laid out.
    #[must_use]
    pub fn has(&self, focus: Focus) -> bool {
        let page = &self.page;
        match focus {
            Focus::Link(link) => link < page.links.len(),
            Focus::Note(note) => note < page.references.len(),
            Focus::Fold(fold) => page.folds.iter().any(|placed| placed.fold == fold),
            Focus::Live(live) => {
                page.live.iter().any(|slot| slot.live == live)
                    && self.live.get(&live).is_some_and(LiveBlock::takes_keys)
            }
        }
    }

    /// The name of what has the focus.
    pub(super) fn named(&self) -> Option<Named> {
        let page = &self.page;
        Some(match self.focus? {
            Focus::Link(link) => Named::Link(page.links.get(link)?.target),
            Focus::Note(note) => {
                let (number, source) = self.note(note)?;
                let before = (0..note).filter(|&other| self.note(other) == Some((number, source))).count();
                Named::Note(number, source, before)
            }
            focus => Named::Same(focus),
        })
    }

    /// A reference: its number, and the line of the source it stands in.
    fn note(&self, note: usize) -> Option<(usize, usize)> {
        let placed = self.page.references.get(note)?;
        Some((placed.number, *self.page.source.get(placed.reach.line)?))
    }

    /// Gives the focus back to what had it. Where that is not on the page any more nothing has it.
    pub(super) fn focus_again(&mut self, named: Option<Named>) {
        if let Some(Named::Same(Focus::Live(live))) = named {
            self.reach_live(live);
        }
        let page = &self.page;
        let focus = named.and_then(|named| match named {
            Named::Link(target) => page.links.iter().position(|link| link.target == target).map(Focus::Link),
            Named::Note(number, source, nth) => {
                let same =
                    (0..page.references.len()).filter(|&note| self.note(note) == Some((number, source)));
                same.skip(nth).map(Focus::Note).next()
            }
            Named::Same(focus) => Some(focus).filter(|focus| self.has(*focus)),
        });
        self.focus = focus;
        self.entered &= matches!(self.focus, Some(Focus::Live(_)));
    }

    /// Has the page laid out down to a live block.
    fn reach_live(&mut self, live: usize) {
        let line = self.document.live().find(|block| block.index == live).map(|block| block.line);
        if let Some(line) = line {
            self.reach(Until::Source(line + 1));
        }
    }

    /// The places that can have the focus, from top to bottom: the line, the number of lines, and what.
    fn places(&self) -> Vec<(usize, usize, Focus)> {
        let page = &self.page;
        let links = page.links.iter().enumerate();
        let links = links.filter(|(_, link)| !link.image && !self.planned.contains(&link.url));
        let links = links.filter_map(|(index, link)| {
            let first = link.places.first()?;
            Some((first.line, first.start, 1, Focus::Link(index)))
        });
        let notes = page.references.iter().enumerate();
        let notes = notes.map(|(index, note)| (note.reach.line, note.reach.start, 1, Focus::Note(index)));
        let takes_keys = |live: &usize| self.live.get(live).is_some_and(LiveBlock::takes_keys);
        let live = page.live.iter().filter(|slot| takes_keys(&slot.live));
        let live = live.map(|slot| (slot.line, 0, usize::from(slot.height), Focus::Live(slot.live)));
        let folds = page.folds.iter().map(|fold| (fold.line, 0, 1, Focus::Fold(fold.fold)));
        let mut places: Vec<_> = links.chain(notes).chain(live).chain(folds).collect();
        places.sort_by_key(|(line, cell, ..)| (*line, *cell));
        places.into_iter().map(|(line, _, lines, focus)| (line, lines, focus)).collect()
    }

    pub(super) fn walk(&mut self, forward: bool) {
        let (top, bottom) = (self.top, self.top + self.height());
        let (places, next) = loop {
            let places = self.places();
            let here = self.focus.and_then(|focus| places.iter().position(|(.., other)| *other == focus));
            // From what has the focus, if that is in sight; else from the edge of the screen.
            let in_sight = here.filter(|&i| places[i].0 < bottom && places[i].0 + places[i].1 > top);
            let next = match (in_sight, forward) {
                (Some(i), true) => i.checked_add(1).filter(|&i| i < places.len()),
                (Some(i), false) => i.checked_sub(1),
                (None, true) => places.iter().position(|(line, ..)| *line >= top),
                (None, false) => places.iter().rposition(|(line, ..)| *line < bottom),
            };
            if next.is_some() || !forward || self.page.is_complete() {
                break (places, next);
            }
            // What comes next may stand where nothing is laid out yet.
            self.reach(Until::Line(2 * self.page.lines.len() + self.height()));
        };
        self.entered = false;
        self.focus = next.map(|i| places[i].2);
        if let Some(i) = next {
            // Below a link or a reference there is room for what it leads to.
            let below = if matches!(places[i].2, Focus::Link(_) | Focus::Note(_)) { 6 } else { 0 };
            self.show(places[i].0, places[i].1 + below);
            // A question takes the keys at once: there is nothing else to do with it.
            if let Focus::Live(index) = places[i].2 {
                self.entered = matches!(self.live.get(&index), Some(LiveBlock::Card(_)));
            }
        }
    }

    /// The first bet of the page.
    #[must_use]
    pub fn bet(&self) -> Option<usize> {
        let bets =
            self.live.iter().filter(|(_, block)| matches!(block, LiveBlock::Card(asking) if asking.is_bet()));
        bets.map(|(index, _)| *index).min()
    }

    /// Puts the focus on a live block and enters it.
    pub fn enter(&mut self, live: usize) {
        self.reach_live(live);
        self.focus = Some(Focus::Live(live)).filter(|focus| self.has(*focus));
        self.entered = self.focus.is_some();
        if let Some(slot) = self.page.live.iter().find(|slot| slot.live == live).copied() {
            self.show(slot.line, usize::from(slot.height));
        }
    }

    /// The block that takes the keys.
    pub fn entered_block(&mut self) -> Option<&mut LiveBlock> {
        match self.focus {
            Some(Focus::Live(index)) if self.entered => self.live.get_mut(&index),
            _ => None,
        }
    }

    /// The same, to look at.
    #[must_use]
    pub fn block_with_keys(&self) -> Option<&LiveBlock> {
        match self.focus {
            Some(Focus::Live(index)) if self.entered => self.live.get(&index),
            _ => None,
        }
    }

    /// The demo block that follows a card block, for the bet to hand its parameters to.
    #[must_use]
    pub fn demo_after(&self, live: usize) -> Option<usize> {
        let later =
            self.live.iter().filter(|(index, block)| **index > live && matches!(block, LiveBlock::Demo(_)));
        later.map(|(index, _)| *index).min()
    }

    /// Opens a part that folds, or closes it.
    pub(in super::super) fn toggle_fold(&mut self, fold: usize) {
        let open =
            self.page.folds.iter().find(|placed| placed.fold == fold).is_some_and(|placed| placed.open);
        self.set_folds(HashMap::from([(fold, !open)]));
        self.focus = Some(Focus::Fold(fold));
    }

    /// Opens and closes parts that fold, and lays the page out again where that changes it.
    pub(super) fn set_folds(&mut self, folds: HashMap<usize, bool>) {
        let changed = folds.iter().any(|(fold, open)| self.folds.get(fold) != Some(open));
        if changed {
            self.folds.extend(folds);
            self.lay_out();
        }
    }
}
