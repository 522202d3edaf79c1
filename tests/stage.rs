//! The pictures of the Lab as a learner sees them: what a place in a picture means, found here by other ways than
//! the stage draws it, and the pictures themselves as snapshots with their styles at three sizes.

use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use sysdrill::config::theme::{Background, Colours, Contrast};
use sysdrill::lab::scene::*;
use sysdrill::sim::Nanos;
use sysdrill::ui::{stage, theme::Theme};

const COLOURS: Theme =
    Theme { background: Background::Dark, colours: Colours::True, contrast: Contrast::Normal, ascii: false };

fn lines(scene: &Scene, width: u16, height: u16) -> Vec<String> {
    stage::text(scene, width, height, false).lines().map(str::to_string).collect()
}

fn queue(count: usize, room: Option<usize>) -> Scene {
    let tones = vec![Tone::Plain; count.min(100)];
    let lane = Lane {
        stations: vec![Station::new(1.0, "")],
        lines: vec![Waiting { at: 1.0, tones, count, room }],
        ..Lane::default()
    };
    Scene::Lanes(Lanes { lanes: vec![lane], legend: Vec::new() })
}

proptest! {
    /// Those that are seen and the number in front of them are all who wait.
    #[test]
    fn nobody_in_line_is_forgotten(count in 0..3_000usize, width in 12..150u16) {
        let line = &lines(&queue(count, None), width, 1)[0];
        let seen = line.matches('●').count();
        let more: String = line.chars().skip_while(|c| *c != '+').skip(1).take_while(char::is_ascii_digit).collect();
        prop_assert_eq!(seen + more.parse::<usize>().unwrap_or(0), count, "{}", line);
        prop_assert!(line.ends_with('┃'), "{}", line);
    }

    /// A room that fits shows each of its places and where it ends.
    #[test]
    fn a_bounded_room_has_all_its_places(count in 0..9usize, free in 0..9usize) {
        let line = &lines(&queue(count, Some(count + free)), 40, 1)[0];
        prop_assert_eq!(line.matches('●').count(), count);
        prop_assert_eq!(line.matches('·').count(), free);
        let room = format!("┤{}{}┃", "·".repeat(free), "●".repeat(count));
        prop_assert!(line.ends_with(&room), "{}", line);
    }

    /// An axis of factors is an axis of logarithms.
    #[test]
    fn factors_are_distances_of_logarithms(values in prop::collection::vec(0.0..20.0f64, 2..40)) {
        let chart = |points, x_span, log_x| {
            let curves = vec![Curve::new(CurveKind::Line, "", Series(0), points)];
            let chart = Chart { x_span, log_x, y_top: Some(20.0), curves, ..Chart::default() };
            let mut drawn = lines(&Scene::Chart(chart), 70, 16);
            // The ticks differ.
            drawn.truncate(13);
            drawn
        };
        // Off the edges of columns, where the last bit of a logarithm decides.
        let (last, off) = (values.len() as f64, 0.123_456_789);
        let place = |x: usize| x as f64 + off;
        let linear = values.iter().enumerate().map(|(x, y)| (place(x), *y)).collect();
        let factors = values.iter().enumerate().map(|(x, y)| (2f64.powf(place(x)), *y)).collect();
        prop_assert_eq!(chart(factors, (1.0, 2f64.powf(last)), true), chart(linear, (0.0, last), false));
    }

    /// Half a number is a wrong number: a column of numbers is there whole or not at all.
    #[test]
    fn a_table_cuts_no_number(width in 30..110u16, chosen in prop::option::of(0..8usize)) {
        let number = |row: usize, column: usize| format!("{}", 10usize.pow(column as u32 + 2) * 3 + row * 1_111);
        let row = |row: usize| -> Vec<String> {
            let name = "a rather long name".to_string();
            std::iter::once(name).chain((1..7).map(|column| number(row, column))).collect()
        };
        let head = (0..7).map(|column| format!("heading {column}")).collect();
        let right = (0..7).map(|column| column > 0).collect();
        let table = Table { head, rows: (0..8).map(row).collect(), right, chosen };
        let drawn = lines(&Scene::Table(table), width, 10);
        let numbers = |line: &String| line.split("  ").filter(|part| part.trim().parse::<u64>().is_ok()).count();
        let columns = numbers(&drawn[2]);
        prop_assert!(columns >= 1, "{:?}", drawn);
        for (row, line) in drawn[2..].iter().enumerate() {
            prop_assert_eq!(numbers(line), columns, "{}", line);
            // Only the name may end early.
            let cut = |part: &str| part.chars().any(|c| c == '…') && part.chars().any(|c| c.is_ascii_digit());
            prop_assert!(!line.split(' ').any(cut), "{}", line);
            for column in 1..=columns {
                prop_assert!(line.contains(&number(row, column)), "{}", line);
            }
            prop_assert_eq!(line.starts_with('▸'), chosen == Some(row), "{}", line);
        }
    }

    /// The arrow of a message ends at the line of the one who gets it, and only of that one.
    #[test]
    fn a_message_arrives_where_it_is_sent(from in 0..4usize, to in 0..4usize, width in 30..160u16, lost: bool) {
        prop_assume!(from != to);
        let passage = if lost { Passage::Lost } else { Passage::Direct };
        let moment = Moment { at: Nanos(0), from, to, text: String::new(), passage, tone: Tone::Plain };
        let still = Moment { from: 0, to: 0, tone: Tone::Dim, ..moment.clone() };
        let actors = ["a", "b", "c", "d"].map(str::to_string).to_vec();
        let drawn = lines(&Scene::Timeline(Timeline { actors: actors.clone(), moments: vec![moment, still] }), width, 6);
        let column = |actor: usize| drawn[0].chars().position(|c| actors[actor].starts_with(c)).unwrap_or(0);
        let row: Vec<char> = drawn[1].chars().collect();
        let (head, beside) = if from < to { ('▸', column(to) - 1) } else { ('◂', column(to) + 1) };
        prop_assert_eq!(row[beside] == head, !lost, "{}", drawn[1]);
        prop_assert_eq!(row.iter().filter(|c| ['▸', '◂'].contains(c)).count(), usize::from(!lost));
        prop_assert_eq!(row.contains(&'✗'), lost, "{}", drawn[1]);
        prop_assert!(['├', '┤'].contains(&row[column(from)]), "{}", drawn[1]);
    }
}

