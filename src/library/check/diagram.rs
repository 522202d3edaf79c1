//! Whether the lines of a diagram meet: a corner from which a line leads into nothing is a picture that slipped.

use crate::doc;

/// Where the lines of box drawing characters lead: left, right, up, down.
fn arms(sign: char) -> &'static str {
    match sign {
        '┌' | '╭' | '╔' => "RD",
        '┐' | '╮' | '╗' => "LD",
        '└' | '╰' | '╚' => "RU",
        '┘' | '╯' | '╝' => "LU",
        '├' | '╠' => "RUD",
        '┤' | '╣' => "LUD",
        '┬' | '╦' => "LRD",
        '┴' | '╩' => "LRU",
        '┼' | '╬' => "LRUD",
        _ => "",
    }
}

/// The first place at which a line of a diagram leads into nothing: its line, from 0, and what is wrong. A side of a scale
/// (`├──┼──┤`) ends where it ends.
pub(super) fn open_end(text: &str) -> Option<(usize, String)> {
    let rows: Vec<Vec<char>> = text.lines().map(cells).collect();
    let at = |row: Option<usize>, column: Option<usize>| {
        let sign = row.and_then(|row| rows.get(row)?.get(column?).copied());
        sign.unwrap_or(' ')
    };
    for (row, cells) in rows.iter().enumerate() {
        for (column, sign) in cells.iter().enumerate() {
            let above = at(row.checked_sub(1), Some(column));
            let below = at(Some(row + 1), Some(column));
            // A mark of a scale has nothing above it or nothing below it.
            let scale = matches!(sign, '├' | '┤' | '┼') && (above == ' ' || below == ' ');
            let blank = |arm: char| match arm {
                'L' => at(Some(row), column.checked_sub(1)) == ' ',
                'R' => at(Some(row), Some(column + 1)) == ' ',
                'U' => above == ' ' && !scale,
                _ => below == ' ' && !scale,
            };
            let Some(open) = arms(*sign).chars().find(|arm| blank(*arm)) else { continue };
            let side = match open {
                'L' => "to the left",
                'R' => "to the right",
                'U' => "upwards",
                _ => "downwards",
            };
            return Some((row, format!("'{sign}' in column {} leads {side} into nothing", column + 1)));
        }
    }
    None
}

/// A line as cells: a wide character takes two, of which the second is no blank.
fn cells(line: &str) -> Vec<char> {
    let mut cells = Vec::with_capacity(line.len());
    for sign in line.chars() {
        cells.push(sign);
        let width = doc::text_width(sign.encode_utf8(&mut [0; 4]));
        cells.extend((1..width).map(|_| '\u{fffd}'));
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_meet_are_well() {
        for text in [
            "┌───┐\n│ A │──► B\n└─┬─┘\n  ▼",
            "├──┼──┤ 0 to 10",
            "a ─┬─ b\n   └─ c",
            "名前 ─┐\n      │\n      ▼",
            "no lines",
            "",
        ] {
            assert_eq!(open_end(text), None, "{text}");
        }
    }

    #[test]
    fn a_slipped_corner_is_found() {
        let check = |text, line, says: &str| {
            let (at, message) = open_end(text).expect(text);
            assert_eq!(at, line, "{text}: {message}");
            assert!(message.contains(says), "{message}");
        };
        check("┌───┐\n│ A │\n └──┘", 2, "");
        check("a ─┬─ b\n    └─ c", 0, "downwards");
        check("x\n └─ y\n┘", 1, "upwards");
    }
}
