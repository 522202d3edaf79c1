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
use crate::envelope::{self, Answer, Driver, Outcome, Sheet, SheetLine, Spread};

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
    let samples = verb.samples.map(|most| envelope::samples(&text, usize::from(most)));
    let single = name.is_none() && text.lines().count() == 1;
    // A note is for somebody who looks on; a program has it in the JSON.
    let noted = !verb.json && std::io::stderr().is_terminal();
    let (mut failed, mut valued) = (false, false);
    for (index, (source, line)) in text.lines().zip(&sheet.lines).enumerate() {
        if let Outcome::Fault(fault) = &line.outcome {
            failed = true;
            let number = name.is_some().then_some(index + 1);
            complain(&fault.show(source, number, name.as_deref()));
        }
        if verb.json {
            let samples = samples.as_ref().map(|all| all[index].as_ref());
            if let Some(value) = as_json(&text, index + 1, line, samples) {
                print_json(&value)?;
            }
        } else if let (Outcome::Value(answer), None) = (&line.outcome, &samples) {
            match &line.name {
                Some(name) if !single => print(&format!("{name} = {}", for_people(answer)))?,
                _ => print(&for_people(answer))?,
            }
        }
        if noted {
            line.notes.iter().for_each(|note| complain(&format!("note: {note}")));
        }
        valued |= matches!(line.outcome, Outcome::Value(_));
    }
    if let (Some(samples), false) = (&samples, verb.json) {
        table(&sheet, samples)?;
    }
    match () {
        () if failed => Err(Failure::Silent),
        () if !valued && name.is_none() => nothing(),
        () => Ok(()),
    }
}

/// `316 M users  (200 M … 500 M)`.
fn for_people(answer: &Answer) -> String {
    match &answer.spread {
        Some(spread) => format!("{}  ({})", answer.text, spread.text),
        None => answer.text.clone(),
    }
}

/// The samples as CSV: a column for each line that has some, a row for each draw.
fn table(sheet: &Sheet, samples: &[Option<Vec<f64>>]) -> Result<(), Failure> {
    let mut heads = Vec::new();
    let mut columns = Vec::new();
    for (index, (line, samples)) in sheet.lines.iter().zip(samples).enumerate() {
        if let (Outcome::Value(answer), Some(samples)) = (&line.outcome, samples) {
            let name = line.name.clone().unwrap_or_else(|| format!("line {}", index + 1));
            heads.push(format!("{name} {}", answer.unit).trim().to_string());
            columns.push(samples);
        }
    }
    if columns.is_empty() {
        return Err(anyhow::anyhow!(
            "no line has a range, so there are no samples; write one as in 10M to 50M users"
        )
        .into());
    }
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(&heads)?;
    for row in 0..columns[0].len() {
        out.write_record(columns.iter().map(|column| column[row].to_string()))?;
    }
    print(&String::from_utf8_lossy(&out.into_inner().unwrap_or_default()))
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

/// A line with a value or a fault. `samples`: where they were asked for, those of the line if it has some.
fn as_json(
    text: &str,
    number: usize,
    line: &SheetLine,
    samples: Option<Option<&Vec<f64>>>,
) -> Option<serde_json::Value> {
    match &line.outcome {
        Outcome::Value(answer) => {
            let steps: Vec<_> = envelope::steps(text, number)
                .into_iter()
                .map(|step| json!({ "text": step.text, "result": step.result }))
                .collect();
            let mut value = json!({
                "line": number,
                "name": line.name,
                "value": answer.value,
                "unit": answer.unit,
                "dimension": answer.dimension,
                "text": answer.text,
                "power_of_ten": answer.figure().map(|figure| figure.exponent),
                "range": answer.spread.as_ref().map(range_json),
                "steps": steps,
                "notes": line.notes,
            });
            if let Some(samples) = samples {
                value["samples"] = json!(samples);
            }
            Some(value)
        }
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

fn range_json(spread: &Spread) -> serde_json::Value {
    let driver = |driver: &Driver| {
        json!({
            "name": driver.name,
            "line": driver.line,
            "share": driver.share,
            "low": driver.low,
            "high": driver.high,
        })
    };
    json!({
        "p5": spread.p5,
        "median": spread.median,
        "p95": spread.p95,
        "text": spread.text,
        "drivers": spread.drivers.iter().map(driver).collect::<Vec<_>>(),
    })
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
