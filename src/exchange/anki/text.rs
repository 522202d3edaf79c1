//! Anki's notes as text: lines that begin with `#` say what the columns are, then a note on each line.
//!
//! The same form goes out: with GUIDs, so that taking a file in again updates what is there (Anki manual,
//! "Text files").

use std::collections::BTreeMap;

use super::{cloze, stock, write};
use crate::deck::{Kind, Weight};
use crate::exchange::decks::{Asked, Decks};
use crate::exchange::face::faces;
use crate::exchange::names::{anki_id, guid_of, id_of_text, ours};
use crate::exchange::table::{reader, sniffed};
use crate::exchange::{Context, ExchangeError, Imported, Note, Outgoing, html};

/// What the header lines say. Columns count from 1.
#[derive(Debug, Default)]
struct Header {
    separator: Option<u8>,
    html: bool,
    deck: Option<String>,
    notetype: Option<String>,
    columns: BTreeMap<&'static str, usize>,
    /// How many lines it has.
    lines: usize,
    /// The bytes that it takes.
    length: usize,
}

/// Reads notes.
///
/// # Errors
/// Where the lines cannot be told apart at all.
pub(in crate::exchange) fn import(name: &str, text: &str, _: &Context) -> Result<Imported, ExchangeError> {
    let header = header(text);
    let body = &text[header.length..];
    let separator = header.separator.unwrap_or_else(|| sniffed(body));
    let mut taking = Taking {
        header: &header,
        file: name,
        decks: Decks::default(),
        imported: Imported::default(),
        others: BTreeMap::new(),
    };
    for record in reader(body, separator, true).records() {
        match record {
            Ok(record) => {
                let line = header.lines + record.position().map_or(0, |position| position.line() as usize);
                taking.note(&record, line);
            }
            Err(error) => taking.imported.notes.push(Note::new(name, error.to_string())),
        }
    }
    for (notetype, count) in &taking.others {
        let message = format!("{count} notes: their first two fields are taken as question and answer");
        taking.imported.notes.push(Note::new(format!("note type '{notetype}'"), message));
    }
    let mut imported = taking.imported;
    imported.decks = taking.decks.finish();
    imported.media.sort();
    imported.media.dedup();
    Ok(imported)
}

fn header(text: &str) -> Header {
    let mut header = Header { html: true, ..Header::default() };
    let mut said_html = None;
    for line in text.split_inclusive('\n') {
        let Some((key, value)) = line.strip_prefix('#').and_then(|line| line.split_once(':')) else { break };
        let value = value.trim_end_matches(['\n', '\r']);
        header.lines += 1;
        header.length += line.len();
        let column = || value.trim().parse().ok().filter(|column| *column > 0);
        match key.trim().to_ascii_lowercase().as_str() {
            "separator" => header.separator = separator(value),
            "html" => said_html = Some(value.trim().eq_ignore_ascii_case("true")),
            "deck" => header.deck = Some(value.trim().to_string()),
            "notetype" => header.notetype = Some(value.trim().to_string()),
            "deck column" => header.columns.extend(column().map(|column| ("deck", column))),
            "notetype column" => header.columns.extend(column().map(|column| ("notetype", column))),
            "guid column" => header.columns.extend(column().map(|column| ("guid", column))),
            "tags column" => header.columns.extend(column().map(|column| ("tags", column))),
            _ => {}
        }
    }
    // Where nothing is said Anki looks for tags.
    header.html = said_html
        .unwrap_or_else(|| text[header.length..].contains("</") || text[header.length..].contains("<br"));
    header
}

fn separator(value: &str) -> Option<u8> {
    Some(match value.trim().to_ascii_lowercase().as_str() {
        "tab" | "\\t" => b'\t',
        "comma" => b',',
        "semicolon" => b';',
        "space" => b' ',
        "pipe" => b'|',
        "colon" => b':',
        "" if value.starts_with('\t') => b'\t',
        other => *other.as_bytes().first().filter(|byte| byte.is_ascii())?,
    })
}

struct Taking<'a> {
    header: &'a Header,
    file: &'a str,
    decks: Decks,
    imported: Imported,
    others: BTreeMap<String, usize>,
}

