//! A sheet as Markdown, to be put into a document: headings, text, and a table of what was calculated.

use super::SheetEditor;
use super::Shown;
use super::sections::{LineKind, line_kinds, words};

/// The sheet as Markdown. A line that has no value says so.
#[must_use]
pub fn markdown(editor: &SheetEditor) -> String {
    let mut text = String::new();
    let kinds = line_kinds(editor.text());
    let mut before = LineKind::Blank;
    for (index, (line, kind)) in editor.text().split('\n').zip(kinds).enumerate() {
        let table = kind == LineKind::Calculation && before == LineKind::Calculation;
        if !table && !text.is_empty() && !text.ends_with("\n\n") && kind != before {
            text.push('\n');
        }
        match kind {
            LineKind::Blank => {}
            LineKind::Heading => text.push_str(&format!("## {}\n", escaped(words(line)))),
            LineKind::Comment if line.trim().starts_with("#=") => continue,
            LineKind::Comment => text.push_str(&format!("{}\n", escaped(words(line)))),
            LineKind::Calculation => {
                if !table {
                    text.push_str("| | calculation | result | 90% range |\n|---|---|---:|---|\n");
                }
                text.push_str(&row(editor, index, line));
            }
        }
        before = kind;
    }
    text.trim_end().to_string() + "\n"
}

fn row(editor: &SheetEditor, index: usize, line: &str) -> String {
    let name = editor.sheet().lines.get(index).and_then(|line| line.name.clone());
    let code = line.split('#').next().unwrap_or_default();
    let code = match (&name, code.split_once('=')) {
        (Some(_), Some((_, right))) => right,
        _ => code,
    };
    let (result, range) = match editor.shown(index) {
        Shown::Value(answer) => {
            let range = answer.spread.as_ref().map_or_else(String::new, |spread| spread.text.clone());
            (answer.text.clone(), escaped(&range))
        }
        Shown::Fault(fault) => (format!("? {}", fault.message), String::new()),
        Shown::Waiting(_) | Shown::Nothing => Default::default(),
    };
    let name = name.map(|name| format!("**{}**", escaped(&name))).unwrap_or_default();
    format!(
        "| {name} | `{}` | {} | {range} |\n",
        code.trim().replace('|', "\\|").replace('`', "'"),
        escaped(&result)
    )
}

/// Text that Markdown takes for text.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        if matches!(c, '|' | '*' | '_' | '`' | '<' | '[' | ']' | '\\') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}
