//! What a choice of desired retention leads to, and how well the model's parameters fit.
//!
//! Both are computed on a thread: a simulated year takes milliseconds for hundreds of cards and seconds for tens of
//! thousands. Nothing is recommended; the work and what is remembered for it stand side by side.

use std::collections::HashMap;

use super::lists::{Listing, Row};
use crate::library::Library;
use crate::memory::{CardState, Fit, Future, Moment, Pace, RETENTIONS, Rules, Workload, simulate};
use crate::store::{Store, StoreError};

/// How many days the screen looks ahead.
pub const DAYS: u32 = 365;

/// Over how many past days the learner's pace is measured.
const PACE_DAYS: u32 = 180;

/// What simulations are made of besides the store and the library.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// The rules; their retention is one of the choices.
    pub rules: Rules,
    /// New cards a day.
    pub new_per_day: usize,
    /// The moment as of which.
    pub now: Moment,
    /// Days to look ahead.
    pub days: u32,
}

impl Wanted {
    /// The days ahead under each of the retentions offered and the present one, the lowest first. All cards of the library
    /// are in it.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn simulate(&self, store: &Store, library: &Library) -> Result<Vec<Workload>, StoreError> {
        let mut known: HashMap<String, Option<CardState>> = HashMap::new();
        store.visit_cards(|card, standing| {
            known.insert(card.to_string(), (!standing.suspended).then_some(standing.state));
        })?;
        let state = |id: &str| known.get(id).copied().unwrap_or(Some(CardState::default()));
        let states: Vec<CardState> = library.heads().filter_map(|head| state(&head.id.0)).collect();
        let today = self.now.study_day();
        let pace = Pace::measured(&store.reviews_since(today - PACE_DAYS)?);
        let new_per_day = u32::try_from(self.new_per_day).unwrap_or(u32::MAX);
        let future = Future { days: self.days, new_per_day, minutes: None, pace, seed: 1 };
        let mut choices: Vec<f64> = RETENTIONS.to_vec();
        if choices.iter().all(|known| (known - self.rules.retention).abs() > 1e-9) {
            choices.push(self.rules.retention);
            choices.sort_by(f64::total_cmp);
        }
        let one = |retention| simulate(&states, &self.rules, retention, &future, today);
        Ok(choices.into_iter().filter_map(one).collect())
    }
}

/// How a fit stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Fitting {
    /// It is being made; how far it is, 0 to 1.
    Running(f64),
    /// It was made.
    Done(Box<Fit>),
    /// It was not, and why.
    Failed(String),
}

/// The choices as a list, the present one marked; `own` is whether fitted parameters are used.
#[must_use]
pub fn listing(found: &[Workload], present: f64, own: bool, fitting: Option<&Fitting>) -> Listing {
    let most = found.iter().map(Workload::minutes_a_day).fold(0.0, f64::max);
    let row = |of: &Workload| {
        let set = (of.retention - present).abs() < 1e-9;
        Row {
            name: format!("{:.0}%{}", of.retention * 100.0, if set { "  set now" } else { "" }),
            set,
            bar: (most > 0.0).then(|| of.minutes_a_day() / most),
            cells: vec![
                format!("{:.1}", of.minutes_a_day()),
                format!("{:.0}", of.reviews_a_day()),
                format!("{:.0}", of.memorised_at_end()),
            ],
            ..Row::default()
        }
    };
    Listing {
        says: said(own, fitting),
        name: "retention",
        head: vec!["min a day", "reviews a day", "remembered"],
        rows: found.iter().map(row).collect(),
    }
}

/// What is said above: what the list is, or how a fit stands. Two lines in a window of 80 columns.
fn said(own: bool, fitting: Option<&Fitting>) -> String {
    let which =
        if own { "Parameters fitted to your log are used." } else { "The usual parameters are used." };
    match fitting {
        None => format!(
            "A simulated year under each desired retention (`retention` in the settings): its work, and how many cards are \
             remembered. {which}"
        ),
        Some(Fitting::Running(share)) => {
            format!("Fitting the parameters to your log: {:.0}%.", share * 100.0)
        }
        Some(Fitting::Failed(why)) => format!("{}. {which}", capital(why)),
        Some(Fitting::Done(fit)) => {
            let verdict = if fit.is_better() { "better" } else { "no better" };
            format!(
                "The fit predicts {verdict}: log loss {:.4} against {:.4} on the newest {} of {} reviews. {which}",
                fit.fitted.log_loss, fit.present.log_loss, fit.held_out, fit.reviews
            )
        }
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_retention_is_more_work_and_the_present_one_is_marked() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path()).expect("a store");
        let library = Library::load(&[]);
        let now = "2026-11-21T12:00:00Z".parse().expect("a time in a test");
        let rules = Rules { retention: 0.91, ..Rules::default() };
        let wanted = Wanted { rules, new_per_day: 10, now, days: 120 };
        let found = wanted.simulate(&store, &library).expect("the store can be read");
        assert_eq!(found.len(), RETENTIONS.len() + 1);
        assert!(found.is_sorted_by(|a, b| a.retention < b.retention));
        let (low, high) = (&found[0], &found[found.len() - 1]);
        assert!(high.minutes_a_day() > low.minutes_a_day() && high.reviews_a_day() > low.reviews_a_day());
        // All cards were met long before the end: a higher retention remembers more of the same number.
        let cards = library.heads().count() as f64;
        assert!(high.memorised_at_end() > low.memorised_at_end() && high.memorised_at_end() <= cards);
        let list = listing(&found, 0.91, false, None);
        let marked: Vec<&str> =
            list.rows.iter().map(|row| row.name.as_str()).filter(|name| name.contains("set now")).collect();
        assert_eq!(marked, ["91%  set now"]);
        let bars: Vec<f64> = list.rows.iter().filter_map(|row| row.bar).collect();
        assert!(bars.iter().all(|bar| (0.0..=1.0).contains(bar)) && bars.contains(&1.0));
    }
}
