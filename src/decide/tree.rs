//! The tree, and what follows from its form.

use std::collections::VecDeque;

use crate::config::source::Source;

/// A decision tree. [`super::parse`] makes it and sees to it that every walk ends at a leaf.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    /// Its short name: the file's name.
    pub slug: String,
    /// The decision, as a question: `Which rate limiter?`
    pub title: String,
    /// The topics it belongs to, by slug; at least one. The first one's deck asks its scenarios.
    pub topics: Vec<String>,
    /// What is decided, in one line.
    pub summary: String,
    /// The questions in the order of the file. A walk begins at the first.
    pub questions: Vec<Question>,
    /// The leaves in the order of the file.
    pub leaves: Vec<Leaf>,
    /// Situations to be quizzed with.
    pub scenarios: Vec<Scenario>,
    /// Where the facts come from.
    pub sources: Vec<Source>,
    /// The file, as the learner would name it.
    pub file: String,
    /// For each question the most answers that lead from it to a leaf. Private, so that only [`super::parse`],
    /// which has checked that there is such a number, makes trees.
    pub(super) height: Vec<usize>,
}

/// A place in a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// A question, by its place in [`Tree::questions`].
    Question(usize),
    /// A leaf, by its place in [`Tree::leaves`].
    Leaf(usize),
}

/// A question with its answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// Its name in the file.
    pub id: String,
    /// What is asked, in Markdown.
    pub ask: String,
    /// Why it is asked, in Markdown.
    pub why: Option<String>,
    /// Two to nine answers.
    pub answers: Vec<Answer>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// What it says, in Markdown.
    pub says: String,
    /// Where it leads.
    pub to: Node,
}

/// A recommendation.
#[derive(Clone, Debug, PartialEq)]
pub struct Leaf {
    /// Its name in the file.
    pub id: String,
    /// What is recommended, short, in Markdown.
    pub recommend: String,
    /// Why, in Markdown.
    pub why: String,
    /// What it costs, in Markdown.
    pub cost: String,
    /// When to decide anew, in Markdown.
    pub again: Option<String>,
    /// The pages behind it.
    pub pages: Vec<Reference>,
    /// The line of the file where it starts, from 1.
    pub line: usize,
}

/// A page, or a heading on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The topic, by slug.
    pub topic: String,
    /// The id of the heading.
    pub heading: Option<String>,
    /// The line of the file, from 1.
    pub line: usize,
}

/// A situation that leads to one leaf.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Its name in the file: its card is called `TREE.ID`.
    pub id: String,
    /// The situation with its numbers, in Markdown.
    pub says: String,
    /// The leaf it leads to.
    pub leaf: usize,
    /// The way there, from the first question.
    pub path: Vec<Step>,
    /// Why it leads there, in Markdown.
    pub why: String,
    /// The line of the file where it starts, from 1.
    pub line: usize,
}

/// An answer given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Step {
    /// The question, by its place in [`Tree::questions`].
    pub question: usize,
    /// The answer, by its place in the question's list.
    pub answer: usize,
}

/// Where a way to another leaf leaves a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parting {
    /// The last step of the path from whose question the other leaf can still be reached: the answer that was given.
    pub here: Step,
    /// The answer to the same question with which the other leaf is reached soonest.
    pub there: usize,
    /// The answers that come after it on that way.
    pub then: Vec<Step>,
}

/// A line of the whole tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// For each question above it, the outermost first, whether more of its answers come below. The number of entries is
    /// the depth.
    pub bars: Vec<bool>,
    /// What stands there.
    pub kind: LineKind,
}

/// What a line of the whole tree is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// A question; its answers follow.
    Question(usize),
    /// A question that stands above already, where another branch leads to it.
    Again(usize),
    /// An answer; what it leads to follows, one deeper.
    Answer {
        /// The question and the answer.
        step: Step,
        /// Whether it is the question's last.
        last: bool,
    },
    /// A leaf.
    Leaf(usize),
}

impl Tree {
    /// Where a walk begins.
    pub const ROOT: Node = Node::Question(0);

