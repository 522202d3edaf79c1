//! Keys for the live blocks of a page: a demo that plays in it, a question in its flow, a bet and the run that
//! follows it.

use super::asking::Outcome;
use super::command::Do;
use super::live::LiveBlock;
use super::reader::{Focus, Reading};
use super::sheet::Edited;
use super::{Effect, Model, lab, pages, walk};
use crate::config::key::Key;
use crate::memory::EventId;

pub(super) fn run_demo(model: &mut Model, does: Do) -> Option<Vec<Effect>> {
    match does {
        Do::Back | Do::Leave => {
            if let Some(effects) = lab::player(model).and_then(lab::leave_panel) {
                return Some(effects);
            }
            if let Some(reading) = &mut model.reader.open {
                reading.entered = false;
            }
            Some(Vec::new())
        }
        Do::FullScreen => {
            let reading = model.reader.open.as_mut()?;
            let Some(Focus::Live(live)) = reading.focus else { return None };
            let Some(LiveBlock::Demo(player)) = reading.live.get(&live) else { return None };
            let (player, origin) = ((**player).clone(), reading.origin.clone());
            let effects = pages::leave(model);
            lab::show(model, player);
            model.lab.from_page = Some((origin, live));
            Some(effects)
        }
        Do::Bet => {
            go_to_bet(model);
            Some(Vec::new())
        }
        _ => lab::act(model, does),
    }
}

/// Puts the keys on the page's bet; where it was taken already, on the demo behind it.
pub(super) fn go_to_bet(model: &mut Model) {
    let Some(reading) = &mut model.reader.open else { return };
    let Some(bet) = reading.bet() else {
        model.say("This page has no bet.");
        return;
    };
    let taken = matches!(reading.live.get(&bet), Some(LiveBlock::Card(asking)) if asking.graded.is_some());
    let target = if taken { reading.demo_after(bet).unwrap_or(bet) } else { bet };
    reading.enter(target);
}

/// The question in the page that has the keys.
pub(super) fn run_card(model: &mut Model, does: Do) -> Option<Vec<Effect>> {
    let fresh = model.fresh_seed();
    let reading = model.reader.open.as_mut()?;
    let Some(Focus::Live(live)) = reading.focus else { return None };
    match does {
        Do::Back | Do::Leave => {
            reading.entered = false;
            return Some(Vec::new());
        }
        Do::NextLink | Do::PreviousLink => {
            reading.act(does);
            return Some(Vec::new());
        }
        _ => {}
    }
    if does == Do::CardDemo {
        play_after(reading, live);
        return Some(Vec::new());
    }
    let Some(LiveBlock::Card(asking)) = reading.live.get_mut(&live) else { return None };
    let is_bet = asking.is_bet();
    let review = match asking.act(does, &model.scheduler, &model.learned, model.now, fresh) {
        Outcome::Nothing => None,
        Outcome::Answered => {
            hand_on_bet(reading, live);
            None
        }
        Outcome::Graded(review) => {
            reading.entered = false;
            Some(review)
        }
    };
    reading.lay_out();
    // After a bet comes its run.
    if review.is_some() && is_bet {
        play_after(reading, live);
    }
    Some(review.map(|review| Effect::Save(Box::new(*review))).into_iter().collect())
}

/// The sheet in the page that has the keys.
pub(super) fn run_calc(model: &mut Model, does: Do) -> Option<Vec<Effect>> {
    let reading = model.reader.open.as_mut()?;
    let Some(LiveBlock::Calc(calc)) = reading.entered_block() else { return None };
    match does {
        Do::Leave => {
            reading.entered = false;
            return Some(Vec::new());
        }
        Do::Reset => calc.reset(),
        _ => {
            if calc.editor.act(does)? == Edited::NothingToComplete {
                model.say("Nothing to complete here.");
                return Some(Vec::new());
            }
        }
    }
    reading.lay_out();
    Some(Vec::new())
}

/// A key that is text for the block that has the keys.
pub(super) fn typed(reading: &mut Reading, key: Key) {
    match reading.entered_block() {
        Some(LiveBlock::Card(asking)) => {
            asking.typed(key);
        }
        Some(LiveBlock::Calc(calc)) => {
            calc.editor.typed(key);
        }
        _ => return,
    }
    reading.lay_out();
}

/// A paste for the block that has the keys.
pub(super) fn paste(reading: &mut Reading, text: &str) {
    match reading.entered_block() {
        Some(LiveBlock::Card(asking)) => {
            asking.paste(text);
        }
        Some(LiveBlock::Calc(calc)) => {
            calc.editor.paste(text);
        }
        _ => return,
    }
    reading.lay_out();
}

/// An answer was not saved: where it was given in the page, its question waits for a grade again.
pub(super) fn not_saved(model: &mut Model, id: &EventId) {
    let Some(reading) = &mut model.reader.open else { return };
    for block in reading.live.values_mut() {
        if let LiveBlock::Card(asking) = block
            && asking.graded.as_ref().is_some_and(|(_, saved)| saved == id)
        {
            asking.graded = None;
        }
        if let LiveBlock::Decide(walking) = block {
            walk::not_saved(walking, id);
        }
    }
}

/// Gives the keys to the next demo of the page and plays it, if it has not been played.
fn play_after(reading: &mut Reading, live: usize) {
    let Some(demo) = reading.demo_after(live) else { return };
    reading.enter(demo);
    if let Some(LiveBlock::Demo(player)) = reading.live.get_mut(&demo) {
        player.playing = !player.run.ended();
    }
}

/// A bet hands its parameters and seed to the next demo of the page.
fn hand_on_bet(reading: &mut Reading, live: usize) {
    let Some(demo) = reading.demo_after(live) else { return };
    let Some(LiveBlock::Card(asking)) = reading.live.get(&live) else { return };
    let Some(player) = asking.player() else { return };
    if let Some(LiveBlock::Demo(shown)) = reading.live.get_mut(&demo)
        && shown.spec().name == player.spec().name
    {
        **shown = player;
    }
}
