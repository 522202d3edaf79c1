//! Records as bytes, and what a reader makes of them who was built with another schema.
//!
//! Four ways to write the same record, which differ in how a reader knows what he reads:
//! - [`tagged`]: each field has a number in the bytes (Protocol Buffers). Names do not matter; numbers are for ever.
//! - [`json`]: each field has its name in the bytes. Names are for ever; numbers may be read as doubles.
//! - [`positional`]: nothing but the values, one after the other (a C struct, CSV). The order is for ever.
//! - [`resolved`]: nothing but the values, but the reader has the writer's schema too and matches the two by name (Avro).
//!
//! A reader has three ways to be wrong: he refuses what he could have read, he gets a default for what was there, or he
//! gets another value and does not notice. The last is the worst, and no check of syntax finds it.
//!
//! Sources: Protocol Buffers documentation, "Encoding" and "Language guide"; Apache Avro specification 1.11, "Schema
//! resolution"; RFC 8259, section 6, on numbers in JSON.

pub mod json;
pub mod positional;
pub mod resolved;
pub mod tagged;

/// What kind of value a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A whole number of 32 bits.
    Int32,
    /// A whole number of 64 bits.
    Int64,
    /// A whole number of 64 bits that is often negative: zigzag where the encoding has it.
    Signed,
    /// Text.
    Text,
    /// One of these names; as a value its place among them.
    Enum(&'static [&'static str]),
}

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A number, or the place of a name of an enum.
    Int(i64),
    /// Text.
    Text(String),
}

/// A field of a schema.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Its number, 1 and up.
    pub tag: u32,
    /// What it holds.
    pub kind: Kind,
    /// What a reader takes where it is missing; without one the record is refused.
    pub default: Option<Value>,
    /// Whether it is written even where it has the default value.
    pub explicit: bool,
}

impl Field {
    /// A field that has to be there.
    #[must_use]
    pub fn required(name: &'static str, tag: u32, kind: Kind) -> Field {
        Field { name, tag, kind, default: None, explicit: true }
    }

    /// A field that may be missing, with what is taken then.
    #[must_use]
    pub fn optional(name: &'static str, tag: u32, kind: Kind, default: Value) -> Field {
        Field { name, tag, kind, default: Some(default), explicit: false }
    }

    /// The same field, always written.
    #[must_use]
    pub fn always(mut self) -> Field {
        self.explicit = true;
        self
    }
}

/// The fields of a record, in the order in which they are written.
pub type Schema = Vec<Field>;

/// What a reader got.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decoded {
    /// A value for each field of his schema.
    pub values: Vec<Value>,
    /// The bytes of fields that he does not know, as they came: to be written again by who passes the record on.
    pub unknown: Vec<u8>,
}

/// Why a reader refuses a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRecord {
    /// The bytes end in the middle of something.
    #[error("the record ends too early")]
    Short,
    /// What stands there is no record of this encoding.
    #[error("not a record: {0}")]
    Malformed(&'static str),
    /// A field that has to be there is not.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A field holds something that the reader cannot take.
    #[error("{0} holds something else")]
    WrongKind(&'static str),
}

/// A value for every field, by the defaults where there was none.
fn complete(schema: &[Field], found: Vec<Option<Value>>) -> Result<Vec<Value>, BadRecord> {
    let value = |(field, found): (&Field, Option<Value>)| {
        found.or_else(|| field.default.clone()).ok_or(BadRecord::Missing(field.name))
    };
    schema.iter().zip(found).map(value).collect()
}

/// Whether a field is left out: it has the value that the reader would take anyway.
fn is_left_out(field: &Field, value: &Value) -> bool {
    !field.explicit && field.default.as_ref() == Some(value)
}
