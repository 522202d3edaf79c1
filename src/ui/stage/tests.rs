//! What must hold for every picture at every size: it stays in its area, draws nothing a terminal acts on,
//! in ASCII mode only ASCII and without colour no colour. And what a few pictures look like, as text.

use proptest::prelude::*;
use ratatui::style::Color;

use super::*;
use crate::config::theme::{Background, Colours, Contrast};
use crate::lab::scene::*;
use crate::sim::Nanos;

fn fact(name: &str, value: &str, note: &str, tone: Tone) -> Fact {
    Fact::new(name, value).note(note).tone(tone)
}

fn gauge(name: &str, value: f64, full: f64, label: &str) -> Gauge {
    let (name, label) = (name.to_string(), label.to_string());
    Gauge { name, value, full, label, series: Series(0), tone: Tone::Plain }
}

fn bar(name: &str, value: f64, label: &str, series: u8) -> Bar {
    let (name, label) = (name.to_string(), label.to_string());
    Bar { name, value, label, series: Series(series), tone: Tone::Plain }
}

fn bars() -> Bars {
    Bars {
        title: "share, %".to_string(),
        bars: vec![bar("node a", 50.0, "50.0", 0), bar("node b", 25.0, "25.0", 1), bar("c", 0.0, "0.0", 2)],
        full: None,
        marks: vec![(37.5, "mean".to_string())],
        of: None,
    }
}

/// `nodes` nodes with `vnodes` arcs each, all of the same length, and as many keys as arcs.
fn ring(nodes: usize, vnodes: usize) -> Ring {
    let count = nodes * vnodes;
    let at = |index: usize| (index % count) as f64 / count as f64;
    let arc = |index: usize| Arc {
        start: at(index),
        end: at(index + 1),
        node: format!("n{}", index % nodes + 1),
        series: Series((index % nodes) as u8),
        moved: index % nodes == 1,
    };
    let key = |index: usize| RingKey {
        at: at(index) + 0.3 / count as f64,
        series: Series((index % nodes) as u8),
        moved: index % nodes == 1,
    };
    let centre = vec!["9 keys".to_string(), "moved".to_string()];
    Ring { arcs: (0..count).map(arc).collect(), keys: (0..count).map(key).collect(), centre }
}

fn states() -> States {
    let state = |name: &str, detail: &str, live, tone| State {
        name: name.to_string(),
        detail: detail.to_string(),
        live,
        tone,
    };
    let change = |from, to, why: &str| (from, to, why.to_string());
    States {
        states: vec![
            state("closed", "", false, Tone::Good),
            state("open", "3.2 s", true, Tone::Bad),
            state("half-open", "", false, Tone::Warn),
        ],
        changes: vec![
            change(0, 1, "5 of 10 fail"),
            change(1, 2, "after 5 s"),
            change(2, 1, "a probe fails"),
            change(2, 0, "probes succeed"),
        ],
        last: Some(0),
    }
}

fn lanes() -> Lanes {
    let lane = |name: &str, dots: &[(f64, Tone)], label: &str| Lane {
        name: name.to_string(),
        stations: vec![Station::new(0.3, "breaker"), Station::new(0.9, "service")],
        dots: dots.to_vec(),
        lines: Vec::new(),
        label: label.to_string(),
    };
    Lanes {
        lanes: vec![
            lane("with", &[(0.0, Tone::Plain), (0.3, Tone::Bad), (0.6, Tone::Good)], "served 12"),
            lane("without", &[(0.5, Tone::Warn), (0.5, Tone::Plain), (1.0, Tone::Dim)], "served 9"),
        ],
        legend: vec![(Tone::Good, "served".to_string()), (Tone::Bad, "refused".to_string())],
    }
}

fn curve(name: &str, points: &[(f64, f64)], kind: CurveKind, series: u8) -> Curve {
    Curve::new(kind, name, Series(series), points.to_vec())
}

fn chart() -> Chart {
    Chart {
        y: "per second".to_string(),
        x: "time, s".to_string(),
        x_span: (0.0, 8.0),
        y_top: Some(20.0),
        curves: vec![
            curve("steps", &[(0.0, 10.0), (2.0, 20.0), (4.0, 0.0), (8.0, 0.0)], CurveKind::Steps, 0),
            curve("line", &[(0.0, 0.0), (8.0, 20.0)], CurveKind::Line, 1),
            curve("limit", &[(0.0, 15.0), (8.0, 15.0)], CurveKind::Theory, 2),
        ],
        ..Chart::default()
    }
}

