//! What holds for every tree, tried on generated ones, and every mistake that a file can have.
//!
//! The oracle is the plan from which a file is written: a list of edges, gone through by brute force.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{LineKind, Node, Step, Tree, Walk, parse};
use crate::config::problem::Problem;

/// Where an answer of the plan leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum To {
    Question(usize),
    Leaf(usize),
}

/// A graph whose answers lead to later questions only, and in which everything is reached.
#[derive(Clone, Debug)]
struct Plan {
    questions: Vec<Vec<To>>,
    leaves: usize,
}

/// Makes a plan of any numbers: each question hangs on an earlier one, then further answers lead anywhere below.
fn plan(questions: usize, chance: &[u32]) -> Plan {
    let mut chance =
        chance.iter().copied().cycle().enumerate().map(|(i, n)| (n as usize).wrapping_add(i * i));
    let mut draw = |below: usize| chance.next().map_or(0, |n| n % below.max(1));
    let mut answers: Vec<Vec<To>> = vec![Vec::new(); questions];
    for question in 1..questions {
        answers[draw(question)].push(To::Question(question));
    }
    let mut leaves = 0;
    for (question, answers) in answers.iter_mut().enumerate() {
        let wanted = (2 + draw(3)).max(answers.len()).min(9);
        while answers.len() < wanted.max(2) {
            let later = questions - question - 1;
            let to = match draw(4) {
                0 if later > 0 => To::Question(question + 1 + draw(later)),
                1 if leaves > 0 => To::Leaf(draw(leaves)),
                _ => {
                    leaves += 1;
                    To::Leaf(leaves - 1)
                }
            };
            let place = draw(answers.len() + 1);
            answers.insert(place, to);
        }
    }
    Plan { questions: answers, leaves }
}

fn any_plan() -> impl Strategy<Value = Plan> {
    (1..8usize, prop::collection::vec(any::<u32>(), 24))
        .prop_map(|(questions, chance)| plan(questions, &chance))
}

impl Plan {
    /// All walks, as answers, with the leaf they end at.
    fn walks(&self) -> Vec<(Vec<usize>, usize)> {
        fn go(plan: &Plan, question: usize, path: &mut Vec<usize>, walks: &mut Vec<(Vec<usize>, usize)>) {
            for (answer, to) in plan.questions[question].iter().enumerate() {
                path.push(answer);
                match *to {
                    To::Leaf(leaf) => walks.push((path.clone(), leaf)),
                    To::Question(next) => go(plan, next, path, walks),
                }
                path.pop();
            }
        }
        let mut walks = Vec::new();
        go(self, 0, &mut Vec::new(), &mut walks);
        walks
    }

    /// The file, one field a line.
    fn text(&self) -> Vec<String> {
        let mut lines = vec!["title = 'T?'".into(), "summary = 's'".into(), "topics = ['t']".into()];
        for (question, answers) in self.questions.iter().enumerate() {
            lines.extend([
                "[[question]]".into(),
                format!("id = 'q{question}'"),
                format!("ask = 'Q{question}?'"),
            ]);
            lines.push("answers = [".into());
            for (answer, to) in answers.iter().enumerate() {
                let to = match to {
                    To::Question(to) => format!("q{to}"),
                    To::Leaf(to) => format!("l{to}"),
                };
                lines.push(format!("{{ says = 'A{question}.{answer}', to = '{to}' }},"));
            }
            lines.push("]".into());
        }
        for leaf in 0..self.leaves {
            lines.extend(["[[leaf]]".into(), format!("id = 'l{leaf}'"), format!("recommend = 'L{leaf}'")]);
            lines.extend(["why = 'w'".into(), "cost = 'c'".into()]);
        }
        for (number, (walk, leaf)) in self.walks().iter().take(3).enumerate() {
            let letters: String = walk.iter().map(|&answer| super::letter(answer)).collect();
            lines.extend(["[[scenario]]".into(), format!("id = 's{number}'"), "says = 'x'".into()]);
            lines.extend([format!("leaf = 'l{leaf}'"), format!("answers = '{letters}'"), "why = 'y'".into()]);
        }
        lines
    }

    fn tree(&self) -> Tree {
        let (tree, problems) = parse("t.toml", "t", &self.text().join("\n"));
        assert_eq!(problems, []);
        tree.expect("nothing is wrong")
    }
}

fn answers(path: &[Step]) -> Vec<usize> {
    path.iter().map(|step| step.answer).collect()
}

