//! Fields by number: the wire format of Protocol Buffers.
//!
//! A record is a sequence of fields, each a key (number and wire type) and a value. A number is a varint: seven bits a byte,
//! the lowest first, the top bit says that more follows. Text is its length and its bytes. A reader skips what he does not
//! know, since the wire type says how long it is, and keeps it for who comes after him.

use super::{BadRecord, Decoded, Field, Kind, Value, complete, is_left_out};

/// The wire types.
const VARINT: u64 = 0;
const FIXED64: u64 = 1;
const BYTES: u64 = 2;
const FIXED32: u64 = 5;

/// Appends a varint: one byte for each seven bits, ten at most.
pub fn write_varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// Reads a varint at `at` and moves it behind.
///
/// # Errors
/// Where the bytes end within it, or it has more than ten bytes.
pub fn read_varint(bytes: &[u8], at: &mut usize) -> Result<u64, BadRecord> {
    let mut value = 0_u64;
    for shift in (0..70).step_by(7) {
        let byte = *bytes.get(*at).ok_or(BadRecord::Short)?;
        *at += 1;
        value |= u64::from(byte & 0x7f).wrapping_shl(shift);
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(BadRecord::Malformed("a varint of more than ten bytes"))
}

/// How many bytes a varint takes.
#[must_use]
pub fn varint_len(value: u64) -> usize {
    (64 - (value | 1).leading_zeros() as usize).div_ceil(7)
}

/// Numbers near zero, of either sign, to small ones: 0, -1, 1, -2 become 0, 1, 2, 3.
#[must_use]
pub fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

/// The way back.
#[must_use]
pub fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

/// A field as it stands in the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its number.
    pub tag: u32,
    /// Its wire type.
    pub wire: u64,
    /// Where it begins, with its key.
    pub from: usize,
    /// Where its value begins.
    pub value: usize,
    /// Where it ends.
    pub to: usize,
}

/// The next field at `at`, which moves behind it.
///
/// # Errors
/// Where the bytes end within it, or its wire type is unknown.
pub fn next_part(bytes: &[u8], at: &mut usize) -> Result<Part, BadRecord> {
    let from = *at;
    let key = read_varint(bytes, at)?;
    let (wire, mut value) = (key & 7, *at);
    let skip = match wire {
        VARINT => {
            read_varint(bytes, at)?;
            0
        }
        FIXED64 => 8,
        FIXED32 => 4,
        BYTES => {
            let length = read_varint(bytes, at)?;
            value = *at;
            usize::try_from(length).map_err(|_| BadRecord::Short)?
        }
        _ => return Err(BadRecord::Malformed("an unknown wire type")),
    };
    *at = at.checked_add(skip).filter(|end| *end <= bytes.len()).ok_or(BadRecord::Short)?;
    let tag = u32::try_from(key >> 3).ok().filter(|tag| *tag > 0);
    let tag = tag.ok_or(BadRecord::Malformed("a field without a number"))?;
    Ok(Part { tag, wire, from, value, to: *at })
}

fn wire(kind: Kind) -> u64 {
    if kind == Kind::Text { BYTES } else { VARINT }
}

/// A record as bytes: `values` are those of the fields in order, and then what came unknown.
#[must_use]
pub fn encode(schema: &[Field], values: &[Value], unknown: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(64);
    for (field, value) in schema.iter().zip(values).filter(|(field, value)| !is_left_out(field, value)) {
        write_varint(&mut bytes, u64::from(field.tag) << 3 | wire(field.kind));
        match value {
            Value::Int(number) if field.kind == Kind::Signed => write_varint(&mut bytes, zigzag(*number)),
            Value::Int(number) => write_varint(&mut bytes, *number as u64),
            Value::Text(text) => {
                write_varint(&mut bytes, text.len() as u64);
                bytes.extend_from_slice(text.as_bytes());
            }
        }
    }
    bytes.extend_from_slice(unknown);
    bytes
}

