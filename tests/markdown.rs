//! Markdown from elsewhere: the examples of the specifications, files that people wrote, files made to hurt, and
//! what the fuzzer found.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use sysdrill::doc::{self, Document, Ink, Page};
use unicode_width::UnicodeWidthChar as _;

#[path = "markdown/laws.rs"]
mod laws;
#[path = "markdown/spec.rs"]
mod spec;

const COMMONMARK: &str = include_str!("data/spec/commonmark-0.31.2.txt");
const GFM: &str = include_str!("data/spec/gfm-0.29-extensions.txt");

/// Examples of CommonMark that show otherwise here, and why.
const OTHERWISE: [(usize, &str); 0] = [];

/// The author's text on a page: without what is ours (marks, rules, and what is dim: labels, tags that are none)
/// and without white space.
fn shown(page: &Page, dim: bool) -> String {
    let ours = |ink: Ink| matches!(ink, Ink::Marker | Ink::Rule | Ink::Quote) || (ink == Ink::Dim && !dim);
    let spans = page.lines.iter().flat_map(|line| &line.spans).filter(|span| !ours(span.style.ink));
    spans.flat_map(|span| span.text.chars()).filter(|c| !c.is_whitespace()).collect()
}

fn counts(text: &str) -> BTreeMap<char, usize> {
    let mut counts = BTreeMap::new();
    text.chars().for_each(|c| *counts.entry(c).or_insert(0) += 1);
    counts
}

/// Checks the examples whose number leaves this rest when divided by two, so that two tests share the work.
fn check_examples(text: &str, exempt: &[(usize, &str)], rest: usize) {
    let mut failed = String::new();
    for example in spec::examples(text).into_iter().filter(|example| example.number % 2 == rest) {
        let document = doc::parse(&example.markdown);
        let expected = spec::seen(&example.html);
        let has_table = document.tables().next().is_some();
        let is_exempt = exempt.iter().any(|(number, _)| *number == example.number);
        let mut right = true;
        for width in 1..=200 {
            laws::hold(&document, width);
            // Cells stand beside each other when they wrap, and records repeat the header, dim.
            let is_cut = has_table && width < 60;
            let shown = shown(&laws::page(&document, width), is_cut);
            let wide = |c: char| if width == 1 && c.width() == Some(2) { '\u{fffd}' } else { c };
            let expected: String = expected.chars().map(wide).collect();
            let same = if is_cut {
                let (shown, expected) = (counts(&shown), counts(&expected));
                expected.iter().all(|(c, count)| shown.get(c).is_some_and(|there| there >= count))
            } else {
                shown == expected
            };
            if !same && right && !is_exempt {
                let _ = writeln!(
                    failed,
                    "example {} at {width}: {shown:?}, expected {expected:?}\n{}",
                    example.number, example.markdown
                );
            }
            right &= same;
        }
        assert!(!(is_exempt && right), "example {} needs no exemption", example.number);
    }
    assert!(failed.is_empty(), "{failed}");
}

#[test]
fn commonmark_shows_what_its_html_shows() {
    assert_eq!(spec::examples(COMMONMARK).len(), 652);
    check_examples(COMMONMARK, &OTHERWISE, 0);
}

#[test]
fn commonmark_shows_what_its_html_shows_too() {
    check_examples(COMMONMARK, &OTHERWISE, 1);
}

#[test]
fn github_shows_what_its_html_shows() {
    assert_eq!(spec::examples(GFM).len(), 9 + 2 + 3 + 11);
    check_examples(GFM, &[], 0);
    check_examples(GFM, &[], 1);
}

/// The addresses of the examples, in order; GitHub's specification says of each text whether it is a link.
#[test]
fn github_links_what_its_html_links() {
    for example in spec::examples(GFM) {
        let document = doc::parse(&example.markdown);
        let links: Vec<String> = document.links().map(|link| link.url.clone()).collect();
        let expected: Vec<String> = example
            .html
            .split("<a href=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .map(|url| url.replace("&amp;", "&"))
            .collect();
        assert_eq!(links, expected, "{}", example.markdown);
    }
}

/// The Markdown files of the packages that this program is built of; none where there is no registry.
fn files_of_others() -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let mut found = Vec::new();
    walk(&home.unwrap_or_default().join("registry/src"), &mut found);
    found.sort();
    found
}

/// The letters and digits that the parser reports, in order, outside tables.
fn reported(text: &str) -> String {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_GFM
        | Options::ENABLE_DEFINITION_LIST;
    let mut in_table = false;
    let mut out = String::new();
    for event in Parser::new_ext(text, options) {
        match event {
            Event::Start(Tag::Table(_)) => in_table = true,
            Event::End(TagEnd::Table) => in_table = false,
            Event::Text(text) | Event::Code(text) if !in_table => out.push_str(&text),
            _ => {}
        }
    }
    out.chars().filter(|c| c.is_alphanumeric()).collect()
}

