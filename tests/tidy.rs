//! The rules of the house, held by reading the source as text. `docs/architecture.md` says why they are so.
//!
//! A rule is a table at the top of this file and a test that names every place which breaks it, with the
//! reason. Where a rule has an exception, the exception stands in a table too, with a reason of its own.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

#[path = "tidy/scan.rs"]
mod scan;

use scan::Token;

/// The modules of the crate, by floor. A module uses only those on floors below its own.
const FLOORS: [&[&str]; 9] = [
    &["config", "doc", "envelope", "memory", "sim"],
    &["systems"],
    &["lab"],
    &["decide", "deck"],
    &["drill", "exchange", "library", "store"],
    &["app"],
    &["ui"],
    &["term"],
    &["cli"],
];

/// What computes only: time and chance come in as arguments, results go out as values.
const PURE: [&str; 9] = ["systems", "sim", "doc", "envelope", "memory", "lab", "decide", "deck", "drill"];

/// What a pure module does not name.
const OUTSIDE_WORLD: [&[&str]; 8] = [
    &["std", "fs"],
    &["std", "net"],
    &["std", "process"],
    &["std", "env"],
    &["std", "thread"],
    &["std", "io", "stdin"],
    &["std", "io", "stdout"],
    &["std", "io", "stderr"],
];

/// Which modules may use a library, and why no other.
const LIBRARIES: [(&str, &[&str], &str); 4] = [
    (
        "ratatui",
        &["ui", "term"],
        "a screen is data until ui draws it, so every flow is tested without a terminal",
    ),
    ("crossterm", &["term"], "keys and modes of the terminal end in term; above it there are our own keys"),
    (
        "rusqlite",
        &["store", "exchange"],
        "only the store knows that it is SQLite, and the exchange that Anki's collections are",
    ),
    ("anyhow", &["term", "cli"], "below the edges an error is an enum that a caller can match"),
];

/// Files outside term and cli that look at the wall clock.
const LOOKS_AT_THE_CLOCK: [(&str, &str); 1] = [(
    "src/store/schema.rs",
    "it waits a limited time for another program's lock, before SQLite's own wait works",
)];

/// The most lines that a file has beside its tests.
const FILE_LINES: usize = 450;
/// The most lines that a function has.
const FUNCTION_LINES: usize = 80;

/// Files and functions (`file::function`) that may be longer: a list is read by scanning, not by understanding.
const MAY_BE_LONGER: [(&str, &str); 0] = [];

/// What the top of the repository holds. Hidden names belong to tools and are not looked at.
const TOP: [&str; 12] = [
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "benches",
    "content",
    "decks",
    "docs",
    "src",
    "tests",
];

/// Functions on `f64` whose last bit differs between platforms.
const PLATFORM_MATH: [&str; 21] = [
    "acos", "asin", "atan", "atan2", "cbrt", "cos", "cosh", "exp", "exp2", "exp_m1", "hypot", "ln", "ln_1p",
    "log", "log10", "log2", "powf", "powi", "sin", "tan", "tanh",
];

/// A file of Rust source.
struct Source {
    /// As in `src/lab/ring.rs`.
    name: String,
    text: &'static str,
    tokens: Vec<Token<'static>>,
    paths: Vec<scan::Path<'static>>,
    /// The lines of items that are compiled for tests only.
    tests: Vec<RangeInclusive<usize>>,
    /// As in `["lab", "ring"]`; empty for the crate's root and for files outside `src`.
    module: Vec<&'static str>,
}

impl Source {
    fn read(name: String) -> Source {
        let text: &'static str = read(&name).leak();
        let tokens = scan::tokens(text);
        let inner: &'static str =
            name.strip_prefix("src/").unwrap_or_default().trim_end_matches(".rs").to_string().leak();
        let module =
            inner.split('/').filter(|part| !["", "mod", "lib", "main", "build"].contains(part)).collect();
        Source { name, text, paths: scan::paths(&tokens), tests: scan::test_items(&tokens).0, tokens, module }
    }

