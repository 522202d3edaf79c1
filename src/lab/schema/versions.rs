//! The versions of the record, what is written into them, and what a reader should have got.

use super::Change;
use crate::sim::{Rng, Seed};
use crate::systems::encoding::{Decoded, Field, Kind, Schema, Value};

/// What a field stands for, whatever it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Order,
    Customer,
    Amount,
    Note,
    Status,
    Quantity,
    Coupon,
    Country,
    Gift,
}

/// A schema with what its fields mean.
#[derive(Clone, Debug)]
pub(super) struct Version {
    pub(super) name: &'static str,
    pub(super) schema: Schema,
    pub(super) means: Vec<Meaning>,
    /// Whether its writers use what is new in it: larger numbers, a new name.
    uses: bool,
}

const STATES: &[&str] = &["NEW", "PAID"];
const MORE_STATES: &[&str] = &["NEW", "PAID", "REFUNDED"];

fn text(value: &str) -> Value {
    Value::Text(value.to_string())
}

/// The record as it is before the change.
fn fields() -> Vec<(Meaning, Field)> {
    vec![
        (Meaning::Order, Field::required("order", 1, Kind::Int64)),
        (Meaning::Customer, Field::required("customer", 2, Kind::Text)),
        (Meaning::Amount, Field::required("amount", 3, Kind::Int32)),
        (Meaning::Note, Field::required("note", 4, Kind::Text)),
        (Meaning::Status, Field::required("status", 5, Kind::Enum(STATES))),
        (Meaning::Quantity, Field::optional("quantity", 6, Kind::Int32, Value::Int(1))),
    ]
}

/// The versions of a change: old, the one between that both sides understand, new. With `expand` the new one is made so that
/// there is one between; else that is the new one as well.
pub(super) fn versions(change: Change, expand: bool) -> [Version; 3] {
    let (mut middle, mut new) = (fields(), fields());
    match change {
        Change::AddOptional => {
            let coupon = (Meaning::Coupon, Field::optional("coupon", 7, Kind::Text, text("")));
            middle.push(coupon.clone());
            new.push(coupon);
        }
        Change::AddRequired => {
            middle.push((Meaning::Country, Field::optional("country", 7, Kind::Text, text("")).always()));
            new.push((Meaning::Country, Field::required("country", 7, Kind::Text)));
        }
        Change::Remove => {
            middle[3].1 = Field::optional("note", 4, Kind::Text, text("")).always();
            new.remove(3);
        }
        Change::Rename if expand => {
            middle[1].1 = Field::optional("customer", 2, Kind::Text, text("")).always();
            middle.push((Meaning::Customer, Field::optional("buyer", 7, Kind::Text, text("")).always()));
            new[1].1 = Field::required("buyer", 7, Kind::Text);
        }
        Change::Rename => new[1].1.name = "buyer",
        Change::Widen => {
            middle[2].1.kind = Kind::Int64;
            new[2].1.kind = Kind::Int64;
        }
        Change::IntToText if expand => {
            middle[2].1 = Field::optional("amount", 3, Kind::Int32, Value::Int(0)).always();
            middle.push((Meaning::Amount, Field::optional("price", 7, Kind::Text, text("")).always()));
            new[2].1 = Field::required("price", 7, Kind::Text);
        }
        Change::IntToText => new[2].1.kind = Kind::Text,
        Change::ReuseTag => {
            middle[3].1 = Field::optional("note", 4, Kind::Text, text("")).always();
            let tag = if expand { 7 } else { 4 };
            let gift = (Meaning::Gift, Field::optional("gift", tag, Kind::Text, text("")));
            middle.push(gift.clone());
            new[3] = gift;
        }
        Change::NewEnum => {
            middle[4].1.kind = Kind::Enum(MORE_STATES);
            new[4].1.kind = Kind::Enum(MORE_STATES);
        }
        Change::NewDefault => {
            middle[5].1 = middle[5].1.clone().always();
            new[5].1.default = Some(Value::Int(2));
        }
    }
    if !expand {
        middle.clone_from(&new);
    }
    let version = |name, fields: Vec<(Meaning, Field)>, uses| {
        let (means, schema) = fields.into_iter().unzip();
        Version { name, schema, means, uses }
    };
    [version("old", fields(), false), version("both", middle, false), version("new", new, true)]
}

