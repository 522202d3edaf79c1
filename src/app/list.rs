//! A list with a chosen row, and anything else that scrolls.

use super::command::Do;

/// A chosen row and the first row shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListState {
    /// The chosen row.
    pub chosen: usize,
    /// The first row shown.
    pub top: usize,
}

impl ListState {
    /// Moves within `rows` rows of which `height` are shown. Returns whether the command was a move.
    pub fn act(&mut self, does: Do, rows: usize, height: usize) -> bool {
        let last = rows.saturating_sub(1);
        let half = (height / 2).max(1);
        self.chosen = match does {
            Do::Down => self.chosen.saturating_add(1),
            Do::Up => self.chosen.saturating_sub(1),
            Do::HalfDown => self.chosen.saturating_add(half),
            Do::HalfUp => self.chosen.saturating_sub(half),
            Do::PageDown => self.chosen.saturating_add(height.max(1)),
            Do::PageUp => self.chosen.saturating_sub(height.max(1)),
            Do::Top => 0,
            Do::Bottom => last,
            _ => return false,
        }
        .min(last);
        self.show(height);
        true
    }

    /// Chooses a row.
    pub fn choose(&mut self, row: usize, rows: usize, height: usize) {
        self.chosen = row.min(rows.saturating_sub(1));
        self.show(height);
    }

    /// Scrolls so far that the chosen row is shown.
    pub fn show(&mut self, height: usize) {
        let height = height.max(1);
        self.top = self.top.min(self.chosen).max((self.chosen + 1).saturating_sub(height));
    }
}

/// Moves the first line shown of a text. Returns nothing where the command was no move.
#[must_use]
pub fn scroll(does: Do, top: usize, lines: usize, height: usize) -> Option<usize> {
    let last = lines.saturating_sub(height);
    let half = (height / 2).max(1);
    let page = height.saturating_sub(2).max(1);
    let wanted = match does {
        Do::Down => top.saturating_add(1),
        Do::Up => top.saturating_sub(1),
        Do::HalfDown => top.saturating_add(half),
        Do::HalfUp => top.saturating_sub(half),
        Do::PageDown => top.saturating_add(page),
        Do::PageUp => top.saturating_sub(page),
        Do::Top => 0,
        Do::Bottom => last,
        _ => return None,
    };
    Some(wanted.min(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_within_the_rows_and_shows_the_chosen_one() {
        let mut list = ListState::default();
        for (does, chosen, top) in [
            (Do::Up, 0, 0),
            (Do::Down, 1, 0),
            (Do::PageDown, 6, 2),
            (Do::Bottom, 9, 5),
            (Do::Down, 9, 5),
            (Do::HalfUp, 7, 5),
            (Do::Top, 0, 0),
        ] {
            assert!(list.act(does, 10, 5));
            assert_eq!((list.chosen, list.top), (chosen, top), "{does:?}");
        }
        assert!(!list.act(Do::Play, 10, 5));
        assert!(list.act(Do::Down, 0, 0));
        assert_eq!(list.chosen, 0);
    }
}
