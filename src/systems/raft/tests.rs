//! Single nodes and small clusters in lockstep: what each rule does, one at a time.

use super::*;
use crate::sim::{Nanos, Rng, Seed};

const T: Nanos = Nanos::from_secs(1);

/// Nodes that hear each other at once, unless `cut` says no.
struct Cluster {
    now: Nanos,
    nodes: Vec<Node<u64, u64>>,
    disks: Vec<Disk<u64, u64>>,
    rng: Rng,
    cut: fn(&Message<u64, u64>) -> bool,
    /// All messages that were sent.
    sent: Vec<Message<u64, u64>>,
    reads: Vec<(u64, Index)>,
}

impl Cluster {
    fn new(count: u64, settings: &Settings) -> Cluster {
        let voters: Vec<Id> = (1..=count).collect();
        let mut rng = Rng::stream(Seed(1), "raft");
        let disks: Vec<_> = voters.iter().map(|_| Disk::new(&voters)).collect();
        let nodes = voters.iter().zip(&disks);
        let nodes = nodes.map(|(id, disk)| Node::new(*id, settings.clone(), disk, Nanos::ZERO, &mut rng));
        Cluster {
            now: Nanos::ZERO,
            nodes: nodes.collect(),
            disks,
            rng,
            cut: |_| false,
            sent: Vec::new(),
            reads: Vec::new(),
        }
    }

    fn node(&mut self, id: Id) -> &mut Node<u64, u64> {
        &mut self.nodes[id as usize - 1]
    }

    /// Everything that is to be done is done, until nothing is.
    fn settle(&mut self) {
        loop {
            let mut messages = Vec::new();
            for (node, disk) in self.nodes.iter_mut().zip(&mut self.disks) {
                let ready = node.ready(self.now);
                disk.write(node, &ready);
                messages.extend(ready.messages);
                self.reads.extend(ready.reads);
            }
            if messages.is_empty() {
                return;
            }
            for message in messages {
                self.sent.push(message.clone());
                if !(self.cut)(&message) {
                    self.nodes[message.to as usize - 1].deliver(self.now, message, &mut self.rng);
                }
            }
        }
    }

    /// Time passes, in steps of a heartbeat.
    fn pass(&mut self, span: Nanos) {
        let until = self.now + span;
        while self.now < until {
            self.now += Nanos::from_millis(100);
            for node in &mut self.nodes {
                node.tick(self.now, &mut self.rng);
            }
            self.settle();
        }
    }

    fn elect(&mut self, id: Id) {
        let now = self.now;
        self.nodes[id as usize - 1].stand_now(now, &mut self.rng);
        self.settle();
        assert_eq!(self.node(id).role(), Role::Leader);
    }

    fn propose(&mut self, id: Id, count: u64) {
        (0..count).for_each(|command| {
            let _ = self.node(id).propose(command);
        });
        self.settle();
    }
}

#[test]
fn a_cluster_of_one_commits_at_once() {
    let mut one = Cluster::new(1, &Settings::default());
    one.pass(T * 2);
    assert_eq!(one.node(1).role(), Role::Leader);
    assert_eq!(one.node(1).propose(7), Ok(2));
    let ready = one.node(1).ready(T * 2);
    assert_eq!((ready.apply, ready.log_from, ready.messages.len()), (2..3, Some(2), 0));
}

#[test]
fn a_node_that_restarts_keeps_term_vote_and_log() {
    let mut three = Cluster::new(3, &Settings::default());
    three.elect(1);
    three.propose(1, 5);
    let disk = three.disks[1].clone();
    assert_eq!((disk.hard, disk.entries.len()), (Hard { term: 1, vote: Some(1) }, 6));
    let again = Node::new(2, Settings::default(), &disk, T, &mut three.rng);
    assert_eq!((again.term(), again.entries(), again.commit()), (1, three.nodes[1].entries(), 0));
}

#[test]
fn the_leader_goes_back_by_terms_and_not_by_entries() {
    let settings = Settings { pre_vote: false, check_quorum: false, ..Settings::default() };
    let mut three = Cluster::new(3, &settings);
    three.elect(1);
    three.propose(1, 3);
    // S3 leads three terms of its own, and nobody hears what it takes.
    three.cut = |message| message.from == 3 && matches!(message.body, Body::Append { .. });
    for _ in 0..3 {
        three.elect(3);
        three.propose(3, 200);
        three.elect(1);
    }
    three.cut = |_| false;
    three.sent.clear();
    three.pass(T);
    let rejected = |message: &&Message<u64, u64>| {
        matches!(message.body, Body::Appended { outcome: Outcome::Rejected { .. }, .. })
    };
    let count = three.sent.iter().filter(rejected).count();
    assert!(count <= 7, "{count} steps back for 600 entries of three terms");
    assert_eq!(three.nodes[2].entries(), three.nodes[0].entries());
    assert_eq!(three.node(3).commit(), three.nodes[0].entries().last_index());
}

