//! The laws of joins, and convergence under every delivery; what each type makes of a conflict; that the flaws are found; what one
//! may expect of a text.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use super::*;
use crate::sim::torture::{Failure, breaks, survives};
use crate::sim::{Rng, Seed};

/// A type that can be edited by chance.
trait Play: Join + Default + Debug {
    /// What a reader sees.
    fn value(&self) -> String;
    /// One random edit by a replica. Returns the delta.
    fn edit(&mut self, replica: Replica, kind: u64) -> Self;
    /// The join under test: some flawed one in place of the right one.
    fn take(&mut self, other: &Self) {
        self.join(other);
    }
}

impl Play for GCounter {
    fn value(&self) -> String {
        self.value().to_string()
    }
    fn edit(&mut self, replica: Replica, kind: u64) -> Self {
        self.add(replica, kind % 4)
    }
}

impl Play for PnCounter {
    fn value(&self) -> String {
        self.value().to_string()
    }
    fn edit(&mut self, replica: Replica, kind: u64) -> Self {
        self.add(replica, (kind % 9) as i64 - 4)
    }
}

impl Play for LwwRegister<u64> {
    fn value(&self) -> String {
        self.value().to_string()
    }
    fn edit(&mut self, replica: Replica, kind: u64) -> Self {
        // Clocks that tick slowly: many stamps are equal. A replica never uses one twice.
        let own = if self.stamp().1 == replica { self.stamp().0 + 1 } else { 0 };
        self.write((self.stamp().0 + kind % 2).max(own), replica, kind).unwrap_or_default()
    }
}

impl Play for MvRegister<u64> {
    fn value(&self) -> String {
        format!("{:?}", self.values().collect::<Vec<_>>())
    }
    fn edit(&mut self, replica: Replica, kind: u64) -> Self {
        self.write(replica, kind % 5)
    }
}

/// A set is edited with four elements, so that conflicts are common.
macro_rules! play_set {
    ($type:ty, |$set:ident, $replica:ident, $element:ident, $adds:ident| $edit:expr) => {
        impl Play for $type {
            fn value(&self) -> String {
                format!("{:?}", self.iter().collect::<Vec<_>>())
            }
            fn edit(&mut self, $replica: Replica, kind: u64) -> Self {
                let ($set, $element, $adds) = (self, kind % 4, kind / 4 % 2 == 0);
                $edit
            }
        }
    };
}

play_set!(GSet<u64>, |set, _replica, element, _adds| set.add(element));
play_set!(TwoPhaseSet<u64>, |set, _replica, element, adds| if adds {
    set.add(element)
} else {
    set.remove(&element)
});
play_set!(OrSet<u64>, |set, replica, element, adds| if adds {
    set.add(replica, element)
} else {
    set.remove(replica, &element)
});
play_set!(AddWinsSet<u64>, |set, replica, element, adds| if adds {
    set.add(replica, element)
} else {
    set.remove(&element)
});
play_set!(RemoveWinsSet<u64>, |set, replica, element, adds| if adds {
    set.add(replica, &element)
} else {
    set.remove(replica, &element)
});

fn letter(kind: u64) -> char {
    char::from(b'a' + (kind / 256 % 26) as u8)
}

impl Play for Text {
    fn value(&self) -> String {
        self.letters().collect()
    }
    fn edit(&mut self, replica: Replica, kind: u64) -> Self {
        let at = (kind / 8 % 32) as usize % (self.len() + 1);
        match kind % 3 {
            0 => self.delete(at).unwrap_or_default(),
            _ => self.insert(replica, at, letter(kind)),
        }
    }
}

/// What happens to three replicas.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// A replica edits; the delta is sent to both others.
    Edit(usize, u64),
    /// A replica sends its whole state to another one.
    Send(usize, usize),
    /// The n-th message under way (by its place, counted round) arrives; it may stay under way, to come again.
    Arrive(usize, bool),
    /// It never arrives.
    Lose(usize),
}

fn draw(rng: &mut Rng) -> Act {
    let (kind, which, replica, other) =
        (rng.below(10), rng.below(1 << 20), rng.below(3) as usize, rng.below(2) as usize);
    match kind {
        0..4 => Act::Edit(replica, which),
        4 => Act::Send(replica, (replica + 1 + other) % 3),
        5..9 => Act::Arrive(which as usize, other == 0),
        _ => Act::Lose(which as usize),
    }
}

