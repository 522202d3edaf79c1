//! Fields by name: a flat JSON object of numbers, texts and names of enums (RFC 8259).
//!
//! A number in JSON has no size. Many readers hold every number as a double, which has 53 bits for the digits: beyond 2^53 not
//! every whole number is one, and the nearest takes its place without a word (RFC 8259, section 6).

use super::{BadRecord, Decoded, Field, Kind, Value, complete};

/// A record as text. All fields are written.
#[must_use]
pub fn encode(schema: &[Field], values: &[Value]) -> Vec<u8> {
    let mut text = String::with_capacity(128);
    text.push('{');
    for (place, (field, value)) in schema.iter().zip(values).enumerate() {
        if place > 0 {
            text.push(',');
        }
        write_text(&mut text, field.name);
        text.push(':');
        match (field.kind, value) {
            (Kind::Enum(names), Value::Int(number)) => {
                let name = usize::try_from(*number).ok().and_then(|place| names.get(place));
                write_text(&mut text, name.copied().unwrap_or("?"));
            }
            (_, Value::Int(number)) => text.push_str(&number.to_string()),
            (_, Value::Text(value)) => write_text(&mut text, value),
        }
    }
    text.push('}');
    text.into_bytes()
}

fn write_text(text: &mut String, value: &str) {
    text.push('"');
    for letter in value.chars() {
        match letter {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\u{0}'..='\u{1f}' => text.push_str(&format!("\\u{:04x}", letter as u32)),
            _ => text.push(letter),
        }
    }
    text.push('"');
}

/// Reads a record; with `doubles` every number is held as a double on the way, as JavaScript does. Names that the reader
/// does not know are left aside.
///
/// # Errors
/// Where the text is no flat object, a field has another type or a name that is unknown, or one is missing.
pub fn decode(bytes: &[u8], schema: &[Field], doubles: bool) -> Result<Decoded, BadRecord> {
    let text = std::str::from_utf8(bytes).map_err(|_| BadRecord::Malformed("not UTF-8"))?;
    let mut rest = Rest(text);
    let mut found: Vec<Option<Value>> = vec![None; schema.len()];
    rest.expect('{')?;
    if !rest.skip('}') {
        loop {
            let name = rest.text()?;
            rest.expect(':')?;
            let token = rest.token()?;
            if let Some(place) = schema.iter().position(|field| field.name == name) {
                found[place] = Some(token.value(&schema[place], doubles)?);
            }
            if !rest.skip(',') {
                break;
            }
        }
        rest.expect('}')?;
    }
    if rest.0.trim_ascii().is_empty() {
        Ok(Decoded { values: complete(schema, found)?, unknown: Vec::new() })
    } else {
        Err(BadRecord::Malformed("something behind the object"))
    }
}

/// A scalar as it stands in the text.
enum Token<'a> {
    Number(&'a str),
    Text(String),
}

impl Token<'_> {
    fn value(self, field: &Field, doubles: bool) -> Result<Value, BadRecord> {
        let refused = BadRecord::WrongKind(field.name);
        let number = match (self, field.kind) {
            (Token::Text(text), Kind::Text) => return Ok(Value::Text(text)),
            (Token::Text(text), Kind::Enum(names)) => {
                let place = names.iter().position(|name| *name == text);
                return place.map(|place| Value::Int(place as i64)).ok_or(refused);
            }
            (Token::Number(number), Kind::Int32 | Kind::Int64 | Kind::Signed) => number,
            _ => return Err(refused),
        };
        let value = if doubles {
            number.parse::<f64>().ok().filter(|value| value.fract() == 0.0).map(|value| value as i64)
        } else {
            number.parse::<i64>().ok()
        };
        let fits = |value: &i64| field.kind != Kind::Int32 || i32::try_from(*value).is_ok();
        value.filter(fits).map(Value::Int).ok_or(refused)
    }
}

