//! Registers with a copy at each of a few sites, and three rules by which a site applies what others wrote: in one
//! order for all, causes first, or the newest stamp wins.
//!
//! The rule decides what readers at different sites can see. One order for all, with writers that wait for their own write to come
//! back in it, is sequential consistency with local reads (Attiya and Welch 1994, section 3.1). Causes first is causal memory
//! (Ahamad et al. 1995): writes that know nothing of each other stay as they came, so sites may differ for ever. The newest stamp
//! wins converges, and may show an answer before the question.
//!
//! Updates arrive late and in any order, each once.

/// The most sites.
pub const SITES: usize = 4;
/// How many registers there are.
pub const KEYS: usize = 2;

/// When a site applies an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// When all with smaller places have been applied: [`Sequencer`] gives the places.
    OneOrder,
    /// When all that its writer had applied before has been applied.
    CausesFirst,
    /// At once, unless the register holds something with a newer stamp (Lamport's clock, then the site).
    NewestWins,
}

/// A write on its way to the other sites.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Update {
    /// The site that wrote.
    pub from: usize,
    /// The register, below [`KEYS`].
    pub key: usize,
    /// The value.
    pub value: u64,
    /// Its place in the one order, or its stamp.
    stamp: u64,
    /// How many writes of each site its writer had applied, this one included.
    causes: [u64; SITES],
}

/// The copies of one site.
#[derive(Clone, Debug)]
pub struct Site {
    id: usize,
    rule: Rule,
    values: [u64; KEYS],
    /// The stamp and the writer of each value.
    stamps: [(u64, usize); KEYS],
    clock: u64,
    applied: [u64; SITES],
    waiting: Vec<Update>,
}

/// Gives writes their places in one order.
#[derive(Clone, Debug, Default)]
pub struct Sequencer {
    next: u64,
}

impl Sequencer {
    /// The next place is for this write of a site.
    pub fn place(&mut self, from: usize, key: usize, value: u64) -> Update {
        self.next += 1;
        Update { from, key, value, stamp: self.next, causes: [0; SITES] }
    }
}

impl Update {
    /// Its place in the one order, from 1; the stamp of its writer where there is none.
    #[must_use]
    pub fn place(&self) -> u64 {
        self.stamp
    }
}

impl Site {
    /// A site, below [`SITES`], whose registers hold 0.
    #[must_use]
    pub fn new(id: usize, rule: Rule) -> Site {
        Site {
            id: id.min(SITES - 1),
            rule,
            values: [0; KEYS],
            stamps: [(0, 0); KEYS],
            clock: 0,
            applied: [0; SITES],
            waiting: Vec::new(),
        }
    }

    /// What a register holds here; 0 for one that is none.
    #[must_use]
    pub fn read(&self, key: usize) -> u64 {
        self.values.get(key).copied().unwrap_or(0)
    }

    /// Writes here and now. The update is for all other sites. Not for [`Rule::OneOrder`], where a write takes effect when it
    /// comes back from the sequencer.
    pub fn write(&mut self, key: usize, value: u64) -> Update {
        self.clock += 1;
        self.applied[self.id] += 1;
        let update = Update { from: self.id, key, value, stamp: self.clock, causes: self.applied };
        self.set(update);
        update
    }

    /// Takes an update of another site, or one with a place, and applies what can be applied now. Returns how many that were.
    /// O(w^2) for w that wait.
    pub fn receive(&mut self, update: Update) -> usize {
        self.waiting.push(update);
        let mut count = 0;
        while let Some(place) = self.waiting.iter().position(|update| self.is_due(update)) {
            let update = self.waiting.swap_remove(place);
            self.clock = self.clock.max(update.stamp);
            match self.rule {
                Rule::OneOrder => {
                    self.applied[0] = self.applied[0].max(update.stamp);
                    self.set(update);
                }
                Rule::CausesFirst => {
                    self.applied[update.from] += 1;
                    self.set(update);
                }
                Rule::NewestWins => {
                    if self.stamps.get(update.key).is_some_and(|stamp| *stamp < (update.stamp, update.from)) {
                        self.set(update);
                    }
                }
            }
            count += 1;
        }
        count
    }

    /// The last place of the one order that is applied here, 0 for none.
    #[must_use]
    pub fn last_place(&self) -> u64 {
        self.applied[0]
    }