fn common(one: &[usize], other: &[usize]) -> usize {
    one.iter().zip(other).take_while(|(a, b)| a == b).count()
}

proptest! {
    #[test]
    fn every_walk_comes_to_its_leaf_and_back(plan in any_plan()) {
        let (tree, walks) = (plan.tree(), plan.walks());
        for (path, leaf) in &walks {
            let walk = Walk::along(&tree, path).expect("a walk of the plan");
            prop_assert_eq!(walk.leaf(), Some(*leaf));
            prop_assert_eq!(&answers(walk.steps()), path);
            prop_assert!(path.len() <= tree.longest());
            // Behind a leaf there is no answer.
            prop_assert_eq!(Walk::along(&tree, &[path.as_slice(), &[0]].concat()), Err(path.len()));
            for back in 0..=path.len() + 1 {
                let mut again = walk.clone();
                prop_assert_eq!(again.back(back), back.min(path.len()));
                let kept = path.len().saturating_sub(back);
                prop_assert_eq!(&again, &Walk::along(&tree, &path[..kept]).expect("a part of it"));
                for &answer in &path[kept..] {
                    prop_assert!(again.answer(&tree, answer));
                }
                prop_assert_eq!(&again, &walk);
            }
        }
        prop_assert_eq!(walks.iter().map(|(path, _)| path.len()).max(), Some(tree.longest()));
    }

    #[test]
    fn the_ways_to_a_leaf_are_all_walks_that_end_there(plan in any_plan(), most in 1..4usize) {
        let (tree, walks) = (plan.tree(), plan.walks());
        for leaf in 0..plan.leaves {
            let expected: Vec<&Vec<usize>> =
                walks.iter().filter(|(_, end)| *end == leaf).map(|(path, _)| path).collect();
            let found: Vec<Vec<usize>> = tree.ways(leaf, usize::MAX).iter().map(|way| answers(way)).collect();
            prop_assert_eq!(found.iter().collect::<Vec<_>>(), expected.clone());
            prop_assert_eq!(tree.ways(leaf, most).len(), expected.len().min(most));
            let shortest = expected.iter().map(|path| path.len()).min();
            prop_assert_eq!(tree.way(Tree::ROOT, leaf).map(|way| way.len()), shortest);
        }
    }

    #[test]
    fn ways_part_as_late_as_they_can(plan in any_plan()) {
        let (tree, walks) = (plan.tree(), plan.walks());
        for (path, end) in &walks {
            let walk = Walk::along(&tree, path).expect("a walk of the plan");
            for leaf in 0..plan.leaves {
                let others = walks.iter().filter(|(_, other)| *other == leaf);
                let latest = others.map(|(other, _)| common(path, other)).max();
                let Some(parting) = tree.part(walk.steps(), leaf) else {
                    prop_assert_eq!(leaf, *end);
                    continue;
                };
                let at = walk.steps().iter().position(|step| *step == parting.here);
                prop_assert_eq!(at, latest);
                // Who answers so, and then as told, comes to the other leaf.
                let mut other = path[..at.unwrap_or(0)].to_vec();
                other.push(parting.there);
                other.extend(answers(&parting.then));
                prop_assert_eq!(Walk::along(&tree, &other).map(|walk| walk.leaf()), Ok(Some(leaf)));
            }
        }
    }

    #[test]
    fn a_scenario_offers_its_leaf_and_the_nearest_others(plan in any_plan(), most in 1..7usize) {
        let tree = plan.tree();
        prop_assert!(!tree.scenarios.is_empty());
        for scenario in &tree.scenarios {
            let options = tree.options(scenario, most);
            prop_assert_eq!(options.len(), most.min(plan.leaves));
            prop_assert_eq!(&options[0], &(scenario.leaf, None));
            let leaves: BTreeSet<usize> = options.iter().map(|(leaf, _)| *leaf).collect();
            prop_assert_eq!(leaves.len(), options.len());
            let depth = |leaf| {
                let parting = tree.part(&scenario.path, leaf)?;
                scenario.path.iter().position(|step| *step == parting.here)
            };
            let nearest = options[1..].iter().filter_map(|(leaf, _)| depth(*leaf)).min();
            let left_out = (0..plan.leaves).filter(|leaf| !leaves.contains(leaf)).filter_map(depth).max();
            prop_assert!(left_out <= nearest || options.len() == 1, "{left_out:?} {nearest:?}");
        }
    }

    #[test]
    fn the_whole_tree_shows_every_answer_once(plan in any_plan()) {
        let tree = plan.tree();
        let lines = tree.lines();
        let mut asked = vec![0; plan.questions.len()];
        let mut given: Vec<Step> = Vec::new();
        for (number, line) in lines.iter().enumerate() {
            match line.kind {
                LineKind::Question(question) => asked[question] += 1,
                LineKind::Again(question) => prop_assert_eq!(asked[question], 1, "it stands above"),
                LineKind::Leaf(_) => {}
                LineKind::Answer { step, last } => {
                    given.push(step);
                    prop_assert_eq!(last, step.answer + 1 == plan.questions[step.question].len());
                    let next = &lines[number + 1];
                    prop_assert_eq!(next.bars.len(), line.bars.len() + 1);
                    prop_assert_eq!(next.bars.last(), Some(&!last));
                    let to = match plan.questions[step.question][step.answer] {
                        To::Leaf(leaf) => next.kind == LineKind::Leaf(leaf),
                        To::Question(question) => {
                            [LineKind::Question(question), LineKind::Again(question)].contains(&next.kind)
                        }
                    };
                    prop_assert!(to, "{:?}", next);
                }
            }
        }
        prop_assert!(asked.iter().all(|&times| times == 1));
        let edges = plan.questions.iter().enumerate();
        let mut all: Vec<Step> = edges
            .flat_map(|(question, answers)| (0..answers.len()).map(move |answer| Step { question, answer }))
            .collect();
        let order = |step: &Step| (step.question, step.answer);
        all.sort_by_key(order);
        given.sort_by_key(order);
        prop_assert_eq!(given, all);
    }

    #[test]
    fn one_mistake_anywhere_is_told_at_its_line(plan in any_plan(), kind in 0..8usize, chance in any::<usize>()) {
        let mut lines = plan.text();
        let places = |start: &str| -> Vec<usize> {
            lines.iter().enumerate().filter(|(_, l)| l.starts_with(start)).map(|(i, _)| i).collect()
        };
        let pick = |start: &str| { let all = places(start); all[chance % all.len()] };
        let (line, expected) = match kind {
            0 => {
                let line = pick("{ says");
                lines[line] = "{ says = 'x', to = 'nowhere' },".into();
                (line, "no question and no leaf is called 'nowhere'")
            }
            1 => {
                lines.extend(["[[leaf]]", "id = 'lone'", "recommend = 'r'", "why = 'w'", "cost = 'c'"].map(String::from));
                (lines.len() - 4, "no answer leads to 'lone'")
            }
            2 => {
                let line = pick("{ says");
                lines[line] = "{ says = 'x', to = 'q0' },".into();
                (line, "this leads back to 'q0': who answers so goes round in a circle")
            }
            3 => {
                let start = pick("answers = [");
                let end = start + lines[start..].iter().position(|l| l == "]").expect("its end");
                lines.drain(start + 2..end);
                (start, "a question has 2 to 9 answers, this one has 1")
            }
            4 => {
                let line = pick("cost");
                lines.remove(line);
                (line - 4, "'cost' is missing")
            }
            5 => {
                let line = pick("leaf = ");
                lines[line] = "leaf = 'lost'".into();
                (line, "no leaf is called 'lost'")
            }
            6 => {
                lines.extend(["[[leaf]]", "id = 'l0'", "recommend = 'r'", "why = 'w'", "cost = 'c'"].map(String::from));
                (lines.len() - 4, "the id 'l0' is used twice")
            }
            _ => {
                lines.push("whay = 'x'".into());
                (lines.len() - 1, "'whay' is not known here")
            }
        };
        let (tree, problems) = parse("t.toml", "t", &lines.join("\n"));
        prop_assert!(tree.is_none());
        let told = |p: &Problem| p.line == line + 1 && p.message == expected;
        prop_assert!(problems.iter().any(told), "{} {expected}\n{problems:#?}", line + 1);
    }

    #[test]
    fn any_text_gives_a_tree_or_problems(lines in prop::collection::vec(0..40usize, 0..30)) {
        let all = plan(4, &[3, 1, 4, 1, 5]).text();
        let text: Vec<&str> = lines.iter().map(|&line| all[line % all.len()].as_str()).collect();
        let (tree, problems) = parse("t.toml", "t", &text.join("\n"));
        prop_assert_eq!(tree.is_none(), !problems.is_empty());
    }
}

