//! A message through each of the four encodings, from a writer's version to a reader's.

use super::versions::{Content, Outcome, Version, judge};
use crate::systems::encoding::{BadRecord, Decoded, json, positional, resolved, tagged};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Tagged,
    Json,
    Positional,
    Resolved,
}

impl Format {
    pub(super) const ALL: [Format; 4] = [Format::Tagged, Format::Json, Format::Positional, Format::Resolved];

    pub(super) fn name(self) -> &'static str {
        ["tagged", "json", "positional", "resolved"][self as usize]
    }

    /// A message as bytes.
    pub(super) fn write(self, content: &Content, writer: &Version) -> Vec<u8> {
        let values = content.values(writer);
        match self {
            Format::Tagged => tagged::encode(&writer.schema, &values, &[]),
            Format::Json => json::encode(&writer.schema, &values),
            Format::Positional => positional::encode(&writer.schema, &values),
            Format::Resolved => resolved::encode(&writer.schema, &values),
        }
    }

    /// What a reader gets. Who reads by both schemas needs to know the writer's: with `blind` he takes his own for it.
    pub(super) fn read(
        self,
        bytes: &[u8],
        writer: &Version,
        reader: &Version,
        blind: bool,
    ) -> Result<Decoded, BadRecord> {
        match self {
            Format::Tagged => tagged::decode(bytes, &reader.schema),
            Format::Json => json::decode(bytes, &reader.schema, true),
            Format::Positional => positional::decode(bytes, &reader.schema),
            Format::Resolved if blind => resolved::decode(bytes, &reader.schema, &reader.schema),
            Format::Resolved => resolved::decode(bytes, &writer.schema, &reader.schema),
        }
    }

    /// A message written and read: its size and what became of it.
    pub(super) fn pass(
        self,
        content: &Content,
        writer: &Version,
        reader: &Version,
        blind: bool,
    ) -> (usize, Outcome) {
        let bytes = self.write(content, writer);
        let read = self.read(&bytes, writer, reader, blind);
        (bytes.len(), read.map_or(Outcome::Failed, |read| judge(content, writer, reader, &read)))
    }
}

/// Samples of each pair of versions.
const SAMPLES: u64 = 60;

/// What becomes of messages from each version to each other: tried, not assumed. Shares of the four outcomes.
#[derive(Clone, Debug)]
pub(super) struct Outcomes([[[f64; 4]; 4]; 9]);

impl Outcomes {
    pub(super) fn of(versions: &[Version; 3], seed: u64, big: bool, blind: bool) -> Outcomes {
        let mut all = [[[0.0; 4]; 4]; 9];
        for (pair, formats) in all.iter_mut().enumerate() {
            let (writer, reader) = (&versions[pair / 3], &versions[pair % 3]);
            for id in 0..SAMPLES {
                let content = Content::of(seed, id, big);
                for format in Format::ALL {
                    let (_, outcome) = format.pass(&content, writer, reader, blind);
                    formats[format as usize][outcome as usize] += 1.0 / SAMPLES as f64;
                }
            }
        }
        Outcomes(all)
    }

    /// The shares that are right, lost, wrong and refused.
    pub(super) fn shares(&self, writer: usize, reader: usize, format: Format) -> [f64; 4] {
        self.0[writer * 3 + reader][format as usize]
    }

    /// The share that is not as meant.
    pub(super) fn bad(&self, writer: usize, reader: usize, format: Format) -> f64 {
        self.shares(writer, reader, format)[1..].iter().sum()
    }
}

/// What an old service leaves of a tagged message that it passes on: the numbers of the fields that it does not know, before
/// and after. None where it refuses the message. With `drop` it forgets what it does not know.
pub(super) fn pass_on(bytes: &[u8], old: &Version, drop: bool) -> Option<(usize, usize)> {
    let read = tagged::decode(bytes, &old.schema).ok()?;
    let unknown: &[u8] = if drop { &[] } else { &read.unknown };
    let out = tagged::encode(&old.schema, &read.values, unknown);
    let strange = |bytes: &[u8]| {
        let (mut at, mut count) = (0, 0);
        while let Ok(part) = tagged::next_part(bytes, &mut at) {
            count += usize::from(old.schema.iter().all(|field| field.tag != part.tag));
        }
        count
    };
    Some((strange(bytes), strange(&out)))
}

/// The exact size of a tagged message, from the sizes of its varints: a byte for each field's key, as all numbers are below 16.
pub(super) fn size_theory(content: &Content, writer: &Version) -> usize {
    use crate::systems::encoding::Value;
    let bits = |value: u64| (64 - (value | 1).leading_zeros() as usize).div_ceil(7);
    let fields = writer.schema.iter().zip(content.values(writer));
    let written = fields.filter(|(field, value)| field.explicit || field.default.as_ref() != Some(value));
    written
        .map(|(_, value)| match value {
            Value::Int(number) => 1 + bits(number as u64),
            Value::Text(text) => 1 + bits(text.len() as u64) + text.len(),
        })
        .sum()
}
