//! What is known of the embedded content before the program runs: the path, the front matter of all pages, the heads of
//! all cards, the scenarios of the decision trees. So a start parses nothing. Tests hold all of it against what the
//! files say when they are read (`library/built.rs`).

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

#[path = "deck/text.rs"]
mod text;

fn main() {
    println!("cargo::rerun-if-changed=content");
    println!("cargo::rerun-if-changed=decks");
    println!("cargo::rerun-if-changed=src/build.rs");
    println!("cargo::rerun-if-changed=src/deck/text.rs");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names a folder"));
    let write = |name: &str, made: String| {
        fs::write(out.join(name), format!("&[\n{made}]\n")).expect("cargo's folder can be written");
    };
    write("decks.rs", each("decks", "toml", deck));
    write("pages.rs", each("content/topics", "md", page));
    write("trees.rs", each("content/decisions", "toml", tree));
    let path = read(Path::new("content/path.toml"));
    let path: Table = path.parse().expect("the path is TOML");
    write(
        "phases.rs",
        tables(&path, "phase")
            .map(|phase| format!("({:?}, {:?}),\n", text_of(phase, "name"), text_of(phase, "weeks")))
            .collect(),
    );
    write("topics.rs", tables(&path, "topic").map(topic).collect());
}

/// What is known of each file with that ending in a folder, in the order of their names.
fn each(folder: &str, ending: &str, known: fn(&str, &str, &mut String)) -> String {
    let mut files = Vec::new();
    walk(Path::new(folder), ending, &mut files);
    files.sort();
    let mut made = String::new();
    for file in &files {
        known(&file.to_string_lossy().replace('\\', "/"), &read(file), &mut made);
    }
    made
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn tables<'t>(table: &'t Table, name: &str) -> impl Iterator<Item = &'t Table> {
    table.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_table)
}

fn text_of<'t>(table: &'t Table, name: &str) -> &'t str {
    table.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn texts_of(table: &Table, name: &str) -> Vec<String> {
    let list = table.get(name).and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_string).collect()
}

fn weight_of(table: &Table) -> &'static str {
    match text_of(table, "weight") {
        "core" => "Core",
        "deep" => "Deep",
        _ => "Standard",
    }
}

/// A topic of the path.
fn topic(table: &Table) -> String {
    format!(
        "BuiltTopic {{ slug: {:?}, title: {:?}, part: {:?}, phase: {}, weight: Weight::{}, prerequisites: &{:?}, planned: {} }},\n",
        text_of(table, "slug"),
        text_of(table, "title"),
        text_of(table, "part"),
        table.get("phase").and_then(Value::as_integer).unwrap_or(0),
        weight_of(table),
        texts_of(table, "prerequisites"),
        table.get("planned").and_then(Value::as_bool).unwrap_or(false),
    )
}

/// A page: its front matter, where its text begins, how many words it has.
fn page(name: &str, content: &str, made: &mut String) {
    let rest = content.strip_prefix("+++\n").unwrap_or_else(|| panic!("{name} has no front matter"));
    let end = rest.find("\n+++\n").unwrap_or_else(|| panic!("the front matter of {name} has no end"));
    let front: Table = rest[..=end].parse().unwrap_or_else(|error| panic!("{name}: {error}"));
    let body = 4 + end + 5;
    let part = name.rsplit('/').nth(1).unwrap_or_default();
    let part = if front.contains_key("part") { text_of(&front, "part") } else { part };
    let _ = writeln!(
        made,
        "BuiltPage {{ file: {name:?}, title: {:?}, part: {part:?}, summary: {:?}, weight: Weight::{}, prerequisites: &{:?}, related: &{:?}, body: {body}, body_line: {} }},",
        text_of(&front, "title"),
        text_of(&front, "summary"),
        weight_of(&front),
        texts_of(&front, "prerequisites"),
        texts_of(&front, "related"),
        1 + content[..body].matches('\n').count(),
    );
}

/// A decision tree: its first topic, and the ids and lines of its scenarios.
fn tree(name: &str, content: &str, made: &mut String) {
    let table: Table = content.parse().unwrap_or_else(|error| panic!("{name}: {error}"));
    let topic = texts_of(&table, "topics").into_iter().next().unwrap_or_default();
    let lines =
        content.lines().enumerate().filter(|(_, line)| line.trim() == "[[scenario]]").map(|(at, _)| at + 1);
    let ids = tables(&table, "scenario").map(|scenario| text_of(scenario, "id").to_string());
    let scenarios: Vec<(String, usize)> = ids.zip(lines).collect();
    let _ = writeln!(made, "BuiltTree {{ file: {name:?}, topic: {topic:?}, scenarios: &{scenarios:?} }},");
}

fn walk(folder: &Path, ending: &str, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder is there").flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, ending, files);
        } else if path.extension().is_some_and(|found| found == ending) {
            files.push(path);
        }
    }
}

/// Adds a deck: its file, topic and title, and of each card id, weight, kind, line, first byte and the byte behind it.
fn deck(name: &str, content: &str, made: &mut String) {
    let first = text::next_card(&format!("\n{content}"), 0).saturating_sub(1);
    let top = &content[..first.min(content.len())];
    let topic = field(top, "topic").unwrap_or_default();
    let title = field(top, "title").unwrap_or(topic);
    let _ = write!(made, "Built {{ file: {name:?}, topic: {topic:?}, title: {title:?}, cards: &[");
    let mut start = first;
    while start < content.len() {
        let end = text::next_card(content, start);
        let piece = &content[start..end];
        let line = 1 + content[..start].matches('\n').count();
        let id = field(piece, "id").unwrap_or_default();
        let kind = field(piece, "kind").unwrap_or_default();
        let weight = match field(piece, "weight") {
            Some("core") => "Core",
            Some("deep") => "Deep",
            _ => "Standard",
        };
        let _ = write!(made, "({id:?}, Weight::{weight}, {kind:?}, {line}, {start}, {end}),");
        start = end;
    }
    made.push_str("] },\n");
}

/// The text of a field that stands alone in its line, outside of longer texts.
fn field<'t>(piece: &'t str, name: &str) -> Option<&'t str> {
    let mut inside = None;
    for line in piece.lines() {
        if inside.is_none()
            && let Some(rest) = line.trim_start().strip_prefix(name)
            && let Some(value) = rest.trim_start().strip_prefix('=')
        {
            let value = value.trim_start().strip_prefix('"')?;
            return value.split_once('"').map(|(value, _)| value);
        }
        inside = text::quotes(line, inside);
    }
    None
}
