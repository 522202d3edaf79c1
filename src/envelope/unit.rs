//! The units that need no explanation: sizes, times and money, with every spelling that is understood.
//!
//! A unit here is a word with an exact ratio to the base of its kind: the bit, the second, one of a currency.
//! Ratios are pairs of whole numbers, so a conversion multiplies or divides and never does both where one
//! is enough; `0.001` is no number that a computer has. Decimal prefixes are powers of 1000 (SI), binary ones
//! powers of 1024 (IEC 80000-13). A month is 30 days and a year 365, as estimates have it.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::noun;

/// What a unit measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind<'a> {
    /// Seconds.
    Time,
    /// Bits.
    Data,
    /// One currency by its code, for there are no exchange rates here.
    Money(&'static str),
    /// A counted thing, by the key of its noun.
    Count(&'a str),
}

impl<'a> Kind<'a> {
    /// Its name in [`super::Answer::dimension`].
    pub fn name(self) -> &'a str {
        match self {
            Kind::Time => "time",
            Kind::Data => "data",
            Kind::Money(code) => code,
            Kind::Count(key) => key,
        }
    }
}

/// The units among which the output chooses a readable one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Series {
    /// B, KB, MB, ...
    Bytes,
    /// KiB, MiB, ...
    BinaryBytes,
    /// bit, kbit, Mbit, ...
    Bits,
    /// Kibit, Mibit, ...
    BinaryBits,
    /// ns to year.
    Time,
    /// None: money.
    Alone,
}

/// A built-in unit.
#[derive(Debug)]
pub(super) struct Known {
    /// Every spelling; the first is the one shown for one. Spellings of four letters and more are understood in
    /// capital and small letters alike.
    pub words: &'static [&'static str],
    /// As shown for several.
    pub many: &'static str,
    /// What it is called in messages: `kilobyte`.
    pub name: &'static str,
    /// What it measures.
    pub kind: Kind<'static>,
    /// How many of the base unit it is: `num / den`, both whole and exact.
    pub num: f64,
    /// See `num`.
    pub den: f64,
    /// Where the output may go from it.
    pub series: Series,
}

impl PartialEq for Known {
    fn eq(&self, other: &Known) -> bool {
        self.words[0] == other.words[0]
    }
}

impl Known {
    /// As shown for one.
    pub fn one(&self) -> &'static str {
        self.words[0]
    }

    /// Its size in base units, near enough to order units by.
    pub fn size(&self) -> f64 {
        self.num / self.den
    }
}

const fn data(words: &'static [&'static str], name: &'static str, bits: u64, series: Series) -> Known {
    Known { words, many: words[0], name, kind: Kind::Data, num: bits as f64, den: 1.0, series }
}

/// A size beyond a `u64`. `bits` is the nearest `f64`: exact but for the yottabyte.
const fn large(words: &'static [&'static str], name: &'static str, bits: f64, series: Series) -> Known {
    Known { words, many: words[0], name, kind: Kind::Data, num: bits, den: 1.0, series }
}

const fn time(
    words: &'static [&'static str],
    many: &'static str,
    name: &'static str,
    num: u64,
    den: u64,
) -> Known {
    Known { words, many, name, kind: Kind::Time, num: num as f64, den: den as f64, series: Series::Time }
}

const fn money(words: &'static [&'static str], name: &'static str, code: &'static str) -> Known {
    let kind = Kind::Money(code);
    Known { words, many: words[0], name, kind, num: 1.0, den: 1.0, series: Series::Alone }
}

