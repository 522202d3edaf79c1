//! One way to bring the release out: where it stands, who met it, what failed.

use std::collections::VecDeque;

use super::judge::Judge;
use super::knobs::{Bug, GateKind, Harm, Knobs};
use super::{BOOT, INSTANCES, LEAK, OUTAGE, UNAVAILABLE, USERS};
use crate::lab::measure::Trail;
use crate::sim::Nanos;
use crate::systems::rollout::{Flag, Fleet, Verdict};

/// The versions.
pub(super) const OLD: u32 = 1;
pub(super) const NEW: u32 = 2;
/// How long a request is seen.
const SEEN: Nanos = Nanos::from_millis(500);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Rolling,
    BlueGreen,
    Canary,
    Flag,
}

impl Way {
    pub(super) const ALL: [Way; 4] = [Way::Rolling, Way::BlueGreen, Way::Canary, Way::Flag];

    pub(super) fn name(self) -> &'static str {
        ["rolling", "blue/green", "canary", "flag"][self as usize]
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// All run the old version.
    Steady,
    /// New instances start; nobody meets them yet.
    Starting,
    /// Some run the new version.
    Watching,
    /// Back to the old version, instance by instance.
    Returning,
    /// All run the new version.
    Kept,
    /// All run the old version again.
    TakenBack,
}

/// A request with what was drawn for it: the same for all ways.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request {
    pub(super) id: u64,
    pub(super) user: u64,
    pub(super) luck: f64,
    pub(super) route: f64,
    /// Since the release went out.
    pub(super) since_release: Option<Nanos>,
}

#[derive(Clone, Debug)]
pub(super) struct Side {
    pub(super) way: Way,
    pub(super) phase: Phase,
    pub(super) paused: bool,
    pub(super) fleet: Fleet,
    pub(super) flag: Flag,
    pub(super) judge: Judge,
    /// When the first user could meet the new version.
    pub(super) began: Option<Nanos>,
    /// The gate has said stop; it is known a delay later.
    alarmed: bool,
    pub(super) seen_after: Option<Nanos>,
    pub(super) back_after: Option<Nanos>,
    pub(super) baked: bool,
    pub(super) failed: u64,
    /// Requests that the new version answered, well or not.
    pub(super) met_requests: u64,
    met: [u64; USERS as usize / 64],
    /// The users whom the flag showed the one side and the other, since its share was set.
    sides: [[u64; USERS as usize / 64]; 2],
    pub(super) switched_sides: bool,
    pub(super) short_of_capacity: bool,
    /// The integral of the share of requests that go to the new version, in seconds, up to a moment.
    dose: f64,
    dosed: Nanos,
    past: usize,
    pub(super) trail: Trail<(bool, bool)>,
}

fn mark(bits: &mut [u64], user: u64) {
    bits[user as usize / 64] |= 1 << (user % 64);
}

fn marked(bits: &[u64], user: u64) -> bool {
    bits[user as usize / 64] & 1 << (user % 64) != 0
}

impl Side {
    pub(super) fn new(way: Way, knobs: &Knobs) -> Side {
        Side {
            way,
            phase: Phase::Steady,
            paused: false,
            fleet: Fleet::new(INSTANCES, OLD, UNAVAILABLE, BOOT),
            flag: Flag::new(1),
            judge: Judge::new(knobs),
            began: None,
            alarmed: false,
            seen_after: None,
            back_after: None,
            baked: false,
            failed: 0,
            met_requests: 0,
            met: [0; USERS as usize / 64],
            sides: [[0; USERS as usize / 64]; 2],
            switched_sides: false,
            short_of_capacity: false,
            dose: 0.0,
            dosed: Nanos::ZERO,
            past: 0,
            trail: Trail::new(SEEN),
        }
    }

