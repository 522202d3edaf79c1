//! What is learned, as effects: answers, marks, notes, and the way back. Each is on disk before it is shown.

use super::{Action, Effect, Mark, Saved, Session};
use crate::app::Notice;
use crate::drill::PLACED;
use crate::memory::{EventId, Moment, Review};
use crate::store::{Event, Position, StoreError, Undone};

impl Session {
    /// Saves where one is, what is read, and what one wants to find again. It is shown when it is saved.
    pub(super) fn keep_reading(&mut self, effect: Effect) -> anyhow::Result<()> {
        let now = self.model.now;
        match effect {
            Effect::Position(topic, position) => {
                let kept = Position {
                    topic: topic.clone(),
                    section: position.heading.clone(),
                    line: u32::try_from(position.source).unwrap_or(u32::MAX),
                    share: position.share,
                    at: position.at,
                };
                if let Err(error) = self.store.set_position(&kept) {
                    // It is not known, and will be tried again.
                    self.refresh(&[])?;
                    return self.tell(format!("The place in this page was not saved: {error}"), true);
                }
                self.model.learned.stopped(topic, position);
            }
            Effect::ReadMark(topic, section, read) => {
                let done = match read {
                    true => self.store.mark_read(&topic, &section, now),
                    false => self.store.unmark_read(&topic, &section, now),
                };
                if let Err(error) = done {
                    return self.tell(format!("Not saved: {error}"), true);
                }
                self.model.learned.section_read(topic, section, read);
            }
            Effect::Bookmark(bookmark, set) => {
                let done = match set {
                    true => self.store.set_bookmark(&bookmark.topic, &bookmark.section, now),
                    false => self.store.remove_bookmark(&bookmark.topic, &bookmark.section, now),
                };
                if let Err(error) = done {
                    return self.tell(format!("Not saved: {error}"), true);
                }
                self.model.learned.bookmarked(bookmark, set);
            }
            _ => {}
        }
        Ok(())
    }

    /// Carries out an effect that the store keeps.
    pub(super) fn learn(&mut self, effect: Effect) -> anyhow::Result<()> {
        let now = self.model.now;
        match effect {
            Effect::Save(review) => match self.store.save_review(&review) {
                Ok(state) => {
                    self.model.learned.answered(&review, state);
                    Ok(())
                }
                Err(error) => self.act(Action::NotSaved(review.id, format!("Not saved: {error}"))),
            },
            Effect::Undo(saved) => self.undo(saved, now),
            Effect::UndoLast => self.undo_last(now),
            Effect::Mark(card, mark) => {
                let done = match mark {
                    Mark::Flag(on) => self.store.flag(&card, on, now),
                    Mark::Bury => self.store.bury(&card, now.study_day() + 1, now),
                    Mark::Suspend => self.store.suspend(&card, now),
                    Mark::Unsuspend => self.store.unsuspend(&card, now),
                    // Until today: it may be asked today.
                    Mark::Unbury => self.store.bury(&card, now.study_day(), now),
                };
                if let Err(error) = done {
                    return self.tell(format!("Not saved: {error}"), true);
                }
                self.refresh(&[card])?;
                self.act(Action::Marked(mark))
            }
            Effect::Note(key, value) => {
                if let Err(error) = self.store.set_shared_note(key, &value, self.model.now) {
                    return self.tell(format!("Not saved: {error}"), true);
                }
                self.refresh(&[])
            }
            Effect::Place(reviews) => self.place(&reviews),
            _ => Ok(()),
        }
    }

    fn place(&mut self, reviews: &[Review]) -> anyhow::Result<()> {
        let saved = match self.store.save_first_reviews(reviews) {
            Ok(saved) => saved,
            Err(error) => return self.tell(format!("Not saved: {error}"), true),
        };
        let cards: Vec<String> = reviews.iter().map(|review| review.card.clone()).collect();
        self.refresh(&cards)?;
        self.tell(
            format!("{saved} cards are marked as known and come back over the weeks. u takes that back."),
            false,
        )
    }

