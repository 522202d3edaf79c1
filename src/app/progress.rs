//! Progress: what is known and what was done, in sections that one switches between.
//!
//! The figures are a snapshot ([`Figures`]), asked for when the screen is opened or something has changed. What each
//! section shows is made from it as data: lists ([`lists`]), columns and the year ([`pictures`]); the screen draws them.

pub mod figures;
pub mod lists;
pub mod map;
pub mod pictures;
pub mod words;
pub mod workload;

use super::command::Do;
use super::layout::Area;
use super::list::{ListState, scroll};
use super::{Action, Effect, Model, drill, pages};
use crate::drill::Schedulers;
use crate::memory::Workload;
pub use figures::Figures;
use lists::Listing;
pub use workload::Fitting;

/// A part of the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Section {
    /// The curriculum and how well each topic is known.
    #[default]
    Map,
    /// Recall, measured against what was predicted.
    Retention,
    /// What falls due.
    Forecast,
    /// A year, day by day.
    Year,
    /// Time spent.
    Time,
    /// How well one guesses.
    Bets,
    /// Grades, and hours of the day.
    Answers,
    /// What a desired retention costs, and whether the model's parameters fit.
    Workload,
}

impl Section {
    /// All sections in their order.
    pub const ALL: [Section; 8] = [
        Section::Map,
        Section::Retention,
        Section::Forecast,
        Section::Year,
        Section::Time,
        Section::Bets,
        Section::Answers,
        Section::Workload,
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Section::Map => "Map",
            Section::Retention => "Retention",
            Section::Forecast => "Forecast",
            Section::Year => "Year",
            Section::Time => "Time",
            Section::Bets => "Bets",
            Section::Answers => "Answers",
            Section::Workload => "Workload",
        }
    }

    /// The ways to look at it, by name. There is at least one.
    #[must_use]
    pub fn views(self) -> &'static [&'static str] {
        match self {
            Section::Map => &["path", "weakest first"],
            Section::Retention => &["calibration", "by topic"],
            Section::Forecast => &["30 days", "90 days"],
            Section::Time => &["30 days", "26 weeks", "by topic"],
            Section::Bets => &["how far off", "by month", "by topic"],
            Section::Year | Section::Answers | Section::Workload => &["all"],
        }
    }

    fn place(self) -> usize {
        Section::ALL.iter().position(|other| *other == self).unwrap_or(0)
    }
}

/// The Progress screen.
#[derive(Default)]
pub struct ProgressScreen {
    /// The section that is shown.
    pub section: Section,
    /// The view of each section, as a place in its [`Section::views`].
    views: [usize; Section::ALL.len()],
    /// The chosen row of a list, and the first line shown of anything else.
    pub list: ListState,
    /// The figures, once they were counted.
    pub figures: Option<Box<Figures>>,
    /// Whether a simulation is being made: it is not asked for twice.
    simulating: bool,
    /// What desired retentions lead to, once that was simulated; the present one, and whether fitted parameters are used.
    pub workload: Option<(Vec<Workload>, f64, bool)>,
    /// How a fit of the parameters stands, where one was asked for.
    pub fitting: Option<Fitting>,
}

/// The rows that a section without a list needs; where fewer are in sight it scrolls.
pub const ROWS: u16 = 17;

/// The rows of the map's foot: what the chosen topic builds on and leads to.
const FOOT: u16 = 4;

/// The parts of the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProgressFrame {
    /// The names of the sections.
    pub bar: Area,
    /// What the section says of itself, above a list.
    pub head: Area,
    /// A list, or all of another section.
    pub body: Area,
    /// What is said of the chosen row of the map.
    pub foot: Area,
}

impl ProgressScreen {
    /// The view of the section that is shown, as a place in its [`Section::views`].
    #[must_use]
    pub fn view(&self) -> usize {
        self.views[self.section.place()]
    }