    /// All is as before the release, and the rules that fell stay fallen.
    pub(super) fn restore(&mut self, release: u64, knobs: &Knobs) {
        let trail = self.trail.clone();
        let fallen = (self.judge.with_the_past, self.judge.out_of_turn);
        let more = (self.switched_sides, self.short_of_capacity);
        *self = Side { flag: Flag::new(release), trail, ..Side::new(self.way, knobs) };
        (self.judge.with_the_past, self.judge.out_of_turn) = fallen;
        (self.switched_sides, self.short_of_capacity) = more;
    }

    /// The share of requests that goes to the new version by design, where that is not a matter of instances or users.
    pub(super) fn share(&self, knobs: &Knobs) -> f64 {
        match self.phase {
            Phase::Watching if self.way == Way::BlueGreen => 1.0,
            Phase::Watching => knobs.share,
            Phase::Kept => 1.0,
            _ => 0.0,
        }
    }

    /// The first users may meet the new version.
    pub(super) fn begin(&mut self, now: Nanos, knobs: &Knobs) {
        self.count_dose(now, knobs);
        self.phase = Phase::Watching;
        self.began = Some(now);
        self.flag.set_share(knobs.share);
    }

    /// The controls change: a flag has another share, a gate another design. Who has seen which side begins anew.
    pub(super) fn configure(&mut self, now: Nanos, before: &Knobs, knobs: &Knobs) {
        self.count_dose(now, before);
        if self.way == Way::Flag {
            self.flag.set_share(self.share(knobs));
            self.sides = [[0; USERS as usize / 64]; 2];
        }
        let gate = |knobs: &Knobs| (knobs.design(), knobs.gate, knobs.bug);
        if gate(before) != gate(knobs) {
            let fallen = (self.judge.with_the_past, self.judge.out_of_turn);
            self.judge = Judge::new(knobs);
            (self.judge.with_the_past, self.judge.out_of_turn) = fallen;
        }
    }

    fn count_dose(&mut self, now: Nanos, knobs: &Knobs) {
        self.dose += self.share(knobs) * now.since(self.dosed).as_secs_f64();
        self.dosed = now;
    }

    /// The integral of the share until `now`, in seconds.
    pub(super) fn dose(&self, now: Nanos, knobs: &Knobs) -> f64 {
        self.dose + self.share(knobs) * now.since(self.dosed).as_secs_f64()
    }

    /// Whether a request goes to the new version.
    fn goes_to_new(&mut self, now: Nanos, request: &Request, knobs: &Knobs) -> bool {
        match (self.way, self.phase) {
            (Way::Rolling, _) => self.fleet.pick(now, request.route).is_some_and(|one| one.version == NEW),
            (_, Phase::Kept) => true,
            (Way::BlueGreen, Phase::Watching) => true,
            (Way::Canary, Phase::Watching) => request.route < knobs.share,
            (Way::Flag, Phase::Watching) => {
                // The bug: the side hangs on the request instead of the user.
                let of = if knobs.bug == Bug::NotSticky { request.id } else { request.user };
                let on = self.flag.is_on(of);
                mark(&mut self.sides[usize::from(on)], request.user);
                self.switched_sides |= marked(&self.sides[usize::from(!on)], request.user);
                on
            }
            _ => false,
        }
    }

    /// A request is served. True where the gate says stop for the first time.
    pub(super) fn serve(
        &mut self,
        now: Nanos,
        request: &Request,
        past: &VecDeque<(Nanos, bool)>,
        knobs: &Knobs,
    ) -> bool {
        let new = self.goes_to_new(now, request, knobs);
        if new && self.began.is_none() {
            self.begin(now, knobs);
        }
        let began = self.began.unwrap_or(now);
        let failed = fails(request, new.then(|| now.since(began)), knobs);
        if new {
            mark(&mut self.met, request.user);
            self.met_requests += 1;
            self.failed += u64::from(failed);
        }
        let up = self.fleet.instances().iter().filter(|one| one.ready <= now).count();
        self.short_of_capacity |= up + UNAVAILABLE < INSTANCES;
        self.trail.push(now, request.id, (new, failed));
        self.phase == Phase::Watching && self.judge(now, began, (new, failed), past, knobs)
    }