/// What a message is about: drawn from its number, so that it can be written again.
#[derive(Clone, Debug)]
pub(super) struct Content {
    order: i64,
    customer: &'static str,
    amount: i64,
    note: &'static str,
    status: f64,
    quantity: i64,
}

const NAMES: &[&str] = &["Ada", "Grace", "Edsger", "Barbara", "Leslie", "Tony", "Frances", "Donald"];
const NOTES: &[&str] = &["ring twice", "leave at door", "call first", "none", "side entrance"];

impl Content {
    /// The content of the message of that number. Six draws. With `big` the number of the order lies beyond 2^53.
    pub(super) fn of(seed: u64, id: u64, big: bool) -> Content {
        let mut rng = Rng::stream(Seed(seed.wrapping_add(id)), "content");
        let number = rng.below(1 << 20) as i64;
        Content {
            order: if big { (1 << 53) + 2 * number + 1 } else { number },
            customer: NAMES[rng.below(NAMES.len() as u64) as usize],
            amount: 100 + rng.below(99_900) as i64,
            note: NOTES[rng.below(NOTES.len() as u64) as usize],
            status: rng.unit(),
            quantity: 1 + rng.below(3) as i64,
        }
    }

    /// What a writer of a version means by each of the things that it writes.
    fn meant(&self, version: &Version, means: Meaning) -> Value {
        let states = version.schema.iter().find_map(|field| match field.kind {
            Kind::Enum(names) if version.uses => Some(names.len()),
            _ => None,
        });
        let wide = version.uses
            && version
                .schema
                .iter()
                .zip(&version.means)
                .any(|(field, means)| *means == Meaning::Amount && field.kind == Kind::Int64);
        match means {
            Meaning::Order => Value::Int(self.order),
            Meaning::Customer => text(self.customer),
            Meaning::Amount => Value::Int(self.amount + if wide { 3_000_000_000 } else { 0 }),
            Meaning::Note => text(self.note),
            Meaning::Status => Value::Int((self.status * states.unwrap_or(STATES.len()) as f64) as i64),
            Meaning::Quantity => Value::Int(self.quantity),
            Meaning::Coupon => text("SAVE10"),
            Meaning::Country => text("NL"),
            Meaning::Gift => text("gold paper"),
        }
    }

    /// The values of a version's fields, as its writers write them.
    pub(super) fn values(&self, version: &Version) -> Vec<Value> {
        let value = |(field, means): (&Field, &Meaning)| match (self.meant(version, *means), field.kind) {
            (Value::Int(cents), Kind::Text) => Value::Text(money(cents)),
            (value, _) => value,
        };
        version.schema.iter().zip(&version.means).map(value).collect()
    }
}

/// Cents as people write them.
fn money(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// What became of a message, the worst of its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Outcome {
    Right,
    /// A default, or something unknown, in place of what was written.
    Lost,
    /// Another value, and no error.
    Wrong,
    /// The reader refuses it.
    Failed,
}

/// What a reader made of a message of a writer.
pub(super) fn judge(content: &Content, writer: &Version, reader: &Version, read: &Decoded) -> Outcome {
    let fields = reader.schema.iter().zip(&reader.means).zip(&read.values);
    let of_meaning = |meaning: Meaning| {
        let outcomes =
            fields.clone().filter(move |((_, means), _)| **means == meaning).map(|((field, _), got)| {
                let truth = writer.means.contains(&meaning).then(|| content.meant(writer, meaning));
                of_field(field, got, truth.as_ref())
            });
        // Where two fields mean the same, a reader takes the one that is there.
        outcomes.min()
    };
    reader.means.iter().filter_map(|means| of_meaning(*means)).max().unwrap_or(Outcome::Right)
}

fn of_field(field: &Field, got: &Value, truth: Option<&Value>) -> Outcome {
    let is_default = field.default.as_ref() == Some(got);
    let same = match (truth, got) {
        (Some(Value::Int(cents)), Value::Text(text)) => *text == money(*cents),
        (Some(truth), got) => truth == got,
        (None, _) => is_default,
    };
    let known = match (field.kind, got) {
        (Kind::Enum(names), Value::Int(place)) => (0..names.len() as i64).contains(place),
        _ => true,
    };
    match (same && known, is_default || same) {
        (true, _) => Outcome::Right,
        (false, true) => Outcome::Lost,
        (false, false) => Outcome::Wrong,
    }
}
