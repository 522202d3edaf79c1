//! The clocks against happened-before itself: whether there is a way from one event to the other.

use super::*;
use crate::sim::torture::{breaks, survives};
use crate::sim::{Nanos, Rng};

const NODES: usize = 4;

/// Something that happens in a script.
#[derive(Clone, Copy, Debug)]
enum Act {
    Local(usize),
    Send(usize),
    /// The message of that place among those under way arrives there, or arrives and stays under way (a duplicate).
    Receive(usize, usize, bool),
    Drop(usize),
    /// A wall clock is set by so many units.
    Set(usize, i64),
    Wait(u64),
}

fn draw(rng: &mut Rng) -> Act {
    let node = rng.below(NODES as u64) as usize;
    let place = rng.below(8) as usize;
    match rng.below(10) {
        0..2 => Act::Local(node),
        2..5 => Act::Send(node),
        5..8 => Act::Receive(place, node, rng.chance(0.2)),
        8 => {
            if rng.chance(0.5) {
                Act::Drop(place)
            } else {
                Act::Wait(rng.below(50))
            }
        }
        _ => Act::Set(node, rng.below(400) as i64 - 200),
    }
}

#[derive(Clone)]
struct Event {
    lamport: u64,
    vector: VectorClock,
    hybrid: HybridStamp,
    parents: Vec<usize>,
}

/// Plays a script and holds every pair of events against reachability. `overwrite` is the flaw of a vector that takes the sender's
/// numbers instead of the larger ones.
fn play(script: &[Act], overwrite: bool) -> Result<(), String> {
    let mut walls: Vec<WallClock> =
        (0..NODES).map(|node| WallClock::new(node as i64 * 70 - 100, 0)).collect();
    let mut lamports = [LamportClock::default(); NODES];
    let mut vectors = vec![VectorClock::new(NODES); NODES];
    let mut hybrids = [HybridClock::default(); NODES];
    let mut last = [None; NODES];
    let mut flying: Vec<usize> = Vec::new();
    let mut events: Vec<Event> = Vec::new();
    let (mut now, mut highest) = (Nanos::ZERO, 0);
    for act in script {
        now += Nanos(7);
        let (node, from) = match *act {
            Act::Local(node) | Act::Send(node) => (node, None),
            Act::Receive(place, node, twice) => {
                let Some(&from) = flying.get(place) else { continue };
                if !twice {
                    flying.remove(place);
                }
                (node, Some(from))
            }
            Act::Drop(place) => {
                if place < flying.len() {
                    flying.remove(place);
                }
                continue;
            }
            Act::Set(node, by) => {
                walls[node].step(now, by);
                continue;
            }
            Act::Wait(span) => {
                now += Nanos(span);
                continue;
            }
        };
        let wall = walls[node].read(now);
        highest = highest.max(wall);
        let (lamport, hybrid) = match from {
            None => {
                vectors[node].tick(node);
                (lamports[node].tick(), hybrids[node].tick(wall))
            }
            Some(from) => {
                let sent: Event = events[from].clone();
                if overwrite {
                    let own = vectors[node].count(node);
                    vectors[node] = sent.vector.clone();
                    while vectors[node].count(node) < own {
                        vectors[node].tick(node);
                    }
                    vectors[node].tick(node);
                } else {
                    vectors[node].receive(node, &sent.vector);
                }
                (lamports[node].receive(sent.lamport), hybrids[node].receive(wall, sent.hybrid))
            }
        };
        if hybrid.l > highest || hybrid.l < wall {
            return Err(format!("hybrid {hybrid:?} with the wall at {wall} and none above {highest}"));
        }
        let parents = [last[node], from].into_iter().flatten().collect();
        events.push(Event { lamport, vector: vectors[node].clone(), hybrid, parents });
        last[node] = Some(events.len() - 1);
        if matches!(act, Act::Send(_)) {
            flying.push(events.len() - 1);
        }
        check(&events)?;
    }
    Ok(())
}

