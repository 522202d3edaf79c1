//! Values one after the other, and nothing that says what they are: a C struct, a line of CSV.
//!
//! Numbers have their full width, lowest byte first, an enum is a byte, text is two bytes of length and its bytes. A reader who
//! expects other fields reads on regardless: what he gets is wrong, or the bytes do not suffice, or some are left over, which
//! readers of this kind do not look at.

use super::{BadRecord, Decoded, Field, Kind, Value};

/// A record as bytes. Text beyond 65,535 bytes is cut.
#[must_use]
pub fn encode(schema: &[Field], values: &[Value]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(64);
    for (field, value) in schema.iter().zip(values) {
        match (field.kind, value) {
            (Kind::Int32, Value::Int(number)) => bytes.extend_from_slice(&(*number as i32).to_le_bytes()),
            (Kind::Enum(_), Value::Int(number)) => bytes.push(*number as u8),
            (_, Value::Int(number)) => bytes.extend_from_slice(&number.to_le_bytes()),
            (_, Value::Text(text)) => {
                let text = &text.as_bytes()[..text.len().min(usize::from(u16::MAX))];
                bytes.extend_from_slice(&(text.len() as u16).to_le_bytes());
                bytes.extend_from_slice(text);
            }
        }
    }
    bytes
}

/// Reads a record as if it were of this schema.
///
/// # Errors
/// Where the bytes do not suffice, or what should be text is none.
pub fn decode(bytes: &[u8], schema: &[Field]) -> Result<Decoded, BadRecord> {
    let (mut at, mut values) = (0, Vec::with_capacity(schema.len()));
    for field in schema {
        let mut take = |count: usize| {
            let taken = bytes.get(at..at + count).ok_or(BadRecord::Short)?;
            at += count;
            Ok(taken)
        };
        let number = |bytes: &[u8]| bytes.iter().rev().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        values.push(match field.kind {
            Kind::Int32 => Value::Int(i64::from(number(take(4)?) as i32)),
            Kind::Int64 | Kind::Signed => Value::Int(number(take(8)?) as i64),
            Kind::Enum(_) => Value::Int(number(take(1)?) as i64),
            Kind::Text => {
                let length = number(take(2)?) as usize;
                let text = std::str::from_utf8(take(length)?);
                Value::Text(text.map_err(|_| BadRecord::WrongKind(field.name))?.to_string())
            }
        });
    }
    Ok(Decoded { values, unknown: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_side_by_side_and_the_reader_believes_it() {
        let schema = [Field::required("a", 1, Kind::Int32), Field::required("b", 2, Kind::Text)];
        let bytes = encode(&schema, &[Value::Int(-2), Value::Text("ab".into())]);
        assert_eq!(bytes, [0xfe, 0xff, 0xff, 0xff, 2, 0, b'a', b'b']);
        assert_eq!(
            decode(&bytes, &schema).expect("a record").values,
            [Value::Int(-2), Value::Text("ab".into())]
        );
        // Read as one number of 64 bits: wrong, and no error.
        let other = [Field::required("a", 1, Kind::Int64)];
        assert_eq!(
            decode(&bytes, &other).expect("bytes").values,
            [Value::Int(i64::from_le_bytes([0xfe, 0xff, 0xff, 0xff, 2, 0, 0x61, 0x62,]))]
        );
        assert_eq!(decode(&bytes[..7], &schema), Err(BadRecord::Short));
    }
}
