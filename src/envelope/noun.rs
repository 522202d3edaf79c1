//! Names of counted things: `users` and `user`, `queries` and `query` are one unit.
//!
//! Nobody declares them, so the calculator must see by itself that two spellings are one thing, and write
//! each where it belongs: many above the stroke, one below it. The rules are those of English spelling with
//! the irregular nouns that occur in system design. A noun that the rules get wrong is still treated alike
//! each time it is written the same way.

use std::rc::Rc;

use super::parse::is_reserved;
use super::{constant, unit};

/// A counted thing.
#[derive(Clone, Debug)]
pub(super) struct Noun {
    /// What makes it the same as another: the singular in small letters, abbreviations written out.
    pub key: Rc<str>,
    /// As shown for one and below a stroke: `user`.
    pub one: Rc<str>,
    /// As shown for several: `users`.
    pub many: Rc<str>,
}

impl Noun {
    /// The noun as written after a number (`above` the stroke, `several` of it) or below a stroke. What was
    /// written for several stays the plural: `5 req` says that its writer counts 1 req, 2 req.
    pub fn written(word: &str, several: bool) -> Noun {
        let one = singular(word);
        let many = if several || one != word {
            word.to_string()
        } else {
            // Where the plural would be read as another noun (`as` of `a`), there is none.
            Some(plural(&one)).filter(|many| singular(many) == one).unwrap_or_else(|| one.clone())
        };
        // Each form is read again, so none may be a word of the language or look like a slip for a unit: `daus`
        // would be one for `days`.
        let taken = |form: &str| {
            is_reserved(form)
                || constant::find(form).is_some()
                || unit::is_built_in(form)
                || unit::scale(form).is_some()
                || unit::suspect(form).is_some()
        };
        let (one, many) = match (taken(&one), taken(&many)) {
            (true, false) => (many.clone(), many),
            (false, true) => (one.clone(), one),
            // Only known because it was counted above, in the other form: `10 Cads`, then `10 Cad`.
            (true, true) if !taken(&plural(&one)) => (plural(&one), plural(&one)),
            _ => (one, many),
        };
        Noun { key: key(word).into(), one: one.into(), many: many.into() }
    }
}

/// What a noun is recognised by: equal for singular and plural, for capital and small letters, and for the
/// usual abbreviations (`req`, `tx`, `msg`, `conn`, `op`).
pub(super) fn key(word: &str) -> String {
    let singular = singular(word).to_lowercase();
    let long = match singular.as_str() {
        "req" | "rq" => "request",
        "tx" | "txn" => "transaction",
        "msg" => "message",
        "conn" => "connection",
        "op" => "operation",
        "repl" => "replica",
        // `calories` may be of a calory or a calorie: both are one thing.
        _ => match singular.strip_suffix("ie").filter(|stem| stem.len() > 2 && !is_irregular(&singular)) {
            Some(stem) => return format!("{stem}y"),
            None => return singular,
        },
    };
    long.to_string()
}

/// Nouns whose forms no rule gives: (singular, plural).
const IRREGULAR: [(&str, &str); 35] = [
    ("person", "people"),
    ("child", "children"),
    ("vertex", "vertices"),
    ("index", "indices"),
    ("matrix", "matrices"),
    ("axis", "axes"),
    ("analysis", "analyses"),
    ("basis", "bases"),
    ("crisis", "crises"),
    ("criterion", "criteria"),
    ("cache", "caches"),
    ("niche", "niches"),
    ("movie", "movies"),
    ("cookie", "cookies"),
    ("selfie", "selfies"),
    ("zombie", "zombies"),
    ("hero", "heroes"),
    ("echo", "echoes"),
    ("veto", "vetoes"),
    ("leaf", "leaves"),
    ("half", "halves"),
    ("shelf", "shelves"),
    ("life", "lives"),
    ("quiz", "quizzes"),
    ("series", "series"),
    ("species", "species"),
    ("req", "req"),
    ("tx", "tx"),
    ("redis", "redis"),
    ("postgres", "postgres"),
    ("sms", "sms"),
    ("news", "news"),
    ("man", "men"),
    ("woman", "women"),
    ("kubernetes", "kubernetes"),
];

fn is_irregular(word: &str) -> bool {
    IRREGULAR.iter().any(|(one, _)| *one == word)
}