/// Plays a script on three replicas, then delivers everything to everybody: all must read the same, a newcomer that gets the deltas
/// alone, too.
fn converges<T: Play>(seed: Seed, script: &[Act]) -> Result<(), String> {
    let mut rng = Rng::stream(seed, "delivery");
    let mut replicas: [T; 3] = Default::default();
    let mut under_way: Vec<(usize, T)> = Vec::new();
    let mut deltas: Vec<T> = Vec::new();
    for &act in script {
        match act {
            Act::Edit(by, kind) => {
                let before = replicas[by].clone();
                let delta = replicas[by].edit(by as Replica + 1, kind);
                if !replicas[by].covers(&before) {
                    return Err(format!("an edit went down from {before:?}"));
                }
                let mut again = before;
                again.take(&delta);
                if again.value() != replicas[by].value() {
                    return Err(format!("the delta {delta:?} does not have the effect of the edit"));
                }
                under_way.extend([((by + 1) % 3, delta.clone()), ((by + 2) % 3, delta.clone())]);
                deltas.push(delta);
            }
            Act::Send(from, to) => under_way.push((to, replicas[from].clone())),
            Act::Arrive(place, again) if !under_way.is_empty() => {
                let place = place % under_way.len();
                let (to, state) = if again { under_way[place].clone() } else { under_way.swap_remove(place) };
                replicas[to].take(&state);
            }
            Act::Lose(place) if !under_way.is_empty() => {
                let place = place % under_way.len();
                under_way.swap_remove(place);
            }
            Act::Arrive(..) | Act::Lose(_) => {}
        }
    }
    // A newcomer gets the deltas in random order, some twice.
    let mut newcomer = T::default();
    let mut order: Vec<usize> = (0..deltas.len()).chain((0..deltas.len()).filter(|n| n % 3 == 0)).collect();
    rng.shuffle(&mut order);
    order.iter().for_each(|&delta| newcomer.take(&deltas[delta]));
    // Everybody hears of everybody, twice round, in an order of chance.
    for _ in 0..2 {
        let mut pairs = [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)];
        rng.shuffle(&mut pairs);
        for (from, to) in pairs {
            let state = replicas[from].clone();
            replicas[to].take(&state);
        }
    }
    let values: BTreeSet<String> = replicas.iter().chain([&newcomer]).map(Play::value).collect();
    if values.len() > 1 { Err(format!("they differ: {values:?}")) } else { Ok(()) }
}

/// States that can be reached, for the laws of the join: three that share a past.
fn some_states<T: Play>(rng: &mut Rng) -> [T; 3] {
    let mut states: [T; 3] = Default::default();
    for _ in 0..rng.below(20) {
        let (by, kind) = (rng.below(3) as usize, rng.below(1 << 20));
        states[by].edit(by as Replica + 1, kind);
        if rng.chance(0.3) {
            let other = states[rng.below(3) as usize].clone();
            states[by].join(&other);
        }
    }
    states
}

fn laws<T: Play>() {
    let joined = |a: &T, b: &T| {
        let mut both = a.clone();
        both.join(b);
        both
    };
    for seed in 0..200 {
        let [a, b, c] = some_states::<T>(&mut Rng::stream(Seed(seed), "states"));
        assert_eq!(joined(&a, &b), joined(&b, &a), "commutative");
        assert_eq!(joined(&joined(&a, &b), &c), joined(&a, &joined(&b, &c)), "associative");
        assert_eq!(joined(&a, &a), a, "idempotent");
        assert!(joined(&a, &b).covers(&a) && joined(&a, &b).covers(&b), "an upper bound");
    }
}

/// All orders of five edits' deltas, each edit made by one of three replicas that have heard of some of the edits before.
fn every_order<T: Play>() {
    for seed in 0..8 {
        let mut rng = Rng::stream(Seed(seed), "orders");
        let mut states: [T; 3] = Default::default();
        let mut deltas = Vec::new();
        for _ in 0..5 {
            let by = rng.below(3) as usize;
            deltas.push(states[by].edit(by as Replica + 1, rng.below(1 << 20)));
            if rng.chance(0.5) {
                let (to, delta) =
                    (rng.below(3) as usize, deltas[rng.below(deltas.len() as u64) as usize].clone());
                states[to].join(&delta);
            }
        }
        let mut ends = BTreeSet::new();
        permute(&mut [0, 1, 2, 3, 4], 0, &mut |order| {
            let mut state = T::default();
            order.iter().for_each(|&place| state.join(&deltas[place]));
            ends.insert(state.value());
        });
        assert_eq!(ends.len(), 1, "{ends:?} of {deltas:?}");
    }
}

