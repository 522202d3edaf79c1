//! What a demo shows, as data: a tree of a few kinds of picture.
//!
//! A demo never draws. It says what there is to see, the stage draws it at any size, the command
//! line prints it as text, and tests compare it. Every picture can be read without colour: a
//! [`Series`] has its own glyph, a [`Tone`] its own mark.

use crate::sim::Nanos;

/// A picture, or pictures side by side or on top of each other.
#[derive(Clone, Debug, PartialEq)]
pub enum Scene {
    /// One above the other. Where height is short the last ones give way first.
    Column(Vec<Scene>),
    /// Side by side; stacked where the width is short.
    Row(Vec<Scene>),
    /// A part with a heading, such as one of two algorithms that are compared.
    Part(String, Box<Scene>),
    /// Named values.
    Facts(Vec<Fact>),
    /// Nodes on a circle of hashes.
    Ring(Ring),
    /// Shares or counts side by side.
    Bars(Bars),
    /// A bucket, a window, a pool: how full it is.
    Gauge(Gauge),
    /// A state machine and where it stands.
    States(States),
    /// Queues and servers with the requests in them.
    Lanes(Lanes),
    /// Values over time.
    Chart(Chart),
    /// Who did what when, and what they told each other.
    Timeline(Timeline),
    /// What lasted from when to when, on lanes beside each other.
    Spans(Spans),
    /// Rows and columns.
    Table(Table),
}

/// What a value means for the learner. Each tone has a mark, so that it reads without colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Neither good nor bad.
    #[default]
    Plain,
    /// Background information.
    Dim,
    /// As it should be.
    Good,
    /// Worth a look.
    Warn,
    /// What should not be.
    Bad,
}

/// Which of up to six things a picture element belongs to: the same number has the same colour and
/// glyph in every picture of a scene.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Series(pub u8);

/// A name and its value, aligned with the others: `refused  57`.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// What is measured.
    pub name: String,
    /// The value with its unit.
    pub value: String,
    /// A remark behind it, dim: `twice the limit`.
    pub note: String,
    /// What the value means.
    pub tone: Tone,
}

impl Fact {
    /// A fact without remark and tone.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Fact {
        Fact { name: name.into(), value: value.into(), note: String::new(), tone: Tone::Plain }
    }

    /// The same fact with a remark.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Fact {
        self.note = note.into();
        self
    }

    /// The same fact with a meaning.
    #[must_use]
    pub fn tone(mut self, tone: Tone) -> Fact {
        self.tone = tone;
        self
    }
}

/// A circle of hashes, 0.0 at the top and growing clockwise to 1.0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ring {
    /// Who owns which part: arcs in order, each from its start to the next one's start. An arc belongs to a node.
    pub arcs: Vec<Arc>,
    /// Keys on the circle.
    pub keys: Vec<RingKey>,
    /// What stands in the middle, line by line.
    pub centre: Vec<String>,
}

/// A part of the circle that one node owns.
#[derive(Clone, Debug, PartialEq)]
pub struct Arc {
    /// Where it starts, 0.0 to 1.0.
    pub start: f64,
    /// Where it ends; smaller than the start where it passes the top.
    pub end: f64,
    /// The name of the node.
    pub node: String,
    /// Its colour.
    pub series: Series,
    /// Whether it has just changed hands.
    pub moved: bool,
}

/// A key on the circle.
#[derive(Clone, Debug, PartialEq)]
pub struct RingKey {
    /// Where, 0.0 to 1.0.
    pub at: f64,
    /// The node that owns it.
    pub series: Series,
    /// Whether it has just moved.
    pub moved: bool,
}

/// Horizontal bars with names and values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bars {
    /// What the bars measure, with the unit: `share of the keys, %`.
    pub title: String,
    /// The bars, in the order to show.
    pub bars: Vec<Bar>,
    /// The value of a full bar; the largest bar's where none is given.
    pub full: Option<f64>,
    /// Values to mark across all bars, and what they are: `1/n`.
    pub marks: Vec<(f64, String)>,
    /// The reading that the bars show, where they show one (a share in percent): a bet on it is marked.
    pub of: Option<&'static str>,
}

