//! What must hold for any document at any width, over generated documents and over noise.

use proptest::prelude::*;
use unicode_width::UnicodeWidthStr as _;

use super::{Document, Kind, Layout, Line, Live, Page, layout, parse, plain};

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// Lays a document out as a screen would, with live blocks of some height and panned code.
fn page(document: &Document, width: u16, pan: u16) -> Page {
    let height = |live: &Live, width: u16| (width % 5) * (live.index as u16 % 2);
    layout(document, &Layout { live_height: &height, pan: &|_| pan, ..Layout::new(width) })
}

/// Whether a character may act on a terminal or on the order of text (written out anew from the Unicode
/// character database: general categories Cc, Zl and Zp, property Bidi_Control).
fn acts(c: char) -> bool {
    c < ' '
        || ('\u{7f}'..='\u{9f}').contains(&c)
        || "\u{61c}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}"
            .contains(c)
}

/// What holds with all folds closed: the same laws of lines, and nothing of what is folded.
fn obeys_closed(document: &Document, width: u16) -> Result<(), TestCaseError> {
    let page = layout(document, &Layout { open: &|_| false, ..Layout::new(width) });
    prop_assert!(page.lines.iter().all(|line| line.text().width() <= usize::from(width.max(1))));
    prop_assert!(page.folds.iter().all(|fold| !fold.open && fold.line < page.lines.len()));
    Ok(())
}

/// The laws that every page obeys.
fn obeys(document: &Document, width: u16, pan: u16) -> Result<(), TestCaseError> {
    let most = usize::from(width.max(1));
    let page = page(document, width, pan);
    let text = plain(document, width, false);
    for line in page.lines.iter().map(Line::text).chain(text.lines().map(str::to_owned)) {
        // Measured over the whole line at once, not cluster by cluster as the layout does.
        prop_assert!(line.width() <= most, "{line:?} is wider than {most}");
        prop_assert!(!line.contains(acts), "{line:?}");
    }
    prop_assert_eq!(page.source.len(), page.lines.len());
    prop_assert_eq!(page.headings.len(), document.headings.len());
    prop_assert!(page.headings.iter().all(|&line| line < page.lines.len()));
    prop_assert_eq!(page.notes.len(), document.footnotes.len());
    for reach in page.links.iter().flat_map(|link| &link.places) {
        prop_assert!(reach.start <= reach.end && reach.end <= most && reach.line < page.lines.len());
    }
    for slot in &page.live {
        prop_assert!(usize::from(slot.indent + slot.width) <= most);
        prop_assert!(slot.line + usize::from(slot.height) <= page.lines.len());
    }
    let folds: Vec<usize> = page.folds.iter().map(|fold| fold.fold).collect();
    prop_assert_eq!(folds, document.details().map(|details| details.index).collect::<Vec<_>>());
    let sections = document.sections();
    for pair in sections.windows(2) {
        prop_assert!(pair[0].last_line < pair[1].first_line || pair[0].first_line == pair[1].first_line);
    }
    prop_assert!(sections.iter().map(|section| section.words).sum::<usize>() <= document.words());
    obeys_closed(document, width)?;
    let spans = page.lines.iter().flat_map(|line| &line.spans);
    prop_assert!(spans.clone().all(|span| !span.text.is_empty()));
    Ok(())
}

/// A generated document: its Markdown and the letters that a reader should see, in order.
#[derive(Clone, Debug)]
struct Written {
    lines: Vec<String>,
    letters: String,
}

/// Letters only, of one and two cells, so that nothing in a word means anything to Markdown, and so that
/// all else in the output (bullets, rules, numbers, marks) can be left out of the comparison. None of a
/// cell that is wider than two.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[a-z]{1,12}", 1 => "[日本語漢字]{1,6}", 1 => "[äöüßéñ]{1,5}", 1 => "(e\u{301}|o\u{308}){1,4}"]
}

fn words(most: usize) -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(word(), 1..most)
}

/// A line of text in which some words are marked.
fn text() -> impl Strategy<Value = Written> {
    prop::collection::vec((word(), 0..16u8), 1..20).prop_map(|words| {
        let seen = |(word, mark): &(String, u8)| match mark {
            9 => format!("http{word}example"),
            _ => word.clone(),
        };
        let letters = words.iter().map(seen).collect();
        let marked = words.iter().map(|(word, mark)| match mark {
            0 => format!("**{word}**"),
            1 => format!("*{word}*"),
            2 => format!("~~{word}~~"),
            3 => format!("`{word}`"),
            4 => format!("[{word}](u)"),
            5 => format!("<b>{word}</b>"),
            6 => format!("<kbd>{word}</kbd>"),
            7 => format!("<a href='u'>{word}<!-- not seen --></a>"),
            8 => format!("$\\text{{{word}}}$"),
            9 => format!("http://{word}.example/"),
            _ => word.clone(),
        });
        Written { lines: vec![marked.collect::<Vec<_>>().join(" ")], letters }
    })
}

