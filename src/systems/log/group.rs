//! A consumer group: who reads which partition, how far the group has come, and who may no longer say so.
//!
//! Each partition has one owner in the group, so its order is kept, and so a group has at most as many working members as
//! there are partitions. The group's progress is an offset for each partition, the *committed* one: where the next owner
//! goes on after a rebalance or a crash. What was processed after the last commit is processed again.
//!
//! A member that was silent for too long loses its partitions, but may not know it: it was only paused, and wakes
//! up with a commit in its hand. So every rebalance begins a new *generation*, a commit carries the generation in which its
//! member got the partition, and one from an earlier generation is refused (*fencing*). Rules and names are those of
//! Kafka's group coordinator; so are the assignors, for a group that reads one topic.

use std::collections::BTreeSet;

/// A member of a group.
pub type Member = usize;

/// Who gets which partitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assignor {
    /// Neighbouring partitions to each member: 0-3, 4-6, 7-9.
    Range,
    /// One after another: 0, 3, 6, 9 to the first of three.
    RoundRobin,
    /// Even, and otherwise as few partitions as possible change hands.
    Sticky,
}

impl Assignor {
    /// An owner for each partition; nobody where there is no member. No member has two partitions more than another one.
    /// `previous` is who had them before; only [`Assignor::Sticky`] asks. O(partitions x members).
    #[must_use]
    pub fn assign(
        self,
        partitions: usize,
        members: &BTreeSet<Member>,
        previous: &[Option<Member>],
    ) -> Vec<Option<Member>> {
        let members: Vec<Member> = members.iter().copied().collect();
        let count = members.len();
        if count == 0 {
            return vec![None; partitions];
        }
        match self {
            Assignor::Range => {
                let (each, more) = (partitions / count, partitions % count);
                let share = |index: usize| each + usize::from(index < more);
                (0..count).flat_map(|index| std::iter::repeat_n(Some(members[index]), share(index))).collect()
            }
            Assignor::RoundRobin => (0..partitions).map(|index| Some(members[index % count])).collect(),
            Assignor::Sticky => sticky(partitions, &members, previous),
        }
    }
}

/// Each member keeps what it had, up to its share; what is left goes to those who have least.
fn sticky(partitions: usize, members: &[Member], previous: &[Option<Member>]) -> Vec<Option<Member>> {
    let had =
        |member: Member| previous.iter().take(partitions).filter(|owner| **owner == Some(member)).count();
    // Those who had most get the larger shares, so that most can stay.
    let mut order: Vec<Member> = members.to_vec();
    order.sort_by_key(|&member| (std::cmp::Reverse(had(member)), member));
    let (each, more) = (partitions / members.len(), partitions % members.len());
    let mut owners = vec![None; partitions];
    let mut room: Vec<usize> = (0..order.len()).map(|place| each + usize::from(place < more)).collect();
    for (place, member) in order.iter().enumerate() {
        for (owner, _) in owners.iter_mut().zip(previous).filter(|(_, before)| **before == Some(*member)) {
            if room[place] > 0 {
                *owner = Some(*member);
                room[place] -= 1;
            }
        }
    }
    for owner in owners.iter_mut().filter(|owner| owner.is_none()) {
        // The rooms add up to the partitions, so there is one.
        if let Some(place) =
            (0..order.len()).max_by_key(|&place| (room[place], std::cmp::Reverse(order[place])))
        {
            *owner = Some(order[place]);
            room[place] = room[place].saturating_sub(1);
        }
    }
    owners
}

/// Why a commit was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fenced {
    /// There was a rebalance since the member got its partitions.
    #[error("the generation is over")]
    OldGeneration,
    /// The member does not own the partition.
    #[error("the partition belongs to somebody else")]
    NotOwner,
}

/// A group, as its coordinator knows it.
#[derive(Clone, Debug)]
pub struct Group {
    members: BTreeSet<Member>,
    owners: Vec<Option<Member>>,
    /// Who owned each partition last.
    previous: Vec<Option<Member>>,
    committed: Vec<u64>,
    generation: u64,
}