#[test]
fn files_of_others_obey_and_lose_nothing() {
    let files = files_of_others();
    if files.is_empty() {
        println!("skipped: no registry of packages here");
    }
    // A machine may hold many more packages than ours; the time that the test takes has a bound.
    const MOST: usize = 12_000_000;
    let (mut bytes, mut compared, mut read) = (0, 0, 0);
    for (index, file) in files.iter().enumerate() {
        let Ok(contents) = fs::read(file) else { continue };
        if bytes > MOST {
            break;
        }
        read += 1;
        let text = String::from_utf8_lossy(&contents);
        bytes += text.len();
        let document = doc::parse_foreign(&text);
        // Each file at two widths, all widths among them.
        for width in [100, 1 + u16::try_from(index % 80).unwrap_or(0)] {
            laws::hold(&document, width);
        }
        // What changes places or letters is left out: footnotes, formulas, raised text, front matter.
        let changes = ["[^", "$", "<su", "```demo", "```calc", "```card", "```decide", "```math"];
        if changes.iter().any(|sign| text.contains(sign)) || text.starts_with("---") {
            continue;
        }
        compared += 1;
        let page = laws::page(&document, 100);
        let mut there = page.lines.iter().flat_map(|line| &line.spans).flat_map(|span| span.text.chars());
        let mut before = String::new();
        for c in reported(&text).chars() {
            assert!(there.any(|other| other == c), "{}: {c:?} after {before:?} is lost", file.display());
            before.push(c);
            if before.len() > 80 {
                before.drain(..before.char_indices().nth(1).map_or(0, |(at, _)| at));
            }
        }
    }
    println!("{read} of {} files, {bytes} bytes, text compared in {compared}", files.len());
}

/// Texts made to hurt, of a size.
fn hostile(name: &str, n: usize) -> String {
    let lines = |line: &dyn Fn(usize) -> String| (0..n).map(line).collect::<String>();
    match name {
        "lists" => "- ".repeat(n) + "x",
        "quotes" => "> ".repeat(n) + "x",
        "details" => "<details>\n".repeat(n) + "x\n" + &"</details>\n".repeat(n),
        "details between Markdown" => "<details><summary>s</summary>\n\nx\n\n".repeat(n),
        "stray closing tags" => "<ul><li>".repeat(100) + &"</details></b></dl>".repeat(n),
        "links" => "[".repeat(n) + "x" + &"](u)".repeat(n),
        "emphasis" => "*a **b ".repeat(n) + &"** *".repeat(n),
        "a table of many columns" => {
            format!("|{}\n|{}\n|{}\n", "a|".repeat(n), "-|".repeat(n), "b|".repeat(n))
        }
        "a table in HTML" => "<table>".to_owned() + &lines(&|at| format!("<tr><td>{at}<td>x")) + "</table>",
        "a long line" => "x".repeat(n),
        "a long line of words" => "word ".repeat(n / 5),
        "a long line of code" => format!("```\n{}\n```\n", "x ".repeat(n / 2)),
        "footnotes" => lines(&|at| format!("[^{at}] ")) + &lines(&|at| format!("\n\n[^{at}]: x")),
        "addresses" => "http://a.b/((( www. a@b http:// ".repeat(n),
        "one address" => "http://a.b/".to_owned() + &"(".repeat(n) + &")".repeat(2 * n),
        "money" => "$5-$6 $x$ ".repeat(n),
        "one formula" => format!("${}$", "\\frac{1".repeat(n)),
        "formulas" => "$x_i^2$ $$\\sum_{k=1}^n k$$ ".repeat(n),
        "comments" => "<div>".to_owned() + &"<!--".repeat(n),
        "sections" => "<div>".to_owned() + &"<![CDATA[ <?".repeat(n),
        "quotation marks" => "<div>".to_owned() + &"<a \"<a '".repeat(n),
        "raised" => "<sup>".repeat(n) + "x" + &"</sup>".repeat(n),
        "badges" => "[![a](http://b)](c) ".repeat(n),
        "headings" => "# a\n\n".repeat(n),
        "references" => "<div>".to_owned() + &"&#65;&amp;&".repeat(n),
        "scripts" => "<div>".to_owned() + &"<script><style>".repeat(n),
        "hosts" => "_www.a".repeat(n),
        "blank marks" => "x\n\n&#32;".to_owned() + &"<b>&#32;</b><i>&#32;</i><p>".repeat(n),
        "a heading of images" => "# ".to_owned() + &"![a](b) ".repeat(n) + "x",
        "NUL" => "\0".repeat(n),
        "lone CR" => "x\r".repeat(n),
        sign => sign.repeat(n),
    }
}

const SIGNS: [&str; 9] = ["<", "[", "*", "_", "`", "![", "$", "&", "<b>"];

