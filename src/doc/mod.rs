//! Markdown to blocks to lines at a width.
//!
//! Three steps, each plain data: [`parse`] turns text into a [`Document`] of blocks, [`layout()`] turns
//! the document into a [`Page`] of styled lines at a width, and a screen (or [`plain`]) puts the lines
//! out. Nothing here knows a terminal or a colour: a [`Style`] says what a piece of text means, the
//! screens say how that looks.
//!
//! What holds for any input, whatever bytes it is made of, and for any width of at least one cell:
//! nothing panics, no line is wider than the width, no text is lost, and no control character, escape
//! sequence or bidirectional override comes out (they are shown as symbols, see [`clean()`]). Nesting
//! is cut off at a fixed depth while parsing, so everything after it may recurse without care.

mod block;
mod clean;
mod code;
mod document;
mod front;
mod html;
mod layout;
mod math;
mod page;
mod parse;
mod script;
mod table;
mod wrap;

#[cfg(test)]
mod laws;

pub use block::{
    AlertKind, Align, Block, Cell, Code, Definition, Details, Document, Footnote, Heading, Item, Kind, Link,
    List, Live, LiveKind, Marks, Row, Run, Table, text_of,
};
pub use clean::{clean, text_width};
pub use document::Section;
pub use front::{Format, Split, front_matter};
pub use layout::{Layout, LongCode, layout, plain};
pub use page::{
    Colouring, Ink, Line, Page, Place, PlacedCode, PlacedFold, PlacedLink, PlacedNote, PlacedTable, Reach,
    Slot, Span, Style, Syntax,
};
pub use parse::{parse, parse_foreign, parse_from};
pub use wrap::wrap_text;
