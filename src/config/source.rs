//! Where a fact comes from: the `[[sources]]` of pages and decision trees.

use super::fields::{Fields, Reader, as_typed};

/// Where a fact comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The title of the paper, book or page.
    pub title: String,
    /// Who wrote it.
    pub author: String,
    /// When.
    pub year: String,
    /// Where to find it: a journal, a chapter, an address.
    pub place: String,
}

/// The sources that a page or a tree names. What is wrong with one becomes a problem, and it is left out.
pub fn read(fields: &mut Fields<'_, '_>, reader: &mut Reader<'_>) -> Vec<Source> {
    let sources = fields.tables(reader, "sources");
    sources.into_iter().filter_map(|source| read_one(source, reader)).collect()
}

fn read_one(mut fields: Fields<'_, '_>, reader: &mut Reader<'_>) -> Option<Source> {
    let title = fields.required(reader, "title");
    let author = fields.required(reader, "author");
    let year = match fields.value("year").map(|year| (year.span(), as_typed(year.get_ref()))) {
        Some((_, Some(year))) => year.into_owned(),
        Some((span, None)) => {
            reader.problem(span.start, "'year' is a number or a text");
            String::new()
        }
        None => String::new(),
    };
    let place = fields.required(reader, "where");
    fields.finish(reader);
    Some(Source { title: title?.value, author: author?.value, year, place: place?.value })
}
