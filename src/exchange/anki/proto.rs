//! As much of protocol buffers as Anki's files need: the fields of a message, by number.
//!
//! The encoding is described at protobuf.dev/programming-guides/encoding. A message that is cut off gives the fields
//! that are whole.

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field<'a> {
    /// A number, a truth value, a variant.
    Number(u64),
    /// A text, bytes, or a message in the message.
    Bytes(&'a [u8]),
}

/// The fields of a message in their order, each with its number. Those of fixed width are left out.
pub(super) fn fields(message: &[u8]) -> impl Iterator<Item = (u64, Field<'_>)> {
    let mut rest = message;
    std::iter::from_fn(move || {
        loop {
            let key = varint(&mut rest)?;
            let field = match key & 7 {
                0 => Field::Number(varint(&mut rest)?),
                1 => {
                    rest = rest.get(8..)?;
                    continue;
                }
                2 => {
                    let length = usize::try_from(varint(&mut rest)?).ok()?;
                    let (bytes, after) = rest.split_at_checked(length)?;
                    rest = after;
                    Field::Bytes(bytes)
                }
                5 => {
                    rest = rest.get(4..)?;
                    continue;
                }
                _ => return None,
            };
            return Some((key >> 3, field));
        }
    })
}

/// The number in a field, if the message has it.
pub(super) fn number(message: &[u8], wanted: u64) -> Option<u64> {
    fields(message).find_map(|(number, field)| match field {
        Field::Number(value) if number == wanted => Some(value),
        _ => None,
    })
}

/// The text in a field; empty where the message does not have it.
pub(super) fn text(message: &[u8], wanted: u64) -> String {
    let bytes = fields(message).find_map(|(number, field)| match field {
        Field::Bytes(bytes) if number == wanted => Some(bytes),
        _ => None,
    });
    String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned()
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for at in 0..10 {
        let (&byte, after) = rest.split_first()?;
        *rest = after;
        value |= u64::from(byte & 0x7f).checked_shl(7 * at)?;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_specification() {
        // "Encoding": 150 in field 1, "testing" in field 2, a message with 150 in field 3.
        assert_eq!(fields(&[0x08, 0x96, 0x01]).collect::<Vec<_>>(), [(1, Field::Number(150))]);
        assert_eq!(text(&[0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67], 2), "testing");
        let inner = fields(&[0x1a, 0x03, 0x08, 0x96, 0x01]).next();
        assert_eq!(inner, Some((3, Field::Bytes(&[0x08, 0x96, 0x01]))));
        assert_eq!(number(&[0x08, 0x96, 0x01], 1), Some(150));
    }

    #[test]
    fn what_is_cut_off_is_left_out() {
        for message in [
            &[0x12, 0x07, 0x74][..],
            &[0x08],
            &[0x0b],
            &[0x09, 1],
            &[0xff; 12],
            &[0x12, 0xff, 0xff, 0xff, 0xff, 0x0f],
        ] {
            assert_eq!(fields(message).count(), 0, "{message:?}");
        }
    }
}
