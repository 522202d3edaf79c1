//! How the readings of a demo are spread over many seeds: a row a reading, and the chosen one as a histogram with the
//! mean, theory and the bet marked.

use super::row;
use crate::app::layout::Area;
use crate::app::player::{Player, Seen, Spreads};
use crate::config::theme::Role;
use crate::lab::Spread;
use crate::lab::scene::{Bar, Bars, Gauge, Scene, Series, Table, Tone};
use crate::ui::{Canvas, rect, stage};

/// From this width on the histogram stands beside the table.
const BESIDE_FROM: u16 = 124;
/// How wide the table is where the histogram stands beside it.
const TABLE: u16 = 72;
/// How many bars the histogram has at most.
const BARS: u16 = 16;

/// Draws the spread of the readings, with the chosen one in full.
pub(super) fn draw(player: &Player, seen: &Seen, chosen: usize, area: Area, canvas: &mut Canvas<'_>) {
    let Some(spreads) = &player.spreads else { return };
    let mut rest = area;
    progress(spreads, row(&mut rest, 1), canvas);
    if rest.height > 12 {
        row(&mut rest, 1);
    }
    let spec = player.spec();
    let none = Spread::of([]);
    let spread = spreads.spreads.get(chosen).unwrap_or(&none);
    let (table_area, bars_area) = if area.width >= BESIDE_FROM {
        let width = TABLE.min(rest.width);
        let bars = Area { x: rest.x + width + 4, width: rest.width.saturating_sub(width + 4), ..rest };
        (Area { width, ..rest }, bars)
    } else {
        let count = u16::try_from(spec.readings.len()).unwrap_or(0) + 1;
        let table = row(&mut rest, count.min(area.height / 2));
        if rest.height > 8 {
            row(&mut rest, 1);
        }
        (table, rest)
    };
    let theme = canvas.pen.theme;
    let table = table(player, seen, spreads, chosen, usize::from(table_area.height));
    stage::draw(&table, rect(table_area), canvas.pen.buffer(), theme);
    let bars = bars(player, seen, chosen, spread, bars_area.height.saturating_sub(1).min(BARS));
    stage::draw(&bars, rect(bars_area), canvas.pen.buffer(), theme);
}

/// How many runs are made.
fn progress(spreads: &Spreads, area: Area, canvas: &mut Canvas<'_>) {
    if let Some(why) = &spreads.failed {
        let text = format!("After {} seeds the demo failed: {why}", spreads.made);
        canvas.pen.text(area.x, area.y, area.width, &text, canvas.pen.style(Role::Bad));
        return;
    }
    let label = match (spreads.running, spreads.made == spreads.of) {
        (true, _) => format!("{} of {}   Esc stops", spreads.made, spreads.of),
        (false, true) => format!("{} of {}", spreads.made, spreads.of),
        (false, false) => format!("{} of {}, stopped", spreads.made, spreads.of),
    };
    let gauge = Gauge {
        name: "seeds".into(),
        value: spreads.made as f64,
        full: spreads.of as f64,
        label,
        series: Series(0),
        tone: Tone::Plain,
    };
    let area = Area { width: area.width.min(84), ..area };
    let theme = canvas.pen.theme;
    stage::draw(&Scene::Gauge(gauge), rect(area), canvas.pen.buffer(), theme);
}

/// A row a reading, as many as fit around the chosen one.
fn table(player: &Player, seen: &Seen, spreads: &Spreads, chosen: usize, height: usize) -> Scene {
    let readings = player.spec().readings;
    let room = height.saturating_sub(1).max(1);
    let first = (chosen + 1).saturating_sub(room).min(readings.len().saturating_sub(room));
    let rows = readings.iter().enumerate().skip(first).take(room).map(|(index, reading)| {
        let show = |value: f64| reading.unit.show(value);
        let none = Spread::of([]);
        let spread = spreads.spreads.get(index).unwrap_or(&none);
        vec![
            reading.name.replace('_', " "),
            show(seen.readings.get(index).copied().unwrap_or(f64::NAN)),
            show(spread.mean),
            show(spread.percentile(0.05)),
            show(spread.percentile(0.5)),
            show(spread.percentile(0.95)),
        ]
    });
    let head = ["reading", "here now", "mean", "5%", "median", "95%"];
    Scene::Table(Table {
        rows: rows.collect(),
        head: head.map(str::to_string).to_vec(),
        right: [false, true, true, true, true, true].to_vec(),
        chosen: Some(chosen - first),
    })
}

/// The chosen reading as a histogram.
fn bars(player: &Player, seen: &Seen, chosen: usize, spread: &Spread, count: u16) -> Scene {
    let spec = player.spec();
    let Some(reading) = spec.readings.get(chosen) else { return Scene::Column(Vec::new()) };
    let parts = spread.histogram(usize::from(count.max(1)));
    let width = parts.get(1).map_or(0.0, |second| second.0 - parts[0].0);
    let within =
        |value: f64, from: f64| value >= from && (value < from + width || (width == 0.0 && value == from));
    let bet = player.bet.as_ref().filter(|bet| bet.reading == chosen).map(|bet| bet.value);
    let theory = spec.theory_of(chosen).and_then(|theory| seen.readings.get(theory)).copied();
    let here = seen.readings.get(chosen).copied();
    let named = [("mean", Some(spread.mean)), ("theory", theory), ("your bet", bet), ("here now", here)];
    let bars = parts.iter().map(|&(from, held)| {
        let marks: Vec<&str> = named
            .iter()
            .filter(|(_, value)| value.is_some_and(|value| within(value, from)))
            .map(|(name, _)| *name)
            .collect();
        Bar {
            name: reading.unit.show(from),
            value: held as f64,
            label: format!("{held} {}", marks.join(", ")).trim_end().to_string(),
            series: Series(0),
            tone: Tone::Plain,
        }
    });
    let error = spread.error();
    let error =
        if error.is_finite() { format!(" ± {}", reading.unit.show(2.0 * error)) } else { String::new() };
    let title = format!("mean {}{error}   {}", reading.unit.show(spread.mean), reading.meaning);
    Scene::Bars(Bars { title, bars: bars.collect(), ..Bars::default() })
}
