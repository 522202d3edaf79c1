//! `sysdrill decide`: decision trees, whole or walked.

use serde_json::{Value, json};

use super::args::Decide;
use super::place::Place;
use super::{Failure, print, print_json, usage};
use crate::app::asking::CardLine;
use crate::app::walk::{tree_lines, walk_lines};
use crate::decide::{Leaf, Node, Reference, Step, Tree, Walk, letter, letters};
use crate::doc;
use crate::library::Library;

/// The width of what is printed, in columns.
const WIDTH: usize = 80;

/// Lists decision trees, shows one, or walks it.
pub(super) fn run(place: &Place, verb: &Decide) -> Result<(), Failure> {
    let library = place.library();
    let Some(slug) = &verb.slug else { return list(&library, verb.json) };
    let tree = match library.tree(slug) {
        Ok(tree) => tree,
        Err(why) => return usage(format!("{why}. `sysdrill decide` lists what there is.")),
    };
    let ascii = place.settings.screen.ascii;
    let Some(answers) = &verb.answers else { return show(tree, ascii, verb.json) };
    walk(tree, answers, ascii, verb.json)
}

fn list(library: &Library, json: bool) -> Result<(), Failure> {
    if json {
        let trees = library.trees().iter().map(|tree| {
            json!({
                "decision": tree.slug,
                "title": tree.title,
                "summary": tree.summary,
                "topics": tree.topics,
                "questions": tree.questions.len(),
                "leaves": tree.leaves.len(),
                "scenarios": tree.scenarios.len(),
                "file": tree.file,
            })
        });
        return print_json(&Value::Array(trees.collect()));
    }
    for tree in library.trees() {
        print(&format!("{:4} leaves  {:20} {}", tree.leaves.len(), tree.slug, doc::clean(&tree.title)))?;
    }
    Ok(())
}

fn show(tree: &Tree, ascii: bool, json: bool) -> Result<(), Failure> {
    if json {
        return print_json(&whole(tree));
    }
    let lines = text(&tree_lines(tree, None, WIDTH, ascii));
    let head = [&tree.title, &tree.summary].map(|text| doc::wrap_text(&doc::clean(text), WIDTH).join("\n"));
    print(&format!("{}\n\n{lines}", head.join("\n")))
}

fn walk(tree: &Tree, answers: &str, ascii: bool, json: bool) -> Result<(), Failure> {
    let answers = match letters(answers) {
        Ok(answers) => answers,
        Err(why) => return usage(format!("--answers: {why}")),
    };
    let walk = match Walk::along(tree, &answers) {
        Ok(walk) => walk,
        Err(good) => return usage(no_such_answer(tree, &answers, good)),
    };
    if !json {
        // The pages stand there by their names, which `read` takes.
        let mut lines = text(&walk_lines(tree, &walk, &[], WIDTH, ascii));
        if let Some(leaf) = walk.leaf() {
            let pages: Vec<String> = tree.leaves[leaf].pages.iter().map(page).collect();
            if !pages.is_empty() {
                lines.push_str(&format!("{:12}{}\n", "Pages", pages.join(", ")));
            }
        }
        return print(&lines);
    }
    let question = match walk.at() {
        Node::Question(question) => Some(&tree.questions[question].id),
        Node::Leaf(_) => None,
    };
    print_json(&json!({
        "decision": tree.slug,
        "path": path(tree, walk.steps()),
        "question": question,
        "leaf": walk.leaf().map(|at| leaf(&tree.leaves[at])),
    }))
}

/// What to do about an answer that is none.
fn no_such_answer(tree: &Tree, answers: &[usize], good: usize) -> String {
    let letter_of = |answer: &usize| letter(*answer).to_string();
    let given: Vec<String> = answers.iter().map(letter_of).collect();
    let at = Walk::along(tree, &answers[..good]).map(|walk| walk.at());
    match at {
        Ok(Node::Question(question)) => {
            let question = &tree.questions[question];
            let last = letter(question.answers.len() - 1);
            let ask = doc::clean(&question.ask);
            format!("--answers: '{}' is no answer to: {ask} It takes a to {last}.", given[good])
        }
        _ => {
            format!("--answers: {} ends at a leaf; nothing can be answered after it", given[..good].join(","))
        }
    }
}

/// Lines as text, without spaces at their ends.
fn text(lines: &[CardLine]) -> String {
    lines.iter().map(|line| format!("{}\n", line.line.text().trim_end())).collect()
}

fn whole(tree: &Tree) -> Value {
    let name = |node: Node| match node {
        Node::Question(question) => &tree.questions[question].id,
        Node::Leaf(leaf) => &tree.leaves[leaf].id,
    };
    let questions = tree.questions.iter().map(|question| {
        let answers = question.answers.iter().map(|a| json!({ "says": a.says, "to": name(a.to) }));
        json!({
            "id": question.id,
            "ask": question.ask,
            "why": question.why,
            "answers": answers.collect::<Vec<_>>(),
        })
    });
    let scenarios = tree.scenarios.iter().map(|scenario| {
        json!({
            "card": format!("{}.{}", tree.slug, scenario.id),
            "says": scenario.says,
            "leaf": tree.leaves[scenario.leaf].id,
            "why": scenario.why,
            "path": path(tree, &scenario.path),
        })
    });
    let sources = tree
        .sources
        .iter()
        .map(|s| json!({ "title": s.title, "author": s.author, "year": s.year, "where": s.place }));
    json!({
        "decision": tree.slug,
        "title": tree.title,
        "summary": tree.summary,
        "topics": tree.topics,
        "longest": tree.longest(),
        "questions": questions.collect::<Vec<_>>(),
        "leaves": tree.leaves.iter().map(leaf).collect::<Vec<_>>(),
        "scenarios": scenarios.collect::<Vec<_>>(),
        "sources": sources.collect::<Vec<_>>(),
        "file": tree.file,
    })
}

fn path(tree: &Tree, steps: &[Step]) -> Value {
    let step = |step: &Step| {
        let question = &tree.questions[step.question];
        json!({
            "question": question.id,
            "answer": letter(step.answer).to_string(),
            "says": question.answers[step.answer].says,
        })
    };
    Value::Array(steps.iter().map(step).collect())
}

fn leaf(leaf: &Leaf) -> Value {
    json!({
        "id": leaf.id,
        "recommend": leaf.recommend,
        "why": leaf.why,
        "cost": leaf.cost,
        "again": leaf.again,
        "pages": leaf.pages.iter().map(page).collect::<Vec<_>>(),
    })
}

fn page(page: &Reference) -> String {
    match &page.heading {
        Some(heading) => format!("{}#{heading}", page.topic),
        None => page.topic.clone(),
    }
}
