//! The colours of code against expectations by hand, and what holds for any text.

use std::cell::Cell;
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::language::{LANGUAGES, SESSIONS};
use super::*;

static SYNTAXES: LazyLock<Syntaxes> = LazyLock::new(Syntaxes::load);

fn mark(kind: Option<Syntax>) -> Option<char> {
    kind.map(|kind| match kind {
        Syntax::Keyword => 'k',
        Syntax::Name => 'n',
        Syntax::Type => 't',
        Syntax::Text => 's',
        Syntax::Number => '0',
        Syntax::Comment => 'c',
    })
}

/// Below each character of the text the letter of its kind, a dot where it is plain, a blank below blanks.
fn shown(language: &str, text: &str) -> String {
    let colouring = SYNTAXES.colour(language, text).unwrap_or_else(|| panic!("{language} is unknown"));
    let mut lines = text.split('\n').zip(&colouring).map(|(line, pieces)| {
        let mut out = String::new();
        let mut from = 0;
        for &(length, kind) in pieces.iter().chain([&(line.len(), None)]) {
            let to = (from + length).min(line.len());
            let letter = mark(kind).unwrap_or('.');
            out.extend(line[from..to].chars().map(|c| if c == ' ' { ' ' } else { letter }));
            from = to;
        }
        out
    });
    let first = lines.next().unwrap_or_default();
    lines.fold(first, |all, line| all + "\n" + &line)
}

fn check(language: &str, rows: &[(&str, &str)]) {
    let text: Vec<&str> = rows.iter().map(|(line, _)| *line).collect();
    let expected: Vec<&str> = rows.iter().map(|(_, marks)| *marks).collect();
    let found = shown(language, &text.join("\n"));
    let found: Vec<&str> = found.split('\n').collect();
    for ((line, expected), found) in text.iter().zip(&expected).zip(&found) {
        assert_eq!(found, expected, "{language}:\n{line}");
    }
}

/// Expectations by hand, from what the words are in each language.
#[test]
fn pieces_are_what_they_are_in_their_language() {
    check(
        "rust,ignore",
        &[
            ("// why", "cc ccc"),
            ("pub fn take(n: Ring) -> Option<String> {", "kkk kk nnnn... ..... .. tttttt.tttttt. ."),
            ("    let x = \"a\\n\"; call(1.5, 'c', true)", "    kkk . . sssss. nnnn.000. sss. 0000."),
        ],
    );
    check(
        "golang",
        &[
            ("func (r *Ring) Get(key string) error {", "kkkk .. .kkkk. nnn.... tttttt. ttttt ."),
            ("  return fmt.Errorf(\"bad\", 7) // no", "  kkkkkk ....nnnnnn.sssss. 0. cc cc"),
        ],
    );
    check(
        "java",
        &[
            ("public class Ring extends Base {", "kkkkkk kkkkk tttt kkkkkkk tttt ."),
            ("  private final int n = 3; /* x */", "  kkkkkkk kkkkk ttt . . 0. cc c cc"),
        ],
    );
    check(
        "{.python}",
        &[
            ("def f(a, b=None):", "kkk n... ..0000.."),
            // The expression in the text is no text, and `not` is a word where `+` is a sign.
            ("  return f\"x {a + 1}\" if not a else 2  # c", "  kkkkkk kss .. . 0.s kk kkk . kkkk 0  c c"),
            ("class A(B):", "kkkkk t.t.."),
        ],
    );
    check(
        "ts",
        &[
            ("interface A { x: number; y?: string }", "kkkkkkkkk t . .. tttttt. ... tttttt ."),
            ("const f = await g(`a ${b + 1}`); // c", "kkkkk . . kkkkk n.ss ... . 0.s.. cc c"),
        ],
    );
    check("c", &[("typedef struct { uint32_t a; } t; /* c */", "kkkkkkk kkkkkk . tttttttt .. . t. cc c cc")]);
    check(
        "sql title=\"x\"",
        &[(
            "SELECT id FROM users WHERE name = 'x' AND age > 3 -- c",
            "kkkkkk .. kkkk ..... kkkkk .... . sss kkk ... . 0 cc c",
        )],
    );
    check("json", &[("{\"key\": [\"text\", 1.5e3, true]}", ".kkkkk. .ssssss. 00000. 0000..")]);
    check("yml", &[("# c", "c c"), ("name: web", "kkkk. sss"), ("  - 443", "  . 000")]);
    check("toml", &[("name = \"x\" # c", "kkkk . sss c c"), ("n = 3", "k . 0")]);
    check("sh", &[("if [ \"$A\" ]; then exit 1; fi", "kk n ssss n. kkkk nnnn .. kk")]);
    check("html", &[("<!-- c --><a href=\"x\">text</a>", "cccc c ccc.k nnnn.sss.......k.")]);
    check("diff", &[("@@ -1 +1 @@", "kk kk kk kk"), ("-old", "0000"), ("+new", "ssss"), (" same", " ....")]);
    check("dockerfile", &[("FROM rust:1 AS build", "kkkk .....t kk .....")]);
    check("proto", &[("message User { string name = 1; }", "kkkkkkk tttt . tttttt .... . 0. .")]);
    check("lua", &[("local n = nil -- c", "kkkkk . . 000 cc c")]);
    check("hcl", &[("  n = \"x\"", "  . . sss")]);
    check("console", &[("$ echo 'a' # c", ". nnnn sss c c"), ("if it said this", ".. .. .... ....")]);
}

