//! The theme as the screens use it: a role becomes a ratatui style, a meaning becomes a mark.
//!
//! Which colour a role has is data in [`crate::config::theme`]. Here is how that colour reaches a
//! terminal that shows 24 bits, 256 colours, 16 or none, and which glyphs stand in for colour and for
//! line drawing. Nothing on a screen may depend on colour alone: every tone has a mark, every series
//! a glyph, and the chosen row is reversed in every mode.
//!
//! Text from files and demos passes through [`Theme::clean`] before it is drawn, so that no control
//! character of theirs ever reaches the terminal, and in ASCII mode nothing but ASCII does.

use std::borrow::Cow;

use ratatui::style::{Color, Modifier, Style};

use crate::config::theme::{Background, Choice, Colours, Contrast, Rgb, Role, rgb};
use crate::doc;
use crate::lab::scene::{Series, Tone};

/// How roles, tones and series look on this terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// Whether the terminal's background is dark or light.
    pub background: Background,
    /// How many colours may be used.
    pub colours: Colours,
    /// How far they are from the background.
    pub contrast: Contrast,
    /// Whether only ASCII may be drawn.
    pub ascii: bool,
}

/// The characters that pictures and frames are drawn with. Every one is a single cell wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glyphs {
    /// A horizontal rule.
    pub rule: &'static str,
    /// A vertical rule.
    pub vertical: &'static str,
    /// Corners of a frame: top left, top right, bottom left, bottom right.
    pub corners: [&'static str; 4],
    /// A horizontal rule that weighs more.
    pub heavy_rule: &'static str,
    /// A vertical rule that weighs more.
    pub heavy_vertical: &'static str,
    /// Corners of a frame that weighs more, in the order of `corners`.
    pub heavy_corners: [&'static str; 4],
    /// Where a text goes on behind the edge.
    pub ellipsis: &'static str,
    /// Between two things on one line.
    pub middle_dot: &'static str,
    /// A full place of a small gauge; also the live state, the request on its way.
    pub dot: &'static str,
    /// An empty place of a small gauge.
    pub hollow: &'static str,
    /// The full part of a bar.
    pub full: &'static str,
    /// The empty part of a bar.
    pub empty: &'static str,
    /// The last cell of a bar, filled by 0 to 7 eighths from the left.
    pub eighths: [&'static str; 8],
    /// Columns filled by 1 to 8 eighths from below, for small curves in a line of text.
    pub columns: [&'static str; 8],
    /// Points to the right: a closed list, an arrow's head, where one stands.
    pub right: &'static str,
    /// Points to the left: a remark on what stands before it.
    pub left: &'static str,
    /// Points up.
    pub up: &'static str,
    /// Points down.
    pub down: &'static str,
    /// Marks a value across bars.
    pub mark: &'static str,
    /// A check box that is not ticked.
    pub open: &'static str,
}

static UNICODE: Glyphs = Glyphs {
    rule: "─",
    vertical: "│",
    corners: ["╭", "╮", "╰", "╯"],
    heavy_rule: "━",
    heavy_vertical: "┃",
    heavy_corners: ["┏", "┓", "┗", "┛"],
    ellipsis: "…",
    middle_dot: "·",
    dot: "●",
    hollow: "○",
    full: "█",
    empty: "░",
    eighths: [" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉"],
    columns: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    right: "▸",
    left: "◂",
    up: "▴",
    down: "▾",
    mark: "│",
    open: "○",
};

static ASCII: Glyphs = Glyphs {
    rule: "-",
    vertical: "|",
    corners: [".", ".", "'", "'"],
    heavy_rule: "=",
    heavy_vertical: "#",
    heavy_corners: ["#", "#", "#", "#"],
    ellipsis: "~",
    middle_dot: "-",
    dot: "*",
    hollow: "o",
    full: "#",
    empty: ".",
    eighths: [".", ".", ".", ".", "#", "#", "#", "#"],
    columns: ["_", ".", ",", "-", "=", "+", "*", "#"],
    right: ">",
    left: "<",
    up: "^",
    down: "v",
    mark: "|",
    open: "o",
};

impl Theme {
    /// The theme of that choice on a terminal that told this background and shows so many colours.
    #[must_use]
    pub fn new(choice: Choice, told: Background, shown: Colours, ascii: bool) -> Theme {
        let (background, colours) = (choice.background(told), choice.colours(shown));
        Theme { background, colours, contrast: choice.contrast(), ascii }
    }

    /// No colours: for text output and tests.
    #[must_use]
    pub fn plain(ascii: bool) -> Theme {
        Theme::new(Choice::Auto, Background::Dark, Colours::None, ascii)
    }

    /// The style of a role. With [`Colours::None`] it uses bold, dim, underline and reverse only.
    #[must_use]
    pub fn style(&self, role: Role) -> Style {
        let style = Style::new().add_modifier(modifiers(role, self.colours, self.contrast));
        match self.colour(role) {
            Some(colour) => style.fg(colour),
            None => style,
        }
    }

    /// The colour of a role on this terminal; nothing where the terminal's own text colour is right.
    #[must_use]
    pub fn colour(&self, role: Role) -> Option<Color> {
        let exact = || rgb(role, self.background, self.contrast);
        match self.colours {
            Colours::None => None,
            Colours::Sixteen => sixteen(role, self.background, self.contrast),
            Colours::Cube => exact().map(|colour| Color::Indexed(cube(colour))),
            Colours::True => exact().map(|Rgb(r, g, b)| Color::Rgb(r, g, b)),
        }
    }

    /// The role that shows a tone.
    #[must_use]
    pub fn tone(&self, tone: Tone) -> Role {
        match tone {
            Tone::Plain => Role::Text,
            Tone::Dim => Role::Dim,
            Tone::Good => Role::Good,
            Tone::Warn => Role::Warn,
            Tone::Bad => Role::Bad,
        }
    }

    /// The style of a tone.
    #[must_use]
    pub fn tone_style(&self, tone: Tone) -> Style {
        self.style(self.tone(tone))
    }

    /// The mark of a tone, one cell wide; empty for plain and dim, which need none.
    #[must_use]
    pub fn tone_mark(&self, tone: Tone) -> &'static str {
        match (tone, self.ascii) {
            (Tone::Plain | Tone::Dim, _) => "",
            (Tone::Good, false) => "✓",
            (Tone::Good, true) => "+",
            (Tone::Warn, _) => "!",
            (Tone::Bad, false) => "✗",
            (Tone::Bad, true) => "x",
        }
    }

    /// The style of a series.
    #[must_use]
    pub fn series_style(&self, series: Series) -> Style {
        self.style(Role::Series(series.0))
    }

    /// The glyph of a series, one cell wide: six, then over again.
    #[must_use]
    pub fn series_glyph(&self, series: Series) -> &'static str {
        const UNICODE: [&str; 6] = ["●", "◆", "▲", "■", "○", "◇"];
        const ASCII: [&str; 6] = ["o", "x", "^", "#", "%", "@"];
        let index = usize::from(series.0 % 6);
        if self.ascii { ASCII[index] } else { UNICODE[index] }
    }

    /// The characters to draw with.
    #[must_use]
    pub fn glyphs(&self) -> &'static Glyphs {
        if self.ascii { &ASCII } else { &UNICODE }
    }

    /// Text that is safe to draw: control characters and those that turn the writing direction become symbols, as on
    /// a page ([`doc::clean`]), breaks of lines become blanks, and in ASCII mode the signs that a system-design text
    /// needs are spelt in ASCII (`≤` as `<=`) and all others become `?`. O(length), and no copy where nothing is to do.
    #[must_use]
    pub fn clean<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let spelt_out = self.ascii && !text.is_ascii();
        if !spelt_out && !text.contains(BYTE_ORDER_MARK) && matches!(doc::clean(text), Cow::Borrowed(_)) {
            return Cow::Borrowed(text);
        }
        let mut clean = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}' => clean.push(' '),
                BYTE_ORDER_MARK => {}
                _ => {
                    for c in doc::clean(c.encode_utf8(&mut [0; 4])).chars() {
                        if self.ascii && !c.is_ascii() { clean.push_str(spelt(c)) } else { clean.push(c) }
                    }
                }
            }
        }
        Cow::Owned(clean)
    }
}

