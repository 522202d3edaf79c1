//! The screens: from the model to cells. Nothing here keeps state or changes the model; a frame is a
//! function of the two, so a snapshot of it is a test.
//!
//! Drawing also says where things stand that can be clicked: [`view`] returns them with their areas.

mod block;
pub mod card;
pub mod demo;
mod footer;
mod form;
mod outline;
pub mod pen;
mod prose;
mod screens;
mod search;
mod sheet;
mod shell;
pub mod stage;
pub mod theme;
mod walk;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::layout::Area;
use crate::app::{Model, Overlay, Tab, Target};
use crate::config::theme::Colours;

use pen::Pen;
use theme::Theme;

/// What can be clicked, and where. What was drawn later lies on top.
pub type Targets = Vec<(Area, Target)>;

/// Draws the model into a frame.
pub fn view(model: &Model, colours: Colours, frame: &mut Frame) -> Targets {
    draw(model, colours, frame.buffer_mut())
}

/// Draws the model into a buffer of the model's size.
pub fn draw(model: &Model, colours: Colours, buf: &mut Buffer) -> Targets {
    let theme = Theme::new(model.theme, model.background, colours, model.settings.screen.ascii);
    let area = buf.area;
    let parts = crate::app::layout::frame(area.width.min(model.size.0), area.height.min(model.size.1));
    let mut canvas = Canvas { pen: Pen::new(buf, area, &theme), targets: Vec::new(), more: (false, false) };
    shell::tabs(model, parts.tabs, &mut canvas);
    shell::rule(parts.top_rule, &mut canvas);
    match model.tab {
        Tab::Today => screens::today::draw(model, parts.body, &mut canvas),
        Tab::Library => screens::library::draw(model, parts.body, &mut canvas),
        Tab::Lab => screens::lab::draw(model, parts.body, &mut canvas),
        Tab::Drill => screens::drill::draw(model, parts.body, &mut canvas),
        Tab::Envelope => screens::envelope::draw(model, parts.body, &mut canvas),
        Tab::Progress => screens::progress::draw(model, parts.body, &mut canvas),
    }
    if let Some(overlay) = &model.overlay {
        canvas.targets.clear();
        match overlay {
            Overlay::Form(form) => form::draw(form, parts.body, &mut canvas),
            Overlay::Sheets(list) => {
                screens::envelope::list(list, &model.envelope.name, parts.body, &mut canvas);
            }
            Overlay::Help { top } => shell::help(model, *top, parts.body, &mut canvas),
            Overlay::Search(search) => search::draw(search, parts.body, &mut canvas),
            Overlay::Palette(palette) => shell::palette(palette, parts.body, &mut canvas),
            Overlay::Problems { lines, top } => shell::problems(lines, *top, parts.body, &mut canvas),
        }
    }
    shell::rule(parts.bottom_rule, &mut canvas);
    shell::more(parts.top_rule, parts.bottom_rule, &mut canvas);
    footer::draw(model, parts.footer, &mut canvas);
    canvas.targets
}

/// What the screens draw on: a pen, and the places that can be clicked.
pub struct Canvas<'a> {
    /// Writes cells.
    pub pen: Pen<'a>,
    /// What can be clicked.
    pub targets: Targets,
    /// Whether something lies above and below what the screen shows.
    pub more: (bool, bool),
}

impl Canvas<'_> {
    /// Draws into a sheet of `size` cells that is laid under the window so that `skipped` of its rows are hidden
    /// above and `seen` of them stand from row `y` on: for what is only partly in sight.
    pub fn through(
        &mut self,
        sheet: Area,
        skipped: u16,
        seen: u16,
        y: u16,
        draw: impl FnOnce(&mut Canvas<'_>),
    ) {
        let area = Rect::new(sheet.x, 0, sheet.width, sheet.height);
        let mut buf = Buffer::empty(area);
        let pen = Pen::new(&mut buf, area, self.pen.theme);
        let mut canvas = Canvas { pen, targets: Vec::new(), more: (false, false) };
        draw(&mut canvas);
        let targets = canvas.targets;
        for row in 0..seen {
            for x in area.left()..area.right() {
                let from = buf.cell((x, skipped + row)).cloned();
                if let (Some(from), Some(to)) = (from, self.pen.buffer().cell_mut((x, y + row))) {
                    *to = from;
                }
            }
        }
        let shown = targets.into_iter().filter(|(area, _)| (skipped..skipped + seen).contains(&area.y));
        self.targets.extend(shown.map(|(area, target)| (Area { y: area.y - skipped + y, ..area }, target)));
    }

    /// Says that an area can be clicked.
    pub fn target(&mut self, area: Area, target: Target) {
        // Only what lies in the window can be clicked.
        let window = self.pen.buffer().area;
        let right = (area.x + area.width).min(window.right());
        let bottom = (area.y + area.height).min(window.bottom());
        if area.x < right && area.y < bottom {
            let shown = Area { width: right - area.x, height: bottom - area.y, ..area };
            self.targets.push((shown, target));
        }
    }
}

/// The same rectangle for the drawing library.
#[must_use]
pub fn rect(area: Area) -> Rect {
    Rect::new(area.x, area.y, area.width, area.height)
}
