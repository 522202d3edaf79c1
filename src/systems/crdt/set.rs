//! Sets, by what becomes of an element that is added here and removed there at the same time.
//!
//! A set to which one can only add needs nothing but the union. Every way of removing costs: the two-phase set remembers what was
//! removed for ever, the remove-wins set a mark for each removed element until everybody has seen it, the add-wins set
//! one number a replica. The add-wins set with tombstones, which came first, is [`super::OrSet`].

use std::collections::BTreeSet;

use super::{Context, Dot, Dotted, Footprint, Join, Replica};

/// A set that only grows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GSet<E> {
    items: BTreeSet<E>,
}

impl<E> Default for GSet<E> {
    fn default() -> Self {
        GSet { items: BTreeSet::new() }
    }
}

impl<E: Ord + Clone> GSet<E> {
    /// Adds an element. Returns the delta.
    pub fn add(&mut self, element: E) -> GSet<E> {
        self.items.insert(element.clone());
        GSet { items: BTreeSet::from([element]) }
    }

    /// Whether it was added. O(log size).
    #[must_use]
    pub fn contains(&self, element: &E) -> bool {
        self.items.contains(element)
    }

    /// The elements, in order.
    pub fn iter(&self) -> impl Iterator<Item = &E> {
        self.items.iter()
    }
}

impl<E: Ord + Clone> Join for GSet<E> {
    fn join(&mut self, other: &GSet<E>) {
        for item in other.items.difference(&self.items).cloned().collect::<Vec<_>>() {
            self.items.insert(item);
        }
    }

    fn footprint(&self) -> Footprint {
        Footprint { payload: self.items.len() * size_of::<E>(), metadata: 0 }
    }
}

/// Two sets that only grow: what was added and what was removed. What was removed never comes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TwoPhaseSet<E> {
    added: GSet<E>,
    removed: GSet<E>,
}

impl<E> Default for TwoPhaseSet<E> {
    fn default() -> Self {
        TwoPhaseSet { added: GSet::default(), removed: GSet::default() }
    }
}

impl<E: Ord + Clone> TwoPhaseSet<E> {
    /// Adds an element; without effect where it was ever removed. Returns the delta.
    pub fn add(&mut self, element: E) -> TwoPhaseSet<E> {
        TwoPhaseSet { added: self.added.add(element), ..TwoPhaseSet::default() }
    }

    /// Removes an element for ever, where it is in. Returns the delta.
    pub fn remove(&mut self, element: &E) -> TwoPhaseSet<E> {
        if !self.contains(element) {
            return TwoPhaseSet::default();
        }
        TwoPhaseSet { removed: self.removed.add(element.clone()), ..TwoPhaseSet::default() }
    }

    /// Whether it is in. O(log size).
    #[must_use]
    pub fn contains(&self, element: &E) -> bool {
        self.added.contains(element) && !self.removed.contains(element)
    }

    /// The elements, in order.
    pub fn iter(&self) -> impl Iterator<Item = &E> {
        self.added.iter().filter(|item| !self.removed.contains(item))
    }
}

impl<E: Ord + Clone> Join for TwoPhaseSet<E> {
    fn join(&mut self, other: &TwoPhaseSet<E>) {
        self.added.join(&other.added);
        self.removed.join(&other.removed);
    }

    fn footprint(&self) -> Footprint {
        let (all, removed) = (self.added.footprint().payload, self.removed.footprint().payload);
        let payload = self.iter().count() * size_of::<E>();
        Footprint { payload, metadata: all - payload + removed }
    }
}

/// An observed-remove set without tombstones: a remove takes away the adds that it has seen, so one that it has
/// not seen wins (Bieniusa et al. 2012).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddWinsSet<E> {
    items: Dotted<E>,
}

impl<E> Default for AddWinsSet<E> {
    fn default() -> Self {
        AddWinsSet { items: Dotted::default() }
    }
}

impl<E: Ord + Clone> AddWinsSet<E> {
    /// Adds an element. Returns the delta.
    pub fn add(&mut self, replica: Replica, element: E) -> AddWinsSet<E> {
        let old = [element.clone()];
        AddWinsSet { items: self.items.put(replica, element, &old) }
    }

