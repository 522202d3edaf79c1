//! What is listed of a question, what is asked for it, and the lines that answer it.

use super::{letter, text};
use crate::app::asking::unit_name;
use crate::deck::Kind;
use crate::drill::{Answer, Asked, Variant, parse_bet, read_estimate};

/// What commands there are, for the prompts in which a letter cannot be one of them.
const KEYS: &str = "(q quits, u takes the last answer back)";
/// The same where words are typed.
const WORDS: &str = "(:q quits, :u takes the last answer back)";

/// The parts of a question with their letters and numbers.
pub(super) fn listed(asked: &Asked) -> Vec<String> {
    let lettered = |place: usize, part: &str| format!("  {}  {}", letter(place), hanging(part));
    let numbered = |place: usize, part: &str| format!("  {}  {}", place + 1, hanging(part));
    match (&asked.variant, &asked.card.kind) {
        (Variant::Pick { order, .. }, Kind::Choice { options }) => {
            shown(order, |option| options.get(option).map(|option| option.text.as_str()), lettered)
        }
        (Variant::Arrange { order }, Kind::Order { items }) => {
            shown(order, |item| items.get(item).map(String::as_str), lettered)
        }
        (Variant::Pair { lefts, rights }, Kind::Match { pairs, extra }) => {
            let right = |place: usize| {
                let paired = pairs.get(place).map(|(_, right)| right.as_str());
                paired.or_else(|| extra.get(place.checked_sub(pairs.len())?).map(String::as_str))
            };
            let mut lines = shown(lefts, |pair| pairs.get(pair).map(|(left, _)| left.as_str()), lettered);
            lines.push("belongs to".to_string());
            lines.extend(shown(rights, right, numbered));
            lines
        }
        (Variant::Class { .. }, Kind::Sort { classes, .. }) => {
            classes.iter().enumerate().map(|(place, class)| numbered(place, class)).collect()
        }
        (Variant::Point { .. }, Kind::Spot { exhibit, .. }) => {
            exhibit.lines().enumerate().map(|(line, text)| format!("{:3}  {text}", line + 1)).collect()
        }
        _ => Vec::new(),
    }
}

/// A text whose further lines begin where its first one does, behind a letter.
pub(super) fn hanging(markdown: &str) -> String {
    text(markdown).replace('\n', "\n     ")
}

fn shown<'c>(
    order: &[usize],
    part: impl Fn(usize) -> Option<&'c str>,
    line: impl Fn(usize, &str) -> String,
) -> Vec<String> {
    order.iter().enumerate().map(|(place, &item)| line(place, part(item).unwrap_or_default())).collect()
}

/// The lines that are asked for, one after the other.
pub(super) fn prompts(asked: &Asked) -> Vec<String> {
    let one = |prompt: String| vec![prompt];
    match (&asked.variant, &asked.card.kind) {
        (Variant::Type { gaps: 1 }, _) => one(format!("your answer; Enter shows it {WORDS}: ")),
        (Variant::Type { gaps }, _) => {
            (1..=*gaps).map(|gap| format!("gap {gap} of {gaps} {WORDS}: ")).collect()
        }
        (Variant::Pick { many: true, .. }, _) => one(format!("letters {KEYS}: ")),
        (Variant::Pick { .. }, _) => one(format!("letter {KEYS}: ")),
        (Variant::Arrange { order }, _) => {
            let example: String = (0..order.len()).rev().map(letter).collect();
            one(format!("letters in the right order, as in {example}; Enter shows it {KEYS}: "))
        }
        (Variant::Pair { .. }, _) => {
            one(format!("what belongs together, as in a2 b1; Enter shows it {KEYS}: "))
        }
        (Variant::Class { order }, Kind::Sort { items, .. }) => order
            .iter()
            .enumerate()
            .map(|(place, &item)| {
                let item = items.get(item).map_or(String::new(), |item| text(&item.text));
                let shows = if place == 0 { "; Enter shows them all" } else { "" };
                format!("{item}\n  its number{shows} {KEYS}: ")
            })
            .collect(),
        (Variant::Point { flaws: 1, .. }, _) => {
            one(format!("the number of the line; Enter shows it {KEYS}: "))
        }
        (Variant::Point { flaws, .. }, _) => {
            one(format!("the numbers of the {flaws} lines, a blank between them; Enter shows them {KEYS}: "))
        }
        (Variant::Estimate(of), _) if of.unit.is_empty() => one(format!("your estimate {KEYS}: ")),
        (Variant::Estimate(of), _) => one(format!("your estimate, in {} {KEYS}: ", of.unit)),
        (Variant::Bet(bet), _) => one(format!("your bet, {} {KEYS}: ", unit_name(bet.unit))),
        (Variant::Open { .. }, _) => {
            one(format!("your answer, in lines or in your head; an empty line ends it {WORDS}:\n"))
        }
        _ => one(format!("Enter shows the answer {KEYS}: ")),
    }
}

