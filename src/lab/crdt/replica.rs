//! A replica: one copy of every type, all edited by the same users in the same way.

use super::truth::{Letter, Seen, mixed};
use super::{Bug, ITEMS, REPLICAS};
use crate::systems::crdt::{
    AddWinsSet, Dot, GCounter, GSet, Join, LwwRegister, MvRegister, OrSet, PnCounter, RemoveWinsSet, Text,
    TwoPhaseSet,
};

/// A whole set kept as one value, with the numbers of the edits that made it: those that are not in the value that wins are lost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Whole {
    pub(super) items: u16,
    edits: Vec<u64>,
}

impl Whole {
    fn with(&self, number: usize, items: u16) -> Whole {
        let mut edits = self.edits.clone();
        edits.resize(edits.len().max(number / 64 + 1), 0);
        edits[number / 64] |= 1 << (number % 64);
        Whole { items, edits }
    }

    /// Of the edits with numbers from 64 * `word` on, which ones are in it.
    pub(super) fn word(&self, word: usize) -> u64 {
        self.edits.get(word).copied().unwrap_or(0)
    }
}

/// What a replica knows that another one has seen: its edits, and the changes of the two sets that collect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Heard {
    pub(super) edits: Seen,
    tombs: Seen,
    marks: Seen,
}

impl Heard {
    fn raise(&mut self, other: &Heard) {
        let raise = |own: &mut Seen, theirs: &Seen| {
            own.iter_mut().zip(theirs).for_each(|(own, theirs)| *own = (*own).max(*theirs));
        };
        raise(&mut self.edits, &other.edits);
        raise(&mut self.tombs, &other.tombs);
        raise(&mut self.marks, &other.marks);
    }
}

/// What a user does, in all types at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    pub(super) item: usize,
    /// Adds the item; else removes it.
    pub(super) adds: bool,
    /// Deletes a letter; else types one.
    pub(super) deletes: bool,
    /// Where in the text, 0 to 1.
    pub(super) place: f64,
    /// The number of the edit, counted over all replicas.
    pub(super) number: usize,
    /// The time on the replica's clock, in its ticks.
    pub(super) stamp: u64,
    /// Whether it concerns the sets and the text: by hand it is one of them.
    pub(super) set: bool,
    pub(super) text: bool,
}

/// What each user types, letter by letter, one word beside another.
const WORDS: [&str; REPLICAS] = ["ant ", "bee ", "cat "];

#[derive(Clone, Debug, Default)]
pub(super) struct Replica {
    /// Its number, from 0.
    pub(super) id: usize,
    pub(super) grown: GCounter,
    pub(super) count: PnCounter,
    pub(super) note: LwwRegister<u64>,
    pub(super) notes: MvRegister<u64>,
    pub(super) grow_only: GSet<u8>,
    pub(super) two_phase: TwoPhaseSet<u8>,
    pub(super) tombs: OrSet<u8>,
    pub(super) add_wins: AddWinsSet<u8>,
    pub(super) remove_wins: RemoveWinsSet<u8>,
    pub(super) whole: LwwRegister<Whole>,
    pub(super) text: Text,
    pub(super) heard: [Heard; REPLICAS],
    /// The letter typed last and how many of the word there are.
    cursor: Option<Dot>,
    typed: usize,
}

/// What a reader sees of every type: what must be the same where the same edits were seen.
pub(super) type View = (u64, i64, u64, Vec<u64>, [u16; 6], String);

fn bits<'a>(items: impl Iterator<Item = &'a u8>) -> u16 {
    items.filter(|item| usize::from(**item) < ITEMS).fold(0, |bits, item| bits | 1 << item)
}

impl Replica {
    pub(super) fn new(id: usize) -> Replica {
        Replica { id, ..Replica::default() }
    }

    /// Which edits it has seen.
    pub(super) fn seen(&self) -> &Seen {
        &self.heard[self.id].edits
    }

    /// A user edits here. Returns what became of the text.
    pub(super) fn edit(&mut self, wish: &Wish) -> Letter {
        let (me, item) = (self.id as u32, wish.item as u8);
        if wish.adds {
            self.grown.add(me, 1);
        }
        self.count.add(me, if wish.adds { 1 } else { -1 });
        let number = wish.number as u64;
        self.note.write(after_own(wish.stamp, &self.note, me), me, number);
        self.notes.write(me, number);
        if wish.set {
            let was = self.whole.value();
            let bit = 1 << item;
            let next = was.with(wish.number, if wish.adds { was.items | bit } else { was.items & !bit });
            self.whole.write(after_own(wish.stamp, &self.whole, me), me, next);
            if wish.adds {
                self.grow_only.add(item);
                self.two_phase.add(item);
                self.tombs.add(me, item);
                self.add_wins.add(me, item);
                self.remove_wins.add(me, &item);
            } else {
                self.two_phase.remove(&item);
                self.tombs.remove(me, &item);
                self.add_wins.remove(&item);
                self.remove_wins.remove(me, &item);
            }
        }
        let letter = if wish.text { self.write(wish) } else { Letter::Untouched };
        let id = self.id;
        self.heard[id].edits[id] += 1;
        self.note_own();
        letter
    }

