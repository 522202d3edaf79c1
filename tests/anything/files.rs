//! The files that a random person reads: ordinary and hostile Markdown that links in circles, changes between two
//! reads, and lies in no real folder; and libraries that lie over each other.
//!
//! A file is a name and a version. A version picks one of a few texts, so a change may be a word, another text
//! altogether, or nothing at all.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, LazyLock, OnceLock};

use sysdrill::doc::{Colouring, Syntax};
use sysdrill::library::search::Index;
use sysdrill::library::{File, Library};

/// The folder in which the files are said to lie.
pub const FOLDER: &str = "/notes";

/// The files, by their names in [`FOLDER`].
pub const NAMES: [&str; 6] = ["a.md", "b.md", "everything.md", "x y.md", "sub/c.md", "d.md"];

/// The file that holds every construct, until it is written anew.
pub const EVERYTHING_FILE: usize = 2;

/// How many versions a file may have before they begin again.
pub const VERSIONS: usize = 12;

static EVERYTHING: &str = include_str!("../data/everything.md");

/// The text of a file in a version.
pub fn text(name: &str, version: usize) -> Cow<'static, str> {
    let links = "[a](a.md) [b](b.md#second) [c](sub/c.md#fold) [up](../a.md) [x](x%20y.md#1) [all](everything.md#folds-details-nested) \
                 [gone](gone.md) [none](#none) [here](#second) [topic](consistent-hashing#trade-offs) [web](https://example.org) [planned](quorums)";
    let text = match version % VERSIONS {
        0 | 1 => {
            let inner = "one two three four five six seven eight nine ten ".repeat(6);
            format!(
                "# Page {name}\n\n{links}\n\n{inner}[^n]\n\n## First\n\n<details>\n<summary>Fold</summary>\n\n[hidden](b.md) hidden \
                 words [^n]\n\n</details>\n\n[after](d.md)\n\n## Second\n\n{inner}\n\n```rust\nfn {long}() {{}}\n```\n\n```sh\necho ä日\n```\n\n\
                 ```calc\nx = 5 km\ny = x * 2\n```\n\n| a | b |\n|---|---|\n| {inner} | [t](a.md) |\n\n## Third\n\n{inner}\n\n{links}\n\n\
                 [^n]: The note, with {links}\n",
                long = "very_long_name_".repeat(9 + version),
            )
        }
        2 => EVERYTHING.to_string(),
        3 => String::new(),
        4 => "word".to_string(),
        5 => format!("{}{links}", "> - ".repeat(60)),
        6 => format!("```rust\n{}\n```\n{links}", "let 日本 = \"\u{1b}[31m\"; // \u{202e}\t\u{0}".repeat(30)),
        7 => format!(
            "|{}\n|{}\n{}",
            " h |".repeat(40),
            "-|".repeat(40),
            format!("|{}\n", " cell `x` [l](a.md) |".repeat(40)).repeat(30)
        ),
        8 => format!(
            "```demo limiter\n```\n\n```decide key-placement\n```\n\n```card consistent-hashing.modulo-share\n```\n\n\
             ```demo nonsense\n```\n\n```calc\n= =\n```\n\n{links}\n\n{}",
            "<details><summary>s</summary>\n\n".repeat(12)
        ),
        9 => format!(
            "[^a] {links}\n\n[^a]: [^b] note\n\n[^b]: [^a] circle [a](a.md)\n\n\r# \u{feff}CR\r\n\u{200b}"
        ),
        10 => (0..400)
            .map(|n| format!("## Heading {n}\n\ntext of {n}, [to](#heading-{})\n\n", (n * 7) % 400))
            .collect(),
        _ => EVERYTHING.replace("the ", "another "),
    };
    text.into()
}

/// The disk: in which version each file stands, and what was read of it last.
#[derive(Default)]
pub struct Disk {
    written: HashMap<PathBuf, usize>,
    /// The version that was read last.
    pub read: HashMap<PathBuf, usize>,
}

impl Disk {
    /// Writes a file anew.
    pub fn write(&mut self, name: &str, version: usize) -> PathBuf {
        let path = Path::new(FOLDER).join(name);
        self.written.insert(path.clone(), version);
        path
    }

    /// The version in which a file stands; nothing where there is no such file.
    pub fn version(&self, path: &Path) -> Option<usize> {
        let known = NAMES.iter().position(|name| Path::new(FOLDER).join(name) == path)?;
        Some(self.written.get(path).copied().unwrap_or(known))
    }

    /// Reads a file by any path to it.
    pub fn read(&mut self, path: &Path) -> Option<File> {
        let path = canonical(path);
        let version = self.version(&path)?;
        self.read.insert(path.clone(), version);
        Some(file(&path, version))
    }
}

/// A file as the program reads it.
pub fn file(path: &Path, version: usize) -> File {
    let name = path.strip_prefix(FOLDER).unwrap_or(path).display().to_string();
    File { text: text(&name, version), name, path: Some(path.to_path_buf()) }
}

/// The path without `.` and `..`.
fn canonical(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                out.pop();
            }
            Component::CurDir => {}
            other => out.push(other),
        }
    }
    out
}

/// Libraries, each read once: ours, ours again, and ours with a learner's files over it.
pub const LIBRARIES: usize = 3;

static LOADED: LazyLock<[Arc<Library>; LIBRARIES]> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("made");
        fs::write(path, text).expect("written");
    };
    let page = include_str!("../../content/topics/distributed/consistent-hashing.md");
    // Half of the page, and one more line at its beginning.
    let (front, body) = page.split_at(page.rfind("\n+++\n").expect("front matter") + 5);
    let half = body.char_indices().nth(body.chars().count() / 2).map_or(0, |(at, _)| at);
    write("topics/distributed/consistent-hashing.md", &format!("{front}\nMine.\n{}", &body[..half]));
    let tree = include_str!("../../content/decisions/key-placement.toml");
    write("decisions/key-placement.toml", &tree.replacen("ask = \"", "ask = \"Mine: ", 1));
    let mine = Library::load(&[folder.path().to_path_buf()]);
    [Arc::new(Library::load(&[])), Arc::new(Library::load(&[])), Arc::new(mine)]
});

/// A library, by its number.
pub fn library(number: usize) -> Arc<Library> {
    Arc::clone(&LOADED[number % LIBRARIES])
}

/// The index of one of the libraries, made once.
pub fn index(library: &Arc<Library>) -> Arc<Index> {
    static INDEXES: [OnceLock<Arc<Index>>; LIBRARIES] = [const { OnceLock::new() }; LIBRARIES];
    let number = LOADED.iter().position(|known| Arc::ptr_eq(known, library)).expect("one of the libraries");
    let made = INDEXES[number].get_or_init(|| Arc::new(Index::of_everything(&LOADED[number])));
    Arc::clone(made)
}

/// Colours for a text: words of some kinds, and something behind the end, as a text that has changed meanwhile has.
pub fn colouring(text: &str) -> Colouring {
    let kinds = [Some(Syntax::Keyword), None, Some(Syntax::Text), Some(Syntax::Comment)];
    let of_line = |line: &str| {
        let words = line.split_inclusive(' ').enumerate();
        let mut all: Vec<_> = words.map(|(n, word)| (word.len(), kinds[n % kinds.len()])).collect();
        all.push((3, Some(Syntax::Number)));
        all
    };
    text.lines().map(of_line).collect()
}
