//! From the scopes of a grammar to the six kinds.
//!
//! Scopes are dotted names, the general part first: `constant.numeric.integer.rust`. They lie over each other, the
//! innermost last. The first from the inside that a rule knows decides; of several rules that fit, the longest.

use syntect::parsing::Scope;

use crate::doc::Syntax;

/// How far down the scopes are searched. What a piece is, stands near the top; below lie the brackets it is in.
const REACH: usize = 24;

/// What a rule says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// It is of this kind.
    Is(Syntax),
    /// It is plain, whatever lies below.
    Plain,
    /// A keyword where it is a word, such as `and`, and plain where it is a sign, such as `&&`.
    Word,
}

use Syntax::{Comment, Keyword, Name, Number, Text, Type};
use Verdict::{Is, Plain, Word};

/// The rules. What is not named here says nothing, and the scope below it decides.
const RULES: &[(&str, Verdict)] = &[
    ("comment", Is(Comment)),
    ("string", Is(Text)),
    // Inside a string they are part of it; an escape in another colour makes a text restless.
    ("constant.character", Is(Text)),
    ("constant.other.placeholder", Is(Text)),
    ("constant", Is(Number)),
    ("support.constant", Is(Number)),
    ("keyword", Is(Keyword)),
    ("keyword.operator", Word),
    ("keyword.other.unit", Is(Number)),
    ("storage", Is(Keyword)),
    ("variable.language", Is(Keyword)),
    ("variable.function", Is(Name)),
    ("support.function", Is(Name)),
    ("support.macro", Is(Name)),
    ("entity.name", Is(Name)),
    ("entity.name.tag", Is(Keyword)),
    ("entity.other.attribute-name", Is(Name)),
    ("entity.name.type", Is(Type)),
    ("entity.name.class", Is(Type)),
    ("entity.name.struct", Is(Type)),
    ("entity.name.enum", Is(Type)),
    ("entity.name.union", Is(Type)),
    ("entity.name.trait", Is(Type)),
    ("entity.name.impl", Is(Type)),
    ("entity.name.interface", Is(Type)),
    ("entity.name.section", Is(Keyword)),
    ("entity.other.inherited-class", Is(Type)),
    ("support.type", Is(Type)),
    ("support.class", Is(Type)),
    ("storage.type.numeric", Is(Type)),
    ("storage.type.primitive", Is(Type)),
    ("support.type.property-name", Is(Keyword)),
    ("markup.heading", Is(Keyword)),
    ("markup.raw", Is(Text)),
    ("markup.underline.link", Is(Name)),
    ("markup.inserted", Is(Text)),
    ("markup.deleted", Is(Number)),
    ("meta.diff.header", Is(Type)),
    ("meta.diff.range", Is(Keyword)),
    // A language inside another starts anew: an expression in a string is no string.
    ("source", Plain),
    ("meta.interpolation", Plain),
    ("meta.template.expression", Plain),
    ("meta.string-interpolation", Plain),
];

/// The rules, compiled.
pub(super) struct Kinds {
    rules: Vec<(Scope, Verdict)>,
    /// In JSON a key is a string, and the scope that says so lies below the string's.
    key: Option<Scope>,
}

impl Kinds {
    pub(super) fn new() -> Kinds {
        let mut rules: Vec<(&str, Verdict)> = RULES.to_vec();
        rules.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        // A scope has at most eight parts, so each of ours is one.
        let rules = rules.into_iter().filter_map(|(name, verdict)| Some((Scope::new(name).ok()?, verdict)));
        Kinds { rules: rules.collect(), key: Scope::new("meta.mapping.key.json").ok() }
    }

    /// What a piece with these scopes is, the innermost last.
    pub(super) fn of(&self, scopes: &[Scope], text: &str) -> Option<Syntax> {
        for scope in scopes.iter().rev().take(REACH) {
            let found = self.rules.iter().find(|(rule, _)| rule.is_prefix_of(*scope));
            match found.map(|(_, verdict)| verdict) {
                Some(Is(Text)) if self.is_key(scopes) => return Some(Keyword),
                Some(Is(kind)) => return Some(*kind),
                Some(Plain) => return None,
                Some(Word) => {
                    return text.trim().chars().all(char::is_alphabetic).then_some(Keyword);
                }
                None => {}
            }
        }
        None
    }

    fn is_key(&self, scopes: &[Scope]) -> bool {
        let below = scopes.iter().rev().skip(1).take(2);
        self.key.is_some_and(|key| below.into_iter().any(|scope| key.is_prefix_of(*scope)))
    }
}