impl Taking<'_> {
    fn note(&mut self, record: &csv::StringRecord, line: usize) {
        let place = format!("{}:{line}", self.file);
        let special = |name: &str| {
            let column = self.header.columns.get(name)?;
            record.get(column - 1).filter(|value| !value.is_empty())
        };
        let is_field = |at: &usize| !self.header.columns.values().any(|column| column - 1 == *at);
        let fields: Vec<&str> = (0..record.len()).filter(is_field).filter_map(|at| record.get(at)).collect();
        let notetype = special("notetype").or(self.header.notetype.as_deref()).unwrap_or("Basic").to_string();
        let deck = special("deck").or(self.header.deck.as_deref()).map(str::to_string);
        let guid = special("guid").map(str::to_string);
        let first = fields.first().copied().unwrap_or_default();
        let cards = self.cards(&notetype, &fields);
        if cards.is_empty() {
            return self.imported.notes.push(Note::new(place, "asks nothing: its first field is empty"));
        }
        for (ord, asked) in cards {
            let name = deck.as_deref().unwrap_or_else(|| stem(self.file));
            let (deck, id) = match guid.as_deref().map(|guid| (guid, ours(guid))) {
                Some((_, Some((topic, id)))) => (self.decks.with_topic(topic, name), id.to_string()),
                Some((guid, None)) => (self.decks.named(name), anki_id(guid, ord)),
                None if ord == 0 => (self.decks.named(name), id_of_text("text", first)),
                None => (self.decks.named(name), format!("{}-{ord}", id_of_text("text", first))),
            };
            if deck.add(id, asked).is_none() {
                self.imported.notes.push(Note::new(&place, "the same card stands above: it is left out"));
            }
        }
    }

    /// The cards of a note, each with its place among them.
    fn cards(&mut self, notetype: &str, fields: &[&str]) -> Vec<(u32, Asked)> {
        let lower = notetype.to_ascii_lowercase();
        let raw = |at: usize| fields.get(at).copied().unwrap_or_default();
        let media = &mut self.imported.media;
        let mut shown = |at: usize| {
            if self.header.html { html::markdown(raw(at), media) } else { html::escaped(raw(at)) }
        };
        let numbers = cloze::numbers(raw(0));
        if !numbers.is_empty() && !lower.starts_with("basic") {
            let why = shown(1);
            let card = |number: u32| {
                let mut marked = cloze::marked(raw(0), number)?;
                marked.text = if self.header.html {
                    html::markdown(&marked.text, media)
                } else {
                    html::escaped(&marked.text)
                };
                let (question, kind) = marked.card();
                Some((number - 1, Asked { why: why.clone(), ..Asked::new(question, kind) }))
            };
            return numbers.into_iter().filter_map(card).collect();
        }
        let (front, back) = (shown(0), shown(1));
        if front.is_empty() {
            return Vec::new();
        }
        if !super::is_stock(notetype) {
            *self.others.entry(notetype.to_string()).or_default() += 1;
        }
        let answer = if back.is_empty() { "(nothing on the back)".to_string() } else { back.clone() };
        let mut asked = Asked::basic(front.clone(), answer);
        if lower.contains("type in") {
            let accept = Some(html::plain(raw(1))).filter(|text| !text.is_empty());
            asked.kind = Kind::Basic { answer: back.clone(), accept: accept.into_iter().collect() };
        }
        let optional = lower.contains("optional");
        let reversed = lower.contains("reversed") && (!optional || !raw(2).trim().is_empty());
        let mut cards = vec![(0, asked)];
        if reversed && !back.is_empty() {
            cards.push((1, Asked::basic(back, front)));
        }
        cards
    }
}

/// A file's name without its ending.
fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// The cards as notes.
#[must_use]
pub(in crate::exchange) fn export(outgoing: &Outgoing) -> String {
    let mut out = String::from(
        "#separator:Tab\n#html:true\n#notetype column:1\n#deck column:2\n#tags column:3\n#guid column:4\n\
         #columns:Notetype\tDeck\tTags\tGUID\tFront\tBack\n",
    );
    for deck in &outgoing.decks {
        let name = write::deck_name(deck);
        for face in faces(deck) {
            let card = face.cards.first().map(|(_, card)| *card);
            let theirs =
                guid_of(card.map_or("", |card| card.id.0.split_once('.').map_or("", |(_, id)| id))).is_some();
            let mut tags = Vec::new();
            if let Some(card) = card.filter(|_| !theirs) {
                tags.push(card.topic.clone());
                tags.extend((card.weight != Weight::Standard).then(|| card.weight.name().to_string()));
            }
            let columns = [
                stock::stock_name(face.style),
                &name,
                &tags.join(" "),
                &face.guid,
                &face.fields[0],
                &face.fields[1],
            ];
            let columns: Vec<String> = columns.iter().map(|column| quoted(column)).collect();
            out.push_str(&columns.join("\t"));
            out.push('\n');
        }
    }
    out
}

/// A field in quotes where it needs them.
fn quoted(field: &str) -> String {
    if field.contains(['\t', '"', '\n', '\r']) || field.starts_with('#') {
        return format!("\"{}\"", field.replace('"', "\"\""));
    }
    field.to_string()
}