    /// Removes an element as far as its adds were seen here. Returns the delta.
    pub fn remove(&mut self, element: &E) -> AddWinsSet<E> {
        AddWinsSet { items: self.items.clear(std::slice::from_ref(element)) }
    }

    /// Whether it is in. O(log size).
    #[must_use]
    pub fn contains(&self, element: &E) -> bool {
        !self.items.dots(element).is_empty()
    }

    /// The elements, in order.
    pub fn iter(&self) -> impl Iterator<Item = &E> {
        self.items.keys()
    }

    /// The changes that were seen.
    #[must_use]
    pub fn seen(&self) -> &Context {
        self.items.seen()
    }
}

impl<E: Ord + Clone> Join for AddWinsSet<E> {
    fn join(&mut self, other: &AddWinsSet<E>) {
        self.items.join(&other.items);
    }

    fn footprint(&self) -> Footprint {
        self.items.footprint()
    }
}

/// A set in which a remove wins over adds that have not seen it. Each change leaves a mark, in or out, in the place of
/// all marks of its element that were seen; an element is in where no mark says out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoveWinsSet<E> {
    marks: Dotted<(E, bool)>,
}

impl<E> Default for RemoveWinsSet<E> {
    fn default() -> Self {
        RemoveWinsSet { marks: Dotted::default() }
    }
}

impl<E: Ord + Clone> RemoveWinsSet<E> {
    fn mark(&mut self, replica: Replica, element: &E, is_in: bool) -> RemoveWinsSet<E> {
        let old = [(element.clone(), false), (element.clone(), true)];
        RemoveWinsSet { marks: self.marks.put(replica, (element.clone(), is_in), &old) }
    }

    /// Adds an element. Returns the delta.
    pub fn add(&mut self, replica: Replica, element: &E) -> RemoveWinsSet<E> {
        self.mark(replica, element, true)
    }

    /// Removes an element, also one that is not in: an add that is under way then loses. Returns the delta.
    pub fn remove(&mut self, replica: Replica, element: &E) -> RemoveWinsSet<E> {
        self.mark(replica, element, false)
    }

    /// Whether it is in. O(log size).
    #[must_use]
    pub fn contains(&self, element: &E) -> bool {
        let has = |is_in| !self.marks.dots(&(element.clone(), is_in)).is_empty();
        has(true) && !has(false)
    }

    /// The elements, in order.
    pub fn iter(&self) -> impl Iterator<Item = &E> {
        let is_in =
            |(element, is_in): &&(E, bool)| *is_in && self.marks.dots(&(element.clone(), false)).is_empty();
        self.marks.keys().filter(is_in).map(|(element, _)| element)
    }

    /// How many elements are kept only to say that they are out.
    #[must_use]
    pub fn tombstones(&self) -> usize {
        self.marks.keys().filter(|(_, is_in)| !is_in).count()
    }

    /// The changes that were seen.
    #[must_use]
    pub fn seen(&self) -> &Context {
        self.marks.seen()
    }

    /// Forgets the elements that are out and of which every mark is `stable`: seen by every replica, with nothing older under
    /// way from any of them. An add that has not seen such a mark cannot come any more.
    pub fn collect(&mut self, stable: impl Fn(Dot) -> bool) {
        let out: Vec<E> =
            self.marks.keys().filter(|(_, is_in)| !is_in).map(|(element, _)| element.clone()).collect();
        for element in out {
            let marks = [(element.clone(), false), (element, true)];
            if marks.iter().flat_map(|mark| self.marks.dots(mark)).all(|&dot| stable(dot)) {
                self.marks.clear(&marks);
            }
        }
    }
}

impl<E: Ord + Clone> Join for RemoveWinsSet<E> {
    fn join(&mut self, other: &RemoveWinsSet<E>) {
        self.marks.join(&other.marks);
    }

    fn footprint(&self) -> Footprint {
        let payload = self.iter().count() * size_of::<E>();
        let all = self.marks.footprint();
        let marks = self.marks.keys().count() * (size_of::<E>() + 1);
        Footprint { payload, metadata: all.metadata + marks - payload }
    }
}