    /// The module directly below the crate's root, if it is in one.
    fn top(&self) -> &'static str {
        self.module.first().copied().unwrap_or_default()
    }

    fn is_in(&self, modules: &[&str]) -> bool {
        modules.contains(&self.top())
    }

    fn is_test(&self, line: usize) -> bool {
        self.tests.iter().any(|lines| lines.contains(&line))
    }

    /// A place for a message: `src/lab/ring.rs:12 std::fs`.
    fn place(&self, line: usize, what: impl Display) -> String {
        format!("{}:{line} {what}", self.name)
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// All files below a folder of the repository, by name, with `/` between the parts; none where there is no such folder.
fn files(folder: &str) -> Vec<String> {
    fn walk(folder: &Path, name: &str, into: &mut Vec<String>) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = format!("{name}/{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                walk(&entry.path(), &name, into);
            } else {
                into.push(name);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(folder), folder, &mut found);
    found.sort();
    found
}

fn sources(folder: &str) -> Vec<Source> {
    files(folder).into_iter().filter(|name| name.ends_with(".rs")).map(Source::read).collect()
}

/// The source of the crate, read once for all tests.
fn src() -> &'static [Source] {
    static SOURCES: OnceLock<Vec<Source>> = OnceLock::new();
    SOURCES.get_or_init(|| {
        let found = sources("src");
        assert!(!found.is_empty(), "there is no source in src");
        found
    })
}

/// The files that are compiled for tests only.
fn test_files() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for source in src() {
        let stem = source.name.trim_end_matches(".rs");
        let folder = stem.strip_suffix("/mod").unwrap_or(stem);
        for name in scan::test_items(&source.tokens).1 {
            found.extend([format!("{folder}/{name}.rs"), format!("{folder}/{name}/mod.rs")]);
        }
    }
    found
}

/// Fails with all places that break a rule, and why it is one.
fn hold(rule: &str, broken: &[String]) {
    assert!(broken.is_empty(), "{rule}\n  {}\n", broken.join("\n  "));
}

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

#[test]
fn every_module_is_on_a_floor() {
    let there: BTreeSet<&str> = src().iter().map(Source::top).filter(|top| !top.is_empty()).collect();
    let known: BTreeSet<&str> = FLOORS.iter().copied().flatten().copied().collect();
    let unknown: Vec<String> = there.symmetric_difference(&known).map(ToString::to_string).collect();
    hold(
        "A module of src stands on one floor, so that it is clear what it may use: see FLOORS in tests/tidy.rs.",
        &unknown,
    );
}

#[test]
fn a_module_uses_floors_below_its_own() {
    let mut broken = Vec::new();
    for source in src() {
        let Some(own) = floor(source.top()) else { continue };
        for path in &source.paths {
            let Some(top) = path.top_module(&source.module).filter(|top| *top != source.top()) else {
                continue;
            };
            if floor(top).is_none_or(|floor| floor >= own) {
                broken.push(source.place(path.line, format!("uses {top}")));
            }
        }
    }
    hold(
        "A module uses modules on floors below its own, never one beside or above it: whoever reads it has to know \
         only what lies below. Hand the thing in as an argument, or move what both need one floor down.",
        &broken,
    );
}

#[test]
fn libraries_stay_in_their_modules() {
    for (library, modules, why) in LIBRARIES {
        let mut broken = Vec::new();
        for source in src().iter().filter(|source| !source.is_in(modules)) {
            let used = source.paths.iter().filter(|path| path.starts_with(&[library]));
            broken.extend(used.map(|path| source.place(path.line, path)));
        }
        hold(&format!("{library} is used only in {}: {why}.", modules.join(" and ")), &broken);
    }
}

