//! `sysdrill stats`: what was done and learned.

use serde_json::json;

use super::args::Json;
use super::place::Place;
use super::{Failure, print, print_json};
use crate::app::learned::Standing;
use crate::memory::{Grade, Phase};

/// Says how much was done and how much is known.
pub(super) fn run(place: &Place, verb: &Json) -> Result<(), Failure> {
    let library = place.library();
    let now = place.clock.now();
    let learned = place.learned()?;
    let total: [u32; 4] =
        learned.days.values().fold([0; 4], |sum, day| std::array::from_fn(|i| sum[i] + day[i]));
    let answers: u32 = total.iter().sum();
    // Of cards that the library has: those of a deck that was taken away are in the log and nowhere else.
    let states: Vec<_> = library.heads().filter_map(|card| learned.states.get(&card.id.0)).collect();
    let in_review = states.iter().filter(|state| matches!(state.phase, Phase::Review { .. })).count();
    let topics: Vec<_> = library
        .written()
        .map(|topic| {
            let standing = match learned.standing(&library, topic) {
                Standing::New => "new",
                Standing::Begun => "begun",
                Standing::Known => "known",
            };
            (topic.slug.as_str(), standing)
        })
        .collect();
    let streak = learned.streak(now.study_day());
    if verb.json {
        let grades: serde_json::Map<_, _> = Grade::ALL
            .iter()
            .zip(total)
            .map(|(grade, count)| (grade.name().to_string(), json!(count)))
            .collect();
        let topics: serde_json::Map<_, _> =
            topics.iter().map(|(slug, standing)| ((*slug).to_string(), json!(standing))).collect();
        return print_json(&json!({
            "cards": library.heads().count(),
            "seen": states.len(),
            "learned": in_review,
            "answers": answers,
            "grades": grades,
            "streak_days": streak,
            "topics": topics,
        }));
    }
    print(&format!("{in_review} of {} cards learned, {} seen", library.heads().count(), states.len()))?;
    let days = if streak == 1 { "day" } else { "days" };
    print(&format!("{answers} answers, {streak} {days} in a row"))?;
    for (slug, standing) in topics {
        print(&format!("{standing:6} {slug}"))?;
    }
    Ok(())
}
