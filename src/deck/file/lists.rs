//! Cards whose answer is made of what they list: options, an order, pairs, classes.

use super::super::{Choice, Kind, Sorted};
use super::tell_twice;
use crate::config::fields::{Fields, Placed, Reader};
use crate::config::problem::suggest;

/// Options, of which one or several are right.
pub(super) fn choice(fields: &mut Fields<'_, '_>, reader: &mut Reader<'_>) -> Option<Kind> {
    let at = fields.place("options");
    let mut options = Vec::new();
    let mut texts: Vec<Placed<String>> = Vec::new();
    for mut option in fields.tables(reader, "options") {
        let start = option.start();
        let text = option.required(reader, "text");
        let right = option.switch(reader, "right").is_some_and(|right| right.value);
        let why = option.text(reader, "why").map_or_else(String::new, |why| why.value);
        option.finish(reader);
        if !right && why.trim().is_empty() {
            reader.problem(start, "a wrong option needs a 'why': what is wrong with it");
        }
        if let Some(text) = text {
            tell_twice(&texts, &text, reader);
            options.push(Choice { text: text.value.clone(), right, why });
            texts.push(text);
        }
    }
    if options.len() < 2 || options.len() > 9 {
        reader.problem(at, "a choice has 2 to 9 options");
    } else if !options.iter().any(|option| option.right) {
        reader.problem(at, "no option is right: mark one with right = true");
    }
    Some(Kind::Choice { options })
}

/// Items in their right order.
pub(super) fn order(fields: &mut Fields<'_, '_>, reader: &mut Reader<'_>) -> Option<Kind> {
    let at = fields.place("items");
    let items = fields.texts(reader, "items");
    let items = all_different(items, reader);
    if items.len() < 3 || items.len() > 9 {
        reader.problem_with_help(
            at,
            format!("an order has 3 to 9 items, this one has {}", items.len()),
            "items = [\"first\", \"second\", \"third\"], in the right order",
        );
    }
    Some(Kind::Order { items })
}

/// What belongs together, left and right.
pub(super) fn pairs(fields: &mut Fields<'_, '_>, reader: &mut Reader<'_>) -> Option<Kind> {
    let at = fields.place("pairs");
    let (mut lefts, mut rights) = (Vec::new(), Vec::new());
    for pair in fields.value("pairs").and_then(|value| value.get_ref().as_array()).into_iter().flatten() {
        let texts = pair.get_ref().as_array().map(|pair| {
            let text = |item: &toml::Spanned<toml::de::DeValue<'_>>| {
                let text = item.get_ref().as_str().filter(|text| !text.trim().is_empty())?;
                Some(Placed { value: text.to_string(), span: item.span() })
            };
            pair.iter().map(text).collect::<Option<Vec<_>>>()
        });
        match texts.flatten().map(<[Placed<String>; 2]>::try_from) {
            Some(Ok([left, right])) => {
                tell_twice(&lefts, &left, reader);
                lefts.push(left);
                rights.push(right);
            }
            _ => {
                let help = "write [\"left\", \"right\"]";
                reader.problem_with_help(pair.span().start, "a pair is a list of two texts", help);
            }
        }
    }
    if lefts.len() < 2 || lefts.len() > 8 {
        let message = format!("a match has 2 to 8 pairs, this one has {}", lefts.len());
        reader.problem_with_help(at, message, "pairs = [[\"left\", \"right\"], [\"left\", \"right\"]]");
    }
    let extra_at = fields.place("extra");
    let extra = fields.texts(reader, "extra");
    for text in &extra {
        if rights.iter().any(|right| right.value.trim() == text.value.trim()) {
            reader.problem(text.span.start, "an extra text belongs to no left side, and this one does");
        }
    }
    let extra = all_different(extra, reader);
    if extra.len() > 6 {
        reader.problem(extra_at, "a match has at most 6 extra texts");
    }
    let pairs = lefts.into_iter().zip(rights).map(|(left, right)| (left.value, right.value)).collect();
    Some(Kind::Match { pairs, extra })
}

/// Items and the classes they belong to.
pub(super) fn sort(fields: &mut Fields<'_, '_>, reader: &mut Reader<'_>) -> Option<Kind> {
    let (classes_at, items_at) = (fields.place("classes"), fields.place("items"));
    let classes = fields.texts(reader, "classes");
    let classes = all_different(classes, reader);
    if classes.len() < 2 || classes.len() > 4 {
        let message = format!("a sort has 2 to 4 classes, this one has {}", classes.len());
        reader.problem_with_help(classes_at, message, "classes = [\"trap\", \"strong signal\"]");
    }
    let known: Vec<&str> = classes.iter().map(String::as_str).collect();
    let (mut items, mut seen) = (Vec::new(), Vec::new());
    for mut item in fields.tables(reader, "items") {
        let text = item.required(reader, "text");
        let class = item.required(reader, "class");
        let why = item.text(reader, "why").map_or_else(String::new, |why| why.value);
        item.finish(reader);
        let place = class.and_then(|class| {
            let place = known.iter().position(|known| *known == class.value);
            if place.is_none() {
                let message = format!("there is no class '{}'", class.value);
                reader.problem_with_help(class.span.start, message, suggest(&class.value, &known));
            }
            place
        });
        if let Some(text) = text {
            tell_twice(&seen, &text, reader);
            items.extend(place.map(|class| Sorted { text: text.value.clone(), class, why }));
            seen.push(text);
        }
    }
    if seen.len() < 3 || seen.len() > 10 {
        let message = format!("a sort has 3 to 10 items, this one has {}", seen.len());
        let help =
            format!("items = [{{ text = \"..\", class = \"{}\" }}, ..]", known.first().unwrap_or(&".."));
        reader.problem_with_help(items_at, message, help);
    }
    Some(Kind::Sort { classes, items })
}

/// The texts, each of which says something and something else than the others.
fn all_different(texts: Vec<Placed<String>>, reader: &mut Reader<'_>) -> Vec<String> {
    let mut seen: Vec<Placed<String>> = Vec::new();
    for text in texts {
        if text.value.trim().is_empty() {
            reader.problem(text.span.start, "this text is empty");
        } else {
            tell_twice(&seen, &text, reader);
        }
        seen.push(text);
    }
    seen.into_iter().map(|text| text.value).collect()
}
