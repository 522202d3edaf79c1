//! `sysdrill grade` and `sysdrill undo`: reviews without a screen.

use serde_json::json;

use super::args::{Grade, Json};
use super::place::{self, Place};
use super::{Failure, print, print_json, tell};
use crate::app::desk::Desk;
use crate::app::learned::Learned;
use crate::drill::{Given, PLACED};
use crate::memory::{self, Interval, ReviewKind};
use crate::store::{Event, Undone};
use crate::term;

/// Grades one card and says when it comes back.
pub(super) fn run(place: &Place, verb: &Grade) -> Result<(), Failure> {
    place.tell_problems();
    let library = place.library();
    let card = place::card(&library, &verb.card)?;
    let grade: memory::Grade =
        verb.grade.parse().map_err(|error: memory::NotAGrade| Failure::Usage(error.to_string()))?;
    let mut store = place.store()?;
    let schedulers = place.schedulers(Some(&store))?;
    let now = place.clock.now();
    let learned = Learned::read(&store, now)?;
    let given = Given {
        grade,
        answer: None,
        at: now,
        took_millis: 0,
        kind: ReviewKind::Scheduled,
        // 53 bits, so that the seed is the same number in JSON.
        seed: store.fresh_seed()? >> 11,
        fresh: store.fresh_seed()?,
    };
    let desk = Desk { schedulers: &schedulers, learned: &learned, library: &library };
    let review = desk.review(card, given);
    let after = store.save_review(&review)?;
    let due = after.due_moment(now);
    let days = match after.interval() {
        Some(Interval::Days(days)) => days,
        Some(Interval::Minutes(_)) | None => 0,
    };
    if verb.json {
        return print_json(&json!({
            "card": card.id.0,
            "grade": grade.name(),
            "due": due.to_string(),
            "interval_days": days,
            "stability": after.memory.map(|memory| memory.stability),
            "difficulty": after.memory.map(|memory| memory.difficulty),
        }));
    }
    let interval = after.interval().map_or_else(String::new, |interval| interval.to_string());
    print(&format!("{}: {}, due again in {interval} ({due})", card.id, grade.label()))
}

/// Takes back the last review, or the last mark.
pub(super) fn undo(place: &Place, verb: &Json) -> Result<(), Failure> {
    let mut more = 0;
    let undone = match place.store_to_change()? {
        Some(mut store) => {
            let now = place.clock.now();
            let undone = store.undo_last(now)?;
            // A placement is one step, however many cards it marked.
            if let Some(Event::Review(review)) = undone.as_ref().map(|undone| &undone.event)
                && review.answer.as_deref() == Some(PLACED)
            {
                more = store.undo_reviews_of(review.at, PLACED, now)?;
            }
            undone
        }
        None => None,
    };
    // Where the text was changed since, it stays as it is.
    if let Some(Undone { event: Event::Edit(edit), card, .. }) = &undone
        && let Err(why) = term::put_back_edit(&place.library(), card, edit)
    {
        tell(&why);
    }
    if verb.json {
        return print_json(&match &undone {
            Some(undone) => {
                json!({ "card": undone.card, "undone": undone.event.kind(), "grade": undone.grade().map(memory::Grade::name) })
            }
            None => json!({ "card": null, "undone": null, "grade": null }),
        });
    }
    match undone {
        Some(undone) => {
            let what = undone
                .grade()
                .map_or_else(|| undone.event.kind().to_string(), |grade| grade.label().to_string());
            if more > 0 {
                tell(&format!("and {more} other cards of the same placement"));
            }
            print(&format!("taken back: {what} of {}", undone.card))
        }
        None => print("there is nothing to take back"),
    }
}
