//! `sysdrill calc`: the Envelope on the command line.

use std::io::Read;

use serde_json::json;

use super::args::Calc;
use super::{Failure, complain, print, print_json, usage};
use crate::envelope::{self, Outcome, SheetLine};

/// Evaluates an expression, a file, or standard input.
pub(super) fn run(verb: &Calc) -> Result<(), Failure> {
    let (text, name) = match &verb.file {
        Some(file) if file.as_os_str() == "-" => (standard_input()?, Some("standard input".to_string())),
        Some(file) => {
            let bytes =
                std::fs::read(file).map_err(|error| anyhow::anyhow!("{}: {error}", file.display()))?;
            (String::from_utf8_lossy(&bytes).into_owned(), Some(file.display().to_string()))
        }
        None if verb.expression.is_empty() => {
            use std::io::IsTerminal;
            if std::io::stdin().is_terminal() {
                return usage(
                    "what to calculate? sysdrill calc '500 million users * 5 reads/user/day in reads/s'",
                );
            }
            (standard_input()?, Some("standard input".to_string()))
        }
        None => (lines(&verb.expression.join(" ")), None),
    };
    let sheet = envelope::evaluate(&text);
    let single = verb.expression.len() == 1 && text.lines().count() == 1;
    let mut failed = false;
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
    }
    if failed { Err(Failure::Silent) } else { Ok(()) }
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
