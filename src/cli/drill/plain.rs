//! One card, line by line: for screen readers, pipes, and terminals that can do nothing else.
//!
//! Nothing is drawn and nothing moves: what is asked is a text, what is chosen has a letter or a number, and every line
//! that is read says first what it is for. `:q` leaves, `:u` takes back the last line of an answer or the last answer, `:f`
//! flags, `:b` puts off until tomorrow, `:s` suspends, `?` uncovers a hint; where no answer could be mistaken for them,
//! `q` and `u` do as well.

mod answer;
mod verdict;

use std::io::{self, BufRead, IsTerminal, Write};

use crate::cli::{Failure, print, shown};
use crate::doc;
use crate::drill::{Answer, Asked, Variant, Verdict, judge, read_estimate};
use crate::memory::Grade;

/// The width of what is printed.
const WIDTH: u16 = 80;

/// What came of asking a card.
pub(super) enum Outcome {
    /// It was answered, and gets this grade.
    Graded(Answer, Grade),
    /// The last step is to be taken back.
    Undo,
    /// The card is to be marked.
    Mark(Mark),
    /// The session ends.
    Quit,
}

/// What can be done with a card in place of an answer.
#[derive(Clone, Copy)]
pub(super) enum Mark {
    Flag,
    Bury,
    Suspend,
}

/// What the learner said to a prompt.
enum Said {
    Text(String),
    Undo,
    Mark(Mark),
    Quit,
}

impl Said {
    /// The command that a line is, whatever it answers.
    fn command(line: &str) -> Option<Said> {
        Some(match line {
            ":q" | ":quit" => Said::Quit,
            ":u" | ":undo" => Said::Undo,
            ":f" | ":flag" => Said::Mark(Mark::Flag),
            ":b" | ":bury" => Said::Mark(Mark::Bury),
            ":s" | ":suspend" => Said::Mark(Mark::Suspend),
            _ => return None,
        })
    }

    /// What comes of a card at which this was said instead of an answer.
    fn outcome(self) -> Outcome {
        match self {
            Said::Undo => Outcome::Undo,
            Said::Mark(mark) => Outcome::Mark(mark),
            Said::Quit | Said::Text(_) => Outcome::Quit,
        }
    }
}

/// Asks a card, shows what is right, and asks for the grade.
pub(super) fn ask(asked: &Asked, input: &mut impl BufRead) -> Result<Outcome, Failure> {
    let mut talk = Talk { asked, input, hints: 0 };
    talk.question()?;
    let answer = match talk.answer()? {
        Ok(answer) => answer,
        Err(said) => return Ok(said.outcome()),
    };
    let verdict = judge(asked, &answer);
    verdict::tell(asked, &verdict)?;
    talk.grade(answer, &verdict)
}

/// A card being asked.
struct Talk<'t, I> {
    asked: &'t Asked,
    input: &'t mut I,
    /// How many hints were uncovered.
    hints: usize,
}

