//! Code in a question: in a fence of its text, or as the exhibit of a `spot` card. Its colours are found on another
//! thread, as those of a page are, and until they arrive it stands plain.

use std::sync::Arc;

use crate::deck::{self, Kind};
use crate::doc::{self, Colouring, Ink, Layout, LongCode, Style, Syntax};

use super::Asking;
use super::line::CardLine;

/// The colours of pieces of code, by their texts.
#[derive(Clone, Debug, Default)]
pub(super) struct Colours {
    known: Vec<(String, Arc<Colouring>)>,
    asked: bool,
}

/// Blocks of code whose colours are to be found: the number of each, its language, its text.
pub type Wanted = Vec<(usize, String, String)>;

impl Colours {
    /// The colours of a text, where they are known.
    pub fn of(&self, code: &str) -> Option<&Arc<Colouring>> {
        self.known.iter().find(|(known, _)| known == code).map(|(_, colours)| colours)
    }
}

impl Asking {
    /// The name by which the colours of its code are asked for.
    #[must_use]
    pub fn colour_name(&self) -> String {
        format!("card:{}:{}", self.asked.card.id, self.asked.seed)
    }

    /// The code whose colours are to be found, once; empty where that was asked before or there is none.
    pub fn to_colour(&mut self) -> Wanted {
        if std::mem::replace(&mut self.colours.asked, true) { Vec::new() } else { self.code() }
    }

    /// Colours that arrived, for the code of that number.
    pub fn coloured(&mut self, code: usize, colouring: Arc<Colouring>) {
        let text = self.code().into_iter().nth(code).map(|(_, _, text)| text);
        self.colours.known.extend(text.map(|text| (text, colouring)));
    }

    /// All code in a language that is named, in a fixed order.
    fn code(&self) -> Wanted {
        let card = &self.asked.card;
        let mut code: Vec<(String, String)> = Vec::new();
        let mut texts = vec![self.asked.question.clone(), card.why.clone()];
        match &card.kind {
            Kind::Spot { exhibit, lang, .. } => code.push((lang.clone(), exhibit.clone())),
            Kind::Basic { .. } => texts.push(deck::back(card)),
            Kind::Rubric { answer, .. } => texts.push(answer.clone()),
            _ => {}
        }
        for text in texts.iter().filter(|text| text.contains("```") || text.contains("~~~")) {
            code.extend(doc::parse(text).code().map(|code| (code.language.clone(), code.text.clone())));
        }
        let named = code.into_iter().filter(|(language, _)| !language.is_empty());
        named.enumerate().map(|(number, (language, text))| (number, language, text)).collect()
    }
}

/// Adds the lines of a text in Markdown, its code in colours as far as they are known. Long lines of code are broken:
/// nothing pans in a question.
pub(super) fn markdown_in(source: &str, width: usize, colours: &Colours, lines: &mut Vec<CardLine>) {
    let document = doc::parse(source);
    let code: Vec<_> = document.code().map(|code| (code.index, code.text.as_str())).collect();
    let colouring = |index: usize| {
        let (_, text) = code.iter().find(|(known, _)| *known == index)?;
        colours.of(text).cloned()
    };
    let width = u16::try_from(width.max(1)).unwrap_or(u16::MAX);
    let layout = Layout { long_code: LongCode::Break, colouring: &colouring, ..Layout::new(width) };
    let page = doc::layout(&document, &layout);
    lines.extend(page.lines.into_iter().map(|line| CardLine { line, ..CardLine::default() }));
}

/// How the byte at `at` of a line looks, by the pieces of its colours.
pub(super) fn style_at(pieces: &[(usize, Option<Syntax>)], at: usize) -> Style {
    let mut end = 0;
    let kind = pieces.iter().find(|(bytes, _)| {
        end += bytes;
        at < end
    });
    Style::ink(kind.and_then(|(_, kind)| *kind).map_or(Ink::Block, Ink::Syntax))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deck::{Card, parse};

    fn cards(source: &str) -> Vec<Card> {
        parse("t.toml", source).0.cards
    }

    #[test]
    fn pieces_colour_the_bytes_they_cover() {
        let pieces = [(2, Some(Syntax::Keyword)), (1, None), (3, Some(Syntax::Number))];
        let inks = (0..8).map(|at| style_at(&pieces, at).ink).collect::<Vec<_>>();
        let (keyword, number) = (Ink::Syntax(Syntax::Keyword), Ink::Syntax(Syntax::Number));
        assert_eq!(inks, [keyword, keyword, Ink::Block, number, number, number, Ink::Block, Ink::Block]);
    }

    #[test]
    fn code_is_asked_for_once_and_shown_in_its_colours() {
        let source = r#"
topic = "t"
[[card]]
id = "spot"
kind = "spot"
question = "Where?"
lang = "rust"
exhibit = """
fn f() -> u8 {
    return 1;
}
"""
flaws = [{ at = "return 1", why = "It is 2." }]
why = "See:\n\n```rust\nlet x = 2;\n```"
"#;
        let cards = cards(source);
        let mut asking = Asking::new(&cards[0], 7);
        let wanted = asking.to_colour();
        let languages: Vec<&str> = wanted.iter().map(|(_, language, _)| language.as_str()).collect();
        assert_eq!(languages, ["rust", "rust"]);
        assert_eq!(asking.to_colour(), []);
        let plain: Vec<String> = asking.lines(40).iter().map(|line| line.line.text()).collect();
        let syntaxes = doc::Syntaxes::load();
        for (number, language, text) in wanted {
            let colouring = syntaxes.colour(&language, &text).expect("Rust is known");
            asking.coloured(number, Arc::new(colouring));
        }
        let lines = asking.lines(40);
        let texts: Vec<String> = lines.iter().map(|line| line.line.text()).collect();
        assert_eq!(texts, plain, "colours change no text");
        let keyword =
            |line: &CardLine| line.line.spans.iter().any(|s| s.style.ink == Ink::Syntax(Syntax::Keyword));
        let coloured = |text: &str| lines.iter().any(|line| keyword(line) && line.line.text().contains(text));
        // The first line is chosen: it has the colour of that.
        assert!(coloured("return 1") && !coloured("fn f()"));
    }
}
