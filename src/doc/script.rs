//! Raised and lowered text in a line of a terminal.
//!
//! Unicode has raised and lowered forms of the digits, of a few signs and of most letters, made for
//! phonetics and formulas. Where every character has one, they are used: `x²`. Half of a word raised and
//! the other half not would be worse than none, so else the text keeps its letters behind `^` or `_`, in
//! brackets where it is more than one word.

/// Which way text is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Script {
    /// `<sup>`, `^`
    Up,
    /// `<sub>`, `_`
    Down,
}

const PLAIN_UP: &str = "0123456789+-=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWβγδθφχ";
const UP: &str = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵝᵞᵟᶿᵠᵡ";
const PLAIN_DOWN: &str = "0123456789+-=()aehijklmnoprstuvxβγρφχ";
const DOWN: &str = "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ";

impl Script {
    /// The text in raised or lowered characters, where each has such a form.
    pub fn exact(self, text: &str) -> Option<String> {
        let (plain, moved) = match self {
            Script::Up => (PLAIN_UP, UP),
            Script::Down => (PLAIN_DOWN, DOWN),
        };
        let form = |c| plain.chars().position(|p| p == c).and_then(|at| moved.chars().nth(at));
        text.chars().map(form).collect()
    }

    /// The sign that stands before text without such forms.
    pub fn sign(self) -> &'static str {
        match self {
            Script::Up => "^",
            Script::Down => "_",
        }
    }

    /// Whether a text behind the sign needs brackets, to be read as one.
    pub fn needs_brackets(text: &str) -> bool {
        let mut rest = text.chars();
        !(text.chars().all(char::is_alphanumeric) || (rest.next().is_some() && rest.next().is_none()))
    }

    /// The text moved: exact where that is possible, else behind the sign.
    pub fn moved(self, text: &str) -> String {
        match self.exact(text) {
            Some(exact) => exact,
            None if Script::needs_brackets(text) => format!("{}({text})", self.sign()),
            None => format!("{}{text}", self.sign()),
        }
    }
}

#[cfg(test)]
mod tests {
    use unicode_segmentation::UnicodeSegmentation as _;

    use super::*;

    #[test]
    fn forms_belong_to_their_characters() {
        for (plain, moved) in [(PLAIN_UP, UP), (PLAIN_DOWN, DOWN)] {
            assert_eq!(plain.chars().count(), moved.chars().count());
            assert_eq!(moved.graphemes(true).count(), moved.chars().count(), "each stands alone");
        }
        // From the names in the Unicode character database.
        for (script, plain, moved) in [
            (Script::Up, '2', '\u{b2}'),
            (Script::Up, '9', '\u{2079}'),
            (Script::Up, 'n', '\u{207f}'),
            (Script::Up, 'T', '\u{1d40}'),
            (Script::Up, 'z', '\u{1dbb}'),
            (Script::Up, '-', '\u{207b}'),
            (Script::Down, '0', '\u{2080}'),
            (Script::Down, 'x', '\u{2093}'),
            (Script::Down, 'j', '\u{2c7c}'),
            (Script::Down, ')', '\u{208e}'),
            (Script::Down, 'χ', '\u{1d6a}'),
        ] {
            assert_eq!(script.exact(&plain.to_string()), Some(moved.to_string()));
        }
    }

    #[test]
    fn moves() {
        for (script, text, expected) in [
            (Script::Up, "10", "¹⁰"),
            (Script::Up, "n+1", "ⁿ⁺¹"),
            (Script::Up, "th", "ᵗʰ"),
            (Script::Up, "q", "^q"),
            (Script::Up, "a, b", "^(a, b)"),
            (Script::Down, "2", "₂"),
            (Script::Down, "max", "ₘₐₓ"),
            (Script::Down, "dB", "_dB"),
            (Script::Down, "b+c", "_(b+c)"),
            (Script::Up, "*", "^*"),
        ] {
            assert_eq!(script.moved(text), expected, "{text}");
        }
    }
}
