//! What fields become, and that nothing in them can do harm.

use proptest::prelude::*;

use super::*;
use crate::doc;

fn read(source: &str) -> String {
    markdown(source, &mut Vec::new())
}

#[test]
fn fields_become_markdown() {
    let check = |source: &str, expected: &str| assert_eq!(read(source), expected, "{source}");
    check("What is <b>LRU</b>?", "What is **LRU**?");
    check("<b>bold </b>word", "**bold** word");
    check("a<b>b</b>c <i>(x)</i>y", "a**b**c <i>(x)</i>y");
    check("<b>a</b><i>b</i>", "<b>a</b>*b*");
    check("<b><i>a</i></b> <strike>b</strike>", "***a*** ~~b~~");
    check("one<br>two", "one\\\ntwo");
    check("one<div>two</div><div>three</div>", "one\\\ntwo\\\nthree");
    check("one<div><br></div><div>two</div>", "one\n\ntwo");
    check("<p>one</p><p>two</p>", "one\n\ntwo");
    check("a&nbsp;b &amp; c &lt; d &eacute;", "a b & c \\< d é");
    check("<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>", "- a\n- b\n\n  - c");
    check("<ol start=3><li>a<li>b</ol>", "3. a\n4. b");
    check("<ul>\n<li>a</li>\n</ul>x", "- a\n\nx");
    check("<pre>if a &lt; b:<br>    f()\n</pre>", "```\nif a < b:\n    f()\n```");
    check("<pre><code>a```b</code></pre>", "````\na```b\n````");
    check("use <code>a`b</code>", "use ``a`b``");
    check("<blockquote>q<br>r</blockquote>", "> q\\\n> r");
    check("<h2>Head</h2>text", "## Head\n\ntext");
    check("x<sub>1</sub> + 2<sup>n</sup>", "x<sub>1</sub> + 2<sup>n</sup>");
    check("\\(a &lt; b\\) and \\[\\sum_i x_i\\]", "$a < b$ and $$\\sum_i x_i$$");
    check("[$]x^2[/$] [latex]y[/latex]", "$x^2$ $y$");
    check("<a href=\"https://a.b/c?d=1&amp;e=2\">here</a>", "[here](<https://a.b/c?d=1\\&e=2>)");
    check("<a href=\"javascript:alert(1)\">here</a>", "here");
    check("<img src=\"a%20b.png\" onerror=\"x()\">", "![a b.png](<a b.png>)");
    check("<img src=\"data:image/png;base64,AAAA\">x", "x");
    check("<script>alert('<b>')</script>a<style>b{}</style><iframe src=x>y</iframe>", "a");
    check(
        "<table><tr><th>a</th><th>b|c</th></tr><tr><td>1<br>2</td></tr></table>",
        "| a | b\\|c |\n|---|---|\n| 1<br>2 |  |",
    );
    check("<table><tr><td>a</td></tr><tr><td>b</td></tr></table>", "a\\\nb");
    check("<span style=\"font-weight: bold\">a</span>", "**a**");
    check("</ul></b></div>a", "a");
    check("", "");
}

#[test]
fn text_that_looks_like_markdown_is_text() {
    let check = |source: &str, expected: &str| assert_eq!(read(source), expected, "{source}");
    check("2 * 3 * 4", "2 \\* 3 \\* 4");
    check("# no heading", "\\# no heading");
    check("- no list<br>1. nor this", "\\- no list\\\n1\\. nor this");
    check("snake_case _x_", "snake_case \\_x\\_");
    check("a[0] and `x` costs $5 ~ $6", "a\\[0\\] and \\`x\\` costs \\$5 \\~ \\$6");
    check("&amp;amp; C:\\dir", "\\&amp; C:\\\\dir");
    check("&lt;b&gt;", "\\<b>");
    assert_eq!(escaped("a\n\n- *b*\n  c"), "a\n\n\\- \\*b\\*\\\nc");
}

#[test]
fn media_are_named_once() {
    let mut media = Vec::new();
    let _ = markdown("<img src='x.png'><img src=\"x.png\"><img src=y.jpg>", &mut media);
    assert_eq!(media, ["x.png", "y.jpg"]);
}