impl Group {
    /// A group without members that has read nothing of `partitions` partitions.
    #[must_use]
    pub fn new(partitions: usize) -> Group {
        Group {
            members: BTreeSet::new(),
            owners: vec![None; partitions],
            previous: vec![None; partitions],
            committed: vec![0; partitions],
            generation: 0,
        }
    }

    /// There are more partitions now; nobody owns the new ones before the next rebalance.
    pub fn grow(&mut self, partitions: usize) {
        let partitions = partitions.max(self.owners.len());
        self.owners.resize(partitions, None);
        self.previous.resize(partitions, None);
        self.committed.resize(partitions, 0);
    }

    /// A member comes. It owns nothing before the next rebalance. Says whether it is new.
    pub fn join(&mut self, member: Member) -> bool {
        self.members.insert(member)
    }

    /// A member goes, or is taken for dead: nobody owns its partitions any more. Says whether it was there.
    pub fn leave(&mut self, member: Member) -> bool {
        self.revoke(|_, owner| owner == member);
        self.members.remove(&member)
    }

    /// Who is in the group.
    #[must_use]
    pub fn members(&self) -> &BTreeSet<Member> {
        &self.members
    }

    /// What a rebalance would give to whom.
    #[must_use]
    pub fn plan(&self, assignor: Assignor) -> Vec<Option<Member>> {
        assignor.assign(self.owners.len(), &self.members, &self.previous)
    }

    /// Takes partitions from their owners, those for which `which` says so.
    pub fn revoke(&mut self, which: impl Fn(usize, Member) -> bool) {
        for (partition, owner) in self.owners.iter_mut().enumerate() {
            if owner.is_some_and(|member| which(partition, member)) {
                *owner = None;
            }
        }
    }

    /// Gives all partitions to the members anew and begins a generation. Returns how many changed hands.
    pub fn rebalance(&mut self, assignor: Assignor) -> usize {
        let owners = self.plan(assignor);
        let moved =
            owners.iter().zip(&self.previous).filter(|(new, old)| old.is_some() && new != old).count();
        self.generation += 1;
        self.previous.clone_from(&owners);
        self.owners = owners;
        moved
    }

    /// The number of the present generation: how many rebalances there were.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The owner of a partition.
    #[must_use]
    pub fn owner(&self, partition: usize) -> Option<Member> {
        self.owners.get(partition).copied().flatten()
    }

    /// The partitions of a member.
    pub fn owned(&self, member: Member) -> impl Iterator<Item = usize> {
        (0..self.owners.len()).filter(move |&partition| self.owner(partition) == Some(member))
    }

    /// A member says that the group has processed all records of a partition before `offset`.
    ///
    /// # Errors
    /// `Fenced` where the member got the partition in an earlier generation or does not own it; nothing changes.
    pub fn commit(
        &mut self,
        member: Member,
        generation: u64,
        partition: usize,
        offset: u64,
    ) -> Result<(), Fenced> {
        if generation != self.generation {
            return Err(Fenced::OldGeneration);
        }
        if self.owner(partition) != Some(member) {
            return Err(Fenced::NotOwner);
        }
        self.committed[partition] = offset;
        Ok(())
    }

    /// Sets the progress in a partition, whoever owns it: to replay from an earlier offset, or to skip. Owners go on where they
    /// are until the next rebalance.
    pub fn reset(&mut self, partition: usize, offset: u64) {
        if let Some(committed) = self.committed.get_mut(partition) {
            *committed = offset;
        }
    }

