//! What befalls the cluster: troubles that come by themselves, stories that are told, and the learner's hands.

use super::stories::{Do, PATIENCE, Story, When};
use super::{AWAY, Event, FIRST_MESSAGE, Raft, Told, picture};
use crate::lab::Thing;
use crate::lab::scenario::Sim;
use crate::lab::scene::Tone;
use crate::sim::Nanos;
use crate::systems::raft::{Id, Node, Role, Way};

/// So many messages can be laid hands on, the newest ones.
const MESSAGES: usize = 60;

impl Raft {
    pub(super) fn begin_story(&mut self, sim: &mut Sim<Event>) {
        self.told.waiting.take().map(|token| sim.cancel(token));
        self.told = Told { last: sim.now(), ..Told::default() };
        self.await_trouble(sim);
        self.await_step(sim);
    }

    /// Has the next trouble come: the first half as late as the others.
    pub(super) fn await_trouble(&mut self, sim: &mut Sim<Event>) {
        self.trouble.take().map(|token| sim.cancel(token));
        if let Some(every) = self.knobs.every.filter(|_| !self.knobs.story.is_told()) {
            let wait = if self.troubles == 0 { Nanos(every.0 / 2) } else { every };
            self.trouble = Some(sim.after(wait, Event::Trouble));
        }
    }

    pub(super) fn make_trouble(&mut self, sim: &mut Sim<Event>) -> (&'static str, u64) {
        self.troubles += 1;
        self.trouble = None;
        self.await_trouble(sim);
        let Some(leader) = self.cluster.leader().map(Node::id) else {
            return ("trouble comes while nobody leads: nothing to do", 0);
        };
        match self.knobs.story {
            Story::Partitions if self.troubles % 2 == 1 => {
                let count = self.cluster.machines.len() as u64;
                // Not always the same one.
                let other = (leader + self.troubles / 2) % count + 1;
                let follower = if other == leader { leader % count + 1 } else { other };
                self.cut_off(sim, follower);
                ("s#, a follower, is cut off", follower)
            }
            Story::Partitions => {
                self.cut_off(sim, leader);
                ("s#, the leader, is cut off", leader)
            }
            Story::Single | Story::Joint => self.change_members(sim, leader),
            _ => {
                self.cluster.crash(sim, leader);
                self.returns(sim, leader);
                ("s#, the leader, crashes", leader)
            }
        }
    }

    fn cut_off(&mut self, sim: &mut Sim<Event>, id: Id) {
        self.cluster.isolate(sim, id, true);
        self.returns(sim, id);
    }

    /// Has it come back after a while.
    fn returns(&mut self, sim: &mut Sim<Event>, id: Id) {
        let token = sim.after(AWAY, Event::Back(id));
        if let Some(machine) = self.cluster.machine(id) {
            machine.back.replace(token).map(|before| sim.cancel(before));
        }
    }

    pub(super) fn come_back(&mut self, sim: &mut Sim<Event>, id: Id) -> (&'static str, u64) {
        if let Some(machine) = self.cluster.machine(id) {
            machine.back = None;
        }
        self.mend(sim, id);
        ("s# is back", id)
    }

    /// It is up and can be reached.
    fn mend(&mut self, sim: &mut Sim<Event>, id: Id) {
        let told = self.is_told();
        self.cluster.restart(sim, &mut self.seen, &self.knobs, told, id);
        self.cluster.isolate(sim, id, false);
    }

