//! The observed-remove set as it was first given (Shapiro et al. 2011, specification 15): every add has a tag of its own, and
//! a remove buries the tags that it has seen.
//!
//! An add that the remove has not seen has another tag, so it wins. The price is the graveyard: a tag that was removed must be
//! remembered, or a late copy of the add would bring it back. It can be cleared when a remove is *causally stable*: every
//! replica has seen it, and nothing that was sent before is under way. [`super::AddWinsSet`] behaves the same and needs no graves.

use std::collections::{BTreeMap, BTreeSet};

use super::{Context, DOT, Dot, Footprint, Join, Replica};

/// An add-wins set with tombstones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrSet<E> {
    /// The tags of each element, dead ones too.
    added: BTreeMap<E, BTreeSet<Dot>>,
    /// The dead tags, each with the remove that buried it; where there were several, the least of them.
    removed: BTreeMap<Dot, Dot>,
    /// The changes that were seen, adds and removes.
    seen: Context,
}

impl<E> Default for OrSet<E> {
    fn default() -> Self {
        OrSet { added: BTreeMap::new(), removed: BTreeMap::new(), seen: Context::default() }
    }
}

impl<E: Ord + Clone> OrSet<E> {
    /// Adds an element with a new tag. Returns the delta.
    pub fn add(&mut self, replica: Replica, element: E) -> OrSet<E> {
        let mut delta = OrSet::default();
        let tag = self.seen.next(replica);
        delta.seen.insert(tag);
        delta.added.insert(element.clone(), BTreeSet::from([tag]));
        self.added.entry(element).or_default().insert(tag);
        delta
    }

    /// Removes an element: buries the tags of it that are seen here. Returns the delta. O(tags of the element).
    pub fn remove(&mut self, replica: Replica, element: &E) -> OrSet<E> {
        let mut delta = OrSet::default();
        let live: Vec<Dot> = self.live(element).collect();
        if live.is_empty() {
            return delta;
        }
        let by = self.seen.next(replica);
        delta.seen.insert(by);
        // With the tags themselves, so that the delta can come before the adds.
        delta.added.insert(element.clone(), live.iter().copied().collect());
        for tag in live {
            self.removed.insert(tag, by);
            delta.removed.insert(tag, by);
            delta.seen.insert(tag);
        }
        delta
    }

    fn live(&self, element: &E) -> impl Iterator<Item = Dot> {
        let tags = self.added.get(element).into_iter().flatten();
        tags.copied().filter(|tag| !self.removed.contains_key(tag))
    }

    /// Whether it is in: one of its tags lives. O(tags of the element).
    #[must_use]
    pub fn contains(&self, element: &E) -> bool {
        self.live(element).next().is_some()
    }

    /// The elements, in order.
    pub fn iter(&self) -> impl Iterator<Item = &E> {
        self.added.keys().filter(|element| self.contains(element))
    }

    /// How many dead tags are remembered.
    #[must_use]
    pub fn tombstones(&self) -> usize {
        self.removed.len()
    }

    /// The changes that were seen.
    #[must_use]
    pub fn seen(&self) -> &Context {
        &self.seen
    }

    /// Forgets the dead tags whose removal is `stable`: seen by every replica, with nothing older under way from any of
    /// them. A state from before that is joined nevertheless brings the dead back.
    pub fn collect(&mut self, stable: impl Fn(Dot) -> bool) {
        let (added, removed) = (&mut self.added, &mut self.removed);
        added.retain(|_, tags| {
            tags.retain(|tag| removed.get(tag).is_none_or(|&by| !stable(by)));
            !tags.is_empty()
        });
        removed.retain(|_, by| !stable(*by));
    }

    /// A flaw, to show what it does: a remove that arrives is taken to mean the element and not the tags that its
    /// maker has seen. Where an add of the same element is known that the remover did not know, it goes too; where it
    /// comes later, it stays.
    pub fn join_by_element(&mut self, other: &OrSet<E>) {
        let new: Vec<(Dot, Dot)> = other
            .removed
            .iter()
            .filter(|(tag, _)| !self.removed.contains_key(tag))
            .map(|(&tag, &by)| (tag, by))
            .collect();
        self.join(other);
        for (tag, by) in new {
            for tags in self.added.values().filter(|tags| tags.contains(&tag)) {
                for &also in tags {
                    self.removed.entry(also).or_insert(by);
                }
            }
        }
    }
}

impl<E: Ord + Clone> Join for OrSet<E> {
    fn join(&mut self, other: &OrSet<E>) {
        for (element, tags) in &other.added {
            if let Some(own) = self.added.get_mut(element) {
                own.extend(tags);
            } else {
                self.added.insert(element.clone(), tags.clone());
            }
        }
        for (&tag, &by) in &other.removed {
            let own = self.removed.entry(tag).or_insert(by);
            *own = by.min(*own);
        }
        self.seen.join(&other.seen);
    }

    fn footprint(&self) -> Footprint {
        let payload = self.iter().count() * size_of::<E>();
        let tags: usize = self.added.values().map(BTreeSet::len).sum();
        let dead_elements = self.added.len() * size_of::<E>() - payload;
        let metadata = dead_elements + tags * DOT + self.removed.len() * 2 * DOT + self.seen.bytes();
        Footprint { payload, metadata }
    }
}
