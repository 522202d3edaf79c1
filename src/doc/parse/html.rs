//! Blocks of HTML as the blocks that Markdown would have made of them.
//!
//! A page written in HTML inside Markdown (a title in the middle, a row of badges, a table of pictures, parts
//! that fold) should read as if it were Markdown. So tags open and close the same containers and texts as
//! Markdown does, and Markdown between two blocks of HTML stands in what the first one opened. White space is
//! what it is in HTML: a space.

use super::super::block::Kind;
use super::super::html::{self, Tag, Token};
use super::{Builder, Leaf, What};

/// The text of a block of HTML, and where its parts stand in the source.
#[derive(Default)]
pub(super) struct Html {
    text: String,
    /// Offsets in the text, each with that in the source.
    parts: Vec<(usize, usize)>,
}

impl Html {
    /// Adds text that stands at an offset of the source.
    pub fn add(&mut self, text: &str, source: usize) {
        self.parts.push((self.text.len(), source));
        self.text.push_str(text);
    }

    /// Where a byte of the text stands in the source.
    pub fn source_of(&self, at: usize) -> usize {
        let part = self.parts.partition_point(|(start, _)| *start <= at).checked_sub(1);
        part.map_or(0, |part| self.parts[part].1 + at - self.parts[part].0)
    }
}

/// The pieces of a block, and how far they are read.
pub(super) struct Pieces<'t> {
    pub html: &'t Html,
    tokens: Vec<(usize, Token<'t>)>,
    next: usize,
}

impl<'t> Pieces<'t> {
    pub fn next(&mut self) -> Option<(usize, Token<'t>)> {
        let piece = self.tokens.get(self.next).copied();
        self.next += 1;
        piece
    }

    /// How many pieces there are until a tag is closed, if it is in this block and not opened again before.
    pub fn until_closed(&self, name: &str) -> Option<usize> {
        let rest = self.tokens.get(self.next..)?;
        let same = |token: &Token| matches!(token, Token::Tag(tag) if tag.name == name);
        let at = rest.iter().position(|(_, token)| same(token))?;
        matches!(rest[at].1, Token::Tag(tag) if tag.closing).then_some(at)
    }

    /// Reads up to where a tag is closed, that too; all that is left where it never is. Gives the text
    /// without tags, decoded.
    fn skip_to(&mut self, name: &str) -> String {
        let mut text = String::new();
        while let Some((_, token)) = self.next() {
            match token {
                Token::Tag(tag) if tag.closing && tag.name == name => break,
                Token::Tag(tag) if tag.name == "br" => text.push('\n'),
                Token::Text(piece) => text.push_str(&html::decode(piece)),
                Token::Raw(piece) | Token::Unknown(piece) => text.push_str(piece),
                Token::Tag(_) | Token::Hidden => {}
            }
        }
        text
    }
}

