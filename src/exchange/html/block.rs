//! What a field is made of once it is read: the few things that Markdown has.

use std::rc::Rc;

/// A block.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Block {
    /// Lines of text.
    Paragraph(Vec<Line>),
    /// A heading of a level from 1 to 6.
    Heading(u8, Line),
    /// Code as it stands.
    Code(String),
    /// A line across.
    Rule,
    /// A list, with its first number where it is numbered.
    List(Option<u64>, Vec<Vec<Block>>),
    /// A quotation.
    Quote(Vec<Block>),
    /// A table: rows of cells of lines.
    Table(Vec<Vec<Vec<Line>>>),
}

/// What stands in one line.
pub(super) type Line = Vec<Inline>;

/// A piece of a line.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Inline {
    /// Text, decoded, with its white space as in the source.
    Text(String, Marks),
    /// A formula, and whether it stands alone.
    Math(String, bool),
    /// A picture, by its name.
    Image(String),
}

/// What a piece of text looks like.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Marks {
    pub bold: bool,
    pub italic: bool,
    pub struck: bool,
    pub code: bool,
    pub sub: bool,
    pub sup: bool,
    pub link: Option<Rc<str>>,
}

/// What a block says as lines, for where no block can stand.
pub(super) fn into_lines(block: Block) -> Vec<Line> {
    let plain =
        |text: &str, code: bool| vec![Inline::Text(text.to_string(), Marks { code, ..Marks::default() })];
    match block {
        Block::Paragraph(lines) => lines,
        Block::Heading(_, line) => vec![line],
        Block::Code(code) => code.lines().map(|line| plain(line, true)).collect(),
        Block::Rule => vec![],
        Block::List(_, items) => items.into_iter().flatten().flat_map(into_lines).collect(),
        Block::Quote(blocks) => blocks.into_iter().flat_map(into_lines).collect(),
        Block::Table(rows) => rows
            .into_iter()
            .map(|cells| {
                let cells: Vec<Line> =
                    cells.into_iter().map(|lines| lines.into_iter().flatten().collect()).collect();
                cells.join(&Inline::Text(" / ".to_string(), Marks::default()))
            })
            .collect(),
    }
}

/// Whether nothing of a line is seen.
pub(super) fn is_blank(line: &Line) -> bool {
    line.iter().all(|inline| matches!(inline, Inline::Text(text, _) if text.trim().is_empty()))
}