proptest! {
    /// A bar begins and ends where its times are on the axis: found here by rounding fractions of the line's width.
    #[test]
    fn a_bar_lasts_from_its_start_to_its_end(start in 0..900u64, length in 60..500u64, width in 40..160u16, open: bool) {
        let end = (start + length).min(1_000);
        let at = |millis: u64| Nanos(millis * 1_000_000);
        let span = Span { start: at(start), end: (!open).then_some(at(end)), texts: vec!["r".into()], ..Span::default() };
        let lane = SpanLane { name: "c1".into(), spans: vec![span] };
        let scene = Scene::Spans(Spans { lanes: vec![lane], axis: (at(0), at(1_000)) });
        let row: Vec<char> = lines(&scene, width, 3)[1].chars().collect();
        // The name and two blanks stand before the line.
        let exact = |millis: u64| 4.0 + millis as f64 / 1_000.0 * f64::from(width - 5);
        // Half a cell either way, and a hair: a time in the middle between two cells may go to either.
        let near = |cell: usize, millis: u64| (cell as f64 - exact(millis)).abs() <= 0.5 + 1e-9;
        let first = row.iter().position(|&c| c == '├').expect("a bar has a start");
        prop_assert!(near(first, start), "it starts in cell {}, and should at {}", first, exact(start));
        let stop = row.iter().position(|&c| c == '┤');
        prop_assert_eq!(stop.is_none(), open);
        if let Some(stop) = stop {
            prop_assert!(near(stop, end) || stop == first + 1, "it ends in cell {}, and should at {}", stop, exact(end));
        }
        if open {
            prop_assert_eq!(row.len(), usize::from(width), "it runs on");
        }
    }
}

