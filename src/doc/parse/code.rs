//! Blocks of code, and what is written like them: live blocks and formulas of their own.

use super::super::block::{Code, Kind, Live, LiveKind};
use super::super::clean::clean;
use super::super::math;
use super::{Builder, Leaf};

impl Builder<'_> {
    /// Ends a block of code: a live block, a formula, or code.
    pub(super) fn end_code(&mut self) {
        let Some((line, info, mut text)) = self.code.take() else { return };
        if text.ends_with('\n') {
            text.pop();
        }
        let text_line = if info.is_some() { line + 1 } else { line };
        let info = info.as_deref().unwrap_or_default().trim();
        let (first, rest) = info.split_once(char::is_whitespace).unwrap_or((info, ""));
        if let Some(formula) = (first == "math").then(|| math::readable(&text)).flatten() {
            self.leaf = Some((Leaf::Paragraph, line));
            self.inline.formula(&formula);
            return self.end_leaf();
        }
        let kind = if let Some(kind) = LiveKind::named(first) {
            self.live_count += 1;
            Kind::Live(Live {
                kind,
                argument: rest.trim().to_owned(),
                body: text,
                line,
                index: self.live_count - 1,
            })
        } else {
            self.next_code(first, text, text_line)
        };
        self.frames.push(line, kind);
    }

    /// Code with the next number.
    pub(super) fn next_code(&mut self, language: &str, text: String, text_line: usize) -> Kind {
        self.code_count += 1;
        Kind::Code(Code {
            index: self.code_count - 1,
            language: clean(language).into_owned(),
            text,
            text_line,
        })
    }

    /// A formula of its own: on lines of its own as text, else as a block of its source.
    pub(super) fn display(&mut self, offset: usize, tex: &str) {
        let readable = math::readable(tex);
        let in_paragraph =
            matches!(self.leaf, None | Some((Leaf::Paragraph, _))) && !self.inline.is_in_link();
        match readable {
            None if in_paragraph && !tex.trim().is_empty() => {
                self.end_implicit();
                let line = self.source.line(offset);
                let text_line = line + usize::from(tex.starts_with('\n'));
                let code = self.next_code("math", tex.trim_matches('\n').to_owned(), text_line);
                self.frames.push(line, code);
            }
            None => self.text(offset, |inline| inline.code(tex.trim())),
            Some(text) => self.text(offset, |inline| {
                inline.new_line();
                inline.formula(&text);
                inline.new_line();
            }),
        }
    }
}