/// The text that is left to read.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn skip(&mut self, mark: char) -> bool {
        let rest = self.0.trim_ascii_start();
        let found = rest.strip_prefix(mark);
        self.0 = found.unwrap_or(rest);
        found.is_some()
    }

    fn expect(&mut self, mark: char) -> Result<(), BadRecord> {
        match self.skip(mark) {
            true => Ok(()),
            false if self.0.is_empty() => Err(BadRecord::Short),
            false => Err(BadRecord::Malformed("another mark than expected")),
        }
    }

    fn text(&mut self) -> Result<String, BadRecord> {
        self.expect('"')?;
        let (mut text, mut letters) = (String::new(), self.0.char_indices());
        while let Some((at, letter)) = letters.next() {
            match letter {
                '"' => {
                    self.0 = &self.0[at + 1..];
                    return Ok(text);
                }
                '\\' => text.push(escaped(&mut letters)?),
                _ => text.push(letter),
            }
        }
        Err(BadRecord::Short)
    }

    fn token(&mut self) -> Result<Token<'a>, BadRecord> {
        self.0 = self.0.trim_ascii_start();
        if self.0.starts_with('"') {
            return Ok(Token::Text(self.text()?));
        }
        let end = self.0.find(|letter: char| !"+-.eE".contains(letter) && !letter.is_ascii_digit());
        let (number, rest) = self.0.split_at(end.unwrap_or(self.0.len()));
        self.0 = rest;
        if number.is_empty() {
            Err(BadRecord::Malformed("not a number, nor a text"))
        } else {
            Ok(Token::Number(number))
        }
    }
}

/// The letter that stands behind a backslash. Pairs of surrogates are refused.
fn escaped(letters: &mut std::str::CharIndices<'_>) -> Result<char, BadRecord> {
    let (_, letter) = letters.next().ok_or(BadRecord::Short)?;
    Ok(match letter {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'u' => {
            let digits: String = letters.by_ref().take(4).map(|(_, digit)| digit).collect();
            let code = u32::from_str_radix(&digits, 16).ok();
            code.and_then(char::from_u32).ok_or(BadRecord::Malformed("a bad escape"))?
        }
        '"' | '\\' | '/' => letter,
        _ => return Err(BadRecord::Malformed("a bad escape")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn schema() -> Vec<Field> {
        vec![
            Field::required("id", 1, Kind::Int64),
            Field::required("name", 2, Kind::Text),
            Field::optional("state", 3, Kind::Enum(&["new", "paid"]), Value::Int(0)),
        ]
    }

    #[test]
    fn a_reader_with_doubles_misses_what_lies_beyond_their_digits() {
        let big = (1_i64 << 53) + 1;
        let bytes = encode(&schema(), &[Value::Int(big), Value::Text("Ada".into()), Value::Int(1)]);
        assert_eq!(String::from_utf8_lossy(&bytes), r#"{"id":9007199254740993,"name":"Ada","state":"paid"}"#);
        let id = |doubles| decode(&bytes, &schema(), doubles).expect("a record").values[0].clone();
        assert_eq!((id(false), id(true)), (Value::Int(big), Value::Int(big - 1)));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let read = |text: &str| decode(text.as_bytes(), &schema(), false);
        assert_eq!(read(r#"{"id":1}"#), Err(BadRecord::Missing("name")));
        assert_eq!(read(r#"{"id":"1","name":"x"}"#), Err(BadRecord::WrongKind("id")));
        assert_eq!(read(r#"{"id":1,"name":"x","state":"lost"}"#), Err(BadRecord::WrongKind("state")));
        assert_eq!(read(r#"{"id":1,"name":"x"#), Err(BadRecord::Short));
        assert!(matches!(read(r#"{"id":1,"name":"x"}}"#), Err(BadRecord::Malformed(_))));
        let values = read(r#" { "id" : 1 , "more" : 2 , "name" : "\u0041\n" } "#).expect("a record").values;
        assert_eq!(values, [Value::Int(1), Value::Text("A\n".into()), Value::Int(0)]);
    }

    proptest! {
        #[test]
        fn it_is_what_another_library_reads_and_writes(id in any::<i64>(), name in "\\PC{0,30}", odd in "[\\x00-\\x7f]{0,9}") {
            let values = [Value::Int(id), Value::Text(name.clone() + &odd), Value::Int(1)];
            let bytes = encode(&schema(), &values);
            let other: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
            prop_assert_eq!(other["id"].as_i64(), Some(id));
            prop_assert_eq!(other["name"].as_str(), Some(&*(name + &odd)));
            let theirs = serde_json::to_vec(&other).expect("JSON");
            prop_assert_eq!(&decode(&theirs, &schema(), false).expect("a record").values, &values);
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[{}\":,a-z0-9\\\\ ]{0,40}") {
            let _ = decode(text.as_bytes(), &schema(), true);
        }
    }
}