#[test]
fn hostile_files_obey() {
    for (name, n) in [
        ("lists", 10_000),
        ("quotes", 10_000),
        ("details", 10_000),
        ("details between Markdown", 2_000),
        ("stray closing tags", 10_000),
        ("links", 10_000),
        ("emphasis", 10_000),
        ("a table of many columns", 5_000),
        ("a table in HTML", 5_000),
        ("a long line", 1_000_000),
        ("a long line of words", 1_000_000),
        ("a long line of code", 1_000_000),
        ("footnotes", 100_000),
        ("addresses", 5_000),
        ("one address", 100_000),
        ("money", 10_000),
        ("one formula", 100_000),
        ("formulas", 2_000),
        ("comments", 100_000),
        ("sections", 50_000),
        ("quotation marks", 50_000),
        ("raised", 10_000),
        ("badges", 3_000),
        ("headings", 10_000),
        ("references", 50_000),
        ("scripts", 20_000),
        ("hosts", 20_000),
        ("blank marks", 10_000),
        ("a heading of images", 5_000),
        ("NUL", 100_000),
        ("lone CR", 20_000),
    ]
    .into_iter()
    .chain(SIGNS.map(|sign| (sign, 100_000)))
    {
        let start = Instant::now();
        let document = doc::parse_foreign(&hostile(name, n));
        let parsed = start.elapsed();
        laws::hold(&document, 40);
        println!("{name}: parsed in {parsed:?}, all {:?}", start.elapsed());
    }
}

#[test]
fn bytes_that_are_no_text_obey() {
    for bytes in
        [&b"\xff\xfe# a\n\n\xc3(\n"[..], b"\0\0```\xf0\x9f\n\x1b[31m", b"a\rb\r\rc\r\n<kbd>\x07</kbd>"]
    {
        let document = doc::parse_foreign(&String::from_utf8_lossy(bytes));
        (1..40).for_each(|width| laws::hold(&document, width));
    }
}

/// How long this thread has run, where the system says so (Linux, in nanoseconds, brought up to date when the
/// thread gives way); else the time of day. On a busy machine the latter would say how busy it is: a short run
/// is not interrupted, one four times as long is.
fn time_used(since: Instant) -> Duration {
    std::thread::yield_now();
    let used = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let used = used.and_then(|line| line.split_whitespace().next()?.parse().ok());
    used.map_or_else(|| since.elapsed(), Duration::from_nanos)
}

/// How long a text takes to read and to lay out.
fn cost(text: &str) -> Duration {
    let since = Instant::now();
    let start = time_used(since);
    let document: Document = doc::parse_foreign(text);
    let page = doc::layout(&document, &doc::Layout::new(80));
    let cost = time_used(since) - start;
    drop(page);
    cost
}

/// Four times the text takes about four times as long; where the cost grew with the square it were sixteen
/// times. The bound is the middle of both on the scale of factors, 8, and a little. A machine that is busy may
/// disturb one measurement, not five.
#[test]
fn cost_grows_with_the_text() {
    let mut slow = String::new();
    for name in [
        "lists",
        "quotes",
        "links",
        "emphasis",
        "a table of many columns",
        "a long line",
        "a long line of words",
        "a long line of code",
        "headings",
        "details",
        "details between Markdown",
        "stray closing tags",
        "a table in HTML",
        "footnotes",
        "addresses",
        "one address",
        "money",
        "one formula",
        "formulas",
        "comments",
        "sections",
        "quotation marks",
        "raised",
        "badges",
        "references",
        "scripts",
        "hosts",
        "blank marks",
        "a heading of images",
        "NUL",
        "lone CR",
    ]
    .into_iter()
    .chain(SIGNS)
    {
        // Large enough for what is bounded (looking back in a line, for one) to have reached its bound.
        const SMALL: usize = 2000;
        let (small, large) = (hostile(name, SMALL), hostile(name, 4 * SMALL));
        let mut factors = (0..5).map(|_| cost(&large).as_secs_f64() / cost(&small).as_secs_f64().max(1e-9));
        let least = factors.by_ref().take_while(|factor| *factor > 9.0).collect::<Vec<_>>();
        if least.len() == 5 {
            let _ = writeln!(slow, "{name}: {least:?}");
        }
    }
    assert!(slow.is_empty(), "four times the text takes so many times as long:\n{slow}");
}

/// What the fuzz target of `tests/fuzz` starts from and what it found, with the same checks.
#[test]
fn what_the_fuzzer_found_obeys() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/fuzz/doc");
    let mut seen = 0;
    for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
        let Ok(bytes) = fs::read(entry.path()) else { continue };
        let document = doc::parse_foreign(&String::from_utf8_lossy(&bytes));
        for width in [1, 2, 3, 7, 20, 33, 80, 200] {
            laws::hold(&document, width);
        }
        seen += 1;
    }
    assert!(seen > 0, "{} holds the seeds", folder.display());
}