    /// The name of the view that comes next; nothing where there is one only.
    #[must_use]
    pub fn next_view(&self) -> Option<&'static str> {
        let views = self.section.views();
        (views.len() > 1).then(|| views[(self.view() + 1) % views.len()])
    }

    /// The list that is shown; nothing where the section shows something else, or nothing yet.
    #[must_use]
    pub fn listing(&self) -> Option<Listing> {
        let figures = self.figures.as_deref()?;
        match (self.section, self.view()) {
            (Section::Map, 0) => Some(lists::map(figures)),
            (Section::Map, _) => Some(lists::weakest(figures)),
            (Section::Retention, 1) => lists::retention(figures),
            (Section::Time, 2) => lists::time(figures),
            (Section::Bets, 1) => lists::bets_by_month(figures),
            (Section::Bets, 2) => lists::bets_by_topic(figures),
            (Section::Workload, _) => {
                let (found, present, own) = self.workload.as_ref()?;
                Some(workload::listing(found, *present, *own, self.fitting.as_ref()))
            }
            _ => None,
        }
    }

    /// The map as it is drawn in that body of the window; nothing where it is a list there, or another section is shown.
    #[must_use]
    pub fn grid(&self, body: Area) -> Option<map::Grid> {
        let mapped = (self.section, self.view()) == (Section::Map, 0);
        let listing = mapped.then(|| self.listing()).flatten()?;
        let frame = self.frame(body, true);
        (frame.body.height >= ROWS).then(|| map::Grid::of(&listing, frame.body.width)).flatten()
    }

    /// Divides the body of the window. `listed` is whether a list is shown.
    #[must_use]
    pub fn frame(&self, body: Area, listed: bool) -> ProgressFrame {
        let margin = u16::from(body.width >= 40);
        let inner = Area { x: body.x + margin, width: body.width - 2 * margin, ..body };
        let row = |y: u16, height: u16| Area { y: body.y + y, height, ..inner };
        let bar = u16::from(body.height >= 3);
        let gap = u16::from(body.height >= 8);
        let rest = body.height - bar - gap;
        let foot = if listed && self.section == Section::Map && rest >= 12 { FOOT } else { 0 };
        let head = if listed { 3.min(rest / 2) } else { 0 };
        ProgressFrame {
            bar: row(0, bar),
            head: row(bar + gap, head),
            body: row(bar + gap + head, rest - head - foot),
            foot: row(body.height - foot, foot),
        }
    }

    /// Whether something can be moved: a list, or what has too little room in that body of the window.
    #[must_use]
    pub fn moves(&self, body: Area) -> bool {
        self.listing().map_or_else(
            || self.frame(body, false).body.height < ROWS,
            |listing| listing.rows.iter().filter(|row| row.strip.is_none()).count() > 1,
        )
    }

    /// Where one stands: the chosen row of a list, the first line shown of anything else.
    pub(super) fn place(&self) -> usize {
        if self.listing().is_some() { self.list.chosen } else { self.list.top }
    }

    /// Goes back to what [`ProgressScreen::place`] gave.
    pub(super) fn go_back(&mut self, place: usize) {
        let listed = self.listing().is_some();
        *(if listed { &mut self.list.chosen } else { &mut self.list.top }) = place;
    }

    fn show(&mut self, section: Section) {
        self.section = section;
        self.begin();
    }

    /// To the first row of what is shown.
    fn begin(&mut self) {
        self.list = ListState::default();
        if let Some(listing) = self.listing() {
            // What is set now or can be opened comes first; else what can be chosen.
            let first = listing.rows.iter().position(|row| row.set || row.opens.is_some());
            self.list.chosen = first.unwrap_or_else(|| listing.near(0, true));
        }
    }
}

/// Asks for the figures where they are on the screen.
pub(super) fn recount(model: &Model) -> Vec<Effect> {
    if model.tab == super::Tab::Progress { vec![Effect::Figures] } else { Vec::new() }
}

/// What was counted, simulated or fitted elsewhere is there.
pub(super) fn told(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Figures(figures) => counted(model, figures),
        Action::Workload(found) => foreseen(model, found),
        Action::Fitting(fitting) => return fitted(model, fitting),
        Action::Parameters => return parameters_kept(model),
        _ => {}
    }
    Vec::new()
}

/// The figures are there.
fn counted(model: &mut Model, figures: Box<Figures>) {
    let first = model.progress.figures.replace(figures).is_none();
    if first {
        model.progress.begin();
    } else if let Some(listing) = model.progress.listing() {
        let chosen = model.progress.list.chosen.min(listing.rows.len().saturating_sub(1));
        model.progress.list.chosen = listing.near(chosen, true);
    }
}

/// A click on the name of a section.
pub(super) fn show(model: &mut Model, section: usize) -> Vec<Effect> {
    if let Some(&section) = Section::ALL.get(section) {
        model.progress.show(section);
        return simulated(model);
    }
    Vec::new()
}

/// Asks for the simulation where it is to be shown.
fn simulated(model: &mut Model) -> Vec<Effect> {
    let screen = &mut model.progress;
    if screen.section != Section::Workload || screen.workload.is_some() || screen.simulating {
        return Vec::new();
    }
    screen.simulating = true;
    vec![Effect::Workload]
}

