//! Timelines of those one follows: filled when somebody posts (fan-out on write), gathered when somebody reads (fan-out on
//! read), or both, by how many follow the author (hybrid).
//!
//! On write each post is put into the timeline of each follower: a read is one list, and a post of somebody with a million
//! followers is a million writes. On read a post is one write into the author's own list, and a read merges the lists of
//! all whom one follows. The hybrid puts the posts of ordinary people into timelines and leaves those of the few with more than a
//! threshold of followers to the reader (Krikorian, Timelines at Scale, QCon 2012).
//!
//! The follow graph is kept apart ([`Graph`]), so that several strategies can share one. Delivery is the caller's: [`Feeds::post`]
//! returns whom a post has to be delivered to, and the caller does that with [`Feeds::deliver`] when and as often as it
//! likes: at least once, in any order. So a delivery looks whether the post is there already, where it belongs by its
//! time, and whether it is still wanted. Each of the three checks can be left out ([`Flaw`]).

use std::collections::VecDeque;
use std::sync::Arc;

/// A user, by number.
pub type User = u32;

/// A post. Posts are ordered by their tick, then by their number: many share a tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Post {
    /// When, in coarse units such as seconds. An author's ticks never fall.
    pub tick: u32,
    /// Its number; each is there once.
    pub id: u32,
    /// Who wrote it.
    pub author: User,
}

/// Who follows whom. A copy shares what does not change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graph {
    followers: Vec<Arc<Vec<User>>>,
    followees: Vec<Arc<Vec<User>>>,
}

impl Graph {
    /// `users` who follow nobody.
    #[must_use]
    pub fn new(users: usize) -> Graph {
        Graph { followers: vec![Arc::default(); users], followees: vec![Arc::default(); users] }
    }

    /// How many users there are.
    #[must_use]
    pub fn users(&self) -> usize {
        self.followers.len()
    }

    /// Who follows `author`, by number; nobody where there is no such user.
    #[must_use]
    pub fn followers(&self, author: User) -> &[User] {
        self.followers.get(author as usize).map_or(&[], |list| list.as_slice())
    }

    /// Whom `user` follows, by number.
    #[must_use]
    pub fn followees(&self, user: User) -> &[User] {
        self.followees.get(user as usize).map_or(&[], |list| list.as_slice())
    }

    /// Whether `user` follows `author`. O(log followees).
    #[must_use]
    pub fn follows(&self, user: User, author: User) -> bool {
        self.followees(user).binary_search(&author).is_ok()
    }

    /// `user` follows `author` from now on, or no longer. Returns whether that is a change; nobody follows himself.
    /// O(followers) for the change of a list. The timelines that stand have to be told: [`Feeds::rebuild`].
    pub fn set(&mut self, user: User, author: User, follows: bool) -> bool {
        let known = |who: User| (who as usize) < self.followers.len();
        if user == author || !known(user) || !known(author) || self.follows(user, author) == follows {
            return false;
        }
        let change = |list: &mut Arc<Vec<User>>, who: User| {
            let list = Arc::make_mut(list);
            match list.binary_search(&who) {
                Ok(place) => drop(list.remove(place)),
                Err(place) => list.insert(place, who),
            }
        };
        change(&mut self.followers[author as usize], user);
        change(&mut self.followees[user as usize], author);
        true
    }
}

/// When the work is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// When somebody posts.
    Write,
    /// When somebody reads.
    Read,
    /// When somebody posts, but for authors with more followers than the threshold: for those when somebody reads.
    Hybrid {
        /// How many followers are still delivered to.
        threshold: usize,
    },
}

/// A check that is left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flaw {
    /// Nothing is wrong.
    #[default]
    None,
    /// A delivery puts the post on top without looking: delivered again it stands there twice, and a late one stands above
    /// newer ones.
    Append,
    /// A delivery does not look whether the post is still wanted: who stopped following gets what was under way.
    StaleFollowers,
    /// Merging takes posts of one tick for one post: all but one of them are lost.
    LostTies,
}

/// The timelines under one strategy.
#[derive(Clone, Debug)]
pub struct Feeds {
    strategy: Strategy,
    flaw: Flaw,
    length: usize,
    /// Each author's own posts, newest first.
    outboxes: Vec<VecDeque<Post>>,
    /// What was delivered to each user, newest first.
    timelines: Vec<VecDeque<Post>>,
    /// Whose posts are left to the reader. Who was once so popular stays: posts that were not delivered would be lost.
    pulled: Vec<bool>,
}

impl Feeds {
    /// Empty timelines for `users`, of at most `length` posts (at least 1).
    #[must_use]
    pub fn new(users: usize, strategy: Strategy, length: usize, flaw: Flaw) -> Feeds {
        Feeds {
            strategy,
            flaw,
            length: length.max(1),
            outboxes: vec![VecDeque::new(); users],
            timelines: vec![VecDeque::new(); users],
            pulled: vec![strategy == Strategy::Read; users],
        }
    }

    /// The strategy.
    #[must_use]
    pub fn strategy(&self) -> Strategy {
        self.strategy
    }

