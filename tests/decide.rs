//! Decisions: what every tree of the program's own content keeps, and how one is walked in a page, with keys and
//! with the mouse.

#[path = "support/model.rs"]
mod model;

use std::collections::HashSet;

use model::{act, open_tree, press, text};
use sysdrill::app::live::LiveBlock;
use sysdrill::app::reader::{Origin, Reading};
use sysdrill::app::walk::{Shows, Walking, tree_lines, walk_lines};
use sysdrill::app::{Action, Effect, Model, Pointer, Target};
use sysdrill::config::theme::Colours;
use sysdrill::decide::{Node, Tree, Walk, letter};
use sysdrill::deck::Kind;
use sysdrill::doc::{self, LiveKind};
use sysdrill::drill::Variant;
use sysdrill::library::{self, Library};
use sysdrill::memory::{Grade, ReviewKind};

/// All walks through a tree, to questions and to leaves.
fn walks(tree: &Tree) -> Vec<Walk> {
    let mut all = vec![Walk::new()];
    let mut next = 0;
    while let Some(walk) = all.get(next).cloned() {
        next += 1;
        if let Node::Question(question) = walk.at() {
            for answer in 0..tree.questions[question].answers.len() {
                let mut further = walk.clone();
                assert!(further.answer(tree, answer));
                all.push(further);
            }
        }
    }
    all
}

#[test]
fn our_trees_are_of_a_size_to_be_walked_and_asked() {
    let library = Library::load(&[]);
    assert!(library.trees().len() >= 5);
    for tree in library.trees() {
        let name = &tree.slug;
        assert!((4..=10).contains(&tree.leaves.len()), "{name}");
        assert!((3..=6).contains(&tree.scenarios.len()), "{name}");
        assert!(tree.longest() <= 6, "{name} asks {} questions", tree.longest());
        assert!(!tree.sources.is_empty(), "{name}");
        assert!(tree.title.ends_with('?'), "{name}: a scenario asks the title");
        let ends: HashSet<usize> = walks(tree).iter().filter_map(Walk::leaf).collect();
        assert_eq!(ends.len(), tree.leaves.len(), "{name}: every leaf is reached");
        for scenario in &tree.scenarios {
            let answers: Vec<usize> = scenario.path.iter().map(|step| step.answer).collect();
            let end = Walk::along(tree, &answers).map(|walk| walk.leaf());
            assert_eq!(end, Ok(Some(scenario.leaf)), "{name}.{}", scenario.id);
        }
        let leaves: HashSet<usize> = tree.scenarios.iter().map(|scenario| scenario.leaf).collect();
        assert_eq!(leaves.len(), tree.scenarios.len(), "{name}: scenarios ask for different leaves");
    }
    assert_eq!(library::check(&library).problems, []);
}

#[test]
fn a_scenario_is_a_card_whose_wrong_options_say_where_they_are_right() {
    let library = Library::load(&[]);
    for tree in library.trees() {
        for scenario in &tree.scenarios {
            let id = format!("{}.{}", tree.slug, scenario.id);
            let card = library.card(&id).unwrap_or_else(|| panic!("no card {id}"));
            assert_eq!(card.topic, tree.topics[0]);
            let Kind::Choice { options } = &card.kind else { panic!("{id} is no choice") };
            assert!((4..=5).contains(&options.len()), "{id}");
            assert_eq!(options.iter().filter(|option| option.right).count(), 1, "{id}");
            for option in options {
                let leaf = tree.leaves.iter().position(|leaf| leaf.recommend == option.text);
                let leaf = leaf.unwrap_or_else(|| panic!("{id}: {}", option.text));
                assert_eq!(option.right, leaf == scenario.leaf);
                if !option.right {
                    // What it says is true: some walk that gives this answer ends there.
                    let told = walks(tree).into_iter().any(|walk| {
                        walk.leaf() == Some(leaf)
                            && walk.steps().iter().any(|step| {
                                let question = &tree.questions[step.question];
                                option.why.contains(question.ask.trim_end_matches('.'))
                                    && option.why.contains(question.answers[step.answer].says.trim())
                            })
                    });
                    assert!(told, "{id}: {}", option.why);
                }
            }
        }
    }
}

