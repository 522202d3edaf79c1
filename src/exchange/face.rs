//! A deck as notes with two sides, for programs that know no other kinds of cards.
//!
//! What sysdrill judges itself is spelled out: options, items and exhibits stand under the question, what is right and
//! why stands in the answer. Cards that came from one note of Anki's go back as that note where its other cards
//! are there too: gaps of one text as one cloze, a card and its reverse as one note with two cards.

use std::collections::HashMap;

use super::html::{html, plain};
use super::names::{guid_of, our_guid};
use crate::deck::{Card, Deck, Draw, Kind, back, filled as with_values, gaps, with_blanks};

/// A note of two fields.
#[derive(Debug, PartialEq)]
pub(super) struct Face<'a> {
    /// The name under which it is known elsewhere.
    pub guid: String,
    pub style: Style,
    /// HTML: the front and the back, or the text with its gaps and what else the back says.
    pub fields: [String; 2],
    /// HTML: what is shown only when asked for.
    pub hints: Vec<String>,
    /// Its cards, each with its place among the cards of the note.
    pub cards: Vec<(u32, &'a Card)>,
}

/// What cards a note has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Style {
    /// One.
    Basic,
    /// One, whose answer is typed.
    Typed,
    /// One each way.
    Reversed,
    /// One for each number of a gap.
    Cloze,
}

/// Cards that came from one note, with its GUID; a card of ours alone.
type Group<'a> = (Option<String>, Vec<(u32, &'a Card)>);

/// The notes of a deck, in the order of its cards.
pub(super) fn faces(deck: &Deck) -> Vec<Face<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for card in &deck.cards {
        let name = card.id.0.split_once('.').map_or(card.id.0.as_str(), |(_, name)| name);
        let Some((guid, ord)) = guid_of(name) else {
            groups.push((None, vec![(0, card)]));
            continue;
        };
        let at = *known.entry(guid.clone()).or_insert(groups.len());
        if at == groups.len() {
            groups.push((Some(guid), Vec::new()));
        }
        groups[at].1.push((ord, card));
    }
    groups.into_iter().flat_map(|(guid, cards)| of_group(guid, cards)).collect()
}

/// The note of cards that came from one, or a note for each where they are not what one note makes.
fn of_group(guid: Option<String>, mut cards: Vec<(u32, &Card)>) -> Vec<Face<'_>> {
    cards.sort_by_key(|(ord, _)| *ord);
    if let Some(guid) = guid
        && let Some((style, fields)) = together(&cards)
    {
        let hints = hints(&cards);
        return vec![Face { guid, style, fields, hints, cards }];
    }
    let alone = |(_, card): (u32, &Card)| match merged(&[(0, card)]) {
        Some(fields) => (Style::Cloze, fields),
        None => two_sided(card),
    };
    cards
        .into_iter()
        .map(|(ord, card)| {
            let (style, fields) = alone((ord, card));
            let cards = vec![(0, card)];
            Face { guid: our_guid(&card.id.0), style, fields, hints: hints(&cards), cards }
        })
        .collect()
}

fn together(cards: &[(u32, &Card)]) -> Option<(Style, [String; 2])> {
    match cards {
        [(0, card)] if matches!(card.kind, Kind::Basic { .. }) => Some(two_sided(card)),
        // A hint to one side may be the other: a note has the first card's hints only.
        [(0, one), (1, other)]
            if back(one) == other.question && back(other) == one.question && other.hints.is_empty() =>
        {
            Some((Style::Reversed, [html(&one.question), html(&other.question)]))
        }
        _ => Some((Style::Cloze, merged(cards)?)),
    }
}

/// The hints to the cards of a note, each once.
fn hints(cards: &[(u32, &Card)]) -> Vec<String> {
    let mut hints: Vec<String> = Vec::new();
    for hint in cards.iter().flat_map(|(_, card)| &card.hints) {
        let hint = html(hint);
        if !hints.contains(&hint) {
            hints.push(hint);
        }
    }
    hints
}

/// What stands around a hint in a front, for a note type without a field for it: browsers, and so Anki, uncover it on a click.
const HINT: (&str, &str) = ("<details><summary>Hint</summary>", "</details>");

/// A front with its hints behind it.
pub(super) fn with_hints(front: &str, hints: &[String]) -> String {
    let hints = hints.iter().map(|hint| format!("{}{hint}{}", HINT.0, HINT.1));
    front.to_string() + &hints.collect::<String>()
}

/// A front without the hints that [`with_hints`] put behind it, and these.
pub(super) fn without_hints(front: &str) -> (&str, Vec<&str>) {
    let mut hints = Vec::new();
    let mut rest = front;
    while let Some((before, hint)) =
        rest.trim_end().strip_suffix(HINT.1).and_then(|rest| rest.rsplit_once(HINT.0))
    {
        hints.insert(0, hint);
        rest = before;
    }
    (rest, hints)
}

/// A note with a front and a back. The answer is typed there too where it is what is typed here.
fn two_sided(card: &Card) -> (Style, [String; 2]) {
    let fields = [html(&front_of(card)), html(&back_of(card))];
    let typed = match &card.kind {
        Kind::Basic { accept, .. } => accept.first().is_some_and(|text| *text == plain(&fields[1])),
        _ => false,
    };
    (if typed { Style::Typed } else { Style::Basic }, fields)
}

