//! Reading TOML with places: every value knows where it stands, so every complaint can show it.
//!
//! One bad value does not stop the rest from being read: problems are collected, and the caller decides
//! what is still usable.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Problem, suggest};

/// A TOML text being read, with the problems found so far.
#[derive(Debug)]
pub struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    first_line: usize,
    /// Where the lines begin, once that was asked: a long deck asks for each of its cards.
    starts: OnceCell<Vec<usize>>,
    /// What was wrong so far.
    pub problems: Vec<Problem>,
}

/// A value with its place in the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed<T> {
    /// The value.
    pub value: T,
    /// The bytes it stands at.
    pub span: Range<usize>,
}

/// The fields of one table. What is not asked for by [`Fields::finish`] was misspelled.
#[derive(Debug)]
pub struct Fields<'t, 'a> {
    table: &'t DeTable<'a>,
    span: Range<usize>,
    asked: Vec<&'static str>,
}

impl<'a> Reader<'a> {
    /// A reader of `text`, which starts at `first_line` of `file`.
    #[must_use]
    pub fn new(file: &'a str, text: &'a str, first_line: usize) -> Reader<'a> {
        Reader { file, text, first_line, starts: OnceCell::new(), problems: Vec::new() }
    }

    /// Parses the text as far as it goes; errors of syntax become problems.
    pub fn table(&mut self) -> Spanned<DeTable<'a>> {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in errors {
            let at = error.span().map_or(0, |span| span.start);
            self.problem(at, error.message().lines().next().unwrap_or("not TOML"));
        }
        table
    }

    /// Notes a problem at a byte of the text.
    pub fn problem(&mut self, byte: usize, message: impl Into<String>) -> &mut Problem {
        let at = self.problems.len();
        let (line, start) = self.line_of(byte);
        let problem = Problem::at(self.file, &self.text[start..], line, byte.saturating_sub(start), message);
        self.problems.push(problem);
        &mut self.problems[at]
    }

    /// Notes a problem together with what to do about it.
    pub fn problem_with_help(&mut self, byte: usize, message: impl Into<String>, help: impl Into<String>) {
        self.problem(byte, message).help = Some(help.into());
    }

    /// Where byte `offset` of a text value stands, whose quotes begin and end at `span`. Where escapes stand before
    /// it, the start of its line.
    #[must_use]
    pub fn inside(&self, span: &Range<usize>, value: &str, offset: usize) -> usize {
        let raw = self.text.get(span.clone()).unwrap_or_default();
        let quotes = ["\"\"\"\n", "\"\"\"", "'''\n", "'''", "\"", "'"];
        let opening = quotes.iter().find(|quotes| raw.starts_with(**quotes)).map_or(0, |quotes| quotes.len());
        let before = value.get(..offset).unwrap_or(value);
        let body = &raw[opening..];
        let within = if body.starts_with(before) {
            before.len()
        } else {
            let breaks = before.matches('\n').count();
            let starts = body.match_indices('\n').map(|(at, _)| at + 1);
            std::iter::once(0).chain(starts).nth(breaks).unwrap_or(0)
        };
        span.start + opening + within
    }

    /// The line of the file in which a byte of the text stands.
    #[must_use]
    pub fn line(&self, byte: usize) -> usize {
        self.line_of(byte).0
    }

    /// The line of the file in which a byte stands, and the byte of the text where that line begins.
    fn line_of(&self, byte: usize) -> (usize, usize) {
        let starts = self.starts.get_or_init(|| {
            let breaks = self.text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n');
            std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect()
        });
        let index = starts.partition_point(|&start| start <= byte.min(self.text.len())) - 1;
        (self.first_line + index, starts[index])
    }
}

impl<'t, 'a> Fields<'t, 'a> {
    /// The fields of a table that stands at `span`.
    #[must_use]
    pub fn new(table: &'t DeTable<'a>, span: Range<usize>) -> Fields<'t, 'a> {
        Fields { table, span, asked: Vec::new() }
    }

    /// Where the table starts.
    #[must_use]
    pub fn start(&self) -> usize {
        self.span.start
    }

    /// Where the field `name` stands, or the table's start where it is missing.
    #[must_use]
    pub fn place(&self, name: &str) -> usize {
        self.table.get(name).map_or(self.span.start, |value| value.span().start)
    }

    /// The raw value of a field.
    pub fn value(&mut self, name: &'static str) -> Option<&'t Spanned<DeValue<'a>>> {
        self.asked.push(name);
        self.table.get(name)
    }

