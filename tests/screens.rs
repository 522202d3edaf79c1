//! Every screen as a picture of text and styles, at 80x24 and 120x40. Each is reached by keys, as a person
//! reaches it. After a change on purpose: `INSTA_UPDATE=always cargo test --test screens`, and read the
//! difference.

#[path = "support/model.rs"]
mod model;

use std::sync::Arc;

use model::{draw, frames, open_tree, press};
use sysdrill::app::{Action, Effect, Mark, Model};
use sysdrill::config::theme::Colours;

/// Draws a screen in both sizes and holds it against its snapshot.
fn check(name: &str, start: fn(u16, u16) -> Model, go: impl Fn(&mut Model)) {
    for (width, height) in [(80, 24), (120, 40)] {
        let mut model = start(width, height);
        go(&mut model);
        let shown = format!("{:?}", draw(&model, Colours::True));
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("{name}-{width}x{height}"), shown);
        });
    }
}

#[test]
fn today() {
    check("today-first", model::model, |_| ());
    check("today", model::model_with_progress, |_| ());
}

#[test]
fn library() {
    check("library", model::model_with_progress, |model| drop(press(model, "alt-2")));
    check("page", model::model, |model| drop(press(model, "enter")));
    check("page-bet", model::model, |model| drop(press(model, "enter B 9 enter")));
    check("page-demo", model::model, |model| {
        press(model, "enter B 9 enter enter");
        frames(model, 90);
    });
    check("cheat-sheet", model::model, |model| drop(press(model, "enter c")));
    check("page-find", model::model, |model| drop(press(model, "enter / k e y enter n")));
}

#[test]
fn decisions() {
    check("decide", model::model, |model| open_tree(model, "rate-limiter", "a down"));
    check("decide-leaf", model::model, |model| open_tree(model, "rate-limiter", "a b b"));
    check("decide-tree", model::model, |model| open_tree(model, "rate-limiter", "a b t j j"));
    check("decide-scenario", model::model, |model| open_tree(model, "rate-limiter", "x a"));
    check("decide-list", model::model, |model| drop(press(model, "alt-2 G")));
}

/// Opens a demo of the Lab by its name.
fn open_demo(model: &mut Model, name: &str) {
    press(model, "alt-3 f");
    model::act(model, Action::Paste(name.into()));
    press(model, "enter");
}

#[test]
fn lab() {
    check("lab", model::model_with_progress, |model| drop(press(model, "alt-3")));
    check("lab-filter", model::model_with_progress, |model| drop(press(model, "alt-3 f l i m")));
    for name in ["ring", "limiter", "breaker", "queueing", "retry"] {
        check(&format!("lab-{name}"), model::model, |model| {
            open_demo(model, name);
            frames(model, 150);
        });
    }
    check("lab-look-for", model::model, |model| {
        open_demo(model, "limiter");
        press(model, "i");
    });
    check("lab-source", model::model, |model| {
        open_demo(model, "ring");
        press(model, "s j j");
    });
    check("lab-fork", model::model, |model| {
        open_demo(model, "limiter");
        frames(model, 60);
        press(model, "F l l");
        frames(model, 60);
    });
    check("lab-seeds", model::model, |model| {
        open_demo(model, "ring");
        let effects = press(model, "D");
        let sweep = effects.into_iter().find_map(|effect| match effect {
            Effect::Sweep(ticket, sweep) => Some((ticket, sweep)),
            _ => None,
        });
        let (ticket, mut sweep) = sweep.expect("a sweep");
        for _ in 0..12 {
            assert!(sweep.next(&mut || true));
        }
        model::act(model, Action::Swept(ticket, 12, false, Ok(Arc::new(sweep.spreads()))));
    });
}

#[test]
fn drill() {
    check("drill", model::model_with_progress, |model| drop(press(model, "alt-4")));
    check("drill-question", model::model, |model| drop(press(model, "alt-4 j enter")));
    check("drill-bet", model::model, |model| drop(press(model, "alt-4 j enter 9 enter")));
    check("drill-recall", model::model, |model| {
        drop(press(model, "alt-4 j enter 9 enter 3 9 0 enter enter enter"));
    });
    check("drill-choice", model::model, to_choice);
    check("drill-choice-judged", model::model, |model| {
        to_choice(model);
        press(model, "a");
    });
    check("drill-summary", model::model, |model| {
        drop(press(model, "alt-4 j enter 9 enter 3 9 0 enter 1 esc"));
    });
}

/// Puts off cards of the first deck until one offers options.
fn to_choice(model: &mut Model) {
    press(model, "alt-4 j enter");
    for _ in 0..40 {
        if model.drill.options().is_some() {
            model.notice = None;
            return;
        }
        model::act(model, Action::Marked(Mark::Bury));
    }
    panic!("no card with options:\n{}", model::text(model));
}

#[test]
fn envelope() {
    check("envelope", model::model, |model| drop(press(model, "alt-5 down down")));
    check("envelope-fault", model::model, |model| {
        drop(press(model, "alt-5 ctrl-k 3 space G B space + space 2 space s down up"));
    });
    check("envelope-range", model::model, |model| {
        press(model, "alt-5 alt-a");
        let text = "# A feed\ndau = 200M to 500M users\npost = 0.8 to 2 KB/post\n\
                    storage = dau * 0.2 posts/user/day * post * 5 years  # no copies";
        model::act(model, Action::Paste(text.into()));
    });
    check("envelope-complete", model::model, |model| {
        drop(press(model, "alt-5 end enter x = 2 space d tab tab"));
    });
    check("envelope-list", model::model, |model| drop(press(model, "alt-5 ctrl-o down")));
}

#[test]
fn help_and_palette() {
    check("help", model::model, |model| drop(press(model, "?")));
    check("palette", model::model, |model| drop(press(model, ": r i n g")));
    check("problems", model::model, |model| {
        model.report(["config.toml:2:13: 'retention' is 0.70 to 0.99, not 2\n  2 | retention = 2\n    |             ^".into()].into_iter());
    });
}
