//! Keys for the live blocks of a page: a demo that plays in it, a question in its flow, a bet and the run that
//! follows it.

use std::sync::Arc;

use super::asking::{Asking, Outcome};
use super::command::Do;
use super::desk::Desk;
use super::list::scroll;
use super::live::LiveBlock;
use super::reader::{Focus, Reading};
use super::sheet::Edited;
use super::{Effect, Model, Tab, lab, pages, walk};
use crate::config::key::Key;
use crate::doc::Colouring;
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
    let desk = Desk { schedulers: &model.schedulers, learned: &model.learned, library: &model.library };
    let review = match asking.act(does, &desk, model.now, fresh) {
        // What the question has no use for scrolls the page.
        Outcome::Nothing => {
            if scroll(does, 0, 0, 0).is_some() {
                reading.act(does);
            }
            return Some(Vec::new());
        }
        Outcome::Changed => None,
        Outcome::Answered => {
            hand_on_bet(reading, live);
            None
        }
        Outcome::Graded(review) => {
            reading.entered = false;
            Some(review)
        }
    };
    shown_anew(reading, live);
    // After a bet comes its run.
    if review.is_some() && is_bet {
        play_after(reading, live);
    }
    Some(review.map(|review| Effect::Save(Box::new(*review))).into_iter().collect())
}

/// The questions that are shown or can be: on the table of the Drill, and in the open page.
fn questions(model: &mut Model) -> impl Iterator<Item = &mut Asking> {
    let drill = model.drill.session.as_mut().and_then(|running| running.asking.as_mut());
    let live = model.reader.open.as_mut().into_iter().flat_map(|reading| reading.live.values_mut());
    let page = live.filter_map(|block| match block {
        LiveBlock::Card(asking) => Some(&mut **asking),
        _ => None,
    });
    drill.into_iter().chain(page)
}

/// Asks for the colours of code in questions that came on the screen.
pub(super) fn colours_wanted(model: &mut Model) -> Vec<Effect> {
    let wanted = questions(model).filter_map(|asking| {
        let code = asking.to_colour();
        (!code.is_empty()).then(|| Effect::Colour(asking.colour_name(), code))
    });
    wanted.collect()
}

/// Shows code of a question in colours that arrived.
pub(super) fn coloured(model: &mut Model, name: &str, code: usize, colouring: &Arc<Colouring>) {
    for asking in questions(model).filter(|asking| asking.colour_name() == name) {
        asking.coloured(code, Arc::clone(colouring));
    }
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
        // In the flow of a page all of a sheet is seen.
        Do::Fold | Do::FoldAll => return Some(Vec::new()),
        _ => match calc.editor.act(does)? {
            Edited::Nothing(why) => {
                model.say(why);
                return Some(Vec::new());
            }
            Edited::Copied(text, _, said) => {
                reading.lay_out();
                model.say(said);
                return Some(vec![Effect::Copy(text)]);
            }
            Edited::Changed | Edited::Same => {}
        },
    }
    reading.lay_out();
    Some(Vec::new())
}

/// Has something done with the question of the page that has the keys, or with the scenario of its decision.
fn worked(model: &mut Model, work: impl FnOnce(&mut Asking) -> Outcome) {
    let Some(reading) = &mut model.reader.open else { return };
    let Some(Focus::Live(live)) = reading.focus else { return };
    let asking = match reading.entered_block() {
        Some(LiveBlock::Card(asking)) => asking,
        Some(LiveBlock::Decide(walking)) => match walking.asking_mut() {
            Some(asking) => asking,
            None => return,
        },
        _ => return,
    };
    if asking.graded.is_some() {
        return;
    }
    asking.start(model.now);
    let outcome = work(asking);
    let desk = Desk { schedulers: &model.schedulers, learned: &model.learned, library: &model.library };
    asking.offer(&desk, model.now);
    match outcome {
        Outcome::Nothing => return,
        Outcome::Answered => hand_on_bet(reading, live),
        Outcome::Changed | Outcome::Graded(_) => {}
    }
    shown_anew(reading, live);
}

/// The question is laid out anew, and what has the keys in it is in sight.
fn shown_anew(reading: &mut Reading, live: usize) {
    reading.lay_out();
    let Some(slot) = reading.page.live.iter().find(|slot| slot.live == live) else { return };
    let (line, width) = (slot.line + 1, usize::from(slot.width.saturating_sub(4).max(1)));
    let asking = match reading.live.get(&live) {
        Some(LiveBlock::Card(asking)) => asking,
        Some(LiveBlock::Decide(walking)) => match walking.asking() {
            Some(asking) => asking,
            None => return,
        },
        _ => return,
    };
    if asking.graded.is_some() {
        return;
    }
    let lines = asking.lines(width);
    let first = lines.iter().position(|line| line.kept);
    let last = lines.iter().rposition(|line| line.kept);
    if let (Some(first), Some(last)) = (first, last) {
        reading.show(line + first, last + 1 - first);
    }
}

/// A click on a part of the question that has the keys.
pub(super) fn clicked(model: &mut Model, part: usize) -> Vec<Effect> {
    worked(model, |asking| asking.click(part));
    Vec::new()
}

/// The mouse button was let go over a part of a question: of the one that has the keys.
pub(super) fn released(model: &mut Model, live: usize, part: usize) -> Vec<Effect> {
    let focus = model.reader.open.as_ref().and_then(|reading| reading.focus);
    if model.tab == Tab::Library && model.overlay.is_none() && focus == Some(Focus::Live(live)) {
        worked(model, |asking| asking.release(part));
    }
    Vec::new()
}

/// A key that is text or a letter for the question that has the keys. Says whether one has them.
pub(super) fn typed_card(model: &mut Model, key: Key) -> bool {
    let has_keys = model.reader.open.as_ref().and_then(|reading| reading.block_with_keys());
    if !matches!(has_keys, Some(LiveBlock::Card(_))) {
        return false;
    }
    worked(model, |asking| asking.typed(key));
    true
}

/// A key that is text for the block that has the keys.
pub(super) fn typed(reading: &mut Reading, key: Key) {
    match reading.entered_block() {
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