    /// From the next post on there is another threshold; nothing changes where the strategy has none.
    pub fn set_threshold(&mut self, threshold: usize) {
        if let Strategy::Hybrid { threshold: present } = &mut self.strategy {
            *present = threshold;
        }
    }

    /// Leaves a check out from now on.
    pub fn set_flaw(&mut self, flaw: Flaw) {
        self.flaw = flaw;
    }

    /// A post is published. Returns to whom it has to be delivered: empty where readers fetch it. O(1). A post of an unknown
    /// user is nobody's.
    pub fn post(&mut self, graph: &Graph, post: Post) -> Arc<Vec<User>> {
        let author = post.author as usize;
        let Some(outbox) = self.outboxes.get_mut(author) else { return Arc::default() };
        outbox.push_front(post);
        outbox.truncate(self.length);
        let followers = &graph.followers[author];
        self.pulled[author] |= self.is_popular(graph, post.author);
        if self.pulled[author] { Arc::default() } else { Arc::clone(followers) }
    }

    /// Delivers a post to a user, once or again. Returns whether it was new. O(length) at worst, O(log length) as a rule.
    pub fn deliver(&mut self, graph: &Graph, post: Post, user: User) -> bool {
        let wanted = self.flaw == Flaw::StaleFollowers || graph.follows(user, post.author);
        let Some(timeline) = self.timelines.get_mut(user as usize).filter(|_| wanted) else { return false };
        let place = match self.flaw {
            Flaw::Append => 0,
            _ => timeline.partition_point(|other| *other > post),
        };
        let there = self.flaw != Flaw::Append && timeline.get(place) == Some(&post);
        if there || place >= self.length {
            return false;
        }
        timeline.insert(place, post);
        timeline.truncate(self.length);
        true
    }

    /// The newest posts of those whom `user` follows, newest first, and how many lists that took. A timeline is one list, as
    /// is what one author wrote. O(lists × length).
    #[must_use]
    pub fn read(&self, graph: &Graph, user: User) -> (Vec<Post>, usize) {
        let pulled = |author: &&User| self.pulled[**author as usize] || self.is_popular(graph, **author);
        let stored = self.timelines.get(user as usize).filter(|_| self.strategy != Strategy::Read);
        let mut lists = usize::from(stored.is_some());
        let mut posts: Vec<Post> = stored.into_iter().flatten().copied().collect();
        let gathered = graph.followees(user).iter().filter(pulled);
        for author in gathered {
            lists += 1;
            posts.extend(&self.outboxes[*author as usize]);
        }
        if lists > usize::from(stored.is_some()) {
            self.merge(&mut posts);
        }
        (posts, lists)
    }

    /// Whether more follow the author than are delivered to.
    fn is_popular(&self, graph: &Graph, author: User) -> bool {
        matches!(self.strategy, Strategy::Hybrid { threshold } if graph.followers(author).len() > threshold)
    }

    /// Newest first, each once: an author who became popular stands in timelines and in his own list.
    fn merge(&self, posts: &mut Vec<Post>) {
        posts.sort_unstable_by(|a, b| b.cmp(a));
        match self.flaw {
            Flaw::LostTies => posts.dedup_by_key(|post| post.tick),
            _ => posts.dedup(),
        }
        posts.truncate(self.length);
    }

    /// Fills the timeline of `user` anew from what the authors wrote: after whom he follows has changed. What was delivered of
    /// others goes, and what had been pushed out by it comes back. O(followees × length).
    pub fn rebuild(&mut self, graph: &Graph, user: User) {
        if self.strategy == Strategy::Read || user as usize >= self.timelines.len() {
            return;
        }
        let authors = graph.followees(user).iter().map(|author| *author as usize);
        let mut posts: Vec<Post> = authors.flat_map(|author| self.outboxes[author].iter().copied()).collect();
        posts.sort_unstable_by(|a, b| b.cmp(a));
        posts.truncate(self.length);
        self.timelines[user as usize] = posts.into();
    }

    /// How many entries the timelines hold: what fan-out on write stores besides the posts themselves.
    #[must_use]
    pub fn stored(&self) -> usize {
        self.timelines.iter().map(VecDeque::len).sum()
    }
}

