//! Reading what the learner has done from the store: all of it, a part after a change, or a glance at the start.

use std::collections::HashSet;

use super::{Glance, Learned, MISSED_DAYS, Position};
use crate::app::Bookmark;
use crate::app::aims::{Aims, NOTES};
use crate::drill::PLACED;
use crate::memory::{Backlog, Moment, Phase, StudyDay};
use crate::store::{Standing, Store, StoreError};

/// From how many cards on a glance comes first: until here the states of all are read in the time that a frame has.
const LARGE: u32 = 10_000;

/// How many days ahead Today shows.
const WEEK: usize = 7;

impl Learned {
    /// What a store holds, as of `now`. O(cards + days), about 0.5 µs a card.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn read(store: &Store, now: Moment) -> Result<Learned, StoreError> {
        let mut learned = Learned::default();
        learned.read_rest(store, now)?;
        learned.missed = store.missed_since(now.study_day() - MISSED_DAYS)?.into_iter().collect();
        let states = store.states()?;
        learned.states.reserve(states.len());
        for (card, standing) in states {
            learned.take(card, standing, now.study_day());
        }
        Ok(learned)
    }

    /// What a first look needs. Of a large collection that is what waits, what was set aside and what will come:
    /// O(these + days). The topics of the path are read whole with [`Learned::look_at`]; the rest is read by [`Learned::read`], before
    /// anything is done with cards. Of others it is everything.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn glance(store: &Store, now: Moment) -> Result<Learned, StoreError> {
        if !store.has_more_cards_than(LARGE)? {
            return Learned::read(store, now);
        }
        let mut learned = Learned::default();
        learned.read_rest(store, now)?;
        // A plan is made of all cards.
        if learned.aims.date.is_some_and(|date| date > now.study_day()) {
            return Learned::read(store, now);
        }
        let today = now.study_day();
        let due = store.due(today)?;
        let late = |standing: &Standing| matches!(standing.state.phase, Phase::Review { due } if due < today);
        let takes = due.len() as f64 * learned.seconds_a_card;
        let backlog = takes > f64::from(learned.aims.minutes_a_day()) * 60.0
            && due.iter().any(|(_, standing)| late(standing));
        // Where there may be a backlog, as far as it is spread; else the week that is shown.
        let mut load = store.load(today, if backlog { Backlog::LONGEST as usize } else { WEEK })?;
        let set_aside = store.set_aside()?;
        // Buried cards are counted there. Today they are not asked.
        for (_, standing) in set_aside.iter().filter(|(_, standing)| !standing.may_be_asked(today)) {
            let day = standing.state.due().filter(|_| !standing.suspended).map(|due| due.day().since(today));
            if let Some(count) = day.and_then(|day| load.get_mut(day as usize)) {
                *count = count.saturating_sub(1);
            }
        }
        let mut waiting = HashSet::new();
        for (card, standing) in due.into_iter().chain(set_aside) {
            let topic = card.split_once('.').map_or(card.as_str(), |(topic, _)| topic);
            if !waiting.contains(topic) {
                waiting.insert(topic.to_string());
            }
            learned.take(card, standing, today);
        }
        learned.glance = Some(Glance { topics: HashSet::new(), waiting, load });
        Ok(learned)
    }

    /// Reads where all cards of some topics stand, where that is not known. O(their cards).
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn look_at<'t>(
        &mut self,
        store: &Store,
        topics: impl Iterator<Item = &'t str>,
        today: StudyDay,
    ) -> Result<(), StoreError> {
        for topic in topics {
            let Some(glance) = &mut self.glance else { return Ok(()) };
            if glance.topics.insert(topic.to_string()) {
                for (card, standing) in store.of_topic(topic)? {
                    self.take(card, standing, today);
                }
            }
        }
        self.stamp.renew();
        Ok(())
    }

    /// Reads again where some cards stand, and all that is not said of single cards. O(these + days).
    ///
    /// # Errors
    /// Where the store cannot be read. What was known stays then.
    pub fn read_again(&mut self, store: &Store, cards: &[String], now: Moment) -> Result<(), StoreError> {
        let mut rest = Learned::default();
        rest.read_rest(store, now)?;
        let from = now.study_day() - MISSED_DAYS;
        let standings =
            cards.iter().map(|card| Ok((card, store.state(card)?, store.was_missed_since(card, from)?)));
        let standings: Vec<(&String, Standing, bool)> = standings.collect::<Result<_, StoreError>>()?;
        rest.states = std::mem::take(&mut self.states);
        rest.hidden = std::mem::take(&mut self.hidden);
        rest.suspended = std::mem::take(&mut self.suspended);
        rest.buried = std::mem::take(&mut self.buried);
        rest.flagged = std::mem::take(&mut self.flagged);
        rest.missed = std::mem::take(&mut self.missed);
        rest.glance = self.glance.take();
        *self = rest;
        for (card, standing, missed) in standings {
            if missed {
                self.missed.insert(card.clone());
            } else {
                self.missed.remove(card);
            }
            self.take(card.clone(), standing, now.study_day());
        }
        Ok(())
    }

    /// Takes over where a card stands.
    fn take(&mut self, card: String, standing: Standing, today: StudyDay) {
        let asked = standing.may_be_asked(today);
        for (set, on) in [
            (&mut self.hidden, !asked),
            (&mut self.suspended, standing.suspended),
            (&mut self.buried, !asked && !standing.suspended),
            (&mut self.flagged, standing.flagged),
        ] {
            if on {
                set.insert(card.clone());
            } else if !set.is_empty() {
                set.remove(&card);
            }
        }
        if !standing.state.is_new() {
            self.states.insert(card, standing.state);
        } else if !self.states.is_empty() {
            self.states.remove(&card);
        }
    }

    /// All but where the cards stand.
    fn read_rest(&mut self, store: &Store, now: Moment) -> Result<(), StoreError> {
        let today = now.study_day();
        self.own_pace = store.median_took_millis()?.map(|millis| (millis as f64 / 1000.0).clamp(2.0, 300.0));
        // Until a learner's own pace is known, a card takes about 20 s.
        self.seconds_a_card = self.own_pace.unwrap_or(20.0);
        for position in store.positions()? {
            let of = Position {
                source: position.line as usize,
                heading: position.section,
                share: position.share,
                at: position.at,
            };
            self.positions.insert(position.topic, of);
        }
        for mark in store.read_marks()? {
            self.read.entry(mark.topic).or_default().insert(mark.section);
        }
        for set in store.bookmarks()? {
            self.bookmarks.push(Bookmark { topic: set.topic, section: set.section });
        }
        for (day, sums) in store.tally()?.days {
            let by_grade = sums.by_grade.map(|count| u32::try_from(count).unwrap_or(0));
            let answers: u32 = by_grade.iter().sum();
            if day == today {
                let new = usize::try_from(sums.new).unwrap_or(0);
                self.new_today = new.saturating_sub(store.answered_so(today, PLACED)?);
                self.reviews_today = (answers as usize).saturating_sub(new);
                self.minutes_today = sums.minutes();
            }
            // A day of practice only is no day of the schedule.
            if answers > 0 {
                self.days.insert(day, by_grade);
            }
        }
        self.own_parameters = store.own_parameters()?;
        self.aims = Aims::read(&store.notes(NOTES)?);
        self.demos =
            store.demo_marks()?.into_iter().map(|mark| (mark.name, (mark.runs, mark.goals))).collect();
        Ok(())
    }
}