fn table() -> Table {
    let row = |cells: [&str; 3]| cells.map(str::to_string).to_vec();
    Table {
        head: row(["algorithm", "admitted", "memory"]),
        rows: vec![row(["token bucket", "128", "16 B"]), row(["sliding log", "1,190", "1.6 KB"])],
        right: vec![false, true, true],
        chosen: None,
    }
}

fn facts() -> Vec<Fact> {
    vec![
        fact("admitted", "1,128", "", Tone::Plain),
        fact("worst second", "20", "twice the limit", Tone::Bad),
        fact("wait", "9.5 ms", "mean", Tone::Plain),
    ]
}

fn whole() -> Scene {
    Scene::Column(vec![
        Scene::Row(vec![
            Scene::Part("one".to_string(), Box::new(Scene::Facts(facts()))),
            Scene::Part("two".to_string(), Box::new(Scene::Gauge(gauge("tokens", 3.4, 5.0, "3 of 5")))),
        ]),
        Scene::States(states()),
        Scene::Lanes(lanes()),
        Scene::Row(vec![Scene::Ring(ring(3, 2)), Scene::Bars(bars())]),
        Scene::Chart(chart()),
        Scene::Table(table()),
    ])
}

fn timeline() -> Timeline {
    let moment = |at: u64, from, to, text: &str, passage, tone| {
        let (at, text) = (Nanos(at * 100_000), text.to_string());
        Moment { at, from, to, text, passage, tone }
    };
    let actors = ["reader", "cache", "database", "writer"].map(str::to_string).to_vec();
    let moments = vec![
        moment(0, 0, 1, "get x", Passage::Direct, Tone::Plain),
        moment(5, 1, 0, "miss", Passage::Direct, Tone::Warn),
        moment(12, 0, 2, "read x", Passage::Direct, Tone::Plain),
        moment(40, 2, 2, "x=2 committed", Passage::Direct, Tone::Good),
        moment(60, 3, 1, "delete x", Passage::Lost, Tone::Bad),
        moment(85, 0, 1, "set x=1", Passage::Late, Tone::Warn),
        moment(105, 3, 3, "believes that all is well", Passage::Direct, Tone::Dim),
    ];
    Timeline { actors, moments }
}

fn spans() -> Spans {
    let span = |start: u64, end: u64, text: &str, tone, number| Span {
        start: Nanos(start * 1_000_000),
        end: (end > 0).then_some(Nanos(end * 1_000_000)),
        texts: vec![text.to_string(), text.chars().take(1).collect()],
        tone,
        number: Some(number),
        point: number.is_multiple_of(2).then_some(Nanos((start + 20) * 1_000_000)),
    };
    let lane = |name: &str, spans| SpanLane { name: name.to_string(), spans };
    let lanes = vec![
        lane(
            "ann",
            vec![span(50, 300, "write x=1", Tone::Good, 2), span(320, 330, "read x=1", Tone::Plain, 3)],
        ),
        lane("bob", vec![span(0, 0, "write x=2", Tone::Dim, 1), span(600, 990, "read x=0", Tone::Bad, 12)]),
        lane("nobody", Vec::new()),
    ];
    Spans { lanes, axis: (Nanos(0), Nanos(1_000_000_000)) }
}