#[test]
fn every_name_of_a_language_has_its_grammar() {
    for name in LANGUAGES.iter().flat_map(|(_, aliases)| *aliases).chain(SESSIONS) {
        assert!(SYNTAXES.colour(name, "x").is_some(), "{name}");
    }
    assert_eq!(SYNTAXES.colour("no-such-language", "x"), None);
    assert_eq!(SYNTAXES.colour("text", "if x"), None);
}

/// Everything that a language opens brackets, texts and comments with, and what closes them.
const ATOMS: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "<",
    ">",
    "\"",
    "'",
    "`",
    "\\",
    "$",
    "$(",
    "${",
    "<<EOF\n",
    "EOF\n",
    "//",
    "/*",
    "*/",
    "#",
    "--",
    "<!--",
    "-->",
    "\"\"\"",
    "a",
    "A1",
    " ",
    "\t",
    "\n",
    "\r\n",
    "0x1",
    ":",
    ";",
    "=",
    "é",
    "日",
    "e\u{301}",
    "👩‍👧",
    "\0",
    "\u{1b}[31m",
    "\u{202e}",
    "\r",
    "$ ",
    "if ",
    "fn ",
    "class ",
    "SELECT ",
    "- ",
    "+",
    "@@ ",
    "\u{feff}",
    "%",
    "|",
];

/// Sound pieces: no more than the line has, and none begins or ends inside a character.
fn sound(name: &str, text: &str) {
    let colouring = SYNTAXES.colour(name, text).unwrap_or_default();
    let lines: Vec<&str> = text.split('\n').collect();
    assert!(colouring.len() <= lines.len(), "{name}");
    for (line, pieces) in lines.iter().zip(&colouring) {
        let mut at = 0;
        for (length, _) in pieces {
            at += length;
            assert!(*length > 0 && line.is_char_boundary(at), "{name}: {line:?} has {pieces:?}");
        }
        assert!(pieces.last().is_none_or(|(_, kind)| kind.is_some()), "what is left over is plain");
    }
}

proptest! {
    // The same texts in every run: a grammar that went round in circles could not be stopped.
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn pieces_are_sound_whatever_the_text(
        language in 0..LANGUAGES.len() + 1,
        atoms in prop::collection::vec(prop::sample::select(ATOMS), 0..60),
        again in 1..20_usize,
    ) {
        let name = LANGUAGES.get(language).map_or(SESSIONS[0], |(_, aliases)| aliases[0]);
        sound(name, &atoms.concat());
        let one: String = atoms.iter().take(3).copied().collect();
        sound(name, &one.repeat(again));
    }
}

#[test]
fn a_line_that_is_too_long_stays_plain_and_the_next_does_not() {
    let long = format!("let a = \"{}\";", "x".repeat(1_000_000));
    let colouring = SYNTAXES.colour("rust", &format!("let a\n{long}\nlet b")).unwrap_or_default();
    let word = vec![(3, Some(Syntax::Keyword))];
    assert_eq!(colouring, [word.clone(), Vec::new(), word]);
}

#[test]
fn no_more_is_read_than_the_budget_allows() {
    // 100 bytes with its end; 256 KiB hold 2,621 of them.
    let line = format!("{}\n", "// a comment, as long as it may be".repeat(3)[..99].to_owned());
    let colouring = SYNTAXES.colour("rust", &line.repeat(5_000)).unwrap_or_default();
    assert_eq!(colouring.len(), 256 * 1024 / 100);
    assert!(colouring.iter().all(|pieces| *pieces == [(99, Some(Syntax::Comment))]));
}

#[test]
fn it_ends_when_there_is_no_more_time() {
    let left = Cell::new(3);
    let more = || left.replace(left.get() - 1) > 0;
    let colouring = SYNTAXES.colour_while("rust", &"// c\n".repeat(10), &more).unwrap_or_default();
    assert_eq!(colouring.len(), 3);
}

#[test]
fn they_can_be_shared_by_threads() {
    fn shared<T: Send + Sync + 'static>(_: &T) {}
    shared(&*SYNTAXES);
}
