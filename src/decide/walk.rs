//! A walk through a tree: the answers so far, and where they have led.

use super::tree::{Node, Step, Tree};

/// A walk through a tree. It belongs to the tree it was begun with: its steps are places in that tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walk {
    steps: Vec<Step>,
    at: Node,
}

impl Walk {
    /// A walk that stands at the first question.
    #[must_use]
    pub fn new() -> Walk {
        Walk { steps: Vec::new(), at: Tree::ROOT }
    }

    /// The walk that gives these answers, as places in each question's list, from 0.
    ///
    /// # Errors
    /// The number of answers that could be given, where one is none of its question's or comes after a leaf.
    pub fn along(tree: &Tree, answers: &[usize]) -> Result<Walk, usize> {
        let mut walk = Walk::new();
        match answers.iter().position(|&answer| !walk.answer(tree, answer)) {
            Some(given) => Err(given),
            None => Ok(walk),
        }
    }

    /// Gives an answer of the question one stands at. Returns whether there is such an answer.
    pub fn answer(&mut self, tree: &Tree, answer: usize) -> bool {
        let Node::Question(question) = self.at else { return false };
        let Some(given) = tree.questions.get(question).and_then(|asked| asked.answers.get(answer)) else {
            return false;
        };
        self.steps.push(Step { question, answer });
        self.at = given.to;
        true
    }

    /// Takes back as many answers, or all where fewer were given. Returns how many were taken back.
    pub fn back(&mut self, answers: usize) -> usize {
        let left = self.steps.len().saturating_sub(answers);
        let taken = self.steps.split_off(left);
        if let Some(first) = taken.first() {
            self.at = Node::Question(first.question);
        }
        taken.len()
    }

    /// Goes back to the first question.
    pub fn restart(&mut self) {
        *self = Walk::new();
    }

    /// Where the walk stands.
    #[must_use]
    pub fn at(&self) -> Node {
        self.at
    }

    /// The leaf it has come to.
    #[must_use]
    pub fn leaf(&self) -> Option<usize> {
        match self.at {
            Node::Leaf(leaf) => Some(leaf),
            Node::Question(_) => None,
        }
    }

    /// The answers so far, the first one first.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}

impl Default for Walk {
    fn default() -> Walk {
        Walk::new()
    }
}

/// The letter of an answer, by its place from 0: `a`, `b`, up to the `i` of the ninth.
#[must_use]
pub fn letter(answer: usize) -> char {
    char::from(b'a' + u8::try_from(answer).unwrap_or(25).min(25))
}

/// Answers as one writes them, `a,b,a` or `aba`, as places from 0.
///
/// # Errors
/// A sentence, where something is no letter.
pub fn letters(text: &str) -> Result<Vec<usize>, String> {
    let meant = text.chars().filter(|c| !c.is_whitespace() && *c != ',');
    meant
        .map(|c| match c.to_ascii_lowercase() {
            small @ 'a'..='z' => Ok(usize::from(small as u8 - b'a')),
            other => Err(format!("an answer is a letter, not '{other}'")),
        })
        .collect()
}