fn block() -> impl Strategy<Value = Written> {
    let leaf = prop_oneof![
        4 => text(),
        1 => (1..7usize, text()).prop_map(|(level, mut text)| {
            text.lines[0].insert_str(0, &("#".repeat(level) + " "));
            text
        }),
        1 => prop::collection::vec(words(12), 1..4).prop_map(|lines| {
            let letters = lines.concat().concat();
            let mut lines: Vec<String> = lines.into_iter().map(|words| words.join(" ")).collect();
            lines.insert(0, "```".to_owned());
            lines.push("```".to_owned());
            Written { lines, letters }
        }),
        1 => words(4).prop_map(|words| Written {
            letters: "demo".to_owned() + &words.concat(),
            lines: vec![format!("```demo {}", words.join(" ")), "```".to_owned()],
        }),
        1 => (words(6), 0..5u8).prop_map(|(words, kind)| {
            let text = words.join(" ");
            let line = match kind {
                0 => format!("<p align='center'>{text}</p>"),
                1 => format!("<ul><li>{}</li></ul>", words.join("</li><li>")),
                2 => format!("<h3>{text}</h3>"),
                3 => format!("<pre>{text}</pre>"),
                _ => format!("<table><tr><td>{}</td></tr></table>", words.join("</td></tr><tr><td>")),
            };
            Written { lines: vec![line], letters: words.concat() }
        }),
        1 => Just(Written { lines: vec!["***".to_owned()], letters: String::new() }),
    ];
    leaf.prop_recursive(6, 40, 4, |inner| {
        (0..5u8, words(3), prop::collection::vec(inner, 1..4)).prop_map(|(kind, title, blocks)| {
            if kind == 4 {
                let mut inner = joined(blocks.into_iter());
                let opening = format!("<details><summary>{}</summary>", title.join(" "));
                inner.lines.splice(0..0, [opening, String::new()]);
                inner.lines.extend([String::new(), "</details>".to_owned()]);
                return Written { lines: inner.lines, letters: title.concat() + &inner.letters };
            }
            let (first, rest) =
                [("> ", "> "), ("- ", "  "), ("7. ", "   "), ("- [x] ", "  ")][usize::from(kind)];
            // A box needs text beside it.
            let own = if kind == 3 {
                vec![Written { lines: vec!["box".into()], letters: "box".into() }]
            } else {
                vec![]
            };
            let inner = joined(own.into_iter().chain(blocks));
            let lines = inner.lines.into_iter().enumerate();
            let lines =
                lines.map(|(at, line)| format!("{}{line}", if at == 0 { first } else { rest })).collect();
            Written { lines, letters: inner.letters }
        })
    })
}

/// Blocks with an empty line between them.
fn joined(blocks: impl Iterator<Item = Written>) -> Written {
    let mut all = Written { lines: Vec::new(), letters: String::new() };
    for block in blocks {
        if !all.lines.is_empty() {
            // A comment keeps a list from taking in the block after it.
            all.lines.extend([String::new(), "<!-- -->".to_owned(), String::new()]);
        }
        all.lines.extend(block.lines);
        all.letters += &block.letters;
    }
    all
}

fn document() -> impl Strategy<Value = Written> {
    prop::collection::vec(block(), 1..6).prop_map(|blocks| joined(blocks.into_iter()))
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphabetic() || ('\u{300}'..'\u{36f}').contains(c)).collect()
}

/// What Markdown, a terminal and Unicode find special, to be thrown together at random.
const NOISE: &[&str] = &[
    "# ",
    "## ",
    "> ",
    "> [!NOTE]\n",
    "- ",
    "1. ",
    "123456789) ",
    "- [ ] ",
    "|",
    "---",
    "***",
    "===\n",
    "\n",
    "\n",
    "\n\n",
    "\r",
    "\r\n",
    "    ",
    "\t",
    "`",
    "```",
    "```demo ",
    "~~~\n",
    "*",
    "**",
    "_",
    "~~",
    "[",
    "](",
    ")",
    "![",
    "<",
    ">",
    "<br>",
    "<b>",
    "</b>",
    "<sup>",
    "<img alt=x src='",
    "<!--",
    "-->",
    "<div>",
    "\n\n<details>",
    "<details open>",
    "</details>",
    "<summary>",
    "</summary>",
    "<ul>",
    "<li>",
    "</ul>",
    "<table>",
    "<tr>",
    "<td colspan=3>",
    "</table>",
    "<pre>",
    "</pre>",
    "<h2>",
    "<dl><dt>",
    "<dd>",
    "<sub>",
    "</sup>",
    "<a href=x>",
    "</a>",
    "<kbd>",
    "<script>",
    "<![CDATA[",
    "]]>",
    "$",
    "$$",
    "$x_i^2$",
    "\\frac{",
    "}",
    "```math\n",
    "http://",
    "www.",
    "@",
    "a.b",
    "[^a]",
    "\n[^a]: ",
    "\n: ",
    "\\",
    "&nbsp;",
    "&#27;",
    "| a | b |\n|---|--:|\n",
    "\u{1b}[31m",
    "\u{9b}",
    "\u{202e}",
    "\0",
    "\u{feff}",
    "word",
    "a",
    "日本",
    "e\u{301}",
    "👩\u{200d}👩\u{200d}👧",
    "☎\u{fe0f}",
    "\u{fe0f}",
    "क्",
    "لا",
];

