//! A scanner for Rust source: just enough of the language to find paths, functions and attributes.
//!
//! It cuts a text into words and signs. Comments are dropped and every string becomes an empty one, so what
//! they say is never taken for code. It does not expand macros and knows no types: a rule that is checked with
//! it must be visible in the text of a file.

use std::fmt;
use std::ops::RangeInclusive;

/// A word (name, keyword, number, lifetime), a sign, `::`, or `""` for any string or character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    pub text: &'a str,
    /// From 1.
    pub line: usize,
}

/// A path as it is written out of its groups: `use a::{b, c::d}` gives `a::b` and `a::c::d`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path<'a> {
    pub segments: Vec<&'a str>,
    pub line: usize,
    /// How many `mod name { .. }` of the file it stands in.
    pub inside: usize,
}

impl Path<'_> {
    /// The module directly below the crate's root that it leads to, for a file that is the module `module`
    /// (`["lab", "ring"]` for `src/lab/ring.rs`). Nothing where it stays in its own top-level module or leads
    /// to another crate.
    pub fn top_module(&self, module: &[&str]) -> Option<&str> {
        let segments = self.segments.strip_prefix(&["self"]).unwrap_or(&self.segments);
        if let ["crate", top, ..] = segments {
            return Some(top);
        }
        let up = segments.iter().take_while(|segment| **segment == "super").count();
        (up > 0 && up == module.len() + self.inside).then(|| segments.get(up).copied()).flatten()
    }

    /// Whether the path starts with these segments.
    pub fn starts_with(&self, first: &[&str]) -> bool {
        self.segments.starts_with(first)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.segments.join("::"))
    }
}

/// A function with its length in lines, from `fn` to its closing brace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function<'a> {
    pub name: &'a str,
    pub line: usize,
    pub lines: usize,
}

/// Cuts a text into tokens.
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut cutter = Cutter { text, at: 0, line: 1 };
    let mut tokens = Vec::new();
    while let Some(token) = cutter.next() {
        tokens.push(token);
    }
    tokens
}

struct Cutter<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl<'a> Cutter<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn advance(&mut self, bytes: usize) {
        let end = (self.at + bytes).min(self.text.len());
        self.line += self.text[self.at..end].matches('\n').count();
        self.at = end;
    }

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let rest = self.rest();
            let first = rest.chars().next()?;
            if first.is_whitespace() {
                self.advance(first.len_utf8());
            } else if rest.starts_with("//") {
                self.advance(rest.find('\n').unwrap_or(rest.len()));
            } else if rest.starts_with("/*") {
                self.advance(comment(rest));
            } else {
                break;
            }
        }
        let (rest, line) = (self.rest(), self.line);
        let (length, text) = match literal(rest) {
            Some(length) => (length, "\"\""),
            None => {
                let length =
                    word(rest).max(if rest.starts_with("::") { 2 } else { rest.chars().next()?.len_utf8() });
                (length, &rest[..length])
            }
        };
        self.advance(length);
        Some(Token { text, line })
    }
}

/// The length of the block comment at the start of `text`; they nest.
fn comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest.starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

/// The length of the word at the start of `text`; 0 where there is none. A lifetime and `r#name` are words.
fn word(text: &str) -> usize {
    let prefix = if text.starts_with('\'') {
        1
    } else if text.starts_with("r#") {
        2
    } else {
        0
    };
    let end = text[prefix..]
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .map_or(text.len(), |end| prefix + end);
    if end > prefix { end } else { 0 }
}

/// The length of the string or character at the start of `text`, if one stands there.
fn literal(text: &str) -> Option<usize> {
    let body = text.trim_start_matches(['b', 'c', 'r']);
    let prefix = text.len() - body.len();
    if !["", "b", "c", "r", "br", "cr"].contains(&&text[..prefix]) {
        return None;
    }
    let raw = text[..prefix].ends_with('r');
    let quotes = body.trim_start_matches('#');
    let hashes = body.len() - quotes.len();
    if quotes.starts_with('"') && (raw || hashes == 0) {
        let open = prefix + hashes + 1;
        if raw {
            let close = format!("\"{}", "#".repeat(hashes));
            return Some(text[open..].find(&close).map_or(text.len(), |end| open + end + close.len()));
        }
        return Some(open + quoted(&text[open..], '"'));
    }
    if !body.starts_with('\'') || raw {
        return None;
    }
    // A character ends with a quote where a lifetime goes on.
    let mut inner = body[1..].chars();
    let first = inner.next()?;
    let is_character = first == '\\' || inner.next() == Some('\'');
    is_character.then(|| prefix + 1 + quoted(&body[1..], '\''))
}

/// The length up to and with the closing quote; a backslash takes the next character with it.
fn quoted(text: &str, close: char) -> usize {
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == '\\' {
            chars.next();
        } else if c == close {
            return at + 1;
        }
    }
    text.len()
}