impl<I: BufRead> Talk<'_, I> {
    fn question(&self) -> Result<(), Failure> {
        print(&format!("\n{}", text(&self.asked.question)))?;
        for line in answer::listed(self.asked) {
            print(&line)?;
        }
        if let Variant::Broken { why } = &self.asked.variant {
            print(&format!("this card cannot be asked: {why}"))?;
        }
        Ok(())
    }

    /// The answer, or what was said instead of one.
    fn answer(&mut self) -> Result<Result<Answer, Said>, Failure> {
        let prompts = answer::prompts(self.asked);
        let mut lines: Vec<String> = Vec::new();
        while lines.len() < prompts.len() {
            let line = match self.line(&prompts[lines.len()])? {
                Said::Text(line) => line,
                // In the middle of an answer the last step is its last line.
                Said::Undo if lines.pop().is_some() => continue,
                said => return Ok(Err(said)),
            };
            if let Err(why) = answer::check(self.asked, lines.len(), &line) {
                print(&why)?;
                continue;
            }
            let words = matches!(self.asked.variant, Variant::Open { .. });
            // Who leaves the first line empty wants to see the answer.
            if lines.is_empty() && line.is_empty() && !words {
                return Ok(Ok(Answer::Shown));
            }
            if words {
                return self.open(line);
            }
            lines.push(line);
        }
        if let (Variant::Estimate(of), Some(line)) = (&self.asked.variant, lines.first())
            && let Ok(read) = read_estimate(line, of)
        {
            print(&format!("read as {}", read.shown))?;
        }
        Ok(answer::read(self.asked, &lines).map_err(|_| Said::Quit))
    }

    /// The rest of an open answer, then the points that it had.
    fn open(&mut self, first: String) -> Result<Result<Answer, Said>, Failure> {
        let mut written = vec![first];
        while written.last().is_some_and(|line| !line.is_empty()) {
            match self.line("")? {
                Said::Text(line) => written.push(line),
                said => return Ok(Err(said)),
            }
        }
        let written = written.join("\n").trim().to_string();
        verdict::tell_points(self.asked)?;
        loop {
            let prompt = "letters of the points that your answer had (Enter for none): ";
            let line = match self.line(prompt)? {
                Said::Text(line) => line,
                said => return Ok(Err(said)),
            };
            match answer::ticked(self.asked, &line) {
                Ok(ticked) => return Ok(Ok(Answer::Open { text: written, ticked })),
                Err(why) => print(&why)?,
            }
        }
    }

    fn grade(&mut self, answer: Answer, verdict: &Verdict) -> Result<Outcome, Failure> {
        // What was known only after a hint was not quite known.
        let suggested = if self.hints > 0 { verdict.suggested.min(Grade::Hard) } else { verdict.suggested };
        let prompt = format!("grade: 1 again, 2 hard, 3 good, 4 easy; Enter is {}: ", suggested.name());
        loop {
            let Some(line) = read_line(&prompt, self.input)? else { return Ok(Outcome::Quit) };
            if let Some(said) = Said::command(&line) {
                return Ok(said.outcome());
            }
            match line.as_str() {
                "" => return Ok(Outcome::Graded(answer, suggested)),
                "q" | "quit" => return Ok(Outcome::Quit),
                "u" | "undo" => return Ok(Outcome::Undo),
                line => match line.parse::<Grade>() {
                    Ok(grade) => return Ok(Outcome::Graded(answer, grade)),
                    Err(why) => print(&why.to_string())?,
                },
            }
        }
    }

    /// A line that is no command; hints are uncovered on the way.
    fn line(&mut self, prompt: &str) -> Result<Said, Failure> {
        loop {
            let Some(line) = read_line(prompt, self.input)? else { return Ok(Said::Quit) };
            // Where words are typed, a letter may be one.
            let words = matches!(self.asked.variant, Variant::Type { .. } | Variant::Open { .. });
            if let Some(said) = Said::command(&line) {
                return Ok(said);
            }
            match line.as_str() {
                "q" | "quit" if !words => return Ok(Said::Quit),
                "u" | "undo" if !words => return Ok(Said::Undo),
                "?" => match self.asked.card.hints.get(self.hints) {
                    Some(hint) => {
                        self.hints += 1;
                        print(&format!(
                            "hint {} of {}: {}",
                            self.hints,
                            self.asked.card.hints.len(),
                            text(hint)
                        ))?;
                    }
                    None if self.hints > 0 => print("that were all hints")?,
                    None => print("this card has no hints")?,
                },
                _ => return Ok(Said::Text(line)),
            }
        }
    }
}

/// A line of input without white space around it; nothing at its end.
fn read_line(prompt: &str, input: &mut impl BufRead) -> Result<Option<String>, Failure> {
    let mut out = io::stdout().lock();
    write!(out, "{}", shown(prompt))?;
    out.flush()?;
    let mut bytes = Vec::new();
    if input.read_until(b'\n', &mut bytes)? == 0 {
        writeln!(out)?;
        return Ok(None);
    }
    if !io::stdin().is_terminal() {
        writeln!(out)?;
    }
    Ok(Some(String::from_utf8_lossy(&bytes).trim().to_string()))
}

/// Markdown as lines of text.
fn text(markdown: &str) -> String {
    doc::plain(&doc::parse(markdown), WIDTH, false).trim_end().to_string()
}

/// Markdown as one line of text.
pub(super) fn line_of(markdown: &str) -> String {
    text(markdown).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The letter of a place: `a`, `b`, ...
fn letter(place: usize) -> char {
    char::from(b'a' + u8::try_from(place.min(25)).unwrap_or(25))
}
