//! Pointing at lines of an exhibit: the arrows or the mouse choose a line, Enter points at it. Where several are wrong,
//! Space marks each and Enter checks.

use crate::deck::Kind;
use crate::doc::{Ink, Span, Style, Syntax, clean, text_width};
use crate::drill::{Answer, Asked, Verdict};
use unicode_segmentation::UnicodeSegmentation;

use super::super::command::Do;
use super::coloured::{Colours, style_at};
use super::line::{CardLine, behind, belongs, hanging, inked, keep, plain};
use super::way::{Missing, Step, moved};

/// The lines pointed at so far.
#[derive(Clone, Debug)]
pub(super) struct Pointing {
    lines: usize,
    flaws: usize,
    at: usize,
    marked: Vec<usize>,
}

impl Pointing {
    pub fn new(lines: usize, flaws: usize) -> Pointing {
        Pointing { lines, flaws, at: 0, marked: Vec::new() }
    }

    fn toggle(&mut self) {
        match self.marked.iter().position(|&line| line == self.at) {
            Some(place) => drop(self.marked.remove(place)),
            None => self.marked.push(self.at),
        }
    }

    pub fn act(&mut self, does: Do) -> Step {
        match does {
            Do::Down | Do::Up => self.at = moved(self.at, does == Do::Down, self.lines),
            Do::Top => self.at = 0,
            Do::Bottom => self.at = self.lines.saturating_sub(1),
            Do::Hold | Do::Enter | Do::Reveal if self.flaws <= 1 => {
                self.marked = vec![self.at];
                return Step::Check;
            }
            Do::Hold => self.toggle(),
            Do::Enter | Do::Reveal => return Step::Check,
            _ => return Step::Ignored,
        }
        Step::Done
    }

    /// Where one line is wrong, the first click chooses and the second points; else a click marks.
    pub fn click(&mut self, part: usize) -> Step {
        if part >= self.lines {
            return Step::Ignored;
        }
        let again = self.at == part;
        self.at = part;
        if self.flaws > 1 {
            self.toggle();
        } else if again {
            self.marked = vec![part];
            return Step::Check;
        }
        Step::Done
    }

    pub fn answer(&self) -> Result<Answer, Missing> {
        let mut marked = self.marked.clone();
        marked.sort_unstable();
        let few = marked.len() < self.flaws;
        let answer = Answer::Pointed(marked);
        if few && self.flaws > 1 {
            let why = format!("{} of {} are marked: Space marks a line.", self.marked.len(), self.flaws);
            return Err(Missing { why, otherwise: Some(answer) });
        }
        Ok(answer)
    }

    pub fn lines(
        &self,
        asked: &Asked,
        verdict: Option<&Verdict>,
        colours: &Colours,
        width: usize,
    ) -> Vec<CardLine> {
        let Kind::Spot { exhibit, flaws, .. } = &asked.card.kind else { return Vec::new() };
        let digits = self.lines.to_string().len();
        let colouring = colours.of(exhibit);
        let mut lines = Vec::new();
        for (number, source) in exhibit.lines().take(self.lines).enumerate() {
            let pointed = self.marked.contains(&number);
            let flaw = flaws.iter().find(|flaw| flaw.line == number);
            let (sign, colour) = match (verdict, pointed, flaw) {
                (Some(_), true, Some(_)) => ("✓", Ink::Good),
                (Some(_), true, None) => ("✗", Ink::Bad),
                (Some(_), false, Some(_)) => ("●", Ink::Bad),
                (None, true, _) => ("●", Ink::Link),
                _ => (" ", Ink::Dim),
            };
            let chosen = verdict.is_none() && number == self.at;
            let style = Style { bold: chosen, reverse: chosen, ..Style::ink(Ink::Dim) };
            let lead = vec![
                Span { text: format!("{sign} "), style: Style { bold: true, ..Style::ink(colour) } },
                Span { text: format!("{:>digits$} ", number + 1), style },
                inked("│ ", Ink::Rule),
            ];
            let room = width.saturating_sub(digits + 5).max(1);
            let colours = colouring.and_then(|all| all.get(number)).map(Vec::as_slice);
            let pieces = chopped(source, colours.unwrap_or_default(), chosen, room);
            let mut block = behind(lead, pieces);
            belongs(&mut block, number);
            if chosen {
                keep(&mut block);
            }
            lines.extend(block);
            if let (Some(_), Some(flaw)) = (verdict, flaw) {
                if !pointed {
                    let indent = plain(" ".repeat(digits + 5));
                    lines.push(CardLine::of(vec![indent, inked("this is wrong", Ink::Bad)]));
                }
                lines.extend(hanging(vec![plain(" ".repeat(digits + 5))], &flaw.why, width));
            }
        }
        if verdict.is_none() && self.flaws > 1 {
            let said = format!("{} of {} marked", self.marked.len(), self.flaws);
            lines.push(CardLine::of(vec![inked(said, Ink::Dim)]));
        }
        lines
    }
}

/// A line cut at a width, with its white space as it is; tabs are four cells. The chosen line stands in one colour, so
/// that the eye finds it.
fn chopped(source: &str, colours: &[(usize, Option<Syntax>)], chosen: bool, width: usize) -> Vec<CardLine> {
    let (mut pieces, mut piece, mut used) = (Vec::new(), Vec::<Span>::new(), 0);
    for (at, grapheme) in source.grapheme_indices(true) {
        let style = if chosen { Style::ink(Ink::Link) } else { style_at(colours, at) };
        let shown = if grapheme == "\t" { "    ".into() } else { clean(grapheme) };
        let cells = text_width(&shown);
        if used + cells > width && used > 0 {
            pieces.push(CardLine::of(std::mem::take(&mut piece)));
            used = 0;
        }
        match piece.last_mut().filter(|last| last.style == style) {
            Some(last) => last.text.push_str(&shown),
            None => piece.push(Span { text: shown.into_owned(), style }),
        }
        used += cells;
    }
    pieces.push(CardLine::of(piece));
    pieces
}