/// It has no width and says nothing.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// A sign in ASCII. Combining marks and joiners go: the letter before them stays.
fn spelt(c: char) -> &'static str {
    match c {
        '•' | '–' | '—' | '‐' | '‑' | '−' | '─' => "-",
        '…' => "...",
        '·' | '●' | '◆' => "*",
        '○' => "o",
        '│' => "|",
        '×' | '✗' => "x",
        '÷' => "/",
        '≤' => "<=",
        '≥' => ">=",
        '≠' => "!=",
        '≈' => "~",
        '±' => "+/-",
        '√' => "sqrt ",
        '→' | '▸' | '⇒' => "->",
        '›' | '◐' => ">",
        '←' | '◂' => "<-",
        '✓' => "+",
        'µ' | 'μ' => "u",
        '²' => "^2",
        '³' => "^3",
        '½' => "1/2",
        '°' => " deg",
        '∞' => "inf",
        'λ' => "lambda",
        'ρ' => "rho",
        'σ' => "sigma",
        '∑' | 'Σ' => "sum",
        '“' | '”' | '„' | '«' | '»' => "\"",
        '‘' | '’' => "'",
        '\u{a0}' | '\u{2009}' | '\u{202f}' => " ",
        'ä' | 'à' | 'á' | 'â' | 'ã' | 'å' => "a",
        'é' | 'è' | 'ê' | 'ë' => "e",
        'í' | 'ì' | 'î' | 'ï' => "i",
        'ö' | 'ó' | 'ò' | 'ô' | 'õ' | 'ø' => "o",
        'ü' | 'ú' | 'ù' | 'û' => "u",
        'ç' => "c",
        'ñ' => "n",
        'ß' => "ss",
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200d}' | '\u{fe00}'..='\u{fe0f}' => "",
        _ => "?",
    }
}