fn permute(items: &mut [usize], from: usize, each: &mut impl FnMut(&[usize])) {
    if from == items.len() {
        return each(items);
    }
    for other in from..items.len() {
        items.swap(from, other);
        permute(items, from + 1, each);
        items.swap(from, other);
    }
}

fn holds<T: Play>() {
    laws::<T>();
    every_order::<T>();
    survives(1_000, 40, draw, converges::<T>);
}

#[test]
fn counters_converge() {
    holds::<GCounter>();
    holds::<PnCounter>();
}

#[test]
fn registers_converge() {
    holds::<LwwRegister<u64>>();
    holds::<MvRegister<u64>>();
}

#[test]
fn sets_converge() {
    holds::<GSet<u64>>();
    holds::<TwoPhaseSet<u64>>();
    holds::<OrSet<u64>>();
}

#[test]
fn sets_with_dots_converge() {
    holds::<AddWinsSet<u64>>();
    holds::<RemoveWinsSet<u64>>();
}

#[test]
fn texts_converge() {
    holds::<Text>();
}

/// The same with a join that has a flaw.
macro_rules! flawed {
    ($name:ident, $of:ty, $join:ident) => {
        #[derive(Clone, Debug, Default, PartialEq)]
        struct $name($of);
        impl Join for $name {
            fn join(&mut self, other: &Self) {
                self.0.join(&other.0);
            }
            fn footprint(&self) -> Footprint {
                self.0.footprint()
            }
        }
        impl Play for $name {
            fn value(&self) -> String {
                Play::value(&self.0)
            }
            fn edit(&mut self, replica: Replica, kind: u64) -> Self {
                $name(self.0.edit(replica, kind))
            }
            fn take(&mut self, other: &Self) {
                self.0.$join(&other.0);
            }
        }
    };
}

flawed!(Adding, PnCounter, join_by_adding);
flawed!(KeepingOwn, LwwRegister<u64>, join_without_tie_break);
flawed!(ByElement, OrSet<u64>, join_by_element);
flawed!(AsArrived, Text, join_as_arrived);

#[test]
fn every_flaw_is_found_by_a_short_script() {
    fn found<T: Play>(most: usize) {
        let Failure { script, why, .. } = breaks(200, 40, draw, converges::<T>).expect("a flaw");
        assert!(script.len() <= most, "{why}: {script:?}");
    }
    // An edit and a second copy; two writes with the same stamp; add, add, remove; two letters at the same place.
    found::<Adding>(2);
    found::<KeepingOwn>(3);
    found::<ByElement>(7);
    found::<AsArrived>(3);
}

#[test]
fn who_wins_when_one_adds_and_one_removes() {
    // Both know the element; then a removes it and b adds it, and neither knows.
    fn check<S: Join + Default>(
        add: impl Fn(&mut S, Replica),
        remove: impl Fn(&mut S, Replica),
        has: impl Fn(&S) -> bool,
    ) -> bool {
        let mut a = S::default();
        add(&mut a, 1);
        let mut b = a.clone();
        remove(&mut a, 1);
        add(&mut b, 2);
        let (had_a, had_b) = (has(&a), has(&b));
        assert!(!had_a && had_b);
        a.join(&b);
        has(&a)
    }
    let add = |set: &mut TwoPhaseSet<u8>, _: Replica| drop(set.add(7));
    assert!(!check(add, |set, _| drop(set.remove(&7)), |set| set.contains(&7)));
    let add = |set: &mut OrSet<u8>, by: Replica| drop(set.add(by, 7));
    assert!(check(add, |set, by| drop(set.remove(by, &7)), |set| set.contains(&7)));
    let add = |set: &mut AddWinsSet<u8>, by: Replica| drop(set.add(by, 7));
    assert!(check(add, |set, _| drop(set.remove(&7)), |set| set.contains(&7)));
    let add = |set: &mut RemoveWinsSet<u8>, by: Replica| drop(set.add(by, &7));
    assert!(!check(add, |set, by| drop(set.remove(by, &7)), |set| set.contains(&7)));
}

