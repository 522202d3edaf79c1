//! All demos: those that are written in Rust, the compositions that come with the program, and the learner's own.
//!
//! Compositions are read once, when they are first asked for. The learner's own stand in files, which this module
//! does not read: whoever reads them hands the demos in ([`lay_over`]), and from then on they are found by name
//! wherever a demo is: in the Lab, in scripts, in pages and cards.

use std::sync::{LazyLock, PoisonError, RwLock};

use super::compose::{COMPOSED, compose};
use super::{CODED, Spec};

/// What comes with the program.
static OURS: LazyLock<Vec<&'static Spec>> = LazyLock::new(|| {
    // A test sees to it that nothing is wrong with any of them.
    let ours: Vec<_> = COMPOSED.iter().filter_map(|(file, text)| compose(file, text).0).collect();
    laid_over(CODED, &ours)
});

/// What was laid over what comes with the program.
static OVER: RwLock<Over> = RwLock::new(Over { own: Vec::new(), added: Vec::new(), all: None });

struct Over {
    /// Those of the learner's folders.
    own: Vec<&'static Spec>,
    /// Those that were named when the program was started.
    added: Vec<&'static Spec>,
    /// All demos, where there is one of either.
    all: Option<&'static [&'static Spec]>,
}

/// All demos, in the order in which the Lab lists them: those of a part together.
#[must_use]
pub fn demos() -> &'static [&'static Spec] {
    OVER.read().unwrap_or_else(PoisonError::into_inner).all.unwrap_or(&OURS)
}

/// The demo of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Spec> {
    // Most are written in Rust, and nothing takes their place: they are found without the others being read.
    let coded = CODED.iter().copied().find(|spec| spec.name == name);
    coded.or_else(|| demos().iter().copied().find(|spec| spec.name == name))
}

/// Whether a demo of that name is written in Rust: a composition cannot take its place.
#[must_use]
pub fn is_coded(name: &str) -> bool {
    CODED.iter().any(|spec| spec.name == name)
}

/// Lays the learner's own demos over those that come with the program: one of a known name takes that one's place, a new
/// one stands behind its part. What was laid over before is forgotten.
pub fn lay_over(own: &[&'static Spec]) {
    change(|over| over.own = own.to_vec());
}

/// Adds a demo for as long as the program runs: a file that was named on the command line.
pub fn add(spec: &'static Spec) {
    change(|over| {
        over.added.retain(|known| known != &spec);
        over.added.push(spec);
    });
}

fn change(with: impl FnOnce(&mut Over)) {
    let mut over = OVER.write().unwrap_or_else(PoisonError::into_inner);
    let before = (over.own.clone(), over.added.clone());
    with(&mut over);
    let same = |a: &[&'static Spec], b: &[&'static Spec]| {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| std::ptr::eq(*a, *b))
    };
    // A list lasts as long as the program too: a new one is made only where it is another one.
    if !same(&before.0, &over.own) || !same(&before.1, &over.added) {
        let empty = over.own.is_empty() && over.added.is_empty();
        let all = (!empty).then(|| laid_over(&laid_over(&OURS, &over.own), &over.added));
        over.all = all.map(|all| &*Vec::leak(all));
    }
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
