//! Expressions drawn from a seed, each written in the language of every calculator it is put to.
//!
//! A tree is typed while it grows: it has a power of data and a power of time, so every one of them has a value and
//! no calculator has to refuse units. Quantities stand in brackets, for the calculators join a number to its unit in
//! different ways. Months and years are left out: they are 30 and 365 days here and a tropical year elsewhere.

use sysdrill::sim::Rng;

/// One expression, as each calculator reads it.
pub struct Expression {
    pub ours: String,
    pub fend: String,
    pub qalc: String,
}

/// A unit as the calculators write it: ours, fend, qalc.
type Spelling = [&'static str; 3];

const DATA: [Spelling; 16] = [
    ["bit", "bit", "bit"],
    ["kbit", "kilobit", "kbit"],
    ["Mbit", "megabit", "Mbit"],
    ["Gbit", "gigabit", "Gbit"],
    ["Kib", "Kib", "Kibit"],
    ["B", "B", "B"],
    ["kB", "kB", "kB"],
    ["MB", "MB", "MB"],
    ["GB", "GB", "GB"],
    ["TB", "TB", "TB"],
    ["PB", "PB", "PB"],
    ["KiB", "KiB", "KiB"],
    ["MiB", "MiB", "MiB"],
    ["GiB", "GiB", "GiB"],
    ["TiB", "TiB", "TiB"],
    ["PiB", "PiB", "PiB"],
];

const TIME: [Spelling; 8] = [
    ["ns", "ns", "ns"],
    ["us", "us", "us"],
    ["ms", "ms", "ms"],
    ["s", "s", "s"],
    ["min", "min", "min"],
    ["h", "h", "h"],
    ["day", "day", "day"],
    ["week", "week", "week"],
];

/// The powers of data and of time in a part of an expression.
type Powers = (i32, i32);

/// An expression, converted to a unit of its kind.
pub fn expression(random: &mut Rng) -> Expression {
    let powers = pick(random, &[(0, 0), (1, 0), (0, 1), (1, -1)]);
    let value = part(random, powers, 3);
    let target = match powers {
        (0, 0) => String::new(),
        (1, 0) => data(random),
        (0, 1) => time(random),
        _ => format!("{}/{}", data(random), time(random)),
    };
    let written = |calculator: usize, word: &str| {
        let converted = if target.is_empty() { value.clone() } else { format!("({value}) {word} {target}") };
        spelt(&converted, calculator)
    };
    // A minus sign has qalc show one unit, and not `5 d + 12 h`.
    Expression {
        ours: written(0, "in"),
        fend: written(1, "to") + " to 15 sf",
        qalc: written(2, "to").replace(" to ", " to -"),
    }
}

/// A part with these powers, as text in which a unit is `@` and its place in the tables.
fn part(random: &mut Rng, powers: Powers, depth: u32) -> String {
    if depth == 0 || random.below(6) == 0 {
        return leaf(random, powers);
    }
    let depth = depth - 1;
    let mut side = |powers: Powers| part(random, powers, depth);
    let (first, plain) = (side(powers), side((0, 0)));
    let below = [(1, 0), (0, 1)][first.len() % 2];
    match (first.len() + plain.len()) % 7 {
        0 => format!("({first} + {})", side(powers)),
        1 => format!("({first} - {})", side(powers)),
        2 => format!("{first} * ({plain})"),
        3 => format!("{first} / ({plain})"),
        4 => format!("{plain} * ({first})"),
        5 => format!("-({first})"),
        _ => format!("({}) / ({})", side((powers.0 + below.0, powers.1 + below.1)), side(below)),
    }
}

/// A number with the units of these powers.
fn leaf(random: &mut Rng, powers: Powers) -> String {
    let (above, below) = (|power: i32| power.max(0), |power: i32| (-power).max(0));
    let mut text = match (powers, random.below(6)) {
        // A percentage as a factor: added to a number it means different things elsewhere, and is refused here.
        ((0, 0), 0) => return format!("({}% * {})", 1 + random.below(400), number(random)),
        ((0, 0), 1) => return format!("{}!", random.below(12)),
        ((0, 0), 2) => return format!("{}^{}", 2 + random.below(9), random.below(9)),
        _ => number(random),
    };
    for _ in 0..above(powers.0) {
        text = format!("{text} * ({} {})", number(random), data(random));
    }
    for _ in 0..above(powers.1) {
        text = format!("{text} * ({} {})", number(random), time(random));
    }
    for _ in 0..below(powers.0) {
        text = format!("{text} / ({} {})", number(random), data(random));
    }
    for _ in 0..below(powers.1) {
        text = format!("{text} / ({} {})", number(random), time(random));
    }
    format!("({text})")
}

/// A unit of data, as its place.
fn data(random: &mut Rng) -> String {
    format!("@{}", random.below(DATA.len() as u64))
}

/// A unit of time, as its place.
fn time(random: &mut Rng) -> String {
    format!("@{}", 100 + random.below(TIME.len() as u64))
}

/// A number that any of them reads alike.
fn number(random: &mut Rng) -> String {
    let digits = 1 + random.below(9_999);
    match random.below(6) {
        0 => format!("{digits}"),
        1 => format!("{}", digits % 20 + 1),
        2 => format!("{}.{}", digits / 100, 1 + digits % 9),
        3 => format!("0.{digits}"),
        4 => format!("{digits}e{}", random.below(9)),
        _ => format!("{digits}e-{}", 1 + random.below(9)),
    }
}

/// The text with its units in the spelling of one calculator.
fn spelt(text: &str, calculator: usize) -> String {
    let mut parts = text.split('@');
    let mut spelt = parts.next().unwrap_or_default().to_string();
    for part in parts {
        let digits = part.find(|next: char| !next.is_ascii_digit()).unwrap_or(part.len());
        let place: usize = part[..digits].parse().expect("a place in the tables");
        let unit = if place >= 100 { TIME[place - 100] } else { DATA[place] };
        spelt.push_str(unit[calculator]);
        spelt.push_str(&part[digits..]);
    }
    spelt
}

fn pick<T: Copy>(random: &mut Rng, from: &[T]) -> T {
    from[random.below(from.len() as u64) as usize]
}
