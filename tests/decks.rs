//! Decks on the command line: every kind of card asked line by line, new cards, and what is wrong with a file.

#[path = "support/program.rs"]
mod program;

use std::fs;
use std::io::{Read, Write};
use std::process::{Child, Stdio};

use program::{Done, Home};
use serde_json::Value;

const AT: &str = "2026-01-05T10:00:00+01:00";

/// A card of each kind, in this order.
const KINDS: &str = r#"
topic = "kinds"

[[card]]
id = "recalled"
kind = "basic"
question = "Why?"
answer = "Because."
hints = ["Think.", "Think *twice*."]

[[card]]
id = "typed"
kind = "basic"
question = "What is it called?"
answer = "a **hash** ring"
accept = ["ring of hashes"]

[[card]]
id = "gaps"
kind = "cloze"
typed = true
question = "Moves {{1/(n+1)::what share}} to the {{new node}}."

[[card]]
id = "options"
kind = "choice"
question = "Which?"
options = [{ text = "this one", right = true }, { text = "that one", why = "no" }]

[[card]]
id = "steps"
kind = "order"
question = "In which order?"
items = ["one", "two", "three", "four"]

[[card]]
id = "pairs"
kind = "match"
question = "Whose?"
pairs = [["left 1", "right 1"], ["left 2", "right 2"]]
extra = ["right 3"]

[[card]]
id = "classes"
kind = "sort"
question = "Even?"
classes = ["odd", "even"]
items = [{ text = "item 1", class = "odd" }, { text = "item 2", class = "even" }, { text = "item 3", class = "odd" }]

[[card]]
id = "flaw"
kind = "spot"
question = "Where?"
exhibit = """
first line
second line
third line
"""
flaws = [{ at = "second", why = "it is wrong" }]

[[card]]
id = "estimate"
kind = "estimate"
question = "{users} users, five reads a day. Reads a second?"
draw = { users = ["10 million"] }
sheet = """
users = {users} users
users * 5 reads/user / 1 day
"""
within = "2x"

[[card]]
id = "open"
kind = "rubric"
question = "Tell me."
points = [{ text = "a core point", core = true }, { text = "another" }, { text = "a third" }]
answer = "A model answer."
"#;

/// A drill that is talked to: what it says up to a prompt, then a line in return.
struct Talk {
    child: Child,
    said: String,
}

impl Talk {
    fn with(home: &Home, arguments: &str) -> Talk {
        let mut command = home.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Talk { child: command.spawn().expect("the program starts"), said: String::new() }
    }

    /// What is said until these words end it.
    #[track_caller]
    fn hear(&mut self, end: &str) -> &str {
        let out = self.child.stdout.as_mut().expect("it is a pipe");
        let mut bytes = Vec::new();
        let mut byte = [0];
        while !bytes.ends_with(end.as_bytes()) {
            let count = out.read(&mut byte).expect("it can be read");
            assert_eq!(count, 1, "'{end}' never came in\n{}", String::from_utf8_lossy(&bytes));
            bytes.push(byte[0]);
        }
        self.said = String::from_utf8(bytes).expect("it speaks UTF-8");
        &self.said
    }

    /// Answers with a line.
    fn say(&mut self, line: &str) {
        writeln!(self.child.stdin.as_mut().expect("it is a pipe"), "{line}").expect("it listens");
    }

    /// The mark in front of a text in what was said last: the letter or number of an option.
    #[track_caller]
    fn mark(&self, text: &str) -> String {
        let line = self.said.lines().find_map(|line| line.trim().strip_suffix(text));
        line.unwrap_or_else(|| panic!("'{text}' is not listed in\n{}", self.said)).trim().to_string()
    }

    /// Takes the proposed grade, which is this one.
    #[track_caller]
    fn grade(&mut self, grade: &str, words: &[&str]) {
        let heard = self.hear(&format!("Enter is {grade}: ")).to_string();
        for word in words {
            assert!(heard.contains(word), "'{word}' in\n{heard}");
        }
        self.say("");
    }
}