/// What lies above the top is not drawn along it: at x = 1/2 this line leaves, and nothing is to its right.
#[test]
fn a_curve_leaves_through_the_top() {
    for kind in [CurveKind::Line, CurveKind::Steps, CurveKind::Theory] {
        let points = (0..=1_000).map(|x| (f64::from(x) / 1_000.0, f64::from(x) / 5.0)).collect();
        let curves = vec![Curve::new(kind, "", Series(0), points)];
        let chart = Chart { x_span: (0.0, 1.0), y_top: Some(100.0), curves, ..Chart::default() };
        for line in &lines(&Scene::Chart(chart), 106, 20)[1..18] {
            // The axis takes five cells, the plot 101.
            let right: String = line.chars().skip(5 + 54).collect();
            assert!(right.trim().is_empty(), "{kind:?}: {line}");
        }
    }
    // And to infinity it goes straight up.
    let points = vec![(0.0, 10.0), (0.5, 10.0), (0.500_001, f64::INFINITY), (1.0, f64::INFINITY)];
    let curves = vec![Curve::new(CurveKind::Line, "", Series(0), points)];
    let chart = Chart { x_span: (0.0, 1.0), y_top: Some(20.0), curves, ..Chart::default() };
    let drawn = lines(&Scene::Chart(chart), 64, 15);
    let top = drawn.iter().find(|line| line.starts_with("20")).expect("the row of the top");
    assert!(top.contains('│') && !top.contains('─'), "{drawn:#?}");
}

/// In each column as many cells are shaded as the band is high there.
#[test]
fn a_band_is_as_high_as_it_is_wide_in_values() {
    let band = Curve::band("", Series(0), &[(0.0, 20.0, 20.0), (1.0, 0.0, 40.0)]);
    let chart = Chart { x_span: (0.0, 1.0), y_top: Some(40.0), curves: vec![band], ..Chart::default() };
    let drawn: Vec<Vec<char>> =
        lines(&Scene::Chart(chart), 84, 44).iter().map(|line| line.chars().collect()).collect();
    let ticks = drawn.iter().filter(|line| line.contains(&'┤') || line.contains(&'│')).count();
    for x in 0..80 {
        let shaded = drawn.iter().filter(|line| line.get(4 + x) == Some(&'░')).count() as f64;
        let share = (x as f64 + 0.5) / 80.0;
        // Both edges are rounded to a row, and the cells of both belong to it.
        let exact = share * (ticks - 1) as f64 + 1.0;
        assert!((shaded - exact).abs() <= 1.0, "{shaded} for {exact} at {x}");
    }
}

#[test]
fn a_bet_is_told_from_theory_without_colour() {
    let chart = |kind| {
        let curves = vec![Curve::new(kind, "", Series(0), vec![(0.0, 5.0), (1.0, 5.0)])];
        Scene::Chart(Chart { x_span: (0.0, 1.0), y_top: Some(10.0), curves, ..Chart::default() })
    };
    for ascii in [false, true] {
        let drawn = [CurveKind::Theory, CurveKind::Bet, CurveKind::Line]
            .map(|kind| stage::text(&chart(kind), 60, 10, ascii).lines().skip(1).collect::<String>());
        assert!(drawn[0] != drawn[1] && drawn[1] != drawn[2] && drawn[0] != drawn[2], "{drawn:?}");
    }
    assert!(stage::text(&chart(CurveKind::Bet), 60, 10, false).contains("your bet"));
}

#[test]
fn a_value_stays_whole_where_its_remark_does_not() {
    let facts = || {
        vec![
            Fact::new("hit ratio", "59.1 %").note("of all that were asked for"),
            Fact::new("the longest line that was ever seen", "37 requests").tone(Tone::Warn),
        ]
    };
    for width in 30..100 {
        let drawn = lines(&Scene::Facts(facts()), width, 2).join("\n");
        assert!(drawn.contains("59.1 %") && drawn.contains("37 requests !"), "{width}:\n{drawn}");
    }
}