/// A tree of two questions that meet again in one leaf.
const MEETING: &str = r#"
title = "Which?"
summary = "s"
topics = ["t"]
[[question]]
id = "one"
ask = "One?"
answers = [ { says = "yes", to = "two" }, { says = "no", to = "shared" } ]
[[question]]
id = "two"
ask = "Two?"
why = "to know"
answers = [ { says = "yes", to = "shared" }, { says = "no", to = "other" } ]
[[leaf]]
id = "shared"
recommend = "S"
why = "w"
cost = "c"
again = "later"
pages = ["t#part", "u"]
[[leaf]]
id = "other"
recommend = "O"
why = "w"
cost = "c"
"#;

#[test]
fn reads_all_fields() {
    let text = format!(
        "{MEETING}\n[[scenario]]\nid = 'x'\nsays = 'S'\nleaf = 'shared'\nanswers = 'a, a'\nwhy = 'because'\n"
    );
    let (tree, problems) = parse("t.toml", "t", &text);
    assert_eq!(problems, []);
    let tree = tree.expect("nothing is wrong");
    assert_eq!((tree.slug.as_str(), tree.title.as_str(), tree.longest()), ("t", "Which?", 2));
    assert_eq!(tree.questions[1].why.as_deref(), Some("to know"));
    assert_eq!(tree.questions[0].answers[1].to, Node::Leaf(0));
    assert_eq!(tree.leaves[0].again.as_deref(), Some("later"));
    let pages: Vec<_> =
        tree.leaves[0].pages.iter().map(|p| (p.topic.as_str(), p.heading.as_deref(), p.line)).collect();
    assert_eq!(pages, [("t", Some("part"), 20), ("u", None, 20)]);
    assert_eq!(answers(&tree.scenarios[0].path), [0, 0]);
    assert_eq!(tree.lines().iter().filter(|line| line.kind == LineKind::Leaf(0)).count(), 2);
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let check = |added: &str, expected: &str| {
        let (tree, problems) = parse("t.toml", "t", &format!("{MEETING}{added}\n"));
        assert_eq!(tree, None, "{added}");
        let told: Vec<String> =
            problems.iter().map(|p| format!("{}:{} {}", p.line, p.column, p.message)).collect();
        assert!(told.iter().any(|told| told == expected), "{added}\n{told:#?}");
    };
    let scenario = "[[scenario]]\nid = 'x'\nsays = 'S'\nwhy = 'w'\n";
    check(&format!("{scenario}leaf = 'shared'"), "30:8 several ways lead to 'shared': which one is this?");
    check(
        &format!("{scenario}leaf = 'other'\nanswers = 'b'"),
        "31:11 these answers lead to 'shared', not to 'other'",
    );
    check(
        &format!("{scenario}leaf = 'other'\nanswers = 'a'"),
        "31:11 these answers lead to 'two', not to 'other'",
    );
    check(
        &format!("{scenario}leaf = 'other'\nanswers = 'a,c'"),
        "31:11 after 1 of these answers there is no such answer",
    );
    check(&format!("{scenario}leaf = 'other'\nanswers = 'a;b'"), "31:11 an answer is a letter, not ';'");
    check(&format!("{scenario}leaf = 'two'"), "30:8 no leaf is called 'two'");
    check(
        &format!("{scenario}leaf = 'other'\n{scenario}leaf = 'other'"),
        "32:6 two scenarios are called 'x'",
    );
    check("[[scenario]]\nid = 'x'\nsays = 'S'\nleaf = 'other'", "26:1 'why' is missing");
    check("[[leaf]]\nid = 'Shared leaf'", "27:6 an id is made of small letters, digits and hyphens");
    let bad = parse("t.toml", "t", &MEETING.replace("topics = [\"t\"]\n", ""));
    assert_eq!(bad.1[0].message, "the tree belongs to no topic");
}

#[test]
fn any_bytes_give_problems_not_panics() {
    for text in [
        "",
        "\u{0}",
        "[[question]]",
        "question = 3",
        "title = [",
        "[[leaf]]\nid = 1",
        "[[scenario]]\nleaf = 'x'",
    ] {
        let (tree, problems) = parse("x.toml", "x", text);
        assert!(tree.is_none() && !problems.is_empty(), "{text:?}");
    }
    let many: String = (0..5000)
        .map(|i| format!("[[question]]\nid = 'q{i}'\nask = 'x'\nanswers = [{{ says = 'a', to = 'q{}' }}, {{ says = 'b', to = 'l' }}]\n", i + 1))
        .collect();
    let (tree, problems) = parse("x.toml", "x", &many);
    assert!(tree.is_none() && problems.iter().any(|p| p.message.contains("at most 200")));
}
