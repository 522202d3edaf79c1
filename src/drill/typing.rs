//! Comparing a typed text with the texts that count as right.
//!
//! What is tested is knowledge, not typing. So capitals, white space, hyphens, quotes, an article in front and
//! punctuation at the ends do not count, British and American spelling are the same, and so are one and several of a
//! thing. A slip of the keys is forgiven where it cannot be another answer: one in a word of 4 to 7 letters, two in a longer
//! one (insertion, loss, exchange or swap of letters: Damerau and Levenshtein), in one word of three. Never in a number or
//! a sign, never in the first letter (`sync` is not `async`), not for a word that the card itself uses, and not
//! for a word that means something else (`trie`, `gigabit`). Behind a number capitals count, for `Gb` is not `GB`.
//! What was forgiven is said.

use crate::doc;

/// What came of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Typed {
    /// It is right as it stands.
    Right,
    /// It is right when this is forgiven, which is a sentence.
    Forgiven(String),
    /// It is not right.
    Wrong,
}

/// Compares what was typed with `accepted`, which is Markdown. A word of `known`, texts of the same card, is never taken
/// for a slip.
pub(super) fn compare(typed: &str, accepted: &[String], known: &[&str]) -> Typed {
    let given = tokens(typed);
    if given.is_empty() {
        return Typed::Wrong;
    }
    let texts: Vec<String> = accepted.iter().flat_map(|text| [plain(text), text.clone()]).collect();
    let wanted: Vec<Vec<Token>> = texts.iter().map(|text| tokens(text)).collect();
    let words: Vec<String> =
        known.iter().copied().chain(texts.iter().map(String::as_str)).flat_map(words_of).collect();
    let mut best: Option<(usize, String)> = None;
    for (text, wanted) in texts.iter().zip(&wanted) {
        let Some(forgiven) = forgiven(&given, wanted, &words) else { continue };
        if forgiven.is_empty() {
            return Typed::Right;
        }
        let said =
            format!("\"{}\" was taken for \"{}\" ({})", typed.trim(), text.trim(), forgiven.join(", "));
        if best.as_ref().is_none_or(|(count, _)| forgiven.len() < *count) {
            best = Some((forgiven.len(), said));
        }
    }
    best.map_or(Typed::Wrong, |(_, said)| Typed::Forgiven(said))
}

/// What has to be forgiven for `given` to be `wanted`; nothing where they differ.
fn forgiven(given: &[Token], wanted: &[Token], known: &[String]) -> Option<Vec<&'static str>> {
    if given.len() != wanted.len() {
        let whole = |tokens: &[Token]| tokens.iter().map(Token::folded).collect::<String>();
        let numbers = |tokens: &[Token]| {
            tokens.iter().filter(|token| matches!(token, Token::Number(_))).cloned().collect::<Vec<_>>()
        };
        let same = whole(given) == whole(wanted) && numbers(given) == numbers(wanted);
        return same.then(|| vec!["the spaces"]);
    }
    let (mut why, mut slips): (Vec<&'static str>, usize) = (Vec::new(), 0);
    for (place, pair) in given.iter().zip(wanted).enumerate() {
        let is_unit = place > 0 && matches!(wanted[place - 1], Token::Number(_));
        let reason = match pair {
            (Token::Word(given), Token::Word(wanted)) => match word(given, wanted, is_unit, known)? {
                Word::Same => continue,
                Word::Capitals => "capitals",
                Word::Number => "one or several",
                Word::Slip => {
                    slips += 1;
                    "a slip of the keys"
                }
            },
            (given, wanted) if given.folded() == wanted.folded() => continue,
            _ => return None,
        };
        if !why.contains(&reason) {
            why.push(reason);
        }
    }
    let words = wanted.iter().filter(|token| matches!(token, Token::Word(_))).count();
    (slips <= (words / 3).max(1)).then_some(why)
}

enum Word {
    Same,
    Capitals,
    Number,
    Slip,
}

