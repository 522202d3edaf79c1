//! What a card of a note asks and answers.
//!
//! A note type has templates that say how fields make the front and the back of a card. They are followed as far
//! as they are about fields (`{{Front}}`, `{{#Extra}}..{{/Extra}}`, `{{FrontSide}}`, `{{cloze:Text}}`, `{{type:Back}}`);
//! their style and scripts are left behind. So note types that nobody has heard of come out as their cards look.

use super::cloze;
use super::collection::NoteType;
use crate::deck::Kind;
use crate::exchange::decks::Asked;
use crate::exchange::html;
use crate::exchange::loss::Fate;

/// Why a note does not give a card.
pub(super) enum Refused {
    /// Cards of its type may all be like this: they are counted.
    As(Fate),
    /// Something is wrong with this one.
    Odd(String),
}

/// The face of the card `ord` of a note. Names of media are added to `media`.
///
/// # Errors
/// Why the note has no such card.
pub(super) fn face(
    notetype: &NoteType,
    fields: &[String],
    ord: u32,
    media: &mut Vec<String>,
) -> Result<Asked, Refused> {
    let template =
        if notetype.cloze { notetype.templates.first() } else { notetype.templates.get(ord as usize) };
    let Some((front, back)) = template else {
        return Err(Refused::Odd(format!("the note type '{}' has no card {}", notetype.name, ord + 1)));
    };
    let filling = Filling { notetype, fields };
    if notetype.cloze {
        return gaps(&filling, (front, back), ord + 1, media);
    }
    let question = html::markdown(&filling.fill(front, &Side::Front), media);
    let answer = html::markdown(after_rule(&filling.fill(back, &Side::Back)), media);
    if question.is_empty() {
        return Err(Refused::As(Fate::EmptyFront));
    }
    let answer = if answer.is_empty() { "(nothing on the back)".to_string() } else { answer };
    let accept = filling.filtered(front, "type").map(html::plain).filter(|text| !text.is_empty()).collect();
    let hints = filling.hints(front, media);
    Ok(Asked { hints, ..Asked::new(question, Kind::Basic { answer, accept }) })
}

fn gaps(
    filling: &Filling<'_>,
    (front, back): (&str, &str),
    number: u32,
    media: &mut Vec<String>,
) -> Result<Asked, Refused> {
    let Some(mut marked) = cloze::marked(&filling.fill(front, &Side::Front), number) else {
        return Err(Refused::Odd(format!("there is no gap c{number} in it")));
    };
    if marked.hides_picture() {
        // So that whoever wants to draw what they ask finds it.
        let _ = html::markdown(&filling.fill(back, &Side::Beside), media);
        return Err(Refused::As(Fate::HidesPicture));
    }
    marked.text = html::markdown(&marked.text, media);
    // What the back says beside the text itself is the explanation.
    let why = html::markdown(&filling.fill(back, &Side::Beside), media);
    let (question, kind) = marked.card();
    if question.trim().is_empty() {
        return Err(Refused::As(Fate::EmptyFront));
    }
    Ok(Asked { why, hints: filling.hints(front, media), ..Asked::new(question, kind) })
}

/// What stands behind the line between question and answer, where a back repeats the question.
fn after_rule(back: &str) -> &str {
    for sign in [
        "<hr id=answer>",
        "<hr id=\"answer\">",
        "<hr id='answer'>",
        "<hr id=answer />",
        "<hr id=\"answer\"/>",
        "<hr id=\"answer\" />",
    ] {
        if let Some((_, after)) = back.split_once(sign) {
            return after;
        }
    }
    back
}

enum Side {
    Front,
    Back,
    /// The back without the text that has the gaps.
    Beside,
}

struct Filling<'a> {
    notetype: &'a NoteType,
    fields: &'a [String],
}