/// Reads a record. A field of another wire type than expected counts as unknown, a number that is too long for 32 bits loses
/// its upper ones, and an unknown name of an enum stays a number: as the documentation demands.
///
/// # Errors
/// Where the bytes are no record, or a field that has to be there is missing.
pub fn decode(bytes: &[u8], schema: &[Field]) -> Result<Decoded, BadRecord> {
    let mut found: Vec<Option<Value>> = vec![None; schema.len()];
    let (mut unknown, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let part = next_part(bytes, &mut at)?;
        let known = schema.iter().position(|field| field.tag == part.tag && wire(field.kind) == part.wire);
        let Some(place) = known else {
            unknown.extend_from_slice(&bytes[part.from..part.to]);
            continue;
        };
        let field = &schema[place];
        let mut start = part.value;
        found[place] = Some(match field.kind {
            Kind::Text => {
                let text = std::str::from_utf8(&bytes[part.value..part.to]);
                Value::Text(text.map_err(|_| BadRecord::WrongKind(field.name))?.to_string())
            }
            Kind::Int32 => Value::Int(i64::from(read_varint(bytes, &mut start)? as i32)),
            Kind::Signed => Value::Int(unzigzag(read_varint(bytes, &mut start)?)),
            Kind::Int64 | Kind::Enum(_) => Value::Int(read_varint(bytes, &mut start)? as i64),
        });
    }
    Ok(Decoded { values: complete(schema, found)?, unknown })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_bytes_are_those_of_the_documentation() {
        // "Encoding": message Test1 { int32 a = 1; } with 150, and Test2 { string b = 2; } with "testing".
        let number = [Field::required("a", 1, Kind::Int32)];
        assert_eq!(encode(&number, &[Value::Int(150)], &[]), [0x08, 0x96, 0x01]);
        let text = [Field::required("b", 2, Kind::Text)];
        let expected = [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67];
        assert_eq!(encode(&text, &[Value::Text("testing".into())], &[]), expected);
        // -1 as a plain varint takes ten bytes, as a signed one it is 1.
        assert_eq!(encode(&number, &[Value::Int(-1)], &[]).len(), 11);
        assert_eq!(encode(&[Field::required("a", 1, Kind::Signed)], &[Value::Int(-1)], &[]), [0x08, 0x01]);
    }

    #[test]
    fn zigzag_is_the_table_of_the_documentation() {
        for (value, expected) in
            [(0, 0), (-1, 1), (1, 2), (-2, 3), (0x7fff_ffff, 0xffff_fffe), (-0x8000_0000, 0xffff_ffff)]
        {
            assert_eq!(zigzag(value), expected);
            assert_eq!(unzigzag(expected), value);
        }
    }

    #[test]
    fn what_is_unknown_is_kept_and_what_is_too_long_is_cut() {
        let new = [Field::required("a", 1, Kind::Int64), Field::required("b", 9, Kind::Text)];
        let bytes = encode(&new, &[Value::Int(3_000_000_000), Value::Text("kept".into())], &[]);
        let old = [Field::required("a", 1, Kind::Int32)];
        let read = decode(&bytes, &old).expect("a record");
        assert_eq!(read.values, [Value::Int(3_000_000_000 - (1 << 32))]);
        assert_eq!(read.unknown, bytes[6..]);
        assert_eq!(encode(&old, &[Value::Int(7)], &read.unknown)[2..], bytes[6..]);
        assert_eq!(decode(&bytes[6..], &old), Err(BadRecord::Missing("a")));
        assert_eq!(decode(&bytes[..8], &new), Err(BadRecord::Short));
        assert_eq!(decode(&[0x0f], &old), Err(BadRecord::Malformed("an unknown wire type")));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let schema = [Field::required("a", 1, Kind::Int64), Field::required("b", 2, Kind::Text)];
            let _ = decode(&bytes, &schema);
        }

        #[test]
        fn what_is_written_is_read(number in any::<i64>(), small in any::<i32>(), text in "\\PC{0,40}") {
            let schema = [
                Field::required("a", 1, Kind::Int64),
                Field::optional("b", 2, Kind::Int32, Value::Int(0)),
                Field::required("c", 17, Kind::Text),
                Field::required("d", 3000, Kind::Signed),
            ];
            let values = [Value::Int(number), Value::Int(small.into()), Value::Text(text), Value::Int(number)];
            let bytes = encode(&schema, &values, &[]);
            prop_assert_eq!(decode(&bytes, &schema).expect("a record").values, values);
            let mut one = Vec::new();
            write_varint(&mut one, number as u64);
            prop_assert_eq!(one.len(), varint_len(number as u64));
        }
    }
}