#[test]
fn both_add_wins_sets_are_one_type() {
    // Whatever happens, the set with tombstones and the one without hold the same.
    survives(500, 60, draw, |_, script| {
        let (mut old, mut new): ([OrSet<u64>; 3], [AddWinsSet<u64>; 3]) = Default::default();
        for &act in script {
            match act {
                Act::Edit(by, kind) => {
                    old[by].edit(by as Replica, kind);
                    new[by].edit(by as Replica, kind);
                }
                Act::Send(from, to) => {
                    let (state, other) = (old[from].clone(), new[from].clone());
                    old[to].join(&state);
                    new[to].join(&other);
                }
                Act::Arrive(..) | Act::Lose(_) => {}
            }
        }
        match old.iter().zip(&new).find(|(old, new)| old.value() != new.value()) {
            Some((old, new)) => Err(format!("{} and {}", old.value(), new.value())),
            None => Ok(()),
        }
    });
}

#[test]
fn tombstones_grow_and_numbers_do_not() {
    let (mut old, mut new, mut rw) = (OrSet::default(), AddWinsSet::default(), RemoveWinsSet::default());
    for round in 0..1_000_u64 {
        old.add(1, round % 5);
        old.remove(1, &(round % 5));
        new.add(1, round % 5);
        new.remove(&(round % 5));
        rw.add(1, &(round % 5));
        rw.remove(1, &(round % 5));
    }
    // A tag and a grave (24) for each of 1,000 removes, the five elements, one number for the replica.
    assert_eq!(old.footprint(), Footprint { payload: 0, metadata: 1_000 * 36 + 5 * 8 + 12 });
    assert_eq!(new.footprint(), Footprint { payload: 0, metadata: 12 });
    assert_eq!((old.tombstones(), rw.tombstones()), (1_000, 5));
    old.collect(|_| true);
    rw.collect(|_| true);
    assert_eq!((old.footprint().metadata, rw.footprint().metadata), (12, 12));
}

#[test]
fn what_is_collected_stays_away() {
    let mut a = OrSet::default();
    a.add(1, 'x');
    let early = a.clone();
    a.remove(1, &'x');
    let mut b = a.clone();
    b.add(2, 'y');
    // Both have seen the remove: a forgets, b has not yet, and x is gone on both sides.
    a.collect(|dot| b.seen().contains(dot));
    a.join(&b);
    assert_eq!(a.iter().collect::<Vec<_>>(), [&'y']);
    b.collect(|_| true);
    b.join(&a);
    assert!(!b.contains(&'x'));
    // A state from before brings it back: that is why only what is stable may go.
    a.collect(|_| true);
    a.join(&early);
    assert!(a.contains(&'x'));
}

#[test]
fn who_is_ahead_wins_and_an_older_stamp_is_lost_at_once() {
    let mut register = LwwRegister::default();
    assert!(register.write(10, 1, "ahead").is_some());
    assert!(register.write(9, 2, "later, but behind").is_none());
    assert_eq!(*register.value(), "ahead");
    let mut tie = LwwRegister::default();
    tie.write(10, 2, "the larger number");
    tie.join(&register);
    register.join(&tie);
    assert_eq!((register.value(), tie.value()), (&"the larger number", &"the larger number"));
}

#[test]
fn siblings_are_kept_until_somebody_writes() {
    let (mut a, mut b) = (MvRegister::default(), MvRegister::default());
    a.write(1, "milk");
    b.write(2, "bread");
    a.join(&b);
    assert_eq!(a.values().collect::<Vec<_>>(), [&"bread", &"milk"]);
    a.write(1, "both");
    b.join(&a);
    assert_eq!(b.values().collect::<Vec<_>>(), [&"both"]);
}

