//! Progress: what is known, and how much was done.

use crate::app::Model;
use crate::app::layout::Area;
use crate::app::learned::Standing;
use crate::config::theme::Role;
use crate::memory::{Grade, Phase};

use super::super::Canvas;
use super::super::theme::Glyphs;

/// Draws the Progress screen.
pub fn draw(model: &Model, area: Area, canvas: &mut Canvas<'_>) {
    let lines = lines(model, canvas.pen.glyphs());
    let width = area.width.saturating_sub(2).min(92);
    let x = area.x + (area.width - width) / 2;
    let height = usize::from(area.height);
    let top = model.progress_top.min(lines.len().saturating_sub(height));
    for (row, line) in lines.iter().skip(top).take(height).enumerate() {
        let y = area.y + u16::try_from(row).unwrap_or(0);
        let mut at = 0;
        for (column, text, role) in line {
            at = at.max(*column);
            let room = width.saturating_sub(at);
            at += canvas.pen.text(x + at, y, room, text, canvas.pen.style(*role));
        }
    }
    canvas.more = (top > 0, top + height < lines.len());
}

type Line = Vec<(u16, String, Role)>;

fn lines(model: &Model, glyphs: &Glyphs) -> Vec<Line> {
    let (library, learned) = (&model.library, &model.learned);
    let today = model.now.study_day();
    let mut lines: Vec<Line> = vec![Vec::new()];
    let count =
        |wanted: fn(&Phase) -> bool| learned.states.values().filter(|state| wanted(&state.phase)).count();
    let learned_cards = count(|phase| matches!(phase, Phase::Review { .. }));
    let learning = count(|phase| matches!(phase, Phase::Learning { .. } | Phase::Relearning { .. }));
    let all = library.heads().count();
    lines.push(vec![
        (0, format!("{learned_cards} of {all} cards learned"), Role::Strong),
        (34, format!("{learning} in learning steps"), Role::Dim),
    ]);
    let days = learned.streak(today);
    let done: u32 = learned.days.get(&today).map_or(0, |grades| grades.iter().sum());
    let row = if days > 1 { format!(", {days} days in a row") } else { String::new() };
    lines.push(vec![(0, format!("{done} answers today{row}"), Role::Text)]);
    lines.push(Vec::new());
    let total: [u32; 4] =
        learned.days.values().fold([0; 4], |sum, day| std::array::from_fn(|i| sum[i] + day[i]));
    let answers: u32 = total.iter().sum();
    if answers > 0 {
        let recalled = f64::from(answers - total[0]) / f64::from(answers) * 100.0;
        lines.push(vec![(0, format!("{answers} answers in all, {recalled:.0}% recalled"), Role::Text)]);
        for (grade, count) in Grade::ALL.iter().zip(total) {
            let bar = glyphs.full.repeat((count * 30).div_ceil(answers.max(1)) as usize);
            lines.push(vec![
                (2, grade.label().to_string(), Role::Dim),
                (10, bar, Role::Accent),
                (42, count.to_string(), Role::Text),
            ]);
        }
        lines.push(Vec::new());
        lines.push(vec![(0, "Answers on the last fourteen days".to_string(), Role::Text)]);
        let counts: Vec<u32> = (0..14)
            .rev()
            .map(|back| learned.days.get(&(today - back)).map_or(0, |day| day.iter().sum()))
            .collect();
        let most = counts.iter().copied().max().unwrap_or(1).max(1);
        let columns = glyphs.columns;
        let bars: String = counts
            .iter()
            .map(|&count| {
                if count == 0 {
                    format!("{} ", glyphs.middle_dot)
                } else {
                    format!("{} ", columns[((count * 8).div_ceil(most) as usize).clamp(1, 8) - 1])
                }
            })
            .collect();
        lines.push(vec![(2, bars, Role::Accent), (34, format!("most on a day: {most}"), Role::Dim)]);
    } else {
        lines.push(vec![(0, "No card was answered yet. Today says where to start.".to_string(), Role::Text)]);
    }
    lines.push(Vec::new());
    lines.push(vec![(0, "Topics".to_string(), Role::Text)]);
    for topic in library.written() {
        let (mark, role) = match learned.standing(library, topic) {
            Standing::Known => ("known", Role::Good),
            Standing::Begun => ("begun", Role::Accent),
            Standing::New => ("new", Role::Dim),
        };
        let deck = library.deck(&topic.slug);
        let cards = deck.map_or(0, |deck| deck.len());
        let known = deck.map_or(0, |deck| {
            deck.heads().filter(|c| matches!(learned.state(&c.id.0).phase, Phase::Review { .. })).count()
        });
        lines.push(vec![
            (2, topic.title.clone(), Role::Text),
            (44, mark.to_string(), role),
            (54, format!("{known} of {cards} cards learned"), Role::Dim),
        ]);
    }
    lines
}