    /// A text.
    pub fn text(&mut self, reader: &mut Reader<'_>, name: &'static str) -> Option<Placed<String>> {
        let value = self.value(name)?;
        match value.get_ref().as_str() {
            Some(text) => Some(Placed { value: text.to_string(), span: value.span() }),
            None => {
                reader.problem(value.span().start, format!("'{name}' must be a text in quotes"));
                None
            }
        }
    }

    /// A text that has to be there and not empty.
    pub fn required(&mut self, reader: &mut Reader<'_>, name: &'static str) -> Option<Placed<String>> {
        let start = self.start();
        let missing = self.table.get(name).is_none();
        let text = self.text(reader, name);
        if missing {
            reader.problem(start, format!("'{name}' is missing"));
        }
        if let Some(text) = &text
            && text.value.trim().is_empty()
        {
            reader.problem(text.span.start, format!("'{name}' is empty"));
            return None;
        }
        text
    }

    /// A number, whole or not.
    pub fn number(&mut self, reader: &mut Reader<'_>, name: &'static str) -> Option<Placed<f64>> {
        let value = self.value(name)?;
        let span = value.span();
        match number(value.get_ref()) {
            Some(value) => Some(Placed { value, span }),
            None => {
                reader.problem(span.start, format!("'{name}' must be a number"));
                None
            }
        }
    }

    /// A truth value.
    pub fn switch(&mut self, reader: &mut Reader<'_>, name: &'static str) -> Option<Placed<bool>> {
        let value = self.value(name)?;
        match value.get_ref().as_bool() {
            Some(on) => Some(Placed { value: on, span: value.span() }),
            None => {
                reader.problem(value.span().start, format!("'{name}' must be true or false"));
                None
            }
        }
    }

    /// A list of texts; empty where the field is missing.
    pub fn texts(&mut self, reader: &mut Reader<'_>, name: &'static str) -> Vec<Placed<String>> {
        let Some(value) = self.value(name) else { return Vec::new() };
        let Some(list) = value.get_ref().as_array() else {
            reader.problem(value.span().start, format!("'{name}' must be a list of texts: [\"a\", \"b\"]"));
            return Vec::new();
        };
        let mut texts = Vec::new();
        for item in list {
            match item.get_ref().as_str() {
                Some(text) => texts.push(Placed { value: text.to_string(), span: item.span() }),
                None => {
                    reader.problem(item.span().start, format!("'{name}' must be a list of texts"));
                }
            }
        }
        texts
    }

    /// A list of tables, such as `[[card]]` or `[{ .. }, { .. }]`; empty where the field is missing.
    pub fn tables(&mut self, reader: &mut Reader<'_>, name: &'static str) -> Vec<Fields<'t, 'a>> {
        let Some(value) = self.value(name) else { return Vec::new() };
        let Some(list) = value.get_ref().as_array() else {
            reader.problem(value.span().start, format!("'{name}' must be a list of tables"));
            return Vec::new();
        };
        let mut tables = Vec::new();
        for item in list {
            match item.get_ref().as_table() {
                Some(table) => tables.push(Fields::new(table, item.span())),
                None => {
                    reader.problem(item.span().start, format!("'{name}' must be a list of tables"));
                }
            }
        }
        tables
    }

    /// The entries of a table whose names are free, in the order of the file.
    pub fn entries(
        &mut self,
        reader: &mut Reader<'_>,
        name: &'static str,
    ) -> Vec<(Placed<String>, &'t Spanned<DeValue<'a>>)> {
        let Some(value) = self.value(name) else { return Vec::new() };
        let Some(table) = value.get_ref().as_table() else {
            reader.problem(value.span().start, format!("'{name}' must be a table: {{ a = .. }}"));
            return Vec::new();
        };
        let mut entries: Vec<_> = table
            .iter()
            .map(|(key, value)| (Placed { value: key.get_ref().to_string(), span: key.span() }, value))
            .collect();
        entries.sort_by_key(|(key, _)| key.span.start);
        entries
    }

    /// One of several names.
    pub fn one_of<T: Copy>(
        &mut self,
        reader: &mut Reader<'_>,
        name: &'static str,
        options: &[(&str, T)],
    ) -> Option<T> {
        let text = self.text(reader, name)?;
        let found = options.iter().find(|(option, _)| *option == text.value).map(|(_, value)| *value);
        if found.is_none() {
            let known: Vec<&str> = options.iter().map(|(option, _)| *option).collect();
            let message = format!("'{name}' cannot be '{}'", text.value);
            reader.problem_with_help(text.span.start, message, suggest(&text.value, &known));
        }
        found
    }

