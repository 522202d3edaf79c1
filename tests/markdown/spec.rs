//! Reads the examples of the specifications, and what their expected HTML says a reader should see.
//!
//! The reader of HTML is written for these examples and shares nothing with the program: it drops tags, decodes
//! the four references that the specifications' own renderer writes, and knows what the program shows for an
//! image (its alternative text, else its address) and for a link without text (its address).

/// An example of a specification.
pub struct Example {
    /// As the specifications count: from 1 in each file.
    pub number: usize,
    pub markdown: String,
    pub html: String,
}

/// The examples in a specification's text.
pub fn examples(text: &str) -> Vec<Example> {
    let fence = "`".repeat(32);
    let mut lines = text.lines();
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        if !line.strip_prefix(&fence).is_some_and(|rest| rest.trim_start().starts_with("example")) {
            continue;
        }
        let mut part = |end: &str| -> String {
            lines
                .by_ref()
                .take_while(|line| *line != end)
                .map(|line| line.replace('→', "\t") + "\n")
                .collect()
        };
        let markdown = part(".");
        let html = part(&fence);
        found.push(Example { number: found.len() + 1, markdown, html });
    }
    found
}

/// What a reader should see of a piece of HTML, without white space.
pub fn seen(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    // The address of an open link, and how much there was before it.
    let mut link: Option<(String, usize)> = None;
    while let Some(at) = rest.find('<') {
        out.push_str(&decoded(&rest[..at]));
        rest = &rest[at..];
        let hidden = [("<!-->", ""), ("<!--->", ""), ("<!--", "-->"), ("<?", "?>")];
        if let Some((start, end)) = hidden.into_iter().find(|(start, _)| rest.starts_with(start)) {
            let length = rest[start.len()..].find(end).map(|at| start.len() + at + end.len());
            rest = &rest[length.unwrap_or(rest.len())..];
        } else if let Some(data) = rest.strip_prefix("<![CDATA[") {
            let (text, after) = data.split_once("]]>").unwrap_or((data, ""));
            out.push_str(text);
            rest = after;
        } else if let Some(length) = tag(rest) {
            let source = &rest[..length];
            rest = &rest[length..];
            let name = source[1..]
                .split(|c: char| !c.is_ascii_alphanumeric() && c != '/')
                .next()
                .unwrap_or_default();
            match name {
                "script" | "style" => {
                    let end = rest.find(&format!("</{name}>"));
                    rest = &rest[end.unwrap_or(0)..];
                }
                "img" => {
                    let alt = value(source, "alt");
                    out.push_str(&if alt.is_empty() { value(source, "src") } else { alt });
                }
                // An `<a>` that the author wrote may be an anchor without text; it has no `href` in the examples.
                "a" if source.contains("href=") => link = Some((value(source, "href"), out.len())),
                "/a" => {
                    if let Some((url, _)) = link.take().filter(|(_, length)| *length == out.len()) {
                        out.push_str(&url);
                    }
                }
                _ => {}
            }
        } else {
            out.push('<');
            rest = &rest[1..];
        }
    }
    out.push_str(&decoded(rest));
    out.split_whitespace().collect()
}

/// How long the tag or declaration is that a text starts with.
fn tag(text: &str) -> Option<usize> {
    let rest = text[1..].trim_start_matches(['/', '!']);
    rest.chars().next().filter(char::is_ascii_alphabetic)?;
    let mut quote = None;
    for (at, c) in text.char_indices().skip(1) {
        match quote {
            None if c == '>' => return Some(at + 1),
            None if c == '<' => return None,
            None if c == '"' || c == '\'' => quote = Some(c),
            Some(open) if open == c => quote = None,
            _ => {}
        }
    }
    None
}

fn value(tag: &str, name: &str) -> String {
    let start = tag.find(&format!(" {name}=\"")).map(|at| at + name.len() + 3);
    let value = start.and_then(|start| tag[start..].split('"').next()).unwrap_or_default();
    decoded(value)
}

fn decoded(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    text.replace("&amp;", "&")
}