#[test]
fn the_written_pages_have_their_decision_where_they_speak_of_choosing() {
    let library = Library::load(&[]);
    for slug in ["consistent-hashing", "rate-limiting", "circuit-breaker"] {
        let page = library.topic(slug).and_then(|topic| topic.page.as_ref()).expect("a written page");
        let choosing = doc::parse(&page.body).section("choosing").expect("the section");
        let trees: Vec<&str> = choosing
            .live()
            .filter(|block| block.kind == LiveKind::Decide)
            .map(|block| block.argument.trim())
            .collect();
        assert_eq!(trees.len(), 1, "{slug}");
        let tree = library.tree(trees[0]).expect("it is sound");
        assert_eq!(tree.topics[0], slug);
    }
}

#[test]
fn no_line_of_a_decision_is_wider_than_there_is_room() {
    let library = Library::load(&[]);
    for tree in library.trees() {
        for walk in walks(tree) {
            for width in [1, 2, 3, 5, 7, 8, 11, 14, 20, 30, 41, 76, 200] {
                for ascii in [false, true] {
                    let step = walk_lines(tree, &walk, &[], width, ascii);
                    let whole = tree_lines(tree, Some(&walk), width, ascii);
                    for line in step.iter().chain(&whole) {
                        assert!(
                            line.line.width() <= width,
                            "{} at {width}: {:?}",
                            tree.slug,
                            line.line.text()
                        );
                        let rails = "│├└─◆▸↑";
                        assert!(!ascii || !line.line.text().contains(|c| rails.contains(c)));
                    }
                }
            }
        }
    }
}

#[test]
fn the_whole_tree_shows_the_walk_without_colour() {
    let library = Library::load(&[]);
    for tree in library.trees() {
        for walk in walks(tree) {
            let lines = tree_lines(tree, Some(&walk), 76, true);
            let shown: Vec<String> = lines.iter().map(|line| line.line.text()).collect();
            let given = walk.steps().iter().filter(|step| {
                let mark = format!("[{}] ", letter(step.answer));
                shown.iter().any(|line| line.contains(&mark))
            });
            assert_eq!(given.count(), walk.steps().len());
            let brackets = shown.iter().filter(|line| line.contains("-[")).count();
            assert_eq!(brackets, walk.steps().len(), "{shown:#?}");
            let arrows = shown.iter().filter(|line| line.trim_start_matches(['|', ' ']).starts_with("> "));
            assert_eq!(arrows.count(), 1, "{shown:#?}");
        }
    }
}

/// The decision on the page.
fn walking(model: &Model) -> &Walking {
    let reading = model.reader.open.as_ref().expect("a page is open");
    let found = reading.live.values().find_map(|block| match block {
        LiveBlock::Decide(walking) => Some(&**walking),
        _ => None,
    });
    found.expect("a decision is on the page")
}

/// The answers given, as letters, and whether the keys are in the block.
fn place(model: &Model) -> (String, bool) {
    let answers = walking(model).walk.steps().iter().map(|step| letter(step.answer)).collect();
    (answers, model.reader.open.as_ref().is_some_and(|reading| reading.entered))
}

#[test]
fn keys_walk_a_decision() {
    let check = |keys: &str, answers: &str, entered: bool, row: usize| {
        let mut model = model::model(80, 24);
        open_tree(&mut model, "rate-limiter", keys);
        assert_eq!(place(&model), (answers.to_string(), entered), "{keys}");
        assert_eq!(walking(&model).chosen, row, "{keys}");
        assert_eq!(walking(&model).tree.slug, "rate-limiter");
    };
    check("", "", true, 0);
    check("a", "a", true, 0);
    check("A B", "ab", true, 0);
    check("enter", "a", true, 0);
    check("down enter", "b", true, 0);
    check("j j k enter", "b", true, 0);
    check("z", "", true, 0);
    check("d", "", true, 0);
    check("a b c backspace", "ab", true, 2);
    check("a b c backspace backspace backspace backspace", "", true, 0);
    check("a b R", "", true, 0);
    check("a esc", "a", false, 0);
    check("a q", "a", false, 0);
    check("a t j t d", "ad", true, 0);
    check("a t esc b", "ab", true, 0);
    check("a x esc b", "ab", true, 0);
    check("a b b down", "abb", true, 1);
}