    /// One goes or comes; in a joint change one goes and the one that waits comes.
    fn change_members(&mut self, sim: &mut Sim<Event>, leader: Id) -> (&'static str, u64) {
        let count = self.cluster.machines.len() as u64;
        let Some(voters) = self.cluster.node(leader).map(|node| node.config().voters().to_vec()) else {
            return ("nobody to change members", 0);
        };
        let goes = self.troubles % count + 1;
        let waits = (1..=count).find(|id| !voters.contains(id));
        let (way, voters): (Way, Vec<Id>) = match (self.knobs.story, waits) {
            (Story::Joint, Some(comes)) => {
                let stay = voters.iter().copied().filter(|id| *id != goes);
                (Way::Joint, stay.chain([comes]).collect())
            }
            (_, Some(comes)) => (Way::Single, voters.iter().copied().chain([comes]).collect()),
            (_, None) => (Way::Single, voters.iter().copied().filter(|id| *id != goes).collect()),
        };
        self.ask_change(sim, leader, &voters, way)
    }

    fn ask_change(
        &mut self,
        sim: &mut Sim<Event>,
        leader: Id,
        voters: &[Id],
        way: Way,
    ) -> (&'static str, u64) {
        let done = self
            .cluster
            .act_on(sim, &mut self.seen, leader, |node, now, rng| node.change(now, voters, way, rng).is_ok());
        let names: Vec<String> = voters.iter().map(ToString::to_string).collect();
        let (text, tone) = if done { ("members", Tone::Warn) } else { ("refused: members", Tone::Dim) };
        self.cluster.note_act(sim.now(), leader, format!("{text} {}", names.join(" ")), tone);
        match (done, way) {
            (true, Way::Single) => ("s# changes the members by a single step", leader),
            (true, Way::Joint) => ("s# begins a joint change of members", leader),
            (false, _) => ("s# refuses to change the members now", leader),
        }
    }

    // Stories that are told.

    /// When the next step is due at the earliest, and when it is given up to wait for.
    fn step_due(&self) -> Option<(Nanos, Nanos)> {
        let step = self.knobs.story.steps().get(self.told.step)?;
        let due = self.told.last + Nanos::from_millis(step.pause);
        Some((due, due + Nanos::from_millis(PATIENCE.0) + self.knobs.delay * PATIENCE.1))
    }

    fn await_step(&mut self, sim: &mut Sim<Event>) {
        if let (Some((due, late)), None) = (self.step_due(), self.told.waiting) {
            let at = if due > sim.now() { due } else { late };
            self.told.waiting = Some(sim.at(at, Event::Story));
        }
    }

    /// Takes the steps of the story that are due. Called after every event.
    pub(super) fn tell(&mut self, sim: &mut Sim<Event>) {
        while let Some((due, late)) = self.step_due() {
            let step = &self.knobs.story.steps()[self.told.step];
            let now = sim.now();
            let comes_true = now >= due && self.holds(step.when);
            if !comes_true && now < late {
                break;
            }
            self.told.waiting.take().map(|token| sim.cancel(token));
            self.told.step += 1;
            self.told.last = now;
            for act in step.acts {
                self.play(sim, *act);
            }
            if !self.is_told() {
                // From here on the cluster is left to itself.
                self.cluster.configure(sim, &self.knobs, false);
                self.await_proposal(sim);
            }
        }
        self.await_step(sim);
    }

    fn holds(&self, when: When) -> bool {
        match when {
            When::Always => true,
            When::Leads(id) => self.cluster.node(id).is_some_and(|node| node.role() == Role::Leader),
            When::Reaches(id) => {
                self.cluster.node(id).is_some_and(|node| node.entries().last_index() >= self.told.mark)
            }
        }
    }

    fn play(&mut self, sim: &mut Sim<Event>, act: Do) {
        match act {
            Do::Stand(id) => {
                self.cluster.act_on(sim, &mut self.seen, id, Node::stand_now);
            }
            Do::Propose(id) => {
                self.propose_to(sim, id);
            }
            Do::Crash(id) => {
                self.cluster.crash(sim, id);
            }
            Do::Restart(id) => self.mend(sim, id),
            Do::Part(groups) => {
                self.cluster.network.partition(groups);
                self.cluster.lose_cut(sim);
            }
            Do::Mute(id, others) => {
                for other in others {
                    self.cluster.network.cut(id as usize - 1, *other as usize - 1);
                }
                self.cluster.lose_cut(sim);
            }
            Do::Heal => {
                self.cluster.network.heal();
                self.cluster.machines.iter_mut().for_each(|machine| machine.isolated = false);
            }
            Do::Change(id, voters) => {
                self.ask_change(sim, id, voters, Way::Single);
            }
            Do::Mark(id) => {
                self.told.mark = self.cluster.node(id).map_or(0, |node| node.entries().last_index());
            }
        }
    }

