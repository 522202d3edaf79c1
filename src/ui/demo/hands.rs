//! The list under a demo's picture: what can be laid hands on, and what can be done to it. Above the picture the
//! names of the ways to look at it.

use super::row;
use crate::app::Target;
use crate::app::layout::Area;
use crate::app::player::{Hands, Player};
use crate::config::theme::Role;
use crate::lab::Thing;
use crate::ui::Canvas;

/// The ways to look at a demo, with the one that is shown marked, in the first row of `rest`. Returns whether it took it.
pub(super) fn views(player: &Player, rest: &mut Area, canvas: &mut Canvas<'_>) -> bool {
    let views = player.spec().views;
    if views.is_empty() || rest.height < 6 {
        return false;
    }
    let line = row(rest, 1);
    let mut x = line.x;
    let right = line.x + line.width;
    for (index, name) in views.iter().enumerate() {
        let (role, text) = match index == player.view {
            true => (Role::Strong, format!("[{}]", name.replace('-', " "))),
            false => (Role::Dim, format!(" {} ", name.replace('-', " "))),
        };
        let used = canvas.pen.text(x, line.y, right.saturating_sub(x), &text, canvas.pen.style(role));
        canvas.target(Area { x, y: line.y, width: used, height: 1 }, Target::View(index));
        x += used + 1;
    }
    true
}

/// Takes the room for the list from the bottom of an area: enough to choose from, and the picture keeps most.
pub(super) fn room(things: usize, area: &mut Area) -> Area {
    let wanted = u16::try_from(things).unwrap_or(u16::MAX).saturating_add(1).max(2);
    let height = wanted.min((area.height * 2 / 5).max(4)).min(area.height);
    area.height -= height;
    let list = Area { y: area.y + area.height, height, ..*area };
    area.height -= u16::from(area.height > 10);
    list
}

/// Draws the list: what the chosen act does, then the things, each with what can be done to it.
pub(super) fn draw(player: &Player, hands: Hands, things: &[Thing], area: Area, canvas: &mut Canvas<'_>) {
    let mut rest = area;
    let head = row(&mut rest, 1);
    let said = match player.act_at_hand(things) {
        Some((act, _)) => format!("{}: {}", act.name, act.meaning),
        None => "nothing to lay hands on at this moment".to_string(),
    };
    let count = if things.len() > usize::from(rest.height) {
        format!("{} of {}", hands.row(things) + 1, things.len())
    } else {
        String::new()
    };
    canvas.pen.text_right(head.x, head.y, head.width, &count, canvas.pen.style(Role::Dim));
    let room = head.width.saturating_sub(canvas.pen.width(&count) + 2);
    canvas.pen.text(head.x, head.y, room, &said, canvas.pen.style(Role::Strong));
    let chosen = hands.row(things);
    let height = usize::from(rest.height);
    let top = chosen.saturating_sub(height / 2).min(things.len().saturating_sub(height));
    let names = things.iter().map(|thing| canvas.pen.width(&thing.name)).max().unwrap_or(0);
    let column = (names + 3).min(area.width / 2);
    for (index, thing) in things.iter().enumerate().skip(top).take(height) {
        let line = row(&mut rest, 1);
        let role = if index == chosen { Role::Strong } else { Role::Text };
        let mark = if index == chosen { canvas.pen.glyphs().right } else { "" };
        canvas.pen.text(line.x, line.y, 2, mark, canvas.pen.style(Role::Accent));
        let name_room = column.saturating_sub(1);
        canvas.pen.text(line.x + 2, line.y, name_room, &thing.name, canvas.pen.style(role));
        canvas.target(Area { width: column + 2, ..line }, Target::Hand(index, hands.act(thing)));
        let (mut x, right) = (line.x + 2 + column, line.x + line.width);
        for (place, act) in thing.acts.iter().enumerate() {
            let marked = index == chosen && place == hands.act(thing);
            let role = if marked { Role::Selected } else { Role::Dim };
            let text = format!(" {act} ");
            let used = canvas.pen.text(x, line.y, right.saturating_sub(x), &text, canvas.pen.style(role));
            canvas.target(Area { x, y: line.y, width: used, height: 1 }, Target::Hand(index, place));
            x += used;
        }
    }
}
