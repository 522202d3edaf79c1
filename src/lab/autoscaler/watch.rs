//! What the rules are judged by: from what a look saw and from what became of it.

use std::collections::VecDeque;

use super::fleet::Look;
use crate::sim::Nanos;
use crate::systems::autoscaler::Rules;

/// One of these a fleet.
#[derive(Clone, Debug, Default)]
pub(super) struct Watch {
    /// What was recommended within the window.
    recommended: VecDeque<(Nanos, u32)>,
    /// Whether the number of instances ever left its limits, a recommendation its rule, a scale-down its window.
    pub(super) outside: bool,
    pub(super) unruly: bool,
    pub(super) hasty: bool,
}

impl Watch {
    /// Takes in a look: how many instances there were before it and are now. `rules` are those that should hold.
    pub(super) fn looked(&mut self, now: Nanos, look: &Look, rules: &Rules, (before, after): (u32, u32)) {
        let recommended = look.decision.recommended;
        self.outside |= !(rules.min..=rules.max.max(rules.min)).contains(&after);
        self.unruly |= recommended < look.floor || (recommended > look.floor && !follows(look, rules));
        self.recommended.push_back((now, recommended));
        while self.recommended.front().is_some_and(|(at, _)| now.since(*at) > rules.down_window) {
            self.recommended.pop_front();
        }
        let highest = self.recommended.iter().map(|(_, count)| *count).max().unwrap_or(0);
        // A lower limit may take away what the window would keep.
        let kept = highest.min(rules.max.max(rules.min));
        self.hasty |= after < before && after < kept.min(before);
    }
}

/// Whether a recommendation is the fewest instances that bring the mean to the target, or no change within the
/// tolerance. The same instances do the same work, so the mean over d of them is the work over d.
fn follows(look: &Look, rules: &Rules) -> bool {
    let (ready, all) = (f64::from(look.seen.ready), f64::from(look.seen.ready + look.seen.booting));
    let (work, count) = (look.seen.mean * ready, f64::from(look.decision.recommended));
    let unchanged = (count - all).abs() < 0.5;
    if !work.is_finite() || ready == 0.0 {
        return unchanged;
    }
    // Those that boot count on the way up only.
    let busy = look.seen.mean > rules.target;
    let over = if busy { all } else { ready };
    let ratio = work / (over * rules.target);
    let near = (ratio - 1.0).abs() <= rules.tolerance + 1e-6;
    let turned = busy && ratio <= 1.0;
    let fewest = work <= count * rules.target + 1e-6 && work > (count - 1.0) * rules.target - 1e-6;
    // At the very edge of the tolerance both are right.
    let far = (ratio - 1.0).abs() >= rules.tolerance - 1e-6;
    (unchanged && (near || turned)) || (fewest && far && !turned)
}