/// Singulars that end in `s`; their plurals add `es`.
const ENDS_IN_S: [&str; 21] = [
    "status",
    "bus",
    "virus",
    "bonus",
    "campus",
    "corpus",
    "consensus",
    "alias",
    "gas",
    "lens",
    "canvas",
    "atlas",
    "bias",
    "nexus",
    "focus",
    "census",
    "radius",
    "surplus",
    "genius",
    "process",
    "dns",
];

/// The singular of a noun, in the letters it was written in; a singular stays as it is.
pub(super) fn singular(word: &str) -> String {
    let small = word.to_ascii_lowercase();
    if let Some((one, many)) = IRREGULAR.iter().find(|(one, many)| small == *many || small == *one) {
        return if small == *many { in_letters_of(word, one) } else { word.to_string() };
    }
    if ENDS_IN_S.contains(&small.as_str())
        || small.ends_with("ss")
        || !small.ends_with('s')
        || small.len() < 3
    {
        return word.to_string();
    }
    let cut = |letters: usize| word[..word.len() - letters].to_string();
    let one = match small.as_str() {
        _ if small.strip_suffix("es").is_some_and(|stem| ENDS_IN_S.contains(&stem)) => cut(2),
        _ if small.ends_with("ies") && small.len() > 4 => cut(3) + "y",
        _ if ["sses", "shes", "ches", "xes"].iter().any(|end| small.ends_with(end)) => cut(2),
        _ => cut(1),
    };
    // `mens` is not several `men`, which are several of another noun.
    let plural = IRREGULAR.iter().any(|(single, many)| single != many && one.eq_ignore_ascii_case(many));
    if plural { word.to_string() } else { one }
}

/// The plural of a singular noun.
pub(super) fn plural(one: &str) -> String {
    let small = one.to_ascii_lowercase();
    if let Some((_, many)) = IRREGULAR.iter().find(|(singular, _)| small == *singular) {
        return in_letters_of(one, many);
    }
    let vowel_before_y = ["ay", "ey", "oy", "uy"].iter().any(|end| small.ends_with(end));
    if small.len() > 2 && small.ends_with('y') && !vowel_before_y {
        return one[..one.len() - 1].to_string() + "ies";
    }
    let hissing = ["s", "sh", "ch", "x"].iter().any(|end| small.ends_with(end));
    format!("{one}{}", if hissing { "es" } else { "s" })
}

/// `form` with a capital where `word` begins with one.
fn in_letters_of(word: &str, form: &str) -> String {
    let capital = word.chars().next().is_some_and(char::is_uppercase);
    let mut letters = form.chars();
    match letters.next() {
        Some(first) if capital => first.to_uppercase().chain(letters).collect(),
        _ => form.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn singular_and_plural_are_one_unit() {
        // Nouns of the field, with the plurals a dictionary gives.
        for (one, many) in [
            ("user", "users"),
            ("query", "queries"),
            ("entry", "entries"),
            ("reply", "replies"),
            ("key", "keys"),
            ("replica", "replicas"),
            ("cache", "caches"),
            ("batch", "batches"),
            ("hash", "hashes"),
            ("box", "boxes"),
            ("index", "indices"),
            ("process", "processes"),
            ("address", "addresses"),
            ("response", "responses"),
            ("database", "databases"),
            ("size", "sizes"),
            ("status", "statuses"),
            ("alias", "aliases"),
            ("person", "people"),
            ("vertex", "vertices"),
            ("URL", "URLs"),
            ("CPU", "CPUs"),
            ("API", "APIs"),
            ("Entry", "Entries"),
            ("series", "series"),
            ("drive", "drives"),
            ("shoe", "shoes"),
            ("warehouse", "warehouses"),
            ("lens", "lenses"),
            ("disk", "disks"),
            ("focus", "focuses"),
            ("woman", "women"),
            ("sms", "sms"),
        ] {
            assert_eq!(singular(many), one, "singular of {many}");
            assert_eq!(singular(one), one, "singular of {one}");
            assert_eq!(plural(one), many, "plural of {one}");
            assert_eq!(key(one), key(many));
        }
        assert_eq!(key("req"), key("Requests"));
        assert_eq!(key("txs"), key("transactions"));
        assert_eq!(key("calorie"), key("calories"));
        assert_ne!(key("post"), key("port"));
    }

    #[test]
    fn what_was_written_for_several_stays_the_plural() {
        assert_eq!(&*Noun::written("req", true).many, "req");
        assert_eq!(&*Noun::written("post", false).many, "posts");
        assert_eq!(&*Noun::written("users", true).one, "user");
    }
}
