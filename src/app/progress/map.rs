//! The map as a wide window shows it: the phases of the path side by side, each topic a row in its phase. All of the
//! path is in sight at once, and what the chosen topic builds on and leads to is marked where it stands.
//!
//! The rows are those of the list (`lists::map`), so choosing, opening and counting are the same for both.

use super::lists::Listing;

/// The least width of a column, and the space between two.
const COLUMN: u16 = 36;
const GAP: u16 = 2;

/// From so many columns on the map is drawn; in narrower windows it is a list.
const LEAST: u16 = 3;

/// Where each row of the list stands on the map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    /// The width of a column in cells.
    pub width: u16,
    /// The rows of the whole map; where the window has fewer it scrolls.
    pub height: u16,
    /// For each row of the list its column and its row.
    places: Vec<(u16, u16)>,
}

impl Grid {
    /// The map at a width; nothing where it is too narrow. O(rows).
    #[must_use]
    pub fn of(listing: &Listing, width: u16) -> Option<Grid> {
        let phases = listing.rows.iter().filter(|row| row.strip.is_some()).count();
        let columns = ((width + GAP) / (COLUMN + GAP)).min(u16::try_from(phases).unwrap_or(u16::MAX));
        if columns < LEAST {
            return None;
        }
        let mut places = Vec::with_capacity(listing.rows.len());
        // The column and the first row of a phase, and where the next band of phases begins.
        let (mut column, mut row, mut first, mut next) = (0, 0, 0, 0);
        let mut begun = false;
        for one in &listing.rows {
            if one.strip.is_some() {
                if begun {
                    column += 1;
                    if column == columns {
                        (column, first) = (0, next + 1);
                    }
                }
                (begun, row) = (true, first);
            }
            places.push((column, row));
            row += 1;
            next = next.max(row);
        }
        let width = (width + GAP) / columns - GAP;
        Some(Grid { width, height: next, places })
    }

    /// The first cell of a row of the list, from the left, and its row on the map.
    #[must_use]
    pub fn place(&self, row: usize) -> Option<(u16, u16)> {
        let (column, row) = *self.places.get(row)?;
        Some((column * (self.width + GAP), row))
    }

    /// The first row of the map to show, so that a row of the list is in the middle as far as there is more.
    #[must_use]
    pub fn top(&self, row: usize, height: u16) -> u16 {
        let at = self.places.get(row).map_or(0, |(_, at)| *at);
        at.saturating_sub(height / 2).min(self.height.saturating_sub(height))
    }

    /// The row of the list that stands beside another: the nearest in the next column that can be chosen.
    #[must_use]
    pub fn beside(&self, listing: &Listing, row: usize, right: bool) -> usize {
        let Some(&(column, at)) = self.places.get(row) else { return row };
        let Some(wanted) = (if right { column.checked_add(1) } else { column.checked_sub(1) }) else {
            return row;
        };
        let there = self.places.iter().enumerate().filter(|(other, place)| {
            place.0 == wanted && listing.rows.get(*other).is_some_and(|row| row.strip.is_none())
        });
        there.min_by_key(|(_, place)| place.1.abs_diff(at)).map_or(row, |(other, _)| other)
    }
}

#[cfg(test)]
mod tests {
    use super::super::lists::Row;
    use super::*;

    /// Phases of so many topics.
    fn listing(phases: &[usize]) -> Listing {
        let phase = |count: &usize| {
            let heading = Row { strip: Some(Vec::new()), ..Row::default() };
            std::iter::once(heading).chain((0..*count).map(|_| Row::default())).collect::<Vec<_>>()
        };
        Listing { rows: phases.iter().flat_map(phase).collect(), ..Listing::default() }
    }

    #[test]
    fn phases_stand_side_by_side_and_never_on_each_other() {
        let check = |phases: &[usize], width, expected: Option<(u16, u16)>| {
            let grid = Grid::of(&listing(phases), width);
            assert_eq!(
                grid.as_ref().map(|grid| (grid.width, grid.height)),
                expected,
                "{phases:?} at {width}"
            );
            let Some(grid) = grid else { return };
            let mut places: Vec<_> = grid.places.clone();
            assert!(places.iter().all(|(column, _)| (column + 1) * (grid.width + GAP) <= width + GAP));
            places.sort_unstable();
            places.dedup();
            assert_eq!(places.len(), grid.places.len(), "each has a place of its own");
        };
        check(&[3, 2, 1], 111, None);
        check(&[3, 2, 1], 112, Some((36, 4)));
        check(&[3, 2], 200, None);
        check(&[3, 2, 1], 200, Some((65, 4)));
        // Two bands: the second begins below the highest of the first, with a row between.
        check(&[3, 5, 1, 2], 120, Some((38, 10)));
        check(&[30, 20, 10, 8, 4], 190, Some((36, 31)));
        check(&[], 200, None);
    }

    #[test]
    fn left_and_right_go_to_the_nearest_of_the_next_column() {
        let listing = listing(&[4, 1, 3]);
        let grid = Grid::of(&listing, 120).expect("wide enough");
        let check = |row, right, expected| assert_eq!(grid.beside(&listing, row, right), expected, "{row}");
        // 0 heading, 1-4; 5 heading, 6; 7 heading, 8-10.
        check(1, true, 6);
        check(4, true, 6);
        check(6, true, 8);
        check(10, false, 6);
        check(6, false, 1);
        check(1, false, 1);
        check(10, true, 10);
        assert_eq!((grid.top(4, 2), grid.top(1, 2), grid.top(1, 9)), (3, 0, 0));
    }
}