fn noise() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(NOISE), 0..60).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(config(128))]

    #[test]
    fn generated_documents_obey(written in document(), width in 1..=120u16, pan in 0..40u16) {
        obeys(&parse(&written.lines.join("\n")), width, pan)?;
    }

    #[test]
    fn noise_obeys(text in noise(), width in 0..=120u16, pan in 0..40u16) {
        obeys(&parse(&text), width, pan)?;
    }

    #[test]
    fn noise_obeys_on_narrow_pages(text in noise(), width in 1..=12u16) {
        obeys(&parse(&text), width, 1)?;
    }

    #[test]
    fn any_characters_obey(text in "\\PC{0,200}|(?s).{0,200}", width in 1..=40u16) {
        obeys(&parse(&text), width, 0)?;
    }

    #[test]
    fn any_bytes_obey(bytes in prop::collection::vec(any::<u8>(), 0..300), width in 1..=40u16) {
        obeys(&parse(&String::from_utf8_lossy(&bytes)), width, 0)?;
    }

    /// All letters come out, in order. From two cells on, since a letter of two cells becomes a symbol on
    /// a page of one.
    #[test]
    fn no_text_is_lost(written in document(), width in 2..=120u16) {
        let text = written.lines.join("\n");
        prop_assert_eq!(letters(&plain(&parse(&text), width, false)), letters(&written.letters), "{}", text);
    }

    /// Cells wrap beside each other, so their text is not in one order. So each cell is made of a letter of
    /// its own: as many as went in come out, of a header at least once as many.
    #[test]
    fn no_text_of_a_table_is_lost(
        columns in 1..7usize,
        lengths in prop::collection::vec((0..30usize, 1..9usize), 7..40),
        width in 1..=120u16,
    ) {
        let letter = |at: usize| char::from_u32(0x1e00 + at as u32).expect("a letter with a mark");
        let cell = |(at, (length, piece)): (usize, &(usize, usize))| {
            let letters: Vec<String> = (0..*length).map(|_| letter(at).to_string()).collect();
            letters.chunks(*piece).map(<[String]>::concat).collect::<Vec<_>>().join(" ")
        };
        let cells: Vec<String> = lengths.iter().enumerate().map(cell).collect();
        let mut rows: Vec<String> = cells.chunks(columns).map(|row| format!("|{}|", row.join("|"))).collect();
        rows.insert(1, format!("|{}", "---|".repeat(columns)));
        let document = parse(&rows.join("\n"));
        prop_assert!(matches!(document.blocks[0].kind, Kind::Table(_)));
        let out = plain(&document, width, false);
        for (at, (length, _)) in lengths.iter().enumerate() {
            let count = out.chars().filter(|&c| c == letter(at)).count();
            if at < columns {
                prop_assert!(count >= *length, "header {at}: {count} of {length}\n{out}");
            } else {
                prop_assert_eq!(count, *length, "cell {}\n{}", at, out);
            }
        }
        obeys(&document, width, 0)?;
    }

    /// Where nothing has to be cut, a wider page changes nothing.
    #[test]
    fn a_wide_page_wraps_nothing(written in text()) {
        let text = written.lines.join("\n");
        let page = page(&parse(&text), 2000, 0);
        prop_assert_eq!(page.lines.len(), 1);
    }
}

/// Documents made to hurt: none may overflow the stack or take time that grows with the square of its size.
/// (Documents ten times as large were timed against these when this was written.)
#[test]
fn hostile_documents_end() -> Result<(), TestCaseError> {
    let many = 10_000;
    let notes: String =
        (0..2000).map(|n| format!("[^{n}] ")).chain((0..2000).map(|n| format!("\n\n[^{n}]: x"))).collect();
    for text in [
        ">".repeat(many),
        "> ".repeat(many) + "\n" + &"> ".repeat(many),
        "- ".repeat(many) + "x",
        "1. ".repeat(many) + "x",
        (0..300).map(|depth| "  ".repeat(depth) + "- x\n").collect(),
        "*a ".repeat(many) + &" b*".repeat(many),
        "[".repeat(many) + &"](u)".repeat(many),
        "![".repeat(many) + &"](u)".repeat(many),
        "**a**b".repeat(many),
        "**\u{301}**\u{301}".repeat(many),
        "a".to_owned() + &"\u{301}".repeat(many),
        "क्".repeat(many),
        "x".repeat(100_000),
        "日".repeat(many),
        format!("```\n{}\n```\n", "\t日".repeat(many)),
        format!("<div>{}", "<!--".repeat(many)),
        format!("<div>{}", "<a \"'".repeat(many)),
        format!("|{}\n|{}\n|{}\n", "a|".repeat(2000), "-|".repeat(2000), "b|".repeat(2000)),
        format!("|{}|b|\n|-|-|\n{}", "h ".repeat(many), "|x|y|\n".repeat(2000)),
        "# a\n\n".repeat(many),
        notes,
    ] {
        let document = parse(&text);
        for width in [1, 7, 80] {
            obeys(&document, width, 3)?;
        }
    }
    Ok(())
}