impl Builder<'_> {
    /// Reads a block of HTML. No text stays open behind it; containers do.
    pub(super) fn html_block(&mut self, html: &Html) {
        let mut pieces = Pieces { html, tokens: html::tokens(&html.text), next: 0 };
        while let Some((at, token)) = pieces.next() {
            match token {
                Token::Tag(tag) => self.html_tag(tag, at, &mut pieces),
                other => self.html_text(other, html.source_of(at)),
            }
        }
        self.end_html();
        self.frames.end_summary();
    }

    /// Text in HTML.
    pub(super) fn html_text(&mut self, token: Token, offset: usize) {
        let blank = |text: &str| text.trim_matches([' ', '\t', '\r', '\n']).is_empty();
        match token {
            Token::Text(text) if self.inline.is_empty() => {
                if !blank(text) {
                    let text = text.trim_start_matches([' ', '\t', '\r', '\n']);
                    self.text(offset, |inline| inline.text(&html::decode(text)));
                }
            }
            Token::Text(text) => self.text(offset, |inline| inline.text(&html::decode(text))),
            Token::Raw(text) => self.text(offset, |inline| inline.text(text)),
            Token::Unknown(text) => self.text(offset, |inline| inline.dim(text)),
            Token::Tag(_) | Token::Hidden => {}
        }
    }

    fn html_tag(&mut self, tag: Tag, at: usize, pieces: &mut Pieces) {
        let offset = pieces.html.source_of(at);
        let line = self.source.line(offset);
        let start = !tag.closing;
        match tag.name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.end_html();
                if start {
                    let level = tag.name.bytes().next_back().map_or(1, |digit| digit - b'0');
                    self.leaf = Some((Leaf::Heading(level), line));
                }
            }
            "details" | "ul" | "ol" | "menu" | "li" | "blockquote" | "dl" | "dt" | "dd" => {
                self.end_html();
                self.html_container(tag, line);
            }
            "summary" => {
                self.end_html();
                self.frames.summary(start);
            }
            "hr" => {
                self.end_html();
                self.frames.push(line, Kind::Rule);
            }
            "pre" if start => self.html_code(tag, line, pieces),
            // One that never ends would hide the rest of the page.
            "script" | "style" if start && pieces.until_closed(tag.name).is_some() => {
                pieces.skip_to(tag.name);
                self.text(offset, |inline| inline.dim(tag.name));
            }
            "table" if start => {
                self.end_html();
                if let Some(length) = pieces.until_closed("table") {
                    self.html_table(line, length, pieces);
                }
            }
            "address" | "article" | "aside" | "body" | "caption" | "center" | "div" | "fieldset"
            | "figcaption" | "figure" | "footer" | "form" | "header" | "hgroup" | "html" | "legend"
            | "main" | "nav" | "p" | "pre" | "section" | "table" | "tbody" | "td" | "tfoot" | "th"
            | "thead" | "tr" => self.end_html(),
            _ => {
                let place = self.source.place(offset);
                self.text(offset, |inline| inline.tag(tag, place));
            }
        }
    }

    /// Opens or closes a container.
    fn html_container(&mut self, tag: Tag, line: usize) {
        let name = tag.name;
        let in_list =
            |builder: &Self| ["ul", "ol", "menu"].into_iter().any(|list| builder.frames.is_in(list));
        if tag.closing {
            return self.frames.close_tag(name);
        }
        match name {
            "details" => {
                let open = tag.attribute("open").is_some();
                let index = self.details_count;
                self.details_count += 1;
                let what = What::Details { index, open, summary: Vec::new(), titled: false };
                self.frames.open_tag(what, line, name);
            }
            "ul" | "ol" | "menu" => {
                let start = (name == "ol").then(|| tag.value("start").parse().unwrap_or(1));
                let what = What::List { start, loose: false, items: Vec::new() };
                self.frames.open_tag(what, line, name);
            }
            "li" => {
                // An item may leave its closing tag out.
                if self.frames.is_in("li") {
                    self.frames.close_tag("li");
                }
                if in_list(self) {
                    self.frames.open_tag(What::Item { task: None }, line, name);
                }
            }
            "blockquote" => self.frames.open_tag(What::Quote(None), line, name),
            "dl" => self.frames.open_tag(What::Definitions(Vec::new()), line, name),
            _ => {
                if self.frames.is_in("dd") {
                    self.frames.close_tag("dd");
                }
                if self.frames.is_in("dl") && name == "dt" {
                    self.leaf = Some((Leaf::Term, line));
                } else if self.frames.is_in("dl") {
                    self.frames.open_tag(What::Meaning, line, name);
                }
            }
        }
    }

    /// `<pre>`: code, in the language that a `<code class="language-x">` in it names.
    fn html_code(&mut self, tag: Tag, line: usize, pieces: &mut Pieces) {
        self.end_html();
        let mut language = tag.value("lang");
        if let Some((_, Token::Tag(code))) = pieces.tokens.get(pieces.next).filter(|_| language.is_empty()) {
            let class = code.value("class");
            let named = class.split_whitespace().find_map(|class| class.strip_prefix("language-"));
            language = named.unwrap_or_default().to_owned();
        }
        let text = pieces.skip_to("pre");
        // HTML drops a line break directly behind the tag.
        let inner = text.strip_prefix('\n').unwrap_or(&text);
        let text_line = line + usize::from(inner.len() < text.len());
        let inner = inner.trim_end_matches('\n').to_owned();
        if !inner.is_empty() {
            let code = self.next_code(&language, inner, text_line);
            self.frames.push(line, code);
        }
    }

    /// Ends the open text; a heading without any is none.
    pub(super) fn end_html(&mut self) {
        if self.inline.is_empty() && matches!(self.leaf, Some((Leaf::Heading(_), _))) {
            self.inline.take();
            self.leaf = None;
        }
        self.end_implicit();
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::block::{Kind, text_of};
    use super::super::super::{Details, Document, parse, plain};

    fn check(markdown: &str, expected: &str) {
        assert_eq!(plain(&parse(markdown), 60, true), expected, "{markdown}");
    }

    /// The folds: whether open, summary, and how many blocks.
    fn folds(document: &Document) -> Vec<(bool, String, usize)> {
        let short = |details: &Details| (details.open, text_of(&details.summary), details.blocks.len());
        document.details().map(short).collect()
    }

    #[test]
    fn folds_hold_markdown() {
        let fold = |markdown: &str, expected: &[(bool, &str, usize)]| {
            let document = parse(markdown);
            let got = folds(&document);
            let got: Vec<(bool, &str, usize)> =
                got.iter().map(|(open, text, n)| (*open, text.as_str(), *n)).collect();
            assert_eq!(got, expected, "{markdown}");
            let indices: Vec<usize> = document.details().map(|details| details.index).collect();
            assert_eq!(indices, (0..got.len()).collect::<Vec<_>>());
        };
        fold("<details><summary>S</summary>\n\n*x*\n\n- y\n\n</details>\n\nz", &[(false, "S", 2)]);
        fold(
            "<details open>\n<summary>\nS <b>b</b> `c`\n</summary>raw\n</details>\nz",
            &[(true, "S b `c`", 1)],
        );
        fold("<details>\n<summary>\n\n## *S*\n\n</summary>\n\nx\n</details>", &[(false, "S", 1)]);
        fold("<details><summary><h3>A</h3> B</summary>x</details>", &[(false, "A B", 1)]);
        fold("<details>\n\nx\n\n</details>", &[(false, "", 1)]);
        fold("<details><summary>never closed\n\nx\n\ny\n\n</details>\n\nz", &[(false, "never closed", 2)]);
        fold("<details><summary>S</summary>\n\nx\n\n# never closed\n\ny", &[(false, "S", 3)]);
        fold("<details><summary>A</summary><summary>B</summary>x</details>", &[(false, "A", 2)]);
        fold("x\n\n</details>\n\n</summary>\n\ny", &[]);
        let nested = "<details><summary>A</summary>\n\n<details><summary>B</summary>\n\nx\n\n</details>\n\ny\n\n</details>";
        fold(nested, &[(false, "A", 2), (false, "B", 1)]);
        // What closes a fold stands in the same container of Markdown; the container closes those left open.
        fold("- <details><summary>S</summary>\n\n  x\n\n- y\n\n</details>\n\nz", &[(false, "S", 1)]);
        fold("> <details><summary>S</summary>\n>\n> x\n\nz\n\n</details>", &[(false, "S", 1)]);
        fold(
            "<details><summary>S</summary>\n\n> x\n> </details>\n\ny\n\n</details>\n\nz",
            &[(false, "S", 2)],
        );
    }

    #[test]
    fn what_is_in_a_fold_counts() {
        let document = parse(
            "<details><summary><a href=t>s</a></summary>\n\n## H\n\nx[^n]\n\n```demo ring\n```\n\n[l](u)\n\n</details>\n\n[^n]: note",
        );
        assert_eq!(document.headings[0].id, "h");
        assert_eq!(document.live().count(), 1);
        assert_eq!(document.links().map(|link| link.url.as_str()).collect::<Vec<_>>(), ["t", "u"]);
        assert_eq!(document.footnotes.len(), 1);
        assert_eq!(document.words(), 1 + 1 + 1 + 1 + 1);
    }

    #[test]
    fn text_and_containers() {
        check("<p align=center>\n  Hello <b>you</b>\n</p>\nthere", "Hello you\n\nthere\n");
        check("<h1>T <i>i</i></h1><h2><!-- no text --></h2>x", "T i\n\nx\n");
        check("<ul><li>a<li>b\n<ol start=4><li>c</ol></ul>x", "- a\n- b\n  4. c\n\nx\n");
        check("<ul>stray<li>\n\n*a*\n\n</li></ul>", "- stray\n\n- a\n");
        check("<li>no list", "no list\n");
        check("<blockquote>a<p>b</blockquote>c", "| a\n|\n| b\n\nc\n");
        check("<dl><dt>T<dd>a<dd>b<dt>U</dl>", "T\n  a\n  b\n\nU\n");
        check("a\n\n<hr>\n\nb", &format!("a\n\n{}\n\nb\n", "-".repeat(60)));
        check("<pre lang=c>\na &lt; b\n  <b>c</b>\n</pre>", "  a < b\n    c\n");
        check("<div>a &amp; b &copy; &unknown;</div>", "a & b © &unknown;\n");
        check(
            "<!-- a -->\n\n<script>\nlet x;\n\nlet y;\n</script>\n\n<div><style>x</style>y</div>",
            "script\n\nstyley\n",
        );
        check("<div><script>x", "x\n");
        check("<div><T>x</T></div>", "<T>x</T>\n");
        check("<div>\n\n# A\n\n</div>", "A\n");
    }

    #[test]
    fn tables() {
        check("<table><tr><th>A<th>B<tr><td>1<td>2<br>3</table>", "A  B\n----\n1  2\n   3\n");
        check("<table><caption>C</caption><tr><td>1<td>2</table>", "C\n\n1  2\n");
        check(
            "<table>\n<tr><td colspan=2>a</td></tr>\n<tr><td>b</td><td>c</td></tr>\n</table>x",
            "a\nb  c\n\nx\n",
        );
        // Cells of Markdown, and tables in tables, follow each other.
        check("<table><tr><td>\n\n- a\n\n</td><td>b</td></tr></table>", "- a\n\nb\n");
        check("<table><tr><td><table><tr><td>a<td>b</table></table>c", "a  b\n\nc\n");
        check("<table></table>x", "x\n");
        let document = parse("<table><tr><th align=right>A<th style='text-align: center'>B</table>");
        let alignments: Vec<_> = document.tables().flat_map(|table| table.alignments.clone()).collect();
        assert_eq!(format!("{alignments:?}"), "[Right, Center]");
    }

    #[test]
    fn tags_in_text() {
        check("H<sub>2</sub>O x<sup>a, b</sup> y<sup>**2**q</sup> z<sup></sup>", "H₂O x^(a, b) y^2q z\n");
        check(
            "<sup>Small print, q.</sup> See.<sub>(q)</sub> *x*<sub>q, q</sub>",
            "Small print, q. See.(q) x_(q, q)\n",
        );
        check("<p>\n<sub>\nSmall print, q.\n</sub>\n</p>", "Small print, q.\n");
        check("a[^1]<sup>[^1]</sup>\n\n[^1]: n", "a[1][1]\n\n--------------------\n[1] n\n");
        check("a<p>b<li>c", "a\nb\n- c\n");
        check("<ul><li><input type=checkbox checked> a</ul>", "- [x] a\n");
        check("x <a href='u'>l</a> <a name=n></a> [m</a>n](v)", "x l mn\n");
        check("<video src=v.mp4>", "video: v.mp4\n");
        let document = parse("<kbd>K</kbd> <u>u</u> <mark>m</mark> <s>s</s> <a href='x'>a *b*</a>");
        let Kind::Paragraph(runs) = &document.blocks[0].kind else { panic!("a paragraph") };
        let marked = |text: &str| runs.iter().find(|run| run.text == text).expect("a run of its own");
        assert!(marked("K").marks.key && marked("u").marks.under && marked("m").marks.strong);
        assert!(marked("s").marks.strike && marked("b").marks.emph);
        assert_eq!((marked("a ").link, marked("b").link), (Some(0), Some(0)));
    }

    #[test]
    fn badges_are_calm() {
        check("[![a](http://x)](u)[![b](http://y)](v)\n![c](https://z)", "a b c\n");
        check("![a](http://x)", "image: a (http://x)\n");
        check("![a](http://x) ![b](local.png)", "a image: b (local.png)\n");
        check("![a](http://x) ![b](http://y) text", "image: a (http://x) image: b (http://y) text\n");
        check("# ![logo](l.png) Name", "image: logo (l.png) Name\n");
        assert_eq!(parse("# ![logo](l.png) Name").headings[0].id, "name");
    }

    #[test]
    fn places_are_those_of_the_file() {
        let text = "x\n\n> <p>\n> 日 <a href=u>l</a>\n> <img src=s>\n> <pre>\n> code</pre>\n";
        let document = parse(text);
        let links: Vec<_> =
            document.links().map(|link| (link.url.as_str(), link.line, link.column)).collect();
        assert_eq!(links, [("u", 4, 5), ("s", 5, 3)]);
        let code: Vec<_> = document.code().map(|code| (code.text.as_str(), code.text_line)).collect();
        assert_eq!(code, [("code", 7)]);
    }
}