    /// How many updates wait for others.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    fn is_due(&self, update: &Update) -> bool {
        match self.rule {
            Rule::OneOrder => update.stamp == self.applied[0] + 1,
            Rule::CausesFirst => (0..SITES).all(|site| {
                if site == update.from {
                    update.causes[site] == self.applied[site] + 1
                } else {
                    update.causes[site] <= self.applied[site]
                }
            }),
            Rule::NewestWins => true,
        }
    }

    fn set(&mut self, update: Update) {
        if let (Some(value), Some(stamp)) = (self.values.get_mut(update.key), self.stamps.get_mut(update.key))
        {
            (*value, *stamp) = (update.value, (update.stamp, update.from));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::{Rng, Seed};

    /// Two sites write, and a third one gets the updates in every order of two.
    fn third(rule: Rule, updates: [Update; 2]) -> [Site; 2] {
        [[0, 1], [1, 0]].map(|order| {
            let mut site = Site::new(2, rule);
            order.iter().for_each(|&place| {
                site.receive(updates[place]);
            });
            site
        })
    }

    #[test]
    fn one_order_is_the_same_at_every_site() {
        let mut sequencer = Sequencer::default();
        let updates = [sequencer.place(0, 0, 5), sequencer.place(1, 0, 7)];
        assert_eq!(third(Rule::OneOrder, updates).map(|site| site.read(0)), [7, 7]);
        let mut early = Site::new(2, Rule::OneOrder);
        assert_eq!((early.receive(updates[1]), early.read(0), early.waiting()), (0, 0, 1));
        assert_eq!((early.receive(updates[0]), early.read(0)), (2, 7));
    }

    #[test]
    fn causes_come_first_and_concurrent_writes_stay_as_they_came() {
        let (mut a, mut b) = (Site::new(0, Rule::CausesFirst), Site::new(1, Rule::CausesFirst));
        let question = a.write(0, 1);
        b.receive(question);
        let answer = b.write(1, 1);
        let mut c = Site::new(2, Rule::CausesFirst);
        assert_eq!((c.receive(answer), c.read(1)), (0, 0), "not before the question");
        assert_eq!((c.receive(question), c.read(0), c.read(1)), (2, 1, 1));
        let (mut a, mut b) = (Site::new(0, Rule::CausesFirst), Site::new(1, Rule::CausesFirst));
        let updates = [a.write(0, 5), b.write(0, 7)];
        assert_eq!(third(Rule::CausesFirst, updates).map(|site| site.read(0)), [7, 5]);
    }

    #[test]
    fn the_newest_wins_in_every_order() {
        let (mut a, mut b) = (Site::new(0, Rule::NewestWins), Site::new(1, Rule::NewestWins));
        let updates = [a.write(0, 5), b.write(0, 7)];
        assert_eq!(third(Rule::NewestWins, updates).map(|site| site.read(0)), [7, 7]);
    }

    /// However the updates of many writes arrive: one order and newest-wins converge, and nothing waits for ever.
    #[test]
    fn sites_converge_where_their_rule_says_so() {
        let mut differ = 0;
        for seed in 0..300 {
            let mut rng = Rng::stream(Seed(seed), "sites");
            for rule in [Rule::OneOrder, Rule::CausesFirst, Rule::NewestWins] {
                let mut sites: Vec<Site> = (0..3).map(|id| Site::new(id, rule)).collect();
                let mut sequencer = Sequencer::default();
                let mut flying: Vec<(usize, Update)> = Vec::new();
                for value in 1..=10 {
                    let (from, key) = (rng.below(3) as usize, rng.below(2) as usize);
                    if rule == Rule::OneOrder {
                        let update = sequencer.place(from, key, value);
                        flying.extend((0..3).map(|to| (to, update)));
                    } else {
                        let update = sites[from].write(key, value);
                        flying.extend((0..3).filter(|&to| to != from).map(|to| (to, update)));
                    }
                    rng.shuffle(&mut flying);
                    for (to, update) in flying.split_off(flying.len() / 2) {
                        sites[to].receive(update);
                    }
                }
                for (to, update) in flying {
                    sites[to].receive(update);
                }
                assert!(sites.iter().all(|site| site.waiting() == 0), "{rule:?} {seed}");
                let equal = sites.iter().all(|site| site.values == sites[0].values);
                differ += u32::from(!equal);
                assert!(equal || rule == Rule::CausesFirst, "{rule:?} {seed}");
            }
        }
        assert!(differ > 50, "concurrent writes do stay different: {differ}");
    }
}