#[test]
fn a_leaf_says_what_why_and_at_what_cost_and_leads_to_its_pages() {
    let mut model = model::model(100, 40);
    open_tree(&mut model, "rate-limiter", "a b b");
    let shown = text(&model);
    for part in [
        "A token bucket in a shared store",
        "Why ",
        "Cost ",
        "Look again  when",
        "Rate limiting › many servers",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    press(&mut model, "b");
    let reading = model.reader.open.as_ref().expect("a page");
    assert_eq!(reading.slug, "rate-limiting");
    assert!(text(&model).contains("A client's requests arrive at all of your gateways"), "{}", text(&model));
    // And back to the decision.
    press(&mut model, "backspace");
    assert_eq!(walking(&model).tree.slug, "rate-limiter");
    press(&mut model, "esc backspace");
    assert!(model.reader.open.is_none(), "back in the list");
}

#[test]
fn a_scenario_is_asked_and_saved_as_a_review() {
    let mut model = model::model(100, 40);
    open_tree(&mut model, "rate-limiter", "x");
    let Shows::Scenario(asking) = &walking(&model).shows else { panic!("a scenario") };
    assert_eq!(asking.asked.card.id.0, "rate-limiter.login-attempts");
    let (Variant::Pick { order, .. }, Kind::Choice { options }) =
        (&asking.asked.variant, &asking.asked.card.kind)
    else {
        panic!("a choice")
    };
    let right = order.iter().position(|&option| options[option].right).map(letter).expect("one is right");
    let effects = press(&mut model, &format!("{right} enter"));
    let [Effect::Save(review)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((review.card.as_str(), review.grade), ("rate-limiter.login-attempts", Grade::Good));
    assert_eq!(review.kind, ReviewKind::Scheduled);
    assert!(text(&model).contains("saved: Good"), "{}", text(&model));
    // What is not on disk is not called saved.
    let id = review.id.clone();
    act(&mut model, Action::NotSaved(id, "the disk is full".into()));
    assert!(!text(&model).contains("saved: Good"), "{}", text(&model));
    press(&mut model, "enter x");
    let Shows::Scenario(asking) = &walking(&model).shows else { panic!("a scenario") };
    assert_eq!(asking.asked.card.id.0, "rate-limiter.public-api");
    press(&mut model, "esc");
    assert!(matches!(walking(&model).shows, Shows::Step));
}

#[test]
fn the_mouse_answers_and_scrolls() {
    let mut model = model::model(80, 24);
    open_tree(&mut model, "rate-limiter", "esc");
    let click = |model: &mut Model, row: usize| {
        let mut buffer = ratatui::buffer::Buffer::empty(ratatui::layout::Rect::new(0, 0, 80, 24));
        let targets = sysdrill::ui::draw(model, Colours::None, &mut buffer);
        let found = targets.iter().find(|(_, target)| matches!(target, Target::Answer(_, r) if *r == row));
        let (area, _) = found.expect("the row can be clicked");
        let target = sysdrill::app::target_at(&targets, area.x + 1, area.y);
        act(model, Action::Pointer(Pointer::Click(target)));
    };
    click(&mut model, 0);
    assert_eq!(place(&model), ("a".to_string(), true), "one click enters and answers");
    click(&mut model, 3);
    assert_eq!(place(&model).0, "ad");
    press(&mut model, "t g");
    act(&mut model, Action::Pointer(Pointer::Wheel { down: true }));
    assert!(matches!(walking(&model).shows, Shows::Whole { top: 3 }), "{:?}", walking(&model).shows);
}

#[test]
fn a_wrong_file_is_named_in_the_page_and_nothing_else_breaks() {
    let folder = tempfile::tempdir().expect("a folder");
    let decisions = folder.path().join("decisions");
    std::fs::create_dir(&decisions).expect("a folder");
    let bad = "title = 'Which?'\nsummary = 's'\ntopics = ['rate-limiting']\n[[question]]\nid = 'q'\nask = 'Q?'\nanswers = [{ says = 'x', to = 'y' }]\n";
    std::fs::write(decisions.join("rate-limiter.toml"), bad).expect("written");
    let library = Library::load(&[folder.path().to_path_buf()]);
    let why = library.tree("rate-limiter").expect_err("it is wrong");
    assert!(why.contains("rate-limiter.toml:7:11: a question has 2 to 9 answers, this one has 1"), "{why}");
    assert!(library.card("rate-limiter.login-attempts").is_none(), "its scenarios went with it");
    assert!(library.tree("rate-limitr").expect_err("no such name").contains("no decision tree is called"));
    let mut model = model::model(80, 24);
    model.library = std::sync::Arc::new(library);
    press(&mut model, "alt-2 G");
    let rows = model.library.written().count() + model.library.trees().len();
    assert_eq!(model.reader.list.chosen, rows - 1);
    let page = Reading::open(&model.library, &Origin::Topic("rate-limiting".into()), 1).expect("the page");
    let broken = page.live.values().filter_map(|block| match block {
        LiveBlock::Broken(why) => Some(why.as_str()),
        _ => None,
    });
    assert_eq!(broken.collect::<Vec<_>>(), [why.as_str()]);
}

#[test]
fn what_is_chosen_and_where_the_walk_stands_is_in_sight_in_small_windows() {
    // Too low for the question and its answers together.
    let mut model = model::model(44, 14);
    open_tree(&mut model, "rate-limiter", "a b");
    assert!(!text(&model).contains("too slow or"), "{}", text(&model));
    press(&mut model, "down down");
    assert!(text(&model).contains("too slow or"), "{}", text(&model));
    // The whole tree opens where one is, and scrolls to both ends.
    let mut model = model::model(80, 24);
    open_tree(&mut model, "rate-limiter", "a d t");
    assert!(text(&model).contains("▸ How large is N"), "{}", text(&model));
    press(&mut model, "g");
    assert!(text(&model).contains("What do you protect against?"), "{}", text(&model));
    press(&mut model, "G");
    assert!(text(&model).contains("◆ Shed load by priority"), "{}", text(&model));
}

#[test]
fn a_tree_that_was_changed_is_shown_as_it_is_now() {
    let folder = tempfile::tempdir().expect("a folder");
    let decisions = folder.path().join("decisions");
    std::fs::create_dir(&decisions).expect("a folder");
    let mut model = model::model(80, 24);
    open_tree(&mut model, "rate-limiter", "a");
    // The same file again: what was answered stays.
    act(&mut model, Action::Reloaded(std::sync::Arc::new(Library::load(&[]))));
    assert_eq!(place(&model).0, "a");
    let tree = "title = 'Which of mine?'\nsummary = 's'\ntopics = ['rate-limiting']\n[[question]]\nid = 'q'\nask = 'Q?'\n\
                answers = [{ says = 'x', to = 'l' }, { says = 'y', to = 'm' }]\n\
                [[leaf]]\nid = 'l'\nrecommend = 'L'\nwhy = 'w'\ncost = 'c'\n\
                [[leaf]]\nid = 'm'\nrecommend = 'M'\nwhy = 'w'\ncost = 'c'\n";
    std::fs::write(decisions.join("rate-limiter.toml"), tree).expect("written");
    let library = Library::load(&[folder.path().to_path_buf()]);
    act(&mut model, Action::Reloaded(std::sync::Arc::new(library)));
    assert_eq!((walking(&model).tree.title.as_str(), place(&model).0), ("Which of mine?", String::new()));
}

#[test]
fn help_and_drill_know_that_a_decision_is_open() {
    let mut model = model::model(100, 40);
    open_tree(&mut model, "rate-limiter", "?");
    let shown = text(&model);
    let at = |part: &str| shown.find(part).unwrap_or_else(|| panic!("{part}\n{shown}"));
    assert!(at("Library: a decision") < at("Library: a page"));
    // `D` drills the deck in which the scenarios are.
    press(&mut model, "esc esc D");
    assert_eq!(model.tab, sysdrill::app::Tab::Drill);
}