    fn undo(&mut self, saved: Saved, now: Moment) -> anyhow::Result<()> {
        let done = match saved {
            Saved::Review(id) => {
                self.store.undo_review(&id, now).map(|undone| undone.map(|undone| undone.card))
            }
            Saved::SetAside(card) => self.store.undo_set_aside(&card, now).map(|_| Some(card)),
            Saved::Flag(card, _) => self.store.undo_flag(&card, now).map(|_| Some(card)),
            Saved::Edit(id) => return self.undo_edit(&id, now),
        };
        match done {
            Ok(card) => self.refresh(card.as_slice())?,
            Err(error) => return self.tell(format!("Not taken back: {error}"), true),
        }
        self.act(Action::Undone)
    }

    fn undo_edit(&mut self, id: &EventId, now: Moment) -> anyhow::Result<()> {
        let undone = match self.store.undo_edit(id, now) {
            Ok(undone) => undone,
            Err(error) => return self.tell(format!("Not taken back: {error}"), true),
        };
        let restored = match undone {
            Some(Undone { event: Event::Edit(edit), card, .. }) => self.put_back(&card, &edit),
            _ => Ok(()),
        };
        self.act(Action::Undone)?;
        match restored {
            Ok(()) => Ok(()),
            Err(why) => self.tell(why, true),
        }
    }

    /// Takes back the last thing of the log, and says what it was.
    fn undo_last(&mut self, now: Moment) -> anyhow::Result<()> {
        let undone = match self.take_back_last(now) {
            Ok(Some(undone)) => undone,
            Ok(None) => return self.tell("There is nothing to take back.".into(), false),
            Err(error) => return self.tell(format!("Not taken back: {error}"), true),
        };
        let (undone, more) = undone;
        let problem = match &undone.event {
            Event::Edit(edit) => self.put_back(&undone.card, edit).err(),
            _ => None,
        };
        match more {
            0 => self.refresh(std::slice::from_ref(&undone.card))?,
            _ => self.reload()?,
        }
        let text = problem.clone().unwrap_or_else(|| self.said(&undone, more));
        self.act(Action::Told(Notice { text, bad: problem.is_some() }))
    }

    /// The last event, and how many others of the same placement.
    fn take_back_last(&mut self, now: Moment) -> Result<Option<(Undone, usize)>, StoreError> {
        let Some(undone) = self.store.undo_last(now)? else { return Ok(None) };
        let more = match &undone.event {
            Event::Review(review) if review.answer.as_deref() == Some(PLACED) => {
                self.store.undo_reviews_of(review.at, PLACED, now)?
            }
            _ => 0,
        };
        Ok(Some((undone, more)))
    }

    /// What was taken back, for people: what it was and of which card.
    fn said(&self, undone: &Undone, more: usize) -> String {
        let what = match &undone.event {
            Event::Review(_) if more > 0 => {
                return format!("Taken back: the placement; {} cards are new again.", more + 1);
            }
            Event::Review(review) => review.grade.label().to_string(),
            Event::Suspend => "that it was suspended".to_string(),
            Event::Unsuspend => "that it came back".to_string(),
            Event::Bury { .. } => "that it was put off".to_string(),
            Event::Flag | Event::Unflag => "the flag".to_string(),
            Event::Edit(_) => "the edit".to_string(),
            Event::Forget => "that it was given up".to_string(),
            Event::Undo { .. } | Event::Parameters(_) | Event::Rules(_) => "the last step".to_string(),
        };
        let question = self.model.library.card(&undone.card).map(|card| {
            crate::doc::plain(&crate::doc::parse(&card.question), 1_000, false).replace('\n', " ")
        });
        let of = question.map_or_else(|| undone.card.clone(), |question| question.trim().to_string());
        format!("Taken back: {what}, of: {of}")
    }
}
