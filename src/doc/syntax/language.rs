//! Which language a code block is in, by what stands behind its fence.
//!
//! Authors write many things there: a name, an extension, attributes, a file's title. The table below lists the
//! languages that are coloured and what people call them. It is closed on purpose. A grammar is a program written
//! by others, and nothing can stop it within a line: on `]]message /*{{`, after a line `message`, JavaScript's was
//! still at work after a minute, and Scala's and SCSS's have such lines too. A language stands here after its grammar has met some ten thousand broken texts. What is read by
//! another grammar in passing (a script in HTML, a block in Markdown) is kept from them, see [`leads_elsewhere`].

/// How a block is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// By the grammar with this name.
    Grammar(&'static str),
    /// A shell session: lines after a prompt by this grammar, the others are what the commands said.
    Session(&'static str),
}

const BASH: &str = "Bourne Again Shell (bash)";
const TYPESCRIPT: &str = "TypeScript";
const TSX: &str = "TypeScriptReact";

/// Each grammar by its name in the collection, and what the language is called in fences.
pub(super) const LANGUAGES: &[(&str, &[&str])] = &[
    (BASH, &["bash", "sh", "shell", "zsh", "ksh", "bashrc", "posix"]),
    ("C", &["c", "h"]),
    ("C#", &["c#", "cs", "csharp", "csx", "dotnet"]),
    ("C++", &["c++", "cpp", "cc", "cxx", "hpp", "hh", "hxx", "h++", "cuda", "arduino", "ino"]),
    ("CMake", &["cmake"]),
    ("CSS", &["css"]),
    ("Clojure", &["clojure", "clj", "cljs", "cljc", "edn"]),
    ("Dart", &["dart"]),
    ("Diff", &["diff", "patch", "udiff"]),
    ("Dockerfile", &["dockerfile", "docker", "containerfile"]),
    ("DotENV", &["dotenv", "env"]),
    ("Elixir", &["elixir", "ex", "exs", "iex"]),
    ("Erlang", &["erlang", "erl", "hrl"]),
    ("Fish", &["fish"]),
    ("Go", &["go", "golang"]),
    ("Gomod", &["gomod", "go.mod"]),
    ("GraphQL", &["graphql", "gql", "graphqls"]),
    ("Graphviz (DOT)", &["dot", "graphviz", "gv"]),
    ("Groovy", &["groovy", "gradle", "jenkinsfile", "gvy"]),
    ("HTML", &["html", "htm", "xhtml"]),
    ("HTTP Request and Response", &["http", "https"]),
    ("Haskell", &["haskell", "hs"]),
    ("INI", &["ini", "cfg", "conf", "editorconfig", "systemd", "desktop"]),
    ("JSON", &["json", "jsonc", "json5", "jsonl", "ndjson", "geojson", "ipynb"]),
    ("JQ", &["jq"]),
    ("Java", &["java"]),
    ("Java Properties", &["properties"]),
    ("Julia", &["julia", "jl"]),
    ("Kotlin", &["kotlin", "kt", "kts"]),
    ("Lua", &["lua", "luau", "redis"]),
    ("Makefile", &["makefile", "make", "mk", "gnumake"]),
    ("Markdown", &["markdown", "md", "gfm", "mdx", "mkd"]),
    ("Nix", &["nix"]),
    ("OCaml", &["ocaml", "ml", "mli"]),
    ("Objective-C", &["objective-c", "objectivec", "objc", "obj-c"]),
    ("PHP", &["php"]),
    ("Perl", &["perl", "pl", "pm"]),
    ("Protocol Buffer", &["protobuf", "proto", "proto3", "proto2", "protocol-buffer"]),
    ("Python", &["python", "py", "python3", "python2", "py3", "pyi", "starlark", "bazel"]),
    ("R", &["r", "rscript"]),
    ("Rego", &["rego"]),
    ("Ruby", &["ruby", "rb", "rake", "gemfile", "gemspec"]),
    ("Rust", &["rust", "rs"]),
    ("SQL", &["sql", "mysql", "postgres", "postgresql", "plpgsql", "psql", "sqlite", "pgsql", "tsql", "cql"]),
    ("Solidity", &["solidity", "sol"]),
    ("Swift", &["swift"]),
    ("TOML", &["toml"]),
    ("Terraform", &["terraform", "hcl", "tf", "tfvars", "nomad"]),
    // JavaScript too, which is a part of it: see above.
    (
        TYPESCRIPT,
        &["typescript", "ts", "mts", "cts", "deno", "javascript", "js", "mjs", "cjs", "node", "nodejs"],
    ),
    (TSX, &["tsx", "jsx", "javascriptreact", "typescriptreact"]),
    ("VimL", &["vim", "viml", "vimscript"]),
    ("XML", &["xml", "svg", "xsd", "xslt", "pom", "plist", "rss"]),
    ("YAML", &["yaml", "yml", "k8s", "kubernetes", "docker-compose"]),
    ("Zig", &["zig"]),
    ("nginx", &["nginx", "nginxconf"]),
];

/// What sessions at a prompt are called.
pub(super) const SESSIONS: &[&str] =
    &["console", "shell-session", "shellsession", "sh-session", "bash-session", "terminal", "session"];

/// The name of a language in the line behind a fence, in small letters, as its author wrote it; nothing where
/// there is none. `rust,ignore` is `rust`, `{.python .numbered}` is `python`, `js{1,3}` is `js`, and
/// `python title="x"` is `python`.
#[must_use]
pub fn language(info: &str) -> Option<String> {
    let inner = info.trim().trim_start_matches(['{', '.', '=', ' ']);
    let end = inner.find(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '{' | '}' | ':' | '('));
    let word = &inner[..end.unwrap_or(inner.len())];
    let named = word.strip_prefix("language-").or_else(|| word.strip_prefix("lang-")).unwrap_or(word);
    // A name with a value is an attribute, such as title="main.rs": the language was left out.
    (!named.is_empty() && named.len() <= 32 && !named.contains('=')).then(|| named.to_lowercase())
}

