//! Where keys work: the same key may mean something else in a list and in a page.

/// Where a command works. The screens say which contexts are active, innermost first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Context {
    /// In a text field: only Control and Alt chords, Enter, Esc and Tab act.
    Field,
    /// In the command palette.
    Palette,
    /// In the search across everything.
    Search,
    /// In the help and other panels that lie over the screen.
    Panel,
    /// The Lab's list.
    DemoList,
    /// The filter of the Lab's list.
    DemoFilter,
    /// A demo has the keys.
    Demo,
    /// Something lies over a demo's picture: its source, the spread of its readings.
    DemoPanel,
    /// What can be laid hands on lies under a demo's picture.
    DemoHands,
    /// A text is typed, for a whole answer or for the gaps of a question.
    Gaps,
    /// An open answer is written.
    Essay,
    /// Items are put in order.
    Arrange,
    /// What belongs together is found.
    Pair,
    /// Items are sorted into classes.
    Class,
    /// A line of an exhibit is pointed at.
    Point,
    /// The points of an open answer are ticked.
    Tick,
    /// A question waits for its answer.
    Question,
    /// An answer waits for its grade.
    Verdict,
    /// The session's end.
    Summary,
    /// The Progress screen.
    Progress,
    /// The map of Progress, where it is drawn in columns.
    Map,
    /// The Today screen.
    Today,
    /// A question of the first start.
    First,
    /// The plan up to the date.
    Plan,
    /// A form lies over the screen.
    Form,
    /// A text is typed in a form.
    FormText,
    /// The Drill's list of decks.
    Decks,
    /// The Drill's list of cards that were set aside.
    Aside,
    /// A timed study session goes on.
    Study,
    /// The Library's list.
    Shelf,
    /// A page is open.
    Page,
    /// The outline of a page has the keys.
    Outline,
    /// Something is looked for in a page.
    Find,
    /// One of the blocks in sight is to be chosen.
    Pick,
    /// A block fills the screen.
    Zoom,
    /// A decision in a page has the keys.
    Walk,
    /// A list or anything else that scrolls.
    List,
    /// A sheet: the calculator's, or one in a page.
    Sheet,
    /// Completions are offered in a sheet.
    Completions,
    /// Something is selected in a sheet.
    Selected,
    /// The calculator's sheet, which is a file.
    Envelope,
    /// The list of sheets.
    Sheets,
    /// A sheet is given a name.
    SheetName,
    /// Always.
    Everywhere,
}

impl Context {
    /// The heading in the help.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Context::Field => "In a text field",
            Context::Palette => "Palette",
            Context::Search => "Search",
            Context::Panel => "Panels",
            Context::DemoList => "Lab: the list",
            Context::DemoFilter => "Lab: the filter",
            Context::Demo => "Lab: a demo",
            Context::DemoPanel => "Lab: over the picture",
            Context::DemoHands => "Lab: things in the world",
            Context::Gaps => "Drill: typing",
            Context::Essay => "Drill: an open answer",
            Context::Arrange => "Drill: putting in order",
            Context::Pair => "Drill: finding pairs",
            Context::Class => "Drill: sorting",
            Context::Point => "Drill: pointing at a line",
            Context::Tick => "Drill: ticking points",
            Context::Question => "Drill: the question",
            Context::Verdict => "Drill: the answer",
            Context::Summary => "Drill: the end",
            Context::Progress => "Progress",
            Context::Map => "Progress: the map in a wide window",
            Context::Today => "Today",
            Context::First => "Today: the first start",
            Context::Plan => "Today: the plan",
            Context::Form => "Forms",
            Context::FormText => "Forms: typing",
            Context::Decks => "Drill: the list",
            Context::Aside => "Drill: set aside",
            Context::Study => "In a timed study session",
            Context::Shelf => "Library: the list",
            Context::Page => "Library: a page",
            Context::Outline => "Library: the outline",
            Context::Find => "Library: finding in a page",
            Context::Pick => "Library: choosing a block",
            Context::Zoom => "Library: a block by itself",
            Context::Walk => "Library: a decision",
            Context::List => "Lists and pages",
            Context::Sheet => "Envelope: a sheet",
            Context::Completions => "Envelope: completions",
            Context::Selected => "Envelope: with a selection",
            Context::Envelope => "Envelope",
            Context::Sheets => "Envelope: the list of sheets",
            Context::SheetName => "Envelope: a name for a sheet",
            Context::Everywhere => "Everywhere",
        }
    }
}