    /// Complains of every field that was not asked for.
    pub fn finish(self, reader: &mut Reader<'_>) {
        let mut unknown: Vec<_> =
            self.table.keys().filter(|key| !self.asked.contains(&key.get_ref().as_ref())).collect();
        unknown.sort_by_key(|key| key.span().start);
        for key in unknown {
            let message = format!("'{}' is not known here", key.get_ref());
            // Some fields are asked for more than once.
            let mut known: Vec<&str> = Vec::new();
            for name in &self.asked {
                if !known.contains(name) {
                    known.push(name);
                }
            }
            reader.problem_with_help(key.span().start, message, suggest(key.get_ref(), &known));
        }
    }
}

/// The number that a value holds, if it holds one.
#[must_use]
pub fn number(value: &DeValue<'_>) -> Option<f64> {
    match value {
        DeValue::Integer(integer) => {
            i64::from_str_radix(integer.as_str(), integer.radix()).ok().map(|n| n as f64)
        }
        DeValue::Float(float) => float.as_str().parse().ok().filter(|n: &f64| n.is_finite()),
        _ => None,
    }
}

/// A value as the learner would type it: texts without their quotes, numbers and truth values as they stand.
#[must_use]
pub fn as_typed<'v>(value: &'v DeValue<'_>) -> Option<Cow<'v, str>> {
    match value {
        DeValue::String(text) => Some(Cow::Borrowed(text.as_ref())),
        DeValue::Integer(integer) => Some(Cow::Borrowed(integer.as_str())),
        DeValue::Float(float) => Some(Cow::Borrowed(float.as_str())),
        DeValue::Boolean(on) => Some(Cow::Borrowed(if *on { "on" } else { "off" })),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_complaint_has_its_place() {
        let text = "name = 3\nsize = \"big\"\nkind = \"smal\"\nnmae = \"x\"\n";
        let mut reader = Reader::new("f.toml", text, 1);
        let table = reader.table();
        let mut fields = Fields::new(table.get_ref(), 0..0);
        assert_eq!(fields.text(&mut reader, "name"), None);
        assert_eq!(fields.number(&mut reader, "size"), None);
        assert_eq!(fields.one_of(&mut reader, "kind", &[("small", 1), ("large", 2)]), None);
        assert_eq!(fields.required(&mut reader, "title"), None);
        fields.finish(&mut reader);
        let said: Vec<String> = reader
            .problems
            .iter()
            .map(|p| format!("{}:{} {} {}", p.line, p.column, p.message, p.help.clone().unwrap_or_default()))
            .collect();
        assert_eq!(
            said,
            [
                "1:8 'name' must be a text in quotes ",
                "2:8 'size' must be a number ",
                "3:8 'kind' cannot be 'smal' did you mean 'small'?",
                "1:1 'title' is missing ",
                "4:1 'nmae' is not known here did you mean 'name'?",
            ]
        );
    }

    #[test]
    fn finds_a_place_inside_a_text() {
        let check = |text: &str, offset: usize, expected: &str| {
            let mut reader = Reader::new("f.toml", text, 1);
            let table = reader.table();
            let value = Fields::new(table.get_ref(), 0..0).required(&mut reader, "a").expect("a text");
            let at = reader.inside(&value.span, &value.value, offset);
            assert!(text[at..].starts_with(expected), "{:?}", &text[at..]);
        };
        check("a = \"one two\"", 4, "two");
        check("a = 'one two'", 0, "one");
        check("a = \"\"\"\none\ntwo\"\"\"", 4, "two");
        check("a = \"\"\"one\ntwo\"\"\"", 5, "wo");
        check("a = \"\"\"\nx\\ty\ntwo\"\"\"", 6, "two");
        check("a = \"x\\ty two\"", 4, "x");
    }

    #[test]
    fn a_syntax_error_leaves_the_rest() {
        let mut reader = Reader::new("f.toml", "a = \nb = 2\n", 1);
        let table = reader.table();
        assert!(!reader.problems.is_empty());
        assert_eq!(table.get_ref().get("b").and_then(|value| number(value.get_ref())), Some(2.0));
    }
}
