//! Markdown to blocks to lines at a width.
//!
//! Three steps, each plain data: [`parse`] turns text into a [`Document`] of blocks, [`layout()`] turns
//! the document into a [`Page`] of styled lines at a width, and a screen (or [`plain`]) puts the lines
//! out. Nothing here knows a terminal or a colour: a [`Style`] says what a piece of text means, the
//! screens say how that looks.
//!
//! A screen does not wait for a long page: it begins one ([`begin`]) and has as much of it laid out as it
//! shows ([`Page::extend`]). A block that needs more room than the page has can be shown by itself
//! ([`zoom`], [`zoom_layout`]).
//!
//! What holds for any input, whatever bytes it is made of, and for any width of at least one cell:
//! nothing panics, no line is wider than the width (but for a zoomed one, of which a screen shows a
//! [`Line::window`]), no text is lost, and no control character, escape sequence or bidirectional override
//! comes out (they are shown as symbols, see [`clean()`]). Nesting is cut off at a fixed depth while
//! parsing, so everything after it may recurse without care.

mod block;
mod clean;
mod cluster;
mod code;
mod document;
mod extend;
mod flow;
mod fold;
mod front;
mod hidden;
pub mod html;
mod layout;
mod lines;
mod math;
mod page;
mod parse;
mod pen;
mod plain;
mod script;
mod syntax;
mod table;
mod wrap;
mod zoom;

#[cfg(test)]
mod laws;

pub use block::{
    AlertKind, Align, Block, Cell, Code, Definition, Details, Document, Footnote, Heading, Item, Kind, Link,
    List, Live, LiveKind, Marks, Row, Run, Table, text_of,
};
pub use clean::{clean, text_width};
pub use document::Section;
pub use extend::{Until, begin};
pub use front::{Format, Split, front_matter};
pub use layout::{Layout, LongCode, layout};
pub use page::{
    Colouring, Ink, Line, Page, Place, PlacedCode, PlacedFold, PlacedLink, PlacedNote, PlacedReference,
    PlacedTable, Reach, Slot, Span, Style, Syntax,
};
pub use parse::{parse, parse_foreign, parse_from};
pub use plain::{Printed, in_one_line, plain, plain_with};
pub use syntax::{Syntaxes, language};
pub use wrap::wrap_text;
pub use zoom::{Zoomed, zoom, zoom_layout};
