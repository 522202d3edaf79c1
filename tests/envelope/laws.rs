//! What holds of every text that the calculator is given, whatever its bytes. The fuzz target `calc` uses it too.

use sysdrill::envelope::{self, Fault, Outcome};

/// Panics where a law does not hold.
pub fn hold(text: &str) {
    let sheet = envelope::evaluate(text);
    let sources: Vec<&str> = text.lines().collect();
    assert_eq!(sheet.lines.len(), sources.len(), "one outcome a line");
    for (source, line) in sources.iter().zip(&sheet.lines) {
        match &line.outcome {
            Outcome::Value(answer) => {
                assert!(answer.value.is_finite(), "{source:?}: {answer:?}");
                // Printing and reading again gives the same value, in the same unit.
                let full = answer.full();
                let again = envelope::calculate(&full);
                let same = again
                    .as_ref()
                    .is_ok_and(|again| again.value == answer.value && again.unit == answer.unit);
                assert!(same, "{source:?} is {full:?}, which is read as {again:?}");
                shown(&answer.text);
            }
            Outcome::Fault(fault) => points_into(fault, source),
            Outcome::Blank | Outcome::Comment => {}
        }
    }
    match envelope::calculate(text) {
        Ok(answer) => shown(&answer.text),
        Err(fault) => points_into(&fault, text),
    }
}

/// A fault has a place within its text, a sentence, and a picture that a terminal can be given.
fn points_into(fault: &Fault, text: &str) {
    assert!(text.get(fault.span.clone()).is_some(), "{text:?}: {fault:?}");
    assert!(!fault.message.is_empty() && !fault.message.ends_with('.'), "{fault:?}");
    let picture = fault.show(text, Some(1), None);
    assert!(picture.contains('^'));
    assert!(!picture.chars().any(|c| c != '\n' && c.is_control()), "{picture:?}");
}

fn shown(text: &str) {
    assert!(!text.is_empty() && !text.contains(['\n', '\r']), "{text:?}");
}