const OPEN: char = '\u{e000}';
const BETWEEN: char = '\u{e001}';
const CLOSE: char = '\u{e002}';

/// A gap in the text without gaps: from a byte to a byte, its number and hint.
struct Span {
    from: usize,
    to: usize,
    number: u32,
    hint: Option<String>,
}

/// One text with the gaps of all the cards; nothing where they are not gaps of one text.
fn merged(cards: &[(u32, &Card)]) -> Option<[String; 2]> {
    let mut whole: Option<String> = None;
    let mut spans: Vec<Span> = Vec::new();
    for (ord, card) in cards {
        let Kind::Cloze { .. } = card.kind else { return None };
        let text = filled(&card.question, ord + 1, &mut spans)?;
        if whole.as_ref().is_some_and(|whole| *whole != text) {
            return None;
        }
        whole = Some(text);
    }
    let whole = whole?;
    spans.sort_by_key(|span| span.from);
    if spans.windows(2).any(|pair| pair[1].from < pair[0].to) || whole.contains([OPEN, BETWEEN, CLOSE]) {
        return None;
    }
    let mut marked = String::new();
    let mut at = 0;
    for (place, span) in spans.iter().enumerate() {
        marked.push_str(&whole[at..span.from]);
        marked.push_str(&format!("{OPEN}{place}{BETWEEN}{}{CLOSE}", &whole[span.from..span.to]));
        at = span.to;
    }
    marked.push_str(&whole[at..]);
    let mut text = String::new();
    let written = html(&marked);
    let mut parts = written.split(OPEN);
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (place, rest) = part.split_once(BETWEEN)?;
        let span = spans.get(place.parse::<usize>().ok()?)?;
        let (answer, rest) = rest.split_once(CLOSE)?;
        text.push_str(&format!("{{{{c{}::{answer}", span.number));
        text.extend(span.hint.as_ref().map(|hint| format!("::{}", html(hint))));
        text.push_str("}}");
        text.push_str(rest);
    }
    let card = cards.first()?.1;
    Some([text, html(&joined(&[others(card), card.why.clone()]))])
}

/// A question with its gaps filled, and where they are.
fn filled(question: &str, number: u32, spans: &mut Vec<Span>) -> Option<String> {
    let mut text = String::new();
    let mut at = 0;
    for placed in gaps(question).0 {
        text.push_str(&question[at..placed.span.start].replace("\\{{", "{{"));
        let from = text.len();
        text.push_str(placed.gap.answers.first()?);
        spans.push(Span { from, to: text.len(), number, hint: placed.gap.hint });
        at = placed.span.end;
    }
    text.push_str(&question[at..].replace("\\{{", "{{"));
    Some(text)
}

/// What else may stand in the gaps of a card.
fn others(card: &Card) -> String {
    let Kind::Cloze { gaps, .. } = &card.kind else { return String::new() };
    let others: Vec<&str> =
        gaps.iter().flat_map(|gap| gap.answers.iter().skip(1)).map(String::as_str).collect();
    if others.is_empty() { String::new() } else { format!("Also right: {}", others.join(", ")) }
}

/// What is asked, in Markdown, with all that the answer is chosen from.
pub(super) fn front_of(card: &Card) -> String {
    let sorted = |items: &[String]| {
        let mut items = items.to_vec();
        items.sort();
        listed(&items)
    };
    let more = match &card.kind {
        Kind::Choice { options } => {
            listed(&options.iter().map(|option| option.text.clone()).collect::<Vec<_>>())
        }
        Kind::Order { items } => sorted(items),
        Kind::Match { pairs, extra } => {
            let lefts: Vec<String> = pairs.iter().map(|(left, _)| left.clone()).collect();
            let rights: Vec<String> = pairs.iter().map(|(_, right)| right).chain(extra).cloned().collect();
            joined(&[listed(&lefts), sorted(&rights)])
        }
        Kind::Sort { classes, items } => joined(&[
            classes.join(" / "),
            sorted(&items.iter().map(|item| item.text.clone()).collect::<Vec<_>>()),
        ]),
        Kind::Spot { exhibit, lang, .. } => format!("```{lang}\n{}\n```", exhibit.trim_end()),
        Kind::Cloze { .. } => return with_blanks(&card.question),
        _ => String::new(),
    };
    joined(&[with_first(&card.question, draws(&card.kind)), more])
}

/// What is right and why, in Markdown.
pub(super) fn back_of(card: &Card) -> String {
    joined(&[with_first(&back(card), draws(&card.kind)), card.why.clone()])
}

fn draws(kind: &Kind) -> &[Draw] {
    match kind {
        Kind::Estimate { draw, .. } | Kind::Predict { draw, .. } => draw,
        _ => &[],
    }
}

/// A text with the first of the values that are drawn.
fn with_first(text: &str, draw: &[Draw]) -> String {
    let first = |name: &str| draw.iter().find(|draw| draw.control == name)?.values.first().cloned();
    if draw.is_empty() { text.to_string() } else { with_values(text, first) }
}

fn listed(items: &[String]) -> String {
    items.iter().map(|item| format!("- {}\n", item.trim_end().replace('\n', "\n  "))).collect()
}

fn joined(parts: &[String]) -> String {
    let parts: Vec<&str> = parts.iter().map(|part| part.trim_end()).filter(|part| !part.is_empty()).collect();
    parts.join("\n\n")
}