    fn write(&mut self, wish: &Wish) -> Letter {
        let length = self.text.len();
        if wish.deletes && length > 0 {
            let at = ((length as f64 * wish.place) as usize).min(length - 1);
            let name = self.text.named().nth(at).map(|(dot, _)| dot);
            return match name {
                Some(dot) if self.text.delete(at).is_some() => Letter::Deleted(dot),
                _ => Letter::Untouched,
            };
        }
        let word = WORDS[self.id];
        let letter = word.chars().nth(self.typed % word.len()).unwrap_or(' ');
        // On behind the letter before; a new word begins anew.
        let behind = self.cursor.filter(|_| !self.typed.is_multiple_of(word.len()));
        let behind = behind.and_then(|cursor| self.text.named().position(|(dot, _)| dot == cursor));
        let at = match behind {
            Some(behind) => behind + 1,
            // At the begin, at the end, or between two words.
            None if wish.place < 0.35 => 0,
            None if wish.place > 0.65 => length,
            None => {
                let from = (length as f64 * wish.place) as usize;
                let gap = self.text.letters().skip(from).position(|letter| letter == ' ');
                gap.map_or(length, |gap| from + gap + 1)
            }
        };
        self.text.insert(self.id as u32, at, letter);
        self.cursor = self.text.named().nth(at).map(|(dot, _)| dot);
        self.typed += 1;
        self.cursor.map_or(Letter::Untouched, Letter::Typed)
    }

    /// Keeps up what it has seen itself of the sets that collect.
    fn note_own(&mut self) {
        let id = self.id;
        for replica in 0..REPLICAS {
            self.heard[id].tombs[replica] = self.tombs.seen().count(replica as u32);
            self.heard[id].marks[replica] = self.remove_wins.seen().count(replica as u32);
        }
    }

    /// Takes in the state of another replica.
    pub(super) fn take(&mut self, other: &Replica, bug: Bug) {
        if bug == Bug::JoinAdds {
            self.grown.join_by_adding(&other.grown);
            self.count.join_by_adding(&other.count);
        } else {
            self.grown.join(&other.grown);
            self.count.join(&other.count);
        }
        if bug == Bug::NoTieBreak {
            self.note.join_without_tie_break(&other.note);
            self.whole.join_without_tie_break(&other.whole);
        } else {
            self.note.join(&other.note);
            self.whole.join(&other.whole);
        }
        if bug == Bug::RemoveElement {
            self.tombs.join_by_element(&other.tombs);
        } else {
            self.tombs.join(&other.tombs);
        }
        if bug == Bug::AsArrived {
            self.text.join_as_arrived(&other.text);
        } else {
            self.text.join(&other.text);
        }
        self.notes.join(&other.notes);
        self.grow_only.join(&other.grow_only);
        self.two_phase.join(&other.two_phase);
        self.add_wins.join(&other.add_wins);
        self.remove_wins.join(&other.remove_wins);
        for (own, theirs) in self.heard.iter_mut().zip(&other.heard) {
            own.raise(theirs);
        }
        let id = self.id;
        let theirs = other.heard[other.id];
        self.heard[id].raise(&theirs);
        self.note_own();
    }

    /// Forgets tombstones and marks that are causally stable: by what it has heard, everybody has seen them.
    pub(super) fn collect(&mut self) {
        let least = |of: fn(&Heard) -> &Seen, dot: Dot| {
            self.heard
                .iter()
                .all(|heard| of(heard).get(dot.replica as usize).is_some_and(|&seen| dot.count <= seen))
        };
        let mut tombs = std::mem::take(&mut self.tombs);
        tombs.collect(|dot| least(|heard| &heard.tombs, dot));
        let mut marks = std::mem::take(&mut self.remove_wins);
        marks.collect(|dot| least(|heard| &heard.marks, dot));
        (self.tombs, self.remove_wins) = (tombs, marks);
    }

    /// The items of each set: last write, grow only, two-phase, add wins with and without tombstones, remove wins.
    pub(super) fn sets(&self) -> [u16; 6] {
        [
            self.whole.value().items,
            bits(self.grow_only.iter()),
            bits(self.two_phase.iter()),
            bits(self.tombs.iter()),
            bits(self.add_wins.iter()),
            bits(self.remove_wins.iter()),
        ]
    }

    pub(super) fn view(&self) -> View {
        (
            self.grown.value(),
            self.count.value(),
            *self.note.value(),
            self.notes.values().copied().collect(),
            self.sets(),
            self.text.letters().collect(),
        )
    }

    /// How many letters there are, and the sum over their names.
    pub(super) fn letters(&self) -> (usize, u64) {
        self.text.named().fold((0, 0_u64), |(n, sum), (dot, _)| (n + 1, sum.wrapping_add(mixed(dot))))
    }
}

/// A replica never uses a stamp twice.
fn after_own<T: Clone + PartialEq>(stamp: u64, register: &LwwRegister<T>, me: u32) -> u64 {
    match register.stamp() {
        (last, by) if by == me => stamp.max(last + 1),
        _ => stamp,
    }
}
