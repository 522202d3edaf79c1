//! The outline of a page: its headings, and the topics around it.

use crate::library::{Library, Topic};

use super::Reading;

/// A row of the outline.
#[derive(Clone, Copy, Debug)]
pub enum Row<'a> {
    /// A heading of the page, as an index into the document's headings.
    Heading(usize),
    /// What the rows below have in common.
    Label(&'static str),
    /// A topic to go to.
    Topic(&'a Topic),
    /// How long the page is, and how much of it was seen.
    About,
    /// Nothing.
    Gap,
}

impl Row<'_> {
    /// Whether one can go there.
    #[must_use]
    pub fn leads(&self) -> bool {
        matches!(self, Row::Heading(_) | Row::Topic(_))
    }
}

/// How many topics stand under one label.
const MOST: usize = 6;

/// The rows of the outline. O(headings).
#[must_use]
pub fn rows<'a>(library: &'a Library, reading: &Reading) -> Vec<Row<'a>> {
    let mut rows = headings(reading);
    rows.extend([Row::Gap, Row::About]);
    let Some(topic) = reading.topic().and_then(|slug| library.topic(slug)) else { return rows };
    let found = |slug: &String| library.topic(slug);
    let builds_on: Vec<&Topic> = topic.prerequisites.iter().filter_map(found).collect();
    let leads_to: Vec<&Topic> = library.leads_to(&topic.slug).collect();
    let written = |topic: &&Topic| topic.page.is_some();
    let known = |other: &&Topic| !builds_on.iter().chain(&leads_to).any(|topic| topic.slug == other.slug);
    let related = library.related(&topic.slug).into_iter();
    let related: Vec<&Topic> = related.filter(written).filter(known).collect();
    let linked: Vec<&Topic> = reading
        .linked_from
        .iter()
        .filter_map(found)
        .filter(known)
        .filter(|other| !related.iter().any(|r| r.slug == other.slug))
        .collect();
    for (label, topics) in
        [("builds on", builds_on), ("leads to", leads_to), ("see also", related), ("linked from", linked)]
    {
        if !topics.is_empty() {
            rows.extend([Row::Gap, Row::Label(label)]);
            rows.extend(topics.into_iter().take(MOST).map(Row::Topic));
        }
    }
    rows
}

/// The headings that an outline shows. On a topic's page these are two levels below the title; in any other file
/// all that have a place of their own.
fn headings<'a>(reading: &Reading) -> Vec<Row<'a>> {
    let all = reading.document.headings.iter().enumerate();
    let least = top_level(reading);
    let shown = all.filter(|(_, heading)| (least..=least + 2).contains(&heading.level));
    let shown = shown.filter(|(_, heading)| reading.topic().is_none() || heading.level <= least + 1);
    shown.map(|(index, _)| Row::Heading(index)).collect()
}

/// The highest level that the outline shows: below the title, where there is one title.
#[must_use]
pub fn top_level(reading: &Reading) -> u8 {
    let headings = &reading.document.headings;
    let least = headings.iter().map(|heading| heading.level).min().unwrap_or(1);
    let alone = headings.iter().filter(|heading| heading.level == least).count() == 1;
    if alone && headings.len() > 1 { least + 1 } else { least }
}
