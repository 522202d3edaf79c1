//! Anki's notes as text: lines that begin with `#` say what the columns are, then a note on each line.
//!
//! The same form goes out: with GUIDs, so that taking a file in again updates what is there (Anki manual,
//! "Text files").

use std::collections::BTreeMap;

use super::{cloze, stock, write};
use crate::deck::{Kind, Weight};
use crate::exchange::decks::{Asked, Decks};
use crate::exchange::face::{faces, with_hints, without_hints};
use crate::exchange::loss::{Fate, Losses, is_only_media};
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
        losses: Losses::default(),
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
    let mut imported = taking.imported;
    imported.decks = taking.decks.finish();
    imported.losses = taking.losses.finish();
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
    losses: Losses,
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
        let (first, hints) = self.apart(&notetype, &fields);
        let cards = match self.cards(&notetype, first, &fields, &hints) {
            Ok(cards) => cards,
            Err(fate) => return self.losses.add(&notetype, fate, line as i64),
        };
        for (ord, asked) in cards {
            let name = deck.as_deref().unwrap_or_else(|| stem(self.file));
            let (deck, id) = match guid.as_deref().map(|guid| (guid, ours(guid))) {
                Some((_, Some((topic, id)))) => (self.decks.with_topic(topic, name), id.to_string()),
                Some((guid, None)) => (self.decks.named(name), anki_id(guid, ord)),
                None if ord == 0 => (self.decks.named(name), id_of_text("text", first)),
                None => (self.decks.named(name), format!("{}-{ord}", id_of_text("text", first))),
            };
            let only_media = is_only_media(&asked.question);
            if deck.add(id, asked).is_none() {
                self.imported.notes.push(Note::new(&place, "the same card stands above: it is left out"));
            } else if only_media {
                self.losses.add(&notetype, Fate::OnlyMedia, line as i64);
            } else if !cloze_or_stock(&notetype, first) {
                self.losses.add(&notetype, Fate::TwoFields, line as i64);
            }
        }
    }

    /// The first field, and the hints of the note: behind it in Anki's own note types, in fields in those of our packages.
    fn apart<'f>(&mut self, notetype: &str, fields: &[&'f str]) -> (&'f str, Vec<String>) {
        let first = fields.first().copied().unwrap_or_default();
        let (first, mut hints) = if self.header.html { without_hints(first) } else { (first, Vec::new()) };
        if notetype.ends_with(stock::OURS) {
            hints.extend(fields.iter().skip(2).filter(|hint| !hint.trim().is_empty()));
        }
        (first, hints.into_iter().map(|hint| self.shown(hint)).collect())
    }

    /// A field as Markdown.
    fn shown(&mut self, field: &str) -> String {
        if self.header.html { html::markdown(field, &mut self.imported.media) } else { html::escaped(field) }
    }

    /// The cards of a note, each with its place among them; or why there are none.
    fn cards(
        &mut self,
        notetype: &str,
        first: &str,
        fields: &[&str],
        hints: &[String],
    ) -> Result<Vec<(u32, Asked)>, Fate> {
        let lower = notetype.to_ascii_lowercase();
        let raw = |at: usize| fields.get(at).copied().unwrap_or_default();
        let numbers = cloze::numbers(first);
        if !numbers.is_empty() && !lower.starts_with("basic") {
            return self.gaps(first, raw(1), &numbers, hints);
        }
        let (front, back) = (self.shown(first), self.shown(raw(1)));
        if front.is_empty() {
            return Err(Fate::EmptyFront);
        }
        let answer = if back.is_empty() { "(nothing on the back)".to_string() } else { back.clone() };
        let accept = Some(html::plain(raw(1))).filter(|text| lower.contains("type in") && !text.is_empty());
        let kind = Kind::Basic { answer, accept: accept.into_iter().collect() };
        let optional = lower.contains("optional");
        let reversed = lower.contains("reversed") && (!optional || !raw(2).trim().is_empty());
        let mut cards = vec![(0, Asked { hints: hints.to_vec(), ..Asked::new(front.clone(), kind) })];
        if reversed && !back.is_empty() {
            cards.push((1, Asked::basic(back, front)));
        }
        Ok(cards)
    }

    /// A card for each number of a gap.
    fn gaps(
        &mut self,
        text: &str,
        beside: &str,
        numbers: &[u32],
        hints: &[String],
    ) -> Result<Vec<(u32, Asked)>, Fate> {
        let why = self.shown(beside);
        let mut cards = Vec::new();
        for &number in numbers {
            let Some(mut marked) = cloze::marked(text, number) else { continue };
            if marked.hides_picture() {
                return Err(Fate::HidesPicture);
            }
            marked.text = self.shown(&marked.text);
            let (question, kind) = marked.card();
            if question.trim().is_empty() {
                return Err(Fate::EmptyFront);
            }
            let asked = Asked { why: why.clone(), hints: hints.to_vec(), ..Asked::new(question, kind) };
            cards.push((number - 1, asked));
        }
        Ok(cards)
    }
}

/// Whether a note gives the cards that its note type makes in Anki too.
fn cloze_or_stock(notetype: &str, first: &str) -> bool {
    super::is_stock(notetype) || !cloze::numbers(first).is_empty()
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
                &with_hints(&face.fields[0], &face.hints),
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
