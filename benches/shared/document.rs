//! Markdown of any length and kind, made from our own pages and sources: what people write, and the same in every
//! run.
#![allow(dead_code, reason = "each benchmark uses its own part")]

/// What most of a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Paragraphs and lists.
    Prose,
    /// Tables.
    Tables,
    /// Fenced blocks of Rust.
    Code,
    /// Whole pages, as they stand.
    Mixed,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Kind; 4] = [Kind::Prose, Kind::Tables, Kind::Code, Kind::Mixed];
}

const PAGES: [&str; 3] = [
    include_str!("../../content/topics/distributed/consistent-hashing.md"),
    include_str!("../../content/topics/reliability/circuit-breaker.md"),
    include_str!("../../content/topics/reliability/rate-limiting.md"),
];

const SOURCES: [&str; 2] = [
    include_str!("../../src/systems/hash_ring.rs"),
    include_str!("../../src/systems/limiter/token_bucket.rs"),
];

/// How many lines of source make a block.
const BLOCK: usize = 30;

/// A document of that kind, as long as said or a block longer.
pub fn document(kind: Kind, bytes: usize) -> String {
    let blocks = blocks(kind);
    let mut text = String::with_capacity(bytes + 4096);
    for (number, block) in blocks.iter().cycle().enumerate() {
        if text.len() >= bytes {
            break;
        }
        if kind != Kind::Mixed && number % 12 == 0 {
            text.push_str(&format!("## Section {}\n\n", number / 12 + 1));
        }
        text.push_str(block);
        text.push_str("\n\n");
    }
    text
}

/// The blocks that a document of that kind repeats.
fn blocks(kind: Kind) -> Vec<String> {
    let blocks: Vec<String> = match kind {
        Kind::Code => SOURCES.iter().flat_map(|source| fenced(source)).collect(),
        Kind::Mixed => PAGES.iter().map(|page| body(page).to_owned()).collect(),
        Kind::Prose | Kind::Tables => {
            PAGES.iter().flat_map(|page| paragraphs(body(page), kind == Kind::Tables)).collect()
        }
    };
    assert!(!blocks.is_empty(), "our pages have some of {kind:?}");
    blocks
}

/// A page without its front matter.
fn body(page: &str) -> &str {
    page.splitn(3, "+++\n").nth(2).unwrap_or(page)
}

fn fenced(source: &str) -> Vec<String> {
    let lines: Vec<&str> = source.lines().collect();
    lines.chunks(BLOCK).map(|lines| format!("```rust\n{}\n```", lines.join("\n"))).collect()
}

/// The parts of a page between empty lines, outside fences: its tables, or all else but headings.
fn paragraphs(body: &str, tables: bool) -> Vec<String> {
    let mut inside = false;
    let mut found = Vec::new();
    for part in body.split("\n\n") {
        let fences = part.lines().filter(|line| line.trim_start().starts_with("```")).count();
        let plain = !inside && fences == 0;
        inside ^= fences % 2 == 1;
        let part = part.trim_matches('\n');
        if plain && !part.is_empty() && !part.starts_with('#') && part.starts_with('|') == tables {
            found.push(part.to_owned());
        }
    }
    found
}
