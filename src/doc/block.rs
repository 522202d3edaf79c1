//! What a document is made of: blocks, and the runs of text in them.
//!
//! Blocks are a tree, since lists and quotes nest. Inline text is flat: a paragraph is a list of
//! [`Run`]s, each with all the marks that apply to it. A tree of emphasis inside links inside emphasis
//! says nothing more to someone who draws text, and a flat list needs no recursion, however deep a
//! hostile file nests its asterisks.
//!
//! HTML has no block of its own: the parser makes of it what Markdown would have made, as far as it can.
//!
//! The text of runs is already clean (see [`super::clean()`]); the text of code and live blocks is as it
//! stands in the file, so that it can be copied or evaluated, and is cleaned when it is laid out.

/// A parsed document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// The blocks at the top level, in the order of the file, without footnotes.
    pub blocks: Vec<Block>,
    /// Footnotes by number; they are laid out after the blocks.
    pub footnotes: Vec<Footnote>,
    /// All headings, also those in quotes and lists, in the order in which they are laid out.
    pub headings: Vec<Heading>,
    /// The links that [`Run::link`] points into. A part made by [`Document::section`] keeps the
    /// numbers of the whole; [`Document::links`] gives those that are in use.
    pub targets: Vec<Link>,
    /// The last line of the source, from 1; 0 where there is none.
    pub last_line: usize,
}

/// A block and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// The line of the source where it starts, from 1.
    pub line: usize,
    /// What it is.
    pub kind: Kind,
}

/// What a block is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A heading and its text.
    Heading(Heading, Vec<Run>),
    /// Running text.
    Paragraph(Vec<Run>),
    /// A list with bullets, numbers or boxes.
    List(List),
    /// A quotation.
    Quote(Vec<Block>),
    /// A quotation that GitHub gives a meaning: `> [!NOTE]`.
    Alert(AlertKind, Vec<Block>),
    /// Code, which is never wrapped.
    Code(Code),
    /// A table.
    Table(Table),
    /// Terms and what they mean.
    Definitions(Vec<Definition>),
    /// A thematic break.
    Rule,
    /// A part that folds: `<details>`.
    Details(Details),
    /// A block that a screen brings to life.
    Live(Live),
}

/// A heading, as an outline needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// 1 to 6.
    pub level: u8,
    /// Its text without marks, clean.
    pub text: String,
    /// Its anchor as GitHub makes it: lower case, hyphens for spaces, no punctuation, unique in the
    /// document (`trade-offs`, `trade-offs-1`).
    pub id: String,
    /// The line of the source, from 1.
    pub line: usize,
}

/// Text with one set of marks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// Clean text. `\n` is a hard line break and the only control character.
    pub text: String,
    /// How it is marked.
    pub marks: Marks,
    /// The link it belongs to: an index into [`Document::targets`].
    pub link: Option<usize>,
}

/// The marks of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// `**strong**`
    pub strong: bool,
    /// `*emphasis*`
    pub emph: bool,
    /// `~~struck~~`
    pub strike: bool,
    /// `` `code` ``; spaces in it are kept as they are.
    pub code: bool,
    /// A key to press: `<kbd>`.
    pub key: bool,
    /// Underlined: `<u>`, `<ins>`.
    pub under: bool,
    /// Ours, not the author's, or of little weight: the path of an image, an unknown tag.
    pub dim: bool,
    /// The number of the footnote it refers to; the text is then `[1]`.
    pub note: Option<usize>,
}

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The destination as written, not clean: pass it through [`super::clean()`] before showing it.
    pub url: String,
    /// Whether it is an image's path.
    pub image: bool,
    /// The line of the source, from 1.
    pub line: usize,
    /// The column of the source in characters, from 1.
    pub column: usize,
}

/// A list.
#[derive(Clone, Debug, PartialEq)]
pub struct List {
    /// The first number, where the list is numbered.
    pub start: Option<u64>,
    /// Whether its items stand without blank lines between them.
    pub tight: bool,
    /// The items.
    pub items: Vec<Item>,
}