fn word(given: &str, wanted: &str, is_unit: bool, known: &[String]) -> Option<Word> {
    let (small_given, small_wanted) = (folded(given), folded(wanted));
    if small_given == small_wanted {
        let small = given.chars().all(|c| !c.is_uppercase());
        if is_unit && !small && given != wanted {
            return None;
        }
        // A capital at the beginning says nothing; more of them are a name.
        let name = wanted.chars().skip(1).any(char::is_uppercase);
        let american = |word: &str| american(word.to_lowercase());
        return Some(if name && given != wanted && american(given) == american(wanted) && small {
            Word::Capitals
        } else {
            Word::Same
        });
    }
    if is_unit && wanted.chars().count() < 4 {
        return None;
    }
    let (one_given, one_wanted) = (singular(&small_given), singular(&small_wanted));
    if one_given == one_wanted && one_wanted.chars().count() >= 3 {
        return Some(Word::Number);
    }
    is_slip(&small_given, &small_wanted, known).then_some(Word::Slip)
}

/// Words that mean something else and are a slip or two away from each other, singular.
const CONFUSED: [[&str; 2]; 14] = [
    ["tree", "trie"],
    ["gigabyte", "gigabit"],
    ["kilobyte", "kilobit"],
    ["megabyte", "megabit"],
    ["terabyte", "terabit"],
    ["petabyte", "petabit"],
    ["kibibyte", "kibibit"],
    ["mebibyte", "mebibit"],
    ["gibibyte", "gibibit"],
    ["interval", "internal"],
    ["strong", "string"],
    ["soft", "sort"],
    ["fast", "fact"],
    ["lock", "look"],
];

/// What stands before a word and turns its meaning.
const PREFIXES: [&str; 18] = [
    "a", "un", "in", "im", "ir", "il", "an", "non", "de", "dis", "re", "pre", "post", "anti", "sub", "over",
    "under", "multi",
];

fn is_slip(given: &str, wanted: &str, known: &[String]) -> bool {
    let length = wanted.chars().count();
    let (short, long) = if given.len() < wanted.len() { (given, wanted) } else { (wanted, given) };
    let turned = PREFIXES.iter().any(|prefix| long.strip_prefix(prefix) == Some(short));
    let (one_given, one_wanted) = (singular(given), singular(wanted));
    let confused =
        CONFUSED.iter().any(|pair| pair.contains(&one_given.as_str()) && pair.contains(&one_wanted.as_str()));
    let allowed = if length < 8 { 1 } else { 2 };
    length >= 4
        && given.chars().count() >= 4
        && given.chars().next() == wanted.chars().next()
        && !turned
        && !confused
        && !known.iter().any(|word| *word == given || singular(word) == one_given)
        && strsim::damerau_levenshtein(given, wanted) <= allowed
}

/// A piece of a text that is compared as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// Letters, as typed.
    Word(String),
    /// A number, without what parts thousands.
    Number(String),
    /// Any other sign.
    Sign(char),
}

impl Token {
    /// As it is compared.
    fn folded(&self) -> String {
        match self {
            Token::Word(word) => folded(word),
            Token::Number(number) => number.clone(),
            Token::Sign(sign) => sign.to_string(),
        }
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().flat_map(simplified).collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let run =
            |belongs: &dyn Fn(usize) -> bool| (at..chars.len()).take_while(|&place| belongs(place)).count();
        if c.is_ascii_digit() {
            let digit = |place: usize| chars.get(place).is_some_and(char::is_ascii_digit);
            let length =
                run(&|place| digit(place) || (matches!(chars[place], '.' | ',' | '_') && digit(place + 1)));
            let plain: String = chars[at..at + length].iter().filter(|c| !matches!(c, ',' | '_')).collect();
            let value = plain.parse::<f64>().ok().filter(|_| plain.len() <= 15);
            tokens.push(Token::Number(value.map_or(plain, |value| value.to_string())));
            at += length;
        } else if c.is_alphabetic() {
            let length = run(&|place| chars[place].is_alphabetic());
            tokens.push(Token::Word(chars[at..at + length].iter().collect()));
            at += length;
        } else {
            let letter = |place: Option<&char>| place.is_some_and(|c| c.is_alphabetic());
            let hyphen = c == '-' && at > 0 && letter(chars.get(at - 1)) && letter(chars.get(at + 1));
            if !c.is_whitespace() && !hyphen {
                tokens.push(Token::Sign(c));
            }
            at += 1;
        }
    }
    trimmed(tokens)
}

