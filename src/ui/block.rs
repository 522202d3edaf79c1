//! The live blocks of a page: a demo, a question or a sheet, where the page left room for it.

use crate::app::Target;
use crate::app::layout::Area;
use crate::app::live::LiveBlock;
use crate::app::reader::{Focus, Reading};
use crate::config::theme::Role;
use crate::doc::Slot;

use super::{Canvas, card, demo, sheet, shell, walk};

/// Draws a live block where the page left room for it. A block that is only partly in sight is drawn into a
/// buffer of its own and the part that is seen is copied.
pub fn live(reading: &Reading, slot: Slot, text: Area, canvas: &mut Canvas<'_>) {
    let Some(block) = reading.live.get(&slot.live) else { return };
    let (top, bottom) = (slot.line, slot.line + usize::from(slot.height));
    let (first, last) = (reading.top, reading.top + usize::from(text.height));
    if bottom <= first || top >= last {
        return;
    }
    let skipped = u16::try_from(first.saturating_sub(top)).unwrap_or(0);
    let y = text.y + u16::try_from(top.saturating_sub(first)).unwrap_or(0);
    let seen = (slot.height - skipped).min(text.y + text.height - y);
    let area = Area { x: text.x + slot.indent, y, width: slot.width.min(text.width), height: slot.height };
    let focused = reading.focus == Some(Focus::Live(slot.live));
    let keys = focused && reading.entered;
    let before = canvas.targets.len();
    if skipped == 0 && seen == slot.height {
        block_at(block, area, focused, keys, canvas);
    } else {
        let sheet = Area { y: 0, ..area };
        canvas.through(sheet, skipped, seen, y, |canvas| block_at(block, sheet, focused, keys, canvas));
    }
    // A row of a block can be clicked before the block has the keys.
    for (_, target) in &mut canvas.targets[before..] {
        if let Target::Choice(row) = *target {
            *target = Target::Answer(slot.live, row);
        }
    }
    canvas.targets.insert(0, (Area { height: seen, ..area }, Target::Live(slot.live)));
}

fn block_at(block: &LiveBlock, area: Area, focused: bool, keys: bool, canvas: &mut Canvas<'_>) {
    let role = if focused { Role::Accent } else { Role::Rule };
    let inner = Area {
        x: area.x + 2.min(area.width),
        y: area.y + 1,
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(2),
    };
    match block {
        LiveBlock::Demo(player) => {
            let hint = if keys {
                "f full screen, Esc leaves"
            } else if focused {
                "Enter takes the keys"
            } else {
                ""
            };
            shell::frame(area, player.spec().title, role, canvas);
            hint_at(area, hint, canvas);
            demo::draw(player, inner, keys, false, canvas);
        }
        LiveBlock::Card(asking) => {
            let title = if asking.is_bet() { "Bet" } else { "Question" };
            shell::frame(area, title, role, canvas);
            hint_at(area, &card::hint(asking, keys), canvas);
            card::draw(asking, &asking.lines(usize::from(inner.width.max(1))), inner, keys, canvas);
        }
        LiveBlock::Calc(calc) => sheet::in_page(calc, area, focused, keys, canvas),
        LiveBlock::Decide(walking) => {
            shell::frame(area, &walking.tree.title, role, canvas);
            hint_at(area, &walk::hint(walking, focused, keys), canvas);
            walk::draw(walking, inner, keys, canvas);
        }
        LiveBlock::Broken(_) => {}
    }
}

fn hint_at(area: Area, hint: &str, canvas: &mut Canvas<'_>) {
    if !hint.is_empty() && area.height > 0 {
        let text = format!(" {hint} ");
        let y = area.y + area.height - 1;
        canvas.pen.text_right(
            area.x + 2,
            y,
            area.width.saturating_sub(4),
            &text,
            canvas.pen.style(Role::Dim),
        );
    }
}
