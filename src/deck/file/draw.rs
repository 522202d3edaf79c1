//! What is drawn when a card is asked: `draw = { users = ["10 million", "50 million"] }`.

use super::super::Draw;
use crate::config::fields::{Fields, Placed, Reader, as_typed};

/// A name and the values it is drawn from, with their places.
pub(super) type Drawn = (Placed<String>, Vec<Placed<String>>);

/// The entries of `draw`; those with a mistake are left out.
pub(super) fn read(fields: &mut Fields<'_, '_>, reader: &mut Reader<'_>) -> Vec<Drawn> {
    let mut draw = Vec::new();
    for (name, value) in fields.entries(reader, "draw") {
        let typed = |list: &[toml::Spanned<toml::de::DeValue<'_>>]| -> Option<Vec<Placed<String>>> {
            let typed = list.iter().map(|item| {
                as_typed(item.get_ref()).map(|text| Placed { value: text.into_owned(), span: item.span() })
            });
            typed.collect()
        };
        match value.get_ref().as_array().and_then(|list| typed(list)) {
            Some(values) if !values.is_empty() => draw.push((name, values)),
            _ => {
                let message = format!("'{}' is drawn from a list of values: [\"4\", \"9\"]", name.value);
                reader.problem(value.span().start, message);
            }
        }
    }
    draw
}

/// The same without places.
pub(super) fn plain(draw: Vec<Drawn>) -> Vec<Draw> {
    let plain = |(name, values): Drawn| Draw {
        control: name.value,
        values: values.into_iter().map(|value| value.value).collect(),
    };
    draw.into_iter().map(plain).collect()
}