/// One bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// Its name.
    pub name: String,
    /// Its length.
    pub value: f64,
    /// The value as text, with its unit where the title does not say it.
    pub label: String,
    /// Its colour.
    pub series: Series,
    /// What the value means.
    pub tone: Tone,
}

/// How full something is: tokens in a bucket, a window's count.
#[derive(Clone, Debug, PartialEq)]
pub struct Gauge {
    /// What it holds: `tokens`.
    pub name: String,
    /// How much is in it.
    pub value: f64,
    /// How much it can hold.
    pub full: f64,
    /// The value as text: `3 of 5`.
    pub label: String,
    /// Its colour.
    pub series: Series,
    /// What the value means.
    pub tone: Tone,
}

/// A state machine with the live state.
#[derive(Clone, Debug, PartialEq)]
pub struct States {
    /// The states, in the order to show.
    pub states: Vec<State>,
    /// The possible changes: from, to, why. Indices into `states`.
    pub changes: Vec<(usize, usize, String)>,
    /// The change that happened last, as an index into `changes`.
    pub last: Option<usize>,
}

/// One state of a machine.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Its name: `half-open`.
    pub name: String,
    /// What goes on in it: `probe 2 of 3`.
    pub detail: String,
    /// Whether the machine is in it now.
    pub live: bool,
    /// What being in it means.
    pub tone: Tone,
}

/// Requests moving from left to right through places where they wait, are served, or die.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lanes {
    /// The lanes from top to bottom.
    pub lanes: Vec<Lane>,
    /// What the dots mean, with their tones: `served`, `refused`.
    pub legend: Vec<(Tone, String)>,
}

/// One line on which requests travel.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lane {
    /// Its name at the left.
    pub name: String,
    /// The stations it passes, from left to right: a breaker, a server.
    pub stations: Vec<Station>,
    /// The requests on it: place 0.0 to 1.0 and tone.
    pub dots: Vec<(f64, Tone)>,
    /// Who waits in line, and where.
    pub lines: Vec<Waiting>,
    /// What stands at the right end: `served 128`.
    pub label: String,
}

/// A place on a lane that requests come to: a breaker, a server.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Station {
    /// Where, 0.0 to 1.0.
    pub at: f64,
    /// Its name.
    pub name: String,
    /// How it is: busy is good, idle dim, slow warn, down bad. A station that tells this shows it instead of the
    /// requests that are just there.
    pub tone: Tone,
}

impl Station {
    /// A station of which nothing is told but its name.
    pub fn new(at: f64, name: impl Into<String>) -> Station {
        Station { at, name: name.into(), tone: Tone::Plain }
    }

    /// The same station with what it is doing.
    #[must_use]
    pub fn tone(mut self, tone: Tone) -> Station {
        self.tone = tone;
        self
    }
}

/// Requests that wait in line before a station, the first of them next to it: they are drawn side by side to
/// its left, and where they do not fit, the last place says how many more there are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Waiting {
    /// The place of the station that they wait for.
    pub at: f64,
    /// The first ones (a hundred are enough for any screen).
    pub tones: Vec<Tone>,
    /// How many wait in all.
    pub count: usize,
    /// How many can wait, where that is bounded.
    pub room: Option<usize>,
}

/// Values over time, with axes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chart {
    /// What the y axis measures, with its unit: `admitted per second`.
    pub y: String,
    /// What the x axis measures, with its unit: `time, s`.
    pub x: String,
    /// The span of the x axis.
    pub x_span: (f64, f64),
    /// Whether the x axis grows by factors: cache sizes, loads over decades.
    pub log_x: bool,
    /// Whether the y axis grows by factors: error rates, tails. Its bottom is then the decade of the smallest value above 0, at
    /// most eight decades below the top; what is lower is drawn there.
    pub log_y: bool,
    /// The top of the y axis where it should not follow the data; the bottom is 0.
    pub y_top: Option<f64>,
    /// The reading that the y axis shows, where it shows one (a share in percent): a bet on it is drawn into the chart.
    pub of: Option<&'static str>,
    /// The curves.
    pub curves: Vec<Curve>,
}