impl Filling<'_> {
    fn field(&self, name: &str) -> &str {
        let at = self.notetype.fields.iter().position(|field| field == name);
        at.and_then(|at| self.fields.get(at)).map_or("", String::as_str)
    }

    /// A template with the fields in their places. O(n).
    fn fill(&self, template: &str, side: &Side) -> String {
        let mut out = String::new();
        // Whether what stands inside each open condition is shown.
        let mut shown: Vec<bool> = Vec::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((inner, after)) = after.split_once("}}") else { break };
            if shown.iter().all(|&shown| shown) {
                out.push_str(before);
            }
            rest = after;
            let inner = inner.trim();
            let blank = |name: &str| self.field(name.trim()).trim().is_empty();
            match inner.split_at_checked(1) {
                Some(("#", name)) => shown.push(!blank(name)),
                Some(("^", name)) => shown.push(blank(name)),
                Some(("/", _)) => {
                    shown.pop();
                }
                Some(("!", _)) => {}
                _ if shown.iter().all(|&shown| shown) => out.push_str(self.replacement(inner, side)),
                _ => {}
            }
        }
        if shown.iter().all(|&shown| shown) {
            out.push_str(rest);
        }
        out
    }

    /// The fields to which a template applies a filter.
    fn filtered(&self, template: &str, filter: &str) -> impl Iterator<Item = &str> {
        let names = template.split("{{").skip(1).filter_map(|rest| rest.split_once("}}"));
        names.filter_map(move |(inner, _)| {
            let (filters, name) = inner.trim().rsplit_once(':')?;
            filters.split(':').any(|known| known == filter).then(|| self.field(name.trim()))
        })
    }

    /// What a front shows only when asked for it.
    fn hints(&self, front: &str, media: &mut Vec<String>) -> Vec<String> {
        self.filtered(front, "hint")
            .map(|hint| html::markdown(hint, media))
            .filter(|hint| !hint.is_empty())
            .collect()
    }

    /// What stands for a name with its filters: `type:cloze:Text`.
    fn replacement(&self, inner: &str, side: &Side) -> &str {
        let (filters, name) = inner.rsplit_once(':').unwrap_or(("", inner));
        let has = |filter: &str| filters.split(':').any(|known| known == filter);
        match side {
            _ if has("tts") || filters.starts_with("tts ") => "",
            // The box to type into, and what is only shown when asked for.
            Side::Front if (has("type") && !has("cloze")) || has("hint") => "",
            Side::Beside if has("cloze") => "",
            _ => self.field(name.trim()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notetype(fields: &[&str], templates: &[(&str, &str)]) -> NoteType {
        NoteType {
            name: "T".to_string(),
            cloze: templates.iter().any(|(front, _)| front.contains("cloze:")),
            fields: fields.iter().map(ToString::to_string).collect(),
            templates: templates.iter().map(|(front, back)| (front.to_string(), back.to_string())).collect(),
        }
    }

    fn sides(notetype: &NoteType, fields: &[&str], ord: u32) -> (String, String) {
        let fields: Vec<String> = fields.iter().map(ToString::to_string).collect();
        match face(notetype, &fields, ord, &mut Vec::new()) {
            Ok(Asked { question, kind: Kind::Basic { answer, .. }, .. }) => (question, answer),
            Ok(other) => panic!("{other:?}"),
            Err(Refused::Odd(why)) => ("error".to_string(), why),
            Err(Refused::As(fate)) => ("error".to_string(), format!("{fate:?}")),
        }
    }

    #[test]
    fn templates_are_followed() {
        let answer = "{{FrontSide}}\n\n<hr id=answer>\n\n";
        let both = notetype(
            &["Front", "Back", "Add"],
            &[
                ("{{Front}}", &format!("{answer}{{{{Back}}}}")),
                ("{{#Add}}{{Back}}{{/Add}}", &format!("{answer}{{{{Front}}}}")),
                ("{{Front}}\n\n{{type:Back}}", "{{Front}}<hr id=answer>{{type:Back}}"),
            ],
        );
        let pair = |a: &str, b: &str| (a.to_string(), b.to_string());
        assert_eq!(sides(&both, &["Q?", "A<br>B", "y"], 0), pair("Q?", "A\\\nB"));
        assert_eq!(sides(&both, &["Q?", "A", "y"], 1), pair("A", "Q?"));
        assert_eq!(sides(&both, &["Q?", "A", ""], 1), pair("error", "EmptyFront"));
        assert_eq!(sides(&both, &["Q?", "A", ""], 2), pair("Q?", "A"));
        assert_eq!(sides(&both, &["Q?", "", ""], 0), pair("Q?", "(nothing on the back)"));
        assert_eq!(sides(&both, &["Q?"], 7).0, "error");
        let country = notetype(
            &["Country", "City", "Note"],
            &[(
                "<style>x{}</style>The capital of {{Country}}?{{hint:Note}}",
                "{{text:City}}{{^Note}} (none){{/Note}} {{tts en_US:City}}",
            )],
        );
        assert_eq!(sides(&country, &["Peru", "Lima", ""], 0), pair("The capital of Peru?", "Lima (none)"));
    }
}
