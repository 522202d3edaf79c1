//! Decision files: TOML, with `[[question]]`, `[[leaf]]` and `[[scenario]]`.
//!
//! Names are resolved and the form is checked here, once, so that nothing behind it has to ask whether a walk ends.
//! Every mistake of a file is told, but a file with one gives no tree.

use std::collections::{HashMap, HashSet};

use super::tree::{Answer, Leaf, Node, Question, Reference, Scenario, Step, Tree};
use super::walk::Walk;
use crate::config::fields::{Fields, Placed, Reader};
use crate::config::problem::{Problem, suggest};
use crate::config::source;

/// The most questions, leaves and scenarios of a tree, each. Far more than anyone walks, and few enough that a tree can
/// be gone through in any way.
const MOST: usize = 200;
/// The most answers of a question: `a` to `i`.
const ANSWERS: usize = 9;

/// Reads a decision file. The tree is there where nothing is wrong.
#[must_use]
pub fn parse(file: &str, slug: &str, text: &str) -> (Option<Tree>, Vec<Problem>) {
    let mut reader = Reader::new(file, text, 1);
    let table = reader.table();
    let mut fields = Fields::new(table.get_ref(), 0..0);
    let title = required(&mut fields, "title", &mut reader);
    let summary = required(&mut fields, "summary", &mut reader);
    let topics_at = fields.place("topics");
    let topics: Vec<String> =
        fields.texts(&mut reader, "topics").into_iter().map(|topic| topic.value).collect();
    if topics.is_empty() {
        let help = "topics = [\"rate-limiting\"]: the first one's deck asks the scenarios";
        reader.problem_with_help(topics_at, "the tree belongs to no topic", help);
    }
    let sources = source::read(&mut fields, &mut reader);
    let drafts = read_all(&mut fields, "question", &mut reader, read_question);
    let leaves = read_all(&mut fields, "leaf", &mut reader, read_leaf);
    let scenarios = read_all(&mut fields, "scenario", &mut reader, read_scenario);
    fields.finish(&mut reader);
    if drafts.is_empty() {
        reader.problem(0, "the tree has no [[question]]");
    }
    let names = names(&drafts, &leaves, &mut reader);
    let mut unresolved = false;
    let questions = resolve(&drafts, &names, &mut unresolved, &mut reader);
    let heights = heights(&drafts, &questions, &mut reader);
    // Of a name that is missing or stands twice it is not known what leads to it.
    if !unresolved && !questions.is_empty() && names.len() == questions.len() + leaves.len() {
        unreachable(&drafts, &leaves, &questions, &mut reader);
    }
    let mut tree = Tree {
        slug: slug.to_string(),
        title,
        topics,
        summary,
        questions,
        leaves: leaves.into_iter().map(|draft| draft.leaf).collect(),
        scenarios: Vec::new(),
        sources,
        file: file.to_string(),
        height: heights.clone().unwrap_or_default(),
    };
    // Where a way may lead nowhere or round in a circle there are no ways to look for.
    let whole = heights.is_some() && !unresolved && !tree.questions.is_empty();
    tree.scenarios = place(scenarios, &tree, whole, &names, &mut reader);
    (Some(tree).filter(|_| reader.problems.is_empty()), reader.problems)
}

/// A question whose answers still name what they lead to.
struct Draft {
    id: Placed<String>,
    ask: String,
    why: Option<String>,
    answers: Vec<(String, Placed<String>)>,
}

struct LeafDraft {
    id: Placed<String>,
    leaf: Leaf,
}

struct ScenarioDraft {
    id: Placed<String>,
    says: String,
    leaf: Option<Placed<String>>,
    answers: Option<Placed<String>>,
    why: String,
    line: usize,
}

/// A text that has to be there. Where it is not, that was told, and an empty one stands in for it: so all other
/// mistakes of the file are found too.
fn required(fields: &mut Fields<'_, '_>, name: &'static str, reader: &mut Reader<'_>) -> String {
    fields.required(reader, name).map_or_else(String::new, |text| text.value)
}

fn read_all<T>(
    fields: &mut Fields<'_, '_>,
    name: &'static str,
    reader: &mut Reader<'_>,
    read: fn(Fields<'_, '_>, &mut Reader<'_>) -> T,
) -> Vec<T> {
    let tables = fields.tables(reader, name);
    if tables.len() > MOST {
        let message = format!("there are {} of [[{name}]]; a tree has at most {MOST}", tables.len());
        reader.problem_with_help(tables[MOST].start(), message, "make two trees of it");
    }
    tables.into_iter().take(MOST).map(|table| read(table, reader)).collect()
}

/// The name of a part of the tree. One that is missing was told and is empty.
fn read_id(fields: &mut Fields<'_, '_>, reader: &mut Reader<'_>) -> Placed<String> {
    let start = fields.start();
    let Some(id) = fields.required(reader, "id") else {
        return Placed { value: String::new(), span: start..start };
    };
    if !id.value.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
        reader.problem(id.span.start, "an id is made of small letters, digits and hyphens");
    }
    id
}