/// Hundreds of everything.
fn crowd() -> Vec<Scene> {
    let waiting = |count| Waiting { at: 0.8, tones: vec![Tone::Plain; 100], count, room: Some(count + 5) };
    let lane = |index: usize| Lane {
        name: format!("server {index}"),
        stations: vec![Station::new(0.8, "server").tone(Tone::Good)],
        dots: (0..300).map(|dot| (f64::from(dot) / 300.0, Tone::Plain)).collect(),
        lines: vec![waiting(index * 7)],
        label: format!("{index} served"),
    };
    let points = |k: f64| (0..1_000).map(|x| (f64::from(x), k * f64::from(x % 37))).collect::<Vec<_>>();
    let kinds = [
        CurveKind::Steps,
        CurveKind::Line,
        CurveKind::Points,
        CurveKind::Band,
        CurveKind::Theory,
        CurveKind::Bet,
    ];
    let curve = |(index, kind): (usize, CurveKind)| Curve {
        name: format!("curve {index}"),
        points: points(index as f64),
        low: vec![1.0; 1_000],
        kind,
        series: Series(index as u8),
    };
    let curves = (0..60).zip(kinds.into_iter().cycle()).map(curve).collect();
    let moments = timeline().moments.into_iter().cycle().take(700).collect();
    vec![
        Scene::Lanes(Lanes { lanes: (0..200).map(lane).collect(), legend: lanes().legend }),
        Scene::Chart(Chart { x_span: (0.5, 999.0), log_x: true, curves, ..Chart::default() }),
        Scene::Timeline(Timeline { moments, ..timeline() }),
        Scene::Spans(Spans { lanes: vec![spans().lanes.swap_remove(1); 300], ..spans() }),
        Scene::Timeline(Timeline { actors: vec!["a".to_string(); 300], ..timeline() }),
        Scene::Bars(Bars { bars: vec![bar("n", 1.0, "1.0", 0); 500], ..bars() }),
        Scene::Table(Table { rows: vec![vec!["1,204".to_string(); 40]; 300], ..table() }),
    ]
}

fn samples() -> Vec<Scene> {
    vec![
        Scene::Timeline(timeline()),
        Scene::Spans(spans()),
        Scene::Facts(facts()),
        Scene::Ring(ring(4, 1)),
        Scene::Ring(ring(11, 20)),
        Scene::Bars(bars()),
        Scene::Gauge(gauge("tokens", 3.4, 5.0, "3 of 5")),
        Scene::Gauge(gauge("count", 70.0, 100.0, "70 of 100")),
        Scene::States(states()),
        Scene::Lanes(lanes()),
        Scene::Chart(chart()),
        Scene::Table(table()),
        whole(),
    ]
}

const THEMES: [Theme; 4] = [
    Theme { background: Background::Dark, colours: Colours::True, contrast: Contrast::Normal, ascii: false },
    Theme {
        background: Background::Light,
        colours: Colours::Sixteen,
        contrast: Contrast::Normal,
        ascii: true,
    },
    Theme { background: Background::Dark, colours: Colours::None, contrast: Contrast::Normal, ascii: false },
    Theme { background: Background::Dark, colours: Colours::None, contrast: Contrast::Normal, ascii: true },
];

/// Draws into the middle of a larger buffer and checks every law that a cell can break.
fn check_laws(scene: &Scene, area: Rect, theme: &Theme) {
    let ground =
        Rect::new(0, 0, area.right().saturating_add(2).min(140), area.bottom().saturating_add(2).min(60));
    let mut buf = Buffer::empty(ground);
    draw(scene, area, &mut buf, theme);
    for y in ground.top()..ground.bottom() {
        for x in ground.left()..ground.right() {
            let cell = &buf[(x, y)];
            let symbol = cell.symbol();
            // Said only where something is wrong: there are ten million cells.
            let at = format_args!("{symbol:?} at {x},{y} of {area}");
            if !area.contains((x, y).into()) {
                assert_eq!(*cell, ratatui::buffer::Cell::default(), "outside: {at}");
            }
            assert!(!symbol.contains(char::is_control), "control: {at}");
            assert!(!theme.ascii || symbol.is_ascii(), "not ASCII: {at}");
            let plain = cell.fg == Color::Reset && cell.bg == Color::Reset;
            assert!(theme.colours != Colours::None || plain, "coloured: {at}");
            let end = x + symbol.width().max(1) as u16;
            assert!(!area.contains((x, y).into()) || end <= area.right(), "over the edge: {at}");
        }
    }
}

#[test]
fn every_picture_keeps_the_laws_at_every_size() {
    for scene in samples() {
        for height in 1..=20 {
            for width in 1..=60 {
                let theme = &THEMES[usize::from(width + height) % 4];
                check_laws(&scene, Rect::new(1, 1, width, height), theme);
            }
        }
        for (width, height) in [(80, 24), (120, 40), (138, 58), (138, 3), (5, 58)] {
            for theme in &THEMES {
                check_laws(&scene, Rect::new(1, 1, width, height), theme);
            }
        }
    }
}

#[test]
fn hundreds_of_items_keep_the_laws() {
    for scene in crowd() {
        for (width, height) in [(1, 1), (8, 3), (30, 8), (80, 24), (138, 58), (138, 1), (1, 58)] {
            for theme in &THEMES {
                check_laws(&scene, Rect::new(1, 1, width, height), theme);
            }
        }
    }
}