/// Without punctuation at the ends and an article in front.
fn trimmed(mut tokens: Vec<Token>) -> Vec<Token> {
    let idle = |token: &Token| matches!(token, Token::Sign('.' | ',' | ';' | ':' | '!' | '?' | '…'));
    while tokens.len() > 1 && tokens.last().is_some_and(idle) {
        tokens.pop();
    }
    let article = |token: &Token| matches!(token, Token::Word(word) if ["a", "an", "the"].contains(&word.to_lowercase().as_str()));
    let next_is_word = matches!(tokens.get(1), Some(Token::Word(_)));
    if tokens.first().is_some_and(|token| idle(token) && tokens.len() > 1 || article(token) && next_is_word) {
        tokens.remove(0);
    }
    tokens
}

/// A character as a keyboard has it; nothing for quotes, which parts of a text may stand in.
fn simplified(c: char) -> Vec<char> {
    match c {
        '"' | '\'' | '`' | '’' | '‘' | '“' | '”' | '„' | '«' | '»' => Vec::new(),
        '‐' | '‑' | '–' | '—' | '−' => vec!['-'],
        '×' | '·' | '⋅' => vec!['*'],
        '≤' => vec!['<', '='],
        '≥' => vec!['>', '='],
        '≠' => vec!['!', '='],
        '÷' => vec!['/'],
        'µ' | 'μ' => vec!['u'],
        '²' => vec!['^', '2'],
        '³' => vec!['^', '3'],
        'ⁿ' => vec!['^', 'n'],
        '\u{a0}' | '\u{202f}' => vec![' '],
        other => vec![other],
    }
}

/// A word in small letters and American spelling.
fn folded(word: &str) -> String {
    american(word.to_lowercase())
}

fn american(word: String) -> String {
    if word.chars().count() < 6 || !word.is_ascii() {
        return word;
    }
    let endings = [
        ("isation", "ization"),
        ("isations", "izations"),
        ("ise", "ize"),
        ("ised", "ized"),
        ("ises", "izes"),
        ("ising", "izing"),
        ("iser", "izer"),
        ("isable", "izable"),
        ("isability", "izability"),
        ("yse", "yze"),
        ("ysed", "yzed"),
        ("ysing", "yzing"),
        ("our", "or"),
        ("ours", "ors"),
        ("centre", "center"),
        ("centres", "centers"),
        ("metre", "meter"),
        ("alogue", "alog"),
        ("elled", "eled"),
        ("elling", "eling"),
        ("licence", "license"),
        ("artefact", "artifact"),
        ("artefacts", "artifacts"),
    ];
    let longest = endings
        .iter()
        .filter(|(british, _)| word.ends_with(british))
        .max_by_key(|(british, _)| british.len());
    match longest {
        Some((british, here)) => format!("{}{here}", &word[..word.len() - british.len()]),
        None => word,
    }
}

/// One of several: `replicas` to `replica`, `entries` to `entry`, `caches` to `cache`.
fn singular(word: &str) -> String {
    let cut = |ending: &str, put: &str| word.strip_suffix(ending).map(|stem| format!("{stem}{put}"));
    let long = word.len() > 3;
    match word {
        _ if long && word.ends_with("ies") => cut("ies", "y"),
        _ if long && ["sses", "shes", "ches", "xes"].iter().any(|ending| word.ends_with(ending)) => {
            // `caches` has its e from `cache`, `batches` from the plural; both come out alike, and so does `cache`.
            cut("es", "")
        }
        _ if long
            && word.ends_with('s')
            && !["ss", "us", "is"].iter().any(|ending| word.ends_with(ending)) =>
        {
            cut("s", "")
        }
        _ if long && word.ends_with("che") => cut("e", ""),
        _ => None,
    }
    .unwrap_or_else(|| word.to_string())
}

fn words_of(text: &str) -> Vec<String> {
    tokens(text).iter().filter(|token| matches!(token, Token::Word(_))).map(Token::folded).collect()
}

