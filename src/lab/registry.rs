//! All demos: those that are written in Rust, the compositions that come with the program, and the learner's own.
//!
//! Compositions are read once, when they are first asked for. The learner's own stand in files, which this module
//! does not read: whoever reads them hands the demos in ([`lay_over`]), and from then on they are found by name
//! wherever a demo is: in the Lab, in scripts, in pages and cards.

use std::sync::{LazyLock, PoisonError, RwLock};

use super::compose::{INCIDENTS, compose};
use super::{CODED, Spec};

/// What comes with the program.
static OURS: LazyLock<Vec<&'static Spec>> = LazyLock::new(|| {
    // A test sees to it that nothing is wrong with any of them.
    let incidents: Vec<_> = INCIDENTS.iter().filter_map(|(file, text)| compose(file, text).0).collect();
    laid_over(CODED, &incidents)
});

/// What comes with the program and what was laid over it; nothing where nothing was.
static ALL: RwLock<Option<&'static [&'static Spec]>> = RwLock::new(None);

/// All demos, in the order in which the Lab lists them: those of a part together.
#[must_use]
pub fn demos() -> &'static [&'static Spec] {
    ALL.read().unwrap_or_else(PoisonError::into_inner).unwrap_or(&OURS)
}

/// The demo of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Spec> {
    // Most are written in Rust: they are found without the others being read.
    let own = ALL.read().unwrap_or_else(PoisonError::into_inner).is_some();
    let coded = CODED.iter().copied().find(|spec| spec.name == name);
    coded.filter(|_| !own).or_else(|| demos().iter().copied().find(|spec| spec.name == name))
}

/// Whether a demo of that name is written in Rust: a composition cannot take its place.
#[must_use]
pub fn is_coded(name: &str) -> bool {
    CODED.iter().any(|spec| spec.name == name)
}

/// Lays the learner's own demos over those that come with the program: one of a known name takes that one's place, a new
/// one stands behind its part. What was laid over before is forgotten.
pub fn lay_over(own: &[&'static Spec]) {
    let all = (!own.is_empty()).then(|| &*Vec::leak(laid_over(&OURS, own)));
    *ALL.write().unwrap_or_else(PoisonError::into_inner) = all;
}

fn laid_over(under: &[&'static Spec], over: &[&'static Spec]) -> Vec<&'static Spec> {
    let mut all = under.to_vec();
    for &spec in over {
        let place = all.iter().position(|known| known.name == spec.name);
        let of_part = |known: &&'static Spec| known.part == spec.part;
        match place {
            Some(place) if all[place].part == spec.part => all[place] = spec,
            _ => {
                all.retain(|known| known.name != spec.name);
                let behind = all.iter().rposition(of_part).map_or(all.len(), |last| last + 1);
                all.insert(behind, spec);
            }
        }
    }
    all
}