#[test]
fn an_area_may_lie_partly_or_fully_outside_the_buffer() {
    let inside = |buf: &Buffer| buf.content.iter().any(|cell| cell.symbol() != " ");
    let check = |area: Rect, seen: bool| {
        for scene in samples() {
            let mut buf = Buffer::empty(Rect::new(10, 5, 40, 12));
            draw(&scene, area, &mut buf, &THEMES[0]);
            assert_eq!(inside(&buf), seen, "{area}: {scene:?}");
        }
    };
    check(Rect::new(10, 5, 40, 12), true);
    check(Rect::new(30, 10, 200, 50), true);
    check(Rect::new(0, 0, 40, 12), true);
    check(Rect::new(50, 5, 40, 12), false);
    check(Rect::new(10, 17, 40, 12), false);
    check(Rect::new(0, 0, 10, 5), false);
    check(Rect::new(60_000, 60_000, 5_000, 5_000), false);
    check(Rect::new(10, 5, 0, 0), false);
}

fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => -1.0..30.0f64,
        1 => Just(f64::NAN),
        1 => Just(f64::INFINITY),
        1 => Just(f64::NEG_INFINITY),
        1 => Just(0.0),
        1 => any::<f64>(),
    ]
}

fn share() -> impl Strategy<Value = f64> {
    prop_oneof![8 => 0.0..1.0f64, 1 => value()]
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z]{0,12}",
        1 => Just("漢字の名前".to_string()),
        1 => Just("≤ 5 µs × √n".to_string()),
        1 => Just("👩‍👩‍👧 e\u{301}\u{200b}".to_string()),
        1 => Just("\u{1b}[31mred\u{7}\t\u{202e}x\r\n".to_string()),
        1 => "[ -~]{0,40}",
        1 => any::<String>(),
    ]
}

fn tone() -> impl Strategy<Value = Tone> {
    prop::sample::select(vec![Tone::Plain, Tone::Dim, Tone::Good, Tone::Warn, Tone::Bad])
}

fn series() -> impl Strategy<Value = Series> {
    any::<u8>().prop_map(Series)
}

fn many<T: std::fmt::Debug>(one: impl Strategy<Value = T>, most: usize) -> impl Strategy<Value = Vec<T>> {
    prop::collection::vec(one, 0..most)
}