/// Whether a line is an answer to its prompt; `place` counts the prompts.
pub(super) fn check(asked: &Asked, place: usize, line: &str) -> Result<(), String> {
    let nothing = line.is_empty() && place == 0;
    match &asked.variant {
        Variant::Pick { order, .. } if nothing => Err(letters_wanted(order.len())),
        Variant::Estimate(of) => read_estimate(line, of).map(|_| ()).map_err(|bad| match &bad.help {
            Some(help) => format!("{bad}\n  {help}"),
            None => bad.to_string(),
        }),
        // An Enter too many would count as an answer.
        Variant::Class { .. } if line.is_empty() && !nothing => Err(class_wanted(asked)),
        Variant::Class { .. } => class(asked, line).map(|_| ()),
        Variant::Type { .. } | Variant::Open { .. } => Ok(()),
        Variant::Bet(_) => read(asked, &[line.to_string()]).map(|_| ()),
        _ if nothing => Ok(()),
        _ => read(asked, &[line.to_string()]).map(|_| ()),
    }
}

/// The answer that the lines give.
pub(super) fn read(asked: &Asked, lines: &[String]) -> Result<Answer, String> {
    let first = lines.first().map_or("", String::as_str);
    match &asked.variant {
        Variant::Type { .. } => Ok(Answer::Typed(lines.to_vec())),
        Variant::Pick { order, .. } => letters(first, order.len()).map(Answer::Picked),
        Variant::Arrange { order } => {
            let places = letters(first, order.len())?;
            let each_once =
                places.len() == order.len() && (0..order.len()).all(|place| places.contains(&place));
            if each_once { Ok(Answer::Arranged(places)) } else { Err("name each letter once".to_string()) }
        }
        Variant::Pair { lefts, rights } => pairs(first, lefts.len(), rights.len()).map(Answer::Paired),
        Variant::Class { .. } => {
            lines.iter().map(|line| class(asked, line)).collect::<Result<_, _>>().map(Answer::Classed)
        }
        Variant::Point { lines, .. } => numbers(first, *lines).map(Answer::Pointed),
        Variant::Estimate(of) => {
            read_estimate(first, of).map(|read| Answer::Estimated(read.value)).map_err(|bad| bad.to_string())
        }
        Variant::Bet(bet) => parse_bet(first, bet.unit).map(Answer::Bet).map_err(|why| why.to_string()),
        Variant::Recall | Variant::Broken { .. } | Variant::Open { .. } => Ok(Answer::Shown),
    }
}

/// The points that are ticked.
pub(super) fn ticked(asked: &Asked, line: &str) -> Result<Vec<usize>, String> {
    let Variant::Open { points } = asked.variant else { return Ok(Vec::new()) };
    if line.is_empty() { Ok(Vec::new()) } else { letters(line, points) }
}

