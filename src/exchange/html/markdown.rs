//! The tree of a field as Markdown that says the same.
//!
//! Text that looks like Markdown is escaped, so that `*` in a field is an asterisk on the card. Marks are written with
//! asterisks where CommonMark would read them as marks there (the rules on flanking, section 6.2), and as
//! `<b>` and `<i>` where it would not, as in the middle of punctuation.

use pulldown_cmark::{Event, Options, Parser};

use super::block::{Block, Inline, Line, Marks, into_lines};

/// The blocks as Markdown, without a line break at the end.
pub(super) fn markdown(blocks: &[Block]) -> String {
    let mut parts = Vec::new();
    for block in blocks {
        let part = block_text(block);
        if !part.is_empty() {
            parts.push(part);
        }
    }
    parts.join("\n\n")
}

/// A text as Markdown that shows it as it is. Its line breaks stay line breaks.
#[must_use]
pub fn escaped(text: &str) -> String {
    let lines: Vec<Line> = text
        .trim_matches(['\n', '\r'])
        .lines()
        .map(|line| vec![Inline::Text(line.trim_start().to_string(), Marks::default())])
        .collect();
    let paragraphs = lines.split(super::block::is_blank).filter(|lines| !lines.is_empty());
    paragraphs.map(paragraph).collect::<Vec<_>>().join("\n\n")
}

fn block_text(block: &Block) -> String {
    match block {
        Block::Paragraph(lines) => paragraph(lines),
        Block::Heading(level, line) => {
            format!("{} {}", "#".repeat(usize::from(*level)), line_text(line, false))
        }
        Block::Code(code) => fenced(code),
        Block::Rule => "---".to_string(),
        Block::Quote(blocks) => prefixed(&markdown(blocks), "> ", "> "),
        Block::List(start, items) => {
            let mut parts = Vec::new();
            for (item, number) in items.iter().zip(start.unwrap_or(1).min(999_999_999)..) {
                let mark = if start.is_some() { format!("{number}. ") } else { "- ".to_string() };
                let content =
                    if let [Block::Rule, ..] = item.as_slice() { String::new() } else { markdown(item) };
                parts.push(prefixed(&content, &mark, &" ".repeat(mark.len())).trim_end().to_string());
            }
            parts.join("\n")
        }
        Block::Table(rows) => table(rows),
    }
}

fn paragraph(lines: &[Line]) -> String {
    let lines: Vec<String> =
        lines.iter().map(|line| line_text(line, false)).filter(|line| !line.is_empty()).collect();
    lines.join("\\\n")
}

/// Puts `first` before the first line and `others` before all others; nothing before empty ones but a quote's mark.
fn prefixed(text: &str, first: &str, others: &str) -> String {
    let lines: Vec<String> = text
        .split('\n')
        .enumerate()
        .map(|(at, line)| {
            let prefix = if at == 0 { first } else { others };
            if line.is_empty() { prefix.trim_end().to_string() } else { format!("{prefix}{line}") }
        })
        .collect();
    lines.join("\n")
}

fn fenced(code: &str) -> String {
    let fence = "`".repeat(longest_run(code, '`').max(2) + 1);
    format!("{fence}\n{code}\n{fence}")
}

