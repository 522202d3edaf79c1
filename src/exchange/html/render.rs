//! Markdown to the HTML of a field.

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag};

use super::tree::may_lead_to;

/// Tags that a card may have in its Markdown: they change how text looks and nothing else.
const HARMLESS: [&str; 14] =
    ["b", "strong", "i", "em", "u", "s", "del", "sub", "sup", "kbd", "br", "small", "mark", "code"];

/// Markdown as HTML: formulas as MathJax, other HTML than `<b>` and its like as the text that it is. O(n).
#[must_use]
pub fn html(markdown: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_MATH;
    let events = Parser::new_ext(markdown, options).map(|event| match event {
        Event::InlineMath(tex) => Event::Text(format!("\\({tex}\\)").into()),
        Event::DisplayMath(tex) => Event::Text(format!("\\[{tex}\\]").into()),
        Event::Html(text) | Event::InlineHtml(text) => tag_or_text(text),
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            let dest_url = if may_lead_to(&dest_url) { dest_url } else { "#".into() };
            Event::Start(Tag::Link { link_type, dest_url, title, id })
        }
        other => other,
    });
    let mut out = String::new();
    pulldown_cmark::html::push_html(&mut out, events);
    let out = out.trim_end();
    // A single paragraph is what an editor of fields would write without one.
    let inner = out.strip_prefix("<p>").and_then(|rest| rest.strip_suffix("</p>"));
    inner.filter(|inner| !inner.contains("<p>")).unwrap_or(out).to_string()
}

fn tag_or_text(text: CowStr<'_>) -> Event<'_> {
    let inner = text.trim().trim_start_matches('<').trim_start_matches('/').trim_end_matches('>');
    let name = inner.trim_end_matches('/').trim_end();
    if HARMLESS.iter().any(|known| name.eq_ignore_ascii_case(known)) {
        return Event::InlineHtml(text.trim().to_string().into());
    }
    Event::Text(text)
}