const PROMPT: &str = "back): ";

#[test]
fn every_kind_is_answered_line_by_line() {
    let home = Home::with_settings("[drill]\nfuzz = false\nsteps = []\n");
    home.write("data/decks/kinds.toml", KINDS);
    let mut talk = Talk::with(&home, &format!("drill --plain --topic kinds --at {AT}"));

    // Hints come one by one, and a card answered with one is Hard.
    talk.hear(PROMPT);
    for expected in ["hint 1 of 2: Think.", "hint 2 of 2: Think twice.", "that were all hints"] {
        talk.say("?");
        assert!(talk.hear(PROMPT).contains(expected));
    }
    talk.say("");
    talk.grade("hard", &["Because."]);

    // Words may be commands elsewhere: here they are words.
    assert!(talk.hear(PROMPT).contains("What is it called?"));
    talk.say("Hsah ring");
    talk.grade(
        "good",
        &["right", "forgiven: \"Hsah ring\" was taken for \"a hash ring\" (a slip of the keys)"],
    );

    assert!(talk.hear(PROMPT).contains("Moves [1: what share] to the [2 …]."));
    talk.say("1/(n+1)");
    talk.hear(PROMPT);
    talk.say("q");
    talk.grade("again", &["wrong", "right: 1/(n+1)", "wrong: new node (yours: q)"]);

    talk.hear(PROMPT);
    let right = talk.mark("this one");
    talk.say("z");
    assert!(talk.hear(PROMPT).contains("answer with letters from a to b"));
    talk.say(&right);
    talk.grade("good", &["right"]);

    talk.hear(PROMPT);
    let order: Vec<String> = ["one", "two", "three", "four"].map(|item| talk.mark(item)).to_vec();
    assert_ne!(order, ["a", "b", "c", "d"], "it is not shown in order");
    talk.say("a a b c");
    assert!(talk.hear(PROMPT).contains("name each letter once"));
    talk.say(&[&order[0], &order[2], &order[1], &order[3]].map(String::as_str).join(" "));
    talk.grade("hard", &["wrong: 2. two (yours: 3)", "right: 4. four"]);

    talk.hear(PROMPT);
    let pair = |talk: &Talk, number: u8| {
        talk.mark(&format!("left {number}")) + &talk.mark(&format!("right {number}"))
    };
    let pairs = format!("{} {}", pair(&talk, 1), pair(&talk, 2));
    talk.say(&pairs);
    talk.grade("good", &["right: left 1: right 1"]);

    for asked in 0..3 {
        let heard = talk.hear(PROMPT);
        let number = heard.rsplit("item ").next().and_then(|rest| rest.chars().next());
        let odd = number != Some('2');
        // By number or by name.
        talk.say(if asked == 0 && odd {
            "Odd"
        } else if odd {
            "1"
        } else {
            "2"
        });
    }
    talk.grade("good", &["right: item 2: even"]);

    assert!(talk.hear(PROMPT).contains("  2  second line"));
    talk.say("4");
    assert!(talk.hear(PROMPT).contains("numbers from 1 to 3"));
    talk.say("2");
    talk.grade("good", &["right: line 2: second line", "it is wrong"]);

    assert!(talk.hear(PROMPT).contains("your estimate, in reads/s"));
    talk.say("5 GB");
    assert!(talk.hear(PROMPT).contains("5 GB measures something else"));
    talk.say("34.7k");
    talk.grade(
        "again",
        &[
            "read as 34.7 k reads/s",
            "wrong: too high by a factor of 60",
            "too high",
            "the answer is 579 reads/s",
            "users = 10 million users",
        ],
    );

    talk.hear("back):\n");
    talk.say("q");
    talk.say("");
    talk.hear("none): ");
    assert!(talk.said.contains("A model answer.") && talk.said.contains("a  a core point (core)"));
    talk.say("a c");
    talk.grade("good", &["2 of 3 points"]);

    drop(talk.child.stdin.take());
    let done = Done::of(&talk.child.wait_with_output().expect("it ends"));
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    assert!(done.out.contains("10 answered"), "{}", done.out);
    let stats = home.json(&format!("stats --json --at {AT}"));
    assert_eq!(stats["answers"], 10);
}