fn longest_run(text: &str, wanted: char) -> usize {
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == wanted { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

/// A table of at least two columns; of one column only its lines.
fn table(rows: &[Vec<Vec<Line>>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    if columns < 2 {
        let lines: Vec<Line> = into_lines(Block::Table(rows.to_vec()));
        return paragraph(&lines);
    }
    let mut out = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let cells = (0..columns).map(|column| {
            let lines = row.get(column).map(Vec::as_slice).unwrap_or_default();
            lines.iter().map(|line| line_text(line, true)).collect::<Vec<_>>().join("<br>")
        });
        out.push(format!("| {} |", cells.collect::<Vec<_>>().join(" | ")));
        if at == 0 {
            out.push(format!("|{}", "---|".repeat(columns)));
        }
    }
    out.join("\n")
}

/// A piece of a line with its white space told apart.
struct Piece {
    text: String,
    marks: Marks,
    /// Text of a code span, or what is Markdown already.
    verbatim: bool,
}

fn line_text(line: &Line, in_table: bool) -> String {
    let pieces = pieces(line);
    let mut out = String::new();
    for (at, piece) in pieces.iter().enumerate() {
        let core = piece.text.trim_matches(' ');
        if core.is_empty() {
            out.push_str(&piece.text);
            continue;
        }
        let start = piece.text.len() - piece.text.trim_start_matches(' ').len();
        let end = piece.text.trim_end_matches(' ').len();
        out.push_str(&piece.text[..start]);
        let next = if end < piece.text.len() { Some(' ') } else { pieces.get(at + 1).and_then(first_char) };
        let before = out.chars().next_back();
        let core = marked(core, piece, before, next);
        // Two code spans side by side would share their signs.
        if before == Some('`') && core.starts_with('`') {
            out.push(' ');
        }
        out.push_str(&core);
        out.push_str(&piece.text[end..]);
    }
    let out = out.trim_matches(' ');
    let out = if in_table { out.replace('|', "\\|") } else { out.to_string() };
    start_escaped(&out)
}

/// The character with which a piece begins as Markdown: an asterisk stands for all that is marked.
fn first_char(piece: &Piece) -> Option<char> {
    let marks = &piece.marks;
    if piece.text.starts_with(' ') {
        return Some(' ');
    }
    if marks.bold || marks.italic {
        return Some('*');
    }
    if marks.code || marks.link.is_some() || marks.struck || marks.sub || marks.sup {
        return Some('[');
    }
    piece.text.chars().next()
}

/// The pieces of a line: white space collapsed, neighbours that look alike joined.
fn pieces(line: &Line) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for inline in line {
        let (text, marks, verbatim) = match inline {
            Inline::Text(text, marks) => (text.clone(), marks.clone(), false),
            Inline::Math(tex, display) => (formula(tex, *display), Marks::default(), true),
            Inline::Image(name) => (image(name), Marks::default(), true),
        };
        match pieces.last_mut() {
            Some(last) if last.marks == marks && !last.verbatim && !verbatim => last.text.push_str(&text),
            _ => pieces.push(Piece { text, marks, verbatim }),
        }
    }
    let mut space = true;
    for piece in &mut pieces {
        if piece.verbatim {
            space = false;
            continue;
        }
        let mut text = String::with_capacity(piece.text.len());
        for c in piece.text.chars() {
            let white = c != '\u{a0}' && (c.is_whitespace() || c.is_control());
            if !(white && space) {
                text.push(if white { ' ' } else { c });
            }
            space = white;
        }
        piece.text = text;
    }
    pieces.retain(|piece| !piece.text.is_empty());
    pieces
}

fn marked(core: &str, piece: &Piece, before: Option<char>, next: Option<char>) -> String {
    let marks = &piece.marks;
    let mut text = if piece.verbatim {
        core.to_string()
    } else if marks.code {
        code_span(core)
    } else {
        inline_escaped(core)
    };
    if marks.sub {
        text = format!("<sub>{text}</sub>");
    }
    if marks.sup {
        text = format!("<sup>{text}</sup>");
    }
    // A link's brackets are what stands around the marks inside it.
    let around = if marks.link.is_some() { (Some('['), Some(']')) } else { (before, next) };
    if marks.struck {
        text = wrapped(&text, "~~", "s", around);
    }
    match (marks.bold, marks.italic) {
        (true, true) => {
            text = wrapped(&text, "***", "b", around).replace("<b>", "<b><i>").replace("</b>", "</i></b>");
        }
        (true, false) => text = wrapped(&text, "**", "b", around),
        (false, true) => text = wrapped(&text, "*", "i", around),
        (false, false) => {}
    }
    match &marks.link {
        Some(url) => format!("[{text}]({})", destination(url)),
        None => text,
    }
}

/// Marks a text, with a tag where the sign would not be read as a mark there.
fn wrapped(text: &str, sign: &str, tag: &str, (before, next): (Option<char>, Option<char>)) -> String {
    let open =
        |c: Option<char>| c.is_none_or(|c| c != '*' && c != '~' && (c.is_whitespace() || is_punctuation(c)));
    let (first, last) = (text.chars().next(), text.chars().next_back());
    let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let beside = |c: Option<char>| c.is_some_and(|c| c == '*' || c == '~' || c == '\\');
    let sound = (letter(first) || open(before)) && (letter(last) || open(next));
    if sound && !beside(before) && !beside(next) && !beside(first) && !beside(last) {
        format!("{sign}{text}{sign}")
    } else {
        format!("<{tag}>{text}</{tag}>")
    }
}

fn is_punctuation(c: char) -> bool {
    c.is_ascii_punctuation()
}

fn code_span(text: &str) -> String {
    let sign = "`".repeat(longest_run(text, '`') + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{sign}{pad}{text}{pad}{sign}")
}

/// A formula. What would not be read as one between dollar signs (a brace is left open) is shown as code.
fn formula(tex: &str, display: bool) -> String {
    if tex.is_empty() {
        return String::new();
    }
    let sign = if display { "$$" } else { "$" };
    let text = format!("{sign}{tex}{sign}");
    let mut events = Parser::new_ext(&text, Options::ENABLE_MATH).skip(1);
    let whole = match events.next() {
        Some(Event::InlineMath(read)) => !display && *read == *tex,
        Some(Event::DisplayMath(read)) => display && *read == *tex,
        _ => false,
    };
    if whole { text } else { code_span(tex) }
}

fn image(name: &str) -> String {
    let one_line: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!("![{}]({})", inline_escaped(&one_line), destination(&one_line))
}

fn destination(url: &str) -> String {
    let plain = !url.is_empty()
        && url.chars().all(|c| !c.is_whitespace() && !c.is_control() && !"()<>\\&".contains(c));
    if plain {
        return url.to_string();
    }
    let mut out = String::from("<");
    for c in url.chars().filter(|c| !c.is_control()) {
        if "<>\\&".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('>');
    out
}

/// Escapes what would be a mark, a link, code, a formula, a tag or a reference.
fn inline_escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut before: Option<char> = None;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let next = rest.peek().copied();
        let within = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let special = match c {
            '\\' | '`' | '*' | '[' | ']' | '<' | '$' | '~' => true,
            '_' => !(within(before) && within(next)),
            '&' => next.is_some_and(|next| next.is_alphanumeric() || next == '#'),
            _ => false,
        };
        if special {
            out.push('\\');
        }
        out.push(c);
        before = Some(c);
    }
    out
}

/// Escapes what would make a line something else than text: a heading, a list, a quotation, a rule, a table.
fn start_escaped(line: &str) -> String {
    let first = line.chars().next();
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let special = match first {
        Some('#' | '>' | '-' | '+' | '=' | '|' | ':') => Some(0),
        Some('0'..='9') if (1..=9).contains(&digits) => {
            let sign = line.as_bytes().get(digits).filter(|sign| matches!(sign, b'.' | b')'));
            let after = line.as_bytes().get(digits + 1);
            sign.filter(|_| after.is_none_or(|after| *after == b' ')).map(|_| digits)
        }
        _ => None,
    };
    match special {
        Some(at) => format!("{}\\{}", &line[..at], &line[at..]),
        None => line.to_string(),
    }
}