fn picture() -> impl Strategy<Value = Scene> {
    let fact = (words(), words(), words(), tone()).prop_map(|(name, value, note, tone)| Fact {
        name,
        value,
        note,
        tone,
    });
    let arc = (share(), share(), words(), series(), any::<bool>())
        .prop_map(|(start, end, node, series, moved)| Arc { start, end, node, series, moved });
    let key =
        (share(), series(), any::<bool>()).prop_map(|(at, series, moved)| RingKey { at, series, moved });
    let ring = (many(arc, 40), many(key, 60), many(words(), 4)).prop_map(|(arcs, keys, centre)| Ring {
        arcs,
        keys,
        centre,
    });
    let bar = (words(), value(), words(), series(), tone())
        .prop_map(|(name, value, label, series, tone)| Bar { name, value, label, series, tone });
    let bars = (words(), many(bar, 40), prop::option::of(value()), many((value(), words()), 5))
        .prop_map(|(title, bars, full, marks)| Bars { title, bars, full, marks, of: None });
    let gauge = (words(), value(), value(), words(), series(), tone()).prop_map(
        |(name, value, full, label, series, tone)| Gauge { name, value, full, label, series, tone },
    );
    let state = (words(), words(), any::<bool>(), tone()).prop_map(|(name, detail, live, tone)| State {
        name,
        detail,
        live,
        tone,
    });
    let states = (many(state, 6), many((0..7usize, 0..7usize, words()), 9), prop::option::of(0..10usize))
        .prop_map(|(states, changes, last)| States { states, changes, last });
    let station = (share(), words(), tone()).prop_map(|(at, name, tone)| Station { at, name, tone });
    let room = prop::option::of(prop_oneof![4 => 0..40usize, 1 => any::<usize>()]);
    let count = prop_oneof![4 => 0..40usize, 1 => any::<usize>()];
    let waiting = (share(), many(tone(), 80), count, room).prop_map(|(at, tones, count, room)| Waiting {
        at,
        tones,
        count,
        room,
    });
    let lane = (words(), many(station, 4), many((share(), tone()), 30), many(waiting, 4), words())
        .prop_map(|(name, stations, dots, lines, label)| Lane { name, stations, dots, lines, label });
    let lanes =
        (many(lane, 10), many((tone(), words()), 6)).prop_map(|(lanes, legend)| Lanes { lanes, legend });
    let kind = prop::sample::select(vec![
        CurveKind::Steps,
        CurveKind::Line,
        CurveKind::Theory,
        CurveKind::Points,
        CurveKind::Band,
        CurveKind::Bet,
    ]);
    let curve = (words(), many((value(), value()), 50), many(value(), 50), kind, series(), any::<bool>())
        .prop_map(|(name, mut points, low, kind, series, sorted)| {
            if sorted {
                points.sort_by(|a, b| a.0.total_cmp(&b.0));
            }
            Curve { name, points, low, kind, series }
        });
    let chart =
        (words(), words(), (value(), value()), any::<[bool; 2]>(), prop::option::of(value()), many(curve, 8))
            .prop_map(|(y, x, x_span, [log_x, log_y], y_top, curves)| Chart {
                y,
                x,
                x_span,
                log_x,
                log_y,
                y_top,
                of: None,
                curves,
            });
    let table =
        (many(words(), 6), many(many(words(), 7), 30), many(any::<bool>(), 7), prop::option::of(0..40usize))
            .prop_map(|(head, rows, right, chosen)| Table { head, rows, right, chosen });
    let passage = prop::sample::select(vec![Passage::Direct, Passage::Late, Passage::Lost]);
    let moment = (any::<u64>(), 0..8u32, 0..7usize, 0..7usize, words(), passage, tone()).prop_map(
        |(at, scale, from, to, text, passage, tone)| {
            let at = Nanos(at / 1_000u64.pow(scale.min(6)));
            Moment { at, from, to, text, passage, tone }
        },
    );
    let timeline =
        (many(words(), 7), many(moment, 40)).prop_map(|(actors, moments)| Timeline { actors, moments });
    let span = (
        any::<u64>(),
        prop::option::of(any::<u64>()),
        many(words(), 3),
        tone(),
        prop::option::of(any::<u64>()),
    )
        .prop_map(|(start, end, texts, tone, point)| Span {
            start: Nanos(start),
            end: end.map(Nanos),
            texts,
            tone,
            number: point.map(|point| point as usize % 1_000),
            point: point.map(Nanos),
        });
    let lane = (words(), many(span, 9)).prop_map(|(name, spans)| SpanLane { name, spans });
    let spans = (many(lane, 9), any::<u64>(), any::<u64>())
        .prop_map(|(lanes, from, to)| Spans { lanes, axis: (Nanos(from), Nanos(to)) });
    prop_oneof![
        timeline.prop_map(Scene::Timeline),
        spans.prop_map(Scene::Spans),
        many(fact, 20).prop_map(Scene::Facts),
        ring.prop_map(Scene::Ring),
        bars.prop_map(Scene::Bars),
        gauge.prop_map(Scene::Gauge),
        states.prop_map(Scene::States),
        lanes.prop_map(Scene::Lanes),
        chart.prop_map(Scene::Chart),
        table.prop_map(Scene::Table),
    ]
}