fn is_name(token: &Token<'_>) -> bool {
    token.text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Words that a path such as `::std::fs` may follow and that are no part of it.
const BEFORE_A_PATH: [&str; 9] = ["use", "in", "as", "return", "match", "if", "mut", "dyn", "impl"];

/// All paths of two segments or more, and what stands alone behind `use`.
pub fn paths<'a>(tokens: &[Token<'a>]) -> Vec<Path<'a>> {
    let mut found = Vec::new();
    // For each open brace whether it is that of an inline module.
    let mut braces: Vec<bool> = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let before = |back: usize| at.checked_sub(back).map_or("", |index| tokens[index].text);
        match token.text {
            "{" => braces.push(before(2) == "mod"),
            "}" => {
                braces.pop();
            }
            _ if is_name(token) && !BEFORE_A_PATH.contains(&token.text) && before(1) != "." => {
                let inside = braces.iter().filter(|inline| **inline).count();
                let imported = before(1) == "use" || before(1) == "::" && before(2) == "use";
                let start = found.len();
                at = tree(tokens, at, &[], inside, &mut found);
                if !imported {
                    // Words that are no paths.
                    let kept = found.split_off(start).into_iter().filter(|path| path.segments.len() > 1);
                    found.extend(kept);
                }
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Reads the path at `at` with the groups behind it; gives the place of the first token after it.
fn tree<'a>(
    tokens: &[Token<'a>],
    mut at: usize,
    prefix: &[&'a str],
    inside: usize,
    found: &mut Vec<Path<'a>>,
) -> usize {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text);
    let line = tokens.get(at).map_or(0, |token| token.line);
    let mut segments = prefix.to_vec();
    loop {
        match tokens.get(at) {
            Some(token) if is_name(token) || token.text == "*" => segments.push(token.text),
            _ => break,
        }
        at += 1;
        if text(at) != "::" {
            break;
        }
        at += 1;
        if text(at) == "{" {
            at += 1;
            while at < tokens.len() && text(at) != "}" {
                let next = tree(tokens, at, &segments, inside, found);
                // A comma, or what `as` says.
                at = next.max(at + 1);
                while at < tokens.len() && ![",", "}"].contains(&text(at)) {
                    at += 1;
                }
                if text(at) == "," {
                    at += 1;
                }
            }
            return at + 1;
        }
    }
    if segments.len() > prefix.len() {
        found.push(Path { segments, line, inside });
    }
    at
}

/// The lines of items that are compiled for tests only, and the files among them: `#[cfg(test)] mod tests;`.
pub fn test_items<'a>(tokens: &[Token<'a>]) -> (Vec<RangeInclusive<usize>>, Vec<&'a str>) {
    let (mut ranges, mut files) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < tokens.len() {
        let Some(attribute) = attribute(tokens, at) else {
            at += 1;
            continue;
        };
        let says = |word: &str| tokens[at..attribute].iter().any(|token| token.text == word);
        if !(says("cfg") && says("test")) || says("not") {
            at = attribute;
            continue;
        }
        let start = at;
        at = attribute;
        while let Some(next) = self::attribute(tokens, at) {
            at = next;
        }
        let item = at;
        let end = end_of_item(tokens, at);
        let module = tokens[item..end].iter().position(|token| token.text == "mod");
        if let Some(name) = module.and_then(|place| tokens.get(item + place + 1))
            && tokens.get(item + module.unwrap_or(0) + 2).is_some_and(|token| token.text == ";")
        {
            files.push(name.text);
        }
        let last = tokens.get(end.saturating_sub(1)).map_or(0, |token| token.line);
        ranges.push(tokens[start].line..=last);
        at = end;
    }
    (ranges, files)
}