/// An item of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The line of the source, from 1.
    pub line: usize,
    /// Whether it is done, where it is a task.
    pub task: Option<bool>,
    /// What it says.
    pub blocks: Vec<Block>,
}

/// What an alert means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertKind {
    /// Worth knowing.
    Note,
    /// Advice.
    Tip,
    /// Needed to succeed.
    Important,
    /// Needs attention now.
    Warning,
    /// What can go wrong.
    Caution,
}

impl AlertKind {
    /// As a reader sees it: `Note`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            AlertKind::Note => "Note",
            AlertKind::Tip => "Tip",
            AlertKind::Important => "Important",
            AlertKind::Warning => "Warning",
            AlertKind::Caution => "Caution",
        }
    }
}

/// A block of code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// Which block of code of the document it is, from 0.
    pub index: usize,
    /// The first word after the fence: `rust`. Empty where none is given.
    pub language: String,
    /// The code as it stands in the file, without the last line break.
    pub text: String,
    /// The line of the source where the text starts, from 1.
    pub text_line: usize,
}

/// A part that folds, with a line that is always seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Details {
    /// Which folding part of the whole document it is, from 0.
    pub index: usize,
    /// Whether the author wants it open at first.
    pub open: bool,
    /// The line that is always seen; empty where the author gave none.
    pub summary: Vec<Run>,
    /// What is seen when it is open.
    pub blocks: Vec<Block>,
}

/// A table. Rows may be shorter than the head.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Which table of the whole document it is, from 0.
    pub index: usize,
    /// How each column is aligned.
    pub alignments: Vec<Align>,
    /// The head.
    pub head: Vec<Cell>,
    /// The rows below it.
    pub rows: Vec<Row>,
}

/// The text of a table's cell.
pub type Cell = Vec<Run>;

/// A row of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The line of the source, from 1.
    pub line: usize,
    /// Its cells.
    pub cells: Vec<Cell>,
}

/// How a column is aligned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Align {
    /// To the left, also where nothing is said.
    #[default]
    Left,
    /// In the middle.
    Center,
    /// To the right.
    Right,
}

/// A term and what it means.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Definition {
    /// The line of the source, from 1.
    pub line: usize,
    /// The term.
    pub term: Vec<Run>,
    /// Its meanings.
    pub meanings: Vec<Vec<Block>>,
}

/// A footnote.
#[derive(Clone, Debug, PartialEq)]
pub struct Footnote {
    /// Its number, from 1, in the order of the first references; those never referred to come last.
    pub number: usize,
    /// Its label in the source, clean.
    pub label: String,
    /// The line of the source, from 1.
    pub line: usize,
    /// What it says.
    pub blocks: Vec<Block>,
}

/// A block that a screen brings to life: a fence whose first word is `demo`, `calc`, `card` or `decide`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Live {
    /// What it is.
    pub kind: LiveKind,
    /// The rest of the line after the first word: `ring nodes=4 vnodes=100`.
    pub argument: String,
    /// The text between the fences as it stands in the file, without the last line break. Its first
    /// line is `line + 1` of the source.
    pub body: String,
    /// The line of the opening fence, from 1.
    pub line: usize,
    /// Which live block of the whole document it is, from 0. A section keeps the numbers of the whole.
    pub index: usize,
}

/// What a live block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LiveKind {
    /// A demo that plays in the page.
    Demo,
    /// A sheet that is evaluated.
    Calc,
    /// A card or a bet.
    Card,
    /// A decision tree.
    Decide,
}

impl LiveKind {
    /// The first word of the fence.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            LiveKind::Demo => "demo",
            LiveKind::Calc => "calc",
            LiveKind::Card => "card",
            LiveKind::Decide => "decide",
        }
    }

    /// The kind with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<LiveKind> {
        [LiveKind::Demo, LiveKind::Calc, LiveKind::Card, LiveKind::Decide]
            .into_iter()
            .find(|k| k.name() == name)
    }
}

/// The text of runs without their marks.
#[must_use]
pub fn text_of(runs: &[Run]) -> String {
    runs.iter().map(|run| run.text.as_str()).collect()
}