    // The learner's hands.

    pub(super) fn all_things(&self, now: Nanos) -> Vec<Thing> {
        let servers = self.cluster.machines.iter().map(|machine| {
            let name = self.standing(machine);
            let acts: &[&str] = match (&machine.node, machine.isolated) {
                (None, _) => &["restart"],
                (Some(node), true) if node.role() == Role::Leader => &["rejoin", "crash", "propose"],
                (Some(_), true) => &["rejoin", "crash", "stand"],
                (Some(node), false) if node.role() == Role::Leader => &["crash", "isolate", "propose"],
                (Some(_), false) => &["crash", "isolate", "stand", "propose"],
            };
            Thing { id: machine.id, name, acts }
        });
        let mail = self.cluster.flights.iter().rev().take(MESSAGES).map(|(id, flight)| {
            let (said, _) = picture::said(&flight.mail);
            let left = flight.arrives.since(now);
            let name = format!("{said} S{} → S{}, in {left}", flight.mail.from, flight.mail.to);
            Thing { id: *id, name, acts: &["drop", "delay", "duplicate"] }
        });
        servers.chain(mail).collect()
    }

    pub(super) fn by_hand(&mut self, sim: &mut Sim<Event>, act: &str, thing: u64) -> (&'static str, u64) {
        const NOTHING: &str = "nothing to lay hands on";
        if thing >= FIRST_MESSAGE {
            let done = match act {
                "drop" => self.cluster.lose(sim, thing),
                "delay" => self.cluster.put_off(sim, thing, self.knobs.election * 5),
                "duplicate" => self.duplicate(sim, thing),
                _ => false,
            };
            return match (done, act) {
                (false, _) => (NOTHING, thing),
                (true, "drop") => ("message # is dropped", thing),
                (true, "delay") => ("message # is delayed", thing),
                (true, _) => ("message # is doubled", thing),
            };
        }
        let Some(up) = self.cluster.machine(thing).map(|machine| machine.node.is_some()) else {
            return (NOTHING, thing);
        };
        match act {
            "crash" if up => {
                // By hand it stays down until it is restarted by hand.
                if let Some(machine) = self.cluster.machine(thing) {
                    machine.back.take().map(|token| sim.cancel(token));
                }
                self.cluster.crash(sim, thing);
                ("s# is crashed by hand", thing)
            }
            "restart" if !up => {
                let told = self.is_told();
                self.cluster.restart(sim, &mut self.seen, &self.knobs, told, thing);
                ("s# is restarted by hand", thing)
            }
            "isolate" => {
                self.cluster.isolate(sim, thing, true);
                ("s# is cut off by hand", thing)
            }
            "rejoin" => {
                self.cluster.isolate(sim, thing, false);
                ("s# is reached again", thing)
            }
            "stand" if up => {
                self.play(sim, Do::Stand(thing));
                ("s# is made to stand for election", thing)
            }
            "propose" if up => self.propose_to(sim, thing),
            _ => (NOTHING, thing),
        }
    }

    fn duplicate(&mut self, sim: &mut Sim<Event>, flight: u64) -> bool {
        let Some(held) = self.cluster.flights.get(&flight) else { return false };
        let (mail, arrives) = (held.mail.clone(), held.arrives + self.knobs.delay);
        self.cluster.fly(sim, mail, arrives);
        true
    }
}