/// What a role adds beside its colour.
fn modifiers(role: Role, colours: Colours, contrast: Contrast) -> Modifier {
    let without_colour = match (role, colours) {
        // A dim text is what high contrast is there to avoid.
        (Role::Dim | Role::Rule, _) if contrast == Contrast::High => Modifier::empty(),
        (Role::Dim | Role::Rule, Colours::None) => Modifier::DIM,
        // The sixteen colours have no grey that is sure to be seen: bright black is the background of some palettes.
        (Role::Dim, Colours::Sixteen) => Modifier::DIM,
        (Role::Accent, Colours::None) => Modifier::UNDERLINED,
        (Role::Warn | Role::Bad, Colours::None) => Modifier::BOLD,
        _ => Modifier::empty(),
    };
    let always = match role {
        Role::Strong => Modifier::BOLD,
        Role::Selected => Modifier::REVERSED,
        Role::Hit => Modifier::BOLD.union(Modifier::UNDERLINED),
        Role::Accent | Role::Good | Role::Warn | Role::Bad | Role::Series(_)
            if contrast == Contrast::High =>
        {
            Modifier::BOLD
        }
        _ => Modifier::empty(),
    };
    always.union(without_colour)
}

/// The sixteen colours by role. On a light ground yellow and the bright ones cannot be read, so warnings are magenta there.
fn sixteen(role: Role, background: Background, contrast: Contrast) -> Option<Color> {
    const DARK: [Color; 6] =
        [Color::LightBlue, Color::Yellow, Color::Cyan, Color::LightMagenta, Color::Green, Color::LightRed];
    const LIGHT: [Color; 6] =
        [Color::Blue, Color::Magenta, Color::Cyan, Color::Red, Color::Green, Color::LightBlue];
    let light = background == Background::Light;
    let pick = |on_dark, on_light| Some(if light { on_light } else { on_dark });
    match role {
        Role::Text | Role::Strong | Role::Selected | Role::Dim | Role::Rule if contrast == Contrast::High => {
            pick(Color::White, Color::Black)
        }
        Role::Text | Role::Strong | Role::Selected | Role::Dim => None,
        Role::Rule => pick(Color::DarkGray, Color::Gray),
        Role::Accent => pick(Color::LightBlue, Color::Blue),
        Role::Hit | Role::Warn => pick(Color::Yellow, Color::Magenta),
        Role::Good => pick(Color::LightGreen, Color::Green),
        Role::Bad => pick(Color::LightRed, Color::Red),
        Role::Code => pick(Color::LightMagenta, Color::Magenta),
        Role::Series(index) => {
            let index = usize::from(index % 6);
            pick(DARK[index], LIGHT[index])
        }
    }
}

/// The nearest of the 240 fixed colours of the 256 (xterm's 6x6x6 cube and its 24 greys), by distance in sRGB.
fn cube(colour: Rgb) -> u8 {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    // The distance is a sum over the channels, so the nearest level of each channel is the nearest of the cube.
    let nearest = |channel: u8| {
        (0..6u8).min_by_key(|&index| LEVELS[usize::from(index)].abs_diff(channel)).unwrap_or_default()
    };
    let Rgb(r, g, b) = colour;
    let (red, green, blue) = (nearest(r), nearest(g), nearest(b));
    let in_cube = Rgb(LEVELS[usize::from(red)], LEVELS[usize::from(green)], LEVELS[usize::from(blue)]);
    let grey = (0..24u8).min_by_key(|&index| distance(colour, grey_level(index))).unwrap_or_default();
    if distance(colour, grey_level(grey)) < distance(colour, in_cube) {
        232 + grey
    } else {
        16 + 36 * red + 6 * green + blue
    }
}