/// How many reads there must be for each post so that fan-out on write costs as many list operations as on read: a post costs
/// `followers` writes, a read one list instead of `followees`. Infinite where nobody follows more than one.
#[must_use]
pub fn break_even(followers: f64, followees: f64) -> f64 {
    if followees > 1.0 { followers / (followees - 1.0) } else { f64::INFINITY }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::Rng;
    use crate::sim::torture::{breaks, survives};

    #[derive(Clone, Debug)]
    enum Act {
        Post(User),
        Follow(User, User, bool),
        /// One of what is under way, by its place, and whether it stays under way: it is delivered again.
        Deliver(usize, bool),
        Threshold(usize),
        Read(User),
    }

    const USERS: u64 = 6;
    const LENGTH: usize = 4;

    fn draw(rng: &mut Rng) -> Act {
        let user = |rng: &mut Rng| rng.below(USERS) as User;
        match rng.below(12) {
            0..=2 => Act::Post(user(rng)),
            3..=4 => Act::Follow(user(rng), user(rng), rng.chance(0.7)),
            5..=8 => Act::Deliver(rng.below(50) as usize, rng.chance(0.3)),
            9 => Act::Threshold(rng.below(4) as usize),
            _ => Act::Read(user(rng)),
        }
    }

    /// Plays a script and compares each read with the list of all posts.
    fn play(strategy: Strategy, flaw: Flaw, script: &[Act]) -> Result<(), String> {
        let mut graph = Graph::new(USERS as usize);
        let mut feeds = Feeds::new(USERS as usize, strategy, LENGTH, flaw);
        let mut all: Vec<Post> = Vec::new();
        let mut under_way: Vec<(Post, User)> = Vec::new();
        for act in script {
            match *act {
                Act::Post(author) => {
                    let id = all.len() as u32;
                    let post = Post { tick: id / 3, id, author };
                    all.push(post);
                    under_way.extend(feeds.post(&graph, post).iter().map(|user| (post, *user)));
                }
                Act::Follow(user, author, follows) => {
                    if graph.set(user, author, follows) {
                        feeds.rebuild(&graph, user);
                    }
                }
                Act::Deliver(place, again) if !under_way.is_empty() => {
                    let place = place % under_way.len();
                    let (post, user) = under_way[place];
                    feeds.deliver(&graph, post, user);
                    if !again {
                        under_way.swap_remove(place);
                    }
                }
                Act::Threshold(threshold) => feeds.set_threshold(threshold),
                Act::Read(user) => {
                    let (seen, _) = feeds.read(&graph, user);
                    let truth: Vec<Post> = all
                        .iter()
                        .rev()
                        .filter(|post| graph.followees(user).contains(&post.author))
                        .take(LENGTH)
                        .copied()
                        .collect();
                    if !seen.windows(2).all(|pair| pair[0] > pair[1]) {
                        return Err(format!("not in order, or twice: {seen:?}"));
                    }
                    if !seen.iter().all(|post| graph.followees(user).contains(&post.author)) {
                        return Err("from somebody not followed".into());
                    }
                    let due = truth.iter().filter(|post| !under_way.contains(&(**post, user)));
                    if let Some(lost) = due.into_iter().find(|post| !seen.contains(post)) {
                        return Err(format!("{lost:?} is lost"));
                    }
                }
                Act::Deliver(..) => {}
            }
        }
        Ok(())
    }

    #[test]
    fn a_timeline_holds_the_newest_once_in_order_whatever_the_deliveries() {
        for strategy in [Strategy::Write, Strategy::Read, Strategy::Hybrid { threshold: 2 }] {
            survives(700, 60, draw, |_, script| play(strategy, Flaw::None, script));
        }
    }

    #[test]
    fn each_flaw_is_found_by_a_short_story() {
        let hybrid = Strategy::Hybrid { threshold: 1 };
        let check = |strategy, flaw, most: usize| {
            let failure = breaks(300, 60, draw, |_, script| play(strategy, flaw, script)).expect("a failure");
            assert!(failure.script.len() <= most, "{flaw:?}: {:?}", failure.script);
        };
        check(Strategy::Write, Flaw::Append, 5);
        // Follow, post, stop, deliver, read.
        check(Strategy::Write, Flaw::StaleFollowers, 5);
        check(Strategy::Read, Flaw::LostTies, 5);
        check(hybrid, Flaw::LostTies, 8);
    }

    #[test]
    fn a_post_costs_its_followers_and_a_read_its_lists() {
        let mut graph = Graph::new(100);
        (1..100).for_each(|user| assert!(graph.set(user, 0, true)));
        (2..12).for_each(|author| assert!(graph.set(1, author, true)));
        assert!(!graph.set(1, 0, true) && !graph.set(0, 0, true) && !graph.set(100, 0, true));
        let post = Post { tick: 0, id: 0, author: 0 };
        let cost = |strategy| {
            let mut feeds = Feeds::new(100, strategy, 10, Flaw::None);
            let to = feeds.post(&graph, post);
            to.iter().for_each(|user| assert!(feeds.deliver(&graph, post, *user)));
            let (posts, lists) = feeds.read(&graph, 1);
            assert_eq!(posts, [post]);
            (to.len(), lists, feeds.stored())
        };
        assert_eq!(cost(Strategy::Write), (99, 1, 99));
        assert_eq!(cost(Strategy::Read), (0, 11, 0));
        assert_eq!(cost(Strategy::Hybrid { threshold: 98 }), (0, 2, 0));
        assert_eq!(cost(Strategy::Hybrid { threshold: 99 }), (99, 1, 99));
    }

    #[test]
    fn strategies_cost_the_same_where_they_break_even() {
        // P posts cost P * followers + R, R reads cost R * followees.
        let (followers, followees, posts) = (75.0, 11.0, 8.0);
        let reads = posts * break_even(followers, followees);
        assert!((posts * followers + reads - reads * followees).abs() < 1e-9);
        assert_eq!(break_even(5.0, 1.0), f64::INFINITY);
    }
}