/// Every built-in unit.
pub(super) static KNOWN: [Known; 50] = [
    data(&["bit", "b", "bits"], "bit", 1, Series::Bits),
    data(&["kbit", "kb", "Kb", "Kbit", "kbits", "kilobit", "kilobits"], "kilobit", 1_000, Series::Bits),
    data(&["Mbit", "Mb", "Mbits", "megabit", "megabits"], "megabit", 1_000_000, Series::Bits),
    data(&["Gbit", "Gb", "Gbits", "gigabit", "gigabits"], "gigabit", 1_000_000_000, Series::Bits),
    data(&["Tbit", "Tb", "Tbits", "terabit", "terabits"], "terabit", 1_000_000_000_000, Series::Bits),
    data(&["Pbit", "Pb", "Pbits", "petabit", "petabits"], "petabit", 1_000_000_000_000_000, Series::Bits),
    data(&["Ebit", "Eb", "Ebits", "exabit", "exabits"], "exabit", 1_000_000_000_000_000_000, Series::Bits),
    data(&["Kibit", "Kib", "kibibit", "kibibits"], "kibibit", 1 << 10, Series::BinaryBits),
    data(&["Mibit", "Mib", "mebibit", "mebibits"], "mebibit", 1 << 20, Series::BinaryBits),
    data(&["Gibit", "Gib", "gibibit", "gibibits"], "gibibit", 1 << 30, Series::BinaryBits),
    data(&["Tibit", "Tib", "tebibit", "tebibits"], "tebibit", 1 << 40, Series::BinaryBits),
    data(&["Pibit", "Pib", "pebibit", "pebibits"], "pebibit", 1 << 50, Series::BinaryBits),
    data(&["Eibit", "Eib", "exbibit", "exbibits"], "exbibit", 1 << 60, Series::BinaryBits),
    data(&["B", "byte", "bytes"], "byte", 8, Series::Bytes),
    data(&["KB", "kB", "kilobyte", "kilobytes"], "kilobyte", 8_000, Series::Bytes),
    data(&["MB", "megabyte", "megabytes"], "megabyte", 8_000_000, Series::Bytes),
    data(&["GB", "gigabyte", "gigabytes"], "gigabyte", 8_000_000_000, Series::Bytes),
    data(&["TB", "terabyte", "terabytes"], "terabyte", 8_000_000_000_000, Series::Bytes),
    data(&["PB", "petabyte", "petabytes"], "petabyte", 8_000_000_000_000_000, Series::Bytes),
    data(&["EB", "exabyte", "exabytes"], "exabyte", 8_000_000_000_000_000_000, Series::Bytes),
    large(&["ZB", "zettabyte", "zettabytes"], "zettabyte", 8e21, Series::Bytes),
    large(&["YB", "yottabyte", "yottabytes"], "yottabyte", 8e24, Series::Bytes),
    data(&["KiB", "kibibyte", "kibibytes"], "kibibyte", 8 << 10, Series::BinaryBytes),
    data(&["MiB", "mebibyte", "mebibytes"], "mebibyte", 8 << 20, Series::BinaryBytes),
    data(&["GiB", "gibibyte", "gibibytes"], "gibibyte", 8 << 30, Series::BinaryBytes),
    data(&["TiB", "tebibyte", "tebibytes"], "tebibyte", 8 << 40, Series::BinaryBytes),
    data(&["PiB", "pebibyte", "pebibytes"], "pebibyte", 8 << 50, Series::BinaryBytes),
    data(&["EiB", "exbibyte", "exbibytes"], "exbibyte", 8 << 60, Series::BinaryBytes),
    large(
        &["ZiB", "zebibyte", "zebibytes"],
        "zebibyte",
        9_444_732_965_739_290_427_392.0,
        Series::BinaryBytes,
    ),
    time(&["ps", "picosecond", "picoseconds"], "ps", "picosecond", 1, 1_000_000_000_000),
    time(&["ns", "nanosecond", "nanoseconds"], "ns", "nanosecond", 1, 1_000_000_000),
    time(&["us", "µs", "μs", "usec", "microsecond", "microseconds"], "us", "microsecond", 1, 1_000_000),
    time(&["ms", "msec", "millisecond", "milliseconds"], "ms", "millisecond", 1, 1_000),
    time(&["s", "sec", "secs", "second", "seconds"], "s", "second", 1, 1),
    time(&["min", "mins", "minute", "minutes"], "min", "minute", 60, 1),
    time(&["h", "hr", "hrs", "hour", "hours"], "h", "hour", 3_600, 1),
    time(&["day", "d", "days"], "days", "day", 86_400, 1),
    time(&["week", "wk", "weeks"], "weeks", "week", 604_800, 1),
    time(&["month", "mo", "months"], "months", "month", 2_592_000, 1),
    time(&["year", "yr", "yrs", "years"], "years", "year", 31_536_000, 1),
    money(&["$", "USD", "dollar", "dollars"], "US dollar", "USD"),
    money(&["€", "EUR", "euro", "euros"], "euro", "EUR"),
    money(&["£", "GBP"], "pound", "GBP"),
    money(&["¥", "JPY", "yen"], "yen", "JPY"),
    money(&["₹", "INR", "rupee", "rupees"], "rupee", "INR"),
    money(&["CHF"], "Swiss franc", "CHF"),
    money(&["CNY", "yuan"], "yuan", "CNY"),
    money(&["CAD"], "Canadian dollar", "CAD"),
    money(&["AUD"], "Australian dollar", "AUD"),
    money(&["SEK"], "Swedish krona", "SEK"),
];

