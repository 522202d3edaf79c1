//! What a decision looks like as lines: a step of the walk, and the whole tree. The screen and the command line
//! show the same.

use crate::decide::{LineKind, Node, Tree, Walk, letter};
use crate::doc::{Ink, Line, Span, Style};

use super::super::asking::{CardLine, blank, markdown, text};
use super::PageLink;

/// Before the place where the walk stands.
const ARROW: &str = "▸ ";

/// The cells that labels of a leaf take.
const LABEL: usize = 12;

/// Where the walk stands: the answers so far, then the question with its answers, or the leaf with its reason, its
/// cost and its pages. `pages` are those of each leaf. No line is wider than `width`.
#[must_use]
pub fn walk_lines(
    tree: &Tree,
    walk: &Walk,
    pages: &[Vec<PageLink>],
    width: usize,
    ascii: bool,
) -> Vec<CardLine> {
    let mut lines = Vec::new();
    trail(tree, walk, width, ascii, &mut lines);
    match walk.at() {
        Node::Question(question) => {
            let question = &tree.questions[question];
            styled(&question.ask, width, |style| style.bold = true, &mut lines);
            if let Some(why) = &question.why {
                styled(why, width, |style| style.ink = Ink::Dim, &mut lines);
            }
            blank(&mut lines);
            for (row, answer) in question.answers.iter().enumerate() {
                option_row(row, &answer.says, false, width, &mut lines);
            }
        }
        Node::Leaf(at) => {
            let leaf = &tree.leaves[at];
            let mark = Span { text: mark(ascii).to_string(), style: Style::ink(Ink::Good) };
            let bold = |style: &mut Style| (style.bold, style.ink) = (true, Ink::Good);
            hanging(&[mark], 2, &leaf.recommend, width, bold, &mut lines);
            blank(&mut lines);
            let again = leaf.again.as_ref().map(|again| ("Look again", format!("when {again}")));
            let parts = [("Why", leaf.why.clone()), ("Cost", leaf.cost.clone())];
            for (label, text) in parts.into_iter().chain(again) {
                let label = Span { text: format!("{label:<LABEL$}"), style: Style::ink(Ink::Dim) };
                hanging(&[label], LABEL, &text, width, |_| (), &mut lines);
            }
            let pages = pages.get(at).map(Vec::as_slice).unwrap_or_default();
            if !pages.is_empty() {
                blank(&mut lines);
            }
            for (row, page) in pages.iter().enumerate() {
                option_row(row, &escaped(&page.title), !page.written, width, &mut lines);
            }
        }
    }
    lines
}

/// The answers so far, in a dim line.
fn trail(tree: &Tree, walk: &Walk, width: usize, ascii: bool, lines: &mut Vec<CardLine>) {
    if walk.steps().is_empty() {
        return;
    }
    let says = walk.steps().iter().map(|step| tree.questions[step.question].answers[step.answer].says.trim());
    let trail: Vec<&str> = says.collect();
    let between = if ascii { " > " } else { " › " };
    let mut shown = Vec::new();
    markdown(&trail.join(between), width, &mut shown);
    dim(&mut shown);
    lines.extend(shown);
    blank(lines);
}

/// A row that can be chosen, with its letter.
fn option_row(row: usize, says: &str, waits: bool, width: usize, lines: &mut Vec<CardLine>) {
    let bold = Style { bold: true, ..Style::ink(if waits { Ink::Dim } else { Ink::Link }) };
    let lead = Span { text: format!(" {}  ", letter(row)), style: bold };
    let from = lines.len();
    let ink = move |style: &mut Style| {
        if waits {
            style.ink = Ink::Dim;
        }
    };
    hanging(&[lead], 4, says, width, ink, lines);
    lines[from..].iter_mut().for_each(|line| line.option = Some(row));
}