/// Markdown as its reader sees it, on one line.
fn plain(markdown: &str) -> String {
    if !markdown.contains(['*', '_', '`', '$', '\\', '[', '<', '&', '~']) {
        return markdown.to_string();
    }
    let text = doc::plain(&doc::parse(markdown), u16::MAX, false);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn judged(typed: &str, accepted: &[&str], known: &[&str]) -> Typed {
        let accepted: Vec<String> = accepted.iter().map(|text| (*text).to_string()).collect();
        compare(typed, &accepted, known)
    }

    #[test]
    fn what_counts_the_same() {
        for (typed, right) in [
            ("Hash ring", "hash ring"),
            ("  hash \t ring ", "hash ring"),
            ("write ahead log", "write-ahead log"),
            ("the leader.", "leader"),
            ("leader", "the leader"),
            ("\"leader\"", "leader"),
            ("serialisable", "serializable"),
            ("synchronization", "synchronisation"),
            ("behaviour", "behavior"),
            ("cancelled", "canceled"),
            ("1000", "1,000"),
            ("99.90%", "99.9%"),
            ("1/(n + 1)", "1/(n+1)"),
            ("n-1", "n − 1"),
            ("O(log n)", "`O(log n)`"),
            ("SETNX", "**SETNX**"),
            ("R + W > N", "R+W>N"),
            ("n^2", "n²"),
            ("n²", "$n^2$"),
        ] {
            assert_eq!(judged(typed, &[right], &[]), Typed::Right, "{typed} for {right}");
        }
    }

    #[test]
    fn what_is_forgiven_is_said() {
        for (typed, right, why) in [
            ("hsah ring", "hash ring", "a slip of the keys"),
            ("consistant hashing", "consistent hashing", "a slip of the keys"),
            ("idempotnet", "idempotent", "a slip of the keys"),
            ("linearisibility", "linearizability", "a slip of the keys"),
            ("casual", "causal", "a slip of the keys"),
            ("virtual node", "virtual nodes", "one or several"),
            ("replicas", "replica", "one or several"),
            ("cache", "caches", "one or several"),
            ("entry", "entries", "one or several"),
            ("hashring", "hash ring", "the spaces"),
            ("setnx", "SETNX", "capitals"),
            ("10 gb", "10 GB", "capitals"),
        ] {
            let said = format!("\"{typed}\" was taken for \"{right}\" ({why})");
            assert_eq!(judged(typed, &[right], &[]), Typed::Forgiven(said));
        }
    }

    #[test]
    fn what_is_not_forgiven() {
        for (typed, right) in [
            ("", "leader"),
            ("follower", "leader"),
            ("async", "sync"),
            ("asymmetric", "symmetric"),
            ("increase", "decrease"),
            ("duplication", "deduplication"),
            ("gigabit", "gigabyte"),
            ("gigabits", "gigabytes"),
            ("trie", "tree"),
            ("tehe", "the"),
            ("CP", "AP"),
            ("acd", "acid"),
            ("push", "pull"),
            ("100", "1000"),
            ("1.5", "15"),
            ("10 0", "100"),
            ("n+1", "n-1"),
            ("1/n+1", "1/(n+1)"),
            ("10 Gb", "10 GB"),
            ("O(n)", "O(log n)"),
            ("hsah rign", "hash ring"),
            ("serializability", "linearizability"),
            ("stateful", "stateless"),
            ("p99", "p95"),
        ] {
            assert_eq!(judged(typed, &[right], &[]), Typed::Wrong, "{typed} for {right}");
        }
        // A word that the card has elsewhere is no slip of the keys: it was meant.
        assert!(matches!(judged("reads", &["reeds"], &[]), Typed::Forgiven(_)));
        assert_eq!(judged("reads", &["reeds"], &["how many reads a second"]), Typed::Wrong);
        assert_eq!(judged("sharing", &["sharding"], &["sharding, sharing"]), Typed::Wrong);
    }

    #[test]
    fn the_nearest_of_several_is_taken() {
        let accepted = &["primary", "leader"];
        assert_eq!(judged("leader", accepted, &[]), Typed::Right);
        assert!(
            matches!(judged("laeder", accepted, &[]), Typed::Forgiven(said) if said.contains("\"leader\""))
        );
    }

    proptest! {
        #[test]
        fn what_is_right_is_right(text in "[a-zA-Z0-9+*/()^. -]{0,20}[a-zA-Z0-9)]") {
            prop_assert_eq!(compare(&text, std::slice::from_ref(&text), &[]), Typed::Right);
        }

        #[test]
        fn any_two_texts_are_compared(typed in "\\PC{0,30}", right in "\\PC{0,30}") {
            let _ = compare(&typed, &[right], &[&typed]);
        }

        #[test]
        fn a_changed_number_is_never_forgiven(number in 0_u32..100_000, other in 0_u32..100_000) {
            prop_assume!(number != other);
            let (typed, right) = (format!("about {other} nodes"), format!("about {number} nodes"));
            prop_assert_eq!(judged(&typed, &[&right], &[]), Typed::Wrong);
        }
    }
}