    /// The gate is told. What blue/green compares with is the past: nothing of the old version runs beside it.
    fn judge(
        &mut self,
        now: Nanos,
        began: Nanos,
        (new, failed): (bool, bool),
        past: &VecDeque<(Nanos, bool)>,
        knobs: &Knobs,
    ) -> bool {
        let by_past = self.way == Way::BlueGreen || knobs.bug == Bug::Past;
        match (new, by_past) {
            (false, false) => self.judge.old_one(now, failed, began),
            (true, true) if !past.is_empty() => {
                let (at, old) = past[self.past % past.len()];
                self.past += 1;
                let from = if self.way == Way::BlueGreen { Nanos::ZERO } else { began };
                self.judge.old_one(at, old, from);
                self.judge.new_one(failed, from);
            }
            (true, _) => self.judge.new_one(failed, began),
            _ => {}
        }
        let first = self.judge.said == Some(Verdict::Stop) && !self.alarmed;
        self.alarmed |= first;
        first
    }

    /// Whether what was watched long enough may go to everybody.
    pub(super) fn may_go(&self, knobs: &Knobs) -> bool {
        let go =
            self.judge.said == Some(Verdict::Go) || knobs.gate == GateKind::Nobody || self.judge.is_nobody();
        self.baked && go && self.phase == Phase::Watching && self.way != Way::Rolling && !self.paused
    }

    /// Everybody gets the new version.
    pub(super) fn promote(&mut self, now: Nanos, knobs: &Knobs) {
        self.count_dose(now, knobs);
        if self.way != Way::Rolling {
            self.phase = Phase::Kept;
            self.flag.set_share(1.0);
        }
        self.paused = false;
    }

    /// Nobody gets it any more: at once where the old version still stands ready, else instance by instance.
    pub(super) fn take_back(&mut self, now: Nanos, knobs: &Knobs) {
        self.count_dose(now, knobs);
        self.paused = false;
        self.flag.set_share(0.0);
        if self.way == Way::Rolling {
            self.phase = Phase::Returning;
            self.roll(now);
        } else {
            self.returned(now);
        }
    }

    fn returned(&mut self, now: Nanos) {
        self.phase = Phase::TakenBack;
        self.back_after = self.began.map(|began| now.since(began));
    }

    /// The next batch of a rolling update, or of taking it back. Says whether another one is to come.
    pub(super) fn roll(&mut self, now: Nanos) -> bool {
        match self.phase {
            Phase::Starting | Phase::Watching if !self.paused => {
                self.fleet.roll(now, NEW);
                if self.fleet.complete(now, NEW) {
                    self.phase = Phase::Kept;
                }
            }
            Phase::Returning => {
                self.fleet.roll(now, OLD);
                if self.fleet.complete(now, OLD) {
                    self.returned(now);
                }
            }
            _ => {}
        }
        matches!(self.phase, Phase::Starting | Phase::Watching | Phase::Returning)
    }

    /// The share of all users that met the new version.
    pub(super) fn met_share(&self) -> f64 {
        self.met.iter().map(|bits| f64::from(bits.count_ones())).sum::<f64>() / USERS as f64
    }
}

/// Whether a request fails: at a new version that has run for `new`, or at an old one.
fn fails(request: &Request, new: Option<Nanos>, knobs: &Knobs) -> bool {
    let outage = knobs.harm == Harm::Outage
        && request.since_release.is_some_and(|since| since >= OUTAGE.0 && since < OUTAGE.1);
    let rate = match (knobs.harm, new) {
        (Harm::Outage, _) if outage => knobs.bad.max(knobs.base),
        (Harm::Errors, Some(_)) => knobs.bad,
        (Harm::Leak, Some(age)) if age >= LEAK => knobs.bad,
        (Harm::SomeUsers, Some(_)) if (request.user as f64) < knobs.bad * USERS as f64 => 1.0,
        _ => knobs.base,
    };
    request.luck < rate
}