    /// The most answers that a walk takes.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.height.first().copied().unwrap_or(0)
    }

    /// The fewest answers that lead from a place to a leaf; nothing where it cannot be reached. O(answers).
    #[must_use]
    pub fn way(&self, from: Node, leaf: usize) -> Option<Vec<Step>> {
        let start = match from {
            Node::Leaf(at) => return (at == leaf).then(Vec::new),
            Node::Question(question) => question,
        };
        // Breadth first, so that the first way found is a shortest one; `came` leads back along it.
        let mut came: Vec<Option<Step>> = vec![None; self.questions.len()];
        let mut waiting = VecDeque::from([start]);
        while let Some(question) = waiting.pop_front() {
            for (answer, given) in self.questions[question].answers.iter().enumerate() {
                let step = Step { question, answer };
                match given.to {
                    Node::Leaf(found) if found == leaf => {
                        let mut way = vec![step];
                        let mut at = question;
                        while at != start
                            && let Some(before) = came[at]
                        {
                            way.push(before);
                            at = before.question;
                        }
                        way.reverse();
                        return Some(way);
                    }
                    Node::Question(next) if next != start && came[next].is_none() => {
                        came[next] = Some(step);
                        waiting.push_back(next);
                    }
                    Node::Leaf(_) | Node::Question(_) => {}
                }
            }
        }
        None
    }

    /// The ways from the first question to a leaf, at most `most` of them: where branches meet again there may be
    /// very many. O(`most` × longest walk × answers).
    #[must_use]
    pub fn ways(&self, leaf: usize, most: usize) -> Vec<Vec<Step>> {
        // Only questions from which the leaf can be reached are entered, so that every descent finds a way.
        let leads: Vec<bool> =
            (0..self.questions.len()).map(|q| self.way(Node::Question(q), leaf).is_some()).collect();
        let mut found = Vec::new();
        self.descend(0, leaf, most, &leads, &mut Vec::new(), &mut found);
        found
    }

    fn descend(
        &self,
        question: usize,
        leaf: usize,
        most: usize,
        leads: &[bool],
        path: &mut Vec<Step>,
        found: &mut Vec<Vec<Step>>,
    ) {
        for (answer, given) in self.questions[question].answers.iter().enumerate() {
            if found.len() >= most {
                return;
            }
            path.push(Step { question, answer });
            match given.to {
                Node::Leaf(at) if at == leaf => found.push(path.clone()),
                Node::Question(next) if leads[next] => self.descend(next, leaf, most, leads, path, found),
                Node::Leaf(_) | Node::Question(_) => {}
            }
            path.pop();
        }
    }

    /// Where the way to `leaf` leaves a path that leads to another one; nothing where the path leads to it.
    ///
    /// It is the last question of the path from which the leaf can be reached at all: one answer earlier would be
    /// true too and say less.
    #[must_use]
    pub fn part(&self, path: &[Step], leaf: usize) -> Option<Parting> {
        let last = path.last()?;
        if self.questions[last.question].answers[last.answer].to == Node::Leaf(leaf) {
            return None;
        }
        path.iter().rev().find_map(|here| {
            let way = self.way(Node::Question(here.question), leaf)?;
            let (first, then) = way.split_first()?;
            Some(Parting { here: *here, there: first.answer, then: then.to_vec() })
        })
    }

    /// The leaves to choose from in a scenario, at most `most`: the right one, then the others, those first whose way
    /// leaves the right one latest and is shortest after that; each of them with the place where it does.
    #[must_use]
    pub fn options(&self, scenario: &Scenario, most: usize) -> Vec<(usize, Option<Parting>)> {
        let mut others: Vec<(usize, Parting)> = (0..self.leaves.len())
            .filter(|&leaf| leaf != scenario.leaf)
            .filter_map(|leaf| Some((leaf, self.part(&scenario.path, leaf)?)))
            .collect();
        let depth = |parting: &Parting| scenario.path.iter().position(|step| *step == parting.here);
        others.sort_by_key(|(leaf, parting)| (std::cmp::Reverse(depth(parting)), parting.then.len(), *leaf));
        let others = others.into_iter().map(|(leaf, parting)| (leaf, Some(parting)));
        std::iter::once((scenario.leaf, None)).chain(others).take(most).collect()
    }

    /// The whole tree from top to bottom, each question with its answers once. O(answers × longest walk).
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut seen = vec![false; self.questions.len()];
        self.write(Tree::ROOT, &mut Vec::new(), &mut seen, &mut lines);
        lines
    }

    fn write(&self, node: Node, bars: &mut Vec<bool>, seen: &mut [bool], lines: &mut Vec<Line>) {
        let mut line = |bars: &[bool], kind| lines.push(Line { bars: bars.to_vec(), kind });
        let question = match node {
            Node::Leaf(leaf) => return line(bars, LineKind::Leaf(leaf)),
            Node::Question(question) if seen[question] => return line(bars, LineKind::Again(question)),
            Node::Question(question) => question,
        };
        seen[question] = true;
        line(bars, LineKind::Question(question));
        let answers = &self.questions[question].answers;
        for (answer, given) in answers.iter().enumerate() {
            let last = answer + 1 == answers.len();
            let step = Step { question, answer };
            lines.push(Line { bars: bars.clone(), kind: LineKind::Answer { step, last } });
            bars.push(!last);
            self.write(given.to, bars, seen, lines);
            bars.pop();
        }
    }
}