/// The simulation was made.
fn foreseen(model: &mut Model, found: Vec<Workload>) {
    model.progress.simulating = false;
    // It failed, and why was said: the next look asks again.
    if found.is_empty() {
        return;
    }
    let present = model.schedulers.usual().rules().retention;
    let own = model.learned.own_parameters.is_some();
    model.progress.workload = Some((found, present, own));
    if model.progress.section == Section::Workload {
        model.progress.begin();
    }
}

/// A fit went on, or is at its end: parameters that predict better are used from now on.
fn fitted(model: &mut Model, fitting: Fitting) -> Vec<Effect> {
    let mut effects = Vec::new();
    if let Fitting::Done(fit) = &fitting
        && fit.is_better()
    {
        effects.push(Effect::Parameters(Some(fit.parameters.clone())));
    }
    model.progress.fitting = Some(fitting);
    effects
}

/// Other parameters are kept: what comes is scheduled by them.
fn parameters_kept(model: &mut Model) -> Vec<Effect> {
    let own = model.learned.own_parameters.as_deref();
    if let Ok(schedulers) = Schedulers::by(&model.settings.drill, own) {
        model.schedulers = schedulers;
    }
    (model.progress.workload, model.progress.simulating) = (None, false);
    simulated(model)
}

/// A command on this screen; nothing where it is none of its.
pub(super) fn run(model: &mut Model, does: Do) -> Option<Vec<Effect>> {
    let body = model.frame().body;
    let screen = &mut model.progress;
    let (at, count) = (screen.section.place(), Section::ALL.len());
    match does {
        Do::NextSection => screen.show(Section::ALL[(at + 1) % count]),
        Do::PreviousSection => screen.show(Section::ALL[(at + count - 1) % count]),
        Do::View => {
            screen.views[at] = (screen.views[at] + 1) % screen.section.views().len();
            screen.begin();
        }
        Do::Left | Do::Right => {
            if let (Some(grid), Some(listing)) = (screen.grid(body), screen.listing()) {
                screen.list.chosen = grid.beside(&listing, screen.list.chosen, does == Do::Right);
            }
        }
        // What is being simulated or fitted is not asked for again.
        Do::Fit if matches!(screen.fitting, Some(Fitting::Running(_))) => return Some(Vec::new()),
        Do::Fit if screen.section == Section::Workload => {
            screen.fitting = Some(Fitting::Running(0.0));
            return Some(vec![Effect::Fit]);
        }
        Do::UsualParameters if screen.section == Section::Workload => {
            screen.fitting = None;
            return Some(vec![Effect::Parameters(None)]);
        }
        Do::Fit | Do::UsualParameters => {}
        Do::Enter => return Some(open(model)),
        _ => return move_by(model, does).then(Vec::new),
    }
    Some(simulated(model))
}

/// Moves in the list, or scrolls what has too little room. Says whether the command was a move.
fn move_by(model: &mut Model, does: Do) -> bool {
    let body = model.frame().body;
    let screen = &mut model.progress;
    let listing = screen.listing();
    let height = screen.frame(body, listing.is_some()).body.height;
    let Some(listing) = listing else {
        let rows = usize::from(ROWS.max(height));
        let Some(top) = scroll(does, screen.list.top, rows, usize::from(height)) else { return false };
        screen.list.top = top;
        return true;
    };
    // The first row of a list of topics is its head.
    let height = usize::from(height);
    let before = screen.list.chosen;
    if !screen.list.act(does, listing.rows.len(), height) {
        return false;
    }
    let down = screen.list.chosen >= before && !matches!(does, Do::Bottom);
    screen.list.choose(listing.near(screen.list.chosen, down || does == Do::Top), listing.rows.len(), height);
    // A heading above the first row that can be chosen is seen too.
    if screen.list.chosen <= 1 {
        screen.list.top = 0;
    }
    true
}

/// Enter: the topic's page; where it has none, its cards.
fn open(model: &mut Model) -> Vec<Effect> {
    let row = model.progress.list.chosen;
    let listing = model.progress.listing();
    let Some(slug) = listing.and_then(|listing| listing.rows.into_iter().nth(row)?.opens) else {
        return Vec::new();
    };
    let written = model.library.topic(&slug).is_some_and(|topic| topic.page.is_some());
    if !written && model.library.deck(&slug).is_some() {
        let mut effects = super::input::go(model, super::Tab::Drill);
        effects.extend(drill::start_deck(model, &slug));
        return effects;
    }
    pages::open_topic(model, &slug, None, false)
}