/// The class of an item; nothing for an empty line and for a dash.
fn class(asked: &Asked, line: &str) -> Result<Option<usize>, String> {
    let Kind::Sort { classes, .. } = &asked.card.kind else { return Ok(None) };
    if matches!(line, "" | "-") {
        return Ok(None);
    }
    let small = line.to_lowercase();
    let named = classes.iter().position(|class| text(class).to_lowercase() == small);
    let number = line.parse::<usize>().ok().filter(|number| (1..=classes.len()).contains(number));
    match number.map(|number| number - 1).or(named) {
        Some(class) => Ok(Some(class)),
        None => Err(class_wanted(asked)),
    }
}

fn class_wanted(asked: &Asked) -> String {
    let classes = if let Kind::Sort { classes, .. } = &asked.card.kind { classes.len() } else { 0 };
    format!("answer with a number from 1 to {classes}, or with a class; - leaves it open")
}

/// Places as letters, which may stand apart.
fn letters(line: &str, count: usize) -> Result<Vec<usize>, String> {
    let letters = line.chars().filter(|c| !c.is_whitespace() && !matches!(c, ',' | '>' | '.'));
    let place =
        |c: char| (c.to_ascii_lowercase() as usize).checked_sub(usize::from(b'a')).filter(|&p| p < count);
    let places: Option<Vec<usize>> = letters.map(place).collect();
    places.filter(|places| !places.is_empty()).ok_or_else(|| letters_wanted(count))
}

fn letters_wanted(count: usize) -> String {
    format!("answer with letters from a to {}", letter(count.max(1) - 1))
}

/// Places as numbers from 1.
fn numbers(line: &str, count: usize) -> Result<Vec<usize>, String> {
    let number = |word: &str| word.parse::<usize>().ok().filter(|number| (1..=count).contains(number));
    let words = line.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty());
    let numbers: Option<Vec<usize>> = words.map(|word| number(word).map(|number| number - 1)).collect();
    numbers
        .filter(|numbers| !numbers.is_empty())
        .ok_or_else(|| format!("answer with numbers from 1 to {count}"))
}

/// Pairs of a letter and a number, in any order.
fn pairs(line: &str, lefts: usize, rights: usize) -> Result<Vec<Option<usize>>, String> {
    let wanted = || {
        let last = letter(lefts.max(1) - 1);
        format!("answer with pairs such as a1: letters from a to {last}, numbers from 1 to {rights}")
    };
    let mut chosen = vec![None; lefts];
    let idle = |c: &char| matches!(c, '-' | '=' | ':' | ',' | ';') || c.is_whitespace();
    let line: String = line.chars().filter(|c| !idle(c)).collect();
    let mut rest = line.as_str();
    while let Some(first) = rest.chars().next() {
        let left = letters(&first.to_string(), lefts).map_err(|_| wanted())?[0];
        rest = &rest[first.len_utf8()..];
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let right = rest[..digits].parse::<usize>().ok().filter(|right| (1..=rights).contains(right));
        chosen[left] = Some(right.ok_or_else(wanted)? - 1);
        rest = &rest[digits..];
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_numbers_and_pairs_are_read() {
        assert_eq!(letters("c, A b", 3), Ok(vec![2, 0, 1]));
        assert_eq!(letters("b > a", 2), Ok(vec![1, 0]));
        assert_eq!(letters("d", 3), Err("answer with letters from a to c".to_string()));
        assert_eq!(letters("ä", 3), Err("answer with letters from a to c".to_string()));
        assert_eq!(numbers("3, 1", 3), Ok(vec![2, 0]));
        assert_eq!(numbers("0", 3), Err("answer with numbers from 1 to 3".to_string()));
        assert_eq!(numbers("99999999999999999999", 3), Err("answer with numbers from 1 to 3".to_string()));
        assert_eq!(pairs("a2 b1", 2, 3), Ok(vec![Some(1), Some(0)]));
        assert_eq!(pairs("b=10,", 2, 12), Ok(vec![None, Some(9)]));
        for line in ["a", "2a", "a4", "c1", "a2b", "ä1", "a 2 1"] {
            assert!(pairs(line, 2, 3).is_err(), "{line}");
        }
    }
}