#[test]
fn markdown_becomes_html() {
    let check = |source: &str, expected: &str| assert_eq!(html(source), expected, "{source}");
    check("What is **LRU**?", "What is <strong>LRU</strong>?");
    check("a < b & \"c\"", "a &lt; b &amp; &quot;c&quot;".replace("&quot;", "\"").as_str());
    check("$a < b$", "\\(a &lt; b\\)");
    check("$$x$$", "\\[x\\]");
    check("one\\\ntwo", "one<br />\ntwo");
    check("one\n\ntwo", "<p>one</p>\n<p>two</p>");
    check("x<sub>1</sub><script>alert(1)</script>", "x<sub>1</sub>&lt;script&gt;alert(1)&lt;/script&gt;");
    check("<img src=x onerror=y>", "&lt;img src=x onerror=y&gt;");
    check(
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody>\n<tr><td>1</td><td>2</td></tr>\n</tbody></table>",
    );
}

#[test]
fn there_and_back_says_the_same() {
    for source in [
        "What is **LRU**?",
        "- a\n- b\n\n  - c",
        "```\nif a < b:\n    f()\n```",
        "one\\\ntwo\n\nthree",
        "$a < b$ and $$\\sum_i x_i$$",
        "> q",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "x<sub>1</sub> [here](https://a.b/c) `code` ~~no~~",
    ] {
        assert_eq!(read(&html(source)), source);
    }
}

/// What a reader of the Markdown sees, without white space.
fn seen(markdown: &str) -> String {
    doc::plain(&doc::parse(markdown), 10_000, false).split_whitespace().collect()
}

/// Whether a tag is left in the Markdown that is not one of the few which only change how text looks.
fn would_run(markdown: &str) -> Option<String> {
    use pulldown_cmark::{Event, Options, Parser, Tag};
    let harmless =
        ["<b>", "</b>", "<i>", "</i>", "<s>", "</s>", "<sub>", "</sub>", "<sup>", "</sup>", "<br>"];
    Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_MATH).find_map(|event| match event {
        Event::Html(text) => Some(text.to_string()),
        Event::InlineHtml(text) => (!harmless.contains(&text.as_ref())).then(|| text.to_string()),
        Event::Start(Tag::Link { dest_url, .. }) => {
            (dest_url.starts_with("javascript") || dest_url.starts_with("data")).then(|| dest_url.to_string())
        }
        _ => None,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn any_text_is_shown_as_it_is(text in "[ -~]{0,40}|[a-z *_`#+=~$&;:|<>\\[\\]()!\\\\.0-9-]{0,30}") {
        let source = text.replace('&', "&amp;").replace('<', "&lt;");
        // What begins and ends as a formula does is one.
        prop_assume!(math::pieces(&source).iter().all(|piece| matches!(piece, math::Piece::Html(_))));
        let got = read(&source);
        let expected: String = text.split_whitespace().collect();
        prop_assert_eq!(seen(&got), expected, "{:?}", got);
    }

    #[test]
    fn nothing_that_runs_comes_through(
        parts in prop::collection::vec(
            prop_oneof![
                "(?s:.{0,8})",
                "</?(b|i|a|p|div|ul|ol|li|table|tr|td|th|pre|code|script|style|blockquote|h1|sub|span|img|svg|br|hr)( (href|src|style|onclick)=['\"](javascript:x|data:x|https://x|font-weight:bold)['\"])?/?>",
                "\\[x\\]\\((javascript:x|https://x|data:x|#)\\)",
                "\\\\\\(|\\\\\\)|\\[\\$\\]|\\[/\\$\\]|&lt;script&gt;|<!--|-->|<!\\[CDATA\\[|\\]\\]>|`|\\||\n",
            ],
            0..24,
        ),
    ) {
        let source = parts.concat();
        let got = read(&source);
        prop_assert_eq!(would_run(&got), None, "{:?} from {:?}", got, source);
        // The other way as well, for whatever Markdown.
        for (_, token) in tokens(&html(&source)) {
            let Token::Tag(tag) = token else { continue };
            prop_assert!(!["script", "style", "svg", "iframe"].contains(&tag.name), "{:?} from {:?}", tag, source);
            prop_assert_eq!(tag.attribute("onclick"), None, "{:?} from {:?}", tag, source);
            prop_assert!(!tag.value("href").starts_with("javascript"), "{:?} from {:?}", tag, source);
        }
    }
}