/// The place behind the attribute at `at`, if one stands there.
pub fn attribute(tokens: &[Token<'_>], at: usize) -> Option<usize> {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text);
    let open = match (text(at), text(at + 1), text(at + 2)) {
        ("#", "[", _) => at + 1,
        ("#", "!", "[") => at + 2,
        _ => return None,
    };
    Some(matching(tokens, open) + 1)
}

/// The place behind the item at `at`: behind its `;` or its closing brace.
fn end_of_item(tokens: &[Token<'_>], mut at: usize) -> usize {
    while let Some(token) = tokens.get(at) {
        match token.text {
            ";" => return at + 1,
            "{" => return matching(tokens, at) + 1,
            "(" | "[" => at = matching(tokens, at) + 1,
            _ => at += 1,
        }
    }
    tokens.len()
}

/// The place of the bracket that closes the one at `open`; the end where none does.
fn matching(tokens: &[Token<'_>], open: usize) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    tokens.len().saturating_sub(1)
}

/// All functions that have a body.
pub fn functions<'a>(tokens: &[Token<'a>]) -> Vec<Function<'a>> {
    let mut found = Vec::new();
    for (at, pair) in tokens.windows(2).enumerate() {
        let [keyword, name] = pair else { continue };
        if keyword.text != "fn" || !is_name(name) {
            continue;
        }
        let last = &tokens[end_of_item(tokens, at) - 1];
        if last.text == "}" {
            found.push(Function { name: name.text, line: keyword.line, lines: last.line - keyword.line + 1 });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        paths(&tokens(text)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn paths_are_found_in_code_only() {
        let check = |text: &str, expected: &[&str]| assert_eq!(found(text), expected, "{text}");
        check("", &[]);
        check("use crate::sim;", &["crate::sim"]);
        check("use ratatui;", &["ratatui"]);
        check("let x = crate::lab::find(name);", &["crate::lab::find"]);
        check(
            "use crate::{sim::Nanos, lab::{self, Run}};",
            &["crate::sim::Nanos", "crate::lab::self", "crate::lab::Run"],
        );
        check(
            "use crate::{\n    a,\n    b as c, // d,\n    e::*,\n};\nx::y()",
            &["crate::a", "crate::b", "crate::e::*", "x::y"],
        );
        check("pub(crate) use ::ratatui::Frame;", &["ratatui::Frame"]);
        check("use ::rusqlite; fn f(x: &mut ::a::B) {}", &["rusqlite", "a::B"]);
        check("// crate::a\n/* crate::b /* crate::c */ crate::d */ crate::e::f", &["crate::e::f"]);
        check("/// [`crate::a`]\n//! crate::b\nstd::fs::read", &["std::fs::read"]);
        check(
            r##"("crate::a", r#"crate::b " crate::c"#, b"crate::d", 'c', '\'', '"', b'"', crate::e)"##,
            &["crate::e"],
        );
        check(r#""\" crate::a" crate::b"#, &["crate::b"]);
        check("fn f<'a>(x: &'a crate::T) -> crate::U<'a> {}", &["crate::T", "crate::U"]);
        check("vec.iter().collect::<Vec<std::io::Error>>()", &["std::io::Error"]);
        check("'\u{1d11e}' 'ä' '::' a::b", &["a::b"]);
        check("\"never closed crate::a", &[]);
        check("/* never closed crate::a", &[]);
        check("use crate::{a, b", &["crate::a", "crate::b"]);
    }

    #[test]
    fn the_top_module_is_found_from_wherever_the_path_stands() {
        let check = |module: &[&str], text: &str, expected: &[Option<&str>]| {
            let tokens = tokens(text);
            let found = paths(&tokens);
            let tops: Vec<Option<&str>> = found.iter().map(|path| path.top_module(module)).collect();
            assert_eq!(tops, expected, "{text}");
        };
        check(&["lab"], "crate::sim::Nanos super::doc::x std::fs::read", &[Some("sim"), Some("doc"), None]);
        check(&["lab", "ring"], "super::Run super::super::doc::x", &[None, Some("doc")]);
        check(
            &["lab"],
            "mod tests { use super::Run; use super::super::doc; } use super::doc;",
            &[None, Some("doc"), Some("doc")],
        );
        check(&["lab"], "self::super::doc::x use self::ring;", &[Some("doc"), None]);
        check(&["lab"], "fn f() { super::doc::x() } use crate::*;", &[Some("doc"), Some("*")]);
    }

    #[test]
    fn lines_are_counted_through_everything() {
        let text = "a\n/* \n */ b \"\n\" c\nr#\"\n\n\"# d // e\nf";
        let lines: Vec<(&str, usize)> = tokens(text).iter().map(|token| (token.text, token.line)).collect();
        let expected = [("a", 1), ("b", 3), ("\"\"", 3), ("c", 4), ("\"\"", 5), ("d", 7), ("f", 8)];
        assert_eq!(lines, expected);
    }

    #[test]
    fn functions_have_their_length() {
        let check = |text: &str, expected: &[(&str, usize, usize)]| {
            let tokens = tokens(text);
            let found: Vec<_> = functions(&tokens).iter().map(|f| (f.name, f.line, f.lines)).collect();
            assert_eq!(found, expected, "{text}");
        };
        check("fn f() {}", &[("f", 1, 1)]);
        check("\nfn f(x: [u8; 3])\n-> T {\n  if a { b }\n}\n", &[("f", 2, 4)]);
        check("trait T {\n fn a(&self);\n fn b() {\n }\n}", &[("b", 3, 2)]);
        check("struct S { start: fn(u8) -> u8 }", &[]);
        check("fn f() { \"{\"; '}'; // }\n}", &[("f", 1, 2)]);
    }

    #[test]
    fn what_only_tests_have_is_told_apart() {
        let check = |text: &str, ranges: &[RangeInclusive<usize>], files: &[&str]| {
            assert_eq!(test_items(&tokens(text)), (ranges.to_vec(), files.to_vec()), "{text}");
        };
        check("fn f() {}\n#[cfg(test)]\nmod tests {\n fn g() {}\n}\nfn h() {}", &[2..=5], &[]);
        check("#[cfg(test)]\nmod tests;\nmod unit;", &[1..=2], &["tests"]);
        check("#[cfg(all(test, unix))]\n#[path = \"x\"]\nmod tests;", &[1..=3], &["tests"]);
        check("#[cfg(not(test))]\nfn f() {}\n#[cfg(unix)]\nfn test() {}", &[], &[]);
        check("#[cfg(test)]\nimpl A { fn b() { mod_c; } }", &[1..=2], &[]);
    }
}
