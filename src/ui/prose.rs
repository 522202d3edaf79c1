//! Lines of a document on the screen: what an ink looks like.

use ratatui::style::{Modifier, Style};

use crate::config::theme::Role;
use crate::doc::{self, Ink, Line};

use super::pen::Pen;
use super::theme::Theme;

/// How a piece of text looks.
#[must_use]
pub fn style(theme: &Theme, style: doc::Style) -> Style {
    let role = match style.ink {
        Ink::Text => Role::Text,
        Ink::Dim => Role::Dim,
        Ink::Heading(1) => Role::Accent,
        Ink::Heading(2..=4) => Role::Strong,
        Ink::Heading(_) => Role::Dim,
        Ink::Code => Role::Code,
        Ink::Link | Ink::Note => Role::Accent,
        Ink::Quote | Ink::Rule => Role::Rule,
        Ink::Marker => Role::Dim,
        Ink::Good => Role::Good,
        Ink::Warn => Role::Warn,
        Ink::Bad => Role::Bad,
        Ink::Syntax(_) => Role::Code,
    };
    let mut drawn = theme.style(role);
    // Six levels, calm: colour, a rule beneath (which the layout draws), bold, then italic, then dim too.
    if matches!(style.ink, Ink::Heading(4..)) {
        drawn = drawn.add_modifier(Modifier::ITALIC);
    }
    for (wanted, modifier) in [
        (style.bold, Modifier::BOLD),
        (style.italic, Modifier::ITALIC),
        (style.strike, Modifier::CROSSED_OUT),
        (style.underline, Modifier::UNDERLINED),
        (style.reverse, Modifier::REVERSED),
    ] {
        if wanted {
            drawn = drawn.add_modifier(modifier);
        }
    }
    drawn
}

/// Writes a line and says how many cells it took.
pub fn line(pen: &mut Pen<'_>, x: u16, y: u16, width: u16, line: &Line) -> u16 {
    let mut used = 0;
    for span in &line.spans {
        let drawn = style(pen.theme, span.style);
        used += pen.text(x + used, y, width.saturating_sub(used), &span.text, drawn);
    }
    used
}