#[test]
fn whoever_is_cut_off_comes_back_in_peace_where_it_asks_first() {
    let check = |pre_vote: bool, peaceful: bool| {
        let settings = Settings { pre_vote, check_quorum: pre_vote, ..Settings::default() };
        let mut three = Cluster::new(3, &settings);
        three.elect(1);
        three.cut = |message| message.from == 3 || message.to == 3;
        three.pass(T * 10);
        assert_eq!(three.node(3).term() == 1, pre_vote);
        three.cut = |_| false;
        three.pass(Nanos::from_millis(200));
        let (role, term) = (three.node(1).role(), three.node(1).term());
        assert_eq!((role, term) == (Role::Leader, 1), peaceful, "{role:?} {term}");
    };
    check(true, true);
    check(false, false);
}

#[test]
fn a_leader_that_hears_no_majority_resigns() {
    let mut five = Cluster::new(5, &Settings::default());
    five.elect(1);
    five.cut = |message| (message.from <= 2) != (message.to <= 2);
    five.pass(T * 4);
    assert_ne!(five.node(1).role(), Role::Leader, "it hears one of four");
    assert!(five.nodes[2..].iter().any(|node| node.role() == Role::Leader), "the three others have one");
}

#[test]
fn leadership_is_handed_to_who_has_everything() {
    let mut three = Cluster::new(3, &Settings::default());
    three.elect(1);
    three.propose(1, 10);
    let now = three.now;
    assert_eq!(three.node(1).hand_over_to(now, 9), Err(Refused::NotAVoter));
    assert_eq!(three.node(1).hand_over_to(now, 2), Ok(()));
    assert_eq!(three.node(1).propose(1), Err(Refused::HandingOver));
    three.settle();
    let roles: Vec<Role> = three.nodes.iter().map(Node::role).collect();
    assert_eq!(roles, [Role::Follower, Role::Leader, Role::Follower]);
    assert_eq!(three.node(1).propose(1), Err(Refused::NotLeader(Some(2))));
}

#[test]
fn a_read_waits_until_a_majority_still_follows() {
    let mut three = Cluster::new(3, &Settings { check_quorum: false, ..Settings::default() });
    assert_eq!(three.node(1).read(), Err(Refused::NotLeader(None)));
    three.elect(1);
    three.propose(1, 4);
    three.cut = |message| message.from == 1 || message.to == 1;
    let ticket = three.node(1).read().expect("it leads");
    three.pass(Nanos::from_millis(500));
    assert!(three.reads.is_empty(), "nobody says that it still leads");
    three.cut = |_| false;
    three.pass(Nanos::from_millis(100));
    assert_eq!(three.reads, [(ticket, 5)]);
}

#[test]
fn a_change_of_members_is_in_force_at_once_and_done_when_committed() {
    let mut five = Cluster::new(5, &Settings::default());
    five.elect(1);
    let now = five.now;
    let change = |five: &mut Cluster, voters: &[Id], way: Way| {
        let mut rng = Rng::stream(Seed(2), "change");
        five.node(1).change(now, voters, way, &mut rng)
    };
    assert_eq!(change(&mut five, &[1, 2, 3], Way::Single), Err(Refused::NotOneStep));
    assert_eq!(change(&mut five, &[], Way::Joint), Err(Refused::NotOneStep));
    assert_eq!(change(&mut five, &[1, 2, 3, 4], Way::Single), Ok(2));
    assert_eq!(five.node(1).config().voters(), [1, 2, 3, 4]);
    assert_eq!(change(&mut five, &[1, 2, 3], Way::Single), Err(Refused::Changing));
    five.settle();
    // Out goes the leader itself, by way of both groups.
    assert_eq!(change(&mut five, &[2, 3, 5], Way::Joint), Ok(3));
    assert!(five.node(1).config().is_joint());
    five.settle();
    assert_eq!((five.node(1).role(), five.node(1).config().voters()), (Role::Follower, &[2, 3, 5][..]));
    five.pass(T * 3);
    assert!([2, 3, 5].iter().any(|id| five.node(*id).role() == Role::Leader));
    assert!(five.node(1).role() != Role::Leader && five.node(5).config().voters() == [2, 3, 5]);
}

#[test]
fn who_is_far_behind_gets_a_snapshot() {
    let mut three = Cluster::new(3, &Settings::default());
    three.elect(1);
    three.cut = |message| message.to == 3;
    three.propose(1, 50);
    three.node(1).compact(40, 1_234);
    three.settle();
    assert_eq!((three.disks[0].entries.len(), three.disks[0].snapshot.state), (11, Some(1_234)));
    three.cut = |_| false;
    three.pass(T);
    assert_eq!((three.disks[2].snapshot.state, three.node(3).commit()), (Some(1_234), 51));
    let again = Node::new(3, Settings::default(), &three.disks[2], T, &mut three.rng);
    assert_eq!(
        (again.commit(), again.entries().last_index(), again.config().voters()),
        (40, 51, &[1, 2, 3][..])
    );
}

#[test]
fn a_message_holds_a_batch_and_no_more_than_the_window_is_under_way() {
    let mut three = Cluster::new(3, &Settings { batch: 10, window: 30, ..Settings::default() });
    three.elect(1);
    three.cut = |message| matches!(message.body, Body::Appended { .. });
    three.sent.clear();
    three.propose(1, 100);
    let to_second = three.sent.iter().filter_map(|message| match &message.body {
        Body::Append { entries, .. } if message.to == 2 => Some(entries.len()),
        _ => None,
    });
    assert_eq!(to_second.collect::<Vec<_>>(), [10, 10, 10]);
}
