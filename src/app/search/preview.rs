//! A hit in its context, beside the list: the page's lines around it, the card with its answer, what a demo is about.

use std::sync::Arc;

use crate::app::layout::Area;
use crate::deck::{self, Card};
use crate::doc::{self, Layout, Page};
use crate::lab;
use crate::library::Library;
use crate::library::search::{Hit, Place, marks};

/// A hit in its context.
#[derive(Clone, Debug, Default)]
pub struct Preview {
    /// What it is of.
    pub title: String,
    /// Its lines.
    pub page: Page,
    /// The first line shown.
    pub top: usize,
    /// The cells to mark: line, first cell, cell after the last.
    pub marks: Vec<(usize, usize, usize)>,
    /// The topic whose page it is, with the width it was laid out for.
    of: Option<(Arc<str>, u16)>,
}

impl Preview {
    /// What a hit is part of, for a search for `query`. `before` is what was shown until now: a page is laid out once.
    pub(super) fn of(
        library: &Library,
        hit: &Hit,
        query: &str,
        area: Area,
        ascii: bool,
        before: Option<Preview>,
    ) -> Option<Preview> {
        let laid =
            |markdown: &str| doc::layout(&doc::parse(markdown), &Layout { ascii, ..Layout::new(area.width) });
        match &hit.place {
            Place::Page { topic, line } => {
                let topic = library.topic(topic)?;
                let source = topic.page.as_ref()?;
                let wanted = Some((Arc::<str>::from(topic.slug.as_str()), area.width));
                let page = match before {
                    Some(before) if before.of == wanted => before.page,
                    _ => {
                        let document = doc::parse_from(&source.body, source.body_line);
                        doc::layout(&document, &Layout { ascii, ..Layout::new(area.width) })
                    }
                };
                Some(Preview::at(topic.title.clone(), page, wanted, *line, query, area))
            }
            Place::Card(id) => library.card(id).map(|card| {
                let title = library.topic(&card.topic).map_or("", |topic| topic.title.as_str());
                Preview::whole(format!("Card: {title}"), laid(&card_text(card)), query)
            }),
            Place::Decision(slug) => library.tree(slug).ok().map(|tree| {
                let questions: String =
                    tree.questions.iter().map(|question| format!("- {}\n", question.ask)).collect();
                let leaves: String =
                    tree.leaves.iter().map(|leaf| format!("- {}\n", leaf.recommend)).collect();
                Preview::whole(
                    format!("Decision: {}", tree.title),
                    laid(&format!("{}\n\nIt asks:\n\n{questions}\nIt leads to:\n\n{leaves}", tree.summary)),
                    query,
                )
            }),
            Place::Demo(name) => lab::find(name).map(|spec| {
                let look_for: Vec<String> = spec.look_for.iter().map(|text| format!("- {text}\n")).collect();
                Preview::whole(
                    format!("Demo: {}", spec.title),
                    laid(&format!("{}\n\n{}", spec.hook, look_for.concat())),
                    query,
                )
            }),
        }
    }

    /// A page around a line of its source. Only that line's words are marked: it is the hit.
    fn at(
        title: String,
        page: Page,
        of: Option<(Arc<str>, u16)>,
        source: usize,
        query: &str,
        area: Area,
    ) -> Preview {
        let height = usize::from(area.height.saturating_sub(2)).max(1);
        let line = page.line_of(source);
        let top = line.saturating_sub(height / 3).min(page.lines.len().saturating_sub(height));
        let there = |line: &usize| page.source.get(*line) == Some(&source);
        let marks = marked(&page, (line..page.lines.len()).take_while(there), query);
        Preview { title, top, marks, page, of }
    }

    /// Something short.
    fn whole(title: String, page: Page, query: &str) -> Preview {
        let marks = marked(&page, 0..page.lines.len(), query);
        Preview { title, marks, page, ..Preview::default() }
    }
}

/// The cells of some lines that words of the query take.
fn marked(page: &Page, lines: impl Iterator<Item = usize>, query: &str) -> Vec<(usize, usize, usize)> {
    let mut cells = Vec::new();
    for line in lines {
        let text = page.lines[line].text();
        for mark in marks(query, &text) {
            let start = doc::text_width(&text[..mark.start]);
            cells.push((line, start, start + doc::text_width(&text[mark])));
        }
    }
    cells
}

/// A card as one reads it, with its answer.
fn card_text(card: &Card) -> String {
    format!("{}\n\n---\n\n{}\n\n{}", deck::front(card), deck::back(card), card.why)
}