fn scene() -> impl Strategy<Value = Scene> {
    picture().prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            many(inner.clone(), 4).prop_map(Scene::Column),
            many(inner.clone(), 4).prop_map(Scene::Row),
            (words(), inner).prop_map(|(name, scene)| Scene::Part(name, Box::new(scene))),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn any_scene_keeps_the_laws(scene in scene(), width in 0u16..130, height in 0u16..50, theme in 0usize..4) {
        check_laws(&scene, Rect::new(3, 2, width, height), &THEMES[theme]);
    }

    #[test]
    fn text_keeps_its_size(scene in scene(), width in 0u16..100, height in 0u16..40, ascii: bool) {
        let text = text(&scene, width, height, ascii);
        prop_assert!(text.lines().count() <= usize::from(height));
        for line in text.lines() {
            prop_assert!(line.width() <= usize::from(width), "{line:?}");
            prop_assert_eq!(line.trim_end(), line);
        }
        prop_assert!(!ascii || text.is_ascii());
    }

    /// Rounding to whole eighths is off by at most half an eighth; what is there at all shows one.
    #[test]
    fn a_bar_is_as_long_as_its_value(value in 0.0..100.0f64) {
        let one = Bars { bars: vec![bar("a", value, "", 0)], full: Some(100.0), ..Bars::default() };
        let line = text(&Scene::Bars(one), 40, 1, false);
        // Blocks from U+2589, seven eighths, to U+258F, one eighth.
        let eighths: u32 = line.chars().map(|c| match c {
            '█' => 8,
            '▉'..='▏' => 0x2590 - c as u32,
            _ => 0,
        }).sum();
        // A name of one cell, two cells before and two behind the bar.
        let exact = value / 100.0 * 35.0 * 8.0;
        let sliver = eighths == 1 && exact > 0.0 && exact < 1.0;
        prop_assert!((f64::from(eighths) - exact).abs() <= 0.5 || sliver, "{eighths} for {exact}");
    }

    /// A gauge shows whole places: a part of a token admits nobody.
    #[test]
    fn a_gauge_has_a_dot_for_each_whole_place(value in 0.0..10.0f64) {
        let line = text(&Scene::Gauge(gauge("", value, 10.0, "")), 40, 1, false);
        prop_assert_eq!(line.matches('●').count(), value.floor() as usize);
        prop_assert_eq!(line.matches(['●', '○']).count(), 10);
    }
}

/// A level curve at a value that is a tick lies on the line that carries the tick's label.
#[test]
fn a_curve_lies_at_its_tick() {
    for kind in [CurveKind::Steps, CurveKind::Line, CurveKind::Theory] {
        for height in 6..40 {
            for value in [5.0, 10.0, 15.0, 20.0] {
                let curves = vec![curve("", &[(0.0, value), (8.0, value)], kind, 0)];
                let chart =
                    Chart { y: "y".to_string(), y_top: Some(20.0), curves, x_span: (0.0, 8.0), ..chart() };
                let drawn = text(&Scene::Chart(chart), 60, height, false);
                let label = format!("{value} ");
                let line = |line: &&str| line.contains(['─', '┄']) && !line.contains(['┬', '└']);
                let found: Vec<&str> = drawn.lines().filter(line).collect();
                assert_eq!(found.len(), 1, "{kind:?} {value} at {height}:\n{drawn}");
                let ticked = drawn.lines().any(|line| line.trim_start().starts_with(&label));
                assert!(
                    !ticked || found[0].trim_start().starts_with(&label),
                    "{value} at {height}:\n{drawn}"
                );
            }
        }
    }
}

/// Walks around the ring in the middle of the band: except near the ends of arcs, where cells are shared and gaps lie, every
/// cell has the colour of the arc that holds its angle, found here by looking at every arc.
#[test]
fn the_band_has_the_colour_of_the_owner() {
    let (theme, area) = (THEMES[0], Rect::new(0, 0, 60, 26));
    for (nodes, vnodes) in [(4, 1), (11, 1), (6, 10)] {
        let ring = Ring { keys: Vec::new(), ..ring(nodes, vnodes) };
        let mut buf = Buffer::empty(area);
        draw(&Scene::Ring(ring.clone()), area, &mut buf, &theme);
        // The names leave one line above and below, moved arcs half a line more; the band is 16% of the radius.
        let radius = if nodes * vnodes <= 24 { 11.5 } else { 12.5 };
        let middle = radius * 0.92;
        let mut compared = 0;
        for step in 0..1_000 {
            let turn = f64::from(step) / 1_000.0;
            let (sin, cos) = (turn * std::f64::consts::TAU).sin_cos();
            let (x, y) = ((30.0 + 2.0 * middle * sin) as u16, (13.0 - middle * cos) as u16);
            let Some(arc) = ring.arcs.iter().find(|arc| {
                // A cell is at most 1.12 lines across; that is 0.016 of this circle.
                let end = if arc.end > arc.start { arc.end } else { arc.end + 1.0 };
                (arc.start + 0.02..end - 0.02).contains(&turn)
            }) else {
                continue;
            };
            compared += 1;
            let expected = theme.series_style(arc.series).fg;
            assert_eq!(Some(buf[(x, y)].fg), expected, "{nodes} x {vnodes} at {turn}");
        }
        assert!(nodes * vnodes > 24 || compared > 400, "{compared} of 1,000 places lie inside arcs");
    }
}