/// The last event against all others.
fn check(events: &[Event]) -> Result<(), String> {
    let Some(this) = events.len().checked_sub(1) else { return Ok(()) };
    let mut reached = vec![false; events.len()];
    let mut open = vec![this];
    while let Some(event) = open.pop() {
        if !std::mem::replace(&mut reached[event], true) {
            open.extend(&events[event].parents);
        }
    }
    for (place, other) in events[..this].iter().enumerate() {
        let expected = if reached[place] { Causality::Before } else { Causality::Concurrent };
        if other.vector.compare(&events[this].vector) != expected {
            return Err(format!("vectors of {place} and {this}: not {expected:?}"));
        }
        if reached[place] && other.lamport >= events[this].lamport {
            return Err(format!("Lamport's of {place} and {this}"));
        }
        if reached[place] && other.hybrid >= events[this].hybrid {
            return Err(format!("hybrids of {place} and {this}"));
        }
    }
    Ok(())
}

#[test]
fn vectors_are_happened_before_and_the_others_never_contradict_it() {
    survives(1_500, 60, draw, |_, script| play(script, false));
}

#[test]
fn a_vector_that_is_overwritten_is_found_in_a_short_script() {
    let failure = breaks(200, 60, draw, |_, script| play(script, true)).expect("a script that shows it");
    // Two have to tell a third one, or one another something that a message from before knows nothing of.
    assert!(failure.script.len() <= 6, "{failure:?}");
}

/// The cases of the algorithm of Kulkarni et al. 2014, one by one.
#[test]
fn hybrid_stamps_follow_the_rules_of_the_paper() {
    let mut clock = HybridClock::default();
    assert_eq!(clock.tick(10), HybridStamp { l: 10, c: 0 });
    assert_eq!(clock.tick(10), HybridStamp { l: 10, c: 1 });
    // l of the message is the largest: its c + 1.
    assert_eq!(clock.receive(11, HybridStamp { l: 12, c: 4 }), HybridStamp { l: 12, c: 5 });
    // Both are equal: the larger c + 1.
    assert_eq!(clock.receive(11, HybridStamp { l: 12, c: 9 }), HybridStamp { l: 12, c: 10 });
    // One's own is the largest: its c + 1.
    assert_eq!(clock.receive(11, HybridStamp { l: 3, c: 70 }), HybridStamp { l: 12, c: 11 });
    // The wall clock has caught up.
    assert_eq!(clock.tick(13), HybridStamp { l: 13, c: 0 });
    let mut full = clock;
    full.receive(1, HybridStamp { l: 20, c: u32::MAX });
    assert_eq!(full.now(), HybridStamp { l: 21, c: 0 });
}

#[test]
fn a_clock_is_set_right_up_to_half_the_difference_of_the_ways() {
    let check = |ahead: i64, there: u64, back: u64| {
        let mut clock = WallClock::new(ahead, 20_000);
        let asked = Nanos::from_secs(5);
        let received = asked + Nanos(there);
        let answered = received + Nanos(back);
        let truth = WallClock::truth(received);
        let sample =
            Sample { asked: clock.read(asked), received: truth, sent: truth, answered: clock.read(answered) };
        clock.step(answered, sample.offset());
        // Ahead of the truth by half of what the way back took longer than the way there; the drift during it is far smaller.
        let expected = (there as i64 - back as i64) / 2;
        let error = clock.error(answered);
        assert!(
            (error + expected).abs() <= 2_000 || (error - expected).abs() <= 2_000,
            "{error} for {expected}"
        );
        assert!(error.unsigned_abs() <= sample.delay() / 2 + 2_000);
    };
    check(80_000_000, 10_000_000, 10_000_000);
    check(-80_000_000, 30_000_000, 10_000_000);
    check(5, 0, 50_000_000);
}

#[test]
fn a_drift_of_ten_millionths_is_almost_a_second_a_day() {
    let mut clock = WallClock::new(0, 10_000);
    assert_eq!(clock.error(Nanos::from_secs(86_400)), 864_000_000);
    clock.set_drift(Nanos::from_secs(86_400), 0);
    assert_eq!(clock.error(Nanos::from_secs(200_000)), 864_000_000);
    clock.step(Nanos::from_secs(200_000), -864_000_000);
    assert_eq!(clock.read(Nanos::from_secs(200_000)), WallClock::truth(Nanos::from_secs(200_000)));
    // At the ends it stands, and does not wrap.
    let far = WallClock::new(i64::MIN, i64::MIN).read(Nanos::MAX);
    assert!(far <= WallClock::new(i64::MAX, i64::MAX).read(Nanos::MAX));
}