#[test]
fn pure_modules_do_not_touch_the_outside_world() {
    let mut broken = Vec::new();
    for source in src().iter().filter(|source| source.is_in(&PURE)) {
        let outside = |path: &&scan::Path<'_>| OUTSIDE_WORLD.iter().any(|outside| path.starts_with(outside));
        broken.extend(source.paths.iter().filter(outside).map(|path| source.place(path.line, path)));
    }
    hold(
        "These modules compute only, so that a run, a card and a page come out the same everywhere.",
        &broken,
    );
}

#[test]
fn only_term_and_cli_look_at_the_clock() {
    let mut broken = Vec::new();
    for source in src().iter().filter(|source| !source.is_in(&["term", "cli"])) {
        if LOOKS_AT_THE_CLOCK.iter().any(|(file, _)| *file == source.name) {
            continue;
        }
        for path in &source.paths {
            let has = |word: &str| path.segments.contains(&word);
            if has("Instant") || has("SystemTime") || (has("now") && (has("Utc") || has("Local"))) {
                broken.push(source.place(path.line, path));
            }
        }
    }
    hold(
        "The time comes in as an argument, so that --at moves all of it and a test needs no waiting.",
        &broken,
    );
}

#[test]
fn only_term_and_cli_open_the_store() {
    let mut broken = Vec::new();
    for source in src().iter().filter(|source| !source.is_in(&["store", "term", "cli"])) {
        for path in source.paths.iter().filter(|path| !source.is_test(path.line)) {
            if path.segments.windows(2).any(|pair| pair[0] == "Store" && pair[1].starts_with("open")) {
                broken.push(source.place(path.line, path));
            }
        }
    }
    hold(
        "The store is opened in term and cli only: what lies below asks for what it wants as an effect.",
        &broken,
    );
}

#[test]
fn an_answer_is_saved_in_one_place() {
    let mut places = Vec::new();
    for source in src() {
        let lines = source.text.lines().zip(1..).filter(|(line, _)| line.contains("INSERT INTO review"));
        places.extend(lines.map(|(_, line)| source.place(line, "")));
    }
    assert!(
        places.len() == 1 && places[0].starts_with("src/store/"),
        "An answer is saved by one function of the store, whoever gives it; found {places:?}"
    );
}

#[test]
fn a_run_is_the_same_on_every_machine() {
    let mut broken = Vec::new();
    for source in src().iter().filter(|source| source.is_in(&["sim", "systems", "lab"])) {
        for three in source.tokens.windows(3).filter(|three| !source.is_test(three[1].line)) {
            let word = three[1].text;
            let call = three[0].text == "." && three[2].text == "(" && PLATFORM_MATH.contains(&word);
            if call || ["HashMap", "HashSet"].contains(&word) {
                broken.push(source.place(three[1].line, word));
            }
        }
    }
    hold(
        "A seed gives the same run everywhere. The platform's logarithms differ in the last bit: take those of the \
         crate libm. A HashMap has another order in each process: take a BTreeMap or a Vec.",
        &broken,
    );
}

#[test]
fn every_file_says_what_it_is_for() {
    let silent = |source: &&Source| !source.text.starts_with("//! ");
    let tests = sources("tests");
    let silent: Vec<String> =
        src().iter().chain(&tests).filter(silent).map(|source| source.name.clone()).collect();
    hold("A file opens with //! and says what it is for and why it is so.", &silent);
}

#[test]
fn files_and_functions_are_short() {
    let test_files = test_files();
    let mut broken = Vec::new();
    for source in src().iter().filter(|source| !test_files.contains(&source.name)) {
        let lines = source.text.lines().count() - source.tests.iter().cloned().flatten().count();
        if lines > FILE_LINES && !may_be_longer(&source.name) {
            broken.push(format!("{}: {lines} lines without its tests, {FILE_LINES} at most", source.name));
        }
        for function in
            scan::functions(&source.tokens).iter().filter(|function| !source.is_test(function.line))
        {
            let (name, lines) = (function.name, function.lines);
            if lines > FUNCTION_LINES && !may_be_longer(&format!("{}::{name}", source.name)) {
                broken.push(
                    source
                        .place(function.line, format!("{name} has {lines} lines, {FUNCTION_LINES} at most")),
                );
            }
        }
    }
    hold(
        "A file is one idea and a function one thought. Ask which second one moved in, and give it its own place.",
        &broken,
    );
}

