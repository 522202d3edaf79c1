//! `sysdrill calc`: the Envelope on the command line.
//!
//! A calculator is started for one line and waited for, so this verb does without all that others need: it opens no
//! store, reads no settings and no library, and the usual arguments are understood without the parser of the other
//! verbs, which costs more than the calculation.

use std::ffi::OsString;
use std::io::{IsTerminal, Read};

use serde_json::json;

use super::args::Calc;
use super::{Failure, complain, print, print_json, usage};
use crate::envelope::{self, Outcome, SheetLine};

/// The arguments of a plain call: `calc`, words, and perhaps `--json`. Nothing for all else, which is for the parser.
/// A word that begins with a minus sign and is no option is part of the expression here: `calc '-5 + 3'`.
pub(super) fn plain(mut arguments: impl Iterator<Item = OsString>) -> Option<Calc> {
    if arguments.next()?.to_str()? != "calc" {
        return None;
    }
    let mut verb = Calc::default();
    for argument in arguments {
        let word = argument.to_str()?;
        let negative = word.strip_prefix('-').is_some_and(|rest| {
            rest.starts_with(|first: char| !(first.is_ascii_alphabetic() || first == '-'))
                || rest.contains(' ')
        });
        match word {
            "--json" => verb.json = true,
            _ if word.starts_with('-') && !negative => return None,
            _ => verb.expression.push(word.to_string()),
        }
    }
    Some(verb)
}

/// Evaluates an expression, a file, or standard input; or lists what there is.
pub(super) fn run(verb: &Calc) -> Result<(), Failure> {
    if verb.functions || verb.constants || verb.units {
        return list(verb);
    }
    let (text, name) = input(verb)?;
    let sheet = envelope::evaluate(&text);
    let single = !verb.expression.is_empty() && text.lines().count() == 1;
    let (mut failed, mut valued) = (false, false);
    for (index, (source, line)) in text.lines().zip(&sheet.lines).enumerate() {
        if let Outcome::Fault(fault) = &line.outcome {
            failed = true;
            let number = name.is_some().then_some(index + 1);
            complain(&fault.show(source, number, name.as_deref()));
        }
        if verb.json {
            if let Some(value) = as_json(index + 1, line) {
                print_json(&value)?;
            }
        } else if let Outcome::Value(answer) = &line.outcome {
            match &line.name {
                Some(name) if !single => print(&format!("{name} = {}", answer.text))?,
                _ => print(&answer.text)?,
            }
        }
        valued |= matches!(line.outcome, Outcome::Value(_));
    }
    match () {
        () if failed => Err(Failure::Silent),
        () if !valued && name.is_none() => nothing(),
        () => Ok(()),
    }
}

fn nothing<T>() -> Result<T, Failure> {
    usage("what to calculate? sysdrill calc '500 million users * 5 reads/user/day in reads/s'")
}

/// The text to evaluate, and the name of where it comes from; an expression has none.
fn input(verb: &Calc) -> Result<(String, Option<String>), Failure> {
    match &verb.file {
        Some(file) if file.as_os_str() == "-" => Ok((standard_input()?, Some("standard input".to_string()))),
        Some(file) => {
            let bytes =
                std::fs::read(file).map_err(|error| anyhow::anyhow!("{}: {error}", file.display()))?;
            Ok((String::from_utf8_lossy(&bytes).into_owned(), Some(file.display().to_string())))
        }
        None if verb.expression.is_empty() && std::io::stdin().is_terminal() => nothing(),
        None if verb.expression.is_empty() => Ok((standard_input()?, Some("standard input".to_string()))),
        None => Ok((lines(&verb.expression.join(" ")), None)),
    }
}

/// What there is: functions, constants, units.
fn list(verb: &Calc) -> Result<(), Failure> {
    if verb.functions {
        for function in envelope::functions() {
            if verb.json {
                let example =
                    envelope::calculate(function.example).map(|answer| answer.text).unwrap_or_default();
                print_json(&json!({
                    "name": function.name,
                    "form": function.form,
                    "what": function.what,
                    "example": function.example,
                    "result": example,
                }))?;
            } else {
                print(&format!("{}\n    {}; {}", function.form, function.what, function.example))?;
            }
        }
    }
    if verb.constants {
        for constant in envelope::constants() {
            if verb.json {
                print_json(&json!({
                    "name": constant.name,
                    "value": constant.value,
                    "what": constant.what,
                    "year": constant.year,
                    "source": constant.source,
                }))?;
            } else {
                print(&format!(
                    "{:<18} {:>12}  {} ({}, {})",
                    constant.name, constant.value, constant.what, constant.year, constant.source
                ))?;
            }
        }
    }
    if verb.units {
        for unit in envelope::units() {
            if verb.json {
                print_json(&json!({ "unit": unit.words[0], "words": unit.words, "what": unit.what }))?;
            } else {
                print(&format!("{:<8} {:<28} {}", unit.words[0], unit.what, unit.words[1..].join(" ")))?;
            }
        }
    }
    Ok(())
}

fn as_json(number: usize, line: &SheetLine) -> Option<serde_json::Value> {
    match &line.outcome {
        Outcome::Value(answer) => Some(json!({
            "line": number,
            "name": line.name,
            "value": answer.value,
            "unit": answer.unit,
            "dimension": answer.dimension,
            "text": answer.text,
        })),
        Outcome::Fault(fault) => Some(json!({
            "line": number,
            "name": line.name,
            "error": fault.message,
            "start": fault.span.start,
            "end": fault.span.end,
            "help": fault.help,
        })),
        Outcome::Blank | Outcome::Comment => None,
    }
}

/// An expression as a sheet: a `;` ends a line, but not within a comment.
fn lines(expression: &str) -> String {
    let cut = |line: &str| match line.split_once('#') {
        Some((before, comment)) => format!("{}#{comment}", before.replace(';', "\n")),
        None => line.replace(';', "\n"),
    };
    expression.lines().map(cut).collect::<Vec<_>>().join("\n")
}

fn standard_input() -> Result<String, Failure> {
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_calls_need_no_parser() {
        let check = |line: &str, expected: Option<(&str, bool)>| {
            let verb = plain(line.split('|').map(OsString::from));
            let got = verb.map(|verb| (verb.expression.join("|"), verb.json));
            assert_eq!(got, expected.map(|(words, json)| (words.to_string(), json)), "{line}");
        };
        check("calc|5 GB in MB", Some(("5 GB in MB", false)));
        check("calc|2|*|3|--json", Some(("2|*|3", true)));
        check("calc|--json|2", Some(("2", true)));
        check("calc|-5 + 3", Some(("-5 + 3", false)));
        check("calc|-x * 2", Some(("-x * 2", false)));
        check("calc|-(2)", Some(("-(2)", false)));
        check("calc", Some(("", false)));
        for other in [
            "read|x",
            "calc|--help",
            "calc|-h",
            "calc|--file|x",
            "calc|--|-x",
            "--data|d|calc|1",
            "calc|--jsn",
        ] {
            check(other, None);
        }
    }
}