/// One curve of a chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curve {
    /// Its name in the legend.
    pub name: String,
    /// The points, by x.
    pub points: Vec<(f64, f64)>,
    /// The lower edge of a band at each point; empty for everything else.
    pub low: Vec<f64>,
    /// How it is drawn.
    pub kind: CurveKind,
    /// Its colour and glyph.
    pub series: Series,
}

impl Curve {
    /// A curve of any kind but a band.
    pub fn new(kind: CurveKind, name: impl Into<String>, series: Series, points: Vec<(f64, f64)>) -> Curve {
        Curve { name: name.into(), points, low: Vec::new(), kind, series }
    }

    /// A level from one end of the x axis to the other: a limit, what theory says.
    pub fn level(name: impl Into<String>, series: Series, (from, to): (f64, f64), y: f64) -> Curve {
        Curve::new(CurveKind::Theory, name, series, vec![(from, y), (to, y)])
    }

    /// A band: at each x between a low and a high value, such as the 5th and the 95th percentile.
    pub fn band(name: impl Into<String>, series: Series, points: &[(f64, f64, f64)]) -> Curve {
        Curve {
            name: name.into(),
            points: points.iter().map(|(x, _, high)| (*x, *high)).collect(),
            low: points.iter().map(|(_, low, _)| *low).collect(),
            kind: CurveKind::Band,
            series,
        }
    }
}

/// How a curve is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CurveKind {
    /// Values that hold until the next point.
    #[default]
    Steps,
    /// Straight lines between the points.
    Line,
    /// Points by themselves: what was measured here and there.
    Points,
    /// What lies between two values at each x.
    Band,
    /// What theory says: drawn broken.
    Theory,
    /// What the learner bet: a level, drawn broken in its own way.
    Bet,
}

/// Who did what when, and what they told each other: an actor a column, time runs down, a moment a row. Where
/// not all fit the last ones are shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    /// Who takes part, from left to right.
    pub actors: Vec<String>,
    /// What happened, by time.
    pub moments: Vec<Moment>,
}

/// Something that happened at one actor or between two.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// When.
    pub at: Nanos,
    /// The actor who does it, as an index.
    pub from: usize,
    /// The other one; the same actor where it is an act of his own.
    pub to: usize,
    /// In few words: `set x=2`.
    pub text: String,
    /// Whether the message arrives.
    pub passage: Passage,
    /// What it means.
    pub tone: Tone,
}

/// How a moment of a timeline is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Passage {
    /// A message, or an act where both actors are the same one.
    #[default]
    Direct,
    /// A message that was sent earlier arrives.
    Late,
    /// A message that never arrives.
    Lost,
}

/// What lasted from when to when: bars on lanes over one axis of time, such as the calls of clients.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spans {
    /// The lanes from top to bottom.
    pub lanes: Vec<SpanLane>,
    /// The ends of the axis.
    pub axis: (Nanos, Nanos),
}

/// What one of them did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SpanLane {
    /// Its name at the left.
    pub name: String,
    /// What lasted, by start, one after the other.
    pub spans: Vec<Span>,
}

/// Something that lasted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Span {
    /// When it began.
    pub start: Nanos,
    /// When it ended; none where it has not.
    pub end: Option<Nanos>,
    /// What it was, in the words that there is room for: the first of these that fits, or as much of the last as does.
    pub texts: Vec<String>,
    /// What it means.
    pub tone: Tone,
    /// A number of its own that stands on its bar, such as its place in an order.
    pub number: Option<usize>,
    /// The moment on the bar at which the number stands, such as when it took effect; the middle where none is given.
    pub point: Option<Nanos>,
}

/// Rows and columns, numbers to the right.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// The headings.
    pub head: Vec<String>,
    /// The rows, each as long as the headings.
    pub rows: Vec<Vec<String>>,
    /// Whether a column is aligned to the right. Such columns hold numbers: they are never cut, and where the width
    /// is short the last columns are left out.
    pub right: Vec<bool>,
    /// The row that is at work, such as the chosen algorithm: it is marked, and among those that are shown.
    pub chosen: Option<usize>,
}

/// A second on the x axis of a chart.
#[must_use]
pub fn x_of(time: Nanos) -> f64 {
    time.as_secs_f64()
}
