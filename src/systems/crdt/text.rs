//! A text that several people edit at once: Fugue (Weidner and Kleppmann 2023).
//!
//! Every letter has a name of its own and hangs in a tree, on the left or the right of the letter next to which it was
//! typed; the text is the tree read from left to right. A deleted letter stays as a tombstone, since others may hang on it.
//! Letters that were typed at the same place at the same time are ordered by their names, so all replicas read
//! the same.
//!
//! Why Fugue and not RGA (Roh et al. 2011), the older and better known one: both keep what each user typed in order. But where two
//! users type words at the same place RGA can mix their letters when they are typed from the end to the start, and some other
//! algorithms (Logoot, for one) in either direction. In Fugue whatever one user typed in one go stays together, in both directions, at the same cost.

use std::collections::{BTreeMap, BTreeSet};

use super::{DOT, Dot, Footprint, Join, Replica};

/// On which side of its parent a letter hangs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

/// A letter and where it hangs.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Node {
    letter: char,
    /// Nothing where it hangs on the begin of the text (on the right of it).
    parent: Option<Dot>,
    side: Side,
    /// Those that hang on it, by name.
    left: Vec<Dot>,
    right: Vec<Dot>,
}

/// A place in the reading order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    dot: Dot,
    letter: char,
    /// Whether it is read: not deleted.
    read: bool,
}

/// A text. A letter's name is a Lamport time, so it is larger than that of all that its typist had seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    nodes: BTreeMap<Dot, Node>,
    deleted: BTreeSet<Dot>,
    /// What hangs on the begin of the text.
    first: Vec<Dot>,
    /// All letters whose parents are here, in reading order, the deleted ones too.
    order: Vec<Place>,
    /// Letters whose parents have not come yet, by parent.
    waiting: BTreeMap<Dot, Vec<Dot>>,
}

impl Text {
    /// Types a letter so that it is the one at `index` (at the end where the text is shorter). Returns the delta. O(length of
    /// the text and of what was deleted).
    pub fn insert(&mut self, replica: Replica, index: usize, letter: char) -> Text {
        let count = self.nodes.last_key_value().map_or(0, |(dot, _)| dot.count);
        let dot = Dot { count: count + 1, replica };
        // The place of the letter before it, in the order with the deleted ones.
        let before = index.checked_sub(1).and_then(|before| {
            self.order.iter().enumerate().filter(|(_, place)| place.read).take(before + 1).last()
        });
        let before = before.map(|(at, place)| (at, place.dot));
        let next = self.order.get(before.map_or(0, |(at, _)| at + 1)).map(|place| place.dot);
        let before = before.map(|(_, dot)| dot);
        let taken = match before.and_then(|before| self.nodes.get(&before)) {
            Some(node) => !node.right.is_empty(),
            None => !self.first.is_empty(),
        };
        // On the right of the letter before it; where something hangs there already, on the left of the next one, which
        // then has nothing on its left.
        let (parent, side) = match next {
            Some(next) if taken => (Some(next), Side::Left),
            _ => (before, Side::Right),
        };
        let node = Node { letter, parent, side, left: Vec::new(), right: Vec::new() };
        let mut delta = Text::default();
        delta.take_in(dot, &node, true);
        self.take_in(dot, &node, true);
        delta
    }

    /// Deletes the letter at `index`. Returns the delta; nothing where there is no such letter.
    pub fn delete(&mut self, index: usize) -> Option<Text> {
        let place = self.order.iter_mut().filter(|place| place.read).nth(index)?;
        place.read = false;
        self.deleted.insert(place.dot);
        Some(Text { deleted: BTreeSet::from([place.dot]), ..Text::default() })
    }

    /// The letters, in order.
    pub fn letters(&self) -> impl Iterator<Item = char> {
        self.order.iter().filter(|place| place.read).map(|place| place.letter)
    }

    /// The letters with their names, in order.
    pub fn named(&self) -> impl Iterator<Item = (Dot, char)> {
        self.order.iter().filter(|place| place.read).map(|place| (place.dot, place.letter))
    }

    /// The names of all letters that have a place, the deleted ones too, in order.
    pub fn ever(&self) -> impl Iterator<Item = Dot> {
        self.order.iter().map(|place| place.dot)
    }

    /// How many letters there are. O(length).
    #[must_use]
    pub fn len(&self) -> usize {
        self.order.iter().filter(|place| place.read).count()
    }

