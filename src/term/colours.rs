//! How many colours the terminal shows, from the environment.
//!
//! No terminal can be asked that in time for the first frame, so the environment decides, as everywhere: NO_COLOR
//! (no-color.org), COLORTERM, TERM. The choice is made here and nowhere else; crossterm's own is switched off.

use std::str::FromStr;

use crate::config::theme::Colours;

/// What the user asked for: `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColourChoice {
    /// As the environment says.
    #[default]
    Auto,
    /// Colours, even under NO_COLOR: at least sixteen.
    Always,
    /// No colours.
    Never,
}

impl FromStr for ColourChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<ColourChoice, String> {
        match text {
            "auto" => Ok(ColourChoice::Auto),
            "always" => Ok(ColourChoice::Always),
            "never" => Ok(ColourChoice::Never),
            _ => Err(format!("'{text}' is none of auto, always, never")),
        }
    }
}

/// How many colours may be used. `variable` looks up an environment variable.
#[must_use]
pub fn colours(choice: ColourChoice, variable: impl Fn(&str) -> Option<String>) -> Colours {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    match choice {
        ColourChoice::Never => Colours::None,
        ColourChoice::Auto if set("NO_COLOR").is_some() => Colours::None,
        ColourChoice::Auto => shown(set),
        ColourChoice::Always => match shown(set) {
            Colours::None => Colours::Sixteen,
            colours => colours,
        },
    }
}

/// Whether the terminal can be asked for its background. `variable` looks up an environment variable. A dumb
/// terminal and the old text consoles would print the question.
#[must_use]
pub fn answers_background(variable: impl Fn(&str) -> Option<String>) -> bool {
    let term = variable("TERM").unwrap_or_default();
    !cfg!(windows) && !matches!(term.as_str(), "" | "dumb" | "linux" | "cons25") && !term.starts_with("vt")
}

fn shown(set: impl Fn(&str) -> Option<String>) -> Colours {
    /// Terminals that show 24 bits and say so in TERM only.
    const TRUE: [&str; 7] = ["kitty", "alacritty", "foot", "wezterm", "ghostty", "contour", "-direct"];
    let Some(term) = set("TERM") else {
        // Windows sets no TERM; its consoles show 24 bits since Windows 10.
        return if set("OS").as_deref() == Some("Windows_NT") { Colours::True } else { Colours::None };
    };
    if term == "dumb" || term.starts_with("vt") {
        return Colours::None;
    }
    let cube = term.contains("256color");
    if set("STY").is_some() {
        // GNU screen hands the outer terminal's COLORTERM on and garbles 24-bit colours.
        return if cube { Colours::Cube } else { Colours::Sixteen };
    }
    let named = matches!(set("COLORTERM").as_deref(), Some("truecolor" | "24bit"));
    if named || TRUE.iter().any(|name| term.contains(name)) {
        Colours::True
    } else if cube {
        Colours::Cube
    } else {
        Colours::Sixteen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(choice: ColourChoice, environment: &[(&str, &str)], expected: Colours) {
        let variable =
            |name: &str| environment.iter().find(|(set, _)| *set == name).map(|(_, value)| value.to_string());
        assert_eq!(colours(choice, variable), expected, "{choice:?} {environment:?}");
    }

    #[test]
    fn the_environment_decides() {
        use ColourChoice::Auto;
        check(Auto, &[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")], Colours::True);
        check(Auto, &[("TERM", "xterm-256color"), ("COLORTERM", "24bit")], Colours::True);
        check(Auto, &[("TERM", "xterm-256color")], Colours::Cube);
        check(Auto, &[("TERM", "xterm-256color"), ("COLORTERM", "yes")], Colours::Cube);
        check(Auto, &[("TERM", "tmux-256color")], Colours::Cube);
        check(Auto, &[("TERM", "xterm-kitty")], Colours::True);
        check(Auto, &[("TERM", "xterm-direct")], Colours::True);
        check(Auto, &[("TERM", "xterm")], Colours::Sixteen);
        check(Auto, &[("TERM", "linux")], Colours::Sixteen);
        check(Auto, &[("TERM", "dumb")], Colours::None);
        check(Auto, &[("TERM", "dumb"), ("COLORTERM", "truecolor")], Colours::None);
        check(Auto, &[("TERM", "vt100")], Colours::None);
        check(Auto, &[("TERM", "")], Colours::None);
        check(Auto, &[], Colours::None);
        check(Auto, &[("OS", "Windows_NT")], Colours::True);
        check(Auto, &[("TERM", "screen"), ("STY", "1.tty"), ("COLORTERM", "truecolor")], Colours::Sixteen);
        check(Auto, &[("TERM", "screen-256color"), ("STY", "1.tty"), ("COLORTERM", "24bit")], Colours::Cube);
    }

    /// <https://no-color.org>: "when present and not an empty string (regardless of its value)"; a command-line
    /// flag overrides it.
    #[test]
    fn no_color_and_the_flag() {
        let full = ("COLORTERM", "truecolor");
        let term = ("TERM", "xterm-256color");
        check(ColourChoice::Auto, &[term, full, ("NO_COLOR", "1")], Colours::None);
        check(ColourChoice::Auto, &[term, full, ("NO_COLOR", "0")], Colours::None);
        check(ColourChoice::Auto, &[term, full, ("NO_COLOR", "")], Colours::True);
        check(ColourChoice::Always, &[term, full, ("NO_COLOR", "1")], Colours::True);
        check(ColourChoice::Always, &[("TERM", "dumb")], Colours::Sixteen);
        check(ColourChoice::Always, &[], Colours::Sixteen);
        check(ColourChoice::Never, &[term, full], Colours::None);
    }

    #[test]
    fn only_terminals_that_swallow_the_question_are_asked() {
        let asked = |term: &str| answers_background(|name| (name == "TERM").then(|| term.to_string()));
        for term in ["dumb", "linux", "vt100", "vt220", ""] {
            assert!(!asked(term), "{term}");
        }
        for term in ["xterm-256color", "tmux-256color", "xterm-kitty", "foot", "rxvt-unicode-256color"] {
            assert_eq!(asked(term), !cfg!(windows), "{term}");
        }
        assert!(!answers_background(|_| None));
    }
}