/// The whole tree. A walk is marked in it: its answers stand in brackets, and where it stands there is an arrow. No
/// line is wider than `width`; in very narrow ones the outer branches lose their rails.
#[must_use]
pub fn tree_lines(tree: &Tree, walk: Option<&Walk>, width: usize, ascii: bool) -> Vec<CardLine> {
    let mut lines = Vec::new();
    let steps = walk.map(Walk::steps).unwrap_or_default();
    // A leaf may stand in several places: the walk is at the one behind its last answer.
    let mut taken = false;
    for line in tree.lines() {
        let shown = &line.bars[line.bars.len().saturating_sub(width / 2 / 3)..];
        let rail = |more: bool| match (more, ascii) {
            (true, false) => "│  ",
            (true, true) => "|  ",
            (false, _) => "   ",
        };
        let rails: String = shown.iter().map(|more| rail(*more)).collect();
        let rails = Span { text: rails, style: Style::ink(Ink::Rule) };
        let arrow = |here: bool| match (here, ascii) {
            (true, false) => ARROW,
            (true, true) => "> ",
            (false, _) => "",
        };
        let cells = 3 * shown.len();
        let is_here = |node: Node| walk.is_some_and(|walk| walk.at() == node);
        match line.kind {
            LineKind::Question(question) => {
                let lead = arrow(is_here(Node::Question(question)));
                let (lead, more) =
                    (Span { text: lead.into(), style: Style::ink(Ink::Link) }, lead.chars().count());
                let bold = |style: &mut Style| style.bold = true;
                hanging(&[rails, lead], cells + more, &tree.questions[question].ask, width, bold, &mut lines);
            }
            LineKind::Again(question) => {
                let lead =
                    Span { text: if ascii { "^ " } else { "↑ " }.into(), style: Style::ink(Ink::Dim) };
                let says = format!("as above: {}", tree.questions[question].ask);
                let dim = |style: &mut Style| style.ink = Ink::Dim;
                hanging(&[rails, lead], cells + 2, &says, width, dim, &mut lines);
            }
            LineKind::Leaf(leaf) => {
                let strong = taken && is_here(Node::Leaf(leaf));
                let lead = format!("{}{}", arrow(strong), mark(ascii));
                let more = lead.chars().count();
                let lead = Span { text: lead, style: Style::ink(Ink::Good) };
                let good = |style: &mut Style| (style.ink, style.bold) = (Ink::Good, strong);
                hanging(&[rails, lead], cells + more, &tree.leaves[leaf].recommend, width, good, &mut lines);
            }
            LineKind::Answer { step, last } => {
                let given = steps.contains(&step);
                taken = steps.last() == Some(&step);
                let turn = match (last, ascii) {
                    (false, false) => "├─",
                    (true, false) => "└─",
                    (false, true) => "|-",
                    (true, true) => "`-",
                };
                let turn = Span { text: turn.into(), style: Style::ink(Ink::Rule) };
                let name = letter(step.answer);
                let name = if given { format!("[{name}] ") } else { format!(" {name}  ") };
                let style = Style { bold: given, ..Style::ink(if given { Ink::Link } else { Ink::Dim }) };
                let lead = [rails, turn, Span { text: name, style }];
                let says = &tree.questions[step.question].answers[step.answer].says;
                let bold = |style: &mut Style| style.bold |= given;
                let from = lines.len();
                hanging(&lead, cells + 6, says, width, bold, &mut lines);
                carry_on(&mut lines[from..], shown, last, &rail);
            }
        }
    }
    lines
}

/// The line of the whole tree at which the walk stands.
#[must_use]
pub(super) fn line_of_walk(tree: &Tree, walk: &Walk, width: usize) -> usize {
    let lines = tree_lines(tree, Some(walk), width, false);
    let here = |line: &CardLine| line.line.spans.iter().any(|span| span.text.starts_with(ARROW));
    lines.iter().position(here).unwrap_or(0)
}

/// Draws the rails on through the further lines of a long answer, up to where what it leads to goes on.
fn carry_on(lines: &mut [CardLine], bars: &[bool], last: bool, rail: &dyn Fn(bool) -> &'static str) {
    let rails: String = bars.iter().chain([&!last]).map(|more| rail(*more)).collect();
    for line in lines.iter_mut().skip(1) {
        if let Some(first) = line.line.spans.first_mut()
            && first.text.len() >= 3 * (bars.len() + 1)
            && first.text.chars().all(|c| c == ' ')
        {
            let rest = first.text.split_off(3 * (bars.len() + 1));
            *first = Span { text: format!("{rails}{rest}"), style: Style::ink(Ink::Rule) };
        }
    }
}

/// Before a leaf.
fn mark(ascii: bool) -> &'static str {
    if ascii { "* " } else { "◆ " }
}

/// Markdown behind a lead of `cells` cells; its further lines stand under its first. Where too little room would be left
/// the lead has lines of its own.
fn hanging(
    lead: &[Span],
    cells: usize,
    source: &str,
    width: usize,
    style: impl Fn(&mut Style),
    lines: &mut Vec<CardLine>,
) {
    let lead = || lead.iter().filter(|span| !span.text.is_empty()).cloned();
    let beside = width >= cells + 8;
    if !beside {
        text(lead().map(|span| span.text).collect::<String>().trim(), width, Style::ink(Ink::Dim), lines);
    }
    let from = lines.len();
    styled(source, if beside { width - cells } else { width }, style, lines);
    for (index, line) in lines[from..].iter_mut().enumerate().filter(|_| beside && cells > 0) {
        let spans = &mut line.line.spans;
        if index == 0 {
            spans.splice(0..0, lead());
        } else {
            spans.insert(0, Span { text: " ".repeat(cells), style: Style::default() });
        }
    }
}

/// Markdown whose every span is changed.
fn styled(source: &str, width: usize, change: impl Fn(&mut Style), lines: &mut Vec<CardLine>) {
    let from = lines.len();
    markdown(source, width, lines);
    // A text of nothing is a line all the same: a lead may have to stand on it.
    if lines.len() == from {
        lines.push(CardLine { line: Line::default(), ..CardLine::default() });
    }
    lines[from..].iter_mut().flat_map(|line| &mut line.line.spans).for_each(|span| change(&mut span.style));
}

fn dim(lines: &mut [CardLine]) {
    lines.iter_mut().flat_map(|line| &mut line.line.spans).for_each(|span| span.style.ink = Ink::Dim);
}

/// A title as it is: its signs are no Markdown.
fn escaped(text: &str) -> String {
    text.chars().flat_map(|c| c.is_ascii_punctuation().then_some('\\').into_iter().chain([c])).collect()
}