fn lanes() -> Scene {
    let waiting = |count: usize, room| {
        let tones = [Tone::Plain, Tone::Plain, Tone::Warn, Tone::Bad].into_iter().cycle();
        Waiting { at: 0.8, tones: tones.take(count.min(100)).collect(), count, room }
    };
    let lane = |index: usize, count, room, tone| Lane {
        name: format!("server {index}"),
        stations: vec![Station::new(0.0, "clients"), Station::new(0.8, "server").tone(tone)],
        dots: vec![(0.2, Tone::Plain), (0.5, Tone::Plain), (0.75, Tone::Plain), (0.9, Tone::Good)],
        lines: vec![waiting(count, room)],
        label: format!("served {}", index * 37),
    };
    Scene::Lanes(Lanes {
        lanes: vec![
            lane(1, 0, None, Tone::Dim),
            lane(2, 3, None, Tone::Good),
            lane(3, 200, None, Tone::Warn),
            lane(4, 2, Some(5), Tone::Good),
            lane(5, 5, Some(5), Tone::Bad),
        ],
        legend: vec![
            (Tone::Plain, "waiting".into()),
            (Tone::Warn, "late".into()),
            (Tone::Good, "served".into()),
        ],
    })
}

fn wait_against_load() -> Scene {
    let wait = |load: f64| load / (1.0 - load);
    let theory = (0..=200).map(|load| (f64::from(load) / 200.0, wait(f64::from(load) / 200.0))).collect();
    let seen = (1..10).map(|load| (f64::from(load) / 10.0, wait(f64::from(load) / 10.0) * 1.1)).collect();
    let spread = |load: i32| {
        let load = f64::from(load) / 20.0;
        (load, wait(load) * 0.7, wait(load) * 1.4)
    };
    let x_span = (0.0, 1.0);
    let curves = vec![
        Curve::band("9 of 10 seeds", Series(0), &(0..20).map(spread).collect::<Vec<_>>()),
        Curve::new(CurveKind::Theory, "M/M/1", Series(0), theory),
        Curve::new(CurveKind::Points, "measured", Series(2), seen),
        Curve::new(CurveKind::Bet, "your bet", Series(0), vec![(0.0, 9.0), (1.0, 9.0)]),
    ];
    let (y, x) = ("mean wait, service times".into(), "utilisation".into());
    Scene::Chart(Chart { y, x, x_span, y_top: Some(20.0), curves, ..Chart::default() })
}

fn hits_against_size() -> Scene {
    let names = ["FIFO", "LRU", "CLOCK", "SIEVE", "S3-FIFO", "clairvoyant"];
    let curve = |(index, name): (u8, &str)| {
        let point = |step: i32| {
            let size = 10f64.powf(1.0 + f64::from(step) / 10.0);
            (size, 100.0 - 100.0 / (1.0 + (size / 3_000.0).powf(0.5 + 0.08 * f64::from(index))))
        };
        Curve::new(CurveKind::Line, name, Series(index), (0..=40).map(point).collect())
    };
    let curves = (0..).zip(names).map(curve).collect();
    let (y, x) = ("hit ratio, %".into(), "entries".into());
    Scene::Chart(Chart {
        y,
        x,
        x_span: (10.0, 1e5),
        log_x: true,
        y_top: Some(100.0),
        curves,
        ..Chart::default()
    })
}

fn shares() -> Scene {
    let bar = |name: &str, value: f64, tone| {
        let label = format!("{value:.1}");
        Bar { name: name.into(), value, label, series: Series(0), tone }
    };
    let bars = vec![
        bar("node 1", 9.0, Tone::Plain),
        bar("node 2", 20.0, Tone::Warn),
        bar("node 3", 12.5, Tone::Plain),
    ];
    let marks = vec![(10.0, "1/n".into()), (14.2, "theory".into()), (18.0, "your bet".into())];
    Scene::Bars(Bars { title: "share of the keys, %".into(), bars, full: None, marks, of: None })
}