    /// Whether there is no letter.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many deleted letters are kept.
    #[must_use]
    pub fn tombstones(&self) -> usize {
        self.deleted.len()
    }

    /// A flaw, to show what it does: a letter that arrives is put next to its parent, before all that hang there
    /// already, and not among them by name. The order is then that of arrival, another one at each replica.
    pub fn join_as_arrived(&mut self, other: &Text) {
        self.join_in_order(other, false);
    }

    fn join_in_order(&mut self, other: &Text, by_name: bool) {
        for &dot in other.deleted.difference(&self.deleted) {
            if let Some(place) = self.order.iter_mut().find(|place| place.dot == dot) {
                place.read = false;
            }
        }
        self.deleted.extend(&other.deleted);
        for (&dot, node) in &other.nodes {
            if !self.nodes.contains_key(&dot) {
                self.take_in(dot, node, by_name);
            }
        }
    }

    /// Takes in a letter, and those that have waited for it.
    fn take_in(&mut self, dot: Dot, node: &Node, by_name: bool) {
        let node = Node { left: Vec::new(), right: Vec::new(), ..node.clone() };
        let mut ready = vec![dot];
        let parent = node.parent;
        self.nodes.insert(dot, node);
        if let Some(parent) = parent.filter(|parent| !self.placed(parent)) {
            let waiting = self.waiting.entry(parent).or_default();
            waiting.push(dot);
            waiting.sort_unstable();
            return;
        }
        while let Some(dot) = ready.pop() {
            self.place(dot, by_name);
            ready.extend(self.waiting.remove(&dot).into_iter().flatten().rev());
        }
    }

    /// Whether a letter has its place: it is here and waits for nobody.
    fn placed(&self, dot: &Dot) -> bool {
        self.nodes.contains_key(dot) && !self.waiting.values().any(|waiting| waiting.contains(dot))
    }

    /// Hangs a letter on its parent and gives it its place in the reading order.
    fn place(&mut self, dot: Dot, by_name: bool) {
        let Some(&Node { letter, parent, side, .. }) = self.nodes.get(&dot) else { return };
        let siblings = match (parent.and_then(|parent| self.nodes.get_mut(&parent)), side) {
            (Some(parent), Side::Left) => &mut parent.left,
            (Some(parent), Side::Right) => &mut parent.right,
            (None, _) => &mut self.first,
        };
        let at = match (by_name, side) {
            (true, _) => siblings.partition_point(|sibling| *sibling < dot),
            (false, Side::Left) => siblings.len(),
            (false, Side::Right) => 0,
        };
        let before = at.checked_sub(1).and_then(|before| siblings.get(before)).copied();
        let after = siblings.get(at).copied();
        siblings.insert(at, dot);
        let position = match side {
            // Behind all that hangs on the sibling before it, or right behind its parent.
            Side::Right => match before {
                Some(sibling) => self.position(self.end(sibling, Side::Right)).map(|at| at + 1),
                None => parent.map_or(Some(0), |parent| self.position(parent).map(|at| at + 1)),
            },
            // Before all that hangs on the sibling behind it, or right before its parent.
            Side::Left => match (after, parent) {
                (Some(sibling), _) => self.position(self.end(sibling, Side::Left)),
                (None, Some(parent)) => self.position(parent),
                (None, None) => Some(0),
            },
        };
        let place = Place { dot, letter, read: !self.deleted.contains(&dot) };
        self.order.insert(position.unwrap_or(self.order.len()), place);
    }

    fn position(&self, dot: Dot) -> Option<usize> {
        self.order.iter().position(|place| place.dot == dot)
    }

    /// The outermost letter on a side of all that hang on `dot`.
    fn end(&self, mut dot: Dot, side: Side) -> Dot {
        loop {
            let children = self.nodes.get(&dot).map(|node| match side {
                Side::Left => node.left.first(),
                Side::Right => node.right.last(),
            });
            match children.flatten() {
                Some(&outer) => dot = outer,
                None => return dot,
            }
        }
    }
}

impl Join for Text {
    fn join(&mut self, other: &Text) {
        self.join_in_order(other, true);
    }

    fn footprint(&self) -> Footprint {
        let payload = self.letters().map(char::len_utf8).sum();
        let letters: usize = self.nodes.values().map(|node| node.letter.len_utf8()).sum();
        // A name, the parent's name and the side for each letter, and the names of the deleted.
        let metadata = self.nodes.len() * (2 * DOT + 1) + self.deleted.len() * DOT + letters - payload;
        Footprint { payload, metadata }
    }
}