fn grey_level(index: u8) -> Rgb {
    let level = 8 + 10 * index;
    Rgb(level, level, level)
}

fn distance(a: Rgb, b: Rgb) -> u32 {
    let square = |x: u8, y: u8| u32::from(x.abs_diff(y)).pow(2);
    square(a.0, b.0) + square(a.1, b.1) + square(a.2, b.2)
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;

    const ROLES: [Role; 18] = [
        Role::Text,
        Role::Dim,
        Role::Strong,
        Role::Accent,
        Role::Selected,
        Role::Hit,
        Role::Good,
        Role::Warn,
        Role::Bad,
        Role::Code,
        Role::Rule,
        Role::Series(0),
        Role::Series(1),
        Role::Series(2),
        Role::Series(3),
        Role::Series(4),
        Role::Series(5),
        Role::Series(255),
    ];
    const MODES: [Colours; 4] = [Colours::None, Colours::Sixteen, Colours::Cube, Colours::True];

    fn theme(colours: Colours, background: Background) -> Theme {
        Theme::new(Choice::Auto, background, colours, false)
    }

    #[test]
    fn without_colour_no_style_has_one() {
        for role in ROLES {
            let style = theme(Colours::None, Background::Dark).style(role);
            assert_eq!((style.fg, style.bg), (None, None), "{role:?}");
        }
    }

    #[test]
    fn the_chosen_row_is_reversed_in_every_mode() {
        for colours in MODES {
            let style = theme(colours, Background::Light).style(Role::Selected);
            assert!(style.add_modifier.contains(Modifier::REVERSED), "{colours:?}");
        }
    }

    #[test]
    fn each_mode_emits_only_its_own_colours() {
        for (background, choice) in everywhere() {
            for role in ROLES {
                let colour = |mode| Theme::new(choice, background, mode, false).colour(role);
                if choice == Choice::Terminal {
                    // The terminal's own colours, however many it could show.
                    assert_eq!(colour(Colours::True), colour(Colours::Sixteen), "{role:?}");
                    continue;
                }
                assert!(matches!(colour(Colours::True), None | Some(Color::Rgb(..))), "{role:?}");
                assert!(matches!(colour(Colours::Cube), None | Some(Color::Indexed(16..))), "{role:?}");
                assert!(
                    !matches!(colour(Colours::Sixteen), Some(Color::Rgb(..) | Color::Indexed(_))),
                    "{role:?}"
                );
            }
        }
    }

    #[test]
    fn six_series_differ_in_colour_and_glyph_in_every_mode() {
        for (background, choice) in everywhere() {
            for colours in [Colours::Sixteen, Colours::Cube, Colours::True] {
                for ascii in [false, true] {
                    let theme = Theme::new(choice, background, colours, ascii);
                    for a in 0..6 {
                        for b in 0..a {
                            let (a, b) = (Series(a), Series(b));
                            assert_ne!(theme.series_style(a), theme.series_style(b), "{theme:?}");
                            assert_ne!(theme.series_glyph(a), theme.series_glyph(b), "{theme:?}");
                        }
                    }
                }
            }
        }
    }

    /// The oracle looks at all 240 colours; the code looks at each channel alone.
    #[test]
    fn the_nearest_of_256_is_the_nearest() {
        let levels = [0u8, 95, 135, 175, 215, 255];
        let all: Vec<Rgb> = (0..216)
            .map(|i: usize| Rgb(levels[i / 36], levels[i / 6 % 6], levels[i % 6]))
            .chain((0..24).map(grey_level))
            .collect();
        for step in 0..4096u32 {
            let channel = |shift: u32| ((step >> shift) & 15) as u8 * 17;
            let colour = Rgb(channel(8), channel(4), channel(0));
            let best = all.iter().map(|&known| distance(colour, known)).min();
            let found = all[usize::from(cube(colour)) - 16];
            assert_eq!(Some(distance(colour, found)), best, "{colour:?}");
        }
    }

    fn everywhere() -> impl Iterator<Item = (Background, Choice)> {
        [Background::Dark, Background::Light]
            .into_iter()
            .flat_map(|background| Choice::ALL.map(|choice| (background, choice)))
    }

    /// The contrast of two colours: WCAG 2.2, "contrast ratio" and "relative luminance".
    fn contrast(a: Rgb, b: Rgb) -> f64 {
        let linear = |channel: u8| {
            let c = f64::from(channel) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        let luminance = |Rgb(r, g, b): Rgb| 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// The published value: black on white is 21 : 1, and #767676 is the lightest grey with 4.5 : 1 on white.
    #[test]
    fn contrast_is_computed_as_published() {
        let white = Rgb(255, 255, 255);
        assert!((contrast(Rgb(0, 0, 0), white) - 21.0).abs() < 1e-9);
        assert!(contrast(Rgb(0x76, 0x76, 0x76), white) >= 4.5);
        assert!(contrast(Rgb(0x77, 0x77, 0x77), white) < 4.5);
    }

    /// WCAG 2.2, 1.4.3: text needs a contrast of 4.5 : 1, and 7 : 1 by 1.4.6. Rules are no text; 1.4.11 has 3 : 1
    /// for what is drawn.
    #[test]
    fn every_role_can_be_read_on_its_background() {
        let grounds = [
            (Background::Dark, Rgb(0, 0, 0), Rgb(0x1e, 0x1e, 0x1e)),
            (Background::Light, Rgb(255, 255, 255), Rgb(0xf0, 0xf0, 0xf0)),
        ];
        for (background, pure, usual) in grounds {
            for role in ROLES {
                let check = |strength, ground, least: f64| {
                    let Some(colour) = rgb(role, background, strength) else { return };
                    let found = contrast(colour, ground);
                    assert!(found >= least, "{role:?} on {background:?}, {strength:?}: {found:.2}");
                };
                if role == Role::Rule {
                    check(Contrast::High, usual, 3.0);
                } else {
                    check(Contrast::Normal, pure, 4.5);
                    check(Contrast::High, pure, 7.0);
                    check(Contrast::High, usual, 7.0);
                }
            }
        }
    }

    #[test]
    fn high_contrast_leaves_no_text_to_chance_and_dims_none() {
        for background in [Background::Dark, Background::Light] {
            for colours in MODES {
                for role in ROLES {
                    let style = Theme::new(Choice::HighContrast, background, colours, false).style(role);
                    assert_eq!(style.fg.is_some(), colours != Colours::None, "{role:?}");
                    assert!(!style.add_modifier.contains(Modifier::DIM), "{role:?}");
                }
            }
        }
    }

    #[test]
    fn glyphs_are_one_cell_wide_and_ascii_ones_are_ascii() {
        for ascii in [false, true] {
            let theme = Theme::plain(ascii);
            let g = theme.glyphs();
            let single = [
                g.rule,
                g.vertical,
                g.heavy_rule,
                g.heavy_vertical,
                g.ellipsis,
                g.middle_dot,
                g.dot,
                g.hollow,
                g.full,
                g.empty,
                g.right,
                g.left,
                g.up,
                g.down,
                g.mark,
                g.open,
            ];
            let marks = [Tone::Good, Tone::Warn, Tone::Bad].map(|tone| theme.tone_mark(tone));
            let series = [0, 1, 2, 3, 4, 5].map(|index| theme.series_glyph(Series(index)));
            let all = single
                .iter()
                .chain(&g.corners)
                .chain(&g.heavy_corners)
                .chain(&g.eighths)
                .chain(&g.columns)
                .chain(&marks)
                .chain(&series);
            for glyph in all {
                assert_eq!(glyph.width(), 1, "{glyph:?}");
                assert!(!ascii || glyph.is_ascii(), "{glyph:?}");
            }
        }
    }

    #[test]
    fn clean_takes_out_what_a_terminal_would_act_on() {
        let check = |ascii, text: &str, expected: &str| {
            assert_eq!(Theme::plain(ascii).clean(text), expected, "{text:?}");
        };
        check(false, "plain", "plain");
        check(false, "\u{1b}[31mred\u{7}", "␛[31mred␇");
        check(true, "\u{1b}[31mred\u{7}", "?[31mred?");
        check(false, "a\tb\r\nc", "a b  c");
        check(false, "\u{9b}2J\u{202e}evil\u{2066}\u{61c}\u{feff}", "\u{fffd}2J\u{fffd}evil\u{fffd}\u{fffd}");
        check(false, "≤ 5 µs", "≤ 5 µs");
        check(true, "≤ 5 µs → 2×", "<= 5 us -> 2x");
        check(true, "e\u{301}té 漢", "ete ?");
        check(true, "\u{1b}[0m", "?[0m");
    }
}
