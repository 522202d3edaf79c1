//! `sysdrill search`: everything that holds some words, as the search on the screen finds it.
//!
//! As `grep` does it: a line for each hit, with its place in front, and exit code 1 where there is none.

use std::io::IsTerminal as _;
use std::sync::Arc;

use serde_json::{Value, json};

use super::args::Search;
use super::place::Place;
use super::{Failure, print_json, print_styled, tell, usage};
use crate::config::theme::Colours;
use crate::doc;
use crate::library::search::{Excerpt, Found, Group, Hit, Index, Place as Leads};
use crate::term;

/// Searches and prints what was found.
pub(super) fn run(place: &Place, verb: &Search) -> Result<(), Failure> {
    let query = verb.words.join(" ");
    if !query.chars().any(|c| !c.is_whitespace() && c != '"') {
        return usage("there is nothing to look for: say some words, as in sysdrill search token bucket");
    }
    let index = Index::of_everything(&Arc::new(place.library()));
    let found = index.search(&query, |groups| vec![verb.limit; groups.len()]);
    if verb.json {
        print_json(&as_json(&query, &found))?;
    } else if !found.groups.is_empty() {
        let colours = term::colours(place.colour, |name| std::env::var(name).ok());
        // Into a file or a pipe no colours go, but on demand.
        let coloured = colours != Colours::None
            && (std::io::stdout().is_terminal() || place.colour == term::ColourChoice::Always);
        let ascii = place.settings.screen.ascii;
        let text: Vec<String> = found.groups.iter().map(|group| as_text(group, coloured, ascii)).collect();
        print_styled(&text.join("\n\n"))?;
    }
    if !found.groups.is_empty() {
        return Ok(());
    }
    if !verb.json {
        let near: Vec<String> = found.near.iter().map(|near| format!("'{near}'")).collect();
        let near =
            if near.is_empty() { String::new() } else { format!(" Spelt like that: {}.", near.join(", ")) };
        tell(&format!("nothing holds '{query}'.{near}"));
    }
    Err(Failure::Silent)
}

/// Where a hit leads: `circuit-breaker:90`, a card's id, a demo's name, or `decide rate-limiter`. A slug is a file's name:
/// any characters.
fn leads(hit: &Hit) -> String {
    match &hit.place {
        Leads::Page { topic, line } => format!("{}:{line}", doc::clean(topic)),
        Leads::Card(id) => doc::clean(id).into_owned(),
        Leads::Demo(name) => (*name).to_string(),
        Leads::Decision(slug) => format!("decide {}", doc::clean(slug)),
    }
}

fn as_text(group: &Group, coloured: bool, ascii: bool) -> String {
    let places: Vec<String> = group.hits.iter().map(leads).collect();
    let width = places.iter().map(|place| place.chars().count()).max().unwrap_or(0);
    let mut lines = vec![if coloured {
        format!("\u{1b}[1m{}\u{1b}[0m", group.kind.name())
    } else {
        group.kind.name().to_string()
    }];
    for (hit, place) in group.hits.iter().zip(&places) {
        let parts = [&hit.name, &hit.body].into_iter().filter(|part| !part.text.is_empty());
        let text: Vec<String> = parts.map(|part| marked(part, coloured, ascii)).collect();
        lines.push(format!("  {place:width$}  {}", text.join("  ")));
    }
    let left = group.total - group.hits.len();
    if left > 0 {
        lines.push(format!("  and {left} more"));
    }
    lines.join("\n")
}

/// A text with what matched in bold red, as `grep` has it.
fn marked(excerpt: &Excerpt, coloured: bool, ascii: bool) -> String {
    let mut text = excerpt.text.clone();
    for mark in excerpt.marks.iter().rev().filter(|_| coloured) {
        text.insert_str(mark.end, "\u{1b}[0m");
        text.insert_str(mark.start, "\u{1b}[1;31m");
    }
    if ascii {
        // The marks of the cuts are ours; the text between them stays as it is written.
        text = text.strip_prefix('…').map_or(text.clone(), |rest| format!("...{rest}"));
        text = text.strip_suffix('…').map_or(text.clone(), |rest| format!("{rest}..."));
    }
    text
}

fn as_json(query: &str, found: &Found) -> Value {
    let excerpt = |excerpt: &Excerpt| {
        let marks: Vec<[usize; 2]> = excerpt.marks.iter().map(|mark| [mark.start, mark.end]).collect();
        json!({ "text": excerpt.text, "marks": marks })
    };
    let hit = |hit: &Hit| {
        let (mut line, mut card, mut demo, mut decision) = (None, None, None, None);
        match &hit.place {
            Leads::Page { line: of, .. } => line = Some(*of),
            Leads::Card(id) => card = Some(id.to_string()),
            Leads::Demo(name) => demo = Some(*name),
            Leads::Decision(slug) => decision = Some(slug.to_string()),
        }
        json!({
            "topic": hit.topic.as_ref().map(|(slug, _)| slug.to_string()),
            "line": line,
            "heading": hit.heading.as_deref(),
            "card": card,
            "demo": demo,
            "decision": decision,
            "name": excerpt(&hit.name),
            "body": excerpt(&hit.body),
        })
    };
    let groups: Vec<Value> = found
        .groups
        .iter()
        .map(|group| {
            let hits: Vec<Value> = group.hits.iter().map(hit).collect();
            json!({ "kind": group.kind.name().to_lowercase(), "total": group.total, "hits": hits })
        })
        .collect();
    json!({ "query": query, "groups": groups, "near": found.near })
}