/// Words for something per second: the spellings, and what is counted.
static PER_SECOND: [(&[&str], &str); 18] = [
    (&["qps", "QPS"], "queries"),
    (&["rps", "RPS"], "requests"),
    (&["tps", "TPS"], "transactions"),
    (&["iops", "IOPS"], "ios"),
    (&["fps", "FPS"], "frames"),
    (&["bps"], "bit"),
    (&["kbps", "Kbps"], "kbit"),
    (&["Mbps"], "Mbit"),
    (&["Gbps"], "Gbit"),
    (&["Tbps"], "Tbit"),
    (&["Pbps"], "Pbit"),
    (&["Bps"], "B"),
    (&["KBps", "kBps"], "KB"),
    (&["MBps"], "MB"),
    (&["GBps"], "GB"),
    (&["TBps"], "TB"),
    (&["MiBps"], "MiB"),
    (&["GiBps"], "GiB"),
];

/// Words that multiply the number before them, with the power of ten that they stand for.
static SCALES: [(&str, i32); 17] = [
    ("k", 3),
    ("K", 3),
    ("M", 6),
    ("hundred", 2),
    ("thousand", 3),
    ("lakh", 5),
    ("crore", 7),
    ("million", 6),
    ("mn", 6),
    ("Mn", 6),
    ("billion", 9),
    ("bn", 9),
    ("Bn", 9),
    ("trillion", 12),
    ("tn", 12),
    ("Tn", 12),
    ("quadrillion", 15),
];

/// The built-in unit of that spelling, of two the one that comes first in the table.
pub(super) fn known(word: &str) -> Option<&'static Known> {
    static EXACT: OnceLock<BTreeMap<&str, &Known>> = OnceLock::new();
    static SMALL: OnceLock<BTreeMap<String, &Known>> = OnceLock::new();
    let spellings = || KNOWN.iter().rev().flat_map(|unit| unit.words.iter().map(move |word| (*word, unit)));
    let exact = EXACT.get_or_init(|| spellings().collect()).get(word).copied();
    if exact.is_some() || word.len() < 4 || !word.is_ascii() {
        return exact;
    }
    let folded = |spelling: &str| spelling.len() >= 5 || day_like(spelling, spelling);
    let small = SMALL.get_or_init(|| {
        let folded = spellings().filter(|(spelling, _)| folded(spelling));
        folded.map(|(spelling, unit)| (spelling.to_ascii_lowercase(), unit)).collect()
    });
    small.get(&word.to_ascii_lowercase()).copied()
}

/// The long names of four letters, which are no prefixed symbol: `Days`, `WEEK`, `bits`.
fn day_like(spelling: &str, word: &str) -> bool {
    ["days", "week", "hour", "year", "euro", "byte", "bits"].contains(&spelling)
        && spelling.eq_ignore_ascii_case(word)
}

/// What is counted per second by a word such as `QPS` or `Gbps`.
pub(super) fn per_second(word: &str) -> Option<&'static str> {
    PER_SECOND.iter().find(|(words, _)| words.contains(&word)).map(|(_, counted)| *counted)
}

/// A built-in unit, for a list of them.
#[derive(Debug)]
pub struct Unit {
    /// Its spellings, the one that is shown first.
    pub words: &'static [&'static str],
    /// What it is: `kilobyte`, `2592000 s`.
    pub what: String,
}

/// Every built-in unit: sizes, times, money, and words for something per second.
pub fn units() -> impl Iterator<Item = Unit> {
    let what = |unit: &Known| match unit.kind {
        Kind::Time if unit.den == 1.0 && unit.num > 1.0 => format!("{}, {} s", unit.name, unit.num),
        Kind::Data if unit.num >= 8.0 && unit.num % 8.0 == 0.0 => {
            format!("{}, {} B", unit.name, unit.num / 8.0)
        }
        _ => unit.name.to_string(),
    };
    let known = KNOWN.iter().map(move |unit| Unit { words: unit.words, what: what(unit) });
    let rates =
        PER_SECOND.iter().map(|(words, counted)| Unit { words, what: format!("{counted} per second") });
    known.chain(rates)
}

/// The power of ten of a scale word: 6 for `million`.
pub(super) fn scale(word: &str) -> Option<i32> {
    let same = |name: &str| name == word || (name.len() > 3 && name.eq_ignore_ascii_case(word));
    SCALES.iter().find(|(name, _)| same(name)).map(|(_, exponent)| *exponent)
}