#[test]
fn a_damaged_deck_is_told_and_its_good_cards_are_asked() {
    let home = Home::new();
    let damaged = format!(
        "{KINDS}\n[[card]]\nid = \"x\"\nkind = \"order\"\nquestion = \"Q\"\nitems = [\"a\", \"b\"]\n"
    );
    let path = home.write("data/decks/kinds.toml", &damaged);
    let path = path.display();
    let done = home.run(&format!("deck check {path}"));
    assert_eq!(done.code, 1);
    assert_eq!(done.out, format!("{path}: 1 problem; 10 cards can be asked\n"));
    let line = damaged.lines().count();
    let expected = format!(
        "{path}:{line}:9: an order has 3 to 9 items, this one has 2\n  {line} | items = [\"a\", \"b\"]\n     |         ^\n"
    );
    assert!(done.err.starts_with(&expected), "{}", done.err);
    let done = home.run(&format!("deck check {path} --json"));
    let json: Value = serde_json::from_str(&done.out).expect("JSON");
    assert_eq!(
        (done.code, &json[0]["cards"], &json[0]["problems"][0]["line"]),
        (1, &10.into(), &line.into())
    );
    assert_eq!(home.run("deck check no-such-file.toml").code, 1);
    assert_eq!(home.json("deck show kinds --json").as_array().map(Vec::len), Some(10));
    let done = home.run_with(&format!("drill --plain --topic kinds --limit 1 --at {AT}"), "\n\n");
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.err.contains("1 problem in your files"), "{}", done.err);
    assert!(done.out.contains("1 answered"), "{}", done.out);
    // Any bytes are told, and nothing panics.
    let bytes = home.write("bytes.toml", b"topic = \"\xff\xfe\n[[card]]\n\x00\x1b]0;x\x07 = [[[");
    assert_eq!(home.run(&format!("deck check {}", bytes.display())).code, 1);
}

#[test]
fn a_new_card_is_written_behind_the_others() {
    let home = Home::new();
    let first = home.good("deck new my-own --question Why?");
    assert!(first.starts_with("my-own.why is in ") || first.starts_with("my-own.card is in "), "{first}");
    for kind in ["order", "match", "sort", "spot", "estimate", "predict", "rubric", "choice"] {
        home.good(&format!("deck new my-own --kind {kind} --question Steps? --id {kind}"));
    }
    let again = home.good("deck new my-own --question Steps? --answer Three.");
    assert!(again.contains("my-own.steps is in"), "{again}");
    assert!(home.good("deck new my-own --question Steps?").contains("my-own.steps-2 is in"));
    let shown = home.json("deck show my-own --json");
    assert_eq!(shown.as_array().map(Vec::len), Some(11));
    assert!(home.good("deck show my-own.steps").contains("Three."));
    let text = fs::read_to_string(home.path("data/decks/my-own.toml")).expect("it was written");
    assert_eq!(text.matches("topic = ").count(), 1);
    // An own card of a topic of ours does not take the place of ours.
    let done = home.run("deck new consistent-hashing --question x --id owner-rule");
    assert_eq!(done.code, 2);
    assert!(done.err.contains("is a card already"), "{}", done.err);
    let refused = |arguments: &str, word: &str| {
        let done = home.run(arguments);
        assert_eq!(done.code, 2, "{}", done.out);
        assert!(done.err.contains(word), "{}", done.err);
    };
    refused("deck new a/../b --question x", "small letters");
    refused("deck new my-own --kind clze --question x", "'cloze'");
    refused("deck new my-own", "--question");
    // A text without a gap is no cloze: said, and kept for the learner to mend.
    let done = home.run("deck new my-own --kind cloze --question nothing");
    assert_eq!(done.code, 1);
    assert!(done.err.contains("has no gap"), "{}", done.err);
}