    /// The offset from which the next owner of a partition reads on.
    #[must_use]
    pub fn committed(&self, partition: usize) -> u64 {
        self.committed.get(partition).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn assigned(assignor: Assignor, partitions: usize, members: usize) -> Vec<usize> {
        let owners = assignor.assign(partitions, &(0..members).collect(), &[]);
        owners.into_iter().map(|owner| owner.expect("there are members")).collect()
    }

    #[test]
    fn range_and_round_robin_are_kafkas() {
        // The documented example: ten partitions and three consumers.
        assert_eq!(assigned(Assignor::Range, 10, 3), [0, 0, 0, 0, 1, 1, 1, 2, 2, 2]);
        assert_eq!(assigned(Assignor::RoundRobin, 10, 3), [0, 1, 2, 0, 1, 2, 0, 1, 2, 0]);
        // More members than partitions: the last ones have nothing.
        assert_eq!(assigned(Assignor::Range, 2, 4), [0, 1]);
        assert_eq!(Assignor::Sticky.assign(3, &BTreeSet::new(), &[]), [None; 3]);
    }

    #[test]
    fn one_that_goes_and_comes_back_moves_what_it_must() {
        let moved = |assignor: Assignor| {
            let mut group = Group::new(6);
            (0..3).for_each(|member| assert!(group.join(member)));
            group.rebalance(assignor);
            assert!(group.leave(0));
            let gone = group.rebalance(assignor);
            group.join(0);
            (gone, group.rebalance(assignor))
        };
        // Range: 001122 to 111222 to 001122; only sticky leaves the others alone.
        assert_eq!(moved(Assignor::Range), (3, 3));
        assert_eq!(moved(Assignor::RoundRobin), (4, 4));
        assert_eq!(moved(Assignor::Sticky), (2, 2));
    }

    #[test]
    fn a_zombie_is_fenced() {
        let mut group = Group::new(1);
        group.join(0);
        group.join(1);
        group.rebalance(Assignor::Range);
        let old = group.generation();
        assert_eq!(group.commit(0, old, 0, 10), Ok(()));
        assert_eq!(group.commit(1, old, 0, 11), Err(Fenced::NotOwner));
        group.leave(0);
        assert_eq!(group.commit(0, old, 0, 12), Err(Fenced::NotOwner), "before the rebalance already");
        group.rebalance(Assignor::Range);
        assert_eq!(group.commit(1, group.generation(), 0, 20), Ok(()));
        assert_eq!(group.commit(0, old, 0, 12), Err(Fenced::OldGeneration));
        assert_eq!(group.commit(0, group.generation(), 0, 12), Err(Fenced::NotOwner));
        assert_eq!((group.committed(0), group.committed(7)), (20, 0));
        assert_eq!(group.commit(1, group.generation(), 7, 1), Err(Fenced::NotOwner), "no such partition");
        group.reset(0, 5);
        assert_eq!(group.committed(0), 5);
    }

    proptest! {
        #[test]
        fn every_assignment_is_even_and_sticky_moves_least(
            partitions in 0..20_usize,
            members in prop::collection::btree_set(0..8_usize, 1..6),
            previous in prop::collection::vec(prop::option::of(0..8_usize), 20),
        ) {
            let previous = &previous[..partitions];
            for assignor in [Assignor::Range, Assignor::RoundRobin, Assignor::Sticky] {
                let owners = assignor.assign(partitions, &members, previous);
                prop_assert_eq!(owners.len(), partitions);
                let count = |member: usize| owners.iter().filter(|owner| **owner == Some(member)).count();
                let counts: Vec<usize> = members.iter().map(|&member| count(member)).collect();
                prop_assert_eq!(counts.iter().sum::<usize>(), partitions);
                prop_assert!(counts.iter().max().unwrap_or(&0) - counts.iter().min().unwrap_or(&0) <= 1);
                if assignor == Assignor::Sticky {
                    // At most a full share each can stay, and a larger share for as many as there are.
                    let (each, more) = (partitions / members.len(), partitions % members.len());
                    let had = |member: &usize| previous.iter().filter(|owner| **owner == Some(*member)).count();
                    let larger = members.iter().filter(|member| had(member) > each).count().min(more);
                    let best = members.iter().map(|member| had(member).min(each)).sum::<usize>() + larger;
                    let stay = owners.iter().zip(previous).filter(|(new, old)| old.is_some() && new == old).count();
                    prop_assert_eq!(stay, best);
                }
            }
        }
    }
}
