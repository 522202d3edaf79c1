//! Lines and columns of the source, so that everyone who finds something wrong can say where it stands.

/// Where lines start, to find the line and column of an offset.
pub(super) struct Source<'a> {
    text: &'a str,
    starts: Vec<usize>,
    first_line: usize,
}

impl<'a> Source<'a> {
    pub fn new(text: &'a str, first_line: usize) -> Source<'a> {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Source { text, starts: std::iter::once(0).chain(breaks).collect(), first_line }
    }

    /// The line of an offset in the file, from 1.
    pub fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|&start| start <= offset) - 1 + self.first_line
    }

    /// The column of an offset in characters, from 1. Cost: the length of the line.
    pub fn column(&self, offset: usize) -> usize {
        let start = self.starts[self.starts.partition_point(|&start| start <= offset) - 1];
        // A line of a megabyte with a hundred thousand links must not cost their product.
        const FAR: usize = 10_000;
        let before = self.text.get(start..offset).filter(|before| before.len() <= FAR);
        before.map_or(offset - start, |before| before.chars().count()) + 1
    }
}
