//! Lines of a document on the screen: what an ink looks like.

use ratatui::style::{Modifier, Style};

use crate::config::theme::{Colours, Role};
use crate::doc::{self, Ink, Line, Syntax};

use super::pen::Pen;
use super::theme::Theme;

/// How a piece of text looks.
#[must_use]
pub fn style(theme: &Theme, style: doc::Style) -> Style {
    let role = match style.ink {
        Ink::Text | Ink::Block => Role::Text,
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
        Ink::Syntax(kind) => syntax(kind),
    };
    let mut drawn = theme.style(role);
    // Six levels, calm: colour, a rule beneath (which the layout draws), bold, then italic, then dim too.
    if matches!(style.ink, Ink::Heading(4..)) {
        drawn = drawn.add_modifier(Modifier::ITALIC);
    }
    if style.ink == Ink::Syntax(Syntax::Keyword) && theme.colours == Colours::None {
        // Without colours, keywords and comments are what gives code its shape.
        drawn = drawn.add_modifier(Modifier::BOLD);
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

/// The role of a kind of code: hues that exist already, no two alike, and a comment out of the way.
fn syntax(kind: Syntax) -> Role {
    match kind {
        Syntax::Keyword => Role::Code,
        Syntax::Name => Role::Series(0),
        Syntax::Type => Role::Series(2),
        Syntax::Text => Role::Good,
        Syntax::Number => Role::Series(1),
        Syntax::Comment => Role::Dim,
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::theme::{Background, Choice};

    /// On a light ground the sixteen colours have too few that can be read: there numbers share one.
    #[test]
    fn kinds_of_code_differ() {
        use Syntax::{Comment, Keyword, Name, Number, Text, Type};
        for choice in Choice::ALL {
            for background in [Background::Dark, Background::Light] {
                for colours in [Colours::Sixteen, Colours::Cube, Colours::True] {
                    let theme = Theme::new(choice, background, colours, false);
                    let few = theme.colours == Colours::Sixteen && theme.background == Background::Light;
                    let drawn = |kind| style(&theme, doc::Style::ink(Ink::Syntax(kind)));
                    let kinds = [Keyword, Name, Type, Text, Comment, Number];
                    let kinds = if few { &kinds[..5] } else { &kinds };
                    for (index, a) in kinds.iter().enumerate() {
                        for b in &kinds[..index] {
                            assert_ne!(drawn(*a), drawn(*b), "{theme:?}: {a:?}, {b:?}");
                        }
                    }
                }
            }
        }
    }
}