fn read_question(mut fields: Fields<'_, '_>, reader: &mut Reader<'_>) -> Draft {
    let id = read_id(&mut fields, reader);
    let ask = required(&mut fields, "ask", reader);
    let why = fields.text(reader, "why").map(|why| why.value);
    let at = fields.place("answers");
    let mut answers = Vec::new();
    for mut answer in fields.tables(reader, "answers") {
        let says = required(&mut answer, "says", reader);
        let to = answer.required(reader, "to");
        answer.finish(reader);
        answers.extend(to.map(|to| (says, to)));
    }
    if !(2..=ANSWERS).contains(&answers.len()) {
        let message = format!("a question has 2 to {ANSWERS} answers, this one has {}", answers.len());
        let help = "answers = [ { says = \"Yes\", to = \"ID\" }, { says = \"No\", to = \"ID\" } ]";
        reader.problem_with_help(at, message, help);
    }
    fields.finish(reader);
    Draft { id, ask, why, answers }
}

fn read_leaf(mut fields: Fields<'_, '_>, reader: &mut Reader<'_>) -> LeafDraft {
    let line = reader.line(fields.start());
    let id = read_id(&mut fields, reader);
    let recommend = required(&mut fields, "recommend", reader);
    let why = required(&mut fields, "why", reader);
    let cost = required(&mut fields, "cost", reader);
    let again = fields.text(reader, "again").map(|again| again.value);
    let mut pages = Vec::new();
    for page in fields.texts(reader, "pages") {
        let line = reader.line(page.span.start);
        let (topic, heading) = match page.value.split_once('#') {
            Some((topic, heading)) => (topic, Some(heading.to_string())),
            None => (page.value.as_str(), None),
        };
        pages.push(Reference { topic: topic.to_string(), heading, line });
    }
    if pages.len() > ANSWERS {
        reader.problem(fields.place("pages"), format!("a leaf names at most {ANSWERS} pages"));
    }
    fields.finish(reader);
    LeafDraft { leaf: Leaf { id: id.value.clone(), recommend, why, cost, again, pages, line }, id }
}

fn read_scenario(mut fields: Fields<'_, '_>, reader: &mut Reader<'_>) -> ScenarioDraft {
    let line = reader.line(fields.start());
    let id = read_id(&mut fields, reader);
    let says = required(&mut fields, "says", reader);
    let leaf = fields.required(reader, "leaf");
    let answers = fields.text(reader, "answers");
    let why = required(&mut fields, "why", reader);
    fields.finish(reader);
    ScenarioDraft { id, says, leaf, answers, why, line }
}

/// What each name stands for. Questions and leaves share their names, since an answer may lead to either.
fn names(drafts: &[Draft], leaves: &[LeafDraft], reader: &mut Reader<'_>) -> HashMap<String, Node> {
    let questions = drafts.iter().enumerate().map(|(index, draft)| (&draft.id, Node::Question(index)));
    let leaves = leaves.iter().enumerate().map(|(index, draft)| (&draft.id, Node::Leaf(index)));
    let mut names = HashMap::new();
    for (id, node) in questions.chain(leaves).filter(|(id, _)| !id.value.is_empty()) {
        if names.contains_key(&id.value) {
            let message = format!("the id '{}' is used twice", id.value);
            let help = "questions and leaves share their ids: an answer leads to either";
            reader.problem_with_help(id.span.start, message, help);
        } else {
            names.insert(id.value.clone(), node);
        }
    }
    names
}

/// The questions with what their answers lead to. An answer that leads nowhere is told and left out.
fn resolve(
    drafts: &[Draft],
    names: &HashMap<String, Node>,
    unresolved: &mut bool,
    reader: &mut Reader<'_>,
) -> Vec<Question> {
    let mut known: Vec<&str> = names.keys().map(String::as_str).collect();
    known.sort_unstable();
    let mut questions = Vec::new();
    for draft in drafts {
        let mut answers = Vec::new();
        for (says, to) in &draft.answers {
            match names.get(&to.value) {
                Some(&node) => answers.push(Answer { says: says.clone(), to: node }),
                None => {
                    *unresolved = true;
                    let message = format!("no question and no leaf is called '{}'", to.value);
                    reader.problem_with_help(to.span.start, message, suggest(&to.value, &known));
                }
            }
        }
        let (id, ask, why) = (draft.id.value.clone(), draft.ask.clone(), draft.why.clone());
        questions.push(Question { id, ask, why, answers });
    }
    questions
}

/// The most answers from each question to a leaf; nothing where a walk could go round in a circle, which is told at
/// the answer that closes it.
fn heights(drafts: &[Draft], questions: &[Question], reader: &mut Reader<'_>) -> Option<Vec<usize>> {
    let mut search =
        Search { questions, open: vec![false; questions.len()], closed: vec![None; questions.len()] };
    let mut circles = Vec::new();
    for question in 0..questions.len() {
        search.height(question, &mut circles);
    }
    for (question, to) in &circles {
        let id = &drafts[*to].id.value;
        let closing = drafts[*question].answers.iter().find(|(_, name)| name.value == *id);
        let at = closing.map_or(0, |(_, to)| to.span.start);
        let message = format!("this leads back to '{id}': who answers so goes round in a circle");
        reader.problem_with_help(at, message, "a walk has to end: lead to a later question or to a leaf");
    }
    circles.is_empty().then(|| search.closed.into_iter().flatten().collect())
}

