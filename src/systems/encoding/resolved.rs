//! Values one after the other, read with the writer's schema and the reader's: Avro.
//!
//! The bytes say nothing of the fields, but the reader has the schema that they were written with, from the head of the file
//! or a registry. He reads by that one, and then takes by *name* what his own schema has: what only the writer has is
//! dropped, what only the reader has gets its default or the record is refused, a number may grow but not shrink.

use super::tagged::{read_varint, unzigzag, write_varint, zigzag};
use super::{BadRecord, Decoded, Field, Kind, Value, complete};

/// A record as bytes: numbers, places in enums and lengths as zigzag varints, as the specification says.
#[must_use]
pub fn encode(schema: &[Field], values: &[Value]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(64);
    for (_, value) in schema.iter().zip(values) {
        match value {
            Value::Int(number) => write_varint(&mut bytes, zigzag(*number)),
            Value::Text(text) => {
                write_varint(&mut bytes, zigzag(text.len() as i64));
                bytes.extend_from_slice(text.as_bytes());
            }
        }
    }
    bytes
}

/// Reads a record of `writer` as one of `reader`.
///
/// # Errors
/// Where the bytes are no record of the writer's schema, or the two schemas do not match for it.
pub fn decode(bytes: &[u8], writer: &[Field], reader: &[Field]) -> Result<Decoded, BadRecord> {
    let (mut at, mut found) = (0, vec![None; reader.len()]);
    for field in writer {
        let number = unzigzag(read_varint(bytes, &mut at)?);
        let value = if field.kind == Kind::Text {
            let end = usize::try_from(number).ok().and_then(|length| at.checked_add(length));
            let text = bytes.get(at..end.ok_or(BadRecord::Short)?).ok_or(BadRecord::Short)?;
            at += text.len();
            let text = std::str::from_utf8(text).map_err(|_| BadRecord::WrongKind(field.name))?;
            Value::Text(text.to_string())
        } else {
            Value::Int(number)
        };
        if let Some(place) = reader.iter().position(|known| known.name == field.name) {
            found[place] = Some(resolve(value, field, &reader[place])?);
        }
    }
    Ok(Decoded { values: complete(reader, found)?, unknown: Vec::new() })
}

/// The value of a field of the writer as the reader has it.
fn resolve(value: Value, writer: &Field, reader: &Field) -> Result<Value, BadRecord> {
    let refused = BadRecord::WrongKind(reader.name);
    match (writer.kind, reader.kind, &value) {
        // Names are matched by name, whatever their places.
        (Kind::Enum(from), Kind::Enum(to), Value::Int(place)) => {
            let name = usize::try_from(*place).ok().and_then(|place| from.get(place));
            let place = name.and_then(|name| to.iter().position(|known| known == name));
            place.map(|place| Value::Int(place as i64)).ok_or(refused)
        }
        (Kind::Int32, Kind::Int64, _) => Ok(value),
        (from, to, _) if from == to => Ok(value),
        _ => Err(refused),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_are_those_of_the_specification() {
        // Avro 1.11, "Records": a long 27 and the string "foo" are 36 06 66 6f 6f.
        let schema = [Field::required("a", 1, Kind::Int64), Field::required("b", 2, Kind::Text)];
        let values = [Value::Int(27), Value::Text("foo".into())];
        let bytes = encode(&schema, &values);
        assert_eq!(bytes, [0x36, 0x06, 0x66, 0x6f, 0x6f]);
        assert_eq!(decode(&bytes, &schema, &schema).expect("a record").values, values);
        assert_eq!(decode(&bytes[..4], &schema, &schema), Err(BadRecord::Short));
    }

    #[test]
    fn schemas_are_matched_as_the_specification_says() {
        let writer = [
            Field::required("small", 1, Kind::Int32),
            Field::required("colour", 2, Kind::Enum(&["red", "green"])),
            Field::required("only_writer", 3, Kind::Text),
        ];
        let bytes = encode(&writer, &[Value::Int(5), Value::Int(1), Value::Text("x".into())]);
        let reader = [
            Field::required("colour", 9, Kind::Enum(&["green", "blue"])),
            Field::optional("only_reader", 3, Kind::Int32, Value::Int(42)),
            Field::required("small", 7, Kind::Int64),
        ];
        let read = decode(&bytes, &writer, &reader).expect("a record");
        assert_eq!(read.values, [Value::Int(0), Value::Int(42), Value::Int(5)]);
        let refuses = |field: Field| decode(&bytes, &writer, &[field]).expect_err("no match");
        assert_eq!(refuses(Field::required("small", 1, Kind::Text)), BadRecord::WrongKind("small"));
        assert_eq!(refuses(Field::required("missing", 1, Kind::Text)), BadRecord::Missing("missing"));
        assert_eq!(
            refuses(Field::required("colour", 1, Kind::Enum(&["red"]))),
            BadRecord::WrongKind("colour")
        );
    }
}
