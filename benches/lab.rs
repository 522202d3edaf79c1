//! What each demo costs: an event, a copy of its world, a rewind, a frame at 200x60.
//!
//! The run is the default one, played to its end. `event` is the mean time of an event with everything that
//! belongs to it (rules, goals, trace, snapshots). `rewind` is the longest of twenty rewinds from the end to moments all over
//! the run; the promise is 16 ms. `scene` makes the picture, `frame` draws the whole screen with it, in the
//! middle of the run and at its end, `view` with the dearest of its other views, the slower of the two; the promise is 1 ms. Medians of several rounds. `docs/performance.md` has the
//! figures; run it with `cargo bench --bench lab [-- NAME]`.

mod shared;

use std::hint::black_box;
use std::time::{Duration, Instant};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use shared::Learner;
use sysdrill::app::player::Player;
use sysdrill::app::{self, Start};
use sysdrill::config::theme::Colours;
use sysdrill::lab::{Run, Settings, Spec, demos};
use sysdrill::sim::{Nanos, Seed};
use sysdrill::ui;

const ROUNDS: usize = 9;

fn main() {
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    println!("demo            events   event   copy KB  rewind    scene    frame     view");
    println!("                         ns               ms        us       us       us");
    for spec in demos().iter().filter(|spec| wanted.is_empty() || wanted.iter().any(|name| name == spec.name))
    {
        measure(spec);
    }
}

fn measure(spec: &'static Spec) {
    let mut events = 0;
    let event = median(|| {
        let started = Instant::now();
        let run = at_end(spec);
        events = run.events();
        started.elapsed() / u32::try_from(events.max(1)).unwrap_or(u32::MAX)
    });
    let run = at_end(spec);
    let rewind = median(|| longest_rewind(&run));
    let scene = median(|| {
        let started = Instant::now();
        for _ in 0..20 {
            black_box(run.scene());
        }
        started.elapsed() / 20
    });
    let slower = |view| [0.5, 1.0].map(|part| frame(spec, part, view)).into_iter().max().unwrap_or_default();
    let view = (1..spec.views.len()).map(slower).max().unwrap_or_default();
    let frame = slower(0);
    println!(
        "{:12} {:>9} {:>7.0} {:>9} {:>7.2} {:>8.1} {:>8.1} {:>8.1}",
        spec.name,
        events,
        event.as_nanos() as f64,
        run.bytes() / 1024,
        rewind.as_secs_f64() * 1e3,
        scene.as_secs_f64() * 1e6,
        frame.as_secs_f64() * 1e6,
        view.as_secs_f64() * 1e6,
    );
}

fn at_end(spec: &'static Spec) -> Run {
    let mut run = Run::new(spec, Seed(7), Settings::defaults(spec));
    run.advance_to(spec.length, || true);
    run
}

/// The longest of twenty rewinds from the end.
fn longest_rewind(end: &Run) -> Duration {
    let mut longest = Duration::ZERO;
    for part in 0..20 {
        let mut run = end.clone();
        // Off the round moments, where a snapshot might lie by luck.
        let target = Nanos(end.now().0 / 1_000 * (part * 50 + 47));
        let started = Instant::now();
        run.rewind_to(target);
        longest = longest.max(started.elapsed());
    }
    longest
}

/// A whole screen with the demo on it.
fn frame(spec: &'static Spec, part: f64, view: usize) -> Duration {
    let mut player = Player::new(spec, Seed(7), Settings::defaults(spec));
    player.show_view(view);
    player.run.advance_to(Nanos((spec.length.0 as f64 * part) as u64), || true);
    let now = "2026-03-02T18:30:00+01:00".parse().expect("it is a time");
    let mut model = Learner::studied_until(now).model((200, 60));
    app::start(&mut model, Start::Demo(Box::new(player)));
    let mut buffer = Buffer::empty(Rect::new(0, 0, 200, 60));
    median(|| {
        let started = Instant::now();
        for _ in 0..10 {
            buffer.reset();
            ui::draw(&model, Colours::True, &mut buffer);
        }
        started.elapsed() / 10
    })
}

fn median(mut measure: impl FnMut() -> Duration) -> Duration {
    let mut times: Vec<Duration> = (0..ROUNDS).map(|_| measure()).collect();
    times.sort_unstable();
    times[ROUNDS / 2]
}