/// Whether a line could lead a grammar into that of another language, JavaScript above all. Such a line is not read:
/// a script in HTML, a block of code in Markdown, a text in Ruby or PHP that is marked as JavaScript.
pub(super) fn leads_elsewhere(grammar: &str, line: &str) -> bool {
    const HOSTS: [&str; 7] = ["Elixir", "HTML", "Markdown", "PHP", "Perl", "Ruby", "XML"];
    if !HOSTS.contains(&grammar) {
        return false;
    }
    let line = line.to_ascii_lowercase();
    let has = |part: &str| line.contains(part);
    // onclick="...": what stands there is JavaScript.
    let handler = line.match_indices("on").any(|(at, _)| {
        let rest = line[at + 2..].trim_start_matches(|c: char| c.is_ascii_alphabetic());
        rest.trim_start().starts_with('=') && has("<")
    });
    let heredoc = has("<<") && (has("js") || has("html"));
    handler || heredoc || has("<script") || has("javascript") || has("```") || has("~~~")
}

/// How to read a block whose fence says this; nothing where the language is unknown.
pub(super) fn reading(info: &str) -> Option<Reading> {
    let name = language(info)?;
    if SESSIONS.contains(&name.as_str()) {
        return Some(Reading::Session(BASH));
    }
    let found = LANGUAGES.iter().find(|(_, aliases)| aliases.contains(&name.as_str()));
    found.map(|(grammar, _)| Reading::Grammar(grammar))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_found_in_what_authors_write() {
        let check =
            |info, expected: &str| assert_eq!(language(info).as_deref().unwrap_or(""), expected, "{info:?}");
        check("rust", "rust");
        check("  Rust  ", "rust");
        check("rust,ignore", "rust");
        check("rust, no_run", "rust");
        check("{.python}", "python");
        check("{ .python .numberLines startFrom=\"100\" }", "python");
        check("{r, echo=FALSE}", "r");
        check("{=html}", "html");
        check("python title=\"x\"", "python");
        check("js{1,3-4}", "js");
        check("go:main.go", "go");
        check("language-c++", "c++");
        check("C#", "c#");
        check("sh-session", "sh-session");
        check("title=\"main.rs\"", "");
        check("", "");
        check("{}", "");
        check(&"x".repeat(1_000_000), "");
    }

    #[test]
    fn no_grammar_comes_to_javascript() {
        for (grammar, line) in [
            ("HTML", "<p><SCRIPT src=x>"),
            ("HTML", "<a onclick = \"f()\">"),
            ("Markdown", "```js"),
            ("Markdown", "- ~~~ rust"),
            ("Ruby", "x = <<~JS"),
            ("PHP", "$a = <<<JAVASCRIPT"),
        ] {
            assert!(leads_elsewhere(grammar, line), "{grammar}: {line}");
        }
        for (grammar, line) in [
            ("HTML", "<a href=\"x\">one</a>"),
            ("Markdown", "# Title"),
            ("TypeScriptReact", "<div onClick={f}>"),
            ("Rust", "let condition = 1;"),
        ] {
            assert!(!leads_elsewhere(grammar, line), "{grammar}: {line}");
        }
    }

    #[test]
    fn no_two_languages_share_a_name() {
        let mut seen = std::collections::HashSet::new();
        for name in LANGUAGES.iter().flat_map(|(_, aliases)| *aliases).chain(SESSIONS) {
            assert!(seen.insert(name), "{name} twice");
            assert_eq!(language(name).as_deref(), Some(*name), "it is found as it stands");
        }
    }

    #[test]
    fn what_is_no_language_stays_plain() {
        for name in [
            "text",
            "txt",
            "plain",
            "plaintext",
            "output",
            "none",
            "ascii",
            "mermaid",
            "scala",
            "no-such",
            "",
        ] {
            assert_eq!(reading(name), None, "{name}");
        }
    }
}