/// Whether the word is a unit of time.
pub(super) fn is_time(word: &str) -> bool {
    known(word).is_some_and(|unit| unit.kind == Kind::Time)
}

/// Whether the word is a unit by itself.
pub(super) fn is_built_in(word: &str) -> bool {
    known(word).is_some() || per_second(word).is_some()
}

/// All words that are units or scale words.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    let units = KNOWN.iter().flat_map(|unit| unit.words.iter().copied());
    let rates = PER_SECOND.iter().flat_map(|(words, _)| words.iter().copied());
    units.chain(rates).chain(SCALES.iter().map(|(word, _)| *word))
}

/// The unit of a series in which `base` (in base units, never mind its sign) reads best: the largest that
/// leaves at least 1 before the point after rounding to three figures, or the smallest. Weeks and months are
/// left out, for nobody reads 4.28 weeks.
pub(super) fn readable(series: Series, base: f64) -> Option<&'static Known> {
    let exact = base.abs();
    let rounded = format!("{exact:.2e}").parse().map_or(exact, |rounded: f64| rounded.max(exact));
    // The byte and the bit begin their binary series too.
    let belongs = |unit: &&Known| {
        let in_between = matches!(unit.one(), "ps" | "week" | "month");
        (unit.series == series && !in_between)
            || (series == Series::BinaryBytes && unit.one() == "B")
            || (series == Series::BinaryBits && unit.one() == "bit")
    };
    let by_size = |a: &&Known, b: &&Known| a.size().partial_cmp(&b.size()).unwrap_or(Ordering::Equal);
    let fitting = KNOWN.iter().filter(belongs).filter(|unit| unit.size() <= rounded).max_by(by_size);
    fitting.or_else(|| KNOWN.iter().filter(belongs).min_by(by_size))
}

/// Words of four letters and more that look like a slip and are none: things that people count.
const REAL_WORDS: [&str; 13] = [
    "bots",
    "bets",
    "bites",
    "bids",
    "beats",
    "boots",
    "mouths",
    "seconders",
    "weeds",
    "cores",
    "dots",
    "days",
    "hosts",
];

/// What people say, and what is written here. The words are singulars.
static SAID: [(&[&str], &str); 16] = [
    (&["m"], "'min' (minute) or 'month'"),
    (&["y", "Y"], "'yr' (year)"),
    (&["w"], "'wk' (week)"),
    (&["mm", "mil", "mio", "mln", "MM"], "'million'"),
    (&["bil", "bln", "mrd", "mld"], "'billion'"),
    (&["tril", "trn"], "'trillion'"),
    (&["dozen"], "'* 12'"),
    (&["quarter"], "'3 months'"),
    (&["fortnight"], "'2 weeks'"),
    (&["decade"], "'10 years'"),
    (&["century"], "'100 years'"),
    (&["cent", "penny", "ct"], "an amount in the currency, such as $0.05"),
    (&["buck"], "'$'"),
    (&["octet"], "'B' (byte)"),
    (&["nibble"], "'4 bits'"),
    (&["meg", "gig"], "'MB' (megabyte) or 'GB' (gigabyte)"),
];

/// A built-in unit or scale word that `word`, which is neither, was probably meant to be; for people, as
/// `'KB' (kilobyte) or 'Kb' (kilobit)`.
pub(super) fn suspect(word: &str) -> Option<String> {
    if let Some((_, meant)) = SAID.iter().find(|(said, _)| said.contains(&noun::singular(word).as_str())) {
        return Some((*meant).to_string());
    }
    let spelt = |spelling: &&'static str| spelling.eq_ignore_ascii_case(word);
    let mut meant: Vec<String> = KNOWN
        .iter()
        .filter_map(|unit| Some(format!("'{}' ({})", unit.words.iter().find(|word| spelt(word))?, unit.name)))
        .collect();
    meant.extend(PER_SECOND.iter().filter_map(|(words, counted)| {
        Some(format!("'{}' ({counted} per second)", words.iter().find(|word| spelt(word))?))
    }));
    if meant.is_empty() {
        meant.extend(slip(word).map(|name| format!("'{name}'")));
    }
    // `10 GBs`, `10 gbs`: a symbol has no plural. `Mbsp`: two letters of a symbol changed places.
    if let Some(symbol) = word.strip_suffix(['s', 'S']).filter(|symbol| meant.is_empty() && symbol.len() == 2)
    {
        let exact = known(symbol).map(|unit| format!("'{symbol}' ({})", unit.name));
        meant.extend(exact.or_else(|| suspect(symbol)));
    }
    if meant.is_empty() && word.len() >= 4 {
        let swapped = |name: &&str| {
            name.len() == word.len() && strsim::osa_distance(name, word) == 1 && anagrams(name, word)
        };
        meant.extend(PER_SECOND.iter().filter_map(|(words, counted)| {
            Some(format!("'{}' ({counted} per second)", words.iter().find(|word| swapped(word))?))
        }));
    }
    // `10 kqps`: a scale letter belongs to the number.
    let scaled = word
        .strip_prefix(['k', 'K', 'M'])
        .filter(|rest| meant.is_empty() && per_second(rest).is_some_and(|counted| known(counted).is_none()));
    if let Some(rest) = scaled {
        meant.push(format!("'{} {rest}', with the '{0}' straight after the number", &word[..1]));
    }
    if meant.is_empty() { None } else { Some(meant.join(" or ")) }
}