fn race() -> Scene {
    let moment = |at: u64, from, to, text: &str, passage, tone| Moment {
        at: Nanos(at * 100_000),
        from,
        to,
        text: text.into(),
        passage,
        tone,
    };
    let direct = |at, from, to, text, tone| moment(at, from, to, text, Passage::Direct, tone);
    Scene::Timeline(Timeline {
        actors: ["reader", "cache", "database", "writer"].map(str::to_string).to_vec(),
        moments: vec![
            direct(0, 0, 1, "get x", Tone::Plain),
            direct(5, 1, 0, "miss", Tone::Warn),
            direct(12, 0, 2, "read x", Tone::Plain),
            direct(20, 2, 0, "x=1", Tone::Plain),
            direct(31, 3, 2, "set x=2", Tone::Plain),
            direct(40, 2, 2, "x=2 committed", Tone::Good),
            moment(45, 3, 1, "delete x", Passage::Lost, Tone::Bad),
            moment(85, 0, 1, "set x=1", Passage::Late, Tone::Warn),
            direct(105, 1, 1, "stale until it expires in 60 s", Tone::Bad),
        ],
    })
}

/// A stale read with the order that sequential consistency allows it in, and a write that was not answered.
fn history() -> Scene {
    let span = |start: u64, end: u64, text: &str, tone, number: usize| Span {
        start: Nanos(start * 1_000_000),
        end: (end > 0).then_some(Nanos(end * 1_000_000)),
        texts: vec![text.to_string(), text.replace("write", "w").replace("read", "r")],
        tone,
        number: Some(number),
        point: (number < 3).then_some(Nanos((start + 40) * 1_000_000)),
    };
    let lane = |name: &str, spans: Vec<Span>| SpanLane { name: name.to_string(), spans };
    Scene::Spans(Spans {
        lanes: vec![
            lane(
                "ann",
                vec![span(100, 300, "write x=1", Tone::Bad, 2), span(650, 0, "write x=2", Tone::Dim, 5)],
            ),
            lane("bob", vec![span(400, 500, "read x=1", Tone::Plain, 3)]),
            lane(
                "carol",
                vec![span(510, 600, "read x=0", Tone::Bad, 1), span(620, 900, "read x=1", Tone::Plain, 4)],
            ),
        ],
        axis: (Nanos(0), Nanos(1_000_000_000)),
    })
}

fn algorithms() -> Scene {
    let names = ["FIFO", "LRU", "CLOCK", "LFU with aging", "SIEVE", "S3-FIFO", "W-TinyLFU"];
    let row = |(index, name): (usize, &str)| {
        let percent = format!("{}.{} %", 44 + index, index);
        let (evicted, memory) = ((index * 1_371).to_string(), format!("{} KB", 16 * index));
        vec![name.to_string(), percent, evicted, memory, format!("{index}.2 ms"), "O(1)".to_string()]
    };
    Scene::Table(Table {
        head: ["algorithm", "hit ratio", "evictions", "metadata", "p99", "cost"].map(str::to_string).to_vec(),
        rows: names.into_iter().enumerate().map(row).collect(),
        right: vec![false, true, true, true, true, false],
        chosen: Some(4),
    })
}

#[test]
fn pictures() {
    let pictures = [
        ("lanes", lanes()),
        ("wait", wait_against_load()),
        ("hits", hits_against_size()),
        ("shares", shares()),
        ("race", race()),
        ("history", history()),
        ("algorithms", algorithms()),
    ];
    for (name, scene) in pictures {
        for (width, height) in [(30, 8), (60, 12), (100, 20)] {
            let area = Rect::new(0, 0, width, height);
            let mut shown = Buffer::empty(area);
            stage::draw(&scene, area, &mut shown, &COLOURS);
            let ascii = stage::text(&scene, width, height, true);
            insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
                insta::assert_snapshot!(format!("stage-{name}-{width}x{height}"), format!("{shown:?}\n{ascii}"));
            });
        }
    }
}