/// The strong list specification (Attiya et al. 2016): every replica's text holds exactly the letters that it has seen typed
/// and not deleted; a letter is typed where it was meant to be; and there is one order of all letters ever that every text
/// ever read is in keeping with.
fn strong_list(_: Seed, script: &[Act]) -> Result<(), String> {
    let mut replicas: [Text; 3] = Default::default();
    let (mut typed, mut gone): ([BTreeSet<Dot>; 3], [BTreeSet<Dot>; 3]) = Default::default();
    // Which letter was read right before which other one.
    let mut after: BTreeMap<Dot, BTreeSet<Dot>> = BTreeMap::new();
    for &act in script {
        let at = match act {
            Act::Edit(by, kind) => {
                let before: Vec<(Dot, char)> = replicas[by].named().collect();
                let index = (kind / 8 % 32) as usize % (before.len() + 1);
                if kind % 3 == 0 {
                    if replicas[by].delete(index).is_some() {
                        gone[by].insert(before[index].0);
                    }
                } else {
                    replicas[by].insert(by as Replica, index, letter(kind));
                    let now: Vec<(Dot, char)> = replicas[by].named().collect();
                    let mut rest = now.clone();
                    let (dot, new) = rest.remove(index);
                    if rest != before || new != letter(kind) {
                        return Err(format!("typed at {index} of {before:?} gives {now:?}"));
                    }
                    typed[by].insert(dot);
                }
                by
            }
            Act::Send(from, to) => {
                let state = replicas[from].clone();
                replicas[to].join(&state);
                let (more, less) = (typed[from].clone(), gone[from].clone());
                typed[to].extend(more);
                gone[to].extend(less);
                to
            }
            Act::Arrive(..) | Act::Lose(_) => continue,
        };
        let read: Vec<Dot> = replicas[at].named().map(|(dot, _)| dot).collect();
        if read.iter().copied().collect::<BTreeSet<_>>() != &typed[at] - &gone[at] {
            return Err(format!("{read:?} at {at} are not the letters typed and not deleted"));
        }
        for pair in read.windows(2) {
            after.entry(pair[0]).or_default().insert(pair[1]);
        }
    }
    // One order exists where what was read before what has no circle: letters that nothing comes before go first.
    let mut left: BTreeSet<Dot> =
        after.iter().flat_map(|(dot, next)| next.iter().chain([dot])).copied().collect();
    while !left.is_empty() {
        let led: BTreeSet<Dot> =
            after.iter().filter(|(dot, _)| left.contains(dot)).flat_map(|(_, next)| next).copied().collect();
        let free: Vec<Dot> = left.difference(&led).copied().collect();
        if free.is_empty() {
            return Err(format!("no order suits all that was read: {left:?}"));
        }
        left.retain(|dot| !free.contains(dot));
    }
    Ok(())
}

#[test]
fn a_text_keeps_the_strong_list_specification() {
    let often_sent = |rng: &mut Rng| match draw(rng) {
        Act::Arrive(place, again) => Act::Send(place % 3, (place + 1 + usize::from(again)) % 3),
        act => act,
    };
    survives(400, 60, often_sent, strong_list);
}

#[test]
fn what_two_users_type_at_one_place_is_not_interleaved() {
    // Forwards, and backwards as when each letter is typed before the last one.
    for backwards in [false, true] {
        let (mut a, mut b) = (Text::default(), Text::default());
        "()".chars().enumerate().for_each(|(at, letter)| drop(a.insert(1, at, letter)));
        b.join(&a);
        for (text, by, word) in [(&mut a, 1, "milk"), (&mut b, 2, "bread")] {
            for (at, letter) in word.chars().enumerate() {
                text.insert(by, if backwards { 1 } else { at + 1 }, letter);
            }
        }
        a.join(&b);
        b.join(&a);
        assert_eq!(a.value(), b.value());
        let word = |word: &str| {
            if backwards { word.chars().rev().collect::<String>() } else { word.to_string() }
        };
        assert!(a.value().contains(&word("milk")) && a.value().contains(&word("bread")), "{}", a.value());
    }
}

#[test]
fn letters_wait_for_what_they_hang_on() {
    let mut typist = Text::default();
    let deltas: Vec<Text> =
        "abc".chars().enumerate().map(|(at, letter)| typist.insert(1, at, letter)).collect();
    let erased = typist.delete(1).expect("a letter");
    let mut reader = Text::default();
    for delta in [&erased, &deltas[2], &deltas[1]] {
        reader.join(delta);
        assert_eq!(reader.value(), "");
    }
    reader.join(&deltas[0]);
    assert_eq!(reader.value(), "ac");
    assert_eq!(reader, typist);
}