/// Whether both words have the same letters.
fn anagrams(one: &str, other: &str) -> bool {
    let sorted = |word: &str| {
        let mut letters: Vec<char> = word.chars().collect();
        letters.sort_unstable();
        letters
    };
    sorted(one) == sorted(other)
}

/// The long unit name or scale word that is one slip of the hand away. The first letter must agree: `hits` and
/// `seeks` are no slips of `bits` and `weeks`.
fn slip(word: &str) -> Option<&'static str> {
    let small = word.to_lowercase();
    if small.chars().count() < 4 || REAL_WORDS.contains(&noun::plural(&noun::singular(&small)).as_str()) {
        return None;
    }
    let symbols = ["usec", "msec", "secs", "mins", "kbps", "iops"];
    let long = words()
        .filter(|name| name.len() >= 4 && !name.contains(char::is_uppercase) && !symbols.contains(name));
    let near = long.filter(|name| name.chars().next() == small.chars().next());
    near.filter(|name| strsim::osa_distance(name, &small) == 1)
        .max_by_key(|name| name.chars().last() == small.chars().last())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn sizes_are_those_of_the_standards() {
        // SI prefixes and IEC 80000-13; seconds a day, month of 30 and year of 365 days.
        for (word, base) in [
            ("KB", 8e3),
            ("kB", 8e3),
            ("kb", 1e3),
            ("KiB", 8.0 * 1024.0),
            ("GiB", 8.0 * 1_073_741_824.0),
            ("TB", 8e12),
            ("Gbit", 1e9),
            ("Kibit", 1024.0),
            ("EiB", 9_223_372_036_854_775_808.0),
            ("d", 86_400.0),
            ("month", 2_592_000.0),
            ("YEARS", 31_536_000.0),
            ("Days", 86_400.0),
            ("Megabytes", 8e6),
        ] {
            assert_eq!(known(word).map(Known::size), Some(base), "{word}");
        }
        assert!(known("gb").is_none() && known("MBIT").is_none() && known("S").is_none());
    }

    #[test]
    fn no_spelling_means_two_things() {
        let all: Vec<&str> = words().collect();
        let distinct: BTreeSet<&str> = all.iter().copied().collect();
        assert_eq!(all.len(), distinct.len());
    }

    #[test]
    fn slips_are_questioned_and_words_are_not() {
        for word in [
            "gb", "GBs", "GBS", "zBs", "secons", "minuts", "bytse", "milion", "moths", "H", "gbps",
            "kilobite",
        ] {
            assert!(suspect(word).is_some(), "{word}");
        }
        for word in [
            "hits", "seeks", "ways", "bots", "bets", "users", "user", "hosts", "shards", "tweets", "modes",
            "rows", "gears", "cores", "core", "dbs", "ops", "vms", "ids", "SMS",
        ] {
            assert_eq!(suspect(word), None, "{word}");
        }
        assert_eq!(suspect("gb").as_deref(), Some("'Gb' (gigabit) or 'GB' (gigabyte)"));
    }

    #[test]
    fn a_readable_unit_leaves_one_before_the_point() {
        let check =
            |series, base, expected| assert_eq!(readable(series, base).map(Known::one), Some(expected));
        check(Series::Bytes, 8e12, "TB");
        check(Series::Bytes, 7.999e12, "TB");
        check(Series::Bytes, 7.9e12, "GB");
        check(Series::Bytes, 0.0, "B");
        check(Series::BinaryBytes, 8.0 * 1024.0, "KiB");
        check(Series::BinaryBytes, 80.0, "B");
        check(Series::Bits, 2.88e9, "Gbit");
        check(Series::Time, 0.25e-3, "us");
    }
}