/// A search depth first: a question is open while what lies below it is searched, and closed with its height.
struct Search<'q> {
    questions: &'q [Question],
    open: Vec<bool>,
    closed: Vec<Option<usize>>,
}

impl Search<'_> {
    fn height(&mut self, question: usize, circles: &mut Vec<(usize, usize)>) -> usize {
        if let Some(height) = self.closed[question] {
            return height;
        }
        self.open[question] = true;
        let mut height = 0;
        let questions = self.questions;
        for answer in &questions[question].answers {
            height = height.max(match answer.to {
                Node::Leaf(_) => 1,
                Node::Question(to) if self.open[to] => {
                    circles.push((question, to));
                    1
                }
                Node::Question(to) => 1 + self.height(to, circles),
            });
        }
        self.open[question] = false;
        self.closed[question] = Some(height);
        height
    }
}

/// Complains of questions and leaves to which no walk comes.
fn unreachable(drafts: &[Draft], leaves: &[LeafDraft], questions: &[Question], reader: &mut Reader<'_>) {
    let mut reached = HashSet::from([Tree::ROOT]);
    let mut waiting = vec![0];
    while let Some(question) = waiting.pop() {
        for answer in &questions[question].answers {
            if reached.insert(answer.to)
                && let Node::Question(next) = answer.to
            {
                waiting.push(next);
            }
        }
    }
    let questions = drafts.iter().enumerate().map(|(index, draft)| (&draft.id, Node::Question(index)));
    let leaves = leaves.iter().enumerate().map(|(index, draft)| (&draft.id, Node::Leaf(index)));
    for (id, _) in questions.chain(leaves).filter(|(_, node)| !reached.contains(node)) {
        let message = format!("no answer leads to '{}'", id.value);
        let help = "a walk begins at the first question; let an answer lead here, or take this out";
        reader.problem_with_help(id.span.start, message, help);
    }
}

/// The scenarios with their ways. `whole` tells whether ways can be looked for.
fn place(
    drafts: Vec<ScenarioDraft>,
    tree: &Tree,
    whole: bool,
    names: &HashMap<String, Node>,
    reader: &mut Reader<'_>,
) -> Vec<Scenario> {
    let known: Vec<&str> = tree.leaves.iter().map(|leaf| leaf.id.as_str()).collect();
    let mut ids = HashSet::new();
    let mut scenarios = Vec::new();
    for draft in drafts {
        if !draft.id.value.is_empty() && !ids.insert(draft.id.value.clone()) {
            let message = format!("two scenarios are called '{}'", draft.id.value);
            reader.problem(draft.id.span.start, message);
        }
        let Some(name) = draft.leaf else { continue };
        let Some(Node::Leaf(leaf)) = names.get(&name.value).copied() else {
            let message = format!("no leaf is called '{}'", name.value);
            reader.problem_with_help(name.span.start, message, suggest(&name.value, &known));
            continue;
        };
        if !whole {
            continue;
        }
        let path = match &draft.answers {
            Some(answers) => along(tree, leaf, answers, reader),
            None => only_way(tree, leaf, &name, reader),
        };
        let Some(path) = path else { continue };
        let (id, says, why, line) = (draft.id.value, draft.says, draft.why, draft.line);
        scenarios.push(Scenario { id, says, leaf, path, why, line });
    }
    scenarios
}

/// The way to a leaf that has only one. Of one that has none that was told already.
fn only_way(tree: &Tree, leaf: usize, name: &Placed<String>, reader: &mut Reader<'_>) -> Option<Vec<Step>> {
    let mut ways = tree.ways(leaf, 2);
    if ways.len() > 1 {
        let message = format!("several ways lead to '{}': which one is this?", name.value);
        reader.problem_with_help(name.span.start, message, "say it: answers = \"a,b,a\"");
        return None;
    }
    ways.pop()
}

/// The way that a scenario's answers take.
fn along(tree: &Tree, leaf: usize, given: &Placed<String>, reader: &mut Reader<'_>) -> Option<Vec<Step>> {
    let walk = match super::walk::letters(&given.value) {
        Ok(answers) => Walk::along(tree, &answers).map_err(|good| match good {
            0 => "the first answer is none of the first question's".to_string(),
            good => format!("after {good} of these answers there is no such answer"),
        }),
        Err(why) => Err(why),
    };
    match walk {
        Ok(walk) if walk.leaf() == Some(leaf) => return Some(walk.steps().to_vec()),
        Ok(walk) => {
            let there = match walk.at() {
                Node::Question(question) => &tree.questions[question].id,
                Node::Leaf(leaf) => &tree.leaves[leaf].id,
            };
            let message = format!("these answers lead to '{there}', not to '{}'", tree.leaves[leaf].id);
            reader.problem(given.span.start, message);
        }
        Err(why) => {
            reader.problem_with_help(given.span.start, why, "answers = \"a,b,a\": one letter a question");
        }
    }
    None
}
