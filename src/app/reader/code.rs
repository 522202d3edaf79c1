//! Code on a page: panned to the side where it is wider than the page, and in colours once they are known.

use std::sync::Arc;

use crate::doc::{Colouring, PlacedCode};

use super::Reading;

/// How many cells code pans to the side at once.
const PAN: u16 = 8;

impl Reading {
    /// The code in sight that is wider than the page.
    fn wide(&self) -> impl Iterator<Item = &PlacedCode> {
        let (top, bottom) = (self.top, self.top + self.height());
        let seen =
            self.page.code.iter().filter(move |code| code.line < bottom && code.line + code.height > top);
        seen.filter(|code| code.longest > code.width)
    }

    /// Whether there is code in sight that can be panned.
    #[must_use]
    pub fn can_pan(&self) -> bool {
        self.wide().next().is_some()
    }

    /// Pans the code in sight that is wider than the page.
    pub(super) fn pan(&mut self, right: bool) {
        let wide: Vec<(usize, u16)> = self
            .wide()
            .map(|code| (code.code, u16::try_from(code.longest - code.width + 1).unwrap_or(u16::MAX)))
            .collect();
        for (code, most) in wide {
            let now = self.pans.get(&code).copied().unwrap_or(0);
            let by = if right { now.saturating_add(PAN).min(most) } else { now.saturating_sub(PAN) };
            if by != now {
                self.pans.insert(code, by);
                self.with_layout(|document, options, page| page.pan(document, options, code, by));
                self.find.forget();
            }
        }
        self.search_again();
    }

    /// Shows code in colours that arrived.
    pub fn colour(&mut self, code: usize, colouring: Arc<Colouring>) {
        self.colours.insert(code, colouring);
        self.with_layout(|document, options, page| page.recolour(document, options, code));
    }

    /// The code whose colours are to be found: number, language and text.
    #[must_use]
    pub fn to_colour(&self) -> Vec<(usize, String, String)> {
        let code = self.whole.code().filter(|code| !code.language.is_empty());
        let code = code.filter(|code| !self.colours.contains_key(&code.index));
        code.map(|code| (code.index, code.language.clone(), code.text.clone())).collect()
    }
}
