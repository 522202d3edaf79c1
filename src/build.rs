//! What is known of the embedded content before the program runs: the heads of all cards in `decks/`, so that a start
//! reads no deck. A test holds them against what the decks say when they are read.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

#[path = "deck/text.rs"]
mod text;

fn main() {
    println!("cargo::rerun-if-changed=content");
    println!("cargo::rerun-if-changed=decks");
    println!("cargo::rerun-if-changed=src/build.rs");
    println!("cargo::rerun-if-changed=src/deck/text.rs");
    let mut files = Vec::new();
    walk(Path::new("decks"), &mut files);
    files.sort();
    let mut made = String::from("&[\n");
    for file in &files {
        let content = fs::read_to_string(file).expect("a deck is a text in UTF-8");
        deck(&file.to_string_lossy().replace('\\', "/"), &content, &mut made);
    }
    made.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names a folder"));
    fs::write(out.join("decks.rs"), made).expect("cargo's folder can be written");
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder is there").flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "toml") {
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
