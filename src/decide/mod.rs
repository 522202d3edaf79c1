//! Decision trees: questions whose answers lead to a recommendation, with its reason and its price.
//!
//! A textbook says "it depends" and lists on what; a tree asks it. What a tree is good for follows from its form, and
//! so everything here is computed from the form alone: one can walk it and step back ([`Walk`]), see it whole
//! ([`Tree::lines`]), and be asked the other way round: here is a situation, where does it lead ([`Tree::options`])?
//! A wrong choice is then explained by the one question at which its way parts from the right one ([`Tree::part`]),
//! which nobody has to write down and which stays true when the tree is edited.
//!
//! Strictly it is a directed acyclic graph: branches may meet again in one question or one leaf, so that nothing
//! is written twice. A file that is wrong in any point gives no tree ([`parse`]): a walk with a hole in it
//! would end nowhere.

mod file;
mod tree;
mod walk;

#[cfg(test)]
mod laws;

pub use file::parse;
pub use tree::{Answer, Leaf, Line, LineKind, Node, Parting, Question, Reference, Scenario, Step, Tree};
pub use walk::{Walk, letter, letters};