#[test]
fn a_picture_has_room_for_all_it_says_at_the_height_it_likes() {
    for width in [40, 80, 100] {
        let facts = Scene::Facts(facts());
        assert_eq!(height(&facts, width), 3);
        let drawn = text(&whole(), width, height(&whole(), width), false);
        for word in ["twice the limit", "3 of 5", "3.2 s", "refused", "mean", "time, s", "1,190"] {
            assert!(drawn.contains(word), "{word} at {width}:\n{drawn}");
        }
    }
    assert_eq!(height(&Scene::Column(Vec::new()), 80), 1);
}

/// Pictures as text, so that a change to one is seen for what it is. The laws above say whether it is right.
#[test]
fn pictures_look_like_this() {
    let check = |scene: Scene, (width, height): (u16, u16), ascii, expected: &[&str]| {
        let drawn = text(&scene, width, height, ascii);
        let lines: Vec<&str> = drawn.lines().collect();
        assert_eq!(lines, expected, "at {width}x{height}:\n{drawn}");
    };
    check(
        Scene::Facts(facts()),
        (40, 3),
        false,
        &["admitted      1,128", "worst second     20 ✗ twice the limit", "wait            9.5 ms  mean"],
    );
    check(Scene::Facts(facts()), (16, 2), true, &["admitted  1,128", "worst s~     20"]);
    check(
        Scene::Ring(ring(4, 1)),
        (40, 16),
        true,
        &[
            "",
            "                  4  1",
            "        n4   444444  111111   n1",
            "          4444          . 1111",
            "         444                111",
            "        44                    11",
            "       444   .                111",
            "       44        9 keys        11",
            "       33        moved         222",
            "       333                 *  2222",
            "        33                    222",
            "         333                2222",
            "          3333 .          22222",
            "        n3   333333  22222222 n2",
            "                  3 222222",
        ],
    );
    check(
        Scene::Ring(ring(4, 1)),
        (24, 4),
        false,
        &["111111222222333333444444", " ·     ◆     ·     ·", "9 keys", "moved"],
    );
    check(
        Scene::Ring(ring(11, 20)),
        (30, 12),
        false,
        &[
            "             ▒▒█▒",
            "        ▒▒▒▒█▒ ·▒▒█▒▒▒",
            "      ▒▒▒ ·•●◆●◆●◆•◆ ▒▒▒",
            "     ▒▒ ◆●●◆·    ·•●●◆ ▒▒",
            "    ▒▒ •◆•          ●●• ▒█",
            "    ▒▒ ●◆   9 keys   ◆● ▒▒",
            "    ▒▒ ●◆   moved    ◆● ▒▒",
            "    █▒ •●◆          •◆• ▒▒",
            "     ▒▒ ·●●•·    ·•●●◆ ▒▒",
            "      ▒▒▒ ◆•◆●◆●◆●•◆ ▒▒▒",
            "        ▒▒▒█▒▒  ▒█▒▒▒▒",
            "             ▒█▒▒",
        ],
    );
    check(
        Scene::Bars(bars()),
        (40, 4),
        false,
        &[
            "share, %   │ mean",
            "● node a  ██████████████████│█████  50.0",
            "◆ node b  ████████████      │       25.0",
            "▲ c                         │        0.0",
        ],
    );
    check(
        Scene::Bars(bars()),
        (40, 4),
        true,
        &[
            "share, %   | mean",
            "o node a  ##################|#####  50.0",
            "x node b  ############      |       25.0",
            "^ c                         |        0.0",
        ],
    );
    check(Scene::Bars(bars()), (14, 2), false, &["node a  50.0", "… 2 more"]);
    check(Scene::Gauge(gauge("tokens", 3.4, 5.0, "3 of 5")), (30, 1), false, &["tokens  ●●●○○  3 of 5"]);
    check(Scene::Gauge(gauge("tokens", 3.4, 5.0, "3 of 5")), (30, 1), true, &["tokens  ***..  3 of 5"]);
    check(Scene::Gauge(gauge("tokens", 3.4, 5.0, "3 of 5")), (12, 1), false, &["tok…  ●●●○○"]);
    check(
        Scene::Gauge(gauge("count", 70.0, 100.0, "70 of 100")),
        (40, 1),
        false,
        &["count  █████████████▎░░░░░  70 of 100"],
    );
    check(
        Scene::Gauge(gauge("count", 70.0, 100.0, "70 of 100")),
        (40, 1),
        true,
        &["count  #############......  70 of 100"],
    );
    check(
        Scene::States(states()),
        (80, 6),
        false,
        &[
            "╭───────────────╮ 5 of 10 fail ┏━━━━━━━━━━━━━━━┓   after 5 s   ╭───────────────╮",
            "│    closed     │ ━━━━━━━━━━━▸ ┃    ✗ open     ┃ ────────────▸ │   half-open   │",
            "│               │              ┃     3.2 s     ┃ ◂──────────── │               │",
            "╰───────────────╯              ┗━━━━━━━━━━━━━━━┛ a probe fails ╰───────────────╯",
            "        ▴                                                              │",
            "        ╰─────────────────────── probes succeed ───────────────────────╯",
        ],
    );
    check(
        Scene::States(states()),
        (44, 6),
        true,
        &[
            "   closed",
            " x open       3.2 s",
            "   half-open",
            "   closed > open  5 of 10 fail",
            "   open > half-open  after 5 s",
            "   half-open > open  a probe fails",
        ],
    );
    check(
        Scene::States(states()),
        (30, 7),
        false,
        &[
            "   closed",
            " ✗ open       3.2 s",
            "   half-open",
            "   closed ▸ open  5 of 10 fail",
            "   open ▸ half-open  after 5 s",
            "   half-open ▸ open  a probe…",
            "   half-open ▸ closed  probes…",
        ],
    );
    check(Scene::States(states()), (40, 2), false, &["closed   ✗ open   half-open"]);
    check(Scene::States(states()), (16, 1), true, &[" x open   3.2 s"]);
    check(
        Scene::Lanes(lanes()),
        (60, 4),
        false,
        &[
            "                 breaker              service",
            "with     ●──────────✗──────────✓─────────┃────  served 12",
            "without  ───────────┃──────2─────────────┃───○   served 9",
            "         ✓ served   ✗ refused",
        ],
    );
    check(
        Scene::Lanes(lanes()),
        (28, 2),
        true,
        &["with     *-x-+-|-  served 12", "without  --|-2-|o   served 9"],
    );
    check(
        Scene::Chart(chart()),
        (60, 12),
        false,
        &[
            "per second                  ─●─ steps   ━◆━ line   ┄┄┄ limit",
            "20 ┤              ╭─────●───────╮                        ┏━━",
            "   │              │             │                 ┏━━━━━━┛",
            "   │┄┄┄┄┄┄┄┄┄┄┄┄┄┄│┄┄┄┄┄┄┄┄┄┄┄┄┄│┄┄┄┄┄┄┄┄┄┄┏━◆━━━━┛┄┄┄┄┄┄┄┄┄",
            "   │              │             │   ┏━━━━━━┛",
            "10 ┤────●─────────╯          ┏◆━━━━━┛",
            "   │                  ┏━━━━━━┛  │",
            "   │           ┏━━━━━━┛         │",
            "   │    ┏━━━━◆━┛                │",
            " 0 ┤━━━━┛                       ╰───────●───────────────●───",
            "   └┬─────────────┬─────────────┬────────────┬─────────────┬",
            "    0             2             4            6       time, s",
        ],
    );
    check(
        Scene::Chart(chart()),
        (60, 12),
        true,
        &[
            "per second                  -o- steps   =x= line   ... limit",
            "20 +              .-----o-------.                        .==",
            "   |              |             |                 .======'",
            "   |..............|.............|...........=x===='.........",
            "   |              |             |   .======'",
            "10 +----o---------'          .x====='",
            "   |                  .======'  |",
            "   |           .======'         |",
            "   |    .====x='                |",
            " 0 +===='                       '-------o---------------o---",
            "   ++-------------+-------------+------------+-------------+",
            "    0             2             4            6       time, s",
        ],
    );
    check(
        Scene::Chart(chart()),
        (24, 3),
        false,
        &["steps ▄▄▄▄█████▁▁▁▁▁▁▁ 0", "line  ▁▂▂▃▃▄▄▄▅▅▆▆▇▇█ 20", "limit ▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆ 15"],
    );
    check(
        Scene::Table(table()),
        (40, 4),
        false,
        &[
            "algorithm     admitted  memory",
            "──────────────────────────────",
            "token bucket       128    16 B",
            "sliding log      1,190  1.6 KB",
        ],
    );
    check(
        Scene::Table(table()),
        (18, 3),
        true,
        &["algorit~  admitted", "token b~       128", "sliding~     1,190"],
    );
}
