//! Block characters as small bitmaps: the one that looks most like a part of a shape.
//!
//! A cell is sampled at 8 by 8 points, bit 0 at the top left, row by row. Unicode has quarters, eighths from
//! below and eighths from the left; drawn reversed they are also eighths from above and from the right. That is enough
//! for a circle without teeth in any terminal font.

/// A glyph, and whether it is drawn in the ground's colour on the shape's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// The character.
    pub glyph: &'static str,
    /// Whether it is drawn reversed.
    pub reversed: bool,
}

const QUARTERS: [&str; 16] = [" ", "▘", "▝", "▀", "▖", "▌", "▞", "▛", "▗", "▚", "▐", "▜", "▄", "▙", "▟", "█"];
const LOWER: [&str; 7] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇"];
const LEFT: [&str; 7] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// Every block with its bitmap, the plainest first.
static BLOCKS: [(u64, Block); 44] = all();

const fn all() -> [(u64, Block); 44] {
    const QUARTER_BITS: [u64; 4] =
        [0x0000_0000_0f0f_0f0f, 0x0000_0000_f0f0_f0f0, 0x0f0f_0f0f_0000_0000, 0xf0f0_f0f0_0000_0000];
    let mut blocks = [(0, Block { glyph: " ", reversed: false }); 44];
    let mut set = 0;
    while set < 16 {
        let (mut bits, mut quarter) = (0, 0);
        while quarter < 4 {
            if set >> quarter & 1 == 1 {
                bits |= QUARTER_BITS[quarter];
            }
            quarter += 1;
        }
        blocks[set] = (bits, Block { glyph: QUARTERS[set], reversed: false });
        set += 1;
    }
    let mut index = 0;
    while index < 7 {
        let eighths = index as u32 + 1;
        // The lowest rows, and the columns at the left.
        let lower = u64::MAX << (64 - 8 * eighths);
        let left = 0x0101_0101_0101_0101 * ((1 << eighths) - 1);
        blocks[16 + index * 4] = (lower, Block { glyph: LOWER[index], reversed: false });
        blocks[17 + index * 4] = (left, Block { glyph: LEFT[index], reversed: false });
        blocks[18 + index * 4] = (!lower, Block { glyph: LOWER[index], reversed: true });
        blocks[19 + index * 4] = (!left, Block { glyph: LEFT[index], reversed: true });
        index += 1;
    }
    blocks
}

/// The block that differs from a bitmap in the fewest of its 64 points; of equals the plainest.
pub fn nearest(mask: u64) -> Block {
    let full = Block { glyph: "█", reversed: false };
    if mask == u64::MAX {
        return full;
    }
    let nearest = BLOCKS.iter().min_by_key(|(bits, _)| (bits ^ mask).count_ones());
    nearest.map_or(full, |(_, block)| *block)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected glyphs are drawn as pictures here, row by row from the top.
    #[test]
    fn a_picture_finds_its_block() {
        let check = |rows: [&str; 8], glyph, reversed| {
            let points = rows.iter().flat_map(|row| row.chars()).enumerate();
            let mask = points.fold(0, |mask, (bit, point)| mask | u64::from(point == '#') << bit);
            assert_eq!(nearest(mask), Block { glyph, reversed }, "{rows:?}");
        };
        check(["........"; 8], " ", false);
        check(["########"; 8], "█", false);
        check(["###....."; 8], "▍", false);
        check([".....###"; 8], "▋", true);
        check(["####...."; 8], "▌", false);
        let (full, none) = ("########", "........");
        check([none, none, none, none, none, none, full, full], "▂", false);
        check([full, full, none, none, none, none, none, none], "▆", true);
        check([full, full, full, full, none, none, none, none], "▀", false);
        let (left, right) = ("####....", "....####");
        check([left, left, left, left, none, none, none, none], "▘", false);
        check([left, left, left, left, right, right, right, right], "▚", false);
        check([right, right, right, right, full, full, full, full], "▟", false);
    }
}