fn may_be_longer(name: &str) -> bool {
    MAY_BE_LONGER.iter().any(|(long, _)| *long == name)
}

#[test]
fn nothing_is_left_unfinished() {
    let mut broken = Vec::new();
    for source in src().iter().chain(&sources("tests")).chain(&sources("benches")) {
        let tokens = &source.tokens;
        for (at, token) in tokens.iter().enumerate() {
            let next = tokens.get(at + 1).map_or("", |next| next.text);
            if ["todo", "dbg", "unimplemented"].contains(&token.text) && next == "!" {
                broken.push(source.place(token.line, format!("{}!", token.text)));
            }
            let Some(end) = scan::attribute(tokens, at) else { continue };
            let says = |word: &str| tokens[at..end].iter().any(|token| token.text == word);
            if (says("allow") || says("expect")) && !says("reason") {
                broken.push(source.place(token.line, "a lint is switched off without a reason"));
            }
        }
    }
    hold(
        "No todo!, unimplemented! or dbg! is committed, and a lint is switched off only with a reason.",
        &broken,
    );
}

#[test]
fn the_top_of_the_repository_is_what_the_design_says() {
    let entries = fs::read_dir(root()).expect("the repository can be read");
    let ignored = read(".gitignore");
    let strange: Vec<String> = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.') && name != "rustfmt.toml" && !TOP.contains(&name.as_str()))
        .filter(|name| !ignored.lines().any(|line| line.trim_matches('/') == name))
        .collect();
    hold(
        "The top of the repository has few names, so that a newcomer sees where to look. Put it where it belongs.",
        &strange,
    );
    let missing: Vec<String> =
        TOP.iter().filter(|name| !root().join(name).exists()).map(ToString::to_string).collect();
    hold("These belong to the top of the repository.", &missing);
}

#[test]
fn content_is_plain_text() {
    let mut broken = Vec::new();
    for name in files("content").into_iter().chain(files("decks")) {
        let bytes = fs::read(root().join(&name)).expect("a file that was listed can be read");
        let Ok(text) = String::from_utf8(bytes) else {
            broken.push(format!("{name} is not UTF-8"));
            continue;
        };
        for (what, sign) in [("a tab", '\t'), ("a carriage return", '\r'), ("a byte order mark", '\u{feff}')]
        {
            if let Some(at) = text.find(sign) {
                broken.push(format!("{name}:{} has {what}", text[..at].matches('\n').count() + 1));
            }
        }
        if !text.ends_with('\n') {
            broken.push(format!("{name} does not end with a line break"));
        }
    }
    hold(
        "Pages and decks are embedded as they are and drawn in cells: UTF-8, lines ended by LF, no tabs.",
        &broken,
    );
}

#[test]
fn every_demo_is_in_the_registry() {
    let registry =
        src().iter().find(|source| source.name == "src/lab/mod.rs").expect("the Lab has a registry");
    let is_demo = |source: &&Source| {
        let defines = source.tokens.windows(2).any(|pair| pair[0].text == "static" && pair[1].text == "SPEC");
        defines && source.top() == "lab" && source.module.len() == 2
    };
    let demos: Vec<&Source> = src().iter().filter(is_demo).collect();
    assert!(!demos.is_empty(), "no demo was found: is SPEC still called so?");
    let listed =
        |demo: &Source| registry.paths.iter().any(|path| path.starts_with(&[demo.module[1], "SPEC"]));
    let missing: Vec<String> =
        demos.iter().filter(|demo| !listed(demo)).map(|demo| demo.name.clone()).collect();
    hold("A demo that CODED in src/lab/mod.rs does not name cannot be found by anyone.", &missing);
}
